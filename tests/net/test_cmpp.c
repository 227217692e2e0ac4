/* test_cmpp.c - a long message is taken only when all its parts were; a gateway must prove itself; reports are kept before they are answered, whenever they come. */
#include "base/digest.h"
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

enum { HEADER = 12, CONNECT = 1, TERMINATE = 2, SUBMIT = 4, DELIVER = 5, RESP_MAX = 64 };

/* What the gateway does. The first four: when the first part has come, before it answers. */
enum manner { GOES_ON, STOPS_US, READS_NO_MORE, REFUSES_THE_SECOND, PROVES_NOTHING, ECHOES, PROVES_SHORT, REPORTS_FIRST };

struct gateway {
    int fd;
    enum manner manner;
    atomic_bool stop;
    int parts, answered; /* answered: reports */
    bool asked;          /* for reports */
    uint8_t source[16];
};

static bool read_packet(int fd, uint32_t *command, uint32_t *sequence, uint8_t body[4096], size_t *length) {
    uint32_t words[3];
    if (dial_read(fd, words, sizeof words)) return false;
    *command = ntohl(words[1]);
    *sequence = ntohl(words[2]);
    *length = ntohl(words[0]) - HEADER;
    return dial_read(fd, body, *length) == FAULT_NONE;
}

static void say(int fd, uint32_t command, uint32_t sequence, const uint8_t *body, size_t length) {
    uint8_t bytes[4096] = {0};
    uint32_t words[3] = {htonl((uint32_t)(HEADER + length)), htonl(command), htonl(sequence)};
    memcpy(bytes, words, sizeof words);
    memcpy(bytes + HEADER, body, length);
    if (dial_send(fd, bytes, HEADER + length)) return;
}

static void answer_connect(struct gateway *g, uint32_t sequence) {
    uint8_t body[18] = {0};
    const struct digest_piece pieces[] = {{body, 1}, {g->source, 16}, {"x", 1}};
    if (g->manner == ECHOES) memcpy(body + 1, g->source, 16);
    else if (g->manner != PROVES_NOTHING) digest_md5(pieces, 3, body + 1);
    body[17] = 0x20;
    say(g->fd, CONNECT | 0x80000000U, sequence, body, g->manner == PROVES_SHORT ? 16 : sizeof body);
}

/* A report about the part with this id. */
static void report(int fd, uint32_t sequence, uint8_t id, const char *stat, const char *phone) {
    uint8_t body[65 + 60 + 8] = {9, 9};
    body[63] = 1;
    body[64] = 60;
    body[65 + 7] = id;
    memcpy(body + 65 + 8, stat, strlen(stat));
    memcpy(body + 65 + 35, phone, strlen(phone));
    say(fd, DELIVER, sequence, body, sizeof body);
}

static void answer_submit(struct gateway *g, uint32_t sequence, const uint8_t *body) {
    uint8_t answer[9] = {[7] = (uint8_t)++g->parts};
    g->asked = body[10] == 1;
    if (g->manner == STOPS_US) atomic_store(&g->stop, true);
    if (g->manner == READS_NO_MORE) shutdown(g->fd, SHUT_RD);
    if (g->manner == REFUSES_THE_SECOND && g->parts == 2) answer[8] = 6;
    if (g->manner == REPORTS_FIRST) report(g->fd, 70 + (uint32_t)g->parts, (uint8_t)g->parts, "UNDELIV", "8613900001111");
    if (g->manner == REPORTS_FIRST) report(g->fd, 90, 200, "DELIVRD", "13900001111"); /* of nothing that we sent */
    say(g->fd, SUBMIT | 0x80000000U, sequence, answer, sizeof answer);
}

static void *serve(void *argument) {
    struct gateway *g = argument;
    uint32_t command, sequence;
    uint8_t body[4096];
    size_t length;
    while (read_packet(g->fd, &command, &sequence, body, &length)) {
        if (command == CONNECT) memcpy(g->source, body + 6, 16), answer_connect(g, sequence);
        else if (command == SUBMIT) answer_submit(g, sequence, body);
        else if (command == (DELIVER | 0x80000000U)) g->answered += body[0] == 9 && length == 9;
        else say(g->fd, command | 0x80000000U, sequence, body, 0);
    }
    return NULL;
}

/* Knows the parts that were taken, and counts what is told of them. */
struct kept {
    char ids[3][CMPP_ID_TEXT];
    unsigned count;
    int lost, delivered, unknown;
};

static enum fault keep_taken(void *context, unsigned part, const char *id) {
    struct kept *k = context;
    assert_int_equal(part, k->count + 1);
    memcpy(k->ids[k->count++], id, CMPP_ID_TEXT);
    return FAULT_NONE;
}

