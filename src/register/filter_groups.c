/* filter_groups.c - a filter taken apart into groups of plain conditions of which one must hold, as the form of a list asks them. */
#include "register/filter_tree.h"

#include <string.h>

/* Groups while they are multiplied out; conditions are told by their place in a group. */
struct groups {
    const struct comparison *asks[FILTER_GROUPS][FILTER_ASKS];
    size_t length[FILTER_GROUPS], count;
};

static bool plain(const struct comparison *c) {
    return !c->null && !c->moving && (c->subject == SUBJECT_FIELD || c->subject == SUBJECT_STATE);
}

static bool spread(const struct node *node, struct arena *arena, struct groups *out);

/* One after the other. */
static bool spread_or(const struct node *node, struct arena *arena, struct groups *out) {
    out->count = 0;
    for (const struct node *n = node->first; n; n = n->next) {
        struct groups *more = arena_new(arena, struct groups);
        if (!spread(n, arena, more) || out->count + more->count > FILTER_GROUPS) return false;
        for (size_t i = 0; i < more->count; i++, out->count++) {
            memcpy(out->asks[out->count], more->asks[i], sizeof more->asks[i]);
            out->length[out->count] = more->length[i];
        }
    }
    return true;
}

/* Each of the one with each of the other. */
static bool multiply(const struct groups *a, const struct groups *b, struct groups *out) {
    out->count = 0;
    for (size_t i = 0; i < a->count; i++)
        for (size_t k = 0; k < b->count; k++, out->count++) {
            if (out->count == FILTER_GROUPS || a->length[i] + b->length[k] > FILTER_ASKS) return false;
            const struct comparison **to = out->asks[out->count];
            memcpy(to, a->asks[i], a->length[i] * sizeof *to);
            memcpy(to + a->length[i], b->asks[k], b->length[k] * sizeof *to);
            out->length[out->count] = a->length[i] + b->length[k];
        }
    return true;
}

static bool spread_and(const struct node *node, struct arena *arena, struct groups *out) {
    struct groups *so_far = arena_new(arena, struct groups), *more = arena_new(arena, struct groups);
    if (!spread(node->first, arena, out)) return false;
    for (const struct node *n = node->first->next; n; n = n->next) {
        *so_far = *out;
        if (!spread(n, arena, more) || !multiply(so_far, more, out)) return false;
    }
    return true;
}

/* Groups that together say what the node says; the depth is the parser's. */
static bool spread(const struct node *node, struct arena *arena, struct groups *out) {
    if (node->kind == NODE_OR) return spread_or(node, arena, out);
    if (node->kind == NODE_AND) return spread_and(node, arena, out);
    if (node->kind != NODE_COMPARE || !plain(&node->compare)) return false;
    out->count = out->length[0] = 1;
    out->asks[0][0] = &node->compare;
    return true;
}

static const char *form_value(const struct comparison *c, struct arena *arena) {
    char day[CIVIL_TEXT];
    switch (c->sort) {
    case SORT_WORD:
    case SORT_SET: return c->text;
    case SORT_YESNO: return c->integer ? "true" : "false";
    case SORT_DATE:
    case SORT_MOMENT: civil_format((civil_day)c->integer, day); return arena_copy(arena, day);
    default: return c->typed;
    }
}

bool filter_groups(const struct filter *filter, const struct reg *reg, struct arena *arena, struct filter_group out[FILTER_GROUPS],
                   size_t *count) {
    static const char *const sign[OP_COUNT] = {[OP_EQUAL] = "=", [OP_UNEQUAL] = "!=",    [OP_LESS] = "<", [OP_LESS_EQUAL] = "<=",
                                               [OP_MORE] = ">",  [OP_MORE_EQUAL] = ">=", [OP_HAS] = ":"};
    struct groups *groups = arena_new(arena, struct groups);
    *count = 0;
    if (!filter->root) return true;
    if (!spread(filter->root, arena, groups)) return false;
    for (size_t i = 0; i < groups->count; i++) {
        const struct filter_ask **end = &out[i].asks;
        for (size_t k = 0; k < groups->length[i]; k++) {
            const struct comparison *c = groups->asks[i][k];
            struct filter_ask *ask = arena_new(arena, struct filter_ask);
            *ask = (struct filter_ask){.field = c->subject == SUBJECT_FIELD ? &reg->fields[c->field] : NULL,
                                       .sign = sign[c->op],
                                       .value = form_value(c, arena)};
            *end = ask;
            end = &ask->next;
        }
        *end = NULL;
    }
    *count = groups->count;
    return true;
}
