/* issued.c - reads an issued report back as it was frozen, and holds its figures against the records as they are now. */
#include "report/inside.h"

#include "register/files.h"

#include <jansson.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

enum { ISSUED_FILE_MAX = 256 << 20 };

static void json_release(json_t **json) { json_decref(*json); }

static const struct value *value_of(const struct record *record, const struct reg *reg, const char *key) {
    const struct reg_field *field = reg_field_named(reg, key);
    return field ? &record->values[field - reg->fields] : NULL;
}

static const char *text_of(const struct record *record, const struct reg *reg, const char *key) {
    const struct value *v = value_of(record, reg, key);
    return v && v->kind == VALUE_TEXT ? v->text : NULL;
}

/* What is gone or changed is told by name: the record keeps the hash that the journal covers. */
static enum fault load(const char *dir, const char *value, struct notes *notes, struct text *out) {
    enum fault f = value ? file_load(dir, value, ISSUED_FILE_MAX, out) : FAULT_TAMPERED;
    char hash[65];
    const char *name = "";
    if (f && value) (void)file_value_parse(value, hash, &name);
    if (f == FAULT_TAMPERED) note_add(notes, name, "已发报告的文件与日志记载的不符");
    else if (f == FAULT_ABSENT) note_add(notes, name, "已发报告的文件不见了；请从备份恢复 files 目录");
    return f;
}

static enum fault load_only(const char *dir, const char *value, struct notes *notes) {
    _cleanup_(text_release) struct text bytes = {0}; /* file_load begins it */
    return load(dir, value, notes, &bytes);
}

/* ---- the frozen figures ---- */

static const char *json_words(const json_t *object, const char *key, struct arena *arena) {
    return arena_copy(arena, json_string_value(json_object_get(object, key)));
}

static enum fault records_read(const json_t *list, struct arena *arena, struct figure *f) {
    size_t count = json_array_size(list);
    struct evidence *records = arena_array(arena, struct evidence, count + 1);
    for (size_t i = 0; i < count; i++) {
        const json_t *pair = json_array_get(list, i);
        const char *id = json_string_value(json_array_get(pair, 0));
        if (!id || !id_parse(id, &records[i].record)) return FAULT_TAMPERED;
        records[i].position = json_integer_value(json_array_get(pair, 1));
    }
    f->records = records;
    f->record_count = count;
    return FAULT_NONE;
}

static enum fault figure_read(const struct registers *registers, const json_t *object, struct arena *arena,
                              struct issued_figure *out) {
    struct figure *f = &out->figure;
    const char *start = json_words(object, "start", arena), *end = json_words(object, "end", arena);
    const char *reg_key = json_words(object, "register", arena), *measure_key = json_words(object, "measure", arena);
    f->key = json_words(object, "key", arena);
    if (!f->key || !reg_key || !measure_key || !start || !end || !civil_parse(start, &f->period.start) ||
        !civil_parse(end, &f->period.end))
        return FAULT_TAMPERED;
    f->filter = json_words(object, "filter", arena);
    f->value = json_integer_value(json_object_get(object, "value"));
    f->previous = json_integer_value(json_object_get(object, "previous"));
    f->position = json_integer_value(json_object_get(object, "position"));
    f->zero_by = json_words(object, "zero_by", arena);
    f->zero_shown = f->zero_by != NULL;
    f->reg = register_named(registers, reg_key);
    f->measure = f->reg ? reg_measure_named(f->reg, measure_key) : NULL;
    out->known_now = figure_still_asked(f, arena);
    out->value_now = f->value;
    return records_read(json_object_get(object, "records"), arena, f);
}

/* ---- since changed ---- */

/* Why a record that was counted is not counted now, and since which entry. */
static enum fault why_gone(struct conn *conn, const struct figure *f, const struct evidence *e, struct figure_change *out) {
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT withdrawn, position FROM r_%s WHERE tenant = ?1 AND id = ?2", f->reg->key);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault fault = stmt_open(conn, sql, &s);
    if (fault) return fault;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &e->record);
    bool row;
    fault = stmt_step(s, &row);
    if (fault) return fault;
    *out = (struct figure_change){row && !stmt_int(s, 0) ? SINCE_CHANGED : SINCE_WITHDRAWN, e->record,
                                  row ? stmt_int(s, 1) : e->position};
    return FAULT_NONE;
}

