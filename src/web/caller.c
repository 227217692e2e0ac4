/* caller.c - the calls of incidents, sent one by one; what they say is no more than screens that others see may show. */
#include "web/caller.h"

#include "base/log.h"
#include "incident/incident.h"

enum { CALL_SEND_MS = 15000, CALL_LEASE_MS = 60000, CALL_ARENA = 1 << 20, CALLS_A_ROUND = 500 };

/* The words are of the installation's language, as those of warnings. */
static void compose(const struct call_message *m, const char *institution, struct arena *arena, struct notice_text *out) {
    const char *drill = m->drill ? lang_tr(LANG_ZH, "【演练】") : "";
    const char *args[NOTE_ARGS] = {institution, drill, m->category, m->place};
    const char *pattern = m->confidential ? lang_tr(LANG_ZH, "{1}【{0}】有一项事件呼叫，请立即登录台账“今日”页确认。")
                                          : lang_tr(LANG_ZH, "{1}【{0}】{2}（{3}）呼叫您，请立即登录台账“今日”页确认。");
    _cleanup_(text_release) struct text text;
    text_init(&text, 4000);
    note_fill(&text, pattern, args);
    out->subject = out->body = out->brief = arena_copy(arena, text.at);
    out->id = m->id;
}

/* The group's robot is read by all its members, the accused perhaps among them: nothing confidential goes there. */
static const char *address_for(const struct call_message *m, enum channel channel) {
    return m->confidential && channel == CHANNEL_ROBOT ? NULL : channel_address(channel, m->address, m->phone);
}

static enum fault send_one(struct registers *rs, const struct channels *channels, const char *institution,
                           const struct call_message *m, const atomic_bool *stop, struct arena *arena) {
    static const enum call_told how[] = {
        [MAIL_SENT] = CALL_SENT, [MAIL_REFUSED] = CALL_NEVER, [MAIL_LATER] = CALL_LATER, [MAIL_UNCERTAIN] = CALL_LATER};
    struct notice_text text;
    struct mail_result result = {.outcome = MAIL_REFUSED};
    if (m->channel >= (int)channels->count) return call_settle(rs, m, CALL_NEVER, "", false, clock_now_ms());
    enum channel channel = channels->order[m->channel];
    bool another = m->channel + 1 < (int)channels->count;
    const char *to = address_for(m, channel);
    if (!to) return call_settle(rs, m, CALL_NEVER, "", another, clock_now_ms());
    compose(m, institution, arena, &text);
    enum fault f = channel_send(channels, channel, to, &text, clock_now_ms(), CALL_SEND_MS, stop, NULL, &result);
    if (f && f != FAULT_INPUT && f != FAULT_LARGE) return f;
    if (f) result.outcome = MAIL_REFUSED;
    if (atomic_load(stop) && result.outcome != MAIL_SENT) return FAULT_NONE; /* tried again after the lease */
    if (result.outcome != MAIL_SENT)
        log_line(LOG_WARN_, "call.failed", "id", m->id, "channel", channel_word(channel), "why", result.why);
    return call_settle(rs, m, how[result.outcome], result.outcome == MAIL_SENT ? "" : result.why, another, clock_now_ms());
}

enum fault calls_send(struct registers *rs, const struct channels *channels, const char *institution, const atomic_bool *stop) {
    bool any = true;
    enum fault f = FAULT_NONE;
    for (int n = 0; any && !f && n < CALLS_A_ROUND && !atomic_load(stop); n++) {
        struct call_message m;
        _cleanup_(arena_release) struct arena arena;
        arena_init(&arena, CALL_ARENA);
        f = call_claim(rs, clock_now_ms(), CALL_LEASE_MS, &arena, &m, &any);
        if (!f && any) f = send_one(rs, channels, institution, &m, stop, &arena);
    }
    return f;
}
