/* hooks.c - collects messages from the journal and delivers them: one at a time to a subscription, several subscriptions at once. */
#include "web/hooks.h"
#include "web/api.h"

#include "base/keyfile.h"
#include "base/log.h"
#include "base/printer.h"
#include "net/client.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    SENDERS = 4,
    KEY_BYTES = 32,
    TIMEOUT_MS = 10000,
    LEASE_MS = 20000,
    BODY_BYTES = 1 << 20,
    HOOK_ARENA = 16 << 20,
    SWEEP_ROUNDS = 3600
};
enum { STATUS_GONE = 410 };

struct hooks {
    struct registers *registers;
    const char *networks;
    uint8_t key[KEY_BYTES];
    atomic_bool stop;
    pthread_mutex_t lock; /* for waiting only */
    pthread_cond_t wake;
    pthread_t threads[SENDERS];
    size_t thread_count;
    atomic_bool collector_taken;
};

/* ---- the key ---- */

static void secret_of(const struct hooks *h, const struct id *hook, struct digest *out) {
    *out = digest_hmac(h->key, sizeof h->key, &(struct digest_piece){hook->bytes, ID_BYTES}, 1);
}

void hooks_secret(const struct hooks *h, const struct id *hook, char out[HOOK_SECRET]) {
    struct digest secret;
    _cleanup_(text_release) struct text text;
    text_init(&text, HOOK_SECRET - 1);
    secret_of(h, hook, &secret);
    text_add(&text, "whsec_");
    base64_text(&text, secret.bytes, DIGEST_BYTES);
    snprintf(out, HOOK_SECRET, "%s", text.at);
}

/* ---- a message ---- */

const char *const *hooks_headers(const struct hooks *h, const struct outbox_message *m, int64_t now_ms, const struct text *body,
                                 struct arena *arena) {
    char id[ID_TEXT];
    id_format(&m->id, id);
    const char *name = arena_join(arena, "msg_", id), *moment = arena_int(arena, now_ms / 1000);
    const struct digest_piece pieces[] = {
        {name, strlen(name)}, {".", 1}, {moment, strlen(moment)}, {".", 1}, {body->at, body->length}};
    struct digest secret, signature;
    secret_of(h, &m->hook, &secret);
    signature = digest_hmac(secret.bytes, DIGEST_BYTES, pieces, COUNT_OF(pieces));
    _cleanup_(text_release) struct text code;
    text_init(&code, 100);
    base64_text(&code, signature.bytes, DIGEST_BYTES);
    const char **lines = arena_array(arena, const char *, 5);
    lines[0] = "Content-Type: application/json";
    lines[1] = arena_join(arena, "webhook-id: ", name);
    lines[2] = arena_join(arena, "webhook-timestamp: ", moment);
    lines[3] = arena_join(arena, "webhook-signature: v1,", code.at);
    return lines;
}

enum fault hooks_body(struct registers *rs, struct conn *conn, const struct hook *hook, const struct outbox_message *m,
                      int64_t now_ms, struct arena *arena, struct text *out) {
    struct entry_row row;
    struct actor owner;
    struct record r;
    char id[ID_TEXT], moment[MOMENT_TEXT];
    struct look then = {.has_known_at = true, .known_at = m->position};
    if (!hook->reg) return FAULT_ABSENT;
    enum fault f = actor_read(conn, &hook->owner, civil_at(now_ms), arena, &owner);
    if (!f && !access_may(&owner, hook->reg->read)) f = FAULT_RIGHT;
    if (!f) f = journal_entry_read(conn, TENANT, m->position, arena, &row);
    if (!f) f = record_read(rs, conn, &owner, hook->reg, &row.entry.record, &then, arena, &r);
    if (f) return f;
    id_format(&row.entry.record, id);
    moment_format(row.entry.entered_ms, moment);
    moment[strcspn(moment, " ")] = 'T';
    text_format(out,
                "{\"type\":\"%s.%s\",\"timestamp\":\"%s+08:00\",\"data\":{\"register\":\"%s\",\"op\":\"%s\",\"position\":%lld,",
                hook->reg->key, row.entry.op, moment, hook->reg->key, row.entry.op, (long long)m->position);
    text_format(out, "\"url\":\"/api/v1/r/%s/%s\",\"record\":", hook->reg->key, id);
    api_record(out, hook->reg, &r);
    text_add(out, "}}\n");
    return out->over ? FAULT_LARGE : FAULT_NONE;
}

/* What is to be sent, or why nothing is. */
static enum fault prepare(struct hooks *h, const struct outbox_message *m, struct arena *arena, struct hook *hook,
                          struct text *body, const char **why) {
    _cleanup_(store_read_end) struct conn *conn = NULL;
    enum fault f = store_read_begin(registers_store(h->registers), &conn);
    if (!f) f = hook_read(h->registers, conn, &m->hook, arena, hook);
    if (!f && !hook->active) f = FAULT_STATE;
    if (!f) f = hooks_body(h->registers, conn, hook, m, clock_now_ms(), arena, body);
    *why = f == FAULT_STATE                      ? "the subscription was stopped"
         : f == FAULT_ABSENT || f == FAULT_RIGHT ? "its owner may not read this record"
         : f == FAULT_LARGE                      ? "the record is too large for a message"
                                                 : NULL;
    return f;
}

