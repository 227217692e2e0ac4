/* talk.c - talks with students and staff; the content is only for those with the right (谈话交流). */
#include "packs/college/college.h"

static const struct reg_field fields[] = {
    {"date", "谈话日期", REG_DATE, REQUIRED | LISTED},
    {"kind", "对象类别", REG_CHOICE, REQUIRED | LISTED, .choices = {{"student", "学生"}, {"staff", "教职工"}}},
    {"attendances", "谈话人次", REG_INT, REQUIRED | LISTED, .unit = "人次", .min = 1, .max = 1000},
    {"speaker", "谈话人", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"topic", "谈话主题", REG_TEXT, REQUIRED | LISTED | NAME},
    {"partner", "谈话对象", REG_TEXT, PRIVATE},
    {"content", "谈话内容", REG_LONG, PRIVATE},
};
static const struct reg_measure measures[] = {
    {"count", "谈话次数", MEASURE_COUNT, .unit = "次"},
    {"attendances", "谈话人次", MEASURE_SUM, .of = "attendances", .unit = "人次"},
};

const struct reg talk_register = {
    "talk", "谈话交流台账", "talk.read", "talk.record", REG_FIELDS, REG_MEASURES,
    .group = "关怀帮助", .purpose = "同师生的谈话。谈话对象和内容只有获授权的人可见；次数和人次进入统计。",
    .date = "date", .private_ = "talk.private",
};
