/* tree.h - the one neutral document tree that HTML, DOCX and PDF are made from, and the functions that build it. */
#ifndef DOCUMENT_TREE_H
#define DOCUMENT_TREE_H

#include "base/civil.h"
#include "base/lang.h"
#include "base/memory.h"

enum {
    DOC_LEVELS = 4,       /* heading levels 1–4: 一、 （一） 1. （1） */
    DOC_COLUMNS_MAX = 16, /* columns of one table */
    DOC_BLOCKS_MAX = 20000
};

/* A run: text of one look. A figure is a run with a key; where it leads is its href or, in HTML, what the caller's function answers. */
struct doc_run {
    const char *text;
    const char *href; /* NULL: leads nowhere */
    const char *key;  /* figure key; NULL: not a figure */
    bool strong;
    struct doc_run *next;
};

struct doc_runs {
    struct doc_run *first, *last;
};

enum doc_align { DOC_LEFT, DOC_CENTRE, DOC_RIGHT };
enum doc_kind { DOC_HEADING, DOC_PARAGRAPH, DOC_ITEM, DOC_TABLE, DOC_PAGE_BREAK };

struct doc_row {
    struct doc_runs *cells; /* one for each column */
    struct doc_row *next;
};

struct doc_table {
    unsigned columns;
    enum doc_align align[DOC_COLUMNS_MAX];
    struct doc_runs head[DOC_COLUMNS_MAX]; /* the header row, repeated on each page */
    struct doc_row *first, *last;
};

struct doc_block {
    enum doc_kind kind;
    int level;              /* headings: 1–4 */
    unsigned number;        /* items: 1, 2, … of an ordered list; 0: not ordered */
    struct doc_runs runs;   /* headings, paragraphs, items */
    struct doc_table table; /* tables */
    struct doc_block *next;
};

struct doc_attachment {
    const char *name;
    struct doc_attachment *next;
};

/* A document. All memory is the arena's. Texts are UTF-8; what is NULL is left out. Headings carry no number of their own:
 * the printers number them. */
struct doc {
    struct arena *arena;
    enum lang lang;
    int64_t as_of_ms;      /* the only time that gets into the files, so that the same document is the same bytes */
    const char *title;     /* '\n' forces a line break; else long titles are broken into balanced lines */
    const char *addressee; /* 主送机关; the colon is added if it is not there */
    const char *organ;     /* 发文机关署名 */
    bool dated;
    civil_day date;     /* 成文日期, if dated */
    const char *footer; /* a small line at the foot of the last page, such as the checkpoint's code */
    struct doc_attachment *attachments, *attachments_last;
    struct doc_block *first, *last;
    unsigned block_count;
    bool
        over; /* more than DOC_BLOCKS_MAX blocks were asked for, or the arena is over its cap; the printers then answer FAULT_LARGE */
    struct doc_block *spill; /* what is added once over: one block, row and run for all, so that nothing grows further */
    struct doc_row *spill_row;
    struct doc_run spill_run;
};

/* An empty document in `arena`, which must live as long as the document. */
struct doc *doc_new(struct arena *arena, enum lang lang, int64_t as_of_ms);

/* Callers need not check after each call: once over, what is added is dropped and `over` stays; loops over input may stop on it.
 * All texts given below are copied. NULL clears where it says so in struct doc. */
void doc_set_title(struct doc *d, const char *title);
void doc_set_addressee(struct doc *d, const char *addressee);
void doc_set_signature(struct doc *d, const char *organ, civil_day date);
void doc_set_footer(struct doc *d, const char *footer);
void doc_add_attachment(struct doc *d, const char *name);

/* Each adds a block at the end and returns the runs to fill; never NULL. */
struct doc_runs *doc_heading(struct doc *d, int level);
struct doc_runs *doc_paragraph(struct doc *d);
/* An item of a list; number 0: not ordered. Neighbouring items make one list. */
struct doc_runs *doc_item(struct doc *d, unsigned number);
void doc_page_break(struct doc *d);

/* A table of 1–DOC_COLUMNS_MAX columns, left-aligned until doc_column() says otherwise. */
struct doc_table *doc_table(struct doc *d, unsigned columns);
/* Names a column (counted from 0) and sets its alignment. */
void doc_column(struct doc *d, struct doc_table *t, unsigned column, enum doc_align align, const char *name);
/* Begins a row; its cells are empty. */
void doc_row(struct doc *d, struct doc_table *t);
/* The runs of a cell of the last row begun. */
struct doc_runs *doc_cell(struct doc *d, struct doc_table *t, unsigned column);

/* Each adds a run at the end. Empty text adds nothing. */
void doc_text(struct doc *d, struct doc_runs *to, const char *text);
void doc_textn(struct doc *d, struct doc_runs *to, const char *text, size_t length);
void doc_strong(struct doc *d, struct doc_runs *to, const char *text);
void doc_link(struct doc *d, struct doc_runs *to, const char *text, const char *href);
/* A figure: `key` names it for the caller's href function; href may be NULL. */
void doc_figure(struct doc *d, struct doc_runs *to, const char *text, const char *key, const char *href);

/* The text of the runs, joined. */
void doc_runs_text(struct text *out, const struct doc_runs *runs);

#endif
