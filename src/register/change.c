/* change.c - the one door: rights, validation, the declaration's rules, journal entry, rows and search, in one transaction. */
#include "register/compute.h"
#include "register/clock.h"
#include "register/findings.h"
#include "register/inside.h"
#include "register/shifts.h"

#include <stdio.h>
#include <string.h>

enum { CHANGE_ARENA = 32 << 20, BATCH_ARENA = 64 << 20, FUTURE_DAYS = 366 };

/* One change while it goes through the door. */
struct passage {
    const struct registers *rs;
    const struct layout *layout;
    const struct reg *reg;
    struct change *change; /* a copy of what was given, completed on the way */
    const struct actor *actor;
    struct conn *conn;
    struct arena *arena;
    struct notes *notes;
    int64_t now_ms;
    civil_day today, effective;
    bool exists, late;
    struct record before;
    struct value *values; /* resulting */
    bool *set;            /* given by this change */
    const char **places;  /* where errors of a field are told */
    const struct reg_move *move;
    bool follows; /* from an accepted change: its rights and rules were that one's */
};

static const char *place_of(const struct passage *p, size_t field) {
    return p->places[field] ? p->places[field] : p->reg->fields[field].key;
}

/* Finds the record that a row of an import means by its key. */
static enum fault resolve_key(struct passage *p, struct change *change) {
    if (!change->by_key) return FAULT_NONE;
    for (size_t i = 0; i < change->value_count; i++) {
        const struct reg_field *field = reg_field_named(p->reg, change->values[i].key);
        if (!field || !(field->flags & KEY)) continue;
        struct value key;
        enum fault f = value_read(p->rs, p->conn, field, change->values[i].typed ? change->values[i].typed : "",
                                  change->values[i].place, p->arena, p->notes, &key);
        if (f) return f;
        char sql[160];
        snprintf(sql, sizeof sql, "SELECT id FROM r_%s WHERE tenant = ?1 AND f_%s = ?2 AND withdrawn = 0", p->reg->key, field->key);
        _cleanup_(stmt_done) struct stmt *s = NULL;
        f = stmt_open(p->conn, sql, &s);
        if (f) return f;
        struct id ref;
        bool row;
        stmt_bind_int(s, 1, TENANT);
        value_bind(s, 2, field, &key, &ref);
        f = stmt_step(s, &row);
        if (f) return f;
        if (row && change->kind == CHANGE_ADD) change->kind = CHANGE_EDIT;
        if (row) (void)stmt_id(s, 0, &change->record);
        if (row || change->kind == CHANGE_ADD) return FAULT_NONE;
        note_add(p->notes, field->key, "没有“{0}”为“{1}”的记录", field->label, value_show(field, &key, p->actor->lang, p->arena));
        return FAULT_INPUT;
    }
    note_add(p->notes, NULL, "要按编号更新或办理，表里须有这个台账的编号栏");
    return FAULT_INPUT;
}

static enum fault read_before(struct passage *p) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(p->conn, p->layout->exists, &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &p->change->record);
    f = stmt_step(s, &p->exists);
    if (!f && p->exists) record_from_row(p->layout, s, p->arena, &p->before);
    return f;
}

/* The right that the change needs. */
static const char *right_of(const struct passage *p) {
    if (p->change->kind == CHANGE_MOVE) return p->move->may;
    return p->change->kind == CHANGE_WITHDRAW && p->reg->withdraw ? p->reg->withdraw : p->reg->record;
}

static enum fault check_right(struct passage *p) {
    const struct change *c = p->change;
    const char *right = right_of(p);
    const struct id *unit = c->kind == CHANGE_ADD ? &c->unit : &p->before.unit;
    if (p->actor->system || p->follows || access_may_in(p->actor, right, unit)) return FAULT_NONE;
    note_add(p->notes, NULL, "您没有此项权限：{0}", right);
    return FAULT_RIGHT;
}

