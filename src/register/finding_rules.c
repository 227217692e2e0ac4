/* finding_rules.c - what findings, their extensions and transfers, and a unit's own checks must obey, and what follows from them. */
#include "register/findings.h"

#include "calendar/calendar.h"

#include <string.h>

/* What the rules look at of a finding on record. Texts are the arena's. */
struct finding {
    struct id id, unit, owner;
    const char *number, *summary, *grade, *state, *due, *site, *item, *photos;
};

static const char *kept_text(struct stmt *s, int at, struct arena *arena) {
    const char *text = stmt_text(s, at);
    return text ? arena_copy(arena, text) : NULL;
}

static enum fault read_finding(const struct rule_case *c, const struct id *id, struct finding *out, bool *there) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    *there = false;
    enum fault f = stmt_open(
        c->conn,
        "SELECT unit, f_number, f_summary, f_grade, state, f_due, f_site, f_item, f_photos, f_owner FROM r_finding "
        "WHERE tenant = ?1 AND id = ?2 AND withdrawn = 0",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, id);
    f = stmt_step(s, there);
    if (f || !*there) return f;
    *out = (struct finding){.id = *id,
                            .number = kept_text(s, 1, c->arena),
                            .summary = kept_text(s, 2, c->arena),
                            .grade = kept_text(s, 3, c->arena),
                            .state = kept_text(s, 4, c->arena),
                            .due = kept_text(s, 5, c->arena),
                            .item = kept_text(s, 7, c->arena),
                            .photos = kept_text(s, 8, c->arena)};
    (void)stmt_id(s, 0, &out->unit);
    (void)stmt_id(s, 9, &out->owner);
    struct id site;
    char text[ID_TEXT];
    if (stmt_id(s, 6, &site)) id_format(&site, text), out->site = arena_copy(c->arena, text);
    return FAULT_NONE;
}

static bool moves_by(const struct rule_case *c, const char *move) { return c->move && !strcmp(c->move, move); }

static enum fault only_by_program(const struct rule_case *c, const char *sentence) {
    note_add(c->notes, NULL, sentence);
    return FAULT_RIGHT;
}

/* ---- findings ---- */

static const struct value *value_now(const struct rule_case *c, const char *key) {
    return &c->values[reg_field_named(c->reg, key) - c->reg->fields];
}

/* The marks that only the program sets: by hand they can neither be given nor taken away. */
static enum fault check_marks(const struct rule_case *c) {
    static const char *const marks[] = {"self_found", "came_from"};
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        const struct value *now = value_now(c, marks[i]);
        const struct value none = {.kind = VALUE_NONE};
        const struct value *before = c->before ? &c->before[now - c->values] : &none;
        bool no = !strcmp(marks[i], "self_found") && now->kind == VALUE_INT && !now->integer && before->kind == VALUE_NONE;
        if (!no && !value_same(now, before)) return rule_refuse(c, marks[i], "这一栏由系统标明，不能填写或修改", NULL);
    }
    return FAULT_NONE;
}

