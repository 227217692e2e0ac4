/* box_print.c - the box as a printed book: cover, contents, a tab sheet for each first number, and item by item its lists, records, pictures and papers. */
#include "report/box_inside.h"

#include "document/booklet.h"
#include "document/filetype.h"
#include "document/layout.h"
#include "register/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PDF_PAGES_PRINTED = 40,
    ITEM_ARENA = 64 << 20,
    ROW_ARENA = 8 << 20,
    SAID_MAX = 20000,
    LEVELS_SHOWN = 4,
    COLUMNS = BOX_COLUMNS_MAX + 2
};

/* ---- what is shared ---- */

static void find_tabs(struct box_print *p) {
    struct box *box = p->box;
    p->tabs = arena_array(p->arena, struct box_tab, box->count + 1);
    p->pages = arena_array(p->arena, unsigned, box->count + 1);
    for (size_t i = 0; i < box->count; i++) {
        const struct box_number *now = &box->items[i].order, *before = i ? &box->items[i - 1].order : NULL;
        bool same = before && (now->count ? before->count && before->part[0] == now->part[0] && before->kind[0] == now->kind[0]
                                          : !before->count);
        if (!same) p->tabs[p->tab_count++] = (struct box_tab){.first = i, .own = now->count == 1};
        p->tabs[p->tab_count - 1].count++;
    }
}

void box_print_init(struct box_print *p) {
    find_tabs(p);
    p->all = (int64_t)p->box->count * 3 + 3;
}

void box_print_release(struct box_print *p) {
    store_read_end(&p->conn);
    memory_release(&p->pdf_pages);
}

enum fault box_print_fresh(struct box_print *p) {
    store_read_end(&p->conn);
    enum fault f = store_read_begin(p->store, &p->conn);
    p->reader.conn = p->conn;
    return f;
}

enum fault box_print_step(struct box_print *p, int64_t steps) {
    p->done += steps;
    int percent = (int)(p->done * 100 / p->all);
    return !p->tell || p->tell(p->context, percent > 99 ? 99 : percent) ? FAULT_NONE : FAULT_BUSY;
}

const char *box_said(const struct box_print *p, struct arena *arena, const char *sentence, const char *a, const char *b,
                     const char *c) {
    const char *const args[NOTE_ARGS] = {a, b, c, NULL};
    _cleanup_(text_release) struct text out;
    text_init(&out, SAID_MAX);
    note_fill(&out, lang_tr(p->lang, sentence), args);
    return arena_copy(arena, out.at);
}

const char *box_item_name(const struct box_item *item, struct arena *arena) {
    return item->number[0] ? arena_format(arena, "%s %s", item->number, item->title) : item->title;
}

/* What stands on a tab sheet: the number of its own item, else the first part of the numbers below it. */
static const char *tab_number(const struct box_print *p, const struct box_tab *tab, struct arena *arena) {
    const struct box_item *first = &p->box->items[tab->first];
    if (tab->own) return first->number;
    if (!first->order.count) return lang_tr(p->lang, "未编号");
    _cleanup_(text_release) struct text out;
    text_init(&out, 64);
    if (first->order.kind[0] == 2) number_chinese(&out, first->order.part[0]);
    else if (first->order.kind[0] == 3 && first->order.part[0] <= 26) text_addc(&out, (char)('A' + first->order.part[0] - 1));
    else text_add_int(&out, first->order.part[0]);
    return arena_copy(arena, out.at);
}

/* ---- the parts of an item ---- */

struct item_print {
    struct box_print *p;
    struct booklet *b;
    const struct box_item *item;
    struct arena *arena;
    int64_t rows;
    unsigned files;
    bool pictures;
};

static const char *state_of(const struct box_print *p, const struct reg *reg, const struct record *r) {
    const struct reg_state *state = r->state ? reg_state_named(reg, r->state) : NULL;
    return state ? lang_tr(p->lang, state->label) : "";
}

static void put_notes(struct item_print *w, const struct notes *notes) {
    for (const struct note *n = notes->first; n; n = n->next)
        booklet_text(w->b, BOOKLET_SMALL,
                     arena_format(w->arena, "※ %s", box_said(w->p, w->arena, n->sentence, n->args[0], n->args[1], n->args[2])));
}

