/* pages_import.c - a table file into a register: tried first, every error with its place and mend, then imported from the very same bytes. */
#include "web/page.h"

#include "base/printer.h"
#include "register/export.h"
#include "register/files.h"
#include "register/import.h"
#include "web/jobs.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    KEPT_MAX = 40 << 20,
    NAME_SHOWN = 200,
    COLUMNS_MAX = 250,
    WRONG_MAX = 20000,
    WRONG_WIDTH = 50,
    DIFFERENT_SHOWN = 50, /* records */
    LARGE_TABLE = 1 << 20,
    ROWS_SHOWN = 100000000, /* more are no table */
    WORK_ARENA = 256 << 20
};

/* One import while its page is made. */
struct attempt {
    const struct reg *reg;
    const char *kept, *name;     /* kept: value of the stored file */
    struct change_value given;   /* that every row gets */
    const char *reason, *effect; /* at a confirmation: what was typed, and what the preview said that the rows do */
    int64_t rows; /* at a confirmation: how many the preview counted; 0: not said. Only what is shown of the progress hangs on it */
    bool update, empty; /* empty: a file without a byte was sent */
    struct text bytes;
    struct digest digest;
    struct import_result result;
    struct import_result refused; /* of a confirmation: what was changed since the preview */
};

static void attempt_release(struct attempt *a) { text_release(&a->bytes); }

/* The register, if the actor may enter records in it from outside. */
static enum fault import_register(struct page *p, const struct reg **out) {
    enum fault f = page_register(p, 0, out);
    if (f) return f;
    if ((*out)->internal) return FAULT_ABSENT;
    return access_may(&p->actor, (*out)->record) ? FAULT_NONE : FAULT_RIGHT;
}

static const struct reg_field *key_field(const struct reg *reg) {
    for (size_t i = 0; i < reg->field_count; i++)
        if (reg->fields[i].flags & KEY) return &reg->fields[i];
    return NULL;
}

/* A file that is made for one answer. */
static const char *scratch_path(struct page *p, const char *what) {
    uint64_t random;
    random_bytes(&random, sizeof random);
    return arena_format(p->arena, "%s/%s.%016llx", p->site->config.files, what, (unsigned long long)random);
}

static void unlink_path(const char **path) {
    if (*path) unlink(*path);
}

/* Answers with a workbook that was made at `path`, which is removed. */
static enum fault send_sheet(struct page *p, const char *path, const char *plain, const char *name) {
    _cleanup_(unlink_path) const char *made = path;
    enum fault f = page_send_file(p, made, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                                  arena_join(p->arena, plain, ".xlsx"), arena_join(p->arena, name, ".xlsx"));
    return f == FAULT_ABSENT ? FAULT_FILE : f;
}

/* ---- what columns there may be ---- */

static const char *choices_text(struct page *p, const struct reg_field *field) {
    _cleanup_(text_release) struct text list;
    text_init(&list, 2000);
    for (size_t i = 0; i < REG_CHOICES && field->choices[i].key; i++)
        text_format(&list, "%s%s", i ? (p->lang == LANG_ZH ? "、" : ", ") : "", lang_tr(p->lang, field->choices[i].label));
    return arena_copy(p->arena, list.at);
}

static void add_form(struct page *p, struct view *v, const struct reg_field *field) {
    const struct reg *to = field->to ? register_named(p->site->config.registers, field->to) : NULL;
    const char *expects = value_type(field->type)->expects;
    if (field->type == REG_INT && field->unit) view_sentence(v, K(form), "整数（{0}），只填数字", lang_tr(p->lang, field->unit));
    else if (expects) view_tr(v, K(form), expects);
    else if (field->type == REG_CHOICE) view_sentence(v, K(form), "其中之一：{0}", choices_text(p, field));
    else if (field->type == REG_SET) view_sentence(v, K(form), "可填几个，用顿号隔开：{0}", choices_text(p, field));
    else if (field->type == REG_TABLE) view_tr(v, K(form), "每行一条，各格用 | 隔开");
    else
        view_sentence(v, K(form),
                      field->type == REG_REFS ? "台账“{0}”中已有的名称或编号，几个之间用顿号隔开" : "台账“{0}”中已有的名称或编号",
                      to ? lang_tr(p->lang, to->label) : field->to);
}

static void add_wanted(struct view_list *list, const char *label, const char *form) {
    struct view *w = view_item(list);
    view_tr(w, K(label), label);
    view_tr(w, K(form), form);
}

static void add_columns_wanted(struct page *p, const struct reg *reg) {
    struct view_list *list = view_list(p->view, K(columns_wanted));
    for (size_t i = 0; i < reg->field_count; i++) {
        const struct reg_field *field = &reg->fields[i];
        if (field->type == REG_FILE || field->compute) continue;
        struct view *w = view_item(list);
        view_tr(w, K(label), field->label);
        view_bool(w, K(required), (field->flags & REQUIRED) != 0);
        add_form(p, w, field);
    }
    if (!reg->date) add_wanted(list, "生效日期", "日期，如 2019-03-01");
    if (reg->move_count) add_wanted(list, "步骤", "给已有的记录办理一步时才用；每行写编号和步骤名称");
    add_wanted(list, "补录原因", "隔了太久才记的行要写；也可以在确认时统一写");
}

