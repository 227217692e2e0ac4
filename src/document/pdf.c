/* pdf.c - composes the pages of an official document and draws them with cairo. */
#include "document/pdf.h"

#include "document/pen.h"
#include "document/tableset.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const double PT = 1 / 20.0; /* points in a twip */
static const double BODY_PT = BODY_HALF_POINTS / 2.0, TITLE_PT = TITLE_HALF_POINTS / 2.0;
static const double FOOTER_PT = FOOTER_HALF_POINTS / 2.0, FOOTER_PITCH_PT = 15, FOOTER_GAP_PT = 4;

struct composer {
    struct sheet sheet;
    const struct doc *doc;
    struct arena *arena;
    struct doc_numbers numbers;
    unsigned block;
    bool keep; /* the lines just set want what follows on their page: a heading */
    size_t kept_from;
};

static void page_next(struct sheet *s) {
    s->page++;
    s->y = 0;
}

/* The next line of the grid; begins a page where the page is full. After a table lines go on where it ended. */
static double grid_line(struct sheet *s) {
    if (s->y + PITCH_PT > AREA_HEIGHT_PT + 0.1) page_next(s);
    s->y += PITCH_PT;
    return s->y - PITCH_PT;
}

/* Puts lines [from, line_count) on the grid, one after the other. */
static void lines_on_grid(struct sheet *s, size_t from) {
    for (size_t i = from; i < s->line_count; i++) {
        double top = grid_line(s);
        s->lines[i].page = s->page;
        s->lines[i].y = (float)baseline(top, PITCH_PT, (double)s->lines[i].size);
    }
}

static unsigned lines_left(const struct sheet *s) { return (unsigned)((AREA_HEIGHT_PT - s->y + 0.1) / PITCH_PT); }

/* A heading must not be left alone at the foot of a page: what comes next calls this before it sets its first line. */
static void keep_with(struct composer *c, bool fits) {
    struct sheet *s = &c->sheet;
    if (!c->keep) return;
    c->keep = false;
    if (fits || s->lines[c->kept_from].page != s->page || s->line_count == c->kept_from) return;
    if (c->kept_from == 0 || s->lines[c->kept_from - 1].page != s->page) return; /* it already begins the page */
    page_next(s);
    lines_on_grid(s, c->kept_from);
}

static void blank_line(struct sheet *s) {
    if (s->y > 0) grid_line(s);
}

static const char *place_of(struct composer *c, const char *what) {
    return arena_format(c->arena, "正文第 %u 段（%s）", c->block, what);
}

static void title_set(struct composer *c) {
    struct sheet *s = &c->sheet;
    const char *lines[TITLE_LINES_MAX];
    size_t count = title_lines(c->doc->title, c->arena, lines), first = s->line_count;
    if (!count) return;
    s->y = TITLE_BLANK_LINES * PITCH_PT;
    const struct set_shape shape = {.width = AREA_WIDTH_PT, .size = TITLE_PT, .justify = SET_CENTRE};
    for (size_t i = 0; i < count; i++) {
        size_t from = s->glyph_count;
        sheet_text(s, lines[i], FACE_TITLE, TITLE_PT, "标题");
        sheet_break(s, from, s->glyph_count, &shape);
    }
    lines_on_grid(s, first);
    blank_line(s);
}

static void addressee_set(struct composer *c) {
    struct sheet *s = &c->sheet;
    if (!c->doc->addressee) return;
    _cleanup_(text_release) struct text text = {.max = 1 << 20};
    addressee_text(&text, c->doc);
    size_t from = s->glyph_count, first = s->line_count;
    sheet_text(s, text.at, FACE_FANGSONG, BODY_PT, "主送机关");
    const struct set_shape shape = {.width = AREA_WIDTH_PT, .size = BODY_PT, .justify = SET_JUSTIFY, .hang = true};
    sheet_break(s, from, s->glyph_count, &shape);
    lines_on_grid(s, first);
}

static void body_lines(struct composer *c, size_t from, double first, double rest) {
    struct sheet *s = &c->sheet;
    const struct set_shape shape = {
        .width = AREA_WIDTH_PT, .first = first, .rest = rest, .size = BODY_PT, .justify = SET_JUSTIFY, .hang = true};
    keep_with(c, lines_left(s) >= 1);
    size_t line = s->line_count;
    sheet_break(s, from, s->glyph_count, &shape);
    lines_on_grid(s, line);
}

