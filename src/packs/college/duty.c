/* duty.c - who was on safety duty each day, and what was handed over (安全值班). */
#include "packs/college/college.h"

static const struct reg_field fields[] = {
    {"date", "值班日期", REG_DATE, REQUIRED | LISTED | KEY},
    {"leader", "带班领导", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"officer", "值班人员", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"events", "值班情况", REG_TEXT, REQUIRED | LISTED | NAME, .help = "没有异常时写“正常”"},
    {"incidents", "安全事件", REG_INT, REQUIRED | LISTED, .unit = "起", .min = 0, .max = 1000, .help = "没有发生填 0"},
    {"network", "其中网络安全事件", REG_INT, REQUIRED, .unit = "起", .min = 0, .max = 1000, .help = "没有发生填 0"},
};
static const struct reg_measure measures[] = {
    {"days", "值班天数", MEASURE_COUNT, .unit = "天"},
    {"incidents", "安全事件", MEASURE_SUM, .of = "incidents", .unit = "起"},
    {"network", "网络安全事件", MEASURE_SUM, .of = "network", .unit = "起"},
};

const struct reg duty_register = {
    "duty", "安全值班台账", "duty.read", "duty.record", REG_FIELDS, REG_MEASURES,
    .group = "责任值班", .purpose = "每日值班和交接情况。一段时间内每天都有记录，才能据此说“未发生”。", .date = "date",
};
