/* markdown.c - Markdown to document tree: cmark parses, this file maps its nodes and reads pipe tables itself. */
#include "document/markdown.h"

#include "base/utf8.h"

#include <cmark.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct doc *doc;
    struct notes *notes;
    const char *source;
    const char **lines; /* where each line begins; lines[line_count] is the end */
    size_t line_count;
    unsigned faults;
};

static void node_release(cmark_node **node) {
    if (*node) cmark_node_free(*node);
}

static void reader_release(struct reader *r) { memory_release(&r->lines); }

static void refuse(struct reader *r, int line, const char *sentence) {
    char place[48];
    snprintf(place, sizeof place, "第 %d 行", line);
    note_add(r->notes, place, sentence);
    r->faults++;
}

/* ---- inlines ---- */

/* How the text inside emphasis and links looks; links do not nest in CommonMark. */
struct look {
    int strong;
    const char *href;
};

static void run_read(struct reader *r, struct doc_runs *to, const struct look *look, const char *text) {
    if (look->href && !strncmp(look->href, "figure:", 7)) doc_figure(r->doc, to, text, look->href + 7, NULL);
    else if (look->href && *look->href) doc_link(r->doc, to, text, look->href);
    else if (look->strong) doc_strong(r->doc, to, text);
    else doc_text(r->doc, to, text);
}

static bool is_wide_before(const char *text, size_t length) { return length && (unsigned char)text[length - 1] >= 0xe2; }

/* A line break in the source is a space between words of letters, and nothing between Chinese characters. */
static const char *softbreak_text(cmark_node *node) {
    cmark_node *before = cmark_node_previous(node), *after = cmark_node_next(node);
    const char *a = before ? cmark_node_get_literal(before) : NULL, *b = after ? cmark_node_get_literal(after) : NULL;
    bool wide = false;
    if (a && *a) {
        size_t length = strlen(a);
        while (length > 1 && ((unsigned char)a[length - 1] & 0xc0) == 0x80) length--;
        wide = is_wide_before(a, length);
    }
    if (b && (unsigned char)b[0] >= 0xe2) wide = true;
    return wide ? "" : " ";
}

/* A hard break (two spaces at the line's end) begins a paragraph where one may begin, else it is a space. */
static void inlines_read(struct reader *r, cmark_node *parent, struct doc_runs *to, bool may_split, int line) {
    cmark_iter *iter = cmark_iter_new(parent);
    struct look look = {0};
    for (cmark_event_type event = cmark_iter_next(iter); event != CMARK_EVENT_DONE && !r->doc->over;
         event = cmark_iter_next(iter)) {
        cmark_node *node = cmark_iter_get_node(iter);
        bool enter = event == CMARK_EVENT_ENTER;
        switch (cmark_node_get_type(node)) {
        case CMARK_NODE_TEXT:
        case CMARK_NODE_CODE: run_read(r, to, &look, cmark_node_get_literal(node)); break;
        case CMARK_NODE_SOFTBREAK: run_read(r, to, &look, softbreak_text(node)); break;
        case CMARK_NODE_LINEBREAK:
            if (may_split) to = doc_paragraph(r->doc);
            else run_read(r, to, &look, " ");
            break;
        case CMARK_NODE_STRONG: look.strong += enter ? 1 : -1; break;
        case CMARK_NODE_EMPH: look.strong += enter ? 1 : -1; break; /* Chinese has no italics: emphasis is strong */
        case CMARK_NODE_LINK: look.href = enter ? cmark_node_get_url(node) : NULL; break;
        case CMARK_NODE_IMAGE:
            if (enter) refuse(r, line, "报告里不能放图片链接，请删去");
            break;
        case CMARK_NODE_HTML_INLINE:
        case CMARK_NODE_CUSTOM_INLINE: refuse(r, line, "报告里不能写 HTML 标签，请改用 Markdown 写法"); break;
        default: break;
        }
    }
    cmark_iter_free(iter);
}

/* ---- tables ---- */

enum { CELL_MAX = 4000 };

static const char *line_at(const struct reader *r, int number, size_t *length) {
    const char *begin = r->lines[number - 1], *end = r->lines[number];
    while (end > begin && (end[-1] == '\n' || end[-1] == '\r' || end[-1] == ' ' || end[-1] == '\t')) end--;
    while (begin < end && (*begin == ' ' || *begin == '\t')) begin++;
    *length = (size_t)(end - begin);
    return begin;
}

