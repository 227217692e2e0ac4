/* digest.c - SHA-256 by libcrypto, randomness by libsodium. */
#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sodium.h>
#include <stdlib.h>

struct digest digest_of(const void *bytes, size_t length) {
    struct digest d;
    SHA256(bytes, length, d.bytes); /* the one-shot form; faster than EVP for the short inputs of the journal */
    return d;
}

struct digest digest_of_pieces(const struct digest_piece *pieces, size_t count) {
    struct digest_run *run = digest_begin();
    for (size_t i = 0; i < count; i++) digest_add(run, pieces[i].at, pieces[i].length);
    return digest_end(run);
}

struct digest_run *digest_begin(void) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) abort();
    return (struct digest_run *)context;
}

void digest_add(struct digest_run *run, const void *bytes, size_t length) {
    if (EVP_DigestUpdate((EVP_MD_CTX *)run, bytes, length) != 1) abort();
}

struct digest digest_end(struct digest_run *run) {
    struct digest d;
    EVP_MD_CTX *context = (EVP_MD_CTX *)run;
    if (EVP_DigestFinal_ex(context, d.bytes, NULL) != 1) abort();
    EVP_MD_CTX_free(context);
    return d;
}

void random_bytes(void *out, size_t length) {
    if (sodium_init() < 0) abort();
    randombytes_buf(out, length);
}
