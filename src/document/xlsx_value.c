/* xlsx_value.c - what the numbers and texts in a workbook mean: plain decimals, dates by their format, escapes. */
#include "base/civil.h"
#include "base/utf8.h"
#include "document/sheet_inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- number formats --- */

/* Built-in formats have no code in the file. 27–36 and 50–58 are those of the Chinese, Japanese and Korean editions. */
enum value_form value_form_builtin(unsigned id) {
    if (id >= 14 && id <= 17) return VALUE_DATE;
    if (id == 22) return VALUE_MOMENT;
    if (id == 46) return VALUE_ELAPSED;
    if ((id >= 18 && id <= 21) || id == 45 || id == 47 || (id >= 32 && id <= 35) || id == 55 || id == 56) return VALUE_TIME;
    if ((id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) || id == 57 || id == 58) return VALUE_DATE;
    return VALUE_NUMBER;
}

struct form_marks {
    bool year, month, day, hour, second, elapsed;
};

/* [h], [mm], [s] count on past the day; every other bracket (colour, locale, condition) means nothing here. */
static const char *bracket(const char *p, struct form_marks *marks) {
    const char *end = strchr(p, ']');
    if (!end) return p + strlen(p);
    size_t n = strspn(p + 1, "hHmMsS");
    if (n && p + 1 + n == end) marks->elapsed = true;
    return end + 1;
}

static const char *format_letter(const char *p, struct form_marks *marks) {
    switch (*p) {
    case 'y':
    case 'Y':
    case 'g':
    case 'G':
    case 'b':
    case 'B': marks->year = true; break;
    case 'e':
    case 'E':
        if (p[1] == '+' || p[1] == '-') return p + 2; /* 0.00E+00 */
        marks->year = true;
        break;
    case 'm':
    case 'M': marks->month = true; break;
    case 'd':
    case 'D': marks->day = true; break;
    case 'h':
    case 'H': marks->hour = true; break;
    case 's':
    case 'S': marks->second = true; break;
    case 'a':
    case 'A':
        if (strncasecmp(p, "AM/PM", 5) == 0) return p + 5;
        if (strncasecmp(p, "A/P", 3) == 0) return p + 3;
        if (strncasecmp(p, "aaa", 3) == 0) marks->day = true; /* weekday */
        break;
    default: break;
    }
    return p + 1;
}

enum value_form value_form_code(const char *code) {
    struct form_marks marks = {0};
    for (const char *p = code; *p && *p != ';';) {
        if (*p == '"') {
            const char *end = strchr(p + 1, '"');
            p = end ? end + 1 : p + strlen(p);
        } else if ((*p == '\\' || *p == '_' || *p == '*') && p[1]) {
            p += 2;
        } else if (*p == '[') {
            p = bracket(p, &marks);
        } else if (strncasecmp(p, "General", 7) == 0) {
            p += 7;
        } else if (strncmp(p, "G/", 2) == 0) { /* G/通用格式, as Chinese editions write General */
            p += 2;
        } else {
            p = format_letter(p, &marks);
        }
    }
    bool time = marks.hour || marks.second; /* an m beside hours or seconds is minutes */
    bool date = marks.year || marks.day || (marks.month && !time && !marks.elapsed);
    if (date) return time ? VALUE_MOMENT : VALUE_DATE;
    return marks.elapsed ? VALUE_ELAPSED : time ? VALUE_TIME : VALUE_NUMBER;
}

/* --- numbers --- */

/* True for what is already canonical: no sign but a minus, no needless zero, at most 15 digits. */
static bool plain_already(const char *s, size_t length) {
    size_t i = 0, digits = 0;
    if (i < length && s[i] == '-') i++;
    size_t whole = i;
    while (i < length && s[i] >= '0' && s[i] <= '9') i++, digits++;
    if (digits == 0 || (s[whole] == '0' && digits > 1)) return false;
    if (i == length) return digits <= 15 && !(whole && s[whole] == '0');
    if (s[i] != '.') return false;
    size_t point = i++;
    while (i < length && s[i] >= '0' && s[i] <= '9') i++, digits++;
    return i == length && i > point + 1 && s[length - 1] != '0' && digits <= 15;
}