/* Rights follow from these records: whoever holds the right to enter them in some units only could give himself by one what reaches all. How far a record
 * reaches, its field `unit` says, as it was and as it becomes; one without reaches everything. */
static enum fault check_reach(const struct passage *p) {
    const char *right = right_of(p);
    const struct reg_field *field = reg_field_named(p->reg, "unit");
    if (!p->reg->access || p->follows || access_may_everywhere(p->actor, right)) return FAULT_NONE;
    bool within = field != NULL;
    for (int i = p->exists ? 0 : 1; within && i < 2; i++) {
        const struct value *v = &(i ? p->values : p->before.values)[field - p->reg->fields];
        struct id unit;
        within = v->kind == VALUE_TEXT && id_parse(v->text, &unit) && access_may_in(p->actor, right, &unit);
    }
    if (within) return FAULT_NONE;
    note_add(p->notes, field ? place_of(p, (size_t)(field - p->reg->fields)) : NULL,
             field ? "您只在部分单位有“{0}”权限，只能登记这些单位的“{1}”" : "“{1}”影响全部单位，须在全部单位有“{0}”权限", right,
             p->reg->label);
    return FAULT_RIGHT;
}

/* A private field of a record that is there, for whoever may not read it: setting it would let values be guessed and overwritten unseen. Who enters a record knows
 * what he enters. */
static bool is_withheld(const struct passage *p, const struct reg_field *field) {
    return field->flags & PRIVATE && p->exists && !p->actor->system &&
           !(p->reg->private_ && access_may_in(p->actor, p->reg->private_, &p->before.unit));
}

static enum fault read_values(struct passage *p) {
    const struct reg *reg = p->reg;
    p->values = arena_array(p->arena, struct value, reg->field_count);
    p->set = arena_array(p->arena, bool, reg->field_count);
    p->places = arena_array(p->arena, const char *, reg->field_count);
    if (p->exists && p->change->kind != CHANGE_ADD) memcpy(p->values, p->before.values, reg->field_count * sizeof *p->values);
    enum fault result = FAULT_NONE;
    for (size_t i = 0; i < p->change->value_count; i++) {
        const struct change_value *v = &p->change->values[i];
        const struct reg_field *field = reg_field_named(reg, v->key);
        size_t at = field ? (size_t)(field - reg->fields) : 0;
        if (!field || p->set[at]) {
            note_add(p->notes, v->place ? v->place : v->key, field ? "“{0}”给了两次" : "没有“{0}”这一栏", v->key);
            result = FAULT_INPUT;
            continue;
        }
        if (field->compute) continue; /* an exported table brings it back; it is worked out anew */
        if (is_withheld(p, field)) {
            /* An exported table brings it back empty; of an addition that is sent again it is not told whether it is the same. */
            if (!v->typed || !v->typed[0] || p->change->kind == CHANGE_ADD) continue;
            note_add(p->notes, v->place ? v->place : v->key, "“{0}”对您保密，不能修改", field->label);
            result = FAULT_RIGHT;
            continue;
        }
        p->places[at] = v->place;
        p->set[at] = true;
        enum fault f = value_read(p->rs, p->conn, field, v->typed ? v->typed : "", v->place, p->arena, p->notes, &p->values[at]);
        if (f && f != FAULT_INPUT) return f;
        if (f) result = f;
    }
    compute_fields(reg, p->values);
    return result;
}

static enum fault check_key(struct passage *p, size_t at) {
    const struct reg_field *field = &p->reg->fields[at];
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT id FROM r_%s WHERE tenant = ?1 AND f_%s = ?2 AND withdrawn = 0 AND id <> ?3", p->reg->key,
             field->key);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(p->conn, sql, &s);
    if (f) return f;
    struct id ref;
    bool row;
    stmt_bind_int(s, 1, TENANT);
    value_bind(s, 2, field, &p->values[at], &ref);
    stmt_bind_id(s, 3, &p->change->record);
    f = stmt_step(s, &row);
    if (f || !row) return f;
    note_add(p->notes, place_of(p, at), "“{0}”为“{1}”的记录已经有了，不能重复", field->label,
             value_show(field, &p->values[at], p->actor->lang, p->arena));
    return FAULT_INPUT;
}

