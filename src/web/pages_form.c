/* pages_form.c - the form that adds or edits a record; what was typed stays when something is wrong. */
#include "web/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A form on its way: the record as it stands (edit), and what was typed (after a failed post). */
struct form {
    struct page *page;
    const struct reg *reg;
    bool editing, posted;
    struct id id;
    struct record record;
    enum fault failed;
    const char **fresh; /* by field: files that the form brought */
};

/* Names with 、 between, each on a line of its own. */
static const char *one_a_line(struct page *p, const char *names) {
    char *out = arena_copy(p->arena, names);
    for (char *at; (at = strstr(out, "、"));) {
        *at = '\n';
        memmove(at + 1, at + strlen("、"), strlen(at + strlen("、")) + 1);
    }
    return out;
}

/* What stands in an input at first: as value_read would take it back. */
static const char *initial_value(struct form *f, size_t at) {
    const struct reg_field *field = &f->reg->fields[at];
    if (!f->editing) { /* a link may bring values along */
        const char *given = page_param(f->page, arena_join(f->page->arena, "f-", field->key));
        return given ? given : "";
    }
    const struct value *v = &f->record.values[at];
    if (field->type == REG_REFS && f->record.names[at]) return one_a_line(f->page, f->record.names[at]);
    if (f->record.names[at]) return f->record.names[at];
    if (value_type(field->type)->choices && v->kind == VALUE_TEXT) return v->text;
    if (field->type == REG_YESNO && v->kind == VALUE_INT) return v->integer ? "1" : "0";
    return value_show(field, v, f->page->lang, f->page->arena);
}

static bool is_hidden(struct form *f, const struct reg_field *field) {
    return f->editing && field->flags & PRIVATE && f->reg->private_ &&
           !access_may_in(&f->page->actor, f->reg->private_, &f->record.unit);
}

static void show_inputs(struct form *f) {
    struct page *p = f->page;
    struct view_list *list = view_list(p->view, K(form_fields));
    for (size_t i = 0; i < f->reg->field_count; i++) {
        const struct reg_field *field = &f->reg->fields[i];
        if (field->compute || is_hidden(f, field)) continue;
        const char *typed = f->posted ? page_field_all(p, arena_join(p->arena, "f-", field->key)) : NULL;
        struct view *input = page_input(p, list, field, "f-", f->posted ? typed : initial_value(f, i),
                                        (field->flags & REQUIRED) != 0, page_note_for(p, field->key));
        if (field->type == REG_FILE)
            upload_show(p, input, field, f->editing ? record_url(p, f->reg, &f->id) : NULL,
                        f->editing ? f->record.values[i].text : NULL, f->fresh ? f->fresh[i] : NULL);
    }
}

static void show_time(struct form *f) {
    struct page *p = f->page;
    struct view_list *list = view_list(p->view, K(time_fields));
    /* With a date field of its own the record's effective date is that; otherwise, and for a value that changes later, it is asked. */
    const struct reg_field day = {.key = "effective",
                                  .label = "生效日期",
                                  .type = REG_DATE,
                                  .help = f->editing ? "更正原来的错误不填；从某日起有变化的，填那一天" : "不填为今天"};
    const struct reg_field why = {.key = "reason", .label = "补录的原因", .type = REG_TEXT};
    if (f->editing || !f->reg->date)
        (void)page_input(p, list, &day, "", page_field(p, "effective"), false, page_note_for(p, "effective"));
    (void)page_input(p, list, &why, "", page_field(p, "reason"), false, page_note_for(p, "reason"));
    view_int(p->view, K(late_days), reg_late_days(f->reg));
}

static enum fault show_form(struct form *f) {
    struct page *p = f->page;
    struct view *v = page_view(p, NULL);
    view_sentence(v, K(title), f->editing ? "修改：{0}" : "新增：{0}", lang_tr(p->lang, f->reg->label));
    view_bool(v, K(nav_registers), true);
    view_format(v, K(register_url), "/r/%s", f->reg->key);
    view_tr(v, K(register_label), f->reg->label);
    char id[ID_TEXT];
    id_format(&f->id, id);
    view_copy(v, K(record_id), id);
    const char *expected = page_field(p, "expected");
    if (f->editing)
        view_format(v, K(expected), "%lld", f->posted && expected ? strtoll(expected, NULL, 10) : (long long)f->record.position);
    view_copy(v, K(action),
              f->editing ? arena_format(p->arena, "%s/edit", record_url(p, f->reg, &f->id))
                         : arena_format(p->arena, "/r/%s/new", f->reg->key));
    view_copy(v, K(cancel_url), f->editing ? record_url(p, f->reg, &f->id) : arena_format(p->arena, "/r/%s", f->reg->key));
    if (f->failed) {
        page_errors(p, f->failed, f->reg, "f-");
        http_answer_status(p->answer, fault_http_status(f->failed));
        if (f->failed == FAULT_CONFLICT) view_text(v, K(conflict_url), record_url(p, f->reg, &f->id));
    }
    show_inputs(f);
    show_time(f);
    return page_render(p, TEMPLATE_record_form);
}

