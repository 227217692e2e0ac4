/* html.h - prints a document tree as HTML: classes only, no style or script in the fragment. */
#ifndef DOCUMENT_HTML_H
#define DOCUMENT_HTML_H

#include "base/fault.h"
#include "document/tree.h"

/* Where a figure leads: an address, or NULL for nowhere. The answer need live only until the next call. */
typedef const char *(*doc_href_rule)(void *context, const char *key);

/* Appends <article class="official" lang="…">…</article>. `rule` may be NULL: figures then use their own href.
 * Only addresses beginning with "/", "#", "?", "http://", "https://" or "mailto:" become links; others are printed as text.
 * FAULT_LARGE if `out` or the document is over its maximum. */
CHECKED enum fault doc_to_html(const struct doc *d, doc_href_rule rule, void *context, struct text *out);
/* The same inside a whole page with a small embedded style: what `taizhang report --format html` writes. */
CHECKED enum fault doc_to_html_page(const struct doc *d, doc_href_rule rule, void *context, struct text *out);

#endif
