/* memory.c - capped arenas and growing texts. */
#include "base/memory.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
    struct arena_block *older;
    max_align_t bytes[];
};

struct arena_guest {
    struct arena_guest *next;
    char *memory;
};

enum { BLOCK_SIZE = 16384, HARD_FACTOR = 8, FIRST_ROOM = 256, INT_TEXT = 24 };

void *memory_new(size_t size) {
    void *p = calloc(1, size ? size : 1);
    if (!p) abort();
    return p;
}

void *memory_resize(void *old, size_t size) {
    void *p = realloc(old, size ? size : 1);
    if (!p) abort();
    return p;
}

void memory_release(void *pointer_to_pointer) {
    void **p = pointer_to_pointer;
    free(*p);
    *p = NULL;
}

void arena_init(struct arena *a, size_t cap) { *a = (struct arena){.cap = cap}; }

void arena_release(struct arena *a) {
    for (struct arena_guest *g = a->guests; g; g = g->next) free(g->memory); /* the list itself lies in the blocks */
    for (struct arena_block *b = a->blocks; b;) {
        struct arena_block *older = b->older;
        free(b);
        b = older;
    }
    *a = (struct arena){.cap = a->cap};
}

static void use_count(struct arena *a, size_t size) {
    a->used += size;
    if (a->used > a->cap) a->over = true;
    if (a->used / HARD_FACTOR > a->cap) abort();
}

static void *arena_take(struct arena *a, size_t size) {
    const size_t align = _Alignof(max_align_t);
    assert(size < SIZE_MAX / 2);
    size = (size + align - 1) & ~(align - 1);
    use_count(a, size);
    if ((size_t)(a->end - a->next) < size || !a->next) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        struct arena_block *b = malloc(sizeof *b + room);
        if (!b) abort();
        b->older = a->blocks;
        a->blocks = b;
        a->next = (char *)b->bytes;
        a->end = a->next + room;
    }
    void *piece = a->next;
    a->next += size;
    return piece;
}

void *arena_alloc(struct arena *a, size_t size) { return memset(arena_take(a, size), 0, size); }

void *arena_alloc_array(struct arena *a, size_t size, size_t count) {
    size_t all;
    if (__builtin_mul_overflow(size, count, &all)) abort();
    return arena_alloc(a, all);
}

char *arena_copyn(struct arena *a, const void *bytes, size_t length) {
    char *copy = arena_take(a, length + 1);
    if (length) memcpy(copy, bytes, length);
    copy[length] = 0;
    return copy;
}

char *arena_copy(struct arena *a, const char *text) { return text ? arena_copyn(a, text, strlen(text)) : NULL; }

char *arena_join(struct arena *a, const char *first, const char *second) {
    size_t before = strlen(first), after = strlen(second);
    char *out = arena_take(a, before + after + 1);
    memcpy(out, first, before);
    memcpy(out + before, second, after + 1);
    return out;
}

/* The decimal digits of a number at the end of `room`; returns where they begin. */
static const char *int_digits(int64_t value, char room[INT_TEXT]) {
    char *at = room + INT_TEXT - 1;
    *at = 0;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do *--at = (char)('0' + left % 10);
    while (left /= 10);
    if (value < 0) *--at = '-';
    return at;
}

char *arena_int(struct arena *a, int64_t value) {
    char room[INT_TEXT];
    return arena_copy(a, int_digits(value, room));
}

char *arena_format(struct arena *a, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    assert(length >= 0);
    char *out = arena_take(a, (size_t)length + 1);
    vsnprintf(out, (size_t)length + 1, format, again);
    va_end(again);
    va_end(args);
    return out;
}

char *arena_keep(struct arena *a, struct text *t) {
    if (!t->at) return arena_copyn(a, "", 0);
    struct arena_guest *g = arena_new(a, struct arena_guest);
    use_count(a, t->room);
    *g = (struct arena_guest){a->guests, t->at};
    a->guests = g;
    *t = (struct text){.max = t->max};
    return g->memory;
}

bool arena_over(const struct arena *a) { return a->over; }

void text_init(struct text *t, size_t max) {
    size_t room = max < FIRST_ROOM ? max + 1 : FIRST_ROOM;
    *t = (struct text){.max = max, .room = room, .at = memory_new(room)};
}

void text_release(struct text *t) {
    free(t->at);
    *t = (struct text){.max = t->max};
}

void text_clear(struct text *t) {
    t->length = 0;
    t->over = false;
    if (t->at) t->at[0] = 0;
}

char *text_reserve(struct text *t, size_t length) {
    if (t->over || length > t->max || t->length > t->max - length) {
        t->over = true;
        return NULL;
    }
    if (t->length + length + 1 > t->room) {
        size_t room = t->room ? t->room : FIRST_ROOM;
        while (room < t->length + length + 1) room *= 2;
        if (room > t->max) room = t->max + 1;
        t->at = memory_resize(t->at, room);
        t->room = room;
    }
    t->at[t->length + length] = 0;
    return t->at + t->length;
}

void text_add_int(struct text *t, int64_t value) {
    char room[INT_TEXT];
    text_add(t, int_digits(value, room));
}

void text_format(struct text *t, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    assert(length >= 0);
    if (text_reserve(t, (size_t)length)) {
        vsnprintf(t->at + t->length, (size_t)length + 1, format, again);
        t->length += (size_t)length;
    }
    va_end(again);
    va_end(args);
}
