/* wording.c - the words of messages that people are told by, where the institution wants its own (通知文字). */
#include "packs/common/common.h"

static const struct reg_field fields[] = {
    {"subject", "标题", REG_TEXT, REQUIRED | LISTED | NAME, .help = "邮件的标题；短信和群消息只用正文"},
    {"channel", "用于", REG_CHOICE, REQUIRED | LISTED, .choices = {{"mail", "邮件"}, {"brief", "短信和群消息"}}},
    {"body", "正文", REG_LONG, REQUIRED | LISTED, .help = "{0} 是项数，{1} 是单位名称；邮件正文后面会列出各项。短信和群消息里不要写具体事项"},
};

/* The newest of each kind is used; without one the program's own words. */
const struct reg message_text_register = {
    "message_text", "通知文字", "system.admin", "system.admin", REG_FIELDS,
    .group = "系统管理", .purpose = "提醒邮件和短信怎么写；各取最新的一条，没有登记就用程序自带的。",
};
