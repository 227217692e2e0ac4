/* box_pack.c - the box as a ZIP that can be checked: a folder an item, lists, records and originals, contents, hashes and the journal's checkpoint; and the book beside it. */
#include "report/box_inside.h"

#include "base/printer.h"
#include "document/sheet.h"
#include "document/zipfile.h"
#include "register/export.h"
#include "register/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_ROOM = 4400,
    ITEM_ARENA = 64 << 20,
    ROW_ARENA = 8 << 20,
    NAME_ROOM = 1200,
    COLUMNS = BOX_COLUMNS_MAX + 2,
    CODE_BYTES = 6,
    MANIFEST_MAX = 64 << 20,
    ITEM_PDFS_MAX =
        500 /* items: each PDF brings its own fonts; a box of more items has its lists in the book, and as tables in the ZIP */
};

struct packing {
    const struct box_order *order;
    struct box_print *print;
    struct zipfile *zip;
    FILE *sums; /* manifest.txt: hash and name of everything else */
    char sums_path[PATH_ROOM];
    unsigned made;       /* files made on the way */
    const char *folder;  /* of the item at hand, in the ZIP */
    struct arena *arena; /* of the item at hand */
    unsigned attached;
    struct notes *notes;
};

static const char *tr(const struct packing *w, const char *sentence) { return lang_tr(w->print->lang, sentence); }

/* ---- files into the ZIP ---- */

static const char *scratch(struct packing *w, struct arena *arena, const char *ending) {
    return arena_format(arena, "%s/%06u.%s", w->order->folder, ++w->made, ending);
}

static enum fault add_hashed(struct packing *w, const char *name, const char *from, const char *hash, bool packed) {
    if (fprintf(w->sums, "%s  %s\n", hash, name) < 0) return FAULT_FILE;
    return zipfile_add(w->zip, name, from, packed);
}

static enum fault add_made(struct packing *w, const char *name, const char *from, bool packed) {
    struct digest digest;
    uint64_t size;
    char hash[65];
    enum fault f = file_digest(from, &digest, &size);
    if (f) return f;
    hex_format(digest.bytes, DIGEST_BYTES, hash);
    return add_hashed(w, name, from, hash, packed);
}

/* ---- lists and records as tables ---- */

struct table {
    struct packing *pack;
    const struct box_item *item;
    struct sheet_writer *writer;
    int64_t rows;
};

static struct sheet_cell cell_of(const char *text, enum sheet_kind kind) {
    return (struct sheet_cell){.text = text, .length = strlen(text), .kind = text[0] ? kind : SHEET_EMPTY};
}

static enum fault put_row(void *context, const struct record *r) {
    struct table *t = context;
    const struct box_item *item = t->item;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, ROW_ARENA);
    struct sheet_cell cells[COLUMNS] = {cell_of(arena_int(&arena, ++t->rows), SHEET_NUMBER)};
    size_t n = 1;
    for (size_t i = 0; i < item->column_count; i++)
        cells[n++] = cell_of(
            box_words(r, item->columns[i], (size_t)(item->columns[i] - item->reg->fields), t->pack->print->lang, &arena),
            export_kind(item->columns[i]->type));
    const struct reg_state *state = r->state ? reg_state_named(item->reg, r->state) : NULL;
    if (item->reg->state_count) cells[n++] = cell_of(state ? tr(t->pack, state->label) : "", SHEET_TEXT);
    return sheet_put(t->writer, cells, n);
}

static enum fault write_list(struct packing *w, const struct box_item *item, const char *path) {
    struct sheet_column columns[COLUMNS] = {{tr(w, "序号"), SHEET_NUMBER, 0}};
    size_t n = 1;
    for (size_t i = 0; i < item->column_count; i++)
        columns[n++] = (struct sheet_column){tr(w, item->columns[i]->label), export_kind(item->columns[i]->type), 0};
    if (item->reg->state_count) columns[n++] = (struct sheet_column){tr(w, "状态"), SHEET_TEXT, 0};
    struct sheet_plan plan = {.format = SHEET_XLSX,
                              .sheet = tr(w, item->reg->label),
                              .title = item->title,
                              .columns = columns,
                              .column_count = n,
                              .created_ms = w->print->box->as_of_ms};
    _cleanup_(sheet_abandon) struct sheet_writer *writer = NULL;
    enum fault f = sheet_create(path, &plan, w->notes, &writer);
    struct table t = {w, item, writer, 0};
    if (!f) f = box_rows(&w->print->reader, w->print->box, item, put_row, &t);
    return f ? f : sheet_finish(&writer);
}

