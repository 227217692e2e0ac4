/* journal.c - the tables, appending inside changes, and the hooks that keep the tree in memory in step with the database. */
#include "journal/inside.h"

#include <stdio.h>
#include <string.h>

static const struct store_column entry_columns[] = {
    {"tenant", STORE_INT, true},    {"position", STORE_INT, true}, {"op", STORE_TEXT, true},
    {"register", STORE_TEXT, true}, {"record", STORE_BLOB, true},  {"definition", STORE_BLOB, true},
    {"actor", STORE_BLOB, false},   {"unit", STORE_BLOB, false},   {"effective", STORE_TEXT, false},
    {"entered", STORE_INT, true},   {"fields", STORE_TEXT, true},  {"seed", STORE_BLOB, true},
    {"leaf", STORE_BLOB, true},
};
static const struct store_column subtree_columns[] = {
    {"tenant", STORE_INT, true}, {"level", STORE_INT, true}, {"number", STORE_INT, true}, {"hash", STORE_BLOB, true}};
static const struct store_column head_columns[] = {
    {"tenant", STORE_INT, true}, {"size", STORE_INT, true}, {"note", STORE_TEXT, true}};
static const char *const entry_indexes[] = {"tenant, record, position", NULL};
static const struct store_table tables[] = {
    {"entry", TABLE_JOURNAL, entry_columns, COUNT_OF(entry_columns), "tenant, position", entry_indexes, true},
    {"subtree", TABLE_JOURNAL, subtree_columns, COUNT_OF(subtree_columns), "tenant, level, number", NULL, true},
    {"head", TABLE_JOURNAL, head_columns, COUNT_OF(head_columns), "tenant, size", NULL, true},
};

const struct store_table *journal_tables(size_t *count) {
    *count = COUNT_OF(tables);
    return tables;
}

/* Where a log stands: its tree, and when its last entry was entered. */
struct standing {
    struct frontier frontier;
    int64_t entered_ms;
};

/* One tenant's log. The standings before the change and before the group are taken at the first append in them. */
struct log {
    int64_t tenant, head; /* head: size of the last durable head */
    struct standing now, before_change, before_group;
    uint64_t change; /* the change that before_change belongs to */
    bool in_group, loaded;
    struct log *next;
};

enum { SEED_POOL = 128, JSON_MAX = 64 << 20 };

/* Everything here is touched by the writer thread only, once opened. */
struct journal {
    struct signer_key key;
    struct log *logs;
    uint64_t change;
    struct seed seeds[SEED_POOL]; /* random bytes come from the kernel many at a time */
    int seeds_left;
    struct text json;
    const struct field *order[ENTRY_FIELDS_MAX];
    struct digest leaves[ENTRY_FIELDS_MAX];
};

static struct log *log_of(struct journal *j, int64_t tenant) {
    for (struct log *log = j->logs; log; log = log->next)
        if (log->tenant == tenant) return log;
    struct log *log = memory_new(sizeof *log);
    log->tenant = tenant;
    log->next = j->logs;
    j->logs = log;
    return log;
}

static void change_begin(void *context) { ((struct journal *)context)->change++; }

static void change_undo(void *context) {
    struct journal *j = context;
    for (struct log *log = j->logs; log; log = log->next)
        if (log->change == j->change) log->now = log->before_change;
}

static void group_undo(void *context) {
    struct journal *j = context;
    for (struct log *log = j->logs; log; log = log->next) {
        if (log->in_group) log->now = log->before_group;
        log->in_group = false;
    }
}

static void group_done(void *context) {
    struct journal *j = context;
    for (struct log *log = j->logs; log; log = log->next) {
        log->head = log->now.frontier.size;
        log->in_group = false;
    }
}

static enum fault head_insert(struct conn *conn, int64_t tenant, int64_t size, const char *note) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "INSERT INTO head (tenant, size, note) VALUES (?1, ?2, ?3)", &s);
    if (f) return f;
    stmt_bind_int(s, 1, tenant);
    stmt_bind_int(s, 2, size);
    stmt_bind_text(s, 3, note);
    return stmt_run(s);
}

static enum fault group_seal(void *context, struct conn *conn) {
    struct journal *j = context;
    for (struct log *log = j->logs; log; log = log->next) {
        if (!log->in_group || log->now.frontier.size == log->before_group.frontier.size) continue;
        struct checkpoint head = {.size = log->now.frontier.size,
                                  .root = frontier_root(&log->now.frontier),
                                  .entered_ms = log->now.entered_ms,
                                  .previous = log->head};
        char note[CHECKPOINT_NOTE_MAX];
        checkpoint_sign(&head, &j->key, log->tenant, note);
        enum fault f = head_insert(conn, log->tenant, head.size, note);
        if (f) return f;
    }
    return FAULT_NONE;
}

