/* formfile_inside.h - what the readers of forms share; only src/document/formfile*.c include it. */
#ifndef DOCUMENT_FORMFILE_INSIDE_H
#define DOCUMENT_FORMFILE_INSIDE_H

#include "document/formfile.h"
#include "document/xlsx_part.h"

/* ---- markup: XML that a parser has found well formed, in UTF-8 and without a document type, walked tag by tag with its places ---- */

struct markup {
    const char *at, *end;
};

enum tag_kind { TAG_OPEN, TAG_CLOSE, TAG_EMPTY };

struct tag {
    const char *begin, *end;           /* from '<' to behind '>' */
    const char *name;                  /* without prefix */
    size_t name_length, prefix_length; /* the prefix with its colon stands before the name */
    enum tag_kind kind;
};

/* The next tag; comments, instructions and CDATA are passed over. False at the end. */
bool markup_next(struct markup *markup, struct tag *out);
bool tag_is(const struct tag *tag, const char *name);
/* The value between its quotes, as written; NULL if there is none. Names with a prefix are told by the whole name. */
const char *tag_attribute(const struct tag *tag, const char *name, size_t *length);
/* Passes the end of the element that the open tag begins; `close` is its end tag. */
bool markup_pass(struct markup *markup, const struct tag *open, struct tag *close);
/* Appends the text of a piece of markup: characters with entities resolved, CDATA as it is, tags left out. */
void markup_text(const char *begin, const char *end, struct text *out);

/* ---- edits: pieces of a part that are replaced ---- */

struct edit {
    const char *begin, *end; /* of what goes; the same: an insertion */
    size_t order;            /* of edits at one place the lower comes first */
    char *text;              /* what comes instead; freed with the edits */
};
struct edits {
    struct edit *list;
    size_t count, room;
};
/* Takes over the text's memory. */
void edits_add(struct edits *edits, const char *begin, const char *end, struct text *text);
/* The part with all edits, which must not overlap. FAULT_LARGE if `out` is over. */
CHECKED enum fault edits_apply(struct edits *edits, const char *part, size_t length, struct text *out);
void edits_release(struct edits *edits);

/* ---- the file ---- */

struct formpart {
    const char *path;
    struct text bytes;
    struct edits edits;
};

struct xlsx_form;
struct docx_form;

struct formfile_in {
    struct sheet_reader reader; /* for the readers of packages: bytes, limits, arena */
    struct package package;
    struct arena *arena;    /* the reader's */
    struct formpart *parts; /* those that may be edited */
    size_t part_count;
    struct xlsx_form *xlsx; /* one of the two */
    struct docx_form *docx;
};

/* Reads a part, held to be well-formed UTF-8, into a new entry of `parts`. */
CHECKED enum fault formfile_part(struct formfile *form, const char *path, struct formpart **out);
/* A grid of blank cells. */
struct formgrid *formfile_add_grid(struct formfile *form, const char *sheet, uint32_t rows, uint32_t columns);
struct formcell *formgrid_at(struct formgrid *grid, uint32_t row, uint32_t column);

/* A note at `place` (NULL: the file), and the fault. */
enum fault formfile_refuse(struct formfile *form, enum fault fault, const char *place, const char *sentence);

CHECKED enum fault formfile_xlsx_open(struct formfile *form);
CHECKED enum fault formfile_xlsx_fill(struct formfile *form, struct formfile_value *values, size_t count);
void formfile_xlsx_close(struct formfile *form);
/* `path` is the part of the document's text. */
CHECKED enum fault formfile_docx_open(struct formfile *form, const char *path);
CHECKED enum fault formfile_docx_fill(struct formfile *form, struct formfile_value *values, size_t count);
void formfile_docx_close(struct formfile *form);

#endif
