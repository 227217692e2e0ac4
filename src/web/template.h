/* template.h - rendering a page: templates compiled at build time by tools/mustache.c, walked over a view. */
#ifndef WEB_TEMPLATE_H
#define WEB_TEMPLATE_H

#include "web/template_ops.h"
#include "web/view.h"

/* All templates of web/templates, in the build's web/template_table.c; ids are TEMPLATE_x in "web/template_keys.h". */
extern const struct template_set template_table;

/* Looks the templates' sentences up once in every language, so that rendering does not. Called once at start, after
 * lang_set_table() and before any thread renders; without it rendering is only slower. */
void template_prepare(void);

/* Appends template `id` (TEMPLATE_home …), filled from `page`, to `out`. It cannot fail but by out's maximum: then out->over is
 * set and the page must not be sent. */
void template_render(unsigned id, const struct view *page, struct text *out);

/* The same for another set of templates; for tests. */
void template_render_set(const struct template_set *set, unsigned id, const struct view *page, struct text *out);

#endif
