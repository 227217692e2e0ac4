/* fuzz_formfile.c - foreign bytes as the worksheet of a form, behind a 'W' as the text of a Word form, or, if they begin like a zip archive, as the file
 * itself: every cell that can be is filled, and the filled file must open again and say so. */
#include "base/utf8.h"
#include "document/formfile.h"
#include "../document/zip_parts.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { VALUES_MAX = 60, OUT_MAX = 64 << 20 };

static const char *value_text(size_t i, bool document) {
    if (i % 3) return i % 3 == 1 ? "7" : "2020-02-29";
    return document ? "<甲>&乙" : "<甲>&_x0041_"; /* beside others "_" would be a blank in a Word form */
}

static size_t values_for(const struct formfile *form, struct formfile_value *values) {
    size_t n = 0;
    for (size_t g = 0; g < form->count; g++) {
        const struct formgrid *grid = &form->grids[g];
        for (uint32_t at = 0; at < grid->rows * grid->columns && n < VALUES_MAX; at++) {
            const struct formcell *cell = &grid->cells[at];
            assert(utf8_valid(cell->text, strlen(cell->text)) && cell->row_span && cell->column_span);
            if (cell->kind > FORMCELL_NUMBER) continue;
            values[n] = (struct formfile_value){.sheet = grid->sheet, .row = at / grid->columns + 1, .column = at % grid->columns};
            values[n].kind = n % 3 ? n % 3 == 1 ? SHEET_NUMBER : SHEET_DATE : SHEET_TEXT;
            values[n].text = value_text(n, form->document);
            n++;
        }
    }
    return n;
}

static void hold(const struct formfile *form, const struct text *out, const struct formfile_value *values, size_t count) {
    struct formfile *again;
    enum fault f = formfile_open(out->at, out->length, "f", NULL, &again);
    assert(f == FAULT_NONE);
    for (size_t i = 0; i < count; i++) {
        const struct formgrid *grid = formfile_grid(again, values[i].sheet);
        const struct formcell *cell = grid ? formgrid_cell(grid, values[i].row, values[i].column) : NULL;
        assert(values[i].trouble == FORMFILE_FILLED || values[i].trouble == FORMFILE_NO_SHEET ||
               values[i].trouble == FORMFILE_TWICE);
        if (values[i].trouble) continue;
        if (formfile_grid(form, values[i].sheet)->prose) continue; /* its pieces are others now */
        assert(cell && (cell->kind == FORMCELL_NUMBER || cell->kind == FORMCELL_TEXT));
        if (again->document) assert(strstr(cell->text, values[i].text));
        else if (values[i].kind == SHEET_TEXT) assert(!strcmp(cell->text, values[i].text));
    }
    formfile_close(&again);
}

static void fill_all(const void *bytes, size_t length) {
    struct formfile *form;
    struct formfile_value values[VALUES_MAX];
    if (formfile_open(bytes, length, "f", NULL, &form)) return;
    size_t count = values_for(form, values);
    struct text out;
    text_init(&out, OUT_MAX);
    enum fault f = formfile_fill(form, values, count, &out);
    assert(f == FAULT_NONE || f == FAULT_LARGE || f == FAULT_SYSTEM);
    if (!f) hold(form, &out, values, count);
    text_release(&out);
    formfile_close(&form);
}

static void fill_document(const char *text, size_t length) {
    const struct zip_part parts[] = {
        {"_rels/.rels", "<r><Relationship Id=\"a\" Type=\"/officeDocument\" Target=\"word/document.xml\"/></r>", 0},
        {"word/document.xml", text, length}};
    struct zip_bytes zip = zip_of(parts, COUNT_OF(parts));
    fill_all(zip.at, zip.length);
    free(zip.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length >= 2 && bytes[0] == 'P' && bytes[1] == 'K') {
        fill_all(bytes, length);
        return 0;
    }
    if (!length) return 0;
    if (bytes[0] == 'W') {
        if (length > 1) fill_document((const char *)bytes + 1, length - 1);
        return 0;
    }
    const struct zip_part parts[] = {
        {"_rels/.rels", "<r><Relationship Id=\"a\" Type=\"/officeDocument\" Target=\"xl/workbook.xml\"/></r>", 0},
        {"xl/_rels/workbook.xml.rels",
         "<r><Relationship Id=\"a\" Type=\"/worksheet\" Target=\"s.xml\"/><Relationship Id=\"b\" Type=\"/styles\" "
         "Target=\"y.xml\"/><Relationship Id=\"c\" Type=\"/sharedStrings\" Target=\"t.xml\"/></r>",
         0},
        {"xl/workbook.xml", "<w xmlns:r=\"r\"><sheets><sheet name=\"s\" r:id=\"a\"/></sheets></w>", 0},
        {"xl/y.xml", "<s><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></s>", 0},
        {"xl/t.xml", "<sst><si><t>甲</t></si></sst>", 0},
        {"xl/s.xml", (const char *)bytes, length}};
    struct zip_bytes zip = zip_of(parts, COUNT_OF(parts));
    fill_all(zip.at, zip.length);
    free(zip.at);
    return 0;
}
