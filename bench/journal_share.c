/* journal_share.c - how much of the writing thread's processor time the journal takes while many clients make single durable changes.
 *
 * journal_share DATA CLIENTS CHANGES   that many threads, each adding so many education activities by change_apply(), one after the other
 * The linker hands journal_append() and the hooks given to the store to the measuring ones here. Prints JSON. */
#include "main/instance.h"

#include "access/access.h"
#include "register/change.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLIENTS_MAX = 256, CHANGES_MAX = 10000 };

static struct instance instance;
static int64_t changes, failed;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* All on the writing thread; read by main after the clients have ended. */
static double first_s = -1, last_s, journal_s;
static long groups;
static enum fault (*seal)(void *context, struct conn *conn);

static double clock_s(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

enum fault __real_journal_append(struct journal *journal, struct conn *conn, const struct entry *entry, int64_t *position);
enum fault __wrap_journal_append(struct journal *journal, struct conn *conn, const struct entry *entry, int64_t *position);
enum fault __wrap_journal_append(struct journal *journal, struct conn *conn, const struct entry *entry, int64_t *position) {
    double begin = clock_s(CLOCK_THREAD_CPUTIME_ID);
    if (first_s < 0) first_s = begin;
    enum fault f = __real_journal_append(journal, conn, entry, position);
    last_s = clock_s(CLOCK_THREAD_CPUTIME_ID);
    journal_s += last_s - begin;
    return f;
}

static enum fault timed_seal(void *context, struct conn *conn) {
    double begin = clock_s(CLOCK_THREAD_CPUTIME_ID);
    enum fault f = seal(context, conn);
    last_s = clock_s(CLOCK_THREAD_CPUTIME_ID);
    journal_s += last_s - begin;
    groups++;
    return f;
}

void __real_store_set_hooks(struct store *store, const struct store_hooks *hooks);
void __wrap_store_set_hooks(struct store *store, const struct store_hooks *hooks);
void __wrap_store_set_hooks(struct store *store, const struct store_hooks *hooks) {
    struct store_hooks timed = *hooks;
    seal = hooks->group_seal;
    timed.group_seal = timed_seal;
    __real_store_set_hooks(store, &timed);
}

static void add_one(const struct reg *reg, const char *speaker) {
    int64_t now_ms = (int64_t)(clock_s(CLOCK_REALTIME) * 1e3);
    struct actor actor = actor_system();
    const struct change_value values[] = {
        {"date", "2019-03-01", NULL},
        {"kind", "drill", NULL},
        {"topic", "消防安全教育", NULL},
        {"place", "第3教学楼 201 室", NULL},
        {"audience", "students", NULL},
        {"attendances", "120", NULL},
        {"speaker", speaker, NULL},
        {"content", "讲解消防安全常识和应急处置办法，发放材料120份，组织现场提问和疏散练习。", NULL}};
    struct change change = {.kind = CHANGE_ADD,
                            .reg = reg,
                            .record = id_make(now_ms),
                            .values = values,
                            .value_count = COUNT_OF(values),
                            .expected = -1,
                            .reason = "压力测试数据"};
    struct arena arena;
    struct notes notes;
    struct change_done done;
    arena_init(&arena, 1 << 20);
    notes_init(&notes, &arena);
    enum fault f = change_apply(instance.registers, &actor, now_ms, &change, &notes, &done);
    if (f && notes.first)
        fprintf(stderr, "journal_share: %s: %s\n", notes.first->place ? notes.first->place : "", notes.first->sentence);
    arena_release(&arena);
    pthread_mutex_lock(&lock);
    failed += f != FAULT_NONE;
    pthread_mutex_unlock(&lock);
}

static void *client(void *argument) {
    const struct reg *reg = register_named(instance.registers, "activity");
    for (int64_t i = 0; i < changes; i++) add_one(reg, argument);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    long clients = strtol(argv[2], NULL, 10);
    changes = strtol(argv[3], NULL, 10);
    if (clients < 1 || clients > CLIENTS_MAX || changes < 1 || changes > CHANGES_MAX) return 2;
    struct arena arena;
    struct notes notes;
    pthread_t threads[CLIENTS_MAX];
    arena_init(&arena, 1 << 20);
    notes_init(&notes, &arena);
    if (instance_open(argv[1], (int64_t)(clock_s(CLOCK_REALTIME) * 1e3), &notes, &instance)) return 1;
    char speaker[] = "演示人员01";
    double begin = clock_s(CLOCK_MONOTONIC);
    for (long i = 0; i < clients; i++)
        if (pthread_create(&threads[i], NULL, client, speaker)) return 1;
    for (long i = 0; i < clients; i++) pthread_join(threads[i], NULL);
    double took = clock_s(CLOCK_MONOTONIC) - begin, all = (double)(clients * changes);
    printf("{\"changes\":%.0f,\"failed\":%lld,\"rate\":%.0f,\"groups\":%ld,\"writer_us\":%.1f,\"journal_us\":%.1f}\n", all,
           (long long)failed, all / took, groups, (last_s - first_s) * 1e6 / all, journal_s * 1e6 / all);
    instance_close(&instance);
    arena_release(&arena);
    return failed != 0;
}