/* What the declaration asks of the resulting values, whoever enters them. */
static enum fault check_values(struct passage *p) {
    enum fault result = FAULT_NONE;
    for (size_t i = 0; i < p->reg->field_count; i++) {
        const struct reg_field *field = &p->reg->fields[i];
        const struct value *v = &p->values[i];
        if (field->flags & REQUIRED && v->kind == VALUE_NONE) {
            note_add(p->notes, place_of(p, i), "请填写“{0}”", field->label);
            result = FAULT_INPUT;
        }
        if (field->not_before && v->kind == VALUE_TEXT) {
            const struct reg_field *other = reg_field_named(p->reg, field->not_before);
            const struct value *o = &p->values[other - p->reg->fields];
            if (o->kind == VALUE_TEXT && strcmp(v->text, o->text) < 0) {
                note_add(p->notes, place_of(p, i), "“{0}”（{1}）不能早于“{2}”（{3}）", field->label, v->text, other->label,
                         o->text);
                result = FAULT_INPUT;
            }
        }
        if (field->flags & KEY && p->set[i] && v->kind != VALUE_NONE) {
            enum fault f = check_key(p, i);
            if (f && f != FAULT_INPUT) return f;
            if (f) result = f;
        }
    }
    return result;
}

/* Whether a reason has more than spaces, ideographic ones among them. */
static bool says_something(const char *text) {
    while (text && *text) {
        if (!strncmp(text, "\xe3\x80\x80", 3)) text += 3;
        else if (strchr(" \t\r\n", *text)) text++;
        else return true;
    }
    return false;
}

/* Walks the record's versions as known now, from the latest back: *since is where the values that this edit replaces began to hold
 * (the latest such day of the edited fields), *birth where the record begins. */
static enum fault find_since(struct passage *p, civil_day *since, civil_day *birth) {
    const char *sql = arena_format(p->arena,
                                   "SELECT %s FROM h_%s t WHERE tenant = ?1 AND id = ?2 AND known_to = ?3 ORDER BY valid_from DESC",
                                   p->layout->select, p->reg->key);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(p->conn, sql, &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &p->change->record);
    stmt_bind_int(s, 3, KNOWN_OPEN);
    bool holds = true; /* every edited field still has, this far back, the value that is replaced */
    *since = *birth = p->before.effective;
    for (bool row = true; row;) {
        f = stmt_step(s, &row);
        if (f) return f;
        if (!row) break;
        struct record version;
        record_from_row(p->layout, s, p->arena, &version);
        for (size_t i = 0; i < p->reg->field_count; i++)
            if (p->set[i] && !value_same(&p->values[i], &p->before.values[i]))
                holds &= value_same(&version.values[i], &p->before.values[i]);
        if (holds) *since = version.effective;
        *birth = version.effective;
    }
    return FAULT_NONE;
}

