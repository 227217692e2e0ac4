/* hazard.c - hazards and their levels, safety rules that are posted, and new sites assessed before use (危险源、风险等级、上墙制度、场地评估). */
#include "packs/common/common.h"

static const struct reg_field hazard_fields[] = {
    {"name", "危险源", REG_TEXT, REQUIRED | LISTED | NAME},
    {"site", "地点档案", REG_REF, LISTED, .to = "place"},
    {"since", "辨识日期", REG_DATE, REQUIRED | LISTED},
    {"harm", "可能的后果", REG_LONG, REQUIRED},
    {"likelihood", "可能性", REG_INT, REQUIRED | LISTED | INDEXED, .min = 1, .max = 5, .help = "1 极少 … 5 经常；由本单位定义"},
    {"severity", "严重性", REG_INT, REQUIRED | LISTED | INDEXED, .min = 1, .max = 5, .help = "1 轻微 … 5 灾难；由本单位定义"},
    {"score", "风险值", REG_INT, LISTED, .compute = "likelihood * severity"},
    {"controls", "管控措施", REG_LONG, REQUIRED},
    {"owner", "管控责任人", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"review", "下次评估", REG_DATE, LISTED, .not_before = "since"},
};
static const struct reg_state hazard_states[] = {{"present", "存在"}, {"removed", "已消除", .final = true}};
static const struct reg_move hazard_moves[] = {
    {"remove", "已消除", .from = {"present"}, .to = "removed", .needs = {"controls"}, .may = "hazard.review", .not_by = "add"},
};

const struct reg hazard_register = {
    "hazard", "危险源台账", "hazard.read", "hazard.record", .fields = hazard_fields, .field_count = sizeof hazard_fields / sizeof *hazard_fields,
    .states = hazard_states, .state_count = sizeof hazard_states / sizeof *hazard_states, .moves = hazard_moves, .move_count = sizeof hazard_moves / sizeof *hazard_moves,
    .group = "安全检查", .purpose = "危险源的可能性、严重性和管控措施；风险矩阵由此画出。", .date = "since", .late_days = 36500,
};

static const struct reg_field level_fields[] = {
    {"name", "等级名称", REG_TEXT, REQUIRED | LISTED | KEY | NAME},
    {"from", "风险值从", REG_INT, REQUIRED | LISTED, .min = 1, .max = 25},
    {"to", "到", REG_INT, REQUIRED | LISTED, .min = 1, .max = 25},
    {"colour", "颜色", REG_CHOICE, REQUIRED | LISTED, .choices = {{"red", "红"}, {"orange", "橙"}, {"yellow", "黄"}, {"blue", "蓝"}}},
};

const struct reg risk_level_register = {
    "risk_level", "风险等级", "hazard.read", "risk_level.record", .fields = level_fields, .field_count = sizeof level_fields / sizeof *level_fields,
    .group = "安全检查", .purpose = "可能性乘严重性的得数各属哪一级、用什么颜色，由本单位规定。",
};

static const struct reg_field rule_fields[] = {
    {"title", "制度名称", REG_TEXT, REQUIRED | LISTED | NAME},
    {"site", "张贴地点", REG_REF, LISTED, .to = "place"},
    {"posted", "张贴日期", REG_DATE, REQUIRED | LISTED},
    {"file", "文件", REG_FILE, SEVERAL, .help = "制度正文，或张贴后的照片"},
    {"review", "下次修订", REG_DATE, LISTED, .not_before = "posted"},
    {"keeper", "责任人", REG_REF, LISTED, .to = "person"},
};

const struct reg posted_rule_register = {
    "posted_rule", "上墙制度", "posted_rule.read", "posted_rule.record", .fields = rule_fields, .field_count = sizeof rule_fields / sizeof *rule_fields,
    .group = "安全检查", .purpose = "张贴在实验室和教室的安全制度：在哪里、何时张贴、何时修订。", .date = "posted",
};

static const struct reg_field assessment_fields[] = {
    {"site", "场地", REG_TEXT, REQUIRED | LISTED | NAME},
    {"place", "地点档案", REG_REF, LISTED, .to = "place", .help = "登记为检查地点以后填写"},
    {"date", "评估日期", REG_DATE, REQUIRED | LISTED},
    {"assessors", "评估人", REG_REFS, REQUIRED, .to = "person"},
    {"use", "用途", REG_LONG, REQUIRED},
    {"hazards", "危险源和措施", REG_LONG, REQUIRED},
    {"conclusion", "结论", REG_CHOICE, REQUIRED | LISTED, .choices = {{"fit", "可以启用"}, {"conditional", "整改后启用"}, {"unfit", "不得启用"}}},
    {"conditions", "启用前须完成的整改", REG_LONG, 0},
    {"papers", "附件", REG_FILE, SEVERAL},
};
static const struct reg_state assessment_states[] = {{"draft", "待批准"}, {"approved", "已批准", .final = true}};
static const struct reg_move assessment_moves[] = {
    {"approve", "批准", .from = {"draft"}, .to = "approved", .may = "site_assessment.approve", .not_by = "add"},
};

const struct reg site_assessment_register = {
    "site_assessment", "新场地评估", "site_assessment.read", "site_assessment.record", .fields = assessment_fields, .field_count = sizeof assessment_fields / sizeof *assessment_fields,
    .states = assessment_states, .state_count = sizeof assessment_states / sizeof *assessment_states, .moves = assessment_moves, .move_count = sizeof assessment_moves / sizeof *assessment_moves,
    .group = "安全检查", .purpose = "新建的实验室和场地启用前的安全评估，由另一人批准。", .date = "date",
};
