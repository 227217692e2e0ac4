/* sending.c - which channel each message was handed to, what came back of it, and how that makes the next channel's turn. */
#include "register/sending.h"

#include "register/inside.h"

#include <stdio.h>

enum { RETURNED_AT_ONCE = 100 };
#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)

static const struct store_column sending_columns[] = {
    {"tenant", STORE_INT, true},  {"message", STORE_TEXT, true}, {"channel", STORE_TEXT, true}, {"part", STORE_INT, true},
    {"person", STORE_BLOB, true}, {"upto_ms", STORE_INT, true},  {"address", STORE_TEXT, true}, {"given", STORE_TEXT, true},
    {"state", STORE_INT, true},   {"why", STORE_TEXT, true},     {"sent_ms", STORE_INT, true},  {"heard_ms", STORE_INT, true},
};
static const char *const sending_indexes[] = {"tenant, given", "tenant, state, sent_ms", "tenant, person, upto_ms", NULL};
static const struct store_column record_columns[] = {{"tenant", STORE_INT, true},
                                                     {"channel", STORE_TEXT, true},
                                                     {"good_ms", STORE_INT, true},
                                                     {"bad_ms", STORE_INT, true},
                                                     {"why", STORE_TEXT, true}};
static const struct store_column place_columns[] = {
    {"tenant", STORE_INT, true}, {"mailbox", STORE_TEXT, true}, {"validity", STORE_INT, true}, {"uid", STORE_INT, true}};

const struct store_table sending_tables[SENDING_TABLES] = {
    {"sending", TABLE_WORK, sending_columns, COUNT_OF(sending_columns), "tenant, message, channel, part", sending_indexes, true},
    {"sending_record", TABLE_WORK, record_columns, COUNT_OF(record_columns), "tenant, channel", NULL, true},
    {"mailbox_place", TABLE_WORK, place_columns, COUNT_OF(place_columns), "tenant, mailbox", NULL, true},
};

/* ---- handing over ---- */

struct beginning {
    const struct warning_message *message;
    const char *channel, *address, *given;
    int part;
    int64_t now_ms;
};

static enum fault forget_tries(struct conn *conn, const struct beginning *b) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "DELETE FROM sending WHERE tenant = ?1 AND message = ?2 AND channel = ?3", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, b->message->id);
    stmt_bind_text(s, 3, b->channel);
    return stmt_run(s);
}

static enum fault run_begin(struct conn *conn, void *argument) {
    const struct beginning *b = argument;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = b->given ? FAULT_NONE : forget_tries(conn, b);
    if (!f)
        f = stmt_open(
            conn,
            "INSERT INTO sending (tenant, message, channel, part, person, upto_ms, address, given, state, why, sent_ms, "
            "heard_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '', ?10, 0) ON CONFLICT (tenant, message, channel, part) "
            "DO UPDATE SET address = ?7, given = ?8, state = ?9, why = '', sent_ms = ?10, heard_ms = 0",
            &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, b->message->id);
    stmt_bind_text(s, 3, b->channel);
    stmt_bind_int(s, 4, b->part);
    stmt_bind_id(s, 5, &b->message->person);
    stmt_bind_int(s, 6, b->message->upto_ms);
    stmt_bind_text(s, 7, b->address);
    stmt_bind_text(s, 8, b->given ? b->given : "");
    stmt_bind_int(s, 9, b->given ? SENDING_TAKEN : SENDING_OPEN);
    stmt_bind_int(s, 10, b->now_ms);
    return stmt_run(s);
}

enum fault sending_begin(struct registers *rs, const struct warning_message *m, const char *channel, const char *address,
                         int64_t now_ms) {
    return store_work(rs->store, run_begin, &(struct beginning){m, channel, address, NULL, 1, now_ms});
}

enum fault sending_part(struct registers *rs, const struct warning_message *m, const char *channel, int part, const char *address,
                        const char *given, int64_t now_ms) {
    return store_work(rs->store, run_begin, &(struct beginning){m, channel, address, given, part, now_ms});
}

/* ---- how channels go ---- */