static void heading_set(struct composer *c, const struct doc_block *b) {
    static const enum doc_face faces[DOC_LEVELS] = {FACE_HEI, FACE_KAI, FACE_FANGSONG, FACE_FANGSONG};
    struct sheet *s = &c->sheet;
    _cleanup_(text_release) struct text number = {.max = 64};
    number_next(&c->numbers, c->doc->lang, b->level, &number);
    const char *place = place_of(c, "标题");
    size_t from = s->glyph_count, first = s->line_count;
    bool kept = c->keep; /* headings in a row stay together */
    size_t kept_from = c->kept_from;
    sheet_text(s, number.at, faces[b->level - 1], BODY_PT, place);
    runs_set(&c->sheet, &b->runs, faces[b->level - 1], BODY_PT, place);
    body_lines(c, from, 2 * CELL_PT, 0);
    c->keep = s->line_count > first;
    c->kept_from = kept && s->lines[kept_from].page == s->page ? kept_from : first;
}

static void paragraph_set(struct composer *c, const struct doc_block *b) {
    struct sheet *s = &c->sheet;
    size_t from = s->glyph_count;
    if (b->kind == DOC_ITEM) sheet_text(s, b->number ? arena_format(c->arena, "%u.", b->number) : "—", FACE_FANGSONG, BODY_PT, "");
    runs_set(&c->sheet, &b->runs, FACE_FANGSONG, BODY_PT, place_of(c, "段落"));
    body_lines(c, from, 2 * CELL_PT, 0);
}

/* ---- tables ---- */

/* The header is set anew on each page: its lines are not shared between pages. */
static void head_place(struct composer *c, const struct doc_table *t, const unsigned *twips, const char *place) {
    struct table_row head = row_break(&c->sheet, t, t->head, twips, true, place);
    row_place(&c->sheet, t, &head, twips, 0, head.tallest);
}

static double head_height(struct composer *c, const struct doc_table *t, const unsigned *twips) {
    struct sheet *s = &c->sheet;
    size_t lines = s->line_count, glyphs = s->glyph_count;
    unsigned missing = s->missing;
    struct notes *notes = s->notes;
    s->notes = NULL; /* only measured here: told when it is set */
    struct table_row head = row_break(&c->sheet, t, t->head, twips, true, "");
    s->notes = notes;
    s->line_count = lines;
    s->glyph_count = glyphs;
    s->missing = missing;
    return row_height(head.tallest);
}

static void table_set(struct composer *c, const struct doc_table *t) {
    struct sheet *s = &c->sheet;
    unsigned twips[DOC_COLUMNS_MAX], number = 0;
    column_widths(t, twips);
    double head = head_height(c, t, twips), one = row_height(1);
    size_t most = (size_t)((AREA_HEIGHT_PT - head - 2 * TABLE_PAD_TWIPS * PT) / (TABLE_PITCH_TWIPS * PT));
    bool fits = s->y + head + one <= AREA_HEIGHT_PT + 0.1;
    keep_with(c, fits);
    if (s->y + head + one > AREA_HEIGHT_PT + 0.1) page_next(s);
    head_place(c, t, twips, place_of(c, "表头"));
    if (most < 1) most = 1; /* a header as tall as the page: rows then run over, line by line */
    for (const struct doc_row *row = t->first; row; row = row->next) {
        struct table_row set = row_break(&c->sheet, t, row->cells, twips, false,
                                         arena_format(c->arena, "正文第 %u 段（表格第 %u 行）", c->block, ++number));
        for (size_t skip = 0; skip < set.tallest;) {
            size_t take = set.tallest - skip < most ? set.tallest - skip
                                                    : most; /* a row is kept whole unless it is taller than a page */
            if (s->y + row_height(take) > AREA_HEIGHT_PT + 0.1 && s->y > head + 0.1) {
                page_next(s);
                head_place(c, t, twips, "");
            }
            row_place(s, t, &set, twips, skip, take);
            skip += take;
        }
    }
}

/* ---- after the body ---- */

static void attachments_set(struct composer *c) {
    struct sheet *s = &c->sheet;
    const struct doc_attachment *a = c->doc->attachments;
    if (!a) return;
    bool several = a->next;
    unsigned number = 0;
    blank_line(s);
    for (; a; a = a->next) {
        number++;
        const char *head = number > 1 ? "" : c->doc->lang == LANG_EN ? "Att.：" : "附件：";
        const char *digits = several ? arena_format(c->arena, "%u.", number) : "";
        size_t from = s->glyph_count;
        sheet_text(s, head, FACE_FANGSONG, BODY_PT, "附件说明");
        sheet_text(s, digits, FACE_FANGSONG, BODY_PT, "附件说明");
        double name = (several ? 6 : 5) * CELL_PT, first = 2 * CELL_PT;
        if (number > 1) first = 5 * CELL_PT;
        sheet_text(s, a->name, FACE_FANGSONG, BODY_PT, "附件说明");
        body_lines(c, from, first, name);
    }
}

