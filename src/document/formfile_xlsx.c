/* formfile_xlsx.c - the worksheets of a form: their cells found by place in the markup, shown as a grid, and replaced one by one. */
#include "document/formfile_inside.h"

#include "base/civil.h"
#include "base/printer.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
    CELLS_MAX = 200000,
    ARRAYS_MAX = 1000,
    ROW_MAX = 1048576,
    BELOW_MAX = 40, /* empty rows with a look that are shown under the last text */
    BESIDE_MAX = 8,
    CELL_CHARACTERS = 32767,
    CELL_TEXT_MAX = CELL_CHARACTERS * 8 + 400
};

struct xcell {
    uint32_t row, column;
    struct tag tag;                  /* its start tag */
    const char *end;                 /* of the element */
    const char *result, *result_end; /* of a formula: its v element; NULL: none */
    unsigned style;
    bool formula;
};

struct xrow {
    uint32_t number;
    struct tag tag;
    const char *close, *end; /* its end tag, and behind it; the same for an empty tag */
    size_t first, count;     /* in the cells */
};

struct xsheet {
    const char *name;
    struct formpart *part;
    struct tag data; /* sheetData */
    const char *data_close;
    struct xrow *rows;
    size_t row_count, row_room;
    struct xcell *cells;
    size_t cell_count, cell_room;
    struct sheet_range *arrays; /* cells that one formula fills */
    size_t array_count;
    struct sheet_range *merges;
    size_t merge_count, merge_room;
    bool found; /* the sheet has sheetData */
};

struct xlsx_form {
    struct xsheet sheets[FORMFILE_SHEETS];
    size_t count;
    struct style_forms styles;
    struct formpart *book;
    bool from_1904;
};

#define GROW(array, count, room)                                                                                                   \
    do {                                                                                                                           \
        if ((count) == (room)) {                                                                                                   \
            (room) = (room) ? (room)*2 : 64;                                                                                       \
            (array) = memory_resize((array), (room) * sizeof *(array));                                                            \
        }                                                                                                                          \
    } while (0)

static enum fault refuse_damaged(struct formfile *form, const char *sheet) {
    return formfile_refuse(form, FAULT_INPUT, sheet, "文件在这里损坏：行或单元格的编号不对；请用表格程序打开后另存为 .xlsx");
}

static unsigned number_attribute(const struct tag *tag, const char *name, unsigned otherwise) {
    size_t n;
    const char *v = tag_attribute(tag, name, &n);
    unsigned number = 0;
    if (!v || !n || n > 9) return otherwise;
    for (size_t i = 0; i < n; i++) {
        if (v[i] < '0' || v[i] > '9') return otherwise;
        number = number * 10 + (unsigned)(v[i] - '0');
    }
    return number;
}

/* ---- finding the cells ---- */

static bool attribute_is(const struct tag *tag, const char *name, const char *value) {
    size_t n;
    const char *v = tag_attribute(tag, name, &n);
    return v && n == strlen(value) && !memcmp(v, value, n);
}

/* One formula may fill a range whose other cells show no sign of it. */
static void add_array(struct formfile *form, struct xsheet *s, const struct tag *f) {
    size_t n, used, more;
    struct sheet_range r;
    const char *ref = tag_attribute(f, "ref", &n);
    if (!ref || !(attribute_is(f, "t", "array") || attribute_is(f, "t", "dataTable")) || s->array_count == ARRAYS_MAX) return;
    if (!value_reference(ref, n, &r.first_column, &r.first_row, &used)) return;
    r.last_column = r.first_column, r.last_row = r.first_row;
    if (used < n && (ref[used] != ':' || !value_reference(ref + used + 1, n - used - 1, &r.last_column, &r.last_row, &more)))
        return;
    if (!s->arrays) s->arrays = arena_array(form->own->arena, struct sheet_range, ARRAYS_MAX);
    s->arrays[s->array_count++] = r;
}

/* Passes an element that is none of rows and cells. Rows or cells deeper inside would be read as such by others, so that no two would agree what the sheet is. */
static enum fault pass_plain(struct formfile *form, const struct xsheet *s, struct markup *m, const struct tag *open,
                             struct tag *close) {
    struct tag tag;
    if (!markup_pass(m, open, close)) return refuse_damaged(form, s->name);
    struct markup inside = {open->end, close->begin};
    while (open->kind == TAG_OPEN && markup_next(&inside, &tag))
        if (tag_is(&tag, "c") || tag_is(&tag, "row") || tag_is(&tag, "sheetData")) return refuse_damaged(form, s->name);
    return tag_is(open, "c") || tag_is(open, "row") || tag_is(open, "sheetData") ? refuse_damaged(form, s->name) : FAULT_NONE;
}

