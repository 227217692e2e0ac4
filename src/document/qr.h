/* qr.h - a text as a QR code, drawn as SVG that stands inside a page. */
#ifndef DOCUMENT_QR_H
#define DOCUMENT_QR_H

#include "base/fault.h"
#include "base/memory.h"

/* Appends an <svg> of black modules on white with the quiet zone that readers ask for; without styles or scripts. FAULT_LARGE if the text is too long for a code
 * (about 2,300 bytes). */
CHECKED enum fault qr_svg(const char *text, struct text *out);

#endif
