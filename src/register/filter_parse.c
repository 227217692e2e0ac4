/* filter_parse.c - from the text of a filter to its tree: words, brackets and their limits; typing is in filter_type.c. */
#include "register/filter_parse.h"

#include "access/access.h"
#include "base/utf8.h"

#include <string.h>
#include <strings.h>

enum { WITHIN_MAX = 400 };

/* --- words --- */

static const struct {
    const char *sign;
    enum token_kind kind;
} signs[] = {
    {"!=", TOKEN_UNEQUAL},      {"<=", TOKEN_LESS_EQUAL},   {">=", TOKEN_MORE_EQUAL}, {"！＝", TOKEN_UNEQUAL},
    {"＜＝", TOKEN_LESS_EQUAL}, {"＞＝", TOKEN_MORE_EQUAL}, {"≠", TOKEN_UNEQUAL},     {"≤", TOKEN_LESS_EQUAL},
    {"≥", TOKEN_MORE_EQUAL},    {"=", TOKEN_EQUAL},         {"＝", TOKEN_EQUAL},      {"<", TOKEN_LESS},
    {"＜", TOKEN_LESS},         {">", TOKEN_MORE},          {"＞", TOKEN_MORE},       {":", TOKEN_HAS},
    {"：", TOKEN_HAS},          {"(", TOKEN_OPEN},          {"（", TOKEN_OPEN},       {")", TOKEN_CLOSE},
    {"）", TOKEN_CLOSE},        {",", TOKEN_COMMA},         {"，", TOKEN_COMMA},      {"~", TOKEN_TILDE},
    {"～", TOKEN_TILDE},
};
static const char *const plain_quotes[] = {"\"", "＂"}, *const curly_quotes[] = {"“", "”"};
static const char *const blanks[] = {" ", "\t", "\n", "\r", "\u3000", "\u00a0"};
static const char *const others[] = {"!", "！"}; /* kept for what the language may yet need */

/* Length of the one of `words` that s begins with, or 0. */
static size_t one_of(const char *s, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!strncmp(s, words[i], strlen(words[i]))) return strlen(words[i]);
    return 0;
}

static size_t sign_at(const char *s, enum token_kind *kind) {
    for (size_t i = 0; i < COUNT_OF(signs); i++) {
        if (strncmp(s, signs[i].sign, strlen(signs[i].sign))) continue;
        *kind = signs[i].kind;
        return strlen(signs[i].sign);
    }
    return 0;
}

static bool word_goes_on(const char *s) {
    enum token_kind kind;
    if (!*s || (unsigned char)*s < 0x20 || *s == 0x7f || sign_at(s, &kind)) return false;
    return !one_of(s, plain_quotes, 2) && !one_of(s, curly_quotes, 2) && !one_of(s, blanks, COUNT_OF(blanks)) &&
           !one_of(s, others, COUNT_OF(others));
}

const char *parse_slice(const struct parse *p, size_t from, size_t to) { return arena_copyn(p->arena, p->text + from, to - from); }

const char *parse_place(const struct parse *p, size_t at) {
    size_t characters = 1;
    for (size_t i = 0; i < at; i++) characters += ((unsigned char)p->text[i] & 0xc0) != 0x80;
    return arena_format(p->arena, "%zu", characters);
}

/* A text in quotes; \" \\ and \n stand for a quote, a backslash and a line end. */
static enum fault read_quoted(struct parse *p, size_t opening) {
    const char *s = p->text + p->now.at;
    const char *const *ends = one_of(s, plain_quotes, 2) ? plain_quotes : curly_quotes;
    const char *close = s + opening;
    for (; *close && !one_of(close, ends, 2); close++)
        if (close[0] == '\\' && close[1]) close++;
    if (!*close) return PARSE_FAIL(p, p->now.at, "引号没有结束：应形如 {0}", "\"消防\"");
    char *out = arena_alloc(p->arena, (size_t)(close - s) + 1), *to = out;
    for (s += opening; s < close;) {
        if (*s == '\\') {
            size_t quote = one_of(s + 1, plain_quotes, 2) + one_of(s + 1, curly_quotes, 2);
            if (!quote && s[1] != '\\' && s[1] != 'n')
                return PARSE_FAIL(p, (size_t)(s - p->text), "反斜线后面应为引号、反斜线或 n，如 {0}", "\"C:\\\\目录\"");
            s++;
            if (*s == 'n') *to++ = '\n', s++;
            else
                for (quote = quote ? quote : 1; quote; quote--) *to++ = *s++;
        } else {
            *to++ = *s++;
        }
    }
    p->now.kind = TOKEN_QUOTED;
    p->now.text = out;
    p->now.end = (size_t)(s - p->text) + one_of(s, ends, 2);
    return FAULT_NONE;
}

