/* static.h - style sheet, icon and other files built into the program, each under an address that names its content. */
#ifndef WEB_STATIC_H
#define WEB_STATIC_H

#include <stddef.h>

struct static_file {
    const char *name; /* "taizhang.css" */
    const char *path; /* "/static/taizhang.0123456789ab.css": its content never changes, so it may be kept for ever */
    const char *type; /* Content-Type */
    const unsigned char *bytes;
    size_t length;
};

/* Made by tools/embed.py from web/style, ended by a NULL name. */
extern const struct static_file static_files[];

/* By request path; NULL if there is none. */
const struct static_file *static_find(const char *path);
/* The path of a file by its name; the name must be one of ours (assert). */
const char *static_path(const char *name);

#endif
