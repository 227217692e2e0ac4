/* test_archive.c - what is put into an archive comes out of it, plain and encrypted; cut, altered and foreign ones are refused. */
#include "testing.h"

#include "base/archive.h"

enum { ROOM = 1 << 20, BIG = 200000 };

struct seen {
    struct text all; /* "name:bytes|" of each file */
};

static enum fault begin(void *context, const char *name, uint64_t size) {
    (void)size;
    struct seen *s = context;
    text_format(&s->all, "%s:", name);
    return FAULT_NONE;
}
static enum fault take(void *context, const void *bytes, size_t length) {
    struct seen *s = context;
    text_addn(&s->all, bytes, length);
    return FAULT_NONE;
}
static enum fault end(void *context) {
    struct seen *s = context;
    text_addc(&s->all, '|');
    return FAULT_NONE;
}

static FILE *file_of(const void *bytes, size_t length) {
    FILE *f = tmpfile();
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, length, f), length);
    rewind(f);
    return f;
}

/* An archive of three files, the second empty, the third longer than a piece; its bytes and length. */
static uint8_t *made(const char *passphrase, size_t *length) {
    static char big[BIG];
    uint8_t *bytes = memory_new(ROOM);
    FILE *to = tmpfile();
    struct archive *archive;
    memset(big, 'x', sizeof big);
    const struct {
        const char *name, *bytes;
        size_t length;
    } files[] = {{"taizhang.conf", "a = b\n", 6}, {"keys/empty", "", 0}, {"files/ab/cd", big, sizeof big}};
    assert_int_equal(archive_begin(to, passphrase, &archive), FAULT_NONE);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        FILE *from = file_of(files[i].bytes, files[i].length);
        assert_int_equal(archive_add(archive, files[i].name, from), FAULT_NONE);
        fclose(from);
    }
    assert_int_equal(archive_finish(archive), FAULT_NONE);
    archive_release(&archive);
    rewind(to);
    *length = fread(bytes, 1, ROOM, to);
    fclose(to);
    return bytes;
}

static enum fault read_back(const uint8_t *bytes, size_t length, const char *passphrase, struct seen *seen) {
    const struct archive_sink sink = {seen, begin, take, end};
    FILE *from = file_of(bytes, length);
    text_clear(&seen->all);
    enum fault f = archive_read(from, passphrase, &sink);
    fclose(from);
    return f;
}

static void what_goes_in_comes_out(void **state) {
    (void)state;
    static const char *const words[] = {NULL, "a long passphrase"};
    struct seen seen;
    text_init(&seen.all, ROOM);
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        size_t length;
        uint8_t *bytes = made(words[i], &length);
        assert_int_equal(read_back(bytes, length, words[i], &seen), FAULT_NONE);
        assert_int_equal(strncmp(seen.all.at, "taizhang.conf:a = b\n|keys/empty:|files/ab/cd:xxx", 48), 0);
        assert_int_equal(seen.all.length, 48 - 3 + BIG + 1);
        memory_release(&bytes);
    }
    text_release(&seen.all);
}

static void cut_and_altered_are_refused(void **state) {
    (void)state;
    struct seen seen;
    size_t length;
    text_init(&seen.all, ROOM);
    uint8_t *bytes = made(NULL, &length);
    for (size_t cut = 0; cut < length - 1024; cut += 4999) assert_int_equal(read_back(bytes, cut, NULL, &seen), FAULT_INPUT);
    bytes[BIG / 2] ^= 1;
    assert_int_equal(read_back(bytes, length, NULL, &seen), FAULT_TAMPERED);
    memory_release(&bytes);
    bytes = made("a long passphrase", &length);
    assert_int_equal(read_back(bytes, length, "another passphrase", &seen), FAULT_INPUT);
    assert_int_equal(read_back(bytes, length, NULL, &seen), FAULT_INPUT);
    assert_int_equal(read_back(bytes, length / 2, "a long passphrase", &seen), FAULT_INPUT);
    bytes[length / 2] ^= 1;
    assert_int_equal(read_back(bytes, length, "a long passphrase", &seen), FAULT_INPUT);
    memory_release(&bytes);
    text_release(&seen.all);
}

static void names_lead_nowhere_else(void **state) {
    (void)state;
    static const char *const good[] = {"a", "files/ab/c-d_e.F9"}, *const bad[] = {"",   "/a",   "../a", "a/../b", "a//b", "a/",
                                                                                  ".a", "a/.b", "a b",  "ä",      "a\nb"};
    for (size_t i = 0; i < COUNT_OF(good); i++) assert_true(archive_name_valid(good[i]));
    for (size_t i = 0; i < COUNT_OF(bad); i++) assert_false(archive_name_valid(bad[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_goes_in_comes_out), cmocka_unit_test(cut_and_altered_are_refused),
                                       cmocka_unit_test(names_lead_nowhere_else)};
    return RUN_TESTS(tests);
}