static void put_head(struct item_print *w) {
    const struct box_item *item = w->item;
    struct arena *a = w->arena;
    _cleanup_(text_release) struct text line;
    text_init(&line, SAID_MAX);
    booklet_text(w->b, BOOKLET_HEADING, box_item_name(item, a));
    if (item->score[0]) text_format(&line, "%s　", box_said(w->p, a, "分值：{0}", item->score, NULL, NULL));
    if (item->office[0]) text_format(&line, "%s　", box_said(w->p, a, "责任单位：{0}", item->office, NULL, NULL));
    if (item->person[0]) text_format(&line, "%s　", box_said(w->p, a, "责任人：{0}", item->person, NULL, NULL));
    if (item->state == BOX_EMPTY) text_add(&line, lang_tr(w->p->lang, "材料暂缺"));
    else if (item->state != BOX_HEADING) text_add(&line, box_said(w->p, a, "材料 {0} 件", arena_int(a, item->count), NULL, NULL));
    booklet_text(w->b, BOOKLET_SMALL, line.at ? line.at : "");
    if (item->requirement[0]) booklet_text(w->b, BOOKLET_BODY, box_said(w->p, a, "考核要求：{0}", item->requirement, NULL, NULL));
    put_notes(w, &item->problems);
    put_notes(w, &item->remarks);
}

static enum fault put_row(void *context, const struct record *r) {
    struct item_print *w = context;
    const struct box_item *item = w->item;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, ROW_ARENA);
    const char *cells[COLUMNS] = {arena_int(&arena, ++w->rows)};
    for (size_t i = 0; i < item->column_count; i++)
        cells[1 + i] = box_words(r, item->columns[i], (size_t)(item->columns[i] - item->reg->fields), w->p->lang, &arena);
    cells[1 + item->column_count] = state_of(w->p, item->reg, r);
    booklet_row(w->b, cells);
    return FAULT_NONE;
}

static enum fault put_list(struct item_print *w) {
    const struct box_item *item = w->item;
    const char *heads[COLUMNS] = {lang_tr(w->p->lang, "序号")};
    bool right[COLUMNS] = {true};
    unsigned columns = 1 + (unsigned)item->column_count;
    if (!item->reg || !item->listed) return FAULT_NONE;
    for (size_t i = 0; i < item->column_count; i++) {
        heads[1 + i] = lang_tr(w->p->lang, item->columns[i]->label);
        right[1 + i] = value_type(item->columns[i]->type)->figure;
    }
    if (item->reg->state_count) heads[columns++] = lang_tr(w->p->lang, "状态");
    booklet_text(w->b, BOOKLET_CAPTION,
                 box_said(w->p, w->arena, "清单：{0}，共 {1} 条", lang_tr(w->p->lang, item->reg->label),
                          arena_int(w->arena, item->listed), NULL));
    booklet_table(w->b, columns, heads, right);
    enum fault f = box_rows(&w->p->reader, w->p->box, item, put_row, w);
    booklet_table_end(w->b);
    return f;
}

static enum fault put_record(struct item_print *w, const struct box_record *chosen) {
    const struct reg *reg = chosen->reg;
    const char *heads[] = {lang_tr(w->p->lang, "栏目"), lang_tr(w->p->lang, "内容")};
    struct record r;
    enum fault f = box_record(&w->p->reader, w->p->box, chosen, &r);
    if (f) return f;
    booklet_text(w->b, BOOKLET_CAPTION, box_said(w->p, w->arena, "记录：{0}", lang_tr(w->p->lang, reg->label), NULL, NULL));
    booklet_table(w->b, 2, heads, NULL);
    for (size_t i = 0; i < reg->field_count; i++) {
        if (!box_shows(reg, &reg->fields[i]) || r.values[i].kind == VALUE_NONE) continue;
        const char *cells[] = {lang_tr(w->p->lang, reg->fields[i].label), box_words(&r, &reg->fields[i], i, w->p->lang, w->arena)};
        booklet_row(w->b, cells);
    }
    const char *state[] = {lang_tr(w->p->lang, "状态"), state_of(w->p, reg, &r)};
    if (state[1][0]) booklet_row(w->b, state);
    booklet_table_end(w->b);
    return FAULT_NONE;
}

