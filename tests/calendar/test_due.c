/* test_due.c - published worked examples, the traps of the fact sheet, and every refusal. */
#include "../base/testing.h"

#include "calendar/due.h"

static struct arena arena;
static const struct calendar *national;

static int begin(void **state) {
    (void)state;
    arena_init(&arena, 64 << 20);
    return calendar_national(CALENDAR_LAST, &arena, &national) != FAULT_NONE;
}

static int end(void **state) {
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct instant moment(const char *text) {
    struct instant at = {DAY_NONE, MINUTE_NONE};
    if (text && !instant_parse(text, &at)) fail_msg("%s", text);
    return at;
}

/* One question; `events` is JSON or NULL; a refusal's first note comes back in `note` (place and sentence). */
static enum fault ask(const char *rule, const char *from, bool custody, const char *length, const char *events,
                      struct due_answer *out, const char **note) {
    struct notes notes;
    notes_init(&notes, &arena);
    struct due_question q = {
        .rule = rule_find(rule), .calendar = national, .from = moment(from), .custody = custody, .explain = true};
    assert_non_null(q.rule);
    if (length) assert_true(span_parse(length, &q.given));
    struct term_event *list = NULL;
    enum fault f = events ? events_read(events, strlen(events), &arena, &notes, &list, &q.event_count, &q.from) : FAULT_NONE;
    q.events = list;
    if (!f) f = due_compute(&q, &arena, &notes, out);
    assert_int_equal(f != FAULT_NONE, notes.count > 0);
    if (note) *note = notes.first ? arena_join(&arena, notes.first->place, notes.first->sentence) : NULL;
    return f;
}

static const char *extended(const char *from, const char *codes) {
    struct text out;
    text_init(&out, 4000);
    text_addc(&out, '[');
    for (const char *at = codes; *at;) {
        size_t n = strcspn(at, " ");
        text_format(&out, "%s{\"at\":\"%s\",\"kind\":\"extend\",\"code\":\"%.*s\"}", at == codes ? "" : ",", from, (int)n, at);
        at += n + (at[n] == ' ');
    }
    text_addc(&out, ']');
    return arena_keep(&arena, &out);
}

/* rule, from, custody, extensions, due, base; NULL base: as due */
static const struct {
    const char *rule, *from;
    bool custody;
    const char *codes, *due, *base;
} examples[] = {
    /* SPC Interpretation 2021, 202: the month's last day; and the same-numbered day */
    {"pros.review", "2023-01-31", true, "", "2023-02-28", NULL},
    {"pros.review", "2023-02-28", true, "", "2023-03-31", NULL},
    {"pros.review", "2024-01-31", true, "", "2024-02-29", NULL},
    {"pros.review", "2024-02-28", true, "", "2024-03-28", NULL},
    {"pros.review", "2024-01-15", true, "", "2024-02-15", NULL},
    /* custody runs through the Spring Festival, freedom does not; the day moved to is a make-up Sunday */
    {"pros.review", "2024-01-10", true, "", "2024-02-10", NULL},
    {"pros.review", "2024-01-10", false, "", "2024-02-18", "2024-02-10"},
    {"pros.review", "2019-04-01", false, "", "2019-05-05", "2019-05-01"},
    {"pros.review", "2024-01-18", false, "complex", "2024-03-04", NULL},
    /* extensions add to the original start, never to an end that was shortened */
    {"inv.custody", "2023-12-31", true, "", "2024-02-29", NULL},
    {"inv.custody", "2023-12-31", true, "complex", "2024-03-31", NULL},
    {"inv.custody", "2023-12-31", true, "complex four-kinds", "2024-05-31", NULL},
    {"inv.custody", "2023-12-31", true, "complex four-kinds ten-years", "2024-07-31", NULL},
    {"inv.custody", "2024-01-30", true, "1 2 3", "2024-08-30", NULL},
    {"inv.custody", "2024-01-30", true, "1mo 2mo 2mo", NULL, NULL},
    {"arrest.review", "2024-02-08", false, "", "2024-02-15", NULL}, /* always in custody */
    {"arrest.review.free", "2024-01-26", false, "", "2024-02-18", "2024-02-10"},
    {"arrest.review.free", "2024-01-26", false, "complex", "2024-02-18", "2024-02-15"},
    {"detain.request", "2024-03-01", false, "", "2024-03-04", NULL},
    {"detain.request", "2024-03-01", false, "special", "2024-03-08", NULL},
    {"detain.request", "2024-03-01", false, "special:2", "2024-03-06", NULL},
    {"detain.request", "2024-03-01", false, "roaming", "2024-03-31", NULL},
    {"pros.fast", "2024-03-01", true, "over-one-year", "2024-03-16", NULL},
    {"bail", "2023-02-28", false, "", "2024-02-29", NULL},
    {"residential-surveillance", "2024-08-31", false, "", "2025-02-28", NULL},
    {"protest.request", "2024-09-26", false, "", "2024-10-08", "2024-10-01"},
    {"appeal.judgment", "2023-12-22", false, "", "2024-01-02", "2024-01-01"},
    /* seven days before the end, and for action the working day before */
    {"inv.custody.request", "2024-02-19", false, "", "2024-02-09", "2024-02-12"},
    {"inv.custody.request", "2024-03-15", false, "", "2024-03-08", NULL},
    /* working days, with make-up days; a term that crosses two notices of a year */
    {"letter.suggestion", "2024-09-27", false, "", "2024-10-12", NULL},
    {"letter.suggestion", "2024-09-27", false, "complex", "2024-10-23", NULL},
    {"letter.reply", "2024-01-31", false, "", "2024-02-26", NULL},
    {"petition.object", "2024-02-08", false, "", "2024-02-21", NULL},
    {"petition.finish", "2024-01-05", false, "", "2024-03-05", NULL}, /* natural days */
    {"petition.finish", "2024-01-05", false, "complex", "2024-04-04", NULL},
    {"disclosure.clarify", "2024-09-30", false, "", "2024-10-15", NULL},
    {"disclosure.answer", "2024-09-20", false, "", "2024-10-23", NULL},
    {"disclosure.annual", "2024-01-01", false, "", "2024-01-31", NULL},
    {"disclosure.annual", "2024-01-31", false, "", "2025-01-31", NULL},
    {"accident.report", "2024-02-29T23:30", false, "", "2024-03-01T00:30", NULL},
    {"network-incident.first-report", "2025-12-31T21:00", false, "", "2026-01-01T01:00", NULL},
    {"summon", "2024-03-01T09:10", false, "serious", "2024-03-02T09:10", NULL},
};

static void worked_examples(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct due_answer a;
        enum fault f = ask(examples[i].rule, examples[i].from, examples[i].custody, NULL,
                           extended(examples[i].from, examples[i].codes), &a, NULL);
        if (!examples[i].due) {
            assert_int_equal(f, FAULT_INPUT); /* "2mo" twice is one extension twice */
            continue;
        }
        const char *due = f ? "refused" : instant_text(a.due, &arena), *base = examples[i].base;
        if (f || strcmp(due, examples[i].due))
            fail_msg("%s %s %s: %s, not %s", examples[i].rule, examples[i].from, examples[i].codes, due, examples[i].due);
        if (base) assert_string_equal(instant_text((struct instant){a.base, MINUTE_NONE}, &arena), base);
        assert_int_equal(a.rolled, base != NULL);
        assert_false(a.provisional);
    }
}

