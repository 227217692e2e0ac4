/* test_findings.c - found = closed + open + transferred + withdrawn over random histories, on both time axes; rhythms of plans and what is due by them. */
#include "fixture.h"

#include "register/filter.h"
#include "register/findings.h"

enum { FINDINGS = 60, STEPS = 700, LOOKS = 120 };

static struct installation in;
static struct id findings[FINDINGS * 2], unit_of_all;
static size_t count;
static uint32_t seed = 20200102;

static unsigned drawn(unsigned below) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static const char *some_day(void) {
    char text[CIVIL_TEXT];
    civil_format(civil_from_ymd(2019, 1, 1) + (civil_day)drawn(366), text);
    return arena_copy(&in.arena, text);
}

/* Late enough that what was begun before can be answered. */
static const char *late_day(void) { return arena_format(&in.arena, "2019-12-%02u", 1 + drawn(31)); }

/* Whether it was accepted; what is refused leaves nothing behind, which the sums would show. */
static bool did(enum change_kind kind, const char *reg, const struct id *id, const char *move, const char *day,
                const struct cell *cells) {
    struct change_value values[12];
    size_t n = 0;
    for (; cells && cells[n].key; n++) values[n] = (struct change_value){cells[n].key, cells[n].typed, NULL};
    struct change c = {.kind = kind,
                       .reg = register_named(in.registers, reg),
                       .record = *id,
                       .move = move,
                       .values = values,
                       .value_count = n,
                       .unit = unit_of_all,
                       .reason = "测试",
                       .expected = -1};
    if (day) c.has_effective = civil_parse(day, &c.effective);
    return !change_apply(in.registers, &in.system, TEST_NOW, &c, NULL, NULL);
}

static const char *words(const struct id *id) {
    char text[ID_TEXT];
    id_format(id, text);
    return arena_copy(&in.arena, text);
}

static void add_one(void) {
    if (count == FINDINGS) return;
    struct id id = id_make(TEST_NOW);
    const char *day = some_day();
    if (did(CHANGE_ADD, "finding", &id, NULL, NULL,
            CELLS({"number", arena_format(&in.arena, "WT-%zu", count)}, {"found", day}, {"summary", "问题"}, {"grade", "slight"},
                  {"owner", "jia"}, {"due", "2019-12-31"})))
        findings[count++] = id;
}

static void submit_own(void) {
    struct id id = id_make(TEST_NOW);
    if (did(CHANGE_ADD, "self_check", &id, NULL, NULL,
            CELLS({"found", some_day()}, {"summary", "自查"}, {"grade", "slight"}, {"owner", "jia"})))
        (void)did(CHANGE_MOVE, "self_check", &id, "submit", "2020-01-01", NULL);
}

/* Answers the transfer of a finding that is offered, if it is. */
static void answer_transfer(const struct id *finding, bool accept) {
    struct conn *conn;
    struct id transfer;
    bool row = false;
    assert_int_equal(store_read_begin(in.store, &conn), FAULT_NONE);
    struct stmt *s;
    assert_int_equal(
        stmt_open(conn, "SELECT id FROM r_finding_transfer WHERE tenant = ?1 AND f_finding = ?2 AND state = 'offered'", &s),
        FAULT_NONE);
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, finding);
    assert_int_equal(stmt_step(s, &row), FAULT_NONE);
    if (row) row = stmt_id(s, 0, &transfer);
    stmt_done(&s);
    store_read_end(&conn);
    if (!row) return;
    if (accept)
        (void)did(CHANGE_MOVE, "finding_transfer", &transfer, "accept", late_day(), CELLS({"owner", "jia"}, {"due", "2020-03-01"}));
    else (void)did(CHANGE_MOVE, "finding_transfer", &transfer, "decline", late_day(), CELLS({"answer", "不归我们"}));
}

static void extend(const struct id *finding) {
    struct id id = id_make(TEST_NOW);
    if (did(CHANGE_ADD, "finding_extension", &id, NULL, some_day(),
            CELLS({"reason", "缺件"}, {"finding", words(finding)}, {"old_due", "2019-12-31"}, {"new_due", "2020-02-01"})))
        (void)did(CHANGE_MOVE, "finding_extension", &id, drawn(2) ? "approve" : "refuse", some_day(), CELLS({"opinion", "见报告"}));
}

