/* pages_record.c - the list of a register, and one record with its history, proof and files. */
#include "web/asked.h"

#include "base/printer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNTED = 2000 /* of a narrowed list, unless asked for all */ };

/* --- the list --- */

struct listing {
    struct page *page;
    struct page_table table;
};

static void listing_release(struct listing *l) { page_table_release(&l->table); }

static enum fault show_row(void *context, const struct record *r) {
    struct listing *l = context;
    page_table_row(l->page, &l->table, r);
    return FAULT_NONE;
}

/* Headings of columns that the list can be sorted by are links: to its opposite for the one it is sorted by, else to a useful beginning. */
static void sort_links(struct page *p, const struct reg *reg, const struct page_table *table) {
    const char *sort = page_param(p, "sort");
    bool sorted = sort && sort[0];
    for (size_t i = 0; i < reg->field_count; i++) {
        const struct reg_field *f = &reg->fields[i];
        bool date = reg->date && !strcmp(reg->date, f->key);
        if (!table->heads[i] || !order_offers(reg, f) || f->type == REG_CHOICE) continue;
        bool this = sorted ? !strcmp(f->key, sort + (sort[0] == '-')) : date, falling = sorted ? sort[0] == '-' : true;
        bool then_falling = this ? !falling : f->type == REG_DATE || value_type(f->type)->figure;
        view_text(table->heads[i], K(sort_url),
                  asked_url(p, reg, "", "sort", "sort", arena_join(p->arena, then_falling ? "-" : "", f->key)));
        if (this) view_text(table->heads[i], K(sorted), falling ? "descending" : "ascending");
        if (this && falling) view_bool(table->heads[i], K(falling), true);
    }
}

static void frame_list(struct page *p, const struct reg *reg) {
    struct view *v = page_view(p, reg->label);
    view_bool(v, K(nav_registers), true);
    view_format(v, K(register_url), "/r/%s", reg->key);
    view_tr(v, K(register_label), reg->label);
    if (reg->purpose) view_tr(v, K(purpose), reg->purpose);
    if (reg->date) view_format(v, K(filter_example), "%s >= 2019-01-01 AND %s <= 2019-12-31", reg->date, reg->date);
    else view_format(v, K(filter_example), "%s : \"%s\"", reg_name_field(reg)->key, "…");
    view_text(v, K(export_url), asked_url(p, reg, "export", "", NULL, NULL));
    view_format(v, K(log_url), "/r/%s/log", reg->key);
    if (reg->internal || !access_may(&p->actor, reg->record)) return;
    view_format(v, K(add_url), "/r/%s/new", reg->key);
    view_format(v, K(import_url), "/r/%s/import", reg->key);
}

/* The times asked, for the links to records, already printed as an attribute. */
static const char *then_query(struct page *p) {
    const char *as_of = page_param(p, "as_of"), *known_at = page_param(p, "known_at");
    bool day = as_of && as_of[0], known = known_at && known_at[0];
    if (!day && !known) return "";
    _cleanup_(text_release) struct text out;
    text_init(&out, 4000);
    text_add(&out, day ? "?as_of=" : "?known_at=");
    url_arg(&out, day ? as_of : known_at);
    if (day && known) text_add(&out, "&amp;known_at="), url_arg(&out, known_at);
    return arena_copy(p->arena, out.at);
}

/* A long narrowed list is counted up to a bound; the whole count is a click away. */
static enum fault count_narrowed(struct page *p, const struct reg *reg, const struct asked *a) {
    bool all = page_param(p, "count") != NULL;
    int64_t count;
    enum fault f = record_count(p->site->config.registers, p->conn, &p->actor, &a->query, all ? 0 : COUNTED + 1, &count);
    if (f) return f;
    if (all || count <= COUNTED) {
        view_int(p->view, K(count), count);
        return FAULT_NONE;
    }
    view_format(p->view, K(count), "%d+", COUNTED);
    view_text(p->view, K(count_url), asked_url(p, reg, "", "count", "count", "all"));
    return FAULT_NONE;
}

static enum fault count_list(struct page *p, const struct reg *reg, const struct asked *a) {
    if (a->filtered || a->query.look.has_as_of || a->query.look.has_known_at || a->query.withdrawn)
        return count_narrowed(p, reg, a);
    int64_t count, open;
    enum fault f = page_count(p, reg, &count, &open);
    if (!f) view_int(p->view, K(count), count);
    return f;
}

