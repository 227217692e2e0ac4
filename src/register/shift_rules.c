/* shift_rules.c - what rosters, shifts, exchanges and absences must obey, and what an approved exchange writes. */
#include "register/shifts.h"
#include "register/shifts_inside.h"

#include <stdio.h>
#include <string.h>

static const struct value *value_of(const struct rule_case *c, const struct value *values, const char *key) {
    return &values[reg_field_named(c->reg, key) - c->reg->fields];
}

static const char *name_of(const struct rule_case *c, const struct id *person) {
    const char *name = NULL;
    const struct reg *reg = register_named(c->registers, "person");
    return reg && !record_name(c->registers, c->conn, reg, person, c->arena, &name) && name ? name : "";
}

static bool is_actor(const struct rule_case *c, const struct id *person) {
    return !c->actor->system && id_same(person, &c->actor->person);
}

/* ---- shifts as they stand ---- */

struct shift {
    struct id id, roster, unit;
    const char *label, *state;
    civil_day day;
    const char *part;
    bool published;
    const char *kind;
    struct id seats[ROSTER_SEATS]; /* zero: empty */
};

#define SHIFT_COLUMNS                                                                                                              \
    "SELECT s.id, s.f_roster, r.unit, s.f_label, s.state, s.f_date, s.f_part, r.state, r.f_kind, s.f_leader, s.f_officer, "        \
    "s.f_third "                                                                                                                   \
    "FROM r_shift s JOIN r_roster r ON r.tenant = s.tenant AND r.id = s.f_roster WHERE s.tenant = ?1 AND s.withdrawn = 0 AND "     \
    "r.withdrawn = 0 "

/* Runs the statement to its first row. *there is false without one. */
static enum fault step_shift(const struct rule_case *c, struct stmt *s, struct shift *out, bool *there) {
    enum fault f = stmt_step(s, there);
    if (f || !*there) return f;
    *out = (struct shift){.label = arena_copy(c->arena, stmt_text(s, 3)),
                          .state = arena_copy(c->arena, stmt_text(s, 4)),
                          .day = DAY_NONE,
                          .part = arena_copy(c->arena, stmt_text(s, 6)),
                          .published = stmt_text(s, 7) && !strcmp(stmt_text(s, 7), "published"),
                          .kind = arena_copy(c->arena, stmt_text(s, 8))};
    (void)stmt_id(s, 0, &out->id);
    (void)stmt_id(s, 1, &out->roster);
    (void)stmt_id(s, 2, &out->unit);
    if (stmt_text(s, 5)) (void)civil_parse(stmt_text(s, 5), &out->day);
    for (int seat = 0; seat < ROSTER_SEATS; seat++) (void)stmt_id(s, 9 + seat, &out->seats[seat]);
    return FAULT_NONE;
}

static enum fault find_shift(const struct rule_case *c, const struct id *id, struct shift *out, bool *there) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(c->conn, SHIFT_COLUMNS "AND s.id = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, id);
    return step_shift(c, s, out, there);
}

/* Whoever comes next: in the same roster, else in the next published one of its kind and unit. */
static enum fault next_shift(const struct rule_case *c, const struct shift *now, struct shift *out, bool *there) {
    static const char *const asked[] = {
        SHIFT_COLUMNS
        "AND s.f_roster = ?2 AND (s.f_date > ?3 OR (s.f_date = ?3 AND s.f_part > ?4)) ORDER BY s.f_date, s.f_part LIMIT 1",
        SHIFT_COLUMNS
        "AND r.state = 'published' AND r.unit = ?2 AND (s.f_date > ?3 OR (s.f_date = ?3 AND s.f_part > ?4)) AND r.f_kind = ?5 "
        "ORDER BY s.f_date, s.f_part LIMIT 1"};
    char day[CIVIL_TEXT];
    civil_format(now->day, day);
    *there = false;
    for (size_t i = 0; i < COUNT_OF(asked) && !*there; i++) {
        _cleanup_(stmt_done) struct stmt *s = NULL;
        enum fault f = stmt_open(c->conn, asked[i], &s);
        if (f) return f;
        stmt_bind_int(s, 1, TENANT);
        stmt_bind_id(s, 2, i ? &now->unit : &now->roster);
        stmt_bind_text(s, 3, day);
        stmt_bind_text(s, 4, now->part);
        if (i) stmt_bind_text(s, 5, now->kind);
        f = step_shift(c, s, out, there);
        if (f) return f;
    }
    return FAULT_NONE;
}

