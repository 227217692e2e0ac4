/* keyfile.h - a file of random bytes that the installation makes for itself when it first needs it, readable by its owner only. */
#ifndef BASE_KEYFILE_H
#define BASE_KEYFILE_H

#include "base/fault.h"

#include <stddef.h>

/* Reads exactly `length` bytes. FAULT_ABSENT if there is no such file, FAULT_FILE if it cannot be read or is not of that length. */
CHECKED enum fault keyfile_read(const char *path, void *out, size_t length);
/* Reads it, after making it (mode 0600, durable) where there is none. Two programs that make it at once agree on one. FAULT_FILE. */
CHECKED enum fault keyfile_make(const char *path, void *out, size_t length);

#endif