static enum fault keep_report(void *context, const struct cmpp_report *r) {
    struct kept *k = context;
    for (unsigned i = 0; i < k->count; i++)
        if (!strcmp(k->ids[i], r->id)) {
            k->lost += r->fate == CMPP_LOST;
            k->delivered += r->fate == CMPP_DELIVERED;
            return FAULT_NONE;
        }
    k->unknown++;
    return FAULT_ABSENT;
}

/* Sends a text of three parts and returns what came of it. */
static struct mail_result send_long(enum manner manner, const struct cmpp_keeper *keeper, int *parts, int *answered) {
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
    assert_int_equal(cmpp_talk(ends[0], &settings, "13900001111", text, 1700000000000, &g.stop, keeper, &result), FAULT_NONE);
    shutdown(ends[0], SHUT_RDWR);
    pthread_join(thread, NULL);
    close(ends[0]);
    close(ends[1]);
    *parts = g.parts;
    if (answered) *answered = g.answered;
    assert_true(!g.parts || g.asked == (keeper != NULL));
    return result;
}

static void all_parts_make_it_sent(void **state) {
    (void)state;
    int parts;
    struct mail_result r = send_long(GOES_ON, NULL, &parts, NULL);
    assert_int_equal(parts, 3);
    assert_int_equal(r.outcome, MAIL_SENT);
}

static void what_ends_between_parts_is_uncertain(void **state) {
    (void)state;
    static const enum manner manners[] = {STOPS_US, READS_NO_MORE, REFUSES_THE_SECOND};
    for (size_t i = 0; i < sizeof manners / sizeof *manners; i++) {
        int parts;
        struct mail_result r = send_long(manners[i], NULL, &parts, NULL);
        assert_true(parts < 3);
        assert_int_equal(r.outcome, MAIL_UNCERTAIN);
        assert_true(r.why[0]);
    }
}

static void a_gateway_without_a_proof_gets_nothing(void **state) {
    (void)state;
    static const enum manner manners[] = {PROVES_NOTHING, ECHOES, PROVES_SHORT};
    for (size_t i = 0; i < sizeof manners / sizeof *manners; i++) {
        int parts;
        struct mail_result r = send_long(manners[i], NULL, &parts, NULL);
        assert_int_equal(parts, 0);
        assert_int_equal(r.outcome, MAIL_LATER);
        assert_non_null(strstr(r.why, "AuthenticatorISMG"));
    }
}

static void a_report_may_come_before_the_answer(void **state) {
    (void)state;
    struct kept kept = {.count = 0};
    const struct cmpp_keeper keeper = {&kept, keep_taken, keep_report};
    int parts, answered;
    struct mail_result r = send_long(REPORTS_FIRST, &keeper, &parts, &answered);
    assert_int_equal(r.outcome, MAIL_SENT);
    assert_int_equal(kept.count, 3);
    assert_string_equal(kept.ids[2], "0000000000000003");
    assert_int_equal(kept.lost, 3);
    assert_int_equal(kept.delivered, 0);
    assert_int_equal(answered, 6); /* those of nothing that we sent at the end, so that they do not come again */
}

/* Reports on a visit: two of one part, one of nothing, and one that cannot be kept, which is not answered. */
static void a_visit_takes_what_there_is(void **state) {
    (void)state;
    static const struct cmpp_settings settings = {
        .server = "127.0.0.1:7890", .user = "901234", .password = "x", .source = "1069", .service = ""};
    struct kept kept = {.ids = {"0000000000000005"}, .count = 1};
    const struct cmpp_keeper keeper = {&kept, keep_taken, keep_report};
    struct gateway g = {.manner = GOES_ON};
    char why[MAIL_WHY];
    int ends[2];
    pthread_t thread;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    g.fd = ends[1];
    dial_wait(ends[0], 5000);
    report(ends[1], 70, 5, "DELIVRD", "13900001111");
    report(ends[1], 71, 5, "DELIVRD", "13900001111");
    report(ends[1], 72, 6, "MK:0001", "13900001111");
    assert_int_equal(pthread_create(&thread, NULL, serve, &g), 0);
    assert_int_equal(cmpp_listen(ends[0], &settings, 1700000000000, 0, NULL, &keeper, why), FAULT_NONE);
    shutdown(ends[0], SHUT_RDWR);
    pthread_join(thread, NULL);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(kept.delivered, 2);
    assert_true(kept.unknown > 0);
    assert_int_equal(g.answered, 3);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_parts_make_it_sent), cmocka_unit_test(what_ends_between_parts_is_uncertain),
        cmocka_unit_test(a_gateway_without_a_proof_gets_nothing), cmocka_unit_test(a_report_may_come_before_the_answer),
        cmocka_unit_test(a_visit_takes_what_there_is)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
