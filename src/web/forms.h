/* forms.h - what the pages of forms and the interface for programs share (pages_forms.c). */
#ifndef WEB_FORMS_H
#define WEB_FORMS_H

#include "report/refill.h"
#include "web/page.h"

/* One form in hand: its record, its file opened, and its places. */
struct filling {
    struct page *p;
    const struct reg *reg;
    struct id id;
    struct record record;
    struct text bytes; /* of its file */
    struct formfile *form;
    struct refill_place *places;
    size_t count;
    const char *file; /* its name */
};
void filling_release(struct filling *f); /* safe on a zeroed one; for _cleanup_ */

/* One form filled for a period. */
struct filled {
    struct period period;
    struct text bytes;
    struct notes exceptions;
    struct refill_result result;
};
void filled_release(struct filled *d); /* the same */

/* The register of forms: FAULT_ABSENT if there is none, FAULT_RIGHT if the actor may not read it. */
CHECKED enum fault forms_register(struct page *p, const struct reg **out);
/* Forms count by the report's scope, so filling them is for those who keep them. */
bool forms_may_fill(struct page *p);
/* Opens the form that argument 0 names, for whoever may read it. FAULT_INPUT with notes if its file is none. */
CHECKED enum fault form_begin(struct page *p, struct filling *f);
/* Fills it for the period as written (NULL: ""). FAULT_RIGHT, FAULT_INPUT with a note at "period". */
CHECKED enum fault form_fill(struct filling *f, const char *period, struct filled *d);
/* The filled file's name: the form's and the period's. */
const char *form_file_name(struct filling *f, const struct filled *d);
/* Answers with the filled file. */
void form_answer_file(struct filling *f, struct filled *d);
/* Keeps what was filled as a record of register form_filled, with what was not; ends the page's reading. `once` may be NULL. */
CHECKED enum fault form_keep(struct filling *f, const struct filled *d, const struct once *once, struct id *out);
/* The text of a field of type text of the form's record, "" if it has none. */
const char *form_text(const struct reg *reg, const struct record *r, const char *key);

#endif
