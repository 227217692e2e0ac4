/* test_change.c - the one door: what it lets through, what it refuses and how it says so, and both time axes. */
#include "fixture.h"

static struct record read_back(struct fixture *f, const struct id *id, const struct look *look, enum fault expected) {
    struct record r = {0};
    struct actor system = actor_system();
    struct conn *c = NULL;
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    assert_int_equal(record_read(f->registers, c, &system, &fault_reg, id, look, &f->arena, &r), expected);
    store_read_end(&c);
    return r;
}

static bool told(const struct fixture *f, const char *place, const char *part) {
    for (const struct note *n = f->notes.first; n; n = n->next) {
        struct text t;
        text_init(&t, 4096);
        note_fill(&t, n->sentence, n->args);
        bool yes = !strcmp(n->place, place) && strstr(t.at, part);
        text_release(&t);
        if (yes) return true;
    }
    return false;
}

static void a_record_is_added_and_read(void **state) {
    struct fixture *f = *state;
    struct id person = id_make(NOW), id = id_make(NOW);
    assert_int_equal(add(f, &person_reg, person, "name=演示·林晓|login=lin", NULL), FAULT_NONE);
    assert_int_equal(add(f, &fault_reg, id, "number=A1|found=2026-03-01|summary=灯坏了|grade=重大|people=35|owner=lin", NULL),
                     FAULT_NONE);
    struct record r = read_back(f, &id, NULL, FAULT_NONE);
    assert_string_equal(r.state, "open");
    assert_string_equal(r.values[3].text, "grave");
    assert_int_equal(r.values[4].integer, 35);
    assert_string_equal(r.names[5], "演示·林晓");
    assert_false(r.late);
}

static void errors_name_the_field(void **state) {
    struct fixture *f = *state;
    assert_int_equal(add(f, &fault_reg, id_make(NOW), "number=B1|found=2026-13-01|people=x", NULL), FAULT_INPUT);
    assert_true(told(f, "found", "日期"));
    assert_non_null(f->notes.first);
    assert_int_equal(add(f, &fault_reg, id_make(NOW), "number=B1|found=2026-03-01", NULL), FAULT_INPUT);
    assert_true(told(f, "summary", "请填写"));
    assert_int_equal(add(f, &fault_reg, id_make(NOW), "number=B1|found=2026-03-01|summary=x|due=2026-02-01", NULL), FAULT_INPUT);
    assert_true(told(f, "due", "不能早于"));
    assert_int_equal(add(f, &fault_reg, id_make(NOW), "number=B1|found=2026-03-01|summary=x|nosuch=1", NULL), FAULT_INPUT);
    assert_true(told(f, "nosuch", "没有"));
    assert_int_equal(add(f, &fault_reg, id_make(NOW), "number=B1|found=2026-03-01|summary=x|owner=查无此人", NULL), FAULT_INPUT);
    assert_true(told(f, "owner", "查无此人"));
    assert_int_equal(add(f, &fault_reg, id_make(NOW), "number=B1|found=2027-06-01|summary=x", NULL), FAULT_INPUT);
    assert_true(told(f, "found", "一年以后"));
}

static void keys_are_unique(void **state) {
    struct fixture *f = *state;
    assert_int_equal(add(f, &fault_reg, id_make(NOW), "number=C1|found=2026-03-01|summary=一", NULL), FAULT_NONE);
    assert_int_equal(add(f, &fault_reg, id_make(NOW), "number=C1|found=2026-03-01|summary=二", NULL), FAULT_INPUT);
    assert_true(told(f, "number", "C1"));
}

static void the_same_twice_adds_once(void **state) {
    struct fixture *f = *state;
    struct id id = id_make(NOW);
    struct actor system = actor_system();
    struct change c = {.kind = CHANGE_ADD, .reg = &fault_reg, .record = id, .expected = -1};
    struct change_done first, second;
    assert_int_equal(apply(f, &system, c, "number=D1|found=2026-03-01|summary=一", &first), FAULT_NONE);
    assert_int_equal(apply(f, &system, c, "number=D1|found=2026-03-01|summary=一", &second), FAULT_NONE);
    assert_false(first.repeated);
    assert_true(second.repeated);
    assert_int_equal(first.position, second.position);
    assert_int_equal(apply(f, &system, c, "number=D1|found=2026-03-01|summary=别的", NULL), FAULT_CONFLICT);
}

