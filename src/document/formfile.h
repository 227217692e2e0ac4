/* formfile.h - a superior's form (XLSX or DOCX): shown as grids of cells and filled so that every byte of its layout stays as it was. A workbook has a grid
 * for each visible worksheet; a document has, in its order, a grid for each table and one for each stretch of text between. */
#ifndef DOCUMENT_FORMFILE_H
#define DOCUMENT_FORMFILE_H

#include "document/sheet.h"

enum formcell_kind {
    FORMCELL_BLANK,   /* to be filled */
    FORMCELL_NUMBER,  /* a number or date stands there; filling replaces it */
    FORMCELL_TEXT,    /* what the form itself says; it is not filled */
    FORMCELL_FORMULA, /* worked out by the spreadsheet program; it is not filled */
    FORMCELL_COVERED  /* under a merged cell, whose first cell is to be filled instead */
};

struct formcell {
    enum formcell_kind kind;
    const char *text;               /* "" for a blank cell; of a blank in a text what shows it ("____") */
    uint32_t row_span, column_span; /* of a merged cell; 1 otherwise */
    const struct formcell *over;    /* the merged cell that a covered one is part of; NULL otherwise */
    const struct formgrid *inside;  /* the cell's text with its blanks, if it has any; NULL otherwise */
};

enum { FORMGRID_ROWS = 400, FORMGRID_COLUMNS = 64, FORMFILE_GRIDS = 400, FORMFILE_SHEETS = 40, FORMFILE_BYTES = 20 << 20 };

struct formgrid {
    const char *sheet;      /* a worksheet's name; of a document "表格1", "正文2", or "表格1 B3" for the text in a cell */
    uint32_t rows, columns; /* as many as are shown; at most the limits above */
    bool goes_on;           /* below its last row there is room */
    bool prose;             /* text: each row is a paragraph, its cells are pieces of text and the blanks between them */
    struct formcell *cells; /* row by row */
    const struct formgrid *outer; /* of the text in a cell: the table, and where in it the cell is; NULL otherwise */
    uint32_t outer_row, outer_column;
};

struct formfile {
    struct formgrid *grids;
    size_t count;
    bool document;           /* DOCX; otherwise XLSX */
    size_t formulas;         /* cells worked out by the spreadsheet program, on all sheets */
    struct formfile_in *own; /* the rest is the room's */
};

/* Opens a form; the bytes must stay valid until it is closed. FAULT_INPUT: it is none, or damaged; FAULT_LARGE: over a limit. Notes may be NULL. */
CHECKED enum fault formfile_open(const void *bytes, size_t length, const char *name, struct notes *notes, struct formfile **out);
void formfile_close(struct formfile **form); /* sets NULL; for _cleanup_ */

/* The grid of that name, or NULL. */
const struct formgrid *formfile_grid(const struct formfile *form, const char *sheet);
/* The cell (row from 1, column from 0), or NULL outside of what is shown. */
const struct formcell *formgrid_cell(const struct formgrid *grid, uint32_t row, uint32_t column);
/* What the form says beside a cell: the next text to its left, and the next above, by which a person tells what is asked; of a blank in a text what
 * stands before and behind it ("共检查＿次"); "" if nothing; arena. */
const char *formgrid_beside(const struct formgrid *grid, uint32_t row, uint32_t column, struct arena *arena);
/* How many rows from this one downward are free in the column; where nothing stands below, up to `most`. A blank in a text has no row below it. */
uint32_t formgrid_room(const struct formgrid *grid, uint32_t row, uint32_t column, uint32_t most);

/* Why a value did not get into its cell. */
enum formfile_trouble {
    FORMFILE_FILLED,
    FORMFILE_NO_SHEET, /* no such sheet */
    FORMFILE_GONE,     /* no such cell */
    FORMFILE_FORMULA,
    FORMFILE_COVERED,
    FORMFILE_TAKEN, /* the form's own text stands there */
    FORMFILE_LONG,  /* more than a cell holds */
    FORMFILE_TWICE  /* another value was given for it before */
};

struct formfile_value {
    const char *sheet;
    uint32_t row, column;
    enum sheet_kind kind; /* SHEET_NUMBER and SHEET_DATE: as sheet.h says; else text */
    const char *text;
    uint32_t like_row;             /* a cell that is not in the file takes the look of the one in this row; 0: none */
    enum formfile_trouble trouble; /* written */
};

/* Appends the form with the values filled in; all else is byte for byte as it was, except that the remembered results of formulas are dropped, so that
 * no program shows sums of other numbers. What does not get in is told in the values. FAULT_LARGE if `out` is over; FAULT_SYSTEM. */
CHECKED enum fault formfile_fill(struct formfile *form, struct formfile_value *values, size_t count, struct text *out);

#endif
