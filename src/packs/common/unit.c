/* unit.c - the units of the institution and which stands under which (单位). */
#include "packs/common/common.h"

static const struct reg_field fields[] = {
    {"name", "单位名称", REG_TEXT, REQUIRED | LISTED | KEY | NAME},
    {"parent", "上级单位", REG_REF, LISTED, .to = "unit", .help = "最上级单位不填"},
    {"credit", "统一社会信用代码", REG_CREDIT, .help = "没有单独代码的不填"},
    {"head", "负责人", REG_REF, 0, .to = "person", .help = "期限将到而没有办结时，提醒会升级给负责人"},
    {"since", "设立日期", REG_DATE, REQUIRED | LISTED},
};
static const struct reg_state states[] = {{"active", "正常"}, {"closed", "撤销"}};
static const struct reg_move moves[] = {
    {"close", "撤销单位", .from = {"active"}, .to = "closed", .may = "unit.manage"},
    {"reopen", "恢复单位", .from = {"closed"}, .to = "active", .may = "unit.manage"},
};

/* The date is when the unit was founded, often years ago: entering it today is not a late entry. */
const struct reg unit_register = {
    "unit", "单位", "unit.read", "unit.record", REG_FIELDS, REG_STATES, REG_MOVES,
    .access = true, .group = "组织与授权", .purpose = "登记内设单位及其隶属关系；授权可以限定到某个单位及其下级单位。",
    .date = "since", .withdraw = "unit.manage", .late_days = 36500,
};
