/* archive.c - a tar (POSIX ustar) of files with their SHA-256 sums, plain or through libsodium's secretstream. */
#include "base/archive.h"

#include "base/digest.h"
#include "base/printer.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 512,
    PIECE = 65536,
    SEALED = PIECE + crypto_secretstream_xchacha20poly1305_ABYTES,
    SUMS_MAX = 256 << 20,
    FIRST_LINE = 64
};
#define SUMS "SHA256SUMS"
/* Padded with blanks to FIRST_LINE bytes with its line end; then come salt, the stream's header and the sealed pieces. */
#define SEALED_LINE "taizhang-backup-1 xchacha20poly1305 argon2id13"

typedef crypto_secretstream_xchacha20poly1305_state stream_state;

struct archive {
    FILE *file;
    bool sealed, ended;
    stream_state stream;
    uint8_t piece[SEALED];
    size_t used, length; /* reading: `used` of `length` bytes of the piece are taken */
    struct text sums;
};

void archive_release(struct archive **archive) {
    if (!*archive) return;
    text_release(&(*archive)->sums);
    sodium_memzero(*archive, sizeof **archive);
    memory_release(archive);
}

bool archive_name_valid(const char *name) {
    size_t length = strlen(name);
    if (!length || length > ARCHIVE_NAME_MAX || name[length - 1] == '/') return false;
    char before = '/';
    for (const char *c = name; *c; before = *c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '_';
        if (!plain && *c != '-' && *c != '.' && *c != '/') return false;
        if (before == '/' && (*c == '/' || *c == '.')) return false;
    }
    return true;
}

