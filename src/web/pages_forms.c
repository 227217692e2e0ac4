/* pages_forms.c - forms that a superior sends: their cells told once what goes into them, then filled for a period, downloaded and kept. */
#include "web/forms.h"

#include "base/printer.h"
#include "register/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORMS_SHOWN = 100, COLUMNS_OFFERED = 16, FILLED_MAX = 64 << 20, EXCEPTIONS_MAX = 15000 };

/* What is said of one cell: as it stands, as asked by the address, or as typed. */
struct saying {
    const struct formgrid *grid;
    struct refill_place place;
    const struct refill_place *known; /* what is kept of it; NULL: nothing */
};

void filling_release(struct filling *f) {
    formfile_close(&f->form);
    text_release(&f->bytes);
}

static const struct value *value_of(const struct reg *reg, const struct record *r, const char *key) {
    return &r->values[reg_field_named(reg, key) - reg->fields];
}

const char *form_text(const struct reg *reg, const struct record *r, const char *key) {
    const struct value *v = value_of(reg, r, key);
    return v->kind == VALUE_TEXT ? v->text : "";
}

bool forms_may_fill(struct page *p) { return access_may(&p->actor, "form.record"); }

enum fault forms_register(struct page *p, const struct reg **out) {
    *out = register_named(p->site->config.registers, "form");
    if (!*out) return FAULT_ABSENT;
    return access_may(&p->actor, (*out)->read) ? FAULT_NONE : FAULT_RIGHT;
}

enum fault form_begin(struct page *p, struct filling *f) {
    char hash[65];
    f->p = p;
    enum fault fault = forms_register(p, &f->reg);
    if (!fault) fault = page_id(p, 0, &f->id);
    if (!fault) fault = page_reader(p);
    if (!fault) fault = record_read(p->site->config.registers, p->conn, &p->actor, f->reg, &f->id, NULL, p->arena, &f->record);
    if (fault) return fault;
    const struct value *file = value_of(f->reg, &f->record, "file");
    if (file->kind != VALUE_TEXT || !file_value_parse(file->text, hash, &f->file)) return FAULT_ABSENT;
    fault = file_load(p->site->config.files, file->text, FORMFILE_BYTES, &f->bytes);
    if (!fault) fault = formfile_open(f->bytes.at, f->bytes.length, f->file, &p->notes, &f->form);
    if (!fault) fault = refill_places(p->site->config.registers, p->conn, &f->id, p->arena, &f->places, &f->count);
    return fault;
}

static const char *form_url(struct filling *f, const char *rest) {
    char id[ID_TEXT];
    id_format(&f->id, id);
    return arena_format(f->p->arena, "/forms/%s%s", id, rest);
}

/* ---- the list ---- */

struct listing {
    struct page *p;
    const struct reg *reg;
    struct view_list *list;
};

static enum fault add_form(void *context, const struct record *r) {
    struct listing *l = context;
    struct refill_place *places;
    size_t count = 0;
    char id[ID_TEXT];
    id_format(&r->id, id);
    enum fault f = refill_places(l->p->site->config.registers, l->p->conn, &r->id, l->p->arena, &places, &count);
    if (f) return f;
    struct view *v = view_item(l->list);
    view_format(v, K(url), "/forms/%s", id);
    view_copy(v, K(label), value_of(l->reg, r, "name")->text);
    view_copy(v, K(sender), form_text(l->reg, r, "sender"));
    view_copy(v, K(received), value_of(l->reg, r, "received")->text);
    view_int(v, K(count), (int64_t)count);
    return FAULT_NONE;
}

enum fault page_forms(struct page *p) {
    struct listing l = {.p = p};
    char next[CURSOR_TEXT], before[CURSOR_TEXT];
    enum fault f = forms_register(p, &l.reg);
    if (!f) f = page_reader(p);
    if (f) return f;
    struct view *v = page_view(p, "来文表格");
    view_bool(v, K(nav_reports), true);
    view_bool(v, K(may_fill), forms_may_fill(p));
    l.list = view_list(v, K(forms));
    struct list_query q = {.reg = l.reg, .limit = FORMS_SHOWN};
    f = record_list(p->site->config.registers, p->conn, &p->actor, &q, add_form, &l, next, before);
    return f ? f : page_render(p, TEMPLATE_forms);
}

/* ---- the grid ---- */

