/* test_xlsx.c - reading workbooks built by hand, by another program and by our writer; each refusal by its place. */
#include "sheet_say.h"

#include <stdlib.h>
#include <unistd.h>
#include <zip.h>

#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define RELS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"

/* A workbook under construction; NULL pieces take the usual text, "" leaves the part out. */
struct build {
    const char *root, *book, *relations, *styles, *strings, *sheet, *second;
    bool stored;
};

struct bytes {
    char *at;
    size_t length;
};

static void zip_put(zip_t *zip, const char *name, const char *usual, const char *given, bool stored) {
    const char *text = given ? given : usual;
    if (!*text) return;
    zip_source_t *source = zip_source_buffer(zip, text, strlen(text), 0);
    zip_int64_t index = zip_file_add(zip, name, source, 0);
    assert_true(index >= 0);
    if (stored) assert_int_equal(zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0), 0);
}

static struct bytes build_bytes(const struct build *b) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *out = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *zip = zip_open_from_source(out, ZIP_TRUNCATE, &error);
    assert_non_null(zip);
    zip_source_keep(out);
    zip_put(zip, "_rels/.rels",
            HEAD "<Relationships xmlns=\"x\"><Relationship Id=\"r1\" Type=\"" RELS
                 "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
            b->root, b->stored);
    zip_put(zip, "xl/workbook.xml",
            HEAD "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" RELS
                 "\"><sheets><sheet name=\"检查\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>",
            b->book, b->stored);
    zip_put(zip, "xl/_rels/workbook.xml.rels",
            HEAD "<Relationships xmlns=\"x\"><Relationship Id=\"rId1\" Type=\"" RELS
                 "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
                 "<Relationship Id=\"rId2\" Type=\"" RELS "/worksheet\" Target=\"/xl/worksheets/sheet2.xml\"/>"
                 "<Relationship Id=\"rId3\" Type=\"" RELS "/styles\" Target=\"styles.xml\"/>"
                 "<Relationship Id=\"rId4\" Type=\"" RELS "/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>",
            b->relations, b->stored);
    zip_put(
        zip, "xl/styles.xml",
        HEAD
        "<styleSheet xmlns=\"" MAIN
        "\"><numFmts><numFmt numFmtId=\"170\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@\"/>"
        "<numFmt numFmtId=\"171\" formatCode=\"[$-804]yyyy/m/d h:mm\"/><numFmt numFmtId=\"172\" formatCode=\"0.00E+00\"/></numFmts>"
        "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf "
        "numFmtId=\"170\"/><xf numFmtId=\"171\"/>"
        "<xf numFmtId=\"21\"/><xf numFmtId=\"46\"/><xf numFmtId=\"172\"/><xf numFmtId=\"49\"/></cellXfs></styleSheet>",
        b->styles, b->stored);
    zip_put(zip, "xl/sharedStrings.xml",
            HEAD "<sst xmlns=\"" MAIN "\"><si><t>名称</t></si><si><r><t>富</t></r><r><rPr><b/></rPr><t xml:space=\"preserve\">文 "
                 "</t></r><rPh sb=\"0\" eb=\"1\"><t>fu</t></rPh></si>"
                 "<si><t>a_x000D_&#10;b_x005F_</t></si><si/></sst>",
            b->strings, b->stored);
    zip_put(zip, "xl/worksheets/sheet1.xml", "", b->sheet, b->stored);
    zip_put(zip, "xl/worksheets/sheet2.xml", "", b->second, b->stored);
    assert_int_equal(zip_close(zip), 0);
    zip_stat_t stat;
    assert_int_equal(zip_source_stat(out, &stat), 0);
    struct bytes bytes = {.at = malloc((size_t)stat.size), .length = (size_t)stat.size};
    assert_int_equal(zip_source_open(out), 0);
    assert_int_equal(zip_source_read(out, bytes.at, stat.size), stat.size);
    zip_source_close(out);
    zip_source_free(out);
    return bytes;
}

