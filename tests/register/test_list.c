/* test_list.c - pages of a list meet without gap or overlap, forwards and backwards; rights, filter, search and time narrow it. */
#include "fixture.h"

#include "register/filter.h"
#include "register/inside.h"

struct seen {
    int count;
    struct id ids[400];
    char last_date[CIVIL_TEXT];
};

static enum fault see(void *context, const struct record *r) {
    struct seen *s = context;
    if (s->count && r->values[1].text) assert_true(strcmp(r->values[1].text, s->last_date) <= 0);
    snprintf(s->last_date, sizeof s->last_date, "%s", r->values[1].text);
    s->ids[s->count++] = r->id;
    return FAULT_NONE;
}

static void add_many(struct fixture *f, int count) {
    for (int i = 0; i < count; i++) {
        char pairs[200];
        snprintf(pairs, sizeof pairs, "number=N%d|found=2026-02-%02d|summary=%s%d|people=%d", i, 1 + i * 7 % 28,
                 i % 3 ? "灯坏" : "气瓶未固定", i, i);
        assert_int_equal(add(f, &fault_reg, id_make(NOW + i), pairs, "补"), FAULT_NONE);
    }
}

static int walk(struct fixture *f, struct list_query q, struct seen *all) {
    struct actor system = actor_system();
    struct conn *c = NULL;
    char next[CURSOR_TEXT] = "", before[CURSOR_TEXT], cursor[CURSOR_TEXT];
    int pages = 0;
    *all = (struct seen){0};
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    do {
        snprintf(cursor, sizeof cursor, "%s", next);
        q.cursor = cursor;
        assert_int_equal(record_list(f->registers, c, &system, &q, see, all, next, before), FAULT_NONE);
        pages++;
    } while (next[0]);
    store_read_end(&c);
    return pages;
}

static void pages_meet(void **state) {
    struct fixture *f = *state;
    static struct seen all;
    add_many(f, 123);
    assert_int_equal(walk(f, (struct list_query){.reg = &fault_reg, .limit = 10}, &all), 13);
    assert_int_equal(all.count, 123);
    for (int i = 0; i < all.count; i++)
        for (int k = 0; k < i; k++) assert_false(id_same(&all.ids[i], &all.ids[k]));
}

static void the_way_back_is_the_same(void **state) {
    struct fixture *f = *state;
    struct actor system = actor_system();
    struct seen first = {0}, second = {0}, again = {0};
    char next[CURSOR_TEXT], before[CURSOR_TEXT], n2[CURSOR_TEXT], b2[CURSOR_TEXT];
    struct conn *c = NULL;
    add_many(f, 35);
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    struct list_query q = {.reg = &fault_reg, .limit = 10};
    assert_int_equal(record_list(f->registers, c, &system, &q, see, &first, next, before), FAULT_NONE);
    assert_string_equal(before, "");
    q.cursor = next;
    assert_int_equal(record_list(f->registers, c, &system, &q, see, &second, n2, b2), FAULT_NONE);
    assert_true(b2[0] != 0);
    q.cursor = b2;
    q.backwards = true;
    assert_int_equal(record_list(f->registers, c, &system, &q, see, &again, next, before), FAULT_NONE);
    assert_int_equal(again.count, 10);
    for (int i = 0; i < 10; i++) assert_true(id_same(&again.ids[i], &first.ids[i]));
    assert_string_equal(before, "");
    q.cursor = "2026-02-30.x";
    assert_int_equal(record_list(f->registers, c, &system, &q, see, &again, next, before), FAULT_INPUT);
    store_read_end(&c);
}

/* --- sorted lists, against a plain sort of what was entered --- */

enum { SORTED = 60, SORTED_PAGE = 7 };
struct sorted {
    int people; /* -1: none */
    char found[CIVIL_TEXT];
    struct id id;
};
static struct sorted sorted[SORTED];
static bool falling;

