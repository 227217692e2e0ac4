/* clock.c - terms that run (期限), what happens to them, and the notices of days off that an institution adds (放假安排). */
#include "packs/common/common.h"

static const struct reg_field clock_fields[] = {
    {"subject", "事项", REG_TEXT, REQUIRED | LISTED | NAME, .help = "例如 来信 LX2026-031 的答复"},
    {"rule", "期限种类", REG_TEXT, REQUIRED | LISTED | INDEXED, .help = "期限的代码，如 letter.reply；“期限”页列出全部种类和依据"},
    {"started", "起算日", REG_DATE, REQUIRED | LISTED, .help = "收到、受理、执行等当日；当日不计入期限"},
    {"time", "起算时刻", REG_TEXT, 0, .help = "按小时计算的期限才填，如 14:20"},
    {"length", "期限长度", REG_TEXT, 0, .help = "逐件规定的期限才填：15d 十五日、10wd 十个工作日、12mo 十二个月"},
    {"custody", "在押", REG_YESNO, 0, .help = "起算时犯罪嫌疑人在押"},
    {"owner", "承办人", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"paper", "文号或来源", REG_TEXT, 0},
    {"note", "说明", REG_LONG, 0},
    {"reopened", "撤销办结的理由", REG_TEXT, 0},
};
static const struct reg_state clock_states[] = {{"running", "计时中"}, {"ended", "已办结", .final = true}};
static const struct reg_move clock_moves[] = {
    {"finish", "办结", .from = {"running"}, .to = "ended", .may = "clock.record"},
    {"reopen", "撤销办结", .from = {"ended"}, .to = "running", .needs = {"reopened"}, .may = "clock.record", .undo = true},
};

const struct reg clock_register = {
    "clock", "期限", "clock.read", "clock.record", .fields = clock_fields, .field_count = sizeof clock_fields / sizeof *clock_fields,
    .states = clock_states, .state_count = sizeof clock_states / sizeof *clock_states, .moves = clock_moves, .move_count = sizeof clock_moves / sizeof *clock_moves,
    .group = "期限", .purpose = "正在走的期限：起算日、种类、承办人；届满日由规定算出，并逐日说明。", .date = "started", .obeys = REG_CLOCK,
};

static const struct reg_field event_fields[] = {
    {"paper", "依据文书", REG_TEXT, REQUIRED | LISTED | NAME, .help = "中止、延长等的文书名称和文号"},
    {"clock", "期限", REG_REF, REQUIRED | LISTED, .to = "clock"},
    {"at", "日期", REG_DATE, REQUIRED | LISTED},
    {"time", "时刻", REG_TEXT, 0, .help = "按小时计算的期限才填，如 14:20"},
    {"kind", "事项", REG_CHOICE, REQUIRED | LISTED,
     .choices = {{"suspend", "中止"}, {"resume", "恢复"}, {"extend", "延长"}, {"restart", "重新起算"}, {"correct", "更正起算日"}, {"detain", "羁押"}, {"release", "释放"}}},
    {"reason", "中止原因", REG_CHOICE, 0,
     .choices = {{"third_party", "征求第三方意见"}, {"other_organ", "征求其他机关意见"}, {"hearing", "听证"}, {"psychiatric", "精神病鉴定"}, {"more_facts", "等待来信人补充"}, {"other_unit", "须由其他单位先行处理"}}},
    {"code", "延长种类", REG_TEXT, 0, .help = "只有一种延长的不填；否则填代码、序号或长度，如 complex、1、15d"},
    {"applied", "提请日期", REG_DATE, 0, .help = "延长须提前提请的填写"},
    {"correct", "正确的起算日", REG_DATE, 0},
};

const struct reg clock_event_register = {
    "clock_event", "期限变动", "clock.read", "clock.record", .fields = event_fields, .field_count = sizeof event_fields / sizeof *event_fields,
    .group = "期限", .purpose = "期限的中止、恢复、延长、重新起算和更正；规定不允许的登记不了。", .date = "at", .obeys = REG_CLOCK_EVENT,
};

static const struct reg_field day_columns[] = {
    {"date", "日期", REG_DATE, REQUIRED},
    {"kind", "安排", REG_CHOICE, REQUIRED,
     .choices = {{"statutory", "法定节假日"}, {"bridge", "调休放假"}, {"work", "上班"}, {"closure", "停办"}, {"term_break", "假期"}}},
    {"name", "名称", REG_TEXT},
};
static const struct reg_field holiday_fields[] = {
    {"name", "名称", REG_TEXT, REQUIRED | LISTED | NAME, .help = "例如 国务院办公厅关于2027年部分节假日安排的通知"},
    {"layer", "范围", REG_CHOICE, REQUIRED | LISTED, .choices = {{"national", "全国"}, {"institution", "本单位"}}},
    {"year", "年份", REG_INT, REQUIRED | LISTED, .min = 1990, .max = 2140},
    {"published", "发布日期", REG_DATE, REQUIRED | LISTED},
    {"source", "文号或网址", REG_TEXT, REQUIRED | LISTED},
    {"days", "各日", REG_TABLE, REQUIRED, .columns = day_columns, .column_count = sizeof day_columns / sizeof *day_columns,
     .help = "放假的每一天和调休上班的每一天；同一年后发布的全国通知整个代替先前的"},
};

