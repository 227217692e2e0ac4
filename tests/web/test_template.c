/* test_template.c - the template compiler against the Mustache specification's cases, its contexts and what it refuses. */
#include "compile.h"
#include "web/template.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { PARTIALS_MAX = 10, PAGE_MAX = 1 << 20 };

static unsigned key_of(const struct mustache_output *o, const char *name) {
    for (size_t i = 0; i < o->key_count; i++)
        if (!strcmp(o->keys[i], name)) return (unsigned)i + 1;
    return 0;
}

static const char *scalar_text(struct arena *a, const json_t *v) {
    return json_is_string(v) ? json_string_value(v) : json_is_real(v) ? arena_format(a, "%g", json_real_value(v)) : NULL;
}

static void view_fill(struct view *v, const struct mustache_output *o, json_t *data);

static void list_fill(struct view_list *list, const struct mustache_output *o, json_t *data) {
    size_t i;
    json_t *item;
    json_array_foreach(data, i, item) {
        if (json_is_object(item)) {
            view_fill(view_item(list), o, item);
        } else if (json_is_array(item)) {
            struct view *v = view_item(list); /* a list in a list: the item is itself a list */
            struct view_list *inner = arena_new(v->arena, struct view_list);
            inner->owner = v;
            v->self = (struct view_value){.kind = VIEW_LIST, .list = inner};
            list_fill(inner, o, item);
        } else if (json_is_integer(item)) {
            view_item_text(list, arena_format(list->owner->arena, "%lld", json_integer_value(item)));
        } else {
            const char *text = scalar_text(list->owner->arena, item);
            view_item(list)->self = (struct view_value){.kind = text ? VIEW_HTML : VIEW_NULL, .text = text};
        }
    }
}

static void view_fill(struct view *v, const struct mustache_output *o, json_t *data) {
    const char *name;
    json_t *value;
    json_object_foreach(data, name, value) {
        unsigned key = key_of(o, name);
        if (!key) continue;
        if (json_is_object(value)) view_fill(view_object(v, key), o, value);
        else if (json_is_array(value)) list_fill(view_list(v, key), o, value);
        else if (json_is_boolean(value)) view_bool(v, key, json_is_true(value));
        else if (json_is_integer(value)) view_int(v, key, json_integer_value(value));
        else view_html(v, key, scalar_text(v->arena, value)); /* as markup where the case has three braces, else escaped */
    }
}

static struct template_set set_of(const struct mustache_output *o, const char **sentences) {
    for (size_t i = 0; i < o->sentence_count; i++) sentences[i] = o->sentences[i].text;
    return (struct template_set){
        o->ops, o->literals, o->paths, o->starts, sentences, (unsigned)o->source_count, (unsigned)o->sentence_count, NULL};
}

static void case_check(const char *file, json_t *c) {
    struct mustache_source sources[PARTIALS_MAX] = {{"main", json_string_value(json_object_get(c, "template")), 0}};
    size_t count = 1;
    const char *name, *expected = json_string_value(json_object_get(c, "expected"));
    json_t *text, *data = json_object_get(c, "data");
    json_object_foreach(json_object_get(c, "partials"), name, text)
        sources[count++] = (struct mustache_source){name, json_string_value(text), 0};
    for (size_t i = 0; i < count; i++) sources[i].length = strlen(sources[i].text);
    struct mustache_output o;
    const char *sentences[10];
    if (!mustache_compile(sources, count, false, &o))
        fail_msg("%s: %s: %s", file, json_string_value(json_object_get(c, "name")), o.errors);
    struct template_set set = set_of(&o, sentences);
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, PAGE_MAX);
    _cleanup_(text_release) struct text out;
    text_init(&out, PAGE_MAX);
    struct view *page = view_new(&a, LANG_ZH);
    if (json_is_object(data)) {
        view_fill(page, &o, data);
    } else if (json_is_array(data)) {
        struct view_list *list = arena_new(&a, struct view_list);
        list->owner = page;
        list_fill(list, &o, data);
        page->self = (struct view_value){.kind = VIEW_LIST, .list = list};
    } else if (json_is_integer(data)) {
        page->self = (struct view_value){.kind = VIEW_INT, .number = json_integer_value(data)};
    } else {
        page->self = (struct view_value){.kind = VIEW_HTML, .text = scalar_text(&a, data)};
    }
    template_render_set(&set, 0, page, &out);
    if (strcmp(out.at ? out.at : "", expected) != 0)
        fail_msg("%s: %s: expected\n%s\nbut got\n%s", file, json_string_value(json_object_get(c, "name")), expected, out.at);
    mustache_release(&o);
}

