/* test_report.c - drafts over real registers: words, checks, zeros, freezing, what changed since, and the same bytes twice. */
#include "fixture.h"

static struct installation in;
static struct doc_fonts *fonts;

static const struct period year = {17897, 18261}; /* 2019 */

static struct draft draft_of_period(const char *text, struct period period) {
    static const struct report_kind kind = {"test", "测试", "college", ""};
    _cleanup_(store_read_end) struct conn *c = NULL;
    struct notes notes;
    struct draft d;
    notes_init(&notes, &in.arena);
    assert_int_equal(store_read_begin(in.store, &c), FAULT_NONE);
    enum fault f = report_draft(in.registers, c, &kind, text, period, "演示学院", LANG_ZH, TEST_NOW, &in.arena, &notes, &d);
    if (f) told(&notes);
    assert_int_equal(f, FAULT_NONE);
    return d;
}

#define HEAD                                                                                                                       \
    "---\ntitle: 报告\nfigure found = finding.found\nfigure solved = finding.solved\nfigure open = finding.open\nfigure att = "  \
    "activity.attendances\n"                                                                                                       \
    "figure act = activity.count\nfigure net = duty.network\nfigure talks = talk.count\nfigure staff = headcount.staff\n"
enum { BODY = 13 };

static struct draft draft_of(const char *body) { return draft_of_period(arena_format(&in.arena, HEAD "---\n\n%s\n", body), year); }

static const char *said(const struct report_check *c) {
    _cleanup_(text_release) struct text out;
    text_init(&out, 4000);
    note_fill(&out, c->sentence, c->args);
    return arena_format(&in.arena, "%s %s", c->place, out.at);
}

/* The body reads so, and exactly `failed` checks fail, one of them saying `words`. */
static void reads_so(const char *body, const char *expected, unsigned failed, const char *words) {
    struct draft d = draft_of(body);
    unsigned n = 0;
    bool seen = !words;
    for (size_t i = 0; i < d.check_count; i++) {
        if (d.checks[i].passed) continue;
        n++;
        if (words && strstr(said(&d.checks[i]), words)) seen = true;
    }
    if (n != failed || !seen) {
        for (size_t i = 0; i < d.check_count; i++) print_message("# %d %s\n", d.checks[i].passed, said(&d.checks[i]));
        fail_msg("“%s”: %u failed checks instead of %u, or none says “%s”", body, n, failed, words ? words : "");
    }
    assert_int_equal(d.issuable, failed == 0);
    if (expected && !strstr(d.markdown, expected)) fail_msg("“%s” should stand in: %s", expected, d.markdown);
}

static struct id finding(const char *number, const char *found, const char *closed) {
    struct id id = add(
        &in, "finding",
        CELLS({"number", number}, {"found", found}, {"summary", "气瓶没有固定"}, {"grade", "ordinary"}, {"owner", "jia"}));
    if (!closed) return id;
    assert_int_equal(change(&in, CHANGE_MOVE, "finding", &id, "submit", closed, CELLS({"remedy", "已固定"}, {"evidence", "照片"})),
                     FAULT_NONE);
    assert_int_equal(change(&in, CHANGE_MOVE, "finding", &id, "pass", closed, CELLS({"recheck", "现场看过"})), FAULT_NONE);
    return id;
}

static void activity(const char *date, const char *attendances) {
    add(&in, "activity",
        CELLS({"date", date}, {"kind", "lecture"}, {"topic", "消防安全"}, {"audience", "students"}, {"attendances", attendances},
              {"speaker", "jia"}));
}

static struct id three[3]; /* the findings of 2019 */

static void open_all(void) {
    installation_open(&in);
    finding("WT2018-01", "2018-05-05", "2018-06-01");
    three[0] = finding("WT2019-01", "2019-03-01", "2019-03-08");
    three[1] = finding("WT2019-02", "2019-04-01", "2019-04-08");
    three[2] = finding("WT2019-03", "2019-12-20", "2020-01-02"); /* closed after the year: open at its end */
    activity("2019-01-01", "485");
    activity("2019-12-31", "500");
    activity("2020-01-01", "70");
    struct id id;
    assert_int_equal(change(&in, CHANGE_ADD, "headcount", &id, NULL, "2018-01-01",
                            CELLS({"group", "教职工"}, {"kind", "staff"}, {"count", "31"})),
                     FAULT_NONE);
}

