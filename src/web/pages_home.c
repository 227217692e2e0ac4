/* pages_home.c - the first page (what waits for the reader, the registers, the last changes) and the list of registers. */
#include "web/page.h"

#include "base/printer.h"

#include <string.h>

enum { ATTENTION_SHOWN = 8, CHANGES_LOOKED_AT = 40, CHANGES_SHOWN = 10, GROUPS_MAX = 32, FILTER_ROOM = 4000 };

static const char common_group[] = "组织与授权";

/* ---- groups of registers ---- */

struct group {
    const char *label;
    struct view_list *registers;
};

static struct view_list *group_list(struct view_list *groups, struct group *known, size_t *count, const char *label) {
    for (size_t i = 0; i < *count; i++)
        if (!strcmp(known[i].label, label)) return known[i].registers;
    struct view *g = view_item(groups);
    view_tr(g, K(label), label);
    struct view_list *list = view_list(g, K(registers));
    if (*count < GROUPS_MAX) known[(*count)++] = (struct group){label, list};
    return list;
}

/* What never ends (people, units) is not waiting for anything. */
static bool has_end(const struct reg *reg) {
    for (size_t i = 0; i < reg->state_count; i++)
        if (reg->states[i].final) return true;
    return false;
}

/* `records` tells how many records the reader sees, those about the organisation left out. */
static enum fault add_groups(struct page *p, bool whole, int64_t *records) {
    struct view_list *groups = view_list(p->view, K(groups));
    struct group known[GROUPS_MAX];
    size_t count = 0;
    *records = 0;
    const struct registers *rs = p->site->config.registers;
    size_t n = register_count(rs);
    for (size_t i = 0; i < 2 * n; i++) { /* the organisation's own registers come last */
        const struct reg *reg = register_at(rs, i % n);
        bool common = reg->group && !strcmp(reg->group, common_group);
        if (common != (i >= n)) continue;
        if (reg->internal || !access_may(&p->actor, reg->read)) continue;
        int64_t all, open;
        enum fault f = page_count(p, reg, &all, &open);
        if (f) return f;
        const char *label = reg->group ? reg->group : "其他";
        if (!common) *records += all;
        struct view *r = view_item(group_list(groups, known, &count, label));
        view_format(r, K(url), "/r/%s", reg->key);
        view_tr(r, K(label), reg->label);
        view_tr(r, K(purpose), whole ? reg->purpose : NULL);
        view_int(r, K(count), all);
        view_int(r, K(open), has_end(reg) ? open : 0);
        if (access_may(&p->actor, reg->record)) view_format(r, K(add_url), "/r/%s/new", reg->key);
    }
    return FAULT_NONE;
}

/* ---- what waits ---- */

struct attention {
    struct page *p;
    const struct reg *reg;
    struct view_list *list;
    bool own;
};

static const struct value *value_named(const struct reg *reg, const struct record *r, const char *key) {
    for (size_t i = 0; i < reg->field_count; i++)
        if (!strcmp(reg->fields[i].key, key)) return &r->values[i];
    return NULL;
}

/* What the record is called, for those who may see it. */
static const char *name_of(struct page *p, const struct reg *reg, const struct record *r) {
    for (size_t i = 0; i < reg->field_count; i++) {
        if (&reg->fields[i] != reg_name_field(reg)) continue;
        const char *name = r->names[i] ? r->names[i] : value_show(&reg->fields[i], &r->values[i], p->lang, p->arena);
        return name[0] ? arena_copy(p->arena, name) : "…";
    }
    return "…";
}

