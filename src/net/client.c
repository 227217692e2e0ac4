/* client.c - POST by libcurl; the guard looks at the address that is really connected to, after the name was looked up. */
#include "net/client.h"

#include "base/memory.h"
#include "net/curl.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { V4_BITS = 32, V6_BITS = 128, ANSWER_MAX = 64 << 10, NETWORK_TEXT = 64 };

/* An address as 16 bytes; version 4 as ::ffff:a.b.c.d, so that one comparison serves both. */
struct address {
    uint8_t bytes[16];
};

static struct address address_v4(const void *four) {
    struct address a = {{[10] = 0xff, [11] = 0xff}};
    memcpy(a.bytes + 12, four, 4);
    return a;
}

static bool address_in(const struct address *a, const struct address *network, unsigned bits) {
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a->bytes, network->bytes, whole) != 0) return false;
    return !rest || !((a->bytes[whole] ^ network->bytes[whole]) >> (8 - rest));
}

/* "10.0.0.0/8", "fd00::/8", or one address. */
static bool network_parse(const char *text, size_t length, struct address *out, unsigned *bits) {
    char copy[NETWORK_TEXT], *end;
    uint8_t four[4];
    if (!length || length >= sizeof copy) return false;
    memcpy(copy, text, length);
    copy[length] = 0;
    char *slash = strchr(copy, '/');
    if (slash) *slash = 0;
    bool v4 = inet_pton(AF_INET, copy, four) == 1;
    if (v4) *out = address_v4(four);
    else if (inet_pton(AF_INET6, copy, out->bytes) != 1) return false;
    unsigned most = v4 ? V4_BITS : V6_BITS;
    unsigned long given = slash ? strtoul(slash + 1, &end, 10) : most;
    if (slash && (end == slash + 1 || *end || given > most)) return false;
    *bits = (unsigned)given + (v4 ? V6_BITS - V4_BITS : 0);
    return true;
}

static bool list_has(const char *networks, const struct address *a) {
    for (const char *at = networks ? networks : ""; *at;) {
        size_t n = strcspn(at, " ");
        struct address network;
        unsigned bits;
        if (n && network_parse(at, n, &network, &bits) && address_in(a, &network, bits)) return true;
        at += n + (at[n] == ' ');
    }
    return false;
}

bool client_networks_valid(const char *networks) {
    for (const char *at = networks; *at;) {
        size_t n = strcspn(at, " ");
        struct address network;
        unsigned bits;
        if (n && !network_parse(at, n, &network, &bits)) return false;
        at += n + (at[n] == ' ');
    }
    return true;
}

/* IANA's special-purpose registries: what is not the public network. */
static const char not_public_v4[] =
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
    "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4";
/* Of version 6 only 2000::/3 is public, less its special ranges, those that wrap a version 4 address among them. */
static const char not_public_v6[] = "2001::/23 2001:db8::/32 2002::/16 3fff::/20";

static bool is_public(const struct address *a) {
    static const struct address mapped = {{[10] = 0xff, [11] = 0xff}}, unicast = {{0x20}};
    if (address_in(a, &mapped, V6_BITS - V4_BITS)) return !list_has(not_public_v4, a);
    return address_in(a, &unicast, 3) && !list_has(not_public_v6, a);
}

static bool address_of(const struct sockaddr *to, struct address *out) {
    if (to->sa_family == AF_INET) *out = address_v4(&((const struct sockaddr_in *)(const void *)to)->sin_addr);
    else if (to->sa_family == AF_INET6) memcpy(out->bytes, &((const struct sockaddr_in6 *)(const void *)to)->sin6_addr, 16);
    else return false;
    return true;
}

bool client_may_reach(const struct sockaddr *to, const char *networks) {
    struct address a;
    return address_of(to, &a) && (is_public(&a) || list_has(networks, &a));
}

/* ---- sending ---- */

struct sending {
    const struct http_post *post;
    bool plain;   /* http without TLS, which only the named networks may have */
    bool refused; /* the guard said no */
    size_t seen;  /* bytes of the answer's body */
};

static curl_socket_t open_guarded(void *context, curlsocktype purpose, struct curl_sockaddr *to) {
    struct sending *s = context;
    struct address a;
    bool good = purpose == CURLSOCKTYPE_IPCXN && client_may_reach(&to->addr, s->post->networks) && address_of(&to->addr, &a) &&
                (!s->plain || list_has(s->post->networks, &a));
    if (!good) {
        s->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* The answer's body is read to its end, up to a limit, and kept only where it is asked for. */
static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
    struct sending *s = context;
    s->seen += size * count;
    if (s->post->answer && s->seen <= ANSWER_MAX) text_addn(s->post->answer, bytes, size * count);
    return s->seen > ANSWER_MAX ? 0 : size * count;
}

static int look_stopped(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    const struct sending *s = context;
    (void)a, (void)b, (void)c, (void)d;
    return s->post->stop && atomic_load(s->post->stop);
}

static void library_begin(void) {
    if (curl_global_init(CURL_GLOBAL_DEFAULT)) abort();
}

static void easy_close(CURL **curl) { curl_easy_cleanup(*curl); }
static void list_free(struct curl_slist **list) { curl_slist_free_all(*list); }
static void url_free(CURLU **url) { curl_url_cleanup(*url); }

/* Refuses what would make the guard or the reader of the settings look at another address than the one that is meant. */
static enum fault url_check(CURLU *url, const char *text, struct sending *s, struct http_posted *out) {
    char *scheme = NULL, *user = NULL;
    bool good = !curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) && !curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
    s->plain = good && !strcmp(scheme, "http");
    good = good && (s->plain || !strcmp(scheme, "https")) && curl_url_get(url, CURLUPART_USER, &user, 0) == CURLUE_NO_USER;
    curl_free(scheme);
    curl_free(user);
    if (!good) snprintf(out->why, sizeof out->why, "not an http or https address");
    return good ? FAULT_NONE : FAULT_INPUT;
}

static void easy_set(CURL *curl, CURLU *url, struct curl_slist *headers, struct sending *s) {
    curl_easy_setopt(curl, CURLOPT_CURLU, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* one of the environment would connect to where the guard cannot see */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)s->post->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_guarded);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, s);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_stopped);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, s);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, s->post->body);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)s->post->length);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "Taizhang");
}

void curl_begin(void) {
    static pthread_once_t begun = PTHREAD_ONCE_INIT;
    pthread_once(&begun, library_begin);
}

enum fault client_post(const struct http_post *post, struct http_posted *out) {
    curl_begin();
    *out = (struct http_posted){0};
    struct sending s = {.post = post};
    _cleanup_(url_free) CURLU *url = curl_url();
    _cleanup_(easy_close) CURL *curl = curl_easy_init();
    _cleanup_(list_free) struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; headers && post->headers && post->headers[i]; i++)
        if (!curl_slist_append(headers, post->headers[i])) return FAULT_SYSTEM;
    if (!url || !curl || !headers) return FAULT_SYSTEM;
    enum fault f = url_check(url, post->url, &s, out);
    if (f) return f;
    easy_set(curl, url, headers, &s);
    CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_off_t retry = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry);
    long request_bytes = 0;
    curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &request_bytes);
    out->sent = request_bytes > 0;
    out->status = (int)status;
    out->retry_s = retry > 0 ? (long)retry : 0;
    if (code == CURLE_OK) return FAULT_NONE;
    if (s.refused) {
        snprintf(out->why, sizeof out->why, "this address may not be reached from here");
        return FAULT_RIGHT;
    }
    snprintf(out->why, sizeof out->why, "%s", curl_easy_strerror(code));
    return FAULT_BUSY;
}