static void late_entry_asks_a_reason(void **state) {
    struct fixture *f = *state;
    struct id id = id_make(NOW);
    assert_int_equal(add(f, &fault_reg, id, "number=E1|found=2026-02-01|summary=迟", NULL), FAULT_INPUT);
    assert_true(told(f, "reason", "补录"));
    assert_int_equal(add(f, &fault_reg, id, "number=E1|found=2026-02-01|summary=迟", "停电"), FAULT_NONE);
    assert_true(read_back(f, &id, NULL, FAULT_NONE).late);
    struct id edge = id_make(NOW); /* seven days are not late, eight are */
    assert_int_equal(add(f, &fault_reg, edge, "number=E2|found=2026-02-23|summary=准时", NULL), FAULT_NONE);
    assert_int_equal(add(f, &fault_reg, id_make(NOW), "number=E3|found=2026-02-22|summary=迟", NULL), FAULT_INPUT);
}

static void moves_keep_rights_needs_and_the_second_person(void **state) {
    struct fixture *f = *state;
    struct id id = id_make(NOW), lin = id_make(NOW), zhao = id_make(NOW);
    assert_int_equal(add(f, &fault_reg, id, "number=F1|found=2026-03-01|summary=一", NULL), FAULT_NONE);
    struct actor reader = somebody(&zhao, "fault.read"), worker = somebody(&lin, "fault.*"),
                 second = somebody(&zhao, "fault.review fault.read");
    struct change submit = {.kind = CHANGE_MOVE, .reg = &fault_reg, .record = id, .move = "submit", .expected = -1};
    struct change pass = submit;
    pass.move = "pass";
    assert_int_equal(apply(f, &reader, submit, "remedy=换灯", NULL), FAULT_RIGHT);
    assert_int_equal(apply(f, &worker, submit, "", NULL), FAULT_INPUT);
    assert_true(told(f, "remedy", "提交"));
    assert_int_equal(apply(f, &worker, pass, "", NULL), FAULT_STATE);
    assert_int_equal(apply(f, &worker, submit, "remedy=换灯", NULL), FAULT_NONE);
    assert_int_equal(apply(f, &worker, pass, "", NULL), FAULT_RIGHT);
    assert_true(told(f, "", "另一人"));
    assert_int_equal(apply(f, &second, pass, "", NULL), FAULT_NONE);
    assert_string_equal(read_back(f, &id, NULL, FAULT_NONE).state, "closed");
}

static void rights_are_denied_by_default(void **state) {
    struct fixture *f = *state;
    struct actor nobody = {.name = "无"};
    struct change c = {.kind = CHANGE_ADD, .reg = &fault_reg, .record = id_make(NOW), .expected = -1};
    assert_int_equal(apply(f, &nobody, c, "number=G1|found=2026-03-01|summary=一", NULL), FAULT_RIGHT);
    struct actor reader = somebody(NULL, "fault.read");
    assert_int_equal(apply(f, &reader, c, "number=G1|found=2026-03-01|summary=一", NULL), FAULT_RIGHT);
}

static void edits_meet_what_changed_meanwhile(void **state) {
    struct fixture *f = *state;
    struct id id = id_make(NOW);
    struct actor system = actor_system();
    assert_int_equal(add(f, &fault_reg, id, "number=H1|found=2026-03-01|summary=一|people=3", NULL), FAULT_NONE);
    int64_t seen = read_back(f, &id, NULL, FAULT_NONE).position;
    struct change c = {.kind = CHANGE_EDIT, .reg = &fault_reg, .record = id, .expected = seen};
    assert_int_equal(apply(f, &system, c, "people=4", NULL), FAULT_NONE);
    assert_int_equal(apply(f, &system, c, "people=5", NULL), FAULT_CONFLICT);
    c.expected = -1;
    assert_int_equal(apply(f, &system, c, "people=4", NULL), FAULT_INPUT); /* nothing changes */
    assert_int_equal(read_back(f, &id, NULL, FAULT_NONE).values[4].integer, 4);
}