static enum fault fill_list(struct page *p, const struct reg *reg, struct asked *a) {
    _cleanup_(listing_release) struct listing l = {.page = p};
    char next[CURSOR_TEXT] = "", before[CURSOR_TEXT] = "";
    page_table_begin(p, reg, &l.table);
    sort_links(p, reg, &l.table);
    l.table.then = then_query(p);
    enum fault f = page_reader(p);
    if (!f) f = record_list(p->site->config.registers, p->conn, &p->actor, &a->query, show_row, &l, next, before);
    if (!f) f = count_list(p, reg, a);
    if (!f) f = page_table_end(p, &l.table);
    if (f) return f;
    view_bool(p->view, K(filtered), a->filtered);
    view_bool(p->view, K(more), a->more);
    view_bool(p->view, K(paged), next[0] || before[0]);
    if (next[0]) view_text(p->view, K(next_url), asked_url(p, reg, "", "", "after", next));
    if (before[0]) view_text(p->view, K(prev_url), asked_url(p, reg, "", "", "before", before));
    return FAULT_NONE;
}

/* What stands behind this list's question mark, if it is worth a name. */
static const char *kept_query(struct page *p, const struct reg *reg, const struct asked *a) {
    if (!a->filtered && !(a->query.sort && a->query.sort[0])) return "";
    const char *mark = strchr(asked_url(p, reg, "", "count", NULL, NULL), '?');
    return mark ? mark + 1 : "";
}

enum fault page_list(struct page *p) {
    const struct reg *reg;
    enum fault f = page_register(p, 0, &reg);
    if (f) return f;
    frame_list(p, reg);
    struct asked a;
    f = asked_read(p, reg, &a);
    if (!f) f = views_show(p, reg, kept_query(p, reg, &a));
    if (!f) f = fill_list(p, reg, &a);
    if (f && f != FAULT_INPUT && f != FAULT_BUSY) return f;
    if (f) {
        if (f == FAULT_INPUT && !p->notes.first) note_add(&p->notes, NULL, "网址里的页码或排序不完整；请从台账首页重新打开");
        f = page_stopped(p, f);
        page_errors(p, f, NULL, "");
        view_bool(p->view, K(more), true);
        view_bool(p->view, K(filtered), true);
        view_int(p->view, K(count), 0);
        http_answer_status(p->answer, fault_http_status(f));
    }
    return page_render(p, TEMPLATE_register_list);
}

/* --- one record --- */

static bool may_see_private(struct page *p, const struct reg *reg, const struct record *r) {
    return !reg->private_ || access_may_in(&p->actor, reg->private_, &r->unit);
}

/* A field's own small table. */
static void show_rows(struct page *p, struct view *v, const struct reg_field *f, const char *kept) {
    struct view_list *heads = view_list(v, K(heads)), *rows = view_list(v, K(rows));
    for (size_t i = 0; i < f->column_count; i++) view_tr(view_item(heads), K(label), f->columns[i].label);
    char *rest = arena_copy(p->arena, kept), *row;
    while ((row = strsep(&rest, "\n"))) {
        struct view_list *cells = view_list(view_item(rows), K(cells));
        for (size_t i = 0; i < f->column_count; i++) {
            char *cell = row ? strsep(&row, "\t") : NULL;
            struct value value = value_cell(&f->columns[i], cell ? cell : "");
            struct view *c = view_item(cells);
            view_copy(c, K(text), value_show(&f->columns[i], &value, p->lang, p->arena));
            view_bool(c, K(num), value_type(f->columns[i].type)->figure);
        }
    }
}

static void show_fields(struct page *p, const struct reg *reg, const struct record *r) {
    struct view_list *list = view_list(p->view, K(fields));
    for (size_t i = 0; i < reg->field_count; i++) {
        const struct reg_field *f = &reg->fields[i];
        struct view *v = view_item(list);
        view_tr(v, K(label), f->label);
        if (f->flags & PRIVATE && !may_see_private(p, reg, r)) {
            view_bool(v, K(private), true);
            continue;
        }
        const char *shown = r->names[i] ? r->names[i] : value_show(f, &r->values[i], p->lang, p->arena);
        const struct reg *to = f->type == REG_REF ? register_named(p->site->config.registers, f->to) : NULL;
        struct id id;
        if (to && r->values[i].kind == VALUE_TEXT && id_parse(r->values[i].text, &id) && access_may(&p->actor, to->read))
            view_text(v, K(url), record_url(p, to, &id));
        if (f->type == REG_FILE && r->values[i].kind == VALUE_TEXT) {
            files_show(p, v, f, record_url(p, reg, &r->id), r->values[i].text);
            continue;
        }
        if (f->type == REG_TABLE && r->values[i].kind == VALUE_TEXT) show_rows(p, v, f, r->values[i].text);
        else if (f->type == REG_URL && shown[0]) {
            view_copy(v, K(text), shown);
            view_copy(v, K(link), shown);
        } else if (f->type == REG_LONG && shown[0]) view_copy(v, K(long), shown);
        else if (f->unit && shown[0]) view_format(v, K(text), "%s %s", shown, lang_tr(p->lang, f->unit));
        else view_copy(v, K(text), shown[0] ? shown : "—");
    }
}

