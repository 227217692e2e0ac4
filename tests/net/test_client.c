/* test_client.c - the guard against ranges by their standards, and POSTs to a server of our own that behaves and misbehaves. */
#include "net/client.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static bool may_reach(const char *text, const char *networks) {
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) return client_may_reach((struct sockaddr *)&v4, networks);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return client_may_reach((struct sockaddr *)&v6, networks);
}

static void only_public_addresses_are_reached(void **state) {
    (void)state;
    static const char *const refused[] = {
        "0.0.0.0",          "10.1.2.3",       "100.64.0.1",     "100.127.255.255", "127.0.0.1",   "127.255.255.254",
        "169.254.169.254",  "172.16.0.1",     "172.31.255.255", "192.0.0.8",       "192.168.1.1", "198.18.0.1",
        "198.19.255.255",   "224.0.0.1",      "240.0.0.1",      "255.255.255.255", "::",          "::1",
        "fe80::1",          "fc00::1",        "fdff::1",        "ff02::1",         "2001:db8::1", "::ffff:10.0.0.1",
        "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::",  "2001:0:1::1",     "::127.0.0.1", "fec0::1",
        "4000::1",
    };
    static const char *const reached[] = {"1.1.1.1",         "9.255.255.255", "11.0.0.0",      "100.63.255.255",
                                          "100.128.0.0",     "172.15.0.1",    "172.32.0.0",    "223.255.255.255",
                                          "2606:4700::1111", "240e::1",       "::ffff:1.1.1.1"};
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        if (may_reach(refused[i], "")) fail_msg("%s is reached", refused[i]);
    for (size_t i = 0; i < COUNT_OF(reached); i++)
        if (!may_reach(reached[i], NULL)) fail_msg("%s is refused", reached[i]);
    assert_false(client_may_reach(&(struct sockaddr){.sa_family = AF_UNIX}, "0.0.0.0/0 ::/0"));
}

