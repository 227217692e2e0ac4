/* jobs.c - a small table of jobs under one lock; a place is taken anew when its job has ended. */
#include "web/jobs.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct job {
    struct jobs *jobs;
    pthread_t thread;
    bool used, running;
    uint64_t number; /* in the order of starting */
    struct id owner;
    char register_key[64], name[JOB_TEXT], page[JOB_TEXT], outcome[JOB_TEXT];
    atomic_int_fast64_t done;
    atomic_bool cancelled;
    enum fault fault;
    bool give_up;
    job_work work;
    void *context;
    void (*release)(void *context);
};

struct jobs {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    uint64_t last;
    int running;
    struct job all[JOBS_MAX];
};

struct jobs *jobs_new(void) {
    struct jobs *jobs = memory_new(sizeof *jobs);
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->ended, NULL);
    return jobs;
}

void jobs_release(struct jobs *jobs) {
    if (!jobs) return;
    pthread_mutex_lock(&jobs->lock);
    for (int i = 0; i < JOBS_MAX; i++)
        if (jobs->all[i].running && jobs->all[i].give_up) atomic_store(&jobs->all[i].cancelled, true);
    while (jobs->running) pthread_cond_wait(&jobs->ended, &jobs->lock);
    pthread_mutex_unlock(&jobs->lock);
    pthread_cond_destroy(&jobs->ended);
    pthread_mutex_destroy(&jobs->lock);
    memory_release(&jobs);
}

static void *job_run(void *argument) {
    struct job *job = argument;
    char outcome[JOB_TEXT] = "";
    enum fault f = job->work(job->context, job, outcome, sizeof outcome);
    job->release(job->context);
    pthread_mutex_lock(&job->jobs->lock);
    job->fault = f;
    memcpy(job->outcome, outcome, sizeof outcome);
    job->running = false;
    job->jobs->running--;
    pthread_cond_signal(&job->jobs->ended);
    pthread_mutex_unlock(&job->jobs->lock);
    return NULL;
}

/* A place never used, or else the one whose job ended longest ago; NULL when all run. */
static struct job *free_place(struct jobs *jobs) {
    struct job *best = NULL;
    for (int i = 0; i < JOBS_MAX; i++) {
        struct job *job = &jobs->all[i];
        if (!job->running && (!best || (best->used && (!job->used || job->number < best->number)))) best = job;
    }
    return best;
}

enum fault job_start(struct jobs *jobs, const struct job_plan *plan) {
    enum fault f = FAULT_BUSY;
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_mutex_lock(&jobs->lock);
    struct job *job = free_place(jobs);
    if (job) {
        *job = (struct job){
            .jobs = jobs, .used = true, .running = true, .number = ++jobs->last, .owner = plan->owner, .work = plan->work};
        job->context = plan->context;
        job->release = plan->release;
        job->give_up = plan->give_up;
        snprintf(job->register_key, sizeof job->register_key, "%s", plan->register_key);
        snprintf(job->name, sizeof job->name, "%s", plan->name);
        snprintf(job->page, sizeof job->page, "%s", plan->page);
        f = pthread_create(&job->thread, &detached, job_run, job) ? FAULT_SYSTEM : FAULT_NONE;
        if (f) job->used = job->running = false;
        else jobs->running++;
    }
    pthread_mutex_unlock(&jobs->lock);
    pthread_attr_destroy(&detached);
    if (f) plan->release(plan->context);
    return f;
}

bool job_tell(struct job *job, int64_t done) {
    atomic_store(&job->done, done);
    return !atomic_load(&job->cancelled);
}

enum fault job_cancel(struct jobs *jobs, const struct id *owner, uint64_t number) {
    enum fault f = FAULT_ABSENT;
    pthread_mutex_lock(&jobs->lock);
    for (int i = 0; i < JOBS_MAX; i++) {
        struct job *job = &jobs->all[i];
        if (!job->running || job->number != number || !id_same(&job->owner, owner)) continue;
        atomic_store(&job->cancelled, true);
        f = FAULT_NONE;
    }
    pthread_mutex_unlock(&jobs->lock);
    return f;
}

void jobs_list(struct jobs *jobs, const struct id *owner, const char *register_key,
               void (*each)(void *context, const struct job_state *state), void *context) {
    pthread_mutex_lock(&jobs->lock);
    for (uint64_t below = UINT64_MAX;;) {
        struct job *next = NULL;
        for (int i = 0; i < JOBS_MAX; i++) {
            struct job *job = &jobs->all[i];
            bool theirs = job->used && id_same(&job->owner, owner) && (!register_key || !strcmp(job->register_key, register_key));
            if (theirs && job->number < below && (!next || job->number > next->number)) next = job;
        }
        if (!next) break;
        below = next->number;
        each(context, &(struct job_state){.number = next->number,
                                          .register_key = next->register_key,
                                          .name = next->name,
                                          .page = next->page,
                                          .running = next->running,
                                          .cancelled = atomic_load(&next->cancelled),
                                          .done = atomic_load(&next->done),
                                          .fault = next->fault,
                                          .outcome = next->outcome});
    }
    pthread_mutex_unlock(&jobs->lock);
}
