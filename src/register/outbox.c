/* outbox.c - entries of the journal become messages, messages are lent to who delivers them, and what came of it is kept. */
#include "register/outbox.h"

#include "register/filter.h"
#include "register/inside.h"

#include <string.h>

enum {
    HOOKS_MAX = 200,
    WINDOW = 500,
    COLLECT_ARENA = 64 << 20,
    RECORD_ARENA = 8 << 20,
    HOLD_MAX_MS = 600000,
    RETRY_MAX_MS = 3600000
};
#define DAY_MS INT64_C(86400000)

static const struct store_column cursor_columns[] = {{"tenant", STORE_INT, true}, {"position", STORE_INT, true}};
static const struct store_column hook_columns[] = {
    {"tenant", STORE_INT, true}, {"hook", STORE_BLOB, true}, {"failures", STORE_INT, true}, {"hold_ms", STORE_INT, true}};
static const struct store_column message_columns[] = {
    {"tenant", STORE_INT, true},  {"id", STORE_BLOB, true},   {"hook", STORE_BLOB, true}, {"position", STORE_INT, true},
    {"made_ms", STORE_INT, true}, {"state", STORE_INT, true}, {"tries", STORE_INT, true}, {"next_ms", STORE_INT, true},
};
static const struct store_column try_columns[] = {
    {"tenant", STORE_INT, true},  {"message", STORE_BLOB, true}, {"number", STORE_INT, true}, {"at_ms", STORE_INT, true},
    {"took_ms", STORE_INT, true}, {"status", STORE_INT, true},   {"good", STORE_INT, true},   {"why", STORE_TEXT, false},
};
static const char *const message_indexes[] = {"tenant, hook, state, next_ms", "tenant, hook, position", "tenant, state, made_ms",
                                              NULL};

const struct store_table outbox_tables[OUTBOX_TABLES] = {
    {"outbox_cursor", TABLE_WORK, cursor_columns, COUNT_OF(cursor_columns), "tenant", NULL, true},
    {"outbox_hook", TABLE_WORK, hook_columns, COUNT_OF(hook_columns), "tenant, hook", NULL, true},
    {"outbox_message", TABLE_WORK, message_columns, COUNT_OF(message_columns), "tenant, id", message_indexes, true},
    {"outbox_try", TABLE_WORK, try_columns, COUNT_OF(try_columns), "tenant, message, number", NULL, true},
};

int64_t outbox_wait_ms(int failures) {
    static const int seconds[OUTBOX_TRIES - 1] = {5, 30, 120, 600, 3600, 10800, 21600, 43200, 86400};
    int at = failures < 1 ? 0 : failures > OUTBOX_TRIES - 1 ? OUTBOX_TRIES - 2 : failures - 1;
    return (int64_t)seconds[at] * 1000;
}

/* ---- subscriptions ---- */

static const char *text_of(const struct reg *reg, const struct record *r, const char *key) {
    const struct reg_field *f = reg_field_named(reg, key);
    const char *text = f ? r->values[f - reg->fields].text : NULL;
    return text ? text : "";
}

static struct hook hook_of(const struct registers *rs, const struct reg *reg, const struct record *r, struct arena *arena) {
    struct hook h = {.id = r->id, .made = r->made};
    h.name = arena_copy(arena, text_of(reg, r, "name"));
    h.url = arena_copy(arena, text_of(reg, r, "url"));
    h.filter = arena_copy(arena, text_of(reg, r, "filter"));
    h.reg = register_named(rs, text_of(reg, r, "register"));
    h.active = id_parse(text_of(reg, r, "owner"), &h.owner) && !r->withdrawn && r->state && !strcmp(r->state, "active");
    return h;
}

enum fault hook_read(const struct registers *rs, struct conn *conn, const struct id *id, struct arena *arena, struct hook *out) {
    const struct reg *reg = register_named(rs, "webhook");
    struct actor system = actor_system();
    struct record r;
    enum fault f = reg ? record_read(rs, conn, &system, reg, id, NULL, arena, &r) : FAULT_ABSENT;
    if (!f) *out = hook_of(rs, reg, &r, arena);
    return f;
}

/* One that is being collected for: who asks is read, and the filter parsed, when the first entry of its register comes. */
struct listener {
    struct hook hook;
    bool prepared, may; /* may: the owner is in office and the filter can still be read */
    struct actor owner;
    struct filter *filter;
};

struct collecting {
    const struct registers *rs;
    struct conn *conn;
    struct arena *arena;
    int64_t now_ms;
    struct listener *listeners;
    size_t listener_count;
    struct outbox_message *made;
    size_t made_count, made_room;
    int64_t from, to;
};

