/* clock_index.c - the index of due dates: brought up to the journal, worked out anew after a notice of days off or a new rule, and listed. */
#include "register/clock.h"
#include "register/clock_inside.h"
#include "register/inside.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAMED_MAX = 4096, CHUNK = 50000, MOMENT_ROOM = 17, FOLLOW_ARENA = 1 << 30, ONE_ARENA = 4 << 20 };

static const struct store_column
    due_columns[] =
        {
            {"tenant", STORE_INT, true},   {"clock", STORE_BLOB, true},  {"owner", STORE_BLOB, true},
            {"state", STORE_INT, true},    {"due", STORE_TEXT, true},    {"base", STORE_TEXT, true},
            {"safe_by", STORE_TEXT, true}, {"before", STORE_TEXT, true}, {"provisional", STORE_INT, true},
            {"round", STORE_INT, true},    {"fire", STORE_TEXT, true}, /* the day on which its next warning falls; "" if none does */
};
static const struct store_column
    warning_columns[] =
        {
            {"tenant", STORE_INT, true},  {"clock", STORE_BLOB, true},    {"round", STORE_INT, true},
            {"due", STORE_TEXT, true},    {"rung", STORE_INT, true},      {"day", STORE_TEXT, true},
            {"role", STORE_TEXT, true},   {"person", STORE_BLOB, true},   {"planned_ms", STORE_INT, true},
            {"seen_ms", STORE_INT, true}, {"mailed_ms", STORE_INT, true}, /* the message it went into (warning_mail.upto_ms); 0: none yet */
};
static const struct store_column mail_columns[] = {
    {"tenant", STORE_INT, true},  {"person", STORE_BLOB, true}, {"told_ms", STORE_INT, true},
    {"upto_ms", STORE_INT, true}, {"tries", STORE_INT, true},   {"next_ms", STORE_INT, true},
    {"good", STORE_INT, true},    {"why", STORE_TEXT, true},    {"channel", STORE_INT, false}, /* the first of the order is 0 */
};
static const char *const warning_indexes[] = {"tenant, person, seen_ms, day", NULL};
static const struct store_column cursor_columns[] = {
    {"tenant", STORE_INT, true},
    {"position", STORE_INT, true},
    {"planned", STORE_TEXT, true} /* the day whose warnings are all planned; "" after a change */};
static const char *const due_indexes[] = {"tenant, owner, state, due", "tenant, state, due", NULL};

const struct store_table clock_tables[CLOCK_TABLES] = {
    {"clock_due", TABLE_WORK, due_columns, COUNT_OF(due_columns), "tenant, clock", due_indexes, false},
    {"clock_cursor", TABLE_WORK, cursor_columns, COUNT_OF(cursor_columns), "tenant", NULL, true},
    {"warning", TABLE_WORK, warning_columns, COUNT_OF(warning_columns), "tenant, clock, round, due, rung", warning_indexes, true},
    {"warning_mail", TABLE_WORK, mail_columns, COUNT_OF(mail_columns), "tenant, person", NULL, true},
};

/* A row to be written; `gone`: to be taken out. */
struct fresh {
    struct id clock, owner;
    char due[MOMENT_ROOM], base[CIVIL_TEXT], safe_by[CIVIL_TEXT], before[MOMENT_ROOM], fire[CIVIL_TEXT];
    uint8_t state;
    bool provisional, gone;
    bool there; /* the index has a row of it */
    int round;
};

static void day_text(civil_day d, char out[CIVIL_TEXT]) {
    out[0] = 0;
    if (d != DAY_NONE) civil_format(d, out);
}

static void moment_text(const struct instant *at, char out[MOMENT_ROOM]) {
    char day[CIVIL_TEXT];
    civil_format(at->day, day);
    memcpy(out, day, CIVIL_TEXT);
    if (at->minute == MINUTE_NONE) return;
    const char time[] = {'T', (char)('0' + at->minute / 600),     (char)('0' + at->minute / 60 % 10),
                         ':', (char)('0' + at->minute % 60 / 10), (char)('0' + at->minute % 10),
                         0};
    memcpy(out + CIVIL_TEXT - 1, time, sizeof time);
}

