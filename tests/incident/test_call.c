/* test_call.c - calls and terms of incidents in the demonstration school: planned once, passed on, sent, acknowledged, kept from the accused. */
#include "tests/packs/fixture.h"

#include "incident/incident.h"
#include "packs/demo.h"
#include "register/import.h"

#define NOW INT64_C(1771200000000) /* 2026-02-16 08:00 in China */
#define MINUTE INT64_C(60000)

static int setup(void **state) {
    (void)state;
    if (!installation_open(NOW)) return -1;
    size_t count;
    const struct store_table *tables = incident_tables(&count);
    if (store_declare(store, tables, count, &notes)) return -1;
    struct actor system = actor_system();
    for (const struct demo_file *d = demo_files; d->pack; d++) {
        struct import_result result;
        struct digest digest = digest_of(d->bytes, d->length);
        struct sheet_source source = {.bytes = d->bytes, .length = d->length, .name = d->name};
        struct import_options options = {.update = d->update != 0, .reason = d->reason};
        if (strcmp(d->pack, "school") != 0) continue;
        if (import_file(registers, &system, NOW, register_named(registers, d->register_key), &source, &digest, &options, &arena,
                        &notes, &result))
            return show_notes(), -1;
    }
    return 0;
}

static int teardown(void **state) {
    (void)state;
    return installation_close() ? 0 : -1;
}

static int64_t ask(const char *sql) {
    _cleanup_(store_read_end) struct conn *c = NULL;
    int64_t out = -1;
    assert_int_equal(store_read_begin(store, &c), FAULT_NONE);
    assert_int_equal(conn_ask_int(c, sql, TENANT, &out), FAULT_NONE);
    return out;
}

static struct id person(const char *login) {
    _cleanup_(store_read_end) struct conn *c = NULL;
    struct id id = {0};
    bool row;
    assert_int_equal(store_read_begin(store, &c), FAULT_NONE);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    assert_int_equal(stmt_open(c, "SELECT id FROM r_person WHERE tenant = ?1 AND f_login = ?2", &s), FAULT_NONE);
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, login);
    assert_int_equal(stmt_step(s, &row), FAULT_NONE);
    assert_true(row && stmt_id(s, 0, &id));
    return id;
}

static struct id report(const char *category, const char *moment, const char *accused, int64_t now_ms) {
    struct actor system = actor_system();
    const struct change_value values[] = {
        {"title", category, NULL},    {"category", category, NULL}, {"day", arena_copyn(&arena, moment, 10), NULL},
        {"discovered", moment, NULL}, {"place", "食堂", NULL},      {"what", "起火", NULL},
        {"accused", accused, NULL}};
    struct change c = {.kind = CHANGE_ADD,
                       .reg = register_named(registers, "incident"),
                       .record = id_make(now_ms),
                       .values = values,
                       .value_count = COUNT_OF(values),
                       .reason = "补",
                       .expected = -1};
    enum fault f = change_apply(registers, &system, now_ms, &c, &notes, NULL);
    show_notes();
    assert_int_equal(f, FAULT_NONE);
    return c.record;
}

static int64_t follow(int64_t now_ms) {
    int64_t planned = -1;
    assert_int_equal(incidents_follow(registers, now_ms, &planned), FAULT_NONE);
    return planned;
}

#define CALLS "SELECT count(*) FROM r_incident_call WHERE tenant = ?1"

static void an_incident_calls_the_matrix_once_and_starts_its_term(void **state) {
    (void)state;
    report("火灾事故", "2026-02-16 07:55", "", NOW);
    assert_int_equal(follow(NOW), 6); /* five people, one term */
    assert_int_equal(follow(NOW), 0);
    assert_int_equal(follow(NOW + 2 * MINUTE), 0);
    assert_int_equal(ask(CALLS), 5);
    assert_int_equal(ask("SELECT count(*) FROM r_clock WHERE tenant = ?1 AND f_rule = 'accident.report' AND f_time = '07:55'"), 1);
    assert_int_equal(ask("SELECT count(DISTINCT f_person) FROM r_incident_call WHERE tenant = ?1"), 5);
}

