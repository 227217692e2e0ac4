/* clock.c - clocks and their events read from the records and worked out; what a record of them must obey. */
#include "register/clock.h"
#include "register/clock_inside.h"

#include <stdlib.h>

const struct value *clock_value(const struct reg *reg, const struct value *values, const char *key) {
    const struct reg_field *f = reg_field_named(reg, key);
    return f ? &values[f - reg->fields] : NULL;
}

const char *clock_text(const struct reg *reg, const struct value *values, const char *key) {
    const struct value *v = clock_value(reg, values, key);
    return v && v->kind == VALUE_TEXT ? v->text : NULL;
}

/* A day, and the minute where one is given; false if the minute is none. */
static bool moment_of(const char *day, const char *time, struct instant *out) {
    char text[20];
    if (!day) return false;
    if (!time || !time[0]) return instant_parse(day, out);
    if (strlen(day) != 10 || strlen(time) > 5) return false;
    /* 9:05 is 09:05 */
    size_t zero = strlen(time) == 4 ? 1 : 0;
    memcpy(text, day, 10);
    text[10] = 'T';
    if (zero) text[11] = '0';
    memcpy(text + 11 + zero, time, strlen(time) + 1);
    return instant_parse(text, out);
}

/* ---- questions from rows ---- */

const struct term_rule *clock_rule(const struct clock_row *row, const struct rule_book *rules) {
    civil_day start = 0;
    if (row->started && !civil_parse(row->started, &start)) start = 0;
    return row->rule ? rule_in(rules, row->rule, start) : NULL;
}

/* Fills a question from what a clock's record says. FAULT_INPUT with notes at the fields. */
static enum fault question_of(const struct clock_row *row, const struct clock_basis *basis, struct notes *notes,
                              struct due_question *q) {
    q->calendar = basis->calendar;
    q->rule = clock_rule(row, &basis->rules);
    q->custody = row->custody;
    if (!q->rule) note_add(notes, "rule", "没有期限种类“{0}”；“期限”页列出全部种类", row->rule ? row->rule : "");
    else if (!moment_of(row->started, row->time, &q->from)) note_add(notes, "time", "时刻应为 {0} 这样的时和分", "14:20");
    else if (row->length && row->length[0] && !span_parse(row->length, &q->given))
        note_add(notes, "length", "长度应为 {0}", "15d、10wd、12mo");
    else return FAULT_NONE;
    return FAULT_INPUT;
}

static const char *const event_kinds[] = {"suspend", "resume", "extend", "restart", "stop", "correct", "detain", "release"};

static enum fault event_of(const struct event_row *row, struct notes *notes, struct term_event *out) {
    *out = (struct term_event){.reason = row->reason, .code = row->code, .applied = DAY_NONE, .from = {DAY_NONE, MINUTE_NONE}};
    bool known = false;
    for (size_t k = 0; row->kind && k < COUNT_OF(event_kinds); k++)
        if (!strcmp(event_kinds[k], row->kind)) out->kind = (enum event_kind)k, known = true;
    if (row->applied && !civil_parse(row->applied, &out->applied)) out->applied = DAY_NONE;
    if (row->correct && !moment_of(row->correct, row->time, &out->from)) known = false;
    if (known && moment_of(row->at, row->time, &out->at)) return FAULT_NONE;
    note_add(notes, "time", "时刻应为 {0} 这样的时和分", "14:20");
    return FAULT_INPUT;
}

enum fault clock_work_out(const struct clock_row *row, const struct event_row *events, size_t count,
                          const struct clock_basis *basis, bool explain, struct arena *arena, struct notes *notes,
                          struct due_answer *out) {
    struct due_question q = {.explain = explain};
    struct term_event few[8], *list = count > COUNT_OF(few) ? arena_array(arena, struct term_event, count) : few;
    enum fault f = question_of(row, basis, notes, &q);
    for (size_t i = 0; !f && i < count; i++) f = event_of(&events[i], notes, &list[i]);
    q.events = list;
    q.event_count = count;
    return f ? f : due_compute(&q, arena, notes, out);
}

