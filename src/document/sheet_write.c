/* sheet_write.c - writing tables: CSV through its printer, XLSX through libxlsxwriter with rows leaving memory as they come. */
#include "base/civil.h"
#include "base/printer.h"
#include "base/utf8.h"
#include "document/sheet.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

enum {
    ROWS_MAX = 1048576,
    CHARS_MAX = 32767,
    NAME_CHARS_MAX = 31,
    CSV_PIECE = 65536,
    CSV_ROW_MAX = 64 << 20,
    WIDTH_MAX = 60,
    MARK_COLOR = 0xFFC7CE
};

struct sheet_writer {
    const struct sheet_plan *plan;
    struct notes *notes;
    char *path;
    uint32_t row;       /* rows written, the heading among them */
    FILE *file;         /* CSV */
    struct text line;   /* CSV: rows to write; XLSX: a text being made fit */
    bool made;          /* the file at path is ours to remove */
    lxw_workbook *book; /* XLSX */
    lxw_worksheet *sheet;
    lxw_format *heading, *number, *date, *moment, *time, *text, *marked;
    char name[NAME_CHARS_MAX * 4 + 1];
};

void sheet_csv_row(struct text *out, const struct sheet_cell *cells, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (i) text_addc(out, ',');
        csv_cell(out, cells[i].text ? cells[i].text : "");
    }
    text_add(out, "\r\n");
}

static enum fault refuse_file(const struct sheet_writer *w, const char *reason) {
    note_add(w->notes, w->path, "文件写不出来（{0}）；请检查磁盘空间和权限", reason);
    return FAULT_FILE;
}

static enum fault refuse_row(const struct sheet_writer *w, int column, const char *sentence) {
    char letters[SHEET_COLUMN_TEXT] = "", place[NAME_CHARS_MAX * 4 + 40];
    if (column >= 0) sheet_column_letters((uint32_t)column, letters);
    snprintf(place, sizeof place, "%s%s%s%u", w->name, *w->name ? "!" : "", letters, w->row + 1);
    note_add(w->notes, place, sentence);
    return FAULT_LARGE;
}

/* --- CSV --- */

static enum fault csv_flush(struct sheet_writer *w, size_t above) {
    if (w->line.length <= above) return FAULT_NONE;
    if (fwrite(w->line.at, 1, w->line.length, w->file) != w->line.length) return refuse_file(w, strerror(errno));
    text_clear(&w->line);
    return FAULT_NONE;
}

static enum fault csv_begin(struct sheet_writer *w) {
    w->file = fopen(w->path, "wbe");
    if (!w->file) return refuse_file(w, strerror(errno));
    w->made = true;
    if (!w->plan->no_mark) text_add(&w->line, "\xef\xbb\xbf");
    return FAULT_NONE;
}

static enum fault csv_put(struct sheet_writer *w, const struct sheet_cell *cells, size_t count) {
    sheet_csv_row(&w->line, cells, count);
    if (w->line.over) return refuse_row(w, SHEET_NO_COLUMN, "这一行太长，写不进 CSV");
    return csv_flush(w, CSV_PIECE);
}

/* --- XLSX --- */

/* A sheet's name has at most 31 characters and none of []:*?/\ , nor an apostrophe at either end. */
static void name_fit(const char *wanted, char out[NAME_CHARS_MAX * 4 + 1]) {
    size_t to = 0, characters = 0;
    for (const char *p = wanted; *p && characters < NAME_CHARS_MAX; characters++) {
        uint32_t c;
        size_t n = utf8_decode(p, strnlen(p, 4), &c);
        bool edge = *p == '\'' && (to == 0 || !p[1] || characters + 1 == NAME_CHARS_MAX);
        if (n == 0 || c < 0x20 || edge || (n == 1 && strchr("[]:*?/\\", *p))) out[to++] = ' ';
        else memcpy(out + to, p, n), to += n;
        p += n ? n : 1;
    }
    out[to] = 0;
    if (to == 0) memcpy(out, "Sheet1", 7);
}

static lxw_format *format_new(struct sheet_writer *w, const char *code) {
    lxw_format *f = workbook_add_format(w->book);
    if (f) format_set_num_format(f, code);
    return f;
}

static lxw_format *column_format(const struct sheet_writer *w, enum sheet_kind kind) {
    return kind == SHEET_NUMBER ? w->number
         : kind == SHEET_DATE   ? w->date
         : kind == SHEET_TIME   ? w->time
         : kind == SHEET_BOOL   ? w->number
                                : w->text;
}

/* Latin letters count one, all else two: what a Chinese heading takes in the spreadsheet's default font. */
static unsigned heading_width(const char *s) {
    unsigned width = 0;
    for (; *s; s++) {
        if (((unsigned char)*s & 0xc0) != 0x80) width += (unsigned char)*s < 0x80 ? 1 : 2;
    }
    return width;
}

