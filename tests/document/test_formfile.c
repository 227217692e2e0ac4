/* test_formfile.c - a superior's workbook shown as a grid and filled: the filled cells change, nothing else does. */
#include "document/formfile.h"

#include "zip_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define RELS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n"
#define SHEET(rows) HEAD "<worksheet xmlns=\"" MAIN "\"><!-- <row r=\"1\"> --><sheetData>" rows "</sheetData></worksheet>"
#define BOOK                                                                                                                       \
    HEAD "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" RELS                                                                            \
         "\"><sheets><sheet name=\"统计表\" sheetId=\"1\" r:id=\"rId1\"/></sheets><calcPr calcId='191029' /></workbook>"

static char *filled; /* the last file that was filled, and its length */
static size_t filled_length;

static struct zip_bytes workbook(const char *sheet) {
    const struct zip_part parts[] = {
        {"[Content_Types].xml", "<Types/>", 0},
        {"_rels/.rels", "<r><Relationship Id=\"a\" Type=\"/officeDocument\" Target=\"xl/workbook.xml\"/></r>", 0},
        {"xl/workbook.xml", BOOK, 0},
        {"xl/_rels/workbook.xml.rels",
         "<r><Relationship Id=\"rId1\" Type=\"/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" "
         "Type=\"/styles\" Target=\"styles.xml\"/><Relationship Id=\"rId3\" Type=\"/sharedStrings\" Target=\"strings.xml\"/></r>",
         0},
        {"xl/styles.xml", "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>", 0},
        {"xl/strings.xml", "<sst><si><t>检查次数</t></si><si><t>合计</t></si></sst>", 0},
        {"xl/worksheets/sheet1.xml", sheet, 0},
        {"xl/media/image1.png", "\x89PNG not really", 0}};
    return zip_of(parts, COUNT_OF(parts));
}

/* The worksheet after filling the values; the troubles stand in the values. */
static char *fill(const char *sheet, struct formfile_value *values, size_t count) {
    struct zip_bytes in = workbook(sheet);
    struct formfile *form;
    struct text out;
    text_init(&out, 1 << 20);
    assert_int_equal(formfile_open(in.at, in.length, "表.xlsx", NULL, &form), FAULT_NONE);
    assert_int_equal(formfile_fill(form, values, count, &out), FAULT_NONE);
    formfile_close(&form);
    free(filled);
    filled = malloc(out.length);
    memcpy(filled, out.at, filled_length = out.length);
    text_release(&out);
    static const char *const others[] = {"[Content_Types].xml", "_rels/.rels",    "xl/_rels/workbook.xml.rels",
                                         "xl/styles.xml",       "xl/strings.xml", "xl/media/image1.png"};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        char *before = zip_part_read(in.at, in.length, others[i]), *after = zip_part_read(filled, filled_length, others[i]);
        assert_string_equal(before, after);
        free(before);
        free(after);
    }
    free(in.at);
    return zip_part_read(filled, filled_length, "xl/worksheets/sheet1.xml");
}

#define FILLS(rows, expected, ...)                                                                                                 \
    do {                                                                                                                           \
        struct formfile_value values_[] = {__VA_ARGS__};                                                                           \
        char *got_ = fill(SHEET(rows), values_, COUNT_OF(values_));                                                                \
        for (size_t i_ = 0; i_ < COUNT_OF(values_); i_++) assert_int_equal(values_[i_].trouble, FORMFILE_FILLED);                  \
        assert_string_equal(got_, SHEET(expected));                                                                                \
        free(got_);                                                                                                                \
    } while (0)
#define NUMBER(r, c, t)                                                                                                            \
    { .sheet = "统计表", .row = (r), .column = (c), .kind = SHEET_NUMBER, .text = (t) }
#define TEXT(r, c, t)                                                                                                              \
    { .sheet = "统计表", .row = (r), .column = (c), .kind = SHEET_TEXT, .text = (t) }
#define DATE(r, c, t)                                                                                                              \
    { .sheet = "统计表", .row = (r), .column = (c), .kind = SHEET_DATE, .text = (t) }

