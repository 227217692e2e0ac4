/* test_jobs.c - long work: told how far it is, ended when its owner asks, by nobody else; no more at once than there is room for; told over a restart, and forgotten in time. */
#include "web/jobs.h"

#include "access/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

static const struct id owner = {{1}}, other = {{2}};
enum { NOW = 1000000, DAY_MS = 86400000 };

static char folder[] = "/tmp/test-jobs.XXXXXX";
static struct store *store;

static void rest(void) {
    const struct timespec moment = {0, 1000000};
    nanosleep(&moment, NULL);
}

/* Goes on until it is asked to end. */
static enum fault work(void *context, struct job *job, char *outcome, size_t room) {
    (void)context;
    job_total(job, 20);
    while (job_tell(job, 7)) rest();
    snprintf(outcome, room, "ended");
    return FAULT_INPUT;
}

/* Makes its file at once. */
static enum fault make_file(void *context, struct job *job, char *outcome, size_t room) {
    (void)context, (void)outcome, (void)room;
    FILE *f = fopen(job_file(job), "we");
    assert_non_null(f);
    assert_int_equal(fclose(f), 0);
    return job_tell(job, 3) ? FAULT_NONE : FAULT_STATE;
}

static void release(void *context) { ++*(int *)context; }

struct seen {
    int count, running, lost;
    struct job_state last;
    char outcome[JOB_TEXT];
};

static void see(void *context, const struct job_state *state) {
    struct seen *seen = context;
    if (!seen->count) {
        seen->last = *state;
        snprintf(seen->outcome, sizeof seen->outcome, "%s", state->outcome);
    }
    seen->count++;
    seen->running += state->running;
    seen->lost += state->lost;
}

static struct seen look(struct jobs *jobs, const struct id *who, const char *key) {
    struct seen seen = {0};
    struct conn *conn = NULL;
    assert_int_equal(store_read_begin(store, &conn), FAULT_NONE);
    assert_int_equal(jobs_list(jobs, conn, who, key, see, &seen), FAULT_NONE);
    store_read_end(&conn);
    return seen;
}

static struct jobs *opened(void) {
    struct jobs *jobs = NULL;
    assert_int_equal(jobs_open(store, folder, NULL, &jobs), FAULT_NONE);
    return jobs;
}

static enum fault start(struct jobs *jobs, enum job_kind kind, const struct id *who, const char *request, job_work what,
                        int *released) {
    struct job_order order = {.kind = kind,
                              .owner = *who,
                              .register_key = "finding",
                              .name = "a.csv",
                              .request = request,
                              .work = what,
                              .context = released,
                              .release = release};
    return job_start(jobs, NOW, &order);
}

static void only_the_owner_ends_it(void **state) {
    (void)state;
    int released = 0;
    struct jobs *jobs = opened();
    assert_int_equal(start(jobs, JOB_IMPORT, &owner, "x", work, &released), FAULT_NONE);
    struct seen seen = look(jobs, &owner, "finding");
    assert_int_equal(seen.count, 1);
    assert_true(seen.last.running);
    struct id id = seen.last.id;
    assert_int_equal(start(jobs, JOB_IMPORT, &owner, "x", work, &released), FAULT_NONE); /* it runs already */
    assert_int_equal(released, 1);
    assert_int_equal(look(jobs, &owner, NULL).count, 1);
    assert_int_equal(look(jobs, &owner, "duty").count, 0);
    assert_int_equal(look(jobs, &other, NULL).count, 0);
    assert_int_equal(job_cancel(jobs, &other, &id), FAULT_ABSENT);
    assert_int_equal(job_cancel(jobs, &owner, &other), FAULT_ABSENT);
    assert_int_equal(job_forget(jobs, &owner, &id), FAULT_NONE); /* not while it runs */
    assert_false(look(jobs, &owner, NULL).last.cancelled);
    assert_int_equal(job_cancel(jobs, &owner, &id), FAULT_NONE);
    while (look(jobs, &owner, NULL).running) rest();
    for (int again = 0; again < 2; again++) { /* by the server that did it, and by the next one */
        seen = look(jobs, &owner, NULL);
        assert_true(seen.last.cancelled && !seen.last.lost);
        assert_int_equal(seen.last.fault, FAULT_INPUT);
        assert_int_equal(seen.last.done, 7);
        assert_string_equal(seen.outcome, "ended");
        assert_int_equal(released, 2);
        assert_int_equal(job_cancel(jobs, &owner, &id), FAULT_ABSENT);
        jobs_release(jobs);
        jobs = opened();
    }
    assert_int_equal(job_forget(jobs, &other, &id), FAULT_NONE);
    assert_int_equal(look(jobs, &owner, NULL).count, 1);
    assert_int_equal(job_forget(jobs, &owner, &id), FAULT_NONE);
    assert_int_equal(look(jobs, &owner, NULL).count, 0);
    jobs_release(jobs);
}

