/* pages_webhook.c - subscriptions to changes: listed, made, stopped; their messages with what came of each, and sending one again. */
#include "web/hooks.h"
#include "web/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 100, MESSAGES = 50 };

static const struct reg *hook_reg(struct page *p) { return register_named(p->site->config.registers, "webhook"); }

/* Data leave the house through these, so they need a right of their own. */
static bool may_all(struct page *p) { return access_may_everywhere(&p->actor, "system.admin"); }
static bool may_own(struct page *p) { return may_all(p) || access_may(&p->actor, "webhook.own"); }

static struct actor hook_actor(struct page *p) { return page_actor_with(p, "webhook.record webhook.read"); }

static enum fault asked_pages(struct page *p) {
    if (!hook_reg(p)) return FAULT_ABSENT;
    if (may_own(p)) return FAULT_NONE;
    note_add(&p->notes, NULL, "您没有此项权限：{0}", "webhook.own");
    return FAULT_RIGHT;
}

/* ---- the list ---- */

struct listing {
    struct page *p;
    struct view_list *list;
};

static enum fault add_hook(void *context, const struct record *r) {
    struct listing *l = context;
    struct page *p = l->p;
    struct hook h;
    int64_t counts[3];
    char id[ID_TEXT];
    enum fault f = hook_read(p->site->config.registers, p->conn, &r->id, p->arena, &h);
    if (!f) f = outbox_count(p->conn, &r->id, counts);
    if (f) return f;
    id_format(&r->id, id);
    struct view *v = view_item(l->list);
    view_format(v, K(url), "/webhooks/%s", id);
    view_text(v, K(name), h.name);
    if (h.reg) view_tr(v, K(register_label), h.reg->label);
    else view_text(v, K(register_label), "—");
    view_text(v, K(address), h.url);
    view_tr(v, K(state), reg_state_named(hook_reg(p), r->state)->label);
    view_text(v, K(tone), h.active ? "good" : "");
    view_int(v, K(waiting), counts[OUTBOX_WAITING]);
    view_int(v, K(given_up), counts[OUTBOX_GIVEN_UP]);
    return FAULT_NONE;
}

static enum fault list_hooks(struct page *p) {
    struct listing l = {p, view_list(p->view, K(hooks))};
    struct actor actor = hook_actor(p);
    struct filter_context context = {.actor = &actor};
    struct filter *filter;
    char next[CURSOR_TEXT], before[CURSOR_TEXT];
    enum fault f = page_reader(p);
    if (!f) f = filter_parse(hook_reg(p), may_all(p) ? "" : "owner = me", &context, p->arena, &p->notes, &filter);
    struct actor system = actor_system(); /* the condition decides, not the unit */
    struct list_query q = {.reg = hook_reg(p), .filter = f ? NULL : filter, .limit = SHOWN};
    return f ? f : record_list(p->site->config.registers, p->conn, &system, &q, add_hook, &l, next, before);
}

/* ---- making one ---- */

static void add_registers(struct page *p, struct view *input, const char *chosen) {
    const struct registers *rs = p->site->config.registers;
    struct view_list *options = view_list(input, K(options));
    view_bool(input, K(is_text), false);
    view_bool(input, K(is_choice), true);
    view_text(input, K(help), NULL);
    for (size_t i = 0; i < register_count(rs); i++) {
        const struct reg *reg = register_at(rs, i);
        if (reg->internal || !access_may(&p->actor, reg->read)) continue;
        struct view *o = view_item(options);
        view_text(o, K(value), reg->key);
        view_tr(o, K(label), reg->label);
        view_bool(o, K(selected), chosen && !strcmp(chosen, reg->key));
    }
}

static enum fault show_hooks(struct page *p, enum fault failed) {
    static const char *const asked[] = {"name", "register", "filter", "url"};
    struct view *v = page_view(p, "变更通知");
    if (failed) {
        page_errors(p, failed, hook_reg(p), "f-");
        http_answer_status(p->answer, fault_http_status(failed));
    }
    struct view_list *inputs = view_list(v, K(form_fields));
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        const struct reg_field *f = reg_field_named(hook_reg(p), asked[i]);
        const char *typed = failed ? page_field(p, arena_join(p->arena, "f-", f->key)) : "";
        struct view *input = page_input(p, inputs, f, "f-", typed, (f->flags & REQUIRED) != 0, page_note_for(p, f->key));
        if (!strcmp(f->key, "register")) add_registers(p, input, typed);
    }
    enum fault f = list_hooks(p);
    return f ? f : page_render(p, TEMPLATE_webhooks);
}

