/* pages_view.c - lists kept under a name: shown above the list, kept, dropped. */
#include "web/page.h"

#include "register/filter.h"
#include "web/remember.h"

#include <string.h>

enum { VIEWS_SHOWN = 30, QUERY_MAX = 4000 };

struct listing {
    struct page *p;
    const struct reg *views, *reg;
    struct view_list *list;
};

static const struct reg *views_register(struct page *p) { return register_named(p->site->config.registers, "view"); }

static const struct value *value_of(const struct listing *l, const struct record *r, const char *key) {
    return &r->values[reg_field_named(l->views, key) - l->views->fields];
}

static enum fault add_view(void *context, const struct record *r) {
    struct listing *l = context;
    struct page *p = l->p;
    char id[ID_TEXT], me[ID_TEXT];
    id_format(&r->id, id);
    id_format(&p->actor.person, me);
    struct view *v = view_item(l->list);
    view_format(v, K(url), "/r/%s?%s", l->reg->key, value_of(l, r, "query")->text);
    view_copy(v, K(label), value_of(l, r, "name")->text);
    if (!strcmp(value_of(l, r, "owner")->text, me)) view_format(v, K(drop_action), "/r/%s/views/%s/drop", l->reg->key, id);
    return FAULT_NONE;
}

/* Most installations keep none, and no list should ask for them each time. */
static enum fault any_views(struct page *p, const struct reg *views, bool *out) {
    size_t at = 0;
    int64_t count, open;
    while (register_at(p->site->config.registers, at) != views) at++;
    if (remember_count(p->site->remembered, p->journal, at, &count, &open)) return *out = count > 0, FAULT_NONE;
    struct actor system = actor_system();
    enum fault f = record_count(p->site->config.registers, p->conn, &system, &(struct list_query){.reg = views}, 0, &count);
    if (f) return f;
    remember_keep_count(p->site->remembered, p->journal, at, count, 0);
    *out = count > 0;
    return FAULT_NONE;
}

enum fault views_show(struct page *p, const struct reg *reg, const char *query) {
    const struct reg *views = views_register(p);
    struct actor reader = page_actor_with(p, "view.read");
    struct filter_context context = {.actor = &reader};
    struct filter *filter;
    char next[CURSOR_TEXT], before[CURSOR_TEXT];
    bool any;
    if (!views) return FAULT_NONE;
    if (query[0]) {
        view_copy(p->view, K(keep_query), query);
        view_format(p->view, K(keep_action), "/r/%s/views", reg->key);
        view_bool(p->view, K(may_share), access_may(&p->actor, reg->record));
    }
    enum fault f = page_reader(p);
    if (!f) f = any_views(p, views, &any);
    if (f || !any) return f;
    f = filter_parse(views, arena_format(p->arena, "register = \"%s\" AND (owner = me OR shared = true)", reg->key), &context,
                     p->arena, NULL, &filter);
    struct listing l = {p, views, reg, view_list(p->view, K(views))};
    struct actor system = actor_system(); /* the condition decides, not the unit */
    struct list_query q = {.reg = views, .filter = f ? NULL : filter, .limit = VIEWS_SHOWN};
    return f ? f : record_list(p->site->config.registers, p->conn, &system, &q, add_view, &l, next, before);
}

/* What may stand behind the question mark: what url_arg() leaves, and the signs between. */
static bool query_fine(const char *query) {
    size_t n = query ? strlen(query) : 0;
    return n && n <= QUERY_MAX && strspn(query, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%=&+*") == n;
}

enum fault page_view_keep(struct page *p) {
    const struct reg *reg, *views = views_register(p);
    enum fault f = page_register(p, 0, &reg);
    if (f || !views) return f ? f : FAULT_ABSENT;
    const char *query = page_field(p, "query"), *name = page_field(p, "name"), *shared = page_field(p, "shared");
    char owner[ID_TEXT];
    id_format(&p->actor.person, owner);
    if (query && strlen(query) > QUERY_MAX) note_add(&p->notes, NULL, "条件太多，存不下；请减少几项");
    if (!query_fine(query)) return FAULT_INPUT;
    bool share = shared && shared[0] && access_may(&p->actor, reg->record);
    const struct change_value values[] = {{"name", name ? name : "", NULL},
                                          {"owner", owner, NULL},
                                          {"register", reg->key, NULL},
                                          {"query", query, NULL},
                                          {"shared", share ? "1" : "0", NULL}};
    struct actor actor = page_actor_with(p, "view.record");
    struct change c = {.kind = CHANGE_ADD,
                       .reg = views,
                       .record = id_make(p->now_ms),
                       .values = values,
                       .value_count = COUNT_OF(values),
                       .expected = -1};
    store_read_end(&p->conn);
    f = change_apply(p->site->config.registers, &actor, p->now_ms, &c, &p->notes, NULL);
    return f ? f : page_go(p, arena_format(p->arena, "/r/%s?%s", reg->key, query), "已保存。");
}

enum fault page_view_drop(struct page *p) {
    const struct reg *reg, *views = views_register(p);
    struct id id;
    struct record r;
    struct actor system = actor_system();
    char me[ID_TEXT];
    id_format(&p->actor.person, me);
    enum fault f = page_register(p, 0, &reg);
    if (!f && !views) f = FAULT_ABSENT;
    if (!f) f = page_id(p, 1, &id);
    if (!f) f = page_reader(p);
    if (!f) f = record_read(p->site->config.registers, p->conn, &system, views, &id, NULL, p->arena, &r);
    struct listing l = {.views = views};
    if (!f && (strcmp(value_of(&l, &r, "owner")->text, me) || strcmp(value_of(&l, &r, "register")->text, reg->key)))
        f = FAULT_ABSENT;
    if (f) return f;
    struct actor actor = page_actor_with(p, "view.record");
    struct change c = {.kind = CHANGE_WITHDRAW, .reg = views, .record = id, .reason = lang_tr(p->lang, "不再使用"), .expected = -1};
    store_read_end(&p->conn);
    f = change_apply(p->site->config.registers, &actor, p->now_ms, &c, &p->notes, NULL);
    return f ? f : page_go(p, arena_format(p->arena, "/r/%s", reg->key), "已撤回。");
}
