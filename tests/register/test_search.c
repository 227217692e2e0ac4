/* test_search.c - random texts searched by random words: the index, the filter's ~ and within() agree with a plain scan of what was entered. */
#include "fixture.h"

#include "register/inside.h"

enum { RECORDS = 120, ASKED = 200, UNITS = 4 };

static const struct reg_field unit_fields[] = {{"name", "名称", REG_TEXT, REQUIRED | LISTED | NAME},
                                               {"parent", "上级", REG_REF, LISTED, .to = "unit"}};
static const struct reg unit_reg = {
    .key = "unit", .label = "单位", .read = "unit.read", .record = "unit.record", .fields = unit_fields, .field_count = 2};
static const struct reg_field note_fields[] = {{"title", "标题", REG_TEXT, REQUIRED | LISTED | NAME},
                                               {"body", "正文", REG_LONG},
                                               {"kind", "类别", REG_CHOICE, .choices = {{"fire", "消防"}, {"gas", "气瓶"}}},
                                               {"secret", "密件", REG_TEXT, PRIVATE},
                                               {"day", "日期", REG_DATE, REQUIRED}};
static const struct reg note_reg = {.key = "note",
                                    .label = "记事",
                                    .read = "note.read",
                                    .record = "note.record",
                                    .fields = note_fields,
                                    .field_count = 5,
                                    .date = "day",
                                    .private_ = "note.private"};
static const struct reg *const search_regs[] = {&person_reg, &unit_reg, &note_reg};

/* What a plain scan looks through. */
struct entered {
    struct id id;
    const char *title, *body, *kind;
    int unit;
    bool withdrawn;
};
static struct entered entered[RECORDS];
static struct id units[UNITS]; /* 0 above 1 above 2; 3 beside them */

static uint64_t seed;
static unsigned pick(unsigned n) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % n);
}

static const char *const pieces[] = {"消",   "防", "通", "道", "灯", "气", "瓶",   "室", "fire",
                                     "door", "A1", "，", " ",  "。", "Ä",  "１２", "ｂ", "消防"};

static const char *random_text(struct fixture *f, unsigned most) {
    const char *out = pieces[pick(8)]; /* begins with a character, so that it is not blank */
    for (unsigned n = pick(most); n; n--) out = arena_format(&f->arena, "%s%s", out, pieces[pick(COUNT_OF(pieces))]);
    return out;
}

static enum fault put(struct fixture *f, enum change_kind kind, int n) {
    struct actor system = actor_system();
    struct entered *e = &entered[n];
    const struct change_value values[] = {{"title", e->title, NULL},
                                          {"body", e->body, NULL},
                                          {"kind", e->kind, NULL},
                                          {"secret", "机密内容", NULL},
                                          {"day", "2026-03-01", NULL}};
    struct change c = {.kind = kind,
                       .reg = &note_reg,
                       .record = e->id,
                       .values = values,
                       .value_count = kind == CHANGE_WITHDRAW ? 0 : 5,
                       .unit = units[e->unit],
                       .reason = "试",
                       .expected = -1};
    return change_apply(f->registers, &system, NOW, &c, &f->notes, NULL);
}

static void fill(struct fixture *f) {
    fixture_shut(f);
    fixture_reopen(f, search_regs, 3);
    struct actor system = actor_system();
    for (int i = 0; i < UNITS; i++) {
        char parent[ID_TEXT] = "";
        units[i] = id_make(NOW + i);
        if (i == 1 || i == 2) id_format(&units[i - 1], parent);
        const struct change_value values[] = {{"name", arena_format(&f->arena, "单位%d", i), NULL}, {"parent", parent, NULL}};
        struct change c = {
            .kind = CHANGE_ADD, .reg = &unit_reg, .record = units[i], .values = values, .value_count = 2, .expected = -1};
        assert_int_equal(change_apply(f->registers, &system, NOW, &c, &f->notes, NULL), FAULT_NONE);
    }
    for (int n = 0; n < RECORDS; n++) {
        entered[n] = (struct entered){id_make(NOW + n),         random_text(f, 6), random_text(f, 20),
                                      pick(2) ? "fire" : "gas", (int)pick(UNITS),  false};
        assert_int_equal(put(f, CHANGE_ADD, n), FAULT_NONE);
    }
    for (int n = 0; n < RECORDS; n++) { /* some are corrected: what stood there before is no longer found; some are withdrawn */
        if (!pick(4)) {
            entered[n].title = arena_format(&f->arena, "%s改", random_text(f, 6));
            assert_int_equal(put(f, CHANGE_EDIT, n), FAULT_NONE);
        }
        if (!pick(8)) {
            assert_int_equal(put(f, CHANGE_WITHDRAW, n), FAULT_NONE);
            entered[n].withdrawn = true;
        }
    }
}

