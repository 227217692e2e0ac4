/* mailbox.c - libcurl connects, speaks TLS and signs in; the few commands that only look are our own (mailbox_talk.c), since its fetching marks messages as seen. */
#include "net/mailbox.h"

#include "net/curl.h"
#include "net/mailbox_talk.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { WAIT_MS = 200 };

struct line {
    CURL *curl;
    const atomic_bool *stop;
    int64_t end_ms; /* of CLOCK_MONOTONIC */
};

static int64_t monotonic_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- settings ---- */

static const char *host_of(const char *url) {
    return !strncmp(url, "imaps://", 8) ? url + 8 : !strncmp(url, "imap://", 7) ? url + 7 : NULL;
}

/* What stands behind the host, taken as it is: no quotes, no escapes, nothing that is not ASCII. */
static bool folder_of(const char *url, char out[MAILBOX_FOLDER]) {
    const char *host = host_of(url), *slash = host ? strchr(host, '/') : NULL;
    size_t n = slash ? strlen(slash + 1) : 0;
    if (!host || !*host || host == slash || n >= MAILBOX_FOLDER) return false;
    for (size_t i = 0; i < n; i++)
        if (slash[1 + i] <= ' ' || slash[1 + i] > '~' || strchr("\"\\%{}", slash[1 + i])) return false;
    snprintf(out, MAILBOX_FOLDER, "%s", n ? slash + 1 : "INBOX");
    return strcspn(host, "@?#;") >= (slash ? (size_t)(slash - host) : strlen(host)); /* neither a name nor options in it */
}

const char *mailbox_settings_wrong(const struct mailbox_settings *s) {
    char folder[MAILBOX_FOLDER];
    if (!folder_of(s->url, folder)) return "bounce_mailbox 应为 imaps://主机/INBOX";
    if (!s->user || !s->user[0] || !s->password) return "写了 bounce_mailbox，还应写 bounce_user 和 bounce_password_file";
    return NULL;
}

/* ---- bytes ---- */

/* Asked for each piece, so that a server that never falls silent is left in time, too. */
static enum fault in_time(const struct line *l, char why[MAIL_WHY]) {
    if (l->stop && atomic_load(l->stop)) return mailbox_broken(why, "stopped", NULL);
    if (monotonic_ms() >= l->end_ms) return mailbox_broken(why, "the mailbox's server does not answer in time", NULL);
    return FAULT_NONE;
}

/* Until the socket is ready for `events`. */
static enum fault wait_for(const struct line *l, short events, char why[MAIL_WHY]) {
    curl_socket_t socket = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(l->curl, CURLINFO_ACTIVESOCKET, &socket) || socket == CURL_SOCKET_BAD)
        return mailbox_broken(why, "the connection was lost", NULL);
    for (;;) {
        struct pollfd p = {.fd = socket, .events = events};
        enum fault f = in_time(l, why);
        if (f) return f;
        int n = poll(&p, 1, WAIT_MS);
        if (n > 0) return FAULT_NONE;
        if (n < 0 && errno != EINTR) return mailbox_broken(why, "the connection was lost", NULL);
    }
}

static enum fault receive(void *context, char *bytes, size_t room, size_t *length, char why[MAIL_WHY]) {
    const struct line *l = context;
    for (;;) {
        enum fault late = in_time(l, why);
        if (late) return late;
        CURLcode code = curl_easy_recv(l->curl, bytes, room, length);
        if (code == CURLE_OK && *length) return FAULT_NONE;
        if (code != CURLE_AGAIN) return mailbox_broken(why, "the mailbox's server hung up", NULL);
        enum fault f = wait_for(l, POLLIN, why);
        if (f) return f;
    }
}

static enum fault send_all(void *context, const char *bytes, size_t length, char why[MAIL_WHY]) {
    const struct line *l = context;
    for (size_t sent = 0; sent < length;) {
        size_t n = 0;
        CURLcode code = curl_easy_send(l->curl, bytes + sent, length - sent, &n);
        if (code == CURLE_OK) sent += n;
        else if (code != CURLE_AGAIN) return mailbox_broken(why, "the mailbox's server hung up", NULL);
        enum fault f = code == CURLE_AGAIN ? wait_for(l, POLLOUT, why) : FAULT_NONE;
        if (f) return f;
    }
    return FAULT_NONE;
}

/* ---- the connection ---- */

static void easy_close(CURL **curl) { curl_easy_cleanup(*curl); }

static int look_stopped(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    const atomic_bool *stop = context;
    (void)a, (void)b, (void)c, (void)d;
    return stop && atomic_load(stop);
}

static void easy_set(CURL *curl, const struct mailbox_settings *m, const char *server, unsigned timeout_ms,
                     const atomic_bool *stop) {
    curl_easy_setopt(curl, CURLOPT_URL, server);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "imap,imaps");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    if (m->ca) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, m->ca);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    curl_easy_setopt(curl, CURLOPT_USERNAME, m->user);
    curl_easy_setopt(curl, CURLOPT_PASSWORD, m->password);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_stopped);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, stop);
}

enum fault mailbox_read(const struct mailbox_settings *m, struct mailbox_place *place, unsigned timeout_ms, const atomic_bool *stop,
                        mailbox_visit each, void *context, char why[MAIL_WHY]) {
    char server[MAIL_ADDRESS_MAX + 40], error[CURL_ERROR_SIZE] = "";
    why[0] = 0;
    char folder[MAILBOX_FOLDER];
    if (mailbox_settings_wrong(m) || !folder_of(m->url, folder)) return FAULT_INPUT;
    size_t host = (size_t)(host_of(m->url) - m->url);
    host += strcspn(m->url + host, "/");
    if (host >= sizeof server) return FAULT_INPUT;
    snprintf(server, sizeof server, "%.*s", (int)host, m->url);
    curl_begin();
    _cleanup_(easy_close) CURL *curl = curl_easy_init();
    if (!curl) return FAULT_SYSTEM;
    easy_set(curl, m, server, timeout_ms, stop);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK)
        return mailbox_broken(
            why, code == CURLE_LOGIN_DENIED ? "the mailbox's server refuses the sign-in" : "the mailbox cannot be opened",
            error[0] ? error : curl_easy_strerror(code));
    struct line line = {.curl = curl, .stop = stop, .end_ms = monotonic_ms() + timeout_ms};
    return mailbox_talk(&(struct mailbox_wire){&line, receive, send_all}, folder, place, each, context, why);
}