/* ---- reading ---- */

enum fault clock_events(struct conn *conn, const struct id *clock, const struct id *without, struct arena *arena,
                        struct event_row **out, size_t *count) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    *count = 0;
    *out = arena_array(arena, struct event_row, DUE_EVENTS_MAX + 2);
    enum fault f = stmt_open(conn,
                             "SELECT id, f_at, f_time, f_kind, f_reason, f_code, f_applied, f_correct FROM r_clock_event "
                             "WHERE tenant = ?1 AND f_clock = ?2 AND withdrawn = 0 ORDER BY f_at, f_time, made",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, clock);
    for (bool row = true; row && *count <= DUE_EVENTS_MAX;) {
        struct id id;
        f = stmt_step(s, &row);
        if (f) return f;
        if (!row || (stmt_id(s, 0, &id) && without && id_same(&id, without))) continue;
        (*out)[(*count)++] = (struct event_row){.at = arena_copy(arena, stmt_text(s, 1)),
                                                .time = arena_copy(arena, stmt_text(s, 2)),
                                                .kind = arena_copy(arena, stmt_text(s, 3)),
                                                .reason = arena_copy(arena, stmt_text(s, 4)),
                                                .code = arena_copy(arena, stmt_text(s, 5)),
                                                .applied = arena_copy(arena, stmt_text(s, 6)),
                                                .correct = arena_copy(arena, stmt_text(s, 7))};
    }
    return FAULT_NONE;
}

void clock_row_from(struct stmt *s, struct clock_row *out) {
    *out = (struct clock_row){.rule = stmt_text(s, 3),
                              .started = stmt_text(s, 4),
                              .time = stmt_text(s, 5),
                              .length = stmt_text(s, 6),
                              .custody = stmt_int(s, 7) == 1,
                              .ended = stmt_text(s, 8) && strcmp(stmt_text(s, 8), "running") != 0,
                              .withdrawn = stmt_int(s, 9) != 0};
    (void)stmt_id(s, 0, &out->id);
    (void)stmt_id(s, 1, &out->unit);
    (void)stmt_id(s, 2, &out->owner);
}

