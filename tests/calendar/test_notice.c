/* test_notice.c - a notice from either form of JSON, and each way in which one is refused. */
#include "../base/testing.h"

#include "calendar/notice.h"

static enum fault read_notice(const char *json, struct arena *arena, struct notes *notes, struct notice *out) {
    arena_init(arena, 4 << 20);
    notes_init(notes, arena);
    return notice_read(json, strlen(json), "2027", arena, notes, out);
}

static void both_forms(void **state) {
    (void)state;
    static const char ours[] =
        "{\"format\":\"taizhang-notice-1\",\"year\":2027,\"published\":\"2026-11-04\",\"source\":\"某号\",\"days\":["
        "{\"date\":\"2026-12-31\",\"kind\":\"work\",\"name\":\"元旦\"},{\"date\":\"2027-01-01\",\"kind\":\"statutory\",\"name\":"
        "\"元旦\"}]}";
    static const char theirs[] = "{\"year\":2027,\"papers\":[\"http://x/2026-11/04/"
                                 "content_1.htm\"],\"days\":[{\"name\":\"元旦\",\"date\":\"2027-01-01\",\"isOffDay\":true},"
                                 "{\"name\":\"元旦\",\"date\":\"2027-01-03\",\"isOffDay\":false}]}";
    struct arena arena;
    struct notes notes;
    struct notice n;
    assert_int_equal(read_notice(ours, &arena, &notes, &n), FAULT_NONE);
    assert_int_equal(n.day_count, 2);
    assert_int_equal(n.days[1].kind, NOTICE_STATUTORY);
    assert_string_equal(n.days[1].name, "元旦");
    arena_release(&arena);
    assert_int_equal(read_notice(theirs, &arena, &notes, &n), FAULT_NONE);
    assert_int_equal(n.published, civil_from_ymd(2026, 11, 4));
    assert_int_equal(n.days[0].kind, NOTICE_BRIDGE);
    assert_int_equal(n.days[1].kind, NOTICE_WORK);
    arena_release(&arena);
}

#define HEAD "{\"year\":2027,\"published\":\"2026-11-04\",\"source\":\"某号\",\"days\":"

static void refusals(void **state) {
    (void)state;
    static const char *const bad[][2] = {
        {"", "2027"},
        {"[]", "2027"},
        {"{\"year\":2027,\"year\":2027}", "2027"},
        {"{\"year\":20270}", "year"},
        {"{\"year\":2027,\"source\":\"x\",\"days\":[]}", "published"},
        {"{\"year\":2027,\"published\":\"2026-11-04\",\"days\":[]}", "source"},
        {HEAD "[]}", "days"},
        {HEAD "{}}", "days"},
        {HEAD "[{\"date\":\"2027-02-30\",\"kind\":\"work\"}]}", "days[0]"},
        {HEAD "[{\"date\":\"2028-03-01\",\"kind\":\"work\"}]}", "days[0]"},
        {HEAD "[{\"date\":\"2027-03-01\",\"kind\":\"off\"}]}", "days[0]"},
        {HEAD "[{\"date\":\"2027-03-01\",\"kind\":\"work\"},{\"date\":\"2027-03-01\",\"kind\":\"bridge\"}]}", "days[1]"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct arena arena;
        struct notes notes;
        struct notice n;
        enum fault f = read_notice(bad[i][0], &arena, &notes, &n);
        if (f != FAULT_INPUT || strcmp(notes.first->place, bad[i][1]))
            fail_msg("%zu: %d %s", i, f, notes.first ? notes.first->place : "");
        arena_release(&arena);
    }
}

static void shipped_notices_are_in_order(void **state) {
    (void)state;
    for (size_t i = 0; i < notices_shipped_count; i++) {
        const struct notice *n = &notices_shipped[i];
        assert_true(n->published < civil_from_ymd(n->year, 12, 31) && n->source[0]);
        for (size_t d = 1; d < n->day_count; d++) assert_true(n->days[d].day > n->days[d - 1].day);
    }
    assert_int_equal(notices_shipped_count, 23);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(both_forms), cmocka_unit_test(refusals),
                                       cmocka_unit_test(shipped_notices_are_in_order)};
    return RUN_TESTS(tests);
}
