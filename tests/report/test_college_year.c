/* test_college_year.c - the college's report over the demonstration data: its 2019 text against the golden file, and all years issuable. */
#include "fixture.h"

#include "packs/demo.h"
#include "register/import.h"

static struct installation in;

static struct actor actor_named(const char *login) {
    struct actor actor = actor_system();
    if (!login[0]) return actor;
    _cleanup_(store_read_end) struct conn *c = NULL;
    assert_int_equal(store_read_begin(in.store, &c), FAULT_NONE);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    assert_int_equal(stmt_open(c, "SELECT id FROM r_person WHERE tenant = 1 AND f_login = ?1", &s), FAULT_NONE);
    stmt_bind_text(s, 1, login);
    bool row;
    struct id id;
    assert_int_equal(stmt_step(s, &row), FAULT_NONE);
    assert_true(row && stmt_id(s, 0, &id));
    assert_int_equal(actor_read(c, &id, civil_at(TEST_NOW), &in.arena, &actor), FAULT_NONE);
    return actor;
}

static void load_demo(void) {
    for (const struct demo_file *d = demo_files; d->pack; d++) {
        if (strcmp(d->pack, "college") != 0) continue;
        struct actor actor = actor_named(d->as);
        struct digest digest = digest_of(d->bytes, d->length);
        struct sheet_source source = {.bytes = d->bytes, .length = d->length, .name = d->name};
        struct import_options options = {.update = d->update != 0, .reason = d->reason};
        struct import_result result;
        struct notes notes;
        notes_init(&notes, &in.arena);
        enum fault f = import_file(in.registers, &actor, TEST_NOW, register_named(in.registers, d->register_key), &source, &digest,
                                   &options, &in.arena, &notes, &result);
        if (f) told(&notes);
        assert_int_equal(f, FAULT_NONE);
    }
}

static struct draft draft_of(const char *period_text) {
    struct period period;
    struct draft d;
    struct notes notes;
    notes_init(&notes, &in.arena);
    _cleanup_(store_read_end) struct conn *c = NULL;
    assert_int_equal(period_parse(period_text, &notes, &period), FAULT_NONE);
    assert_int_equal(store_read_begin(in.store, &c), FAULT_NONE);
    enum fault f = report_draft(in.registers, c, report_kind_named("college-year"), NULL, period, "示范学院（演示）", LANG_ZH,
                                TEST_NOW, &in.arena, &notes, &d);
    if (f) told(&notes);
    assert_int_equal(f, FAULT_NONE);
    for (size_t i = 0; i < d.check_count; i++) {
        if (d.checks[i].passed) continue;
        _cleanup_(text_release) struct text line;
        text_init(&line, 4000);
        note_fill(&line, d.checks[i].sentence, d.checks[i].args);
        print_message("# %s %s\n", d.checks[i].place, line.at);
    }
    return d;
}

/* The last line holds the journal's code, which no two installations share. */
static void the_text_of_2019_is_the_golden_one(void **state) {
    (void)state;
    struct draft d = draft_of("2019");
    assert_true(d.issuable);
    const char *end = strstr(d.markdown, "\n数字依据");
    assert_non_null(end);
    char *text = arena_copyn(&in.arena, d.markdown, (size_t)(end - d.markdown)), golden[1 << 16] = "";
    FILE *f = fopen("tests/golden/college-year-2019.md", "r");
    if (f) {
        golden[fread(golden, 1, sizeof golden - 1, f)] = 0;
        fclose(f);
    }
    if (strcmp(text, golden)) {
        FILE *other = fopen("build/college-year-2019.md", "w");
        if (other) {
            fputs(text, other);
            fclose(other);
        }
        fail_msg("the text differs from tests/golden/college-year-2019.md; it lies at build/college-year-2019.md");
    }
}

static void the_year_before_holds_too(void **state) {
    (void)state;
    assert_true(draft_of("2018").issuable);
}

/* In a year without any record the zeros must not pass. */
static void an_empty_year_is_not_issuable(void **state) {
    (void)state;
    assert_false(draft_of("2015").issuable);
}

int main(void) {
    installation_open(&in);
    in.arena.cap = 512 << 20;
    load_demo();
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_text_of_2019_is_the_golden_one),
                                       cmocka_unit_test(the_year_before_holds_too),
                                       cmocka_unit_test(an_empty_year_is_not_issuable)};
    int failed = RUN_TESTS(tests);
    installation_close(&in);
    return failed;
}
