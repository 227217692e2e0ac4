/* http.c - the HTTP server: libmicrohttpd's events and threads, behind the guards that make it strict. */
#include "net/http.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "net/inside.h"

enum { CONNECTION_MEMORY = 16384, BACKLOG = 1024, SEND_STALL_S = 60, BODY_FIRST_RESERVE = 65536 };

/* ---- one request ---- */

static void answer_refusal(struct exchange *x, int status) {
    struct http_server *server = x->server;
    answer_clear(&x->answer);
    x->answer.status = status;
    if (server->config.refusal)
        server->config.refusal(server->context, x->request.method, *x->request.path ? x->request.path : NULL, status, &x->answer);
    else {
        http_answer_header(&x->answer, "Content-Type", "text/plain; charset=utf-8");
        http_answer_header(&x->answer, "X-Content-Type-Options", "nosniff");
        http_answer_header(&x->answer, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        http_answer_header(&x->answer, "Cache-Control", "no-store");
        text_format(http_answer_text(&x->answer), "%d %s\n", status, status_phrase(status));
    }
}

static void response_make(struct exchange *x) {
    struct http_server *server = x->server;
    if (x->answer.status == 501) http_answer_header(&x->answer, "Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    if (guard_closes(x->guard) || atomic_load_explicit(&server->stopping, memory_order_relaxed)) x->answer.close = true;
    x->response = answer_make(&x->answer);
    if (x->response) return;
    log_line(LOG_ERROR_, "http answer unfit", "path", http_path_logged(&x->request));
    bool close = x->answer.close;
    answer_refusal(x, 500);
    x->answer.close = close;
    x->response = answer_make(&x->answer);
    if (x->response) return;
    answer_clear(&x->answer); /* the refusal's page is unfit, too */
    x->answer.status = 500;
    x->answer.close = true;
    x->response = answer_make(&x->answer);
}

void exchange_run(struct exchange *x) {
    x->server->handler(x->server->context, &x->request, &x->answer);
    if (arena_over(&x->arena)) {
        log_line(LOG_WARN_, "http request over its memory", "path", http_path_logged(&x->request));
        answer_refusal(x, 413);
    }
    response_make(x);
}

static enum MHD_Result response_queue(struct exchange *x) {
    if (!x->response) return MHD_NO;
    x->stage = STAGE_ANSWERED;
    enum MHD_Result result = MHD_queue_response(x->connection, (unsigned)x->answer.status, x->response);
    MHD_destroy_response(x->response); /* the library holds it now */
    x->response = NULL;
    return result;
}

/* Answers before the body is read; the rest of it is dropped and the connection closed gently. */
static enum MHD_Result refuse_early(struct exchange *x, int status) {
    answer_refusal(x, status);
    x->answer.close = x->guard->linger = true;
    response_make(x);
    return response_queue(x);
}

static bool has_body(const struct exchange *x) {
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, "Transfer-Encoding") ||
           MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, "Content-Length");
}

static uint64_t declared_length(const struct exchange *x) {
    const char *length = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, "Content-Length");
    return length ? strtoull(length, NULL, 10) : 0; /* the scanner has seen to its form */
}

static bool is_slow(const struct exchange *x) {
    const struct http_config *c = &x->server->config;
    if (c->slow) return c->slow(x->server->context, x->request.method, x->request.path);
    return x->request.method != HTTP_GET && x->request.method != HTTP_HEAD && x->request.method != HTTP_OPTIONS;
}

static enum MHD_Result request_header(struct exchange *x, const char *method) {
    struct http_server *server = x->server;
    if (!guard_knows(x->guard)) {
        log_line(LOG_ERROR_, "http library and scanner disagree", "peer", x->guard->peer);
        return refuse_early(x, 400);
    }
    int status = request_begin(x, method);
    if (status) return refuse_early(x, status);
    x->stage = STAGE_BODY;
    if (!has_body(x)) return MHD_YES;
    size_t cap = server->config.body_max_bytes;
    if (server->config.body_max) cap = server->config.body_max(server->context, x->request.method, x->request.path);
    uint64_t declared = declared_length(x);
    if (declared > cap) {
        atomic_fetch_add(&server->large, 1);
        return refuse_early(x, 413);
    }
    text_init(&x->body, cap);
    size_t first = declared < BODY_FIRST_RESERVE ? (size_t)declared : BODY_FIRST_RESERVE;
    if (first) text_reserve(&x->body, first);
    return MHD_YES;
}