static enum fault scan_inside(struct formfile *form, struct xsheet *s, struct markup *m, struct xcell *cell) {
    struct tag tag, close;
    while (markup_next(m, &tag) && tag.kind != TAG_CLOSE) {
        enum fault fault = pass_plain(form, s, m, &tag, &close);
        if (fault) return fault;
        if (tag_is(&tag, "f")) {
            cell->formula = true;
            add_array(form, s, &tag);
        } else if (tag_is(&tag, "v")) {
            cell->result = tag.begin;
            cell->result_end = close.end;
        }
    }
    cell->end = m->at;
    return FAULT_NONE;
}

static enum fault scan_cell(struct formfile *form, struct xsheet *s, struct markup *m, struct xrow *row, const struct tag *tag) {
    const struct xcell *last = row->count ? &s->cells[s->cell_count - 1] : NULL;
    struct xcell cell = {.row = row->number, .column = last ? last->column + 1 : 0, .tag = *tag, .end = tag->end};
    size_t n, used;
    uint32_t r = row->number;
    const char *ref = tag_attribute(tag, "r", &n);
    if (ref && (!value_reference(ref, n, &cell.column, &r, &used) || used != n || r != row->number))
        return refuse_damaged(form, s->name);
    if (last && cell.column <= last->column) return refuse_damaged(form, s->name);
    if (s->cell_count == CELLS_MAX)
        return formfile_refuse(form, FAULT_LARGE, s->name, "表格太大，不像要填的表；请删去多余的工作表");
    cell.style = number_attribute(tag, "s", 0);
    enum fault f = tag->kind == TAG_OPEN ? scan_inside(form, s, m, &cell) : FAULT_NONE;
    if (f) return f;
    if (cell.formula) form->formulas++;
    GROW(s->cells, s->cell_count, s->cell_room);
    s->cells[s->cell_count++] = cell;
    row->count++;
    return FAULT_NONE;
}

static enum fault scan_row(struct formfile *form, struct xsheet *s, struct markup *m, const struct tag *tag) {
    uint32_t before = s->row_count ? s->rows[s->row_count - 1].number : 0;
    struct xrow row = {.number = number_attribute(tag, "r", before + 1), .tag = *tag, .first = s->cell_count};
    struct tag inside = *tag, close;
    if (row.number <= before || row.number > ROW_MAX) return refuse_damaged(form, s->name);
    if (s->row_count == CELLS_MAX) return formfile_refuse(form, FAULT_LARGE, s->name, "表格太大，不像要填的表；请删去多余的工作表");
    while (tag->kind == TAG_OPEN && markup_next(m, &inside) && inside.kind != TAG_CLOSE) {
        enum fault f = FAULT_NONE;
        if (tag_is(&inside, "c")) f = scan_cell(form, s, m, &row, &inside);
        else f = pass_plain(form, s, m, &inside, &close);
        if (f) return f;
    }
    row.close = inside.begin;
    row.end = inside.end;
    GROW(s->rows, s->row_count, s->row_room);
    s->rows[s->row_count++] = row;
    return FAULT_NONE;
}

static void add_merge(struct xsheet *s, const struct tag *tag) {
    size_t n, used, more;
    struct sheet_range r;
    const char *ref = tag_attribute(tag, "ref", &n);
    if (!ref || s->merge_count == CELLS_MAX || !value_reference(ref, n, &r.first_column, &r.first_row, &used)) return;
    if (used == n || ref[used] != ':' || !value_reference(ref + used + 1, n - used - 1, &r.last_column, &r.last_row, &more)) return;
    GROW(s->merges, s->merge_count, s->merge_room);
    s->merges[s->merge_count++] = r;
}

