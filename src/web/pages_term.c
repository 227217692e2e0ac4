/* pages_term.c - terms: the list of kinds with a calculator, why a date is that date, and what is due today. */
#include "web/channels.h"
#include "web/page.h"

#include "calendar/due_json.h"
#include "register/sending.h"
#include "register/shifts.h"

#include <string.h>

enum { SHOWN_MAX = 200, LOOKED_MAX = 1000, SOON_DAYS = 7, WARNINGS_MAX = 50, WAYS_MAX = 4000 };

/* ---- an answer and why ---- */

static const char *said(struct page *p, const char *sentence, const char *const args[NOTE_ARGS]) {
    return due_sentence(sentence, args, p->lang, p->arena);
}

static const char *day_text(struct page *p, civil_day d) { return instant_text((struct instant){d, MINUTE_NONE}, p->arena); }

static void show_steps(struct page *p, struct view *v, const struct due_answer *a) {
    struct view_list *list = view_list(v, K(due_steps));
    for (size_t i = 0; i < a->step_count; i++) {
        const struct due_step *s = &a->steps[i];
        struct view *item = view_item(list);
        bool one = s->day != DAY_NONE && s->day == s->to;
        if (one) {
            view_text(item, K(day), day_text(p, s->day));
            view_tr(item, K(weekday), weekday_name(s->day));
        }
        view_text(item, K(text), said(p, s->sentence, s->args));
        bool address = s->citation && !strncmp(s->citation, "http", 4);
        view_text(item, K(citation), address ? NULL : s->citation);
        view_text(item, K(citation_url), address ? s->citation : NULL);
        view_bool(item, K(counted), s->kind == STEP_COUNTED && s->count > 0);
        view_bool(item, K(skipped), s->kind == STEP_SKIPPED || s->kind == STEP_SUSPENDED);
    }
}

/* By how much: fixed, up to a most, or whatever is approved. */
static const char *longer_by(struct page *p, const struct term_extension *x) {
    const char *length = extension_words(x, p->lang, p->arena);
    if (x->by.n == TERM_LENGTH_MAX) return lang_tr(p->lang, "逐件批准的长度");
    return x->most ? due_sentence("最多 {0}", (const char *const[NOTE_ARGS]){length}, p->lang, p->arena) : length;
}

/* What may still prolong a term of this kind: who has to approve it, and until when it must be asked for. */
static void show_longer(struct page *p, struct view *v, const struct term_rule *rule) {
    struct view_list *list = view_list(v, K(longer));
    for (size_t i = 0; i < TERM_EXTENSIONS_MAX && rule->extensions[i].code; i++) {
        const struct term_extension *x = &rule->extensions[i];
        struct view *item = view_item(list);
        view_tr(item, K(label), x->name);
        view_text(item, K(length), longer_by(p, x));
        if (x->approver) view_sentence(item, K(approver), "由{0}批准", lang_tr(p->lang, x->approver));
        if (x->apply_before.n)
            view_sentence(item, K(apply_before), "提请须在届满之前 {0}", span_words(x->apply_before, p->lang, p->arena));
        view_text(item, K(citation), x->citation);
    }
}

static void show_answer(struct page *p, struct view *v, const struct term_rule *rule, const struct due_answer *a) {
    view_bool(v, K(due_shown), true);
    if (a->has_due) view_text(v, K(due), instant_text(a->due, p->arena));
    else if (rule->inside) view_tr(v, K(due_none), "没有单独的届满日");
    else view_tr(v, K(due_none), "已中止，没有届满日");
    if (a->rolled) view_text(v, K(due_base), day_text(p, a->base));
    if (a->safe_by != DAY_NONE) view_text(v, K(safe_by), day_text(p, a->safe_by));
    if (a->has_due && (a->literal.day != a->due.day || a->literal.minute != a->due.minute))
        view_text(v, K(literal), instant_text(a->literal, p->arena));
    view_bool(v, K(provisional), a->provisional);
    view_bool(v, K(not_in_force), !a->in_force);
    view_bool(v, K(unverified), rule->status == TERM_UNVERIFIED);
    view_bool(v, K(local_rule), rule->status == TERM_LOCAL);
    view_tr(v, K(rule_name), rule->name);
    view_text(v, K(citation), rule->citation);
    view_tr(v, K(on_expiry), rule->on_expiry);
    if (a->round > 1) view_int(v, K(round), a->round);
    show_longer(p, v, rule);
    show_steps(p, v, a);
}

