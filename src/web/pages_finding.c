/* pages_finding.c - inspections that are due, what can be done with a finding from its page, the notice that names offenders, and the matrix of hazards. */
#include "web/page.h"

#include "base/printer.h"
#include "calendar/calendar.h"
#include "register/findings.h"

#include <string.h>

enum { EARLIER_SHOWN = 10, TODAY_SHOWN = 20, SOON_DAYS = 7, LEVELS_MAX = 16, STEPS = 5 };

static const char *value_text(const struct reg *reg, const struct record *r, const char *key) {
    const struct value *v = &r->values[reg_field_named(reg, key) - reg->fields];
    return v->kind == VALUE_TEXT ? v->text : NULL;
}

static const char *value_name(struct page *p, const struct reg *reg, const struct record *r, const char *key) {
    const char *name = r->names[reg_field_named(reg, key) - reg->fields];
    return name ? arena_copy(p->arena, name) : NULL;
}

static const char *id_words(struct page *p, const struct id *id) {
    char text[ID_TEXT];
    id_format(id, text);
    return arena_copy(p->arena, text);
}

/* ---- what is due ---- */

struct dues {
    struct page *p;
    const struct reg *plans;
    struct view_list *list;
    civil_day until; /* later ones are left out; 0: none is */
    unsigned most;
};

static enum fault add_due(void *context, const struct inspection_due *due) {
    struct dues *d = context;
    struct page *p = d->p;
    if (d->until && due->due > d->until) return FAULT_NONE;
    if (d->list->count >= d->most || !access_may_in(&p->actor, d->plans->read, &due->plan_unit)) return FAULT_NONE;
    struct view *v = view_item(d->list);
    view_date(v, K(due), due->due);
    view_text(v, K(tone),
              due->due < p->today                ? "bad"
              : due->due == p->today             ? "warn"
              : due->due <= p->today + SOON_DAYS ? "work"
                                                 : "");
    if (due->last != DAY_NONE) view_date(v, K(last), due->last);
    view_text(v, K(label), due->place_name);
    view_text(v, K(list_label), due->checklist_name);
    view_text(v, K(plan_label), due->plan_name);
    view_text(v, K(plan_url), record_url(p, d->plans, &due->plan));
    view_text(v, K(who), due->who);
    view_format(v, K(url), "/inspect/%s?place=%s", id_words(p, &due->checklist), id_words(p, &due->place));
    view_format(v, K(sheet_url), "/inspect/%s/sheet?place=%s", id_words(p, &due->checklist), id_words(p, &due->place));
    return FAULT_NONE;
}

enum fault page_inspections(struct page *p) {
    const struct reg *plans = register_named(p->site->config.registers, "inspection_plan");
    if (!plans || !access_may(&p->actor, plans->read)) return FAULT_ABSENT;
    struct view *v = page_view(p, "应查");
    bool mine = page_param(p, "mine") != NULL;
    struct dues d = {p, plans, view_list(v, K(items)), 0, INSPECTION_DUES_MAX};
    enum fault f = page_reader(p);
    if (!f) f = inspection_dues(p->conn, mine ? &p->actor.person : NULL, p->arena, add_due, &d);
    if (f) return f;
    view_bool(v, K(nav_registers), true);
    view_bool(v, K(mine), mine);
    view_bool(v, K(cut), d.list->count == INSPECTION_DUES_MAX);
    if (access_may(&p->actor, plans->record)) view_text(v, K(add_url), "/r/inspection_plan/new");
    return page_render(p, TEMPLATE_inspections);
}

enum fault inspect_show_today(struct page *p) {
    const struct reg *plans = register_named(p->site->config.registers, "inspection_plan");
    if (!plans || !access_may(&p->actor, plans->read)) return FAULT_NONE;
    struct dues d = {p, plans, view_list(p->view, K(inspections)), p->today + SOON_DAYS, TODAY_SHOWN};
    return inspection_dues(p->conn, &p->actor.person, p->arena, add_due, &d);
}

/* ---- on the pages of records ---- */

struct earlier {
    struct page *p;
    const struct reg *reg;
    const struct record *now;
    struct view_list *list;
};

