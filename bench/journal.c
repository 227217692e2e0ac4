/* journal.c - what an entry of ten fields costs: hashing alone, bare inserts of the same row, appending, verifying, proofs, checkpoints. */
#include "journal/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FIELDS = 10, MOST_ENTRIES = 10000000 };
static struct journal *journal;
static long entries = 100000;
static struct field fields[FIELDS];
static const char *const keys[FIELDS] = {"category", "closed", "content", "day",         "found",
                                         "note",     "people", "place",   "responsible", "title"};

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void line(const char *what, double seconds) {
    printf("%-44s %8.2f s  %8.2f us an entry\n", what, seconds, seconds * 1e6 / (double)entries);
}

static void fill(struct entry *e, long i) {
    for (int k = 0; k < FIELDS; k++) {
        fields[k] = k % 3 == 1 ? (struct field){keys[k], FIELD_INT, i + k, NULL}
                               : (struct field){keys[k], FIELD_TEXT, 0, "安全检查记录第三教学楼"};
    }
    *e = (struct entry){.tenant = 1,
                        .op = "add",
                        .register_key = "inspection",
                        .has_effective = true,
                        .effective = 17897,
                        .entered_ms = 1546300800000 + i,
                        .fields = fields,
                        .field_count = FIELDS};
    for (int k = 0; k < 8; k++) e->record.bytes[k] = (uint8_t)(i >> (56 - 8 * k)); /* ids grow with time, as the real ones do */
}

static void hash_only(void) {
    struct digest leaves[FIELDS], root, leaf;
    const struct field *order[FIELDS];
    struct frontier f = {0};
    struct seed seed = {{1}};
    struct entry e;
    double begin = now_s();
    for (long i = 0; i < entries; i++) {
        fill(&e, i);
        for (int k = 0; k < FIELDS; k++) order[k] = &fields[k];
        root = commitment_fields_root(&seed, order, FIELDS, leaves);
        leaf = commitment_leaf(&e, i, &root);
        frontier_append(&f, &leaf, NULL);
    }
    line("hashing alone (salts, fields, leaf, tree)", now_s() - begin);
}

static enum fault append_all(struct conn *conn, void *argument) {
    (void)argument;
    for (long i = 0; i < entries; i++) {
        struct entry e;
        int64_t position;
        fill(&e, i);
        enum fault f = journal_append(journal, conn, &e, &position);
        if (f) return f;
    }
    return FAULT_NONE;
}

/* The same bytes into a table of the same shape, without hashing and JSON. */
static enum fault insert_bare(struct conn *conn, void *argument) {
    (void)argument;
    static const char json[] = "{\"category\":\"安全检查记录第三教学楼\",\"closed\":1,\"content\":\"安全检查记录第三教学楼\","
                               "\"day\":\"安全检查记录第三教学楼\",\"found\":4,"
                               "\"note\":\"安全检查记录第三教学楼\",\"people\":\"安全检查记录第三教学楼\",\"place\":7,"
                               "\"responsible\":\"安全检查记录第三教学楼\",\"title\":\"安全检查记录第三教学楼\"}";
    static const uint8_t zeros[32];
    for (long i = 0; i < entries; i++) {
        _cleanup_(stmt_done) struct stmt *s = NULL;
        enum fault f = stmt_open(conn,
                                 "INSERT INTO bare VALUES (?1,?2,'add','inspection',?3,?4,NULL,NULL,'2019-01-01',?5,?6,?7,?8)", &s);
        if (f) return f;
        struct id id = {0};
        for (int k = 0; k < 8; k++) id.bytes[k] = (uint8_t)(i >> (56 - 8 * k));
        stmt_bind_int(s, 1, 1);
        stmt_bind_int(s, 2, i);
        stmt_bind_id(s, 3, &id);
        stmt_bind_blob(s, 4, zeros, 32);
        stmt_bind_int(s, 5, 1546300800000 + i);
        stmt_bind_text(s, 6, json);
        stmt_bind_blob(s, 7, zeros, 16);
        stmt_bind_blob(s, 8, zeros, 32);
        if ((f = stmt_run(s))) return f;
    }
    return FAULT_NONE;
}

static void fail(const char *what, enum fault f) {
    fprintf(stderr, "%s: %s\n", what, fault_word(f));
    exit(1);
}

