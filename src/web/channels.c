/* channels.c - one message by one of the ways; when people are left alone. */
#include "web/channels.h"

#include "base/civil.h"
#include "base/notes.h"
#include "register/sending.h"

#include <string.h>

static const char *const words[CHANNEL_COUNT] = {"mail", "sms", "cmpp", "robot"};

const char *channel_word(enum channel channel) { return words[channel]; }

bool channel_named(const char *word, enum channel *out) {
    for (enum channel c = 0; c < CHANNEL_COUNT; c++)
        if (!strcmp(words[c], word)) {
            *out = c;
            return true;
        }
    return false;
}

const char *channel_name(const char *word, enum lang lang) {
    static const char *const names[CHANNEL_COUNT] = {"邮件", "短信", "短信（CMPP）", "企业微信机器人"};
    enum channel channel;
    return channel_named(word, &channel) ? lang_tr(lang, names[channel]) : word;
}

bool channels_quiet(const struct channels *c, int64_t now_ms) {
    enum { DAY_MINUTES = 24 * 60 };
    int64_t minutes = now_ms / 60000 + CHINA_OFFSET_MINUTES;
    int at = (int)(minutes % DAY_MINUTES);
    if (c->quiet_from < c->quiet_to) return at >= c->quiet_from && at < c->quiet_to;
    return c->quiet_from > c->quiet_to && (at >= c->quiet_from || at < c->quiet_to);
}

int64_t channels_digest_ms(const struct channels *c, int64_t now_ms) {
    enum { DAY_MINUTES = 24 * 60, MINUTE_MS = 60000 };
    if (c->digest_at < 0) return now_ms;
    int64_t minutes = now_ms / MINUTE_MS + CHINA_OFFSET_MINUTES, today = minutes - minutes % DAY_MINUTES + c->digest_at;
    int64_t last = minutes >= today ? today : today - DAY_MINUTES;
    return (last - CHINA_OFFSET_MINUTES) * MINUTE_MS;
}

const char *channel_address(enum channel channel, const char *address, const char *phone) {
    if (channel == CHANNEL_MAIL) return address && mail_address_valid(address) ? address : NULL;
    return cmpp_phone_valid(phone) ? phone : NULL;
}

enum fault channel_send(const struct channels *c, enum channel channel, const char *to, const struct notice_text *text,
                        int64_t now_ms, unsigned timeout_ms, const atomic_bool *stop, const struct cmpp_keeper *keeper,
                        struct mail_result *out) {
    *out = (struct mail_result){.outcome = MAIL_REFUSED};
    if (!to) return FAULT_ABSENT;
    const struct mail mail = {.to = to, .subject = text->subject, .body = text->body, .id = text->id, .at_ms = now_ms};
    switch (channel) {
    case CHANNEL_MAIL: return mail_send(c->mail, &mail, timeout_ms, stop, out);
    case CHANNEL_SMS: return sms_send(c->sms, to, text->brief, text->id, timeout_ms, stop, out);
    case CHANNEL_CMPP: return cmpp_send(c->cmpp, to, text->brief, now_ms, timeout_ms, stop, keeper, out);
    default: return robot_send(c->robot, c->networks, to, text->brief, timeout_ms, stop, out);
    }
}

/* ---- how they go ---- */

static void add_sentence(struct text *out, enum lang lang, const char *sentence, const char *first, const char *second) {
    const char *const args[NOTE_ARGS] = {first, second};
    if (out->length) text_add(out, lang_tr(lang, "；"));
    note_fill(out, lang_tr(lang, sentence), args);
}

static enum fault examine_one(struct conn *conn, const char *word, const char *where, enum lang lang, struct arena *arena,
                              struct channel_finding *out) {
    struct sending_record r;
    char moment[MOMENT_TEXT];
    _cleanup_(text_release) struct text state;
    text_init(&state, 4000);
    enum fault f = sending_record_read(conn, word, &r);
    if (f) return f;
    text_addn(&state, where, strcspn(where, "?")); /* what follows may be a key */
    if (!r.good_ms && !r.bad_ms) add_sentence(&state, lang, "还没有用过", NULL, NULL);
    if (r.good_ms) moment_format(r.good_ms, moment);
    if (r.good_ms) add_sentence(&state, lang, "上次成功 {0}", moment, NULL);
    if (r.bad_ms) moment_format(r.bad_ms, moment);
    if (r.bad_ms) add_sentence(&state, lang, "上次失败 {0}：{1}", moment, r.why);
    out->state = arena_copy(arena, state.at);
    out->good = r.bad_ms <= r.good_ms;
    return FAULT_NONE;
}

enum fault channels_examine(const struct channels *c, struct conn *conn, enum lang lang, struct arena *arena,
                            struct channel_finding out[CHANNEL_FINDINGS], size_t *count) {
    static const char *const names[CHANNEL_COUNT] = {"提醒渠道：邮件", "提醒渠道：短信网关", "提醒渠道：短信（CMPP）",
                                                     "提醒渠道：企业微信机器人"};
    static const char mend[] = "请看上次失败的原因；可用 taizhang tell-test 试发",
                      mend_box[] = "请核对 bounce_mailbox、bounce_user、bounce_password_file；可用 taizhang bounce-test 试读";
    const char *const where[CHANNEL_COUNT] = {c->mail ? c->mail->server : "", c->sms ? c->sms->url : "",
                                              c->cmpp ? c->cmpp->server : "", ""};
    enum fault f = FAULT_NONE;
    size_t n = 0;
    for (size_t i = 0; !f && i < c->count; i++, n++) {
        out[n] = (struct channel_finding){.what = names[c->order[i]], .mend = mend};
        f = examine_one(conn, words[c->order[i]], where[c->order[i]], lang, arena, &out[n]);
    }
    if (!f && c->mailbox) {
        out[n] = (struct channel_finding){.what = "退信信箱", .mend = mend_box};
        f = examine_one(conn, CHANNEL_BOUNCES, c->mailbox->url, lang, arena, &out[n]);
        n++;
    }
    *count = n;
    return f;
}
