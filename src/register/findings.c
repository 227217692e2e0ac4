/* findings.c - which inspections are due by their plans, and what was found before at a place. */
#include "register/findings.h"

#include "calendar/calendar.h"

#include <stdlib.h>
#include <string.h>

enum fault finding_last_of(struct conn *conn, const struct id *place, const char *item, const struct id *inspection, struct id *out,
                           bool *there) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn,
        "SELECT id FROM r_finding WHERE tenant = ?1 AND f_site = ?2 AND f_item = ?3 AND withdrawn = 0 AND state <> "
        "'dropped' AND (f_inspection IS NULL OR f_inspection <> ?4) ORDER BY f_found DESC, made DESC LIMIT 1",
        &s);
    *there = false;
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, place);
    stmt_bind_text(s, 3, item);
    stmt_bind_id(s, 4, inspection);
    f = stmt_step(s, there);
    if (!f && *there) *there = stmt_id(s, 0, out);
    return f;
}

static civil_day months_on(civil_day from, int months) {
    int year, month, day;
    civil_to_ymd(from, &year, &month, &day);
    month += months - 1;
    year += month / 12;
    month = month % 12 + 1;
    while (!civil_valid(year, month, day)) day--;
    return civil_from_ymd(year, month, day);
}

civil_day rhythm_next(const char *rhythm, civil_day from) {
    static const struct {
        const char *key;
        int days, months;
    } rhythms[] = {{"week", 7, 0}, {"two_weeks", 14, 0}, {"month", 0, 1}, {"quarter", 0, 3}, {"half_year", 0, 6}, {"year", 0, 12}};
    for (size_t i = 0; rhythm && i < COUNT_OF(rhythms); i++)
        if (!strcmp(rhythms[i].key, rhythm)) return rhythms[i].days ? from + rhythms[i].days : months_on(from, rhythms[i].months);
    return from + 1;
}

static const char dues_sql[] =
    "SELECT p.id, p.unit, p.f_responsible, s.id, c.id, p.f_name, s.f_name, c.f_name, w.f_name, p.f_rhythm, p.f_first, "
    "(SELECT max(i.f_date) FROM r_inspection i WHERE i.tenant = p.tenant AND i.f_site = s.id AND i.f_checklist = c.id AND "
    "i.withdrawn "
    "= 0) FROM r_inspection_plan p JOIN r_checklist c ON c.tenant = p.tenant AND c.id = p.f_checklist JOIN r_place s ON s.tenant = "
    "p.tenant AND (p.f_place = s.id OR (p.f_place IS NULL AND s.f_kind = c.f_kind)) LEFT JOIN r_person w ON w.tenant = p.tenant "
    "AND "
    "w.id = p.f_responsible WHERE p.tenant = ?1 AND p.withdrawn = 0 AND p.state = 'running' AND c.withdrawn = 0 AND s.withdrawn = "
    "0 AND "
    "s.state = 'in_use' ";

/* Never before the plan's first day: what was inspected earlier was not yet asked for. */
static civil_day due_of(const char *rhythm, const char *first_text, civil_day last) {
    civil_day first = DAY_NONE;
    if (first_text) (void)civil_parse(first_text, &first);
    civil_day next = last == DAY_NONE ? first : rhythm_next(rhythm, last);
    return next < first ? first : next;
}

static void take_due(struct stmt *s, struct arena *arena, struct inspection_due *out) {
    *out = (struct inspection_due){.plan_name = arena_copy(arena, stmt_text(s, 5)),
                                   .place_name = arena_copy(arena, stmt_text(s, 6)),
                                   .checklist_name = arena_copy(arena, stmt_text(s, 7)),
                                   .who = arena_copy(arena, stmt_text(s, 8) ? stmt_text(s, 8) : ""),
                                   .last = DAY_NONE};
    (void)stmt_id(s, 0, &out->plan);
    (void)stmt_id(s, 1, &out->plan_unit);
    (void)stmt_id(s, 2, &out->responsible);
    (void)stmt_id(s, 3, &out->place);
    (void)stmt_id(s, 4, &out->checklist);
    if (stmt_text(s, 11)) (void)civil_parse(stmt_text(s, 11), &out->last);
    out->due = due_of(stmt_text(s, 9), stmt_text(s, 10), out->last);
}

static int earlier(const void *a, const void *b) {
    const struct inspection_due *x = a, *y = b;
    if (x->due != y->due) return x->due < y->due ? -1 : 1;
    int names = strcmp(x->place_name, y->place_name);
    return names ? names : memcmp(&x->plan, &y->plan, sizeof x->plan);
}

enum fault inspection_dues(struct conn *conn, const struct id *responsible, struct arena *arena, inspection_due_visit each,
                           void *context) {
    const char *sql = arena_format(arena, "%s%s ORDER BY p.id, s.id LIMIT %d", dues_sql,
                                   responsible ? "AND p.f_responsible = ?2" : "", INSPECTION_DUES_MAX);
    struct inspection_due *dues = arena_array(arena, struct inspection_due, INSPECTION_DUES_MAX);
    size_t count = 0;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, sql, &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    if (responsible) stmt_bind_id(s, 2, responsible);
    for (bool row = true; row && count < INSPECTION_DUES_MAX;) {
        f = stmt_step(s, &row);
        if (f) return f;
        if (row) take_due(s, arena, &dues[count++]);
    }
    qsort(dues, count, sizeof *dues, earlier);
    for (size_t i = 0; !f && i < count; i++) f = each(context, &dues[i]);
    return f;
}
