/* actor.c - reading a person and the grants in force from the projections of the people, units, roles and grants registers. */
#include "access/inside.h"

/* A grant whose unit is gone reaches nothing; a NULL list would mean every unit, so it gets this one with count 0. */
static const struct id no_units[1];

static enum fault read_person(struct conn *conn, const struct id *person, struct arena *arena, struct actor *actor) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn, "SELECT f_name, f_login, f_unit FROM r_person WHERE tenant = ?1 AND id = ?2 AND withdrawn = 0 AND state = 'active'",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, person);
    bool row;
    f = stmt_step(s, &row);
    if (f) return f;
    if (!row) return FAULT_ABSENT;
    const char *name = stmt_text(s, 0), *login = stmt_text(s, 1);
    actor->person = *person;
    actor->name = arena_copy(arena, name ? name : "");
    actor->login = arena_copy(arena, login ? login : "");
    (void)stmt_id(s, 2, &actor->unit); /* stays zero if there is none */
    return FAULT_NONE;
}

/* UNION drops what was seen, so that units which stand under each other in a circle end, too.
 * Closed units stay in: their records are still read. */
enum fault access_units_below(struct conn *conn, const struct id *unit, struct arena *arena, const struct id **units,
                              size_t *unit_count) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn,
        "WITH RECURSIVE below(id) AS (SELECT id FROM r_unit WHERE tenant = ?1 AND id = ?2 AND withdrawn = 0 "
        "UNION SELECT u.id FROM below JOIN r_unit u ON u.tenant = ?1 AND u.f_parent = below.id AND u.withdrawn = 0) "
        "SELECT id FROM below",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, unit);
    struct id *list = NULL;
    size_t count = 0, room = 0;
    bool row;
    for (f = stmt_step(s, &row); !f && row; f = stmt_step(s, &row)) {
        if (count == room) {
            struct id *wider = arena_array(arena, struct id, room = room ? room * 2 : 8);
            for (size_t i = 0; i < count; i++) wider[i] = list[i];
            list = wider;
        }
        if (arena_over(arena)) return FAULT_LARGE;
        if (stmt_id(s, 0, &list[count])) count++;
    }
    if (f) return f;
    *units = count ? list : no_units;
    *unit_count = count;
    return FAULT_NONE;
}

struct grant_row {
    const char *rights;
    struct id unit;
    bool everywhere, second;
    struct grant_row *next;
};

/* Both ends of a grant are days on which it holds. Dates are texts that sort as dates do. */
static enum fault read_grant_rows(struct conn *conn, const struct id *person, civil_day today, struct arena *arena,
                                  struct grant_row **rows, size_t *count) {
    char day[CIVIL_TEXT];
    civil_format(today, day);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "SELECT g.f_unit, r.f_rights, coalesce(r.f_second, 0) FROM r_grant g JOIN r_role r ON r.tenant = ?1 "
                             "AND r.id = g.f_role AND r.withdrawn = 0 "
                             "WHERE g.tenant = ?1 AND g.f_person = ?2 AND g.withdrawn = 0 AND g.f_since <= ?3 "
                             "AND (g.f_until IS NULL OR g.f_until >= ?3)",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, person);
    stmt_bind_text(s, 3, day);
    struct grant_row **end = rows;
    bool row;
    for (f = stmt_step(s, &row); !f && row; f = stmt_step(s, &row)) {
        if (arena_over(arena)) return FAULT_LARGE;
        struct grant_row *r = arena_new(arena, struct grant_row);
        const char *rights = stmt_text(s, 1);
        r->rights = arena_copy(arena, rights ? rights : "");
        r->second = stmt_int(s, 2) != 0;
        r->everywhere = stmt_null(s, 0);
        if (!r->everywhere && !stmt_id(s, 0, &r->unit)) continue; /* no unit's id: reaches nothing */
        *end = r;
        end = &r->next;
        (*count)++;
    }
    return f;
}

enum fault actor_read(struct conn *conn, const struct id *person, civil_day today, struct arena *arena, struct actor *out) {
    struct actor actor = {.lang = LANG_ZH};
    enum fault f = read_person(conn, person, arena, &actor);
    if (f) return f;
    struct grant_row *rows = NULL;
    size_t count = 0;
    f = read_grant_rows(conn, person, today, arena, &rows, &count);
    if (f) return f;
    struct actor_grant *grants = arena_array(arena, struct actor_grant, count + 1);
    size_t n = 0;
    for (struct grant_row *r = rows; r; r = r->next, n++) {
        grants[n].rights = r->rights;
        actor.second_required |= r->second;
        if (r->everywhere) continue;
        f = access_units_below(conn, &r->unit, arena, &grants[n].units, &grants[n].unit_count);
        if (f) return f;
    }
    actor.grants = grants;
    actor.grant_count = n;
    *out = actor;
    return FAULT_NONE;
}

enum fault person_login(struct conn *conn, const struct id *person, struct arena *arena, const char **out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "SELECT f_login FROM r_person WHERE tenant = ?1 AND id = ?2 AND withdrawn = 0", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, person);
    bool row;
    f = stmt_step(s, &row);
    if (f) return f;
    if (!row) return FAULT_ABSENT;
    *out = arena_copy(arena, stmt_text(s, 0));
    return FAULT_NONE;
}

enum fault person_unit(struct conn *conn, const struct id *person, struct id *out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "SELECT f_unit FROM r_person WHERE tenant = ?1 AND id = ?2 AND withdrawn = 0", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, person);
    bool row;
    *out = (struct id){0};
    f = stmt_step(s, &row);
    if (!f && row) (void)stmt_id(s, 0, out);
    return f;
}