static int seat_of(const struct shift *s, const struct id *person) {
    for (int seat = 0; seat < ROSTER_SEATS; seat++)
        if (!id_is_zero(&s->seats[seat]) && id_same(&s->seats[seat], person)) return seat;
    return SEAT_EMPTY;
}

/* Whether he stands in another shift that day, but for `but` (NULL). */
static enum fault stands_elsewhere(const struct rule_case *c, const struct id *person, const struct shift *shift,
                                   const struct id *but, bool *out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    char day[CIVIL_TEXT];
    civil_format(shift->day, day);
    enum fault f = stmt_open(
        c->conn,
        SHIFT_COLUMNS
        "AND s.f_date = ?2 AND (s.f_leader = ?3 OR s.f_officer = ?3 OR s.f_third = ?3) AND s.id <> ?4 AND s.id <> ?5 LIMIT 1",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, day);
    stmt_bind_id(s, 3, person);
    stmt_bind_id(s, 4, &shift->id);
    stmt_bind_id(s, 5, but ? but : &shift->id);
    return stmt_step(s, out);
}

/* ---- rosters ---- */

static enum fault check_times(const struct rule_case *c) {
    static const char *const keys[] = {"day_from", "night_from"};
    int at[] = {SHIFT_DAY_FROM, SHIFT_NIGHT_FROM};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const char *text = rule_text(c, keys[i]);
        if (text && text[0] && !minute_parse(text, &at[i])) return rule_refuse(c, keys[i], "时刻应为 {0} 这样的时和分", "17:30");
    }
    return at[0] < at[1] ? FAULT_NONE : rule_refuse(c, "night_from", "夜班开始应晚于白班开始", NULL);
}

static enum fault check_roster(const struct rule_case *c) {
    civil_day first = rule_day(c, "first"), last = rule_day(c, "last");
    if (first == DAY_NONE || last == DAY_NONE) return FAULT_NONE; /* told already */
    if (!calendar_covers(first) || !calendar_covers(last)) return rule_refuse(c, "first", "日期超出了程序能排的范围", NULL);
    if (last - first >= ROSTER_DAYS_MAX)
        return rule_refuse(c, "last", "一张表最长 {0} 天，请分开排", arena_int(c->arena, ROSTER_DAYS_MAX));
    if (shift_plan_read(rule_text(c, "workdays")) == PLAN_NONE && shift_plan_read(rule_text(c, "restdays")) == PLAN_NONE)
        return rule_refuse(c, "restdays", "工作日和休息日不能都不排", NULL);
    enum fault f = check_times(c);
    if (f || !c->move) return f;
    struct roster_table t;
    f = roster_table_read(c->conn, c->record, c->arena, &t);
    if (f) return f;
    if (!t.question.shift_count) return rule_refuse(c, NULL, "还没有排班，不能公布", NULL);
    if (t.open) return rule_refuse(c, NULL, "还有 {0} 个空岗，补齐以后才能公布", arena_int(c->arena, t.open));
    if (t.away) return rule_refuse(c, NULL, "有 {0} 个岗的人员那天不在，换人以后才能公布", arena_int(c->arena, t.away));
    return FAULT_NONE;
}

/* ---- shifts ---- */

/* Seats that this change fills: each person once, and not while away. */
static enum fault check_seats(const struct rule_case *c, civil_day day) {
    enum fault result = FAULT_NONE;
    for (int seat = 0; seat < ROSTER_SEATS; seat++) {
        struct id person, other;
        bool absent = false;
        if (!rule_id(c, seat_key(seat), &person)) continue;
        for (int k = 0; k < seat; k++)
            if (rule_id(c, seat_key(k), &other) && id_same(&other, &person))
                result = rule_refuse(c, seat_key(seat), "{0} 已在本班另一个岗位上", name_of(c, &person));
        if (c->before && value_same(value_of(c, c->before, seat_key(seat)), value_of(c, c->values, seat_key(seat)))) continue;
        enum fault f = person_absent(c->conn, &person, day, &absent);
        if (f) return f;
        if (absent) result = rule_refuse(c, seat_key(seat), "{0} 那天登记了请假或外出", name_of(c, &person));
    }
    return result;
}