/* Takes a piece of the body. Over a cap the connection ends here: the library cannot answer in the middle of a body. */
static enum MHD_Result request_body(struct exchange *x, const char *bytes, size_t *length) {
    struct http_server *server = x->server;
    uint64_t held = atomic_fetch_add(&server->bodies_held, *length) + *length;
    x->body_held += *length;
    text_addn(&x->body, bytes, *length);
    *length = 0;
    if (x->body.over) {
        atomic_fetch_add(&server->large, 1);
        guard_refuse(x->guard, 413, "the body is larger than allowed here");
        return MHD_NO;
    }
    if (held > server->config.bodies_max_bytes) {
        guard_refuse(x->guard, 503, "too many uploads at one time");
        return MHD_NO;
    }
    return MHD_YES;
}

static enum MHD_Result request_complete(struct exchange *x) {
    if (x->response) return response_queue(x); /* resumed by a writing thread */
    x->request.body = x->body.at ? x->body.at : "";
    x->request.body_length = x->body.length;
    if (is_slow(x)) {
        MHD_suspend_connection(x->connection);
        if (pool_add(x->server, x)) return MHD_YES;
        answer_refusal(x, 503);
        response_make(x);
        MHD_resume_connection(x->connection);
        return MHD_YES;
    }
    exchange_run(x);
    return response_queue(x);
}

static enum MHD_Result on_request(void *server, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *bytes, size_t *length, void **state) {
    (void)server, (void)connection, (void)url, (void)version;
    struct exchange *x = *state;
    if (!x) return MHD_NO;
    switch (x->stage) {
    case STAGE_BEGUN: return request_header(x, method);
    case STAGE_BODY: return *length ? request_body(x, bytes, length) : request_complete(x);
    default: *length = 0; return MHD_YES;
    }
}

/* The request line is read; what is returned becomes the request's state. */
static void *on_target(void *context, const char *target, struct MHD_Connection *connection) {
    struct http_server *server = context;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (!info || !info->socket_context) return NULL;
    struct exchange *x = memory_new(sizeof *x);
    x->server = server;
    x->connection = connection;
    x->guard = info->socket_context;
    arena_init(&x->arena, server->config.arena_max_bytes);
    answer_init(&x->answer, &x->arena, server->config.answer_max_bytes);
    x->target = arena_copy(&x->arena, target);
    guard_parsed(x->guard);
    atomic_fetch_add_explicit(&server->running, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&server->requests, 1, memory_order_relaxed);
    return x;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode how) {
    (void)connection, (void)how;
    struct http_server *server = context;
    struct exchange *x = *state;
    if (!x) return;
    *state = NULL;
    guard_completed(x->guard);
    atomic_fetch_sub(&server->bodies_held, x->body_held);
    answer_clear(&x->answer);
    if (x->response) MHD_destroy_response(x->response);
    text_release(&x->body);
    arena_release(&x->arena);
    memory_release(&x);
    atomic_fetch_sub(&server->running, 1);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_ConnectionNotificationCode what) {
    struct http_server *server = context;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*state) guard_end(*state);
        *state = NULL;
        return;
    }
    const union MHD_ConnectionInfo *descriptor = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (!descriptor) return;
    int fd = descriptor->connect_fd;
    const union MHD_ConnectionInfo *peer = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    *state = guard_begin(server->guards, fd, peer ? peer->client_addr : NULL);
    if (!*state) shutdown(fd, SHUT_RDWR);
}

/* Paths are decoded once and strictly by request.c; the library leaves them alone. */
static size_t no_unescape(void *context, struct MHD_Connection *connection, char *text) {
    (void)context, (void)connection;
    return strlen(text);
}

/* ---- start and stop ---- */

static void defaults_fill(struct http_config *c) {
    if (!c->threads) {
        long n = sysconf(_SC_NPROCESSORS_ONLN);
        c->threads = n > 0 && n < 256 ? (unsigned)n : 1;
    }
    if (!c->writing_threads) c->writing_threads = 64;
    if (!c->body_max_bytes) c->body_max_bytes = 8u << 20;
    if (!c->answer_max_bytes) c->answer_max_bytes = 64u << 20;
    if (!c->arena_max_bytes) c->arena_max_bytes = 16u << 20;
    if (!c->bodies_max_bytes) c->bodies_max_bytes = 512u << 20;
    if (!c->connections_max) c->connections_max = 4096;
    if (!c->connections_per_address) c->connections_per_address = 256;
    if (!c->header_deadline_ms) c->header_deadline_ms = 10000;
    if (!c->body_stall_ms) c->body_stall_ms = 30000;
    if (!c->body_rate_min) c->body_rate_min = 500;
    if (!c->idle_ms) c->idle_ms = 60000;
    if (!c->stop_ms) c->stop_ms = 10000;
}