/* ---- tests ---- */

static void figures_follow_both_times(void **state) {
    (void)state;
    reads_so("发现{{found}}项，解决{{solved}}项，整改中{{open}}项。", "发现3项，解决2项，整改中1项。", 0, NULL);
    struct draft d = draft_of("{{found}}项");
    assert_int_equal(d.figures[0].previous, 1);
    assert_int_equal(d.figures[0].record_count, 3);
    for (size_t i = 1; i < 3; i++)
        assert_true(memcmp(&d.figures[0].records[i - 1].record, &d.figures[0].records[i].record, ID_BYTES) < 0);
    assert_int_equal(d.figures[3].value, 985);
}

static void words_are_chosen_and_claims_checked(void **state) {
    (void)state;
    reads_so("参加{{att 近}}人次", "参加近1000人次", 0, NULL);
    reads_so("参加{{att 近 汉字}}人次", "参加近千人次", 0, NULL);
    reads_so("参加{{att 余}}人次", "参加900余人次", 0, NULL);
    reads_so("参加{{att 突破}}人次", "参加突破900人次", 0, NULL);
    reads_so("开展{{act 汉字}}场次", "开展两场次", 0, NULL);
    reads_so("开展{{act 近}}场次", "开展2场次", 0, NULL);
    reads_so("参加{{att 近 1000}}人次", "近1000", 0, NULL);
    reads_so("参加{{att 近 2000}}人次", "近2000", 1, "第 13 行 写的是“近2000”，记录数是 985");
    reads_so("参加{{att 余 1000}}人次", NULL, 1, "1000余");
    reads_so("参加{{att 突破 1000}}人次", NULL, 1, "突破1000");
    reads_so("问题{{found 较上年}}，场次{{act 较上年}}", "问题比上年增加2项，场次上年没有记录，无从比较", 0, NULL);
    reads_so("问题{{solved 主要 found}}解决", "问题主要解决", 0, NULL);
    reads_so("问题{{solved 全部 found}}解决", NULL, 1, "“全部”");
    reads_so("问题{{open 个别 found}}未解决", "问题个别未解决", 0, NULL);
    reads_so("问题{{act 全部 found}}解决", NULL, 1, "单位不同");
}

static void unit_words_must_fit(void **state) {
    (void)state;
    reads_so("参加{{att}}人", NULL, 1, "“参加安全教育人次”的单位是“人次”，后面却写了“人”");
    reads_so("教职工{{staff}}人次", NULL, 1, "单位是“人”");
    reads_so("教职工{{staff}}人", "教职工31人", 0, NULL);
    reads_so("教职工{{staff}}名", NULL, 0, NULL);
    reads_so("问题**{{found}}**个", NULL, 0, NULL);
    reads_so("问题{{found}}次", NULL, 1, "项");
    reads_so("讲座{{act}}场", NULL, 0, NULL);
    reads_so("近{{att}}人次", NULL, 1, "“近”没有核对");
    reads_so("{{att}}余人次", NULL, 1, "“余”没有核对");
    reads_so("最近{{found}}项", NULL, 0, NULL);
}

static void identities_are_held(void **state) {
    (void)state;
    struct draft d = draft_of_period(HEAD "identity found = solved + open\n---\n正文\n", year);
    assert_true(d.issuable);
    assert_int_equal(d.check_count, 1);
    d = draft_of_period(HEAD "identity found = solved - open\n---\n正文\n", year);
    assert_false(d.issuable);
    assert_string_equal(said(&d.checks[0]), "第 11 行 发现问题 3 不等于 解决问题 2 − 正在整改 1；请核对记录的状态，再起草");
}

