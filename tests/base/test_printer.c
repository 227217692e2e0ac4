/* test_printer.c - each printer against what its context's standard asks, on plain, hostile and broken input. */
#include "testing.h"

#include "base/printer.h"
#include "base/utf8.h"

typedef void (*printer)(struct text *out, const char *s);

static void prints(printer print, const char *s, const char *expected) {
    _cleanup_(text_release) struct text out;
    text_init(&out, 1 << 16);
    print(&out, s);
    assert_string_equal(out.at, expected);
}

static void html(void **state) {
    (void)state;
    static const printer both[] = {html_text, html_attr};
    for (int i = 0; i < 2; i++) {
        prints(both[i], "", "");
        prints(both[i], "台账 A–Z 😀", "台账 A–Z 😀");
        prints(both[i], "<a href=\"x\" b='y'>&amp;", "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;");
        prints(both[i],
               "a\x01"
               "b\x1f\x7f\tc\nd\re",
               "a b  \tc\nd\re");
        prints(both[i], "\xc2\x85x", " x");                           /* a C1 control */
        prints(both[i], "\xff<\xc3", "\xef\xbf\xbd&lt;\xef\xbf\xbd"); /* a broken byte does not swallow its neighbour */
        prints(both[i], "\xe4\xb8<", "\xef\xbf\xbd\xef\xbf\xbd&lt;");
        prints(both[i], "\xc0\xbcscript", "\xef\xbf\xbd\xef\xbf\xbdscript"); /* an overlong < */
    }
}

static void xml(void **state) {
    (void)state;
    prints(xml_text, "a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;");
    prints(xml_text, "\x0b\xef\xbf\xbe\xef\xbf\xbf", " \xef\xbf\xbd\xef\xbf\xbd");
    prints(xml_text, "a\r\nb", "a&#13;\nb");
    prints(xml_text, "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* a surrogate */
}

static void url(void **state) {
    (void)state;
    prints(url_arg, "AZaz09-_.~", "AZaz09-_.~");
    prints(url_arg, "a b&c=d/e?f#g%h+i", "a%20b%26c%3Dd%2Fe%3Ff%23g%25h%2Bi");
    prints(url_arg, "台", "%E5%8F%B0");
    prints(url_arg, "\xff", "%EF%BF%BD");
    prints(url_arg, "\r\n", "%0D%0A");
}

static void json(void **state) {
    (void)state;
    prints(json_text, "", "\"\"");
    prints(json_text, "台\"\\/\b\f\n\r\t\x01\x1f", "\"台\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\"");
    prints(json_text, "\xff", "\"\xef\xbf\xbd\"");
}

static void csv(void **state) {
    (void)state;
    prints(csv_cell, "", "");
    prints(csv_cell, "plain 文", "plain 文");
    prints(csv_cell, "a,b", "\"a,b\"");
    prints(csv_cell, "say \"x\"", "\"say \"\"x\"\"\"");
    prints(csv_cell, "two\nlines", "\"two\nlines\"");
    prints(csv_cell, " padded", "\" padded\"");
    prints(csv_cell, "-12.50", "-12.50");
    prints(csv_cell, "+3", "+3");
    static const char *const formulas[] = {"=1+1", "@SUM(A1)", "-1+cmd|' /C calc'!A0", "+A1", "\t=1", "\r=1", "\n=1", "＝1+1",
                                           "＠A",  "-"};
    for (size_t i = 0; i < COUNT_OF(formulas); i++) {
        _cleanup_(text_release) struct text out;
        text_init(&out, 1000);
        csv_cell(&out, formulas[i]);
        assert_memory_equal(out.at, "\"'", 2);
        assert_int_equal(out.at[out.length - 1], '"');
    }
}

static void hex(void **state) {
    (void)state;
    _cleanup_(text_release) struct text out;
    text_init(&out, 100);
    hex_text(&out, "\x00\x7f\xff\x1a", 4);
    assert_string_equal(out.at, "007fff1a");
}

/* Whatever the bytes, what comes out is UTF-8 and holds no character that the context acts on. */
static void any_bytes(void **state) {
    (void)state;
    static const printer all[] = {html_text, html_attr, xml_text, url_arg, json_text, csv_cell};
    uint32_t seed = 12345;
    _cleanup_(text_release) struct text out;
    text_init(&out, 100000);
    for (int round = 0; round < 20000; round++) {
        char in[13];
        for (size_t i = 0; i + 1 < sizeof in; i++) {
            seed = seed * 1664525 + 1013904223;
            in[i] = (char)((seed >> 24) ? seed >> 24 : 'x');
        }
        in[sizeof in - 1] = 0;
        for (size_t p = 0; p < COUNT_OF(all); p++) {
            text_clear(&out);
            all[p](&out, in);
            assert_true(utf8_valid(out.at, out.length));
            assert_int_equal(strlen(out.at), out.length);
            if (p < 3) assert_null(strpbrk(out.at, "<>\"'"));
            if (p == 3)
                assert_int_equal(strspn(out.at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~%"), out.length);
            if (p == 4)
                for (const char *c = out.at; *c; c++) assert_true((unsigned char)*c >= 0x20);
        }
    }
}

/* RFC 4648, section 10, and bytes that need + and /. */
static void base64(void **state) {
    (void)state;
    static const char *const known[][2] = {{"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
                                           {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xfb\xff", "+/8="}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        _cleanup_(text_release) struct text out;
        text_init(&out, 100);
        text_addc(&out, ':');
        base64_text(&out, known[i][0], strlen(known[i][0]));
        assert_string_equal(out.at + 1, known[i][1]);
        assert_int_equal(out.length, 1 + strlen(known[i][1]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html), cmocka_unit_test(xml), cmocka_unit_test(url),       cmocka_unit_test(json),
        cmocka_unit_test(csv),  cmocka_unit_test(hex), cmocka_unit_test(any_bytes), cmocka_unit_test(base64),
    };
    return RUN_TESTS(tests);
}
