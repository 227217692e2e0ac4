/* refill.c - the values that a form's cells take for a period: measures through figures, lists through the filter language. */
#include "report/refill.h"

#include "register/export.h"
#include "register/filter.h"
#include "report/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 4000, PAGE = 200, VALUES_START = 64 };

/* ---- the places ---- */

struct reading {
    const struct registers *registers;
    const struct reg *reg;
    struct arena *arena;
    struct refill_place *places;
    size_t count;
};

static const char *text_of(const struct reading *r, const struct record *record, const char *key) {
    const struct value *v = &record->values[reg_field_named(r->reg, key) - r->reg->fields];
    return v->kind == VALUE_TEXT ? arena_copy(r->arena, v->text) : "";
}

/* "B3" → row 3, column 1. */
static bool cell_parse(const char *cell, uint32_t *row, uint32_t *column) {
    uint32_t c = 0;
    size_t letters = strspn(cell, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), digits = strspn(cell + letters, "0123456789");
    if (!letters || letters > 3 || !digits || digits > 7 || cell[letters + digits]) return false;
    for (size_t i = 0; i < letters; i++) c = c * 26 + (uint32_t)(cell[i] - 'A') + 1;
    *column = c - 1;
    *row = (uint32_t)strtoul(cell + letters, NULL, 10);
    return *row > 0;
}

static bool column_parse(const char *line, uint32_t *column, const char **key) {
    uint32_t row;
    char cell[16];
    size_t letters = strcspn(line, "=");
    if (letters > 3 || line[letters] != '=') return false;
    snprintf(cell, sizeof cell, "%.*s1", (int)letters, line);
    *key = line + letters + 1;
    return cell_parse(cell, &row, column);
}

static void read_columns(const struct reading *r, struct refill_place *p, char *lines) {
    p->columns = arena_array(r->arena, struct refill_column, REFILL_COLUMNS);
    for (char *line; (line = strsep(&lines, "\n")) && p->column_count < REFILL_COLUMNS;) {
        struct refill_column *c = &p->columns[p->column_count];
        if (!column_parse(line, &c->column, &c->key)) continue;
        c->field = p->reg ? reg_field_named(p->reg, c->key) : NULL;
        p->column_count++;
    }
}

static enum fault read_place(void *context, const struct record *record) {
    struct reading *r = context;
    struct refill_place *p = &r->places[r->count];
    const char *kind = text_of(r, record, "kind");
    if (!strcmp(kind, "none") || r->count == REFILL_PLACES) return FAULT_NONE;
    *p = (struct refill_place){.id = record->id, .sheet = text_of(r, record, "sheet"), .list = !strcmp(kind, "list")};
    if (!cell_parse(text_of(r, record, "cell"), &p->row, &p->column)) return FAULT_NONE;
    p->register_key = text_of(r, record, "register");
    p->measure_key = text_of(r, record, "measure");
    p->where = text_of(r, record, "where");
    p->beside = text_of(r, record, "beside");
    p->reg = register_named(r->registers, p->register_key);
    p->fact = !strcmp(kind, "fact") ? refill_fact_named(p->measure_key) : NULL;
    p->measure = p->reg && !p->list ? reg_measure_named(p->reg, p->measure_key) : NULL;
    read_columns(r, p, arena_copy(r->arena, text_of(r, record, "columns")));
    r->count++;
    return FAULT_NONE;
}

enum fault refill_places(const struct registers *rs, struct conn *conn, const struct id *form, struct arena *arena,
                         struct refill_place **out, size_t *count) {
    struct reading r = {rs, register_named(rs, "form_place"), arena, arena_array(arena, struct refill_place, REFILL_PLACES + 1), 0};
    struct actor system = actor_system();
    struct filter *filter;
    char id[ID_TEXT], next[CURSOR_TEXT] = "", before[CURSOR_TEXT], cursor[CURSOR_TEXT];
    id_format(form, id);
    enum fault f = r.reg ? filter_parse(r.reg, arena_format(arena, "form = \"%s\"", id), NULL, arena, NULL, &filter) : FAULT_ABSENT;
    while (!f) {
        memcpy(cursor, next, sizeof cursor);
        struct list_query q = {.reg = r.reg, .filter = filter, .limit = PAGE, .cursor = cursor};
        f = record_list(rs, conn, &system, &q, read_place, &r, next, before);
        if (!next[0]) break;
    }
    *out = r.places;
    *count = r.count;
    return f;
}

