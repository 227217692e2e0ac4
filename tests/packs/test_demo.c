/* test_demo.c - the demonstration data goes through the import without a remark, and its years come to the figures that the reports state. */
#include "fixture.h"
#include "packs/demo.h"
#include "register/filter.h"
#include "register/import.h"

#define NOW_MS INT64_C(1771200000000) /* 2026-02-16 */

static enum fault find_actor(const char *login, struct actor *out) {
    *out = actor_system();
    if (!login[0]) return FAULT_NONE;
    _cleanup_(store_read_end) struct conn *c = NULL;
    enum fault f = store_read_begin(store, &c);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    if (!f) f = stmt_open(c, "SELECT id FROM r_person WHERE tenant = ?1 AND f_login = ?2 AND withdrawn = 0", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, login);
    bool row;
    struct id person;
    f = stmt_step(s, &row);
    if (!f && (!row || !stmt_id(s, 0, &person))) f = FAULT_ABSENT;
    return f ? f : actor_read(c, &person, civil_at(NOW_MS), &arena, out);
}

static enum fault import_one(const struct demo_file *d, struct import_result *result) {
    struct actor actor;
    enum fault f = find_actor(d->as, &actor);
    if (f) return f;
    struct digest digest = digest_of(d->bytes, d->length);
    struct sheet_source source = {.bytes = d->bytes, .length = d->length, .name = d->name};
    struct import_options options = {.update = d->update != 0, .reason = d->reason};
    return import_file(registers, &actor, NOW_MS, register_named(registers, d->register_key), &source, &digest, &options, &arena,
                       &notes, result);
}

static int setup(void **state) {
    (void)state;
    return installation_open(NOW_MS) ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    return installation_close() ? 0 : -1;
}

static int64_t lines_of(const struct demo_file *d) {
    int64_t n = 0;
    bool quoted = false; /* a cell may have lines of its own */
    for (size_t i = 0; i < d->length; i++) {
        quoted ^= d->bytes[i] == '"';
        n += d->bytes[i] == '\n' && !quoted;
    }
    return n;
}

static void every_row_is_imported(void **state) {
    (void)state;
    for (const struct demo_file *d = demo_files; d->pack; d++) {
        struct import_result result;
        enum fault f = import_one(d, &result);
        if (f || notes.count) print_message("# %s: %s\n", d->name, fault_sentence(f));
        show_notes();
        assert_int_equal(f, FAULT_NONE);
        assert_int_equal(notes.count, 0);
        assert_int_equal(result.failed, 0);
        assert_int_equal(result.repeated, 0);
        assert_int_equal(result.rows, lines_of(d) - 1);
    }
}

/* A declared measure and what its years come to, as known today and as it was on the last day of the year. */
struct total {
    const char *reg, *measure;
    int64_t in_2018, in_2019;
};

static const struct total totals[] = {
    {"activity", "count", 9, 14},
    {"activity", "attendances", 612, 968},
    {"activity", "lectures", 2, 4},
    {"activity", "class_meetings", 4, 6},
    {"talk", "count", 17, 28},
    {"talk", "attendances", 31, 48},
    {"concern", "count", 4, 6},
    {"concern", "solved", 3, 6},
    {"material", "signs", 12, 20},
    {"material", "pages", 1386, 2140},
    {"material", "manuals", 416, 443},
    {"message", "count", 540, 976},
    {"message", "times", 14, 24},
    {"duty", "days", 365, 365},
    {"duty", "incidents", 1, 0},
    {"shift", "shifts", 0, 0},
    {"shift", "handed", 0, 0},
    {"duty", "network", 1, 0},
    {"headcount", "staff", 30, 31},
    {"headcount", "students", 386, 412},
    {"responsibility", "count", 10, 16},
    {"responsibility", "persons", 10, 14},
    {"inspection", "count", 4, 5},
    {"inspection", "inspectors", 18, 28},
    {"inspection", "laboratory_joint", 1, 2},
    {"inspection", "dormitory_inspectors", 5, 13},
    {"incident", "count", 0, 0},
    {"incident", "closed", 0, 0},
    {"incident", "dead", 0, 0},
    {"incident", "heavy", 0, 0},
    {"incident", "drills", 0, 0},
    {"finding", "found", 7, 9},
    {"finding", "solved", 4, 9},
    {"finding", "open", 1, 0},
    {"finding", "transferred", 1, 0},
    {"finding", "dropped", 1, 0},
    {"finding", "self_found", 0, 0},
    {"finding", "repeated", 0, 0},
    {"person", "staff", 14, 14},
    {"person", "students", 0, 0},
};

