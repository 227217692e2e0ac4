/* box.c - inspection boxes (迎检资料盒): what an inspection will ask for, item by item, where the evidence of each comes from, and what was assembled. */
#include "packs/common/common.h"

static const struct reg_field box_fields[] = {
    {"name", "名称", REG_TEXT, REQUIRED | LISTED | NAME | KEY, .help = "例如 2027年校园安全工作专项督查"},
    {"inspector", "检查单位", REG_TEXT, REQUIRED | LISTED},
    {"paper", "依据文件", REG_TEXT, 0, .help = "检查通知或考核细则的名称和文号"},
    {"from", "期间开始", REG_DATE, REQUIRED | LISTED},
    {"to", "期间结束", REG_DATE, REQUIRED | LISTED, .not_before = "from"},
    {"due", "备齐时限", REG_DATE, LISTED | INDEXED},
    {"office", "牵头单位", REG_REF, LISTED, .to = "unit"},
    {"person", "负责人", REG_REF, LISTED, .to = "person"},
    {"cases", "盒数", REG_INT, 0, .unit = "盒", .min = 1, .max = 99, .help = "印盒脊签用；不填按 1 盒"},
    {"receiver", "接收人", REG_TEXT, 0, .help = "移交给谁"},
    {"grounds", "撤销移交的理由", REG_LONG, 0},
    {"note", "说明", REG_LONG, 0},
};
static const struct reg_state box_states[] = {{"draft", "准备中"}, {"ready", "已备齐"}, {"handed", "已移交", .final = true}};
static const struct reg_move box_moves[] = {
    {"ready", "备齐", .from = {"draft"}, .to = "ready", .may = "box.record"},
    {"reopen", "退回准备", .from = {"ready"}, .to = "draft", .may = "box.record"},
    {"hand_over", "移交", .from = {"ready"}, .to = "handed", .needs = {"receiver"}, .may = "box.record"},
    {"take_back", "撤销移交", .from = {"handed"}, .to = "ready", .needs = {"grounds"}, .may = "box.record", .undo = true},
};

const struct reg inspection_box_register = {
    "inspection_box", "迎检资料盒", "box.read", "box.record", .fields = box_fields, .field_count = sizeof box_fields / sizeof *box_fields,
    .states = box_states, .state_count = sizeof box_states / sizeof *box_states, .moves = box_moves, .move_count = sizeof box_moves / sizeof *box_moves,
    .group = "迎检", .purpose = "一次检查要看什么、材料从哪来；打开后看缺什么、由谁补，再组卷导出、打印。",
};

/* Conditions and columns may name what an institution later takes away, so they are read when the box is opened, and what is wrong is told there. */
static const struct reg_field item_fields[] = {
    {"box", "资料盒", REG_REF, REQUIRED, .to = "inspection_box"},
    {"number", "编号", REG_TEXT, LISTED, .help = "例如 1.2.3 或 一、（二）；按编号排序、分级，第一级成为隔页"},
    {"title", "指标名称", REG_TEXT, REQUIRED | LISTED | NAME},
    {"requirement", "考核要求", REG_LONG, 0},
    {"score", "分值", REG_NUMBER, LISTED, .decimals = 1},
    {"office", "责任单位", REG_REF, LISTED, .to = "unit"},
    {"person", "责任人", REG_REF, LISTED, .to = "person"},
    {"register", "取自台账", REG_TEXT, 0, .help = "台账的名称或键，如 安全检查台账"},
    {"where", "取哪些记录", REG_LONG, 0, .help = "筛选条件，如 kind = fire；不填为全部"},
    {"span", "期间", REG_CHOICE, 0, .choices = {{"period", "本期内的"}, {"all", "不限期间"}}, .help = "不填按本期内的"},
    {"columns", "列出的栏目", REG_LONG, 0, .help = "每行一个栏目的名称或键；不填按台账列表的栏目；列出文件栏的，附件一并装盒"},
    {"records", "选定的记录", REG_LONG, 0, .help = "每行一条：记录的网址，或 台账 编号，如 安全检查台账 JC2019-01"},
    {"reports", "已发报告", REG_REFS, 0, .to = "report"},
    {"forms", "已填表格", REG_REFS, 0, .to = "form_filled"},
    {"files", "上传的材料", REG_FILE, SEVERAL},
    {"minimum", "最少件数", REG_INT, 0, .unit = "件", .min = 0, .max = 1000000, .help = "少于此数算不够；不填按 1 件，有下级指标的按 0"},
};

const struct reg inspection_item_register = {
    "inspection_item", "迎检指标", "box.read", "box.record", .fields = item_fields, .field_count = sizeof item_fields / sizeof *item_fields,
    .group = "迎检", .purpose = "检查指标逐条：要求、分值、责任，和材料从哪个台账、哪些记录、哪些文件来。",
};

static const struct reg_field export_fields[] = {
    {"name", "名称", REG_TEXT, REQUIRED | LISTED | NAME},
    {"box", "资料盒", REG_REF, REQUIRED, .to = "inspection_box"},
    {"person", "组卷人", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"assembled", "组卷日期", REG_DATE, REQUIRED | LISTED},
    {"known_at", "日志位置", REG_INT, REQUIRED | LISTED, .min = 0, .max = INT64_MAX, .help = "组卷所依据的日志条数"},
    {"code", "核验码", REG_TEXT, LISTED},
    {"items", "指标", REG_INT, LISTED, .unit = "条", .min = 0, .max = INT64_MAX},
    {"lacking", "缺材料的", REG_INT, LISTED, .unit = "条", .min = 0, .max = INT64_MAX},
    {"zip_hash", "ZIP 的 SHA-256", REG_TEXT, 0},
    {"pdf_hash", "PDF 的 SHA-256", REG_TEXT, 0},
    {"manifest_hash", "清单的 SHA-256", REG_TEXT, 0, .help = "ZIP 中 manifest.txt 的"},
};

const struct reg inspection_export_register = {
    "inspection_export", "资料盒组卷", "box.read", "box.record", .fields = export_fields, .field_count = sizeof export_fields / sizeof *export_fields,
    .group = "迎检", .purpose = "每次组卷：由谁、依据日志的哪个位置、导出文件的哈希。", .date = "assembled", .internal = true,
};