static void test_specification(void **state) {
    (void)state;
    const char *path = getenv("MUSTACHE_CASES"); /* the public specification's own files may be tried, too */
    json_error_t error;
    json_t *all = json_load_file(path ? path : TEST_FOLDER "/mustache_cases.json", 0, &error), *c;
    if (!all) fail_msg("%s:%d: %s", error.source, error.line, error.text);
    size_t i;
    json_array_foreach(json_object_get(all, "tests"), i, c) case_check(path ? path : "cases", c);
    assert_true(i >= 10);
    json_decref(all);
}

/* Renders one page template with {{x}} (and x_html) set to `value`; the errors instead if it does not compile. */
static char *page_render(const char *template, const char *value) {
    struct mustache_source sources[] = {{"main", template, strlen(template)}, {"part", "<b>{{x}}</b>", 12}};
    struct mustache_output o;
    const char *sentences[10];
    char *result;
    if (!mustache_compile(sources, 2, true, &o)) {
        result = strdup(o.errors);
    } else {
        struct template_set set = set_of(&o, sentences);
        _cleanup_(arena_release) struct arena a;
        arena_init(&a, PAGE_MAX);
        struct text out;
        text_init(&out, PAGE_MAX);
        struct view *page = view_new(&a, LANG_EN);
        if (key_of(&o, "x")) view_text(page, key_of(&o, "x"), value);
        if (key_of(&o, "x_html")) view_html(page, key_of(&o, "x_html"), value);
        if (key_of(&o, "n")) view_int(page, key_of(&o, "n"), INT64_MIN);
        if (key_of(&o, "yes")) view_bool(page, key_of(&o, "yes"), true);
        template_render_set(&set, 0, page, &out);
        result = out.at ? out.at : strdup("");
    }
    mustache_release(&o);
    return result;
}

