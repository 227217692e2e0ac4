/* prose.c - looks through the plain words of a text for numbers and denials that no figure stands behind. */
#include "report/inside.h"

#include "base/utf8.h"

#include <string.h>

enum { LINE_MAX_CHARACTERS = TEXT_CHARACTERS_MAX, PLACE_MARK = 0xfffc };

/* One line as characters; a {{…}} place is one PLACE_MARK. A mark of 0 stands before and behind, so that neighbours can be read. */
struct line {
    struct drafting *d;
    uint32_t *at; /* at[0] … at[count - 1] */
    size_t count;
    int number;
    bool *quiet; /* inside 《》, 〔〕 or an address */
};

static bool is_digit(uint32_t c) { return (c >= '0' && c <= '9') || (c >= 0xff10 && c <= 0xff19); }
static bool is_letter(uint32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static bool among(uint32_t c, const char *set) {
    uint32_t one;
    size_t left = strlen(set);
    for (size_t n; c && (n = utf8_decode(set, left, &one)); set += n, left -= n)
        if (one == c) return true;
    return false;
}

/* Does the word stand at i? Answers its length in characters, 0 if not. */
static size_t word_at(const struct line *l, size_t i, const char *word) {
    size_t left = strlen(word), k = 0;
    uint32_t one;
    for (size_t n; (n = utf8_decode(word, left, &one)); word += n, left -= n, k++)
        if (i + k >= l->count || l->at[i + k] != one) return 0;
    return k;
}

static const char *quote(const struct line *l, size_t from, size_t to) {
    _cleanup_(text_release) struct text out;
    text_init(&out, 400);
    for (size_t i = from; i < to && i < l->count; i++) {
        char c[4];
        text_addn(&out, c, utf8_encode(l->at[i], c));
    }
    return arena_copy(l->d->arena, out.at ? out.at : "");
}

static void mark_quiet(struct line *l) {
    int depth = 0;
    bool address = false;
    for (size_t i = 0; i < l->count; i++) {
        uint32_t c = l->at[i];
        if (c == 0x300a || c == 0x3014) depth++; /* 《 〔 */
        if (i && c == '(' && l->at[i - 1] == ']') address = true;
        l->quiet[i] = depth > 0 || address;
        if ((c == 0x300b || c == 0x3015) && depth) depth--;
        if (c == ')') address = false;
    }
}

/* Where the text begins behind "- ", "## ", "1. ", "（1）", "1、". */
static size_t skip_marker(const struct line *l) {
    size_t i = 0, start;
    while (i < l->count && among(l->at[i], "#*-> \t")) i++;
    start = i;
    bool bracket = i < l->count && among(l->at[i], "（(");
    if (bracket) i++;
    size_t digits = i;
    while (i < l->count && is_digit(l->at[i])) i++;
    if (i == digits || i >= l->count) return start;
    return among(l->at[i], bracket ? "）)" : ".．、)）") ? i + 1 : start;
}

/* ---- numbers in digits ---- */

#define RANGES "、-—–~～至到和及"

/* A list or range of numbers such as 3、6 or 2018—2019, around the run [*from, *to). */
static void widen(const struct line *l, size_t *from, size_t *to) {
    while (*from >= 2 && among(l->at[*from - 1], RANGES) && is_digit(l->at[*from - 2])) {
        (*from)--;
        while (*from && is_digit(l->at[*from - 1])) (*from)--;
    }
    while (*to + 1 < l->count && among(l->at[*to], RANGES) && is_digit(l->at[*to + 1])) {
        (*to)++;
        while (*to < l->count && is_digit(l->at[*to])) (*to)++;
    }
}

static int value_of(const struct line *l, size_t from, size_t to) {
    int n = 0;
    for (size_t i = from; i < to && n < 100000; i++) n = n * 10 + (int)(l->at[i] >= 0xff10 ? l->at[i] - 0xff10 : l->at[i] - '0');
    return n;
}

static bool number_exempt(const struct line *l, size_t from, size_t to) {
    size_t first = from, last = to;
    widen(l, &first, &last);
    uint32_t before = first ? l->at[first - 1] : 0, after = last < l->count ? l->at[last] : 0,
             own_before = from ? l->at[from - 1] : 0;
    int value = value_of(l, from, to);
    if (is_letter(before) || is_letter(own_before)) return true; /* a name such as A4 */
    if (among(before, "第") || among(after, "号")) return true;
    if (to - from == 4 && value >= 1900 && value <= 2100 && among(after, "年级届学")) return true;
    if (among(after, "月")) return value >= 1 && value <= 12;
    if (!among(after, "日")) return false;
    if (value < 1 || value > 31) return false;
    bool in_range = first >= 2 && among(before, RANGES) && among(l->at[first - 2], "日号");
    return among(before, "月") || in_range;
}

/* 2019-03-01, whole. */
static size_t iso_date(const struct line *l, size_t i) {
    static const char form[] = "dddd-dd-dd";
    if (i && is_digit(l->at[i - 1])) return 0;
    for (size_t k = 0; k < 10; k++) {
        if (i + k >= l->count) return 0;
        if (form[k] == 'd' ? !(l->at[i + k] >= '0' && l->at[i + k] <= '9') : l->at[i + k] != '-') return 0;
    }
    return i + 10 < l->count && is_digit(l->at[i + 10]) ? 0 : 10;
}

static void stray(const struct line *l, size_t from, size_t to) {
    const char *words = quote(l, from, to), *fixed = arena_format(l->d->arena, "{{原文 %s}}", words);
    check_add(l->d, l->number, false, "“{0}”没有记录作依据；请改用文首写明的数字，固定说法写作 {1}", words, fixed, NULL, NULL);
}

static void digits_check(const struct line *l, size_t start) {
    for (size_t i = start; i < l->count;) {
        size_t date = iso_date(l, i);
        if (date) {
            i += date;
            continue;
        }
        if (!is_digit(l->at[i])) {
            i++;
            continue;
        }
        size_t from = i;
        while (i < l->count && is_digit(l->at[i])) i++;
        bool joined = i + 1 < l->count && among(l->at[i], ".．,，") && is_digit(l->at[i + 1]) && i - from < 4;
        if (l->quiet[from] || (!joined && number_exempt(l, from, i))) continue;
        while (i + 1 < l->count && (is_digit(l->at[i]) || (among(l->at[i], ".,") && is_digit(l->at[i + 1])))) i++;
        if (i < l->count && is_digit(l->at[i])) i++;
        stray(l, from, i < l->count ? i + 1 : i);
    }
}

/* ---- numbers in Chinese numerals ---- */

static size_t count_word_at(const struct line *l, size_t i) {
    static const char *const words[] = {"人次", "场次", "条次", "块次", "人", "次", "项", "件", "条", "场",
                                        "页",   "册",   "块",   "份",   "张", "名", "位", "个", "台", "处",
                                        "起",   "天",   "元",   "例",   "户", "辆", "批", "堂", "套", "幅"};
    for (size_t k = 0; k < COUNT_OF(words); k++) {
        size_t n = word_at(l, i, words[k]);
        if (n) return n;
    }
    return 0;
}

#define NUMERALS "零〇一二两三四五六七八九十百千万亿"

static void numerals_check(const struct line *l) {
    for (size_t i = 0; i < l->count;) {
        if (word_at(l, i, "百分之") && !l->quiet[i]) {
            stray(l, i, i + 5);
            i += 3;
            continue;
        }
        if (!among(l->at[i], NUMERALS)) {
            i++;
            continue;
        }
        size_t from = i;
        while (i < l->count && among(l->at[i], NUMERALS)) i++;
        size_t bare = i - from;
        if (i < l->count && among(l->at[i], "余多几")) i++;
        size_t word = count_word_at(l, i), first = from;
        while (first >= 2 && among(l->at[first - 1], "、至到") && among(l->at[first - 2], NUMERALS)) {
            first--;
            while (first && among(l->at[first - 1], NUMERALS)) first--;
        }
        bool ordinal = first && among(l->at[first - 1], "第"), one = bare == 1 && i == from + 1 && l->at[from] == 0x4e00;
        if (word && !ordinal && !one && !l->quiet[from]) stray(l, from, i + word);
    }
}

/* ---- denials ---- */

static void denials_check(const struct line *l) {
    static const char example[] = "{{network 未发生}}";
    static const char *const words[] = {"未发生",   "未出现", "未发现", "没有发生", "没有出现",
                                        "没有发现", "无一例", "零事故", "零发生",   "零投诉"};
    for (size_t i = 0; i < l->count; i++)
        for (size_t k = 0; k < COUNT_OF(words); k++)
            if (word_at(l, i, words[k]) && !l->quiet[i])
                check_add(l->d, l->number, false, "“{0}”没有核对；请用花括号写，如 {1}", words[k], example, NULL, NULL);
}

static void line_check(struct line *l) {
    if (!l->count) return;
    l->quiet = arena_array(l->d->arena, bool, l->count + 1);
    mark_quiet(l);
    digits_check(l, skip_marker(l));
    numerals_check(l);
    denials_check(l);
}

static void pieces_check(struct drafting *d, const struct piece *pieces, size_t count) {
    struct line l = {.d = d, .at = arena_array(d->arena, uint32_t, LINE_MAX_CHARACTERS + TEXT_PIECES_MAX + 1)};
    for (size_t i = 0; i < count; i++) {
        const struct piece *p = &pieces[i];
        if (!l.count) l.number = p->line;
        if (p->kind != PIECE_PLAIN) {
            l.at[l.count++] = PLACE_MARK;
            continue;
        }
        int line = p->line;
        size_t n;
        for (size_t k = 0; k < p->length; k += n) {
            uint32_t c;
            n = utf8_decode(p->text + k, p->length - k, &c);
            if (!n) return; /* text was valid when it was read */
            if (c != '\n') {
                l.at[l.count++] = c;
                continue;
            }
            line_check(&l);
            l.count = 0;
            l.number = ++line;
        }
    }
    line_check(&l);
}

void checks_prose(struct drafting *d) {
    pieces_check(d, d->text.title, d->text.title_count);
    pieces_check(d, d->text.pieces, d->text.count);
}