/* What the function says of a clock now. */
static enum fault work_out(const struct clock_row *row, const struct event_row *events, size_t count,
                           const struct clock_basis *basis, struct arena *arena, struct fresh *out) {
    struct notes notes;
    struct due_answer a = {0};
    *out = (struct fresh){.clock = row->id, .owner = row->owner, .gone = row->ended || row->withdrawn, .state = CLOCK_UNKNOWN};
    if (out->gone) return FAULT_NONE;
    notes_init(&notes, arena);
    enum fault f = clock_work_out(row, events, count, basis, false, arena, &notes, &a);
    if (f) return f == FAULT_INPUT ? FAULT_NONE : f;
    out->state = a.has_due ? a.running ? CLOCK_RUNNING : CLOCK_ENDED : CLOCK_SUSPENDED;
    out->round = a.round;
    out->provisional = a.provisional;
    day_text(a.base, out->base);
    day_text(a.safe_by, out->safe_by);
    if (a.has_due) moment_text(&a.due, out->due);
    if (out->state == CLOCK_RUNNING) clock_fire(clock_rule(row, &basis->rules), out->due, out->fire);
    return FAULT_NONE;
}

/* ---- writing ---- */

struct batch {
    const struct fresh *rows;
    size_t count;
    int64_t position; /* the cursor's; -1: stays */
    bool named;       /* clocks that entries named: their handlers may have changed */
};

/* What a handler has not acknowledged goes to whoever handles the clock now. */
static enum fault hand_over(struct conn *conn, const struct fresh *r) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "UPDATE warning SET person = ?3, mailed_ms = 0 WHERE tenant = ?1 AND clock = ?2 AND role = 'handler' "
                             "AND seen_ms = 0 AND person <> ?3",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &r->clock);
    stmt_bind_id(s, 3, &r->owner);
    return stmt_run(s);
}

static void bind_row(struct stmt *s, const struct fresh *r) {
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &r->clock);
    stmt_bind_id(s, 3, &r->owner);
    stmt_bind_int(s, 4, r->state);
    stmt_bind_text(s, 5, r->due);
    stmt_bind_text(s, 6, r->base);
    stmt_bind_text(s, 7, r->safe_by);
    stmt_bind_text(s, 8, r->before);
    stmt_bind_int(s, 9, r->provisional);
    stmt_bind_int(s, 10, r->round);
    stmt_bind_text(s, 11, r->fire);
}

/* Statements of a batch, open for all its rows: opening one costs as much as a third of running it. */
enum put { PUT_CHANGED, PUT_NEW, PUT_GONE, PUTS };

static const char *const put_sql[PUTS] = {
    "UPDATE clock_due SET owner = ?3, state = ?4, due = ?5, base = ?6, safe_by = ?7, before = ?8, provisional = ?9, round = ?10, "
    "fire = ?11 "
    "WHERE tenant = ?1 AND clock = ?2",
    "INSERT INTO clock_due (tenant, clock, owner, state, due, base, safe_by, before, provisional, round, fire) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (tenant, clock) DO UPDATE SET owner = ?3, "
    "state = ?4, due = ?5, base = ?6, safe_by = ?7, before = ?8, provisional = ?9, round = ?10, fire = ?11",
    "DELETE FROM clock_due WHERE tenant = ?1 AND clock = ?2"};

static enum fault put_rows(struct conn *conn, const struct batch *b, enum put kind) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = FAULT_NONE;
    for (size_t i = 0; !f && i < b->count; i++) {
        const struct fresh *r = &b->rows[i];
        if (kind != (r->gone ? PUT_GONE : r->there ? PUT_CHANGED : PUT_NEW)) continue;
        f = s ? FAULT_NONE : stmt_open(conn, put_sql[kind], &s);
        if (f) break;
        if (kind == PUT_GONE) {
            stmt_bind_int(s, 1, TENANT);
            stmt_bind_id(s, 2, &r->clock);
        } else bind_row(s, r);
        f = stmt_run(s);
        stmt_reset(s);
        if (!f && b->named && !r->gone) f = hand_over(conn, r);
    }
    return f;
}

static enum fault put_batch(struct conn *conn, void *argument) {
    const struct batch *b = argument;
    enum fault f = FAULT_NONE;
    for (enum put kind = 0; !f && kind < PUTS; kind++) f = put_rows(conn, b, kind);
    if (f || b->position < 0) return f;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    f = stmt_open(conn,
                  "INSERT INTO clock_cursor (tenant, position, planned) VALUES (?1, ?2, '') ON CONFLICT (tenant) DO UPDATE SET "
                  "position = ?2, planned = ''",
                  &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, b->position);
    return stmt_run(s);
}