static enum fault add_earlier(void *context, const struct record *r) {
    struct earlier *e = context;
    struct page *p = e->p;
    if (id_same(&r->id, &e->now->id)) return FAULT_NONE;
    const struct reg_state *state = reg_state_named(e->reg, r->state);
    const char *repeats = value_text(e->reg, e->now, "repeats");
    struct view *v = view_item(e->list);
    view_text(v, K(url), record_url(p, e->reg, &r->id));
    view_copy(v, K(label), value_text(e->reg, r, "summary"));
    view_copy(v, K(day), value_text(e->reg, r, "found"));
    view_tr(v, K(state), state->label);
    view_text(v, K(tone), state_tone(e->reg, state));
    if (repeats && !strcmp(repeats, id_words(p, &r->id))) view_bool(v, K(selected), true);
    else if (!repeats) view_text(v, K(value), id_words(p, &r->id));
    return FAULT_NONE;
}

/* Earlier findings of the same place, one of which this may repeat. */
static enum fault show_earlier(struct page *p, const struct reg *reg, const struct record *r) {
    const char *site = value_text(reg, r, "site"), *found = value_text(reg, r, "found");
    struct earlier e = {p, reg, r, view_list(p->view, K(earlier))};
    if (!site || !found) return FAULT_NONE;
    if (access_may_in(&p->actor, reg->record, &r->unit))
        view_format(p->view, K(repeat_action), "%s/edit", record_url(p, reg, &r->id));
    return page_records(p, reg, arena_format(p->arena, "site = %s AND found <= %s AND state != dropped", site, found), NULL,
                        EARLIER_SHOWN + 1, add_earlier, &e);
}

static void show_finding_links(struct page *p, const struct reg *reg, const struct record *r) {
    struct view *v = p->view;
    const char *id = id_words(p, &r->id), *due = value_text(reg, r, "due");
    if (!strcmp(r->state, "open") && due && access_may_in(&p->actor, "finding.work", &r->unit))
        view_format(v, K(extend_url), "/r/finding_extension/new?f-finding=%s&f-old_due=%s", id, due);
    if (value_text(reg, r, "offenders") && access_may_in(&p->actor, reg->private_, &r->unit))
        view_format(v, K(notice_url), "/findings/%s/notice", id);
}

enum fault inspect_show(struct page *p, const struct reg *reg, const struct record *r) {
    if (r->withdrawn) return FAULT_NONE;
    if (!strcmp(reg->key, "place") || !strcmp(reg->key, "checklist"))
        view_format(p->view, K(inspect_url), "/inspect/%s", id_words(p, &r->id));
    if (!strcmp(reg->key, "inspection_plan")) view_text(p->view, K(plans_url), "/inspections");
    if (!strcmp(reg->key, "hazard")) view_text(p->view, K(matrix_url), "/hazards");
    if (reg->obeys != REG_FINDING) return FAULT_NONE;
    show_finding_links(p, reg, r);
    return show_earlier(p, reg, r);
}

/* ---- the notice ---- */

/* Without the right there is no such page: even that somebody is named is not told. */
enum fault page_finding_notice(struct page *p) {
    const struct reg *reg = register_named(p->site->config.registers, "finding");
    struct record r;
    struct id id;
    if (!reg) return FAULT_ABSENT;
    enum fault f = page_id(p, 0, &id);
    if (!f) f = page_reader(p);
    if (!f) f = record_read(p->site->config.registers, p->conn, &p->actor, reg, &id, NULL, p->arena, &r);
    if (f) return f == FAULT_RIGHT ? FAULT_ABSENT : f;
    if (r.withdrawn || !access_may_in(&p->actor, reg->private_, &r.unit) || !value_text(reg, &r, "offenders")) return FAULT_ABSENT;
    struct view *v = page_view(p, "违规通报");
    char today[CIVIL_TEXT];
    civil_format(p->today, today);
    view_bool(v, K(plain), true);
    view_text(v, K(back_url), record_url(p, reg, &id));
    view_text(v, K(number), value_text(reg, &r, "number"));
    view_text(v, K(summary), value_text(reg, &r, "summary"));
    view_text(v, K(found), value_text(reg, &r, "found"));
    view_text(v, K(who), value_name(p, reg, &r, "offenders"));
    view_text(v, K(owner), value_name(p, reg, &r, "owner"));
    view_text(v, K(place), value_name(p, reg, &r, "site"));
    view_text(v, K(due), value_text(reg, &r, "due"));
    view_text(v, K(remedy), value_text(reg, &r, "remedy"));
    view_copy(v, K(today), today);
    return page_render(p, TEMPLATE_finding_notice);
}

/* ---- the matrix ---- */

