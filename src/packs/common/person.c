/* person.c - the people of the institution: staff, students and others, and by which name they sign in (人员). */
#include "packs/common/common.h"

static const struct reg_field fields[] = {
    {"name", "姓名", REG_TEXT, REQUIRED | LISTED | NAME},
    {"login", "登录名", REG_TEXT, LISTED | KEY, .help = "不需要登录系统的人员可以不填"},
    {"kind", "人员类别", REG_CHOICE, REQUIRED | LISTED, .choices = {{"staff", "教职工"}, {"student", "学生"}, {"other", "其他人员"}}},
    {"unit", "所在单位", REG_REF, LISTED, .to = "unit"},
    {"post", "职务", REG_TEXT, LISTED},
    {"phone", "联系电话", REG_PHONE, PRIVATE},
    {"mail", "电子邮箱", REG_MAIL, PRIVATE},
    {"since", "到岗日期", REG_DATE, REQUIRED},
    {"demo", "演示人员", REG_YESNO, .help = "演示数据中的人员均为虚构，并在此标明"},
};
static const struct reg_state states[] = {{"active", "在职"}, {"left", "离任"}};
static const struct reg_move moves[] = {
    {"leave", "办理离任", .from = {"active"}, .to = "left", .may = "person.manage"},
    {"return", "恢复在职", .from = {"left"}, .to = "active", .may = "person.manage"},
};
static const struct reg_measure measures[] = {
    {"staff", "教职工人数", MEASURE_COUNT, .filter = "kind = staff AND state = active", .unit = "人", .at_end = true},
    {"students", "学生人数", MEASURE_COUNT, .filter = "kind = student AND state = active", .unit = "人", .at_end = true},
};

/* The date is when the person came, often years ago: entering it today is not a late entry. */
const struct reg person_register = {
    "person", "人员", "person.read", "person.record", REG_FIELDS, REG_STATES, REG_MOVES, REG_MEASURES,
    .access = true, .group = "组织与授权", .purpose = "登记单位人员；能够登录系统的人员在此填写登录名。",
    .date = "since", .withdraw = "person.manage", .private_ = "person.private", .late_days = 36500,
};
