/* pages_report.c - reports: drafting with its checks, issuing, the frozen report with what changed since, and the records behind each figure. */
#include "web/reports.h"

#include "base/printer.h"
#include "document/html.h"
#include "packs/packs.h"
#include "register/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    YEARS_MAX = 30,
    ISSUED_SHOWN = 50,
    ARTICLE_MAX = 4 << 20,
    DOWNLOAD_MAX = 60 << 20,
    FIGURE_ROWS = 50,
    URL_ROOM = 16384,
    BUNDLE_LOG_ENTRIES = 60000
};

/* ---- what the pages share ---- */

const struct reg *issued_register(struct page *p) {
    const struct reg *reg = register_named(p->site->config.registers, "report");
    return reg && access_may(&p->actor, reg->read) ? reg : NULL;
}

bool report_may_draft(struct page *p) { return access_may(&p->actor, "report.record") || access_may(&p->actor, "report.issue"); }

bool report_installed(struct page *p, const struct report_kind *kind) {
    const struct pack *pack = pack_named(kind->pack);
    return pack && pack->registers[0] && register_named(p->site->config.registers, pack->registers[0]->key);
}

struct years {
    int list[YEARS_MAX];
    size_t count;
};

/* Newest first, each once. */
static void years_add(struct years *y, int year) {
    size_t at = 0;
    while (at < y->count && y->list[at] > year) at++;
    if ((at < y->count && y->list[at] == year) || at == YEARS_MAX) return;
    if (y->count < YEARS_MAX) y->count++;
    memmove(&y->list[at + 1], &y->list[at], (y->count - at - 1) * sizeof *y->list);
    y->list[at] = year;
}

static bool has_period_measure(const struct reg *reg) {
    for (size_t i = 0; i < reg->measure_count; i++)
        if (!reg->measures[i].at_end) return reg->date != NULL;
    return false;
}

/* The years in which registers that reports count from have records. */
static enum fault years_find(struct page *p, struct years *out) {
    const struct registers *rs = p->site->config.registers;
    for (size_t i = 0; i < register_count(rs); i++) {
        const struct reg *reg = register_at(rs, i);
        if (!has_period_measure(reg)) continue;
        _cleanup_(stmt_done) struct stmt *s = NULL;
        enum fault f = stmt_open(p->conn,
                                 arena_format(p->arena,
                                              "SELECT DISTINCT substr(f_%s, 1, 4) FROM r_%s WHERE tenant = ?1 AND withdrawn = 0",
                                              reg->date, reg->key),
                                 &s);
        if (f) return f;
        stmt_bind_int(s, 1, TENANT);
        for (bool row = true; row;) {
            f = stmt_step(s, &row);
            if (f) return f;
            const char *year = row ? stmt_text(s, 0) : NULL;
            if (year) years_add(out, (int)strtol(year, NULL, 10));
        }
    }
    return FAULT_NONE;
}

static void add_option(struct view_list *list, const char *value, bool selected) {
    struct view *o = view_item(list);
    view_copy(o, K(value), value);
    view_copy(o, K(label), value);
    view_bool(o, K(selected), selected);
}

/* The years, and the period asked for if it is none of them. */
static void add_periods(struct view *v, const struct years *years, const char *chosen) {
    struct view_list *list = view_list(v, K(periods));
    char year[16];
    bool found = !chosen;
    for (size_t i = 0; i < years->count; i++) {
        snprintf(year, sizeof year, "%04d", years->list[i]);
        bool same = chosen ? !strcmp(chosen, year) : i == 0;
        found |= same;
        add_option(list, year, same);
    }
    if (!found) add_option(list, chosen, true);
}

static const char *period_words(struct page *p, const struct period *period) {
    char start[CIVIL_TEXT], end[CIVIL_TEXT];
    civil_format(period->start, start);
    civil_format(period->end, end);
    return arena_format(p->arena, "%s — %s", start, end);
}

/* Sums of money as yuan, all else as it is. */
static const char *value_words(struct page *p, const struct figure *f, int64_t value) {
    const struct reg_field *of = f->measure && f->measure->kind == MEASURE_SUM && f->measure->of
                                   ? reg_field_named(f->reg, f->measure->of)
                                   : NULL;
    if (of && of->type == REG_MONEY) return value_show(of, &(struct value){VALUE_INT, value, NULL}, p->lang, p->arena);
    return arena_format(p->arena, "%lld", (long long)value);
}

