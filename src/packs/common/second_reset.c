/* second_reset.c - somebody's second step of signing in taken away (两步验证重置): whose, and why. The record is the reset: access reads it. */
#include "packs/common/common.h"

static const struct reg_field fields[] = {
    {"person", "人员", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"reason", "原因", REG_TEXT, REQUIRED | LISTED | NAME, .help = "例如手机遗失，已当面核对本人"},
    {"date", "日期", REG_DATE, REQUIRED | LISTED},
};

const struct reg second_reset_register = {
    "second_reset", "两步验证重置", "second_reset.read", "second_reset.record", REG_FIELDS,
    .group = "组织与授权", .purpose = "为遗失手机的人重置两步验证；登记一条就生效，本人要重新设置。", .date = "date", .internal = true, .obeys = REG_NOT_SELF,
};
