/* report.c - the reports that were frozen, with their text, figures, evidence and issued bytes (已发报告). */
#include "packs/common/common.h"

static const struct reg_field fields[] = {
    {"name", "报告代码", REG_TEXT, REQUIRED},
    {"title", "标题", REG_TEXT, REQUIRED | LISTED | NAME},
    {"period", "报告期", REG_TEXT, REQUIRED | LISTED},
    {"as_of", "数据截至日期", REG_DATE, REQUIRED},
    {"organ", "发文单位", REG_TEXT, LISTED},
    {"language", "语言", REG_TEXT},
    {"known_at", "日志位置", REG_INT, REQUIRED | LISTED, .help = "报告所依据的日志条数"},
    {"issued", "定稿日期", REG_DATE, REQUIRED | LISTED},
    {"template", "报告文本", REG_LONG, REQUIRED},
    {"figures", "数字及出处", REG_LONG, REQUIRED},
    {"evidence", "依据记录", REG_FILE},
    {"html", "网页文件", REG_FILE},
    {"docx", "DOCX 文件", REG_FILE},
    {"pdf", "PDF 文件", REG_FILE},
    {"code", "核验码", REG_TEXT, LISTED},
};
static const struct reg_state states[] = {{"frozen", "已定稿"}, {"issued", "已签发", .final = true}, {"void", "已作废", .final = true}};
static const struct reg_move moves[] = {
    {"issue", "签发", .from = {"frozen"}, .to = "issued", .needs = {"html", "docx", "pdf", "code"}, .may = "report.issue"},
    {"void", "作废", .from = {"frozen"}, .to = "void", .may = "report.issue"},
};

const struct reg report_register = {
    "report", "已发报告", "report.read", "report.record", REG_FIELDS, REG_STATES, REG_MOVES,
    .group = "报告", .purpose = "已定稿的报告：文本、每个数字的出处和签发的文件均不再改变。",
    .date = "issued", .internal = true,
};
