/* csv.c - reading CSV (RFC 4180) in the encodings that offices use, one record at a time. */
#include "base/utf8.h"
#include "document/sheet_inside.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

struct csv_state {
    const char *at, *end;
    uint32_t record;   /* number of the record read last */
    uint32_t line;     /* line of the file that `at` is on, from 1 */
    struct text pool;  /* texts of one record, each with its NUL */
    size_t *starts;    /* limits.columns offsets into pool */
    uint8_t stop[256]; /* bytes that end the plain run of an unquoted cell */
};

/* Most files are ASCII and Chinese; eight ASCII bytes are skipped at a time. Returns the offset of the first bad byte, or length. */
static size_t utf8_span(const char *s, size_t length) {
    size_t i = 0;
    while (i < length) {
        uint64_t word;
        if (length - i >= sizeof word) {
            memcpy(&word, s + i, sizeof word);
            if (!(word & 0x8080808080808080u)) {
                i += sizeof word;
                continue;
            }
        }
        uint32_t character;
        size_t step = utf8_decode(s + i, length - i, &character);
        if (!step) return i;
        i += step;
    }
    return length;
}

static void converter_close(iconv_t *c) {
    if (*c != (iconv_t)-1) iconv_close(*c);
}

static uint32_t lines_before(const char *bytes, size_t length) {
    uint32_t lines = 1;
    for (const char *p = bytes, *end = bytes + length; (p = memchr(p, '\n', (size_t)(end - p))); p++) lines++;
    return lines;
}

/* Converts the whole (capped) file to UTF-8. `skip` bytes of mark are left out. */
static enum fault csv_convert(struct sheet_reader *reader, const char *from, size_t skip) {
    _cleanup_(converter_close) iconv_t converter = iconv_open("UTF-8", from);
    if (converter == (iconv_t)-1)
        return sheet_refuse(reader, FAULT_SYSTEM, 0, SHEET_NO_COLUMN, "这台机器不会转换 {0} 编码；请另存为 UTF-8 的 CSV", from);
    size_t in_left = reader->length - skip, room = in_left * 2 + 16, out_left = room;
    char *in = (char *)(uintptr_t)(reader->bytes + skip); /* iconv's prototype lacks the const; it does not write there */
    _cleanup_(memory_release) char *out = memory_new(room);
    char *to = out;
    if (iconv(converter, &in, &in_left, &to, &out_left) == (size_t)-1) {
        uint32_t line = lines_before(reader->bytes, (size_t)(in - reader->bytes));
        return sheet_refuse(reader, FAULT_INPUT, 0, SHEET_NO_COLUMN,
                            "文件第 {0} 行不是 UTF-8 也不是 GB18030 文字；请用表格程序另存为“CSV UTF-8”或 .xlsx",
                            sheet_figure(reader, line));
    }
    size_t length = (size_t)(to - out);
    memory_release(&reader->owned);
    reader->owned = out;
    out = NULL;
    reader->bytes = reader->owned;
    reader->length = length;
    return FAULT_NONE;
}

static enum fault csv_decode(struct sheet_reader *reader) {
    const unsigned char *b = (const unsigned char *)reader->bytes;
    enum fault fault = FAULT_NONE;
    if (reader->length >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff))) {
        reader->encoding = "UTF-16";
        fault = csv_convert(reader, b[0] == 0xff ? "UTF-16LE" : "UTF-16BE", 2);
    } else if (reader->length >= 3 && memcmp(b, "\xef\xbb\xbf", 3) == 0) {
        size_t good = utf8_span(reader->bytes, reader->length);
        if (good < reader->length)
            return sheet_refuse(reader, FAULT_INPUT, 0, SHEET_NO_COLUMN, "文件第 {0} 行不是有效的 UTF-8 文字；请另存为“CSV UTF-8”",
                                sheet_figure(reader, lines_before(reader->bytes, good)));
        reader->bytes += 3;
        reader->length -= 3;
    } else if (utf8_span(reader->bytes, reader->length) < reader->length) {
        reader->encoding = "GB18030";
        fault = csv_convert(reader, "GB18030", 0);
    }
    return fault;
}

