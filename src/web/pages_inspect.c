/* pages_inspect.c - a place inspected by a checklist on a phone, one item after the other, and the sheet with the code that opens it. */
#include "web/page.h"

#include "document/qr.h"
#include "register/findings.h"

#include <string.h>

enum { CHOICES_SHOWN = 200, RESULTS_MAX = 60000, URL_MAX = 600, QR_MAX = 200000 };

/* One item of the checklist, and what the form says of it. */
struct item {
    const char *text, *source, *place; /* place: how remarks name it */
    const char *result, *note, *grade, *way, *due, *photos, *fresh;
    struct id earlier; /* the latest finding here about this item */
    bool repeated;
};

struct walk {
    struct page *p;
    const struct reg *lists, *places, *inspections, *findings;
    struct record list, place;
    struct item *items;
    size_t count, next; /* next: of the changes being handed on; 0 is the inspection */
    struct id id, finding_unit;
    const char *number, *owner;
    enum fault failed;
};

static const struct value *value_of(const struct reg *reg, const struct record *r, const char *key) {
    return &r->values[reg_field_named(reg, key) - reg->fields];
}

static const char *text_of(const struct reg *reg, const struct record *r, const char *key) {
    const struct value *v = value_of(reg, r, key);
    return v->kind == VALUE_TEXT ? v->text : "";
}

static const char *name_of(const struct reg *reg, const struct record *r, const char *key) {
    const char *name = r->names[reg_field_named(reg, key) - reg->fields];
    return name ? name : "";
}

static const char *id_text(struct page *p, const struct id *id) {
    char text[ID_TEXT];
    id_format(id, text);
    return arena_copy(p->arena, text);
}

/* ---- what is inspected, and by which list ---- */

static enum fault begin(struct page *p, struct walk *w) {
    const struct registers *rs = p->site->config.registers;
    *w = (struct walk){.p = p,
                       .lists = register_named(rs, "checklist"),
                       .places = register_named(rs, "place"),
                       .inspections = register_named(rs, "inspection"),
                       .findings = register_named(rs, "finding")};
    return w->lists && w->places && w->inspections && w->findings ? page_reader(p) : FAULT_ABSENT;
}

static enum fault read_place(struct walk *w, const struct id *id) {
    return record_read(w->p->site->config.registers, w->p->conn, &w->p->actor, w->places, id, NULL, w->p->arena, &w->place);
}

static void read_items(struct walk *w) {
    struct page *p = w->p;
    char *rest = arena_copy(p->arena, text_of(w->lists, &w->list, "items")), *row;
    w->items = arena_array(p->arena, struct item, REG_ROWS);
    while (w->count < REG_ROWS && (row = strsep(&rest, "\n"))) {
        struct item *item = &w->items[w->count++];
        item->text = strsep(&row, "\t");
        item->source = row ? strsep(&row, "\t") : "";
        item->place = arena_format(p->arena, "%s %zu", lang_tr(p->lang, "项目"), w->count);
    }
}

static enum fault read_earlier(struct walk *w) {
    enum fault f = FAULT_NONE;
    for (size_t i = 0; !f && i < w->count; i++)
        f = finding_last_of(w->p->conn, &w->place.id, w->items[i].text, &w->id, &w->items[i].earlier, &w->items[i].repeated);
    return f;
}

/* The checklist of the path and the place of the query (or form); *whole is false if there is something to be chosen first. */
static enum fault open_walk(struct page *p, struct walk *w, bool *whole) {
    struct id id, place;
    const char *asked = page_param(p, "place") ? page_param(p, "place") : page_field(p, "place");
    enum fault f = begin(p, w);
    if (!f) f = page_id(p, 0, &id);
    if (!f) f = record_read(p->site->config.registers, p->conn, &p->actor, w->lists, &id, NULL, p->arena, &w->list);
    *whole = false;
    if (f == FAULT_ABSENT) return read_place(w, &id); /* a place: the list is chosen */
    if (f || !asked) return f;
    if (!id_parse(asked, &place)) return FAULT_ABSENT;
    f = read_place(w, &place);
    if (f) return f;
    if (w->list.withdrawn || w->place.withdrawn) return FAULT_ABSENT;
    const char *sent = page_field(p, "record");
    if (!sent || !id_parse(sent, &w->id)) w->id = id_make(p->now_ms);
    *whole = true;
    read_items(w);
    return read_earlier(w);
}

