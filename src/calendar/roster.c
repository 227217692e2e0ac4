/* roster.c - seats filled: the scarce classes first, the best candidate each, then moved, exchanged and chained until nothing gets better. */
#include "calendar/roster.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 60, WEIGHT_CLASS = 4, WEIGHT_ALL = 1, FAIR_CLASSES = 3 };

/* ---- shifts ---- */

enum shift_class shift_class_of(const struct calendar *calendar, civil_day day) {
    switch (calendar_kind(calendar, day)) {
    case DAY_WORK: return SHIFT_WORKDAY;
    case DAY_MAKEUP: return SHIFT_MAKEUP;
    case DAY_STATUTORY: return SHIFT_STATUTORY;
    default: return SHIFT_REST;
    }
}

const char *shift_class_name(enum shift_class class) {
    static const char *const names[SHIFT_CLASSES] = {"工作日", "调休上班日", "休息日", "法定节假日"};
    return names[class];
}

const char *shift_class_word(enum shift_class class) {
    static const char *const words[SHIFT_CLASSES] = {"workday", "makeup", "rest", "statutory"};
    return words[class];
}

const char *shift_part_word(enum shift_part part) {
    static const char *const words[SHIFT_PARTS] = {"day", "night", "whole"};
    return words[part];
}

const char *shift_part_name(enum shift_part part) {
    static const char *const names[SHIFT_PARTS] = {"白班", "夜班", "全天"};
    return names[part];
}

size_t roster_shifts(const struct calendar *calendar, civil_day first, civil_day last, enum shift_plan workdays,
                     enum shift_plan restdays, struct arena *arena, struct roster_shift **out) {
    static const bool has[][SHIFT_PARTS] = {[PLAN_NONE] = {false, false, false},
                                            [PLAN_DAY] = {true, false, false},
                                            [PLAN_NIGHT] = {false, true, false},
                                            [PLAN_WHOLE] = {false, false, true},
                                            [PLAN_TWO] = {true, true, false}};
    struct roster_shift *shifts = arena_array(arena, struct roster_shift, ROSTER_SHIFTS_MAX);
    size_t count = 0;
    for (civil_day d = first; d <= last && d < first + ROSTER_DAYS_MAX && calendar_covers(d); d++) {
        enum shift_class class = shift_class_of(calendar, d);
        enum shift_plan plan = class <= SHIFT_MAKEUP ? workdays : restdays;
        for (enum shift_part part = SHIFT_DAY; part < SHIFT_PARTS; part++)
            if (has[plan][part])
                shifts[count++] = (struct roster_shift){.day = d,
                                                        .part = part,
                                                        .class = class,
                                                        .seats = {SEAT_EMPTY, SEAT_EMPTY, SEAT_EMPTY},
                                                        .wanted = {true, true, true}};
    }
    *out = shifts;
    return count;
}

/* ---- turns ---- */

/* Shifts that one person takes together in a seat: one, or those of a week. */
struct turn {
    size_t first, count; /* shifts */
    int seat, person;
    bool fixed;
    int weight[FAIR_CLASSES]; /* how many of its shifts are of each class */
    int scarce;               /* the most precious class in it */
};

struct filling {
    struct roster_question *q;
    struct turn *turns;
    size_t count;
    int (*had)[ROSTER_SEATS][FAIR_CLASSES]; /* by person, as the turns stand */
};

/* A make-up day is balanced together with working days. */
static int fair_class(enum shift_class class) { return class <= SHIFT_MAKEUP ? 0 : (int)class - 1; }

static civil_day turn_from(const struct filling *w, const struct turn *t) { return w->q->shifts[t->first].day; }
static civil_day turn_to(const struct filling *w, const struct turn *t) { return w->q->shifts[t->first + t->count - 1].day; }

static bool same_turn(const struct roster_question *q, const struct roster_shift *a, const struct roster_shift *b) {
    /* Day 0 was a Thursday; weeks begin on Monday. */
    return q->by_week && (a->day + 3) / 7 == (b->day + 3) / 7;
}

static void count_turn(struct filling *w, const struct turn *t, int person, int sign) {
    for (int c = 0; person != SEAT_EMPTY && c < FAIR_CLASSES; c++) w->had[person][t->seat][c] += sign * t->weight[c];
}

