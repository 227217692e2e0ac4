/* place.c - what is inspected and how often: places, checklists, plans (检查地点、检查表、检查计划). */
#include "packs/common/common.h"

static const struct reg_field place_fields[] = {
    {"name", "地点名称", REG_TEXT, REQUIRED | LISTED | KEY | NAME, .help = "例如 实验楼301室；不可重复"},
    {"kind", "类别", REG_CHOICE, REQUIRED | LISTED | INDEXED, .choices = PLACE_KINDS},
    {"unit", "主管单位", REG_REF, LISTED, .to = "unit", .help = "在这里查出的问题归这个单位"},
    {"custodian", "责任人", REG_REF, LISTED, .to = "person"},
    {"risk", "风险等级", REG_CHOICE, LISTED | INDEXED, .choices = {{"grave", "重大"}, {"great", "较大"}, {"ordinary", "一般"}, {"low", "低"}}},
    {"note", "说明", REG_LONG, 0, .help = "存放物、特别的危险、进入的要求等"},
};
static const struct reg_state place_states[] = {{"in_use", "使用中"}, {"closed", "停用"}};
static const struct reg_move place_moves[] = {
    {"close", "停用", .from = {"in_use"}, .to = "closed", .may = "place.record"},
    {"reopen", "恢复使用", .from = {"closed"}, .to = "in_use", .may = "place.record"},
};

const struct reg place_register = {
    "place", "检查地点", "place.read", "place.record", .fields = place_fields, .field_count = sizeof place_fields / sizeof *place_fields,
    .states = place_states, .state_count = sizeof place_states / sizeof *place_states, .moves = place_moves, .move_count = sizeof place_moves / sizeof *place_moves,
    .group = "安全检查", .purpose = "实验室、宿舍、气瓶间等要检查的地点和车辆：归谁管、责任人、风险等级。",
};

static const struct reg_field item_columns[] = {
    {"item", "检查项目", REG_TEXT, REQUIRED},
    {"source", "依据", REG_TEXT, 0},
};
static const struct reg_field checklist_fields[] = {
    {"name", "检查表名称", REG_TEXT, REQUIRED | LISTED | KEY | NAME},
    {"kind", "用于哪类地点", REG_CHOICE, REQUIRED | LISTED | INDEXED, .choices = PLACE_KINDS},
    {"items", "检查项目", REG_TABLE, REQUIRED, .columns = item_columns, .column_count = 2, .help = "每行一项；知道依据的写明文件和条款，不知道的留空"},
    {"example", "仅为示例", REG_YESNO, LISTED, .help = "示例条目供参考，不是规定"},
};

const struct reg checklist_register = {
    "checklist", "检查表", "checklist.read", "checklist.record", .fields = checklist_fields, .field_count = sizeof checklist_fields / sizeof *checklist_fields,
    .group = "安全检查", .purpose = "逐项检查用的项目和依据；打开后在手机上检查，或打印带二维码的检查单。",
};

static const struct reg_field plan_fields[] = {
    {"name", "计划名称", REG_TEXT, REQUIRED | LISTED | NAME},
    {"checklist", "检查表", REG_REF, REQUIRED | LISTED, .to = "checklist"},
    {"place", "地点", REG_REF, LISTED, .to = "place", .help = "不填为这类的全部地点"},
    {"rhythm", "多久一次", REG_CHOICE, REQUIRED | LISTED,
     .choices = {{"week", "每周"}, {"two_weeks", "每两周"}, {"month", "每月"}, {"quarter", "每季度"}, {"half_year", "每半年"}, {"year", "每年"}}},
    {"first", "首次应查日期", REG_DATE, REQUIRED | LISTED},
    {"responsible", "负责检查的人", REG_REF, REQUIRED | LISTED, .to = "person"},
};
static const struct reg_state plan_states[] = {{"running", "执行中"}, {"ended", "已结束"}};
static const struct reg_move plan_moves[] = {
    {"end", "结束计划", .from = {"running"}, .to = "ended", .may = "inspection_plan.record"},
    {"resume", "恢复计划", .from = {"ended"}, .to = "running", .may = "inspection_plan.record"},
};

const struct reg inspection_plan_register = {
    "inspection_plan", "检查计划", "inspection_plan.read", "inspection_plan.record", .fields = plan_fields, .field_count = sizeof plan_fields / sizeof *plan_fields,
    .states = plan_states, .state_count = sizeof plan_states / sizeof *plan_states, .moves = plan_moves, .move_count = sizeof plan_moves / sizeof *plan_moves,
    .group = "安全检查", .purpose = "哪些地点用哪张检查表、多久查一次、由谁查；到期的列在“应查”页和负责人的“今日”。",
};
