/* call.c - what follows from an open incident, each thing once: its terms begin, its people are called, substitutes of those who do not answer. */
#include "incident/incident.h"

#include "base/digest.h"
#include "base/log.h"
#include "register/clock.h"

#include <stdio.h>
#include <string.h>

enum {
    OPEN_MOST = 200,
    CALLS_MOST = 2000,
    FOLLOW_ARENA = 64 << 20,
    CALL_FIELDS = 5,
    CLOCK_FIELDS = 6,
    TERMS_MOST = 8,
    MINUTE_MS = 60000
};
#define HOUR_MS INT64_C(3600000)

struct id incident_made_id(const struct id *incident, const void *what, size_t length) {
    const struct digest_piece pieces[] = {{incident->bytes, ID_BYTES}, {what, length}};
    struct digest d = digest_of_pieces(pieces, COUNT_OF(pieces));
    struct id out = *incident; /* its first six bytes are the time it was made */
    memcpy(out.bytes + 6, d.bytes, ID_BYTES - 6);
    return out;
}

/* ---- an open incident ---- */

struct open_incident {
    struct id id, unit, category, reporter;
    const char *title, *accused;
    int64_t discovered_ms;
    bool drill;
};

struct made_call {
    struct id id, person;
    int64_t called_ms;
    bool answered;
};

struct following {
    struct registers *registers;
    struct conn *conn;
    struct arena *arena;
    int64_t now_ms;
    struct plan plan;
    struct rule_book rules;
    struct open_incident *open;
    size_t open_count;
    const struct open_incident *now; /* that is being looked at */
    struct made_call *calls;         /* of it */
    struct change *changes;          /* to be made for it */
    size_t change_count, next;
};

/* What was entered or found more than a day ago is a late entry: it calls nobody. */
static enum fault find_open(struct following *f) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault fault = stmt_open(
        f->conn,
        "SELECT id, unit, f_category, f_reporter, f_title, f_accused, f_discovered, f_drill FROM r_incident "
        "WHERE tenant = ?1 AND withdrawn = 0 AND state IN ('reported', 'handling') AND entered > ?2 AND "
        "f_discovered > ?2 ORDER BY made LIMIT ?3",
        &s);
    if (fault) return fault;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, f->now_ms - CALL_HOURS * HOUR_MS);
    stmt_bind_int(s, 3, OPEN_MOST);
    f->open = arena_array(f->arena, struct open_incident, OPEN_MOST);
    for (bool row = true; row && f->open_count < OPEN_MOST;) {
        fault = stmt_step(s, &row);
        if (fault || !row) return fault;
        struct open_incident *i = &f->open[f->open_count++];
        *i = (struct open_incident){.title = arena_copy(f->arena, stmt_text(s, 4)),
                                    .accused = arena_copy(f->arena, stmt_text(s, 5)),
                                    .discovered_ms = stmt_int(s, 6),
                                    .drill = stmt_int(s, 7) != 0};
        (void)stmt_id(s, 0, &i->id);
        (void)stmt_id(s, 1, &i->unit);
        (void)stmt_id(s, 2, &i->category);
        (void)stmt_id(s, 3, &i->reporter);
    }
    return FAULT_NONE;
}

static enum fault find_calls(struct following *f, size_t *count) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault fault = stmt_open(f->conn,
                                 "SELECT id, f_person, f_called, state FROM r_incident_call WHERE tenant = ?1 AND f_incident = ?2 "
                                 "ORDER BY made LIMIT ?3",
                                 &s);
    if (fault) return fault;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &f->now->id);
    stmt_bind_int(s, 3, CALLS_MOST);
    *count = 0;
    for (bool row = true; row && *count < CALLS_MOST;) {
        fault = stmt_step(s, &row);
        if (fault || !row) return fault;
        struct made_call *c = &f->calls[(*count)++];
        *c = (struct made_call){.called_ms = stmt_int(s, 2), .answered = strcmp(stmt_text(s, 3), "called") != 0};
        (void)stmt_id(s, 0, &c->id);
        (void)stmt_id(s, 1, &c->person);
    }
    return FAULT_NONE;
}

/* ---- what is to be made ---- */

