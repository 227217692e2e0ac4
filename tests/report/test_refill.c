/* test_refill.c - forms filled for a period over real registers: what goes in, each reason why something does not, and what is kept of a place. */
#include "fixture.h"
#include "../document/zip_parts.h"

#include "report/refill.h"

static struct installation in;
static struct id form_id;
static const struct period year = {17897, 18261}; /* 2019 */
static struct period period;

#define TC(inside) "<w:tc><w:p>" inside "</w:p></w:tc>"
#define R(text) "<w:r><w:t>" text "</w:t></w:r>"
#define TR(...) "<w:tr>" __VA_ARGS__ "</w:tr>"
/* A title with a blank, a small table of figures, and a table with two rows for a list. */
#define FORM(label)                                                                                                                \
    "<w:document xmlns:w=\"w\"><w:body><w:p>" R("共检查____次") "</w:p><w:tbl>" TR(TC(R(label)) TC("")) TR(TC(R("隐患")) TC(""))   \
        TR(TC(R("谈话")) TC("")) "</w:tbl><w:tbl>" TR(TC(R("序号")) TC(R("编号"))) TR(TC("") TC("")) TR(TC("") TC(""))             \
            TR(TC(R("合计")) TC("")) "</w:tbl></w:body></w:document>"

struct filled {
    struct refill_result result;
    struct text out;
    struct notes exceptions;
};

static struct filled fill_as(const struct actor *actor, const char *document, const struct refill_place *places, size_t count) {
    const struct zip_part parts[] = {
        {"_rels/.rels", "<r><Relationship Id=\"a\" Type=\"/officeDocument\" Target=\"word/document.xml\"/></r>", 0},
        {"word/document.xml", document, 0}};
    _cleanup_(store_read_end) struct conn *c = NULL;
    struct zip_bytes file = zip_of(parts, COUNT_OF(parts));
    struct formfile *form;
    struct filled f = {0};
    civil_day today;
    assert_true(civil_parse("2020-01-02", &today));
    notes_init(&f.exceptions, &in.arena);
    text_init(&f.out, 1 << 20);
    assert_int_equal(formfile_open(file.at, file.length, "表.docx", NULL, &form), FAULT_NONE);
    assert_int_equal(store_read_begin(in.store, &c), FAULT_NONE);
    assert_int_equal(
        refill(in.registers, c, actor, form, places, count, "演示学院", period, today, &in.arena, &f.exceptions, &f.out, &f.result),
        FAULT_NONE);
    assert_int_equal(f.result.exceptions, f.exceptions.count);
    formfile_close(&form);
    free(file.at);
    return f;
}

/* The document after filling, and what was not filled; exactly so many cells were. */
static void fills(const struct actor *actor, const char *document, const struct refill_place *places, size_t count, size_t cells,
                  const char *expected, const char *const *told_of) {
    struct filled f = fill_as(actor, document, places, count);
    char *text = zip_part_read(f.out.at, f.out.length, "word/document.xml");
    const struct note *n = f.exceptions.first;
    if (expected && !strstr(text, expected)) fail_msg("“%s” should stand in: %s", expected, text);
    if (!expected) assert_string_equal(text, document);
    for (; *told_of; told_of++, n = n->next) {
        _cleanup_(text_release) struct text line;
        text_init(&line, 4000);
        if (!n) fail_msg("nothing is told of “%s”", *told_of);
        text_format(&line, "%s：", n->place);
        note_fill(&line, n->sentence, n->args);
        if (!strstr(line.at, *told_of)) fail_msg("“%s” should be told, not “%s”", *told_of, line.at);
    }
    if (n) fail_msg("more is told: %s", n->sentence);
    assert_int_equal(f.result.filled, cells);
    free(text);
    text_release(&f.out);
}

#define TOLD(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NOTHING ((const char *const[]){NULL})

static struct refill_place figure_place(const char *sheet, uint32_t row, uint32_t column, const char *reg, const char *measure,
                                        const char *beside) {
    struct refill_place p = {
        .sheet = sheet, .row = row, .column = column, .register_key = reg, .measure_key = measure, .where = "", .beside = beside};
    p.reg = register_named(in.registers, reg);
    p.measure = p.reg ? reg_measure_named(p.reg, measure) : NULL;
    return p;
}

