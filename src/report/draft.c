/* draft.c - from a report's text and the records to a draft: figures asked, words chosen, checks made, document laid out. */
#include "report/inside.h"

#include "base/printer.h"
#include "document/docx.h"
#include "document/html.h"
#include "document/markdown.h"
#include "document/pdf.h"
#include "journal/journal.h"
#include "register/filter.h"

#include <string.h>

enum { FILLED_MAX = 512 * 1024, CODE_BYTES = 16 };

const struct report_kind *report_kind_named(const char *key) {
    for (const struct report_kind *k = report_kinds; k->key; k++)
        if (!strcmp(k->key, key)) return k;
    return NULL;
}

/* ---- what a place says ---- */

static const char *say_number(const struct drafting *d, const struct figure *f, int64_t value, bool han, bool bare) {
    if (!han) return figure_show(f, value, d->arena);
    char words[NUMBER_TEXT];
    number_han(value, bare, words);
    return arena_copy(d->arena, words);
}

static const char *say_round(const struct drafting *d, const struct piece *p, const struct figure *f) {
    int64_t round = p->claimed ? p->claim : number_round(p->say, f->value);
    if (!round) return say_number(d, f, f->value, p->han, false);
    const char *words = p->han ? say_number(d, f, round, true, p->say != SAY_BREAK)
                               : arena_format(d->arena, "%lld", (long long)round);
    return p->say == SAY_OVER ? arena_format(d->arena, "%s余", words) : arena_format(d->arena, "%s%s", p->word, words);
}

static const char *unit_of(const struct figure *f) { return f->measure->unit ? f->measure->unit : ""; }

static const char *say_compare(const struct drafting *d, const struct piece *p, const struct figure *f) {
    int64_t change;
    if (!d->previous_known[p->figure]) return "上年没有记录，无从比较";
    if (__builtin_sub_overflow(f->value, f->previous, &change) || change == INT64_MIN) return "与上年无从比较";
    if (!change) return "与上年持平";
    return arena_format(d->arena, "比上年%s%s%s", change > 0 ? "增加" : "减少",
                        figure_show(f, change > 0 ? change : -change, d->arena), unit_of(f));
}

const char *piece_say(const struct drafting *d, const struct piece *p) {
    const struct figure *f = &d->draft->figures[p->figure];
    switch (p->say) {
    case SAY_EXACT: return say_number(d, f, f->value, p->han, false);
    case SAY_NEAR:
    case SAY_OVER:
    case SAY_BREAK: return say_round(d, p, f);
    case SAY_COMPARE: return say_compare(d, p, f);
    case SAY_NONE:
        if (!f->value) return p->word;
        return arena_format(d->arena, "%s%s%s", p->word + strlen("未"), figure_show(f, f->value, d->arena), unit_of(f));
    default: return p->word;
    }
}

/* ---- filling ---- */

/* Text that Markdown must take as it is. */
static void add_literal(struct text *out, const char *s) {
    for (; *s; s++) {
        if (strchr("\\`*_{}[]<>#|!~&", *s)) text_addc(out, '\\');
        text_addc(out, *s);
    }
}

static void add_figure(const struct figure *f, const char *words, bool links, struct text *out) {
    if (links) text_format(out, "[%s](figure:%s)", words, f->key);
    else text_add(out, words);
}

static void fill_table(const struct drafting *d, const struct piece *p, bool links, struct text *out) {
    const struct draft *draft = d->draft;
    if (out->length && (out->length < 2 || out->at[out->length - 2] != '\n')) text_addc(out, '\n');
    text_format(out, "| 项目 | 单位 | %s | %s | 增减 |\n|---|---|---:|---:|---:|", period_label(draft->period, d->arena),
                period_label(period_before(draft->period), d->arena));
    for (size_t i = 0; i < p->list_count; i++) {
        const struct figure *f = &draft->figures[p->list[i]];
        bool known = d->previous_known[p->list[i]];
        int64_t change;
        bool fits = known && !__builtin_sub_overflow(f->value, f->previous, &change);
        text_add(out, "\n| ");
        add_literal(out, f->measure->label);
        text_format(out, " | %s | ", f->measure->unit ? f->measure->unit : "");
        add_figure(f, figure_show(f, f->value, d->arena), links, out);
        text_format(out, " | %s | ", known ? figure_show(f, f->previous, d->arena) : "无记录");
        text_format(out, "%s%s |", fits && change > 0 ? "+" : "", fits ? figure_show(f, change, d->arena) : "—");
    }
    const char *after = p->end + strspn(p->end, " \r");
    if (*after == '\n' && after[1] && after[1] != '\n' && after[1] != '\r') text_addc(out, '\n');
}