static enum fault put_record(struct conn *conn, const char *channel, bool good, const char *why, int64_t now_ms) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             good ? "INSERT INTO sending_record (tenant, channel, good_ms, bad_ms, why) VALUES (?1, ?2, ?3, 0, ?4) "
                                    "ON CONFLICT (tenant, channel) DO UPDATE SET good_ms = ?3"
                                  : "INSERT INTO sending_record (tenant, channel, good_ms, bad_ms, why) VALUES (?1, ?2, 0, ?3, ?4) "
                                    "ON CONFLICT (tenant, channel) DO UPDATE SET bad_ms = ?3, why = ?4",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, channel);
    stmt_bind_int(s, 3, now_ms);
    stmt_bind_text(s, 4, good ? "" : why);
    return stmt_run(s);
}

struct recording {
    const char *channel, *why;
    bool good;
    int64_t now_ms;
};

static enum fault run_record(struct conn *conn, void *argument) {
    const struct recording *r = argument;
    return put_record(conn, r->channel, r->good, r->why, r->now_ms);
}

enum fault sending_record_put(struct registers *rs, const char *channel, bool good, const char *why, int64_t now_ms) {
    return store_work(rs->store, run_record, &(struct recording){channel, why, good, now_ms});
}

enum fault sending_record_read(struct conn *conn, const char *channel, struct sending_record *out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    *out = (struct sending_record){0};
    enum fault f = stmt_open(conn, "SELECT good_ms, bad_ms, why FROM sending_record WHERE tenant = ?1 AND channel = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, channel);
    f = stmt_step(s, &row);
    if (f || !row) return f;
    out->good_ms = stmt_int(s, 0);
    out->bad_ms = stmt_int(s, 1);
    snprintf(out->why, sizeof out->why, "%s", stmt_text(s, 2));
    return FAULT_NONE;
}

enum fault sending_settle(struct conn *conn, const char *id, const char *channel, enum warning_told_how how, const char *why,
                          int64_t now_ms) {
    static const enum sending_state states[] = {[TOLD_SENT] = SENDING_TAKEN,
                                                [TOLD_LATER] = SENDING_PUT_OFF,
                                                [TOLD_NEVER] = SENDING_FAILED,
                                                [TOLD_UNCERTAIN] = SENDING_OPEN};
    _cleanup_(stmt_done) struct stmt *s = NULL;
    /* What came back while it was handed over stands. When the channel has failed all parts have: the next has its turn already, and no late report may give it another. */
    enum fault f = stmt_open(
        conn,
        how == TOLD_NEVER ? "UPDATE sending SET state = ?4, why = ?5 WHERE tenant = ?1 AND message = ?2 AND channel = ?3"
                          : "UPDATE sending SET state = ?4, why = ?5 WHERE tenant = ?1 AND message = ?2 AND channel = ?3 AND "
                            "state = ?6",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, id);
    stmt_bind_text(s, 3, channel);
    stmt_bind_int(s, 4, states[how]);
    stmt_bind_text(s, 5, why);
    if (how != TOLD_NEVER) stmt_bind_int(s, 6, SENDING_OPEN);
    f = stmt_run(s);
    return f ? f : put_record(conn, channel, how == TOLD_SENT, why, now_ms);
}

/* ---- what comes back ---- */

struct hearing {
    const char *sql; /* finds the rows: message, channel, part, address, state; ?2 is `key`, ?3 the oldest moment */
    const char *key;
    int64_t oldest_ms, now_ms;
    const char *const *addresses;
    size_t count;
    const struct sending_news *news;
    bool found;
};

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return m && n >= m && !strcmp(text + n - m, end);
}

/* As it was written down when it was sent, in small letters; a number may come back with its country before it. */
static bool sent_to(const struct hearing *h, const char *address) {
    char small[300];
    size_t n = 0;
    for (; address[n] && n + 1 < sizeof small; n++)
        small[n] = (char)(address[n] >= 'A' && address[n] <= 'Z' ? address[n] + 32 : address[n]);
    small[n] = 0;
    bool number = strspn(small, "0123456789") == n;
    for (size_t i = 0; i < h->count; i++)
        if (number ? ends_with(h->addresses[i], small) : !strcmp(h->addresses[i], small)) return true;
    return false;
}

/* A failure is final, and so is a delivery but for a failure; a delay is worth noting only before either. */
static bool worth_noting(enum sending_state was, enum sending_state now) {
    if (was == SENDING_RETURNED || was == SENDING_FAILED) return false;
    if (now == SENDING_FAILED) return true;
    return was != SENDING_DELIVERED && now != was;
}