static struct refill_place list_place(const char *field) {
    static struct refill_column columns[2];
    struct refill_place p = figure_place("表格2", 2, 0, "inspection", "", "序号");
    p.list = true;
    columns[0] = (struct refill_column){0, "#", NULL};
    columns[1] = (struct refill_column){1, field, reg_field_named(p.reg, field)};
    p.columns = columns;
    p.column_count = 2;
    return p;
}

static void inspection(const char *number, const char *date, const char *kind) {
    add(&in, "inspection",
        CELLS({"number", number}, {"date", date}, {"kind", kind}, {"place", "图书馆"}, {"leader", "jia"}, {"inspectors", "3"},
              {"content", "查"}));
}

static void figures_are_filled(void **state) {
    (void)state;
    struct refill_place places[] = {figure_place("正文1", 1, 1, "inspection", "count", "共检查＿次"),
                                    figure_place("表格1", 1, 1, "inspection", "inspectors", "检查人次")};
    fills(&in.system, FORM("检查人次"), places, 1, 1, "共检查_3__次", NOTHING);
    fills(&in.system, FORM("检查人次"), places, 2, 2, TC(R("检查人次")) TC("<w:r><w:t xml:space=\"preserve\">9</w:t></w:r>"),
          NOTHING);
    places[0].where = "kind = fire";
    fills(&in.system, FORM("检查人次"), places, 1, 1, "共检查_1__次", NOTHING);
}

static void zero_is_filled_only_where_somebody_vouches_for_it(void **state) {
    (void)state;
    struct refill_place p = figure_place("表格1", 3, 1, "talk", "count", "谈话");
    fills(&in.system, FORM("检查人次"), &p, 1, 0, NULL, TOLD("表格1!B3：“谈话次数”数出来是 0，但"));
    struct id zero = add(
        &in, "zero_declaration",
        CELLS({"register", "talk"}, {"label", "谈话"}, {"from", "2019-01-01"}, {"to", "2019-12-31"}, {"statement", "核对"}));
    fills(&in.system, FORM("检查人次"), &p, 1, 0, NULL, TOLD("数出来是 0"));
    assert_int_equal(change(&in, CHANGE_MOVE, "zero_declaration", &zero, "sign", NULL, NULL), FAULT_NONE);
    fills(&in.system, FORM("检查人次"), &p, 1, 1, "<w:t xml:space=\"preserve\">0</w:t>", NOTHING);
}

static void a_list_fills_its_place_and_no_more(void **state) {
    (void)state;
    struct refill_place p = list_place("number");
#define ROW(n, number)                                                                                                             \
    "<w:r><w:t xml:space=\"preserve\">" n "</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t xml:space=\"preserve\">" number
    fills(&in.system, FORM("甲"), &p, 1, 4, ROW("1", "J-1"), TOLD("表格2!A2：名单有 3 行，表上只有 2 行的位置；后面的没有填"));
    fills(&in.system, FORM("甲"), &p, 1, 4, ROW("2", "J-2"), TOLD("3 行"));
    p.where = "kind = fire";
    fills(&in.system, FORM("甲"), &p, 1, 2, ROW("1", "J-2"), NOTHING);
    p.where = "kind = oil";
    fills(&in.system, FORM("甲"), &p, 1, 0, NULL, TOLD("表格2!A2：这一期台账“安全检查台账”里没有符合的记录"));
    p.sheet = "正文1", p.row = 1, p.column = 1, p.beside = "共检查＿次", p.where = "", p.columns[0].column = 1, p.column_count = 1;
    fills(&in.system, FORM("甲"), &p, 1, 1, "共检查_1__次", TOLD("只有 1 行"));
}

