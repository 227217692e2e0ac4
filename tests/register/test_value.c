/* test_value.c - each type: the forms that are read, the forms that are refused with their sentence, the bounds, and showing. */
#include "register/value.h"

#include "register/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct notes notes;

/* --- a double: two registers that references can point to --- */

static const struct reg_field person_fields[] = {{"name", "姓名", REG_TEXT, NAME}, {"number", "工号", REG_TEXT, KEY}};
static const struct reg person = {"person", "人员", "r", "w", .fields = person_fields, .field_count = 2};
static const struct reg_field room_fields[] = {{"name", "名称", REG_TEXT, NAME}};
static const struct reg room = {"room", "房间", "r", "w", .fields = room_fields, .field_count = 1};
struct registers {
    int none;
};
static struct registers registers;

const struct reg *register_named(const struct registers *rs, const char *key) {
    assert_ptr_equal(rs, &registers);
    return !strcmp(key, "person") ? &person : !strcmp(key, "room") ? &room : NULL;
}

/* --- asking --- */

static enum fault read_as(const struct reg_field *field, const char *typed, struct value *out) {
    notes_init(&notes, &arena);
    return value_read(NULL, NULL, field, typed, NULL, &arena, &notes, out);
}

static void expect_text(const struct reg_field *field, const char *typed, const char *text) {
    struct value v = {0};
    if (read_as(field, typed, &v) || v.kind != VALUE_TEXT || strcmp(v.text, text))
        fail_msg("“%s” should be read as “%s”", typed, text);
}

static void expect_int(const struct reg_field *field, const char *typed, int64_t n) {
    struct value v = {0};
    if (read_as(field, typed, &v) || v.kind != VALUE_INT || v.integer != n)
        fail_msg("“%s” should be read as %lld, not %lld", typed, (long long)n, (long long)v.integer);
}

static void expect_none(const struct reg_field *field, const char *typed) {
    struct value v = {.kind = VALUE_INT};
    if (read_as(field, typed, &v) || v.kind != VALUE_NONE) fail_msg("“%s” should be no value", typed ? typed : "NULL");
}

/* The value must be refused with one note at the field, whose filled sentence contains `words`; the result stays untouched. */
static void expect_refused(const struct reg_field *field, const char *typed, const char *words) {
    struct value v = {.kind = VALUE_INT, .integer = 77};
    if (read_as(field, typed, &v) != FAULT_INPUT) fail_msg("“%s” should be refused", typed);
    assert_int_equal(v.integer, 77);
    assert_int_equal(notes.count, 1);
    assert_string_equal(notes.first->place, field->key);
    _cleanup_(text_release) struct text filled;
    text_init(&filled, 10000);
    note_fill(&filled, notes.first->sentence, notes.first->args);
    if (!strstr(filled.at, words)) fail_msg("“%s” is refused with “%s”, which does not say “%s”", typed, filled.at, words);
    if (strchr(filled.at, '{')) fail_msg("“%s”: an argument is missing", filled.at);
}

static char *repeated(const char *piece, size_t times) {
    size_t n = strlen(piece);
    char *s = arena_alloc(&arena, n * times + 1);
    for (size_t i = 0; i < times; i++) memcpy(s + i * n, piece, n);
    return s;
}

/* --- one test a type --- */

static void texts(void **state) {
    (void)state;
    static const struct reg_field line = {"title", "标题", REG_TEXT}, lines = {"body", "内容", REG_LONG};
    expect_text(&line, "  消防检查\t ", "消防检查");
    expect_text(&line, "　Ａ栋 １ 层　", "Ａ栋 １ 层"); /* texts keep their full-width characters */
    expect_text(&line, "cafe\xcc\x81", "caf\xc3\xa9");  /* composed */
    expect_text(&line,
                "\xef\xbb\xbf"
                "2019",
                "2019");
    expect_none(&line, "");
    expect_none(&line, " \t　\r\n ");
    expect_none(&line, NULL);
    expect_refused(&line, "上\n下", "一行");
    expect_refused(&line, "a\x01z", "第 2 个字");
    expect_refused(&line, "a\tz", "第 2 个字");
    expect_refused(&line, "张\xe2\x80\xae三", "第 2 个字"); /* a bidirectional override */
    expect_refused(&line, "\xc3(", "UTF-8");
    expect_refused(&line, "\xed\xa0\x80", "UTF-8");
    expect_text(&line, repeated("字", 500), repeated("字", 500));
    expect_refused(&line, repeated("字", 501), "最多 500 个字，现有 501 个");
    expect_text(&lines, " 一\r\n二\r三\n", "一\n二\n三");
    expect_refused(&lines, "一\n\x7f", "第 3 个字");
    expect_text(&lines, repeated("字", 20000), repeated("字", 20000));
    expect_refused(&lines, repeated("字", 20001), "最多 20000 个字");
    expect_refused(&lines, repeated("字", 100000), "太长");
}

