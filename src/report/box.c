/* box.c - reads an inspection box: its items in order, what each says of its evidence, and how much of that there is for this reader. */
#include "report/box.h"

#include "base/printer.h"
#include "document/filetype.h"
#include "register/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 200, ROW_PAGE = 500, WHERE_MAX = 8000, SAID_MAX = 2000, WORDS_ARENA = 4 << 20 };

struct reading {
    const struct box_reader *reader;
    const struct reg *items; /* the register of items */
    struct box *box;
    struct notes *notes;
    size_t room;
};

static const struct value *value_of(const struct reg *reg, const struct record *r, const char *key) {
    return &r->values[reg_field_named(reg, key) - reg->fields];
}

static const char *text_of(struct arena *a, const struct reg *reg, const struct record *r, const char *key) {
    const struct value *v = value_of(reg, r, key);
    return v->kind == VALUE_TEXT ? arena_copy(a, v->text) : "";
}

static const char *name_of(struct arena *a, const struct reg *reg, const struct record *r, const char *key) {
    const char *name = r->names[reg_field_named(reg, key) - reg->fields];
    return name ? arena_copy(a, name) : "";
}

static bool date_of(const struct reg *reg, const struct record *r, const char *key, civil_day *out) {
    const struct value *v = value_of(reg, r, key);
    return v->kind == VALUE_TEXT && civil_parse(v->text, out);
}

/* ---- what an item says of its evidence ---- */

static bool is_called(const char *said, const char *key, const char *label) {
    return !strcmp(said, key) || !strcmp(said, label) || !strcmp(said, lang_tr(LANG_EN, label));
}

/* A register by its key or label. */
static const struct reg *register_called(const struct registers *rs, const char *said) {
    for (size_t i = 0; i < register_count(rs); i++)
        if (is_called(said, register_at(rs, i)->key, register_at(rs, i)->label)) return register_at(rs, i);
    return NULL;
}

/* Full text is asked of the records as they are now, so that the same box could not be assembled again. */
static bool asks_full_text(const char *where) {
    bool quoted = false;
    for (; *where; where++) {
        if (*where == '"') quoted = !quoted;
        if (*where == '\\' && quoted && where[1]) where++;
        else if (!quoted && (*where == '~' || !strncmp(where, "～", 3))) return true;
    }
    return false;
}

/* A date in the condition outside the period of the box: it was written for another one. */
static void tell_other_dates(const struct box *box, struct box_item *item, const char *where) {
    for (const char *at = where; strlen(at) >= CIVIL_TEXT - 1; at++) {
        char text[CIVIL_TEXT] = {0};
        civil_day day;
        memcpy(text, at, CIVIL_TEXT - 1);
        if (!civil_parse(text, &day) || (day >= box->from && day <= box->to)) continue;
        note_add(&item->remarks, NULL, "条件里的日期 {0} 不在本盒的期间内，请核对；写 period.start、period.end 的会随期间变", text);
        return;
    }
}

static void tell_condition(const struct reading *r, struct box_item *item, const struct notes *inner) {
    _cleanup_(text_release) struct text said;
    text_init(&said, SAID_MAX);
    if (inner->first) note_fill(&said, lang_tr(r->reader->actor->lang, inner->first->sentence), inner->first->args);
    note_add(&item->problems, NULL, "条件看不懂：第 {0} 个字，{1}", inner->first && inner->first->place ? inner->first->place : "1",
             said.at ? said.at : "");
}

/* The condition joined with the period, typed. */
static void read_where(struct reading *r, struct box_item *item, const char *where, bool any_time) {
    const struct box *box = r->box;
    const struct box_reader *by = r->reader;
    struct filter_context context = {.actor = by->actor,
                                     .registers = by->registers,
                                     .conn = by->conn,
                                     .has_today = true,
                                     .has_period = true,
                                     .today = civil_at(box->as_of_ms),
                                     .period_start = box->from,
                                     .period_end = box->to};
    struct notes inner;
    struct filter *alone = NULL;
    notes_init(&inner, by->arena);
    if (asks_full_text(where)) note_add(&inner, "1", "资料盒的条件不能用 ~ 全文查找：它查现在的文字，以后组不出同样的卷");
    if (inner.count || filter_parse(item->reg, where, &context, by->arena, &inner, &alone)) {
        tell_condition(r, item, &inner);
        item->reg = NULL;
        return;
    }
    tell_other_dates(box, item, where);
    if (!item->reg->date && !any_time) note_add(&item->remarks, NULL, "台账“{0}”没有记录日期，列出的不限于本期", item->reg->label);
    if (any_time || !item->reg->date) {
        bool some = where[strspn(where, " \n\t")] != 0;
        item->filter = some ? alone : NULL;
        item->asked = some ? where : "";
        return;
    }
    char from[CIVIL_TEXT], to[CIVIL_TEXT];
    civil_format(box->from, from);
    civil_format(box->to, to);
    bool blank = !where[strspn(where, " \n\t")];
    const char *all = arena_format(by->arena, "%s >= %s AND %s <= %s%s%s%s", item->reg->date, from, item->reg->date, to,
                                   blank ? "" : " AND (", blank ? "" : where, blank ? "" : ")");
    item->asked = all;
    if (filter_parse(item->reg, all, &context, by->arena, &inner, &item->filter)) {
        tell_condition(r, item, &inner);
        item->reg = NULL;
    }
}

