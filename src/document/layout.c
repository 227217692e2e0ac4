/* layout.c - numbering, line-break rules and measures that the printers share. */
#include "document/layout.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

void number_chinese(struct text *out, unsigned value) {
    static const char digits[10][4] = {"〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
    if (value >= 100) {
        text_add_int(out, value);
        return;
    }
    if (value >= 20) text_add(out, digits[value / 10]);
    if (value >= 10) text_add(out, "十");
    if (value % 10 || !value) text_add(out, digits[value % 10]);
}

void number_next(struct doc_numbers *n, enum lang lang, int level, struct text *out) {
    unsigned value = ++n->at[level - 1];
    for (int i = level; i < DOC_LEVELS; i++) n->at[i] = 0;
    if (lang == LANG_EN) {
        for (int i = 0; i < level; i++) {
            if (i) text_addc(out, '.');
            text_add_int(out, n->at[i]);
        }
        text_add(out, level == 1 ? ". " : " ");
        return;
    }
    switch (level) {
    case 1: number_chinese(out, value), text_add(out, "、"); break;
    case 2: text_add(out, "（"), number_chinese(out, value), text_add(out, "）"); break;
    case 3: text_add_int(out, value), text_add(out, "."); break;
    default: text_add(out, "（"), text_add_int(out, value), text_add(out, "）"); break;
    }
}

void date_text(struct text *out, enum lang lang, civil_day date) {
    static const char *const months[12] = {"January", "February", "March",     "April",   "May",      "June",
                                           "July",    "August",   "September", "October", "November", "December"};
    int year, month, day;
    civil_to_ymd(date, &year, &month, &day);
    if (lang == LANG_EN) text_format(out, "%d %s %d", day, months[month - 1], year);
    else text_format(out, "%d年%d月%d日", year, month, day);
}

void addressee_text(struct text *out, const struct doc *d) {
    const char *colon = d->lang == LANG_EN ? ":" : "：";
    size_t length = strlen(d->addressee);
    text_add(out, d->addressee);
    bool there = (length >= 3 && !strcmp(d->addressee + length - 3, "：")) || (length && d->addressee[length - 1] == ':');
    if (!there) text_add(out, colon);
}

/* Walks valid or invalid UTF-8: a bad byte counts as U+FFFD. */
static uint32_t next_char(const char **s) {
    uint32_t c;
    size_t step = utf8_decode(*s, strnlen(*s, 4), &c);
    *s += step ? step : 1;
    return step ? c : 0xfffd;
}

unsigned width_of(uint32_t c) {
    if (c < 0x20 || c == 0x7f || c == 0xad || c == 0x200b || c == 0xfeff) return 0;
    if (c == 0xb7 || c == 0xd7) return 2; /* the middle dot of names and the multiplication sign: full in Chinese typefaces */
    return c < 0x2000 || (c >= 0xff61 && c <= 0xffdc) ? 1 : 2;
}

unsigned width_halves(const char *s) {
    unsigned width = 0;
    while (*s) width += width_of(next_char(&s));
    return width;
}

static bool is_one_of(uint32_t c, const char *set) {
    while (*set)
        if (next_char(&set) == c) return true;
    return false;
}

bool break_not_first(uint32_t c) {
    return is_one_of(c, "!%),.:;>?]}¢¨°·ˇˉ―‖’”…‰′″›℃∶、。〃〉》」』】〕〗〞︶︺︾﹀﹄﹚﹜﹞！＂％＇），．：；？］｀｜｝～￠");
}

bool break_not_last(uint32_t c) { return is_one_of(c, "$([{£¥‘“〈《「『【〔〖〝﹙﹛＄（．［｛￡￥"); }

bool break_hangs(uint32_t c) { return is_one_of(c, ",.、。，．"); }

bool break_word(uint32_t c) { return c > 0x20 && c < 0x2000 && c != 0xb7 && c != 0xd7; }

bool break_between(uint32_t a, uint32_t b) {
    if (b == ' ') return false;                               /* a space stays with what is before it */
    if (a == b && (a == 0x2014 || a == 0x2026)) return false; /* dashes and dots that come in pairs */
    if (break_word(a) && break_word(b)) return false;
    return !break_not_first(b) && !break_not_last(a);
}

/* ---- title ---- */

enum { TITLE_HALVES = 40 }; /* 20 characters of 22 pt fit in 156 mm */

struct title_walk {
    uint32_t *chars;
    const char **at; /* where each character begins, and the end */
    size_t count;
};

/* The best place for a break at about `target` halves after `from`: allowed, near, and not before a dependent word. */
static size_t title_break(const struct title_walk *w, size_t from, unsigned target) {
    size_t best = 0;
    unsigned best_cost = 0, width = 0;
    for (size_t i = from; i < w->count; i++) {
        if (i > from && width <= TITLE_HALVES && break_between(w->chars[i - 1], w->chars[i])) {
            unsigned cost = width > target ? width - target : target - width;
            if (is_one_of(w->chars[i], "的和与及之年月日度号了着")) cost += 5;
            if (!best || cost < best_cost) best = i, best_cost = cost;
        }
        width += width_of(w->chars[i]);
        if (width > TITLE_HALVES) return best ? best : (i > from ? i : i + 1);
    }
    return best ? best : w->count;
}

static unsigned title_width(const struct title_walk *w, size_t from) {
    unsigned width = 0;
    for (size_t i = from; i < w->count; i++) width += width_of(w->chars[i]);
    return width;
}

static size_t title_piece(const char *piece, size_t length, struct arena *arena, const char **lines, size_t room) {
    struct title_walk w = {arena_array(arena, uint32_t, length + 1), arena_array(arena, const char *, length + 1), 0};
    const char *s = arena_copyn(arena, piece, length);
    while (*s) {
        w.at[w.count] = s;
        w.chars[w.count++] = next_char(&s);
    }
    w.at[w.count] = s;
    size_t count = 0, from = 0;
    while (from < w.count && count < room) {
        unsigned left = title_width(&w, from);
        size_t to = w.count;
        if (left > TITLE_HALVES) to = title_break(&w, from, left / ((left + TITLE_HALVES - 1) / TITLE_HALVES));
        lines[count++] = arena_copyn(arena, w.at[from], (size_t)(w.at[to] - w.at[from]));
        from = to;
    }
    return count;
}

size_t title_lines(const char *title, struct arena *arena, const char *lines[TITLE_LINES_MAX]) {
    size_t count = 0;
    while (title && *title && count < TITLE_LINES_MAX) {
        size_t length = strcspn(title, "\n");
        count += title_piece(title, length, arena, lines + count, TITLE_LINES_MAX - count);
        title += length + (title[length] == '\n');
    }
    return count;
}

/* ---- tables ---- */

enum { HALF_TWIPS = TABLE_HALF_POINTS * 5, NATURAL_MAX = 80 };

/* Widest text, and widest piece that may not be broken, of one cell, in halves. */
static void cell_widths(const struct doc_runs *cell, unsigned *natural, unsigned *least) {
    unsigned all = 0, word = 0;
    for (const struct doc_run *r = cell->first; r; r = r->next) {
        const char *s = r->text;
        while (*s) {
            uint32_t c = next_char(&s);
            all += width_of(c);
            word = break_word(c) ? word + 1 : 0;
            if (word > *least && word <= 24) *least = word;
        }
    }
    if (all > NATURAL_MAX) all = NATURAL_MAX;
    if (all > *natural) *natural = all;
}

void column_widths(const struct doc_table *t, unsigned twips[DOC_COLUMNS_MAX]) {
    unsigned natural[DOC_COLUMNS_MAX] = {0}, least[DOC_COLUMNS_MAX] = {0}, all = 0, sure = 0, used = 0;
    for (unsigned i = 0; i < t->columns; i++) {
        least[i] = 4;
        natural[i] = 4;
        cell_widths(&t->head[i], &natural[i], &least[i]);
        for (const struct doc_row *row = t->first; row; row = row->next) cell_widths(&row->cells[i], &natural[i], &least[i]);
        if (natural[i] < least[i]) natural[i] = least[i];
        natural[i] = natural[i] * HALF_TWIPS + 2 * TABLE_SIDE_TWIPS + 20;
        least[i] = least[i] * HALF_TWIPS + 2 * TABLE_SIDE_TWIPS + 20;
        all += natural[i];
        sure += least[i];
    }
    for (unsigned i = 0; i < t->columns; i++) {
        if (all <= AREA_WIDTH_TWIPS) twips[i] = (unsigned)((uint64_t)natural[i] * AREA_WIDTH_TWIPS / all);
        else if (sure >= AREA_WIDTH_TWIPS) twips[i] = (unsigned)((uint64_t)least[i] * AREA_WIDTH_TWIPS / sure);
        else twips[i] = least[i] + (unsigned)((uint64_t)(natural[i] - least[i]) * (AREA_WIDTH_TWIPS - sure) / (all - sure));
        used += twips[i];
    }
    twips[t->columns - 1] += AREA_WIDTH_TWIPS - used; /* what rounding left over */
}

void signature_place(unsigned organ_halves, unsigned date_halves, unsigned *organ_right, unsigned *date_right) {
    *organ_right = *date_right = 4;
    if (!organ_halves) return;
    if (date_halves > organ_halves) {
        /* The organ begins 2 characters left of the date's first character. */
        *organ_right = date_halves + 4 + 4 - organ_halves;
    } else {
        unsigned first = organ_halves + 4; /* from the right edge to the organ's first character */
        *date_right = first - 4 > date_halves ? first - 4 - date_halves : 0;
    }
}