static void months_by_rule(void **state) {
    (void)state;
    civil_day february = civil_from_ymd(2023, 2, 28), march = civil_from_ymd(2023, 3, 28);
    assert_int_equal(months_after(february, 1, MONTH_CIVIL), march);
    assert_int_equal(months_after(february, 1, MONTH_CRIMINAL), civil_from_ymd(2023, 3, 31));
    assert_int_equal(months_after(civil_from_ymd(2023, 1, 31), 1, MONTH_CIVIL), february);
    assert_int_equal(months_after(civil_from_ymd(2024, 3, 31), -1, MONTH_CIVIL), civil_from_ymd(2024, 2, 29));
    assert_int_equal(months_after(civil_from_ymd(2024, 1, 15), -1, MONTH_CRIMINAL), civil_from_ymd(2023, 12, 15));
}

static void suspensions(void **state) {
    (void)state;
    struct due_answer a;
    const char *asked =
        "[{\"at\":\"2024-10-08\",\"kind\":\"suspend\",\"reason\":\"third-party\"},{\"at\":\"2024-10-18\",\"kind\":\"resume\"}]";
    assert_int_equal(ask("disclosure.answer", "2024-09-20", false, NULL, asked, &a, NULL), FAULT_NONE);
    /* eight are counted up to 8 October, the ninth is the 21st: twelve more */
    assert_string_equal(instant_text(a.due, &arena), "2024-11-05");
    assert_true(a.running);
    assert_int_equal(ask("disclosure.answer", "2024-09-20", false, NULL,
                         "[{\"at\":\"2024-10-08\",\"kind\":\"suspend\",\"reason\":\"征求第三方意见\"}]", &a, NULL),
                     FAULT_NONE);
    assert_false(a.running || a.has_due);
    assert_int_equal(a.consumed, 8);
    assert_int_equal(a.remaining, 12);
    const char *hearing = "[{\"at\":\"2024-01-20\",\"kind\":\"suspend\"},{\"at\":\"2024-01-30\",\"kind\":\"resume\"}]";
    assert_int_equal(ask("petition.review", "2024-01-05", false, NULL, hearing, &a, NULL), FAULT_NONE);
    assert_string_equal(instant_text(a.due, &arena), "2024-02-14");
    const char *late = "[{\"at\":\"2024-02-04\",\"kind\":\"suspend\"},{\"at\":\"2024-02-20\",\"kind\":\"resume\"}]";
    assert_int_equal(ask("petition.review", "2024-01-05", false, NULL, late, &a, NULL), FAULT_NONE);
    assert_string_equal(instant_text(a.due, &arena), "2024-02-04");
    const char *psychiatric =
        "[{\"at\":\"2024-01-20\",\"kind\":\"suspend\",\"reason\":\"psychiatric\"},{\"at\":\"2024-02-20\",\"kind\":\"resume\"}]";
    assert_int_equal(ask("pros.review", "2024-01-15", true, NULL, psychiatric, &a, NULL), FAULT_NONE);
    assert_string_equal(instant_text(a.due, &arena), "2024-03-17");
}

