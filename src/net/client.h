/* client.h - one HTTP request sent out and its status read, with a guard that keeps it from reaching into the own network. */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/fault.h"
#include "base/memory.h"

enum { CLIENT_WHY = 120 };

struct http_post {
    const char *url;            /* http or https, without a name and password in it */
    const char *const *headers; /* "Name: value", NULL-ended */
    const void *body;
    size_t length;
    unsigned timeout_ms;     /* for everything: looking the name up, connecting, sending, the answer's head */
    const char *networks;    /* "10.0.0.0/8 fd00::/8": not public, but may be reached, by plain http too; NULL or "": none */
    struct text *answer;     /* gets the answer's body up to its own maximum; NULL: it is forgotten */
    const atomic_bool *stop; /* once true, the waiting ends within a second or so; NULL: never */
};

struct http_posted {
    int status;           /* the answer's; a redirect is not followed */
    bool sent;            /* the request went out: without an answer it may have been taken all the same */
    long retry_s;         /* what Retry-After asked; 0 if nothing */
    char why[CLIENT_WHY]; /* after a fault: what was wrong, in English, for the person who looks after the receiver */
};

/* May a connection be made to this address? Public addresses, and those in `networks`. Loopback, private, link-local, multicast, documentation
 * and translation ranges are refused, and so is what an IPv6 address wraps. */
bool client_may_reach(const struct sockaddr *to, const char *networks);
/* Does each word of `networks` name a network? */
bool client_networks_valid(const char *networks);
/* Sends a POST. FAULT_NONE: there was an answer, whatever its status. FAULT_INPUT: no such address form; FAULT_RIGHT: the guard refused
 * the address; FAULT_BUSY: nobody answered in time. Waits up to timeout_ms; any thread; no proxy of the environment is used. `out` is written always. */
CHECKED enum fault client_post(const struct http_post *post, struct http_posted *out);

#endif
