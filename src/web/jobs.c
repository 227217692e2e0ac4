/* jobs.c - running jobs in a small table under one lock, and all of the last days in a table of the store; which of the two knows more is asked first. */
#include "web/jobs.h"

#include "access/access.h"
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 4200, DAY_MS = 86400000, LISTED = 50 };

/* `run` is the server's, so that another one knows what ended with it. */
static const struct store_column columns[] = {
    {"tenant", STORE_INT, true}, {"id", STORE_BLOB, true},       {"owner", STORE_BLOB, true},    {"run", STORE_BLOB, true},
    {"kind", STORE_INT, true},   {"register", STORE_TEXT, true}, {"name", STORE_TEXT, true},     {"request", STORE_TEXT, true},
    {"seal", STORE_TEXT, false}, {"running", STORE_INT, true},   {"cancelled", STORE_INT, true}, {"done", STORE_INT, true},
    {"fault", STORE_INT, true},  {"outcome", STORE_TEXT, true},  {"begun_ms", STORE_INT, true},
};
static const char *const indexes[] = {"tenant, owner, id", NULL};
static const struct store_table table = {"job", TABLE_WORK, columns, COUNT_OF(columns), "tenant, id", indexes, false};

struct job {
    struct jobs *jobs;
    bool used, running;
    struct id id;
    struct job_order order;
    char *texts[4]; /* of the order */
    char outcome[JOB_TEXT], path[PATH_ROOM];
    atomic_int_fast64_t done, total;
    atomic_bool cancelled;
    enum fault fault;
    int64_t begun_ms;
};

struct jobs {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    struct store *store;
    char folder[PATH_ROOM - ID_TEXT - 2];
    struct id run;
    int running;
    atomic_bool stopping;
    struct job all[JOBS_MAX];
};

enum fault jobs_open(struct store *store, const char *files, struct notes *notes, struct jobs **out) {
    enum fault f = store_declare(store, &table, 1, notes);
    if (f) return f;
    struct jobs *jobs = memory_new(sizeof *jobs);
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->ended, NULL);
    jobs->store = store;
    jobs->run = id_make(0);
    snprintf(jobs->folder, sizeof jobs->folder, "%s/.exports", files);
    *out = jobs;
    return FAULT_NONE;
}

static void forget_texts(struct job *job) {
    for (size_t i = 0; i < COUNT_OF(job->texts); i++) memory_release(&job->texts[i]);
}

void jobs_release(struct jobs *jobs) {
    if (!jobs) return;
    atomic_store(&jobs->stopping, true);
    pthread_mutex_lock(&jobs->lock);
    while (jobs->running) pthread_cond_wait(&jobs->ended, &jobs->lock);
    pthread_mutex_unlock(&jobs->lock);
    for (int i = 0; i < JOBS_MAX; i++) forget_texts(&jobs->all[i]);
    pthread_cond_destroy(&jobs->ended);
    pthread_mutex_destroy(&jobs->lock);
    memory_release(&jobs);
}

/* --- the store --- */

static enum fault run_insert(struct conn *conn, void *argument) {
    const struct job *job = argument;
    const struct job_order *o = &job->order;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn,
        "INSERT INTO job (tenant, id, owner, run, kind, register, name, request, seal, running, cancelled, done, fault, "
        "outcome, begun_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1, 0, 0, 0, '', ?10)",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &job->id);
    stmt_bind_id(s, 3, &o->owner);
    stmt_bind_id(s, 4, &job->jobs->run);
    stmt_bind_int(s, 5, o->kind);
    stmt_bind_text(s, 6, o->register_key);
    stmt_bind_text(s, 7, o->name);
    stmt_bind_text(s, 8, o->request);
    stmt_bind_text(s, 9, o->seal);
    stmt_bind_int(s, 10, job->begun_ms);
    return stmt_run(s);
}

static enum fault run_end(struct conn *conn, void *argument) {
    const struct job *job = argument;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn, "UPDATE job SET running = 0, cancelled = ?3, done = ?4, fault = ?5, outcome = ?6 WHERE tenant = ?1 AND id = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &job->id);
    stmt_bind_int(s, 3, atomic_load(&job->cancelled));
    stmt_bind_int(s, 4, atomic_load(&job->done));
    stmt_bind_int(s, 5, job->fault);
    stmt_bind_text(s, 6, job->outcome);
    return stmt_run(s);
}

