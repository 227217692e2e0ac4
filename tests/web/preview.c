/* preview.c - writes every page with invented data into a folder, to be looked at in a browser and checked for accessibility. */
#include "base/fault.h"
#include "web/catalogue.h"
#include "web/static.h"
#include "web/template.h"
#include "web/template_keys.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define K(name) VIEW_KEY_##name

static const char *folder;
static enum lang lang;
static struct arena arena;

static struct view *page_new(const char *title) {
    struct view *v = view_new(&arena, lang);
    view_tr(v, K(title), title);
    view_text(v, K(institution), "示例学院（虚构）");
    view_text(v, K(style_url), static_path("taizhang.css"));
    view_text(v, K(icon_url), static_path("icon.svg"));
    view_text(v, K(lang_tag), lang_tag(lang));
    view_text(v, K(lang_url), lang == LANG_EN ? "../zh-CN/home.html" : "/en/home.html");
    view_text(v, K(lang_other), lang == LANG_EN ? "中文" : "English");
    view_text(v, K(lang_other_tag), lang == LANG_EN ? "zh-CN" : "en");
    view_text(v, K(user), "演示·林晓");
    view_text(v, K(csrf), "0123456789abcdef");
    view_bool(v, K(demo), true);
    view_bool(v, K(may_doctor), true);
    view_int(v, K(journal_size), 1284);
    view_text(v, K(head_code), "1284-7Q4M-K2XA-9TTD");
    view_text(v, K(program_version), "0.1.0");
    return v;
}

static void page_write(const char *name, unsigned id, const struct view *v) {
    _cleanup_(text_release) struct text out;
    text_init(&out, 1 << 22);
    template_render(id, v, &out);
    assert(!out.over);
    char path[4096];
    snprintf(path, sizeof path, "%s/%s/%s.html", folder, lang_tag(lang), name);
    FILE *f = fopen(path, "w");
    assert(f);
    fwrite(out.at, 1, out.length, f);
    fclose(f);
}

static struct view *field_add(struct view_list *list, unsigned kind, const char *id, const char *label, const char *value,
                              bool required) {
    struct view *f = view_item(list);
    view_format(f, K(id), "f-%s", id);
    view_text(f, K(name), id);
    view_tr(f, K(label), label);
    view_text(f, K(value), value);
    view_bool(f, K(required), required);
    view_bool(f, kind, true);
    return f;
}

static void option_add(struct view_list *list, const char *value, const char *label, bool selected) {
    struct view *o = view_item(list);
    view_text(o, K(value), value);
    view_tr(o, K(label), label);
    view_bool(o, K(selected), selected);
}

static void columns_add(struct view *v, const char *const *labels, unsigned count) {
    struct view_list *columns = view_list(v, K(columns));
    for (unsigned i = 0; i < count; i++) {
        struct view *c = view_item(columns);
        view_tr(c, K(label), labels[i]);
        view_bool(c, K(num), i == 3);
    }
}

static void rows_add(struct view *v, int count) {
    static const char *const labels[] = {"问题描述", "等级", "发现日期", "处数", "责任人", "整改期限", "状态"};
    static const char *const summaries[] = {"实验楼三层灭火器压力不足",
                                            "学生公寓二号楼疏散通道堆放杂物，需要清理并张贴禁止堆放的标识", "化学品柜未双人双锁",
                                            "配电间未张贴警示标志", "校车灭火器过期"};
    static const char *const grades[] = {"重大", "一般", "轻微"}, *const states[] = {"整改中", "待复核", "已销号"},
                             *const tones[] = {"bad", "work", "good"};
    columns_add(v, labels, 7);
    view_tr(v, K(caption), "问题整改台账");
    _cleanup_(text_release) struct text rows;
    text_init(&rows, 1 << 20);
    for (int i = 0; i < count; i++) {
        text_format(&rows, "<tr%s><th scope=\"row\" data-label=\"问题描述\"><a href=\"/r/finding/0123\">%s</a>%s</th>",
                    i % 11 == 4 ? " class=\"gone\"" : "", summaries[i % 5],
                    i % 7 == 2 ? " <span class=\"badge late\">补录</span>" : "");
        text_format(&rows,
                    "<td data-label=\"等级\">%s</td><td data-label=\"发现日期\">2019-%02d-%02d</td><td data-label=\"处数\" "
                    "class=\"num\">%d</td>",
                    grades[i % 3], 12 - i % 12, 1 + i * 7 % 28, i % 4 + 1);
        text_format(&rows, "<td data-label=\"责任人\">%s</td><td data-label=\"整改期限\">2019-%02d-%02d</td>",
                    i % 2 ? "演示·赵明" : "演示·欧阳文静", 12 - i % 12, 1 + i * 7 % 28);
        text_format(&rows, "<td data-label=\"状态\"><span class=\"badge %s\">%s</span></td></tr>\n", tones[i % 3], states[i % 3]);
    }
    view_html(v, K(rows_html), arena_copyn(v->arena, rows.length ? rows.at : "", rows.length));
    view_bool(v, K(paged), true);
    view_text(v, K(next_url), "/r/finding?after=x");
    view_text(v, K(prev_url), "/r/finding?before=x");
}

