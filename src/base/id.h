/* id.h - 128-bit identifiers that sort by the time they were made, may be made by a client, and never change. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

enum { ID_BYTES = 16, ID_TEXT = 27 };

/* Six bytes of UTC milliseconds, then ten random bytes. */
struct id {
    uint8_t bytes[ID_BYTES];
};

struct id id_make(int64_t now_ms);
/* 26 characters of Crockford's base 32 in lower case (no i, l, o, u), then NUL. */
void id_format(const struct id *id, char out[ID_TEXT]);
/* Reads what id_format writes; false (out untouched) otherwise. */
bool id_parse(const char *text, struct id *out);
bool id_same(const struct id *a, const struct id *b);
bool id_is_zero(const struct id *a);

#endif