static const char *date_of(const struct figure *f) {
    if (!f->measure || f->measure->at_end) return NULL;
    return f->measure->date ? f->measure->date : f->reg->date;
}

/* Puts the period's days where a filter says period.start and period.end, so that it can be read without the report. */
static void filter_spell(const struct figure *f, const char *start, const char *end, struct text *out) {
    bool quoted = false;
    for (const char *c = f->filter; *c; c++) {
        if (*c == '\\' && quoted && c[1]) text_addc(out, *c++);
        else if (*c == '"') quoted = !quoted;
        bool first = !quoted && !strncmp(c, "period.start", 12), last = !quoted && !strncmp(c, "period.end", 10);
        if (first || last) {
            text_add(out, first ? start : end);
            c += first ? 11 : 9;
            continue;
        }
        text_addc(out, *c);
    }
}

const char *report_filter(struct page *p, const struct figure *f) {
    _cleanup_(text_release) struct text out;
    char start[CIVIL_TEXT], end[CIVIL_TEXT];
    const char *date = date_of(f);
    text_init(&out, URL_ROOM);
    civil_format(f->period.start, start);
    civil_format(f->period.end, end);
    if (f->filter && date) text_addc(&out, '(');
    if (f->filter) filter_spell(f, start, end, &out);
    if (f->filter && date) text_add(&out, ") AND ");
    if (date) text_format(&out, "%s >= %s AND %s <= %s", date, start, date, end);
    return arena_copy(p->arena, out.at);
}

/* Where the records of a figure are listed; NULL if the reader may not see the register. */
static const char *figure_list_url(struct page *p, const struct figure *f) {
    if (!f->reg || f->reg->internal || !access_may(&p->actor, f->reg->read)) return NULL;
    _cleanup_(text_release) struct text url;
    char end[CIVIL_TEXT];
    text_init(&url, URL_ROOM);
    civil_format(f->period.end, end);
    text_format(&url, "/r/%s?as_of=%s&filter=", f->reg->key, end);
    url_arg(&url, report_filter(p, f));
    return arena_copy(p->arena, url.at);
}

struct since report_since(const struct issued_figure *f) {
    struct since s = {.changed = f->value_now != f->figure.value};
    for (size_t i = 0; i < f->change_count; i++) {
        s.added += f->changes[i].kind == SINCE_ADDED;
        s.withdrawn += f->changes[i].kind == SINCE_WITHDRAWN;
        s.corrected += f->changes[i].kind == SINCE_CHANGED;
    }
    s.changed |= s.added || s.withdrawn;
    return s;
}

static void add_since(struct view *v, const struct since *s) {
    view_bool(v, K(changed), s->changed);
    view_int(v, K(added), s->added);
    view_int(v, K(withdrawn), s->withdrawn);
    view_int(v, K(corrected), s->corrected);
}

static int64_t changed_count(const struct issued *issued) {
    int64_t n = 0;
    for (size_t i = 0; i < issued->figure_count; i++) n += report_since(&issued->figures[i]).changed;
    return n;
}

static const char *text_named(const struct reg *reg, const struct record *r, const char *key) {
    const struct reg_field *field = reg_field_named(reg, key);
    const struct value *v = field ? &r->values[field - reg->fields] : NULL;
    return v && v->kind == VALUE_TEXT ? v->text : NULL;
}

/* Who issued it and when. */
static enum fault add_issuer(struct page *p, struct view *v, const struct reg *reg, const struct id *id) {
    struct record_step *steps;
    size_t count;
    enum fault f = record_history(p->site->config.registers, p->conn, &p->actor, reg, id, p->arena, &steps, &count);
    for (size_t i = 0; !f && i < count; i++) {
        if (strcmp(steps[i].op, "issue") != 0) continue;
        if (steps[i].actor_name) view_text(v, K(who), steps[i].actor_name);
        else view_tr(v, K(who), "系统");
        view_moment(v, K(moment), steps[i].entered_ms);
    }
    return f;
}

/* ---- the list ---- */