static enum fault scan_sheet(struct formfile *form, struct xsheet *s) {
    const struct text *bytes = &s->part->bytes;
    struct markup m = {bytes->at, bytes->at + bytes->length};
    struct tag tag, close;
    while (!s->found && markup_next(&m, &tag)) {
        if (!tag_is(&tag, "sheetData") || tag.kind == TAG_CLOSE) continue;
        s->data = tag;
        s->data_close = tag.begin;
        s->found = true;
    }
    while (s->found && s->data.kind == TAG_OPEN && markup_next(&m, &tag)) {
        s->data_close = tag.begin;
        if (tag.kind == TAG_CLOSE) break;
        enum fault f = FAULT_NONE;
        if (tag_is(&tag, "row")) f = scan_row(form, s, &m, &tag);
        else f = pass_plain(form, s, &m, &tag, &close);
        if (f) return f;
    }
    while (markup_next(&m, &tag)) {
        if (tag_is(&tag, "mergeCell")) add_merge(s, &tag);
        /* what the reader of tables would take for more rows */
        if (tag_is(&tag, "sheetData") && tag.kind != TAG_CLOSE) return refuse_damaged(form, s->name);
    }
    return s->found ? FAULT_NONE : refuse_damaged(form, s->name);
}

/* ---- the grid ---- */

struct extent {
    uint32_t rows, columns, text_rows, text_columns;
};

static void extent_add(uint32_t row, uint32_t column, uint32_t *rows, uint32_t *columns) {
    if (row > FORMGRID_ROWS || column >= FORMGRID_COLUMNS) return;
    if (row > *rows) *rows = row;
    if (column + 1 > *columns) *columns = column + 1;
}

/* What is shown: all that says something, and the empty cells with a look around it, but not whole sheets of them. */
static void extent_cut(const struct xsheet *s, struct extent *e) {
    for (size_t i = 0; i < s->cell_count; i++) {
        const struct xcell *c = &s->cells[i];
        extent_add(c->row, c->column, &e->rows, &e->columns);
        if (c->formula) extent_add(c->row, c->column, &e->text_rows, &e->text_columns);
    }
    if (e->rows > e->text_rows + BELOW_MAX) e->rows = e->text_rows + BELOW_MAX;
    if (e->columns > e->text_columns + BESIDE_MAX) e->columns = e->text_columns + BESIDE_MAX;
    if (e->rows < e->text_rows + 1) e->rows = e->text_rows + 1;
    if (e->columns < e->text_columns) e->columns = e->text_columns;
    if (e->rows > FORMGRID_ROWS) e->rows = FORMGRID_ROWS;
    if (!e->columns) e->columns = 1;
}

static void grid_texts(struct formfile *form, struct formgrid *grid, const struct sheet_row *row) {
    for (size_t i = 0; i < row->count; i++) {
        const struct sheet_cell *from = &row->cells[i];
        struct formcell *to = formgrid_at(grid, row->number, (uint32_t)i);
        if (!to || from->kind == SHEET_EMPTY) continue;
        to->text = arena_copy(form->own->arena, from->text);
        bool number = from->kind == SHEET_NUMBER || from->kind == SHEET_DATE || from->kind == SHEET_TIME;
        if (from->text[strspn(from->text, " \t\n")]) to->kind = number ? FORMCELL_NUMBER : FORMCELL_TEXT;
    }
}

static void grid_cover(struct formgrid *grid, const struct sheet_range *r) {
    struct formcell *first = formgrid_at(grid, r->first_row, r->first_column);
    if (!first || r->last_row < r->first_row || r->last_column < r->first_column) return;
    for (uint32_t row = r->first_row; row <= r->last_row && row <= grid->rows; row++)
        for (uint32_t c = r->first_column; c <= r->last_column && c < grid->columns; c++) {
            struct formcell *cell = formgrid_at(grid, row, c);
            if (cell != first) cell->kind = FORMCELL_COVERED, cell->over = first;
        }
    first->row_span = (r->last_row < grid->rows ? r->last_row : grid->rows) - r->first_row + 1;
    first->column_span = (r->last_column < grid->columns ? r->last_column : grid->columns - 1) - r->first_column + 1;
}

static bool in_array(const struct xsheet *s, uint32_t row, uint32_t column) {
    for (size_t i = 0; i < s->array_count; i++) {
        const struct sheet_range *r = &s->arrays[i];
        if (row >= r->first_row && row <= r->last_row && column >= r->first_column && column <= r->last_column) return true;
    }
    return false;
}

