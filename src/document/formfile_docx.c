/* formfile_docx.c - a Word form: its tables and the text between them shown as grids in the document's order, and its blanks filled in the markup. */
#include "document/formfile_docx.h"

#include "base/printer.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CELL_CHARACTERS = 32767,
    CELL_TEXT_MAX = 4 << 20,
    VALUE_MAX = CELL_CHARACTERS * 8 + 4000,
    CELLS_MAX = 30000,
    DEPTH_MAX = 256
};

bool docx_owns(const struct docx_form *d, const struct tag *tag) {
    return tag->prefix_length == d->prefix_length && !memcmp(tag->name - tag->prefix_length, d->prefix, d->prefix_length);
}

bool docx_preserves(const struct tag *text) {
    size_t n;
    const char *space = tag_attribute(text, "xml:space", &n);
    return space && n == 8 && !memcmp(space, "preserve", n);
}

enum fault docx_refuse_size(struct docx_form *d) {
    return formfile_refuse(d->form, FAULT_LARGE, NULL, "文件太大，不像要填的表；请只留下要填的部分");
}

static enum fault refuse_damaged(struct docx_form *d) {
    return formfile_refuse(d->form, FAULT_INPUT, NULL,
                           "文件损坏，或里面有 Word 文件不该有的内容；请用 Word 或 WPS 打开确认，另存为 .docx 再上传");
}

const char *docx_attribute(const struct docx_form *d, const struct tag *tag, const char *name, size_t *length) {
    char whole[80]; /* under a longer prefix none is found */
    snprintf(whole, sizeof whole, "%.*s%s", (int)d->prefix_length, d->prefix, name);
    return tag_attribute(tag, whole, length);
}

bool docx_says(const struct docx_form *d, const struct tag *tag, const char *name, const char *value) {
    size_t n;
    const char *v = docx_attribute(d, tag, name, &n);
    return v && n == strlen(value) && !memcmp(v, value, n);
}

static unsigned value_of(const struct docx_form *d, const struct tag *tag, unsigned otherwise) {
    size_t n;
    const char *v = docx_attribute(d, tag, "val", &n);
    unsigned number = 0;
    if (!v || !n || n > 4) return otherwise;
    for (size_t i = 0; i < n; i++) {
        if (v[i] < '0' || v[i] > '9') return otherwise;
        number = number * 10 + (unsigned)(v[i] - '0');
    }
    return number;
}

/* ---- content controls ---- */

/* What is chosen from a list or kept in another part of the file would not be what the text then says. */
static void read_properties(const struct docx_form *d, const char *begin, const char *end, struct control *c) {
    static const char *const fixed[] = {"dropDownList", "checkbox",     "picture",  "docPartObj",  "docPartList",
                                        "citation",     "bibliography", "equation", "dataBinding", "group"};
    struct markup m = {begin, end};
    struct tag tag, close;
    while (markup_next(&m, &tag) && tag.kind != TAG_CLOSE && markup_pass(&m, &tag, &close)) {
        if (tag_is(&tag, "showingPlcHdr") && c->shows) c->fixed = true; /* said twice: one would be left */
        else if (tag_is(&tag, "showingPlcHdr") && !docx_says(d, &tag, "val", "0") && !docx_says(d, &tag, "val", "false"))
            c->shows = tag.begin, c->shows_end = close.end;
        if (tag_is(&tag, "lock") && (docx_says(d, &tag, "val", "contentLocked") || docx_says(d, &tag, "val", "sdtContentLocked")))
            c->fixed = true;
        for (size_t i = 0; i < COUNT_OF(fixed); i++)
            if (tag_is(&tag, fixed[i])) c->fixed = true;
    }
}

