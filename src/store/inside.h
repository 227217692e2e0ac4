/* inside.h - what only the store's own files see: connections with their statement caches, and the writer. */
#ifndef STORE_INSIDE_H
#define STORE_INSIDE_H

#include "store/driver.h"

#include <pthread.h>
#include <semaphore.h>

enum { STMT_CACHE = 512, READERS_MAX = 64, GROUP_MAX = 256, LATER_MAX = 64 << 20 };

struct stmt {
    struct conn *conn;
    struct driver_stmt *driver;
    char *sql;
    uint32_t hash;
    enum write_mode mode; /* the mode it was prepared, and so permitted, under */
    bool in_use, cached;
    enum fault bind_fault;
};

struct conn {
    struct store *store;
    struct driver_conn *driver;
    enum write_mode mode;
    bool writer;
    struct stmt *cache[STMT_CACHE];
    struct conn *next_idle;
};

struct job {
    store_job run;
    void *argument;
    enum write_mode mode;
    bool many; /* of many changes */
    enum fault fault;
    sem_t done; /* the group that holds it is durable, or it failed; the job is its caller's again */
    struct job *next;
};

/* Terms that changes of the running group put into the search index or take out of it. FTS5 writes a segment at every savepoint that follows
 * a put; kept until the group's end they make one segment a group, in the same transaction. */
struct later {
    struct {
        int64_t document;
        bool drop;
        size_t at, length; /* in `terms` */
    } * items;
    size_t count, room;
    struct text terms;
    bool collecting;
};

struct store {
    const struct store_driver *driver;
    char *path;
    bool scratch;
    struct conn *writer;
    struct later later; /* the writing thread's */
    pthread_t thread;
    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t jobs_came;
    struct job *first_job, *last_job;
    bool stopping, thread_runs;
    struct conn *idle_readers;
    int readers;
    struct store_hooks hooks;
    bool lease_fresh; /* taken, and the hooks have not read again yet */
    const struct store_table **tables;
    size_t table_count;
};

enum { INDEX_NAME = 64 }; /* PostgreSQL cuts longer ones */
/* What an index of a table is called: by its columns, so that a new one beside it changes no other's name. */
void index_name(const struct store_table *table, size_t index, char out[INDEX_NAME]);

/* Opens a connection with an empty cache. */
CHECKED enum fault conn_open(struct store *store, bool create, bool writer, struct conn **out);
void conn_close(struct conn *conn);
/* Puts a job in the queue under a write mode and waits until it is durable. */
CHECKED enum fault store_submit(struct store *store, enum write_mode mode, bool many, store_job run, void *argument);
/* Puts what was kept for the search index into it; on the writing thread. */
CHECKED enum fault search_flush(struct store *store);
/* Back to so many items and bytes kept. */
void search_forget(struct store *store, size_t count, size_t bytes);
/* The writer thread's function; argument is the store. */
void *writer_main(void *argument);

#endif