/* The next cell of a line, "\|" being a plain "|"; false at the end. *at begins after the line's first '|'. */
static bool cell_next(const char **at, const char *end, char cell[CELL_MAX], bool *cut) {
    size_t n = 0;
    const char *p = *at;
    if (p >= end) return false;
    for (; p < end && *p != '|'; p++) {
        if (*p == '\\' && p + 1 < end && p[1] == '|') p++;
        if (n < CELL_MAX - 1) cell[n++] = *p;
        else *cut = true;
    }
    *at = p + 1;
    while (n && (cell[n - 1] == ' ' || cell[n - 1] == '\t')) n--;
    cell[n] = 0;
    size_t lead = strspn(cell, " \t");
    memmove(cell, cell + lead, n - lead + 1);
    return true;
}

/* The delimiter row: only "---", ":--", ":-:" and "--:". Returns the number of columns, 0 if it is not one or has too many. */
static unsigned delimiter_read(const char *line, size_t length, enum doc_align align[DOC_COLUMNS_MAX]) {
    char cell[CELL_MAX];
    bool cut = false;
    unsigned count = 0;
    const char *at = line + 1, *end = line + length;
    while (cell_next(&at, end, cell, &cut)) {
        size_t n = strlen(cell);
        bool left = n && cell[0] == ':', right = n > 1 && cell[n - 1] == ':';
        if (n < (size_t)left + right + 1 || strspn(cell + left, "-") != n - left - right || count == DOC_COLUMNS_MAX) return 0;
        align[count++] = left && right ? DOC_CENTRE : right ? DOC_RIGHT : DOC_LEFT;
    }
    return count;
}

/* A cell's text may have emphasis, links and figures; what Markdown would take for a list or heading is plain text here. */
static void cell_read(struct reader *r, struct doc_runs *to, const char *cell, int line) {
    _cleanup_(node_release) cmark_node *tree = cmark_parse_document(cell, strlen(cell), CMARK_OPT_DEFAULT);
    cmark_node *first = tree ? cmark_node_first_child(tree) : NULL;
    if (first && cmark_node_get_type(first) == CMARK_NODE_HTML_BLOCK) {
        refuse(r, line, "报告里不能写 HTML 标签，请改用 Markdown 写法");
    } else if (first && cmark_node_get_type(first) == CMARK_NODE_PARAGRAPH && !cmark_node_next(first)) {
        inlines_read(r, first, to, false, line);
    } else {
        doc_text(r->doc, to, cell);
    }
}

static void table_row_read(struct reader *r, struct doc_table *t, int number, bool head) {
    size_t length;
    const char *line = line_at(r, number, &length), *at = line + 1;
    char cell[CELL_MAX];
    bool cut = false;
    unsigned column = 0;
    if (!head) doc_row(r->doc, t);
    for (; cell_next(&at, line + length, cell, &cut); column++) {
        if (column >= t->columns) continue;
        cell_read(r, head ? &t->head[column] : doc_cell(r->doc, t, column), cell, number);
    }
    if (column != t->columns) refuse(r, number, "表格这一行的格数与表头不同");
    if (cut) refuse(r, number, "表格里这一格太长");
}

/* A paragraph whose lines all begin with "|" is a table. Returns whether it had to do with one. */
static bool table_read(struct reader *r, cmark_node *node) {
    int first = cmark_node_get_start_line(node), last = cmark_node_get_end_line(node), piped = 0;
    if (first < 1 || last < first || (size_t)last > r->line_count) return false;
    size_t length;
    bool begins = line_at(r, first, &length)[0] == '|' && length;
    for (int i = first; i <= last; i++) {
        const char *line = line_at(r, i, &length);
        piped += length && line[0] == '|';
    }
    if (!piped) return false;
    if (!begins || piped != last - first + 1) {
        refuse(r, first, "表格前后要各空一行，每行以“|”开头");
        return true;
    }
    enum doc_align align[DOC_COLUMNS_MAX];
    const char *second = last > first ? line_at(r, first + 1, &length) : NULL;
    unsigned columns = second ? delimiter_read(second, length, align) : 0;
    if (!columns) {
        refuse(r, first, "表格第二行应为分隔行，如“|---|---|”，最多 16 列");
        return true;
    }
    struct doc_table *t = doc_table(r->doc, columns);
    memcpy(t->align, align, sizeof align[0] * columns);
    table_row_read(r, t, first, true);
    for (int i = first + 2; i <= last && !r->doc->over; i++) table_row_read(r, t, i, false);
    return true;
}

/* ---- blocks ---- */