enum fault clock_read(struct conn *conn, const struct id *id, struct arena *arena, struct clock_row *out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    enum fault f = stmt_open(conn, CLOCK_COLUMNS "WHERE c.tenant = ?1 AND c.id = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, id);
    f = stmt_step(s, &row);
    if (f || !row) return f ? f : FAULT_ABSENT;
    clock_row_from(s, out);
    out->rule = arena_copy(arena, out->rule);
    out->started = arena_copy(arena, out->started);
    out->time = arena_copy(arena, out->time);
    out->length = arena_copy(arena, out->length);
    return FAULT_NONE;
}

enum fault clock_explain(struct conn *conn, const struct id *id, struct arena *arena, struct notes *notes, struct clock *out) {
    struct clock_basis basis;
    struct clock_row row;
    struct event_row *events;
    size_t count;
    enum fault f = clock_read(conn, id, arena, &row);
    if (f) return f;
    f = clock_basis_read(conn, arena, &basis);
    if (!f) f = clock_events(conn, id, NULL, arena, &events, &count);
    *out = (struct clock){.id = *id, .owner = row.owner, .unit = row.unit};
    if (!f) f = question_of(&row, &basis, notes, &out->question);
    out->rule = out->question.rule;
    return f ? f : clock_work_out(&row, events, count, &basis, true, arena, notes, &out->answer);
}

/* ---- the calendar ---- */

const char *holiday_choice(enum notice_kind kind) {
    static const char *const choices[NOTICE_KIND_COUNT] = {[NOTICE_WORK] = "work",
                                                           [NOTICE_STATUTORY] = "statutory",
                                                           [NOTICE_BRIDGE] = "bridge",
                                                           [NOTICE_CLOSURE] = "closure",
                                                           [NOTICE_TERM_BREAK] = "term_break"};
    return choices[kind];
}

/* The cells of one line of the table of days. */
static bool read_day(const char *line, size_t length, struct arena *arena, struct notice_day *out) {
    char *cells[3] = {NULL}, *rest = arena_copyn(arena, line, length);
    for (size_t i = 0; i < COUNT_OF(cells); i++) cells[i] = strsep(&rest, "\t");
    if (!cells[0] || !cells[1] || !civil_parse(cells[0], &out->day)) return false;
    out->name = cells[2] ? cells[2] : "";
    for (enum notice_kind k = 0; k < NOTICE_KIND_COUNT; k++)
        if (!strcmp(holiday_choice(k), cells[1])) {
            out->kind = k;
            return true;
        }
    return false;
}

static int by_day(const void *a, const void *b) {
    civil_day x = ((const struct notice_day *)a)->day, y = ((const struct notice_day *)b)->day;
    return (x > y) - (x < y);
}

/* The rows of REG_TABLE "days" as a notice's days, in order. */
static size_t read_days(const char *table, struct arena *arena, const struct notice_day **out) {
    struct notice_day *days = arena_array(arena, struct notice_day, NOTICE_DAYS_MAX);
    size_t count = 0;
    for (const char *at = table; at && *at && count < NOTICE_DAYS_MAX;) {
        size_t length = strcspn(at, "\n");
        if (read_day(at, length, arena, &days[count])) count++;
        at += length + (at[length] == '\n');
    }
    qsort(days, count, sizeof *days, by_day);
    *out = days;
    return count;
}

enum { NOTICES_MAX = 400 };

/* Those on record whose first entry stands before `made` in the journal. */
static enum fault read_notices(struct conn *conn, int64_t made, struct arena *arena, const struct notice **national,
                               size_t *national_count, const struct notice **own, size_t *own_count) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn,
        "SELECT f_layer, f_year, f_published, f_source, f_days FROM r_holiday WHERE tenant = ?1 AND withdrawn = 0 "
        "AND made < ?2 ORDER BY f_published, made",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, made);
    for (bool row = true; row;) {
        f = stmt_step(s, &row);
        if (f) return f;
        if (!row || *national_count + *own_count >= NOTICES_MAX) break;
        struct notice *n = arena_new(arena, struct notice);
        const char *layer = stmt_text(s, 0), *published = stmt_text(s, 2);
        n->key = "";
        n->year = (int)stmt_int(s, 1);
        n->source = arena_copy(arena, stmt_text(s, 3));
        if (!published || !civil_parse(published, &n->published)) continue;
        n->day_count = read_days(stmt_text(s, 4), arena, &n->days);
        if (layer && !strcmp(layer, "national")) national[(*national_count)++] = n;
        else own[(*own_count)++] = n;
    }
    return FAULT_NONE;
}

static enum fault calendar_before(struct conn *conn, int64_t made, struct arena *arena, const struct calendar **out) {
    const struct notice **national = arena_array(arena, const struct notice *, notices_shipped_count + NOTICES_MAX);
    const struct notice **own = arena_array(arena, const struct notice *, NOTICES_MAX);
    size_t national_count = 0, own_count = 0;
    enum fault f = read_notices(conn, made, arena, national + notices_shipped_count, &national_count, own, &own_count);
    if (f) return f;
    for (size_t i = 0; i < notices_shipped_count; i++) national[i] = &notices_shipped[i];
    const struct calendar_layer layers[] = {{"全国", national, notices_shipped_count + national_count, true},
                                            {"本单位", own, own_count, false}};
    return calendar_build(layers, COUNT_OF(layers), CALENDAR_LAST, arena, out);
}

enum fault clock_calendar(struct conn *conn, struct arena *arena, const struct calendar **out) {
    return calendar_before(conn, INT64_MAX, arena, out);
}

enum fault clock_basis_read(struct conn *conn, struct arena *arena, struct clock_basis *out) {
    enum fault f = clock_calendar(conn, arena, &out->calendar);
    return f ? f : clock_rules(conn, arena, &out->rules);
}

/* ---- what a notice has moved ---- */

enum { LATER_NOTICES = 20, ONE_CALENDAR = 8 << 20 };

