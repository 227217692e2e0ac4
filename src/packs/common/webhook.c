/* webhook.c - which program is told of which changes (变更通知): the register, a condition, and where messages are sent. */
#include "packs/common/common.h"

static const struct reg_field fields[] = {
    {"name", "用途", REG_TEXT, REQUIRED | LISTED | NAME, .help = "通知哪个系统，做什么用"},
    {"owner", "所属人员", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"register", "哪个台账", REG_TEXT, REQUIRED | LISTED, .help = "台账的键"},
    {"filter", "通知条件", REG_TEXT, LISTED, .help = "筛选语言；不填为每次变更都通知"},
    {"url", "接收地址", REG_URL, REQUIRED | LISTED},
    {"since", "启用日期", REG_DATE, REQUIRED | LISTED},
};
static const struct reg_state states[] = {{"active", "启用"}, {"stopped", "已停用", .final = true}};
static const struct reg_move moves[] = {{"stop", "停用", .from = {"active"}, .to = "stopped", .may = "webhook.record"}};

const struct reg webhook_register = {
    "webhook", "变更通知", "webhook.read", "webhook.record", REG_FIELDS, REG_STATES, REG_MOVES,
    .group = "组织与授权", .purpose = "记录变更之后通知别的程序；通知带签名，送不到会再送。", .date = "since", .internal = true,
};
