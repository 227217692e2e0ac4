/* import.c - from the rows of a table file to changes through the one door. */
#include "register/import.h"

#include "base/printer.h"
#include "register/files.h"
#include "register/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REMEMBERED_MAX = 2000, TOLD_EVERY = 100, NAMES_MAX = 20000, WORDS_ARENA = 4 << 20 };

/* IGNORED: what an export adds for reading; FILES: names of files, which a table cannot bring; UNKNOWN: no head. */
enum system_column { COLUMN_FIELD, COLUMN_EFFECTIVE, COLUMN_MOVE, COLUMN_REASON, COLUMN_IGNORED, COLUMN_FILES, COLUMN_UNKNOWN };

static const struct {
    enum system_column column;
    const char *key, *label;
} system_columns[] = {
    {COLUMN_EFFECTIVE, "effective", "生效日期"},
    {COLUMN_EFFECTIVE, "effective", "办理日期"},
    {COLUMN_MOVE, "move", "步骤"},
    {COLUMN_REASON, "reason", "原因"},
    {COLUMN_REASON, "reason", "补录原因"},
    {COLUMN_IGNORED, "state", "状态"},
    {COLUMN_IGNORED, "entered", "录入时间"},
    {COLUMN_IGNORED, "late", "补录"},
    {COLUMN_IGNORED, "wrong", "错在哪里"}, /* of a copy with the errors marked */
};

struct column {
    enum system_column kind;
    const struct reg_field *field;
};

struct import {
    struct registers *rs;
    const struct reg *reg;
    const struct import_options *options;
    const struct digest *digest;
    int64_t now_ms, undone; /* undone: times that an import of this very file was taken back */
    const char *file;
    struct sheet_reader *reader;
    struct arena *arena; /* lives as long as the import: places of notes */
    struct notes *notes;
    struct column *columns;
    const struct import_column *heads; /* of the columns, as they stand in the file */
    size_t column_count;
    bool has_move;
    const char *sheet;
    struct sheet_row row;
    struct change_value *values;
    char source[400];
    const char **remembered; /* heading, key of its field, heading, … */
    size_t remembered_count;
    const struct reg *log; /* the register of imports; NULL: there is none, or this file was imported before */
    bool logged;
    struct change_value log_values[4];
    int64_t rows, added, changed, unchanged, late;
    struct digest effect; /* of the rows so far */
    int64_t seen;         /* the position of the dry run that was looked at; -1: none */
    bool refused;
    struct import_moved *moved;
    size_t moved_count, moved_all;
    const struct actor *actor;
    enum fault fault;
};

static void tell(struct import *im, int column, const char *sentence, const char *a, const char *b) {
    note_add(im->notes, sheet_place(im->arena, im->sheet, im->row.number, column), sentence, a ? a : "", b ? b : "");
}

static bool same_words(const char *typed, const char *label) {
    return !strcmp(typed, label) || !strcmp(typed, lang_tr(LANG_EN, label));
}

static const char *trimmed(struct arena *a, const char *text) {
    while (*text == ' ' || *text == '\n' || !strncmp(text, "\xe3\x80\x80", 3)) text += *text == '\xe3' ? 3 : 1;
    size_t n = strlen(text);
    while (n && (text[n - 1] == ' ' || text[n - 1] == '\n' || text[n - 1] == '*')) n--;
    return arena_copyn(a, text, n);
}

/* What was said of this heading before; false if nothing, or if the field is no longer there. */
static bool match_remembered(struct import *im, const char *head, struct column *out, const char **label) {
    for (size_t i = 0; i < im->remembered_count; i++) {
        const char *key = im->remembered[2 * i + 1];
        if (strcmp(im->remembered[2 * i], head)) continue;
        if (!strcmp(key, "-")) return *out = (struct column){COLUMN_IGNORED, NULL}, true;
        const struct reg_field *field = reg_field_named(im->reg, key);
        if (!field) return false;
        *out = (struct column){COLUMN_FIELD, field};
        *label = field->label;
        return true;
    }
    return false;
}

