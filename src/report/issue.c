/* issue.c - freezes a draft: renders and stores its files with the evidence, and enters and issues it as a record. */
#include "report/inside.h"

#include "base/printer.h"
#include "register/files.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

enum { ISSUE_FILE_MAX = 256 << 20 };

/* {"key":…,"register":…,"measure":…,"filter":…,"start":…,"end":…,"position":…,"value":…,"previous":…,"zero_by":…,"records":…} */
static void figure_json(const struct figure *f, bool evidence, struct text *out) {
    char start[CIVIL_TEXT], end[CIVIL_TEXT], id[ID_TEXT];
    civil_format(f->period.start, start);
    civil_format(f->period.end, end);
    text_add(out, "{\"key\":");
    json_text(out, f->key);
    text_format(out, ",\"register\":\"%s\",\"measure\":\"%s\"", f->reg->key, f->measure->key);
    if (f->filter) {
        text_add(out, ",\"filter\":");
        json_text(out, f->filter);
    }
    if (evidence) text_format(out, ",\"start\":\"%s\",\"end\":\"%s\",\"position\":%lld", start, end, (long long)f->position);
    text_format(out, ",\"value\":%lld,\"previous\":%lld", (long long)f->value, (long long)f->previous);
    if (f->zero_by) {
        text_add(out, ",\"zero_by\":");
        json_text(out, f->zero_by);
    }
    if (!evidence) {
        text_format(out, ",\"records\":%zu}", f->record_count);
        return;
    }
    text_add(out, ",\"records\":[");
    for (size_t i = 0; i < f->record_count; i++) {
        id_format(&f->records[i].record, id);
        text_format(out, "%s[\"%s\",%lld]", i ? "," : "", id, (long long)f->records[i].position);
    }
    text_add(out, "]}");
}

static void evidence_json(const struct draft *draft, struct text *out) {
    char period[PERIOD_TEXT];
    period_format(draft->period, period);
    text_add(out, "{\"kind\":");
    json_text(out, draft->kind->key);
    text_format(out, ",\"period\":\"%s\",\"position\":%lld,\"code\":\"%s\",\"figures\":[\n", period, (long long)draft->position,
                draft->code);
    for (size_t i = 0; i < draft->figure_count; i++) {
        if (i) text_add(out, ",\n");
        figure_json(&draft->figures[i], true, out);
    }
    text_add(out, "]}\n");
}

/* What is stored before anything is entered: the same bytes again do nothing, so a refused issue leaves no harm. */
struct issue_files {
    char html[FILE_VALUE_MAX], docx[FILE_VALUE_MAX], pdf[FILE_VALUE_MAX], evidence[FILE_VALUE_MAX];
};

static enum fault store_format(const struct draft *draft, enum report_format format, const char *end, struct doc_fonts *fonts,
                               const char *dir, struct notes *notes, char value[FILE_VALUE_MAX]) {
    _cleanup_(text_release) struct text bytes;
    char period[PERIOD_TEXT], name[200];
    text_init(&bytes, ISSUE_FILE_MAX);
    period_format(draft->period, period);
    snprintf(name, sizeof name, "%.100s-%s.%s", draft->kind->key, period, end);
    enum fault f = report_render(draft, format, fonts, &bytes, notes);
    return f ? f : file_store(dir, bytes.at, bytes.length, name, value);
}

static enum fault store_files(const struct draft *draft, struct doc_fonts *fonts, const char *dir, struct notes *notes,
                              struct issue_files *out) {
    enum fault f = store_format(draft, REPORT_HTML, "html", fonts, dir, notes, out->html);
    if (!f) f = store_format(draft, REPORT_DOCX, "docx", fonts, dir, notes, out->docx);
    if (!f) f = store_format(draft, REPORT_PDF, "pdf", fonts, dir, notes, out->pdf);
    if (f) return f;
    _cleanup_(text_release) struct text json;
    text_init(&json, ISSUE_FILE_MAX);
    evidence_json(draft, &json);
    return json.over ? FAULT_LARGE : file_store(dir, json.at, json.length, "evidence.json", out->evidence);
}

/* The two changes, entering and issuing, that go through the door together. */
struct issue_source {
    struct change changes[2];
    size_t next;
};