enum fault docx_control(struct docx_form *d, struct markup *m, docx_reader *inside, void *context, bool in_line) {
    struct control *outer = d->control, *c = arena_new(d->form->own->arena, struct control);
    struct tag tag, close;
    enum fault f = FAULT_NONE;
    *c = (struct control){.in_line = in_line};
    while (!f && markup_next(m, &tag) && tag.kind != TAG_CLOSE) {
        if (tag.kind == TAG_EMPTY) continue;
        if (docx_owns(d, &tag) && tag_is(&tag, "sdtContent")) {
            d->control = c;
            f = inside(d, m, context);
            d->control = outer;
        } else if (markup_pass(m, &tag, &close) && docx_owns(d, &tag) && tag_is(&tag, "sdtPr")) {
            read_properties(d, tag.end, close.begin, c);
        }
    }
    return f;
}

/* ---- text ---- */

struct flow {
    struct paragraph *list;
    size_t count, room;
    struct cell *cell; /* whose text it is; NULL: the document's own */
};

struct cell {
    uint32_t row, column, span, row_span;
    bool goes_on;     /* it is part of the cell above */
    struct cell *top; /* that cell; NULL: none */
    bool other;       /* it has more in it than text */
    struct flow flow;
};

static void flow_release(struct flow *flow) { memory_release(&flow->list); }

static void fill_prose(struct docx_form *d, struct formgrid *grid, const struct flow *flow) {
    struct blank **blanks = d->blanks[grid - d->form->grids];
    grid->prose = true;
    for (uint32_t r = 1; r <= grid->rows; r++)
        for (uint32_t c = 0; c < grid->columns; c++) {
            const struct paragraph *p = &flow->list[r - 1];
            struct formcell *cell = formgrid_at(grid, r, c);
            cell->kind = c >= p->count ? FORMCELL_COVERED : p->pieces[c].blank ? FORMCELL_BLANK : FORMCELL_TEXT;
            if (c >= p->count) continue;
            cell->text = p->pieces[c].text;
            blanks[(size_t)(r - 1) * grid->columns + c] = p->pieces[c].blank;
        }
}

static enum fault add_grid(struct docx_form *d, const char *name, uint32_t rows, uint32_t columns, struct formgrid **out) {
    if (d->form->count == FORMFILE_GRIDS || arena_over(d->form->own->arena)) return docx_refuse_size(d);
    *out = formfile_add_grid(d->form, name, rows, columns);
    d->blanks[d->form->count - 1] = arena_array(d->form->own->arena, struct blank *, (size_t)rows * columns + 1);
    memset(d->blanks[d->form->count - 1], 0, ((size_t)rows * columns + 1) * sizeof(struct blank *));
    return arena_over(d->form->own->arena) ? docx_refuse_size(d) : FAULT_NONE;
}

static enum fault make_prose(struct docx_form *d, const char *name, const struct flow *flow, struct formgrid **out) {
    uint32_t columns = 1;
    for (size_t i = 0; i < flow->count; i++)
        if (flow->list[i].count > columns) columns = (uint32_t)flow->list[i].count;
    enum fault f = add_grid(d, name, (uint32_t)flow->count, columns, out);
    if (!f) fill_prose(d, *out, flow);
    return f;
}

/* The text read so far becomes a grid, if it says or asks anything. */
static enum fault flush(struct docx_form *d, struct flow *flow) {
    struct formgrid *grid;
    enum fault f = FAULT_NONE;
    bool any = false;
    for (size_t i = 0; i < flow->count; i++)
        any |= flow->list[i].says || flow->list[i].count > 1 || (!flow->list[i].whole && flow->list[i].count);
    if (any) f = make_prose(d, arena_format(d->form->own->arena, "正文%zu", ++d->proses), flow, &grid);
    flow->count = 0;
    return f;
}

static enum fault add_paragraph(struct docx_form *d, struct markup *m, const struct tag *open, struct flow *flow) {
    struct paragraph p;
    enum fault f = docx_paragraph(d, m, open, &p);
    if (f) return f;
    if (arena_over(d->form->own->arena)) return docx_refuse_size(d);
    if (flow->count == FORMGRID_ROWS && flow->cell) return flow->cell->other = true, FAULT_NONE;
    if (flow->count == FORMGRID_ROWS) f = flush(d, flow);
    if (flow->count == flow->room)
        flow->list = memory_resize(flow->list, (flow->room = flow->room ? flow->room * 2 : 8) * sizeof *flow->list);
    flow->list[flow->count++] = p;
    return f;
}

