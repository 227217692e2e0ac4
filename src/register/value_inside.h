/* value_inside.h - what the readers of values share: the one table of types, and reading's small tools. */
#ifndef REGISTER_VALUE_INSIDE_H
#define REGISTER_VALUE_INSIDE_H

#include "register/value.h"

/* What all readers need; `field` is what is read, `place` where its errors are told. */
struct reading {
    const struct registers *registers;
    struct conn *conn;
    const struct reg_field *field;
    const char *place;
    struct arena *arena;
    struct notes *notes;
};

#define REFUSE(r, ...) (note_add((r)->notes, (r)->place, __VA_ARGS__), FAULT_INPUT)

/* Reads what was typed, already trimmed, normalised as the type asks and not empty. */
typedef enum fault value_reader(const struct reading *r, const char *s, struct value *out);
typedef const char *value_shower(const struct reg_field *field, const struct value *value, enum lang lang, struct arena *arena);

value_reader read_text, read_file, read_int, read_number, read_money, read_bounded_duration, read_date, read_yesno, read_moment,
    read_duration, read_set, read_references, read_network, read_mac, read_phone, read_mail, read_url, read_identity, read_credit,
    read_plate, read_place, read_table, read_choice, read_reference;
value_shower show_text, show_decimal, show_yesno, show_choice, show_file, show_moment, show_duration, show_set, show_network,
    show_place, show_table;

static inline struct value value_of_int(int64_t n) { return (struct value){.kind = VALUE_INT, .integer = n}; }
static inline struct value value_of_text(const char *text) { return (struct value){.kind = VALUE_TEXT, .text = text}; }

/* Words by which values are read, each list NULL-ended (value_words.c). */
extern const char *const words_province[],
    *const words_plate_end[], *const words_direction[4][5],
                                  *const words_degree[], *const words_arc_minute[],
                                                             *const words_arc_second[],
                                                                 *const words_day[],
                                                                     *const words_hour[],
                                                                         *const words_minute[],
                                                                             *const words_afternoon[],
                                                                                 *const words_morning[],
                                                                                     *const words_o_clock[],
                                                                                         *const words_half[],
                                                                                             *const words_clock_minute[],
                                                                                                 *const words_extension[],
                                                                                                     *const words_ten_thousand[],
                                                                                                         *const words_separator[];
extern const char *const words_duration_shown[3]; /* days, hours, minutes */
/* Length in bytes of the word of a list that s begins with, 0 if none. */
size_t word_at(const char *s, const char *const words[]);

/* The first characters of what was typed, for a note. */
const char *quoted(const struct reading *r, const char *typed);
/* Cuts blanks off both ends, in place. */
char *value_trim(char *s);
/* Composed and trimmed: for texts. NULL if it cannot be done. */
char *composed(const struct reading *r, const char *typed);
/* Full-width forms, compatibility characters and the several dashes become the plain ones: for numbers, dates and words of a list. NULL if it
 * cannot be done. */
char *folded(const struct reading *r, const char *typed);
bool character_is_control(uint32_t c);
/* The three numbers of a date that s begins with; false if it has none of the usual forms. What follows it is in *rest. */
bool date_parts(const char *s, int part[3], const char **rest);

#endif
