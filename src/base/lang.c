/* lang.c - looking sentences up by binary search and choosing a language. */
#include "base/lang.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct lang_table tables[LANG_COUNT];

void lang_set_table(enum lang lang, struct lang_table table) { tables[lang] = table; }

static int compare_source(const void *key, const void *pair) { return strcmp(key, ((const struct lang_pair *)pair)->source); }

const char *lang_tr(enum lang lang, const char *source) {
    const struct lang_table *t = &tables[lang];
    if (!source || !t->count) return source;
    const struct lang_pair *p = bsearch(source, t->pairs, t->count, sizeof *t->pairs, compare_source);
    return p && p->target[0] ? p->target : source;
}

const char *lang_tag(enum lang lang) { return lang == LANG_EN ? "en" : "zh-CN"; }

enum lang lang_choose(const char *accept) {
    /* The first named language that we have wins; quality values are given in falling order by every browser in use. */
    for (const char *p = accept; p && *p; p = strchr(p, ','), p = p ? p + 1 : NULL) {
        p += strspn(p, " \t");
        if (!strncasecmp(p, "zh", 2)) return LANG_ZH;
        if (!strncasecmp(p, "en", 2)) return LANG_EN;
    }
    return LANG_ZH;
}
