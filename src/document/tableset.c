/* tableset.c - cells broken into lines, rows placed with their borders. */
#include "document/tableset.h"

static const double PT = 1 / 20.0; /* points in a twip */
static const double TABLE_PT = TABLE_HALF_POINTS / 2.0, RULE_PT = 0.5;
static const double ASCENT = 0.88; /* of the em box above the baseline, as the CJK faces have it */

double baseline(double top, double pitch, double size) { return top + (pitch - size) / 2 + ASCENT * size; }

void runs_set(struct sheet *s, const struct doc_runs *runs, enum doc_face face, double size, const char *place) {
    for (const struct doc_run *r = runs->first; r; r = r->next) sheet_text(s, r->text, r->strong ? FACE_HEI : face, size, place);
}

struct table_row row_break(struct sheet *s, const struct doc_table *t, const struct doc_runs *cells, const unsigned *twips,
                           bool head, const char *place) {
    struct table_row row = {.tallest = 1};
    double x = 0;
    for (unsigned i = 0; i < t->columns; i++) {
        static const enum set_justify justify[] = {[DOC_LEFT] = SET_LEFT, [DOC_CENTRE] = SET_CENTRE, [DOC_RIGHT] = SET_RIGHT};
        double width = twips[i] * PT;
        struct set_shape shape = {.x = x + TABLE_SIDE_TWIPS * PT,
                                  .width = width - 2 * TABLE_SIDE_TWIPS * PT,
                                  .size = TABLE_PT,
                                  .justify = head ? SET_CENTRE : justify[t->align[i]]};
        size_t from = s->glyph_count;
        runs_set(s, &cells[i], head ? FACE_HEI : FACE_FANGSONG, TABLE_PT, place);
        row.first[i] = s->line_count;
        row.count[i] = sheet_break(s, from, s->glyph_count, &shape);
        if (row.count[i] > row.tallest) row.tallest = row.count[i];
        x += width;
    }
    return row;
}

static void row_rules(struct sheet *s, const struct doc_table *t, const unsigned *twips, double top, double bottom) {
    double x = 0;
    sheet_rule(s, 0, top, AREA_WIDTH_TWIPS * PT, top, RULE_PT);
    sheet_rule(s, 0, bottom, AREA_WIDTH_TWIPS * PT, bottom, RULE_PT);
    for (unsigned i = 0; i <= t->columns; i++) {
        sheet_rule(s, x, top, x, bottom, RULE_PT);
        if (i < t->columns) x += twips[i] * PT;
    }
}

void row_place(struct sheet *s, const struct doc_table *t, const struct table_row *row, const unsigned *twips, size_t skip,
               size_t take) {
    const double pitch = TABLE_PITCH_TWIPS * PT, pad = TABLE_PAD_TWIPS * PT;
    double top = s->y, bottom = top + (double)take * pitch + 2 * pad;
    for (unsigned i = 0; i < t->columns; i++) {
        size_t lines = row->count[i] > skip ? row->count[i] - skip : 0;
        if (lines > take) lines = take;
        double y = top + pad + (double)(take - lines) * pitch / 2; /* centred in the row */
        for (size_t k = 0; k < lines; k++, y += pitch) {
            struct set_line *line = &s->lines[row->first[i] + skip + k];
            line->page = s->page;
            line->y = (float)baseline(y, pitch, TABLE_PT);
        }
    }
    row_rules(s, t, twips, top, bottom);
    s->y = bottom;
}

double row_height(size_t lines) { return (double)lines * TABLE_PITCH_TWIPS * PT + 2 * TABLE_PAD_TWIPS * PT; }
