/* xlsx_read.c - reading a worksheet of a workbook as a stream of rows; the zip and XML sides are in xlsx_part.c. */
#include "document/xlsx_part.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Cells wait here between the parser, which is pushed piece by piece, and sheet_next, which pulls row by row. A text of the
 * cell's own lies in `pool` at an offset from its row's; a shared one is pointed to. */
struct waiting_cell {
    const char *shared;
    size_t offset, length;
    uint32_t column;
    uint8_t kind;
    bool rounded;
};

struct waiting_row {
    uint32_t number;
    size_t cells, count; /* in the cell array */
    size_t pool;         /* where its texts begin */
};

enum cell_type { TYPE_NUMBER, TYPE_SHARED, TYPE_TEXT, TYPE_BOOL, TYPE_ERROR, TYPE_ISO };

struct xlsx_state {
    struct package package;
    struct walk walk;
    struct part part;
    struct text kept; /* the worksheet unpacked, if it is not too large to keep from the first pass to the second */
    size_t kept_read;
    bool drained; /* all of the worksheet has been parsed */
    bool from_1904;
    struct style_forms styles;
    struct text strings; /* the shared strings, each with its NUL */
    uint32_t *string_at, *string_length;
    size_t string_count, string_room;
    struct waiting_row *rows;
    size_t row_next, row_count, row_room;
    struct waiting_cell *cells;
    size_t cell_count, cell_room;
    struct text pool, value; /* value: characters of the cell being parsed */
    bool in_data, in_row, in_cell, in_value, in_phonetic, formula;
    char out[VALUE_TEXT]; /* canonical text of the cell being parsed */
    struct waiting_row row;
    struct waiting_cell cell;
    enum cell_type type;
    enum value_form form;
    uint32_t last_row, next_column;
};

#define GROW(array, count, room)                                                                                                   \
    do {                                                                                                                           \
        if ((count) == (room)) {                                                                                                   \
            (room) = (room) ? (room)*2 : 64;                                                                                       \
            (array) = memory_resize((array), (room) * sizeof *(array));                                                            \
        }                                                                                                                          \
    } while (0)

enum { MERGES_MAX = 65536, STRINGS_MAX = 1 << 23, STRING_BYTES_MAX = 1 << 27, MERGE_TAG_MAX = 256, KEEP_MAX = 64 << 20 };

static struct xlsx_state *state_of(struct walk *walk) { return walk->reader->xlsx; }

/* Three letters compared without a call. */
static bool name_is(const char *name, const char three[4]) {
    return name[0] == three[0] && name[1] == three[1] && name[2] == three[2] && !name[3];
}

/* --- sharedStrings.xml --- */

static void strings_start(struct walk *walk, const char *name, const struct attributes *attributes) {
    (void)attributes;
    struct xlsx_state *x = state_of(walk);
    if (strcmp(name, "si") == 0) text_clear(&x->value);
    else if (name_is(name, "rPh")) x->in_phonetic = true;
    else if (strcmp(name, "t") == 0) x->in_value = !x->in_phonetic;
}

static void strings_end(struct walk *walk, const char *name) {
    struct xlsx_state *x = state_of(walk);
    if (strcmp(name, "t") == 0) x->in_value = false;
    else if (name_is(name, "rPh")) x->in_phonetic = false;
    else if (strcmp(name, "si") == 0) {
        size_t length = x->value.length ? value_text_decode(x->value.at, x->value.length) : 0, start = x->strings.length;
        text_addn(&x->strings, x->value.at ? x->value.at : "", length);
        text_addc(&x->strings, 0);
        if (x->strings.over || x->value.over || x->string_count == STRINGS_MAX) {
            walk_stop(walk, sheet_refuse(walk->reader, FAULT_LARGE, 0, SHEET_NO_COLUMN, "工作簿里的文字太多；请分成几个文件"));
            return;
        }
        if (x->string_count == x->string_room) {
            x->string_room = x->string_room ? x->string_room * 2 : 256;
            x->string_at = memory_resize(x->string_at, x->string_room * sizeof *x->string_at);
            x->string_length = memory_resize(x->string_length, x->string_room * sizeof *x->string_length);
        }
        x->string_at[x->string_count] = (uint32_t)start;
        x->string_length[x->string_count++] = (uint32_t)length;
    }
}