static const char *say_build(const struct build *b, const struct sheet_limits *limits, const char *sheet) {
    struct bytes bytes = build_bytes(b);
    const char *said = sheet_say(
        &(struct sheet_source){.bytes = bytes.at, .length = bytes.length, .name = "a.xlsx", .sheet = sheet}, limits);
    free(bytes.at);
    return said;
}

#define ROWS(rows) HEAD "<worksheet xmlns=\"" MAIN "\"><sheetData>" rows "</sheetData></worksheet>"
#define SAY(rows) say_build(&(struct build){.sheet = ROWS(rows)}, NULL, NULL)

static void test_texts(void **state) {
    (void)state;
    assert_string_equal(SAY("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"D1\" "
                            "t=\"s\"><v>2</v></c><c r=\"E1\" t=\"s\"><v>3</v></c></row>"),
                        "1: 名称|富文 |-|a\nb_\n");
    assert_string_equal(
        SAY("<row r=\"2\"><c t=\"inlineStr\"><is><r><t>内</t></r><r><t>联&lt;</t></r><rPh><t>nei</t></rPh></is></c><c "
            "t=\"str\"><v>007</v></c></row><row/><row><c><v>1</v></c></row>"),
        "2: 内联<|007\n4: n1\n");
    assert_string_equal(SAY("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t><![CDATA[<mergeCell ref=]]></t></is></c></row>"),
                        "1: <mergeCell ref=\n");
    assert_string_equal(
        say_build(
            &(struct build){.sheet = HEAD
                            "<x:worksheet xmlns:x=\"" MAIN
                            "\"><x:sheetData><x:row r=\"1\"><x:c r=\"A1\"><x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>"},
            NULL, NULL),
        "1: n5\n");
}

static void test_numbers(void **state) {
    (void)state;
    assert_string_equal(SAY("<row "
                            "r=\"1\"><c><v>12</v></c><c><v>3.50</v></c><c><v>1.1000000000000001</v></"
                            "c><c><v>-4.0000000000000001E-3</v></c><c><v>1E3</v></c><c><v>-0</v></c>"
                            "<c><v>59.970000000000006</v></c><c><v>1.10101199003071E+17</v></c><c><v>1234567890123456</v></c><c "
                            "s=\"6\"><v>1.5</v></c><c><v>abc</v></c><c><v>0x10</v></c><c><v>1e999</v></c></row>"),
                        "1: n12|n3.5|n1.1|n-0.004|n1000|n0|n59.97|n110101199003071000~|n1234567890123456~|n1.5|abc|0x10|1e999\n");
}

static void test_dates(void **state) {
    (void)state;
    assert_string_equal(
        SAY("<row r=\"1\"><c s=\"1\"><v>43525</v></c><c s=\"2\"><v>43525.75</v></c><c s=\"3\"><v>43525.75</v></c><c "
            "s=\"3\"><v>43525</v></c><c s=\"4\"><v>0.5</v></c><c s=\"5\"><v>1.5</v></c>"
            "<c s=\"1\"><v>60</v></c><c s=\"1\"><v>59</v></c><c s=\"1\"><v>-1</v></c><c s=\"1\"><v>2958465</v></c><c "
            "s=\"1\"><v>2958466</v></c><c t=\"d\"><v>2019-03-01T08:30:00</v></c><c t=\"d\"><v>2019-02-30</v></c><c "
            "t=\"d\"><v>2019-03-01Tx</v></c></row>"),
        "1: d2019-03-01|d2019-03-01|d2019-03-01 18:00:00|d2019-03-01 "
        "00:00:00|t12:00:00|t36:00:00|n60|d1900-02-28|n-1|d9999-12-31|n2958466|d2019-03-01 08:30:00|2019-02-30|2019-03-01Tx\n");
    const char *book = HEAD
        "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" RELS
        "\"><workbookPr date1904=\"1\"/><sheets><sheet name=\"s\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
    assert_string_equal(
        say_build(
            &(struct build){.book = book, .sheet = ROWS("<row r=\"1\"><c s=\"1\"><v>42063</v></c><c s=\"1\"><v>0</v></c></row>")},
            NULL, NULL),
        "1: d2019-03-01|d1904-01-01\n");
}