/* Lays out digits ("12345") with a decimal exponent of the first digit, without e. */
static void decimal_layout(const char *digits, size_t count, int exponent, bool negative, char out[VALUE_TEXT]) {
    size_t n = 0;
    if (negative) out[n++] = '-';
    if (exponent < 0) {
        out[n++] = '0';
        out[n++] = '.';
        for (int i = -1; i > exponent; i--) out[n++] = '0';
    }
    for (size_t i = 0; i < count; i++) {
        out[n++] = digits[i];
        if (exponent >= 0 && (size_t)exponent == i && i + 1 < count) out[n++] = '.';
    }
    for (int i = (int)count; i <= exponent; i++) out[n++] = '0';
    out[n] = 0;
}

/* Fifteen digits are what a spreadsheet keeps and shows: 1.1000000000000001 was typed as 1.1. Whole numbers below 2^53 that
 * another program wrote with sixteen are kept exactly. */
static void number_layout(double value, char out[VALUE_TEXT], bool *rounded) {
    char written[40], digits[16];
    size_t count = 0;
    if (value == 0) {
        memcpy(out, "0", 2);
        return;
    }
    *rounded = fabs(value) >= 1e15;
    if (*rounded && fabs(value) < 9007199254740992.0) {
        snprintf(out, VALUE_TEXT, "%.0f", value);
        return;
    }
    snprintf(written, sizeof written, "%.14e", fabs(value));
    const char *e = strchr(written, 'e');
    for (const char *p = written; p < e; p++) {
        if (*p != '.') digits[count++] = *p;
    }
    while (count > 1 && digits[count - 1] == '0') count--;
    decimal_layout(digits, count, (int)strtol(e + 1, NULL, 10), value < 0, out);
}

/* strtod reads hexadecimal, "inf" and "nan" too; the file may not have them. */
static bool number_parse(const char *written, size_t length, double *value) {
    char copy[64];
    while (length && strchr(" \n\r\t", written[0])) written++, length--;
    while (length && strchr(" \n\r\t", written[length - 1])) length--;
    if (length == 0 || length >= sizeof copy) return false;
    memcpy(copy, written, length);
    copy[length] = 0;
    if (strspn(copy, "0123456789+-.eE") != length) return false;
    char *end;
    *value = strtod(copy, &end);
    return end == copy + length && isfinite(*value);
}

bool value_number(const char *written, size_t length, char out[VALUE_TEXT], bool *rounded) {
    double value;
    *rounded = false;
    if (length < 20 && plain_already(written, length)) {
        memcpy(out, written, length);
        out[length] = 0;
        return true;
    }
    if (!number_parse(written, length, &value)) return false;
    number_layout(value, out, rounded);
    return true;
}

/* --- dates --- */

static const int DAY_SECONDS = 86400;

/* civil_format without its printf, which a column of a hundred thousand dates would feel. */
static void date_digits(char *out, int year, int month, int day) {
    const int parts[] = {year / 1000, year / 100 % 10, year / 10 % 10, year % 10, -1, month / 10, month % 10,
                         -1,          day / 10,        day % 10};
    for (size_t i = 0; i < COUNT_OF(parts); i++) out[i] = (char)(parts[i] < 0 ? '-' : '0' + parts[i]);
    out[COUNT_OF(parts)] = 0;
}

bool value_serial(double serial, enum value_form form, bool from_1904, char out[VALUE_TEXT], enum sheet_kind *kind) {
    if (!(serial >= 0) || serial >= 2958466) return false; /* 9999-12-31 is the last; NaN fails too */
    int64_t seconds = (int64_t)floor(serial * DAY_SECONDS + 0.5), day = seconds / DAY_SECONDS, left = seconds % DAY_SECONDS;
    if (form == VALUE_TIME || form == VALUE_ELAPSED || (!from_1904 && form == VALUE_MOMENT && day == 0)) {
        int64_t shown = form == VALUE_ELAPSED ? seconds : left;
        snprintf(out, VALUE_TEXT, "%02lld:%02d:%02d", (long long)(shown / 3600), (int)(shown / 60 % 60), (int)(shown % 60));
        *kind = SHEET_TIME;
        return true;
    }
    /* The 1900 system counts a 29 February 1900 that never was: day 60; before it all dates are one later. */
    if (!from_1904 && (day == 0 || day == 60)) return false;
    civil_day date = (civil_day)day - (from_1904 ? 24107 : day < 60 ? 25568 : 25569);
    if (date > civil_from_ymd(9999, 12, 31)) return false;
    int y, m, d;
    civil_to_ymd(date, &y, &m, &d);
    date_digits(out, y, m, d);
    *kind = SHEET_DATE;
    if (form == VALUE_MOMENT)
        snprintf(out + CIVIL_TEXT - 1, VALUE_TEXT - CIVIL_TEXT, " %02d:%02d:%02d", (int)(left / 3600), (int)(left / 60 % 60),
                 (int)(left % 60));
    return true;
}