static enum fault put_record(struct packing *w, struct sheet_writer *writer, const struct box_record *chosen, int64_t number) {
    struct record r;
    const struct reg *reg = chosen->reg;
    enum fault f = box_record(&w->print->reader, w->print->box, chosen, &r);
    for (size_t i = 0; !f && i < reg->field_count; i++) {
        if (!box_shows(reg, &reg->fields[i]) || r.values[i].kind == VALUE_NONE) continue;
        const char *words = box_words(&r, &reg->fields[i], i, w->print->lang, w->arena);
        struct sheet_cell cells[] = {cell_of(arena_int(w->arena, number), SHEET_NUMBER), cell_of(tr(w, reg->label), SHEET_TEXT),
                                     cell_of(tr(w, reg->fields[i].label), SHEET_TEXT), cell_of(words, SHEET_TEXT)};
        f = sheet_put(writer, cells, COUNT_OF(cells));
    }
    return f;
}

static enum fault write_records(struct packing *w, const struct box_item *item, const char *path) {
    struct sheet_column columns[] = {{tr(w, "序号"), SHEET_NUMBER, 0},
                                     {tr(w, "台账"), SHEET_TEXT, 0},
                                     {tr(w, "栏目"), SHEET_TEXT, 0},
                                     {tr(w, "内容"), SHEET_TEXT, 60}};
    struct sheet_plan plan = {.format = SHEET_XLSX,
                              .sheet = tr(w, "选定的记录"),
                              .title = item->title,
                              .columns = columns,
                              .column_count = COUNT_OF(columns),
                              .created_ms = w->print->box->as_of_ms};
    _cleanup_(sheet_abandon) struct sheet_writer *writer = NULL;
    enum fault f = sheet_create(path, &plan, w->notes, &writer);
    for (size_t i = 0; !f && i < item->record_count; i++) f = put_record(w, writer, &item->records[i], (int64_t)i + 1);
    return f ? f : sheet_finish(&writer);
}

/* ---- an item ---- */

static enum fault add_file(void *context, const struct box_file *file) {
    struct packing *w = context;
    char path[FILE_PATH_MAX];
    w->attached++;
    if (box_is_gone(w->print->box, file->hash)) return FAULT_NONE;
    enum fault f = file_hold(w->order->files, file->value, path);
    if (f) return f; /* it was there when the box was read */
    const char *name = arena_format(w->arena, "%s/%s/%03u %s", w->folder, tr(w, "附件"), w->attached,
                                    box_file_name(w->arena, file->name));
    f = add_hashed(w, name, path, file->hash, true);
    return f ? f : box_print_step(w->print, 0);
}

static enum fault add_sheet(struct packing *w, const struct box_item *item, const char *name,
                            enum fault (*write)(struct packing *w, const struct box_item *item, const char *path)) {
    const char *path = scratch(w, w->arena, "xlsx");
    enum fault f = write(w, item, path);
    return f ? f : add_made(w, arena_format(w->arena, "%s/%s", w->folder, name), path, true);
}

/* Folders are numbered in the order of the contents, since no system sorts 1.10 behind 1.9 or 二 behind 一. */
static const char *folder_of(const struct packing *w, struct arena *arena, size_t at) {
    return arena_format(arena, "%04zu %s", at + 1, box_file_name(arena, box_item_name(&w->print->box->items[at], arena)));
}