/* ---- a few clocks, named by entries ---- */

struct following {
    struct conn *conn;
    struct arena *arena;
    struct id ids[NAMED_MAX];
    size_t count;
    bool all;   /* a notice of days off, an own rule, or too many to name */
    bool rules; /* an own rule: its warnings may fall on other days, though the due date stays */
};

static void name_clock(struct following *w, const struct id *id) {
    for (size_t i = w->count; i-- > 0 && i + 64 > w->count;)
        if (id_same(&w->ids[i], id)) return; /* one clock's entries often follow each other; naming one twice does no harm */
    if (w->count == NAMED_MAX) w->all = true;
    else w->ids[w->count++] = *id;
}

/* An event names its clock now, and the one it was of before, if that was changed. */
static enum fault name_of_event(struct following *w, const struct id *event) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(w->conn, "SELECT f_clock FROM h_clock_event WHERE tenant = ?1 AND id = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, event);
    for (bool row = true; row;) {
        struct id clock;
        f = stmt_step(s, &row);
        if (f) return f;
        if (row && stmt_id(s, 0, &clock)) name_clock(w, &clock);
    }
    return FAULT_NONE;
}

static enum fault see_entry(void *context, const struct entry_row *row) {
    struct following *w = context;
    const char *key = row->entry.register_key;
    if (!key || id_is_zero(&row->entry.record)) return FAULT_NONE;
    if (!strcmp(key, "clock")) name_clock(w, &row->entry.record);
    else if (!strcmp(key, "clock_event")) return name_of_event(w, &row->entry.record);
    else if (!strcmp(key, "holiday")) w->all = true;
    else if (!strcmp(key, "term_rule")) w->all = w->rules = true;
    return FAULT_NONE;
}

static enum fault follow_named(struct registers *rs, struct following *w, int64_t position) {
    struct fresh *rows = arena_array(w->arena, struct fresh, w->count + 1);
    struct batch b = {rows, w->count, position, true};
    struct clock_basis basis;
    enum fault f = w->count ? clock_basis_read(w->conn, w->arena, &basis) : FAULT_NONE;
    for (size_t i = 0; !f && i < w->count; i++) {
        struct clock_row row;
        struct event_row *events;
        size_t count;
        _cleanup_(arena_release) struct arena one;
        arena_init(&one, ONE_ARENA);
        f = clock_read(w->conn, &w->ids[i], &one, &row);
        if (!f) f = clock_events(w->conn, &w->ids[i], NULL, &one, &events, &count);
        if (!f) f = work_out(&row, events, count, &basis, &one, &rows[i]);
        if (f == FAULT_ABSENT) rows[i] = (struct fresh){.clock = w->ids[i], .gone = true}, f = FAULT_NONE;
    }
    return f ? f : store_work(rs->store, put_batch, &b);
}

/* ---- all clocks ---- */

/* All events, by clock and moment. */
struct all_events {
    struct event_row *rows;
    size_t count, room;
};

static enum fault read_events(struct conn *conn, struct arena *arena, struct all_events *out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "SELECT f_clock, f_at, f_time, f_kind, f_reason, f_code, f_applied, f_correct FROM r_clock_event "
                             "WHERE tenant = ?1 AND withdrawn = 0 ORDER BY f_clock, f_at, f_time, made",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    for (bool row = true; row;) {
        f = stmt_step(s, &row);
        if (f) return f;
        if (!row) break;
        if (out->count == out->room) {
            out->room = out->room ? 2 * out->room : 256;
            out->rows = memory_resize(out->rows, out->room * sizeof *out->rows);
        }
        struct event_row *e = &out->rows[out->count++];
        *e = (struct event_row){.at = arena_copy(arena, stmt_text(s, 1)),
                                .time = arena_copy(arena, stmt_text(s, 2)),
                                .kind = arena_copy(arena, stmt_text(s, 3)),
                                .reason = arena_copy(arena, stmt_text(s, 4)),
                                .code = arena_copy(arena, stmt_text(s, 5)),
                                .applied = arena_copy(arena, stmt_text(s, 6)),
                                .correct = arena_copy(arena, stmt_text(s, 7))};
        (void)stmt_id(s, 0, &e->clock);
    }
    return FAULT_NONE;
}