/* What is known of issued reports: how many figures changed, while the journal stands still. */
static struct {
    pthread_mutex_t lock;
    struct {
        struct id report;
        int64_t journal, changed;
    } known[64];
    size_t next;
} memory = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool memory_ask(const struct id *report, int64_t journal, int64_t *changed) {
    bool found = false;
    pthread_mutex_lock(&memory.lock);
    for (size_t i = 0; i < COUNT_OF(memory.known) && !found; i++) {
        found = memory.known[i].journal == journal && id_same(&memory.known[i].report, report);
        if (found) *changed = memory.known[i].changed;
    }
    pthread_mutex_unlock(&memory.lock);
    return found;
}

static enum fault changed_since(struct page *p, const struct id *report, int64_t journal, int64_t *changed) {
    if (memory_ask(report, journal, changed)) return FAULT_NONE;
    _cleanup_(arena_release) struct arena own;
    arena_init(&own, (size_t)64 << 20);
    struct issued issued;
    enum fault f = report_read_issued(p->site->config.registers, p->conn, &p->actor, report, p->site->config.files, &own, NULL,
                                      &issued);
    if (f) return f;
    *changed = changed_count(&issued);
    pthread_mutex_lock(&memory.lock);
    memory.known[memory.next].report = *report;
    memory.known[memory.next].journal = journal;
    memory.known[memory.next].changed = *changed;
    memory.next = (memory.next + 1) % COUNT_OF(memory.known);
    pthread_mutex_unlock(&memory.lock);
    return FAULT_NONE;
}

struct issued_rows {
    struct page *p;
    const struct reg *reg;
    struct view_list *list;
    int64_t journal;
};

static enum fault add_issued(void *context, const struct record *r) {
    struct issued_rows *rows = context;
    struct page *p = rows->p;
    if (!r->state || strcmp(r->state, "issued") != 0) return FAULT_NONE;
    char id[ID_TEXT];
    id_format(&r->id, id);
    struct view *v = view_item(rows->list);
    view_format(v, K(url), "/issued/%s", id);
    view_copy(v, K(label), text_named(rows->reg, r, "title"));
    view_copy(v, K(period), text_named(rows->reg, r, "period"));
    view_copy(v, K(code), text_named(rows->reg, r, "code"));
    int64_t changed;
    enum fault f = changed_since(p, &r->id, rows->journal, &changed);
    if (f == FAULT_TAMPERED || f == FAULT_ABSENT) view_bool(v, K(bad), true);
    else if (f) return f;
    else view_int(v, K(changed), changed);
    return add_issuer(p, v, rows->reg, &r->id);
}

enum fault page_reports(struct page *p) {
    enum fault f = page_reader(p);
    if (f) return f;
    struct view *v = page_view(p, "报告");
    view_bool(v, K(nav_reports), true);
    view_bool(v, K(may_forms), register_named(p->site->config.registers, "form") && access_may(&p->actor, "form.read"));
    view_bool(v, K(may_boxes), register_named(p->site->config.registers, "inspection_box") && access_may(&p->actor, "box.read"));
    struct years years = {0};
    if (report_may_draft(p)) f = years_find(p, &years);
    if (f) return f;
    int year, month, day;
    civil_to_ymd(p->today, &year, &month, &day);
    if (!years.count) years_add(&years, year);
    struct view_list *kinds = view_list(v, K(kinds));
    for (const struct report_kind *kind = report_kinds; report_may_draft(p) && kind->key; kind++) {
        if (!report_installed(p, kind)) continue;
        struct view *k = view_item(kinds);
        view_text(k, K(key), kind->key);
        view_tr(k, K(label), kind->label);
        view_format(k, K(action), "/reports/%s", kind->key);
        add_periods(k, &years, NULL);
    }
    struct issued_rows rows = {.p = p, .reg = issued_register(p), .list = view_list(v, K(issued))};
    char next[CURSOR_TEXT], before[CURSOR_TEXT];
    struct list_query q = {.reg = rows.reg, .limit = ISSUED_SHOWN};
    f = journal_size(p->conn, TENANT, &rows.journal);
    if (!f && rows.reg) f = record_list(p->site->config.registers, p->conn, &p->actor, &q, add_issued, &rows, next, before);
    if (f && f != FAULT_RIGHT) return f;
    return page_render(p, TEMPLATE_reports);
}

