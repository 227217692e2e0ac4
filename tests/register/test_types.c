/* test_types.c - the types beyond text, whole number, date and choice: what is read, what is refused and why, round trips, computed fields. */
#include "register/compute.h"
#include "tests/register/random_value.h"

#include "register/change.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;
static struct notes notes;

static const struct reg_field columns[] = {{"name", "名称", REG_TEXT, REQUIRED},
                                           {"count", "数量", REG_INT, .min = -100000, .max = 100000},
                                           {"price", "单价", REG_MONEY},
                                           {"checked", "已查", REG_YESNO},
                                           {"day", "日期", REG_DATE}};
static const struct reg_field fields[] = {
    {"text", "文本", REG_TEXT},
    {"long", "长文本", REG_LONG},
    {"int", "整数", REG_INT},
    {"money", "金额", REG_MONEY},
    {"date", "日期", REG_DATE},
    {"choice", "选择", REG_CHOICE, .choices = {{"fire", "消防"}, {"water", "给水"}}},
    {"yesno", "是否", REG_YESNO},
    {"ref", "引用", REG_REF, .to = "person"},
    {"file", "文件", REG_FILE},
    {"number", "长度", REG_NUMBER, .decimals = 2, .unit = "米"},
    {"moment", "时刻", REG_MOMENT},
    {"duration", "时长", REG_DURATION},
    {"set", "多选", REG_SET, .choices = {{"fire", "消防"}, {"water", "给水"}, {"power", "供电"}}},
    {"refs", "多人", REG_REFS, .to = "person"},
    {"network", "网段", REG_NETWORK},
    {"mac", "MAC", REG_MAC},
    {"phone", "电话", REG_PHONE},
    {"mail", "邮箱", REG_MAIL},
    {"url", "网址", REG_URL},
    {"identity", "身份证号", REG_IDENTITY},
    {"credit", "信用代码", REG_CREDIT},
    {"plate", "车牌", REG_PLATE},
    {"place", "位置", REG_PLACE},
    {"table", "明细", REG_TABLE, .columns = columns, .column_count = COUNT_OF(columns)},
};

const struct reg *register_named(const struct registers *rs, const char *key) {
    (void)rs, (void)key;
    return NULL;
}

static const struct reg_field *field_of(enum reg_type type) {
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (fields[i].type == type) return &fields[i];
    fail_msg("no field of type %d", type);
    return NULL;
}

static enum fault read_as(const struct reg_field *field, const char *typed, struct value *out) {
    notes_init(&notes, &arena);
    return value_read(NULL, NULL, field, typed, NULL, &arena, &notes, out);
}

static const char *told(void) {
    struct text filled;
    if (!notes.first) return "";
    text_init(&filled, 10000);
    note_fill(&filled, notes.first->sentence, notes.first->args);
    const char *copy = arena_copy(&arena, filled.at);
    text_release(&filled);
    return copy;
}

