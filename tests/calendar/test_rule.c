/* test_rule.c - the shipped terms can all be computed with and name their source; what is not read in a text says so. */
#include "../base/testing.h"

#include "calendar/rule.h"

static void every_shipped_rule_is_sound(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena arena;
    struct notes notes;
    arena_init(&arena, 1 << 20);
    notes_init(&notes, &arena);
    for (size_t i = 0; i < rules_shipped_count; i++) {
        const struct term_rule *r = &rules_shipped[i];
        if (rule_check(r, &notes)) fail_msg("%s: %s", r->code, notes.last->sentence);
        assert_ptr_equal(rule_find(r->code), r); /* no code stands twice */
        assert_non_null(r->starts_on);
        for (const struct term_rung *rung = rule_ladder(r); rung->role; rung++) assert_true(rung->days >= -60 && rung->days <= 30);
    }
    static const char *const promised[] = {
        "arrest.review",
        "inv.custody",
        "pros.review",
        "letter.reply",
        "letter.suggestion",
        "petition.finish",
        "petition.object",
        "disclosure.clarify",
        "disclosure.answer",
        "accident.report",
        "network-incident.first-report",
        "rectification",
        "warranty",
        "bail",
        "residential-surveillance",
        "protest.request",
        "fund.withdrawal-decision",
        "detain.notify",
        "detain.interrogate",
        "detain.to_jail",
        "detain.request",
        "arrest.review.free",
        "arrest.recon",
        "self.detain",
        "liuzhi.convert",
        "inv.custody.request",
        "inv.restart",
        "inv.identity",
        "pros.fast",
        "pros.supp",
        "pros.restart",
        "pros.self",
        "pros.after2",
        "summon",
        "release.request",
        "victim.petition",
        "nonpros.appeal",
        "second.read",
        "cond.nonpros",
    };
    for (size_t i = 0; i < COUNT_OF(promised); i++)
        if (!rule_find(promised[i])) fail_msg("%s", promised[i]);
    assert_int_equal(rule_find("letter.reply")->status, TERM_LOCAL);
    assert_int_equal(rule_find("fund.withdrawal-decision")->status, TERM_UNVERIFIED);
    assert_null(rule_find("arrest"));
}

static void an_unsound_rule_is_refused(void **state) {
    (void)state;
    const struct term_rule good = {.code = "x", .name = "某期限", .length = {3, TERM_DAY}, .citation = "某办法第三条"};
    struct term_rule bad[] = {good, good, good, good, good, good, good, good};
    bad[0].citation = "";
    bad[1].code = NULL;
    bad[2].length.n = 0;
    bad[3].length.n = TERM_LENGTH_MAX + 1;
    bad[4].valid_from = 10, bad[4].valid_to = 9;
    bad[5].extensions[0] = (struct term_extension){.code = "e", .name = "延", .by = {3, TERM_DAY}};
    bad[6].extensions[0] = (struct term_extension){.code = "e", .name = "延", .by = {3, TERM_WORKDAY}, .citation = "某办法第四条"};
    bad[7].length.n = 0, bad[7].month = 2, bad[7].day = 30;
    static const char *const places[] = {"citation", "code", "length", "length", "valid_to", "extensions", "extensions", "day"};
    _cleanup_(arena_release) struct arena arena;
    struct notes notes;
    arena_init(&arena, 1 << 20);
    notes_init(&notes, &arena);
    assert_int_equal(rule_check(&good, &notes), FAULT_NONE);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(rule_check(&bad[i], &notes), FAULT_INPUT);
        assert_string_equal(notes.last->place, places[i]);
    }
}

static void an_own_rule_stands_before_the_shipped_one(void **state) {
    (void)state;
    const struct term_rule own[] = {
        {.code = "letter.reply", .name = "新", .length = {5, TERM_WORKDAY}, .citation = "甲", .valid_from = 20454},
        {.code = "letter.reply",
         .name = "旧",
         .length = {9, TERM_WORKDAY},
         .citation = "乙",
         .valid_from = 20089,
         .valid_to = 20453},
        {.code = "own.only", .name = "后", .length = {3, TERM_DAY}, .citation = "丙", .valid_from = 20454},
        {.code = "own.only", .name = "前", .length = {2, TERM_DAY}, .citation = "丁", .valid_from = 20089, .valid_to = 20100},
    };
    const struct rule_book book = {own, COUNT_OF(own)}, none = {NULL, 0};
    assert_ptr_equal(rule_in(&book, "letter.reply", 20454), &own[0]);
    assert_ptr_equal(rule_in(&book, "letter.reply", 20453), &own[1]);
    assert_ptr_equal(rule_in(&book, "letter.reply", 20089), &own[1]);
    assert_ptr_equal(rule_in(&book, "letter.reply", 20088), rule_find("letter.reply"));
    assert_ptr_equal(rule_in(&none, "letter.reply", 20454), rule_find("letter.reply"));
    assert_ptr_equal(rule_in(&book, "own.only", 20300), &own[2]); /* between the two: the later one, told as not in force */
    assert_null(rule_in(&none, "own.only", 20454));
    assert_true(rule_may_replace(rule_find("letter.reply")));
    assert_false(rule_may_replace(rule_find("arrest.review")));
    assert_string_equal(reason_code("third_party"), "third-party");
    assert_null(reason_code("third"));
}

static void lengths_as_text(void **state) {
    (void)state;
    struct span s;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 1 << 20);
    static const char *const good[] = {"1h", "15d", "20wd", "2mo", "1y", "3660d"},
                             *const bad[] = {"", "d", "0d", "-1d", "3661d", "1", "1w", "1 d", "1dd", "99999999999999999999d"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(span_parse(good[i], &s));
        assert_string_equal(span_text(s, &arena), good[i]);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (span_parse(bad[i], &s)) fail_msg("%s", bad[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_shipped_rule_is_sound), cmocka_unit_test(an_unsound_rule_is_refused),
                                       cmocka_unit_test(an_own_rule_stands_before_the_shipped_one),
                                       cmocka_unit_test(lengths_as_text)};
    return RUN_TESTS(tests);
}