void text_fill(const struct drafting *d, const struct piece *pieces, size_t count, bool links, bool tables, struct text *out) {
    int y, m, day;
    civil_to_ymd(d->draft->period.start, &y, &m, &day);
    for (size_t i = 0; i < count; i++) {
        const struct piece *p = &pieces[i];
        switch (p->kind) {
        case PIECE_PLAIN: text_addn(out, p->text, p->length); break;
        case PIECE_FIXED: add_literal(out, p->text); break;
        case PIECE_YEAR: text_add_int(out, y); break;
        case PIECE_LAST_YEAR: text_add_int(out, y - 1); break;
        case PIECE_PERIOD: text_add(out, period_label(d->draft->period, d->arena)); break;
        case PIECE_INSTITUTION: add_literal(out, d->draft->organ); break;
        case PIECE_TABLE:
            if (tables) fill_table(d, p, links, out);
            else text_add(out, "对照表");
            break;
        case PIECE_FIGURE: add_figure(&d->draft->figures[p->figure], piece_say(d, p), links, out); break;
        }
    }
}

/* ---- figures ---- */

static enum fault figure_find(struct drafting *d, const struct text_figure *t, struct notes *notes, struct figure *out) {
    const struct reg *reg = register_named(d->registers, t->register_key);
    const struct reg_measure *measure = reg ? reg_measure_named(reg, t->measure_key) : NULL;
    const char *place = line_place(d->arena, t->line);
    if (!measure) {
        note_add(notes, place, reg ? "台账“{0}”没有统计项“{1}”" : "没有台账“{0}”（{0}.{1}）", t->register_key, t->measure_key);
        return FAULT_INPUT;
    }
    const char *filter = measure->filter;
    if (t->where) {
        struct filter_context context = {
            .has_period = true, .period_start = d->draft->period.start, .period_end = d->draft->period.end};
        struct notes inner;
        notes_init(&inner, d->arena);
        struct filter *parsed;
        enum fault f = filter_parse(reg, t->where, &context, d->arena, &inner, &parsed);
        if (f) {
            _cleanup_(text_release) struct text said;
            text_init(&said, 4000);
            if (inner.first) note_fill(&said, inner.first->sentence, inner.first->args);
            note_add(notes, place, "where 后的条件看不懂：{0}", said.at);
            return f;
        }
        filter = filter ? arena_format(d->arena, "(%s) AND (%s)", filter, t->where) : t->where;
    }
    *out = (struct figure){.key = t->key,
                           .reg = reg,
                           .measure = measure,
                           .filter = filter,
                           .period = d->draft->period,
                           .position = d->draft->position};
    return FAULT_NONE;
}

static enum fault figures_find(struct drafting *d, struct notes *notes) {
    struct draft *draft = d->draft;
    size_t count = d->text.figure_count;
    draft->figures = arena_array(d->arena, struct figure, count + 1);
    d->previous_known = arena_array(d->arena, bool, count + 1);
    d->zero_lacking = arena_array(d->arena, const char *, count + 1);
    enum fault result = FAULT_NONE;
    for (size_t i = 0; i < count; i++) {
        enum fault f = figure_find(d, &d->text.figures[i], notes, &draft->figures[i]);
        if (f) result = f;
    }
    draft->figure_count = count;
    return result;
}

