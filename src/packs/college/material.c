/* material.c - signs, banners, manuals, questionnaires and letters given out (宣传材料). */
#include "packs/college/college.h"

static const struct reg_field fields[] = {
    {"date", "发放日期", REG_DATE, REQUIRED | LISTED},
    {"kind", "种类", REG_CHOICE, REQUIRED | LISTED,
     .choices = {{"sign", "提示牌"}, {"slogan", "标语"}, {"banner", "条幅"}, {"manual", "安全手册"}, {"questionnaire", "调查问卷"},
                 {"checklist", "排查表"}, {"notice", "告知书"}, {"letter", "致家长信"}, {"rules", "安全制度张贴"}}},
    {"title", "名称", REG_TEXT, REQUIRED | LISTED | NAME},
    {"quantity", "数量", REG_INT, REQUIRED | LISTED, .unit = "件", .min = 1, .max = 1000000, .help = "提示牌、标语、条幅按块（次），其余按份"},
    {"pages", "页数", REG_INT, LISTED, .unit = "页", .min = 1, .max = 10000000, .help = "总页数：份数乘每份页数"},
    {"place", "布置或发放处", REG_TEXT, LISTED},
    {"owner", "经办人", REG_REF, REQUIRED | LISTED, .to = "person"},
};
static const struct reg_measure measures[] = {
    {"signs", "提示牌、标语、条幅", MEASURE_SUM, .of = "quantity", .filter = "kind = sign OR kind = slogan OR kind = banner", .unit = "块（次）"},
    {"pages", "问卷、排查表、告知书页数", MEASURE_SUM, .of = "pages",
     .filter = "kind = questionnaire OR kind = checklist OR kind = notice", .unit = "页"},
    {"manuals", "安全手册", MEASURE_SUM, .of = "quantity", .filter = "kind = manual", .unit = "册"},
};

const struct reg material_register = {
    "material", "宣传材料台账", "material.read", "material.record", REG_FIELDS, REG_MEASURES,
    .group = "宣传教育", .purpose = "布置和发放的提示牌、标语、手册、问卷、告知书等，按种类计数。", .date = "date",
};