static enum fault add_attention(void *context, const struct record *r) {
    struct attention *a = context;
    struct page *p = a->p;
    struct view *item = view_item(a->list);
    const struct reg_state *state = reg_state_named(a->reg, r->state);
    view_tr(item, K(state), state ? state->label : NULL);
    view_text(item, K(tone), state ? state_tone(a->reg, state) : "");
    view_text(item, K(url), record_url(p, a->reg, &r->id));
    const struct value *due = value_named(a->reg, r, "due");
    view_text(item, K(label), name_of(p, a->reg, r));
    civil_day day;
    if (due && due->text && civil_parse(due->text, &day)) {
        bool over = day < p->today;
        const char *text = arena_copy(p->arena, due->text);
        if (over) view_sentence(item, K(text), a->own ? "您负责，已超过整改期限 {0}" : "已超过整改期限 {0}", text);
        else view_sentence(item, K(text), a->own ? "您负责，整改期限 {0}" : "整改期限 {0}", text);
        if (over) view_text(item, K(tone), "bad");
    } else if (a->own) {
        view_tr(item, K(text), "您负责");
    }
    return FAULT_NONE;
}

static void open_filter(const struct reg *reg, struct text *out) {
    for (size_t i = 0; i < reg->state_count; i++)
        if (!reg->states[i].final) text_format(out, "%sstate = %s", out->length ? " OR " : "", reg->states[i].key);
}

static enum fault list_attention(struct attention *a, const char *text, int limit) {
    if (limit <= 0) return FAULT_NONE;
    struct page *p = a->p;
    struct filter_context context = {.actor = &p->actor};
    struct filter *filter;
    char next[CURSOR_TEXT], before[CURSOR_TEXT];
    enum fault f = filter_parse(a->reg, text, &context, p->arena, NULL, &filter);
    if (f) return f;
    struct list_query q = {.reg = a->reg, .filter = filter, .limit = limit};
    f = record_list(p->site->config.registers, p->conn, &p->actor, &q, add_attention, a, next, before);
    return f == FAULT_RIGHT ? FAULT_NONE : f;
}

/* Findings that are not settled, one's own first. */
static enum fault attend(struct page *p) {
    struct view_list *list = view_list(p->view, K(attention));
    const struct reg *reg = register_named(p->site->config.registers, "finding");
    if (!reg || !access_may(&p->actor, reg->read)) return FAULT_NONE;
    const struct reg_field *owner = reg_field_named(reg, "owner");
    _cleanup_(text_release) struct text open = {0}, text = {0};
    text_init(&open, FILTER_ROOM);
    text_init(&text, FILTER_ROOM);
    open_filter(reg, &open);
    if (!open.length) return FAULT_NONE;
    struct attention a = {p, reg, list, true};
    enum fault f = FAULT_NONE;
    if (owner) {
        text_format(&text, "owner = me AND (%s)", open.at);
        f = list_attention(&a, text.at, ATTENTION_SHOWN);
        text_clear(&text);
        text_format(&text, "owner != me AND (%s)", open.at);
    } else {
        text_add(&text, open.at);
    }
    a.own = false;
    if (!f) f = list_attention(&a, text.at, ATTENTION_SHOWN - (int)list->count);
    int64_t all, waiting;
    if (!f) f = page_count(p, reg, &all, &waiting);
    if (f || waiting <= (int64_t)list->count) return f;
    text_clear(&text);
    text_format(&text, "/r/%s?filter=", reg->key);
    url_arg(&text, open.at);
    view_copy(p->view, K(attention_url), text.at);
    view_int(p->view, K(attention_count), waiting);
    return FAULT_NONE;
}

/* ---- the last changes ---- */

struct last {
    const struct reg *reg;
    struct id record, actor;
    bool has_actor, late;
    const char *what;
    int64_t entered_ms;
};
struct lasts {
    struct page *p;
    struct last items[CHANGES_LOOKED_AT];
    size_t count;
};