/* ---- drafting and issuing ---- */

/* A draft and the words it was asked with. */
struct drafting {
    struct page *p;
    const struct report_kind *kind;
    const char *period;
    const char *text; /* as edited; NULL: the kind's own */
    bool unreadable;  /* the edited text cannot be read, so the draft is of the kind's own */
    struct draft draft;
};

/* The edited text of the form with plain line ends, or NULL if it is the kind's own. */
static const char *edited_text(struct page *p, const struct report_kind *kind) {
    const char *sent = page_field(p, "text");
    if (!sent || !sent[0]) return NULL;
    char *text = arena_copy(p->arena, sent), *to = text;
    for (const char *from = text; *from; from++)
        if (from[0] != '\r') *to++ = *from;
    *to = 0;
    return strcmp(text, kind->text) ? text : NULL;
}

static enum fault draft_make(struct page *p, const char *asked, struct drafting *out) {
    const struct report_kind *kind = report_kind_named(p->args[0]);
    if (!kind || !report_may_draft(p) || !report_installed(p, kind)) return FAULT_ABSENT;
    *out = (struct drafting){.p = p, .kind = kind, .period = asked, .text = edited_text(p, kind)};
    enum fault f = page_reader(p);
    struct years years = {0};
    if (!f && (!asked || !asked[0])) f = years_find(p, &years);
    if (f) return f;
    int year, month, day;
    civil_to_ymd(p->today, &year, &month, &day);
    if (!asked || !asked[0]) out->period = arena_format(p->arena, "%04d", years.count ? years.list[0] : year);
    struct period period;
    f = period_parse(out->period, &p->notes, &period);
    return f ? f
             : report_draft(p->site->config.registers, p->conn, kind, out->text, period, p->site->config.institution, LANG_ZH,
                            p->now_ms, p->arena, &p->notes, &out->draft);
}

/* An edited text that cannot be read at all must not be lost: the page then shows the kind's own draft, with what was typed and why. */
static enum fault draft_or_own(struct page *p, const char *asked, struct drafting *out, enum fault *unreadable) {
    *unreadable = draft_make(p, asked, out);
    if (*unreadable != FAULT_INPUT || !out->text) {
        enum fault f = *unreadable;
        *unreadable = FAULT_NONE;
        return f;
    }
    out->unreadable = true;
    struct period period;
    enum fault f = period_parse(out->period, &p->notes, &period);
    return f ? f
             : report_draft(p->site->config.registers, p->conn, out->kind, NULL, period, p->site->config.institution, LANG_ZH,
                            p->now_ms, p->arena, NULL, &out->draft);
}

const char *report_seen(struct page *p, const struct draft *draft) {
    struct digest_run *run = digest_begin();
    for (size_t i = 0; i < draft->figure_count; i++) {
        const char *line = arena_format(p->arena, "%s=%lld/%lld:%zu;", draft->figures[i].key, (long long)draft->figures[i].value,
                                        (long long)draft->figures[i].previous, draft->figures[i].record_count);
        digest_add(run, line, strlen(line));
    }
    digest_add(run, draft->text, strlen(draft->text));
    struct digest d = digest_end(run);
    _cleanup_(text_release) struct text hex;
    text_init(&hex, 100);
    hex_text(&hex, d.bytes, 16);
    return arena_copy(p->arena, hex.at);
}

static const char *draft_href(void *context, const char *key) {
    struct drafting *d = context;
    for (size_t i = 0; i < d->draft.figure_count; i++)
        if (!strcmp(d->draft.figures[i].key, key)) return figure_list_url(d->p, &d->draft.figures[i]);
    return NULL;
}

