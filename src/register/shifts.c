/* shifts.c - rosters read: the record, its shifts, the people of its pools, who is away, and what turns everybody had before. */
#include "register/shifts.h"
#include "register/shifts_inside.h"

#include "register/clock.h"

#include <stdio.h>
#include <string.h>

const char *seat_key(int seat) {
    static const char *const keys[ROSTER_SEATS] = {"leader", "officer", "third"};
    return keys[seat];
}

const char *seat_name(int seat, const char *third_name) {
    static const char *const names[ROSTER_SEATS] = {"带班领导", "值班人员", "第三岗"};
    return seat == 2 && third_name && third_name[0] ? third_name : names[seat];
}

void shift_hours(enum shift_part part, int day_from, int night_from, int *from, int *to) {
    enum { DAY_MINUTES = 24 * 60 };
    *from = part == SHIFT_NIGHT ? night_from : day_from;
    *to = part == SHIFT_DAY ? night_from : DAY_MINUTES + day_from;
}

enum shift_plan shift_plan_read(const char *key) {
    static const char *const keys[] = {
        [PLAN_NONE] = "none", [PLAN_DAY] = "day", [PLAN_NIGHT] = "night", [PLAN_WHOLE] = "whole", [PLAN_TWO] = "two"};
    for (enum shift_plan p = PLAN_NONE; key && p <= PLAN_TWO; p++)
        if (!strcmp(keys[p], key)) return p;
    return PLAN_NONE;
}

enum shift_part shift_part_read(const char *key) {
    for (enum shift_part p = SHIFT_DAY; key && p < SHIFT_PARTS; p++)
        if (!strcmp(shift_part_word(p), key)) return p;
    return SHIFT_WHOLE;
}

/* ---- the record ---- */

static civil_day day_at(struct stmt *s, int at) {
    civil_day d;
    const char *text = stmt_text(s, at);
    return text && civil_parse(text, &d) ? d : DAY_NONE;
}

enum fault roster_read(struct conn *conn, const struct id *id, struct arena *arena, struct roster *out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    enum fault f = stmt_open(
        conn,
        "SELECT unit, state, withdrawn, f_name, f_kind, f_first, f_last, f_workdays, f_restdays, f_turn, f_leaders, f_officers, "
        "f_thirds, f_third_name, f_gap, f_counted_from, f_day_from, f_night_from FROM r_roster WHERE tenant = ?1 AND id = ?2",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, id);
    f = stmt_step(s, &row);
    if (f || !row) return f ? f : FAULT_ABSENT;
    *out = (struct roster){.id = *id, .day_from = SHIFT_DAY_FROM, .night_from = SHIFT_NIGHT_FROM, .gap = ROSTER_GAP};
    (void)stmt_id(s, 0, &out->unit);
    out->published = stmt_text(s, 1) && !strcmp(stmt_text(s, 1), "published");
    out->withdrawn = stmt_int(s, 2) != 0;
    out->name = arena_copy(arena, stmt_text(s, 3));
    out->kind = arena_copy(arena, stmt_text(s, 4));
    out->first = day_at(s, 5);
    out->last = day_at(s, 6);
    out->workdays = shift_plan_read(stmt_text(s, 7));
    out->restdays = shift_plan_read(stmt_text(s, 8));
    out->by_week = stmt_text(s, 9) && !strcmp(stmt_text(s, 9), "week");
    for (int seat = 0; seat < ROSTER_SEATS; seat++) {
        out->pools[seat] = arena_copy(arena, stmt_text(s, 10 + seat));
        out->wanted[seat] = out->pools[seat] && out->pools[seat][0];
    }
    out->third_name = arena_copy(arena, stmt_text(s, 13));
    if (!stmt_null(s, 14)) out->gap = (int)stmt_int(s, 14);
    out->counted_from = day_at(s, 15);
    (void)minute_parse(stmt_text(s, 16), &out->day_from);
    (void)minute_parse(stmt_text(s, 17), &out->night_from);
    return FAULT_NONE;
}

/* ---- the people ---- */

/* The person's place in the table; SEAT_EMPTY if he is not in it. */
static int find_person(const struct roster_table *t, const struct id *person) {
    for (size_t i = 0; i < t->question.people_count; i++)
        if (id_same(&t->people[i], person)) return (int)i;
    return SEAT_EMPTY;
}

/* The same, put into it first if need be; SEAT_EMPTY if there is no room for one more. */
static int person_place(struct roster_table *t, struct roster_person *people, const struct id *person) {
    int found = find_person(t, person);
    if (found != SEAT_EMPTY) return found;
    if (t->question.people_count == ROSTER_PEOPLE_MAX) return SEAT_EMPTY;
    size_t at = t->question.people_count++;
    t->people[at] = *person;
    people[at] = (struct roster_person){.last = DAY_NONE};
    return (int)at;
}