/* The statement keeps the pointers: the days live in the arena. */
static void bind_year(struct stmt *s, int year) {
    stmt_bind_text(s, 1, arena_format(&arena, "%d-01-01", year));
    stmt_bind_text(s, 2, arena_format(&arena, "%d-12-31", year));
    stmt_bind_int(s, 3, INT64_MAX);
}

static int64_t answer_of(struct stmt *s) {
    bool row;
    assert_int_equal(stmt_step(s, &row), FAULT_NONE);
    assert_true(row);
    return stmt_int(s, 0);
}

/* Versions that hold on the last day of the year, by the best of today's knowledge. */
static int64_t measure_of(struct conn *c, const struct reg *reg, const struct reg_measure *m, int year) {
    const char *date = m->date ? m->date : reg->date;
    struct filter *filter = NULL;
    struct filter_context context = {.declared = true};
    if (m->filter) assert_int_equal(filter_parse(reg, m->filter, &context, &arena, &notes, &filter), FAULT_NONE);
    _cleanup_(text_release) struct text sql;
    text_init(&sql, 1 << 16);
    text_add(&sql, "SELECT ");
    if (m->kind == MEASURE_COUNT) text_add(&sql, "count(*)");
    else text_format(&sql, m->kind == MEASURE_SUM ? "coalesce(sum(t.f_%s), 0)" : "count(DISTINCT t.f_%s)", m->of);
    text_format(&sql, " FROM h_%s t WHERE t.known_to = ?3 AND t.valid_from <= ?2 AND t.valid_to > ?2 AND t.withdrawn = 0",
                reg->key);
    if (m->at_end) text_add(&sql, " AND ?1 < ?2");
    else text_format(&sql, " AND t.f_%s BETWEEN ?1 AND ?2", date);
    if (filter) text_add(&sql, " AND ");
    if (filter) filter_sql(filter, reg, 4, NULL, &sql);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    assert_int_equal(stmt_open(c, sql.at, &s), FAULT_NONE);
    bind_year(s, year);
    if (filter) filter_bind(filter, s, 4);
    return answer_of(s);
}

static void check_measure(struct conn *c, const struct reg *reg, const struct reg_measure *m, int *wrong) {
    const struct total *total = NULL;
    for (size_t i = 0; i < COUNT_OF(totals); i++)
        if (!strcmp(totals[i].reg, reg->key) && !strcmp(totals[i].measure, m->key)) total = &totals[i];
    int64_t a = measure_of(c, reg, m, 2018), b = measure_of(c, reg, m, 2019);
    if (total && a == total->in_2018 && b == total->in_2019) return;
    print_message("# %s.%s: %lld, %lld; expected %lld, %lld\n", reg->key, m->key, (long long)a, (long long)b,
                  total ? (long long)total->in_2018 : -1, total ? (long long)total->in_2019 : -1);
    (*wrong)++;
}

static void every_measure_comes_to_its_totals(void **state) {
    (void)state;
    _cleanup_(store_read_end) struct conn *c = NULL;
    assert_int_equal(store_read_begin(store, &c), FAULT_NONE);
    int wrong = 0;
    for (size_t r = 0; regs[r]; r++)
        for (size_t m = 0; m < regs[r]->measure_count; m++) check_measure(c, regs[r], &regs[r]->measures[m], &wrong);
    assert_int_equal(wrong, 0);
}

static int64_t asked(struct conn *c, const char *sql, int year) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    assert_int_equal(stmt_open(c, sql, &s), FAULT_NONE);
    bind_year(s, year);
    return answer_of(s);
}

