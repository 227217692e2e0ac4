/* mail.h - one message handed to a mail server, and what became of it. */
#ifndef NET_MAIL_H
#define NET_MAIL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/memory.h"

enum { MAIL_WHY = 400, MAIL_BODY_MAX = 64 << 10, MAIL_ADDRESS_MAX = 254, MAIL_ID_MAX = 64 };

/* Where messages are handed in. `server` is smtps://host[:port] (TLS from the start) or smtp://host[:port], where STARTTLS is demanded unless `plain`.
 * The certificate and its name are verified, by `ca` (a file of PEM certificates) or, if that is NULL, by those that the system trusts. user and password: both or none; no
 * password goes without TLS to another machine. */
struct mail_settings {
    const char *server, *from, *user, *password, *ca;
    bool plain; /* no TLS at all, for a server on the same machine */
};

struct mail {
    const char *to, *subject, *body; /* UTF-8; the body's lines end with \n */
    const char *id; /* stays the same however often it is sent: letters, digits, and dots between them; at most MAIL_ID_MAX */
    int64_t at_ms;  /* for its Date */
};

/* SENT: the server has taken it. REFUSED: it never will: a 5xx for this receiver or this message. LATER: try again; this server does not work, or not for us (a 5xx before it
 * heard of the receiver, no TLS, a sign-in refused), or cannot now. UNCERTAIN: the connection ended after all was sent and before the answer, so it
 * may have been taken; sent again it has the same Message-ID. */
enum mail_outcome { MAIL_SENT, MAIL_REFUSED, MAIL_LATER, MAIL_UNCERTAIN };
struct mail_result {
    enum mail_outcome outcome;
    int status; /* the server's last reply; 0 if there was none */
    char why
        [MAIL_WHY]; /* unless it was sent: what was asked and the server's own words, or else libcurl's; valid UTF-8 without control characters */
};

/* One "@", a dot-atom before it and a host name behind; nothing that could be taken for a command or a header. */
bool mail_address_valid(const char *address);
/* NULL if these settings can be used, else a catalogue sentence that says what is wrong. */
const char *mail_settings_wrong(const struct mail_settings *settings);
/* The message as it is sent, lines ended by CR LF. Subject and body are encoded, so that nothing in them can become a header. FAULT_INPUT for an address or id that is none,
 * a body over MAIL_BODY_MAX, or what `out` has no room for; it is not to be used then. */
CHECKED enum fault mail_compose(const struct mail_settings *settings, const struct mail *mail, struct text *out);
/* Waits up to timeout_ms, and as long again for a server that does not say goodbye; any thread. FAULT_INPUT for settings that are none or what mail_compose() refuses (`why` says which), else FAULT_NONE with the outcome. `stop` ends the waiting; may be NULL. */
CHECKED enum fault mail_send(const struct mail_settings *settings, const struct mail *mail, unsigned timeout_ms,
                             const atomic_bool *stop, struct mail_result *out);

#endif
