/* mailer.c - one message a person for the warnings planned since the last, by the first channel that takes it; a server that hangs holds up nothing but this thread. */
#include "web/mailer.h"

#include "base/log.h"
#include "register/sending.h"
#include "web/caller.h"
#include "web/channels.h"
#include "web/returns.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { ROUND_SECONDS = 3, SEND_MS = 15000, LEASE_MS = 120000, MESSAGE_ARENA = 16 << 20 };

struct mailer {
    struct registers *registers;
    const struct channels *channels;
    const char *institution;
    struct returns returns;
    atomic_bool stop;
    pthread_mutex_t lock; /* for waiting only */
    pthread_cond_t wake;
    pthread_t thread;
};

/* The institution's own words for a kind ("mail", "brief"), if it has recorded any; the arena's. */
static enum fault read_words(struct conn *conn, const char *kind, struct arena *arena, const char **subject, const char **body) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    enum fault f = stmt_open(conn,
                             "SELECT f_subject, f_body FROM r_message_text WHERE tenant = ?1 AND f_channel = ?2 AND withdrawn = 0 "
                             "ORDER BY made DESC LIMIT 1",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, kind);
    f = stmt_step(s, &row);
    if (f || !row) return f;
    *subject = arena_copy(arena, stmt_text(s, 0));
    *body = arena_copy(arena, stmt_text(s, 1));
    return FAULT_NONE;
}

static const char *filled(const char *pattern, const char *const args[NOTE_ARGS], const char *more, struct arena *arena) {
    _cleanup_(text_release) struct text text;
    text_init(&text, MAIL_BODY_MAX);
    note_fill(&text, pattern, args);
    text_add(&text, more);
    return arena_copy(arena, text.at);
}

/* What is due, and how many more there is no line for. */
static const char *list_of(const struct text *lines, int more, struct arena *arena) {
    const char *const rest[NOTE_ARGS] = {arena_int(arena, more)};
    const char *list = arena_join(arena, "\n\n", lines->at ? lines->at : "");
    return more ? arena_join(arena, list, filled(lang_tr(LANG_ZH, "……\n另有 {0} 项，请在台账的“今日”页查看。\n"), rest, "", arena))
                : list;
}

static enum fault compose(const struct mailer *m, int count, int more, const struct text *lines, struct arena *arena,
                          struct notice_text *out) {
    const char *const args[NOTE_ARGS] = {arena_int(arena, (int64_t)count + more), m->institution};
    const char *subject = lang_tr(LANG_ZH, "{1}：{0} 项期限提醒"), *unused,
               *body = lang_tr(LANG_ZH, "以下期限将到或者已过，请登录台账的“今日”页办理："),
               *brief = lang_tr(LANG_ZH, "【{1}】您有 {0} 项期限将到或已过，请登录台账“今日”页办理。");
    _cleanup_(store_read_end) struct conn *conn = NULL;
    enum fault f = store_read_begin(registers_store(m->registers), &conn);
    if (!f) f = read_words(conn, "mail", arena, &subject, &body);
    if (!f) f = read_words(conn, "brief", arena, &unused, &brief);
    if (f) return f;
    out->subject = filled(subject, args, "", arena);
    out->body = filled(body, args, list_of(lines, more, arena), arena);
    out->brief = filled(brief, args, "", arena);
    return FAULT_NONE;
}

/* For what the carrier says of a message while it is handed over. */
struct handing {
    struct mailer *mailer;
    const struct warning_message *message;
};

static enum fault keep_taken(void *context, unsigned part, const char *id) {
    const struct handing *h = context;
    returns_expect(&h->mailer->returns);
    return sending_part(h->mailer->registers, h->message, channel_word(CHANNEL_CMPP), (int)part, h->message->phone, id,
                        clock_now_ms());
}

static enum fault keep_report(void *context, const struct cmpp_report *report) {
    const struct handing *h = context;
    return returns_reported(h->mailer->registers, report);
}

