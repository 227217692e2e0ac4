/* tree.c - building the document tree. */
#include "document/tree.h"

#include <assert.h>
#include <string.h>

struct doc *doc_new(struct arena *arena, enum lang lang, int64_t as_of_ms) {
    struct doc *d = arena_new(arena, struct doc);
    d->arena = arena;
    d->lang = lang;
    d->as_of_ms = as_of_ms;
    return d;
}

static bool is_over(struct doc *d) {
    if (arena_over(d->arena) || d->block_count > DOC_BLOCKS_MAX) d->over = true;
    return d->over;
}

void doc_set_title(struct doc *d, const char *title) { d->title = arena_copy(d->arena, title); }
void doc_set_addressee(struct doc *d, const char *addressee) { d->addressee = arena_copy(d->arena, addressee); }
void doc_set_footer(struct doc *d, const char *footer) { d->footer = arena_copy(d->arena, footer); }

void doc_set_signature(struct doc *d, const char *organ, civil_day date) {
    d->organ = arena_copy(d->arena, organ);
    d->date = date;
    d->dated = true;
}

void doc_add_attachment(struct doc *d, const char *name) {
    if (is_over(d)) return;
    struct doc_attachment *a = arena_new(d->arena, struct doc_attachment);
    a->name = arena_copy(d->arena, name);
    if (d->attachments_last) d->attachments_last->next = a;
    else d->attachments = a;
    d->attachments_last = a;
}

static struct doc_block *block_add(struct doc *d, enum doc_kind kind) {
    d->block_count++;
    if (is_over(d)) {
        if (!d->spill) d->spill = arena_new(d->arena, struct doc_block);
        *d->spill = (struct doc_block){.kind = kind};
        return d->spill;
    }
    struct doc_block *b = arena_new(d->arena, struct doc_block);
    b->kind = kind;
    if (d->last) d->last->next = b;
    else d->first = b;
    d->last = b;
    return b;
}

struct doc_runs *doc_heading(struct doc *d, int level) {
    assert(level >= 1 && level <= DOC_LEVELS);
    struct doc_block *b = block_add(d, DOC_HEADING);
    b->level = level;
    return &b->runs;
}

struct doc_runs *doc_paragraph(struct doc *d) {
    return &block_add(d, DOC_PARAGRAPH)->runs;
}

struct doc_runs *doc_item(struct doc *d, unsigned number) {
    struct doc_block *b = block_add(d, DOC_ITEM);
    b->number = number;
    return &b->runs;
}

void doc_page_break(struct doc *d) { block_add(d, DOC_PAGE_BREAK); }

struct doc_table *doc_table(struct doc *d, unsigned columns) {
    assert(columns >= 1 && columns <= DOC_COLUMNS_MAX);
    struct doc_table *t = &block_add(d, DOC_TABLE)->table;
    t->columns = columns;
    return t;
}

void doc_column(struct doc *d, struct doc_table *t, unsigned column, enum doc_align align, const char *name) {
    assert(column < t->columns);
    t->align[column] = align;
    t->head[column] = (struct doc_runs){0};
    doc_text(d, &t->head[column], name);
}

static void row_spill(struct doc *d, struct doc_table *t) {
    if (!d->spill_row) {
        d->spill_row = arena_new(d->arena, struct doc_row);
        d->spill_row->cells = arena_array(d->arena, struct doc_runs, DOC_COLUMNS_MAX);
    }
    t->last = d->spill_row; /* t->first stays: what was added is not reached from it */
}

void doc_row(struct doc *d, struct doc_table *t) {
    if (is_over(d)) {
        row_spill(d, t);
        return;
    }
    struct doc_row *row = arena_new(d->arena, struct doc_row);
    row->cells = arena_array(d->arena, struct doc_runs, t->columns);
    if (t->last) t->last->next = row;
    else t->first = row;
    t->last = row;
}

struct doc_runs *doc_cell(struct doc *d, struct doc_table *t, unsigned column) {
    assert(column < t->columns);
    if (!t->last) doc_row(d, t);
    return &t->last->cells[column];
}

static struct doc_run *run_add(struct doc *d, struct doc_runs *to, const char *text, size_t length) {
    if (!length || is_over(d)) {
        d->spill_run = (struct doc_run){0};
        return &d->spill_run;
    }
    struct doc_run *run = arena_new(d->arena, struct doc_run);
    run->text = arena_copyn(d->arena, text, length);
    if (to->last) to->last->next = run;
    else to->first = run;
    to->last = run;
    return run;
}

void doc_textn(struct doc *d, struct doc_runs *to, const char *text, size_t length) { run_add(d, to, text, length); }
void doc_text(struct doc *d, struct doc_runs *to, const char *text) { run_add(d, to, text, strlen(text)); }
void doc_strong(struct doc *d, struct doc_runs *to, const char *text) { run_add(d, to, text, strlen(text))->strong = true; }

void doc_link(struct doc *d, struct doc_runs *to, const char *text, const char *href) { doc_figure(d, to, text, NULL, href); }

void doc_figure(struct doc *d, struct doc_runs *to, const char *text, const char *key, const char *href) {
    struct doc_run *run = run_add(d, to, text, strlen(text));
    if (run == &d->spill_run) return;
    run->key = arena_copy(d->arena, key);
    run->href = arena_copy(d->arena, href);
}

void doc_runs_text(struct text *out, const struct doc_runs *runs) {
    for (const struct doc_run *r = runs->first; r; r = r->next) text_add(out, r->text);
}
