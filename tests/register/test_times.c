/* test_times.c - random histories asked at random pairs of times: lists, records, counts and names agree with an oracle that only scans what was done. */
#include "fixture.h"

enum { PEOPLE = 3, RECORDS = 12, STEPS = 120, ASKED = 150, FIELDS = 3 };

static const struct reg_field thing_fields[] = {
    {"title", "名称", REG_TEXT, LISTED | NAME}, {"count", "数", REG_INT, LISTED}, {"owner", "谁", REG_REF, LISTED, .to = "person"}};
static const struct reg_state thing_states[] = {{"open", "开", false}, {"closed", "关", false}};
static const struct reg_move thing_moves[] = {{"close", "关上", .from = {"open"}, .to = "closed", .may = "thing.record"},
                                              {"open", "打开", .from = {"closed"}, .to = "open", .may = "thing.record"}};
static const struct reg thing_reg = {.key = "thing",
                                     .label = "物",
                                     .read = "thing.read",
                                     .record = "thing.record",
                                     .fields = thing_fields,
                                     .field_count = FIELDS,
                                     .states = thing_states,
                                     .state_count = 2,
                                     .moves = thing_moves,
                                     .move_count = 2};
static const struct reg *const thing_regs[] = {&person_reg, &thing_reg};

/* What was done, as the oracle remembers it: nothing but the arguments and the journal position that came back. */
struct done {
    int record;
    int64_t position;
    civil_day effective;
    bool add, withdraw;
    const char *values[FIELDS]; /* NULL: not set */
    const char *state;
};
static struct done log_[STEPS * 2];
static size_t log_count;
static struct id ids[RECORDS], people[PEOPLE];
static const char *names[PEOPLE][2]; /* each person is renamed once */
static int64_t renamed_at[PEOPLE];

static uint64_t seed;
static unsigned pick(unsigned n) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % n);
}

static civil_day base_day(void) { return civil_at(NOW) - 400; }

/* ---- the oracle ---- */

static const struct done *birth_of(int record, int64_t known) {
    for (size_t i = 0; i < log_count; i++)
        if (log_[i].record == record && log_[i].add && log_[i].position <= known) return &log_[i];
    return NULL;
}

/* The step that decides what held on a day: of those known, the one with the latest day up to it, and of one day's the one known last. */
static const struct done *decides(int record, int field, civil_day day, int64_t known) {
    const struct done *best = NULL;
    for (size_t i = 0; i < log_count; i++) {
        const struct done *d = &log_[i];
        bool says = field < FIELDS ? d->values[field] != NULL : d->state != NULL;
        if (d->record != record || d->position > known || d->effective > day || !says) continue;
        if (!best || d->effective >= best->effective) best = d;
    }
    return best;
}

static bool is_there(int record, civil_day day, int64_t known) {
    const struct done *birth = birth_of(record, known);
    if (!birth || birth->effective > day) return false;
    for (size_t i = 0; i < log_count; i++)
        if (log_[i].record == record && log_[i].withdraw && log_[i].position <= known) return false;
    return true;
}

/* ---- doing ---- */

static void try_change(struct fixture *f, struct change *c, struct done d) {
    struct actor system = actor_system();
    struct change_done done;
    notes_init(&f->notes, &f->arena);
    c->reason = "试";
    c->expected = -1;
    c->reg = &thing_reg;
    c->record = ids[d.record];
    c->has_effective = !d.withdraw;
    c->effective = d.effective;
    enum fault fault = change_apply(f->registers, &system, NOW, c, &f->notes, &done);
    if (fault)
        return; /* refused by a rule (nothing changed, a move from another state, a day before the record's): then nothing happened */
    d.position = done.position;
    log_[log_count++] = d;
}

