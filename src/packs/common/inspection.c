/* inspection.c - checks of places and practices, and who made them (安全检查). */
#include "packs/common/common.h"

static const struct reg_field result_columns[] = {
    {"item", "检查项目", REG_TEXT, REQUIRED},
    {"result", "结果", REG_CHOICE, REQUIRED, .choices = {{"good", "合格"}, {"bad", "不合格"}, {"none", "不适用"}}},
    {"note", "情况", REG_TEXT},
};
static const struct reg_field fields[] = {
    {"number", "检查编号", REG_TEXT, REQUIRED | LISTED | KEY, .help = "例如 JC2019-03，不可重复"},
    {"date", "检查日期", REG_DATE, REQUIRED | LISTED},
    {"kind", "检查类别", REG_CHOICE, REQUIRED | LISTED | INDEXED,
     .choices = PLACE_KINDS},
    {"place", "检查地点", REG_TEXT, REQUIRED | LISTED | NAME},
    {"leader", "带队人", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"inspectors", "参加人次", REG_INT, LISTED, .unit = "人次", .min = 1, .max = 1000},
    {"members", "参加人员", REG_REFS, .to = "person"},
    {"spent", "用时", REG_DURATION},
    {"joint", "联合检查单位", REG_TEXT, .help = "没有联合单位时不填"},
    {"content", "检查内容", REG_LONG, REQUIRED},
    {"result", "检查结论", REG_LONG},
    {"papers", "附件", REG_FILE, SEVERAL, .help = "检查通知、签到表、记录表等"},
    {"site", "地点档案", REG_REF, 0, .to = "place", .help = "检查的是登记过的地点时填写"},
    {"checklist", "检查表", REG_REF, 0, .to = "checklist"},
    {"results", "逐项结果", REG_TABLE, 0, .columns = result_columns, .column_count = 3},
};
static const struct reg_measure measures[] = {
    {"count", "检查次数", MEASURE_COUNT, .unit = "次"},
    {"inspectors", "检查人次", MEASURE_SUM, .of = "inspectors", .unit = "人次"},
    {"laboratory_joint", "实验室联合检查次数", MEASURE_COUNT, .filter = "kind = laboratory AND joint != null", .unit = "次"},
    {"dormitory_inspectors", "宿舍检查人次", MEASURE_SUM, .of = "inspectors", .filter = "kind = dormitory", .unit = "人次"},
};

const struct reg inspection_register = {
    "inspection", "安全检查台账", "inspection.read", "inspection.record", REG_FIELDS, REG_MEASURES,
    .group = "安全检查", .purpose = "每一次安全检查：何时、何地、由谁、查了什么。查出的问题记入问题整改台账。", .date = "date",
};