static void dates(void **state) {
    (void)state;
    static const struct reg_field f = {"on", "日期", REG_DATE};
    static const char *const good[] = {"2019-03-01",
                                       "2019-3-1",
                                       "2019/3/1",
                                       "2019/03/01",
                                       "2019.3.1",
                                       "2019年3月1日",
                                       "2019年03月01日",
                                       "20190301",
                                       " 2019-03-01 ",
                                       "2019-03-01 00:00:00",
                                       "2019-03-01T00:00:00",
                                       "2019-03-01 00:00:00.000",
                                       "２０１９－０３－０１",
                                       "２０１９年３月１日",
                                       "2019 年 3 月 1 日",
                                       "2019年3月1号",
                                       "2019年3月1",
                                       "2019．3．1",
                                       "２０１９／３／１",
                                       "2019–03–01",
                                       "20190301 00:00:00",
                                       "2019-03-01T00:00:00Z"};
    for (size_t i = 0; i < COUNT_OF(good); i++) expect_text(&f, good[i], "2019-03-01");
    expect_text(&f, "2020-02-29", "2020-02-29");
    expect_text(&f, "9999-12-31", "9999-12-31");
    expect_none(&f, " 　");
    static const char *const bad[] = {"2019",
                                      "2019-03",
                                      "19-3-1",
                                      "2019-3/1",
                                      "2019-3-1-1",
                                      "2019-03-011",
                                      "2019-003-01",
                                      "201931",
                                      "2019030",
                                      "201903011",
                                      "2019-03-01 08:30:00",
                                      "昨天",
                                      "2019-03-01吗",
                                      "3/1/2019",
                                      "2019年3月",
                                      "-2019-03-01",
                                      "2019-03-01 00",
                                      "2019--1",
                                      "43525",
                                      "1899-12-30 00:00:01",
                                      "2019-03-01.",
                                      "99999999999999999999"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) expect_refused(&f, bad[i], "2019-03-01");
    expect_refused(&f, "2019-02-29", "没有“2019-02-29”这一天");
    expect_refused(&f, "2019/13/1", "没有“2019/13/1”这一天");
    expect_refused(&f, "20190431", "这一天");
    expect_refused(&f, "0000-01-01", "这一天");
}

static void integers(void **state) {
    (void)state;
    static const struct reg_field f = {"people", "人数", REG_INT, .unit = "人"},
                                  percent = {"share", "比例", REG_INT, .min = 0, .max = 100};
    expect_int(&f, "0", 0);
    expect_int(&f, "007", 7);
    expect_int(&f, "1,234", 1234);
    expect_int(&f, "１，２３４，５６７", 1234567);
    expect_int(&f, "-12", -12);
    expect_int(&f, "－12", -12);
    expect_int(&f, "+12", 12);
    expect_int(&f, "12.0", 12);
    expect_int(&f, "35 人", 35);
    expect_int(&f, "35人", 35);
    expect_int(&f, "9223372036854775807", INT64_MAX);
    expect_none(&f, " ");
    static const char *const bad[] = {"1,23", "12,34,567", ",123", "1234,567", "1,,234", "1 2", "1.5", "十二",
                                      "1e3",  "--1",       "-",    "12页",     "0x10",   "1.",  "."};
    for (size_t i = 0; i < COUNT_OF(bad); i++) expect_refused(&f, bad[i], "应为整数");
    expect_refused(&f, "9223372036854775808", "十八位");
    expect_refused(&f, "99,999,999,999,999,999,999,999", "十八位");
    expect_int(&percent, "100", 100);
    expect_int(&percent, "0", 0);
    expect_refused(&percent, "101", "应在 0 到 100 之间，现为 101");
    expect_refused(&percent, "-1", "应在 0 到 100 之间");
}

