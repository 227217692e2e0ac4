/* id.c - making, printing and reading identifiers. */
#include "base/id.h"

#include "base/digest.h"

#include <string.h>

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

struct id id_make(int64_t now_ms) {
    struct id id;
    for (int i = 0; i < 6; i++) id.bytes[i] = (uint8_t)(now_ms >> (40 - 8 * i));
    random_bytes(id.bytes + 6, ID_BYTES - 6);
    return id;
}

void id_format(const struct id *id, char out[ID_TEXT]) {
    /* 128 bits in 26 groups of five, the first holding only the top three: two halves of 64, of which one group spans both. */
    uint64_t high = 0, low = 0;
    for (int i = 0; i < 8; i++) {
        high = high << 8 | id->bytes[i];
        low = low << 8 | id->bytes[i + 8];
    }
    for (int at = 25; at > 13; at--, low >>= 5) out[at] = alphabet[low & 31];
    out[13] = alphabet[(low | high << 4) & 31];
    high >>= 1;
    for (int at = 12; at >= 0; at--, high >>= 5) out[at] = alphabet[high & 31];
    out[26] = 0;
}

bool id_parse(const char *text, struct id *out) {
    if (strlen(text) != ID_TEXT - 1) return false;
    struct id id = {{0}};
    unsigned buffer = 0, bits = 0;
    int at = 0;
    for (int i = 0; i < ID_TEXT - 1; i++) {
        const char *digit = strchr(alphabet, text[i]);
        if (!digit) return false;
        unsigned v = (unsigned)(digit - alphabet);
        if (i == 0) {
            if (v > 7) return false; /* beyond 128 bits */
            buffer = v, bits = 3;
            continue;
        }
        buffer = (buffer << 5 | v) & 0xffff;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            id.bytes[at++] = (uint8_t)(buffer >> bits);
        }
    }
    *out = id;
    return true;
}

bool id_same(const struct id *a, const struct id *b) { return !memcmp(a->bytes, b->bytes, ID_BYTES); }

bool id_is_zero(const struct id *a) {
    static const struct id zero;
    return id_same(a, &zero);
}
