/* test_sending.c - whose message is due at which moment, and what comes back of one: no clock is read, so each test has its own time. */
#include "fixture.h"

#include "packs/common/common.h"
#include "packs/packs.h"
#include "register/sending.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)

static const char *const order[] = {"mail", "sms"};

struct office {
    struct fixture *f;
    struct id person;
};

static struct office office_open(struct fixture *f) {
    size_t count = 0, n;
    while (common_pack.registers[count]) count++;
    fixture_shut(f);
    fixture_reopen(f, common_pack.registers, count);
    const struct store_table *tables = access_tables(&n);
    assert_int_equal(store_declare(f->store, tables, n, NULL), FAULT_NONE);
    struct office o = {f, id_make(NOW)};
    assert_int_equal(add(f, &person_register, o.person,
                         "name=林晓|login=linxiao|kind=staff|since=2026-03-01|mail=Lin@Example.cn|phone=13900001111", NULL),
                     FAULT_NONE);
    return o;
}

struct planning {
    struct id person;
    const char *day, *due;
    int64_t planned_ms;
};

static enum fault run_plan(struct conn *conn, void *argument) {
    const struct planning *p = argument;
    const struct id clock = id_make(p->planned_ms);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn,
                             "INSERT INTO warning (tenant, clock, round, due, rung, day, role, person, planned_ms, seen_ms, "
                             "mailed_ms) VALUES (?1, ?2, 1, ?3, 0, ?4, 'handler', ?5, ?6, 0, 0)",
                             &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, &clock);
    stmt_bind_text(s, 3, p->due);
    stmt_bind_text(s, 4, p->day);
    stmt_bind_id(s, 5, &p->person);
    stmt_bind_int(s, 6, p->planned_ms);
    return stmt_run(s);
}

static void plan(struct office *o, const char *day, const char *due, int64_t planned_ms) {
    assert_int_equal(store_work(o->f->store, run_plan, &(struct planning){o->person, day, due, planned_ms}), FAULT_NONE);
}

static int64_t ask(struct office *o, const char *sql) {
    struct conn *conn;
    int64_t out = -1;
    assert_int_equal(store_read_begin(o->f->store, &conn), FAULT_NONE);
    assert_int_equal(conn_ask_int(conn, sql, TENANT, &out), FAULT_NONE);
    store_read_end(&conn);
    return out;
}

static bool claim(struct office *o, int64_t now_ms, int64_t digest_ms, struct warning_message *out) {
    bool any;
    assert_int_equal(warning_mail_claim(o->f->registers, now_ms, digest_ms, HOUR, &o->f->arena, out, &any), FAULT_NONE);
    return any;
}

static int64_t held(struct office *o, const struct warning_message *m) {
    char sql[120];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM warning WHERE tenant = ?1 AND mailed_ms = %lld", (long long)m->upto_ms);
    return ask(o, sql);
}

static void what_is_urgent_does_not_wait_for_the_digest(void **state) {
    struct office o = office_open(*state);
    struct warning_message m;
    int64_t planned = NOW, before = NOW - HOUR, digest = NOW + 22 * HOUR; /* half past eight, the next day */
    plan(&o, "2026-03-02", "2026-03-05", planned);
    assert_false(claim(&o, NOW + 1, before, &m));
    plan(&o, "2026-03-02", "2026-03-02T12:00", planned); /* the day itself */
    assert_true(claim(&o, NOW + 2, before, &m));
    assert_int_equal(held(&o, &m), 1);
    assert_int_equal(warning_mail_settle(o.f->registers, &m, NULL, TOLD_SENT, "", true, NOW + 3), FAULT_NONE);
    plan(&o, "2026-03-02", "2026-02-27", planned); /* late */
    assert_true(claim(&o, NOW + 4, before, &m));
    assert_int_equal(held(&o, &m), 1);
    assert_int_equal(warning_mail_settle(o.f->registers, &m, NULL, TOLD_SENT, "", true, NOW + 5), FAULT_NONE);
    plan(&o, "2026-03-02", "2026-03-09", planned + 5 * HOUR);
    assert_false(claim(&o, digest - 1, before, &m));
    assert_true(claim(&o, digest + HOUR, digest, &m)); /* at the hour, or when the quiet hours end after it */
    assert_int_equal(held(&o, &m), 2);
    assert_int_equal(warning_mail_settle(o.f->registers, &m, NULL, TOLD_SENT, "", true, digest + HOUR), FAULT_NONE);
    assert_false(claim(&o, digest + 2 * HOUR, digest, &m));
    plan(&o, "2026-03-03", "2026-03-09", digest + 3 * HOUR); /* planned after today's: tomorrow's */
    assert_false(claim(&o, digest + 4 * HOUR, digest, &m));
    assert_true(claim(&o, digest + DAY, digest + DAY, &m));
}

