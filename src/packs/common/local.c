/* local.c - registers and fields that the institution added itself (自建台账和栏目), each as one definition in JSON. */
#include "packs/common/common.h"

static const struct reg_field fields[] = {
    {"register", "台账的键", REG_TEXT, REQUIRED | LISTED | KEY},
    {"label", "名称", REG_TEXT, REQUIRED | LISTED | NAME},
    {"definition", "定义", REG_LONG, REQUIRED, .help = "JSON"},
};

const struct reg local_register = {
    "local", "自建台账和栏目", "local.read", "local.record", REG_FIELDS,
    .group = "组织与授权", .purpose = "本单位自己建立的台账，和加在已有台账上的栏目。", .internal = true,
};