static bool match_column(const struct reg *reg, const char *head, struct column *out, const char **label) {
    for (size_t i = 0; i < reg->field_count; i++)
        if (!strcmp(head, reg->fields[i].key) || same_words(head, reg->fields[i].label)) {
            *out = (struct column){COLUMN_FIELD, &reg->fields[i]};
            *label = reg->fields[i].label;
            return true;
        }
    for (size_t i = 0; i < COUNT_OF(system_columns); i++)
        if (!strcmp(head, system_columns[i].key) || same_words(head, system_columns[i].label)) {
            *out = (struct column){system_columns[i].column, NULL};
            *label = system_columns[i].label;
            return true;
        }
    return false;
}

/* An exported table has the names of a record's files in a column of theirs. They are left as they are: whoever could attach a stored
 * file by naming it would read it past the rights on the record that it belongs to. */
static void pass_over_files(const struct import *im, struct column *column, const char **label) {
    if (im->actor->system || !column->field || column->field->type != REG_FILE) return;
    *column = (struct column){COLUMN_FILES, NULL};
    *label = NULL;
}

static const char *known_labels(struct import *im) {
    _cleanup_(text_release) struct text list;
    text_init(&list, 4000);
    for (size_t i = 0; i < im->reg->field_count; i++) text_format(&list, "%s%s", i ? "、" : "", im->reg->fields[i].label);
    return arena_copy(im->arena, list.at);
}

static void check_needed_columns(struct import *im) {
    for (size_t i = 0; i < im->reg->field_count; i++) {
        const struct reg_field *field = &im->reg->fields[i];
        bool there = false;
        for (size_t k = 0; k < im->column_count; k++) there |= im->columns[k].field == field;
        there |= im->options->given.key && !strcmp(im->options->given.key, field->key);
        bool needed = im->has_move ? (field->flags & KEY) != 0 : (field->flags & REQUIRED) != 0 && !im->options->update;
        if (needed && !there) tell(im, SHEET_NO_COLUMN, "表头缺少必填的“{0}”一栏", field->label, NULL);
    }
}

static void refuse_merges(struct import *im) {
    size_t count;
    const struct sheet_range *merges = sheet_merges(im->reader, &count);
    for (size_t i = 0; i < count; i++)
        note_add(im->notes, sheet_range_place(im->arena, im->sheet, &merges[i]),
                 "有合并的单元格；请取消合并，一行表头、每栏一列，再导入");
}

static enum fault read_head(struct import *im, struct import_result *out) {
    enum fault f = sheet_next(im->reader, &im->row);
    if (f) return f;
    im->sheet = arena_copy(im->arena, sheet_name(im->reader));
    out->sheet = im->sheet;
    out->encoding = sheet_encoding(im->reader);
    refuse_merges(im);
    if (!im->row.number) {
        note_add(im->notes, im->sheet, "表是空的；第一行应为各栏名称");
        return FAULT_INPUT;
    }
    im->column_count = im->row.count;
    im->columns = arena_array(im->arena, struct column, im->row.count);
    struct import_column *shown = arena_array(im->arena, struct import_column, im->row.count);
    im->heads = shown;
    for (size_t i = 0; i < im->row.count; i++) {
        shown[i].head = trimmed(im->arena, im->row.cells[i].text);
        im->columns[i].kind = COLUMN_UNKNOWN;
        if (!shown[i].head[0]) continue;
        if (!match_column(im->reg, shown[i].head, &im->columns[i], &shown[i].label) &&
            !match_remembered(im, shown[i].head, &im->columns[i], &shown[i].label)) {
            shown[i].unknown = true;
            tell(im, (int)i, "表头“{0}”不是这个台账的栏目；可用的有：{1}", shown[i].head, known_labels(im));
            continue;
        }
        pass_over_files(im, &im->columns[i], &shown[i].label);
        for (size_t k = 0; k < i; k++)
            if (im->columns[k].kind == im->columns[i].kind && im->columns[k].field == im->columns[i].field &&
                im->columns[k].kind < COLUMN_IGNORED)
                tell(im, (int)i, "“{0}”一栏出现了两次", shown[i].head, NULL);
        im->has_move |= im->columns[i].kind == COLUMN_MOVE;
    }
    check_needed_columns(im);
    out->columns = shown;
    out->column_count = im->row.count;
    return im->notes->count ? FAULT_INPUT : FAULT_NONE;
}