static void each_reason_is_told_and_the_cell_left(void **state) {
    (void)state;
    struct actor nobody = {.name = "乙", .login = "yi"};
    struct refill_place p = figure_place("表格1", 1, 1, "inspection", "count", "检查次数");
    fills(&in.system, FORM("检查次数"), &p, 1, 1, "检查次数", NOTHING);
    fills(&in.system, FORM("发现隐患数"), &p, 1, 0, NULL, TOLD("表格1!B1：格子旁边原来写“检查次数”，现在写“发现隐患数”"));
    fills(&nobody, FORM("检查次数"), &p, 1, 0, NULL, TOLD("您无权查看台账“安全检查台账”"));
    p.where = "nothing = 1";
    fills(&in.system, FORM("检查次数"), &p, 1, 0, NULL, TOLD("条件已经不能用了"));
    p.where = "leader = me";
    fills(&in.system, FORM("检查次数"), &p, 1, 0, NULL, TOLD("条件已经不能用了"));
    p = figure_place("表格7", 1, 1, "inspection", "count", "检查次数");
    fills(&in.system, FORM("检查次数"), &p, 1, 0, NULL, TOLD("表格7!B1：这份表里没有“表格7”了"));
    p = figure_place("表格1", 1, 9, "inspection", "count", "检查次数");
    fills(&in.system, FORM("检查次数"), &p, 1, 0, NULL, TOLD("表格1!J1：表上没有这一格了"));
    p = figure_place("表格1", 1, 1, "gone", "count", "检查次数");
    fills(&in.system, FORM("检查次数"), &p, 1, 0, NULL, TOLD("台账或指标已经没有了：gone count"));
    p = figure_place("表格1", 1, 1, "inspection", "gone", "检查次数");
    fills(&in.system, FORM("检查次数"), &p, 1, 0, NULL, TOLD("台账或指标已经没有了：inspection gone"));
    p = figure_place("表格1", 2, 0, "inspection", "count", "检查次数");
    fills(&in.system, FORM("检查次数"), &p, 1, 0, NULL, TOLD("表格1!A2：这一格已经写着别的文字"));
    struct refill_place twice[] = {figure_place("表格1", 1, 1, "inspection", "count", "检查次数"),
                                   figure_place("表格1", 1, 1, "inspection", "inspectors", "检查次数")};
    fills(&in.system, FORM("检查次数"), twice, 2, 1, "<w:t xml:space=\"preserve\">3</w:t>",
          TOLD("这一格还有别的内容要填，只填了一个"));
    p = list_place("number");
    p.where = "nothing = 1";
    fills(&in.system, FORM("检查次数"), &p, 1, 0, NULL, TOLD("条件已经不能用了"));
    p = list_place("number");
    p.columns[1].key = "gone", p.columns[1].field = NULL;
    fills(&in.system, FORM("检查次数"), &p, 1, 0, NULL, TOLD("没有栏目“gone”"));
}

static struct refill_place fact_place(const char *fact) {
    struct refill_place p = figure_place("表格1", 1, 1, "", "", "甲");
    p.fact = refill_fact_named(fact);
    assert_non_null(p.fact);
    return p;
}

static void what_a_form_asks_about_itself(void **state) {
    (void)state;
    static const struct {
        const char *fact, *period, *value;
    } facts[] = {{"institution", "2019", "演示学院"},
                 {"person", "2019", "丙"},
                 {"today", "2019", "2020年1月2日"},
                 {"today_year", "2019", "2020"},
                 {"today_month", "2019", "1"},
                 {"today_day", "2019", "2"},
                 {"period", "2019-Q3", "2019年第三季度"},
                 {"period_year", "2019-H1", "2019"},
                 {"period_quarter", "2019-Q3", "3"},
                 {"period_month", "2019-11", "11"},
                 {"period_year", "2018-12-01..2019-01-31", NULL},
                 {"period_quarter", "2019-11", NULL},
                 {"period_month", "2019-Q3", NULL},
                 {"period_month", "2019", NULL}};
    struct actor person = in.system;
    person.name = "丙";
    for (size_t i = 0; i < COUNT_OF(facts); i++) {
        struct refill_place p = fact_place(facts[i].fact);
        assert_int_equal(period_parse(facts[i].period, NULL, &period), FAULT_NONE);
        if (facts[i].value)
            fills(&person, FORM("甲"), &p, 1, 1, arena_format(&in.arena, "<w:t xml:space=\"preserve\">%s</w:t>", facts[i].value),
                  NOTHING);
        else fills(&person, FORM("甲"), &p, 1, 0, NULL, TOLD("没有“"));
    }
    period = year;
    struct refill_place p = fact_place("person");
    fills(&person, FORM("乙"), &p, 1, 0, NULL, TOLD("格子旁边原来写“甲”，现在写“乙”"));
}

