/* test_store.c - table kinds are enforced, groups are durable, a failing job leaves nothing, search finds one and two characters. */
#include "store/store.h"
#include "tests/postgres/scratch.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct store_column columns[] = {{"tenant", STORE_INT, true}, {"n", STORE_INT, true}, {"word", STORE_TEXT, false}};
static const struct store_table tables[] = {
    {"log", TABLE_JOURNAL, columns, 3, "tenant, n", NULL, true},
    {"view", TABLE_PROJECTION, columns, 3, "tenant, n", NULL, false},
    {"work", TABLE_WORK, columns, 3, "tenant, n", NULL, false},
};

struct fixture {
    struct store *store;
    char path[400];
};

static int setup(void **state) {
    static struct fixture fixture;
    snprintf(fixture.path, sizeof fixture.path, "/tmp/test_store_%d.db", (int)getpid());
    unlink(fixture.path);
    scratch_path(fixture.path, sizeof fixture.path);
    assert_int_equal(store_open(fixture.path, true, NULL, &fixture.store), FAULT_NONE);
    assert_int_equal(store_declare(fixture.store, tables, 3, NULL), FAULT_NONE);
    assert_int_equal(search_declare(fixture.store, NULL), FAULT_NONE);
    *state = &fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    store_close(f->store);
    unlink(f->path);
    return 0;
}

static enum fault run_sql(struct conn *c, void *sql) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(c, sql, &s);
    return f ? f : stmt_run(s);
}

static int64_t count_rows(struct store *store, const char *sql) {
    _cleanup_(store_read_end) struct conn *c = NULL;
    int64_t n = -1;
    assert_int_equal(store_read_begin(store, &c), FAULT_NONE);
    assert_int_equal(conn_ask_int(c, sql, 0, &n), FAULT_NONE);
    return n;
}

static void kinds_are_enforced(void **state) {
    struct store *s = ((struct fixture *)*state)->store;
    assert_int_equal(store_change(s, run_sql, "INSERT INTO log VALUES (1, 1, 'a')"), FAULT_NONE);
    assert_int_equal(store_change(s, run_sql, "INSERT INTO view VALUES (1, 1, 'a')"), FAULT_NONE);
    assert_int_equal(store_work(s, run_sql, "INSERT INTO work VALUES (1, 1, 'a')"), FAULT_NONE);
    assert_int_equal(store_change(s, run_sql, "UPDATE view SET word = 'b'"), FAULT_NONE);
    assert_int_equal(store_change(s, run_sql, "UPDATE log SET word = 'b'"), FAULT_RIGHT);
    assert_int_equal(store_change(s, run_sql, "DELETE FROM log"), FAULT_RIGHT);
    assert_int_equal(store_change(s, run_sql, "REPLACE INTO log VALUES (1, 1, 'c')"), FAULT_RIGHT);
    assert_int_equal(store_work(s, run_sql, "INSERT INTO log VALUES (1, 2, 'a')"), FAULT_RIGHT);
    assert_int_equal(store_work(s, run_sql, "UPDATE view SET word = 'x'"), FAULT_RIGHT);
    assert_int_equal(store_change(s, run_sql, "DROP TABLE log"), FAULT_RIGHT);
    assert_int_equal(store_change(s, run_sql, "CREATE TABLE other (a)"), FAULT_RIGHT);
    assert_int_equal(count_rows(s, "SELECT count(*) FROM log WHERE ?1 = 0 AND word = 'a'"), 1);
    assert_int_equal(count_rows(s, "SELECT count(*) FROM view WHERE ?1 = 0 AND word = 'b'"), 1);
}

static enum fault insert_then_fail(struct conn *c, void *argument) {
    (void)argument;
    enum fault f = run_sql(c, "INSERT INTO view VALUES (1, 77, 'half')");
    return f ? f : FAULT_INPUT;
}

static void a_failed_job_leaves_nothing(void **state) {
    struct store *s = ((struct fixture *)*state)->store;
    assert_int_equal(store_change(s, insert_then_fail, NULL), FAULT_INPUT);
    assert_int_equal(count_rows(s, "SELECT count(*) FROM view WHERE ?1 = 0 AND n = 77"), 0);
    assert_int_equal(store_change(s, run_sql, "INSERT INTO view VALUES (1, 77, 'whole')"), FAULT_NONE);
    assert_int_equal(store_change(s, run_sql, "INSERT INTO view VALUES (1, 77, 'twice')"), FAULT_CONFLICT);
}

struct storm {
    struct store *store;
    int from;
};

/* Writes more than the database keeps in memory, and fails. */
static enum fault write_much(struct conn *c, void *argument) {
    (void)argument;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(c, "INSERT INTO log VALUES (1, ?1, ?2)", &s);
    static char word[3000];
    memset(word, 'x', sizeof word - 1);
    for (int i = 0; i < 5000 && !f; i++) { /* in an order that comes back to pages already written */
        stmt_bind_int(s, 1, 100 + i * 7919 % 5000);
        stmt_bind_text(s, 2, word);
        f = stmt_run(s);
        stmt_reset(s);
    }
    return f ? f : FAULT_INPUT;
}

struct large {
    struct store *store;
    bool many;
};

static void *run_large(void *argument) {
    struct large *large = argument;
    enum fault f = large->many ? store_change_many(large->store, write_much, NULL) : store_change(large->store, write_much, NULL);
    assert_int_equal(f, FAULT_INPUT);
    return NULL;
}

static void copy_bytes(const char *from, const char *to) {
    char bytes[65536];
    FILE *in = fopen(from, "re"), *out = fopen(to, "we");
    assert_true(in && out);
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, in));) assert_int_equal(fwrite(bytes, 1, n, out), n);
    assert_int_equal(fclose(in) | fclose(out), 0);
}