/* Handed over by somebody of this shift, taken by somebody of the next. */
static enum fault check_hand_over(const struct rule_case *c, const struct shift *now) {
    struct shift next;
    bool there;
    if (!strcmp(c->move, "hand_over")) {
        if (now->day > c->today) return rule_refuse(c, NULL, "这一班还没有到，不能交班", NULL);
        if (c->actor->system || seat_of(now, &c->actor->person) != SEAT_EMPTY) return FAULT_NONE;
        note_add(c->notes, NULL, "交班由本班人员办理");
        return FAULT_RIGHT;
    }
    enum fault f = next_shift(c, now, &next, &there);
    if (f || c->actor->system) return f;
    if (there && seat_of(&next, &c->actor->person) != SEAT_EMPTY) return FAULT_NONE;
    if (access_may_in(c->actor, "roster.publish", &now->unit)) return FAULT_NONE;
    if (there) note_add(c->notes, NULL, "接班由下一班（{0}）的人员签收", next.label);
    else note_add(c->notes, NULL, "没有下一班，由负责值班表的人员签收");
    return FAULT_RIGHT;
}

static enum fault check_shift(const struct rule_case *c) {
    struct id roster;
    struct roster r;
    struct shift now;
    bool there;
    civil_day day = rule_day(c, "date");
    if (!rule_id(c, "roster", &roster) || day == DAY_NONE) return FAULT_NONE; /* told already */
    enum fault f = roster_read(c->conn, &roster, c->arena, &r);
    if (f) return f == FAULT_ABSENT ? FAULT_NONE : f;
    if (day < r.first || day > r.last) return rule_refuse(c, "date", "日期不在值班表的起止之内", NULL);
    f = check_seats(c, day);
    if (f || !c->move) return f;
    f = find_shift(c, c->record, &now, &there);
    return f || !there ? f : check_hand_over(c, &now);
}

/* ---- exchanges ---- */

struct exchange {
    struct shift shift, back;
    bool has_back;
    int seat, back_seat;
    struct id giver, taker;
};

/* Whether `person` can stand in a shift in the place of somebody else; `gives` is the one that he leaves for it. */
static enum fault check_taker(const struct rule_case *c, const char *place, const struct id *person, const struct shift *shift,
                              const struct shift *gives) {
    bool absent, elsewhere;
    if (seat_of(shift, person) != SEAT_EMPTY) return rule_refuse(c, place, "{0} 已在本班另一个岗位上", name_of(c, person));
    enum fault f = person_absent(c->conn, person, shift->day, &absent);
    if (!f && absent) return rule_refuse(c, place, "{0} 那天登记了请假或外出", name_of(c, person));
    if (!f) f = stands_elsewhere(c, person, shift, gives ? &gives->id : NULL, &elsewhere);
    if (!f && elsewhere) return rule_refuse(c, place, "{0} 那天已有别的班", name_of(c, person));
    return f;
}

static enum fault check_open(const struct rule_case *c, const char *place, const struct shift *s) {
    if (!s->published) return rule_refuse(c, place, "“{0}”所在的值班表还没有公布，直接修改即可", s->label);
    if (s->day < c->today || strcmp(s->state ? s->state : "", "planned") != 0)
        return rule_refuse(c, place, "“{0}”已经值过，不能再换", s->label);
    return FAULT_NONE;
}

static enum fault read_exchange(const struct rule_case *c, struct exchange *x, bool *there) {
    struct id shift, back;
    const char *seat = rule_text(c, "seat");
    *x = (struct exchange){.seat = SEAT_EMPTY, .back_seat = SEAT_EMPTY};
    *there = rule_id(c, "shift", &shift) && rule_id(c, "giver", &x->giver) && rule_id(c, "taker", &x->taker);
    for (int k = 0; seat && k < ROSTER_SEATS; k++)
        if (!strcmp(seat_key(k), seat)) x->seat = k;
    if (!*there || x->seat == SEAT_EMPTY) return FAULT_NONE;
    enum fault f = find_shift(c, &shift, &x->shift, there);
    if (f || !*there || !rule_id(c, "back", &back)) return f;
    f = find_shift(c, &back, &x->back, &x->has_back);
    if (!f && x->has_back) x->back_seat = seat_of(&x->back, &x->taker);
    return f;
}

