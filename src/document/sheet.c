/* sheet.c - opening a table file: reading it under the size limit, telling CSV from XLSX, and naming places in it. */
#include "document/sheet.h"

#include "base/utf8.h"
#include "document/sheet_inside.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void sheet_column_letters(uint32_t column, char out[SHEET_COLUMN_TEXT]) {
    char reversed[SHEET_COLUMN_TEXT];
    size_t n = 0;
    for (uint64_t left = (uint64_t)column + 1; left; left = (left - 1) / 26) reversed[n++] = (char)('A' + (left - 1) % 26);
    for (size_t i = 0; i < n; i++) out[i] = reversed[n - 1 - i];
    out[n] = 0;
}

const char *sheet_place(struct arena *arena, const char *sheet, uint32_t row, int column) {
    char letters[SHEET_COLUMN_TEXT] = "";
    const char *mark = sheet && *sheet && row ? "!" : "";
    if (column >= 0) sheet_column_letters((uint32_t)column, letters);
    if (!row) return arena_copy(arena, sheet ? sheet : "");
    return arena_format(arena, "%s%s%s%u", sheet ? sheet : "", mark, letters, row);
}

const char *sheet_place_words(struct arena *arena, enum lang lang, const char *sheet, uint32_t row, int column) {
    char letters[SHEET_COLUMN_TEXT] = "", number[16];
    if (column >= 0) sheet_column_letters((uint32_t)column, letters);
    snprintf(number, sizeof number, "%u", row);
    bool named = sheet && *sheet;
    const char *sentence = named ? (!row         ? "工作表“{0}”"
                                    : column < 0 ? "工作表“{0}”第 {1} 行"
                                                 : "工作表“{0}”第 {1} 行 {2} 列")
                                 : (!row         ? "整个文件"
                                    : column < 0 ? "第 {1} 行"
                                                 : "第 {1} 行 {2} 列");
    const char *args[NOTE_ARGS] = {named ? sheet : "", number, letters};
    _cleanup_(text_release) struct text words;
    text_init(&words, 8192);
    note_fill(&words, lang_tr(lang, sentence), args);
    return arena_copy(arena, words.at ? words.at : "");
}

const char *sheet_range_place(struct arena *arena, const char *sheet, const struct sheet_range *range) {
    char first[SHEET_COLUMN_TEXT], last[SHEET_COLUMN_TEXT];
    sheet_column_letters(range->first_column, first);
    sheet_column_letters(range->last_column, last);
    const char *name = sheet ? sheet : "";
    return arena_format(arena, "%s%s%s%u:%s%u", name, *name ? "!" : "", first, range->first_row, last, range->last_row);
}

const char *sheet_place_of(struct sheet_reader *reader, uint32_t row, int column) {
    bool whole = row == 0 && (!reader->sheet || !*reader->sheet);
    return sheet_place(&reader->arena, whole ? reader->file : reader->sheet, row, column);
}

const char *sheet_figure(struct sheet_reader *reader, uint64_t number) {
    return arena_format(&reader->arena, "%llu", (unsigned long long)number);
}

enum fault sheet_cell_fits(struct sheet_reader *reader, uint32_t row, uint32_t column, const char *text, size_t length) {
    size_t limit = reader->limits.cell_chars, characters = 0;
    if (length <= limit) return FAULT_NONE;
    for (size_t i = 0; i < length; i++) characters += ((unsigned char)text[i] & 0xc0) != 0x80;
    if (characters <= limit) return FAULT_NONE;
    return sheet_refuse(reader, FAULT_LARGE, row, (int)column, "这个单元格有 {0} 个字，最多 {1} 个；请缩短，或改作附件",
                        sheet_figure(reader, characters), sheet_figure(reader, limit));
}

struct sheet_limits sheet_limits_filled(const struct sheet_limits *given) {
    struct sheet_limits l = given ? *given : (struct sheet_limits){0};
    if (!l.file_bytes) l.file_bytes = (size_t)64 << 20;
    if (!l.unpacked_bytes) l.unpacked_bytes = (uint64_t)512 << 20;
    if (!l.ratio) l.ratio = 250;
    if (!l.rows) l.rows = 1048576;
    if (!l.columns) l.columns = 200;
    if (l.columns > 16384) l.columns = 16384;
    if (!l.cell_chars) l.cell_chars = 32767;
    if (!l.sheets) l.sheets = 255;
    return l;
}

static enum fault refuse_size(struct sheet_reader *reader, uint64_t size) {
    const char *limit = arena_format(&reader->arena, "%.1f MB", (double)reader->limits.file_bytes / 1048576);
    const char *is = arena_format(&reader->arena, "%.1f MB", (double)size / 1048576);
    return sheet_refuse(reader, FAULT_LARGE, 0, SHEET_NO_COLUMN, "文件有 {0}，最多 {1}；请分成几个文件，或删去图片和多余的工作表",
                        is, limit);
}

static enum fault refuse_file(struct sheet_reader *reader) {
    return sheet_refuse(reader, FAULT_FILE, 0, SHEET_NO_COLUMN, "文件读不出来（{0}）；请检查路径和权限", strerror(errno));
}

static void descriptor_close(int *fd) {
    if (*fd >= 0) close(*fd);
}

