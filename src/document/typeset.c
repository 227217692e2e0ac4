/* typeset.c - turns text into glyphs and glyphs into lines: full characters fill cells of the grid, kinsoku, hanging, justification. */
#include "document/typeset.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double BODY_PT = BODY_HALF_POINTS / 2.0;

void sheet_release(struct sheet *s) {
    free(s->glyphs);
    free(s->lines);
    free(s->rules);
}

static void *grown(void *at, size_t count, size_t *room, size_t size) {
    if (count < *room) return at;
    *room = *room ? *room * 2 : 256;
    return memory_resize(at, *room * size);
}

static void tell_missing(struct sheet *s, uint32_t c, const char *place) {
    char code[16], shown[5] = {0};
    s->missing++;
    snprintf(code, sizeof code, "U+%04X", (unsigned)c);
    utf8_encode(c, shown);
    note_add(s->notes, place, "字体里没有“{0}”（{1}）这个字，请改写，或把有这个字的字体放进字体目录", shown, code);
}

void sheet_text(struct sheet *s, const char *text, enum doc_face face, double size, const char *place) {
    while (*text) {
        uint32_t c;
        size_t step = utf8_decode(text, strnlen(text, 4), &c);
        if (!step) c = 0xfffd;
        text += step ? step : 1;
        if (c == '\n' || c == '\t' || c == '\r' || c == 0xa0) c = ' ';
        if (!width_of(c)) continue;
        const struct glyph *g = glyph_of(s->fonts, face, c);
        if (!g->index) {
            tell_missing(s, c, place);
            continue;
        }
        double advance = g->advance * size;
        if (size == BODY_PT) {
            /* 28 cells are a little less than 28 x 16 pt: full characters fill a cell, others lose what a cell loses. */
            advance = g->advance > 0.95F ? CELL_PT : advance - (BODY_PT - CELL_PT);
        }
        s->glyphs = grown(s->glyphs, s->glyph_count, &s->glyph_room, sizeof *s->glyphs);
        s->glyphs[s->glyph_count++] = (struct set_glyph){c, g->index, (float)advance, g->file};
    }
}

double sheet_width(const struct sheet *s, size_t from, size_t to) {
    double width = 0;
    for (size_t i = from; i < to; i++) width += (double)s->glyphs[i].advance;
    return width;
}

bool set_gap(uint32_t a, uint32_t b) { return !(break_word(a) && break_word(b)); }

/* Where the line that begins at `from` ends; *hung: its last glyph stands past the edge. */
static size_t line_end(const struct sheet *s, size_t from, size_t to, double room, bool hang, bool *hung) {
    double width = 0;
    size_t i = from;
    *hung = false;
    while (i < to && width + (double)s->glyphs[i].advance <= room + 0.02) width += (double)s->glyphs[i++].advance;
    if (i == to) return to;
    if (i == from) return from + 1; /* not even one fits */
    if (s->glyphs[i].c == ' ') return i;
    if (hang && break_hangs(s->glyphs[i].c) && (i + 1 == to || break_between(s->glyphs[i].c, s->glyphs[i + 1].c))) {
        *hung = true;
        return i + 1;
    }
    size_t end = i;
    while (end > from && !break_between(s->glyphs[end - 1].c, s->glyphs[end].c)) end--;
    return end > from ? end : i;
}

static struct set_line *line_add(struct sheet *s) {
    s->lines = grown(s->lines, s->line_count, &s->line_room, sizeof *s->lines);
    return memset(&s->lines[s->line_count++], 0, sizeof *s->lines);
}

/* Places glyphs [from, to) in their column: alignment, or the space that is left shared out among the gaps. */
static void line_place(struct set_line *line, const struct sheet *s, const struct set_shape *shape, double indent, bool last,
                       bool hung) {
    size_t end = line->to;
    while (end > line->from && s->glyphs[end - 1].c == ' ') end--;
    line->to = end;
    double width = sheet_width(s, line->from, end - (hung ? 1 : 0)), slack = shape->width - indent - width;
    line->x = (float)(shape->x + indent);
    line->size = (float)shape->size;
    if (slack <= 0) return;
    if (shape->justify == SET_CENTRE) line->x += (float)(slack / 2);
    if (shape->justify == SET_RIGHT) line->x += (float)slack;
    if (shape->justify != SET_JUSTIFY || (last && !hung)) return;
    size_t gaps = 0;
    for (size_t i = line->from + 1; i < end - (hung ? 1 : 0); i++) gaps += set_gap(s->glyphs[i - 1].c, s->glyphs[i].c);
    if (gaps) line->spread = (float)(slack / (double)gaps);
}

size_t sheet_break(struct sheet *s, size_t from, size_t to, const struct set_shape *shape) {
    size_t count = 0;
    while (from < to) {
        double indent = count ? shape->rest : shape->first;
        bool hung;
        size_t end = line_end(s, from, to, shape->width - indent, shape->hang, &hung);
        size_t next = end;
        while (next < to && s->glyphs[next].c == ' ') next++; /* a space at a break is not carried over */
        struct set_line *line = line_add(s);
        line->from = from;
        line->to = end;
        line_place(line, s, shape, indent, next == to, hung);
        from = next;
        count++;
    }
    return count;
}

void sheet_rule(struct sheet *s, double x1, double y1, double x2, double y2, double width) {
    s->rules = grown(s->rules, s->rule_count, &s->rule_room, sizeof *s->rules);
    s->rules[s->rule_count++] = (struct set_rule){s->page, (float)x1, (float)y1, (float)x2, (float)y2, (float)width};
}