static enum fault next_token(struct parse *p) {
    p->last_end = p->now.end;
    size_t at = p->now.end, n;
    while ((n = one_of(p->text + at, blanks, COUNT_OF(blanks)))) at += n;
    p->now = (struct token){.kind = TOKEN_END, .at = at, .end = at, .text = ""};
    const char *s = p->text + at;
    if (!*s) return FAULT_NONE;
    if ((n = one_of(s, plain_quotes, 2) + one_of(s, curly_quotes, 2))) return read_quoted(p, n);
    n = sign_at(s, &p->now.kind);
    if (!n) {
        p->now.kind = TOKEN_WORD;
        while (word_goes_on(s + n))
            n++; /* every sign, quote and blank begins with a leading byte, so it cannot match inside a character */
        if (!n) {
            uint32_t c;
            n = utf8_decode(s, strlen(s), &c);
            return PARSE_FAIL(p, at, "这里不能有“{0}”；文字请加引号，如 {1}",
                              c < 0x20 || c == 0x7f ? "?" : parse_slice(p, at, at + n), "title = \"甲，乙\"");
        }
    }
    p->now.end = at + n;
    p->now.text = parse_slice(p, at, at + n);
    return FAULT_NONE;
}

static bool is_keyword(const struct token *t, const char *word) { return t->kind == TOKEN_WORD && !strcasecmp(t->text, word); }

/* --- the tree --- */

static enum fault parse_sequence(struct parse *p, struct node **out);

static struct node *node_new(struct parse *p, enum node_kind kind, struct node *first) {
    struct node *n = arena_new(p->arena, struct node);
    n->kind = kind;
    n->first = first;
    return n;
}

static bool token_operation(enum token_kind kind, enum operation *op) {
    static const enum operation operations[] = {
        [TOKEN_EQUAL] = OP_EQUAL, [TOKEN_UNEQUAL] = OP_UNEQUAL,       [TOKEN_LESS] = OP_LESS, [TOKEN_LESS_EQUAL] = OP_LESS_EQUAL,
        [TOKEN_MORE] = OP_MORE,   [TOKEN_MORE_EQUAL] = OP_MORE_EQUAL, [TOKEN_HAS] = OP_HAS};
    if (kind < TOKEN_EQUAL || kind > TOKEN_HAS) return false;
    *op = operations[kind];
    return true;
}

static void take_parameters(struct parse *p, struct node *n) {
    n->compare.parameter = n->parameter = p->parameters;
    p->parameters += n->kind == NODE_COMPARE ? comparison_parameters(&n->compare) : n->kind == NODE_WITHIN ? (int)n->unit_count : 1;
}

/* field in (a, b): one of these; `like` has the subject already. */
static enum fault parse_in(struct parse *p, const struct node *like, struct node **out) {
    struct token sign = p->now;
    struct node *last = NULL, *any = node_new(p, NODE_OR, NULL);
    enum fault f = next_token(p);
    if (!f && p->now.kind != TOKEN_OPEN)
        return PARSE_FAIL(p, p->now.at, "in 后面应为括号里的几个值，如 {0}", "grade in (grave, ordinary)");
    do {
        struct node *n = node_new(p, NODE_COMPARE, NULL);
        n->compare = like->compare;
        n->compare.op = n->compare.sort == SORT_SET || n->compare.sort == SORT_RECORDS ? OP_HAS : OP_EQUAL;
        if (++p->comparisons > FILTER_COMPARISONS)
            return PARSE_FAIL(p, sign.at, "条件太多：最多 {0} 个", arena_int(p->arena, FILTER_COMPARISONS));
        if (!f) f = next_token(p);
        if (!f && p->now.kind != TOKEN_WORD && p->now.kind != TOKEN_QUOTED)
            return PARSE_FAIL(p, p->now.at, "“{0}”后面应为值；文字请加引号，如 {1}", parse_slice(p, sign.at, sign.end), "\"消防\"");
        if (!f) f = type_value(p, &sign, &n->compare);
        if (!f) f = next_token(p);
        if (f) return f;
        take_parameters(p, n);
        if (last) last->next = n;
        else any->first = n;
        last = n;
    } while (p->now.kind == TOKEN_COMMA);
    if (p->now.kind != TOKEN_CLOSE) return PARSE_FAIL(p, p->now.at, "这里应为逗号或右括号");
    *out = any->first->next ? any : any->first;
    return next_token(p);
}