static const char *id_words(struct following *f, const struct id *id) {
    char text[ID_TEXT];
    id_format(id, text);
    return arena_copy(f->arena, text);
}

/* "YYYY-MM-DD HH:MM" as a field takes it. */
static const char *moment_words(struct following *f, int64_t ms) {
    char text[MOMENT_TEXT];
    moment_format(ms, text);
    return arena_copyn(f->arena, text, 16);
}

static void add_change(struct following *f, const char *register_key, struct id id, struct change_value *values, size_t count) {
    f->changes[f->change_count++] = (struct change){.kind = CHANGE_ADD,
                                                    .reg = register_named(f->registers, register_key),
                                                    .record = id,
                                                    .values = values,
                                                    .value_count = count,
                                                    .unit = f->now->unit,
                                                    .expected = -1};
}

static struct id call_id(struct following *f, int person) {
    return incident_made_id(&f->now->id, f->plan.people[person].id.bytes, ID_BYTES);
}

static bool is_made(const struct made_call *calls, size_t count, const struct id *id) {
    for (size_t i = 0; i < count; i++)
        if (id_same(&calls[i].id, id)) return true;
    return false;
}

static void add_call(struct following *f, const struct callee *c) {
    struct change_value *v = arena_array(f->arena, struct change_value, CALL_FIELDS);
    struct id id = call_id(f, c->person);
    if (f->change_count == CALLS_MOST) return;
    for (size_t i = 0; i < f->change_count; i++)
        if (id_same(&f->changes[i].record, &id)) return; /* stands in for two who do not answer: called once */
    v[0] = (struct change_value){"reason", f->now->drill ? arena_join(f->arena, "【演练】", c->reason) : c->reason, NULL};
    v[1] = (struct change_value){"incident", id_words(f, &f->now->id), NULL};
    v[2] = (struct change_value){"person", id_words(f, &f->plan.people[c->person].id), NULL};
    v[3] = (struct change_value){"called", moment_words(f, f->now_ms), NULL};
    if (c->instead != PLAN_NONE) {
        struct id first = call_id(f, c->instead);
        v[4] = (struct change_value){"instead", id_words(f, &first), NULL};
    }
    add_change(f, "incident_call", id, v, c->instead == PLAN_NONE ? CALL_FIELDS - 1 : CALL_FIELDS);
}

/* Everybody at first; later the substitutes of those whose time is over. */
static enum fault plan_calls(struct following *f, const struct plan_category *category) {
    const struct made_call *calls = f->calls;
    struct callee *list;
    size_t count;
    enum fault fault = find_calls(f, &count);
    if (fault) return fault;
    size_t n = count ? 0 : plan_callees(&f->plan, category, f->now->accused, f->arena, &list);
    for (size_t i = 0; i < n; i++) add_call(f, &list[i]);
    for (size_t i = 0; i < count; i++) {
        if (calls[i].answered || f->now_ms - calls[i].called_ms < (int64_t)category->minutes * MINUTE_MS) continue;
        int person = 0;
        while (person < (int)f->plan.people_count && !id_same(&f->plan.people[person].id, &calls[i].person)) person++;
        n = plan_substitutes(&f->plan, category, person, f->now->accused, f->arena, &list);
        for (size_t k = 0; k < n; k++) {
            struct id id = call_id(f, list[k].person);
            if (!is_made(calls, count, &id)) add_call(f, &list[k]);
        }
    }
    return FAULT_NONE;
}

static enum fault is_recorded(struct following *f, const char *sql, const struct id *id, bool *there) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault fault = stmt_open(f->conn, sql, &s);
    if (fault) return fault;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, id);
    return stmt_step(s, there);
}

static void add_clock(struct following *f, struct id id, const struct term_rule *rule, const struct id *owner) {
    struct change_value *v = arena_array(f->arena, struct change_value, CLOCK_FIELDS);
    const char *moment = moment_words(f, f->now->discovered_ms);
    const char *subject = arena_format(f->arena, "%s报告：%s", f->now->drill ? "【演练】" : "", f->now->title);
    v[0] = (struct change_value){"subject", subject, NULL};
    v[1] = (struct change_value){"rule", rule->code, NULL};
    v[2] = (struct change_value){"started", arena_copyn(f->arena, moment, 10), NULL};
    v[3] = (struct change_value){"time", rule->length.unit == TERM_HOUR ? moment + 11 : "", NULL};
    v[4] = (struct change_value){"owner", id_words(f, owner), NULL};
    v[5] = (struct change_value){"note", "由事件起算", NULL};
    add_change(f, "clock", id, v, CLOCK_FIELDS);
}