/* Ids of the rows of one file: its hash with the row number inside, so that they lie in order and are the same each time. */
static struct id row_id(const struct import *im) {
    struct id id;
    memcpy(id.bytes, im->digest->bytes, 6);
    id.bytes[5] ^= (uint8_t)im->undone; /* its rows are new ones then */
    for (int i = 0; i < 4; i++) id.bytes[6 + i] = (uint8_t)(im->row.number >> (24 - 8 * i));
    memcpy(id.bytes + 10, im->digest->bytes + 6, 6);
    return id;
}

static bool cell_usable(struct import *im, size_t at) {
    const struct sheet_cell *cell = &im->row.cells[at];
    if (cell->kind == SHEET_FORMULA) tell(im, (int)at, "是公式；请粘贴为数值后再导入", NULL, NULL);
    else if (cell->kind == SHEET_ERROR) tell(im, (int)at, "是错误值 {0}；请改正后再导入", cell->text, NULL);
    else if (cell->rounded) tell(im, (int)at, "数字超过 15 位，表格软件已丢失末尾数字；请把该栏设为文本重新填写", NULL, NULL);
    else return true;
    return false;
}

static bool take_system(struct import *im, size_t at, const char *text, struct change *c) {
    switch (im->columns[at].kind) {
    case COLUMN_EFFECTIVE: {
        const struct reg_field date = {.key = "effective", .label = "生效日期", .type = REG_DATE};
        struct value v;
        const char *place = sheet_place(im->arena, im->sheet, im->row.number, (int)at);
        if (value_read(im->rs, NULL, &date, text, place, im->arena, im->notes, &v)) return false;
        c->has_effective = v.kind == VALUE_TEXT && civil_parse(v.text, &c->effective);
        return true;
    }
    case COLUMN_MOVE:
        for (size_t i = 0; i < im->reg->move_count; i++)
            if (!strcmp(text, im->reg->moves[i].key) || same_words(text, im->reg->moves[i].label)) c->move = im->reg->moves[i].key;
        if (!c->move) tell(im, (int)at, "没有“{0}”这一步", text, NULL);
        return c->move != NULL;
    case COLUMN_REASON:
        if (text[0]) c->reason = text;
        return true;
    default: return true;
    }
}

/* A cell that names a stored file by its hash means to attach it, which is told instead of passed over. */
static bool attaches_nothing(struct import *im, size_t at) {
    char hash[2 * DIGEST_BYTES + 1];
    const char *name;
    if (!file_value_parse(im->row.cells[at].text, hash, &name)) return true;
    tell(im, (int)at, "“{0}”是文件栏，表格里不能带文件；请导入后在记录里上传", im->heads[at].head, NULL);
    return false;
}

/* Has the file a column for this field? Asked of no field: nothing is missing. */
static bool has_column(const struct import *im, const char *key) {
    for (size_t i = 0; key && i < im->column_count; i++)
        if (im->columns[i].field && !strcmp(im->columns[i].field->key, key)) return true;
    return !key;
}

