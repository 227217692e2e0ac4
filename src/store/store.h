/* store.h - one way to ask the database: declared tables, snapshot readers, and one writer that commits in groups. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/fault.h"
#include "base/id.h"
#include "base/notes.h"

/* What may write a table. Journal tables only grow; projections follow from the journal; work tables hold what no report
 * may rest on. The writer refuses at run time what the kind forbids (SQLite: authorizer). */
enum table_kind { TABLE_JOURNAL, TABLE_PROJECTION, TABLE_WORK };
const char *table_kind_word(enum table_kind kind); /* "journal", "projection", "work" */

enum store_type { STORE_INT, STORE_TEXT, STORE_BLOB };

struct store_column {
    const char *name;
    enum store_type type;
    bool required; /* NOT NULL */
};

/* A table as data; the driver writes the DDL. Everything pointed to lives as long as the store. */
struct store_table {
    const char *name;
    enum table_kind kind;
    const struct store_column *columns;
    size_t column_count;
    const char *key;            /* "tenant, id": the primary key */
    const char *const *indexes; /* column lists such as "tenant, state, id", NULL-ended; may be NULL */
    bool clustered;             /* rows lie in key order (SQLite: WITHOUT ROWID) */
};

struct store;
struct conn; /* one connection, used by one thread at a time */
struct stmt; /* one prepared statement of one connection */

/* Opens (and makes, if `create`) the database file; FAULT_ABSENT if it is not there, FAULT_STORE with a note otherwise. */
CHECKED enum fault store_open(const char *path, bool create, struct notes *notes, struct store **out);
/* Ends the writer after the queued jobs, closes all connections. NULL is allowed. */
void store_close(struct store *store);
/* Copies a database, as it is at one moment, into a new file while others read and write it (SQLite's online backup). FAULT_USAGE for a
 * PostgreSQL database, which has pg_dump; FAULT_ABSENT if there is none; FAULT_STORE if it cannot be read or the copy not written. */
CHECKED enum fault store_copy(const char *path, const char *to);
/* Opens a scratch database in memory with the same tables declared later; for rebuilding and comparing. */
CHECKED enum fault store_open_scratch(struct store **out);

/* Makes missing tables, indexes and columns in one transaction and remembers the kinds. A column that exists is never
 * altered or dropped. May be called several times; not while writers run. */
CHECKED enum fault store_declare(struct store *store, const struct store_table *tables, size_t count, struct notes *notes);
/* All declared tables, in order of declaration. */
size_t store_table_count(const struct store *store);
const struct store_table *store_table_at(const struct store *store, size_t index);

/* A snapshot reader; every statement between begin and end sees the same state. Reader connections cannot write. */
CHECKED enum fault store_read_begin(struct store *store, struct conn **out);
void store_read_end(struct conn **conn); /* for _cleanup_(store_read_end); NULL inside is allowed */

/* A job runs on the writer thread inside its own savepoint; on any fault its writes are undone. The caller waits until the
 * group holding the job is durably committed, and gets the job's fault, or FAULT_STORE if the commit failed. A job may run
 * twice (when a group fails it is replayed singly), so it must write its results only through its argument, whole. */
typedef enum fault (*store_job)(struct conn *conn, void *argument);
/* For the one door only (register/change.c) and the journal's own start: may write every table. */
CHECKED enum fault store_change(struct store *store, store_job job, void *argument);
/* The same for a job of many changes, which may be of any size: it keeps nothing until the group's end. */
CHECKED enum fault store_change_many(struct store *store, store_job job, void *argument);
/* May write work tables only. */
CHECKED enum fault store_work(struct store *store, store_job job, void *argument);

/* The journal's hooks into the writer; all run on the writer thread. */
struct store_hooks {
    void *context;
    enum fault (*lease_taken)(
        void *context, struct conn *conn); /* in the first group after another server or program wrote: read again where we are */
    void (*change_begin)(void *context);   /* before a change job: remember where we are */
    void (*change_undo)(void *context);    /* that job was rolled back: go back there */
    enum fault (*group_seal)(void *context, struct conn *conn); /* before COMMIT of a group in which a change succeeded */
    void (*group_undo)(void *context);                          /* the group was rolled back: back to its begin */
    void (*group_done)(void *context);                          /* the group is durable */
};
void store_set_hooks(struct store *store, const struct store_hooks *hooks);

