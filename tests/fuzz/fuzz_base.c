/* fuzz_base.c - foreign bytes through every reader and printer of the base room. */
#include "base/civil.h"
#include "base/id.h"
#include "base/lang.h"
#include "base/notes.h"
#include "base/printer.h"
#include "base/utf8.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void read_texts(const char *s) {
    civil_day day = -1000000000;
    if (civil_parse(s, &day)) {
        char back[CIVIL_TEXT];
        civil_format(day, back);
        assert(!strcmp(back, s));
    } else {
        assert(day == -1000000000);
    }
    struct id id;
    if (id_parse(s, &id)) {
        char back[ID_TEXT];
        id_format(&id, back);
        assert(!strcmp(back, s));
    }
    enum lang lang = lang_choose(s);
    assert(lang == LANG_ZH || lang == LANG_EN);
}

static void print_texts(const char *s) {
    static void (*const printers[])(struct text *, const char *) = {html_text, html_attr, xml_text, url_arg, json_text, csv_cell};
    for (size_t p = 0; p < COUNT_OF(printers); p++) {
        _cleanup_(text_release) struct text out;
        text_init(&out, p % 2 ? 1 << 20 : 50); /* also with too little room */
        printers[p](&out, s);
        assert(out.length <= out.max && strlen(out.at) == out.length);
        if (!out.over) assert(utf8_valid(out.at, out.length));
        if (p < 3) assert(!strpbrk(out.at, "<>\"'"));
    }
    _cleanup_(text_release) struct text filled;
    text_init(&filled, 1 << 20);
    note_fill(&filled, s, (const char *const[NOTE_ARGS]){"a", "{0}", NULL, "d"});
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 1 << 20);
    const char *s = arena_copyn(&arena, bytes, length);
    if (utf8_valid((const char *)bytes, length)) assert(utf8_count(s) <= length);
    read_texts(s);
    print_texts(s);
    return 0;
}
