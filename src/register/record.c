/* record.c - reading one record, its history and its name. */
#include "register/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 64000 };

/* Appends FROM and the conditions that choose the time looked at; parameters ?1 tenant, ?2 known at, ?3 as of. */
void look_sql(const struct layout *l, const struct look *look, struct text *sql) {
    if (!look->has_as_of && !look->has_known_at) {
        text_format(sql, " FROM r_%s t WHERE t.tenant = ?1", l->reg->key);
        return;
    }
    text_format(sql, " FROM h_%s t WHERE t.tenant = ?1 AND t.known_from <= ?2 AND t.known_to > ?2", l->reg->key);
    text_add(sql, look->has_as_of ? " AND t.valid_from <= ?3 AND t.valid_to > ?3" : " AND t.valid_to = ?3");
}

void look_bind(struct stmt *s, const struct look *look, char as_of[CIVIL_TEXT]) {
    stmt_bind_int(s, 1, TENANT);
    if (!look->has_as_of && !look->has_known_at) return;
    stmt_bind_int(s, 2, look->has_known_at ? look->known_at : KNOWN_OPEN - 1);
    if (look->has_as_of) civil_format(look->as_of, as_of);
    stmt_bind_text(s, 3, look->has_as_of ? as_of : VALID_OPEN);
}

static bool known_moment(const char *text, int64_t *moment_ms) {
    static const struct reg_field moment = {"known_at", "", REG_MOMENT};
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 10000);
    struct value v;
    civil_day day;
    if (civil_parse(text, &day)) {
        *moment_ms = ((int64_t)day + 1) * 86400000 - CHINA_OFFSET_MINUTES * 60000LL - 1;
        return true;
    }
    if (value_read(NULL, NULL, &moment, text, NULL, &arena, NULL, &v) || v.kind != VALUE_INT) return false;
    *moment_ms = v.integer + 59999; /* the whole minute */
    return true;
}

enum fault look_ask(struct conn *conn, const char *as_of, const char *known_at, struct notes *notes, struct look *out) {
    *out = (struct look){0};
    if (as_of && as_of[0]) {
        out->has_as_of = true;
        if (!civil_parse(as_of, &out->as_of)) {
            note_add(notes, "as_of", "应为日期，如 2019-12-31");
            return FAULT_INPUT;
        }
    }
    if (!known_at || !known_at[0]) return FAULT_NONE;
    int64_t moment_ms;
    out->has_known_at = true;
    size_t digits = strspn(known_at, "0123456789");
    if (digits < 16 && digits != 8 && !known_at[digits]) return out->known_at = strtoll(known_at, NULL, 10), FAULT_NONE;
    if (known_moment(known_at, &moment_ms)) return journal_position_at(conn, TENANT, moment_ms, &out->known_at);
    note_add(notes, "known_at", "应为时间或日志位置，如 {0}", "2019-12-31 17:00、120");
    return FAULT_INPUT;
}

void hide_private(const struct actor *actor, const struct reg *reg, struct record *r) {
    if (actor->system || !reg->private_ || access_may_in(actor, reg->private_, &r->unit)) return;
    for (size_t i = 0; i < reg->field_count; i++)
        if (reg->fields[i].flags & PRIVATE) {
            r->values[i] = (struct value){VALUE_NONE, 0, NULL};
            r->names[i] = NULL;
        }
}

enum fault names_find(const struct registers *rs, struct conn *conn, const struct layout *l, struct arena *arena,
                      struct record *r) {
    enum fault f = FAULT_NONE;
    for (size_t i = 0; i < l->reg->field_count && !f; i++) {
        const struct reg_field *field = &l->reg->fields[i];
        if (field->type != REG_REFS) continue;
        r->names[i] = NULL; /* the room may still hold the row's before */
        if (r->values[i].kind != VALUE_TEXT) continue;
        const struct reg *to = register_named(rs, field->to);
        _cleanup_(text_release) struct text names;
        text_init(&names, NAMES_MAX);
        char *rest = arena_copy(arena, r->values[i].text), *line;
        struct id id;
        while (to && !f && (line = strsep(&rest, "\n"))) {
            const char *name = line;
            if (id_parse(line, &id)) f = record_name(rs, conn, to, &id, arena, &name);
            if (names.length) text_add(&names, "、");
            text_add(&names, name);
        }
        r->names[i] = arena_copy(arena, names.at);
    }
    return f;
}