/* A condition is read as it will be when the form is filled. */
static enum fault check_where(const struct refill_place *p, const struct actor *actor, struct arena *arena, struct notes *notes) {
    struct filter_context context = {.actor = p->list ? actor : NULL, .has_period = true}; /* a figure is the same for all */
    struct notes inner;
    struct filter *filter;
    notes_init(&inner, arena);
    enum fault f = p->where[0] ? filter_parse(p->reg, p->where, &context, arena, &inner, &filter) : FAULT_NONE;
    if (!f || !inner.first) return f;
    _cleanup_(text_release) struct text said;
    text_init(&said, TEXT_MAX);
    note_fill(&said, inner.first->sentence, inner.first->args);
    note_add(notes, "where", "条件看不懂：第 {0} 个字，{1}", inner.first->place, said.at);
    return f;
}

static enum fault check_place(const struct refill_place *p, const struct actor *actor, struct arena *arena, struct notes *notes) {
    if (p->fact || !p->reg) return FAULT_NONE;
    if (!access_may(actor, p->reg->read)) return FAULT_RIGHT;
    if (!p->list && !p->measure) return note_add(notes, "measure", "请选择填哪个数字"), FAULT_INPUT;
    if (p->list && !p->column_count) return note_add(notes, "columns", "请至少给一列选定栏目"), FAULT_INPUT;
    for (size_t i = 0; i < p->column_count; i++)
        if (strcmp(p->columns[i].key, "#") && !reg_field_named(p->reg, p->columns[i].key))
            return note_add(notes, "columns", "台账“{0}”没有栏目“{1}”", p->reg->label, p->columns[i].key), FAULT_INPUT;
    return check_where(p, actor, arena, notes);
}

enum fault refill_place_keep(struct registers *rs, const struct actor *actor, int64_t now_ms, const struct id *form,
                             const struct refill_place *p, struct arena *arena, struct notes *notes) {
    enum fault f = check_place(p, actor, arena, notes);
    if (f) return f;
    char id[ID_TEXT], letters[SHEET_COLUMN_TEXT];
    _cleanup_(text_release) struct text columns;
    text_init(&columns, TEXT_MAX);
    id_format(form, id);
    for (size_t i = 0; i < p->column_count; i++) {
        sheet_column_letters(p->columns[i].column, letters);
        text_format(&columns, "%s%s=%s", i ? "\n" : "", letters, p->columns[i].key);
    }
    sheet_column_letters(p->column, letters);
    const char *cell = arena_format(arena, "%s%u", letters, p->row);
    const struct change_value values[] = {
        {"name", arena_format(arena, "%s %s!%s", id, p->sheet, cell), NULL},
        {"form", id, NULL},
        {"sheet", p->sheet, NULL},
        {"cell", cell, NULL},
        {"kind",
         p->fact   ? "fact"
         : !p->reg ? "none"
         : p->list ? "list"
                   : "figure",
         NULL},
        {"register", p->reg && !p->fact ? p->reg->key : "", NULL},
        {"measure",
         p->fact      ? p->fact->key
         : p->measure ? p->measure->key
                      : "",
         NULL},
        {"where", p->where, NULL},
        {"columns", columns.at ? columns.at : "", NULL},
        {"beside", p->beside, NULL},
    };
    struct change c = {.kind = CHANGE_ADD,
                       .reg = register_named(rs, "form_place"),
                       .record = id_make(now_ms),
                       .values = values,
                       .value_count = COUNT_OF(values),
                       .expected = -1,
                       .by_key = true};
    return c.reg ? change_apply(rs, actor, now_ms, &c, notes, NULL) : FAULT_ABSENT;
}

/* ---- the values ---- */

struct refilling {
    const struct registers *registers;
    struct conn *conn;
    const struct actor *actor;
    struct formfile *form;
    struct period period;
    civil_day today;
    struct arena *arena;
    struct notes *exceptions;
    int64_t position;
    struct formfile_value *values;
    size_t count, room;
};

