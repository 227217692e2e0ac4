/* shift_plan.c - a roster arranged: what filling it comes to, as changes through the one door. */
#include "register/shifts.h"
#include "register/shifts_inside.h"

#include "base/digest.h"

#include <stdio.h>
#include <string.h>

enum { SHIFT_VALUES = 4 + ROSTER_SEATS };

struct arranging {
    struct roster_table table;
    const struct reg *reg;
    struct arena *arena;
    struct change *changes;
    size_t count, given;
    char roster[ID_TEXT];
};

static struct change *add_change(struct arranging *a, enum change_kind kind, const struct id *record, int64_t expected) {
    struct change *c = &a->changes[a->count++];
    *c = (struct change){.kind = kind, .reg = a->reg, .record = *record, .unit = a->table.roster.unit, .expected = expected};
    c->values = arena_array(a->arena, struct change_value, SHIFT_VALUES);
    return c;
}

static void add_value(struct change *c, const char *key, const char *typed) {
    struct change_value *values = (struct change_value *)c->values;
    values[c->value_count++] = (struct change_value){key, typed, NULL};
}

static void add_seat(struct arranging *a, struct change *c, int seat, int person) {
    char text[ID_TEXT] = "";
    if (person != SEAT_EMPTY) id_format(&a->table.people[person], text);
    add_value(c, seat_key(seat), arena_copy(a->arena, text));
}

/* The same shift of the same roster has the same id, so that planning twice makes no two; a shift that was withdrawn has a new one when it comes back. */
static enum fault shift_id(struct conn *conn, const struct roster_table *t, const struct roster_shift *s, struct id *out) {
    for (int32_t again = 0;; again++) {
        _cleanup_(stmt_done) struct stmt *stmt = NULL;
        int32_t what[3] = {s->day, (int32_t)s->part, again};
        const struct digest_piece pieces[] = {{"roster.shift", 12}, {t->roster.id.bytes, ID_BYTES}, {what, sizeof what}};
        struct digest d = digest_of_pieces(pieces, COUNT_OF(pieces));
        bool row;
        memcpy(out->bytes, d.bytes, ID_BYTES);
        enum fault f = stmt_open(conn, "SELECT 1 FROM r_shift WHERE tenant = ?1 AND id = ?2 AND withdrawn <> 0", &stmt);
        if (f) return f;
        stmt_bind_int(stmt, 1, TENANT);
        stmt_bind_id(stmt, 2, out);
        f = stmt_step(stmt, &row);
        if (f || !row) return f;
    }
}

static void add_shift(struct arranging *a, const struct roster_shift *s, const struct id *id) {
    struct change *c = add_change(a, CHANGE_ADD, id, -1);
    char day[CIVIL_TEXT];
    civil_format(s->day, day);
    add_value(c, "label", arena_format(a->arena, "%s %s", day, shift_part_name(s->part)));
    add_value(c, "roster", a->roster);
    add_value(c, "date", arena_copy(a->arena, day));
    add_value(c, "part", shift_part_word(s->part));
    for (int seat = 0; seat < ROSTER_SEATS; seat++)
        if (s->seats[seat] != SEAT_EMPTY) add_seat(a, c, seat, s->seats[seat]);
}

static void edit_shift(struct arranging *a, const struct roster_shift *now, const struct roster_shift *then,
                       const struct roster_row *row, civil_day today) {
    if (!memcmp(now->seats, then->seats, sizeof now->seats)) return;
    struct change *c = add_change(a, CHANGE_EDIT, &row->id, row->position);
    c->has_effective = true;
    c->effective = today;
    for (int seat = 0; seat < ROSTER_SEATS; seat++)
        if (now->seats[seat] != then->seats[seat]) add_seat(a, c, seat, then->seats[seat]);
}

/* The shift on record of that day and part; -1 if there is none. */
static int shift_on_record(const struct roster_table *t, const struct roster_shift *s) {
    for (size_t i = 0; i < t->question.shift_count; i++)
        if (t->question.shifts[i].day == s->day && t->question.shifts[i].part == s->part) return (int)i;
    return -1;
}