/* Whom a rung tells is the head above wherever there is nobody of its own for the role (clock_warn.c). */
static const char *role_name(const char *role) {
    static const char *const names[][2] = {{"handler", "承办人"},
                                           {"department-head", "部门负责人"},
                                           {"case-management", "上级负责人（代案管）"},
                                           {"leader", "上级负责人"},
                                           {"chief", "上级负责人（代检察长）"}};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (!strcmp(names[i][0], role)) return names[i][1];
    return role;
}

struct told {
    struct page *p;
    struct view_list *list;
    struct text ways; /* how the message fared by each channel */
};

static enum fault add_way(void *context, const struct sending *s) {
    static const char *const states[] = {[SENDING_OPEN] = "不知道是否送出",     [SENDING_TAKEN] = "已交出",
                                         [SENDING_DELAYED] = "还在投递",        [SENDING_DELIVERED] = "已送达",
                                         [SENDING_RETURNED] = "没有送到",       [SENDING_FAILED] = "没有送到",
                                         [SENDING_SILENT] = "已交出，没有回执", [SENDING_PUT_OFF] = "没有送出，还会再试"};
    struct told *t = context;
    const struct page *p = t->p;
    if (s->state < 0 || (size_t)s->state >= COUNT_OF(states)) return FAULT_NONE;
    if (t->ways.length) text_add(&t->ways, lang_tr(p->lang, "；"));
    text_format(&t->ways, "%s%s%s", channel_name(s->channel, p->lang), lang_tr(p->lang, "："), lang_tr(p->lang, states[s->state]));
    if (s->why[0]) text_format(&t->ways, " (%s)", s->why);
    return FAULT_NONE;
}

static enum fault add_told(void *context, const struct warning_told *w) {
    struct told *t = context;
    struct page *p = t->p;
    const char *name;
    enum fault f = page_person_name(p, &w->person, &name);
    if (f) return f;
    struct view *v = view_item(t->list);
    view_copy(v, K(day), w->day);
    view_copy(v, K(due), w->due);
    view_tr(v, K(role), role_name(w->role));
    view_text(v, K(who), name);
    if (w->seen_ms) view_moment(v, K(moment), w->seen_ms);
    text_clear(&t->ways);
    f = w->mailed_ms ? sending_of(p->conn, &w->person, w->mailed_ms, add_way, t) : FAULT_NONE;
    if (t->ways.length) view_copy(v, K(ways), t->ways.at);
    return f;
}

/* What date it was before a notice of days off moved it, and which notice that was. */
static enum fault show_moved(struct page *p, const struct clock *clock) {
    const struct reg *holidays = register_named(p->site->config.registers, "holiday");
    struct clock_moved moved;
    bool any;
    enum fault f = clock_moved(p->conn, clock, p->arena, &moved, &any);
    if (f || !any) return f;
    view_text(p->view, K(moved_from), instant_text(moved.before, p->arena));
    view_text(p->view, K(moved_by), moved.name);
    view_text(p->view, K(moved_source), moved.source);
    if (holidays && access_may(&p->actor, holidays->read)) view_text(p->view, K(moved_url), record_url(p, holidays, &moved.notice));
    return FAULT_NONE;
}

