/* test_change.c - the one door: what it lets through, what it refuses and how it says so, and both time axes. */
#include "fixture.h"
#include "tests/register/random_value.h"

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
    /* who has rewritten what was handed in judges his own work, too, whoever handed it in last */
    struct id qin = id_make(NOW);
    struct actor helper = somebody(&qin, "fault.record fault.review fault.read");
    struct change edit = {.kind = CHANGE_EDIT, .reg = &fault_reg, .record = id, .expected = -1};
    assert_int_equal(apply(f, &helper, edit, "summary=二", NULL), FAULT_NONE);
    assert_int_equal(apply(f, &helper, edit, "remedy=换灯和线", NULL), FAULT_NONE);
    assert_int_equal(apply(f, &helper, pass, "", NULL), FAULT_RIGHT);
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

/* Who may record but not read a private field can neither set it nor find out by trying what it holds. */
static void private_fields_are_not_guessed(void **state) {
    struct fixture *f = *state;
    struct id id = id_make(NOW);
    struct actor clerk = somebody(NULL, "fault.read fault.record"),
                 trusted = somebody(NULL, "fault.read fault.record fault.private");
    assert_int_equal(add(f, &fault_reg, id, "number=P1|found=2026-03-01|summary=一|secret=内情", NULL), FAULT_NONE);
    struct change edit = {.kind = CHANGE_EDIT, .reg = &fault_reg, .record = id, .expected = -1, .reason = "r"};
    static const char *const guesses[] = {"secret=内情", "secret=别的", "secret=内情|summary=二"};
    for (size_t i = 0; i < COUNT_OF(guesses); i++) assert_int_equal(apply(f, &clerk, edit, guesses[i], NULL), FAULT_RIGHT);
    assert_int_equal(apply(f, &clerk, edit, "secret=|summary=三", NULL),
                     FAULT_NONE); /* what an export left empty is left as it is */
    struct change again = {.kind = CHANGE_ADD, .reg = &fault_reg, .record = id, .expected = -1, .reason = "r"};
    struct change_done done;
    assert_int_equal(apply(f, &clerk, again, "number=P1|found=2026-03-01|summary=三|secret=内情", &done), FAULT_NONE);
    assert_true(done.repeated);
    assert_int_equal(apply(f, &clerk, again, "number=P1|found=2026-03-01|summary=三|secret=别的", &done), FAULT_NONE);
    assert_true(done.repeated);
    assert_int_equal(apply(f, &trusted, again, "number=P1|found=2026-03-01|summary=三|secret=别的", NULL), FAULT_CONFLICT);
    assert_int_equal(apply(f, &trusted, edit, "secret=新的", NULL), FAULT_NONE);
    struct record r;
    struct conn *c = NULL;
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    assert_int_equal(record_read(f->registers, c, &trusted, &fault_reg, &id, NULL, &f->arena, &r), FAULT_NONE);
    assert_string_equal(r.values[8].text, "新的");
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

/* ---- every type, stored and read back; computed fields on both times ---- */

static const struct reg_field columns[] = {
    {"name", "名称", REG_TEXT, REQUIRED}, {"count", "数量", REG_INT}, {"price", "单价", REG_MONEY}};
static const struct reg_field kinds_fields[] = {
    {"date", "日期", REG_DATE, REQUIRED | LISTED},
    {"title", "名称", REG_TEXT, LISTED | NAME},
    {"quantity", "数量", REG_INT},
    {"price", "单价", REG_MONEY},
    {"total", "总价", REG_MONEY, .compute = "quantity * price"},
    {"long", "长文本", REG_LONG},
    {"choice", "选择", REG_CHOICE, .choices = {{"fire", "消防"}, {"water", "给水"}}},
    {"yesno", "是否", REG_YESNO},
    {"file", "文件", REG_FILE},
    {"number", "长度", REG_NUMBER, .decimals = 2},
    {"moment", "时刻", REG_MOMENT},
    {"duration", "时长", REG_DURATION},
    {"set", "多选", REG_SET, .choices = {{"fire", "消防"}, {"water", "给水"}, {"power", "供电"}}},
    {"network", "网段", REG_NETWORK},
    {"mac", "MAC", REG_MAC},
    {"phone", "电话", REG_PHONE},
    {"mail", "邮箱", REG_MAIL},
    {"url", "网址", REG_URL},
    {"identity", "身份证号", REG_IDENTITY},
    {"credit", "信用代码", REG_CREDIT},
    {"plate", "车牌", REG_PLATE},
    {"place", "位置", REG_PLACE},
    {"table", "明细", REG_TABLE, .columns = columns, .column_count = COUNT_OF(columns)},
    {"crew", "参加人", REG_REFS, .to = "person"},
};
static const struct reg kinds_reg = {.key = "kinds",
                                     .label = "各类",
                                     .read = "kinds.read",
                                     .record = "kinds.record",
                                     .fields = kinds_fields,
                                     .field_count = COUNT_OF(kinds_fields),
                                     .date = "date"};
static const struct reg *const kinds_regs[] = {&person_reg, &kinds_reg};
enum { QUANTITY = 2, TOTAL = 4, CREW = COUNT_OF(kinds_fields) - 1 };

static enum fault put(struct fixture *f, enum change_kind kind, struct id id, const struct change_value *values, size_t count,
                      const char *effective) {
    struct actor system = actor_system();
    struct change c = {
        .kind = kind, .reg = &kinds_reg, .record = id, .values = values, .value_count = count, .reason = "试", .expected = -1};
    if (effective) c.has_effective = civil_parse(effective, &c.effective);
    notes_init(&f->notes, &f->arena);
    return change_apply(f->registers, &system, NOW, &c, &f->notes, NULL);
}

static struct record kinds_at(struct fixture *f, struct id id, const char *as_of) {
    struct record r = {0};
    struct actor system = actor_system();
    struct conn *c = NULL;
    struct look look = {.has_as_of = as_of != NULL};
    if (as_of) assert_true(civil_parse(as_of, &look.as_of));
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    assert_int_equal(record_read(f->registers, c, &system, &kinds_reg, &id, &look, &f->arena, &r), FAULT_NONE);
    store_read_end(&c);
    return r;
}

static void assert_verified(struct fixture *f) {
    struct projection_verdict verdict;
    notes_init(&f->notes, &f->arena);
    assert_int_equal(registers_verify(f->registers, &f->notes, &verdict), FAULT_NONE);
}

static void every_type_is_kept(void **state) {
    struct fixture *f = *state;
    fixture_shut(f);
    fixture_reopen(f, kinds_regs, 2);
    struct id one = id_make(NOW), other = id_make(NOW);
    assert_int_equal(add(f, &person_reg, one, "name=演示·林晓|login=lin", NULL), FAULT_NONE);
    assert_int_equal(add(f, &person_reg, other, "name=演示·周松|login=zhou", NULL), FAULT_NONE);
    uint64_t seed = 77;
    for (int round = 0; round < 40; round++) {
        struct change_value values[COUNT_OF(kinds_fields)];
        struct value wanted[COUNT_OF(kinds_fields)] = {0};
        size_t count = 0;
        for (size_t i = 0; i < COUNT_OF(kinds_fields); i++) {
            const struct reg_field *field = &kinds_fields[i];
            if (field->compute || i == CREW) continue;
            const char *typed = i == 0 ? "2026-03-01" : random_typed(field, &f->arena, &seed);
            values[count++] = (struct change_value){field->key, typed, NULL};
            assert_int_equal(value_read(NULL, NULL, field, typed, NULL, &f->arena, NULL, &wanted[i]), FAULT_NONE);
        }
        values[count++] = (struct change_value){"crew", "zhou、演示·林晓", NULL};
        struct id id = id_make(NOW + round);
        assert_int_equal(put(f, CHANGE_ADD, id, values, count, NULL), FAULT_NONE);
        struct record r = kinds_at(f, id, NULL);
        for (size_t i = 0; i < COUNT_OF(kinds_fields); i++)
            if (!kinds_fields[i].compute && i != CREW && !value_same(&r.values[i], &wanted[i]))
                fail_msg("%s came back otherwise", kinds_fields[i].key);
        assert_string_equal(r.names[CREW], "演示·周松、演示·林晓");
        assert_int_equal(r.values[TOTAL].integer, r.values[QUANTITY].integer * r.values[3].integer);
    }
    assert_verified(f);
}

static struct id kinds_with(struct fixture *f, const struct reg *reg, const struct change_value *values, size_t count) {
    struct actor system = actor_system();
    struct id id = id_make(NOW);
    struct change c = {
        .kind = CHANGE_ADD, .reg = reg, .record = id, .values = values, .value_count = count, .reason = "试", .expected = -1};
    notes_init(&f->notes, &f->arena);
    assert_int_equal(change_apply(f->registers, &system, NOW, &c, &f->notes, NULL), FAULT_NONE);
    return id;
}

static void assert_rebuilt_and_verified(struct fixture *f) {
    assert_int_equal(registers_rebuild(f->registers, NULL, NULL), FAULT_NONE);
    assert_verified(f);
}

/* The next version of a pack: a label and a choice called otherwise, a choice and a field gone, a choice and a field new. */
static void compiled_declarations_change(void **state) {
    struct fixture *f = *state;
    enum { LONG = 5, CHOICE = 6, ADDED = LONG };
    static struct reg_field next_fields[COUNT_OF(kinds_fields)];
    static struct reg next;
    memcpy(next_fields, kinds_fields, sizeof next_fields);
    next_fields[1].label = "事由";
    next_fields[CHOICE].choices[0].label = "消防安全";
    next_fields[CHOICE].choices[1] = (struct reg_choice){"gas", "燃气"};
    next_fields[ADDED] = (struct reg_field){"added", "新栏", REG_TEXT};
    next = kinds_reg;
    next.fields = next_fields;
    const struct reg *const next_regs[] = {&person_reg, &next};
    static const struct change_value water[] = {
        {"date", "2026-03-01", NULL}, {"title", "旧", NULL}, {"choice", "给水", NULL}, {"long", "从前写的", NULL}};
    static const struct change_value fire[] = {
        {"date", "2026-03-01", NULL}, {"title", "新", NULL}, {"choice", "消防安全", NULL}, {"added", "有", NULL}};
    fixture_shut(f);
    fixture_reopen(f, kinds_regs, 2);
    struct id old = kinds_with(f, &kinds_reg, water, COUNT_OF(water));
    assert_verified(f);
    fixture_shut(f);
    fixture_reopen(f, next_regs, 2);
    assert_rebuilt_and_verified(f);
    struct record r = {0};
    struct conn *c = NULL;
    struct actor system = actor_system();
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    assert_int_equal(record_read(f->registers, c, &system, &next, &old, NULL, &f->arena, &r), FAULT_NONE);
    store_read_end(&c);
    assert_string_equal(r.values[CHOICE].text, "water"); /* what was chosen stays, though it can be chosen no more */
    assert_int_equal(r.values[ADDED].kind, VALUE_NONE);
    struct id fresh = kinds_with(f, &next, fire, COUNT_OF(fire));
    assert_verified(f);
    fixture_shut(f);
    fixture_reopen(f, kinds_regs, 2); /* and back: what the newer version wrote is not lost, either */
    assert_rebuilt_and_verified(f);
    assert_string_equal(kinds_at(f, old, NULL).values[LONG].text, "从前写的");
    assert_string_equal(kinds_at(f, fresh, NULL).values[CHOICE].text, "fire");
    fixture_shut(f);
    fixture_reopen(f, next_regs, 2);
    assert_rebuilt_and_verified(f);
}

/* A correction of the quantity for February changes the total of both February and March, though March's price came in an entry of its own. */
static void computed_on_both_times(void **state) {
    struct fixture *f = *state;
    fixture_shut(f);
    fixture_reopen(f, kinds_regs, 2);
    struct id id = id_make(NOW);
    const struct change_value first[] = {{"date", "2026-02-01", NULL},
                                         {"title", "灯", NULL},
                                         {"quantity", "2", NULL},
                                         {"price", "3", NULL}},
                              later[] = {{"price", "5", NULL}}, corrected[] = {{"quantity", "4", NULL}, {"total", "999", NULL}};
    assert_int_equal(put(f, CHANGE_ADD, id, first, 4, NULL), FAULT_NONE);
    assert_int_equal(put(f, CHANGE_EDIT, id, later, 1, "2026-03-01"), FAULT_NONE);
    assert_int_equal(kinds_at(f, id, "2026-02-15").values[TOTAL].integer, 600);
    assert_int_equal(kinds_at(f, id, NULL).values[TOTAL].integer, 1000);
    assert_int_equal(put(f, CHANGE_EDIT, id, corrected, 2, "2026-02-01"), FAULT_NONE);
    assert_int_equal(kinds_at(f, id, "2026-02-15").values[TOTAL].integer, 1200);
    assert_int_equal(kinds_at(f, id, NULL).values[TOTAL].integer, 2000);
    assert_verified(f);
    const struct change_value nothing[] = {{"total", "5", NULL}};
    assert_int_equal(put(f, CHANGE_EDIT, id, nothing, 1, NULL), FAULT_INPUT); /* what is computed cannot be set */
    /* Another way to compute holds at once for all versions. */
    static struct reg_field other_fields[COUNT_OF(kinds_fields)];
    memcpy(other_fields, kinds_fields, sizeof kinds_fields);
    other_fields[TOTAL].compute = "quantity * price * 2";
    struct reg other = kinds_reg;
    other.fields = other_fields;
    const struct reg *const others[] = {&person_reg, &other};
    fixture_shut(f);
    fixture_reopen(f, others, 2);
    assert_int_equal(kinds_at(f, id, "2026-02-15").values[TOTAL].integer, 2400);
    assert_int_equal(kinds_at(f, id, NULL).values[TOTAL].integer, 4000);
    assert_verified(f);
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
        T(private_fields_are_not_guessed),
        T(a_batch_is_all_or_nothing),
        T(definitions_have_history),
        T(every_type_is_kept),
        T(compiled_declarations_change),
        T(computed_on_both_times),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