static void money(void **state) {
    (void)state;
    static const struct reg_field f = {"cost", "金额", REG_MONEY}, capped = {"cost", "金额", REG_MONEY, .min = 1, .max = 100000};
    expect_int(&f, "1234.5", 123450);
    expect_int(&f, "1,234.56", 123456);
    expect_int(&f, "１，２３４．５６元", 123456);
    expect_int(&f, "¥1234", 123400);
    expect_int(&f, "￥ 0.07", 7);
    expect_int(&f, "-0.01", -1);
    expect_int(&f, "0", 0);
    expect_int(&f, "92233720368547758.07", INT64_MAX);
    expect_none(&f, "　");
    expect_refused(&f, "92233720368547758.08", "太大");
    expect_refused(&f, "92233720368547759", "太大");
    expect_refused(&f, "999999999999999999999999", "太大");
    expect_refused(&f, "1.005", "最多两位小数");
    expect_refused(&f, "1.000", "最多两位小数");
    static const char *const bad[] = {"1.", ".5", "1.2.3", "一百", "1e2", "1,23.00", "¥", "12美元"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) expect_refused(&f, bad[i], "1234.50");
    expect_int(&capped, "1000", 100000);
    expect_refused(&capped, "1000.01", "应在 0.01 到 1000.00 之间，现为 1000.01");
    expect_refused(&capped, "0", "应在 0.01 到");
}

static void words(void **state) {
    (void)state;
    static const struct reg_field yes = {"urgent", "紧急", REG_YESNO};
    static const char *const yeses[] = {"是", "有", "yes", "YES", "y", "Ｙ", "true", "1", "１", "√", " 是 "};
    static const char *const noes[] = {"否", "无", "no", "No", "n", "false", "FALSE", "0", "×"};
    for (size_t i = 0; i < COUNT_OF(yeses); i++) expect_int(&yes, yeses[i], 1);
    for (size_t i = 0; i < COUNT_OF(noes); i++) expect_int(&yes, noes[i], 0);
    expect_none(&yes, "");
    expect_refused(&yes, "2", "“是”或“否”");
    expect_refused(&yes, "不是", "现为“不是”");

    static const struct lang_pair pairs[] = {{"在用", "in use"}, {"封存", "Stored away"}};
    lang_set_table(LANG_EN, (struct lang_table){pairs, 2});
    static const struct reg_field f = {"kind", "状况", REG_CHOICE,
                                       .choices = {{"used", "在用"}, {"stored", "封存"}, {"a4", "Ａ４纸"}}};
    expect_text(&f, "used", "used");
    expect_text(&f, "USED", "used");
    expect_text(&f, " 在用", "used");
    expect_text(&f, "In Use", "used");
    expect_text(&f, "stored away", "stored");
    expect_text(&f, "A4纸", "a4");
    expect_text(&f, "Ａ４纸", "a4");
    expect_none(&f, " ");
    expect_refused(&f, "报废", "应为以下之一：在用、封存、Ａ４纸；现为“报废”");
    expect_refused(&f, "use", "应为以下之一");
    lang_set_table(LANG_EN, (struct lang_table){NULL, 0});
}

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void files(void **state) {
    (void)state;
    static const struct reg_field f = {"scan", "附件", REG_FILE};
    expect_text(&f, HASH ":120:照片 1.jpg", HASH ":120:照片 1.jpg");
    expect_text(&f, HASH ":0:a:b", HASH ":0:a:b");
    expect_none(&f, "");
    static const char *const bad[] = {"照片.jpg",
                                      HASH,
                                      HASH ":12:",
                                      HASH ":x:a",
                                      HASH ":012:a",
                                      HASH ":-1:a",
                                      HASH "0:1:a",
                                      HASH ":1:../a",
                                      HASH ":1:a\\b",
                                      HASH ":1:a\nb",
                                      HASH ":1:.",
                                      HASH ":1:..",
                                      HASH ":1234567890123456:a"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) expect_refused(&f, bad[i], "应为已上传的文件");
    expect_refused(&f, arena_format(&arena, "%s:1:%s", HASH, repeated("字", 256)), "应为已上传的文件");
    char *upper = arena_copy(&arena, HASH ":1:a");
    upper[63] = 'F';
    expect_refused(&f, upper, "应为已上传的文件");
}

