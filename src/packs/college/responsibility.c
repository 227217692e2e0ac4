/* responsibility.c - which part of safety work each leader and staff member answers for (安全责任分工). */
#include "packs/college/college.h"

static const struct reg_field fields[] = {
    {"person", "责任人", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"duty", "承担的安全工作", REG_TEXT, REQUIRED | LISTED | NAME},
    {"level", "责任类别", REG_CHOICE, REQUIRED | LISTED,
     .choices = {{"head", "组长"}, {"deputy", "副组长"}, {"member", "组员"}, {"owner", "直接责任人"}}},
    {"since", "起始日期", REG_DATE, REQUIRED | LISTED},
    {"until", "截止日期", REG_DATE, LISTED, .not_before = "since"},
    {"basis", "依据", REG_TEXT, 0, .help = "文件名称、会议纪要"},
};
static const struct reg_measure measures[] = {
    {"count", "责任分工", MEASURE_COUNT, .unit = "项", .at_end = true},
    {"persons", "承担安全责任的人员", MEASURE_DISTINCT, .of = "person", .unit = "人", .at_end = true},
};

const struct reg responsibility_register = {
    "responsibility", "安全责任分工台账", "responsibility.read", "responsibility.record", REG_FIELDS, REG_MEASURES,
    .group = "责任值班", .purpose = "班子成员和教职工各自承担的安全工作，自何日起、到何日止。", .date = "since",
};
