/* test_mail.c - addresses, what a message looks like on the wire, and a mail server of our own that behaves and misbehaves. */
#include "net/mail.h"

#include "base/utf8.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct mail_settings at_home = {.server = "smtp://127.0.0.1:25", .from = "tz@example.cn", .plain = true};
static const struct mail letter = {.to = "lin@example.cn",
                                   .subject = "期限提醒：来信 LX2026-031 的答复还有三个工作日到期，请尽快办理\r\nBcc: x@y.cn",
                                   .body = "一\n.\n二\n",
                                   .id = "w.1",
                                   .at_ms = 1795782869000};

static void addresses(void **state) {
    (void)state;
    static const char *const good[] = {"a@b.cn", "lin.xiao+tz@mail.example.edu.cn", "x_y@127.0.0.1"},
                             *const bad[] = {"",      "a",       "@b.cn", "a@",      "a@b c",  "a b@c", "a@b>\r\nRCPT TO:<x@y",
                                             "<a@b>", "-a@b.cn", "a@b@c", "a@b,c@d", "甲@b.cn"};
    for (size_t i = 0; i < COUNT_OF(good); i++) assert_true(mail_address_valid(good[i]));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (mail_address_valid(bad[i])) fail_msg("%s", bad[i]);
    struct mail_settings s = at_home;
    assert_null(mail_settings_wrong(&s));
    s.server = "http://x";
    assert_non_null(mail_settings_wrong(&s));
    s.server = "smtp://a/../b";
    assert_non_null(mail_settings_wrong(&s));
    s = at_home;
    s.from = "x";
    assert_non_null(mail_settings_wrong(&s));
}

/* True if the encoded word that begins here holds whole characters: some readers decode each for itself. */
static bool decodes_by_itself(const char *at) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char out[100];
    size_t n = 0;
    unsigned bits = 0, have = 0;
    for (; strchr(digits, *at) && n < sizeof out; at++) {
        bits = bits << 6 | (unsigned)(strchr(digits, *at) - digits);
        have += 6;
        if (have < 8) continue;
        have -= 8;
        out[n++] = (char)(bits >> have & 0xff);
    }
    return n && utf8_valid(out, n);
}

static void composed(void **state) {
    (void)state;
    _cleanup_(text_release) struct text t;
    text_init(&t, 100000);
    assert_int_equal(mail_compose(&at_home, &letter, &t), FAULT_NONE);
    assert_null(strstr(t.at, "Bcc"));
    assert_non_null(strstr(t.at, "\r\nMessage-ID: <w.1@example.cn>\r\n"));
    assert_non_null(strstr(t.at, "\r\nAuto-Submitted: auto-generated\r\n"));
    for (const char *line = t.at; *line;) {
        const char *end = strstr(line, "\r\n");
        assert_non_null(end);
        assert_true(end - line <= 78);
        for (const char *c = line; c < end; c++) assert_true(*c >= 32 && *c < 127);
        line = end + 2;
    }
}

static enum fault composing(const char *subject, const char *body, const char *id) {
    _cleanup_(text_release) struct text t;
    struct mail m = letter;
    m.subject = subject ? subject : m.subject;
    m.body = body ? body : m.body;
    m.id = id ? id : m.id;
    text_init(&t, 4 * MAIL_BODY_MAX);
    return mail_compose(&at_home, &m, &t);
}

