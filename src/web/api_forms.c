/* api_forms.c - a superior's forms for programs: listed, what goes into them, filled for a period with what could not be filled, and kept. */
#include "web/api.h"
#include "web/forms.h"

#include "base/printer.h"

#include <string.h>

static void add_member(struct text *out, const char *name, const char *text) {
    text_format(out, ",\"%s\":", name);
    json_text(out, text);
}

static enum fault asked_forms(struct page *p, const char *scope, const struct reg **out) {
    enum fault f = forms_register(p, out);
    return f ? f : api_asked_scope(p, scope, *out);
}

/* ---- forms and their places ---- */

static void add_form(struct text *out, const struct reg *reg, const struct record *r) {
    char id[ID_TEXT];
    id_format(&r->id, id);
    text_format(out, "{\"id\":\"%s\"", id);
    add_member(out, "name", form_text(reg, r, "name"));
    add_member(out, "sender", form_text(reg, r, "sender"));
    add_member(out, "received", form_text(reg, r, "received"));
}

struct listing {
    struct page *p;
    const struct reg *reg;
    struct text *out;
    bool any;
};

static enum fault add_listed(void *context, const struct record *r) {
    struct listing *l = context;
    struct refill_place *places;
    size_t count;
    char id[ID_TEXT];
    id_format(&r->id, id);
    enum fault f = refill_places(l->p->site->config.registers, l->p->conn, &r->id, l->p->arena, &places, &count);
    if (f) return f;
    if (l->any) text_addc(l->out, ',');
    l->any = true;
    add_form(l->out, l->reg, r);
    text_format(l->out, ",\"places\":%zu,\"url\":\"/api/v1/forms/%s\"}", count, id);
    return FAULT_NONE;
}

enum fault api_forms(struct page *p) {
    struct listing l = {.p = p};
    char next[CURSOR_TEXT], before[CURSOR_TEXT];
    struct list_query q = {0};
    enum fault f = asked_forms(p, "read", &l.reg);
    if (!f) f = api_limit(p, &q.limit);
    if (!f) f = page_reader(p);
    if (f) return f;
    q.reg = l.reg;
    q.cursor = page_param(p, "after");
    l.out = api_answer(p);
    text_add(l.out, "{\"forms\":[");
    f = record_list(p->site->config.registers, p->conn, &p->actor, &q, add_listed, &l, next, before);
    if (f) return f;
    text_add(l.out, "],\"next\":");
    if (next[0]) json_text(l.out, next);
    else text_add(l.out, "null");
    text_add(l.out, "}\n");
    return FAULT_NONE;
}

static void add_place(struct filling *f, struct text *out, const struct refill_place *q) {
    const struct formgrid *grid = formfile_grid(f->form, q->sheet);
    bool there = grid && formgrid_cell(grid, q->row, q->column);
    bool stands = there && refill_stands(f->p->site->config.registers, f->p->conn, q, grid, f->p->arena, NULL);
    char letters[SHEET_COLUMN_TEXT];
    text_add(out, "{\"sheet\":");
    json_text(out, q->sheet);
    add_member(out, "cell", sheet_place(f->p->arena, "", q->row, (int)q->column));
    add_member(out, "kind", q->list ? "list" : q->fact ? "fact" : "figure");
    add_member(out, "register", q->register_key);
    if (q->list) text_add(out, ",\"measure\":null");
    else add_member(out, "measure", q->measure_key);
    add_member(out, "where", q->where);
    add_member(out, "beside", q->beside);
    text_format(out, ",\"stands\":%s,\"columns\":[", stands ? "true" : "false");
    for (size_t i = 0; i < q->column_count; i++) {
        sheet_column_letters(q->columns[i].column, letters);
        text_format(out, "%s{\"column\":\"%s\",\"field\":", i ? "," : "", letters);
        json_text(out, q->columns[i].key);
        text_addc(out, '}');
    }
    text_add(out, "]}");
}

enum fault api_form(struct page *p) {
    _cleanup_(filling_release) struct filling f = {0};
    const struct reg *reg;
    enum fault fault = asked_forms(p, "read", &reg);
    if (!fault) fault = form_begin(p, &f);
    if (fault) return fault;
    struct text *out = api_answer(p);
    add_form(out, reg, &f.record);
    add_member(out, "format", f.form->document ? "docx" : "xlsx");
    text_add(out, ",\"grids\":[");
    for (size_t i = 0; i < f.form->count; i++) {
        const struct formgrid *g = &f.form->grids[i];
        text_add(out, i ? ",{\"sheet\":" : "{\"sheet\":");
        json_text(out, g->sheet);
        text_format(out, ",\"text\":%s,\"rows\":%u,\"columns\":%u}", g->prose ? "true" : "false", g->rows, g->columns);
    }
    text_add(out, "],\"places\":[");
    for (size_t i = 0; i < f.count; i++) {
        if (i) text_addc(out, ',');
        add_place(&f, out, &f.places[i]);
    }
    text_add(out, "]}\n");
    return FAULT_NONE;
}

