/* pages_roster.c - a roster's page: its shifts, the fairness table, arranging, the sheet; and one's own turns on the page of today. */
#include "web/page.h"

#include "register/shifts.h"

#include <string.h>

enum { TURNS_SHOWN = 20, TURN_DAYS = 14, SWAPS_SHOWN = 20 };

static const char *open_reason(enum seat_open open) {
    static const char *const words[] = {[OPEN_NOT] = "可以补上",
                                        [OPEN_NO_POOL] = "名单里没有人",
                                        [OPEN_ABSENT] = "都不在",
                                        [OPEN_GAP] = "与前后的班隔得太近",
                                        [OPEN_OTHER_SEAT] = "都已有别的岗"};
    return words[open];
}

/* The roster named by the path, if its record may be read. */
static enum fault read_roster(struct page *p, struct record *r, const struct reg **reg, struct roster_table *t) {
    struct id id;
    *reg = register_named(p->site->config.registers, "roster");
    enum fault f = *reg ? page_id(p, 0, &id) : FAULT_ABSENT;
    if (!f) f = page_reader(p);
    if (!f) f = record_read(p->site->config.registers, p->conn, &p->actor, *reg, &id, NULL, p->arena, r);
    if (f == FAULT_RIGHT) f = FAULT_ABSENT;
    return f ? f : roster_table_read(p->conn, &id, p->arena, t);
}

static void show_seat(struct page *p, struct view_list *list, const struct roster_table *t, size_t at, int seat) {
    const struct roster_shift *s = &t->question.shifts[at];
    int person = s->seats[seat];
    struct view *v = view_item(list);
    view_tr(v, K(label), seat_name(seat, t->roster.third_name));
    if (person == SEAT_EMPTY) {
        if (s->wanted[seat]) view_tr(v, K(open), open_reason(s->open[seat]));
        return;
    }
    view_text(v, K(who), t->names[person]);
    view_bool(v, K(me), id_same(&t->people[person], &p->actor.person));
    view_bool(v, K(away), t->rows[at].away[seat]);
}

static void show_rows(struct page *p, const struct roster_table *t) {
    struct view *v = p->view;
    const struct reg *reg = register_named(p->site->config.registers, "shift");
    struct view_list *rows = view_list(v, K(rows));
    view_bool(v, K(has_leader), t->has_seat[0]);
    view_bool(v, K(has_third), t->has_seat[2]);
    view_tr(v, K(third_name), seat_name(2, t->roster.third_name));
    for (size_t i = 0; i < t->question.shift_count; i++) {
        const struct roster_shift *s = &t->question.shifts[i];
        struct view *row = view_item(rows);
        view_date(row, K(day), s->day);
        view_tr(row, K(weekday), weekday_name(s->day));
        view_tr(row, K(kind), shift_class_name(s->class));
        view_bool(row, K(holiday), s->class >= SHIFT_REST);
        view_tr(row, K(part), shift_part_name(s->part));
        view_text(row, K(url), record_url(p, reg, &t->rows[i].id));
        const struct reg_state *state = t->roster.published ? reg_state_named(reg, t->rows[i].state) : NULL;
        if (state) {
            view_tr(row, K(state), state->label);
            view_text(row, K(tone), state->final ? "good" : !strcmp(state->key, "handed") ? "work" : "");
        }
        struct view_list *seats = view_list(row, K(seats));
        for (int seat = 0; seat < ROSTER_SEATS; seat++)
            if (t->has_seat[seat]) show_seat(p, seats, t, i, seat);
    }
}

/* Each person's turns by class, seat by seat. */
static void show_fairness(struct page *p, const struct roster_table *t) {
    struct view_list *heads = view_list(p->view, K(heads)), *seats = view_list(p->view, K(seats));
    for (int c = 0; c < SHIFT_CLASSES; c++) view_item_text(heads, lang_tr(p->lang, shift_class_name((enum shift_class)c)));
    for (int seat = 0; seat < ROSTER_SEATS; seat++) {
        if (!t->has_seat[seat]) continue;
        struct view *table = view_item(seats);
        struct view_list *people = view_list(table, K(people));
        view_tr(table, K(title), seat_name(seat, t->roster.third_name));
        for (size_t i = 0; i < t->question.people_count; i++) {
            int all = 0, turns[SHIFT_CLASSES];
            for (int c = 0; c < SHIFT_CLASSES; c++) all += turns[c] = roster_turns(&t->question, (int)i, seat, (enum shift_class)c);
            if (!all && !t->question.people[i].pool[seat]) continue;
            struct view *person = view_item(people);
            struct view_list *cells = view_list(person, K(cells));
            view_text(person, K(label), t->names[i]);
            for (int c = 0; c < SHIFT_CLASSES; c++) view_int(view_item(cells), K(text), turns[c]);
            view_int(person, K(total), all);
        }
    }
}

