/* bare_commits.c - the peer of single changes: bare rows of one table made durable, one commit each or grouped for waiting clients.
 *
 * bare_commits DATABASE TABLE one SECONDS               one connection, one row a commit
 * bare_commits DATABASE TABLE group SECONDS CLIENTS     that many threads, each waiting for its row; one writer commits all that wait
 * DATABASE is a copy of an installation's; its newest row of TABLE is inserted again under new keys, with the table's own indexes and our writer's
 * settings (WAL, synchronous FULL). No journal, no history, no search, no HTTP. Prints the rows a second as JSON. */
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLIENTS_MAX = 256, SECONDS_MAX = 60 };

static sqlite3 *db;
static sqlite3_stmt *insert;
static uint64_t made, begun_at;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t asked = PTHREAD_COND_INITIALIZER, done = PTHREAD_COND_INITIALIZER;
static unsigned waiting;          /* rows asked for since the writer last looked */
static uint64_t group, committed; /* the group that collects now, and the last one that is durable */
static bool stopping;

static void need(bool good, const char *what) {
    if (good) return;
    fprintf(stderr, "bare_commits: %s: %s\n", what, db ? sqlite3_errmsg(db) : "");
    exit(1);
}

static void run(const char *sql) { need(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, sql); }

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Column 2 is the id, column 7 the position of entry: new ones each time, growing, as ours are. */
static void insert_row(void) {
    uint8_t id[16] = {0xff};
    uint64_t n = begun_at + made++;
    for (int i = 0; i < 8; i++) id[8 + i] = (uint8_t)(n >> (56 - 8 * i));
    need(!sqlite3_bind_blob(insert, 2, id, sizeof id, SQLITE_TRANSIENT) && !sqlite3_bind_int64(insert, 7, (sqlite3_int64)n),
         "bind");
    need(sqlite3_step(insert) == SQLITE_DONE, "insert");
    sqlite3_reset(insert);
}

static void prepare(const char *table) {
    char sql[4096];
    sqlite3_stmt *newest;
    snprintf(sql, sizeof sql, "SELECT * FROM \"%s\" ORDER BY made DESC LIMIT 1", table);
    need(!sqlite3_prepare_v2(db, sql, -1, &newest, NULL) && sqlite3_step(newest) == SQLITE_ROW, sql);
    int columns = sqlite3_column_count(newest), n = snprintf(sql, sizeof sql, "INSERT INTO \"%s\" VALUES (?1", table);
    for (int i = 2; i <= columns && n < (int)sizeof sql - 16; i++) n += snprintf(sql + n, sizeof sql - (size_t)n, ", ?%d", i);
    snprintf(sql + n, sizeof sql - (size_t)n, ")");
    need(!sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &insert, NULL), sql);
    for (int i = 0; i < columns; i++) need(!sqlite3_bind_value(insert, i + 1, sqlite3_column_value(newest, i)), "bind");
    begun_at = (uint64_t)sqlite3_column_int64(newest, 6) + 1;
    sqlite3_finalize(newest);
}

static void one_by_one(double until) {
    while (now_s() < until) {
        run("BEGIN IMMEDIATE");
        insert_row();
        run("COMMIT");
    }
}

static void *client(void *argument) {
    (void)argument;
    pthread_mutex_lock(&lock);
    while (!stopping) {
        uint64_t mine = group;
        waiting++;
        pthread_cond_signal(&asked);
        while (committed < mine && !stopping) pthread_cond_wait(&done, &lock);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void write_groups(double until) {
    pthread_mutex_lock(&lock);
    while (now_s() < until) {
        while (!waiting) pthread_cond_wait(&asked, &lock);
        unsigned rows = waiting;
        uint64_t this = group++;
        waiting = 0;
        pthread_mutex_unlock(&lock);
        run("BEGIN IMMEDIATE");
        for (unsigned i = 0; i < rows; i++) insert_row();
        run("COMMIT");
        pthread_mutex_lock(&lock);
        committed = this;
        pthread_cond_broadcast(&done);
    }
    stopping = true;
    pthread_cond_broadcast(&done);
    pthread_mutex_unlock(&lock);
}

static void grouped(double until, unsigned clients) {
    pthread_t threads[CLIENTS_MAX];
    group = 1;
    for (unsigned i = 0; i < clients; i++) need(!pthread_create(&threads[i], NULL, client, NULL), "thread");
    write_groups(until);
    for (unsigned i = 0; i < clients; i++) pthread_join(threads[i], NULL);
}

int main(int argc, char **argv) {
    if (argc < 5 || (strcmp(argv[3], "one") && argc < 6)) {
        fprintf(stderr, "bare_commits DATABASE TABLE one SECONDS   or   bare_commits DATABASE TABLE group SECONDS CLIENTS\n");
        return 2;
    }
    unsigned long seconds = strtoul(argv[4], NULL, 10), clients = argc > 5 ? strtoul(argv[5], NULL, 10) : 1;
    if (!seconds || seconds > SECONDS_MAX || !clients || clients > CLIENTS_MAX) return 2;
    need(sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK, argv[1]);
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = FULL");
    run("PRAGMA cache_size = -8000");
    run("PRAGMA wal_autocheckpoint = 4000");
    prepare(argv[2]);
    double begin = now_s();
    if (!strcmp(argv[3], "one")) one_by_one(begin + (double)seconds);
    else grouped(begin + (double)seconds, (unsigned)clients);
    printf("{\"rows_per_s\":%.0f,\"rows\":%llu}\n", (double)made / (now_s() - begin), (unsigned long long)made);
    sqlite3_finalize(insert);
    sqlite3_close(db);
    return 0;
}