/* ---- filled ---- */

/* What is filled in is read from other registers: a token must reach those, too. */
static enum fault asked_filling(struct page *p, const char *scope, struct filling *f) {
    const struct reg *reg;
    enum fault fault = asked_forms(p, scope, &reg);
    if (!fault) fault = form_begin(p, f);
    for (size_t i = 0; !fault && i < f->count; i++)
        if (f->places[i].reg) fault = api_asked_scope(p, "read", f->places[i].reg);
    return fault;
}

enum fault api_form_filled(struct page *p) {
    _cleanup_(filling_release) struct filling f = {0};
    _cleanup_(filled_release) struct filled d = {0};
    char id[ID_TEXT], period[PERIOD_TEXT], start[CIVIL_TEXT], end[CIVIL_TEXT];
    enum fault fault = asked_filling(p, "read", &f);
    if (!fault) fault = form_fill(&f, page_param(p, "period"), &d);
    if (fault) return fault;
    id_format(&f.id, id);
    period_format(d.period, period);
    civil_format(d.period.start, start);
    civil_format(d.period.end, end);
    struct text *out = api_answer(p);
    text_format(out, "{\"period\":\"%s\",\"start\":\"%s\",\"end\":\"%s\",\"known_at\":%lld,\"cells\":%zu,\"exceptions\":[", period,
                start, end, (long long)d.result.position, d.result.filled);
    for (const struct note *n = d.exceptions.first; n; n = n->next) {
        _cleanup_(text_release) struct text sentence;
        text_init(&sentence, 8000);
        note_fill(&sentence, lang_tr(p->lang, n->sentence), n->args);
        text_add(out, n == d.exceptions.first ? "{\"place\":" : ",{\"place\":");
        json_text(out, n->place);
        add_member(out, "detail", sentence.at);
        text_addc(out, '}');
    }
    text_format(out, "],\"file\":\"/api/v1/forms/%s/file?period=%s\"}\n", id, period);
    return FAULT_NONE;
}

enum fault api_form_file(struct page *p) {
    _cleanup_(filling_release) struct filling f = {0};
    _cleanup_(filled_release) struct filled d = {0};
    enum fault fault = asked_filling(p, "read", &f);
    if (!fault) fault = form_fill(&f, page_param(p, "period"), &d);
    if (!fault) form_answer_file(&f, &d);
    return fault;
}

/* The record that keeps a filled form, as it is now. */
static enum fault answer_kept(struct page *p, const struct id *id) {
    const struct reg *reg = register_named(p->site->config.registers, "form_filled");
    struct record r;
    char text[ID_TEXT];
    id_format(id, text);
    store_read_end(&p->conn);
    enum fault f = page_reader(p);
    if (!f) f = record_read(p->site->config.registers, p->conn, &p->actor, reg, id, NULL, p->arena, &r);
    if (f) return f;
    struct text *out = api_answer(p);
    const struct value *known_at = &r.values[reg_field_named(reg, "known_at") - reg->fields];
    http_answer_status(p->answer, 201);
    http_answer_header(p->answer, "Location", arena_join(p->arena, "/api/v1/r/form_filled/", text));
    text_format(out, "{\"id\":\"%s\"", text);
    add_member(out, "period", form_text(reg, &r, "period"));
    text_format(out, ",\"known_at\":%lld,\"exceptions\":[", (long long)(known_at->kind == VALUE_INT ? known_at->integer : 0));
    char *lines = arena_copy(p->arena, form_text(reg, &r, "exceptions")), *line;
    for (bool any = false; lines && (line = strsep(&lines, "\n")); any = any || line[0]) {
        if (any && line[0]) text_addc(out, ',');
        if (line[0]) json_text(out, line);
    }
    text_format(out, "],\"file\":\"/api/v1/r/form_filled/%s/files/file\"}\n", text);
    return FAULT_NONE;
}

enum fault api_form_keep(struct page *p) {
    _cleanup_(api_body_release) json_t *body = NULL;
    _cleanup_(filling_release) struct filling f = {0};
    _cleanup_(filled_release) struct filled d = {0};
    struct once once;
    struct id id;
    bool given = false, again = false;
    enum fault fault = asked_filling(p, "write", &f);
    if (!fault && !forms_may_fill(p)) fault = FAULT_RIGHT;
    if (!fault) fault = api_body(p, &body);
    if (!fault) fault = api_known(p, body, "period");
    if (!fault) fault = api_once(p, &once, &given);
    if (!fault && given) fault = api_done_before(p, &once, &again, &id);
    if (!fault && !again) fault = form_fill(&f, api_text(body, "period"), &d);
    if (!fault && !again) fault = form_keep(&f, &d, given ? &once : NULL, &id);
    return fault ? fault : answer_kept(p, &id);
}