/* The notices that came on record after the clock did, the newest first. */
static enum fault later_notices(struct conn *conn, const struct id *clock, struct arena *arena, struct clock_moved *out,
                                int64_t *made, size_t *count) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "SELECT id, f_name, f_source, made FROM r_holiday WHERE tenant = ?1 AND withdrawn = 0 AND made > "
                             "(SELECT made FROM r_clock WHERE tenant = ?1 AND id = ?2) ORDER BY made DESC LIMIT ?3",
                             &s);
    *count = 0;
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, clock);
    stmt_bind_int(s, 3, LATER_NOTICES);
    for (bool row = true; *count < LATER_NOTICES;) {
        f = stmt_step(s, &row);
        if (f || !row) return f;
        struct clock_moved *m = &out[*count];
        if (!stmt_id(s, 0, &m->notice)) return FAULT_STORE;
        m->name = arena_copy(arena, stmt_text(s, 1));
        m->source = arena_copy(arena, stmt_text(s, 2));
        made[(*count)++] = stmt_int(s, 3);
    }
    return FAULT_NONE;
}

/* The due date as it was before a notice came; false where there was none. */
static enum fault due_before(struct conn *conn, int64_t made, const struct clock_row *row, const struct event_row *events,
                             size_t count, const struct rule_book *rules, struct instant *out, bool *dated) {
    _cleanup_(arena_release) struct arena arena;
    struct clock_basis basis = {.rules = *rules};
    struct notes notes;
    struct due_answer a = {0};
    arena_init(&arena, ONE_CALENDAR);
    notes_init(&notes, &arena);
    enum fault f = calendar_before(conn, made, &arena, &basis.calendar);
    if (!f) f = clock_work_out(row, events, count, &basis, false, &arena, &notes, &a);
    *out = a.due;
    *dated = !f && a.has_due;
    return f == FAULT_INPUT ? FAULT_NONE : f;
}

enum fault clock_moved(struct conn *conn, const struct clock *clock, struct arena *arena, struct clock_moved *out, bool *any) {
    struct clock_moved later[LATER_NOTICES];
    int64_t made[LATER_NOTICES];
    struct clock_row row;
    struct event_row *events;
    struct rule_book rules;
    size_t count, notices;
    const struct instant now = clock->answer.due;
    *any = false;
    enum fault f = later_notices(conn, &clock->id, arena, later, made, &notices);
    if (f || !notices || !clock->answer.has_due) return f;
    f = clock_read(conn, &clock->id, arena, &row);
    if (!f) f = clock_events(conn, &clock->id, NULL, arena, &events, &count);
    if (!f) f = clock_rules(conn, arena, &rules);
    for (size_t i = 0; !f && !*any && i < notices; i++) {
        *out = later[i];
        f = due_before(conn, made[i], &row, events, count, &rules, &out->before, any);
        *any = *any && (out->before.day != now.day || out->before.minute != now.minute);
    }
    return f;
}

/* ---- what a record must obey ---- */

/* A note of the arithmetic, told at the field that mends it. */
static void tell_at(struct notes *notes, const struct notes *from, const char *place) {
    const struct note *n = from->first;
    if (n)
        note_add_list(notes, place, n->sentence, n->args[0] ? n->args[0] : "", n->args[1] ? n->args[1] : "",
                      n->args[2] ? n->args[2] : "", (const char *)NULL);
}

static void row_of_values(const struct reg *reg, const struct value *values, struct clock_row *out) {
    const struct value *custody = clock_value(reg, values, "custody");
    *out = (struct clock_row){.rule = clock_text(reg, values, "rule"),
                              .started = clock_text(reg, values, "started"),
                              .time = clock_text(reg, values, "time"),
                              .length = clock_text(reg, values, "length"),
                              .custody = custody && custody->kind == VALUE_INT && custody->integer == 1};
}

