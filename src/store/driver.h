/* driver.h - what a database must offer to the store; one file per database implements it, and every difference lives there. */
#ifndef STORE_DRIVER_H
#define STORE_DRIVER_H

#include "store/store.h"

/* What a connection may write at the moment; checked by the database itself, not by us. */
enum write_mode { WRITE_NOTHING, WRITE_WORK, WRITE_CHANGE, WRITE_SCHEMA };

struct driver_conn; /* the database's own connection and statement */
struct driver_stmt;

/* Asked by the database for each table a statement wants to write. */
enum write_verb { WRITE_INSERT, WRITE_UPDATE, WRITE_DELETE };
typedef bool (*write_guard)(void *context, const char *table, enum write_verb verb);

struct store_driver {
    const char *name;
    enum fault (*open)(const char *path, bool create, bool writer, write_guard guard, void *context, struct driver_conn **out);
    void (*close)(struct driver_conn *conn);
    const char *(*error)(struct driver_conn *conn); /* the database's last message, for the log */
    enum fault (*run)(struct driver_conn *conn, const char *sql);
    enum fault (*prepare)(struct driver_conn *conn, const char *sql, struct driver_stmt **out);
    void (*finalize)(struct driver_stmt *stmt);
    void (*reset)(struct driver_stmt *stmt);
    enum fault (*bind_int)(struct driver_stmt *stmt, int at, int64_t value);
    enum fault (*bind_bytes)(struct driver_stmt *stmt, int at, enum store_type type, const void *value, size_t length);
    enum fault (*bind_null)(struct driver_stmt *stmt, int at);
    enum fault (*step)(struct driver_stmt *stmt, bool *row);
    int64_t (*column_int)(struct driver_stmt *stmt, int at);
    const char *(*column_text)(struct driver_stmt *stmt, int at);
    const void *(*column_blob)(struct driver_stmt *stmt, int at, size_t *length);
    bool (*column_null)(struct driver_stmt *stmt, int at);
    int (*columns)(struct driver_stmt *stmt);
    /* Makes this connection the one that writes changes, until it ends; FAULT_BUSY while another server is. NULL where the file's lock does it. */
    enum fault (*lease)(struct driver_conn *conn, bool *taken); /* *taken: it was not ours before, and another may have written */
    /* Whether pages were written ahead of a commit since this was last asked; NULL: the database may do so safely. See run_job(). */
    bool (*spilled)(struct driver_conn *conn);
    /* Whether any other connection has committed since this was last asked (the first time: yes), in the writer's transaction. NULL where the lease tells it. */
    enum fault (*others_wrote)(struct driver_conn *conn, bool *out);
    enum fault (*copy)(const char *path, const char *to);      /* see store_copy(); NULL: other programs do it */
    void (*limit)(struct driver_conn *conn, int64_t until_ms); /* monotonic milliseconds; 0: none */
    /* DDL in the database's own words. */
    void (*table_ddl)(const struct store_table *table, struct text *out);
    void (*column_ddl)(const struct store_table *table, const struct store_column *column, struct text *out);
    enum fault (*has_column)(struct driver_conn *conn, const char *table, const char *column, bool *out);
    const char *const *search_ddl; /* NULL-ended */
    const char *search_insert, *search_delete, *search_clear;
    const char *veil;            /* see store_veil() */
    const char *search_match[2]; /* the condition on `search s`: what stands before and after the parameter */
};

extern const struct store_driver sqlite_driver, postgres_driver;

#endif
