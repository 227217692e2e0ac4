/* filter_type.c - what a name in a filter means, which operators it takes, and its values read as the field would read them. */
#include "register/filter_parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <utf8proc.h>

#define HOW(op) (1u << (op))
enum {
    HOW_EQUAL = HOW(OP_EQUAL) | HOW(OP_UNEQUAL),
    HOW_ORDER = HOW_EQUAL | HOW(OP_LESS) | HOW(OP_LESS_EQUAL) | HOW(OP_MORE) | HOW(OP_MORE_EQUAL),
    HOW_TEXT = HOW_ORDER | HOW(OP_HAS),
};

static const struct {
    unsigned how;
    const char *shown;
} sorts[] = {
    [SORT_TEXT] = {HOW_TEXT, "= != < <= > >= :"},
    [SORT_NUMBER] = {HOW_ORDER, "= != < <= > >="},
    [SORT_DATE] = {HOW_ORDER, "= != < <= > >="},
    [SORT_MOMENT] = {HOW_ORDER, "= != < <= > >="},
    [SORT_WORD] = {HOW_EQUAL, "= !="},
    [SORT_YESNO] = {HOW_EQUAL, "= !="},
    [SORT_RECORD] = {HOW_EQUAL, "= !="},
    [SORT_CODE] = {HOW_EQUAL | HOW(OP_HAS), "= != :"},
    [SORT_SET] = {HOW_EQUAL | HOW(OP_HAS), ":，= null, != null"},
    [SORT_RECORDS] = {HOW_EQUAL | HOW(OP_HAS), ":，= null, != null"},
    [SORT_NETWORK] = {HOW_EQUAL | HOW(OP_HAS), "= != :"},
    [SORT_PRESENCE] = {HOW_EQUAL, "= null, != null"},
};

/* System fields, each with the field that reads its values. A declared field of the same key goes before. */
static const struct {
    enum subject subject;
    enum sort sort;
    struct reg_field field;
} system_fields[] = {
    {SUBJECT_STATE, SORT_WORD, {"state", "状态", REG_CHOICE}},
    {SUBJECT_UNIT, SORT_RECORD, {"unit", "单位", REG_REF, .to = "unit"}},
    {SUBJECT_EFFECTIVE, SORT_DATE, {"effective", "生效日期", REG_DATE}},
    {SUBJECT_ENTERED, SORT_MOMENT, {"entered", "登记日期", REG_DATE}},
    {SUBJECT_LATE, SORT_YESNO, {"late", "补登", REG_YESNO}},
    {SUBJECT_WITHDRAWN, SORT_YESNO, {"withdrawn", "已撤回", REG_YESNO}},
};

static const struct reg_field *subject_field(const struct parse *p, const struct comparison *c) {
    if (c->subject == SUBJECT_FIELD) return &p->reg->fields[c->field];
    for (size_t i = 0; i < COUNT_OF(system_fields); i++)
        if (system_fields[i].subject == c->subject) return &system_fields[i].field;
    return NULL;
}

const char *parse_example(const struct parse *p) {
    if (p->reg->state_count) return arena_format(p->arena, "state = %s", p->reg->states[0].key);
    for (size_t i = 0; i < p->reg->field_count; i++)
        if (p->reg->fields[i].type == REG_DATE) return arena_format(p->arena, "%s >= 2019-01-01", p->reg->fields[i].key);
    return "entered >= 2019-01-01";
}

static enum fault unknown_name(struct parse *p, const struct token *name) {
    for (size_t i = 0; i < p->reg->field_count; i++)
        if (!strcmp(p->reg->fields[i].label, name->text))
            return PARSE_FAIL(p, name->at, "“{0}”在条件里请写作 {1}", name->text, p->reg->fields[i].key);
    const char *list = p->reg->state_count ? "state" : "";
    for (size_t i = 0; i < p->reg->field_count; i++)
        list = arena_format(p->arena, "%s%s%s", list, list[0] ? "、" : "", p->reg->fields[i].key);
    return PARSE_FAIL(p, name->at, "没有栏目“{0}”；可用：{1}、effective、entered、late、withdrawn、unit", name->text, list);
}

static bool among(const struct id *units, size_t count, const struct id *unit) {
    for (size_t i = 0; i < count; i++)
        if (id_same(&units[i], unit)) return true;
    return false;
}

