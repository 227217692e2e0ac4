/* printer.c - escaping for each output context, one walker and one rule per context. */
#include "base/printer.h"

#include "base/utf8.h"

#include <sodium.h>
#include <string.h>

typedef const char *(*escape_rule)(uint32_t c); /* NULL: print as it is */

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

static void print_escaped(struct text *out, const char *s, escape_rule rule) {
    const char *plain = s;
    for (;;) {
        unsigned char c = (unsigned char)*s;
        const char *instead = NULL;
        size_t step = 1;
        if (c >= 0x80) {
            uint32_t character;
            step = utf8_decode(s, strnlen(s, 4), &character);
            instead = step ? rule(character) : replacement;
            if (!step) step = 1;
        } else if (c) {
            instead = rule(c);
        }
        if (!c || instead) {
            if (s > plain) text_addn(out, plain, (size_t)(s - plain));
            if (!c) return;
            text_add(out, instead);
            plain = s + step;
        }
        s += step;
    }
}

static const char *html_rule(uint32_t c) {
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return (c < 0x20 && c != '\n' && c != '\t' && c != '\r') || (c >= 0x7f && c < 0xa0) ? " " : NULL;
    }
}

static const char *xml_rule(uint32_t c) {
    if (c == '\r') return "&#13;";                      /* a reader would turn the bare one into a line feed */
    if (c == 0xfffe || c == 0xffff) return replacement; /* not characters of XML 1.0 */
    return html_rule(c);
}

/* 1 for ASCII bytes that html_text() does not print as they are, and for the end; 2 for the rest of UTF-8. */
#define TWOS 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2
static const unsigned char special[256] = {
    1,    1,    1,    1,    1,    1,         1,         1,          1,         0,         0,
    1,    1,    0,    1,    1, /* tab, newline and return are plain */
    1,    1,    1,    1,    1,    1,         1,         1,          1,         1,         1,
    1,    1,    1,    1,    1,    ['"'] = 1, ['&'] = 1, ['\''] = 1, ['<'] = 1, ['>'] = 1, [0x80] = TWOS,
    TWOS, TWOS, TWOS, TWOS, TWOS, TWOS,      TWOS};

/* Steps over characters of three bytes that need no closer look: all common Chinese. `end` is the text's end, where its NUL is. */
static inline const unsigned char *common_skip(const unsigned char *s, const unsigned char *end) {
    const unsigned char head[4] = {0xf0, 0xc0, 0xc0, 0}, want[4] = {0xe0, 0x80, 0x80, 0};
    uint32_t mask, shape, four;
    memcpy(&mask, head, 4);
    memcpy(&shape, want, 4);
    while (end - s >= 3) {
        memcpy(&four, s, 4);
        if ((four & mask) != shape || (*s & 15) - 1U >= 12) break;
        s += 3;
    }
    return s;
}

const char *html_special(const char *text, const char *end) {
    const unsigned char *s = (const unsigned char *)text, *last = (const unsigned char *)end;
    for (;;) {
        while (!special[*s]) s++;
        if (*s < 0x80) return (const char *)s;
        const unsigned char *from = s;
        s = common_skip(s, last);
        if (s > from) continue;
        uint32_t character;
        size_t n = utf8_decode((const char *)s, (size_t)(last - s), &character);
        if (!n || (character >= 0x80 && character < 0xa0)) return (const char *)s;
        s += n;
    }
}

void html_text(struct text *out, const char *s) {
    const char *end = s + strlen(s), *first = html_special(s, end);
    if (first > s) text_addn(out, s, (size_t)(first - s));
    if (first < end) print_escaped(out, first, html_rule);
}

void html_attr(struct text *out, const char *s) { html_text(out, s); }
void xml_text(struct text *out, const char *s) { print_escaped(out, s, xml_rule); }

void url_arg(struct text *out, const char *s) {
    static const char hex[] = "0123456789ABCDEF";
    uint32_t character;
    for (size_t step; *s; s += step) {
        step = utf8_decode(s, strnlen(s, 4), &character);
        const char *from = step ? s : replacement;
        size_t length = step ? step : sizeof replacement - 1;
        if (!step) step = 1;
        for (size_t i = 0; i < length; i++) {
            unsigned char c = (unsigned char)from[i];
            if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || strchr("-_.~", c)) {
                text_addc(out, (char)c);
            } else {
                char escaped[3] = {'%', hex[c >> 4], hex[c & 15]};
                text_addn(out, escaped, 3);
            }
        }
    }
}