/* "FIELD:VALUE" of the address or of the form that goes on from it: a value for every row. None if it names no field that can be typed. */
static struct change_value given_value(struct page *p, const struct reg *reg) {
    const char *given = page_field(p, "given") ? page_field(p, "given") : page_param(p, "given"),
               *colon = given ? strchr(given, ':') : NULL;
    const struct reg_field *field = colon ? reg_field_named(reg, arena_copyn(p->arena, given, (size_t)(colon - given))) : NULL;
    if (!field || field->type == REG_FILE || field->compute || !colon[1]) return (struct change_value){0};
    return (struct change_value){field->key, colon + 1, NULL};
}

static void show_given(struct page *p, struct view *v, const struct reg *reg) {
    const struct change_value given = given_value(p, reg);
    const struct reg_field *field = given.key ? reg_field_named(reg, given.key) : NULL;
    const struct reg *to = field && field->to ? register_named(p->site->config.registers, field->to) : NULL;
    struct record r;
    struct id id;
    if (!field) return;
    const char *name = given.typed;
    bool named = to && access_may(&p->actor, to->read) && id_parse(given.typed, &id) && !page_reader(p) &&
                 !record_read(p->site->config.registers, p->conn, &p->actor, to, &id, NULL, p->arena, &r);
    if (named) name = page_value(p, to, &r, reg_name_field(to)->key);
    view_format(v, K(given), "%s:%s", given.key, given.typed);
    view_sentence(v, K(given_words), "每一行的“{0}”都填：{1}", lang_tr(p->lang, field->label), name);
}

static struct view *import_view(struct page *p, const struct reg *reg) {
    struct view *v = page_view(p, NULL);
    view_sentence(v, K(title), "导入：{0}", lang_tr(p->lang, reg->label));
    view_bool(v, K(nav_registers), true);
    view_format(v, K(register_url), "/r/%s", reg->key);
    view_tr(v, K(register_label), reg->label);
    view_format(v, K(action), "/r/%s/import", reg->key);
    view_format(v, K(confirm_action), "/r/%s/import", reg->key);
    view_format(v, K(sheet_url), "/r/%s/sheet.xlsx", reg->key);
    view_format(v, K(imports_url), "/r/%s/imports", reg->key);
    const struct reg_field *key = key_field(reg);
    if (key) view_tr(v, K(key_label), key->label);
    show_given(p, v, reg);
    add_columns_wanted(p, reg);
    return v;
}

enum fault page_import(struct page *p) {
    const struct reg *reg;
    enum fault f = import_register(p, &reg);
    if (f) return f;
    import_view(p, reg);
    return page_render(p, TEMPLATE_import);
}

/* ---- errors by their cells ---- */

struct problem {
    const struct note *note;
    const char *sheet, *value;
    uint32_t row;
    int column;
};

/* Takes "检查!C7", "C7", "检查!7" or "检查!A1:C1" apart; a place of another kind stays as the sheet's name. */
static struct problem problem_of(struct arena *arena, const struct note *note) {
    struct problem out = {.note = note, .sheet = note->place, .column = SHEET_NO_COLUMN};
    const char *mark = strrchr(note->place, '!'), *at = mark ? mark + 1 : note->place;
    int column = 0, letters = 0;
    for (; *at >= 'A' && *at <= 'Z' && letters < 4; at++, letters++) column = column * 26 + (*at - 'A' + 1);
    if (!isdigit((unsigned char)*at)) return out;
    char *end;
    unsigned long row = strtoul(at, &end, 10);
    if ((*end && *end != ':') || row > UINT32_MAX) return out;
    out.row = (uint32_t)row;
    out.column = letters ? column - 1 : SHEET_NO_COLUMN;
    out.sheet = mark ? arena_copyn(arena, note->place, (size_t)(mark - note->place)) : "";
    return out;
}

/* A text cut at a character's end where it is long. */
static const char *shortened(struct page *p, const char *text) {
    size_t n = strlen(text);
    if (n <= NAME_SHOWN) return arena_copy(p->arena, text);
    n = NAME_SHOWN;
    while (n && ((unsigned char)text[n] & 0xc0) == 0x80) n--;
    return arena_format(p->arena, "%.*s…", (int)n, text);
}

