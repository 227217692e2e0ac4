/* mailer.c - one message a person for the warnings planned since the last; a server that hangs holds up nothing but this thread. */
#include "web/mailer.h"

#include "base/log.h"
#include "net/mail.h"
#include "register/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { ROUND_SECONDS = 3, SEND_MS = 15000, LEASE_MS = 120000, MESSAGE_ARENA = 16 << 20 };

struct mailer {
    struct registers *registers;
    const struct mail_settings *settings;
    const char *institution;
    atomic_bool stop;
    pthread_mutex_t lock; /* for waiting only */
    pthread_cond_t wake;
    pthread_t thread;
};

static void compose(const struct mailer *m, int count, const struct text *lines, struct arena *arena, struct mail *out) {
    const char *number = arena_int(arena, count);
    _cleanup_(text_release) struct text subject, body;
    text_init(&subject, 1000);
    text_init(&body, MAIL_BODY_MAX / 2);
    const char *const args[NOTE_ARGS] = {number, m->institution};
    note_fill(&subject, lang_tr(LANG_ZH, "{1}：{0} 项期限提醒"), args);
    note_fill(&body, lang_tr(LANG_ZH, "以下期限将到或者已过，请登录台账的“今日”页办理：\n\n"), args);
    text_add(&body, lines->at);
    out->subject = arena_copy(arena, subject.at);
    out->body = arena_copy(arena, body.at);
}

static enum fault deliver(struct mailer *m, const struct warning_message *w, struct arena *arena) {
    int64_t now_ms = clock_now_ms();
    struct mail mail = {.to = w->address, .id = w->id, .at_ms = now_ms};
    struct mail_result result = {.outcome = MAIL_REFUSED};
    _cleanup_(text_release) struct text lines;
    int count = 0;
    text_init(&lines, MAIL_BODY_MAX / 4);
    if (!w->address || !w->address[0]) return warning_mail_settle(m->registers, w, TOLD_NEVER, "", now_ms);
    enum fault f = warning_mail_lines(m->registers, w, civil_at(now_ms), arena, &lines, &count);
    if (f) return f;
    if (!count) return warning_mail_settle(m->registers, w, TOLD_NEVER, "", now_ms);
    compose(m, count, &lines, arena, &mail);
    f = mail_send(m->settings, &mail, SEND_MS, &m->stop, &result);
    if (f && f != FAULT_INPUT) return f;
    if (atomic_load(&m->stop) && result.outcome != MAIL_SENT)
        return FAULT_NONE; /* not the server's doing: tried again after the lease */
    static const enum warning_told_how how[] = {
        [MAIL_SENT] = TOLD_SENT, [MAIL_REFUSED] = TOLD_NEVER, [MAIL_LATER] = TOLD_LATER, [MAIL_UNCERTAIN] = TOLD_LATER};
    if (result.outcome != MAIL_SENT) log_line(LOG_WARN_, "mail.failed", "id", w->id, "why", result.why);
    return warning_mail_settle(m->registers, w, how[result.outcome], result.why, clock_now_ms());
}

static void mail_all(struct mailer *m) {
    bool any = true;
    enum fault f = FAULT_NONE;
    while (any && !f && !atomic_load(&m->stop)) {
        struct warning_message w;
        _cleanup_(arena_release) struct arena arena;
        arena_init(&arena, MESSAGE_ARENA);
        f = warning_mail_claim(m->registers, clock_now_ms(), LEASE_MS, &arena, &w, &any);
        if (!f && any) f = deliver(m, &w, &arena);
    }
    if (f && f != FAULT_BUSY) log_line(LOG_WARN_, "mail.deliver", "fault", fault_word(f));
}

static void *mailer_main(void *argument) {
    struct mailer *m = argument;
    while (!atomic_load(&m->stop)) {
        mail_all(m);
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
    if (!config->mail) return FAULT_NONE;
    struct mailer *m = memory_new(sizeof *m);
    pthread_condattr_t monotonic;
    m->registers = config->registers;
    m->settings = config->mail;
    m->institution = config->institution;
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