static void test_other_kinds(void **state) {
    (void)state;
    assert_string_equal(
        SAY("<row r=\"3\"><c t=\"b\"><v>1</v></c><c t=\"b\"><v>0</v></c><c t=\"e\"><v>#REF!</v></c><c><f>A1+1</f><v>7</v></c><c "
            "t=\"str\"><f>\"x\"</f><v>x</v></c><c s=\"1\"><f>TODAY()</f><v>43525</v></c><c><f>A1</f></c></row>"),
        "3: bTRUE|bFALSE|e#REF!|f7|fx|f2019-03-01|f\n");
    assert_string_equal(SAY("<row r=\"1\"><c r=\"A1\" s=\"1\"/><c r=\"GZ1\" s=\"2\"/></row><row r=\"1048577\"/>"),
                        ""); /* styled but empty */
}

static void test_merges(void **state) {
    (void)state;
    struct bytes bytes = build_bytes(&(struct build){
        .sheet = HEAD "<worksheet xmlns=\"" MAIN "\"><sheetData><row r=\"1\"><c><v>1</v></c></row></sheetData>"
                      "<mergeCells count=\"2\"><mergeCell ref=\"A1:C1\"/><mergeCell ref='B3:B4'/></mergeCells></worksheet>"});
    struct sheet_reader *reader = NULL;
    assert_int_equal(sheet_open(&(struct sheet_source){.bytes = bytes.at, .length = bytes.length}, NULL, NULL, &reader),
                     FAULT_NONE);
    size_t count = 0;
    const struct sheet_range *merges = sheet_merges(reader, &count);
    assert_int_equal(count, 2);
    assert_int_equal(merges[0].last_column, 2);
    assert_ptr_equal(sheet_merge_in_row(reader, 1), &merges[0]);
    assert_null(sheet_merge_in_row(reader, 2));
    assert_ptr_equal(sheet_merge_in_row(reader, 4), &merges[1]);
    struct arena a;
    arena_init(&a, 1024);
    assert_string_equal(sheet_range_place(&a, sheet_name(reader), merges), "检查!A1:C1");
    arena_release(&a);
    sheet_close(&reader);
    free(bytes.at);
}

static void test_sheets(void **state) {
    (void)state;
    struct build b = {.sheet = ROWS("<row r=\"1\"><c><v>1</v></c></row>"),
                      .second = ROWS("<row r=\"1\"><c><v>2</v></c></row>"),
                      .book = HEAD "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" RELS
                                   "\"><sheets><sheet name=\"藏\" state=\"hidden\" sheetId=\"1\" r:id=\"rId1\"/><sheet name=\"明\" "
                                   "sheetId=\"2\" r:id=\"rId2\"/></sheets></workbook>"};
    assert_string_equal(say_build(&b, NULL, NULL), "1: n2\n");
    assert_string_equal(say_build(&b, NULL, "藏"), "1: n1\n");
    assert_string_equal(say_build(&b, NULL, "无"), "! input a.xlsx 没有名为“无”的工作表；文件里有：藏、明");
    assert_string_equal(say_build(&b, &(struct sheet_limits){.sheets = 1}, NULL), "! large a.xlsx 工作表多于 1 张；请分成几个文件");
    b.book = HEAD "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" RELS
                  "\"><sheets><sheet name=\"藏\" state=\"veryHidden\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
    assert_string_equal(say_build(&b, NULL, NULL), "! input a.xlsx 没有可读的工作表（全部隐藏或不是数据表）；文件里有：藏");
}