/* --- references, over a real database --- */

static const struct store_column person_columns[] = {{"tenant", STORE_INT, true},
                                                     {"id", STORE_BLOB, true},
                                                     {"withdrawn", STORE_INT, true},
                                                     {"f_name", STORE_TEXT, false},
                                                     {"f_number", STORE_TEXT, false}};
static const struct store_table tables[] = {{"r_person", TABLE_WORK, person_columns, 5, "tenant, id", NULL, false},
                                            {"r_room", TABLE_WORK, person_columns, 4, "tenant, id", NULL, false}};

static const struct {
    const char *table;
    uint8_t id;
    int withdrawn;
    const char *name, *number;
} rows[] = {
    {"r_person", 1, 0, "张三", "A001"}, {"r_person", 2, 0, "李四", "A002"}, {"r_person", 3, 0, "李四", "A003"},
    {"r_person", 4, 1, "王五", "A004"}, {"r_person", 5, 0, "A001", "A005"}, {"r_room", 1, 0, "会议室", NULL},
    {"r_room", 2, 0, "会议室", NULL},
};

static enum fault fill(struct conn *conn, void *argument) {
    (void)argument;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        _cleanup_(stmt_done) struct stmt *s = NULL;
        bool numbered = !strcmp(rows[i].table, "r_person");
        struct id id = {{rows[i].id}};
        enum fault f = stmt_open(
            conn, numbered ? "INSERT INTO r_person VALUES (1, ?1, ?2, ?3, ?4)" : "INSERT INTO r_room VALUES (1, ?1, ?2, ?3)", &s);
        if (f) return f;
        stmt_bind_id(s, 1, &id);
        stmt_bind_int(s, 2, rows[i].withdrawn);
        stmt_bind_text(s, 3, rows[i].name);
        if (numbered) stmt_bind_text(s, 4, rows[i].number);
        f = stmt_run(s);
        if (f) return f;
    }
    return FAULT_NONE;
}

static const char *id_text(uint8_t n) {
    char text[ID_TEXT];
    id_format(&(struct id){{n}}, text);
    return arena_copy(&arena, text);
}

static void expect_reference(struct conn *conn, const char *to, const char *typed, const char *id, const char *words_of_note) {
    struct reg_field f = {"who", "谁", REG_REF, .to = to};
    struct value v = {0};
    notes_init(&notes, &arena);
    enum fault fault = value_read(&registers, conn, &f, typed, "Sheet1!C7", &arena, &notes, &v);
    if (id) {
        assert_int_equal(fault, FAULT_NONE);
        assert_string_equal(v.text, id);
        return;
    }
    assert_int_equal(fault, FAULT_INPUT);
    assert_int_equal(notes.count, 1);
    assert_string_equal(notes.first->place, "Sheet1!C7");
    _cleanup_(text_release) struct text filled;
    text_init(&filled, 10000);
    note_fill(&filled, notes.first->sentence, notes.first->args);
    if (!strstr(filled.at, words_of_note)) fail_msg("“%s” does not say “%s”", filled.at, words_of_note);
}

