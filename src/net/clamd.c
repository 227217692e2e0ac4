/* clamd.c - the client's side of clamd's INSTREAM: pieces with their length before them, a zero, and one line back. */
#include "net/clamd.h"

#include "base/memory.h"
#include "net/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PIECE = 256 << 10, ANSWER_MAX = 400 };

static enum fault connect_path(const char *path, unsigned timeout_ms, int *out) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof at.sun_path) return FAULT_INPUT;
    memcpy(at.sun_path, path, strlen(path) + 1);
    *out = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*out < 0) return FAULT_SYSTEM;
    dial_wait(*out, timeout_ms);
    return connect(*out, (const struct sockaddr *)&at, sizeof at) ? FAULT_BUSY : FAULT_NONE;
}

/* A daemon that has enough answers and closes while we still send: its answer is read then, too. */
static void send_stream(int fd, const char *bytes, size_t length) {
    enum fault f = dial_send(fd, "zINSTREAM", sizeof "zINSTREAM");
    for (size_t at = 0; at < length && !f; at += PIECE) {
        size_t n = length - at < PIECE ? length - at : PIECE;
        uint32_t head = htonl((uint32_t)n);
        f = dial_send(fd, &head, sizeof head);
        if (!f) f = dial_send(fd, bytes + at, n);
    }
    if (!f) f = dial_send(fd, &(uint32_t){0}, sizeof(uint32_t));
    (void)f;
}

static enum fault read_answer(int fd, char answer[ANSWER_MAX]) {
    size_t used = 0;
    while (used < ANSWER_MAX - 1) {
        ssize_t n = read(fd, answer + used, ANSWER_MAX - 1 - used); /* recv() is the server's guard's */
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return FAULT_BUSY;
        if (!n || !answer[used + (size_t)n - 1]) {
            used += (size_t)n;
            break;
        }
        used += (size_t)n;
    }
    answer[used] = 0;
    return used ? FAULT_NONE : FAULT_BUSY;
}

/* "stream: OK", "stream: NAME FOUND", or "INSTREAM size limit exceeded. ERROR". */
static enum fault understand(char *answer, char found[CLAMD_NAME_MAX]) {
    static const char from[] = "stream: ", hit[] = " FOUND";
    size_t length = strlen(answer);
    found[0] = 0;
    if (strstr(answer, "size limit")) return FAULT_LARGE;
    if (strncmp(answer, from, sizeof from - 1)) return FAULT_SYSTEM;
    const char *name = answer + sizeof from - 1;
    if (!strcmp(name, "OK")) return FAULT_NONE;
    size_t n = length - (sizeof from - 1);
    if (n <= sizeof hit - 1 || strcmp(name + n - (sizeof hit - 1), hit)) return FAULT_SYSTEM;
    n -= sizeof hit - 1;
    if (n >= CLAMD_NAME_MAX) n = CLAMD_NAME_MAX - 1;
    memcpy(found, name, n);
    found[n] = 0;
    return FAULT_NONE;
}

enum fault clamd_scan(const char *address, const void *bytes, size_t length, unsigned timeout_ms, char found[CLAMD_NAME_MAX]) {
    _cleanup_(dial_close) int fd = -1;
    char answer[ANSWER_MAX];
    enum fault f = address[0] == '/' ? connect_path(address, timeout_ms, &fd) : dial_host(address, timeout_ms, &fd);
    if (f) return f;
    send_stream(fd, bytes, length);
    f = read_answer(fd, answer);
    return f ? f : understand(answer, found);
}
