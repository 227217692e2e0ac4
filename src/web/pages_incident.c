/* pages_incident.c - the board of one incident: what happened, who was called, the course of it; and its first report. */
#include "web/page.h"

#include "document/docx.h"
#include "calendar/due_json.h"
#include "incident/incident.h"
#include "register/clock.h"

#include <stdlib.h>
#include <string.h>

enum { NOTES_SHOWN = 500, CALLS_SHOWN = 1000, TODAY_CALLS = 20 };
#define BOARD_SECONDS "15"

/* An incident as this person may see it: by right, or because he reported it or was called. */
struct board {
    struct page *p;
    const struct reg *reg;
    struct record r;
    struct actor actor; /* his own rights and, if he was let in, that of reading */
    struct plan plan;
    const struct plan_category *category;
    struct report_supplement *supplements;
    size_t supplement_count;
    struct view_list *list;
    struct id own_call; /* zero: none that waits for him */
};

/* Whether he was called, reported or noted something, and which call still waits for him. */
static enum fault find_own(struct board *b, const struct id *id, bool *let_in) {
    struct page *p = b->p;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    enum fault f = stmt_open(
        p->conn,
        "SELECT c.id, c.state FROM r_incident_call c WHERE c.tenant = ?1 AND c.f_incident = ?2 AND c.f_person = ?3 "
        "AND c.withdrawn = 0 UNION ALL SELECT i.id, 'reporter' FROM r_incident i WHERE i.tenant = ?1 AND i.id = ?2 "
        "AND i.f_reporter = ?3 UNION ALL SELECT n.id, 'noted' FROM r_incident_note n WHERE n.tenant = ?1 AND n.f_incident = ?2 "
        "AND n.f_by = ?3 AND n.withdrawn = 0",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, id);
    stmt_bind_id(s, 3, &p->actor.person);
    while (!(f = stmt_step(s, &row)) && row) {
        *let_in = true;
        if (!strcmp(stmt_text(s, 1), "called")) (void)stmt_id(s, 0, &b->own_call);
    }
    return f;
}

static const struct value *value_of(const struct board *b, const char *key) {
    return &b->r.values[reg_field_named(b->reg, key) - b->reg->fields];
}

static enum fault open_board(struct page *p, struct board *b) {
    struct id id, category;
    bool let_in = false;
    *b = (struct board){.p = p, .reg = register_named(p->site->config.registers, "incident")};
    if (!b->reg) return FAULT_ABSENT;
    enum fault f = page_id(p, 0, &id);
    if (!f) f = page_reader(p);
    if (!f) f = find_own(b, &id, &let_in);
    if (f) return f;
    b->actor = let_in ? page_actor_with(p, b->reg->read) : p->actor;
    f = record_read(p->site->config.registers, p->conn, &b->actor, b->reg, &id, NULL, p->arena, &b->r);
    if (f) return f == FAULT_RIGHT ? FAULT_ABSENT : f;
    f = plan_read(p->site->config.registers, p->conn, p->today, p->arena, &b->plan);
    const struct value *v = value_of(b, "category");
    if (!f && v->kind == VALUE_TEXT && id_parse(v->text, &category)) b->category = plan_category_of(&b->plan, &category);
    return f;
}

/* Records of a register that belong to the incident, oldest first. */
static enum fault each_record(struct board *b, const char *key, int limit, record_visit each) {
    struct page *p = b->p;
    const struct reg *reg = register_named(p->site->config.registers, key);
    struct filter_context mine = {.actor = &b->actor};
    struct filter *filter;
    char id[ID_TEXT], next[CURSOR_TEXT], before[CURSOR_TEXT];
    id_format(&b->r.id, id);
    enum fault f = filter_parse(reg, arena_format(p->arena, "incident = %s", id), &mine, p->arena, &p->notes, &filter);
    if (f) return f;
    struct list_query q = {.reg = reg, .filter = filter, .sort = "entered", .limit = limit};
    f = record_list(p->site->config.registers, p->conn, &b->actor, &q, each, b, next, before);
    return f == FAULT_RIGHT ? FAULT_NONE : f;
}