static enum fault read_table(struct docx_form *d, struct markup *m);

/* Paragraphs and tables, in the document or in a cell. */
static enum fault read_blocks(struct docx_form *d, struct markup *m, void *context) {
    struct flow *flow = context;
    struct tag tag, close;
    enum fault f = FAULT_NONE;
    while (!f && markup_next(m, &tag) && tag.kind != TAG_CLOSE) {
        bool own = docx_owns(d, &tag);
        if (own && tag_is(&tag, "p")) {
            f = add_paragraph(d, m, &tag, flow);
        } else if (tag.kind == TAG_EMPTY) {
            continue;
        } else if (own && tag_is(&tag, "tbl")) {
            if (flow->cell) flow->cell->other = true;
            else f = flush(d, flow);
            if (!f) f = read_table(d, m);
        } else if (own && tag_is(&tag, "sdt")) {
            f = docx_control(d, m, read_blocks, flow, false);
        } else if (own && tag_is(&tag, "customXml")) {
            f = read_blocks(d, m, flow);
        } else if (markup_pass(m, &tag, &close) && flow->cell &&
                   (!own || tag.name_length < 2 || memcmp(tag.name + tag.name_length - 2, "Pr", 2))) {
            flow->cell->other = true;
        }
    }
    return f;
}

/* ---- tables ---- */

struct table {
    struct docx_form *d;
    const char *name;
    uint32_t rows, columns; /* as shown */
    uint32_t row, column;   /* of the next cell; the row from 1 */
    struct cell *cells;
    size_t count, room;
};

static void table_release(struct table *t) {
    for (size_t i = 0; i < t->count; i++) flow_release(&t->cells[i].flow);
    memory_release(&t->cells);
}

static void cell_properties(const struct docx_form *d, const char *begin, const char *end, struct cell *cell) {
    struct markup m = {begin, end};
    struct tag tag, close;
    while (markup_next(&m, &tag) && tag.kind != TAG_CLOSE && markup_pass(&m, &tag, &close)) {
        if (tag_is(&tag, "gridSpan")) cell->span = value_of(d, &tag, 1);
        if (tag_is(&tag, "vMerge")) cell->goes_on = !docx_says(d, &tag, "val", "restart");
    }
    if (!cell->span || cell->span > FORMGRID_COLUMNS) cell->span = cell->span ? FORMGRID_COLUMNS : 1;
}

static enum fault read_cell(struct table *t, struct markup *m, const struct tag *open) {
    struct docx_form *d = t->d;
    struct cell cell = {.row = t->row, .column = t->column, .span = 1, .row_span = 1};
    struct markup ahead = *m;
    struct tag first, close;
    cell.flow.cell = &cell;
    if (open->kind == TAG_OPEN && markup_next(&ahead, &first) && tag_is(&first, "tcPr") && markup_pass(&ahead, &first, &close))
        cell_properties(d, first.end, close.begin, &cell);
    enum fault f = open->kind == TAG_OPEN ? read_blocks(d, m, &cell.flow) : FAULT_NONE;
    bool shown = cell.row <= FORMGRID_ROWS && cell.column + cell.span <= FORMGRID_COLUMNS;
    if (!f && t->count == CELLS_MAX) f = docx_refuse_size(d);
    if (!shown || f) return flow_release(&cell.flow), f;
    if (t->count == t->room) t->cells = memory_resize(t->cells, (t->room = t->room ? t->room * 2 : 64) * sizeof *t->cells);
    t->cells[t->count++] = cell;
    t->column += cell.span;
    if (t->column > t->columns) t->columns = t->column;
    if (t->row > t->rows) t->rows = t->row;
    return FAULT_NONE;
}

