/* parse.h - cutting a Mustache source into literals and tags, with standalone lines taken out. */
#ifndef MUSTACHE_PARSE_H
#define MUSTACHE_PARSE_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind { TOKEN_LITERAL, TOKEN_VALUE, TOKEN_MARKUP, TOKEN_SECTION, TOKEN_INVERTED, TOKEN_CLOSE, TOKEN_PARTIAL, TOKEN_SENTENCE,
                  TOKEN_NOTHING /* comment, delimiters */, TOKEN_WRONG, TOKEN_END };

/* One piece; `at` points into the source. For a tag it is the trimmed content; for TOKEN_WRONG the sentence that says why. */
struct token {
    enum token_kind kind;
    const char *at;
    size_t length;
    const char *indent; /* of a standalone partial */
    size_t indent_length;
    unsigned line;
};

/* Where the reader stands. */
struct parser {
    const char *text, *end, *next;
    char open[8], close[8];
    unsigned line;
    struct token pending; /* the tag after a literal just given */
    bool has_pending;
};

void parser_init(struct parser *p, const char *text, size_t length);
/* The next piece; TOKEN_END at the end, and after TOKEN_WRONG. */
struct token parser_next(struct parser *p);

#endif
