/* findings.h - findings of inspections: what they, their extensions, transfers and a unit's own checks must obey and write; and which inspections are due.
 *
 * Registers `place`, `checklist`, `inspection_plan`, `inspection`, `finding`, `finding_extension`, `finding_transfer`, `self_check` (packs/common; docs/why/0031). */
#ifndef REGISTER_FINDINGS_H
#define REGISTER_FINDINGS_H

#include "register/record.h"
#include "register/rules.h"

/* Holds a change of one of these registers to the rules; those of other registers pass. FAULT_INPUT with notes at the fields, FAULT_RIGHT for a step that only the program takes. */
CHECKED enum fault finding_check(const struct rule_case *c);
/* The changes that follow from an accepted move. Memory is the arena's. */
CHECKED enum fault finding_follow_on(const struct rule_case *c, struct change out[RULE_FOLLOW], size_t *count);

/* The latest finding of a place about one item of a checklist, dropped ones and those of `inspection` left out; *there is false without one. */
CHECKED enum fault finding_last_of(struct conn *conn, const struct id *place, const char *item, const struct id *inspection,
                                   struct id *out, bool *there);

/* One inspection that a running plan asks for: a place by a checklist. Texts live until `each` returns. */
struct inspection_due {
    struct id plan, plan_unit, place, checklist, responsible;
    const char *plan_name, *place_name, *checklist_name, *who;
    civil_day due, last; /* last: the last inspection, DAY_NONE for none yet */
};
typedef enum fault (*inspection_due_visit)(void *context, const struct inspection_due *due);
enum { INSPECTION_DUES_MAX = 1000 };
/* Of all plans, or of those that `responsible` (NULL: anybody) answers for; the earliest first, at most INSPECTION_DUES_MAX pairs are looked at. The actor's rights are the
 * caller's to ask, by plan_unit. */
CHECKED enum fault inspection_dues(struct conn *conn, const struct id *responsible, struct arena *arena, inspection_due_visit each,
                                   void *context);
/* The day a rhythm ("week", "two_weeks", "month", "quarter", "half_year", "year") after a day; the last of the month where there is no such day. */
civil_day rhythm_next(const char *rhythm, civil_day from);

#endif