/* Those without a value last either way; then the number, the date, the id. */
static int compare_sorted(const void *a, const void *b) {
    const struct sorted *x = a, *y = b;
    if ((x->people < 0) != (y->people < 0)) return x->people < 0 ? 1 : -1;
    int order = x->people != y->people ? x->people - y->people : strcmp(x->found, y->found);
    if (!order) order = memcmp(x->id.bytes, y->id.bytes, ID_BYTES);
    return falling ? -order : order;
}

static enum fault see_id(void *context, const struct record *r) {
    struct seen *s = context;
    assert_in_range(s->count, 0, COUNT_OF(s->ids) - 1);
    s->ids[s->count++] = r->id;
    return FAULT_NONE;
}

/* Forwards to the end and back again, page by page. */
static void walk_sorted(struct fixture *f, struct list_query q) {
    struct actor system = actor_system();
    struct conn *c = NULL;
    char next[CURSOR_TEXT] = "", before[CURSOR_TEXT], cursor[CURSOR_TEXT];
    struct seen all = {0}, page;
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    q.limit = SORTED_PAGE;
    do {
        memcpy(cursor, next, sizeof cursor);
        q.cursor = cursor;
        assert_int_equal(record_list(f->registers, c, &system, &q, see_id, &all, next, before), FAULT_NONE);
    } while (next[0]);
    assert_int_equal(all.count, SORTED);
    for (int i = 0; i < SORTED; i++)
        if (!id_same(&all.ids[i], &sorted[i].id)) fail_msg("%s: another record at %d", q.sort, i);
    q.backwards = true;
    for (int end = SORTED - SORTED % SORTED_PAGE; before[0]; end -= page.count) {
        page = (struct seen){0};
        memcpy(cursor, before, sizeof cursor);
        q.cursor = cursor;
        assert_int_equal(record_list(f->registers, c, &system, &q, see_id, &page, next, before), FAULT_NONE);
        assert_int_equal(page.count, SORTED_PAGE);
        for (int i = 0; i < page.count; i++)
            if (!id_same(&page.ids[i], &sorted[end - page.count + i].id)) fail_msg("%s: back at %d, %d", q.sort, end, i);
        if (!before[0]) assert_int_equal(end, page.count);
    }
    store_read_end(&c);
}

static void a_sorted_list_is_the_plain_sort(void **state) {
    struct fixture *f = *state;
    for (int i = 0; i < SORTED; i++) {
        char pairs[200], people[32] = "";
        struct sorted *s = &sorted[i];
        *s = (struct sorted){.people = i % 4 ? i * 13 % 5 : -1, .id = id_make(NOW + i)};
        snprintf(s->found, sizeof s->found, "2026-02-%02d", 1 + i * 7 % 9);
        if (s->people >= 0) snprintf(people, sizeof people, "|people=%d", s->people);
        snprintf(pairs, sizeof pairs, "number=N%d|found=%s|summary=灯坏%s", i, s->found, people);
        assert_int_equal(add(f, &fault_reg, s->id, pairs, "补"), FAULT_NONE);
    }
    for (int i = 0; i < 2; i++) {
        falling = i;
        qsort(sorted, SORTED, sizeof *sorted, compare_sorted);
        walk_sorted(f, (struct list_query){.reg = &fault_reg, .sort = falling ? "-people" : "people"});
        walk_sorted(
            f, (struct list_query){
                   .reg = &fault_reg, .sort = falling ? "-people" : "people", .look.has_known_at = true, .look.known_at = 1000});
    }
}