/* May the reader compare a private field? Only with the private right wherever he may read: which records a condition chooses would otherwise tell what stands in those of other units. */
static bool may_name(const struct parse *p, const struct reg_field *field) {
    const struct actor *actor = p->context->actor;
    if (!(field->flags & PRIVATE) || p->context->declared || !actor || actor->system) return true;
    if (!p->reg->private_ || !access_may(actor, p->reg->private_)) return false;
    bool all_read, all_private;
    const struct id *read, *private_;
    size_t read_count, private_count;
    access_units(actor, p->reg->private_, p->arena, &all_private, &private_, &private_count);
    if (all_private) return true;
    access_units(actor, p->reg->read, p->arena, &all_read, &read, &read_count);
    for (size_t i = 0; i < read_count; i++)
        if (!among(private_, private_count, &read[i])) return false;
    return !all_read;
}

enum fault type_subject(struct parse *p, const struct token *name, struct comparison *out) {
    const struct reg_field *field = reg_field_named(p->reg, name->text);
    if (field) {
        if (!may_name(p, field)) return PARSE_FAIL(p, name->at, "栏目“{0}”对您保密，不能用作条件", field->label);
        out->subject = SUBJECT_FIELD;
        out->field = (size_t)(field - p->reg->fields);
        out->sort = value_type(field->type)->sort;
        return FAULT_NONE;
    }
    for (size_t i = 0; i < COUNT_OF(system_fields); i++) {
        if (strcmp(system_fields[i].field.key, name->text)) continue;
        if (system_fields[i].subject == SUBJECT_STATE && !p->reg->state_count)
            return PARSE_FAIL(p, name->at, "“{0}”没有状态，不能用 state", p->reg->label);
        out->subject = system_fields[i].subject;
        out->sort = system_fields[i].sort;
        return FAULT_NONE;
    }
    return unknown_name(p, name);
}

/* --- values --- */

/* A state by its key, or by its label in any language. */
static enum fault type_state(struct parse *p, struct comparison *out) {
    const struct reg *reg = p->reg;
    for (int lang = -1; lang < LANG_COUNT; lang++)
        for (size_t i = 0; i < reg->state_count; i++) {
            const char *shown = lang < 0 ? reg->states[i].key : lang_tr((enum lang)lang, reg->states[i].label);
            if (strcasecmp(shown, p->now.text)) continue;
            out->text = reg->states[i].key;
            return FAULT_NONE;
        }
    const char *list = "";
    for (size_t i = 0; i < reg->state_count; i++)
        list = arena_format(p->arena, "%s%s%s（%s）", list, i ? "、" : "", reg->states[i].key, reg->states[i].label);
    return PARSE_FAIL(p, p->now.at, "没有状态“{0}”；可用：{1}", p->now.text, list);
}

/* Texts are kept composed, so what they are compared with is, too. */
static enum fault type_text(struct parse *p, struct comparison *out) {
    char *composed = (char *)utf8proc_NFC((const utf8proc_uint8_t *)p->now.text);
    out->text = arena_copy(p->arena, composed ? composed : p->now.text);
    free(composed);
    if (out->text[0]) return FAULT_NONE;
    return PARSE_FAIL(p, p->now.at, "空的文字不会等于任何值；查未填写的请写 {0}", "= null");
}

/* All other values are read as the field itself would read them, but without its bounds: `share < 1000` may be asked of a percentage. */
static enum fault type_as_field(struct parse *p, const struct reg_field *field, struct comparison *out) {
    struct reg_field plain = *field;
    plain.min = plain.max = 0;
    if (out->sort == SORT_MOMENT) plain.type = REG_DATE; /* a moment is compared with whole days */
    if (out->sort == SORT_SET) plain.type = REG_CHOICE;  /* one of the several */
    if (out->sort == SORT_RECORDS) plain.type = REG_REF;
    struct value v;
    enum fault f = value_read(p->context->registers, p->context->conn, &plain, p->now.text, parse_place(p, p->now.at), p->arena,
                              p->notes, &v);
    if (f) return f;
    if (v.kind == VALUE_NONE) return PARSE_FAIL(p, p->now.at, "这里缺值；查未填写的请写 {0}", "= null");
    out->integer = v.integer;
    out->text = v.text;
    if (out->sort == SORT_RECORD) (void)id_parse(v.text, &out->id);
    if (out->sort == SORT_NETWORK) out->last = value_network_last(v.text, p->arena);
    if (out->sort == SORT_SET || out->sort == SORT_RECORDS) out->last = arena_format(p->arena, "\n%s\n", v.text);
    civil_day day;
    if ((out->sort == SORT_DATE || out->sort == SORT_MOMENT) && civil_parse(v.text, &day)) out->integer = day;
    return FAULT_NONE;
}