/* ---- choosing ---- */

struct choosing {
    struct walk *w;
    struct view_list *list;
    const struct reg *reg;
    const char *first;
};

static const char *walk_path(struct page *p, const struct id *list, const struct id *place, const char *part) {
    return arena_format(p->arena, "/inspect/%s%s?place=%s", id_text(p, list), part, id_text(p, place));
}

static enum fault add_choice(void *context, const struct record *r) {
    struct choosing *c = context;
    struct page *p = c->w->p;
    bool is_list = c->reg == c->w->lists;
    const struct id *list = is_list ? &r->id : &c->w->list.id, *place = is_list ? &c->w->place.id : &r->id;
    const char *url = walk_path(p, list, place, "");
    struct view *v = view_item(c->list);
    view_text(v, K(url), url);
    view_text(v, K(sheet_url), walk_path(p, list, place, "/sheet"));
    view_copy(v, K(label), text_of(c->reg, r, "name"));
    if (!c->first) c->first = url;
    return FAULT_NONE;
}

/* A phone that read the code of a place goes on by itself where there is but one list for it. */
static enum fault choose(struct walk *w) {
    struct page *p = w->p;
    bool has_list = w->list.values != NULL;
    const struct record *from = has_list ? &w->list : &w->place;
    const struct reg *reg = has_list ? w->lists : w->places;
    struct view *v = page_view(p, "选择");
    struct choosing c = {w, view_list(v, K(choices)), has_list ? w->places : w->lists, NULL};
    const char *filter = arena_format(p->arena, "kind = %s%s", text_of(reg, from, "kind"), has_list ? " AND state = in_use" : "");
    enum fault f = page_records(p, c.reg, filter, NULL, CHOICES_SHOWN, add_choice, &c);
    if (f) return f;
    if (c.list->count == 1 && !has_list) return page_go(p, c.first, NULL);
    view_bool(v, K(nav_registers), true);
    view_copy(v, K(record_label), text_of(reg, from, "name"));
    view_text(v, K(record_url), record_url(p, reg, &from->id));
    view_bool(v, K(places), has_list);
    view_format(v, K(add_url), "/r/%s/new", c.reg->key);
    return page_render(p, TEMPLATE_inspect_choose);
}

/* ---- the form ---- */

static const char *item_name(struct page *p, size_t i, const char *key) { return arena_format(p->arena, "i-%zu-%s", i + 1, key); }

static void show_more(struct walk *w, struct view *v, size_t i) {
    struct page *p = w->p;
    const struct item *item = &w->items[i];
    struct view_list *inputs = view_list(v, K(more_fields));
    const char *prefix = arena_format(p->arena, "i-%zu-", i + 1);
    const struct reg_field note = {.key = "note", .label = "问题描述", .type = REG_TEXT, .help = "不合格的写明哪里、什么问题"},
                           due = {.key = "due", .label = "整改期限", .type = REG_DATE, .help = "限期整改的填写"};
    (void)page_input(p, inputs, &note, prefix, item->note, false, NULL);
    struct view *photo = page_input(p, inputs, reg_field_named(w->findings, "photos"), prefix, "", false, NULL);
    upload_show(p, photo, reg_field_named(w->findings, "photos"), NULL, NULL, item->fresh);
    (void)page_input(p, inputs, reg_field_named(w->findings, "grade"), prefix, item->grade ? item->grade : "ordinary", false, NULL);
    (void)page_input(p, inputs, reg_field_named(w->findings, "way"), prefix, item->way ? item->way : "at_once", false, NULL);
    (void)page_input(p, inputs, &due, prefix, item->due, false, NULL);
}

static void show_items(struct walk *w, bool whole) {
    struct page *p = w->p;
    struct view_list *list = view_list(p->view, K(items));
    for (size_t i = 0; i < w->count; i++) {
        const struct item *item = &w->items[i];
        const char *result = item->result ? item->result : "";
        struct view *v = view_item(list);
        view_int(v, K(number), (int64_t)i + 1);
        view_text(v, K(label), item->text);
        view_text(v, K(source), item->source && item->source[0] ? item->source : NULL);
        if (!whole) continue;
        view_text(v, K(name), item_name(p, i, "result"));
        view_bool(v, K(is_good), !strcmp(result, "good"));
        view_bool(v, K(is_bad), !strcmp(result, "bad"));
        view_bool(v, K(is_none), !strcmp(result, "none"));
        if (w->failed && !result[0]) view_tr(v, K(error), "请选择结果");
        if (item->repeated) view_text(v, K(earlier_url), record_url(p, w->findings, &item->earlier));
        show_more(w, v, i);
    }
}