static void both_times_are_kept(void **state) {
    struct fixture *f = *state;
    struct id id = id_make(NOW);
    struct actor system = actor_system();
    assert_int_equal(add(f, &fault_reg, id, "number=I1|found=2026-01-10|summary=一|people=3", "补"), FAULT_NONE);
    int64_t made = read_back(f, &id, NULL, FAULT_NONE).position;
    struct change move = {.kind = CHANGE_MOVE,
                          .reg = &fault_reg,
                          .record = id,
                          .move = "submit",
                          .reason = "补",
                          .expected = -1,
                          .has_effective = true};
    assert_true(civil_parse("2026-02-01", &move.effective));
    assert_int_equal(apply(f, &system, move, "remedy=修", NULL), FAULT_NONE);
    int64_t moved = read_back(f, &id, NULL, FAULT_NONE).position;
    /* A correction of what was so from the beginning reaches through the move that came later. */
    struct change correct = {
        .kind = CHANGE_EDIT, .reg = &fault_reg, .record = id, .reason = "更正", .expected = -1, .has_effective = true};
    assert_true(civil_parse("2026-01-10", &correct.effective));
    assert_int_equal(apply(f, &system, correct, "people=7", NULL), FAULT_NONE);
    struct look january = {.has_as_of = true}, february = {.has_as_of = true}, before = {.has_as_of = true},
                then = {.has_known_at = true, .known_at = moved};
    assert_true(civil_parse("2026-01-20", &january.as_of));
    assert_true(civil_parse("2026-02-20", &february.as_of));
    assert_true(civil_parse("2026-01-09", &before.as_of));
    struct record r = read_back(f, &id, &january, FAULT_NONE);
    assert_string_equal(r.state, "open");
    assert_int_equal(r.values[4].integer, 7);
    r = read_back(f, &id, &february, FAULT_NONE);
    assert_string_equal(r.state, "review");
    assert_int_equal(r.values[4].integer, 7);
    (void)read_back(f, &id, &before, FAULT_ABSENT);
    r = read_back(f, &id, &then, FAULT_NONE);
    assert_int_equal(r.values[4].integer, 3);
    struct look first = {.has_known_at = true, .known_at = made};
    assert_string_equal(read_back(f, &id, &first, FAULT_NONE).state, "open");
}

static void a_correction_reaches_back_to_where_the_wrong_value_began(void **state) {
    struct fixture *f = *state;
    struct id id = id_make(NOW);
    struct actor system = actor_system();
    assert_int_equal(add(f, &fault_reg, id, "number=O1|found=2026-01-10|summary=一|people=3", "补"), FAULT_NONE);
    struct change later = {
        .kind = CHANGE_EDIT, .reg = &fault_reg, .record = id, .reason = "补", .expected = -1, .has_effective = true};
    assert_true(civil_parse("2026-02-01", &later.effective));
    assert_int_equal(apply(f, &system, later, "people=5", NULL), FAULT_NONE);
    struct change correct = {.kind = CHANGE_EDIT, .reg = &fault_reg, .record = id, .reason = "更正", .expected = -1};
    assert_int_equal(apply(f, &system, correct, "summary=二", NULL), FAULT_NONE); /* held since January */
    assert_int_equal(apply(f, &system, correct, "people=6", NULL), FAULT_NONE);   /* held since February */
    struct look january = {.has_as_of = true};
    assert_true(civil_parse("2026-01-20", &january.as_of));
    struct record r = read_back(f, &id, &january, FAULT_NONE);
    assert_string_equal(r.values[2].text, "二");
    assert_int_equal(r.values[4].integer, 3);
    assert_int_equal(read_back(f, &id, NULL, FAULT_NONE).values[4].integer, 6);
    struct change early = later;
    assert_true(civil_parse("2026-01-09", &early.effective));
    assert_int_equal(apply(f, &system, early, "people=9", NULL), FAULT_INPUT);
    assert_true(told(f, "effective", "不能早于"));
}

