/* guard.c - the watch on client connections: recv() put before the library's, the reaper and gentle closing. See docs/why/0004. */
/* The C library's checking headers define recv() inline, which the definition below would clash with under clang. */
#undef _FORTIFY_SOURCE

#include "net/guard.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

enum { DESCRIPTORS_MAX = 65536, ADDRESS_BUCKETS = 4096, LINGERS_MAX = 256, TICK_MIN_MS = 10, TICK_MAX_MS = 1000 };
enum { LINGER_GAP_MS = 2000, LINGER_ALL_MS = 10000, CUT_GRACE_MS = 1000, REFUSALS_LOGGED = 5 };

/* Connections of one address. */
struct address {
    struct address *next;
    unsigned count;
    uint8_t key[17];
};
/* A closed connection whose last bytes the client may still be reading. */
struct ebbing {
    int descriptor;
    int64_t begun_ms, last_ms;
};

struct guard_set {
    struct guard_limits limits;
    struct guard_counts counts;
    pthread_t reaper;
    pthread_mutex_t lock; /* guards the three lists below */
    struct guard *first;
    struct address *addresses[ADDRESS_BUCKETS];
    struct ebbing lingers[LINGERS_MAX];
    unsigned lingers_count;
    int wake;
    unsigned tick_ms;
    _Atomic bool stopping;
    _Atomic int64_t log_second;
    _Atomic int logged;
    bool has_proxy;
    char proxy[INET6_ADDRSTRLEN];
};

/* Descriptor → guard, for recv(). An entry is set before the library first reads and cleared before it closes. */
static struct guard *_Atomic guards[DESCRIPTORS_MAX];

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- what the connection's own thread does ---- */

static void phase_set(struct guard *g, enum guard_phase phase, int64_t now) {
    atomic_store_explicit(&g->since_ms, now, memory_order_relaxed);
    atomic_store_explicit(&g->last_ms, now, memory_order_relaxed);
    atomic_store_explicit(&g->body_bytes, 0, memory_order_relaxed);
    atomic_store_explicit(&g->phase, (int)phase, memory_order_release);
}

static void phase_follow(struct guard *g, int64_t now, uint64_t taken) {
    enum guard_phase before = (enum guard_phase)atomic_load_explicit(&g->phase, memory_order_relaxed), after = GUARD_BUSY;
    uint64_t pending = g->scan.messages - (g->completed < g->scan.messages ? g->completed : g->scan.messages);
    if (!pending) {
        switch (scan_phase(&g->scan)) {
        case SCAN_IDLE: after = before == GUARD_FIRST && !taken ? GUARD_FIRST : GUARD_IDLE; break;
        case SCAN_HEADER: after = GUARD_HEADER; break;
        case SCAN_BODY: after = GUARD_BODY; break;
        case SCAN_REFUSED: after = GUARD_BUSY; break;
        }
    }
    if (after == GUARD_HEADER && before == GUARD_FIRST) { /* the deadline runs from the connection */
        atomic_store_explicit(&g->phase, (int)after, memory_order_release);
    } else if (after != before) {
        phase_set(g, after, now);
    } else if (after == GUARD_BODY && taken) {
        atomic_store_explicit(&g->last_ms, now, memory_order_relaxed);
        atomic_fetch_add_explicit(&g->body_bytes, taken, memory_order_relaxed);
    }
}

static const char *reason_phrase(int status) {
    switch (status) {
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 417: return "Expectation Failed";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 503: return "Service Unavailable";
    default: return "Bad Request";
    }
}

void guard_refuse(struct guard *g, int status, const char *reason) {
    if (g->ended) return;
    char answer[512];
    int body = snprintf(NULL, 0, "%d %s: %s\n", status, reason_phrase(status), reason);
    int n = snprintf(answer, sizeof answer,
                     "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n"
                     "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nCache-Control: no-store\r\n"
                     "Content-Length: %d\r\nConnection: close\r\n\r\n%d %s: %s\n",
                     status, reason_phrase(status), body, status, reason_phrase(status), reason);
    assert(n > 0 && (size_t)n < sizeof answer);
    ssize_t sent = send(g->descriptor, answer, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)sent; /* a client that takes nothing gets nothing */
    g->ended = g->linger = true;
}

/* The number of requests that precede the one the scanner is at: all of them must be answered before anything is sent past the library. */
static uint64_t preceding(const struct guard *g) {
    return g->scan.headers > g->scan.messages ? g->scan.headers - 1 : g->scan.headers;
}

/* A line for each refusal, but at most REFUSALS_LOGGED a second: who sends rubbish must not fill the disk. */
static void refused_log(struct guard *g, enum scan_verdict why) {
    int64_t second = now_ms() / 1000;
    if (atomic_exchange(&g->set->log_second, second) != second) atomic_store(&g->set->logged, 0);
    if (atomic_fetch_add(&g->set->logged, 1) < REFUSALS_LOGGED)
        log_line(LOG_INFO_, "http refused", "why", scan_word(why), "peer", g->peer);
}