static void only_what_is_offered_sorts(void **state) {
    struct fixture *f = *state;
    struct actor system = actor_system();
    struct conn *c = NULL;
    struct seen all = {0};
    char next[CURSOR_TEXT], before[CURSOR_TEXT];
    static const char *const refused[] = {"summary", "secret", "-", "people;", "owner", "--people"}, *const good[] = {
                                                                                                         "",        "people",
                                                                                                         "-people", "grade",
                                                                                                         "found",   "-found",
                                                                                                         "entered", "-entered"};
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    struct list_query q = {.reg = &fault_reg};
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        q.sort = refused[i];
        assert_int_equal(record_list(f->registers, c, &system, &q, see_id, &all, next, before), FAULT_INPUT);
    }
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        q.sort = good[i];
        assert_int_equal(record_list(f->registers, c, &system, &q, see_id, &all, next, before), FAULT_NONE);
    }
    static const char *const cursors[] = {"2026-02-01.x~1", "2026-02-01", "~", "5~1", "2026-02-01.00000000000000000000000000~x"};
    for (size_t i = 0; i < COUNT_OF(cursors); i++) {
        q = (struct list_query){.reg = &fault_reg, .sort = "people", .cursor = cursors[i]};
        assert_int_equal(record_list(f->registers, c, &system, &q, see_id, &all, next, before), FAULT_INPUT);
    }
    store_read_end(&c);
}

static int64_t count_of(struct fixture *f, const struct actor *actor, struct list_query q, const char *filter_text) {
    struct filter_context context = {.actor = actor};
    struct filter *filter = NULL;
    if (filter_text) assert_int_equal(filter_parse(q.reg, filter_text, &context, &f->arena, &f->notes, &filter), FAULT_NONE);
    q.filter = filter;
    struct conn *c = NULL;
    int64_t n = -1;
    assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
    enum fault fault = record_count(f->registers, c, actor, &q, 0, &n);
    store_read_end(&c);
    return fault ? -(int64_t)fault : n;
}

static void conditions_narrow(void **state) {
    struct fixture *f = *state;
    struct actor system = actor_system(), nobody = {.name = "无"}, reader = somebody(NULL, "fault.read");
    add_many(f, 30);
    struct list_query q = {.reg = &fault_reg};
    for (int way = 0; way < 2; way++) { /* many rows in a large register are walked in order, and are the same rows */
        struct filter_context context = {.actor = &system};
        struct filter *filter;
        struct seen page = {0};
        struct conn *c = NULL;
        char next[CURSOR_TEXT], before[CURSOR_TEXT];
        f->registers->bounds = (struct list_bounds){way ? 1 : 1000, 5, 0, 0};
        assert_int_equal(filter_parse(&fault_reg, "people >= 10 AND people < 20 AND effective > 2026-01-01", &context, &f->arena,
                                      &f->notes, &filter),
                         FAULT_NONE);
        q.filter = filter;
        assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
        assert_int_equal(record_list(f->registers, c, &system, &q, see, &page, next, before), FAULT_NONE);
        assert_int_equal(page.count, 10);
        store_read_end(&c);
    }
    q.filter = NULL;
    assert_int_equal(count_of(f, &system, q, NULL), 30);
    assert_int_equal(count_of(f, &reader, q, NULL), 30);
    assert_int_equal(count_of(f, &nobody, q, NULL), -FAULT_RIGHT);
    assert_int_equal(count_of(f, &system, q, "people >= 10 AND people < 20"), 10);
    assert_int_equal(count_of(f, &system, q, "state = closed"), 0);
    q.search = "气瓶";
    assert_int_equal(count_of(f, &system, q, NULL), 10);
    q.search = "瓶气";
    assert_int_equal(count_of(f, &system, q, NULL), 0);
    struct list_query past = {.reg = &fault_reg, .look = {.has_as_of = true}};
    assert_true(civil_parse("2026-02-14", &past.look.as_of));
    int64_t then = count_of(f, &system, past, NULL);
    assert_true(then > 0 && then < 30);
    struct list_query known = {.reg = &fault_reg, .look = {.has_known_at = true, .known_at = 11}};
    assert_true(count_of(f, &system, known, NULL) < 30);
}