static void who_does_not_answer_is_stood_in_for_once(void **state) {
    (void)state;
    /* Three minutes of the category are over: the substitutes of the guard's, the rescuers' and the liaison's heads. The guard's member is a substitute already. */
    assert_int_equal(follow(NOW + 3 * MINUTE), 3);
    assert_int_equal(follow(NOW + 3 * MINUTE), 0);
    assert_int_equal(follow(NOW + 30 * MINUTE), 0);
    assert_int_equal(ask("SELECT count(*) FROM r_incident_call WHERE tenant = ?1 AND f_instead IS NOT NULL AND state = 'called'"),
                     3);
    assert_int_equal(ask("SELECT count(*) FROM r_incident_call WHERE tenant = ?1 AND f_instead IS NULL AND state = 'called'"), 5);
}

static void calls_are_lent_one_by_one_and_tried_again(void **state) {
    (void)state;
    struct call_message first, m;
    bool any;
    int lent = 0;
    assert_int_equal(call_claim(registers, NOW, MINUTE, &arena, &first, &any), FAULT_NONE);
    assert_true(any);
    assert_string_equal(first.category, "火灾事故");
    assert_false(first.confidential);
    assert_int_equal(call_settle(registers, &first, CALL_LATER, "later", false, NOW), FAULT_NONE);
    while (!call_claim(registers, NOW, MINUTE, &arena, &m, &any) && any) {
        assert_string_not_equal(m.id, first.id);
        assert_int_equal(call_settle(registers, &m, CALL_SENT, "", false, NOW), FAULT_NONE);
        lent++;
    }
    assert_int_equal(lent, 7);
    assert_int_equal(call_claim(registers, NOW + MINUTE, MINUTE, &arena, &m, &any), FAULT_NONE);
    assert_true(any);
    assert_string_equal(m.id, first.id); /* the same message again */
    assert_int_equal(m.tries, 2);
    assert_int_equal(call_settle(registers, &m, CALL_NEVER, "refused", true, NOW + MINUTE), FAULT_NONE);
    assert_int_equal(call_claim(registers, NOW + MINUTE, MINUTE, &arena, &m, &any), FAULT_NONE);
    assert_true(any);
    assert_int_equal(m.channel, 1);
    assert_int_equal(call_settle(registers, &m, CALL_NEVER, "refused", false, NOW + MINUTE), FAULT_NONE);
    assert_int_equal(call_claim(registers, NOW + 60 * MINUTE, MINUTE, &arena, &m, &any), FAULT_NONE);
    assert_false(any);
}

static void a_late_entry_calls_nobody(void **state) {
    (void)state;
    int64_t before = ask(CALLS);
    report("溺水事故", "2026-02-01 07:55", "", NOW);
    assert_int_equal(follow(NOW), 0);
    report("溺水事故", "2026-02-16 07:59", "", NOW);
    assert_int_equal(follow(NOW + 25 * 60 * MINUTE), 0); /* a server that was down all day */
    assert_int_equal(ask(CALLS), before);
    assert_true(follow(NOW) > 0);
}

/* As somebody may who does not think of who reads terms. */
static void name_term(const char *category) {
    struct actor system = actor_system();
    const struct change_value values[] = {{"name", category, NULL}, {"terms", "accident.report", NULL}};
    struct change c = {.kind = CHANGE_EDIT,
                       .reg = register_named(registers, "incident_category"),
                       .values = values,
                       .value_count = COUNT_OF(values),
                       .expected = -1,
                       .reason = "改",
                       .by_key = true};
    assert_int_equal(change_apply(registers, &system, NOW, &c, &notes, NULL), FAULT_NONE);
}

static int lists(const struct actor *actor, const struct reg *reg) {
    _cleanup_(store_read_end) struct conn *c = NULL;
    struct list_query q = {.reg = reg};
    int64_t count = -1, unfinished = -1;
    assert_int_equal(store_read_begin(store, &c), FAULT_NONE);
    assert_int_equal(record_count(registers, c, actor, &q, 0, &count), FAULT_NONE);
    assert_int_equal(record_unfinished(registers, c, actor, reg, &unfinished), FAULT_NONE);
    assert_int_equal(count, unfinished);
    return (int)count;
}

