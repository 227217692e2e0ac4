/* lang.h - the sentence catalogue: Simplified Chinese is the source, other languages are looked up in it. */
#ifndef BASE_LANG_H
#define BASE_LANG_H

#include <stddef.h>

enum lang { LANG_ZH, LANG_EN, LANG_COUNT };

/* One translated pair; tables are sorted by strcmp of `source`, made at build time from web/po/LANG.po by tools/po2c.py. */
struct lang_pair {
    const char *source, *target;
};
struct lang_table {
    const struct lang_pair *pairs;
    size_t count;
};
/* Set once at start by the program that links the generated catalogue (lang_catalogue.c defines it); NULL table: source shown. */
void lang_set_table(enum lang lang, struct lang_table table);

/* The sentence in `lang`; the source itself where there is no translation. Never NULL for a non-NULL source. */
const char *lang_tr(enum lang lang, const char *source);
/* "zh-CN", "en". */
const char *lang_tag(enum lang lang);
/* Best language for an Accept-Language header or a tag such as "en"; Chinese when in doubt or NULL. */
enum lang lang_choose(const char *accept_language);

#endif
