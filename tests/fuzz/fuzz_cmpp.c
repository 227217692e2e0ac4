/* fuzz_cmpp.c - foreign bytes as what a carrier's gateway answers: an outcome, and never a message that is told as taken without its answer. */
#include "net/cmpp.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static const struct cmpp_settings settings = {
        .server = "127.0.0.1:7890", .user = "901234", .password = "x", .source = "1069", .service = ""};
    int ends[2];
    if (length > 4000 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) return 0;
    if (write(ends[1], bytes, length) != (ssize_t)length) abort();
    shutdown(ends[1], SHUT_WR); /* what we send is kept by the other end's buffer and read by nobody */
    struct mail_result result;
    assert(cmpp_talk(ends[0], &settings, "13900001111", "\xe5\x80\xbc\xe7\x8f\xad", 1700000000000, NULL, &result) == FAULT_NONE);
    assert(memchr(result.why, 0, sizeof result.why));
    /* both answers, header and content, must have been there: 13 bytes of the sign-in, 21 of the message */
    if (result.outcome == MAIL_SENT) assert(length >= 13 + 21);
    else assert(result.why[0]);
    close(ends[0]);
    close(ends[1]);
    return 0;
}
