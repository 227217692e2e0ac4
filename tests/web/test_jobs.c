/* test_jobs.c - long work: told how far it is, ended when its owner asks, by nobody else; and no more at once than there is room for. */
#include "web/jobs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

static const struct id owner = {{1}}, other = {{2}};

static void rest(void) {
    const struct timespec moment = {0, 1000000};
    nanosleep(&moment, NULL);
}

/* Goes on until it is asked to end. */
static enum fault work(void *context, struct job *job, char *outcome, size_t room) {
    (void)context;
    while (job_tell(job, 7)) rest();
    snprintf(outcome, room, "ended");
    return FAULT_INPUT;
}

static void release(void *context) { ++*(int *)context; }

struct seen {
    int count, running;
    uint64_t number;
    struct job_state last;
    char outcome[JOB_TEXT];
};

static void see(void *context, const struct job_state *state) {
    struct seen *seen = context;
    seen->count++;
    seen->running += state->running;
    seen->number = state->number;
    seen->last = *state;
    snprintf(seen->outcome, sizeof seen->outcome, "%s", state->outcome);
}

static struct seen look(struct jobs *jobs, const struct id *who, const char *key) {
    struct seen seen = {0};
    jobs_list(jobs, who, key, see, &seen);
    return seen;
}

static enum fault start(struct jobs *jobs, const char *name, int *released) {
    const struct job_plan plan = {.owner = owner,
                                  .register_key = "finding",
                                  .name = name,
                                  .page = "/r/finding/imports",
                                  .work = work,
                                  .context = released,
                                  .release = release};
    return job_start(jobs, &plan);
}

static void only_the_owner_ends_it(void **state) {
    (void)state;
    int released = 0;
    struct jobs *jobs = jobs_new();
    assert_int_equal(start(jobs, "a.csv", &released), FAULT_NONE);
    struct seen seen = look(jobs, &owner, "finding");
    assert_int_equal(seen.count, 1);
    assert_true(seen.last.running);
    assert_int_equal(look(jobs, &owner, NULL).count, 1);
    assert_int_equal(look(jobs, &owner, "duty").count, 0);
    assert_int_equal(look(jobs, &other, NULL).count, 0);
    assert_int_equal(job_cancel(jobs, &other, seen.number), FAULT_ABSENT);
    assert_int_equal(job_cancel(jobs, &owner, seen.number + 1), FAULT_ABSENT);
    assert_false(look(jobs, &owner, NULL).last.cancelled);
    assert_int_equal(job_cancel(jobs, &owner, seen.number), FAULT_NONE);
    while (look(jobs, &owner, NULL).running) rest();
    seen = look(jobs, &owner, NULL);
    assert_true(seen.last.cancelled);
    assert_int_equal(seen.last.fault, FAULT_INPUT);
    assert_int_equal(seen.last.done, 7);
    assert_string_equal(seen.outcome, "ended");
    assert_int_equal(released, 1);
    assert_int_equal(job_cancel(jobs, &owner, seen.number), FAULT_ABSENT);
    jobs_release(jobs);
}

static void no_more_than_there_is_room_for(void **state) {
    (void)state;
    int released[JOBS_MAX + 1] = {0};
    struct jobs *jobs = jobs_new();
    for (int i = 0; i < JOBS_MAX; i++) assert_int_equal(start(jobs, "a.csv", &released[i]), FAULT_NONE);
    assert_int_equal(start(jobs, "b.csv", &released[JOBS_MAX]), FAULT_BUSY);
    assert_int_equal(released[JOBS_MAX], 1);
    for (uint64_t number = 1; number <= JOBS_MAX; number++) assert_int_equal(job_cancel(jobs, &owner, number), FAULT_NONE);
    jobs_release(jobs);
    for (int i = 0; i < JOBS_MAX; i++) assert_int_equal(released[i], 1);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_the_owner_ends_it), cmocka_unit_test(no_more_than_there_is_room_for)};
    return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
