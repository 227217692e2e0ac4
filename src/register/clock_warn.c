/* clock_warn.c - warnings ahead of due dates: each rung of each due date is planned once, told to a person, and acknowledged. */
#include "register/clock.h"
#include "register/clock_inside.h"
#include "register/inside.h"

#include <stdio.h>

enum { PLAN_ROWS = 20000, UNITS_UP = 12, RULES_ARENA = 16 << 20, RUNG_DAYS = 1024 };

/* ---- when the next rung falls ---- */

/* The first day from `from` on (DAY_NONE: of all) on which a rung of this due date falls; DAY_NONE if none does. */
static civil_day next_rung(const struct term_rule *rule, civil_day due, civil_day from) {
    civil_day next = DAY_NONE;
    for (const struct term_rung *rung = rule_ladder(rule); rung->role; rung++) {
        civil_day day = due + rung->days;
        if ((from == DAY_NONE || day >= from) && (next == DAY_NONE || day < next)) next = day;
    }
    return next;
}

void clock_fire(const struct term_rule *r, const char *due, char out[CIVIL_TEXT]) {
    struct instant at;
    out[0] = 0;
    if (!r || !due[0] || !instant_parse(due, &at)) return;
    civil_day day = next_rung(r, at.day, DAY_NONE);
    if (day != DAY_NONE) civil_format(day, out);
}

/* ---- who is told ---- */

/* The head of a unit, or of the nearest unit above that has one; `above`: only of those above. Zero if there is none. */
static enum fault head_of(struct conn *conn, struct id unit, bool above, struct id *out) {
    *out = (struct id){0};
    for (int level = 0; level < UNITS_UP && !id_is_zero(&unit); level++) {
        _cleanup_(stmt_done) struct stmt *s = NULL;
        bool row;
        enum fault f = stmt_open(conn, "SELECT f_head, f_parent FROM r_unit WHERE tenant = ?1 AND id = ?2 AND withdrawn = 0", &s);
        if (f) return f;
        stmt_bind_int(s, 1, TENANT);
        stmt_bind_id(s, 2, &unit);
        f = stmt_step(s, &row);
        if (f || !row) return f;
        bool found = stmt_id(s, 0, out) && !(above && !level);
        if (found) return FAULT_NONE;
        *out = (struct id){0};
        unit = (struct id){0};
        (void)stmt_id(s, 1, &unit);
    }
    return FAULT_NONE;
}

/* The handler himself, his unit's head, or the head of the unit above; whoever is missing is stood in for by the handler. */
static enum fault told(struct conn *conn, const char *role, const struct id *owner, const struct id *unit, struct id *out) {
    *out = *owner;
    if (!strcmp(role, "handler")) return FAULT_NONE;
    struct id head;
    enum fault f = head_of(conn, *unit, strcmp(role, "department-head") != 0, &head);
    if (!f && !id_is_zero(&head)) *out = head;
    return f;
}

/* ---- planning ---- */

struct planned {
    struct id clock, owner, unit;
    char due[17];
    const struct term_rule *rule;
    int round;
};

struct plan {
    civil_day today;
    int64_t now_ms, planned;
    struct planned *rows;
    size_t count;
    struct planned last;     /* where the next portion goes on; due "": at the beginning */
    struct rule_book rules;  /* as on record when a portion is planned */
    struct stmt *put, *fire; /* open while a portion is planned */
};

/* A rung is known by its day and whom it tells, not by its place, so that a ladder may get others in between. */
static int rung_key(const struct term_rung *rung) {
    static const char *const roles[] = {"handler", "department-head", "case-management", "leader", "chief"};
    int role = 0;
    while (role < (int)COUNT_OF(roles) && strcmp(roles[role], rung->role) != 0) role++;
    return (rung->days + RUNG_DAYS) * 8 + role;
}

static enum fault put_rung(const struct plan *p, const struct planned *r, const struct term_rung *rung, civil_day due,
                           const struct id *person) {
    char day[CIVIL_TEXT];
    civil_format(due + rung->days, day);
    stmt_bind_int(p->put, 1, TENANT);
    stmt_bind_id(p->put, 2, &r->clock);
    stmt_bind_int(p->put, 3, r->round);
    stmt_bind_text(p->put, 4, r->due);
    stmt_bind_int(p->put, 5, rung_key(rung));
    stmt_bind_text(p->put, 6, day);
    stmt_bind_text(p->put, 7, rung->role);
    stmt_bind_id(p->put, 8, person);
    stmt_bind_int(p->put, 9, p->now_ms);
    enum fault f = stmt_run(p->put);
    stmt_reset(p->put);
    return f;
}