struct level {
    int64_t from, to;
    const char *name, *colour;
};

struct matrix {
    struct page *p;
    const struct reg *hazards, *levels;
    struct level level[LEVELS_MAX];
    size_t count;
    int64_t counts[STEPS][STEPS]; /* severity, likelihood */
};

static int64_t value_number(const struct reg *reg, const struct record *r, const char *key) {
    return r->values[reg_field_named(reg, key) - reg->fields].integer;
}

static enum fault take_level(void *context, const struct record *r) {
    struct matrix *m = context;
    if (m->count < LEVELS_MAX)
        m->level[m->count++] = (struct level){value_number(m->levels, r, "from"), value_number(m->levels, r, "to"),
                                              arena_copy(m->p->arena, value_text(m->levels, r, "name")),
                                              arena_copy(m->p->arena, value_text(m->levels, r, "colour"))};
    return FAULT_NONE;
}

static const struct level *level_of(const struct matrix *m, int64_t score) {
    for (size_t i = 0; i < m->count; i++)
        if (score >= m->level[i].from && score <= m->level[i].to) return &m->level[i];
    return NULL;
}

static enum fault count_cell(struct matrix *m, int severity, int likelihood, const char *text) {
    struct page *p = m->p;
    struct filter_context context = {.actor = &p->actor};
    struct list_query q = {.reg = m->hazards};
    struct filter *filter;
    enum fault f = filter_parse(m->hazards, text, &context, p->arena, NULL, &filter);
    q.filter = filter;
    return f ? f : record_count(p->site->config.registers, p->conn, &p->actor, &q, 0, &m->counts[severity][likelihood]);
}

static enum fault show_cell(struct matrix *m, struct view_list *cells, int severity, int likelihood) {
    struct page *p = m->p;
    const struct level *level = level_of(m, (int64_t)(severity + 1) * (likelihood + 1));
    const char *filter = arena_format(p->arena, "severity = %d AND likelihood = %d AND state = present", severity + 1,
                                      likelihood + 1);
    enum fault f = count_cell(m, severity, likelihood, filter);
    _cleanup_(text_release) struct text url;
    text_init(&url, 2000);
    text_add(&url, "/r/hazard?filter=");
    url_arg(&url, filter);
    if (f) return f;
    struct view *v = view_item(cells);
    view_int(v, K(score), (int64_t)(severity + 1) * (likelihood + 1));
    view_text(v, K(level), level ? level->name : NULL);
    view_text(v, K(tone), level ? level->colour : "");
    view_int(v, K(count), m->counts[severity][likelihood]);
    if (m->counts[severity][likelihood]) view_copy(v, K(url), url.at);
    return FAULT_NONE;
}

enum fault page_hazards(struct page *p) {
    const struct registers *rs = p->site->config.registers;
    struct matrix m = {.p = p, .hazards = register_named(rs, "hazard"), .levels = register_named(rs, "risk_level")};
    if (!m.hazards || !m.levels || !access_may(&p->actor, m.hazards->read)) return FAULT_ABSENT;
    struct view *v = page_view(p, "风险矩阵");
    enum fault f = page_reader(p);
    if (!f) f = page_records(p, m.levels, "from >= 1", NULL, LEVELS_MAX, take_level, &m);
    struct view_list *rows = view_list(v, K(rows)), *heads = view_list(v, K(heads)), *levels = view_list(v, K(levels));
    for (int i = 0; i < STEPS; i++) view_int(view_item(heads), K(number), i + 1);
    for (int severity = STEPS - 1; !f && severity >= 0; severity--) {
        struct view *row = view_item(rows);
        struct view_list *cells = view_list(row, K(cells));
        view_int(row, K(number), severity + 1);
        for (int likelihood = 0; !f && likelihood < STEPS; likelihood++) f = show_cell(&m, cells, severity, likelihood);
    }
    if (f) return f;
    for (size_t i = 0; i < m.count; i++) {
        struct view *l = view_item(levels);
        view_text(l, K(label), m.level[i].name);
        view_text(l, K(tone), m.level[i].colour);
        view_format(l, K(text), "%lld–%lld", (long long)m.level[i].from, (long long)m.level[i].to);
    }
    view_bool(v, K(nav_registers), true);
    if (access_may(&p->actor, m.hazards->record)) view_text(v, K(add_url), "/r/hazard/new");
    return page_render(p, TEMPLATE_hazards);
}