/* The mark that stands most often outside quotes in the first line that has anything; the comma when in doubt. */
static char csv_separator(const char *s, const char *end) {
    size_t commas = 0, semicolons = 0, tabs = 0;
    bool quoted = false, any = false;
    for (; s < end; s++) {
        if (*s == '"') quoted = !quoted;
        if (quoted) continue;
        if ((*s == '\n' || *s == '\r') && any) break;
        if (*s != '\n' && *s != '\r') any = true;
        commas += *s == ',';
        semicolons += *s == ';';
        tabs += *s == '\t';
    }
    if (tabs > commas && tabs >= semicolons) return '\t';
    return semicolons > commas ? ';' : ',';
}

enum fault csv_open(struct sheet_reader *reader) {
    reader->format = SHEET_CSV;
    enum fault fault = csv_decode(reader);
    if (fault) return fault;
    struct csv_state *csv = reader->csv = memory_new(sizeof *csv);
    csv->at = reader->bytes;
    csv->end = reader->bytes + reader->length;
    csv->line = 1;
    csv->starts = memory_new(reader->limits.columns * sizeof *csv->starts);
    text_init(&csv->pool, (size_t)reader->limits.columns * ((size_t)reader->limits.cell_chars * 4 + 8));
    reader->separator = csv_separator(csv->at, csv->end);
    const char stops[] = {reader->separator, '\r', '\n', '"', 0};
    for (size_t i = 0; i < sizeof stops; i++) csv->stop[(unsigned char)stops[i]] = 1;
    reader->sheets = arena_new(&reader->arena, struct sheet_info);
    reader->sheets->name = "";
    reader->sheet_count = 1;
    return FAULT_NONE;
}

void csv_close(struct sheet_reader *reader) {
    if (!reader->csv) return;
    text_release(&reader->csv->pool);
    memory_release(&reader->csv->starts);
    memory_release(&reader->csv);
}

static enum fault refuse_nul(struct sheet_reader *reader, uint32_t column) {
    struct csv_state *csv = reader->csv;
    return sheet_refuse(reader, FAULT_INPUT, csv->record, (int)column,
                        "文件第 {0} 行有空字节（NUL），不是文字文件；请用表格程序另存为 CSV", sheet_figure(reader, csv->line));
}

/* A quoted cell, `at` behind its first quote: pieces between quotes and line breaks are copied as they are found. */
static enum fault quoted_cell(struct sheet_reader *reader, uint32_t column) {
    struct csv_state *csv = reader->csv;
    const char *p = csv->at, *plain = p;
    uint32_t opened = csv->line;
    for (;; p++) {
        if (p == csv->end)
            return sheet_refuse(reader, FAULT_INPUT, csv->record, (int)column,
                                "第 {0} 行的引号一直没有结束；请补上结束的引号（\"）", sheet_figure(reader, opened));
        if (*p == '"') {
            text_addn(&csv->pool, plain, (size_t)(p - plain));
            if (p + 1 == csv->end || p[1] != '"') break;
            plain = ++p; /* a doubled quote: the second is the text's */
        } else if (*p == '\r') {
            text_addn(&csv->pool, plain, (size_t)(p - plain));
            if (p + 1 == csv->end || p[1] != '\n') text_addc(&csv->pool, '\n'), csv->line++;
            plain = p + 1;
        } else if (*p == '\n') {
            csv->line++;
        } else if (*p == 0) {
            return refuse_nul(reader, column);
        }
    }
    csv->at = p + 1;
    if (csv->at < csv->end && *csv->at != reader->separator && *csv->at != '\r' && *csv->at != '\n')
        return sheet_refuse(reader, FAULT_INPUT, csv->record, (int)column,
                            "第 {0} 行：结束的引号后面还有文字；文字里的引号应写成两个（\"\"）", sheet_figure(reader, csv->line));
    return FAULT_NONE;
}