static void read_pools(struct roster_table *t, struct roster_person *people) {
    for (int seat = 0; seat < ROSTER_SEATS; seat++)
        for (const char *at = t->roster.pools[seat]; at && *at;) {
            size_t length = strcspn(at, "\n");
            char text[ID_TEXT] = "";
            struct id person;
            if (length < sizeof text) memcpy(text, at, length);
            int place = id_parse(text, &person) ? person_place(t, people, &person) : SEAT_EMPTY;
            if (place != SEAT_EMPTY) people[place].pool[seat] = true;
            at += length + (at[length] == '\n');
        }
}

static enum fault read_names(struct conn *conn, struct roster_table *t, struct arena *arena) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    t->names = arena_array(arena, const char *, t->question.people_count + 1);
    enum fault f = stmt_open(conn, "SELECT f_name FROM r_person WHERE tenant = ?1 AND id = ?2", &s);
    for (size_t i = 0; !f && i < t->question.people_count; i++) {
        bool row;
        stmt_reset(s);
        stmt_bind_int(s, 1, TENANT);
        stmt_bind_id(s, 2, &t->people[i]);
        f = stmt_step(s, &row);
        t->names[i] = !f && row && stmt_text(s, 0) ? arena_copy(arena, stmt_text(s, 0)) : "";
    }
    return f;
}

/* ---- the shifts ---- */

static enum fault read_shifts(struct conn *conn, struct roster_table *t, struct roster_person *people, struct arena *arena) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    struct roster_question *q = &t->question;
    q->shifts = arena_array(arena, struct roster_shift, ROSTER_SHIFTS_MAX);
    t->rows = arena_array(arena, struct roster_row, ROSTER_SHIFTS_MAX);
    enum fault f = stmt_open(conn,
                             "SELECT id, f_date, f_part, state, position, f_leader, f_officer, f_third FROM r_shift "
                             "WHERE tenant = ?1 AND f_roster = ?2 AND withdrawn = 0 ORDER BY f_date, f_part LIMIT ?3",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &t->roster.id);
    stmt_bind_int(s, 3, ROSTER_SHIFTS_MAX);
    for (bool row = true; row;) {
        f = stmt_step(s, &row);
        if (f || !row) return f;
        civil_day day = day_at(s, 1);
        if (day == DAY_NONE || !calendar_covers(day)) continue;
        struct roster_shift *shift = &q->shifts[q->shift_count];
        struct roster_row *r = &t->rows[q->shift_count++];
        *shift = (struct roster_shift){
            .day = day, .part = shift_part_read(stmt_text(s, 2)), .class = shift_class_of(t->calendar, day)};
        *r = (struct roster_row){.state = arena_copy(arena, stmt_text(s, 3)), .position = stmt_int(s, 4)};
        (void)stmt_id(s, 0, &r->id);
        for (int seat = 0; seat < ROSTER_SEATS; seat++) {
            struct id person;
            shift->wanted[seat] = t->roster.wanted[seat];
            shift->seats[seat] = stmt_id(s, 5 + seat, &person) ? person_place(t, people, &person) : SEAT_EMPTY;
        }
    }
    return f;
}

static void add_absence(struct roster_table *t, struct roster_absence *list, struct stmt *s, int person_at) {
    struct id person;
    int place = stmt_id(s, person_at, &person) ? find_person(t, &person) : SEAT_EMPTY;
    if (place != SEAT_EMPTY && t->question.absence_count < ROSTER_ABSENCES_MAX)
        list[t->question.absence_count++] = (struct roster_absence){place, day_at(s, 0), day_at(s, 1)};
}

