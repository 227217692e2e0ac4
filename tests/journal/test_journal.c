/* test_journal.c - the journal over a real database: groups that fail, proofs, and every single change of a row is found. */
#include "journal/journal.h"

#include <pthread.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[64], key_path[96], public_path[96], db_path[96], copy_path[96];
static struct store *store;
static struct journal *journal;

static void open_all(const char *path) {
    size_t count;
    const struct store_table *tables = journal_tables(&count);
    assert_int_equal(store_open(path, true, NULL, &store), FAULT_NONE);
    assert_int_equal(store_declare(store, tables, count, NULL), FAULT_NONE);
    assert_int_equal(journal_open(store, key_path, NULL, &journal), FAULT_NONE);
}

static void close_all(void) {
    store_close(store);
    journal_close(journal);
    store = NULL;
    journal = NULL;
}

static void remove_db(const char *path) {
    char side[128];
    unlink(path);
    snprintf(side, sizeof side, "%s-wal", path);
    unlink(side);
    snprintf(side, sizeof side, "%s-shm", path);
    unlink(side);
}

static int setup(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/taizhang-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(key_path, sizeof key_path, "%s/journal.key", folder);
    snprintf(public_path, sizeof public_path, "%s/journal.pub", folder);
    snprintf(db_path, sizeof db_path, "%s/a.db", folder);
    snprintf(copy_path, sizeof copy_path, "%s/b.db", folder);
    return key_make(key_path, public_path, "taizhang.example/college", NULL) == FAULT_NONE ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    remove_db(db_path), remove_db(copy_path);
    unlink(key_path), unlink(public_path), rmdir(folder);
    return 0;
}

static int fresh(void **state) {
    (void)state;
    remove_db(db_path);
    open_all(db_path);
    return 0;
}

static int end(void **state) {
    (void)state;
    if (store) close_all();
    return 0;
}

/* A job: `count` entries for a tenant, then the fault given. */
struct work {
    int64_t tenant;
    int count;
    enum fault fault;
    int64_t last;
};

static enum fault append_some(struct conn *conn, void *argument) {
    struct work *w = argument;
    struct id actor = {{5}}, unit = {{6}};
    for (int i = 0; i < w->count; i++) {
        int64_t position = -1, next;
        enum fault f = journal_next(journal, conn, w->tenant, &next);
        assert_int_equal(f, FAULT_NONE);
        char title[64];
        snprintf(title, sizeof title, "检查\t\"%lld\"", (long long)next);
        const struct field fields[] = {
            {"title", FIELD_TEXT, 0, title}, {"found", FIELD_INT, next * 3 - 1, NULL}, {"closed", FIELD_NULL, 0, NULL}};
        struct entry e = {.tenant = w->tenant,
                          .op = next % 3 ? "change" : "add",
                          .register_key = "inspection",
                          .definition = digest_of("d", 1),
                          .actor = next % 4 ? &actor : NULL,
                          .unit = next % 5 ? &unit : NULL,
                          .has_effective = next % 2 == 0,
                          .effective = 17897 - (civil_day)(next % 1000) * 100,
                          .entered_ms = 1546300800000 + next,
                          .fields = fields,
                          .field_count = (size_t)(next % 7 ? 3 : 0)};
        e.record.bytes[0] = (uint8_t)(next % 10);
        f = journal_append(journal, conn, &e, &position);
        if (f) return f;
        assert_int_equal(position, next);
        w->last = position;
    }
    return w->fault;
}

static void append(int64_t tenant, int count) {
    struct work w = {tenant, count, FAULT_NONE, -1};
    assert_int_equal(store_change(store, append_some, &w), FAULT_NONE);
}

static enum fault verify_into(struct notes *notes, struct journal_verdict *v) {
    _cleanup_(store_read_end) struct conn *conn = NULL;
    struct verifier_key key;
    assert_int_equal(verifier_key_load(public_path, NULL, &key), FAULT_NONE);
    assert_int_equal(store_read_begin(store, &conn), FAULT_NONE);
    return journal_verify(conn, &key, notes, v);
}

static void check_good(int64_t entries, int64_t heads) {
    struct journal_verdict v;
    assert_int_equal(verify_into(NULL, &v), FAULT_NONE);
    assert_int_equal(v.entries, entries);
    assert_int_equal(v.heads, heads);
    assert_int_equal(v.differences, 0);
    assert_int_equal(v.first_bad_position, -1);
}

