/* store.c - opening, declaring tables, and lending snapshot readers. */
#include "store/inside.h"

#include "base/digest.h"
#include "base/printer.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct store_driver *driver_of(const char *path) {
    return !strncmp(path, "postgresql://", 13) || !strncmp(path, "postgres://", 11) ? &postgres_driver : &sqlite_driver;
}

enum fault store_copy(const char *path, const char *to) {
    const struct store_driver *driver = driver_of(path);
    return driver->copy ? driver->copy(path, to) : FAULT_USAGE;
}

static enum fault store_make(const char *path, bool create, bool scratch, struct notes *notes, struct store **out) {
    struct store *s = memory_new(sizeof *s);
    s->driver = driver_of(path);
    s->scratch = scratch;
    s->path = memory_new(strlen(path) + 1);
    memcpy(s->path, path, strlen(path));
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->jobs_came, NULL);
    text_init(&s->later.terms, LATER_MAX);
    enum fault f = conn_open(s, create, true, &s->writer);
    if (!f && pthread_create(&s->thread, NULL, writer_main, s)) f = FAULT_SYSTEM;
    if (f) {
        if (s->driver == &postgres_driver)
            note_add(notes, "PostgreSQL", "数据库连不上；请检查 taizhang.conf 中的 store"); /* the address may hold a password */
        else note_add(notes, path, "数据库打不开；请检查文件是否存在、是否可写、磁盘是否已满");
        store_close(s);
        return f;
    }
    s->thread_runs = true;
    *out = s;
    return FAULT_NONE;
}

enum fault store_open(const char *path, bool create, struct notes *notes, struct store **out) {
    return store_make(path, create, false, notes, out);
}

enum fault store_open_scratch(struct store **out) {
    /* A private on-disk temporary database of SQLite's own would have no second connection; a shared-cache one in memory
     * gives the readers what the writer wrote. The name keeps several scratch stores apart. */
    static unsigned counter;
    char path[64];
    snprintf(path, sizeof path, "file:scratch%u?mode=memory&cache=shared", __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED));
    return store_make(path, true, true, NULL, out);
}

void store_close(struct store *s) {
    if (!s) return;
    if (s->thread_runs) {
        pthread_mutex_lock(&s->lock);
        s->stopping = true;
        pthread_cond_signal(&s->jobs_came);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
    }
    while (s->idle_readers) {
        struct conn *c = s->idle_readers;
        s->idle_readers = c->next_idle;
        conn_close(c);
    }
    conn_close(s->writer);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->jobs_came);
    text_release(&s->later.terms);
    memory_release(&s->later.items);
    memory_release(&s->tables);
    memory_release(&s->path);
    memory_release(&s);
}

struct declaration {
    struct store *store;
    const struct store_table *tables;
    size_t count;
};

static enum fault declare_columns(struct conn *c, const struct store_table *t) {
    for (size_t i = 0; i < t->column_count; i++) {
        bool there;
        enum fault f = c->store->driver->has_column(c->driver, t->name, t->columns[i].name, &there);
        if (f) return f;
        if (there) continue;
        _cleanup_(text_release) struct text ddl;
        text_init(&ddl, 4096);
        c->store->driver->column_ddl(t, &t->columns[i], &ddl);
        f = conn_run(c, ddl.at);
        if (f) return f;
    }
    return FAULT_NONE;
}

static enum fault declare_job(struct conn *c, void *argument) {
    struct declaration *d = argument;
    for (size_t i = 0; i < d->count; i++) {
        _cleanup_(text_release) struct text ddl;
        text_init(&ddl, 1 << 16);
        c->store->driver->table_ddl(&d->tables[i], &ddl);
        assert(!ddl.over);
        /* The table first, then columns it lacks, then indexes, which may name those columns. */
        char *indexes = strchr(ddl.at, '\n');
        *indexes = 0;
        enum fault f = conn_run(c, ddl.at);
        if (!f) f = declare_columns(c, &d->tables[i]);
        if (!f && indexes[1]) f = conn_run(c, indexes + 1);
        if (f) return f;
    }
    return FAULT_NONE;
}

enum fault store_declare(struct store *s, const struct store_table *tables, size_t count, struct notes *notes) {
    struct declaration d = {s, tables, count};
    enum fault f = store_submit(s, WRITE_SCHEMA, false, declare_job, &d);
    if (f) {
        note_add(notes, s->driver->name, "数据库表结构无法建立");
        return f;
    }
    pthread_mutex_lock(&s->lock);
    s->tables = memory_resize(s->tables, (s->table_count + count) * sizeof *s->tables);
    for (size_t i = 0; i < count; i++) s->tables[s->table_count++] = &tables[i];
    pthread_mutex_unlock(&s->lock);
    return FAULT_NONE;
}

size_t store_table_count(const struct store *s) { return s->table_count; }

void index_name(const struct store_table *table, size_t index, char out[INDEX_NAME]) {
    const char *columns = table->indexes[index];
    struct digest digest = digest_of(columns, strlen(columns));
    int n = snprintf(out, INDEX_NAME, "%.40s_by_", table->name);
    hex_format(digest.bytes, 6, out + n);
}

const struct store_table *store_table_at(const struct store *s, size_t index) {
    assert(index < s->table_count);
    return s->tables[index];
}

enum fault store_read_begin(struct store *s, struct conn **out) {
    pthread_mutex_lock(&s->lock);
    struct conn *c = s->idle_readers;
    if (c) s->idle_readers = c->next_idle;
    pthread_mutex_unlock(&s->lock);
    enum fault f = c ? FAULT_NONE : conn_open(s, false, false, &c);
    if (f) return f;
    _cleanup_(stmt_done) struct stmt *begin = NULL;
    bool row;
    f = stmt_open(c, "BEGIN", &begin);
    if (!f) f = stmt_step(begin, &row);
    if (f) {
        stmt_done(&begin);
        conn_close(c);
        return f;
    }
    *out = c;
    return FAULT_NONE;
}

void store_read_end(struct conn **conn) {
    struct conn *c = *conn;
    if (!c) return;
    *conn = NULL;
    conn_limit_ms(c, 0);
    struct stmt *commit = NULL;
    bool row;
    enum fault f = stmt_open(c, "COMMIT", &commit);
    if (!f) f = stmt_step(commit, &row);
    stmt_done(&commit);
    if (f) {
        conn_close(c);
        return;
    }
    struct store *s = c->store;
    pthread_mutex_lock(&s->lock);
    c->next_idle = s->idle_readers;
    s->idle_readers = c;
    pthread_mutex_unlock(&s->lock);
}