static void named_networks_are_reached(void **state) {
    (void)state;
    assert_true(may_reach("10.20.3.4", "192.168.0.0/16 10.20.0.0/16"));
    assert_false(may_reach("10.21.3.4", "192.168.0.0/16 10.20.0.0/16"));
    assert_true(may_reach("fd00:1::5", "fd00:1::/32"));
    assert_false(may_reach("fd00:2::5", "fd00:1::/32"));
    assert_true(may_reach("127.0.0.1", "127.0.0.1"));
    assert_false(may_reach("127.0.0.2", "127.0.0.1"));
    assert_true(may_reach("10.129.0.1", "10.128.0.0/9"));
    assert_false(may_reach("10.127.0.1", "10.128.0.0/9"));
    assert_true(client_networks_valid("10.0.0.0/8  fd00::/8 127.0.0.1 "));
    static const char *const bad[] = {"10.0.0.0/33",         "10.0.0/8", "x", "fd00::/129", "10.0.0.0/", "10.0.0.0/8x",
                                      "10.0.0.0/8,127.0.0.1"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (client_networks_valid(bad[i])) fail_msg("%s is taken", bad[i]);
}

/* A server for one connection: reads until it has the body, answers. */
struct server {
    int listening;
    const char *answer; /* NULL: none, the connection stays open until the client has had enough */
    char got[4096], url[80];
    pthread_t thread;
};

static void *serve(void *argument) {
    struct server *s = argument;
    int fd = accept(s->listening, NULL, NULL);
    size_t used = 0;
    while (used < sizeof s->got - 1 && !strstr(s->got, "\r\n\r\nbody")) {
        ssize_t n = read(fd, s->got + used, sizeof s->got - 1 - used);
        if (n <= 0) break;
        used += (size_t)n;
    }
    if (s->answer && write(fd, s->answer, strlen(s->answer)) < 0) s->got[0] = 0;
    char rest;
    if (!s->answer)
        while (read(fd, &rest, 1) > 0) {}
    close(fd);
    return NULL;
}

static void server_start(struct server *s, const char *answer) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof at;
    *s = (struct server){.listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .answer = answer};
    assert_int_equal(bind(s->listening, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(s->listening, 4), 0);
    assert_int_equal(getsockname(s->listening, (struct sockaddr *)&at, &length), 0);
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d/hook", ntohs(at.sin_port));
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_stop(struct server *s) {
    pthread_join(s->thread, NULL);
    close(s->listening);
}

static enum fault post_to(const char *url, const char *networks, struct http_posted *out) {
    static const char *const headers[] = {"Content-Type: application/json", "webhook-id: msg_1", NULL};
    return client_post(&(struct http_post){url, headers, "body", 4, 1000, networks, NULL}, out);
}

static void what_is_sent_arrives(void **state) {
    (void)state;
    struct server s;
    struct http_posted out;
    server_start(&s, "HTTP/1.1 503 Busy\r\nRetry-After: 17\r\nContent-Length: 2\r\n\r\nno");
    assert_int_equal(post_to(s.url, "127.0.0.0/8", &out), FAULT_NONE);
    server_stop(&s);
    assert_int_equal(out.status, 503);
    assert_int_equal(out.retry_s, 17);
    assert_non_null(strstr(s.got, "POST /hook HTTP/1.1\r\n"));
    assert_non_null(strstr(s.got, "webhook-id: msg_1\r\n"));
    assert_null(strstr(s.got, "Expect"));
    assert_non_null(strstr(s.got, "\r\n\r\nbody"));
}

static void redirects_are_not_followed(void **state) {
    (void)state;
    struct server s;
    struct http_posted out;
    server_start(&s, "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(post_to(s.url, "127.0.0.0/8", &out), FAULT_NONE);
    server_stop(&s);
    assert_int_equal(out.status, 302);
}

static void silence_and_nonsense_are_busy(void **state) {
    (void)state;
    struct server s;
    struct http_posted out;
    server_start(&s, NULL);
    assert_int_equal(post_to(s.url, "127.0.0.0/8", &out), FAULT_BUSY);
    server_stop(&s);
    assert_string_not_equal(out.why, "");
    server_start(&s, "SSH-2.0-OpenSSH\r\n");
    assert_int_equal(post_to(s.url, "127.0.0.0/8", &out), FAULT_BUSY);
    server_stop(&s);
    assert_int_equal(post_to(s.url, "127.0.0.0/8", &out), FAULT_BUSY); /* nobody listens any more */
}

static void the_guard_refuses_before_it_connects(void **state) {
    (void)state;
    struct http_posted out;
    static const char *const refused[] = {
        "https://127.0.0.1:1/",  "https://[::1]:1/",    "https://localhost:1/",         "https://0x7f.1:1/",
        "https://2130706433:1/", "http://127.0.0.1:1/", "https://[::ffff:127.0.0.1]:1/"};
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        if (post_to(refused[i], "10.0.0.0/8", &out) != FAULT_RIGHT) fail_msg("%s: %s", refused[i], out.why);
    static const char *const malformed[] = {"ftp://127.0.0.1/", "file:///etc/passwd", "https://a:b@127.0.0.1/", "127.0.0.1", "",
                                            "https://",         "gopher://127.0.0.1/"};
    for (size_t i = 0; i < COUNT_OF(malformed); i++)
        if (post_to(malformed[i], "127.0.0.0/8", &out) != FAULT_INPUT) fail_msg("%s: %s", malformed[i], out.why);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_public_addresses_are_reached),
        cmocka_unit_test(named_networks_are_reached),
        cmocka_unit_test(what_is_sent_arrives),
        cmocka_unit_test(redirects_are_not_followed),
        cmocka_unit_test(silence_and_nonsense_are_busy),
        cmocka_unit_test(the_guard_refuses_before_it_connects),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
