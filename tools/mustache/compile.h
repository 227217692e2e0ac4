/* compile.h - the template compiler: Mustache sources in, one table of operations out; errors name file and line. */
#ifndef MUSTACHE_COMPILE_H
#define MUSTACHE_COMPILE_H

#include "web/template_ops.h"

#include <stdbool.h>
#include <stddef.h>

struct mustache_source {
    const char *name; /* the template's name; partials are called by it */
    const char *text;
    size_t length;
};

struct mustache_sentence {
    const char *text;
    const char *source; /* where it stood first */
    unsigned line;
};

/* The compiled set. Ids are the sources' order; key ids are 1 + index in `keys`. Everything is freed by mustache_release(). */
struct mustache_output {
    struct template_op *ops;
    char *literals;
    uint16_t *paths;
    uint32_t *starts;
    char **keys;
    struct mustache_sentence *sentences;
    size_t op_count, literal_length, path_count, source_count, key_count, sentence_count;
    char *errors; /* one line each: "name:line: what is wrong"; empty if none */
    size_t errors_length;
    struct mustache_piece *pieces;
};

/* Compiles all sources. With `html`, contexts are followed and unsafe places refused, white space is squeezed, names must be C
 * identifiers and partials must exist; without, text is text, as the Mustache specification has it. True if there was no error. */
bool mustache_compile(const struct mustache_source *sources, size_t count, bool html, struct mustache_output *out);
void mustache_release(struct mustache_output *out);

#endif
