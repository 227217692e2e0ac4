/* scan.c - the strict HTTP/1.x scanner: one step a byte, no lookahead, so that any split gives the same verdict. */
#include "net/scan.h"

#include <assert.h>
#include <string.h>

enum state {
    AT_START,
    AT_METHOD,
    AT_TARGET,
    AT_VERSION,
    AT_LINE_LF,
    AT_FIELD,
    AT_NAME,
    AT_BLANK,
    AT_VALUE,
    AT_VALUE_LF,
    AT_END_LF,
    AT_BODY,
    AT_SIZE,
    AT_SIZE_LF,
    AT_DATA,
    AT_DATA_CR,
    AT_DATA_LF,
    AT_LAST_CR,
    AT_LAST_LF,
    AT_REFUSED
};
enum form { FORM_NONE, FORM_ORIGIN, FORM_STAR, FORM_SCHEME, FORM_AUTHORITY, FORM_REST };
enum { LENGTH_DIGITS_MAX = 15, CHUNK_DIGITS_MAX = 8 };

/* Byte classes: 1 token character, 2 allowed in a target, 4 allowed in a field value. */
enum { IS_TOKEN = 1, IS_TARGET = 2, IS_VALUE = 4 };

static unsigned classes(unsigned char c) {
    unsigned k = 0;
    bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (alnum || (c && strchr("!#$%&'*+-.^_`|~", c))) k |= IS_TOKEN;
    if (c > ' ' && c != 0x7f && c != '#') k |= IS_TARGET;
    if ((c >= ' ' && c != 0x7f) || c == '\t') k |= IS_VALUE;
    return k;
}

static uint8_t class_of[256];
__attribute__((constructor)) static void classes_fill(void) {
    for (unsigned c = 0; c < 256; c++) class_of[c] = (uint8_t)classes((unsigned char)c);
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }
static bool is(char c, unsigned kind) { return class_of[(unsigned char)c] & kind; }