static void errors_add(struct view *v) {
    view_tr(v, K(fault), fault_sentence(FAULT_INPUT));
    struct view_list *errors = view_list(v, K(errors));
    struct view *e = view_item(errors);
    view_text(e, K(href), "#f-found");
    view_tr(e, K(place), "发现日期");
    view_text(e, K(text), "应为日期，如 2019-03-01");
    e = view_item(errors);
    view_text(e, K(href), "#f-summary");
    view_tr(e, K(place), "问题描述");
    view_text(e, K(text), "必须填写");
}

static void groups_add(struct view *v) {
    static const char *const names[][3] = {{"宣传教育", "安全教育台账", "每一场安全教育：形式、主题、对象和参加人次。"},
                                           {"宣传教育", "发放材料台账", "标语、横幅、手册、问卷和通知。"},
                                           {"检查整改", "安全检查台账", "每一次检查：范围、参加人和结果。"},
                                           {"检查整改", "问题整改台账", "检查发现了什么，由谁整改，何时完成。"},
                                           {"检查整改", "谈话台账", NULL}};
    struct view_list *groups = view_list(v, K(groups)), *registers = NULL;
    for (unsigned i = 0; i < COUNT_OF(names); i++) {
        if (!i || strcmp(names[i][0], names[i - 1][0]) != 0) {
            struct view *g = view_item(groups);
            view_tr(g, K(label), names[i][0]);
            registers = view_list(g, K(registers));
        }
        struct view *r = view_item(registers);
        view_text(r, K(url), "/r/finding");
        view_tr(r, K(label), names[i][1]);
        view_tr(r, K(purpose), names[i][2]);
        view_int(r, K(count), 5 + i * 17);
        view_int(r, K(open), i == 3 ? 2 : 0);
        view_text(r, K(add_url), i == 4 ? NULL : "/r/finding/new");
    }
}

static void home_write(void) {
    struct view *v = page_new("首页");
    view_bool(v, K(nav_home), true);
    view_text(v, K(notice), "“实验楼三层灭火器压力不足”已保存。");
    struct view_list *list = view_list(v, K(attention));
    for (int i = 0; i < 3; i++) {
        struct view *a = view_item(list);
        view_text(a, K(url), "/r/finding/1");
        view_tr(a, K(state), i ? "待复核" : "整改中");
        view_text(a, K(tone), i ? "work" : "bad");
        view_text(a, K(label), "学生公寓二号楼疏散通道堆放杂物");
        view_text(a, K(text), i ? "演示·赵明 2019-11-02 提交" : "2019-10-21 发现，责任人：您");
    }
    view_text(v, K(attention_url), "/r/finding?filter=x");
    view_int(v, K(attention_count), 11);
    groups_add(v);
    list = view_list(v, K(changes));
    for (int i = 0; i < 6; i++) {
        struct view *c = view_item(list);
        view_text(c, K(url), "/r/finding/1");
        view_text(c, K(label), i % 2 ? "化学品柜未双人双锁" : "消防知识讲座");
        view_tr(c, K(register), i % 2 ? "问题整改台账" : "安全教育台账");
        view_tr(c, K(what), i % 3 ? "新增" : "修改");
        view_text(c, K(who), "演示·林晓");
        view_text(c, K(moment), "2019-12-30 09:14:07");
        view_bool(c, K(late), i == 2);
    }
    page_write("home", TEMPLATE_home, v);
    v = page_new("首页");
    view_bool(v, K(fresh), true);
    groups_add(v);
    page_write("home-fresh", TEMPLATE_home, v);
    v = page_new("台账");
    view_bool(v, K(nav_registers), true);
    groups_add(v);
    page_write("registers", TEMPLATE_registers, v);
}

