/* test_formfile_docx.c - a superior's Word form shown as grids and filled: the blanks change, nothing else does. */
#include "document/formfile.h"

#include "zip_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n"
#define DOCUMENT(body)                                                                                                             \
    HEAD "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" xmlns:m=\"urn:other\"><!-- <w:p> "  \
         "--><w:body>" body "<w:sectPr/></w:body></w:document>"
#define P(inside) "<w:p>" inside "</w:p>"
#define R(text) "<w:r><w:t xml:space=\"preserve\">" text "</w:t></w:r>"
#define U(text) "<w:r><w:rPr><w:u w:val=\"single\"/></w:rPr><w:t xml:space=\"preserve\">" text "</w:t></w:r>"
#define TC(inside) "<w:tc>" inside "</w:tc>"
#define TR(cells) "<w:tr>" cells "</w:tr>"
#define TBL(rows) "<w:tbl><w:tblPr/>" rows "</w:tbl>"
#define CONTROL(properties, inside) "<w:sdt><w:sdtPr>" properties "</w:sdtPr><w:sdtContent>" inside "</w:sdtContent></w:sdt>"
#define ASKS "<w:showingPlcHdr/>"

static struct zip_bytes document(const char *text, const char *more) {
    const struct zip_part parts[] = {
        {"[Content_Types].xml", "<Types/>", 0},
        {"_rels/.rels", "<r><Relationship Id=\"a\" Type=\"/officeDocument\" Target=\"word/document.xml\"/></r>", 0},
        {"word/document.xml", text, 0},
        {"word/styles.xml", "<styles/>", 0},
        {more, "something", 0}};
    return zip_of(parts, COUNT_OF(parts) - !more);
}

static struct formfile *form;
static struct zip_bytes file;
static struct notes notes;
static struct arena arena;

static enum fault try_open(const char *text, const char *more) {
    file = document(text, more);
    arena_init(&arena, 1 << 20);
    notes_init(&notes, &arena);
    return formfile_open(file.at, file.length, "表.docx", &notes, &form);
}

static void open_form(const char *text) { assert_int_equal(try_open(text, NULL), FAULT_NONE); }

static void close_form(void) {
    formfile_close(&form);
    free(file.at);
    arena_release(&arena);
}

static void refused(const char *text, const char *more, enum fault fault, const char *word) {
    assert_int_equal(try_open(text, more), fault);
    assert_non_null(notes.first);
    assert_non_null(strstr(notes.first->sentence, word));
    free(file.at);
    arena_release(&arena);
}

/* The document's text after filling; all other parts must be as they were. */
static char *fill(struct formfile_value *values, size_t count) {
    static const char *const others[] = {"[Content_Types].xml", "_rels/.rels", "word/styles.xml"};
    struct text out;
    text_init(&out, 1 << 20);
    assert_int_equal(formfile_fill(form, values, count, &out), FAULT_NONE);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        char *before = zip_part_read(file.at, file.length, others[i]), *after = zip_part_read(out.at, out.length, others[i]);
        assert_string_equal(before, after);
        free(before);
        free(after);
    }
    char *text = zip_part_read(out.at, out.length, "word/document.xml");
    text_release(&out);
    return text;
}

#define VALUE(name, r, c, t)                                                                                                       \
    { .sheet = (name), .row = (r), .column = (c), .kind = SHEET_NUMBER, .text = (t) }
#define FILLS(before, after, ...)                                                                                                  \
    do {                                                                                                                           \
        struct formfile_value values_[] = {__VA_ARGS__};                                                                           \
        open_form(DOCUMENT(before));                                                                                               \
        for (int again_ = 0; again_ < 2; again_++) {                                                                               \
            char *got_ = fill(values_, COUNT_OF(values_));                                                                         \
            for (size_t i_ = 0; i_ < COUNT_OF(values_); i_++) assert_int_equal(values_[i_].trouble, FORMFILE_FILLED);              \
            assert_string_equal(got_, DOCUMENT(after));                                                                            \
            free(got_);                                                                                                            \
        }                                                                                                                          \
        close_form();                                                                                                              \
    } while (0)

/* "检查＿次": the text of a row of prose, blanks as ＿. */
static const char *line(const char *name, uint32_t row) {
    const struct formgrid *g = formfile_grid(form, name);
    struct text out;
    assert_non_null(g);
    text_init(&out, 4000);
    for (uint32_t c = 0; c < g->columns; c++) {
        const struct formcell *cell = formgrid_cell(g, row, c);
        if (cell->kind != FORMCELL_COVERED) text_add(&out, cell->kind == FORMCELL_BLANK ? "＿" : cell->text);
    }
    return arena_keep(&arena, &out);
}

