/* main.c - the program: finds the command, reads its options, runs it, and says what went wrong in the reader's language. */
#include "main/command.h"

#include "base/log.h"
#include "web/catalogue.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA_OPTION                                                                                                                \
    { "--data", "目录", "数据目录；缺省为 $TAIZHANG_DATA 或 ~/.local/share/taizhang" }
#define AS_OPTION                                                                                                                  \
    { "--as", "登录名", "以此人的身份和权限办理；缺省为系统本身" }
#define JSON_OPTION                                                                                                                \
    { "--json", NULL, "以 JSON 输出" }

const struct command commands[] = {
    {"init",
     "init [--pack 名称]… [--demo]",
     "建立一个安装",
     {{"--pack", "名称", "业务包，可重复：college …"},
      {"--demo", NULL, "装入演示数据（人员均为虚构）"},
      {"--institution", "名称", "单位名称，印在页面和报告上"},
      {"--store", "地址", "PostgreSQL 数据库的地址 postgresql://…；缺省为数据目录中的 SQLite 文件"},
      DATA_OPTION},
     command_init},
    {"serve",
     "serve [--listen 地址]",
     "运行服务器",
     {{"--listen", "地址:端口", "缺省为设置文件中的地址"}, DATA_OPTION},
     command_serve},
    {"record",
     "record list|show|add|move 台账 …",
     "在命令行查看和登记",
     {{"--filter", "条件", "筛选条件，例如 state = \"open\" AND found >= 2019-01-01"},
      {"--as-of", "日期", "这一天的情况"},
      {"--known-at", "时间", "当时所知的情况：时间或日志位置"},
      {"--search", "文字", "包含这些文字"},
      {"--sort", "栏目", "排序的栏目；前面加 - 为从大到小"},
      {"--limit", "条数", "最多列出多少条"},
      {"--set", "栏目=值", "填写一栏，可重复"},
      {"--effective", "日期", "生效日期"},
      {"--reason", "文字", "补录、更正或撤回的原因"},
      AS_OPTION,
      JSON_OPTION,
      DATA_OPTION},
     command_record},
    {"import",
     "import 台账 文件 [--dry-run]",
     "导入 CSV 或 XLSX；要么全部导入，要么一条也不导入",
     {{"--dry-run", NULL, "只检查，不导入"},
      {"--update", NULL, "编号已有的行更新原记录"},
      {"--reason", "文字", "补录的原因"},
      {"--sheet", "名称", "工作表；缺省为第一张"},
      AS_OPTION,
      JSON_OPTION,
      DATA_OPTION},
     command_import},
    {"export",
     "export 台账 [--format csv|xlsx] -o 文件",
     "导出",
     {{"--format", "格式", "csv 或 xlsx"},
      {"-o", "文件", "写到这个文件"},
      {"--filter", "条件", "筛选条件"},
      {"--as-of", "日期", "这一天的情况"},
      {"--known-at", "时间", "当时所知的情况：时间或日志位置"},
      AS_OPTION,
      DATA_OPTION},
     command_export},
    {"due",
     "due [期限 --from 日期[T时:分]]",
     "计算法定期限，并说明为什么是这一天；不写期限则列出所有期限",
     {{"--from", "日期", "起算日，如 2024-10-08；按小时的期限写明时刻，如 2024-10-08T14:20"},
      {"--custody", NULL, "犯罪嫌疑人在押：届满日不因节假日顺延"},
      {"--extend", "延长", "一次延长的代码、序号或长度，可重复"},
      {"--events", "文件", "JSON 文件中的中止、恢复、延长、重新起算等事件；- 为标准输入"},
      {"--length", "长度", "逐件规定的长度，如 15d、10wd、12mo"},
      {"--days", "日数", "逐件规定的日数"},
      {"--months", "月数", "逐件规定的月数"},
      {"--calendar-as-of", "日期", "只用这一天之前公布的放假安排"},
      {"--explain", NULL, "逐日说明，并列出依据"},
      {"--data", "目录", "连同这个数据目录里登记的放假安排和本单位规定"},
      JSON_OPTION},
     command_due},
    {"report",
     "report 报告 --period 时期 --format md|html|docx|pdf -o 文件",
     "生成报告（不签发）",
     {{"--period", "时期", "2019、2019-03、2019-Q1"},
      {"--format", "格式", "md、html、docx 或 pdf"},
      {"-o", "文件", "写到这个文件；- 为标准输出"},
      {"--text", "文件", "用这份文本代替附带的文本"},
      JSON_OPTION,
      DATA_OPTION},
     command_report},
    {"bundle",
     "bundle 报告编号 -o 文件 [--log]",
     "已签发报告的证据包，用 taizhang-verify 核验",
     {{"-o", "文件", "写到这个文件；- 为标准输出"},
      {"--log", NULL, "并装入整个日志各条的头，以证明没有遗漏"},
      {"--show", "台账.栏目", "另外公开的栏目，可重复；缺省只公开日期、选项和数目"},
      AS_OPTION,
      DATA_OPTION},
     command_bundle},
    {"verify",
     "verify [--deep]",
     "核验日志；--deep 并核验所有由日志得出的表和文件",
     {{"--deep", NULL, "逐行逐栏核验"},
      {"--head", "文件", "另处保存的检查点；日志必须与它相符"},
      {"--code", "核验码", "印在报告末尾的核验码；日志必须与它相符"},
      JSON_OPTION,
      DATA_OPTION},
     command_verify},
    {"rebuild", "rebuild", "由日志重新得出各台账的表；记录本身不变", {DATA_OPTION}, command_rebuild},
    {"backup",
     "backup 文件",
     "在运行中备份数据库、文件和密钥，并试恢复核验",
     {{"--passphrase", "文件", "以此文件第一行的口令加密，至少 12 个字符"}, JSON_OPTION, DATA_OPTION},
     command_backup},
    {"restore",
     "restore 文件 --data 空目录",
     "把备份恢复到一个新目录，核验通过才算数",
     {{"--passphrase", "文件", "备份的口令"},
      {"--head", "文件", "另处保存的检查点；备份必须与它相符"},
      {"--accept-loss", NULL, "备份早于 --head 也恢复：其后的登记已经丢失"},
      JSON_OPTION,
      DATA_OPTION},
     command_restore},
    {"doctor",
     "doctor [--tables]",
     "检查这个安装哪里有问题、怎么处理",
     {{"--tables", NULL, "列出各表的类别"}, JSON_OPTION, DATA_OPTION},
     command_doctor},
    {"shrink", "shrink 边长", "服务器自己用：把标准输入的图片缩小，写到标准输出", {{NULL}}, command_shrink},
    {"password", "password 登录名", "设置一个人的密码（从标准输入读取）", {DATA_OPTION}, command_password},
    {"bounce-test", "bounce-test", "读一次退信信箱，看设置是否正确；信箱里什么都不改", {DATA_OPTION}, command_bounce_test},
    {"second-off",
     "second-off 登录名 --reason 原因",
     "重置一个人的两步验证，供手机遗失而又没有别的管理员时使用；记入台账",
     {{"--reason", "文字", "原因，本人会看到"}, DATA_OPTION},
     command_second_off},
    {"tell-test",
     "tell-test mail|sms|cmpp|robot 地址或手机号 [文字]",
     "发一条测试通知，看这个渠道的设置对不对",
     {DATA_OPTION},
     command_tell_test},
    {"mail-test", "mail-test 邮件地址", "发一封测试邮件，看发信设置对不对", {DATA_OPTION}, command_mail_test},
    {.name = NULL},
};

