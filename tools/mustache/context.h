/* context.h - following where in an HTML page a template stands, so that each tag is escaped for its place. */
#ifndef MUSTACHE_CONTEXT_H
#define MUSTACHE_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

enum html_state {
    HTML_TEXT,
    HTML_OPEN,       /* after < */
    HTML_TAG_NAME,
    HTML_IN_TAG,     /* between attributes */
    HTML_ATTR_NAME,
    HTML_AFTER_NAME, /* white space after an attribute's name */
    HTML_BEFORE_VALUE,
    HTML_VALUE,      /* in a quoted value */
    HTML_DECLARATION,
    HTML_EMPTY,      /* inside <script>: nothing may stand there */
};

enum html_attr_kind { ATTR_PLAIN, ATTR_URL, ATTR_FORBIDDEN };
enum url_place { URL_START, URL_INSIDE, URL_UNSURE };

struct html_place {
    enum html_state state;
    enum html_attr_kind kind;
    enum url_place url;
    char quote;
    bool closing; /* the tag is an end tag */
    bool glued;   /* in a tag, directly after a section's edge: a space must follow */
    bool keep;    /* inside pre or textarea: white space counts */
    char tag[24], attr[24];
    size_t tag_length, attr_length;
};

/* Takes one literal byte. NULL if it may stand there, else what is wrong. */
const char *html_step(struct html_place *h, char c);
/* Readies the place for a section's edge. */
const char *html_edge(struct html_place *h);
/* Whether a section that began at `a` may end at `b`; `a` becomes what holds after both. */
bool html_join(struct html_place *a, const struct html_place *b);

#endif