static void row_properties(struct table *t, const char *begin, const char *end) {
    struct markup m = {begin, end};
    struct tag tag, close;
    while (markup_next(&m, &tag) && tag.kind != TAG_CLOSE && markup_pass(&m, &tag, &close))
        if (tag_is(&tag, "gridBefore")) t->column = value_of(t->d, &tag, 0);
}

static enum fault read_row(struct docx_form *d, struct markup *m, void *context) {
    struct table *t = context;
    struct tag tag, close;
    enum fault f = FAULT_NONE;
    while (!f && markup_next(m, &tag) && tag.kind != TAG_CLOSE) {
        bool own = docx_owns(d, &tag);
        if (own && tag_is(&tag, "tc")) f = read_cell(t, m, &tag);
        else if (tag.kind == TAG_EMPTY) continue;
        else if (own && tag_is(&tag, "sdt")) f = docx_control(d, m, read_row, t, false);
        else if (own && tag_is(&tag, "customXml")) f = read_row(d, m, t);
        else if (markup_pass(m, &tag, &close) && own && tag_is(&tag, "trPr")) row_properties(t, tag.end, close.begin);
    }
    return f;
}

static enum fault read_rows(struct docx_form *d, struct markup *m, void *context) {
    struct table *t = context;
    struct tag tag, close;
    enum fault f = FAULT_NONE;
    while (!f && markup_next(m, &tag) && tag.kind != TAG_CLOSE) {
        bool own = docx_owns(d, &tag);
        if (tag.kind == TAG_EMPTY) continue;
        if (own && tag_is(&tag, "tr")) {
            t->row++;
            t->column = 0;
            f = read_row(d, m, t);
        } else if (own && tag_is(&tag, "sdt")) {
            f = docx_control(d, m, read_rows, t, false);
        } else if (own && tag_is(&tag, "customXml")) {
            f = read_rows(d, m, t);
        } else {
            markup_pass(m, &tag, &close);
        }
    }
    return f;
}

static const char *cell_text(struct docx_form *d, const struct flow *flow) {
    _cleanup_(text_release) struct text out;
    text_init(&out, CELL_TEXT_MAX);
    for (size_t i = 0; i < flow->count; i++) {
        if (i) text_addc(&out, '\n');
        for (size_t k = 0; k < flow->list[i].count; k++)
            text_add(&out, flow->list[i].pieces[k].blank ? "＿" : flow->list[i].pieces[k].text);
    }
    const char *begin = out.at ? out.at : "", *end = begin + out.length;
    while (begin < end && strchr(" \t\n", *begin)) begin++;
    while (end > begin && strchr(" \t\n", end[-1])) end--;
    return arena_copyn(d->form->own->arena, begin, (size_t)(end - begin));
}

/* A cell is a blank if there is one in it and nothing else, or nothing at all. */
static enum fault show_cell(struct table *t, struct formgrid *grid, const struct cell *cell) {
    struct formcell *to = formgrid_at(grid, cell->row, cell->column);
    struct blank **to_blank = &t->d->blanks[grid - t->d->form->grids][(size_t)(cell->row - 1) * grid->columns + cell->column];
    size_t blanks = 0, saying = 0;
    struct blank *only = NULL, *whole = NULL, *number = NULL;
    for (size_t i = 0; i < cell->flow.count; i++) {
        const struct paragraph *p = &cell->flow.list[i];
        saying += p->says;
        if (p->number) number = p->whole;
        else if (!whole) whole = p->whole;
        for (size_t k = 0; k < p->count; k++)
            if (p->pieces[k].blank) blanks++, only = p->pieces[k].blank;
    }
    *to = (struct formcell){
        .kind = FORMCELL_TEXT, .text = cell_text(t->d, &cell->flow), .row_span = cell->row_span, .column_span = cell->span};
    bool nothing = !saying && !cell->other && blanks <= 1, one = saying == 1 && number && !cell->other && !blanks;
    *to_blank = nothing ? (blanks ? only : whole) : one ? number : NULL;
    if (*to_blank) {
        to->kind = one ? FORMCELL_NUMBER : FORMCELL_BLANK;
        if (!one) to->text = "";
    }
    if (*to_blank || !blanks) return FAULT_NONE;
    struct formgrid *inside;
    enum fault f = make_prose(t->d, sheet_place(t->d->form->own->arena, grid->sheet, cell->row, (int)cell->column), &cell->flow,
                              &inside);
    if (f) return f;
    inside->outer = grid;
    inside->outer_row = cell->row;
    inside->outer_column = cell->column;
    to->inside = inside;
    return FAULT_NONE;
}