/* The scanner refused a byte of what was just read from position `before` on. Returns what recv() is to return. */
static ssize_t refused(struct guard *g, uint64_t before) {
    enum scan_verdict why = (enum scan_verdict)g->scan.verdict;
    atomic_fetch_add(&g->set->counts.malformed, 1);
    refused_log(g, why);
    if (g->completed >= preceding(g)) {
        guard_refuse(g, scan_status(why), scan_word(why));
        return 0;
    }
    /* Whole requests came before it in the same bytes: those are served, the refused one is never seen by the library. */
    g->condemned = g->linger = true;
    g->last_good = preceding(g);
    if (g->scan.message_start > before) return (ssize_t)(g->scan.message_start - before);
    errno = EAGAIN;
    return -1;
}

/* The reaper wants this connection ended. */
static ssize_t cut(struct guard *g, int status) {
    if (status && g->completed >= preceding(g)) guard_refuse(g, status, "the request did not arrive in time");
    g->ended = true;
    return 0;
}

static ssize_t guarded_recv(struct guard *g, int descriptor, void *bytes, size_t length, int flags) {
    if (g->ended) return 0;
    int status = atomic_load_explicit(&g->cut, memory_order_acquire);
    if (status) return cut(g, status == 1 ? 0 : status);
    if (g->condemned) {
        if (g->completed < g->last_good) {
            errno = EAGAIN;
            return -1;
        }
        g->ended = true;
        return 0;
    }
    ssize_t n = recvfrom(descriptor, bytes, length, flags, NULL, NULL);
    if (n <= 0 || (flags & MSG_PEEK)) return n;
    uint64_t before = g->scan.position;
    size_t fine = scan_feed(&g->scan, bytes, (size_t)n);
    int64_t now = now_ms();
    if (fine < (size_t)n) {
        phase_set(g, GUARD_BUSY, now);
        return refused(g, before);
    }
    phase_follow(g, now, (uint64_t)n);
    return n;
}

/* The library calls recv() through the dynamic linker, so that this definition in the program is the one it gets; whatever
 * else in the program calls it reaches the system as before, since only client connections are in the table. */
__attribute__((visibility("default"))) ssize_t recv(int descriptor, void *bytes, size_t length, int flags) {
    struct guard *g = descriptor >= 0 && descriptor < DESCRIPTORS_MAX
                        ? atomic_load_explicit(&guards[descriptor], memory_order_acquire)
                        : NULL;
    return g ? guarded_recv(g, descriptor, bytes, length, flags) : recvfrom(descriptor, bytes, length, flags, NULL, NULL);
}

/* The same, as compilers call it where they know the buffer's size. */
ssize_t __recv_chk(int descriptor, void *bytes, size_t length, size_t room, int flags);
__attribute__((visibility("default"))) ssize_t __recv_chk(int descriptor, void *bytes, size_t length, size_t room, int flags) {
    return recv(descriptor, bytes, length < room ? length : room, flags);
}

void guard_parsed(struct guard *g) { g->parsed++; }

bool guard_knows(const struct guard *g) { return g->parsed <= (g->condemned ? g->last_good : g->scan.headers); }

bool guard_closes(const struct guard *g) { return g->condemned && g->parsed >= g->last_good; }

void guard_completed(struct guard *g) {
    g->completed++;
    if (!g->ended && !g->condemned) phase_follow(g, now_ms(), 0);
}

/* ---- addresses ---- */

static void address_key(const struct sockaddr *peer, uint8_t key[17], char text[INET6_ADDRSTRLEN]) {
    memset(key, 0, 17);
    if (peer && peer->sa_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)peer;
        if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
            key[0] = 4;
            memcpy(key + 1, six->sin6_addr.s6_addr + 12, 4);
            inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, text, INET6_ADDRSTRLEN);
        } else {
            key[0] = 6;
            memcpy(key + 1, six->sin6_addr.s6_addr, 8);
            inet_ntop(AF_INET6, &six->sin6_addr, text, INET6_ADDRSTRLEN);
        }
    } else if (peer && peer->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)peer;
        key[0] = 4;
        memcpy(key + 1, &four->sin_addr, 4);
        inet_ntop(AF_INET, &four->sin_addr, text, INET6_ADDRSTRLEN);
    } else {
        snprintf(text, INET6_ADDRSTRLEN, "unknown");
    }
}

static struct address **address_find(struct guard_set *set, const uint8_t key[17]) {
    uint32_t hash = 2166136261u;
    for (int i = 0; i < 17; i++) hash = (hash ^ key[i]) * 16777619u;
    struct address **at = &set->addresses[hash % ADDRESS_BUCKETS];
    while (*at && memcmp((*at)->key, key, 17)) at = &(*at)->next;
    return at;
}

