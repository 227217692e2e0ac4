/* mail.h - one message handed to a mail server, and what became of it. */
#ifndef NET_MAIL_H
#define NET_MAIL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/memory.h"

enum { MAIL_WHY = 200, MAIL_BODY_MAX = 64 << 10, MAIL_ADDRESS_MAX = 254 };

/* Where messages are handed in. `server` is smtps://host[:port] (TLS from the start) or smtp://host[:port], where STARTTLS is demanded unless `plain`.
 * The certificate is verified. user and password may be NULL. */
struct mail_settings {
    const char *server, *from, *user, *password;
    bool plain; /* no TLS at all, for a server on the same machine */
};

struct mail {
    const char *to, *subject, *body; /* UTF-8; the body's lines end with \n */
    const char *id;                  /* stays the same however often it is sent: letters, digits and dots */
    int64_t at_ms;                   /* for its Date */
};

/* SENT: the server has taken it. REFUSED: it never will (5xx). LATER: try again. UNCERTAIN: the connection ended after all was sent and before the answer, so it
 * may have been taken; sent again it has the same Message-ID. */
enum mail_outcome { MAIL_SENT, MAIL_REFUSED, MAIL_LATER, MAIL_UNCERTAIN };
struct mail_result {
    enum mail_outcome outcome;
    int status;         /* the server's last reply; 0 if there was none */
    char why[MAIL_WHY]; /* unless it was sent: in English, for whoever looks after the server */
};

/* One "@", a dot-atom before it and a host name behind; nothing that could be taken for a command or a header. */
bool mail_address_valid(const char *address);
/* NULL if these settings can be used, else a catalogue sentence that says what is wrong. */
const char *mail_settings_wrong(const struct mail_settings *settings);
/* The message as it is sent, lines ended by CR LF. Subject and body are encoded, so that nothing in them can become a header. */
void mail_compose(const struct mail_settings *settings, const struct mail *mail, struct text *out);
/* Waits up to timeout_ms, and as long again for a server that does not say goodbye; any thread. FAULT_INPUT for an address or settings that are none, else FAULT_NONE with the outcome. `stop` ends the waiting; may be NULL. */
CHECKED enum fault mail_send(const struct mail_settings *settings, const struct mail *mail, unsigned timeout_ms,
                             const atomic_bool *stop, struct mail_result *out);

#endif
