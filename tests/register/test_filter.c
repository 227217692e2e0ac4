/* test_filter.c - what is refused and where, the truth table, and that SQL over a real table and memory agree on thousands of filters. */
#include "register/compute.h"
#include "register/filter.h"
#include "tests/postgres/scratch.h"
#include "tests/register/random_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 80, EXPRESSIONS = 4000, EXPRESSION_MAX = 3900 };

static struct arena arena;
static struct notes notes;

static const struct reg_field part_columns[] = {{"name", "名称", REG_TEXT, REQUIRED}, {"count", "数量", REG_INT}};
static const struct reg_field fields[] = {
    {"title", "标题", REG_TEXT},
    {"body", "正文", REG_LONG},
    {"people", "人数", REG_INT, .unit = "人", .min = 0, .max = 100},
    {"cost", "金额", REG_MONEY},
    {"found", "发现日期", REG_DATE},
    {"kind", "类别", REG_CHOICE, .choices = {{"fire", "消防"}, {"water", "给水"}, {"power", "供 电"}}},
    {"urgent", "紧急", REG_YESNO},
    {"owner", "责任人", REG_REF, .to = "person"},
    {"room", "房间", REG_REF, .to = "room"},
    {"scan", "附件", REG_FILE},
    {"length", "长度", REG_NUMBER, .decimals = 2},
    {"began", "开始", REG_MOMENT},
    {"spent", "用时", REG_DURATION},
    {"risks", "风险", REG_SET, .choices = {{"fire", "消防"}, {"water", "给水"}, {"power", "供 电"}}},
    {"crew", "参加人", REG_REFS, .to = "person"},
    {"address", "地址", REG_NETWORK},
    {"phone", "电话", REG_PHONE},
    {"plate", "车牌", REG_PLATE},
    {"spot", "位置", REG_PLACE},
    {"card", "网卡", REG_MAC},
    {"mail", "邮箱", REG_MAIL},
    {"site", "网址", REG_URL},
    {"citizen", "身份证号", REG_IDENTITY},
    {"body_code", "信用代码", REG_CREDIT},
    {"parts", "明细", REG_TABLE, .columns = part_columns, .column_count = COUNT_OF(part_columns)},
    {"twice", "两倍", REG_INT, .compute = "people * 2"},
    {"secret", "密件", REG_TEXT, PRIVATE},
};
enum {
    TITLE,
    BODY,
    PEOPLE,
    COST,
    FOUND,
    KIND,
    URGENT,
    OWNER,
    ROOM,
    SCAN,
    LENGTH,
    BEGAN,
    SPENT,
    RISKS,
    CREW,
    ADDRESS,
    PHONE,
    PLATE,
    SPOT,
    CARD,
    MAIL,
    SITE,
    CITIZEN,
    BODY_CODE,
    PARTS,
    TWICE,
    SECRET,
    FIELDS
};
static const struct reg_state states[] = {{"open", "待整改"}, {"closed", "已销号", .final = true}};
static const struct reg thing = {
    "thing", "问题", "thing.read", "thing.record", REG_FIELDS, REG_STATES, .private_ = "thing.private"};
static const struct reg plain = {"plain", "名册", "plain.read", "plain.record", .fields = fields, .field_count = 1};

/* --- doubles of what lies around the filter --- */

static bool may_private;
static struct store *scratch;
bool access_may(const struct actor *actor, const char *right) {
    assert_non_null(actor);
    assert_string_equal(right, "thing.private");
    return may_private;
}
static struct id id_of(int n);
static bool private_everywhere = true, reads_everywhere;
static struct id read_units[2], private_units[1];
void access_units(const struct actor *actor, const char *right, struct arena *a, bool *all, const struct id **units,
                  size_t *count) {
    assert_non_null(actor);
    (void)a;
    bool asks_private = !strcmp(right, "thing.private");
    *all = asks_private ? private_everywhere : reads_everywhere;
    *units = asks_private ? private_units : read_units;
    *count = asks_private ? 1 : 2;
}
const struct reg *register_named(const struct registers *registers, const char *key) {
    (void)registers;
    (void)key;
    return NULL;
}

enum fault access_units_below(struct conn *conn, const struct id *unit, struct arena *a, const struct id **units, size_t *count) {
    (void)conn, (void)unit, (void)a, (void)units, (void)count;
    return FAULT_ABSENT;
}
struct store *registers_store(const struct registers *registers) {
    (void)registers;
    return scratch;
}

/* --- helpers --- */

static struct id id_of(int n) { return (struct id){{(uint8_t)n, 0xff, 7}}; }