/* Counts one more of this address; false if that is over the limit (nothing is counted then). The set is locked. */
static bool address_add(struct guard_set *set, const uint8_t key[17]) {
    struct address **at = address_find(set, key);
    if (!*at) {
        *at = memory_new(sizeof **at);
        memcpy((*at)->key, key, 17);
    }
    if ((*at)->count >= set->limits.per_address) return false;
    (*at)->count++;
    return true;
}

static void address_drop(struct guard_set *set, const uint8_t key[17]) {
    struct address **at = address_find(set, key), *gone = *at;
    assert(gone && gone->count);
    if (--gone->count) return;
    *at = gone->next;
    memory_release(&gone);
}

/* ---- begin and end ---- */

struct guard *guard_begin(struct guard_set *set, int descriptor, const struct sockaddr *peer) {
    if (descriptor < 0 || descriptor >= DESCRIPTORS_MAX) return NULL;
    struct guard *g = memory_new(sizeof *g);
    g->descriptor = descriptor;
    g->set = set;
    scan_init(&g->scan);
    address_key(peer, g->address, g->peer);
    g->proxy = set->has_proxy && !strcmp(g->peer, set->proxy);
    phase_set(g, GUARD_FIRST, now_ms());
    pthread_mutex_lock(&set->lock);
    g->counted = !g->proxy && address_add(set, g->address);
    g->next = set->first;
    if (g->next) g->next->previous = g;
    set->first = g;
    pthread_mutex_unlock(&set->lock);
    atomic_fetch_add(&set->counts.connections, 1);
    atomic_fetch_add(&set->counts.open, 1);
    atomic_store_explicit(&guards[descriptor], g, memory_order_release);
    if (!g->counted && !g->proxy) {
        atomic_fetch_add(&set->counts.refused_address, 1);
        guard_refuse(g, 429, "too many connections from this address");
        g->linger = false;
        shutdown(descriptor, SHUT_RDWR);
    }
    return g;
}

static void linger_add(struct guard_set *set, int descriptor) {
    int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) return;
    shutdown(copy, SHUT_WR);
    int64_t now = now_ms();
    pthread_mutex_lock(&set->lock);
    bool room = set->lingers_count < LINGERS_MAX;
    if (room) set->lingers[set->lingers_count++] = (struct ebbing){copy, now, now};
    pthread_mutex_unlock(&set->lock);
    if (!room) close(copy);
    else if (eventfd_write(set->wake, 1)) { /* the reaper looks by itself within a tick */ }
}

void guard_end(struct guard *g) {
    struct guard_set *set = g->set;
    atomic_store_explicit(&guards[g->descriptor], NULL, memory_order_release);
    pthread_mutex_lock(&set->lock);
    if (g->counted) address_drop(set, g->address);
    if (g->next) g->next->previous = g->previous;
    *(g->previous ? &g->previous->next : &set->first) = g->next;
    pthread_mutex_unlock(&set->lock);
    if (g->linger && !atomic_load(&set->stopping)) linger_add(set, g->descriptor);
    atomic_fetch_sub(&set->counts.open, 1);
    memory_release(&g);
}

/* ---- the reaper ---- */

/* The status with which a connection is due to be cut (1: without a word), or 0. */
static int due(struct guard_set *set, const struct guard *g, int64_t now) {
    int64_t age = now - atomic_load_explicit(&g->since_ms, memory_order_relaxed);
    switch ((enum guard_phase)atomic_load_explicit(&g->phase, memory_order_acquire)) {
    case GUARD_FIRST:
        if (age <= set->limits.header_deadline_ms) return 0;
        atomic_fetch_add(&set->counts.cut_header, 1);
        return 1;
    case GUARD_HEADER:
        if (age <= set->limits.header_deadline_ms) return 0;
        atomic_fetch_add(&set->counts.cut_header, 1);
        return 408;
    case GUARD_IDLE:
        if (age <= set->limits.idle_ms) return 0;
        atomic_fetch_add(&set->counts.cut_idle, 1);
        return 1;
    case GUARD_BODY: {
        bool stalled = now - atomic_load_explicit(&g->last_ms, memory_order_relaxed) > set->limits.body_stall_ms;
        uint64_t least = (uint64_t)(age > 0 ? age : 0) * set->limits.body_rate_min / 1000;
        bool slow = age > set->limits.body_stall_ms && atomic_load_explicit(&g->body_bytes, memory_order_relaxed) < least;
        if (!stalled && !slow) return 0;
        atomic_fetch_add(&set->counts.cut_body, 1);
        return 408;
    }
    default: return 0;
    }
}

/* Under the lock, so that no descriptor here can be closed meanwhile. Ending the read side wakes the connection's thread, which
 * then answers and closes; one that does not within a second is shut down whole. */