static bool take_row(struct import *im, struct change *c) {
    bool usable = true;
    size_t n = 0;
    *c = (struct change){.kind = im->has_move ? CHANGE_MOVE : CHANGE_ADD,
                         .reg = im->reg,
                         .record = row_id(im),
                         .unit = im->options->unit,
                         .reason = im->options->reason,
                         .expected = -1,
                         .source = im->source,
                         .by_key = im->has_move || im->options->update};
    for (size_t i = 0; i < im->row.count; i++) {
        if (i < im->column_count && im->columns[i].kind == COLUMN_IGNORED) continue;
        if (i < im->column_count && im->columns[i].kind == COLUMN_FILES) {
            usable &= attaches_nothing(im, i);
            continue;
        }
        if (i >= im->column_count || im->columns[i].kind == COLUMN_UNKNOWN) {
            if (im->row.cells[i].text[0]) {
                tell(im, (int)i, "这一列没有表头，却有内容", NULL, NULL);
                usable = false;
            }
            continue;
        }
        if (!cell_usable(im, i)) {
            usable = false;
        } else if (im->columns[i].kind == COLUMN_FIELD) {
            bool is_key = (im->columns[i].field->flags & KEY) != 0;
            if (im->row.cells[i].text[0] || (!im->has_move && !im->options->update) || is_key)
                im->values[n++] = (struct change_value){im->columns[i].field->key, im->row.cells[i].text, NULL};
        } else {
            usable &= take_system(im, i, im->row.cells[i].text, c);
        }
    }
    if (!has_column(im, im->options->given.key)) im->values[n++] = im->options->given;
    c->values = im->values;
    c->value_count = n;
    char hash[17];
    hex_format(im->digest->bytes, 8, hash);
    snprintf(im->source, sizeof im->source, "%.300s:%u sha256:%s", im->file, im->row.line, hash);
    return usable;
}

/* The import itself is a record, entered with its rows. */
static bool log_import(struct import *im, struct change *out) {
    if (!im->log || im->logged || !im->rows || im->notes->count) return false;
    im->logged = true;
    char hash[2 * DIGEST_BYTES + 1];
    hex_format(im->digest->bytes, DIGEST_BYTES, hash);
    im->log_values[0] = (struct change_value){"file", im->file, NULL};
    im->log_values[1] = (struct change_value){"register", im->reg->key, NULL};
    im->log_values[2] = (struct change_value){"rows", arena_format(im->arena, "%lld", (long long)im->rows), NULL};
    im->log_values[3] = (struct change_value){"hash", arena_copy(im->arena, hash), NULL};
    *out = (struct change){.kind = CHANGE_ADD,
                           .reg = im->log,
                           .record = id_make(im->now_ms),
                           .values = im->log_values,
                           .value_count = 4,
                           .expected = -1,
                           .unit = im->options->unit};
    return true;
}

/* Whether to go on: whoever listens may want the import ended, which its note then makes fail as a whole. */
static bool goes_on(struct import *im) {
    if (!im->options->tell || im->options->tell(im->options->tell_context, im->rows)) return true;
    note_add(im->notes, NULL, "已取消，什么也没有存入");
    return false;
}

/* At the end, in the same transaction: whether the rows do what was looked at before. A confirmation that is sent twice finds its work done. */
static bool as_expected(struct import *im) {
    if (!im->options->expected || im->notes->count || !(im->added + im->changed)) return true;
    char effect[2 * DIGEST_BYTES + 1];
    hex_format(im->effect.bytes, DIGEST_BYTES, effect);
    if (!strncmp(im->options->expected, effect, 2 * DIGEST_BYTES)) return true;
    im->refused = true;
    note_add(im->notes, NULL, "在您查看预览之后，这张表涉及的记录已被改动，所以一行也没有存入；请再看一次预览");
    for (size_t i = 0; i < im->moved_count; i++)
        note_add(im->notes, sheet_place(im->arena, im->sheet, im->moved[i].row, SHEET_NO_COLUMN), "“{0}”在预览之后被改动过",
                 im->moved[i].record);
    return false;
}

static bool next_change(void *context, struct change *out) {
    struct import *im = context;
    for (;;) {
        im->fault = sheet_next(im->reader, &im->row);
        if (im->fault) return false;
        if (!im->row.number) return !im->logged && goes_on(im) && as_expected(im) && log_import(im, out);
        im->rows++;
        if (!(im->rows % TOLD_EVERY) && !goes_on(im)) return false;
        if (take_row(im, out)) return true;
        if (im->notes->count >= NOTES_MAX) return false;
    }
}