static const char *id_words(int n) {
    char text[ID_TEXT];
    struct id id = id_of(n);
    id_format(&id, text);
    return arena_copy(&arena, text);
}

static civil_day day_of(const char *text) {
    civil_day day = 0;
    assert_true(civil_parse(text, &day));
    return day;
}

static struct actor me;
static struct filter_context context;

static struct filter *parsed(const char *text) {
    struct filter *f = NULL;
    notes_init(&notes, &arena);
    if (filter_parse(&thing, text, &context, &arena, &notes, &f)) {
        _cleanup_(text_release) struct text filled;
        text_init(&filled, 10000);
        note_fill(&filled, notes.first->sentence, notes.first->args);
        fail_msg("“%s” should be read; at %s: %s", text, notes.first->place, filled.at);
    }
    return f;
}

static void refused_by(const struct reg *reg, const struct filter_context *with, const char *text, const char *place,
                       const char *words) {
    struct filter *untouched = (struct filter *)&arena, *f = untouched;
    notes_init(&notes, &arena);
    if (filter_parse(reg, text, with, &arena, &notes, &f) != FAULT_INPUT) fail_msg("“%s” should be refused", text);
    assert_ptr_equal(f, untouched);
    assert_int_equal(notes.count, 1);
    _cleanup_(text_release) struct text filled;
    text_init(&filled, 10000);
    note_fill(&filled, notes.first->sentence, notes.first->args);
    if (strcmp(notes.first->place, place) || !strstr(filled.at, words))
        fail_msg("“%s” should be refused at %s with “%s”, not at %s with “%s”", text, place, words, notes.first->place, filled.at);
}

static void refused(const char *text, const char *place, const char *words) { refused_by(&thing, &context, text, place, words); }

static char *repeated(const char *piece, int times, const char *end) {
    size_t n = strlen(piece);
    char *s = arena_alloc(&arena, n * (size_t)times + strlen(end) + 1);
    for (int i = 0; i < times; i++) memcpy(s + n * (size_t)i, piece, n);
    memcpy(s + n * (size_t)times, end, strlen(end));
    return s;
}

/* --- refusals --- */

static void words_are_refused_in_their_place(void **state) {
    (void)state;
    refused("titel = a", "1", "没有栏目“titel”");
    refused("标题 = a", "1", "请写作 title");
    refused("state = open AND 责任人 = me", "18", "请写作 owner");
    refused("state", "6", "比较符号");
    refused("state open", "7", "比较符号");
    refused("state =", "8", "应为值");
    refused("state = (open)", "9", "应为值");
    refused("= open", "1", "栏目的键");
    refused("state = open AND", "17", "还缺一个条件");
    refused("state = open OR )", "17", "栏目的键");
    refused("state = open state = closed", "14", "这里应为 AND、OR 或结束");
    refused("title = 消防 检查", "12", "加引号");
    refused("(state = open", "14", "结束第 1 个字的左括号");
    refused("state = open AND (title = a", "28", "结束第 18 个字的左括号");
    refused("state = open)", "13", "多出一个右括号");
    refused("()", "2", "栏目的键");
    refused("NOT", "4", "还缺一个条件");
    refused("title = \"消防", "9", "引号没有结束");
    refused("title = “消防\\”", "9", "引号没有结束");
    refused("title = \"a\\q\"", "11", "反斜线");
    refused("title ! a", "7", "这里不能有“!”");
    refused("title = a, kind = fire", "10", "这里应为 AND");
    refused("title in a", "10", "括号里的几个值");
    refused("title in (a b)", "13", "逗号或右括号");
    refused("title in ()", "11", "后面应为值");
    refused("kind in (fire, ice)", "16", "应为以下之一");
    refused("~ \"消防\"", "1", "全文检索");
    refused("found > today", "9", "没有“今天”");
    refused("标\x01", "2", "这里不能有");
    refused("title = \xff", "9", "UTF-8");
    refused("标题\xe6\xa0", "3", "UTF-8");
    refused("within(unit) = x", "1", "不能用 within(…)");
    refused("NOT within(x)", "5", "不能用 within(…)");
    refused_by(&plain, &context, "state = open", "1", "没有状态");
    refused_by(&plain, &context, "people = 1", "1", "没有栏目“people”；可用：title、effective");
}

