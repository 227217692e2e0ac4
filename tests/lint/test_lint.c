/* test_lint.c - the shipped declarations hold together, and the lint catches each mistake planted into a good one. */
#include "register/register.h"
#include "packs/packs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { REGISTERS = 100 };

/* Lints and says how many mistakes; the first one's place into `place`. */
static unsigned mistakes(const struct reg *const *regs, size_t count, char place[80], int tell) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 1 << 22);
    struct notes notes;
    notes_init(&notes, &arena);
    enum fault f = reg_lint(regs, count, &notes);
    assert_int_equal(f, notes.count ? FAULT_INPUT : FAULT_NONE);
    snprintf(place, 80, "%s", notes.first ? notes.first->place : "");
    for (const struct note *n = notes.first; tell && n; n = n->next)
        print_error("%s: %s (%s)\n", n->place, n->sentence, n->args[0] ? n->args[0] : "");
    return notes.count;
}

static void shipped_packs_are_clean(void **state) {
    (void)state;
    const struct reg *all[REGISTERS];
    size_t count = 0;
    for (size_t p = 0; packs[p]; p++)
        for (const struct reg *const *r = packs[p]->registers; *r; r++) {
            assert_true(count < REGISTERS);
            all[count++] = *r;
        }
    assert_true(count > 10);
    char place[80];
    assert_int_equal(mistakes(all, count, place, 1), 0);
}

/* A good register, built anew for each mistake. */
static struct reg_field columns[2];
static struct reg_field fields[10];
static struct reg_state states[2];
static struct reg_move moves[1];
static struct reg_measure measures[1];
static struct reg good;

static void make_good(void) {
    fields[0] = (struct reg_field){"date", "日期", REG_DATE, REQUIRED | LISTED};
    fields[1] = (struct reg_field){"kind", "类别", REG_CHOICE, REQUIRED | LISTED, .choices = {{"a", "甲"}, {"b", "乙"}}};
    fields[2] = (struct reg_field){"title", "名称", REG_TEXT, REQUIRED | LISTED | NAME};
    fields[3] = (struct reg_field){"same", "同类", REG_REF, 0, .to = "planted"};
    fields[4] = (struct reg_field){"people", "人数", REG_INT, 0, .min = 1, .max = 9};
    fields[5] = (struct reg_field){"length", "长度", REG_NUMBER, 0, .decimals = 2};
    fields[6] = (struct reg_field){"risks", "风险", REG_SET, 0, .choices = {{"a", "甲"}, {"b", "乙"}}};
    fields[7] = (struct reg_field){"crew", "参加人", REG_REFS, 0, .to = "planted"};
    columns[0] = (struct reg_field){"name", "名称", REG_TEXT};
    columns[1] = (struct reg_field){"count", "数量", REG_INT};
    fields[8] = (struct reg_field){"items", "明细", REG_TABLE, 0, .columns = columns, .column_count = 2};
    fields[9] = (struct reg_field){"total", "合计", REG_INT, 0, .compute = "people * 2"};
    states[0] = (struct reg_state){"open", "办理中", false};
    states[1] = (struct reg_state){"closed", "已办结", true};
    moves[0] = (struct reg_move){"close", "办结", .from = {"open"}, .to = "closed", .needs = {"people"}, .may = "planted.close"};
    measures[0] = (struct reg_measure){"people", "人次", MEASURE_SUM, .of = "people", .filter = "kind = a AND state = closed"};
    good = (struct reg){"planted", "试验台账",   "planted.read",  "planted.record",    REG_FIELDS,    REG_STATES,
                        REG_MOVES, REG_MEASURES, .group = "试验", .purpose = "试验。", .date = "date"};
}