static void signin_write(void) {
    struct view *v = page_new("登录");
    view_text(v, K(user), NULL);
    view_text(v, K(head_code), NULL);
    view_text(v, K(back), "/");
    view_text(v, K(fault), "登录名或密码不对。");
    struct view_list *list = view_list(v, K(demo_accounts));
    struct view *a = view_item(list);
    view_text(a, K(login), "linxiao");
    view_text(a, K(password), "demo-2019-linxiao");
    view_text(a, K(about), "保卫科 · 录入、整改、起草报告");
    page_write("signin", TEMPLATE_signin, v);
}

static struct view *list_page(void) {
    struct view *v = page_new("问题整改台账");
    view_bool(v, K(nav_registers), true);
    view_text(v, K(register_url), "/r/finding");
    view_tr(v, K(register_label), "问题整改台账");
    view_text(v, K(filter_example), "state = \"open\" AND found >= 2019-01-01");
    struct view_list *states = view_list(v, K(states));
    option_add(states, "open", "整改中", false);
    option_add(states, "review", "待复核", true);
    return v;
}

static void list_write(void) {
    struct view *v = list_page();
    view_tr(v, K(purpose), "检查发现了什么，由谁整改，何时完成。");
    view_text(v, K(add_url), "/r/finding/new");
    view_text(v, K(import_url), "/r/finding/import");
    view_text(v, K(export_url), "/r/finding/export");
    view_int(v, K(count), 1043);
    view_bool(v, K(filtered), true);
    view_bool(v, K(more), true);
    view_text(v, K(as_of), "2019-12-31");
    struct view_list *fields = view_list(v, K(filter_fields));
    struct view *f = view_item(fields);
    view_text(f, K(id), "w-grade"), view_text(f, K(name), "w-grade"), view_tr(f, K(label), "等级"),
        view_bool(f, K(is_choice), true);
    struct view_list *options = view_list(f, K(options));
    option_add(options, "grave", "重大", false);
    f = view_item(fields);
    view_tr(f, K(label), "发现日期"), view_bool(f, K(is_dates), true), view_text(f, K(from_name), "a"),
        view_text(f, K(to_name), "b"), view_text(f, K(from), "2019-01-01");
    f = view_item(fields);
    view_text(f, K(id), "w-owner"), view_text(f, K(name), "w-owner"), view_tr(f, K(label), "责任人"),
        view_bool(f, K(is_text), true);
    rows_add(v, 24);
    page_write("register_list", TEMPLATE_register_list, v);
    v = list_page();
    view_text(v, K(add_url), "/r/finding/new");
    view_text(v, K(import_url), "/r/finding/import");
    view_int(v, K(count), 0);
    page_write("register_list-empty", TEMPLATE_register_list, v);
}

static void fact_add(struct view_list *list, const char *label, const char *text) {
    struct view *f = view_item(list);
    view_tr(f, K(label), label);
    view_text(f, K(text), text);
}

static void steps_add(struct view *v) {
    struct view_list *steps = view_list(v, K(steps));
    for (int i = 0; i < 3; i++) {
        struct view *s = view_item(steps);
        view_tr(s, K(what), i == 0 ? "新增" : i == 1 ? "修改" : "提交复核");
        view_bool(s, K(late), i == 0);
        view_text(s, K(reason), i == 0 ? "检查当日停电，次月补记" : NULL);
        view_text(s, K(source), i == 0 ? "2019年检查.xlsx 第 14 行" : NULL);
        view_text(s, K(who), "演示·林晓");
        view_text(s, K(effective), "2019-09-03");
        view_text(s, K(moment), "2019-10-21 16:40:12");
        view_int(s, K(position), 801 + i * 40);
        if (i == 0) continue;
        struct view_list *changes = view_list(s, K(changes));
        struct view *c = view_item(changes);
        view_tr(c, K(label), "整改措施"), view_text(c, K(before), i == 1 ? "换新" : NULL),
            view_text(c, K(after), "三层 12 具全部更换，并建立月检表");
        c = view_item(changes);
        view_tr(c, K(label), "整改期限"), view_text(c, K(before), "2019-09-30"), view_text(c, K(after), NULL);
    }
}

