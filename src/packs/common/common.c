/* common.c - the common pack: who there is, who may what, what did not happen, and what was reported. */
#include "packs/common/common.h"

static const struct reg *const registers[] = {
    &place_register, &checklist_register, &inspection_plan_register, &inspection_register, &finding_register, &finding_extension_register, &finding_transfer_register, &self_check_register, &hazard_register, &risk_level_register, &posted_rule_register, &site_assessment_register,
             &unit_register,   &person_register, &role_register,
    &grant_register,      &token_register,  &webhook_register,          &zero_declaration_register, &report_register, &clock_register, &clock_event_register, &holiday_register, &term_rule_register, &roster_register, &shift_register, &swap_register, &absence_register, &message_text_register, &form_register, &form_filled_register, &form_place_register, &inspection_box_register, &inspection_item_register, &inspection_export_register, &import_register, &import_column_register, &local_register, &view_register, &second_reset_register, NULL,
};

const struct pack common_pack = {"common", "通用台账", registers};