static void grid_formulas(struct formgrid *grid, const struct xsheet *s) {
    for (size_t i = 0; i < s->cell_count; i++) {
        struct formcell *to = s->cells[i].formula ? formgrid_at(grid, s->cells[i].row, s->cells[i].column) : NULL;
        if (to && to->kind != FORMCELL_COVERED) to->kind = FORMCELL_FORMULA;
    }
    for (uint32_t row = 1; s->array_count && row <= grid->rows; row++)
        for (uint32_t c = 0; c < grid->columns; c++)
            if (in_array(s, row, c) && formgrid_at(grid, row, c)->kind != FORMCELL_COVERED)
                formgrid_at(grid, row, c)->kind = FORMCELL_FORMULA;
}

static enum fault open_reader(struct formfile *form, const char *sheet, struct sheet_reader **out) {
    const struct sheet_reader *r = &form->own->reader;
    struct sheet_limits limits = {.unpacked_bytes = r->limits.unpacked_bytes};
    return sheet_open(&(struct sheet_source){.bytes = r->bytes, .length = r->length, .name = r->file, .sheet = sheet}, &limits,
                      r->notes, out);
}

/* Texts come from the reader of tables, which knows shared texts and how dates are shown; twice, since the extent comes first. */
static enum fault make_grid(struct formfile *form, struct xsheet *s) {
    struct extent e = {0};
    struct formgrid *grid = NULL;
    for (int pass = 0; pass < 2; pass++) {
        _cleanup_(sheet_close) struct sheet_reader *reader = NULL;
        struct sheet_row row;
        enum fault f = open_reader(form, s->name, &reader);
        while (!f && (f = sheet_next(reader, &row)) == FAULT_NONE && row.number) {
            if (grid) grid_texts(form, grid, &row);
            else
                extent_add(row.number, (uint32_t)(row.count < FORMGRID_COLUMNS ? row.count : FORMGRID_COLUMNS) - 1, &e.text_rows,
                           &e.text_columns);
        }
        if (f) return f;
        for (size_t i = 0; grid && i < s->merge_count; i++) grid_cover(grid, &s->merges[i]);
        if (grid) break;
        extent_cut(s, &e);
        grid = formfile_add_grid(form, s->name, e.rows, e.columns);
        grid->goes_on = e.rows < FORMGRID_ROWS;
    }
    grid_formulas(grid, s);
    return FAULT_NONE;
}

/* A hidden sheet is not shown, but its formulas count. */
static enum fault add_sheet(struct formfile *form, const char *name, bool hidden) {
    struct formfile_in *in = form->own;
    struct workbook book = {0};
    struct notes *notes = in->reader.notes;
    in->reader.notes = NULL; /* a sheet of charts is no place to fill, and no mistake */
    enum fault f = package_workbook(&in->reader, &in->package, name, &book);
    in->reader.notes = notes;
    if (f) return f == FAULT_INPUT ? FAULT_NONE : f;
    if (in->xlsx->count == FORMFILE_SHEETS)
        return formfile_refuse(form, FAULT_LARGE, name, "表格太大，不像要填的表；请删去多余的工作表");
    struct xsheet *s = &in->xlsx->sheets[in->xlsx->count++];
    s->name = arena_copy(in->arena, name);
    f = formfile_part(form, book.sheet, &s->part);
    if (!f) f = scan_sheet(form, s);
    return f || hidden ? f : make_grid(form, s);
}

enum fault formfile_xlsx_open(struct formfile *form) {
    struct formfile_in *in = form->own;
    struct workbook book = {0};
    const char *path;
    in->xlsx = memory_new(sizeof *in->xlsx);
    enum fault f = package_workbook(&in->reader, &in->package, NULL, &book);
    if (!f) f = package_main(&in->reader, &in->package, &path);
    if (!f) f = formfile_part(form, path, &in->xlsx->book);
    if (!f && book.styles) f = package_styles(&in->reader, &in->package, book.styles, &in->xlsx->styles);
    if (f) return f;
    in->xlsx->from_1904 = book.from_1904;
    const struct sheet_info *infos = in->reader.sheets;
    size_t count = in->reader.sheet_count;
    for (size_t i = 0; !f && i < count; i++) f = add_sheet(form, infos[i].name, infos[i].hidden);
    return f;
}

void formfile_xlsx_close(struct formfile *form) {
    struct xlsx_form *x = form->own->xlsx;
    if (!x) return;
    for (size_t i = 0; i < x->count; i++) {
        memory_release(&x->sheets[i].rows);
        memory_release(&x->sheets[i].cells);
        memory_release(&x->sheets[i].merges);
    }
    style_forms_release(&x->styles);
    memory_release(&form->own->xlsx);
}

