/* zipfile.h - a ZIP of files that lie on the disk, written without holding them in memory. */
#ifndef DOCUMENT_ZIPFILE_H
#define DOCUMENT_ZIPFILE_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zipfile;

/* Begins a ZIP at `path`, which is replaced when it is finished; all that is in it is dated `as_of_ms`. FAULT_FILE if it cannot be made. */
CHECKED enum fault zipfile_begin(const char *path, int64_t as_of_ms, struct zipfile **out);
/* Adds a file under a name, whose folders are parted by '/'; names are UTF-8 and marked so. The file at `from` is read when the ZIP is finished and
 * must lie there until then. `packed`: it is compressed already and goes in as it is. */
CHECKED enum fault zipfile_add(struct zipfile *z, const char *name, const char *from, bool packed);
/* Writes it; frees it in any case. `tell` (may be NULL) hears how much is done, 0 to 1, and ends it by false: FAULT_BUSY. FAULT_FILE if a file
 * cannot be read or the ZIP not be written. */
CHECKED enum fault zipfile_finish(struct zipfile **z, bool (*tell)(void *context, double done), void *context);
/* Frees without writing; for _cleanup_(zipfile_abandon). */
void zipfile_abandon(struct zipfile **z);

#endif
