/* booklet.c - things are set where the page has room for them; a page is drawn and forgotten as soon as it is left. */
#include "document/booklet.h"

#include "base/utf8.h"
#include "document/pen.h"
#include "document/tableset.h"

#include <stdio.h>
#include <unistd.h>

enum {
    UNPLACED = 0x7fffffff,
    TEXT_BYTES = 1 << 20,
    SAMPLE_ROWS = 60,
    SPINES_ACROSS = 4,
    SPINE_CHARS = 40,
    PICTURES_A_PAGE = 2,
    LEADER_MAX = 300
};

static const double PT = 1 / 20.0; /* points in a twip */
static const double NUMBER_PT = NUMBER_HALF_POINTS / 2.0, SMALL_PT = FOOTER_HALF_POINTS / 2.0, SMALL_PITCH = 15, CAPTION_ROOM = 36,
                    GAP = 8;
static const double SPINE_WIDTH = 105, SPINE_HEIGHT = 620, SPINE_NAME_PT = 26, SPINE_SMALL_PT = 12, LEADS_ROOM = 150;

/* How each style is set. */
static const struct style {
    enum doc_face face;
    double size, pitch, above, first;
    enum set_justify justify;
} styles[BOOKLET_STYLES] = {
    [BOOKLET_COVER] = {FACE_TITLE, 26, 40, 0, 0, SET_CENTRE},
    [BOOKLET_COVER_LINE] = {FACE_FANGSONG, BODY_HALF_POINTS / 2.0, 30, 0, 0, SET_CENTRE},
    [BOOKLET_TAB] = {FACE_HEI, 60, 90, 0, 0, SET_CENTRE},
    [BOOKLET_TITLE] = {FACE_TITLE, 26, 44, 0, 0, SET_CENTRE},
    [BOOKLET_HEADING] = {FACE_HEI, BODY_HALF_POINTS / 2.0, 26, 10, 0, SET_LEFT},
    [BOOKLET_CAPTION] = {FACE_HEI, TABLE_HALF_POINTS / 2.0, 22, 8, 0, SET_LEFT},
    [BOOKLET_BODY] = {FACE_FANGSONG, TABLE_HALF_POINTS / 2.0, 20, 3, TABLE_HALF_POINTS, SET_JUSTIFY},
    [BOOKLET_SMALL] = {FACE_SONG, FOOTER_HALF_POINTS / 2.0, 15, 2, 0, SET_LEFT},
};

/* A picture of the page at hand. */
struct placed {
    void *bytes; /* cairo frees it; NULL: only the frame */
    size_t length;
    int width, height; /* in points of the picture */
    double y, room;
};

struct booklet {
    struct sheet sheet;
    struct booklet_plan plan;
    char *path;
    FILE *file; /* NULL: pages are counted */
    cairo_surface_t *surface;
    cairo_t *cr;
    struct pen pen;
    struct placed pictures[PICTURES_A_PAGE];
    size_t picture_count, outline_parent;
    struct text fit; /* a text with 〓 for what has no glyph */
    unsigned missing;
    bool bare; /* the page at hand has no number: the cover */
    enum fault fault;
    struct table {          /* the table at hand */
        struct arena arena; /* of its heading and the rows that wait for the widths */
        struct doc *doc;
        struct doc_table *rows;
        unsigned waiting, twips[DOC_COLUMNS_MAX];
        bool open, wide; /* wide: the widths are known */
    } table;
};

