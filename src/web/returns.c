/* returns.c - reads the mailbox of bounces and asks the carrier for reports, at intervals; what failed for good is passed to the next channel. */
#include "web/returns.h"

#include "base/civil.h"
#include "base/log.h"
#include "net/bounce.h"

#include <stdio.h>
#include <time.h>

enum { MAILBOX_TIMEOUT_MS = 20000, CARRIER_TIMEOUT_MS = 10000, CARRIER_QUIET_MS = 1000 };
enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, MAILBOX_EVERY_MS = 5 * MINUTE_MS, SWEEP_EVERY_MS = 60 * MINUTE_MS };

static int64_t monotonic_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- bounces ---- */

struct looking {
    struct registers *registers;
    int64_t now_ms;
};

/* What is no bounce of ours is passed over. */
static enum fault see_letter(void *context, const char *bytes, size_t length) {
    const struct looking *l = context;
    struct bounce b;
    const char *addresses[BOUNCE_ADDRESSES];
    bounce_read(bytes, length, SENDING_PREFIX, &b);
    if (b.verdict == BOUNCE_NONE) return FAULT_NONE;
    for (size_t i = 0; i < b.address_count; i++) addresses[i] = b.addresses[i];
    const struct sending_news news = {b.verdict == BOUNCE_FAILED ? SENDING_FAILED : SENDING_DELAYED, b.why};
    enum fault f = sending_bounced(l->registers, b.id, addresses, b.address_count, &news, l->now_ms);
    log_line(LOG_INFO_, "bounce", "id", b.id, "known", f ? "no" : "yes", "why", b.why);
    return f == FAULT_ABSENT ? FAULT_NONE : f;
}

static enum fault read_mailbox(const struct returns *r, int64_t now_ms, char why[MAIL_WHY]) {
    const struct mailbox_settings *m = r->channels->mailbox;
    char name[1000];
    struct mailbox_place place, before;
    struct looking looking = {r->registers, now_ms};
    snprintf(name, sizeof name, "%s %s", m->user, m->url);
    {
        _cleanup_(store_read_end) struct conn *conn = NULL;
        enum fault f = store_read_begin(registers_store(r->registers), &conn);
        if (!f) f = mailbox_place_read(conn, name, &place.validity, &place.uid);
        if (f) return f;
    }
    before = place;
    enum fault f = mailbox_read(m, &place, MAILBOX_TIMEOUT_MS, r->stop, see_letter, &looking, why);
    bool moved = place.validity != before.validity || place.uid != before.uid;
    enum fault kept = moved ? mailbox_place_put(r->registers, name, place.validity, place.uid) : FAULT_NONE;
    return f ? f : kept;
}

static enum fault look_into_mailbox(struct returns *r, int64_t now_ms) {
    char why[MAIL_WHY] = "";
    r->mailbox_ms = monotonic_ms() + MAILBOX_EVERY_MS;
    enum fault f = read_mailbox(r, now_ms, why);
    if (atomic_load(r->stop)) return FAULT_NONE;
    if (why[0]) log_line(LOG_WARN_, "bounce.mailbox", "why", why);
    if (f && !why[0]) return f;
    return sending_record_put(r->registers, CHANNEL_BOUNCES, !f, why, now_ms);
}

/* ---- a carrier's reports ---- */

enum fault returns_reported(struct registers *rs, const struct cmpp_report *report) {
    static const enum sending_state states[] = {
        [CMPP_DELIVERED] = SENDING_DELIVERED, [CMPP_PENDING] = SENDING_DELAYED, [CMPP_LOST] = SENDING_FAILED};
    char why[60];
    snprintf(why, sizeof why, "the carrier reports %s", report->stat);
    const struct sending_news news = {states[report->fate], report->fate == CMPP_DELIVERED ? "" : why};
    enum fault f = sending_reported(rs, channel_word(CHANNEL_CMPP), report->id, report->phone, &news, clock_now_ms());
    log_line(LOG_INFO_, "cmpp.report", "id", report->id, "known", f ? "no" : "yes", "stat", report->stat);
    return f;
}

static enum fault keep_report(void *context, const struct cmpp_report *report) { return returns_reported(context, report); }
static enum fault keep_none(void *context, unsigned part, const char *id) {
    (void)context, (void)part, (void)id; /* nothing is handed in here */
    return FAULT_NONE;
}

/* Soon after a message was handed in, and less often the longer its report is awaited. */
static int64_t next_visit_ms(int64_t age_ms) {
    if (age_ms < 5 * MINUTE_MS) return 15 * SECOND_MS;
    return age_ms < 60 * MINUTE_MS ? 2 * MINUTE_MS : 15 * MINUTE_MS;
}

static enum fault visit_carrier(struct returns *r, int64_t now_ms) {
    int64_t newest = 0;
    {
        _cleanup_(store_read_end) struct conn *conn = NULL;
        enum fault f = store_read_begin(registers_store(r->registers), &conn);
        if (!f) f = sending_outstanding(conn, channel_word(CHANNEL_CMPP), now_ms, &newest);
        if (f || !newest) return f;
    }
    char why[MAIL_WHY] = "";
    const struct cmpp_keeper keeper = {r->registers, keep_none, keep_report};
    enum fault f = cmpp_collect(r->channels->cmpp, now_ms, CARRIER_TIMEOUT_MS, CARRIER_QUIET_MS, r->stop, &keeper, why);
    r->carrier_ms = monotonic_ms() + next_visit_ms(now_ms - newest);
    if (!f || atomic_load(r->stop)) return FAULT_NONE;
    if (!why[0]) return f;
    log_line(LOG_WARN_, "cmpp.collect", "why", why);
    return sending_record_put(r->registers, channel_word(CHANNEL_CMPP), false, why, now_ms);
}

void returns_expect(struct returns *r) { r->carrier_ms = 0; }

/* ---- all of it ---- */

static bool has(const struct channels *c, enum channel channel) {
    for (size_t i = 0; i < c->count; i++)
        if (c->order[i] == channel) return true;
    return false;
}

static enum fault sweep(struct returns *r, int64_t now_ms) {
    r->sweep_ms = monotonic_ms() + SWEEP_EVERY_MS;
    return sending_sweep(r->registers, now_ms);
}

void returns_look(struct returns *r) {
    const char *order[CHANNEL_COUNT];
    int64_t now_ms = clock_now_ms(), at = monotonic_ms();
    enum fault f = FAULT_NONE;
    for (size_t i = 0; i < r->channels->count; i++) order[i] = channel_word(r->channels->order[i]);
    if (r->channels->mailbox && at >= r->mailbox_ms) f = look_into_mailbox(r, now_ms);
    if (!f && has(r->channels, CHANNEL_CMPP) && at >= r->carrier_ms) f = visit_carrier(r, now_ms);
    if (!f) f = sending_pass_on(r->registers, order, r->channels->count, now_ms);
    if (!f && at >= r->sweep_ms) f = sweep(r, now_ms);
    if (f && f != FAULT_BUSY) log_line(LOG_WARN_, "returns.look", "fault", fault_word(f));
}