/* The due date of a clock's record, on its page. */
enum fault term_show_clock(struct page *p, const struct id *id) {
    struct notes notes;
    struct clock clock;
    notes_init(&notes, p->arena);
    enum fault f = clock_explain(p->conn, id, p->arena, &notes, &clock);
    if (!f) show_answer(p, p->view, clock.rule, &clock.answer);
    if (!f) f = show_moved(p, &clock);
    if (f == FAULT_INPUT && notes.first) view_note(p->view, K(due_wrong), notes.first);
    char name[ID_TEXT];
    id_format(id, name);
    struct told told = {.p = p, .list = view_list(p->view, K(told))};
    text_init(&told.ways, WAYS_MAX);
    if (!f) f = warnings_of(p->conn, id, add_told, &told);
    text_release(&told.ways);
    const struct reg *events = register_named(p->site->config.registers, "clock_event");
    if (events && access_may(&p->actor, events->record)) view_format(p->view, K(event_url), "/r/clock_event/new?f-clock=%s", name);
    view_format(p->view, K(events_url), "/r/clock_event?filter=clock%%3D%s", name);
    return f == FAULT_INPUT || f == FAULT_ABSENT ? FAULT_NONE : f;
}

/* ---- the list and the calculator ---- */

static void list_rule(struct page *p, const struct term_rule *r, bool own, struct view *item) {
    view_text(item, K(code), r->code);
    view_tr(item, K(name), r->name);
    if (r->length.n) view_text(item, K(length), span_words(r->length, p->lang, p->arena));
    view_tr(item, K(starts_on), r->starts_on);
    view_text(item, K(citation), r->citation);
    view_tr(item, K(status), term_status_name(r->status));
    view_text(item, K(tone), r->status == TERM_READ ? "good" : "warn");
    view_format(item, K(url), "/terms?rule=%s", r->code);
    if (own) view_text(item, K(since), day_text(p, r->valid_from));
    if (own && r->valid_to) view_text(item, K(until), day_text(p, r->valid_to));
}

static void list_option(const struct term_rule *r, const struct term_rule *chosen, struct view *option) {
    view_text(option, K(value), r->code);
    view_tr(option, K(label), r->name);
    view_bool(option, K(selected), r == chosen);
}

/* The institution's own first; of the shipped ones those in whose place none of its own stands today. */
static void list_rules(struct page *p, const struct rule_book *book, const struct term_rule *chosen) {
    struct view_list *list = view_list(p->view, K(rules)), *options = view_list(p->view, K(rule_options));
    for (size_t i = 0; i < book->count; i++) {
        const struct term_rule *r = &book->own[i];
        list_rule(p, r, true, view_item(list));
        if (rule_in(book, r->code, p->today) == r || r == chosen) list_option(r, chosen, view_item(options));
    }
    for (size_t i = 0; i < rules_shipped_count; i++) {
        const struct term_rule *r = &rules_shipped[i];
        if (rule_in(book, r->code, p->today) != r) continue;
        list_rule(p, r, false, view_item(list));
        list_option(r, chosen, view_item(options));
    }
}

static void list_extensions(struct page *p, const struct term_rule *rule) {
    struct view_list *list = view_list(p->view, K(extensions));
    for (size_t i = 0; i < TERM_EXTENSIONS_MAX && rule->extensions[i].code; i++) {
        const struct term_extension *x = &rule->extensions[i];
        struct view *item = view_item(list);
        view_tr(item, K(label), x->name);
        view_text(item, K(length), longer_by(p, x));
        view_format(item, K(name), "x-%s", x->code);
        view_bool(item, K(selected), page_param(p, arena_join(p->arena, "x-", x->code)) != NULL);
    }
}

/* What the calculator was asked; false with a note if it cannot be read. */
static bool read_question(struct page *p, struct due_question *q, const char *from, struct term_event *events) {
    const char *time = page_param(p, "time"), *length = page_param(p, "length");
    if (time && time[0]) from = arena_format(p->arena, "%sT%s", from, time);
    if (!instant_parse(from, &q->from)) note_add(&p->notes, "from", "应为日期或时刻，如 {0}", "2024-10-08T14:20");
    else if (length && length[0] && !span_parse(length, &q->given))
        note_add(&p->notes, "length", "应为长度，如 {0}", "15d、10wd、12mo");
    else {
        for (size_t i = 0; i < TERM_EXTENSIONS_MAX && q->rule->extensions[i].code; i++) {
            const char *code = q->rule->extensions[i].code;
            if (page_param(p, arena_join(p->arena, "x-", code)))
                events[q->event_count++] = (struct term_event){
                    .kind = EVENT_EXTEND, .at = q->from, .code = code, .applied = DAY_NONE, .from = {DAY_NONE, MINUTE_NONE}};
        }
        q->events = events;
        q->custody = page_param(p, "custody") != NULL;
        return true;
    }
    return false;
}

