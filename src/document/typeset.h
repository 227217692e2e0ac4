/* typeset.h - inside the room: characters to glyphs, glyphs to justified lines, lines and rules to pages. */
#ifndef DOCUMENT_TYPESET_H
#define DOCUMENT_TYPESET_H

#include "document/face.h"
#include "document/layout.h"

/* A set glyph: which glyph of which file, and its advance in points. */
struct set_glyph {
    uint32_t c, index;
    float advance;
    uint8_t file;
};

/* A line on a page: glyphs [from, to), beginning at x, baseline at y (points from the type area's top left), `spread` added at each gap. */
struct set_line {
    size_t from, to;
    unsigned page;
    float x, y, size, spread;
};

/* A straight line, drawn `width` thick. */
struct set_rule {
    unsigned page;
    float x1, y1, x2, y2, width;
};

struct sheet {
    struct doc_fonts *fonts;
    struct notes *notes;
    struct set_glyph *glyphs;
    struct set_line *lines;
    struct set_rule *rules;
    size_t glyph_count, glyph_room, line_count, line_room, rule_count, rule_room;
    unsigned page; /* counted from 0 */
    double y;      /* where the next thing goes: points from the type area's top */
    unsigned missing;
};

void sheet_release(struct sheet *s); /* for _cleanup_ */

/* Appends the glyphs of a text in a typeface and size (points). A character without a glyph is noted with `place`, and counted. */
void sheet_text(struct sheet *s, const char *text, enum doc_face face, double size, const char *place);
double sheet_width(const struct sheet *s, size_t from, size_t to);

enum set_justify { SET_LEFT, SET_CENTRE, SET_RIGHT, SET_JUSTIFY };
/* How glyphs are broken into lines: indents and width in points. */
struct set_shape {
    double x, width;          /* the column */
    double first, rest;       /* indents of the first and of further lines */
    double size;              /* of the type */
    enum set_justify justify; /* SET_JUSTIFY leaves the last line as it is */
    bool hang;                /* one closing mark may stand past the edge */
};
/* Breaks glyphs [from, to) into lines appended to s->lines with page and y still 0; returns how many (at least 0). */
size_t sheet_break(struct sheet *s, size_t from, size_t to, const struct set_shape *shape);
void sheet_rule(struct sheet *s, double x1, double y1, double x2, double y2, double width);
/* Whether a line's extra space may go between these two glyphs. */
bool set_gap(uint32_t a, uint32_t b);

#endif
