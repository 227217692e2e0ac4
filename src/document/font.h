/* font.h - finds and opens the typefaces of the official layout, by path, and answers which glyph a character has. */
#ifndef DOCUMENT_FONT_H
#define DOCUMENT_FONT_H

#include "base/fault.h"
#include "base/notes.h"

#include <stdbool.h>
#include <stddef.h>

/* The typefaces an official document names. */
enum doc_face { FACE_FANGSONG, FACE_KAI, FACE_HEI, FACE_TITLE, FACE_SONG, FACE_COUNT };

/* Opened faces; for the process, shared by threads (doc_to_pdf takes turns). */
struct doc_fonts;

/* Finds a file for each typeface: first in `directory` (NULL or "": none), then where Debian's packages put them, and opens them.
 * In `directory` a file is known by its name: names that contain fangsong/simfang/fzfs/仿宋, kai/simkai/楷, hei/simhei/黑,
 * xbs/xiaobiaosong/小标宋, song/simsun/宋, in capital or small letters. FAULT_FILE if no Chinese face at all is found; the note
 * names the package to install. Opening is a matter of some milliseconds; do it at the first PDF and keep it. */
CHECKED enum fault doc_fonts_open(const char *directory, struct notes *notes, struct doc_fonts **out);
void doc_fonts_close(struct doc_fonts *fonts); /* NULL is fine */
/* For a log: which file stands for a typeface, and whether it is only a substitute. */
const char *doc_fonts_path(const struct doc_fonts *fonts, enum doc_face face);
bool doc_fonts_substitute(const struct doc_fonts *fonts, enum doc_face face);
/* One line for each substitute: "仿宋 -> /usr/share/…/ukai.ttc". Count is at most FACE_COUNT; the texts live as long as fonts. */
size_t doc_fonts_fallbacks(const struct doc_fonts *fonts, const char *lines[FACE_COUNT]);

#endif