static void mixed_and_or_are_refused(void **state) {
    (void)state;
    refused("title = a AND title = b OR title = c", "25", "如 (title = a AND title = b) OR …");
    refused("title = a OR title = b AND title = c", "24", "如 title = a OR (title = b AND …)");
    refused("(title = a OR title = b) AND urgent = 是 or title = c", "41", "如 ((title = a OR title = b) AND urgent = 是) OR …");
    refused("urgent = 是 AND (title = a OR title = b AND title = c)", "40", "title = a OR (title = b AND …)");
    parsed("(title = a AND title = b) OR title = c");
    parsed("title = a AND NOT (title = b OR title = c) AND NOT title = d");
}

static void types_are_held(void **state) {
    (void)state;
    refused("people = many", "10", "应为整数");
    refused("people = 9223372036854775808", "10", "十八位");
    refused("people : 1", "8", "“人数”不能用 : 比较；可用：= != < <= > >=");
    refused("cost = 1.005", "8", "最多两位小数");
    refused("found >= 昨天", "10", "应为日期");
    refused("found >= 2019-02-29", "10", "没有“2019-02-29”这一天");
    refused("found >= \"\"", "10", "这里缺值");
    refused("kind = 报废", "8", "应为以下之一：消防、给水、供 电");
    refused("kind < fire", "6", "不能用 < 比较");
    refused("urgent = maybe", "10", "“是”或“否”");
    refused("owner = 张三", "9", "26 位编号");
    refused("owner > null", "7", "不能用 > 比较");
    refused("title >= null", "7", "null 只能用 = 或 !=");
    refused("title : null", "7", "null 只能用 = 或 !=");
    refused("scan = a", "8", "只能查有没有");
    refused("scan : a", "6", "不能用 : 比较");
    refused("state = done", "9", "没有状态“done”；可用：open（待整改）、closed（已销号）");
    refused("state > open", "7", "不能用 > 比较");
    refused("title = \"\"", "9", "= null");
    refused("title = me", "9", "请写作 \"me\"");
    refused("room = me", "8", "不能与“房间”比较");
    refused("unit = me", "8", "不能与“单位”比较");
    refused("people = period.start", "10", "是日期");
    refused("title = period.end", "9", "加引号");
    struct filter_context empty = {0};
    refused_by(&thing, &empty, "owner = me", "9", "没有当前用户");
    refused_by(&thing, NULL, "found >= period.start", "10", "没有时期");
    refused_by(&thing, NULL, "entered <= period.end", "12", "没有时期");
    parsed("people < 1000 AND people > -5"); /* the bounds are of values, not of questions */
    parsed("title = \"me\" OR title = \"null\" OR title = \"period.start\"");
}

static void private_fields_are_not_told(void **state) {
    (void)state;
    may_private = false;
    refused("title = a AND secret = b", "15", "保密");
    struct filter_context none = {0}, declared = context;
    declared.declared = true;
    struct filter *f = NULL;
    assert_int_equal(filter_parse(&thing, "secret = b", &none, &arena, NULL, &f), FAULT_NONE);
    assert_int_equal(filter_parse(&thing, "secret = b", &declared, &arena, NULL, &f), FAULT_NONE);
    may_private = true;
    parsed("secret = b");
    private_everywhere = false; /* the right in one unit of the two that he may read tells nothing of the other's */
    private_units[0] = id_of(1), read_units[0] = id_of(1), read_units[1] = id_of(2);
    refused("title = a AND secret = b", "15", "保密");
    read_units[1] = id_of(1);
    parsed("secret = b");
    reads_everywhere = true;
    refused("secret = b", "1", "保密");
    reads_everywhere = false;
    private_everywhere = true;
    may_private = false;
}

static void limits_hold(void **state) {
    (void)state;
    parsed(repeated("urgent=1 OR ", 199, "urgent=1"));
    refused(repeated("urgent=1 OR ", 200, "urgent=1"), "2401", "最多 200 个");
    parsed(repeated("NOT ", 32, "urgent=1"));
    refused(repeated("NOT ", 33, "urgent=1"), "129", "最多 32 层");
    parsed(arena_format(&arena, "%s%s", repeated("(", 32, "urgent=1"), repeated(")", 32, "")));
    refused(repeated("(", 4000, ""), "33", "最多 32 层");
    parsed(repeated(" ", 3992, "urgent=1"));
    refused(repeated(" ", 3993, "urgent=1"), "1", "最多 4000 字节");
    parsed(repeated("(urgent=1) AND ", 100, "urgent=1")); /* closed brackets do not add up */
}

/* --- the truth table --- */

static struct value texts_of(const char *s) { return s ? (struct value){VALUE_TEXT, 0, s} : (struct value){0}; }

static bool holds(const char *text, const struct record *r) { return filter_matches(parsed(text), &thing, r); }