static void cells_are_filled_and_nothing_else_changes(void **state) {
    (void)state;
    FILLS("<row r=\"1\" ht=\"30\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" s=\"0\"/></row>",
          "<row r=\"1\" ht=\"30\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" s=\"0\"><v>12</v></c></row>", NUMBER(1, 1, "12"));
    FILLS("<row r='1'><c t = 'str' r='B1' s='1' ><v></v></c></row>",
          "<row r='1'><c r='B1' s='1' t=\"inlineStr\"><is><t xml:space=\"preserve\">a&lt;b&amp;_x005F_x0041_</t></is></c></row>",
          TEXT(1, 1, "a<b&_x0041_"));
    FILLS("<row r=\"1\"><c r=\"B1\" s=\"1\"/><c r=\"C1\"/></row>",
          "<row r=\"1\"><c r=\"B1\" s=\"1\"><v>43831</v></c><c r=\"C1\" t=\"inlineStr\"><is><t "
          "xml:space=\"preserve\">2020-01-01</t></is></c></row>",
          DATE(1, 1, "2020-01-01"), DATE(1, 2, "2020-01-01"));
}

static void cells_and_rows_that_are_not_there_are_put_in_their_place(void **state) {
    (void)state;
    FILLS("<row r=\"2\"><c r=\"A2\"/><c r=\"D2\"><v>9</v></c></row>",
          "<row r=\"2\"><c r=\"A2\"/><c r=\"B2\"><v>1</v></c><c r=\"C2\"><v>2</v></c><c r=\"D2\"><v>9</v></c></row>",
          NUMBER(2, 2, "2"), NUMBER(2, 1, "1"));
    FILLS("<row r=\"1\" ht=\"9\"/><row r=\"4\"><c r=\"D4\" s=\"1\"><v>9</v></c></row>",
          "<row r=\"1\" ht=\"9\"><c r=\"C1\"><v>5</v></c></row><row r=\"2\"><c r=\"A2\"><v>6</v></c></row><row r=\"4\"><c r=\"D4\" "
          "s=\"1\"><v>9</v></c></row><row r=\"5\"><c r=\"D5\" s=\"1\"><v>7</v></c></row>",
          NUMBER(2, 0, "6"), NUMBER(1, 2, "5"),
          {.sheet = "统计表", .row = 5, .column = 3, .kind = SHEET_NUMBER, .text = "7", .like_row = 4});
}

static void what_cannot_be_filled_is_told_and_left(void **state) {
    (void)state;
    const char *sheet = HEAD
        "<worksheet xmlns=\"" MAIN
        "\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\"><f>1+1</f><v>2</v></c></row><row "
        "r=\"2\"><c r=\"A2\"><f t=\"array\" ref=\"A2:A3\">C1:C2</f><v>1</v></c></row><row r=\"3\"><c r=\"A3\"><v>1</v></c><c "
        "r=\"C3\"/><c "
        "r=\"D3\"/></row></sheetData><mergeCells><mergeCell ref=\"C3:D4\"/></mergeCells></worksheet>";
    struct formfile_value values[] = {
        TEXT(1, 0, "x"),   NUMBER(1, 1, "1"), NUMBER(3, 0, "1"),  NUMBER(3, 3, "1"),
        NUMBER(3, 2, "8"), NUMBER(3, 2, "9"), NUMBER(1, 60, "1"), {.sheet = "别的", .row = 1, .kind = SHEET_NUMBER, .text = "1"}};
    char *got = fill(sheet, values, COUNT_OF(values));
    const enum formfile_trouble expected[] = {FORMFILE_TAKEN,  FORMFILE_FORMULA, FORMFILE_FORMULA, FORMFILE_COVERED,
                                              FORMFILE_FILLED, FORMFILE_TWICE,   FORMFILE_GONE,    FORMFILE_NO_SHEET};
    for (size_t i = 0; i < COUNT_OF(values); i++) assert_int_equal(values[i].trouble, expected[i]);
    assert_non_null(strstr(got, "<c r=\"C3\"><v>8</v></c>"));
    assert_non_null(strstr(got, "<c r=\"A3\"><v>1</v></c>"));
    free(got);
}

