/* rate.h - how often one token or one address may ask the interface: a bucket each, refilled steadily. */
#ifndef WEB_RATE_H
#define WEB_RATE_H

#include <stdbool.h>
#include <stdint.h>

enum { RATE_PER_SECOND = 20, RATE_BURST = 10 /* seconds' worth at once */ };

struct rate;

/* `per_second` requests for each asker, ten times as many at once; 0: RATE_PER_SECOND. */
struct rate *rate_new(int per_second);
void rate_release(struct rate *r); /* NULL is allowed */
/* Takes one request from the bucket of `who`. False if it is empty; *retry_s is then how long to wait. Thread-safe. */
bool rate_take(struct rate *r, const char *who, int64_t now_ms, int *retry_s);

#endif