static void test_limits(void **state) {
    (void)state;
    struct build b = {.sheet = ROWS("<row r=\"1\"><c><v>1</v></c><c><v>2</v></c><c "
                                    "t=\"inlineStr\"><is><t>三个字</t></is></c></row><row r=\"9\"><c><v>1</v></c></row>")};
    assert_string_equal(say_build(&b, &(struct sheet_limits){.columns = 2}, NULL),
                        "! large 检查!C1 表格太宽：最多 2 列；请删去多余的列");
    assert_string_equal(say_build(&b, &(struct sheet_limits){.rows = 8}, NULL), "! large 检查!9 行数超过 8 行；请分成几个文件");
    assert_string_equal(say_build(&b, &(struct sheet_limits){.cell_chars = 2}, NULL),
                        "! large 检查!C1 这个单元格有 3 个字，最多 2 个；请缩短，或改作附件");
    assert_non_null(strstr(say_build(&b, &(struct sheet_limits){.unpacked_bytes = 1000}, NULL), "文件解开后太大（超过 0 MB"));
    assert_non_null(strstr(say_build(&b, &(struct sheet_limits){.file_bytes = 1000}, NULL), "! large a.xlsx 文件有 "));
}

static void test_bomb(void **state) {
    (void)state;
    size_t length = 40 << 20;
    char *text = malloc(length + 1);
    memset(text, ' ', length);
    text[length] = 0;
    memcpy(text, HEAD "<worksheet>", strlen(HEAD "<worksheet>"));
    struct build b = {.sheet = text};
    assert_non_null(strstr(say_build(&b, NULL, NULL), "! large 检查 文件解开后太大（超过 512 MB，或压缩得异常）"));
    free(text);
}

static void test_damaged(void **state) {
    (void)state;
    static const char place[] = "文件在这里损坏：行或单元格的编号不对；请用表格程序打开后另存为 .xlsx";
    assert_non_null(strstr(SAY("<row r=\"2\"><c><v>1</v></c></row><row r=\"2\"><c><v>1</v></c></row>"), place));
    assert_non_null(strstr(SAY("<row r=\"2\"><c r=\"A3\"><v>1</v></c></row>"), place));
    assert_non_null(strstr(SAY("<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"A2\"><v>1</v></c></row>"), place));
    assert_non_null(strstr(SAY("<row r=\"2\"><c r=\"B2\" t=\"s\"><v>4</v></c></row>"), "! input 检查!B2 文件在这里损坏"));
    assert_non_null(strstr(SAY("<row r=\"1\"><c><v>1</v></c></row><row>"), "文件损坏或没有传完整"));
    assert_non_null(strstr(SAY("<row r=\"1\"><c><v>&nosuch;</v></c></row>"), "文件损坏或没有传完整"));
    assert_non_null(strstr(say_build(&(struct build){.sheet = ROWS(""), .root = ""}, NULL, NULL), "这不是 XLSX 表格"));
    assert_non_null(strstr(say_build(&(struct build){.sheet = ""}, NULL, NULL), "文件损坏或没有传完整"));
}

static void test_doctype(void **state) {
    (void)state;
    static const char refused[] = "! input 检查 文件里有文档类型或实体声明（DOCTYPE），表格不该有；请用表格程序另存为 .xlsx";
    assert_string_equal(
        say_build(
            &(struct build){.sheet = "<!DOCTYPE w [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><worksheet><sheetData><row "
                                     "r=\"1\"><c t=\"inlineStr\"><is><t>&b;</t></is></c></row></sheetData></worksheet>"},
            NULL, NULL),
        refused);
    assert_string_equal(say_build(&(struct build){.sheet = "<!DOCTYPE w SYSTEM \"file:///etc/passwd\"><worksheet/>"}, NULL, NULL),
                        refused);
    assert_non_null(strstr(
        say_build(
            &(struct build){.sheet = ROWS(""),
                            .strings = "<!DOCTYPE s [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><sst><si><t>&x;</t></si></sst>"},
            NULL, NULL),
        "DOCTYPE"));
}