enum fault record_read(const struct registers *rs, struct conn *conn, const struct actor *actor, const struct reg *reg,
                       const struct id *id, const struct look *look, struct arena *arena, struct record *out) {
    static const struct look now;
    if (!look) look = &now;
    const struct layout *l = layout_of(rs, reg->key);
    _cleanup_(text_release) struct text sql;
    text_init(&sql, SQL_MAX);
    text_format(&sql, "SELECT %s", look_select(l, look));
    look_sql(l, look, &sql);
    text_add(&sql, " AND t.id = ?4");
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, sql.at, &s);
    if (f) return f;
    char as_of[CIVIL_TEXT];
    look_bind(s, look, as_of);
    stmt_bind_id(s, 4, id);
    bool row;
    f = stmt_step(s, &row);
    if (f) return f;
    if (!row) return FAULT_ABSENT;
    struct record r;
    record_from_row(l, s, arena, &r);
    if (!actor->system && !access_may_in(actor, reg->read, &r.unit)) return FAULT_ABSENT;
    bool barred;
    f = record_barred(rs, conn, actor, reg, id, &barred);
    if (!f && barred) f = FAULT_ABSENT;
    if (!f) f = names_find(rs, conn, l, arena, &r);
    if (f) return f;
    hide_private(actor, reg, &r);
    *out = r;
    return FAULT_NONE;
}

enum fault record_name(const struct registers *rs, struct conn *conn, const struct reg *reg, const struct id *id,
                       struct arena *arena, const char **out) {
    (void)rs;
    char sql[256], text[ID_TEXT];
    snprintf(sql, sizeof sql, "SELECT f_%s FROM r_%s WHERE tenant = ?1 AND id = ?2", reg_name_field(reg)->key, reg->key);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, sql, &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, id);
    bool row;
    f = stmt_step(s, &row);
    if (f) return f;
    id_format(id, text);
    const char *name = row ? stmt_text(s, 0) : NULL;
    *out = arena_copy(arena, name && name[0] ? name : text);
    return FAULT_NONE;
}

struct history {
    const struct registers *rs;
    struct conn *conn;
    const struct reg *reg;
    struct arena *arena;
    bool private_hidden;
    struct record_step *steps;
    size_t count, room;
    struct value *now;
};

static struct value from_field(const struct field *f, struct arena *arena) {
    if (f->type == FIELD_INT) return (struct value){VALUE_INT, f->integer, NULL};
    if (f->type == FIELD_TEXT) return (struct value){VALUE_TEXT, 0, arena_copy(arena, f->text)};
    return (struct value){VALUE_NONE, 0, NULL};
}

static void step_system(struct history *h, struct record_step *step, const struct field *f) {
    if (!strcmp(f->key, "_reason")) step->reason = arena_copy(h->arena, f->text);
    if (!strcmp(f->key, "_source")) step->source = arena_copy(h->arena, f->text);
    if (!strcmp(f->key, "_late")) step->late = f->integer != 0;
}

static enum fault add_step(void *context, const struct entry_row *row) {
    struct history *h = context;
    const struct entry *e = &row->entry;
    if (strcmp(e->register_key, h->reg->key)) return FAULT_NONE;
    if (h->count == h->room) {
        struct record_step *more = arena_array(h->arena, struct record_step, h->room * 2 + 8);
        if (h->count) memcpy(more, h->steps, h->count * sizeof *more);
        h->steps = more;
        h->room = h->room * 2 + 8;
    }
    struct record_step *step = &h->steps[h->count++];
    *step = (struct record_step){
        .position = row->position, .op = arena_copy(h->arena, e->op), .effective = e->effective, .entered_ms = e->entered_ms};
    step->fields = arena_array(h->arena, const struct reg_field *, e->field_count);
    step->values = arena_array(h->arena, struct value, e->field_count);
    step->before = arena_array(h->arena, struct value, e->field_count);
    for (size_t i = 0; i < e->field_count; i++) {
        const struct reg_field *field = e->fields[i].key[0] == '_' ? NULL : reg_field_named(h->reg, e->fields[i].key);
        if (!field) {
            step_system(h, step, &e->fields[i]);
            continue;
        }
        size_t at = (size_t)(field - h->reg->fields);
        struct value v = from_field(&e->fields[i], h->arena);
        if (!(h->private_hidden && field->flags & PRIVATE)) {
            step->fields[step->count] = field;
            step->before[step->count] = h->now[at];
            step->values[step->count++] = v;
        }
        h->now[at] = v;
    }
    if (!e->actor) return FAULT_NONE;
    struct id *who = arena_new(h->arena, struct id);
    *who = *e->actor;
    step->actor = who;
    const struct reg *person = register_named(h->rs, "person");
    return person ? record_name(h->rs, h->conn, person, who, h->arena, &step->actor_name) : FAULT_NONE;
}

