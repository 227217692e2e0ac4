/* formfile.c - opening a form, looking at its cells, and packing it again with the parts that were filled. */
#include "document/formfile_inside.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    UNPACKED_MAX = 64 << 20,
    ARENA_MAX = 32 << 20,
    PARTS_MAX = FORMFILE_SHEETS + 2,
    BEFORE_MAX = 40,
    BEHIND_MAX = 20,
    BESIDE_MAX = 400
};

/* ---- opening ---- */

enum fault formfile_refuse(struct formfile *form, enum fault fault, const char *place, const char *sentence) {
    return note_add(form->own->reader.notes, place ? place : form->own->reader.file, sentence), fault;
}

static bool is_utf8_declared(const char *bytes, size_t length) {
    struct tag xml = {.begin = bytes, .name = bytes + 5, .name_length = 0};
    const char *end = length > 5 && !memcmp(bytes, "<?xml", 5) ? memmem(bytes, length, "?>", 2) : NULL;
    size_t n;
    if (!end) return length && bytes[0] == '<';
    xml.end = end + 2;
    const char *encoding = tag_attribute(&xml, "encoding", &n);
    return !encoding || (n == 5 && !strncasecmp(encoding, "utf-8", 5));
}

static void pass_start(struct walk *walk, const char *name, const struct attributes *attributes) {
    (void)walk, (void)name, (void)attributes;
}

/* The parser decides whether the part is well formed; only then are its tags walked by their places. */
static enum fault part_load(struct formfile *form, const char *path, struct text *out) {
    struct formfile_in *in = form->own;
    _cleanup_(part_close) struct part part = {0};
    _cleanup_(walk_end) struct walk walk = {0};
    char piece[PART_PIECE];
    size_t got = 0;
    enum fault f = part_open(&in->reader, &in->package, path, &part);
    if (!f) f = walk_begin(&walk, &in->reader, &(struct walk_ways){.start = pass_start});
    while (!f) {
        f = part_read(&part, piece, sizeof piece, &got);
        if (!f) f = walk_push(&walk, piece, got);
        if (f || !got) break;
        text_addn(out, piece, got);
    }
    if (f) return f;
    const char *begin = out->length >= 3 && !memcmp(out->at, "\xef\xbb\xbf", 3) ? out->at + 3 : out->at;
    size_t length = out->length - (size_t)(begin - out->at);
    if (out->over) return formfile_refuse(form, FAULT_LARGE, NULL, "表格太大，不像要填的表；请删去多余的工作表");
    if (memchr(begin, 0, length) || !is_utf8_declared(begin, length))
        return formfile_refuse(form, FAULT_INPUT, NULL, "文件里的文字不是 UTF-8；请用 Office 或 WPS 打开，另存一份再上传");
    return FAULT_NONE;
}

enum fault formfile_part(struct formfile *form, const char *path, struct formpart **out) {
    struct formfile_in *in = form->own;
    if (in->part_count == PARTS_MAX) return formfile_refuse(form, FAULT_LARGE, NULL, "表格太大，不像要填的表；请删去多余的工作表");
    struct formpart *part = &in->parts[in->part_count++];
    part->path = arena_copy(in->arena, path);
    text_init(&part->bytes, UNPACKED_MAX);
    enum fault f = part_load(form, path, &part->bytes);
    if (!f) *out = part;
    return f;
}

struct formgrid *formfile_add_grid(struct formfile *form, const char *sheet, uint32_t rows, uint32_t columns) {
    assert(form->count < FORMFILE_GRIDS);
    struct formgrid *grid = &form->grids[form->count++];
    *grid = (struct formgrid){.sheet = sheet, .rows = rows, .columns = columns};
    grid->cells = arena_array(form->own->arena, struct formcell, (size_t)rows * columns + 1);
    for (size_t i = 0; i < (size_t)rows * columns; i++)
        grid->cells[i] = (struct formcell){.kind = FORMCELL_BLANK, .text = "", .row_span = 1, .column_span = 1};
    return grid;
}