const char *option_nth(const struct invocation *in, const char *name, int n) {
    for (int i = 0; i < in->option_count; i++)
        if (!strcmp(in->options[i].name, name) && n-- == 0) return in->options[i].value;
    return NULL;
}

const char *option(const struct invocation *in, const char *name) { return option_nth(in, name, 0); }

static const struct command *command_named(const char *name) {
    for (const struct command *c = commands; c->name; c++)
        if (!strcmp(c->name, name)) return c;
    return NULL;
}

static void print_help(enum lang lang, const struct command *c) {
    if (!c) {
        printf("%s\n\n", lang_tr(lang, "台账：登记、核对、报告。用法：taizhang 命令 [选项]"));
        for (c = commands; c->name; c++) printf("  %-10s %s\n", c->name, lang_tr(lang, c->help));
        printf("\n%s\n", lang_tr(lang, "taizhang 命令 --help 显示该命令的选项。"));
        return;
    }
    printf("taizhang %s\n%s\n\n", lang_tr(lang, c->usage), lang_tr(lang, c->help));
    for (size_t i = 0; i < OPTIONS_MAX && c->options[i].name; i++)
        printf("  %s %s\n      %s\n", c->options[i].name, c->options[i].value ? lang_tr(lang, c->options[i].value) : "",
               lang_tr(lang, c->options[i].help));
}

static enum fault take_option(struct invocation *in, int argc, char **argv, int *at) {
    const char *given = argv[*at], *equals = !strncmp(given, "--", 2) ? strchr(given, '=') : NULL;
    size_t length = equals ? (size_t)(equals - given) : strlen(given);
    for (size_t i = 0; i < OPTIONS_MAX && in->command->options[i].name; i++) {
        const struct option_spec *spec = &in->command->options[i];
        if (strlen(spec->name) != length || strncmp(spec->name, given, length)) continue;
        const char *value = "";
        if (spec->value && equals) value = equals + 1;
        else if (spec->value && *at + 1 < argc) value = argv[++*at];
        else if (spec->value || equals) break;
        if (in->option_count == COUNT_OF(in->options)) break;
        in->options[in->option_count].name = spec->name;
        in->options[in->option_count++].value = value;
        if (!strcmp(spec->name, "--data")) in->data = value;
        if (!strcmp(spec->name, "--json")) in->json = true;
        return FAULT_NONE;
    }
    note_add(in->notes, given, "没有这个选项，或缺少它的值；taizhang {0} --help 列出可用的选项", in->command->name);
    return FAULT_USAGE;
}

