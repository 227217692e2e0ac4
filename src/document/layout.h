/* layout.h - what DOCX and PDF must agree on: measures of the official page, numbering, line-break rules, title lines, column widths. */
#ifndef DOCUMENT_LAYOUT_H
#define DOCUMENT_LAYOUT_H

#include "document/tree.h"

/* GB/T 9704-2012 in twips (1/20 pt): A4, type area 156 x 225 mm, 22 lines of 28 characters. */
enum {
    PAGE_WIDTH_TWIPS = 11906,
    PAGE_HEIGHT_TWIPS = 16838,
    MARGIN_TOP_TWIPS = 2098,
    MARGIN_BOTTOM_TWIPS = 1984,
    MARGIN_LEFT_TWIPS = 1588,
    MARGIN_RIGHT_TWIPS = 1474,
    AREA_WIDTH_TWIPS = 8844,
    LINE_PITCH_TWIPS = 579, /* 580 would overflow the 22nd line */
    GRID_LINES = 22,
    GRID_CHARS = 28,
    BODY_HALF_POINTS = 32,   /* 3号 */
    TITLE_HALF_POINTS = 44,  /* 2号 */
    NUMBER_HALF_POINTS = 28, /* 4号, page numbers */
    TABLE_HALF_POINTS = 24,  /* 小四 */
    FOOTER_HALF_POINTS = 21, /* 五号 */
    TABLE_PITCH_TWIPS = 360,
    TABLE_PAD_TWIPS = 60,  /* above and below a cell's text */
    TABLE_SIDE_TWIPS = 108 /* left and right of it */
};
/* The exact type area in points; twips round it. */
#define AREA_WIDTH_PT (156.0 / 25.4 * 72.0)
#define AREA_HEIGHT_PT (225.0 / 25.4 * 72.0)
#define CELL_PT (AREA_WIDTH_PT / GRID_CHARS)
#define PITCH_PT (AREA_HEIGHT_PT / GRID_LINES)

enum { TITLE_LINES_MAX = 12, TITLE_BLANK_LINES = 2 };

/* Counters of the heading numbers; begin with zeros. */
struct doc_numbers {
    unsigned at[DOC_LEVELS];
};
/* Appends the number of the next heading at `level`: 一、 （一） 1. （1） in Chinese; "1. " "1.1 " … in English. */
void number_next(struct doc_numbers *n, enum lang lang, int level, struct text *out);
/* 1 → 一, 21 → 二十一; from 100 on in digits. */
void number_chinese(struct text *out, unsigned value);

/* Appends 2017年12月4日 or "4 December 2017". */
void date_text(struct text *out, enum lang lang, civil_day date);
/* Appends the addressee with its colon. */
void addressee_text(struct text *out, const struct doc *d);

/* Width in half characters as the grid counts it: CJK and full-width punctuation 2, others 1, what has no width 0. */
unsigned width_halves(const char *s);
unsigned width_of(uint32_t c);

/* Line-break rules of Chinese text: may not begin a line; may not end one; may hang past the edge; part of an unbroken word. */
bool break_not_first(uint32_t c);
bool break_not_last(uint32_t c);
bool break_hangs(uint32_t c);
bool break_word(uint32_t c);
/* Whether a line may end after a and the next begin with b. */
bool break_between(uint32_t a, uint32_t b);

/* The title's lines, balanced, in memory of `arena`; returns their number (0: no title). */
size_t title_lines(const char *title, struct arena *arena, const char *lines[TITLE_LINES_MAX]);

/* Widths of a table's columns; they add up to AREA_WIDTH_TWIPS. */
void column_widths(const struct doc_table *t, unsigned twips[DOC_COLUMNS_MAX]);

/* Where the signature stands, as free space to the right of each of its lines, in half characters:
 * the organ 2 characters in, the date's first character 2 right of the organ's first; a longer date 2 characters in itself. */
void signature_place(unsigned organ_halves, unsigned date_halves, unsigned *organ_right, unsigned *date_right);

#endif
