/* compile.c - from tokens to operations: names, contexts, sections, partials, and the sentences of the catalogue. */
#include "compile.h"

#include "context.h"
#include "parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NESTING_MAX = 32, VARIANTS_MAX = 500, ERRORS_MAX = 1 << 20 };

struct mustache_piece { struct mustache_piece *older; };

/* One program to make: a source, with the indentation of the standalone partial tag that calls it. */
struct variant { size_t source; char *indent; uint32_t start; };
struct section { const char *name; size_t length, op, partner; unsigned line; bool inverted, otherwise; struct html_place place; };

struct compiler {
    const struct mustache_source *sources;
    size_t count;
    bool html;
    struct mustache_output *out;
    struct variant variants[VARIANTS_MAX];
    size_t variant_count;
    /* the program being made */
    const struct mustache_source *source;
    const char *indent;
    unsigned line;
    struct html_place place;
    struct section sections[NESTING_MAX];
    size_t depth;
    struct section closed; /* the section whose {{/name}} is the last operation */
    size_t closed_end;     /* one past that operation */
    size_t literal; /* where the literal of the next operation begins */
    bool in_space;  /* the last byte given is squeezed white space */
};

static void *piece_new(struct mustache_output *out, size_t size) {
    struct mustache_piece *p = calloc(1, sizeof *p + size);
    if (!p) abort();
    p->older = out->pieces;
    out->pieces = p;
    return p + 1;
}

static char *piece_copy(struct mustache_output *out, const char *at, size_t length) {
    return memcpy(piece_new(out, length + 1), at, length);
}

/* Room for one more element of an array that doubles; the arrays are freed by mustache_release(). */
static void *array_more(void *array, size_t count, size_t size) {
    if (count & (count - 1)) return array;
    void *p = realloc(array, (count ? count * 2 : 1) * size);
    if (!p) abort();
    return p;
}

__attribute__((format(printf, 3, 4))) static void error_add(struct compiler *c, unsigned line, const char *format, ...) {
    struct mustache_output *out = c->out;
    char text[600];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char *all = NULL;
    if (out->errors_length > ERRORS_MAX) return;
    int n = asprintf(&all, "%s%s:%u: %s\n", out->errors ? out->errors : "", c->source->name, line, text);
    if (n < 0) abort();
    free(out->errors);
    out->errors = all;
    out->errors_length = (size_t)n;
}

static struct template_op *op_add(struct compiler *c, enum template_code code) {
    struct mustache_output *out = c->out;
    out->ops = array_more(out->ops, out->op_count, sizeof *out->ops);
    struct template_op *op = &out->ops[out->op_count++];
    *op = (struct template_op){.code = (uint8_t)code, .literal = (uint32_t)c->literal, .literal_length = (uint32_t)(out->literal_length - c->literal)};
    c->literal = out->literal_length;
    return op;
}

static void byte_add(struct compiler *c, char byte) {
    struct mustache_output *out = c->out;
    out->literals = array_more(out->literals, out->literal_length, 1);
    out->literals[out->literal_length++] = byte;
}

static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

static void literal_add(struct compiler *c, const char *at, size_t length) {
    for (size_t i = 0; i < length; i++) {
        bool squeeze = c->html && is_space(at[i]) && !c->place.keep && c->place.state != HTML_VALUE;
        const char *wrong = c->html ? html_step(&c->place, at[i]) : NULL;
        if (wrong) {
            error_add(c, c->line, "%s", wrong);
            return;
        }
        if (!squeeze) byte_add(c, at[i]);
        /* A run of white space is its newline if it has one, else one space. */
        if (squeeze && !c->in_space) {
            size_t run = 0;
            while (i + run < length && is_space(at[i + run])) run++;
            byte_add(c, memchr(at + i, '\n', run) ? '\n' : ' ');
        }
        c->in_space = squeeze;
        if (at[i] == '\n') c->line++;
    }
}

static uint16_t key_number(struct compiler *c, const char *at, size_t length) {
    struct mustache_output *out = c->out;
    for (size_t i = 0; i < out->key_count; i++)
        if (strlen(out->keys[i]) == length && !memcmp(out->keys[i], at, length)) return (uint16_t)(i + 1);
    if (out->key_count >= UINT16_MAX - 1) return 0;
    out->keys = array_more(out->keys, out->key_count, sizeof *out->keys);
    out->keys[out->key_count++] = piece_copy(out, at, length);
    return (uint16_t)out->key_count;
}

