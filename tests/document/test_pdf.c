/* test_pdf.c - the PDF: the same bytes twice and in several threads, missing glyphs refused, page breaks of tables and signatures. */
#include "document/pdf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <malloc.h>
#include <pthread.h>
#include <string.h>

static struct doc_fonts *fonts;

static int open_fonts(void **state) {
    (void)state;
    return doc_fonts_open(NULL, NULL, &fonts) ? 1 : 0;
}

static int close_fonts(void **state) {
    (void)state;
    doc_fonts_close(fonts);
    return 0;
}

static struct doc *sample(struct arena *a, unsigned rows) {
    struct doc *d = doc_new(a, LANG_ZH, 1577750400000);
    doc_set_title(d, "关于安全工作的报告");
    doc_set_addressee(d, "校办");
    doc_text(d, doc_heading(d, 1), "高度重视");
    doc_text(d, doc_paragraph(d), "学院认真落实上级部署，发现问题9项，解决9项。");
    if (rows) {
        struct doc_table *t = doc_table(d, 2);
        doc_column(d, t, 0, DOC_CENTRE, "序号");
        doc_column(d, t, 1, DOC_LEFT, "内容");
        for (unsigned i = 0; i < rows; i++) {
            doc_row(d, t);
            doc_text(d, doc_cell(d, t, 0), "1");
            doc_text(d, doc_cell(d, t, 1), "检查");
        }
    }
    doc_set_signature(d, "示范职业学院", civil_from_ymd(2019, 12, 31));
    return d;
}

static unsigned pages_of(const struct text *pdf) {
    unsigned pages = 0;
    for (const char *p = pdf->at; (p = memmem(p, pdf->length - (size_t)(p - pdf->at), "/Type /Page %", 13)); p += 13) pages++;
    return pages;
}

static void print(struct doc *d, struct text *out) {
    assert_int_equal(doc_to_pdf(d, fonts, NULL, out), FAULT_NONE);
    assert_memory_equal(out->at, "%PDF-1.", 7);
}

static void same_document_same_bytes(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 4 << 20);
    _cleanup_(text_release) struct text one = {.max = 4 << 20}, two = {.max = 4 << 20};
    print(sample(&a, 3), &one);
    print(sample(&a, 3), &two);
    assert_int_equal(one.length, two.length);
    assert_memory_equal(one.at, two.at, one.length);
    assert_non_null(memmem(one.at, one.length, "20191231080000+08'00", 20));
}

static void *thread_print(void *out) {
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 4 << 20);
    for (int i = 0; i < 3; i++) {
        text_clear(out);
        if (doc_to_pdf(sample(&a, 3), fonts, NULL, out)) return NULL;
    }
    return out;
}