static void add_checks(struct page *p, const struct draft *draft) {
    struct view_list *lists[] = {view_list(p->view, K(passed)), view_list(p->view, K(checks))};
    int64_t failed = 0;
    for (int bad = 1; bad >= 0; bad--)
        for (size_t i = 0; i < draft->check_count; i++) {
            const struct report_check *c = &draft->checks[i];
            if (c->passed == (bad == 1)) continue;
            struct note note = {.place = c->place, .sentence = c->sentence};
            memcpy(note.args, c->args, sizeof note.args);
            struct view *v = view_item(lists[bad]);
            view_bool(v, K(bad), bad);
            view_note(v, K(title), &note);
            const char *line = c->place + strcspn(c->place, "0123456789");
            if (bad && *line)
                view_sentence(v, K(text), "报告文本第 {0} 行", arena_format(p->arena, "%d", (int)strtol(line, NULL, 10)));
            failed += bad;
        }
    view_int(p->view, K(failed), failed);
    view_int(p->view, K(passed_count), (int64_t)draft->check_count - failed);
}

static enum fault show_draft(struct drafting *d, enum fault f) {
    struct page *p = d->p;
    struct view *v = page_view(p, d->kind->label);
    struct years years = {0};
    enum fault worse = years_find(p, &years);
    if (worse) return worse;
    view_bool(v, K(nav_reports), true);
    view_tr(v, K(report_label), d->kind->label);
    view_format(v, K(draft_url), "/reports/%s", d->kind->key);
    view_text(v, K(period), d->period);
    view_text(v, K(period_label), period_words(p, &d->draft.period));
    view_int(v, K(position), d->draft.position);
    view_text(v, K(expected), report_seen(p, &d->draft));
    view_bool(v, K(edited), d->text != NULL);
    view_text(v, K(source_text), d->text ? d->text : d->kind->text);
    view_bool(v, K(unreadable), d->unreadable);
    add_periods(v, &years, d->period);
    add_checks(p, &d->draft);
    struct text article;
    text_init(&article, ARTICLE_MAX);
    worse = doc_to_html(d->draft.document, draft_href, d, &article);
    if (!worse) view_html(v, K(article_html), arena_keep(p->arena, &article));
    text_release(&article);
    if (worse) return worse;
    view_list(v, K(issue_fields));
    if (access_may(&p->actor, "report.record") && access_may(&p->actor, "report.issue"))
        view_format(v, K(issue_action), "/reports/%s", d->kind->key);
    if (f) {
        page_errors(p, f, NULL, "");
        http_answer_status(p->answer, fault_http_status(f));
    }
    return page_render(p, TEMPLATE_report_draft);
}

enum fault page_report_draft(struct page *p) {
    struct drafting d;
    enum fault f = draft_make(p, page_param(p, "period"), &d);
    return f ? f : show_draft(&d, FAULT_NONE);
}

enum fault site_fonts(struct page *p, struct doc_fonts **out) {
    struct site *site = p->site;
    enum fault f = FAULT_NONE;
    pthread_mutex_lock(&site->lock);
    if (!site->fonts_open) {
        f = doc_fonts_open(site->config.fonts, &p->notes, &site->fonts);
        site->fonts_open = !f;
    }
    *out = site->fonts;
    pthread_mutex_unlock(&site->lock);
    return f;
}

/* The draft of an edited text, without issuing it. */
enum fault page_report_preview(struct page *p) {
    struct drafting d;
    enum fault unreadable, f = draft_or_own(p, page_field(p, "period"), &d, &unreadable);
    return f ? f : show_draft(&d, unreadable);
}

enum fault page_report_issue(struct page *p) {
    struct drafting d;
    enum fault unreadable, f = draft_or_own(p, page_field(p, "period"), &d, &unreadable);
    if (f) return f;
    if (unreadable) return show_draft(&d, unreadable);
    const char *expected = page_field(p, "expected");
    if (!expected || strcmp(expected, report_seen(p, &d.draft)) != 0) {
        note_add(&p->notes, NULL, "预览之后数字有了变动；请看过新的数字再签发");
        return show_draft(&d, FAULT_CONFLICT);
    }
    struct doc_fonts *fonts;
    struct id report;
    f = site_fonts(p, &fonts);
    if (!f)
        f = report_issue(p->site->config.registers, &p->actor, p->now_ms, &d.draft, p->site->config.files, fonts, NULL, &p->notes,
                         &report);
    if (f == FAULT_STATE || f == FAULT_INPUT || f == FAULT_CONFLICT) return show_draft(&d, f);
    if (f) return f;
    char id[ID_TEXT];
    id_format(&report, id);
    return page_go(p, arena_format(p->arena, "/issued/%s", id), "报告已签发。");
}