/* Reads the file once more for what stands in the cells that are wrong. */
static void fill_values(struct page *p, const struct attempt *a, struct problem *problems, size_t count) {
    _cleanup_(sheet_close) struct sheet_reader *reader = NULL;
    struct sheet_source source = {.bytes = a->bytes.at, .length = a->bytes.length, .name = a->name};
    struct sheet_row row;
    uint32_t last = 0;
    for (size_t i = 0; i < count; i++)
        if (problems[i].row > last) last = problems[i].row;
    if (!last || sheet_open(&source, NULL, NULL, &reader)) return;
    while (!sheet_next(reader, &row) && row.number && row.number <= last)
        for (size_t i = 0; i < count; i++) {
            struct problem *at = &problems[i];
            if (at->row != row.number || at->column < 0 || (size_t)at->column >= row.count) continue;
            at->value = shortened(p, row.cells[at->column].text);
        }
}

static void column_letters(int column, char out[8]) {
    char turned[8];
    int n = 0;
    for (int c = column + 1; c > 0 && n < 7; c = (c - 1) / 26) turned[n++] = (char)('A' + (c - 1) % 26);
    for (int i = 0; i < n; i++) out[i] = turned[n - 1 - i];
    out[n] = 0;
}

static void add_problems(struct page *p, const struct attempt *a) {
    size_t count = 0;
    struct problem *problems = arena_array(p->arena, struct problem, NOTES_MAX);
    for (const struct note *n = p->notes.first; n && count < NOTES_MAX; n = n->next) problems[count++] = problem_of(p->arena, n);
    fill_values(p, a, problems, count);
    struct view_list *list = view_list(p->view, K(problems));
    for (size_t i = 0; i < count; i++) {
        const struct problem *at = &problems[i];
        struct view *v = view_item(list);
        view_text(v, K(sheet), at->sheet);
        if (at->row) view_int(v, K(row), at->row);
        if (at->column >= 0) {
            char letters[8];
            column_letters(at->column, letters);
            bool named = (size_t)at->column < a->result.column_count && a->result.columns[at->column].head;
            view_format(v, K(column), "%s %s", letters, named ? a->result.columns[at->column].head : "");
        }
        view_text(v, K(value), at->value);
        view_note(v, K(text), at->note);
    }
    if (p->notes.count > count) view_int(p->view, K(problems_more), p->notes.count - (int64_t)count);
    view_int(p->view, K(problems_count), p->notes.count);
}

/* ---- headings that nobody has explained yet ---- */

/* How many characters the longest common piece of two texts has. */
static size_t common_piece(const char *a, const char *b) {
    size_t best = 0;
    for (const char *x = a; *x; x++)
        for (const char *y = b; *y; y++) {
            size_t bytes = 0, characters = 0;
            if (((unsigned char)*x & 0xc0) == 0x80) continue;
            while (x[bytes] && x[bytes] == y[bytes]) characters += ((unsigned char)x[bytes++] & 0xc0) != 0x80;
            if (characters > best) best = characters;
        }
    return best;
}

/* The free field whose label has most in common with the heading, two characters at least; NULL if none has. */
static const struct reg_field *guess_field(const struct attempt *a, const char *head) {
    const struct reg_field *guess = NULL;
    size_t best = 1;
    for (size_t i = 0; i < a->reg->field_count; i++) {
        const struct reg_field *field = &a->reg->fields[i];
        bool taken = field->compute || field->type == REG_FILE;
        for (size_t k = 0; k < a->result.column_count && !taken; k++)
            taken = a->result.columns[k].label && !strcmp(a->result.columns[k].label, field->label);
        size_t common = taken ? 0 : common_piece(head, field->label);
        if (common > best) best = common, guess = field;
    }
    return guess;
}

static void add_unknown_columns(struct page *p, const struct attempt *a) {
    struct view_list *list = view_list(p->view, K(columns_unknown));
    for (size_t i = 0; i < a->result.column_count && i < COLUMNS_MAX; i++) {
        if (!a->result.columns[i].unknown) continue;
        const struct reg_field *guess = guess_field(a, a->result.columns[i].head);
        struct view *v = view_item(list);
        view_text(v, K(head), a->result.columns[i].head);
        view_format(v, K(name), "m-%zu", i);
        struct view_list *options = view_list(v, K(options));
        for (size_t k = 0; k < a->reg->field_count; k++) {
            const struct reg_field *field = &a->reg->fields[k];
            if (field->compute || field->type == REG_FILE) continue;
            struct view *o = view_item(options);
            view_text(o, K(value), field->key);
            view_tr(o, K(label), field->label);
            view_bool(o, K(selected), field == guess);
        }
    }
}

/* Remembers what the form says of each heading; columns are told by their number in the file as tried before. */
static enum fault remember_columns(struct page *p, struct attempt *a) {
    enum fault f = FAULT_NONE;
    for (size_t i = 0; i < a->result.column_count && i < COLUMNS_MAX && !f; i++) {
        const char *field = page_field(p, arena_format(p->arena, "m-%zu", i));
        if (!a->result.columns[i].unknown || !field || !field[0]) continue;
        f = import_remember(p->site->config.registers, &p->actor, p->now_ms, a->reg, a->result.columns[i].head, field, p->arena,
                            &p->notes);
    }
    return f;
}

/* ---- trying and importing ---- */

