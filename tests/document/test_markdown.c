/* test_markdown.c - Markdown becomes the right tree, and what a report may not hold is refused with its line. */
#include "document/markdown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;
static struct notes notes;

static int begin(void **state) {
    (void)state;
    arena_init(&arena, 16 << 20);
    notes_init(&notes, &arena);
    return 0;
}

static int end(void **state) {
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct doc *read_ok(const char *source) {
    struct doc *d = NULL;
    enum fault fault = doc_from_markdown(&arena, source, strlen(source), LANG_ZH, 7, &notes, &d);
    if (fault && notes.first) print_message("# %s %s\n", notes.first->place, notes.first->sentence);
    assert_int_equal(fault, FAULT_NONE);
    return d;
}

static const char *text_of(const struct doc_runs *runs) {
    _cleanup_(text_release) struct text t = {.max = 10000};
    doc_runs_text(&t, runs);
    return t.at ? arena_copy(&arena, t.at) : "";
}

static void headings_paragraphs_and_title(void **state) {
    (void)state;
    struct doc *d = read_ok("# 关于**安全**的报告\n\n## 一级\n\n正文第一行\n第二行 end\nword\n\n##### 四级\n\n---\n\n末段");
    assert_string_equal(d->title, "关于安全的报告");
    assert_int_equal(d->as_of_ms, 7);
    struct doc_block *b = d->first;
    assert_int_equal(b->kind, DOC_HEADING);
    assert_int_equal(b->level, 1);
    assert_string_equal(text_of(&b->runs), "一级");
    b = b->next;
    assert_string_equal(text_of(&b->runs), "正文第一行第二行 end word"); /* no space between Chinese lines */
    b = b->next;
    assert_int_equal(b->level, 4);
    b = b->next;
    assert_int_equal(b->kind, DOC_PAGE_BREAK);
    assert_string_equal(text_of(&b->next->runs), "末段");
    assert_null(b->next->next);
}

static void strong_links_and_figures(void **state) {
    (void)state;
    struct doc *d = read_ok("发现[9](figure:found)项，**解决**见[清单](/records)");
    struct doc_run *r = d->first->runs.first;
    assert_string_equal(r->text, "发现");
    r = r->next;
    assert_string_equal(r->key, "found");
    assert_string_equal(r->text, "9");
    assert_null(r->href);
    while (!r->strong) r = r->next;
    assert_string_equal(r->text, "解决");
    r = d->first->runs.last;
    assert_string_equal(r->href, "/records");
    assert_null(r->key);
}

static void lists_and_hard_breaks(void **state) {
    (void)state;
    struct doc *d = read_ok("1. 甲\n2. 乙\n\n- 丙\n\n前  \n后");
    assert_int_equal(d->first->number, 1);
    assert_int_equal(d->first->next->number, 2);
    assert_int_equal(d->first->next->next->kind, DOC_ITEM);
    assert_int_equal(d->first->next->next->number, 0);
    assert_int_equal(d->last->kind, DOC_PARAGRAPH);
    assert_string_equal(text_of(&d->last->runs), "后");
}

static void tables_are_read(void **state) {
    (void)state;
    struct doc *d = read_ok(
        "前\n\n| 序号 | 名称 |  数\n|:--:|---|--:|\n| 1 | **甲**\\|乙 | [3](figure:n) |\n| 2 | 1. 丙 | # |\n\n后");
    struct doc_table *t = &d->first->next->table;
    assert_int_equal(d->first->next->kind, DOC_TABLE);
    assert_int_equal(t->columns, 3);
    assert_int_equal(t->align[0], DOC_CENTRE);
    assert_int_equal(t->align[1], DOC_LEFT);
    assert_int_equal(t->align[2], DOC_RIGHT);
    assert_string_equal(text_of(&t->head[2]), "数");
    assert_string_equal(text_of(&t->first->cells[1]), "甲|乙");
    assert_true(t->first->cells[1].first->strong);
    assert_string_equal(t->first->cells[2].first->key, "n");
    assert_string_equal(text_of(&t->last->cells[1]), "1. 丙"); /* not a list inside a cell */
    assert_string_equal(text_of(&t->last->cells[2]), "#");
    assert_string_equal(text_of(&d->last->runs), "后");
}

static void refusals_name_the_line(void **state) {
    (void)state;
    static const struct {
        const char *source, *place;
    } wanted[] = {
        {"好\n\n<script>alert(1)</script>\n", "第 3 行"},
        {"好<b>不好</b>", "第 1 行"},
        {"好\n\n![图](a.png)", "第 3 行"},
        {"    代码", "第 1 行"},
        {"> 引用", "第 1 行"},
        {"- 甲\n  - 乙", "第 2 行"},
        {"# 一\n\n# 二", "第 3 行"},
        {"字\n\n# 一", "第 3 行"},
        {"###### 深", "第 1 行"},
        {"| a | b |\n| 1 | 2 |", "第 1 行"},
        {"| a | b |\n|---|---|\n| 1 |", "第 3 行"},
        {"| a | b |\n|---|---|\n| 1 | 2 | 3 |", "第 3 行"},
        {"| a |\n|---|\n字", "第 1 行"},
        {"字\n| a |\n|---|", "第 1 行"},
        {"| a |\n|---|\n| <b>x</b> |", "第 3 行"},
        {"\xff", "第 1 行"},
    };
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        struct doc *d = NULL;
        struct notes own;
        notes_init(&own, &arena);
        assert_int_equal(doc_from_markdown(&arena, wanted[i].source, strlen(wanted[i].source), LANG_ZH, 0, &own, &d), FAULT_INPUT);
        assert_null(d);
        assert_non_null(own.first);
        assert_string_equal(own.first->place, wanted[i].place);
    }
}

static void large_and_empty_input(void **state) {
    (void)state;
    char *big = malloc(MARKDOWN_MAX + 1);
    memset(big, 'a', MARKDOWN_MAX + 1);
    struct doc *d = NULL;
    assert_int_equal(doc_from_markdown(&arena, big, MARKDOWN_MAX + 1, LANG_ZH, 0, &notes, &d), FAULT_LARGE);
    for (size_t i = 0; i < MARKDOWN_MAX; i++) big[i] = i % 3 ? '\n' : 'a';
    struct arena small;
    arena_init(&small, 2 << 20);
    enum fault fault = doc_from_markdown(&small, big, MARKDOWN_MAX, LANG_ZH, 0, NULL, &d);
    assert_int_equal(fault, FAULT_LARGE);
    arena_release(&small);
    free(big);
    d = read_ok("");
    assert_null(d->first);
    assert_null(d->title);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(headings_paragraphs_and_title, begin, end),
        cmocka_unit_test_setup_teardown(strong_links_and_figures, begin, end),
        cmocka_unit_test_setup_teardown(lists_and_hard_breaks, begin, end),
        cmocka_unit_test_setup_teardown(tables_are_read, begin, end),
        cmocka_unit_test_setup_teardown(refusals_name_the_line, begin, end),
        cmocka_unit_test_setup_teardown(large_and_empty_input, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