/* within("unit"), by id, key or name. */
static enum fault parse_within(struct parse *p, const struct token *name, struct node **out) {
    const struct filter_context *c = p->context;
    if (!c->conn || !c->registers)
        return PARSE_FAIL(p, name->at, "这里不能用 within(…)；可以逐个写出单位，如 {0}", "(unit = 编号1 OR unit = 编号2)");
    struct node *n = node_new(p, NODE_WITHIN, NULL);
    struct comparison unit = {.subject = SUBJECT_UNIT, .sort = SORT_RECORD, .op = OP_EQUAL};
    struct token sign = *name;
    enum fault f = next_token(p);
    if (!f && p->now.kind != TOKEN_WORD && p->now.kind != TOKEN_QUOTED)
        return PARSE_FAIL(p, p->now.at, "within 里应为一个单位，如 {0}", "within(\"学院办公室\")");
    if (!f) f = type_value(p, &sign, &unit);
    if (!f && unit.null) return PARSE_FAIL(p, p->now.at, "within 里应为一个单位，如 {0}", "within(\"学院办公室\")");
    if (!f) f = access_units_below(c->conn, &unit.id, p->arena, &n->units, &n->unit_count);
    if (!f && n->unit_count > WITHIN_MAX)
        return PARSE_FAIL(p, p->now.at, "这个单位之下的单位太多：最多 {0} 个", arena_int(p->arena, WITHIN_MAX));
    if (!f) f = next_token(p);
    if (!f && p->now.kind != TOKEN_CLOSE) return PARSE_FAIL(p, p->now.at, "这里应为右括号");
    if (f) return f;
    take_parameters(p, n);
    *out = n;
    return next_token(p);
}

/* ~ "words" */
static enum fault parse_words(struct parse *p, struct node **out) {
    struct token tilde = p->now;
    if (!p->context->registers || p->context->declared)
        return PARSE_FAIL(p, tilde.at, "这里不能用全文检索（~）：它不用于权限和统计");
    struct node *n = node_new(p, NODE_WORDS, NULL);
    enum fault f = next_token(p);
    if (f) return f;
    if (p->now.kind != TOKEN_WORD && p->now.kind != TOKEN_QUOTED)
        return PARSE_FAIL(p, p->now.at, "~ 后面应为要找的文字，如 {0}", "~ \"消防\"");
    n->words = arena_copy(p->arena, p->now.text);
    n->query = search_query(p->arena, p->reg->key, n->words);
    if (!n->query[0]) return PARSE_FAIL(p, p->now.at, "“{0}”里没有可以检索的字词", p->now.text);
    take_parameters(p, n);
    *out = n;
    return next_token(p);
}

static enum fault parse_comparison(struct parse *p, struct node **out) {
    struct token name = p->now;
    if (name.kind == TOKEN_END) return PARSE_FAIL(p, name.at, "这里还缺一个条件，如 {0}", parse_example(p));
    if (name.kind != TOKEN_WORD) return PARSE_FAIL(p, name.at, "这里应为栏目的键，如 {0}", parse_example(p));
    if (++p->comparisons > FILTER_COMPARISONS)
        return PARSE_FAIL(p, name.at, "条件太多：最多 {0} 个", arena_format(p->arena, "%d", FILTER_COMPARISONS));
    struct node *n = node_new(p, NODE_COMPARE, NULL);
    enum fault f = next_token(p);
    if (!f && p->now.kind == TOKEN_OPEN && !strcasecmp(name.text, "within")) return parse_within(p, &name, out);
    if (!f) f = type_subject(p, &name, &n->compare);
    if (f) return f;
    struct token sign = p->now;
    if (is_keyword(&sign, "IN")) return parse_in(p, n, out);
    if (!token_operation(sign.kind, &n->compare.op))
        return PARSE_FAIL(p, sign.at, "“{0}”后面应为比较符号（{1}），如 {2}", name.text, "= != < <= > >= :", parse_example(p));
    f = next_token(p);
    if (f) return f;
    if (p->now.kind != TOKEN_WORD && p->now.kind != TOKEN_QUOTED)
        return PARSE_FAIL(p, p->now.at, "“{0}”后面应为值；文字请加引号，如 {1}", parse_slice(p, sign.at, sign.end), "\"消防\"");
    f = type_value(p, &sign, &n->compare);
    if (!f) f = next_token(p);
    if (f) return f;
    take_parameters(p, n);
    *out = n;
    return FAULT_NONE;
}