static void no_key(void) { fields[2].key = "Title"; }
static void key_twice(void) { fields[4].key = "title"; }
static void no_label(void) { fields[2].label = ""; }
static void reserved_key(void) { fields[2].key = "state"; }
static void lost_reference(void) { fields[3].to = "plantd"; }
static void choice_twice(void) { fields[1].choices[1].key = "a"; }
static void no_choices(void) { fields[1].choices[0].key = NULL; }
static void lost_not_before(void) { fields[0].not_before = "dat"; }
static void private_for_nobody(void) { fields[2].flags |= PRIVATE; }
static void lost_from(void) { moves[0].from[0] = "opened"; }
static void lost_to(void) { moves[0].to = "close"; }
static void lost_need(void) { moves[0].needs[0] = "peple"; }
static void no_right(void) { moves[0].may = NULL; }
static void lost_not_by(void) { moves[0].not_by = "submit"; }
static void from_final(void) { moves[0].from[1] = "closed"; }
static void undo_without_grounds(void) {
    moves[0].undo = true;
    moves[0].needs[0] = NULL;
}
static void unreached_state(void) { moves[0].to = "open"; }
static void sum_of_text(void) { measures[0].of = "title"; }
static void lost_sum(void) { measures[0].of = "peple"; }
static void bad_filter(void) { measures[0].filter = "kind = c"; }
static void bad_filter_field(void) { measures[0].filter = "sort = a"; }
static void lost_date(void) { good.date = "day"; }
static void no_decimals(void) { fields[5].decimals = 0; }
static void decimals_of_int(void) { fields[4].decimals = 2; }
static void set_without_choices(void) { fields[6].choices[0].key = NULL; }
static void lost_references(void) { fields[7].to = "plantd"; }
static void no_columns(void) { fields[8].column_count = 0; }
static void column_twice(void) { columns[1].key = "name"; }
static void column_of_files(void) { columns[1].type = REG_FILE; }
static void columns_elsewhere(void) { fields[2].columns = columns, fields[2].column_count = 2; }
static void computed_text(void) { fields[2].compute = "people"; }
static void computed_from_nothing(void) { fields[9].compute = "peple + 1"; }
static void computed_from_itself(void) { fields[9].compute = "total + 1"; }
static void computed_required(void) { fields[9].flags = REQUIRED; }
static void computed_broken(void) { fields[9].compute = "people +"; }
static void computed_tells_a_secret(void) { fields[4].flags = PRIVATE, good.private_ = "planted.private"; }
static void several_texts(void) { fields[2].flags |= SEVERAL; }
static void pictures_of_text(void) { fields[2].flags |= PICTURE; }
static void no_read_right(void) { good.read = NULL; }

static void planted_mistakes_are_caught(void **state) {
    (void)state;
    static const struct {
        const char *name;
        void (*plant)(void);
    } all[] = {
#define PLANT(f) {#f, f}
        PLANT(no_key),
        PLANT(key_twice),
        PLANT(no_label),
        PLANT(reserved_key),
        PLANT(lost_reference),
        PLANT(choice_twice),
        PLANT(no_choices),
        PLANT(lost_not_before),
        PLANT(private_for_nobody),
        PLANT(lost_from),
        PLANT(lost_to),
        PLANT(lost_need),
        PLANT(no_right),
        PLANT(lost_not_by),
        PLANT(undo_without_grounds),
        PLANT(from_final),
        PLANT(unreached_state),
        PLANT(sum_of_text),
        PLANT(lost_sum),
        PLANT(bad_filter),
        PLANT(bad_filter_field),
        PLANT(lost_date),
        PLANT(no_read_right),
        PLANT(no_decimals),
        PLANT(decimals_of_int),
        PLANT(set_without_choices),
        PLANT(lost_references),
        PLANT(no_columns),
        PLANT(column_twice),
        PLANT(column_of_files),
        PLANT(columns_elsewhere),
        PLANT(computed_text),
        PLANT(computed_from_nothing),
        PLANT(computed_from_itself),
        PLANT(computed_required),
        PLANT(computed_broken),
        PLANT(computed_tells_a_secret),
        PLANT(several_texts),
        PLANT(pictures_of_text),
    };
    char place[80];
    const struct reg *one[] = {&good};
    make_good();
    assert_int_equal(mistakes(one, 1, place, 1), 0);
    unsigned missed = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        make_good();
        all[i].plant();
        if (mistakes(one, 1, place, 0) && !strncmp(place, "planted", 7)) continue;
        print_error("not caught: %s\n", all[i].name);
        missed++;
    }
    assert_int_equal(missed, 0);
    make_good();
    const struct reg *twice[] = {&good, &good};
    assert_true(mistakes(twice, 2, place, 0) > 0);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {cmocka_unit_test(shipped_packs_are_clean), cmocka_unit_test(planted_mistakes_are_caught)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