/* Every prefix of a good file is refused; with each size in its headers falsified it is refused or read right, never otherwise. */
static void test_truncated_and_lying(void **state) {
    (void)state;
    for (int stored = 0; stored < 2; stored++) {
        struct bytes good = build_bytes(&(struct build){
            .sheet = ROWS("<row r=\"1\"><c t=\"inlineStr\"><is><t>长长长长长长长长长长长长长长长长</t></is></c></row>"),
            .stored = stored});
        static const char right[] = "1: 长长长长长长长长长长长长长长长长\n";
        for (size_t n = 4; n < good.length; n += 7) assert_non_null(strstr(say_bytes(good.at, n), "! input "));
        for (size_t i = 0; i + 30 < good.length; i++) {
            bool local = memcmp(good.at + i, "PK\3\4", 4) == 0, central = memcmp(good.at + i, "PK\1\2", 4) == 0;
            for (int lie = 0; (local || central) && lie < 4; lie++) { /* packed and unpacked size, too small and too large */
                char *at = good.at + i + (local ? 18 : 20) + lie / 2 * 4, kept[4];
                memcpy(kept, at, 4);
                memcpy(at, lie % 2 ? "\1\0\0\0" : "\xff\xff\xff\x7f", 4);
                const char *said = say_bytes(good.at, good.length);
                if (*said != '!') assert_string_equal(said, right);
                memcpy(at, kept, 4);
            }
        }
        assert_string_equal(say_bytes(good.at, good.length), right);
        free(good.at);
    }
}

/* A worksheet too large to be kept unpacked is unpacked a second time; the merged range at its end is known before its first row. */
static void test_large_sheet(void **state) {
    (void)state;
    enum { LARGE_ROWS = 2400, CHARS = 30000 };
    _cleanup_(text_release) struct text xml;
    text_init(&xml, 80 << 20);
    text_add(&xml, HEAD "<worksheet><sheetData>");
    char *filling = memset(malloc(CHARS), 'x', CHARS);
    for (int i = 1; i <= LARGE_ROWS; i++) {
        text_format(&xml, "<row r=\"%d\"><c t=\"inlineStr\"><is><t>", i);
        text_addn(&xml, filling, CHARS);
        text_format(&xml, "</t></is></c><c><v>%d</v></c></row>", i);
    }
    text_add(&xml, "</sheetData><mergeCells><mergeCell ref=\"A7:B7\"/></mergeCells></worksheet>");
    free(filling);
    assert_false(xml.over);
    assert_true(xml.length > 64 << 20);
    struct bytes bytes = build_bytes(&(struct build){.sheet = xml.at, .stored = true});
    struct sheet_reader *reader = NULL;
    struct sheet_row row;
    struct sheet_limits limits = {.file_bytes = 128 << 20};
    assert_int_equal(sheet_open(&(struct sheet_source){.bytes = bytes.at, .length = bytes.length}, &limits, NULL, &reader),
                     FAULT_NONE);
    assert_non_null(sheet_merge_in_row(reader, 7));
    for (uint32_t i = 1; i <= LARGE_ROWS; i++) {
        assert_int_equal(sheet_next(reader, &row), FAULT_NONE);
        assert_int_equal(row.number, i);
        assert_int_equal(row.cells[0].length, CHARS);
        assert_int_equal(strtol(row.cells[1].text, NULL, 10), i);
    }
    assert_int_equal(sheet_next(reader, &row), FAULT_NONE);
    assert_int_equal(row.number, 0);
    sheet_close(&reader);
    free(bytes.at);
}

static void test_checksum(void **state) {
    (void)state;
    struct bytes b = build_bytes(&(struct build){.sheet = ROWS("<row r=\"1\"><c><v>4711</v></c></row>"), .stored = true});
    assert_string_equal(say_bytes(b.at, b.length), "1: n4711\n");
    char *digit = memmem(b.at, b.length, "4711", 4);
    assert_non_null(digit);
    *digit = '5';
    assert_non_null(strstr(say_bytes(b.at, b.length), "文件损坏或没有传完整"));
    free(b.at);
}

