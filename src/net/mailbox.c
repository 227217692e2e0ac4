/* mailbox.c - libcurl connects, speaks TLS and signs in; the few commands of IMAP that only look are our own, since its fetching marks messages as seen. */
#include "net/mailbox.h"

#include "base/printer.h"
#include "net/curl.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

enum { NEWEST = 500, AT_ONCE = 20, LINE_MAX_BYTES = 8192, INPUT_BYTES = 16384, WAIT_MS = 200, FOLDER_MAX = 200 };

struct session {
    CURL *curl;
    const atomic_bool *stop;
    int64_t end_ms; /* of CLOCK_MONOTONIC */
    int tag;
    char input[INPUT_BYTES];
    size_t at, length;
    struct text line;    /* a response without its literals */
    struct text literal; /* the last one in it */
    char *why;
};

static int64_t monotonic_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static enum fault broken(struct session *s, const char *what, const char *words) {
    _cleanup_(text_release) struct text why;
    text_init(&why, MAIL_WHY - 1);
    text_add(&why, what);
    if (words && words[0]) {
        text_add(&why, ": ");
        plain_text(&why, words, strlen(words));
    }
    snprintf(s->why, MAIL_WHY, "%s", why.at);
    return FAULT_BUSY;
}

/* ---- settings ---- */

static const char *host_of(const char *url) {
    return !strncmp(url, "imaps://", 8) ? url + 8 : !strncmp(url, "imap://", 7) ? url + 7 : NULL;
}

/* What stands behind the host, taken as it is: no quotes, no escapes, nothing that is not ASCII. */
static bool folder_of(const char *url, char out[FOLDER_MAX]) {
    const char *host = host_of(url), *slash = host ? strchr(host, '/') : NULL;
    size_t n = slash ? strlen(slash + 1) : 0;
    if (!host || !*host || host == slash || n >= FOLDER_MAX) return false;
    for (size_t i = 0; i < n; i++)
        if (slash[1 + i] <= ' ' || slash[1 + i] > '~' || strchr("\"\\%{}", slash[1 + i])) return false;
    snprintf(out, FOLDER_MAX, "%s", n ? slash + 1 : "INBOX");
    return strcspn(host, "@?#;") >= (slash ? (size_t)(slash - host) : strlen(host)); /* neither a name nor options in it */
}

const char *mailbox_settings_wrong(const struct mailbox_settings *s) {
    char folder[FOLDER_MAX];
    if (!folder_of(s->url, folder)) return "bounce_mailbox 应为 imaps://主机/INBOX";
    if (!s->user || !s->user[0] || !s->password) return "写了 bounce_mailbox，还应写 bounce_user 和 bounce_password_file";
    return NULL;
}

/* ---- bytes ---- */

/* Until the socket is ready for `events`. */
static enum fault wait_for(struct session *s, short events) {
    curl_socket_t socket = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(s->curl, CURLINFO_ACTIVESOCKET, &socket) || socket == CURL_SOCKET_BAD)
        return broken(s, "the connection was lost", NULL);
    for (;;) {
        struct pollfd p = {.fd = socket, .events = events};
        if (s->stop && atomic_load(s->stop)) return broken(s, "stopped", NULL);
        if (monotonic_ms() >= s->end_ms) return broken(s, "the mailbox's server does not answer in time", NULL);
        int n = poll(&p, 1, WAIT_MS);
        if (n > 0) return FAULT_NONE;
        if (n < 0 && errno != EINTR) return broken(s, "the connection was lost", NULL);
    }
}

static enum fault fill(struct session *s) {
    s->at = s->length = 0;
    for (;;) {
        CURLcode code = curl_easy_recv(s->curl, s->input, sizeof s->input, &s->length);
        if (code == CURLE_OK && s->length) return FAULT_NONE;
        if (code != CURLE_AGAIN) return broken(s, "the mailbox's server hung up", NULL);
        enum fault f = wait_for(s, POLLIN);
        if (f) return f;
    }
}

