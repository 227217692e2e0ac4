/* value_many.c - values of several parts: choices, references, and the rows of a small table. */
#include "register/value_inside.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE_BYTES = 60000 };

/* Cuts the next part off, trimmed; NULL at the end. */
static char *next_part(char **rest) {
    if (!*rest) return NULL;
    char *begin = *rest, *p = begin;
    size_t n = 0;
    while (*p && !(n = word_at(p, words_separator))) p++;
    *rest = *p ? p + n : NULL;
    *p = 0;
    return value_trim(begin);
}

enum fault read_set(const struct reading *r, const char *s, struct value *out) {
    bool chosen[REG_CHOICES] = {false};
    char *rest = arena_copy(r->arena, s);
    for (char *part; (part = next_part(&rest));) {
        struct value one;
        if (!*part) continue;
        enum fault f = read_choice(r, part, &one);
        if (f) return f;
        for (size_t i = 0; i < REG_CHOICES && r->field->choices[i].key; i++)
            chosen[i] |= !strcmp(r->field->choices[i].key, one.text);
    }
    _cleanup_(text_release) struct text keys;
    text_init(&keys, 4000);
    for (size_t i = 0; i < REG_CHOICES; i++)
        if (chosen[i]) text_format(&keys, "%s%s", keys.length ? "\n" : "", r->field->choices[i].key);
    *out = keys.length ? value_of_text(arena_copy(r->arena, keys.at)) : (struct value){0};
    return FAULT_NONE;
}

const char *show_set(const struct reg_field *field, const struct value *value, enum lang lang, struct arena *arena) {
    _cleanup_(text_release) struct text out;
    text_init(&out, 8000);
    char *keys = arena_copy(arena, value->text), *rest = keys;
    for (char *key; (key = strsep(&rest, "\n"));) {
        if (out.length) text_add(&out, "、");
        text_add(&out, lang_tr(lang, reg_choice_label(field, key)));
    }
    return arena_copy(arena, out.at);
}

enum fault read_references(const struct reading *r, const char *s, struct value *out) {
    _cleanup_(text_release) struct text ids;
    text_init(&ids, 8000);
    char *rest = arena_copy(r->arena, s);
    int count = 0;
    for (char *part; (part = next_part(&rest));) {
        struct value one;
        if (!*part) continue;
        enum fault f = read_reference(r, part, &one);
        if (f) return f;
        if (ids.length && strstr(ids.at, one.text)) continue; /* named twice */
        if (++count > REG_REFS_MAX) return REFUSE(r, "最多 {0} 个", arena_int(r->arena, REG_REFS_MAX));
        text_format(&ids, "%s%s", ids.length ? "\n" : "", one.text);
    }
    *out = ids.length ? value_of_text(arena_copy(r->arena, ids.at)) : (struct value){0};
    return FAULT_NONE;
}

/* ---- tables: lines of cells; a bar or a tab sets them off, "\|" is a bar inside a cell ---- */

/* Cuts the next cell off, trimmed; NULL at the end. */
static char *next_cell(char **rest) {
    if (!*rest) return NULL;
    char *begin = *rest, *to = begin, *p = begin;
    for (; *p && *p != '|' && *p != '\t'; p++) {
        if (p[0] == '\\' && (p[1] == '|' || p[1] == '\\')) p++;
        *to++ = *p;
    }
    *rest = *p ? p + 1 : NULL;
    *to = 0;
    return value_trim(begin);
}

/* A cell as its column reads it, in the form it is kept in. */
static enum fault read_cell(const struct reading *r, const struct reg_field *column, const char *typed, size_t row,
                            struct text *out) {
    struct reg_field named = *column;
    struct value v;
    const char *place = r->place;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 1 << 20);
    struct notes told;
    notes_init(&told, &arena);
    enum fault f = value_read(r->registers, r->conn, &named, typed, column->key, &arena, &told, &v);
    if (f) {
        _cleanup_(text_release) struct text sentence;
        text_init(&sentence, 4000);
        if (told.first) note_fill(&sentence, told.first->sentence, told.first->args);
        note_add(r->notes, place, "第 {0} 行“{1}”：{2}", arena_int(r->arena, (int64_t)row), column->label,
                 sentence.at ? sentence.at : "");
        return f;
    }
    if (v.kind == VALUE_NONE && column->flags & REQUIRED)
        return REFUSE(r, "第 {0} 行缺“{1}”", arena_int(r->arena, (int64_t)row), column->label);
    if (v.kind == VALUE_INT) text_add_int(out, v.integer);
    else if (v.kind == VALUE_TEXT) text_add(out, v.text);
    return FAULT_NONE;
}

static enum fault read_row(const struct reading *r, char *line, size_t row, struct text *out) {
    const struct reg_field *f = r->field;
    char *rest = line;
    size_t count = 0;
    for (char *cell; (cell = next_cell(&rest)); count++) {
        if (count >= f->column_count && *cell)
            return REFUSE(r, "第 {0} 行多于 {1} 格", arena_int(r->arena, (int64_t)row),
                          arena_int(r->arena, (int64_t)f->column_count));
        if (count >= f->column_count) continue;
        if (count) text_addc(out, '\t');
        enum fault fault = read_cell(r, &f->columns[count], cell, row, out);
        if (fault) return fault;
    }
    for (; count < f->column_count; count++) {
        if (count) text_addc(out, '\t');
        enum fault fault = read_cell(r, &f->columns[count], "", row, out);
        if (fault) return fault;
    }
    return FAULT_NONE;
}

enum fault read_table(const struct reading *r, const char *s, struct value *out) {
    _cleanup_(text_release) struct text kept;
    text_init(&kept, TABLE_BYTES);
    char *rest = arena_copy(r->arena, s);
    size_t row = 0;
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (!line[strspn(line, " \t|\r")]) continue; /* an empty line */
        char *end = line + strlen(line);
        if (end > line && end[-1] == '\r') end[-1] = 0;
        if (++row > REG_ROWS) return REFUSE(r, "最多 {0} 行", arena_int(r->arena, REG_ROWS));
        if (kept.length) text_addc(&kept, '\n');
        enum fault f = read_row(r, line, row, &kept);
        if (f) return f;
    }
    if (kept.over) return REFUSE(r, "表格太长，请缩短");
    *out = kept.length ? value_of_text(arena_copy(r->arena, kept.at)) : (struct value){0};
    return FAULT_NONE;
}

struct value value_cell(const struct reg_field *column, const char *kept) {
    if (!*kept) return (struct value){0};
    if (!value_is_number(column->type)) return value_of_text(kept);
    return value_of_int(strtoll(kept, NULL, 10));
}

/* As it can be typed again. */
const char *show_table(const struct reg_field *field, const struct value *value, enum lang lang, struct arena *arena) {
    _cleanup_(text_release) struct text out;
    text_init(&out, 4 * TABLE_BYTES);
    char *rows = arena_copy(arena, value->text);
    for (char *row; (row = strsep(&rows, "\n"));) {
        if (out.length) text_addc(&out, '\n');
        for (size_t i = 0; i < field->column_count; i++) {
            char *cell = row ? strsep(&row, "\t") : NULL;
            struct value v = value_cell(&field->columns[i], cell ? cell : "");
            const char *shown = value_show(&field->columns[i], &v, lang, arena);
            if (i) text_add(&out, " | ");
            for (const char *p = shown; *p; p++) {
                if (*p == '|' || *p == '\\') text_addc(&out, '\\');
                text_addc(&out, *p);
            }
        }
    }
    return arena_copy(arena, out.at);
}
