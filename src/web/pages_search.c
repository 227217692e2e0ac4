/* pages_search.c - one box over all that the reader may see: hits by register, newest first, with the place where the words stand. */
#include "web/page.h"
#include "web/snippet.h"

#include "base/printer.h"

#include <string.h>

enum { HITS_SHOWN = 5, HITS_COUNTED = 1000, SNIPPET_MAX = 4000, SEARCH_LIMIT_MS = 3000 };

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

/* All hits together, or how many at least. */
struct found {
    int64_t count;
    bool many;
};

static void view_count(struct view *v, int64_t count, bool many) {
    view_format(v, K(count), many ? "%lld+" : "%lld", (long long)count);
}

/* One register's hits, last entered first, and how many there are in all. */
static enum fault search_register(struct page *p, const struct reg *reg, const char *typed, const char *unit,
                                  struct view_list *groups, struct found *found) {
    struct filter_context context = {.actor = &p->actor};
    struct filter *filter = NULL;
    char next[CURSOR_TEXT], before[CURSOR_TEXT];
    int64_t count;
    enum fault f = unit ? filter_parse(reg, arena_join(p->arena, "unit = ", unit), &context, p->arena, &p->notes, &filter)
                        : FAULT_NONE;
    struct list_query q = {.reg = reg, .search = typed, .filter = filter, .sort = "-entered", .limit = HITS_SHOWN};
    if (!f) f = record_count(p->site->config.registers, p->conn, &p->actor, &q, HITS_COUNTED + 1, &count);
    if (f || !count) return f == FAULT_RIGHT ? FAULT_NONE : f;
    bool many = count > HITS_COUNTED;
    found->count += many ? HITS_COUNTED : count;
    found->many |= many;
    struct view *g = view_item(groups);
    view_tr(g, K(label), reg->label);
    view_count(g, many ? HITS_COUNTED : count, many);
    view_text(g, K(url), list_url(p, reg, typed, unit));
    view_bool(g, K(more), count > HITS_SHOWN);
    struct hits h = {p, reg, typed, view_list(g, K(hits))};
    return record_list(p->site->config.registers, p->conn, &p->actor, &q, add_hit, &h, next, before);
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
    struct found found = {0};
    struct view *v = page_view(p, "查找");
    enum fault f = page_reader(p);
    if (unit && (!unit[0] || !id_parse(unit, &id))) unit = NULL;
    view_text(v, K(query), typed ? typed : "");
    if (!f) f = add_units(p, unit);
    struct view_list *groups = view_list(v, K(groups));
    for (size_t i = 0; !f && typed && typed[0] && i < register_count(rs); i++) {
        const struct reg *reg = register_at(rs, i);
        if (reg->internal || !access_may(&p->actor, reg->read) || (only && only[0] && strcmp(only, reg->key))) continue;
        f = clock_now_ms() - p->now_ms > SEARCH_LIMIT_MS ? FAULT_BUSY : search_register(p, reg, typed, unit, groups, &found);
    }
    if (f) return page_stopped(p, f);
    view_count(v, found.count, found.many);
    view_bool(v, K(searched), typed && typed[0]);
    return page_render(p, TEMPLATE_search);
}