/* What is typed, and the form it is kept in (numbers as digits) or, where it begins with "!", a part of the sentence that refuses it. */
static const struct {
    enum reg_type type;
    const char *typed, *wanted;
} cases[] = {
    {REG_NUMBER, "12.5", "1250"},
    {REG_NUMBER, "-0.07 米", "-7"},
    {REG_NUMBER, "１，２３４．５", "123450"},
    {REG_NUMBER, "3", "300"},
    {REG_NUMBER, "3.1400", "!最多 2 位小数"},
    {REG_NUMBER, "3.141", "!最多 2 位小数"},
    {REG_NUMBER, "3.", "!应为数"},
    {REG_NUMBER, "3 千米", "!应为数"},
    {REG_NUMBER, "99999999999999999999", "!太大"},
    {REG_MONEY, "1.5万元", "1500000"},
    {REG_MONEY, "1.5 万", "1500000"},
    {REG_MONEY, "0.000001万", "1"},
    {REG_MONEY, "0.0000001万元", "!最多两位小数"},
    {REG_MONEY, "12,345.60", "1234560"},
    {REG_MOMENT, "2019-03-01 14:30", "1551421800000"},
    {REG_MOMENT, "2019年3月1日下午2点半", "1551421800000"},
    {REG_MOMENT, "2019-03-01T14:30:00", "1551421800000"},
    {REG_MOMENT, "2019/3/1 14时30分", "1551421800000"},
    {REG_MOMENT, "1969-12-31 23:59", "-28860000"},
    {REG_MOMENT, "2019-03-01", "!还缺时间"},
    {REG_MOMENT, "2019-03-01 24:00", "!还缺时间"},
    {REG_MOMENT, "2019-02-29 08:00", "!没有"},
    {REG_MOMENT, "明天", "!应为日期和时间"},
    {REG_DURATION, "2小时30分", "150"},
    {REG_DURATION, "2:30", "150"},
    {REG_DURATION, "90分钟", "90"},
    {REG_DURATION, "1天2小时3分", "1563"},
    {REG_DURATION, "0分", "0"},
    {REG_DURATION, "90", "!应为时长"},
    {REG_DURATION, "2:60", "!应为时长"},
    {REG_DURATION, "40000天", "!太长"},
    {REG_SET, "给水、消防、给水", "fire\nwater"},
    {REG_SET, "power", "power"},
    {REG_SET, "、", ""},
    {REG_SET, "消防、道路", "!应为以下之一"},
    {REG_REFS, "00000000000000000000000001;00000000000000000000000002\n00000000000000000000000001",
     "00000000000000000000000001\n00000000000000000000000002"},
    {REG_REFS, "谁", "!应为 26 位编号"},
    {REG_NETWORK, "192.168.1.10", "4c0a8010a/32"},
    {REG_NETWORK, "１９２.168.1.0/24", "4c0a80100/24"},
    {REG_NETWORK, "0.0.0.0/0", "400000000/00"},
    {REG_NETWORK, "::ffff:192.168.1.10", "4c0a8010a/32"},
    {REG_NETWORK, "2001:DB8::1", "620010db8000000000000000000000001/128"},
    {REG_NETWORK, "fe80::/10", "6fe800000000000000000000000000000/010"},
    {REG_NETWORK, "192.168.1.10/24", "!单个地址请写 192.168.1.10，网段请写 192.168.1.0/24"},
    {REG_NETWORK, "192.168.1.256", "!应为 IP"},
    {REG_NETWORK, "192.168.001.1", "!应为 IP"},
    {REG_NETWORK, "192.168.1.0/33", "!应为 IP"},
    {REG_NETWORK, "1.2.3.4/", "!应为 IP"},
    {REG_MAC, "3C-52-82-4A-0B-1F", "3c:52:82:4a:0b:1f"},
    {REG_MAC, "3c52.824a.0b1f", "3c:52:82:4a:0b:1f"},
    {REG_MAC, "3c:52:82:4a:0b", "!应为 MAC"},
    {REG_PHONE, "138 0013 8000", "13800138000"},
    {REG_PHONE, "+86 138-0013-8000", "13800138000"},
    {REG_PHONE, "（0551）62901234转801", "0551-62901234转801"},
    {REG_PHONE, "0551-62901234-801", "0551-62901234转801"},
    {REG_PHONE, "123转4", "123转4"},
    {REG_PHONE, "01062901234", "010-62901234"},
    {REG_PHONE, "02162901234", "021-62901234"},
    {REG_PHONE, "62901234", "62901234"},
    {REG_PHONE, "12345", "12345"},
    {REG_PHONE, "+852 2123 4567", "+85221234567"},
    {REG_PHONE, "400-800-1234", "4008001234"},
    {REG_PHONE, "1380013800", "!应为电话号码"},
    {REG_PHONE, "05516290", "!应为电话号码"},
    {REG_PHONE, "13800138000转a", "!应为电话号码"},
    {REG_MAIL, "Zhang.San@Example.CN", "Zhang.San@example.cn"},
    {REG_MAIL, "zhang@example", "!应为电子邮箱"},
    {REG_MAIL, "zhang@@example.cn", "!应为电子邮箱"},
    {REG_MAIL, ".a@example.cn", "!应为电子邮箱"},
    {REG_MAIL, "a@b..cn", "!应为电子邮箱"},
    {REG_URL, "HTTPS://WWW.Example.CN/Path?q=1#x", "https://www.example.cn/Path?q=1#x"},
    {REG_URL, "http://[2001:db8::1]:8080/", "http://[2001:db8::1]:8080/"},
    {REG_URL, "www.example.cn", "!应为网址"},
    {REG_URL, "javascript:alert(1)", "!应为网址"},
    {REG_URL, "http://user:word@example.cn/", "!应为网址"},
    {REG_URL, "http://example.cn/a b", "!应为网址"},
    {REG_IDENTITY, "11010519491231002x", "11010519491231002X"}, /* the example of GB 11643 */
    {REG_IDENTITY, "440524188001010014", "440524188001010014"}, /* the other */
    {REG_IDENTITY, "110105194912310021", "!末位与前面不符"},
    {REG_IDENTITY, "11010519491331002X", "!不是一个日期"},
    {REG_IDENTITY, "110105491231002", "!15 位的旧号码"},
    {REG_IDENTITY, "1101051949123100", "!应为 18 位"},
    {REG_CREDIT, "91350100M000100Y43", "91350100M000100Y43"},
    {REG_CREDIT, "91350100m000100y43", "91350100M000100Y43"},
    {REG_CREDIT, "91350100M000100Y44", "!末位与前面不符"},
    {REG_CREDIT, "91350100I000100Y43", "!应为 18 位"},
    {REG_PLATE, "皖a·12345", "皖A12345"},
    {REG_PLATE, "皖AD12345", "皖AD12345"},
    {REG_PLATE, "皖A1234学", "皖A1234学"},
    {REG_PLATE, "皖A1234", "!应为车牌号"},
    {REG_PLATE, "皖AO2345", "!应为车牌号"},
    {REG_PLATE, "A12345", "!应为车牌号"},
    {REG_PLACE, "31.8206, 117.2272", "31.820600,117.227200"},
    {REG_PLACE, "北纬31°49′14″ 东经117°13′38″", "31.820556,117.227222"},
    {REG_PLACE, "117.2272E 31.8206N", "31.820600,117.227200"},
    {REG_PLACE, "-33.5,-70.25", "-33.500000,-70.250000"},
    {REG_PLACE, "南纬33度30分，西经70.25度", "-33.500000,-70.250000"},
    {REG_PLACE, "91, 10", "!应为纬度和经度"},
    {REG_PLACE, "31.8", "!应为纬度和经度"},
    {REG_PLACE, "31N 32N", "!应为纬度和经度"},
    {REG_TABLE, "灭火器 | 3 | 120.5 | 是 | 2019-3-1\n\n消火栓\t2\t\t否", "灭火器\t3\t12050\t1\t2019-03-01\n消火栓\t2\t\t0\t"},
    {REG_TABLE, "a\\|b | 1", "a|b\t1\t\t\t"},
    {REG_TABLE, "灭火器 | 三", "!第 1 行“数量”"},
    {REG_TABLE, "灭火器 | 1\n | 2", "!第 2 行缺“名称”"},
    {REG_TABLE, "a|1|1|是|2019-01-01|x", "!第 1 行多于 5 格"},
};

