/* test_form.c - form data: what is read, what is refused, and that every field lies inside its body. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs those four first. */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/form.h"

static struct arena arena;
static struct http_field *fields;
static size_t count;
static char body[1 << 16];

static int setup(void **state) {
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    arena_release(&arena);
    return 0;
}

static enum fault parse_bytes(const char *type, const char *bytes, size_t length) {
    assert_true(length < sizeof body);
    memcpy(body, bytes, length);
    body[length] = 0;
    enum fault f = form_parse(&arena, type, body, length, NULL, &fields, &count);
    for (size_t i = 0; !f && i < count; i++) {
        assert_true(fields[i].bytes >= body && fields[i].bytes + fields[i].length <= body + length);
        assert_int_equal(fields[i].bytes[fields[i].length], 0);
    }
    return f;
}

#define URL "application/x-www-form-urlencoded"
#define MULTI "multipart/form-data; boundary=b"
static enum fault url(const char *text) { return parse_bytes(URL, text, strlen(text)); }
static enum fault multi(const char *text) { return parse_bytes(MULTI, text, strlen(text)); }

static void test_decode(void **state) {
    (void)state;
    static const struct {
        const char *in, *out;
        bool plus;
    } samples[] = {{"abc", "abc", false},   {"%41%5a", "AZ", false}, {"a+b", "a b", true},
                   {"a+b", "a+b", false},   {"%2541", "%41", false}, {"%e5%8F%B0", "台", false},
                   {"", "", false},         {"%", NULL, false},      {"%4", NULL, false},
                   {"%4g", NULL, false},    {"a%", NULL, false},     {"%00", NULL, false},
                   {"%ff", NULL, false},    {"%c0%80", NULL, false}, {"%ed%a0%80", NULL, false},
                   {"%e5%8f", NULL, false}, {"%+1", NULL, true}};
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        char text[32];
        size_t n = 999;
        snprintf(text, sizeof text, "%s", samples[i].in);
        bool fine = form_decode(text, strlen(text), samples[i].plus, &n);
        assert_int_equal(fine, samples[i].out != NULL);
        if (fine) {
            assert_int_equal(n, strlen(samples[i].out));
            assert_memory_equal(text, samples[i].out, n);
        } else assert_int_equal(n, 999);
    }
}

static void test_path(void **state) {
    (void)state;
    assert_string_equal(form_path(&arena, "/"), "/");
    assert_string_equal(form_path(&arena, "/a%20b/%E5%8F%B0?x=/../"), "/a b/台");
    assert_string_equal(form_path(&arena, "/..a/.b/c."), "/..a/.b/c.");
    static const char *const bad[] = {"",          "a",      "?",      "/..",    "/.",    "/a/..", "/a/./b",
                                      "/%2e%2e/x", "/a%2fb", "/a%2Fb", "/a%5cb", "/a%09", "/%7f",  "/%"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) assert_null(form_path(&arena, bad[i]));
}

static void test_query(void **state) {
    (void)state;
    struct http_pair *pairs;
    size_t n;
    assert_int_equal(form_query(&arena, "a=1&&b=%26+x&c&=d&a=2=3&", &pairs, &n), FAULT_NONE);
    assert_int_equal(n, 5);
    assert_string_equal(pairs[0].value, "1");
    assert_string_equal(pairs[1].value, "& x");
    assert_string_equal(pairs[2].name, "c");
    assert_string_equal(pairs[2].value, "");
    assert_string_equal(pairs[3].name, "");
    assert_string_equal(pairs[4].value, "2=3");
    assert_int_equal(form_query(&arena, "", &pairs, &n), FAULT_NONE);
    assert_int_equal(n, 0);
    assert_int_equal(form_query(&arena, "a=%zz", &pairs, &n), FAULT_INPUT);
    char many[1024] = "";
    memset(many, '&', FORM_PAIRS_MAX);
    assert_int_equal(form_query(&arena, many, &pairs, &n), FAULT_LARGE);
}

static void test_cookies(void **state) {
    (void)state;
    struct http_pair *pairs;
    assert_int_equal(form_cookies(&arena, "a=1; b=\"two\";c=3=4 ;bad; =x; d=", &pairs), 4);
    assert_string_equal(pairs[0].value, "1");
    assert_string_equal(pairs[1].value, "two");
    assert_string_equal(pairs[2].value, "3=4");
    assert_string_equal(pairs[3].value, "");
    assert_int_equal(form_cookies(&arena, "", &pairs), 0);
    assert_int_equal(form_cookies(&arena, "a=\xff; b=1", &pairs), 1);
}

static void test_urlencoded(void **state) {
    (void)state;
    assert_int_equal(url("title=%E5%8F%B0%E8%B4%A6&n=1+2&empty=&bare"), FAULT_NONE);
    assert_int_equal(count, 4);
    assert_string_equal(fields[0].bytes, "台账");
    assert_string_equal(fields[1].bytes, "1 2");
    assert_string_equal(fields[2].bytes, "");
    assert_string_equal(fields[3].name, "bare");
    assert_null(fields[0].filename);
    assert_int_equal(url(""), FAULT_NONE);
    assert_int_equal(count, 0);
    assert_int_equal(parse_bytes(URL "; charset=UTF-8", "a=b", 3), FAULT_NONE);
    static const char *const bad[] = {"a=%", "a=%00", "=x", "a%0A=x", "a=\xff", "%ff=x"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) assert_int_equal(url(bad[i]), FAULT_INPUT);
    assert_int_equal(parse_bytes(URL, "a=\0", 3), FAULT_INPUT);
    char long_name[FORM_NAME_MAX + 4];
    memset(long_name, 'a', sizeof long_name);
    memcpy(long_name + FORM_NAME_MAX + 1, "=b", 3);
    assert_int_equal(url(long_name), FAULT_LARGE);
    char many[FORM_FIELDS_MAX + 1];
    memset(many, '&', FORM_FIELDS_MAX);
    many[FORM_FIELDS_MAX] = 0;
    assert_int_equal(url(many), FAULT_LARGE);
}

