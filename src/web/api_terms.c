/* api_terms.c - terms for programs: the kinds, one computed, and the due date of a clock with its explanation. */
#include "web/api.h"

#include "base/printer.h"
#include "calendar/due_json.h"
#include "register/clock.h"

enum fault api_terms(struct page *p) {
    struct rule_book book;
    enum fault f = page_reader(p);
    if (!f) f = clock_rules(p->conn, p->arena, &book);
    if (f) return f;
    struct text *out = api_answer(p);
    text_add(out, "{\"terms\": [");
    for (size_t i = 0; i < book.count + rules_shipped_count; i++) {
        text_add(out, i ? ",\n" : "\n");
        rule_json(i < book.count ? &book.own[i] : &rules_shipped[i - book.count], p->lang, p->arena, out);
    }
    text_add(out, "]}\n");
    return FAULT_NONE;
}

static bool read_question(struct page *p, struct due_question *q, struct term_event *event) {
    const char *from = page_param(p, "from"), *length = page_param(p, "length"), *extend = page_param(p, "extend"),
               *custody = page_param(p, "custody");
    if (!from || !instant_parse(from, &q->from)) note_add(&p->notes, "from", "应为日期或时刻，如 {0}", "2024-10-08T14:20");
    else if (length && length[0] && !span_parse(length, &q->given))
        note_add(&p->notes, "length", "应为长度，如 {0}", "15d、10wd、12mo");
    else {
        q->custody = custody && !strcmp(custody, "1");
        *event = (struct term_event){
            .kind = EVENT_EXTEND, .at = q->from, .code = extend, .applied = DAY_NONE, .from = {DAY_NONE, MINUTE_NONE}};
        q->events = event;
        q->event_count = extend && extend[0];
        return true;
    }
    return false;
}

static struct text *answer(struct page *p, const struct due_question *q, const struct due_answer *a) {
    struct text *out = api_answer(p);
    text_addc(out, '{');
    due_json(q, a, true, p->lang, p->arena, out);
    return out;
}

/* The date before a notice of days off moved it, and the notice; null if none did. */
static void moved_json(struct page *p, const struct clock_moved *m, struct text *out) {
    char id[ID_TEXT];
    text_add(out, ", \"moved\": ");
    if (!m) {
        text_add(out, "null");
        return;
    }
    id_format(&m->notice, id);
    text_format(out, "{\"before\": \"%s\", \"notice\": \"%s\", \"name\": ", instant_text(m->before, p->arena), id);
    json_text(out, m->name);
    text_add(out, ", \"source\": ");
    json_text(out, m->source);
    text_addc(out, '}');
}

enum fault api_term(struct page *p) {
    struct term_event event;
    struct due_answer a;
    struct clock_basis basis;
    struct due_question q = {.explain = true};
    if (!read_question(p, &q, &event)) return FAULT_INPUT;
    enum fault f = page_reader(p);
    if (!f) f = clock_basis_read(p->conn, p->arena, &basis);
    if (f) return f;
    q.calendar = basis.calendar;
    q.rule = rule_in(&basis.rules, p->args[0], q.from.day);
    if (!q.rule) return FAULT_ABSENT;
    f = due_compute(&q, p->arena, &p->notes, &a);
    if (!f) text_add(answer(p, &q, &a), "}\n");
    return f;
}

enum fault api_clock_due(struct page *p) {
    const struct reg *reg = register_named(p->site->config.registers, "clock");
    struct id id;
    struct record r;
    struct clock clock;
    struct clock_moved moved;
    bool any;
    if (!reg || !id_parse(p->args[0], &id)) return FAULT_ABSENT;
    if (!access_may(&p->actor, reg->read)) return FAULT_RIGHT;
    enum fault f = api_asked_scope(p, "read", reg);
    if (!f) f = page_reader(p);
    if (!f) f = record_read(p->site->config.registers, p->conn, &p->actor, reg, &id, NULL, p->arena, &r);
    if (!f) f = clock_explain(p->conn, &id, p->arena, &p->notes, &clock);
    if (!f) f = clock_moved(p->conn, &clock, p->arena, &moved, &any);
    if (f) return f;
    struct text *out = answer(p, &clock.question, &clock.answer);
    moved_json(p, any ? &moved : NULL, out);
    text_add(out, "}\n");
    return FAULT_NONE;
}
