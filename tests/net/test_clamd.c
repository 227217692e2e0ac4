/* test_clamd.c - the client of clamd against a daemon of our own that behaves and misbehaves. The real one is in tests/stories/files.py. */
#include "net/clamd.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* What the daemon does with one connection. */
struct daemon {
    int listening;
    const char *answer; /* NULL: none */
    size_t answer_length;
    bool reads; /* the whole stream before it answers */
    struct text got;
    char address[64];
};

static bool read_all(int fd, void *to, size_t length) {
    for (char *at = to; length;) {
        ssize_t n = read(fd, at, length);
        if (n <= 0) return false;
        at += n;
        length -= (size_t)n;
    }
    return true;
}

static void read_stream(struct daemon *d, int fd) {
    char command[10];
    if (!read_all(fd, command, 10) || memcmp(command, "zINSTREAM", 10)) return;
    for (uint32_t n; read_all(fd, &n, 4) && (n = ntohl(n));) {
        char *room = text_reserve(&d->got, n);
        if (!room || !read_all(fd, room, n)) return;
        d->got.length += n;
    }
}

static void *serve(void *context) {
    struct daemon *d = context;
    int fd = accept(d->listening, NULL, NULL);
    if (d->reads) read_stream(d, fd);
    if (d->answer && write(fd, d->answer, d->answer_length) < 0) {}
    if (!d->answer) usleep(600000);
    close(fd);
    return NULL;
}

static enum fault ask(const char *answer, size_t length, bool reads, const struct text *bytes, char found[CLAMD_NAME_MAX]) {
    struct daemon d = {.answer = answer, .answer_length = length, .reads = reads};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    pthread_t thread;
    text_init(&d.got, 4 << 20);
    d.listening = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(d.listening, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(d.listening, 4), 0);
    getsockname(d.listening, (struct sockaddr *)&at, &size);
    snprintf(d.address, sizeof d.address, "127.0.0.1:%u", ntohs(at.sin_port));
    pthread_create(&thread, NULL, serve, &d);
    enum fault f = clamd_scan(d.address, bytes->at, bytes->length, 300, found);
    pthread_join(thread, NULL);
    close(d.listening);
    if (reads) {
        assert_int_equal(d.got.length, bytes->length);
        assert_memory_equal(d.got.at, bytes->at, bytes->length);
    }
    text_release(&d.got);
    return f;
}

static void answers(void **state) {
    (void)state;
    static const struct {
        const char *answer;
        enum fault fault;
        const char *found;
    } cases[] = {{"stream: OK", FAULT_NONE, ""},
                 {"stream: Win.Test.EICAR_HDB-1 FOUND", FAULT_NONE, "Win.Test.EICAR_HDB-1"},
                 {"INSTREAM size limit exceeded. ERROR", FAULT_LARGE, NULL},
                 {"stream: FOUND", FAULT_SYSTEM, NULL},
                 {"stream: ", FAULT_SYSTEM, NULL},
                 {"UNKNOWN COMMAND", FAULT_SYSTEM, NULL},
                 {"", FAULT_BUSY, NULL}};
    _cleanup_(text_release) struct text bytes;
    text_init(&bytes, 2 << 20);
    for (int i = 0; i < 700000; i++) text_addc(&bytes, (char)(i * 7));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char found[CLAMD_NAME_MAX] = "?";
        size_t length = strlen(cases[i].answer);
        assert_int_equal(ask(cases[i].answer, length ? length + 1 : 0, true, &bytes, found), cases[i].fault);
        if (cases[i].found) assert_string_equal(found, cases[i].found);
        assert_int_equal(ask(cases[i].answer, length, true, &bytes, found), cases[i].fault); /* without its NUL */
    }
}

static void a_long_name(void **state) {
    (void)state;
    char answer[600] = "stream: ", found[CLAMD_NAME_MAX];
    _cleanup_(text_release) struct text bytes;
    text_init(&bytes, 10);
    memset(answer + 8, 'A', 300);
    memcpy(answer + 308, " FOUND", 7);
    assert_int_equal(ask(answer, 315, true, &bytes, found), FAULT_NONE);
    assert_int_equal(strlen(found), CLAMD_NAME_MAX - 1);
    memset(answer + 8, 'A', 580); /* longer than the client reads: no sense is made of a part */
    assert_int_equal(ask(answer, 588, true, &bytes, found), FAULT_SYSTEM);
}

static void no_daemon(void **state) {
    (void)state;
    char found[CLAMD_NAME_MAX];
    _cleanup_(text_release) struct text bytes;
    text_init(&bytes, 100);
    text_add(&bytes, "abc");
    assert_int_equal(ask(NULL, 0, true, &bytes, found), FAULT_BUSY); /* silent */
    assert_int_equal(clamd_scan("/nothing/here.sock", "abc", 3, 300, found), FAULT_BUSY);
    assert_int_equal(clamd_scan("nowhere", "abc", 3, 300, found), FAULT_INPUT);
    assert_int_equal(clamd_scan(":3310", "abc", 3, 300, found), FAULT_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(answers), cmocka_unit_test(a_long_name), cmocka_unit_test(no_daemon)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