static void take_column(struct box_item *item, const struct reg_field *field) {
    for (size_t i = 0; i < item->column_count; i++)
        if (item->columns[i] == field) return;
    if (item->column_count < BOX_COLUMNS_MAX) item->columns[item->column_count++] = field;
    else if (item->problems.count < 3) note_add(&item->problems, NULL, "列出的栏目太多，“{0}”起没有列出", field->label);
}

/* Columns as typed, one a line or parted by 、 or commas; without any, those that the register's own list has. */
static void read_columns(struct arena *a, struct box_item *item, const char *typed) {
    static const char *const marks[] = {"、", "，", ","};
    const struct reg *reg = item->reg;
    item->columns = arena_array(a, const struct reg_field *, BOX_COLUMNS_MAX);
    for (size_t i = 0; !typed[strspn(typed, " \n")] && i < reg->field_count; i++)
        if (reg->fields[i].flags & LISTED || &reg->fields[i] == reg_name_field(reg)) take_column(item, &reg->fields[i]);
    char *rest = arena_copy(a, typed);
    for (size_t i = 0; i < COUNT_OF(marks); i++)
        for (char *at; (at = strstr(rest, marks[i]));) memset(at, ' ', strlen(marks[i])), *at = '\n';
    for (char *line; (line = strsep(&rest, "\n"));) {
        line += strspn(line, " ");
        for (size_t n = strlen(line); n && line[n - 1] == ' ';) line[--n] = 0;
        if (!*line) continue;
        const struct reg_field *found = NULL;
        for (size_t i = 0; i < reg->field_count && !found; i++)
            if (is_called(line, reg->fields[i].key, reg->fields[i].label)) found = &reg->fields[i];
        if (found) take_column(item, found);
        else note_add(&item->problems, NULL, "台账“{0}”没有栏目“{1}”，没有列出", reg->label, line);
    }
}

/* What is withheld of a list is said. */
static void tell_withheld(const struct box_reader *by, struct box_item *item) {
    bool all;
    const struct id *units;
    size_t count;
    access_units(by->actor, item->reg->read, by->arena, &all, &units, &count);
    if (!all) {
        note_add(&item->remarks, NULL, "只列入组卷人有权查看的单位的记录");
        item->withheld = true;
    }
    for (size_t i = 0; i < item->column_count; i++) {
        if (!(item->columns[i]->flags & PRIVATE) || !item->reg->private_) continue;
        access_units(by->actor, item->reg->private_, by->arena, &all, &units, &count);
        if (!all) note_add(&item->remarks, NULL, "“{0}”是保密栏目，组卷人无权查看的没有列出", item->columns[i]->label);
    }
}

static void read_list(struct reading *r, struct box_item *item, const struct record *record) {
    struct arena *a = r->reader->arena;
    const char *said = text_of(a, r->items, record, "register"), *span = text_of(a, r->items, record, "span");
    const char *where = text_of(a, r->items, record, "where");
    if (!*said) {
        if (where[strspn(where, " \n")]) note_add(&item->problems, NULL, "写了条件，却没有写取自哪个台账");
        return;
    }
    item->reg = register_called(r->reader->registers, said);
    if (!item->reg) {
        note_add(&item->problems, NULL, "没有台账“{0}”；请填台账的名称或键", said);
    } else if (!access_may(r->reader->actor, item->reg->read)) {
        note_add(&item->remarks, NULL, "组卷人无权查看台账“{0}”，没有列入", item->reg->label);
        item->withheld = true;
        item->reg = NULL;
    }
    if (item->reg) read_where(r, item, where, !strcmp(span, "all"));
    if (!item->reg) return;
    read_columns(a, item, text_of(a, r->items, record, "columns"));
    tell_withheld(r->reader, item);
}

