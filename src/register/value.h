/* value.h - one value of a field: reading what people type or files hold, and showing it. */
#ifndef REGISTER_VALUE_H
#define REGISTER_VALUE_H

#include "base/lang.h"
#include "register/register.h"
#include "store/store.h"

enum value_kind { VALUE_NONE, VALUE_INT, VALUE_TEXT };

/* Numbers of all kinds, moments, durations and yes/no are VALUE_INT, all other types VALUE_TEXT; a missing value is VALUE_NONE. */
struct value {
    enum value_kind kind;
    int64_t integer;
    const char *text;
};

bool value_same(const struct value *a, const struct value *b);

struct registers;
/* Reads what a person typed or a cell holds: blanks trimmed, full-width digits folded, dates in the usual Chinese and ISO forms,
 * choices by key or label in any language, yes/no words, money in yuan, references by id, key or name (looked up with conn).
 * Empty gives VALUE_NONE. FAULT_INPUT with one note (place: `place`, or the field's key if NULL) saying what was expected. */
CHECKED enum fault value_read(const struct registers *registers, struct conn *conn, const struct reg_field *field,
                              const char *typed, const char *place, struct arena *arena, struct notes *notes, struct value *out);
/* What people read: label of a choice, 是/否, yuan, number without unit, the date; a reference shows as its id (see record.h for names). */
const char *value_show(const struct reg_field *field, const struct value *value, enum lang lang, struct arena *arena);

/* How filters compare values of a type: this decides the operators, the literals and the binding (see filter.h). */
enum sort {
    SORT_TEXT,
    SORT_NUMBER,
    SORT_DATE,
    SORT_MOMENT,
    SORT_WORD,
    SORT_YESNO,
    SORT_RECORD,
    SORT_CODE,
    SORT_SET,
    SORT_RECORDS,
    SORT_NETWORK,
    SORT_PRESENCE /* only whether there is one */
};
/* What a form offers to type it with. */
enum value_control {
    CONTROL_TEXT,
    CONTROL_LONG,
    CONTROL_INT,
    CONTROL_MONEY,
    CONTROL_NUMBER,
    CONTROL_DATE,
    CONTROL_MOMENT,
    CONTROL_CHOICE,
    CONTROL_SET,
    CONTROL_REF,
    CONTROL_FILE,
    CONTROL_COUNT
};
/* What it is in JSON. */
enum value_shape {
    SHAPE_KEPT,    /* the kept text */
    SHAPE_SHOWN,   /* the text that is shown */
    SHAPE_INTEGER, /* a number */
    SHAPE_BOOLEAN,
    SHAPE_LINES, /* an array of the kept lines */
    SHAPE_ROWS   /* an array of objects, one a row of a table */
};

/* What the rest of the program asks of a type instead of naming it. Everything that depends on a type stands in one table, value_type.c. */
struct value_type {
    const char *key; /* "text", "money", …: as definitions name it */
    enum value_kind kind;
    enum sort sort;
    enum value_control control;
    enum value_shape shape;
    const char
        *expects;     /* what it takes, with an example, as a sentence for people (source language); NULL for those that say it by
                                   their choices, register or columns */
    const char *keys; /* which keys a phone offers (HTML's inputmode); NULL: all */
    const char *integer_suffix; /* SHAPE_INTEGER: what is put behind the integer so that it can be read; NULL: nothing */
    bool told;                  /* forms say under the input what it takes */
    bool figure;                /* shown flush right, a number in sheets */
    bool reckons;               /* can be summed and computed with */
    bool unique;                /* may be KEY */
    bool column;                /* may be a column of a table */
    bool choices;               /* has .choices */
    bool refers;                /* has .to */
};
const struct value_type *value_type(enum reg_type type);
bool value_type_named(const char *key, enum reg_type *out);
bool value_is_number(enum reg_type type); /* kept as VALUE_INT */
/* A field's own shape: a file field may take several. */
enum value_shape value_shape(const struct reg_field *field);
/* How many decimal places a field's numbers are kept with: 2 for money, 0 for what is kept whole. */
int value_decimals(const struct reg_field *field);
/* The JSON Schema of a field's value in the API, as an object. */
void value_schema(const struct reg_field *field, struct text *out);
/* The value in the API's form, as its schema says; null for none. */
void value_json(const struct reg_field *field, const struct value *value, struct text *out);
/* What of a record is searched: its texts as people read them, private ones, references and files left out. */
const char *record_words(const struct reg *reg, const struct value *values, struct arena *arena);
/* One of several kept one a line (choices, records, files): is it there? */
bool value_has_line(const char *lines, const char *one);
/* The last address of a network, both in the form they are kept in: what lies within it sorts between the two. */
const char *value_network_last(const char *kept, struct arena *arena);
/* A cell of a REG_TABLE in its kept form as the value of its column. */
struct value value_cell(const struct reg_field *column, const char *kept);

#endif