static void record_write(void) {
    struct view *v = list_page();
    view_text(v, K(record_url), "/r/finding/1");
    view_text(v, K(record_label), "实验楼三层灭火器压力不足");
    view_tr(v, K(state), "整改中");
    view_text(v, K(tone), "bad");
    view_bool(v, K(late), true);
    view_text(v, K(edit_url), "/r/finding/1/edit");
    struct view_list *fields = view_list(v, K(fields));
    fact_add(fields, "问题描述", "实验楼三层灭火器压力不足");
    fact_add(fields, "等级", "一般");
    fact_add(fields, "发现日期", "2019-09-03");
    struct view *f = view_item(fields);
    view_tr(f, K(label), "责任人"), view_text(f, K(text), "演示·赵明"), view_text(f, K(url), "/r/person/2");
    f = view_item(fields);
    view_tr(f, K(label), "整改措施"), view_text(f, K(long), "三层 12 具全部更换。\n建立月检表，由值班人员填写。");
    f = view_item(fields);
    view_tr(f, K(label), "内容"), view_bool(f, K(private), true);
    view_text(v, K(unit_name), "保卫科");
    view_text(v, K(effective), "2019-09-03");
    view_text(v, K(entered), "2019-10-21 16:40:12");
    view_int(v, K(position), 841);
    view_text(v, K(proof_url), "/r/finding/1/proof");
    struct view_list *moves = view_list(v, K(moves));
    struct view *m = view_item(moves);
    view_tr(m, K(label), "提交复核"), view_text(m, K(action), "/r/finding/1/move/submit"), view_bool(m, K(main), true);
    struct view_list *inputs = view_list(m, K(move_fields));
    field_add(inputs, K(is_long), "m-remedy", "整改措施", "三层 12 具全部更换。", true);
    field_add(inputs, K(is_file), "m-evidence", "整改证明", NULL, true);
    field_add(inputs, K(is_date), "m-effective", "生效日期", "2019-12-30", true);
    m = view_item(moves);
    view_tr(m, K(label), "复核通过"), view_text(m, K(action), "/r/finding/1/move/pass"),
        view_text(m, K(blocked), "提交复核的人不能自己复核，请由另一人办理。");
    steps_add(v);
    view_text(v, K(withdraw_action), "/r/finding/1/withdraw");
    field_add(view_list(v, K(withdraw_fields)), K(is_text), "reason", "原因", NULL, true);
    page_write("record", TEMPLATE_record, v);
}

static void form_write(void) {
    struct view *v = list_page();
    view_text(v, K(title), "新增：问题整改台账");
    view_text(v, K(action), "/r/finding/new");
    view_text(v, K(cancel_url), "/r/finding");
    view_text(v, K(record_id), "00112233");
    errors_add(v);
    struct view_list *list = view_list(v, K(form_fields));
    struct view *f = field_add(list, K(is_text), "summary", "问题描述", "", true);
    view_text(f, K(error), "必须填写");
    f = field_add(list, K(is_choice), "grade", "等级", NULL, true);
    struct view_list *options = view_list(f, K(options));
    option_add(options, "grave", "重大", false);
    option_add(options, "ordinary", "一般", true);
    f = field_add(list, K(is_text), "found", "发现日期", "九月三号", true);
    view_text(f, K(error), "应为日期，如 2019-03-01");
    f = field_add(list, K(is_ref), "owner", "责任人", "演示·赵明", true);
    option_add(view_list(f, K(options)), "演示·赵明", "保卫科", false);
    f = field_add(list, K(is_int), "count", "处数", "3", false);
    view_text(f, K(unit), "处");
    f = field_add(list, K(is_money), "cost", "费用", "1200.00", false);
    view_text(f, K(help), "没有花费的不填。");
    field_add(list, K(is_long), "remedy", "整改措施", "第一行\n第二行", false);
    f = field_add(list, K(is_file), "evidence", "整改证明", NULL, false);
    view_text(f, K(file_name), "照片.jpg");
    list = view_list(v, K(time_fields));
    field_add(list, K(is_date), "effective", "生效日期", "2019-09-03", false);
    field_add(list, K(is_text), "reason", "补录的原因", NULL, false);
    view_int(v, K(late_days), 7);
    page_write("record_form", TEMPLATE_record_form, v);
}

