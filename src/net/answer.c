/* answer.c - filling an answer, and handing it to the library without copying its body. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "net/inside.h"

enum { SPARE_PAGES = 8, SPARE_ROOM_MAX = 256 * 1024 };

/* Each thread keeps a few used pages, since the next answer is about as long as the last. */
struct spare {
    struct page *first;
    unsigned count;
};
static _Thread_local struct spare spare;
static pthread_key_t spare_key;
static pthread_once_t spare_once = PTHREAD_ONCE_INIT;

static void page_free(struct page *p) {
    text_release(&p->text);
    memory_release(&p);
}

static void spare_end(void *unused) {
    (void)unused;
    while (spare.first) {
        struct page *p = spare.first;
        spare.first = p->next;
        page_free(p);
    }
    spare.count = 0;
}

static void spare_make(void) {
    int failed = pthread_key_create(&spare_key, spare_end);
    assert(!failed);
}

static struct page *page_take(size_t max) {
    struct page *p = spare.first;
    if (!p) p = memory_new(sizeof *p);
    else {
        spare.first = p->next;
        spare.count--;
        text_clear(&p->text);
    }
    p->text.max = max;
    return p;
}

static void page_give(void *page) {
    struct page *p = page;
    if (spare.count >= SPARE_PAGES || p->text.room > SPARE_ROOM_MAX) {
        page_free(p);
        return;
    }
    pthread_once(&spare_once, spare_make);
    if (!spare.first) pthread_setspecific(spare_key, &spare); /* so that the thread's end frees them */
    p->next = spare.first;
    spare.first = p;
    spare.count++;
}

void answer_init(struct http_answer *answer, struct arena *arena, size_t text_max) {
    answer->status = 200;
    answer->failed = answer->close = false;
    answer->headers_count = 0;
    answer->arena = arena;
    answer->page = NULL;
    answer->bytes = NULL;
    answer->bytes_length = 0;
    answer->text_max = text_max;
    answer->descriptor = -1;
    answer->descriptor_length = 0;
}

static void body_clear(struct http_answer *answer) {
    if (answer->page) page_give(answer->page);
    if (answer->descriptor >= 0) close(answer->descriptor);
    answer->page = NULL;
    answer->descriptor = -1;
    answer->bytes = NULL;
    answer->bytes_length = 0;
}

void answer_clear(struct http_answer *answer) {
    body_clear(answer);
    answer_init(answer, answer->arena, answer->text_max);
}

void http_answer_status(struct http_answer *answer, int status) {
    assert(status >= 200 && status <= 599);
    answer->status = status;
}

static bool name_allowed(const char *name) {
    static const char *const ours[] = {"Content-Length", "Transfer-Encoding", "Connection", "Date", "Trailer", "Upgrade"};
    for (size_t i = 0; i < COUNT_OF(ours); i++)
        if (!strcasecmp(name, ours[i])) return false;
    size_t n = strlen(name);
    return n && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == n;
}

static bool value_allowed(const char *value) {
    for (const unsigned char *p = (const unsigned char *)value; *p; p++)
        if ((*p < ' ' && *p != '\t') || *p == 0x7f) return false;
    return true;
}

void http_answer_header(struct http_answer *answer, const char *name, const char *value) {
    if (!name_allowed(name) || !value_allowed(value) || answer->headers_count == ANSWER_HEADERS_MAX) {
        answer->failed = true;
        return;
    }
    answer->headers[answer->headers_count++] = (struct http_pair){name, arena_copy(answer->arena, value)};
}

bool http_answer_has(const struct http_answer *answer, const char *name) {
    for (size_t i = 0; i < answer->headers_count; i++)
        if (!strcasecmp(answer->headers[i].name, name)) return true;
    return false;
}

struct text *http_answer_text(struct http_answer *answer) {
    if (!answer->page) {
        body_clear(answer);
        answer->page = page_take(answer->text_max);
    }
    return &answer->page->text;
}

void http_answer_static(struct http_answer *answer, const void *bytes, size_t length) {
    body_clear(answer);
    answer->bytes = bytes;
    answer->bytes_length = length;
}

void http_answer_file(struct http_answer *answer, int descriptor, uint64_t length) {
    assert(descriptor >= 0);
    body_clear(answer);
    answer->descriptor = descriptor;
    answer->descriptor_length = length;
}

void http_answer_see(struct http_answer *answer, const char *location) {
    answer->status = 303;
    http_answer_header(answer, "Location", location);
}

void http_answer_close(struct http_answer *answer) { answer->close = true; }

bool http_answer_etag(struct http_answer *answer, const struct http_request *request, const char *tag) {
    char *quoted = arena_format(answer->arena, "\"%s\"", tag);
    http_answer_header(answer, "ETag", quoted);
    const char *known = http_header(request, "If-None-Match");
    if (!known || (request->method != HTTP_GET && request->method != HTTP_HEAD)) return false;
    size_t n = strlen(quoted);
    while (*known) { /* a list of "tag" and W/"tag", compared weakly; or * */
        known += strspn(known, " \t,");
        if (*known == '*') break;
        if (known[0] == 'W' && known[1] == '/') known += 2;
        if (!strncmp(known, quoted, n)) break;
        const char *end = *known == '"' ? strchr(known + 1, '"') : NULL;
        if (!end) return false;
        known = end + 1;
    }
    if (!*known) return false;
    body_clear(answer);
    answer->status = 304;
    return true;
}

/* The library's response with the body handed over; NULL if it could not be made (nothing is handed over then). */
static struct MHD_Response *body_make(struct http_answer *answer) {
    bool bare = answer->status == 204 || answer->status == 304;
    if (bare) body_clear(answer);
    if (answer->descriptor >= 0) {
        struct MHD_Response *r = MHD_create_response_from_fd64(answer->descriptor_length, answer->descriptor);
        if (r) answer->descriptor = -1;
        return r;
    }
    if (answer->page) {
        struct text *t = &answer->page->text;
        struct MHD_Response *r = MHD_create_response_from_buffer_with_free_callback_cls(t->length, t->at ? t->at : (char *)"",
                                                                                        page_give, answer->page);
        if (r) answer->page = NULL;
        return r;
    }
    static char nothing[1];
    /* The library never writes to a persistent buffer; its older interface only lacks the const. */
    void *bytes = nothing;
    if (answer->bytes) memcpy(&bytes, &answer->bytes, sizeof bytes);
    return MHD_create_response_from_buffer(answer->bytes_length, bytes, MHD_RESPMEM_PERSISTENT);
}

struct MHD_Response *answer_make(struct http_answer *answer) {
    if (answer->failed || (answer->page && answer->page->text.over)) return NULL;
    struct MHD_Response *r = body_make(answer);
    if (!r) return NULL;
    bool fine = true;
    for (unsigned i = 0; i < answer->headers_count; i++)
        if (*answer->headers[i].value)
            fine = fine && MHD_add_response_header(r, answer->headers[i].name, answer->headers[i].value) == MHD_YES;
    if (answer->close) fine = fine && MHD_add_response_header(r, "Connection", "close") == MHD_YES;
    if (fine) return r;
    MHD_destroy_response(r);
    return NULL;
}

const char *status_phrase(int status) {
    const char *phrase = MHD_get_reason_phrase_for((unsigned)status);
    return phrase ? phrase : "Unknown";
}