static void value_characters(struct walk *walk, const char *s, size_t length) {
    struct xlsx_state *x = state_of(walk);
    if (x->in_value) text_addn(&x->value, s, length);
}

/* --- the worksheet: rows and cells --- */

static enum fault refuse_damaged(struct sheet_reader *reader, uint32_t row, int column) {
    return sheet_refuse(reader, FAULT_INPUT, row, column, "文件在这里损坏：行或单元格的编号不对；请用表格程序打开后另存为 .xlsx");
}

static void row_start(struct walk *walk, const struct attributes *attributes) {
    struct xlsx_state *x = state_of(walk);
    uint32_t number = attributes_have(attributes, "r") ? attributes_number(attributes, "r") : x->last_row + 1;
    if (number == 0 || number <= x->last_row) {
        walk_stop(walk, refuse_damaged(walk->reader, x->last_row + 1, SHEET_NO_COLUMN));
        return;
    }
    x->last_row = number;
    x->row = (struct waiting_row){.number = number, .cells = x->cell_count, .pool = x->pool.length};
    x->next_column = 0;
    x->in_row = true;
}

static void row_end(struct walk *walk) {
    struct xlsx_state *x = state_of(walk);
    x->in_row = false;
    x->row.count = x->cell_count - x->row.cells;
    if (x->row.count == 0) return;
    if (x->row.number > walk->reader->limits.rows) {
        walk_stop(walk, sheet_refuse(walk->reader, FAULT_LARGE, x->row.number, SHEET_NO_COLUMN, "行数超过 {0} 行；请分成几个文件",
                                     sheet_figure(walk->reader, walk->reader->limits.rows)));
        return;
    }
    GROW(x->rows, x->row_count, x->row_room);
    x->rows[x->row_count++] = x->row;
}

static enum cell_type type_of(const char *t, size_t length) {
    if (length == 1)
        return *t == 's' ? TYPE_SHARED : *t == 'b' ? TYPE_BOOL : *t == 'e' ? TYPE_ERROR : *t == 'd' ? TYPE_ISO : TYPE_NUMBER;
    return length == 0 ? TYPE_NUMBER : TYPE_TEXT; /* "str", "inlineStr" */
}

struct cell_attributes {
    const char *r, *t;
    size_t r_length, t_length;
    unsigned style;
};

/* One pass over the attributes: a workbook has a million cells. */
static struct cell_attributes cell_attributes_read(const struct attributes *attributes) {
    struct cell_attributes found = {0};
    const xmlChar **a = attributes->list;
    for (int i = 0; i < attributes->count; i++, a += 5) {
        if (a[0][1]) continue;
        const char *value = (const char *)a[3];
        size_t length = (size_t)(a[4] - a[3]);
        if (a[0][0] == 'r') found.r = value, found.r_length = length;
        else if (a[0][0] == 't') found.t = value, found.t_length = length;
        else if (a[0][0] == 's') found.style = attributes_number(&(struct attributes){.list = a, .count = 1}, "s");
    }
    return found;
}

static void cell_start(struct walk *walk, const struct attributes *attributes) {
    struct xlsx_state *x = state_of(walk);
    uint32_t column = x->next_column, row = x->row.number;
    struct cell_attributes found = cell_attributes_read(attributes);
    size_t used = 0;
    const char *r = found.r;
    if (r && (!value_reference(r, found.r_length, &column, &row, &used) || used != found.r_length || row != x->row.number)) {
        walk_stop(walk, refuse_damaged(walk->reader, x->row.number, SHEET_NO_COLUMN));
        return;
    }
    x->type = type_of(found.t, found.t_length);
    unsigned style = found.style;
    x->form = style_form(&x->styles, style);
    x->cell = (struct waiting_cell){.column = column};
    x->next_column = column + 1;
    x->formula = false;
    x->in_cell = true;
    text_clear(&x->value);
}

/* Text, kind and rounding of a cell whose characters are no text. */
static void cell_value(struct xlsx_state *x) {
    char *out = x->out;
    const char *v = x->value.at;
    size_t length = x->value.length;
    enum sheet_kind kind = SHEET_TEXT;
    out[0] = 0;
    if (x->type == TYPE_BOOL && length == 1 && (*v == '0' || *v == '1')) {
        kind = SHEET_BOOL;
        memcpy(out, *v == '1' ? "TRUE" : "FALSE", *v == '1' ? 5 : 6);
    } else if (x->type == TYPE_ISO && value_iso(v, length, out, &kind)) {
        /* done */
    } else if (x->type == TYPE_NUMBER && value_number(v, length, out, &x->cell.rounded)) {
        kind = SHEET_NUMBER;
        if (x->form != VALUE_NUMBER && value_serial(strtod(v, NULL), x->form, x->from_1904, out, &kind)) x->cell.rounded = false;
    }
    x->cell.kind = (uint8_t)kind;
}