/* ---- filling ---- */

static struct xsheet *sheet_named(struct xlsx_form *x, const char *name) {
    for (size_t i = 0; i < x->count; i++)
        if (!strcmp(x->sheets[i].name, name)) return &x->sheets[i];
    return NULL;
}

/* The first row whose number is not below; row_count if there is none. */
static size_t row_at(const struct xsheet *s, uint32_t number) {
    size_t low = 0, high = s->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->rows[middle].number < number) low = middle + 1;
        else high = middle;
    }
    return low;
}

static const struct xcell *cell_at(const struct xsheet *s, uint32_t row, uint32_t column) {
    size_t at = row_at(s, row);
    if (at == s->row_count || s->rows[at].number != row) return NULL;
    const struct xrow *r = &s->rows[at];
    for (size_t i = r->first; i < r->first + r->count; i++)
        if (s->cells[i].column == column) return &s->cells[i];
    return NULL;
}

static bool hexadecimal(const char *s) { return strspn(s, "0123456789abcdefABCDEF") >= 4; }

/* "_x0041_" in a text would be read as "A". */
static void add_string(const char *s, struct text *out) {
    while (*s) {
        size_t n = strcspn(s, "_");
        _cleanup_(text_release) struct text piece;
        text_init(&piece, CELL_TEXT_MAX);
        text_addn(&piece, s, n);
        if (piece.length) xml_text(out, piece.at);
        s += n;
        if (!*s) break;
        text_add(out, s[1] == 'x' && hexadecimal(s + 2) && s[6] == '_' ? "_x005F_" : "_");
        s++;
    }
}

static bool is_plain_number(const char *s) {
    char out[VALUE_TEXT];
    bool rounded;
    return value_number(s, strlen(s), out, &rounded) && !rounded;
}

/* The serial number of a date, if the cell's format shows dates. */
static bool date_serial(const struct xlsx_form *x, unsigned style, const char *text, long long *serial) {
    civil_day day;
    enum value_form form = style_form(&x->styles, style);
    if ((form != VALUE_DATE && form != VALUE_MOMENT) || !civil_parse(text, &day)) return false;
    *serial = (long long)day + (x->from_1904 ? 24107 : 25569);
    return *serial > (x->from_1904 ? 0 : 60); /* from March 1900 on, where both systems count right */
}

/* The start tag's attributes but the type, as they were. */
static void add_attributes(const struct tag *tag, struct text *out) {
    size_t n;
    const char *from = tag->name + tag->name_length, *end = tag->end - (tag->kind == TAG_EMPTY ? 2 : 1);
    const char *type = tag_attribute(tag, "t", &n);
    while (end > from && strchr(" \t\r\n", end[-1])) end--;
    if (!type) {
        text_addn(out, from, (size_t)(end - from));
        return;
    }
    const char *begin = type - 1;
    while (begin[-1] != 't') begin--;
    for (begin--; begin > from && strchr(" \t\r\n", begin[-1]);) begin--;
    text_addn(out, from, (size_t)(begin - from));
    text_addn(out, type + n + 1, (size_t)(end - (type + n + 1)));
}

struct filling {
    struct formfile *form;
    struct xlsx_form *x;
    struct xsheet *sheet;
    const char *prefix; /* of the main namespace, with its colon */
    int prefix_length;
};

#define PREFIX(f) (f)->prefix_length, (f)->prefix

static void write_content(const struct filling *f, const struct formfile_value *v, unsigned style, struct text *out) {
    long long serial;
    if (v->kind == SHEET_NUMBER && is_plain_number(v->text)) {
        text_format(out, "><%.*sv>%s</%.*sv></%.*sc>", PREFIX(f), v->text, PREFIX(f), PREFIX(f));
    } else if (v->kind == SHEET_DATE && date_serial(f->x, style, v->text, &serial)) {
        text_format(out, "><%.*sv>%lld</%.*sv></%.*sc>", PREFIX(f), serial, PREFIX(f), PREFIX(f));
    } else {
        text_format(out, " t=\"inlineStr\"><%.*sis><%.*st xml:space=\"preserve\">", PREFIX(f), PREFIX(f));
        add_string(v->text, out);
        text_format(out, "</%.*st></%.*sis></%.*sc>", PREFIX(f), PREFIX(f), PREFIX(f));
    }
}

