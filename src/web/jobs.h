/* jobs.h - long work that goes on when its page is closed: each in a thread of its own, kept with what came of it for some days, over a restart too. */
#ifndef WEB_JOBS_H
#define WEB_JOBS_H

#include "base/memory.h"
#include "store/store.h"

struct jobs;
struct job;

/* Declares the table and takes the folder for files that jobs make (made when needed; its name begins with a dot, so that a backup passes it over). */
CHECKED enum fault jobs_open(struct store *store, const char *files, struct notes *notes, struct jobs **out);
/* Ends what still runs but for imports, waits for those, then frees; NULL is allowed. What was so ended counts as ended by a restart. */
void jobs_release(struct jobs *jobs);

enum job_kind { JOB_IMPORT, JOB_EXPORT, JOB_BOX };

/* What is done: runs in the job's thread, tells how far it is by job_tell(), and returns what came of it with a sentence for people (copied; may be ""). */
typedef enum fault (*job_work)(void *context, struct job *job, char *outcome, size_t room);

/* What is to be done, for whom. Texts are copied. */
struct job_order {
    enum job_kind kind;
    struct id owner;
    const char *register_key, *name;
    const char *request; /* what it takes to start it again */
    const char *seal;    /* what must be as it is now when a file that it makes is fetched; NULL: nothing */
    job_work work;
    void *context; /* freed by `release` when the work is over, also if it could not be started */
    void (*release)(void *context);
};

enum { JOBS_MAX = 8, JOBS_OWN = 4 /* of one person */, JOB_TEXT = 300, JOBS_KEPT = 20 /* of one person */, JOB_DAYS = 3 };
/* FAULT_BUSY when JOBS_MAX run, or JOBS_OWN of this person. Of what this person has running already (same kind, register and request) no
 * second one is started. */
CHECKED enum fault job_start(struct jobs *jobs, int64_t now_ms, const struct job_order *order);
/* Says how far it is; false: somebody wants it ended, so leave nothing half done and return a fault. */
CHECKED bool job_tell(struct job *job, int64_t done);
/* How much there is to do in all, once that is known. */
void job_total(struct job *job, int64_t total);
/* Where it puts the file that it makes. */
const char *job_file(struct job *job);
/* Asks a running job of this owner to end; what it has done already it undoes itself. FAULT_ABSENT: no such job of theirs runs. */
CHECKED enum fault job_cancel(struct jobs *jobs, const struct id *owner, const struct id *id);

/* One job as it stands. */
struct job_state {
    struct id id;
    enum job_kind kind;
    const char *register_key, *name, *request, *seal;
    bool running, cancelled; /* cancelled: it was asked to end */
    bool lost;               /* the server stopped before it was over */
    int64_t done, total;     /* total 0: not known */
    enum fault fault;
    const char *outcome;
    int64_t begun_ms;
};
typedef void (*job_visit)(void *context, const struct job_state *state);
/* Calls `each` for the jobs of this owner and register (NULL: all), the last started first; what it is given lives until it returns. */
CHECKED enum fault jobs_list(struct jobs *jobs, struct conn *conn, const struct id *owner, const char *register_key, job_visit each,
                             void *context);
/* One of them, in the arena. FAULT_ABSENT: this owner has none such. */
CHECKED enum fault job_find(struct jobs *jobs, struct conn *conn, const struct id *owner, const struct id *id, struct arena *arena,
                            struct job_state *out);
/* Where the file of a job lies (arena). */
const char *job_file_of(const struct jobs *jobs, const struct id *id, struct arena *arena);
/* Forgets one that does not run, and removes its file; none such is no fault. */
CHECKED enum fault job_forget(struct jobs *jobs, const struct id *owner, const struct id *id);
/* Forgets those begun more than JOB_DAYS ago. */
CHECKED enum fault jobs_sweep(struct jobs *jobs, int64_t now_ms);

#endif
