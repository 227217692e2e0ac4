/* pages_history.c - what changed: a register's log, two versions of a record side by side, and two people's edits of one record. */
#include "web/page.h"

#include <stdlib.h>
#include <string.h>

enum { LOG_ROWS = 50 };

/* ---- the log of a register ---- */

struct logging {
    struct page *p;
    const struct reg *reg;
    struct view_list *list;
};

const char *op_label(const struct reg *reg, const char *op) {
    static const struct { const char *op, *label; } known[] = {{"add", "新增"}, {"edit", "修改"}, {"withdraw", "撤回"}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (!strcmp(known[i].op, op)) return known[i].label;
    const struct reg_move *move = reg_move_named(reg, op);
    return move ? move->label : op;
}

static enum fault add_line(void *context, const struct log_line *line) {
    struct logging *l = context;
    struct page *p = l->p;
    struct view *v = view_item(l->list);
    view_tr(v, K(what), op_label(l->reg, line->op));
    view_bool(v, K(late), line->late);
    view_copy(v, K(record_label), line->record_name);
    view_text(v, K(record_url), record_url(p, l->reg, &line->record));
    view_copy(v, K(who), line->actor_name ? line->actor_name : lang_tr(p->lang, "系统"));
    view_date(v, K(effective), line->effective);
    view_moment(v, K(moment), line->entered_ms);
    view_int(v, K(position), line->position);
    if (line->reason) view_copy(v, K(reason), line->reason);
    if (line->source) view_copy(v, K(source), line->source);
    view_format(v, K(proof_url), "%s/proof?position=%lld", record_url(p, l->reg, &line->record), (long long)line->position);
    const char *fields = "";
    for (size_t i = 0; i < line->field_count && strcmp(line->op, "add"); i++)
        fields = arena_format(p->arena, "%s%s%s", fields, i ? "、" : "", lang_tr(p->lang, line->fields[i]->label));
    if (fields[0]) view_text(v, K(text), fields);
    return FAULT_NONE;
}

enum fault page_log(struct page *p) {
    const struct reg *reg;
    enum fault f = page_register(p, 0, &reg);
    if (!f) f = page_reader(p);
    if (f) return f;
    struct view *v = page_view(p, "变动");
    view_bool(v, K(nav_registers), true);
    view_format(v, K(register_url), "/r/%s", reg->key);
    view_tr(v, K(register_label), reg->label);
    const char *before = page_param(p, "before");
    struct look look;
    f = look_ask(p->conn, NULL, before, &p->notes, &look);
    if (f) return f;
    struct logging l = {p, reg, view_list(v, K(steps))};
    int64_t next;
    conn_limit_ms(p->conn, 5000);
    f = record_log(p->site->config.registers, p->conn, &p->actor, reg, look.has_known_at ? look.known_at : INT64_MAX, LOG_ROWS,
                   add_line, &l, &next);
    conn_limit_ms(p->conn, 0);
    if (f) return f;
    view_bool(v, K(paged), next >= 0 || look.has_known_at);
    if (next >= 0) view_format(v, K(next_url), "/r/%s/log?before=%lld", reg->key, (long long)next);
    return page_render(p, TEMPLATE_log);
}

/* ---- values side by side ---- */

const char *field_words(struct page *p, const struct reg_field *f, const struct record *r, size_t at) {
    if (r->names[at]) return r->names[at];
    return value_show(f, &r->values[at], p->lang, p->arena);
}

static enum fault read_version(struct page *p, const struct reg *reg, const struct id *id, const char *known_at,
                               struct record *out) {
    struct look look;
    enum fault f = look_ask(p->conn, NULL, known_at, &p->notes, &look);
    if (!f) f = record_read(p->site->config.registers, p->conn, &p->actor, reg, id, &look, p->arena, out);
    return f;
}

static void add_version(struct view_list *list, const struct reg *reg, const struct record *r, const char *known_at) {
    struct view *v = view_item(list);
    const struct reg_state *state = r->state ? reg_state_named(reg, r->state) : NULL;
    view_text(v, K(known_at), known_at);
    view_int(v, K(position), r->position);
    view_date(v, K(effective), r->effective);
    if (state) view_tr(v, K(state), state->label);
    view_bool(v, K(withdrawn), r->withdrawn);
}

/* /r/REG/ID/compare?from=POSITION&to=POSITION: the record as it was known then and then. */
enum fault page_compare(struct page *p) {
    const struct reg *reg;
    struct id id;
    struct record versions[2];
    enum fault f = page_register(p, 0, &reg);
    if (!f) f = page_id(p, 1, &id);
    if (!f) f = page_reader(p);
    const char *asked[2] = {page_param(p, "from"), page_param(p, "to")};
    for (int i = 0; i < 2 && !f; i++) f = read_version(p, reg, &id, asked[i], &versions[i]);
    if (f) return f == FAULT_INPUT ? FAULT_ABSENT : f;
    struct view *v = page_view(p, "两个版本");
    view_bool(v, K(nav_registers), true);
    view_format(v, K(register_url), "/r/%s", reg->key);
    view_tr(v, K(register_label), reg->label);
    view_text(v, K(record_url), record_url(p, reg, &id));
    const struct reg_field *name = reg_name_field(reg);
    view_copy(v, K(record_label), field_words(p, name, &versions[1], (size_t)(name - reg->fields)));
    struct view_list *heads = view_list(v, K(heads)), *rows = view_list(v, K(rows));
    for (int i = 0; i < 2; i++) add_version(heads, reg, &versions[i], asked[i]);
    for (size_t i = 0; i < reg->field_count; i++) {
        struct view *row = view_item(rows);
        view_tr(row, K(label), reg->fields[i].label);
        view_copy(row, K(before), field_words(p, &reg->fields[i], &versions[0], i));
        view_copy(row, K(after), field_words(p, &reg->fields[i], &versions[1], i));
        view_bool(row, K(changed), !value_same(&versions[0].values[i], &versions[1].values[i]));
    }
    return page_render(p, TEMPLATE_compare);
}

/* ---- two edits of one record ---- */

/* What a choice of the conflict page sends: as the form takes it back. */
static const char *typed_again(struct page *p, const struct reg_field *f, const struct record *r, size_t at) {
    if (value_type(f->type)->choices) return r->values[at].text ? r->values[at].text : "";
    if (f->type == REG_REF) return r->values[at].text ? r->values[at].text : "";
    return field_words(p, f, r, at);
}

static void add_choice(struct view_list *list, const char *value, const char *text, const char *label, bool chosen) {
    struct view *o = view_item(list);
    view_text(o, K(value), value ? value : "");
    view_text(o, K(text), text);
    view_tr(o, K(label), label);
    view_bool(o, K(selected), chosen);
}

/* One field of which the two differ. Chosen beforehand is the side that alone has changed it. */
static void add_difference(struct page *p, struct view_list *rows, const struct conflict *c, size_t at, const struct value *mine) {
    const struct reg_field *field = &c->reg->fields[at];
    bool mine_new = !value_same(mine, &c->base.values[at]), theirs_new = !value_same(&c->now.values[at], &c->base.values[at]);
    struct view *row = view_item(rows);
    view_format(row, K(name), "f-%s", field->key);
    view_tr(row, K(label), field->label);
    view_copy(row, K(before), field_words(p, field, &c->base, at));
    view_bool(row, K(changed), mine_new && theirs_new);
    struct view_list *choices = view_list(row, K(options));
    add_choice(choices, typed_again(p, field, &c->now, at), field_words(p, field, &c->now, at), "现在的", theirs_new && !mine_new);
    add_choice(choices, c->typed[at], value_type(field->type)->refers ? c->typed[at] : value_show(field, mine, p->lang, p->arena),
               "我填的", mine_new && !theirs_new);
}

enum fault page_conflict(struct page *p, const struct conflict *c) {
    struct view *v = page_view(p, "同时有人改了这条记录");
    view_bool(v, K(nav_registers), true);
    view_format(v, K(register_url), "/r/%s", c->reg->key);
    view_tr(v, K(register_label), c->reg->label);
    view_text(v, K(record_url), record_url(p, c->reg, &c->now.id));
    view_copy(v, K(action), arena_format(p->arena, "%s/edit", record_url(p, c->reg, &c->now.id)));
    view_int(v, K(expected), c->now.position);
    view_text(v, K(reason), page_field(p, "reason"));
    view_text(v, K(effective), page_field(p, "effective"));
    struct view_list *rows = view_list(v, K(rows));
    size_t count = 0;
    for (size_t i = 0; i < c->reg->field_count; i++) {
        struct value mine;
        struct notes quiet;
        notes_init(&quiet, p->arena);
        if (!c->typed[i] ||
            value_read(p->site->config.registers, p->conn, &c->reg->fields[i], c->typed[i], NULL, p->arena, &quiet, &mine))
            continue;
        if (value_same(&mine, &c->now.values[i])) continue;
        add_difference(p, rows, c, i, &mine);
        count++;
    }
    view_bool(v, K(same), !count);
    http_answer_status(p->answer, fault_http_status(FAULT_CONFLICT));
    return page_render(p, TEMPLATE_conflict);
}
