/* test_verify.c - any single value changed in any journal or projection table is found and named. */
#include "fixture.h"

#include <sqlite3.h>

static void fill(struct fixture *f) {
    struct id id = id_make(NOW), person = id_make(NOW);
    struct actor system = actor_system();
    assert_int_equal(add(f, &person_reg, person, "name=演示·林晓|login=lin", NULL), FAULT_NONE);
    assert_int_equal(
        add(f, &fault_reg, id, "number=A1|found=2026-01-10|summary=灯坏了|grade=重大|people=35|owner=lin|secret=x", "补"),
        FAULT_NONE);
    assert_int_equal(add(f, &fault_reg, id_make(NOW), "number=A2|found=2026-03-01|summary=门坏了", NULL), FAULT_NONE);
    struct change move = {.kind = CHANGE_MOVE, .reg = &fault_reg, .record = id, .move = "submit", .expected = -1};
    assert_int_equal(apply(f, &system, move, "remedy=修", NULL), FAULT_NONE);
    struct change edit = {.kind = CHANGE_EDIT, .reg = &fault_reg, .record = id, .reason = "更正", .expected = -1};
    assert_int_equal(apply(f, &system, edit, "people=36", NULL), FAULT_NONE);
}

static enum fault verify_all(struct fixture *f, struct projection_verdict *p, struct journal_verdict *j) {
    struct verifier_key key;
    struct conn *c = NULL;
    notes_init(&f->notes, &f->arena);
    assert_int_equal(verifier_key_load(f->pub, &f->notes, &key), FAULT_NONE);
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    enum fault found = journal_verify(c, &key, &f->notes, j);
    store_read_end(&c);
    return found ? found : registers_verify(f->registers, &f->notes, p);
}

static void untouched_data_pass(void **state) {
    struct fixture *f = *state;
    struct projection_verdict p;
    struct journal_verdict j;
    fill(f);
    assert_int_equal(verify_all(f, &p, &j), FAULT_NONE);
    assert_true(p.rows > 10);
    assert_int_equal(p.differences, 0);
}

/* Changes one value of one row behind the program's back; false if the database itself refuses. */
static bool change_value(sqlite3 *db, const char *table, const char *column, int64_t row) {
    char sql[600];
    snprintf(sql, sizeof sql,
             "UPDATE \"%s\" SET \"%s\" = CASE typeof(\"%s\") WHEN 'integer' THEN \"%s\" + 1 WHEN 'text' THEN \"%s\" || 'x' "
             "ELSE CAST(substr(\"%s\", 1, 15) || x'5a' AS BLOB) END WHERE rowid = %lld",
             table, column, column, column, column, column, (long long)row);
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static int64_t ask(sqlite3 *db, const char *sql) {
    sqlite3_stmt *s;
    int64_t n = -1;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    if (sqlite3_step(s) == SQLITE_ROW) n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return n;
}

static void copy_database(sqlite3 *from, const char *path) {
    sqlite3 *to;
    assert_int_equal(sqlite3_open(path, &to), SQLITE_OK);
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
    assert_non_null(b);
    assert_int_equal(sqlite3_backup_step(b, -1), SQLITE_DONE);
    sqlite3_backup_finish(b);
    sqlite3_close(to);
}

static void every_projected_value_is_covered(void **state) {
    struct fixture *f = *state;
    if (on_postgres()) skip(); /* it reaches into the file; tests/stories/both.py does the like there */
    fill(f);
    fixture_shut(f);
    sqlite3 *db;
    char kept[200];
    snprintf(kept, sizeof kept, "%s/kept.db", f->folder);
    assert_int_equal(sqlite3_open(f->database, &db), SQLITE_OK);
    copy_database(db, kept);
    sqlite3_close(db);
    static const char *const tables[] = {"r_fault", "h_fault", "r_person", "h_person", "definition"};
    int tried = 0;
    for (size_t t = 0; t < COUNT_OF(tables); t++) {
        char sql[300];
        assert_int_equal(sqlite3_open(kept, &db), SQLITE_OK);
        snprintf(sql, sizeof sql, "SELECT count(*) FROM pragma_table_info('%s')", tables[t]);
        int64_t columns = ask(db, sql);
        sqlite3_close(db);
        for (int64_t k = 0; k < columns; k++) {
            char name[80];
            sqlite3_stmt *s;
            assert_int_equal(sqlite3_open(kept, &db), SQLITE_OK);
            unlink(f->database);
            copy_database(db, f->database);
            sqlite3_close(db);
            assert_int_equal(sqlite3_open(f->database, &db), SQLITE_OK);
            snprintf(sql, sizeof sql, "SELECT name FROM pragma_table_info('%s') WHERE cid = %d", tables[t], (int)k);
            assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
            assert_int_equal(sqlite3_step(s), SQLITE_ROW);
            snprintf(name, sizeof name, "%s", (const char *)sqlite3_column_text(s, 0));
            sqlite3_finalize(s);
            snprintf(sql, sizeof sql, "SELECT max(rowid) FROM \"%s\" WHERE \"%s\" IS NOT NULL", tables[t], name);
            int64_t row = ask(db, sql);
            bool changed = row > 0 && change_value(db, tables[t], name, row) && sqlite3_changes(db) == 1;
            sqlite3_close(db);
            if (!changed) continue;
            tried++;
            struct projection_verdict p = {0};
            struct journal_verdict j;
            fixture_reopen_at(f, test_regs, 2, -1);
            assert_int_equal(verify_all(f, &p, &j), FAULT_TAMPERED);
            assert_string_equal(p.table, tables[t]);
            assert_true(p.row[0] != 0);
            if (strcmp(name, "tenant") && strcmp(name, "id") && strcmp(name, "hash") && strcmp(name, "known_from") &&
                strcmp(name, "valid_from"))
                assert_string_equal(p.column, name);
            fixture_shut(f);
        }
    }
    assert_true(tried > 50);
    fixture_reopen(f, test_regs, 2);
}

static void lost_and_added_rows_are_named(void **state) {
    struct fixture *f = *state;
    if (on_postgres()) skip();
    struct projection_verdict p;
    struct journal_verdict j;
    sqlite3 *db;
    fill(f);
    assert_int_equal(sqlite3_open(f->database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "DELETE FROM r_fault WHERE f_number = 'A1'", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(verify_all(f, &p, &j), FAULT_TAMPERED);
    assert_string_equal(p.table, "r_fault");
    assert_true(p.entry > 0);
    assert_int_equal(sqlite3_exec(db,
                                  "INSERT INTO r_person SELECT tenant, randomblob(16), unit, state, effective, position, made, "
                                  "entered, late, withdrawn, f_name, "
                                  "'zhao' FROM r_person",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(verify_all(f, &p, &j), FAULT_TAMPERED);
    assert_int_equal(p.differences, 2);
    sqlite3_close(db);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(untouched_data_pass, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(every_projected_value_is_covered, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(lost_and_added_rows_are_named, fixture_open, fixture_close),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
