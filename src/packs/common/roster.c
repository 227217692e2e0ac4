/* roster.c - who is on duty when (值班): rosters, their shifts, exchanges, and who is away. */
#include "packs/common/common.h"

static const struct reg_field roster_fields[] = {
    {"name", "名称", REG_TEXT, REQUIRED | LISTED | NAME, .help = "例如 2027年1月安全值班表"},
    {"kind", "种类", REG_CHOICE, REQUIRED | LISTED, .choices = {{"duty", "值班"}, {"reading", "读网"}, {"on_call", "待命"}}},
    {"first", "开始日期", REG_DATE, REQUIRED | LISTED},
    {"last", "结束日期", REG_DATE, REQUIRED | LISTED, .not_before = "first", .help = "一张表最长 370 天"},
    {"workdays", "工作日", REG_CHOICE, REQUIRED,
     .choices = {{"night", "只排夜班"}, {"day", "只排白班"}, {"whole", "全天一班"}, {"two", "白班、夜班各一班"}, {"none", "不排"}},
     .help = "调休上班的周末也按工作日排"},
    {"restdays", "休息日和节假日", REG_CHOICE, REQUIRED,
     .choices = {{"two", "白班、夜班各一班"}, {"whole", "全天一班"}, {"day", "只排白班"}, {"night", "只排夜班"}, {"none", "不排"}}},
    {"turn", "轮换", REG_CHOICE, REQUIRED, .choices = {{"day", "逐班"}, {"week", "逐周"}}, .help = "逐周：同一人从周一到周日"},
    {"leaders", "带班领导名单", REG_REFS, 0, .to = "person", .help = "每行一人；不需要这一岗的不填"},
    {"officers", "值班人员名单", REG_REFS, REQUIRED, .to = "person", .help = "每行一人"},
    {"thirds", "第三岗名单", REG_REFS, 0, .to = "person", .help = "电工、保安、宿管等；不需要这一岗的不填"},
    {"third_name", "第三岗名称", REG_TEXT, 0, .help = "例如 宿管；不填写作“第三岗”"},
    {"gap", "两班之间至少隔几天", REG_INT, 0, .unit = "天", .min = 0, .max = 60, .help = "不填按 1 天"},
    {"counted_from", "公平起算日", REG_DATE, 0, .help = "此日以来同类值班表的班次一并计入，排到人人相当；不填只看本表"},
    {"day_from", "白班开始", REG_TEXT, 0, .help = "不填按 08:00；也是全天班交接的时刻"},
    {"night_from", "夜班开始", REG_TEXT, 0, .help = "不填按 17:30；到次日白班开始"},
};
static const struct reg_state roster_states[] = {{"draft", "草拟"}, {"published", "已公布", .final = true}};
static const struct reg_move roster_moves[] = {
    {"publish", "公布", .from = {"draft"}, .to = "published", .may = "roster.publish"},
};

const struct reg roster_register = {
    "roster", "值班表", "roster.read", "roster.record", .fields = roster_fields, .field_count = sizeof roster_fields / sizeof *roster_fields,
    .states = roster_states, .state_count = sizeof roster_states / sizeof *roster_states, .moves = roster_moves, .move_count = sizeof roster_moves / sizeof *roster_moves,
    .group = "值班", .purpose = "一段时间的值班、读网或待命：谁可以排、怎么排；打开后排班、公布、打印。", .obeys = REG_ROSTER,
};

static const struct reg_field shift_fields[] = {
    {"label", "班次", REG_TEXT, REQUIRED | LISTED | NAME, .help = "例如 2027-01-03 夜班"},
    {"roster", "值班表", REG_REF, REQUIRED | LISTED, .to = "roster"},
    {"date", "日期", REG_DATE, REQUIRED | LISTED | INDEXED},
    {"part", "班", REG_CHOICE, REQUIRED, .choices = {{"day", "白班"}, {"night", "夜班"}, {"whole", "全天"}}},
    {"leader", "带班领导", REG_REF, LISTED, .to = "person"},
    {"officer", "值班人员", REG_REF, LISTED, .to = "person"},
    {"third", "第三岗", REG_REF, LISTED, .to = "person"},
    {"events", "值班情况", REG_LONG, 0, .help = "没有异常时写“正常”"},
    {"matters", "未了事项和移交物品", REG_LONG, 0, .help = "没有的写“无”"},
};
static const struct reg_state shift_states[] = {{"planned", "待值班"}, {"handed", "已交班"}, {"taken", "已接班", .final = true}};
static const struct reg_move shift_moves[] = {
    {"hand_over", "交班", .from = {"planned"}, .to = "handed", .needs = {"events", "matters"}, .may = "shift.duty"},
    {"take_over", "接班", .from = {"handed"}, .to = "taken", .may = "shift.duty", .not_by = "hand_over"},
    {"return", "退回补充", .from = {"handed"}, .to = "planned", .may = "shift.duty", .not_by = "hand_over"},
};
static const struct reg_measure shift_measures[] = {
    {"shifts", "班次", MEASURE_COUNT, .unit = "班", .date = "date"},
    {"handed", "已交接班次", MEASURE_COUNT, .filter = "state = taken", .unit = "班", .date = "date"},
};