typedef void (*hear_difference)(void *context, const struct import_difference *difference);

static enum fault run_import(struct page *p, struct attempt *a, const struct import_options *options, struct notes *notes) {
    struct sheet_source source = {.bytes = a->bytes.at, .length = a->bytes.length, .name = a->name};
    struct import_options all = *options;
    all.given = a->given;
    return import_file(p->site->config.registers, &p->actor, p->now_ms, a->reg, &source, &a->digest, &all, p->arena, notes,
                       &a->result);
}

/* Everything but the keeping; late rows are taken as if a reason were given, and counted. */
static enum fault run_dry(struct page *p, struct attempt *a, hear_difference differ, void *context) {
    struct import_options options = {
        .dry_run = true, .update = a->update, .reason = "-", .differ = differ, .differ_context = context};
    return run_import(p, a, &options, &p->notes);
}

/* The differences of the first records, kept until the view is made. */
struct shown {
    struct page *p;
    struct import_difference *first;
    size_t count, room;
    int64_t records;
};

static void keep_difference(void *context, const struct import_difference *d) {
    struct shown *s = context;
    s->records += d->first;
    if (s->records > DIFFERENT_SHOWN || s->count == s->room) return;
    s->first[s->count++] = (struct import_difference){.row = d->row,
                                                      .first = d->first,
                                                      .record = shortened(s->p, d->record),
                                                      .field = arena_copy(s->p->arena, d->field),
                                                      .before = d->before ? shortened(s->p, d->before) : NULL,
                                                      .after = shortened(s->p, d->after)};
}

static void add_differences(struct page *p, const struct attempt *a, const struct shown *s) {
    struct view *v = p->view;
    view_bool(v, K(counted), true);
    view_int(v, K(added), a->result.added);
    view_int(v, K(changed_count), a->result.changed);
    view_int(v, K(unchanged), a->result.unchanged);
    view_format(v, K(changes_action), "/r/%s/import/changes", a->reg->key);
    if (s->records > DIFFERENT_SHOWN) view_int(v, K(changed_more), s->records - DIFFERENT_SHOWN);
    struct view_list *list = view_list(v, K(differences));
    for (size_t i = 0; i < s->count; i++) {
        struct view *d = view_item(list);
        view_int(d, K(row), s->first[i].row);
        view_text(d, K(record), s->first[i].record);
        view_text(d, K(label), s->first[i].field);
        view_text(d, K(before), s->first[i].before ? s->first[i].before : lang_tr(p->lang, "（不公开）"));
        view_text(d, K(after), s->first[i].after);
    }
}

/* Keeps a newly uploaded file; NULL in a->kept if none was sent. */
static enum fault keep_upload(struct page *p, struct attempt *a) {
    const struct http_field *fields;
    size_t count;
    enum fault f = http_form(p->request, &p->notes, &fields, &count);
    if (f) return f;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].name, "file") != 0 || !fields[i].filename) continue;
        a->empty = !fields[i].length && fields[i].filename[0];
        if (!fields[i].length) continue;
        const char *name = fields[i].filename;
        size_t n = strlen(name);
        if (n > NAME_SHOWN) name += n - NAME_SHOWN;
        while (((unsigned char)*name & 0xc0) == 0x80) name++;
        char *value = arena_alloc(p->arena, FILE_VALUE_MAX);
        f = file_store(p->site->config.files, fields[i].bytes, fields[i].length, *name ? name : "table", value);
        a->kept = value;
        return f;
    }
    return FAULT_NONE;
}

/* The file that the form was sent with before: only one that this person sent, else a hash would be all that it takes to read any stored file. */
static enum fault find_kept(struct page *p, struct attempt *a) {
    const char *typed = page_field(p, "kept");
    a->kept = typed ? upload_kept(p, typed) : NULL;
    if (a->kept) return FAULT_NONE;
    note_add(&p->notes, NULL, "刚才上传的文件读不出来，请重新选择文件");
    return FAULT_INPUT;
}

static enum fault load_kept(struct page *p, struct attempt *a) {
    char hash[65];
    if (!file_value_parse(a->kept, hash, &a->name)) return FAULT_INPUT;
    enum fault f = file_load(p->site->config.files, a->kept, KEPT_MAX, &a->bytes);
    if (f) note_add(&p->notes, NULL, "刚才上传的文件读不出来，请重新选择文件");
    else a->digest = digest_of(a->bytes.at, a->bytes.length);
    return f;
}

static void add_columns_found(struct page *p, const struct import_result *result) {
    struct view_list *found = view_list(p->view, K(columns_found)), *ignored = view_list(p->view, K(columns_ignored));
    for (size_t i = 0; i < result->column_count && i < COLUMNS_MAX; i++) {
        const struct import_column *c = &result->columns[i];
        if (!c->head || !c->head[0]) continue;
        if (!c->label) {
            view_item_text(ignored, c->head);
            continue;
        }
        struct view *v = view_item(found);
        view_text(v, K(head), c->head);
        const char *label = lang_tr(p->lang, c->label);
        view_text(v, K(label), strcmp(label, c->head) != 0 ? label : NULL);
    }
}