static void stray_numbers_are_found(void **state) {
    (void)state;
    static const char *const fine[] = {"2019年3月28日，2018—2019学年，3—5月，2019级，3月5日至8日",
                                       "《致2019级学生家长的100封信》",
                                       "某政办〔2017〕223号",
                                       "第3、6号楼，第12次",
                                       "6号楼与8号楼",
                                       "1. 一是，二是",
                                       "（1）甲",
                                       "A4纸",
                                       "2019-03-01",
                                       "统一部署，一次，一项，第二次，第三、四次",
                                       "{{原文 12329}}热线",
                                       "十分重要，三防",
                                       "[网页](https://example.org/12345)"};
    for (size_t i = 0; i < COUNT_OF(fine); i++) reads_so(fine[i], NULL, 0, NULL);
    static const struct {
        const char *body, *words;
    } bad[] = {{"检查了5次", "“5次”"},
               {"合格率98.5%", "“98.5%”"},
               {"第一行\n\n\n有9项问题", "第 16 行 “9项”"},
               {"两次检查", "“两次”"},
               {"十余人次", "“十余人次”"},
               {"八个方面", "“八个”"},
               {"百分之九十", "百分之"},
               {"13月", "“13月”"},
               {"限30日内", "“30日”"},
               {"参加２０人", "“２０人”"},
               {"1234年", "“1234年”"},
               {"一百人", "“一百人”"},
               {"未发生火灾", "“未发生”没有核对"},
               {"零事故", "零事故"}};
    for (size_t i = 0; i < COUNT_OF(bad); i++) reads_so(bad[i].body, NULL, 1, bad[i].words);
}

static void zero_needs_more_than_an_empty_register(void **state) {
    (void)state;
    installation_close(&in);
    open_all();
    reads_so("{{net 未发生}}网络安全事件", "未发生网络安全事件", 1, "安全值班台账 2019-01-01没有记为零的记录");
    reads_so("谈话{{talks}}次", NULL, 1, "在报告期内没有任何记录");
    struct id id = {0};
    for (civil_day day = year.start; day <= year.end; day++) {
        char date[CIVIL_TEXT];
        civil_format(day, date);
        if (!strcmp(date, "2019-07-01")) continue;
        id = add(
            &in, "duty",
            CELLS({"date", date}, {"leader", "jia"}, {"officer", "jia"}, {"events", "正常"}, {"incidents", "0"}, {"network", "0"}));
    }
    reads_so("{{net 未发生}}网络安全事件", NULL, 1, "2019-07-01");
    struct id zero = add(&in, "zero_declaration",
                         CELLS({"register", "duty.network"}, {"label", "网络安全事件"}, {"from", "2019-01-01"},
                               {"to", "2019-06-30"}, {"statement", "核对"}));
    assert_int_equal(change(&in, CHANGE_MOVE, "zero_declaration", &zero, "sign", NULL, NULL), FAULT_NONE);
    reads_so("{{net 未发生}}网络安全事件", NULL, 1, "没有签署的零报告");
    zero = add(&in, "zero_declaration",
               CELLS({"register", "duty"}, {"label", "网络安全事件"}, {"from", "2019-07-01"}, {"to", "2019-12-31"},
                     {"statement", "核对"}));
    reads_so("{{net 未发生}}网络安全事件", NULL, 1, "没有签署的零报告");
    assert_int_equal(change(&in, CHANGE_MOVE, "zero_declaration", &zero, "sign", NULL, NULL), FAULT_NONE);
    reads_so("{{net 未发生}}网络安全事件", "未发生网络安全事件", 0, NULL);
    zero = add(&in, "duty",
               CELLS({"date", "2019-07-01"}, {"leader", "jia"}, {"officer", "jia"}, {"events", "正常"}, {"incidents", "0"},
                     {"network", "0"}));
    struct draft d = draft_of("{{net 未出现}}网络安全事件");
    assert_true(d.issuable && d.figures[5].zero_shown);
    assert_string_equal(d.figures[5].zero_by, "安全值班台账每日均有记录，均为零");
    assert_int_equal(change(&in, CHANGE_EDIT, "duty", &id, NULL, NULL, CELLS({"network", "2"})), FAULT_NONE);
    reads_so("{{net 未发生}}网络安全事件", "发生2起网络安全事件", 0, NULL);
}

static struct issued read_back(const struct id *report) {
    _cleanup_(store_read_end) struct conn *c = NULL;
    struct notes notes;
    struct issued issued;
    notes_init(&notes, &in.arena);
    assert_int_equal(store_read_begin(in.store, &c), FAULT_NONE);
    enum fault f = report_read_issued(in.registers, c, &in.system, report, in.files, &in.arena, &notes, &issued);
    if (f) told(&notes);
    assert_int_equal(f, FAULT_NONE);
    return issued;
}