static enum fault calculate(struct page *p, const struct term_rule *rule, const char *from) {
    struct term_event events[TERM_EXTENSIONS_MAX];
    struct due_question q = {.rule = rule, .explain = true};
    struct due_answer answer;
    enum fault f = clock_calendar(p->conn, p->arena, &q.calendar);
    if (f) return f;
    if (!read_question(p, &q, from, events)) f = FAULT_INPUT;
    if (!f) f = due_compute(&q, p->arena, &p->notes, &answer);
    if (!f) show_answer(p, p->view, rule, &answer);
    if (f == FAULT_INPUT && p->notes.first) view_note(p->view, K(due_wrong), p->notes.first);
    return f == FAULT_INPUT ? FAULT_NONE : f;
}

enum fault page_terms(struct page *p) {
    enum fault f = page_reader(p);
    if (f) return f;
    struct view *v = page_view(p, "期限");
    const char *code = page_param(p, "rule"), *from = page_param(p, "from");
    struct rule_book book;
    struct instant start;
    f = clock_rules(p->conn, p->arena, &book);
    if (f) return f;
    const struct term_rule *rule = code ? rule_in(&book, code, from && instant_parse(from, &start) ? start.day : p->today) : NULL;
    view_bool(v, K(nav_today), true);
    list_rules(p, &book, rule);
    const struct reg *holidays = register_named(p->site->config.registers, "holiday");
    view_bool(v, K(may_notice), holidays && access_may(&p->actor, holidays->record));
    if (code && code[0] && !rule) return FAULT_ABSENT;
    if (rule) {
        view_text(v, K(chosen), rule->code);
        view_tr(v, K(starts_on), rule->starts_on);
        view_bool(v, K(hours), rule->length.unit == TERM_HOUR);
        view_bool(v, K(given), rule->given);
        view_bool(v, K(may_custody), rule->custody == CUSTODY_FOLLOWS);
        view_bool(v, K(custody), page_param(p, "custody") != NULL);
        view_text(v, K(from), from ? from : day_text(p, p->today));
        view_text(v, K(time), page_param(p, "time"));
        view_text(v, K(length), page_param(p, "length"));
        list_extensions(p, rule);
    }
    if (rule && from) f = calculate(p, rule, from);
    return f ? f : page_render(p, TEMPLATE_terms);
}

/* ---- today ---- */

enum { PART_LATE, PART_TODAY, PART_SOON, PART_LATER, PART_STOPPED, PARTS };

struct today {
    struct page *p;
    struct view_list *parts[PARTS];
    struct clock_basis basis;
    struct view_list *warnings;
    int shown;
    bool all;
    const char *absent; /* for whom the person stands in; NULL: it is his own */
};

/* A term of hours is late within its day, once its minute has passed. */
static bool past(const struct page *p, struct instant due) {
    int64_t minute = (p->now_ms / 60000 + CHINA_OFFSET_MINUTES) % (24 * 60);
    return due.day < p->today || (due.day == p->today && due.minute != MINUTE_NONE && due.minute < minute);
}

static int part_of(const struct page *p, struct instant due) {
    if (past(p, due)) return PART_LATE;
    return due.day <= p->today ? PART_TODAY : due.day <= p->today + SOON_DAYS ? PART_SOON : PART_LATER;
}

static struct instant whole(civil_day day) { return (struct instant){day, MINUTE_NONE}; }