static enum fault note(struct conn *conn, const struct hearing *h, const char *message, const char *channel, int64_t part) {
    bool failed = h->news->state == SENDING_FAILED;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "UPDATE sending SET state = ?5, why = ?6, heard_ms = ?7 WHERE tenant = ?1 AND message = ?2 AND "
                             "channel = ?3 AND part = ?4",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, message);
    stmt_bind_text(s, 3, channel);
    stmt_bind_int(s, 4, part);
    stmt_bind_int(s, 5, failed ? SENDING_RETURNED : h->news->state);
    stmt_bind_text(s, 6, h->news->why);
    stmt_bind_int(s, 7, h->now_ms);
    f = stmt_run(s);
    return f || !failed ? f : put_record(conn, channel, false, h->news->why, h->now_ms);
}

static enum fault run_hear(struct conn *conn, void *argument) {
    struct hearing *h = argument;
    char message[64] = "", channel[16] = "";
    int64_t part = 0;
    enum sending_state state = SENDING_OPEN;
    h->found = false;
    {
        _cleanup_(stmt_done) struct stmt *s = NULL;
        enum fault f = stmt_open(conn, h->sql, &s);
        if (f) return f;
        stmt_bind_int(s, 1, TENANT);
        stmt_bind_text(s, 2, h->key);
        stmt_bind_int(s, 3, h->oldest_ms);
        for (bool row = true; !h->found;) {
            f = stmt_step(s, &row);
            if (f || !row) return f;
            h->found = sent_to(h, stmt_text(s, 3));
            snprintf(message, sizeof message, "%s", stmt_text(s, 0));
            snprintf(channel, sizeof channel, "%s", stmt_text(s, 1));
            part = stmt_int(s, 2);
            state = (enum sending_state)stmt_int(s, 4);
        }
    }
    return worth_noting(state, h->news->state) ? note(conn, h, message, channel, part) : FAULT_NONE;
}

static enum fault hear(struct registers *rs, struct hearing *h) {
    enum fault f = store_work(rs->store, run_hear, h);
    return f ? f : h->found ? FAULT_NONE : FAULT_ABSENT;
}

#define HEARD "SELECT message, channel, part, address, state FROM sending WHERE tenant = ?1 AND sent_ms >= ?3 AND "

enum fault sending_bounced(struct registers *rs, const char *id, const char *const *addresses, size_t count,
                           const struct sending_news *news, int64_t now_ms) {
    return hear(rs, &(struct hearing){.sql = HEARD "message = ?2 AND channel = 'mail'",
                                      .key = id,
                                      .oldest_ms = now_ms - SENDING_BOUNCE_DAYS * DAY_MS,
                                      .now_ms = now_ms,
                                      .addresses = addresses,
                                      .count = count,
                                      .news = news});
}

enum fault sending_reported(struct registers *rs, const char *channel, const char *given, const char *address,
                            const struct sending_news *news, int64_t now_ms) {
    char sql[sizeof HEARD + 60];
    if (strcspn(channel, "'") != strlen(channel) || !given[0]) return FAULT_ABSENT;
    snprintf(sql, sizeof sql, HEARD "given = ?2 AND channel = '%.16s'", channel);
    return hear(rs, &(struct hearing){.sql = sql,
                                      .key = given,
                                      .oldest_ms = now_ms - SENDING_REPORT_HOURS * HOUR_MS,
                                      .now_ms = now_ms,
                                      .addresses = &address,
                                      .count = 1,
                                      .news = news});
}

enum fault sending_outstanding(struct conn *conn, const char *channel, int64_t now_ms, int64_t *newest_ms) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    *newest_ms = 0;
    enum fault f = stmt_open(conn,
                             "SELECT coalesce(max(sent_ms), 0) FROM sending WHERE tenant = ?1 AND state IN (?2, ?3) AND channel = "
                             "?4 AND sent_ms >= ?5 AND given <> ''",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, SENDING_TAKEN);
    stmt_bind_int(s, 3, SENDING_DELAYED);
    stmt_bind_text(s, 4, channel);
    stmt_bind_int(s, 5, now_ms - SENDING_REPORT_HOURS * HOUR_MS);
    f = stmt_step(s, &row);
    if (!f && row) *newest_ms = stmt_int(s, 0);
    return f;
}

/* ---- the next channel's turn ---- */

struct returned {
    char message[64], channel[16], why[400];
    struct id person;
    int64_t upto_ms;
};

struct passing {
    const char *const *order;
    size_t count;
    int64_t now_ms;
};

