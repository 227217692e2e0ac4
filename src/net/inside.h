/* inside.h - what the files of the HTTP server share; nobody else includes it. */
#ifndef NET_INSIDE_H
#define NET_INSIDE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "net/guard.h"
#include "net/http.h"

enum { ANSWER_HEADERS_MAX = 32 };

/* A text that can be handed to the library as an answer's body and comes back to be used again. */
struct page {
    struct text text;
    struct page *next;
};

struct http_answer {
    int status;
    bool failed, close;
    unsigned headers_count;
    struct http_pair headers[ANSWER_HEADERS_MAX];
    struct arena *arena; /* for header values */
    struct page *page;
    const void *bytes;
    size_t bytes_length, text_max;
    int descriptor; /* -1: none */
    uint64_t descriptor_length;
};

enum stage { STAGE_BEGUN, STAGE_BODY, STAGE_ANSWERED };

/* One request from its request line to the end of its answer. `request` is first: it is what handlers see. */
struct exchange {
    struct http_request request;
    struct http_server *server;
    struct guard *guard;
    struct MHD_Connection *connection;
    struct exchange *next;
    enum stage stage;
    const char *target;
    struct arena arena;
    struct text body;
    size_t body_held;
    bool cookies_read, form_read;
    struct http_pair *cookies;
    size_t cookies_count;
    struct http_field *fields;
    size_t fields_count;
    struct http_answer answer;
    struct MHD_Response *response;
};

struct http_server {
    struct http_config config;
    http_handler handler;
    void *context;
    struct MHD_Daemon *daemon;
    struct guard_set *guards;
    uint16_t port;
    _Atomic bool stopping;
    _Atomic bool left; /* takes no further connections */
    _Atomic uint64_t requests, large, running, bodies_held;
    pthread_t *writers;
    unsigned writers_count;
    pthread_mutex_t queue_lock;
    pthread_cond_t queue_ready;
    struct exchange *queue_first, *queue_last;
    bool queue_closed;
};

/* answer.c: */
void answer_init(struct http_answer *answer, struct arena *arena, size_t text_max);
/* Drops everything filled in. */
void answer_clear(struct http_answer *answer);
/* Makes the library's response of it, handing the body over; NULL if the answer is not fit to be sent (the caller makes a 500). */
struct MHD_Response *answer_make(struct http_answer *answer);
/* "Not Found" … for any status. Static storage. */
const char *status_phrase(int status);

/* request.c: */
/* Reads method, target, peer. Returns 0, or the status with which to refuse. */
int request_begin(struct exchange *x, const char *method);

/* pool.c: the threads that run handlers which may wait. */
CHECKED enum fault pool_start(struct http_server *server);
/* Lets what is queued be handled, then ends the threads; pool_add() may still be called (until the server is freed). */
void pool_stop(struct http_server *server);
/* Queues a suspended request; when its answer is made the connection is resumed. False once the pool is stopped. */
bool pool_add(struct http_server *server, struct exchange *x);

/* http.c: runs the handler and makes the response. */
void exchange_run(struct exchange *x);

#endif
