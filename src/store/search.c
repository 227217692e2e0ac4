/* search.c - cutting text into search terms: CJK runs into single characters and bigrams, other words as they are. */
#include "base/utf8.h"
#include "store/inside.h"

#include <stdio.h>
#include <string.h>

enum { TERMS_MAX = 1 << 22 };

static bool is_cjk(uint32_t c) {
    return (c >= 0x3400 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff) ||
           (c >= 0x3040 && c <= 0x30ff);
}

static bool is_word(uint32_t c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 0xc0 && c < 0x2000); }

static uint32_t fold(uint32_t c) {
    if (c >= 'A' && c <= 'Z') return c + 32;
    if (c >= 0xff01 && c <= 0xff5e) return fold(c - 0xfee0); /* full-width forms */
    return c;
}

static void add_term(struct text *out, const uint32_t *characters, size_t count, const char *before, const char *after) {
    if (out->length) text_addc(out, ' ');
    text_add(out, before);
    for (size_t i = 0; i < count; i++) {
        char bytes[4];
        text_addn(out, bytes, utf8_encode(characters[i], bytes));
    }
    text_add(out, after);
}

/* Index: each CJK character alone and with its follower. Query: a single character alone, otherwise only the pairs. */
static void cut_terms(struct text *out, const char *s, bool query) {
    const char *open = query ? "\"" : "", *close = query ? "\"" : "";
    size_t left = strlen(s), run = 0, word_length = 0;
    uint32_t before = 0, c, word[64];
    for (;;) {
        size_t n = left ? utf8_decode(s, left, &c) : 0;
        if (left && !n) n = 1, c = ' ';
        c = n ? fold(c) : ' ';
        if (word_length && (!is_word(c) || word_length == COUNT_OF(word))) {
            add_term(out, word, word_length, open, close);
            word_length = 0;
        }
        if (is_cjk(c)) {
            uint32_t pair[2] = {before, c};
            if (run) add_term(out, pair, 2, open, close);
            if (!query) add_term(out, &c, 1, open, close);
            run++;
            before = c;
        } else {
            if (query && run == 1) add_term(out, &before, 1, open, close);
            run = 0;
            if (is_word(c)) word[word_length++] = c;
        }
        if (!n) return;
        s += n;
        left -= n;
    }
}

/* Which group a document belongs to is a term, too, spelt with private-use characters, which nobody's words contain: so the index itself
 * narrows to a group. '_' would part words. */
static void add_group(struct text *out, const char *group, const char *around) {
    text_add(out, out->length ? " " : "");
    text_format(out, "%s\xee\x80\x80", around);
    for (const char *p = group; *p; p++)
        if (*p == '_') text_add(out, "\xee\x80\x81");
        else text_addc(out, *p);
    text_add(out, around);
}

const char *search_query(struct arena *arena, const char *group, const char *typed) {
    _cleanup_(text_release) struct text q;
    text_init(&q, 4096);
    cut_terms(&q, typed, true);
    if (q.length) add_group(&q, group, "\"");
    return arena_copyn(arena, q.length && !q.over ? q.at : "", q.over ? 0 : q.length);
}

bool search_matches(const char *words, const char *typed) {
    _cleanup_(text_release) struct text have, want;
    text_init(&have, TERMS_MAX);
    text_init(&want, 4096);
    text_addc(&have, ' ');
    cut_terms(&have, words, false);
    text_addc(&have, ' ');
    cut_terms(&want, typed, true);
    for (char *rest = want.at, *term; (term = strsep(&rest, " "));) {
        size_t n = strlen(term);
        if (n < 3) continue; /* nothing between its quotes */
        term[0] = term[n - 1] = ' ';
        if (!strstr(have.at, term)) return false;
    }
    return want.length > 0;
}

void search_match(const struct store *store, struct text *sql, int parameter) {
    text_add(sql, store->driver->search_match[0]);
    text_format(sql, "?%d", parameter);
    text_add(sql, store->driver->search_match[1]);
}

void search_condition(const struct store *store, struct text *sql, int parameter) {
    text_add(sql, "IN (SELECT rowid FROM search s WHERE ");
    search_match(store, sql, parameter);
    text_addc(sql, ')');
}

const char *store_veil(const struct store *store) { return store->driver->veil; }

static enum fault write_terms(struct conn *c, bool drop, int64_t document, const char *terms, size_t length) {
    const struct store_driver *driver = c->store->driver;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(c, drop ? driver->search_delete : driver->search_insert, &s);
    if (f) return f;
    stmt_bind_int(s, 1, document);
    stmt_bind_textn(s, 2, terms, length);
    return stmt_run(s);
}

static enum fault keep_terms(struct later *later, bool drop, int64_t document, const struct text *terms) {
    if (later->count == later->room) {
        later->room = later->room ? later->room * 2 : GROUP_MAX;
        later->items = memory_resize(later->items, later->room * sizeof *later->items);
    }
    later->items[later->count].document = document;
    later->items[later->count].drop = drop;
    later->items[later->count].at = later->terms.length;
    later->items[later->count].length = terms->length;
    text_addn(&later->terms, terms->at, terms->length);
    if (later->terms.over) return FAULT_LARGE;
    later->count++;
    return FAULT_NONE;
}

void search_forget(struct store *store, size_t count, size_t bytes) {
    struct text *terms = &store->later.terms;
    store->later.count = count;
    if (!bytes) {
        text_clear(terms);
        return;
    }
    terms->length = bytes;
    terms->at[bytes] = 0;
    terms->over = false;
}

enum fault search_flush(struct store *store) {
    struct later *later = &store->later;
    store->writer->mode = WRITE_CHANGE;
    for (size_t i = 0; i < later->count; i++) {
        enum fault f = write_terms(store->writer, later->items[i].drop, later->items[i].document,
                                   later->terms.at + later->items[i].at, later->items[i].length);
        if (f) return f;
    }
    search_forget(store, 0, 0);
    return FAULT_NONE;
}

static enum fault run_terms(struct conn *c, bool drop, int64_t document, const char *group, const char *words) {
    _cleanup_(text_release) struct text terms;
    text_init(&terms, TERMS_MAX);
    cut_terms(&terms, words, false);
    if (terms.over) return FAULT_LARGE;
    if (!terms.length) return FAULT_NONE;
    add_group(&terms, group, "");
    if (c->writer && c->store->later.collecting) return keep_terms(&c->store->later, drop, document, &terms);
    return write_terms(c, drop, document, terms.at, terms.length);
}

enum fault search_put(struct conn *c, int64_t document, const char *group, const char *words) {
    return run_terms(c, false, document, group, words);
}

enum fault search_drop(struct conn *c, int64_t document, const char *group, const char *words_before) {
    return run_terms(c, true, document, group, words_before);
}

enum fault search_clear(struct conn *c) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(c, c->store->driver->search_clear, &s);
    return f ? f : stmt_run(s);
}

static enum fault declare_search(struct conn *c, void *argument) {
    (void)argument;
    for (const char *const *ddl = c->store->driver->search_ddl; *ddl; ddl++) {
        enum fault f = conn_run(c, *ddl);
        if (f) return f;
    }
    return FAULT_NONE;
}

enum fault search_declare(struct store *store, struct notes *notes) {
    enum fault f = store_submit(store, WRITE_SCHEMA, false, declare_search, NULL);
    if (f) note_add(notes, store->driver->name, "全文检索表无法建立");
    return f;
}
