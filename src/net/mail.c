/* mail.c - a message composed after RFC 5322 and 2047 and handed to an SMTP server by libcurl. */
#include "net/mail.h"

#include "base/printer.h"
#include "base/utf8.h"
#include "net/curl.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { WORD_BYTES = 39, LINE_CHARACTERS = 76, STEP_MAX = 9 };
#define HOST "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"

static bool atom(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("!#$%&'*+/=?^_`{|}~-.", c));
}

bool mail_address_valid(const char *address) {
    size_t local = 0, length = strlen(address);
    while (atom(address[local])) local++;
    if (!local || address[local] != '@' || address[0] == '-' || length > MAIL_ADDRESS_MAX || !address[local + 1]) return false;
    return !address[local + 1 + strspn(address + local + 1, HOST)];
}

/* What stands behind the scheme: HOST, HOST:PORT, [IPv6] or [IPv6]:PORT. The host goes to `out`; the port must be behind a colon, *port is -1 if that is none. */
static bool take_apart(const char *name, char out[MAIL_ADDRESS_MAX + 1], long *port) {
    const bool six = name[0] == '[';
    size_t n = six ? strcspn(++name, "]") : strspn(name, HOST);
    if (!n || n > MAIL_ADDRESS_MAX) return false;
    memcpy(out, name, n);
    out[n] = 0;
    name += n;
    unsigned char bytes[16];
    if (six && (*name++ != ']' || inet_pton(AF_INET6, out, bytes) != 1)) return false;
    *port = 0;
    if (!*name) return true;
    if (*name++ != ':') return false;
    size_t digits = strspn(name, "0123456789");
    *port = digits && digits <= 5 && !name[digits] ? strtol(name, NULL, 10) : -1;
    if (*port < 1 || *port > 65535) *port = -1;
    return true;
}

static bool same_machine(const char *name) {
    unsigned char bytes[16];
    static const unsigned char six[16] = {[15] = 1};
    if (inet_pton(AF_INET, name, bytes) == 1) return bytes[0] == 127;
    if (inet_pton(AF_INET6, name, bytes) == 1) return !memcmp(bytes, six, sizeof six);
    return !strcasecmp(name, "localhost"); /* which libcurl does not ask a name server for */
}

const char *mail_settings_wrong(const struct mail_settings *s) {
    bool tls = !strncmp(s->server, "smtps://", 8), clear = !strncmp(s->server, "smtp://", 7);
    char name[MAIL_ADDRESS_MAX + 1];
    long port;
    if ((!tls && !clear) || !take_apart(s->server + (tls ? 8 : 7), name, &port))
        return "mail_server 应为 smtps://主机 或 smtp://主机:端口";
    if (port < 0) return "mail_server 的端口应为 1 到 65535";
    if (!s->from || !mail_address_valid(s->from)) return "mail_from 应为发信的邮件地址";
    if (s->user && !s->password) return "写了 mail_user，还应写 mail_password_file";
    if (s->password && !s->user) return "写了 mail_password_file，还应写 mail_user";
    if (s->plain && s->password && !same_machine(name)) return "mail_plain = yes 时密码不加密，只能用于本机的 mail_server";
    return NULL;
}

/* ---- composing ---- */

static bool alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

static bool id_valid(const char *id) {
    size_t n = strlen(id);
    for (size_t i = 0; i < n; i++)
        if (!alphanumeric(id[i]) && !(id[i] == '.' && i && alphanumeric(id[i - 1]) && id[i + 1])) return false;
    return n && n <= MAIL_ID_MAX;
}

/* Encoded words of at most WORD_BYTES bytes, none of which ends within a character; of what is not UTF-8, wherever it may. */
static void encoded_words(const char *s, struct text *out) {
    for (size_t left = strlen(s); left;) {
        size_t n = left < WORD_BYTES ? left : WORD_BYTES;
        for (size_t back = 0; back < 3 && n < left && ((unsigned char)s[n] & 0xc0) == 0x80; back++) n--;
        text_add(out, "=?UTF-8?B?");
        base64_text(out, s, n);
        text_add(out, "?=");
        s += n;
        left -= n;
        if (left) text_add(out, "\r\n ");
    }
}

