/* plan.c - the emergency plan as data (应急预案): categories with who handles them, teams, and the posts in them. */
#include "packs/school/school.h"

static const struct reg_field category_fields[] = {
    {"name", "类别名称", REG_TEXT, REQUIRED | LISTED | KEY | NAME, .help = "例如 火灾事故"},
    {"scope", "性质", REG_CHOICE, REQUIRED | LISTED,
     .choices = {{"person", "人身安全"}, {"property", "财产安全"}, {"network", "网络安全"}, {"conduct", "违规违纪"}, {"other", "其他"}}},
    {"confidential", "须保密", REG_YESNO, LISTED, .help = "涉及人员本人看不到、也接不到任何消息；事件只对处置单位有授权的人可见"},
    {"handling", "处置单位", REG_REF, LISTED, .to = "unit"},
    {"cooperating", "配合单位", REG_REFS, LISTED, .to = "unit"},
    {"teams", "出动小组", REG_REFS, LISTED, .to = "emergency_team", .help = "发生这类事件时呼叫哪些小组的各岗位"},
    {"minutes", "几分钟后呼叫替补", REG_INT, 0, .unit = "分钟", .min = 1, .max = 1440, .help = "不填按 5 分钟"},
    {"grading", "定级依据", REG_CHOICE, 0,
     .choices = {{"production", "生产安全事故报告和调查处理条例"}, {"network", "网络安全事件分级指南"}}, .help = "没有适用规定的不填，等级由人判断"},
    {"terms", "报告期限", REG_TEXT, 0, .help = "事件一报就起算的期限，填代码，多个用空格隔开，如 accident.report；保密类别不填"},
    {"report_to", "报告给", REG_TEXT, 0, .help = "例如 教育局办公室"},
};

const struct reg incident_category_register = {
    "incident_category", "事件类别和调度", "plan.read", "plan.record", .fields = category_fields, .field_count = sizeof category_fields / sizeof *category_fields,
    .group = "应急预案", .purpose = "各类事件由哪个单位处置、哪些单位配合、哪些小组出动。",
};

static const struct reg_field team_fields[] = {
    {"name", "小组名称", REG_TEXT, REQUIRED | LISTED | KEY | NAME},
    {"kind", "种类", REG_CHOICE, REQUIRED | LISTED,
     .choices = {{"leading", "领导小组"}, {"office", "领导小组办公室"}, {"guard", "警戒维护"}, {"rescue", "紧急抢救"}, {"liaison", "信息联络"},
                 {"logistics", "后勤保障"}, {"aftermath", "善后处理"}, {"reserve", "预备机动"}}},
    {"duty", "职责", REG_LONG, LISTED},
};

const struct reg emergency_team_register = {
    "emergency_team", "应急小组", "plan.read", "plan.record", .fields = team_fields, .field_count = sizeof team_fields / sizeof *team_fields,
    .group = "应急预案", .purpose = "领导小组及其办公室，警戒、抢救、联络、后勤、善后、机动各组的职责。",
};

static const struct reg_field post_fields[] = {
    {"name", "岗位", REG_TEXT, REQUIRED | LISTED | NAME, .help = "例如 警戒维护组组长"},
    {"team", "小组", REG_REF, REQUIRED | LISTED, .to = "emergency_team"},
    {"role", "职务", REG_CHOICE, REQUIRED | LISTED, .choices = {{"head", "组长"}, {"deputy", "副组长"}, {"member", "组员"}}},
    {"holder", "担任人", REG_REF, LISTED, .to = "person"},
    {"substitute", "替补", REG_REF, LISTED, .to = "person", .help = "担任人不在或没有回应时呼叫"},
};

const struct reg emergency_post_register = {
    "emergency_post", "应急岗位", "plan.read", "plan.record", .fields = post_fields, .field_count = sizeof post_fields / sizeof *post_fields,
    .group = "应急预案", .purpose = "各小组的岗位、担任人和替补；电话取自人员台账。",
};
