/* bundle.h - an evidence bundle, read and proven without any database: what it proves, and what it cannot. */
#ifndef VERIFY_BUNDLE_H
#define VERIFY_BUNDLE_H

#include "journal/checkpoint.h"
#include "journal/commitment.h"

enum { BUNDLE_MAX = 512 << 20 };

/* What the inspector brings from elsewhere; NULL: not given. */
struct bundle_outside {
    const char *code; /* as printed at the report's foot: "POSITION-32 hexadecimal digits" */
    const char *note; /* a checkpoint kept elsewhere */
    size_t note_length;
    const struct verifier_key *key; /* the institution's public key, from elsewhere than the bundle */
};

/* One figure of the report, and how it stands to the records. */
struct bundle_figure {
    const char *key, *register_key, *zero_by;
    civil_day start, end;
    int64_t value, counted; /* what the report says; records it rests on */
    int64_t others,
        within; /* with the log: the register's records that were not counted; those of them with an entry of the period */
};

struct bundle_verdict {
    const char *zh, *en; /* why it failed, in both languages; NULL when nothing failed */
    char place[200];     /* where */
    char origin[KEY_NAME_ROOM];
    char report[ID_TEXT];
    const char *title;
    int64_t size, position;              /* entries under the checkpoint; entries that the figures know */
    int64_t entries, shown, withheld;    /* entries proven; their fields shown and withheld */
    bool log;                            /* all headers are there and give the signed root: nothing was left out */
    bool later;                          /* with the log: the report's record has entries after its issue */
    bool code_held, note_held, key_held; /* compared with what was brought, and equal */
    struct bundle_figure *figures;
    size_t figure_count;
    const char *pdf, *docx, *html; /* SHA-256 in hexadecimal of the report's files */
};

/* Reads and proves. FAULT_INPUT: it is not a bundle, or what was brought cannot be compared with it; FAULT_TAMPERED: something in it does not hold.
 * Both name it in the verdict. All memory is the arena's, its cap bounds it. */
CHECKED enum fault bundle_verify(const char *bytes, size_t length, const struct bundle_outside *outside, struct arena *arena,
                                 struct bundle_verdict *out);

#endif
