/* dial.c - connections out, blocking, with the socket's own time limits. */
#include "net/dial.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { HOST_MAX = 256 };

void dial_close(int *fd) {
    if (*fd >= 0) close(*fd);
}

void dial_wait(int fd, unsigned timeout_ms) {
    struct timeval t = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
}

enum fault dial_host(const char *address, unsigned timeout_ms, int *out) {
    char host[HOST_MAX];
    const char *colon = strrchr(address, ':');
    if (!colon || colon == address || (size_t)(colon - address) >= sizeof host) return FAULT_INPUT;
    memcpy(host, address, (size_t)(colon - address));
    host[colon - address] = 0;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    if (getaddrinfo(host, colon + 1, &hints, &found)) return FAULT_BUSY;
    enum fault f = FAULT_BUSY;
    for (struct addrinfo *a = found; a && f; a = a->ai_next) {
        dial_close(out);
        *out = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (*out < 0) continue;
        dial_wait(*out, timeout_ms);
        if (!connect(*out, a->ai_addr, a->ai_addrlen)) f = FAULT_NONE;
    }
    freeaddrinfo(found);
    return f;
}

enum fault dial_send(int fd, const void *bytes, size_t length) {
    for (const char *at = bytes; length;) {
        ssize_t n = send(fd, at, length, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return FAULT_BUSY;
        at += n;
        length -= (size_t)n;
    }
    return FAULT_NONE;
}

enum fault dial_read(int fd, void *bytes, size_t length) {
    for (char *at = bytes; length;) {
        ssize_t n = read(fd, at, length); /* recv() is the server's guard's */
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return FAULT_BUSY;
        at += n;
        length -= (size_t)n;
    }
    return FAULT_NONE;
}