/* When the change was so: as given, else the record's own date, else today for a move. */
static enum fault find_effective(struct passage *p) {
    const struct change *c = p->change;
    int at = p->layout->date_field;
    civil_day since = p->today, birth = INT32_MIN;
    enum fault f = c->kind == CHANGE_EDIT ? find_since(p, &since, &birth) : FAULT_NONE;
    if (f) return f;
    p->effective = p->today;
    if (c->has_effective) {
        p->effective = c->effective;
    } else if (c->kind != CHANGE_MOVE) {
        bool dated = at >= 0 && p->values[at].kind == VALUE_TEXT &&
                     (!p->exists || !value_same(&p->values[at], &p->before.values[at]));
        if (p->exists) p->effective = since;
        if (dated && !civil_parse(p->values[at].text, &p->effective)) return FAULT_INPUT;
    }
    const char *place = at >= 0 && c->kind != CHANGE_MOVE ? place_of(p, (size_t)at) : "effective";
    char day[CIVIL_TEXT];
    civil_format(p->effective, day);
    if (p->effective > p->today + FUTURE_DAYS) {
        note_add(p->notes, place, "日期 {0} 在一年以后，请检查年份", day);
        return FAULT_INPUT;
    }
    bool too_early = c->kind == CHANGE_MOVE ? p->effective < p->before.effective : c->has_effective && p->effective < birth;
    if (too_early) {
        char first[CIVIL_TEXT];
        civil_format(c->kind == CHANGE_MOVE ? p->before.effective : birth, first);
        note_add(p->notes, "effective",
                 c->kind == CHANGE_MOVE ? "办理日期 {0} 不能早于记录现状的日期 {1}" : "日期 {0} 不能早于这条记录开始的日期 {1}",
                 day, first);
        return FAULT_INPUT;
    }
    p->late = p->today - p->effective > reg_late_days(p->reg);
    if ((p->late || c->kind == CHANGE_WITHDRAW) && !says_something(c->reason)) {
        char days[16];
        snprintf(days, sizeof days, "%d", reg_late_days(p->reg));
        if (c->kind == CHANGE_WITHDRAW) note_add(p->notes, "reason", "请写明撤回的原因");
        else note_add(p->notes, "reason", "日期 {0} 距今超过 {1} 天，属于补录或更正，请写明原因", day, days);
        return FAULT_INPUT;
    }
    return FAULT_NONE;
}

/* Whether somebody has had a hand in what a move must not judge: he took that step himself, whoever did so after him, or he wrote what the step hands in. */
struct own_work {
    const char *op;
    const struct reg_move *step; /* NULL: "add" */
    const struct actor *actor;
    bool own;
};

static bool hands_in(const struct reg_move *step, const char *field) {
    for (size_t i = 0; step && i < REG_NEEDS && step->needs[i]; i++)
        if (!strcmp(step->needs[i], field)) return true;
    return false;
}

static enum fault see_who(void *context, const struct entry_row *row) {
    struct own_work *w = context;
    const struct entry *e = &row->entry;
    if (!e->actor || !id_same(e->actor, &w->actor->person)) return FAULT_NONE;
    w->own |= !strcmp(e->op, w->op);
    for (size_t i = 0; !w->own && !strcmp(e->op, "edit") && i < e->field_count; i++) w->own = hands_in(w->step, e->fields[i].key);
    return FAULT_NONE;
}

enum fault change_own_work(struct conn *conn, const struct reg *reg, const struct reg_move *move, const struct id *record,
                           const struct actor *actor, bool *own) {
    *own = false;
    if (!move->not_by || actor->system) return FAULT_NONE;
    struct own_work work = {move->not_by, reg_move_named(reg, move->not_by), actor, false};
    enum fault f = journal_scan_record(conn, TENANT, record, see_who, &work);
    *own = work.own;
    return f;
}

static enum fault check_move(struct passage *p) {
    const struct reg_move *m = p->move;
    bool fits = false;
    for (size_t i = 0; i < REG_FROM && m->from[i]; i++) fits |= p->before.state && !strcmp(m->from[i], p->before.state);
    if (!fits) {
        const struct reg_state *now = p->before.state ? reg_state_named(p->reg, p->before.state) : NULL;
        note_add(p->notes, NULL, "记录现在是“{0}”，不能“{1}”", now ? now->label : "", m->label);
        return FAULT_STATE;
    }
    bool own = false;
    enum fault f = change_own_work(p->conn, p->reg, m, &p->change->record, p->actor, &own);
    if (f) return f;
    if (own) {
        note_add(p->notes, NULL, "“{0}”须由另一人办理：您本人经办过", m->label);
        return FAULT_RIGHT;
    }
    enum fault result = FAULT_NONE;
    for (size_t i = 0; i < REG_NEEDS && m->needs[i]; i++) {
        size_t at = (size_t)(reg_field_named(p->reg, m->needs[i]) - p->reg->fields);
        if (p->values[at].kind != VALUE_NONE) continue;
        note_add(p->notes, place_of(p, at), "“{0}”前请填写“{1}”", m->label, p->reg->fields[at].label);
        result = FAULT_INPUT;
    }
    return result;
}

