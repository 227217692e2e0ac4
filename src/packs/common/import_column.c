/* import_column.c - which field a heading in people's own tables means (表头对应): asked once, remembered. */
#include "packs/common/common.h"

static const struct reg_field fields[] = {
    {"name", "台账和表头", REG_TEXT, REQUIRED | LISTED | NAME | KEY},
    {"register", "哪个台账", REG_TEXT, REQUIRED | LISTED | INDEXED, .help = "台账的键"},
    {"head", "表头", REG_TEXT, REQUIRED | LISTED},
    {"field", "对应的栏目", REG_TEXT, REQUIRED | LISTED, .help = "栏目的键；“-”为不用这一列"},
};

const struct reg import_column_register = {
    "import_column", "表头对应", "import.read", "import.record", REG_FIELDS,
    .group = "组织与授权", .purpose = "表格里的表头与台账栏目的对应；导入时指定一次，以后自动认出。", .internal = true,
};