/* The events of one clock among all; both run in the order of the ids. */
static const struct event_row *events_of(const struct all_events *all, size_t *at, const struct id *clock, size_t *count) {
    while (*at < all->count && memcmp(all->rows[*at].clock.bytes, clock->bytes, ID_BYTES) < 0) ++*at;
    size_t first = *at;
    while (*at < all->count && id_same(&all->rows[*at].clock, clock)) ++*at;
    *count = *at - first;
    return count && first < all->count ? &all->rows[first] : NULL;
}

/* What stands in the index: columns 10 to 17 of the statement below. */
static bool stands(struct stmt *s, const struct fresh *r, struct fresh *old) {
    const char *due = stmt_text(s, 11);
    *old = (struct fresh){.gone = stmt_null(s, 10)};
    if (old->gone || !due) return r->gone;
    snprintf(old->due, sizeof old->due, "%s", due);
    snprintf(old->before, sizeof old->before, "%s", stmt_text(s, 17));
    struct id owner;
    return !r->gone && stmt_int(s, 10) == r->state && !strcmp(due, r->due) && stmt_int(s, 12) == r->provisional &&
           stmt_int(s, 13) == r->round && stmt_id(s, 14, &owner) && id_same(&owner, &r->owner) &&
           !strcmp(stmt_text(s, 15), r->base) && !strcmp(stmt_text(s, 16), r->safe_by);
}

#define ALL_CLOCKS                                                                                                                 \
    "SELECT c.id, c.unit, c.f_owner, c.f_rule, c.f_started, c.f_time, c.f_length, c.f_custody, c.state, c.withdrawn, d.state, "    \
    "d.due, "                                                                                                                      \
    "d.provisional, d.round, d.owner, d.base, d.safe_by, d.before FROM r_clock c LEFT JOIN clock_due d ON d.tenant = c.tenant "    \
    "AND d.clock "                                                                                                                 \
    "= c.id "                                                                                                                      \
    "WHERE c.tenant = ?1 ORDER BY c.id"

/* A portion on its way to the writer, while the next is read and worked out: of a million clocks each takes some seconds. */
struct flight {
    struct registers *rs;
    struct batch batch;
    enum fault fault;
    pthread_t thread;
    bool flying;
};

static void *fly(void *argument) {
    struct flight *f = argument;
    f->fault = store_work(f->rs->store, put_batch, &f->batch);
    return NULL;
}

/* Waits for the portion under way, if there is one. */
static enum fault land(struct flight *f) {
    if (f->flying) pthread_join(f->thread, NULL);
    f->flying = false;
    return f->fault;
}

static enum fault send(struct flight *f, const struct fresh *rows, size_t count) {
    enum fault fault = land(f);
    if (fault) return fault;
    f->batch = (struct batch){rows, count, -1, false};
    f->flying = !pthread_create(&f->thread, NULL, fly, f);
    return f->flying ? FAULT_NONE : FAULT_SYSTEM;
}

struct all {
    struct flight flight;
    struct all_events events;
    size_t at; /* in the events */
    struct fresh *rows[2], *filling;
    size_t used;
    int64_t moved;
    bool again; /* written also where the due date stays, so that planning begins anew; what was planned is not planned twice */
};

/* Works one out, and keeps it for the writer if the index says otherwise. */
static enum fault follow_one(struct all *a, struct stmt *s, const struct clock_basis *basis, struct arena *one) {
    struct clock_row clock;
    struct fresh old, *r = &a->filling[a->used];
    size_t count;
    clock_row_from(s, &clock);
    const struct event_row *events = events_of(&a->events, &a->at, &clock.id, &count);
    enum fault f = work_out(&clock, events, count, basis, one, r);
    bool same = !f && stands(s, r, &old);
    if (f || (same && (!a->again || r->gone))) return f;
    bool shifted = !old.gone && !r->gone && strcmp(old.due, r->due) != 0;
    snprintf(r->before, sizeof r->before, "%s", shifted ? old.due : old.before);
    r->there = !old.gone;
    a->moved += shifted;
    if (++a->used < CHUNK) return FAULT_NONE;
    f = send(&a->flight, a->filling, a->used);
    a->filling = a->filling == a->rows[0] ? a->rows[1] : a->rows[0];
    a->used = 0;
    return f;
}