static const char *cell_place(void *context, const char *key) {
    struct import *im = context;
    for (size_t i = 0; i < im->column_count; i++)
        if (im->columns[i].field && !strcmp(im->columns[i].field->key, key))
            return sheet_place(im->arena, im->sheet, im->row.number, (int)i);
    for (size_t i = 0; i < im->column_count; i++)
        if ((im->columns[i].kind == COLUMN_EFFECTIVE && !strcmp(key, "effective")) ||
            (im->columns[i].kind == COLUMN_REASON && !strcmp(key, "reason")))
            return sheet_place(im->arena, im->sheet, im->row.number, (int)i);
    return sheet_place(im->arena, im->sheet, im->row.number, SHEET_NO_COLUMN);
}

/* ---- what the rows change ---- */

/* A value as people read it; references by the names of their records. */
static const char *words_of(struct import *im, struct conn *conn, const struct reg_field *field, const struct value *v,
                            struct arena *arena) {
    const struct reg *to = field->to ? register_named(im->rs, field->to) : NULL;
    if (v->kind != VALUE_TEXT || !to) return value_show(field, v, im->actor->lang, arena);
    _cleanup_(text_release) struct text names;
    text_init(&names, NAMES_MAX);
    char *rest = arena_copy(arena, v->text), *line;
    struct id id;
    while ((line = strsep(&rest, "\n"))) {
        const char *name = line;
        if (id_parse(line, &id) && record_name(im->rs, conn, to, &id, arena, &name)) name = line;
        text_format(&names, "%s%s", names.length ? "、" : "", name);
    }
    return arena_copy(arena, names.at);
}

/* What the record said before is told only to those who could read it there. */
static bool may_read_before(const struct import *im, const struct reg_field *field, const struct id *unit) {
    if (im->actor->system) return true;
    if (!access_may_in(im->actor, im->reg->read, unit)) return false;
    return !(field->flags & PRIVATE) || !im->reg->private_ || access_may_in(im->actor, im->reg->private_, unit);
}

/* What a record that was there before is called, as far as the sender may know. */
static const char *called(struct import *im, const struct change_outcome *o, struct arena *arena) {
    const struct reg_field *name = reg_name_field(im->reg);
    size_t at = (size_t)(name - im->reg->fields);
    bool named = may_read_before(im, name, &o->before->unit);
    return words_of(im, o->conn, name, named ? &o->before->values[at] : &o->values[at], arena);
}

static void tell_differences(struct import *im, const struct change_outcome *o) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, WORDS_ARENA);
    struct import_difference d = {.row = im->row.number, .first = true, .record = called(im, o, &arena)};
    if (o->move) {
        const struct reg_state *from = o->before->state ? reg_state_named(im->reg, o->before->state) : NULL;
        d.field = lang_tr(im->actor->lang, "状态");
        d.before = from ? lang_tr(im->actor->lang, from->label) : "";
        d.after = lang_tr(im->actor->lang, reg_state_named(im->reg, o->move->to)->label);
        im->options->differ(im->options->differ_context, &d);
        d.first = false;
    }
    for (size_t i = 0; i < im->reg->field_count; i++) {
        const struct reg_field *field = &im->reg->fields[i];
        if (field->compute || value_same(&o->before->values[i], &o->values[i])) continue;
        d.field = lang_tr(im->actor->lang, field->label);
        d.before = may_read_before(im, field, &o->before->unit) ? words_of(im, o->conn, field, &o->before->values[i], &arena)
                                                                : NULL;
        d.after = words_of(im, o->conn, field, &o->values[i], &arena);
        im->options->differ(im->options->differ_context, &d);
        d.first = false;
    }
}

/* ---- what the rows do, in one digest ---- */

/* The values that the row gives: all of a new record, those that are other than before of one that is there. */
static void add_values(const struct import *im, const struct change_outcome *o, struct digest_run *run) {
    for (size_t i = 0; i < im->reg->field_count; i++) {
        const struct value *v = &o->values[i];
        if (im->reg->fields[i].compute || (o->before ? value_same(v, &o->before->values[i]) : v->kind == VALUE_NONE)) continue;
        const char *text = v->kind == VALUE_TEXT ? v->text : "";
        int64_t head[] = {(int64_t)i, (int64_t)v->kind, v->kind == VALUE_INT ? v->integer : 0, (int64_t)strlen(text)};
        digest_add(run, head, sizeof head);
        digest_add(run, text, strlen(text));
    }
}

