/* zero_declaration.c - the signed statement that nothing of a kind happened in a unit and period (零报告). */
#include "packs/common/common.h"

static const struct reg_field fields[] = {
    {"register", "所报台账", REG_TEXT, REQUIRED | LISTED, .help = "台账的代码，例如 finding"},
    {"label", "所报事项", REG_TEXT, REQUIRED | LISTED | NAME},
    {"unit", "所报单位", REG_REF, LISTED, .to = "unit", .help = "包括其下级单位；不填表示全部单位"},
    {"from", "起始日期", REG_DATE, REQUIRED | LISTED},
    {"to", "截止日期", REG_DATE, REQUIRED | LISTED, .not_before = "from"},
    {"statement", "报告内容", REG_LONG, REQUIRED, .help = "说明核查了什么、如何确认没有发生"},
};
static const struct reg_state states[] = {{"draft", "待签"}, {"signed", "已签", .final = true}};
static const struct reg_move moves[] = {
    {"sign", "签署", .from = {"draft"}, .to = "signed", .may = "zero.sign", .not_by = "add"},
};

const struct reg zero_declaration_register = {
    "zero_declaration", "零报告", "zero_declaration.read", "zero_declaration.record", REG_FIELDS, REG_STATES, REG_MOVES,
    .group = "报告", .purpose = "某段时间内没有发生的事项，由填报人填写、另一人签署；没有签署的零报告，不得写“未发生”。",
    .date = "to",
};