static bool key_valid(const struct compiler *c, const char *at, size_t length) {
    if (!length) return false;
    for (size_t i = 0; i < length; i++) {
        char b = at[i];
        bool letter = (b >= 'a' && b <= 'z') || b == '_', digit = b >= '0' && b <= '9';
        if (c->html ? !(letter || (digit && i)) : is_space(b)) return false;
    }
    return true;
}

/* Fills the operation's name from "a", "a.b.c", "." or ".a". */
static void name_set(struct compiler *c, size_t op_index, const char *at, size_t length) {
    struct mustache_output *out = c->out;
    const char *end = at + length;
    if (length == 1 && *at == '.') return;
    if (length && *at == '.') {
        out->ops[op_index].flags |= TEMPLATE_HERE;
        at++;
    }
    bool first = true, dotted = memchr(at, '.', (size_t)(end - at)) != NULL;
    for (;;) {
        const char *stop = memchr(at, '.', (size_t)(end - at));
        if (!stop) stop = end;
        if (!key_valid(c, at, (size_t)(stop - at))) {
            error_add(c, c->line, "\"%.*s\" is not a name", (int)length, end - length);
            return;
        }
        uint16_t key = key_number(c, at, (size_t)(stop - at));
        if (first) {
            out->ops[op_index].key = key;
            out->ops[op_index].more = dotted;
            out->ops[op_index].path = (uint16_t)out->path_count;
        } else {
            out->paths = array_more(out->paths, out->path_count, sizeof *out->paths);
            out->paths[out->path_count++] = key;
        }
        first = false;
        if (stop == end) break;
        at = stop + 1;
    }
    if (!dotted) return;
    out->paths = array_more(out->paths, out->path_count, sizeof *out->paths);
    out->paths[out->path_count++] = 0;
}

/* The context of a value at this place; false after an error. */
static bool context_find(struct compiler *c, bool sentence, enum template_context *context) {
    *context = TEMPLATE_TEXT;
    if (!c->html || c->place.state == HTML_TEXT) return true;
    if (c->place.state == HTML_BEFORE_VALUE) return error_add(c, c->line, "a tag in an attribute without quotes"), false;
    if (c->place.state != HTML_VALUE) return error_add(c, c->line, "a tag may stand only in text and in quoted attributes"), false;
    if (c->place.kind == ATTR_FORBIDDEN) return error_add(c, c->line, "a tag in attribute %s", c->place.attr), false;
    *context = TEMPLATE_ATTR;
    if (c->place.kind != ATTR_URL) return true;
    if (sentence) return error_add(c, c->line, "a sentence in an address"), false;
    if (c->place.url == URL_UNSURE) return error_add(c, c->line, "it is not sure whether this tag begins the address"), false;
    *context = c->place.url == URL_START ? TEMPLATE_URL : TEMPLATE_ARG;
    c->place.url = URL_INSIDE;
    return true;
}

static bool ends_with(const struct token *t, const char *tail) {
    size_t n = strlen(tail);
    return t->length > n && !memcmp(t->at + t->length - n, tail, n);
}

static void value_add(struct compiler *c, const struct token *t) {
    enum template_context context;
    bool markup = t->kind == TOKEN_MARKUP;
    if (!context_find(c, false, &context)) return;
    if (c->html && markup && !ends_with(t, "_html")) {
        error_add(c, t->line, "{{{%.*s}}}: only keys that end in _html may stand unescaped", (int)t->length, t->at);
        return;
    }
    if (c->html && !markup && ends_with(t, "_html")) {
        error_add(c, t->line, "{{%.*s}} is markup: write three braces, in text", (int)t->length, t->at);
        return;
    }
    if (markup && context != TEMPLATE_TEXT) {
        error_add(c, t->line, "markup may stand only in text");
        return;
    }
    op_add(c, TEMPLATE_VALUE)->context = (uint8_t)(markup ? TEMPLATE_MARKUP : context);
    name_set(c, c->out->op_count - 1, t->at, t->length);
    c->in_space = false;
}

static uint32_t sentence_number(struct compiler *c, const char *at, size_t length) {
    struct mustache_output *out = c->out;
    for (size_t i = 0; i < out->sentence_count; i++)
        if (strlen(out->sentences[i].text) == length && !memcmp(out->sentences[i].text, at, length)) return (uint32_t)i;
    out->sentences = array_more(out->sentences, out->sentence_count, sizeof *out->sentences);
    out->sentences[out->sentence_count] = (struct mustache_sentence){piece_copy(out, at, length), c->source->name, c->line};
    return (uint32_t)out->sentence_count++;
}

