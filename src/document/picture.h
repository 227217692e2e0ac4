/* picture.h - a smaller picture without metadata, made of a stranger's. To be run in a child process (base/child.h) only. */
#ifndef DOCUMENT_PICTURE_H
#define DOCUMENT_PICTURE_H

#include "base/fault.h"
#include "base/memory.h"

/* Decodes JPEG, PNG, GIF, WebP, BMP, TIFF or HEIC, turns it as its metadata say, and appends it to `out` as JPEG no larger than `side` points on
 * its longer side (never enlarged; what is transparent becomes white). FAULT_INPUT if it cannot be decoded; FAULT_LARGE over 64 million points. */
CHECKED enum fault picture_shrink(const void *bytes, size_t length, int side, struct text *out);

#endif