/* All shifts of the period as the roster asks for them now. */
static enum fault plan_anew(struct arranging *a, struct conn *conn, civil_day today) {
    int open;
    struct roster_table *t = &a->table;
    struct roster_question q = t->question;
    enum fault f = FAULT_NONE;
    q.shift_count = roster_shifts(t->calendar, t->roster.first, t->roster.last, t->roster.workdays, t->roster.restdays, a->arena,
                                  &q.shifts);
    for (size_t i = 0; i < q.shift_count; i++) memcpy(q.shifts[i].wanted, t->roster.wanted, sizeof t->roster.wanted);
    roster_fill(&q, a->arena, &open);
    bool *kept = arena_array(a->arena, bool, t->question.shift_count + 1);
    for (size_t i = 0; !f && i < q.shift_count; i++) {
        int at = shift_on_record(t, &q.shifts[i]);
        struct id id;
        if (at >= 0) {
            kept[at] = true;
            edit_shift(a, &t->question.shifts[at], &q.shifts[i], &t->rows[at], today);
            continue;
        }
        f = shift_id(conn, t, &q.shifts[i], &id);
        if (!f) add_shift(a, &q.shifts[i], &id);
    }
    for (size_t i = 0; !f && i < t->question.shift_count; i++)
        if (!kept[i]) add_change(a, CHANGE_WITHDRAW, &t->rows[i].id, t->rows[i].position)->reason = "重新排班";
    return f;
}

/* Only seats that are empty or whose person is absent. */
static void plan_gaps(struct arranging *a, civil_day today) {
    int open;
    struct roster_table *t = &a->table;
    struct roster_question q = t->question;
    q.shifts = arena_array(a->arena, struct roster_shift, q.shift_count + 1);
    memcpy(q.shifts, t->question.shifts, q.shift_count * sizeof *q.shifts);
    for (size_t i = 0; i < q.shift_count; i++)
        for (int seat = 0; seat < ROSTER_SEATS; seat++) {
            struct roster_shift *s = &q.shifts[i];
            bool planned = t->rows[i].state && !strcmp(t->rows[i].state, "planned");
            bool gap = s->seats[seat] == SEAT_EMPTY || t->rows[i].away[seat];
            s->fixed[seat] = !gap || !planned || s->day < today;
            if (gap && s->fixed[seat]) s->wanted[seat] = false; /* it stays as it was */
        }
    roster_fill(&q, a->arena, &open);
    for (size_t i = 0; i < q.shift_count; i++) {
        struct roster_shift *s = &q.shifts[i];
        for (int seat = 0; seat < ROSTER_SEATS; seat++) /* whoever is absent stays named until somebody is found */
            if (s->seats[seat] == SEAT_EMPTY) s->seats[seat] = t->question.shifts[i].seats[seat];
        edit_shift(a, &t->question.shifts[i], s, &t->rows[i], today);
    }
}

static bool next_change(void *context, struct change *out) {
    struct arranging *a = context;
    if (a->given == a->count) return false;
    *out = a->changes[a->given++];
    return true;
}

enum fault roster_arrange(struct registers *rs, const struct actor *actor, int64_t now_ms, const struct id *id, bool anew,
                          struct arena *arena, struct notes *notes) {
    struct arranging a = {.reg = register_named(rs, "shift"), .arena = arena};
    _cleanup_(store_read_end) struct conn *conn = NULL;
    civil_day today = civil_at(now_ms);
    enum fault f = store_read_begin(registers_store(rs), &conn);
    if (!f) f = roster_table_read(conn, id, arena, &a.table);
    if (f) return f;
    if (a.table.roster.withdrawn || (anew && a.table.roster.published)) return FAULT_STATE;
    id_format(id, a.roster);
    a.changes = arena_array(arena, struct change, 2 * ROSTER_SHIFTS_MAX);
    if (anew) f = plan_anew(&a, conn, today);
    else plan_gaps(&a, today);
    store_read_end(&conn);
    if (f || !a.count) return f;
    struct change_source source = {.context = &a, .next = next_change};
    struct batch_result result;
    return change_batch(rs, actor, now_ms, &source, false, notes, &result);
}
