/* test_mail.c - addresses, what a message looks like on the wire, and a mail server of our own that behaves and misbehaves. */
#include "net/mail.h"

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

static void composed(void **state) {
    (void)state;
    _cleanup_(text_release) struct text t;
    text_init(&t, 100000);
    mail_compose(&at_home, &letter, &t);
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
    /* every encoded word holds whole characters: its text is a multiple of four and decodes by itself */
    int words = 0;
    for (const char *at = t.at; (at = strstr(at, "=?UTF-8?B?")); words++) at += 10;
    assert_true(words >= 2);
}

/* ---- a server: answers by a script, one reply for each command it gets ---- */

struct script {
    const char *greeting, *ehlo, *from, *rcpt, *data, *end; /* end NULL: hangs up instead */
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
    } cases[] = {
        {{.greeting = "554 no\r\n"}, MAIL_REFUSED},
        {{.greeting = "421 busy\r\n"}, MAIL_LATER},
        {{.from = "550 not you\r\n"}, MAIL_REFUSED},
        {{.rcpt = "550 nobody\r\n"}, MAIL_REFUSED},
        {{.rcpt = "450 later\r\n"}, MAIL_LATER},
        {{.data = "451 full\r\n"}, MAIL_LATER},
        {{.end = "552 too large\r\n"}, MAIL_REFUSED},
        {{.end = "452 full\r\n"}, MAIL_LATER},
        {{.end = ""}, MAIL_UNCERTAIN}, /* hangs up after all was sent */
        {{.greeting = ""}, MAIL_LATER},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct script s = kind;
        const struct script *c = &cases[i].change;
        if (c->greeting) s.greeting = c->greeting[0] ? c->greeting : NULL;
        if (c->from) s.from = c->from;
        if (c->rcpt) s.rcpt = c->rcpt;
        if (c->data) s.data = c->data;
        if (c->end) s.end = c->end[0] ? c->end : NULL;
        struct mail_result r = handed(&s, true);
        if (r.outcome != cases[i].outcome) fail_msg("%zu: %d, status %d, %s", i, r.outcome, r.status, r.why);
        assert_true(r.why[0]);
    }
}

static void without_tls_nothing_is_told(void **state) {
    (void)state;
    struct script s = kind; /* STARTTLS is not offered, or was taken out on the way */
    struct mail_result r = handed(&s, false);
    assert_int_equal(r.outcome, MAIL_LATER);
    assert_int_equal(s.got[0], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(addresses), cmocka_unit_test(composed), cmocka_unit_test(taken),
                                       cmocka_unit_test(misbehaving), cmocka_unit_test(without_tls_nothing_is_told)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