#define SHOWS(inside, expected)                                                                                                    \
    do {                                                                                                                           \
        open_form(DOCUMENT(P(inside)));                                                                                            \
        assert_string_equal(line("正文1", 1), expected);                                                                           \
        close_form();                                                                                                              \
    } while (0)

static void blanks_in_a_text_are_found(void **state) {
    (void)state;
    SHOWS(R("共检查____次，发现＿＿处"), "共检查＿次，发现＿处");
    SHOWS(R("共检查_") R("__") "<w:proofErr/>" R("_次"), "共检查＿次");
    SHOWS(R("a_b"), "a_b");
    SHOWS(R("单位") U("    ") R("电话") U(" "), "单位＿电话 ");
    SHOWS(R("单位") U("<!-- x -->  "), "单位▣");
    SHOWS(R("单位") "<w:r><w:rPr><w:u w:val=\"none\"/></w:rPr><w:t xml:space=\"preserve\">    </w:t></w:r>", "单位    ");
    SHOWS(R("单位") "<w:r><w:rPr><w:u w:val=\"single\"/></w:rPr><w:tab/></w:r>", "单位＿");
    SHOWS("<w:r><w:t>单位</w:t></w:r><w:r><w:rPr><w:u/></w:rPr><w:t>    </w:t></w:r>", "单位");
    SHOWS(R("　　年　月　日"), "＿年＿月＿日");
    SHOWS(R("2019年  月 &#26085;"), "2019年＿月＿日");
    SHOWS(R("本年 月报"), "本年＿月报");
    SHOWS(R("（  ）人 ( ) （甲 ）"), "（＿）人 ( ) （甲 ）");
    SHOWS(R("一") CONTROL(ASKS, R("单击此处")) R("二"), "一＿二");
    SHOWS(R("一") CONTROL("", R(" ")) R("二"), "一＿二");
    SHOWS(R("一") CONTROL("", R("三")) R("二"), "一三二");
    SHOWS(R("一") CONTROL(ASKS "<w:dropDownList/>", R("请选择")) R("二"), "一请选择二");
    SHOWS(R("一") CONTROL(ASKS "<w:lock w:val=\"sdtContentLocked\"/>", R("请填")) R("二"), "一请填二");
    SHOWS(R("一") CONTROL(ASKS "<w:dataBinding/>", R("请填")) R("二"), "一请填二");
    SHOWS("<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r>" R("____") "<w:r><w:fldChar w:fldCharType=\"end\"/></w:r>" R("__"),
          "____＿");
    SHOWS("<w:fldSimple>" R("____") "</w:fldSimple>", "____");
    SHOWS("<w:hyperlink>" R("____") "</w:hyperlink><m:r><m:t>____</m:t></m:r>", "＿▣");
    SHOWS("<w:r><w:rPr><w:vanish/></w:rPr><w:t>____</w:t></w:r>" R("一"), "一");
}

static void a_blank_keeps_its_place_and_look(void **state) {
    (void)state;
    FILLS(P(R("检查____次，____处")), P(R("检查_12_次，1234567处")), VALUE("正文1", 1, 3, "1234567"), VALUE("正文1", 1, 1, "12"));
    FILLS(P("<w:r><w:t>查__</w:t></w:r>" R("__次")), P("<w:r><w:t xml:space=\"preserve\">查_12_</w:t></w:r>" R("次")),
          VALUE("正文1", 1, 1, "12"));
    FILLS(P(R("单位") U("　　　　")), P(R("单位") U("　学院　")), VALUE("正文1", 1, 1, "学院"));
    FILLS(P("<w:r><w:t>查__处__</w:t></w:r>"), P("<w:r><w:t xml:space=\"preserve\">查a&lt;&amp;处7_</w:t></w:r>"),
          VALUE("正文1", 1, 1, "a<&"), VALUE("正文1", 1, 3, "7"));
    FILLS(P("<w:r><w:rPr><w:u/></w:rPr><w:tab/><w:tab/></w:r>"),
          P("<w:r><w:rPr><w:u/></w:rPr><w:t xml:space=\"preserve\">7</w:t><w:tab/><w:tab/></w:r>"), VALUE("正文1", 1, 0, "7"));
    FILLS(P(R("年 月") "<w:r><w:t/></w:r>"), P(R("年3月") "<w:r><w:t/></w:r>"), VALUE("正文1", 1, 1, "3"));
    FILLS(P(CONTROL("<w:alias/>" ASKS, "<w:r><w:rPr><w:rStyle w:val=\"a3\"/><w:b/></w:rPr><w:t>单击</w:t></w:r>" R("这里"))),
          P(CONTROL("<w:alias/>", "<w:r><w:rPr><w:b/></w:rPr><w:t xml:space=\"preserve\">9</w:t></w:r>" R(""))),
          VALUE("正文1", 1, 0, "9"));
}

