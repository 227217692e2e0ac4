/* api_rosters.c - rosters for programs: the table with whoever is away or missing, the fairness of it, and arranging. */
#include "web/api.h"

#include "base/printer.h"
#include "register/shifts.h"

/* The roster of the path, if its record may be read and the token reaches it for `scope`. */
static enum fault read_table(struct page *p, const char *scope, struct record *r, struct roster_table *t) {
    const struct reg *reg = register_named(p->site->config.registers, "roster");
    struct id id;
    if (!reg || !id_parse(p->args[0], &id)) return FAULT_ABSENT;
    if (!access_may(&p->actor, reg->read)) return FAULT_RIGHT;
    enum fault f = api_asked_scope(p, scope, reg);
    if (!f) f = page_reader(p);
    if (!f) f = record_read(p->site->config.registers, p->conn, &p->actor, reg, &id, NULL, p->arena, r);
    return f ? f : roster_table_read(p->conn, &id, p->arena, t);
}

static void add_id(struct text *out, const char *key, const struct id *id) {
    char text[ID_TEXT];
    id_format(id, text);
    text_format(out, "\"%s\": \"%s\"", key, text);
}

static void add_seat(struct text *out, const struct roster_table *t, size_t at, int seat) {
    int person = t->question.shifts[at].seats[seat];
    text_format(out, "%s{\"seat\": \"%s\", ", seat ? ", " : "", seat_key(seat));
    if (person == SEAT_EMPTY) text_add(out, "\"person\": null");
    else add_id(out, "person", &t->people[person]);
    text_format(out, ", \"wanted\": %s, \"away\": %s}", t->question.shifts[at].wanted[seat] ? "true" : "false",
                t->rows[at].away[seat] ? "true" : "false");
}

static void add_shift(struct text *out, const struct roster_table *t, size_t at) {
    const struct roster_shift *s = &t->question.shifts[at];
    char day[CIVIL_TEXT];
    civil_format(s->day, day);
    text_add(out, at ? ",\n{" : "\n{");
    add_id(out, "id", &t->rows[at].id);
    text_format(out, ", \"date\": \"%s\", \"part\": \"%s\", \"class\": \"%s\", \"state\": \"%s\", \"seats\": [", day,
                shift_part_word(s->part), shift_class_word(s->class), t->rows[at].state);
    for (int seat = 0; seat < ROSTER_SEATS; seat++) add_seat(out, t, at, seat);
    text_add(out, "]}");
}

static void add_person(struct text *out, const struct roster_table *t, size_t person) {
    text_add(out, person ? ",\n{" : "\n{");
    add_id(out, "person", &t->people[person]);
    text_add(out, ", \"name\": ");
    json_text(out, t->names[person]);
    text_add(out, ", \"turns\": [");
    for (int seat = 0; seat < ROSTER_SEATS; seat++) {
        int n[SHIFT_CLASSES];
        for (int c = 0; c < SHIFT_CLASSES; c++) n[c] = roster_turns(&t->question, (int)person, seat, (enum shift_class)c);
        text_format(out, "%s{\"seat\": \"%s\", \"workday\": %d, \"makeup\": %d, \"rest\": %d, \"statutory\": %d}", seat ? ", " : "",
                    seat_key(seat), n[SHIFT_WORKDAY], n[SHIFT_MAKEUP], n[SHIFT_REST], n[SHIFT_STATUTORY]);
    }
    text_add(out, "]}");
}

static void answer(struct page *p, const struct roster_table *t) {
    struct text *out = api_answer(p);
    text_add(out, "{");
    add_id(out, "id", &t->roster.id);
    text_format(out, ", \"published\": %s, \"open\": %d, \"away\": %d, \"shifts\": [", t->roster.published ? "true" : "false",
                t->open, t->away);
    for (size_t i = 0; i < t->question.shift_count; i++) add_shift(out, t, i);
    text_add(out, "], \"people\": [");
    for (size_t i = 0; i < t->question.people_count; i++) add_person(out, t, i);
    text_add(out, "]}\n");
}

enum fault api_roster(struct page *p) {
    struct record r;
    struct roster_table t;
    enum fault f = read_table(p, "read", &r, &t);
    if (!f) answer(p, &t);
    return f;
}

enum fault api_roster_arrange(struct page *p) {
    const struct reg *reg = register_named(p->site->config.registers, "roster");
    struct record r;
    struct roster_table t;
    _cleanup_(api_body_release) json_t *body = NULL;
    enum fault f = read_table(p, "write", &r, &t);
    if (!f && !access_may_in(&p->actor, reg->record, &r.unit)) f = FAULT_RIGHT;
    if (!f) f = api_body(p, &body);
    if (!f) f = api_known(p, body, "anew");
    if (f) return f;
    bool anew = json_is_true(json_object_get(body, "anew"));
    store_read_end(&p->conn);
    f = roster_arrange(p->site->config.registers, &p->actor, p->now_ms, &r.id, anew, p->arena, &p->notes);
    if (!f) f = read_table(p, "write", &r, &t);
    if (!f) answer(p, &t);
    return f;
}
