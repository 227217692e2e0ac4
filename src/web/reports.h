/* reports.h - what the pages of reports and the interface for programs share (pages_report.c). */
#ifndef WEB_REPORTS_H
#define WEB_REPORTS_H

#include "web/page.h"

/* The register of issued reports, NULL if the actor may not read it. */
const struct reg *issued_register(struct page *p);
/* A draft shows counts of all units, so it is for those who make reports. */
bool report_may_draft(struct page *p);
bool report_installed(struct page *p, const struct report_kind *kind);
/* Names what the reader has seen of a draft: all figures, their values, and the text. */
const char *report_seen(struct page *p, const struct draft *draft);
const char *report_label(const struct figure *f);
/* The whole condition of a figure in the filter language, its period spelled out; "" if it counts all. */
const char *report_filter(struct page *p, const struct figure *f);
/* Reads the issued report that argument 0 names; whoever may not read reports learns nothing. */
CHECKED enum fault report_issued_asked(struct page *p, const struct reg **reg, struct issued *out);

/* How many records made a difference since a report was issued, by kind. */
struct since {
    int64_t added, withdrawn, corrected;
    bool changed;
};
struct since report_since(const struct issued_figure *f);
/* The fonts of the documents, opened once. */
CHECKED enum fault site_fonts(struct page *p, struct doc_fonts **out);

#endif
