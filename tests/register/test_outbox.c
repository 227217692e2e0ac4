/* test_outbox.c - entries become messages once, for whom they are meant; messages are lent in turn, tried again by rule, given up and forgotten. */
#include "fixture.h"

#include "packs/common/common.h"
#include "packs/packs.h"
#include "register/outbox.h"

#define DAY INT64_C(86400000)

/* The fixture with the registers of the common pack, and an officer who may read findings. */
struct office {
    struct fixture *f;
    struct id officer, hook;
};

static const char *id_text(struct fixture *f, const struct id *id) {
    char text[ID_TEXT];
    id_format(id, text);
    return arena_copy(&f->arena, text);
}

static struct id make(struct fixture *f, const struct reg *reg, const char *pairs) {
    struct id id = id_make(NOW);
    enum fault done = add(f, reg, id, pairs, NULL);
    if (done) fail_msg("%s: %s", reg->key, f->notes.first ? f->notes.first->sentence : fault_word(done));
    return id;
}

static struct office office_open(struct fixture *f) {
    size_t count = 0;
    while (common_pack.registers[count]) count++;
    fixture_shut(f);
    fixture_reopen(f, common_pack.registers, count);
    size_t n;
    const struct store_table *tables = access_tables(&n);
    assert_int_equal(store_declare(f->store, tables, n, NULL), FAULT_NONE);
    struct office o = {.f = f};
    o.officer = make(f, &person_register, "name=林晓|login=linxiao|kind=staff|since=2026-03-01");
    struct id role = make(f, &role_register, "name=安全员|rights=finding.read");
    const char *who = id_text(f, &o.officer);
    (void)make(f, &grant_register, arena_format(&f->arena, "person=%s|role=%s|since=2026-03-01", who, id_text(f, &role)));
    return o;
}

static struct id subscribe(struct office *o, const char *filter) {
    return make(o->f, &webhook_register,
                arena_format(&o->f->arena,
                             "name=看板|owner=%s|register=finding|filter=%s|url=https://example.com/x|since=2026-03-02",
                             id_text(o->f, &o->officer), filter));
}

static struct id find(struct office *o, const char *number, const char *grade) {
    return make(o->f, &finding_register,
                arena_format(&o->f->arena, "number=%s|found=2026-03-02|summary=灯坏了|grade=%s|owner=%s", number, grade,
                             id_text(o->f, &o->officer)));
}

static void collect(struct office *o, int64_t now) {
    bool more = true;
    while (more) assert_int_equal(outbox_collect(o->f->registers, now, &more), FAULT_NONE);
}

static int64_t waiting(struct office *o, const struct id *hook, enum outbox_state state) {
    int64_t counts[3];
    struct conn *conn;
    assert_int_equal(store_read_begin(o->f->store, &conn), FAULT_NONE);
    assert_int_equal(outbox_count(conn, hook, counts), FAULT_NONE);
    store_read_end(&conn);
    return counts[state];
}

static void entries_become_messages_once(void **state) {
    struct office o = office_open(*state);
    (void)find(&o, "A-1", "grave");
    struct id all = subscribe(&o, ""), grave = subscribe(&o, "grade = grave"), broken = subscribe(&o, "nothing = 1");
    collect(&o, NOW);
    assert_int_equal(waiting(&o, &all, OUTBOX_WAITING), 0); /* what was before it is not told */
    (void)find(&o, "A-2", "grave");
    (void)find(&o, "A-3", "slight");
    (void)make(o.f, &role_register, "name=别的|rights=x.y");
    for (int i = 0; i < 3; i++) collect(&o, NOW);
    assert_int_equal(waiting(&o, &all, OUTBOX_WAITING), 2);
    assert_int_equal(waiting(&o, &grave, OUTBOX_WAITING), 1);
    assert_int_equal(waiting(&o, &broken, OUTBOX_WAITING), 0);
}

static void who_may_not_read_is_not_told(void **state) {
    struct office o = office_open(*state);
    struct id nobody = make(o.f, &person_register, "name=周松|login=zhousong|kind=staff|since=2026-03-01");
    struct id officer = o.officer;
    o.officer = nobody;
    struct id hook = subscribe(&o, "");
    o.officer = officer;
    (void)find(&o, "B-1", "grave");
    collect(&o, NOW);
    assert_int_equal(waiting(&o, &hook, OUTBOX_WAITING), 0);
}

static bool claim(struct office *o, int64_t now, struct outbox_message *out) {
    bool any;
    assert_int_equal(outbox_claim(o->f->registers, now, 20000, out, &any), FAULT_NONE);
    return any;
}

static void tried(struct office *o, const struct outbox_message *m, int64_t now, bool good, int64_t retry_ms) {
    struct outbox_try try = {.good = good, .status = good ? 200 : 500, .at_ms = now, .took_ms = 0, .retry_ms = retry_ms};
    assert_int_equal(outbox_tried(o->f->registers, m, &try), FAULT_NONE);
}