static void show_head(struct walk *w) {
    struct page *p = w->p;
    struct view *v = p->view;
    view_bool(v, K(nav_registers), true);
    view_copy(v, K(record_label), text_of(w->places, &w->place, "name"));
    view_text(v, K(record_url), record_url(p, w->places, &w->place.id));
    view_copy(v, K(list_label), text_of(w->lists, &w->list, "name"));
    view_text(v, K(list_url), record_url(p, w->lists, &w->list.id));
    view_text(v, K(sheet_url), walk_path(p, &w->list.id, &w->place.id, "/sheet"));
    view_text(v, K(back_url), walk_path(p, &w->list.id, &w->place.id, ""));
    view_bool(v, K(example), value_of(w->lists, &w->list, "example")->integer == 1);
    view_copy(v, K(unit_name), name_of(w->places, &w->place, "unit"));
    view_copy(v, K(who), name_of(w->places, &w->place, "custodian"));
    const struct value *risk = value_of(w->places, &w->place, "risk");
    if (risk->kind == VALUE_TEXT) view_tr(v, K(risk), reg_choice_label(reg_field_named(w->places, "risk"), risk->text));
    view_copy(v, K(about), text_of(w->places, &w->place, "note"));
}

/* As page_errors(), with the way to the item that is meant. */
static void show_errors(struct walk *w) {
    struct page *p = w->p;
    view_tr(p->view, K(fault), fault_sentence(w->failed));
    struct view_list *errors = view_list(p->view, K(errors));
    for (const struct note *n = p->notes.first; n; n = n->next) {
        struct view *e = view_item(errors);
        const struct reg_field *field = reg_field_named(w->inspections, n->place);
        if (field) view_format(e, K(href), "#f-%s", n->place);
        for (size_t i = 0; i < w->count; i++)
            if (!strcmp(n->place, w->items[i].place)) view_format(e, K(href), "#item-%zu", i + 1);
        view_text(e, K(place), field ? lang_tr(p->lang, field->label) : n->place);
        view_note(e, K(text), n);
    }
    http_answer_status(p->answer, fault_http_status(w->failed));
}

static enum fault show_walk(struct walk *w) {
    struct page *p = w->p;
    struct view *v = page_view(p, "逐项检查");
    char today[CIVIL_TEXT];
    civil_format(p->today, today);
    show_head(w);
    view_text(v, K(record_id), id_text(p, &w->id));
    view_text(v, K(value), id_text(p, &w->place.id));
    view_text(v, K(action), arena_join(p->arena, "/inspect/", p->args[0]));
    if (w->failed) show_errors(w);
    show_items(w, true);
    struct view_list *inputs = view_list(v, K(form_fields));
    const char *date = page_field(p, "f-date"), *owner = page_field(p, "f-owner");
    const struct reg_field custodian = {.key = "owner",
                                        .label = "整改责任人",
                                        .type = REG_REF,
                                        .to = "person",
                                        .help = "不合格的由谁整改；不填为地点的责任人，没有则为本人"};
    (void)page_input(p, inputs, reg_field_named(w->inspections, "date"), "f-", date ? date : arena_copy(p->arena, today), true,
                     page_note_for(p, "date"));
    static const char *const keys[] = {"members", "joint", "result"};
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        (void)page_input(p, inputs, reg_field_named(w->inspections, keys[i]), "f-",
                         page_field_all(p, arena_join(p->arena, "f-", keys[i])), false, page_note_for(p, keys[i]));
    (void)page_input(p, inputs, &custodian, "f-", owner ? owner : arena_copy(p->arena, name_of(w->places, &w->place, "custodian")),
                     false, page_note_for(p, "owner"));
    return page_render(p, TEMPLATE_inspect);
}

enum fault page_inspect(struct page *p) {
    struct walk w;
    bool whole;
    enum fault f = open_walk(p, &w, &whole);
    if (f) return f;
    if (!whole) return choose(&w);
    if (!access_may(&p->actor, w.inspections->record)) return FAULT_RIGHT;
    return show_walk(&w);
}

