/* common.h - the registers of the common pack, one file each. */
#ifndef PACKS_COMMON_COMMON_H
#define PACKS_COMMON_COMMON_H

#include "packs/packs.h"

extern const struct reg person_register, unit_register, role_register, grant_register, inspection_register, finding_register,
    zero_declaration_register, report_register, form_register, form_place_register, form_filled_register, inspection_box_register, inspection_item_register, inspection_export_register, second_reset_register, token_register, webhook_register, import_register, import_column_register, clock_register, clock_event_register, holiday_register, term_rule_register, roster_register, shift_register, swap_register, absence_register, message_text_register, local_register, view_register;

extern const struct reg place_register, checklist_register, inspection_plan_register, finding_extension_register, finding_transfer_register,
    self_check_register, hazard_register, risk_level_register, posted_rule_register, site_assessment_register;

/* What is inspected, in places, checklists and inspections alike. */
#define PLACE_KINDS                                                                                                                \
    {{"laboratory", "实验室"}, {"dormitory", "学生宿舍"}, {"fire", "消防"}, {"cylinder", "气瓶"}, {"oil", "油品"},                 \
     {"chemical", "危险化学品"}, {"vehicle", "车辆"}, {"comprehensive", "综合"}}

#endif
