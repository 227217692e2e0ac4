/* school.h - the registers of the school pack. */
#ifndef PACKS_SCHOOL_SCHOOL_H
#define PACKS_SCHOOL_SCHOOL_H

#include "packs/packs.h"

extern const struct reg incident_category_register, emergency_team_register, emergency_post_register, incident_register,
    incident_note_register, incident_call_register;

#endif