/* ---- the form, sent ---- */

static enum fault take_item(struct walk *w, size_t i) {
    struct page *p = w->p;
    struct item *item = &w->items[i];
    struct reg_field photos = *reg_field_named(w->findings, "photos");
    struct upload u;
    item->result = page_field(p, item_name(p, i, "result"));
    item->note = page_field(p, item_name(p, i, "note"));
    item->grade = page_field(p, item_name(p, i, "grade"));
    item->way = page_field(p, item_name(p, i, "way"));
    item->due = page_field(p, item_name(p, i, "due"));
    photos.key = item->place;
    enum fault f = upload_take(p, &photos, item_name(p, i, "photos"), NULL, &u);
    item->photos = u.value;
    item->fresh = u.fresh;
    bool known = item->result && (!strcmp(item->result, "good") || !strcmp(item->result, "bad") || !strcmp(item->result, "none"));
    if (!known) {
        item->result = NULL;
        note_add(&p->notes, item->place, "请选择结果");
    }
    return f ? f : known ? FAULT_NONE : FAULT_INPUT;
}

/* A cell of a table as it is typed: bars and backslashes marked, on one line. */
static void add_cell(struct text *out, const char *cell) {
    for (; cell && *cell; cell++) {
        if (*cell == '|' || *cell == '\\') text_addc(out, '\\');
        text_addc(out, *cell == '\n' || *cell == '\r' || *cell == '\t' ? ' ' : *cell);
    }
}

static const char *results_of(struct walk *w) {
    _cleanup_(text_release) struct text out;
    text_init(&out, RESULTS_MAX);
    for (size_t i = 0; i < w->count; i++) {
        if (i) text_addc(&out, '\n');
        add_cell(&out, w->items[i].text);
        text_format(&out, "|%s|", w->items[i].result);
        add_cell(&out, w->items[i].note);
    }
    return arena_copy(w->p->arena, out.at);
}

enum { VALUES_MOST = 16 };

static void put(struct change *c, struct change_value *values, const char *key, const char *typed) {
    if (typed && typed[0]) values[c->value_count++] = (struct change_value){key, typed, NULL};
}

static void write_inspection(struct walk *w, struct change *c, struct change_value *values) {
    struct page *p = w->p;
    size_t people = 1;
    const char *members = page_field(p, "f-members");
    for (const char *at = members; at && *at; at++) people += *at != '\n' && (at == members || at[-1] == '\n');
    c->reg = w->inspections;
    c->record = w->id;
    put(c, values, "number", w->number);
    put(c, values, "date", page_field(p, "f-date"));
    put(c, values, "kind", text_of(w->lists, &w->list, "kind"));
    put(c, values, "place", text_of(w->places, &w->place, "name"));
    put(c, values, "leader", id_text(p, &p->actor.person));
    put(c, values, "inspectors", arena_int(p->arena, (int64_t)people));
    put(c, values, "members", members);
    put(c, values, "joint", page_field(p, "f-joint"));
    put(c, values, "content",
        arena_format(p->arena, "按检查表“%s”逐项检查 %zu 项。" /* not shown: kept */, text_of(w->lists, &w->list, "name"),
                     w->count));
    put(c, values, "result", page_field(p, "f-result"));
    put(c, values, "site", id_text(p, &w->place.id));
    put(c, values, "checklist", id_text(p, &w->list.id));
    put(c, values, "results", results_of(w));
}

static void write_finding(struct walk *w, size_t i, struct change *c, struct change_value *values) {
    struct page *p = w->p;
    const struct item *item = &w->items[i];
    bool at_once = !item->way || strcmp(item->way, "scheduled") != 0;
    const char *date = page_field(p, "f-date"), *note = item->note && item->note[0] ? item->note : NULL;
    c->reg = w->findings;
    c->record = w->id;
    c->record.bytes[ID_BYTES - 1] ^= (uint8_t)(i + 1); /* follows from the inspection's, so that sending twice writes once */
    c->unit = w->finding_unit;
    put(c, values, "number", arena_format(p->arena, "WT%s-%02zu", w->number + 2, i + 1));
    put(c, values, "found", date);
    put(c, values, "summary", note ? arena_format(p->arena, "%s：%s", item->text, note) : item->text);
    put(c, values, "grade", item->grade ? item->grade : "ordinary");
    put(c, values, "inspection", id_text(p, &w->id));
    put(c, values, "owner", w->owner);
    put(c, values, "way", at_once ? "at_once" : item->way);
    put(c, values, "due", at_once && !(item->due && item->due[0]) ? date : item->due);
    put(c, values, "photos", item->photos);
    put(c, values, "site", id_text(p, &w->place.id));
    put(c, values, "item", item->text);
    if (item->repeated) put(c, values, "repeats", id_text(p, &item->earlier));
}