/* ---- an issued report ---- */

enum fault report_issued_asked(struct page *p, const struct reg **reg, struct issued *out) {
    struct id id;
    *reg = issued_register(p);
    if (!*reg) return FAULT_ABSENT;
    enum fault f = page_id(p, 0, &id);
    if (!f) f = page_reader(p);
    return f ? f
             : report_read_issued(p->site->config.registers, p->conn, &p->actor, &id, p->site->config.files, p->arena, &p->notes,
                                  out);
}

const char *report_label(const struct figure *f) { return f->measure ? f->measure->label : f->key; }

static void add_figures(struct page *p, const struct issued *issued) {
    struct view_list *list = view_list(p->view, K(figures));
    for (size_t i = 0; i < issued->figure_count; i++) {
        const struct issued_figure *f = &issued->figures[i];
        struct since since = report_since(f);
        struct view *v = view_item(list);
        view_text(v, K(key), f->figure.key);
        view_format(v, K(url), "/issued/%s/figure/%s", p->args[0], f->figure.key);
        view_tr(v, K(label), report_label(&f->figure));
        if (f->figure.reg) view_tr(v, K(text), f->figure.reg->label);
        view_text(v, K(value), value_words(p, &f->figure, f->figure.value));
        view_text(v, K(now), f->known_now ? value_words(p, &f->figure, f->value_now) : "—");
        if (f->figure.measure && f->figure.measure->unit) view_tr(v, K(unit), f->figure.measure->unit);
        else view_text(v, K(unit), "");
        add_since(v, &since);
    }
}

/* The signed head that was made with the report, so that it can be compared with one held elsewhere. */
static enum fault add_checkpoint(struct page *p, int64_t size) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(p->conn, "SELECT note FROM head WHERE tenant = ?1 AND size = ?2", &s);
    bool row = false;
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, size);
    f = stmt_step(s, &row);
    if (!f && row && stmt_text(s, 0)) view_copy(p->view, K(checkpoint), stmt_text(s, 0));
    return f;
}

enum fault page_report_issued(struct page *p) {
    const struct reg *reg;
    struct issued issued;
    enum fault f = report_issued_asked(p, &reg, &issued);
    if (f) return f;
    const char *title = text_named(reg, &issued.record, "title");
    struct view *v = page_view(p, NULL);
    view_bool(v, K(nav_reports), true);
    view_text(v, K(title), title);
    view_text(v, K(report_label), title);
    view_text(v, K(period_label), period_words(p, &issued.period));
    view_int(v, K(position), issued.position);
    view_text(v, K(code), issued.code);
    view_format(v, K(docx_url), "/issued/%s/docx", p->args[0]);
    view_format(v, K(pdf_url), "/issued/%s/pdf", p->args[0]);
    view_format(v, K(html_url), "/issued/%s/html", p->args[0]);
    if (access_may(&p->actor, "report.issue")) view_format(v, K(bundle_url), "/issued/%s/bundle", p->args[0]);
    view_html(v, K(article_html), issued.article);
    view_int(v, K(changed), changed_count(&issued));
    add_figures(p, &issued);
    f = add_issuer(p, v, reg, &issued.record.id);
    if (!f) f = add_checkpoint(p, issued.position);
    return f ? f : page_render(p, TEMPLATE_report_issued);
}