static enum fault add_item(struct packing *w, size_t at) {
    struct box_print *p = w->print;
    const struct box_item *item = &p->box->items[at];
    struct arena *before = p->reader.arena;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, ITEM_ARENA);
    w->arena = p->reader.arena = &arena;
    w->folder = folder_of(w, &arena, at);
    w->attached = 0;
    enum fault f = box_print_fresh(p);
    if (!f && item->reg && item->listed) f = add_sheet(w, item, tr(w, "清单.xlsx"), write_list);
    if (!f && item->record_count) f = add_sheet(w, item, tr(w, "选定的记录.xlsx"), write_records);
    if (!f && (item->listed || item->record_count) && p->box->count <= ITEM_PDFS_MAX) {
        const char *path = scratch(w, &arena, "pdf");
        f = box_write_item(p, at, path);
        if (!f) f = add_made(w, arena_format(&arena, "%s/%s", w->folder, tr(w, "清单.pdf")), path, true);
    }
    if (!f) f = box_files(&p->reader, p->box, item, add_file, w);
    p->reader.arena = before;
    return f ? f : box_print_step(p, 1);
}

/* ---- the whole ---- */

static const char *state_words(const struct packing *w, enum box_state state) {
    static const char *const words[BOX_STATES] = {
        [BOX_HEADING] = "", [BOX_EMPTY] = "缺", [BOX_FEW] = "不够", [BOX_GOOD] = "齐", [BOX_WITHHELD] = "无权查看"};
    return words[state][0] ? tr(w, words[state]) : "";
}

static const char *said_notes(const struct packing *w, struct arena *arena, const struct box_item *item) {
    const struct notes *both[] = {&item->problems, &item->remarks};
    const char *all = "";
    for (size_t i = 0; i < COUNT_OF(both); i++)
        for (const struct note *n = both[i]->first; n; n = n->next)
            all = arena_format(arena, "%s%s%s", all, *all ? "；" : "",
                               box_said(w->print, arena, n->sentence, n->args[0], n->args[1], n->args[2]));
    return all;
}

static enum fault write_contents(struct packing *w, const char *path) {
    const char *const heads[] = {"编号",     "指标名称", "考核要求", "分值",   "责任单位", "责任人",
                                 "材料件数", "是否齐备", "页码",     "文件夹", "说明"};
    static const enum sheet_kind kinds[] = {SHEET_TEXT,   SHEET_TEXT, SHEET_TEXT,   SHEET_NUMBER, SHEET_TEXT, SHEET_TEXT,
                                            SHEET_NUMBER, SHEET_TEXT, SHEET_NUMBER, SHEET_TEXT,   SHEET_TEXT};
    struct sheet_column columns[COUNT_OF(heads)];
    for (size_t i = 0; i < COUNT_OF(heads); i++)
        columns[i] = (struct sheet_column){tr(w, heads[i]), kinds[i], i == 1 || i == 2 ? 40 : 0};
    const struct box *box = w->print->box;
    struct sheet_plan plan = {.format = SHEET_XLSX,
                              .sheet = tr(w, "目录"),
                              .title = box->name,
                              .author = w->order->institution,
                              .columns = columns,
                              .column_count = COUNT_OF(columns),
                              .created_ms = box->as_of_ms};
    _cleanup_(sheet_abandon) struct sheet_writer *writer = NULL;
    enum fault f = sheet_create(path, &plan, w->notes, &writer);
    for (size_t i = 0; !f && i < box->count; i++) {
        const struct box_item *item = &box->items[i];
        _cleanup_(arena_release) struct arena arena;
        arena_init(&arena, ROW_ARENA);
        bool there = item->count > 0;
        const char *texts[] = {item->number,
                               item->title,
                               item->requirement,
                               item->score,
                               item->office,
                               item->person,
                               arena_int(&arena, item->count),
                               state_words(w, item->state),
                               arena_int(&arena, w->print->pages[i]),
                               there ? folder_of(w, &arena, i) : "",
                               said_notes(w, &arena, item)};
        struct sheet_cell cells[COUNT_OF(texts)];
        for (size_t k = 0; k < COUNT_OF(texts); k++) cells[k] = cell_of(texts[k], kinds[k]);
        f = sheet_put(writer, cells, COUNT_OF(cells));
    }
    return f ? f : sheet_finish(&writer);
}

