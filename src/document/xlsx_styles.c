/* xlsx_styles.c - the cell formats of a workbook: which of them show dates and times. */
#include "document/xlsx_part.h"

#include <stdlib.h>
#include <string.h>

enum { STYLES_MAX = 65536, CODES_LOOKED_AT = 4096 };

struct style_code {
    unsigned id;
    enum value_form form;
};

struct styling {
    struct style_forms *out;
    struct style_code *codes;
    size_t code_count, code_room;
    bool in_formats;
};

static void add_code(struct styling *s, const struct attributes *attributes) {
    char *code = attributes_copy(attributes, "formatCode");
    if (s->code_count == s->code_room)
        s->codes = memory_resize(s->codes, (s->code_room = s->code_room ? s->code_room * 2 : 64) * sizeof *s->codes);
    s->codes[s->code_count++] = (struct style_code){attributes_number(attributes, "numFmtId"), value_form_code(code)};
    memory_release(&code);
}

static void add_format(struct styling *s, const struct attributes *attributes) {
    struct style_forms *out = s->out;
    unsigned id = attributes_number(attributes, "numFmtId");
    enum value_form form = value_form_builtin(id);
    for (size_t i = 0; i < s->code_count && i < CODES_LOOKED_AT; i++)
        if (s->codes[i].id == id) form = s->codes[i].form;
    if (out->count == out->room)
        out->list = memory_resize(out->list, (out->room = out->room ? out->room * 2 : 64) * sizeof *out->list);
    out->list[out->count++] = form;
}

static void styles_start(struct walk *walk, const char *name, const struct attributes *attributes) {
    struct styling *s = walk->state;
    if (strcmp(name, "numFmt") == 0 && s->code_count < STYLES_MAX) add_code(s, attributes);
    else if (strcmp(name, "cellXfs") == 0) s->in_formats = true;
    else if (s->in_formats && strcmp(name, "xf") == 0 && s->out->count < STYLES_MAX) add_format(s, attributes);
}

static void styles_end(struct walk *walk, const char *name) {
    if (strcmp(name, "cellXfs") == 0) ((struct styling *)walk->state)->in_formats = false;
}

enum fault package_styles(struct sheet_reader *reader, struct package *package, const char *path, struct style_forms *out) {
    struct styling s = {.out = out};
    enum fault fault = walk_part(reader, package, path, &(struct walk_ways){.start = styles_start, .end = styles_end}, &s);
    free(s.codes);
    return fault;
}

enum value_form style_form(const struct style_forms *forms, unsigned style) {
    return style < forms->count ? forms->list[style] : VALUE_NUMBER;
}

void style_forms_release(struct style_forms *forms) {
    free(forms->list);
    *forms = (struct style_forms){0};
}