static const struct value *field_of(struct board *b, const char *register_key, const struct record *r, const char *key,
                                    size_t *at) {
    const struct reg *reg = register_named(b->p->site->config.registers, register_key);
    *at = (size_t)(reg_field_named(reg, key) - reg->fields);
    return &r->values[*at];
}

static const char *moment_words(struct page *p, int64_t ms) {
    char text[MOMENT_TEXT];
    moment_format(ms, text);
    return arena_copyn(p->arena, text, 16);
}

/* ---- who was called ---- */

static enum fault add_call(void *context, const struct record *r) {
    struct board *b = context;
    struct page *p = b->p;
    size_t at;
    int64_t sent_ms;
    const char *why;
    struct view *v = view_item(b->list);
    view_copy(v, K(text), field_of(b, "incident_call", r, "reason", &at)->text);
    (void)field_of(b, "incident_call", r, "person", &at);
    view_copy(v, K(who), r->names[at]);
    view_text(v, K(moment), moment_words(p, field_of(b, "incident_call", r, "called", &at)->integer));
    bool waits = !strcmp(r->state, "called");
    const struct value *heard = field_of(b, "incident_call", r, "heard", &at);
    view_text(v, K(tone), waits ? "bad" : "good");
    view_tr(v, K(state), waits ? "待确认" : "已确认");
    if (heard->kind == VALUE_INT) view_text(v, K(heard), moment_words(p, heard->integer));
    view_bool(v, K(instead), field_of(b, "incident_call", r, "instead", &at)->kind == VALUE_TEXT);
    enum fault f = call_sending(p->conn, &r->id, p->arena, &sent_ms, &why);
    if (sent_ms) view_text(v, K(sent), moment_words(p, sent_ms));
    else if (why[0]) view_text(v, K(why), why);
    return f;
}

/* ---- the course ---- */

static enum fault add_note(void *context, const struct record *r) {
    struct board *b = context;
    struct page *p = b->p;
    const struct reg *reg = register_named(p->site->config.registers, "incident_note");
    size_t at;
    struct view *v = view_item(b->list);
    const char *kind = field_of(b, "incident_note", r, "kind", &at)->text, *to = field_of(b, "incident_note", r, "to", &at)->text,
               *text = field_of(b, "incident_note", r, "text", &at)->text;
    int64_t at_ms = field_of(b, "incident_note", r, "at", &at)->integer;
    view_text(v, K(moment), moment_words(p, at_ms));
    view_tr(v, K(kind), reg_choice_label(reg_field_named(reg, "kind"), kind));
    view_copy(v, K(text), text);
    view_copy(v, K(detail), field_of(b, "incident_note", r, "detail", &at)->text);
    view_copy(v, K(to), to);
    (void)field_of(b, "incident_note", r, "by", &at);
    view_copy(v, K(who), r->names[at]);
    if (strcmp(kind, "supplement") || b->supplement_count == NOTES_SHOWN) return FAULT_NONE;
    b->supplements[b->supplement_count++] = (struct report_supplement){at_ms, arena_copy(p->arena, text)};
    return FAULT_NONE;
}

/* Steps of the record itself, so that a number that was changed on the way shows. */
static enum fault show_steps(struct board *b) {
    struct page *p = b->p;
    struct record_step *steps;
    size_t count;
    enum fault f = record_history(p->site->config.registers, p->conn, &b->actor, b->reg, &b->r.id, p->arena, &steps, &count);
    if (f) return f;
    struct view_list *list = view_list(p->view, K(steps));
    for (size_t i = 0; i < count; i++) {
        struct view *v = view_item(list);
        const char *fields = NULL;
        view_text(v, K(moment), moment_words(p, steps[i].entered_ms));
        view_tr(v, K(what), op_label(b->reg, steps[i].op));
        view_text(v, K(who), steps[i].actor_name);
        for (size_t k = 0; strcmp(steps[i].op, "add") && k < steps[i].count; k++) {
            const char *label = lang_tr(p->lang, steps[i].fields[k]->label);
            fields = fields ? arena_format(p->arena, "%s、%s", fields, label) : label;
        }
        view_text(v, K(text), fields);
    }
    return FAULT_NONE;
}

