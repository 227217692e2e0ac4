/* sheet.h - tables in and out: CSV and XLSX files read row by row under limits, and written with typed columns. */
#ifndef DOCUMENT_SHEET_H
#define DOCUMENT_SHEET_H

#include "base/fault.h"
#include "base/lang.h"
#include "base/memory.h"
#include "base/notes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reading:
 *
 *     struct sheet_reader *reader = NULL;                     // _cleanup_(sheet_close)
 *     fault = sheet_open(&(struct sheet_source){.path = path}, NULL, &notes, &reader);
 *     struct sheet_row row;
 *     while ((fault = sheet_next(reader, &row)) == FAULT_NONE && row.number) …
 *
 * Every refusal leaves one note: its place is "检查!C3" (sheet, column, row), its sentence says what was expected. */

/* What a cell is. Every cell of a CSV file is empty or text: CSV has no types. */
enum sheet_kind {
    SHEET_EMPTY,   /* text is "" */
    SHEET_TEXT,    /* as written; leading zeros stay; line breaks are \n */
    SHEET_NUMBER,  /* shortest plain decimal: "12", "-3.5", no exponent, no trailing zeros, at most 15 significant digits */
    SHEET_DATE,    /* "YYYY-MM-DD", or "YYYY-MM-DD HH:MM:SS" where the cell's format shows a time too */
    SHEET_TIME,    /* "HH:MM:SS"; the hours of an elapsed time may pass 24 */
    SHEET_BOOL,    /* "TRUE" or "FALSE" */
    SHEET_FORMULA, /* a formula; text is the value that the file remembers for it, which nothing here has checked */
    SHEET_ERROR    /* "#REF!", "#N/A", … */
};

struct sheet_cell {
    const char *text; /* UTF-8 without NUL inside, never NULL; the reader's until the next row */
    size_t length;    /* bytes of text */
    enum sheet_kind kind;
    bool marked; /* writing XLSX: filled with a colour that is seen */
    bool
        rounded; /* a number of more digits than a spreadsheet keeps (15): an identity number typed as a number has lost its tail */
};

/* One row: cells[0] is column A; cells left out in the file are SHEET_EMPTY, empty ones at the end are not counted. */
struct sheet_row {
    const char *sheet; /* its sheet's name; "" for CSV; the reader's */
    uint32_t number;   /* from 1, as the spreadsheet program numbers it; 0: there are no more rows */
    uint32_t line;     /* CSV: the line of the file where the row begins (quoted cells may span lines); XLSX: same as number */
    const struct sheet_cell *cells;
    size_t count;
};

/* What one file may cost. Zero in a field means its default. */
struct sheet_limits {
    size_t file_bytes; /* the file as it lies; 64 MiB; a larger one is refused before it is read */
    uint64_t
        unpacked_bytes; /* XLSX: all parts read, unpacked; 512 MiB; counted while unpacking, the file's own figures are not trusted */
    unsigned ratio;     /* XLSX: unpacked to packed of one part, held once it passes 16 MiB; 250 */
    uint32_t rows;      /* highest row number; 1,048,576 */
    uint32_t columns;   /* 200 */
    uint32_t cell_chars; /* characters in one cell; 32,767 */
    uint32_t sheets;     /* XLSX; 255 */
};

/* Where a table comes from: a file by its path, or bytes that stay valid until the reader is closed. */
struct sheet_source {
    const char *path; /* NULL: bytes and length are used */
    const void *bytes;
    size_t length;
    const char *name;  /* file name for notes; NULL: the last piece of path */
    const char *sheet; /* XLSX: the sheet to read; NULL: the first that is not hidden */
};

enum sheet_format { SHEET_CSV, SHEET_XLSX };

struct sheet_reader;

/* Opens a table. XLSX is known by its signature, everything else is CSV: UTF-8 with or without byte order mark, UTF-16 with
 * one, else GB18030; the separator (comma, semicolon or tab) is taken from the first line. An XLSX file's parts are unpacked
 * and measured here, so that a damaged, truncated or swollen file is refused before any row is given.
 * limits may be NULL; notes may be NULL and must outlive the reader; *out is the caller's, closed with sheet_close.
 * FAULT_INPUT: not a table we read (or no such sheet); FAULT_LARGE: over a limit; FAULT_FILE: path cannot be read. */
CHECKED enum fault sheet_open(const struct sheet_source *source, const struct sheet_limits *limits, struct notes *notes,
                              struct sheet_reader **out);
/* Gives the next row that has anything in it; wholly empty rows are passed over (numbers go on counting).
 * After the last row: FAULT_NONE and row->number 0. After a fault the reader gives the same fault again. */
