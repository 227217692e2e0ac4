/* first_report.c - the first report of an incident in five points, printed from its record; what is missing is said where it belongs. */
#include "incident/incident.h"

#include <string.h>

struct printing {
    const struct reg *reg;
    const struct record *r;
    struct arena *arena;
    struct first_report *out;
};

static const struct value *value_of(const struct reg *reg, const struct record *r, const char *key) {
    return &r->values[reg_field_named(reg, key) - reg->fields];
}

static int64_t fact(const struct reg *reg, const struct record *r, const char *key) {
    const struct value *v = value_of(reg, r, key);
    return v->kind == VALUE_INT ? v->integer : FACT_UNKNOWN;
}

struct incident_facts incident_facts_of(const struct reg *reg, const struct record *r) {
    return (struct incident_facts){fact(reg, r, "dead"), fact(reg, r, "heavy"), fact(reg, r, "loss"), fact(reg, r, "leaked")};
}

/* As people read it; NULL if it is not there. */
static const char *shown(struct printing *p, const char *key) {
    const struct reg_field *field = reg_field_named(p->reg, key);
    size_t at = (size_t)(field - p->reg->fields);
    if (p->r->values[at].kind == VALUE_NONE) return NULL;
    if (p->r->names[at]) return p->r->names[at];
    return value_show(field, &p->r->values[at], LANG_ZH, p->arena);
}

/* "label：value", or the label among what is missing. */
static void line(struct printing *p, const char *key) {
    struct doc *d = p->out->doc;
    const struct reg_field *field = reg_field_named(p->reg, key);
    const char *value = shown(p, key), *unit = field->type == REG_MONEY ? "元" : field->unit ? field->unit : "";
    struct doc_runs *runs = doc_paragraph(d);
    doc_text(d, runs, arena_join(p->arena, field->label, "："));
    if (value) {
        doc_text(d, runs, value);
        doc_text(d, runs, unit);
    } else {
        doc_strong(d, runs, "（尚缺）");
        if (p->out->gap_count < REPORT_GAPS) p->out->gaps[p->out->gap_count++] = field->label;
    }
}

/* Only where there is one: that nobody called 119 is no gap. */
static void line_if(struct printing *p, const char *key) {
    if (value_of(p->reg, p->r, key)->kind != VALUE_NONE) line(p, key);
}

static void point(struct printing *p, const char *title, const char *const *keys) {
    doc_text(p->out->doc, doc_heading(p->out->doc, 1), title);
    for (; *keys; keys++) line(p, *keys);
}

static void print_level(struct printing *p, const struct plan_category *category) {
    struct doc *d = p->out->doc;
    struct incident_facts facts = incident_facts_of(p->reg, p->r);
    struct level_proposal proposal;
    const char *decided = shown(p, "level");
    level_propose(category ? category->grading : GRADING_NONE, &facts, &proposal);
    if (!decided && proposal.level == LEVEL_NONE) return;
    struct doc_runs *runs = doc_paragraph(d);
    doc_text(d, runs, decided ? "等级：" : "等级（程序提议，待认定）：");
    doc_text(d, runs, decided ? decided : level_name(proposal.level));
    if (decided) return;
    doc_text(d, runs,
             arena_format(p->arena, "，依据：%s，%s%s", proposal.citation, proposal.fact,
                          proposal.unverified ? "（数值未核对原文）" : ""));
}

static void print_supplements(struct printing *p, const struct report_supplement *list, size_t count) {
    struct doc *d = p->out->doc;
    if (!count) return;
    doc_text(d, doc_heading(d, 1), "续报");
    for (size_t i = 0; i < count; i++) {
        char moment[MOMENT_TEXT];
        moment_format(list[i].at_ms, moment);
        doc_text(d, doc_paragraph(d), arena_format(p->arena, "%.16s　%s", moment, list[i].text));
    }
}

void first_report_make(const struct reg *reg, const struct record *r, const struct plan_category *category, const char *institution,
                       const struct report_supplement *supplements, size_t count, int64_t now_ms, struct arena *arena,
                       struct first_report *out) {
    struct printing p = {reg, r, arena, out};
    bool drill = fact(reg, r, "drill") == 1;
    *out = (struct first_report){.doc = doc_new(arena, LANG_ZH, now_ms)};
    struct doc *d = out->doc;
    const char *name = category ? category->name : "安全事件";
    doc_set_title(d, arena_format(arena, "%s关于%s的报告", drill ? "【演练】" : "", name));
    doc_set_addressee(d, category ? category->report_to : NULL);
    doc_set_signature(d, institution, civil_at(now_ms));
    if (drill) doc_strong(d, doc_paragraph(d), "本报告为演练所用，没有发生事件。");
    point(&p, "事件发生的时间、地点", (const char *const[]){"discovered", "place", NULL});
    point(&p, "简要经过、伤亡人数和直接经济损失的初步估计", (const char *const[]){"what", "dead", "heavy", "light", "loss", NULL});
    print_level(&p, category);
    point(&p, "原因的初步判断", (const char *const[]){"cause", NULL});
    point(&p, "已采取的措施和控制情况", (const char *const[]){"measures", NULL});
    line_if(&p, "called_110");
    line_if(&p, "called_119");
    line_if(&p, "called_120");
    point(&p, "报告单位、报告人和时间", (const char *const[]){"reporting_unit", "reporter", NULL});
    char moment[MOMENT_TEXT];
    moment_format(now_ms, moment);
    doc_text(d, doc_paragraph(d), arena_format(arena, "报告时间：%.16s", moment));
    print_supplements(&p, supplements, count);
}