static const char *place_words(const struct refilling *r, const struct refill_place *p) {
    return sheet_place(r->arena, p->sheet, p->row, (int)p->column);
}

#define except(r, p, ...) note_add((r)->exceptions, place_words((r), (p)), __VA_ARGS__)

static void put(struct refilling *r, const struct formfile_value *value) {
    if (r->count == r->room) {
        r->room = r->room ? r->room * 2 : VALUES_START;
        r->values = memory_resize(r->values, r->room * sizeof *r->values);
    }
    r->values[r->count++] = *value;
}

bool refill_stands(const struct registers *rs, struct conn *conn, const struct refill_place *p, const struct formgrid *grid,
                   struct arena *arena, const char **now) {
    const struct reg_field *field = reg_field_named(register_named(rs, "form_place"), "beside");
    const char *said = formgrid_beside(grid, p->row, p->column, arena);
    struct value v;
    if (!value_read(rs, conn, field, said, NULL, arena, NULL, &v)) said = v.kind == VALUE_TEXT ? v.text : "";
    if (now) *now = said;
    return !strcmp(said, p->beside);
}

/* What stood beside the cell when it was chosen must still stand there: a new version of a form moves things. */
static bool still_there(const struct refilling *r, const struct refill_place *p) {
    const struct formgrid *grid = formfile_grid(r->form, p->sheet);
    const struct formcell *cell = grid ? formgrid_cell(grid, p->row, p->column) : NULL;
    if (!grid) return except(r, p, "这份表里没有“{0}”了，请重新指定", p->sheet), false;
    if (!cell) return except(r, p, "表上没有这一格了，请重新指定"), false;
    const char *now;
    if (refill_stands(r->registers, r->conn, p, grid, r->arena, &now)) return true;
    except(r, p, "格子旁边原来写“{0}”，现在写“{1}”；没有填，请核对后重新指定", p->beside, now);
    return false;
}

static bool may_read(const struct refilling *r, const struct refill_place *p) {
    if (!p->reg || (!p->list && !p->measure))
        return except(r, p, "台账或指标已经没有了：{0}", arena_format(r->arena, "%s %s", p->register_key, p->measure_key)), false;
    if (access_may(r->actor, p->reg->read)) return true;
    except(r, p, "您无权查看台账“{0}”，没有填", p->reg->label);
    return false;
}

static enum fault put_figures(struct refilling *r, struct figure *figures, const struct refill_place **places, size_t count) {
    enum fault f = figures_ask(r->conn, r->arena, r->exceptions, figures, count);
    for (size_t i = 0; i < count && !f; i++) {
        struct figure *figure = &figures[i];
        const char *lacking = NULL;
        f = zero_show(r->registers, r->conn, r->arena, figure, &lacking);
        if (f) return f;
        if (!figure->value && !figure->zero_shown) {
            except(r, places[i], "“{0}”数出来是 0，但{1}；没有填", figure->measure->label, lacking ? lacking : "");
            continue;
        }
        put(r, &(struct formfile_value){.sheet = places[i]->sheet,
                                        .row = places[i]->row,
                                        .column = places[i]->column,
                                        .kind = SHEET_NUMBER,
                                        .text = figure_show(figure, figure->value, r->arena)});
    }
    return f;
}

/* The measure's condition and the place's own; false (and told) if that can no longer be asked. */
static bool figure_filter(const struct refilling *r, const struct refill_place *p, const char **out) {
    struct filter_context context = {.has_period = true, .period_start = r->period.start, .period_end = r->period.end};
    struct filter *filter;
    const char *own = p->measure->filter;
    *out = own;
    if (!p->where[0]) return true;
    *out = own ? arena_format(r->arena, "(%s) AND (%s)", own, p->where) : p->where;
    if (!filter_parse(p->reg, *out, &context, r->arena, NULL, &filter)) return true;
    return except(r, p, "条件已经不能用了，请重新指定"), false;
}

