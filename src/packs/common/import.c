/* import.c - each table that was imported (导入记录): from which file, how many rows, and whether the whole was taken back since. */
#include "packs/common/common.h"

static const struct reg_field fields[] = {
    {"file", "文件", REG_TEXT, REQUIRED | LISTED | NAME},
    {"register", "哪个台账", REG_TEXT, REQUIRED | LISTED | INDEXED, .help = "台账的键"},
    {"rows", "行数", REG_INT, REQUIRED | LISTED, .unit = "行", .min = 1, .max = 10000000},
    {"hash", "校验值", REG_TEXT, REQUIRED | INDEXED, .help = "文件的 SHA-256"},
};
static const struct reg_state states[] = {{"kept", "已导入"}, {"undone", "已整体撤回"}};
static const struct reg_move moves[] = {{"undo", "整体撤回", .from = {"kept"}, .to = "undone", .may = "import.record"}};

const struct reg import_register = {
    "import", "导入记录", "import.read", "import.record", REG_FIELDS, REG_STATES, REG_MOVES,
    .group = "组织与授权", .purpose = "每次导入的文件、行数；整体撤回也记在这里。", .internal = true,
};
