/* clamd.c - the client's side of clamd's INSTREAM: pieces with their length before them, a zero, and one line back. */
#include "net/clamd.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { PIECE = 256 << 10, ANSWER_MAX = 400, HOST_MAX = 256 };

static void socket_close(int *fd) {
    if (*fd >= 0) close(*fd);
}

static void wait_at_most(int fd, unsigned timeout_ms) {
    struct timeval t = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
}

static enum fault connect_path(const char *path, unsigned timeout_ms, int *out) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof at.sun_path) return FAULT_INPUT;
    memcpy(at.sun_path, path, strlen(path) + 1);
    *out = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*out < 0) return FAULT_SYSTEM;
    wait_at_most(*out, timeout_ms);
    return connect(*out, (const struct sockaddr *)&at, sizeof at) ? FAULT_BUSY : FAULT_NONE;
}

static enum fault connect_host(const char *address, unsigned timeout_ms, int *out) {
    char host[HOST_MAX];
    const char *colon = strrchr(address, ':');
    if (!colon || colon == address || (size_t)(colon - address) >= sizeof host) return FAULT_INPUT;
    memcpy(host, address, (size_t)(colon - address));
    host[colon - address] = 0;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    if (getaddrinfo(host, colon + 1, &hints, &found)) return FAULT_BUSY;
    enum fault f = FAULT_BUSY;
    for (struct addrinfo *a = found; a && f; a = a->ai_next) {
        socket_close(out);
        *out = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (*out < 0) continue;
        wait_at_most(*out, timeout_ms);
        if (!connect(*out, a->ai_addr, a->ai_addrlen)) f = FAULT_NONE;
    }
    freeaddrinfo(found);
    return f;
}

static enum fault send_all(int fd, const void *bytes, size_t length) {
    for (const char *at = bytes; length;) {
        ssize_t n = send(fd, at, length, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return FAULT_BUSY;
        at += n;
        length -= (size_t)n;
    }
    return FAULT_NONE;
}

/* A daemon that has enough answers and closes while we still send: its answer is read then, too. */
static void send_stream(int fd, const char *bytes, size_t length) {
    enum fault f = send_all(fd, "zINSTREAM", sizeof "zINSTREAM");
    for (size_t at = 0; at < length && !f; at += PIECE) {
        size_t n = length - at < PIECE ? length - at : PIECE;
        uint32_t head = htonl((uint32_t)n);
        f = send_all(fd, &head, sizeof head);
        if (!f) f = send_all(fd, bytes + at, n);
    }
    if (!f) f = send_all(fd, &(uint32_t){0}, sizeof(uint32_t));
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
    _cleanup_(socket_close) int fd = -1;
    char answer[ANSWER_MAX];
    enum fault f = address[0] == '/' ? connect_path(address, timeout_ms, &fd) : connect_host(address, timeout_ms, &fd);
    if (f) return f;
    send_stream(fd, bytes, length);
    f = read_answer(fd, answer);
    return f ? f : understand(answer, found);
}
