/* token.c - keys by which programs act for a person (接口令牌): who, what they may, until when; the key itself is never kept, only its hash. */
#include "packs/common/common.h"

static const struct reg_field fields[] = {
    {"name", "用途", REG_TEXT, REQUIRED | LISTED | NAME, .help = "哪个系统用它做什么"},
    {"owner", "所属人员", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"scope", "可做的事", REG_SET, REQUIRED | LISTED, .choices = {{"read", "查看"}, {"write", "登记和办理"}}},
    {"registers", "限于台账", REG_TEXT, LISTED, .help = "台账的键，用空格隔开；不填为本人能用的全部台账"},
    {"since", "启用日期", REG_DATE, REQUIRED | LISTED},
    {"until", "截止日期", REG_DATE, REQUIRED | LISTED, .not_before = "since", .help = "当日仍然有效"},
    {"hash", "校验值", REG_TEXT, REQUIRED | PRIVATE},
    {"from", "建立时的地址", REG_TEXT, 0, .help = "建立令牌的人当时从哪里登录"},
};
static const struct reg_state states[] = {{"active", "有效"}, {"revoked", "已停用", .final = true}};
static const struct reg_move moves[] = {{"revoke", "停用", .from = {"active"}, .to = "revoked", .may = "token.record"}};

const struct reg token_register = {
    "token", "接口令牌", "token.read", "token.record", REG_FIELDS, REG_STATES, REG_MOVES,
    .access = true, .group = "组织与授权", .purpose = "程序代表某人使用接口的令牌；令牌本身只在建立时显示一次。", .date = "since", .private_ = "token.secret", .internal = true,
};