static void a_frozen_report_tells_what_changed(void **state) {
    (void)state;
    struct draft d = draft_of("发现{{found}}项，解决{{solved}}项。\n\n{{table found solved}}");
    struct id report;
    struct notes notes;
    notes_init(&notes, &in.arena);
    enum fault f = report_issue(in.registers, &in.system, TEST_NOW, &d, in.files, fonts, NULL, &notes, &report);
    if (f) told(&notes);
    assert_int_equal(f, FAULT_NONE);
    struct issued before = read_back(&report);
    assert_string_equal(before.record.state, "issued");
    assert_string_equal(before.code, d.code);
    assert_int_equal(before.position, d.position);
    assert_non_null(strstr(before.html, d.code));
    assert_non_null(strstr(before.article, "href=\"#figure-found\""));
    for (size_t i = 0; i < before.figure_count; i++) assert_int_equal(before.figures[i].change_count, 0);

    finding("WT2019-04", "2019-05-05", NULL);
    struct id corrected = three[0], gone = three[2],
              moved = three[1]; /* gone was closed only after the year: withdrawn, it does not count before, either */
    assert_int_equal(change(&in, CHANGE_EDIT, "finding", &corrected, NULL, NULL, CELLS({"summary", "更正的描述"})), FAULT_NONE);
    assert_int_equal(change(&in, CHANGE_WITHDRAW, "finding", &gone, NULL, NULL, NULL), FAULT_NONE);
    assert_int_equal(
        change(&in, CHANGE_EDIT, "finding", &moved, NULL, NULL, CELLS({"found", "2018-02-02"}, {"number", "WT2018-09"})),
        FAULT_NONE);
    struct issued after = read_back(&report);
    const struct issued_figure *found = &after.figures[0];
    assert_int_equal(found->figure.value, 3);
    assert_int_equal(found->value_now, 2);
    assert_int_equal(found->change_count, 4);
    unsigned kinds[3] = {0};
    for (size_t i = 0; i < found->change_count; i++) {
        kinds[found->changes[i].kind]++;
        assert_true(found->changes[i].position > after.position);
        if (found->changes[i].kind == SINCE_WITHDRAWN) assert_true(id_same(&found->changes[i].record, &gone));
    }
    assert_int_equal(kinds[SINCE_ADDED], 1);
    assert_int_equal(kinds[SINCE_WITHDRAWN], 1);
    assert_int_equal(kinds[SINCE_CHANGED], 2);
    assert_string_equal(after.html, before.html);
}

/* Those that were open before stay so until the store is closed, which goes on naming their tables. */
static struct registers *former[4];
static size_t former_count;

/* Opens the installation with other declarations, as a server that starts anew. */
static void reopen_with(const struct reg *changed) {
    static const struct reg *list[128];
    size_t count;
    const struct reg **regs = all_registers(&count);
    for (size_t i = 0; i < count; i++) list[i] = changed && !strcmp(regs[i]->key, changed->key) ? changed : regs[i];
    struct notes notes;
    notes_init(&notes, &in.arena);
    assert_true(former_count < COUNT_OF(former));
    former[former_count++] = in.registers;
    enum fault f = registers_open(in.store, in.journal, list, count, TEST_NOW, &notes, &in.registers);
    if (f) told(&notes);
    assert_int_equal(f, FAULT_NONE);
}

/* The findings' register without one field and with another one called otherwise. */
static struct reg without(const char *gone, const char *renamed, const char *label) {
    const struct reg *now = register_named(in.registers, "finding");
    struct reg_field *fields = arena_array(&in.arena, struct reg_field, now->field_count);
    size_t n = 0;
    for (size_t i = 0; i < now->field_count; i++) {
        if (!strcmp(now->fields[i].key, gone)) continue;
        fields[n] = now->fields[i];
        if (!strcmp(fields[n].key, renamed)) fields[n].label = label;
        n++;
    }
    assert_int_equal(n, now->field_count - 1);
    struct reg reg = *now;
    reg.fields = fields;
    reg.field_count = n;
    return reg;
}

