/* font.c - finding and opening the typefaces of the official layout. */
#include "document/face.h"

#include <ctype.h>
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include FT_ADVANCES_H

#define FANDOL "/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol/"
#define NOTO "/usr/share/fonts/opentype/noto/"
#define UKAI "/usr/share/fonts/truetype/arphic/ukai.ttc"
#define GKAI "/usr/share/fonts/truetype/arphic-gkai00mp/gkai00mp.ttf"
#define WENKAI "/usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf"
#define SERIF NOTO "NotoSerifCJK-Regular.ttc"
#define SANS NOTO "NotoSansCJK-Regular.ttc"

/* cairo 1.16 loses one block of 768 bytes for each CFF typeface it embeds; tests/document/test_pdf.c holds the loss to that. */
#if defined(__SANITIZE_ADDRESS__)
#define LEAKS_ARE_SOUGHT 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LEAKS_ARE_SOUGHT 1
#endif
#endif
#ifdef LEAKS_ARE_SOUGHT
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libcairo.so\n"; }
#endif

enum { CANDIDATES = 6, NAMES = 6 };

/* Where a typeface is looked for, best first; entries from `substitute_from` on only stand in for it. */
struct wanted {
    const char *chinese;
    const char *names[NAMES]; /* parts of file names in the administrator's directory, small letters */
    const char *paths[CANDIDATES];
    int substitute_from;
};

static const struct wanted wanted[FACE_COUNT] = {
    [FACE_FANGSONG] = {"仿宋",
                       {"fangsong", "simfang", "fzfs", "仿宋"},
                       {FANDOL "FandolFang-Regular.otf", WENKAI, GKAI, UKAI, SERIF, SANS},
                       1},
    [FACE_KAI] = {"楷体", {"kai", "楷"}, {FANDOL "FandolKai-Regular.otf", WENKAI, GKAI, UKAI, SERIF, SANS}, 4},
    [FACE_HEI] = {"黑体",
                  {"hei", "黑"},
                  {FANDOL "FandolHei-Regular.otf", SANS, "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", SERIF},
                  3},
    [FACE_TITLE] = {"小标宋",
                    {"xbs", "xiaobiaosong", "小标宋"},
                    {NOTO "NotoSerifCJK-Bold.ttc", FANDOL "FandolSong-Bold.otf", SERIF, SANS},
                    0},
    [FACE_SONG] = {"宋体",
                   {"simsun", "song", "宋"},
                   {SERIF, FANDOL "FandolSong-Regular.otf", "/usr/share/fonts/truetype/arphic/uming.ttc", SANS},
                   3},
};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static FT_Library library; /* for the process: faces in cairo's caches need it to the end */

void fonts_take_turn(void) { pthread_mutex_lock(&turn); }
void fonts_end_turn(void) { pthread_mutex_unlock(&turn); }

/* Which of a collection's faces has the Simplified Chinese forms; the pan-CJK collections name it in the family. */
static FT_Face open_simplified(const char *path) {
    static const FT_Long order[] = {2, 0, 1, 3, 4, 5, 6, 7, 8, 9};
    FT_Face face = NULL;
    if (FT_New_Face(library, path, 0, &face)) return NULL;
    FT_Long count = face->num_faces;
    if (count <= 1 || !face->family_name || !strstr(face->family_name, "CJK")) return face;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        FT_Face one = NULL;
        if (order[i] >= count || FT_New_Face(library, path, order[i], &one)) continue;
        const char *family = one->family_name ? one->family_name : "";
        size_t length = strlen(family);
        if (length > 3 && !strcmp(family + length - 3, " SC") && !strstr(family, "Mono")) {
            FT_Done_Face(face);
            return one;
        }
        FT_Done_Face(one);
    }
    return face;
}

static void face_done(void *face) { FT_Done_Face(face); }

/* Opens a file once; returns its place in files, or -1. */
static int file_open(struct doc_fonts *fonts, const char *path) {
    for (size_t i = 0; i < fonts->file_count; i++)
        if (!strcmp(fonts->files[i].path, path)) return (int)i;
    if (access(path, R_OK)) return -1;
    FT_Face ft = open_simplified(path);
    if (!ft) return -1;
    if (FT_Select_Charmap(ft, FT_ENCODING_UNICODE) || !FT_IS_SCALABLE(ft) || !FT_Get_Char_Index(ft, 0x4e00)) {
        FT_Done_Face(ft);
        return -1;
    }
    cairo_font_face_t *cairo = cairo_ft_font_face_create_for_ft_face(ft, FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP);
    static const cairo_user_data_key_t owner;
    if (cairo_font_face_set_user_data(cairo, &owner, ft, face_done)) {
        cairo_font_face_destroy(cairo);
        FT_Done_Face(ft);
        return -1;
    }
    struct font_file *file = &fonts->files[fonts->file_count];
    file->path = strdup(path);
    file->ft = ft;
    file->cairo = cairo;
    return (int)fonts->file_count++;
}