/* ---- records that were chosen ---- */

static void take_record(const struct reading *r, struct box_item *item, const struct reg *reg, const struct id *id) {
    size_t n = item->record_count;
    if (n == BOX_RECORDS_MAX) {
        note_add(&item->problems, NULL, "选定的记录太多，只取前 200 条");
        return;
    }
    if (!(n & (n - 1))) { /* none, or a power of two: full */
        struct box_record *more = arena_array(r->reader->arena, struct box_record, n ? 2 * n : 1);
        if (n) memcpy(more, item->records, n * sizeof *more);
        item->records = more;
    }
    item->records[item->record_count++] = (struct box_record){reg, *id};
}

/* "…/r/KEY/ID", "KEY/ID" or "台账 编号". */
static bool read_record(const struct box_reader *by, char *line, const struct reg **reg, struct id *id) {
    char *address = strstr(line, "/r/");
    if (address) line = address + 3;
    line[strcspn(line, "?#")] = 0;
    char *slash = strchr(line, '/'), *blank = strchr(line, ' ');
    if (slash) {
        *slash = 0;
        slash[1 + strcspn(slash + 1, "/")] = 0;
        *reg = register_called(by->registers, line);
        return *reg && id_parse(slash + 1, id);
    }
    if (!blank) return false;
    *blank = 0;
    *reg = register_called(by->registers, line);
    if (!*reg) return false;
    const struct reg_field named = {.key = "record", .label = "", .type = REG_REF, .to = (*reg)->key};
    struct value v;
    return !value_read(by->registers, by->conn, &named, blank + 1 + strspn(blank + 1, " "), NULL, by->arena, NULL, &v) &&
           v.kind == VALUE_TEXT && id_parse(v.text, id);
}

/* Those that the reader may see stay; of the others no more is told than that they are none for him. */
static enum fault keep_readable(struct reading *r, struct box_item *item) {
    size_t kept = 0;
    for (size_t i = 0; i < item->record_count; i++) {
        struct record found;
        const struct box_record *one = &item->records[i];
        enum fault f = box_record(r->reader, r->box, one, &found);
        if (f == FAULT_ABSENT) {
            note_add(&item->problems, NULL, "选定的一条“{0}”记录找不到，或者组卷人无权查看，没有列入", one->reg->label);
            continue;
        }
        if (f) return f;
        if (found.withdrawn) note_add(&item->problems, NULL, "选定的一条“{0}”记录已经撤回，没有列入", one->reg->label);
        else item->records[kept++] = *one;
    }
    item->record_count = kept;
    return FAULT_NONE;
}

static void read_refs(struct reading *r, struct box_item *item, const struct record *record, const char *key) {
    char *rest = arena_copy(r->reader->arena, text_of(r->reader->arena, r->items, record, key)), *line;
    const struct reg *to = register_named(r->reader->registers, reg_field_named(r->items, key)->to);
    struct id id;
    while ((line = strsep(&rest, "\n")))
        if (to && id_parse(line, &id)) take_record(r, item, to, &id);
}

static enum fault read_records(struct reading *r, struct box_item *item, const struct record *record) {
    struct arena *a = r->reader->arena;
    char *rest = arena_copy(a, text_of(a, r->items, record, "records")), *line;
    while ((line = strsep(&rest, "\n"))) {
        const char *said = arena_copy(a, line);
        const struct reg *reg;
        struct id id;
        line += strspn(line, " ");
        if (!*line) continue;
        if (read_record(r->reader, line, &reg, &id)) take_record(r, item, reg, &id);
        else note_add(&item->problems, NULL, "看不懂或找不到选定的记录“{0}”；请写记录的网址，或 台账 编号", said);
    }
    read_refs(r, item, record, "reports");
    read_refs(r, item, record, "forms");
    return keep_readable(r, item);
}

enum fault box_record(const struct box_reader *by, const struct box *box, const struct box_record *chosen, struct record *out) {
    if (!access_may(by->actor, chosen->reg->read)) return FAULT_ABSENT;
    enum fault f = record_read(by->registers, by->conn, by->actor, chosen->reg, &chosen->id, &box->look, by->arena, out);
    return f == FAULT_RIGHT ? FAULT_ABSENT : f;
}

/* ---- reading the box ---- */