static void digest_text(struct text *out, const struct digest *d) {
    text_addc(out, '"');
    hex_text(out, d->bytes, DIGEST_BYTES);
    text_addc(out, '"');
}

static void string_member(struct text *out, const char *key, const char *value) {
    text_format(out, ",\n\"%s\":", key);
    json_text(out, value);
}

/* The journal at the box's position, under its latest signed head, so that whoever holds another head can compare. */
static enum fault checkpoint_text(struct packing *w, struct text *out) {
    char note[CHECKPOINT_NOTE_MAX], key[2 * KEY_NAME_ROOM];
    int64_t size;
    struct digest root;
    struct proof proof;
    struct box_print *p = w->print;
    enum fault f = box_print_fresh(p);
    if (!f) f = journal_head_latest(p->conn, TENANT, note, &size);
    if (!f) f = journal_root(p->conn, TENANT, p->box->position, &root);
    if (!f) f = journal_prove_consistency(p->conn, TENANT, p->box->position, size, &proof);
    if (f) return f;
    struct verifier_key own = verifier_key_of(journal_key(registers_journal(w->order->registers)), TENANT);
    verifier_key_format(&own, key);
    string_member(out, "key", key);
    string_member(out, "checkpoint", note);
    text_format(out, ",\n\"at\":{\"size\":%lld,\"root\":", (long long)p->box->position);
    digest_text(out, &root);
    text_add(out, ",\"consistency\":[");
    for (int i = 0; i < proof.length; i++) {
        if (i) text_addc(out, ',');
        digest_text(out, &proof.path[i]);
    }
    text_add(out, "]}");
    return FAULT_NONE;
}

static void items_text(struct packing *w, struct text *out) {
    static const char *const states[BOX_STATES] = {"heading", "empty", "few", "good", "withheld"};
    const struct box *box = w->print->box;
    text_add(out, ",\n\"items\":[");
    for (size_t i = 0; i < box->count; i++) {
        const struct box_item *item = &box->items[i];
        _cleanup_(arena_release) struct arena arena;
        arena_init(&arena, ROW_ARENA);
        text_add(out, i ? ",\n{\"number\":" : "\n{\"number\":");
        json_text(out, item->number);
        text_add(out, ",\"title\":");
        json_text(out, item->title);
        text_format(out, ",\"count\":%lld,\"state\":\"%s\",\"page\":%u", (long long)item->count, states[item->state],
                    w->print->pages[i]);
        if (item->count) text_add(out, ",\"folder\":"), json_text(out, folder_of(w, &arena, i));
        text_add(out, ",\"notes\":");
        json_text(out, said_notes(w, &arena, item));
        text_addc(out, '}');
    }
    text_add(out, "\n]");
}

static enum fault write_text(const char *path, const struct text *text) {
    FILE *file = fopen(path, "we");
    if (!file) return FAULT_FILE;
    bool bad = fwrite(text->at, 1, text->length, file) != text->length;
    return fclose(file) || bad ? FAULT_FILE : FAULT_NONE;
}

/* manifest.txt is what sha256sum -c takes; manifest.json says what the box is and holds the hash of manifest.txt. */
static enum fault add_manifest(struct packing *w, struct arena *arena, struct box_made *made) {
    struct digest digest;
    uint64_t size;
    char id[ID_TEXT];
    const struct box *box = w->print->box;
    bool bad = fclose(w->sums) != 0;
    w->sums = NULL;
    enum fault f = bad ? FAULT_FILE : file_digest(w->sums_path, &digest, &size);
    if (f) return f;
    hex_format(digest.bytes, DIGEST_BYTES, made->manifest_hash);
    _cleanup_(text_release) struct text out;
    text_init(&out, MANIFEST_MAX);
    id_format(&box->id, id);
    text_format(&out, "{\"format\":\"taizhang-box-1\",\n\"box\":\"%s\"", id);
    string_member(&out, "name", box->name);
    string_member(&out, "institution", w->order->institution);
    string_member(&out, "assembled_by", w->order->actor->name);
    string_member(&out, "manifest_sha256", made->manifest_hash);
    f = checkpoint_text(w, &out);
    if (f) return f;
    items_text(w, &out);
    text_add(&out, "}\n");
    const char *path = scratch(w, arena, "json");
    if (out.over) return FAULT_LARGE;
    f = write_text(path, &out);
    if (!f) f = zipfile_add(w->zip, "manifest.txt", w->sums_path, false);
    return f ? f : zipfile_add(w->zip, "manifest.json", path, false);
}

