/* test_commitment.c - canonical JSON both ways, and that every byte of an entry moves its leaf. */
#include "journal/commitment.h"
#include "journal/merkle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static bool parses(const char *json, size_t length) {
    static struct field fields[ENTRY_FIELDS_MAX];
    size_t count;
    char *exact = malloc(length ? length : 1),
         *memory = malloc(length + 1); /* exact sizes, so that the sanitizer sees any step outside */
    memcpy(exact, json, length);
    bool good = fields_parse(exact, length, memory, fields, &count);
    if (good) { /* what can be read must be written back in the same bytes */
        const struct field *order[ENTRY_FIELDS_MAX];
        struct text out;
        text_init(&out, 1 << 20);
        for (size_t i = 0; i < count; i++) order[i] = &fields[i];
        assert_int_equal(fields_write(order, count, &out), FAULT_NONE);
        assert_int_equal(out.length, length);
        assert_memory_equal(out.at, json, length);
        text_release(&out);
    }
    free(exact);
    free(memory);
    return good;
}

static void test_json(void **state) {
    (void)state;
    static const char *const good[] = {"{}", "{\"a\":1}", "{\"a\":-9223372036854775808,\"b\":9223372036854775807}",
                                       "{\"a\":0,\"ab\":null,\"b_1\":\"\"}",
                                       "{\"a\":\"\\\"\\\\\\b\\t\\n\\f\\r\\u0001\\u001f/\x7f 台账\"}"};
    static const char *const bad[] = {"",
                                      "{",
                                      "}",
                                      "[]",
                                      "{}{",
                                      "{} ",
                                      " {}",
                                      "{\"a\":1,}",
                                      "{,\"a\":1}",
                                      "{\"b\":1,\"a\":1}",
                                      "{\"a\":1,\"a\":1}",
                                      "{\"a\": 1}",
                                      "{\"a\":01}",
                                      "{\"a\":-0}",
                                      "{\"a\":+1}",
                                      "{\"a\":1.0}",
                                      "{\"a\":1e3}",
                                      "{\"a\":9223372036854775808}",
                                      "{\"a\":-9223372036854775809}",
                                      "{\"a\":99999999999999999999}",
                                      "{\"a\":-}",
                                      "{\"a\":true}",
                                      "{\"a\":nul}",
                                      "{\"a\":[]}",
                                      "{\"A\":1}",
                                      "{\"\":1}",
                                      "{\"a b\":1}",
                                      "{\"\\u0061\":1}",
                                      "{\"a\":\"\\u0000\"}",
                                      "{\"a\":\"\\u000a\"}",
                                      "{\"a\":\"\\u001F\"}",
                                      "{\"a\":\"\\u0041\"}",
                                      "{\"a\":\"\\/\"}",
                                      "{\"a\":\"\n\"}",
                                      "{\"a\":\"\xff\"}",
                                      "{\"a\":\"\xc0\x80\"}",
                                      "{\"a\":\"x}",
                                      "{\"a\":\"x\\",
                                      "{\"a\":\"\\u00",
                                      "{\"a\"",
                                      "{\"a\":",
                                      "{a:1}"};
    for (size_t i = 0; i < COUNT_OF(good); i++) assert_true(parses(good[i], strlen(good[i])));
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (parses(bad[i], strlen(bad[i]))) fail_msg("read: %s", bad[i]);
    }
    assert_false(parses("{\"a\":\"x\0y\"}", 11));
    assert_false(parses("{\"a\":1}\0", 8));
}

/* Whatever a random change of bytes makes of it: refused, or the same bytes come out again. */
static void test_json_random(void **state) {
    (void)state;
    static const char seed_text[] = "{\"a\":\"x\\n\\u0001台\",\"b\":-12,\"c\":null}", alphabet[] = "{}\",:\\un01aA-9 \n\x80\xe5\0";
    srand(1);
    for (int i = 0; i < 200000; i++) {
        char text[sizeof seed_text];
        memcpy(text, seed_text, sizeof text);
        for (int k = rand() % 3; k >= 0; k--) text[(size_t)rand() % (sizeof text - 1)] = alphabet[(size_t)rand() % sizeof alphabet];
        parses(text, sizeof text - 1 - (size_t)(rand() % 2));
    }
}

static void test_sort(void **state) {
    (void)state;
    struct field f[] = {{.key = "b"}, {.key = "a_1"}, {.key = "a"}, {.key = "c"}};
    const struct field *order[] = {&f[0], &f[1], &f[2], &f[3]};
    assert_true(fields_sort(order, 4));
    assert_string_equal(order[0]->key, "a");
    assert_string_equal(order[1]->key, "a_1");
    assert_string_equal(order[3]->key, "c");
    f[3].key = "a";
    assert_false(fields_sort(order, 4));
    static const char *const bad[] = {"", "A", "a-b", "a\"", "名"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        f[0].key = bad[i];
        assert_false(fields_sort((const struct field *[]){&f[0]}, 1));
    }
}

