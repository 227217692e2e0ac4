/* fuzz_bounce.c - foreign bytes as a letter in the mailbox of bounces: a verdict only with an id of ours, an address and clean words. */
#include "base/utf8.h"
#include "net/bounce.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct bounce b;
    bounce_read((const char *)bytes, length, "warn.", &b);
    assert(b.address_count <= BOUNCE_ADDRESSES);
    assert(!b.id[0] || !strncmp(b.id, "warn.", 5));
    for (size_t i = 0; i < b.address_count; i++) assert(mail_address_valid(b.addresses[i]));
    if (b.verdict != BOUNCE_NONE) assert(b.id[0] && b.address_count && b.why[0]);
    assert(memchr(b.why, 0, sizeof b.why) && utf8_valid(b.why, strlen(b.why)));
    for (const unsigned char *c = (const unsigned char *)b.why; *c; c++) assert(*c >= ' ');
    return 0;
}