static enum fault check_exchange(const struct rule_case *c, const struct exchange *x) {
    if (id_same(&x->giver, &x->taker)) return rule_refuse(c, "taker", "换出人和接替人不能是同一人", NULL);
    if (!id_same(&x->shift.seats[x->seat], &x->giver))
        return rule_refuse(c, "giver", "{0} 现在不在这一班的这个岗位上", name_of(c, &x->giver));
    enum fault f = check_open(c, "shift", &x->shift);
    if (!f) f = check_taker(c, "taker", &x->taker, &x->shift, x->has_back ? &x->back : NULL);
    if (f || !x->has_back) return f;
    if (!id_same(&x->back.roster, &x->shift.roster)) return rule_refuse(c, "back", "对换的班次须在同一张值班表里", NULL);
    if (x->back_seat != x->seat) return rule_refuse(c, "back", "{0} 不在那一班的同一个岗位上", name_of(c, &x->taker));
    f = check_open(c, "back", &x->back);
    return f ? f : check_taker(c, "back", &x->giver, &x->back, &x->shift);
}

/* Who may take which step: asking is for the two, consent for whoever takes the turn, approval for neither. */
static enum fault check_hand(const struct rule_case *c, const struct exchange *x) {
    bool gives = is_actor(c, &x->giver), takes = is_actor(c, &x->taker),
         keeps = access_may_in(c->actor, "roster.record", &x->shift.unit);
    const char *sentence = NULL;
    if (c->actor->system) return FAULT_NONE;
    if (!c->move) sentence = gives || takes || keeps ? NULL : "换班由当事人或负责值班表的人员申请";
    else if (!strcmp(c->move, "agree")) sentence = takes ? NULL : "只有接替人本人可以同意";
    else if (!strcmp(c->move, "approve")) sentence = gives || takes ? "换班的当事人不能自己批准" : NULL;
    else sentence = gives || takes || access_may_in(c->actor, "roster.approve", &x->shift.unit) ? NULL : "由当事人或批准人办理";
    if (!sentence) return FAULT_NONE;
    note_add(c->notes, NULL, sentence);
    return FAULT_RIGHT;
}

static enum fault check_swap(const struct rule_case *c) {
    struct exchange x;
    bool there;
    enum fault f = read_exchange(c, &x, &there);
    if (f || !there || x.seat == SEAT_EMPTY) return f; /* what is missing is told already */
    f = check_hand(c, &x);
    if (f || (c->move && !strcmp(c->move, "refuse"))) return f;
    return check_exchange(c, &x);
}

static void take_seat(const struct rule_case *c, const struct shift *s, int seat, const struct id *person, struct change *out) {
    struct change_value *value = arena_new(c->arena, struct change_value);
    char text[ID_TEXT];
    id_format(person, text);
    *value = (struct change_value){seat_key(seat), arena_copy(c->arena, text), NULL};
    *out = (struct change){.kind = CHANGE_EDIT,
                           .reg = register_named(c->registers, "shift"),
                           .record = s->id,
                           .values = value,
                           .value_count = 1,
                           .has_effective = true,
                           .effective = c->today,
                           .expected = -1,
                           .reason = arena_join(c->arena, "换班：", rule_text(c, "why"))};
}

enum fault roster_follow_on(const struct rule_case *c, struct change out[RULE_FOLLOW], size_t *count) {
    struct exchange x;
    bool there;
    *count = 0;
    if (c->reg->obeys != REG_SWAP || !c->move || strcmp(c->move, "approve") != 0) return FAULT_NONE;
    enum fault f = read_exchange(c, &x, &there);
    if (f || !there) return f;
    take_seat(c, &x.shift, x.seat, &x.taker, &out[(*count)++]);
    if (x.has_back) take_seat(c, &x.back, x.back_seat, &x.giver, &out[(*count)++]);
    return FAULT_NONE;
}

/* ---- absences ---- */

static enum fault check_absence(const struct rule_case *c) {
    struct id person, stand_in;
    if (rule_id(c, "person", &person) && rule_id(c, "stand_in", &stand_in) && id_same(&person, &stand_in))
        return rule_refuse(c, "stand_in", "代办人不能是本人", NULL);
    return FAULT_NONE;
}

enum fault roster_check(const struct rule_case *c) {
    switch (c->reg->obeys) {
    case REG_ROSTER: return check_roster(c);
    case REG_SHIFT: return check_shift(c);
    case REG_SWAP: return check_swap(c);
    case REG_ABSENCE: return check_absence(c);
    default: return FAULT_NONE;
    }
}