/* Half a month is fifteen days whatever the month (SPC Interpretation 2021, 202). */
static void a_month_and_a_half(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"2026-03-10", "2026-04-25"}, {"2026-01-31", "2026-03-15"}, {"2026-02-10", "2026-03-25"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct due_answer a;
        const char *events = arena_format(&arena, "[{\"at\":\"%s\",\"kind\":\"extend\"}]", cases[i][0]);
        assert_int_equal(ask("court.simple", cases[i][0], true, NULL, events, &a, NULL), FAULT_NONE);
        assert_string_equal(instant_text(a.due, &arena), cases[i][1]);
    }
}

static void rounds_and_custody(void **state) {
    (void)state;
    struct due_answer a;
    const char *second = "[{\"at\":\"2024-03-01\",\"kind\":\"restart\"}]";
    assert_int_equal(ask("pros.supp", "2024-01-10", true, NULL, second, &a, NULL), FAULT_NONE);
    assert_string_equal(instant_text(a.due, &arena), "2024-04-01");
    assert_int_equal(a.round, 2);
    const char *note, *third = "[{\"at\":\"2024-03-01\",\"kind\":\"restart\"},{\"at\":\"2024-05-01\",\"kind\":\"restart\"}]";
    assert_int_equal(ask("pros.supp", "2024-01-10", true, NULL, third, &a, &note), FAULT_INPUT);
    assert_string_equal(note, "events[1]“{0}”最多 {1} 次，不能再次起算");
    /* released before the last day: it moves for the holiday; held again, it does not */
    const char *released = "[{\"at\":\"2024-02-01\",\"kind\":\"release\"}]";
    assert_int_equal(ask("pros.review", "2024-01-10", true, NULL, released, &a, NULL), FAULT_NONE);
    assert_string_equal(instant_text(a.due, &arena), "2024-02-18");
    const char *held = "[{\"at\":\"2024-02-01\",\"kind\":\"release\"},{\"at\":\"2024-02-10\",\"kind\":\"detain\"}]";
    assert_int_equal(ask("pros.review", "2024-01-10", true, NULL, held, &a, NULL), FAULT_NONE);
    assert_string_equal(instant_text(a.due, &arena), "2024-02-10");
    assert_int_equal(a.safe_by, a.due.day - 1);
    const char *corrected = "[{\"at\":\"2024-02-01\",\"kind\":\"correct\",\"from\":\"2024-01-12\",\"reason\":\"x\"}]";
    assert_int_equal(ask("pros.review", "2024-01-10", true, NULL, corrected, &a, NULL), FAULT_NONE);
    assert_string_equal(instant_text(a.due, &arena), "2024-02-12");
}