/* One line, added to `line` without its end. */
static enum fault read_line(struct session *s) {
    for (;;) {
        enum fault f = s->at == s->length ? fill(s) : FAULT_NONE;
        if (f) return f;
        const char *from = s->input + s->at, *feed = memchr(from, '\n', s->length - s->at);
        size_t n = feed ? (size_t)(feed - from) : s->length - s->at;
        text_addn(&s->line, from, n);
        s->at += n + (feed != NULL);
        if (s->line.over) return broken(s, "the mailbox's server sends a line that is too long", NULL);
        if (!feed) continue;
        if (s->line.length && s->line.at[s->line.length - 1] == '\r') s->line.at[--s->line.length] = 0;
        return FAULT_NONE;
    }
}

static enum fault read_literal(struct session *s, size_t n) {
    text_clear(&s->literal);
    if (n > s->literal.max) return broken(s, "the mailbox's server sends more than was asked for", NULL);
    while (s->literal.length < n) {
        enum fault f = s->at == s->length ? fill(s) : FAULT_NONE;
        if (f) return f;
        size_t left = n - s->literal.length, here = s->length - s->at, take = left < here ? left : here;
        text_addn(&s->literal, s->input + s->at, take);
        s->at += take;
    }
    return FAULT_NONE;
}

/* The length that a line announces at its end, "{123}"; -1 if none. */
static long announced(const struct text *line) {
    const char *brace = line->length > 2 && line->at[line->length - 1] == '}' ? strrchr(line->at, '{') : NULL;
    if (!brace) return -1;
    size_t digits = strspn(brace + 1, "0123456789");
    return digits && digits <= 8 && brace[1 + digits] == '}' ? strtol(brace + 1, NULL, 10) : -1;
}

/* One response, with all its lines and literals. */
static enum fault read_response(struct session *s) {
    text_clear(&s->line);
    text_clear(&s->literal);
    for (;;) {
        enum fault f = read_line(s);
        long n = f ? -1 : announced(&s->line);
        if (f || n < 0) return f;
        text_addc(&s->line, ' ');
        f = read_literal(s, (size_t)n);
        if (f) return f;
    }
}

/* ---- commands ---- */

static enum fault send_line(struct session *s, const char *command) {
    char line[FOLDER_MAX + 100];
    size_t length = (size_t)snprintf(line, sizeof line, "L%d %s\r\n", ++s->tag, command), sent = 0;
    while (sent < length) {
        size_t n = 0;
        CURLcode code = curl_easy_send(s->curl, line + sent, length - sent, &n);
        if (code == CURLE_OK) sent += n;
        else if (code != CURLE_AGAIN) return broken(s, "the mailbox's server hung up", NULL);
        enum fault f = code == CURLE_AGAIN ? wait_for(s, POLLOUT) : FAULT_NONE;
        if (f) return f;
    }
    return FAULT_NONE;
}

typedef enum fault (*response_visit)(struct session *s, void *context);

/* Sends a command and visits the responses before the one that ends it. FAULT_ABSENT if the server says no. */
static enum fault run(struct session *s, const char *command, response_visit each, void *context) {
    char tag[24];
    enum fault f = send_line(s, command);
    size_t n = (size_t)snprintf(tag, sizeof tag, "L%d ", s->tag);
    while (!f) {
        f = read_response(s);
        if (f) return f;
        if (!strncmp(s->line.at, tag, n)) {
            if (!strncasecmp(s->line.at + n, "OK", 2)) return FAULT_NONE;
            broken(s, command, s->line.at + n);
            return FAULT_ABSENT;
        }
        if (!strncmp(s->line.at, "* BYE", 5)) return broken(s, "the mailbox's server", s->line.at + 2);
        if (each && !strncmp(s->line.at, "* ", 2)) f = each(s, context);
    }
    return f;
}

