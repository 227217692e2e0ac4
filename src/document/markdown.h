/* markdown.h - reads a report's Markdown into a document tree. */
#ifndef DOCUMENT_MARKDOWN_H
#define DOCUMENT_MARKDOWN_H

#include "base/fault.h"
#include "base/notes.h"
#include "document/tree.h"

enum { MARKDOWN_MAX = 512 * 1024 };

/* Reads CommonMark: "# " is the title (once, first), "## " to "##### " are heading levels 1–4, paragraphs, lists of one level,
 * **strong**, links, a thematic break (---) is a page break, and pipe tables with a delimiter row, set off by empty lines.
 * A link to "figure:KEY" is a figure with that key: [9](figure:findings-solved).
 * Refused with a note (place "第 12 行" names the line): raw HTML, pictures, code blocks, quotations, lists inside lists, a deeper heading, a
 * second title, a badly formed table, text that is not UTF-8. FAULT_INPUT then; FAULT_LARGE over MARKDOWN_MAX bytes or the
 * tree's limits. On FAULT_NONE *out is a document in `arena`. */
CHECKED enum fault doc_from_markdown(struct arena *arena, const char *source, size_t length, enum lang lang, int64_t as_of_ms,
                                     struct notes *notes, struct doc **out);

#endif