/* By the channel whose turn it is. A person without an address for it is told by the next. */
static enum fault tell(struct mailer *m, const struct warning_message *w, const struct notice_text *text) {
    static const enum warning_told_how how[] = {
        [MAIL_SENT] = TOLD_SENT, [MAIL_REFUSED] = TOLD_NEVER, [MAIL_LATER] = TOLD_LATER, [MAIL_UNCERTAIN] = TOLD_UNCERTAIN};
    struct mail_result result;
    enum channel channel = m->channels->order[w->channel];
    const char *word = channel_word(channel), *to = channel_address(channel, w->address, w->phone);
    bool another = w->channel + 1 < (int)m->channels->count;
    struct handing handing = {m, w};
    const struct cmpp_keeper keeper = {&handing, keep_taken, keep_report};
    if (!to) return warning_mail_settle(m->registers, w, NULL, TOLD_NEVER, "", another, clock_now_ms());
    enum fault f = sending_begin(m->registers, w, word, to, clock_now_ms());
    if (!f) f = channel_send(m->channels, channel, to, text, clock_now_ms(), SEND_MS, &m->stop, &keeper, &result);
    if (f && f != FAULT_INPUT && f != FAULT_LARGE) return f;
    if (f) result.outcome = MAIL_REFUSED;
    if (atomic_load(&m->stop) && result.outcome != MAIL_SENT)
        return FAULT_NONE; /* not the server's doing: tried again after the lease */
    if (result.outcome != MAIL_SENT) log_line(LOG_WARN_, "tell.failed", "id", w->id, "channel", word, "why", result.why);
    return warning_mail_settle(m->registers, w, word, how[result.outcome], result.why, another, clock_now_ms());
}

static enum fault deliver(struct mailer *m, const struct warning_message *w, struct arena *arena) {
    int64_t now_ms = clock_now_ms();
    struct notice_text text = {.id = w->id};
    _cleanup_(text_release) struct text lines;
    int count = 0, more = 0;
    text_init(&lines, MAIL_BODY_MAX / 2);
    if (w->channel >= (int)m->channels->count) return warning_mail_settle(m->registers, w, NULL, TOLD_NEVER, "", false, now_ms);
    enum fault f = warning_mail_lines(m->registers, w, civil_at(now_ms), arena, &lines, &count, &more);
    if (f) return f;
    if (!count && !more) return warning_mail_settle(m->registers, w, NULL, TOLD_NEVER, "", false, now_ms);
    f = compose(m, count, more, &lines, arena, &text);
    return f ? f : tell(m, w, &text);
}

static void mail_all(struct mailer *m) {
    bool any = true;
    enum fault f = FAULT_NONE;
    while (any && !f && !atomic_load(&m->stop) && !channels_quiet(m->channels, clock_now_ms())) {
        struct warning_message w;
        _cleanup_(arena_release) struct arena arena;
        arena_init(&arena, MESSAGE_ARENA);
        int64_t now_ms = clock_now_ms();
        f = warning_mail_claim(m->registers, now_ms, channels_digest_ms(m->channels, now_ms), LEASE_MS, &arena, &w, &any);
        if (!f && any) f = deliver(m, &w, &arena);
    }
    if (f && f != FAULT_BUSY) log_line(LOG_WARN_, "mail.deliver", "fault", fault_word(f));
}

static void *mailer_main(void *argument) {
    struct mailer *m = argument;
    while (!atomic_load(&m->stop)) {
        enum fault f = calls_send(m->registers, m->channels, m->institution, &m->stop);
        if (f && f != FAULT_BUSY) log_line(LOG_WARN_, "calls.send", "fault", fault_word(f));
        mail_all(m);
        returns_look(&m->returns);
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += ROUND_SECONDS;
        pthread_mutex_lock(&m->lock);
        while (!atomic_load(&m->stop) && !pthread_cond_timedwait(&m->wake, &m->lock, &until)) {}
        pthread_mutex_unlock(&m->lock);
    }
    return NULL;
}

enum fault mailer_start(const struct site_config *config, struct mailer **out) {
    *out = NULL;
    if (!config->channels || !config->channels->count) return FAULT_NONE;
    struct mailer *m = memory_new(sizeof *m);
    pthread_condattr_t monotonic;
    m->registers = config->registers;
    m->channels = config->channels;
    m->institution = config->institution;
    m->returns = (struct returns){.registers = m->registers, .channels = m->channels, .stop = &m->stop};
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&m->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&m->lock, NULL);
    if (pthread_create(&m->thread, NULL, mailer_main, m)) {
        memory_release(&m);
        return FAULT_SYSTEM;
    }
    *out = m;
    return FAULT_NONE;
}

void mailer_stop(struct mailer *m) {
    if (!m) return;
    pthread_mutex_lock(&m->lock);
    atomic_store(&m->stop, true);
    pthread_cond_broadcast(&m->wake);
    pthread_mutex_unlock(&m->lock);
    pthread_join(m->thread, NULL);
    pthread_cond_destroy(&m->wake);
    pthread_mutex_destroy(&m->lock);
    memory_release(&m);
}