/* What is left, in working days, as people plan by them. */
static void show_left(struct today *t, struct view *item, struct instant due) {
    struct page *p = t->p;
    if (due.day == p->today && past(p, due)) view_tr(item, K(left), "今天已过时刻");
    if (due.day == p->today || !calendar_covers(due.day)) return;
    int days = calendar_between(t->basis.calendar, p->today, due.day);
    if (due.day < p->today) view_sentence(item, K(left), "已过 {0} 天", arena_int(p->arena, p->today - due.day));
    else view_sentence(item, K(left), "还有 {0} 个工作日", arena_int(p->arena, days));
}

static struct view *add_item(struct today *t, const struct reg *reg, const struct record *r, int part) {
    struct page *p = t->p;
    struct view *item = view_item(t->parts[part]);
    const struct reg_field *name = reg_name_field(reg);
    const char *label = value_show(name, &r->values[name - reg->fields], p->lang, p->arena);
    view_text(item, K(url), record_url(p, reg, &r->id));
    view_copy(item, K(label), label[0] ? label : "…");
    const struct reg_field *owner = reg_field_named(reg, "owner");
    if (t->all && owner && r->names[owner - reg->fields]) view_copy(item, K(who), r->names[owner - reg->fields]);
    if (t->absent) view_sentence(item, K(stands_in), "代 {0} 办", t->absent);
    t->shown++;
    return item;
}

/* The rule that a clock runs under: that of its code on its first day. */
static const struct term_rule *rule_of(const struct rule_book *book, const struct reg *reg, const struct record *r) {
    const struct value *code = &r->values[reg_field_named(reg, "rule") - reg->fields],
                       *started = &r->values[reg_field_named(reg, "started") - reg->fields];
    civil_day start;
    return code->text && started->text && civil_parse(started->text, &start) ? rule_in(book, code->text, start) : NULL;
}

static enum fault add_clock(void *context, const struct clock_due *d) {
    struct today *t = context;
    struct page *p = t->p;
    const struct registers *rs = p->site->config.registers;
    const struct reg *reg = register_named(rs, "clock");
    if (t->shown >= SHOWN_MAX) return FAULT_NONE;
    struct record r;
    enum fault f = record_read(rs, p->conn, &p->actor, reg, &d->clock, NULL, p->arena, &r);
    if (f) return f == FAULT_ABSENT || f == FAULT_RIGHT ? FAULT_NONE : f;
    struct instant due;
    bool dated = d->due[0] && instant_parse(d->due, &due);
    const struct term_rule *rule = rule_of(&t->basis.rules, reg, &r);
    struct view *item = add_item(t, reg, &r, dated ? part_of(p, due) : PART_STOPPED);
    view_tr(item, K(kind), rule ? rule->name : NULL);
    view_copy(item, K(due), d->due);
    char id[ID_TEXT];
    id_format(&d->clock, id);
    if (access_may_in(&p->actor, reg->record, &r.unit)) view_copy(item, K(value), id);
    view_bool(item, K(provisional), d->provisional);
    if (d->before[0]) view_copy(item, K(before), d->before);
    if (d->safe_by[0]) view_copy(item, K(safe_by), d->safe_by);
    if (dated) show_left(t, item, due);
    else view_tr(item, K(left), d->state == CLOCK_SUSPENDED ? "已中止" : "无法计算，请打开查看");
    return FAULT_NONE;
}

static enum fault add_finding(void *context, const struct record *r) {
    struct today *t = context;
    const struct reg *reg = register_named(t->p->site->config.registers, "finding");
    const struct value *due = &r->values[reg_field_named(reg, "due") - reg->fields];
    civil_day day;
    if (t->shown >= SHOWN_MAX || !due->text || !civil_parse(due->text, &day)) return FAULT_NONE;
    struct view *item = add_item(t, reg, r, part_of(t->p, whole(day)));
    view_tr(item, K(kind), "问题整改");
    view_copy(item, K(due), due->text);
    show_left(t, item, whole(day));
    return FAULT_NONE;
}

