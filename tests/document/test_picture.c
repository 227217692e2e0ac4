/* test_picture.c - pictures are told by their content, made small, turned upright, and lose their metadata. */
#include "base/memory.h"
#include "document/filetype.h"
#include "document/picture.h"

#include <gd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* An image whose four quarters are red, green / blue, black. */
static gdImagePtr quarters(int width, int height) {
    gdImagePtr image = gdImageCreateTrueColor(width, height);
    gdImageFilledRectangle(image, 0, 0, width / 2 - 1, height / 2 - 1, 0xff0000);
    gdImageFilledRectangle(image, width / 2, 0, width - 1, height / 2 - 1, 0x00ff00);
    gdImageFilledRectangle(image, 0, height / 2, width / 2 - 1, height - 1, 0x0000ff);
    gdImageFilledRectangle(image, width / 2, height / 2, width - 1, height - 1, 0x000000);
    return image;
}

/* A JPEG of it, with an Exif block after its first two bytes if an orientation is given. */
static void jpeg_of(int width, int height, int orientation, struct text *out) {
    static const unsigned char exif[] = "\xff\xe1\x00\x22"
                                        "Exif\0\0"
                                        "MM\0*\0\0\0\x08"
                                        "\0\x01"
                                        "\x01\x12\0\x03\0\0\0\x01\0\x00\0\0"
                                        "\0\0\0\0";
    gdImagePtr image = quarters(width, height);
    int size;
    char *bytes = gdImageJpegPtr(image, &size, 95);
    text_addn(out, bytes, 2);
    if (orientation) {
        size_t at = out->length;
        text_addn(out, exif, 36);
        out->at[at + 29] = (char)orientation;
    }
    text_addn(out, bytes + 2, (size_t)size - 2);
    gdFree(bytes);
    gdImageDestroy(image);
}

static char letter(gdImagePtr image, int x, int y) {
    int c = gdImageGetTrueColorPixel(image, x, y);
    bool r = gdTrueColorGetRed(c) > 128, g = gdTrueColorGetGreen(c) > 128, b = gdTrueColorGetBlue(c) > 128;
    return r && g && b ? 'w' : r ? 'r' : g ? 'g' : b ? 'b' : 'k';
}

/* The corners of a small picture: upper left, upper right, lower left, lower right. */
static void corners(const struct text *small, char out[5], int *width, int *height) {
    gdImagePtr image = gdImageCreateFromJpegPtr((int)small->length, small->at);
    assert_non_null(image);
    *width = gdImageSX(image);
    *height = gdImageSY(image);
    out[0] = letter(image, 2, 2);
    out[1] = letter(image, *width - 3, 2);
    out[2] = letter(image, 2, *height - 3);
    out[3] = letter(image, *width - 3, *height - 3);
    out[4] = 0;
    gdImageDestroy(image);
}

static void orientations(void **state) {
    (void)state;
    /* As the Exif standard shows them: what is at the four corners once the picture stands upright. */
    static const char *const wanted[] = {"rgbk", "rgbk", "grkb", "kbgr", "bkrg", "rbgk", "brkg", "kgbr", "gkrb"};
    for (int o = 0; o <= 8; o++) {
        _cleanup_(text_release) struct text jpeg, small;
        char found[5];
        int width, height;
        text_init(&jpeg, 1 << 20);
        text_init(&small, 1 << 20);
        jpeg_of(400, 200, o, &jpeg);
        assert_int_equal(picture_shrink(jpeg.at, jpeg.length, 100, &small), FAULT_NONE);
        corners(&small, found, &width, &height);
        assert_string_equal(found, wanted[o]);
        assert_int_equal(width, o >= 5 ? 50 : 100);
        assert_int_equal(height, o >= 5 ? 100 : 50);
        assert_null(memmem(small.at, small.length, "Exif", 4));
    }
}