static enum fault add_listener(void *context, const struct record *r) {
    struct collecting *c = context;
    struct hook h = hook_of(c->rs, register_named(c->rs, "webhook"), r, c->arena);
    if (h.active && h.reg) c->listeners[c->listener_count++].hook = h;
    return FAULT_NONE;
}

static enum fault find_listeners(struct collecting *c) {
    const struct reg *reg = register_named(c->rs, "webhook");
    struct actor system = actor_system();
    struct filter *active;
    char next[CURSOR_TEXT], before[CURSOR_TEXT];
    if (!reg) return FAULT_NONE;
    c->listeners = arena_array(c->arena, struct listener, HOOKS_MAX);
    enum fault f = filter_parse(reg, "state = active", NULL, c->arena, NULL, &active);
    struct list_query q = {.reg = reg, .filter = f ? NULL : active, .limit = HOOKS_MAX};
    return f ? f : record_list(c->rs, c->conn, &system, &q, add_listener, c, next, before);
}

/* ---- collecting ---- */

static enum fault prepare(struct collecting *c, struct listener *l) {
    civil_day today = civil_at(c->now_ms);
    l->prepared = true;
    enum fault f = actor_read(c->conn, &l->hook.owner, today, c->arena, &l->owner);
    if (f) return f == FAULT_ABSENT ? FAULT_NONE : f;
    struct filter_context context = {.actor = &l->owner, .registers = c->rs, .conn = c->conn, .has_today = true, .today = today};
    l->may = access_may(&l->owner, l->hook.reg->read) &&
             !filter_parse(l->hook.reg, l->hook.filter, &context, c->arena, NULL, &l->filter);
    return FAULT_NONE;
}

/* The same for one subscription and entry, however often it is made. */
static struct id message_id(const struct id *hook, int64_t position) {
    const struct digest_piece pieces[] = {{hook->bytes, ID_BYTES}, {&position, sizeof position}};
    struct digest d = digest_of_pieces(pieces, COUNT_OF(pieces));
    struct id id;
    memcpy(id.bytes, d.bytes, ID_BYTES);
    return id;
}

static void add_message(struct collecting *c, const struct listener *l, int64_t position) {
    if (c->made_count == c->made_room) {
        size_t room = c->made_room ? 2 * c->made_room : 64;
        struct outbox_message *more = arena_array(c->arena, struct outbox_message, room);
        if (c->made_count) memcpy(more, c->made, c->made_count * sizeof *more);
        c->made = more;
        c->made_room = room;
    }
    c->made[c->made_count++] = (struct outbox_message){
        .id = message_id(&l->hook.id, position), .hook = l->hook.id, .position = position, .made_ms = c->now_ms};
}

static enum fault see_entry(void *context, const struct entry_row *row) {
    struct collecting *c = context;
    if (id_is_zero(&row->entry.record) || arena_over(c->arena)) return FAULT_NONE;
    for (size_t i = 0; i < c->listener_count; i++) {
        struct listener *l = &c->listeners[i];
        if (row->position <= l->hook.made || strcmp(l->hook.reg->key, row->entry.register_key) != 0) continue;
        enum fault f = l->prepared ? FAULT_NONE : prepare(c, l);
        if (f) return f;
        if (!l->may) continue;
        _cleanup_(arena_release) struct arena own;
        arena_init(&own, RECORD_ARENA);
        struct record r;
        struct look then = {.has_known_at = true, .known_at = row->position};
        f = record_read(c->rs, c->conn, &l->owner, l->hook.reg, &row->entry.record, &then, &own, &r);
        if (f && f != FAULT_ABSENT && f != FAULT_RIGHT) return f;
        if (!f && filter_matches(l->filter, l->hook.reg, &r)) add_message(c, l, row->position);
    }
    return FAULT_NONE;
}

static enum fault keep_message(struct conn *conn, const struct outbox_message *m) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "INSERT INTO outbox_message (tenant, id, hook, position, made_ms, state, tries, next_ms) "
                             "VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, ?5) ON CONFLICT (tenant, id) DO NOTHING",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &m->id);
    stmt_bind_id(s, 3, &m->hook);
    stmt_bind_int(s, 4, m->position);
    stmt_bind_int(s, 5, m->made_ms);
    f = stmt_run(s);
    if (f) return f;
    _cleanup_(stmt_done) struct stmt *h = NULL;
    f = stmt_open(conn,
                  "INSERT INTO outbox_hook (tenant, hook, failures, hold_ms) VALUES (?1, ?2, 0, 0) "
                  "ON CONFLICT (tenant, hook) DO NOTHING",
                  &h);
    if (f) return f;
    stmt_bind_int(h, 1, TENANT);
    stmt_bind_id(h, 2, &m->hook);
    return stmt_run(h);
}

