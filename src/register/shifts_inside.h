/* shifts_inside.h - what the files of rosters share: words as their columns hold them. */
#ifndef REGISTER_SHIFTS_INSIDE_H
#define REGISTER_SHIFTS_INSIDE_H

#include "register/shifts.h"

/* ROSTER_LOOK_BACK: days before the first in which somebody's last turn matters (the largest gap). */
enum { ROSTER_ABSENCES_MAX = 4000, ROSTER_LOOK_BACK = 61 };

enum shift_plan shift_plan_read(const char *key);
enum shift_part shift_part_read(const char *key);

#endif