static bool key_of(const char *passphrase, const uint8_t salt[crypto_pwhash_SALTBYTES],
                   uint8_t key[crypto_secretstream_xchacha20poly1305_KEYBYTES]) {
    return crypto_pwhash(key, crypto_secretstream_xchacha20poly1305_KEYBYTES, passphrase, strlen(passphrase), salt,
                         crypto_pwhash_OPSLIMIT_MODERATE, crypto_pwhash_MEMLIMIT_MODERATE, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

static void first_line(char out[FIRST_LINE]) {
    memset(out, ' ', FIRST_LINE);
    memcpy(out, SEALED_LINE, sizeof SEALED_LINE - 1);
    out[FIRST_LINE - 1] = '\n';
}

/* ---- writing ---- */

static bool write_all(FILE *file, const void *bytes, size_t length) { return fwrite(bytes, 1, length, file) == length; }

static enum fault piece_write(struct archive *a, bool last) {
    uint8_t sealed[SEALED];
    unsigned long long length = a->used;
    const uint8_t *bytes = a->piece;
    if (a->sealed) {
        crypto_secretstream_xchacha20poly1305_push(&a->stream, sealed, &length, a->piece, a->used, NULL, 0,
                                                   last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
        bytes = sealed;
    }
    a->used = 0;
    return write_all(a->file, bytes, length) ? FAULT_NONE : FAULT_FILE;
}

static enum fault put(struct archive *a, const void *bytes, size_t length) {
    const uint8_t *at = bytes;
    while (length) {
        size_t n = PIECE - a->used < length ? PIECE - a->used : length;
        memcpy(a->piece + a->used, at, n);
        a->used += n;
        at += n;
        length -= n;
        enum fault f = a->used == PIECE ? piece_write(a, false) : FAULT_NONE;
        if (f) return f;
    }
    return FAULT_NONE;
}

enum fault archive_begin(FILE *to, const char *passphrase, struct archive **out) {
    struct archive *a = memory_new(sizeof *a);
    a->file = to;
    text_init(&a->sums, SUMS_MAX);
    a->sealed = passphrase && passphrase[0];
    enum fault f = FAULT_NONE;
    if (a->sealed) {
        uint8_t salt[crypto_pwhash_SALTBYTES], key[crypto_secretstream_xchacha20poly1305_KEYBYTES],
            header[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
        char line[FIRST_LINE];
        first_line(line);
        random_bytes(salt, sizeof salt);
        if (!key_of(passphrase, salt, key)) f = FAULT_SYSTEM;
        crypto_secretstream_xchacha20poly1305_init_push(&a->stream, header, key);
        sodium_memzero(key, sizeof key);
        if (!f && (!write_all(to, line, sizeof line) || !write_all(to, salt, sizeof salt) || !write_all(to, header, sizeof header)))
            f = FAULT_FILE;
    }
    if (f) archive_release(&a);
    else *out = a;
    return f;
}

/* A ustar header; the modification time is left at 0, so that the same content gives the same bytes. */
static enum fault put_header(struct archive *a, const char *name, uint64_t size) {
    char block[BLOCK] = {0};
    if (size >= (uint64_t)8 << 30) return FAULT_LARGE;
    memcpy(block, name, strlen(name));
    memcpy(block + 100, "0000600", 8);
    memcpy(block + 108, "0000000", 8);
    memcpy(block + 116, "0000000", 8);
    snprintf(block + 124, 12, "%011llo", (unsigned long long)size);
    memcpy(block + 136, "00000000000", 12);
    memcpy(block + 148, "        ", 8);
    block[156] = '0';
    memcpy(block + 257, "ustar", 6);
    memcpy(block + 263, "00", 2);
    unsigned sum = 0;
    for (size_t i = 0; i < BLOCK; i++) sum += (unsigned char)block[i];
    snprintf(block + 148, 8, "%06o", sum);
    return put(a, block, BLOCK);
}

static enum fault put_padding(struct archive *a, uint64_t size) {
    static const uint8_t zero[BLOCK];
    return size % BLOCK ? put(a, zero, BLOCK - size % BLOCK) : FAULT_NONE;
}

static enum fault copy_in(struct archive *a, FILE *from, uint64_t size, struct digest *sum) {
    struct digest_run *run = digest_begin();
    uint8_t buffer[PIECE];
    uint64_t left = size;
    enum fault f = FAULT_NONE;
    while (!f && left) {
        size_t n = fread(buffer, 1, left < PIECE ? (size_t)left : PIECE, from);
        if (!n) f = FAULT_FILE;
        digest_add(run, buffer, n);
        left -= n;
        if (!f) f = put(a, buffer, n);
    }
    *sum = digest_end(run);
    return f;
}

enum fault archive_add(struct archive *a, const char *name, FILE *from) {
    if (!archive_name_valid(name)) return FAULT_INPUT;
    if (fseeko(from, 0, SEEK_END)) return FAULT_FILE;
    off_t size = ftello(from);
    if (size < 0 || fseeko(from, 0, SEEK_SET)) return FAULT_FILE;
    struct digest sum;
    enum fault f = put_header(a, name, (uint64_t)size);
    if (!f) f = copy_in(a, from, (uint64_t)size, &sum);
    if (!f) f = put_padding(a, (uint64_t)size);
    if (f) return f;
    hex_text(&a->sums, sum.bytes, DIGEST_BYTES);
    text_format(&a->sums, "  %s\n", name);
    return a->sums.over ? FAULT_LARGE : FAULT_NONE;
}

enum fault archive_finish(struct archive *a) {
    static const uint8_t zero[2 * BLOCK];
    enum fault f = put_header(a, SUMS, a->sums.length);
    if (!f) f = put(a, a->sums.at, a->sums.length);
    if (!f) f = put_padding(a, a->sums.length);
    if (!f) f = put(a, zero, sizeof zero);
    if (!f) f = piece_write(a, true);
    return f ? f : fflush(a->file) ? FAULT_FILE : FAULT_NONE;
}

/* ---- reading ---- */

bool archive_encrypted(FILE *from) {
    char line[FIRST_LINE], wanted[FIRST_LINE];
    off_t at = ftello(from);
    first_line(wanted);
    bool sealed = fread(line, 1, sizeof line, from) == sizeof line && !memcmp(line, wanted, sizeof line);
    return fseeko(from, at, SEEK_SET) == 0 && sealed;
}

static enum fault open_sealed(struct archive *a, const char *passphrase) {
    uint8_t salt[crypto_pwhash_SALTBYTES], key[crypto_secretstream_xchacha20poly1305_KEYBYTES],
        header[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
    char line[FIRST_LINE];
    a->sealed = true;
    if (!passphrase || fread(line, 1, sizeof line, a->file) != sizeof line || fread(salt, 1, sizeof salt, a->file) != sizeof salt ||
        fread(header, 1, sizeof header, a->file) != sizeof header)
        return FAULT_INPUT;
    if (!key_of(passphrase, salt, key)) return FAULT_SYSTEM;
    int bad = crypto_secretstream_xchacha20poly1305_init_pull(&a->stream, header, key);
    sodium_memzero(key, sizeof key);
    return bad ? FAULT_INPUT : FAULT_NONE;
}

static enum fault piece_read(struct archive *a) {
    uint8_t sealed[SEALED];
    a->used = 0;
    if (!a->sealed) {
        a->length = fread(a->piece, 1, PIECE, a->file);
        return a->length ? FAULT_NONE : FAULT_INPUT;
    }
    unsigned char tag;
    unsigned long long length;
    size_t n = a->ended ? 0 : fread(sealed, 1, sizeof sealed, a->file);
    if (!n || crypto_secretstream_xchacha20poly1305_pull(&a->stream, a->piece, &length, &tag, sealed, n, NULL, 0))
        return FAULT_INPUT;
    a->ended = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    a->length = length;
    return length ? FAULT_NONE : FAULT_INPUT;
}

/* Gives up to `most` of the next bytes, without copying. */
static enum fault get(struct archive *a, size_t most, const uint8_t **bytes, size_t *length) {
    enum fault f = a->used == a->length ? piece_read(a) : FAULT_NONE;
    if (f) return f;
    *bytes = a->piece + a->used;
    *length = a->length - a->used < most ? a->length - a->used : most;
    a->used += *length;
    return FAULT_NONE;
}

static enum fault get_block(struct archive *a, uint8_t block[BLOCK]) {
    for (size_t have = 0; have < BLOCK;) {
        const uint8_t *bytes;
        size_t n;
        enum fault f = get(a, BLOCK - have, &bytes, &n);
        if (f) return f;
        memcpy(block + have, bytes, n);
        have += n;
    }
    return FAULT_NONE;
}

/* Octal digits, ended by NUL or blank. */
static bool octal(const uint8_t *at, size_t room, uint64_t *out) {
    uint64_t value = 0;
    size_t i = 0;
    for (; i < room && at[i] >= '0' && at[i] <= '7'; i++) value = value << 3 | (uint64_t)(at[i] - '0');
    *out = value;
    return i > 0 && (i == room || at[i] == 0 || at[i] == ' ');
}

/* Only what archive_add writes: a plain file of a plain name. */
static bool header_read(const uint8_t block[BLOCK], char name[ARCHIVE_NAME_MAX + 1], uint64_t *size) {
    uint64_t sum, own = 0;
    for (size_t i = 0; i < BLOCK; i++) own += i >= 148 && i < 156 ? ' ' : block[i];
    memcpy(name, block, ARCHIVE_NAME_MAX);
    name[ARCHIVE_NAME_MAX] = 0;
    return octal(block + 148, 8, &sum) && sum == own && block[156] == '0' && !block[ARCHIVE_NAME_MAX] && !block[345] &&
           octal(block + 124, 12, size) && archive_name_valid(name);
}

static enum fault read_sums(struct archive *a, uint64_t size, struct text *given) {
    while (size) {
        const uint8_t *bytes;
        size_t n;
        enum fault f = get(a, size < PIECE ? (size_t)size : PIECE, &bytes, &n);
        if (f) return f;
        text_addn(given, bytes, n);
        if (given->over) return FAULT_LARGE;
        size -= n;
    }
    return FAULT_NONE;
}

static enum fault read_file(struct archive *a, const char *name, uint64_t size, const struct archive_sink *sink) {
    enum fault f = sink->begin(sink->context, name, size);
    if (f) return f;
    struct digest_run *run = digest_begin();
    for (uint64_t left = size; !f && left;) {
        const uint8_t *bytes = NULL;
        size_t n = 0;
        f = get(a, left < PIECE ? (size_t)left : PIECE, &bytes, &n);
        if (f) break;
        digest_add(run, bytes, n);
        left -= n;
        f = sink->bytes(sink->context, bytes, n);
    }
    struct digest sum = digest_end(run);
    hex_text(&a->sums, sum.bytes, DIGEST_BYTES);
    text_format(&a->sums, "  %s\n", name);
    for (size_t left = (BLOCK - size % BLOCK) % BLOCK; !f && left;) { /* the padding */
        const uint8_t *bytes;
        size_t n;
        f = get(a, left, &bytes, &n);
        if (!f) left -= n;
    }
    return f ? f : sink->end(sink->context);
}

static enum fault read_members(struct archive *a, const struct archive_sink *sink) {
    _cleanup_(text_release) struct text given;
    text_init(&given, SUMS_MAX);
    while (true) {
        uint8_t block[BLOCK];
        char name[ARCHIVE_NAME_MAX + 1];
        uint64_t size;
        enum fault f = get_block(a, block);
        if (f) return f;
        if (!header_read(block, name, &size)) return FAULT_INPUT;
        if (strcmp(name, SUMS) != 0) {
            f = read_file(a, name, size, sink);
            if (f) return f;
            if (a->sums.over) return FAULT_LARGE;
            continue;
        }
        f = read_sums(a, size, &given);
        if (f) return f;
        return given.length == a->sums.length && !memcmp(given.at, a->sums.at, given.length) ? FAULT_NONE : FAULT_TAMPERED;
    }
}

enum fault archive_read(FILE *from, const char *passphrase, const struct archive_sink *sink) {
    struct archive *a = memory_new(sizeof *a);
    a->file = from;
    text_init(&a->sums, SUMS_MAX);
    enum fault f = archive_encrypted(from) ? open_sealed(a, passphrase) : FAULT_NONE;
    if (!f) f = read_members(a, sink);
    archive_release(&a);
    return f;
}
