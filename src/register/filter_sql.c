/* filter_sql.c - a filter as an SQL condition: keys of the declaration in the text, every value bound, never null. */
#include "register/filter_tree.h"

#include <assert.h>

static const char *const signs[OP_COUNT] = {"=", "<>", "<", "<=", ">", ">=", NULL};

int comparison_parameters(const struct comparison *c) {
    if (c->null) return 0;
    if (c->sort == SORT_NETWORK && c->op == OP_HAS) return 2;
    return c->sort == SORT_MOMENT && (c->op == OP_EQUAL || c->op == OP_UNEQUAL) ? 2 : 1;
}

static void add_column(const struct comparison *c, const struct reg *reg, struct text *out) {
    static const char *const names[] = {NULL, "state", "unit", "effective", "entered", "late", "withdrawn"};
    if (c->subject == SUBJECT_FIELD) text_format(out, "t.f_%s", reg->fields[c->field].key);
    else text_format(out, "t.%s", names[c->subject]);
}

/* Milliseconds at which a civil day begins in China. */
static int64_t day_begin_ms(int64_t day) { return day * 86400000 - CHINA_OFFSET_MINUTES * 60000LL; }

/* The moment of entry against a whole day: a range of milliseconds, so that an index serves. */
static void add_moment(const struct comparison *c, const struct reg *reg, int parameter, struct text *out) {
    static const char *const bounds[OP_COUNT] = {NULL, NULL, "<", "<", ">=", ">=", NULL};
    bool one_day = c->op == OP_EQUAL || c->op == OP_UNEQUAL;
    text_addc(out, '(');
    add_column(c, reg, out);
    text_add(out, c->op == OP_UNEQUAL ? " IS NULL OR " : " IS NOT NULL AND ");
    add_column(c, reg, out);
    text_format(out, " %s ?%d", c->op == OP_UNEQUAL ? "<" : one_day ? ">=" : bounds[c->op], parameter);
    if (one_day) {
        text_add(out, c->op == OP_EQUAL ? " AND " : " OR ");
        add_column(c, reg, out);
        text_format(out, " %s ?%d", c->op == OP_EQUAL ? "<" : ">=", parameter + 1);
    }
    text_addc(out, ')');
}

/* What `:` asks: a part of a text, one of several values kept one a line, an address within a network. Closes the bracket. */
static void add_has(const struct comparison *c, const struct reg *reg, int parameter, struct text *out) {
    bool lines = c->sort == SORT_SET || c->sort == SORT_RECORDS;
    if (c->sort == SORT_NETWORK) {
        add_column(c, reg, out);
        text_format(out, " >= ?%d AND ", parameter);
        add_column(c, reg, out);
        text_format(out, " <= ?%d)", parameter + 1);
        return;
    }
    text_add(out, lines ? "instr('\n' || " : "instr(");
    add_column(c, reg, out);
    text_format(out, lines ? " || '\n', ?%d) > 0)" : ", ?%d) > 0)", parameter);
}

static void add_comparison(const struct comparison *c, const struct reg *reg, int first_parameter, struct text *out) {
    int parameter = first_parameter + c->parameter;
    if (c->null) {
        text_addc(out, '(');
        add_column(c, reg, out);
        text_add(out, c->op == OP_EQUAL ? " IS NULL)" : " IS NOT NULL)");
        return;
    }
    if (c->sort == SORT_MOMENT) {
        add_moment(c, reg, parameter, out);
        return;
    }
    /* The null test makes it two-valued; the plain comparison beside it lets an index serve. */
    text_addc(out, '(');
    add_column(c, reg, out);
    text_add(out, c->op == OP_UNEQUAL ? " IS NULL OR " : " IS NOT NULL AND ");
    if (c->op == OP_HAS) {
        add_has(c, reg, parameter, out);
        return;
    }
    add_column(c, reg, out);
    text_format(out, " %s ?%d)", signs[c->op], parameter);
}

static void add_within(const struct node *n, int first_parameter, struct text *out) {
    if (!n->unit_count) {
        text_add(out, "(1 = 0)");
        return;
    }
    text_add(out, "(t.unit IS NOT NULL AND t.unit IN (");
    for (size_t i = 0; i < n->unit_count; i++) text_format(out, "%s?%d", i ? ", " : "", first_parameter + n->parameter + (int)i);
    text_add(out, "))");
}

static void add_words(const struct filter *f, const struct node *n, int first_parameter, struct text *out) {
    text_add(out, "(t.withdrawn = 0 AND (t.made + 1) ");
    search_condition(f->store, out, first_parameter + n->parameter);
    text_addc(out, ')');
}

static void add_node(const struct filter *f, const struct node *n, const struct reg *reg, int first_parameter, struct text *out) {
    if (n->kind == NODE_COMPARE) {
        add_comparison(&n->compare, reg, first_parameter, out);
        return;
    }
    if (n->kind == NODE_WITHIN) {
        add_within(n, first_parameter, out);
        return;
    }
    if (n->kind == NODE_WORDS) {
        add_words(f, n, first_parameter, out);
        return;
    }
    text_add(out, n->kind == NODE_NOT ? "(NOT " : "(");
    for (const struct node *part = n->first; part; part = part->next) {
        if (part != n->first) text_add(out, n->kind == NODE_AND ? " AND " : " OR ");
        add_node(f, part, reg, first_parameter, out);
    }
    text_addc(out, ')');
}

void filter_sql(const struct filter *filter, const struct reg *reg, int first_parameter, struct text *out) {
    if (filter->root) add_node(filter, filter->root, reg, first_parameter, out);
    else text_add(out, "1 = 1");
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