static struct formfile *formfile_new(const void *bytes, size_t length, const char *name, struct notes *notes) {
    struct formfile *form = memory_new(sizeof *form);
    struct formfile_in *in = form->own = memory_new(sizeof *in);
    in->reader.limits = sheet_limits_filled(&(struct sheet_limits){.file_bytes = FORMFILE_BYTES, .unpacked_bytes = UNPACKED_MAX});
    in->reader.notes = notes;
    in->reader.bytes = bytes;
    in->reader.length = length;
    in->arena = &in->reader.arena;
    arena_init(in->arena, ARENA_MAX);
    in->reader.file = arena_copy(in->arena, name ? name : "");
    in->reader.sheet = "";
    in->parts = arena_array(in->arena, struct formpart, PARTS_MAX);
    form->grids = arena_array(in->arena, struct formgrid, FORMFILE_GRIDS);
    return form;
}

/* A program in the file would run at whoever opens the filled form, which then seems to come from us. */
static bool has_macros(const struct package *package) {
    static const char ending[] = "vbaProject.bin";
    zip_int64_t count = zip_get_num_entries(package->zip, 0);
    for (zip_int64_t i = 0; i < count; i++) {
        const char *name = zip_get_name(package->zip, (zip_uint64_t)i, 0);
        size_t length = name ? strlen(name) : 0;
        if (length >= sizeof ending - 1 && !strcasecmp(name + length - (sizeof ending - 1), ending)) return true;
    }
    return false;
}

enum fault formfile_open(const void *bytes, size_t length, const char *name, struct notes *notes, struct formfile **out) {
    _cleanup_(formfile_close) struct formfile *form = formfile_new(bytes, length, name, notes);
    struct formfile_in *in = form->own;
    const char *path = "";
    if (length > FORMFILE_BYTES)
        return formfile_refuse(form, FAULT_LARGE, NULL, "文件太大：要填的表最多 20 MB；请删去图片和多余的工作表");
    if (length > 8 && !memcmp(bytes, "\xd0\xcf\x11\xe0", 4))
        return formfile_refuse(form, FAULT_INPUT, NULL,
                               "这是旧版的 .xls 或 .doc 文件，或加了密码；请去掉密码，另存为 .xlsx 或 .docx 再上传");
    if (length < 4 || memcmp(bytes, "PK\3\4", 4)) return formfile_refuse(form, FAULT_INPUT, NULL, "要填的表应是 XLSX 或 DOCX 文件");
    enum fault f = package_open(&in->reader, &in->package);
    if (!f && has_macros(&in->package))
        f = formfile_refuse(form, FAULT_INPUT, NULL, "文件里有宏；请另存为不带宏的 .xlsx 或 .docx 再上传");
    if (!f) f = package_main(&in->reader, &in->package, &path);
    if (f) return f;
    form->document = strstr(path, "word/") != NULL;
    f = form->document ? formfile_docx_open(form, path) : formfile_xlsx_open(form);
    if (f) return f;
    *out = form;
    form = NULL;
    return FAULT_NONE;
}

void formfile_close(struct formfile **pointer) {
    struct formfile *form = *pointer;
    if (!form) return;
    struct formfile_in *in = form->own;
    formfile_xlsx_close(form);
    formfile_docx_close(form);
    package_close(&in->package);
    for (size_t i = 0; i < in->part_count; i++) {
        text_release(&in->parts[i].bytes);
        edits_release(&in->parts[i].edits);
    }
    arena_release(in->arena);
    memory_release(&form->own);
    memory_release(pointer);
}

/* ---- looking ---- */

const struct formgrid *formfile_grid(const struct formfile *form, const char *sheet) {
    for (size_t i = 0; i < form->count; i++)
        if (!strcmp(form->grids[i].sheet, sheet)) return &form->grids[i];
    return NULL;
}

