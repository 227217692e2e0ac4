/* test_bounce.c - letters that say that a message of ours did not arrive, in the shapes that mail servers send; and such that only look like it. */
#include "net/bounce.h"

#include "base/printer.h"
#include "base/utf8.h"
#include "net/mime.h"

#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ID "warn.00112233445566778899aabbccddeeff"
#define OURS                                                                                                                       \
    "From: <tz@example.cn>\r\nTo: <lin@example.cn>\r\nSubject: =?UTF-8?B?5o+Q6YaS?=\r\nMessage-ID: <" ID                           \
    "@example.cn>\r\nAuto-Submitted: auto-generated\r\n\r\n"

static const char postfix[] =
    "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.cn (Mail Delivery System)\r\nSubject: Undelivered Mail Returned to "
    "Sender\r\nTo: tz@example.cn\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; "
    "report-type=delivery-status;\r\n\tboundary=\"B1/mx.example.cn\"\r\n\r\nThis is a MIME-encapsulated "
    "message.\r\n\r\n--B1/mx.example.cn\r\n"
    "Content-Type: text/plain; charset=us-ascii\r\n\r\nThis is the mail system at host mx.example.cn.\r\n\r\n<lin@example.cn>: "
    "host "
    "b.example.cn said: 550 5.1.1 no such user\r\n\r\n--B1/mx.example.cn\r\nContent-Description: Delivery report\r\nContent-Type: "
    "message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.cn\r\nArrival-Date: Mon, 30 Nov 2026 10:00:00 +0800 "
    "(CST)\r\n\r\n"
    "Final-Recipient: rfc822; lin@example.cn\r\nOriginal-Recipient: rfc822;Lin@Example.cn\r\nAction: failed\r\nStatus: "
    "5.1.1\r\nRemote-MTA: dns; b.example.cn\r\nDiagnostic-Code: smtp; 550 5.1.1 <lin@example.cn>:\r\n    no such user\x1b[31m "
    "here\r\n\r\n"
    "--B1/mx.example.cn\r\nContent-Description: Undelivered Message\r\nContent-Type: message/rfc822\r\n\r\n" OURS
    "5L2g5aW9\r\n\r\n--B1/mx.example.cn--\r\n";

static struct bounce read_text(const char *text) {
    struct bounce b;
    bounce_read(text, strlen(text), "warn.", &b);
    assert_true(utf8_valid(b.why, strlen(b.why)));
    return b;
}

static bool names(const struct bounce *b, const char *address) {
    for (size_t i = 0; i < b->address_count; i++)
        if (!strcmp(b->addresses[i], address)) return true;
    return false;
}

static void postfix_gives_up(void **state) {
    (void)state;
    struct bounce b = read_text(postfix);
    assert_int_equal(b.verdict, BOUNCE_FAILED);
    assert_string_equal(b.id, ID);
    assert_true(names(&b, "lin@example.cn"));
    assert_string_equal(b.why, "550 5.1.1 <lin@example.cn>: no such user [31m here");
}

/* The same text with one thing else in it. */
static struct bounce with(const char *from, const char *to) {
    static char text[sizeof postfix + 400];
    const char *at = strstr(postfix, from);
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - postfix), postfix, to, at + strlen(from));
    return read_text(text);
}