static enum fault deliver(struct hooks *h, const struct outbox_message *m) {
    _cleanup_(arena_release) struct arena arena;
    _cleanup_(text_release) struct text body;
    arena_init(&arena, HOOK_ARENA);
    text_init(&body, BODY_BYTES);
    struct hook hook;
    struct outbox_try try = {.at_ms = clock_now_ms()};
    enum fault f = prepare(h, m, &arena, &hook, &body, &try.why);
    if (f && !try.why) return f; /* the database: the lease ends, and it is tried again */
    struct http_posted posted = {0};
    try.last = f != FAULT_NONE;
    if (!f) {
        struct http_post post = {.url = hook.url,
                                 .headers = hooks_headers(h, m, try.at_ms, &body, &arena),
                                 .body = body.at,
                                 .length = body.length,
                                 .timeout_ms = TIMEOUT_MS,
                                 .networks = h->networks,
                                 .stop = &h->stop};
        f = client_post(&post, &posted);
        if (atomic_load(&h->stop)) return FAULT_BUSY; /* not the receiver's doing */
        try.why = f ? posted.why : NULL;
    }
    try.took_ms = clock_now_ms() - try.at_ms;
    if (try.took_ms < 0) try.took_ms = 0;
    try.status = posted.status;
    try.good = !f && posted.status >= 200 && posted.status < 300;
    try.last |= f == FAULT_INPUT || posted.status == STATUS_GONE;
    try.retry_ms = posted.retry_s * 1000;
    return outbox_tried(h->registers, m, &try);
}

/* ---- threads ---- */

static void complain(const char *what, enum fault f) {
    if (f && f != FAULT_BUSY) log_line(LOG_WARN_, what, "fault", fault_word(f));
}

static void collect(struct hooks *h, bool sweep) {
    bool more = true;
    enum fault f = FAULT_NONE;
    while (more && !f && !atomic_load(&h->stop)) f = outbox_collect(h->registers, clock_now_ms(), &more);
    if (!f && sweep) f = outbox_sweep(h->registers, clock_now_ms());
    complain("hooks.collect", f);
}

static void pause_a_second(struct hooks *h) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 1;
    pthread_mutex_lock(&h->lock);
    while (!atomic_load(&h->stop) && !pthread_cond_timedwait(&h->wake, &h->lock, &until)) {}
    pthread_mutex_unlock(&h->lock);
}

/* Each thread delivers; the first collects before it does. */
static void *hooks_main(void *argument) {
    struct hooks *h = argument;
    bool collector = !atomic_exchange(&h->collector_taken, true);
    for (unsigned round = 0; !atomic_load(&h->stop); round++) {
        struct outbox_message message;
        bool any = true;
        enum fault f = FAULT_NONE;
        if (collector) collect(h, round % SWEEP_ROUNDS == 0);
        while (any && !f && !atomic_load(&h->stop)) {
            f = outbox_claim(h->registers, clock_now_ms(), LEASE_MS, &message, &any);
            if (!f && any) f = deliver(h, &message);
        }
        complain("hooks.deliver", f);
        pause_a_second(h);
    }
    return NULL;
}

enum fault hooks_start(const struct site_config *config, struct notes *notes, struct hooks **out) {
    char path[4096];
    const char *networks = config->webhook_networks ? config->webhook_networks : "";
    if (!client_networks_valid(networks)) {
        note_add(notes, "webhook_networks", "应为用空格隔开的网段，如 {0}", "10.0.0.0/8 fd00::/8");
        return FAULT_INPUT;
    }
    struct hooks *h = memory_new(sizeof *h);
    *h = (struct hooks){.registers = config->registers, .networks = networks};
    snprintf(path, sizeof path, "%s/keys/webhook.key", config->data);
    enum fault f = keyfile_make(path, h->key, sizeof h->key);
    if (f) {
        note_add(notes, path, "文件无法读写");
        memory_release(&h);
        return f;
    }
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&h->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&h->lock, NULL);
    while (h->thread_count < SENDERS && !pthread_create(&h->threads[h->thread_count], NULL, hooks_main, h)) h->thread_count++;
    *out = h;
    return FAULT_NONE;
}

void hooks_stop(struct hooks *h) {
    if (!h) return;
    pthread_mutex_lock(&h->lock);
    atomic_store(&h->stop, true);
    pthread_cond_broadcast(&h->wake);
    pthread_mutex_unlock(&h->lock);
    for (size_t i = 0; i < h->thread_count; i++) pthread_join(h->threads[i], NULL);
    pthread_cond_destroy(&h->wake);
    pthread_mutex_destroy(&h->lock);
    memory_release(&h);
}
