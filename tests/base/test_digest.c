/* test_digest.c - SHA-256 against the examples of FIPS 180-2 and an independent library; pieces and runs agree with the whole. */
#include "testing.h"

#include "base/digest.h"
#include "base/memory.h"
#include "base/printer.h"

#include <sodium.h>

static void is_hex(struct digest d, const char *expected) {
    _cleanup_(text_release) struct text hex;
    text_init(&hex, 100);
    hex_text(&hex, d.bytes, DIGEST_BYTES);
    assert_string_equal(hex.at, expected);
}

static void standard_examples(void **state) {
    (void)state;
    is_hex(digest_of("", 0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    is_hex(digest_of(NULL, 0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    is_hex(digest_of("abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    is_hex(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56),
           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* RFC 4231, cases 2 and 6. */
static void hmac_standard_examples(void **state) {
    (void)state;
    struct digest_piece one[] = {{"what do ya want ", 16}, {"for nothing?", 12}};
    is_hex(digest_hmac("Jefe", 4, one, 2), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    uint8_t key[131];
    memset(key, 0xaa, sizeof key);
    const char *text = "Test Using Larger Than Block-Size Key - Hash Key First";
    is_hex(digest_hmac(key, sizeof key, &(struct digest_piece){text, strlen(text)}, 1),
           "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void every_length(void **state) {
    (void)state;
    static unsigned char bytes[700];
    random_bytes(bytes, sizeof bytes);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        uint8_t expected[32];
        crypto_hash_sha256(expected, bytes, n);
        struct digest whole = digest_of(bytes, n);
        assert_memory_equal(whole.bytes, expected, 32);
        size_t cut = n / 3;
        struct digest pieces = digest_of_pieces((struct digest_piece[]){{bytes, cut}, {NULL, 0}, {bytes + cut, n - cut}}, 3);
        assert_memory_equal(pieces.bytes, expected, 32);
        struct digest_run *run = digest_begin();
        for (size_t i = 0; i < n; i += 7) digest_add(run, bytes + i, n - i < 7 ? n - i : 7);
        struct digest ran = digest_end(run);
        assert_memory_equal(ran.bytes, expected, 32);
    }
}

static void random_differs(void **state) {
    (void)state;
    uint8_t a[32] = {0}, b[32] = {0};
    random_bytes(a, 32);
    random_bytes(b, 32);
    assert_memory_not_equal(a, b, 32);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standard_examples),
        cmocka_unit_test(hmac_standard_examples),
        cmocka_unit_test(every_length),
        cmocka_unit_test(random_differs),
    };
    return RUN_TESTS(tests);
}
