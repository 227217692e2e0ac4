/* jobs.h - long work that goes on when its page is closed: each in a thread of its own, with how far it is and what came of it. */
#ifndef WEB_JOBS_H
#define WEB_JOBS_H

#include "base/fault.h"
#include "base/id.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jobs;
struct job;

struct jobs *jobs_new(void);
/* Asks those that may be given up to end, waits for all that still run, then frees; NULL is allowed. */
void jobs_release(struct jobs *jobs);

/* What is done: runs in the job's thread, tells how far it is by job_tell(), and returns what came of it with a sentence for people (copied; may be ""). */
typedef enum fault (*job_work)(void *context, struct job *job, char *outcome, size_t room);

/* A job as it is started. Texts are copied. */
struct job_plan {
    struct id owner;
    const char *register_key, *name; /* what it is about: a register's key, or a word of its own; what people call it */
    const char *page;                /* address of the page that shows it */
    bool give_up;                    /* asked to end when the server stops, which then need not wait for all of it */
    job_work work;
    void *context;
    void (*release)(void *context);
};

/* Starts it. `context` is freed by `release` when the work is over, also if it could not be started. FAULT_BUSY when JOBS_MAX run. */
enum { JOBS_MAX = 8, JOB_TEXT = 300 };
CHECKED enum fault job_start(struct jobs *jobs, const struct job_plan *plan);
/* Says how far it is; false: somebody wants it ended, so leave nothing half done and return a fault. */
CHECKED bool job_tell(struct job *job, int64_t done);
/* Asks a running job of this owner to end; what it has done already it undoes itself. FAULT_ABSENT: no such job of theirs runs. */
CHECKED enum fault job_cancel(struct jobs *jobs, const struct id *owner, uint64_t number);

/* One job as it stands. */
struct job_state {
    uint64_t number; /* names it to job_cancel() */
    const char *register_key, *name, *page;
    bool running, cancelled; /* cancelled: it was asked to end */
    int64_t done;
    enum fault fault;
    const char *outcome;
};
/* Calls `each` for the jobs of this owner and register (NULL: all), the last started first; those that ended are forgotten when others need their place. */
void jobs_list(struct jobs *jobs, const struct id *owner, const char *register_key,
               void (*each)(void *context, const struct job_state *state), void *context);

#endif
