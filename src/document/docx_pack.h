/* docx_pack.h - inside the room: packs parts into a zip file whose bytes depend on nothing but the parts and one time. */
#ifndef DOCUMENT_DOCX_PACK_H
#define DOCUMENT_DOCX_PACK_H

#include "base/fault.h"
#include "base/memory.h"

struct pack_part {
    const char *name;
    const char *bytes;
    size_t length;
};

/* Appends a zip file of the parts, in order, all dated `as_of_ms`. FAULT_LARGE if `out` is over; FAULT_SYSTEM if packing failed. */
CHECKED enum fault pack_parts(const struct pack_part *parts, size_t count, int64_t as_of_ms, struct text *out);

/* DOS times have no zone and begin in 1980; the China time of the moment is written, whatever zone the server runs in. */
void dos_time(int64_t utc_ms, uint16_t *time, uint16_t *date);

#endif