static const char *json_rule(uint32_t c) {
    static const char low[32][7] = {"\\u0000", "\\u0001", "\\u0002", "\\u0003", "\\u0004", "\\u0005", "\\u0006", "\\u0007",
                                    "\\b",     "\\t",     "\\n",     "\\u000b", "\\f",     "\\r",     "\\u000e", "\\u000f",
                                    "\\u0010", "\\u0011", "\\u0012", "\\u0013", "\\u0014", "\\u0015", "\\u0016", "\\u0017",
                                    "\\u0018", "\\u0019", "\\u001a", "\\u001b", "\\u001c", "\\u001d", "\\u001e", "\\u001f"};
    if (c < 0x20) return low[c];
    return c == '"' ? "\\\"" : c == '\\' ? "\\\\" : NULL;
}

void json_text(struct text *out, const char *s) {
    text_addc(out, '"');
    print_escaped(out, s, json_rule);
    text_addc(out, '"');
}

static const char *csv_rule(uint32_t c) { return c == '"' ? "\"\"" : NULL; }

static bool looks_like_formula(const char *s) {
    /* A plain negative or signed number stays a number; anything else that begins so would be run by a spreadsheet,
     * in Chinese editions after the full-width signs too. */
    static const char *const wide[] = {"＝", "＋", "－", "＠"};
    for (size_t i = 0; i < COUNT_OF(wide); i++)
        if (!strncmp(s, wide[i], strlen(wide[i]))) return true;
    if (!s[0] || !strchr("=+-@\t\r\n", s[0])) return false;
    return !((s[0] == '-' || s[0] == '+') && s[1] && s[1 + strspn(s + 1, "0123456789.")] == 0);
}

void csv_cell(struct text *out, const char *s) {
    bool formula = looks_like_formula(s);
    bool quoted = formula || s[strcspn(s, "\",\r\n")] || s[0] == ' ' || (s[0] && s[strlen(s) - 1] == ' ');
    if (quoted) text_addc(out, '"');
    if (formula) text_addc(out, '\'');
    print_escaped(out, s, csv_rule);
    if (quoted) text_addc(out, '"');
}

void hex_text(struct text *out, const void *bytes, size_t length) {
    static const char hex[] = "0123456789abcdef";
    const unsigned char *b = bytes;
    for (size_t i = 0; i < length; i++) {
        text_addc(out, hex[b[i] >> 4]);
        text_addc(out, hex[b[i] & 15]);
    }
}

void base64_text(struct text *out, const void *bytes, size_t length) {
    size_t room = sodium_base64_ENCODED_LEN(length, sodium_base64_VARIANT_ORIGINAL); /* counts the NUL */
    char *to = text_reserve(out, room);
    if (!to) return;
    sodium_bin2base64(to, room, bytes, length, sodium_base64_VARIANT_ORIGINAL);
    out->length += room - 1;
}

void hex_format(const void *bytes, size_t length, char *out) {
    static const char digits[] = "0123456789abcdef";
    const unsigned char *b = bytes;
    for (size_t i = 0; i < length; i++) {
        out[2 * i] = digits[b[i] >> 4];
        out[2 * i + 1] = digits[b[i] & 15];
    }
    out[2 * length] = 0;
}

void plain_text(struct text *out, const char *s, size_t n) {
    for (size_t at = 0, length; at < n && !out->over; at += length) {
        uint32_t c;
        length = utf8_decode(s + at, n - at, &c);
        if (!length) {
            length = 1;
            text_addc(out, '?');
        } else if (c <= ' ' || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029) {
            if (out->length && out->at[out->length - 1] != ' ') text_addc(out, ' ');
        } else if (c == 0x061c || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
                   c == 0xfeff)
            text_addc(out, '?');
        else text_addn(out, s + at, length);
    }
    while (out->length && out->at[out->length - 1] == ' ') out->at[--out->length] = 0;
}