/* The whole file into memory: it is capped, and a file that changes underneath cannot then confuse the parser. */
static enum fault file_load(struct sheet_reader *reader, const char *path) {
    _cleanup_(descriptor_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) return refuse_file(reader);
    if (!S_ISREG(st.st_mode)) return sheet_refuse(reader, FAULT_FILE, 0, SHEET_NO_COLUMN, "这不是普通文件；应为 CSV 或 XLSX 文件");
    if ((uint64_t)st.st_size > reader->limits.file_bytes) return refuse_size(reader, (uint64_t)st.st_size);
    size_t room = (size_t)st.st_size;
    reader->owned = memory_new(room + 1);
    while (reader->length < room) {
        ssize_t got = read(fd, reader->owned + reader->length, room - reader->length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return refuse_file(reader);
        if (got == 0) break;
        reader->length += (size_t)got;
    }
    reader->bytes = reader->owned;
    return FAULT_NONE;
}

static bool begins(const struct sheet_reader *reader, const char *signature, size_t length) {
    return reader->length >= length && memcmp(reader->bytes, signature, length) == 0;
}

static enum fault table_open(struct sheet_reader *reader, const struct sheet_source *source) {
    if (source->path) {
        enum fault fault = file_load(reader, source->path);
        if (fault) return fault;
    } else {
        reader->bytes = source->bytes;
        reader->length = source->length;
        if (reader->length > reader->limits.file_bytes) return refuse_size(reader, reader->length);
    }
    if (reader->length == 0) return sheet_refuse(reader, FAULT_INPUT, 0, SHEET_NO_COLUMN, "文件是空的；应有表头一行和数据行");
    if (begins(reader, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8))
        return sheet_refuse(reader, FAULT_INPUT, 0, SHEET_NO_COLUMN,
                            "这是旧版 .xls 文件或加了密码的表格；请去掉密码，另存为 .xlsx 再导入");
    if (begins(reader, "PK\3\4", 4) || begins(reader, "PK\5\6", 4)) return xlsx_open(reader, source->sheet);
    enum fault fault = csv_open(reader);
    if (!fault && source->sheet && *source->sheet)
        return sheet_refuse(reader, FAULT_INPUT, 0, SHEET_NO_COLUMN, "CSV 文件没有工作表“{0}”；请不要指定工作表", source->sheet);
    return fault;
}

static const char *source_name(const struct sheet_source *source) {
    if (source->name) return source->name;
    if (!source->path) return "";
    const char *slash = strrchr(source->path, '/');
    return slash ? slash + 1 : source->path;
}

enum fault sheet_open(const struct sheet_source *source, const struct sheet_limits *limits, struct notes *notes,
                      struct sheet_reader **out) {
    assert(source->path || source->bytes || source->length == 0);
    _cleanup_(sheet_close) struct sheet_reader *reader = memory_new(sizeof *reader);
    reader->limits = sheet_limits_filled(limits);
    reader->notes = notes;
    arena_init(&reader->arena, SHEET_ARENA_BYTES);
    reader->file = arena_copy(&reader->arena, source_name(source));
    reader->sheet = "";
    reader->encoding = "UTF-8";
    reader->cells = memory_new(reader->limits.columns * sizeof *reader->cells);
    enum fault fault = table_open(reader, source);
    if (fault) return fault;
    *out = reader;
    reader = NULL;
    return FAULT_NONE;
}

enum fault sheet_next(struct sheet_reader *reader, struct sheet_row *row) {
    if (reader->failed) return reader->failed;
    struct sheet_row next = {.sheet = reader->sheet, .cells = reader->cells};
    if (!reader->ended) {
        reader->failed = reader->format == SHEET_CSV ? csv_next(reader, &next) : xlsx_next(reader, &next);
        if (reader->failed) return reader->failed;
        if (next.number == 0) reader->ended = true;
    }
    *row = next;
    return FAULT_NONE;
}

void sheet_close(struct sheet_reader **pointer) {
    struct sheet_reader *reader = *pointer;
    if (!reader) return;
    csv_close(reader);
    xlsx_close(reader);
    memory_release(&reader->owned);
    memory_release(&reader->cells);
    memory_release(&reader->merges);
    arena_release(&reader->arena);
    memory_release(pointer);
}

enum sheet_format sheet_format_of(const struct sheet_reader *reader) { return reader->format; }
const char *sheet_name(const struct sheet_reader *reader) { return reader->sheet; }
const char *sheet_encoding(const struct sheet_reader *reader) { return reader->encoding; }
char sheet_separator(const struct sheet_reader *reader) { return reader->separator; }

const struct sheet_info *sheet_list(const struct sheet_reader *reader, size_t *count) {
    *count = reader->sheet_count;
    return reader->sheets;
}

const struct sheet_range *sheet_merges(const struct sheet_reader *reader, size_t *count) {
    *count = reader->merge_count;
    return reader->merges;
}

const struct sheet_range *sheet_merge_in_row(const struct sheet_reader *reader, uint32_t row) {
    for (size_t i = 0; i < reader->merge_count; i++) {
        if (reader->merges[i].first_row <= row && row <= reader->merges[i].last_row) return &reader->merges[i];
    }
    return NULL;
}