/* The terms that the category names; not of a confidential one, since whoever reads clocks would read of it. */
static enum fault plan_clocks(struct following *f, const struct plan_category *category) {
    int head = category->handling == PLAN_NONE ? PLAN_NONE : f->plan.units[category->handling].head;
    const struct id *owner = head == PLAN_NONE ? &f->now->reporter : &f->plan.people[head].id;
    char *rest = category->terms && !category->confidential ? arena_copy(f->arena, category->terms) : NULL, *word;
    for (int n = 0; rest && n < TERMS_MOST && (word = strsep(&rest, " "));) {
        struct id id = incident_made_id(&f->now->id, word, strlen(word));
        bool there = false;
        const struct term_rule *rule = rule_in(&f->rules, word, civil_at(f->now->discovered_ms));
        if (!rule || id_is_zero(owner)) continue; /* the plan's page tells of a term that is none */
        enum fault fault = is_recorded(f, "SELECT 1 FROM r_clock WHERE tenant = ?1 AND id = ?2", &id, &there);
        if (fault) return fault;
        if (!there) add_clock(f, id, rule, owner), n++;
    }
    return FAULT_NONE;
}

static bool next_change(void *context, struct change *out) {
    struct following *f = context;
    if (f->next == f->change_count) return false;
    *out = f->changes[f->next++];
    return true;
}

/* All of them or none: whoever is killed on the way has planned nothing. A conflict is another server that was faster. */
static enum fault make(struct following *f, int64_t *made) {
    struct actor system = actor_system();
    struct notes notes;
    struct batch_result result = {0};
    struct change_source source = {.context = f, .next = next_change};
    if (!f->change_count) return FAULT_NONE;
    notes_init(&notes, f->arena);
    f->next = 0;
    enum fault fault = change_batch(f->registers, &system, f->now_ms, &source, false, &notes, &result);
    if (!fault) *made += result.tried - result.repeated;
    if (fault == FAULT_INPUT)
        log_line(LOG_WARN_, "incident.plan", "register", f->changes[0].reg->key, "why", notes.first ? notes.first->sentence : "");
    f->change_count = 0;
    return fault;
}

static enum fault follow_one(struct following *f, int64_t *planned) {
    const struct plan_category *category = plan_category_of(&f->plan, &f->now->category);
    if (!category) return FAULT_NONE;
    enum fault fault = plan_calls(f, category);
    if (!fault) fault = make(f, planned);
    if (fault && fault != FAULT_INPUT) return fault;
    fault = plan_clocks(f, category); /* by itself: a term that is no more calls off nobody */
    if (!fault) fault = make(f, planned);
    return fault == FAULT_INPUT ? FAULT_NONE : fault;
}

enum fault incidents_follow(struct registers *rs, int64_t now_ms, int64_t *planned) {
    _cleanup_(arena_release) struct arena arena;
    _cleanup_(store_read_end) struct conn *conn = NULL;
    *planned = 0;
    if (!register_named(rs, "incident") || !register_named(rs, "incident_category")) return FAULT_NONE;
    arena_init(&arena, FOLLOW_ARENA);
    struct following f = {.registers = rs, .arena = &arena, .now_ms = now_ms};
    enum fault fault = store_read_begin(registers_store(rs), &conn);
    f.conn = conn;
    if (!fault) fault = find_open(&f);
    if (!fault && f.open_count) fault = plan_read(rs, conn, civil_at(now_ms), &arena, &f.plan);
    if (!fault && f.open_count) fault = clock_rules(conn, &arena, &f.rules);
    f.calls = arena_array(&arena, struct made_call, CALLS_MOST);
    f.changes = arena_array(&arena, struct change, CALLS_MOST);
    for (size_t i = 0; !fault && i < f.open_count; i++) {
        f.now = &f.open[i];
        fault = follow_one(&f, planned);
    }
    return fault;
}
