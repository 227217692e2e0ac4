/* test_http.c - the HTTP server over real sockets: what it serves, what it refuses, whom it cuts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs those four first. */
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "net/http.h"

static struct http_server *server;

static void wait_ms(int ms) { nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL); }

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the application under test ---- */

static void show_form(struct http_request *r, struct http_answer *a) {
    const struct http_field *fields;
    size_t count;
    struct notes notes;
    notes_init(&notes, r->arena);
    enum fault f = http_form(r, &notes, &fields, &count);
    struct text *t = http_answer_text(a);
    if (f) {
        http_answer_status(a, fault_http_status(f));
        text_format(t, "%s notes=%u", fault_word(f), notes.count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        text_format(t, "%s[%s|%s]=%zu;", fields[i].name, fields[i].filename ? fields[i].filename : "-",
                    fields[i].type ? fields[i].type : "-", fields[i].length);
}

static void app(void *context, struct http_request *r, struct http_answer *a) {
    (void)context;
    struct text *t = NULL;
    if (!strcmp(r->path, "/form")) {
        show_form(r, a);
    } else if (!strcmp(r->path, "/big")) {
        t = http_answer_text(a);
        for (int i = 0; i < 20480; i++) text_addc(t, (char)('a' + i % 26));
    } else if (!strcmp(r->path, "/huge")) {
        char *to = text_reserve(http_answer_text(a), 8 << 20);
        memset(to, 'x', 8 << 20);
        http_answer_text(a)->length = 8 << 20;
    } else if (!strcmp(r->path, "/slow")) {
        wait_ms(300);
        text_add(http_answer_text(a), "slow");
    } else if (!strcmp(r->path, "/badheader")) {
        http_answer_header(a, "X-Thing", "a\r\nSet-Cookie: b=c");
    } else if (!strncmp(r->path, "/key/", 5)) {
        r->secret_path = !strcmp(r->path, "/key/hidden");
        http_answer_header(a, "X-Thing", "\r\n");
    } else if (!strcmp(r->path, "/overarena")) {
        for (int i = 0; i < 40; i++) arena_alloc(r->arena, 65536);
    } else if (!strcmp(r->path, "/etag")) {
        if (http_answer_etag(a, r, "v1")) return;
        text_add(http_answer_text(a), "tagged");
    } else if (!strcmp(r->path, "/file")) {
        FILE *f = tmpfile();
        assert_non_null(f);
        fputs("from a file", f);
        fflush(f);
        int fd = dup(fileno(f));
        fclose(f);
        lseek(fd, 0, SEEK_SET);
        http_answer_file(a, fd, 11);
    } else if (!strcmp(r->path, "/missing")) {
        http_answer_status(a, 404);
    } else {
        t = http_answer_text(a);
        const char *q = http_param(r, "q"), *c = http_cookie(r, "session");
        text_format(t, "%s %s q=%s c=%s peer=%s secure=%d body=%zu", http_method_word(r->method), r->path, q ? q : "-", c ? c : "-",
                    r->peer, r->secure, r->body_length);
        if (r->body_length && r->body_length < 100) text_format(t, ":%s", r->body);
    }
}

static size_t body_max(void *context, enum http_method method, const char *path) {
    (void)context, (void)method;
    return !strcmp(path, "/import") ? 32u << 20 : 1u << 20;
}

static void start(const struct http_config *config) {
    struct http_config c = *config;
    if (!c.listen) c.listen = "127.0.0.1:0";
    if (!c.body_max) c.body_max = body_max;
    if (!c.arena_max_bytes) c.arena_max_bytes = 1 << 20;
    assert_int_equal(http_server_start(&c, app, NULL, &server), FAULT_NONE);
}

static void stop(void) {
    if (server) http_server_stop(server);
    server = NULL;
}

static int setup(void **state) {
    (void)state;
    start(&(struct http_config){
        .threads = 2, .header_deadline_ms = 400, .body_stall_ms = 400, .idle_ms = 600, .stop_ms = 2000, .writing_threads = 4});
    return 0;
}

static int teardown(void **state) {
    (void)state;
    stop();
    return 0;
}

/* ---- the client ---- */

static int dial(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(http_server_port(server)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    struct timeval limit = {.tv_sec = 5};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    return fd;
}

static bool put(int fd, const void *bytes, size_t length) {
    const char *at = bytes;
    while (length) {
        ssize_t n = send(fd, at, length, MSG_NOSIGNAL);
        if (n <= 0) return false;
        at += n;
        length -= (size_t)n;
    }
    return true;
}

static bool puts_to(int fd, const char *s) { return put(fd, s, strlen(s)); }

/* Reads until the other side closes (returns true), an error, or `stop` appears. The text is NUL-ended. */
static bool take(int fd, char *into, size_t room, const char *until) {
    size_t n = 0;
    bool closed = false;
    while (n + 1 < room) {
        ssize_t got = recv(fd, into + n, room - 1 - n, 0);
        if (got <= 0) {
            closed = got == 0;
            break;
        }
        n += (size_t)got;
        into[n] = 0;
        if (until && strstr(into, until)) break;
    }
    into[n] = 0;
    return closed;
}

static char reply[64 * 1024];

/* Sends `length` bytes on a fresh connection, and reads to the end of the connection. */
static void ask_bytes(const char *bytes, size_t length) {
    int fd = dial();
    put(fd, bytes, length);
    assert_true(take(fd, reply, sizeof reply, NULL));
    close(fd);
}

static void ask(const char *bytes) { ask_bytes(bytes, strlen(bytes)); }

#define CLOSE "Host: a\r\nConnection: close\r\n\r\n"

static bool status_is(const char *status) { return !strncmp(reply, "HTTP/1.1 ", 9) && !strncmp(reply + 9, status, 3); }
static bool ends_with(const char *tail) {
    size_t n = strlen(reply), k = strlen(tail);
    return n >= k && !strcmp(reply + n - k, tail);
}
static unsigned count_of(const char *what) {
    unsigned n = 0;
    for (const char *p = reply; (p = strstr(p, what)); p++) n++;
    return n;
}

/* ---- what is served ---- */

/* A refusal of the server's own tells the browser that it is nothing to run, to guess at or to keep. */
static bool is_inert(void) {
    return strstr(reply, "X-Content-Type-Options: nosniff\r\n") && strstr(reply, "Content-Security-Policy: default-src 'none'") &&
           strstr(reply, "Cache-Control: no-store\r\n");
}

static void test_plain(void **state) {
    (void)state;
    ask("GET /a/%E5%8F%B0?q=%E8%B4%A6+x HTTP/1.1\r\nCookie: x=1; session=abc\r\n" CLOSE);
    assert_true(status_is("200"));
    assert_true(ends_with("GET /a/台 q=账 x c=abc peer=127.0.0.1 secure=0 body=0"));
    assert_non_null(strstr(reply, "Date: "));
    ask("GET http://a/x?q=1 HTTP/1.1\r\n" CLOSE);
    assert_true(ends_with("GET /x q=1 c=- peer=127.0.0.1 secure=0 body=0"));
    ask("GET /x HTTP/1.0\r\n\r\n");
    assert_true(ends_with("GET /x q=- c=- peer=127.0.0.1 secure=0 body=0"));
    ask("BREW /x HTTP/1.1\r\n" CLOSE);
    assert_true(status_is("501") && is_inert());
    ask("GET /x HTTP/1.1\r\nX-Forwarded-For: 10.9.9.9\r\nX-Forwarded-Proto: https\r\n" CLOSE);
    assert_true(ends_with("peer=127.0.0.1 secure=0 body=0"));
}

/* What goes wrong is logged with its path, unless the path is a secret. */
static void test_secret_path(void **state) {
    (void)state;
    char log[2000];
    FILE *kept = tmpfile();
    int before = dup(STDERR_FILENO);
    dup2(fileno(kept), STDERR_FILENO);
    log_set_level(LOG_ERROR_);
    ask("GET /key/shown HTTP/1.1\r\n" CLOSE);
    ask("GET /key/hidden HTTP/1.1\r\n" CLOSE);
    log_set_level(LOG_ERROR_ + 1);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(kept);
    log[fread(log, 1, sizeof log - 1, kept)] = 0;
    fclose(kept);
    assert_non_null(strstr(log, "/key/shown"));
    assert_null(strstr(log, "/key/hidden"));
    assert_non_null(strstr(log, "(secret)"));
}

static void test_answers(void **state) {
    (void)state;
    ask("HEAD /big HTTP/1.1\r\n" CLOSE);
    assert_true(status_is("200") && strstr(reply, "Content-Length: 20480\r\n") && ends_with("\r\n\r\n"));
    ask("GET /big HTTP/1.1\r\n" CLOSE);
    assert_true(status_is("200") && strlen(reply) > 20480);
    ask("GET /file HTTP/1.1\r\n" CLOSE);
    assert_true(ends_with("\r\n\r\nfrom a file"));
    ask("GET /missing HTTP/1.1\r\n" CLOSE);
    assert_true(status_is("404") && strstr(reply, "Content-Length: 0"));
    ask("GET /badheader HTTP/1.1\r\n" CLOSE);
    assert_true(status_is("500") && !strstr(reply, "Set-Cookie"));
    ask("GET /overarena HTTP/1.1\r\n" CLOSE);
    assert_true(status_is("413"));
    ask("GET /etag HTTP/1.1\r\nIf-None-Match: \"v0\", W/\"v1\"\r\n" CLOSE);
    assert_true(status_is("304") && strstr(reply, "ETag: \"v1\"") && ends_with("\r\n\r\n"));
    ask("GET /etag HTTP/1.1\r\nIf-None-Match: \"v0\"\r\n" CLOSE);
    assert_true(status_is("200") && ends_with("tagged"));
}

static void test_paths(void **state) {
    (void)state;
    static const char *const bad[] = {"/%",          "/%4",  "/%zz",   "/%00",   "/%FF",     "/%C0%AF",  "/a%2Fb",  "/a/../b",
                                      "/a/%2e%2e/b", "/./a", "/a%5Cb", "/a%0Ab", "/a?q=%00", "/a?q=%E5", "/a?q=%g1"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        char line[200];
        snprintf(line, sizeof line, "GET %s HTTP/1.1\r\n" CLOSE, bad[i]);
        ask(line);
        if (!status_is("400")) fail_msg("%s: %.40s", bad[i], reply);
    }
}

static void test_bodies(void **state) {
    (void)state;
    ask("POST /b HTTP/1.1\r\nContent-Length: 5\r\n" CLOSE "hello");
    assert_true(ends_with("POST /b q=- c=- peer=127.0.0.1 secure=0 body=5:hello"));
    ask("PUT /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" CLOSE "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n");
    assert_true(ends_with("body=5:hello"));
    ask("GET /b HTTP/1.1\r\nContent-Length: 5\r\n" CLOSE "hello");
    assert_true(ends_with("GET /b q=- c=- peer=127.0.0.1 secure=0 body=5:hello"));
    ask("POST /form HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n" CLOSE "a=1&b=%41");
    assert_true(ends_with("a[-|-]=1;b[-|-]=1;"));
    ask("POST /form HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5\r\n" CLOSE "a=%4x");
    assert_true(ends_with("input notes=1"));
}

static void test_continue(void **state) {
    (void)state;
    int fd = dial();
    puts_to(fd, "POST /import HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
    take(fd, reply, sizeof reply, "\r\n\r\n");
    assert_true(status_is("100"));
    char *big = calloc(1, 2000000);
    assert_true(put(fd, big, 2000000));
    free(big);
    assert_true(take(fd, reply, sizeof reply, NULL));
    assert_true(status_is("200") && ends_with("body=2000000"));
    close(fd);
    /* Refused before the body: no 100. */
    fd = dial();
    puts_to(fd, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n");
    assert_true(take(fd, reply, sizeof reply, NULL));
    assert_true(status_is("413"));
    close(fd);
}

static void test_keep_alive(void **state) {
    (void)state;
    int fd = dial();
    for (int i = 0; i < 20; i++) {
        puts_to(fd, i % 2 ? "GET /k HTTP/1.1\r\nHost: a\r\n\r\n" : "POST /k HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nz");
        take(fd, reply, sizeof reply, i % 2 ? "body=0" : "body=1:z");
        assert_true(status_is("200"));
    }
    int64_t begun = now_ms();
    assert_true(take(fd, reply, sizeof reply, NULL)); /* idle limit */
    assert_in_range(now_ms() - begun, 400, 2500);
    assert_int_equal(strlen(reply), 0);
    close(fd);
}

static void test_pipeline(void **state) {
    (void)state;
    ask("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\nHost: "
        "a\r\n\r\n"
        "POST /4 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nq\r\n0\r\n\r\nGET /5 HTTP/1.1\r\n" CLOSE);
    assert_int_equal(count_of("HTTP/1.1 200"), 5);
    assert_true(strstr(reply, "/1 q") < strstr(reply, "/2 q") && strstr(reply, "/2 q") < strstr(reply, "/3 q") &&
                strstr(reply, "/4 q") < strstr(reply, "/5 q"));
    uint64_t before = http_server_counts(server).requests;
    /* A violation in the third: the first two are answered, the third is not, the connection closes. */
    ask("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\nHost: "
        "a\r\nHost: b\r\n\r\nGET /4 HTTP/1.1\r\n" CLOSE);
    assert_int_equal(count_of("HTTP/1.1 200"), 2);
    assert_null(strstr(reply, "/3"));
    assert_null(strstr(reply, "/4"));
    assert_int_equal(http_server_counts(server).requests - before, 2); /* the library has not seen so much as its first line */
}

static void test_bytewise(void **state) {
    (void)state;
    static const char request[] =
        "POST /split HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /two HTTP/1.1\r\n" CLOSE;
    int fd = dial(), on = 1;
    setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
    for (size_t i = 0; i < sizeof request - 1; i++) {
        assert_true(put(fd, request + i, 1));
        if (i % 4 == 0) wait_ms(1);
    }
    assert_true(take(fd, reply, sizeof reply, NULL));
    if (count_of("HTTP/1.1 200") != 2) fail_msg("%s", reply);
    assert_non_null(strstr(reply, "body=3:abc"));
    close(fd);
}

/* ---- what is refused ---- */

struct probe {
    const char *name, *bytes;
    size_t length;
};
#define PROBE(name, bytes)                                                                                                         \
    { name, bytes, sizeof bytes - 1 }

static const struct probe probes[] = {
    PROBE("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
    PROBE("no host", "GET / HTTP/1.1\r\nAccept: x\r\n\r\n"),
    PROBE("empty host", "GET / HTTP/1.1\r\nHost: \r\n\r\n"),
    PROBE("odd host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    PROBE("two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"),
    PROBE("length and chunked", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    PROBE("chunked and length", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    PROBE("transfer gzip", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    PROBE("transfer xchunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    PROBE("transfer blank", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked \r\n\r\n0\r\n\r\n"),
    PROBE("transfer in 1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    PROBE("fold", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n"),
    PROBE("fold at once", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
    PROBE("bare lf lines", "GET / HTTP/1.1\nHost: a\n\n"),
    PROBE("bare lf in header", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"),
    PROBE("bare lf at end", "GET / HTTP/1.1\r\nHost: a\r\n\n"),
    PROBE("bare cr", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"),
    PROBE("nul in value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"),
    PROBE("nul in name", "GET / HTTP/1.1\r\nHost: a\r\nX\0: a\r\n\r\n"),
    PROBE("nul in target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
    PROBE("control", "GET / HTTP/1.1\r\nHost: a\r\nX: a\x01\r\n\r\n"),
    PROBE("space before colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
    PROBE("empty name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n"),
    PROBE("odd name", "GET / HTTP/1.1\r\nHost: a\r\nX(y): x\r\n\r\n"),
    PROBE("no colon", "GET / HTTP/1.1\r\nHost: a\r\nthing\r\n\r\n"),
    PROBE("length +5", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello"),
    PROBE("length 5,5", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5,5\r\n\r\nhello"),
    PROBE("length -1", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\nhello"),
    PROBE("length 0x5", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello"),
    PROBE("length huge", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nhello"),
    PROBE("length empty", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\nhello"),
    PROBE("other authority", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    PROBE("user in authority", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    PROBE("version 2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
    PROBE("version 1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
    PROBE("version 0.9", "GET /\r\n"),
    PROBE("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
    PROBE("connect", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"),
    PROBE("trace", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"),
    PROBE("empty line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    PROBE("tls hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    PROBE("chunk size odd", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
    PROBE("chunk extension", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\nx\r\n0\r\n\r\n"),
    PROBE("chunk bare lf", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n"),
    PROBE("chunk long", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n"),
    PROBE("chunk size huge", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n000000001\r\nx\r\n0\r\n\r\n"),
    PROBE("trailer", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n"),
};

static void test_probes(void **state) {
    (void)state;
    uint64_t before = http_server_counts(server).refused_malformed;
    for (size_t i = 0; i < COUNT_OF(probes); i++) {
        ask_bytes(probes[i].bytes, probes[i].length);
        if (!status_is("400") || !strstr(reply, "Connection: close") || !is_inert()) fail_msg("%s: %.60s", probes[i].name, reply);
        assert_int_equal(count_of("HTTP/1.1"), 1);
    }
    assert_int_equal(http_server_counts(server).refused_malformed - before, COUNT_OF(probes));
    ask("GET / HTTP/1.1\r\nExpect: magic\r\n" CLOSE);
    assert_true(status_is("417"));
}

/* The same, each byte in a segment of its own after a served request; slower, so that only some are sent. */
static void test_probes_split(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(probes); i += 5) {
        int fd = dial(), on = 1;
        setsockopt(fd, IPPROTO_TCP, 1, &on, sizeof on);
        puts_to(fd, "GET /first HTTP/1.1\r\nHost: a\r\n\r\n");
        take(fd, reply, sizeof reply, "body=0");
        assert_true(status_is("200"));
        for (size_t k = 0; k < probes[i].length; k++) {
            if (!put(fd, probes[i].bytes + k, 1)) break;
            if (k % 8 == 0) wait_ms(1);
        }
        take(fd, reply, sizeof reply, NULL);
        if (!status_is("400")) fail_msg("%s: %.60s", probes[i].name, reply);
        close(fd);
    }
}

static void test_long(void **state) {
    (void)state;
    char *long_one = malloc(20000);
    int n = snprintf(long_one, 20000, "GET /%07000d HTTP/1.1\r\n" CLOSE, 0);
    ask_bytes(long_one, (size_t)n);
    assert_true(status_is("414"));
    n = snprintf(long_one, 20000, "GET / HTTP/1.1\r\nX: %09000d\r\n" CLOSE, 0);
    ask_bytes(long_one, (size_t)n);
    assert_true(status_is("431"));
    n = snprintf(long_one, 20000, "GET /%05900d HTTP/1.1\r\nX: %02000d\r\n" CLOSE, 0, 0);
    ask_bytes(long_one, (size_t)n);
    assert_true(status_is("200"));
    n = snprintf(long_one, 20000, "GET / HTTP/1.1\r\n");
    for (int i = 0; i < 70; i++) n += snprintf(long_one + n, 20000 - (size_t)n, "X%d: y\r\n", i);
    n += snprintf(long_one + n, 20000 - (size_t)n, CLOSE);
    ask_bytes(long_one, (size_t)n);
    assert_true(status_is("431"));
    free(long_one);
}

/* The client goes on sending after the answer: nothing may be reset, or the answer could be lost on its way. */
static void goes_on_sending(int fd, const char *bytes, size_t length) {
    assert_false(take(fd, reply, sizeof reply, "\r\n\r\n"));
    for (int i = 0; i < 10; i++) {
        assert_true(put(fd, bytes, length));
        wait_ms(5);
    }
    char rest[1024];
    assert_true(take(fd, rest, sizeof rest, NULL));
}

static void test_large_declared(void **state) {
    (void)state;
    int fd = dial();
    puts_to(fd, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 200000000\r\n\r\n");
    char block[65536] = {0};
    for (int i = 0; i < 8; i++) assert_true(put(fd, block, sizeof block));
    int64_t begun = now_ms();
    goes_on_sending(fd, block, sizeof block);
    assert_true(now_ms() - begun < 1500);
    assert_true(status_is("413"));
    close(fd);
    assert_int_equal(http_server_counts(server).refused_large, 1);
}

static void test_large_chunked(void **state) {
    (void)state;
    int fd = dial();
    puts_to(fd, "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    static char chunk[65536 + 9];
    memcpy(chunk, "10000\r\n", 7);
    memset(chunk + 7, 'x', 65536);
    memcpy(chunk + 7 + 65536, "\r\n", 2);
    for (int i = 0; i < 20; i++) assert_true(put(fd, chunk, sizeof chunk));
    goes_on_sending(fd, chunk, sizeof chunk);
    assert_true(status_is("413"));
    assert_int_equal(count_of("HTTP/1.1"), 1);
    close(fd);
}

/* ---- who is cut ---- */

static void test_header_dribble(void **state) {
    (void)state;
    int slow = dial(), silent = dial();
    int64_t begun = now_ms();
    static const char dribble[] = "GET / HTTP/1.1\r\nHost: a\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy";
    bool cut = false;
    for (size_t i = 0; i < sizeof dribble - 1 && !cut; i++) {
        put(slow, dribble + i, 1);
        wait_ms(25);
        struct pollfd p = {.fd = slow, .events = POLLIN};
        cut = poll(&p, 1, 0) == 1;
        if (i % 8 == 0) {
            ask("GET /others HTTP/1.1\r\n" CLOSE);
            assert_true(status_is("200"));
        }
    }
    assert_true(cut);
    assert_in_range(now_ms() - begun, 380, 1500);
    take(slow, reply, sizeof reply, NULL);
    if (*reply) assert_true(status_is("408"));
    take(silent, reply, sizeof reply, NULL);
    assert_int_equal(strlen(reply), 0);
    assert_true(http_server_counts(server).cut_header >= 2);
    close(slow);
    close(silent);
}

static void test_body_stall(void **state) {
    (void)state;
    int fd = dial();
    int64_t begun = now_ms();
    puts_to(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
    take(fd, reply, sizeof reply, NULL);
    assert_true(status_is("408"));
    assert_in_range(now_ms() - begun, 380, 1500);
    close(fd);
    /* Bytes keep coming, but too few. */
    fd = dial();
    begun = now_ms();
    puts_to(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n");
    bool cut = false;
    for (int i = 0; i < 100 && !cut; i++) {
        put(fd, "x", 1);
        wait_ms(25);
        struct pollfd p = {.fd = fd, .events = POLLIN};
        cut = poll(&p, 1, 0) == 1;
    }
    assert_true(cut);
    assert_in_range(now_ms() - begun, 380, 1500);
    assert_true(http_server_counts(server).cut_body >= 2);
    close(fd);
}

static void test_per_address(void **state) {
    (void)state;
    stop();
    start(&(struct http_config){.threads = 2, .connections_per_address = 5});
    int held[5];
    for (int i = 0; i < 5; i++) {
        held[i] = dial();
        puts_to(held[i], "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        take(held[i], reply, sizeof reply, "body=0");
        assert_true(status_is("200"));
    }
    int sixth = dial();
    take(sixth, reply, sizeof reply, NULL);
    assert_true(status_is("429"));
    close(sixth);
    close(held[0]);
    wait_ms(100);
    ask("GET /again HTTP/1.1\r\n" CLOSE);
    assert_true(status_is("200"));
    for (int i = 1; i < 5; i++) close(held[i]);
    assert_true(http_server_counts(server).refused_address == 1);
}

static void test_proxy(void **state) {
    (void)state;
    stop();
    start(&(struct http_config){.threads = 1, .trusted_proxy = "127.0.0.1", .connections_per_address = 1});
    int one = dial(), two = dial();
    puts_to(one, "GET / HTTP/1.1\r\nX-Forwarded-For: 6.6.6.6, 10.1.2.3\r\nX-Forwarded-Proto: https\r\n" CLOSE);
    take(one, reply, sizeof reply, NULL);
    assert_true(ends_with("peer=10.1.2.3 secure=1 body=0"));
    close(one);
    one = dial(); /* the client sent a header of its own, behind which the proxy added another */
    puts_to(one, "GET / HTTP/1.1\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 2001:db8::1 \r\n" CLOSE);
    take(one, reply, sizeof reply, NULL);
    assert_true(ends_with("peer=2001:db8::1 secure=0 body=0"));
    puts_to(two, "GET / HTTP/1.1\r\nX-Forwarded-For: <b>\r\n" CLOSE);
    take(two, reply, sizeof reply, NULL);
    assert_true(ends_with("peer=127.0.0.1 secure=0 body=0"));
    close(one);
    close(two);
}

static void refusal(void *context, enum http_method method, const char *path, int status, struct http_answer *a) {
    (void)context;
    text_format(http_answer_text(a), "page for %d %s %s", status, http_method_word(method), path ? path : "-");
}

static void test_refusal(void **state) {
    (void)state;
    stop();
    start(&(struct http_config){.threads = 1, .refusal = refusal});
    ask("GET /%zz HTTP/1.1\r\n" CLOSE);
    assert_true(status_is("400") && ends_with("page for 400 GET -"));
    ask("POST /x HTTP/1.1\r\nContent-Length: 99999999\r\n" CLOSE);
    assert_true(status_is("413") && ends_with("page for 413 POST /x"));
    ask("GET /badheader HTTP/1.1\r\n" CLOSE);
    assert_true(status_is("500") && ends_with("page for 500 GET /badheader"));
}

/* One socket for both families: IPv4 clients are shown, counted and trusted as such. */
static void test_both_families(void **state) {
    (void)state;
    stop();
    struct http_config config = {.listen = "[::]:0", .threads = 1, .trusted_proxy = "127.0.0.1"};
    int probe = socket(AF_INET6, SOCK_STREAM, 0);
    if (probe < 0) skip(); /* a machine without IPv6 */
    close(probe);
    start(&config);
    ask("GET / HTTP/1.1\r\n" CLOSE);
    assert_true(ends_with("peer=127.0.0.1 secure=0 body=0"));
    ask("GET / HTTP/1.1\r\nX-Forwarded-Proto: https\r\n" CLOSE);
    assert_true(ends_with("peer=127.0.0.1 secure=1 body=0"));
}

static void test_bodies_budget(void **state) {
    (void)state;
    stop();
    start(&(struct http_config){.threads = 1, .bodies_max_bytes = 300000});
    int one = dial(), two = dial();
    char block[200000] = {0};
    puts_to(one, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200001\r\n\r\n");
    put(one, block, sizeof block);
    wait_ms(100);
    puts_to(two, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200001\r\n\r\n");
    put(two, block, sizeof block);
    take(two, reply, sizeof reply, NULL);
    assert_true(status_is("503"));
    put(one, "x", 1);
    take(one, reply, sizeof reply, "body=");
    assert_true(status_is("200"));
    close(one);
    close(two);
}

static void *slow_client(void *out) {
    int fd = dial();
    puts_to(fd, "POST /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    take(fd, out, 4096, NULL);
    close(fd);
    return NULL;
}

/* Handlers that wait do not hold up others; stopping lets them end. */
static void test_stop(void **state) {
    (void)state;
    char answers[4][4096];
    pthread_t clients[4];
    for (int i = 0; i < 4; i++) pthread_create(&clients[i], NULL, slow_client, answers[i]);
    wait_ms(100);
    int64_t begun = now_ms();
    ask("GET /quick HTTP/1.1\r\n" CLOSE);
    assert_true(now_ms() - begun < 150);
    int idle = dial();
    begun = now_ms();
    stop();
    assert_true(now_ms() - begun < 1500);
    for (int i = 0; i < 4; i++) {
        pthread_join(clients[i], NULL);
        assert_non_null(strstr(answers[i], "HTTP/1.1 200"));
        assert_non_null(strstr(answers[i], "\r\n\r\nslow"));
        assert_non_null(strstr(answers[i], "Connection: close"));
    }
    assert_true(take(idle, reply, sizeof reply, NULL) || errno == ECONNRESET);
    close(idle);
}

static void test_slow_reader(void **state) {
    (void)state;
    int fd = dial(), small = 65536;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    puts_to(fd, "GET /huge HTTP/1.1\r\n" CLOSE);
    size_t total = 0;
    for (ssize_t n; (n = recv(fd, reply, sizeof reply, 0)) > 0;) total += (size_t)n;
    assert_true(total > 8u << 20);
    close(fd);
}

static void test_addresses(void **state) {
    (void)state;
    struct http_server *other = NULL;
    static const char *const bad[] = {"",        "127.0.0.1", "localhost:80", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:-1",
                                      "[::1:80", ":80"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(http_server_start(&(struct http_config){.listen = bad[i]}, app, NULL, &other), FAULT_INPUT);
    assert_int_equal(http_server_start(&(struct http_config){.listen = "127.0.0.1:0", .trusted_proxy = "proxy"}, app, NULL, &other),
                     FAULT_INPUT);
    char taken[40];
    snprintf(taken, sizeof taken, "127.0.0.1:%u", http_server_port(server));
    assert_int_equal(http_server_start(&(struct http_config){.listen = taken}, app, NULL, &other), FAULT_BUSY);
    assert_null(other);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    log_set_level(LOG_ERROR_ + 1);
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_plain),         T(test_answers),     T(test_secret_path),    T(test_paths),         T(test_bodies),
        T(test_continue),      T(test_keep_alive),  T(test_pipeline),       T(test_bytewise),      T(test_probes),
        T(test_probes_split),  T(test_long),        T(test_large_declared), T(test_large_chunked), T(test_header_dribble),
        T(test_body_stall),    T(test_per_address), T(test_proxy),          T(test_refusal),       T(test_both_families),
        T(test_bodies_budget), T(test_stop),        T(test_slow_reader),    T(test_addresses),
    };
    if (getenv("ONE_TEST")) cmocka_set_test_filter(getenv("ONE_TEST"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