static enum fault keep_collected(struct conn *conn, void *argument) {
    struct collecting *c = argument;
    enum fault f = FAULT_NONE;
    for (size_t i = 0; !f && i < c->made_count; i++) f = keep_message(conn, &c->made[i]);
    if (f) return f;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    f = stmt_open(conn,
                  "INSERT INTO outbox_cursor (tenant, position) VALUES (?1, ?2) "
                  "ON CONFLICT (tenant) DO UPDATE SET position = ?2",
                  &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, c->to);
    return stmt_run(s);
}

/* The entries from..to-1 that are next: not before those that the oldest subscription asks for. */
static enum fault find_window(struct collecting *c, int64_t *size) {
    int64_t oldest = INT64_MAX;
    enum fault f = journal_size(c->conn, TENANT, size);
    if (!f) f = conn_ask_int(c->conn, "SELECT position FROM outbox_cursor WHERE tenant = ?1", TENANT, &c->from);
    for (size_t i = 0; i < c->listener_count; i++)
        if (c->listeners[i].hook.made < oldest) oldest = c->listeners[i].hook.made;
    if (c->listener_count && oldest + 1 > c->from) c->from = oldest + 1;
    c->to = *size - c->from > WINDOW ? c->from + WINDOW : *size;
    return f;
}

enum fault outbox_collect(struct registers *rs, int64_t now_ms, bool *more) {
    _cleanup_(arena_release) struct arena arena;
    _cleanup_(store_read_end) struct conn *conn = NULL;
    arena_init(&arena, COLLECT_ARENA);
    int64_t size = 0;
    enum fault f = store_read_begin(rs->store, &conn);
    struct collecting c = {.rs = rs, .conn = conn, .arena = &arena, .now_ms = now_ms};
    if (!f) f = find_listeners(&c);
    if (!f) f = find_window(&c, &size);
    *more = false;
    if (f || !c.listener_count || c.from >= c.to) return f;
    f = journal_scan(conn, TENANT, c.from, c.to, see_entry, &c);
    if (f) return f;
    store_read_end(&conn);
    f = arena_over(&arena) ? FAULT_LARGE : store_work(rs->store, keep_collected, &c);
    if (!f) *more = c.to < size;
    return f;
}

/* ---- lending ---- */

static void message_from(struct stmt *s, struct outbox_message *out) {
    *out = (struct outbox_message){.position = stmt_int(s, 2),
                                   .made_ms = stmt_int(s, 3),
                                   .state = (enum outbox_state)stmt_int(s, 4),
                                   .tries = (int)stmt_int(s, 5),
                                   .next_ms = stmt_int(s, 6)};
    (void)stmt_id(s, 0, &out->id);
    (void)stmt_id(s, 1, &out->hook);
}

#define MESSAGE_COLUMNS "SELECT id, hook, position, made_ms, state, tries, next_ms FROM outbox_message "

static enum fault due_of(struct conn *conn, const struct id *hook, int64_t now_ms, struct outbox_message *out, bool *any) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             MESSAGE_COLUMNS "WHERE tenant = ?1 AND hook = ?2 AND state = 0 AND next_ms <= ?3 "
                                             "ORDER BY next_ms, position LIMIT 1",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, hook);
    stmt_bind_int(s, 3, now_ms);
    f = stmt_step(s, any);
    if (!f && *any) message_from(s, out);
    return f;
}

/* Who has waited longest comes first. */
static enum fault find_due(struct conn *conn, int64_t now_ms, struct outbox_message *out, bool *any) {
    struct id hooks[HOOKS_MAX];
    size_t count = 0;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "SELECT hook FROM outbox_hook WHERE tenant = ?1 AND hold_ms <= ?2 ORDER BY hold_ms, hook", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, now_ms);
    for (bool row = true; row && count < HOOKS_MAX;) {
        f = stmt_step(s, &row);
        if (f) return f;
        if (row && stmt_id(s, 0, &hooks[count])) count++;
    }
    *any = false;
    for (size_t i = 0; !f && !*any && i < count; i++) f = due_of(conn, &hooks[i], now_ms, out, any);
    return f;
}

struct claim {
    int64_t now_ms, until_ms;
    struct outbox_message message;
    bool any;
};