enum fault page_webhooks(struct page *p) {
    enum fault f = asked_pages(p);
    return f ? f : show_hooks(p, FAULT_NONE);
}

/* The register is one that the owner may read, and the condition can be read for it. */
static enum fault check_hook(struct page *p, const char *key, const char *text) {
    const struct reg *reg = key ? register_named(p->site->config.registers, key) : NULL;
    struct notes notes;
    struct filter *filter;
    notes_init(&notes, p->arena);
    if (!reg || reg->internal || !access_may(&p->actor, reg->read)) {
        note_add(&p->notes, "register", "请选择一个您能查看的台账");
        return FAULT_INPUT;
    }
    enum fault f = page_reader(p);
    struct filter_context context = {
        .actor = &p->actor, .registers = p->site->config.registers, .conn = p->conn, .has_today = true, .today = p->today};
    if (!f) f = filter_parse(reg, text ? text : "", &context, p->arena, &notes, &filter);
    if (f != FAULT_INPUT || !notes.first) return f;
    _cleanup_(text_release) struct text sentence;
    text_init(&sentence, 4000);
    note_fill(&sentence, lang_tr(p->lang, notes.first->sentence), notes.first->args);
    note_add(&p->notes, "filter", "第 {0} 个字处：{1}", notes.first->place, sentence.at);
    return FAULT_INPUT;
}

enum fault page_webhooks_post(struct page *p) {
    enum fault f = asked_pages(p);
    if (f) return f;
    char owner[ID_TEXT], today[CIVIL_TEXT], id[ID_TEXT];
    id_format(&p->actor.person, owner);
    civil_format(p->today, today);
    const char *key = page_field(p, "f-register"), *filter = page_field(p, "f-filter");
    f = check_hook(p, key, filter);
    if (f == FAULT_INPUT) return show_hooks(p, f);
    if (f) return f;
    const struct change_value values[] = {
        {"name", page_field(p, "f-name"), NULL}, {"owner", owner, NULL}, {"register", key, NULL}, {"filter", filter, NULL},
        {"url", page_field(p, "f-url"), NULL},   {"since", today, NULL}};
    struct actor actor = hook_actor(p);
    struct change c = {.kind = CHANGE_ADD,
                       .reg = hook_reg(p),
                       .record = id_make(p->now_ms),
                       .values = values,
                       .value_count = COUNT_OF(values),
                       .expected = -1};
    store_read_end(&p->conn);
    f = change_apply(p->site->config.registers, &actor, p->now_ms, &c, &p->notes, NULL);
    if (f) return f == FAULT_INPUT ? show_hooks(p, f) : f;
    id_format(&c.record, id);
    return page_go(p, arena_join(p->arena, "/webhooks/", id), "已保存。");
}

/* ---- one of them ---- */

/* The one in the path, if it is the asker's own or the asker looks after the installation. */
static enum fault asked_hook(struct page *p, struct hook *out) {
    struct id id;
    enum fault f = asked_pages(p);
    if (!f) f = page_id(p, 0, &id);
    if (!f) f = page_reader(p);
    if (!f) f = hook_read(p->site->config.registers, p->conn, &id, p->arena, out);
    if (!f && !may_all(p) && !id_same(&out->owner, &p->actor.person)) f = FAULT_ABSENT;
    return f;
}

struct messages {
    struct page *p;
    const struct hook *hook;
    struct view_list *list;
    int64_t last;
    int count;
};

static void add_outcome(struct page *p, struct view *v, const struct outbox_message *m, const struct outbox_try *t, bool tried) {
    static const char *const labels[] = {"待送", "已送到", "没有送到"}, *const tones[] = {"work", "good", "bad"};
    view_tr(v, K(state), labels[m->state]);
    view_text(v, K(tone), tones[m->state]);
    view_int(v, K(tries), m->tries);
    if (m->state == OUTBOX_WAITING && m->tries) view_moment(v, K(next_try), m->next_ms);
    if (!tried) return;
    view_moment(v, K(tried), t->at_ms);
    view_int(v, K(took_ms), t->took_ms);
    if (t->status) view_int(v, K(status), t->status);
    view_text(v, K(why), t->why);
    (void)p;
}

