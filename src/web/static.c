/* static.c - finding a built-in file. */
#include "web/static.h"

#include <assert.h>
#include <string.h>

const struct static_file *static_find(const char *path) {
    for (const struct static_file *f = static_files; f->name; f++)
        if (!strcmp(f->path, path)) return f;
    return NULL;
}

const char *static_path(const char *name) {
    const struct static_file *f = static_files;
    while (f->name && strcmp(f->name, name) != 0) f++;
    assert(f->name);
    return f->path;
}