static enum fault fill_figures(struct refilling *r, const struct refill_place *places, size_t count) {
    struct figure *figures = arena_array(r->arena, struct figure, TEXT_FIGURES_MAX);
    const struct refill_place *asked[TEXT_FIGURES_MAX];
    size_t n = 0;
    enum fault f = FAULT_NONE;
    for (size_t i = 0; i < count && !f; i++) {
        const struct refill_place *p = &places[i];
        const char *filter;
        if (p->list || p->fact || !still_there(r, p) || !may_read(r, p) || !figure_filter(r, p, &filter)) continue;
        figures[n] = (struct figure){.key = place_words(r, p),
                                     .reg = p->reg,
                                     .measure = p->measure,
                                     .filter = filter,
                                     .period = r->period,
                                     .position = r->position};
        asked[n++] = p;
        if (n < TEXT_FIGURES_MAX) continue;
        f = put_figures(r, figures, asked, n);
        n = 0;
    }
    return f || !n ? f : put_figures(r, figures, asked, n);
}

/* ---- lists ---- */

struct listing {
    struct refilling *r;
    const struct refill_place *place;
    uint32_t room, count;
};

static enum fault put_row(void *context, const struct record *record) {
    struct listing *l = context;
    struct refilling *r = l->r;
    const struct refill_place *p = l->place;
    uint32_t row = p->row + l->count;
    if (arena_over(r->arena)) return FAULT_LARGE;
    if (l->count++ >= l->room) return FAULT_NONE;
    for (size_t i = 0; i < p->column_count; i++) {
        const struct refill_column *c = &p->columns[i];
        struct formfile_value v = {.sheet = p->sheet, .row = row, .column = c->column, .kind = SHEET_NUMBER, .like_row = p->row};
        if (!c->field) {
            v.text = strcmp(c->key, "#") ? "" : arena_int(r->arena, l->count);
        } else {
            size_t at = (size_t)(c->field - p->reg->fields);
            v.kind = export_kind(c->field->type);
            const char *shown = record->names[at];
            if (!shown) shown = value_show(c->field, &record->values[at], r->actor->lang, r->arena);
            v.text = arena_copy(r->arena, shown); /* the row's own texts end with it */
        }
        if (v.text[0]) put(r, &v);
    }
    return FAULT_NONE;
}

static uint32_t list_room(const struct refilling *r, const struct refill_place *p) {
    const struct formgrid *grid = formfile_grid(r->form, p->sheet);
    uint32_t room = REFILL_ROWS;
    for (size_t i = 0; i < p->column_count; i++) {
        uint32_t here = formgrid_room(grid, p->row, p->columns[i].column, REFILL_ROWS);
        if (here < room) room = here;
    }
    return room;
}

static enum fault list_filter(const struct refilling *r, const struct refill_place *p, struct filter **out) {
    char start[CIVIL_TEXT], end[CIVIL_TEXT];
    const char *text = p->where, *date = p->reg->date;
    civil_format(r->period.start, start);
    civil_format(r->period.end, end);
    if (date) {
        text = p->where[0] ? arena_format(r->arena, "(%s) AND ", p->where) : "";
        text = arena_format(r->arena, "%s%s >= %s AND %s <= %s", text, date, start, date, end);
    }
    struct filter_context context = {
        .actor = r->actor, .has_period = true, .period_start = r->period.start, .period_end = r->period.end};
    return filter_parse(p->reg, text, &context, r->arena, NULL, out);
}

static enum fault fill_list(struct refilling *r, const struct refill_place *p) {
    struct listing l = {r, p, list_room(r, p), 0};
    struct filter *filter;
    char next[CURSOR_TEXT] = "", before[CURSOR_TEXT], cursor[CURSOR_TEXT];
    enum fault f = list_filter(r, p, &filter);
    if (f) return except(r, p, "条件已经不能用了，请重新指定"), FAULT_NONE;
    const struct reg_field *date = p->reg->date ? reg_field_named(p->reg, p->reg->date) : NULL;
    struct list_query q = {.reg = p->reg,
                           .filter = filter,
                           .limit = PAGE,
                           .sort = date && order_offers(p->reg, date) ? date->key : "entered",
                           .look = {.has_as_of = true, .as_of = r->period.end < r->today ? r->period.end : r->today}};
    do {
        memcpy(cursor, next, sizeof cursor);
        q.cursor = cursor;
        f = record_list(r->registers, r->conn, r->actor, &q, put_row, &l, next, before);
    } while (!f && next[0]);
    if (f) return f;
    if (!l.count) except(r, p, "这一期台账“{0}”里没有符合的记录，名单是空的", p->reg->label);
    if (l.count > l.room)
        except(r, p, "名单有 {0} 行，表上只有 {1} 行的位置；后面的没有填", arena_int(r->arena, l.count),
               arena_int(r->arena, l.room));
    return FAULT_NONE;
}