static void timed_change(struct store *store, const char *what, store_job job) {
    double begin = now_s();
    enum fault f = store_change(store, job, NULL);
    if (f) fail(what, f);
    line(what, now_s() - begin);
}

static void verify(struct store *store, const struct verifier_key *key) {
    struct conn *conn;
    struct journal_verdict v;
    double begin = now_s();
    enum fault f = store_read_begin(store, &conn);
    if (f) fail("read", f);
    f = journal_verify(conn, key, NULL, &v);
    store_read_end(&conn);
    if (f || v.entries != entries) fail("verify", f);
    line("deep verification", now_s() - begin);
}

/* Inclusion proofs at scattered positions, each checked, and checkpoints made from the tables. */
static void prove(struct store *store, const char *key_path) {
    enum { TIMES = 1000 };
    struct conn *conn;
    struct digest root;
    struct signer_key key;
    double worst = 0, all = 0;
    enum fault f = store_read_begin(store, &conn);
    if (!f) f = journal_root(conn, 1, entries, &root);
    if (!f) f = signer_key_load(key_path, NULL, &key);
    for (int64_t i = 0; !f && i < TIMES; i++) {
        _cleanup_(arena_release) struct arena arena;
        struct proof proof;
        struct entry_row row;
        int64_t position = i * 7919 * 104729 % entries;
        arena_init(&arena, 1 << 20);
        double begin = now_s();
        f = journal_prove_inclusion(conn, 1, position, entries, &proof);
        double took = now_s() - begin;
        all += took;
        if (took > worst) worst = took;
        if (!f) f = journal_entry_read(conn, 1, position, &arena, &row);
        if (!f && !inclusion_verify(&row.leaf, position, entries, &proof, &root)) f = FAULT_TAMPERED;
    }
    if (f) fail("prove", f);
    printf("%-44s %8.3f ms  %8.3f ms the slowest\n", "inclusion proof", all * 1e3 / TIMES, worst * 1e3);
    double begin = now_s();
    for (int i = 0; !f && i < TIMES; i++) {
        char note[CHECKPOINT_NOTE_MAX];
        struct checkpoint head = {.size = entries, .entered_ms = 0, .previous = 0};
        f = journal_root(conn, 1, entries, &head.root);
        checkpoint_sign(&head, &key, 1, note);
    }
    if (f) fail("checkpoint", f);
    printf("%-44s %8.3f ms\n", "checkpoint: root from the tables, signed", (now_s() - begin) * 1e3 / TIMES);
    signer_key_wipe(&key);
    store_read_end(&conn);
}

int main(int argc, char **argv) {
    if (argc > 1) entries = strtol(argv[1], NULL, 10);
    if (entries < 1 || entries > MOST_ENTRIES) return 2;
    char folder[] = "/tmp/taizhang-bench-XXXXXX", db[64], key[64], pub[64], command[128];
    if (!mkdtemp(folder)) return 1;
    snprintf(db, sizeof db, "%s/a.db", folder);
    snprintf(key, sizeof key, "%s/journal.key", folder);
    snprintf(pub, sizeof pub, "%s/journal.pub", folder);
    size_t count;
    const struct store_table *tables = journal_tables(&count);
    struct store_table bare = tables[0];
    bare.name = "bare";
    bare.kind = TABLE_WORK;
    struct store *store;
    enum fault f = key_make(key, pub, "taizhang.example/bench", NULL);
    if (!f) f = store_open(db, true, NULL, &store);
    if (!f) f = store_declare(store, tables, count, NULL);
    if (!f) f = store_declare(store, &bare, 1, NULL);
    if (!f) f = journal_open(store, key, NULL, &journal);
    if (f) fail("open", f);
    printf("%ld entries of %d fields, one transaction\n", entries, FIELDS);
    hash_only();
    timed_change(store, "bare inserts of the same rows", insert_bare);
    timed_change(store, "journal_append", append_all);
    verify(store, journal_key(journal));
    prove(store, key);
    store_close(store);
    journal_close(journal);
    double begin = now_s();
    f = store_open(db, false, NULL, &store);
    if (!f) f = store_declare(store, tables, count, NULL);
    if (!f) f = journal_open(store, key, NULL, &journal);
    if (f) fail("reopen", f);
    printf("%-44s %8.2f ms\n", "opening store and journal", (now_s() - begin) * 1e3);
    store_close(store);
    journal_close(journal);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) != 0;
}