/* Those whose person has no message under way. */
static enum fault find_returned(struct conn *conn, struct returned *out, size_t *count) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    *count = 0;
    enum fault f = stmt_open(conn,
                             "SELECT s.message, s.channel, s.why, s.person, s.upto_ms FROM sending s LEFT JOIN warning_mail m ON "
                             "m.tenant = s.tenant AND m.person = s.person WHERE s.tenant = ?1 AND s.state = ?2 AND "
                             "coalesce(m.upto_ms, 0) = 0 ORDER BY s.sent_ms, s.message, s.part LIMIT ?3",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, SENDING_RETURNED);
    stmt_bind_int(s, 3, RETURNED_AT_ONCE);
    for (bool row = true; *count < RETURNED_AT_ONCE;) {
        f = stmt_step(s, &row);
        if (f || !row) return f;
        struct returned *r = &out[(*count)++];
        snprintf(r->message, sizeof r->message, "%s", stmt_text(s, 0));
        snprintf(r->channel, sizeof r->channel, "%s", stmt_text(s, 1));
        snprintf(r->why, sizeof r->why, "%s", stmt_text(s, 2));
        (void)stmt_id(s, 3, &r->person);
        r->upto_ms = stmt_int(s, 4);
    }
    return FAULT_NONE;
}

/* All parts, so that a second that is lost does not give the next channel a second turn. */
static enum fault set_failed(struct conn *conn, const struct returned *r) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "UPDATE sending SET state = ?4, why = ?5 WHERE tenant = ?1 AND message = ?2 AND channel = ?3",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, r->message);
    stmt_bind_text(s, 3, r->channel);
    stmt_bind_int(s, 4, SENDING_FAILED);
    stmt_bind_text(s, 5, r->why);
    return stmt_run(s);
}

/* Whether the message still has something to tell: what its reader has acknowledged on the page he knows. */
static enum fault has_unseen(struct conn *conn, const struct returned *r, bool *out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn, "SELECT 1 FROM warning WHERE tenant = ?1 AND person = ?2 AND seen_ms = 0 AND mailed_ms = ?3 LIMIT 1", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &r->person);
    stmt_bind_int(s, 3, r->upto_ms);
    return stmt_step(s, out);
}

/* Without a message under way again, the newest message's failure is told, and no older one's in its place. */
static enum fault pass(struct conn *conn, const struct passing *p, const struct returned *r) {
    size_t next = 0;
    bool unseen = false;
    for (size_t i = 0; i < p->count; i++)
        if (!strcmp(p->order[i], r->channel)) next = i + 1;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = set_failed(conn, r);
    if (!f) f = has_unseen(conn, r, &unseen);
    bool again = next < p->count && unseen;
    if (!f)
        f = stmt_open(conn,
                      again ? "UPDATE warning_mail SET upto_ms = ?3, tries = 0, next_ms = ?5, channel = ?6, good = 0, why = ?4 "
                              "WHERE tenant = ?1 AND person = ?2 AND upto_ms = 0"
                            : "UPDATE warning_mail SET good = 0, why = ?4 WHERE tenant = ?1 AND person = ?2 AND told_ms <= ?3",
                      &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &r->person);
    stmt_bind_int(s, 3, r->upto_ms);
    stmt_bind_text(s, 4, r->why);
    if (again) stmt_bind_int(s, 5, p->now_ms);
    if (again) stmt_bind_int(s, 6, (int64_t)next);
    return stmt_run(s);
}

/* Of several for one person the first is passed on now; the others when it is done. */
static enum fault run_pass(struct conn *conn, void *argument) {
    const struct passing *p = argument;
    _cleanup_(memory_release) struct returned *list = memory_new(RETURNED_AT_ONCE * sizeof *list);
    size_t count;
    enum fault f = find_returned(conn, list, &count);
    for (size_t i = 0; !f && i < count; i++) {
        bool before = false;
        for (size_t k = 0; k < i; k++) before |= id_same(&list[k].person, &list[i].person);
        if (!before) f = pass(conn, p, &list[i]);
    }
    return f;
}

enum fault sending_pass_on(struct registers *rs, const char *const *order, size_t count, int64_t now_ms) {
    int64_t waiting = 0;
    {
        _cleanup_(store_read_end) struct conn *conn = NULL;
        enum fault f = store_read_begin(rs->store, &conn);
        char sql[120];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM sending WHERE tenant = ?1 AND state = %d", SENDING_RETURNED);
        if (!f) f = conn_ask_int(conn, sql, TENANT, &waiting);
        if (f || !waiting) return f; /* most times there is none, and the writer need not be asked */
    }
    return store_work(rs->store, run_pass, &(struct passing){order, count, now_ms});
}

