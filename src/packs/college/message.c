/* message.c - safety notices sent to students and parents over the network (网络提醒). */
#include "packs/college/college.h"

static const struct reg_field fields[] = {
    {"date", "发送日期", REG_DATE, REQUIRED | LISTED},
    {"channel", "途径", REG_CHOICE, REQUIRED | LISTED, .choices = {{"wechat", "微信群"}, {"qq", "QQ群"}, {"sms", "短信"}, {"other", "其他"}}},
    {"title", "内容摘要", REG_TEXT, REQUIRED | LISTED | NAME},
    {"audience", "对象", REG_CHOICE, REQUIRED | LISTED, .choices = {{"students", "学生"}, {"parents", "家长"}, {"both", "学生和家长"}}},
    {"count", "发送条次", REG_INT, REQUIRED | LISTED, .unit = "条次", .min = 1, .max = 10000000},
    {"owner", "发送人", REG_REF, REQUIRED | LISTED, .to = "person"},
};
static const struct reg_measure measures[] = {
    {"count", "发送提醒条次", MEASURE_SUM, .of = "count", .unit = "条次"},
    {"times", "发送次数", MEASURE_COUNT, .unit = "次"},
};

const struct reg message_register = {
    "message", "网络提醒台账", "message.read", "message.record", REG_FIELDS, REG_MEASURES,
    .group = "宣传教育", .purpose = "通过微信群、QQ群、短信等发送的安全防范措施、提醒和警示内容。", .date = "date",
};