static const char *const that_hold[] = {
    "",
    " \n　",
    "title = 消防检查",
    "title : 防检",
    "title != 消防",
    "title > a",
    "people = 5",
    "people >= ５",
    "cost = 1234.50",
    "cost < 1234.51",
    "found = 2019年3月1日",
    "found > 2019/2/28",
    "kind = power",
    "kind = \"供 电\"",
    "kind = POWER",
    "urgent = true",
    "urgent = 是",
    "owner = me",
    "owner != null",
    "room = null",
    "state = open",
    "state = 待整改",
    "state != 已销号",
    "unit != null",
    "effective = 2019-03-01",
    "entered = 2019-03-02",
    "entered > 2019-03-01",
    "entered < 2019-03-03",
    "late = true",
    "withdrawn = false",
    "body = null",
    "scan = null",
    "found >= period.start AND found <= period.end",
    "NOT (title = x OR title = y)",
    "not not urgent = yes",
    "（title = “消防检查”）AND people ≤ 5",
    "title ： 消防 and people≥5",
    "entered != null",
    /* a missing value */
    "body != x",
    "NOT body = x",
    "NOT body < x",
    "NOT body >= x",
    "NOT body : x",
    "NOT body != null",
};
static const char *const that_do_not[] = {
    "title = 消防",
    "title = null",
    "title != 消防检查",
    "people < 5",
    "people = 6",
    "cost = 1234.49",
    "found < period.start",
    "kind = fire",
    "urgent = 否",
    "owner = null",
    "state = closed",
    "unit = null",
    "effective != 2019-03-01",
    "entered = 2019-03-01",
    "entered >= 2019-03-03",
    "late = false",
    "withdrawn = 1",
    "entered = null",
    "body = x",
    "body < x",
    "body <= x",
    "body > x",
    "body >= x",
    "body : x",
    "body != null",
    "NOT body = null",
    "NOT body != x",
    "title : 查检",
};

static void truth(void **state) {
    (void)state;
    struct value values[FIELDS] = {
        [TITLE] = texts_of("消防检查"),   [PEOPLE] = {VALUE_INT, 5, NULL}, [COST] = {VALUE_INT, 123450, NULL},
        [FOUND] = texts_of("2019-03-01"), [KIND] = texts_of("power"),      [URGENT] = {VALUE_INT, 1, NULL},
        [OWNER] = texts_of(id_words(1))};
    /* Entered at midnight in China, which is 16:00 UTC of the day before. */
    struct record r = {.state = "open",
                       .values = values,
                       .effective = day_of("2019-03-01"),
                       .entered_ms = (int64_t)day_of("2019-03-02") * 86400000 - 28800000,
                       .unit = id_of(2),
                       .late = true};
    for (size_t i = 0; i < COUNT_OF(that_hold); i++)
        if (!holds(that_hold[i], &r)) fail_msg("“%s” should hold", that_hold[i]);
    for (size_t i = 0; i < COUNT_OF(that_do_not); i++)
        if (holds(that_do_not[i], &r)) fail_msg("“%s” should not hold", that_do_not[i]);
    assert_true(holds(arena_format(&arena, "unit = %s", id_words(2)), &r));
    assert_false(holds(arena_format(&arena, "unit = %s", id_words(1)), &r));
    assert_true(holds(arena_format(&arena, "room != %s", id_words(1)), &r));
    r.entered_ms += 86399999;
    assert_true(holds("entered = 2019-03-02", &r));
    r.entered_ms++;
    assert_true(holds("entered = 2019-03-03", &r));
    values[BODY] = texts_of("甲“乙\"\\\n丙");
    assert_true(holds("body = \"甲“乙\\\"\\\\\\n丙\"", &r));
    assert_true(holds("body : “乙\\\"\\\\”", &r)); /* the curly quotes here only enclose */
    values[TITLE] = texts_of("caf\xc3\xa9");
    assert_true(holds("title = cafe\xcc\x81", &r));
}

/* --- SQL and memory agree --- */

static uint64_t seed = 20190301;
static unsigned pick(unsigned n) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % n);
}

static const char *const some_texts[] = {"a",   "ab", "b",    "B",      "消防",       "消防检查", "caf\xc3\xa9", "x\"y",
                                         "50%", "_",  "a\\b", "一\n二", "2019-03-01", "null",     "' OR 1=1 --"};
static const char *const some_dates[] = {"0001-01-01", "2018-12-31", "2019-01-01", "2019-12-31", "2020-02-29", "9999-12-31"};
static const int64_t some_ints[] = {0, 1, 5, -2, 100, INT64_MAX, -INT64_MAX, 12345};

