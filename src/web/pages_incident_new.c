/* pages_incident_new.c - an incident reported in one screen on a phone; what another person has reported already is shown and can be joined. */
#include "web/page.h"

#include "incident/incident.h"

#include <stdlib.h>
#include <string.h>

enum { SIMILAR_MOST = 5, FORM_VALUES = 24, CLOCK_AHEAD_MS = 300000 };
#define SIMILAR_MS INT64_C(21600000) /* six hours to either side */

/* What the screen asks for, in its order; the second part may be left for later. */
static const char *const first_part[] = {"category", "place", "what", "drill", NULL};
static const char *const second_part[] = {"discovered", "dead",       "heavy",      "light",      "loss",    "leaked", "cause",
                                          "measures",   "called_110", "called_119", "called_120", "accused", NULL};

struct reporting {
    struct page *p;
    const struct reg *reg;
    struct plan plan;
    struct id id;
    int64_t discovered_ms;
    const struct plan_category *category;
    bool posted;
};

static enum fault begin(struct page *p, struct reporting *r) {
    *r = (struct reporting){.p = p, .reg = register_named(p->site->config.registers, "incident")};
    if (!r->reg) return FAULT_ABSENT;
    if (!access_may(&p->actor, r->reg->record)) return FAULT_RIGHT;
    enum fault f = page_reader(p);
    return f ? f : plan_read(p->site->config.registers, p->conn, p->today, p->arena, &r->plan);
}

static const char *typed(struct page *p, const char *key) { return page_field(p, arena_join(p->arena, "f-", key)); }

/* ---- the form ---- */

static void show_category(struct reporting *r, struct view *input, const char *chosen) {
    struct view_list *options = view_list(input, K(options));
    for (size_t i = 0; i < r->plan.category_count; i++) {
        char id[ID_TEXT];
        id_format(&r->plan.categories[i].id, id);
        struct view *o = view_item(options);
        view_copy(o, K(value), id);
        view_text(o, K(label), r->plan.categories[i].name);
        view_bool(o, K(selected), chosen && !strcmp(chosen, id));
    }
}

static void show_input(struct reporting *r, struct view_list *list, const char *key) {
    struct page *p = r->p;
    const struct reg_field *field = reg_field_named(r->reg, key);
    const char *value = r->posted ? typed(p, key) : page_param(p, arena_join(p->arena, "f-", key));
    char now[MOMENT_TEXT];
    moment_format(p->now_ms, now);
    if (!r->posted && !value && !strcmp(key, "discovered")) value = arena_copyn(p->arena, now, 16);
    bool category = !strcmp(key, "category");
    struct reg_field choice = {.key = field->key, .label = field->label, .type = REG_CHOICE};
    struct view *v = page_input(p, list, category ? &choice : field, "f-", value, (field->flags & REQUIRED) != 0,
                                page_note_for(p, key));
    if (category) show_category(r, v, value);
}

/* ---- what is reported already ---- */

/* Whether this person may be told of it: what is confidential only who may read it anyway. */
static enum fault may_see(struct reporting *r, const struct id *id, bool confidential, bool *out) {
    struct page *p = r->p;
    struct record record;
    struct actor wide = page_actor_with(p, r->reg->read);
    enum fault f = record_read(p->site->config.registers, p->conn, confidential ? &p->actor : &wide, r->reg, id, NULL, p->arena,
                               &record);
    *out = !f;
    return f == FAULT_ABSENT ? FAULT_NONE : f;
}

static void show_similar(struct reporting *r, struct view_list *list, const struct id *id, struct stmt *s) {
    char text[ID_TEXT];
    struct view *v = view_item(list);
    id_format(id, text);
    view_copy(v, K(value), text);
    view_copy(v, K(label), stmt_text(s, 1));
    view_copy(v, K(text), stmt_text(s, 2));
    view_bool(v, K(drill), stmt_int(s, 4) != 0);
    (void)r;
}

