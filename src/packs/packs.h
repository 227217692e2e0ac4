/* packs.h - the packs that are shipped: registers by kind of institution, as data only. */
#ifndef PACKS_PACKS_H
#define PACKS_PACKS_H

#include "register/register.h"

/* People, units, roles, grants, inspections, findings, zero declarations and issued reports: every installation has it. */
extern const struct pack common_pack;
/* A college's campus safety: education, talks, materials, notices, duty, head counts, responsibilities. */
extern const struct pack college_pack;

/* A school's emergency plan, its incidents, and who was called. */
extern const struct pack school_pack;

/* All packs, NULL-ended, in the order in which people see their registers; common, with people and rights, comes last. */
extern const struct pack *const packs[];

/* Looks a pack up by its key; NULL if there is none. */
const struct pack *pack_named(const char *key);

#endif