/* One line, `right` half characters in from the right edge. */
static size_t right_line(struct composer *c, const char *text, unsigned right, const char *place) {
    struct sheet *s = &c->sheet;
    size_t from = s->glyph_count;
    sheet_text(s, text, FACE_FANGSONG, BODY_PT, place);
    const struct set_shape shape = {.width = AREA_WIDTH_PT - right * CELL_PT / 2, .size = BODY_PT, .justify = SET_RIGHT};
    return sheet_break(s, from, s->glyph_count, &shape);
}

static size_t footer_break(struct composer *c, struct notes *notes) {
    struct sheet *s = &c->sheet;
    size_t from = s->glyph_count;
    struct notes *told = s->notes;
    s->notes = notes;
    sheet_text(s, c->doc->footer, FACE_FANGSONG, FOOTER_PT, "页末说明");
    s->notes = told;
    const struct set_shape shape = {.width = AREA_WIDTH_PT, .size = FOOTER_PT, .justify = SET_LEFT};
    return sheet_break(s, from, s->glyph_count, &shape);
}

static double footer_height(struct composer *c) {
    struct sheet *s = &c->sheet;
    size_t lines = s->line_count, glyphs = s->glyph_count;
    unsigned missing = s->missing;
    if (!c->doc->footer) return 0;
    double height = (double)footer_break(c, NULL) * FOOTER_PITCH_PT + FOOTER_GAP_PT;
    s->line_count = lines; /* only measured */
    s->glyph_count = glyphs;
    s->missing = missing;
    return height;
}

/* A signature alone on a page says nothing of what it signs: the last two lines of text go with it. */
static void signature_room(struct sheet *s, double need) {
    if (s->y + need <= AREA_HEIGHT_PT + 0.1 || s->line_count < 3) return;
    size_t from = s->line_count - 2;
    bool text = true;
    for (size_t i = from - 1; i < s->line_count; i++)
        text = text && s->lines[i].page == s->page && s->lines[i].size == (float)BODY_PT;
    page_next(s);
    if (text) lines_on_grid(s, from);
}

static void signature_set(struct composer *c) {
    const struct doc *d = c->doc;
    struct sheet *s = &c->sheet;
    if (!d->organ && !d->dated) return;
    _cleanup_(text_release) struct text date = {.max = 64};
    if (d->dated) date_text(&date, d->lang, d->date);
    unsigned organ_right, date_right;
    signature_place(d->organ ? width_halves(d->organ) : 0, d->dated ? width_halves(date.at) : 0, &organ_right, &date_right);
    signature_room(s, (1 + (d->organ != NULL) + d->dated) * PITCH_PT + footer_height(c));
    blank_line(s);
    size_t first = s->line_count;
    if (d->organ) right_line(c, d->organ, organ_right, "发文机关署名");
    if (d->dated) right_line(c, date.at, date_right, "成文日期");
    lines_on_grid(s, first);
}

static void footer_set(struct composer *c) {
    struct sheet *s = &c->sheet;
    if (!c->doc->footer) return;
    size_t first = s->line_count, count = footer_break(c, s->notes);
    double height = (double)count * FOOTER_PITCH_PT + FOOTER_GAP_PT;
    if (s->y + height > AREA_HEIGHT_PT + 0.1) page_next(s);
    double top = AREA_HEIGHT_PT - height;
    sheet_rule(s, 0, top, AREA_WIDTH_PT, top, 0.25 / 25.4 * 72);
    for (size_t i = 0; i < count; i++) {
        s->lines[first + i].page = s->page;
        s->lines[first + i].y = (float)baseline(top + FOOTER_GAP_PT + (double)i * FOOTER_PITCH_PT, FOOTER_PITCH_PT, FOOTER_PT);
    }
    s->y = AREA_HEIGHT_PT;
}

