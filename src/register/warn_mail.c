/* warn_mail.c - which warnings go into whose next message, and how far each person has been told. */
#include "register/inside.h"
#include "register/sending.h"

#include "base/digest.h"
#include "base/printer.h"

#include <stdio.h>

enum { MAIL_TRIES = 10, LINES_MAX = 50, LINE_ARENA = 4 << 20 };
#define OLD_MS (2 * INT64_C(86400000))

/* The same however often it is asked for. */
static void make_id(struct warning_message *m) {
    const struct digest_piece pieces[] = {{m->person.bytes, ID_BYTES}, {&m->upto_ms, sizeof m->upto_ms}};
    struct digest d = digest_of_pieces(pieces, COUNT_OF(pieces));
    memcpy(m->id, SENDING_PREFIX, 5);
    hex_format(d.bytes, 16, m->id + 5);
}

/* Those that no message holds yet and that may go into one now. What is older than two days is told on the page only. */
#define FRESH "mailed_ms = 0 AND seen_ms = 0 AND planned_ms > ?3 AND (day >= substr(due, 1, 10) OR planned_ms <= ?4)"

/* Whoever has such warnings, or a message to be tried again; who was told longest ago comes first. */
static enum fault find(struct conn *conn, int64_t now_ms, int64_t digest_ms, struct warning_message *out, bool *any) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn,
        "SELECT w.person, max(coalesce(m.told_ms, 0)), max(coalesce(m.upto_ms, 0)), max(coalesce(m.tries, 0)), "
        "max(coalesce(m.channel, 0)) "
        "FROM warning w LEFT JOIN warning_mail m ON m.tenant = w.tenant AND m.person = w.person "
        "WHERE w.tenant = ?1 AND coalesce(m.next_ms, 0) <= ?2 AND ((" FRESH ") OR "
        "(w.mailed_ms <> 0 AND w.mailed_ms = m.upto_ms)) GROUP BY w.person ORDER BY 2, 1 LIMIT 1",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, now_ms);
    stmt_bind_int(s, 3, now_ms - OLD_MS);
    stmt_bind_int(s, 4, digest_ms);
    f = stmt_step(s, any);
    if (f || !*any) return f;
    *out = (struct warning_message){.told_ms = stmt_int(s, 1), .upto_ms = stmt_int(s, 2), .tries = (int)stmt_int(s, 3)};
    if (out->upto_ms) out->channel = (int)stmt_int(s, 4);
    return stmt_id(s, 0, &out->person) ? FAULT_NONE : FAULT_STORE;
}

struct claiming {
    int64_t now_ms, digest_ms, lease_ms;
    struct warning_message message;
    bool any;
};

/* A new message takes in all that are in none; one that was tried already stays the same. */
static enum fault take_in(struct conn *conn, struct claiming *c) {
    struct warning_message *m = &c->message;
    if (m->upto_ms) return FAULT_NONE;
    m->upto_ms = c->now_ms > m->told_ms ? c->now_ms : m->told_ms + 1;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "UPDATE warning SET mailed_ms = ?5 WHERE tenant = ?1 AND person = ?2 AND " FRESH, &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &m->person);
    stmt_bind_int(s, 3, c->now_ms - OLD_MS);
    stmt_bind_int(s, 4, c->digest_ms);
    stmt_bind_int(s, 5, m->upto_ms);
    return stmt_run(s);
}

/* In the writer's own transaction, so that of two servers one takes it. */
static enum fault run_claim(struct conn *conn, void *argument) {
    struct claiming *c = argument;
    enum fault f = find(conn, c->now_ms, c->digest_ms, &c->message, &c->any);
    if (!f && c->any) f = take_in(conn, c);
    if (f || !c->any) return f;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    f = stmt_open(
        conn,
        "INSERT INTO warning_mail (tenant, person, told_ms, upto_ms, tries, next_ms, good, why, channel) VALUES (?1, ?2, 0, ?3, "
        "?4, ?5, 0, '', ?6) "
        "ON CONFLICT (tenant, person) DO UPDATE SET upto_ms = ?3, tries = ?4, next_ms = ?5, channel = ?6",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &c->message.person);
    stmt_bind_int(s, 3, c->message.upto_ms);
    stmt_bind_int(s, 4, ++c->message.tries);
    stmt_bind_int(s, 5, c->now_ms + c->lease_ms);
    stmt_bind_int(s, 6, c->message.channel);
    return stmt_run(s);
}

static enum fault read_addresses(struct conn *conn, struct warning_message *m, struct arena *arena) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    enum fault f = stmt_open(
        conn, "SELECT f_mail, f_phone FROM r_person WHERE tenant = ?1 AND id = ?2 AND withdrawn = 0 AND state = 'active'", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &m->person);
    f = stmt_step(s, &row);
    m->address = !f && row ? arena_copy(arena, stmt_text(s, 0)) : NULL;
    m->phone = !f && row ? arena_copy(arena, stmt_text(s, 1)) : NULL;
    return f;
}

enum fault warning_mail_claim(struct registers *rs, int64_t now_ms, int64_t digest_ms, int64_t lease_ms, struct arena *arena,
                              struct warning_message *out, bool *any) {
    struct claiming c = {.now_ms = now_ms, .digest_ms = digest_ms, .lease_ms = lease_ms};
    _cleanup_(store_read_end) struct conn *conn = NULL;
    enum fault f = store_read_begin(rs->store, &conn);
    if (!f) f = find(conn, now_ms, digest_ms, &c.message, any); /* most times there is none, and the writer need not be asked */
    if (f || !*any) return f;
    store_read_end(&conn);
    f = store_work(rs->store, run_claim, &c);
    *any = !f && c.any;
    if (f || !c.any) return f;
    f = store_read_begin(rs->store, &conn);
    if (!f) f = read_addresses(conn, &c.message, arena);
    make_id(&c.message);
    *out = c.message;
    return f;
}

