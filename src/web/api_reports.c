/* api_reports.c - reports for programs: drafted, their figures with the evidence, issued, and read back with what has changed since. */
#include "web/api.h"
#include "web/reports.h"

#include "base/printer.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is asked ---- */

static enum fault asked_reports(struct page *p, const char *scope) {
    const struct reg *reg = register_named(p->site->config.registers, "report");
    return reg ? api_asked_scope(p, scope, reg) : FAULT_ABSENT;
}

/* The kind of report in the path, for those who make reports. */
static enum fault asked_kind(struct page *p, const char *scope, const struct report_kind **out) {
    *out = report_kind_named(p->args[0]);
    if (!*out || !report_may_draft(p) || !report_installed(p, *out)) return FAULT_ABSENT;
    return asked_reports(p, scope);
}

static enum fault make_draft(struct page *p, const struct report_kind *kind, const char *period_text, const char *text,
                             struct draft *out) {
    struct period period;
    enum fault f = period_parse(period_text ? period_text : "", &p->notes, &period);
    if (!f) f = page_reader(p);
    return f ? f
             : report_draft(p->site->config.registers, p->conn, kind, text, period, p->site->config.institution, LANG_ZH, p->now_ms,
                            p->arena, &p->notes, out);
}

/* ---- what is answered ---- */

static void add_member(struct text *out, const char *name, const char *text) {
    text_format(out, ",\"%s\":", name);
    if (text) json_text(out, text);
    else text_add(out, "null");
}

static void add_day(struct text *out, const char *name, civil_day day) {
    char written[CIVIL_TEXT];
    civil_format(day, written);
    text_format(out, ",\"%s\":\"%s\"", name, written);
}

static void add_figure(struct page *p, struct text *out, const struct figure *f, const struct issued_figure *issued) {
    const char *unit = f->measure ? f->measure->unit : NULL;
    text_add(out, "{\"key\":");
    json_text(out, f->key);
    add_member(out, "label", lang_tr(p->lang, report_label(f)));
    add_member(out, "register", f->reg ? f->reg->key : NULL);
    add_member(out, "measure", f->measure ? f->measure->key : NULL);
    add_member(out, "filter", f->reg && f->measure ? report_filter(p, f) : f->filter);
    add_day(out, "start", f->period.start);
    add_day(out, "end", f->period.end);
    text_format(out, ",\"value\":%lld,\"previous\":%lld,\"known_at\":%lld,\"records\":%zu", (long long)f->value,
                (long long)f->previous, (long long)f->position, f->record_count);
    add_member(out, "unit", unit ? lang_tr(p->lang, unit) : NULL);
    add_member(out, "zero_by", f->zero_by ? lang_tr(p->lang, f->zero_by) : NULL);
    if (issued) {
        struct since since = report_since(issued);
        if (issued->known_now) text_format(out, ",\"value_now\":%lld", (long long)issued->value_now);
        else text_add(out, ",\"value_now\":null");
        text_format(out, ",\"since\":{\"added\":%lld,\"withdrawn\":%lld,\"corrected\":%lld}", (long long)since.added,
                    (long long)since.withdrawn, (long long)since.corrected);
    }
    text_addc(out, '}');
}

static void add_checks(struct page *p, struct text *out, const struct draft *d) {
    text_add(out, ",\"checks\":[");
    for (size_t i = 0; i < d->check_count; i++) {
        const struct report_check *c = &d->checks[i];
        _cleanup_(text_release) struct text sentence;
        text_init(&sentence, 8000);
        note_fill(&sentence, lang_tr(p->lang, c->sentence), c->args);
        text_add(out, i ? ",{\"place\":" : "{\"place\":");
        json_text(out, c->place);
        add_member(out, "detail", sentence.at);
        text_format(out, ",\"passed\":%s}", c->passed ? "true" : "false");
    }
    text_addc(out, ']');
}

enum fault api_reports(struct page *p) {
    bool any = false;
    enum fault f = asked_reports(p, "read");
    if (f) return f;
    struct text *out = api_answer(p);
    text_add(out, "{\"kinds\":[");
    for (const struct report_kind *kind = report_kinds; report_may_draft(p) && kind->key; kind++) {
        if (!report_installed(p, kind)) continue;
        text_add(out, any ? ",{\"key\":" : "{\"key\":");
        json_text(out, kind->key);
        add_member(out, "label", lang_tr(p->lang, kind->label));
        add_member(out, "url", arena_join(p->arena, "/api/v1/reports/", kind->key));
        text_addc(out, '}');
        any = true;
    }
    text_add(out, "]}\n");
    return FAULT_NONE;
}

