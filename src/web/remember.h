/* remember.h - what need not be asked again while the journal stands still: actors, counts, the head's code. */
#ifndef WEB_REMEMBER_H
#define WEB_REMEMBER_H

#include "access/access.h"
#include "base/digest.h"
#include "register/register.h"

struct remembered;

enum { ACCESS_UNASKED = -2 };

struct remembered *remember_new(void);
void remember_release(struct remembered *r); /* NULL is allowed */

/* Each is kept under the journal's size; asking with another size finds nothing. Thread-safe; what is found is copied into the arena.
 * Actors and tokens hold as long as no record changed that rights follow from: `access` is the position of the last such change, ACCESS_UNASKED where it has not been asked
 * yet, which is worth while only when the journal has grown. */
bool remember_actor(struct remembered *r, int64_t journal, int64_t access, civil_day today, const struct id *person,
                    struct arena *arena, struct actor *out);
void remember_keep_actor(struct remembered *r, int64_t journal, int64_t access, civil_day today, const struct actor *actor);

/* What a good token stands for; `code` is the digest of the token. */
struct remembered_token {
    struct digest code;
    struct id owner;
    const char *scope, *registers;
};
bool remember_token(struct remembered *r, int64_t access, civil_day today, const struct digest *code, struct arena *arena,
                    struct remembered_token *out);
void remember_keep_token(struct remembered *r, int64_t access, civil_day today, const struct remembered_token *token);

enum { REMEMBER_COUNTS = 64, HEAD_CODE = 48 };
bool remember_count(struct remembered *r, int64_t journal, size_t reg, int64_t *count, int64_t *open);
void remember_keep_count(struct remembered *r, int64_t journal, size_t reg, int64_t count, int64_t open);
bool remember_head(struct remembered *r, int64_t journal, char code[HEAD_CODE]);
void remember_keep_head(struct remembered *r, int64_t journal, const char *code);

#endif