static void test_multipart(void **state) {
    (void)state;
    static const char text[] =
        "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n台账\r\n第二行\r\n"
        "--b\r\ncontent-disposition: form-data; name=file; filename=\"C:\\tmp\\a \\\"b\\\".xlsx\"\r\nContent-Type: "
        "application/zip\r\nX-Else: 1\r\n\r\nPK\0\r\n--\r\n\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n\r\n\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"ext\"; filename=\"x\"; filename*=UTF-8''%E5%8F%B0.csv\r\n\r\nq\r\n--b--\r\n";
    assert_int_equal(parse_bytes(MULTI, text, sizeof text - 1), FAULT_NONE);
    assert_int_equal(count, 4);
    assert_string_equal(fields[0].bytes, "台账\r\n第二行");
    assert_null(fields[0].filename);
    assert_string_equal(fields[1].filename, "a \"b\".xlsx");
    assert_string_equal(fields[1].type, "application/zip");
    assert_int_equal(fields[1].length, 9);
    assert_memory_equal(fields[1].bytes, "PK\0\r\n--\r\n", 9);
    assert_string_equal(fields[2].filename, "");
    assert_int_equal(fields[2].length, 0);
    assert_string_equal(fields[2].type, "application/octet-stream");
    assert_string_equal(fields[3].filename, "台.csv");
    assert_int_equal(multi("--b--"), FAULT_NONE);
    assert_int_equal(count, 0);
    assert_int_equal(parse_bytes("Multipart/Form-Data; charset=utf-8; Boundary=\"b\"", "--b--\r\n", 7), FAULT_NONE);
}

#define PART "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n"

static void test_multipart_bad(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "x",
                                      "--b",
                                      "--b\r\n",
                                      "--c--",
                                      "preamble\r\n--b--",
                                      "--b--\r\nepilogue",
                                      "--b\n\n",
                                      PART "\r\nx",
                                      PART "\r\nx\r\n--b",
                                      PART "\r\nx\r\n--bx",
                                      PART "\r\nx\n--b--",
                                      PART "x\r\n--b--",
                                      PART "\r\n\xff\r\n--b--",
                                      PART "Content-Disposition: form-data; name=\"b\"\r\n\r\nx\r\n--b--",
                                      PART "Content-Transfer-Encoding: base64\r\n\r\nx\r\n--b--",
                                      PART " folded\r\n\r\nx\r\n--b--",
                                      "--b\r\nContent-Type: x\r\n\r\nx\r\n--b--",
                                      "--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--b--",
                                      "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
                                      "--b\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nx\r\n--b--",
                                      "--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--b--",
                                      "--b\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\nx\r\n--b--",
                                      "--b\r\nContent-Disposition: form-data; name=\"a\"; filename*=latin1''x\r\n\r\nx\r\n--b--",
                                      "--b\r\nContent-Disposition: form-data; name=\"a\"; filename*=UTF-8''%00\r\n\r\nx\r\n--b--"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        enum fault f = multi(bad[i]);
        if (f != FAULT_INPUT) fail_msg("%zu: %s", i, fault_word(f));
    }
    assert_int_equal(parse_bytes(MULTI, PART "\r\nx\0y\r\n--b--", sizeof PART - 1 + 12), FAULT_INPUT);
    static const char *const types[] = {
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"b",
        "multipart/form-data; boundary=b; boundary=b",
        "multipart/form-data; boundary=\"a\tb\"",
        "multipart/mixed; boundary=b",
        "text/plain",
        "multipart/form-data; boundary=01234567890123456789012345678901234567890123456789012345678901234567890"};
    for (size_t i = 0; i < COUNT_OF(types); i++) assert_int_equal(parse_bytes(types[i], "--b--", 5), FAULT_INPUT);
    assert_int_equal(form_parse(&arena, NULL, body, 0, NULL, &fields, &count), FAULT_NONE);
}

/* A body cut short anywhere is refused, never read beyond. The copy is exact, so that the sanitizer sees a byte too far. */
static void test_cut(void **state) {
    (void)state;
    static const char whole[] = PART
        "Content-Type: x\r\n\r\nvalue\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"g\"\r\n\r\nbytes\r\n--b--";
    for (size_t n = 0; n < sizeof whole; n++) {
        char *copy = malloc(n + 1);
        memcpy(copy, whole, n);
        enum fault f = form_parse(&arena, MULTI, copy, n, NULL, &fields, &count);
        assert_int_equal(f == FAULT_NONE, n == sizeof whole - 1);
        free(copy);
    }
}

static void test_notes(void **state) {
    (void)state;
    struct notes notes;
    notes_init(&notes, &arena);
    snprintf(body, sizeof body, "%s", PART "\r\n\xff\r\n--b--");
    assert_int_equal(form_parse(&arena, MULTI, body, strlen(body), &notes, &fields, &count), FAULT_INPUT);
    assert_int_equal(notes.count, 1);
    assert_string_equal(notes.first->place, "a");
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {T(test_decode),    T(test_path),          T(test_query), T(test_cookies), T(test_urlencoded),
                                       T(test_multipart), T(test_multipart_bad), T(test_cut),   T(test_notes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