/* ---- forgetting ---- */

static enum fault run_sweep(struct conn *conn, void *argument) {
    static const char silent[] =
        "UPDATE sending SET state = ?2 WHERE tenant = ?1 AND sent_ms < ?3 AND given <> '' AND state IN (?4, ?5)",
                      old[] = "DELETE FROM sending WHERE tenant = ?1 AND sent_ms < ?2";
    const int64_t *now_ms = argument;
    _cleanup_(stmt_done) struct stmt *s = NULL, *gone = NULL;
    enum fault f = stmt_open(conn, silent, &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, SENDING_SILENT);
    stmt_bind_int(s, 3, *now_ms - SENDING_REPORT_HOURS * HOUR_MS);
    stmt_bind_int(s, 4, SENDING_TAKEN);
    stmt_bind_int(s, 5, SENDING_DELAYED);
    f = stmt_run(s);
    if (!f) f = stmt_open(conn, old, &gone);
    if (f) return f;
    stmt_bind_int(gone, 1, TENANT);
    stmt_bind_int(gone, 2, *now_ms - SENDING_KEPT_DAYS * DAY_MS);
    return stmt_run(gone);
}

enum fault sending_sweep(struct registers *rs, int64_t now_ms) { return store_work(rs->store, run_sweep, &now_ms); }

/* ---- reading ---- */

/* The worse, the later. */
static int gravity(enum sending_state state) {
    static const int gravities[] = {[SENDING_DELIVERED] = 0, [SENDING_TAKEN] = 1,   [SENDING_SILENT] = 2,   [SENDING_OPEN] = 3,
                                    [SENDING_PUT_OFF] = 4,   [SENDING_DELAYED] = 5, [SENDING_RETURNED] = 6, [SENDING_FAILED] = 7};
    return state >= 0 && (size_t)state < COUNT_OF(gravities) ? gravities[state] : 0;
}

enum fault sending_of(struct conn *conn, const struct id *person, int64_t upto_ms, sending_visit each, void *context) {
    char channel[16] = "", why[400] = "";
    struct sending now = {channel, why, SENDING_OPEN};
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "SELECT channel, state, why FROM sending WHERE tenant = ?1 AND person = ?2 AND upto_ms = ?3 "
                             "ORDER BY sent_ms, channel, part",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, person);
    stmt_bind_int(s, 3, upto_ms);
    for (bool row = true; row && !f;) {
        f = stmt_step(s, &row);
        bool same = !f && row && !strcmp(channel, stmt_text(s, 0));
        if (!f && !same && channel[0]) f = each(context, &now);
        if (f || !row) break;
        enum sending_state state = (enum sending_state)stmt_int(s, 1);
        if (same && gravity(state) <= gravity(now.state)) continue;
        snprintf(channel, sizeof channel, "%s", stmt_text(s, 0));
        snprintf(why, sizeof why, "%s", stmt_text(s, 2));
        now.state = state;
    }
    return f;
}

enum fault mailbox_place_read(struct conn *conn, const char *mailbox, int64_t *validity, int64_t *uid) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    *validity = *uid = 0;
    enum fault f = stmt_open(conn, "SELECT validity, uid FROM mailbox_place WHERE tenant = ?1 AND mailbox = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, mailbox);
    f = stmt_step(s, &row);
    if (f || !row) return f;
    *validity = stmt_int(s, 0);
    *uid = stmt_int(s, 1);
    return FAULT_NONE;
}

struct placing {
    const char *mailbox;
    int64_t validity, uid;
};

static enum fault run_place(struct conn *conn, void *argument) {
    const struct placing *p = argument;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "INSERT INTO mailbox_place (tenant, mailbox, validity, uid) VALUES (?1, ?2, ?3, ?4) "
                             "ON CONFLICT (tenant, mailbox) DO UPDATE SET validity = ?3, uid = ?4",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, p->mailbox);
    stmt_bind_int(s, 3, p->validity);
    stmt_bind_int(s, 4, p->uid);
    return stmt_run(s);
}

enum fault mailbox_place_put(struct registers *rs, const char *mailbox, int64_t validity, int64_t uid) {
    return store_work(rs->store, run_place, &(struct placing){mailbox, validity, uid});
}