static enum fault begin_form(struct page *p, bool editing, struct form *f) {
    *f = (struct form){.page = p, .editing = editing};
    enum fault fault = page_register(p, 0, &f->reg);
    if (fault) return fault;
    if (f->reg->internal || !access_may(&p->actor, f->reg->record)) return FAULT_RIGHT;
    if (!editing) return FAULT_NONE;
    fault = page_id(p, 1, &f->id);
    if (!fault) fault = page_reader(p);
    if (!fault) fault = record_read(p->site->config.registers, p->conn, &p->actor, f->reg, &f->id, NULL, p->arena, &f->record);
    if (!fault && !access_may_in(&p->actor, f->reg->record, &f->record.unit)) fault = FAULT_RIGHT;
    return fault;
}

enum fault page_new(struct page *p) {
    struct form f;
    enum fault fault = begin_form(p, false, &f);
    f.id = id_make(p->now_ms);
    return fault ? fault : show_form(&f);
}

enum fault page_edit(struct page *p) {
    struct form f;
    enum fault fault = begin_form(p, true, &f);
    return fault ? fault : show_form(&f);
}

/* The values that the form sent. In an edit a field that was not sent at all (hidden from this editor) stays as it is. */
static enum fault take_values(struct form *f, struct change_value *values, size_t *count) {
    struct page *p = f->page;
    enum fault bad = FAULT_NONE; /* the other fields' files are taken all the same, so that they need not be chosen again */
    *count = 0;
    f->fresh = arena_array(p->arena, const char *, f->reg->field_count);
    for (size_t i = 0; i < f->reg->field_count; i++) {
        const struct reg_field *field = &f->reg->fields[i];
        const char *name = arena_format(p->arena, "f-%s", field->key),
                   *typed = value_type(field->type)->control == CONTROL_SET ? page_field_all(p, name) : page_field(p, name);
        /* The name that stood there: read again it could mean another record of that name. */
        if (f->editing && field->type == REG_REF && typed && f->record.names[i] && !strcmp(typed, f->record.names[i])) continue;
        if (field->type == REG_FILE) {
            struct upload u;
            enum fault fault = upload_take(p, field, name, f->editing ? f->record.values[i].text : NULL, &u);
            f->fresh[i] = u.fresh;
            typed = u.value;
            if (fault) bad = fault;
        }
        if (typed) values[(*count)++] = (struct change_value){field->key, typed, NULL};
    }
    return bad;
}

static enum fault save(struct form *f, struct change *c) {
    struct page *p = f->page;
    struct change_value *values = arena_array(p->arena, struct change_value, f->reg->field_count);
    const char *effective = page_field(p, "effective");
    c->reg = f->reg;
    c->record = f->id;
    c->values = values;
    c->reason = page_field(p, "reason");
    enum fault fault = take_values(f, values, &c->value_count);
    if (fault) return fault;
    c->has_effective = effective && effective[0];
    if (c->has_effective && !civil_parse(effective, &c->effective)) {
        note_add(&p->notes, "effective", "应为日期，如 2019-03-01");
        return FAULT_INPUT;
    }
    struct change_done done = {0};
    fault = change_apply(p->site->config.registers, &p->actor, p->now_ms, c, &p->notes, &done);
    return fault ? fault
                 : page_go(p, record_url(p, f->reg, &f->id), done.repeated ? "这条记录先前已经保存，没有重复登记。" : "已保存。");
}

/* Somebody else saved first: both sides are shown, and what both began with. Without that version (a position from nowhere) the form comes back. */
static enum fault show_conflict(struct form *f, const struct change *c) {
    struct page *p = f->page;
    struct conflict conflict = {.reg = f->reg, .typed = arena_array(p->arena, const char *, f->reg->field_count)};
    struct look then = {.has_known_at = true, .known_at = c->expected};
    const struct registers *rs = p->site->config.registers;
    enum fault fault = page_reader(p);
    if (!fault) fault = record_read(rs, p->conn, &p->actor, f->reg, &f->id, &then, p->arena, &conflict.base);
    if (!fault) fault = record_read(rs, p->conn, &p->actor, f->reg, &f->id, NULL, p->arena, &conflict.now);
    if (fault || conflict.now.withdrawn) return show_form(f);
    for (size_t i = 0; i < f->reg->field_count; i++) {
        const struct reg_field *field = &f->reg->fields[i];
        if (field->compute || field->type == REG_FILE || is_hidden(f, field)) continue;
        conflict.typed[i] = page_field_all(p, arena_join(p->arena, "f-", field->key));
    }
    return page_conflict(p, &conflict);
}

static enum fault answer_post(struct form *f, struct change *c) {
    f->posted = true;
    f->failed = save(f, c);
    store_read_end(&f->page->conn);
    if (f->failed == FAULT_CONFLICT && f->editing) return show_conflict(f, c);
    return f->failed ? show_form(f) : FAULT_NONE;
}

enum fault page_new_post(struct page *p) {
    struct form f;
    enum fault fault = begin_form(p, false, &f);
    if (fault) return fault;
    const char *id = page_field(p, "record");
    if (!id || !id_parse(id, &f.id)) f.id = id_make(p->now_ms);
    struct change c = {.kind = CHANGE_ADD, .expected = -1};
    return answer_post(&f, &c);
}

enum fault page_edit_post(struct page *p) {
    struct form f;
    enum fault fault = begin_form(p, true, &f);
    if (fault) return fault;
    const char *expected = page_field(p, "expected");
    struct change c = {.kind = CHANGE_EDIT, .expected = expected && expected[0] ? strtoll(expected, NULL, 10) : f.record.position};
    return answer_post(&f, &c);
}
