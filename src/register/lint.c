/* lint.c - declarations held against each other, so that a misspelt key is found at start and not by a clerk. */
#include "register/compute.h"
#include "register/filter.h"
#include "register/inside.h"

#include <stdio.h>
#include <string.h>

/* One linting run. */
struct lint {
    const struct reg *const *regs;
    size_t count;
    struct notes *notes;
    unsigned mistakes;
};

static void tell(struct lint *l, const struct reg *r, const char *part, const char *sentence, const char *about) {
    char place[160];
    snprintf(place, sizeof place, "%s%s%s", r->key ? r->key : "?", part[0] ? "." : "", part);
    note_add(l->notes, place, sentence, about ? about : "");
    l->mistakes++;
}

static bool key_ok(const char *key) {
    return key && key[0] >= 'a' && key[0] <= 'z' && strlen(key) <= 40 && !key[strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

static bool known_register(const struct lint *l, const char *key) {
    for (size_t i = 0; i < l->count; i++)
        if (!strcmp(l->regs[i]->key, key)) return true;
    return false;
}

static void lint_choices(struct lint *l, const struct reg *r, const struct reg_field *f) {
    bool chooses = value_type(f->type)->choices;
    if (chooses && !f->choices[0].key) tell(l, r, f->key, "选择栏没有选项", NULL);
    if (!chooses && f->choices[0].key) tell(l, r, f->key, "不是选择栏，却有选项", NULL);
    for (size_t i = 0; i < REG_CHOICES && f->choices[i].key; i++) {
        if (!key_ok(f->choices[i].key) || !f->choices[i].label) tell(l, r, f->key, "选项“{0}”的键或名称不合规", f->choices[i].key);
        for (size_t k = 0; k < i; k++)
            if (!strcmp(f->choices[i].key, f->choices[k].key)) tell(l, r, f->key, "选项“{0}”重复", f->choices[i].key);
    }
}

/* A computed field, and what only some types have. */
static void lint_kind(struct lint *l, const struct reg *r, const struct reg_field *f) {
    if ((f->type == REG_NUMBER) != (f->decimals >= 1 && f->decimals <= REG_DECIMALS))
        tell(l, r, f->key, "小数位数须是 1 到 6，且只用于小数栏", NULL);
    if ((f->type == REG_TABLE) != (f->column_count > 0)) tell(l, r, f->key, "表格栏须有列，别的栏不能有", NULL);
    if (f->column_count > REG_COLUMNS) tell(l, r, f->key, "表格的列太多", NULL);
    for (size_t i = 0; i < f->column_count && i < REG_COLUMNS; i++) {
        const struct reg_field *c = &f->columns[i];
        if (!key_ok(c->key) || !c->label) tell(l, r, f->key, "表格的列“{0}”的键或名称不合规", c->key);
        if (!value_type(c->type)->column) tell(l, r, f->key, "表格的列“{0}”不能是这种类型", c->key);
        if (c->type == REG_CHOICE && !c->choices[0].key) tell(l, r, f->key, "表格的列“{0}”没有选项", c->key);
        for (size_t k = 0; k < i; k++)
            if (c->key && f->columns[k].key && !strcmp(c->key, f->columns[k].key)) tell(l, r, f->key, "表格的列“{0}”重复", c->key);
    }
    if (!f->compute) return;
    if (!value_type(f->type)->reckons) tell(l, r, f->key, "计算栏须是数、金额或时长", NULL);
    if (f->flags & (REQUIRED | KEY)) tell(l, r, f->key, "计算栏不能是必填栏或编号栏", NULL);
    char place[160];
    snprintf(place, sizeof place, "%s.%s", r->key, f->key);
    if (compute_check(r, f, place, l->notes)) l->mistakes++;
}

static void lint_field(struct lint *l, const struct reg *r, size_t at) {
    const struct reg_field *f = &r->fields[at];
    if (!key_ok(f->key)) {
        tell(l, r, f->key, "栏目的键不合规：小写字母开头，只含小写字母、数字和下划线", NULL);
        return;
    }
    static const char *const system[] = {"tenant", "id",      "unit", "state",     "effective", "position",
                                         "made",   "entered", "late", "withdrawn", "me",        "null"};
    for (size_t i = 0; i < COUNT_OF(system); i++)
        if (!strcmp(f->key, system[i]) && f->type != REG_REF) tell(l, r, f->key, "“{0}”是系统用的名称", f->key);
    if (!f->label || !f->label[0]) tell(l, r, f->key, "栏目没有名称", NULL);
    for (size_t i = 0; i < at; i++)
        if (!strcmp(r->fields[i].key, f->key)) tell(l, r, f->key, "栏目“{0}”重复", f->key);
    lint_choices(l, r, f);
    bool refers = value_type(f->type)->refers;
    if (refers && (!f->to || !known_register(l, f->to))) tell(l, r, f->key, "指向的台账“{0}”不存在", f->to);
    if (!refers && f->to) tell(l, r, f->key, "不是引用栏，却指向“{0}”", f->to);
    const struct reg_field *other = f->not_before ? reg_field_named(r, f->not_before) : NULL;
    if (f->not_before && (f->type != REG_DATE || !other || other->type != REG_DATE))
        tell(l, r, f->key, "不早于“{0}”：两栏都须是日期", f->not_before);
    if (f->flags & PRIVATE && !r->private_) tell(l, r, f->key, "有保密栏，但没有声明查看保密栏的权限", NULL);
    lint_kind(l, r, f);
    if (f->flags & INDEXED && (!order_possible(f->type) || f->flags & PRIVATE))
        tell(l, r, f->key, "这类栏目或保密栏不能建索引", NULL);
    if (f->flags & (PICTURE | SEVERAL) && f->type != REG_FILE) tell(l, r, f->key, "只有文件栏可以限于图片或有多个", NULL);
    if (f->flags & NAME && f->type != REG_TEXT && f->type != REG_LONG) tell(l, r, f->key, "记录名称须是文本栏", NULL);
}

static void lint_move(struct lint *l, const struct reg *r, size_t at) {
    const struct reg_move *m = &r->moves[at];
    if (!key_ok(m->key)) {
        tell(l, r, m->key, "步骤的键不合规", NULL);
        return;
    }
    static const char *const taken[] = {"add", "edit", "withdraw", "define"};
    for (size_t i = 0; i < COUNT_OF(taken); i++)
        if (!strcmp(m->key, taken[i])) tell(l, r, m->key, "“{0}”是系统用的名称", m->key);
    for (size_t i = 0; i < at; i++)
        if (!strcmp(r->moves[i].key, m->key)) tell(l, r, m->key, "步骤“{0}”重复", m->key);
    if (!m->label || !m->may) tell(l, r, m->key, "步骤没有名称或权限", NULL);
    if (!m->from[0]) tell(l, r, m->key, "步骤没有起始状态", NULL);
    for (size_t i = 0; i < REG_FROM && m->from[i]; i++)
        if (!reg_state_named(r, m->from[i])) tell(l, r, m->key, "状态“{0}”不存在", m->from[i]);
    for (size_t i = 0; i < REG_FROM && m->from[i]; i++) {
        const struct reg_state *s = reg_state_named(r, m->from[i]);
        if (s && s->final && !m->undo) tell(l, r, m->key, "“{0}”是终结状态，不能再有步骤", m->from[i]);
    }
    if (m->undo && !m->needs[0]) tell(l, r, m->key, "撤销的步骤须写明理由", NULL);
    if (!m->to || !reg_state_named(r, m->to)) tell(l, r, m->key, "状态“{0}”不存在", m->to);
    for (size_t i = 0; i < REG_NEEDS && m->needs[i]; i++)
        if (!reg_field_named(r, m->needs[i])) tell(l, r, m->key, "所需栏目“{0}”不存在", m->needs[i]);
    if (m->not_by && strcmp(m->not_by, "add") && !reg_move_named(r, m->not_by)) tell(l, r, m->key, "步骤“{0}”不存在", m->not_by);
}

static void lint_measure(struct lint *l, const struct reg *r, size_t at) {
    const struct reg_measure *m = &r->measures[at];
    if (!key_ok(m->key) || !m->label) {
        tell(l, r, m->key, "统计项的键或名称不合规", NULL);
        return;
    }
    for (size_t i = 0; i < at; i++)
        if (!strcmp(r->measures[i].key, m->key)) tell(l, r, m->key, "统计项“{0}”重复", m->key);
    const struct reg_field *of = m->of ? reg_field_named(r, m->of) : NULL;
    if (m->kind != MEASURE_COUNT && !of) tell(l, r, m->key, "栏目“{0}”不存在", m->of);
    if (m->kind == MEASURE_SUM && of && !value_type(of->type)->reckons) tell(l, r, m->key, "“{0}”不是数，不能求和", m->of);
    const char *date = m->date ? m->date : r->date;
    const struct reg_field *d = date ? reg_field_named(r, date) : NULL;
    if (!m->at_end && (!d || d->type != REG_DATE)) tell(l, r, m->key, "统计项没有日期栏，不知道属于哪个时期", NULL);
    if (!m->filter) return;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 1 << 20);
    struct notes told;
    notes_init(&told, &arena);
    struct filter *filter;
    struct filter_context context = {.has_period = true};
    if (filter_parse(r, m->filter, &context, &arena, &told, &filter)) tell(l, r, m->key, "筛选条件“{0}”有误", m->filter);
}

static void lint_states(struct lint *l, const struct reg *r) {
    for (size_t i = 0; i < r->state_count; i++) {
        const struct reg_state *s = &r->states[i];
        if (!key_ok(s->key) || !s->label) tell(l, r, s->key, "状态的键或名称不合规", NULL);
        for (size_t k = 0; k < i; k++)
            if (!strcmp(s->key, r->states[k].key)) tell(l, r, s->key, "状态“{0}”重复", s->key);
        bool reached = i == 0;
        for (size_t k = 0; k < r->move_count; k++) reached |= r->moves[k].to && !strcmp(r->moves[k].to, s->key);
        if (!reached) tell(l, r, s->key, "没有步骤能到达状态“{0}”", s->key);
    }
    if (r->move_count && !r->state_count) tell(l, r, "", "有步骤，却没有状态", NULL);
}

static void lint_reg(struct lint *l, size_t at) {
    const struct reg *r = l->regs[at];
    if (!key_ok(r->key)) {
        tell(l, r, "", "台账的键不合规", NULL);
        return;
    }
    for (size_t i = 0; i < at; i++)
        if (!strcmp(l->regs[i]->key, r->key)) tell(l, r, "", "台账“{0}”重复", r->key);
    if (!r->label || !r->read || !r->record) tell(l, r, "", "台账没有名称，或没有查看、登记的权限", NULL);
    if (!r->field_count) tell(l, r, "", "台账没有栏目", NULL);
    bool listed = false;
    unsigned names = 0, keys = 0;
    for (size_t i = 0; i < r->field_count; i++) {
        lint_field(l, r, i);
        listed |= (r->fields[i].flags & LISTED) != 0;
        names += (r->fields[i].flags & NAME) != 0;
        keys += (r->fields[i].flags & KEY) != 0;
    }
    if (!listed) tell(l, r, "", "没有一栏在列表里显示", NULL);
    if (names > 1) tell(l, r, "", "记录名称只能有一栏", NULL);
    if (keys > 1) tell(l, r, "", "编号栏只能有一栏", NULL);
    const struct reg_field *date = r->date ? reg_field_named(r, r->date) : NULL;
    if (r->date && (!date || date->type != REG_DATE || !(date->flags & REQUIRED)))
        tell(l, r, r->date, "记录日期须是必填的日期栏", NULL);
    const struct reg_field *barred = r->barred ? reg_field_named(r, r->barred) : NULL;
    bool people = barred && barred->type == REG_REFS && barred->to && !strcmp(barred->to, "person");
    if (r->barred && !people && !(barred && barred->type == REG_REF))
        tell(l, r, r->barred, "不得查看的人须是人员栏，或指向另一台账的栏", NULL);
    lint_states(l, r);
    for (size_t i = 0; i < r->move_count; i++) lint_move(l, r, i);
    for (size_t i = 0; i < r->measure_count; i++) lint_measure(l, r, i);
}

/* All else is found and told by its key: where one is missing, nothing more can be looked at. */
static void lint_keys(struct lint *l, const struct reg *r) {
    if (!r->key) tell(l, r, "", "台账的键不合规", NULL);
    for (size_t i = 0; i < r->field_count; i++)
        if (!r->fields[i].key) tell(l, r, "?", "栏目的键不合规：小写字母开头，只含小写字母、数字和下划线", NULL);
    for (size_t i = 0; i < r->state_count; i++)
        if (!r->states[i].key) tell(l, r, "?", "状态的键或名称不合规", NULL);
    for (size_t i = 0; i < r->move_count; i++)
        if (!r->moves[i].key) tell(l, r, "?", "步骤的键不合规", NULL);
    for (size_t i = 0; i < r->measure_count; i++)
        if (!r->measures[i].key) tell(l, r, "?", "统计项的键或名称不合规", NULL);
}

enum fault reg_lint(const struct reg *const *regs, size_t count, struct notes *notes) {
    struct lint l = {regs, count, notes, 0};
    for (size_t i = 0; i < count; i++) lint_keys(&l, regs[i]);
    for (size_t i = 0, lacking = l.mistakes; !lacking && i < count; i++) lint_reg(&l, i);
    return l.mistakes ? FAULT_INPUT : FAULT_NONE;
}