static struct field journal_field(const char *key, const struct value *v) {
    if (v->kind == VALUE_INT) return (struct field){key, FIELD_INT, v->integer, NULL};
    if (v->kind == VALUE_TEXT) return (struct field){key, FIELD_TEXT, 0, v->text};
    return (struct field){key, FIELD_NULL, 0, NULL};
}

/* The entry's fields: values that change, and what the door itself says, under names that begin with "_". */
static size_t entry_fields(const struct passage *p, struct field *out) {
    const struct change *c = p->change;
    size_t n = 0;
    for (size_t i = 0; i < p->reg->field_count; i++) {
        const struct value *v = &p->values[i];
        bool changed = p->exists ? !value_same(v, &p->before.values[i]) : v->kind != VALUE_NONE;
        if (p->reg->fields[i].compute) continue; /* follows from the others wherever it is read */
        if (changed) out[n++] = journal_field(p->reg->fields[i].key, v);
    }
    if (c->kind == CHANGE_EDIT && !n) return 0;
    if (c->kind == CHANGE_ADD && p->reg->state_count) out[n++] = (struct field){"_state", FIELD_TEXT, 0, p->reg->states[0].key};
    if (c->kind == CHANGE_MOVE) out[n++] = (struct field){"_state", FIELD_TEXT, 0, p->move->to};
    if (c->kind == CHANGE_WITHDRAW) out[n++] = (struct field){"_withdrawn", FIELD_INT, 1, NULL};
    if (p->late) out[n++] = (struct field){"_late", FIELD_INT, 1, NULL};
    if (c->reason && c->reason[0]) out[n++] = (struct field){"_reason", FIELD_TEXT, 0, c->reason};
    if (c->once) out[n++] = (struct field){"_once", FIELD_TEXT, 0, once_text(c->once, p->arena)};
    if (c->source) out[n++] = (struct field){"_source", FIELD_TEXT, 0, c->source};
    return n;
}

static enum fault write_entry(struct passage *p, int64_t *position) {
    const struct change *c = p->change;
    struct field *fields = arena_array(p->arena, struct field, p->reg->field_count + 6);
    size_t count = entry_fields(p, fields);
    if (!count) {
        note_add(p->notes, NULL, "没有任何改动");
        return FAULT_INPUT;
    }
    static const char *const ops[] = {"add", "edit", NULL, "withdraw"};
    struct id unit = c->kind == CHANGE_ADD ? c->unit : p->before.unit;
    struct entry e = {.tenant = TENANT,
                      .op = c->kind == CHANGE_MOVE ? p->move->key : ops[c->kind],
                      .register_key = p->reg->key,
                      .record = c->record,
                      .definition = p->layout->definition,
                      .actor = p->actor->system ? NULL : &p->actor->person,
                      .unit = id_is_zero(&unit) ? NULL : &unit,
                      .has_effective = true,
                      .effective = p->effective,
                      .entered_ms = p->now_ms,
                      .fields = fields,
                      .field_count = count};
    enum fault f = journal_append(p->rs->journal, p->conn, &e, position);
    return f ? f : project_entry(p->rs, p->conn, p->conn, &e, *position);
}

/* The same record sent again (a second click, a phone that lost the answer) is answered as done; other values are a conflict. */
static enum fault answer_repeated(struct passage *p, struct change_done *done) {
    enum fault f = read_values(p);
    for (size_t i = 0; !f && i < p->reg->field_count; i++)
        if (p->set[i] && !value_same(&p->values[i], &p->before.values[i])) f = FAULT_CONFLICT;
    if (f) {
        note_add(p->notes, NULL, "这个编号的记录已经存在，内容不同；请打开原记录查看");
        return FAULT_CONFLICT;
    }
    *done = (struct change_done){p->before.made, true};
    return FAULT_NONE;
}

