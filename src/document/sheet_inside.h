/* sheet_inside.h - what the table readers share; only src/document/sheet.c, csv.c, xlsx_*.c and formfile*.c include it. */
#ifndef DOCUMENT_SHEET_INSIDE_H
#define DOCUMENT_SHEET_INSIDE_H

#include "document/sheet.h"

struct csv_state;
struct xlsx_state;

struct sheet_reader {
    struct sheet_limits limits; /* every field filled */
    struct notes *notes;
    struct arena arena; /* names, places, lists: what lives as long as the reader */
    char *owned;        /* bytes read from the path or converted, or NULL */
    const char *bytes;  /* the file */
    size_t length;
    const char *file; /* name for notes */
    const char *sheet;
    enum sheet_format format;
    const char *encoding;
    char separator;
    enum fault failed; /* given again by every later sheet_next */
    bool ended;
    struct sheet_info *sheets;
    size_t sheet_count;
    struct sheet_range *merges;
    size_t merge_count;
    struct sheet_cell *cells; /* limits.columns of them: the row given last */
    struct csv_state *csv;    /* one of the two */
    struct xlsx_state *xlsx;
};

enum { SHEET_ARENA_BYTES = 4 << 20 };

/* The limits with every field filled; NULL: all defaults. */
struct sheet_limits sheet_limits_filled(const struct sheet_limits *given);

/* Tells a note at a place of the sheet (row 0: the sheet or file as a whole) and yields the fault. */
#define sheet_refuse(reader, fault, row, column, ...)                                                                              \
    (note_add((reader)->notes, sheet_place_of((reader), (row), (column)), __VA_ARGS__), (fault))
const char *sheet_place_of(struct sheet_reader *reader, uint32_t row, int column);
/* Decimal text of a number, in the reader's arena. */
const char *sheet_figure(struct sheet_reader *reader, uint64_t number);
/* FAULT_LARGE with its note if a text of `length` bytes has more characters than a cell may. */
CHECKED enum fault sheet_cell_fits(struct sheet_reader *reader, uint32_t row, uint32_t column, const char *text, size_t length);

CHECKED enum fault csv_open(struct sheet_reader *reader);
CHECKED enum fault csv_next(struct sheet_reader *reader, struct sheet_row *row);
void csv_close(struct sheet_reader *reader);
CHECKED enum fault xlsx_open(struct sheet_reader *reader, const char *wanted);
CHECKED enum fault xlsx_next(struct sheet_reader *reader, struct sheet_row *row);
void xlsx_close(struct sheet_reader *reader);

/* How a number format shows a cell (xlsx_value.c). */
enum value_form { VALUE_NUMBER, VALUE_DATE, VALUE_MOMENT, VALUE_TIME, VALUE_ELAPSED };
enum { VALUE_TEXT = 352 }; /* longest plain decimal of a double of 15 digits, with room */
/* Form of a built-in format (its number) or of a format code ("yyyy-mm-dd", "[h]:mm"). */
enum value_form value_form_builtin(unsigned id);
enum value_form value_form_code(const char *code);
/* Canonical text of a number as the file writes it; false if it is not a number. */
bool value_number(const char *written, size_t length, char out[VALUE_TEXT], bool *rounded);
/* Text and kind of a date serial; false if the serial is no date of that system (then it is shown as a number). */
bool value_serial(double serial, enum value_form form, bool from_1904, char out[VALUE_TEXT], enum sheet_kind *kind);
/* Text of an ISO 8601 date, time or both, as cells of type d hold it. */
bool value_iso(const char *written, size_t length, char out[VALUE_TEXT], enum sheet_kind *kind);
/* Decodes _xHHHH_ escapes in place, folds CRLF and CR to LF; returns the new length. */
size_t value_text_decode(char *text, size_t length);
/* Reads "C7" (with $ signs allowed) at s; false if it is not a cell reference. `*used` is its length. */
bool value_reference(const char *s, size_t length, uint32_t *column, uint32_t *row, size_t *used);

#endif
