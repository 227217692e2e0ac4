/* pen.h - inside the room: draws set lines and rules with cairo. */
#ifndef DOCUMENT_PEN_H
#define DOCUMENT_PEN_H

#include "document/typeset.h"

#include <cairo-pdf.h>

enum { PEN_FONTS = 32 }; /* more than typefaces times sizes */

/* What drawing needs beside the cairo context; begin with cr, sheet and utf8.max set, end with pen_release(). The caller has the fonts' turn. */
struct pen {
    cairo_t *cr;
    const struct sheet *sheet;
    struct pen_font {
        cairo_scaled_font_t *scaled;
        uint8_t file;
        float size;
    } fonts[PEN_FONTS];
    struct text utf8;
    cairo_glyph_t *glyphs;
    cairo_text_cluster_t *clusters;
    size_t room;
};

void pen_release(struct pen *p); /* for _cleanup_ */
/* Draws a line's glyphs at its place; the text goes with them, so that the PDF can be searched and copied. */
void line_draw(struct pen *p, const struct set_line *line);
void rule_draw(struct pen *p, const struct set_rule *r);
/* Gives the file its title, author and times, which come from `as_of_ms` and from no clock. Title and author may be NULL. */
void pdf_metadata(cairo_surface_t *surface, int64_t as_of_ms, const char *title, const char *author);

#endif