static void an_empty_cell_takes_the_look_of_its_paragraph(void **state) {
    (void)state;
    FILLS(TBL(TR(TC(P(R("检查"))) TC("<w:p w:x=\"1\" />"))),
          TBL(TR(TC(P(R("检查"))) TC("<w:p w:x=\"1\" ><w:r><w:t xml:space=\"preserve\">12</w:t></w:r></w:p>"))),
          VALUE("表格1", 1, 1, "12"));
    FILLS(TBL(TR(TC(P("<w:pPr><w:jc/><w:rPr><w:sz w:val=\"21\"/></w:rPr></w:pPr>")))),
          TBL(TR(TC(P("<w:pPr><w:jc/><w:rPr><w:sz w:val=\"21\"/></w:rPr></w:pPr><w:r><w:rPr><w:sz w:val=\"21\"/></w:rPr><w:t "
                      "xml:space=\"preserve\">a</w:t><w:br/><w:t xml:space=\"preserve\">b</w:t></w:r>")))),
          VALUE("表格1", 1, 0, "a\nb"));
    FILLS(TBL(TR(TC("<w:tcPr/>" P(R("  ") R(" "))) TC(P(R("1") R("2"))) TC(P(R("______"))))),
          TBL(TR(TC("<w:tcPr/>" P(R("7") R(""))) TC(P(R("8") R(""))) TC(P(R("__99__"))))), VALUE("表格1", 1, 0, "7"),
          VALUE("表格1", 1, 1, "8"), VALUE("表格1", 1, 2, "99"));
    FILLS(TBL(TR(CONTROL(ASKS, TC(P(R("请填")))) TC(CONTROL(ASKS, P(R("请填")))))),
          TBL(TR(CONTROL("", TC(P(R("1")))) TC(CONTROL("", P(R("2")))))), VALUE("表格1", 1, 0, "1"), VALUE("表格1", 1, 1, "2"));
}

#define SPAN(n) "<w:tcPr><w:gridSpan w:val=\"" n "\"/></w:tcPr>"
#define BEGINS "<w:tcPr><w:vMerge w:val=\"restart\"/></w:tcPr>"
#define GOES_ON "<w:tcPr><w:vMerge/></w:tcPr>"

static void the_document_is_shown_in_its_order(void **state) {
    (void)state;
    open_form(DOCUMENT(P(R("标题")) "<w:p/>" TBL(
        TR(TC(SPAN("2") P(R("项目"))) TC(P(R("数量")))) TR(TC(BEGINS P(R("消防"))) TC("<w:p/>") TC("<w:p/>"))
            TR(TC(GOES_ON "<w:p/>") TC(P(R("  年 月"))) TC("<w:p/>")) TR("<w:trPr><w:gridBefore w:val=\"1\"/></w:trPr>" TC(
                P("<w:r><w:drawing><w:p/></w:drawing></w:r>")))) "<w:p/>" TBL(TR(TC(TBL(TR(TC("<w:p/>"))) "<w:p/>")))
                           P(R("填表人：____"))));
    static const char *const names[] = {"正文1", "表格1", "表格1!B3", "表格3", "表格2", "正文2"};
    assert_int_equal(form->count, COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(names); i++) assert_string_equal(form->grids[i].sheet, names[i]);
    assert_true(form->document);
    const struct formgrid *g = formfile_grid(form, "表格1");
    static const enum formcell_kind kinds[] = {FORMCELL_TEXT,  FORMCELL_COVERED, FORMCELL_TEXT,    FORMCELL_TEXT,
                                               FORMCELL_BLANK, FORMCELL_BLANK,   FORMCELL_COVERED, FORMCELL_TEXT,
                                               FORMCELL_BLANK, FORMCELL_TEXT,    FORMCELL_TEXT,    FORMCELL_TEXT};
    assert_int_equal(g->rows * g->columns, COUNT_OF(kinds));
    for (size_t i = 0; i < COUNT_OF(kinds); i++) assert_int_equal(g->cells[i].kind, kinds[i]);
    assert_int_equal(formgrid_cell(g, 1, 0)->column_span, 2);
    assert_int_equal(formgrid_cell(g, 2, 0)->row_span, 2);
    assert_string_equal(formgrid_beside(g, 3, 2, &arena), "＿年＿月 / 数量");
    assert_int_equal(formgrid_room(g, 2, 2, 9), 2);
    const struct formgrid *inside = formgrid_cell(g, 3, 1)->inside;
    assert_string_equal(line("表格1!B3", 1), "＿年＿月");
    assert_string_equal(formgrid_beside(inside, 1, 0, &arena), "消防 / 项目：＿年");
    assert_int_equal(formgrid_room(inside, 1, 0, 9), 1);
    g = formfile_grid(form, "正文2");
    assert_string_equal(formgrid_beside(g, 1, 1, &arena), "填表人：＿");
    close_form();
    open_form(DOCUMENT(P(R("一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十末")) P(R("____岁"))));
    g = formfile_grid(form, "正文1");
    assert_string_equal(formgrid_beside(g, 2, 0, &arena),
                        "二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十末 / ＿岁");
    close_form();
}