/* What stands in a record, as it was typed. */
static const char *all_of(struct fixture *f, const struct entered *e) {
    return arena_format(&f->arena, "%s\n%s\n%s", e->title, e->body, strcmp(e->kind, "fire") ? "气瓶" : "消防");
}

struct found {
    bool seen[RECORDS];
    int count;
};

static enum fault see(void *context, const struct record *r) {
    struct found *found = context;
    for (int n = 0; n < RECORDS; n++)
        if (id_same(&entered[n].id, &r->id)) found->seen[n] = true;
    found->count++;
    return FAULT_NONE;
}

static void ask(struct fixture *f, struct conn *c, const char *typed, const char *filter_text, struct found *out) {
    struct actor system = actor_system();
    struct filter *filter = NULL;
    struct filter_context context = {.actor = &system, .registers = f->registers, .conn = c};
    char next[CURSOR_TEXT], before[CURSOR_TEXT];
    *out = (struct found){0};
    notes_init(&f->notes, &f->arena);
    if (filter_text) assert_int_equal(filter_parse(&note_reg, filter_text, &context, &f->arena, &f->notes, &filter), FAULT_NONE);
    struct list_query q = {.reg = &note_reg, .search = typed, .filter = filter, .limit = 1000};
    assert_int_equal(record_list(f->registers, c, &system, &q, see, out, next, before), FAULT_NONE);
    for (int n = 0; n < RECORDS && filter; n++) { /* memory says the same */
        struct record r;
        assert_int_equal(record_read(f->registers, c, &system, &note_reg, &entered[n].id, NULL, &f->arena, &r), FAULT_NONE);
        if (!r.withdrawn) assert_int_equal(filter_matches(filter, &note_reg, &r), out->seen[n]);
    }
}

static void agrees_with_a_scan(void **state) {
    struct fixture *f = *state;
    static const char *const short_words[] = {"消", "防", "灯", "消防", "防通", "气瓶", "道灯", "灯灯"};
    seed = 20190301;
    fill(f);
    struct conn *c = NULL;
    struct found found, same;
    int hits = 0;
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    for (size_t i = 0; i < COUNT_OF(short_words); i++) { /* one and two characters are found exactly */
        ask(f, c, short_words[i], NULL, &found);
        for (int n = 0; n < RECORDS; n++)
            if (found.seen[n] != (!entered[n].withdrawn && strstr(all_of(f, &entered[n]), short_words[i])))
                fail_msg("“%s” in record %d “%s”: %d", short_words[i], n, all_of(f, &entered[n]), found.seen[n]);
        hits += found.count;
    }
    assert_true(hits > 50);
    int64_t counted, standing = 0; /* and so does the count of the whole register */
    for (int n = 0; n < RECORDS; n++) standing += !entered[n].withdrawn;
    assert_in_range(standing, 1, RECORDS - 1);
    assert_int_equal(
        record_count(f->registers, c, &(struct actor){.system = true}, &(struct list_query){.reg = &note_reg}, 0, &counted),
        FAULT_NONE);
    assert_int_equal(counted, standing);
    for (int i = 0; i < ASKED;
         i++) { /* longer ones by the same terms, in each of the ways that large registers are asked; ~ is the same */
        f->registers->bounds = i % 4 ? (struct list_bounds){1, 1, i % 4 == 1 ? 1000 : 0, i % 4 == 2 ? 1 : 1000} : list_bounds_usual;
        const char *typed = random_text(f, 4);
        ask(f, c, typed, NULL, &found);
        for (int n = 0; n < RECORDS; n++)
            if (found.seen[n] != (!entered[n].withdrawn && search_matches(all_of(f, &entered[n]), typed)))
                fail_msg("“%s” in record %d “%s”: %d", typed, n, all_of(f, &entered[n]), found.seen[n]);
        if (i % 10 || strpbrk(typed, "\"\\")) continue;
        ask(f, c, NULL, arena_format(&f->arena, "~ \"%s\"", typed), &same);
        assert_memory_equal(found.seen, same.seen, sizeof found.seen);
    }
    ask(f, c, "机密", NULL, &found); /* private values are not searched */
    assert_int_equal(found.count, 0);
    store_read_end(&c);
}