union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

/* Reads "127.0.0.1:8620" or "[::]:80". */
static bool address_parse(const char *text, union address *out, socklen_t *length) {
    const char *colon = strrchr(text, ':');
    char host[INET6_ADDRSTRLEN + 2], *end;
    if (!colon || colon == text || (size_t)(colon - text) >= sizeof host || !colon[1] || colon[1] < '0' || colon[1] > '9')
        return false;
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (*end || port > 65535) return false;
    size_t n = (size_t)(colon - text);
    memcpy(host, text, n);
    host[n] = 0;
    memset(out, 0, sizeof *out);
    if (host[0] == '[' && host[n - 1] == ']') {
        host[n - 1] = 0;
        out->six.sin6_family = AF_INET6;
        out->six.sin6_port = htons((uint16_t)port);
        *length = sizeof out->six;
        return inet_pton(AF_INET6, host + 1, &out->six.sin6_addr) == 1;
    }
    out->four.sin_family = AF_INET;
    out->four.sin_port = htons((uint16_t)port);
    *length = sizeof out->four;
    return inet_pton(AF_INET, host, &out->four.sin_addr) == 1;
}

static enum fault listen_fault(const char *what, const char *at) {
    int why = errno;
    log_line(LOG_ERROR_, "http listen failed", "step", what, "at", at, "why", strerror(why));
    return why == EADDRINUSE             ? FAULT_BUSY
         : why == EACCES || why == EPERM ? FAULT_RIGHT
         : why == EADDRNOTAVAIL          ? FAULT_INPUT
                                         : FAULT_SYSTEM;
}

static void descriptor_close(int *descriptor) {
    if (*descriptor >= 0) close(*descriptor);
}

static enum fault listener_open(const char *at, int *out, uint16_t *port) {
    union address a;
    socklen_t length;
    if (!at || !address_parse(at, &a, &length)) {
        log_line(LOG_ERROR_, "http listen address malformed", "at", at ? at : "", "example", "127.0.0.1:8620");
        return FAULT_INPUT;
    }
    _cleanup_(descriptor_close) int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return listen_fault("socket", at);
    int on = 1, off = 0;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (a.any.sa_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, &a.any, length)) return listen_fault("bind", at);
    if (listen(fd, BACKLOG)) return listen_fault("listen", at);
    if (getsockname(fd, &a.any, &length)) return listen_fault("name", at);
    *port = ntohs(a.any.sa_family == AF_INET6 ? a.six.sin6_port : a.four.sin_port);
    *out = fd;
    fd = -1;
    return FAULT_NONE;
}

/* Raises the process's limit of open descriptors as far as it may for `wanted` connections; returns how many fit. */
static unsigned connections_fit(unsigned wanted) {
    enum { OTHERS = 256 }; /* databases, files, logs */
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY) return wanted;
    rlim_t needed = (rlim_t)wanted + OTHERS;
    if (limit.rlim_cur < needed) {
        limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > needed ? needed : limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) && getrlimit(RLIMIT_NOFILE, &limit)) return wanted;
    }
    if (limit.rlim_cur >= needed) return wanted;
    return limit.rlim_cur > OTHERS * 2 ? (unsigned)(limit.rlim_cur - OTHERS) : OTHERS;
}

enum fault http_listen(const char *at, int *out) {
    uint16_t port;
    return listener_open(at, out, &port);
}

/* The caller's socket under a number of our own, which the daemon may close. */
static enum fault listener_again(int given, int *out, uint16_t *port) {
    union address a = {0};
    socklen_t length = sizeof a;
    if (getsockname(given, &a.any, &length)) return listen_fault("name", "");
    *port = ntohs(a.any.sa_family == AF_INET6 ? a.six.sin6_port : a.four.sin_port);
    *out = fcntl(given, F_DUPFD_CLOEXEC, 0);
    return *out < 0 ? FAULT_SYSTEM : FAULT_NONE;
}

