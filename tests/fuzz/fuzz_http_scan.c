/* fuzz_http_scan.c - foreign bytes through the HTTP scanner, whole and split: the verdict must be the same. */
#include "net/scan.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void same(const struct scan *a, const struct scan *b) {
    assert(a->verdict == b->verdict && a->position == b->position && a->message_start == b->message_start);
    assert(a->headers == b->headers && a->messages == b->messages && a->body_left == b->body_left);
    assert(scan_phase(a) == scan_phase(b));
}

/* The first byte chooses how the rest is split. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (!length) return 0;
    const char *text = (const char *)bytes + 1;
    size_t rest = length - 1, step = 1 + bytes[0] % 64u;
    struct scan whole, split, single;
    scan_init(&whole);
    scan_init(&split);
    scan_init(&single);
    size_t taken = scan_feed(&whole, text, rest);
    assert(taken == whole.position && taken <= rest && (taken == rest || whole.verdict));
    assert(whole.message_start <= whole.position && whole.messages <= whole.headers && whole.headers <= whole.messages + 1);
    assert((whole.verdict != SCAN_FINE) == (scan_phase(&whole) == SCAN_REFUSED));
    for (size_t i = 0; i < rest; i += step) scan_feed(&split, text + i, rest - i < step ? rest - i : step);
    for (size_t i = 0; i < rest; i++) scan_feed(&single, text + i, 1);
    same(&whole, &split);
    same(&whole, &single);
    return 0;
}
