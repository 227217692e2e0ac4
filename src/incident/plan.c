/* plan.c - the emergency plan as it is on a day, and whom it calls. */
#include "incident/incident.h"

#include <stdlib.h>
#include <string.h>

enum { PLAN_ROWS = 5000, REASON_MAX = 4000 };

/* ---- reading ---- */

struct reading {
    struct conn *conn;
    struct arena *arena;
    struct plan *plan;
};

/* A query of the tenant, its rows handed on one by one. */
static enum fault each_row(struct reading *r, const char *sql, const char *day, void (*take)(struct reading *r, struct stmt *s)) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(r->conn, sql, &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    if (day) stmt_bind_text(s, 2, day);
    size_t count = 0;
    for (bool row = true; row;) {
        f = stmt_step(s, &row);
        if (f || !row) return f;
        if (++count > PLAN_ROWS) return FAULT_LARGE;
        take(r, s);
    }
    return FAULT_NONE;
}

#define ROOM(plan, list, count)                                                                                                    \
    ((plan)->list = arena_more((r)->arena, (plan)->list, sizeof *(plan)->list, (plan)->count), &(plan)->list[(plan)->count++])

/* Room for one more at the end; grows by doubling. */
static void *arena_more(struct arena *arena, void *list, size_t size, size_t count) {
    if (count & (count - 1)) return list; /* room was made at the last power of two */
    char *more = arena_alloc_array(arena, size, count ? count * 2 : 1);
    if (count) memcpy(more, list, size * count);
    return more;
}

static const char *kept(struct reading *r, struct stmt *s, int at) {
    const char *text = stmt_text(s, at);
    return text && text[0] ? arena_copy(r->arena, text) : NULL;
}

static int person_at(const struct plan *p, struct stmt *s, int at) {
    struct id id;
    if (!stmt_id(s, at, &id)) return PLAN_NONE;
    for (size_t i = 0; i < p->people_count; i++)
        if (id_same(&p->people[i].id, &id)) return (int)i;
    return PLAN_NONE;
}

static int unit_of(const struct plan *p, const struct id *id) {
    for (size_t i = 0; i < p->unit_count; i++)
        if (id_same(&p->units[i].id, id)) return (int)i;
    return PLAN_NONE;
}

static int team_of(const struct plan *p, const struct id *id) {
    for (size_t i = 0; i < p->team_count; i++)
        if (id_same(&p->teams[i].id, id)) return (int)i;
    return PLAN_NONE;
}

static void take_person(struct reading *r, struct stmt *s) {
    struct plan_person *p = ROOM(r->plan, people, people_count);
    *p = (struct plan_person){.name = kept(r, s, 1), .phone = kept(r, s, 2), .reach = REACH_OK};
    (void)stmt_id(s, 0, &p->id);
    bool active = stmt_text(s, 3) && !strcmp(stmt_text(s, 3), "active") && !stmt_int(s, 4);
    if (!active) p->reach = REACH_LEFT;
    else if (stmt_int(s, 5)) p->reach = REACH_ABSENT;
    else if (!p->phone) p->reach = REACH_NO_PHONE;
}

static void take_unit(struct reading *r, struct stmt *s) {
    struct plan_unit *u = ROOM(r->plan, units, unit_count);
    *u = (struct plan_unit){.name = kept(r, s, 1), .head = person_at(r->plan, s, 2)};
    (void)stmt_id(s, 0, &u->id);
}

static void take_team(struct reading *r, struct stmt *s) {
    struct plan_team *t = ROOM(r->plan, teams, team_count);
    *t = (struct plan_team){.name = kept(r, s, 1), .kind = kept(r, s, 2), .duty = kept(r, s, 3)};
    (void)stmt_id(s, 0, &t->id);
}

