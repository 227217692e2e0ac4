/* commitment.h - what a leaf of the journal commits to: the entry's header and its salted fields, byte by byte; pure.
 * The layout is specified in docs/why/0002-journal-format.md. */
#ifndef JOURNAL_COMMITMENT_H
#define JOURNAL_COMMITMENT_H

#include "base/civil.h"
#include "base/digest.h"
#include "base/fault.h"
#include "base/id.h"
#include "base/memory.h"

enum { SEED_BYTES = 16, SALT_BYTES = 16, ENTRY_FIELDS_MAX = 512, ENTRY_WORD_MAX = 255, ENTRY_VALUE_MAX = 16 << 20 };

/* The bytes that tag a value's type inside a commitment. */
enum field_type { FIELD_NULL = 'n', FIELD_INT = 'i', FIELD_TEXT = 't' };

/* One resulting value. Memory is the caller's. */
struct field {
    const char *key; /* 1–255 bytes of a–z, 0–9 and _ */
    enum field_type type;
    int64_t integer;  /* FIELD_INT */
    const char *text; /* FIELD_TEXT: valid UTF-8 */
};

/* One accepted change, as it is put into the journal. Everything pointed to stays the caller's. */
struct entry {
    int64_t tenant;           /* > 0 */
    const char *op;           /* 1–255 bytes, such as "add", "change", or the key of a move */
    const char *register_key; /* 1–255 bytes */
    struct id record;
    struct digest definition; /* of the declaration in force */
    const struct id *actor;   /* pseudonymous; NULL: the installation itself */
    const struct id *unit;    /* NULL: none */
    bool has_effective;
    civil_day effective;        /* when it was so */
    int64_t entered_ms;         /* when it was known: UTC milliseconds */
    const struct field *fields; /* in any order, no key twice */
    size_t field_count;         /* at most ENTRY_FIELDS_MAX */
};

struct seed {
    uint8_t bytes[SEED_BYTES];
};
struct salt {
    uint8_t bytes[SALT_BYTES];
};

/* The salt of one field: the first 16 bytes of SHA-256(seed ‖ key). */
struct salt commitment_salt(const struct seed *seed, const char *key);
/* The leaf hash of one field in the fields tree. */
struct digest commitment_field(const struct salt *salt, const struct field *field);

/* Sorts `order` (pointers to fields) by key. False if a key comes twice or is malformed. */
bool fields_sort(const struct field **order, size_t count);
/* The root over sorted fields; without any, it depends on the seed alone. `leaves` has room for count digests and holds the fields' hashes afterwards. */
struct digest commitment_fields_root(const struct seed *seed, const struct field *const *sorted, size_t count,
                                     struct digest *leaves);
/* The leaf hash of an entry at a position, given the root of its fields. */
struct digest commitment_leaf(const struct entry *entry, int64_t position, const struct digest *fields_root);
/* The header bytes that the leaf hash is taken over (for bundles); appended to out. */
void commitment_header(const struct entry *entry, int64_t position, const struct digest *fields_root, struct text *out);

/* A header as it is read back from its bytes; nothing in it is believed before the leaf hash over them is proven. */
struct entry_header {
    int64_t tenant, position;
    char op[ENTRY_WORD_MAX + 1], register_key[ENTRY_WORD_MAX + 1];
    struct id record;
    struct digest definition;
    bool has_actor, has_unit, has_effective;
    struct id actor, unit;
    civil_day effective;
    int64_t entered_ms;
    size_t field_count;
    struct digest fields_root;
};
/* Reads exactly what commitment_header writes; false (out untouched) otherwise. */
bool commitment_header_parse(const void *bytes, size_t length, struct entry_header *out);

/* The canonical JSON object of sorted fields, appended to out. FAULT_INPUT if a text is not UTF-8, FAULT_LARGE if out is full. */
CHECKED enum fault fields_write(const struct field *const *sorted, size_t count, struct text *out);
/* Reads exactly what fields_write writes, and nothing else: keys sorted, no spaces, the one escape for each character.
 * `memory` is scratch of at least length + 1 bytes that the keys and texts then point into; `fields` has room for ENTRY_FIELDS_MAX. */
bool fields_parse(const char *json, size_t length, char *memory, struct field *fields, size_t *count);

#endif
