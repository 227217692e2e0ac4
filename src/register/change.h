/* change.h - the one door: rights, validation, rules, journal entry, rows and search, in one transaction. */
#ifndef REGISTER_CHANGE_H
#define REGISTER_CHANGE_H

#include "access/access.h"
#include "base/civil.h"
#include "journal/journal.h"
#include "register/register.h"
#include "register/value.h"

/* All registers of an installation over its store and journal. */
struct registers;

/* Lints, makes the tables, and journals each declaration whose hash is not yet known; with now_ms < 0 nothing is journalled (for
 * looking at an installation without touching its records). Everything given must outlive it. */
CHECKED enum fault registers_open(struct store *store, struct journal *journal, const struct reg *const *regs, size_t count,
                                  int64_t now_ms, struct notes *notes, struct registers **out);
void registers_close(struct registers *registers);
const struct reg *register_named(const struct registers *registers, const char *key); /* NULL if absent */
size_t register_count(const struct registers *registers);
const struct reg *register_at(const struct registers *registers, size_t index);
struct digest register_definition_hash(const struct registers *registers, const struct reg *reg);
struct store *registers_store(const struct registers *registers);
struct journal *registers_journal(const struct registers *registers);
/* Lists, counts and searches that take longer than so many milliseconds are stopped; 5,000 as long as nothing else is said. Before they are asked for. */
void registers_limit(struct registers *registers, int64_t limit_ms);

enum change_kind {
    CHANGE_ADD,      /* a new record; `record` is its id, made by the client; the same again is answered as done */
    CHANGE_EDIT,     /* new values from `effective` on; without it a correction: from when the replaced values began to hold */
    CHANGE_MOVE,     /* a move, with the values it needs */
    CHANGE_WITHDRAW, /* the record should not count: entered by mistake; asks a reason; it stays readable */
};

struct change_value {
    const char *key;
    const char *typed; /* as value_read takes it; NULL or "" clears */
    const char *place; /* where an error is told; NULL: the key */
};

/* A key under which a client may send one change again, hashed with who sends it, and the hash of all that it asks. */
struct once {
    struct digest key, body;
};

/* The key of the next change of the same sending, where one request makes several. */
struct once once_next(const struct once *once);
/* Has a change with this key been made, and did it ask the same? `position` is its entry's. */
CHECKED enum fault once_find(struct conn *conn, const struct once *once, bool *there, bool *same, int64_t *position);

struct change {
    enum change_kind kind;
    const struct reg *reg;
    struct id record;
    const char *move; /* CHANGE_MOVE */
    const struct change_value *values;
    size_t value_count;
    struct id unit; /* CHANGE_ADD: unit of the record; zero: the actor's */
    bool has_effective;
    civil_day effective;
    const char *reason; /* needed for late entries and withdrawals */
    int64_t expected;   /* journal position the editor saw; -1: not checked */
    const char *source; /* import: file, row and hash; NULL otherwise */
    const struct once
        *once;   /* NULL: sent twice it is made twice; a known key with another body is FAULT_INPUT, noted at "Idempotency-Key" */
    bool by_key; /* the record is the one with the given value of the KEY field; an add then becomes an edit if it is there */
};

struct change_done {
    int64_t position; /* of the journal entry */
    bool repeated;    /* CHANGE_ADD of a record that was there already, with the same values; or sent before with the same `once` */
    bool unchanged;   /* by_key: the record that is there has these very values already; nothing was written */
};

/* Applies one change durably. FAULT_RIGHT, FAULT_INPUT (notes: place is the field key or "effective", "reason"), FAULT_ABSENT, FAULT_STATE,
 * FAULT_CONFLICT (changed since `expected`; key taken; other values under the same id), FAULT_STORE. Notes may be NULL. */
CHECKED enum fault change_apply(struct registers *registers, const struct actor *actor, int64_t now_ms, const struct change *change,
                                struct notes *notes, struct change_done *out);

/* Whether a move that must be another person's (struct reg_move, .not_by) would be the actor judging his own work on this record. */
CHECKED enum fault change_own_work(struct conn *conn, const struct reg *reg, const struct reg_move *move, const struct id *record,
                                   const struct actor *actor, bool *own);

/* Many changes in one transaction, all or nothing. `next` fills the next change (its memory must live until the following call)
 * and returns false at the end; faults found before a change exists (a cell that cannot be read) are reported by next itself
 * through the notes of the batch, which make it fail. Every change is tried, so that all errors are told at once, up to NOTES_MAX. */
/* What came of one change of a batch. Lives until the call returns. */
struct record;
struct change_outcome {
    const struct change *change;
    const struct record *before; /* NULL: the record is new */
    const struct value *values;  /* as they are now, in the order of the declaration */
    const struct reg_move *move; /* NULL: none */
    bool unchanged;
    bool late; /* its date is so long ago that it needs a reason */
    bool own;  /* the record was written earlier in this same batch */
    struct conn *conn;
};
struct change_source {
    void *context;
    bool (*next)(void *context, struct change *out);
    const char *(*place)(void *context,
                         const char *key); /* where a remark about a field (or "" for the whole) of the current change is told */
    void (*outcome)(
        void *context,
        const struct change_outcome *outcome); /* hears of each change that succeeded and was not repeated; may be NULL */
};
struct batch_result {
    int64_t tried, failed, repeated, first_position, last_position;
};
/* dry_run: everything is done as for real, and then undone. FAULT_INPUT if any change failed. */
CHECKED enum fault change_batch(struct registers *registers, const struct actor *actor, int64_t now_ms,
                                const struct change_source *source, bool dry_run, struct notes *notes, struct batch_result *out);

/* The position of the last change of a record that rights follow from (struct reg, .access), -1 if there is none: what was read before it about who may
 * do what still holds. */
CHECKED enum fault registers_access_position(struct conn *conn, int64_t *out);
/* Makes all projections of a scratch store again from the journal of `from`, without running any rule. */
CHECKED enum fault registers_project(struct registers *registers, struct conn *from, struct store *into, struct notes *notes);

/* What a comparison of the live projections with newly made ones found. */
/* Makes all projections of the installation again from the journal, in one transaction and without running any rule. `tell` (may be NULL) hears how many
 * of how many entries are done. */
typedef void (*rebuild_progress)(void *context, int64_t done, int64_t all);
CHECKED enum fault registers_rebuild(struct registers *registers, rebuild_progress tell, void *context);

struct projection_verdict {
    int64_t tables, rows, differences;
    char table[64], row[128], column[64]; /* the first difference; column "" if a row is missing or too many */
    int64_t entry;                        /* journal position that the row should follow from; -1 if none does */
};
/* Compares every column of every row of every projection table. FAULT_TAMPERED with notes (place: table) if anything differs. */
CHECKED enum fault registers_verify(struct registers *registers, struct notes *notes, struct projection_verdict *out);

#endif