/* A cell that goes on is the one above it, if that has its place and width. */
static void join_cells(struct table *t) {
    struct cell **above = memory_new(((size_t)t->columns + 1) *
                                     sizeof *above); /* the cell that reaches into the row above, by column */
    for (size_t i = 0; i < t->count; i++) {
        struct cell *c = &t->cells[i], *over = above[c->column];
        bool joined = c->goes_on && over && over->column == c->column && over->span == c->span &&
                      over->row + over->row_span == c->row;
        c->top = joined ? over : NULL;
        if (joined) over->row_span++;
        for (uint32_t k = 0; !joined && k < c->span; k++) above[c->column + k] = c;
    }
    memory_release(&above);
}

static enum fault make_table(struct table *t) {
    struct formgrid *grid;
    if (!t->count) return FAULT_NONE;
    enum fault f = add_grid(t->d, t->name, t->rows, t->columns, &grid);
    if (f) return f;
    join_cells(t);
    for (size_t i = 0; i < (size_t)grid->rows * grid->columns; i++) grid->cells[i].kind = FORMCELL_TEXT; /* no cell is there */
    for (size_t i = 0; i < t->count && !f; i++) {
        const struct cell *c = &t->cells[i];
        const struct formcell *over = formgrid_at(grid, c->top ? c->top->row : c->row, c->column);
        for (uint32_t k = 0; k < c->span; k++) {
            struct formcell *cell = formgrid_at(grid, c->row, c->column + k);
            if (cell != over) cell->kind = FORMCELL_COVERED, cell->over = over;
        }
        if (!c->top) f = show_cell(t, grid, c);
    }
    return f;
}

static enum fault read_table(struct docx_form *d, struct markup *m) {
    _cleanup_(table_release) struct table t = {.d = d, .name = arena_format(d->form->own->arena, "表格%zu", ++d->tables)};
    enum fault f = read_rows(d, m, &t);
    return f ? f : make_table(&t);
}

/* ---- opening ---- */

/* Before anything is read by its nesting: it may not be endless. Text that one has put in and another has still to accept is there and not there. */
static enum fault look_over(struct docx_form *d) {
    static const char *const revisions[] = {"ins", "del", "moveFrom", "moveTo"};
    struct markup m = {d->part->bytes.at, d->part->bytes.at + d->part->bytes.length};
    struct tag tag;
    unsigned depth = 0;
    bool revised = false;
    while (markup_next(&m, &tag)) {
        if (tag.kind == TAG_OPEN && ++depth > DEPTH_MAX) return refuse_damaged(d);
        if (tag.kind == TAG_CLOSE) depth--;
        for (size_t i = 0; i < COUNT_OF(revisions); i++) revised |= tag_is(&tag, revisions[i]) && docx_owns(d, &tag);
    }
    return revised ? formfile_refuse(d->form, FAULT_INPUT, NULL, "文件里有还没有接受的修订；请接受全部修订后再上传") : FAULT_NONE;
}

