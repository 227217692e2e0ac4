/* test_typeset.c - lines: 28 characters on the grid, no closing mark at a line's beginning, one may hang, numbers stay whole. */
#include "document/typeset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

static struct doc_fonts *fonts;
static const double BODY = BODY_HALF_POINTS / 2.0;

static int open_fonts(void **state) {
    (void)state;
    return doc_fonts_open(NULL, NULL, &fonts) ? 1 : 0;
}

static int close_fonts(void **state) {
    (void)state;
    doc_fonts_close(fonts);
    return 0;
}

static size_t set(struct sheet *s, const char *text) {
    *s = (struct sheet){.fonts = fonts};
    const struct set_shape shape = {.width = AREA_WIDTH_PT, .size = BODY, .justify = SET_JUSTIFY, .hang = true};
    fonts_take_turn();
    sheet_text(s, text, FACE_FANGSONG, BODY, "");
    fonts_end_turn();
    return sheet_break(s, 0, s->glyph_count, &shape);
}

static void add(struct text *t, const char *s, int times) {
    while (times-- > 0) text_add(t, s);
}

static void full_line_is_28_cells(void **state) {
    (void)state;
    _cleanup_(text_release) struct text t = {.max = 1000};
    _cleanup_(sheet_release) struct sheet s;
    add(&t, "安", 57);
    assert_int_equal(set(&s, t.at), 3);
    assert_int_equal(s.lines[0].to, GRID_CHARS);
    assert_int_equal(s.lines[1].to, 2 * GRID_CHARS);
    assert_true(fabsf(s.lines[0].spread) < 0.001F);
    assert_true(fabs(sheet_width(&s, 0, GRID_CHARS) - AREA_WIDTH_PT) < 0.01);
}

static void one_mark_hangs_and_two_do_not(void **state) {
    (void)state;
    _cleanup_(text_release) struct text one = {.max = 1000}, two = {.max = 1000}, quote = {.max = 1000};
    _cleanup_(sheet_release) struct sheet a, b, c;
    add(&one, "安", 28), add(&one, "。", 1), add(&one, "全", 5);
    assert_int_equal(set(&a, one.at), 2);
    assert_int_equal(a.lines[0].to, 29); /* the full stop stands past the edge */
    add(&two, "安", 28), add(&two, "。", 1), add(&two, "”全", 1);
    set(&b, two.at);
    assert_int_equal(b.lines[0].to, 27); /* 。” go together, with a character before them */
    assert_true(b.lines[0].spread > 0.5F);
    add(&quote, "安", 27), add(&quote, "《", 1), add(&quote, "全", 5);
    set(&c, quote.at);
    assert_int_equal(c.lines[0].to, 27); /* 《 ends no line */
}

static void numbers_stay_whole(void **state) {
    (void)state;
    _cleanup_(text_release) struct text t = {.max = 1000};
    _cleanup_(sheet_release) struct sheet s;
    add(&t, "安", 27), add(&t, "2019年", 1);
    set(&s, t.at);
    assert_int_equal(s.lines[0].to, 27);
    assert_int_equal(s.glyphs[s.lines[1].from].c, '2');
}

static void long_word_is_cut_not_lost(void **state) {
    (void)state;
    _cleanup_(text_release) struct text t = {.max = 1000};
    _cleanup_(sheet_release) struct sheet s;
    add(&t, "0123456789", 30);
    size_t lines = set(&s, t.at);
    assert_in_range(lines, 5, 9);
    assert_int_equal(s.lines[lines - 1].to, 300);
    for (size_t i = 1; i < lines; i++) assert_int_equal(s.lines[i].from, s.lines[i - 1].to);
}

static void missing_character_is_told(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 1 << 20);
    struct notes notes;
    notes_init(&notes, &a);
    _cleanup_(sheet_release) struct sheet s = {.fonts = fonts, .notes = &notes};
    fonts_take_turn();
    sheet_text(&s, "甲\xf4\x8f\xbf\xbd乙", FACE_FANGSONG, BODY, "标题"); /* U+10FFFD: private use */
    fonts_end_turn();
    assert_int_equal(s.missing, 1);
    assert_string_equal(notes.first->place, "标题");
    assert_string_equal(notes.first->args[1], "U+10FFFD");
    assert_int_equal(s.glyph_count, 2);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_line_is_28_cells),     cmocka_unit_test(one_mark_hangs_and_two_do_not),
        cmocka_unit_test(numbers_stay_whole),        cmocka_unit_test(long_word_is_cut_not_lost),
        cmocka_unit_test(missing_character_is_told),
    };
    return cmocka_run_group_tests(tests, open_fonts, close_fonts);
}