static void add_reason(struct page *p, const char *typed, bool wrong) {
    static const struct reg_field reason = {
        .key = "reason", .label = "补录原因", .type = REG_TEXT, .help = "这些行的日期离现在较远，要写明为什么现在才记"};
    struct note must = {.place = "reason", .sentence = "必须填写"};
    page_input(p, view_list(p->view, K(confirm_fields)), &reason, "", typed, true, wrong ? &must : NULL);
}

/* Which records somebody changed after they were looked at. */
static void add_moved(struct page *p, const struct import_result *r) {
    struct view_list *list = view_list(p->view, K(moved));
    for (size_t i = 0; i < r->moved_count; i++) {
        struct view *v = view_item(list);
        view_int(v, K(row), r->moved[i].row);
        view_text(v, K(record), r->moved[i].record);
    }
    if (r->moved_all > r->moved_count) view_int(p->view, K(moved_more), (int64_t)(r->moved_all - r->moved_count));
}

static enum fault show_attempt(struct page *p, struct attempt *a, const struct shown *shown, bool good, bool wrong) {
    bool changed = a->effect && strncmp(a->effect, a->result.effect, 2 * DIGEST_BYTES) != 0; /* since it was looked at */
    struct view *v = import_view(p, a->reg);
    view_bool(v, K(tried), true);
    view_bool(v, K(good), good);
    view_text(v, K(file_name), a->name);
    view_text(v, K(encoding), a->result.encoding);
    view_int(v, K(rows_count), good ? a->result.rows : 0); /* unreadable rows are not counted */
    view_text(v, K(kept), upload_proof(p, a->kept));
    view_bool(v, K(update), a->update);
    view_int(v, K(repeated), a->result.repeated);
    view_bool(v, K(changed_since), changed);
    if (changed) add_moved(p, &a->refused);
    if (good) view_copy(v, K(effect), a->result.effect);
    add_columns_found(p, &a->result);
    if (good) add_differences(p, a, shown);
    if (good && a->result.late) add_reason(p, a->reason, wrong && a->effect);
    if (!good) add_problems(p, a);
    if (!good) add_unknown_columns(p, a);
    view_format(v, K(marked_action), "/r/%s/import/marked", a->reg->key);
    if (changed) http_answer_status(p->answer, fault_http_status(FAULT_CONFLICT));
    else if (!good || wrong) http_answer_status(p->answer, fault_http_status(FAULT_INPUT));
    return page_render(p, TEMPLATE_import);
}

/* Tries the whole table once and shows what it would do, and whether a reason for late rows must be asked for. */
static enum fault try_import(struct page *p, struct attempt *a, bool wrong) {
    struct shown shown = {.p = p, .room = DIFFERENT_SHOWN * (a->reg->field_count + 1)};
    shown.first = arena_array(p->arena, struct import_difference, shown.room);
    enum fault f = run_dry(p, a, keep_difference, &shown);
    if (f && f != FAULT_INPUT && f != FAULT_LARGE) return f;
    return show_attempt(p, a, &shown, !f, wrong);
}

/* ---- a large table: imported while its sender does something else ---- */

struct import_work {
    struct registers *registers;
    const struct reg *reg;
    struct arena arena;
    struct actor actor;
    int64_t now_ms;
    struct text bytes;
    struct digest digest;
    const char *name, *reason, *effect;
    struct change_value given;
    int64_t rows;
    bool update;
};

static void work_release(void *context) {
    struct import_work *w = context;
    text_release(&w->bytes);
    arena_release(&w->arena);
    memory_release(&w);
}

static bool tell_job(void *context, int64_t rows) { return job_tell(context, rows); }

static enum fault work_run(void *context, struct job *job, char *outcome, size_t room) {
    struct import_work *w = context;
    struct notes notes;
    struct import_result result;
    notes_init(&notes, &w->arena);
    struct sheet_source source = {.bytes = w->bytes.at, .length = w->bytes.length, .name = w->name};
    struct import_options options = {
        .update = w->update, .reason = w->reason, .expected = w->effect, .tell = tell_job, .tell_context = job, .given = w->given};
    job_total(job, w->rows);
    enum fault f = import_file(w->registers, &w->actor, w->now_ms, w->reg, &source, &w->digest, &options, &w->arena, &notes,
                               &result);
    if (!job_tell(job, result.rows) && f) return f; /* ended on request; the page has words for that */
    if (!f || !notes.first) return f;
    _cleanup_(text_release) struct text why;
    text_init(&why, room - 1);
    text_format(&why, "%s ", notes.first->place ? notes.first->place : "");
    note_fill(&why, lang_tr(w->actor.lang, notes.first->sentence), notes.first->args);
    for (size_t i = 0; i < result.moved_count && result.refused; i++)
        text_format(&why, "%s%s", i ? "、" : lang_tr(w->actor.lang, "："), result.moved[i].record);
    snprintf(outcome, room, "%s", why.at);
    return f;
}

