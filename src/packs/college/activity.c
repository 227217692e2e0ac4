/* activity.c - safety education: lectures, seminars, drills, class meetings, assemblies (安全教育). */
#include "packs/college/college.h"

static const struct reg_field fields[] = {
    {"date", "开展日期", REG_DATE, REQUIRED | LISTED},
    {"kind", "形式", REG_CHOICE, REQUIRED | LISTED | INDEXED,
     .choices = {{"lecture", "安全知识讲座"}, {"seminar", "座谈会"}, {"drill", "演练"}, {"class_meeting", "专题班团会"},
                 {"assembly", "教育大会"}, {"themed_day", "主题日"}, {"training", "操作培训"}}},
    {"topic", "主题", REG_TEXT, REQUIRED | LISTED | NAME},
    {"place", "地点", REG_TEXT, LISTED},
    {"audience", "对象", REG_CHOICE, REQUIRED | LISTED, .choices = {{"students", "学生"}, {"staff", "教职工"}, {"both", "师生"}}},
    {"attendances", "参加人次", REG_INT, REQUIRED | LISTED | INDEXED, .unit = "人次", .min = 1, .max = 100000},
    {"speaker", "主讲或组织人", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"content", "主要内容", REG_LONG},
};
static const struct reg_measure measures[] = {
    {"count", "安全教育场次", MEASURE_COUNT, .unit = "场次"},
    {"attendances", "参加安全教育人次", MEASURE_SUM, .of = "attendances", .unit = "人次"},
    {"lectures", "座谈会、讲座场次", MEASURE_COUNT, .filter = "kind = lecture OR kind = seminar", .unit = "场次"},
    {"class_meetings", "专题班团会、教育大会场次", MEASURE_COUNT, .filter = "kind = class_meeting OR kind = assembly", .unit = "场次"},
};

const struct reg activity_register = {
    "activity", "安全教育台账", "activity.read", "activity.record", REG_FIELDS, REG_MEASURES,
    .group = "宣传教育", .purpose = "每一场安全教育：形式、主题、对象和参加人次。", .date = "date",
};