static enum fault parse_term(struct parse *p, struct node **out) {
    struct token begin = p->now;
    bool negated = is_keyword(&begin, "NOT");
    if (begin.kind == TOKEN_TILDE) return parse_words(p, out);
    if (!negated && begin.kind != TOKEN_OPEN) return parse_comparison(p, out);
    if (p->depth == FILTER_DEPTH)
        return PARSE_FAIL(p, begin.at, "括号和 NOT 套得太深：最多 {0} 层", arena_format(p->arena, "%d", FILTER_DEPTH));
    p->depth++;
    enum fault f = next_token(p);
    struct node *inner = NULL;
    if (!f) f = negated ? parse_term(p, &inner) : parse_sequence(p, &inner);
    if (!f && !negated) {
        if (p->now.kind != TOKEN_CLOSE)
            return PARSE_FAIL(p, p->now.at, "这里应为 AND、OR 或右括号，以结束第 {0} 个字的左括号", parse_place(p, begin.at));
        f = next_token(p);
    }
    if (f) return f;
    p->depth--;
    *out = negated ? node_new(p, NODE_NOT, inner) : inner;
    return FAULT_NONE;
}

/* The piece of text with brackets where AND should bind before OR, to be shown as a mend. */
static const char *bracketed(const struct parse *p, size_t begin, size_t last_term, bool and_first) {
    const char *before = parse_slice(p, begin, p->last_end);
    if (and_first) return arena_format(p->arena, "(%s) OR …", before);
    return arena_format(p->arena, "%s(%s AND …)", parse_slice(p, begin, last_term), parse_slice(p, last_term, p->last_end));
}

static enum fault parse_sequence(struct parse *p, struct node **out) {
    size_t begin = p->now.at, last_term = begin;
    struct node *first = NULL;
    enum fault f = parse_term(p, &first);
    if (f) return f;
    struct node *all = first, *last = first;
    while (is_keyword(&p->now, "AND") || is_keyword(&p->now, "OR")) {
        enum node_kind kind = is_keyword(&p->now, "AND") ? NODE_AND : NODE_OR;
        if (all == first) all = node_new(p, kind, first);
        else if (all->kind != kind)
            return PARSE_FAIL(p, p->now.at, "AND 与 OR 连用时须加括号说明先后，如 {0}",
                              bracketed(p, begin, last_term, all->kind == NODE_AND));
        f = next_token(p);
        if (f) return f;
        last_term = p->now.at;
        struct node *term = NULL;
        f = parse_term(p, &term);
        if (f) return f;
        last->next = term;
        last = term;
    }
    *out = all;
    return FAULT_NONE;
}

enum fault filter_parse(const struct reg *reg, const char *text, const struct filter_context *context, struct arena *arena,
                        struct notes *notes, struct filter **out) {
    static const struct filter_context nothing;
    struct parse parse = {.reg = reg, .context = context ? context : &nothing, .arena = arena, .notes = notes, .text = text},
                 *p = &parse;
    size_t length = strlen(text);
    if (length > FILTER_BYTES) return PARSE_FAIL_AT(p, "1", "筛选条件太长：最多 {0} 字节", arena_format(arena, "%d", FILTER_BYTES));
    for (size_t at = 0, n; at < length; at += n) {
        uint32_t c;
        n = utf8_decode(text + at, length - at, &c);
        if (!n) return PARSE_FAIL(p, at, "这里不是有效的 UTF-8 文字");
    }
    enum fault f = next_token(p);
    struct filter *filter = arena_new(arena, struct filter);
    if (!f && p->now.kind != TOKEN_END) {
        f = parse_sequence(p, &filter->root);
        if (!f && p->now.kind == TOKEN_CLOSE) return PARSE_FAIL(p, p->now.at, "多出一个右括号");
        if (!f && p->now.kind != TOKEN_END)
            return PARSE_FAIL(p, p->now.at, "这里应为 AND、OR 或结束，而不是“{0}”；含空格的文字请加引号", p->now.text);
    }
    if (f) return f;
    filter->parameters = p->parameters;
    filter->store = p->context->registers ? registers_store(p->context->registers) : NULL;
    *out = filter;
    return FAULT_NONE;
}