/* 20.0 is said 20. */
static const char *score_text(struct arena *a, const char *shown) {
    size_t n = strlen(shown);
    return arena_copyn(a, shown, n > 2 && !strcmp(shown + n - 2, ".0") ? n - 2 : n);
}

static enum fault read_item(void *context, const struct record *record) {
    struct reading *r = context;
    struct box *box = r->box;
    struct arena *a = r->reader->arena;
    if (box->count == BOX_ITEMS_MAX) {
        note_add(r->notes, NULL, "一个资料盒最多 10000 条指标；请分成几盒");
        return FAULT_LARGE;
    }
    if (box->count == r->room) {
        r->room = r->room ? 2 * r->room : 64;
        struct box_item *more = arena_array(a, struct box_item, r->room);
        if (box->count) memcpy(more, box->items, box->count * sizeof *more);
        box->items = more;
    }
    struct box_item *item = &box->items[box->count++];
    const struct value *minimum = value_of(r->items, record, "minimum"), *score = value_of(r->items, record, "score");
    *item = (struct box_item){
        .id = record->id, .made = record->made, .minimum = minimum->kind == VALUE_INT ? minimum->integer : -1};
    item->number = text_of(a, r->items, record, "number");
    item->title = text_of(a, r->items, record, "title");
    item->requirement = text_of(a, r->items, record, "requirement");
    item->score = score->kind == VALUE_NONE ? "" : score_text(a, value_show(reg_field_named(r->items, "score"), score, LANG_ZH, a));
    item->office = name_of(a, r->items, record, "office");
    item->person = name_of(a, r->items, record, "person");
    if (!id_parse(text_of(a, r->items, record, "office"), &item->office_id)) item->office_id = (struct id){0};
    if (!id_parse(text_of(a, r->items, record, "person"), &item->person_id)) item->person_id = (struct id){0};
    item->files = text_of(a, r->items, record, "files");
    item->order = box_number_read(item->number);
    notes_init(&item->problems, a);
    notes_init(&item->remarks, a);
    read_list(r, item, record);
    return arena_over(a) ? FAULT_LARGE : read_records(r, item, record);
}

static int by_number(const void *x, const void *y) {
    const struct box_item *a = x, *b = y;
    int order = box_number_order(&a->order, &b->order);
    return order ? order : (a->made > b->made) - (a->made < b->made);
}

/* Levels, and what is odd about numbers. */
static void arrange(struct box *box) {
    if (box->count) qsort(box->items, box->count, sizeof *box->items, by_number);
    for (size_t i = 0; i < box->count; i++) {
        struct box_item *item = &box->items[i];
        item->level = item->order.count ? (unsigned)item->order.count - 1 : 1;
        item->has_below = i + 1 < box->count && box_number_below(&box->items[i + 1].order, &item->order);
        if (!item->order.count)
            note_add(&item->problems, NULL, item->number[0] ? "编号“{0}”看不懂，排在最后" : "没有编号，排在最后", item->number);
        else if (i && !box_number_order(&item->order, &item[-1].order))
            note_add(&item->problems, NULL, "编号“{0}”与上一条重复", item->number);
    }
}

bool box_is_gone(const struct box *box, const char *hash) {
    for (const struct box_gone *g = box->gone; g; g = g->next)
        if (!strcmp(g->hash, hash)) return true;
    return false;
}

struct one_file {
    const struct box_reader *reader;
    struct box *box;
    struct box_item *item;
    size_t there;
};

static enum fault try_file(void *context, const struct box_file *file) {
    struct one_file *o = context;
    char path[FILE_PATH_MAX];
    enum fault f = o->reader->hold                           ? file_hold(o->reader->files, file->value, path)
                 : file_there(o->reader->files, file->value) ? FAULT_NONE
                                                             : FAULT_ABSENT;
    if (f == FAULT_TAMPERED) note_add(&o->item->problems, NULL, "文件“{0}”的内容与登记的不符，没有装盒", file->name);
    else if (f) note_add(&o->item->problems, NULL, "文件“{0}”不在盘上或读不出来，没有装盒", file->name);
    else if (!file->of[0]) o->there++;
    if (!f || box_is_gone(o->box, file->hash)) return FAULT_NONE;
    struct box_gone *gone = arena_new(o->reader->arena, struct box_gone);
    memcpy(gone->hash, file->hash, sizeof gone->hash);
    gone->next = o->box->gone;
    o->box->gone = gone;
    return FAULT_NONE;
}