static enum fault read_body(struct docx_form *d) {
    struct markup m = {d->part->bytes.at, d->part->bytes.at + d->part->bytes.length};
    _cleanup_(flow_release) struct flow flow = {0};
    struct tag tag, close;
    enum fault f = FAULT_NONE;
    if (!markup_next(&m, &tag) || !tag_is(&tag, "document") || tag.kind != TAG_OPEN) return refuse_damaged(d);
    d->prefix = tag.name - tag.prefix_length;
    d->prefix_length = tag.prefix_length;
    f = look_over(d);
    while (!f && markup_next(&m, &tag) && tag.kind != TAG_CLOSE) {
        if (tag.kind == TAG_EMPTY) continue;
        if (docx_owns(d, &tag) && tag_is(&tag, "body")) f = read_blocks(d, &m, &flow);
        else markup_pass(&m, &tag, &close);
    }
    if (!f) f = flush(d, &flow);
    if (!f && !d->form->count) f = formfile_refuse(d->form, FAULT_INPUT, NULL, "文件里没有文字和表格，没有可填的地方");
    return f;
}

enum fault formfile_docx_open(struct formfile *form, const char *path) {
    struct formfile_in *in = form->own;
    struct docx_form *d = in->docx = memory_new(sizeof *d);
    struct notes *notes = in->reader.notes;
    d->form = form;
    in->reader.notes = NULL; /* the reader of packages speaks of worksheets */
    enum fault f = formfile_part(form, path, &d->part);
    in->reader.notes = notes;
    if (f == FAULT_LARGE) return docx_refuse_size(d);
    if (f) return f == FAULT_INPUT ? refuse_damaged(d) : f;
    f = read_body(d);
    memory_release(&d->marks);
    return f;
}

void formfile_docx_close(struct formfile *form) {
    struct docx_form *d = form->own->docx;
    if (!d) return;
    memory_release(&d->marks);
    memory_release(&form->own->docx);
}

/* ---- filling ---- */

static size_t width_of(const char *s) {
    size_t width = 0, n;
    for (uint32_t c; (n = utf8_decode(s, strlen(s), &c)); s += n) width += c >= 0x1100 ? 2 : 1;
    return width;
}

static void add_padding(const struct blank *b, size_t count, struct text *out) {
    char encoded[4];
    for (size_t n = utf8_encode(b->pad, encoded); count; count--) text_addn(out, encoded, n);
}

/* A line break within a text is an element of its own. */
static void add_lines(const struct docx_form *d, const char *s, struct text *out) {
    for (;;) {
        size_t n = strcspn(s, "\n");
        _cleanup_(text_release) struct text line;
        text_init(&line, VALUE_MAX);
        text_addn(&line, s, n);
        if (line.length) xml_text(out, line.at);
        s += n;
        if (!*s++) return;
        text_format(out, "</%.*st><%.*sbr/><%.*st xml:space=\"preserve\">", (int)d->prefix_length, d->prefix, (int)d->prefix_length,
                    d->prefix, (int)d->prefix_length, d->prefix);
    }
}

static void add_value(const struct docx_form *d, const struct blank *b, const char *value, struct text *out) {
    size_t width = width_of(value), spare = b->pad && width < b->width ? (b->width - width) / b->pad_width : 0;
    if (spare) add_padding(b, spare / 2, out);
    add_lines(d, value, out);
    if (spare) add_padding(b, spare - spare / 2, out);
}

static void add_new_text(const struct docx_form *d, const char *value, struct text *out) {
    text_format(out, "<%.*st xml:space=\"preserve\">", (int)d->prefix_length, d->prefix);
    add_lines(d, value, out);
    text_format(out, "</%.*st>", (int)d->prefix_length, d->prefix);
}

/* Into a paragraph without text, with the look that it has for what is typed. */
static void put_run(struct docx_form *d, const struct blank *b, const char *value) {
    const struct tag *p = &b->paragraph;
    int n = (int)d->prefix_length;
    const char *x = d->prefix;
    struct text made;
    text_init(&made, VALUE_MAX * 2);
    if (p->kind == TAG_EMPTY) text_format(&made, "%.*s>", (int)(p->end - 2 - p->begin), p->begin);
    text_format(&made, "<%.*sr>", n, x);
    if (b->look) {
        text_format(&made, "<%.*srPr>", n, x);
        text_addn(&made, b->look, (size_t)(b->look_end - b->look));
        text_format(&made, "</%.*srPr>", n, x);
    }
    add_new_text(d, value, &made);
    text_format(&made, "</%.*sr>", n, x);
    if (p->kind == TAG_EMPTY) text_format(&made, "</%.*sp>", n, x);
    edits_add(&d->part->edits, p->kind == TAG_EMPTY ? p->begin : b->close, p->kind == TAG_EMPTY ? p->end : b->close, &made);
}

