/* snippet.h - where the words that somebody searched for stand in a record: a piece of one value, cut around them, in parts that are marked or not. */
#ifndef WEB_SNIPPET_H
#define WEB_SNIPPET_H

#include "register/record.h"

struct snippet_part {
    const char *text;
    bool marked;
};

/* `field` NULL: the words stand nowhere as they were typed (the index folds widths and cases). Where something is cut off, the first or last part says so by "…". */
struct snippet {
    const struct reg_field *field;
    struct snippet_part parts[24];
    size_t count;
};

/* Looks through what is searched of a record: its texts as people read them; private ones, references and files are never shown. Memory is the arena's. */
struct snippet snippet_of(const struct reg *reg, const struct record *record, const char *typed, struct arena *arena);

#endif