static void readings(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct value v = {VALUE_INT, 77, NULL};
        const struct reg_field *f = field_of(cases[i].type);
        enum fault fault = read_as(f, cases[i].typed, &v);
        if (cases[i].wanted[0] == '!') {
            if (fault != FAULT_INPUT || v.integer != 77 || notes.count != 1 || !strstr(told(), cases[i].wanted + 1))
                fail_msg("“%s” as %s: fault %d, “%s”", cases[i].typed, f->key, fault, told());
            if (strchr(told(), '{')) fail_msg("“%s”: an argument is missing", told());
            continue;
        }
        const char *kept = v.kind == VALUE_INT ? arena_int(&arena, v.integer) : v.kind == VALUE_TEXT ? v.text : "";
        if (fault || strcmp(kept, cases[i].wanted))
            fail_msg("“%s” as %s is kept as “%s”, not “%s” (%s)", cases[i].typed, f->key, kept, cases[i].wanted, told());
    }
}

/* What is shown can be typed again and gives the same value: exports come back in. */
static void round_trips(void **state) {
    (void)state;
    uint64_t seed = 20190301;
    for (int round = 0; round < 2000; round++)
        for (size_t i = 0; i < COUNT_OF(fields); i++) {
            const struct reg_field *f = &fields[i];
            _cleanup_(arena_release) struct arena own;
            arena_init(&own, 4 << 20);
            const char *typed = random_typed(f, &own, &seed);
            struct value v = {0}, again = {0};
            if (read_as(f, typed, &v)) fail_msg("“%s” as %s is refused: %s", typed, f->key, told());
            bool own_form = f->type == REG_FILE || f->type == REG_REF ||
                            f->type == REG_REFS; /* shown by names that a record must give */
            for (int lang = 0; lang < LANG_COUNT; lang++) {
                const char *shown = own_form ? v.text : value_show(f, &v, (enum lang)lang, &own);
                if (read_as(f, shown, &again) || !value_same(&v, &again))
                    fail_msg("“%s” as %s is shown as “%s”, which reads otherwise", typed, f->key, shown);
            }
            assert_int_equal(v.kind, value_is_number(f->type) ? VALUE_INT : VALUE_TEXT);
            if (round % 100 == 99) arena_release(&arena), arena_init(&arena, 64 << 20);
        }
}

