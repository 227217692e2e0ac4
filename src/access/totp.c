/* totp.c - one-time codes as authenticators make them (RFC 6238: HMAC-SHA-1, six digits, thirty seconds), and the secret's text. */
#include "access/inside.h"

_Static_assert((int)SECOND_SECRET_BYTES == (int)DIGEST_SHA1_BYTES, "a secret as long as the hash (RFC 4226, 4)");
_Static_assert(SECOND_SECRET_BYTES * 8 % 5 == 0 && SECOND_SECRET == SECOND_SECRET_BYTES * 8 / 5 + 1, "base 32 without padding");

enum { STEP_MS = 30 * 1000, MODULUS = 1000000 };

int64_t totp_step(int64_t now_ms) { return now_ms / STEP_MS; }

int totp_code(const uint8_t secret[SECOND_SECRET_BYTES], int64_t step) {
    uint8_t counter[8], mac[DIGEST_SHA1_BYTES];
    for (int i = 0; i < 8; i++) counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    digest_hmac_sha1(secret, SECOND_SECRET_BYTES, counter, sizeof counter, mac);
    const uint8_t *at = mac + (mac[DIGEST_SHA1_BYTES - 1] & 15);
    uint32_t number = (uint32_t)(at[0] & 127) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    return (int)(number % MODULUS);
}

void totp_secret_text(const uint8_t secret[SECOND_SECRET_BYTES], char out[SECOND_SECRET]) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned bits = 0, held = 0;
    size_t n = 0;
    for (size_t i = 0; i < SECOND_SECRET_BYTES; i++) {
        held = held << 8 | secret[i];
        for (bits += 8; bits >= 5; bits -= 5) out[n++] = digits[held >> (bits - 5) & 31];
        held &= 255;
    }
    out[n] = 0;
}
