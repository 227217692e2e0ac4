/* outbox.h - what programs are told of changes: subscriptions (register `webhook`), their messages, and each try to deliver one.
 *
 * The journal is the outbox: an entry is durable in its change's own transaction, and outbox_collect() makes messages of the entries after
 * a position that is kept. So a change costs nothing more for being told, nothing is lost in a crash, and a message's id follows from
 * subscription and position: it is the same however often it is made. The tables are work tables; no report rests on them. */
#ifndef REGISTER_OUTBOX_H
#define REGISTER_OUTBOX_H

#include "register/change.h"

/* A subscription as its record says. */
struct hook {
    struct id id, owner;
    const char *name, *url, *filter; /* filter: "" all */
    const struct reg *reg;           /* NULL: no longer declared */
    int64_t made;                    /* journal position: later entries are told */
    bool active;
};
/* Reads one; FAULT_ABSENT if there is none. */
CHECKED enum fault hook_read(const struct registers *registers, struct conn *conn, const struct id *id, struct arena *arena,
                             struct hook *out);

enum { OUTBOX_TRIES = 10 };
enum outbox_state { OUTBOX_WAITING, OUTBOX_DELIVERED, OUTBOX_GIVEN_UP };

struct outbox_message {
    struct id id, hook;
    int64_t position, made_ms, next_ms;
    int tries;
    enum outbox_state state;
};

/* How long to wait after the n-th failure in a row (from 1): 5 s, 30 s, 2 min … 24 h. */
int64_t outbox_wait_ms(int failures);

/* Makes messages of the next entries: for each active subscription to the entry's register whose owner may read the record and whose filter the
 * record, as it then was known, satisfies. *more: there are entries left. Any thread; two at once do no harm. */
CHECKED enum fault outbox_collect(struct registers *registers, int64_t now_ms, bool *more);
/* Lends a message that is due until now_ms + lease_ms; of one subscription one at a time, subscriptions in turn. *any is false if none is. */
CHECKED enum fault outbox_claim(struct registers *registers, int64_t now_ms, int64_t lease_ms, struct outbox_message *out,
                                bool *any);

/* How a try went. */
struct outbox_try {
    bool good;                        /* delivered */
    bool last;                        /* not to be tried again: stopped, or the receiver says that it is gone */
    int status;                       /* of the answer; 0 if there was none */
    const char *why;                  /* after a failure, in English */
    int64_t at_ms, took_ms, retry_ms; /* retry_ms: what the receiver asked to wait; 0 */
};
CHECKED enum fault outbox_tried(struct registers *registers, const struct outbox_message *message, const struct outbox_try *try);
/* Makes a message due again, whatever became of it. FAULT_ABSENT if the subscription has none such. */
CHECKED enum fault outbox_again(struct registers *registers, const struct id *hook, const struct id *message, int64_t now_ms);
/* Gives up what is older than three days, forgets what was delivered 30 days ago and given up 90 days ago. */
CHECKED enum fault outbox_sweep(struct registers *registers, int64_t now_ms);

/* Messages of a subscription, newest first, those before a position (INT64_MAX: from the newest), at most `limit`. */
typedef enum fault (*outbox_visit)(void *context, const struct outbox_message *message);
CHECKED enum fault outbox_list(struct conn *conn, const struct id *hook, int64_t before, int limit, outbox_visit each,
                               void *context);
/* The last try of a message. *any is false if there was none; why is the arena's. */
CHECKED enum fault outbox_last_try(struct conn *conn, const struct id *message, struct arena *arena, struct outbox_try *out,
                                   bool *any);
/* How many messages of a subscription there are in each state. */
CHECKED enum fault outbox_count(struct conn *conn, const struct id *hook, int64_t counts[3]);

#endif
