/* load.c - a bounded load generator for the benches: N keep-alive connections to a loopback port for D seconds, one line of figures.
 *
 * load PORT PATH [CONNECTIONS 32] [SECONDS 3] [COOKIE | "Authorization: …"] [JSON FILE to POST]
 * prints: requests/s, p50 and p99 in microseconds, errors (connection failures, answers other than 2xx), bytes of one body.
 * Only 127.0.0.1, at most 256 connections and 60 seconds. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 256, SECONDS_MAX = 60, HEADER_MAX = 16384, BUCKETS = 64 * 32 };

struct client {
    int fd;
    size_t sent, head; /* bytes of the request sent; bytes of the header so far */
    long left;         /* of the body; -1 while in the header */
    int64_t begun_ns;
    bool open;
    char header[HEADER_MAX];
};

static struct client clients[CONNECTIONS_MAX];
static char request[4096];
static size_t request_length;
static uint16_t port;
static int poller;
static uint64_t done, errors, latency[BUCKETS];
static long body_bytes;

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Buckets of a floating scale: 32 to each power of two of microseconds, so that a quantile is off by 3 % at most. */
static unsigned bucket_of(uint64_t us) {
    if (us < 32) return (unsigned)us;
    unsigned top = 63 - (unsigned)__builtin_clzll(us);
    return (top - 4) * 32 + (unsigned)((us >> (top - 5)) & 31);
}

static uint64_t bucket_us(unsigned b) { return b < 32 ? b : (uint64_t)(32 + b % 32) << (b / 32 - 1); }

static uint64_t quantile(double part) {
    uint64_t seen = 0, wanted = (uint64_t)((double)done * part);
    for (unsigned b = 0; b < BUCKETS; b++)
        if ((seen += latency[b]) > wanted) return bucket_us(b);
    return 0;
}

static void client_send(struct client *c) {
    while (c->sent < request_length) {
        ssize_t n = send(c->fd, request + c->sent, request_length - c->sent, MSG_NOSIGNAL);
        if (n <= 0) return; /* an error shows when reading */
        c->sent += (size_t)n;
    }
}

static void client_ask(struct client *c) {
    c->sent = c->head = 0;
    c->left = -1;
    c->begun_ns = now_ns();
    client_send(c);
}

static bool client_open(struct client *c) {
    int on = 1;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    c->open = c->fd >= 0 && !connect(c->fd, (struct sockaddr *)&a, sizeof a);
    if (!c->open) return false;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &e)) return false;
    client_ask(c);
    return true;
}

static bool client_fail(struct client *c) {
    errors++;
    close(c->fd);
    c->open = false;
    return errors < 1000 && client_open(c);
}

/* The header is whole: its status and length. False if it is not what this program can read. */
static bool header_read(struct client *c, size_t header) {
    c->header[header - 1] = 0;
    const char *length = strcasestr(c->header, "\r\nContent-Length:");
    bool empty = !strncmp(c->header, "HTTP/1.1 204", 12);
    if (strncmp(c->header, "HTTP/1.1 2", 10) || (!length && !empty)) return false;
    body_bytes = empty ? 0 : strtol(length + 17, NULL, 10);
    c->left = body_bytes - (long)(c->head - header);
    return c->left >= 0;
}

static void client_done(struct client *c) {
    unsigned b = bucket_of((uint64_t)(now_ns() - c->begun_ns) / 1000);
    latency[b < BUCKETS ? b : BUCKETS - 1]++;
    done++;
    client_ask(c);
}

static bool client_serve(struct client *c) {
    static char waste[1 << 16];
    for (;;) {
        bool in_header = c->left < 0;
        char *to = in_header ? c->header + c->head : waste;
        size_t room = in_header ? HEADER_MAX - 1 - c->head : sizeof waste;
        ssize_t n = recv(c->fd, to, room, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
        if (n <= 0) return client_fail(c);
        if (in_header) {
            c->head += (size_t)n;
            char *end = memmem(c->header, c->head, "\r\n\r\n", 4);
            if (!end && c->head >= HEADER_MAX - 1) return client_fail(c);
            if (end && !header_read(c, (size_t)(end - c->header) + 4)) return client_fail(c);
        } else c->left -= n;
        if (!c->left) {
            client_done(c);
            return true;
        }
    }
}

static void run(unsigned connections, unsigned seconds) {
    int64_t begun = now_ns(), end = begun + (int64_t)seconds * 1000000000;
    for (unsigned i = 0; i < connections; i++)
        if (!client_open(&clients[i])) errors++;
    struct epoll_event events[64];
    while (now_ns() < end) {
        int n = epoll_wait(poller, events, 64, 100);
        for (int i = 0; i < n; i++) client_serve(events[i].data.ptr);
    }
    double spent = (double)(now_ns() - begun) / 1e9;
    printf("%.0f requests/s, p50 %llu us, p99 %llu us, %llu errors, body %ld bytes\n", (double)done / spent,
           (unsigned long long)quantile(0.5), (unsigned long long)quantile(0.99), (unsigned long long)errors, body_bytes);
}

static long number(const char *text, long most) {
    long n = strtol(text, NULL, 10);
    return n < 1 ? 1 : n > most ? most : n;
}

/* A GET, or a POST of the file's JSON. */
static bool request_make(const char *path, const char *who, const char *file) {
    char body[2048], header[600] = "", kind[100] = "";
    size_t length = 0;
    FILE *f = file ? fopen(file, "re") : NULL;
    if (file && !f) return false;
    if (f) {
        length = fread(body, 1, sizeof body, f);
        fclose(f);
        snprintf(kind, sizeof kind, "Content-Type: application/json\r\nPrefer: return=minimal\r\nContent-Length: %zu\r\n", length);
    }
    if (who) snprintf(header, sizeof header, "%s%s\r\n", strncmp(who, "Authorization:", 14) ? "Cookie: " : "", who);
    int n = snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAccept: */*\r\n%s%s\r\n",
                     file ? "POST" : "GET", path, port, header, kind);
    if (n < 0 || (size_t)n + length >= sizeof request) return false;
    memcpy(request + n, body, length);
    request_length = (size_t)n + length;
    return true;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "load PORT PATH [CONNECTIONS 32] [SECONDS 3] [COOKIE | \"Authorization: …\"] [JSON FILE]\n");
        return 2;
    }
    port = (uint16_t)number(argv[1], 65535);
    unsigned connections = argc > 3 ? (unsigned)number(argv[3], CONNECTIONS_MAX) : 32,
             seconds = argc > 4 ? (unsigned)number(argv[4], SECONDS_MAX) : 3;
    if (!request_make(argv[2], argc > 5 ? argv[5] : NULL, argc > 6 ? argv[6] : NULL)) return 2;
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0) return 1;
    run(connections, seconds);
    return done ? 0 : 1;
}
