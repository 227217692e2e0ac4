/* export.c - records page by page into a sheet writer. */
#include "register/export.h"

#include <stdio.h>
#include <string.h>

enum { EXPORT_PAGE = 500, EXPORT_ARENA = 32 << 20, EXTRA_COLUMNS = 4 };

struct export {
    const struct reg *reg;
    const struct actor *actor;
    struct sheet_writer *writer;
    struct sheet_cell *cells;
    int64_t rows;
    export_tell tell;
    void *context;
};

enum sheet_kind export_kind(enum reg_type type) {
    return value_type(type)->figure ? SHEET_NUMBER : type == REG_DATE ? SHEET_DATE : SHEET_TEXT;
}

static void put_cell(struct export *e, size_t at, const char *text, enum sheet_kind kind) {
    e->cells[at] = (struct sheet_cell){.text = text, .length = strlen(text), .kind = text[0] ? kind : SHEET_EMPTY};
}

static enum fault put_record(void *context, const struct record *r) {
    struct export *e = context;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, EXPORT_ARENA);
    size_t n = e->reg->field_count;
    for (size_t i = 0; i < n; i++) {
        const char *shown = r->names[i] ? r->names[i] : value_show(&e->reg->fields[i], &r->values[i], e->actor->lang, &arena);
        put_cell(e, i, shown, export_kind(e->reg->fields[i].type));
    }
    char day[CIVIL_TEXT], moment[MOMENT_TEXT];
    civil_format(r->effective, day);
    moment_format(r->entered_ms, moment);
    const struct reg_state *state = r->state ? reg_state_named(e->reg, r->state) : NULL;
    put_cell(e, n, state ? lang_tr(e->actor->lang, state->label) : "", SHEET_TEXT);
    put_cell(e, n + 1, day, SHEET_DATE);
    put_cell(e, n + 2, moment, SHEET_DATE);
    put_cell(e, n + 3, r->late ? lang_tr(e->actor->lang, "补录") : "", SHEET_TEXT);
    e->rows++;
    return sheet_put(e->writer, e->cells, n + EXTRA_COLUMNS);
}

static enum fault put_pages(const struct registers *rs, struct conn *conn, const struct list_query *query, struct export *e) {
    struct list_query q = *query;
    char next[CURSOR_TEXT] = "", before[CURSOR_TEXT], cursor[CURSOR_TEXT];
    q.limit = EXPORT_PAGE;
    q.backwards = false;
    enum fault f;
    do {
        memcpy(cursor, next, sizeof cursor);
        q.cursor = cursor;
        f = record_list(rs, conn, e->actor, &q, put_record, e, next, before);
        if (!f && e->tell && !e->tell(e->context, e->rows)) f = FAULT_STATE;
    } while (!f && next[0]);
    return f;
}

enum fault export_file(const struct registers *rs, struct conn *conn, const struct actor *actor, const struct list_query *query,
                       enum sheet_format format, const char *path, int64_t now_ms, export_tell tell, void *context,
                       struct notes *notes, int64_t *rows) {
    static const char *const extra[EXTRA_COLUMNS] = {"状态", "生效日期", "录入时间", "补录"};
    static const enum sheet_kind extra_kinds[EXTRA_COLUMNS] = {SHEET_TEXT, SHEET_DATE, SHEET_DATE, SHEET_TEXT};
    const struct reg *reg = query->reg;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, EXPORT_ARENA);
    struct sheet_column *columns = arena_array(&arena, struct sheet_column, reg->field_count + EXTRA_COLUMNS);
    for (size_t i = 0; i < reg->field_count; i++)
        columns[i] = (struct sheet_column){lang_tr(actor->lang, reg->fields[i].label), export_kind(reg->fields[i].type), 0};
    for (size_t i = 0; i < EXTRA_COLUMNS; i++)
        columns[reg->field_count + i] = (struct sheet_column){lang_tr(actor->lang, extra[i]), extra_kinds[i], 0};
    struct sheet_plan plan = {.format = format,
                              .sheet = lang_tr(actor->lang, reg->label),
                              .title = lang_tr(actor->lang, reg->label),
                              .columns = columns,
                              .column_count = reg->field_count + EXTRA_COLUMNS,
                              .created_ms = now_ms};
    struct export e = {.reg = reg, .actor = actor, .tell = tell, .context = context};
    e.cells = arena_array(&arena, struct sheet_cell, reg->field_count + EXTRA_COLUMNS);
    _cleanup_(sheet_abandon) struct sheet_writer *writer = NULL;
    enum fault f = sheet_create(path, &plan, notes, &writer);
    if (f) return f;
    e.writer = writer;
    f = put_pages(rs, conn, query, &e);
    if (f) return f;
    f = sheet_finish(&writer);
    if (!f) *rows = e.rows;
    return f;
}
