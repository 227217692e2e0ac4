/* rate.c - token buckets in a table of fixed size; of two that fall into one slot the later begins anew. */
#include "web/rate.h"

#include "base/digest.h"
#include "base/memory.h"

#include <pthread.h>
#include <string.h>

enum { SLOTS = 4096, THOUSANDTHS = 1000 };

/* `who` is the digest's beginning; a slot taken over by another begins full. */
struct bucket {
    uint64_t who;
    int64_t left; /* thousandths of a request */
    int64_t at_ms;
};

struct rate {
    int64_t per_second;
    pthread_mutex_t lock;
    struct bucket buckets[SLOTS];
};

struct rate *rate_new(int per_second) {
    struct rate *r = memory_new(sizeof *r);
    r->per_second = per_second > 0 ? per_second : RATE_PER_SECOND;
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

void rate_release(struct rate *r) {
    if (!r) return;
    pthread_mutex_destroy(&r->lock);
    memory_release(&r);
}

bool rate_take(struct rate *r, const char *who, int64_t now_ms, int *retry_s) {
    struct digest d = digest_of(who, strlen(who));
    uint64_t name;
    memcpy(&name, d.bytes, sizeof name);
    int64_t full = r->per_second * RATE_BURST * THOUSANDTHS;
    pthread_mutex_lock(&r->lock);
    struct bucket *b = &r->buckets[name % SLOTS];
    if (b->who != name) *b = (struct bucket){name, full, now_ms};
    int64_t passed = now_ms > b->at_ms ? now_ms - b->at_ms : 0; /* a clock set back gives nothing */
    if (passed > 60000) passed = 60000;
    b->left += passed * r->per_second;
    if (b->left > full) b->left = full;
    b->at_ms = now_ms;
    bool good = b->left >= THOUSANDTHS;
    if (good) b->left -= THOUSANDTHS;
    pthread_mutex_unlock(&r->lock);
    *retry_s = good ? 0 : 1;
    return good;
}