struct formcell *formgrid_at(struct formgrid *grid, uint32_t row, uint32_t column) {
    if (!row || row > grid->rows || column >= grid->columns) return NULL;
    return &grid->cells[(size_t)(row - 1) * grid->columns + column];
}

const struct formcell *formgrid_cell(const struct formgrid *grid, uint32_t row, uint32_t column) {
    if (!row || row > grid->rows || column >= grid->columns) return NULL;
    return &grid->cells[(size_t)(row - 1) * grid->columns + column];
}

/* The cell that is seen at the place, if the form says something there. */
static const struct formcell *saying(const struct formgrid *grid, uint32_t row, uint32_t column) {
    const struct formcell *cell = formgrid_cell(grid, row, column);
    if (cell && cell->over) cell = cell->over;
    return cell && cell->kind == FORMCELL_TEXT && cell->text[0] ? cell : NULL;
}

static void add_beside(const struct formcell *cell, struct text *out) {
    if (out->length) text_add(out, " / ");
    text_add(out, cell->text);
}

static bool is_inside(char c) { return ((unsigned char)c & 0xc0) == 0x80; }

/* The last or first so many characters of a text. */
static void add_end(const char *text, size_t most, struct text *out) {
    const char *at = text + strlen(text);
    for (size_t n = 0; n < most && at > text; n++)
        while (is_inside(*--at) && at > text) continue;
    text_add(out, at);
}

static void add_beginning(const char *text, size_t most, struct text *out) {
    const char *at = text;
    for (size_t n = 0; n < most && *at; n++)
        while (is_inside(*++at)) continue;
    text_addn(out, text, (size_t)(at - text));
}

/* A long paragraph says other things, too, and a change far from the blank is none of the blank's. */
static void prose_beside(const struct formgrid *grid, uint32_t row, uint32_t column, struct arena *arena, struct text *out) {
    const struct formcell *before = NULL, *behind = NULL;
    for (uint32_t c = column; c-- > 0 && !before;) before = saying(grid, row, c);
    for (uint32_t c = column + 1; c < grid->columns && !behind; c++) behind = saying(grid, row, c);
    if (grid->outer) {
        text_add(out, formgrid_beside(grid->outer, grid->outer_row, grid->outer_column, arena));
        if (out->length) text_add(out, "：");
    }
    for (uint32_t r = row; r-- > 1 && !before && !out->length;)
        for (uint32_t c = grid->columns; c-- > 0 && !out->length;)
            if (saying(grid, r, c)) {
                add_end(saying(grid, r, c)->text, BEFORE_MAX, out);
                text_add(out, " / ");
            }
    if (before) add_end(before->text, BEFORE_MAX, out);
    text_add(out, "＿");
    if (behind) add_beginning(behind->text, BEHIND_MAX, out);
}

static void grid_beside(const struct formgrid *grid, uint32_t row, uint32_t column, struct text *out) {
    const struct formcell *cell;
    for (uint32_t c = column; c-- > 0;)
        if ((cell = saying(grid, row, c))) {
            add_beside(cell, out);
            break;
        }
    for (uint32_t r = row; r-- > 1;)
        if ((cell = saying(grid, r, column))) {
            add_beside(cell, out);
            break;
        }
}

const char *formgrid_beside(const struct formgrid *grid, uint32_t row, uint32_t column, struct arena *arena) {
    _cleanup_(text_release) struct text out;
    text_init(&out, (size_t)64 << 10);
    if (grid->prose) prose_beside(grid, row, column, arena, &out);
    else grid_beside(grid, row, column, &out);
    size_t length = out.length < BESIDE_MAX ? out.length : BESIDE_MAX;
    while (length && length < out.length && is_inside(out.at[length])) length--;
    char *copy = arena_copyn(arena, out.at ? out.at : "", length);
    for (char *p = copy; *p; p++)
        if ((unsigned char)*p < ' ') *p = ' ';
    return copy;
}