static void assert_bundled(const struct id *report) {
    _cleanup_(store_read_end) struct conn *c = NULL;
    _cleanup_(text_release) struct text bundle;
    struct bundle_choice choice = {.log = true};
    struct verifier_key key = {.name = "test.example/report"};
    struct notes notes;
    notes_init(&notes, &in.arena);
    text_init(&bundle, 64 << 20);
    assert_int_equal(store_read_begin(in.store, &c), FAULT_NONE);
    enum fault f = report_bundle(in.registers, c, &in.system, report, in.files, &key, &choice, &in.arena, &notes, &bundle);
    if (f) told(&notes);
    assert_int_equal(f, FAULT_NONE);
    assert_true(bundle.length > 1000);
}

static void a_frozen_report_outlives_its_declarations(void **state) {
    (void)state;
    struct draft d = draft_of_period("---\ntitle: 报告\nfigure a = finding.found where inspection = null AND grade = ordinary\n"
                                     "figure b = finding.solved\n---\n\n发现{{a}}项，解决{{b}}项。\n\n{{table a b}}\n",
                                     year);
    struct id report;
    assert_int_equal(report_issue(in.registers, &in.system, TEST_NOW, &d, in.files, fonts, NULL, NULL, &report), FAULT_NONE);
    struct issued before = read_back(&report);
    assert_true(before.figures[0].known_now && before.figures[0].figure.value > 0);
    assert_bundled(&report);
    struct reg changed = without("inspection", "summary", "情况");
    reopen_with(&changed);
    struct issued after = read_back(&report);
    assert_string_equal(after.html, before.html);
    assert_string_equal(after.code, before.code);
    assert_int_equal(after.figure_count, before.figure_count);
    for (size_t i = 0; i < after.figure_count; i++) {
        const struct figure *was = &before.figures[i].figure, *is = &after.figures[i].figure;
        assert_int_equal(is->value, was->value);
        assert_int_equal(is->record_count, was->record_count);
        assert_memory_equal(is->records, was->records, was->record_count * sizeof *was->records);
        if (was->filter) assert_string_equal(is->filter, was->filter);
    }
    assert_false(after.figures[0].known_now); /* what it asked for is no longer declared */
    assert_true(after.figures[1].known_now);
    assert_bundled(&report);
    reopen_with(NULL);
    assert_true(read_back(&report).figures[0].known_now);
}

static void nothing_unfit_is_issued(void **state) {
    (void)state;
    struct draft d = draft_of("检查了5次");
    struct id report;
    struct notes notes;
    notes_init(&notes, &in.arena);
    assert_int_equal(report_issue(in.registers, &in.system, TEST_NOW, &d, in.files, fonts, NULL, &notes, &report), FAULT_STATE);
    assert_int_equal(notes.count, 1);
    struct actor nobody = {.person = in.person};
    d = draft_of("发现{{found}}项");
    assert_int_equal(report_issue(in.registers, &nobody, TEST_NOW, &d, in.files, fonts, NULL, &notes, &report), FAULT_RIGHT);
}

static void a_changed_file_is_noticed(void **state) {
    (void)state;
    struct draft d = draft_of("发现{{found}}项。");
    struct id report;
    assert_int_equal(report_issue(in.registers, &in.system, TEST_NOW, &d, in.files, fonts, NULL, NULL, &report), FAULT_NONE);
    struct issued issued = read_back(&report);
    const struct reg *reg = register_named(in.registers, "report");
    const char *value = issued.record.values[reg_field_named(reg, "pdf") - reg->fields].text;
    char path[200];
    snprintf(path, sizeof path, "%s/%.2s/%.64s", in.files, value, value);
    chmod(path, 0600);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    fputc('X', file);
    fclose(file);
    _cleanup_(store_read_end) struct conn *c = NULL;
    struct notes notes;
    notes_init(&notes, &in.arena);
    assert_int_equal(store_read_begin(in.store, &c), FAULT_NONE);
    assert_int_equal(report_read_issued(in.registers, c, &in.system, &report, in.files, &in.arena, &notes, &issued),
                     FAULT_TAMPERED);
}

