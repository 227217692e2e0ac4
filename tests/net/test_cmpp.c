/* test_cmpp.c - a long message is taken only when all its parts were: the gateway ends, refuses or is stopped between two of them. */
#include "net/cmpp.h"
#include "net/dial.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { HEADER = 12, CONNECT = 1, SUBMIT = 4 };

/* What the gateway does when the first part has come, before it answers. */
enum manner { GOES_ON, STOPS_US, READS_NO_MORE, REFUSES_THE_SECOND };

struct gateway {
    int fd;
    enum manner manner;
    atomic_bool stop;
    int parts;
};

static bool read_packet(int fd, uint32_t *command, uint32_t *sequence) {
    uint8_t bytes[4096];
    uint32_t words[3];
    if (dial_read(fd, words, sizeof words)) return false;
    *command = ntohl(words[1]);
    *sequence = ntohl(words[2]);
    return dial_read(fd, bytes, ntohl(words[0]) - HEADER) == FAULT_NONE;
}

static void answer(int fd, uint32_t command, uint32_t sequence, size_t length, uint8_t last) {
    uint8_t bytes[64] = {0};
    uint32_t words[3] = {htonl((uint32_t)(HEADER + length)), htonl(command | 0x80000000U), htonl(sequence)};
    memcpy(bytes, words, sizeof words);
    if (length) bytes[HEADER + length - 1] = last;
    if (dial_send(fd, bytes, HEADER + length)) return;
}

static void *serve(void *argument) {
    struct gateway *g = argument;
    uint32_t command, sequence;
    while (read_packet(g->fd, &command, &sequence)) {
        if (command == CONNECT) answer(g->fd, command, sequence, 18, 0);
        else if (command != SUBMIT) answer(g->fd, command, sequence, 0, 0);
        else {
            g->parts++;
            if (g->manner == STOPS_US) atomic_store(&g->stop, true);
            if (g->manner == READS_NO_MORE) shutdown(g->fd, SHUT_RD);
            answer(g->fd, command, sequence, 9, g->manner == REFUSES_THE_SECOND && g->parts == 2 ? 6 : 0);
        }
    }
    return NULL;
}

/* Sends a text of three parts and returns what came of it. */
static struct mail_result send_long(enum manner manner, int *parts) {
    static const struct cmpp_settings settings = {
        .server = "127.0.0.1:7890", .user = "901234", .password = "x", .source = "1069", .service = ""};
    struct gateway g = {.manner = manner};
    struct mail_result result;
    char text[181];
    int ends[2];
    pthread_t thread;
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    g.fd = ends[1];
    dial_wait(ends[0], 5000);
    assert_int_equal(pthread_create(&thread, NULL, serve, &g), 0);
    assert_int_equal(cmpp_talk(ends[0], &settings, "13900001111", text, 1700000000000, &g.stop, &result), FAULT_NONE);
    shutdown(ends[0], SHUT_RDWR);
    pthread_join(thread, NULL);
    close(ends[0]);
    close(ends[1]);
    *parts = g.parts;
    return result;
}

static void all_parts_make_it_sent(void **state) {
    (void)state;
    int parts;
    struct mail_result r = send_long(GOES_ON, &parts);
    assert_int_equal(parts, 3);
    assert_int_equal(r.outcome, MAIL_SENT);
}

static void what_ends_between_parts_is_uncertain(void **state) {
    (void)state;
    static const enum manner manners[] = {STOPS_US, READS_NO_MORE, REFUSES_THE_SECOND};
    for (size_t i = 0; i < sizeof manners / sizeof *manners; i++) {
        int parts;
        struct mail_result r = send_long(manners[i], &parts);
        assert_true(parts < 3);
        assert_int_equal(r.outcome, MAIL_UNCERTAIN);
        assert_true(r.why[0]);
    }
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_parts_make_it_sent),
                                       cmocka_unit_test(what_ends_between_parts_is_uncertain)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
