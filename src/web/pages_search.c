/* pages_search.c - one box over all that the reader may see: hits by register, newest first, with the place where the words stand. */
#include "web/facets.h"
#include "web/snippet.h"

#include "base/printer.h"

#include <string.h>

enum { HITS_SHOWN = 5, HITS_COUNTED = 1000, UNITS_SHOWN = 12, SNIPPET_MAX = 4000, SEARCH_LIMIT_MS = 3000 };

struct hits {
    struct page *p;
    const struct reg *reg;
    const char *typed;
    struct view_list *list;
};

/* The value that has the words, cut around them; the words marked. */
static const char *snippet_html(struct hits *h, const struct record *r) {
    struct page *p = h->p;
    struct snippet s = snippet_of(h->reg, r, h->typed, p->arena);
    _cleanup_(text_release) struct text out;
    text_init(&out, SNIPPET_MAX);
    if (s.field) {
        html_text(&out, lang_tr(p->lang, s.field->label));
        html_text(&out, lang_tr(p->lang, "："));
    }
    for (size_t i = 0; i < s.count; i++) {
        text_add(&out, s.parts[i].marked ? "<mark>" : "");
        html_text(&out, s.parts[i].text);
        text_add(&out, s.parts[i].marked ? "</mark>" : "");
    }
    return arena_copy(p->arena, out.at);
}

static enum fault add_hit(void *context, const struct record *r) {
    struct hits *h = context;
    struct page *p = h->p;
    const struct reg_field *name = reg_name_field(h->reg);
    struct view *v = view_item(h->list);
    view_text(v, K(url), record_url(p, h->reg, &r->id));
    view_copy(v, K(label), value_show(name, &r->values[name - h->reg->fields], p->lang, p->arena));
    view_date(v, K(effective), r->effective);
    const struct reg_state *state = r->state ? reg_state_named(h->reg, r->state) : NULL;
    if (state) {
        view_tr(v, K(state), state->label);
        view_text(v, K(tone), state_tone(h->reg, state));
    }
    view_html(v, K(snippet_html), snippet_html(h, r));
    return FAULT_NONE;
}

static const char *list_url(struct page *p, const struct reg *reg, const char *typed, const char *unit) {
    _cleanup_(text_release) struct text url;
    text_init(&url, 16000);
    text_format(&url, "/r/%s?q=", reg->key);
    url_arg(&url, typed);
    if (unit) text_format(&url, "&filter=unit%%20%%3D%%20%s", unit);
    return arena_copy(p->arena, url.at);
}

/* What is looked for, and what was found so far. */
struct search {
    struct page *p;
    const char *typed, *unit, *only; /* unit, only: what it is narrowed to; NULL: all */
    struct view_list *groups, *kinds;
    struct facets units;
    int64_t count; /* of all hits shown, or how many at least */
    bool many;
};

/* The search narrowed in another way; NULL: to nothing. */
static const char *search_url(struct search *s, const char *unit, const char *only) {
    _cleanup_(text_release) struct text url;
    text_init(&url, 16000);
    text_add(&url, "/search?q=");
    url_arg(&url, s->typed);
    if (unit) text_format(&url, "&unit=%s", unit);
    if (only) text_format(&url, "&register=%s", only);
    return arena_copy(s->p->arena, url.at);
}

static void view_count(struct view *v, int64_t count) {
    bool many = count > HITS_COUNTED;
    view_format(v, K(count), many ? "%d+" : "%d", many ? HITS_COUNTED : (int)count);
}

static enum fault skip_unit(void *context, const struct id *unit, int64_t count) {
    (void)context, (void)unit, (void)count;
    return FAULT_NONE;
}

/* A register is counted with the unit chosen, units with the register chosen: each tells what choosing it would give. */
static enum fault count_register(struct search *s, struct list_query *q, const struct filter *filter, int64_t *count) {
    struct page *p = s->p;
    bool chosen = !s->only || !strcmp(s->only, q->reg->key);
    enum fault f = record_count_units(p->site->config.registers, p->conn, &p->actor, q, HITS_COUNTED + 1,
                                      chosen ? facets_take : skip_unit, &s->units, count);
    q->filter = filter;
    if (!f && filter && *count) f = record_count(p->site->config.registers, p->conn, &p->actor, q, HITS_COUNTED + 1, count);
    return f;
}

