/* writer.c - the one writer: jobs from all threads, a savepoint each, committed in groups, replayed singly if a group fails. */
#include "store/inside.h"

#include "base/log.h"

#include <assert.h>
#include <sched.h>
#include <string.h>

static enum fault run_plain(struct conn *c, enum write_mode mode, const char *sql) {
    c->mode = mode;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(c, sql, &s);
    return f ? f : stmt_run(s);
}

/* Takes back what a failed job wrote, beside others of its group. A large one must not be taken back to its savepoint: SQLite (3.40 at least) then goes on with a
 * wrong checksum in its log once it wrote pages ahead of the commit, and a crash loses all that was committed after that. */
static bool take_back(struct store *s) {
    if (s->driver->spilled && s->driver->spilled(s->writer->driver)) return false;
    return !run_plain(s->writer, WRITE_NOTHING, "ROLLBACK TO job");
}

/* False if the job's writes could not be taken back, so that the whole group must be: a full disk or an I/O error makes the
 * database end the transaction by itself, and a further job would then commit outside of the group and its head. The group of a failed job that is
 * alone in it is taken back by run_group(). */
static bool run_job(struct store *s, struct job *job, bool alone) {
    struct conn *c = s->writer;
    bool change = job->mode == WRITE_CHANGE;
    if (change && s->hooks.change_begin) s->hooks.change_begin(s->hooks.context);
    if (job->many && search_flush(s))
        return job->fault = FAULT_STORE, false; /* it writes its terms itself, after those before it */
    s->later.collecting = change && !job->many;
    size_t kept = s->later.count, kept_bytes = s->later.terms.length;
    job->fault = run_plain(c, WRITE_NOTHING, "SAVEPOINT job");
    if (job->fault) return false;
    if (s->driver->spilled && !alone) (void)s->driver->spilled(c->driver); /* from here on */
    c->mode = job->mode;
    job->fault = job->run(c, job->argument);
    s->later.collecting = false;
    if (job->fault) {
        search_forget(s, kept, kept_bytes);
        if (change && s->hooks.change_undo) s->hooks.change_undo(s->hooks.context);
        if (alone) return true;
        if (!take_back(s)) return false;
    }
    enum fault f = run_plain(c, WRITE_NOTHING, "RELEASE job");
    if (f && !job->fault) job->fault = f;
    return !f;
}

static enum fault take_lease(struct store *s) {
    bool taken = false;
    enum fault f = s->driver->lease ? s->driver->lease(s->writer->driver, &taken) : FAULT_NONE;
    s->lease_fresh |= taken;
    return f;
}

/* Another may have written since our last group: the server whose lease this was, or a command beside this server. What is in memory is then older
 * than the tables. Inside the transaction, where nobody else can write any more. */
static enum fault catch_up(struct store *s) {
    bool wrote = false;
    enum fault f = s->driver->others_wrote ? s->driver->others_wrote(s->writer->driver, &wrote) : FAULT_NONE;
    s->lease_fresh |= wrote;
    if (f || !s->lease_fresh || !s->hooks.lease_taken) return f;
    s->writer->mode = WRITE_NOTHING;
    f = s->hooks.lease_taken(s->hooks.context, s->writer);
    if (!f) s->lease_fresh = false;
    return f;
}

static void roll_back(struct store *s) {
    enum fault rolled = run_plain(s->writer, WRITE_NOTHING, "ROLLBACK");
    (void)rolled; /* a failed COMMIT may have ended the transaction already */
    if (s->hooks.group_undo) s->hooks.group_undo(s->hooks.context);
}

