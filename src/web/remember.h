/* remember.h - what need not be asked again while the journal stands still: actors, counts, the head's code. */
#ifndef WEB_REMEMBER_H
#define WEB_REMEMBER_H

#include "access/access.h"
#include "register/register.h"

struct remembered;

struct remembered *remember_new(void);
void remember_release(struct remembered *r); /* NULL is allowed */

/* Each is kept under the journal's size; asking with another size finds nothing. Thread-safe; what is found is copied into the arena. */
bool remember_actor(struct remembered *r, int64_t journal, civil_day today, const struct id *person, struct arena *arena,
                    struct actor *out);
void remember_keep_actor(struct remembered *r, int64_t journal, civil_day today, const struct actor *actor);

enum { REMEMBER_COUNTS = 64, HEAD_CODE = 48 };
bool remember_count(struct remembered *r, int64_t journal, size_t reg, int64_t *count, int64_t *open);
void remember_keep_count(struct remembered *r, int64_t journal, size_t reg, int64_t count, int64_t open);
bool remember_head(struct remembered *r, int64_t journal, char code[HEAD_CODE]);
void remember_keep_head(struct remembered *r, int64_t journal, const char *code);

#endif