/* Fills x->cell with what the characters mean; the text goes to the pool, or is a shared one. False: no such shared string. */
static bool cell_fill(struct xlsx_state *x) {
    const char *text = x->out;
    if (x->type == TYPE_SHARED && x->value.length) {
        char *end;
        unsigned long index = strtoul(x->value.at, &end, 10);
        if (*end || index >= x->string_count || x->value.at[0] == '-') return false;
        x->cell.shared = x->strings.at + x->string_at[index];
        x->cell.length = x->string_length[index];
        x->cell.kind = SHEET_TEXT;
        return true;
    }
    if (x->value.length == 0) {
        x->cell.kind = SHEET_EMPTY;
        x->out[0] = 0;
    } else if (x->type == TYPE_TEXT || x->type == TYPE_ERROR) {
        x->cell.length = value_text_decode(x->value.at, x->value.length);
        x->cell.kind = x->type == TYPE_ERROR ? SHEET_ERROR : SHEET_TEXT;
        text = x->value.at;
    } else {
        cell_value(x);
        if (!*text) text = x->value.at; /* not of its type's form: given as text, so that the caller's rule refuses it by name */
        x->cell.length = strlen(text);
    }
    x->cell.offset = x->pool.length - x->row.pool;
    text_addn(&x->pool, text, x->cell.length);
    text_addc(&x->pool, 0);
    return true;
}

static void cell_end(struct walk *walk) {
    struct xlsx_state *x = state_of(walk);
    struct sheet_reader *reader = walk->reader;
    x->in_cell = false;
    if (x->value.length == 0 && !x->formula) return;
    uint32_t row = x->row.number, column = x->cell.column;
    if (!cell_fill(x)) {
        walk_stop(walk, refuse_damaged(reader, row, (int)column));
        return;
    }
    if (x->cell.length == 0 && !x->formula) return;
    if (x->formula) x->cell.kind = SHEET_FORMULA;
    if (column >= reader->limits.columns) {
        walk_stop(walk, sheet_refuse(reader, FAULT_LARGE, row, (int)column, "表格太宽：最多 {0} 列；请删去多余的列",
                                     sheet_figure(reader, reader->limits.columns)));
        return;
    }
    enum fault fault = x->value.over || x->pool.over ? FAULT_LARGE : FAULT_NONE;
    if (fault)
        fault = sheet_refuse(reader, fault, row, (int)column, "这个单元格太长，最多 {0} 个字；请缩短，或改作附件",
                             sheet_figure(reader, reader->limits.cell_chars));
    else
        fault = sheet_cell_fits(reader, row, column, x->cell.shared ? x->cell.shared : x->pool.at + x->row.pool + x->cell.offset,
                                x->cell.length);
    if (fault) {
        walk_stop(walk, fault);
        return;
    }
    if (x->cell_count - x->row.cells == reader->limits.columns) { /* each column once is all that fits: some are doubled */
        walk_stop(walk, refuse_damaged(reader, row, (int)column));
        return;
    }
    GROW(x->cells, x->cell_count, x->cell_room);
    x->cells[x->cell_count++] = x->cell;
}

static void sheet_start(struct walk *walk, const char *name, const struct attributes *attributes) {
    struct xlsx_state *x = state_of(walk);
    if (!x->in_data) {
        if (strcmp(name, "sheetData") == 0) x->in_data = true;
    } else if (!x->in_row) {
        if (name_is(name, "row")) row_start(walk, attributes);
    } else if (!x->in_cell) {
        if (name[0] == 'c' && !name[1]) cell_start(walk, attributes);
    } else if (!name[1]) {
        if (name[0] == 'v') x->in_value = x->type != TYPE_TEXT || x->value.length == 0;
        else if (name[0] == 't') x->in_value = !x->in_phonetic;
        else if (name[0] == 'f') x->formula = true;
    } else if (name_is(name, "rPh")) {
        x->in_phonetic = true;
    }
}