/* Open ones of the same category or place within hours. */
static enum fault find_similar(struct reporting *r, bool *any) {
    struct page *p = r->p;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    struct view_list *list = view_list(p->view, K(similar));
    *any = false;
    enum fault f = stmt_open(
        p->conn,
        "SELECT i.id, i.f_title, i.f_what, k.f_confidential, i.f_drill FROM r_incident i JOIN r_incident_category k ON "
        "k.tenant = i.tenant AND k.id = i.f_category WHERE i.tenant = ?1 AND i.withdrawn = 0 AND i.state <> "
        "'closed' AND i.f_discovered BETWEEN ?2 AND ?3 AND (i.f_category = ?4 OR i.f_place = ?5) AND i.id <> ?6 "
        "ORDER BY i.f_discovered DESC LIMIT ?7",
        &s);
    if (f) return f;
    const char *place = typed(p, "place");
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, r->discovered_ms - SIMILAR_MS);
    stmt_bind_int(s, 3, r->discovered_ms + SIMILAR_MS);
    stmt_bind_id(s, 4, &r->category->id);
    stmt_bind_text(s, 5, place ? place : "");
    stmt_bind_id(s, 6, &r->id);
    stmt_bind_int(s, 7, SIMILAR_MOST);
    for (bool row = true; row;) {
        struct id id;
        bool see = false;
        f = stmt_step(s, &row);
        if (f || !row || !stmt_id(s, 0, &id)) return f;
        f = may_see(r, &id, stmt_int(s, 3) != 0, &see);
        if (f) return f;
        if (see) show_similar(r, list, &id, s), *any = true;
    }
    return FAULT_NONE;
}

static enum fault show_form(struct reporting *r, enum fault failed) {
    struct page *p = r->p;
    struct view *v = p->view && r->posted ? p->view : page_view(p, "报告事件");
    char id[ID_TEXT];
    id_format(&r->id, id);
    view_copy(v, K(record_id), id);
    view_bool(v, K(nav_registers), true);
    struct view_list *first = view_list(v, K(form_fields)), *second = view_list(v, K(more_fields));
    for (const char *const *key = first_part; *key; key++) show_input(r, first, *key);
    for (const char *const *key = second_part; *key; key++) show_input(r, second, *key);
    if (failed) {
        page_errors(p, failed, r->reg, "f-");
        http_answer_status(p->answer, fault_http_status(failed));
    }
    return page_render(p, TEMPLATE_incident_new);
}

enum fault page_incident_new(struct page *p) {
    struct reporting r;
    enum fault f = begin(p, &r);
    r.id = id_make(p->now_ms);
    return f ? f : show_form(&r, FAULT_NONE);
}

/* ---- sent ---- */

/* What must be known before anything can be looked up: the category, and a moment that can have been. */
static enum fault read_sent(struct reporting *r) {
    struct page *p = r->p;
    const char *category = typed(p, "category"), *discovered = typed(p, "discovered"), *record = page_field(p, "record");
    struct id id;
    struct value at;
    enum fault bad = FAULT_NONE;
    if (!record || !id_parse(record, &r->id)) r->id = id_make(p->now_ms);
    r->category = category && id_parse(category, &id) ? plan_category_of(&r->plan, &id) : NULL;
    if (!r->category) note_add(&p->notes, "category", "请选择事件类别"), bad = FAULT_INPUT;
    enum fault f = value_read(p->site->config.registers, p->conn, reg_field_named(r->reg, "discovered"),
                              discovered ? discovered : "", NULL, p->arena, &p->notes, &at);
    if (f && f != FAULT_INPUT) return f;
    if (f) return f;
    r->discovered_ms = at.kind == VALUE_INT ? at.integer : p->now_ms;
    if (r->discovered_ms > p->now_ms + CLOCK_AHEAD_MS) {
        char now[MOMENT_TEXT];
        moment_format(p->now_ms, now);
        note_add(&p->notes, "discovered", "发现时间在将来；现在是 {0}，请看看手机的时间对不对", arena_copyn(p->arena, now, 16));
        bad = FAULT_INPUT;
    }
    bool accused = typed(p, "accused") && typed(p, "accused")[0];
    if (r->category && accused && !r->category->confidential) {
        note_add(&p->notes, "accused", "只有保密类别才填涉及人员");
        bad = FAULT_INPUT;
    }
    return bad;
}

static const char *moment_words(struct page *p, int64_t ms) {
    char text[MOMENT_TEXT];
    moment_format(ms, text);
    return arena_copyn(p->arena, text, 16);
}

static const char *id_words(struct page *p, const struct id *id) {
    char text[ID_TEXT];
    id_format(id, text);
    return arena_copy(p->arena, text);
}

static void add(struct change *c, struct change_value *values, const char *key, const char *value) {
    values[c->value_count++] = (struct change_value){key, value, NULL};
}

