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
static struct reg_field fields[5];
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
static void unreached_state(void) { moves[0].to = "open"; }
static void sum_of_text(void) { measures[0].of = "title"; }
static void lost_sum(void) { measures[0].of = "peple"; }
static void bad_filter(void) { measures[0].filter = "kind = c"; }
static void bad_filter_field(void) { measures[0].filter = "sort = a"; }
static void lost_date(void) { good.date = "day"; }
static void no_read_right(void) { good.read = NULL; }

static void planted_mistakes_are_caught(void **state) {
    (void)state;
    static const struct {
        const char *name;
        void (*plant)(void);
    } all[] = {
#define PLANT(f) {#f, f}
        PLANT(no_key),          PLANT(key_twice),     PLANT(no_label),        PLANT(reserved_key),       PLANT(lost_reference),
        PLANT(choice_twice),    PLANT(no_choices),    PLANT(lost_not_before), PLANT(private_for_nobody), PLANT(lost_from),
        PLANT(lost_to),         PLANT(lost_need),     PLANT(no_right),        PLANT(lost_not_by),        PLANT(from_final),
        PLANT(unreached_state), PLANT(sum_of_text),   PLANT(lost_sum),        PLANT(bad_filter),         PLANT(bad_filter_field),
        PLANT(lost_date),       PLANT(no_read_right),
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
