/* files.h - stored files, named by the SHA-256 of their content, under the data directory's files/. */
#ifndef REGISTER_FILES_H
#define REGISTER_FILES_H

#include "base/digest.h"
#include "base/fault.h"
#include "base/memory.h"

enum { FILE_VALUE_MAX = 360 };

/* Stores bytes durably (written beside, synced, renamed) and writes the REG_FILE value "HEX:SIZE:NAME". Storing the same bytes
 * again does nothing. The name is shown to people only; folder parts are cut off. FAULT_FILE if the disk refuses. */
CHECKED enum fault file_store(const char *files_dir, const void *bytes, size_t length, const char *name,
                              char value[FILE_VALUE_MAX]);
/* Reads the file a value names and checks its hash: FAULT_ABSENT if it is gone, FAULT_TAMPERED if its content has changed. */
CHECKED enum fault file_load(const char *files_dir, const char *value, size_t max, struct text *out);
/* The hash in hexadecimal (64 characters and NUL) and the name of a value; false if it is not of the form. */
bool file_value_parse(const char *value, char hash[65], const char **name);

#endif