CHECKED enum fault sheet_next(struct sheet_reader *reader, struct sheet_row *row);
/* Closes and sets NULL; safe on a pointer to NULL; for _cleanup_(sheet_close). */
void sheet_close(struct sheet_reader **reader);

/* What the file was found to be. */
enum sheet_format sheet_format_of(const struct sheet_reader *reader);
/* Name of the sheet being read; "" for CSV. */
const char *sheet_name(const struct sheet_reader *reader);
/* "UTF-8", "GB18030" or "UTF-16"; static storage. */
const char *sheet_encoding(const struct sheet_reader *reader);
/* CSV: ',', ';' or '\t'; 0 for XLSX. */
char sheet_separator(const struct sheet_reader *reader);

/* All sheets of the workbook in its order; one nameless for CSV. */
struct sheet_info {
    const char *name;
    bool hidden; /* hidden by the person or by a program */
};
const struct sheet_info *sheet_list(const struct sheet_reader *reader, size_t *count);

/* A merged range of the sheet being read; columns from 0, rows from 1, ends included. Known as soon as the sheet is open. */
struct sheet_range {
    uint32_t first_row, last_row, first_column, last_column;
};
const struct sheet_range *sheet_merges(const struct sheet_reader *reader, size_t *count);
/* The first merged range that touches the row, or NULL. */
const struct sheet_range *sheet_merge_in_row(const struct sheet_reader *reader, uint32_t row);

enum { SHEET_NO_COLUMN = -1 };
/* "检查!C3"; without a sheet name "C3"; with SHEET_NO_COLUMN the row alone, "检查!3"; with row 0 the sheet alone. Same in every language. */
const char *sheet_place(struct arena *arena, const char *sheet, uint32_t row, int column);
/* The same in words: 工作表“检查”第 3 行 C 列. */
const char *sheet_place_words(struct arena *arena, enum lang lang, const char *sheet, uint32_t row, int column);
/* "检查!A1:C1". */
const char *sheet_range_place(struct arena *arena, const char *sheet, const struct sheet_range *range);
/* "A", "Z", "AA", …; column from 0. */
enum { SHEET_COLUMN_TEXT = 8 };
void sheet_column_letters(uint32_t column, char out[SHEET_COLUMN_TEXT]);

/* Writing:
 *
 *     fault = sheet_create(path, &plan, &notes, &writer);     // _cleanup_(sheet_abandon)
 *     fault = sheet_put(writer, cells, count);                // once a row
 *     fault = sheet_finish(&writer);
 */

struct sheet_column {
    const char *heading;
    enum sheet_kind kind; /* SHEET_TEXT, SHEET_NUMBER, SHEET_DATE, SHEET_TIME or SHEET_BOOL: how the cells are formatted */
    unsigned width;       /* in characters of a Latin letter; 0: from the heading and the kind */
};

struct sheet_plan {
    enum sheet_format format;
    const char *sheet;          /* XLSX: name of the sheet; characters that it may not have become spaces, over 31 are cut */
    const char *title, *author; /* XLSX properties; may be NULL */
    const struct sheet_column *columns;
    size_t column_count;
    int64_t created_ms; /* XLSX property, UTC; passed in, so that the same rows give the same bytes */
    bool no_mark;       /* CSV: leave out the byte order mark, which spreadsheet programs need to see UTF-8 */
};

struct sheet_writer;

/* Starts a file with its heading row; XLSX: bold, frozen, with filter. The file at path is replaced. The columns and texts of
 * the plan must stay valid until the writer is finished. FAULT_FILE with a note if the file cannot be made. */
CHECKED enum fault sheet_create(const char *path, const struct sheet_plan *plan, struct notes *notes, struct sheet_writer **out);
/* Adds a row of up to column_count cells (only text and kind are used). XLSX: SHEET_NUMBER, SHEET_DATE, SHEET_TIME and SHEET_BOOL
 * whose text is of the form sheet_cell promises become typed cells, a number of over 15 digits stays text so that it stays exact,
 * everything else is text; a formula is never written. FAULT_LARGE past 1,048,576 rows or 32,767 characters in a cell. */
CHECKED enum fault sheet_put(struct sheet_writer *writer, const struct sheet_cell *cells, size_t count);
/* Completes the file and frees the writer, also on failure (then the file is removed); *writer becomes NULL. */
CHECKED enum fault sheet_finish(struct sheet_writer **writer);
/* Removes the file unless finished, frees; for _cleanup_(sheet_abandon). */
void sheet_abandon(struct sheet_writer **writer);

/* One CSV row with its line end (CRLF, RFC 4180), for callers that send CSV piece by piece. */
void sheet_csv_row(struct text *out, const struct sheet_cell *cells, size_t count);

#endif
