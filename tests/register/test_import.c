/* test_import.c - what a table would do, told in one dry run, and held against when it is done. */
#include "fixture.h"

#include "register/import.h"

static const char table[] = "编号,发现日期,问题,等级,责任人\n"
                            "A-1,2026-02-27,灯不亮,轻微,周松\n"
                            "A-2,2026-02-27,门不关,轻微,\n"
                            "A-3,2026-02-27,锁已坏,重大,\n";

static struct import_result result;
enum { DIGESTED = 2 * DIGEST_BYTES /* of an effect, which tells beside it when it was so */ };

static enum fault run_as(struct fixture *f, const struct actor *actor, const char *text, struct import_options options) {
    struct sheet_source source = {.bytes = text, .length = strlen(text), .name = "t.csv"};
    struct digest digest = digest_of(text, strlen(text));
    notes_init(&f->notes, &f->arena);
    return import_file(f->registers, actor, NOW, &fault_reg, &source, &digest, &options, &f->arena, &f->notes, &result);
}

static enum fault run(struct fixture *f, const char *text, struct import_options options) {
    struct actor system = actor_system();
    return run_as(f, &system, text, options);
}

/* The effect of the dry run, kept. */
static const char *preview(struct fixture *f, const char *text) {
    assert_int_equal(run(f, text, (struct import_options){.dry_run = true, .update = true, .reason = "-"}), FAULT_NONE);
    return arena_copy(&f->arena, result.effect);
}

static enum fault confirm(struct fixture *f, const char *text, const char *effect) {
    return run(f, text, (struct import_options){.update = true, .reason = "迟记", .expected = effect});
}

static struct id fresh(int n) {
    struct id id = {.bytes = {7, [15] = (uint8_t)n}};
    return id;
}

static void edit(struct fixture *f, int n, const char *pairs) {
    struct actor system = actor_system();
    struct change c = {.kind = CHANGE_EDIT, .reg = &fault_reg, .record = fresh(n), .expected = -1, .reason = "更正"};
    assert_int_equal(apply(f, &system, c, pairs, NULL), FAULT_NONE);
}

static void people(struct fixture *f) {
    assert_int_equal(add(f, &person_reg, fresh(100), "name=周松|login=zhousong", NULL), FAULT_NONE);
    assert_int_equal(add(f, &fault_reg, fresh(1), "number=A-1|found=2026-02-27|summary=灯不亮|people=3", NULL), FAULT_NONE);
    assert_int_equal(add(f, &fault_reg, fresh(2), "number=A-2|found=2026-02-27|summary=门不关|grade=轻微", NULL), FAULT_NONE);
}

static void test_undisturbed(void **state) {
    struct fixture *f = *state;
    people(f);
    const char *effect = preview(f, table);
    assert_int_equal(result.added, 1);
    assert_int_equal(result.changed, 1);
    assert_int_equal(result.unchanged, 1);
    assert_string_equal(effect, preview(f, table)); /* although the first dry run was undone */
    edit(f, 2, "people=5");                         /* a record of which the table says nothing new: not concerned */
    assert_int_equal(add(f, &fault_reg, fresh(9), "number=Z-9|found=2026-02-27|summary=别处", NULL), FAULT_NONE);
    assert_int_equal(confirm(f, table, effect), FAULT_NONE);
    assert_int_equal(confirm(f, table, effect), FAULT_NONE); /* sent twice: nothing is left to do */
    assert_int_equal(result.unchanged + result.repeated, 3);
}

/* Each of these, between preview and confirmation, makes the confirmation fail as a whole. */
static void refused_after(struct fixture *f, const char *effect, uint32_t row, const char *record) {
    assert_int_equal(confirm(f, table, effect), FAULT_INPUT);
    assert_true(result.refused);
    assert_non_null(strstr(f->notes.first->sentence, "预览之后"));
    assert_int_equal(f->notes.count, record ? 2 : 1);
    assert_int_equal(result.moved_count, record ? 1 : 0);
    if (record) assert_int_equal(result.moved[0].row, row);
    if (record) assert_string_equal(result.moved[0].record, record);
    if (record) assert_string_equal(f->notes.last->args[0], record);
    preview(f, table);
    assert_true(strncmp(result.effect, effect, DIGESTED) != 0);
    assert_int_equal(result.added + result.changed > 0, 1); /* still to be done */
}

static void test_changed_between(void **state) {
    struct fixture *f = *state;
    people(f);
    const char *effect = preview(f, table);
    edit(f, 1, "people=4"); /* the very record, in another field */
    refused_after(f, effect, 2, "灯不亮");
    effect = preview(f, table);
    edit(f, 2, "summary=门关不上"); /* was as the table says */
    refused_after(f, effect, 3, "门关不上");
    effect = preview(f, table);
    assert_int_equal(add(f, &fault_reg, fresh(3), "number=A-3|found=2026-02-27|summary=锁", NULL), FAULT_NONE); /* was new */
    refused_after(f, effect, 4, "锁");
    assert_int_equal(confirm(f, table, preview(f, table)), FAULT_NONE);
}

/* The same words of the table mean another record by now. */
static void test_name_means_another(void **state) {
    struct fixture *f = *state;
    struct actor system = actor_system();
    people(f);
    const char *effect = preview(f, table);
    struct change c = {.kind = CHANGE_EDIT, .reg = &person_reg, .record = fresh(100), .expected = -1};
    assert_int_equal(apply(f, &system, c, "name=周柏", NULL), FAULT_NONE);
    assert_int_equal(add(f, &person_reg, fresh(101), "name=周松|login=other", NULL), FAULT_NONE);
    refused_after(f, effect, 0, NULL);
}

/* Rows of one table that speak of the same record: the second finds what the first wrote, whose version is another at each trial. */
static void test_twice_in_one_table(void **state) {
    static const char twice[] = "编号,问题,人数\nA-1,灯不亮了,\nA-1,,8\n";
    struct fixture *f = *state;
    people(f);
    const char *effect = preview(f, twice);
    assert_int_equal(add(f, &fault_reg, fresh(9), "number=Z-9|found=2026-02-27|summary=别处", NULL), FAULT_NONE);
    assert_int_equal(strncmp(effect, preview(f, twice), DIGESTED), 0);
    assert_int_equal(confirm(f, twice, effect), FAULT_NONE);
}

static void test_late_rows_counted(void **state) {
    static const char late[] =
        "编号,发现日期,问题,原因\nB-1,2019-02-27,灯不亮,\nB-2,2019-02-27,门不关,纸上的\nB-3,2026-03-01,锁已坏,\n";
    struct fixture *f = *state;
    assert_int_equal(run(f, late, (struct import_options){.dry_run = true, .reason = "-"}), FAULT_NONE);
    assert_int_equal(result.late, 1);
    assert_int_equal(run(f, late, (struct import_options){0}), FAULT_INPUT);
}

static void test_head_only(void **state) {
    struct fixture *f = *state;
    assert_int_equal(run(f, table, (struct import_options){.head_only = true}), FAULT_NONE);
    assert_int_equal(result.column_count, 5);
    assert_int_equal(result.rows, 0);
    assert_int_equal(f->notes.count, 0); /* although the person whom the first row names is not there */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_undisturbed, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_changed_between, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_name_means_another, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_twice_in_one_table, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_late_rows_counted, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_head_only, fixture_open, fixture_close),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
