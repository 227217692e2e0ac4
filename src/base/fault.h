/* fault.h - the one list of ways in which anything can fail, and what each means outside. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

/* Every function that can fail returns one of these; results come through last parameters, written only on FAULT_NONE. */
enum fault {
    FAULT_NONE = 0,
    FAULT_INPUT,    /* what was given is malformed or breaks a rule of the declaration; details are in the notes */
    FAULT_USAGE,    /* command line misuse */
    FAULT_SIGNIN,   /* nobody is signed in, or the sign-in has ended */
    FAULT_RIGHT,    /* signed in, but may not */
    FAULT_ABSENT,   /* no such thing, or not for this reader */
    FAULT_CONFLICT, /* the record has changed since it was read, or the key is taken */
    FAULT_STATE,    /* the move does not start from the record's state */
    FAULT_LARGE,    /* over a cap */
    FAULT_BUSY,     /* try again later: locked, too many, shutting down */
    FAULT_STORE,    /* the database failed: disk full, read-only, corrupt */
    FAULT_FILE,     /* a file could not be read or written */
    FAULT_TAMPERED, /* verification found a difference */
    FAULT_SYSTEM,   /* the machine failed us: no memory, no entropy, no thread */
    FAULT_COUNT
};

#define CHECKED __attribute__((warn_unused_result))

/* HTTP status of a fault, 200 for FAULT_NONE. */
int fault_http_status(enum fault f);
/* Process exit status of a fault, 0 for FAULT_NONE; each fault has its own number (docs/operations.md lists them). */
int fault_exit_status(enum fault f);
/* Short stable word for machines ("input", "right", …). Static storage. */
const char *fault_word(enum fault f);
/* The sentence for people, in the source language; pass through lang_tr() to show it. Static storage. */
const char *fault_sentence(enum fault f);

#endif