static void show_head(struct page *p, const struct reg *reg, const struct record *r, const struct roster_table *t) {
    struct view *v = p->view;
    const struct reg_state *state = reg_state_named(reg, r->state);
    view_text(v, K(title), t->roster.name);
    view_text(v, K(record_label), t->roster.name);
    view_text(v, K(record_url), record_url(p, reg, &r->id));
    view_bool(v, K(nav_registers), true);
    view_tr(v, K(state), state->label);
    view_text(v, K(tone), state_tone(reg, state));
    view_text(v, K(kind), page_value(p, reg, r, "kind"));
    view_format(v, K(period), "%s — %s", page_value(p, reg, r, "first"), page_value(p, reg, r, "last"));
}

static enum fault show_roster(struct page *p, enum fault failed) {
    const struct reg *reg;
    struct record r;
    struct roster_table t;
    char id[ID_TEXT];
    struct view *v = page_view(p, NULL);
    enum fault f = read_roster(p, &r, &reg, &t);
    if (f) return f;
    if (t.open) roster_reasons(&t.question, p->arena);
    show_head(p, reg, &r, &t);
    id_format(&r.id, id);
    bool may = !r.withdrawn && access_may_in(&p->actor, reg->record, &r.unit);
    view_bool(v, K(may_arrange), may);
    view_bool(v, K(draft), !t.roster.published);
    view_bool(v, K(has_actions), !t.roster.published || t.open || t.away);
    view_bool(v, K(gaps), t.question.shift_count && (t.open || t.away));
    view_format(v, K(arrange_action), "/roster/%s/arrange", id);
    view_format(v, K(sheet_url), "/roster/%s/sheet", id);
    view_format(v, K(shifts_url), "/r/shift?filter=roster%%3D%s&sort=date", id);
    if (may && !t.roster.published && t.question.shift_count && !t.open && !t.away &&
        access_may_in(&p->actor, "roster.publish", &r.unit))
        view_format(v, K(publish_action), "/r/roster/%s/move/publish", id);
    view_bool(v, K(provisional), !calendar_known(t.calendar, t.roster.first) || !calendar_known(t.calendar, t.roster.last));
    view_int(v, K(open), t.open);
    view_int(v, K(away), t.away);
    show_rows(p, &t);
    show_fairness(p, &t);
    if (failed) {
        page_errors(p, failed, NULL, "");
        http_answer_status(p->answer, fault_http_status(failed));
    }
    return page_render(p, TEMPLATE_roster);
}

enum fault page_roster(struct page *p) { return show_roster(p, FAULT_NONE); }

enum fault page_roster_arrange(struct page *p) {
    const struct reg *reg;
    struct record r;
    struct roster_table t;
    enum fault f = read_roster(p, &r, &reg, &t);
    if (f) return f;
    if (!access_may_in(&p->actor, reg->record, &r.unit)) return FAULT_RIGHT;
    store_read_end(&p->conn);
    f = roster_arrange(p->site->config.registers, &p->actor, p->now_ms, &r.id, page_field(p, "anew") != NULL, p->arena, &p->notes);
    if (!f) return page_go(p, arena_join(p->arena, "/roster/", p->args[0]), "已排班。");
    if (f == FAULT_STORE || f == FAULT_SYSTEM) return f;
    return show_roster(p, f);
}

enum fault page_roster_sheet(struct page *p) {
    const struct reg *reg;
    struct record r;
    struct roster_table t;
    struct view *v = page_view(p, NULL);
    enum fault f = read_roster(p, &r, &reg, &t);
    if (f) return f;
    show_head(p, reg, &r, &t);
    view_bool(v, K(plain), true);
    view_text(v, K(back_url), arena_join(p->arena, "/roster/", p->args[0]));
    show_rows(p, &t);
    return page_render(p, TEMPLATE_roster_sheet);
}

/* ---- on the pages of records ---- */

/* The seat that one has in a shift; SEAT_EMPTY. */
static int own_seat(struct page *p, const struct reg *reg, const struct record *r) {
    for (int seat = 0; seat < ROSTER_SEATS; seat++) {
        struct id person;
        const struct value *v = &r->values[reg_field_named(reg, seat_key(seat)) - reg->fields];
        if (v->kind == VALUE_TEXT && id_parse(v->text, &person) && id_same(&person, &p->actor.person)) return seat;
    }
    return SEAT_EMPTY;
}