static bool next_change(void *context, struct change *out) {
    struct walk *w = context;
    while (w->next && w->next <= w->count && strcmp(w->items[w->next - 1].result, "bad") != 0) w->next++;
    if (w->next > w->count) return false;
    struct change_value *values = arena_array(w->p->arena, struct change_value, VALUES_MOST);
    *out = (struct change){.kind = CHANGE_ADD, .values = values, .expected = -1};
    if (!w->next) write_inspection(w, out, values);
    else write_finding(w, w->next - 1, out, values);
    w->next++;
    return true;
}

/* A remark about a finding is told at its item; those about the inspection at the inputs. */
static const char *place_of(void *context, const char *key) {
    const struct walk *w = context;
    return w->next > 1 && strcmp(key, "owner") != 0 ? w->items[w->next - 2].place : key;
}

/* Number, unit and owner, which nobody should have to type on a phone. */
static void settle(struct walk *w) {
    struct page *p = w->p;
    const char *owner = page_field(p, "f-owner"), *custodian = text_of(w->places, &w->place, "custodian");
    char today[CIVIL_TEXT];
    struct id unit;
    civil_format(p->today, today);
    w->number = arena_format(p->arena, "JC%.4s%.2s%.2s-%s", today, today + 5, today + 8, id_text(p, &w->id) + ID_TEXT - 6);
    w->owner = owner && owner[0] ? owner : custodian[0] ? custodian : id_text(p, &p->actor.person);
    if (id_parse(text_of(w->places, &w->place, "unit"), &unit) && access_may_in(&p->actor, w->findings->record, &unit))
        w->finding_unit = unit;
}

static enum fault hand_in(struct walk *w) {
    struct page *p = w->p;
    enum fault bad = w->count ? FAULT_NONE : FAULT_ABSENT;
    for (size_t i = 0; i < w->count; i++) { /* all of them, so that no photograph must be taken again */
        enum fault f = take_item(w, i);
        if (f) bad = f;
    }
    store_read_end(&p->conn);
    if (bad) return bad;
    settle(w);
    struct change_source source = {.context = w, .next = next_change, .place = place_of};
    struct batch_result result;
    enum fault f = change_batch(p->site->config.registers, &p->actor, p->now_ms, &source, false, &p->notes, &result);
    return f ? f
             : page_go(p, record_url(p, w->inspections, &w->id),
                       result.repeated ? "这条记录先前已经保存，没有重复登记。" : "已保存。");
}

enum fault page_inspect_post(struct page *p) {
    struct walk w;
    bool whole;
    enum fault f = open_walk(p, &w, &whole);
    if (f || !whole) return f ? f : FAULT_ABSENT;
    if (!access_may(&p->actor, w.inspections->record)) return FAULT_RIGHT;
    w.failed = hand_in(&w);
    if (!w.failed || w.failed == FAULT_STORE || w.failed == FAULT_SYSTEM) return w.failed;
    return show_walk(&w);
}

/* ---- the sheet ---- */

enum fault page_inspect_sheet(struct page *p) {
    struct walk w;
    bool whole;
    _cleanup_(text_release) struct text picture;
    text_init(&picture, QR_MAX);
    enum fault f = open_walk(p, &w, &whole);
    if (f || !whole) return f ? f : FAULT_ABSENT;
    struct view *v = page_view(p, "检查单");
    const char *host = http_header(p->request, "Host");
    const char *url = arena_format(p->arena, "%s://%s%s", p->request->secure ? "https" : "http", host ? host : "",
                                   walk_path(p, &w.list.id, &w.place.id, ""));
    f = strlen(url) > URL_MAX ? FAULT_LARGE : qr_svg(url, &picture);
    if (f) return f;
    view_html(v, K(qr_html), arena_keep(p->arena, &picture));
    show_head(&w);
    show_items(&w, false);
    return page_render(p, TEMPLATE_inspect_sheet);
}
