/* pen.c - glyph runs with their text, rules, and a PDF file's metadata, through cairo. */
#include "document/pen.h"

#include "base/utf8.h"

#include <assert.h>
#include <stdio.h>

void pen_release(struct pen *p) {
    for (size_t i = 0; i < PEN_FONTS && p->fonts[i].scaled; i++) cairo_scaled_font_destroy(p->fonts[i].scaled);
    text_release(&p->utf8);
    memory_release(&p->glyphs);
    memory_release(&p->clusters);
}

static cairo_scaled_font_t *font_scaled(const struct pen *p, uint8_t file, float size) {
    cairo_matrix_t scale, page;
    cairo_matrix_init_scale(&scale, (double)size, (double)size);
    cairo_matrix_init_identity(&page);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF); /* rounding would drift off the 28 cells */
    cairo_scaled_font_t *scaled = cairo_scaled_font_create(p->sheet->fonts->files[file].cairo, &scale, &page, options);
    cairo_font_options_destroy(options);
    return scaled;
}

static void pen_font(struct pen *p, uint8_t file, float size) {
    size_t i = 0;
    while (p->fonts[i].scaled && (p->fonts[i].file != file || p->fonts[i].size != size)) i++;
    assert(i < PEN_FONTS - 1);
    if (!p->fonts[i].scaled) p->fonts[i] = (struct pen_font){font_scaled(p, file, size), file, size};
    cairo_set_scaled_font(p->cr, p->fonts[i].scaled);
}

static void pen_room(struct pen *p, size_t count) {
    if (count <= p->room) return;
    p->room = count + 64;
    p->glyphs = memory_resize(p->glyphs, p->room * sizeof *p->glyphs);
    p->clusters = memory_resize(p->clusters, p->room * sizeof *p->clusters);
}

/* Each cluster gives cairo the text of its glyph, so that the PDF's text can be searched and copied. */
void line_draw(struct pen *p, const struct set_line *line) {
    const struct set_glyph *g = p->sheet->glyphs;
    double x = (double)line->x;
    pen_room(p, line->to - line->from);
    for (size_t i = line->from; i < line->to;) {
        uint8_t file = g[i].file;
        size_t n = 0;
        text_clear(&p->utf8);
        for (; i < line->to && g[i].file == file; i++, n++) {
            char bytes[4];
            size_t length = utf8_encode(g[i].c, bytes);
            if (i > line->from && set_gap(g[i - 1].c, g[i].c)) x += (double)line->spread;
            text_addn(&p->utf8, bytes, length);
            p->glyphs[n] = (cairo_glyph_t){g[i].index, x, (double)line->y};
            p->clusters[n] = (cairo_text_cluster_t){(int)length, 1};
            x += (double)g[i].advance;
        }
        pen_font(p, file, line->size);
        cairo_show_text_glyphs(p->cr, p->utf8.at, (int)p->utf8.length, p->glyphs, (int)n, p->clusters, (int)n, 0);
    }
}

void rule_draw(struct pen *p, const struct set_rule *r) {
    cairo_set_line_width(p->cr, (double)r->width);
    cairo_move_to(p->cr, (double)r->x1, (double)r->y1);
    cairo_line_to(p->cr, (double)r->x2, (double)r->y2);
    cairo_stroke(p->cr);
}

void pdf_metadata(cairo_surface_t *surface, int64_t as_of_ms, const char *title, const char *author) {
    char moment[MOMENT_TEXT], stamp[32];
    moment_format(as_of_ms, moment);
    snprintf(stamp, sizeof stamp, "%.10sT%.8s+08:00", moment, moment + 11);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, stamp);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, stamp);
    if (title) cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title);
    if (author) cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, author);
}
