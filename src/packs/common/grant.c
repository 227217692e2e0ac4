/* grant.c - who holds which role, for which unit, from when until when (授权). */
#include "packs/common/common.h"

static const struct reg_field fields[] = {
    {"person", "人员", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"role", "角色", REG_REF, REQUIRED | LISTED, .to = "role"},
    {"unit", "适用单位", REG_REF, LISTED, .to = "unit", .help = "包括其下级单位；不填表示全部单位"},
    {"since", "生效日期", REG_DATE, REQUIRED | LISTED},
    {"until", "截止日期", REG_DATE, LISTED, .not_before = "since", .help = "当日仍然有效；不填表示长期有效"},
    {"reason", "授权依据", REG_TEXT, LISTED},
};

const struct reg grant_register = {
    "grant", "授权", "grant.read", "grant.record", REG_FIELDS,
    .access = true, .group = "组织与授权", .purpose = "登记哪些人员在哪些单位、哪段时间内担任哪个角色。",
    .date = "since",
};