static void step(void) {
    if (!count || drawn(6) == 0) add_one();
    const struct id *id = &findings[drawn((unsigned)(count ? count : 1))];
    const char *day = some_day();
    switch (drawn(12)) {
    case 0: (void)did(CHANGE_MOVE, "finding", id, "pass", day, CELLS({"recheck", "看过"})); break;
    case 1: (void)did(CHANGE_MOVE, "finding", id, "refuse", day, NULL); break;
    case 2: (void)did(CHANGE_MOVE, "finding", id, "transfer", day, CELLS({"receiver", "外单位"})); break;
    case 3: (void)did(CHANGE_MOVE, "finding", id, "drop", day, CELLS({"grounds", "重复"})); break;
    case 4:
    case 5: (void)did(CHANGE_MOVE, "finding", id, "offer", day, CELLS({"receiver_unit", words(&unit_of_all)})); break;
    case 6: answer_transfer(id, drawn(2) != 0); break;
    case 7: (void)did(CHANGE_MOVE, "finding", id, "recall", day, NULL); break;
    case 8: extend(id); break;
    case 9: (void)did(CHANGE_EDIT, "finding", id, NULL, drawn(2) ? day : NULL, CELLS({"found", some_day()})); break;
    case 10: drawn(8) ? submit_own() : (void)did(CHANGE_WITHDRAW, "finding", id, NULL, day, NULL); break;
    default: (void)did(CHANGE_MOVE, "finding", id, "submit", day, CELLS({"remedy", "修"}, {"evidence", "照片"})); break;
    }
}

/* A declared measure up to a day, by the best of what was known then. */
static int64_t measured(struct conn *conn, const char *key, civil_day day, const struct look *look) {
    const struct reg *reg = register_named(in.registers, "finding");
    const struct reg_measure *m = reg_measure_named(reg, key);
    assert_non_null(m);
    char text[CIVIL_TEXT];
    civil_format(day, text);
    const char *asked = m->filter ? arena_format(&in.arena, "(%s) AND found <= %s", m->filter, text)
                                  : arena_format(&in.arena, "found <= %s", text);
    struct filter *filter;
    struct filter_context context = {.declared = true};
    assert_int_equal(filter_parse(reg, asked, &context, &in.arena, NULL, &filter), FAULT_NONE);
    struct list_query q = {.reg = reg, .filter = filter, .look = *look};
    int64_t n = -1;
    assert_int_equal(record_count(in.registers, conn, &in.system, &q, 0, &n), FAULT_NONE);
    return n;
}

static int64_t rows_of(const char *sql) {
    struct conn *conn;
    struct stmt *s;
    bool row;
    assert_int_equal(store_read_begin(in.store, &conn), FAULT_NONE);
    assert_int_equal(stmt_open(conn, sql, &s), FAULT_NONE);
    assert_int_equal(stmt_step(s, &row), FAULT_NONE);
    int64_t n = stmt_int(s, 0);
    stmt_done(&s);
    store_read_end(&conn);
    return n;
}

static void found_is_the_sum_at_any_date(void **state) {
    (void)state;
    struct conn *conn;
    int64_t size, most = 0, seen[5] = {0};
    static const char *const parts[] = {"solved", "open", "transferred", "dropped"};
    for (int i = 0; i < STEPS; i++) step();
    assert_int_equal(store_read_begin(in.store, &conn), FAULT_NONE);
    assert_int_equal(journal_size(conn, TENANT, &size), FAULT_NONE);
    for (int i = 0; i < LOOKS; i++) {
        civil_day day = civil_from_ymd(2019, 1, 1) + (civil_day)drawn(367);
        struct look look = {true, day, i % 3 != 0, (int64_t)drawn((unsigned)size)};
        int64_t found = measured(conn, "found", day, &look), sum = 0;
        for (size_t k = 0; k < COUNT_OF(parts); k++) {
            int64_t n = measured(conn, parts[k], day, &look);
            sum += n;
            seen[k] += n;
        }
        if (found != sum)
            fail_msg("as of %d known at %lld: found %lld, sum %lld", day, (long long)look.known_at, (long long)found,
                     (long long)sum);
        if (found > most) most = found;
    }
    store_read_end(&conn);
    assert_true(most > 30); /* the histories say something, and of every kind */
    for (size_t k = 0; k < COUNT_OF(parts); k++) assert_true(seen[k] > 0);
    static const char *const ways[] = {"SELECT count(*) FROM h_finding WHERE state = 'offered'",
                                       "SELECT count(*) FROM r_finding WHERE f_came_from IS NOT NULL",
                                       "SELECT count(*) FROM r_finding WHERE f_self_found = 1",
                                       "SELECT count(*) FROM r_finding WHERE f_due > '2019-12-31'",
                                       "SELECT count(*) FROM r_finding_transfer WHERE state = 'declined'",
                                       "SELECT count(*) FROM r_finding_transfer WHERE state = 'recalled'"};
    for (size_t i = 0; i < COUNT_OF(ways); i++)
        if (!rows_of(ways[i])) fail_msg("no history went this way: %s", ways[i]);
    struct projection_verdict verdict;
    assert_int_equal(registers_verify(in.registers, NULL, &verdict), FAULT_NONE);
}

