/* http.h - the HTTP server behind one interface: strict requests in, bounded memory, answers out; the library is not visible. */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/memory.h"
#include "base/notes.h"

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_OPTIONS, HTTP_METHOD_COUNT };

/* "GET", "HEAD", … Static storage. */
const char *http_method_word(enum http_method method);

/* A name and a value. Query parameters and cookies end with a NUL and hold no NUL inside. */
struct http_pair {
    const char *name, *value;
};

/* One field of a form. `filename` and `type` are NULL unless the field was sent as a file (multipart/form-data).
 * `filename` is as the client sent it, less any folder part: never use it as a path. `bytes` has a NUL after `length`;
 * without a filename it is valid UTF-8 and holds no NUL inside, so that it is also a string. */
struct http_field {
    const char *name, *filename, *type;
    const char *bytes;
    size_t length;
};

/* A complete request. Everything in it lives until the handler returns, in `arena` unless said otherwise. */
struct http_request {
    enum http_method method;
    const char *path;               /* decoded once; begins with '/'; valid UTF-8; no NUL */
    const char *query;              /* what follows '?', undecoded; "" if nothing does */
    const struct http_pair *params; /* decoded query parameters in their order */
    size_t params_count;
    const char *body; /* complete; NUL after body_length */
    size_t body_length;
    const char *peer;    /* address of the client as text, without port; from X-Forwarded-For only if a proxy is trusted */
    bool secure;         /* the trusted proxy says the client came by https */
    bool from_proxy;     /* the connection comes from the trusted proxy */
    bool secret_path;    /* set by the handler: whoever knows the path has what it opens, so that no log has it */
    struct arena *arena; /* this request's memory, capped; released after the handler returns */
};

/* The path as it may be logged: a word instead if it is a secret. */
const char *http_path_logged(const struct http_request *request);
/* First query parameter of that name, or NULL. */
const char *http_param(const struct http_request *request, const char *name);
/* Header by name, without regard to case; NULL if absent. Of repeated headers, the first. */
const char *http_header(const struct http_request *request, const char *name);
/* Cookie by exact name; NULL if absent. Of repeated names, the first, as browsers send the most specific first. */
const char *http_cookie(const struct http_request *request, const char *name);

/* Parses the body as application/x-www-form-urlencoded or multipart/form-data, once; the result belongs to the request.
 * The fields point into the body, which is changed by this. A request without body has no fields. FAULT_INPUT: other content type or malformed (a note says what);
 * FAULT_LARGE: too many fields or too long a name. `notes` may be NULL. */
CHECKED enum fault http_form(struct http_request *request, struct notes *notes, const struct http_field **fields, size_t *count);
/* First form field of that name as a string; NULL if there is none, it is a file, or http_form() has not succeeded. */
const char *http_form_value(const struct http_request *request, const char *name);

/* What is answered. The handler gets it empty: status 200, no headers, no body. */
struct http_answer;

void http_answer_status(struct http_answer *answer, int status);
/* Adds a header; name is a literal token, value is copied. A value with CR, LF, NUL or another control character makes the whole
 * answer a 500, and so does a name that the server itself is responsible for (Content-Length, Transfer-Encoding, Connection, Date). */
void http_answer_header(struct http_answer *answer, const char *name, const char *value);
/* Whether a header of that name was added, without regard to case. */
bool http_answer_has(const struct http_answer *answer, const char *name);
/* The text that becomes the body: print into it. Its maximum is the configuration's answer_max_bytes; over it the answer is a 500.
 * It is handed over without a copy. */
struct text *http_answer_text(struct http_answer *answer);
/* Body of bytes that live as long as the server (files built into the program). */
void http_answer_static(struct http_answer *answer, const void *bytes, size_t length);
/* Body of a file from its start; the descriptor belongs to the answer from now on. */
void http_answer_file(struct http_answer *answer, int descriptor, uint64_t length);
/* Status 303 (GET what is at `location`) with that header. */
void http_answer_see(struct http_answer *answer, const char *location);
/* Sets ETag to "tag" in quotes. True if the request's If-None-Match has it: the status is then 304 and the handler is done. */
bool http_answer_etag(struct http_answer *answer, const struct http_request *request, const char *tag);
/* Closes the connection after this answer. */
void http_answer_close(struct http_answer *answer);