static enum fault type_me(struct parse *p, const struct reg_field *field, struct comparison *out) {
    if ((out->sort != SORT_RECORD && out->sort != SORT_RECORDS) || strcmp(field->to, "person"))
        return PARSE_FAIL(p, p->now.at, "me 指当前用户，不能与“{0}”比较；若是文字请写作 {1}", field->label, "\"me\"");
    if (!p->context->actor)
        return PARSE_FAIL(p, p->now.at, "这里没有当前用户，不能用 me；请写人员的 26 位编号，如 {0}", "01h2xcejqtf2nbrexx3vqjhp41");
    out->id = p->context->actor->person;
    char text[ID_TEXT];
    id_format(&out->id, text);
    out->text = arena_copy(p->arena, text);
    out->last = arena_format(p->arena, "\n%s\n", text);
    return FAULT_NONE;
}

static enum fault type_period(struct parse *p, const struct reg_field *field, struct comparison *out) {
    bool start = !strcmp(p->now.text, "period.start");
    if (out->sort != SORT_DATE && out->sort != SORT_MOMENT)
        return PARSE_FAIL(p, p->now.at, "{0} 是日期，不能与“{1}”比较；若是文字请加引号", p->now.text, field->label);
    if (!p->context->has_period)
        return PARSE_FAIL(p, p->now.at, "这里没有时期，不能用 {0}；请写日期，如 {1}", p->now.text, "2019-03-01");
    civil_day day = start ? p->context->period_start : p->context->period_end;
    char text[CIVIL_TEXT];
    civil_format(day, text);
    out->integer = day;
    out->text = arena_copy(p->arena, text);
    return FAULT_NONE;
}

/* today, today+7d, today-30d: FAULT_NONE and *is set if it is one of them. */
static enum fault type_today(struct parse *p, const char *word, const struct reg_field *field, struct comparison *out, bool *is) {
    if (strncmp(word, "today", 5) || (word[5] && word[5] != '+' && word[5] != '-')) return FAULT_NONE;
    if (out->sort != SORT_DATE && out->sort != SORT_MOMENT)
        return PARSE_FAIL(p, p->now.at, "{0} 是日期，不能与“{1}”比较；若是文字请加引号", p->now.text, field->label);
    if (!p->context->has_today) return PARSE_FAIL(p, p->now.at, "这里没有“今天”；请写日期，如 {0}", "2019-03-01");
    char *end = NULL;
    long days = word[5] ? strtol(word + 6, &end, 10) : 0;
    if (word[5] && (end == word + 6 || strcmp(end, "d") || days > 36600)) return PARSE_FAIL(p, p->now.at, "应如 {0}", "today-30d");
    civil_day day = p->context->today + (civil_day)(word[5] == '-' ? -days : days);
    char text[CIVIL_TEXT];
    civil_format(day, text);
    out->integer = day;
    out->text = arena_copy(p->arena, text);
    *is = true;
    return FAULT_NONE;
}

enum fault type_value(struct parse *p, const struct token *sign, struct comparison *out) {
    const struct reg_field *field = subject_field(p, out);
    const char *word = p->now.kind == TOKEN_WORD ? p->now.text : "";
    bool null = !strcasecmp(word, "null");
    if (!(sorts[out->sort].how & HOW(out->op)))
        return PARSE_FAIL(p, sign->at, "“{0}”不能用 {1} 比较；可用：{2}", field->label, sign->text, sorts[out->sort].shown);
    if (null && !(HOW_EQUAL & HOW(out->op))) return PARSE_FAIL(p, sign->at, "null 只能用 = 或 != 比较，如 {0}", "owner = null");
    out->null = null;
    if (null) return FAULT_NONE;
    if (out->sort == SORT_PRESENCE)
        return PARSE_FAIL(p, p->now.at, "“{0}”只能查有没有；后面请写 {1} 或 {2}", field->label, "= null", "!= null");
    bool several = out->sort == SORT_SET || out->sort == SORT_RECORDS;
    if (several && out->op != OP_HAS)
        return PARSE_FAIL(p, sign->at, "“{0}”有多个值，请用 {1} 查是否包含其中一个，如 {2}", field->label, ":", "owner : me");
    out->typed = p->now.text;
    out->moving = true;
    if (!strcmp(word, "me")) return type_me(p, field, out);
    bool today = false;
    enum fault f = type_today(p, word, field, out, &today);
    if (f || today) return f;
    if (!strcmp(word, "period.start") || !strcmp(word, "period.end")) return type_period(p, field, out);
    out->moving = false;
    if (out->subject == SUBJECT_STATE) return type_state(p, out);
    bool part = out->sort == SORT_TEXT || (out->sort == SORT_CODE && out->op == OP_HAS);
    return part ? type_text(p, out) : type_as_field(p, field, out);
}
