/* pages_token.c - a person's own tokens for programs: listed, made (the token is shown once), stopped. */
#include "web/api.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN = 100, DAYS_MAX = 366 };

static const struct reg *token_reg(struct page *p) { return register_named(p->site->config.registers, "token"); }

/* Oneself may make and stop one's own tokens, whatever else one may. */
static struct actor own_actor(struct page *p) { return page_actor_with(p, "token.record token.read token.secret"); }

struct tokens {
    struct page *p;
    struct view_list *list;
};

static enum fault add_token(void *context, const struct record *r) {
    struct tokens *t = context;
    struct page *p = t->p;
    const struct reg *reg = token_reg(p);
    struct view *v = view_item(t->list);
    char id[ID_TEXT];
    id_format(&r->id, id);
    bool active = r->state && !strcmp(r->state, "active");
    view_text(v, K(name), page_value(p, reg, r, "name"));
    view_text(v, K(text), page_value(p, reg, r, "scope"));
    view_text(v, K(registers_text), page_value(p, reg, r, "registers"));
    view_text(v, K(period), page_value(p, reg, r, "until"));
    view_moment(v, K(moment), r->entered_ms);
    view_text(v, K(address), page_value(p, reg, r, "from"));
    view_tr(v, K(state), reg_state_named(reg, r->state)->label);
    view_text(v, K(tone), active ? "good" : "");
    if (active) view_format(v, K(action), "/tokens/%s/revoke", id);
    return FAULT_NONE;
}

static enum fault list_own(struct page *p) {
    struct tokens t = {p, view_list(p->view, K(tokens))};
    struct actor actor = own_actor(p);
    struct filter_context context = {.actor = &actor};
    struct filter *filter;
    char next[CURSOR_TEXT], before[CURSOR_TEXT];
    enum fault f = page_reader(p);
    if (!f) f = filter_parse(token_reg(p), "owner = me", &context, p->arena, &p->notes, &filter);
    struct list_query q = {.reg = token_reg(p), .filter = f ? NULL : filter, .limit = SHOWN};
    return f ? f : record_list(p->site->config.registers, p->conn, &actor, &q, add_token, &t, next, before);
}

static enum fault show_tokens(struct page *p, enum fault failed, const char *made) {
    const struct reg *reg = token_reg(p);
    if (!reg) return FAULT_ABSENT;
    struct view *v = page_view(p, "接口令牌");
    if (made) view_text(v, K(made), made);
    if (failed) {
        page_errors(p, failed, reg, "f-");
        http_answer_status(p->answer, fault_http_status(failed));
    }
    struct view_list *inputs = view_list(v, K(form_fields));
    static const char *const asked[] = {"name", "scope", "registers", "until"};
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        const struct reg_field *f = reg_field_named(reg, asked[i]);
        (void)page_input(p, inputs, f, "f-", failed ? page_field_all(p, arena_join(p->arena, "f-", f->key)) : "",
                         (f->flags & REQUIRED) != 0, page_note_for(p, f->key));
    }
    enum fault f = page_proof_inputs(p, inputs);
    if (!f) f = list_own(p);
    return f ? f : page_render(p, TEMPLATE_tokens);
}

enum fault page_tokens(struct page *p) { return show_tokens(p, FAULT_NONE, NULL); }

enum fault page_tokens_post(struct page *p) {
    const struct reg *reg = token_reg(p);
    if (!reg) return FAULT_ABSENT;
    struct id id = id_make(p->now_ms);
    char token[TOKEN_TEXT], hash[2 * DIGEST_BYTES + 1], owner[ID_TEXT], today[CIVIL_TEXT];
    api_token_make(&id, token, hash);
    id_format(&p->actor.person, owner);
    civil_format(p->today, today);
    const char *until = page_field(p, "f-until");
    civil_day end;
    if (until && civil_parse(until, &end) && end > p->today + DAYS_MAX) {
        note_add(&p->notes, "until", "最长一年");
        return show_tokens(p, FAULT_INPUT, NULL);
    }
    enum fault f = page_prove(p); /* a token outlives the session, so a session left open makes none */
    if (f) return show_tokens(p, f, NULL);
    const struct change_value values[] = {{"name", page_field(p, "f-name"), NULL},
                                          {"owner", owner, NULL},
                                          {"scope", page_field_all(p, "f-scope"), NULL},
                                          {"registers", page_field(p, "f-registers"), NULL},
                                          {"since", today, NULL},
                                          {"until", until, NULL},
                                          {"hash", hash, NULL},
                                          {"from", page_from(p).address, NULL}};
    struct actor actor = own_actor(p);
    struct change c = {
        .kind = CHANGE_ADD, .reg = reg, .record = id, .values = values, .value_count = COUNT_OF(values), .expected = -1};
    f = change_apply(p->site->config.registers, &actor, p->now_ms, &c, &p->notes, NULL);
    return show_tokens(p, f, f ? NULL : arena_copy(p->arena, token));
}

enum fault page_token_revoke(struct page *p) {
    const struct reg *reg = token_reg(p);
    struct id id, owner;
    struct record r;
    struct actor actor = own_actor(p);
    enum fault f = reg ? page_id(p, 0, &id) : FAULT_ABSENT;
    if (!f) f = page_reader(p);
    if (!f) f = record_read(p->site->config.registers, p->conn, &actor, reg, &id, NULL, p->arena, &r);
    if (f) return f;
    const struct value *v = &r.values[reg_field_named(reg, "owner") - reg->fields];
    if (!v->text || !id_parse(v->text, &owner) || !id_same(&owner, &p->actor.person)) return FAULT_ABSENT;
    struct change c = {.kind = CHANGE_MOVE, .reg = reg, .record = id, .move = "revoke", .expected = -1};
    store_read_end(&p->conn);
    f = change_apply(p->site->config.registers, &actor, p->now_ms, &c, &p->notes, NULL);
    return f ? f : page_go(p, "/tokens", "已停用。");
}

enum fault page_help_api(struct page *p) {
    (void)page_view(p, "接口说明");
    return page_render(p, TEMPLATE_help_api);
}
