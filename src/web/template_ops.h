/* template_ops.h - what a compiled template is: the contract between tools/mustache.c and src/web/template.c. */
#ifndef WEB_TEMPLATE_OPS_H
#define WEB_TEMPLATE_OPS_H

#include <stdint.h>

/* How a value is printed, decided at compile time from where its tag stands. */
enum template_context {
    TEMPLATE_TEXT,   /* between tags */
    TEMPLATE_ATTR,   /* in a quoted attribute */
    TEMPLATE_URL,    /* a whole address, or its beginning: must be a path of this site or http(s), else "#" is printed */
    TEMPLATE_ARG,    /* a piece of an address: percent-encoded */
    TEMPLATE_MARKUP, /* {{{key_html}}}: as it is if it was set by view_html(), else as TEMPLATE_TEXT */
};

/* Each operation first prints its literal: bytes [literal, literal + literal_length) of the set's literals. */
enum template_code {
    TEMPLATE_END,      /* back from a partial, or the end */
    TEMPLATE_LITERAL,  /* nothing but its literal */
    TEMPLATE_VALUE,    /* print a name */
    TEMPLATE_SENTENCE, /* print catalogue sentence `at` with `length` arguments, names in the following VALUE operations */
    TEMPLATE_SECTION,  /* {{#name}}: if false go to `at` (one past its CLOSE) */
    TEMPLATE_INVERTED, /* {{^name}}: if true go to `at` */
    TEMPLATE_CLOSE, /* next item: go to `at`, one past the SECTION; or leave, to `length` if that is set (past the {{^name}} that follows) */
    TEMPLATE_CALL, /* partial: the operations at `at` */
};

enum template_flags {
    TEMPLATE_HERE = 1, /* {{.name}}: look in the innermost object only */
    TEMPLATE_ONCE = 2, /* {{#name?}}: go in once if true, and stay in the context outside */
};

/* A name is `key`; with `more` it is the first of a dotted name and the set's paths hold the rest from `path`, ended by 0.
 * Key 0 is the implicit iterator `{{.}}`. */
struct template_op {
    uint8_t code, context;
    uint8_t flags; /* enum template_flags */
    uint8_t more;
    uint16_t key, path;
    uint32_t at, length;
    uint32_t literal, literal_length;
};

struct template_set {
    const struct template_op *ops;
    const char *literals;
    const uint16_t *paths;
    const uint32_t *starts; /* by template id */
    const char *const *sentences;
    unsigned template_count, sentence_count;
    const char **prepared; /* [language * sentence_count + sentence], filled by template_prepare(); NULL: none */
};

#endif