/* {{_ 共 {0} 条 | count}}: every {n} needs its name, and every name its {n}. */
static bool arguments_agree(const struct token *t, size_t length, unsigned args) {
    unsigned seen = 0;
    for (size_t i = 0; i + 2 < length; i++)
        if (t->at[i] == '{' && t->at[i + 1] >= '0' && t->at[i + 1] <= '9' && t->at[i + 2] == '}') seen |= 1U << (t->at[i + 1] - '0');
    return args <= 4 && seen == (1U << args) - 1;
}

static void sentence_add(struct compiler *c, const struct token *t) {
    enum template_context context;
    if (!context_find(c, true, &context)) return;
    const char *end = t->at + t->length, *bar = memmem(t->at, t->length, " | ", 3);
    size_t length = bar ? (size_t)(bar - t->at) : t->length, sentence = c->out->op_count;
    struct template_op *op = op_add(c, TEMPLATE_SENTENCE);
    op->context = (uint8_t)context;
    op->at = sentence_number(c, t->at, length);
    unsigned args = 0;
    for (const char *p = bar ? bar + 3 : end; p < end;) {
        size_t n = 0;
        while (p + n < end && !is_space(p[n])) n++;
        op_add(c, TEMPLATE_VALUE)->context = TEMPLATE_TEXT;
        name_set(c, c->out->op_count - 1, p, n);
        for (args++, p += n; p < end && is_space(*p);) p++;
    }
    c->out->ops[sentence].length = args;
    if (!arguments_agree(t, length, args)) error_add(c, t->line, "{0}, {1} … and the names after | do not agree (at most four)");
    c->in_space = false;
}

static void section_open(struct compiler *c, const struct token *t) {
    const char *wrong = c->html ? html_edge(&c->place) : NULL;
    if (wrong || c->depth >= NESTING_MAX) {
        error_add(c, t->line, "%s", wrong ? wrong : "sections nested too deep");
        return;
    }
    struct section *s = &c->sections[c->depth++];
    *s = (struct section){t->at, t->length, c->out->op_count, c->closed.op, t->line, t->kind == TOKEN_INVERTED, false, c->place};
    /* {{#name}}…{{/name}}{{^name}}…{{/name}} is an if with its else: the name is looked up once. */
    bool touching = c->closed_end == s->op && s->op && c->literal == c->out->literal_length;
    s->otherwise = s->inverted && touching && c->closed.length == s->length && !memcmp(c->closed.name, s->name, s->length);
    op_add(c, s->inverted ? TEMPLATE_INVERTED : TEMPLATE_SECTION);
    bool once = c->html && t->length > 1 && t->at[t->length - 1] == '?';
    if (once) c->out->ops[s->op].flags |= TEMPLATE_ONCE;
    name_set(c, s->op, t->at, t->length - once);
    c->in_space = false;
}

static void section_close(struct compiler *c, const struct token *t) {
    struct section *s = c->depth ? &c->sections[c->depth - 1] : NULL;
    if (!s || s->length != t->length || memcmp(s->name, t->at, t->length) != 0) {
        error_add(c, t->line, "{{/%.*s}} closes no section open here", (int)t->length, t->at);
        return;
    }
    c->depth--;
    const char *wrong = c->html ? html_edge(&c->place) : NULL;
    if (wrong || (c->html && !html_join(&s->place, &c->place)))
        error_add(c, t->line, "section %.*s of line %u ends in another place of the page than it began", (int)t->length, t->at, s->line);
    c->place = s->place;
    if (!s->inverted) op_add(c, TEMPLATE_CLOSE)->at = (uint32_t)s->op + 1;
    if (s->inverted && c->literal != c->out->literal_length) op_add(c, TEMPLATE_LITERAL);
    uint32_t end = (uint32_t)c->out->op_count;
    c->out->ops[s->op].at = end;
    if (s->otherwise) {
        c->out->ops[s->partner].at = (uint32_t)s->op + 1;
        c->out->ops[s->op - 1].length = end;
    }
    c->closed_end = s->inverted ? 0 : end;
    if (!s->inverted) c->closed = *s;
    c->in_space = false;
}

static bool variant_find(struct compiler *c, size_t source, const char *indent, size_t length, size_t *found) {
    for (size_t i = 0; i < c->variant_count; i++) {
        const struct variant *v = &c->variants[i];
        if (v->source == source && strlen(v->indent) == length && !memcmp(v->indent, indent, length)) return *found = i, true;
    }
    if (c->variant_count >= VARIANTS_MAX) return false;
    c->variants[c->variant_count] = (struct variant){source, piece_copy(c->out, indent, length), 0};
    return *found = c->variant_count++, true;
}