/* 4号, between dashes that stand 7 mm below the type area; odd pages right, even pages left, one character in. */
static void page_numbers_set(struct composer *c, unsigned pages) {
    struct sheet *s = &c->sheet;
    const double size = NUMBER_HALF_POINTS / 2.0, dash_pt = 7 / 25.4 * 72;
    for (s->page = 0; s->page < pages; s->page++) {
        size_t from = s->glyph_count, first = s->line_count;
        sheet_text(s, arena_format(c->arena, "— %u —", s->page + 1), FACE_SONG, size, "页码");
        const struct set_shape shape = {
            .x = CELL_PT, .width = AREA_WIDTH_PT - 2 * CELL_PT, .size = size, .justify = s->page % 2 ? SET_LEFT : SET_RIGHT};
        sheet_break(s, from, s->glyph_count, &shape);
        s->lines[first].page = s->page;
        s->lines[first].y = (float)(AREA_HEIGHT_PT + dash_pt + 0.38 * size);
    }
}

static void compose(struct composer *c) {
    title_set(c);
    addressee_set(c);
    for (const struct doc_block *b = c->doc->first; b; b = b->next) {
        c->block++;
        switch (b->kind) {
        case DOC_HEADING: heading_set(c, b); break;
        case DOC_PARAGRAPH:
        case DOC_ITEM: paragraph_set(c, b); break;
        case DOC_TABLE: table_set(c, &b->table); break;
        case DOC_PAGE_BREAK:
            if (c->sheet.y > 0) page_next(&c->sheet);
            c->keep = false;
            break;
        }
    }
    attachments_set(c);
    signature_set(c);
    footer_set(c);
    page_numbers_set(c, c->sheet.page + 1);
}

/* ---- drawing ---- */

/* Lines by page: start[page] … start[page + 1] in order. Nearly sorted already, but page numbers and moved lines are not. */
static void lines_by_page(const struct sheet *s, unsigned pages, size_t *start, size_t *order) {
    for (size_t i = 0; i < s->line_count; i++) start[s->lines[i].page + 1]++;
    for (unsigned page = 0; page < pages; page++) start[page + 1] += start[page];
    for (size_t i = s->line_count; i-- > 0;) order[--start[s->lines[i].page + 1]] = i;
    for (unsigned page = 0; page < pages; page++) start[page] = start[page + 1];
    start[pages] = s->line_count;
}

static void pages_draw(struct pen *p, unsigned pages) {
    const struct sheet *s = p->sheet;
    _cleanup_(memory_release) size_t *start = memory_new((pages + 2) * sizeof *start);
    _cleanup_(memory_release) size_t *order = memory_new((s->line_count + 1) * sizeof *order);
    size_t rule = 0; /* rules were made in page order */
    lines_by_page(s, pages, start, order);
    for (unsigned page = 0; page < pages; page++) {
        cairo_save(p->cr);
        cairo_translate(p->cr, MARGIN_LEFT_TWIPS * PT, MARGIN_TOP_TWIPS * PT);
        for (size_t i = start[page]; i < start[page + 1]; i++) line_draw(p, &s->lines[order[i]]);
        for (; rule < s->rule_count && s->rules[rule].page == page; rule++) rule_draw(p, &s->rules[rule]);
        cairo_restore(p->cr);
        cairo_show_page(p->cr);
    }
}

static cairo_status_t write_out(void *closure, const unsigned char *data, unsigned length) {
    struct text *out = closure;
    text_addn(out, data, length);
    return out->over ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static enum fault draw(const struct sheet *s, const struct doc *d, unsigned pages, struct text *out) {
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(write_out, out, PAGE_WIDTH_TWIPS * PT, PAGE_HEIGHT_TWIPS * PT);
    pdf_metadata(surface, d->as_of_ms, d->title, d->organ);
    cairo_t *cr = cairo_create(surface);
    {
        _cleanup_(pen_release) struct pen pen = {.cr = cr, .sheet = s, .utf8 = {.max = 1 << 24}};
        pages_draw(&pen, pages);
    }
    cairo_status_t status = cairo_status(cr);
    cairo_destroy(cr);
    cairo_surface_finish(surface);
    if (!status) status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (out->over) return FAULT_LARGE;
    return status ? FAULT_SYSTEM : FAULT_NONE;
}

enum fault doc_to_pdf(const struct doc *d, struct doc_fonts *fonts, struct notes *notes, struct text *out) {
    if (d->over) return FAULT_LARGE;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, (size_t)64 << 20);
    struct composer c = {.sheet = {.fonts = fonts, .notes = notes}, .doc = d, .arena = &arena};
    size_t before = out->length;
    fonts_take_turn();
    compose(&c);
    unsigned pages = c.sheet.page;
    enum fault fault = c.sheet.missing ? FAULT_INPUT : draw(&c.sheet, d, pages, out);
    fonts_end_turn();
    sheet_release(&c.sheet);
    if (fault && out->at) out->at[out->length = before] = 0;
    return fault;
}