/* A message that the mail server took. */
static struct warning_message mailed(struct office *o) {
    struct warning_message m;
    plan(o, "2026-03-02", "2026-03-02", NOW);
    assert_true(claim(o, NOW, NOW, &m));
    assert_string_equal(m.address, "Lin@example.cn");
    assert_int_equal(sending_begin(o->f->registers, &m, "mail", m.address, NOW), FAULT_NONE);
    assert_int_equal(warning_mail_settle(o->f->registers, &m, "mail", TOLD_SENT, "", true, NOW), FAULT_NONE);
    return m;
}

static enum fault bounce(struct office *o, const char *id, const char *address, enum sending_state state, int64_t at_ms) {
    const struct sending_news news = {state, "550 no"};
    return sending_bounced(o->f->registers, id, &address, 1, &news, at_ms);
}

static int64_t state_of(struct office *o) { return ask(o, "SELECT state FROM sending WHERE tenant = ?1 AND channel = 'mail'"); }

static void a_bounce_counts_for_whom_it_was_sent_and_not_for_ever(void **state) {
    struct office o = office_open(*state);
    struct warning_message m = mailed(&o), again;
    assert_int_equal(bounce(&o, m.id, "other@example.cn", SENDING_FAILED, NOW + DAY), FAULT_ABSENT);
    assert_int_equal(bounce(&o, m.id, "xlin@example.cn", SENDING_FAILED, NOW + DAY), FAULT_ABSENT);
    assert_int_equal(bounce(&o, "warn.00", "lin@example.cn", SENDING_FAILED, NOW + DAY), FAULT_ABSENT);
    assert_int_equal(bounce(&o, m.id, "lin@example.cn", SENDING_FAILED, NOW + (SENDING_BOUNCE_DAYS + 1) * DAY), FAULT_ABSENT);
    assert_int_equal(state_of(&o), SENDING_TAKEN);
    assert_int_equal(bounce(&o, m.id, "lin@example.cn", SENDING_DELAYED, NOW + HOUR), FAULT_NONE);
    assert_int_equal(state_of(&o), SENDING_DELAYED);
    assert_int_equal(sending_pass_on(o.f->registers, order, 2, NOW + HOUR), FAULT_NONE);
    assert_false(claim(&o, NOW + HOUR, NOW + HOUR, &again));
    assert_int_equal(bounce(&o, m.id, "lin@example.cn", SENDING_FAILED, NOW + 5 * DAY), FAULT_NONE);
    assert_int_equal(sending_pass_on(o.f->registers, order, 2, NOW + 5 * DAY), FAULT_NONE);
    assert_true(claim(&o, NOW + 5 * DAY, NOW + 5 * DAY, &again)); /* days later, too */
    assert_string_equal(again.id, m.id);
    assert_int_equal(again.channel, 1);
    assert_int_equal(state_of(&o), SENDING_FAILED);
    assert_int_equal(bounce(&o, m.id, "lin@example.cn", SENDING_DELAYED, NOW + 6 * DAY), FAULT_NONE);
    assert_int_equal(bounce(&o, m.id, "lin@example.cn", SENDING_FAILED, NOW + 6 * DAY), FAULT_NONE);
    assert_int_equal(state_of(&o), SENDING_FAILED); /* told twice it counts once */
}

