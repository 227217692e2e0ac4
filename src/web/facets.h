/* facets.h - in which units the hits of a search lie, with how many in each. */
#ifndef WEB_FACETS_H
#define WEB_FACETS_H

#include "web/page.h"

enum { FACET_UNITS = 500 };
struct facet {
    struct id unit; /* zero: records of no unit */
    int64_t count;
};
struct facets {
    struct facet *units; /* FACET_UNITS of them */
    size_t count;
    bool at_least; /* there are units beyond those */
};

void facets_init(struct facets *facets, struct arena *arena);
/* A unit_visit of record_count_units: adds a register's counts to those of the registers before; `context` is the facets. */
enum fault facets_take(void *context, const struct id *unit, int64_t count);
/* Most hits first. */
void facets_sort(struct facets *facets);
/* What a unit is called, *name NULL to those who may not read it, and for records of no unit. */
CHECKED enum fault facet_name(struct page *p, const struct id *unit, const char **name);

#endif