static void date(int64_t at_ms, struct text *out) {
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}, *const months[] = {"Jan", "Feb", "Mar",
                                                                                                            "Apr", "May", "Jun",
                                                                                                            "Jul", "Aug", "Sep",
                                                                                                            "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(at_ms / 1000) + 8 * 3600; /* as China's clocks show it */
    struct tm tm;
    gmtime_r(&seconds, &tm);
    text_format(out, "%s, %02d %s %04d %02d:%02d:%02d +0800", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
                tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void body(const char *s, struct text *out) {
    _cleanup_(text_release) struct text lines, coded;
    text_init(&lines, 2 * MAIL_BODY_MAX); /* all of it line ends */
    text_init(&coded, 3 * MAIL_BODY_MAX);
    for (; *s; s++) {
        if (*s == '\n') text_addc(&lines, '\r');
        text_addc(&lines, *s);
    }
    base64_text(&coded, lines.at, lines.length);
    for (size_t at = 0; at < coded.length; at += LINE_CHARACTERS) {
        size_t n = coded.length - at < LINE_CHARACTERS ? coded.length - at : LINE_CHARACTERS;
        text_addn(out, coded.at + at, n);
        text_add(out, "\r\n");
    }
}

enum fault mail_compose(const struct mail_settings *settings, const struct mail *mail, struct text *out) {
    if (!mail_address_valid(settings->from) || !mail_address_valid(mail->to) || !id_valid(mail->id)) return FAULT_INPUT;
    if (strlen(mail->body) > MAIL_BODY_MAX) return FAULT_INPUT;
    text_format(out, "From: <%s>\r\nTo: <%s>\r\nSubject: ", settings->from, mail->to);
    encoded_words(mail->subject, out);
    text_add(out, "\r\nDate: ");
    date(mail->at_ms, out);
    text_format(out, "\r\nMessage-ID: <%s@%s>\r\n", mail->id, strchr(settings->from, '@') + 1);
    text_add(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; "
                  "charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    body(mail->body, out);
    return out->over ? FAULT_INPUT : FAULT_NONE;
}

/* ---- sending ---- */

struct handing {
    const struct text *text;
    size_t at;
    const atomic_bool *stop;
    char step[STEP_MAX]; /* the command that was sent last; "" before the first */
    bool left;           /* QUIT was sent, which libcurl does when all is over */
    bool ended;          /* that reply is whole: the next line begins another */
    struct text reply;   /* the server's last, its lines joined, as it came */
};

static size_t give(char *to, size_t size, size_t count, void *context) {
    struct handing *h = context;
    size_t room = size * count, left = h->text->length - h->at, n = left < room ? left : room;
    memcpy(to, h->text->at + h->at, n);
    h->at += n;
    return n;
}

static int look_stopped(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    const struct handing *h = context;
    (void)a, (void)b, (void)c, (void)d;
    return h->stop && atomic_load(h->stop);
}

/* Keeps the command's name alone: what follows it may be a password. Lines of a sign-in are none of these names. */
static void heed_command(struct handing *h, const char *bytes, size_t n) {
    static const char *const steps[] = {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"};
    if (n > 4 && !memcmp(bytes, "QUIT\r", 5)) h->left = true;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        size_t length = strlen(steps[i]);
        if (n > length && !memcmp(bytes, steps[i], length) && (bytes[length] == ' ' || bytes[length] == '\r'))
            snprintf(h->step, sizeof h->step, "%s", steps[i]);
    }
}

static int overhear(CURL *curl, curl_infotype type, char *bytes, size_t n, void *context) {
    struct handing *h = context;
    (void)curl;
    if (type == CURLINFO_HEADER_OUT) heed_command(h, bytes, n);
    if (type != CURLINFO_HEADER_IN || h->left) return 0;
    if (h->ended) text_clear(&h->reply);
    h->ended = n < 4 || bytes[3] != '-';
    size_t status = !h->reply.length ? 0 : n < 4 ? n : 4, room = h->reply.max - h->reply.length; /* the status is not repeated */
    text_addn(&h->reply, bytes + status, n - status < room ? n - status : room);
    return 0;
}

static void easy_close(CURL **curl) { curl_easy_cleanup(*curl); }
static void list_free(struct curl_slist **list) { curl_slist_free_all(*list); }

static void easy_set(CURL *curl, const struct mail_settings *s, const char *from, struct curl_slist *to, unsigned timeout_ms,
                     struct handing *h) {
    curl_easy_setopt(curl, CURLOPT_URL, s->server);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    /* The former does not bound the wait for the answer to QUIT, which a bad server never gives. */
    curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, timeout_ms < 1000 ? 1L : (long)(timeout_ms / 1000));
    curl_easy_setopt(curl, CURLOPT_USE_SSL, s->plain ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
    if (s->ca) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, s->ca);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    if (s->user) curl_easy_setopt(curl, CURLOPT_USERNAME, s->user);
    if (s->password) curl_easy_setopt(curl, CURLOPT_PASSWORD, s->password);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl, CURLOPT_READDATA, h);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_stopped);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, h);
    curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L); /* to overhear(), and to nobody else */
    curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, overhear);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, h);
}

