/* test_html.c - the HTML of a document: its text against the golden file, and nothing gets out of its context. */
#include "document/html.h"
#include "document/markdown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *found_rule(void *context, const char *key) {
    static char address[200];
    snprintf(address, sizeof address, "%s/figures/%s", (const char *)context, key);
    return address;
}

static char *file_read(const char *name, struct arena *arena) {
    char path[1000];
    snprintf(path, sizeof path, "%s/%s", getenv("GOLDEN_FILES"), name);
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    char *text = arena_alloc(arena, 1 << 17);
    size_t length = fread(text, 1, (1 << 17) - 1, f);
    fclose(f);
    text[length] = 0;
    return text;
}

static void sample_matches_the_golden_file(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 16 << 20);
    char *source = file_read("sample.md", &a), *golden = file_read("sample.html", &a);
    struct doc *d = NULL;
    assert_non_null(source);
    assert_int_equal(doc_from_markdown(&a, source, strlen(source), LANG_ZH, 0, NULL, &d), FAULT_NONE);
    doc_set_addressee(d, "学校安全管理委员会");
    doc_add_attachment(d, "2019年度安全检查情况一览表");
    doc_set_signature(d, "示范职业学院", civil_from_ymd(2019, 12, 31));
    doc_set_footer(d, "校验码：1024");
    _cleanup_(text_release) struct text out = {.max = 1 << 20};
    assert_int_equal(doc_to_html(d, found_rule, (void *)(size_t) "/reports/1", &out), FAULT_NONE);
    if (getenv("GOLDEN_WRITE")) {
        FILE *f = fopen(getenv("GOLDEN_WRITE"), "wb");
        assert_non_null(f);
        fwrite(out.at, 1, out.length, f);
        fclose(f);
        return;
    }
    assert_non_null(golden);
    assert_string_equal(out.at, golden);
}

static void nothing_leaves_its_context(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 1 << 20);
    struct doc *d = doc_new(&a, LANG_EN, 0);
    doc_set_title(d, "</title><script>x</script>");
    struct doc_runs *p = doc_paragraph(d);
    doc_text(d, p, "a<b>&\"");
    static const char *const bad[] = {
        "javascript:alert(1)", "JavaScript:x", "//evil.example", "data:text/html,x", "\\\\evil", "/\\evil", ""};
    for (size_t i = 0; i < COUNT_OF(bad); i++) doc_link(d, p, "L", bad[i]);
    doc_link(d, p, "ok", "/x\"onclick=\"y");
    doc_figure(d, p, "7", "k\"<", NULL);
    _cleanup_(text_release) struct text out = {.max = 1 << 20};
    assert_int_equal(doc_to_html_page(d, NULL, NULL, &out), FAULT_NONE);
    assert_null(strstr(out.at, "<script"));
    assert_null(strstr(out.at, "<b>"));
    assert_non_null(
        strstr(out.at, "a&lt;b&gt;&amp;&quot;LLLLLLL<a href=\"/x&quot;onclick=&quot;y\">ok</a><span class=\"figure\">7</span>"));
    assert_non_null(strstr(out.at, "lang=\"en\""));
}

static void caps_are_told(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 1 << 20);
    struct doc *d = doc_new(&a, LANG_ZH, 0);
    doc_text(d, doc_paragraph(d), "长");
    _cleanup_(text_release) struct text small = {.max = 20}, out = {.max = 1000};
    assert_int_equal(doc_to_html(d, NULL, NULL, &small), FAULT_LARGE);
    d->over = true;
    assert_int_equal(doc_to_html(d, NULL, NULL, &out), FAULT_LARGE);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sample_matches_the_golden_file),
        cmocka_unit_test(nothing_leaves_its_context),
        cmocka_unit_test(caps_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