static enum fault count_item(struct reading *r, struct box_item *item) {
    const struct box_reader *by = r->reader;
    struct list_query q = {.reg = item->reg, .filter = item->filter, .look = r->box->look};
    struct one_file files = {by, r->box, item, 0};
    enum fault f = item->reg ? record_count(by->registers, by->conn, by->actor, &q, 0, &item->listed) : FAULT_NONE;
    if (f == FAULT_BUSY || f == FAULT_RIGHT) {
        note_add(f == FAULT_BUSY ? &item->problems : &item->remarks, NULL,
                 f == FAULT_BUSY ? "记录太多，数不过来；请收窄条件" : "组卷人无权查看台账“{0}”，没有列入", item->reg->label);
        item->withheld |= f == FAULT_RIGHT;
        item->reg = NULL;
        f = FAULT_NONE;
    }
    if (!f) f = box_files(by, r->box, item, try_file, &files);
    if (f) return f;
    item->count = item->listed + (int64_t)item->record_count + (int64_t)files.there;
    int64_t least = item->minimum >= 0 ? item->minimum : item->has_below ? 0 : 1;
    if (item->count >= least) item->state = item->count || least ? BOX_GOOD : BOX_HEADING;
    else item->state = item->withheld ? BOX_WITHHELD : item->count ? BOX_FEW : BOX_EMPTY;
    r->box->lacking += item->state == BOX_EMPTY || item->state == BOX_FEW;
    return FAULT_NONE;
}

static enum fault read_items(struct reading *r) {
    const struct box_reader *by = r->reader;
    char id[ID_TEXT], next[CURSOR_TEXT] = "", before[CURSOR_TEXT], cursor[CURSOR_TEXT];
    struct filter *filter;
    id_format(&r->box->id, id);
    enum fault f = filter_parse(r->items, arena_format(by->arena, "box = \"%s\"", id), NULL, by->arena, r->notes, &filter);
    do {
        if (f) return f;
        memcpy(cursor, next, sizeof cursor);
        struct list_query q = {
            .reg = r->items, .filter = filter, .sort = "entered", .limit = PAGE, .cursor = cursor, .look = r->box->look};
        f = record_list(by->registers, by->conn, by->actor, &q, read_item, r, next, before);
    } while (!f && next[0]);
    if (f) return f;
    arrange(r->box);
    for (size_t i = 0; !f && i < r->box->count; i++) f = arena_over(by->arena) ? FAULT_LARGE : count_item(r, &r->box->items[i]);
    return f;
}

/* Of now the newest rows are read; of a position, what was known then. */
static enum fault look_at(const struct box_reader *by, int64_t position, struct notes *notes, struct box *box) {
    int64_t size;
    struct entry_row last;
    enum fault f = journal_size(by->conn, TENANT, &size);
    if (f) return f;
    if (position > size || position == 0) {
        note_add(notes, "known_at", "日志现在有 {0} 条，应为 1 到这个数", arena_int(by->arena, size));
        return FAULT_INPUT;
    }
    box->position = position < 0 ? size : position;
    box->look = (struct look){.has_known_at = position >= 0, .known_at = box->position - 1};
    f = journal_entry_read(by->conn, TENANT, box->position - 1, by->arena, &last);
    if (!f) box->as_of_ms = last.entry.entered_ms;
    return f;
}

enum fault box_read(const struct box_reader *by, const struct id *id, int64_t position, struct notes *notes, struct box *out) {
    const struct reg *reg = register_named(by->registers, "inspection_box");
    struct box box = {.id = *id};
    struct reading r = {.reader = by, .items = register_named(by->registers, "inspection_item"), .box = &box, .notes = notes};
    struct record record;
    if (!reg || !r.items || !access_may(by->actor, reg->read)) return FAULT_ABSENT;
    enum fault f = look_at(by, position, notes, &box);
    if (!f) f = record_read(by->registers, by->conn, by->actor, reg, id, &box.look, by->arena, &record);
    if (f == FAULT_RIGHT) f = FAULT_ABSENT;
    if (f) return f;
    const struct value *cases = value_of(reg, &record, "cases");
    box.unit = record.unit;
    box.name = text_of(by->arena, reg, &record, "name");
    box.inspector = text_of(by->arena, reg, &record, "inspector");
    box.paper = text_of(by->arena, reg, &record, "paper");
    box.note = text_of(by->arena, reg, &record, "note");
    box.office = name_of(by->arena, reg, &record, "office");
    box.person = name_of(by->arena, reg, &record, "person");
    box.state = record.state;
    box.cases = cases->kind == VALUE_INT ? cases->integer : 1;
    if (!date_of(reg, &record, "from", &box.from) || !date_of(reg, &record, "to", &box.to)) return FAULT_TAMPERED;
    box.has_due = date_of(reg, &record, "due", &box.due);
    f = read_items(&r);
    if (!f) *out = box;
    return f;
}