static void no_more_than_there_is_room_for(void **state) {
    (void)state;
    int released[JOBS_MAX + 2] = {0};
    struct jobs *jobs = opened();
    for (int i = 0; i < JOBS_MAX + 2; i++) {
        char request[] = {(char)('a' + i), 0};
        const struct id who = {{(uint8_t)(10 + i / JOBS_OWN)}};
        assert_int_equal(start(jobs, JOB_EXPORT, &who, request, work, &released[i]), i < JOBS_MAX ? FAULT_NONE : FAULT_BUSY);
        if (i == JOBS_OWN - 1) assert_int_equal(start(jobs, JOB_EXPORT, &who, "more", work, &released[i]), FAULT_BUSY);
    }
    assert_int_equal(released[JOBS_OWN - 1], 1);
    assert_int_equal(released[JOBS_MAX], 1);
    jobs_release(jobs); /* ends exports */
    for (int i = 0; i < JOBS_MAX; i++) assert_int_equal(released[i], 1 + (i == JOBS_OWN - 1));
}

static void a_restart_is_told(void **state) {
    (void)state;
    int released = 0;
    const struct id who = {{30}};
    struct jobs *jobs = opened();
    assert_int_equal(start(jobs, JOB_EXPORT, &who, "q=1", work, &released), FAULT_NONE);
    struct jobs *beside = opened(); /* as after a restart; the first one may have been killed */
    struct seen seen = look(beside, &who, NULL);
    assert_true(seen.last.lost && !seen.last.running);
    assert_true(look(jobs, &who, NULL).last.running);
    jobs_release(jobs); /* ended by a stop: told like a lost one, not like a failed one */
    seen = look(beside, &who, NULL);
    assert_true(seen.last.lost && !seen.last.fault);
    struct id id = seen.last.id;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 1 << 20);
    struct job_state found;
    struct conn *conn = NULL;
    assert_int_equal(store_read_begin(store, &conn), FAULT_NONE);
    assert_int_equal(job_find(beside, conn, &who, &id, &arena, &found), FAULT_NONE);
    assert_int_equal(job_find(beside, conn, &other, &id, &arena, &found), FAULT_ABSENT);
    store_read_end(&conn);
    assert_string_equal(found.request, "q=1");
    jobs_release(beside);
}

static void files_go_after_some_days(void **state) {
    (void)state;
    int released = 0;
    const struct id who = {{40}};
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 1 << 20);
    struct jobs *jobs = opened();
    for (int i = 0; i < JOBS_KEPT + 3; i++) {
        assert_int_equal(start(jobs, JOB_EXPORT, &who, "", make_file, &released), FAULT_NONE);
        while (look(jobs, &who, NULL).running) rest();
    }
    struct seen seen = look(jobs, &who, NULL);
    assert_int_equal(seen.count, JOBS_KEPT + 1);
    assert_int_equal(seen.last.fault, FAULT_NONE);
    const char *path = job_file_of(jobs, &seen.last.id, &arena);
    assert_int_equal(access(path, R_OK), 0);
    assert_int_equal(jobs_sweep(jobs, NOW + (int64_t)JOB_DAYS * DAY_MS), FAULT_NONE);
    assert_int_equal(access(path, R_OK), 0);
    assert_int_equal(jobs_sweep(jobs, NOW + (int64_t)JOB_DAYS * DAY_MS + 1), FAULT_NONE);
    assert_int_equal(look(jobs, &who, NULL).count, 0);
    assert_int_not_equal(access(path, R_OK), 0);
    jobs_release(jobs);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_the_owner_ends_it), cmocka_unit_test(no_more_than_there_is_room_for),
                                       cmocka_unit_test(a_restart_is_told), cmocka_unit_test(files_go_after_some_days)};
    char path[64], inside[64];
    if (!mkdtemp(folder)) return 1;
    /* A file: readers of a database in memory are refused while the writer writes, and jobs end whenever they like. */
    snprintf(path, sizeof path, "%s/jobs.db", folder);
    if (store_open(path, true, NULL, &store)) return 1;
    int failed = cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
    store_close(store);
    unlink(path);
    snprintf(inside, sizeof inside, "%s/.exports", folder);
    rmdir(inside);
    rmdir(folder);
    return failed;
}
