/* mailbox.h - new messages of a mailbox read over IMAP; nothing in it is changed. */
#ifndef NET_MAILBOX_H
#define NET_MAILBOX_H

#include "net/mail.h"

enum { MAILBOX_PIECE = 128 << 10 };

/* url is imaps://host[:port]/FOLDER (TLS from the start) or imap://host[:port]/FOLDER, where STARTTLS is demanded; no FOLDER is INBOX. The certificate is verified as that of a mail
 * server (net/mail.h). A password never goes without TLS. */
struct mailbox_settings {
    const char *url, *user, *password, *ca;
};
/* How far it was read; zeros: never. UIDs mean something only together with the validity that the server gives the mailbox. */
struct mailbox_place {
    int64_t validity, uid;
};

/* NULL if these settings can be used, else a catalogue sentence. */
const char *mailbox_settings_wrong(const struct mailbox_settings *settings);

/* The first MAILBOX_PIECE bytes of a message. A fault other than FAULT_NONE ends the reading, and it is read again next time. */
typedef enum fault (*mailbox_visit)(void *context, const char *bytes, size_t length);
/* Reads what has come since *place, at most the newest 500, opened for looking only (EXAMINE, BODY.PEEK), and moves *place on as far as was read. A mailbox that is
 * new, or that the server has made anew, is read from its newest 500. FAULT_BUSY with `why` (valid UTF-8 without control characters) if the server cannot be reached, refuses, or does not
 * keep to the protocol; the visit's own fault; FAULT_INPUT for settings that are none. Waits up to timeout_ms for all of it; any thread. `stop` ends it; may be NULL. */
CHECKED enum fault mailbox_read(const struct mailbox_settings *settings, struct mailbox_place *place, unsigned timeout_ms,
                                const atomic_bool *stop, mailbox_visit each, void *context, char why[MAIL_WHY]);

#endif