static void hours_by_both_readings(void **state) {
    (void)state;
    struct due_answer a;
    assert_int_equal(ask("detain.notify", "2024-02-09T14:20", false, NULL, NULL, &a, NULL), FAULT_NONE);
    assert_string_equal(instant_text(a.due, &arena), "2024-02-10T14:20");
    assert_string_equal(instant_text(a.literal, &arena), "2024-02-10T15:00");
    assert_int_equal(ask("accident.report", "2024-02-09T14:20", false, NULL, NULL, &a, NULL), FAULT_NONE);
    assert_string_equal(instant_text(a.literal, &arena), "2024-02-09T15:20");
}

static void beyond_the_horizon(void **state) {
    (void)state;
    struct due_answer a;
    assert_int_equal(ask("letter.reply", "2026-12-20", false, NULL, NULL, &a, NULL), FAULT_NONE);
    assert_true(a.provisional);
    assert_string_equal(instant_text(a.due, &arena), "2027-01-11"); /* 1 January is statutory anyhow */
    assert_int_equal(ask("petition.finish", "2026-12-20", false, NULL, NULL, &a, NULL), FAULT_NONE);
    assert_false(a.provisional); /* natural days need no calendar */
    assert_int_equal(ask("pros.review", "2026-12-20", false, NULL, NULL, &a, NULL), FAULT_NONE);
    assert_true(a.provisional); /* whether the last day is worked is not known */
    assert_int_equal(ask("pros.review", "2012-03-02", false, NULL, NULL, &a, NULL), FAULT_NONE);
    assert_false(a.in_force);
}