/* Loads one log as the tables have it, and believes it only if its last head says the same. */
static enum fault log_load(struct journal *j, struct conn *conn, int64_t tenant, struct notes *notes) {
    char note[CHECKPOINT_NOTE_MAX];
    struct checkpoint head;
    int64_t entries, size;
    struct log *log = log_of(j, tenant);
    if (log->loaded) return FAULT_NONE;
    struct verifier_key key = verifier_key_of(&j->key.verifier, tenant);
    enum fault f = journal_size(conn, tenant, &entries);
    if (!f) f = journal_head_latest(conn, tenant, note, &size);
    if (!f) f = tree_frontier(conn, tenant, entries, &log->now.frontier);
    if (!f && !checkpoint_verify(note, strlen(note), &key, &head)) f = FAULT_TAMPERED;
    if (!f && (head.size != entries || size != entries || head.entered_ms < 0)) f = FAULT_TAMPERED;
    if (!f) {
        struct digest root = frontier_root(&log->now.frontier);
        if (memcmp(root.bytes, head.root.bytes, DIGEST_BYTES) != 0) f = FAULT_TAMPERED;
    }
    if (f == FAULT_ABSENT || f == FAULT_TAMPERED) {
        char name[24];
        snprintf(name, sizeof name, "%lld", (long long)tenant);
        note_add(notes, "head", "日志（租户 {0}）与其最后签名的树头不符，请运行 taizhang verify --deep 查明，必要时从备份恢复",
                 name);
        return FAULT_TAMPERED;
    }
    if (f) return f;
    log->now.entered_ms = head.entered_ms;
    log->head = size;
    log->loaded = true;
    return FAULT_NONE;
}

static enum fault logs_load(struct journal *j, struct conn *conn, struct notes *notes) {
    enum fault f = FAULT_NONE;
    static const char *const sources[] = {"entry", "head"}; /* heads without entries are a fault, too */
    for (size_t i = 0; !f && i < COUNT_OF(sources); i++) {
        int64_t tenant, from = 1;
        while (!f && !(f = tenant_next(conn, sources[i], from, &tenant))) {
            f = log_load(j, conn, tenant, notes);
            from = tenant + 1;
        }
        if (f == FAULT_ABSENT) f = FAULT_NONE;
    }
    return f;
}

/* Another server may have appended since: the logs are what the tables say now. */
static enum fault lease_taken(void *context, struct conn *conn) {
    struct journal *j = context;
    _cleanup_(arena_release) struct arena arena;
    struct notes notes;
    arena_init(&arena, 1 << 16);
    notes_init(&notes, &arena);
    for (struct log *log = j->logs; log; log = log->next) log->loaded = false;
    return logs_load(j, conn, &notes);
}

static enum fault logs_load_first(struct journal *j, struct store *store, struct notes *notes) {
    _cleanup_(store_read_end) struct conn *conn = NULL;
    enum fault f = store_read_begin(store, &conn);
    return f ? f : logs_load(j, conn, notes);
}

enum fault journal_open(struct store *store, const char *key_path, struct notes *notes, struct journal **out) {
    struct journal *j = memory_new(sizeof *j);
    text_init(&j->json, JSON_MAX);
    enum fault f = signer_key_load(key_path, notes, &j->key);
    if (!f) f = logs_load_first(j, store, notes);
    if (f) {
        journal_close(j);
        return f;
    }
    store_set_hooks(store, &(struct store_hooks){.context = j,
                                                 .lease_taken = lease_taken,
                                                 .change_begin = change_begin,
                                                 .change_undo = change_undo,
                                                 .group_seal = group_seal,
                                                 .group_undo = group_undo,
                                                 .group_done = group_done});
    *out = j;
    return FAULT_NONE;
}

void journal_close(struct journal *j) {
    if (!j) return;
    signer_key_wipe(&j->key);
    text_release(&j->json);
    for (struct log *log = j->logs, *next; log; log = next) {
        next = log->next;
        memory_release(&log);
    }
    memory_release(&j);
}

const struct verifier_key *journal_key(const struct journal *j) { return &j->key.verifier; }

static struct seed seed_take(struct journal *j) {
    if (j->seeds_left == 0) {
        random_bytes(j->seeds, sizeof j->seeds);
        j->seeds_left = SEED_POOL;
    }
    return j->seeds[--j->seeds_left];
}