static void heading_read(struct reader *r, cmark_node *node, int line) {
    int level = cmark_node_get_heading_level(node);
    if (level == 1) {
        struct doc_runs title = {0};
        inlines_read(r, node, &title, false, line);
        _cleanup_(text_release) struct text text = {.max = 1 << 16};
        doc_runs_text(&text, &title);
        if (r->doc->title || r->doc->first) refuse(r, line, "标题（#）只能有一个，并且写在最前面");
        else doc_set_title(r->doc, text.at);
    } else if (level > DOC_LEVELS + 1) {
        refuse(r, line, "小标题最多四级（## 到 #####）");
    } else {
        inlines_read(r, node, doc_heading(r->doc, level - 1), false, line);
    }
}

static void list_read(struct reader *r, cmark_node *list) {
    bool ordered = cmark_node_get_list_type(list) == CMARK_ORDERED_LIST;
    unsigned number = ordered ? (unsigned)cmark_node_get_list_start(list) : 0;
    for (cmark_node *item = cmark_node_first_child(list); item && !r->doc->over; item = cmark_node_next(item)) {
        bool first = true;
        for (cmark_node *node = cmark_node_first_child(item); node; node = cmark_node_next(node)) {
            int line = cmark_node_get_start_line(node);
            if (cmark_node_get_type(node) != CMARK_NODE_PARAGRAPH) refuse(r, line, "列表里只能写文字，不能再套列表或其他内容");
            else inlines_read(r, node, first ? doc_item(r->doc, number) : doc_paragraph(r->doc), true, line);
            first = false;
        }
        if (ordered) number++;
    }
}

static void block_read(struct reader *r, cmark_node *node) {
    int line = cmark_node_get_start_line(node);
    switch (cmark_node_get_type(node)) {
    case CMARK_NODE_HEADING: heading_read(r, node, line); break;
    case CMARK_NODE_PARAGRAPH:
        if (!table_read(r, node)) inlines_read(r, node, doc_paragraph(r->doc), true, line);
        break;
    case CMARK_NODE_LIST: list_read(r, node); break;
    case CMARK_NODE_THEMATIC_BREAK: doc_page_break(r->doc); break;
    case CMARK_NODE_HTML_BLOCK: refuse(r, line, "报告里不能写 HTML 标签，请改用 Markdown 写法"); break;
    case CMARK_NODE_CODE_BLOCK: refuse(r, line, "报告里不能放代码块；段首不要空四格"); break;
    case CMARK_NODE_BLOCK_QUOTE: refuse(r, line, "报告里不能用引用（>）"); break;
    default: refuse(r, line, "这种写法报告里用不上，请改写"); break;
    }
}

static void lines_find(struct reader *r, size_t length) {
    size_t count = 1;
    for (size_t i = 0; i < length; i++) count += r->source[i] == '\n' || r->source[i] == '\r';
    r->lines = memory_new(sizeof *r->lines * (count + 1));
    r->lines[r->line_count++] = r->source;
    for (size_t i = 0; i < length; i++) {
        bool end = r->source[i] == '\n' || (r->source[i] == '\r' && r->source[i + 1] != '\n');
        if (end && i + 1 < length) r->lines[r->line_count++] = r->source + i + 1;
    }
    r->lines[r->line_count] = r->source + length;
}

enum fault doc_from_markdown(struct arena *arena, const char *source, size_t length, enum lang lang, int64_t as_of_ms,
                             struct notes *notes, struct doc **out) {
    if (length > MARKDOWN_MAX) return FAULT_LARGE;
    if (!utf8_valid(source, length) || memchr(source, 0, length)) {
        note_add(notes, "第 1 行", "报告文字应为 UTF-8 编码");
        return FAULT_INPUT;
    }
    _cleanup_(memory_release) char *copy = memory_new(length + 1); /* NUL-terminated, for what reads one byte ahead */
    if (length) memcpy(copy, source, length);
    _cleanup_(reader_release) struct reader r = {.doc = doc_new(arena, lang, as_of_ms), .notes = notes, .source = copy};
    lines_find(&r, length);
    _cleanup_(node_release) cmark_node *tree = cmark_parse_document(r.source, length, CMARK_OPT_DEFAULT);
    if (!tree) return FAULT_SYSTEM;
    for (cmark_node *node = cmark_node_first_child(tree); node && !r.doc->over; node = cmark_node_next(node)) block_read(&r, node);
    if (r.doc->over) return FAULT_LARGE;
    if (r.faults) return FAULT_INPUT;
    *out = r.doc;
    return FAULT_NONE;
}