/* ---- the head ---- */

static void show_level(struct board *b) {
    struct view *v = b->p->view;
    struct incident_facts facts = incident_facts_of(b->reg, &b->r);
    struct level_proposal proposal;
    const struct value *level = value_of(b, "level");
    if (level->kind == VALUE_TEXT) view_tr(v, K(level), reg_choice_label(reg_field_named(b->reg, "level"), level->text));
    level_propose(b->category ? b->category->grading : GRADING_NONE, &facts, &proposal);
    view_bool(v, K(open), proposal.open);
    if (proposal.level == LEVEL_NONE) return;
    view_tr(v, K(proposed), level_name(proposal.level));
    view_tr(v, K(why), proposal.fact);
    view_text(v, K(citation), proposal.citation);
    view_bool(v, K(unverified), proposal.unverified);
}

static void show_facts(struct board *b) {
    static const char *const keys[] = {"category",       "discovered", "place",      "what",      "dead",     "heavy",
                                       "light",          "loss",       "leaked",     "cause",     "measures", "reporter",
                                       "reporting_unit", "called_110", "called_119", "called_120"};
    struct page *p = b->p;
    struct view_list *list = view_list(p->view, K(facts));
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        size_t at = (size_t)(reg_field_named(b->reg, keys[i]) - b->reg->fields);
        if (b->r.values[at].kind == VALUE_NONE) continue;
        struct view *v = view_item(list);
        view_tr(v, K(label), b->reg->fields[at].label);
        view_text(v, K(text), field_words(p, &b->reg->fields[at], &b->r, at));
    }
}

static void show_gaps(struct board *b, const struct first_report *report) {
    struct view_list *list = view_list(b->p->view, K(gaps));
    for (size_t i = 0; i < report->gap_count; i++) view_item_text(list, lang_tr(b->p->lang, report->gaps[i]));
}

static void show_head(struct board *b) {
    struct page *p = b->p;
    struct view *v = p->view;
    const struct reg_state *state = reg_state_named(b->reg, b->r.state);
    char id[ID_TEXT];
    id_format(&b->r.id, id);
    const char *title = value_of(b, "title")->text;
    view_text(v, K(title), title);
    view_text(v, K(record_label), title);
    view_bool(v, K(nav_registers), true);
    view_tr(v, K(state), state->label);
    view_text(v, K(tone), state_tone(b->reg, state));
    view_bool(v, K(drill), value_of(b, "drill")->integer == 1);
    view_bool(v, K(confidential), b->category && b->category->confidential);
    view_format(v, K(docx_url), "/incident/%s/report", id);
    view_format(v, K(note_url), "/incident/%s/note", id);
    if (access_may_in(&p->actor, b->reg->read, &b->r.unit)) view_text(v, K(record_url), record_url(p, b->reg, &b->r.id));
    if (!id_is_zero(&b->own_call)) view_format(v, K(seen_action), "/incident/%s/seen", id);
}

/* Terms that began with it, for whoever may read clocks. */
static enum fault show_clocks(struct board *b) {
    struct page *p = b->p;
    const struct reg *clocks = register_named(p->site->config.registers, "clock");
    char *rest = b->category && b->category->terms ? arena_copy(p->arena, b->category->terms) : NULL, *word;
    struct view_list *list = view_list(p->view, K(clocks));
    while (rest && (word = strsep(&rest, " "))) {
        struct id id = incident_made_id(&b->r.id, word, strlen(word));
        struct record clock;
        enum fault f = record_read(p->site->config.registers, p->conn, &p->actor, clocks, &id, NULL, p->arena, &clock);
        if (f == FAULT_ABSENT) continue;
        if (f) return f;
        struct view *v = view_item(list);
        struct clock due;
        view_text(v, K(url), record_url(p, clocks, &id));
        view_text(v, K(label), page_value(p, clocks, &clock, "subject"));
        view_bool(v, K(ended), clock.state && strcmp(clock.state, "running") != 0);
        f = clock_explain(p->conn, &id, p->arena, &p->notes, &due);
        if (f && f != FAULT_INPUT) return f;
        if (f) continue; /* the clock's own page says what is wrong */
        view_tr(v, K(kind), due.rule->name);
        if (due.answer.has_due) view_text(v, K(due), instant_text(due.answer.due, p->arena));
        view_bool(v, K(unverified), due.rule->status == TERM_UNVERIFIED);
    }
    return FAULT_NONE;
}