enum fault api_draft(struct page *p) {
    const struct report_kind *kind;
    struct draft d;
    char period[PERIOD_TEXT];
    enum fault f = asked_kind(p, "read", &kind);
    if (!f) f = make_draft(p, kind, page_param(p, "period"), NULL, &d);
    if (f) return f;
    period_format(d.period, period);
    struct text *out = api_answer(p);
    text_add(out, "{\"kind\":");
    json_text(out, kind->key);
    add_member(out, "period", period);
    add_day(out, "start", d.period.start);
    add_day(out, "end", d.period.end);
    add_member(out, "title", d.title ? d.title : "");
    text_format(out, ",\"known_at\":%lld,\"issuable\":%s", (long long)d.position, d.issuable ? "true" : "false");
    add_member(out, "code", d.code);
    add_member(out, "seen", report_seen(p, &d));
    add_member(out, "text", d.text);
    add_member(out, "markdown", d.markdown);
    add_checks(p, out, &d);
    text_add(out, ",\"figures\":[");
    for (size_t i = 0; i < d.figure_count; i++) {
        if (i) text_addc(out, ',');
        add_figure(p, out, &d.figures[i], NULL);
    }
    text_add(out, "]}\n");
    return FAULT_NONE;
}

/* ---- the records behind a figure ---- */

static enum fault may_open(struct page *p, const struct figure *f, const struct id *id, bool *out) {
    _cleanup_(arena_release) struct arena own;
    arena_init(&own, 1 << 20);
    struct look then = {.has_as_of = true, .as_of = f->period.end, .has_known_at = true, .known_at = f->position - 1};
    struct record r;
    *out = false;
    if (!access_may(&p->actor, f->reg->read) || !api_scope(p, "read", f->reg)) return FAULT_NONE;
    enum fault fault = record_read(p->site->config.registers, p->conn, &p->actor, f->reg, id, &then, &own, &r);
    *out = !fault;
    return fault == FAULT_ABSENT || fault == FAULT_RIGHT ? FAULT_NONE : fault;
}

/* Counts use the report's scope, opening the records the reader's rights: those that may not be opened are only counted. */
static enum fault answer_evidence(struct page *p, const struct figure *f, const struct issued_figure *issued) {
    const char *after = page_param(p, "after");
    char *end = NULL;
    unsigned long from = after ? strtoul(after, &end, 10) : 0;
    int limit, hidden = 0;
    enum fault fault = api_limit(p, &limit);
    if (!fault && after && (!after[0] || *end || from > f->record_count)) {
        note_add(&p->notes, "after", "应为上一页给出的 next");
        fault = FAULT_INPUT;
    }
    if (fault) return fault;
    size_t to = f->record_count - from < (size_t)limit ? f->record_count : from + (size_t)limit;
    struct text *out = api_answer(p);
    text_add(out, "{\"figure\":");
    add_figure(p, out, f, issued);
    text_add(out, ",\"records\":[");
    bool any = false;
    for (size_t i = from; i < to; i++) {
        char id[ID_TEXT];
        bool open;
        fault = may_open(p, f, &f->records[i].record, &open);
        if (fault) return fault;
        hidden += !open;
        if (!open) continue;
        id_format(&f->records[i].record, id);
        text_format(out, "%s{\"id\":\"%s\",\"position\":%lld,\"url\":\"/api/v1/r/%s/%s\"}", any ? "," : "", id,
                    (long long)f->records[i].position, f->reg->key, id);
        any = true;
    }
    text_format(out, "],\"hidden\":%d,\"next\":", hidden);
    if (to < f->record_count) text_format(out, "\"%zu\"}\n", to);
    else text_add(out, "null}\n");
    return FAULT_NONE;
}

enum fault api_draft_evidence(struct page *p) {
    const struct report_kind *kind;
    struct draft d;
    enum fault f = asked_kind(p, "read", &kind);
    if (!f) f = make_draft(p, kind, page_param(p, "period"), NULL, &d);
    for (size_t i = 0; !f && i < d.figure_count; i++)
        if (!strcmp(d.figures[i].key, p->args[1])) return answer_evidence(p, &d.figures[i], NULL);
    return f ? f : FAULT_ABSENT;
}