static enum fault run_delete(struct conn *conn, void *argument) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "DELETE FROM job WHERE tenant = ?1 AND id = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, argument);
    return stmt_run(s);
}

static void path_of(const struct jobs *jobs, const struct id *id, char out[PATH_ROOM]) {
    char text[ID_TEXT];
    id_format(id, text);
    snprintf(out, PATH_ROOM, "%s/%s", jobs->folder, text);
}

const char *job_file_of(const struct jobs *jobs, const struct id *id, struct arena *arena) {
    char path[PATH_ROOM];
    path_of(jobs, id, path);
    return arena_copy(arena, path);
}

static enum fault forget(struct jobs *jobs, const struct id *id) {
    char path[PATH_ROOM];
    struct id copy = *id;
    path_of(jobs, id, path);
    unlink(path); /* before the row, so that no file is left that nobody knows */
    return store_work(jobs->store, run_delete, &copy);
}

/* --- running --- */

static void *job_run(void *argument) {
    struct job *job = argument;
    struct jobs *jobs = job->jobs;
    char outcome[JOB_TEXT] = "";
    enum fault f = job->order.work(job->order.context, job, outcome, sizeof outcome);
    job->order.release(job->order.context);
    memcpy(job->outcome, outcome, sizeof outcome);
    job->fault = f;
    bool stopped = f && atomic_load(&jobs->stopping) &&
                   !atomic_load(&job->cancelled); /* its row stays as that of a job that was lost */
    enum fault kept = stopped ? FAULT_NONE : store_work(jobs->store, run_end, job);
    if (kept) log_line(LOG_WARN_, "job", "fault", fault_word(kept));
    pthread_mutex_lock(&jobs->lock);
    job->running = false;
    jobs->running--;
    pthread_cond_signal(&jobs->ended);
    pthread_mutex_unlock(&jobs->lock);
    return NULL;
}

/* A place never used, or else the one whose job began longest ago of those that ended; NULL when all run. */
static struct job *free_place(struct jobs *jobs) {
    struct job *best = NULL;
    for (int i = 0; i < JOBS_MAX; i++) {
        struct job *job = &jobs->all[i];
        if (!job->running && (!best || (best->used && (!job->used || memcmp(job->id.bytes, best->id.bytes, ID_BYTES) < 0))))
            best = job;
    }
    return best;
}

static bool same_work(const struct job *job, const struct job_order *order) {
    const struct job_order *o = &job->order;
    return job->running && !atomic_load(&job->cancelled) && o->kind == order->kind && id_same(&o->owner, &order->owner) &&
           !strcmp(o->register_key, order->register_key) && !strcmp(o->request, order->request);
}

static char *kept_text(struct job *job, size_t at, const char *text) {
    if (!text) return NULL;
    size_t n = strlen(text) + 1;
    job->texts[at] = memory_new(n);
    return memcpy(job->texts[at], text, n);
}

/* Under the lock: the place of a new job, as one that runs. *there: it runs already. */
static struct job *take_place(struct jobs *jobs, int64_t now_ms, const struct job_order *order, bool *there) {
    int own = 0;
    *there = false;
    for (int i = 0; i < JOBS_MAX; i++) {
        *there |= same_work(&jobs->all[i], order);
        own += jobs->all[i].running && id_same(&jobs->all[i].order.owner, &order->owner);
    }
    struct job *job = *there || own >= JOBS_OWN ? NULL : free_place(jobs);
    if (!job) return NULL;
    forget_texts(job);
    *job = (struct job){.jobs = jobs, .used = true, .running = true, .id = id_make(now_ms), .order = *order, .begun_ms = now_ms};
    job->order.register_key = kept_text(job, 0, order->register_key);
    job->order.name = kept_text(job, 1, order->name);
    job->order.request = kept_text(job, 2, order->request);
    job->order.seal = kept_text(job, 3, order->seal);
    path_of(jobs, &job->id, job->path);
    jobs->running++;
    return job;
}

