/* fuzz_xlsx.c - foreign bytes as the parts of a workbook (its worksheet, strings, styles and workbook, separated by NUL), or,
 * if they begin like a zip archive, as the archive itself. */
#include "base/utf8.h"
#include "document/sheet.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define RELS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

static const struct sheet_limits limits = {
    .rows = 5000, .columns = 20, .cell_chars = 200, .file_bytes = 1 << 20, .unpacked_bytes = 4 << 20, .sheets = 8};

static void check_row(const struct sheet_row *row, uint32_t last) {
    assert(row->number > last && row->number <= limits.rows && row->count > 0 && row->count <= limits.columns);
    for (size_t i = 0; i < row->count; i++) {
        const struct sheet_cell *cell = &row->cells[i];
        assert(strlen(cell->text) == cell->length && utf8_valid(cell->text, cell->length));
        if (cell->kind == SHEET_DATE) assert(cell->length == 10 || cell->length == 19);
        if (cell->kind == SHEET_NUMBER) assert(strspn(cell->text, "-0123456789.") == cell->length && cell->length > 0);
    }
}

static void read_all(const void *bytes, size_t length) {
    _cleanup_(arena_release) struct arena arena;
    _cleanup_(sheet_close) struct sheet_reader *reader = NULL;
    struct notes notes;
    struct sheet_row row = {0};
    uint32_t last = 0;
    arena_init(&arena, 1 << 20);
    notes_init(&notes, &arena);
    enum fault fault = sheet_open(&(struct sheet_source){.bytes = bytes, .length = length, .name = "f"}, &limits, &notes, &reader);
    while (!fault && (fault = sheet_next(reader, &row)) == FAULT_NONE && row.number) {
        check_row(&row, last);
        last = row.number;
    }
    assert(fault == FAULT_NONE || fault == FAULT_INPUT || fault == FAULT_LARGE);
    assert((notes.count == 1) == (fault != FAULT_NONE));
}

static void part_put(zip_t *zip, const char *name, const void *bytes, size_t length) {
    zip_source_t *source = zip_source_buffer(zip, bytes, length, 0);
    zip_int64_t index = zip_file_add(zip, name, source, 0);
    assert(index >= 0 && zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0) == 0);
}

/* The next piece up to a NUL or the end; `usual` where there is none left. */
static void piece_put(zip_t *zip, const char *name, const uint8_t **at, const uint8_t *end, const char *usual) {
    const uint8_t *stop = *at < end ? memchr(*at, 0, (size_t)(end - *at)) : NULL;
    if (!stop) stop = end;
    if (*at < end) part_put(zip, name, *at, (size_t)(stop - *at));
    else if (*usual) part_put(zip, name, usual, strlen(usual));
    *at = stop < end ? stop + 1 : end;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length >= 2 && bytes[0] == 'P' && bytes[1] == 'K') {
        read_all(bytes, length);
        return 0;
    }
    static const char root[] = "<r><Relationship Id=\"a\" Type=\"/officeDocument\" Target=\"xl/workbook.xml\"/></r>";
    static const char relations[] =
        "<r><Relationship Id=\"a\" Type=\"/worksheet\" Target=\"s.xml\"/><Relationship Id=\"b\" Type=\"/styles\" "
        "Target=\"y.xml\"/><Relationship Id=\"c\" Type=\"/sharedStrings\" Target=\"t.xml\"/></r>";
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *out = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *zip = zip_open_from_source(out, ZIP_TRUNCATE, &error);
    assert(zip);
    zip_source_keep(out);
    const uint8_t *at = bytes, *end = bytes + length;
    part_put(zip, "_rels/.rels", root, sizeof root - 1);
    part_put(zip, "xl/_rels/workbook.xml.rels", relations, sizeof relations - 1);
    piece_put(zip, "xl/s.xml", &at, end, "<w/>");
    piece_put(zip, "xl/t.xml", &at, end, "<sst/>");
    piece_put(zip, "xl/y.xml", &at, end, "<styleSheet/>");
    piece_put(zip, "xl/workbook.xml", &at, end, "<w xmlns:r=\"" RELS "\"><sheets><sheet name=\"s\" r:id=\"a\"/></sheets></w>");
    assert(zip_close(zip) == 0);
    zip_stat_t stat;
    assert(zip_source_stat(out, &stat) == 0 && zip_source_open(out) == 0);
    char *archive = malloc((size_t)stat.size);
    assert(archive && zip_source_read(out, archive, stat.size) == (zip_int64_t)stat.size);
    zip_source_close(out);
    zip_source_free(out);
    read_all(archive, (size_t)stat.size);
    free(archive);
    return 0;
}