static struct view *import_page(void) {
    struct view *v = list_page();
    view_text(v, K(title), "导入：问题整改台账");
    view_text(v, K(action), "/r/finding/import");
    view_text(v, K(sheet_url), "/r/finding/sheet.xlsx");
    struct view_list *list = view_list(v, K(columns_wanted));
    static const char *const wanted[][2] = {{"问题描述", "文字，一行"},
                                            {"等级", "重大、一般、轻微之一"},
                                            {"发现日期", "日期，如 2019-03-01"},
                                            {"责任人", "人员台账中的姓名或登录名"}};
    for (unsigned i = 0; i < COUNT_OF(wanted); i++) {
        struct view *w = view_item(list);
        view_tr(w, K(label), wanted[i][0]), view_text(w, K(form), wanted[i][1]), view_bool(w, K(required), i < 3);
    }
    return v;
}

static void import_write(void) {
    page_write("import", TEMPLATE_import, import_page());
    for (int good = 0; good < 2; good++) {
        struct view *v = import_page();
        view_bool(v, K(tried), true);
        view_bool(v, K(good), good);
        view_text(v, K(file_name), "2019年检查.xlsx");
        view_int(v, K(rows_count), 214);
        view_int(v, K(problems_count), 3);
        struct view_list *list = view_list(v, K(columns_found));
        struct view *c = view_item(list);
        view_text(c, K(head), "存在问题"), view_tr(c, K(label), "问题描述");
        c = view_item(list);
        view_text(c, K(head), "等级");
        view_item_text(view_list(v, K(columns_ignored)), "备注");
        list = view_list(v, K(problems));
        for (int i = 0; i < 3; i++) {
            struct view *p = view_item(list);
            view_text(p, K(sheet), "Sheet1"), view_int(p, K(row), 14 + i), view_text(p, K(column), i ? "C 发现日期" : "E 责任人");
            view_text(p, K(value),
                      i == 2 ? NULL
                      : i    ? "2019.13.2"
                             : "王某某"),
                view_text(p, K(text), i ? "应为日期，如 2019-03-01" : "人员台账里没有这个人；请先登记，或改成已有的姓名");
        }
        view_text(v, K(confirm_action), "/r/finding/import");
        if (good) field_add(view_list(v, K(confirm_fields)), K(is_text), "reason", "补录的原因", NULL, true);
        page_write(good ? "import-good" : "import-bad", TEMPLATE_import, v);
    }
}

static const char article[] =
    "<article class=\"official\" lang=\"zh-CN\">\n<h1>示例学院关于2019年校园安全<br>工作情况的报告</h1>\n<p "
    "class=\"addressee\">示例市教育局：</p>\n"
    "<p>2019年，学院共开展安全教育活动<a class=\"figure\" href=\"/f/1\">12</a>场，近<a class=\"figure\" "
    "href=\"/f/2\">1000</a>人次参加；组织检查5次，发现问题9项，均已整改。</p>\n"
    "<h2><span class=\"number\">一、</span>主要做法</h2>\n<h3><span "
    "class=\"number\">（一）</span>加强宣传教育</h3>\n<p>举办讲座4场，发放标语横幅20条，问卷和通知2000余页，群发短信近千条。</p>\n"
    "<h4><span class=\"number\">1.</span>班会</h4>\n<p>召开主题班会6次。</p><ol><li>消防</li><li>交通</li></ol>\n"
    "<div class=\"table\"><table>\n<thead><tr><th scope=\"col\">项目</th><th scope=\"col\" class=\"right\">2018年</th><th "
    "scope=\"col\" class=\"right\">2019年</th></tr></thead><tbody>"
    "<tr><td>检查（次）</td><td class=\"right\">4</td><td class=\"right\">5</td></tr></tbody></table></div>\n"
    "<div class=\"attachments\"><p>附件：</p><ol><li>安全检查一览表</li></ol></div>\n"
    "<div class=\"signature\"><p class=\"organ\">示例学院</p><p class=\"date\"><time "
    "datetime=\"2019-12-30\">2019年12月30日</time></p></div>\n"
    "<p class=\"checkpoint\">校验码：1284-7Q4M-K2XA-9TTD</p>\n</article>\n";

