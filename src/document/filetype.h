/* filetype.h - what kind a file is, by its content; the list of kinds that may be stored at all. */
#ifndef DOCUMENT_FILETYPE_H
#define DOCUMENT_FILETYPE_H

#include "base/fault.h"
#include "base/notes.h"

#include <stdbool.h>
#include <stddef.h>

enum filetype_show { SHOW_NOT, SHOW_PICTURE, SHOW_PDF }; /* how a page may show it; SHOW_NOT: only to be downloaded */

struct filetype {
    const char *mime;
    const char *endings; /* of names, lower case, each between blanks: " jpg jpeg " */
    enum filetype_show show;
};

/* Finds out what the content is. FAULT_INPUT, with a note under `key` saying what to do, if that kind may not be stored or if the name's ending
 * says another kind; FAULT_SYSTEM if the magic database cannot be opened. What `out` points to is static. */
CHECKED enum fault filetype_of(const void *bytes, size_t length, const char *name, struct notes *notes, const char *key,
                               const struct filetype **out);

/* How the ending of a name says it can be shown; whether it really can, the decoder will say. */
enum filetype_show filetype_show_named(const char *name);

#endif
