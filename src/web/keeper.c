/* keeper.c - once a second: the index of due dates is brought up to the journal, and the warnings whose day has come and the calls of open incidents are planned. */
#include "web/keeper.h"
#include "web/jobs.h"
#include "web/page.h"

#include "base/log.h"
#include "incident/incident.h"
#include "register/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { SWEEP_ROUNDS = 600 };

struct keeper {
    struct registers *registers;
    struct jobs *jobs;
    const char *files;
    atomic_bool stop;
    pthread_mutex_t lock; /* for waiting only */
    pthread_cond_t wake;
    pthread_t thread;
};

static void follow(struct keeper *k) {
    int64_t moved = 0, planned = 0;
    enum fault f = clocks_follow(k->registers, &moved);
    if (!f) f = clocks_warn(k->registers, clock_now_ms(), &planned);
    if (!f) f = incidents_follow(k->registers, clock_now_ms(), &planned);
    char count[24];
    snprintf(count, sizeof count, "%lld", (long long)moved);
    if (f && f != FAULT_BUSY) log_line(LOG_WARN_, "clocks.follow", "fault", fault_word(f));
    else if (moved) log_line(LOG_INFO_, "clocks.moved", "count", count);
}

static void sweep(struct keeper *k) {
    enum fault f = refusals_sweep(registers_store(k->registers));
    if (f && f != FAULT_BUSY) log_line(LOG_WARN_, "refusals.sweep", "fault", fault_word(f));
    f = jobs_sweep(k->jobs, clock_now_ms());
    if (f && f != FAULT_BUSY) log_line(LOG_WARN_, "jobs.sweep", "fault", fault_word(f));
    box_sweep(k->files, clock_now_ms());
}

static void *keeper_main(void *argument) {
    struct keeper *k = argument;
    for (unsigned round = 0; !atomic_load(&k->stop); round++) {
        follow(k);
        if (round % SWEEP_ROUNDS == 0) sweep(k);
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += 1;
        pthread_mutex_lock(&k->lock);
        while (!atomic_load(&k->stop) && !pthread_cond_timedwait(&k->wake, &k->lock, &until)) {}
        pthread_mutex_unlock(&k->lock);
    }
    return NULL;
}

enum fault keeper_start(struct registers *registers, struct jobs *jobs, const char *files, struct keeper **out) {
    struct keeper *k = memory_new(sizeof *k);
    pthread_condattr_t monotonic;
    k->registers = registers;
    k->jobs = jobs;
    k->files = files;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&k->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&k->lock, NULL);
    if (pthread_create(&k->thread, NULL, keeper_main, k)) {
        memory_release(&k);
        return FAULT_SYSTEM;
    }
    *out = k;
    return FAULT_NONE;
}

void keeper_stop(struct keeper *k) {
    if (!k) return;
    pthread_mutex_lock(&k->lock);
    atomic_store(&k->stop, true);
    pthread_cond_broadcast(&k->wake);
    pthread_mutex_unlock(&k->lock);
    pthread_join(k->thread, NULL);
    pthread_cond_destroy(&k->wake);
    pthread_mutex_destroy(&k->lock);
    memory_release(&k);
}
