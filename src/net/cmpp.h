/* cmpp.h - a short message handed to a carrier's gateway by CMPP 2.0. */
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
};

/* NULL if these can be used, else a catalogue sentence. */
const char *cmpp_settings_wrong(const struct cmpp_settings *settings);
/* A Chinese mobile number as it is kept. */
bool cmpp_phone_valid(const char *phone);
/* Signs in, hands in a UTF-8 text (of more than 70 characters in parts), signs off. `now_ms` stamps the sign-in. Outcomes as of mail: UNCERTAIN if the answer to
 * a part is lost after it was sent. FAULT_INPUT for a number that is none and a text longer than CMPP_PARTS_MAX parts. Waits up to timeout_ms at each step; any thread. */
CHECKED enum fault cmpp_send(const struct cmpp_settings *settings, const char *phone, const char *text, int64_t now_ms,
                             unsigned timeout_ms, const atomic_bool *stop, struct mail_result *out);

/* The same over a connection that is there; it stays the caller's. */
CHECKED enum fault cmpp_talk(int fd, const struct cmpp_settings *settings, const char *phone, const char *text, int64_t now_ms,
                             const atomic_bool *stop, struct mail_result *out);

#endif