static void kinds_of_pictures(void **state) {
    (void)state;
    gdImagePtr image = quarters(300, 300);
    int size[4];
    void *made[] = {gdImagePngPtr(image, &size[0]), gdImageGifPtr(image, &size[1]), gdImageWebpPtr(image, &size[2]),
                    gdImageBmpPtr(image, &size[3], 0)};
    static const char *const name[] = {"现场.PNG", "a.gif", "a.webp", "a.bmp"};
    for (int i = 0; i < 4; i++) {
        _cleanup_(text_release) struct text small;
        const struct filetype *kind;
        char found[5];
        int width, height;
        text_init(&small, 1 << 20);
        assert_int_equal(filetype_of(made[i], (size_t)size[i], name[i], NULL, "photo", &kind), FAULT_NONE);
        assert_int_equal(kind->show, SHOW_PICTURE);
        assert_int_equal(picture_shrink(made[i], (size_t)size[i], 1000, &small), FAULT_NONE); /* never enlarged */
        corners(&small, found, &width, &height);
        assert_string_equal(found, "rgbk");
        assert_int_equal(width, 300);
        gdFree(made[i]);
    }
    gdImageDestroy(image);
}

static void no_pictures(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {{"", 0}, {"abc", 3}, {"\xff\xd8\xff\xe0 broken", 12}, {"\x89PNG\r\n\x1a\n broken", 16}, {"GIF89a broken", 13}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        _cleanup_(text_release) struct text small;
        text_init(&small, 1 << 20);
        assert_int_equal(picture_shrink(cases[i].bytes, cases[i].length, 100, &small), FAULT_INPUT);
    }
}

static void kinds_by_content(void **state) {
    (void)state;
    static const char pdf[] = "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n",
                      elf[] = "\x7f"
                              "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0",
                      text[] = "值班记录：正常\n";
    static const struct {
        const char *bytes;
        size_t length;
        const char *name;
        enum fault fault;
        const char *says; /* a part of the note */
    } cases[] = {
        {pdf, sizeof pdf - 1, "通知.pdf", FAULT_NONE, NULL},
        {pdf, sizeof pdf - 1, "通知.PDF", FAULT_NONE, NULL},
        {pdf, sizeof pdf - 1, "通知.docx", FAULT_INPUT, "后缀"},
        {pdf, sizeof pdf - 1, "通知", FAULT_INPUT, "后缀"},
        {pdf, sizeof pdf - 1, "pdf", FAULT_INPUT, "后缀"},
        {pdf, sizeof pdf - 1, "a. pdf", FAULT_INPUT, "后缀"},
        {pdf, sizeof pdf - 1, "a.averyveryverylongending", FAULT_INPUT, "后缀"},
        {text, sizeof text - 1, "记录.txt", FAULT_NONE, NULL},
        {text, sizeof text - 1, "记录.pdf", FAULT_INPUT, "后缀"},
        {elf, sizeof elf - 1, "图.png", FAULT_INPUT, "不能存"},
        {"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0", 16, "工具.exe", FAULT_INPUT, "不能存"},
        {"#!/bin/sh\nrm -rf /\n", 19, "记录.txt", FAULT_INPUT, "不能存"},
        {"", 0, "空.txt", FAULT_INPUT, "空的"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        _cleanup_(arena_release) struct arena arena;
        struct notes notes;
        arena_init(&arena, 10000);
        notes_init(&notes, &arena);
        const struct filetype *kind = NULL;
        assert_int_equal(filetype_of(cases[i].bytes, cases[i].length, cases[i].name, &notes, "file", &kind), cases[i].fault);
        assert_int_equal(notes.count, cases[i].fault ? 1 : 0);
        assert_true((kind != NULL) == !cases[i].fault);
        if (cases[i].says) assert_true(notes.first && strstr(notes.first->sentence, cases[i].says));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(orientations), cmocka_unit_test(kinds_of_pictures),
                                       cmocka_unit_test(no_pictures), cmocka_unit_test(kinds_by_content)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
