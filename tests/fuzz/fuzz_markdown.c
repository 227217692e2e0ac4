/* fuzz_markdown.c - any bytes as a report's Markdown: a tree or a fault, and the printers without typefaces must take the tree. */
#include "document/docx.h"
#include "document/html.h"
#include "document/markdown.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 65536) return 0;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, (size_t)64 << 20);
    struct notes notes;
    notes_init(&notes, &arena);
    struct doc *d = NULL;
    char *copy = arena_copyn(&arena, data, size);
    if (doc_from_markdown(&arena, copy, size, LANG_ZH, 0, &notes, &d)) return 0;
    _cleanup_(text_release) struct text html = {.max = 8 << 20}, docx = {.max = 8 << 20};
    enum fault fault = doc_to_html(d, NULL, NULL, &html);
    if (fault && fault != FAULT_LARGE) abort();
    fault = doc_to_docx(d, &docx);
    if (fault && fault != FAULT_LARGE) abort();
    return 0;
}
