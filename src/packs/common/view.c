/* view.c - conditions of a list that somebody keeps under a name (常用视图). */
#include "packs/common/common.h"

static const struct reg_field fields[] = {
    {"name", "名称", REG_TEXT, REQUIRED | LISTED | NAME},
    {"owner", "所属人员", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"register", "哪个台账", REG_TEXT, REQUIRED | LISTED | INDEXED, .help = "台账的键"},
    {"query", "条件", REG_LONG, REQUIRED, .help = "网址中问号后面的部分"},
    {"shared", "大家都能用", REG_YESNO, LISTED},
};

const struct reg view_register = {
    "view", "常用视图", "view.read", "view.record", REG_FIELDS,
    .group = "组织与授权", .purpose = "台账列表的条件，存为名字，下次一点就到。", .internal = true,
};