static enum fault figures_fill(struct drafting *d, struct notes *notes) {
    enum fault fault = figures_ask(d->conn, d->arena, notes, d->draft->figures, d->draft->figure_count);
    if (fault) return fault;
    for (size_t i = 0; i < d->draft->figure_count; i++) {
        struct figure *f = &d->draft->figures[i];
        d->previous_known[i] = f->previous != 0;
        if (!f->previous) fault = figure_any(d->conn, f, period_before(f->period), &d->previous_known[i]);
        if (!fault && !f->value) fault = zero_show(d->registers, d->conn, d->arena, f, &d->zero_lacking[i]);
        if (fault) return fault;
    }
    return FAULT_NONE;
}

/* ---- the document ---- */

static enum fault code_make(struct drafting *d) {
    struct draft *draft = d->draft;
    enum fault f = journal_size(d->conn, TENANT, &draft->position);
    if (f) return f;
    if (!draft->position) return FAULT_STATE;
    struct entry_row last;
    f = journal_entry_read(d->conn, TENANT, draft->position - 1, d->arena, &last);
    if (f) return f;
    draft->as_of_ms = last.entry.entered_ms;
    struct digest root;
    f = journal_root(d->conn, TENANT, draft->position, &root);
    if (f) return f;
    _cleanup_(text_release) struct text code;
    text_init(&code, 100);
    text_add_int(&code, draft->position);
    text_addc(&code, '-');
    hex_text(&code, root.bytes, CODE_BYTES);
    draft->code = arena_copy(d->arena, code.at);
    return FAULT_NONE;
}

static const char *footer_of(const struct draft *draft, struct arena *arena) {
    return arena_format(arena, "数字依据台账日志第%lld条以前的记录。核验码：%s", (long long)draft->position, draft->code);
}

static const char *filled(const struct drafting *d, const struct piece *pieces, size_t count) {
    _cleanup_(text_release) struct text out;
    text_init(&out, 4000);
    text_fill(d, pieces, count, false, false, &out);
    return arena_copy(d->arena, out.at ? out.at : "");
}

/* Reads the filled text once line by line with the original, so that remarks name its lines, and once with its tables. */
static enum fault document_make(struct drafting *d, struct notes *notes) {
    struct draft *draft = d->draft;
    _cleanup_(text_release) struct text out;
    text_init(&out, FILLED_MAX);
    for (int i = 1; i < d->text.body_line; i++) text_addc(&out, '\n');
    text_fill(d, d->text.pieces, d->text.count, true, false, &out);
    if (out.over) return FAULT_LARGE;
    enum fault f = doc_from_markdown(d->arena, out.at, out.length, draft->lang, draft->as_of_ms, notes, &draft->document);
    if (f) return f;
    text_clear(&out);
    text_fill(d, d->text.pieces, d->text.count, true, true, &out);
    if (out.over) return FAULT_LARGE;
    f = doc_from_markdown(d->arena, out.at, out.length, draft->lang, draft->as_of_ms, notes, &draft->document);
    if (f) return f;
    doc_set_title(draft->document, draft->title);
    if (d->text.addressee && d->text.addressee[0]) doc_set_addressee(draft->document, d->text.addressee);
    doc_set_signature(draft->document, draft->organ, civil_at(draft->as_of_ms));
    doc_set_footer(draft->document, footer_of(draft, d->arena));
    return FAULT_NONE;
}

static enum fault markdown_make(struct drafting *d) {
    struct draft *draft = d->draft;
    _cleanup_(text_release) struct text out;
    text_init(&out, FILLED_MAX);
    text_format(&out, "# %s\n\n", draft->title);
    if (d->text.addressee && d->text.addressee[0]) text_format(&out, "%s：\n\n", d->text.addressee);
    size_t begin = out.length;
    text_fill(d, d->text.pieces, d->text.count, false, true, &out);
    if (out.over) return FAULT_LARGE;
    size_t blank = strspn(out.at + begin, "\r\n");
    memmove(out.at + begin, out.at + begin + blank, out.length - begin - blank + 1);
    out.length -= blank;
    while (out.length && strchr("\r\n", out.at[out.length - 1])) out.at[--out.length] = 0;
    int y, m, day;
    civil_to_ymd(civil_at(draft->as_of_ms), &y, &m, &day);
    text_format(&out, "\n\n%s\n\n%d年%d月%d日\n\n%s\n", draft->organ, y, m, day, footer_of(draft, d->arena));
    if (out.over) return FAULT_LARGE;
    draft->markdown = arena_copy(d->arena, out.at);
    return FAULT_NONE;
}

