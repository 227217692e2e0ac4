/* checkpoint.h - signed tree heads as C2SP checkpoints (signed notes, Ed25519), and the keys that sign and check them. */
#ifndef JOURNAL_CHECKPOINT_H
#define JOURNAL_CHECKPOINT_H

#include "base/digest.h"
#include "base/fault.h"
#include "base/notes.h"

#include <stdbool.h>

enum { KEY_NAME_MAX = 120, KEY_NAME_ROOM = 160, CHECKPOINT_NOTE_MAX = 1024 };

/* Names of keys and logs: schema-less URLs such as "taizhang.example/college", without spaces and '+'. */
bool key_name_valid(const char *name);

struct verifier_key {
    char name[KEY_NAME_ROOM];
    uint8_t public_key[32];
    uint8_t id[4]; /* SHA-256(name ‖ LF ‖ 0x01 ‖ public key), first four bytes */
};
struct signer_key {
    struct verifier_key verifier;
    uint8_t secret[64]; /* as libsodium keeps it; wipe with signer_key_wipe */
};

/* Makes a new key. `name` must be valid (FAULT_INPUT). The secret goes to key_path (mode 0600; FAULT_CONFLICT if a file is there),
 * the verifier key (one line: name+id+base64) to public_path. FAULT_FILE with a note otherwise. */
CHECKED enum fault key_make(const char *key_path, const char *public_path, const char *name, struct notes *notes);
/* Reads a key file; FAULT_ABSENT if there is none, FAULT_FILE if it is malformed or readable by others, with a note. */
CHECKED enum fault signer_key_load(const char *key_path, struct notes *notes, struct signer_key *out);
void signer_key_wipe(struct signer_key *key); /* for _cleanup_(signer_key_wipe) */
CHECKED enum fault verifier_key_load(const char *public_path, struct notes *notes, struct verifier_key *out);
/* The text form of a verifier key, and reading it (false, out untouched, if malformed). */
void verifier_key_format(const struct verifier_key *key, char out[2 * KEY_NAME_ROOM]);
bool verifier_key_parse(const char *text, struct verifier_key *out);
/* The same key under the name of one tenant's log: tenant 1 is the installation itself and keeps the name, others get "/<tenant>". */
struct verifier_key verifier_key_of(const struct verifier_key *key, int64_t tenant);

/* A tree head. The two extension lines, "entered" and "previous", can be recomputed from the log, so nothing in it is
 * hidden from an auditor. */
struct checkpoint {
    char origin[KEY_NAME_ROOM]; /* the log's name, equal to the key's name */
    int64_t size;               /* entries */
    struct digest root;
    int64_t entered_ms; /* when the last of them was entered; -1: no such line */
    int64_t previous;   /* size of the head before this one, 0 for the first; -1: no such line */
};
/* Signs; the origin is the key's name under that tenant. The note ends with a newline and a NUL. */
void checkpoint_sign(const struct checkpoint *head, const struct signer_key *key, int64_t tenant, char out[CHECKPOINT_NOTE_MAX]);
/* Reads the text of a note without believing it. False if it is not exactly of the form. */
bool checkpoint_parse(const char *note, size_t length, struct checkpoint *out);
/* Reads the note and checks that its origin is the key's name and that this key's signature holds; signatures of other keys are ignored. */
bool checkpoint_verify(const char *note, size_t length, const struct verifier_key *key, struct checkpoint *out);

#endif