/* What the disk has at this moment, as it would be found after a power cut. */
static int64_t rows_after_a_crash(const struct fixture *f) {
    char from[420], copy[420], to[440];
    struct store *store = NULL;
    snprintf(copy, sizeof copy, "%s-cut", f->path);
    snprintf(from, sizeof from, "%s-wal", f->path);
    snprintf(to, sizeof to, "%s-wal", copy);
    copy_bytes(f->path, copy);
    copy_bytes(from, to);
    assert_int_equal(store_open(copy, false, NULL, &store), FAULT_NONE);
    int64_t rows = count_rows(store, "SELECT count(*) FROM log WHERE n > 1000000 + ?1");
    store_close(store);
    unlink(copy);
    return rows;
}

/* A large job that failed, alone or among others, must not cost what is committed after it. */
static void what_follows_a_large_failure_is_durable(void **state) {
    struct fixture *f = *state;
    if (strncmp(f->path, "/tmp/", 5) != 0) return; /* the other database keeps its own log */
    assert_int_equal(store_change(f->store, run_sql, "INSERT INTO log VALUES (1, 1000001, 'a')"), FAULT_NONE);
    for (int round = 0; round < 2; round++) {
        char sql[80];
        pthread_t threads[3]; /* the first keeps the writer busy, so that the others make a group */
        struct large large = {f->store, round % 2 == 0};
        for (int i = 0; i < 3; i++) assert_int_equal(pthread_create(&threads[i], NULL, run_large, &large), 0);
        for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
        snprintf(sql, sizeof sql, "INSERT INTO log VALUES (1, %d, 'b')", 1000002 + round);
        assert_int_equal(store_change(f->store, run_sql, sql), FAULT_NONE);
        assert_int_equal(rows_after_a_crash(f), 2 + round);
    }
}

static void *insert_many(void *argument) {
    struct storm *storm = argument;
    for (int i = 0; i < 100; i++) {
        char sql[96];
        snprintf(sql, sizeof sql, "INSERT INTO view VALUES (2, %d, 'x')", storm->from + i);
        if (store_change(storm->store, run_sql, sql)) abort();
    }
    return NULL;
}

static void many_threads_write(void **state) {
    struct store *s = ((struct fixture *)*state)->store;
    pthread_t threads[8];
    struct storm storms[8];
    for (int i = 0; i < 8; i++) {
        storms[i] = (struct storm){s, i * 1000};
        pthread_create(&threads[i], NULL, insert_many, &storms[i]);
    }
    for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    assert_int_equal(count_rows(s, "SELECT count(*) FROM view WHERE ?1 = 0 AND tenant = 2"), 800);
}

static void readers_cannot_write(void **state) {
    struct store *s = ((struct fixture *)*state)->store;
    _cleanup_(store_read_end) struct conn *c = NULL;
    assert_int_equal(store_read_begin(s, &c), FAULT_NONE);
    assert_int_not_equal(run_sql(c, "INSERT INTO work VALUES (9, 9, 'a')"), FAULT_NONE);
}

static enum fault put_words(struct conn *c, void *argument) {
    (void)argument;
    enum fault f = search_put(c, 5, "site_check", "电焊室气瓶存放 Fire Safety");
    return f ? f : search_put(c, 6, "dorm", "宿舍用电");
}

static enum fault drop_words(struct conn *c, void *argument) {
    (void)argument;
    return search_drop(c, 6, "dorm", "宿舍用电");
}

static int64_t found(struct store *store, const char *group, const char *typed) {
    struct arena arena;
    arena_init(&arena, 1 << 16);
    _cleanup_(store_read_end) struct conn *c = NULL;
    assert_int_equal(store_read_begin(store, &c), FAULT_NONE);
    struct stmt *s = NULL;
    _cleanup_(text_release) struct text sql;
    text_init(&sql, 1000);
    text_add(&sql, "SELECT count(*) FROM (SELECT 5 AS d UNION SELECT 6) AS two WHERE d ");
    search_condition(store, &sql, 1);
    assert_int_equal(stmt_open(c, sql.at, &s), FAULT_NONE);
    stmt_bind_text(s, 1, search_query(&arena, group, typed));
    bool row;
    assert_int_equal(stmt_step(s, &row), FAULT_NONE);
    int64_t n = stmt_int(s, 0);
    stmt_done(&s);
    arena_release(&arena);
    return n;
}

static void search_finds_short_words(void **state) {
    struct store *s = ((struct fixture *)*state)->store;
    assert_int_equal(store_change(s, put_words, NULL), FAULT_NONE);
    assert_int_equal(found(s, "site_check", "电"), 1);
    assert_int_equal(found(s, "dorm", "电"), 1);
    assert_int_equal(found(s, "site", "电"), 0);
    assert_int_equal(found(s, "site_check", "气瓶"), 1);
    assert_int_equal(found(s, "site_check", "气存"), 0);
    assert_int_equal(found(s, "site_check", "气瓶存放"), 1);
    assert_int_equal(found(s, "site_check", "fire"), 1);
    assert_int_equal(found(s, "site_check", "\" OR *"), 0);
    assert_int_equal(store_change(s, drop_words, NULL), FAULT_NONE);
    assert_int_equal(found(s, "dorm", "电"), 0);
    assert_int_equal(found(s, "site_check", "电"), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_enforced),       cmocka_unit_test(a_failed_job_leaves_nothing),
        cmocka_unit_test(many_threads_write),       cmocka_unit_test(readers_cannot_write),
        cmocka_unit_test(search_finds_short_words), cmocka_unit_test(what_follows_a_large_failure_is_durable),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}