static void columns_set(struct sheet_writer *w) {
    for (size_t i = 0; i < w->plan->column_count; i++) {
        const struct sheet_column *c = &w->plan->columns[i];
        unsigned least = c->kind == SHEET_DATE ? 12 : c->kind == SHEET_TEXT ? 16 : 10, needed = heading_width(c->heading) + 4;
        unsigned width = c->width ? c->width : needed > least ? needed : least;
        if (!c->width && width > WIDTH_MAX) width = WIDTH_MAX;
        worksheet_set_column(w->sheet, (lxw_col_t)i, (lxw_col_t)i, width, column_format(w, c->kind));
    }
    worksheet_freeze_panes(w->sheet, 1, 0);
}

static enum fault xlsx_begin(struct sheet_writer *w) {
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    w->book = workbook_new_opt(w->path, &options);
    if (!w->book) return refuse_file(w, "libxlsxwriter");
    name_fit(w->plan->sheet ? w->plan->sheet : "", w->name);
    w->sheet = workbook_add_worksheet(w->book, w->name);
    w->heading = format_new(w, "@");
    w->number = format_new(w, "General");
    w->date = format_new(w, "yyyy-mm-dd");
    w->moment = format_new(w, "yyyy-mm-dd hh:mm:ss");
    w->time = format_new(w, "[hh]:mm:ss");
    w->text = format_new(w, "@");
    w->marked = format_new(w, "@");
    if (!w->sheet || !w->heading || !w->number || !w->date || !w->moment || !w->time || !w->text || !w->marked)
        return refuse_file(w, "libxlsxwriter");
    format_set_bold(w->heading);
    format_set_bg_color(w->marked, MARK_COLOR);
    lxw_doc_properties properties = {.title = (char *)(uintptr_t)w->plan->title,
                                     .author = (char *)(uintptr_t)w->plan->author,
                                     .created = (time_t)(w->plan->created_ms / 1000)};
    if (properties.created == 0) properties.created = 1; /* zero would mean now */
    workbook_set_properties(w->book, &properties);
    columns_set(w);
    return FAULT_NONE;
}

static double clock_fraction(int h, int m, int s) { return (h * 3600 + m * 60 + s) / 86400.0; }

/* Serial of "YYYY-MM-DD" with or without " HH:MM:SS" in the 1900 system; false for dates before 1900-03-01, whose serials differ
 * between programs, and for anything else: it is then written as text. */
static bool date_serial(const char *text, double *serial, bool *with_time) {
    char date[CIVIL_TEXT];
    civil_day day;
    int h = 0, m = 0, s = 0, used = 0;
    size_t length = strlen(text);
    if (length != 10 && length != 19) return false;
    memcpy(date, text, 10);
    date[10] = 0;
    if (!civil_parse(date, &day) || day + 25569 < 61) return false;
    *with_time = length == 19;
    if (*with_time && (sscanf(text + 10, " %2d:%2d:%2d%n", &h, &m, &s, &used) != 3 || used != 9 || h > 23 || m > 59 || s > 59 ||
                       h < 0 || m < 0 || s < 0))
        return false;
    *serial = day + 25569 + clock_fraction(h, m, s);
    return true;
}

static bool time_serial(const char *text, double *serial) {
    int h, m, s, used = 0;
    if (strspn(text, "0123456789:") != strlen(text) || sscanf(text, "%5d:%2d:%2d%n", &h, &m, &s, &used) != 3) return false;
    if (text[used] || m > 59 || s > 59) return false;
    *serial = clock_fraction(h, m, s);
    return true;
}

/* A plain decimal of at most 15 digits survives the spreadsheet's floating point exactly. */
static bool number_exact(const char *text, double *value) {
    const char *p = text;
    size_t digits = 0, points = 0;
    if (*p == '-') p++;
    if (!(*p >= '0' && *p <= '9') || (*p == '0' && p[1] >= '0' && p[1] <= '9')) return false;
    for (; *p; p++) {
        if (*p == '.' && !points && p[1]) points++;
        else if (*p >= '0' && *p <= '9') digits++;
        else return false;
    }
    if (digits > 15) return false;
    *value = strtod(text, NULL);
    return true;
}

static bool escape_like(const char *s) {
    return s[0] == '_' && s[1] == 'x' && strspn(s + 2, "0123456789abcdefABCDEF") >= 4 && s[6] == '_';
}

/* The text as XML may hold it: what XML forbids becomes a space, and what would read as an _xHHHH_ escape is escaped itself.
 * Most texts are fine as they are and come back themselves. */
static const char *string_fit(struct text *room, const char *s) {
    const char *plain = s;
    text_clear(room);
    for (const char *p = s; *p;) {
        uint32_t c = 0;
        size_t n = utf8_decode(p, strnlen(p, 4), &c);
        bool forbidden = n == 0 || (c < 0x20 && c != '\t' && c != '\n') || c == 0xfffe || c == 0xffff;
        if (!n) n = 1;
        if (forbidden || escape_like(p)) {
            text_addn(room, plain, (size_t)(p - plain));
            if (!(c == '\r' && p[1] == '\n')) text_add(room, forbidden ? " " : "_x005F_");
            plain = p + n;
        }
        p += n;
    }
    if (plain == s) return s;
    text_add(room, plain);
    return room->at;
}

