/* box_number.c - the numbers that indexes of inspections have, in their order, and names that every system takes for a file. */
#include "report/box.h"

#include "base/printer.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { KIND_DIGITS = 1, KIND_HAN, KIND_LETTERS, PART_MAX = 99999999 };

/* The value of a digit of whatever writing; -1: none. */
static int digit_of(uint32_t c) {
    if (c >= '0' && c <= '9') return (int)c - '0';
    if (c >= 0xff10 && c <= 0xff19) return (int)c - 0xff10;
    return -1;
}

/* 一 … 九, 〇 and 零; 十 and 百 as 10 and 100; -1: none. */
static int han_of(uint32_t c) {
    static const uint32_t digits[] = {0x3007, 0x4e00, 0x4e8c, 0x4e09, 0x56db, 0x4e94, 0x516d, 0x4e03, 0x516b, 0x4e5d};
    for (int i = 0; i < 10; i++)
        if (digits[i] == c) return i;
    return c == 0x96f6 ? 0 : c == 0x5341 ? 10 : c == 0x767e ? 100 : -1;
}

/* ①, ⑴, ⒈ and Ⅰ are one part each; 0: none. */
static uint32_t whole_of(uint32_t c) {
    if (c >= 0x2460 && c <= 0x249b) return (c - 0x2460) % 20 + 1;
    if (c >= 0x2160 && c <= 0x216b) return c - 0x2160 + 1;
    return 0;
}

static uint32_t letter_of(uint32_t c) {
    if (c >= 'a' && c <= 'z') return c - 'a' + 1;
    return c >= 'A' && c <= 'Z' ? c - 'A' + 1 : 0;
}

static bool is_separator(uint32_t c) {
    static const char set[] = ".-_/:,()[]．。－–—／：、，（）【】〔〕第章节条款项部分类"; /* not shown */
    for (const char *at = set; *at;) {
        uint32_t one;
        at += utf8_decode(at, strnlen(at, 4), &one);
        if (one == c) return true;
    }
    return false;
}

static uint32_t capped(uint64_t value) { return value > PART_MAX ? PART_MAX : (uint32_t)value; }

/* Chinese numerals from *at on: 一百二十三, or digit by digit as in 二〇二七. */
static uint32_t read_han(const char **at) {
    uint64_t all = 0, digits = 0;
    int digit = -1;
    bool ranks = false;
    for (;;) {
        uint32_t c;
        size_t step = utf8_decode(*at, strnlen(*at, 4), &c);
        int value = step ? han_of(c) : -1;
        if (value < 0) break;
        *at += step;
        if (value >= 10) {
            all += (uint64_t)(digit < 0 ? 1 : digit) * (unsigned)value;
            digit = -1;
            ranks = true;
        } else {
            digit = value;
            digits = capped(digits * 10 + (unsigned)value);
        }
    }
    return capped(ranks ? all + (digit > 0 ? (unsigned)digit : 0) : digits);
}

static uint32_t read_run(const char **at, uint8_t kind) {
    uint64_t value = 0;
    for (;;) {
        uint32_t c;
        size_t step = utf8_decode(*at, strnlen(*at, 4), &c);
        int digit = step ? digit_of(c) : -1;
        uint32_t letter = step ? letter_of(c) : 0;
        if (kind == KIND_DIGITS ? digit < 0 : !letter) return capped(value);
        value = capped(kind == KIND_DIGITS ? value * 10 + (unsigned)digit : value * 26 + letter);
        *at += step;
    }
}

static bool read_part(const char **at, uint32_t *value, uint8_t *kind) {
    uint32_t c;
    size_t step = utf8_decode(*at, strnlen(*at, 4), &c);
    if (!step) return false;
    if (whole_of(c)) return *value = whole_of(c), *kind = KIND_DIGITS, *at += step, true;
    *kind = digit_of(c) >= 0 ? KIND_DIGITS : han_of(c) >= 0 ? KIND_HAN : letter_of(c) ? KIND_LETTERS : 0;
    if (!*kind) return false;
    *value = *kind == KIND_HAN ? read_han(at) : read_run(at, *kind);
    return true;
}

struct box_number box_number_read(const char *text) {
    struct box_number n = {0};
    while (*text && n.count < BOX_PARTS) {
        uint32_t c, value;
        uint8_t kind;
        if (read_part(&text, &value, &kind)) {
            n.part[n.count] = value;
            n.kind[n.count++] = kind;
            continue;
        }
        size_t step = utf8_decode(text, strnlen(text, 4), &c);
        bool blank = c == ' ' || c == 0x3000 || c == '\n' || c == '\t';
        if (!step || (!is_separator(c) && !(blank && !n.count))) break; /* a title behind the number is none of it */
        text += step;
    }
    return n;
}

int box_number_order(const struct box_number *a, const struct box_number *b) {
    if (!a->count || !b->count) return (a->count == 0) - (b->count == 0);
    for (int i = 0; i < a->count && i < b->count; i++) {
        if (a->part[i] != b->part[i]) return a->part[i] < b->part[i] ? -1 : 1;
        if (a->kind[i] != b->kind[i]) return a->kind[i] < b->kind[i] ? -1 : 1;
    }
    return (a->count > b->count) - (a->count < b->count);
}

bool box_number_below(const struct box_number *n, const struct box_number *above) {
    if (!above->count || n->count <= above->count) return false;
    for (int i = 0; i < above->count; i++)
        if (n->part[i] != above->part[i] || n->kind[i] != above->kind[i]) return false;
    return true;
}

/* ---- names ---- */

/* Names that Windows takes for devices, whatever ending they have. */
static bool is_device(const char *name) {
    static const char *const devices[] = {"con", "prn", "aux", "nul"};
    size_t n = strcspn(name, ".");
    for (size_t i = 0; i < COUNT_OF(devices); i++)
        if (n == 3 && !strncasecmp(name, devices[i], 3)) return true;
    return n == 4 && (!strncasecmp(name, "com", 3) || !strncasecmp(name, "lpt", 3)) && name[3] >= '0' && name[3] <= '9';
}

/* At most `most` bytes of the text, whole characters. */
static size_t cut(const char *text, size_t most) {
    size_t n = strlen(text);
    if (n <= most) return n;
    for (n = most; n && ((unsigned char)text[n] & 0xc0) == 0x80;) n--;
    return n;
}

const char *box_file_name(struct arena *arena, const char *name) {
    _cleanup_(text_release) struct text plain;
    text_init(&plain, 1 << 16);
    plain_text(&plain, name, strlen(name));
    char *at = arena_copy(arena, plain.at ? plain.at : "");
    for (char *p = at; *p; p++)
        if (strchr("/\\:*?\"<>|", *p)) *p = '_';
    size_t end = strlen(at);
    while (end && (at[end - 1] == '.' || at[end - 1] == ' ')) at[--end] = 0; /* Windows drops these */
    while (*at == '.' || *at == ' ') at++;
    if (!*at) return "_";
    const char *dot = strrchr(at, '.'), *ending = dot && dot > at && strlen(dot) <= 12 ? dot : at + strlen(at);
    size_t body = (size_t)(ending - at);
    const char *short_body = arena_copyn(arena, at, body);
    size_t kept = cut(short_body, BOX_NAME_BYTES - strlen(ending));
    const char *made = arena_format(arena, "%.*s%s", (int)kept, short_body, ending);
    return is_device(made) ? arena_format(arena, "_%s", made) : made;
}