static int64_t number_behind(const char *text, const char *name) {
    const char *at = strcasestr(text, name);
    return at ? strtoll(at + strlen(name), NULL, 10) : 0;
}

struct opened {
    int64_t validity, next;
};

static enum fault see_opened(struct session *s, void *context) {
    struct opened *o = context;
    if (!o->validity) o->validity = number_behind(s->line.at, "[UIDVALIDITY ");
    if (!o->next) o->next = number_behind(s->line.at, "[UIDNEXT ");
    return FAULT_NONE;
}

struct visiting {
    mailbox_visit each;
    void *context;
};

static enum fault see_message(struct session *s, void *context) {
    const struct visiting *v = context;
    bool message = strcasestr(s->line.at, " FETCH ") && strcasestr(s->line.at, "BODY[") && s->literal.length;
    return message ? v->each(v->context, s->literal.at, s->literal.length) : FAULT_NONE;
}

static enum fault read_new(struct session *s, const struct mailbox_settings *settings, struct mailbox_place *place,
                           struct visiting *v) {
    char folder[FOLDER_MAX], command[FOLDER_MAX + 60];
    struct opened o = {0, 0};
    if (!folder_of(settings->url, folder)) return FAULT_INPUT;
    /* Some houses (NetEase) open no mailbox for a program that has not said what it is; others do not know the command. */
    enum fault f = run(s, "ID (\"name\" \"taizhang\")", NULL, NULL);
    if (f && f != FAULT_ABSENT) return f;
    snprintf(command, sizeof command, "EXAMINE \"%s\"", folder);
    f = run(s, command, see_opened, &o);
    if (f) return FAULT_BUSY;
    if (o.validity <= 0 || o.next <= 0)
        return broken(s, "the mailbox's server does not number its messages (UIDVALIDITY, UIDNEXT)", NULL);
    if (place->validity != o.validity) *place = (struct mailbox_place){.validity = o.validity};
    if (place->uid < o.next - 1 - NEWEST) place->uid = o.next - 1 - NEWEST;
    while (place->uid < o.next - 1) {
        int64_t from = place->uid + 1, to = o.next - 1 - place->uid > AT_ONCE ? place->uid + AT_ONCE : o.next - 1;
        snprintf(command, sizeof command, "UID FETCH %lld:%lld (UID BODY.PEEK[]<0.%d>)", (long long)from, (long long)to,
                 MAILBOX_PIECE);
        f = run(s, command, see_message, v);
        if (f) return f == FAULT_ABSENT ? FAULT_BUSY : f;
        place->uid = to;
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
    if (mailbox_settings_wrong(m)) return FAULT_INPUT;
    size_t host = (size_t)(host_of(m->url) - m->url);
    host += strcspn(m->url + host, "/");
    if (host >= sizeof server) return FAULT_INPUT;
    snprintf(server, sizeof server, "%.*s", (int)host, m->url);
    curl_begin();
    _cleanup_(easy_close) CURL *curl = curl_easy_init();
    if (!curl) return FAULT_SYSTEM;
    easy_set(curl, m, server, timeout_ms, stop);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    _cleanup_(memory_release) struct session *s = memory_new(sizeof *s);
    s->curl = curl;
    s->stop = stop;
    s->end_ms = monotonic_ms() + timeout_ms;
    s->why = why;
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK)
        return broken(s, code == CURLE_LOGIN_DENIED ? "the mailbox's server refuses the sign-in" : "the mailbox cannot be opened",
                      error[0] ? error : curl_easy_strerror(code));
    text_init(&s->line, LINE_MAX_BYTES);
    text_init(&s->literal, MAILBOX_PIECE);
    enum fault f = read_new(s, m, place, &(struct visiting){each, context});
    if (!f && send_line(s, "LOGOUT")) {} /* it has told all; a bad farewell changes nothing */
    text_release(&s->line);
    text_release(&s->literal);
    if (!f) why[0] = 0;
    return f;
}
