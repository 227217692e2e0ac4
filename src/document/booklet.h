/* booklet.h - a long printed book (cover, contents, tab sheets, tables, pictures) written page by page, so that its length costs no memory. */
#ifndef DOCUMENT_BOOKLET_H
#define DOCUMENT_BOOKLET_H

#include "base/fault.h"
#include "document/font.h"
#include "document/tree.h"

/* The same calls are made twice: once without a file, which only counts pages so that the contents know them, and once to write. Calls never fail; the first
 * fault stays and booklet_finish() tells it. A character that no typeface has is printed as 〓 and counted. Texts are UTF-8 and copied. */
struct booklet;

struct booklet_plan {
    struct doc_fonts *fonts;
    enum lang lang;
    int64_t as_of_ms;           /* the only time that gets into the file */
    const char *title, *author; /* of the file's properties; may be NULL */
};

enum booklet_style {
    BOOKLET_COVER,      /* the name of the book, large and centred */
    BOOKLET_COVER_LINE, /* a centred line of a cover */
    BOOKLET_TAB,        /* the number on a tab sheet, very large */
    BOOKLET_TITLE,      /* a centred heading: 目录 */
    BOOKLET_HEADING,    /* heading of an item */
    BOOKLET_CAPTION,    /* above a table */
    BOOKLET_BODY,       /* paragraphs */
    BOOKLET_SMALL,      /* remarks, hashes */
    BOOKLET_STYLES
};

/* Begins a book in the file at `path`, which is replaced; NULL: pages are only counted. FAULT_FILE if it cannot be made; *out is the caller's. */
CHECKED enum fault booklet_begin(const char *path, const struct booklet_plan *plan, struct booklet **out);
/* The page on which the next thing would stand, counted from 1. */
unsigned booklet_page(const struct booklet *b);
/* What follows begins a page, unless the page is empty. */
void booklet_page_break(struct booklet *b);
/* Free space of so many lines; at the head of a page it stays. */
void booklet_space(struct booklet *b, double lines);
/* A text in one style; each line of it is a paragraph. */
void booklet_text(struct booklet *b, enum booklet_style style, const char *text);
/* A line of the contents: a text of a level (0 …) and the page at the right edge, with dots between. */
void booklet_entry(struct booklet *b, unsigned level, const char *text, unsigned page);
/* The page that the next thing stands on appears in the reader's outline under this name. */
void booklet_mark(struct booklet *b, const char *name, bool below);

/* A table of 1–DOC_COLUMNS_MAX columns. Widths follow the heading and the first rows. Columns with `right` are flush right. Cells may be NULL. */
void booklet_table(struct booklet *b, unsigned columns, const char *const *heads, const bool *right);
void booklet_row(struct booklet *b, const char *const *cells);
void booklet_table_end(struct booklet *b);

/* A picture (JPEG) with its caption, half a page, or a whole one. While pages are only counted the bytes are not looked at; what is no JPEG
 * is printed as an empty frame with the caption. Bytes are copied. */
void booklet_picture(struct booklet *b, const void *jpeg, size_t length, bool whole_page, const char *caption);

/* Labels for the spines of boxes, `columns` side by side, with cutting lines; each text is set in a column of single characters. */
struct booklet_spine {
    const char *top, *name, *foot; /* head of the label, the long name, the last line: 第 1 盒 共 2 盒 */
};
void booklet_spines(struct booklet *b, const struct booklet_spine *spines, size_t count);

/* Completes the file. *missing: how many characters had no glyph; may be NULL. Frees the book in any case; the file is removed on a fault. */
CHECKED enum fault booklet_finish(struct booklet **b, unsigned *missing);
/* Frees, and removes the file unless finished; for _cleanup_(booklet_abandon). */
void booklet_abandon(struct booklet **b);

#endif
