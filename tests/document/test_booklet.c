/* test_booklet.c - a long book is counted and written alike, in little memory, and a ZIP holds what it was given. */
#include "document/booklet.h"
#include "document/zipfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>
#include <cmocka.h>

static struct doc_fonts *fonts;
static char folder[] = "/tmp/taizhang-booklet-XXXXXX";
static char path[256];

static int setup(void **state) {
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/book.pdf", folder);
    return doc_fonts_open(NULL, NULL, &fonts) ? -1 : 0;
}

static int teardown(void **state) {
    (void)state;
    doc_fonts_close(fonts);
    return rmdir(folder);
}

static struct booklet *begin(const char *at) {
    struct booklet_plan plan = {fonts, LANG_ZH, 1576800000000, "测试册", "测试单位"};
    struct booklet *b = NULL;
    assert_int_equal(booklet_begin(at, &plan, &b), FAULT_NONE);
    return b;
}

static void put_table(struct booklet *b, int rows) {
    const char *const heads[] = {"序号", "检查地点", "结论"};
    booklet_table(b, 3, heads, NULL);
    for (int i = 0; i < rows; i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", i);
        const char *cells[] = {number, i % 7 ? "实验楼" : "实验楼四层东侧走廊尽头的试剂室和气瓶间",
                               i % 3 ? NULL : "发现问题若干，已责成限期整改"};
        booklet_row(b, cells);
    }
    booklet_table_end(b);
}

static unsigned put_book(struct booklet *b, int rows, unsigned page) {
    booklet_text(b, BOOKLET_COVER, "封面");
    booklet_page_break(b);
    booklet_entry(b, 1, "一个很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长的标题", page);
    booklet_page_break(b);
    booklet_text(b, BOOKLET_HEADING, "1.1 检查");
    put_table(b, rows);
    booklet_page_break(b);
    unsigned at = booklet_page(b);
    booklet_mark(b, "附件", false);
    booklet_picture(b, "no picture", 10, false, "甲");
    booklet_picture(b, NULL, 0, false, "乙");
    booklet_picture(b, NULL, 0, true, "丙");
    return at;
}

static unsigned pages_of(const char *at) {
    char command[400], said[64] = "";
    snprintf(command, sizeof command, "pdfinfo '%s' | sed -n 's/^Pages: *//p'", at);
    FILE *out = popen(command, "r");
    assert_non_null(out);
    char *line = fgets(said, sizeof said, out);
    pclose(out);
    return line ? (unsigned)strtoul(said, NULL, 10) : 0;
}

static void counting_and_writing_agree(void **state) {
    (void)state;
    for (int rows = 0; rows < 300; rows += 59) { /* the widths are settled by the first sixty */
        struct booklet *counted = begin(NULL);
        unsigned at = put_book(counted, rows, 0), pages = booklet_page(counted);
        assert_int_equal(booklet_finish(&counted, NULL), FAULT_NONE);
        struct booklet *written = begin(path);
        assert_int_equal(put_book(written, rows, at), at);
        assert_int_equal(booklet_finish(&written, NULL), FAULT_NONE);
        assert_int_equal(pages_of(path), pages);
        unlink(path);
    }
}

static void a_row_taller_than_a_page_goes_on(void **state) {
    (void)state;
    static char tall[60000];
    for (size_t i = 0; i + 3 < sizeof tall; i += 3) memcpy(tall + i, "检", 3);
    const char *const heads[] = {"栏目", "内容"}, *const cells[] = {"检查内容", tall};
    struct booklet *b = begin(path);
    booklet_table(b, 2, heads, NULL);
    booklet_row(b, cells);
    booklet_table_end(b);
    booklet_text(b, BOOKLET_BODY, tall);
    unsigned last = booklet_page(b);
    assert_true(last > 20);
    assert_int_equal(booklet_finish(&b, NULL), FAULT_NONE);
    assert_int_equal(pages_of(path), last);
    unlink(path);
}

static void what_has_no_glyph_is_marked(void **state) {
    (void)state;
    unsigned missing = 0;
    struct booklet *b = begin(path);
    booklet_text(b, BOOKLET_BODY, "\xf0\x9f\x98\x80 好 \xff");
    assert_int_equal(booklet_finish(&b, &missing), FAULT_NONE);
    assert_int_equal(missing, 2);
    unlink(path);
}

static void a_book_given_up_leaves_no_file(void **state) {
    (void)state;
    struct booklet *b = begin(path);
    put_book(b, 100, 1);
    booklet_abandon(&b);
    assert_int_not_equal(access(path, F_OK), 0);
    struct booklet_plan plan = {.fonts = fonts};
    assert_int_equal(booklet_begin("/nonexistent/book.pdf", &plan, &b), FAULT_FILE);
    booklet_abandon(&b);
}

static bool refuse(void *context, double done) {
    (void)context;
    (void)done;
    return false;
}

static void a_zip_holds_what_it_was_given(void **state) {
    (void)state;
    char from[300], to[300];
    snprintf(from, sizeof from, "%s/from", folder);
    snprintf(to, sizeof to, "%s/out.zip", folder);
    FILE *file = fopen(from, "w");
    fputs("内容", file);
    fclose(file);
    struct zipfile *z = NULL;
    assert_int_equal(zipfile_begin(to, 1576800000000, &z), FAULT_NONE);
    assert_int_equal(zipfile_add(z, "0001 检查/附件.txt", from, false), FAULT_NONE);
    assert_int_equal(zipfile_add(z, "0001 检查/附件.txt", from, true), FAULT_INPUT); /* no name twice */
    assert_int_equal(zipfile_finish(&z, NULL, NULL), FAULT_NONE);
    zip_t *zip = zip_open(to, ZIP_RDONLY, NULL);
    assert_non_null(zip);
    assert_int_equal(zip_get_num_entries(zip, 0), 1);
    assert_string_equal(zip_get_name(zip, 0, ZIP_FL_ENC_STRICT), "0001 检查/附件.txt");
    zip_discard(zip);
    unlink(to);
    assert_int_equal(zipfile_begin(to, 0, &z), FAULT_NONE);
    assert_int_equal(zipfile_add(z, "a", from, false), FAULT_NONE);
    assert_int_equal(zipfile_finish(&z, refuse, NULL), FAULT_BUSY);
    assert_int_not_equal(access(to, F_OK), 0);
    assert_int_equal(zipfile_begin(to, 0, &z), FAULT_NONE);
    assert_int_equal(zipfile_add(z, "a", "/nonexistent/file", false), FAULT_NONE); /* read when it is finished */
    assert_int_equal(zipfile_finish(&z, NULL, NULL), FAULT_FILE);
    unlink(from);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counting_and_writing_agree),    cmocka_unit_test(a_row_taller_than_a_page_goes_on),
        cmocka_unit_test(what_has_no_glyph_is_marked),   cmocka_unit_test(a_book_given_up_leaves_no_file),
        cmocka_unit_test(a_zip_holds_what_it_was_given),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