static bool hear_zip(void *context, double done) {
    struct packing *w = context;
    (void)done;
    return !box_print_step(w->print, 0);
}

static enum fault pack_all(struct packing *w, struct arena *arena, struct box_made *made) {
    const char *contents = scratch(w, arena, "xlsx"), *cover = scratch(w, arena, "pdf");
    snprintf(w->sums_path, sizeof w->sums_path, "%s/manifest.txt", w->order->folder);
    w->sums = fopen(w->sums_path, "we");
    enum fault f = w->sums ? zipfile_begin(w->order->zip, w->print->box->as_of_ms, &w->zip) : FAULT_FILE;
    if (!f) f = box_write_contents(w->print, cover);
    if (!f) f = add_made(w, tr(w, "目录.pdf"), cover, true);
    if (!f) f = write_contents(w, contents);
    if (!f) f = add_made(w, "contents.xlsx", contents, true);
    for (size_t i = 0; !f && i < w->print->box->count; i++) f = add_item(w, i);
    if (!f) f = add_manifest(w, arena, made);
    return f ? f : zipfile_finish(&w->zip, hear_zip, w);
}

static void packing_release(struct packing *w) {
    if (w->sums) fclose(w->sums);
    zipfile_abandon(&w->zip);
}

static enum fault hash_of(const char *path, char out[65]) {
    struct digest digest;
    uint64_t size;
    enum fault f = file_digest(path, &digest, &size);
    if (!f) hex_format(digest.bytes, DIGEST_BYTES, out);
    return f;
}

static enum fault code_of(struct box_print *p, struct box_made *made) {
    struct digest root;
    char hex[2 * CODE_BYTES + 1];
    enum fault f = journal_root(p->conn, TENANT, p->box->position, &root);
    if (f) return f;
    hex_format(root.bytes, CODE_BYTES, hex);
    snprintf(made->code, sizeof made->code, "%lld-%s", (long long)p->box->position, hex);
    return FAULT_NONE;
}

enum fault box_assemble(const struct box_order *order, struct arena *arena, struct notes *notes, struct box_made *out) {
    struct box box;
    struct box_made made = {0};
    _cleanup_(box_print_release) struct box_print p = {.reader = {order->registers, NULL, order->actor, order->files, arena, true},
                                                       .box = &box,
                                                       .store = registers_store(order->registers),
                                                       .institution = order->institution,
                                                       .fonts = order->fonts,
                                                       .lang = order->actor->lang,
                                                       .arena = arena,
                                                       .tell = order->tell,
                                                       .context = order->context};
    int64_t position = order->position;
    enum fault f = box_print_fresh(&p);
    if (!f && position < 0) f = journal_size(p.conn, TENANT, &position);
    if (!f) f = box_read(&p.reader, &order->box, position, notes, &box);
    if (!f) f = code_of(&p, &made);
    if (f) return f;
    p.code = made.code;
    box_print_init(&p);
    _cleanup_(packing_release) struct packing w = {.order = order, .print = &p, .notes = notes};
    f = box_count_pages(&p, &made.pages);
    if (!f) f = pack_all(&w, arena, &made);
    if (!f) f = box_write_book(&p, order->pdf);
    if (!f) f = hash_of(order->zip, made.zip_hash);
    if (!f) f = hash_of(order->pdf, made.pdf_hash);
    if (f) return f;
    made.position = box.position;
    made.items = (int64_t)box.count;
    made.lacking = (int64_t)box.lacking;
    made.missing_characters = p.missing;
    for (size_t i = 0; i < box.count; i++) made.problems += box.items[i].problems.count;
    *out = made;
    return FAULT_NONE;
}