struct crowd {
    struct id ids[LISTED];
    size_t seen, count;
};

static void add_old(void *context, const struct job_state *state) {
    struct crowd *crowd = context;
    if (crowd->seen++ >= JOBS_KEPT && !state->running && crowd->count < LISTED) crowd->ids[crowd->count++] = state->id;
}

/* Of one person's only the last are kept, whatever their age. */
static enum fault forget_crowd(struct jobs *jobs, const struct id *owner) {
    struct crowd crowd = {.seen = 0};
    struct conn *conn = NULL;
    enum fault f = store_read_begin(jobs->store, &conn);
    if (!f) f = jobs_list(jobs, conn, owner, NULL, add_old, &crowd);
    store_read_end(&conn);
    for (size_t i = 0; !f && i < crowd.count; i++) f = forget(jobs, &crowd.ids[i]);
    return f;
}

static enum fault begin(struct jobs *jobs, struct job *job) {
    pthread_attr_t detached;
    pthread_t thread;
    enum fault f = mkdir(jobs->folder, 0700) && errno != EEXIST ? FAULT_FILE : forget_crowd(jobs, &job->order.owner);
    if (!f) f = store_work(jobs->store, run_insert, job);
    if (f) return f;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    f = pthread_create(&thread, &detached, job_run, job) ? FAULT_SYSTEM : FAULT_NONE;
    pthread_attr_destroy(&detached);
    enum fault forgotten = f ? store_work(jobs->store, run_delete, &job->id) : FAULT_NONE;
    return f ? f : forgotten;
}

enum fault job_start(struct jobs *jobs, int64_t now_ms, const struct job_order *order) {
    bool there;
    pthread_mutex_lock(&jobs->lock);
    struct job *job = take_place(jobs, now_ms, order, &there);
    pthread_mutex_unlock(&jobs->lock);
    enum fault f = job ? begin(jobs, job) : there ? FAULT_NONE : FAULT_BUSY;
    if (job && f) {
        pthread_mutex_lock(&jobs->lock);
        job->used = job->running = false;
        jobs->running--;
        pthread_mutex_unlock(&jobs->lock);
    }
    if (!job || f) order->release(order->context);
    return f;
}

bool job_tell(struct job *job, int64_t done) {
    atomic_store(&job->done, done);
    return !atomic_load(&job->cancelled) && !(job->order.kind != JOB_IMPORT && atomic_load(&job->jobs->stopping));
}

void job_total(struct job *job, int64_t total) { atomic_store(&job->total, total); }

const char *job_file(struct job *job) { return job->path; }

/* Under the lock: the job in its place; NULL if it is not there any more. */
static struct job *place_of(struct jobs *jobs, const struct id *id) {
    for (int i = 0; i < JOBS_MAX; i++)
        if (jobs->all[i].used && id_same(&jobs->all[i].id, id)) return &jobs->all[i];
    return NULL;
}

enum fault job_cancel(struct jobs *jobs, const struct id *owner, const struct id *id) {
    pthread_mutex_lock(&jobs->lock);
    struct job *job = place_of(jobs, id);
    bool theirs = job && job->running && id_same(&job->order.owner, owner);
    if (theirs) atomic_store(&job->cancelled, true);
    pthread_mutex_unlock(&jobs->lock);
    return theirs ? FAULT_NONE : FAULT_ABSENT;
}

/* --- looking --- */

#define SELECT "SELECT id, kind, register, name, request, seal, run, running, cancelled, done, fault, outcome, begun_ms FROM job "