/* Midnight in China, or a minute beside it. */
static int64_t random_moment(void) {
    return (int64_t)day_of(some_dates[1 + pick(COUNT_OF(some_dates) - 2)]) * 86400000 - 28800000 + ((int64_t)pick(3) - 1) * 60000;
}

enum { POOLED = 5 };

/* One of a few values of a field, as typed ones are kept: few, so that what is asked for stands in some rows. */
static struct value pooled_value(const struct reg_field *f) {
    static struct value pool[FIELDS][POOLED];
    struct value *v = &pool[f - fields][pick(POOLED)];
    struct notes quiet;
    notes_init(&quiet, &arena);
    if (v->kind == VALUE_NONE && value_read(NULL, NULL, f, random_typed(f, &arena, &seed), NULL, &arena, &quiet, v))
        fail_msg("a random value of %s is refused", f->key);
    return *v;
}

/* A random value of a field, missing one time in five. */
static struct value random_value(const struct reg_field *f) {
    if (!pick(5)) return (struct value){0};
    switch (f->type) {
    case REG_TEXT:
    case REG_LONG: return texts_of(some_texts[pick(COUNT_OF(some_texts))]);
    case REG_INT:
    case REG_MONEY: return (struct value){VALUE_INT, some_ints[pick(COUNT_OF(some_ints))], NULL};
    case REG_DATE: return texts_of(some_dates[pick(COUNT_OF(some_dates))]);
    case REG_CHOICE: return texts_of(f->choices[pick(3)].key);
    case REG_YESNO: return (struct value){VALUE_INT, pick(2), NULL};
    case REG_REF: return texts_of(id_words((int)pick(3) + 1));
    case REG_FILE: return texts_of("x:1:y");
    case REG_NUMBER: return (struct value){VALUE_INT, some_ints[pick(COUNT_OF(some_ints))], NULL};
    case REG_MOMENT: return (struct value){VALUE_INT, random_moment(), NULL};
    default: return pooled_value(f);
    }
}

static struct record random_record(int n) {
    struct record r = {
        .id = id_of(n), .effective = day_of(some_dates[pick(COUNT_OF(some_dates))]), .late = pick(2), .withdrawn = pick(2)};
    if (pick(5)) r.unit = id_of((int)pick(3) + 1);
    r.state = pick(8) ? states[pick(2)].key : NULL;
    int64_t begin = (int64_t)day_of(some_dates[pick(COUNT_OF(some_dates))]) * 86400000 -
                    28800000; /* midnight in China, and one beside */
    r.entered_ms = begin + (int64_t)pick(3) - 1 + (pick(2) ? 86400000 : 0);
    if (r.entered_ms < (int64_t)day_of("0001-01-02") * 86400000) r.entered_ms = 1;
    r.values = arena_array(&arena, struct value, FIELDS);
    for (size_t i = 0; i < FIELDS; i++) r.values[i] = random_value(&fields[i]);
    compute_fields(&thing, r.values);
    return r;
}

static void add_quoted(struct text *out, const char *s) {
    text_addc(out, '"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\') text_addc(out, '\\');
        if (*s == '\n') text_add(out, "\\n");
        else text_addc(out, *s);
    }
    text_addc(out, '"');
}

static bool is_code(const struct reg_field *f) { return value_type(f->type)->sort == SORT_CODE; }
static bool only_asked_for(const struct reg_field *f) { return value_type(f->type)->sort == SORT_PRESENCE; }

/* A part of a code, in whole characters. */
static void add_part(struct text *out, const struct reg_field *f) {
    const char *code = pooled_value(f).text;
    size_t from = pick((unsigned)strlen(code)), end = from + 1 + pick((unsigned)(strlen(code) - from));
    while (from && ((unsigned char)code[from] & 0xc0) == 0x80) from--;
    while (((unsigned char)code[end] & 0xc0) == 0x80) end++;
    add_quoted(out, arena_copyn(&arena, code + from, end - from));
}