static void threads_take_turns(void **state) {
    (void)state;
    enum { THREADS = 3 };
    pthread_t threads[THREADS];
    struct text out[THREADS];
    for (int i = 0; i < THREADS; i++) {
        text_init(&out[i], 4 << 20);
        assert_int_equal(pthread_create(&threads[i], NULL, thread_print, &out[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *done;
        pthread_join(threads[i], &done);
        assert_non_null(done);
        assert_int_equal(out[i].length, out[0].length);
        assert_memory_equal(out[i].at, out[0].at, out[0].length);
    }
    for (int i = 0; i < THREADS; i++) text_release(&out[i]);
}

/* The leak that cairo 1.16 has is about 2 KB a document; a surface or font of ours not given back would be far more. */
static void memory_comes_back(void **state) {
    (void)state;
    enum { TIMES = 10 };
    size_t before = 0;
    for (int i = 0; i < 2 * TIMES; i++) {
        _cleanup_(arena_release) struct arena a;
        arena_init(&a, 4 << 20);
        _cleanup_(text_release) struct text out = {.max = 4 << 20};
        print(sample(&a, 3), &out);
        if (i == TIMES) before = mallinfo2().uordblks;
    }
    size_t after = mallinfo2().uordblks; /* under a sanitizer both are 0: it looks for itself */
    assert_true(after <= before + TIMES * 8192);
}

static void missing_glyph_is_refused(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 4 << 20);
    struct notes notes;
    notes_init(&notes, &a);
    struct doc *d = sample(&a, 1);
    doc_text(d, doc_cell(d, &d->last->table, 1), "\xf3\xb0\x80\x80"); /* U+F0000 */
    _cleanup_(text_release) struct text out = {.max = 4 << 20};
    text_add(&out, "before");
    assert_int_equal(doc_to_pdf(d, fonts, &notes, &out), FAULT_INPUT);
    assert_string_equal(out.at, "before");
    assert_int_equal(notes.count, 1);
    assert_string_equal(notes.first->place, "正文第 3 段（表格第 1 行）");
    assert_string_equal(notes.first->args[1], "U+F0000");
}

static void tables_run_over_pages(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 16 << 20);
    _cleanup_(text_release) struct text few = {.max = 4 << 20}, many = {.max = 4 << 20}, tall = {.max = 4 << 20};
    print(sample(&a, 2), &few);
    assert_int_equal(pages_of(&few), 1);
    print(sample(&a, 80), &many); /* 25 rows of 24 pt and a header on a page */
    assert_int_equal(pages_of(&many), 4);
    struct doc *d = sample(&a, 1);
    for (int i = 0; i < 200; i++)
        doc_text(d, doc_cell(d, &d->last->table, 1), "一个格子里写了很多很多字，一页放不下，只好接着写在下一页。");
    print(d, &tall);
    assert_true(pages_of(&tall) >= 5);
}

/* A document of each length: a line more never takes a page away, nor adds two; 50 lengths meet every place a page can end. */
static void every_length_prints(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 16 << 20);
    unsigned before = 1;
    for (int lines = 0; lines < 50; lines++) {
        struct doc *d = doc_new(&a, LANG_ZH, 0);
        for (int i = 0; i < lines; i++) doc_text(d, i % 5 ? doc_paragraph(d) : doc_heading(d, 1 + i % 4), "安全");
        doc_set_signature(d, "示范职业学院", 0);
        doc_set_footer(d, "校验码");
        _cleanup_(text_release) struct text out = {.max = 4 << 20};
        print(d, &out);
        assert_in_range(pages_of(&out), before, before + 1);
        before = pages_of(&out);
    }
    assert_int_equal(before, 3);
}

static void empty_and_over(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 1 << 20);
    struct doc *d = doc_new(&a, LANG_ZH, 0);
    _cleanup_(text_release) struct text out = {.max = 4 << 20}, small = {.max = 1000};
    print(d, &out);
    assert_int_equal(pages_of(&out), 1);
    assert_int_equal(doc_to_pdf(sample(&a, 3), fonts, NULL, &small), FAULT_LARGE);
    assert_int_equal(small.length, 0);
    d->over = true;
    assert_int_equal(doc_to_pdf(d, fonts, NULL, &out), FAULT_LARGE);
}

static void fonts_say_what_they_are(void **state) {
    (void)state;
    const char *lines[FACE_COUNT];
    size_t count = doc_fonts_fallbacks(fonts, lines), substitutes = 0;
    for (int face = 0; face < FACE_COUNT; face++) {
        assert_non_null(doc_fonts_path(fonts, (enum doc_face)face));
        substitutes += doc_fonts_substitute(fonts, (enum doc_face)face);
    }
    assert_int_equal(count, substitutes);
    struct doc_fonts *other = NULL;
    assert_int_equal(doc_fonts_open("/nonexistent", NULL, &other), FAULT_NONE); /* the packages' faces are still found */
    doc_fonts_close(other);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_document_same_bytes), cmocka_unit_test(threads_take_turns),
        cmocka_unit_test(missing_glyph_is_refused), cmocka_unit_test(tables_run_over_pages),
        cmocka_unit_test(every_length_prints),      cmocka_unit_test(empty_and_over),
        cmocka_unit_test(fonts_say_what_they_are),  cmocka_unit_test(memory_comes_back),
    };
    return cmocka_run_group_tests(tests, open_fonts, close_fonts);
}