static lxw_error xlsx_cell(struct sheet_writer *w, lxw_col_t column, const struct sheet_cell *cell) {
    const char *text = cell->text ? cell->text : "";
    double value = 0;
    bool with_time = false;
    if (cell->marked)
        return *text ? worksheet_write_string(w->sheet, w->row, column, string_fit(&w->line, text), w->marked)
                     : worksheet_write_blank(w->sheet, w->row, column, w->marked);
    if (!*text || cell->kind == SHEET_EMPTY) return LXW_NO_ERROR;
    if (cell->kind == SHEET_NUMBER && number_exact(text, &value))
        return worksheet_write_number(w->sheet, w->row, column, value, w->number);
    if (cell->kind == SHEET_DATE && date_serial(text, &value, &with_time))
        return worksheet_write_number(w->sheet, w->row, column, value, with_time ? w->moment : w->date);
    if (cell->kind == SHEET_TIME && time_serial(text, &value))
        return worksheet_write_number(w->sheet, w->row, column, value, w->time);
    if (cell->kind == SHEET_BOOL && (strcmp(text, "TRUE") == 0 || strcmp(text, "FALSE") == 0))
        return worksheet_write_boolean(w->sheet, w->row, column, *text == 'T', w->number);
    return worksheet_write_string(w->sheet, w->row, column, string_fit(&w->line, text), w->row == 0 ? w->heading : w->text);
}

/* --- the writer --- */

static void writer_free(struct sheet_writer **writer, bool keep_file) {
    struct sheet_writer *w = *writer;
    if (w->book) lxw_workbook_free(w->book);
    if (w->file) fclose(w->file);
    if (!keep_file && w->made) unlink(w->path);
    text_release(&w->line);
    memory_release(&w->path);
    memory_release(writer);
}

enum fault sheet_put(struct sheet_writer *w, const struct sheet_cell *cells, size_t count) {
    assert(count <= w->plan->column_count);
    if (w->row == ROWS_MAX) return refuse_row(w, SHEET_NO_COLUMN, "行数超过 1048576 行，表格程序打不开；请缩小范围，分成几个文件");
    for (size_t i = 0; i < count; i++) {
        const char *text = cells[i].text ? cells[i].text : "";
        if (strnlen(text, CHARS_MAX + 1) > CHARS_MAX && utf8_count(text) > CHARS_MAX)
            return refuse_row(w, (int)i, "这个单元格超过 32767 个字，表格程序打不开；请缩短");
    }
    enum fault fault = FAULT_NONE;
    if (w->plan->format == SHEET_CSV) fault = csv_put(w, cells, count);
    for (size_t i = 0; w->plan->format == SHEET_XLSX && i < count && !fault; i++) {
        if (xlsx_cell(w, (lxw_col_t)i, &cells[i]) != LXW_NO_ERROR) fault = refuse_file(w, "libxlsxwriter");
    }
    if (!fault) w->row++;
    return fault;
}

static enum fault heading_put(struct sheet_writer *w) {
    struct sheet_cell *cells = memory_new((w->plan->column_count + 1) * sizeof *cells);
    for (size_t i = 0; i < w->plan->column_count; i++)
        cells[i] = (struct sheet_cell){.text = w->plan->columns[i].heading, .kind = SHEET_TEXT};
    enum fault fault = sheet_put(w, cells, w->plan->column_count);
    memory_release(&cells);
    return fault;
}

enum fault sheet_create(const char *path, const struct sheet_plan *plan, struct notes *notes, struct sheet_writer **out) {
    assert(plan->column_count > 0 && plan->column_count <= 16384);
    struct sheet_writer *w = memory_new(sizeof *w);
    w->plan = plan;
    w->notes = notes;
    text_init(&w->line, CSV_ROW_MAX);
    w->path = memory_new(strlen(path) + 1);
    memcpy(w->path, path, strlen(path));
    enum fault fault = plan->format == SHEET_CSV ? csv_begin(w) : xlsx_begin(w);
    if (!fault) fault = heading_put(w);
    if (fault) {
        writer_free(&w, false);
        return fault;
    }
    *out = w;
    return FAULT_NONE;
}

enum fault sheet_finish(struct sheet_writer **writer) {
    struct sheet_writer *w = *writer;
    enum fault fault = FAULT_NONE;
    if (w->plan->format == SHEET_CSV) {
        fault = csv_flush(w, 0);
        FILE *file = w->file;
        w->file = NULL;
        if (fclose(file) != 0 && !fault) fault = refuse_file(w, strerror(errno));
    } else {
        worksheet_autofilter(w->sheet, 0, 0, w->row - 1, (lxw_col_t)(w->plan->column_count - 1));
        w->made = true;                            /* libxlsxwriter opens it only now */
        lxw_error error = workbook_close(w->book); /* frees the book in any case */
        w->book = NULL;
        if (error) fault = refuse_file(w, lxw_strerror(error));
    }
    writer_free(writer, !fault);
    return fault;
}

void sheet_abandon(struct sheet_writer **writer) {
    if (*writer) writer_free(writer, false);
}