/* What no measure says. Each question takes ?1 and ?2, the year, and ?3, what is known without end. */
static void other_facts_hold(void **state) {
    (void)state;
    static const struct {
        const char *sql;
        int64_t in_2018, in_2019;
    } facts[] = {
        /* findings of any year that are open at the end of the year */
        {"SELECT count(*) FROM h_finding WHERE known_to = ?3 AND valid_from <= ?2 AND valid_to > ?2 AND state IN ('open', "
         "'review') AND ?1 < ?2",
         1, 0},
        {"SELECT count(*) FROM r_finding WHERE f_found BETWEEN ?1 AND ?2 AND state = 'closed' AND (f_remedy IS NULL OR f_evidence "
         "IS NULL) AND ?3 > 0",
         0, 0},
        {"SELECT count(*) FROM r_finding WHERE f_found BETWEEN ?1 AND ?2 AND f_inspection IS NULL AND ?3 > 0", 0, 0},
        {"SELECT count(DISTINCT f_date) FROM r_duty WHERE f_date BETWEEN ?1 AND ?2 AND ?3 > 0", 365, 365},
        {"SELECT count(*) FROM r_material WHERE f_date BETWEEN ?1 AND ?2 AND f_kind = 'letter' AND ?3 > 0", 1, 1},
        {"SELECT count(*) FROM r_inspection WHERE f_date BETWEEN ?1 AND ?2 AND f_joint IS NOT NULL AND f_joint <> '安全保卫处' AND "
         "?3 > 0",
         0, 0},
        {"SELECT count(*) FROM r_person WHERE f_demo IS NOT 1 AND ?1 < ?2 AND ?3 > 0", 0, 0},
        /* leaders that answer for nothing */
        {"SELECT count(*) FROM r_grant g JOIN r_role r ON r.id = g.f_role WHERE r.f_name = '院领导' AND g.f_person NOT IN "
         "(SELECT f_person FROM r_responsibility WHERE f_since <= ?2) AND ?1 < ?2 AND ?3 > 0",
         0, 0},
        /* every record that was entered late says why */
        {"SELECT count(*) FROM entry WHERE register IN ('finding', 'activity', 'duty') AND fields NOT LIKE '%_reason%' "
         "AND actor IS NOT NULL AND ?1 < ?2 AND ?3 > 0",
         0, 0},
    };
    _cleanup_(store_read_end) struct conn *c = NULL;
    assert_int_equal(store_read_begin(store, &c), FAULT_NONE);
    for (size_t i = 0; i < COUNT_OF(facts); i++) {
        int64_t a = asked(c, facts[i].sql, 2018), b = asked(c, facts[i].sql, 2019);
        if (a != facts[i].in_2018 || b != facts[i].in_2019)
            print_message("# %s: %lld, %lld\n", facts[i].sql, (long long)a, (long long)b);
        assert_int_equal(a, facts[i].in_2018);
        assert_int_equal(b, facts[i].in_2019);
    }
}

/* What passed was passed by another person than who submitted it. */
static void four_eyes_saw_each_closing(void **state) {
    (void)state;
    _cleanup_(store_read_end) struct conn *c = NULL;
    assert_int_equal(store_read_begin(store, &c), FAULT_NONE);
    static const char closed[] = "SELECT count(*) FROM entry WHERE op = 'pass' AND ?1 < ?2 AND ?3 > 0";
    static const char alone[] =
        "SELECT count(*) FROM entry p JOIN entry s ON s.record = p.record AND s.op = 'submit' AND s.actor = p.actor "
        "WHERE p.op = 'pass' AND ?1 < ?2 AND ?3 > 0";
    assert_int_equal(asked(c, closed, 2019), 14);
    assert_int_equal(asked(c, alone, 2019), 0);
}

static void file_sent_again_adds_nothing(void **state) {
    (void)state;
    const struct demo_file *d = demo_files;
    while (strcmp(d->register_key, "inspection")) d++;
    struct import_result result;
    assert_int_equal(import_one(d, &result), FAULT_NONE);
    assert_int_equal(result.repeated, result.rows);
}

/* Versions from late entries, moves and updates are the same when they are made again from the journal. */
static void projections_follow_from_the_journal(void **state) {
    (void)state;
    struct projection_verdict verdict;
    assert_int_equal(registers_verify(registers, &notes, &verdict), FAULT_NONE);
    assert_int_equal(verdict.differences, 0);
    assert_true(verdict.rows > 1000);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_imported),      cmocka_unit_test(every_measure_comes_to_its_totals),
        cmocka_unit_test(other_facts_hold),           cmocka_unit_test(file_sent_again_adds_nothing),
        cmocka_unit_test(four_eyes_saw_each_closing), cmocka_unit_test(projections_follow_from_the_journal),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