static void remembered_results_are_dropped(void **state) {
    (void)state;
    FILLS("<row r=\"1\"><c r=\"A1\"><v>3</v></c><c r=\"B1\" s=\"1\"><f>A1*2</f><v>6</v></c></row>",
          "<row r=\"1\"><c r=\"A1\"><v>4</v></c><c r=\"B1\" s=\"1\"><f>A1*2</f></c></row>", NUMBER(1, 0, "4"));
    char *book = zip_part_read(filled, filled_length, "xl/workbook.xml");
    assert_non_null(strstr(book, "<calcPr fullCalcOnLoad=\"1\" calcId='191029' />"));
    free(book);
    FILLS("<row r=\"1\"><c r=\"A1\"><v>3</v></c></row>", "<row r=\"1\"><c r=\"A1\"><v>4</v></c></row>", NUMBER(1, 0, "4"));
    book = zip_part_read(filled, filled_length, "xl/workbook.xml");
    assert_string_equal(book, BOOK);
    free(book);
}

static void the_grid_shows_what_can_be_filled(void **state) {
    (void)state;
    struct zip_bytes in = workbook(HEAD
                                   "<worksheet xmlns=\"" MAIN
                                   "\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\"/></row><row r=\"2\"><c "
                                   "r=\"A2\"/><c r=\"B2\"/></row><row r=\"3\"><c r=\"A3\" t=\"s\"><v>1</v></c><c "
                                   "r=\"B3\"><f>1</f></c></row></sheetData><mergeCells "
                                   "count=\"1\"><mergeCell ref=\"C1:D2\"/></mergeCells></worksheet>");
    struct formfile *form;
    struct arena arena;
    arena_init(&arena, 1 << 16);
    assert_int_equal(formfile_open(in.at, in.length, "表.xlsx", NULL, &form), FAULT_NONE);
    assert_int_equal(form->count, 1);
    const struct formgrid *g = formfile_grid(form, "统计表");
    assert_int_equal(g->rows, 4);
    assert_string_equal(formgrid_cell(g, 1, 0)->text, "检查次数");
    assert_int_equal(formgrid_cell(g, 1, 1)->kind, FORMCELL_BLANK);
    assert_int_equal(formgrid_cell(g, 3, 1)->kind, FORMCELL_FORMULA);
    assert_string_equal(formgrid_beside(g, 1, 1, &arena), "检查次数");
    assert_string_equal(formgrid_beside(g, 3, 1, &arena), "合计");
    assert_int_equal(formgrid_room(g, 1, 1, 99), 2);
    assert_int_equal(formgrid_room(g, 4, 0, 99), 99);
    assert_int_equal(formgrid_room(g, 3, 1, 99), 0);
    assert_null(formgrid_cell(g, 0, 0));
    assert_null(formgrid_cell(g, 1, 9));
    arena_release(&arena);
    formfile_close(&form);
    free(in.at);
}

static void other_files_are_refused(void **state) {
    (void)state;
    struct formfile *form;
    const struct zip_part hostile[] = {
        {"_rels/.rels", "<r><Relationship Id=\"a\" Type=\"/officeDocument\" Target=\"xl/workbook.xml\"/></r>", 0},
        {"xl/workbook.xml", "<!DOCTYPE a [<!ENTITY b \"c\">]><workbook>&b;</workbook>", 0},
        {"xl/_rels/workbook.xml.rels", "<r/>", 0}};
    struct zip_bytes z = zip_of(hostile, COUNT_OF(hostile));
    assert_int_equal(formfile_open(z.at, z.length, "a.xlsx", NULL, &form), FAULT_INPUT);
    free(z.at);
    assert_int_equal(formfile_open("编号,名称\n", 14, "a.csv", NULL, &form), FAULT_INPUT);
    assert_int_equal(formfile_open("PK\3\4", 4, "a.xlsx", NULL, &form), FAULT_INPUT);
    z = workbook("<worksheet><sheetData><row r=\"2\"/><row r=\"1\"/></sheetData></worksheet>");
    assert_int_equal(formfile_open(z.at, z.length, "a.xlsx", NULL, &form), FAULT_INPUT);
    free(z.at);
    z = workbook("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><worksheet><sheetData/></worksheet>");
    assert_int_equal(formfile_open(z.at, z.length, "a.xlsx", NULL, &form), FAULT_INPUT);
    free(z.at);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_filled_and_nothing_else_changes),
        cmocka_unit_test(cells_and_rows_that_are_not_there_are_put_in_their_place),
        cmocka_unit_test(what_cannot_be_filled_is_told_and_left),
        cmocka_unit_test(remembered_results_are_dropped),
        cmocka_unit_test(the_grid_shows_what_can_be_filled),
        cmocka_unit_test(other_files_are_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(filled);
    return failed;
}