static void what_cannot_be_sent_whole_is_refused(void **state) {
    (void)state;
    _cleanup_(memory_release) char *body = memory_new(MAIL_BODY_MAX + 2);
    memset(body, '\n', MAIL_BODY_MAX); /* the worst of its length: each becomes two */
    assert_int_equal(composing(NULL, body, NULL), FAULT_NONE);
    body[MAIL_BODY_MAX] = 'x';
    assert_int_equal(composing(NULL, body, NULL), FAULT_INPUT);
    struct mail m = letter;
    struct mail_result r;
    m.body = body;
    assert_int_equal(mail_send(&at_home, &m, 1000, NULL, &r), FAULT_INPUT);
    assert_int_equal(r.outcome, MAIL_REFUSED);
    static const char *const bad[] = {"",     "a@b", "a>\r\nBcc: <x@y.cn",
                                      "a b",  ".a",  "a.",
                                      "a..b", "甲",  "12345678901234567890123456789012345678901234567890123456789012345"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (composing(NULL, NULL, bad[i]) != FAULT_INPUT) fail_msg("%s", bad[i]);
    assert_int_equal(composing(NULL, NULL, "warn.0123456789abcdef0123456789abcdef"), FAULT_NONE);
}

/* Wherever the characters of two, three and four bytes stand, none is split between two words. */
static void words_hold_whole_characters(void **state) {
    (void)state;
    for (size_t shift = 0; shift < 40; shift++) {
        char subject[300];
        _cleanup_(text_release) struct text t;
        struct mail m = letter;
        int words = 0;
        snprintf(subject, sizeof subject, "%.*s期限é𠮷提醒的答复还有三个工作日到期𠮷林é大学𠮷林大学请尽快办理", (int)shift,
                 "0123456789012345678901234567890123456789");
        m.subject = subject;
        text_init(&t, 100000);
        assert_int_equal(mail_compose(&at_home, &m, &t), FAULT_NONE);
        for (const char *at = t.at; (at = strstr(at, "=?UTF-8?B?")); words++) {
            at += 10;
            if (!decodes_by_itself(at)) fail_msg("%zu %s", shift, at);
        }
        assert_true(words >= 2);
    }
}

static void a_subject_that_is_no_utf8_ends(void **state) {
    (void)state;
    char subject[200];
    memset(subject, 0x80, sizeof subject - 1);
    subject[sizeof subject - 1] = 0;
    assert_int_equal(composing(subject, NULL, NULL), FAULT_NONE);
}

static void settings(void **state) {
    (void)state;
    static const struct {
        const char *server, *user, *password, *wrong; /* wrong: what the sentence must name; NULL: they are right */
        bool plain;
    } cases[] = {
        {"smtps://mail.example.cn", NULL, NULL, NULL, false},
        {"smtps://mail.example.cn:465", "u", "p", NULL, false},
        {"smtp://[2001:db8::1]:587", "u", "p", NULL, false},
        {"smtp://mail.example.cn:0", NULL, NULL, "65535", false},
        {"smtp://mail.example.cn:65535", NULL, NULL, NULL, false},
        {"smtp://mail.example.cn:65536", NULL, NULL, "65535", false},
        {"smtp://mail.example.cn:", NULL, NULL, "65535", false},
        {"smtp://mail.example.cn:2x", NULL, NULL, "65535", false},
        {"smtp://mail.example.cn:000000025", NULL, NULL, "65535", false},
        {"smtp://", NULL, NULL, "mail_server", false},
        {"smtp://a@b", NULL, NULL, "mail_server", false},
        {"smtp://[mail]", NULL, NULL, "mail_server", false},
        {"smtp://[::1", NULL, NULL, "mail_server", false},
        {"smtp://mail.example.cn", "u", NULL, "mail_password_file", false},
        {"smtp://mail.example.cn", NULL, "p", "mail_user", false},
        {"smtp://mail.example.cn", NULL, NULL, NULL, true},
        {"smtp://mail.example.cn", "u", "p", "mail_plain", true},
        {"smtp://127.example.cn", "u", "p", "mail_plain", true},
        {"smtp://10.0.0.1:25", "u", "p", "mail_plain", true},
        {"smtp://[::2]:25", "u", "p", "mail_plain", true},
        {"smtp://127.0.0.1:25", "u", "p", NULL, true},
        {"smtp://127.8.8.8", "u", "p", NULL, true},
        {"smtp://[::1]:25", "u", "p", NULL, true},
        {"smtp://localhost", "u", "p", NULL, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct mail_settings s = {.server = cases[i].server,
                                  .from = "tz@example.cn",
                                  .user = cases[i].user,
                                  .password = cases[i].password,
                                  .plain = cases[i].plain};
        const char *wrong = mail_settings_wrong(&s);
        if (!wrong != !cases[i].wrong || (wrong && !strstr(wrong, cases[i].wrong)))
            fail_msg("%zu %s: %s", i, cases[i].server, wrong ? wrong : "right");
    }
}

/* ---- a server: answers by a script, one reply for each command it gets ---- */

struct script {
    const char *greeting, *ehlo, *from, *rcpt, *data, *end, *starttls; /* end NULL: hangs up instead */
    int listener;
    char got[8192];
    pthread_t thread;
};

static bool say(int fd, const char *line) { return line && send(fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line); }

static void *serve(void *argument) {
    struct script *s = argument;
    int fd = accept(s->listener, NULL, NULL);
    FILE *in = fdopen(dup(fd), "r");
    char line[2000];
    bool content = false, on = say(fd, s->greeting);
    while (on && fgets(line, sizeof line, in)) {
        if (content) {
            size_t had = strlen(s->got);
            snprintf(s->got + had, sizeof s->got - had, "%s", line);
            if (strcmp(line, ".\r\n") != 0) continue;
            content = false;
            on = say(fd, s->end);
        } else if (!strncmp(line, "EHLO", 4) || !strncmp(line, "HELO", 4)) on = say(fd, s->ehlo);
        else if (!strncmp(line, "MAIL", 4)) on = say(fd, s->from);
        else if (!strncmp(line, "RCPT", 4)) on = say(fd, s->rcpt);
        else if (!strncmp(line, "DATA", 4)) on = content = say(fd, s->data);
        else if (!strncmp(line, "QUIT", 4)) on = say(fd, "221 bye\r\n") && false;
        else if (!strncmp(line, "STARTTLS", 8)) on = say(fd, s->starttls);
        else on = say(fd, "250 ok\r\n");
    }
    fclose(in);
    close(fd);
    return NULL;
}

static struct mail_result handed(struct script *s, bool plain) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof to;
    char server[60];
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(listen(s->listener, 1), 0);
    getsockname(s->listener, (struct sockaddr *)&to, &length);
    snprintf(server, sizeof server, "smtp://127.0.0.1:%d", ntohs(to.sin_port));
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
    struct mail_settings settings = {.server = server, .from = "tz@example.cn", .plain = plain};
    struct mail_result result;
    assert_int_equal(mail_send(&settings, &letter, 3000, NULL, &result), FAULT_NONE);
    pthread_join(s->thread, NULL);
    close(s->listener);
    return result;
}

static const struct script kind = {
    "220 here\r\n", "250-here\r\n250 8BITMIME\r\n", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n", "250 taken\r\n", .listener = -1};

static void taken(void **state) {
    (void)state;
    struct script s = kind;
    struct mail_result r = handed(&s, true);
    if (r.outcome != MAIL_SENT) fail_msg("%d %s", r.status, r.why);
    assert_non_null(strstr(s.got, "Message-ID: <w.1@example.cn>"));
    assert_non_null(strstr(s.got, "\r\n\r\n5LiADQouDQrkuowNCg==\r\n.\r\n")); /* the body's lone dot stays in */
}

static void misbehaving(void **state) {
    (void)state;
    static const struct {
        struct script change;
        enum mail_outcome outcome;
        const char *why; /* what it must say */
    } cases[] = {
        {{.greeting = "554 no\r\n"}, MAIL_LATER, "greeting: 554 no"},
        {{.greeting = "421 busy\r\n"}, MAIL_LATER, "greeting: 421 busy"},
        {{.ehlo = "502 what\r\n"}, MAIL_LATER, "HELO: 502 what"},
        {{.from = "550 not you\r\n"}, MAIL_LATER, "MAIL: 550 not you"},
        {{.from = "530 5.7.0 sign in\r\n"}, MAIL_LATER, "MAIL: 530 5.7.0 sign in"},
        {{.rcpt = "550 nobody\r\n"}, MAIL_REFUSED, "RCPT: 550 nobody"},
        {{.rcpt = "550-5.1.1 nobody\r\n550-of this\r\n550 5.1.1 name\r\n"},
         MAIL_REFUSED,
         "RCPT: 550-5.1.1 nobody of this 5.1.1 name"},
        {{.rcpt = "550 a\x01\x7f\t\x1b[2J\xff\xe7\xbe\xb2\xe8 \xe2\x80\xae\xc2\x85z\r\n"}, MAIL_REFUSED, "RCPT: 550 a [2J?羲? ? z"},
        {{.rcpt = "530 5.7.0 sign in\r\n"}, MAIL_LATER, "RCPT: 530 5.7.0 sign in"},
        {{.rcpt = "450 later\r\n"}, MAIL_LATER, "RCPT: 450 later"},
        {{.data = "451 full\r\n"}, MAIL_LATER, "DATA: 451 full"},
        {{.data = "554 no receiver\r\n"}, MAIL_REFUSED, "DATA: 554 no receiver"},
        {{.end = "552 too large\r\n"}, MAIL_REFUSED, "DATA: 552 too large"},
        {{.end = "452 full\r\n"}, MAIL_LATER, "DATA: 452 full"},
        {{.end = ""}, MAIL_UNCERTAIN, "DATA: 354 go on"}, /* hangs up after all was sent */
        {{.greeting = ""}, MAIL_LATER, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct script s = kind;
        const struct script *c = &cases[i].change;
        if (c->greeting) s.greeting = c->greeting[0] ? c->greeting : NULL;
        if (c->ehlo) s.ehlo = c->ehlo;
        if (c->from) s.from = c->from;
        if (c->rcpt) s.rcpt = c->rcpt;
        if (c->data) s.data = c->data;
        if (c->end) s.end = c->end[0] ? c->end : NULL;
        struct mail_result r = handed(&s, true);
        if (r.outcome != cases[i].outcome || !strstr(r.why, cases[i].why))
            fail_msg("%zu: %d, status %d, %s", i, r.outcome, r.status, r.why);
        assert_true(r.why[0]);
    }
}

static void long_replies_are_cut_between_characters(void **state) {
    (void)state;
    char reply[1500] = "550 ";
    for (size_t i = 4; i + 5 < sizeof reply; i += 3) memcpy(reply + i, "不", 3);
    memcpy(reply + strlen(reply), "\r\n", 3);
    struct script s = kind;
    s.rcpt = reply;
    struct mail_result r = handed(&s, true);
    assert_int_equal(r.outcome, MAIL_REFUSED);
    assert_true(strlen(r.why) > MAIL_WHY - 5 && utf8_valid(r.why, strlen(r.why)));
}

static void starttls_refused_is_tried_again(void **state) {
    (void)state;
    struct script s = kind;
    s.ehlo = "250-here\r\n250 STARTTLS\r\n";
    s.starttls = "554 no TLS today\r\n";
    struct mail_result r = handed(&s, false);
    if (r.outcome != MAIL_LATER || !strstr(r.why, "STARTTLS: 554 no TLS today")) fail_msg("%d %s", r.outcome, r.why);
    assert_int_equal(s.got[0], 0);
}

static void without_tls_nothing_is_told(void **state) {
    (void)state;
    struct script s = kind; /* STARTTLS is not offered, or was taken out on the way */
    struct mail_result r = handed(&s, false);
    assert_int_equal(r.outcome, MAIL_LATER);
    assert_int_equal(s.got[0], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(addresses),
                                       cmocka_unit_test(settings),
                                       cmocka_unit_test(composed),
                                       cmocka_unit_test(words_hold_whole_characters),
                                       cmocka_unit_test(what_cannot_be_sent_whole_is_refused),
                                       cmocka_unit_test(a_subject_that_is_no_utf8_ends),
                                       cmocka_unit_test(long_replies_are_cut_between_characters),
                                       cmocka_unit_test(starttls_refused_is_tried_again),
                                       cmocka_unit_test(taken),
                                       cmocka_unit_test(misbehaving),
                                       cmocka_unit_test(without_tls_nothing_is_told)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
