/* formfile_markup.c - well-formed XML walked by its tags, so that pieces of it can be replaced and the rest stays byte for byte. */
#include "document/formfile_inside.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static bool begins(const char *at, const char *end, const char *with) {
    size_t n = strlen(with);
    return (size_t)(end - at) >= n && !memcmp(at, with, n);
}

static const char *behind(const char *at, const char *end, const char *mark) {
    const char *found = memmem(at, (size_t)(end - at), mark, strlen(mark));
    return found ? found + strlen(mark) : end;
}

/* Behind what stands at `at` and is no tag; NULL if a tag stands there. */
static const char *pass_other(const char *at, const char *end) {
    if (begins(at, end, "<!--")) return behind(at + 4, end, "-->");
    if (begins(at, end, "<![CDATA[")) return behind(at + 9, end, "]]>");
    if (begins(at, end, "<?")) return behind(at + 2, end, "?>");
    return NULL;
}

/* Behind the '>' of a tag; a '>' in an attribute's value does not end it. */
static const char *tag_end(const char *at, const char *end) {
    char quote = 0;
    for (; at < end; at++) {
        if (quote) quote = *at == quote ? 0 : quote;
        else if (*at == '"' || *at == '\'') quote = *at;
        else if (*at == '>') return at + 1;
    }
    return NULL;
}

bool markup_next(struct markup *m, struct tag *out) {
    while (m->at < m->end && (m->at = memchr(m->at, '<', (size_t)(m->end - m->at)))) {
        const char *other = pass_other(m->at, m->end);
        if (other) {
            m->at = other;
            continue;
        }
        const char *end = tag_end(m->at, m->end), *name = m->at + 1;
        if (!end) break;
        *out = (struct tag){.begin = m->at, .end = end, .kind = end[-2] == '/' ? TAG_EMPTY : TAG_OPEN};
        if (*name == '/') out->kind = TAG_CLOSE, name++;
        size_t length = 0;
        while (name + length < end && !strchr(" \t\r\n/>", name[length])) length++;
        const char *colon = *name == ':' ? NULL : memchr(name, ':', length);
        out->prefix_length = colon ? (size_t)(colon - name) + 1 : 0;
        out->name = name + out->prefix_length;
        out->name_length = length - out->prefix_length;
        m->at = end;
        return true;
    }
    m->at = m->end;
    return false;
}

bool tag_is(const struct tag *tag, const char *name) {
    return strlen(name) == tag->name_length && !memcmp(tag->name, name, tag->name_length);
}

const char *tag_attribute(const struct tag *tag, const char *name, size_t *length) {
    const char *p = tag->name + tag->name_length, *end = tag->end - 1;
    size_t wanted = strlen(name);
    while (p < end) {
        while (p < end && strchr(" \t\r\n/", *p)) p++;
        const char *key = p;
        while (p < end && !strchr(" \t\r\n=", *p)) p++;
        size_t key_length = (size_t)(p - key);
        while (p < end && *p != '"' && *p != '\'') p++;
        if (p >= end) return NULL;
        const char *value = p + 1, *stop = memchr(value, *p, (size_t)(end - value));
        if (!stop) return NULL;
        if (key_length == wanted && !memcmp(key, name, wanted)) return *length = (size_t)(stop - value), value;
        p = stop + 1;
    }
    return NULL;
}

bool markup_pass(struct markup *m, const struct tag *open, struct tag *close) {
    *close = *open;
    if (open->kind == TAG_EMPTY) return true;
    size_t depth = 1;
    while (depth && markup_next(m, close)) {
        if (close->kind == TAG_OPEN) depth++;
        else if (close->kind == TAG_CLOSE) depth--;
    }
    return !depth;
}

/* The character of a reference such as "&lt;" or "&#20013;"; *used is its length. */
static uint32_t reference(const char *at, const char *end, size_t *used) {
    static const struct {
        const char *name;
        uint32_t character;
    } named[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (size_t i = 0; i < COUNT_OF(named); i++)
        if (begins(at, end, named[i].name)) return *used = strlen(named[i].name), named[i].character;
    *used = 1;
    const char *stop = memchr(at, ';', (size_t)(end - at));
    if (!stop || at[1] != '#' || stop - at > 12) return '&';
    uint32_t value = 0;
    bool hexadecimal = at[2] == 'x';
    for (const char *p = at + (hexadecimal ? 3 : 2); p < stop; p++) {
        char low = (char)(*p | 32);
        uint32_t digit = *p >= '0' && *p <= '9' ? (uint32_t)(*p - '0') : low >= 'a' && low <= 'f' ? (uint32_t)(low - 'a') + 10 : 99;
        if (digit >= (hexadecimal ? 16u : 10u) || value > 0x10ffff) return '&';
        value = value * (hexadecimal ? 16 : 10) + digit;
    }
    if (!value || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return '&';
    *used = (size_t)(stop - at) + 1;
    return value;
}

static void characters(const char *at, const char *end, struct text *out) {
    while (at < end) {
        const char *mark = memchr(at, '&', (size_t)(end - at)), *stop = mark ? mark : end;
        char encoded[8];
        size_t used = 0;
        text_addn(out, at, (size_t)(stop - at));
        if (!mark) return;
        size_t n = utf8_encode(reference(mark, end, &used), encoded);
        text_addn(out, encoded, n);
        at = mark + used;
    }
}

void markup_text(const char *at, const char *end, struct text *out) {
    while (at < end) {
        const char *mark = memchr(at, '<', (size_t)(end - at));
        characters(at, mark ? mark : end, out);
        if (!mark) return;
        const char *other = pass_other(mark, end), *stop = other ? other : tag_end(mark, end);
        if (!stop) return;
        if (begins(mark, end, "<![CDATA[") && stop - mark >= 12) text_addn(out, mark + 9, (size_t)(stop - mark) - 12);
        at = stop;
    }
}

/* ---- edits ---- */

void edits_add(struct edits *edits, const char *begin, const char *end, struct text *text) {
    if (edits->count == edits->room)
        edits->list = memory_resize(edits->list, (edits->room = edits->room ? edits->room * 2 : 64) * sizeof *edits->list);
    edits->list[edits->count] = (struct edit){begin, end, edits->count, text->at};
    edits->count++;
    *text = (struct text){0};
}

static int by_place(const void *a, const void *b) {
    const struct edit *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    bool inserts_x = x->begin == x->end, inserts_y = y->begin == y->end;
    if (inserts_x != inserts_y) return inserts_x ? -1 : 1; /* what is put in before an element comes before its replacement */
    return x->order < y->order ? -1 : x->order > y->order;
}

enum fault edits_apply(struct edits *edits, const char *part, size_t length, struct text *out) {
    const char *at = part;
    if (edits->count) qsort(edits->list, edits->count, sizeof *edits->list, by_place);
    for (size_t i = 0; i < edits->count; i++) {
        const struct edit *e = &edits->list[i];
        text_addn(out, at, (size_t)(e->begin - at));
        if (e->text) text_add(out, e->text);
        at = e->end;
    }
    text_addn(out, at, (size_t)(part + length - at));
    return out->over ? FAULT_LARGE : FAULT_NONE;
}

void edits_release(struct edits *edits) {
    for (size_t i = 0; i < edits->count; i++) free(edits->list[i].text);
    free(edits->list);
    *edits = (struct edits){0};
}