/* One register's hits, last entered first, and how many there are in all. */
static enum fault search_register(struct search *s, const struct reg *reg) {
    struct page *p = s->p;
    struct filter_context context = {.actor = &p->actor};
    struct filter *filter = NULL;
    char next[CURSOR_TEXT], before[CURSOR_TEXT];
    int64_t count;
    enum fault f = s->unit ? filter_parse(reg, arena_join(p->arena, "unit = ", s->unit), &context, p->arena, &p->notes, &filter)
                           : FAULT_NONE;
    struct list_query q = {.reg = reg, .search = s->typed, .sort = "-entered", .limit = HITS_SHOWN};
    if (!f) f = count_register(s, &q, filter, &count);
    if (f || !count) return f == FAULT_RIGHT ? FAULT_NONE : f;
    bool chosen = s->only && !strcmp(s->only, reg->key);
    struct view *k = view_item(s->kinds);
    view_tr(k, K(label), reg->label);
    view_count(k, count);
    view_bool(k, K(selected), chosen);
    view_text(k, K(url), search_url(s, s->unit, chosen ? NULL : reg->key));
    if (s->only && !chosen) return FAULT_NONE;
    s->count += count > HITS_COUNTED ? HITS_COUNTED : count;
    s->many |= count > HITS_COUNTED;
    struct view *g = view_item(s->groups);
    view_tr(g, K(label), reg->label);
    view_count(g, count);
    view_text(g, K(url), list_url(p, reg, s->typed, s->unit));
    view_bool(g, K(more), count > HITS_SHOWN);
    struct hits h = {p, reg, s->typed, view_list(g, K(hits))};
    return record_list(p->site->config.registers, p->conn, &p->actor, &q, add_hit, &h, next, before);
}

/* The units with most hits, to those who may know what they are called; the one chosen, even without a hit, is in the form. */
static enum fault add_facets(struct search *s) {
    struct view_list *list = view_list(s->p->view, K(places));
    facets_sort(&s->units);
    int shown = 0;
    for (size_t i = 0; i < s->units.count && shown < UNITS_SHOWN; i++) {
        char unit[ID_TEXT];
        const char *name;
        enum fault f = facet_name(s->p, &s->units.units[i].unit, &name);
        if (f) return f;
        if (!name) continue;
        id_format(&s->units.units[i].unit, unit);
        bool chosen = s->unit && !strcmp(s->unit, unit);
        struct view *v = view_item(list);
        view_copy(v, K(label), name);
        view_count(v, s->units.units[i].count);
        view_bool(v, K(selected), chosen);
        view_text(v, K(url), search_url(s, chosen ? NULL : unit, s->only));
        shown++;
    }
    return FAULT_NONE;
}

/* Units to narrow by. */
static enum fault add_units(struct page *p, const char *chosen) {
    const struct reg *reg = register_named(p->site->config.registers, "unit");
    struct view_list *list = view_list(p->view, K(units));
    _cleanup_(stmt_done) struct stmt *s = NULL;
    if (!reg || !access_may(&p->actor, reg->read)) return FAULT_NONE;
    enum fault f = stmt_open(p->conn, "SELECT id, f_name FROM r_unit WHERE tenant = ?1 AND withdrawn = 0 ORDER BY made LIMIT 200",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    for (bool row = true; row;) {
        f = stmt_step(s, &row);
        if (f) return f;
        struct id id;
        char text[ID_TEXT];
        if (!row || !stmt_id(s, 0, &id)) continue;
        id_format(&id, text);
        struct view *o = view_item(list);
        view_copy(o, K(value), text);
        view_copy(o, K(label), stmt_text(s, 1));
        view_bool(o, K(selected), chosen && !strcmp(chosen, text));
    }
    return FAULT_NONE;
}

enum fault page_search(struct page *p) {
    const char *typed = page_param(p, "q"), *unit = page_param(p, "unit"), *only = page_param(p, "register");
    const struct registers *rs = p->site->config.registers;
    struct id id;
    struct view *v = page_view(p, "查找");
    enum fault f = page_reader(p);
    if (f) return f;
    struct search s = {.p = p, .typed = typed ? typed : "", .groups = view_list(v, K(groups)), .kinds = view_list(v, K(kinds))};
    s.unit = unit && unit[0] && id_parse(unit, &id) ? unit : NULL;
    s.only = only && only[0] && register_named(rs, only) ? only : NULL;
    facets_init(&s.units, p->arena);
    view_text(v, K(query), s.typed);
    if (s.only) view_text(v, K(only), s.only);
    f = add_units(p, s.unit);
    for (size_t i = 0; !f && s.typed[0] && i < register_count(rs); i++) {
        const struct reg *reg = register_at(rs, i);
        if (reg->internal || !access_may(&p->actor, reg->read)) continue;
        f = clock_now_ms() - p->now_ms > SEARCH_LIMIT_MS ? FAULT_BUSY : search_register(&s, reg);
    }
    if (!f) f = add_facets(&s);
    if (f) return page_stopped(p, f);
    view_format(v, K(count), s.many ? "%lld+" : "%lld", (long long)s.count);
    view_bool(v, K(searched), s.typed[0]);
    return page_render(p, TEMPLATE_search);
}