/* ---- what one waits for ---- */

struct waiting {
    struct page *p;
    struct view_list *list;
    const struct reg *reg;
};

static enum fault add_waiting(void *context, const struct record *r) {
    struct waiting *w = context;
    struct page *p = w->p;
    struct view *item = view_item(w->list);
    const struct reg_field *name = reg_name_field(w->reg);
    view_text(item, K(url), record_url(p, w->reg, &r->id));
    view_copy(item, K(label), value_show(name, &r->values[name - w->reg->fields], p->lang, p->arena));
    view_tr(item, K(kind), w->reg->label);
    view_tr(item, K(state), reg_state_named(w->reg, r->state)->label);
    return FAULT_NONE;
}

/* One's own work that lies with others: findings handed in for review, exchanges asked for. */
static enum fault list_waiting(struct page *p) {
    static const char *const asked[][2] = {{"finding", "state = review AND owner = me"},
                                           {"shift_swap", "(state = asked OR state = agreed) AND giver = me"}};
    struct waiting w = {p, view_list(p->view, K(waiting)), NULL};
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        w.reg = register_named(p->site->config.registers, asked[i][0]);
        if (!w.reg || !access_may(&p->actor, w.reg->read)) continue;
        enum fault f = page_records(p, w.reg, asked[i][1], NULL, WARNINGS_MAX, add_waiting, &w);
        if (f) return f;
    }
    return FAULT_NONE;
}

/* ---- several at once ---- */

struct finishing {
    struct page *p;
    const char *rest; /* ids, one a line */
    struct change change;
};

static bool next_finish(void *context, struct change *out) {
    struct finishing *x = context;
    while (*x->rest) {
        size_t length = strcspn(x->rest, "\n");
        const char *text = arena_copyn(x->p->arena, x->rest, length);
        x->rest += length + (x->rest[length] == '\n');
        if (!id_parse(text, &x->change.record)) continue;
        *out = x->change;
        return true;
    }
    return false;
}

/* All that were ticked, or none: one that cannot be finished stops them all and is named. */
enum fault page_today_finish(struct page *p) {
    struct registers *rs = p->site->config.registers;
    const struct reg *reg = register_named(rs, "clock");
    const char *ids = page_field_all(p, "clock");
    if (!reg) return FAULT_ABSENT;
    if (!ids) return page_go(p, "/today", "没有勾选任何事项。");
    struct finishing x = {.p = p, .rest = ids, .change = {.kind = CHANGE_MOVE, .reg = reg, .move = "finish", .expected = -1}};
    struct change_source source = {.context = &x, .next = next_finish};
    struct batch_result result;
    enum fault f = change_batch(rs, &p->actor, p->now_ms, &source, false, &p->notes, &result);
    return f ? f : page_go(p, "/today", "已办理。");
}

/* Open findings with a due date, the earliest first: one's own, or all that one may read. */
static enum fault findings_due(struct page *p, bool all, record_visit each, void *context) {
    const struct reg *reg = register_named(p->site->config.registers, "finding");
    if (!reg || !access_may(&p->actor, reg->read) || !reg_field_named(reg, "due") || !reg_field_named(reg, "owner"))
        return FAULT_NONE;
    return page_records(p, reg, all ? "state = open AND due != null" : "state = open AND due != null AND owner = me", "due",
                        SHOWN_MAX, each, context);
}

static enum fault add_warning(void *context, const struct warning *w) {
    struct today *t = context;
    struct page *p = t->p;
    const struct registers *rs = p->site->config.registers;
    const struct reg *reg = register_named(rs, "clock");
    struct record r;
    enum fault f = record_read(rs, p->conn, &p->actor, reg, &w->clock, NULL, p->arena, &r);
    if (f) return f == FAULT_ABSENT || f == FAULT_RIGHT ? FAULT_NONE : f;
    struct instant due;
    char id[ID_TEXT];
    struct view *item = view_item(t->warnings);
    const struct reg_field *name = reg_name_field(reg);
    view_copy(item, K(label), value_show(name, &r.values[name - reg->fields], p->lang, p->arena));
    view_text(item, K(url), record_url(p, reg, &r.id));
    view_copy(item, K(due), w->due);
    view_bool(item, K(escalated), w->escalated);
    id_format(&w->clock, id);
    view_copy(item, K(value), id);
    if (instant_parse(w->due, &due)) show_left(t, item, due);
    return FAULT_NONE;
}

