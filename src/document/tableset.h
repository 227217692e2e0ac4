/* tableset.h - inside the room: the rows of a table as lines and borders. */
#ifndef DOCUMENT_TABLESET_H
#define DOCUMENT_TABLESET_H

#include "document/typeset.h"

/* A row whose cells are broken into lines that have no place yet. */
struct table_row {
    size_t first[DOC_COLUMNS_MAX], count[DOC_COLUMNS_MAX]; /* lines of each cell in s->lines */
    size_t tallest;
};

/* Appends the glyphs of runs; strong ones in 黑体. */
void runs_set(struct sheet *s, const struct doc_runs *runs, enum doc_face face, double size, const char *place);
/* Breaks the cells of a row of a table whose columns are `twips` wide. */
struct table_row row_break(struct sheet *s, const struct doc_table *t, const struct doc_runs *cells, const unsigned *twips,
                           bool head, const char *place);
/* Puts lines [skip, skip + take) of each cell at the sheet's place, draws the borders around them and moves on below. */
void row_place(struct sheet *s, const struct doc_table *t, const struct table_row *row, const unsigned *twips, size_t skip,
               size_t take);
/* Height in points of a row of that many lines. */
double row_height(size_t lines);
/* Where the baseline of a line of type of `size` lies whose cell of `pitch` begins at `top`. */
double baseline(double top, double pitch, double size);

#endif