static void what_is_said_decides(void **state) {
    (void)state;
    assert_int_equal(with("Action: failed", "Action: delayed").verdict, BOUNCE_DELAYED);
    assert_int_equal(with("Action: failed", "Action: relayed").verdict, BOUNCE_NONE);
    assert_int_equal(with("Action: failed", "Action: delivered").verdict, BOUNCE_NONE);
    assert_int_equal(with("Action: failed\r\nStatus: 5.1.1", "Status: 4.4.1").verdict, BOUNCE_DELAYED);
    assert_int_equal(with("Action: failed\r\nStatus: 5.1.1", "Status: 5.4.1").verdict, BOUNCE_FAILED);
    struct bounce b = with("Status: 5.1.1", "Status: 4.4.7"); /* kept in the queue for as long as it may be, then given up */
    assert_int_equal(b.verdict, BOUNCE_FAILED);
    assert_string_equal(b.why, "4.4.7 550 5.1.1 <lin@example.cn>: no such user [31m here");
    assert_int_equal(with("Message-ID: <warn.", "Message-ID: <letter.").verdict, BOUNCE_NONE);
    assert_int_equal(with("Message-ID: <warn.", "Message-ID: <x-warn.").verdict, BOUNCE_NONE);
    b = with("Diagnostic-Code: smtp; 550 5.1.1 <lin@example.cn>:\r\n    no such user\x1b[31m here", "X: y");
    assert_int_equal(b.verdict, BOUNCE_FAILED);
    assert_non_null(strstr(b.why, "5.1.1 This is the mail system"));
    /* forwarded: the new address is not the one that we know, the old one stands in the message that came back */
    b = with("Final-Recipient: rfc822; lin@example.cn\r\nOriginal-Recipient: rfc822;Lin@Example.cn",
             "Final-Recipient: rfc822; private@elsewhere.cn");
    assert_true(names(&b, "lin@example.cn") && names(&b, "private@elsewhere.cn"));
}

/* The report coded in base64, headers only, the words in quoted-printable, and the id in the words alone. */
static void exchange_and_codings(void **state) {
    (void)state;
    static const char fields[] =
        "Reporting-MTA: dns;ex01.example.cn\r\n\r\nFinal-Recipient: rfc822;lin@example.cn\r\nAction: failed\r\nStatus: "
        "5.2.2\r\nDiagnostic-Code: smtp;554 5.2.2 mailbox full\r\nX-Display-Name: Lin\r\n";
    static const char letter[] =
        "From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.cn>\r\nTo: "
        "<tz@example.cn>\r\nMIME-Version: "
        "1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b2\r\nIn-Reply-To: <" ID
        "@example.cn>\r\n\r\n--b2\r\n"
        "Content-Type: multipart/alternative; boundary=b3\r\n\r\n--b3\r\nContent-Type: text/html; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n<html><style>p {color: "
        "red}</style><p>=E6=94=B6=E4=BB=B6=E4=BA=BA=E7=9A=84=\r\n"
        "=E9=82=AE=E7=AE=B1</p></html>\r\n--b3--\r\n--b2\r\nContent-Type: message/delivery-status\r\nContent-Transfer-Encoding: "
        "base64\r\n\r\n";
    _cleanup_(text_release) struct text text;
    text_init(&text, 8000);
    text_add(&text, letter);
    base64_text(&text, fields, sizeof fields - 1);
    text_add(&text, "\r\n--b2--\r\n");
    struct bounce b = read_text(text.at);
    assert_int_equal(b.verdict, BOUNCE_FAILED);
    assert_string_equal(b.id, ID);
    assert_string_equal(b.why, "554 5.2.2 mailbox full");
    assert_true(names(&b, "lin@example.cn"));
}

/* A letter in GB18030 without a report. */
static void letter_of(struct text *out, const char *from, const char *words) {
    char coded[2000], *in = (char *)(uintptr_t)words, *to = coded;
    size_t left = strlen(words), room = sizeof coded;
    iconv_t c = iconv_open("GB18030", "UTF-8");
    assert_true(c != (iconv_t)-1);
    assert_int_equal(iconv(c, &in, &left, &to, &room), 0);
    iconv_close(c);
    text_format(out,
                "From: %s\r\nTo: <tz@example.cn>\r\nSubject: =?gb18030?B?zcvQxQ==?=\r\nContent-Type: multipart/mixed;\r\n "
                "boundary=\"----=_X\"\r\n\r\n"
                "------=_X\r\nContent-Type: text/html;\r\n\tcharset=\"gb18030\"\r\nContent-Transfer-Encoding: base64\r\n\r\n",
                from);
    base64_text(out, coded, sizeof coded - room);
    text_add(out, "\r\n------=_X\r\nContent-Type: message/rfc822\r\n\r\n" OURS "5L2g5aW9\r\n------=_X--\r\n");
}