static bool word_valid(const char *word) {
    size_t length = strnlen(word, ENTRY_WORD_MAX + 1);
    return length > 0 && length <= ENTRY_WORD_MAX;
}

static enum fault entry_check(const struct entry *e) {
    if (e->field_count > ENTRY_FIELDS_MAX || !word_valid(e->op) || !word_valid(e->register_key)) return FAULT_LARGE;
    if (e->tenant < 1 || e->entered_ms < 0) return FAULT_INPUT;
    if (e->has_effective && (e->effective < civil_from_ymd(1, 1, 1) || e->effective > civil_from_ymd(9999, 12, 31)))
        return FAULT_INPUT;
    return FAULT_NONE;
}

static enum fault entry_insert(struct conn *conn, const struct entry *e, int64_t position, const struct text *json,
                               const struct seed *seed, const struct digest *leaf) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn, "INSERT INTO entry (tenant, " ENTRY_COLUMNS ") VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)", &s);
    if (f) return f;
    char effective[CIVIL_TEXT];
    if (e->has_effective) civil_format(e->effective, effective);
    stmt_bind_int(s, 1, e->tenant);
    stmt_bind_int(s, 2, position);
    stmt_bind_text(s, 3, e->op);
    stmt_bind_text(s, 4, e->register_key);
    stmt_bind_id(s, 5, &e->record);
    stmt_bind_blob(s, 6, e->definition.bytes, DIGEST_BYTES);
    stmt_bind_id(s, 7, e->actor);
    stmt_bind_id(s, 8, e->unit);
    stmt_bind_text(s, 9, e->has_effective ? effective : NULL);
    stmt_bind_int(s, 10, e->entered_ms);
    stmt_bind_textn(s, 11, json->at, json->length);
    stmt_bind_blob(s, 12, seed->bytes, SEED_BYTES);
    stmt_bind_blob(s, 13, leaf->bytes, DIGEST_BYTES);
    return stmt_run(s);
}

/* Every 256th leaf completes a subtree of level 8, every 65,536th one of level 16 … */
static enum fault subtrees_insert(struct conn *conn, int64_t tenant, int64_t size, const struct digest *completed, int levels) {
    for (int level = SUBTREE_STEP; level < levels && level <= SUBTREE_TOP; level += SUBTREE_STEP) {
        _cleanup_(stmt_done) struct stmt *s = NULL;
        enum fault f = stmt_open(conn, "INSERT INTO subtree (tenant, level, number, hash) VALUES (?1, ?2, ?3, ?4)", &s);
        if (f) return f;
        stmt_bind_int(s, 1, tenant);
        stmt_bind_int(s, 2, level);
        stmt_bind_int(s, 3, (size >> level) - 1);
        stmt_bind_blob(s, 4, completed[level].bytes, DIGEST_BYTES);
        if ((f = stmt_run(s))) return f;
    }
    return FAULT_NONE;
}

static void log_remember(struct journal *j, struct log *log) {
    if (log->change != j->change) {
        log->before_change = log->now;
        log->change = j->change;
    }
    if (!log->in_group) {
        log->before_group = log->now;
        log->in_group = true;
    }
}

enum fault journal_append(struct journal *j, struct conn *conn, const struct entry *e, int64_t *position) {
    enum fault f = entry_check(e);
    if (f) return f;
    for (size_t i = 0; i < e->field_count; i++) j->order[i] = &e->fields[i];
    if (!fields_sort(j->order, e->field_count)) return FAULT_INPUT;
    text_clear(&j->json);
    if ((f = fields_write(j->order, e->field_count, &j->json))) return f;
    struct log *log = log_of(j, e->tenant);
    int64_t at = log->now.frontier.size;
    struct seed seed = seed_take(j);
    struct digest root = commitment_fields_root(&seed, j->order, e->field_count, j->leaves), leaf = commitment_leaf(e, at, &root);
    if ((f = entry_insert(conn, e, at, &j->json, &seed, &leaf))) return f;
    log_remember(j, log);
    struct digest completed[MERKLE_LEVELS];
    int levels = frontier_append(&log->now.frontier, &leaf, completed);
    log->now.entered_ms = e->entered_ms;
    if ((f = subtrees_insert(conn, e->tenant, at + 1, completed, levels))) return f;
    *position = at;
    return FAULT_NONE;
}

enum fault journal_next(struct journal *j, struct conn *conn, int64_t tenant, int64_t *position) {
    (void)conn; /* asked for so that only the writer can call this */
    *position = log_of(j, tenant)->now.frontier.size;
    return FAULT_NONE;
}