static enum fault set_hold(struct conn *conn, const struct id *hook, int failures, int64_t hold_ms) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             failures < 0 ? "UPDATE outbox_hook SET hold_ms = ?3 WHERE tenant = ?1 AND hook = ?2"
                                          : "UPDATE outbox_hook SET hold_ms = ?3, failures = ?4 WHERE tenant = ?1 AND hook = ?2",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, hook);
    stmt_bind_int(s, 3, hold_ms);
    if (failures >= 0) stmt_bind_int(s, 4, failures);
    return stmt_run(s);
}

static enum fault run_claim(struct conn *conn, void *argument) {
    struct claim *c = argument;
    enum fault f = find_due(conn, c->now_ms, &c->message, &c->any);
    return f || !c->any ? f : set_hold(conn, &c->message.hook, -1, c->until_ms);
}

enum fault outbox_claim(struct registers *rs, int64_t now_ms, int64_t lease_ms, struct outbox_message *out, bool *any) {
    struct claim c = {.now_ms = now_ms, .until_ms = now_ms + lease_ms};
    {
        _cleanup_(store_read_end) struct conn *conn = NULL; /* most times there is none, and the writer need not be asked */
        enum fault f = store_read_begin(rs->store, &conn);
        if (!f) f = find_due(conn, now_ms, &c.message, any);
        if (f || !*any) return f;
    }
    enum fault f = store_work(rs->store, run_claim, &c);
    if (f) return f;
    *any = c.any;
    if (c.any) *out = c.message;
    return FAULT_NONE;
}

struct result {
    const struct outbox_message *message;
    const struct outbox_try *try;
};

static enum fault failures_of(struct conn *conn, const struct id *hook, int *out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    enum fault f = stmt_open(conn, "SELECT failures FROM outbox_hook WHERE tenant = ?1 AND hook = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, hook);
    f = stmt_step(s, &row);
    if (!f) *out = row ? (int)stmt_int(s, 0) : 0;
    return f;
}

static enum fault keep_try(struct conn *conn, const struct outbox_message *m, const struct outbox_try *t) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "INSERT INTO outbox_try (tenant, message, number, at_ms, took_ms, status, good, why) "
                             "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (tenant, message, number) DO NOTHING",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &m->id);
    stmt_bind_int(s, 3, m->tries + 1);
    stmt_bind_int(s, 4, t->at_ms);
    stmt_bind_int(s, 5, t->took_ms);
    stmt_bind_int(s, 6, t->status);
    stmt_bind_int(s, 7, t->good);
    stmt_bind_text(s, 8, t->why);
    return stmt_run(s);
}

static enum fault set_message(struct conn *conn, const struct id *id, enum outbox_state state, int tries, int64_t next_ms) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "UPDATE outbox_message SET state = ?3, tries = ?4, next_ms = ?5 WHERE tenant = ?1 AND id = ?2",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, id);
    stmt_bind_int(s, 3, (int64_t)state);
    stmt_bind_int(s, 4, tries);
    stmt_bind_int(s, 5, next_ms);
    return stmt_run(s);
}

static enum fault run_tried(struct conn *conn, void *argument) {
    const struct result *r = argument;
    const struct outbox_message *m = r->message;
    const struct outbox_try *t = r->try;
    int failures = 0, tries = m->tries + 1;
    int64_t end_ms = t->at_ms + t->took_ms, asked_ms = t->retry_ms < RETRY_MAX_MS ? t->retry_ms : RETRY_MAX_MS;
    enum fault f = failures_of(conn, &m->hook, &failures);
    if (!f) f = keep_try(conn, m, t);
    if (f) return f;
    failures = t->good ? 0 : failures + 1;
    int64_t wait_ms = outbox_wait_ms(tries), hold_ms = outbox_wait_ms(failures);
    if (hold_ms > HOLD_MAX_MS) hold_ms = HOLD_MAX_MS;
    if (wait_ms < asked_ms) wait_ms = asked_ms;
    if (hold_ms < asked_ms) hold_ms = asked_ms;
    bool over = t->last || tries >= OUTBOX_TRIES;
    f = set_message(conn, &m->id, t->good ? OUTBOX_DELIVERED : over ? OUTBOX_GIVEN_UP : OUTBOX_WAITING, tries, end_ms + wait_ms);
    return f ? f : set_hold(conn, &m->hook, failures, t->good ? end_ms : end_ms + hold_ms);
}

enum fault outbox_tried(struct registers *rs, const struct outbox_message *message, const struct outbox_try *try) {
    struct result r = {message, try};
    return store_work(rs->store, run_tried, &r);
}

struct again {
    const struct id *hook, *message;
    int64_t now_ms;
};