/* rule, from, length, events, the note (place and sentence) */
static const struct {
    const char *rule, *from, *length, *events, *note;
} refusals[] = {
    {"accident.report", "2024-02-29", NULL, NULL, "from按小时计算的期限须写明时刻，如 {0}"},
    {"rectification", "2024-02-29", NULL, NULL, "rectification这一期限的长度须逐件写明，如 --length {0}"},
    {"petition.finish", "2024-02-29", "5d", NULL, "petition.finish这一期限的长度是定的，不能另给"},
    {"warranty", "2149-06-01", "12mo", NULL, "warranty算出的日期不在 1980 至 2149 年之间，请核对起算日"},
    {"warranty", "1979-12-31", "12mo", NULL, "from起算日不在 1980 至 2149 年之间"},
    {"letter.suggestion", "2024-03-01", NULL, "[{\"at\":\"2024-03-02\",\"kind\":\"suspend\",\"reason\":\"hearing\"}]",
     "events[0]“{0}”这一期限没有可以中止的情形"},
    {"disclosure.answer", "2024-03-01", NULL, "[{\"at\":\"2024-03-02\",\"kind\":\"suspend\",\"reason\":\"holiday\"}]",
     "events[0]“{0}”不是这一期限可以中止的原因；可以是：{1}"},
    {"disclosure.answer", "2024-03-01", NULL, "[{\"at\":\"2024-03-02\",\"kind\":\"suspend\"}]",
     "events[0]“{0}”不是这一期限可以中止的原因；可以是：{1}"},
    {"disclosure.answer", "2024-03-01", NULL, "[{\"at\":\"2024-03-02\",\"kind\":\"resume\"}]", "events[0]期限没有中止，无从恢复"},
    {"disclosure.answer", "2024-03-01", NULL, "[{\"at\":\"2024-02-02\",\"kind\":\"stop\"}]", "events[0]{0} 早于起算日 {1}"},
    {"disclosure.answer", "2024-03-01", NULL, "[{\"at\":\"2024-06-02\",\"kind\":\"extend\"}]",
     "events[0]期限已于 {0} 届满，不能再延长"},
    {"disclosure.answer", "2024-03-01", NULL,
     "[{\"at\":\"2024-03-04\",\"kind\":\"extend\"},{\"at\":\"2024-03-05\",\"kind\":\"extend\",\"code\":\"once\"}]",
     "events[1]延长“{0}”已经用过，只能一次"},
    {"disclosure.answer", "2024-03-01", NULL,
     "[{\"at\":\"2024-03-04\",\"kind\":\"stop\"},{\"at\":\"2024-03-05\",\"kind\":\"suspend\",\"reason\":\"third-party\"}]",
     "events[1]期限已于 {0} 终止"},
    {"pros.review", "2024-03-01", NULL, "[{\"at\":\"2024-03-04\",\"kind\":\"extend\",\"code\":\"twice\"}]",
     "pros.review没有延长“{0}”；可用的有：{1}"},
    {"arrest.review", "2024-03-01", NULL, "[{\"at\":\"2024-03-04\",\"kind\":\"extend\"}]", "arrest.review这一期限不能延长"},
    {"detain.request", "2024-03-01", NULL, "[{\"at\":\"2024-03-01\",\"kind\":\"extend\",\"code\":\"special:5\"}]",
     "extend“{0}”可以延长 1 至 {1}"},
    {"petition.finish", "2024-03-01", NULL, "[{\"at\":\"2024-03-01\",\"kind\":\"restart\"}]",
     "events[0]“{0}”这一期限没有重新起算的情形"},
    {"inv.custody", "2024-03-01", NULL,
     "[{\"at\":\"2024-04-29\",\"kind\":\"extend\",\"code\":\"complex\",\"applied\":\"2024-04-25\"}]",
     "events[0]延长须在 {0} 之前提请，{1} 提请已迟"},
    {"pros.review", "2024-03-01", NULL, "[{\"at\":\"2024-03-04\",\"kind\":\"pause\"}]",
     "events[0]kind 应为 suspend、resume、extend、restart、stop、correct、detain 或 release"},
    {"pros.review", "2024-03-01", NULL, "[{\"at\":\"2024-3-4\",\"kind\":\"stop\"}]", "events[0]at 应为日期或时刻，如 {0}"},
    {"pros.review", "2024-03-01", NULL, "[{\"at\":\"2024-03-04\",\"kind\":\"correct\"}]", "events[0]更正须写明正确的起算日 from"},
    {"pros.review", "2024-03-01", NULL, "[{\"at\":\"2024-03-04\",\"kind\":\"correct\",\"from\":\"1010-01-01\"}]",
     "events[0]日期不在 1980 至 2149 年之间"},
    {"accident.report", "2024-02-29T10:00", NULL, "[{\"at\":\"2024-02-29T10:20\",\"kind\":\"correct\",\"from\":\"2024-02-29\"}]",
     "events[0]按小时计算的期限，更正后的起算须写明时刻"},
    {"disclosure.answer", "2024-03-01", NULL,
     "[{\"at\":\"2024-03-04\",\"kind\":\"suspend\",\"reason\":\"third-party\"},{\"at\":\"2024-03-06\",\"kind\":\"correct\","
     "\"from\":\"2024-03-05\"}]",
     "events[1]更正后的起算日晚于已经登记的中止"},
    {"pros.review", "2024-03-01", NULL, "[{\"at\":\"2024-03-04\",\"kind\":\"start\"}]",
     "events[0]起算日已经给出，又有不同的 start"},
    {"pros.review", "2024-03-01", NULL, "[", "events第 {0} 行不是合法的 JSON"},
    {"pros.review", "2024-03-01", NULL, "{\"a\":1}", "events应为事件的数组，最多 {0} 个"},
};