static const struct refill_place *place_at(const struct filling *f, const char *sheet, uint32_t row, uint32_t column,
                                           const struct refill_column **in) {
    *in = NULL;
    for (size_t i = 0; i < f->count; i++) {
        const struct refill_place *q = &f->places[i];
        if (strcmp(q->sheet, sheet) || q->row != row) continue;
        for (size_t k = 0; q->list && k < q->column_count; k++)
            if (q->columns[k].column == column) return *in = &q->columns[k], q;
        if (q->column == column) return q;
    }
    return NULL;
}

static const char *column_words(struct page *p, const struct refill_column *c) {
    if (!strcmp(c->key, "#")) return lang_tr(p->lang, "序号");
    return c->field ? lang_tr(p->lang, c->field->label) : c->key;
}

/* What goes into a cell, in a few words. */
static const char *place_words(struct page *p, const struct refill_place *q, const struct refill_column *in) {
    if (in) return arena_format(p->arena, "↓ %s", column_words(p, in));
    if (q->fact) return lang_tr(p->lang, q->fact->label);
    if (q->list) return arena_format(p->arena, "↓ %s", q->reg ? lang_tr(p->lang, q->reg->label) : q->register_key);
    return q->measure ? lang_tr(p->lang, q->measure->label) : q->measure_key;
}

static const char *cell_name(struct page *p, uint32_t row, uint32_t column) { return sheet_place(p->arena, "", row, (int)column); }

static const char *cell_url(struct filling *f, const char *sheet, uint32_t row, uint32_t column) {
    _cleanup_(text_release) struct text url;
    text_init(&url, 4000);
    text_format(&url, "%s?sheet=", form_url(f, ""));
    url_arg(&url, sheet);
    if (row) text_format(&url, "&cell=%s#place", cell_name(f->p, row, column));
    return arena_copy(f->p->arena, url.at);
}

/* How a grid is shown. */
struct showing {
    struct filling *f;
    const struct formgrid *grid;
    const struct saying *chosen; /* NULL: none */
    bool choose;                 /* its blanks can be chosen */
};

static void show_rows(const struct showing *s, struct view_list *rows);

static void add_cell(const struct showing *s, struct view_list *cells, uint32_t row, uint32_t column) {
    const struct formgrid *grid = s->grid;
    struct filling *f = s->f;
    const struct formcell *cell = formgrid_cell(grid, row, column);
    const struct refill_column *in;
    if (cell->kind == FORMCELL_COVERED) return;
    const struct refill_place *place = place_at(f, grid->sheet, row, column, &in);
    bool to_fill = cell->kind == FORMCELL_BLANK || cell->kind == FORMCELL_NUMBER;
    struct view *v = view_item(cells);
    view_text(v, K(text), grid->prose && to_fill && s->choose ? "" : cell->text);
    if (cell->row_span > 1) view_int(v, K(row_span), cell->row_span);
    if (cell->column_span > 1) view_int(v, K(column_span), cell->column_span);
    view_bool(v, K(formula), cell->kind == FORMCELL_FORMULA);
    view_bool(v, K(heading), cell->kind == FORMCELL_TEXT);
    view_bool(v, K(num), cell->kind == FORMCELL_NUMBER);
    view_bool(v, K(mapped), place && (s->choose || !grid->prose)); /* a filled text is cut into other pieces */
    if (cell->inside) show_rows(&(struct showing){f, cell->inside, s->chosen, s->choose}, view_list(v, K(inside)));
    if (place && s->choose) view_text(v, K(what), place_words(f->p, place, in));
    if (s->chosen)
        view_bool(v, K(chosen), s->chosen->grid == grid && s->chosen->place.row == row && s->chosen->place.column == column);
    if (!s->choose || !to_fill) return;
    view_text(v, K(name), sheet_place(f->p->arena, f->form->document ? grid->sheet : "", row, (int)column));
    if (place) view_copy(v, K(url), cell_url(f, grid->sheet, place->row, place->column));
    else view_copy(v, K(url), cell_url(f, grid->sheet, row, column));
}

static void show_rows(const struct showing *s, struct view_list *rows) {
    for (uint32_t r = 1; r <= s->grid->rows && !arena_over(s->f->p->arena); r++) {
        struct view *row = view_item(rows);
        view_int(row, K(number), r);
        struct view_list *cells = view_list(row, K(cells));
        for (uint32_t c = 0; c < s->grid->columns; c++) add_cell(s, cells, r, c);
    }
}