static void test_append_and_read(void **state) {
    (void)state;
    check_good(0, 0);
    append(1, 3);
    append(1, 300);
    append(2, 5);
    check_good(308, 3);
    _cleanup_(store_read_end) struct conn *conn = NULL;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 1 << 20);
    assert_int_equal(store_read_begin(store, &conn), FAULT_NONE);
    struct entry_row row;
    assert_int_equal(journal_entry_read(conn, 1, 10, &arena, &row), FAULT_NONE);
    assert_int_equal(row.entry.field_count, 3);
    assert_string_equal(row.entry.fields[2].key, "title"); /* sorted */
    assert_string_equal(row.entry.fields[2].text, "检查\t\"10\"");
    assert_int_equal(row.entry.fields[1].integer, 29);
    assert_string_equal(row.fields_json, "{\"closed\":null,\"found\":29,\"title\":\"检查\\t\\\"10\\\"\"}");
    assert_true(row.entry.has_effective);
    assert_int_equal(row.entry.effective, 17897 - 1000);
    assert_non_null(row.entry.actor);
    assert_int_equal(row.entry.actor->bytes[0], 5);
    assert_null(row.entry.unit);
    assert_int_equal(journal_entry_read(conn, 1, 303, &arena, &row), FAULT_ABSENT);
    int64_t size;
    assert_int_equal(journal_size(conn, 1, &size), FAULT_NONE);
    assert_int_equal(size, 303);
    assert_int_equal(journal_size(conn, 9, &size), FAULT_NONE);
    assert_int_equal(size, 0);
    char note[CHECKPOINT_NOTE_MAX];
    assert_int_equal(journal_head_latest(conn, 2, note, &size), FAULT_NONE);
    assert_int_equal(size, 5);
    assert_int_equal(journal_head_latest(conn, 3, note, &size), FAULT_ABSENT);
}

static enum fault count_rows(void *context, const struct entry_row *row) {
    int64_t *seen = context;
    if (row->position % 10 == 7 && seen[1]) return FAULT_STATE;
    seen[0]++;
    return FAULT_NONE;
}

static void test_scan(void **state) {
    (void)state;
    append(1, 100);
    _cleanup_(store_read_end) struct conn *conn = NULL;
    assert_int_equal(store_read_begin(store, &conn), FAULT_NONE);
    int64_t seen[2] = {0, 0};
    assert_int_equal(journal_scan(conn, 1, 20, 50, count_rows, seen), FAULT_NONE);
    assert_int_equal(seen[0], 30);
    struct id record = {{3}};
    seen[0] = 0;
    assert_int_equal(journal_scan_record(conn, 1, &record, count_rows, seen), FAULT_NONE);
    assert_int_equal(seen[0], 10);
    seen[0] = 0, seen[1] = 1;
    assert_int_equal(journal_scan(conn, 1, 0, 100, count_rows, seen), FAULT_STATE);
    assert_int_equal(seen[0], 7);
}

/* Jobs from several threads share groups; those that fail leave nothing, and their neighbours keep their places. */
static void *one_thread(void *argument) {
    int *good = argument;
    for (int i = 0; i < 40; i++) {
        struct work w = {1 + i % 2, 1 + i % 3, i % 4 == 3 ? FAULT_STATE : FAULT_NONE, -1};
        enum fault f = store_change(store, append_some, &w);
        assert_int_equal(f, w.fault);
        if (!f) *good += w.count;
    }
    return NULL;
}

static void test_rollback(void **state) {
    (void)state;
    pthread_t threads[4];
    int good[4] = {0};
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, one_thread, &good[i]);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    struct journal_verdict v;
    assert_int_equal(verify_into(NULL, &v), FAULT_NONE);
    assert_int_equal(v.entries, good[0] + good[1] + good[2] + good[3]);
    assert_int_equal(v.logs, 2);
}

/* A group that cannot be sealed fails as a whole, and the log stands where it stood. */
static enum fault spoil(struct conn *conn, void *argument) {
    struct work w = {1, 2, FAULT_NONE, -1};
    enum fault f = append_some(conn, &w);
    (void)argument;
    char sql[200]; /* takes the row that the head of this group needs */
    snprintf(sql, sizeof sql, "INSERT INTO head (tenant, size, note) VALUES (1, %lld, 'x')", (long long)w.last + 1);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    if (!f) f = stmt_open(conn, sql, &s);
    return f ? f : stmt_run(s);
}

static void test_failing_group(void **state) {
    (void)state;
    append(1, 10);
    assert_int_not_equal(store_change(store, spoil, NULL), FAULT_NONE);
    append(1, 10);
    check_good(20, 2);
}

