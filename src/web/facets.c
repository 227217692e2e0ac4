/* facets.c - in which units the hits of a search lie, with how many in each. */
#include "web/facets.h"

#include <stdlib.h>
#include <string.h>

void facets_init(struct facets *facets, struct arena *arena) {
    *facets = (struct facets){.units = arena_array(arena, struct facet, FACET_UNITS)};
}

enum fault facets_take(void *context, const struct id *unit, int64_t count) {
    struct facets *f = context;
    for (size_t i = 0; i < f->count; i++)
        if (id_same(&f->units[i].unit, unit)) return f->units[i].count += count, FAULT_NONE;
    if (f->count < FACET_UNITS) f->units[f->count++] = (struct facet){*unit, count};
    else f->at_least = true;
    return FAULT_NONE;
}

static int by_count(const void *a, const void *b) {
    const struct facet *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return memcmp(x->unit.bytes, y->unit.bytes, sizeof x->unit.bytes);
}

void facets_sort(struct facets *f) { qsort(f->units, f->count, sizeof *f->units, by_count); }

enum fault facet_name(struct page *p, const struct id *unit, const char **name) {
    const struct registers *rs = p->site->config.registers;
    const struct reg *reg = register_named(rs, "unit");
    struct record r;
    *name = NULL;
    if (!reg || id_is_zero(unit) || !access_may(&p->actor, reg->read)) return FAULT_NONE;
    enum fault f = record_read(rs, p->conn, &p->actor, reg, unit, NULL, p->arena, &r);
    if (f) return f == FAULT_ABSENT || f == FAULT_RIGHT ? FAULT_NONE : f;
    const struct reg_field *field = reg_name_field(reg);
    *name = value_show(field, &r.values[field - reg->fields], p->lang, p->arena);
    return FAULT_NONE;
}