/* Called once for each complete request, in one of several threads at once; fills the answer. */
typedef void (*http_handler)(void *context, struct http_request *request, struct http_answer *answer);

/* Zero in any number means the default that stands beside it. Strings need live only during http_server_start(). */
struct http_config {
    const char *listen; /* "127.0.0.1:8620", "[::]:80", "0.0.0.0:80"; port 0: any free port, see http_server_port() */
    int listener;       /* a socket from http_listen() that is used instead and stays the caller's; 0: none */
    unsigned threads;   /* threads that read, write and run GET and HEAD handlers; default: number of processors */
    unsigned
        writing_threads; /* threads that run the handlers of all other methods, which may wait for a commit; default 64: as many wait for one commit */
    size_t body_max_bytes;            /* 8 MiB; over it the answer is 413 before the body is read */
    size_t answer_max_bytes;          /* 64 MiB */
    size_t arena_max_bytes;           /* 16 MiB of request memory beside the body (a form's fields point into the body) */
    size_t bodies_max_bytes;          /* 512 MiB of request bodies held at one time, over all connections; over it 503 */
    unsigned connections_max;         /* 4096 */
    unsigned connections_per_address; /* 256; an IPv6 /64 counts as one; the trusted proxy is exempt */
    unsigned header_deadline_ms;      /* 10,000 from the first byte (or the connection) to the end of the header */
    unsigned body_stall_ms;           /* 30,000 without a byte of the body */
    unsigned body_rate_min;           /* 500 bytes a second on average once body_stall_ms are over */
    unsigned idle_ms;                 /* 60,000 between two requests of a connection */
    unsigned stop_ms;                 /* 10,000 that http_server_stop() waits for running requests */
    const char *trusted_proxy;        /* address whose X-Forwarded-For and X-Forwarded-Proto are believed; NULL: none */
    /* Body cap of one request, asked before its body is read; NULL: body_max_bytes for all. */
    size_t (*body_max)(void *context, enum http_method method, const char *path);
    /* Whether a request is handled by the writing threads, because it may wait or takes long; NULL: all but GET, HEAD and OPTIONS. */
    bool (*slow)(void *context, enum http_method method, const char *path);
    /* Makes the page of a refusal (400, 413, 500, 501 …) that the server itself decides once the header is read; the status is
     * already set. NULL: a line of plain text. Malformed headers never get here: those are cut off with a line of plain text. */
    void (*refusal)(void *context, enum http_method method, const char *path_or_null, int status, struct http_answer *answer);
};

struct http_server;

/* Listens and serves until http_server_stop(). Faults: FAULT_INPUT (listen or trusted_proxy is no address), FAULT_BUSY (the address
 * is in use), FAULT_RIGHT (the port needs a privilege), FAULT_SYSTEM. The line logged beside a fault says more. */
CHECKED enum fault http_server_start(const struct http_config *config, http_handler handler, void *context,
                                     struct http_server **out);
/* Opens a listening socket by itself, so that a server can be stopped and another one started while whoever comes waits in line. Close it with
 * close(). Faults as above. */
CHECKED enum fault http_listen(const char *at, int *out);
/* The port listened on. */
uint16_t http_server_port(const struct http_server *server);
/* Takes no further connections; those that are open go on. From any thread, also from a handler. */
void http_server_leave(struct http_server *server);
/* Stops listening, lets running requests end within stop_ms, then closes every connection and frees the server. */
void http_server_stop(struct http_server *server);

/* Counters since the start, for /metrics. */
struct http_counts {
    uint64_t connections, requests, refused_malformed, refused_large, refused_address, cut_header, cut_body, cut_idle;
    uint64_t open_connections, running_requests;
};
struct http_counts http_server_counts(const struct http_server *server);

#endif