static const char *step_value(struct page *p, const struct reg_field *f, const struct value *v) {
    const struct reg *to = f->type == REG_REF && v->kind == VALUE_TEXT ? register_named(p->site->config.registers, f->to) : NULL;
    struct id id;
    const char *name;
    if (to && id_parse(v->text, &id) && !record_name(p->site->config.registers, p->conn, to, &id, p->arena, &name)) return name;
    return value_show(f, v, p->lang, p->arena);
}

/* Any version can be put beside any other; the first and the last are offered. */
static void show_versions(struct page *p, const struct reg *reg, const struct record *r, const struct record_step *steps,
                          size_t count) {
    if (count < 2) return;
    struct view_list *older = view_list(p->view, K(older)), *newer = view_list(p->view, K(newer));
    for (size_t i = 0; i < count; i++) {
        char day[CIVIL_TEXT];
        civil_format(civil_at(steps[i].entered_ms), day);
        const char *label = arena_format(p->arena, "%lld · %s · %s", (long long)steps[i].position, day,
                                         lang_tr(p->lang, op_label(reg, steps[i].op)));
        for (int side = 0; side < 2; side++) {
            struct view *o = view_item(side ? newer : older);
            view_int(o, K(value), steps[i].position);
            view_copy(o, K(label), label);
            view_bool(o, K(selected), i == (side ? count - 1 : 0));
        }
    }
    view_format(p->view, K(compare_action), "%s/compare", record_url(p, reg, &r->id));
}

static enum fault show_history(struct page *p, const struct reg *reg, const struct record *r) {
    struct record_step *steps;
    size_t count;
    enum fault f = record_history(p->site->config.registers, p->conn, &p->actor, reg, &r->id, p->arena, &steps, &count);
    if (f) return f;
    show_versions(p, reg, r, steps, count);
    struct view_list *list = view_list(p->view, K(steps));
    for (size_t i = 0; i < count; i++) {
        struct view *v = view_item(list);
        view_tr(v, K(what), op_label(reg, steps[i].op));
        view_bool(v, K(late), steps[i].late);
        view_text(v, K(reason), steps[i].reason);
        view_text(v, K(source), steps[i].source);
        view_text(v, K(who), steps[i].actor_name ? steps[i].actor_name : lang_tr(p->lang, "系统"));
        view_date(v, K(effective), steps[i].effective);
        view_moment(v, K(moment), steps[i].entered_ms);
        view_int(v, K(position), steps[i].position);
        view_format(v, K(proof_url), "%s/proof?position=%lld", record_url(p, reg, &r->id), (long long)steps[i].position);
        if (i)
            view_format(v, K(compare_url), "%s/compare?from=%lld&to=%lld", record_url(p, reg, &r->id),
                        (long long)steps[i - 1].position, (long long)steps[i].position);
        struct view_list *changes = view_list(v, K(changes));
        for (size_t k = 0; k < steps[i].count && strcmp(steps[i].op, "add"); k++) {
            struct view *c = view_item(changes);
            view_tr(c, K(label), steps[i].fields[k]->label);
            if (steps[i].before[k].kind != VALUE_NONE)
                view_copy(c, K(before), step_value(p, steps[i].fields[k], &steps[i].before[k]));
            if (steps[i].values[k].kind != VALUE_NONE)
                view_copy(c, K(after), step_value(p, steps[i].fields[k], &steps[i].values[k]));
        }
    }
    return FAULT_NONE;
}

