/* main.c - taizhang-verify: says in plain words what an evidence bundle proves and what it cannot; needs no server and no database. */
#include "verify/bundle.h"

#include "base/printer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 8, ARENA_MAX = 1 << 30 };

struct given {
    const char *bundle, *code, *checkpoint, *key, *files[FILES_MAX];
    size_t file_count;
    bool english, help;
};

static const char *say(const struct given *g, const char *zh, const char *en) { return g->english ? en : zh; }

static bool locale_chinese(void) {
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const char *value = getenv(names[i]);
        if (value && value[0]) return !strncmp(value, "zh", 2);
    }
    return false;
}

static bool take_options(int argc, char **argv, struct given *g) {
    for (int i = 1; i < argc; i++) {
        const char **to = NULL;
        if (!strcmp(argv[i], "--help")) g->help = true;
        else if (!strcmp(argv[i], "--code")) to = &g->code;
        else if (!strcmp(argv[i], "--checkpoint")) to = &g->checkpoint;
        else if (!strcmp(argv[i], "--key")) to = &g->key;
        else if (!strcmp(argv[i], "--file") && g->file_count < FILES_MAX) to = &g->files[g->file_count++];
        else if (argv[i][0] == '-' || g->bundle) return false;
        else g->bundle = argv[i];
        if (to && i + 1 == argc) return false;
        if (to) *to = argv[++i];
    }
    return g->help || g->bundle;
}

static void print_help(const struct given *g) {
    puts(say(g,
             "用法：taizhang-verify 证据包 [选项]\n\n"
             "  --code 核验码       印在报告末尾的核验码\n"
             "  --checkpoint 文件   另处保存的检查点（上级会签的，或邮件发出的）\n"
             "  --key 文件          从别处得到的公钥（journal.pub）\n"
             "  --file 文件         手里的报告文件（DOCX、PDF、网页），可重复\n\n"
             "结束状态：0 成立；65 读不出来或无法比对；70 不成立；73 文件打不开；64 用法不对",
             "usage: taizhang-verify BUNDLE [options]\n\n"
             "  --code CODE         the code printed at the report's foot\n"
             "  --checkpoint FILE   a checkpoint kept elsewhere (countersigned, or mailed)\n"
             "  --key FILE          the public key (journal.pub), from elsewhere than the bundle\n"
             "  --file FILE         the report's file that you hold (DOCX, PDF, page); may be repeated\n\n"
             "exit status: 0 holds; 65 cannot be read or compared; 70 does not hold; 73 a file cannot be opened; 64 wrong use"));
}

static enum fault file_read(const struct given *g, const char *path, struct text *out) {
    FILE *f = fopen(path, "re");
    if (!f) {
        fprintf(stderr, "%s: %s: %s\n", path, say(g, "文件打不开", "cannot be opened"), strerror(errno));
        return FAULT_FILE;
    }
    char buffer[65536];
    for (size_t n; !out->over && (n = fread(buffer, 1, sizeof buffer, f));) text_addn(out, buffer, n);
    bool bad = ferror(f);
    fclose(f);
    if (bad || out->over)
        fprintf(stderr, "%s: %s\n", path, say(g, "文件读不完整，或太大", "cannot be read whole, or is too large"));
    return bad ? FAULT_FILE : out->over ? FAULT_LARGE : FAULT_NONE;
}

/* ---- what is said ---- */

static void print_figures(const struct given *g, const struct bundle_verdict *v) {
    for (size_t i = 0; i < v->figure_count; i++) {
        const struct bundle_figure *f = &v->figures[i];
        printf(g->english ? "  %s = %lld: register %s, %lld records" : "  %s = %lld：台账 %s 的 %lld 条记录", f->key,
               (long long)f->value, f->register_key, (long long)f->counted);
        if (v->log)
            printf(g->english ? "; %lld others of it not counted, %lld of them with an entry of the period"
                              : "；该台账另有 %lld 条未计入，其中 %lld 条在期间内有登记",
                   (long long)f->others, (long long)f->within);
        if (f->zero_by) printf("%s%s", say(g, "；零的依据：", "; zero is backed by: "), f->zero_by);
        putchar('\n');
    }
}

static void print_proven(const struct given *g, const struct bundle_verdict *v) {
    puts(say(g, "证明了：", "Proven:"));
    printf(g->english ? "  1. Unaltered: all %lld entries of the report and of the records behind its figures stand in the signed "
                        "log exactly as shown; %lld fields shown, %lld withheld.\n"
                      : "  一、完整未改：报告及其数字所依据的记录共 %lld 条登记，全部在检查点所签的日志里，一字未改；公开 %lld "
                        "栏，保留 %lld 栏。\n",
           (long long)v->entries, (long long)v->shown, (long long)v->withheld);
    if (v->log)
        puts(say(g,
                 "  "
                 "二、没有遗漏：日志全部各条的头都在包里，这些台账在报告之前的每一条登记都在包里。未计入的记录为何不计入，请看包里"
                 "公开的栏目。",
                 "  2. Nothing left out: the headers of the whole log are here, and every entry of these registers before the "
                 "report is in the bundle. Why a "
                 "record was not counted is to be read from its fields."));
    if (v->code_held) puts(say(g, "  日志与报告上印的核验码相符。", "  The log is that of the code printed on the report."));
    if (v->note_held) puts(say(g, "  日志与另处保存的检查点相符。", "  The log is that of the checkpoint kept elsewhere."));
    if (v->key_held) puts(say(g, "  签名的钥匙就是您带来的公钥。", "  The signing key is the one you brought."));
    if (v->later)
        puts(say(g, "  注意：这份报告签发之后又有登记（例如撤回）。",
                 "  Note: the report's record has entries after its issue (it may have been withdrawn)."));
}

