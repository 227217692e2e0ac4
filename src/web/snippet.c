/* snippet.c - finds the words in the values and cuts a piece around them. */
#include "web/snippet.h"

#include "base/utf8.h"

#include <string.h>

enum { WORDS_MAX = 8, BEFORE_CHARACTERS = 12, AFTER_CHARACTERS = 40 };

/* What is looked for. */
struct needles {
    const char *words[WORDS_MAX];
    size_t count;
};

/* The words set off by blanks, of either width. */
static struct needles words_of(const char *typed, struct arena *arena) {
    static const char wide[] = "\xe3\x80\x80";
    struct needles n = {.count = 0};
    const char *at = typed;
    while (*at && n.count < WORDS_MAX) {
        const char *end = at;
        while (*end && *end != ' ' && strncmp(end, wide, 3)) end++;
        if (end > at) n.words[n.count++] = arena_copyn(arena, at, (size_t)(end - at));
        at = !*end ? end : *end == ' ' ? end + 1 : end + 3;
    }
    return n;
}

/* The first characters of each word, which stand somewhere when the whole does not. */
static struct needles beginnings(const struct needles *whole, int characters, struct arena *arena) {
    struct needles n = {.count = whole->count};
    for (size_t i = 0; i < whole->count; i++) {
        size_t length = 0, left = strlen(whole->words[i]);
        uint32_t c;
        for (int k = 0; k < characters && length < left; k++) {
            size_t step = utf8_decode(whole->words[i] + length, left - length, &c);
            if (!step) break;
            length += step;
        }
        n.words[i] = arena_copyn(arena, whole->words[i], length);
    }
    return n;
}

/* The first place of any of them, without regard to case; of several at one place the longest. NULL if none is there. */
static const char *find(const char *text, const struct needles *n, size_t *length) {
    const char *first = NULL;
    for (size_t i = 0; i < n->count; i++) {
        size_t size = strlen(n->words[i]);
        const char *at = size ? strcasestr(text, n->words[i]) : NULL;
        if (!at || (first && (at > first || (at == first && size <= *length)))) continue;
        first = at;
        *length = size;
    }
    return first;
}

static const char *back(const char *from, const char *at, int characters) {
    while (at > from && characters) {
        at--;
        if (((unsigned char)*at & 0xc0) != 0x80) characters--;
    }
    return at;
}

static void add_part(struct snippet *s, bool marked, const char *from, const char *to, struct arena *arena) {
    if (to > from) s->parts[s->count++] = (struct snippet_part){arena_copyn(arena, from, (size_t)(to - from)), marked};
}

/* The value around its first place, every further place in that piece marked, too. */
static void cut(struct snippet *s, const char *text, const struct needles *n, struct arena *arena) {
    size_t length = 0;
    const char *at = find(text, n, &length), *from = back(text, at, BEFORE_CHARACTERS), *end = at + length;
    for (int k = 0; *end && k < AFTER_CHARACTERS; end++) k += (end[1] & 0xc0) != 0x80;
    const char *piece = arena_copyn(arena, from, (size_t)(end - from));
    bool before = from > text, after = *end;
    if (before) s->parts[s->count++] = (struct snippet_part){"…", false};
    while ((at = find(piece, n, &length)) && s->count + 4 < COUNT_OF(s->parts)) {
        add_part(s, false, piece, at, arena);
        add_part(s, true, at, at + length, arena);
        piece = at + length;
    }
    add_part(s, false, piece, piece + strlen(piece), arena);
    if (after) s->parts[s->count++] = (struct snippet_part){"…", false};
}

static bool is_searched(const struct reg_field *f, const struct value *v) {
    return v->kind == VALUE_TEXT && f->type != REG_REF && f->type != REG_REFS && f->type != REG_FILE && !(f->flags & PRIVATE);
}

struct snippet snippet_of(const struct reg *reg, const struct record *record, const char *typed, struct arena *arena) {
    struct snippet s = {.count = 0};
    struct needles whole = words_of(typed, arena), n = whole;
    for (int characters = 3; characters; characters--, n = beginnings(&whole, characters, arena))
        for (size_t i = 0; i < reg->field_count; i++) {
            size_t length;
            if (!is_searched(&reg->fields[i], &record->values[i])) continue;
            const char *text = value_show(&reg->fields[i], &record->values[i], LANG_ZH, arena);
            if (!find(text, &n, &length)) continue;
            s.field = &reg->fields[i];
            cut(&s, text, &n, arena);
            return s;
        }
    return s;
}