static void take_post(struct reading *r, struct stmt *s) {
    struct plan_post *t = ROOM(r->plan, posts, post_count);
    struct id team;
    *t = (struct plan_post){.name = kept(r, s, 1), .role = kept(r, s, 2), .team = PLAN_NONE};
    (void)stmt_id(s, 0, &t->id);
    if (stmt_id(s, 3, &team)) t->team = team_of(r->plan, &team);
    t->holder = person_at(r->plan, s, 4);
    t->substitute = person_at(r->plan, s, 5);
}

/* Ids one a line, as indexes; those that are no more are left out. */
static int *indexes(struct reading *r, const char *lines, int (*find)(const struct plan *, const struct id *), size_t *count) {
    char *rest = lines ? arena_copy(r->arena, lines) : NULL, *line;
    int *out = arena_array(r->arena, int, REG_REFS_MAX);
    *count = 0;
    while (rest && *count < REG_REFS_MAX && (line = strsep(&rest, "\n"))) {
        struct id id;
        int at = id_parse(line, &id) ? find(r->plan, &id) : PLAN_NONE;
        if (at != PLAN_NONE) out[(*count)++] = at;
    }
    return out;
}

static void take_category(struct reading *r, struct stmt *s) {
    struct plan_category *c = ROOM(r->plan, categories, category_count);
    struct id handling;
    *c = (struct plan_category){.name = kept(r, s, 1), .terms = kept(r, s, 2), .report_to = kept(r, s, 3), .handling = PLAN_NONE};
    (void)stmt_id(s, 0, &c->id);
    c->confidential = stmt_int(s, 4) != 0;
    if (stmt_id(s, 5, &handling)) c->handling = unit_of(r->plan, &handling);
    c->cooperating = indexes(r, stmt_text(s, 6), unit_of, &c->cooperating_count);
    c->teams = indexes(r, stmt_text(s, 7), team_of, &c->team_count);
    c->minutes = stmt_null(s, 8) ? CALL_MINUTES : (int)stmt_int(s, 8);
    c->grading = grading_named(stmt_text(s, 9));
}

enum fault plan_read(struct registers *rs, struct conn *conn, civil_day day, struct arena *arena, struct plan *out) {
    struct reading r = {conn, arena, out};
    char today[CIVIL_TEXT];
    *out = (struct plan){0};
    if (!register_named(rs, "incident_category")) return FAULT_ABSENT;
    civil_format(day, today);
    enum fault f = each_row(
        &r,
        "SELECT p.id, p.f_name, p.f_phone, p.state, p.withdrawn, (SELECT count(*) FROM r_absence a WHERE a.tenant = p.tenant AND "
        "a.f_person = p.id AND a.withdrawn = 0 AND a.f_from <= ?2 AND a.f_to >= ?2) FROM r_person p WHERE p.tenant = ?1 AND p.id "
        "IN "
        "(SELECT f_holder FROM r_emergency_post WHERE tenant = ?1 AND withdrawn = 0 UNION SELECT f_substitute FROM "
        "r_emergency_post WHERE tenant = ?1 AND withdrawn = 0 UNION SELECT f_head FROM r_unit WHERE tenant = ?1 AND withdrawn = 0) "
        "ORDER BY p.f_name, p.id",
        today, take_person);
    if (!f)
        f = each_row(&r,
                     "SELECT id, f_name, f_head FROM r_unit WHERE tenant = ?1 AND withdrawn = 0 AND state = 'active' ORDER BY made",
                     NULL, take_unit);
    if (!f)
        f = each_row(&r,
                     "SELECT id, f_name, f_kind, f_duty FROM r_emergency_team WHERE tenant = ?1 AND withdrawn = 0 ORDER BY made",
                     NULL, take_team);
    if (!f)
        f = each_row(&r,
                     "SELECT id, f_name, f_role, f_team, f_holder, f_substitute FROM r_emergency_post WHERE tenant = ?1 AND "
                     "withdrawn = 0 ORDER BY made",
                     NULL, take_post);
    if (!f)
        f = each_row(&r,
                     "SELECT id, f_name, f_terms, f_report_to, f_confidential, f_handling, f_cooperating, f_teams, f_minutes, "
                     "f_grading FROM r_incident_category WHERE tenant = ?1 AND withdrawn = 0 ORDER BY made",
                     NULL, take_category);
    return f;
}