static enum fault check_clock(struct conn *conn, const struct reg *reg, const struct id *record, const struct value *values,
                              struct arena *arena, struct notes *notes) {
    struct notes found;
    struct due_answer answer;
    struct clock_row row;
    struct event_row *events;
    size_t count;
    struct clock_basis basis;
    notes_init(&found, arena);
    row_of_values(reg, values, &row);
    enum fault f = clock_events(conn, record, NULL, arena, &events, &count);
    if (!f) f = clock_basis_read(conn, arena, &basis);
    if (!f) f = clock_work_out(&row, events, count, &basis, false, arena, &found, &answer);
    if (f != FAULT_INPUT) return f;
    const char *place = found.first->place;
    bool own = !strcmp(place, "rule") || !strcmp(place, "time") || !strcmp(place, "length");
    const struct term_rule *rule = clock_rule(&row, &basis.rules);
    if (!own)
        place = !strcmp(place, "from")              ? (rule && rule->length.unit == TERM_HOUR ? "time" : "started")
              : rule && (rule->given || row.length) ? "length"
                                                    : "rule";
    tell_at(notes, &found, place);
    return f;
}

static enum fault check_event(struct conn *conn, const struct reg *reg, const struct id *record, const struct value *values,
                              struct arena *arena, struct notes *notes) {
    struct notes found;
    struct due_answer answer;
    struct clock_row row;
    struct event_row *events;
    size_t count;
    struct id clock;
    struct clock_basis basis;
    const char *named = clock_text(reg, values, "clock"), *kind = clock_text(reg, values, "kind");
    if (!named || !id_parse(named, &clock)) return FAULT_NONE; /* its absence is told already */
    notes_init(&found, arena);
    enum fault f = clock_read(conn, &clock, arena, &row);
    if (!f) f = clock_events(conn, &clock, record, arena, &events, &count);
    if (!f) f = clock_basis_read(conn, arena, &basis);
    if (f) return f == FAULT_ABSENT ? FAULT_NONE : f;
    events[count++] = (struct event_row){.at = clock_text(reg, values, "at"),
                                         .time = clock_text(reg, values, "time"),
                                         .kind = kind,
                                         .reason = clock_text(reg, values, "reason"),
                                         .code = clock_text(reg, values, "code"),
                                         .applied = clock_text(reg, values, "applied"),
                                         .correct = clock_text(reg, values, "correct")};
    f = clock_work_out(&row, events, count, &basis, false, arena, &found, &answer);
    if (f != FAULT_INPUT) return f;
    bool extension = kind && !strcmp(kind, "extend"), suspension = kind && !strcmp(kind, "suspend");
    tell_at(notes, &found, !strcmp(found.first->place, "time") ? "time" : extension ? "code" : suspension ? "reason" : "kind");
    return f;
}

static enum fault check_holiday(const struct reg *reg, const struct value *values, struct arena *arena, struct notes *notes) {
    const struct value *year = clock_value(reg, values, "year");
    const struct notice_day *days;
    size_t count = read_days(clock_text(reg, values, "days"), arena, &days);
    if (!year || year->kind != VALUE_INT) return FAULT_NONE;
    civil_day first = civil_from_ymd((int)year->integer, 1, 1) - 31, last = civil_from_ymd((int)year->integer, 12, 31) + 31;
    for (size_t i = 0; i < count; i++) {
        char text[CIVIL_TEXT];
        civil_format(days[i].day, text);
        if (days[i].day < first || days[i].day > last) note_add(notes, "days", "{0} 不在通知的年份之内", text);
        else if (i && days[i].day == days[i - 1].day) note_add(notes, "days", "{0} 列了两次", text);
        else continue;
        return FAULT_INPUT;
    }
    return FAULT_NONE;
}

enum fault clock_check(struct conn *conn, const struct reg *reg, const struct id *record, const struct value *values,
                       struct arena *arena, struct notes *notes) {
    switch (reg->obeys) {
    case REG_CLOCK: return check_clock(conn, reg, record, values, arena, notes);
    case REG_CLOCK_EVENT: return check_event(conn, reg, record, values, arena, notes);
    case REG_HOLIDAY: return check_holiday(reg, values, arena, notes);
    case REG_TERM_RULE: return term_rule_check(conn, reg, record, values, arena, notes);
    default: return FAULT_NONE;
    }
}
