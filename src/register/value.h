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

/* The types themselves: everything that depends on a type stands in one table in value.c. */
const char *value_type_key(enum reg_type type); /* "text", "money", …: as definitions name it */
bool value_type_named(const char *key, enum reg_type *out);
bool value_is_number(enum reg_type type); /* kept as VALUE_INT */
/* What it takes, as a sentence for people (source language); NULL for those that say it by their choices, register or columns. */
const char *value_expects(enum reg_type type);
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
