/* test_lint.c - the shipped declarations hold together, and the lint catches each mistake planted into a good one. */
#include "register/register.h"
#include "packs/packs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { REGISTERS = 100 };

/* Lints and says how many mistakes; the first one's place and sentence too (`sentence` may be NULL). */
static unsigned mistakes(const struct reg *const *regs, size_t count, char place[80], const char **sentence, int tell) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 1 << 22);
    struct notes notes;
    notes_init(&notes, &arena);
    enum fault f = reg_lint(regs, count, &notes);
    assert_int_equal(f, notes.count ? FAULT_INPUT : FAULT_NONE);
    snprintf(place, 80, "%s", notes.first ? notes.first->place : "");
    if (sentence) *sentence = notes.first ? notes.first->sentence : "";
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
    assert_int_equal(mistakes(all, count, place, NULL, 1), 0);
}

/* A good register, built anew for each mistake. */
static struct reg_field columns[2];
static struct reg_field fields[10];
static struct reg_state states[2];
static struct reg_move moves[1];
static struct reg_measure measures[1];
static struct reg_field many_columns[REG_COLUMNS + 1];
static struct reg_move two_moves[2];
static struct reg_measure two_measures[2];
static char column_keys[REG_COLUMNS + 1][8];
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
    for (size_t i = 0; i <= REG_COLUMNS; i++) {
        snprintf(column_keys[i], sizeof column_keys[i], "c%zu", i);
        many_columns[i] = (struct reg_field){column_keys[i], "列", REG_TEXT};
    }
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
static void field_without_key(void) { fields[4].key = NULL; }
static void choices_of_text(void) { fields[2].choices[0] = (struct reg_choice){"a", "甲"}; }
static void choice_key(void) { fields[1].choices[1].key = "B-1"; }
static void choice_without_label(void) { fields[1].choices[1].label = NULL; }
static void too_many_columns(void) { fields[8].columns = many_columns, fields[8].column_count = REG_COLUMNS + 1; }
static void column_key(void) { columns[1].key = "Count"; }
static void column_without_choices(void) { columns[1].type = REG_CHOICE; }
static void text_refers(void) { fields[2].to = "planted"; }
static void private_index(void) { fields[2].flags |= PRIVATE | INDEXED, good.private_ = "planted.private"; }
static void index_of_long(void) { fields[8].flags |= INDEXED; }
static void named_by_number(void) { fields[2].flags &= ~(unsigned)NAME, fields[4].flags |= NAME; }
static void two_names(void) {
    fields[1] = (struct reg_field){"kind", "类别", REG_TEXT, REQUIRED | LISTED | NAME}, measures[0].filter = NULL;
}
static void two_keys(void) { fields[0].flags |= KEY, fields[2].flags |= KEY; }
static void nothing_listed(void) {
    for (size_t i = 0; i < COUNT_OF(fields); i++) fields[i].flags &= ~(unsigned)LISTED;
}
static void no_fields(void) { good.field_count = good.move_count = good.measure_count = 0, good.date = NULL, good.state_count = 1; }
static void register_key(void) { good.key = "Planted"; }
static void register_without_key(void) { good.key = NULL; }
static void register_without_label(void) { good.label = NULL; }
static void no_record_right(void) { good.record = NULL; }
static void date_not_required(void) { fields[0].flags = LISTED; }
static void date_of_text(void) { good.date = "title", measures[0].date = "date"; }
static void move_key(void) { moves[0].key = "close-it"; }
static void move_without_key(void) { moves[0].key = NULL; }
static void measure_without_key(void) { measures[0].key = NULL; }
static void move_taken(void) { moves[0].key = "edit"; }
static void move_twice(void) { two_moves[0] = two_moves[1] = moves[0], good.moves = two_moves, good.move_count = 2; }
static void move_without_label(void) { moves[0].label = NULL; }
static void from_nowhere(void) { moves[0].from[0] = NULL; }
static void state_key(void) { states[1].key = moves[0].to = "Closed", measures[0].filter = NULL; }
static void state_without_key(void) { states[1].key = NULL, moves[0].to = "open", measures[0].filter = NULL; }
static void state_without_label(void) { states[1].label = NULL; }
static void state_twice(void) { states[1].key = moves[0].to = "open", states[1].final = false, measures[0].filter = NULL; }
static void moves_without_states(void) { good.state_count = 0, measures[0].filter = NULL; }
static void measure_key(void) { measures[0].key = "People"; }
static void measure_without_label(void) { measures[0].label = NULL; }
static void measure_twice(void) {
    two_measures[0] = two_measures[1] = measures[0], good.measures = two_measures, good.measure_count = 2;
}
static void distinct_of_nothing(void) { measures[0].kind = MEASURE_DISTINCT, measures[0].of = NULL; }
static void measure_without_date(void) { measures[0].date = "kind"; }

