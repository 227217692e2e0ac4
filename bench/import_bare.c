/* import_bare.c - the peer of the import: inserts the rows that an import left behind, as bare SQLite statements in one transaction.
 *
 * import_bare BEFORE.db AFTER.db FRESH.db
 * FRESH.db is a copy of BEFORE.db. Every row of every table that AFTER.db has beyond it (records, history, journal, tree, heads, and the
 * search index's terms) is read into memory; then the clock starts, and they are inserted in the order in which the import wrote them.
 * Prints the milliseconds and the number of rows as JSON. Settings are those of our own writer. */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TABLES_MAX = 64, COLUMNS_MAX = 64 };

struct rows {
    char name[128];
    int columns;
    sqlite3_value **values; /* columns of each row, one row after the other */
    size_t count, room, next;
    sqlite3_stmt *insert;
};

static struct rows tables[TABLES_MAX];
static size_t table_count;
static sqlite3 *after, *fresh;

static void need(bool good, sqlite3 *db, const char *what) {
    if (good) return;
    fprintf(stderr, "import_bare: %s: %s\n", what, db ? sqlite3_errmsg(db) : "");
    exit(1);
}

static sqlite3_stmt *prepared(sqlite3 *db, const char *sql) {
    sqlite3_stmt *s;
    need(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) == SQLITE_OK, db, sql);
    return s;
}

static void run(sqlite3 *db, const char *sql) { need(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, db, sql); }

static int64_t ask(sqlite3 *db, const char *sql) {
    sqlite3_stmt *s = prepared(db, sql);
    int64_t out = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_finalize(s);
    return out;
}

static void row_keep(struct rows *t, sqlite3_stmt *s) {
    if (t->count == t->room) {
        t->room = t->room ? t->room * 2 : 1024;
        t->values = realloc(t->values, t->room * (size_t)t->columns * sizeof(sqlite3_value *));
        need(t->values, NULL, "memory");
    }
    for (int c = 0; c < t->columns; c++)
        t->values[t->count * (size_t)t->columns + (size_t)c] = sqlite3_value_dup(sqlite3_column_value(s, c));
    t->count++;
}

/* `verb`: a row of a counting table stands there already, with another count. */
static void table_prepare(struct rows *t, const char *verb, const char *names) {
    char sql[512];
    size_t n = (size_t)snprintf(sql, sizeof sql, "%s INTO \"%s\"%s VALUES (", verb, t->name, names);
    for (int c = 0; c < t->columns; c++) n += (size_t)snprintf(sql + n, sizeof sql - n, c ? ",?%d" : "?%d", c + 1);
    snprintf(sql + n, sizeof sql - n, ")");
    t->insert = prepared(fresh, sql);
}

/* The rows that were not there before: beyond the last rowid, or, of a table that has none, in the order of its key, which leads. */
static void table_read(const char *name, bool clustered) {
    char sql[512];
    struct rows *t = &tables[table_count];
    snprintf(t->name, sizeof t->name, "%s", name);
    snprintf(sql, sizeof sql,
             clustered
                 ? "SELECT * FROM main.\"%s\" EXCEPT SELECT * FROM before.\"%s\" ORDER BY 1, 2"
                 : "SELECT * FROM main.\"%s\" WHERE rowid > (SELECT coalesce(max(rowid), -1) FROM before.\"%s\") ORDER BY rowid",
             name, name);
    sqlite3_stmt *s = prepared(after, sql);
    t->columns = sqlite3_column_count(s);
    need(t->columns <= COLUMNS_MAX, NULL, "too many columns");
    while (sqlite3_step(s) == SQLITE_ROW) row_keep(t, s);
    sqlite3_finalize(s);
    if (!t->count) return;
    table_prepare(t, clustered ? "INSERT OR REPLACE" : "INSERT", "");
    table_count++;
}

/* The index keeps no texts; its terms document by document are the words that were given to it. */
static void search_read(int64_t last) {
    struct rows *t = &tables[table_count++];
    snprintf(t->name, sizeof t->name, "search");
    t->columns = 2;
    run(after, "CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, search, instance)");
    run(after, "CREATE TABLE temp.terms (doc INTEGER, term TEXT)");
    run(after, "INSERT INTO temp.terms SELECT doc, term FROM temp.vocabulary");
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT doc, group_concat(term, ' ') FROM temp.terms WHERE doc > %lld GROUP BY doc ORDER BY doc",
             (long long)last);
    sqlite3_stmt *s = prepared(after, sql);
    while (sqlite3_step(s) == SQLITE_ROW) row_keep(t, s);
    sqlite3_finalize(s);
    table_prepare(t, "INSERT", "(rowid, words)");
}