static enum fault plain_cell(struct sheet_reader *reader, uint32_t column) {
    struct csv_state *csv = reader->csv;
    const char *p = csv->at;
    while (p < csv->end && !csv->stop[(unsigned char)*p]) p++;
    if (p < csv->end && *p == 0) return refuse_nul(reader, column);
    if (p < csv->end && *p == '"')
        return sheet_refuse(reader, FAULT_INPUT, csv->record, (int)column,
                            "第 {0} 行：文字中间有单独的引号；请把整个单元格放进引号，里面的引号写成两个（\"\"）",
                            sheet_figure(reader, csv->line));
    text_addn(&csv->pool, csv->at, (size_t)(p - csv->at));
    csv->at = p;
    return FAULT_NONE;
}

/* csv_cell puts an apostrophe before what a spreadsheet would run as a formula; reading takes it off again. */
static size_t guard_length(const char *s, size_t length) {
    static const char *const wide[] = {"＝", "＋", "－", "＠"};
    if (length < 2 || s[0] != '\'') return 0;
    for (size_t i = 0; i < COUNT_OF(wide); i++) {
        if (length > strlen(wide[i]) && memcmp(s + 1, wide[i], strlen(wide[i])) == 0) return 1;
    }
    return strchr("=+-@\t\r\n", s[1]) ? 1 : 0;
}

/* One cell into the pool. Past the last allowed column only emptiness is let through. */
static enum fault csv_cell_read(struct sheet_reader *reader, uint32_t column, size_t *used) {
    struct csv_state *csv = reader->csv;
    size_t start = csv->pool.length;
    bool quoted = csv->at < csv->end && *csv->at == '"';
    if (quoted) csv->at++;
    enum fault fault = quoted ? quoted_cell(reader, column) : plain_cell(reader, column);
    if (fault) return fault;
    size_t length = csv->pool.length - start;
    const char *text = length ? csv->pool.at + start : "";
    if (csv->pool.over || column >= reader->limits.columns) {
        if (length == 0 && !csv->pool.over) return FAULT_NONE;
        return sheet_refuse(reader, FAULT_LARGE, csv->record, (int)column,
                            "表格太宽：最多 {0} 列；请删去多余的列，或检查第 {1} 行的分隔符",
                            sheet_figure(reader, reader->limits.columns), sheet_figure(reader, csv->line));
    }
    fault = sheet_cell_fits(reader, csv->record, column, text, length);
    if (fault) return fault;
    size_t guard = guard_length(text, length);
    csv->starts[column] = start + guard;
    reader->cells[column] = (struct sheet_cell){.length = length - guard, .kind = length ? SHEET_TEXT : SHEET_EMPTY};
    text_addc(&csv->pool, 0);
    if (length) *used = column + 1;
    return FAULT_NONE;
}

static void line_end(struct csv_state *csv) {
    if (csv->at == csv->end) return;
    char first = *csv->at++;
    if (first == '\r' && csv->at < csv->end && *csv->at == '\n') csv->at++;
    csv->line++;
}

enum fault csv_next(struct sheet_reader *reader, struct sheet_row *row) {
    struct csv_state *csv = reader->csv;
    while (csv->at < csv->end) {
        uint32_t line = csv->line, column = 0;
        size_t used = 0;
        if (csv->record == reader->limits.rows)
            return sheet_refuse(reader, FAULT_LARGE, csv->record + 1, SHEET_NO_COLUMN, "行数超过 {0} 行；请分成几个文件",
                                sheet_figure(reader, reader->limits.rows));
        csv->record++;
        text_clear(&csv->pool);
        for (;; column++) {
            enum fault fault = csv_cell_read(reader, column, &used);
            if (fault) return fault;
            if (csv->at == csv->end || *csv->at != reader->separator) break;
            csv->at++;
        }
        line_end(csv);
        if (used == 0) continue;
        for (size_t i = 0; i < used; i++) reader->cells[i].text = csv->pool.at + csv->starts[i];
        row->number = csv->record;
        row->line = line;
        row->count = used;
        return FAULT_NONE;
    }
    return FAULT_NONE;
}