/* A workbook's one grid, or all of a document in its order; the text in cells is shown there. */
static void show_grids(struct view *v, struct filling *f, const struct formgrid *only, const struct saying *chosen, bool choose) {
    struct view_list *grids = view_list(v, K(grids));
    for (size_t i = 0; i < f->form->count; i++) {
        const struct formgrid *grid = &f->form->grids[i];
        char name[SHEET_COLUMN_TEXT];
        if (grid->outer || (only && only != grid)) continue;
        struct view *g = view_item(grids);
        view_text(g, K(sheet), grid->sheet);
        view_bool(g, K(prose), grid->prose);
        view_bool(g, K(titled), !grid->prose && (f->form->document || !only));
        struct view_list *letters = view_list(g, K(letters));
        for (uint32_t c = 0; c < grid->columns && !grid->prose; c++) {
            sheet_column_letters(c, name);
            view_copy(view_item(letters), K(label), name);
        }
        show_rows(&(struct showing){f, grid, chosen, choose}, view_list(g, K(grid_rows)));
    }
}

static const struct formgrid *asked_grid(struct filling *f, const char *sheet) {
    const struct formgrid *grid = sheet ? formfile_grid(f->form, sheet) : NULL;
    return grid ? grid : f->form->count ? &f->form->grids[0] : NULL;
}

static void show_sheets(struct filling *f, struct view *v, const struct formgrid *shown) {
    struct view_list *list = view_list(v, K(sheets));
    for (size_t i = 0; i < f->form->count && f->form->count > 1 && !f->form->document; i++) {
        struct view *s = view_item(list);
        view_text(s, K(label), f->form->grids[i].sheet);
        view_copy(s, K(url), cell_url(f, f->form->grids[i].sheet, 0, 0));
        view_bool(s, K(current), &f->form->grids[i] == shown);
    }
}

/* ---- saying what goes into a cell ---- */