static void networks_sort(void **state) {
    (void)state;
    static const struct {
        const char *network, *address;
        bool within;
    } asked[] = {
        {"10.0.0.0/8", "10.255.255.255", true},     {"10.0.0.0/8", "11.0.0.0", false}, {"10.0.0.0/24", "10.0.0.0/16", false},
        {"10.0.0.0/16", "10.0.0.0/24", true},       {"10.0.0.7", "10.0.0.7", true},    {"::/0", "10.0.0.1", false},
        {"2001:db8::/32", "2001:db8:ffff::1", true}};
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        struct value n, a;
        assert_int_equal(read_as(field_of(REG_NETWORK), asked[i].network, &n), FAULT_NONE);
        assert_int_equal(read_as(field_of(REG_NETWORK), asked[i].address, &a), FAULT_NONE);
        bool within = strcmp(a.text, n.text) >= 0 && strcmp(a.text, value_network_last(n.text, &arena)) <= 0;
        if (within != asked[i].within) fail_msg("%s in %s", asked[i].address, asked[i].network);
    }
}

/* Every fragment is JSON, and the types have names of their own. */
static void schemas(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        struct text out;
        json_error_t error;
        enum reg_type type;
        text_init(&out, 20000);
        value_schema(&fields[i], &out);
        json_t *json = json_loads(out.at, 0, &error);
        if (!json) fail_msg("%s: %s in %s", fields[i].key, error.text, out.at);
        assert_non_null(json_object_get(json, "type"));
        json_decref(json);
        text_release(&out);
        assert_true(value_type_named(value_type(fields[i].type)->key, &type) && type == fields[i].type);
    }
    enum reg_type none;
    assert_false(value_type_named("nothing", &none));
}

/* ---- computed fields ---- */

static struct reg_field reckoned[] = {
    {"a", "甲", REG_INT},      {"b", "乙", REG_INT},      {"price", "单价", REG_MONEY}, {"rate", "率", REG_NUMBER, .decimals = 3},
    {"began", "起", REG_DATE}, {"ended", "止", REG_DATE}, {"from", "自", REG_MOMENT},   {"till", "至", REG_MOMENT},
    {"out", "得数", REG_INT}};
enum { A, B, PRICE, RATE, BEGAN, ENDED, FROM, TILL, OUT, RECKONED };
static const struct reg reckoner = {"reckoner", "计算", "r", "w", .fields = reckoned, .field_count = RECKONED};