void roster_show(struct page *p, const struct reg *reg, const struct record *r) {
    char id[ID_TEXT], me[ID_TEXT];
    id_format(&r->id, id);
    id_format(&p->actor.person, me);
    if (reg->obeys == REG_ROSTER) view_format(p->view, K(roster_url), "/roster/%s", id);
    if (reg->obeys != REG_SHIFT) return;
    const struct value *roster = &r->values[reg_field_named(reg, "roster") - reg->fields];
    if (roster->kind == VALUE_TEXT) view_format(p->view, K(roster_url), "/roster/%s", roster->text);
    int seat = own_seat(p, reg, r);
    const struct reg *swaps = register_named(p->site->config.registers, "shift_swap"),
                     *duty = register_named(p->site->config.registers, "duty");
    if (seat != SEAT_EMPTY && r->state && !strcmp(r->state, "planned") && swaps && access_may(&p->actor, swaps->record))
        view_format(p->view, K(swap_url), "/r/shift_swap/new?f-shift=%s&f-seat=%s&f-giver=%s", id, seat_key(seat), me);
    if (duty && access_may(&p->actor, duty->record) && reg_field_named(duty, "leader") && reg_field_named(duty, "officer"))
        view_format(p->view, K(duty_url), "/r/duty/new?f-date=%s&f-leader=%s&f-officer=%s", page_value(p, reg, r, "date"),
                    page_value(p, reg, r, "leader"), page_value(p, reg, r, "officer"));
}

struct turns {
    struct page *p;
    struct view_list *list;
};

static enum fault add_turn(void *context, const struct turn_row *turn) {
    struct turns *t = context;
    struct page *p = t->p;
    if (turn->day > p->today + TURN_DAYS || (turn->day < p->today && strcmp(turn->state, "planned") != 0)) return FAULT_NONE;
    const struct reg *reg = register_named(p->site->config.registers, "shift");
    struct view *v = view_item(t->list);
    view_text(v, K(url), record_url(p, reg, &turn->shift));
    view_date(v, K(day), turn->day);
    view_tr(v, K(weekday), weekday_name(turn->day));
    view_tr(v, K(part), shift_part_name(turn->part));
    view_copy(v, K(label), turn->roster_name);
    view_copy(v, K(seat), lang_tr(p->lang, seat_name(turn->seat, turn->third_name)));
    view_copy(v, K(who), turn->others);
    view_bool(v, K(today), turn->day == p->today);
    view_bool(v, K(late), turn->day < p->today);
    return FAULT_NONE;
}

static enum fault add_swap(void *context, const struct record *r) {
    struct turns *t = context;
    struct page *p = t->p;
    const struct reg *reg = register_named(p->site->config.registers, "shift_swap");
    struct view *v = view_item(t->list);
    const struct reg_field *shift = reg_field_named(reg, "shift"), *giver = reg_field_named(reg, "giver"),
                           *taker = reg_field_named(reg, "taker");
    view_text(v, K(url), record_url(p, reg, &r->id));
    view_copy(v, K(label), r->names[shift - reg->fields]);
    view_copy(v, K(who), r->names[giver - reg->fields]);
    view_copy(v, K(other), r->names[taker - reg->fields]);
    view_bool(v, K(approve), r->state && !strcmp(r->state, "agreed"));
    return FAULT_NONE;
}

/* Exchanges that wait for one's consent, and, for whoever approves, those agreed on. */
static enum fault list_swaps(struct page *p) {
    const struct reg *reg = register_named(p->site->config.registers, "shift_swap");
    if (!reg || !access_may(&p->actor, reg->read)) return FAULT_NONE;
    struct turns t = {p, view_list(p->view, K(swaps))};
    return page_records(p, reg,
                        access_may(&p->actor, "roster.approve")
                            ? "(state = asked AND taker = me) OR (state = agreed AND taker != me AND giver != me)"
                            : "state = asked AND taker = me",
                        NULL, SWAPS_SHOWN, add_swap, &t);
}

enum fault roster_show_today(struct page *p) {
    const struct reg *reg = register_named(p->site->config.registers, "shift");
    if (!reg) return FAULT_NONE;
    struct turns t = {p, view_list(p->view, K(turns))};
    enum fault f = turns_of_person(p->conn, &p->actor.person, p->today - TURN_DAYS, TURNS_SHOWN, add_turn, &t);
    return f ? f : list_swaps(p);
}