static void write_cell(const struct filling *f, const struct formfile_value *v, const struct xcell *there, struct text *out) {
    char letters[SHEET_COLUMN_TEXT];
    const struct xcell *like = there || !v->like_row ? there : cell_at(f->sheet, v->like_row, v->column);
    sheet_column_letters(v->column, letters);
    text_format(out, "<%.*sc", PREFIX(f));
    if (there) add_attributes(&there->tag, out);
    else text_format(out, " r=\"%s%u\"", letters, v->row);
    if (!there && like) text_format(out, " s=\"%u\"", like->style);
    write_content(f, v, like ? like->style : 0, out);
}

/* A new cell in a row that is there. */
static void insert_in_row(const struct filling *f, const struct xrow *row, const struct formfile_value *values, size_t count) {
    struct xsheet *s = f->sheet;
    struct text made;
    if (row->tag.kind == TAG_EMPTY) {
        text_init(&made, (size_t)UINT32_MAX);
        text_addn(&made, row->tag.begin, (size_t)(row->tag.end - 2 - row->tag.begin));
        text_addc(&made, '>');
        for (size_t i = 0; i < count; i++) write_cell(f, &values[i], NULL, &made);
        text_format(&made, "</%.*srow>", (int)row->tag.prefix_length, row->tag.name - row->tag.prefix_length);
        edits_add(&s->part->edits, row->tag.begin, row->tag.end, &made);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct xcell *there = cell_at(s, row->number, values[i].column);
        const char *place = row->close;
        text_init(&made, CELL_TEXT_MAX);
        write_cell(f, &values[i], there, &made);
        for (size_t k = row->first; !there && k < row->first + row->count; k++)
            if (s->cells[k].column > values[i].column) {
                place = s->cells[k].tag.begin;
                break;
            }
        edits_add(&s->part->edits, there ? there->tag.begin : place, there ? there->end : place, &made);
    }
}

static void write_rows(const struct filling *f, const struct formfile_value *values, size_t count, struct text *out) {
    for (size_t i = 0; i < count; i++) {
        if (!i || values[i].row != values[i - 1].row) text_format(out, "<%.*srow r=\"%u\">", PREFIX(f), values[i].row);
        write_cell(f, &values[i], NULL, out);
        if (i + 1 == count || values[i].row != values[i + 1].row) text_format(out, "</%.*srow>", PREFIX(f));
    }
}

/* New rows before the row `at`, or at the end of the sheet. */
static void insert_rows(const struct filling *f, size_t at, const struct formfile_value *values, size_t count) {
    struct xsheet *s = f->sheet;
    struct text made;
    text_init(&made, (size_t)UINT32_MAX);
    if (s->data.kind == TAG_EMPTY) {
        text_addn(&made, s->data.begin, (size_t)(s->data.end - 2 - s->data.begin));
        text_addc(&made, '>');
        write_rows(f, values, count, &made);
        text_format(&made, "</%.*ssheetData>", PREFIX(f));
        edits_add(&s->part->edits, s->data.begin, s->data.end, &made);
        return;
    }
    const char *place = at < s->row_count ? s->rows[at].tag.begin : s->data_close;
    write_rows(f, values, count, &made);
    edits_add(&s->part->edits, place, place, &made);
}

/* The values of one sheet in order of row and column, none twice. */
static void fill_sheet(const struct filling *f, const struct formfile_value *values, size_t count) {
    const struct xsheet *s = f->sheet;
    for (size_t i = 0; i < count;) {
        size_t at = row_at(s, values[i].row), n = 1;
        bool there = at < s->row_count && s->rows[at].number == values[i].row;
        while (i + n < count &&
               (there ? values[i + n].row == values[i].row
                      : row_at(s, values[i + n].row) == at && (at == s->row_count || s->rows[at].number != values[i + n].row)))
            n++;
        if (there) insert_in_row(f, &s->rows[at], values + i, n);
        else insert_rows(f, at, values + i, n);
        i += n;
    }
}