static void sheet_end(struct walk *walk, const char *name) {
    struct xlsx_state *x = state_of(walk);
    x->in_value = false;
    if (x->in_cell) {
        if (name[0] == 'c' && !name[1]) cell_end(walk);
        else if (name_is(name, "rPh")) x->in_phonetic = false;
    } else if (x->in_row) {
        if (name_is(name, "row")) row_end(walk);
    } else if (x->in_data && strcmp(name, "sheetData") == 0) {
        x->in_data = false;
    }
}

/* --- merged ranges: they stand behind the rows, so a first pass over the unpacked bytes finds them and measures the part --- */

static enum fault merge_add(struct sheet_reader *reader, const char *tag, size_t length, size_t *room) {
    struct sheet_range range;
    size_t used = 0, more = 0;
    const char *end = memchr(tag, '>', length), *ref = memmem(tag, length, "ref=", 4);
    if (!end || !ref || ref > end || end - ref < 6) return FAULT_NONE;
    ref += 5;
    if (!value_reference(ref, (size_t)(end - ref), &range.first_column, &range.first_row, &used) || ref[used] != ':')
        return FAULT_NONE;
    if (!value_reference(ref + used + 1, (size_t)(end - ref) - used - 1, &range.last_column, &range.last_row, &more))
        return FAULT_NONE;
    if (reader->merge_count == MERGES_MAX)
        return sheet_refuse(reader, FAULT_LARGE, 0, SHEET_NO_COLUMN, "合并单元格多于 {0} 处；请取消合并再导入",
                            sheet_figure(reader, MERGES_MAX));
    GROW(reader->merges, reader->merge_count, *room);
    reader->merges[reader->merge_count++] = range;
    return FAULT_NONE;
}

/* Takes every whole mergeCell tag in the window; returns through `keep` how many bytes at its end must be seen again. */
static enum fault merges_scan(struct sheet_reader *reader, const char *window, size_t length, bool last, size_t *room,
                              size_t *keep) {
    static const char needle[] = "mergeCell ";
    const char *p = window, *end = window + length;
    enum fault fault = FAULT_NONE;
    while (!fault && (p = memmem(p, (size_t)(end - p), needle, sizeof needle - 1))) {
        size_t left = (size_t)(end - p);
        if (left < MERGE_TAG_MAX && !last) {
            *keep = left;
            return FAULT_NONE;
        }
        fault = merge_add(reader, p, left < MERGE_TAG_MAX ? left : MERGE_TAG_MAX, room);
        p += sizeof needle - 1;
    }
    *keep = length < sizeof needle ? length : sizeof needle - 1;
    return fault;
}

static enum fault sheet_measure(struct sheet_reader *reader, const char *path) {
    _cleanup_(part_close) struct part part = {0};
    _cleanup_(memory_release) char *window = memory_new(MERGE_TAG_MAX + PART_PIECE);
    size_t kept = 0, got = 0, room = 0;
    struct xlsx_state *x = reader->xlsx;
    enum fault fault = part_open(reader, &x->package, path, &part);
    text_init(&x->kept, KEEP_MAX);
    while (!fault) {
        fault = part_read(&part, window + kept, PART_PIECE, &got);
        if (fault) break;
        if (!x->kept.over) text_addn(&x->kept, window + kept, got);
        size_t length = kept + got;
        fault = merges_scan(reader, window, length, got == 0, &room, &kept);
        if (got == 0) break;
        memmove(window, window + length - kept, kept);
    }
    if (x->kept.over) text_release(&x->kept), x->kept.over = true;
    return fault;
}

/* --- opening --- */

static enum fault sheet_begin(struct sheet_reader *reader, const char *path) {
    struct xlsx_state *x = reader->xlsx;
    enum fault fault = sheet_measure(reader, path);
    if (fault) return fault;
    if (x->kept.over) {
        x->package.unpacked -= x->package.last; /* the second pass over the same part is not counted again */
        fault = part_open(reader, &x->package, path, &x->part);
        if (fault) return fault;
    }
    x->in_value = x->in_phonetic = false;
    return walk_begin(&x->walk, reader,
                      &(struct walk_ways){.start = sheet_start, .end = sheet_end, .characters = value_characters});
}