static void make_report(struct board *b, struct first_report *out) {
    struct page *p = b->p;
    first_report_make(b->reg, &b->r, b->category, p->site->config.institution, b->supplements, b->supplement_count, p->now_ms,
                      p->arena, out);
}

static enum fault read_notes(struct board *b) {
    b->supplements = arena_array(b->p->arena, struct report_supplement, NOTES_SHOWN);
    b->list = view_list(b->p->view, K(notes));
    return each_record(b, "incident_note", NOTES_SHOWN, add_note);
}

enum fault page_incident(struct page *p) {
    struct board b;
    struct first_report report;
    page_view(p, NULL);
    enum fault f = open_board(p, &b);
    if (f) return f;
    show_head(&b);
    show_level(&b);
    show_facts(&b);
    b.list = view_list(p->view, K(calls));
    f = each_record(&b, "incident_call", CALLS_SHOWN, add_call);
    if (!f) f = read_notes(&b);
    if (!f) f = show_steps(&b);
    if (!f) f = show_clocks(&b);
    if (f) return f;
    make_report(&b, &report);
    show_gaps(&b, &report);
    if (strcmp(b.r.state, "closed")) http_answer_header(p->answer, "Refresh", BOARD_SECONDS);
    return page_render(p, TEMPLATE_incident);
}