/* Weeks in which somebody stands already for a part (a swap, a hand's choice) are filled shift by shift. */
static void make_turns(struct filling *w, int seat) {
    const struct roster_question *q = w->q;
    for (size_t i = 0, n; i < q->shift_count; i += n) {
        const struct roster_shift *first = &q->shifts[i];
        n = 1;
        bool free = !first->fixed[seat];
        while (free && i + n < q->shift_count && same_turn(q, first, &q->shifts[i + n]) && !q->shifts[i + n].fixed[seat] &&
               q->shifts[i + n].wanted[seat] == first->wanted[seat])
            n++;
        if (!first->wanted[seat]) continue;
        struct turn *t = &w->turns[w->count++];
        *t = (struct turn){.first = i, .count = n, .seat = seat, .person = first->seats[seat], .fixed = first->fixed[seat]};
        for (size_t k = i; k < i + n; k++) {
            int c = fair_class(q->shifts[k].class);
            t->weight[c]++;
            if (c > t->scarce) t->scarce = c;
        }
        if (!t->fixed) t->person = SEAT_EMPTY;
        count_turn(w, t, t->person, 1);
    }
}

/* ---- who may ---- */

static bool absent(const struct roster_question *q, int person, civil_day from, civil_day to) {
    for (size_t i = 0; i < q->absence_count; i++) {
        const struct roster_absence *a = &q->absences[i];
        if (a->person == person && a->from <= to && a->to >= from) return true;
    }
    return false;
}

/* What keeps a person from a turn; turns `a` and `b` (NULL) are looked at as though he did not have them. */
static enum seat_open obstacle(const struct filling *w, const struct turn *t, int person, const struct turn *a,
                               const struct turn *b) {
    const struct roster_question *q = w->q;
    const struct roster_person *p = &q->people[person];
    if (!p->pool[t->seat]) return OPEN_NO_POOL;
    civil_day from = turn_from(w, t), to = turn_to(w, t);
    if (absent(q, person, from, to)) return OPEN_ABSENT;
    if (p->last != DAY_NONE && from - p->last <= q->gap) return OPEN_GAP;
    for (size_t i = 0; i < w->count; i++) {
        const struct turn *o = &w->turns[i];
        if (o->person != person || o == t || o == a || o == b) continue;
        civil_day o_from = turn_from(w, o), o_to = turn_to(w, o);
        if (o_from <= to && o_to >= from) return OPEN_OTHER_SEAT;
        if (o_from > to ? o_from - to <= q->gap : from - o_to <= q->gap) return OPEN_GAP;
    }
    return OPEN_NOT;
}

static bool can(const struct filling *w, const struct turn *t, int person, const struct turn *a, const struct turn *b) {
    return obstacle(w, t, person, a, b) == OPEN_NOT;
}

/* ---- what is fair ---- */

static int64_t square(int64_t n) { return n * n; }

/* What a person's turns in a seat cost, with `more` (NULL) and without `less` (NULL). */
static int64_t cost(const struct filling *w, int person, int seat, const struct turn *more, const struct turn *less) {
    int64_t sum = 0, all = 0;
    for (int c = 0; c < FAIR_CLASSES; c++) {
        int64_t n = w->had[person][seat][c] + (more ? more->weight[c] : 0) - (less ? less->weight[c] : 0);
        sum += WEIGHT_CLASS * square(n);
        all += n;
    }
    return sum + WEIGHT_ALL * square(all);
}

static int64_t cost_of_taking(const struct filling *w, int person, const struct turn *t) {
    return cost(w, person, t->seat, t, NULL) - cost(w, person, t->seat, NULL, NULL);
}

static void give(struct filling *w, struct turn *t, int person) {
    count_turn(w, t, t->person, -1);
    t->person = person;
    count_turn(w, t, person, 1);
}

/* ---- filling ---- */

/* The day of a person's nearest earlier turn: of equals, whoever stood longest ago. */
static civil_day stood(const struct filling *w, int person, civil_day before) {
    civil_day newest = w->q->people[person].last;
    for (size_t i = 0; i < w->count; i++) {
        const struct turn *o = &w->turns[i];
        if (o->person == person && turn_from(w, o) < before && turn_to(w, o) > newest) newest = turn_to(w, o);
    }
    return newest; /* DAY_NONE is before all days */
}