static void what_came_back_waits_for_the_message_under_way(void **state) {
    struct office o = office_open(*state);
    struct warning_message m = mailed(&o), newer, again;
    plan(&o, "2026-03-02", "2026-03-01", NOW + 1);
    assert_true(claim(&o, NOW + HOUR, NOW + HOUR, &newer));
    assert_int_equal(bounce(&o, m.id, "lin@example.cn", SENDING_FAILED, NOW + HOUR), FAULT_NONE);
    assert_int_equal(sending_pass_on(o.f->registers, order, 2, NOW + HOUR), FAULT_NONE);
    assert_int_equal(state_of(&o), SENDING_RETURNED);
    assert_int_equal(warning_mail_settle(o.f->registers, &newer, NULL, TOLD_SENT, "", true, NOW + HOUR), FAULT_NONE);
    assert_int_equal(sending_pass_on(o.f->registers, order, 2, NOW + HOUR), FAULT_NONE);
    assert_true(claim(&o, NOW + HOUR, NOW + HOUR, &again));
    assert_string_equal(again.id, m.id);
    assert_int_equal(warning_mail_settle(o.f->registers, &again, "sms", TOLD_SENT, "", false, NOW + HOUR), FAULT_NONE);
    assert_int_equal(ask(&o, "SELECT told_ms FROM warning_mail WHERE tenant = ?1"), newer.upto_ms); /* not back in time */
}

static void what_its_reader_knows_and_what_has_no_other_channel_is_only_told(void **state) {
    struct office o = office_open(*state);
    struct warning_message m = mailed(&o), again;
    assert_int_equal(bounce(&o, m.id, "lin@example.cn", SENDING_FAILED, NOW + HOUR), FAULT_NONE);
    assert_int_equal(sending_pass_on(o.f->registers, order, 1, NOW + HOUR), FAULT_NONE);
    assert_false(claim(&o, NOW + HOUR, NOW + HOUR, &again));
    assert_int_equal(ask(&o, "SELECT good FROM warning_mail WHERE tenant = ?1 AND why = '550 no'"), 0);
    plan(&o, "2026-03-02", "2026-03-01", NOW + 1);
    assert_true(claim(&o, NOW + HOUR, NOW + HOUR, &m));
    assert_int_equal(sending_begin(o.f->registers, &m, "mail", m.address, NOW + HOUR), FAULT_NONE);
    assert_int_equal(warning_mail_settle(o.f->registers, &m, "mail", TOLD_SENT, "", true, NOW + HOUR), FAULT_NONE);
    assert_int_equal(warnings_seen(o.f->registers, &o.person, NULL, NOW + HOUR), FAULT_NONE);
    assert_int_equal(bounce(&o, m.id, "lin@example.cn", SENDING_FAILED, NOW + 2 * HOUR), FAULT_NONE);
    assert_int_equal(sending_pass_on(o.f->registers, order, 2, NOW + 2 * HOUR), FAULT_NONE);
    assert_false(claim(&o, NOW + 2 * HOUR, NOW + 2 * HOUR, &again));
}

