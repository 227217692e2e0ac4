/* channels.c - one message by one of the ways; when people are left alone. */
#include "web/channels.h"

#include "base/civil.h"

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

bool channels_quiet(const struct channels *c, int64_t now_ms) {
    enum { DAY_MINUTES = 24 * 60 };
    int64_t minutes = now_ms / 60000 + CHINA_OFFSET_MINUTES;
    int at = (int)(minutes % DAY_MINUTES);
    if (c->quiet_from < c->quiet_to) return at >= c->quiet_from && at < c->quiet_to;
    return c->quiet_from > c->quiet_to && (at >= c->quiet_from || at < c->quiet_to);
}

enum fault channel_send(const struct channels *c, enum channel channel, const char *address, const char *phone,
                        const struct notice_text *text, int64_t now_ms, unsigned timeout_ms, const atomic_bool *stop,
                        struct mail_result *out) {
    bool has_mail = address && mail_address_valid(address), has_phone = cmpp_phone_valid(phone);
    *out = (struct mail_result){.outcome = MAIL_REFUSED};
    if (channel == CHANNEL_MAIL ? !has_mail : !has_phone) return FAULT_ABSENT;
    const struct mail mail = {.to = address, .subject = text->subject, .body = text->body, .id = text->id, .at_ms = now_ms};
    switch (channel) {
    case CHANNEL_MAIL: return mail_send(c->mail, &mail, timeout_ms, stop, out);
    case CHANNEL_SMS: return sms_send(c->sms, phone, text->brief, text->id, timeout_ms, stop, out);
    case CHANNEL_CMPP: return cmpp_send(c->cmpp, phone, text->brief, now_ms, timeout_ms, stop, out);
    default: return robot_send(c->robot, c->networks, phone, text->brief, timeout_ms, stop, out);
    }
}
