/* archive.h - one file that holds many: a plain tar that any tool reads, or the same tar encrypted under a passphrase; written and read in a stream. */
#ifndef BASE_ARCHIVE_H
#define BASE_ARCHIVE_H

#include "base/fault.h"
#include "base/memory.h"

#include <stdio.h>

enum { ARCHIVE_NAME_MAX = 99, ARCHIVE_PASS_MIN = 12, ARCHIVE_PASS_MAX = 1024 };

/* Names are relative paths of letters, digits, '.', '_', '-' and '/'; no piece begins with a dot. */
bool archive_name_valid(const char *name);

struct archive;
/* Begins writing to an open file, which stays the caller's. `passphrase` NULL or "": a plain tar. Else XChaCha20-Poly1305 (libsodium's secretstream)
 * under a key made from it by Argon2id; the first line of the file names both. */
CHECKED enum fault archive_begin(FILE *to, const char *passphrase, struct archive **out);
/* Appends a file's bytes under a name. FAULT_FILE if either file refuses or it changes its size meanwhile (errno tells), FAULT_LARGE from 8 GiB on. */
CHECKED enum fault archive_add(struct archive *archive, const char *name, FILE *from);
/* Appends SHA256SUMS and the end. Nothing is whole without it. */
CHECKED enum fault archive_finish(struct archive *archive);
void archive_release(struct archive **archive); /* for _cleanup_; frees only */

/* Is the file encrypted? Leaves it where it was. */
bool archive_encrypted(FILE *from);
/* Where the files of an archive go: `begin` before the first byte of each, then `bytes` until its size is reached; a fault ends the reading. */
struct archive_sink {
    void *context;
    enum fault (*begin)(void *context, const char *name, uint64_t size);
    enum fault (*bytes)(void *context, const void *bytes, size_t length);
    enum fault (*end)(void *context); /* the file is whole; its sum is held against SHA256SUMS only at the very end */
};
/* Reads all of it. FAULT_INPUT: not an archive, cut short, or a passphrase that does not fit; FAULT_TAMPERED: a sum does not hold, or files
 * and sums are not the same. Only after FAULT_NONE is anything that was given to the sink to be relied on. */
CHECKED enum fault archive_read(FILE *from, const char *passphrase, const struct archive_sink *sink);

#endif