static enum fault save(struct reporting *r) {
    struct page *p = r->p;
    struct change_value values[FORM_VALUES];
    const char *moment = moment_words(p, r->discovered_ms);
    struct change c = {.kind = CHANGE_ADD, .reg = r->reg, .record = r->id, .values = values, .expected = -1};
    const char *place = typed(p, "place");
    if (r->category->handling != PLAN_NONE) c.unit = r->plan.units[r->category->handling].id;
    for (const char *const *key = first_part; *key; key++)
        if (typed(p, *key)) add(&c, values, *key, typed(p, *key));
    for (const char *const *key = second_part + 1; *key; key++) /* the first is the time, which has been read */
        if (typed(p, *key)) add(&c, values, *key, typed(p, *key));
    add(&c, values, "discovered", moment);
    add(&c, values, "day", arena_copyn(p->arena, moment, 10));
    add(&c, values, "title", arena_format(p->arena, "%s %s %s", moment, r->category->name, place ? place : ""));
    add(&c, values, "reporter", id_words(p, &p->actor.person));
    if (!id_is_zero(&p->actor.unit)) add(&c, values, "reporting_unit", id_words(p, &p->actor.unit));
    struct actor wide = page_actor_with(p, r->reg->record);
    store_read_end(&p->conn);
    struct change_done done;
    return change_apply(p->site->config.registers, &wide, p->now_ms, &c, &p->notes, &done);
}

static bool is_confidential(struct reporting *r, const struct record *first) {
    const struct value *v = &first->values[reg_field_named(r->reg, "category") - r->reg->fields];
    struct id id;
    const struct plan_category *category = v->text && id_parse(v->text, &id) ? plan_category_of(&r->plan, &id) : NULL;
    return !category || category->confidential; /* of a category that is no more nothing is known */
}

/* The second report of one accident becomes a note of the first. */
static enum fault join(struct reporting *r, const struct id *to) {
    struct page *p = r->p;
    const struct reg *notes = register_named(p->site->config.registers, "incident_note");
    const char *what = typed(p, "what"), *place = typed(p, "place");
    struct record first;
    struct actor wide = page_actor_with(p, "incident.read incident_note.record");
    enum fault f = record_read(p->site->config.registers, p->conn, &wide, r->reg, to, NULL, p->arena, &first);
    bool see = false;
    if (!f) f = may_see(r, to, is_confidential(r, &first), &see);
    if (f || !see) return f ? f : FAULT_ABSENT;
    const char *args[NOTE_ARGS] = {p->actor.name, place && place[0] ? place : r->category->name};
    _cleanup_(text_release) struct text said;
    text_init(&said, 4000);
    note_fill(&said, lang_tr(LANG_ZH, "{0}另报（{1}）"), args);
    const struct change_value values[] = {{"text", said.at, NULL},
                                          {"incident", id_words(p, to), NULL},
                                          {"at", moment_words(p, r->discovered_ms), NULL},
                                          {"by", id_words(p, &p->actor.person), NULL},
                                          {"kind", "joined", NULL},
                                          {"detail", what, NULL}};
    struct change c = {.kind = CHANGE_ADD,
                       .reg = notes,
                       .record = r->id,
                       .values = values,
                       .value_count = COUNT_OF(values),
                       .unit = first.unit,
                       .expected = -1};
    store_read_end(&p->conn);
    struct change_done done;
    return change_apply(p->site->config.registers, &wide, p->now_ms, &c, &p->notes, &done);
}

enum fault page_incident_new_post(struct page *p) {
    struct reporting r;
    struct id to;
    bool any = false;
    enum fault f = begin(p, &r);
    if (f) return f;
    r.posted = true;
    f = read_sent(&r);
    if (f && f != FAULT_INPUT) return f;
    page_view(p, "报告事件");
    const char *decided = page_field(p, "join");
    if (!f && decided && id_parse(decided, &to)) {
        f = join(&r, &to);
        if (!f) return page_go(p, arena_join(p->arena, "/incident/", id_words(p, &to)), "已并入这一事件。");
    } else if (!f) {
        if (!decided) f = find_similar(&r, &any);
        if (f) return f;
        if (any) return show_form(&r, FAULT_NONE);
        f = save(&r);
        if (!f) return page_go(p, arena_join(p->arena, "/incident/", id_words(p, &r.id)), "已报告，正在按调度表呼叫。");
    }
    if (f == FAULT_STORE || f == FAULT_SYSTEM) return f;
    return show_form(&r, f);
}
