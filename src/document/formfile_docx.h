/* formfile_docx.h - what the reader of Word forms shares; only src/document/formfile_docx.c and formfile_prose.c include it. */
#ifndef DOCUMENT_FORMFILE_DOCX_H
#define DOCUMENT_FORMFILE_DOCX_H

#include "document/formfile_inside.h"

/* ---- blanks: where in the markup a value goes ---- */

/* One piece of text (w:t), or a tab. */
struct run_text {
    struct tag tag;
    bool tab;
    bool preserved;        /* its blanks at both ends are kept, or an edit asks for that */
    struct run_text *next; /* all of the document's */
};

/* The characters of one piece of text that a blank consists of. */
struct spot {
    struct run_text *in;
    const char *begin, *end;
};

/* A content control (w:sdt). */
struct control {
    const char *shows, *shows_end; /* the element that says that what stands there only asks for something; NULL: it does not */
    bool fixed;                    /* what is chosen from a list, locked, or kept elsewhere in the file */
    bool in_line;                  /* it begins and ends within one paragraph */
    bool taken;                    /* filled */
};

struct blank {
    struct spot *spots; /* replaced: the first takes the value, the others go */
    size_t count;       /* 0: a run is put in at the end of the paragraph */
    struct tag paragraph;
    const char *close;           /* the paragraph's end tag */
    const char *look, *look_end; /* what it says of the look of a text that is typed into it; NULL: nothing */
    uint32_t pad;                /* a shorter value is padded to the blank's width with this; 0: it is not */
    size_t width, pad_width;
    struct control *control;
    const char *style, *style_end; /* the look of what asked, which goes with it; NULL: none */
    bool taken;                    /* filled */
};

/* ---- paragraphs ---- */

struct prose_piece {
    const char *text;
    struct blank *blank; /* NULL: it is what the form says */
};

struct paragraph {
    struct prose_piece *pieces;
    size_t count;
    bool says;           /* it has text that is no blank */
    bool number;         /* its text is a number */
    struct blank *whole; /* of one without text, or with a number: all of it; NULL: it cannot be filled */
};

/* ---- the document ---- */

struct mark;

struct docx_form {
    struct formfile *form;
    struct formpart *part;
    const char *prefix; /* of the document's own elements, with its colon */
    size_t prefix_length;
    struct run_text *texts;
    struct blank **blanks[FORMFILE_GRIDS]; /* of each grid: one a cell; NULL: it is not filled */
    size_t tables, proses;                 /* read so far */
    struct control *control;               /* that is being read, the innermost */
    unsigned fields;                       /* that are open: begun and not ended */
    struct mark *marks;                    /* of the paragraph being read */
    size_t mark_count, mark_room;
};

/* Does the text keep the blanks at its ends? Without that they do not show. */
bool docx_preserves(const struct tag *text);
/* An element of the document's own language, and of none that is mixed in. */
bool docx_owns(const struct docx_form *d, const struct tag *tag);
/* The value of an attribute of the document's own language, as written; NULL if it has none. */
const char *docx_attribute(const struct docx_form *d, const struct tag *tag, const char *name, size_t *length);
bool docx_says(const struct docx_form *d, const struct tag *tag, const char *name, const char *value);
enum fault docx_refuse_size(struct docx_form *d);
/* Reads a content control, which has what it is given a reader for inside. */
typedef enum fault docx_reader(struct docx_form *d, struct markup *m, void *context);
CHECKED enum fault docx_control(struct docx_form *d, struct markup *m, docx_reader *inside, void *context, bool in_line);
/* Reads a paragraph whose start tag has been read. */
CHECKED enum fault docx_paragraph(struct docx_form *d, struct markup *m, const struct tag *open, struct paragraph *out);

#endif
