/* finding_more.c - what happens to findings: due dates extended, transfer to another unit, and what a unit finds by itself (整改延期、问题移交、单位自查). */
#include "packs/common/common.h"

static const struct reg_field extension_fields[] = {
    {"reason", "延期原因", REG_TEXT, REQUIRED | LISTED | NAME},
    {"finding", "问题", REG_REF, REQUIRED | LISTED, .to = "finding"},
    {"old_due", "原期限", REG_DATE, REQUIRED | LISTED},
    {"new_due", "延至", REG_DATE, REQUIRED | LISTED, .not_before = "old_due"},
    {"interim", "延期期间的防护措施", REG_LONG, 0},
    {"opinion", "审批意见", REG_LONG, 0},
};
static const struct reg_state extension_states[] = {{"asked", "待批准"}, {"approved", "已批准", .final = true}, {"refused", "未批准", .final = true}};
static const struct reg_move extension_moves[] = {
    {"approve", "批准延期", .from = {"asked"}, .to = "approved", .may = "finding.extend", .not_by = "add"},
    {"refuse", "不批准", .from = {"asked"}, .to = "refused", .needs = {"opinion"}, .may = "finding.extend", .not_by = "add"},
};

const struct reg finding_extension_register = {
    "finding_extension", "整改延期", "finding.read", "finding.work", .fields = extension_fields, .field_count = sizeof extension_fields / sizeof *extension_fields,
    .states = extension_states, .state_count = sizeof extension_states / sizeof *extension_states, .moves = extension_moves, .move_count = sizeof extension_moves / sizeof *extension_moves,
    .group = "安全检查", .purpose = "推迟整改期限须由另一人批准；批准后问题的期限随即改好，原期限留在这里。", .obeys = REG_EXTENSION,
};

static const struct reg_field transfer_fields[] = {
    {"summary", "问题描述", REG_TEXT, REQUIRED | LISTED | NAME},
    {"finding", "问题", REG_REF, REQUIRED | LISTED, .to = "finding"},
    {"from_unit", "移出单位", REG_REF, LISTED, .to = "unit"},
    {"photos", "照片", REG_FILE, PICTURE | SEVERAL},
    {"owner", "接收后的责任人", REG_REF, LISTED, .to = "person"},
    {"due", "整改期限", REG_DATE, LISTED},
    {"answer", "退回原因", REG_LONG, 0},
};
static const struct reg_state transfer_states[] = {
    {"offered", "待接收"}, {"accepted", "已接收", .final = true}, {"declined", "已退回", .final = true}, {"recalled", "已收回", .final = true}};
static const struct reg_move transfer_moves[] = {
    {"accept", "接收", .from = {"offered"}, .to = "accepted", .needs = {"owner", "due"}, .may = "finding_transfer.work"},
    {"decline", "退回", .from = {"offered"}, .to = "declined", .needs = {"answer"}, .may = "finding_transfer.work"},
    {"recall", "对方收回", .from = {"offered"}, .to = "recalled", .may = "finding_transfer.follow"},
};

/* Of the receiving unit, whose people see it by the rights that they have there. */
const struct reg finding_transfer_register = {
    "finding_transfer", "问题移交", "finding_transfer.read", "finding_transfer.work", .fields = transfer_fields, .field_count = sizeof transfer_fields / sizeof *transfer_fields,
    .states = transfer_states, .state_count = sizeof transfer_states / sizeof *transfer_states, .moves = transfer_moves, .move_count = sizeof transfer_moves / sizeof *transfer_moves,
    .group = "安全检查", .purpose = "只有其他部门才能整改的问题移交给该部门；接收后成为接收单位的问题，退回则回到原单位。", .obeys = REG_TRANSFER,
};

static const struct reg_field self_fields[] = {
    {"found", "发现日期", REG_DATE, REQUIRED | LISTED},
    {"summary", "问题描述", REG_TEXT, REQUIRED | LISTED | NAME},
    {"grade", "等级", REG_CHOICE, REQUIRED | LISTED, .choices = {{"grave", "重大"}, {"ordinary", "一般"}, {"slight", "轻微"}}},
    {"site", "地点档案", REG_REF, LISTED, .to = "place"},
    {"owner", "责任人", REG_REF, LISTED, .to = "person"},
    {"due", "整改期限", REG_DATE, LISTED, .not_before = "found"},
    {"remedy", "整改措施", REG_LONG},
    {"photos", "照片", REG_FILE, PICTURE | SEVERAL},
};
static const struct reg_state self_states[] = {{"draft", "单位内部"}, {"mended", "已自行整改"}, {"submitted", "已提交", .final = true}};
static const struct reg_move self_moves[] = {
    {"mend", "已自行整改", .from = {"draft"}, .to = "mended", .needs = {"remedy"}, .may = "self_check.inside"},
    {"submit", "提交为问题", .from = {"draft", "mended"}, .to = "submitted", .needs = {"owner"}, .may = "self_check.inside"},
};

const struct reg self_check_register = {
    "self_check", "单位自查", "self_check.inside", "self_check.inside", .fields = self_fields, .field_count = sizeof self_fields / sizeof *self_fields,
    .states = self_states, .state_count = sizeof self_states / sizeof *self_states, .moves = self_moves, .move_count = sizeof self_moves / sizeof *self_moves,
    .group = "安全检查", .purpose = "本单位自己发现的问题，只有本单位的人看得到；提交后成为问题整改台账里标明“自查发现”的问题。", .date = "found", .obeys = REG_SELF_CHECK,
};