enum fault record_history(const struct registers *rs, struct conn *conn, const struct actor *actor, const struct reg *reg,
                          const struct id *id, struct arena *arena, struct record_step **steps, size_t *count) {
    struct record now;
    enum fault f = record_read(rs, conn, actor, reg, id, NULL, arena, &now);
    if (f) return f;
    struct history h = {.rs = rs, .conn = conn, .reg = reg, .arena = arena};
    h.private_hidden = reg->private_ && !actor->system && !access_may_in(actor, reg->private_, &now.unit);
    h.now = arena_array(arena, struct value, reg->field_count);
    f = journal_scan_record(conn, TENANT, id, add_step, &h);
    if (f) return f;
    *steps = h.steps;
    *count = h.count;
    return FAULT_NONE;
}

/* ---- the log of a register ---- */

struct log {
    const struct registers *rs;
    struct conn *conn;
    const struct actor *actor;
    const struct reg *reg;
    log_visit each;
    void *context;
    int64_t last;
    int seen;
};

static enum fault log_entry(void *context, const struct entry_row *row) {
    struct log *l = context;
    const struct entry *e = &row->entry;
    l->last = row->position;
    l->seen++;
    if (!strcmp(e->op, "define")) return FAULT_NONE;
    struct id nowhere = {{0}};
    const struct id *unit = e->unit ? e->unit : &nowhere;
    if (!l->actor->system && !access_may_in(l->actor, l->reg->read, unit)) return FAULT_NONE;
    bool barred;
    enum fault f = record_barred(l->rs, l->conn, l->actor, l->reg, &e->record, &barred);
    if (f || barred) return f;
    bool secret = l->reg->private_ && !l->actor->system && !access_may_in(l->actor, l->reg->private_, unit);
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 1 << 20);
    struct log_line line = {.position = row->position,
                            .op = e->op,
                            .record = e->record,
                            .actor = e->actor,
                            .effective = e->effective,
                            .entered_ms = e->entered_ms};
    line.fields = arena_array(&arena, const struct reg_field *, e->field_count + 1);
    struct record_step said = {0};
    struct history h = {.arena = &arena};
    for (size_t i = 0; i < e->field_count; i++) {
        const struct reg_field *field = e->fields[i].key[0] == '_' ? NULL : reg_field_named(l->reg, e->fields[i].key);
        if (!field) step_system(&h, &said, &e->fields[i]);
    }
    for (size_t i = 0; i < l->reg->field_count; i++) { /* in the declaration's order; the entry has them by key */
        const struct reg_field *field = &l->reg->fields[i];
        for (size_t k = 0; k < e->field_count && !(secret && field->flags & PRIVATE); k++)
            if (!strcmp(e->fields[k].key, field->key)) line.fields[line.field_count++] = field;
    }
    line.reason = said.reason;
    line.source = said.source;
    line.late = said.late;
    const struct reg *person = register_named(l->rs, "person");
    f = record_name(l->rs, l->conn, l->reg, &e->record, &arena, &line.record_name);
    if (!f && e->actor && person) f = record_name(l->rs, l->conn, person, e->actor, &arena, &line.actor_name);
    return f ? f : l->each(l->context, &line);
}

enum fault record_log(const struct registers *rs, struct conn *conn, const struct actor *actor, const struct reg *reg,
                      int64_t before, int limit, log_visit each, void *context, int64_t *next) {
    struct log l = {rs, conn, actor, reg, each, context, -1, 0};
    enum fault f = journal_scan_back(conn, TENANT, reg->key, before, limit, log_entry, &l);
    if (!f) *next = l.seen == limit ? l.last : -1;
    return f;
}