static enum mail_outcome outcome(CURLcode code, long status, const struct handing *h) {
    if (code == CURLE_OK) return MAIL_SENT;
    if (code == CURLE_LOGIN_DENIED) return MAIL_LATER; /* our settings, not the receiver */
    /* Before RCPT a 5xx says nothing of the receiver or the message; 530 asks us to sign in or to use TLS, wherever it comes. */
    bool ours = strcmp(h->step, "RCPT") != 0 && strcmp(h->step, "DATA") != 0;
    if (status >= 500 && status != 530 && !ours) return MAIL_REFUSED;
    if (status >= 400) return MAIL_LATER;
    return h->at == h->text->length ? MAIL_UNCERTAIN : MAIL_LATER;
}

/* "RCPT: 550 5.1.1 unknown" if the server said no, else what libcurl makes of it and what was heard last. */
static void say_why(const struct handing *h, long status, const char *error, char out[MAIL_WHY]) {
    _cleanup_(text_release) struct text why;
    text_init(&why, MAIL_WHY - 1);
    if (status < 400 || !h->reply.length) plain_text(&why, error, strlen(error));
    if (h->reply.length) {
        text_format(&why, "%s%s: ", why.length ? "; " : "", h->step[0] ? h->step : "greeting");
        plain_text(&why, h->reply.at, h->reply.length);
    }
    snprintf(out, MAIL_WHY, "%s", why.at);
}

static enum fault hand_in(const struct mail_settings *settings, const struct mail *mail, unsigned timeout_ms, struct handing *h,
                          struct mail_result *out) {
    char from[MAIL_ADDRESS_MAX + 3], to[MAIL_ADDRESS_MAX + 3], error[CURL_ERROR_SIZE] = "";
    snprintf(from, sizeof from, "<%s>", settings->from);
    snprintf(to, sizeof to, "<%s>", mail->to);
    curl_begin();
    _cleanup_(easy_close) CURL *curl = curl_easy_init();
    _cleanup_(list_free) struct curl_slist *receivers = curl_slist_append(NULL, to);
    if (!curl || !receivers) return FAULT_SYSTEM;
    easy_set(curl, settings, from, receivers, timeout_ms, h);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    out->status = (int)status;
    out->outcome = outcome(code, status, h);
    if (code != CURLE_OK) say_why(h, status, error[0] ? error : curl_easy_strerror(code), out->why);
    return FAULT_NONE;
}

enum fault mail_send(const struct mail_settings *settings, const struct mail *mail, unsigned timeout_ms, const atomic_bool *stop,
                     struct mail_result *out) {
    *out = (struct mail_result){.outcome = MAIL_REFUSED};
    _cleanup_(text_release) struct text text, reply;
    text_init(&text, 4 * MAIL_BODY_MAX);
    text_init(&reply, 4 * MAIL_WHY);
    const char *wrong = mail_settings_wrong(settings)                     ? "the mail settings are wrong"
                      : !mail_address_valid(mail->to)                     ? "not a mail address"
                      : mail_compose(settings, mail, &text) != FAULT_NONE ? "the message is too long, or its id is none"
                                                                          : NULL;
    if (wrong) {
        snprintf(out->why, sizeof out->why, "%s", wrong);
        return FAULT_INPUT;
    }
    struct handing h = {.text = &text, .stop = stop, .ended = true, .reply = reply};
    enum fault f = hand_in(settings, mail, timeout_ms, &h, out);
    reply = h.reply;
    return f;
}
