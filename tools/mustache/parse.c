/* parse.c - the Mustache tokeniser. */
#include "parse.h"

#include <string.h>

void parser_init(struct parser *p, const char *text, size_t length) {
    memset(p, 0, sizeof *p);
    p->text = p->next = text;
    p->end = text + length;
    p->line = 1;
    memcpy(p->open, "{{", 3);
    memcpy(p->close, "}}", 3);
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }
static bool is_space(char c) { return is_blank(c) || c == '\n' || c == '\r'; }

static const char *find(const char *from, const char *end, const char *what) {
    return from <= end ? memmem(from, (size_t)(end - from), what, strlen(what)) : NULL;
}

static void trim(struct token *t) {
    while (t->length && is_space(*t->at)) t->at++, t->length--;
    while (t->length && is_space(t->at[t->length - 1])) t->length--;
}

static struct token wrong(struct parser *p, const char *why) {
    p->next = p->end;
    return (struct token){.kind = TOKEN_WRONG, .at = why, .length = strlen(why), .line = p->line};
}

/* {{=<% %>=}}: two words. */
static bool set_delimiters(struct parser *p, const struct token *t) {
    size_t first = 0, second;
    while (first < t->length && !is_space(t->at[first])) first++;
    second = first;
    while (second < t->length && is_space(t->at[second])) second++;
    size_t rest = t->length - second;
    if (!first || !rest || first == second || first > 7 || rest > 7) return false;
    for (size_t i = second; i < t->length; i++)
        if (is_space(t->at[i]) || t->at[i] == '=') return false;
    memcpy(p->open, t->at, first);
    p->open[first] = 0;
    memcpy(p->close, t->at + second, rest);
    p->close[rest] = 0;
    return true;
}

static enum token_kind tag_kind(char sigil) {
    switch (sigil) {
    case '#': return TOKEN_SECTION;
    case '^': return TOKEN_INVERTED;
    case '/': return TOKEN_CLOSE;
    case '>': return TOKEN_PARTIAL;
    case '&': case '{': return TOKEN_MARKUP;
    case '!': case '=': return TOKEN_NOTHING;
    default: return TOKEN_VALUE;
    }
}

static void count_lines(struct parser *p, const char *from, const char *to) {
    for (; from < to; from++)
        if (*from == '\n') p->line++;
}

/* If the tag from `begin` to p->next stands alone on its line, takes the line's end away and returns the line's start. */
static const char *standalone(struct parser *p, const char *begin) {
    const char *start = begin, *stop = p->next;
    while (start > p->text && is_blank(start[-1])) start--;
    if (start > p->text && start[-1] != '\n') return begin;
    while (stop < p->end && is_blank(*stop)) stop++;
    if (stop < p->end && *stop == '\r' && stop + 1 < p->end && stop[1] == '\n') stop++;
    if (stop < p->end && *stop != '\n') return begin;
    p->next = stop < p->end ? stop + 1 : stop;
    return start;
}

/* Reads the tag at p->next (which stands at its opening delimiter). */
static struct token tag_read(struct parser *p) {
    const char *inside = p->next + strlen(p->open);
    char sigil = inside < p->end ? *inside : 0;
    struct token t = {.kind = tag_kind(sigil), .line = p->line};
    char closing[12] = "";
    if (sigil == '{') closing[0] = '}', closing[1] = 0;
    if (sigil == '=') closing[0] = '=', closing[1] = 0;
    memcpy(closing + strlen(closing), p->close, strlen(p->close) + 1);
    if (t.kind != TOKEN_VALUE) inside++;
    const char *stop = find(inside, p->end, closing);
    if (!stop) return wrong(p, "a tag is not closed");
    t.at = inside;
    t.length = (size_t)(stop - inside);
    trim(&t);
    p->next = stop + strlen(closing);
    if (t.kind == TOKEN_VALUE && t.length && t.at[0] == '_' && t.length > 1 && is_space(t.at[1])) {
        t.kind = TOKEN_SENTENCE;
        t.at++, t.length--;
        trim(&t);
    }
    if (sigil == '=' && !set_delimiters(p, &t)) return wrong(p, "delimiters are two words without = between two =");
    if (!t.length && sigil != '!') return wrong(p, "an empty tag");
    return t;
}

struct token parser_next(struct parser *p) {
    if (p->has_pending) {
        p->has_pending = false;
        return p->pending;
    }
    if (p->next >= p->end) return (struct token){.kind = TOKEN_END, .line = p->line};
    const char *from = p->next, *begin = find(from, p->end, p->open);
    struct token literal = {.kind = TOKEN_LITERAL, .at = from, .line = p->line};
    if (!begin) {
        literal.length = (size_t)(p->end - from);
        count_lines(p, from, p->end);
        p->next = p->end;
        return literal;
    }
    count_lines(p, from, begin);
    p->next = begin;
    struct token t = tag_read(p);
    const char *start = begin;
    if (t.kind != TOKEN_WRONG && t.kind != TOKEN_VALUE && t.kind != TOKEN_MARKUP && t.kind != TOKEN_SENTENCE) {
        start = standalone(p, begin);
        if (start < from) start = begin; /* white space already given belongs to what came before */
        t.indent = start;
        t.indent_length = t.kind == TOKEN_PARTIAL ? (size_t)(begin - start) : 0;
    }
    count_lines(p, begin, p->next > p->end ? p->end : p->next);
    if (start == from) return t;
    literal.length = (size_t)(start - from);
    p->pending = t;
    p->has_pending = true;
    return literal;
}