static void rhythms_keep_to_the_calendar(void **state) {
    (void)state;
    static const struct {
        const char *rhythm, *from, *next;
    } cases[] = {{"week", "2019-12-30", "2020-01-06"},      {"two_weeks", "2020-02-20", "2020-03-05"},
                 {"month", "2020-01-31", "2020-02-29"},     {"month", "2019-01-31", "2019-02-28"},
                 {"month", "2019-12-15", "2020-01-15"},     {"quarter", "2019-11-30", "2020-02-29"},
                 {"half_year", "2019-08-31", "2020-02-29"}, {"year", "2020-02-29", "2021-02-28"},
                 {"nothing", "2020-01-01", "2020-01-02"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        civil_day from, next;
        assert_true(civil_parse(cases[i].from, &from));
        assert_true(civil_parse(cases[i].next, &next));
        assert_int_equal(rhythm_next(cases[i].rhythm, from), next);
    }
}

struct first_due {
    civil_day due[4];
    size_t count;
};

static enum fault take_due(void *context, const struct inspection_due *due) {
    struct first_due *d = context;
    if (d->count < COUNT_OF(d->due)) d->due[d->count++] = due->due;
    return FAULT_NONE;
}

static struct first_due dues(void) {
    struct first_due d = {.count = 0};
    struct conn *conn;
    assert_int_equal(store_read_begin(in.store, &conn), FAULT_NONE);
    assert_int_equal(inspection_dues(conn, NULL, &in.arena, take_due, &d), FAULT_NONE);
    store_read_end(&conn);
    return d;
}

/* Two places of the kind; only the one that was inspected moves, and no inspection before the plan's first day counts. */
static void dues_follow_from_inspections(void **state) {
    (void)state;
    struct id one = add(&in, "place", CELLS({"name", "甲"}, {"kind", "oil"})),
              list = add(&in, "checklist", CELLS({"name", "表"}, {"kind", "oil"}, {"items", "无泄漏"}));
    add(&in, "place", CELLS({"name", "乙"}, {"kind", "oil"}));
    add(&in, "place", CELLS({"name", "丙"}, {"kind", "fire"}));
    add(&in, "inspection_plan",
        CELLS({"name", "每月"}, {"checklist", words(&list)}, {"rhythm", "month"}, {"first", "2020-01-10"}, {"responsible", "jia"}));
    civil_day first = civil_from_ymd(2020, 1, 10);
    struct first_due d = dues();
    assert_int_equal(d.count, 2);
    assert_int_equal(d.due[0], first);
    add(&in, "inspection",
        CELLS({"number", "A1"}, {"date", "2019-10-01"}, {"kind", "oil"}, {"place", "甲"}, {"leader", "jia"}, {"content", "查"},
              {"site", words(&one)}, {"checklist", words(&list)}));
    d = dues();
    assert_int_equal(d.due[0], first);
    assert_int_equal(d.due[1], first);
    add(&in, "inspection",
        CELLS({"number", "A2"}, {"date", "2020-01-02"}, {"kind", "oil"}, {"place", "甲"}, {"leader", "jia"}, {"content", "查"},
              {"site", words(&one)}, {"checklist", words(&list)}));
    d = dues();
    assert_int_equal(d.count, 2);
    assert_int_equal(d.due[0], first);
    assert_int_equal(d.due[1], civil_from_ymd(2020, 2, 2));
    assert_int_equal(change(&in, CHANGE_MOVE, "place", &one, "close", NULL, NULL), FAULT_NONE);
    assert_int_equal(dues().count, 1);
}

static int open_all(void **state) {
    (void)state;
    installation_open(&in);
    unit_of_all = add(&in, "unit", CELLS({"name", "单位甲"}, {"since", "2010-01-01"}));
    return 0;
}

static int close_all(void **state) {
    (void)state;
    installation_close(&in);
    return 0;
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {cmocka_unit_test(found_is_the_sum_at_any_date),
                                       cmocka_unit_test(rhythms_keep_to_the_calendar),
                                       cmocka_unit_test(dues_follow_from_inspections)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