static void preserve(struct docx_form *d, struct run_text *in) {
    size_t n = 0;
    const char *space = tag_attribute(&in->tag, "xml:space", &n), *at = space ? space : in->tag.name + in->tag.name_length;
    struct text made;
    if (in->preserved) return;
    text_init(&made, 40);
    text_add(&made, space ? "preserve" : " xml:space=\"preserve\"");
    edits_add(&d->part->edits, at, space ? space + n : at, &made);
    in->preserved = true;
}

static void put_text(struct docx_form *d, const struct blank *b, const char *value) {
    struct edits *edits = &d->part->edits;
    size_t first = 0;
    while (first < b->count && b->spots[first].in->tab) first++;
    if (first == b->count) first = 0; /* tabs only: before the first */
    for (size_t i = 0; i < b->count; i++) {
        const struct spot *s = &b->spots[i];
        struct text made;
        if (s->in->tab && i != first) continue;
        text_init(&made, VALUE_MAX * 2);
        if (s->in->tab) add_new_text(d, value, &made);
        else if (i == first) add_value(d, b, value, &made);
        edits_add(edits, s->begin, s->end, &made);
        if (!s->in->tab) preserve(d, s->in);
    }
}

static void put(struct docx_form *d, struct blank *b, const char *value) {
    struct text nothing = {0};
    if (b->count) put_text(d, b, value);
    else put_run(d, b, value);
    b->taken = true;
    if (!b->control || !b->control->shows || b->control->taken) return;
    b->control->taken = true;
    edits_add(&d->part->edits, b->control->shows, b->control->shows_end, &nothing);
    if (b->style) edits_add(&d->part->edits, b->style, b->style_end, &nothing);
}

static enum formfile_trouble trouble_of(const struct docx_form *d, const struct formfile_value *v, struct blank **out) {
    const struct formgrid *grid = formfile_grid(d->form, v->sheet);
    if (!grid) return FORMFILE_NO_SHEET;
    const struct formcell *cell = formgrid_cell(grid, v->row, v->column);
    if (!cell) return FORMFILE_GONE;
    if (cell->kind == FORMCELL_COVERED) return FORMFILE_COVERED;
    *out = d->blanks[grid - d->form->grids][(size_t)(v->row - 1) * grid->columns + v->column];
    if (!*out) return FORMFILE_TAKEN;
    if ((*out)->taken) return FORMFILE_TWICE;
    size_t characters = 0;
    for (const char *p = v->text; *p; p++) characters += ((unsigned char)*p & 0xc0) != 0x80;
    return characters > CELL_CHARACTERS ? FORMFILE_LONG : FORMFILE_FILLED;
}

/* As the file came, from an earlier filling. */
static void begin_again(struct docx_form *d) {
    for (struct run_text *t = d->texts; t; t = t->next) t->preserved = docx_preserves(&t->tag);
    for (size_t g = 0; g < d->form->count; g++)
        for (size_t i = 0; i < (size_t)d->form->grids[g].rows * d->form->grids[g].columns; i++) {
            struct blank *b = d->blanks[g][i];
            if (b) b->taken = false;
            if (b && b->control) b->control->taken = false;
        }
}

enum fault formfile_docx_fill(struct formfile *form, struct formfile_value *values, size_t count) {
    struct docx_form *d = form->own->docx;
    begin_again(d);
    for (size_t i = 0; i < count; i++) {
        struct blank *b = NULL;
        values[i].trouble = trouble_of(d, &values[i], &b);
        if (!values[i].trouble) put(d, b, values[i].text);
    }
    return FAULT_NONE;
}