enum fault page_incident_report(struct page *p) {
    struct board b;
    struct first_report report;
    page_view(p, NULL);
    enum fault f = open_board(p, &b);
    if (!f) f = read_notes(&b);
    if (f) return f;
    make_report(&b, &report);
    struct text *out = http_answer_text(p->answer);
    http_answer_header(p->answer, "Content-Type", "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
    page_disposition(p, "first-report.docx", arena_join(p->arena, value_of(&b, "title")->text, ".docx"));
    return doc_to_docx(report.doc, out);
}

/* ---- acknowledging ---- */

enum fault page_incident_seen(struct page *p) {
    struct board b;
    page_view(p, NULL);
    enum fault f = open_board(p, &b);
    if (f) return f;
    const char *back = arena_join(p->arena, "/incident/", p->args[0]);
    if (id_is_zero(&b.own_call)) return page_go(p, back, NULL);
    const struct change_value heard = {"heard", moment_words(p, p->now_ms), NULL};
    struct change c = {.kind = CHANGE_MOVE,
                       .reg = register_named(p->site->config.registers, "incident_call"),
                       .record = b.own_call,
                       .move = "acknowledge",
                       .values = &heard,
                       .value_count = 1,
                       .expected = -1};
    struct actor wide = page_actor_with(p, "incident_call.acknowledge");
    store_read_end(&p->conn);
    f = change_apply(p->site->config.registers, &wide, p->now_ms, &c, &p->notes, NULL);
    return f && f != FAULT_STATE ? f : page_go(p, back, "已确认。"); /* twice is once */
}

/* ---- notes ---- */

static const char *const note_keys[] = {"kind", "text", "to", "detail", "at"};

static enum fault show_note_form(struct board *b, bool posted, enum fault failed) {
    struct page *p = b->p;
    const struct reg *reg = register_named(p->site->config.registers, "incident_note");
    struct view *v = page_view(p, "记一笔");
    view_text(v, K(record_label), value_of(b, "title")->text);
    view_format(v, K(board_url), "/incident/%s", p->args[0]);
    char id[ID_TEXT];
    struct id made = id_make(p->now_ms);
    const char *sent = page_field(p, "record");
    id_format(&made, id);
    view_copy(v, K(record_id), posted && sent ? sent : id);
    struct view_list *list = view_list(v, K(form_fields));
    for (size_t i = 0; i < COUNT_OF(note_keys); i++) {
        const struct reg_field *field = reg_field_named(reg, note_keys[i]);
        const char *value = posted ? page_field(p, arena_join(p->arena, "f-", field->key)) : NULL;
        if (!posted && !strcmp(field->key, "at")) value = moment_words(p, p->now_ms);
        if (!posted && !strcmp(field->key, "kind")) value = "course";
        (void)page_input(p, list, field, "f-", value, (field->flags & REQUIRED) != 0, page_note_for(p, field->key));
    }
    if (failed) {
        page_errors(p, failed, reg, "f-");
        http_answer_status(p->answer, fault_http_status(failed));
    }
    return page_render(p, TEMPLATE_incident_note);
}

enum fault page_incident_note(struct page *p) {
    struct board b;
    page_view(p, NULL);
    enum fault f = open_board(p, &b);
    return f ? f : show_note_form(&b, false, FAULT_NONE);
}

/* Whoever sees the board may add to it. */
enum fault page_incident_note_post(struct page *p) {
    struct board b;
    page_view(p, NULL);
    enum fault f = open_board(p, &b);
    if (f) return f;
    const struct reg *reg = register_named(p->site->config.registers, "incident_note");
    struct change_value values[COUNT_OF(note_keys) + 2];
    char me[ID_TEXT];
    struct change c = {
        .kind = CHANGE_ADD, .reg = reg, .record = id_make(p->now_ms), .values = values, .unit = b.r.unit, .expected = -1};
    const char *sent = page_field(p, "record");
    if (sent) (void)id_parse(sent, &c.record);
    for (size_t i = 0; i < COUNT_OF(note_keys); i++)
        values[c.value_count++] = (struct change_value){note_keys[i], page_field(p, arena_join(p->arena, "f-", note_keys[i])),
                                                        NULL};
    id_format(&p->actor.person, me);
    values[c.value_count++] = (struct change_value){"incident", p->args[0], NULL};
    values[c.value_count++] = (struct change_value){"by", me, NULL};
    struct actor wide = page_actor_with(p, reg->record);
    store_read_end(&p->conn);
    f = change_apply(p->site->config.registers, &wide, p->now_ms, &c, &p->notes, NULL);
    if (!f) return page_go(p, arena_join(p->arena, "/incident/", p->args[0]), "已保存。");
    return f == FAULT_STORE || f == FAULT_SYSTEM ? f : show_note_form(&b, true, f);
}

/* ---- on other pages ---- */

void incident_show(struct page *p, const struct reg *reg, const struct record *r) {
    char id[ID_TEXT];
    id_format(&r->id, id);
    if (!strcmp(reg->key, "incident")) view_format(p->view, K(board_url), "/incident/%s", id);
}

enum fault incident_show_today(struct page *p) {
    const struct reg *reg = register_named(p->site->config.registers, "incident");
    if (!reg || !register_named(p->site->config.registers, "incident_call")) return FAULT_NONE;
    view_bool(p->view, K(may_report), access_may(&p->actor, reg->record));
    struct actor wide = page_actor_with(p, reg->read);
    struct view_list *list = view_list(p->view, K(calls));
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        p->conn,
        "SELECT f_incident, f_reason FROM r_incident_call WHERE tenant = ?1 AND f_person = ?2 AND state = 'called' AND "
        "withdrawn = 0 ORDER BY made DESC LIMIT ?3",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &p->actor.person);
    stmt_bind_int(s, 3, TODAY_CALLS);
    for (bool row = true; row;) {
        struct id id;
        struct record r;
        f = stmt_step(s, &row);
        if (f || !row || !stmt_id(s, 0, &id)) return f;
        f = record_read(p->site->config.registers, p->conn, &wide, reg, &id, NULL, p->arena, &r);
        if (f == FAULT_ABSENT || (!f && !strcmp(r.state, "closed"))) continue;
        if (f) return f;
        struct view *v = view_item(list);
        char text[ID_TEXT];
        id_format(&id, text);
        view_format(v, K(url), "/incident/%s", text);
        view_text(v, K(label), page_value(p, reg, &r, "title"));
        view_copy(v, K(text), stmt_text(s, 1));
        view_format(v, K(seen_action), "/incident/%s/seen", text);
    }
    return FAULT_NONE;
}