enum fault report_draft(const struct registers *registers, struct conn *conn, const struct report_kind *kind, const char *text,
                        struct period period, const char *organ, enum lang lang, int64_t now_ms, struct arena *arena,
                        struct notes *notes, struct draft *out) {
    struct draft draft = {.kind = kind, .period = period, .now_ms = now_ms, .lang = lang};
    struct drafting d = {.registers = registers, .conn = conn, .arena = arena, .draft = &draft};
    draft.organ = arena_copy(arena, organ && organ[0] ? organ : "本单位");
    draft.text = arena_copy(arena, text ? text : kind->text);
    enum fault f = report_text_parse(draft.text, strlen(draft.text), arena, notes, &d.text);
    if (!f) f = code_make(&d);
    if (!f) f = figures_find(&d, notes);
    if (!f) f = figures_fill(&d, notes);
    if (f) return f;
    draft.title = filled(&d, d.text.title, d.text.title_count);
    checks_make(&d);
    f = document_make(&d, notes);
    if (!f) f = markdown_make(&d);
    if (f) return f;
    if (arena_over(arena)) return FAULT_LARGE;
    *out = draft;
    return FAULT_NONE;
}

/* ---- rendering ---- */

static const char *figure_address(void *context, const char *key) {
    struct text *t = context;
    text_clear(t);
    text_add(t, "#figure-");
    url_arg(t, key);
    return t->over ? NULL : t->at;
}

/* The figures behind the article: what each counted. The article's figures lead here. */
static void add_evidence(const struct draft *draft, struct arena *arena, struct text *out) {
    text_add(
        out,
        "<section "
        "class=\"evidence\"><h2>数字及其出处</h2><table><thead><tr><th>数字</th><th>值</th><th>上年</th><th>台账</th><th>条件</th>"
        "<th>依据记录数</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < draft->figure_count; i++) {
        const struct figure *f = &draft->figures[i];
        text_add(out, "<tr id=\"figure-");
        html_attr(out, f->key);
        text_add(out, "\"><th scope=\"row\">");
        html_text(out, f->measure->label);
        text_format(out, "</th><td>%s</td><td>%s</td><td>", figure_show(f, f->value, arena), figure_show(f, f->previous, arena));
        html_text(out, f->reg->label);
        text_add(out, "</td><td>");
        html_text(out, f->filter ? f->filter : "");
        text_format(out, "</td><td>%zu</td></tr>\n", f->record_count);
    }
    text_add(out, "</tbody></table></section>\n");
}

static enum fault render_html(const struct draft *draft, struct text *out) {
    _cleanup_(text_release) struct text page, address;
    text_init(&page, out->max);
    text_init(&address, 200);
    enum fault f = doc_to_html_page(draft->document, figure_address, &address, &page);
    if (f) return f;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 1 << 20);
    const char *end = strstr(page.at, "</article>");
    size_t head = end ? (size_t)(end - page.at) + strlen("</article>") : page.length;
    text_addn(out, page.at, head);
    text_addc(out, '\n');
    add_evidence(draft, &arena, out);
    text_add(out, page.at + head);
    return out->over ? FAULT_LARGE : FAULT_NONE;
}

enum fault report_render(const struct draft *draft, enum report_format format, struct doc_fonts *fonts, struct text *out,
                         struct notes *notes) {
    switch (format) {
    case REPORT_MD: text_add(out, draft->markdown); return out->over ? FAULT_LARGE : FAULT_NONE;
    case REPORT_HTML: return render_html(draft, out);
    case REPORT_DOCX: return doc_to_docx(draft->document, out);
    case REPORT_PDF: return doc_to_pdf(draft->document, fonts, notes, out);
    }
    return FAULT_USAGE;
}