static const char *caption_of(struct item_print *w, struct arena *arena, const struct box_file *file, unsigned number) {
    const char *name = file->of[0] ? arena_format(arena, "%s（%s）", file->name, file->of) : file->name;
    return arena_format(arena, "%s%s%s %u　%s", w->item->number, w->item->number[0] ? " " : "", lang_tr(w->p->lang, "附件"), number,
                        name);
}

/* Name, size and hash of each file; below them come those that can be printed. */
static enum fault put_file_line(void *context, const struct box_file *file) {
    struct item_print *w = context;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, ROW_ARENA);
    if (!w->files) booklet_text(w->b, BOOKLET_CAPTION, lang_tr(w->p->lang, "附件"));
    const char *caption = caption_of(w, &arena, file, ++w->files);
    if (box_is_gone(w->p->box, file->hash)) caption = arena_format(&arena, "%s　%s", caption, lang_tr(w->p->lang, "（缺失）"));
    booklet_text(w->b, BOOKLET_SMALL, caption);
    booklet_text(w->b, BOOKLET_SMALL,
                 box_said(w->p, &arena, "{0} 字节，SHA-256 {1}",
                          arena_format(&arena, "%.*s", (int)strcspn(file->value + 65, ":"), file->value + 65), file->hash, NULL));
    return FAULT_NONE;
}

/* How many pages of a PDF are printed; found out once, when pages are counted. */
static int pdf_pages(struct box_print *p, const char *value) {
    if (!p->counting) return p->pdf_at < p->pdf_count ? p->pdf_pages[p->pdf_at++] : 0;
    if (p->pdf_count == p->pdf_room) {
        p->pdf_room = p->pdf_room ? 2 * p->pdf_room : 64;
        p->pdf_pages = memory_resize(p->pdf_pages, p->pdf_room * sizeof *p->pdf_pages);
    }
    return p->pdf_pages[p->pdf_count++] = file_pages(p->reader.files, value);
}

static void put_picture(struct item_print *w, const struct box_file *file, int page, const char *caption) {
    _cleanup_(text_release) struct text jpeg = {0};
    bool drawn = !w->p->counting && !file_small(w->p->reader.files, file->value, page ? SMALL_PRINT : SMALL_PAGE, page, &jpeg);
    booklet_picture(w->b, drawn ? jpeg.at : NULL, drawn ? jpeg.length : 0, page > 0, caption);
}

static enum fault put_file(void *context, const struct box_file *file) {
    struct item_print *w = context;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, ROW_ARENA);
    enum filetype_show show = filetype_show_named(file->name);
    const char *caption = caption_of(w, &arena, file, ++w->files);
    if (show == SHOW_NOT || box_is_gone(w->p->box, file->hash)) return FAULT_NONE;
    if (show == SHOW_PICTURE) {
        put_picture(w, file, 0, caption);
        return box_print_step(w->p, 0);
    }
    int pages = pdf_pages(w->p, file->value);
    enum fault f = FAULT_NONE;
    for (int i = 1; !f && i <= pages && i <= PDF_PAGES_PRINTED; i++) {
        put_picture(w, file, i, arena_format(&arena, "%s  %d/%d", caption, i, pages));
        f = box_print_step(w->p, 0);
    }
    if (pages > PDF_PAGES_PRINTED)
        booklet_text(
            w->b, BOOKLET_SMALL,
            box_said(w->p, &arena, "“{0}”只印前 {1} 页，其余见电子原件", file->name, arena_int(&arena, PDF_PAGES_PRINTED), NULL));
    return f;
}

static enum fault put_item(struct box_print *p, struct booklet *b, size_t at, bool pictures) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, ITEM_ARENA);
    struct item_print w = {.p = p, .b = b, .item = &p->box->items[at], .arena = &arena};
    struct arena *before = p->reader.arena;
    enum fault f = box_print_fresh(p);
    if (f) return f;
    p->reader.arena = &arena;
    put_head(&w);
    f = put_list(&w);
    for (size_t i = 0; !f && i < w.item->record_count; i++) f = put_record(&w, &w.item->records[i]);
    if (!f) f = box_files(&p->reader, p->box, w.item, put_file_line, &w);
    w.files = 0;
    if (!f && pictures) f = box_files(&p->reader, p->box, w.item, put_file, &w);
    p->reader.arena = before;
    return f;
}