static bool same_caseless(const char *a, const char *b, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

void scan_init(struct scan *s) { memset(s, 0, sizeof *s); }

enum scan_phase scan_phase(const struct scan *s) {
    if (s->state == AT_START) return SCAN_IDLE;
    if (s->state == AT_REFUSED) return SCAN_REFUSED;
    return s->state < AT_BODY ? SCAN_HEADER : SCAN_BODY;
}

static bool refuse(struct scan *s, enum scan_verdict why) {
    s->verdict = (uint8_t)why;
    s->state = AT_REFUSED;
    return false;
}

static void header_begin(struct scan *s) {
    s->message_start = s->position;
    s->content_length = 0;
    s->header_length = s->target_length = 0;
    s->name_length = s->value_length = s->authority_length = s->host_length = 0;
    s->method_length = s->fields = s->minor = s->form = s->step = 0;
    s->options = s->has_host = s->has_length = s->has_transfer = s->has_type = s->has_expect = false;
}

static bool method_end(struct scan *s) {
    static const char *const never[] = {"CONNECT", "TRACE"};
    for (size_t i = 0; i < 2; i++)
        if (s->method_length == strlen(never[i]) && same_caseless(s->method, never[i], s->method_length))
            return refuse(s, SCAN_METHOD);
    s->options = s->method_length == 7 && !memcmp(s->method, "OPTIONS", 7);
    s->state = AT_TARGET;
    return true;
}

static bool method_byte(struct scan *s, char c) {
    if (s->state == AT_START) {
        header_begin(s);
        s->state = AT_METHOD;
    }
    if (c == ' ' && s->method_length) return method_end(s);
    if (c == '\n' || c == '\r') return refuse(s, SCAN_LINE_END);
    if (!is(c, IS_TOKEN) || s->method_length == sizeof s->method) return refuse(s, SCAN_METHOD);
    s->method[s->method_length++] = c;
    return true;
}

/* "http://" or "https://", a letter at a time; `step` counts the letters. */
static bool scheme_byte(struct scan *s, char c) {
    static const char plain[] = "http://";
    unsigned at = s->step++;
    if (at == 4 && lower(c) == 's') {
        s->step = 4 + 0x20; /* the s is passed; go on at "://" */
        return true;
    }
    at &= 0x1f;
    if (lower(c) != plain[at]) return refuse(s, SCAN_TARGET);
    if (at == 6) s->form = FORM_AUTHORITY;
    return true;
}

static bool target_first(struct scan *s, char c) {
    if (c == '/') s->form = FORM_ORIGIN;
    else if (c == '*' && s->options) s->form = FORM_STAR;
    else if (lower(c) == 'h') {
        s->form = FORM_SCHEME;
        s->step = 1;
    } else return refuse(s, SCAN_TARGET);
    return true;
}

static bool target_byte(struct scan *s, char c) {
    if (c == ' ') {
        bool whole = s->form == FORM_ORIGIN || s->form == FORM_STAR || s->form == FORM_REST ||
                     (s->form == FORM_AUTHORITY && s->authority_length);
        if (!whole) return refuse(s, SCAN_TARGET);
        s->state = AT_VERSION;
        s->step = 0;
        return true;
    }
    if (c == '\n' || c == '\r') return refuse(s, SCAN_VERSION); /* HTTP/0.9 */
    if (!is(c, IS_TARGET)) return refuse(s, SCAN_TARGET);
    if (++s->target_length > SCAN_TARGET_MAX) return refuse(s, SCAN_LONG_TARGET);
    switch (s->form) {
    case FORM_NONE: return target_first(s, c);
    case FORM_STAR: return refuse(s, SCAN_TARGET);
    case FORM_SCHEME: return scheme_byte(s, c);
    case FORM_AUTHORITY:
        if (c == '/' || c == '?') {
            if (!s->authority_length) return refuse(s, SCAN_TARGET);
            s->form = FORM_REST;
        } else {
            if (s->authority_length == SCAN_HOST_MAX) return refuse(s, SCAN_TARGET);
            s->authority[s->authority_length++] = c;
        }
        return true;
    default: return true;
    }
}

static bool version_byte(struct scan *s, char c) {
    static const char version[] = "HTTP/1.";
    if (s->step < 7) return c == version[s->step++] ? true : refuse(s, SCAN_VERSION);
    if (s->step == 7) {
        if (c != '0' && c != '1') return refuse(s, SCAN_VERSION);
        s->minor = (uint8_t)(c - '0');
        s->step++;
        return true;
    }
    if (c == '\n') return refuse(s, SCAN_LINE_END);
    if (c != '\r') return refuse(s, SCAN_VERSION);
    s->state = AT_LINE_LF;
    return true;
}

/* Headers whose value matters to framing or routing. */
enum field { FIELD_OTHER, FIELD_HOST, FIELD_LENGTH, FIELD_TRANSFER, FIELD_TYPE, FIELD_EXPECT };

static enum field field_of(const struct scan *s) {
    static const struct {
        const char *name;
        uint8_t length, field;
    } table[] = {{"host", 4, FIELD_HOST},
                 {"content-length", 14, FIELD_LENGTH},
                 {"transfer-encoding", 17, FIELD_TRANSFER},
                 {"content-type", 12, FIELD_TYPE},
                 {"expect", 6, FIELD_EXPECT}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (s->name_length == table[i].length && !memcmp(s->name, table[i].name, table[i].length)) return table[i].field;
    return FIELD_OTHER;
}

static bool name_byte(struct scan *s, char c) {
    if (c == ':') {
        enum field f = field_of(s);
        bool *seen = f == FIELD_HOST     ? &s->has_host
                   : f == FIELD_LENGTH   ? &s->has_length
                   : f == FIELD_TRANSFER ? &s->has_transfer
                   : f == FIELD_TYPE     ? &s->has_type
                   : f == FIELD_EXPECT   ? &s->has_expect
                                         : NULL;
        if (seen && *seen) return refuse(s, SCAN_DUPLICATE);
        if (seen) *seen = true;
        if (s->has_length && s->has_transfer) return refuse(s, SCAN_BOTH_LENGTHS);
        s->step = (uint8_t)(f == FIELD_TYPE ? FIELD_OTHER : f);
        s->value_length = 0;
        s->state = AT_BLANK;
        return true;
    }
    if (!is(c, IS_TOKEN)) return refuse(s, SCAN_NAME);
    if (s->name_length < sizeof s->name) s->name[s->name_length] = lower(c);
    if (s->name_length <= sizeof s->name) s->name_length++; /* one past the buffer means: a name of no interest */
    return true;
}

static bool digits(const char *at, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (at[i] < '0' || at[i] > '9') return false;
    return length > 0;
}

/* name[:port] or [IPv6][:port]; at least one character of name, port 1–65535. */
static bool host_fine(const char *h, size_t length) {
    size_t i = 0;
    if (length && h[0] == '[') {
        for (i = 1; i < length && h[i] != ']'; i++)
            if (!(digits(&h[i], 1) || (lower(h[i]) >= 'a' && lower(h[i]) <= 'f') || h[i] == ':' || h[i] == '.')) return false;
        if (i < 3 || i >= length) return false;
        i++;
    } else {
        for (; i < length && h[i] != ':'; i++)
            if (!(digits(&h[i], 1) || (lower(h[i]) >= 'a' && lower(h[i]) <= 'z') || h[i] == '.' || h[i] == '-' || h[i] == '_'))
                return false;
        if (!i) return false;
    }
    if (i == length) return true;
    size_t port = length - i - 1;
    if (h[i] != ':' || port > 5 || !digits(h + i + 1, port)) return false;
    unsigned n = 0;
    for (size_t k = i + 1; k < length; k++) n = n * 10 + (unsigned)(h[k] - '0');
    return n >= 1 && n <= 65535;
}

static bool length_end(struct scan *s) {
    if (!digits(s->value, s->value_length) || s->value_length > LENGTH_DIGITS_MAX) return refuse(s, SCAN_CONTENT_LENGTH);
    if (s->value_length > 1 && s->value[0] == '0') return refuse(s, SCAN_CONTENT_LENGTH);
    for (size_t i = 0; i < s->value_length; i++) s->content_length = s->content_length * 10 + (uint64_t)(s->value[i] - '0');
    return true;
}

/* The value of an interesting header is complete. Blanks after it are refused, too: readers differ on whether they belong to it. */
static bool value_end(struct scan *s) {
    size_t n = s->value_length;
    switch ((enum field)s->step) {
    case FIELD_HOST:
        if (n > SCAN_HOST_MAX || !host_fine(s->value, n)) return refuse(s, SCAN_HOST);
        memcpy(s->host, s->value, n);
        s->host_length = (uint16_t)n;
        return true;
    case FIELD_LENGTH: return length_end(s);
    case FIELD_TRANSFER: return n == 7 && same_caseless(s->value, "chunked", 7) && s->minor == 1 ? true : refuse(s, SCAN_TRANSFER);
    case FIELD_EXPECT: return n == 12 && same_caseless(s->value, "100-continue", 12) ? true : refuse(s, SCAN_EXPECT);
    default: return true;
    }
}

static bool value_byte(struct scan *s, char c) {
    if (c == '\r') {
        s->state = AT_VALUE_LF;
        return s->step == FIELD_OTHER ? true : value_end(s);
    }
    if (c == '\n') return refuse(s, SCAN_LINE_END);
    if (!is(c, IS_VALUE)) return refuse(s, SCAN_VALUE);
    if (s->state == AT_BLANK && (c == ' ' || c == '\t')) return true;
    s->state = AT_VALUE;
    if (s->step == FIELD_OTHER) return true;
    s->value[s->value_length < SCAN_VALUE_MAX - 1 ? s->value_length : SCAN_VALUE_MAX - 1] = c;
    if (s->value_length < SCAN_VALUE_MAX) s->value_length++; /* SCAN_VALUE_MAX is too long for every field of interest */
    return true;
}

static bool field_byte(struct scan *s, char c) {
    if (c == '\r') {
        s->state = AT_END_LF;
        return true;
    }
    if (c == ' ' || c == '\t') return refuse(s, SCAN_FOLD);
    if (c == '\n') return refuse(s, SCAN_LINE_END);
    if (c == ':') return refuse(s, SCAN_NAME);
    if (++s->fields > SCAN_FIELDS_MAX) return refuse(s, SCAN_LONG_HEADER);
    s->name_length = 0;
    s->state = AT_NAME;
    return name_byte(s, c);
}

static void message_end(struct scan *s) {
    s->messages++;
    s->state = AT_START;
}

static bool header_end(struct scan *s) {
    if (!s->has_host && s->minor == 1) return refuse(s, SCAN_HOST);
    bool absolute = s->form == FORM_AUTHORITY || s->form == FORM_REST;
    if (absolute && (s->authority_length != s->host_length || !same_caseless(s->authority, s->host, s->host_length)))
        return refuse(s, SCAN_HOST);
    s->headers++;
    s->chunk_digits = 0;
    s->body_left = s->has_length ? s->content_length : 0;
    if (s->has_transfer) s->state = AT_SIZE;
    else if (s->body_left) s->state = AT_BODY;
    else message_end(s);
    return true;
}

static bool header_byte(struct scan *s, char c) {
    if (s->state != AT_START && ++s->header_length > SCAN_HEADER_MAX) return refuse(s, SCAN_LONG_HEADER);
    switch ((enum state)s->state) {
    case AT_START:
    case AT_METHOD: return method_byte(s, c);
    case AT_TARGET: return target_byte(s, c);
    case AT_VERSION: return version_byte(s, c);
    case AT_LINE_LF:
    case AT_VALUE_LF: s->state = AT_FIELD; return c == '\n' ? true : refuse(s, SCAN_LINE_END);
    case AT_FIELD: return field_byte(s, c);
    case AT_NAME: return name_byte(s, c);
    case AT_BLANK:
    case AT_VALUE: return value_byte(s, c);
    case AT_END_LF: return c == '\n' ? header_end(s) : refuse(s, SCAN_LINE_END);
    default: assert(0); return false;
    }
}

static bool size_byte(struct scan *s, char c) {
    int digit = c >= '0' && c <= '9' ? c - '0' : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
    if (digit >= 0) {
        if (s->chunk_digits++ == CHUNK_DIGITS_MAX) return refuse(s, SCAN_CHUNK);
        s->body_left = s->body_left * 16 + (uint64_t)digit;
        return true;
    }
    if (c != '\r' || !s->chunk_digits) return refuse(s, SCAN_CHUNK);
    s->state = AT_SIZE_LF;
    return true;
}

static bool chunk_byte(struct scan *s, char c) {
    static const struct {
        char wanted;
        uint8_t next;
    } table[] = {[AT_SIZE_LF] = {'\n', AT_DATA},
                 [AT_DATA_CR] = {'\r', AT_DATA_LF},
                 [AT_DATA_LF] = {'\n', AT_SIZE},
                 [AT_LAST_CR] = {'\r', AT_LAST_LF},
                 [AT_LAST_LF] = {'\n', AT_START}};
    if (s->state == AT_SIZE) return size_byte(s, c);
    if (c != table[s->state].wanted) return refuse(s, SCAN_CHUNK);
    if (s->state == AT_LAST_LF) {
        message_end(s);
        return true;
    }
    bool last = s->state == AT_SIZE_LF && !s->body_left;
    s->state = last ? AT_LAST_CR : table[s->state].next;
    if (s->state == AT_SIZE) s->chunk_digits = 0;
    return true;
}

/* Takes body bytes at once; returns how many. */
static size_t body_skip(struct scan *s, size_t length) {
    size_t n = s->body_left < length ? (size_t)s->body_left : length;
    s->body_left -= n;
    if (!s->body_left) {
        if (s->state == AT_DATA) s->state = AT_DATA_CR;
        else message_end(s);
    }
    return n;
}

/* The bytes of one plain header value up to the first that needs a decision. */
static size_t value_skip(struct scan *s, const char *bytes, size_t length) {
    size_t room = SCAN_HEADER_MAX - s->header_length, n = 0;
    if (length > room) length = room;
    while (n < length && is(bytes[n], IS_VALUE)) n++;
    s->header_length += (uint32_t)n;
    return n;
}

size_t scan_feed(struct scan *s, const char *bytes, size_t length) {
    size_t i = 0;
    while (i < length && s->state != AT_REFUSED) {
        size_t n;
        if (s->state == AT_BODY || s->state == AT_DATA) n = body_skip(s, length - i);
        else if (s->state == AT_VALUE && s->step == FIELD_OTHER && (n = value_skip(s, bytes + i, length - i))) {
        } else n = (s->state > AT_BODY ? chunk_byte(s, bytes[i]) : header_byte(s, bytes[i])) ? 1 : 0;
        i += n;
        s->position += n;
    }
    return i;
}

int scan_status(enum scan_verdict verdict) {
    return verdict == SCAN_LONG_TARGET ? 414 : verdict == SCAN_LONG_HEADER ? 431 : verdict == SCAN_EXPECT ? 417 : 400;
}

const char *scan_word(enum scan_verdict verdict) {
    static const char *const words[SCAN_VERDICT_COUNT] = {"fine",
                                                          "method",
                                                          "target",
                                                          "version",
                                                          "line end",
                                                          "header name",
                                                          "folded header",
                                                          "header value",
                                                          "repeated header",
                                                          "host",
                                                          "content length",
                                                          "transfer encoding",
                                                          "content length beside transfer encoding",
                                                          "expect",
                                                          "chunk",
                                                          "target too long",
                                                          "header too long"};
    return verdict < SCAN_VERDICT_COUNT ? words[verdict] : "unknown";
}
