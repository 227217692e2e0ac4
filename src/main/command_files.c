/* command_files.c - files in and out: import, export, report. */
#include "main/command.h"

#include "register/filter.h"
#include "register/import.h"
#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum fault digest_file(const char *path, struct digest *out, struct notes *notes) {
    FILE *f = fopen(path, "re");
    if (!f) {
        note_add(notes, path, "文件打不开：{0}", strerror(errno));
        return FAULT_FILE;
    }
    struct digest_run *run = digest_begin();
    char buffer[65536];
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, f));) digest_add(run, buffer, n);
    *out = digest_end(run);
    int bad = ferror(f);
    fclose(f);
    return bad ? FAULT_FILE : FAULT_NONE;
}

static void print_import(struct invocation *in, const struct import_result *r, bool dry_run) {
    if (in->json) {
        printf("{\"rows\":%lld,\"failed\":%lld,\"repeated\":%lld,\"first\":%lld,\"last\":%lld,\"dry_run\":%s}\n",
               (long long)r->rows, (long long)r->failed, (long long)r->repeated, (long long)r->first_position,
               (long long)r->last_position, dry_run ? "true" : "false");
        return;
    }
    _cleanup_(text_release) struct text line;
    text_init(&line, 4000);
    char rows[24], repeated[24];
    snprintf(rows, sizeof rows, "%lld", (long long)r->rows);
    snprintf(repeated, sizeof repeated, "%lld", (long long)r->repeated);
    const char *args[NOTE_ARGS] = {rows, repeated, NULL, NULL};
    note_fill(
        &line,
        lang_tr(in->lang, dry_run ? "检查通过：{0} 行可以导入（其中 {1} 行以前已导入）" : "已导入 {0} 行（其中 {1} 行以前已导入）"),
        args);
    puts(line.at);
}

enum fault command_import(struct invocation *in) {
    if (in->word_count != 2) {
        note_add(in->notes, "import", "用法：taizhang {0}", in->command->usage);
        return FAULT_USAGE;
    }
    struct instance i;
    struct actor actor;
    const struct reg *reg;
    struct digest digest;
    enum fault f = digest_file(in->words[1], &digest, in->notes);
    if (!f) f = invocation_open(in, &i);
    if (f) return f;
    f = invocation_actor(in, &i, &actor);
    if (!f) f = invocation_register(in, &i, in->words[0], &reg);
    struct sheet_source source = {.path = in->words[1], .sheet = option(in, "--sheet")};
    struct import_options options = {
        .dry_run = option(in, "--dry-run") != NULL, .update = option(in, "--update") != NULL, .reason = option(in, "--reason")};
    struct import_result result;
    if (!f) f = import_file(i.registers, &actor, in->now_ms, reg, &source, &digest, &options, in->arena, in->notes, &result);
    if (!f) print_import(in, &result, options.dry_run);
    instance_close(&i);
    return f;
}

enum fault command_report(struct invocation *in) {
    static const char *const formats[] = {"md", "html", "docx", "pdf"};
    const struct report_kind *kind = in->words[0] ? report_kind_named(in->words[0]) : NULL;
    const char *format_word = option(in, "--format"), *path = option(in, "-o"), *period_word = option(in, "--period");
    size_t format = 0;
    while (format < COUNT_OF(formats) && format_word && strcmp(formats[format], format_word)) format++;
    if (!format_word) format = 0;
    if (!kind || format == COUNT_OF(formats) || !period_word) {
        note_add(in->notes, "report", "用法：taizhang {0}", in->command->usage);
        for (const struct report_kind *k = report_kinds; k->key; k++)
            note_add(in->notes, k->key, "{0}", lang_tr(in->lang, k->label));
        return FAULT_USAGE;
    }
    struct instance i;
    struct period period;
    struct draft draft;
    _cleanup_(text_release) struct text given, out;
    text_init(&given, 1 << 20);
    text_init(&out, 256 << 20);
    enum fault f = period_parse(period_word, in->notes, &period);
    if (!f) f = invocation_open(in, &i);
    if (f) return f;
    _cleanup_(store_read_end) struct conn *c = NULL;
    f = store_read_begin(i.store, &c);
    const char *text_path = option(in, "--text");
    FILE *text_file = text_path ? fopen(text_path, "re") : NULL;
    if (text_path && !text_file) f = FAULT_FILE;
    char buffer[4096];
    for (size_t n; text_file && (n = fread(buffer, 1, sizeof buffer, text_file));) text_addn(&given, buffer, n);
    if (text_file) fclose(text_file);
    if (!f)
        f = report_draft(i.registers, c, kind, text_path ? given.at : NULL, period, i.settings.institution, LANG_ZH, in->now_ms,
                         in->arena, in->notes, &draft);
    struct doc_fonts *fonts = NULL;
    if (!f && format == REPORT_PDF) f = doc_fonts_open(i.settings.fonts, in->notes, &fonts);
    if (!f) f = report_render(&draft, (enum report_format)format, fonts, &out, in->notes);
    for (size_t k = 0; !f && k < draft.check_count; k++)
        if (!draft.checks[k].passed)
            note_add(in->notes, draft.checks[k].place, draft.checks[k].sentence, draft.checks[k].args[0], draft.checks[k].args[1],
                     draft.checks[k].args[2], draft.checks[k].args[3]);
    FILE *to = f ? NULL : path && strcmp(path, "-") ? fopen(path, "we") : stdout;
    if (!f && !to) f = FAULT_FILE;
    if (!f && out.length && fwrite(out.at, 1, out.length, to) != out.length) f = FAULT_FILE;
    if (to && to != stdout && fclose(to)) f = FAULT_FILE;
    if (!f && !draft.issuable) f = FAULT_INPUT; /* the file is written, and what does not hold is told */
    doc_fonts_close(fonts);
    store_read_end(&c);
    instance_close(&i);
    return f;
}