const struct reg holiday_register = {
    "holiday", "放假安排", "clock.read", "clock.calendar", .fields = holiday_fields, .field_count = sizeof holiday_fields / sizeof *holiday_fields,
    .group = "期限", .purpose = "全国和本单位的放假、调休；登记以后，所有期限按新的安排重算。随程序附带 2007 至 2026 年的。", .date = "published", .obeys = REG_HOLIDAY, .late_days = 400,
};

static const struct reg_field extension_columns[] = {
    {"code", "代码", REG_TEXT, REQUIRED},
    {"name", "名称", REG_TEXT, REQUIRED},
    {"length", "长度", REG_TEXT, REQUIRED},
    {"how", "怎样算", REG_CHOICE, REQUIRED, .choices = {{"add", "在原期限上加"}, {"total", "代替原期限"}, {"most", "最多加到"}}},
    {"approver", "批准人", REG_TEXT},
    {"citation", "依据", REG_TEXT, REQUIRED},
    {"before", "提前提请", REG_TEXT},
};
static const struct reg_field rung_columns[] = {
    {"before", "提前天数", REG_INT, REQUIRED, .min = -365, .max = 365},
    {"role", "提醒谁", REG_CHOICE, REQUIRED, .choices = {{"handler", "承办人"}, {"department_head", "部门负责人"}, {"leader", "上级负责人"}}},
};
static const struct reg_field rule_fields[] = {
    {"name", "名称", REG_TEXT, REQUIRED | LISTED | NAME, .help = "例如 领导信箱来信答复"},
    {"code", "代码", REG_TEXT, REQUIRED | LISTED | INDEXED,
     .help = "小写字母、数字、点和横线，如 own.reply。随附的本单位规定和未核对的规定可以用它的代码代替；已核对的法定期限不能改写"},
    {"length", "长度", REG_TEXT, LISTED, .help = "15d 十五日、10wd 十个工作日、2mo 两个月、1y 一年、24h 二十四小时"},
    {"given", "逐件规定长度", REG_YESNO},
    {"months", "月份算法", REG_CHOICE, 0, .choices = {{"civil", "到相应的日，没有则为月末"}, {"criminal", "月末到月末（刑事）"}}},
    {"roll", "末日遇休息日顺延", REG_YESNO},
    {"starts_on", "从何时起算", REG_TEXT, LISTED, .help = "例如 收到来信"},
    {"suspend", "可以中止的原因", REG_SET, 0,
     .choices = {{"third_party", "征求第三方意见"}, {"other_organ", "征求其他机关意见"}, {"hearing", "听证"}, {"more_facts", "等待来信人补充"}, {"other_unit", "须由其他单位先行处理"}}, .help = "最多四种"},
    {"extensions", "可以延长", REG_TABLE, 0, .columns = extension_columns, .column_count = sizeof extension_columns / sizeof *extension_columns},
    {"restart_on", "重新起算的情形", REG_TEXT, 0, .help = "不填：不能重新起算"},
    {"rounds", "最多几轮", REG_INT, 0, .min = 0, .max = 100, .help = "不填或 0：不限"},
    {"warnings", "提醒", REG_TABLE, 0, .columns = rung_columns, .column_count = sizeof rung_columns / sizeof *rung_columns,
     .help = "届满日之前几天提醒谁；0 为当天，负数为过期以后。不填：提前 7、3、1 天，当天，过期 1 天"},
    {"on_expiry", "期满怎么办", REG_TEXT},
    {"citation", "依据", REG_TEXT, REQUIRED | LISTED, .help = "文件名称、文号和条款；没有依据的期限不能采用"},
    {"valid_from", "生效日期", REG_DATE, REQUIRED | LISTED},
    {"valid_to", "失效日期", REG_DATE, 0, .not_before = "valid_from"},
    {"paper", "依据文件", REG_FILE},
};

const struct reg term_rule_register = {
    "term_rule", "期限规定", "clock.read", "clock.calendar", .fields = rule_fields, .field_count = sizeof rule_fields / sizeof *rule_fields,
    .group = "期限", .purpose = "本单位自己规定的期限；登记以后，从生效日起开始的期限照它计算，正在走的期限全部重算。", .date = "valid_from", .obeys = REG_TERM_RULE, .late_days = 3650,
};