static bool columns_known(const struct refilling *r, const struct refill_place *p) {
    for (size_t i = 0; i < p->column_count; i++)
        if (!p->columns[i].field && strcmp(p->columns[i].key, "#"))
            return except(r, p, "台账“{0}”没有栏目“{1}”", p->reg->label, p->columns[i].key), false;
    return true;
}

static enum fault fill_lists(struct refilling *r, const struct refill_place *places, size_t count) {
    enum fault f = FAULT_NONE;
    for (size_t i = 0; i < count && !f; i++)
        if (places[i].list && still_there(r, &places[i]) && may_read(r, &places[i]) && columns_known(r, &places[i]))
            f = fill_list(r, &places[i]);
    return f;
}

/* ---- facts ---- */

static void fill_facts(struct refilling *r, const char *institution, const struct refill_place *places, size_t count) {
    const struct refill_about about = {institution, r->actor->name, r->today, r->period, r->form->document};
    for (size_t i = 0; i < count; i++) {
        const struct refill_place *p = &places[i];
        struct formfile_value v = {.sheet = p->sheet, .row = p->row, .column = p->column};
        if (!p->fact || !still_there(r, p)) continue;
        if (refill_fact_value(p->fact, &about, r->arena, &v)) put(r, &v);
        else except(r, p, "报告期“{0}”没有“{1}”，没有填", period_label(r->period, r->arena), p->fact->label);
    }
}

/* ---- all of it ---- */

static const char *const troubles[] = {
    [FORMFILE_NO_SHEET] = "这份表里没有这张工作表了，请重新指定",    [FORMFILE_GONE] = "表上没有这一格了，请重新指定",
    [FORMFILE_FORMULA] = "这一格是公式，由表格自己算出，没有填",     [FORMFILE_COVERED] = "这一格被合并进别的格子了，请重新指定",
    [FORMFILE_TAKEN] = "这一格已经写着别的文字，没有填；请核对",     [FORMFILE_LONG] = "内容太长，一格放不下，没有填",
    [FORMFILE_TWICE] = "这一格还有别的内容要填，只填了一个；请核对",
};

static size_t tell_troubles(struct refilling *r) {
    size_t filled = 0;
    for (size_t i = 0; i < r->count; i++) {
        const struct formfile_value *v = &r->values[i];
        if (!v->trouble) filled++;
        else note_add(r->exceptions, sheet_place(r->arena, v->sheet, v->row, (int)v->column), troubles[v->trouble]);
    }
    return filled;
}

static void refilling_release(struct refilling *r) { free(r->values); }

enum fault refill(const struct registers *rs, struct conn *conn, const struct actor *actor, struct formfile *form,
                  const struct refill_place *places, size_t count, const char *institution, struct period period, civil_day today,
                  struct arena *arena, struct notes *exceptions, struct text *out, struct refill_result *result) {
    _cleanup_(refilling_release) struct refilling r = {.registers = rs,
                                                       .conn = conn,
                                                       .actor = actor,
                                                       .form = form,
                                                       .period = period,
                                                       .today = today,
                                                       .arena = arena,
                                                       .exceptions = exceptions};
    enum fault f = journal_size(conn, TENANT, &r.position);
    if (!f) f = fill_figures(&r, places, count);
    if (!f) f = fill_lists(&r, places, count);
    if (!f) fill_facts(&r, institution, places, count);
    if (!f) f = formfile_fill(form, r.values, r.count, out);
    if (f) return f;
    size_t filled = tell_troubles(&r);
    *result = (struct refill_result){.filled = filled, .exceptions = exceptions->count, .position = r.position};
    return FAULT_NONE;
}