static enum formfile_trouble trouble_of(const struct formfile *form, const struct formfile_value *v) {
    const struct formgrid *grid = formfile_grid(form, v->sheet);
    const struct xsheet *s = sheet_named(form->own->xlsx, v->sheet);
    if (!grid || !s) return FORMFILE_NO_SHEET;
    const struct formcell *cell = formgrid_cell(grid, v->row, v->column);
    if (!cell && !(grid->goes_on && v->row > grid->rows && v->row <= ROW_MAX && v->column < grid->columns)) return FORMFILE_GONE;
    if ((cell && cell->kind == FORMCELL_FORMULA) || in_array(s, v->row, v->column)) return FORMFILE_FORMULA;
    if (cell && cell->kind == FORMCELL_COVERED) return FORMFILE_COVERED;
    if (cell && cell->kind == FORMCELL_TEXT) return FORMFILE_TAKEN;
    size_t characters = 0;
    for (const char *p = v->text; *p; p++) characters += ((unsigned char)*p & 0xc0) != 0x80;
    return characters > CELL_CHARACTERS ? FORMFILE_LONG : FORMFILE_FILLED;
}

static int by_cell(const void *a, const void *b) {
    const struct formfile_value *x = *(struct formfile_value *const *)a, *y = *(struct formfile_value *const *)b;
    int order = strcmp(x->sheet, y->sheet);
    if (order) return order;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    if (x->column != y->column) return x->column < y->column ? -1 : 1;
    return x < y ? -1 : 1;
}

/* Programs show what they remember of a formula until they work it out anew; a sum of other numbers must not be seen. */
static void drop_results(struct xlsx_form *x) {
    for (size_t i = 0; i < x->count; i++)
        for (size_t k = 0; k < x->sheets[i].cell_count; k++) {
            const struct xcell *c = &x->sheets[i].cells[k];
            struct text nothing = {0};
            if (c->formula && c->result) edits_add(&x->sheets[i].part->edits, c->result, c->result_end, &nothing);
        }
}

/* Asks the spreadsheet program to work everything out when it opens the file. */
static void ask_recalculation(struct xlsx_form *x) {
    static const char *const before[] = {"sheets", "functionGroups", "externalReferences", "definedNames"};
    struct markup m = {x->book->bytes.at, x->book->bytes.at + x->book->bytes.length};
    struct tag root, tag, close = {0};
    const char *place = NULL;
    struct text made;
    text_init(&made, 400);
    if (!markup_next(&m, &root)) return;
    while (markup_next(&m, &tag) && tag.kind != TAG_CLOSE && markup_pass(&m, &tag, &close)) {
        size_t n;
        if (tag_is(&tag, "calcPr")) {
            const char *full = tag_attribute(&tag, "fullCalcOnLoad", &n);
            text_add(&made, full ? "1" : " fullCalcOnLoad=\"1\"");
            const char *at = full ? full : tag.name + tag.name_length;
            edits_add(&x->book->edits, at, full ? full + n : at, &made);
            return;
        }
        for (size_t i = 0; i < COUNT_OF(before); i++)
            if (tag_is(&tag, before[i])) place = close.end;
    }
    if (!place) return;
    text_format(&made, "<%.*scalcPr fullCalcOnLoad=\"1\"/>", (int)root.prefix_length, root.name - root.prefix_length);
    edits_add(&x->book->edits, place, place, &made);
}

enum fault formfile_xlsx_fill(struct formfile *form, struct formfile_value *values, size_t count) {
    struct xlsx_form *x = form->own->xlsx;
    _cleanup_(memory_release) struct formfile_value **order = memory_new((count + 1) * sizeof *order);
    _cleanup_(memory_release) struct formfile_value *good = memory_new((count + 1) * sizeof *good);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        values[i].trouble = trouble_of(form, &values[i]);
        order[i] = &values[i];
    }
    if (count) qsort(order, count, sizeof *order, by_cell);
    for (size_t i = 0; i < count; i++) {
        const struct formfile_value *last = n ? &good[n - 1] : NULL;
        if (order[i]->trouble) continue;
        if (last && !strcmp(last->sheet, order[i]->sheet) && last->row == order[i]->row && last->column == order[i]->column)
            order[i]->trouble = FORMFILE_TWICE;
        else good[n++] = *order[i];
    }
    for (size_t i = 0, k; i < n; i = k) {
        struct xsheet *s = sheet_named(x, good[i].sheet);
        for (k = i; k < n && !strcmp(good[k].sheet, good[i].sheet);) k++;
        const struct filling f = {form, x, s, s->data.name - s->data.prefix_length, (int)s->data.prefix_length};
        fill_sheet(&f, good + i, k - i);
    }
    if (!n || !form->formulas) return FAULT_NONE;
    drop_results(x);
    ask_recalculation(x);
    return FAULT_NONE;
}