static void add_literal(struct text *out, const struct reg_field *f) {
    struct value v;
    do v = random_value(f);
    while (v.kind == VALUE_NONE);
    if (f->type == REG_SET || f->type == REG_REFS) { /* one of the several */
        add_quoted(out, f->type == REG_REFS && !pick(3) ? id_words(1) : arena_copyn(&arena, v.text, strcspn(v.text, "\n")));
        return;
    }
    if (f->type == REG_MOMENT) add_quoted(out, arena_copyn(&arena, value_show(f, &v, LANG_ZH, &arena), 10)); /* the day */
    else if (f->type == REG_NETWORK || f->type == REG_NUMBER || f->type == REG_DURATION)
        add_quoted(out, value_show(f, &v, LANG_ZH, &arena));
    else if (f->type == REG_MONEY) text_add(out, value_show(f, &v, LANG_ZH, &arena));
    else if (f->type == REG_DATE && !pick(4)) text_add(out, pick(2) ? "period.start" : "period.end");
    else if (f->type == REG_CHOICE && pick(2)) add_quoted(out, reg_choice_label(f, v.text));
    else if (f->type == REG_REF && !strcmp(f->to, "person") && !pick(3)) text_add(out, "me");
    else if (v.kind == VALUE_INT) text_add_int(out, v.integer);
    else add_quoted(out, v.text);
}

static void add_comparison(struct text *out) {
    static const struct reg_field system[] = {
        {"state", "", REG_CHOICE, .choices = {{"open", "待整改"}, {"closed", "已销号"}, {"open", "待整改"}}},
        {"unit", "", REG_REF, .to = "unit"},
        {"effective", "", REG_DATE},
        {"entered", "", REG_DATE},
        {"late", "", REG_YESNO},
        {"withdrawn", "", REG_YESNO}};
    static const char *const signs[] = {" = ", "!=", " < ", "<=", " ＞ ", " ≥ ", ":"};
    unsigned n = pick(FIELDS + COUNT_OF(system));
    const struct reg_field *f = n < FIELDS ? &fields[n] : &system[n - FIELDS];
    bool has = is_code(f) || f->type == REG_NETWORK, several = f->type == REG_SET || f->type == REG_REFS;
    unsigned known = f->type == REG_TEXT || f->type == REG_LONG ? 7
                   : f->type == REG_INT || f->type == REG_MONEY || f->type == REG_DATE || f->type == REG_NUMBER ||
                             f->type == REG_MOMENT || f->type == REG_DURATION
                       ? 6
                       : 2;
    if (!only_asked_for(f) && !pick(6)) {
        text_format(out, "%s in (", f->key);
        for (unsigned i = 0, n_in = pick(3) + 1; i < n_in; i++) {
            if (i) text_add(out, pick(2) ? "," : " ， ");
            add_literal(out, f);
        }
        text_addc(out, ')');
        return;
    }
    unsigned sign = has && !pick(3) ? 6 : several && pick(4) ? 6 : pick(known);
    text_add(out, f->key);
    text_add(out, signs[sign]);
    if (sign < 2 && (only_asked_for(f) || several || !pick(6))) text_add(out, "null");
    else if (sign == 6 && is_code(f)) add_part(out, f);
    else add_literal(out, f);
}

static void add_expression(struct text *out, int depth) {
    unsigned parts = depth ? pick(4) : 0;
    const char *joint = pick(2) ? " AND " : "\n or ";
    if (parts < 2) {
        if (!pick(4)) text_add(out, "NOT ");
        add_comparison(out);
        return;
    }
    for (unsigned i = 0; i < parts; i++) {
        if (i) text_add(out, joint);
        if (!pick(4)) text_add(out, "NOT");
        text_addc(out, '(');
        add_expression(out, depth - 1);
        text_addc(out, ')');
    }
}

enum { SYSTEM_COLUMNS = 10 };
static struct store_column columns[SYSTEM_COLUMNS + FIELDS] = {
    {"tenant", STORE_INT, true},     {"id", STORE_BLOB, true},      {"unit", STORE_BLOB, false}, {"state", STORE_TEXT, false},
    {"effective", STORE_TEXT, true}, {"position", STORE_INT, true}, {"made", STORE_INT, true},   {"entered", STORE_INT, true},
    {"late", STORE_INT, true},       {"withdrawn", STORE_INT, true}};
static const struct store_table table = {"r_thing", TABLE_WORK, columns, COUNT_OF(columns), "tenant, id", NULL, false};

static void make_columns(void) {
    for (size_t i = 0; i < FIELDS; i++) {
        bool number = value_type(fields[i].type)->kind == VALUE_INT;
        columns[SYSTEM_COLUMNS + i] = (struct store_column){arena_format(&arena, "f_%s", fields[i].key),
                                                            number                      ? STORE_INT
                                                            : fields[i].type == REG_REF ? STORE_BLOB
                                                                                        : STORE_TEXT,
                                                            false};
    }
}