static enum fault check_target(struct passage *p) {
    const struct change *c = p->change;
    if (c->kind == CHANGE_ADD) return FAULT_NONE;
    if (!p->exists) return FAULT_ABSENT;
    bool barred;
    enum fault f = record_barred(p->rs, p->conn, p->actor, p->reg, &c->record, &barred);
    if (f || barred) return f ? f : FAULT_ABSENT;
    if (c->kind == CHANGE_MOVE) {
        p->move = reg_move_named(p->reg, c->move);
        if (!p->move) {
            note_add(p->notes, NULL, "没有“{0}”这一步", c->move);
            return FAULT_INPUT;
        }
    }
    return FAULT_NONE;
}

static enum fault check_current(struct passage *p) {
    const struct change *c = p->change;
    if (c->kind == CHANGE_ADD) return FAULT_NONE;
    if (p->before.withdrawn) {
        note_add(p->notes, NULL, "记录已经撤回，不能再改");
        return FAULT_STATE;
    }
    if (c->expected >= 0 && c->expected != p->before.position) {
        note_add(p->notes, NULL, "您打开之后，记录已被他人修改；请看过新内容再提交");
        return FAULT_CONFLICT;
    }
    return FAULT_NONE;
}

/* A change that came before under the same key: answered as it was, if it asks the same. */
static enum fault answer_again(struct passage *p, bool *again, struct change_done *done) {
    bool same = false;
    int64_t position = 0;
    enum fault f = once_find(p->conn, p->change->once, again, &same, &position);
    if (f || !*again) return f;
    if (!same) {
        note_add(p->notes, "Idempotency-Key", "这个 Idempotency-Key 已用于另一项内容；请换一个");
        return FAULT_INPUT;
    }
    *done = (struct change_done){position, true};
    return FAULT_NONE;
}

/* A row of a table that names a record by its key and says of it what is known already. */
static bool says_nothing_new(const struct passage *p) {
    if (!p->change->by_key || p->change->kind != CHANGE_EDIT) return false;
    for (size_t i = 0; i < p->reg->field_count; i++)
        if (!p->reg->fields[i].compute && !value_same(&p->values[i], &p->before.values[i])) return false;
    return true;
}

static struct rule_case rule_case_of(const struct passage *p) {
    return (struct rule_case){.registers = p->rs,
                              .conn = p->conn,
                              .reg = p->reg,
                              .record = &p->change->record,
                              .unit = p->change->kind == CHANGE_ADD ? &p->change->unit : &p->before.unit,
                              .before = p->exists ? p->before.values : NULL,
                              .values = p->values,
                              .move = p->move ? p->move->key : NULL,
                              .reason = p->change->reason,
                              .actor = p->actor,
                              .today = p->today,
                              .effective = p->effective,
                              .now_ms = p->now_ms,
                              .arena = p->arena,
                              .notes = p->notes};
}

static enum fault check_not_self(struct passage *p) {
    const struct reg_field *field = reg_field_named(p->reg, "person");
    if (!field || p->actor->system) return FAULT_NONE;
    size_t at = (size_t)(field - p->reg->fields);
    struct id person, unit;
    if (!p->values[at].text || !id_parse(p->values[at].text, &person)) return FAULT_NONE;
    if (id_same(&person, &p->actor->person)) {
        note_add(p->notes, place_of(p, at), "不能为本人登记，请另一人办理");
        return FAULT_INPUT;
    }
    enum fault f = person_unit(p->conn, &person, &unit);
    if (f || access_may_in(p->actor, right_of(p), &unit)) return f;
    note_add(p->notes, place_of(p, at), "此人不在您有“{0}”权限的单位", right_of(p));
    return FAULT_RIGHT;
}