static enum fault check_repeats(const struct rule_case *c) {
    struct id id;
    struct finding earlier;
    bool there;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    if (!rule_id(c, "repeats", &id)) return FAULT_NONE;
    if (id_same(&id, c->record)) return rule_refuse(c, "repeats", "问题不能是自己的重复", NULL);
    enum fault f = read_finding(c, &id, &earlier, &there);
    if (f || !there) return f;
    f = stmt_open(c->conn, "SELECT f_found, f_repeats FROM r_finding WHERE tenant = ?1 AND id = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &id);
    f = stmt_step(s, &there);
    if (f || !there) return f;
    struct id back;
    const char *found = rule_text(c, "found");
    if (stmt_id(s, 1, &back) && id_same(&back, c->record)) return rule_refuse(c, "repeats", "两个问题不能互为重复", NULL);
    if (found && stmt_text(s, 0) && strcmp(stmt_text(s, 0), found) > 0)
        return rule_refuse(c, "repeats", "重复的问题须是以前发现的", NULL);
    return FAULT_NONE;
}

static enum fault check_finding(const struct rule_case *c) {
    if (c->actor->system) return FAULT_NONE; /* what the installation enters itself: the demonstration */
    if (moves_by(c, "accept") || moves_by(c, "decline")) return only_by_program(c, "接收或退回由接收单位在“问题移交”里办理");
    enum fault f = check_marks(c);
    if (!f) f = check_repeats(c);
    if (f) return f;
    const char *way = rule_text(c, "way"), *due = rule_text(c, "due"), *before = rule_text_before(c, "due");
    struct id receiver;
    if (way && !strcmp(way, "scheduled") && !due) return rule_refuse(c, "due", "限期整改须有整改期限", NULL);
    if (before && (!due || strcmp(due, before) > 0))
        return rule_refuse(c, "due", "整改期限 {0} 只能提前；推迟请登记“整改延期”，由另一人批准", before);
    if (moves_by(c, "offer") && rule_id(c, "receiver_unit", &receiver) && id_same(&receiver, c->unit))
        return rule_refuse(c, "receiver_unit", "接收单位就是问题所在的单位，不需要移交", NULL);
    return FAULT_NONE;
}

/* ---- extensions ---- */

static enum fault check_extension(const struct rule_case *c) {
    struct id id;
    struct finding finding;
    bool there;
    if (!rule_id(c, "finding", &id)) return FAULT_NONE; /* told already */
    if (moves_by(c, "refuse")) return FAULT_NONE;
    enum fault f = read_finding(c, &id, &finding, &there);
    if (f || !there) return f ? f : rule_refuse(c, "finding", "这个问题已经撤回", NULL);
    const char *old = rule_text(c, "old_due"), *new_due = rule_text(c, "new_due");
    if (!c->actor->system && !id_same(&finding.unit, c->unit))
        return rule_refuse(c, "finding", "延期由问题所在单位的人员申请", NULL);
    if (strcmp(finding.state, "open") != 0) return rule_refuse(c, "finding", "问题不在整改中，不需要延期", NULL);
    if (!finding.due) return rule_refuse(c, "finding", "问题没有整改期限，不需要延期", NULL);
    if (old && strcmp(old, finding.due) != 0) return rule_refuse(c, "old_due", "问题现在的整改期限是 {0}", finding.due);
    if (new_due && strcmp(new_due, finding.due) <= 0)
        return rule_refuse(c, "new_due", "延期后的期限须晚于现在的期限 {0}", finding.due);
    return FAULT_NONE;
}

/* ---- transfers ---- */

static enum fault check_transfer(const struct rule_case *c) {
    struct id id;
    struct finding finding;
    bool there;
    if (c->actor->system) return FAULT_NONE;
    if (!c->before) return only_by_program(c, "移交从问题的“移交本单位其他部门”一步开始，不能在这里新增");
    if (moves_by(c, "recall")) return only_by_program(c, "收回移交在问题上办理");
    if (!rule_id(c, "finding", &id)) return FAULT_NONE;
    if (rule_text_before(c, "finding") && strcmp(rule_text(c, "finding"), rule_text_before(c, "finding")) != 0)
        return rule_refuse(c, "finding", "移交的问题不能更换", NULL);
    if (!moves_by(c, "accept")) return FAULT_NONE;
    enum fault f = read_finding(c, &id, &finding, &there);
    if (f || !there) return f ? f : rule_refuse(c, "finding", "这个问题已经撤回", NULL);
    return FAULT_NONE;
}

/* ---- what a unit finds by itself ---- */

static enum fault check_self(const struct rule_case *c) {
    if (!moves_by(c, "submit") || rule_text(c, "owner")) return FAULT_NONE;
    return rule_refuse(c, "owner", "提交前请填写“{0}”", "责任人");
}

enum fault finding_check(const struct rule_case *c) {
    switch (c->reg->obeys) {
    case REG_FINDING: return check_finding(c);
    case REG_EXTENSION: return check_extension(c);
    case REG_TRANSFER: return check_transfer(c);
    case REG_SELF_CHECK: return check_self(c);
    default: return FAULT_NONE;
    }
}

/* ---- what follows ---- */

/* A change being put together. */
struct writing {
    const struct rule_case *c;
    struct change *change;
    struct change_value *values;
};

enum { VALUES_MOST = 16 };

static struct writing begin(const struct rule_case *c, enum change_kind kind, const char *reg, const struct id *record,
                            struct change *out) {
    *out = (struct change){.kind = kind,
                           .reg = register_named(c->registers, reg),
                           .record = *record,
                           .has_effective = true,
                           .effective = c->effective,
                           .reason = c->reason, /* entered late, what follows is late, too */
                           .expected = -1};
    struct writing w = {c, out, arena_array(c->arena, struct change_value, VALUES_MOST)};
    out->values = w.values;
    return w;
}

/* Says nothing of a field without a value. */
static void put(struct writing *w, const char *key, const char *typed) {
    if (typed) w->values[w->change->value_count++] = (struct change_value){key, typed, NULL};
}

static void put_id(struct writing *w, const char *key, const struct id *id) {
    char text[ID_TEXT];
    id_format(id, text);
    if (!id_is_zero(id)) put(w, key, arena_copy(w->c->arena, text));
}

/* Another id that follows from a record's own, so that a change made again writes the same. */
static struct id id_beside(const struct id *id, unsigned number) {
    struct id out = *id;
    out.bytes[ID_BYTES - 1] ^= (uint8_t)number;
    return out;
}

static enum fault open_transfer(const struct rule_case *c, struct id *out, bool *there) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    *there = false;
    enum fault f = stmt_open(
        c->conn, "SELECT id FROM r_finding_transfer WHERE tenant = ?1 AND f_finding = ?2 AND state = 'offered' AND withdrawn = 0",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, c->record);
    f = stmt_step(s, there);
    if (!f && *there) *there = stmt_id(s, 0, out);
    return f;
}

