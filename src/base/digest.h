/* digest.h - SHA-256 and random bytes; the only place that names the crypto libraries for them. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_BYTES = 32 };
struct digest {
    uint8_t bytes[DIGEST_BYTES];
};

struct digest digest_of(const void *bytes, size_t length);
/* SHA-256 over several pieces in order, without joining them. */
struct digest_piece {
    const void *at;
    size_t length;
};
struct digest digest_of_pieces(const struct digest_piece *pieces, size_t count);
/* HMAC-SHA256 (RFC 2104) of the pieces in order. */
struct digest digest_hmac(const void *key, size_t key_length, const struct digest_piece *pieces, size_t count);
/* HMAC-SHA-1, only for protocols that demand it (one-time codes of RFC 6238, which authenticators know). */
enum { DIGEST_SHA1_BYTES = 20 };
void digest_hmac_sha1(const void *key, size_t key_length, const void *bytes, size_t length, uint8_t out[DIGEST_SHA1_BYTES]);
/* MD5, only for protocols that demand it (CMPP 2.0): it protects nothing by itself. */
enum { DIGEST_MD5_BYTES = 16 };
void digest_md5(const struct digest_piece *pieces, size_t count, uint8_t out[DIGEST_MD5_BYTES]);

/* Incremental form for files; begin, add…, end (which frees). */
struct digest_run;
struct digest_run *digest_begin(void);
void digest_add(struct digest_run *run, const void *bytes, size_t length);
struct digest digest_end(struct digest_run *run);
/* Cryptographically strong; aborts if the machine has none. */
void random_bytes(void *out, size_t length);

#endif