/* A shift is known as soon as it is planned, so that it takes effect on the day of entry and not on its own. */
const struct reg shift_register = {
    "shift", "班次", "roster.read", "roster.record", .fields = shift_fields, .field_count = sizeof shift_fields / sizeof *shift_fields,
    .states = shift_states, .state_count = sizeof shift_states / sizeof *shift_states, .moves = shift_moves, .move_count = sizeof shift_moves / sizeof *shift_moves,
    .measures = shift_measures, .measure_count = sizeof shift_measures / sizeof *shift_measures,
    .group = "值班", .purpose = "每一班由谁值，值班情况和交接：交班人写明、接班人签收。", .obeys = REG_SHIFT,
};

static const struct reg_field swap_fields[] = {
    {"why", "原因", REG_TEXT, REQUIRED | LISTED | NAME},
    {"shift", "班次", REG_REF, REQUIRED | LISTED, .to = "shift"},
    {"seat", "岗位", REG_CHOICE, REQUIRED, .choices = {{"leader", "带班领导"}, {"officer", "值班人员"}, {"third", "第三岗"}}},
    {"giver", "换出人", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"taker", "接替人", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"back", "对换的班次", REG_REF, 0, .to = "shift", .help = "接替人的哪一班由换出人来值；只请人代班的不填"},
};
static const struct reg_state swap_states[] = {
    {"asked", "待对方同意"}, {"agreed", "待批准"}, {"approved", "已批准", .final = true}, {"refused", "未同意", .final = true}};
static const struct reg_move swap_moves[] = {
    {"agree", "同意接替", .from = {"asked"}, .to = "agreed", .may = "shift.duty"},
    {"approve", "批准", .from = {"agreed"}, .to = "approved", .may = "roster.approve", .not_by = "agree"},
    {"refuse", "不同意", .from = {"asked", "agreed"}, .to = "refused", .may = "shift.duty"},
};

const struct reg swap_register = {
    "shift_swap", "换班", "roster.read", "shift.duty", .fields = swap_fields, .field_count = sizeof swap_fields / sizeof *swap_fields,
    .states = swap_states, .state_count = sizeof swap_states / sizeof *swap_states, .moves = swap_moves, .move_count = sizeof swap_moves / sizeof *swap_moves,
    .group = "值班", .purpose = "换班要对方同意、再经批准；批准后值班表随即改好。", .obeys = REG_SWAP,
};

static const struct reg_field absence_fields[] = {
    {"matter", "事由", REG_TEXT, REQUIRED | LISTED | NAME},
    {"person", "人员", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"kind", "类别", REG_CHOICE, REQUIRED | LISTED, .choices = {{"leave", "请假"}, {"trip", "出差"}, {"training", "培训"}, {"other", "其他"}}},
    {"from", "开始日期", REG_DATE, REQUIRED | LISTED},
    {"to", "结束日期", REG_DATE, REQUIRED | LISTED, .not_before = "from"},
    {"stand_in", "代办人", REG_REF, LISTED, .to = "person", .help = "期间的到期事项也出现在代办人的“今日”"},
};

const struct reg absence_register = {
    "absence", "请假外出", "roster.read", "absence.record", .fields = absence_fields, .field_count = sizeof absence_fields / sizeof *absence_fields,
    .group = "值班", .purpose = "谁在哪些天不在：排班时避开，已排的班会标出来，到期的事由代办人看到。", .obeys = REG_ABSENCE,
};