static struct value reckon(const char *expression, enum reg_type type, int decimals, bool missing) {
    struct value values[RECKONED] = {{VALUE_INT, 7, NULL},     {VALUE_INT, missing ? 0 : 2, NULL}, {VALUE_INT, 1050, NULL},
                                     {VALUE_INT, 1500, NULL},  {VALUE_TEXT, 0, "2020-02-28"},      {VALUE_TEXT, 0, "2020-03-01"},
                                     {VALUE_INT, 60000, NULL}, {VALUE_INT, 60000 * 91, NULL},      {VALUE_INT, 99, NULL}};
    if (missing) values[B] = (struct value){0};
    reckoned[OUT] = (struct reg_field){"out", "得数", type, .decimals = decimals, .compute = expression};
    compute_fields(&reckoner, values);
    return values[OUT];
}

static void computed(void **state) {
    (void)state;
    static const struct {
        const char *expression;
        enum reg_type type;
        int decimals;
        int64_t wanted;
    } sums[] = {{"a + b * 3", REG_INT, 0, 13},
                {"(a + b) * 3", REG_INT, 0, 27},
                {"a / b", REG_INT, 0, 4},
                {"-a / b", REG_INT, 0, -4},
                {"a / b", REG_NUMBER, 2, 350},
                {"a / 3", REG_NUMBER, 3, 2333},
                {"price * a", REG_MONEY, 0, 7350},
                {"price * rate", REG_MONEY, 0, 1575},
                {"price * a / 3", REG_MONEY, 0, 2450},
                {"days(began, ended)", REG_INT, 0, 2},
                {"days(ended, began) + 1", REG_INT, 0, -1},
                {"minutes(from, till)", REG_DURATION, 0, 90},
                {"minutes(from, till) / 60", REG_NUMBER, 1, 15},
                {"2.5 * b", REG_INT, 0, 5},
                {"a - b - b", REG_INT, 0, 3},
                {"--a", REG_INT, 0, 7}};
    for (size_t i = 0; i < COUNT_OF(sums); i++) {
        struct value v = reckon(sums[i].expression, sums[i].type, sums[i].decimals, false);
        if (v.kind != VALUE_INT || v.integer != sums[i].wanted)
            fail_msg("%s = %lld, not %lld", sums[i].expression, (long long)v.integer, (long long)sums[i].wanted);
        assert_int_equal(compute_check(&reckoner, &reckoned[OUT], "x", NULL), FAULT_NONE);
    }
    assert_int_equal(reckon("a + b", REG_INT, 0, true).kind, VALUE_NONE);
    assert_int_equal(reckon("a / (b - b)", REG_INT, 0, false).kind, VALUE_NONE);
    assert_int_equal(reckon("999999999999999 * 999999999999999", REG_INT, 0, false).kind, VALUE_NONE);
}

static void expressions_refused(void **state) {
    (void)state;
    static const struct {
        const char *expression, *says;
    } wrong[] = {{"a +", "这里应为数"},
                 {"a b", "这里应为"},
                 {"nothing + 1", "没有栏目“nothing”"},
                 {"began + 1", "不是可以计算的数"},
                 {"out + 1", "不是可以计算的数"},
                 {"days(a, b)", "日期"},
                 {"days(began)", "两个栏目"},
                 {"(a", "缺右括号"},
                 {"", "这里应为数"},
                 {"1234567890123456", "太长"},
                 {"minutes(began, ended)", "时间"},
                 {"((((((((((((((((((1))))))))))))))))))", "太深"}};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        reckoned[OUT] = (struct reg_field){"out", "得数", REG_INT, .compute = wrong[i].expression};
        notes_init(&notes, &arena);
        assert_int_equal(compute_check(&reckoner, &reckoned[OUT], "reckoner.out", &notes), FAULT_INPUT);
        if (!strstr(told(), wrong[i].says)) fail_msg("“%s”: %s", wrong[i].expression, told());
    }
}

static int setup(void **state) {
    (void)state;
    arena_init(&arena, 256 << 20);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    arena_release(&arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(readings, setup, teardown),
                                       cmocka_unit_test_setup_teardown(round_trips, setup, teardown),
                                       cmocka_unit_test_setup_teardown(networks_sort, setup, teardown),
                                       cmocka_unit_test_setup_teardown(schemas, setup, teardown),
                                       cmocka_unit_test_setup_teardown(computed, setup, teardown),
                                       cmocka_unit_test_setup_teardown(expressions_refused, setup, teardown)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
