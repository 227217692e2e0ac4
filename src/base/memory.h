/* memory.h - capped arenas, growing text with a maximum, and scope-bound cleanup. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Runs fn(&variable) when the variable leaves its scope. */
#define _cleanup_(fn) __attribute__((cleanup(fn)))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

/* Heap memory that never returns NULL: a machine out of memory aborts, and transactions make that safe. Zeroed. */
void *memory_new(size_t size);
void *memory_resize(void *old, size_t size);
/* free(*pointer) and set NULL; for _cleanup_(memory_release) char *x. */
void memory_release(void *pointer_to_pointer);

/* An arena: memory of one request, freed at once. Pieces are zeroed and aligned for any type.
 * Past `cap` bytes it still gives memory (so that callers need not check each piece) but raises `over`; loops that take
 * their length from input check arena_over() and stop. At eight times the cap it aborts: a missing check is our mistake. */
struct arena {
    struct arena_block *blocks;
    struct arena_guest *guests; /* heap memory that it frees, too */
    char *next, *end;
    size_t used, cap;
    bool over;
};
void arena_init(struct arena *a, size_t cap);
void arena_release(struct arena *a); /* frees all; safe on a zeroed arena; for _cleanup_(arena_release) */
void *arena_alloc(struct arena *a, size_t size);
char *arena_copy(struct arena *a, const char *text);                  /* NULL stays NULL */
char *arena_copyn(struct arena *a, const void *bytes, size_t length); /* adds a NUL */
char *arena_join(struct arena *a, const char *first, const char *second);
char *arena_int(struct arena *a, int64_t value); /* in decimal digits */
char *arena_format(struct arena *a, const char *format, ...) PRINTF_LIKE(2, 3);
struct text;
/* Takes over a text's memory without copying it; the text is empty afterwards and may be released or used no more. */
char *arena_keep(struct arena *a, struct text *text);
bool arena_over(const struct arena *a);
#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
/* `count` pieces of `size`; a product that does not fit in memory aborts. Through arena_array(a, type, n). */
void *arena_alloc_array(struct arena *a, size_t size, size_t count);
#define arena_array(a, type, n) ((type *)arena_alloc_array((a), sizeof(type), (size_t)(n)))

/* Growing text with a maximum, always NUL-terminated after text_init. What would pass the maximum is not added and raises
 * `over`; from then on nothing is added until text_clear, so that what is there is always a true beginning. */
struct text {
    char *at;
    size_t length, room, max;
    bool over;
};
void text_init(struct text *t, size_t max);
void text_release(struct text *t); /* frees; safe on a zeroed text; for _cleanup_(text_release) */
void text_clear(struct text *t);   /* empties, keeps the memory */
void text_add_int(struct text *t, int64_t value);
void text_format(struct text *t, const char *format, ...) PRINTF_LIKE(2, 3);
/* Makes room for `length` more bytes and returns where they go, or NULL if over. The caller then adds what it wrote to
 * t->length; the NUL after all `length` bytes stands already, after fewer the caller writes it. */
char *text_reserve(struct text *t, size_t length);

/* These three stand in the header because pages are made of a few thousand small pieces: where there is room (`room` counts the NUL and
 * never exceeds max + 1), a piece is only copied. */
static inline void text_addn(struct text *t, const void *bytes, size_t length) {
    char *to = t->room - t->length > length && !t->over ? t->at + t->length : text_reserve(t, length);
    if (!to || !length) return;
    memcpy(to, bytes, length);
    to[length] = 0;
    t->length += length;
}
static inline void text_add(struct text *t, const char *s) { text_addn(t, s, strlen(s)); }
static inline void text_addc(struct text *t, char c) { text_addn(t, &c, 1); }

#endif