/* What the row says, and where this server's own table still has the job, what that says; `outcome` has the room for it. */
static void state_of(struct jobs *jobs, struct stmt *s, char outcome[JOB_TEXT], struct job_state *out) {
    struct id run = {{0}};
    *out = (struct job_state){.kind = (enum job_kind)stmt_int(s, 1),
                              .register_key = stmt_text(s, 2),
                              .name = stmt_text(s, 3),
                              .request = stmt_text(s, 4),
                              .seal = stmt_text(s, 5),
                              .running = stmt_int(s, 7) != 0,
                              .cancelled = stmt_int(s, 8) != 0,
                              .done = stmt_int(s, 9),
                              .fault = (enum fault)stmt_int(s, 10),
                              .outcome = stmt_text(s, 11),
                              .begun_ms = stmt_int(s, 12)};
    (void)stmt_id(s, 0, &out->id);
    (void)stmt_id(s, 6, &run);
    out->lost = out->running && !id_same(&run, &jobs->run);
    out->running &= !out->lost;
    pthread_mutex_lock(&jobs->lock);
    struct job *job = place_of(jobs, &out->id);
    if (job) {
        out->running = job->running;
        out->cancelled = atomic_load(&job->cancelled);
        out->done = atomic_load(&job->done);
        out->total = atomic_load(&job->total);
        out->fault = job->running ? FAULT_NONE : job->fault;
        snprintf(outcome, JOB_TEXT, "%s", job->running ? "" : job->outcome);
        out->outcome = outcome;
    }
    pthread_mutex_unlock(&jobs->lock);
}

enum fault jobs_list(struct jobs *jobs, struct conn *conn, const struct id *owner, const char *register_key, job_visit each,
                     void *context) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    char outcome[JOB_TEXT];
    struct job_state state;
    enum fault f = stmt_open(conn, SELECT "WHERE tenant = ?1 AND owner = ?2 ORDER BY id DESC LIMIT ?3", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, owner);
    stmt_bind_int(s, 3, LISTED);
    for (bool row = true; row;) {
        f = stmt_step(s, &row);
        if (f || !row) return f;
        state_of(jobs, s, outcome, &state);
        if (!register_key || !strcmp(state.register_key, register_key)) each(context, &state);
    }
    return FAULT_NONE;
}

enum fault job_find(struct jobs *jobs, struct conn *conn, const struct id *owner, const struct id *id, struct arena *arena,
                    struct job_state *out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    char outcome[JOB_TEXT];
    bool row;
    enum fault f = stmt_open(conn, SELECT "WHERE tenant = ?1 AND owner = ?2 AND id = ?3", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, owner);
    stmt_bind_id(s, 3, id);
    f = stmt_step(s, &row);
    if (f || !row) return f ? f : FAULT_ABSENT;
    state_of(jobs, s, outcome, out);
    out->register_key = arena_copy(arena, out->register_key);
    out->name = arena_copy(arena, out->name);
    out->request = arena_copy(arena, out->request);
    out->seal = arena_copy(arena, out->seal);
    out->outcome = arena_copy(arena, out->outcome);
    return FAULT_NONE;
}

enum fault job_forget(struct jobs *jobs, const struct id *owner, const struct id *id) {
    _cleanup_(arena_release) struct arena arena;
    struct job_state state;
    struct conn *conn = NULL;
    arena_init(&arena, 1 << 20);
    enum fault f = store_read_begin(jobs->store, &conn);
    if (!f) f = job_find(jobs, conn, owner, id, &arena, &state);
    store_read_end(&conn);
    if (f == FAULT_ABSENT || (!f && state.running)) return FAULT_NONE;
    return f ? f : forget(jobs, id);
}

/* The next one that is old; FAULT_ABSENT if there is none. */
static enum fault old_one(struct jobs *jobs, int64_t before_ms, struct id *out) {
    struct conn *conn = NULL;
    struct stmt *s = NULL;
    bool row = false;
    enum fault f = store_read_begin(jobs->store, &conn);
    if (!f) f = stmt_open(conn, "SELECT id FROM job WHERE tenant = ?1 AND begun_ms < ?2 ORDER BY id LIMIT 1", &s);
    if (!f) stmt_bind_int(s, 1, TENANT), stmt_bind_int(s, 2, before_ms);
    if (!f) f = stmt_step(s, &row);
    if (!f && !(row && stmt_id(s, 0, out))) f = FAULT_ABSENT;
    stmt_done(&s);
    store_read_end(&conn);
    return f;
}

enum fault jobs_sweep(struct jobs *jobs, int64_t now_ms) {
    struct id id;
    enum fault f;
    while (!(f = old_one(jobs, now_ms - (int64_t)JOB_DAYS * DAY_MS, &id)) && !(f = forget(jobs, &id))) {}
    return f == FAULT_ABSENT ? FAULT_NONE : f;
}