static void references(void **state) {
    (void)state;
    struct store *store = NULL;
    struct conn *conn = NULL;
    assert_int_equal(store_open_scratch(&store), FAULT_NONE);
    assert_int_equal(store_declare(store, tables, 2, NULL), FAULT_NONE);
    assert_int_equal(store_work(store, fill, NULL), FAULT_NONE);
    assert_int_equal(store_read_begin(store, &conn), FAULT_NONE);
    expect_reference(conn, "person", id_text(2), id_text(2), NULL);
    expect_reference(conn, "person", id_text(4), id_text(4), NULL); /* withdrawn since, but an older reference holds */
    char *upper = arena_copy(&arena, id_text(2));
    for (char *p = upper; *p; p++) *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
    expect_reference(conn, "person", upper, id_text(2), NULL);
    expect_reference(conn, "person", "A002", id_text(2), NULL);
    expect_reference(conn, "person", " Ａ００２　", id_text(2), NULL);
    expect_reference(conn, "person", "张三", id_text(1), NULL);
    expect_reference(conn, "person", "A001", id_text(1), NULL); /* a key is stronger than a name */
    expect_reference(conn, "person", id_text(99), NULL, "没有叫");
    expect_reference(conn, "person", "王五", NULL, "没有叫“王五”的人员");
    expect_reference(conn, "person", "A004", NULL, "没有叫“A004”的人员");
    expect_reference(conn, "person", "' OR 1=1 --", NULL, "没有叫");
    expect_reference(conn, "person", "李四", NULL, "有 2 条人员叫“李四”，分不清是哪一条；请改填它的“工号”");
    expect_reference(conn, "room", "会议室", NULL, "编号");
    expect_reference(conn, "room", "a\x01", NULL, "没有叫");
    store_read_end(&conn);
    store_close(store);
    struct reg_field f = {"who", "谁", REG_REF, .to = "person"};
    expect_text(&f, id_text(7), id_text(7)); /* without a database: the form only */
    expect_refused(&f, "张三", "26 位编号");
    expect_none(&f, " ");
}

static void showing(void **state) {
    (void)state;
    static const struct lang_pair pairs[] = {{"否", "no"}, {"在用", "in use"}, {"是", "yes"}};
    struct reg_field f = {"x", "某", REG_MONEY, .choices = {{"used", "在用"}}};
    struct value fen = {VALUE_INT, 123450, NULL}, one = {VALUE_INT, 1, NULL}, zero = {0}, used = {VALUE_TEXT, 0, "used"};
    assert_string_equal(value_show(&f, &fen, LANG_ZH, &arena), "1234.50");
    fen.integer = -7;
    assert_string_equal(value_show(&f, &fen, LANG_ZH, &arena), "-0.07");
    fen.integer = INT64_MIN;
    assert_string_equal(value_show(&f, &fen, LANG_ZH, &arena), "-92233720368547758.08");
    assert_string_equal(value_show(&f, &zero, LANG_ZH, &arena), "");
    f.type = REG_INT;
    assert_string_equal(value_show(&f, &fen, LANG_ZH, &arena), "-9223372036854775808");
    lang_set_table(LANG_EN, (struct lang_table){pairs, 3});
    f.type = REG_YESNO;
    assert_string_equal(value_show(&f, &one, LANG_ZH, &arena), "是");
    assert_string_equal(value_show(&f, &one, LANG_EN, &arena), "yes");
    f.type = REG_CHOICE;
    assert_string_equal(value_show(&f, &used, LANG_ZH, &arena), "在用");
    assert_string_equal(value_show(&f, &used, LANG_EN, &arena), "in use");
    used.text = "gone";
    assert_string_equal(value_show(&f, &used, LANG_EN, &arena), "gone");
    f.type = REG_FILE;
    used.text = HASH ":12:照片.jpg";
    assert_string_equal(value_show(&f, &used, LANG_EN, &arena), "照片.jpg");
    lang_set_table(LANG_EN, (struct lang_table){NULL, 0});
    assert_true(value_same(&zero, &zero));
    assert_false(value_same(&zero, &one));
    assert_false(value_same(&fen, &one));
    assert_true(value_same(&(struct value){VALUE_TEXT, 0, "a"}, &(struct value){VALUE_TEXT, 5, "a"}));
    assert_false(value_same(&(struct value){VALUE_TEXT, 0, "a"}, &(struct value){VALUE_TEXT, 0, "b"}));
}

static int setup(void **state) {
    (void)state;
    arena_init(&arena, 64 << 20);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    arena_release(&arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(texts, setup, teardown),      cmocka_unit_test_setup_teardown(dates, setup, teardown),
        cmocka_unit_test_setup_teardown(integers, setup, teardown),   cmocka_unit_test_setup_teardown(money, setup, teardown),
        cmocka_unit_test_setup_teardown(words, setup, teardown),      cmocka_unit_test_setup_teardown(files, setup, teardown),
        cmocka_unit_test_setup_teardown(references, setup, teardown), cmocka_unit_test_setup_teardown(showing, setup, teardown),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