static void reports_write(void) {
    struct view *v = page_new("报告");
    view_bool(v, K(nav_reports), true);
    struct view *k = view_item(view_list(v, K(kinds)));
    view_text(k, K(key), "college-year"), view_text(k, K(label), "学院年度安全工作报告"),
        view_text(k, K(about), "全年的教育、检查、整改、谈话和发放材料，与上一年比较。"),
        view_text(k, K(action), "/reports/college-year");
    struct view_list *periods = view_list(k, K(periods));
    option_add(periods, "2019", "2019", true);
    option_add(periods, "2018", "2018", false);
    struct view_list *issued = view_list(v, K(issued));
    for (int i = 0; i < 2; i++) {
        struct view *r = view_item(issued);
        view_text(r, K(url), "/reports/issued/1"), view_text(r, K(label), "示例学院关于2019年校园安全工作情况的报告"),
            view_text(r, K(period), "2019"), view_text(r, K(moment), "2019-12-30 10:20:31");
        view_text(r, K(who), "演示·陈院长"), view_int(r, K(changed), i * 2), view_text(r, K(code), "1284-7Q4M-K2XA-9TTD");
    }
    page_write("reports", TEMPLATE_reports, v);
}

static void draft_write(bool failed) {
    struct view *v = page_new("报告");
    view_text(v, K(report_label), "学院年度安全工作报告");
    view_text(v, K(draft_url), "/reports/college-year");
    view_text(v, K(period), "2019");
    struct view_list *periods = view_list(v, K(periods));
    option_add(periods, "2019", "2019", true);
    view_int(v, K(position), 1284);
    view_int(v, K(failed), failed);
    struct view_list *checks = view_list(v, K(checks));
    struct view *c = view_item(checks);
    view_text(c, K(title), "“近1000人次”：记录数为 968"), view_text(c, K(text), "“近”表示不到 1000 而不少于 900。");
    if (failed) {
        c = view_item(checks);
        view_bool(c, K(bad), true), view_text(c, K(title), "“9项均已整改”：还有 1 项整改中"),
            view_text(c, K(mend), "把这一项整改完，或把“均”改成“8项”");
        view_text(c, K(mend_url), "/r/finding?filter=x");
    }
    view_html(v, K(article_html), article);
    view_text(v, K(issue_action), "/reports/college-year/issue");
    struct view_list *list = view_list(v, K(issue_fields));
    field_add(list, K(is_text), "addressee", "主送机关", "示例市教育局", true);
    field_add(list, K(is_date), "date", "成文日期", "2019-12-30", true);
    page_write(failed ? "report_draft-bad" : "report_draft", TEMPLATE_report_draft, v);
}

static void issued_write(void) {
    struct view *v = page_new("报告");
    view_text(v, K(report_label), "示例学院关于2019年校园安全工作情况的报告");
    view_text(v, K(period_label), "2019-01-01 — 2019-12-31"), view_text(v, K(who), "演示·陈院长"),
        view_text(v, K(moment), "2019-12-30 10:20:31");
    view_int(v, K(position), 1284), view_text(v, K(code), "1284-7Q4M-K2XA-9TTD-ZZ01-44PQ-MMA0-2LLE"),
        view_text(v, K(checkpoint), "taizhang.example/college\n1284\nq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=\n");
    view_text(v, K(docx_url), "/x.docx"), view_text(v, K(pdf_url), "/x.pdf"), view_text(v, K(html_url), "/x.html");
    view_html(v, K(article_html), article);
    view_int(v, K(changed), 1);
    struct view_list *list = view_list(v, K(figures));
    for (int i = 0; i < 3; i++) {
        struct view *f = view_item(list);
        view_text(f, K(url), "/f/1"), view_tr(f, K(label), i ? "参加安全教育人次" : "安全教育场次"),
            view_text(f, K(text), i ? "近1000" : "12"), view_int(f, K(value), i ? 968 : 12), view_int(f, K(now), i ? 968 : 13);
        view_bool(f, K(changed), !i), view_int(f, K(added), !i);
    }
    page_write("report_issued", TEMPLATE_report_issued, v);
    v = list_page();
    view_text(v, K(title), "安全教育场次"), view_text(v, K(figure_label), "安全教育场次"),
        view_text(v, K(report_label), "2019年校园安全工作情况的报告"), view_text(v, K(report_url), "/reports/1");
    view_int(v, K(value), 12), view_text(v, K(unit), "场"), view_text(v, K(measure), "安全教育台账的记录数，按开展日期在期间内"),
        view_text(v, K(period_label), "2019-01-01 — 2019-12-31");
    view_text(v, K(filter), "state != \"withdrawn\" AND held >= 2019-01-01 AND held <= 2019-12-31"),
        view_text(v, K(as_of), "2019-12-31"), view_int(v, K(known_at), 1284), view_int(v, K(count), 12),
        view_int(v, K(hidden_count), 2);
    view_int(v, K(changed), 1), view_int(v, K(now), 13), view_int(v, K(added), 1);
    rows_add(v, 6);
    page_write("figure", TEMPLATE_figure, v);
}

