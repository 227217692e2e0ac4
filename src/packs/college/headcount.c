/* headcount.c - how many staff and students there are, with the history of each count (人员规模). */
#include "packs/college/college.h"

static const struct reg_field fields[] = {
    {"group", "人员类别", REG_TEXT, REQUIRED | LISTED | NAME | KEY, .help = "例如：教职工、在校生"},
    {"kind", "归类", REG_CHOICE, REQUIRED | LISTED, .choices = {{"staff", "教职工"}, {"student", "学生"}}},
    {"count", "人数", REG_INT, REQUIRED | LISTED, .unit = "人", .min = 0, .max = 1000000},
    {"source", "依据", REG_TEXT, LISTED, .help = "例如：学籍系统、人事名册"},
};
static const struct reg_measure measures[] = {
    {"staff", "教职工总数", MEASURE_SUM, .of = "count", .filter = "kind = staff", .unit = "人", .at_end = true},
    {"students", "在校生人数", MEASURE_SUM, .of = "count", .filter = "kind = student", .unit = "人", .at_end = true},
};

const struct reg headcount_register = {
    "headcount", "人员规模台账", "headcount.read", "headcount.record", REG_FIELDS, REG_MEASURES,
    .group = "责任值班", .purpose = "教职工和在校生人数；人数变了，填写自何日起为多少，旧数仍可按日期查到。",
};
