/* fuzz_definition.c - any text as a definition of a register: refused with a note, or written back and read again as the same; and held against others without a crash. */
#include "register/define.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const struct reg_field fields[] = {{"name", "名称", REG_TEXT, REQUIRED | LISTED | NAME},
                                          {"day", "日期", REG_DATE, REQUIRED}};
static const struct reg person = {
    .key = "person", .label = "人员", .read = "person.read", .record = "person.record", .fields = fields, .field_count = 2};
static const struct reg *const shipped[] = {&person, NULL};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct arena arena;
    struct notes notes;
    struct reg *reg, *again;
    arena_init(&arena, 8 << 20);
    notes_init(&notes, &arena);
    enum fault f = define_read((const char *)bytes, length, true, &arena, &notes, &reg);
    assert(f != FAULT_INPUT || notes.first);
    if (!f) {
        struct text first, second;
        text_init(&first, 1 << 20);
        text_init(&second, 1 << 20);
        reg_definition(reg, &first);
        if (!first.over && first.length <= DEFINITION_MAX_BYTES &&
            !define_read(first.at, first.length, true, &arena, &notes, &again)) {
            reg_definition(again, &second);
            assert(!strcmp(first.at, second.at));
            const struct reg **all;
            enum fault held = define_all(shipped, (const char *const[]){first.at}, 1, &arena, &notes, &all);
            assert(held == FAULT_NONE || held == FAULT_INPUT || held == FAULT_LARGE);
        }
        text_release(&first);
        text_release(&second);
    }
    arena_release(&arena);
    return 0;
}