static enum fault show_move(struct page *p, struct view_list *list, const struct reg *reg, const struct record *r,
                            const struct reg_move *m, bool first) {
    bool blocked;
    enum fault f = change_own_work(p->conn, reg, m, &r->id, &p->actor, &blocked);
    if (f) return f;
    struct view *v = view_item(list);
    view_tr(v, K(label), m->label);
    view_copy(v, K(action), arena_format(p->arena, "%s/move/%s", record_url(p, reg, &r->id), m->key));
    view_bool(v, K(main), first);
    if (blocked) {
        view_tr(v, K(blocked), "您本人经办过，这一步请由另一人办理。");
        return FAULT_NONE;
    }
    struct view_list *inputs = view_list(v, K(move_fields));
    const char *prefix = arena_format(p->arena, "m-%s-", m->key);
    bool retried = p->args[2] && !strcmp(p->args[2], m->key) && p->notes.first;
    for (size_t i = 0; i < REG_NEEDS && m->needs[i]; i++) {
        const struct reg_field *field = reg_field_named(reg, m->needs[i]);
        size_t at = (size_t)(field - reg->fields);
        const char *typed = page_field(p, arena_format(p->arena, "%s%s", prefix, field->key));
        const char *value = typed                            ? typed
                          : r->names[at]                     ? r->names[at]
                          : value_type(field->type)->choices ? r->values[at].text
                                                             : value_show(field, &r->values[at], p->lang, p->arena);
        struct view *input = page_input(p, inputs, field, prefix, value, true, retried ? page_note_for(p, field->key) : NULL);
        if (field->type == REG_FILE)
            upload_show(p, input, field, record_url(p, reg, &r->id), r->values[at].text, retried ? p->fresh[i] : NULL);
    }
    const struct reg_field day = {.key = "effective", .label = "办理日期", .type = REG_DATE},
                           why = {.key = "reason", .label = "补录的原因", .type = REG_TEXT, .help = "当日办理的不填"};
    char today[CIVIL_TEXT];
    civil_format(p->today, today);
    const char *effective = page_field(p, arena_format(p->arena, "%seffective", prefix)),
               *reason = page_field(p, arena_format(p->arena, "%sreason", prefix));
    (void)page_input(p, inputs, &day, prefix, arena_copy(p->arena, effective ? effective : today), true,
                     retried ? page_note_for(p, "effective") : NULL);
    (void)page_input(p, inputs, &why, prefix, reason, false, retried ? page_note_for(p, "reason") : NULL);
    return FAULT_NONE;
}

static enum fault show_moves(struct page *p, const struct reg *reg, const struct record *r) {
    struct view_list *list = view_list(p->view, K(moves));
    enum fault f = FAULT_NONE;
    bool first = true;
    for (size_t i = 0; !f && !r->withdrawn && i < reg->move_count; i++) {
        const struct reg_move *m = &reg->moves[i];
        bool fits = false;
        for (size_t k = 0; k < REG_FROM && m->from[k]; k++) fits |= r->state && !strcmp(m->from[k], r->state);
        if (!fits || reg->internal || !access_may_in(&p->actor, m->may, &r->unit)) continue;
        f = show_move(p, list, reg, r, m, first);
        first = false;
    }
    return f;
}

static void show_withdraw(struct page *p, const struct reg *reg, const struct record *r) {
    if (r->withdrawn || reg->internal || !access_may_in(&p->actor, reg->withdraw ? reg->withdraw : reg->record, &r->unit)) return;
    view_copy(p->view, K(withdraw_action), arena_format(p->arena, "%s/withdraw", record_url(p, reg, &r->id)));
    const struct reg_field why = {.key = "reason", .label = "原因", .type = REG_TEXT};
    (void)page_input(p, view_list(p->view, K(withdraw_fields)), &why, "", page_field(p, "reason"), true, NULL);
}

static enum fault read_record_look(struct page *p, struct look *look) {
    const char *as_of = page_param(p, "as_of"), *known = page_param(p, "known_at");
    enum fault f = page_reader(p);
    if (!f) f = look_ask(p->conn, as_of, known, NULL, look);
    if (f) return f == FAULT_INPUT ? FAULT_ABSENT : f;
    if (look->has_as_of) view_text(p->view, K(past), as_of);
    else if (look->has_known_at) view_format(p->view, K(past), "#%lld", (long long)look->known_at);
    if (look->has_as_of && look->has_known_at) view_format(p->view, K(past), "%s #%lld", as_of, (long long)look->known_at);
    return FAULT_NONE;
}

