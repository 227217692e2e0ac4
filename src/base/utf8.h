/* utf8.h - strict UTF-8: validity, walking, and widths as the form grid counts them. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes one character at s (at most `length` bytes). Returns its length in bytes, or 0 if it is not valid UTF-8
 * (overlong, surrogate, beyond U+10FFFF, cut short) or length is 0. */
size_t utf8_decode(const char *s, size_t length, uint32_t *character);
/* Writes one character (1–4 bytes, no NUL) and returns its length; character must be a Unicode scalar value. */
size_t utf8_encode(uint32_t character, char out[4]);
/* True if all of s is valid UTF-8. */
bool utf8_valid(const char *s, size_t length);
/* Number of characters of valid UTF-8. */
size_t utf8_count(const char *s);

#endif