/* ---- the parts of the book ---- */

static void cover_line(struct box_print *p, struct booklet *b, const char *sentence, const char *value) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, ROW_ARENA);
    if (value && value[0]) booklet_text(b, BOOKLET_COVER_LINE, box_said(p, &arena, sentence, value, NULL, NULL));
}

static void put_cover(struct box_print *p, struct booklet *b) {
    const struct box *box = p->box;
    char from[CIVIL_TEXT], to[CIVIL_TEXT], moment[MOMENT_TEXT];
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, ROW_ARENA);
    civil_format(box->from, from);
    civil_format(box->to, to);
    moment_format(box->as_of_ms, moment);
    booklet_space(b, 2);
    booklet_text(b, BOOKLET_COVER, p->institution);
    booklet_space(b, 1.5);
    booklet_text(b, BOOKLET_COVER, box->name);
    booklet_text(b, BOOKLET_COVER, lang_tr(p->lang, "迎检资料"));
    booklet_space(b, 2);
    cover_line(p, b, "检查单位：{0}", box->inspector);
    cover_line(p, b, "依据文件：{0}", box->paper);
    cover_line(p, b, "期间：{0}", arena_format(&arena, "%s — %s", from, to));
    cover_line(p, b, "牵头单位：{0}", box->office);
    cover_line(p, b, "负责人：{0}", box->person);
    cover_line(p, b, "组卷人：{0}", p->reader.actor->name);
    booklet_space(b, 1);
    booklet_text(b, BOOKLET_SMALL,
                 box_said(p, &arena,
                          "依据日志前 {0} 条登记（核验码 {1}，最后一条录入于 {2}）。在同一位置由同样权限的人再次组卷，内容相同。",
                          arena_int(&arena, box->position), p->code, moment));
    booklet_text(b, BOOKLET_SMALL, lang_tr(p->lang, "只列入组卷人有权查看的记录和栏目；没有列入的，在该条下注明。"));
}

static const char *entry_text(struct box_print *p, const struct box_item *item, struct arena *arena) {
    const char *name = box_item_name(item, arena);
    if (item->state == BOX_HEADING) return name;
    if (item->state == BOX_EMPTY) return arena_format(arena, "%s%s", name, lang_tr(p->lang, "（暂缺）"));
    return arena_format(arena, "%s%s", name, box_said(p, arena, "（{0} 件）", arena_int(arena, item->count), NULL, NULL));
}

static void put_entries(struct box_print *p, struct booklet *b, const struct box_tab *tab) {
    for (size_t i = tab->first; i < tab->first + tab->count; i++) {
        _cleanup_(arena_release) struct arena arena;
        arena_init(&arena, ROW_ARENA);
        const struct box_item *item = &p->box->items[i];
        booklet_entry(b, item->level < LEVELS_SHOWN ? item->level : LEVELS_SHOWN, entry_text(p, item, &arena), p->pages[i]);
    }
}

static void put_contents(struct box_print *p, struct booklet *b) {
    booklet_page_break(b);
    booklet_mark(b, lang_tr(p->lang, "目录"), false);
    booklet_text(b, BOOKLET_TITLE, lang_tr(p->lang, "目录"));
    for (size_t i = 0; i < p->tab_count; i++) {
        const struct box_tab *tab = &p->tabs[i];
        _cleanup_(arena_release) struct arena arena;
        arena_init(&arena, ROW_ARENA);
        if (!tab->own) booklet_entry(b, 0, tab_number(p, tab, &arena), tab->page);
        put_entries(p, b, tab);
    }
    if (!p->tab_count) booklet_text(b, BOOKLET_BODY, lang_tr(p->lang, "还没有指标。"));
}

static void put_tab(struct box_print *p, struct booklet *b, struct box_tab *tab) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, ROW_ARENA);
    const struct box_item *own = tab->own ? &p->box->items[tab->first] : NULL;
    booklet_page_break(b);
    tab->page = booklet_page(b);
    booklet_mark(b, own ? box_item_name(own, &arena) : tab_number(p, tab, &arena), false);
    booklet_space(b, 4);
    booklet_text(b, BOOKLET_TAB, tab_number(p, tab, &arena));
    if (own) booklet_text(b, BOOKLET_TITLE, own->title);
    booklet_space(b, 2);
    struct box_tab below = *tab;
    if (own) below.first++, below.count--;
    put_entries(p, b, &below);
    booklet_page_break(b);
}