/* Statements: SQL with ?1 ?2 … placeholders, cached per connection by text. A statement is closed with stmt_done(), which
 * resets it for the next user. Binding faults are kept and returned by the next step. */
CHECKED enum fault stmt_open(struct conn *conn, const char *sql, struct stmt **out);
void stmt_done(struct stmt **stmt); /* for _cleanup_(stmt_done) */
void stmt_bind_int(struct stmt *stmt, int at, int64_t value);
void stmt_bind_text(struct stmt *stmt, int at, const char *value); /* NULL binds null; must live until done */
void stmt_bind_textn(struct stmt *stmt, int at, const char *value, size_t length);
void stmt_bind_blob(struct stmt *stmt, int at, const void *value, size_t length); /* must live until done */
void stmt_bind_id(struct stmt *stmt, int at, const struct id *value);             /* NULL binds null */
void stmt_bind_null(struct stmt *stmt, int at);
/* Advances; *row tells whether there is one. FAULT_CONFLICT on a unique or foreign key, FAULT_BUSY when interrupted by a
 * limit, FAULT_STORE otherwise (logged). */
CHECKED enum fault stmt_step(struct stmt *stmt, bool *row);
/* Runs to the end, for statements whose rows do not matter. */
CHECKED enum fault stmt_run(struct stmt *stmt);
void stmt_reset(struct stmt *stmt); /* to bind and run again; bindings are kept */
/* Columns count from 0; texts and blobs live until the next step, reset or done. */
int64_t stmt_int(struct stmt *stmt, int at);
const char *stmt_text(struct stmt *stmt, int at); /* NULL for null */
const void *stmt_blob(struct stmt *stmt, int at, size_t *length);
bool stmt_id(struct stmt *stmt, int at, struct id *out); /* false (out untouched) if null or not 16 bytes */
bool stmt_null(struct stmt *stmt, int at);
int stmt_columns(struct stmt *stmt);
/* Whether the database has the table with that column, declared or not. */
CHECKED enum fault conn_has_column(struct conn *conn, const char *table, const char *column, bool *out);
/* Runs SQL without parameters and rows (tests, vacuum). */
CHECKED enum fault conn_run(struct conn *conn, const char *sql);
/* Opens, binds one integer and fetches the first row's first column; *out stays untouched when there is no row. */
CHECKED enum fault conn_ask_int(struct conn *conn, const char *sql, int64_t argument, int64_t *out);
/* Statements on this connection are interrupted after this many milliseconds from now (0: no limit); FAULT_BUSY then. */
void conn_limit_ms(struct conn *conn, int64_t limit_ms);

/* Full-text search over records: a work table kept in the change's own transaction, rebuilt from the journal at any time. */
CHECKED enum fault search_declare(struct store *store, struct notes *notes);
/* `document` is any stable positive number of the record, `group` the key of what it belongs to, `words` its text. Replace passes the text
 * that was put before. */
CHECKED enum fault search_put(struct conn *conn, int64_t document, const char *group, const char *words);
CHECKED enum fault search_drop(struct conn *conn, int64_t document, const char *group, const char *words_before);
/* Whether a document of these words matches what was typed: the specification of the index. */
bool search_matches(const char *words, const char *typed);
CHECKED enum fault search_clear(struct conn *conn); /* forgets all documents */
/* Appends the SQL condition that holds for rows of `search s` that match ?parameter; bind search_query() there. s.rowid is the document. */
void search_match(const struct store *store, struct text *sql, int parameter);
/* Appends "IN (documents that match ?parameter)". */
void search_condition(const struct store *store, struct text *sql, int parameter);
/* What is put before a column so that no index of it is chosen, NULL where the database weighs that well by itself. */
const char *store_veil(const struct store *store);
/* The query string for what a person typed: documents of the group in which every word occurs; empty if nothing searchable was typed. */
const char *search_query(struct arena *arena, const char *group, const char *typed);

#endif
