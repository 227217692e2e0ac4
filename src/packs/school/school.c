/* school.c - the pack of a school's emergency plan and its incidents. */
#include "packs/school/school.h"

static const struct reg *const registers[] = {
    &incident_register,          &incident_note_register, &incident_call_register,
    &incident_category_register, &emergency_team_register, &emergency_post_register, NULL,
};

const struct pack school_pack = {"school", "中小学校园安全", registers};