static enum fault take_entry(void *context, const struct entry_row *row) {
    struct lasts *l = context;
    const struct entry *e = &row->entry;
    const struct reg *reg = register_named(l->p->site->config.registers, e->register_key);
    bool elsewhere = reg && reg->internal && strcmp(reg->key, "report"); /* shown on pages of its own, not as a record */
    if (!reg || elsewhere || !strcmp(e->op, "define") || !access_may(&l->p->actor, reg->read) || l->count == CHANGES_LOOKED_AT)
        return FAULT_NONE;
    const struct reg_move *move = reg_move_named(reg, e->op);
    const char *what = !strcmp(e->op, "add")      ? "新增"
                     : !strcmp(e->op, "edit")     ? "修改"
                     : !strcmp(e->op, "withdraw") ? "撤回"
                     : move                       ? move->label
                                                  : NULL;
    if (!what) return FAULT_NONE;
    struct last *last = &l->items[l->count++];
    *last = (struct last){.reg = reg, .record = e->record, .what = what, .entered_ms = e->entered_ms};
    if (e->actor) last->has_actor = true, last->actor = *e->actor;
    for (size_t i = 0; i < e->field_count; i++) last->late |= !strcmp(e->fields[i].key, "_late") && e->fields[i].integer;
    return FAULT_NONE;
}

static enum fault add_change(struct page *p, struct view_list *list, const struct last *last) {
    const struct registers *rs = p->site->config.registers;
    struct look now = {0};
    struct record r;
    enum fault f = record_read(rs, p->conn, &p->actor, last->reg, &last->record, &now, p->arena, &r);
    if (f == FAULT_ABSENT || f == FAULT_RIGHT) return FAULT_NONE;
    const char *who = NULL;
    if (!f && last->has_actor) f = page_person_name(p, &last->actor, &who);
    if (f) return f;
    struct view *c = view_item(list);
    char id[ID_TEXT];
    id_format(&r.id, id);
    if (last->reg->internal) view_format(c, K(url), "/issued/%s", id);
    else view_text(c, K(url), record_url(p, last->reg, &r.id));
    view_text(c, K(label), name_of(p, last->reg, &r));
    view_tr(c, K(register), last->reg->label);
    view_tr(c, K(what), last->what);
    if (who) view_text(c, K(who), who);
    else view_tr(c, K(who), "系统");
    view_moment(c, K(moment), last->entered_ms);
    view_bool(c, K(late), last->late);
    return FAULT_NONE;
}

static enum fault add_changes(struct page *p) {
    struct view_list *list = view_list(p->view, K(changes));
    struct lasts *lasts = arena_new(p->arena, struct lasts);
    lasts->p = p;
    int64_t size;
    enum fault f = journal_size(p->conn, TENANT, &size);
    if (!f) f = journal_scan(p->conn, TENANT, size > CHANGES_LOOKED_AT ? size - CHANGES_LOOKED_AT : 0, size, take_entry, lasts);
    for (size_t i = lasts->count; !f && i-- && list->count < CHANGES_SHOWN;) f = add_change(p, list, &lasts->items[i]);
    return f;
}

enum fault page_home(struct page *p) {
    int64_t records;
    enum fault f = page_reader(p);
    if (f) return f;
    struct view *v = page_view(p, "首页");
    view_bool(v, K(nav_home), true);
    view_bool(v, K(may_report), register_named(p->site->config.registers, "incident") && access_may(&p->actor, "incident.record"));
    f = add_groups(p, false, &records);
    if (!f) f = attend(p);
    if (!f) f = add_changes(p);
    if (!f) f = second_warn(p);
    if (f) return f;
    view_bool(v, K(fresh), !records && access_may(&p->actor, "person.record"));
    return page_render(p, TEMPLATE_home);
}

enum fault page_registers(struct page *p) {
    int64_t records;
    enum fault f = page_reader(p);
    if (f) return f;
    view_bool(page_view(p, "台账"), K(nav_registers), true);
    view_bool(p->view, K(may_define), access_may_everywhere(&p->actor, "system.admin"));
    f = add_groups(p, true, &records);
    return f ? f : page_render(p, TEMPLATE_registers);
}
