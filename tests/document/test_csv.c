/* test_csv.c - reading CSV in the encodings and shapes that offices send, refusing the rest by place, and writing it. */
#include "sheet_say.h"

#include <stdlib.h>
#include <unistd.h>

#define SAY(literal) say_bytes("" literal "", sizeof(literal) - 1)

static void test_plain(void **state) {
    (void)state;
    assert_string_equal(SAY("a,b\n1,007\n"), "1: a|b\n2: 1|007\n");
    assert_string_equal(SAY("a,b\r\n,x\r\n\r\n,,\r\ny"), "1: a|b\n2: -|x\n5: y\n"); /* empty rows count but are not given */
    assert_string_equal(SAY("a\rb\r"), "1: a\n2: b\n");
    assert_string_equal(SAY("\xef\xbb\xbf名称,数\n甲,1"), "1: 名称|数\n2: 甲|1\n");
    assert_string_equal(SAY("a,b,,\n"), "1: a|b\n");
}

static void test_quotes(void **state) {
    (void)state;
    assert_string_equal(SAY("\"a,b\",\"say \"\"hi\"\"\",\"\"\n"), "1: a,b|say \"hi\"\n");
    assert_string_equal(SAY("x,\"one\r\ntwo\rthree\nfour\"\ny"), "1: x|one\ntwo\nthree\nfour\n2: y\n");
    assert_string_equal(SAY("a\nb,c\"d\n"),
                        "1: a\n! input B2 第 2 行：文字中间有单独的引号；请把整个单元格放进引号，里面的引号写成两个（\"\"）");
    assert_string_equal(SAY("\"a\nb\"c"), "! input A1 第 2 行：结束的引号后面还有文字；文字里的引号应写成两个（\"\"）");
    assert_string_equal(SAY("a\n\"b\nc"), "1: a\n! input A2 第 2 行的引号一直没有结束；请补上结束的引号（\"）");
}

static void test_line_numbers(void **state) {
    (void)state;
    static const char bytes[] = "\"a\nb\"\nc\n";
    struct sheet_reader *reader = NULL;
    struct sheet_row row;
    assert_int_equal(sheet_open(&(struct sheet_source){.bytes = bytes, .length = sizeof bytes - 1}, NULL, NULL, &reader),
                     FAULT_NONE);
    assert_int_equal(sheet_next(reader, &row), FAULT_NONE);
    assert_int_equal(row.line, 1);
    assert_int_equal(sheet_next(reader, &row), FAULT_NONE);
    assert_int_equal(row.number, 2);
    assert_int_equal(row.line, 3);
    sheet_close(&reader);
    assert_null(reader);
}

static void test_separators(void **state) {
    (void)state;
    assert_string_equal(SAY("a;b\n1,5;2\n"), "1: a|b\n2: 1,5|2\n");
    assert_string_equal(SAY("a\tb\n1\t2;3\n"), "1: a|b\n2: 1|2;3\n");
    assert_string_equal(SAY("\n\"a;;;\",b\n"), "2: a;;;|b\n"); /* those inside quotes do not count */
}

static void test_encodings(void **state) {
    (void)state;
    /* 姓名,备注 / 张,㐀 in GB18030 (the last is a four-byte character) */
    assert_string_equal(SAY("\xd0\xd5\xc3\xfb,\xb1\xb8\xd7\xa2\n\xd5\xc5,\x81\x39\xee\x39\n"), "1: 姓名|备注\n2: 张|㐀\n");
    assert_string_equal(SAY("\xff\xfe"
                            "a\0\t\0"
                            "b\0\n\0"),
                        "1: a|b\n");
    assert_string_equal(SAY("ok\n\xff\xff\xff\n"),
                        "! input a.csv 文件第 2 行不是 UTF-8 也不是 GB18030 文字；请用表格程序另存为“CSV UTF-8”或 .xlsx");
    assert_string_equal(SAY("\xef\xbb\xbf"
                            "a\n\xd0\xd5\n"),
                        "! input a.csv 文件第 2 行不是有效的 UTF-8 文字；请另存为“CSV UTF-8”");
    assert_string_equal(SAY("a,b\n1,x\0y\n"),
                        "1: a|b\n! input B2 文件第 2 行有空字节（NUL），不是文字文件；请用表格程序另存为 CSV");
    struct sheet_reader *reader = NULL;
    assert_int_equal(sheet_open(&(struct sheet_source){.bytes = "\xd0\xd5", .length = 2}, NULL, NULL, &reader), FAULT_NONE);
    assert_string_equal(sheet_encoding(reader), "GB18030");
    sheet_close(&reader);
}