/* ---- evidence ---- */

enum fault box_rows(const struct box_reader *by, const struct box *box, const struct box_item *item, record_visit each,
                    void *context) {
    char next[CURSOR_TEXT] = "", before[CURSOR_TEXT], cursor[CURSOR_TEXT];
    enum fault f = FAULT_NONE;
    if (!item->reg) return FAULT_NONE;
    do {
        memcpy(cursor, next, sizeof cursor);
        struct list_query q = {.reg = item->reg,
                               .filter = item->filter,
                               .sort = item->reg->date ? item->reg->date : "entered",
                               .limit = ROW_PAGE,
                               .cursor = cursor,
                               .look = box->look};
        f = record_list(by->registers, by->conn, by->actor, &q, each, context, next, before);
    } while (!f && next[0]);
    return f;
}

bool box_shows(const struct reg *reg, const struct reg_field *field) {
    bool report = !strcmp(reg->key, "report") && (!strcmp(field->key, "pdf") || !strcmp(field->key, "docx"));
    return !reg->internal || field->flags & (LISTED | NAME) || report;
}

const char *box_words(const struct record *r, const struct reg_field *field, size_t at, enum lang lang, struct arena *arena) {
    if (r->names[at]) return r->names[at];
    if (field->type != REG_FILE || r->values[at].kind != VALUE_TEXT) return value_show(field, &r->values[at], lang, arena);
    _cleanup_(text_release) struct text names;
    text_init(&names, 1 << 16);
    size_t count;
    const char *const *files = file_values(arena, r->values[at].text, &count);
    for (size_t i = 0; i < count; i++) {
        char hash[65];
        const char *name;
        if (file_value_parse(files[i], hash, &name)) text_format(&names, "%s%s", names.length ? "、" : "", name);
    }
    return arena_copy(arena, names.at ? names.at : "");
}

struct walk {
    const struct box_item *item;
    box_file_visit each;
    void *context;
};

static enum fault visit_files(const struct walk *w, struct arena *arena, const char *value, const char *of) {
    size_t count;
    const char *const *files = file_values(arena, value, &count);
    for (size_t i = 0; i < count; i++) {
        char hash[65];
        struct box_file file = {.value = files[i], .hash = hash, .of = of};
        if (!file_value_parse(files[i], hash, &file.name)) continue;
        enum fault f = w->each(w->context, &file);
        if (f) return f;
    }
    return FAULT_NONE;
}

static enum fault visit_record(const struct walk *w, const struct reg *reg, const struct record *r, const struct reg_field *field) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, WORDS_ARENA);
    size_t at = (size_t)(field - reg->fields), name = (size_t)(reg_name_field(reg) - reg->fields);
    if (field->type != REG_FILE || r->values[at].kind != VALUE_TEXT) return FAULT_NONE;
    return visit_files(w, &arena, r->values[at].text, value_show(&reg->fields[name], &r->values[name], LANG_ZH, &arena));
}

static enum fault visit_row(void *context, const struct record *r) {
    const struct walk *w = context;
    enum fault f = FAULT_NONE;
    for (size_t i = 0; !f && i < w->item->column_count; i++) f = visit_record(w, w->item->reg, r, w->item->columns[i]);
    return f;
}

enum fault box_files(const struct box_reader *by, const struct box *box, const struct box_item *item, box_file_visit each,
                     void *context) {
    struct walk w = {item, each, context};
    bool in_rows = false;
    for (size_t i = 0; i < item->column_count; i++) in_rows |= item->columns[i]->type == REG_FILE;
    enum fault f = in_rows && by->hold ? box_rows(by, box, item, visit_row, &w)
                                       : FAULT_NONE; /* a page does not walk long lists for it */
    for (size_t i = 0; !f && i < item->record_count; i++) {
        const struct reg *reg = item->records[i].reg;
        struct record r;
        f = box_record(by, box, &item->records[i], &r);
        for (size_t k = 0; !f && k < reg->field_count; k++)
            if (box_shows(reg, &reg->fields[k])) f = visit_record(&w, reg, &r, &reg->fields[k]);
    }
    if (f) return f;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, WORDS_ARENA);
    return visit_files(&w, &arena, item->files, "");
}