/* Who is absent, and then who stands in another roster on a day of this one: from, to, and whoever it is. */
static enum fault read_absences(struct conn *conn, struct roster_table *t, struct arena *arena) {
    static const char *const asked[] = {
        "SELECT f_from, f_to, f_person FROM r_absence WHERE tenant = ?1 AND withdrawn = 0 AND f_from <= ?3 AND f_to >= ?2",
        "SELECT s.f_date, s.f_date, s.f_leader, s.f_officer, s.f_third FROM r_shift s JOIN r_roster r ON r.tenant = s.tenant AND "
        "r.id = s.f_roster WHERE s.tenant = ?1 AND s.withdrawn = 0 AND r.withdrawn = 0 AND s.f_date >= ?2 AND s.f_date <= ?3 AND "
        "s.f_roster <> ?4"};
    struct roster_absence *list = arena_array(arena, struct roster_absence, ROSTER_ABSENCES_MAX);
    char first[CIVIL_TEXT], last[CIVIL_TEXT];
    civil_format(t->roster.first, first);
    civil_format(t->roster.last, last);
    t->question.absences = list;
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        _cleanup_(stmt_done) struct stmt *s = NULL;
        enum fault f = stmt_open(conn, asked[i], &s);
        if (f) return f;
        stmt_bind_int(s, 1, TENANT);
        stmt_bind_text(s, 2, first);
        stmt_bind_text(s, 3, last);
        if (i) stmt_bind_id(s, 4, &t->roster.id);
        for (bool row = true; row;) {
            f = stmt_step(s, &row);
            if (f) return f;
            for (int at = 2; row && at < stmt_columns(s); at++) add_absence(t, list, s, at);
        }
        if (!i) t->leave_count = t->question.absence_count;
    }
    return FAULT_NONE;
}

/* Turns before the first day: of published rosters of this kind and unit from the day of counting on; and the last turn of any roster. */
static enum fault read_turns(struct conn *conn, struct roster_table *t, struct roster_person *people) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    char first[CIVIL_TEXT], from[CIVIL_TEXT];
    civil_day since = t->roster.counted_from == DAY_NONE ? t->roster.first : t->roster.counted_from;
    civil_format(t->roster.first, first);
    civil_format((since < t->roster.first ? since : t->roster.first) - ROSTER_LOOK_BACK, from);
    enum fault f = stmt_open(conn,
                             "SELECT s.f_date, s.f_leader, s.f_officer, s.f_third, r.f_kind, r.unit FROM r_shift s JOIN r_roster r "
                             "ON r.tenant = s.tenant AND r.id = "
                             "s.f_roster WHERE s.tenant = ?1 AND s.withdrawn = 0 AND s.f_date >= ?2 AND s.f_date < ?3 AND "
                             "s.f_roster <> ?4 AND r.state = 'published' AND r.withdrawn = 0 "
                             "ORDER BY s.f_date",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, from);
    stmt_bind_text(s, 3, first);
    stmt_bind_id(s, 4, &t->roster.id);
    for (bool row = true; row;) {
        f = stmt_step(s, &row);
        if (f || !row) return f;
        civil_day day = day_at(s, 0);
        struct id unit = {0}, person;
        (void)stmt_id(s, 5, &unit);
        bool counts = day >= since && stmt_text(s, 4) && !strcmp(stmt_text(s, 4), t->roster.kind) &&
                      id_same(&unit, &t->roster.unit);
        for (int seat = 0; seat < ROSTER_SEATS && day != DAY_NONE; seat++) {
            int place = stmt_id(s, 1 + seat, &person) ? find_person(t, &person) : SEAT_EMPTY;
            if (place == SEAT_EMPTY) continue;
            if (counts) people[place].before[seat][shift_class_of(t->calendar, day)]++;
            people[place].last = day;
        }
    }
    return f;
}

/* Only leave makes a seat's person missing: a turn in another roster on the same day is for planning to avoid. */
static void count_gaps(struct roster_table *t) {
    memcpy(t->has_seat, t->roster.wanted, sizeof t->has_seat);
    for (size_t i = 0; i < t->question.shift_count; i++)
        for (int seat = 0; seat < ROSTER_SEATS; seat++) {
            const struct roster_shift *s = &t->question.shifts[i];
            t->has_seat[seat] |= s->seats[seat] != SEAT_EMPTY;
            t->open += s->wanted[seat] && s->seats[seat] == SEAT_EMPTY;
            for (size_t a = 0; a < t->leave_count; a++) {
                const struct roster_absence *leave = &t->question.absences[a];
                t->rows[i].away[seat] |= leave->person == s->seats[seat] && leave->from <= s->day && leave->to >= s->day;
            }
            t->away += t->rows[i].away[seat];
        }
}

enum fault roster_table_read(struct conn *conn, const struct id *id, struct arena *arena, struct roster_table *out) {
    struct roster_person *people = arena_array(arena, struct roster_person, ROSTER_PEOPLE_MAX);
    *out = (struct roster_table){.question.people = people};
    out->people = arena_array(arena, struct id, ROSTER_PEOPLE_MAX);
    enum fault f = roster_read(conn, id, arena, &out->roster);
    if (!f) f = clock_calendar(conn, arena, &out->calendar);
    if (f) return f;
    out->question.gap = out->roster.gap;
    out->question.by_week = out->roster.by_week;
    read_pools(out, people);
    f = read_shifts(conn, out, people, arena);
    if (!f) f = read_absences(conn, out, arena);
    if (!f) f = read_turns(conn, out, people);
    if (!f) f = read_names(conn, out, arena);
    if (!f) count_gaps(out);
    return f;
}

