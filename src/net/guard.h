/* guard.h - one watch per client connection: reads its bytes before the library does, refuses what is not strict, keeps deadlines. */
#ifndef NET_GUARD_H
#define NET_GUARD_H

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/fault.h"
#include "net/scan.h"

struct guard_limits {
    unsigned header_deadline_ms, body_stall_ms, body_rate_min, idle_ms, per_address;
};

struct guard_counts {
    _Atomic uint64_t connections, malformed, refused_address, cut_header, cut_body, cut_idle, open;
};

/* What the reaper must know; written by the connection's thread. */
enum guard_phase { GUARD_IDLE, GUARD_FIRST, GUARD_HEADER, GUARD_BODY, GUARD_BUSY };

/* One connection. Made and freed by the library thread that owns the connection; the reaper reads the atomics under the set's lock. */
struct guard {
    int descriptor;
    struct guard_set *set;
    struct guard *next, *previous;
    struct scan scan;
    uint64_t parsed;             /* requests whose request line the library has read */
    uint64_t completed;          /* requests that the library has answered in full */
    bool condemned;              /* a violation was found behind requests that are not answered yet: close after them */
    uint64_t last_good;          /* when condemned: the number of requests before the violation */
    int64_t cut_ms;              /* when the reaper cut it; the reaper's own */
    bool ended;                  /* refused or cut: the library is told the client has gone */
    bool linger;                 /* close gently: the client may still be sending */
    bool counted;                /* in the address count */
    bool proxy;                  /* comes from the trusted proxy */
    _Atomic int phase;           /* enum guard_phase */
    _Atomic int64_t since_ms;    /* when the phase began */
    _Atomic int64_t last_ms;     /* last byte of the body */
    _Atomic uint64_t body_bytes; /* taken since the body began */
    _Atomic int cut;             /* set by the reaper: HTTP status with which to end, once */
    uint8_t address[17];         /* family and the part that the per-address limit counts */
    char peer[INET6_ADDRSTRLEN];
};

struct guard_set;

/* Starts the reaper of one server. Fails with FAULT_SYSTEM. `proxy` may be NULL. */
CHECKED enum fault guard_set_start(const struct guard_limits *limits, const char *proxy, struct guard_set **out);
/* Ends the reaper and frees; no connection may be left. */
void guard_set_stop(struct guard_set *set);
const struct guard_counts *guard_set_counts(const struct guard_set *set);
/* Cuts connections that wait between two requests, and those of which no byte has come (the server is stopping). */
void guard_set_drain(struct guard_set *set);

/* A connection begins; NULL if it must be closed at once (no room in the table). */
struct guard *guard_begin(struct guard_set *set, int descriptor, const struct sockaddr *peer);
/* The connection ends; to be called before its descriptor is closed. Lingers on a duplicate where that is due. */
void guard_end(struct guard *g);
/* The library has read a request line. */
void guard_parsed(struct guard *g);
/* The library has read a header. False: it sees a request that the scanner did not, which must be refused. */
bool guard_knows(const struct guard *g);
/* The request now being answered is the last before a violation: its answer must close the connection. */
bool guard_closes(const struct guard *g);
/* The library has answered a request in full, or given it up. */
void guard_completed(struct guard *g);
/* Sends a bare answer past the library and ends the connection; only from its thread, only while the library reads a request. */
void guard_refuse(struct guard *g, int status, const char *reason);

#endif