static void what_cannot_be_filled_is_told(void **state) {
    (void)state;
    struct formfile_value values[] = {VALUE("表格1", 1, 0, "x"), VALUE("表格1", 1, 2, "x"), VALUE("表格1", 1, 1, "x"),
                                      VALUE("表格1", 1, 1, "y"), VALUE("表格1", 2, 0, "x"), VALUE("表格9", 1, 0, "x"),
                                      VALUE("正文1", 1, 0, "x")};
    static const enum formfile_trouble expected[] = {FORMFILE_TAKEN, FORMFILE_COVERED,  FORMFILE_FILLED, FORMFILE_TWICE,
                                                     FORMFILE_GONE,  FORMFILE_NO_SHEET, FORMFILE_TAKEN};
    open_form(DOCUMENT(TBL(TR(TC(P(R("甲"))) TC(SPAN("2") "<w:p/>"))) P(R("乙"))));
    char *got = fill(values, COUNT_OF(values));
    for (size_t i = 0; i < COUNT_OF(values); i++) assert_int_equal(values[i].trouble, expected[i]);
    assert_string_equal(
        got,
        DOCUMENT(TBL(TR(TC(P(R("甲"))) TC(SPAN("2") "<w:p><w:r><w:t xml:space=\"preserve\">x</w:t></w:r></w:p>"))) P(R("乙"))));
    free(got);
    close_form();
}

static void hostile_and_unclear_files_are_refused(void **state) {
    (void)state;
    refused("<!DOCTYPE a [<!ENTITY b \"c\">]><w:document xmlns:w=\"w\"><w:body><w:p>&b;</w:p></w:body></w:document>", NULL,
            FAULT_INPUT, "损坏");
    refused("<w:document xmlns:w=\"w\"><w:body><w:p>", NULL, FAULT_INPUT, "损坏");
    refused("<w:other xmlns:w=\"w\"/>", NULL, FAULT_INPUT, "损坏");
    refused(DOCUMENT("<w:p/>"), NULL, FAULT_INPUT, "没有可填");
    refused(DOCUMENT(P("<w:ins>" R("____") "</w:ins>")), NULL, FAULT_INPUT, "修订");
    refused(DOCUMENT(P(R("____"))), "word/vbaProject.bin", FAULT_INPUT, "宏");
    struct text deep;
    text_init(&deep, 64 << 20);
    text_add(&deep, "<w:document xmlns:w=\"w\"><w:body>");
    for (int i = 0; i < 200000; i++) text_add(&deep, "<w:tbl><w:tr><w:tc>");
    for (int i = 0; i < 200000; i++) text_add(&deep, "</w:tc></w:tr></w:tbl>");
    text_add(&deep, "</w:body></w:document>");
    refused(deep.at, NULL, FAULT_INPUT, "损坏");
    text_release(&deep);
    text_init(&deep, 64 << 20);
    text_add(&deep, "<w:document xmlns:w=\"w\"><w:body>");
    for (int i = 0; i < 300000; i++) text_add(&deep, "<w:p><w:r><w:t>____甲</w:t></w:r></w:p>");
    text_add(&deep, "</w:body></w:document>");
    refused(deep.at, NULL, FAULT_LARGE, "太大");
    text_release(&deep);
}

/* Looked at from each of its characters anew, such a stretch would take minutes. */
static void long_stretches_of_blanks_are_read_once(void **state) {
    (void)state;
    static char blanks[19001];
    struct text t;
    memset(blanks, ' ', sizeof blanks - 1);
    text_init(&t, 64 << 20);
    text_add(&t, "<w:document xmlns:w=\"w\"><w:body>");
    for (int i = 0; i < 200; i++) text_format(&t, "<w:p><w:r><w:t>a%sb</w:t></w:r></w:p>", blanks);
    text_add(&t, "</w:body></w:document>");
    open_form(t.at);
    assert_int_equal(formfile_grid(form, "正文1")->rows, 200);
    close_form();
    text_release(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_stretches_of_blanks_are_read_once), cmocka_unit_test(blanks_in_a_text_are_found),
        cmocka_unit_test(a_blank_keeps_its_place_and_look),       cmocka_unit_test(an_empty_cell_takes_the_look_of_its_paragraph),
        cmocka_unit_test(the_document_is_shown_in_its_order),     cmocka_unit_test(what_cannot_be_filled_is_told),
        cmocka_unit_test(hostile_and_unclear_files_are_refused),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