static enum fault read_arguments(struct invocation *in, int argc, char **argv) {
    for (int i = 2; i < argc; i++) {
        enum fault f = FAULT_NONE;
        if (argv[i][0] == '-' && argv[i][1]) f = take_option(in, argc, argv, &i);
        else if (in->word_count == WORDS_MAX) f = FAULT_USAGE;
        else in->words[in->word_count++] = argv[i];
        if (f) return f;
    }
    return FAULT_NONE;
}

static void print_notes(const struct invocation *in) {
    for (const struct note *n = in->notes->first; n; n = n->next) {
        _cleanup_(text_release) struct text line;
        text_init(&line, 65536);
        note_fill(&line, lang_tr(in->lang, n->sentence), n->args);
        fprintf(stderr, "%s%s%s\n", n->place, n->place[0] ? ": " : "", line.at ? line.at : "");
    }
    if (in->notes->count > NOTES_MAX) fprintf(stderr, "… (%u)\n", in->notes->count);
}

enum fault invocation_open(struct invocation *in, struct instance *out) {
    char data[3600];
    enum fault f = data_directory(in->data, data, in->notes);
    return f ? f : instance_open(data, in->now_ms, in->notes, out);
}

enum fault invocation_person(struct invocation *in, struct instance *instance, const char *login, struct actor *out) {
    _cleanup_(store_read_end) struct conn *c = NULL;
    enum fault f = store_read_begin(instance->store, &c);
    if (f) return f;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    f = stmt_open(c, "SELECT id FROM r_person WHERE tenant = ?1 AND f_login = ?2 AND withdrawn = 0", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, login);
    bool row;
    struct id person;
    f = stmt_step(s, &row);
    if (!f && (!row || !stmt_id(s, 0, &person))) f = FAULT_ABSENT;
    if (!f) f = actor_read(c, &person, civil_at(in->now_ms), in->arena, out);
    if (f == FAULT_ABSENT) note_add(in->notes, login, "没有登录名为“{0}”的在职人员", login);
    return f;
}

enum fault invocation_actor(struct invocation *in, struct instance *instance, struct actor *out) {
    const char *login = option(in, "--as");
    if (login) return invocation_person(in, instance, login, out);
    *out = actor_system();
    out->lang = in->lang;
    return FAULT_NONE;
}

enum fault invocation_register(struct invocation *in, struct instance *instance, const char *key, const struct reg **out) {
    const struct reg *reg = key ? register_named(instance->registers, key) : NULL;
    if (reg) {
        *out = reg;
        return FAULT_NONE;
    }
    _cleanup_(text_release) struct text list;
    text_init(&list, 8000);
    for (size_t i = 0; i < register_count(instance->registers); i++)
        text_format(&list, "%s%s", i ? ", " : "", register_at(instance->registers, i)->key);
    note_add(in->notes, key ? key : "", "没有这个台账；可用的有：{0}", list.at ? list.at : "");
    return FAULT_USAGE;
}

int main(int argc, char **argv) {
    catalogue_install();
    const char *locale = getenv("LC_ALL");
    if (!locale || !locale[0]) locale = getenv("LC_MESSAGES");
    if (!locale || !locale[0]) locale = getenv("LANG");
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, (size_t)256 << 20);
    struct notes notes;
    notes_init(&notes, &arena);
    struct invocation in = {.lang = lang_choose(locale), .arena = &arena, .notes = &notes, .now_ms = clock_now_ms()};
    in.command = argc > 1 ? command_named(argv[1]) : NULL;
    bool help = argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "help");
    for (int i = 2; i < argc; i++) help |= !strcmp(argv[i], "--help");
    if (help || (argc > 1 && !strcmp(argv[1], "--version"))) {
        if (help) print_help(in.lang, in.command);
        else puts("taizhang 0.1.0");
        return argc < 2 ? fault_exit_status(FAULT_USAGE) : 0;
    }
    if (!in.command) {
        fprintf(stderr, "%s: %s\n", argv[1], lang_tr(in.lang, "没有这个命令；taizhang --help 列出所有命令"));
        return fault_exit_status(FAULT_USAGE);
    }
    enum fault f = read_arguments(&in, argc, argv);
    if (!f) f = in.command->run(&in);
    if (f) {
        print_notes(&in);
        fprintf(stderr, "taizhang %s: %s\n", in.command->name, lang_tr(in.lang, fault_sentence(f)));
    }
    return fault_exit_status(f);
}