struct listing {
    struct registers *registers;
    const struct reg *reg;
    const struct actor *actor;
    struct text *out;
    int count, more;
};

/* The day and what it is about; counted only, when there are enough lines or no room. */
static enum fault add_line(struct conn *conn, struct listing *l, const struct id *clock, const char *due) {
    _cleanup_(arena_release) struct arena arena; /* of one record, since there may be thousands */
    struct record r;
    arena_init(&arena, LINE_ARENA);
    enum fault f = record_read(l->registers, conn, l->actor, l->reg, clock, NULL, &arena, &r);
    if (f == FAULT_ABSENT || f == FAULT_RIGHT) return FAULT_NONE; /* what he may not read is not mailed to him, either */
    if (f) return f;
    const char *name = r.values[reg_name_field(l->reg) - l->reg->fields].text;
    if (l->count < LINES_MAX && !l->more) text_format(l->out, "%s  %s\n", due, name ? name : "");
    if (l->count < LINES_MAX && !l->more && !l->out->over) l->count++;
    else l->more++;
    return FAULT_NONE;
}

enum fault warning_mail_lines(struct registers *rs, const struct warning_message *m, civil_day today, struct arena *arena,
                              struct text *out, int *count, int *more) {
    struct actor actor;
    struct listing l = {rs, register_named(rs, "clock"), &actor, out, 0, 0};
    _cleanup_(store_read_end) struct conn *conn = NULL;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    *count = *more = 0;
    enum fault f = store_read_begin(rs->store, &conn);
    if (!f) f = actor_read(conn, &m->person, today, arena, &actor);
    if (!f)
        f = stmt_open(conn,
                      "SELECT clock, due FROM warning WHERE tenant = ?1 AND person = ?2 AND mailed_ms = ?3 "
                      "GROUP BY clock, due ORDER BY due, clock",
                      &s);
    if (f || !l.reg) return f == FAULT_ABSENT ? FAULT_NONE : f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &m->person);
    stmt_bind_int(s, 3, m->upto_ms);
    for (bool row = true; row && !f;) {
        struct id clock;
        f = stmt_step(s, &row);
        if (f || !row || !stmt_id(s, 0, &clock)) break;
        f = add_line(conn, &l, &clock, stmt_text(s, 1));
    }
    *count = l.count;
    *more = l.more;
    return f;
}

struct settling {
    const struct warning_message *message;
    enum warning_told_how how;
    bool over, another;
    const char *channel, *why;
    int64_t next_ms, now_ms;
};

/* Over: this was the last of the message. Another: the next channel takes it up at once. Else this one tries again. Of why a channel failed the last is kept. */
static enum fault run_settle(struct conn *conn, void *argument) {
    static const char again[] = "UPDATE warning_mail SET next_ms = ?3, good = ?4, why = ?5 WHERE tenant = ?1 AND person = ?2",
                      next[] = "UPDATE warning_mail SET next_ms = ?3, good = ?4, tries = 0, channel = channel + 1, "
                               "why = CASE WHEN ?5 = '' THEN why ELSE ?5 END WHERE tenant = ?1 AND person = ?2",
                      over[] = "UPDATE warning_mail SET told_ms = CASE WHEN told_ms > ?3 THEN told_ms ELSE ?3 END, upto_ms = 0, "
                               "tries = 0, next_ms = 0, good = ?4, "
                               "why = CASE WHEN ?5 = '' AND channel > 0 THEN why ELSE ?5 END WHERE tenant = ?1 AND person = ?2";
    const struct settling *t = argument;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, t->over ? over : t->another ? next : again, &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &t->message->person);
    stmt_bind_int(s, 3, t->over ? t->message->upto_ms : t->next_ms);
    stmt_bind_int(s, 4, t->how == TOLD_SENT);
    stmt_bind_text(s, 5, t->why);
    f = stmt_run(s);
    return f || !t->channel ? f : sending_settle(conn, t->message->id, t->channel, t->how, t->why, t->now_ms);
}

enum fault warning_mail_settle(struct registers *rs, const struct warning_message *m, const char *channel,
                               enum warning_told_how how, const char *why, bool another, int64_t now_ms) {
    int64_t wait_ms = INT64_C(60000) << (m->tries < 7 ? m->tries : 7); /* 2 minutes to 2 hours */
    struct settling s = {
        .message = m, .how = how, .channel = channel, .why = why ? why : "", .next_ms = now_ms + wait_ms, .now_ms = now_ms};
    bool again = how == TOLD_LATER || how == TOLD_UNCERTAIN, spent = how == TOLD_NEVER || (again && m->tries >= MAIL_TRIES);
    if (spent && how == TOLD_LATER) s.how = TOLD_NEVER; /* it has not arrived, and will not */
    s.another = spent && another;
    s.over = how == TOLD_SENT || (spent && !another);
    if (s.another) s.next_ms = now_ms;
    return store_work(rs->store, run_settle, &s);
}

enum fault warning_mail_failed(struct conn *conn, const struct id *person, struct arena *arena, const char **why, bool *instead) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    *why = NULL;
    *instead = false;
    enum fault f = stmt_open(conn, "SELECT why, good FROM warning_mail WHERE tenant = ?1 AND person = ?2 AND why <> ''", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, person);
    f = stmt_step(s, &row);
    if (f || !row) return f;
    *why = arena_copy(arena, stmt_text(s, 0));
    *instead = stmt_int(s, 1) != 0;
    return f;
}
