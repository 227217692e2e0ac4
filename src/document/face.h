/* face.h - inside the room: the opened typefaces as the PDF typesetter uses them. */
#ifndef DOCUMENT_FACE_H
#define DOCUMENT_FACE_H

#include "document/font.h"

#include <cairo-ft.h>
#include <stdint.h>

/* One character in one typeface: which opened file has it, which glyph, and its advance as a part of the size (1 = full). */
struct glyph {
    uint32_t index; /* 0: no face has it */
    float advance;
    uint8_t file;
    bool known;
};

enum { GLYPH_PAGE = 256, GLYPH_PAGES = 0x110000 / GLYPH_PAGE };

struct font_file {
    char *path;
    FT_Face ft; /* owned by the cairo face, which may outlive us in cairo's caches */
    cairo_font_face_t *cairo;
};

struct doc_fonts {
    struct font_file files[FACE_COUNT];
    size_t file_count;
    uint8_t file_of[FACE_COUNT];
    bool substitute[FACE_COUNT];
    char *lines[FACE_COUNT]; /* for the log, NULL where not a substitute */
    struct glyph *pages[FACE_COUNT][GLYPH_PAGES];
};

/* FreeType, cairo's faces and the caches above serve one thread at a time: take the turn around all use of them. */
void fonts_take_turn(void);
void fonts_end_turn(void);
/* The glyph of a character: the typeface's own, else another's. The caller has the turn. */
const struct glyph *glyph_of(struct doc_fonts *fonts, enum doc_face face, uint32_t c);

#endif