/* The record page; also the answer to a move or withdrawal that failed, with what was typed. */
static enum fault show_record(struct page *p, const struct reg *reg, const struct id *id, enum fault failed) {
    struct view *v = page_view(p, NULL);
    struct look look;
    struct record r;
    enum fault f = read_record_look(p, &look);
    if (!f) f = page_reader(p);
    if (!f) f = record_read(p->site->config.registers, p->conn, &p->actor, reg, id, &look, p->arena, &r);
    if (f) return f;
    const struct reg_field *name = reg_name_field(reg);
    const char *label = value_show(name, &r.values[name - reg->fields], p->lang, p->arena);
    view_copy(v, K(title), label[0] ? label : lang_tr(p->lang, reg->label));
    view_copy(v, K(record_label), label[0] ? label : lang_tr(p->lang, reg->label));
    view_bool(v, K(nav_registers), true);
    view_format(v, K(register_url), "/r/%s", reg->key);
    view_tr(v, K(register_label), reg->label);
    view_text(v, K(record_url), record_url(p, reg, id));
    const struct reg_state *state = r.state ? reg_state_named(reg, r.state) : NULL;
    if (state) {
        view_tr(v, K(state), state->label);
        view_text(v, K(tone), state_tone(reg, state));
    }
    view_bool(v, K(late), r.late);
    view_bool(v, K(withdrawn), r.withdrawn);
    view_date(v, K(effective), r.effective);
    view_moment(v, K(entered), r.entered_ms);
    view_int(v, K(position), r.position);
    view_copy(v, K(proof_url), arena_format(p->arena, "%s/proof", record_url(p, reg, id)));
    const struct reg *unit = register_named(p->site->config.registers, "unit");
    const char *unit_name;
    if (unit && !id_is_zero(&r.unit) && !record_name(p->site->config.registers, p->conn, unit, &r.unit, p->arena, &unit_name))
        view_text(v, K(unit_name), unit_name);
    if (!r.withdrawn && !reg->internal && access_may_in(&p->actor, reg->record, &r.unit))
        view_copy(v, K(edit_url), arena_format(p->arena, "%s/edit", record_url(p, reg, id)));
    if (!strcmp(reg->key, "form") && !r.withdrawn) {
        char form[ID_TEXT];
        id_format(id, form);
        view_format(v, K(form_url), "/forms/%s", form);
    }
    show_fields(p, reg, &r);
    if (!r.withdrawn) roster_show(p, reg, &r), box_show(p, reg, &r);
    if (reg->obeys == REG_CLOCK && !r.withdrawn && !look.has_as_of && !look.has_known_at) {
        f = term_show_clock(p, id);
        if (f) return f;
    }
    if (failed) {
        page_errors(p, failed, reg, p->args[2] ? arena_format(p->arena, "m-%s-", p->args[2]) : "");
        http_answer_status(p->answer, fault_http_status(failed));
    }
    f = show_moves(p, reg, &r);
    if (!f) f = show_history(p, reg, &r);
    if (f) return f;
    show_withdraw(p, reg, &r);
    return page_render(p, TEMPLATE_record);
}

enum fault page_record(struct page *p) {
    const struct reg *reg;
    struct id id;
    enum fault f = page_register(p, 0, &reg);
    if (!f) f = page_id(p, 1, &id);
    return f ? f : show_record(p, reg, &id, FAULT_NONE);
}

/* The reader snapshot was taken before the change; a page shown after a failure must not be older than the failure. */
static enum fault show_again(struct page *p, const struct reg *reg, const struct id *id, enum fault failed) {
    store_read_end(&p->conn);
    return failed == FAULT_ABSENT ? failed : show_record(p, reg, id, failed);
}

static int64_t read_expected(struct page *p) {
    const char *text = page_field(p, "expected");
    char *end;
    int64_t n = text && text[0] ? strtoll(text, &end, 10) : -1;
    return text && text[0] && !*end ? n : -1;
}

/* The values of a move's form. A file that the record has already need not be sent again. */
static enum fault take_needs(struct page *p, const struct reg *reg, const struct reg_move *m, const struct id *id,
                             const char *prefix, struct change *c, struct change_value values[REG_NEEDS]) {
    struct record r;
    enum fault f = page_reader(p);
    if (!f) f = record_read(p->site->config.registers, p->conn, &p->actor, reg, id, NULL, p->arena, &r);
    for (size_t i = 0; !f && i < REG_NEEDS && m->needs[i]; i++) {
        const struct reg_field *field = reg_field_named(reg, m->needs[i]);
        const char *name = arena_join(p->arena, prefix, field->key),
                   *value = value_type(field->type)->control == CONTROL_SET ? page_field_all(p, name) : page_field(p, name);
        if (field->type == REG_FILE) {
            struct upload u;
            const char *now = r.values[field - reg->fields].text;
            f = upload_take(p, field, name, now, &u);
            p->fresh[i] = u.fresh;
            value = u.value ? u.value : now;
        }
        values[c->value_count++] = (struct change_value){field->key, value, NULL};
    }
    store_read_end(&p->conn);
    return f;
}

