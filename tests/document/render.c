/* render.c - test tool: renders a Markdown file with a sample signature: render FORMAT IN.md OUT [FONT-DIRECTORY]. */
#include "document/docx.h"
#include "document/html.h"
#include "document/markdown.h"
#include "document/pdf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tell(const struct notes *notes, enum fault fault) {
    for (const struct note *n = notes->first; n; n = n->next) {
        _cleanup_(text_release) struct text line = {.max = 4096};
        note_fill(&line, n->sentence, n->args);
        fprintf(stderr, "%s: %s\n", n->place, line.at);
    }
    fprintf(stderr, "%s\n", fault_sentence(fault));
    return fault_exit_status(fault);
}

static enum fault render(struct doc *d, const char *format, const char *directory, struct notes *notes, struct text *out) {
    if (!strcmp(format, "html")) return doc_to_html_page(d, NULL, NULL, out);
    if (!strcmp(format, "docx")) return doc_to_docx(d, out);
    if (strcmp(format, "pdf")) return FAULT_USAGE;
    struct doc_fonts *fonts;
    enum fault fault = doc_fonts_open(directory, notes, &fonts);
    if (fault) return fault;
    const char *lines[FACE_COUNT];
    for (size_t i = 0, n = doc_fonts_fallbacks(fonts, lines); i < n; i++) fprintf(stderr, "%s\n", lines[i]);
    fault = doc_to_pdf(d, fonts, notes, out);
    doc_fonts_close(fonts);
    return fault;
}

int main(int argc, char **argv) {
    if (argc < 4) return fault_exit_status(FAULT_USAGE);
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, (size_t)64 << 20);
    struct notes notes;
    notes_init(&notes, &arena);
    FILE *in = fopen(argv[2], "rb");
    if (!in) return fault_exit_status(FAULT_FILE);
    char *source = arena_alloc(&arena, MARKDOWN_MAX + 2);
    size_t length = fread(source, 1, MARKDOWN_MAX + 1, in);
    fclose(in);
    struct doc *d = NULL;
    enum fault fault = doc_from_markdown(&arena, source, length, LANG_ZH, 1577750400000, &notes, &d);
    if (fault) return tell(&notes, fault);
    doc_set_addressee(d, "学校安全管理委员会");
    doc_add_attachment(d, "2019年度安全检查情况一览表");
    doc_add_attachment(d, "2019年度安全隐患整改销号台账以及各系部各班级整改责任人名单和完成时限汇总表");
    doc_set_signature(d, "示范职业学院", civil_from_ymd(2019, 12, 31));
    doc_set_footer(d, "校验码：1024 0f3a 9c41 77de 2b60 5a18 e0c4 93bb 6d2f；凭此码可以核对本报告的每一个数字。");
    _cleanup_(text_release) struct text out = {.max = (size_t)64 << 20};
    fault = render(d, argv[1], argc > 4 ? argv[4] : NULL, &notes, &out);
    if (fault) return tell(&notes, fault);
    FILE *to = fopen(argv[3], "wb");
    if (!to || fwrite(out.at, 1, out.length, to) != out.length || fclose(to)) return fault_exit_status(FAULT_FILE);
    return 0;
}
