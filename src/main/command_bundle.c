/* command_bundle.c - the evidence bundle of an issued report, from the shell. */
#include "main/command.h"

#include "report/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static enum fault write_out(const char *path, const struct text *out, struct notes *notes) {
    FILE *to = strcmp(path, "-") ? fopen(path, "we") : stdout;
    bool bad = !to || fwrite(out->at, 1, out->length, to) != out->length;
    if (to) bad |= to == stdout ? fflush(to) != 0 : fclose(to) != 0;
    if (bad) note_add(notes, path, "文件无法写入：{0}", strerror(errno));
    return bad ? FAULT_FILE : FAULT_NONE;
}

static enum fault make(struct invocation *in, struct instance *i, const struct id *id, struct text *out) {
    const char *show[COUNT_OF(in->options)];
    struct bundle_choice choice = {.log = option(in, "--log") != NULL, .show = show};
    while ((show[choice.show_count] = option_nth(in, "--show", (int)choice.show_count))) choice.show_count++;
    struct actor actor;
    enum fault f = invocation_actor(in, i, &actor);
    _cleanup_(store_read_end) struct conn *c = NULL;
    if (!f) f = store_read_begin(i->store, &c);
    if (!f) f = report_bundle(i->registers, c, &actor, id, i->files, journal_key(i->journal), &choice, in->arena, in->notes, out);
    return f;
}

enum fault command_bundle(struct invocation *in) {
    const char *path = option(in, "-o");
    struct id id;
    if (in->word_count != 1 || !path) {
        note_add(in->notes, "bundle", "用法：taizhang {0}", in->command->usage);
        return FAULT_USAGE;
    }
    if (!id_parse(in->words[0], &id)) {
        note_add(in->notes, in->words[0], "没有编号为“{0}”的已签发报告；record list report 列出各份报告", in->words[0]);
        return FAULT_ABSENT;
    }
    _cleanup_(text_release) struct text out;
    text_init(&out, BUNDLE_BYTES_MAX);
    struct instance i;
    enum fault f = invocation_open(in, &i);
    if (f) return f;
    f = make(in, &i, &id, &out);
    instance_close(&i);
    if (f == FAULT_ABSENT)
        note_add(in->notes, in->words[0], "没有编号为“{0}”的已签发报告；record list report 列出各份报告", in->words[0]);
    return f ? f : write_out(path, &out, in->notes);
}