static enum fault any_unit(void *context, const struct id *unit, int64_t count) {
    (void)context, (void)unit, (void)count;
    return FAULT_NONE;
}

/* Lists, counts, and counts by unit of one query, each on a connection of its own as a page would have it. */
static void asked_three_ways(struct fixture *f, const struct list_query *q, enum fault wanted) {
    struct actor system = actor_system();
    for (int way = 0; way < 3; way++) {
        _cleanup_(store_read_end) struct conn *c = NULL;
        struct seen page = {0};
        char next[CURSOR_TEXT], before[CURSOR_TEXT];
        int64_t n;
        assert_int_equal(store_read_begin(f->store, &c), FAULT_NONE);
        enum fault got = way == 0 ? record_list(f->registers, c, &system, q, see, &page, next, before)
                       : way == 1 ? record_count(f->registers, c, &system, q, 0, &n)
                                  : record_count_units(f->registers, c, &system, q, 1000, any_unit, NULL, &n);
        if (got != wanted) fail_msg("way %d ended with %s", way, fault_word(got));
    }
}

static void what_takes_too_long_is_stopped(void **state) {
    struct fixture *f = *state;
    struct actor system = actor_system();
    struct filter_context context = {.actor = &system};
    struct filter *filter;
    _cleanup_(text_release) struct text words;
    text_init(&words, FILTER_BYTES);
    for (int i = 0; i < 40; i++) { /* long texts, in which much is looked for */
        const char *pairs = arena_format(&f->arena, "number=L%d|found=2026-02-01|summary=%0480d", i, i);
        assert_int_equal(add(f, &fault_reg, id_make(NOW + i), pairs, "补"), FAULT_NONE);
    }
    for (int i = 0; i < 190; i++) text_format(&words, "%ssummary : q%d", i ? " OR " : "", i);
    assert_int_equal(filter_parse(&fault_reg, words.at, &context, &f->arena, &f->notes, &filter), FAULT_NONE);
    struct list_query slow = {.reg = &fault_reg, .filter = filter}, quick = {.reg = &fault_reg};
    asked_three_ways(f, &slow, FAULT_NONE);
    registers_limit(f->registers, 1);
    for (int again = 0; again < 2; again++) asked_three_ways(f, &slow, FAULT_BUSY);
    registers_limit(f->registers, 5000);
    asked_three_ways(f, &slow, FAULT_NONE);
    asked_three_ways(f, &quick, FAULT_NONE);
}

static void units_narrow(void **state) {
    struct fixture *f = *state;
    static struct id ours, theirs;
    struct actor system = actor_system();
    ours = id_make(NOW), theirs = id_make(NOW);
    struct change c = {.kind = CHANGE_ADD, .reg = &fault_reg, .record = id_make(NOW), .unit = ours, .expected = -1};
    assert_int_equal(apply(f, &system, c, "number=1|found=2026-03-01|summary=本单位", NULL), FAULT_NONE);
    c.record = id_make(NOW);
    c.unit = theirs;
    assert_int_equal(apply(f, &system, c, "number=2|found=2026-03-01|summary=他单位", NULL), FAULT_NONE);
    struct actor_grant grant = {"fault.read", &ours, 1};
    struct actor local = {.name = "本", .grants = &grant, .grant_count = 1};
    assert_int_equal(count_of(f, &local, (struct list_query){.reg = &fault_reg}, NULL), 1);
    struct conn *conn = NULL;
    struct record r;
    assert_int_equal(store_read_begin(f->store, &conn), FAULT_NONE);
    assert_int_equal(record_read(f->registers, conn, &local, &fault_reg, &c.record, NULL, &f->arena, &r), FAULT_ABSENT);
    store_read_end(&conn);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pages_meet, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(the_way_back_is_the_same, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(a_sorted_list_is_the_plain_sort, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(only_what_is_offered_sorts, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(conditions_narrow, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(what_takes_too_long_is_stopped, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(units_narrow, fixture_open, fixture_close),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
