/* test_define.c - definitions read from JSON: what is written is read back to the byte, and what does not fit is named. */
#include "fixture.h"

#include "packs/packs.h"
#include "register/define.h"

static struct arena arena;
static struct notes notes;

static int begin(void **state) {
    (void)state;
    arena_init(&arena, 64 << 20);
    notes_init(&notes, &arena);
    return 0;
}

static int end(void **state) {
    (void)state;
    arena_release(&arena);
    return 0;
}

static enum fault read_text(const char *json, struct reg **out) {
    notes_init(&notes, &arena);
    return define_read(json, strlen(json), false, &arena, &notes, out);
}

static void what_is_written_is_read_back(void **state) {
    (void)state;
    static const char *const keys[] = {"common", "college"};
    int read = 0;
    for (size_t k = 0; k < COUNT_OF(keys); k++)
        for (const struct reg *const *r = pack_named(keys[k])->registers; *r; r++, read++) {
            struct reg *back;
            _cleanup_(text_release) struct text first, again;
            text_init(&first, 1 << 20);
            text_init(&again, 1 << 20);
            reg_definition(*r, &first);
            if (first.length > DEFINITION_MAX_BYTES) continue;
            if (read_text(first.at, &back)) fail_msg("%s: %s %s", (*r)->key, notes.first->place, notes.first->sentence);
            reg_definition(back, &again);
            assert_string_equal(first.at, again.at);
        }
    assert_true(read > 15);
}

static void what_does_not_fit_is_named(void **state) {
    (void)state;
    static const struct {
        const char *json, *place;
    } wrong[] = {
        {"", ""},
        {"[]", ""},
        {"{\"key\":\"a\",\"key\":\"b\"}", ""},
        {"{\"label\":\"无键\"}", "key"},
        {"{\"key\":5}", "key"},
        {"{\"key\":\"a\",\"hack\":1}", "hack"},
        {"{\"key\":\"a\",\"late_days\":\"7\"}", "late_days"},
        {"{\"key\":\"a\",\"late_days\":999999}", "late_days"},
        {"{\"key\":\"a\",\"fields\":{}}", "fields"},
        {"{\"key\":\"a\",\"fields\":[7]}", "fields.1"},
        {"{\"key\":\"a\",\"fields\":[{\"key\":\"x\",\"label\":\"甲\",\"type\":\"colour\"}]}", "fields.1.type"},
        {"{\"key\":\"a\",\"fields\":[{\"key\":\"x\",\"label\":\"甲\",\"type\":\"text\",\"flags\":512}]}", "fields.1.flags"},
        {"{\"key\":\"a\",\"fields\":[{\"key\":\"x\",\"label\":\"甲\",\"type\":\"number\",\"decimals\":99}]}", "fields.1.decimals"},
        {"{\"key\":\"a\",\"fields\":[{\"key\":\"x\",\"label\":\"甲\",\"type\":\"choice\",\"choices\":[[\"k\"]]}]}",
         "fields.1.choices"},
        {"{\"key\":\"a\",\"fields\":[{\"type\":\"text\"}]}", "fields.1"},
        {"{\"key\":\"a\",\"states\":[{\"key\":\"s\"}]}", "states.1"},
        {"{\"key\":\"a\",\"states\":[5]}", "states.1"},
        {"{\"key\":\"a\",\"moves\":[null]}", "moves.1"},
        {"{\"key\":\"a\",\"measures\":[[]]}", "measures.1"},
        {"{\"key\":\"a\",\"moves\":[{\"key\":\"m\",\"label\":\"走\"}]}", "moves.1"},
        {"{\"key\":\"a\",\"measures\":[{\"key\":\"m\",\"label\":\"数\",\"kind\":\"average\"}]}", "measures.1"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct reg *out;
        assert_int_equal(read_text(wrong[i].json, &out), FAULT_INPUT);
        assert_string_equal(notes.first->place, wrong[i].place);
    }
    _cleanup_(text_release) struct text large;
    text_init(&large, 1 << 20);
    while (large.length <= DEFINITION_MAX_BYTES) text_add(&large, "{\"key\":\"a\"}");
    struct reg *out;
    assert_int_equal(read_text(large.at, &out), FAULT_LARGE);
}

static void retired_fields_are_kept_but_not_in_force(void **state) {
    (void)state;
    static const char json[] =
        "{\"key\":\"a\",\"label\":\"甲\",\"fields\":[{\"key\":\"x\",\"label\":\"一\",\"type\":\"text\",\"flags\":7,\"retired\":1},"
        "{\"key\":\"y\",\"label\":\"二\",\"type\":\"text\",\"flags\":2}],\"states\":[],\"moves\":[],\"measures\":[]}";
    struct reg *in_force, *all;
    assert_int_equal(read_text(json, &in_force), FAULT_NONE);
    assert_int_equal(in_force->field_count, 1);
    assert_string_equal(in_force->fields[0].key, "y");
    assert_int_equal(define_read(json, strlen(json), true, &arena, &notes, &all), FAULT_NONE);
    assert_int_equal(all->field_count, 2);
    assert_true(all->fields[0].flags & RETIRED);
    _cleanup_(text_release) struct text again;
    text_init(&again, 10000);
    reg_definition(all, &again);
    assert_string_equal(again.at, json);
}

static void all_are_held_against_each_other(void **state) {
    (void)state;
    static const struct reg *const shipped[] = {&person_reg, &fault_reg, NULL};
    static const char
        extends[] = "{\"key\":\"fault\",\"fields\":[{\"key\":\"x1\",\"label\":\"楼栋\",\"type\":\"text\",\"flags\":2}]}",
        taken[] = "{\"key\":\"fault\",\"fields\":[{\"key\":\"people\",\"label\":\"人数\",\"type\":\"int\"}]}",
        own[] = "{\"key\":\"keys\",\"label\":\"钥匙\",\"read\":\"fault.read\",\"record\":\"fault.record\","
                "\"fields\":[{\"key\":\"x1\",\"label\":\"钥匙\",\"type\":\"text\",\"flags\":11}]}",
        astray[] = "{\"key\":\"keys\",\"label\":\"钥匙\",\"read\":\"fault.read\",\"record\":\"fault.record\","
                   "\"fields\":[{\"key\":\"x1\",\"label\":\"钥匙\",\"type\":\"ref\",\"to\":\"nowhere\",\"flags\":2}]}";
    const struct reg **all;
    assert_int_equal(define_all(shipped, (const char *const[]){extends, own}, 2, &arena, &notes, &all), FAULT_NONE);
    assert_ptr_equal(all[0], &person_reg);
    assert_int_equal(all[1]->field_count, fault_reg.field_count + 1);
    assert_string_equal(all[2]->key, "keys");
    assert_null(all[3]);
    assert_int_equal(define_all(shipped, (const char *const[]){taken}, 1, &arena, &notes, &all), FAULT_INPUT);
    assert_int_equal(define_all(shipped, (const char *const[]){astray}, 1, &arena, &notes, &all), FAULT_INPUT);
    assert_int_equal(define_all(shipped, (const char *const[]){own, own}, 2, &arena, &notes, &all), FAULT_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_written_is_read_back, begin, end),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_named, begin, end),
        cmocka_unit_test_setup_teardown(retired_fields_are_kept_but_not_in_force, begin, end),
        cmocka_unit_test_setup_teardown(all_are_held_against_each_other, begin, end),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
