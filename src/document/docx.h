/* docx.h - prints a document tree as DOCX in the official layout (GB/T 9704). */
#ifndef DOCUMENT_DOCX_H
#define DOCUMENT_DOCX_H

#include "base/fault.h"
#include "document/tree.h"

/* Appends the bytes of a .docx file to `out`; the same document gives the same bytes. Fonts are named, not embedded: 方正小标宋简体,
 * 黑体, 楷体_GB2312, 仿宋_GB2312, 宋体. FAULT_LARGE if `out` or the document is over its maximum; FAULT_SYSTEM if packing failed. */
CHECKED enum fault doc_to_docx(const struct doc *d, struct text *out);

#endif