/* 0 for what is no number of rows. */
static int64_t rows_typed(const char *typed) {
    long long rows = typed ? strtoll(typed, NULL, 10) : 0;
    return rows > 0 && rows < ROWS_SHOWN ? rows : 0;
}

/* What it takes to start the import again: lines of the kept file, the effect that was looked at, whether it updates and how many rows it has, and the reason. */
static const char *work_request(struct page *p, const struct attempt *a) {
    const char *key = a->given.key ? a->given.key : "", *typed = a->given.key ? a->given.typed : "";
    return arena_format(p->arena, "%s\n%s\n%d %lld\n%s\t%s\n%s", a->kept, a->effect, a->update, (long long)a->rows, key, typed,
                        a->reason ? a->reason : "");
}

static enum fault start_work(struct page *p, struct attempt *a) {
    struct import_work *w = memory_new(sizeof *w);
    arena_init(&w->arena, WORK_ARENA);
    w->registers = p->site->config.registers;
    w->reg = a->reg;
    w->actor = actor_copy(&p->actor, &w->arena);
    w->now_ms = p->now_ms;
    w->bytes = a->bytes;
    text_init(&a->bytes, 1); /* the work has them now */
    w->digest = a->digest;
    w->name = arena_copy(&w->arena, a->name);
    w->reason = arena_copy(&w->arena, a->reason);
    w->effect = arena_copy(&w->arena, a->effect);
    w->update = a->update;
    w->rows = a->rows;
    if (a->given.key) w->given = (struct change_value){a->given.key, arena_copy(&w->arena, a->given.typed), NULL};
    struct job_order order = {.kind = JOB_IMPORT,
                              .owner = p->actor.person,
                              .register_key = a->reg->key,
                              .name = a->name,
                              .request = work_request(p, a),
                              .work = work_run,
                              .context = w,
                              .release = work_release};
    return page_start_job(p, &order, arena_format(p->arena, "/r/%s/imports", a->reg->key));
}

enum fault import_again(struct page *p, const char *register_key, const char *request) {
    _cleanup_(attempt_release) struct attempt a = {.reg = register_named(p->site->config.registers, register_key)};
    char *rest = arena_copy(p->arena, request), *kept = strsep(&rest, "\n"), *effect = strsep(&rest, "\n"),
         *update = strsep(&rest, "\n"), *typed = strsep(&rest, "\n"), *key = strsep(&typed, "\t");
    if (!a.reg || !access_may(&p->actor, a.reg->read)) return FAULT_ABSENT;
    if (!access_may(&p->actor, a.reg->record)) return FAULT_RIGHT;
    if (!kept || !effect || !update || !typed) return FAULT_INPUT;
    a.kept = kept;
    a.effect = effect;
    a.update = update[0] == '1';
    a.rows = rows_typed(strchr(update, ' '));
    if (key[0] && reg_field_named(a.reg, key)) a.given = (struct change_value){reg_field_named(a.reg, key)->key, typed, NULL};
    a.reason = rest && rest[0] ? rest : NULL;
    enum fault f = load_kept(p, &a);
    return f ? f : start_work(p, &a);
}

/* What the form says of unknown headings is remembered, and the table tried again. */
static enum fault match_columns(struct page *p, struct attempt *a) {
    struct notes unsaid;
    struct import_options options = {.head_only = true, .update = a->update};
    notes_init(&unsaid, p->arena);
    enum fault f = run_import(p, a, &options, &unsaid);
    if (!f || f == FAULT_INPUT) f = remember_columns(p, a);
    return f ? f : try_import(p, a, false);
}

/* Imports what was looked at. Where that is not possible, or would do something else by now, it is shown anew. */
static enum fault confirm_import(struct page *p, struct attempt *a) {
    if (a->bytes.length > LARGE_TABLE) return start_work(p, a);
    struct import_options options = {.update = a->update, .reason = a->reason, .expected = a->effect};
    enum fault f = run_import(p, a, &options, &p->notes);
    const struct reg_field *given = a->given.key ? reg_field_named(a->reg, a->given.key) : NULL;
    bool to_record = given && given->type == REG_REF; /* rows of one record: back to it */
    if (!f)
        return page_go(p,
                       to_record ? arena_format(p->arena, "/r/%s/%s", given->to, a->given.typed)
                                 : arena_format(p->arena, "/r/%s", a->reg->key),
                       "已导入。");
    if (f != FAULT_INPUT) return f;
    a->refused = a->result;
    notes_init(&p->notes, p->arena);
    return try_import(p, a, !a->reason);
}