static struct MHD_Daemon *daemon_start(struct http_server *server, int listener) {
    const struct http_config *c = &server->config;
    unsigned stall = c->idle_ms / 1000 + 5 > SEND_STALL_S ? c->idle_ms / 1000 + 5 : SEND_STALL_S;
    struct MHD_OptionItem pool[] = {{MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)c->threads, NULL}, {MHD_OPTION_END, 0, NULL}};
    if (c->threads < 2) pool[0].option = MHD_OPTION_END;
    unsigned connections = connections_fit(c->connections_max < c->threads * 2 ? c->threads * 2 : c->connections_max);
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL, NULL, on_request,
                            server, MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_ARRAY, pool, MHD_OPTION_CONNECTION_LIMIT,
                            connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
                            MHD_OPTION_CONNECTION_TIMEOUT, stall, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
                            MHD_OPTION_UNESCAPE_CALLBACK, no_unescape, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_END);
}

static bool proxy_fine(const char *proxy) {
    unsigned char address[16];
    return !proxy || inet_pton(AF_INET, proxy, address) == 1 || inet_pton(AF_INET6, proxy, address) == 1;
}

enum fault http_server_start(const struct http_config *config, http_handler handler, void *context, struct http_server **out) {
    if (!proxy_fine(config->trusted_proxy)) return FAULT_INPUT;
    _cleanup_(memory_release) struct http_server *server = memory_new(sizeof *server);
    server->config = *config;
    server->handler = handler;
    server->context = context;
    defaults_fill(&server->config);
    const struct http_config *c = &server->config;
    _cleanup_(descriptor_close) int listener = -1;
    enum fault f = c->listener ? listener_again(c->listener, &listener, &server->port)
                               : listener_open(c->listen, &listener, &server->port);
    if (f) return f;
    struct guard_limits limits = {c->header_deadline_ms, c->body_stall_ms, c->body_rate_min, c->idle_ms,
                                  c->connections_per_address};
    if ((f = guard_set_start(&limits, c->trusted_proxy, &server->guards))) return f;
    if ((f = pool_start(server))) {
        guard_set_stop(server->guards);
        return f;
    }
    server->config.listen = server->config.trusted_proxy = NULL;
    server->daemon = daemon_start(server, listener);
    if (!server->daemon) {
        log_line(LOG_ERROR_, "http server failed", "step", "daemon", "why", strerror(errno));
        pool_stop(server);
        guard_set_stop(server->guards);
        return FAULT_SYSTEM;
    }
    listener = -1;
    *out = server;
    server = NULL;
    return FAULT_NONE;
}

uint16_t http_server_port(const struct http_server *server) { return server->port; }

/* Waits until no request runs (and, if `closed`, no connection is open), at most `most_ms`. */
static void quiet_wait(struct http_server *server, unsigned most_ms, bool closed) {
    enum { STEP_MS = 5 };
    for (unsigned waited = 0; waited < most_ms; waited += STEP_MS) {
        guard_set_drain(server->guards);
        if (!atomic_load(&server->running) && !(closed && atomic_load(&guard_set_counts(server->guards)->open))) break;
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
    }
}

void http_server_leave(struct http_server *server) {
    if (atomic_exchange(&server->left, true)) return;
    MHD_socket listener = MHD_quiesce_daemon(server->daemon);
    if (listener != MHD_INVALID_SOCKET) close(listener);
}

void http_server_stop(struct http_server *server) {
    enum { LAST_ANSWERS_MS = 500 };
    atomic_store(&server->stopping, true);
    http_server_leave(server);
    quiet_wait(server, server->config.stop_ms, true);
    pool_stop(server); /* handlers that still run are waited for: a change that has begun ends one way or the other … */
    quiet_wait(server, LAST_ANSWERS_MS, false); /* … and whoever asked for it is told */
    MHD_stop_daemon(server->daemon);
    guard_set_stop(server->guards);
    memory_release(&server);
}

struct http_counts http_server_counts(const struct http_server *server) {
    const struct guard_counts *g = guard_set_counts(server->guards);
    return (struct http_counts){.connections = atomic_load(&g->connections),
                                .requests = atomic_load(&server->requests),
                                .refused_malformed = atomic_load(&g->malformed),
                                .refused_large = atomic_load(&server->large),
                                .refused_address = atomic_load(&g->refused_address),
                                .cut_header = atomic_load(&g->cut_header),
                                .cut_body = atomic_load(&g->cut_body),
                                .cut_idle = atomic_load(&g->cut_idle),
                                .open_connections = atomic_load(&g->open),
                                .running_requests = atomic_load(&server->running)};
}