static void keeps(const struct refill_place *p, enum fault fault, const char *place) {
    struct notes notes;
    notes_init(&notes, &in.arena);
    assert_int_equal(refill_place_keep(in.registers, &in.system, TEST_NOW, &form_id, p, &in.arena, &notes), fault);
    if (place) assert_string_equal(notes.first->place, place);
}

static size_t kept(struct refill_place **out) {
    _cleanup_(store_read_end) struct conn *c = NULL;
    size_t count;
    assert_int_equal(store_read_begin(in.store, &c), FAULT_NONE);
    assert_int_equal(refill_places(in.registers, c, &form_id, &in.arena, out, &count), FAULT_NONE);
    return count;
}

static void places_are_kept_and_read_back(void **state) {
    (void)state;
    struct refill_place *got, p = figure_place("表格1!B3", 2, 27, "inspection", "count", "检查＿次"), wrong = p, none = p;
    form_id = add(&in, "form",
                  CELLS({"name", "季报"}, {"received", "2020-01-02"},
                        {"file", "0000000000000000000000000000000000000000000000000000000000000000:9:表.docx"}));
    p.where = "kind = fire";
    wrong.measure = NULL;
    keeps(&wrong, FAULT_INPUT, "measure");
    wrong = p, wrong.where = "nothing = 1";
    keeps(&wrong, FAULT_INPUT, "where");
    wrong.where = "leader = me"; /* a figure is the same for all */
    keeps(&wrong, FAULT_INPUT, "where");
    wrong = list_place("number"), wrong.column_count = 0;
    keeps(&wrong, FAULT_INPUT, "columns");
    wrong = list_place("number"), wrong.columns[1].key = "gone";
    keeps(&wrong, FAULT_INPUT, "columns");
    assert_int_equal(kept(&got), 0);
    keeps(&p, FAULT_NONE, NULL);
    assert_int_equal(kept(&got), 1);
    assert_true(got->row == 2 && got->column == 27 && !got->list && got->reg == p.reg && got->measure == p.measure);
    assert_string_equal(got->sheet, "表格1!B3");
    assert_string_equal(got->where, "kind = fire");
    assert_string_equal(got->beside, "检查＿次");
    struct refill_place list = list_place("number");
    keeps(&list, FAULT_NONE, NULL);
    list.where = "kind = oil"; /* said again of the same cell */
    keeps(&list, FAULT_NONE, NULL);
    assert_int_equal(kept(&got), 2);
    const struct refill_place *l = got[0].list ? &got[0] : &got[1];
    assert_true(l->list && l->column_count == 2 && l->columns[1].column == 1 && l->columns[1].field);
    assert_string_equal(l->where, "kind = oil");
    struct refill_place fact = fact_place("today_day");
    keeps(&fact, FAULT_NONE, NULL);
    assert_int_equal(kept(&got), 3);
    assert_true(got[0].fact == fact.fact || got[1].fact == fact.fact || got[2].fact == fact.fact);
    fact.fact = NULL, fact.reg = NULL;
    keeps(&fact, FAULT_NONE, NULL);
    none.reg = NULL;
    keeps(&none, FAULT_NONE, NULL);
    assert_int_equal(kept(&got), 1);
}

static int open_all(void **state) {
    (void)state;
    period = year;
    installation_open(&in);
    inspection("J-2", "2019-05-01", "fire");
    inspection("J-1", "2019-03-01", "laboratory");
    inspection("J-3", "2019-12-31", "laboratory");
    inspection("J-0", "2018-12-31", "fire");
    return 0;
}

static int close_all(void **state) {
    (void)state;
    installation_close(&in);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_filled),
        cmocka_unit_test(zero_is_filled_only_where_somebody_vouches_for_it),
        cmocka_unit_test(a_list_fills_its_place_and_no_more),
        cmocka_unit_test(each_reason_is_told_and_the_cell_left),
        cmocka_unit_test(what_a_form_asks_about_itself),
        cmocka_unit_test(places_are_kept_and_read_back),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, open_all, close_all);
}