enum fault page_today_seen(struct page *p) {
    struct id clock;
    const char *given = page_field(p, "clock");
    bool one = given && given[0];
    if (one && !id_parse(given, &clock)) return FAULT_INPUT;
    enum fault f = warnings_seen(p->site->config.registers, &p->actor.person, one ? &clock : NULL, p->now_ms);
    return f ? f : page_go(p, "/today", NULL);
}

/* What is due for those who are away and named him as their stand-in. */
static enum fault add_absent(void *context, const struct absent_row *row) {
    struct today *t = context;
    t->absent = row->name;
    enum fault f = clocks_list(t->p->conn, &row->person, SHOWN_MAX, add_clock, t);
    t->absent = NULL;
    return f;
}

enum fault page_today(struct page *p) {
    static const char *const titles[PARTS] = {"已经超期", "今天到期", "七天之内", "以后", "没有在走"};
    static const char *const tones[PARTS] = {"bad", "warn", "work", "", ""};
    const struct reg *reg = register_named(p->site->config.registers, "clock");
    enum fault f = page_reader(p);
    if (f) return f;
    struct view *v = page_view(p, "今日");
    struct today t = {.p = p, .all = page_param(p, "all") != NULL};
    struct view_list *parts = view_list(v, K(parts));
    view_bool(v, K(nav_today), true);
    view_bool(v, K(all), t.all);
    for (int i = 0; i < PARTS; i++) {
        struct view *part = view_item(parts);
        view_tr(part, K(title), titles[i]);
        view_text(part, K(tone), tones[i]);
        t.parts[i] = view_list(part, K(items));
    }
    f = clock_basis_read(p->conn, p->arena, &t.basis);
    if (!f) f = findings_due(p, t.all, add_finding, &t);
    if (!f && reg && access_may(&p->actor, reg->read))
        f = clocks_list(p->conn, t.all ? NULL : &p->actor.person, t.all ? LOOKED_MAX : SHOWN_MAX, add_clock, &t);
    if (!f && !t.all && reg && access_may(&p->actor, reg->read))
        f = absences_stood_in(p->conn, &p->actor.person, p->today, add_absent, &t);
    t.warnings = view_list(v, K(warnings));
    const char *failed;
    bool instead = false;
    if (!f) f = warning_mail_failed(p->conn, &p->actor.person, p->arena, &failed, &instead);
    if (!f) view_text(v, instead ? K(mail_instead) : K(mail_failed), failed);
    if (!f && reg && access_may(&p->actor, reg->read)) f = warnings_list(p->conn, &p->actor.person, WARNINGS_MAX, add_warning, &t);
    if (!f && !t.all) f = list_waiting(p);
    if (!f) f = incident_show_today(p);
    if (!f) f = roster_show_today(p);
    if (!f && !t.all) f = box_show_today(p);
    if (!f && !t.all) f = inspect_show_today(p);
    if (f) return f;
    view_bool(v, K(nothing), !t.shown);
    view_bool(v, K(cut), t.shown >= SHOWN_MAX);
    view_bool(v, K(may_finish), t.shown && reg && access_may(&p->actor, reg->record));
    if (reg && access_may(&p->actor, reg->record)) view_text(v, K(add_url), "/r/clock/new");
    return page_render(p, TEMPLATE_today);
}

/* ---- the wall ---- */

enum { WALL_UNITS = 24, WALL_ITEMS = 12 };

struct wall_unit {
    struct id unit;
    int64_t counts[PART_SOON + 1];
};