static void subscriptions_take_turns(void **state) {
    struct office o = office_open(*state);
    struct id one = subscribe(&o, ""), two = subscribe(&o, "");
    (void)find(&o, "C-1", "grave");
    (void)find(&o, "C-2", "grave");
    collect(&o, NOW);
    struct outbox_message first, second, third;
    assert_true(claim(&o, NOW, &first));
    assert_true(claim(&o, NOW, &second));
    assert_false(id_same(&first.hook, &second.hook));
    assert_false(claim(&o, NOW, &third)); /* one of each is under way */
    assert_true(first.position == second.position && !id_same(&first.id, &second.id));
    tried(&o, &first, NOW, true, 0);
    assert_true(claim(&o, NOW + 1, &third));
    assert_true(id_same(&third.hook, &first.hook) && third.position > first.position);
    assert_int_equal(waiting(&o, &first.hook, OUTBOX_DELIVERED), 1);
    assert_true(claim(&o, NOW + 20000, &third)); /* a lease that ended: whoever had it is gone */
    assert_true(id_same(&third.id, &second.id));
    (void)one, (void)two;
}

static void failures_wait_by_rule_and_end(void **state) {
    struct office o = office_open(*state);
    struct id hook = subscribe(&o, "");
    (void)find(&o, "D-1", "grave");
    collect(&o, NOW);
    static const int64_t waits[] = {5, 30, 120, 600, 3600, 10800, 21600, 43200, 86400};
    int64_t now = NOW;
    struct outbox_message m;
    for (int i = 0; i < OUTBOX_TRIES; i++) {
        assert_true(claim(&o, now, &m));
        assert_int_equal(m.tries, i);
        tried(&o, &m, now, false, 0);
        if (i == OUTBOX_TRIES - 1) break;
        assert_int_equal(outbox_wait_ms(i + 1), waits[i] * 1000);
        assert_false(claim(&o, now + waits[i] * 1000 - 1, &m));
        now += waits[i] * 1000;
    }
    assert_int_equal(waiting(&o, &hook, OUTBOX_GIVEN_UP), 1);
    assert_false(claim(&o, now + 10 * DAY, &m));
    assert_int_equal(outbox_again(o.f->registers, &hook, &m.id, now), FAULT_NONE);
    assert_int_equal(outbox_again(o.f->registers, &m.id, &m.id, now), FAULT_ABSENT);
    assert_true(claim(&o, now, &m));
    tried(&o, &m, now, true, 0);
    assert_int_equal(waiting(&o, &hook, OUTBOX_DELIVERED), 1);
}

static void a_receiver_is_left_alone_when_it_asks(void **state) {
    struct office o = office_open(*state);
    (void)subscribe(&o, "");
    (void)find(&o, "E-1", "grave");
    (void)find(&o, "E-2", "grave");
    collect(&o, NOW);
    struct outbox_message m;
    assert_true(claim(&o, NOW, &m));
    tried(&o, &m, NOW, false, 50000);
    assert_false(claim(&o, NOW + 49999, &m)); /* the other message waits, too */
    assert_true(claim(&o, NOW + 50000, &m));
    tried(&o, &m, NOW + 50000, false, 99 * DAY); /* asked too much: an hour at most */
    assert_true(claim(&o, NOW + 50000 + 3600000, &m));
}

static void old_messages_are_given_up_and_forgotten(void **state) {
    struct office o = office_open(*state);
    struct id hook = subscribe(&o, "");
    (void)find(&o, "F-1", "grave");
    (void)find(&o, "F-2", "grave");
    collect(&o, NOW);
    struct outbox_message m;
    assert_true(claim(&o, NOW, &m));
    tried(&o, &m, NOW, true, 0);
    assert_int_equal(outbox_sweep(o.f->registers, NOW + 3 * DAY), FAULT_NONE);
    assert_int_equal(waiting(&o, &hook, OUTBOX_WAITING), 1);
    assert_int_equal(outbox_sweep(o.f->registers, NOW + 3 * DAY + 1), FAULT_NONE);
    assert_int_equal(waiting(&o, &hook, OUTBOX_GIVEN_UP), 1);
    assert_int_equal(outbox_sweep(o.f->registers, NOW + 30 * DAY + 1), FAULT_NONE);
    assert_int_equal(waiting(&o, &hook, OUTBOX_DELIVERED), 0);
    assert_int_equal(waiting(&o, &hook, OUTBOX_GIVEN_UP), 1);
    assert_int_equal(outbox_sweep(o.f->registers, NOW + 90 * DAY + 1), FAULT_NONE);
    assert_int_equal(waiting(&o, &hook, OUTBOX_GIVEN_UP), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(entries_become_messages_once, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(who_may_not_read_is_not_told, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(subscriptions_take_turns, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(failures_wait_by_rule_and_end, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(a_receiver_is_left_alone_when_it_asks, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(old_messages_are_given_up_and_forgotten, fixture_open, fixture_close),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