static void partial_add(struct compiler *c, const struct token *t) {
    size_t source = 0, variant;
    while (source < c->count && (strlen(c->sources[source].name) != t->length || memcmp(c->sources[source].name, t->at, t->length) != 0)) source++;
    if (source == c->count) {
        if (c->html) error_add(c, t->line, "no template is named %.*s", (int)t->length, t->at);
        return;
    }
    if (c->html && c->place.state != HTML_TEXT) {
        error_add(c, t->line, "a partial may stand only in text");
        return;
    }
    /* The source already has this program's own indentation before the tag. */
    if (!variant_find(c, source, c->html ? "" : t->indent, c->html ? 0 : t->indent_length, &variant)) {
        error_add(c, t->line, "partials call each other with ever more indentation");
        return;
    }
    op_add(c, TEMPLATE_CALL)->at = (uint32_t)variant; /* becomes its start when all are made */
    c->in_space = false;
}

static void token_compile(struct compiler *c, const struct token *t) {
    c->line = t->line;
    switch (t->kind) {
    case TOKEN_LITERAL: literal_add(c, t->at, t->length); break;
    case TOKEN_VALUE:
    case TOKEN_MARKUP: value_add(c, t); break;
    case TOKEN_SENTENCE: sentence_add(c, t); break;
    case TOKEN_SECTION:
    case TOKEN_INVERTED: section_open(c, t); break;
    case TOKEN_CLOSE: section_close(c, t); break;
    case TOKEN_PARTIAL: partial_add(c, t); break;
    case TOKEN_WRONG: error_add(c, t->line, "%s", t->at); break;
    case TOKEN_NOTHING:
    case TOKEN_END: break;
    }
}

/* The source with the indentation before each of its lines. */
static char *text_indent(struct compiler *c, const struct variant *v, size_t *length) {
    const struct mustache_source *s = &c->sources[v->source];
    size_t lines = 1, n = strlen(v->indent), used = 0;
    for (size_t i = 0; i < s->length; i++) lines += s->text[i] == '\n';
    char *out = piece_new(c->out, s->length + lines * n + 1);
    for (size_t i = 0; i < s->length; i++) {
        if (!i || s->text[i - 1] == '\n') {
            memcpy(out + used, v->indent, n);
            used += n;
        }
        out[used++] = s->text[i];
    }
    *length = used;
    return out;
}

static void variant_compile(struct compiler *c, size_t index) {
    struct variant *v = &c->variants[index];
    size_t length;
    c->source = &c->sources[v->source];
    char *text = text_indent(c, v, &length);
    v->start = (uint32_t)c->out->op_count;
    c->place = (struct html_place){0};
    c->depth = 0;
    c->in_space = false;
    c->closed_end = 0;
    struct parser p;
    parser_init(&p, text, length);
    for (struct token t = parser_next(&p); t.kind != TOKEN_END && c->out->errors_length < ERRORS_MAX; t = parser_next(&p))
        token_compile(c, &t);
    if (c->depth) error_add(c, c->sections[c->depth - 1].line, "section %.*s is not closed", (int)c->sections[c->depth - 1].length,
                            c->sections[c->depth - 1].name);
    if (c->html && c->place.state != HTML_TEXT && !c->out->errors) error_add(c, p.line, "the template ends inside a tag");
    op_add(c, TEMPLATE_END);
}

bool mustache_compile(const struct mustache_source *sources, size_t count, bool html, struct mustache_output *out) {
    struct compiler *c = calloc(1, sizeof *c);
    size_t variant;
    if (!c) abort();
    *out = (struct mustache_output){.source_count = count};
    c->sources = sources;
    c->count = count;
    c->html = html;
    c->out = out;
    for (size_t i = 0; i < count; i++)
        if (!variant_find(c, i, "", 0, &variant)) abort();
    for (size_t i = 0; i < c->variant_count; i++) variant_compile(c, i);
    out->starts = calloc(count + 1, sizeof *out->starts);
    if (!out->starts) abort();
    for (size_t i = 0; i < count; i++) out->starts[i] = c->variants[i].start;
    for (size_t i = 0; i < out->op_count; i++)
        if (out->ops[i].code == TEMPLATE_CALL) out->ops[i].at = c->variants[out->ops[i].at].start;
    free(c);
    return !out->errors;
}

void mustache_release(struct mustache_output *out) {
    while (out->pieces) {
        struct mustache_piece *older = out->pieces->older;
        free(out->pieces);
        out->pieces = older;
    }
    free(out->ops);
    free(out->literals);
    free(out->paths);
    free(out->starts);
    free(out->keys);
    free(out->sentences);
    free(out->errors);
    *out = (struct mustache_output){0};
}
