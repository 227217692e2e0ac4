/* export.h - a register's records as a table file, with the reader's rights, streaming. */
#ifndef REGISTER_EXPORT_H
#define REGISTER_EXPORT_H

#include "document/sheet.h"
#include "register/record.h"

/* How a sheet holds a type's values. */
enum sheet_kind export_kind(enum reg_type type);

/* Hears how many rows were written, now and then; false: the export is to end, and is a FAULT_STATE. */
typedef bool (*export_tell)(void *context, int64_t rows);

/* Writes all records that the query and the actor's rights give to `path`: the fields in the order of the declaration under their
 * labels, then state, effective date, entry moment, late. The limit and cursor of the query are not used. The file can be
 * imported again. *rows tells how many. `tell` may be NULL. */
CHECKED enum fault export_file(const struct registers *registers, struct conn *conn, const struct actor *actor,
                               const struct list_query *query, enum sheet_format format, const char *path, int64_t now_ms,
                               export_tell tell, void *context, struct notes *notes, int64_t *rows);

#endif
