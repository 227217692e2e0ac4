/* number.c - round numbers that quantifiers may name, and Chinese numerals; pure. */
#include "report/inside.h"

#include <stdio.h>
#include <string.h>

/* The place value of the last digit that is not zero; 0 unless a positive multiple of ten. */
static int64_t unit_of(int64_t round) {
    if (round <= 0 || round % 10) return 0;
    int64_t unit = 1;
    while (round % (unit * 10) == 0) unit *= 10;
    return unit;
}

bool number_near(int64_t value, int64_t round) { return unit_of(round) && value < round && value >= round - round / 10; }

bool number_over(int64_t value, int64_t round) {
    int64_t unit = unit_of(round);
    return unit && value > round && value - round < unit;
}

bool number_break(int64_t value, int64_t round) { return unit_of(round) && value > round; }

int64_t number_round(enum say say, int64_t value) {
    if (value < 1 || value > INT64_MAX / 100) return 0;
    int64_t unit = 1; /* the place value of the first digit */
    while (value / unit >= 10) unit *= 10;
    if (say == SAY_NEAR) {
        int64_t round = (value / unit + 1) * unit;
        return number_near(value, round) ? round : 0;
    }
    int64_t round = value / unit * unit;
    return number_over(value, round) ? round : 0;
}

bool number_share(enum say say, int64_t value, int64_t whole) {
    if (value < 0 || whole <= 0 || value > whole || whole > INT64_MAX / 10) return false;
    switch (say) {
    case SAY_ALL:
    case SAY_EACH: return value == whole;
    case SAY_MAIN: return value > whole - value;
    case SAY_FEW: return value >= 1 && (value * 10 <= whole || (value == 1 && whole >= 3));
    default: return false;
    }
}

static const char *const digits[] = {"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"};

/* One group below ten thousand. */
static void add_group(struct text *out, int group, bool first) {
    static const char *const places[] = {"千", "百", "十", ""};
    int unit = 1000;
    bool begun = !first, gap = false;
    for (int i = 0; i < 4; i++, unit /= 10) {
        int digit = group / unit % 10;
        if (!digit) {
            gap = begun;
            continue;
        }
        if (gap) text_add(out, digits[0]);
        gap = false;
        if (!(digit == 1 && unit == 10 && !begun)) text_add(out, digit == 2 && unit == 1000 && first ? "两" : digits[digit]);
        text_add(out, places[i]);
        begun = true;
    }
}

void number_han(int64_t value, bool bare, char out[NUMBER_TEXT]) {
    static const char *const groups[] = {"", "万", "亿", "万亿", "亿亿"};
    _cleanup_(text_release) struct text text;
    text_init(&text, NUMBER_TEXT - 1);
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    int parts[5], count = 0;
    for (; left; left /= 10000) parts[count++] = (int)(left % 10000);
    if (value < 0) text_add(&text, "负");
    bool gap = false;
    for (int i = count - 1; i >= 0; i--) {
        bool first = i == count - 1;
        if (!parts[i]) {
            gap = true;
            continue;
        }
        if (gap && parts[i] >= 1000) text_add(&text, digits[0]);
        if (parts[i] == 2 && (i > 0 ? first : count == 1)) text_add(&text, "两");
        else add_group(&text, parts[i], first);
        gap = false;
        text_add(&text, groups[i]);
    }
    if (!count) text_add(&text, digits[0]);
    const char *words = text.at;
    int64_t power = 10;
    while (power < value && power <= INT64_MAX / 10) power *= 10;
    if (bare && value >= 100 && power == value && !strncmp(words, "一", 3)) words += 3;
    snprintf(out, NUMBER_TEXT, "%s", words);
}