static void chinese_letters_without_a_report(void **state) {
    (void)state;
    static const struct {
        const char *from, *words;
        enum bounce_verdict verdict;
        const char *why;
    } cases[] = {
        {"\"PostMaster\" <PostMaster@qq.example>",
         "<p>很抱歉，您的邮件被退回</p><p>原因：收件人邮箱不存在（550 Mailbox not found）</p>", BOUNCE_FAILED,
         "550 Mailbox not found"},
        {"MAILER-DAEMON@x.cn", "<p>您的邮件被退回，请核对收件人地址 㐀</p>", BOUNCE_FAILED, "您的邮件被退回，请核对收件人地址 㐀"},
        {"postmaster@x.cn", "<p>邮件还在投递：451 4.7.1 请稍后</p>", BOUNCE_DELAYED, "451 4.7.1 请稍后"},
        {"postmaster@x.cn", "<p>邮件已经送到 1550 号箱</p>", BOUNCE_NONE, ""},
        {"=?UTF-8?B?5p6X?= <lin@example.cn>", "<p>我休假，无法处理，电话 550</p>", BOUNCE_NONE, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        _cleanup_(text_release) struct text text;
        text_init(&text, 8000);
        letter_of(&text, cases[i].from, cases[i].words);
        struct bounce b = read_text(text.at);
        assert_int_equal(b.verdict, cases[i].verdict);
        if (!b.verdict) continue;
        assert_string_equal(b.id, ID);
        assert_true(names(&b, "lin@example.cn"));
        assert_non_null(strstr(b.why, cases[i].why));
    }
}

static void nothing_hostile_is_read_beyond(void **state) {
    (void)state;
    struct bounce b;
    for (size_t n = 0; n < sizeof postfix; n++) { /* cut anywhere: the bytes behind do not count */
        char *copy = memory_new(n + 1);
        memcpy(copy, postfix, n);
        bounce_read(copy, n, "warn.", &b);
        assert_true(b.verdict == BOUNCE_NONE || (b.id[0] && b.address_count));
        memory_release(&copy);
    }
    _cleanup_(text_release) struct text deep;
    text_init(&deep, 1 << 20);
    for (int i = 0; i < 2000; i++) text_format(&deep, "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n");
    bounce_read(deep.at, deep.length, "warn.", &b);
    assert_int_equal(b.verdict, BOUNCE_NONE);
    text_clear(&deep);
    for (int i = 0; i < 20000; i++) text_add(&deep, "warn.5.5.5@@55.5");
    bounce_read(deep.at, deep.length, "warn.", &b);
}

static void headers_and_parameters(void **state) {
    (void)state;
    static const char text[] =
        "Subject: a\r\n\tb  \r\nX-Empty:\r\nContent-Type: text/plain; x=1; CharSet = \"u\\\"t\" ; boundary=q\r\n\r\nbody";
    struct mime_entity e;
    char value[MIME_VALUE], small[4], parameter[20];
    mime_split(text, sizeof text - 1, &e);
    assert_true(mime_header(&e, "subject", value, sizeof value));
    assert_string_equal(value, "a b");
    assert_true(mime_header(&e, "X-Empty", value, sizeof value));
    assert_string_equal(value, "");
    assert_false(mime_header(&e, "X-None", value, sizeof value));
    assert_true(mime_header(&e, "Content-Type", small, sizeof small));
    assert_string_equal(small, "tex");
    assert_true(mime_header(&e, "Content-Type", value, sizeof value));
    assert_true(mime_parameter(value, "charset", parameter, sizeof parameter));
    assert_string_equal(parameter, "u\"t");
    assert_true(mime_parameter(value, "boundary", parameter, sizeof parameter));
    assert_string_equal(parameter, "q");
    assert_int_equal(e.body_length, 4);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(postfix_gives_up),       cmocka_unit_test(what_is_said_decides),
        cmocka_unit_test(exchange_and_codings),   cmocka_unit_test(chinese_letters_without_a_report),
        cmocka_unit_test(headers_and_parameters), cmocka_unit_test(nothing_hostile_is_read_beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