static void reap(struct guard_set *set, int64_t now) {
    pthread_mutex_lock(&set->lock);
    for (struct guard *g = set->first; g; g = g->next) {
        if (atomic_load(&g->cut)) {
            if (now - g->cut_ms > CUT_GRACE_MS && atomic_load(&g->phase) != GUARD_BUSY) shutdown(g->descriptor, SHUT_RDWR);
            continue;
        }
        int status = due(set, g, now);
        if (!status) continue;
        g->cut_ms = now;
        atomic_store_explicit(&g->cut, status, memory_order_release);
        shutdown(g->descriptor, SHUT_RD);
    }
    pthread_mutex_unlock(&set->lock);
}

void guard_set_drain(struct guard_set *set) {
    pthread_mutex_lock(&set->lock);
    for (struct guard *g = set->first; g; g = g->next) {
        int phase = atomic_load(&g->phase);
        if (atomic_load(&g->cut) || (phase != GUARD_IDLE && phase != GUARD_FIRST)) continue;
        g->cut_ms = now_ms();
        atomic_store_explicit(&g->cut, 1, memory_order_release);
        shutdown(g->descriptor, SHUT_RD);
    }
    pthread_mutex_unlock(&set->lock);
}

/* Reads and drops what a lingering client still sends; true when it is over. */
static bool linger_over(struct ebbing *l, int64_t now) {
    char waste[16384];
    for (int i = 0; i < 16; i++) {
        ssize_t n = recvfrom(l->descriptor, waste, sizeof waste, MSG_DONTWAIT, NULL, NULL);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return true;
        if (n < 0) break;
        l->last_ms = now;
    }
    return now - l->last_ms > LINGER_GAP_MS || now - l->begun_ms > LINGER_ALL_MS;
}

static void lingers_serve(struct guard_set *set, int64_t now, bool all) {
    pthread_mutex_lock(&set->lock);
    for (unsigned i = 0; i < set->lingers_count;) {
        if (!all && !linger_over(&set->lingers[i], now)) {
            i++;
            continue;
        }
        close(set->lingers[i].descriptor);
        set->lingers[i] = set->lingers[--set->lingers_count];
    }
    pthread_mutex_unlock(&set->lock);
}

static void *reaper_run(void *argument) {
    struct guard_set *set = argument;
    struct pollfd polled[LINGERS_MAX + 1];
    while (!atomic_load(&set->stopping)) {
        nfds_t count = 1;
        polled[0] = (struct pollfd){.fd = set->wake, .events = POLLIN};
        pthread_mutex_lock(&set->lock);
        for (unsigned i = 0; i < set->lingers_count; i++)
            polled[count++] = (struct pollfd){.fd = set->lingers[i].descriptor, .events = POLLIN};
        pthread_mutex_unlock(&set->lock);
        poll(polled, count, (int)set->tick_ms); /* only this thread closes lingering descriptors */
        eventfd_t drop;
        if (polled[0].revents && eventfd_read(set->wake, &drop)) { /* nothing to take */
        }
        int64_t now = now_ms();
        lingers_serve(set, now, false);
        reap(set, now);
    }
    lingers_serve(set, 0, true);
    return NULL;
}

enum fault guard_set_start(const struct guard_limits *limits, const char *proxy, struct guard_set **out) {
    struct guard_set *set = memory_new(sizeof *set);
    set->limits = *limits;
    if (proxy) snprintf(set->proxy, sizeof set->proxy, "%s", proxy);
    set->has_proxy = proxy != NULL;
    unsigned least = limits->header_deadline_ms < limits->body_stall_ms ? limits->header_deadline_ms : limits->body_stall_ms;
    if (limits->idle_ms < least) least = limits->idle_ms;
    set->tick_ms = least / 4 < TICK_MIN_MS ? TICK_MIN_MS : least / 4 > TICK_MAX_MS ? TICK_MAX_MS : least / 4;
    pthread_mutex_init(&set->lock, NULL);
    set->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (set->wake < 0 || pthread_create(&set->reaper, NULL, reaper_run, set)) {
        if (set->wake >= 0) close(set->wake);
        pthread_mutex_destroy(&set->lock);
        memory_release(&set);
        return FAULT_SYSTEM;
    }
    *out = set;
    return FAULT_NONE;
}

void guard_set_stop(struct guard_set *set) {
    atomic_store(&set->stopping, true);
    if (eventfd_write(set->wake, 1)) { /* the reaper looks by itself within a tick */
    }
    pthread_join(set->reaper, NULL);
    assert(!set->first);
    close(set->wake);
    pthread_mutex_destroy(&set->lock);
    memory_release(&set);
}

const struct guard_counts *guard_set_counts(const struct guard_set *set) { return &set->counts; }