/* What a register's records must obey beyond their own declaration. */
static enum fault check_rules(struct passage *p) {
    if (p->reg->obeys == REG_FREE || p->change->kind == CHANGE_WITHDRAW || p->follows) return FAULT_NONE;
    if (p->reg->obeys == REG_NOT_SELF) return check_not_self(p);
    struct rule_case c = rule_case_of(p);
    enum fault f = clock_check(p->conn, p->reg, &p->change->record, p->values, p->arena, p->notes);
    if (!f) f = roster_check(&c);
    return f ? f : finding_check(&c);
}

static enum fault pass(struct passage *p, struct change_done *done);

/* What follows from an accepted change is written in the same transaction, under the same hand. */
static enum fault follow_on(struct passage *p) {
    if (p->reg->obeys == REG_FREE || !p->move) return FAULT_NONE;
    struct change changes[RULE_FOLLOW];
    size_t count;
    struct rule_case c = rule_case_of(p);
    enum fault f = p->reg->obeys == REG_SWAP ? roster_follow_on(&c, changes, &count) : finding_follow_on(&c, changes, &count);
    for (size_t i = 0; !f && i < count; i++) {
        struct change_done done;
        struct passage next = {.rs = p->rs,
                               .change = &changes[i],
                               .actor = p->actor,
                               .conn = p->conn,
                               .arena = p->arena,
                               .notes = p->notes,
                               .now_ms = p->now_ms,
                               .follows = true};
        f = pass(&next, &done);
    }
    return f;
}

/* The whole door, inside the writer's job. */
static enum fault pass(struct passage *p, struct change_done *done) {
    p->reg = p->change->reg;
    p->layout = layout_of(p->rs, p->reg->key);
    p->today = civil_at(p->now_ms);
    bool again = false;
    enum fault f = p->change->once ? answer_again(p, &again, done) : FAULT_NONE;
    if (f || again) return f;
    f = resolve_key(p, p->change);
    if (!f) f = read_before(p);
    if (!f) f = check_target(p);
    if (!f) f = check_right(p);
    if (f) return f;
    if (p->change->kind == CHANGE_ADD && p->exists) return answer_repeated(p, done);
    f = check_current(p);
    if (f) return f;
    enum fault values = read_values(p);
    if (values && values != FAULT_INPUT) return values;
    if (!values) values = check_reach(p);
    if (values && values != FAULT_INPUT) return values;
    if (!values) values = check_values(p);
    if (!values) values = check_rules(p);
    if (values && values != FAULT_INPUT) return values;
    if (!values && says_nothing_new(p)) {
        *done = (struct change_done){.position = p->before.position, .unchanged = true};
        return FAULT_NONE;
    }
    f = p->change->kind == CHANGE_MOVE ? check_move(p) : FAULT_NONE;
    if (!f && !values) f = find_effective(p);
    if (f || values) return f ? f : values;
    int64_t position;
    f = write_entry(p, &position);
    if (!f) f = follow_on(p);
    if (!f) *done = (struct change_done){position, false};
    return f;
}

/* Records without a unit of their own get the actor's. */
static struct change with_unit(const struct change *change, const struct actor *actor) {
    struct change c = *change;
    if (c.kind == CHANGE_ADD && id_is_zero(&c.unit)) c.unit = actor->unit;
    return c;
}

struct single {
    struct registers *rs;
    const struct actor *actor;
    const struct change *change;
    int64_t now_ms;
    struct notes *notes;
    struct change_done done;
};

static enum fault run_single(struct conn *conn, void *argument) {
    struct single *s = argument;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, CHANGE_ARENA);
    struct change change = with_unit(s->change, s->actor);
    if (s->notes) notes_init(s->notes, s->notes->arena); /* a replay tells everything again */
    struct passage p = {
        .rs = s->rs, .change = &change, .actor = s->actor, .conn = conn, .arena = &arena, .notes = s->notes, .now_ms = s->now_ms};
    return pass(&p, &s->done);
}

