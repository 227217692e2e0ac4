/* college.c - the pack of a college's campus safety. */
#include "packs/college/college.h"

static const struct reg *const registers[] = {
    &activity_register, &talk_register,      &concern_register,        &material_register, &message_register,
    &duty_register,     &headcount_register, &responsibility_register, NULL,
};

const struct pack college_pack = {"college", "学院校园安全", registers};