static enum fault insert_one(struct conn *conn, const struct record *r) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    _cleanup_(text_release) struct text sql;
    text_init(&sql, 1000);
    text_add(&sql, "INSERT INTO r_thing VALUES (1, ?1, ?2, ?3, ?4, 0, 0, ?5, ?6, ?7");
    for (int i = 0; i < FIELDS; i++) text_format(&sql, ", ?%d", 8 + i);
    text_addc(&sql, ')');
    enum fault f = stmt_open(conn, sql.at, &s);
    if (f) return f;
    char effective[CIVIL_TEXT];
    struct id refs[FIELDS];
    civil_format(r->effective, effective);
    stmt_bind_id(s, 1, &r->id);
    stmt_bind_id(s, 2, id_is_zero(&r->unit) ? NULL : &r->unit);
    stmt_bind_text(s, 3, r->state);
    stmt_bind_text(s, 4, effective);
    stmt_bind_int(s, 5, r->entered_ms);
    stmt_bind_int(s, 6, r->late);
    stmt_bind_int(s, 7, r->withdrawn);
    for (int i = 0; i < FIELDS; i++) {
        const struct value *v = &r->values[i];
        if (v->kind == VALUE_NONE) stmt_bind_null(s, 8 + i);
        else if (v->kind == VALUE_INT) stmt_bind_int(s, 8 + i, v->integer);
        else if (fields[i].type == REG_REF && id_parse(v->text, &refs[i])) stmt_bind_id(s, 8 + i, &refs[i]);
        else stmt_bind_text(s, 8 + i, v->text);
    }
    return stmt_run(s);
}

static enum fault insert_all(struct conn *conn, void *argument) {
    const struct record *records = argument;
    for (int i = 0; i < ROWS; i++) {
        enum fault f = insert_one(conn, &records[i]);
        if (f) return f;
    }
    return FAULT_NONE;
}

/* Asks the database for the truth of the condition in every row and holds it against memory. Returns how many rows it holds for. */
static int compare_engines(struct conn *conn, const struct record *records, const char *words) {
    struct filter *filter = parsed(words);
    _cleanup_(text_release) struct text sql;
    text_init(&sql, 1 << 16);
    text_add(&sql, "SELECT id, (");
    filter_sql(filter, &thing, 2, NULL, &sql);
    text_add(&sql, ") FROM r_thing t WHERE t.tenant = ?1 ORDER BY id");
    assert_false(sql.over);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    assert_int_equal(stmt_open(conn, sql.at, &s), FAULT_NONE);
    stmt_bind_int(s, 1, 1);
    filter_bind(filter, s, 2);
    int true_rows = 0;
    for (int i = 0; i < ROWS; i++) {
        bool row = false;
        struct id id;
        assert_int_equal(stmt_step(s, &row), FAULT_NONE);
        assert_true(row && stmt_id(s, 0, &id) && id_same(&id, &records[i].id));
        bool matches = filter_matches(filter, &thing, &records[i]);
        true_rows += matches;
        if (stmt_null(s, 1)) fail_msg("“%s” is unknown in row %d:\n%s", words, i, sql.at);
        if (stmt_int(s, 1) != matches) fail_msg("“%s” is %d in memory, not so in row %d:\n%s", words, matches, i, sql.at);
    }
    return true_rows;
}

/* --- taken apart for a form --- */

/* The groups written as an expression again, NULL if there are none. */
static const char *put_together(const char *expression) {
    struct filter_group groups[FILTER_GROUPS];
    size_t count;
    _cleanup_(text_release) struct text out;
    text_init(&out, EXPRESSION_MAX);
    if (!filter_groups(parsed(expression), &thing, &arena, groups, &count)) return NULL;
    for (size_t i = 0; i < count; i++) {
        text_add(&out, i ? " OR (" : "(");
        for (const struct filter_ask *a = groups[i].asks; a; a = a->next) {
            text_format(&out, "%s%s %s ", a == groups[i].asks ? "" : " AND ", a->field ? a->field->key : "state", a->sign);
            add_quoted(&out, a->value);
        }
        text_addc(&out, ')');
    }
    return out.over ? NULL : arena_copy(&arena, out.at);
}

