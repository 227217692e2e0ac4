/* finding.c - what an inspection found, who puts it right, and by when (问题整改). */
#include "packs/common/common.h"

static const struct reg_field fields[] = {
    {"number", "问题编号", REG_TEXT, REQUIRED | LISTED | KEY, .help = "例如 WT2019-03，不可重复"},
    {"found", "发现日期", REG_DATE, REQUIRED | LISTED},
    {"summary", "问题描述", REG_TEXT, REQUIRED | LISTED | NAME},
    {"grade", "等级", REG_CHOICE, REQUIRED | LISTED | INDEXED, .choices = {{"grave", "重大"}, {"ordinary", "一般"}, {"slight", "轻微"}}},
    {"inspection", "来自检查", REG_REF, 0, .to = "inspection", .help = "填检查编号；不是检查中发现的不填"},
    {"owner", "责任人", REG_REF, REQUIRED | LISTED, .to = "person"},
    {"due", "整改期限", REG_DATE, LISTED | INDEXED, .not_before = "found"},
    {"remedy", "整改措施", REG_LONG},
    {"evidence", "整改证明", REG_TEXT, 0, .help = "照片、验收单的编号或存放处"},
    {"photos", "照片", REG_FILE, LISTED | PICTURE | SEVERAL, .help = "发现时的照片"},
    {"mended_photos", "整改后照片", REG_FILE, PICTURE | SEVERAL},
    {"receiver", "移交单位", REG_TEXT, 0, .help = "本单位无法整改、移交他单位的填写"},
    {"grounds", "撤销理由", REG_LONG, 0},
    {"way", "整改方式", REG_CHOICE, 0, .choices = {{"at_once", "立行立改"}, {"scheduled", "限期整改"}}},
    {"site", "地点档案", REG_REF, 0, .to = "place"},
    {"item", "检查项目", REG_TEXT, 0, .help = "检查表里的哪一项；逐项检查时自动填写"},
    {"repeats", "重复的问题", REG_REF, 0, .to = "finding", .help = "同一地点以前发现过的同样问题，填其编号"},
    {"self_found", "自查发现", REG_YESNO, LISTED, .help = "由单位自查台账提交时自动标明"},
    {"offenders", "违规人员", REG_REFS, PRIVATE, .to = "person", .help = "只有获授权的人可见；通报在问题页上打印"},
    {"recheck", "复查情况", REG_LONG, 0, .help = "复查人到现场看到什么，依据什么认为已经整改"},
    {"recheck_photos", "复查照片", REG_FILE, PICTURE | SEVERAL},
    {"receiver_unit", "接收单位", REG_REF, 0, .to = "unit", .help = "本单位其他部门；接收前问题仍算整改中"},
    {"came_from", "由哪个问题移交", REG_REF, 0, .to = "finding", .help = "接收移交时自动填写"},
};
static const struct reg_state states[] = {
    {"open", "整改中"}, {"review", "待复核"}, {"offered", "待接收"}, {"closed", "已销号", .final = true},
    {"transferred", "已移交", .final = true}, {"dropped", "已撤销", .final = true}};
static const struct reg_move moves[] = {
    {"submit", "提交复核", .from = {"open"}, .to = "review", .needs = {"remedy", "evidence"}, .may = "finding.work"},
    {"pass", "复核通过", .from = {"review"}, .to = "closed", .needs = {"recheck"}, .may = "finding.review", .not_by = "submit"},
    {"refuse", "退回整改", .from = {"review"}, .to = "open", .may = "finding.review"},
    {"transfer", "移交他单位", .from = {"open"}, .to = "transferred", .needs = {"receiver"}, .may = "finding.review"},
    {"offer", "移交本单位其他部门", .from = {"open"}, .to = "offered", .needs = {"receiver_unit"}, .may = "finding.review"},
    {"recall", "收回移交", .from = {"offered"}, .to = "open", .may = "finding.review"},
    {"accept", "对方接收", .from = {"offered"}, .to = "transferred", .may = "finding.follow"},
    {"decline", "对方退回", .from = {"offered"}, .to = "open", .may = "finding.follow"},
    {"drop", "撤销问题", .from = {"open"}, .to = "dropped", .needs = {"grounds"}, .may = "finding.review", .not_by = "add"},
};
static const struct reg_measure measures[] = {
    {"found", "发现问题", MEASURE_COUNT, .unit = "项"},
    {"solved", "解决问题", MEASURE_COUNT, .filter = "state = closed", .unit = "项"},
    {"open", "正在整改", MEASURE_COUNT, .filter = "state = open OR state = review OR state = offered", .unit = "项"},
    {"transferred", "移交他单位", MEASURE_COUNT, .filter = "state = transferred", .unit = "项"},
    {"dropped", "撤销", MEASURE_COUNT, .filter = "state = dropped", .unit = "项"},
    {"self_found", "自查发现", MEASURE_COUNT, .filter = "self_found = yes", .unit = "项"},
    {"repeated", "重复发现", MEASURE_COUNT, .filter = "repeats != null", .unit = "项"},
};

const struct reg finding_register = {
    "finding", "问题整改台账", "finding.read", "finding.record", REG_FIELDS, REG_STATES, REG_MOVES, REG_MEASURES,
    .group = "安全检查", .purpose = "每个问题从发现到销号：责任人、期限、措施、证明；复核由另一人办理。", .date = "found", .private_ = "finding.private", .obeys = REG_FINDING,
};