static void note_effect(struct import *im, const struct change_outcome *o) {
    struct digest_run *run = digest_begin();
    enum { NEW, CHANGED, SAME };
    int64_t kind = !o->before ? NEW : o->unchanged ? SAME : CHANGED;
    int64_t version = kind == CHANGED && !o->own ? o->before->position : -1;
    int64_t head[] = {(int64_t)im->row.number, kind, version};
    digest_add(run, im->effect.bytes, DIGEST_BYTES);
    digest_add(run, head, sizeof head);
    if (kind == CHANGED) digest_add(run, o->change->record.bytes, sizeof o->change->record.bytes);
    if (o->move) digest_add(run, o->move->key, strlen(o->move->key));
    if (kind != SAME) add_values(im, o, run);
    im->effect = digest_end(run);
}

/* The position behind the digest, -1 if there is none. */
static int64_t seen_position(const char *effect) {
    char *end;
    if (!effect || strlen(effect) <= 2 * DIGEST_BYTES + 1 || effect[2 * DIGEST_BYTES] != '-') return -1;
    long long position = strtoll(effect + 2 * DIGEST_BYTES + 1, &end, 10);
    return *end ? -1 : position;
}

/* Keeps which records were changed after the dry run that was looked at. */
static void note_moved(struct import *im, const struct change_outcome *o) {
    if (im->seen < 0 || !o->before || o->own || o->before->position < im->seen) return;
    if (!im->moved) im->moved = arena_array(im->arena, struct import_moved, IMPORT_MOVED);
    if (im->moved_all++ < IMPORT_MOVED)
        im->moved[im->moved_count++] = (struct import_moved){im->row.number, arena_copy(im->arena, called(im, o, im->arena))};
}

static void hear_outcome(void *context, const struct change_outcome *o) {
    struct import *im = context;
    if (o->change->reg != im->reg) return; /* the import's own record */
    im->late += o->late && (!o->change->reason || o->change->reason == im->options->reason);
    note_effect(im, o);
    note_moved(im, o);
    if (!o->before) {
        im->added++;
    } else if (o->unchanged) {
        im->unchanged++;
    } else {
        im->changed++;
        if (im->options->differ) tell_differences(im, o);
    }
}

/* Whether this very file was imported into this register before, and how often that was taken back. */
static enum fault look_back(struct import *im) {
    _cleanup_(store_read_end) struct conn *conn = NULL;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    char hash[2 * DIGEST_BYTES + 1];
    hex_format(im->digest->bytes, DIGEST_BYTES, hash);
    im->log = register_named(im->rs, "import");
    if (!im->log) return FAULT_NONE;
    enum fault f = store_read_begin(im->rs->store, &conn);
    if (!f)
        f = stmt_open(
            conn, "SELECT state, count(*) FROM r_import WHERE tenant = ?1 AND f_hash = ?2 AND f_register = ?3 GROUP BY state", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, hash);
    stmt_bind_text(s, 3, im->reg->key);
    bool kept = false;
    for (bool row = true; row;) {
        f = stmt_step(s, &row);
        if (f) return f;
        if (!row) break;
        if (!strcmp(stmt_text(s, 0), "undone")) im->undone = stmt_int(s, 1);
        else kept = true;
    }
    if (kept) im->log = NULL;
    return FAULT_NONE;
}

static enum fault recall_columns(struct import *im) {
    _cleanup_(store_read_end) struct conn *conn = NULL;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    if (!register_named(im->rs, "import_column")) return FAULT_NONE;
    im->remembered = arena_array(im->arena, const char *, 2 * REMEMBERED_MAX);
    enum fault f = store_read_begin(im->rs->store, &conn);
    if (!f)
        f = stmt_open(conn, "SELECT f_head, f_field FROM r_import_column WHERE tenant = ?1 AND f_register = ?2 AND withdrawn = 0",
                      &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, im->reg->key);
    for (bool row = true; row && im->remembered_count < REMEMBERED_MAX;) {
        f = stmt_step(s, &row);
        if (f) return f;
        if (!row) break;
        im->remembered[2 * im->remembered_count] = arena_copy(im->arena, stmt_text(s, 0));
        im->remembered[2 * im->remembered_count++ + 1] = arena_copy(im->arena, stmt_text(s, 1));
    }
    return FAULT_NONE;
}