/* Both lists are in order of id: walked side by side. */
static enum fault compare(struct conn *conn, const struct figure *then, const struct figure *now, struct arena *arena,
                          struct issued_figure *out) {
    size_t i = 0, k = 0, n = 0;
    if (arena->used + (then->record_count + now->record_count) * sizeof(struct figure_change) > arena->cap) return FAULT_LARGE;
    struct figure_change *changes = arena_array(arena, struct figure_change, then->record_count + now->record_count + 1);
    while (i < then->record_count || k < now->record_count) {
        const struct evidence *a = &then->records[i], *b = &now->records[k];
        int order = i == then->record_count ? 1 : k == now->record_count ? -1 : memcmp(&a->record, &b->record, sizeof a->record);
        if (order < 0) {
            enum fault f = why_gone(conn, then, a, &changes[n++]);
            if (f) return f;
            i++;
        } else if (order > 0) {
            changes[n++] = (struct figure_change){SINCE_ADDED, b->record, b->position};
            k++;
        } else {
            if (a->position != b->position) changes[n++] = (struct figure_change){SINCE_CHANGED, b->record, b->position};
            i++;
            k++;
        }
    }
    out->changes = changes;
    out->change_count = n;
    return FAULT_NONE;
}

static enum fault figures_read(const struct registers *registers, struct conn *conn, const json_t *list, struct arena *arena,
                               struct issued *out) {
    int64_t size;
    enum fault f = journal_size(conn, TENANT, &size);
    if (f) return f;
    out->figure_count = json_array_size(list);
    out->figures = arena_array(arena, struct issued_figure, out->figure_count + 1);
    for (size_t i = 0; i < out->figure_count; i++) {
        struct issued_figure *one = &out->figures[i];
        f = figure_read(registers, json_array_get(list, i), arena, one);
        struct figure now;
        if (!f && one->known_now) f = figure_ask_again(conn, &one->figure, size, arena, &now);
        if (!f && one->known_now) {
            one->value_now = now.value;
            f = compare(conn, &one->figure, &now, arena, one);
        }
        if (f) return f;
    }
    return FAULT_NONE;
}

static enum fault html_read(const char *dir, const char *value, struct arena *arena, struct notes *notes, struct issued *out) {
    _cleanup_(text_release) struct text html = {0}; /* file_load begins it */
    enum fault f = load(dir, value, notes, &html);
    if (f) return f;
    if (arena->used + 2 * html.length > arena->cap) return FAULT_LARGE;
    out->html = arena_copyn(arena, html.at, html.length);
    const char *begin = strstr(out->html, "<article"), *end = begin ? strstr(begin, "</article>") : NULL;
    if (!end) return FAULT_TAMPERED;
    out->article = arena_copyn(arena, begin, (size_t)(end - begin) + strlen("</article>"));
    return FAULT_NONE;
}

enum fault report_read_issued(const struct registers *registers, struct conn *conn, const struct actor *actor,
                              const struct id *report, const char *files_dir, struct arena *arena, struct notes *notes,
                              struct issued *out) {
    const struct reg *reg = register_named(registers, "report");
    if (!reg) return FAULT_ABSENT;
    if (!actor->system && !access_may(actor, reg->read)) return FAULT_RIGHT;
    struct issued issued = {0};
    enum fault f = record_read(registers, conn, actor, reg, report, NULL, arena, &issued.record);
    if (f) return f;
    issued.kind_key = text_of(&issued.record, reg, "name");
    issued.code = text_of(&issued.record, reg, "code");
    const struct value *position = value_of(&issued.record, reg, "known_at");
    const char *period = text_of(&issued.record, reg, "period");
    if (!issued.kind_key || !position || !period || period_parse(period, NULL, &issued.period)) return FAULT_TAMPERED;
    issued.position = position->integer;
    _cleanup_(text_release) struct text evidence = {0}; /* file_load begins it */
    f = load(files_dir, text_of(&issued.record, reg, "evidence"), notes, &evidence);
    if (!f) f = html_read(files_dir, text_of(&issued.record, reg, "html"), arena, notes, &issued);
    if (!f) f = load_only(files_dir, text_of(&issued.record, reg, "docx"), notes);
    if (!f) f = load_only(files_dir, text_of(&issued.record, reg, "pdf"), notes);
    if (f) return f;
    _cleanup_(json_release) json_t *json = json_loadb(evidence.at, evidence.length, JSON_REJECT_DUPLICATES, NULL);
    if (!json) return FAULT_TAMPERED;
    f = figures_read(registers, conn, json_object_get(json, "figures"), arena, &issued);
    if (!f) *out = issued;
    return f;
}
