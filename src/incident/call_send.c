/* call_send.c - which calls are still to be sent, by which channel, and what became of it. */
#include "incident/incident.h"

#include "base/digest.h"

#include <stdio.h>

enum { SEND_TRIES = 10 };
#define DAY_MS INT64_C(86400000)

static const struct store_column columns[] = {
    {"tenant", STORE_INT, true},  {"call", STORE_BLOB, true},   {"channel", STORE_INT, true}, {"tries", STORE_INT, true},
    {"next_ms", STORE_INT, true}, {"sent_ms", STORE_INT, true}, {"over", STORE_INT, true},    {"why", STORE_TEXT, true},
};
static const struct store_table tables[] = {
    {"call_sent", TABLE_WORK, columns, COUNT_OF(columns), "tenant, call", NULL, true},
};

const struct store_table *incident_tables(size_t *count) {
    *count = COUNT_OF(tables);
    return tables;
}

struct claiming {
    int64_t now_ms, lease_ms;
    struct arena *arena;
    struct call_message message;
    bool any;
};

static enum fault find(struct conn *conn, struct claiming *c) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn,
        "SELECT c.id, p.f_mail, p.f_phone, k.f_name, i.f_place, i.f_drill, k.f_confidential, coalesce(m.channel, 0), "
        "coalesce(m.tries, 0) FROM r_incident_call c JOIN r_incident i ON i.tenant = c.tenant AND i.id = c.f_incident "
        "JOIN r_incident_category k ON k.tenant = i.tenant AND k.id = i.f_category "
        "JOIN r_person p ON p.tenant = c.tenant AND p.id = c.f_person AND p.state = 'active' AND p.withdrawn = 0 "
        "LEFT JOIN call_sent m ON m.tenant = c.tenant AND m.call = c.id "
        "WHERE c.tenant = ?1 AND c.state = 'called' AND c.withdrawn = 0 AND i.withdrawn = 0 AND i.state <> 'closed' AND "
        "c.f_called > ?3 AND coalesce(m.over, 0) = 0 AND coalesce(m.next_ms, 0) <= ?2 ORDER BY c.made LIMIT 1",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, c->now_ms);
    stmt_bind_int(s, 3, c->now_ms - DAY_MS);
    f = stmt_step(s, &c->any);
    if (f || !c->any) return f;
    struct call_message *m = &c->message;
    *m = (struct call_message){.address = arena_copy(c->arena, stmt_text(s, 1)),
                               .phone = arena_copy(c->arena, stmt_text(s, 2)),
                               .drill = stmt_int(s, 5) != 0,
                               .confidential = stmt_int(s, 6) != 0,
                               .channel = (int)stmt_int(s, 7),
                               .tries = (int)stmt_int(s, 8)};
    if (!m->confidential) m->category = arena_copy(c->arena, stmt_text(s, 3)), m->place = arena_copy(c->arena, stmt_text(s, 4));
    if (!stmt_id(s, 0, &m->call)) return FAULT_STORE;
    char id[ID_TEXT];
    id_format(&m->call, id);
    snprintf(m->id, sizeof m->id, "call.%s", id);
    return FAULT_NONE;
}

static enum fault put(struct conn *conn, const struct id *call, int channel, int tries, int64_t next_ms, int64_t sent_ms, bool over,
                      const char *why) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn,
        "INSERT INTO call_sent (tenant, call, channel, tries, next_ms, sent_ms, over, why) VALUES (?1, ?2, ?3, ?4, "
        "?5, ?6, ?7, ?8) ON CONFLICT (tenant, call) DO UPDATE SET channel = ?3, tries = ?4, next_ms = ?5, "
        "sent_ms = ?6, over = ?7, why = CASE WHEN ?8 = '' THEN call_sent.why ELSE ?8 END",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, call);
    stmt_bind_int(s, 3, channel);
    stmt_bind_int(s, 4, tries);
    stmt_bind_int(s, 5, next_ms);
    stmt_bind_int(s, 6, sent_ms);
    stmt_bind_int(s, 7, over);
    stmt_bind_text(s, 8, why);
    return stmt_run(s);
}

/* In the writer's own transaction, so that of two servers one takes it. */
static enum fault run_claim(struct conn *conn, void *argument) {
    struct claiming *c = argument;
    enum fault f = find(conn, c);
    if (f || !c->any) return f;
    struct call_message *m = &c->message;
    m->tries++;
    return put(conn, &m->call, m->channel, m->tries, c->now_ms + c->lease_ms, 0, false, "");
}

enum fault call_claim(struct registers *rs, int64_t now_ms, int64_t lease_ms, struct arena *arena, struct call_message *out,
                      bool *any) {
    struct claiming c = {.now_ms = now_ms, .lease_ms = lease_ms, .arena = arena};
    *any = false;
    if (!register_named(rs, "incident_call")) return FAULT_NONE;
    _cleanup_(store_read_end) struct conn *conn = NULL;
    enum fault f = store_read_begin(registers_store(rs), &conn);
    if (!f) f = find(conn, &c); /* most times there is none, and the writer need not be asked */
    if (f || !c.any) return f;
    store_read_end(&conn);
    f = store_work(registers_store(rs), run_claim, &c);
    *any = !f && c.any;
    *out = c.message;
    return f;
}

struct settling {
    const struct call_message *message;
    enum call_told how;
    const char *why;
    bool another;
    int64_t now_ms;
};

static enum fault run_settle(struct conn *conn, void *argument) {
    const struct settling *t = argument;
    const struct call_message *m = t->message;
    bool spent = t->how == CALL_NEVER || (t->how == CALL_LATER && m->tries >= SEND_TRIES);
    int64_t wait_ms = INT64_C(15000) << (m->tries < 6 ? m->tries : 6); /* half a minute to sixteen */
    if (t->how == CALL_SENT) return put(conn, &m->call, m->channel, m->tries, 0, t->now_ms, true, "");
    if (spent && t->another) return put(conn, &m->call, m->channel + 1, 0, t->now_ms, 0, false, t->why);
    return put(conn, &m->call, m->channel, m->tries, t->now_ms + wait_ms, 0, spent, t->why);
}

enum fault call_settle(struct registers *rs, const struct call_message *m, enum call_told how, const char *why, bool another,
                       int64_t now_ms) {
    return store_work(registers_store(rs), run_settle, &(struct settling){m, how, why ? why : "", another, now_ms});
}

enum fault call_sending(struct conn *conn, const struct id *call, struct arena *arena, int64_t *sent_ms, const char **why) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    *sent_ms = 0;
    *why = "";
    enum fault f = stmt_open(conn, "SELECT sent_ms, why FROM call_sent WHERE tenant = ?1 AND call = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, call);
    f = stmt_step(s, &row);
    if (f || !row) return f;
    *sent_ms = stmt_int(s, 0);
    *why = arena_copy(arena, stmt_text(s, 1));
    return f;
}