static void print_not_proven(const struct given *g, const struct bundle_verdict *v) {
    puts(say(g, "没有证明：", "Not proven:"));
    if (!v->log)
        puts(say(g, "  没有遗漏。包里没有整个日志的头；要证明没有遗漏，请用 taizhang bundle --log 另做一份。",
                 "  That nothing was left out: the log's headers are not in this bundle. For that, have one made with taizhang "
                 "bundle --log."));
    if (!v->code_held && !v->note_held)
        puts(say(g, "  日志没有整个重写过。拿着机器和钥匙的人可以重写；请用 --code 或 --checkpoint 与另处保存的比对。",
                 "  That the log was not rewritten as a whole by somebody who has machine and key: compare with --code or "
                 "--checkpoint."));
    if (!v->key_held)
        puts(say(g, "  钥匙是该单位的。公钥来自包内；请用 --key 与从别处得到的比对。",
                 "  That the key is the institution's: it came with the bundle. Compare with --key."));
    puts(say(g, "不能证明：记录登记时就是真实的；登记的时刻（时钟由服务器自报）；保留的栏目里写的是什么。",
             "Cannot be proven: that a record was true when it was entered; the time of day of entries (the server's own clock); "
             "what withheld fields say."));
}

static enum fault compare_files(const struct given *g, const struct bundle_verdict *v) {
    enum fault worst = FAULT_NONE;
    for (size_t i = 0; i < g->file_count; i++) {
        _cleanup_(text_release) struct text bytes, hex;
        text_init(&bytes, BUNDLE_MAX);
        text_init(&hex, 100);
        enum fault f = file_read(g, g->files[i], &bytes);
        if (f) return f;
        struct digest d = digest_of(bytes.at, bytes.length);
        hex_text(&hex, d.bytes, DIGEST_BYTES);
        bool same = (v->pdf && !strcmp(v->pdf, hex.at)) || (v->docx && !strcmp(v->docx, hex.at)) ||
                    (v->html && !strcmp(v->html, hex.at));
        printf("  %s: %s\n", g->files[i],
               same ? say(g, "就是签发的文件", "is the file that was issued")
                    : say(g, "不是签发的文件", "is not the file that was issued"));
        if (!same) worst = FAULT_TAMPERED;
    }
    return worst;
}

static enum fault verify(const struct given *g) {
    _cleanup_(arena_release) struct arena arena;
    _cleanup_(text_release) struct text bundle, note, key_text;
    arena_init(&arena, ARENA_MAX);
    text_init(&bundle, BUNDLE_MAX);
    text_init(&note, CHECKPOINT_NOTE_MAX * 8);
    text_init(&key_text, 2 * KEY_NAME_ROOM);
    struct bundle_verdict v;
    struct verifier_key key;
    enum fault f = file_read(g, g->bundle, &bundle);
    if (!f && g->checkpoint) f = file_read(g, g->checkpoint, &note);
    if (!f && g->key) f = file_read(g, g->key, &key_text);
    if (f) return f;
    while (key_text.length && key_text.at[key_text.length - 1] == '\n') key_text.at[--key_text.length] = 0;
    if (g->key && !verifier_key_parse(key_text.at, &key)) {
        fprintf(stderr, "%s: %s\n", g->key, say(g, "不是公钥文件", "is not a public key"));
        return FAULT_INPUT;
    }
    const struct bundle_outside outside = {g->code, g->checkpoint ? note.at : NULL, note.length, g->key ? &key : NULL};
    f = bundle_verify(bundle.at, bundle.length, &outside, &arena, &v);
    if (f) {
        printf("%s: %s\n%s%s%s\n", g->bundle,
               f == FAULT_TAMPERED ? say(g, "不成立", "does not hold") : say(g, "无法核验", "cannot be verified"), v.place,
               v.place[0] ? ": " : "", say(g, v.zh, v.en));
        return f;
    }
    printf(g->english ? "%s: holds\nReport: %s (%s)\nLog: %s, %lld entries under the checkpoint, the report knows the first %lld; "
                        "SHA-256, Ed25519\n"
                      : "%s：成立\n报告：%s（%s）\n日志：%s，检查点之下 %lld 条，报告依据前 %lld 条；SHA-256，Ed25519\n",
           g->bundle, v.title ? v.title : "", v.report, v.origin, (long long)v.size, (long long)v.position);
    print_figures(g, &v);
    print_proven(g, &v);
    print_not_proven(g, &v);
    return compare_files(g, &v);
}

int main(int argc, char **argv) {
    struct given g = {.english = !locale_chinese()};
    if (!take_options(argc, argv, &g)) {
        print_help(&g);
        return fault_exit_status(FAULT_USAGE);
    }
    if (g.help) {
        print_help(&g);
        return 0;
    }
    return fault_exit_status(verify(&g));
}