static void the_accused_sees_and_receives_nothing(void **state) {
    (void)state;
    static const struct actor_grant all = {"*", NULL, 0};
    char accused[ID_TEXT];
    struct id head = person("shaohua"); /* the handling unit's own head */
    const struct reg *incidents = register_named(registers, "incident"), *calls = register_named(registers, "incident_call");
    struct actor he = {.person = head, .name = "x", .login = "x", .grants = &all, .grant_count = 1}, other = he;
    other.person = person("fangmin");
    int64_t before = ask(CALLS);
    int seen = lists(&he, incidents), seen_calls = lists(&he, calls);
    id_format(&head, accused);
    name_term("学校领导、教师违规违纪");
    struct id id = report("学校领导、教师违规违纪", "2026-02-16 07:58", accused, NOW);
    assert_int_equal(follow(NOW), 1); /* the cooperating unit's head alone, and no term */
    assert_int_equal(ask(CALLS), before + 1);
    assert_int_equal(lists(&he, incidents), seen);
    assert_int_equal(lists(&he, calls), seen_calls);
    assert_int_equal(lists(&other, incidents), seen + 1);
    assert_int_equal(lists(&other, calls), seen_calls + 1);
    _cleanup_(store_read_end) struct conn *c = NULL;
    struct record r;
    struct record_step *steps;
    size_t count;
    assert_int_equal(store_read_begin(store, &c), FAULT_NONE);
    const struct look then = {.has_known_at = true, .known_at = 1000000};
    assert_int_equal(record_read(registers, c, &he, incidents, &id, NULL, &arena, &r), FAULT_ABSENT);
    assert_int_equal(record_read(registers, c, &he, incidents, &id, &then, &arena, &r), FAULT_ABSENT);
    assert_int_equal(record_history(registers, c, &he, incidents, &id, &arena, &steps, &count), FAULT_ABSENT);
    assert_int_equal(record_read(registers, c, &other, incidents, &id, NULL, &arena, &r), FAULT_NONE);
    store_read_end(&c);
    const struct change_value nobody = {"accused", "", NULL};
    struct change edit = {.kind = CHANGE_EDIT, .reg = incidents, .record = id, .values = &nobody, .value_count = 1, .expected = -1};
    assert_int_equal(change_apply(registers, &he, NOW, &edit, &notes, NULL), FAULT_ABSENT);
}

static enum fault see_line(void *context, const struct log_line *line) {
    int *count = context;
    (void)line;
    ++*count;
    return FAULT_NONE;
}

static void the_log_leaves_out_what_is_kept_from_its_reader(void **state) {
    (void)state;
    static const struct actor_grant all = {"*", NULL, 0};
    struct actor he = {.person = person("shaohua"), .name = "x", .login = "x", .grants = &all, .grant_count = 1}, other = he;
    other.person = person("fangmin");
    _cleanup_(store_read_end) struct conn *c = NULL;
    int mine = 0, theirs = 0;
    int64_t next;
    const struct reg *reg = register_named(registers, "incident");
    assert_int_equal(store_read_begin(store, &c), FAULT_NONE);
    assert_int_equal(record_log(registers, c, &he, reg, INT64_MAX, 100, see_line, &mine, &next), FAULT_NONE);
    assert_int_equal(record_log(registers, c, &other, reg, INT64_MAX, 100, see_line, &theirs, &next), FAULT_NONE);
    assert_int_equal(theirs, mine + 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_incident_calls_the_matrix_once_and_starts_its_term),
                                       cmocka_unit_test(who_does_not_answer_is_stood_in_for_once),
                                       cmocka_unit_test(calls_are_lent_one_by_one_and_tried_again),
                                       cmocka_unit_test(a_late_entry_calls_nobody),
                                       cmocka_unit_test(the_accused_sees_and_receives_nothing),
                                       cmocka_unit_test(the_log_leaves_out_what_is_kept_from_its_reader)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}
