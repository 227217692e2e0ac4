/* define.h - declarations from JSON: what an institution adds itself, and what it takes over from another installation. */
#ifndef REGISTER_DEFINE_H
#define REGISTER_DEFINE_H

#include "register/register.h"

enum { DEFINITION_MAX_BYTES = 20000, DEFINED_FIELDS_MAX = 60, LOCAL_MAX = 100 };

/* Reads a declaration in the form that reg_definition() writes; memory is the arena's. `with_retired`: fields marked "retired": true come, too, flagged
 * RETIRED. FAULT_INPUT with a note that names the part ("fields.3.type") and what was expected, FAULT_LARGE. Nothing is held against other
 * declarations yet: that is reg_lint(). */
CHECKED enum fault define_read(const char *json, size_t length, bool with_retired, struct arena *arena, struct notes *notes,
                               struct reg **out);

/* The shipped declaration with the fields of a local one behind its own. FAULT_INPUT with a note if a key is taken. */
CHECKED enum fault define_extend(const struct reg *shipped, const struct reg *local, struct arena *arena, struct notes *notes,
                                 struct reg **out);

/* The declarations in force: the shipped ones, those with local fields in their place, and local registers behind them; NULL-ended, from the arena. `definitions` are the
 * JSON texts. All are linted together. FAULT_INPUT with notes. */
CHECKED enum fault define_all(const struct reg *const *shipped, const char *const *definitions, size_t count, struct arena *arena,
                              struct notes *notes, const struct reg ***out);

struct store;
/* The JSON texts of all local definitions, by their keys, at most LOCAL_MAX; none where there is no register `local` yet. May be asked before the registers
 * are opened. */
CHECKED enum fault local_definitions(struct store *store, struct arena *arena, const char *out[LOCAL_MAX], size_t *count);

#endif
