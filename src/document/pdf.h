/* pdf.h - prints a document tree as PDF in the official layout (GB/T 9704): 22 lines of 28 characters a page. */
#ifndef DOCUMENT_PDF_H
#define DOCUMENT_PDF_H

#include "base/fault.h"
#include "base/notes.h"
#include "document/font.h"
#include "document/tree.h"

/* Appends the bytes of a PDF file to `out`; the same document and fonts give the same bytes. Thread safe.
 * A character that none of the faces has is FAULT_INPUT with a note (place: the block; arguments: the character and its code):
 * nothing is written then. FAULT_LARGE if `out` or the document is over its maximum; FAULT_SYSTEM if the drawing library fails. */
CHECKED enum fault doc_to_pdf(const struct doc *d, struct doc_fonts *fonts, struct notes *notes, struct text *out);

#endif