/* Runs the list in one transaction; on FAULT_NONE it is durable. */
static enum fault run_group(struct store *s, struct job *first) {
    struct conn *c = s->writer;
    bool changes = false;
    for (struct job *j = first; j; j = j->next) changes |= j->mode == WRITE_CHANGE;
    enum fault f = changes ? take_lease(s) : FAULT_NONE;
    if (!f) f = run_plain(c, WRITE_NOTHING, "BEGIN IMMEDIATE");
    if (f) return f;
    bool changed = false, whole = true;
    search_forget(s, 0, 0);
    if (changes) f = catch_up(s);
    for (struct job *j = first; j && whole && !f; j = j->next) {
        whole = run_job(s, j, !first->next);
        changed |= j->mode == WRITE_CHANGE && !j->fault;
        if (!whole) f = j->fault ? j->fault : FAULT_STORE;
    }
    bool nothing = !f && !first->next && first->fault;
    if (!f && !nothing) f = search_flush(s);
    if (!f && changed && s->hooks.group_seal) {
        c->mode = WRITE_CHANGE;
        f = s->hooks.group_seal(s->hooks.context, c);
    }
    if (!f && !nothing) f = run_plain(c, WRITE_NOTHING, "COMMIT");
    if (f || nothing) {
        roll_back(s);
        return f;
    }
    if (s->hooks.group_done) s->hooks.group_done(s->hooks.context);
    return FAULT_NONE;
}

static void run_singly(struct store *s, struct job *first) {
    for (struct job *j = first; j;) {
        struct job *next = j->next;
        j->next = NULL;
        enum fault f = run_group(s, j);
        if (f) j->fault = f == FAULT_CONFLICT ? f : f == FAULT_BUSY ? f : FAULT_STORE;
        j->next = next;
        j = next;
    }
}

static bool goes_alone(const struct job *job) { return job->mode == WRITE_SCHEMA || job->many; }

static struct job *take_group(struct store *s) {
    struct job *first = s->first_job, *last = first;
    if (!first) return NULL;
    int taken = 1;
    /* A schema job goes alone, because it changes what the guard knows, and a job of many changes, because it would be run twice if it failed among others. */
    while (last->next && taken < GROUP_MAX && !goes_alone(last) && !goes_alone(last->next)) last = last->next, taken++;
    s->first_job = last->next;
    if (!s->first_job) s->last_job = NULL;
    last->next = NULL;
    return first;
}

void *writer_main(void *argument) {
    struct store *s = argument;
    pthread_setname_np(pthread_self(), "store-writer"); /* as top and the benches show it */
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while (!s->first_job && !s->stopping) pthread_cond_wait(&s->jobs_came, &s->lock);
        struct job *group = take_group(s);
        if (!group) break; /* stopping, and nothing left */
        pthread_mutex_unlock(&s->lock);
        if (run_group(s, group)) run_singly(s, group);
        for (struct job *j = group; j;) {
            struct job *next = j->next; /* the caller may go on at once, and take the job with him */
            sem_post(&j->done);
            j = next;
        }
        sched_yield(); /* those who wait longest come first, and what they ask for goes into the next group */
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

enum fault store_submit(struct store *s, enum write_mode mode, bool many, store_job run, void *argument) {
    struct job job = {.run = run, .argument = argument, .mode = mode, .many = many};
    sem_init(&job.done, 0, 0);
    pthread_mutex_lock(&s->lock);
    if (s->stopping) {
        pthread_mutex_unlock(&s->lock);
        sem_destroy(&job.done);
        return FAULT_BUSY;
    }
    if (s->last_job) s->last_job->next = &job;
    else s->first_job = &job;
    s->last_job = &job;
    pthread_cond_signal(&s->jobs_came);
    pthread_mutex_unlock(&s->lock);
    while (sem_wait(&job.done)) continue; /* a signal */
    sem_destroy(&job.done);
    return job.fault;
}

enum fault store_change(struct store *s, store_job job, void *argument) {
    return store_submit(s, WRITE_CHANGE, false, job, argument);
}

enum fault store_change_many(struct store *s, store_job job, void *argument) {
    return store_submit(s, WRITE_CHANGE, true, job, argument);
}

enum fault store_work(struct store *s, store_job job, void *argument) { return store_submit(s, WRITE_WORK, false, job, argument); }

void store_set_hooks(struct store *s, const struct store_hooks *hooks) {
    pthread_mutex_lock(&s->lock);
    s->hooks = *hooks;
    pthread_mutex_unlock(&s->lock);
}