/* ---- a person's turns ---- */

enum fault person_absent(struct conn *conn, const struct id *person, civil_day day, bool *absent) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    char text[CIVIL_TEXT];
    civil_format(day, text);
    enum fault f = stmt_open(
        conn,
        "SELECT 1 FROM r_absence WHERE tenant = ?1 AND f_person = ?2 AND withdrawn = 0 AND f_from <= ?3 AND f_to >= ?3 LIMIT 1",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, person);
    stmt_bind_text(s, 3, text);
    return stmt_step(s, absent);
}

enum fault absences_stood_in(struct conn *conn, const struct id *stand_in, civil_day day, absent_visit each, void *context) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    char text[CIVIL_TEXT];
    civil_format(day, text);
    enum fault f = stmt_open(
        conn,
        "SELECT DISTINCT a.f_person, p.f_name FROM r_absence a JOIN r_person p ON p.tenant = a.tenant AND p.id = a.f_person "
        "WHERE a.tenant = ?1 AND a.f_stand_in = ?2 AND a.withdrawn = 0 AND a.f_from <= ?3 AND a.f_to >= ?3 ORDER BY p.f_name",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, stand_in);
    stmt_bind_text(s, 3, text);
    for (bool row = true; row;) {
        struct absent_row absent;
        f = stmt_step(s, &row);
        if (f || !row) return f;
        absent.name = stmt_text(s, 1);
        if (stmt_id(s, 0, &absent.person)) f = each(context, &absent);
        if (f) return f;
    }
    return f;
}

static void name_others(struct stmt *s, int seat, struct text *out) {
    for (int other = 0; other < ROSTER_SEATS; other++) {
        const char *name = stmt_text(s, 14 + other);
        if (other == seat || !name) continue;
        if (out->length) text_add(out, "、");
        text_add(out, name);
    }
}

enum fault turns_of_person(struct conn *conn, const struct id *person, civil_day from, int limit, turn_visit each, void *context) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    char text[CIVIL_TEXT];
    civil_format(from, text);
    enum fault f = stmt_open(
        conn,
        "SELECT s.id, s.f_roster, s.f_label, r.f_name, r.f_kind, s.state, s.f_date, s.f_part, r.f_day_from, r.f_night_from, "
        "r.f_third_name, "
        "s.f_leader, s.f_officer, s.f_third, a.f_name, b.f_name, c.f_name "
        "FROM r_shift s JOIN r_roster r ON r.tenant = s.tenant AND r.id = s.f_roster "
        "LEFT JOIN r_person a ON a.tenant = s.tenant AND a.id = s.f_leader "
        "LEFT JOIN r_person b ON b.tenant = s.tenant AND b.id = s.f_officer "
        "LEFT JOIN r_person c ON c.tenant = s.tenant AND c.id = s.f_third "
        "WHERE s.tenant = ?1 AND s.withdrawn = 0 AND r.withdrawn = 0 AND r.state = 'published' AND s.f_date >= ?3 "
        "AND (s.f_leader = ?2 OR s.f_officer = ?2 OR s.f_third = ?2) ORDER BY s.f_date, s.f_part LIMIT ?4",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, person);
    stmt_bind_text(s, 3, text);
    stmt_bind_int(s, 4, limit);
    for (bool row = true; row;) {
        f = stmt_step(s, &row);
        if (f || !row) return f;
        struct turn_row turn = {.label = stmt_text(s, 2),
                                .roster_name = stmt_text(s, 3),
                                .kind = stmt_text(s, 4),
                                .state = stmt_text(s, 5),
                                .day = day_at(s, 6),
                                .part = shift_part_read(stmt_text(s, 7)),
                                .day_from = SHIFT_DAY_FROM,
                                .night_from = SHIFT_NIGHT_FROM,
                                .third_name = stmt_text(s, 10)};
        _cleanup_(text_release) struct text others;
        struct id sits;
        text_init(&others, 2000);
        (void)stmt_id(s, 0, &turn.shift);
        (void)stmt_id(s, 1, &turn.roster);
        (void)minute_parse(stmt_text(s, 8), &turn.day_from);
        (void)minute_parse(stmt_text(s, 9), &turn.night_from);
        for (int seat = ROSTER_SEATS - 1; seat >= 0; seat--)
            if (stmt_id(s, 11 + seat, &sits) && id_same(&sits, person)) turn.seat = seat;
        name_others(s, turn.seat, &others);
        turn.others = others.at ? others.at : "";
        f = each(context, &turn);
        if (f) return f;
    }
    return f;
}