static void the_same_input_is_the_same_bytes(void **state) {
    (void)state;
    struct draft first = draft_of("发现{{found}}项。\n\n{{table found act}}"),
                 second = draft_of("发现{{found}}项。\n\n{{table found act}}");
    second.now_ms += 86400000;
    for (enum report_format format = REPORT_MD; format <= REPORT_PDF; format++) {
        _cleanup_(text_release) struct text a, b;
        text_init(&a, 16 << 20), text_init(&b, 16 << 20);
        assert_int_equal(report_render(&first, format, fonts, &a, NULL), FAULT_NONE);
        assert_int_equal(report_render(&second, format, fonts, &b, NULL), FAULT_NONE);
        assert_int_equal(a.length, b.length);
        assert_memory_equal(a.at, b.at, a.length);
    }
}

static void texts_that_cannot_be_meant_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *place, *words;
    } cases[] = {{"---\ntitle: 甲\nfigure a = nowhere.count\n---\n", "第 3 行", "没有台账"},
                 {"---\ntitle: 甲\nfigure a = finding.nothing\n---\n", "第 3 行", "没有统计项"},
                 {"---\ntitle: 甲\nfigure a = finding.found where grade >\n---\n", "第 3 行", "where"},
                 {"---\ntitle: 甲\n---\n\n<b>甲</b>\n", "第 5 行", "HTML"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        _cleanup_(store_read_end) struct conn *c = NULL;
        struct notes notes;
        struct draft d;
        notes_init(&notes, &in.arena);
        assert_int_equal(store_read_begin(in.store, &c), FAULT_NONE);
        assert_int_equal(
            report_draft(in.registers, c, &report_kinds[0], cases[i].text, year, "甲", LANG_ZH, TEST_NOW, &in.arena, &notes, &d),
            FAULT_INPUT);
        assert_string_equal(notes.first->place, cases[i].place);
        assert_non_null(strstr(notes.first->sentence, cases[i].words));
    }
    struct draft d = draft_of_period("---\ntitle: 甲\nfigure a = finding.found where grade = grave\n---\n重大问题{{a}}项\n", year);
    assert_int_equal(d.figures[0].value, 0);
    assert_true(d.issuable); /* other findings were recorded, so the register is in use */
}

static void shipped_texts_hold_for_any_year(void **state) {
    (void)state;
    for (const struct report_kind *k = report_kinds; k->key; k++) {
        for (int y = 2018; y <= 2020; y++) {
            struct period p = {civil_from_ymd(y, 1, 1), civil_from_ymd(y, 12, 31)};
            struct draft d = draft_of_period(k->text, p);
            for (size_t i = 0; i < d.check_count; i++) /* without records zeros fail, but words and numbers never do */
                if (!d.checks[i].passed && !strstr(d.checks[i].sentence, "零报告")) fail_msg("%s: %s", k->key, said(&d.checks[i]));
        }
    }
}

int main(void) {
    struct arena arena = {0};
    arena_init(&arena, 1 << 20);
    struct notes notes;
    notes_init(&notes, &arena);
    if (doc_fonts_open(NULL, &notes, &fonts)) {
        printf("1..0 # SKIP no Chinese fonts\n");
        return 0;
    }
    open_all();
    const struct CMUnitTest tests[] = {cmocka_unit_test(figures_follow_both_times),
                                       cmocka_unit_test(words_are_chosen_and_claims_checked),
                                       cmocka_unit_test(unit_words_must_fit),
                                       cmocka_unit_test(identities_are_held),
                                       cmocka_unit_test(stray_numbers_are_found),
                                       cmocka_unit_test(shipped_texts_hold_for_any_year),
                                       cmocka_unit_test(texts_that_cannot_be_meant_are_refused),
                                       cmocka_unit_test(zero_needs_more_than_an_empty_register),
                                       cmocka_unit_test(the_same_input_is_the_same_bytes),
                                       cmocka_unit_test(a_frozen_report_tells_what_changed),
                                       cmocka_unit_test(a_frozen_report_outlives_its_declarations),
                                       cmocka_unit_test(nothing_unfit_is_issued),
                                       cmocka_unit_test(a_changed_file_is_noticed)};
    int failed = RUN_TESTS(tests);
    installation_close(&in);
    while (former_count) registers_close(former[--former_count]);
    doc_fonts_close(fonts);
    arena_release(&arena);
    return failed;
}
