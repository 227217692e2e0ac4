/* sms.c - the provider's pattern filled in and posted; what the answer means. */
#include "net/sms.h"

#include "base/printer.h"
#include "net/client.h"
#include "net/cmpp.h"

#include <stdio.h>
#include <string.h>

enum { SMS_BODY_MAX = 8000, SMS_ANSWER_MAX = 4000 };

const char *sms_settings_wrong(const struct sms_settings *s) {
    if (strncmp(s->url, "https://", 8) != 0 && strncmp(s->url, "http://", 7) != 0) return "sms_url 应为 https 地址";
    if (!strstr(s->body, "{phone}") || !strstr(s->body, "{text}")) return "sms_body 里须有 {phone} 和 {text}";
    return NULL;
}

/* As the body's kind wants it: inside the quotes of JSON, or in a form. */
static void add_escaped(struct text *out, const char *value, bool json) {
    if (!json) {
        url_arg(out, value);
        return;
    }
    _cleanup_(text_release) struct text quoted;
    text_init(&quoted, SMS_BODY_MAX);
    json_text(&quoted, value);
    if (quoted.length > 2) text_addn(out, quoted.at + 1, quoted.length - 2);
}

struct filling {
    const char *names[4], *values[4];
};

static void fill(struct text *out, const char *pattern, const struct filling *f, bool escape, bool json) {
    for (const char *at = pattern; *at;) {
        size_t i = 0;
        while (i < COUNT_OF(f->names) && strncmp(at, f->names[i], strlen(f->names[i])) != 0) i++;
        if (i == COUNT_OF(f->names)) {
            text_addc(out, *at++);
            continue;
        }
        if (escape) add_escaped(out, f->values[i], json);
        else text_add(out, f->values[i]);
        at += strlen(f->names[i]);
    }
}

/* The status and as much of the answer as there is room for. */
static void say_answer(int status, const struct text *answer, char out[MAIL_WHY]) {
    _cleanup_(text_release) struct text why;
    text_init(&why, MAIL_WHY - 1);
    text_format(&why, "%d ", status);
    if (answer->length) plain_text(&why, answer->at, answer->length < MAIL_WHY / 2 ? answer->length : MAIL_WHY / 2);
    snprintf(out, MAIL_WHY, "%s", why.at);
}

/* What a post came to: `taken` judges an answer of 2xx. */
static enum fault judge(enum fault f, const struct http_posted *posted, bool taken, const struct text *answer,
                        struct mail_result *out) {
    enum { BAD_REQUEST = 400, NOT_FOUND = 404, GONE = 410, UNPROCESSABLE = 422 };
    int status = posted->status;
    out->status = status;
    out->outcome = MAIL_LATER;
    if (f && f != FAULT_BUSY) {
        snprintf(out->why, sizeof out->why, "%s", posted->why);
        return f == FAULT_SYSTEM ? f : FAULT_NONE;
    }
    if (f) {
        if (posted->sent) out->outcome = MAIL_UNCERTAIN;
        snprintf(out->why, sizeof out->why, "%s", posted->why);
        return FAULT_NONE;
    }
    if (taken && status >= 200 && status < 300) out->outcome = MAIL_SENT;
    else if (status == BAD_REQUEST || status == NOT_FOUND || status == GONE || status == UNPROCESSABLE) out->outcome = MAIL_REFUSED;
    if (out->outcome != MAIL_SENT) say_answer(status, answer, out->why);
    return FAULT_NONE;
}

enum fault sms_send(const struct sms_settings *s, const char *phone, const char *text, const char *id, unsigned timeout_ms,
                    const atomic_bool *stop, struct mail_result *out) {
    *out = (struct mail_result){.outcome = MAIL_LATER};
    if (sms_settings_wrong(s) || !cmpp_phone_valid(phone)) return FAULT_INPUT;
    const char *secret = s->secret ? s->secret : "";
    const struct filling filling = {{"{phone}", "{text}", "{id}", "{secret}"}, {phone, text, id, secret}};
    bool json = s->body[0] == '{' || s->body[0] == '[';
    _cleanup_(text_release) struct text body, header, answer;
    text_init(&body, SMS_BODY_MAX);
    text_init(&header, 1000);
    text_init(&answer, SMS_ANSWER_MAX);
    fill(&body, s->body, &filling, true, json);
    if (s->header) fill(&header, s->header, &filling, false, false);
    if (body.over || header.over) return FAULT_LARGE;
    const char *const headers[] = {json ? "Content-Type: application/json; charset=utf-8"
                                        : "Content-Type: application/x-www-form-urlencoded",
                                   header.length ? header.at : NULL, NULL};
    struct http_post post = {.url = s->url,
                             .headers = headers,
                             .body = body.at,
                             .length = body.length,
                             .timeout_ms = timeout_ms,
                             .networks = s->networks,
                             .answer = &answer,
                             .stop = stop};
    struct http_posted posted;
    enum fault f = client_post(&post, &posted);
    bool taken = !s->good || !s->good[0] || (answer.at && strstr(answer.at, s->good));
    return judge(f, &posted, taken, &answer, out);
}

/* {"errcode":0 with blanks or without. */
static bool robot_took(const char *answer) {
    const char *at = answer ? strstr(answer, "\"errcode\"") : NULL;
    if (!at) return false;
    at += strlen("\"errcode\"");
    at += strspn(at, " \t:");
    return at[0] == '0' && (at[1] < '0' || at[1] > '9');
}

enum fault robot_send(const char *url, const char *networks, const char *phone, const char *text, unsigned timeout_ms,
                      const atomic_bool *stop, struct mail_result *out) {
    *out = (struct mail_result){.outcome = MAIL_LATER};
    _cleanup_(text_release) struct text body, answer;
    text_init(&body, SMS_BODY_MAX);
    text_init(&answer, SMS_ANSWER_MAX);
    text_add(&body, "{\"msgtype\":\"text\",\"text\":{\"content\":");
    json_text(&body, text);
    if (cmpp_phone_valid(phone)) text_format(&body, ",\"mentioned_mobile_list\":[\"%s\"]", phone);
    text_add(&body, "}}");
    if (body.over) return FAULT_LARGE;
    static const char *const headers[] = {"Content-Type: application/json; charset=utf-8", NULL};
    struct http_post post = {.url = url,
                             .headers = headers,
                             .body = body.at,
                             .length = body.length,
                             .timeout_ms = timeout_ms,
                             .networks = networks,
                             .answer = &answer,
                             .stop = stop};
    struct http_posted posted;
    enum fault f = client_post(&post, &posted);
    return judge(f, &posted, robot_took(answer.at), &answer, out);
}