static void test_refused(void **state) {
    (void)state;
    struct work none = {1, 0, FAULT_NONE, -1};
    assert_int_equal(store_change(store, append_some, &none), FAULT_NONE); /* a change without entries: no head */
    check_good(0, 0);
}

static void test_reopen(void **state) {
    (void)state;
    static const int counts[] = {1, 254, 1, 1, 255, 300, 66000};
    int64_t entries = 0, heads = 0;
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        append(1, counts[i]);
        close_all();
        open_all(db_path);
        entries += counts[i];
        heads++;
    }
    append(1, 1);
    check_good(entries + 1, heads + 1);
}

static void test_oracle(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) append(1, 150 + i);
    append(7, 3);
    char command[1024], line[2 * KEY_NAME_ROOM];
    verifier_key_format(journal_key(journal), line);
    close_all();
    snprintf(command, sizeof command, "python3 '%s' verify '%s' '%s'", getenv("ORACLE"), db_path, line);
    FILE *in = popen(command, "r");
    int entries = 0, heads = 0;
    assert_int_equal(fscanf(in, "%d %d", &entries, &heads), 2);
    assert_int_equal(pclose(in), 0);
    assert_int_equal(entries, 609);
    assert_int_equal(heads, 5);
}

static void prove_one(struct conn *conn, int64_t a, int64_t size, const struct digest *leaves, const struct digest *roots) {
    struct proof p;
    assert_int_equal(journal_prove_inclusion(conn, 1, a, size, &p), FAULT_NONE);
    assert_true(inclusion_verify(&leaves[a], a, size, &p, &roots[size]));
    assert_int_equal(journal_prove_consistency(conn, 1, a, size, &p), FAULT_NONE);
    assert_true(consistency_verify(a, size, &roots[a], &roots[size], &p));
}

static void test_proofs(void **state) {
    (void)state;
    enum { N = 600 };
    static struct digest leaves[N], roots[N + 1];
    append(1, N);
    _cleanup_(store_read_end) struct conn *conn = NULL;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 8 << 20);
    assert_int_equal(store_read_begin(store, &conn), FAULT_NONE);
    for (int i = 0; i < N; i++) {
        struct entry_row row;
        assert_int_equal(journal_entry_read(conn, 1, i, &arena, &row), FAULT_NONE);
        leaves[i] = row.leaf;
    }
    for (int i = 0; i <= N; i++) {
        struct digest root;
        roots[i] = merkle_root(leaves, (size_t)i);
        assert_int_equal(journal_root(conn, 1, i, &root), FAULT_NONE);
        assert_memory_equal(root.bytes, roots[i].bytes, DIGEST_BYTES);
    }
    for (int64_t size = 1; size <= N; size++) {
        int64_t step = size <= 64 ? 1 : size / 5;
        for (int64_t a = 0; a < size; a += step) prove_one(conn, a, size, leaves, roots);
        prove_one(conn, size - 1, size, leaves, roots);
    }
    struct proof p;
    assert_int_equal(journal_prove_inclusion(conn, 1, 5, 5, &p), FAULT_ABSENT);
    assert_int_equal(journal_prove_inclusion(conn, 1, 5, N + 1, &p), FAULT_ABSENT);
    assert_int_equal(journal_prove_consistency(conn, 1, 5, 4, &p), FAULT_ABSENT);
    assert_int_equal(journal_prove_consistency(conn, 1, 5, N + 1, &p), FAULT_ABSENT);
}

/* A command beside a running server: each goes on from what the other wrote, not from what it has in memory. */
static void test_two_programs_on_one_file(void **state) {
    (void)state;
    struct store *stores[2];
    struct journal *journals[2];
    for (int i = 1; i >= 0; i--) {
        if (!i) store = NULL, journal = NULL;
        else close_all();
        open_all(db_path);
        stores[i] = store, journals[i] = journal;
    }
    for (int round = 0; round < 6; round++) {
        store = stores[round / 2 % 2], journal = journals[round / 2 % 2];
        append(1, 3);
        append(2, 1);
    }
    check_good(24, 12);
    store_close(stores[1]), journal_close(journals[1]);
    store = stores[0], journal = journals[0];
}

/* Tampering: one statement on the file, verification, and the row is put back. */
static sqlite3 *raw;
static int found, refused;

static void raw_run(const char *sql) {
    char *error = NULL;
    if (sqlite3_exec(raw, sql, NULL, NULL, &error) != SQLITE_OK) fail_msg("%s: %s", sql, error);
}