static void test_contexts(void **state) {
    (void)state;
    static const struct {
        const char *template, *value, *expected;
    } cases[] = {
        {"<p>{{x}}</p>", "<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"},
        {"<p title=\"{{x}}\">a</p>", "\" onclick=\"evil()", "<p title=\"&quot; onclick=&quot;evil()\">a</p>"},
        {"<p title='{{x}}'>a</p>", "' onclick='evil()", "<p title='&#39; onclick=&#39;evil()'>a</p>"},
        {"<a href=\"/r/{{x}}\">a</a>", "../../x?y=1&z#\"中", "<a href=\"/r/..%2F..%2Fx%3Fy%3D1%26z%23%22%E4%B8%AD\">a</a>"},
        {"<a href=\"/r?q={{x}}&amp;s=1\">a</a>", "a b&s=2", "<a href=\"/r?q=a%20b%26s%3D2&amp;s=1\">a</a>"},
        {"<a href=\"{{x}}\">a</a>", "javascript:alert(1)", "<a href=\"#\">a</a>"},
        {"<a href=\"{{x}}\">a</a>", " javascript:alert(1)", "<a href=\"#\">a</a>"},
        {"<a href=\"{{x}}\">a</a>", "java\nscript:alert(1)", "<a href=\"#\">a</a>"},
        {"<a href=\"{{x}}\">a</a>", "//evil.example/", "<a href=\"#\">a</a>"},
        {"<a href=\"{{x}}\">a</a>", "/\\evil.example/", "<a href=\"#\">a</a>"},
        {"<a href=\"{{x}}\">a</a>", "data:text/html,x", "<a href=\"#\">a</a>"},
        {"<a href=\"{{x}}\">a</a>", "/r?a=1&b=2", "<a href=\"/r?a=1&amp;b=2\">a</a>"},
        {"<a href=\"{{x}}\">a</a>", "https://example.org/\"", "<a href=\"https://example.org/&quot;\">a</a>"},
        {"<a HREF=\"{{x}}\">a</a>", "javascript:1", "<a HREF=\"#\">a</a>"},
        {"<a href=\"{{x}}?c={{x}}\">a</a>", "/&", "<a href=\"/&amp;?c=%2F%26\">a</a>"},
        {"<textarea>{{x}}</textarea>", "</textarea><b>", "<textarea>&lt;/textarea&gt;&lt;b&gt;</textarea>"},
        {"<p>{{{x_html}}}</p>", "<b>&amp;</b>", "<p><b>&amp;</b></p>"},
        {"<p>{{x}}</p>", "中\xff\xe4\xb8文\x01.", "<p>中\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd文 .</p>"},
        {"<p>{{x}}</p>", "\xed\xa0\x80\xe0\x80\xaf\xf0\x9f\x98\x80",
         "<p>\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd😀</p>"},
        {"<p>{{n}}</p>", "", "<p>-9223372036854775808</p>"},
        {"<td{{#yes}} class=\"a{{#x}} b{{/x}}\"{{/yes}}{{^yes}} id=\"c\"{{/yes}}>z</td>", "v", "<td class=\"a b\">z</td>"},
        {"<ul>\n    <li\n       id=\"a  b\">  x </li>\n</ul>\n<pre>\n  y  </pre>", "",
         "<ul>\n<li\nid=\"a  b\"> x </li>\n</ul>\n<pre>\n  y  </pre>"},
        {"<p title=\"{{_ 共“{0}”条 | x}}\">{{_ 共“{0}”条 | x}}</p>", "\"<", "<p title=\"共“&quot;&lt;”条\">共“&quot;&lt;”条</p>"},
        {"{{> part}}{{#x}}{{> part}}{{/x}}", "v", "<b>v</b><b>v</b>"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *out = page_render(cases[i].template, cases[i].value);
        if (strcmp(out, cases[i].expected) != 0)
            fail_msg("%s with %s:\nexpected %s\nbut got  %s", cases[i].template, cases[i].value, cases[i].expected, out);
        free(out);
    }
}

static void test_refusals(void **state) {
    (void)state;
    static const struct {
        const char *template, *error;
    } cases[] = {
        {"<script>{{x}}</script>", "only in text"},
        {"<script>let a;</script>", "inline scripts"},
        {"<style>b {}</style>", "<style> is not allowed"},
        {"<p style=\"{{x}}\">", "style attributes"},
        {"<p onclick=\"{{x}}\">", "event attributes"},
        {"<p ONCLICK>", "event attributes"},
        {"<p class={{x}}>", "without quotes"},
        {"<p class=a>", "must be quoted"},
        {"<p {{x}}>", "only in text and in quoted"},
        {"<{{x}}>", "only in text and in quoted"},
        {"<img srcset=\"{{x}}\">", "srcset"},
        {"<a href=\"{{_ 中}}\">", "sentence in an address"},
        {"<a href=\"{{#yes}}/r{{/yes}}{{x}}\">", "not sure"},
        {"<p>{{{x}}}</p>", "only keys that end in _html"},
        {"<p>{{&x}}</p>", "only keys that end in _html"},
        {"<p>{{x_html}}</p>", "three braces"},
        {"<p title=\"{{{x_html}}}\">", "only in text"},
        {"{{#yes}}<p class=\"{{/yes}}\">", "another place"},
        {"{{#yes}}<p{{/yes}}>", "another place"},
        {"<p{{#yes}}a{{/yes}}>", "a space must follow"},
        {"<p class=\"a\"id=\"b\">", "a space must follow"},
        {"<p>{{#yes}}</p>", "not closed"},
        {"<p>{{/yes}}</p>", "closes no section"},
        {"{{#x}}{{#yes}}{{/x}}{{/yes}}", "closes no section"},
        {"<p>{{x</p>", "not closed"},
        {"<p>{{}}</p>", "empty tag"},
        {"<p>{{a b}}</p>", "not a name"},
        {"<p>{{a..b}}</p>", "not a name"},
        {"{{> nowhere}}", "no template is named nowhere"},
        {"<p title=\"{{> part}}\">", "a partial may stand only in text"},
        {"<!-- a -->", "comments"},
        {"a < b", "write &lt;"},
        {"<p title=\"a", "ends inside a tag"},
        {"{{_ 共 {0} 条}}", "do not agree"},
        {"{{_ 共 {1} 条 | x}}", "do not agree"},
        {"{{=a=}}", "delimiters"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *out = page_render(cases[i].template, "v");
        if (!strstr(out, cases[i].error) || strncmp(out, "main:1: ", 8) != 0)
            fail_msg("%s: expected an error with \"%s\" but got %s", cases[i].template, cases[i].error, out);
        free(out);
    }
}

/* A page over its maximum is cut and says so; partials that call themselves without end stop. */
static void test_limits(void **state) {
    (void)state;
    struct mustache_source sources[] = {{"main", "{{#list}}{{.}}{{/list}}", 23}, {"loop", "a{{> loop}}", 11}};
    struct mustache_output o;
    assert_true(mustache_compile(sources, 2, true, &o));
    struct template_set set = set_of(&o, (const char *[1]){NULL});
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, PAGE_MAX);
    struct view *page = view_new(&a, LANG_ZH);
    struct view_list *list = view_list(page, key_of(&o, "list"));
    for (int i = 0; i < 1000; i++) view_item_text(list, "中文<");
    for (size_t max = 0; max < 700; max += 7) {
        _cleanup_(text_release) struct text out;
        text_init(&out, max);
        template_render_set(&set, 0, page, &out);
        assert_true(out.over || !max);
        assert_true(out.length <= max);
        if (out.at) assert_int_equal(strlen(out.at), out.length);
    }
    _cleanup_(text_release) struct text out;
    text_init(&out, 10000);
    text_add(&out, "kept ");
    template_render_set(&set, 0, page, &out);
    assert_int_equal(out.over, true);
    text_clear(&out);
    template_render_set(&set, 1, page, &out);
    assert_false(out.over);
    assert_true(out.length < 100);
    mustache_release(&o);
}

/* {{.name}} stays inside the innermost object; NULL hides what is further out. */
static void test_lookup(void **state) {
    (void)state;
    const char *template = "{{#rows}}[{{.link}}|{{link}}|{{#.link}}x{{.link}}{{/.link}}{{#link?}}?{{/link?}}]{{/rows}}";
    struct mustache_source source = {"main", template, strlen(template)};
    struct mustache_output o;
    assert_true(mustache_compile(&source, 1, true, &o));
    struct template_set set = set_of(&o, (const char *[1]){NULL});
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, PAGE_MAX);
    _cleanup_(text_release) struct text out;
    text_init(&out, 1000);
    struct view *page = view_new(&a, LANG_ZH);
    view_text(page, key_of(&o, "link"), "outer");
    struct view_list *rows = view_list(page, key_of(&o, "rows"));
    view_item(rows);
    view_text(view_item(rows), key_of(&o, "link"), NULL);
    view_text(view_item(rows), key_of(&o, "link"), "own");
    template_render_set(&set, 0, page, &out);
    assert_string_equal(out.at, "[|outer|?][||][own|own|xown?]");
    mustache_release(&o);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_specification), cmocka_unit_test(test_contexts), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_limits),        cmocka_unit_test(test_lookup),
    };
    return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
