/* filter_sql.c - a filter as an SQL condition: keys of the declaration in the text, every value bound, never null. */
#include "register/filter_tree.h"

#include <assert.h>
#include <string.h>

static const char *const signs[OP_COUNT] = {"=", "<>", "<", "<=", ">", ">=", NULL};

int comparison_parameters(const struct comparison *c) {
    if (c->null) return 0;
    if (c->sort == SORT_NETWORK && c->op == OP_HAS) return 2;
    return c->sort == SORT_MOMENT && (c->op == OP_EQUAL || c->op == OP_UNEQUAL) ? 2 : 1;
}

/* Where a condition goes: the register's columns, numbered parameters, and how its ranges are to be written. */
struct writing {
    const struct filter *filter;
    const struct reg *reg;
    int first_parameter;
    const struct filter_walk *walk; /* NULL: an index may serve any of them */
    struct text *out;
};

static bool is_range(enum operation op) { return op == OP_LESS || op == OP_LESS_EQUAL || op == OP_MORE || op == OP_MORE_EQUAL; }

static void add_column(const struct writing *w, const struct comparison *c) {
    static const char *const names[] = {NULL, "state", "unit", "effective", "entered", "late", "withdrawn"};
    const char *key = c->subject == SUBJECT_FIELD ? w->reg->fields[c->field].key : NULL;
    if (w->walk && is_range(c->op) && !(key && !strcmp(key, w->walk->field))) text_add(w->out, w->walk->veil);
    if (key) text_format(w->out, "t.f_%s", key);
    else text_format(w->out, "t.%s", names[c->subject]);
}

/* Milliseconds at which a civil day begins in China. */
static int64_t day_begin_ms(int64_t day) { return day * 86400000 - CHINA_OFFSET_MINUTES * 60000LL; }

/* The moment of entry against a whole day: a range of milliseconds, so that an index serves. */
static void add_moment(const struct writing *w, const struct comparison *c, int parameter) {
    static const char *const bounds[OP_COUNT] = {NULL, NULL, "<", "<", ">=", ">=", NULL};
    struct text *out = w->out;
    bool one_day = c->op == OP_EQUAL || c->op == OP_UNEQUAL;
    text_addc(out, '(');
    add_column(w, c);
    text_add(out, c->op == OP_UNEQUAL ? " IS NULL OR " : " IS NOT NULL AND ");
    add_column(w, c);
    text_format(out, " %s ?%d", c->op == OP_UNEQUAL ? "<" : one_day ? ">=" : bounds[c->op], parameter);
    if (one_day) {
        text_add(out, c->op == OP_EQUAL ? " AND " : " OR ");
        add_column(w, c);
        text_format(out, " %s ?%d", c->op == OP_EQUAL ? "<" : ">=", parameter + 1);
    }
    text_addc(out, ')');
}

/* What `:` asks: a part of a text, one of several values kept one a line, an address within a network. Closes the bracket. */
static void add_has(const struct writing *w, const struct comparison *c, int parameter) {
    struct text *out = w->out;
    bool lines = c->sort == SORT_SET || c->sort == SORT_RECORDS;
    if (c->sort == SORT_NETWORK) {
        add_column(w, c);
        text_format(out, " >= ?%d AND ", parameter);
        add_column(w, c);
        text_format(out, " <= ?%d)", parameter + 1);
        return;
    }
    text_add(out, lines ? "instr('\n' || " : "instr(");
    add_column(w, c);
    text_format(out, lines ? " || '\n', ?%d) > 0)" : ", ?%d) > 0)", parameter);
}

static void add_comparison(const struct writing *w, const struct comparison *c) {
    struct text *out = w->out;
    int parameter = w->first_parameter + c->parameter;
    if (c->null) {
        text_addc(out, '(');
        add_column(w, c);
        text_add(out, c->op == OP_EQUAL ? " IS NULL)" : " IS NOT NULL)");
        return;
    }
    if (c->sort == SORT_MOMENT) {
        add_moment(w, c, parameter);
        return;
    }
    /* The null test makes it two-valued; the plain comparison beside it lets an index serve. */
    text_addc(out, '(');
    add_column(w, c);
    text_add(out, c->op == OP_UNEQUAL ? " IS NULL OR " : " IS NOT NULL AND ");
    if (c->op == OP_HAS) {
        add_has(w, c, parameter);
        return;
    }
    add_column(w, c);
    text_format(out, " %s ?%d)", signs[c->op], parameter);
}

