/* mail.c - a message composed after RFC 5322 and 2047 and handed to an SMTP server by libcurl. */
#include "net/mail.h"

#include "base/printer.h"
#include "base/utf8.h"
#include "net/curl.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { WORD_BYTES = 39, LINE_CHARACTERS = 76 };

static bool atom(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("!#$%&'*+/=?^_`{|}~-.", c));
}

static bool host(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool mail_address_valid(const char *address) {
    size_t local = 0, length = strlen(address);
    while (atom(address[local])) local++;
    if (!local || address[local] != '@' || address[0] == '-' || length > MAIL_ADDRESS_MAX || !address[local + 1]) return false;
    for (const char *at = address + local + 1; *at; at++)
        if (!host(*at)) return false;
    return true;
}

const char *mail_settings_wrong(const struct mail_settings *s) {
    bool tls = !strncmp(s->server, "smtps://", 8), clear = !strncmp(s->server, "smtp://", 7);
    const char *name = s->server + (tls ? 8 : 7);
    if (!tls && !clear) return "mail_server 应为 smtps://主机 或 smtp://主机:端口";
    if (!host(*name) || strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") != strlen(name))
        return "mail_server 应为 smtps://主机 或 smtp://主机:端口";
    if (!s->from || !mail_address_valid(s->from)) return "mail_from 应为发信的邮件地址";
    return NULL;
}

/* ---- composing ---- */

/* Encoded words of at most WORD_BYTES bytes, none of which ends within a character. */
static void encoded_words(const char *s, struct text *out) {
    for (size_t left = strlen(s); left;) {
        size_t n = left < WORD_BYTES ? left : WORD_BYTES;
        while (n < left && ((unsigned char)s[n] & 0xc0) == 0x80) n--;
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
    text_init(&lines, MAIL_BODY_MAX);
    text_init(&coded, 2 * MAIL_BODY_MAX);
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

void mail_compose(const struct mail_settings *settings, const struct mail *mail, struct text *out) {
    text_format(out, "From: <%s>\r\nTo: <%s>\r\nSubject: ", settings->from, mail->to);
    encoded_words(mail->subject, out);
    text_add(out, "\r\nDate: ");
    date(mail->at_ms, out);
    text_format(out, "\r\nMessage-ID: <%s@%s>\r\n", mail->id, strchr(settings->from, '@') + 1);
    text_add(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; "
                  "charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    body(mail->body, out);
}

/* ---- sending ---- */

struct handing {
    const struct text *text;
    size_t at;
    const atomic_bool *stop;
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
}

static enum mail_outcome outcome(CURLcode code, long status, const struct handing *h) {
    if (code == CURLE_OK) return MAIL_SENT;
    if (code == CURLE_LOGIN_DENIED) return MAIL_LATER; /* our settings, not the receiver */
    if (status >= 500) return MAIL_REFUSED;
    if (status >= 400) return MAIL_LATER;
    return h->at == h->text->length ? MAIL_UNCERTAIN : MAIL_LATER;
}

enum fault mail_send(const struct mail_settings *settings, const struct mail *mail, unsigned timeout_ms, const atomic_bool *stop,
                     struct mail_result *out) {
    *out = (struct mail_result){.outcome = MAIL_REFUSED};
    if (mail_settings_wrong(settings) || !mail_address_valid(mail->to)) {
        snprintf(out->why, sizeof out->why, "not a mail address");
        return FAULT_INPUT;
    }
    curl_begin();
    _cleanup_(text_release) struct text text;
    text_init(&text, 4 * MAIL_BODY_MAX);
    mail_compose(settings, mail, &text);
    char from[MAIL_ADDRESS_MAX + 3], to[MAIL_ADDRESS_MAX + 3], error[CURL_ERROR_SIZE] = "";
    snprintf(from, sizeof from, "<%s>", settings->from);
    snprintf(to, sizeof to, "<%s>", mail->to);
    struct handing h = {&text, 0, stop};
    _cleanup_(easy_close) CURL *curl = curl_easy_init();
    _cleanup_(list_free) struct curl_slist *receivers = curl_slist_append(NULL, to);
    if (!curl || !receivers) return FAULT_SYSTEM;
    easy_set(curl, settings, from, receivers, timeout_ms, &h);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    out->status = (int)status;
    out->outcome = outcome(code, status, &h);
    if (code != CURLE_OK) snprintf(out->why, sizeof out->why, "%s", error[0] ? error : curl_easy_strerror(code));
    return FAULT_NONE;
}
