/* mime.c - headers, parts and codings of RFC 2045 and 2046, read leniently and with every length bounded. */
#include "net/mime.h"

#include "base/utf8.h"

#include <iconv.h>
#include <stdio.h>
#include <strings.h>

enum { NAME_MAX_BYTES = 100 };

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* Where the next line begins. */
static const char *line_end(const char *at, const char *end) {
    const char *feed = memchr(at, '\n', (size_t)(end - at));
    return feed ? feed + 1 : end;
}

static bool line_empty(const char *at, const char *end) {
    return at < end && (*at == '\n' || (*at == '\r' && at + 1 < end && at[1] == '\n'));
}

void mime_split(const char *bytes, size_t length, struct mime_entity *out) {
    const char *at = bytes, *end = bytes + length;
    while (at < end && !line_empty(at, end)) at = line_end(at, end);
    *out = (struct mime_entity){.head = bytes, .head_length = (size_t)(at - bytes)};
    out->body = at < end ? line_end(at, end) : end;
    out->body_length = (size_t)(end - out->body);
}

/* The value from `at` on to `end`, line ends and the blanks around them as one blank. */
static void unfold(const char *at, const char *end, char *out, size_t room) {
    size_t n = 0;
    while (at < end && blank(*at)) at++;
    while (end > at && blank(end[-1])) end--;
    for (; at < end && n + 1 < room; at++)
        if (*at != '\r' && *at != '\n') out[n++] = *at == '\t' || !*at ? ' ' : *at;
    out[n] = 0;
}

bool mime_header(const struct mime_entity *e, const char *name, char *out, size_t room) {
    size_t n = strlen(name);
    const char *at = e->head, *end = e->head + e->head_length;
    out[0] = 0;
    while (at < end) {
        const char *next = line_end(at, end);
        while (next < end && (*next == ' ' || *next == '\t')) next = line_end(next, end);
        if ((size_t)(next - at) > n && !strncasecmp(at, name, n) && at[n] == ':') {
            unfold(at + n + 1, next, out, room);
            return true;
        }
        at = next;
    }
    return false;
}

bool mime_parameter(const char *value, const char *name, char *out, size_t room) {
    size_t n = strlen(name), length = 0;
    const char *at = value;
    out[0] = 0;
    while ((at = strchr(at, ';'))) {
        at++;
        at += strspn(at, " \t");
        if (strncasecmp(at, name, n) != 0) continue;
        const char *to = at + n + strspn(at + n, " \t");
        if (*to != '=') continue;
        to += 1 + strspn(to + 1, " \t");
        bool quoted = *to == '"';
        for (to += quoted; *to && (quoted ? *to != '"' : !strchr("; \t", *to)) && length + 1 < room; to++) {
            if (quoted && *to == '\\' && to[1]) to++;
            out[length++] = *to;
        }
        out[length] = 0;
        return length > 0;
    }
    return false;
}

/* ---- parts ---- */

struct walk {
    mime_visit each;
    void *context;
    int parts;
};

static void type_of(const struct mime_entity *e, char value[MIME_VALUE], char type[NAME_MAX_BYTES]) {
    size_t n = 0;
    if (!mime_header(e, "Content-Type", value, MIME_VALUE)) snprintf(value, MIME_VALUE, "text/plain");
    for (; value[n] && !strchr("; \t", value[n]) && n + 1 < NAME_MAX_BYTES; n++)
        type[n] = (char)(value[n] >= 'A' && value[n] <= 'Z' ? value[n] + 32 : value[n]);
    type[n] = 0;
}

/* 0: no line between parts; 1: a part begins behind it; 2: the last ended. */
static int delimits(const char *at, const char *end, const char *boundary, size_t n) {
    if ((size_t)(end - at) < n + 2 || at[0] != '-' || at[1] != '-' || memcmp(at + 2, boundary, n) != 0) return 0;
    const char *rest = at + 2 + n, *line = line_end(at, end);
    if (line - rest >= 2 && rest[0] == '-' && rest[1] == '-') return 2;
    while (rest < line && blank(*rest)) rest++;
    return rest == line ? 1 : 0;
}

static void walk(const char *bytes, size_t length, int depth, struct walk *w);

static void walk_parts(const struct mime_entity *e, const char *boundary, int depth, struct walk *w) {
    const char *at = e->body, *end = e->body + e->body_length, *part = NULL;
    size_t n = strlen(boundary);
    for (int found = 0; at < end && found != 2 && w->parts < MIME_PARTS; at = line_end(at, end)) {
        found = delimits(at, end, boundary, n);
        if (!found) continue;
        if (part) walk(part, (size_t)(at - part), depth + 1, w);
        part = found == 1 ? line_end(at, end) : NULL;
    }
    if (part && at >= end) walk(part, (size_t)(end - part), depth + 1, w); /* cut off */
}

