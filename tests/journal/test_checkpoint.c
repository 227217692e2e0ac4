/* test_checkpoint.c - keys and signed heads: made, read, and refused after any change of a byte. */
#include "journal/checkpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[64], key_path[96], public_path[96];

static int setup(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/taizhang-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(key_path, sizeof key_path, "%s/journal.key", folder);
    snprintf(public_path, sizeof public_path, "%s/journal.pub", folder);
    return key_make(key_path, public_path, "taizhang.example/college", NULL) == FAULT_NONE ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    unlink(key_path), unlink(public_path), rmdir(folder);
    return 0;
}

static void write_file(const char *path, const char *text) {
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    chmod(path, 0600);
}

static void test_files(void **state) {
    (void)state;
    struct stat s;
    assert_int_equal(stat(key_path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    assert_int_equal(key_make(key_path, public_path, "taizhang.example/college", NULL), FAULT_CONFLICT);
    assert_int_equal(key_make("/tmp/unused", "/tmp/unused.pub", "a b", NULL), FAULT_INPUT);
    assert_int_equal(key_make("/tmp/unused", "/tmp/unused.pub", "a+b", NULL), FAULT_INPUT);
    assert_int_equal(key_make("/tmp/unused", "/tmp/unused.pub", "", NULL), FAULT_INPUT);
    struct signer_key key;
    struct verifier_key public_key;
    assert_int_equal(signer_key_load(key_path, NULL, &key), FAULT_NONE);
    assert_int_equal(verifier_key_load(public_path, NULL, &public_key), FAULT_NONE);
    assert_memory_equal(&key.verifier, &public_key, sizeof public_key);
    chmod(key_path, 0640);
    assert_int_equal(signer_key_load(key_path, NULL, &key), FAULT_FILE);
    chmod(key_path, 0600);
    char path[128];
    snprintf(path, sizeof path, "%s/other", folder);
    assert_int_equal(signer_key_load(path, NULL, &key), FAULT_ABSENT);
    static const char *const bad[] = {"", "\n", "PRIVATE+KEY+a+00000000+AAAA\n", "no newline", "PRIVATE+KEY+\n"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        write_file(path, bad[i]);
        assert_int_equal(signer_key_load(path, NULL, &key), FAULT_FILE);
        assert_int_equal(verifier_key_load(path, NULL, &public_key), FAULT_FILE);
    }
    unlink(path);
}

/* Two verifier keys that are public elsewhere: their ids must come out right. */
static void test_known_keys(void **state) {
    (void)state;
    static const char *const known[] = {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                                        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"};
    struct verifier_key key;
    char line[2 * KEY_NAME_ROOM];
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        assert_true(verifier_key_parse(known[i], &key));
        verifier_key_format(&key, line);
        assert_string_equal(line, known[i]);
    }
    assert_false(verifier_key_parse("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", &key));
    assert_false(verifier_key_parse("PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", &key));
    assert_false(verifier_key_parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX", &key));
}

static void test_sign(void **state) {
    (void)state;
    struct signer_key key;
    char note[CHECKPOINT_NOTE_MAX];
    struct checkpoint head = {.size = 20852163, .root = digest_of("x", 1), .entered_ms = 1546300800000, .previous = 12}, read;
    assert_int_equal(signer_key_load(key_path, NULL, &key), FAULT_NONE);
    checkpoint_sign(&head, &key, 1, note);
    size_t length = strlen(note);
    assert_true(checkpoint_verify(note, length, &key.verifier, &read));
    assert_string_equal(read.origin, "taizhang.example/college");
    assert_int_equal(read.size, head.size);
    assert_int_equal(read.entered_ms, head.entered_ms);
    assert_int_equal(read.previous, 12);
    assert_memory_equal(read.root.bytes, head.root.bytes, DIGEST_BYTES);
    for (size_t i = 0; i < length; i++)
        for (int bit = 0; bit < 8; bit++) {
            note[i] = (char)(note[i] ^ (1 << bit));
            if (checkpoint_verify(note, length, &key.verifier, &read)) fail_msg("byte %zu bit %d", i, bit);
            note[i] = (char)(note[i] ^ (1 << bit));
        }
    for (size_t cut = 1; cut < length; cut++) assert_false(checkpoint_verify(note, length - cut, &key.verifier, &read));
    struct verifier_key other = verifier_key_of(&key.verifier, 2);
    assert_string_equal(other.name, "taizhang.example/college/2");
    assert_memory_not_equal(other.id, key.verifier.id, 4);
    assert_false(checkpoint_verify(note, length, &other, &read));
    checkpoint_sign(&head, &key, 2, note);
    assert_true(checkpoint_verify(note, strlen(note), &other, &read));
    assert_false(checkpoint_verify(note, strlen(note), &key.verifier, &read));
}

/* A countersignature of someone else is carried along; a failing one of ours spoils the note. */
static void test_more_signatures(void **state) {
    (void)state;
    struct signer_key key;
    char note[CHECKPOINT_NOTE_MAX], more[2 * CHECKPOINT_NOTE_MAX];
    struct checkpoint head = {.size = 1, .root = digest_of("x", 1), .entered_ms = -1, .previous = -1}, read;
    assert_int_equal(signer_key_load(key_path, NULL, &key), FAULT_NONE);
    checkpoint_sign(&head, &key, 1, note);
    int n = snprintf(more, sizeof more, "%s\xe2\x80\x94 witness.example AAAAAAAA\n", note);
    assert_true(checkpoint_verify(more, (size_t)n, &key.verifier, &read));
    assert_int_equal(read.previous, -1);
    n = snprintf(more, sizeof more, "%sgarbage\n", note);
    assert_false(checkpoint_verify(more, (size_t)n, &key.verifier, &read));
    static const char *const bad[] = {"",
                                      "a",
                                      "a\n",
                                      "a\n1\n",
                                      "a\n1\nAAAA\n\n",
                                      "\n\n",
                                      "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
                                      "a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
                                      "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n\n"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) assert_false(checkpoint_parse(bad[i], strlen(bad[i]), &read));
    const char *plain = "a\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\xe2\x80\x94 a AAAA\n";
    assert_true(checkpoint_parse(plain, strlen(plain), &read));
    assert_int_equal(read.size, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_files), cmocka_unit_test(test_known_keys), cmocka_unit_test(test_sign),
                                       cmocka_unit_test(test_more_signatures)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}