/* "B3" of a grid; false if that is no cell to be filled. */
static bool asked_cell(const struct formgrid *grid, const char *cell, struct refill_place *out) {
    uint32_t column = 0;
    size_t letters = cell ? strspn(cell, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") : 0;
    if (!letters || letters > 3) return false;
    for (size_t i = 0; i < letters; i++) column = column * 26 + (uint32_t)(cell[i] - 'A') + 1;
    char *end;
    unsigned long row = strtoul(cell + letters, &end, 10);
    if (*end || cell[letters] < '1' || cell[letters] > '9' || row > FORMGRID_ROWS) return false;
    out->sheet = grid->sheet;
    out->row = (uint32_t)row;
    out->column = column - 1;
    const struct formcell *there = formgrid_cell(grid, out->row, out->column);
    return there && (there->kind == FORMCELL_BLANK || there->kind == FORMCELL_NUMBER);
}

static bool offered(struct page *p, const struct reg *reg) { return !reg->internal && access_may(&p->actor, reg->read); }

static void offer_measures(struct page *p, struct view *v, const struct refill_place *q) {
    struct view_list *groups = view_list(v, K(measure_groups));
    for (size_t i = 0; i < register_count(p->site->config.registers); i++) {
        const struct reg *reg = register_at(p->site->config.registers, i);
        if (!offered(p, reg) || !reg->measure_count) continue;
        struct view *g = view_item(groups);
        view_tr(g, K(label), reg->label);
        struct view_list *options = view_list(g, K(options));
        for (size_t k = 0; k < reg->measure_count; k++) {
            struct view *o = view_item(options);
            view_format(o, K(value), "%s.%s", reg->key, reg->measures[k].key);
            view_tr(o, K(label), reg->measures[k].label);
            view_bool(o, K(selected), !q->list && q->measure == &reg->measures[k]);
        }
    }
}

static void offer_registers(struct page *p, struct view *v, const struct refill_place *q) {
    struct view_list *list = view_list(v, K(registers));
    for (size_t i = 0; i < register_count(p->site->config.registers); i++) {
        const struct reg *reg = register_at(p->site->config.registers, i);
        if (!offered(p, reg)) continue;
        struct view *o = view_item(list);
        view_text(o, K(value), reg->key);
        view_tr(o, K(label), reg->label);
        view_bool(o, K(selected), q->list && q->reg == reg);
    }
}

/* The field of a column as it stands, else one whose label the form has above the column. */
static const char *column_key(struct filling *f, const struct saying *s, uint32_t column, const char *above) {
    for (size_t i = 0; i < s->place.column_count; i++)
        if (s->place.columns[i].column == column) return s->place.columns[i].key;
    if (s->place.column_count) return "";
    const char *said = strstr(above, " / ") ? strstr(above, " / ") + 3 : above;
    if (!strcmp(said, "序号")) return "#";
    for (size_t i = 0; i < s->place.reg->field_count; i++) {
        const char *label = s->place.reg->fields[i].label;
        if (said[0] && (!strcmp(said, label) || !strcmp(said, lang_tr(f->p->lang, label)))) return s->place.reg->fields[i].key;
    }
    return "";
}

static void add_option(struct view_list *list, const char *value, const char *label, const char *chosen) {
    struct view *o = view_item(list);
    view_text(o, K(value), value);
    view_text(o, K(label), label);
    view_bool(o, K(selected), !strcmp(value, chosen));
}

static void offer_columns(struct filling *f, struct view *v, const struct saying *s) {
    struct page *p = f->p;
    struct view_list *list = view_list(v, K(form_columns));
    size_t offers = 0;
    for (uint32_t c = s->place.column; c < s->grid->columns && offers < COLUMNS_OFFERED; c++) {
        const struct formcell *cell = formgrid_cell(s->grid, s->place.row, c);
        if (cell->kind != FORMCELL_BLANK && cell->kind != FORMCELL_NUMBER) continue;
        char letters[SHEET_COLUMN_TEXT];
        const char *beside = formgrid_beside(s->grid, s->place.row, c, p->arena), *cut = strstr(beside, " / ");
        sheet_column_letters(c, letters);
        struct view *v_column = view_item(list);
        view_format(v_column, K(name), "c-%s", letters);
        view_copy(v_column, K(letter), letters);
        view_text(v_column, K(about), cut ? cut + 3 : beside);
        const char *key = column_key(f, s, c, beside);
        struct view_list *options = view_list(v_column, K(options));
        add_option(options, "#", lang_tr(p->lang, "序号"), key);
        for (size_t i = 0; i < s->place.reg->field_count; i++)
            add_option(options, s->place.reg->fields[i].key, lang_tr(p->lang, s->place.reg->fields[i].label), key);
        offers++;
    }
}

static void offer_facts(struct page *p, struct view *v, const struct refill_place *q) {
    struct view_list *list = view_list(v, K(facts));
    for (const struct refill_fact *f = refill_facts; f->key; f++)
        add_option(list, f->key, lang_tr(p->lang, f->label), q->fact ? q->fact->key : "");
}

static void show_saying(struct filling *f, struct view *v, const struct saying *s) {
    struct page *p = f->p;
    const struct refill_place *q = &s->place;
    struct view *panel = view_object(v, K(panel));
    view_text(panel, K(cell), cell_name(p, q->row, q->column));
    view_text(panel, K(place), sheet_place(p->arena, f->form->document ? s->grid->sheet : "", q->row, (int)q->column));
    view_bool(panel, K(may_list), !s->grid->prose);
    view_text(panel, K(beside), formgrid_beside(s->grid, q->row, q->column, p->arena));
    view_text(panel, K(sheet), s->grid->sheet);
    view_text(panel, K(action), form_url(f, ""));
    view_text(panel, K(where_figure), q->list || !q->where ? "" : q->where);
    view_text(panel, K(where_list), !q->list || !q->where ? "" : q->where);
    view_bool(panel, K(is_list), q->list);
    view_bool(panel, K(known), s->known != NULL);
    if (s->known) view_text(panel, K(what), place_words(p, s->known, NULL));
    view_copy(panel, K(close_url), cell_url(f, s->grid->sheet, 0, 0));
    offer_measures(p, panel, q);
    offer_facts(p, panel, q);
    offer_registers(p, panel, q);
    if (!q->list || !q->reg) return;
    view_text(panel, K(register_key), q->reg->key);
    view_tr(panel, K(register_label), q->reg->label);
    offer_columns(f, panel, s);
}

static void show_places(struct filling *f, struct view *v) {
    struct page *p = f->p;
    struct view_list *list = view_list(v, K(places));
    for (size_t i = 0; i < f->count; i++) {
        const struct refill_place *q = &f->places[i];
        const struct formgrid *grid = formfile_grid(f->form, q->sheet);
        bool there = grid && formgrid_cell(grid, q->row, q->column);
        struct view *item = view_item(list);
        view_text(item, K(name), sheet_place(p->arena, q->sheet, q->row, (int)q->column));
        view_text(item, K(beside), q->beside);
        view_text(item, K(what), place_words(p, q, NULL));
        view_text(item, K(register_label), q->reg ? lang_tr(p->lang, q->reg->label) : q->register_key);
        view_text(item, K(where), q->where);
        if (there) view_copy(item, K(url), cell_url(f, q->sheet, q->row, q->column));
        view_bool(item, K(gone), !there || !refill_stands(p->site->config.registers, p->conn, q, grid, p->arena, NULL));
    }
}

static void offer_periods(struct page *p, struct view *v) {
    int year, month, day;
    civil_to_ymd(p->today, &year, &month, &day);
    const char *asked = page_param(p, "period");
    int quarter = (month - 1) / 3; /* the one that ended last; 0: that of the year before */
    view_text(v, K(period),
              asked     ? asked
              : quarter ? arena_format(p->arena, "%d-Q%d", year, quarter)
                        : arena_format(p->arena, "%d-Q4", year - 1));
}

static enum fault show_form(struct filling *f, const struct saying *s, const struct formgrid *grid, enum fault failed) {
    struct page *p = f->p;
    struct view *v = page_view(p, NULL);
    view_copy(v, K(title), value_of(f->reg, &f->record, "name")->text);
    view_bool(v, K(nav_reports), true);
    view_text(v, K(record_url), record_url(p, f->reg, &f->id));
    view_text(v, K(fill_url), form_url(f, "/fill"));
    view_bool(v, K(may_fill), forms_may_fill(p));
    if (f->form->formulas) view_int(v, K(formulas), (int64_t)f->form->formulas);
    if (failed) {
        page_errors(p, failed, NULL, "");
        http_answer_status(p->answer, fault_http_status(failed));
    }
    offer_periods(p, v);
    show_sheets(f, v, grid);
    show_places(f, v);
    if (s) show_saying(f, v, s);
    if (grid) show_grids(v, f, f->form->document ? NULL : grid, s, forms_may_fill(p));
    return page_render(p, TEMPLATE_formfile);
}

enum fault page_form(struct page *p) {
    _cleanup_(filling_release) struct filling f = {0};
    struct saying s = {0};
    const struct refill_column *in;
    enum fault fault = form_begin(p, &f);
    if (fault) return fault;
    s.grid = asked_grid(&f, page_param(p, "sheet"));
    if (!s.grid || !page_param(p, "cell") || !forms_may_fill(p) || !asked_cell(s.grid, page_param(p, "cell"), &s.place))
        return show_form(&f, NULL, s.grid, FAULT_NONE);
    s.known = place_at(&f, s.grid->sheet, s.place.row, s.place.column, &in);
    if (s.known) s.place = *s.known;
    const char *asked = page_param(p, "register");
    const struct reg *reg = asked ? register_named(p->site->config.registers, asked) : NULL;
    if (reg && offered(p, reg)) {
        if (!s.place.list || s.place.reg != reg) s.place.column_count = 0;
        s.place.list = true;
        s.place.reg = reg;
    }
    return show_form(&f, &s, s.grid, FAULT_NONE);
}

static void take_columns(struct page *p, const struct formgrid *grid, struct refill_place *q) {
    q->columns = arena_array(p->arena, struct refill_column, REFILL_COLUMNS);
    for (uint32_t c = q->column; c < grid->columns && q->column_count < REFILL_COLUMNS; c++) {
        char letters[SHEET_COLUMN_TEXT];
        sheet_column_letters(c, letters);
        const char *key = page_field(p, arena_join(p->arena, "c-", letters));
        if (!key || !key[0]) continue;
        q->columns[q->column_count++] = (struct refill_column){c, key, q->reg ? reg_field_named(q->reg, key) : NULL};
    }
}

/* The form as sent, in the place; the cell is known already. */
static void take_saying(struct page *p, const struct formgrid *grid, struct refill_place *q) {
    const char *kind = page_field(p, "kind"), *where = page_field(p, "where"), *what = page_field(p, "what");
    q->list = kind && !strcmp(kind, "list");
    q->where = where ? where : "";
    q->beside = formgrid_beside(grid, q->row, q->column, p->arena);
    if (q->list) {
        q->reg = page_field(p, "register") ? register_named(p->site->config.registers, page_field(p, "register")) : NULL;
        take_columns(p, grid, q);
    } else if (kind && !strcmp(kind, "fact")) {
        q->fact = page_field(p, "fact") ? refill_fact_named(page_field(p, "fact")) : NULL;
    } else if (kind && !strcmp(kind, "figure") && what && strchr(what, '.')) {
        size_t n = strcspn(what, ".");
        q->reg = register_named(p->site->config.registers, arena_copyn(p->arena, what, n));
        q->measure = q->reg ? reg_measure_named(q->reg, what + n + 1) : NULL;
    }
}

enum fault page_form_post(struct page *p) {
    _cleanup_(filling_release) struct filling f = {0};
    struct saying s = {0};
    const char *sheet = page_field(p, "sheet"), *kind = page_field(p, "kind");
    enum fault fault = forms_may_fill(p) ? form_begin(p, &f) : FAULT_RIGHT;
    if (fault) return fault;
    s.grid = sheet ? formfile_grid(f.form, sheet) : NULL;
    if (!s.grid || !asked_cell(s.grid, page_field(p, "cell"), &s.place)) return FAULT_INPUT;
    take_saying(p, s.grid, &s.place);
    bool none = kind && !strcmp(kind, "none"), fact = kind && !strcmp(kind, "fact");
    if (!none && !s.place.reg && !s.place.fact)
        note_add(&p->notes,
                 s.place.list ? "register"
                 : fact       ? "fact"
                              : "what",
                 s.place.list ? "请选择填哪个台账"
                 : fact       ? "请选择填哪一件事"
                              : "请选择填哪个数字"),
            fault = FAULT_INPUT;
    if (!fault && !none && s.place.list && s.grid->prose)
        note_add(&p->notes, "register", "名单只能填在表格里，请选表格中的一格"), fault = FAULT_INPUT;
    if (!fault) {
        store_read_end(&p->conn);
        fault = refill_place_keep(p->site->config.registers, &p->actor, p->now_ms, &f.id, &s.place, p->arena, &p->notes);
        if (!fault) return page_go(p, cell_url(&f, s.grid->sheet, 0, 0), "已保存。");
    }
    return fault == FAULT_INPUT ? show_form(&f, &s, s.grid, fault) : fault;
}

/* ---- filling ---- */

void filled_release(struct filled *d) { text_release(&d->bytes); }

enum fault form_fill(struct filling *f, const char *period, struct filled *d) {
    struct page *p = f->p;
    text_init(&d->bytes, FILLED_MAX);
    notes_init(&d->exceptions, p->arena);
    enum fault fault = forms_may_fill(p) ? period_parse(period ? period : "", &p->notes, &d->period) : FAULT_RIGHT;
    return fault ? fault
                 : refill(p->site->config.registers, p->conn, &p->actor, f->form, f->places, f->count, p->site->config.institution,
                          d->period, p->today, p->arena, &d->exceptions, &d->bytes, &d->result);
}

static void show_exceptions(struct view *v, const struct notes *notes) {
    struct view_list *list = view_list(v, K(problems));
    size_t count = 0;
    for (const struct note *n = notes->first; n; n = n->next, count++) {
        struct view *item = view_item(list);
        view_text(item, K(name), n->place);
        view_note(item, K(text), n);
    }
    if (notes->count > count) view_int(v, K(problems_more), notes->count - (int64_t)count);
}

static enum fault show_filled(struct filling *f, struct filled *d, const char *period) {
    struct page *p = f->p;
    struct view *v = page_view(p, NULL);
    view_sentence(v, K(title), "{0}：{1}", value_of(f->reg, &f->record, "name")->text, period_label(d->period, p->arena));
    view_bool(v, K(nav_reports), true);
    view_text(v, K(form_url), form_url(f, ""));
    view_copy(v, K(form_label), value_of(f->reg, &f->record, "name")->text);
    view_text(v, K(fill_url), form_url(f, "/fill"));
    view_text(v, K(keep_action), form_url(f, "/keep"));
    view_copy(v, K(download_url), form_url(f, arena_format(p->arena, "/file?period=%s", period)));
    view_text(v, K(period), period);
    view_int(v, K(filled), (int64_t)d->result.filled);
    if (d->exceptions.count) view_int(v, K(exceptions), d->exceptions.count);
    if (f->form->formulas) view_int(v, K(formulas), (int64_t)f->form->formulas);
    show_exceptions(v, &d->exceptions);
    struct filling after = *f;
    enum fault fault = formfile_open(d->bytes.at, d->bytes.length, f->file, &p->notes, &after.form);
    if (fault) return fault;
    show_grids(v, &after, NULL, NULL, false);
    fault = page_render(p, TEMPLATE_form_filled);
    formfile_close(&after.form);
    return fault;
}

enum fault page_form_fill(struct page *p) {
    _cleanup_(filling_release) struct filling f = {0};
    _cleanup_(filled_release) struct filled d = {0};
    const char *period = page_param(p, "period");
    enum fault fault = form_begin(p, &f);
    if (fault) return fault;
    fault = form_fill(&f, period, &d);
    if (fault == FAULT_INPUT) return show_form(&f, NULL, asked_grid(&f, NULL), fault);
    return fault ? fault : show_filled(&f, &d, period);
}

const char *form_file_name(struct filling *f, const struct filled *d) {
    return arena_format(f->p->arena, "%s %s%s", value_of(f->reg, &f->record, "name")->text, period_label(d->period, f->p->arena),
                        f->form->document ? ".docx" : ".xlsx");
}

void form_answer_file(struct filling *f, struct filled *d) {
    text_addn(http_answer_text(f->p->answer), d->bytes.at, d->bytes.length);
    http_answer_header(f->p->answer, "Content-Type", "application/octet-stream");
    page_disposition(f->p, f->form->document ? "form.docx" : "form.xlsx", form_file_name(f, d));
}

enum fault page_form_file(struct page *p) {
    _cleanup_(filling_release) struct filling f = {0};
    _cleanup_(filled_release) struct filled d = {0};
    enum fault fault = form_begin(p, &f);
    if (!fault) fault = form_fill(&f, page_param(p, "period"), &d);
    if (!fault) form_answer_file(&f, &d);
    return fault;
}

/* What was not filled, one a line, as the record keeps it. */
static const char *exception_lines(struct page *p, const struct notes *notes) {
    _cleanup_(text_release) struct text out;
    text_init(&out, EXCEPTIONS_MAX);
    for (const struct note *n = notes->first; n; n = n->next) {
        text_format(&out, "%s%s：", out.length ? "\n" : "", n->place);
        note_fill(&out, n->sentence, n->args);
    }
    return arena_copy(p->arena, out.at ? out.at : "");
}

enum fault form_keep(struct filling *f, const struct filled *d, const struct once *once, struct id *out) {
    struct page *p = f->p;
    char stored[FILE_VALUE_MAX], id[ID_TEXT], today[CIVIL_TEXT], period[PERIOD_TEXT];
    const struct reg *log = register_named(p->site->config.registers, "form_filled");
    enum fault fault = log ? file_store(p->site->config.files, d->bytes.at, d->bytes.length, form_file_name(f, d), stored)
                           : FAULT_ABSENT;
    if (fault) return fault;
    id_format(&f->id, id);
    civil_format(p->today, today);
    period_format(d->period, period);
    const struct change_value values[] = {
        {"name", arena_format(p->arena, "%s %s", value_of(f->reg, &f->record, "name")->text, period_label(d->period, p->arena)),
         NULL},
        {"form", id, NULL},
        {"period", period, NULL},
        {"filled", today, NULL},
        {"file", stored, NULL},
        {"known_at", arena_int(p->arena, d->result.position), NULL},
        {"exceptions", exception_lines(p, &d->exceptions), NULL},
    };
    struct change c = {.kind = CHANGE_ADD,
                       .reg = log,
                       .record = id_make(p->now_ms),
                       .values = values,
                       .value_count = COUNT_OF(values),
                       .once = once,
                       .expected = -1};
    if (once) memcpy(c.record.bytes, once->key.bytes, ID_BYTES);
    store_read_end(&p->conn);
    *out = c.record;
    return change_apply(p->site->config.registers, &p->actor, p->now_ms, &c, &p->notes, NULL);
}

enum fault page_form_keep(struct page *p) {
    _cleanup_(filling_release) struct filling f = {0};
    _cleanup_(filled_release) struct filled d = {0};
    struct id kept;
    enum fault fault = form_begin(p, &f);
    if (!fault) fault = form_fill(&f, page_field(p, "period"), &d);
    if (!fault) fault = form_keep(&f, &d, NULL, &kept);
    return fault ? fault : page_go(p, record_url(p, register_named(p->site->config.registers, "form_filled"), &kept), "已保存。");
}
