/* compute.h - fields worked out from others: one small expression, read and reckoned in one place.
 *
 *   quantity * price          days(began, ended) + 1          (a - b) / c
 *
 * Terms are numbers, keys of the record's own fields (whole number, decimal, money in yuan, duration in minutes), days(A, B) between two dates and
 * minutes(A, B) between two moments; + - * / and parentheses. A missing operand, a division by zero or a result that does not fit gives no value.
 * Reckoned exactly, division to nine decimals, and rounded half away from zero to what the field keeps. */
#ifndef REGISTER_COMPUTE_H
#define REGISTER_COMPUTE_H

#include "register/value.h"

/* Whether an expression can be read and its names fit; else a note at `place` says what is wrong and where (character from 1). */
CHECKED enum fault compute_check(const struct reg *reg, const struct reg_field *field, const char *place, struct notes *notes);
/* Puts the values of all computed fields into `values`, which stand in the order of the declaration. */
void compute_fields(const struct reg *reg, struct value *values);

#endif