enum fault page_report_file(struct page *p) {
    static const struct {
        const char *key, *type;
    } formats[] = {{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
                   {"pdf", "application/pdf"},
                   {"html", "text/html; charset=utf-8"}};
    const struct reg *reg = issued_register(p);
    struct id id;
    struct record r;
    size_t at = 0;
    while (at < COUNT_OF(formats) && strcmp(formats[at].key, p->args[1]) != 0) at++;
    if (!reg || at == COUNT_OF(formats)) return FAULT_ABSENT;
    struct look now = {0};
    enum fault f = page_id(p, 0, &id);
    if (!f) f = page_reader(p);
    if (!f) f = record_read(p->site->config.registers, p->conn, &p->actor, reg, &id, &now, p->arena, &r);
    if (f) return f;
    const char *value = text_named(reg, &r, formats[at].key), *title = text_named(reg, &r, "title");
    if (!value) return FAULT_ABSENT;
    _cleanup_(text_release) struct text bytes = {0};
    f = file_load(p->site->config.files, value, DOWNLOAD_MAX, &bytes);
    if (f == FAULT_TAMPERED) note_add(&p->notes, NULL, "已发报告的文件与日志记载的不符");
    if (f == FAULT_ABSENT) note_add(&p->notes, NULL, "已发报告的文件不见了；请从备份恢复 files 目录");
    if (f) return f;
    struct text *out = http_answer_text(p->answer);
    text_addn(out, bytes.at, bytes.length);
    http_answer_header(p->answer, "Content-Type", formats[at].type);
    http_answer_header(p->answer, "Cache-Control", "no-store");
    page_disposition(p, arena_format(p->arena, "report.%s", formats[at].key),
                     arena_format(p->arena, "%s.%s", title ? title : "report", formats[at].key));
    return out->over ? FAULT_LARGE : FAULT_NONE;
}

/* The evidence bundle; with the log's headers as long as they are not too many for a download. */
enum fault page_report_bundle(struct page *p) {
    struct id id;
    int64_t entries;
    enum fault f = page_id(p, 0, &id);
    if (!f) f = page_reader(p);
    if (!f) f = journal_size(p->conn, TENANT, &entries);
    if (f) return f;
    struct bundle_choice choice = {.log = entries <= BUNDLE_LOG_ENTRIES};
    struct text *out = http_answer_text(p->answer);
    const struct registers *registers = p->site->config.registers;
    f = report_bundle(registers, p->conn, &p->actor, &id, p->site->config.files, journal_key(registers_journal(registers)), &choice,
                      p->arena, &p->notes, out);
    if (f) {
        text_clear(out);
        return f;
    }
    http_answer_header(p->answer, "Content-Type", "application/json");
    http_answer_header(p->answer, "Cache-Control", "no-store");
    page_disposition(p, "bundle.json", arena_format(p->arena, "%s.bundle.json", p->args[0]));
    return FAULT_NONE;
}

/* ---- the records behind a figure ---- */

static void add_measure(struct page *p, const struct figure *f) {
    const struct reg_measure *m = f->measure;
    const struct reg_field *of = m->of ? reg_field_named(f->reg, m->of) : NULL,
                           *date = date_of(f) ? reg_field_named(f->reg, date_of(f)) : NULL;
    const char *what = of ? lang_tr(p->lang, of->label) : "", *when = date ? lang_tr(p->lang, date->label) : "";
    struct view *v = p->view;
    if (m->kind == MEASURE_COUNT && date) view_sentence(v, K(measure), "记录的条数，“{0}”在期间内的", when);
    else if (m->kind == MEASURE_COUNT) view_tr(v, K(measure), "期末那一天的记录条数");
    else if (m->kind == MEASURE_SUM && date) view_sentence(v, K(measure), "各条记录“{0}”之和，“{1}”在期间内的", what, when);
    else if (m->kind == MEASURE_SUM) view_sentence(v, K(measure), "期末那一天各条记录“{0}”之和", what);
    else if (date) view_sentence(v, K(measure), "不同的“{0}”的个数，“{1}”在期间内的", what, when);
    else view_sentence(v, K(measure), "期末那一天不同的“{0}”的个数", what);
}

/* Names the list of records and versions, so that two readings can be compared. */
static const char *evidence_hash(struct page *p, const struct figure *f) {
    struct digest_run *run = digest_begin();
    for (size_t i = 0; i < f->record_count; i++) {
        char id[ID_TEXT];
        id_format(&f->records[i].record, id);
        const char *line = arena_format(p->arena, "%s %lld\n", id, (long long)f->records[i].position);
        digest_add(run, line, strlen(line));
        if (arena_over(p->arena)) break;
    }
    struct digest d = digest_end(run);
    _cleanup_(text_release) struct text hex;
    text_init(&hex, 100);
    hex_text(&hex, d.bytes, DIGEST_BYTES);
    return arena_over(p->arena) ? NULL : arena_copy(p->arena, hex.at);
}

/* One page of the counted records as they were counted; how many of all the reader may not open. */
static enum fault add_counted(struct page *p, const struct figure *f, size_t from) {
    _cleanup_(page_table_release) struct page_table table;
    page_table_begin(p, f->reg, &table);
    int64_t hidden = 0;
    bool all;
    const struct id *units;
    size_t unit_count;
    access_units(&p->actor, f->reg->read, p->arena, &all, &units, &unit_count);
    size_t end = from + FIGURE_ROWS < f->record_count ? from + FIGURE_ROWS : f->record_count;
    for (size_t i = 0; i < f->record_count; i++) {
        bool shown = i >= from && i < end;
        if (!shown && all) continue;
        _cleanup_(arena_release) struct arena own;
        arena_init(&own, 1 << 20);
        struct look then = {.has_as_of = true, .as_of = f->period.end, .has_known_at = true, .known_at = f->position - 1};
        struct record r;
        enum fault fault = record_read(p->site->config.registers, p->conn, &p->actor, f->reg, &f->records[i].record, &then,
                                       shown ? p->arena : &own, &r);
        if (fault == FAULT_ABSENT || fault == FAULT_RIGHT) hidden++;
        else if (fault) return fault;
        else if (shown) page_table_row(p, &table, &r);
    }
    view_int(p->view, K(hidden_count), hidden);
    const char *url = arena_format(p->arena, "/issued/%s/figure/%s", p->args[0], p->args[1]);
    view_bool(p->view, K(paged), f->record_count > FIGURE_ROWS);
    if (end < f->record_count) view_format(p->view, K(next_url), "%s?after=%zu", url, end);
    if (from) view_format(p->view, K(prev_url), "%s?after=%zu", url, from > FIGURE_ROWS ? from - FIGURE_ROWS : 0);
    return page_table_end(p, &table);
}

static void add_figure(struct page *p, const struct issued_figure *f) {
    struct view *v = p->view;
    struct since since = report_since(f);
    view_tr(v, K(title), report_label(&f->figure));
    view_tr(v, K(figure_label), report_label(&f->figure));
    view_text(v, K(value), value_words(p, &f->figure, f->figure.value));
    view_text(v, K(now), value_words(p, &f->figure, f->value_now));
    if (f->figure.measure->unit) view_tr(v, K(unit), f->figure.measure->unit);
    add_since(v, &since);
    add_measure(p, &f->figure);
    const char *list = figure_list_url(p, &f->figure);
    view_text(v, K(register_url), list);
    view_tr(v, K(register_label), f->figure.reg->label);
    view_text(v, K(period_label), period_words(p, &f->figure.period));
    view_text(v, K(filter), report_filter(p, &f->figure));
    view_date(v, K(as_of), f->figure.period.end);
    view_int(v, K(known_at), f->figure.position);
    view_int(v, K(count), (int64_t)f->figure.record_count);
    view_tr(v, K(zero_proof), f->figure.zero_by);
    if (f->figure.record_count) view_text(v, K(hash), evidence_hash(p, &f->figure));
}

enum fault page_figure(struct page *p) {
    const struct reg *reg;
    struct issued issued;
    enum fault f = report_issued_asked(p, &reg, &issued);
    if (f) return f;
    size_t at = 0;
    while (at < issued.figure_count && strcmp(issued.figures[at].figure.key, p->args[1]) != 0) at++;
    if (at == issued.figure_count) return FAULT_ABSENT;
    const struct issued_figure *figure = &issued.figures[at];
    if (!figure->known_now) {
        note_add(&p->notes, NULL, "这个数字所用的台账或栏目已不再使用，无法列出记录；签发时的清单仍在报告的依据文件里");
        return FAULT_ABSENT;
    }
    const char *after = page_param(p, "after");
    size_t from = after && strlen(after) < 9 ? (size_t)strtoul(after, NULL, 10) : 0;
    struct view *v = page_view(p, NULL);
    view_bool(v, K(nav_reports), true);
    view_text(v, K(report_label), text_named(reg, &issued.record, "title"));
    view_format(v, K(report_url), "/issued/%s", p->args[0]);
    add_figure(p, figure);
    if (access_may(&p->actor, figure->figure.reg->read))
        f = add_counted(p, &figure->figure, from < figure->figure.record_count ? from : 0);
    else view_int(v, K(hidden_count), (int64_t)figure->figure.record_count);
    return f ? f : page_render(p, TEMPLATE_figure);
}
