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
/* Where the file of a value lies, after its content was held against the hash piece by piece: FAULT_ABSENT if it is gone, FAULT_TAMPERED if its content has
 * changed, FAULT_FILE if it cannot be read. */
enum { FILE_PATH_MAX = 4200 };
CHECKED enum fault file_hold(const char *files_dir, const char *value, char path[FILE_PATH_MAX]);
/* Whether it lies there with the size that the value tells; its content is not read. */
bool file_there(const char *files_dir, const char *value);
/* SHA-256 and size of the file at a path, read piece by piece. FAULT_ABSENT if there is none. */
CHECKED enum fault file_digest(const char *path, struct digest *out, uint64_t *size);
/* The hash in hexadecimal (64 characters and NUL) and the name of a value; false if it is not of the form. */
bool file_value_parse(const char *value, char hash[65], const char **name);

/* The single files of a value, which keeps several one a line; strings of the arena. */
const char *const *file_values(struct arena *arena, const char *value, size_t *count);

/* What a small picture is made with: the program that shrinks, and how large it may be. Kept in files_dir/.small, made again when it is not there. */
enum file_small { SMALL_LIST = 160, SMALL_PAGE = 1280, SMALL_PRINT = 1754 /* a page of paper at 150 dots an inch */ };
/* A picture no larger than `size` points on its longer side, without metadata, as JPEG; a page of a PDF (counted from 1) when `pdf_page` is not 0: as
 * PNG, for print as JPEG.
 * FAULT_ABSENT: no such file or page; FAULT_TAMPERED: its content has changed; FAULT_INPUT: it cannot be shown; FAULT_BUSY: it takes too long. */
CHECKED enum fault file_small(const char *files_dir, const char *value, enum file_small size, int pdf_page, struct text *out);
/* How many pages a stored PDF has; 0 if that cannot be found out. */
int file_pages(const char *files_dir, const char *value);

#endif
