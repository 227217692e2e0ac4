/* inside.h - what only the journal's own files see: reading rows back, and parts of the tree from the tables. */
#ifndef JOURNAL_INSIDE_H
#define JOURNAL_INSIDE_H

#include "journal/journal.h"

/* The columns that row_read expects, in its order. */
#define ENTRY_COLUMNS "position, op, register, record, definition, actor, unit, effective, entered, fields, seed, leaf"

/* Room for one entry that is read back; grows with the entries. */
struct row_room {
    struct field *fields;
    char *memory;
    size_t size;
};
void row_room_release(struct row_room *room); /* for _cleanup_(row_room_release) */
/* Reads the statement's row; what it points to lives until the next step and the next row_read. Returns NULL if every column is
 * well-formed, otherwise the name of the first that is not (out is then partly filled; its position always). */
const char *row_read(struct stmt *stmt, int64_t tenant, struct row_room *room, struct entry_row *out);
/* The leaf hash that the row's other columns give. */
struct digest row_leaf(const struct entry_row *row, struct digest *leaves, const struct field **order);

/* Levels whose complete subtrees are kept: each row stands for 256 of the level below. */
enum { SUBTREE_STEP = 8, SUBTREE_TOP = 24 };

/* The smallest tenant >= `from` in the table ("entry", "head" or "subtree"); FAULT_ABSENT if there is none. */
CHECKED enum fault tenant_next(struct conn *conn, const char *table, int64_t from, int64_t *tenant);
/* The frontier of the tree of `size` leaves, from the tables. FAULT_TAMPERED if leaves or subtrees are missing. */
CHECKED enum fault tree_frontier(struct conn *conn, int64_t tenant, int64_t size, struct frontier *out);

#endif