static void plain_ones_are_taken_apart(void **state) {
    (void)state;
    static const char *const apart[][2] = {
        {"", ""},
        {"title : 消防", "(title : \"消防\")"},
        {"state = 待整改 AND found >= 2019年3月1日", "(state = \"open\" AND found >= \"2019-03-01\")"},
        {"state = open OR (kind = 给水 AND urgent = 是)", "(state = \"open\") OR (kind = \"water\" AND urgent = \"true\")"},
        {"cost <= 5 AND kind in (fire, water)", "(cost <= \"5\" AND kind = \"fire\") OR (cost <= \"5\" AND kind = \"water\")"},
        {"((risks : fire)) AND title = \"a \\\" b\"", "(risks : \"fire\" AND title = \"a \\\" b\")"},
    };
    for (size_t i = 0; i < COUNT_OF(apart); i++) assert_string_equal(put_together(apart[i][0]), apart[i][1]);
    static const char *const whole[] = {
        "NOT title = a",
        "title = null",
        "owner = me",
        "title = a AND crew : me",
        "found >= period.start",
        "effective >= 2019-01-01",
        "late = true",
        "unit != null",
        "state = open AND (title = a OR NOT title = b)",
        "title in (a, b, c) AND people in (1, 2, 3)",
    };
    for (size_t i = 0; i < COUNT_OF(whole); i++)
        if (put_together(whole[i])) fail_msg("“%s” should stay as it is", whole[i]);
    context.has_today = true;
    assert_null(put_together("found <= today"));
    context.has_today = false;
    assert_non_null(put_together("title = \"me\""));
    assert_non_null(put_together(repeated("urgent=1 AND ", FILTER_ASKS - 1, "urgent=1")));
    assert_null(put_together(repeated("urgent=1 AND ", FILTER_ASKS, "urgent=1")));
    assert_non_null(put_together(repeated("urgent=1 OR ", FILTER_GROUPS - 1, "urgent=1")));
    assert_null(put_together(repeated("urgent=1 OR ", FILTER_GROUPS, "urgent=1")));
}

/* What was taken apart says of every record what the whole says. */
static int compare_groups(const struct record *records, const char *expression) {
    const char *again = put_together(expression);
    if (!again || !again[0]) return 0;
    for (int i = 0; i < ROWS; i++)
        if (holds(expression, &records[i]) != holds(again, &records[i])) fail_msg("“%s” became “%s”", expression, again);
    return 1;
}

static void sql_agrees(void **state) {
    (void)state;
    struct store *store = NULL;
    struct conn *conn = NULL;
    struct record records[ROWS];
    const char *again = getenv("FILTER_SEED");
    if (again) seed = strtoull(again, NULL, 10) | 1;
    for (int i = 0; i < ROWS; i++) records[i] = random_record(i + 1);
    char path[600] = "";
    scratch_path(path, sizeof path);
    make_columns();
    assert_int_equal(path[0] ? store_open(path, true, NULL, &store) : store_open_scratch(&store), FAULT_NONE);
    assert_int_equal(store_declare(store, &table, 1, NULL), FAULT_NONE);
    assert_int_equal(search_declare(store, NULL), FAULT_NONE); /* PostgreSQL has what `:` asks with from there */
    assert_int_equal(store_work(store, insert_all, records), FAULT_NONE);
    assert_int_equal(store_read_begin(store, &conn), FAULT_NONE);
    assert_int_equal(compare_engines(conn, records, ""), ROWS);
    may_private = true;
    int mixed = 0, apart = 0;
    _cleanup_(text_release) struct text words;
    text_init(&words, EXPRESSION_MAX);
    for (int i = 0; i < EXPRESSIONS; i++) {
        do {
            text_clear(&words);
            add_expression(&words, (int)pick(5));
        } while (words.over);
        int n = compare_engines(conn, records, words.at);
        mixed += n > 0 && n < ROWS;
        apart += compare_groups(records, words.at);
    }
    may_private = false;
    store_read_end(&conn);
    store_close(store);
    assert_true(mixed > EXPRESSIONS / 2); /* else the expressions would say little */
    assert_true(apart > EXPRESSIONS / 20);
}

static int setup(void **state) {
    (void)state;
    arena_init(&arena, 256 << 20);
    me = (struct actor){.person = id_of(1)};
    context = (struct filter_context){
        .actor = &me, .has_period = true, .period_start = day_of("2019-01-01"), .period_end = day_of("2019-12-31")};
    return 0;
}

static int teardown(void **state) {
    (void)state;
    arena_release(&arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(words_are_refused_in_their_place, setup, teardown),
        cmocka_unit_test_setup_teardown(mixed_and_or_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(types_are_held, setup, teardown),
        cmocka_unit_test_setup_teardown(private_fields_are_not_told, setup, teardown),
        cmocka_unit_test_setup_teardown(limits_hold, setup, teardown),
        cmocka_unit_test_setup_teardown(truth, setup, teardown),
        cmocka_unit_test_setup_teardown(plain_ones_are_taken_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(sql_agrees, setup, teardown),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
