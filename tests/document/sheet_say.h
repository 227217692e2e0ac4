/* sheet_say.h - test help: a table's rows said as one text, so that a test compares a whole file at once. */
#ifndef TESTS_SHEET_SAY_H
#define TESTS_SHEET_SAY_H

#include "document/sheet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* One row a line: "2: a|n12|d2019-03-01|-" with a letter for every kind but text. A fault ends it as
 * "! 4 检查!C3 sentence filled with its arguments". Static, overwritten by the next call. */
static const char *sheet_say(const struct sheet_source *source, const struct sheet_limits *limits) {
    static char said[65536];
    static const char letters[] = "-\0ndtbfe"; /* by kind; NUL: nothing */
    struct text out;
    struct arena arena;
    struct notes notes;
    struct sheet_reader *reader = NULL;
    struct sheet_row row;
    text_init(&out, sizeof said - 1);
    arena_init(&arena, 1 << 20);
    notes_init(&notes, &arena);
    enum fault fault = sheet_open(source, limits, &notes, &reader);
    while (!fault && (fault = sheet_next(reader, &row)) == FAULT_NONE && row.number) {
        text_format(&out, "%u:", row.number);
        for (size_t i = 0; i < row.count; i++) {
            char letter = letters[row.cells[i].kind];
            assert_int_equal(strlen(row.cells[i].text), row.cells[i].length);
            text_add(&out, i ? "|" : " ");
            if (letter) text_addc(&out, letter);
            text_add(&out, row.cells[i].text);
            if (row.cells[i].rounded) text_addc(&out, '~');
        }
        text_addc(&out, '\n');
    }
    if (fault) {
        assert_int_equal(notes.count, 1);
        text_format(&out, "! %s %s ", fault_word(fault), notes.first->place);
        note_fill(&out, notes.first->sentence, notes.first->args);
        if (reader) assert_int_equal(sheet_next(reader, &row), fault); /* it stays so */
    } else {
        assert_int_equal(notes.count, 0);
        assert_int_equal(sheet_next(reader, &row), FAULT_NONE);
        assert_int_equal(row.number, 0);
    }
    sheet_close(&reader);
    arena_release(&arena);
    snprintf(said, sizeof said, "%s", out.at ? out.at : "");
    text_release(&out);
    return said;
}

static inline const char *say_bytes(const void *bytes, size_t length) {
    return sheet_say(&(struct sheet_source){.bytes = bytes, .length = length, .name = "a.csv"}, NULL);
}

#endif