static void step(struct fixture *f) {
    int record = (int)pick(RECORDS);
    struct done d = {.record = record, .effective = base_day() + (civil_day)pick(300)};
    struct change c = {.kind = CHANGE_EDIT};
    struct change_value values[FIELDS];
    const struct done *birth = birth_of(record, INT64_MAX);
    if (birth) d.effective = birth->effective + (civil_day)pick(200);
    if (!birth) c.kind = CHANGE_ADD, d.add = true, d.state = "open";
    else if (!pick(12)) c.kind = CHANGE_WITHDRAW, d.withdraw = true;
    else if (!pick(4))
        c.kind = CHANGE_MOVE, c.move = pick(2) ? "close" : "open", d.state = strcmp(c.move, "close") ? "open" : "closed";
    for (int i = 0; i < FIELDS && (c.kind == CHANGE_ADD || c.kind == CHANGE_EDIT); i++) {
        if (c.kind == CHANGE_EDIT && pick(2)) continue;
        char id[ID_TEXT];
        id_format(&people[pick(PEOPLE)], id);
        d.values[i] = i == 0 ? arena_format(&f->arena, "名%u", pick(50))
                    : i == 1 ? arena_format(&f->arena, "%u", pick(50))
                             : arena_copy(&f->arena, id);
        values[c.value_count++] = (struct change_value){thing_fields[i].key, d.values[i], NULL};
    }
    c.values = values;
    try_change(f, &c, d);
}

/* An edit writes only what differs from the record as it stands now; so a value that it repeats is not set for its own day. The oracle is told the same
 * by asking what stands now before each edit. */
static void forget_unchanged(struct done *d, int64_t known) {
    for (int i = 0; i < FIELDS; i++) {
        const struct done *now = decides(d->record, i, base_day() + 100000, known);
        if (!d->add && d->values[i] && now && !strcmp(now->values[i], d->values[i])) d->values[i] = NULL;
    }
}

/* ---- asking ---- */

struct asking {
    civil_day day;
    int64_t known;
    int seen;
};

static const char *kept(const struct value *v, struct arena *a) {
    return v->kind == VALUE_INT ? arena_int(a, v->integer) : v->text ? v->text : "";
}

static enum fault compare(void *context, const struct record *r) {
    struct asking *q = context;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 10000);
    int record = 0;
    while (!id_same(&ids[record], &r->id)) record++;
    if (!is_there(record, q->day, q->known))
        fail_msg("record %d is listed on day %d known at %lld", record, q->day, (long long)q->known);
    q->seen++;
    for (int i = 0; i < FIELDS; i++) {
        const struct done *d = decides(record, i, q->day, q->known);
        const char *wanted = d ? d->values[i] : "";
        if (strcmp(kept(&r->values[i], &arena), wanted))
            fail_msg("record %d, %s: “%s”, not “%s”", record, thing_fields[i].key, kept(&r->values[i], &arena), wanted);
    }
    const struct done *s = decides(record, FIELDS, q->day, q->known);
    assert_string_equal(r->state, s ? s->state : "");
    struct id owner;
    if (r->values[2].text && id_parse(r->values[2].text, &owner))
        for (int i = 0; i < PEOPLE; i++)
            if (id_same(&owner, &people[i])) assert_string_equal(r->names[2], names[i][renamed_at[i] <= q->known]);
    return FAULT_NONE;
}

static void ask(struct fixture *f, struct conn *c, int64_t size) {
    struct actor system = actor_system();
    struct asking q = {.day = base_day() + (civil_day)pick(320), .known = (int64_t)pick((unsigned)size + 1)};
    struct list_query query = {
        .reg = &thing_reg, .look = {.has_as_of = true, .as_of = q.day, .has_known_at = true, .known_at = q.known}, .limit = 1000};
    char next[CURSOR_TEXT], before[CURSOR_TEXT];
    int64_t count;
    int wanted = 0;
    for (int i = 0; i < RECORDS; i++) wanted += is_there(i, q.day, q.known);
    assert_int_equal(record_list(f->registers, c, &system, &query, compare, &q, next, before), FAULT_NONE);
    assert_int_equal(q.seen, wanted);
    assert_int_equal(record_count(f->registers, c, &system, &query, 0, &count), FAULT_NONE);
    assert_int_equal(count, wanted);
}