static enum fault follow_finding(const struct rule_case *c, struct change *out, size_t *count) {
    struct id transfer, receiver;
    bool there;
    if (moves_by(c, "recall")) {
        enum fault f = open_transfer(c, &transfer, &there);
        if (f || !there) return f;
        (void)begin(c, CHANGE_MOVE, "finding_transfer", &transfer, out);
        out->move = "recall";
        *count = 1;
        return FAULT_NONE;
    }
    if (!moves_by(c, "offer") || !rule_id(c, "receiver_unit", &receiver)) return FAULT_NONE;
    transfer = id_make(c->now_ms);
    struct writing w = begin(c, CHANGE_ADD, "finding_transfer", &transfer, out);
    out->unit = receiver;
    put(&w, "summary", rule_text(c, "summary"));
    put_id(&w, "finding", c->record);
    put_id(&w, "from_unit", c->unit);
    put(&w, "photos", rule_text(c, "photos"));
    *count = 1;
    return FAULT_NONE;
}

static enum fault follow_extension(const struct rule_case *c, struct change *out, size_t *count) {
    struct id finding;
    if (!moves_by(c, "approve") || !rule_id(c, "finding", &finding)) return FAULT_NONE;
    struct writing w = begin(c, CHANGE_EDIT, "finding", &finding, out);
    put(&w, "due", rule_text(c, "new_due"));
    out->reason = arena_join(c->arena, "批准延期：", rule_text(c, "reason")); /* not shown: kept */
    *count = 1;
    return FAULT_NONE;
}

/* Accepted, the finding goes on in the receiving unit as one of its own. */
static enum fault follow_transfer(const struct rule_case *c, struct change *out, size_t *count) {
    struct id id;
    struct finding finding;
    bool there, accepts = moves_by(c, "accept");
    if ((!accepts && !moves_by(c, "decline")) || !rule_id(c, "finding", &id)) return FAULT_NONE;
    enum fault f = read_finding(c, &id, &finding, &there);
    if (f || !there) return f;
    (void)begin(c, CHANGE_MOVE, "finding", &id, &out[(*count)++]);
    out[0].move = c->move;
    if (!accepts) out[0].reason = rule_text(c, "answer");
    if (!accepts) return FAULT_NONE;
    struct id next = id_beside(c->record, 1);
    char day[CIVIL_TEXT];
    civil_format(c->effective, day);
    struct writing w = begin(c, CHANGE_ADD, "finding", &next, &out[(*count)++]);
    out[1].unit = *c->unit;
    out[1].reason = "接收移交的问题"; /* not shown: kept */
    put(&w, "number", arena_join(c->arena, finding.number, "-Y"));
    put(&w, "found", arena_copy(c->arena, day));
    put(&w, "summary", finding.summary);
    put(&w, "grade", finding.grade);
    put(&w, "site", finding.site);
    put(&w, "item", finding.item);
    put(&w, "photos", finding.photos);
    put(&w, "owner", rule_text(c, "owner"));
    put(&w, "due", rule_text(c, "due"));
    put_id(&w, "came_from", &id);
    return FAULT_NONE;
}

static enum fault follow_self(const struct rule_case *c, struct change *out, size_t *count) {
    if (!moves_by(c, "submit")) return FAULT_NONE;
    struct id finding = id_beside(c->record, 1);
    char id[ID_TEXT];
    id_format(c->record, id);
    struct writing w = begin(c, CHANGE_ADD, "finding", &finding, out);
    static const char *const copied[] = {"found", "summary", "grade", "site", "owner", "due", "photos", "remedy"};
    out->unit = *c->unit;
    out->has_effective = false;             /* from the day it was found */
    out->reason = "单位自查发现，现予提交"; /* not shown: kept */
    put(&w, "number", arena_format(c->arena, "ZC%.4s-%s", rule_text(c, "found"), id + ID_TEXT - 9));
    for (size_t i = 0; i < COUNT_OF(copied); i++) put(&w, copied[i], rule_text(c, copied[i]));
    put(&w, "self_found", "1");
    *count = 1;
    return FAULT_NONE;
}

enum fault finding_follow_on(const struct rule_case *c, struct change out[RULE_FOLLOW], size_t *count) {
    *count = 0;
    switch (c->reg->obeys) {
    case REG_FINDING: return follow_finding(c, out, count);
    case REG_EXTENSION: return follow_extension(c, out, count);
    case REG_TRANSFER: return follow_transfer(c, out, count);
    case REG_SELF_CHECK: return follow_self(c, out, count);
    default: return FAULT_NONE;
    }
}
