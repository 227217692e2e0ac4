/* filter_parse.h - what the filter's parser and its typing share. */
#ifndef REGISTER_FILTER_PARSE_H
#define REGISTER_FILTER_PARSE_H

#include "register/filter_tree.h"

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_QUOTED,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_TILDE,
    TOKEN_EQUAL, /* the operators stand together, TOKEN_HAS last */
    TOKEN_UNEQUAL,
    TOKEN_LESS,
    TOKEN_LESS_EQUAL,
    TOKEN_MORE,
    TOKEN_MORE_EQUAL,
    TOKEN_HAS,
};

struct token {
    enum token_kind kind;
    size_t at, end;   /* bytes of the text */
    const char *text; /* as written; TOKEN_QUOTED: what it stands for */
};

struct parse {
    const struct reg *reg;
    const struct filter_context *context;
    struct arena *arena;
    struct notes *notes;
    const char *text;
    struct token now;
    size_t last_end; /* where the token before `now` ends */
    int comparisons, depth, parameters;
};

/* Tells one error at a byte of the text, and is FAULT_INPUT. */
#define PARSE_FAIL_AT(p, place, ...) (note_add((p)->notes, place, __VA_ARGS__), FAULT_INPUT)
#define PARSE_FAIL(p, at, ...) PARSE_FAIL_AT(p, parse_place(p, at), __VA_ARGS__)

/* The number of the character at a byte, from 1. */
const char *parse_place(const struct parse *p, size_t at);
const char *parse_slice(const struct parse *p, size_t from, size_t to);

/* Finds what a name means and how it is compared. */
CHECKED enum fault type_subject(struct parse *p, const struct token *name, struct comparison *out);
/* Types the value p->now for the subject and operator that `out` already has; `sign` is where the operator stands. */
CHECKED enum fault type_value(struct parse *p, const struct token *sign, struct comparison *out);
/* A comparison that could be asked of this register. */
const char *parse_example(const struct parse *p);

#endif
