/* test_scan.c - the strict scanner: each rule, and that no way of splitting the bytes changes a verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs those four first. */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "net/scan.h"

struct sample {
    const char *bytes;
    size_t length;
    enum scan_verdict verdict;
    unsigned messages;
};
#define S(verdict, messages, bytes)                                                                                                \
    { bytes, sizeof bytes - 1, verdict, messages }
#define H "Host: a\r\n"
#define CHUNKED "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"

static const struct sample samples[] = {
    S(SCAN_FINE, 1, "GET / HTTP/1.1\r\n" H "\r\n"),
    S(SCAN_FINE, 1, "GET / HTTP/1.0\r\n\r\n"),
    S(SCAN_FINE, 0, "GET / HTTP/1.1\r\n" H "\r"),
    S(SCAN_FINE, 1, "GET /\xe5\x8f\xb0?a=b HTTP/1.1\r\nhOST:a.b-c_d:8620\r\nX:\r\nY: \t \r\nZ: \xe5\x8f\xb0\t!\r\n\r\n"),
    S(SCAN_FINE, 1, "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"),
    S(SCAN_FINE, 1, "OPTIONS * HTTP/1.1\r\n" H "\r\n"),
    S(SCAN_FINE, 1, "GET http://A:80/x HTTP/1.1\r\nHost: a:80\r\n\r\n"),
    S(SCAN_FINE, 1, "GET HTTPS://a HTTP/1.1\r\n" H "\r\n"),
    S(SCAN_FINE, 1, "GET http://a?x HTTP/1.1\r\n" H "\r\n"),
    S(SCAN_FINE, 2, "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\na\n\0GET / HTTP/1.1\r\n" H "\r\n"),
    S(SCAN_FINE, 1, "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nExpect: 100-Continue\r\n\r\nabc"),
    S(SCAN_FINE, 1, "POST / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n"),
    S(SCAN_FINE, 0, "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nab"),
    S(SCAN_FINE, 2, CHUNKED "a\r\n0123456789\r\n0B\r\n0123456789\n\r\n000\r\n\r\nGET / HTTP/1.0\r\n\r\n"),
    S(SCAN_FINE, 1, "POST / HTTP/1.1\r\n" H "transfer-encoding:\tChunked\r\n\r\n0\r\n\r\n"),
    S(SCAN_FINE, 1, CHUNKED "001\r\n1\r\n001\r\n2\r\n001\r\n3\r\n001\r\n4\r\n00000000\r\n\r\n"),
    S(SCAN_METHOD, 0, " GET / HTTP/1.1\r\n"),
    S(SCAN_METHOD, 0, "G(T / HTTP/1.1\r\n"),
    S(SCAN_METHOD, 0, "GETGETGETGET / HTTP/1.1\r\n"),
    S(SCAN_METHOD, 0, "CONNECT a:1 HTTP/1.1\r\n"),
    S(SCAN_METHOD, 0, "trace / HTTP/1.1\r\n"),
    S(SCAN_METHOD, 0, "\x16\x03\x01"),
    S(SCAN_LINE_END, 0, "\r\nGET / HTTP/1.1\r\n"),
    S(SCAN_LINE_END, 0, "GET\r\n"),
    S(SCAN_TARGET, 0, "GET  / HTTP/1.1\r\n"),
    S(SCAN_TARGET, 0, "GET x HTTP/1.1\r\n"),
    S(SCAN_TARGET, 0, "GET * HTTP/1.1\r\n"),
    S(SCAN_TARGET, 0, "OPTIONS */ HTTP/1.1\r\n"),
    S(SCAN_TARGET, 0, "GET /a#b HTTP/1.1\r\n"),
    S(SCAN_TARGET, 0, "GET /a\tb HTTP/1.1\r\n"),
    S(SCAN_TARGET, 0, "GET /a\0b HTTP/1.1\r\n"),
    S(SCAN_TARGET, 0, "GET ftp://a/ HTTP/1.1\r\n"),
    S(SCAN_TARGET, 0, "GET httpss://a/ HTTP/1.1\r\n"),
    S(SCAN_TARGET, 0, "GET http:/// HTTP/1.1\r\n"),
    S(SCAN_TARGET, 0, "GET http:// HTTP/1.1\r\n"),
    S(SCAN_VERSION, 0, "GET /\r\n"),
    S(SCAN_VERSION, 0, "GET / HTTP/1.1 \r\n"),
    S(SCAN_VERSION, 0, "GET / x HTTP/1.1\r\n"),
    S(SCAN_VERSION, 0, "GET / http/1.1\r\n"),
    S(SCAN_VERSION, 0, "GET / HTTP/1.2\r\n"),
    S(SCAN_VERSION, 0, "GET / HTTP/2\r\n"),
    S(SCAN_LINE_END, 0, "GET / HTTP/1.1\n" H "\n"),
    S(SCAN_LINE_END, 0, "GET / HTTP/1.1\r" H),
    S(SCAN_LINE_END, 0, "GET / HTTP/1.1\r\n" H "\n"),
    S(SCAN_LINE_END, 0, "GET / HTTP/1.1\r\n" H "\rx"),
    S(SCAN_LINE_END, 0, "GET / HTTP/1.1\r\nX: a\n"),
    S(SCAN_LINE_END, 0, "GET / HTTP/1.1\r\nX: a\rb\r\n"),
    S(SCAN_NAME, 0, "GET / HTTP/1.1\r\nHost : a\r\n"),
    S(SCAN_NAME, 0, "GET / HTTP/1.1\r\n: a\r\n"),
    S(SCAN_NAME, 0, "GET / HTTP/1.1\r\nX\0: a\r\n"),
    S(SCAN_NAME, 0, "GET / HTTP/1.1\r\nX\xc3\xa9: a\r\n"),
    S(SCAN_NAME, 0, "GET / HTTP/1.1\r\nX\r\n"),
    S(SCAN_FOLD, 0, "GET / HTTP/1.1\r\n" H " b\r\n"),
    S(SCAN_FOLD, 0, "GET / HTTP/1.1\r\n" H "\tb\r\n"),
    S(SCAN_VALUE, 0, "GET / HTTP/1.1\r\nX: a\0\r\n"),
    S(SCAN_VALUE, 0, "GET / HTTP/1.1\r\nX: \x1b\r\n"),
    S(SCAN_VALUE, 0, "GET / HTTP/1.1\r\nX: \x7f\r\n"),
    S(SCAN_DUPLICATE, 0, "GET / HTTP/1.1\r\n" H "host: a\r\n"),
    S(SCAN_DUPLICATE, 0, "GET / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-length: 1\r\n"),
    S(SCAN_DUPLICATE, 0, "GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
    S(SCAN_DUPLICATE, 0, "GET / HTTP/1.1\r\nContent-Type: a\r\nContent-Type: b\r\n"),
    S(SCAN_DUPLICATE, 0, "GET / HTTP/1.1\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n"),
    S(SCAN_HOST, 0, "GET / HTTP/1.1\r\n\r\n"),
    S(SCAN_HOST, 0, "GET / HTTP/1.1\r\nHost:\r\n"),
    S(SCAN_HOST, 0, "GET / HTTP/1.0\r\nHost: a b\r\n"),
    S(SCAN_HOST, 0, "GET / HTTP/1.1\r\nHost: a \r\n"),
    S(SCAN_HOST, 0, "GET / HTTP/1.1\r\nHost: a:\r\n"),
    S(SCAN_HOST, 0, "GET / HTTP/1.1\r\nHost: a:0\r\n"),
    S(SCAN_HOST, 0, "GET / HTTP/1.1\r\nHost: a:65536\r\n"),
    S(SCAN_HOST, 0, "GET / HTTP/1.1\r\nHost: [::1\r\n"),
    S(SCAN_HOST, 0, "GET / HTTP/1.1\r\nHost: [x]\r\n"),
    S(SCAN_HOST, 0, "GET / HTTP/1.1\r\nHost: a,b\r\n"),
    S(SCAN_HOST, 0, "GET http://b/ HTTP/1.1\r\n" H "\r\n"),
    S(SCAN_HOST, 0, "GET http://a:80/ HTTP/1.1\r\n" H "\r\n"),
    S(SCAN_HOST, 0, "GET http://a/ HTTP/1.0\r\n\r\n"),
    S(SCAN_CONTENT_LENGTH, 0, "POST / HTTP/1.1\r\n" H "Content-Length: +5\r\n"),
    S(SCAN_CONTENT_LENGTH, 0, "POST / HTTP/1.1\r\n" H "Content-Length: 5,5\r\n"),
    S(SCAN_CONTENT_LENGTH, 0, "POST / HTTP/1.1\r\n" H "Content-Length: 05\r\n"),
    S(SCAN_CONTENT_LENGTH, 0, "POST / HTTP/1.1\r\n" H "Content-Length: 5 \r\n"),
    S(SCAN_CONTENT_LENGTH, 0, "POST / HTTP/1.1\r\n" H "Content-Length: \r\n"),
    S(SCAN_CONTENT_LENGTH, 0, "POST / HTTP/1.1\r\n" H "Content-Length: 1000000000000000\r\n"),
    S(SCAN_TRANSFER, 0, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, chunked\r\n"),
    S(SCAN_TRANSFER, 0, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n"),
    S(SCAN_TRANSFER, 0, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\t\r\n"),
    S(SCAN_VALUE, 0,
      "POST / HTTP/1.1\r\n" H "Transfer-Encoding: \x0b"
      "chunked\r\n"),
    S(SCAN_TRANSFER, 0, "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n"),
    S(SCAN_BOTH_LENGTHS, 0, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"),
    S(SCAN_BOTH_LENGTHS, 0, "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
    S(SCAN_EXPECT, 0, "POST / HTTP/1.1\r\n" H "Expect: 200-ok\r\n"),
    S(SCAN_CHUNK, 0, CHUNKED "\r\n"),
    S(SCAN_CHUNK, 0, CHUNKED "g\r\n"),
    S(SCAN_CHUNK, 0, CHUNKED "0x1\r\n"),
    S(SCAN_CHUNK, 0, CHUNKED " 1\r\n"),
    S(SCAN_CHUNK, 0, CHUNKED "1 \r\n"),
    S(SCAN_CHUNK, 0, CHUNKED "1;a\r\n"),
    S(SCAN_CHUNK, 0, CHUNKED "1\nx"),
    S(SCAN_CHUNK, 0, CHUNKED "1\rx"),
    S(SCAN_CHUNK, 0, CHUNKED "1\r\nxy"),
    S(SCAN_CHUNK, 0, CHUNKED "1\r\nx\n"),
    S(SCAN_CHUNK, 0, CHUNKED "0\r\nX: y\r\n\r\n"),
    S(SCAN_CHUNK, 0, CHUNKED "0\r\n\n"),
    S(SCAN_CHUNK, 0, CHUNKED "123456789\r\n"),
    S(SCAN_HOST, 1, "GET / HTTP/1.0\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
};

static void check(const struct scan *s, const struct sample *k, const struct scan *whole) {
    if (s->verdict != k->verdict || s->messages != k->messages)
        fail_msg("%.80s: %s, %u messages", k->bytes, scan_word(s->verdict), (unsigned)s->messages);
    if (!whole) return;
    assert_true(s->position == whole->position && s->message_start == whole->message_start && s->headers == whole->headers);
    assert_int_equal(scan_phase(s), scan_phase(whole));
}

static void test_samples(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        const struct sample *k = &samples[i];
        struct scan whole, s;
        scan_init(&whole);
        size_t taken = scan_feed(&whole, k->bytes, k->length);
        assert_int_equal(taken, whole.position);
        assert_true((taken == k->length) == (whole.verdict == SCAN_FINE));
        check(&whole, k, NULL);
        for (size_t cut = 0; cut <= k->length; cut++) {
            scan_init(&s);
            scan_feed(&s, k->bytes, cut);
            scan_feed(&s, k->bytes + cut, k->length - cut);
            check(&s, k, &whole);
        }
        scan_init(&s);
        for (size_t at = 0; at < k->length; at++) scan_feed(&s, k->bytes + at, 1);
        check(&s, k, &whole);
    }
}

/* Every byte value in each kind of place: what is let through is exactly what the grammar has. */
static void test_bytes(void **state) {
    (void)state;
    for (int c = 0; c < 256; c++) {
        struct scan s;
        char text[64];
        bool control = c < ' ' || c == 0x7f;
        int n = snprintf(text, sizeof text, "GET /a");
        text[n] = (char)c;
        scan_init(&s);
        scan_feed(&s, text, (size_t)n + 1);
        assert_int_equal(s.verdict == SCAN_FINE, !control && c != '#');
        n = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nX: a");
        text[n] = (char)c;
        scan_init(&s);
        scan_feed(&s, text, (size_t)n + 1);
        assert_int_equal(s.verdict == SCAN_FINE, !control || c == '\t' || c == '\r');
        bool token = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c && c < 128 && strchr("!#$%&'*+-.^_`|~", c));
        n = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nX");
        text[n] = (char)c;
        scan_init(&s);
        scan_feed(&s, text, (size_t)n + 1);
        assert_int_equal(s.verdict == SCAN_FINE, token || c == ':');
    }
}

static enum scan_verdict long_verdict(size_t target, size_t value, unsigned fields) {
    _cleanup_(text_release) struct text t;
    text_init(&t, 1 << 20);
    text_add(&t, "GET /");
    for (size_t i = 1; i < target; i++) text_addc(&t, 'x');
    text_add(&t, " HTTP/1.1\r\n" H "V: ");
    for (size_t i = 0; i < value; i++) text_addc(&t, 'y');
    text_add(&t, "\r\n");
    for (unsigned i = 0; i < fields; i++) text_add(&t, "X: y\r\n");
    text_add(&t, "\r\n");
    struct scan s, slow;
    scan_init(&s);
    scan_init(&slow);
    scan_feed(&s, t.at, t.length);
    for (size_t i = 0; i < t.length; i++) scan_feed(&slow, t.at + i, 1);
    assert_true(s.verdict == slow.verdict && s.position == slow.position);
    return s.verdict;
}

static void test_limits(void **state) {
    (void)state;
    assert_int_equal(long_verdict(SCAN_TARGET_MAX, 10, 0), SCAN_FINE);
    assert_int_equal(long_verdict(SCAN_TARGET_MAX + 1, 10, 0), SCAN_LONG_TARGET);
    assert_int_equal(long_verdict(1, SCAN_HEADER_MAX - 100, 0), SCAN_FINE);
    assert_int_equal(long_verdict(1, SCAN_HEADER_MAX, 0), SCAN_LONG_HEADER);
    assert_int_equal(long_verdict(1, 1, SCAN_FIELDS_MAX - 2), SCAN_FINE);
    assert_int_equal(long_verdict(1, 1, SCAN_FIELDS_MAX - 1), SCAN_LONG_HEADER);
    assert_int_equal(scan_status(SCAN_LONG_HEADER), 431);
    assert_int_equal(scan_status(SCAN_LONG_TARGET), 414);
    assert_int_equal(scan_status(SCAN_DUPLICATE), 400);
}

static void test_phases(void **state) {
    (void)state;
    struct scan s;
    scan_init(&s);
    assert_int_equal(scan_phase(&s), SCAN_IDLE);
    scan_feed(&s, "P", 1);
    assert_int_equal(scan_phase(&s), SCAN_HEADER);
    static const char rest[] = "OST / HTTP/1.0\r\nContent-Length: 2\r\n\r\n";
    scan_feed(&s, rest, sizeof rest - 1);
    assert_int_equal(scan_phase(&s), SCAN_BODY);
    assert_int_equal(s.headers, 1);
    scan_feed(&s, "ab", 2);
    assert_int_equal(scan_phase(&s), SCAN_IDLE);
    assert_int_equal(s.messages, 1);
    scan_feed(&s, "\n", 1);
    assert_int_equal(scan_phase(&s), SCAN_REFUSED);
    assert_int_equal(scan_feed(&s, "GET", 3), 0);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_samples), cmocka_unit_test(test_bytes), cmocka_unit_test(test_limits),
                                       cmocka_unit_test(test_phases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