enum fault page_import_post(struct page *p) {
    _cleanup_(attempt_release) struct attempt a = {0};
    enum fault f = import_register(p, &a.reg);
    if (!f) f = keep_upload(p, &a);
    if (f) return f;
    const char *reason = page_field(p, "reason"), *update = page_field(p, "update"), *before = page_field(p, "kept");
    bool fresh = a.kept != NULL;
    a.update = update && update[0] == '1' && key_field(a.reg);
    a.given = given_value(p, a.reg);
    if (!fresh && before && before[0]) f = find_kept(p, &a);
    if (f) return f;
    if (!a.kept) {
        struct view *v = import_view(p, a.reg);
        view_tr(v, K(fault), a.empty ? "这个文件是空的，请重新选择" : "请先选择文件");
        http_answer_status(p->answer, fault_http_status(FAULT_INPUT));
        return page_render(p, TEMPLATE_import);
    }
    f = load_kept(p, &a);
    if (f) return f;
    if (fresh) return try_import(p, &a, false);
    if (page_field(p, "match")) return match_columns(p, &a);
    a.reason = reason && reason[strspn(reason, " ")] ? reason : NULL;
    a.effect = page_field(p, "effect");
    a.rows = rows_typed(page_field(p, "rows"));
    if (a.effect && a.effect[0]) return confirm_import(p, &a);
    a.effect = NULL; /* nothing was looked at yet */
    return try_import(p, &a, false);
}

/* ---- the same table with its errors marked ---- */

struct marking {
    const struct problem *problems;
    size_t problem_count, columns;
    struct sheet_cell *cells;
    struct sheet_writer *writer;
    uint32_t row; /* the last one written */
};

/* The row as it is in the file, faulty cells filled, and what is wrong in the last column. */
static enum fault put_marked(struct page *p, struct marking *m, const struct sheet_row *row) {
    _cleanup_(text_release) struct text wrong;
    text_init(&wrong, WRONG_MAX);
    for (size_t i = 0; i < m->columns; i++) {
        bool there = i < row->count;
        m->cells[i] = (struct sheet_cell){.text = there ? row->cells[i].text : "",
                                          .kind = there ? row->cells[i].kind : SHEET_EMPTY};
        if (m->cells[i].kind == SHEET_FORMULA || m->cells[i].kind == SHEET_ERROR) m->cells[i].kind = SHEET_TEXT;
    }
    for (size_t i = 0; i < m->problem_count; i++) {
        const struct problem *at = &m->problems[i];
        char letters[SHEET_COLUMN_TEXT];
        if (at->row != row->number) continue;
        if (wrong.length) text_add(&wrong, p->lang == LANG_ZH ? "；" : "; ");
        if (at->column >= 0 && (size_t)at->column < m->columns) {
            m->cells[at->column].marked = true;
            sheet_column_letters((uint32_t)at->column, letters);
            text_format(&wrong, "%s: ", letters);
        }
        note_fill(&wrong, lang_tr(p->lang, at->note->sentence), at->note->args);
    }
    m->cells[m->columns] = (struct sheet_cell){
        .text = wrong.length ? wrong.at : "", .kind = SHEET_TEXT, .marked = wrong.length > 0};
    for (; m->row + 1 < row->number; m->row++) { /* empty rows stay, so that numbers stay */
        enum fault f = sheet_put(m->writer, m->cells, 0);
        if (f) return f;
    }
    m->row = row->number;
    return sheet_put(m->writer, m->cells, m->columns + 1);
}

static enum fault write_marked(struct page *p, const struct attempt *a, const char *path) {
    _cleanup_(sheet_close) struct sheet_reader *reader = NULL;
    _cleanup_(sheet_abandon) struct sheet_writer *writer = NULL;
    struct sheet_source source = {.bytes = a->bytes.at, .length = a->bytes.length, .name = a->name};
    struct sheet_row row;
    struct problem *problems = arena_array(p->arena, struct problem, NOTES_MAX);
    struct marking m = {.problems = problems};
    for (const struct note *n = p->notes.first; n && m.problem_count < NOTES_MAX; n = n->next)
        problems[m.problem_count++] = problem_of(p->arena, n);
    enum fault f = sheet_open(&source, NULL, NULL, &reader);
    if (!f) f = sheet_next(reader, &row);
    if (f || !row.number) return f ? f : FAULT_INPUT;
    m.columns = row.count;
    m.row = row.number;
    m.cells = arena_array(p->arena, struct sheet_cell, m.columns + 1);
    struct sheet_column *columns = arena_array(p->arena, struct sheet_column, m.columns + 1);
    for (size_t i = 0; i < m.columns; i++)
        columns[i] = (struct sheet_column){arena_copy(p->arena, row.cells[i].text), SHEET_TEXT, 0};
    columns[m.columns] = (struct sheet_column){lang_tr(p->lang, "错在哪里"), SHEET_TEXT, WRONG_WIDTH};
    struct sheet_plan plan = {.format = SHEET_XLSX,
                              .sheet = arena_copy(p->arena, sheet_name(reader)),
                              .columns = columns,
                              .column_count = m.columns + 1,
                              .created_ms = p->now_ms};
    f = sheet_create(path, &plan, &p->notes, &writer);
    m.writer = writer;
    while (!f && !(f = sheet_next(reader, &row)) && row.number) f = put_marked(p, &m, &row);
    return f ? f : sheet_finish(&writer);
}