static enum fault add_message(void *context, const struct outbox_message *m) {
    struct messages *l = context;
    struct page *p = l->p;
    struct entry_row row;
    struct outbox_try try;
    bool tried;
    char id[ID_TEXT], hook[ID_TEXT];
    enum fault f = outbox_last_try(p->conn, &m->id, p->arena, &try, &tried);
    if (!f) f = journal_entry_read(p->conn, TENANT, m->position, p->arena, &row);
    if (f) return f;
    struct view *v = view_item(l->list);
    id_format(&m->id, id);
    id_format(&m->hook, hook);
    view_int(v, K(position), m->position);
    if (l->hook->reg) view_tr(v, K(what), op_label(l->hook->reg, row.entry.op));
    else view_copy(v, K(what), row.entry.op);
    if (l->hook->reg) view_text(v, K(record_url), record_url(p, l->hook->reg, &row.entry.record));
    view_moment(v, K(moment), row.entry.entered_ms);
    add_outcome(p, v, m, &try, tried);
    if (l->hook->active && m->state == OUTBOX_GIVEN_UP) {
        view_format(v, K(action), "/webhooks/%s/again", hook);
        view_copy(v, K(value), id);
    }
    l->last = m->position;
    l->count++;
    return FAULT_NONE;
}

enum fault page_webhook(struct page *p) {
    struct hook h;
    char id[ID_TEXT], *secret = arena_alloc(p->arena, HOOK_SECRET);
    int64_t counts[3];
    enum fault f = asked_hook(p, &h);
    if (f) return f;
    id_format(&h.id, id);
    struct view *v = page_view(p, NULL);
    view_text(v, K(title), h.name);
    view_text(v, K(address), h.url);
    if (h.reg) view_tr(v, K(register_label), h.reg->label);
    else view_text(v, K(register_label), "—");
    view_text(v, K(filter), h.filter);
    view_bool(v, K(active), h.active);
    if (h.active) view_format(v, K(stop_action), "/webhooks/%s/stop", id);
    if (id_same(&h.owner, &p->actor.person)) {
        hooks_secret(p->site->hooks, &h.id, secret);
        view_text(v, K(secret), secret);
    }
    f = outbox_count(p->conn, &h.id, counts);
    if (f) return f;
    view_int(v, K(waiting), counts[OUTBOX_WAITING]);
    view_int(v, K(delivered), counts[OUTBOX_DELIVERED]);
    view_int(v, K(given_up), counts[OUTBOX_GIVEN_UP]);
    const char *before = page_param(p, "before");
    int64_t from = before && strlen(before) < 18 ? strtoll(before, NULL, 10) : INT64_MAX;
    struct messages l = {.p = p, .hook = &h, .list = view_list(v, K(messages))};
    f = outbox_list(p->conn, &h.id, from, MESSAGES, add_message, &l);
    if (l.count == MESSAGES) view_format(v, K(next_url), "/webhooks/%s?before=%lld", id, (long long)l.last);
    return f ? f : page_render(p, TEMPLATE_webhook);
}

enum fault page_webhook_stop(struct page *p) {
    struct hook h;
    struct actor actor = hook_actor(p);
    enum fault f = asked_hook(p, &h);
    if (f) return f;
    struct change c = {.kind = CHANGE_MOVE, .reg = hook_reg(p), .record = h.id, .move = "stop", .expected = -1};
    store_read_end(&p->conn);
    f = change_apply(p->site->config.registers, &actor, p->now_ms, &c, &p->notes, NULL);
    return f ? f : page_go(p, "/webhooks", "已停用。");
}

enum fault page_webhook_again(struct page *p) {
    struct hook h;
    struct id message;
    const char *sent = page_field(p, "message");
    enum fault f = asked_hook(p, &h);
    if (!f && (!sent || !id_parse(sent, &message))) f = FAULT_ABSENT;
    if (f) return f;
    store_read_end(&p->conn);
    f = outbox_again(p->site->config.registers, &h.id, &message, p->now_ms);
    return f ? f : page_go(p, arena_join(p->arena, "/webhooks/", p->args[0]), "已排队再送。");
}
