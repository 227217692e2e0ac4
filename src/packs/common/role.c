/* role.c - the roles and the rights that each brings (角色). */
#include "packs/common/common.h"

static const struct reg_field fields[] = {
    {"name", "角色名称", REG_TEXT, REQUIRED | LISTED | KEY | NAME},
    {"rights", "权限", REG_LONG, REQUIRED | LISTED,
     .help = "以空格或换行分隔，例如 finding.read；finding.* 表示该台账的全部权限，* 表示所有权限"},
    {"purpose", "用途说明", REG_TEXT, LISTED},
    {"second", "须两步验证", REG_YESNO, LISTED, .help = "担任这个角色的人登录后须先设置两步验证，才能办别的事"},
};

const struct reg role_register = {
    "role", "角色", "role.read", "role.record", REG_FIELDS,
    .access = true, .group = "组织与授权", .purpose = "规定每个角色拥有的权限；角色通过授权赋予人员。",
};
