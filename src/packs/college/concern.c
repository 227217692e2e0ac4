/* concern.c - what students and staff asked to be solved, and its solution (师生关切). */
#include "packs/college/college.h"

static const struct reg_field fields[] = {
    {"number", "事项编号", REG_TEXT, REQUIRED | LISTED | KEY | INDEXED},
    {"date", "提出日期", REG_DATE, REQUIRED | LISTED},
    {"summary", "关切的问题", REG_TEXT, REQUIRED | LISTED | NAME},
    {"owner", "办理人", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"answer", "办理结果", REG_LONG},
};
static const struct reg_state states[] = {{"open", "办理中"}, {"solved", "已解决", .final = true}, {"explained", "已解释", .final = true}};
static const struct reg_move moves[] = {
    {"solve", "解决", .from = {"open"}, .to = "solved", .needs = {"answer"}, .may = "concern.work"},
    {"explain", "解释说明", .from = {"open"}, .to = "explained", .needs = {"answer"}, .may = "concern.work"},
};
static const struct reg_measure measures[] = {
    {"count", "关切事项", MEASURE_COUNT, .unit = "件"},
    {"solved", "解决关切事项", MEASURE_COUNT, .filter = "state = solved", .unit = "件"},
};

const struct reg concern_register = {
    "concern", "师生关切台账", "concern.read", "concern.record", REG_FIELDS, REG_STATES, REG_MOVES, REG_MEASURES,
    .group = "关怀帮助", .purpose = "师生关注密切的问题，从提出到解决。", .date = "date",
};