static void rest_write(void) {
    struct view *v = page_new("没有找到");
    view_tr(v, K(fault), fault_sentence(FAULT_ABSENT));
    view_text(v, K(detail), "这条记录不存在，或者您所在的单位看不到它。"), view_int(v, K(status), 404),
        view_text(v, K(request_id), "7f3a");
    page_write("error", TEMPLATE_error, v);
    v = page_new("修改密码");
    struct view_list *list = view_list(v, K(password_fields));
    const char *const labels[] = {"现在的密码", "新密码", "再输入一次"};
    for (unsigned i = 0; i < 3; i++) {
        struct view *f = field_add(list, K(is_password), arena_format(&arena, "p%u", i), labels[i], NULL, true);
        view_text(f, K(autocomplete), i ? "new-password" : "current-password");
        if (i == 1) view_text(f, K(help), "至少 10 个字符；几个不相干的词连在一起，好记又难猜");
    }
    page_write("password", TEMPLATE_password, v);
    v = page_new("我的账号");
    view_text(v, K(login), "linxiao");
    view_bool(v, K(several), true);
    list = view_list(v, K(sessions));
    for (int i = 0; i < 2; i++) {
        struct view *s = view_item(list);
        view_text(s, K(device), i ? "WeChat, Android" : "Firefox, Linux");
        view_text(s, K(address), i ? "198.51.100.9" : "192.0.2.7");
        view_text(s, K(moment), "2019-03-01 08:12:00");
        view_text(s, K(seen), "2019-03-01 09:40:12");
        view_bool(s, K(mine), !i);
        view_text(s, K(key), "0f3a");
    }
    list = view_list(v, K(attempts));
    for (int i = 0; i < 2; i++) {
        struct view *a = view_item(list);
        view_text(a, K(moment), "2019-03-01 08:12:00");
        view_tr(a, K(what), i ? "密码对，验证码不对" : "登录，用了验证码");
        view_text(a, K(tone), i ? "bad" : "");
        view_text(a, K(device), "Firefox, Linux");
        view_text(a, K(address), "192.0.2.7");
    }
    page_write("account", TEMPLATE_account, v);
    v = page_new("帮助");
    view_bool(v, K(nav_help), true);
    page_write("help", TEMPLATE_help, v);
    v = page_new("系统自检");
    view_int(v, K(failed), 1);
    list = view_list(v, K(checks));
    struct view *c = view_item(list);
    view_text(c, K(title), "数据库可写");
    c = view_item(list);
    view_bool(c, K(bad), true), view_text(c, K(title), "备份"), view_text(c, K(text), "最近一次备份在 40 天前。"),
        view_text(c, K(mend), "运行 taizhang backup，并放到另一台机器");
    c = view_item(view_list(v, K(tables)));
    view_text(c, K(name), "r_finding"), view_text(c, K(kind), "projection"), view_int(c, K(count), 1043);
    page_write("doctor", TEMPLATE_doctor, v);
}

static void folder_make(const char *path) {
    if (mkdir(path, 0777) && errno != EEXIST) {
        perror(path);
        assert(false);
    }
}

static void static_write(void) {
    char path[4096];
    snprintf(path, sizeof path, "%s/static", folder);
    folder_make(path);
    for (const struct static_file *s = static_files; s->name; s++) {
        snprintf(path, sizeof path, "%s%s", folder, s->path);
        FILE *f = fopen(path, "w");
        assert(f);
        fwrite(s->bytes, 1, s->length, f);
        fclose(f);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: preview FOLDER\n", stderr);
        return 2;
    }
    folder = argv[1];
    catalogue_install();
    template_prepare();
    folder_make(folder);
    static_write();
    for (lang = LANG_ZH; lang < LANG_COUNT; lang++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, lang_tag(lang));
        folder_make(path);
        arena_init(&arena, 1 << 24);
        home_write();
        signin_write();
        list_write();
        record_write();
        form_write();
        import_write();
        reports_write();
        draft_write(false);
        draft_write(true);
        issued_write();
        rest_write();
        arena_release(&arena);
    }
    return 0;
}