static void walk(const char *bytes, size_t length, int depth, struct walk *w) {
    struct mime_entity e;
    char value[MIME_VALUE], type[NAME_MAX_BYTES], boundary[NAME_MAX_BYTES];
    if (depth > MIME_DEPTH || w->parts >= MIME_PARTS) return;
    mime_split(bytes, length, &e);
    type_of(&e, value, type);
    if (!strncmp(type, "multipart/", 10) && mime_parameter(value, "boundary", boundary, sizeof boundary)) {
        walk_parts(&e, boundary, depth, w);
        return;
    }
    w->parts++;
    w->each(w->context, &e, type);
}

void mime_walk(const char *bytes, size_t length, mime_visit each, void *context) {
    walk(bytes, length, 0, &(struct walk){.each = each, .context = context});
}

/* ---- codings ---- */

static int base64_digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static void from_base64(const char *s, size_t n, struct text *out) {
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < n && s[i] != '=' && !out->over; i++) {
        int digit = base64_digit(s[i]);
        if (digit < 0) continue; /* line ends, and whatever else must be overlooked */
        bits = bits << 6 | (uint32_t)digit;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        text_addc(out, (char)(bits >> count & 0xff));
    }
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void from_quoted(const char *s, size_t n, struct text *out) {
    for (size_t i = 0; i < n && !out->over; i++) {
        bool coded = s[i] == '=' && i + 2 < n && hex_digit(s[i + 1]) >= 0 && hex_digit(s[i + 2]) >= 0;
        if (coded) {
            text_addc(out, (char)(hex_digit(s[i + 1]) << 4 | hex_digit(s[i + 2])));
            i += 2;
        } else if (s[i] == '=' && i + 1 < n && (s[i + 1] == '\n' || s[i + 1] == '\r')) {
            i += s[i + 1] == '\r' && i + 2 < n && s[i + 2] == '\n' ? 2 : 1; /* the line goes on */
        } else text_addc(out, s[i]);
    }
}

void mime_bytes(const struct mime_entity *e, struct text *out) {
    char coding[NAME_MAX_BYTES];
    size_t room = out->max - out->length;
    mime_header(e, "Content-Transfer-Encoding", coding, sizeof coding);
    if (!strncasecmp(coding, "base64", 6)) from_base64(e->body, e->body_length, out);
    else if (!strncasecmp(coding, "quoted-printable", 16)) from_quoted(e->body, e->body_length, out);
    else text_addn(out, e->body, e->body_length < room ? e->body_length : room);
}

/* ---- character sets ---- */

/* Only these are handed to the system's converters: rarer ones have had holes in them, and a letter's writer would choose. */
static const char *converter_for(const char *charset) {
    static const char *const known[][2] = {{"gb2312", "GB18030"},      {"gbk", "GB18030"},        {"gb18030", "GB18030"},
                                           {"x-gbk", "GB18030"},       {"big5", "BIG5"},          {"iso-8859-1", "ISO-8859-1"},
                                           {"iso-8859-15", "LATIN-9"}, {"windows-1252", "CP1252"}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (!strcasecmp(charset, known[i][0])) return known[i][1];
    return NULL;
}

static void converter_close(iconv_t *c) {
    if (*c != (iconv_t)-1) iconv_close(*c);
}

static void convert(const char *from, const struct text *bytes, struct text *out) {
    _cleanup_(converter_close) iconv_t converter = iconv_open("UTF-8", from);
    char piece[1024], *in = bytes->at;
    size_t left = bytes->length;
    if (converter == (iconv_t)-1) {
        text_addn(out, bytes->at, bytes->length < out->max - out->length ? bytes->length : out->max - out->length);
        return;
    }
    while (left && !out->over) {
        char *to = piece;
        size_t room = sizeof piece, before = left;
        bool stuck = iconv(converter, &in, &left, &to, &room) == (size_t)-1 && left == before;
        text_addn(out, piece, (size_t)(to - piece));
        if (!stuck) continue;
        text_addc(out, '?');
        in++, left--;
    }
}

void mime_text(const struct mime_entity *e, struct text *out) {
    char value[MIME_VALUE], charset[NAME_MAX_BYTES] = "";
    _cleanup_(text_release) struct text bytes;
    text_init(&bytes, out->max);
    mime_bytes(e, &bytes);
    if (mime_header(e, "Content-Type", value, sizeof value)) mime_parameter(value, "charset", charset, sizeof charset);
    const char *from = converter_for(charset);
    if (!from && !utf8_valid(bytes.at, bytes.length))
        from = "GB18030"; /* said to be something else, or nothing: most likely this */
    if (from) convert(from, &bytes, out);
    else text_addn(out, bytes.at, bytes.length < out->max - out->length ? bytes.length : out->max - out->length);
}
