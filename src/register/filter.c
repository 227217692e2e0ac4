/* filter.c - what a filter means: the evaluation in memory, which is the specification for the SQL. */
#include "register/filter_tree.h"

#include <assert.h>
#include <string.h>

/* One side of a comparison: a text, a number, or nothing. */
struct datum {
    const char *text;
    int64_t integer;
    bool missing;
    char id[ID_TEXT];
};

static void field_datum(const struct value *v, struct datum *out) {
    out->missing = v->kind == VALUE_NONE;
    out->integer = v->kind == VALUE_INT ? v->integer : 0;
    out->text = v->kind == VALUE_TEXT ? v->text : NULL;
}

static void record_datum(const struct comparison *c, const struct record *r, struct datum *out) {
    *out = (struct datum){0};
    switch (c->subject) {
    case SUBJECT_FIELD:
        field_datum(&r->values[c->field], out);
        if (c->sort == SORT_MOMENT && !out->missing) out->integer = civil_at(out->integer);
        break;
    case SUBJECT_STATE:
        out->text = r->state;
        out->missing = !r->state;
        break;
    case SUBJECT_UNIT:
        out->missing = id_is_zero(&r->unit);
        id_format(&r->unit, out->id);
        out->text = out->id;
        break;
    case SUBJECT_EFFECTIVE: out->integer = r->effective; break;
    case SUBJECT_ENTERED: out->integer = civil_at(r->entered_ms); break;
    case SUBJECT_LATE: out->integer = r->late; break;
    case SUBJECT_WITHDRAWN: out->integer = r->withdrawn; break;
    }
}

/* Less than 0, 0 or more, as strcmp; a datum that holds a text is compared as a text (dates of fields are in the order of their texts). */
static int datum_compare(const struct datum *d, const struct comparison *c) {
    if (d->text) {
        assert(c->text);
        return strcmp(d->text, c->text);
    }
    return d->integer < c->integer ? -1 : d->integer > c->integer;
}

static bool datum_has(const struct datum *d, const struct comparison *c) {
    if (c->sort == SORT_NETWORK) return strcmp(d->text, c->text) >= 0 && strcmp(d->text, c->last) <= 0;
    return c->sort == SORT_SET || c->sort == SORT_RECORDS ? value_has_line(d->text, c->text) : strstr(d->text, c->text) != NULL;
}

static bool comparison_holds(const struct comparison *c, const struct record *r) {
    struct datum d;
    record_datum(c, r, &d);
    if (c->null) return d.missing == (c->op == OP_EQUAL);
    if (d.missing) return c->op == OP_UNEQUAL;
    switch (c->op) {
    case OP_EQUAL: return datum_compare(&d, c) == 0;
    case OP_UNEQUAL: return datum_compare(&d, c) != 0;
    case OP_LESS: return datum_compare(&d, c) < 0;
    case OP_LESS_EQUAL: return datum_compare(&d, c) <= 0;
    case OP_MORE: return datum_compare(&d, c) > 0;
    case OP_MORE_EQUAL: return datum_compare(&d, c) >= 0;
    case OP_HAS: return datum_has(&d, c);
    case OP_COUNT: break;
    }
    assert(false && "an operation");
    return false;
}

static bool unit_is_in(const struct node *n, const struct id *unit) {
    for (size_t i = 0; i < n->unit_count; i++)
        if (id_same(&n->units[i], unit)) return true;
    return false;
}

/* The same terms as the index keeps of the record's values. */
static bool words_occur(const struct node *n, const struct reg *reg, const struct record *r) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 16 << 20);
    return !r->withdrawn && search_matches(record_words(reg, r->values, &arena), n->words);
}

static bool node_holds(const struct node *n, const struct reg *reg, const struct record *r) {
    if (n->kind == NODE_COMPARE) return comparison_holds(&n->compare, r);
    if (n->kind == NODE_NOT) return !node_holds(n->first, reg, r);
    if (n->kind == NODE_WITHIN) return unit_is_in(n, &r->unit);
    if (n->kind == NODE_WORDS) return words_occur(n, reg, r);
    bool any = n->kind == NODE_OR; /* OR looks for one that holds, AND for one that does not */
    for (const struct node *part = n->first; part; part = part->next)
        if (node_holds(part, reg, r) == any) return any;
    return !any;
}

bool filter_matches(const struct filter *filter, const struct reg *reg, const struct record *record) {
    return !filter->root || node_holds(filter->root, reg, record);
}