/* Its number of tries goes on, so that the tries kept stay apart; one more is allowed. */
static enum fault run_again(struct conn *conn, void *argument) {
    const struct again *a = argument;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    struct outbox_message m;
    bool row;
    enum fault f = stmt_open(conn, MESSAGE_COLUMNS "WHERE tenant = ?1 AND hook = ?2 AND id = ?3", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, a->hook);
    stmt_bind_id(s, 3, a->message);
    f = stmt_step(s, &row);
    if (f || !row) return f ? f : FAULT_ABSENT;
    message_from(s, &m);
    f = set_message(conn, &m.id, OUTBOX_WAITING, m.tries, a->now_ms);
    return f ? f : set_hold(conn, &m.hook, -1, a->now_ms);
}

enum fault outbox_again(struct registers *rs, const struct id *hook, const struct id *message, int64_t now_ms) {
    struct again a = {hook, message, now_ms};
    return store_work(rs->store, run_again, &a);
}

/* ---- forgetting ---- */

static enum fault run_older(struct conn *conn, const char *sql, enum outbox_state state, int64_t before_ms) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, sql, &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, (int64_t)state);
    stmt_bind_int(s, 3, before_ms);
    return stmt_run(s);
}

static enum fault run_sweep(struct conn *conn, void *argument) {
    static const char tries[] = "DELETE FROM outbox_try WHERE tenant = ?1 AND message IN "
                                "(SELECT id FROM outbox_message WHERE tenant = ?1 AND state = ?2 AND made_ms < ?3)",
                      messages[] = "DELETE FROM outbox_message WHERE tenant = ?1 AND state = ?2 AND made_ms < ?3",
                      give_up[] = "UPDATE outbox_message SET state = 2 WHERE tenant = ?1 AND state = ?2 AND made_ms < ?3";
    int64_t now_ms = *(const int64_t *)argument, delivered = now_ms - 30 * DAY_MS, given_up = now_ms - 90 * DAY_MS;
    enum fault f = run_older(conn, give_up, OUTBOX_WAITING, now_ms - 3 * DAY_MS);
    if (!f) f = run_older(conn, tries, OUTBOX_DELIVERED, delivered);
    if (!f) f = run_older(conn, messages, OUTBOX_DELIVERED, delivered);
    if (!f) f = run_older(conn, tries, OUTBOX_GIVEN_UP, given_up);
    return f ? f : run_older(conn, messages, OUTBOX_GIVEN_UP, given_up);
}

enum fault outbox_sweep(struct registers *rs, int64_t now_ms) { return store_work(rs->store, run_sweep, &now_ms); }

/* ---- looking ---- */

enum fault outbox_list(struct conn *conn, const struct id *hook, int64_t before, int limit, outbox_visit each, void *context) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn, MESSAGE_COLUMNS "WHERE tenant = ?1 AND hook = ?2 AND position < ?3 ORDER BY position DESC LIMIT ?4", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, hook);
    stmt_bind_int(s, 3, before);
    stmt_bind_int(s, 4, limit);
    for (bool row = true; row;) {
        struct outbox_message m;
        f = stmt_step(s, &row);
        if (f) return f;
        if (!row) break;
        message_from(s, &m);
        f = each(context, &m);
        if (f) return f;
    }
    return FAULT_NONE;
}

enum fault outbox_last_try(struct conn *conn, const struct id *message, struct arena *arena, struct outbox_try *out, bool *any) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "SELECT at_ms, took_ms, status, good, why FROM outbox_try WHERE tenant = ?1 AND message = ?2 "
                             "ORDER BY number DESC LIMIT 1",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, message);
    f = stmt_step(s, any);
    if (f || !*any) return f;
    *out = (struct outbox_try){
        .at_ms = stmt_int(s, 0), .took_ms = stmt_int(s, 1), .status = (int)stmt_int(s, 2), .good = stmt_int(s, 3) != 0};
    out->why = arena_copy(arena, stmt_text(s, 4));
    return FAULT_NONE;
}

enum fault outbox_count(struct conn *conn, const struct id *hook, int64_t counts[3]) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    memset(counts, 0, 3 * sizeof *counts);
    enum fault f = stmt_open(conn, "SELECT state, count(*) FROM outbox_message WHERE tenant = ?1 AND hook = ?2 GROUP BY state", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, hook);
    for (bool row = true; row;) {
        f = stmt_step(s, &row);
        if (f) return f;
        int64_t state = row ? stmt_int(s, 0) : -1;
        if (state >= 0 && state < 3) counts[state] = stmt_int(s, 1);
    }
    return FAULT_NONE;
}