static enum fault set_fire(const struct plan *p, const struct planned *r, const char *day) {
    stmt_bind_int(p->fire, 1, TENANT);
    stmt_bind_id(p->fire, 2, &r->clock);
    stmt_bind_text(p->fire, 3, day);
    enum fault f = stmt_run(p->fire);
    stmt_reset(p->fire);
    return f;
}

/* All rungs of one due date that have come, and when the next will. */
static enum fault plan_row(struct conn *conn, const struct planned *r, struct plan *p) {
    const struct term_rule *rule = r->rule;
    struct instant due;
    char fire[CIVIL_TEXT] = "";
    if (!rule || !instant_parse(r->due, &due)) return set_fire(p, r, "");
    for (const struct term_rung *rung = rule_ladder(rule); rung->role; rung++) {
        struct id person;
        if (due.day + rung->days > p->today) continue;
        enum fault f = told(conn, rung->role, &r->owner, &r->unit, &person);
        if (!f) f = put_rung(p, r, rung, due.day, &person);
        if (f) return f;
        p->planned++;
    }
    civil_day next = next_rung(rule, due.day, p->today + 1);
    if (next != DAY_NONE) civil_format(next, fire);
    return set_fire(p, r, fire);
}

static int longest_of(const struct term_rule *rules, size_t count, int days) {
    for (size_t i = 0; i < count; i++)
        for (const struct term_rung *rung = rule_ladder(&rules[i]); rung->role; rung++)
            if (-rung->days > days) days = -rung->days;
    return days;
}

/* How long before its due date the earliest warning of any rule falls. */
static int longest_ladder(const struct rule_book *own) {
    return longest_of(own->own, own->count, longest_of(rules_shipped, rules_shipped_count, 0));
}

/* What fires by today, as the index stands in the writer's own transaction, so that a due date that moves meanwhile is not planned by its old date. The index
 * is by due date: nothing that is due later than the longest ladder can have come. */
static enum fault find_rows(struct conn *conn, struct plan *p) {
    char today[CIVIL_TEXT], last[CIVIL_TEXT];
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn,
        "SELECT d.clock, d.owner, c.unit, d.due, d.round, c.f_rule, c.f_started FROM clock_due d JOIN r_clock c ON c.tenant = "
        "d.tenant AND c.id "
        "= d.clock "
        "WHERE d.tenant = ?1 AND d.state = 0 AND (d.due, d.clock) > (?5, ?6) AND d.due < ?4 AND d.fire <> '' AND d.fire <= ?2 "
        "ORDER BY d.due, d.clock LIMIT ?3",
        &s);
    if (f) return f;
    civil_format(p->today, today);
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, today);
    stmt_bind_int(s, 3, PLAN_ROWS);
    civil_format(p->today + longest_ladder(&p->rules) + 1, last);
    stmt_bind_text(s, 4, last);
    stmt_bind_text(s, 5, p->last.due);
    stmt_bind_id(s, 6, &p->last.clock);
    p->count = 0;
    for (bool row = true; row && p->count < PLAN_ROWS;) {
        f = stmt_step(s, &row);
        if (f) return f;
        if (!row) break;
        struct planned *r = &p->rows[p->count++];
        const char *due = stmt_text(s, 3);
        const struct clock_row row_rule = {.rule = stmt_text(s, 5), .started = stmt_text(s, 6)};
        *r = (struct planned){.round = (int)stmt_int(s, 4), .rule = clock_rule(&row_rule, &p->rules)};
        snprintf(r->due, sizeof r->due, "%s", due ? due : "");
        (void)stmt_id(s, 0, &r->clock);
        (void)stmt_id(s, 1, &r->owner);
        (void)stmt_id(s, 2, &r->unit);
    }
    return FAULT_NONE;
}

static enum fault set_planned(struct conn *conn, civil_day today) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    char text[CIVIL_TEXT];
    enum fault f = stmt_open(conn, "UPDATE clock_cursor SET planned = ?2 WHERE tenant = ?1", &s);
    if (f) return f;
    civil_format(today, text);
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, text);
    return stmt_run(s);
}

static const char put_sql[] =
    "INSERT INTO warning (tenant, clock, round, due, rung, day, role, person, planned_ms, seen_ms, mailed_ms) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0) ON CONFLICT (tenant, clock, round, due, rung) DO NOTHING",
                  fire_sql[] = "UPDATE clock_due SET fire = ?3 WHERE tenant = ?1 AND clock = ?2";

