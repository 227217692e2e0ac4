/* test_packs.c - the list of packs, and the keys of the common pack that other rooms rest on. */
#include "packs/packs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct reg *find_register(const struct pack *pack, const char *key) {
    for (const struct reg *const *reg = pack->registers; *reg; reg++)
        if (!strcmp((*reg)->key, key)) return *reg;
    return NULL;
}

static const struct reg_field *find_field(const struct reg *reg, const char *key) {
    for (size_t i = 0; i < reg->field_count; i++)
        if (!strcmp(reg->fields[i].key, key)) return &reg->fields[i];
    return NULL;
}

static void packs_are_found_by_key(void **state) {
    (void)state;
    assert_ptr_equal(pack_named("common"), &common_pack);

    assert_null(pack_named("commo"));
    assert_null(pack_named(""));
}

static void keys_are_not_taken_twice(void **state) {
    (void)state;
    for (size_t i = 0; packs[i]; i++)
        for (const struct reg *const *reg = packs[i]->registers; *reg; reg++) {
            for (size_t j = 0; packs[j]; j++) {
                const struct reg *same = find_register(packs[j], (*reg)->key);
                assert_true(!same || same == *reg);
            }
        }
}

/* Each pack together with the common one, as an installation has them. */
static void declarations_pass_the_lint(void **state) {
    (void)state;
    for (size_t i = 0; packs[i]; i++) {
        const struct reg *regs[128];
        size_t count = 0;
        for (const struct reg *const *reg = common_pack.registers; *reg; reg++) regs[count++] = *reg;
        for (const struct reg *const *reg = packs[i]->registers; packs[i] != &common_pack && *reg; reg++) regs[count++] = *reg;
        _cleanup_(arena_release) struct arena arena = {0};
        struct notes notes;
        arena_init(&arena, 1 << 20);
        notes_init(&notes, &arena);
        enum fault f = reg_lint(regs, count, &notes);
        for (const struct note *n = notes.first; n; n = n->next)
            print_message("# %s %s %s\n", n->place, n->sentence, n->args[0] ? n->args[0] : "");
        assert_int_equal(f, FAULT_NONE);
    }
}

/* What the access and report rooms read by name from the projections. */
static void fields_that_others_read_are_there(void **state) {
    (void)state;
    static const struct {
        const char *reg, *field;
        enum reg_type type;
        const char *to;
    } rests[] = {
        {"person", "name", REG_TEXT, NULL},
        {"person", "login", REG_TEXT, NULL},
        {"person", "unit", REG_REF, "unit"},
        {"unit", "parent", REG_REF, "unit"},
        {"role", "rights", REG_LONG, NULL},
        {"grant", "person", REG_REF, "person"},
        {"grant", "role", REG_REF, "role"},
        {"grant", "unit", REG_REF, "unit"},
        {"grant", "since", REG_DATE, NULL},
        {"grant", "until", REG_DATE, NULL},
        {"zero_declaration", "register", REG_TEXT, NULL},
        {"zero_declaration", "unit", REG_REF, "unit"},
        {"zero_declaration", "from", REG_DATE, NULL},
        {"zero_declaration", "to", REG_DATE, NULL},
        {"report", "figures", REG_LONG, NULL},
        {"report", "known_at", REG_INT, NULL},
    };
    for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
        const struct reg *reg = find_register(&common_pack, rests[i].reg);
        assert_non_null(reg);
        const struct reg_field *field = find_field(reg, rests[i].field);
        assert_non_null(field);
        assert_int_equal(field->type, rests[i].type);
        if (rests[i].to) assert_string_equal(field->to, rests[i].to);
    }
    assert_string_equal(find_register(&common_pack, "person")->states[0].key, "active");
    assert_string_equal(find_register(&common_pack, "zero_declaration")->moves[0].not_by, "add");
    assert_true(find_field(find_register(&common_pack, "person"), "login")->flags & KEY);
    assert_true(find_field(find_register(&common_pack, "person"), "phone")->flags & PRIVATE);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packs_are_found_by_key),
        cmocka_unit_test(keys_are_not_taken_twice),
        cmocka_unit_test(declarations_pass_the_lint),
        cmocka_unit_test(fields_that_others_read_are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