static void units_below_are_within(void **state) {
    struct fixture *f = *state;
    seed = 7;
    fill(f);
    struct conn *c = NULL;
    struct found found;
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    for (int top = 0; top < UNITS; top++) {
        ask(f, c, NULL, arena_format(&f->arena, "within(\"单位%d\") AND ~ \"消\"", top), &found);
        for (int n = 0; n < RECORDS; n++) {
            bool within = top == 3 ? entered[n].unit == 3 : entered[n].unit >= top && entered[n].unit < 3;
            assert_int_equal(found.seen[n], within && !entered[n].withdrawn && strstr(all_of(f, &entered[n]), "消") != NULL);
        }
    }
    ask(f, c, NULL, "NOT within(\"单位0\")", &found);
    for (int n = 0; n < RECORDS; n++) assert_int_equal(found.seen[n], entered[n].unit == 3 && !entered[n].withdrawn);
    store_read_end(&c);
}

struct by_unit {
    int64_t counts[UNITS];
};

static enum fault see_unit(void *context, const struct id *unit, int64_t count) {
    struct by_unit *b = context;
    for (int i = 0; i < UNITS; i++)
        if (id_same(&units[i], unit)) return b->counts[i] += count, FAULT_NONE;
    fail_msg("a unit that no record has");
    return FAULT_STATE;
}

/* Counts by unit are a scan's, of the units that the reader may read and of no others. */
static void counts_by_unit_agree(void **state) {
    struct fixture *f = *state;
    static const char *const asked[] = {"消", "防通", "气瓶", "灯", "", "不在这里", "机密"};
    seed = 11;
    fill(f);
    struct conn *c = NULL;
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    struct actor_grant limited = {"note.read note.private", &units[1], 2}, elsewhere = {"person.read", NULL, 0};
    const struct actor readers[] = {{.system = true}, {.grants = &limited, .grant_count = 1}};
    const struct actor nobody = {.grants = &elsewhere, .grant_count = 1};
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        struct list_query q = {.reg = &note_reg, .search = asked[i]};
        int64_t all;
        struct by_unit b;
        for (int limit = 0; limit < 2; limit++) {
            int64_t counts[UNITS] = {0}, sum = 0;
            for (int n = 0; n < RECORDS; n++) {
                int unit = entered[n].unit;
                bool seen = (!limit || unit == 1 || unit == 2) && !entered[n].withdrawn && strstr(all_of(f, &entered[n]), asked[i]);
                counts[unit] += seen, sum += seen;
            }
            b = (struct by_unit){0};
            assert_int_equal(record_count_units(f->registers, c, &readers[limit], &q, 1000, see_unit, &b, &all), FAULT_NONE);
            assert_memory_equal(b.counts, counts, sizeof counts);
            assert_int_equal(all, sum);
            b = (struct by_unit){0};
            assert_int_equal(record_count_units(f->registers, c, &readers[limit], &q, 3, see_unit, &b, &all), FAULT_NONE);
            assert_int_equal(all, sum > 3 ? 3 : sum);
        }
        assert_int_equal(record_count_units(f->registers, c, &nobody, &q, 1000, see_unit, &b, &all), FAULT_RIGHT);
    }
    store_read_end(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(agrees_with_a_scan, fixture_open, fixture_close),
                                       cmocka_unit_test_setup_teardown(units_below_are_within, fixture_open, fixture_close),
                                       cmocka_unit_test_setup_teardown(counts_by_unit_agree, fixture_open, fixture_close)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