static struct digest leaf_of(const struct entry *e, int64_t position, const struct seed *seed) {
    struct digest leaves[8];
    const struct field *order[8];
    for (size_t i = 0; i < e->field_count; i++) order[i] = &e->fields[i];
    struct digest root = commitment_fields_root(seed, order, e->field_count, leaves);
    return commitment_leaf(e, position, &root);
}

static void test_leaf(void **state) {
    (void)state;
    struct field fields[] = {{"a", FIELD_INT, 1, NULL}, {"b", FIELD_TEXT, 0, "1"}};
    struct id actor = {{1}}, unit = {{2}};
    struct seed seed = {{7}};
    struct entry base = {.tenant = 1,
                         .op = "add",
                         .register_key = "inspection",
                         .actor = &actor,
                         .unit = &unit,
                         .has_effective = true,
                         .effective = 17897,
                         .entered_ms = 1546300800000,
                         .fields = fields,
                         .field_count = 2};
    struct digest seen[32];
    int count = 0;
#define VARIANT(change)                                                                                                            \
    do {                                                                                                                           \
        struct entry e = base;                                                                                                     \
        struct field f[2] = {fields[0], fields[1]};                                                                                \
        struct seed s = seed;                                                                                                      \
        int64_t position = 3;                                                                                                      \
        e.fields = f;                                                                                                              \
        change;                                                                                                                    \
        (void)s, (void)position;                                                                                                   \
        seen[count++] = leaf_of(&e, position, &s);                                                                                 \
    } while (0)
    VARIANT((void)0);
    VARIANT(e.tenant = 2);
    VARIANT(position = 4);
    VARIANT(e.op = "addi");
    VARIANT(e.register_key = "nspection");
    VARIANT((e.op = "addi", e.register_key = "nspection")); /* the border between two words counts */
    VARIANT(e.record.bytes[15] = 1);
    VARIANT(e.definition.bytes[31] = 1);
    VARIANT(e.actor = NULL);
    VARIANT(e.actor = &unit);
    VARIANT(e.unit = NULL);
    VARIANT((e.unit = NULL, e.actor = &unit));
    VARIANT((e.actor = NULL, e.unit = &actor));
    VARIANT(e.has_effective = false);
    VARIANT(e.effective = 17898);
    VARIANT(e.effective = -17897);
    VARIANT(e.entered_ms++);
    VARIANT(e.field_count = 1);
    VARIANT(e.field_count = 0);
    VARIANT(f[0].integer = 2);
    VARIANT(f[0].type = FIELD_NULL);
    VARIANT((f[0].type = FIELD_TEXT, f[0].text = "1"));
    VARIANT((f[1].type = FIELD_TEXT, f[1].text = ""));
    VARIANT((f[1].type = FIELD_INT, f[1].integer = 1));
    VARIANT(f[0].key = "aa");
    VARIANT(s.bytes[15] = 1);
    for (int i = 0; i < count; i++)
        for (int k = 0; k < i; k++) assert_memory_not_equal(seen[i].bytes, seen[k].bytes, DIGEST_BYTES);
}

/* One field is shown with its salt and a path; the others stay hidden, and the leaf follows. */
static void test_withhold(void **state) {
    (void)state;
    struct field fields[] = {{"a", FIELD_INT, 1, NULL}, {"b", FIELD_TEXT, 0, "secret"}, {"c", FIELD_NULL, 0, NULL}};
    const struct field *order[] = {&fields[0], &fields[1], &fields[2]};
    struct seed seed = {{9}};
    struct digest leaves[3], root = commitment_fields_root(&seed, order, 3, leaves);
    struct salt salt = commitment_salt(&seed, "a");
    struct digest shown = commitment_field(&salt, &fields[0]);
    struct proof proof = {.length = 2, .path = {leaves[1], leaves[2]}};
    assert_true(inclusion_verify(&shown, 0, 3, &proof, &root));
    struct field lie = {"a", FIELD_INT, 2, NULL};
    shown = commitment_field(&salt, &lie);
    assert_false(inclusion_verify(&shown, 0, 3, &proof, &root));
    struct salt other = commitment_salt(&seed, "b");
    assert_memory_not_equal(salt.bytes, other.bytes, SALT_BYTES);
}

static void test_refused(void **state) {
    (void)state;
    struct text out;
    text_init(&out, 1000);
    struct field f = {"a", FIELD_TEXT, 0, "\xe5\x8f"};
    const struct field *order[] = {&f};
    assert_int_equal(fields_write(order, 1, &out), FAULT_INPUT);
    char large[2000];
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = 0;
    f.text = large;
    text_clear(&out);
    assert_int_equal(fields_write(order, 1, &out), FAULT_LARGE);
    text_release(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_json),     cmocka_unit_test(test_json_random),
                                       cmocka_unit_test(test_sort),     cmocka_unit_test(test_leaf),
                                       cmocka_unit_test(test_withhold), cmocka_unit_test(test_refused)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
