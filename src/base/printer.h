/* printer.h - output printers named by the context they escape for; nothing reaches a page, file or header but through one. */
#ifndef BASE_PRINTER_H
#define BASE_PRINTER_H

#include "base/memory.h"

/* All take UTF-8; bytes that are not UTF-8 come out as U+FFFD, control characters that the context forbids as a space. */
void html_text(struct text *out, const char *s); /* between tags */
void html_attr(struct text *out, const char *s); /* inside a double-quoted attribute */
/* Where html_text() first prints something else than what stands there; `end` (where the NUL is) if nowhere. */
const char *html_special(const char *text, const char *end);
void url_arg(struct text *out, const char *s);  /* one query argument or path piece, percent-encoded */
void xml_text(struct text *out, const char *s); /* XML 1.0 text or attribute */
/* What came from outside, for people and for the database: valid UTF-8, each run of control characters and blanks one blank, nothing that turns the direction of writing. */
void plain_text(struct text *out, const char *s, size_t n);
void json_text(struct text *out, const char *s); /* a JSON string with its quotes */
/* One CSV cell, quoted where RFC 4180 asks; a text that a spreadsheet would run as a formula gets a leading apostrophe. */
void csv_cell(struct text *out, const char *s);
/* Base 64 with padding (RFC 4648). */
void base64_text(struct text *out, const void *bytes, size_t length);
/* Lower-case hexadecimal. */
void hex_text(struct text *out, const void *bytes, size_t length);
void hex_format(const void *bytes, size_t length, char *out); /* 2 × length digits and a NUL */

#endif