static void write_sample(const char *path, int64_t created_ms) {
    static const struct sheet_column columns[] = {{"编号", SHEET_TEXT, 0}, {"金额", SHEET_NUMBER, 0}, {"日期", SHEET_DATE, 0},
                                                  {"时间", SHEET_TIME, 0}, {"完成", SHEET_BOOL, 0},   {"备注", SHEET_TEXT, 40}};
    struct sheet_plan plan = {.format = SHEET_XLSX,
                              .sheet = "检查[2019]",
                              .title = "台账",
                              .columns = columns,
                              .column_count = 6,
                              .created_ms = created_ms};
    struct sheet_writer *writer = NULL;
    const struct sheet_cell rows[][6] = {{{.text = "007", .kind = SHEET_TEXT},
                                          {.text = "0.1", .kind = SHEET_NUMBER},
                                          {.text = "2019-03-01", .kind = SHEET_DATE},
                                          {.text = "36:00:01", .kind = SHEET_TIME},
                                          {.text = "TRUE", .kind = SHEET_BOOL},
                                          {.text = "=1+1", .kind = SHEET_TEXT}},
                                         {{.text = "https://example.org", .kind = SHEET_TEXT},
                                          {.text = "1234567890.12345678", .kind = SHEET_NUMBER},
                                          {.text = "2019-03-01 23:59:59", .kind = SHEET_DATE},
                                          {.text = "午后", .kind = SHEET_TIME},
                                          {0},
                                          {.text = "a\r\nb <&> _x000D_\x01\xff.", .kind = SHEET_TEXT}}};
    assert_int_equal(sheet_create(path, &plan, NULL, &writer), FAULT_NONE);
    for (int i = 0; i < 2; i++) assert_int_equal(sheet_put(writer, rows[i], 6), FAULT_NONE);
    assert_int_equal(sheet_finish(&writer), FAULT_NONE);
}

static struct bytes file_bytes(const char *path) {
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    struct bytes b = {.at = malloc(1 << 20)};
    b.length = fread(b.at, 1, 1 << 20, f);
    fclose(f);
    return b;
}

static void test_round_trip(void **state) {
    (void)state;
    char path[] = "/tmp/sheet-xlsx-XXXXXX";
    close(mkstemp(path));
    write_sample(path, 1551398400000);
    struct bytes first = file_bytes(path);
    assert_string_equal(say_bytes(first.at, first.length),
                        "1: 编号|金额|日期|时间|完成|备注\n"
                        "2: 007|n0.1|d2019-03-01|t36:00:01|bTRUE|=1+1\n"
                        "3: https://example.org|1234567890.12345678|d2019-03-01 23:59:59|午后|-|a\nb <&> _x000D_  .\n");
    write_sample(path, 1551398400000);
    struct bytes again = file_bytes(path);
    assert_int_equal(first.length, again.length);
    assert_memory_equal(first.at, again.at, first.length); /* the same rows are the same bytes */
    free(first.at);
    free(again.at);
    unlink(path);
}

/* The file was made by openpyxl (tests/document/make_xlsx.py). */
static void test_other_program(void **state) {
    (void)state;
    const char *folder = getenv("SHEET_FILES");
    if (!folder) skip();
    char path[512];
    snprintf(path, sizeof path, "%s/openpyxl.xlsx", folder);
    assert_string_equal(sheet_say(&(struct sheet_source){.path = path}, NULL),
                        "1: 编号|日期|金额|人数|合计|完成\n2: 007|d2019-03-01|n1234.5|n12|f|bTRUE\n3: 第二行\n后半|d2019-03-01 "
                        "08:30:00|n-0.01|n0|f|bFALSE\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_other_kinds),
        cmocka_unit_test(test_merges),
        cmocka_unit_test(test_sheets),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_doctype),
        cmocka_unit_test(test_truncated_and_lying),
        cmocka_unit_test(test_checksum),
        cmocka_unit_test(test_large_sheet),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_other_program),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
