/* form.c - forms that a superior sends to be filled (来文表格), what goes into which of their cells, and the forms as they were filled. */
#include "packs/common/common.h"

static const struct reg_field form_fields[] = {
    {"name", "名称", REG_TEXT, REQUIRED | LISTED | NAME, .help = "例如 校园安全工作情况季报表"},
    {"sender", "来文单位", REG_TEXT, LISTED},
    {"received", "收到日期", REG_DATE, REQUIRED | LISTED},
    {"file", "空白表", REG_FILE, REQUIRED, .help = "XLSX 或 DOCX；对方换了新表，在这里换上，已经指定的格子还在"},
    {"note", "说明", REG_LONG, 0, .help = "报送时间、口径等"},
};

const struct reg form_register = {
    "form", "来文表格", "form.read", "form.record", .fields = form_fields, .field_count = sizeof form_fields / sizeof *form_fields,
    .group = "报告", .purpose = "上级单位要求填报的表。指定一次每格填什么，以后每期自动填好。", .date = "received",
};

static const struct reg_field place_fields[] = {
    {"name", "表格和位置", REG_TEXT, REQUIRED | NAME | KEY},
    {"form", "表格", REG_REF, REQUIRED | LISTED, .to = "form"},
    {"sheet", "工作表", REG_TEXT, REQUIRED | LISTED, .help = "DOCX 为“表格1”“正文1”等"},
    {"cell", "单元格", REG_TEXT, REQUIRED | LISTED},
    {"kind", "填什么", REG_CHOICE, REQUIRED | LISTED, .choices = {{"figure", "数字"}, {"list", "名单"}, {"fact", "填表本身的事"}, {"none", "不填"}}},
    {"register", "哪个台账", REG_TEXT, LISTED, .help = "台账的键"},
    {"measure", "哪个数字", REG_TEXT, LISTED, .help = "指标的键，或填表本身的哪一件事"},
    {"where", "条件", REG_TEXT, 0},
    {"columns", "各列的栏目", REG_LONG, 0, .help = "每行一列，如 B=number"},
    {"beside", "表上写的", REG_TEXT, 0, .help = "指定时格子旁边的文字；以后变了就不填，并提示核对"},
};

const struct reg form_place_register = {
    "form_place", "表格对应", "form.read", "form.record", .fields = place_fields, .field_count = sizeof place_fields / sizeof *place_fields,
    .group = "报告", .purpose = "来文表格的哪一格填哪个数字、哪份名单；指定一次，每期照填。", .internal = true,
};

static const struct reg_field filled_fields[] = {
    {"name", "名称", REG_TEXT, REQUIRED | LISTED | NAME},
    {"form", "表格", REG_REF, REQUIRED | LISTED, .to = "form"},
    {"period", "报告期", REG_TEXT, REQUIRED | LISTED},
    {"filled", "填表日期", REG_DATE, REQUIRED | LISTED},
    {"file", "填好的表", REG_FILE, REQUIRED},
    {"known_at", "日志位置", REG_INT, 0, .help = "填表所依据的日志条数", .min = 0, .max = INT64_MAX},
    {"exceptions", "没有填上的", REG_LONG, 0},
};

const struct reg form_filled_register = {
    "form_filled", "已填表格", "form.read", "form.record", .fields = filled_fields, .field_count = sizeof filled_fields / sizeof *filled_fields,
    .group = "报告", .purpose = "每期填好、留存的表，和当时没有填上的格子。", .date = "filled",
};