static void reports_by_part(void **state) {
    struct office o = office_open(*state);
    struct registers *rs = o.f->registers;
    struct warning_message m, again;
    static const struct sending_news good = {SENDING_DELIVERED, ""}, lost = {SENDING_FAILED, "UNDELIV"};
    static const char *const ways[] = {"cmpp", "mail"};
    int64_t newest;
    struct conn *conn;
    plan(&o, "2026-03-02", "2026-03-02", NOW);
    assert_true(claim(&o, NOW, NOW, &m));
    assert_int_equal(sending_begin(rs, &m, "cmpp", m.phone, NOW), FAULT_NONE);
    assert_int_equal(sending_part(rs, &m, "cmpp", 1, m.phone, "01", NOW), FAULT_NONE);
    assert_int_equal(sending_part(rs, &m, "cmpp", 2, m.phone, "02", NOW), FAULT_NONE);
    assert_int_equal(sending_reported(rs, "cmpp", "02", "8613900001111", &lost, NOW), FAULT_NONE); /* before all parts were taken */
    assert_int_equal(warning_mail_settle(rs, &m, "cmpp", TOLD_SENT, "", true, NOW), FAULT_NONE);
    assert_int_equal(sending_reported(rs, "cmpp", "01", "13900002222", &good, NOW), FAULT_ABSENT);
    assert_int_equal(sending_reported(rs, "cmpp", "03", "13900001111", &good, NOW), FAULT_ABSENT);
    assert_int_equal(sending_reported(rs, "cmpp", "", "13900001111", &good, NOW), FAULT_ABSENT);
    assert_int_equal(sending_reported(rs, "cmpp", "01", "13900001111", &good, NOW + 73 * HOUR), FAULT_ABSENT);
    assert_int_equal(store_read_begin(o.f->store, &conn), FAULT_NONE);
    assert_int_equal(sending_outstanding(conn, "cmpp", NOW + HOUR, &newest), FAULT_NONE);
    assert_true(newest == NOW); /* part 1 */
    assert_int_equal(sending_outstanding(conn, "cmpp", NOW + 73 * HOUR, &newest), FAULT_NONE);
    assert_true(newest == 0);
    store_read_end(&conn);
    assert_int_equal(sending_pass_on(rs, ways, 2, NOW + HOUR), FAULT_NONE); /* one lost part is a lost message */
    assert_true(claim(&o, NOW + HOUR, NOW + HOUR, &again));
    assert_string_equal(again.id, m.id);
    assert_int_equal(again.channel, 1);
    assert_int_equal(warning_mail_settle(rs, &again, "mail", TOLD_SENT, "", false, NOW + HOUR), FAULT_NONE);
    assert_int_equal(sending_reported(rs, "cmpp", "01", "13900001111", &lost, NOW + 2 * HOUR), FAULT_NONE); /* and once only */
    assert_int_equal(sending_pass_on(rs, ways, 2, NOW + 2 * HOUR), FAULT_NONE);
    assert_false(claim(&o, NOW + 2 * HOUR, NOW + 2 * HOUR, &again));
    assert_int_equal(ask(&o, "SELECT count(*) FROM sending WHERE tenant = ?1 AND state = 5"), 2);
    assert_int_equal(sending_sweep(rs, NOW + (SENDING_KEPT_DAYS + 1) * DAY), FAULT_NONE);
    assert_int_equal(ask(&o, "SELECT count(*) FROM sending WHERE tenant = ?1"), 0);
}

/* Its second part was refused after the first was taken: the next channel's turn has come by that, and no report gives it another. */
static void a_channel_that_failed_is_not_reported_again(void **state) {
    struct office o = office_open(*state);
    struct registers *rs = o.f->registers;
    struct warning_message m, again;
    static const struct sending_news lost = {SENDING_FAILED, "UNDELIV"};
    static const char *const ways[] = {"cmpp", "mail"};
    plan(&o, "2026-03-02", "2026-03-02", NOW);
    assert_true(claim(&o, NOW, NOW, &m));
    assert_int_equal(sending_begin(rs, &m, "cmpp", m.phone, NOW), FAULT_NONE);
    assert_int_equal(sending_part(rs, &m, "cmpp", 1, m.phone, "01", NOW), FAULT_NONE);
    assert_int_equal(warning_mail_settle(rs, &m, "cmpp", TOLD_NEVER, "result 6", true, NOW), FAULT_NONE);
    assert_true(claim(&o, NOW, NOW, &again));
    assert_int_equal(again.channel, 1);
    assert_int_equal(sending_reported(rs, "cmpp", "01", "13900001111", &lost, NOW), FAULT_NONE);
    assert_int_equal(warning_mail_settle(rs, &again, "mail", TOLD_SENT, "", false, NOW), FAULT_NONE);
    assert_int_equal(sending_pass_on(rs, ways, 2, NOW + HOUR), FAULT_NONE);
    assert_false(claim(&o, NOW + HOUR, NOW + HOUR, &again));
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(what_is_urgent_does_not_wait_for_the_digest),
        TEST(a_bounce_counts_for_whom_it_was_sent_and_not_for_ever),
        TEST(what_came_back_waits_for_the_message_under_way),
        TEST(what_its_reader_knows_and_what_has_no_other_channel_is_only_told),
        TEST(reports_by_part),
        TEST(a_channel_that_failed_is_not_reported_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
