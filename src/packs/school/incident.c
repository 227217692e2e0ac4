/* incident.c - what happened (事件), the course of handling it, and who was called. */
#include "packs/school/school.h"

static const struct reg_field incident_fields[] = {
    {"title", "事件", REG_TEXT, REQUIRED | LISTED | NAME, .help = "例如 2026-11-30 火灾事故 食堂"},
    {"category", "类别", REG_REF, REQUIRED | LISTED, .to = "incident_category"},
    {"day", "发现日期", REG_DATE, REQUIRED},
    {"discovered", "发现时间", REG_MOMENT, REQUIRED | LISTED},
    {"place", "地点", REG_TEXT, REQUIRED | LISTED},
    {"what", "简要经过", REG_LONG, REQUIRED},
    {"drill", "演练", REG_YESNO, LISTED, .help = "演练照常呼叫和记录，不计入事件"},
    {"dead", "死亡人数", REG_INT, 0, .unit = "人", .min = 0, .max = 100000, .help = "没有填 0；还不清楚的不填"},
    {"heavy", "重伤人数", REG_INT, 0, .unit = "人", .min = 0, .max = 100000},
    {"light", "轻伤人数", REG_INT, 0, .unit = "人", .min = 0, .max = 100000},
    {"loss", "直接经济损失初步估计", REG_MONEY, 0, .min = 0, .max = INT64_C(1000000000000000)},
    {"leaked", "泄露个人信息的人数", REG_INT, 0, .unit = "人", .min = 0, .max = INT64_C(2000000000), .help = "网络安全事件才填"},
    {"cause", "原因初步判断", REG_LONG, 0},
    {"measures", "已采取的措施和控制情况", REG_LONG, 0},
    {"reporter", "报告人", REG_REF, 0, .to = "person"},
    {"reporting_unit", "报告单位", REG_REF, 0, .to = "unit"},
    {"called_110", "拨打 110 的时间", REG_MOMENT, 0},
    {"called_119", "拨打 119 的时间", REG_MOMENT, 0},
    {"called_120", "拨打 120 的时间", REG_MOMENT, 0},
    {"level", "等级", REG_CHOICE, LISTED,
     .choices = {{"gravest", "特别重大"}, {"major", "重大"}, {"larger", "较大"}, {"ordinary", "一般"}}, .help = "程序只作提议，由人认定"},
    {"accused", "涉及人员", REG_REFS, 0, .to = "person", .help = "只填保密类别的；本人看不到这一事件，也接不到消息"},
    {"photos", "照片", REG_FILE, PICTURE | SEVERAL},
    {"investigation", "调查情况", REG_LONG, 0},
    {"written", "书面材料", REG_LONG, 0, .help = "文号或存放处"},
    {"rectification", "整改措施", REG_LONG, 0},
    {"lessons", "教训", REG_LONG, 0},
};
static const struct reg_state incident_states[] = {{"reported", "已报告"}, {"handling", "处置中"}, {"closed", "已结案", .final = true}};
static const struct reg_move incident_moves[] = {
    {"handle", "开始处置", .from = {"reported"}, .to = "handling", .may = "incident.work"},
    {"close", "结案", .from = {"handling"}, .to = "closed", .needs = {"investigation", "written", "rectification", "lessons"}, .may = "incident.work"},
};
#define REAL "(drill = false OR drill = null)"
static const struct reg_measure incident_measures[] = {
    {"count", "安全事件", MEASURE_COUNT, .filter = REAL, .unit = "起"},
    {"closed", "已结案事件", MEASURE_COUNT, .filter = REAL " AND state = closed", .unit = "起"},
    {"dead", "死亡人数", MEASURE_SUM, .of = "dead", .filter = REAL, .unit = "人"},
    {"heavy", "重伤人数", MEASURE_SUM, .of = "heavy", .filter = REAL, .unit = "人"},
    {"drills", "演练", MEASURE_COUNT, .filter = "drill = true", .unit = "次"},
};

const struct reg incident_register = {
    "incident", "安全事件", "incident.read", "incident.record", .fields = incident_fields, .field_count = sizeof incident_fields / sizeof *incident_fields,
    .states = incident_states, .state_count = sizeof incident_states / sizeof *incident_states, .moves = incident_moves, .move_count = sizeof incident_moves / sizeof *incident_moves,
    .measures = incident_measures, .measure_count = sizeof incident_measures / sizeof *incident_measures,
    .group = "安全事件", .purpose = "从报告、处置到结案；演练用同样的办法，单独标明，不计入事件。", .date = "day", .barred = "accused",
};

static const struct reg_field note_fields[] = {
    {"text", "内容", REG_TEXT, REQUIRED | LISTED | NAME},
    {"incident", "事件", REG_REF, REQUIRED | LISTED, .to = "incident"},
    {"at", "时间", REG_MOMENT, REQUIRED | LISTED},
    {"kind", "种类", REG_CHOICE, REQUIRED | LISTED,
     .choices = {{"course", "经过"}, {"measure", "措施"}, {"joined", "另一人的报告"}, {"sent", "报出"}, {"supplement", "续报"}, {"help", "求援"}, {"public", "情况通报"}, {"scene", "现场保护"}, {"other", "其他"}}},
    {"by", "记录人", REG_REF, LISTED, .to = "person"},
    {"to", "报给或通报给", REG_TEXT, 0},
    {"detail", "详情", REG_LONG, 0},
    {"photos", "照片", REG_FILE, PICTURE | SEVERAL},
};

const struct reg incident_note_register = {
    "incident_note", "事件经过", "incident.read", "incident_note.record", .fields = note_fields, .field_count = sizeof note_fields / sizeof *note_fields,
    .group = "安全事件", .purpose = "一起事件的经过、措施、报出和续报，按时间排列。", .barred = "incident",
};

static const struct reg_field call_fields[] = {
    {"reason", "因何呼叫", REG_TEXT, REQUIRED | LISTED | NAME},
    {"incident", "事件", REG_REF, REQUIRED | LISTED, .to = "incident"},
    {"person", "呼叫谁", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"called", "呼叫时间", REG_MOMENT, REQUIRED | LISTED},
    {"instead", "替补谁的呼叫", REG_REF, 0, .to = "incident_call"},
    {"heard", "确认时间", REG_MOMENT, LISTED},
};
static const struct reg_state call_states[] = {{"called", "待确认"}, {"acknowledged", "已确认", .final = true}};
/* Everyone acknowledges his own; who has this right does it for somebody whom he has reached by telephone. */
static const struct reg_move call_moves[] = {
    {"acknowledge", "确认", .from = {"called"}, .to = "acknowledged", .needs = {"heard"}, .may = "incident_call.acknowledge"},
};

const struct reg incident_call_register = {
    "incident_call", "事件呼叫", "incident.read", "incident_call.record", .fields = call_fields, .field_count = sizeof call_fields / sizeof *call_fields,
    .states = call_states, .state_count = sizeof call_states / sizeof *call_states, .moves = call_moves, .move_count = sizeof call_moves / sizeof *call_moves,
    .group = "安全事件", .purpose = "事件一报，按调度表呼叫的每一个人和他确认的时间；由程序登记。", .barred = "incident",
};