/* An item with evidence begins a page, and so does what follows it; items that lack it stand one below the other. */
static enum fault put_tab_items(struct box_print *p, struct booklet *b, const struct box_tab *tab) {
    bool evidence = false;
    enum fault f = FAULT_NONE;
    for (size_t i = tab->first; !f && i < tab->first + tab->count; i++) {
        const struct box_item *item = &p->box->items[i];
        _cleanup_(arena_release) struct arena arena;
        arena_init(&arena, ROW_ARENA);
        p->pages[i] = tab->page;
        f = box_print_step(p, 1);
        if (f || (tab->own && i == tab->first && item->state == BOX_HEADING && !item->problems.count && !item->requirement[0]))
            continue;
        if (item->count || evidence) booklet_page_break(b);
        evidence = item->count > 0;
        p->pages[i] = tab->own && i == tab->first ? tab->page : booklet_page(b);
        if (!tab->own || i > tab->first) booklet_mark(b, box_item_name(item, &arena), true);
        f = put_item(p, b, i, true);
    }
    return f;
}

static enum fault begin(struct box_print *p, const char *path, struct booklet **b) {
    struct booklet_plan plan = {p->fonts, p->lang, p->box->as_of_ms, p->box->name, p->institution};
    return booklet_begin(path, &plan, b);
}

static enum fault put_book(struct box_print *p, struct booklet *b) {
    enum fault f = FAULT_NONE;
    put_cover(p, b);
    put_contents(p, b);
    for (size_t i = 0; !f && i < p->tab_count; i++) {
        put_tab(p, b, &p->tabs[i]);
        f = put_tab_items(p, b, &p->tabs[i]);
    }
    return f;
}

enum fault box_count_pages(struct box_print *p, unsigned *pages) {
    _cleanup_(booklet_abandon) struct booklet *b = NULL;
    enum fault f = begin(p, NULL, &b);
    p->counting = true;
    if (!f) f = put_book(p, b);
    p->counting = false;
    if (f) return f;
    booklet_page_break(b);
    *pages = booklet_page(b) - 1;
    return booklet_finish(&b, &p->missing);
}

enum fault box_write_book(struct box_print *p, const char *path) {
    _cleanup_(booklet_abandon) struct booklet *b = NULL;
    enum fault f = begin(p, path, &b);
    p->pdf_at = 0;
    if (!f) f = put_book(p, b);
    return f ? f : booklet_finish(&b, NULL);
}

enum fault box_write_contents(struct box_print *p, const char *path) {
    _cleanup_(booklet_abandon) struct booklet *b = NULL;
    enum fault f = begin(p, path, &b);
    if (f) return f;
    put_cover(p, b);
    put_contents(p, b);
    return booklet_finish(&b, NULL);
}

enum fault box_write_item(struct box_print *p, size_t item, const char *path) {
    _cleanup_(booklet_abandon) struct booklet *b = NULL;
    enum fault f = begin(p, path, &b);
    if (!f) f = put_item(p, b, item, false);
    return f ? f : booklet_finish(&b, NULL);
}

enum fault box_spines(const struct box *box, const char *institution, enum lang lang, struct doc_fonts *fonts, const char *path) {
    _cleanup_(booklet_abandon) struct booklet *b = NULL;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, ROW_ARENA);
    struct box_print p = {.lang = lang};
    struct booklet_plan plan = {fonts, lang, box->as_of_ms, box->name, institution};
    size_t count = (size_t)box->cases;
    struct booklet_spine *spines = arena_array(&arena, struct booklet_spine, count);
    for (size_t i = 0; i < count; i++)
        spines[i] = (struct booklet_spine){
            institution, box->name,
            box_said(&p, &arena, "第 {0} 盒 共 {1} 盒", arena_int(&arena, (int64_t)i + 1), arena_int(&arena, box->cases), NULL)};
    enum fault f = booklet_begin(path, &plan, &b);
    if (f) return f;
    booklet_spines(b, spines, count);
    return booklet_finish(&b, NULL);
}