enum fault xlsx_open(struct sheet_reader *reader, const char *wanted) {
    reader->format = SHEET_XLSX;
    struct xlsx_state *x = reader->xlsx = memory_new(sizeof *x);
    struct workbook book = {0};
    size_t cell_bytes = (size_t)reader->limits.cell_chars * 4 + 64;
    text_init(&x->strings, STRING_BYTES_MAX);
    text_init(&x->value, cell_bytes);
    text_init(&x->pool, (size_t)(PART_PIECE + reader->limits.columns * cell_bytes) * 2);
    enum fault fault = package_open(reader, &x->package);
    if (!fault) fault = package_workbook(reader, &x->package, wanted, &book);
    if (fault) return fault;
    x->from_1904 = book.from_1904;
    if (book.styles) fault = package_styles(reader, &x->package, book.styles, &x->styles);
    if (!fault && book.strings)
        fault = walk_part(reader, &x->package, book.strings,
                          &(struct walk_ways){.start = strings_start, .end = strings_end, .characters = value_characters}, NULL);
    if (!fault) fault = sheet_begin(reader, book.sheet);
    return fault;
}

void xlsx_close(struct sheet_reader *reader) {
    struct xlsx_state *x = reader->xlsx;
    if (!x) return;
    walk_end(&x->walk);
    part_close(&x->part);
    package_close(&x->package);
    void *pieces[] = {x->string_at, x->string_length, x->rows, x->cells};
    for (size_t i = 0; i < COUNT_OF(pieces); i++) free(pieces[i]);
    style_forms_release(&x->styles);
    text_release(&x->strings);
    text_release(&x->value);
    text_release(&x->pool);
    text_release(&x->kept);
    memory_release(&reader->xlsx);
}

/* --- giving rows --- */

/* All waiting rows have been given: what remains is the row being parsed, which moves to the front. */
static void queue_reset(struct xlsx_state *x) {
    size_t cells = x->in_row ? x->cell_count - x->row.cells : 0, bytes = x->in_row ? x->pool.length - x->row.pool : 0;
    if (cells) memmove(x->cells, x->cells + x->row.cells, cells * sizeof *x->cells);
    if (bytes) memmove(x->pool.at, x->pool.at + x->row.pool, bytes);
    x->cell_count = cells;
    x->pool.length = bytes;
    x->row.cells = 0;
    x->row.pool = 0;
    x->row_next = x->row_count = 0;
}

/* The next bytes of the worksheet, kept or unpacked again. */
static enum fault piece_next(struct xlsx_state *x, char room[PART_PIECE], const char **piece, size_t *length) {
    if (x->kept.over) {
        *piece = room;
        return part_read(&x->part, room, PART_PIECE, length);
    }
    size_t left = x->kept.length - x->kept_read;
    *piece = left ? x->kept.at + x->kept_read : "";
    *length = left < PART_PIECE ? left : PART_PIECE;
    x->kept_read += *length;
    return FAULT_NONE;
}

static enum fault queue_fill(struct sheet_reader *reader) {
    struct xlsx_state *x = reader->xlsx;
    if (x->row_next < x->row_count) return FAULT_NONE;
    char room[PART_PIECE];
    while (x->row_next == x->row_count && !x->drained) {
        const char *piece = room;
        size_t got = 0;
        queue_reset(x);
        enum fault fault = piece_next(x, room, &piece, &got);
        if (!fault) fault = walk_push(&x->walk, piece, got);
        if (fault) return fault;
        x->drained = got == 0;
    }
    return FAULT_NONE;
}

enum fault xlsx_next(struct sheet_reader *reader, struct sheet_row *row) {
    struct xlsx_state *x = reader->xlsx;
    enum fault fault = queue_fill(reader);
    if (fault || x->row_next == x->row_count) return fault;
    const struct waiting_row *next = &x->rows[x->row_next++];
    size_t used = 0;
    for (size_t i = 0; i < next->count; i++) {
        const struct waiting_cell *from = &x->cells[next->cells + i];
        for (; used <= from->column; used++) reader->cells[used] = (struct sheet_cell){.text = "", .kind = SHEET_EMPTY};
        struct sheet_cell *to = &reader->cells[from->column];
        if (to->kind != SHEET_EMPTY) return refuse_damaged(reader, next->number, (int)from->column);
        *to = (struct sheet_cell){.length = from->length, .kind = (enum sheet_kind)from->kind, .rounded = from->rounded};
        to->text = from->shared ? from->shared : x->pool.at + next->pool + from->offset;
    }
    row->number = row->line = next->number;
    row->count = used;
    return FAULT_NONE;
}