static void a_corrected_date_moves_the_birth(void **state) {
    struct fixture *f = *state;
    struct id id = id_make(NOW);
    struct actor system = actor_system();
    assert_int_equal(add(f, &fault_reg, id, "number=J1|found=2026-01-10|summary=一", "补"), FAULT_NONE);
    struct change c = {.kind = CHANGE_EDIT, .reg = &fault_reg, .record = id, .reason = "日期写错", .expected = -1};
    assert_int_equal(apply(f, &system, c, "found=2026-01-05", NULL), FAULT_NONE);
    struct look look = {.has_as_of = true};
    assert_true(civil_parse("2026-01-06", &look.as_of));
    assert_int_equal(read_back(f, &id, &look, FAULT_NONE).made >= 0, 1);
    assert_true(civil_parse("2026-01-04", &look.as_of));
    (void)read_back(f, &id, &look, FAULT_ABSENT);
}

static void withdrawing_asks_why_and_ends_changes(void **state) {
    struct fixture *f = *state;
    struct id id = id_make(NOW);
    struct actor system = actor_system();
    assert_int_equal(add(f, &fault_reg, id, "number=K1|found=2026-03-01|summary=一", NULL), FAULT_NONE);
    struct change c = {.kind = CHANGE_WITHDRAW, .reg = &fault_reg, .record = id, .expected = -1};
    assert_int_equal(apply(f, &system, c, "", NULL), FAULT_INPUT);
    assert_true(told(f, "reason", "原因"));
    c.reason = "录错";
    assert_int_equal(apply(f, &system, c, "", NULL), FAULT_NONE);
    assert_true(read_back(f, &id, NULL, FAULT_NONE).withdrawn);
    assert_int_equal(apply(f, &system, c, "", NULL), FAULT_STATE);
    assert_int_equal(add(f, &fault_reg, id_make(NOW), "number=K1|found=2026-03-01|summary=同号可再用", NULL), FAULT_NONE);
}

static void private_fields_are_for_those_with_the_right(void **state) {
    struct fixture *f = *state;
    struct id id = id_make(NOW);
    assert_int_equal(add(f, &fault_reg, id, "number=L1|found=2026-03-01|summary=一|secret=内情", NULL), FAULT_NONE);
    struct actor plain = somebody(NULL, "fault.read"), trusted = somebody(NULL, "fault.read fault.private"),
                 other = somebody(NULL, "x.read");
    struct record r;
    struct conn *c = NULL;
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    assert_int_equal(record_read(f->registers, c, &plain, &fault_reg, &id, NULL, &f->arena, &r), FAULT_NONE);
    assert_int_equal(r.values[8].kind, VALUE_NONE);
    assert_int_equal(record_read(f->registers, c, &trusted, &fault_reg, &id, NULL, &f->arena, &r), FAULT_NONE);
    assert_string_equal(r.values[8].text, "内情");
    assert_int_equal(record_read(f->registers, c, &other, &fault_reg, &id, NULL, &f->arena, &r), FAULT_ABSENT);
    struct record_step *steps;
    size_t count;
    assert_int_equal(record_history(f->registers, c, &plain, &fault_reg, &id, &f->arena, &steps, &count), FAULT_NONE);
    for (size_t i = 0; i < steps[0].count; i++) assert_string_not_equal(steps[0].fields[i]->key, "secret");
    store_read_end(&c);
}

struct rows {
    struct fixture *f;
    int at, count;
    bool bad_row;
};

static bool next_row(void *context, struct change *out) {
    struct rows *r = context;
    if (r->at == r->count) return false;
    *out = (struct change){.kind = CHANGE_ADD, .reg = &fault_reg, .record = id_make(NOW), .expected = -1};
    char pairs[200];
    snprintf(pairs, sizeof pairs, "number=M%d|found=%s|summary=行", r->at, r->bad_row && r->at == 5 ? "昨天" : "2026-03-01");
    set_values(r->f, out, pairs);
    r->at++;
    return true;
}

