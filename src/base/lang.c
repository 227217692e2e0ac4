/* lang.c - looking sentences up by binary search and choosing a language. */
#include "base/lang.h"

#include <stdbool.h>
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

static bool range_names(const char *range, const char *language) {
    return !strncasecmp(range, language, 2) && (!range[2] || strchr("-_.,; \t", range[2]));
}

/* Thousandths of a range's quality ("en-GB;q=0.8" → 800); 1000 without one. */
static int range_quality(const char *range) {
    size_t length = strcspn(range, ",");
    const char *q = memchr(range, ';', length);
    if (!q) return 1000;
    q += 1 + strspn(q + 1, " \t");
    if ((q[0] != 'q' && q[0] != 'Q') || q[1] != '=') return 1000;
    if (q[2] != '0') return 1000;
    int quality = 0, weight = 100;
    for (q += q[3] == '.' ? 4 : 3; *q >= '0' && *q <= '9'; q++, weight /= 10) quality += weight * (*q - '0');
    return quality;
}

enum lang lang_choose(const char *accept) {
    enum lang best = LANG_ZH;
    int best_quality = 0;
    for (const char *p = accept; p && *p; p = strchr(p, ','), p = p ? p + 1 : NULL) {
        p += strspn(p, " \t");
        int quality = range_quality(p);
        if (quality <= best_quality) continue; /* among equals the first named wins */
        if (range_names(p, "zh")) best = LANG_ZH, best_quality = quality;
        if (range_names(p, "en")) best = LANG_EN, best_quality = quality;
    }
    return best;
}