/* Whom a turn costs least; `in_turn`: whoever stood longest ago, whatever it costs. */
static int best_for(const struct filling *w, const struct turn *t, bool in_turn) {
    int best = SEAT_EMPTY;
    int64_t least = 0;
    civil_day longest = 0;
    for (int p = 0; p < (int)w->q->people_count; p++) {
        if (!can(w, t, p, NULL, NULL)) continue;
        int64_t c = in_turn ? 0 : cost_of_taking(w, p, t);
        if (best != SEAT_EMPTY && c > least) continue;
        civil_day ago = stood(w, p, turn_from(w, t));
        if (best != SEAT_EMPTY && c == least && ago >= longest) continue;
        best = p;
        least = c;
        longest = ago;
    }
    return best;
}

/* A open turn is filled by somebody who can leave another turn to somebody else. */
static bool chain(struct filling *w, struct turn *t) {
    for (size_t i = 0; i < w->count; i++) {
        struct turn *o = &w->turns[i];
        int person = o->person;
        if (o == t || o->fixed || person == SEAT_EMPTY || !can(w, t, person, o, NULL)) continue;
        give(w, o, SEAT_EMPTY);
        give(w, t, person);
        int other = best_for(w, o, false);
        if (other != SEAT_EMPTY) {
            give(w, o, other);
            return true;
        }
        give(w, t, SEAT_EMPTY);
        give(w, o, person);
    }
    return false;
}

/* A turn goes to somebody for whom it costs less. */
static bool move_turn(struct filling *w, struct turn *t) {
    int64_t now = cost(w, t->person, t->seat, NULL, NULL) - cost(w, t->person, t->seat, NULL, t);
    for (int p = 0; p < (int)w->q->people_count; p++) {
        if (p == t->person || cost_of_taking(w, p, t) >= now || !can(w, t, p, NULL, NULL)) continue;
        give(w, t, p);
        return true;
    }
    return false;
}

/* Two turns of a seat change hands, where that costs less. */
static bool exchange(struct filling *w, struct turn *a, struct turn *b) {
    int p = a->person, r = b->person;
    if (p == r || r == SEAT_EMPTY || b->fixed || a->seat != b->seat || !memcmp(a->weight, b->weight, sizeof a->weight))
        return false;
    int64_t now = cost(w, p, a->seat, NULL, NULL) + cost(w, r, a->seat, NULL, NULL);
    if (cost(w, p, a->seat, b, a) + cost(w, r, a->seat, a, b) >= now) return false;
    if (!can(w, b, p, a, b) || !can(w, a, r, a, b)) return false;
    give(w, a, r);
    give(w, b, p);
    return true;
}

/* A turn goes to somebody who gives one of his to a third: where the gap between turns stands against the plain ways. */
static bool move_round(struct filling *w, struct turn *t) {
    for (size_t i = 0; i < w->count; i++) {
        struct turn *o = &w->turns[i];
        int p = t->person, r = o->person;
        if (o == t || o->fixed || r == SEAT_EMPTY || r == p || o->seat != t->seat || !can(w, t, r, o, NULL)) continue;
        int64_t before = cost(w, p, t->seat, NULL, NULL) + cost(w, r, t->seat, NULL, NULL);
        int64_t after = cost(w, p, t->seat, NULL, t) + cost(w, r, t->seat, t, o);
        give(w, o, SEAT_EMPTY);
        give(w, t, r);
        for (int s = 0; s < (int)w->q->people_count; s++) {
            if (s == p || s == r || after + cost_of_taking(w, s, o) >= before || !can(w, o, s, NULL, NULL)) continue;
            give(w, o, s);
            return true;
        }
        give(w, t, p);
        give(w, o, r);
    }
    return false;
}

static void improve(struct filling *w) {
    bool better = true;
    for (int round = 0; better && round < ROUNDS_MAX; round++) {
        better = false;
        for (size_t i = 0; i < w->count; i++) {
            struct turn *t = &w->turns[i];
            if (t->fixed) continue;
            if (t->person == SEAT_EMPTY) {
                int p = best_for(w, t, false);
                if (p != SEAT_EMPTY) give(w, t, p);
                better |= p != SEAT_EMPTY || chain(w, t);
            }
            if (t->person == SEAT_EMPTY) continue;
            better |= move_turn(w, t);
            for (size_t k = 0; k < w->count; k++) better |= k != i && exchange(w, t, &w->turns[k]);
        }
        for (size_t i = 0; !better && i < w->count; i++)
            if (!w->turns[i].fixed && w->turns[i].person != SEAT_EMPTY) better |= move_round(w, &w->turns[i]);
    }
}