enum fault page_move_post(struct page *p) {
    const struct reg *reg;
    struct id id;
    enum fault f = page_register(p, 0, &reg);
    if (!f) f = page_id(p, 1, &id);
    const struct reg_move *m = f ? NULL : reg_move_named(reg, p->args[2]);
    if (f || !m || reg->internal) return f ? f : FAULT_ABSENT;
    const char *prefix = arena_format(p->arena, "m-%s-", m->key);
    struct change_value values[REG_NEEDS];
    struct change c = {
        .kind = CHANGE_MOVE, .reg = reg, .record = id, .move = m->key, .values = values, .expected = read_expected(p)};
    f = take_needs(p, reg, m, &id, prefix, &c, values);
    if (f) return f == FAULT_ABSENT ? f : show_again(p, reg, &id, f);
    const char *effective = page_field(p, arena_format(p->arena, "%seffective", prefix));
    c.reason = page_field(p, arena_format(p->arena, "%sreason", prefix));
    c.has_effective = effective && effective[0];
    if (c.has_effective && !civil_parse(effective, &c.effective)) {
        note_add(&p->notes, "effective", "应为日期，如 2019-03-01");
        return show_again(p, reg, &id, FAULT_INPUT);
    }
    f = change_apply(p->site->config.registers, &p->actor, p->now_ms, &c, &p->notes, NULL);
    return f ? show_again(p, reg, &id, f) : page_go(p, record_url(p, reg, &id), "已办理。");
}

enum fault page_withdraw_post(struct page *p) {
    const struct reg *reg;
    struct id id;
    enum fault f = page_register(p, 0, &reg);
    if (!f) f = page_id(p, 1, &id);
    if (f || reg->internal) return f ? f : FAULT_ABSENT;
    struct change c = {
        .kind = CHANGE_WITHDRAW, .reg = reg, .record = id, .reason = page_field(p, "reason"), .expected = read_expected(p)};
    f = change_apply(p->site->config.registers, &p->actor, p->now_ms, &c, &p->notes, NULL);
    return f ? show_again(p, reg, &id, f) : page_go(p, record_url(p, reg, &id), "已撤回。");
}

/* The journal's proof of the record's last entry, or of the one at the parameter `position`, as JSON: leaf, audit path, signed head. */
enum fault page_proof(struct page *p) {
    const struct reg *reg;
    struct id id;
    struct record r;
    char note[CHECKPOINT_NOTE_MAX];
    int64_t size;
    struct entry_row row;
    struct proof proof;
    enum fault f = page_register(p, 0, &reg);
    if (!f) f = page_id(p, 1, &id);
    if (!f) f = page_reader(p);
    if (!f) f = record_read(p->site->config.registers, p->conn, &p->actor, reg, &id, NULL, p->arena, &r);
    const char *asked = page_param(p, "position");
    int64_t position = asked ? strtoll(asked, NULL, 10) : f ? 0 : r.position;
    if (!f) f = journal_head_latest(p->conn, TENANT, note, &size);
    if (!f) f = journal_entry_read(p->conn, TENANT, position, p->arena, &row);
    if (!f && !id_same(&row.entry.record, &id)) f = FAULT_ABSENT;
    if (!f) f = journal_prove_inclusion(p->conn, TENANT, position, size, &proof);
    if (f) return f;
    struct text *out = http_answer_text(p->answer);
    text_format(out, "{\"position\":%lld,\"size\":%lld,\"leaf\":\"", (long long)position, (long long)size);
    hex_text(out, row.leaf.bytes, DIGEST_BYTES);
    text_add(out, "\",\"path\":[");
    for (size_t i = 0; i < (size_t)proof.length; i++) {
        text_add(out, i ? ",\"" : "\"");
        hex_text(out, proof.path[i].bytes, DIGEST_BYTES);
        text_addc(out, '"');
    }
    text_add(out, "],\"checkpoint\":");
    json_text(out, note);
    text_add(out, "}\n");
    http_answer_header(p->answer, "Content-Type", "application/json");
    return FAULT_NONE;
}
