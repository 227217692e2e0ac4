/* test_memory.c - arenas and their caps, growing texts and their maxima, scope-bound cleanup. */
#include "testing.h"

#include "base/memory.h"

static void arena_pieces(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 1 << 20);
    char *before = NULL;
    for (size_t size = 0; size < 3000; size++) {
        char *piece = arena_alloc(&a, size);
        assert_non_null(piece);
        assert_int_equal((uintptr_t)piece % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) assert_int_equal(piece[i], 0);
        memset(piece, 0xee, size);
        if (before && size > 1) assert_int_equal((unsigned char)before[size - 2], 0xee); /* the neighbour is untouched */
        before = piece;
        if (size % 500 == 499) arena_release(&a);
        if (size % 500 == 499) before = NULL;
    }
}

static void arena_texts(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 100000);
    assert_null(arena_copy(&a, NULL));
    assert_string_equal(arena_copy(&a, ""), "");
    assert_string_equal(arena_copy(&a, "台账"), "台账");
    assert_string_equal(arena_copyn(&a, "abcdef", 3), "abc");
    assert_string_equal(arena_copyn(&a, NULL, 0), "");
    assert_string_equal(arena_format(&a, "%s-%05d", "x", 42), "x-00042");
    char wide[30000];
    memset(wide, 'w', sizeof wide - 1);
    wide[sizeof wide - 1] = 0;
    assert_string_equal(arena_format(&a, "%s", wide), wide);
    int *numbers = arena_array(&a, int, 10);
    assert_int_equal(numbers[9], 0);
}

static void arena_joins_and_numbers(void **state) {
    (void)state;
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {{0, "0"},
                 {7, "7"},
                 {-1, "-1"},
                 {1000000, "1000000"},
                 {INT64_MAX, "9223372036854775807"},
                 {INT64_MIN, "-9223372036854775808"}};
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 4096);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        _cleanup_(text_release) struct text t;
        text_init(&t, 100);
        text_add_int(&t, cases[i].value);
        assert_string_equal(arena_int(&a, cases[i].value), cases[i].text);
        assert_string_equal(t.at, cases[i].text);
    }
    assert_string_equal(arena_join(&a, "w-", "found"), "w-found");
    assert_string_equal(arena_join(&a, "", ""), "");
}

static void arena_takes_over_a_text(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    _cleanup_(text_release) struct text t = {0}, none = {0};
    arena_init(&a, 4096);
    assert_string_equal(arena_keep(&a, &none), "");
    text_init(&t, 100000);
    for (int i = 0; i < 1000; i++) text_add(&t, "台账");
    const char *memory = t.at, *kept = arena_keep(&a, &t);
    assert_ptr_equal(kept, memory);
    assert_int_equal(strlen(kept), 6000);
    assert_null(t.at);
    assert_true(arena_over(&a)); /* what it takes over counts */
}

static void arena_cap(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 1000);
    arena_alloc(&a, 900);
    assert_false(arena_over(&a));
    assert_non_null(arena_alloc(&a, 200)); /* past the cap it still gives */
    assert_true(arena_over(&a));
    arena_release(&a);
    assert_false(arena_over(&a));
    assert_int_equal(a.cap, 1000);
    arena_init(&a, SIZE_MAX); /* a cap without end does not wrap */
    arena_alloc(&a, 100);
    assert_false(arena_over(&a));
}

static void past_the_hard_cap(void) {
    struct arena a;
    arena_init(&a, 1000);
    for (int i = 0; i < 9; i++) arena_alloc(&a, 1000);
}
static void a_product_that_wraps(void) {
    struct arena a;
    arena_init(&a, SIZE_MAX);
    volatile size_t count = SIZE_MAX / 8 + 2;
    (void)arena_array(&a, double, count);
}
static void arena_hard_limits(void **state) {
    (void)state;
    assert_true(test_aborts(past_the_hard_cap));
    assert_true(test_aborts(a_product_that_wraps));
}

static void text_grows(void **state) {
    (void)state;
    _cleanup_(text_release) struct text t;
    text_init(&t, 1 << 20);
    assert_string_equal(t.at, ""); /* terminated before anything is added */
    text_add(&t, "");
    for (int i = 0; i < 1000; i++) {
        text_add(&t, "ab");
        text_addc(&t, 'c');
        assert_int_equal(t.length, 3 * (i + 1));
        assert_int_equal(strlen(t.at), t.length);
    }
    text_clear(&t);
    assert_string_equal(t.at, "");
    text_add_int(&t, INT64_MIN);
    text_addc(&t, ' ');
    text_add_int(&t, INT64_MAX);
    assert_string_equal(t.at, "-9223372036854775808 9223372036854775807");
    text_clear(&t);
    text_addn(&t, "a\0b", 3);
    assert_memory_equal(t.at, "a\0b", 4);
    text_clear(&t);
    text_format(&t, "%300d|", 7);
    assert_int_equal(t.length, 301);
    assert_int_equal(strlen(t.at), 301);
}

static void text_maximum(void **state) {
    (void)state;
    _cleanup_(text_release) struct text t;
    text_init(&t, 10);
    text_add(&t, "12345678");
    text_add(&t, "abc");
    assert_true(t.over);
    text_add(&t, "9"); /* would fit, but would make a text with a hole */
    assert_string_equal(t.at, "12345678");
    assert_null(text_reserve(&t, 1));
    text_clear(&t);
    assert_false(t.over);
    text_add(&t, "1234567890");
    assert_false(t.over);
    text_addc(&t, 'x');
    assert_true(t.over);
    assert_string_equal(t.at, "1234567890");
    text_clear(&t);
    text_format(&t, "%s", "12345678901");
    assert_true(t.over);
    assert_string_equal(t.at, "");
    text_clear(&t);
    assert_null(text_reserve(&t, SIZE_MAX));
    assert_true(t.over);
}

static void text_reserved(void **state) {
    (void)state;
    _cleanup_(text_release) struct text t;
    text_init(&t, 5000);
    text_add(&t, "head ");
    char *to = text_reserve(&t, 4000);
    assert_non_null(to);
    memset(to, 'z', 4000);
    t.length += 4000;
    assert_int_equal(strlen(t.at), 4005);
    struct text zeroed = {0};
    text_release(&zeroed); /* safe */
    text_clear(&zeroed);
    struct arena none = {0};
    arena_release(&none);
}

static void release_sets_null(void **state) {
    (void)state;
    char *p = memory_new(0);
    assert_non_null(p);
    p = memory_resize(p, 100);
    memory_release(&p);
    assert_null(p);
    memory_release(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_pieces),
        cmocka_unit_test(arena_joins_and_numbers),
        cmocka_unit_test(arena_takes_over_a_text),
        cmocka_unit_test(arena_texts),
        cmocka_unit_test(arena_cap),
        cmocka_unit_test(arena_hard_limits),
        cmocka_unit_test(text_grows),
        cmocka_unit_test(text_maximum),
        cmocka_unit_test(text_reserved),
        cmocka_unit_test(release_sets_null),
    };
    return RUN_TESTS(tests);
}