const struct plan_category *plan_category_of(const struct plan *p, const struct id *id) {
    for (size_t i = 0; i < p->category_count; i++)
        if (id_same(&p->categories[i].id, id)) return &p->categories[i];
    return NULL;
}

/* ---- whom it calls ---- */

static bool is_barred(const struct plan *p, int person, const char *barred) {
    char id[ID_TEXT];
    if (!barred) return false;
    id_format(&p->people[person].id, id);
    return strstr(barred, id) != NULL;
}

/* May be called at all. */
static bool callable(const struct plan *p, int person, const char *barred) {
    return person != PLAN_NONE && p->people[person].reach != REACH_LEFT && !is_barred(p, person, barred);
}

int post_called(const struct plan *p, const struct plan_post *post, const char *barred) {
    const int order[] = {post->holder, post->substitute};
    for (size_t i = 0; i < COUNT_OF(order); i++)
        if (callable(p, order[i], barred) && p->people[order[i]].reach == REACH_OK) return order[i];
    for (size_t i = 0; i < COUNT_OF(order); i++)
        if (callable(p, order[i], barred)) return order[i];
    return PLAN_NONE;
}

struct callees {
    struct arena *arena;
    struct callee *list;
    size_t count;
};

static void add_callee(struct callees *c, int person, const char *reason, int instead) {
    for (size_t i = 0; i < c->count; i++)
        if (c->list[i].person == person) {
            if (strlen(c->list[i].reason) < REASON_MAX)
                c->list[i].reason = arena_format(c->arena, "%s、%s", c->list[i].reason, reason);
            return;
        }
    c->list = arena_more(c->arena, c->list, sizeof *c->list, c->count);
    c->list[c->count++] = (struct callee){person, reason, instead};
}

static void call_head(struct callees *c, const struct plan *p, int unit, const char *barred, const char *as) {
    if (unit == PLAN_NONE || !callable(p, p->units[unit].head, barred)) return;
    add_callee(c, p->units[unit].head, arena_format(c->arena, "%s负责人（%s）", p->units[unit].name, as), PLAN_NONE);
}

static bool in_teams(const struct plan_category *c, int team) {
    for (size_t i = 0; i < c->team_count; i++)
        if (c->teams[i] == team) return true;
    return false;
}

size_t plan_callees(const struct plan *p, const struct plan_category *category, const char *barred, struct arena *arena,
                    struct callee **out) {
    struct callees c = {.arena = arena};
    call_head(&c, p, category->handling, barred, "处置");
    for (size_t i = 0; i < category->cooperating_count; i++) call_head(&c, p, category->cooperating[i], barred, "配合");
    for (size_t i = 0; i < p->post_count; i++) {
        if (!in_teams(category, p->posts[i].team)) continue;
        int person = post_called(p, &p->posts[i], barred);
        if (person != PLAN_NONE) add_callee(&c, person, p->posts[i].name, PLAN_NONE);
    }
    *out = c.list;
    return c.count;
}

size_t plan_substitutes(const struct plan *p, const struct plan_category *category, int person, const char *barred,
                        struct arena *arena, struct callee **out) {
    struct callees c = {.arena = arena};
    for (size_t i = 0; i < p->post_count; i++) {
        const struct plan_post *post = &p->posts[i];
        if (!in_teams(category, post->team) || post->holder != person || post->substitute == person) continue;
        if (callable(p, post->substitute, barred))
            add_callee(&c, post->substitute, arena_format(arena, "%s替补", post->name), person);
    }
    *out = c.list;
    return c.count;
}