enum fault change_apply(struct registers *rs, const struct actor *actor, int64_t now_ms, const struct change *change,
                        struct notes *notes, struct change_done *out) {
    struct single s = {.rs = rs, .actor = actor, .change = change, .now_ms = now_ms, .notes = notes};
    enum fault f = store_change(rs->store, run_single, &s);
    if (!f && out) *out = s.done;
    return f;
}

struct batch {
    struct registers *rs;
    const struct actor *actor;
    const struct change_source *source;
    int64_t now_ms;
    bool dry_run, ran;
    struct notes *notes;
    struct batch_result result;
};

static void tell_outcome(const struct batch *b, const struct passage *p, const struct change_done *done) {
    struct change_outcome outcome = {.change = p->change,
                                     .before = p->exists ? &p->before : NULL,
                                     .values = p->values,
                                     .move = p->move,
                                     .unchanged = done->unchanged,
                                     .late = p->late,
                                     .own = p->exists && b->result.first_position >= 0 &&
                                            p->before.position >= b->result.first_position,
                                     .conn = p->conn};
    if (b->source->outcome && !done->repeated) b->source->outcome(b->source->context, &outcome);
}

static enum fault run_one_of_batch(struct batch *b, struct conn *conn, const struct change *given, struct arena *arena) {
    struct change change = with_unit(given, b->actor);
    struct passage p = {
        .rs = b->rs, .change = &change, .actor = b->actor, .conn = conn, .arena = arena, .notes = b->notes, .now_ms = b->now_ms};
    struct change_done done = {0};
    unsigned told = b->notes->count;
    struct note *last = b->notes->last;
    enum fault f = pass(&p, &done);
    b->result.tried++;
    if (f && b->notes->count == told) note_add(b->notes, NULL, fault_sentence(f));
    for (struct note *n = last ? last->next : b->notes->first; n && b->source->place; n = n->next)
        n->place = b->source->place(b->source->context, n->place);
    if (!f) {
        tell_outcome(b, &p, &done);
        b->result.repeated += done.repeated;
        if (done.unchanged) return FAULT_NONE; /* it has no entry of its own */
        if (b->result.first_position < 0) b->result.first_position = done.position;
        b->result.last_position = done.position;
        return FAULT_NONE;
    }
    if (f == FAULT_STORE || f == FAULT_SYSTEM || f == FAULT_BUSY) return f;
    b->result.failed++;
    return FAULT_NONE;
}

static enum fault run_batch(struct conn *conn, void *argument) {
    struct batch *b = argument;
    if (b->ran) return FAULT_STORE; /* a source gives its changes once: after a failed commit the whole batch failed */
    b->ran = true;
    b->result = (struct batch_result){0, 0, 0, -1, -1};
    struct change change;
    while (b->source->next(b->source->context, &change)) {
        _cleanup_(arena_release) struct arena arena;
        arena_init(&arena, BATCH_ARENA);
        enum fault f = run_one_of_batch(b, conn, &change, &arena);
        if (f) return f;
    }
    /* Whatever was told, by the door or by the source, is an error; and a dry run is undone by failing. */
    if (b->notes->count || b->result.failed) return FAULT_INPUT;
    return b->dry_run ? FAULT_STATE : FAULT_NONE;
}

enum fault change_batch(struct registers *rs, const struct actor *actor, int64_t now_ms, const struct change_source *source,
                        bool dry_run, struct notes *notes, struct batch_result *out) {
    struct batch b = {.rs = rs, .actor = actor, .source = source, .now_ms = now_ms, .dry_run = dry_run, .notes = notes};
    enum fault f = store_change_many(rs->store, run_batch, &b);
    if (dry_run && f == FAULT_STATE) f = FAULT_NONE;
    *out = b.result;
    return f;
}