enum fault page_import_marked(struct page *p) {
    _cleanup_(attempt_release) struct attempt a = {0};
    const char *update = page_field(p, "update");
    enum fault f = import_register(p, &a.reg);
    if (!f) f = find_kept(p, &a);
    if (!f) f = load_kept(p, &a);
    if (f) return f;
    a.update = update && update[0] == '1' && key_field(a.reg);
    a.given = given_value(p, a.reg);
    f = run_dry(p, &a, NULL, NULL);
    if (f && f != FAULT_INPUT) return f;
    const char *path = scratch_path(p, "marked");
    f = write_marked(p, &a, path);
    return f ? f : send_sheet(p, path, "marked", lang_tr(p->lang, "标出错误的副本"));
}

/* ---- all that an update would change, as a table ---- */

struct changing {
    struct page *p;
    struct sheet_writer *writer;
    enum fault fault;
};

static void write_difference(void *context, const struct import_difference *d) {
    struct changing *c = context;
    char row[16];
    if (c->fault) return;
    snprintf(row, sizeof row, "%u", d->row);
    const char *texts[] = {row, d->record, d->field, d->before ? d->before : lang_tr(c->p->lang, "（不公开）"), d->after};
    struct sheet_cell cells[COUNT_OF(texts)];
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        cells[i] = (struct sheet_cell){.text = texts[i],
                                       .length = strlen(texts[i]),
                                       .kind = !texts[i][0] ? SHEET_EMPTY
                                             : i            ? SHEET_TEXT
                                                            : SHEET_NUMBER};
    c->fault = sheet_put(c->writer, cells, COUNT_OF(texts));
}

enum fault page_import_changes(struct page *p) {
    _cleanup_(attempt_release) struct attempt a = {0};
    const char *update = page_field(p, "update");
    enum fault f = import_register(p, &a.reg);
    if (!f) f = find_kept(p, &a);
    if (!f) f = load_kept(p, &a);
    if (f) return f;
    a.update = update && update[0] == '1' && key_field(a.reg);
    a.given = given_value(p, a.reg);
    struct sheet_column columns[] = {{lang_tr(p->lang, "行"), SHEET_NUMBER, 0},
                                     {lang_tr(p->lang, "记录"), SHEET_TEXT, 0},
                                     {lang_tr(p->lang, "栏目"), SHEET_TEXT, 0},
                                     {lang_tr(p->lang, "原来的内容"), SHEET_TEXT, WRONG_WIDTH},
                                     {lang_tr(p->lang, "改为"), SHEET_TEXT, WRONG_WIDTH}};
    const char *title = lang_tr(p->lang, "将要更改的内容");
    struct sheet_plan plan = {
        .format = SHEET_XLSX, .sheet = title, .columns = columns, .column_count = COUNT_OF(columns), .created_ms = p->now_ms};
    const char *path = scratch_path(p, "changes");
    _cleanup_(sheet_abandon) struct sheet_writer *writer = NULL;
    f = sheet_create(path, &plan, &p->notes, &writer);
    if (f) return f;
    struct changing changing = {.p = p, .writer = writer};
    f = run_dry(p, &a, write_difference, &changing);
    if (!f) f = changing.fault;
    if (!f) f = sheet_finish(&writer);
    return f ? f : send_sheet(p, path, "changes", title);
}

/* ---- an empty sheet with the right head ---- */

enum fault page_import_sheet(struct page *p) {
    const struct reg *reg;
    enum fault f = import_register(p, &reg);
    if (f) return f;
    struct sheet_column *columns = arena_array(p->arena, struct sheet_column, reg->field_count + 2);
    size_t count = 0;
    for (size_t i = 0; i < reg->field_count; i++) {
        const struct reg_field *field = &reg->fields[i];
        if (field->type == REG_FILE || field->compute) continue;
        columns[count++] = (struct sheet_column){lang_tr(p->lang, field->label), export_kind(field->type), 0};
    }
    if (!reg->date) columns[count++] = (struct sheet_column){lang_tr(p->lang, "生效日期"), SHEET_DATE, 0};
    columns[count++] = (struct sheet_column){lang_tr(p->lang, "补录原因"), SHEET_TEXT, 0};
    const char *label = lang_tr(p->lang, reg->label);
    struct sheet_plan plan = {
        .format = SHEET_XLSX, .sheet = label, .columns = columns, .column_count = count, .created_ms = p->now_ms};
    const char *path = scratch_path(p, "empty");
    _cleanup_(sheet_abandon) struct sheet_writer *writer = NULL;
    f = sheet_create(path, &plan, &p->notes, &writer);
    if (!f) f = sheet_finish(&writer);
    return f ? f : send_sheet(p, path, reg->key, label);
}