static bool clock_parse(const char *s, int part[3]) {
    part[2] = 0;
    int used = 0;
    if (strlen(s) < 5 || strspn(s, "0123456789:") < 5) return false;
    if (sscanf(s, "%2d:%2d%n", &part[0], &part[1], &used) != 2 || used != 5) return false;
    s += used;
    if (*s == ':') {
        if (strspn(s + 1, "0123456789") < 2 || sscanf(s, ":%2d", &part[2]) != 1) return false;
        s += 3;
    }
    if (*s == '.') s += 1 + strspn(s + 1, "0123456789");
    if (*s == 'Z') s++;
    return *s == 0 && part[0] < 24 && part[1] < 60 && part[2] < 60;
}

bool value_iso(const char *written, size_t length, char out[VALUE_TEXT], enum sheet_kind *kind) {
    char copy[40], date[CIVIL_TEXT] = "";
    civil_day day;
    int part[3];
    if (length >= sizeof copy) return false;
    memcpy(copy, written, length);
    copy[length] = 0;
    const char *clock = copy;
    if (length >= 10 && copy[4] == '-') {
        char mark = copy[10];
        copy[10] = 0;
        if (!civil_parse(copy, &day) || (mark && mark != 'T')) return false;
        memcpy(date, copy, CIVIL_TEXT);
        clock = mark ? copy + 11 : NULL;
    }
    if (clock && !clock_parse(clock, part)) return false;
    if (!clock) memcpy(out, date, CIVIL_TEXT);
    else snprintf(out, VALUE_TEXT, "%s%s%02d:%02d:%02d", date, *date ? " " : "", part[0], part[1], part[2]);
    *kind = *date ? SHEET_DATE : SHEET_TIME;
    return true;
}

/* --- texts and references --- */

static bool escape_parse(const char *s, uint32_t *character) {
    *character = 0;
    for (int i = 2; i < 6; i++) {
        char c = s[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0) return false;
        *character = *character << 4 | (uint32_t)digit;
    }
    bool control = *character < 0x20 && *character != '\t' && *character != '\n' && *character != '\r';
    return !control && !(*character >= 0xd800 && *character < 0xe000);
}

size_t value_text_decode(char *text, size_t length) {
    if (!memchr(text, '_', length) && !memchr(text, '\r', length)) return length;
    size_t to = 0;
    for (size_t i = 0; i < length;) {
        uint32_t character;
        if (length - i >= 7 && text[i] == '_' && text[i + 1] == 'x' && text[i + 6] == '_' && escape_parse(text + i, &character)) {
            to += utf8_encode(character, text + to);
            i += 7;
        } else {
            text[to++] = text[i++];
        }
    }
    length = to;
    to = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\r') {
            if (i + 1 < length && text[i + 1] == '\n') continue;
            text[to++] = '\n';
        } else {
            text[to++] = text[i];
        }
    }
    return to;
}

bool value_reference(const char *s, size_t length, uint32_t *column, uint32_t *row, size_t *used) {
    size_t i = 0, letters = 0, digits = 0;
    uint32_t c = 0, r = 0;
    if (i < length && s[i] == '$') i++;
    for (; i < length && letters < 4; i++, letters++) {
        char upper = (char)(s[i] >= 'a' && s[i] <= 'z' ? s[i] - 32 : s[i]);
        if (upper < 'A' || upper > 'Z') break;
        c = c * 26 + (uint32_t)(upper - 'A') + 1;
    }
    if (i < length && s[i] == '$') i++;
    for (; i < length && digits < 8 && s[i] >= '0' && s[i] <= '9'; i++, digits++) r = r * 10 + (uint32_t)(s[i] - '0');
    if (letters == 0 || letters > 3 || digits == 0 || r == 0) return false;
    *column = c - 1;
    *row = r;
    *used = i;
    return true;
}