static int64_t count_all(struct fixture *f) {
    int64_t n = -1;
    struct conn *c = NULL;
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    assert_int_equal(conn_ask_int(c, "SELECT count(*) FROM r_fault WHERE tenant = ?1", 1, &n), FAULT_NONE);
    store_read_end(&c);
    return n;
}

static void a_batch_is_all_or_nothing(void **state) {
    struct fixture *f = *state;
    struct actor system = actor_system();
    struct rows rows = {f, 0, 10, true};
    struct change_source source = {&rows, next_row, NULL};
    struct batch_result result;
    notes_init(&f->notes, &f->arena);
    assert_int_equal(change_batch(f->registers, &system, NOW, &source, false, &f->notes, &result), FAULT_INPUT);
    assert_int_equal(result.failed, 1);
    assert_int_equal(result.tried, 10);
    assert_int_equal(count_all(f), 0);
    rows = (struct rows){f, 0, 10, false};
    notes_init(&f->notes, &f->arena);
    assert_int_equal(change_batch(f->registers, &system, NOW, &source, true, &f->notes, &result), FAULT_NONE);
    assert_int_equal(count_all(f), 0);
    rows = (struct rows){f, 0, 10, false};
    assert_int_equal(change_batch(f->registers, &system, NOW, &source, false, &f->notes, &result), FAULT_NONE);
    assert_int_equal(count_all(f), 10);
}

static const struct reg_field more_fields[] = {
    {"number", "编号", REG_TEXT, REQUIRED | LISTED | KEY},
    {"found", "发现日期", REG_DATE, REQUIRED | LISTED},
    {"summary", "问题", REG_TEXT, REQUIRED | LISTED | NAME},
    {"added", "新栏", REG_TEXT},
};
static const struct reg changed_reg = {.key = "fault",
                                       .label = "问题",
                                       .read = "fault.read",
                                       .record = "fault.record",
                                       .fields = more_fields,
                                       .field_count = 4,
                                       .date = "found"};

static void definitions_have_history(void **state) {
    struct fixture *f = *state;
    static const struct reg *const changed[] = {&person_reg, &changed_reg};
    struct id id = id_make(NOW);
    assert_int_equal(add(f, &fault_reg, id, "number=N1|found=2026-03-01|summary=旧|people=3", NULL), FAULT_NONE);
    fixture_shut(f);
    fixture_reopen(f, changed, 2);
    int64_t n = 0;
    struct conn *c = NULL;
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    assert_int_equal(conn_ask_int(c, "SELECT count(*) FROM definition WHERE register = 'fault' AND tenant = ?1", 1, &n),
                     FAULT_NONE);
    store_read_end(&c);
    assert_int_equal(n, 2);
    assert_int_equal(add(f, &changed_reg, id_make(NOW), "number=N2|found=2026-03-01|summary=新|added=有", NULL), FAULT_NONE);
    fixture_shut(f);
    fixture_reopen(f, test_regs, 2); /* the former declaration again: known already, nothing new is journalled */
    assert_int_equal(read_back(f, &id, NULL, FAULT_NONE).values[4].integer, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
        T(a_record_is_added_and_read),
        T(errors_name_the_field),
        T(keys_are_unique),
        T(the_same_twice_adds_once),
        T(late_entry_asks_a_reason),
        T(moves_keep_rights_needs_and_the_second_person),
        T(rights_are_denied_by_default),
        T(edits_meet_what_changed_meanwhile),
        T(both_times_are_kept),
        T(a_corrected_date_moves_the_birth),
        T(a_correction_reaches_back_to_where_the_wrong_value_began),
        T(withdrawing_asks_why_and_ends_changes),
        T(private_fields_are_for_those_with_the_right),
        T(a_batch_is_all_or_nothing),
        T(definitions_have_history),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
