/* import.h - CSV and XLSX files into a register: columns matched to fields, every error told by its cell, all or nothing. */
#ifndef REGISTER_IMPORT_H
#define REGISTER_IMPORT_H

#include "document/sheet.h"
#include "register/change.h"

/* One field of a record that a row changes, as people read it. Lives until the call returns. */
struct import_difference {
    uint32_t row;
    bool first;                 /* of its row */
    const char *record, *field; /* what the record is called, the field's label */
    const char *before, *after; /* "": empty; before NULL: not for this reader */
};

struct import_options {
    bool dry_run;         /* everything is tried, nothing is kept */
    bool update;          /* rows whose key is there already change that record */
    bool head_only;       /* only the first row is read, to see what its columns are taken for; no row is tried */
    const char *reason;   /* for late rows without a reason column */
    const char *expected; /* `effect` of the dry run that was looked at: if it would be another now, nothing is kept; may be NULL */
    bool (*tell)(
        void *context,
        int64_t rows); /* hears how many rows were taken, now and then; false: ends the import, nothing is kept; may be NULL */
    void *tell_context;
    void (*differ)(void *context,
                   const struct import_difference *difference); /* hears what rows change, field by field; may be NULL */
    void *differ_context;
    struct id unit; /* of new records; zero: the actor's */
    struct change_value
        given; /* a value that every row gets where the file has no column for it (the same list for another box); key NULL: none */
};

/* A column of the file and what it was taken for. */
struct import_column {
    const char *head;  /* as it stands in the file */
    const char *label; /* of the field, or of a system column; NULL: not used */
    bool unknown;      /* nothing is known of such a heading */
};

/* A record that the table names and that somebody changed after the dry run that was looked at. */
struct import_moved {
    uint32_t row;
    const char *record;
};
enum { IMPORT_MOVED = 50 };

struct import_result {
    int64_t rows, failed, repeated;    /* repeated: rows of this very file that were imported before */
    int64_t added, changed, unchanged; /* of the other rows: records that are new, get other values, have these values already */
    int64_t late;                      /* rows whose date is long ago and that bring no reason of their own */
    /* What the rows do: which records are new, which are changed, from which version of theirs and into what. Two runs of one file with the same effect write the
     * same. Of what the sender may not read it says nothing but that the record's version is another one.
     * Behind a hyphen stands the journal's position at which it was so; that alone makes no difference. */
    char effect[2 * DIGEST_BYTES + 22];
    bool refused;                     /* because it would have written something else than `expected` */
    const struct import_moved *moved; /* with `expected`: at most IMPORT_MOVED of those changed since, in the order of the rows */
    size_t moved_count, moved_all;
    int64_t first_position, last_position;
    const char *sheet, *encoding;
    const struct import_column *columns;
    size_t column_count;
};

/* The first row names the columns: a field's label in any language, its key, or 生效日期, 步骤, 原因. With a 步骤 column each row is a
 * move of the record named by the key column. Columns of files are not used unless the actor is the system: an exported table has the files' names
 * there; a cell that names a stored file ("HASH:SIZE:NAME") is an error. `digest` is the file's SHA-256: rows get ids made from it, so that the same file sent
 * again adds nothing; with a `given` value they are made from both. With `expected`, an import that would write something else than was looked at is refused as a whole (a note, and one for each record changed since, at its row); one that would
 * write nothing at all is not. FAULT_INPUT with a note per error (place "检查!C7"), FAULT_LARGE, FAULT_RIGHT. *out is written also on FAULT_INPUT. */
CHECKED enum fault import_file(struct registers *registers, const struct actor *actor, int64_t now_ms, const struct reg *reg,
                               const struct sheet_source *source, const struct digest *digest, const struct import_options *options,
                               struct arena *arena, struct notes *notes, struct import_result *out);

/* Remembers which field a heading means in tables for this register ("-": none, the column is not used). */
CHECKED enum fault import_remember(struct registers *registers, const struct actor *actor, int64_t now_ms, const struct reg *reg,
                                   const char *head, const char *field, struct arena *arena, struct notes *notes);

/* What undoing an import would do. */
struct import_undoing {
    int64_t withdrawn, restored; /* records */
};

/* Takes a whole import back as one change: records that it added are withdrawn, records that it changed get their former values, and the import is marked. FAULT_INPUT with a note for
 * each record (place: its name) that was changed since, or that the import did a move on; FAULT_STATE if it was undone before; FAULT_ABSENT; FAULT_RIGHT. */
CHECKED enum fault import_undo(struct registers *registers, const struct actor *actor, int64_t now_ms, const struct id *import,
                               const char *reason, bool dry_run, struct arena *arena, struct notes *notes,
                               struct import_undoing *out);

#endif
