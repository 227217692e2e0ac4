/* digest.c - SHA-256 by libcrypto, randomness by libsodium. */

/* The journal takes many digests of short inputs. OpenSSL 3's low-level form needs no lookup and no allocation: 64 bytes in
 * 110 ns, where its one-shot form takes 570 and a fresh context 490. It is marked deprecated there and works in every 3.x. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/digest.h"

#include "base/memory.h"

#include <limits.h>
#include <openssl/hmac.h>
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct digest_run {
    SHA256_CTX state;
};

static void run_begin(struct digest_run *run) {
    if (SHA256_Init(&run->state) != 1) abort();
}

static struct digest run_end(struct digest_run *run) {
    struct digest d;
    if (SHA256_Final(d.bytes, &run->state) != 1) abort();
    return d;
}

void digest_add(struct digest_run *run, const void *bytes, size_t length) {
    if (length && SHA256_Update(&run->state, bytes, length) != 1) abort();
}

struct digest digest_of(const void *bytes, size_t length) {
    struct digest_run run;
    run_begin(&run);
    digest_add(&run, bytes, length);
    return run_end(&run);
}

struct digest digest_of_pieces(const struct digest_piece *pieces, size_t count) {
    struct digest_run run;
    run_begin(&run);
    for (size_t i = 0; i < count; i++) digest_add(&run, pieces[i].at, pieces[i].length);
    return run_end(&run);
}

struct digest digest_hmac(const void *key, size_t key_length, const struct digest_piece *pieces, size_t count) {
    uint8_t block[SHA256_CBLOCK] = {0}, inner[SHA256_CBLOCK], outer[SHA256_CBLOCK];
    struct digest_run run;
    struct digest d = key_length > sizeof block ? digest_of(key, key_length) : (struct digest){0};
    if (key_length > sizeof block) memcpy(block, d.bytes, DIGEST_BYTES);
    else if (key_length) memcpy(block, key, key_length);
    for (size_t i = 0; i < sizeof block; i++) inner[i] = block[i] ^ 0x36, outer[i] = block[i] ^ 0x5c;
    run_begin(&run);
    digest_add(&run, inner, sizeof inner);
    for (size_t i = 0; i < count; i++) digest_add(&run, pieces[i].at, pieces[i].length);
    d = run_end(&run);
    run_begin(&run);
    digest_add(&run, outer, sizeof outer);
    digest_add(&run, d.bytes, DIGEST_BYTES);
    return run_end(&run);
}

struct digest_run *digest_begin(void) {
    struct digest_run *run = memory_new(sizeof *run);
    run_begin(run);
    return run;
}

struct digest digest_end(struct digest_run *run) {
    struct digest d = run_end(run);
    free(run);
    return d;
}

void random_bytes(void *out, size_t length) {
    if (sodium_init() < 0) abort();
    randombytes_buf(out, length);
}

void digest_md5(const struct digest_piece *pieces, size_t count, uint8_t out[DIGEST_MD5_BYTES]) {
    MD5_CTX state;
    if (MD5_Init(&state) != 1) abort();
    for (size_t i = 0; i < count; i++)
        if (pieces[i].length && MD5_Update(&state, pieces[i].at, pieces[i].length) != 1) abort();
    if (MD5_Final(out, &state) != 1) abort();
}

void digest_hmac_sha1(const void *key, size_t key_length, const void *bytes, size_t length, uint8_t out[DIGEST_SHA1_BYTES]) {
    unsigned written = 0;
    if (key_length > INT_MAX || !HMAC(EVP_sha1(), key, (int)key_length, bytes, length, out, &written) ||
        written != DIGEST_SHA1_BYTES)
        abort();
}