enum fault import_remember(struct registers *rs, const struct actor *actor, int64_t now_ms, const struct reg *reg, const char *head,
                           const char *field, struct arena *arena, struct notes *notes) {
    const struct reg *log = register_named(rs, "import_column");
    if (!log || !access_may(actor, reg->record)) return log ? FAULT_RIGHT : FAULT_ABSENT;
    const struct reg_field *meant = reg_field_named(reg, field);
    if (strcmp(field, "-") && (!meant || meant->type == REG_FILE)) return FAULT_INPUT;
    struct actor noting = actor_with(actor, "import.record", arena);
    const char *name = arena_format(arena, "%s %s", reg->key, head);
    const struct change_value values[] = {
        {"name", name, NULL}, {"register", reg->key, NULL}, {"head", head, NULL}, {"field", field, NULL}};
    struct change c = {.kind = CHANGE_ADD,
                       .reg = log,
                       .record = id_make(now_ms),
                       .values = values,
                       .value_count = 4,
                       .expected = -1,
                       .by_key = true};
    return change_apply(rs, &noting, now_ms, &c, notes, NULL);
}

enum fault import_file(struct registers *rs, const struct actor *actor, int64_t now_ms, const struct reg *reg,
                       const struct sheet_source *source, const struct digest *digest, const struct import_options *options,
                       struct arena *arena, struct notes *notes, struct import_result *out) {
    *out = (struct import_result){.first_position = -1, .last_position = -1};
    if (!actor->system && !access_may(actor, reg->record)) return FAULT_RIGHT;
    _cleanup_(sheet_close) struct sheet_reader *reader = NULL;
    enum fault f = sheet_open(source, NULL, notes, &reader);
    if (f) return f;
    const char *given = options->given.key ? options->given.typed : "";
    const struct digest_piece pieces[] = {{digest->bytes, DIGEST_BYTES}, {given, strlen(given)}};
    const struct digest joined = digest_of_pieces(pieces, COUNT_OF(pieces));
    if (options->given.key) digest = &joined;
    struct import im = {
        .rs = rs, .reg = reg, .options = options, .digest = digest, .reader = reader, .arena = arena, .notes = notes, .sheet = ""};
    const char *path = source->path ? source->path : "", *slash = strrchr(path, '/');
    im.file = source->name ? source->name : slash ? slash + 1 : path;
    im.values = arena_array(arena, struct change_value, reg->field_count * 2 + 1);
    im.now_ms = now_ms;
    im.actor = actor;
    im.seen = seen_position(options->expected);
    f = recall_columns(&im);
    if (!f) f = read_head(&im, out);
    if (f || options->head_only) return f;
    f = look_back(&im);
    if (f) return f;
    struct actor logging = actor_with(actor, "import.record", arena);
    struct change_source changes = {&im, next_change, cell_place, hear_outcome};
    struct batch_result result = {0};
    f = change_batch(rs, &logging, now_ms, &changes, options->dry_run, notes, &result);
    out->rows = result.tried - im.logged;
    out->failed = result.failed;
    out->repeated = result.repeated;
    out->added = im.added;
    out->changed = im.changed;
    out->unchanged = im.unchanged;
    out->late = im.late;
    hex_format(im.effect.bytes, DIGEST_BYTES, out->effect);
    if (result.first_position >= 0) snprintf(out->effect + 2 * DIGEST_BYTES, 22, "-%lld", (long long)result.first_position);
    out->refused = im.refused;
    out->moved = im.moved;
    out->moved_count = im.moved_count;
    out->moved_all = im.moved_all;
    out->first_position = result.first_position;
    out->last_position = result.last_position;
    if (im.fault) return im.fault;
    if (!f && !out->rows) {
        note_add(notes, im.sheet, "表里只有表头，没有数据行");
        return FAULT_INPUT;
    }
    return f;
}
