/* fuzz_csv.c - foreign bytes as a table file: read to the end or refused with one note; what is read is written and read back. */
#include "base/utf8.h"
#include "document/sheet.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_row(const struct sheet_row *row, const struct sheet_limits *limits, uint32_t last) {
    assert(row->number > last && row->number <= limits->rows && row->count > 0 && row->count <= limits->columns);
    assert(row->cells[row->count - 1].kind != SHEET_EMPTY);
    for (size_t i = 0; i < row->count; i++) {
        const struct sheet_cell *cell = &row->cells[i];
        assert(strlen(cell->text) == cell->length && utf8_valid(cell->text, cell->length));
        assert(utf8_count(cell->text) <= limits->cell_chars && (cell->kind == SHEET_EMPTY) == (cell->length == 0));
    }
}

/* Reads all rows; adds them as CSV to `out` (may be NULL). Returns the fault. */
static enum fault read_all(const void *bytes, size_t length, struct text *out) {
    static const struct sheet_limits limits = {.rows = 5000, .columns = 20, .cell_chars = 200, .file_bytes = 1 << 20};
    _cleanup_(arena_release) struct arena arena;
    _cleanup_(sheet_close) struct sheet_reader *reader = NULL;
    struct notes notes;
    struct sheet_row row = {0};
    uint32_t last = 0;
    arena_init(&arena, 1 << 20);
    notes_init(&notes, &arena);
    enum fault fault = sheet_open(&(struct sheet_source){.bytes = bytes, .length = length, .name = "f"}, &limits, &notes, &reader);
    while (!fault && (fault = sheet_next(reader, &row)) == FAULT_NONE && row.number) {
        check_row(&row, &limits, last);
        last = row.number;
        if (out && !out->over) sheet_csv_row(out, row.cells, row.count);
    }
    assert(fault == FAULT_NONE || fault == FAULT_INPUT || fault == FAULT_LARGE);
    assert((notes.count == 1) == (fault != FAULT_NONE));
    return fault;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    _cleanup_(text_release) struct text once, twice;
    text_init(&once, 1 << 20);
    text_init(&twice, 1 << 20);
    text_add(&once, "\xef\xbb\xbf,\r\n"); /* the mark, and a first line that names the separator */
    text_add(&twice, "\xef\xbb\xbf,\r\n");
    if (read_all(bytes, length, &once) || once.over) return 0;
    if (length >= 2 && bytes[0] == 'P' && bytes[1] == 'K') return 0; /* a workbook: fuzz_xlsx.c's */
    enum fault fault = read_all(once.at, once.length, &twice);
    assert(fault == FAULT_NONE || fault == FAULT_LARGE); /* row numbers close up, so the heading line can add one too many */
    if (!fault) assert(once.length == twice.length && memcmp(once.at, twice.at, once.length) == 0);
    return 0;
}
