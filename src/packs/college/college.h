/* college.h - the registers of the college pack. */
#ifndef PACKS_COLLEGE_COLLEGE_H
#define PACKS_COLLEGE_COLLEGE_H

#include "packs/packs.h"

extern const struct reg activity_register, talk_register, concern_register, material_register, message_register, duty_register,
    headcount_register, responsibility_register;

#endif
