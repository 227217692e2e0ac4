/* test_docx.c - the DOCX package: the same bytes twice whatever the zone, the official page's numbers, the text escaped. */
#include "document/docx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zip.h>

static struct doc *sample(struct arena *a) {
    struct doc *d = doc_new(a, LANG_ZH, 1577750400000);
    doc_set_title(d, "示范职业学院关于2019年度校园安全工作情况的报告");
    doc_set_addressee(d, "校办");
    doc_text(d, doc_heading(d, 1), "高度重视");
    doc_text(d, doc_heading(d, 2), "组织领导");
    struct doc_runs *p = doc_paragraph(d);
    doc_text(d, p, "甲<乙>&\"");
    doc_strong(d, p, "丙");
    doc_page_break(d);
    struct doc_table *t = doc_table(d, 2);
    doc_column(d, t, 0, DOC_LEFT, "项目");
    doc_column(d, t, 1, DOC_RIGHT, "数量");
    doc_row(d, t);
    doc_text(d, doc_cell(d, t, 1), "9");
    doc_add_attachment(d, "清单");
    doc_set_signature(d, "示范职业学院", civil_from_ymd(2019, 12, 31));
    doc_set_footer(d, "校验码");
    return d;
}

static char *part_read(const struct text *docx, const char *name, struct arena *a) {
    zip_source_t *source = zip_source_buffer_create(docx->at, docx->length, 0, NULL);
    zip_t *zip = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, NULL);
    assert_non_null(zip);
    zip_stat_t stat;
    assert_int_equal(zip_stat(zip, name, 0, &stat), 0);
    zip_file_t *f = zip_fopen(zip, name, 0);
    char *text = arena_alloc(a, stat.size + 1);
    assert_int_equal(zip_fread(f, text, stat.size), stat.size);
    zip_fclose(f);
    zip_discard(zip);
    return text;
}

static void parts_say_what_the_standard_asks(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 4 << 20);
    _cleanup_(text_release) struct text out = {.max = 1 << 20};
    assert_int_equal(doc_to_docx(sample(&a), &out), FAULT_NONE);
    const char *body = part_read(&out, "word/document.xml", &a), *styles = part_read(&out, "word/styles.xml", &a);
    static const char *const wanted[] = {
        "<w:pgSz w:w=\"11906\" w:h=\"16838\"/>",
        "<w:pgMar w:top=\"2098\" w:right=\"1474\" w:bottom=\"1984\" w:left=\"1588\"",
        "<w:docGrid w:type=\"lines\" w:linePitch=\"579\"/>",
        "校办：",
        "一、",
        "（一）",
        "甲&lt;乙&gt;&amp;&quot;",
        "<w:tblHeader/>",
        "附件：清单",
        "2019年12月31日",
        "<w:pageBreakBefore/>",
    };
    for (size_t i = 0; i < COUNT_OF(wanted); i++) assert_non_null(strstr(body, wanted[i]));
    assert_non_null(strstr(styles, "方正小标宋简体"));
    assert_non_null(strstr(styles, "<w:spacing w:val=\"-5\"/>"));
    assert_non_null(strstr(part_read(&out, "word/settings.xml", &a), "<w:evenAndOddHeaders/>"));
    assert_non_null(strstr(part_read(&out, "word/footer1.xml", &a), "w:val=\"right\""));
    assert_non_null(strstr(part_read(&out, "word/footer2.xml", &a), "w:val=\"left\""));
    assert_non_null(strstr(part_read(&out, "docProps/core.xml", &a), "2019-12-31T08:00:00+08:00"));
}

static void same_document_same_bytes(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 4 << 20);
    _cleanup_(text_release) struct text one = {.max = 1 << 20}, two = {.max = 1 << 20}, other = {.max = 1 << 20};
    setenv("TZ", "UTC", 1);
    tzset();
    assert_int_equal(doc_to_docx(sample(&a), &one), FAULT_NONE);
    setenv("TZ", "America/New_York", 1);
    tzset();
    assert_int_equal(doc_to_docx(sample(&a), &two), FAULT_NONE);
    assert_int_equal(one.length, two.length);
    assert_memory_equal(one.at, two.at, one.length);
    struct doc *later = sample(&a);
    later->as_of_ms += 60000;
    assert_int_equal(doc_to_docx(later, &other), FAULT_NONE);
    assert_true(other.length != one.length || memcmp(one.at, other.at, one.length));
}

static void caps_are_told(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 4 << 20);
    _cleanup_(text_release) struct text small = {.max = 100};
    assert_int_equal(doc_to_docx(sample(&a), &small), FAULT_LARGE);
    assert_int_equal(small.length, 0);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_say_what_the_standard_asks),
        cmocka_unit_test(same_document_same_bytes),
        cmocka_unit_test(caps_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