static const struct {
    const char *name;
    void (*plant)(void);
    const char *place, *sentence; /* of the first that is told */
} planted[] = {
#define PLANT(f, place, sentence)                                                                                                  \
    { #f, f, place, sentence }
    PLANT(no_key, "planted.Title", "栏目的键不合规：小写字母开头，只含小写字母、数字和下划线"),
    PLANT(key_twice, "planted.title", "栏目“{0}”重复"),
    PLANT(no_label, "planted.title", "栏目没有名称"),
    PLANT(reserved_key, "planted.state", "“{0}”是系统用的名称"),
    PLANT(lost_reference, "planted.same", "指向的台账“{0}”不存在"),
    PLANT(choice_twice, "planted.kind", "选项“{0}”重复"),
    PLANT(no_choices, "planted.kind", "选择栏没有选项"),
    PLANT(lost_not_before, "planted.date", "不早于“{0}”：两栏都须是日期"),
    PLANT(private_for_nobody, "planted.title", "有保密栏，但没有声明查看保密栏的权限"),
    PLANT(lost_from, "planted.close", "状态“{0}”不存在"),
    PLANT(lost_to, "planted.closed", "没有步骤能到达状态“{0}”"),
    PLANT(lost_need, "planted.close", "所需栏目“{0}”不存在"),
    PLANT(no_right, "planted.close", "步骤没有名称或权限"),
    PLANT(lost_not_by, "planted.close", "步骤“{0}”不存在"),
    PLANT(from_final, "planted.close", "“{0}”是终结状态，不能再有步骤"),
    PLANT(undo_without_grounds, "planted.close", "撤销的步骤须写明理由"),
    PLANT(unreached_state, "planted.closed", "没有步骤能到达状态“{0}”"),
    PLANT(sum_of_text, "planted.people", "“{0}”不是数，不能求和"),
    PLANT(lost_sum, "planted.people", "栏目“{0}”不存在"),
    PLANT(bad_filter, "planted.people", "筛选条件“{0}”有误"),
    PLANT(bad_filter_field, "planted.people", "筛选条件“{0}”有误"),
    PLANT(lost_date, "planted.day", "记录日期须是必填的日期栏"),
    PLANT(no_decimals, "planted.length", "小数位数须是 1 到 6，且只用于小数栏"),
    PLANT(decimals_of_int, "planted.people", "小数位数须是 1 到 6，且只用于小数栏"),
    PLANT(set_without_choices, "planted.risks", "选择栏没有选项"),
    PLANT(lost_references, "planted.crew", "指向的台账“{0}”不存在"),
    PLANT(no_columns, "planted.items", "表格栏须有列，别的栏不能有"),
    PLANT(column_twice, "planted.items", "表格的列“{0}”重复"),
    PLANT(column_of_files, "planted.items", "表格的列“{0}”不能是这种类型"),
    PLANT(columns_elsewhere, "planted.title", "表格栏须有列，别的栏不能有"),
    PLANT(computed_text, "planted.title", "计算栏须是数、金额或时长"),
    PLANT(computed_from_nothing, "planted.total", "没有栏目“{0}”"),
    PLANT(computed_from_itself, "planted.total", "“{0}”不是可以计算的数"),
    PLANT(computed_required, "planted.total", "计算栏不能是必填栏或编号栏"),
    PLANT(computed_broken, "planted.total", "这里应为数或栏目"),
    PLANT(computed_tells_a_secret, "planted.total", "用到了保密栏，本栏也须保密"),
    PLANT(several_texts, "planted.title", "只有文件栏可以限于图片或有多个"),
    PLANT(pictures_of_text, "planted.title", "只有文件栏可以限于图片或有多个"),
    PLANT(no_read_right, "planted", "台账没有名称，或没有查看、登记的权限"),
    PLANT(field_without_key, "planted.?", "栏目的键不合规：小写字母开头，只含小写字母、数字和下划线"),
    PLANT(choices_of_text, "planted.title", "不是选择栏，却有选项"),
    PLANT(choice_key, "planted.kind", "选项“{0}”的键或名称不合规"),
    PLANT(choice_without_label, "planted.kind", "选项“{0}”的键或名称不合规"),
    PLANT(too_many_columns, "planted.items", "表格的列太多"),
    PLANT(column_key, "planted.items", "表格的列“{0}”的键或名称不合规"),
    PLANT(column_without_choices, "planted.items", "表格的列“{0}”没有选项"),
    PLANT(text_refers, "planted.title", "不是引用栏，却指向“{0}”"),
    PLANT(private_index, "planted.title", "这类栏目或保密栏不能建索引"),
    PLANT(index_of_long, "planted.items", "这类栏目或保密栏不能建索引"),
    PLANT(named_by_number, "planted.people", "记录名称须是文本栏"),
    PLANT(two_names, "planted", "记录名称只能有一栏"),
    PLANT(two_keys, "planted", "编号栏只能有一栏"),
    PLANT(nothing_listed, "planted", "没有一栏在列表里显示"),
    PLANT(no_fields, "planted", "台账没有栏目"),
    PLANT(register_key, "Planted", "台账的键不合规"),
    PLANT(register_without_key, "?", "台账的键不合规"),
    PLANT(register_without_label, "planted", "台账没有名称，或没有查看、登记的权限"),
    PLANT(no_record_right, "planted", "台账没有名称，或没有查看、登记的权限"),
    PLANT(date_not_required, "planted.date", "记录日期须是必填的日期栏"),
    PLANT(date_of_text, "planted.title", "记录日期须是必填的日期栏"),
    PLANT(move_key, "planted.close-it", "步骤的键不合规"),
    PLANT(move_without_key, "planted.?", "步骤的键不合规"),
    PLANT(measure_without_key, "planted.?", "统计项的键或名称不合规"),
    PLANT(move_taken, "planted.edit", "“{0}”是系统用的名称"),
    PLANT(move_twice, "planted.close", "步骤“{0}”重复"),
    PLANT(move_without_label, "planted.close", "步骤没有名称或权限"),
    PLANT(from_nowhere, "planted.close", "步骤没有起始状态"),
    PLANT(state_key, "planted.Closed", "状态的键或名称不合规"),
    PLANT(state_without_key, "planted.?", "状态的键或名称不合规"),
    PLANT(state_without_label, "planted.closed", "状态的键或名称不合规"),
    PLANT(state_twice, "planted.open", "状态“{0}”重复"),
    PLANT(moves_without_states, "planted", "有步骤，却没有状态"),
    PLANT(measure_key, "planted.People", "统计项的键或名称不合规"),
    PLANT(measure_without_label, "planted.people", "统计项的键或名称不合规"),
    PLANT(measure_twice, "planted.people", "统计项“{0}”重复"),
    PLANT(distinct_of_nothing, "planted.people", "栏目“{0}”不存在"),
    PLANT(measure_without_date, "planted.people", "统计项没有日期栏，不知道属于哪个时期"),
};

static void planted_mistakes_are_caught(void **state) {
    (void)state;
    char place[80];
    const struct reg *one[] = {&good};
    make_good();
    assert_int_equal(mistakes(one, 1, place, NULL, 1), 0);
    unsigned missed = 0;
    for (size_t i = 0; i < COUNT_OF(planted); i++) {
        make_good();
        planted[i].plant();
        const char *sentence;
        if (mistakes(one, 1, place, &sentence, 0) && !strcmp(place, planted[i].place) && !strcmp(sentence, planted[i].sentence))
            continue;
        print_error("not caught: %s; told of %s\n", planted[i].name, place);
        missed++;
    }
    assert_int_equal(missed, 0);
    make_good();
    const struct reg *twice[] = {&good, &good};
    assert_true(mistakes(twice, 2, place, NULL, 0) == 1);
    assert_string_equal(place, "planted");
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {cmocka_unit_test(shipped_packs_are_clean), cmocka_unit_test(planted_mistakes_are_caught)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