struct wall {
    struct page *p;
    struct wall_unit units[WALL_UNITS];
    size_t count;
    struct view_list *items;
};

static void count_on_wall(struct wall *w, const struct record *r, const struct reg *reg, struct instant due) {
    struct page *p = w->p;
    int part = part_of(p, due);
    if (part > PART_SOON) return;
    size_t at = 0;
    while (at < w->count && !id_same(&w->units[at].unit, &r->unit)) at++;
    if (at == WALL_UNITS) at--; /* the last row takes in what has no room */
    if (at == w->count) w->units[w->count++] = (struct wall_unit){.unit = r->unit};
    w->units[at].counts[part]++;
    if (part == PART_SOON || w->items->count >= WALL_ITEMS) return;
    struct view *item = view_item(w->items);
    const struct reg_field *name = reg_name_field(reg), *owner = reg_field_named(reg, "owner");
    view_copy(item, K(label), value_show(name, &r->values[name - reg->fields], p->lang, p->arena));
    if (owner && r->names[owner - reg->fields]) view_copy(item, K(who), r->names[owner - reg->fields]);
    view_text(item, K(due), instant_text(due, p->arena));
    view_text(item, K(tone), part == PART_LATE ? "bad" : "warn");
}

static enum fault wall_clock(void *context, const struct clock_due *d) {
    struct wall *w = context;
    struct page *p = w->p;
    const struct reg *reg = register_named(p->site->config.registers, "clock");
    struct instant due;
    struct record r;
    if (!d->due[0] || !instant_parse(d->due, &due) || part_of(p, due) > PART_SOON) return FAULT_NONE;
    enum fault f = record_read(p->site->config.registers, p->conn, &p->actor, reg, &d->clock, NULL, p->arena, &r);
    if (!f) count_on_wall(w, &r, reg, due);
    return f == FAULT_ABSENT || f == FAULT_RIGHT ? FAULT_NONE : f;
}

static enum fault wall_finding(void *context, const struct record *r) {
    struct wall *w = context;
    const struct reg *reg = register_named(w->p->site->config.registers, "finding");
    const struct value *due = &r->values[reg_field_named(reg, "due") - reg->fields];
    civil_day day;
    if (due->text && civil_parse(due->text, &day)) count_on_wall(w, r, reg, whole(day));
    return FAULT_NONE;
}

static enum fault wall_rows(struct wall *w) {
    struct page *p = w->p;
    const struct reg *unit = register_named(p->site->config.registers, "unit");
    struct view_list *rows = view_list(p->view, K(rows));
    for (size_t i = 0; i < w->count; i++) {
        const struct wall_unit *u = &w->units[i];
        const char *name = NULL;
        enum fault f = unit && !id_is_zero(&u->unit)
                         ? record_name(p->site->config.registers, p->conn, unit, &u->unit, p->arena, &name)
                         : FAULT_NONE;
        if (f && f != FAULT_ABSENT) return f;
        struct view *row = view_item(rows);
        if (name) view_text(row, K(label), name);
        else view_tr(row, K(label), "没有单位");
        view_int(row, K(late), u->counts[PART_LATE]);
        view_int(row, K(today), u->counts[PART_TODAY]);
        view_int(row, K(soon), u->counts[PART_SOON]);
    }
    return FAULT_NONE;
}

enum fault page_wall(struct page *p) {
    const struct reg *reg = register_named(p->site->config.registers, "clock");
    enum fault f = page_reader(p);
    if (f) return f;
    struct wall w = {.p = p};
    struct view *v = page_view(p, "大屏");
    w.items = view_list(v, K(items));
    view_text(v, K(day), day_text(p, p->today));
    if (reg && access_may(&p->actor, reg->read)) f = clocks_list(p->conn, NULL, LOOKED_MAX, wall_clock, &w);
    if (!f) f = findings_due(p, true, wall_finding, &w);
    if (!f) f = wall_rows(&w);
    if (f) return f;
    http_answer_header(p->answer, "Refresh", "60");
    return page_render(p, TEMPLATE_wall);
}