static void insert_next(struct rows *t) {
    sqlite3_value **row = t->values + t->next++ * (size_t)t->columns;
    for (int c = 0; c < t->columns; c++) {
        sqlite3_value *v = row[c];
        int type = sqlite3_value_type(v), code;
        if (type == SQLITE_INTEGER) code = sqlite3_bind_int64(t->insert, c + 1, sqlite3_value_int64(v));
        else if (type == SQLITE_TEXT)
            code = sqlite3_bind_text(t->insert, c + 1, (const char *)sqlite3_value_text(v), sqlite3_value_bytes(v), SQLITE_STATIC);
        else if (type == SQLITE_BLOB && !sqlite3_value_bytes(v)) code = sqlite3_bind_zeroblob(t->insert, c + 1, 0);
        else if (type == SQLITE_BLOB)
            code = sqlite3_bind_blob(t->insert, c + 1, sqlite3_value_blob(v), sqlite3_value_bytes(v), SQLITE_STATIC);
        else code = sqlite3_bind_null(t->insert, c + 1);
        need(code == SQLITE_OK, fresh, t->name);
    }
    need(sqlite3_step(t->insert) == SQLITE_DONE, fresh, t->name);
    sqlite3_reset(t->insert);
}

/* Entry by entry: from each table its share of rows. */
static size_t insert_all(void) {
    size_t longest = 0, total = 0;
    for (size_t i = 0; i < table_count; i++)
        if (tables[i].count > longest) longest = tables[i].count;
    for (size_t step = 1; step <= longest; step++)
        for (size_t i = 0; i < table_count; i++)
            for (size_t upto = (tables[i].count * step + longest - 1) / longest; tables[i].next < upto; total++)
                insert_next(&tables[i]);
    return total;
}

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void copy_database(const char *from, const char *to) {
    sqlite3 *a, *b;
    remove(to);
    need(sqlite3_open_v2(from, &a, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK && sqlite3_open(to, &b) == SQLITE_OK, NULL,
         "cannot open");
    sqlite3_backup *backup = sqlite3_backup_init(b, "main", a, "main");
    need(backup && sqlite3_backup_step(backup, -1) == SQLITE_DONE, b, "copy");
    sqlite3_backup_finish(backup);
    sqlite3_close(a);
    sqlite3_close(b);
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    copy_database(argv[1], argv[3]);
    need(sqlite3_open_v2(argv[2], &after, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK && sqlite3_open(argv[3], &fresh) == SQLITE_OK,
         NULL, "cannot open");
    run(fresh, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-8000;"
               "PRAGMA wal_autocheckpoint=4000; PRAGMA temp_store=MEMORY");
    run(after, "PRAGMA temp_store=MEMORY");
    sqlite3_stmt *s = prepared(after, "ATTACH ?1 AS before");
    sqlite3_bind_text(s, 1, argv[1], -1, SQLITE_STATIC);
    need(sqlite3_step(s) == SQLITE_DONE, after, argv[1]);
    sqlite3_finalize(s);
    int64_t entries = ask(fresh, "SELECT count(*) FROM entry");
    s = prepared(after,
                 "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%'");
    while (sqlite3_step(s) == SQLITE_ROW) table_read((const char *)sqlite3_column_text(s, 0), sqlite3_column_int(s, 1));
    sqlite3_finalize(s);
    search_read(entries); /* a document's number is its entry's position + 1 */
    double begin = now_ms();
    run(fresh, "BEGIN IMMEDIATE");
    size_t rows = insert_all();
    run(fresh, "COMMIT");
    printf("{\"ms\":%.1f,\"rows\":%zu,\"tables\":{", now_ms() - begin, rows);
    for (size_t i = 0; i < table_count; i++) printf("%s\"%s\":%zu", i ? "," : "", tables[i].name, tables[i].count);
    printf("}}\n");
    return 0;
}