static enum fault follow_each(struct all *a, struct conn *conn, struct arena *arena) {
    struct clock_basis basis;
    _cleanup_(arena_release) struct arena one; /* one clock's; begun anew now and then */
    _cleanup_(stmt_done) struct stmt *s = NULL;
    arena_init(&one, ONE_ARENA);
    enum fault f = clock_basis_read(conn, arena, &basis);
    if (!f) f = read_events(conn, arena, &a->events);
    if (!f) f = stmt_open(conn, ALL_CLOCKS, &s);
    if (!f) stmt_bind_int(s, 1, TENANT);
    for (bool row = !f; row && !f;) {
        f = stmt_step(s, &row);
        if (f || !row) break;
        if (one.used > ONE_ARENA / 2) arena_release(&one), arena_init(&one, ONE_ARENA);
        f = follow_one(a, s, &basis, &one);
    }
    return f;
}

static enum fault follow_all(struct registers *rs, struct conn *conn, struct arena *arena, int64_t position, bool again,
                             int64_t *moved) {
    struct all a = {.flight.rs = rs, .again = again};
    for (int i = 0; i < 2; i++) a.rows[i] = memory_new(CHUNK * sizeof *a.rows[i]);
    a.filling = a.rows[0];
    enum fault f = follow_each(&a, conn, arena), landed = land(&a.flight);
    if (!f) f = landed;
    if (!f) f = store_work(rs->store, put_batch, &(struct batch){a.filling, a.used, position, false});
    for (int i = 0; i < 2; i++) memory_release(&a.rows[i]);
    memory_release(&a.events.rows);
    *moved = a.moved;
    return f;
}

enum fault clocks_follow(struct registers *rs, int64_t *moved) {
    if (!register_named(rs, "clock") || !register_named(rs, "clock_event") || !register_named(rs, "holiday")) return FAULT_NONE;
    _cleanup_(arena_release) struct arena arena;
    _cleanup_(store_read_end) struct conn *conn = NULL;
    arena_init(&arena, FOLLOW_ARENA);
    int64_t position = -1, size = 0, shifted = 0;
    enum fault f = store_read_begin(rs->store, &conn);
    if (!f) f = journal_size(conn, TENANT, &size);
    if (!f) f = conn_ask_int(conn, "SELECT position FROM clock_cursor WHERE tenant = ?1", TENANT, &position);
    if (f || position == size) return f;
    struct following *w = arena_new(&arena, struct following);
    w->conn = conn;
    w->arena = &arena;
    w->all = position < 0 || position > size; /* none yet, or of a journal that was put back */
    if (!w->all) f = journal_scan(conn, TENANT, position, size, see_entry, w);
    if (!f) f = w->all ? follow_all(rs, conn, &arena, size, w->rules, &shifted) : follow_named(rs, w, size);
    if (!f && moved) *moved = shifted;
    return f;
}

static enum fault run_forget(struct conn *conn, void *argument) {
    (void)argument;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "DELETE FROM clock_cursor WHERE tenant = ?1", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    return stmt_run(s);
}

enum fault clocks_forget(struct registers *rs) { return store_work(rs->store, run_forget, NULL); }

/* ---- reading ---- */

enum fault clocks_list(struct conn *conn, const struct id *owner, int limit, clock_visit each, void *context) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
#define DUE_COLUMNS "SELECT clock, owner, state, due, safe_by, before, provisional, round FROM clock_due WHERE tenant = ?1 "
    enum fault f = stmt_open(conn,
                             owner ? DUE_COLUMNS "AND owner = ?3 AND state <> 2 ORDER BY state, due, clock LIMIT ?2"
                                   : DUE_COLUMNS "AND state <> 2 ORDER BY state, due, clock LIMIT ?2",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, limit);
    if (owner) stmt_bind_id(s, 3, owner);
    for (bool row = true; row;) {
        f = stmt_step(s, &row);
        if (f) return f;
        if (!row) break;
        struct clock_due d = {.state = (enum clock_state)stmt_int(s, 2),
                              .due = stmt_text(s, 3),
                              .safe_by = stmt_text(s, 4),
                              .before = stmt_text(s, 5),
                              .provisional = stmt_int(s, 6) != 0,
                              .round = (int)stmt_int(s, 7)};
        (void)stmt_id(s, 0, &d.clock);
        (void)stmt_id(s, 1, &d.owner);
        f = each(context, &d);
        if (f) return f;
    }
    return FAULT_NONE;
}