static void add_within(const struct writing *w, const struct node *n) {
    if (!n->unit_count) {
        text_add(w->out, "(1 = 0)");
        return;
    }
    text_add(w->out, "(t.unit IS NOT NULL AND t.unit IN (");
    for (size_t i = 0; i < n->unit_count; i++)
        text_format(w->out, "%s?%d", i ? ", " : "", w->first_parameter + n->parameter + (int)i);
    text_add(w->out, "))");
}

static void add_words(const struct writing *w, const struct node *n) {
    text_add(w->out, "(t.withdrawn = 0 AND (t.made + 1) ");
    search_condition(w->filter->store, w->out, w->first_parameter + n->parameter);
    text_addc(w->out, ')');
}

static void add_node(const struct writing *w, const struct node *n) {
    switch (n->kind) {
    case NODE_COMPARE: add_comparison(w, &n->compare); return;
    case NODE_WITHIN: add_within(w, n); return;
    case NODE_WORDS: add_words(w, n); return;
    case NODE_AND:
    case NODE_OR:
    case NODE_NOT: break;
    }
    text_add(w->out, n->kind == NODE_NOT ? "(NOT " : "(");
    for (const struct node *part = n->first; part; part = part->next) {
        if (part != n->first) text_add(w->out, n->kind == NODE_AND ? " AND " : " OR ");
        add_node(w, part);
    }
    text_addc(w->out, ')');
}

void filter_sql(const struct filter *filter, const struct reg *reg, int first_parameter, const struct filter_walk *walk,
                struct text *out) {
    struct writing w = {filter, reg, first_parameter, walk, out};
    if (filter->root) add_node(&w, filter->root);
    else text_add(out, "1 = 1");
}

static bool has_range(const struct node *n, const struct reg *reg, const char *field) {
    if (n->kind == NODE_COMPARE)
        return is_range(n->compare.op) && !n->compare.null &&
               !(n->compare.subject == SUBJECT_FIELD && !strcmp(reg->fields[n->compare.field].key, field));
    for (const struct node *part = n->first; part; part = part->next)
        if (has_range(part, reg, field)) return true;
    return false;
}

bool filter_has_range(const struct filter *filter, const struct reg *reg, const char *field) {
    return filter->root && has_range(filter->root, reg, field);
}

int filter_parameter_count(const struct filter *filter) { return filter->parameters; }

static void bind_moment(const struct comparison *c, struct stmt *stmt, int at) {
    bool from_next = c->op == OP_LESS_EQUAL || c->op == OP_MORE;
    stmt_bind_int(stmt, at, day_begin_ms(c->integer + from_next));
    if (comparison_parameters(c) == 2) stmt_bind_int(stmt, at + 1, day_begin_ms(c->integer + 1));
}

static void bind_comparison(const struct comparison *c, struct stmt *stmt, int first_parameter) {
    int at = first_parameter + c->parameter;
    if (c->null) return;
    switch (c->sort) {
    case SORT_MOMENT: bind_moment(c, stmt, at); return;
    case SORT_NUMBER:
    case SORT_YESNO: stmt_bind_int(stmt, at, c->integer); return;
    case SORT_RECORD: stmt_bind_id(stmt, at, &c->id); return;
    case SORT_SET:
    case SORT_RECORDS: stmt_bind_text(stmt, at, c->last); return;
    case SORT_NETWORK:
        stmt_bind_text(stmt, at, c->text);
        if (c->op == OP_HAS) stmt_bind_text(stmt, at + 1, c->last);
        return;
    case SORT_TEXT:
    case SORT_WORD:
    case SORT_CODE:
    case SORT_DATE: stmt_bind_text(stmt, at, c->text); return;
    case SORT_PRESENCE: break;
    }
    assert(false && "compared with null only");
}

static void bind_node(const struct node *n, struct stmt *stmt, int first_parameter) {
    if (n->kind == NODE_COMPARE) bind_comparison(&n->compare, stmt, first_parameter);
    else if (n->kind == NODE_WORDS) stmt_bind_text(stmt, first_parameter + n->parameter, n->query);
    else if (n->kind == NODE_WITHIN)
        for (size_t i = 0; i < n->unit_count; i++) stmt_bind_id(stmt, first_parameter + n->parameter + (int)i, &n->units[i]);
    else
        for (const struct node *part = n->first; part; part = part->next) bind_node(part, stmt, first_parameter);
}

void filter_bind(const struct filter *filter, struct stmt *stmt, int first_parameter) {
    if (filter->root) bind_node(filter->root, stmt, first_parameter);
}