static void what_is_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        struct due_answer a;
        const char *note = NULL;
        enum fault f = ask(refusals[i].rule, refusals[i].from, false, refusals[i].length, refusals[i].events, &a, &note);
        if (f != FAULT_INPUT || !note || strcmp(note, refusals[i].note)) fail_msg("%zu: %d %s", i, f, note ? note : "(none)");
    }
}

static void explained(void **state) {
    (void)state;
    struct due_answer a;
    assert_int_equal(ask("disclosure.answer", "2024-09-20", false, NULL, NULL, &a, NULL), FAULT_NONE);
    int counted = 0, skipped = 0;
    for (size_t i = 0; i < a.step_count; i++) {
        counted += a.steps[i].kind == STEP_COUNTED && a.steps[i].count > 0;
        skipped += a.steps[i].kind == STEP_SKIPPED;
    }
    assert_int_equal(counted, 20);
    assert_int_equal(counted + skipped, a.due.day - civil_from_ymd(2024, 9, 20)); /* every day is told */
    assert_int_equal(ask("pros.review", "2024-01-10", true, NULL, NULL, &a, NULL), FAULT_NONE);
    assert_int_equal(a.steps[a.step_count - 1].kind, STEP_CUSTODY);
    assert_non_null(strstr(a.steps[a.step_count - 1].citation, "一百零五"));
}

static const struct due_step *step_of(const struct due_answer *a, enum step_kind kind, const char *day) {
    for (size_t i = 0; i < a->step_count; i++)
        if (a->steps[i].kind == kind && a->steps[i].day == moment(day).day) return &a->steps[i];
    fail_msg("nothing is said of %s", day);
    return NULL;
}

/* A day that is left out and a last day that moves name what they stand on: the notice, or the article for a plain weekend. */
static void days_off_name_their_source(void **state) {
    (void)state;
    struct due_answer a;
    assert_int_equal(ask("disclosure.answer", "2024-09-20", false, NULL, NULL, &a, NULL), FAULT_NONE);
    const struct due_step *national_day = step_of(&a, STEP_SKIPPED, "2024-10-01");
    const struct notice_day *said;
    assert_string_equal(national_day->citation, calendar_notice_of(national, national_day->day, &said)->source);
    assert_string_equal(national_day->args[1], "国庆节");
    assert_null(step_of(&a, STEP_SKIPPED, "2024-09-21")->citation); /* a plain Saturday */
    assert_int_equal(ask("pros.review", "2024-01-10", false, NULL, NULL, &a, NULL), FAULT_NONE);
    const struct due_step *feast = step_of(&a, STEP_ROLLED, "2024-02-10");
    assert_string_equal(feast->citation, calendar_notice_of(national, feast->day, &said)->source);
    assert_int_equal(ask("pros.review", "2024-02-16", false, NULL, NULL, &a, NULL), FAULT_NONE);
    assert_string_equal(step_of(&a, STEP_ROLLED, "2024-03-16")->citation, "刑事诉讼法（2018）第一百零五条第四款");
    assert_int_equal(ask("inv.custody.request", "2024-03-10", false, NULL, NULL, &a, NULL), FAULT_NONE);
    assert_string_equal(step_of(&a, STEP_ROLLED, "2024-03-03")->citation, rule_find("inv.custody.request")->citation);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(worked_examples, begin, end),
        cmocka_unit_test(months_by_rule),
        cmocka_unit_test_setup_teardown(suspensions, begin, end),
        cmocka_unit_test_setup_teardown(a_month_and_a_half, begin, end),
        cmocka_unit_test_setup_teardown(rounds_and_custody, begin, end),
        cmocka_unit_test_setup_teardown(hours_by_both_readings, begin, end),
        cmocka_unit_test_setup_teardown(beyond_the_horizon, begin, end),
        cmocka_unit_test_setup_teardown(what_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(explained, begin, end),
        cmocka_unit_test_setup_teardown(days_off_name_their_source, begin, end),
    };
    return RUN_TESTS(tests);
}