static void test_refused(void **state) {
    (void)state;
    assert_string_equal(SAY(""), "! input a.csv 文件是空的；应有表头一行和数据行");
    assert_string_equal(SAY("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"),
                        "! input a.csv 这是旧版 .xls 文件或加了密码的表格；请去掉密码，另存为 .xlsx 再导入");
    struct sheet_source source = {.bytes = "a,b,c\n1,2,\n1,2,3\n", .length = 17, .name = "a.csv"};
    assert_string_equal(sheet_say(&source, &(struct sheet_limits){.columns = 2}),
                        "! large C1 表格太宽：最多 2 列；请删去多余的列，或检查第 1 行的分隔符");
    assert_string_equal(sheet_say(&source, &(struct sheet_limits){.rows = 2}),
                        "1: a|b|c\n2: 1|2\n! large 3 行数超过 2 行；请分成几个文件");
    source = (struct sheet_source){.bytes = "一二三,四\n", .length = 14, .name = "a.csv"};
    assert_string_equal(sheet_say(&source, &(struct sheet_limits){.cell_chars = 3}), "1: 一二三|四\n");
    assert_string_equal(sheet_say(&source, &(struct sheet_limits){.cell_chars = 2}),
                        "! large A1 这个单元格有 3 个字，最多 2 个；请缩短，或改作附件");
    source.sheet = "x";
    assert_string_equal(sheet_say(&source, NULL), "! input a.csv CSV 文件没有工作表“x”；请不要指定工作表");
}

static void test_large_file(void **state) {
    (void)state;
    char path[] = "/tmp/sheet-large-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 200 << 20), 0); /* a hole: refused by its size, nothing of it is read */
    close(fd);
    char expected[256];
    snprintf(expected, sizeof expected, "! large %s 文件有 200.0 MB，最多 64.0 MB；请分成几个文件，或删去图片和多余的工作表",
             strrchr(path, '/') + 1);
    assert_string_equal(sheet_say(&(struct sheet_source){.path = path}, NULL), expected);
    unlink(path);
    assert_non_null(strstr(sheet_say(&(struct sheet_source){.path = "/nonexistent/a.csv"}, NULL), "! file a.csv 文件读不出来"));
    assert_non_null(strstr(sheet_say(&(struct sheet_source){.path = "/dev/zero"}, NULL), "! file zero 这不是普通文件"));
}

static void test_places(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 4096);
    char letters[SHEET_COLUMN_TEXT];
    sheet_column_letters(25, letters);
    assert_string_equal(letters, "Z");
    sheet_column_letters(26, letters);
    assert_string_equal(letters, "AA");
    sheet_column_letters(16383, letters);
    assert_string_equal(letters, "XFD");
    assert_string_equal(sheet_place(&a, "检查", 3, 2), "检查!C3");
    assert_string_equal(sheet_place(&a, "", 3, 2), "C3");
    assert_string_equal(sheet_place(&a, "检查", 3, SHEET_NO_COLUMN), "检查!3");
    assert_string_equal(sheet_place_words(&a, LANG_ZH, "检查", 3, 2), "工作表“检查”第 3 行 C 列");
    assert_string_equal(sheet_place_words(&a, LANG_ZH, "", 3, SHEET_NO_COLUMN), "第 3 行");
    assert_string_equal(sheet_range_place(&a, "检查", &(struct sheet_range){1, 2, 0, 2}), "检查!A1:C2");
    arena_release(&a);
}

static void test_round_trip(void **state) {
    (void)state;
    char path[] = "/tmp/sheet-csv-XXXXXX";
    close(mkstemp(path));
    static const struct sheet_column columns[] = {{"名称", SHEET_TEXT, 0}, {"数", SHEET_NUMBER, 0}};
    struct sheet_plan plan = {.format = SHEET_CSV, .columns = columns, .column_count = 2};
    struct sheet_writer *writer = NULL;
    const struct sheet_cell first[] = {{.text = "=HYPERLINK(\"x\")", .kind = SHEET_TEXT}, {.text = "-3.5", .kind = SHEET_NUMBER}};
    const struct sheet_cell second[] = {{.text = "甲\n\"乙\"", .kind = SHEET_TEXT}, {.text = "＋1", .kind = SHEET_TEXT}};
    assert_int_equal(sheet_create(path, &plan, NULL, &writer), FAULT_NONE);
    assert_int_equal(sheet_put(writer, first, 2), FAULT_NONE);
    assert_int_equal(sheet_put(writer, second, 2), FAULT_NONE);
    assert_int_equal(sheet_finish(&writer), FAULT_NONE);
    assert_null(writer);
    char bytes[256];
    FILE *f = fopen(path, "rb");
    size_t n = fread(bytes, 1, sizeof bytes - 1, f);
    fclose(f);
    bytes[n] = 0;
    assert_string_equal(bytes, "\xef\xbb\xbf名称,数\r\n\"'=HYPERLINK(\"\"x\"\")\",-3.5\r\n\"甲\n\"\"乙\"\"\",\"'＋1\"\r\n");
    assert_string_equal(sheet_say(&(struct sheet_source){.path = path}, NULL),
                        "1: 名称|数\n2: =HYPERLINK(\"x\")|-3.5\n3: 甲\n\"乙\"|＋1\n");
    assert_int_equal(sheet_create(path, &plan, NULL, &writer), FAULT_NONE);
    sheet_abandon(&writer);
    assert_int_not_equal(access(path, F_OK), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),      cmocka_unit_test(test_quotes),    cmocka_unit_test(test_line_numbers),
        cmocka_unit_test(test_separators), cmocka_unit_test(test_encodings), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_large_file), cmocka_unit_test(test_places),    cmocka_unit_test(test_round_trip),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
