/* journal.h - the journal of a store: appending entries inside changes, signed heads per commit group, reading, proofs, verification. */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include "journal/checkpoint.h"
#include "journal/commitment.h"
#include "journal/merkle.h"
#include "store/store.h"

/* Tables entry, subtree and head; give them to store_declare before journal_open. */
const struct store_table *journal_tables(size_t *count);

struct journal;

/* Takes the key, checks that each log's last head fits its entries (FAULT_TAMPERED with a note if not), and sets the store's
 * hooks. Call once, after store_declare and before the first change. The store must outlive the journal. */
CHECKED enum fault journal_open(struct store *store, const char *key_path, struct notes *notes, struct journal **out);
/* Call after store_close (the writer uses the hooks until then). NULL is allowed. */
void journal_close(struct journal *journal);
const struct verifier_key *journal_key(const struct journal *journal);

/* Puts an entry into its tenant's log, inside the running change; only on the writer's connection, inside a store_change job.
 * If the job fails, the entry is undone with it. FAULT_INPUT if a text is not UTF-8, FAULT_LARGE past the limits of commitment.h,
 * FAULT_STORE otherwise. *position counts from 0. */
CHECKED enum fault journal_append(struct journal *journal, struct conn *conn, const struct entry *entry, int64_t *position);
/* The position that the next entry of the tenant would get; on the writer's connection, inside a store_change job. */
CHECKED enum fault journal_next(struct journal *journal, struct conn *conn, int64_t tenant, int64_t *position);

/* Reading, on any connection. */
struct entry_row {
    int64_t position;
    struct entry entry; /* strings and fields point into the arena (read) or live until the callback returns (scan) */
    struct id actor_id, unit_id;
    const char *fields_json; /* the stored bytes */
    struct seed seed;
    struct digest leaf;
};
/* FAULT_ABSENT if there is no such entry, FAULT_TAMPERED if its row cannot be read back. */
CHECKED enum fault journal_entry_read(struct conn *conn, int64_t tenant, int64_t position, struct arena *arena,
                                      struct entry_row *out);
/* Calls `each` for the entries from..to-1 in order; stops at the first fault it returns. */
typedef enum fault (*entry_visit)(void *context, const struct entry_row *row);
CHECKED enum fault journal_scan(struct conn *conn, int64_t tenant, int64_t from, int64_t to, entry_visit each, void *context);
/* The same for the entries of one record, in order. */
CHECKED enum fault journal_scan_record(struct conn *conn, int64_t tenant, const struct id *record, entry_visit each, void *context);
/* The latest entries of one register before a position, newest first, at most `limit`. */
CHECKED enum fault journal_scan_back(struct conn *conn, int64_t tenant, const char *register_key, int64_t before, int limit,
                                     entry_visit each, void *context);
/* The position of the last entry entered at or before a moment (UTC ms), -1 if none was. Entries are taken to be in the order of their moments; where the
 * machine's clock was set back, the answer lies within what was entered meanwhile. */
CHECKED enum fault journal_position_at(struct conn *conn, int64_t tenant, int64_t moment_ms, int64_t *position);
/* Number of entries; 0 for an unknown tenant. */
CHECKED enum fault journal_size(struct conn *conn, int64_t tenant, int64_t *size);
/* The latest signed head's note into `note`; FAULT_ABSENT if there is none yet. */
CHECKED enum fault journal_head_latest(struct conn *conn, int64_t tenant, char note[CHECKPOINT_NOTE_MAX], int64_t *size);

/* Proofs against trees of the given sizes (0 <= position < size <= entries; 0 <= old_size <= new_size <= entries), and the root.
 * FAULT_ABSENT outside those. */
CHECKED enum fault journal_prove_inclusion(struct conn *conn, int64_t tenant, int64_t position, int64_t size, struct proof *out);
CHECKED enum fault journal_prove_consistency(struct conn *conn, int64_t tenant, int64_t old_size, int64_t new_size,
                                             struct proof *out);
CHECKED enum fault journal_root(struct conn *conn, int64_t tenant, int64_t size, struct digest *out);

/* What a verification found. */
struct journal_verdict {
    int64_t logs, entries, heads;                 /* how many were checked */
    int64_t differences;                          /* rows that are wrong; the first ones are named in the notes */
    int64_t first_bad_tenant, first_bad_position; /* the earliest entry that cannot be relied on; -1 if none */
    char table[16], row[96],
        column[32]; /* the first difference: "entry", "tenant 1, position 17", "fields" ("" if the row as a whole) */
};
/* Recomputes everything from the rows: every column of every row of entry, subtree and head is covered. FAULT_TAMPERED if anything
 * differs (the verdict is written then, too). It cannot see that the log was shortened together with its heads, or recomputed by
 * someone who has the key: for that compare the verdict's entries with a head that is held elsewhere. */
CHECKED enum fault journal_verify(struct conn *conn, const struct verifier_key *key, struct notes *notes,
                                  struct journal_verdict *out);

#endif