static void expect_found(const char *table, const char *what) {
    struct journal_verdict v = {.first_bad_position = -2};
    _cleanup_(arena_release) struct arena arena;
    struct notes notes;
    arena_init(&arena, 1 << 20);
    notes_init(&notes, &arena);
    if (verify_into(&notes, &v) != FAULT_TAMPERED) fail_msg("not found: %s %s", table, what);
    assert_true(v.differences > 0 && v.first_bad_position >= 0 && v.row[0] && v.table[0] && notes.count > 0);
    found++;
}

/* Whether the table is another than the one saved: a column's type may have turned the change back into the same value. */
static bool differs(const char *table) {
    sqlite3_stmt *s;
    char sql[512];
    snprintf(sql, sizeof sql,
             "SELECT EXISTS (SELECT * FROM main.%s EXCEPT SELECT * FROM saved.%s) OR EXISTS (SELECT * FROM saved.%s EXCEPT SELECT "
             "* FROM main.%s)",
             table, table, table, table);
    assert_int_equal(sqlite3_prepare_v2(raw, sql, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    bool other = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return other;
}

/* Runs the change, expects verification to find it if it changed anything, and restores the table. */
static void tamper(const char *table, const char *sql) {
    char back[256];
    if (sqlite3_exec(raw, sql, NULL, NULL, NULL) != SQLITE_OK) { /* the database itself refuses (STRICT, NOT NULL, key) */
        refused++;
        return;
    }
    if (differs(table)) expect_found(table, sql);
    snprintf(back, sizeof back, "DELETE FROM %s", table);
    raw_run(back);
    snprintf(back, sizeof back, "INSERT INTO %s SELECT * FROM saved.%s", table, table);
    raw_run(back);
}

static void tamper_column(const char *table, const char *column, const char *where) {
    static const char *const changes[] = {"NULL",
                                          "%1$s + 1",
                                          "-%1$s",
                                          "%1$s || 'x'",
                                          "%1$s || X'00'",
                                          "X''",
                                          "''",
                                          "0",
                                          "'1'",
                                          "1",
                                          "upper(%1$s)",
                                          "CAST(%1$s AS TEXT)",
                                          "CAST(%1$s AS BLOB)",
                                          "1.5",
                                          "zeroblob(16)",
                                          "zeroblob(32)",
                                          "replace(%1$s, '1', '2')",
                                          "replace(%1$s, ',', ', ')",
                                          "%1$s || '\xe2\x80\x94 x AAAAAAAA' || char(10)",
                                          "'2019-01-01'",
                                          "9223372036854775807",
                                          "%1$s || char(0) || 'z'"};
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        char expression[128], sql[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(expression, sizeof expression, changes[i], column);
#pragma GCC diagnostic pop
        snprintf(sql, sizeof sql, "UPDATE %s SET %.31s = %.120s WHERE %.100s", table, column, expression, where);
        tamper(table, sql);
    }
}

static void tamper_table(const char *table, const char *const *rows) {
    sqlite3_stmt *s;
    char sql[300], columns[32][32];
    int count = 0;
    snprintf(sql, sizeof sql, "SELECT name FROM pragma_table_info('%s')", table);
    assert_int_equal(sqlite3_prepare_v2(raw, sql, -1, &s, NULL), SQLITE_OK);
    while (sqlite3_step(s) == SQLITE_ROW) snprintf(columns[count++], 32, "%s", (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    assert_true(count >= 3);
    for (int r = 0; rows[r]; r++) {
        for (int i = 0; i < count; i++) tamper_column(table, columns[i], rows[r]);
        snprintf(sql, sizeof sql, "DELETE FROM %s WHERE %s", table, rows[r]);
        tamper(table, sql);
    }
}

static void test_tamper(void **state) {
    (void)state;
    append(1, 3);
    append(1, 514);
    append(2, 2);
    append(1, 1);
    close_all();
    raw = NULL;
    assert_int_equal(sqlite3_open(db_path, &raw), SQLITE_OK);
    char sql[256];
    remove_db(copy_path);
    snprintf(sql, sizeof sql, "VACUUM INTO '%s'; ATTACH '%s' AS saved; PRAGMA synchronous=OFF", copy_path, copy_path);
    raw_run(sql);
    open_all(db_path);
    check_good(520, 4);
    static const char *const entries[] = {"tenant = 1 AND position = 0", "tenant = 1 AND position = 257",
                                          "tenant = 1 AND position = 517", "tenant = 2 AND position = 1", NULL};
    static const char *const subtrees[] = {"number = 0", "number = 1", NULL};
    static const char *const heads[] = {"tenant = 1 AND size = 3", "tenant = 1 AND size = 517", "tenant = 1 AND size = 518",
                                        "tenant = 2", NULL};
    tamper_table("entry", entries);
    tamper_table("subtree", subtrees);
    tamper_table("head", heads);
    tamper("entry", "INSERT INTO entry SELECT tenant, 518, op, register, record, definition, actor, unit, effective, entered, "
                    "fields, seed, leaf "
                    "FROM entry WHERE tenant = 1 AND position = 517");
    tamper("entry", "DELETE FROM entry WHERE tenant = 1 AND position > 500");
    tamper("entry", "DELETE FROM entry WHERE tenant = 1");
    tamper("head", "DELETE FROM head");
    tamper("head", "INSERT INTO head VALUES (1, 4, 'x')");
    tamper("head", "INSERT INTO head VALUES (3, 0, 'x')");
    tamper("head", "INSERT INTO head SELECT 1, 600, note FROM head WHERE size = 517");
    tamper("subtree", "INSERT INTO subtree VALUES (1, 8, 2, zeroblob(32))");
    tamper("subtree", "INSERT INTO subtree VALUES (1, 9, 0, zeroblob(32))");
    tamper("subtree", "INSERT INTO subtree VALUES (3, 8, 0, zeroblob(32))");
    check_good(520, 4); /* everything is as it was */
    sqlite3_close(raw);
    print_message("# %d changes found, %d refused by the database\n", found, refused);
    assert_in_range(found, 400, 5000);
}

/* Someone rewrites an entry and its leaf so that they agree: only heads and subtrees can tell. */
static void test_rewrite(void **state) {
    (void)state;
    append(1, 10);
    append(1, 10);
    append(1, 10);
    struct journal_verdict v;
    sqlite3_open(db_path, &raw);
    { /* a leaf that fits its row can be had from another log that was written later with the same content but another seed */
        char other[112];
        snprintf(other, sizeof other, "%s/c.db", folder);
        close_all();
        open_all(other);
        append(1, 30);
        close_all();
        char sql[256];
        snprintf(
            sql, sizeof sql,
            "ATTACH '%s' AS c; DELETE FROM entry WHERE position = 14; INSERT INTO entry SELECT * FROM c.entry WHERE position = 14",
            other);
        raw_run(sql);
        sqlite3_close(raw);
        remove_db(other);
    }
    struct notes notes;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 1 << 20);
    notes_init(&notes, &arena);
    size_t count;
    const struct store_table *tables = journal_tables(&count);
    assert_int_equal(store_open(db_path, false, NULL, &store), FAULT_NONE);
    assert_int_equal(store_declare(store, tables, count, NULL), FAULT_NONE);
    assert_int_equal(journal_open(store, key_path, &notes, &journal), FAULT_TAMPERED); /* the start already sees it */
    assert_int_equal(notes.count, 1);
    assert_int_equal(verify_into(&notes, &v), FAULT_TAMPERED);
    assert_string_equal(v.table, "head");
    assert_string_equal(v.row, "tenant 1, size 20");
    assert_int_equal(v.first_bad_position, 10);
    assert_int_equal(v.differences, 1);
    store_close(store);
    store = NULL;
}

static void test_other_key(void **state) {
    (void)state;
    append(1, 3);
    close_all();
    char key[112], pub[112];
    snprintf(key, sizeof key, "%s/other.key", folder);
    snprintf(pub, sizeof pub, "%s/other.pub", folder);
    assert_int_equal(key_make(key, pub, "taizhang.example/college", NULL), FAULT_NONE);
    assert_int_equal(store_open(db_path, false, NULL, &store), FAULT_NONE);
    assert_int_equal(journal_open(store, key, NULL, &journal), FAULT_TAMPERED);
    assert_int_equal(journal_open(store, "/nowhere/journal.key", NULL, &journal), FAULT_ABSENT);
    store_close(store);
    store = NULL;
    unlink(key), unlink(pub);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, fresh, end)
    const struct CMUnitTest tests[] = {CASE(test_append_and_read), CASE(test_scan),    CASE(test_rollback),
                                       CASE(test_failing_group),   CASE(test_refused), CASE(test_reopen),
                                       CASE(test_oracle),          CASE(test_proofs),  CASE(test_two_programs_on_one_file),
                                       CASE(test_tamper),          CASE(test_rewrite), CASE(test_other_key)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}
