/* template.c - how long the list page takes to render: 50 rows of 7 cells, about 20 KB, with and without building its view. */
#include "base/printer.h"
#include "web/catalogue.h"
#include "web/static.h"
#include "web/template.h"
#include "web/template_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define K(name) VIEW_KEY_##name
enum { ROWS = 50, CELLS = 7, ROUNDS = 2000, BLOCKS = 15 };

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void row_print(struct text *out, int i, const char *const labels[CELLS]) {
    static const char *const texts[CELLS] = {
        "实验楼三层灭火器压力不足", "一般", "2019-09-03", "3", "演示·赵明", "2019-09-30", "整改中"};
    text_add(out, "<tr>");
    for (int j = 0; j < CELLS; j++) {
        text_add(out, j ? "<td data-label=\"" : "<th scope=\"row\" data-label=\"");
        html_attr(out, labels[j]);
        text_add(out, j == 3 ? "\" class=\"num\">" : "\">");
        if (j == 0) text_add(out, "<a href=\"/r/finding/0f8fad5b-d9cb-469f-a165-70867728950e\">");
        if (j == 6) text_add(out, "<span class=\"badge bad\">");
        html_text(out, texts[j]);
        if (j == 0 && i % 10 == 3) text_add(out, " <span class=\"badge late\">补录</span>");
        text_add(out, j == 0 ? "</a></th>" : j == 6 ? "</span></td>" : "</td>");
    }
    text_add(out, "</tr>\n");
}

static struct view *page_build(struct arena *arena) {
    static const char *const labels[CELLS] = {"问题描述", "等级", "发现日期", "处数", "责任人", "整改期限", "状态"};
    struct view *v = view_new(arena, LANG_ZH);
    view_text(v, K(title), "问题整改台账");
    view_text(v, K(institution), "示例学院");
    view_text(v, K(style_url), static_path("taizhang.css"));
    view_text(v, K(icon_url), static_path("icon.svg"));
    view_text(v, K(lang_tag), "zh-CN");
    view_text(v, K(user), "演示·林晓");
    view_text(v, K(csrf), "0123456789abcdef0123456789abcdef");
    view_bool(v, K(nav_registers), true);
    view_text(v, K(register_url), "/r/finding");
    view_text(v, K(register_label), "问题整改台账");
    view_text(v, K(caption), "问题整改台账");
    view_text(v, K(add_url), "/r/finding/new");
    view_int(v, K(count), 100000);
    view_int(v, K(journal_size), 300000);
    view_text(v, K(head_code), "1284-7Q4M-K2XA-9TTD");
    view_bool(v, K(paged), true);
    view_text(v, K(next_url), "/r/finding?after=abc");
    struct view_list *columns = view_list(v, K(columns));
    _cleanup_(text_release) struct text rows;
    text_init(&rows, 1 << 20);
    for (int j = 0; j < CELLS; j++) view_text(view_item(columns), K(label), labels[j]);
    for (int i = 0; i < ROWS; i++) row_print(&rows, i, labels);
    view_html(v, K(rows_html), arena_copyn(arena, rows.at, rows.length));
    return v;
}

static int compare(const void *a, const void *b) {
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

int main(void) {
    catalogue_install();
    template_prepare();
    struct arena arena;
    arena_init(&arena, 1 << 22);
    const struct view *page = page_build(&arena);
    struct text out;
    text_init(&out, 1 << 22);
    double render[BLOCKS], both[BLOCKS];
    for (int b = 0; b < BLOCKS; b++) {
        double begin = now_us();
        for (int i = 0; i < ROUNDS; i++) {
            text_clear(&out);
            template_render(TEMPLATE_register_list, page, &out);
        }
        render[b] = (now_us() - begin) / ROUNDS;
        begin = now_us();
        for (int i = 0; i < ROUNDS; i++) {
            struct arena mine;
            arena_init(&mine, 1 << 22);
            text_clear(&out);
            template_render(TEMPLATE_register_list, page_build(&mine), &out);
            arena_release(&mine);
        }
        both[b] = (now_us() - begin) / ROUNDS;
    }
    qsort(render, BLOCKS, sizeof *render, compare);
    qsort(both, BLOCKS, sizeof *both, compare);
    printf("list page, %d x %d cells, %zu bytes: render %.1f us (median; best %.1f), with building the view %.1f us\n", ROWS, CELLS,
           out.length, render[BLOCKS / 2], render[0], both[BLOCKS / 2]);
    text_release(&out);
    arena_release(&arena);
    return 0;
}