static bool name_fits(const char *name, const struct wanted *w) {
    char small[256];
    size_t n = 0;
    for (; name[n] && n < sizeof small - 1; n++) small[n] = (char)tolower((unsigned char)name[n]);
    small[n] = 0;
    const char *dot = strrchr(small, '.');
    if (!dot || (strcmp(dot, ".ttf") && strcmp(dot, ".otf") && strcmp(dot, ".ttc"))) return false;
    bool title = strstr(small, "xbs") || strstr(small, "xiaobiaosong") || strstr(small, "小标宋");
    bool fang = strstr(small, "fangsong") || strstr(small, "仿宋");
    if (w == &wanted[FACE_SONG] && (title || fang)) return false; /* their names contain 宋 too */
    for (int i = 0; i < NAMES && w->names[i]; i++)
        if (strstr(small, w->names[i])) return true;
    return false;
}

/* The first fitting file of the directory in name order, so that the choice does not depend on the file system. */
static int directory_open(struct doc_fonts *fonts, const char *directory, const struct wanted *w) {
    struct dirent **list = NULL;
    int count = scandir(directory, &list, NULL, alphasort), found = -1;
    for (int i = 0; i < count; i++) {
        char path[4096];
        int n = snprintf(path, sizeof path, "%s/%s", directory, list[i]->d_name);
        if (found < 0 && n > 0 && (size_t)n < sizeof path && name_fits(list[i]->d_name, w)) found = file_open(fonts, path);
        free(list[i]);
    }
    free(list);
    return found;
}

static bool face_find(struct doc_fonts *fonts, const char *directory, enum doc_face face) {
    const struct wanted *w = &wanted[face];
    int file = directory && *directory ? directory_open(fonts, directory, w) : -1;
    bool substitute = false;
    for (int i = 0; file < 0 && i < CANDIDATES && w->paths[i]; i++) {
        file = file_open(fonts, w->paths[i]);
        substitute = i >= w->substitute_from;
    }
    if (file < 0) return false;
    fonts->file_of[face] = (uint8_t)file;
    fonts->substitute[face] = substitute;
    if (substitute) {
        struct text line;
        text_init(&line, 8192);
        text_format(&line, "%s -> %s", w->chinese, fonts->files[file].path);
        fonts->lines[face] = line.at;
    }
    return true;
}

static enum fault faces_find(struct doc_fonts *fonts, const char *directory, struct notes *notes) {
    if (!library && FT_Init_FreeType(&library)) return FAULT_SYSTEM;
    for (int face = 0; face < FACE_COUNT; face++) {
        if (face_find(fonts, directory, (enum doc_face)face)) continue;
        note_add(notes, wanted[face].chinese, "找不到可用的中文字体，请安装软件包 {0} 后重试", "fonts-noto-cjk");
        return FAULT_FILE;
    }
    return FAULT_NONE;
}

enum fault doc_fonts_open(const char *directory, struct notes *notes, struct doc_fonts **out) {
    struct doc_fonts *fonts = memory_new(sizeof *fonts);
    fonts_take_turn();
    enum fault fault = faces_find(fonts, directory, notes);
    fonts_end_turn();
    if (fault) doc_fonts_close(fonts);
    else *out = fonts;
    return fault;
}

void doc_fonts_close(struct doc_fonts *fonts) {
    if (!fonts) return;
    fonts_take_turn();
    for (size_t i = 0; i < fonts->file_count; i++) {
        cairo_font_face_destroy(fonts->files[i].cairo);
        free(fonts->files[i].path);
    }
    fonts_end_turn();
    for (int face = 0; face < FACE_COUNT; face++) {
        free(fonts->lines[face]);
        for (size_t page = 0; page < GLYPH_PAGES; page++) free(fonts->pages[face][page]);
    }
    memory_release(&fonts);
}

const char *doc_fonts_path(const struct doc_fonts *fonts, enum doc_face face) { return fonts->files[fonts->file_of[face]].path; }

bool doc_fonts_substitute(const struct doc_fonts *fonts, enum doc_face face) { return fonts->substitute[face]; }

size_t doc_fonts_fallbacks(const struct doc_fonts *fonts, const char *lines[FACE_COUNT]) {
    size_t count = 0;
    for (int face = 0; face < FACE_COUNT; face++)
        if (fonts->lines[face]) lines[count++] = fonts->lines[face];
    return count;
}

static void glyph_look(struct doc_fonts *fonts, enum doc_face face, uint32_t c, struct glyph *g) {
    static const enum doc_face chain[] = {FACE_SONG, FACE_HEI, FACE_KAI, FACE_TITLE, FACE_FANGSONG};
    g->known = true;
    for (size_t i = 0; i <= sizeof chain / sizeof *chain; i++) {
        uint8_t file = fonts->file_of[i ? chain[i - 1] : face];
        FT_Face ft = fonts->files[file].ft;
        FT_UInt index = FT_Get_Char_Index(ft, c);
        FT_Fixed advance = 0;
        if (!index || FT_Get_Advance(ft, index, FT_LOAD_NO_SCALE, &advance)) continue;
        g->index = index;
        g->file = file;
        g->advance = (float)advance / (float)ft->units_per_EM;
        return;
    }
}

const struct glyph *glyph_of(struct doc_fonts *fonts, enum doc_face face, uint32_t c) {
    static const struct glyph none = {.known = true};
    if (c >= 0x110000) return &none;
    struct glyph **page = &fonts->pages[face][c / GLYPH_PAGE];
    if (!*page) *page = memory_new(sizeof(struct glyph) * GLYPH_PAGE);
    struct glyph *g = &(*page)[c % GLYPH_PAGE];
    if (!g->known) glyph_look(fonts, face, c, g);
    return g;
}