static void agree(void **state) {
    struct fixture *f = *state;
    fixture_shut(f);
    fixture_reopen(f, thing_regs, 2);
    seed = 20190301;
    log_count = 0;
    for (int i = 0; i < RECORDS; i++) ids[i] = id_make(NOW + i);
    struct actor system = actor_system();
    for (int i = 0; i < PEOPLE; i++) {
        people[i] = id_make(NOW + 100 + i);
        for (int k = 0; k < 2; k++) names[i][k] = arena_format(&f->arena, "演示·%d%s", i, k ? "改" : "");
        const struct change_value v = {"name", names[i][0], NULL};
        struct change c = {.kind = CHANGE_ADD,
                           .reg = &person_reg,
                           .record = people[i],
                           .values = &v,
                           .value_count = 1,
                           .expected = -1,
                           .reason = "试",
                           .has_effective = true,
                           .effective = base_day() - 1};
        assert_int_equal(change_apply(f->registers, &system, NOW, &c, &f->notes, NULL), FAULT_NONE);
        renamed_at[i] = INT64_MAX;
    }
    for (int n = 0; n < STEPS; n++) {
        size_t before = log_count;
        step(f);
        if (log_count > before) {
            struct done d = log_[--log_count];
            forget_unchanged(&d, INT64_MAX);
            log_[log_count++] = d;
        }
        if (n % 40 == 39) {
            int i = n / 40;
            struct change_done done;
            const struct change_value v = {"name", names[i][1], NULL};
            struct change c = {.kind = CHANGE_EDIT,
                               .reg = &person_reg,
                               .record = people[i],
                               .values = &v,
                               .value_count = 1,
                               .expected = -1,
                               .reason = "改名",
                               .has_effective = true,
                               .effective = base_day() - 1};
            assert_int_equal(change_apply(f->registers, &system, NOW, &c, &f->notes, &done), FAULT_NONE);
            renamed_at[i] = done.position;
        }
    }
    assert_true(log_count > STEPS / 2);
    struct conn *c = NULL;
    int64_t size;
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    assert_int_equal(journal_size(c, TENANT, &size), FAULT_NONE);
    for (int i = 0; i < ASKED; i++) ask(f, c, size);
    store_read_end(&c);
}

/* What people may write for the time of knowledge. */
static void asked_for(void **state) {
    struct fixture *f = *state;
    struct conn *c = NULL;
    struct look look;
    int64_t size;
    assert_int_equal(add(f, &person_reg, id_make(NOW), "name=演示·一", NULL), FAULT_NONE);
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    assert_int_equal(journal_size(c, TENANT, &size), FAULT_NONE);
    static const char *const after[] = {"2026-03-02 10:00", "2026-03-02", "2026-03-02T10:00", "2027-01-01"}, *const before[] = {
                                                                                                                 "2026-03-02 09:59",
                                                                                                                 "2026-03-01"};
    for (size_t i = 0; i < COUNT_OF(after); i++) {
        assert_int_equal(look_ask(c, NULL, after[i], NULL, &look), FAULT_NONE);
        assert_int_equal(look.known_at, size - 1);
    }
    for (size_t i = 0; i < COUNT_OF(before); i++) {
        assert_int_equal(look_ask(c, NULL, before[i], NULL, &look), FAULT_NONE);
        assert_int_equal(look.known_at, -1);
    }
    assert_int_equal(look_ask(c, "2026-01-01", "2", NULL, &look), FAULT_NONE);
    assert_true(look.has_as_of && look.known_at == 2);
    assert_int_equal(look_ask(c, "", NULL, NULL, &look), FAULT_NONE);
    assert_false(look.has_as_of || look.has_known_at);
    static const char *const bad[] = {"soon", "2026-13-01", "-1", "2026-03-02 25:00"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) assert_int_equal(look_ask(c, NULL, bad[i], NULL, &look), FAULT_INPUT);
    assert_int_equal(look_ask(c, "soon", NULL, NULL, &look), FAULT_INPUT);
    store_read_end(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(agree, fixture_open, fixture_close),
                                       cmocka_unit_test_setup_teardown(asked_for, fixture_open, fixture_close)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
