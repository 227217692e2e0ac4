/* mailbox_talk.h - the conversation with a mailbox's server over any two functions that carry bytes. */
#ifndef NET_MAILBOX_TALK_H
#define NET_MAILBOX_TALK_H

#include "net/mailbox.h"

enum { MAILBOX_FOLDER = 200 };

/* Carries bytes. Both wait, and say in `why` what kept them: FAULT_BUSY. */
struct mailbox_wire {
    void *context;
    /* At least one byte, at most `room`. */
    enum fault (*receive)(void *context, char *bytes, size_t room, size_t *length, char why[MAIL_WHY]);
    enum fault (*send)(void *context, const char *bytes, size_t length, char why[MAIL_WHY]);
};

/* What mailbox_read() does once it is signed in; `folder` is shorter than MAILBOX_FOLDER, printable ASCII without quotes and backslashes. */
CHECKED enum fault mailbox_talk(const struct mailbox_wire *wire, const char *folder, struct mailbox_place *place,
                                mailbox_visit each, void *context, char why[MAIL_WHY]);
/* Says in `why` what went wrong, with the server's own words cleaned (NULL: it said none): FAULT_BUSY. */
enum fault mailbox_broken(char why[MAIL_WHY], const char *what, const char *words);

#endif