uint32_t formgrid_room(const struct formgrid *grid, uint32_t row, uint32_t column, uint32_t most) {
    uint32_t n = 0;
    if (grid->prose && most > 1) most = 1;
    for (; n < most; n++) {
        const struct formcell *cell = formgrid_cell(grid, row + n, column);
        if (!cell && row + n > grid->rows && column < grid->columns && grid->goes_on) return most;
        if (!cell || (cell->kind != FORMCELL_BLANK && (n || cell->kind != FORMCELL_NUMBER)) || cell->row_span > 1) break;
    }
    return n;
}

/* ---- filling ---- */

static void zip_drop(zip_t **zip) {
    if (*zip) zip_discard(*zip);
}

static void source_drop(zip_source_t **source) {
    if (*source) zip_source_free(*source);
}

static enum fault part_replace(zip_t *zip, struct formpart *part) {
    struct text bytes;
    zip_stat_t stat;
    text_init(&bytes, (size_t)UNPACKED_MAX * 2);
    enum fault f = edits_apply(&part->edits, part->bytes.at, part->bytes.length, &bytes);
    zip_int64_t index = zip_name_locate(zip, part->path, ZIP_FL_NOCASE);
    if (!f && (index < 0 || zip_stat_index(zip, (zip_uint64_t)index, 0, &stat))) f = FAULT_SYSTEM;
    zip_source_t *source = f ? NULL : zip_source_buffer(zip, bytes.at, bytes.length, 1);
    if (!source) {
        text_release(&bytes);
        return f ? f : FAULT_SYSTEM;
    }
    if (zip_file_replace(zip, (zip_uint64_t)index, source, 0)) {
        zip_source_free(source);
        return FAULT_SYSTEM;
    }
    if (stat.valid & ZIP_STAT_MTIME && zip_file_set_mtime(zip, (zip_uint64_t)index, stat.mtime, 0)) return FAULT_SYSTEM;
    return FAULT_NONE;
}

static enum fault source_append(zip_source_t *source, struct text *out) {
    zip_stat_t stat;
    if (zip_source_stat(source, &stat) || zip_source_open(source)) return FAULT_SYSTEM;
    char *to = text_reserve(out, stat.size);
    zip_int64_t got = to ? zip_source_read(source, to, stat.size) : 0;
    zip_source_close(source);
    if (!to) return FAULT_LARGE;
    if (got < 0 || (zip_uint64_t)got != stat.size) return FAULT_SYSTEM;
    out->length += stat.size;
    out->at[out->length] = 0;
    return FAULT_NONE;
}

/* The other parts are copied as they lie, still compressed. */
static enum fault pack(struct formfile *form, struct text *out) {
    struct formfile_in *in = form->own;
    char *copy = malloc(in->reader.length);
    if (!copy) abort();
    memcpy(copy, in->reader.bytes, in->reader.length);
    zip_source_t *made = zip_source_buffer_create(copy, in->reader.length, 1, NULL);
    if (!made) return free(copy), FAULT_SYSTEM;
    _cleanup_(source_drop) zip_source_t *file = made;
    _cleanup_(zip_drop) zip_t *zip = zip_open_from_source(file, 0, NULL);
    if (!zip) return FAULT_SYSTEM;
    zip_source_keep(file);
    for (size_t i = 0; i < in->part_count; i++) {
        enum fault f = in->parts[i].edits.count ? part_replace(zip, &in->parts[i]) : FAULT_NONE;
        if (f) return f;
    }
    if (zip_close(zip)) return FAULT_SYSTEM;
    zip = NULL;
    return source_append(file, out);
}

enum fault formfile_fill(struct formfile *form, struct formfile_value *values, size_t count, struct text *out) {
    struct formfile_in *in = form->own;
    for (size_t i = 0; i < in->part_count; i++) edits_release(&in->parts[i].edits);
    enum fault f = form->document ? formfile_docx_fill(form, values, count) : formfile_xlsx_fill(form, values, count);
    return f ? f : pack(form, out);
}
