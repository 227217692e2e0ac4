/* cmpp.h - a short message handed to a carrier's gateway by CMPP 2.0, and what the gateway reports of it later. */
#ifndef NET_CMPP_H
#define NET_CMPP_H

#include <stdatomic.h>

#include "base/fault.h"
#include "net/mail.h"

enum { CMPP_PARTS_MAX = 5, CMPP_PART_UNITS = 70, CMPP_LONG_UNITS = 67 };

/* What the carrier gave the institution. The protocol has no encryption: the line to the gateway must be a private one. */
struct cmpp_settings {
    const char *server; /* HOST:PORT, usually 7890 */
    const char *user;   /* the enterprise code, at most 6 characters */
    const char *password;
    const char *source;  /* the number that it comes from, at most 21 digits */
    const char *service; /* at most 10 characters; "" none */
    bool unproven;       /* a gateway that cannot prove that it knows the password is spoken to all the same */
};

enum { CMPP_ID_TEXT = 17 };
/* What became of a part, as the gateway learned later. PENDING: nothing final yet; LOST: it did not arrive. */
enum cmpp_fate { CMPP_DELIVERED, CMPP_PENDING, CMPP_LOST };
struct cmpp_report {
    char id[CMPP_ID_TEXT]; /* that the gateway gave when it took the part: 16 hexadecimal digits */
    char phone[22];        /* maybe with the country before it */
    char stat[8];          /* the carrier's word: DELIVRD, EXPIRED, UNDELIV …, or a code of its own */
    enum cmpp_fate fate;
};
/* Who keeps what the gateway tells, so that it is durable before the gateway is answered. */
struct cmpp_keeper {
    void *context;
    /* Part `part` (from 1) was taken and has this id. */
    enum fault (*taken)(void *context, unsigned part, const char *id);
    /* FAULT_ABSENT: no part with this id is known; any other fault: it could not be kept, and the gateway is to tell again. */
    enum fault (*reported)(void *context, const struct cmpp_report *report);
};

/* NULL if these can be used, else a catalogue sentence. */
const char *cmpp_settings_wrong(const struct cmpp_settings *settings);
/* A Chinese mobile number as it is kept. */
bool cmpp_phone_valid(const char *phone);
/* Signs in, holds the gateway's proof against the password, hands in a UTF-8 text (of more than 70 characters in parts), signs off. `now_ms` stamps the sign-in. With a keeper a report is asked
 * for each part; reports come later, to cmpp_collect(), or between the parts. Outcomes as of mail: UNCERTAIN if the answer to a part is lost after it was sent, LATER from a gateway without a
 * proof. FAULT_INPUT for a number that is none and a text longer than CMPP_PARTS_MAX parts. Waits up to timeout_ms at each step; any thread. */
CHECKED enum fault cmpp_send(const struct cmpp_settings *settings, const char *phone, const char *text, int64_t now_ms,
                             unsigned timeout_ms, const atomic_bool *stop, const struct cmpp_keeper *keeper,
                             struct mail_result *out);
/* Signs in, takes the reports that the gateway has, until none has come for quiet_ms, and signs off. FAULT_BUSY with `why` if it cannot be reached or spoken to. */
CHECKED enum fault cmpp_collect(const struct cmpp_settings *settings, int64_t now_ms, unsigned timeout_ms, unsigned quiet_ms,
                                const atomic_bool *stop, const struct cmpp_keeper *keeper, char why[MAIL_WHY]);

/* The same two over a connection that is there; it stays the caller's. */
CHECKED enum fault cmpp_talk(int fd, const struct cmpp_settings *settings, const char *phone, const char *text, int64_t now_ms,
                             const atomic_bool *stop, const struct cmpp_keeper *keeper, struct mail_result *out);
CHECKED enum fault cmpp_listen(int fd, const struct cmpp_settings *settings, int64_t now_ms, unsigned quiet_ms,
                               const atomic_bool *stop, const struct cmpp_keeper *keeper, char why[MAIL_WHY]);

#endif
