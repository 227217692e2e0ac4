/* request.c - what a handler can ask of a request: target, parameters, headers, cookies, forms, who the client is. */
#include <arpa/inet.h>
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "net/form.h"
#include "net/inside.h"

static const char *const methods[HTTP_METHOD_COUNT] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

const char *http_method_word(enum http_method method) { return method < HTTP_METHOD_COUNT ? methods[method] : "UNKNOWN"; }

static struct exchange *exchange_of(const struct http_request *request) {
    union {
        const struct http_request *seen;
        struct exchange *whole;
    } u = {.seen = request};
    return u.whole;
}

const char *http_param(const struct http_request *request, const char *name) {
    for (size_t i = 0; i < request->params_count; i++)
        if (!strcmp(request->params[i].name, name)) return request->params[i].value;
    return NULL;
}

/* The library keeps blanks behind a value. */
static const char *trimmed(struct exchange *x, const char *value) {
    size_t n = value ? strlen(value) : 0, keep = n;
    while (keep && (value[keep - 1] == ' ' || value[keep - 1] == '\t')) keep--;
    return keep == n ? value : arena_copyn(&x->arena, value, keep);
}

const char *http_path_logged(const struct http_request *request) { return request->secret_path ? "(secret)" : request->path; }

const char *http_header(const struct http_request *request, const char *name) {
    struct exchange *x = exchange_of(request);
    return trimmed(x, MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name));
}

struct last_header {
    const char *name, *value;
};

static enum MHD_Result last_header_see(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
    (void)kind;
    struct last_header *wanted = context;
    if (!strcasecmp(name, wanted->name)) wanted->value = value;
    return MHD_YES;
}

/* The last header of that name: the trusted proxy adds its own behind those that the client sent. */
static const char *last_header(struct exchange *x, const char *name) {
    struct last_header wanted = {name, NULL};
    MHD_get_connection_values(x->connection, MHD_HEADER_KIND, last_header_see, &wanted);
    return trimmed(x, wanted.value);
}

const char *http_cookie(const struct http_request *request, const char *name) {
    struct exchange *x = exchange_of(request);
    if (!x->cookies_read) {
        const char *header = http_header(request, "Cookie");
        if (header) x->cookies_count = form_cookies(&x->arena, header, &x->cookies);
        x->cookies_read = true;
    }
    for (size_t i = 0; i < x->cookies_count; i++)
        if (!strcmp(x->cookies[i].name, name)) return x->cookies[i].value;
    return NULL;
}

enum fault http_form(struct http_request *request, struct notes *notes, const struct http_field **fields, size_t *count) {
    struct exchange *x = exchange_of(request);
    if (!x->form_read) {
        const char *type = http_header(request, "Content-Type");
        char *body = x->body.at;
        enum fault f = form_parse(&x->arena, type, body ? body : arena_copy(&x->arena, ""), request->body_length, notes, &x->fields,
                                  &x->fields_count);
        if (f) return f;
        x->form_read = true;
    }
    *fields = x->fields;
    *count = x->fields_count;
    return FAULT_NONE;
}

const char *http_form_value(const struct http_request *request, const char *name) {
    const struct exchange *x = exchange_of(request);
    for (size_t i = 0; i < x->fields_count; i++)
        if (!x->fields[i].filename && !strcmp(x->fields[i].name, name)) return x->fields[i].bytes;
    return NULL;
}

/* Of X-Forwarded-For only the last address is the trusted proxy's own word. */
static void forwarded_read(struct exchange *x) {
    struct http_request *r = &x->request;
    const char *scheme = last_header(x, "X-Forwarded-Proto"), *list = last_header(x, "X-Forwarded-For");
    r->secure = scheme && !strcasecmp(scheme, "https");
    if (!list) return;
    const char *comma = strrchr(list, ',');
    char *last = arena_copy(&x->arena, comma ? comma + 1 : list);
    last += strspn(last, " \t");
    last[strcspn(last, " \t")] = 0;
    unsigned char address[16];
    if (inet_pton(AF_INET, last, address) == 1 || inet_pton(AF_INET6, last, address) == 1) r->peer = last;
}

/* The target less scheme and authority, which the scanner has compared with Host. */
static const char *origin_form(struct exchange *x) {
    const char *t = x->target;
    if (t[0] == '/' || t[0] == '*') return t;
    const char *authority = strstr(t, "://");
    if (!authority) return NULL;
    const char *rest = authority + 3 + strcspn(authority + 3, "/?");
    return *rest == '/' ? rest : arena_format(&x->arena, "/%s", rest);
}

int request_begin(struct exchange *x, const char *method) {
    struct http_request *r = &x->request;
    r->arena = &x->arena;
    r->peer = x->guard->peer;
    r->from_proxy = x->guard->proxy;
    r->path = r->query = r->body = "";
    if (r->from_proxy) forwarded_read(x);
    int known = 0;
    while (known < HTTP_METHOD_COUNT && strcmp(methods[known], method)) known++;
    if (known == HTTP_METHOD_COUNT) return 501;
    r->method = (enum http_method)known;
    const char *target = origin_form(x);
    if (!target) return 400;
    if (target[0] == '*') {
        r->path = "*";
        return 0;
    }
    const char *path = form_path(&x->arena, target);
    if (!path) return 400;
    r->path = path;
    const char *question = strchr(target, '?');
    r->query = question ? question + 1 : "";
    struct http_pair *params;
    if (form_query(&x->arena, r->query, &params, &r->params_count)) return 400;
    r->params = params;
    return 0;
}
