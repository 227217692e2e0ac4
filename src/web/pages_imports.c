/* pages_imports.c - the tables imported into a register, and taking a whole one back. */
#include "web/page.h"

#include "register/filter.h"
#include "register/import.h"

#include <string.h>

enum { SHOWN = 30 };

struct listing {
    struct page *p;
    const struct reg *reg, *log;
    struct view_list *list;
    const struct id *retried; /* the one whose undoing was refused; NULL: none */
};

/* The register, if the actor may enter records in it from outside. */
static enum fault asked_register(struct page *p, const struct reg **out) {
    enum fault f = page_register(p, 0, out);
    if (f) return f;
    if ((*out)->internal || !register_named(p->site->config.registers, "import")) return FAULT_ABSENT;
    return access_may(&p->actor, (*out)->record) ? FAULT_NONE : FAULT_RIGHT;
}

static const struct value *value_of(const struct listing *l, const struct record *r, const char *key) {
    return &r->values[reg_field_named(l->log, key) - l->log->fields];
}

static enum fault add_import(void *context, const struct record *r) {
    struct listing *l = context;
    struct page *p = l->p;
    struct record_step *steps;
    size_t count;
    char id[ID_TEXT];
    id_format(&r->id, id);
    struct actor reader = page_actor_with(p, "import.read");
    enum fault f = record_history(p->site->config.registers, p->conn, &reader, l->log, &r->id, p->arena, &steps, &count);
    if (f) return f;
    bool kept = !strcmp(r->state, "kept"), retried = l->retried && id_same(l->retried, &r->id);
    struct view *v = view_item(l->list);
    view_copy(v, K(file), value_of(l, r, "file")->text);
    view_int(v, K(rows), value_of(l, r, "rows")->integer);
    view_moment(v, K(moment), r->entered_ms);
    view_text(v, K(who), count && steps[0].actor_name ? steps[0].actor_name : lang_tr(p->lang, "系统"));
    view_tr(v, K(state), reg_state_named(l->log, r->state)->label);
    view_text(v, K(tone), kept ? "good" : "");
    if (!kept) return FAULT_NONE;
    view_format(v, K(action), "/r/%s/imports/%s", l->reg->key, id);
    view_format(v, K(input), "reason-%s", id);
    view_bool(v, K(open), retried);
    view_text(v, K(reason), retried && page_field(p, "reason") ? page_field(p, "reason") : "");
    return FAULT_NONE;
}

static enum fault list_imports(struct page *p, struct listing *l) {
    struct actor reader = page_actor_with(p, "import.read");
    struct filter_context context = {.actor = &reader};
    struct filter *filter;
    char next[CURSOR_TEXT], before[CURSOR_TEXT];
    enum fault f = filter_parse(l->log, arena_format(p->arena, "register = \"%s\"", l->reg->key), &context, p->arena, &p->notes,
                                &filter);
    if (!f) f = page_reader(p);
    if (f) return f;
    struct list_query q = {.reg = l->log, .filter = filter, .limit = SHOWN, .cursor = page_param(p, "after")};
    f = record_list(p->site->config.registers, p->conn, &reader, &q, add_import, l, next, before);
    if (!f && next[0]) view_format(p->view, K(older_url), "/r/%s/imports?after=%s", l->reg->key, next);
    return f;
}

static enum fault show_imports(struct page *p, const struct reg *reg, const struct id *retried) {
    struct view *v = page_view(p, NULL);
    view_sentence(v, K(title), "导入过的表格：{0}", lang_tr(p->lang, reg->label));
    view_bool(v, K(nav_registers), true);
    view_format(v, K(register_url), "/r/%s", reg->key);
    view_tr(v, K(register_label), reg->label);
    view_format(v, K(import_url), "/r/%s/import", reg->key);
    struct listing l = {p, reg, register_named(p->site->config.registers, "import"), view_list(v, K(imports)), retried};
    enum fault f = jobs_show(p, reg->key);
    if (!f) f = list_imports(p, &l);
    return f ? f : page_render(p, TEMPLATE_imports);
}

enum fault page_imports(struct page *p) {
    const struct reg *reg;
    enum fault f = asked_register(p, &reg);
    return f ? f : show_imports(p, reg, NULL);
}

static void add_problems(struct page *p, const struct notes *notes) {
    struct view_list *list = view_list(p->view, K(problems));
    size_t count = 0;
    for (const struct note *n = notes->first; n; n = n->next, count++) {
        struct view *v = view_item(list);
        view_text(v, K(name), n->place);
        view_note(v, K(text), n);
    }
    if (notes->count > count) view_int(p->view, K(problems_more), notes->count - (int64_t)count);
}

/* The page again with why it was refused. */
static enum fault refuse(struct page *p, const struct reg *reg, const struct id *import, const char *sentence,
                         struct notes *notes) {
    enum fault f = show_imports(p, reg, import);
    if (f) return f;
    view_tr(p->view, K(fault), sentence);
    add_problems(p, notes);
    text_clear(http_answer_text(p->answer));
    http_answer_status(p->answer, fault_http_status(FAULT_INPUT));
    return page_render(p, TEMPLATE_imports);
}

/* The import in the path, if it is one into this register. */
static enum fault asked_import(struct page *p, const struct reg *reg, struct id *id) {
    const struct reg *log = register_named(p->site->config.registers, "import");
    struct actor reader = page_actor_with(p, "import.read");
    struct record r;
    enum fault f = page_id(p, 1, id);
    if (!f) f = page_reader(p);
    if (!f) f = record_read(p->site->config.registers, p->conn, &reader, log, id, NULL, p->arena, &r);
    if (f) return f;
    return strcmp(r.values[reg_field_named(log, "register") - log->fields].text, reg->key) ? FAULT_ABSENT : FAULT_NONE;
}

enum fault page_import_undo(struct page *p) {
    const struct reg *reg;
    struct id id;
    struct import_undoing done;
    const char *reason = page_field(p, "reason");
    enum fault f = asked_register(p, &reg);
    if (!f) f = asked_import(p, reg, &id);
    if (f) return f;
    struct notes notes;
    notes_init(&notes, p->arena);
    if (!reason || !reason[strspn(reason, " \u3000")]) return refuse(p, reg, &id, "请写明撤回的原因", &notes);
    store_read_end(&p->conn);
    f = import_undo(p->site->config.registers, &p->actor, p->now_ms, &id, reason, false, p->arena, &notes, &done);
    if (!f) return page_go(p, arena_format(p->arena, "/r/%s/imports", reg->key), "已撤回。");
    if (f == FAULT_STATE) return refuse(p, reg, NULL, "这次导入已经撤回过了", &notes);
    return f == FAULT_INPUT ? refuse(p, reg, &id, "有的记录在这次导入之后又改过，整体撤回没有进行，什么也没有变", &notes) : f;
}
