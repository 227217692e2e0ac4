/* asked.h - what a list, its export or a kept view asks for: the conditions of the form, read from the address, joined, and put back into the form. */
#ifndef WEB_ASKED_H
#define WEB_ASKED_H

#include "web/page.h"

struct asked {
    struct list_query query;
    const char *filter;  /* the conditions of the form and the typed one as one expression; "": none */
    bool filtered, more; /* anything narrows the list; the form's further conditions are to be seen */
};

/* Reads the address's conditions into the query, and puts them into the form of the page's view. Conditions of a group hold together, and one of the
 * groups w-FIELD, w-2-FIELD, … must hold; a typed condition that the form can ask stands in the form. FAULT_INPUT with notes; the form is filled all the same. */
CHECKED enum fault asked_read(struct page *p, const struct reg *reg, struct asked *out);
/* What filter_parse() is to know for an expression that the page's person asks. */
struct filter_context asked_context(struct page *p);
/* "/r/KEY/beside?…" ("/r/KEY?…" for beside "") that asks the same, without a cursor and without `less` ("": nothing); then `name=value` (NULL: nothing more). */
const char *asked_url(struct page *p, const struct reg *reg, const char *beside, const char *less, const char *name,
                      const char *value);

#endif
