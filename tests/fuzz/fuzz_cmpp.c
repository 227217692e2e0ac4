/* fuzz_cmpp.c - foreign bytes as what a carrier's gateway answers: an outcome, never a message that is told as taken without its answer, nothing sent without a proof, clean reports. */
#include "net/cmpp.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static enum fault taken(void *context, unsigned part, const char *id) {
    int *count = context;
    assert(part == 1 && strlen(id) == CMPP_ID_TEXT - 1);
    ++*count;
    return FAULT_NONE;
}

static enum fault reported(void *context, const struct cmpp_report *r) {
    (void)context;
    assert(strlen(r->id) == CMPP_ID_TEXT - 1 && strlen(r->phone) < sizeof r->phone && strlen(r->stat) < sizeof r->stat);
    for (const char *c = r->stat; *c; c++) assert(*c > ' ' && *c < 0x7f);
    return r->id[15] & 1 ? FAULT_NONE : FAULT_ABSENT;
}

/* The bytes on a line of their own; the caller closes ours. */
static int line_with(const uint8_t *bytes, size_t length, int *other) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) abort();
    if (write(ends[1], bytes, length) != (ssize_t)length) abort();
    shutdown(ends[1], SHUT_WR); /* what we send is kept by the other end's buffer and read by nobody */
    *other = ends[1];
    return ends[0];
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static const struct cmpp_settings proven = {
        .server = "127.0.0.1:7890", .user = "901234", .password = "x", .source = "1069", .service = ""};
    struct cmpp_settings settings = proven;
    struct mail_result result;
    char why[MAIL_WHY];
    int other, count = 0, fd;
    const struct cmpp_keeper keeper = {&count, taken, reported};
    if (length > 4000) return 0;
    settings.unproven = true;
    fd = line_with(bytes, length, &other);
    assert(cmpp_talk(fd, &settings, "13900001111", "\xe5\x80\xbc\xe7\x8f\xad", 1700000000000, NULL, &keeper, &result) ==
           FAULT_NONE);
    assert(memchr(result.why, 0, sizeof result.why));
    /* both answers, header and content, must have been there: 13 bytes of the sign-in, 21 of the message */
    if (result.outcome == MAIL_SENT) assert(length >= 13 + 21);
    else assert(result.why[0] && !count);
    close(fd);
    close(other);
    fd = line_with(bytes, length, &other);
    enum fault f = cmpp_listen(fd, &settings, 1700000000000, 0, NULL, &keeper, why);
    assert(memchr(why, 0, sizeof why) && (f == FAULT_NONE || why[0]));
    close(fd);
    close(other);
    fd = line_with(bytes, length, &other);
    assert(cmpp_talk(fd, &proven, "13900001111", "a", 1700000000000, NULL, NULL, &result) == FAULT_NONE);
    /* libFuzzer watches comparisons and so finds the proof, 16 bytes; less than that gets nothing */
    if (result.outcome == MAIL_SENT) assert(length >= 13 + 16 + 21);
    close(fd);
    close(other);
    return 0;
}