static bool next_change(void *context, struct change *out) {
    struct issue_source *s = context;
    if (s->next == COUNT_OF(s->changes)) return false;
    *out = s->changes[s->next++];
    return true;
}

static const char *change_place(void *context, const char *key) {
    (void)context;
    return key;
}

static const char *figures_json(const struct draft *draft, struct arena *arena) {
    _cleanup_(text_release) struct text out;
    text_init(&out, 1 << 20);
    text_addc(&out, '[');
    for (size_t i = 0; i < draft->figure_count; i++) {
        if (i) text_addc(&out, ',');
        figure_json(&draft->figures[i], false, &out);
    }
    text_addc(&out, ']');
    return arena_copy(arena, out.at);
}

static enum fault enter(struct registers *registers, const struct actor *actor, int64_t now_ms, const struct draft *draft,
                        const struct issue_files *files, const struct once *once, struct notes *notes, struct id *report) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 8 << 20);
    char period[PERIOD_TEXT], as_of[CIVIL_TEXT], today[CIVIL_TEXT];
    period_format(draft->period, period);
    civil_format(draft->period.end, as_of);
    civil_format(civil_at(now_ms), today);
    const struct change_value values[] = {{.key = "name", .typed = draft->kind->key},
                                          {.key = "title", .typed = draft->title},
                                          {.key = "period", .typed = period},
                                          {.key = "as_of", .typed = as_of},
                                          {.key = "organ", .typed = draft->organ},
                                          {.key = "language", .typed = lang_tag(draft->lang)},
                                          {.key = "known_at", .typed = arena_format(&arena, "%lld", (long long)draft->position)},
                                          {.key = "issued", .typed = today},
                                          {.key = "template", .typed = draft->text},
                                          {.key = "figures", .typed = figures_json(draft, &arena)},
                                          {.key = "evidence", .typed = files->evidence},
                                          {.key = "html", .typed = files->html},
                                          {.key = "docx", .typed = files->docx},
                                          {.key = "pdf", .typed = files->pdf},
                                          {.key = "code", .typed = draft->code}};
    struct id id = id_make(now_ms);
    struct once second = {0};
    if (once) {
        second = once_next(once);
        memcpy(id.bytes, once->key.bytes, ID_BYTES); /* the same when it is sent again */
    }
    const struct reg *reg = register_named(registers, "report");
    struct issue_source issue = {
        .changes = {
            {.kind = CHANGE_ADD,
             .reg = reg,
             .record = id,
             .values = values,
             .value_count = COUNT_OF(values),
             .expected = -1,
             .once = once},
            {.kind = CHANGE_MOVE, .reg = reg, .record = id, .move = "issue", .expected = -1, .once = once ? &second : NULL}}};
    struct change_source source = {.context = &issue, .next = next_change, .place = change_place};
    struct batch_result result;
    struct notes own;
    notes_init(&own, &arena);
    issue.next = 0;
    enum fault f = change_batch(registers, actor, now_ms, &source, false, notes ? notes : &own, &result);
    if (!f) *report = id;
    return f;
}

enum fault report_issue(struct registers *registers, const struct actor *actor, int64_t now_ms, const struct draft *draft,
                        const char *files_dir, struct doc_fonts *fonts, const struct once *once, struct notes *notes,
                        struct id *report) {
    if (!register_named(registers, "report")) return FAULT_ABSENT;
    if (!actor->system && !(access_may(actor, "report.record") && access_may(actor, "report.issue"))) {
        note_add(notes, NULL, "您无权签发报告；需要权限 report.record 和 report.issue");
        return FAULT_RIGHT;
    }
    if (!draft->issuable) {
        for (size_t i = 0; i < draft->check_count; i++) {
            const struct report_check *c = &draft->checks[i];
            if (!c->passed) note_add(notes, c->place, c->sentence, c->args[0], c->args[1], c->args[2], c->args[3]);
        }
        return FAULT_STATE;
    }
    /* The date of the document is the day it is issued; the tree itself stays the draft's. */
    struct doc dated = *draft->document;
    struct draft issued = *draft;
    dated.date = civil_at(now_ms);
    dated.dated = true;
    issued.document = &dated;
    struct issue_files files;
    enum fault f = store_files(&issued, fonts, files_dir, notes, &files);
    return f ? f : enter(registers, actor, now_ms, &issued, &files, once, notes, report);
}