enum fault api_issued_evidence(struct page *p) {
    const struct reg *reg;
    struct issued issued;
    enum fault f = asked_reports(p, "read");
    if (!f) f = report_issued_asked(p, &reg, &issued);
    for (size_t i = 0; !f && i < issued.figure_count; i++)
        if (!strcmp(issued.figures[i].figure.key, p->args[1]) && issued.figures[i].known_now)
            return answer_evidence(p, &issued.figures[i].figure, &issued.figures[i]);
    return f ? f : FAULT_ABSENT;
}

/* ---- issued reports ---- */

static enum fault answer_issued(struct page *p) {
    static const char *const endings[] = {"html", "docx", "pdf"};
    const struct reg *reg;
    struct issued issued;
    char id[ID_TEXT];
    enum fault f = report_issued_asked(p, &reg, &issued);
    if (f) return f;
    id_format(&issued.record.id, id);
    const struct value *title = &issued.record.values[reg_field_named(reg, "title") - reg->fields];
    struct text *out = api_answer(p);
    text_format(out, "{\"id\":\"%s\"", id);
    add_member(out, "kind", issued.kind_key);
    add_member(out, "title", title->text ? title->text : "");
    add_day(out, "start", issued.period.start);
    add_day(out, "end", issued.period.end);
    text_format(out, ",\"known_at\":%lld", (long long)issued.position);
    add_member(out, "code", issued.code);
    text_add(out, ",\"files\":{");
    for (size_t i = 0; i < COUNT_OF(endings); i++)
        text_format(out, "%s\"%s\":\"/api/v1/issued/%s/files/%s\"", i ? "," : "", endings[i], id, endings[i]);
    text_add(out, "},\"figures\":[");
    for (size_t i = 0; i < issued.figure_count; i++) {
        if (i) text_addc(out, ',');
        add_figure(p, out, &issued.figures[i].figure, &issued.figures[i]);
    }
    text_add(out, "]}\n");
    return FAULT_NONE;
}

enum fault api_issued(struct page *p) {
    enum fault f = asked_reports(p, "read");
    return f ? f : answer_issued(p);
}

enum fault api_issued_file(struct page *p) {
    enum fault f = asked_reports(p, "read");
    return f ? f : page_report_file(p);
}

/* Answers with the report `id`, which has just been issued or was before. */
static enum fault answer_made(struct page *p, const struct id *id) {
    char text[ID_TEXT];
    id_format(id, text);
    p->args[0] = arena_copy(p->arena, text);
    store_read_end(&p->conn);
    http_answer_status(p->answer, 201);
    http_answer_header(p->answer, "Location", arena_join(p->arena, "/api/v1/issued/", text));
    return answer_issued(p);
}

/* A request that came before under the same key is answered before anything is drafted: the figures may have changed since. */
static enum fault answer_again(struct page *p, const struct once *once, bool *again) {
    struct id id;
    enum fault f = api_done_before(p, once, again, &id);
    return f || !*again ? f : answer_made(p, &id);
}

static enum fault issue(struct page *p, const struct report_kind *kind, const json_t *body, const struct once *once) {
    struct draft d;
    struct doc_fonts *fonts;
    struct id report;
    const char *period = api_text(body, "period"), *seen = api_text(body, "seen"), *text = api_text(body, "text");
    enum fault f = make_draft(p, kind, period, text ? arena_copy(p->arena, text) : NULL, &d);
    if (f) return f;
    if (!seen || strcmp(seen, report_seen(p, &d)) != 0) {
        note_add(&p->notes, "#/seen", "预览之后数字有了变动；请看过新的数字再签发");
        return FAULT_CONFLICT;
    }
    f = site_fonts(p, &fonts);
    store_read_end(&p->conn);
    if (!f)
        f = report_issue(p->site->config.registers, &p->actor, p->now_ms, &d, p->site->config.files, fonts, once, &p->notes,
                         &report);
    return f ? f : answer_made(p, &report);
}

enum fault api_issue(struct page *p) {
    _cleanup_(api_body_release) json_t *body = NULL;
    const struct report_kind *kind;
    struct once once;
    bool given = false, again = false;
    enum fault f = asked_kind(p, "write", &kind);
    if (!f) f = api_body(p, &body);
    if (!f) f = api_known(p, body, "period, seen, text");
    if (!f) f = api_once(p, &once, &given);
    if (!f && given) f = answer_again(p, &once, &again);
    return f || again ? f : issue(p, kind, body, given ? &once : NULL);
}