/* What stands most in the way; OPEN_NOT if somebody could take it, and of a pool that is empty, that. */
static enum seat_open why_open(const struct filling *w, const struct turn *t) {
    int met[OPEN_OTHER_SEAT + 1] = {0};
    enum seat_open most = OPEN_NO_POOL;
    for (int p = 0; p < (int)w->q->people_count; p++) {
        enum seat_open o = obstacle(w, t, p, NULL, NULL);
        if (o == OPEN_NOT) return o;
        if (o != OPEN_NO_POOL && ++met[o] > met[most]) most = o;
    }
    return most;
}

/* Writes into the shifts who sits where, and why a seat is open. */
static void settle(struct filling *w, int *open) {
    *open = 0;
    for (size_t i = 0; i < w->count; i++) {
        const struct turn *t = &w->turns[i];
        enum seat_open why = t->person == SEAT_EMPTY ? why_open(w, t) : OPEN_NOT;
        for (size_t k = t->first; k < t->first + t->count; k++) {
            struct roster_shift *s = &w->q->shifts[k];
            s->seats[t->seat] = t->person;
            s->open[t->seat] = why;
            *open += t->person == SEAT_EMPTY;
        }
    }
}

static void fill_scarce_first(struct filling *w) {
    for (int scarce = FAIR_CLASSES - 1; scarce >= 0; scarce--)
        for (size_t i = 0; i < w->count; i++) {
            struct turn *t = &w->turns[i];
            if (t->scarce == scarce && !t->fixed && t->person == SEAT_EMPTY) give(w, t, best_for(w, t, false));
        }
}

static size_t count_open(const struct filling *w) {
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++)
        if (w->turns[i].person == SEAT_EMPTY) n += w->turns[i].count;
    return n;
}

/* Where seats stay open because few people stand close after one another: from the first day on or from the last one back, each in his turn; kept if fewer
 * stay open. */
static void fill_in_turn(struct filling *w, bool backwards, struct arena *arena) {
    size_t open = count_open(w);
    int *kept = arena_array(arena, int, w->count + 1);
    if (!open) return;
    for (size_t i = 0; i < w->count; i++) {
        kept[i] = w->turns[i].person;
        if (!w->turns[i].fixed) give(w, &w->turns[i], SEAT_EMPTY);
    }
    for (size_t i = 0; i < w->count; i++) {
        struct turn *t = &w->turns[backwards ? w->count - 1 - i : i];
        if (!t->fixed) give(w, t, best_for(w, t, true));
    }
    improve(w);
    if (count_open(w) < open) return;
    for (size_t i = 0; i < w->count; i++)
        if (!w->turns[i].fixed) give(w, &w->turns[i], SEAT_EMPTY);
    for (size_t i = 0; i < w->count; i++)
        if (!w->turns[i].fixed) give(w, &w->turns[i], kept[i]);
}

static struct filling filling_of(struct roster_question *q, struct arena *arena) {
    struct filling w = {.q = q};
    w.turns = arena_array(arena, struct turn, ROSTER_SEATS * q->shift_count + 1);
    w.had = (int(*)[ROSTER_SEATS][FAIR_CLASSES])arena_array(arena, int, (q->people_count + 1) * ROSTER_SEATS * FAIR_CLASSES);
    for (size_t p = 0; p < q->people_count; p++)
        for (int s = 0; s < ROSTER_SEATS; s++)
            for (int c = 0; c < SHIFT_CLASSES; c++) w.had[p][s][fair_class((enum shift_class)c)] += q->people[p].before[s][c];
    for (int s = 0; s < ROSTER_SEATS; s++) make_turns(&w, s);
    return w;
}

void roster_reasons(struct roster_question *q, struct arena *arena) {
    int open;
    for (size_t i = 0; i < q->shift_count; i++)
        for (int seat = 0; seat < ROSTER_SEATS; seat++) q->shifts[i].fixed[seat] = q->shifts[i].seats[seat] != SEAT_EMPTY;
    struct filling w = filling_of(q, arena);
    settle(&w, &open);
}

void roster_fill(struct roster_question *q, struct arena *arena, int *open) {
    struct filling w = filling_of(q, arena);
    fill_scarce_first(&w);
    improve(&w);
    fill_in_turn(&w, false, arena);
    fill_in_turn(&w, true, arena);
    settle(&w, open);
}

int roster_turns(const struct roster_question *q, int person, int seat, enum shift_class class) {
    int n = q->people[person].before[seat][class];
    for (size_t i = 0; i < q->shift_count; i++) n += q->shifts[i].class == class && q->shifts[i].seats[seat] == person;
    return n;
}