static cairo_status_t write_file(void *closure, const unsigned char *data, unsigned length) {
    return fwrite(data, 1, length, closure) == length ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

enum fault booklet_begin(const char *path, const struct booklet_plan *plan, struct booklet **out) {
    struct booklet *b = memory_new(sizeof *b);
    b->plan = *plan;
    b->sheet.fonts = plan->fonts;
    text_init(&b->fit, TEXT_BYTES);
    b->pen = (struct pen){.sheet = &b->sheet, .utf8 = {.max = 1 << 20}};
    *out = b;
    if (!path) return FAULT_NONE;
    b->path = memory_new(strlen(path) + 1);
    memcpy(b->path, path, strlen(path));
    b->file = fopen(path, "we");
    if (!b->file) {
        memory_release(&b->path);
        return b->fault = FAULT_FILE;
    }
    b->surface = cairo_pdf_surface_create_for_stream(write_file, b->file, PAGE_WIDTH_TWIPS * PT, PAGE_HEIGHT_TWIPS * PT);
    pdf_metadata(b->surface, plan->as_of_ms, plan->title, plan->author);
    b->pen.cr = b->cr = cairo_create(b->surface);
    return FAULT_NONE;
}

unsigned booklet_page(const struct booklet *b) { return b->sheet.page + 1; }

/* ---- texts ---- */

/* The text as it can be printed: what no typeface has becomes 〓. Lives until the next call. */
static const char *fitting(struct booklet *b, enum doc_face face, const char *text, size_t length) {
    text_clear(&b->fit);
    for (size_t at = 0; at < length;) {
        uint32_t c;
        size_t step = utf8_decode(text + at, length - at, &c);
        bool blank = step && (c < 0x20 || c == 0xa0 || !width_of(c));
        bool known = blank || (step && glyph_of(b->sheet.fonts, face, c)->index);
        if (known) text_addn(&b->fit, text + at, step);
        else text_add(&b->fit, "〓");
        b->missing += !known;
        at += step ? step : 1;
    }
    return b->fit.at ? b->fit.at : "";
}

/* Breaks a text into lines that have no place yet; returns the first of them. */
static size_t lines_set(struct booklet *b, const char *text, size_t length, enum doc_face face, const struct set_shape *shape) {
    struct sheet *s = &b->sheet;
    size_t from = s->glyph_count, line = s->line_count;
    sheet_text(s, fitting(b, face, text, length), face, shape->size, "");
    sheet_break(s, from, s->glyph_count, shape);
    for (size_t i = line; i < s->line_count; i++) s->lines[i].page = UNPLACED;
    return line;
}

/* ---- pages ---- */

static void page_number(struct booklet *b) {
    struct sheet *s = &b->sheet;
    char text[32];
    int length = snprintf(text, sizeof text, "— %u —", s->page + 1);
    const struct set_shape shape = {.width = AREA_WIDTH_PT, .size = NUMBER_PT, .justify = SET_CENTRE};
    size_t line = lines_set(b, text, (size_t)length, FACE_SONG, &shape);
    s->lines[line].page = s->page;
    s->lines[line].y = (float)(AREA_HEIGHT_PT + 7 / 25.4 * 72 + 0.38 * NUMBER_PT);
}

static void picture_draw(struct booklet *b, struct placed *p) {
    cairo_t *cr = b->cr;
    double scale = p->width ? AREA_WIDTH_PT / p->width : 1;
    if (scale * p->height > p->room) scale = p->room / p->height;
    cairo_surface_t *image = p->bytes ? cairo_image_surface_create(CAIRO_FORMAT_RGB24, p->width, p->height) : NULL;
    if (!image || cairo_surface_set_mime_data(image, CAIRO_MIME_TYPE_JPEG, p->bytes, p->length, free, p->bytes)) {
        free(p->bytes);
        cairo_rectangle(cr, 0, p->y, AREA_WIDTH_PT, p->room);
        cairo_set_line_width(cr, 0.5);
        cairo_stroke(cr);
    } else {
        cairo_save(cr);
        cairo_translate(cr, (AREA_WIDTH_PT - scale * p->width) / 2, p->y + (p->room - scale * p->height) / 2);
        cairo_scale(cr, scale, scale);
        cairo_set_source_surface(cr, image, 0, 0);
        cairo_paint(cr);
        cairo_restore(cr);
        cairo_set_source_rgb(cr, 0, 0, 0);
    }
    if (image) cairo_surface_destroy(image);
    *p = (struct placed){0};
}

/* Draws what stands on the page and goes on to the next; lines that have no place yet stay. */
static void turn(struct booklet *b) {
    struct sheet *s = &b->sheet;
    if (b->file) {
        size_t lines = s->line_count, glyphs = s->glyph_count;
        if (!b->bare) page_number(b);
        cairo_save(b->cr);
        cairo_translate(b->cr, MARGIN_LEFT_TWIPS * PT, MARGIN_TOP_TWIPS * PT);
        for (size_t i = 0; i < s->line_count; i++)
            if (s->lines[i].page == s->page) line_draw(&b->pen, &s->lines[i]);
        for (size_t i = 0; i < s->rule_count; i++) rule_draw(&b->pen, &s->rules[i]);
        for (size_t i = 0; i < b->picture_count; i++) picture_draw(b, &b->pictures[i]);
        cairo_restore(b->cr);
        cairo_show_page(b->cr);
        s->line_count = lines; /* without the page number */
        s->glyph_count = glyphs;
        if (cairo_status(b->cr) && !b->fault) b->fault = ferror(b->file) ? FAULT_FILE : FAULT_SYSTEM;
    }
    b->bare = false;
    b->picture_count = 0;
    s->rule_count = 0; /* rules are only made where they are placed */
    s->page++;
    s->y = 0;
}

/* After each thing: the lines of pages that are drawn go, so that the book's length costs nothing. */
static void settle(struct booklet *b) {
    struct sheet *s = &b->sheet;
    size_t kept = 0, first = s->glyph_count;
    for (size_t i = 0; i < s->line_count; i++) {
        if (s->lines[i].page != s->page) continue;
        s->lines[kept++] = s->lines[i];
        if (s->lines[i].from < first) first = s->lines[i].from;
    }
    s->line_count = kept;
    s->glyph_count -= first;
    memmove(s->glyphs, s->glyphs + first, s->glyph_count * sizeof *s->glyphs);
    for (size_t i = 0; i < kept; i++) s->lines[i].from -= first, s->lines[i].to -= first;
}

static bool fits(const struct booklet *b, double height) { return b->sheet.y + height <= AREA_HEIGHT_PT + 0.1; }

void booklet_page_break(struct booklet *b) {
    if (b->sheet.y <= 0) return;
    fonts_take_turn();
    turn(b);
    settle(b);
    fonts_end_turn();
}

void booklet_space(struct booklet *b, double lines) {
    b->sheet.y += lines * PITCH_PT;
    if (b->sheet.y > AREA_HEIGHT_PT) b->sheet.y = AREA_HEIGHT_PT;
}

/* ---- paragraphs ---- */

static void place_lines(struct booklet *b, size_t from, double pitch) {
    struct sheet *s = &b->sheet;
    for (size_t i = from; i < s->line_count; i++) {
        if (!fits(b, pitch)) turn(b);
        s->lines[i].page = s->page;
        s->lines[i].y = (float)baseline(s->y, pitch, (double)s->lines[i].size);
        s->y += pitch;
    }
}

void booklet_text(struct booklet *b, enum booklet_style style, const char *text) {
    const struct style *how = &styles[style];
    const struct set_shape shape = {.width = AREA_WIDTH_PT,
                                    .first = how->first,
                                    .size = how->size,
                                    .justify = how->justify,
                                    .hang = how->justify == SET_JUSTIFY};
    fonts_take_turn();
    if (b->sheet.y > 0) b->sheet.y += how->above;
    bool leads = style == BOOKLET_HEADING || style == BOOKLET_CAPTION; /* not alone at the foot of a page */
    if (leads && !fits(b, LEADS_ROOM)) turn(b);
    if (style == BOOKLET_COVER) b->bare = true;
    for (const char *at = text; at && *at;) {
        size_t length = strcspn(at, "\n");
        if (length) place_lines(b, lines_set(b, at, length, how->face, &shape), how->pitch);
        at += length + (at[length] == '\n');
    }
    settle(b);
    fonts_end_turn();
}

void booklet_entry(struct booklet *b, unsigned level, const char *text, unsigned page) {
    const double size = TABLE_HALF_POINTS / 2.0, pitch = 22, number_room = 40, indent = level * 1.5 * size;
    struct sheet *s = &b->sheet;
    fonts_take_turn();
    const struct set_shape shape = {
        .width = AREA_WIDTH_PT - number_room, .first = indent, .rest = indent + 2 * size, .size = size, .justify = SET_LEFT};
    size_t line = lines_set(b, text, strlen(text), level ? FACE_FANGSONG : FACE_HEI, &shape);
    if (s->line_count > line) {
        place_lines(b, line, pitch);
        struct set_line last = s->lines[s->line_count - 1];
        char number[LEADER_MAX + 20] = "";
        double end = (double)last.x + sheet_width(s, last.from, last.to);
        const double dot = size * (double)glyph_of(s->fonts, FACE_SONG, '.')->advance,
                     digit = size * (double)glyph_of(s->fonts, FACE_SONG, '0')->advance;
        int digits = snprintf(number, sizeof number, " %u", page), dots = (int)((AREA_WIDTH_PT - digits * digit - end) / dot) - 1;
        for (int i = 0; i < dots && i < LEADER_MAX; i++) number[i] = '.';
        snprintf(number + (dots > 0 ? dots < LEADER_MAX ? dots : LEADER_MAX : 0), 16, " %u", page);
        const struct set_shape right = {.width = AREA_WIDTH_PT, .size = size, .justify = SET_RIGHT};
        size_t at = lines_set(b, number, strlen(number), FACE_SONG, &right);
        s->lines[at].page = last.page;
        s->lines[at].y = last.y;
    }
    settle(b);
    fonts_end_turn();
}

void booklet_mark(struct booklet *b, const char *name, bool below) {
    char where[64];
    if (!b->file) return;
    snprintf(where, sizeof where, "page=%u pos=[0 0]", b->sheet.page + 1);
    int parent = below && b->outline_parent ? (int)b->outline_parent : CAIRO_PDF_OUTLINE_ROOT;
    int made = cairo_pdf_surface_add_outline(b->surface, parent, name, where, CAIRO_PDF_OUTLINE_FLAG_OPEN);
    if (!below) b->outline_parent = (size_t)made;
}

/* ---- tables ---- */

static void table_head(struct booklet *b) {
    struct table *t = &b->table;
    struct table_row head = row_break(&b->sheet, t->rows, t->rows->head, t->twips, true, "");
    row_place(&b->sheet, t->rows, &head, t->twips, 0, head.tallest);
}

static void row_set(struct booklet *b, const struct doc_runs *cells) {
    struct sheet *s = &b->sheet;
    struct table *t = &b->table;
    size_t first = s->line_count;
    struct table_row row = row_break(s, t->rows, cells, t->twips, false, "");
    for (size_t i = first; i < s->line_count; i++) s->lines[i].page = UNPLACED;
    for (size_t skip = 0; skip < row.tallest;) {
        size_t left = row.tallest - skip;
        double room = AREA_HEIGHT_PT - s->y - 2 * TABLE_PAD_TWIPS * PT;
        size_t fit = room > 0 ? (size_t)(room / (TABLE_PITCH_TWIPS * PT)) : 0;
        bool whole = row_height(left) > AREA_HEIGHT_PT * 0.8; /* taller than a page: it begins where it is */
        if (fit < left && !(whole && fit > 2)) {
            turn(b);
            table_head(b);
            room = AREA_HEIGHT_PT - s->y - 2 * TABLE_PAD_TWIPS * PT;
            fit = room > TABLE_PITCH_TWIPS * PT ? (size_t)(room / (TABLE_PITCH_TWIPS * PT)) : 1;
        }
        size_t take = left < fit ? left : fit;
        row_place(s, t->rows, &row, t->twips, skip, take);
        skip += take;
    }
    settle(b);
}

/* The widths are settled by the heading and the rows that have come by now, and these are set. */
static void table_widths(struct booklet *b) {
    struct table *t = &b->table;
    column_widths(t->rows, t->twips);
    t->wide = true;
    if (!fits(b, 4 * row_height(1))) turn(b);
    table_head(b);
    for (const struct doc_row *row = t->rows->first; row; row = row->next) row_set(b, row->cells);
    settle(b);
}

static void cell_fill(struct booklet *b, struct doc *doc, struct doc_runs *cell, enum doc_face face, const char *text) {
    if (text && *text) doc_text(doc, cell, fitting(b, face, text, strlen(text)));
}

void booklet_table(struct booklet *b, unsigned columns, const char *const *heads, const bool *right) {
    struct table *t = &b->table;
    fonts_take_turn();
    *t = (struct table){.open = true};
    arena_init(&t->arena, (size_t)16 << 20);
    t->doc = doc_new(&t->arena, b->plan.lang, b->plan.as_of_ms);
    t->rows = doc_table(t->doc, columns);
    for (unsigned i = 0; i < columns; i++) {
        t->rows->align[i] = right && right[i] ? DOC_RIGHT : DOC_LEFT;
        cell_fill(b, t->doc, &t->rows->head[i], FACE_HEI, heads[i]);
    }
    if (b->sheet.y > 0) b->sheet.y += GAP;
    fonts_end_turn();
}

void booklet_row(struct booklet *b, const char *const *cells) {
    struct table *t = &b->table;
    fonts_take_turn();
    if (!t->wide) {
        doc_row(t->doc, t->rows);
        for (unsigned i = 0; i < t->rows->columns; i++) cell_fill(b, t->doc, doc_cell(t->doc, t->rows, i), FACE_FANGSONG, cells[i]);
        if (++t->waiting == SAMPLE_ROWS) table_widths(b);
    } else {
        _cleanup_(arena_release) struct arena arena;
        arena_init(&arena, (size_t)8 << 20);
        struct doc *doc = doc_new(&arena, b->plan.lang, b->plan.as_of_ms);
        struct doc_runs *runs = arena_array(&arena, struct doc_runs, t->rows->columns);
        for (unsigned i = 0; i < t->rows->columns; i++) cell_fill(b, doc, &runs[i], FACE_FANGSONG, cells[i]);
        row_set(b, runs);
    }
    fonts_end_turn();
}

static void table_drop(struct table *t) {
    if (t->open) arena_release(&t->arena);
    t->open = false;
}

void booklet_table_end(struct booklet *b) {
    fonts_take_turn();
    if (!b->table.wide) table_widths(b);
    table_drop(&b->table);
    b->sheet.y += GAP;
    fonts_end_turn();
}

/* ---- pictures ---- */

/* Width and height as the frame header of a JPEG has them; false if there is none. */
static bool jpeg_size(const uint8_t *at, size_t length, int *width, int *height) {
    if (length < 4 || at[0] != 0xff || at[1] != 0xd8) return false;
    for (size_t i = 2; i + 9 < length;) {
        if (at[i] != 0xff) return false;
        uint8_t kind = at[i + 1];
        if (kind == 0xff) {
            i++;
            continue;
        }
        if (kind >= 0xc0 && kind <= 0xcf && kind != 0xc4 && kind != 0xc8 && kind != 0xcc) {
            *height = at[i + 5] << 8 | at[i + 6];
            *width = at[i + 7] << 8 | at[i + 8];
            return *width > 0 && *height > 0 && *width <= 8192 && *height <= 8192;
        }
        i += 2 + ((size_t)at[i + 2] << 8 | at[i + 3]);
    }
    return false;
}

void booklet_picture(struct booklet *b, const void *jpeg, size_t length, bool whole_page, const char *caption) {
    struct sheet *s = &b->sheet;
    double height = whole_page ? AREA_HEIGHT_PT : AREA_HEIGHT_PT / 2 - 1;
    struct placed p = {0};
    fonts_take_turn();
    if (!fits(b, height)) turn(b);
    p.y = s->y + GAP;
    p.room = height - CAPTION_ROOM - 2 * GAP;
    if (b->file && jpeg && jpeg_size(jpeg, length, &p.width, &p.height)) {
        p.bytes = memory_new(length);
        p.length = length;
        memcpy(p.bytes, jpeg, length);
    }
    if (b->picture_count < PICTURES_A_PAGE) b->pictures[b->picture_count++] = p;
    double bottom = s->y + height;
    s->y += height - CAPTION_ROOM;
    const struct set_shape shape = {.width = AREA_WIDTH_PT, .size = SMALL_PT, .justify = SET_CENTRE};
    size_t line = lines_set(b, caption, strlen(caption), FACE_SONG, &shape);
    if (s->line_count > line + 2) s->line_count = line + 2; /* a caption has two lines */
    place_lines(b, line, SMALL_PITCH);
    s->y = bottom;
    settle(b);
    fonts_end_turn();
}

/* ---- spine labels ---- */

/* Sets a text downwards, one character a line, centred in a column that begins at x. Returns where it ends. */
static double downwards(struct booklet *b, const char *text, enum doc_face face, double x, double y, double room, double size) {
    size_t count = utf8_count(text);
    if (count > SPINE_CHARS) count = SPINE_CHARS;
    double pitch = count && room / (double)count < size * 1.25 ? room / (double)count : size * 1.25;
    if (size > pitch * 0.9)
        size = pitch > 8 ? (pitch > 20 ? 20 : pitch > 13 ? 13 : 8) : 8; /* few sizes, so that few fonts are made */
    const struct set_shape shape = {.x = x, .width = SPINE_WIDTH, .size = size, .justify = SET_CENTRE};
    for (size_t i = 0; i < count && *text; i++, y += pitch) {
        uint32_t c;
        size_t step = utf8_decode(text, strnlen(text, 4), &c);
        if (!step) break;
        size_t line = lines_set(b, text, step, face, &shape);
        for (size_t k = line; k < b->sheet.line_count; k++) {
            b->sheet.lines[k].page = b->sheet.page;
            b->sheet.lines[k].y = (float)baseline(y, pitch, size);
        }
        text += step;
    }
    return y;
}

static void small_lines(struct booklet *b, const char *text, double x, double y) {
    const struct set_shape shape = {.x = x + 4, .width = SPINE_WIDTH - 8, .size = SPINE_SMALL_PT, .justify = SET_CENTRE};
    size_t line = lines_set(b, text, strlen(text), FACE_SONG, &shape);
    for (size_t k = line; k < b->sheet.line_count; k++, y += SPINE_SMALL_PT * 1.4) {
        b->sheet.lines[k].page = b->sheet.page;
        b->sheet.lines[k].y = (float)baseline(y, SPINE_SMALL_PT * 1.4, SPINE_SMALL_PT);
    }
}

void booklet_spines(struct booklet *b, const struct booklet_spine *spines, size_t count) {
    struct sheet *s = &b->sheet;
    fonts_take_turn();
    for (size_t i = 0; i < count; i++) {
        size_t across = i % SPINES_ACROSS;
        double x = (double)across * (SPINE_WIDTH + 5), bottom = SPINE_HEIGHT;
        if (i && !across) turn(b);
        sheet_rule(s, x, 0, x + SPINE_WIDTH, 0, 0.5);
        sheet_rule(s, x, bottom, x + SPINE_WIDTH, bottom, 0.5);
        sheet_rule(s, x, 0, x, bottom, 0.5);
        sheet_rule(s, x + SPINE_WIDTH, 0, x + SPINE_WIDTH, bottom, 0.5);
        sheet_rule(s, x, 80, x + SPINE_WIDTH, 80, 0.5);
        sheet_rule(s, x, bottom - 60, x + SPINE_WIDTH, bottom - 60, 0.5);
        small_lines(b, spines[i].top, x, 10);
        downwards(b, spines[i].name, FACE_TITLE, x, 95, bottom - 60 - 105, SPINE_NAME_PT);
        small_lines(b, spines[i].foot, x, bottom - 45);
        s->y = bottom;
        b->bare = true;
        if (across == SPINES_ACROSS - 1) settle(b);
    }
    settle(b);
    fonts_end_turn();
}

/* ---- the end ---- */

static void drop(struct booklet *b) {
    for (size_t i = 0; i < b->picture_count; i++) free(b->pictures[i].bytes);
    table_drop(&b->table);
    pen_release(&b->pen);
    if (b->cr) cairo_destroy(b->cr);
    if (b->surface) {
        cairo_surface_finish(b->surface);
        if (cairo_surface_status(b->surface) && !b->fault) b->fault = FAULT_FILE;
        cairo_surface_destroy(b->surface);
    }
    sheet_release(&b->sheet);
    text_release(&b->fit);
    if (b->file && fclose(b->file) && !b->fault) b->fault = FAULT_FILE;
    if (b->fault && b->path) unlink(b->path);
}

enum fault booklet_finish(struct booklet **out, unsigned *missing) {
    struct booklet *b = *out;
    *out = NULL;
    fonts_take_turn();
    if (b->sheet.y > 0) turn(b);
    drop(b);
    fonts_end_turn();
    if (missing) *missing = b->missing;
    enum fault f = b->fault;
    memory_release(&b->path);
    memory_release(&b);
    return f;
}

void booklet_abandon(struct booklet **out) {
    if (!*out) return;
    if (!(*out)->fault) (*out)->fault = FAULT_BUSY; /* given up: the file goes */
    if (booklet_finish(out, NULL)) return;
}