/* May run twice (a group that is replayed), so where it goes on is moved by the caller. */
static enum fault run_plan(struct conn *conn, void *argument) {
    struct plan *p = argument;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, RULES_ARENA);
    p->planned = 0;
    enum fault f = clock_rules(conn, &arena, &p->rules);
    if (!f) f = find_rows(conn, p);
    if (!f) f = stmt_open(conn, put_sql, &p->put);
    if (!f) f = stmt_open(conn, fire_sql, &p->fire);
    for (size_t i = 0; !f && i < p->count; i++) f = plan_row(conn, &p->rows[i], p);
    if (p->put) stmt_done(&p->put);
    if (p->fire) stmt_done(&p->fire);
    p->put = p->fire = NULL;
    return f || p->count == PLAN_ROWS ? f : set_planned(conn, p->today);
}

/* A warning falls by the day: when all of a day are planned, there is nothing to do until the next, or until the index changes. */
static enum fault is_planned(struct registers *rs, civil_day today, bool *out) {
    _cleanup_(store_read_end) struct conn *conn = NULL;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    char text[CIVIL_TEXT];
    bool row = false;
    enum fault f = store_read_begin(rs->store, &conn);
    if (!f) f = stmt_open(conn, "SELECT planned FROM clock_cursor WHERE tenant = ?1", &s);
    if (f) return f;
    civil_format(today, text);
    stmt_bind_int(s, 1, TENANT);
    f = stmt_step(s, &row);
    *out = !row || !strcmp(stmt_text(s, 0), text); /* without a cursor there is no index yet */
    return f;
}

enum fault clocks_warn(struct registers *rs, int64_t now_ms, int64_t *planned) {
    struct plan p = {.today = civil_at(now_ms), .now_ms = now_ms};
    bool done = false;
    *planned = 0;
    enum fault f = is_planned(rs, p.today, &done);
    if (f || done) return f;
    p.rows = memory_new(PLAN_ROWS * sizeof *p.rows);
    do {
        f = store_work(rs->store, run_plan, &p);
        if (!f) *planned += p.planned;
        if (p.count) p.last = p.rows[p.count - 1];
    } while (!f && p.count == PLAN_ROWS);
    memory_release(&p.rows);
    return f;
}

/* ---- told and seen ---- */

enum fault warnings_list(struct conn *conn, const struct id *person, int limit, warning_visit each, void *context) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    /* Of one due date only the last rung that came is shown; what came before it said less. */
    enum fault f = stmt_open(
        conn,
        "SELECT w.clock, w.due, max(w.day), sum(CASE WHEN w.person <> d.owner THEN 1 ELSE 0 END) FROM warning w "
        "JOIN clock_due d ON d.tenant = w.tenant AND d.clock = w.clock AND d.due = w.due AND d.round = w.round "
        "WHERE w.tenant = ?1 AND w.person = ?2 AND w.seen_ms = 0 GROUP BY w.clock, w.due ORDER BY w.due, w.clock LIMIT ?3",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, person);
    stmt_bind_int(s, 3, limit);
    for (bool row = true; row;) {
        f = stmt_step(s, &row);
        if (f) return f;
        if (!row) break;
        struct warning w = {.due = stmt_text(s, 1), .day = stmt_text(s, 2), .escalated = stmt_int(s, 3) > 0};
        (void)stmt_id(s, 0, &w.clock);
        f = each(context, &w);
        if (f) return f;
    }
    return FAULT_NONE;
}

enum fault warnings_of(struct conn *conn, const struct id *clock, told_visit each, void *context) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn,
        "SELECT day, due, role, person, seen_ms, mailed_ms FROM warning WHERE tenant = ?1 AND clock = ?2 ORDER BY day, due, rung",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, clock);
    for (bool row = true; row;) {
        f = stmt_step(s, &row);
        if (f) return f;
        if (!row) break;
        struct warning_told t = {.day = stmt_text(s, 0),
                                 .due = stmt_text(s, 1),
                                 .role = stmt_text(s, 2),
                                 .seen_ms = stmt_int(s, 4),
                                 .mailed_ms = stmt_int(s, 5)};
        (void)stmt_id(s, 3, &t.person);
        f = each(context, &t);
        if (f) return f;
    }
    return FAULT_NONE;
}

struct seen {
    const struct id *person, *clock;
    int64_t now_ms;
};

static enum fault run_seen(struct conn *conn, void *argument) {
    const struct seen *seen = argument;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn,
        seen->clock ? "UPDATE warning SET seen_ms = ?3 WHERE tenant = ?1 AND person = ?2 AND seen_ms = 0 AND clock = ?4"
                    : "UPDATE warning SET seen_ms = ?3 WHERE tenant = ?1 AND person = ?2 AND seen_ms = 0",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, seen->person);
    stmt_bind_int(s, 3, seen->now_ms);
    if (seen->clock) stmt_bind_id(s, 4, seen->clock);
    return stmt_run(s);
}

enum fault warnings_seen(struct registers *rs, const struct id *person, const struct id *clock, int64_t now_ms) {
    return store_work(rs->store, run_seen, &(struct seen){person, clock, now_ms});
}
