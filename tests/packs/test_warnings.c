/* test_warnings.c - warnings planned while the machine's clock jumps back, forward and over a leap day: none is lost, none falls twice. */
#include "access/access.h"
#include "packs/packs.h"
#include "register/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { REGS_MAX = 128, MEMORY = 64 << 20 };
#define DAY_MS INT64_C(86400000)

static char folder[] = "/tmp/taizhang-warnings-XXXXXX";
static struct store *store;
static struct journal *journal;
static struct registers *registers;
static const struct reg *regs[REGS_MAX];
static struct arena arena;
static struct notes notes;
static struct id person;

/* Nine in the morning in China. */
static int64_t morning(int year, int month, int day) { return civil_from_ymd(year, month, day) * DAY_MS + 3600000; }

static void add(const char *key, const struct id *id, const struct change_value *values, size_t count, int64_t now_ms) {
    struct actor actor = actor_system();
    struct change c = {.kind = CHANGE_ADD,
                       .reg = register_named(registers, key),
                       .record = *id,
                       .values = values,
                       .value_count = count,
                       .expected = -1,
                       .reason = "test"};
    enum fault f = change_apply(registers, &actor, now_ms, &c, &notes, NULL);
    for (const struct note *n = notes.first; n; n = n->next) print_message("# %s: %s\n", n->place, n->sentence);
    assert_int_equal(f, FAULT_NONE);
}

static int setup(void **state) {
    (void)state;
    arena_init(&arena, MEMORY);
    notes_init(&notes, &arena);
    if (!mkdtemp(folder)) return -1;
    size_t count = 0, tables;
    for (size_t i = 0; packs[i]; i++)
        for (const struct reg *const *reg = packs[i]->registers; *reg; reg++) regs[count++] = *reg;
    char database[200], key[200], public_key[200];
    snprintf(database, sizeof database, "%s/t.db", folder);
    snprintf(key, sizeof key, "%s/journal.key", folder);
    snprintf(public_key, sizeof public_key, "%s/journal.pub", folder);
    enum fault f = key_make(key, public_key, "demo.test/log", &notes);
    if (!f) f = store_open(database, true, &notes, &store);
    const struct store_table *table = journal_tables(&tables);
    if (!f) f = store_declare(store, table, tables, &notes);
    table = access_tables(&tables);
    if (!f) f = store_declare(store, table, tables, &notes);
    if (!f) f = journal_open(store, key, &notes, &journal);
    if (!f) f = registers_open(store, journal, regs, count, morning(2028, 2, 1), &notes, &registers);
    person = id_make(1);
    return f ? -1 : 0;
}

static int teardown(void **state) {
    (void)state;
    store_close(store);
    registers_close(registers);
    journal_close(journal);
    arena_release(&arena);
    static const char *const names[] = {"t.db", "t.db-wal", "t.db-shm", "journal.key", "journal.pub"};
    char path[200];
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    return rmdir(folder) ? -1 : 0;
}

/* All warnings as one text: "day role seen?" by line, in their own order. */
static const char *warnings(int64_t now_ms) {
    struct text out;
    int64_t planned, moved;
    assert_int_equal(clocks_follow(registers, &moved), FAULT_NONE);
    assert_int_equal(clocks_warn(registers, now_ms, &planned), FAULT_NONE);
    _cleanup_(store_read_end) struct conn *c = NULL;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    assert_int_equal(store_read_begin(store, &c), FAULT_NONE);
    assert_int_equal(stmt_open(c, "SELECT day, due, rung, planned_ms FROM warning WHERE tenant = ?1 ORDER BY due, rung", &s),
                     FAULT_NONE);
    stmt_bind_int(s, 1, TENANT);
    text_init(&out, 4000);
    for (bool row = true; row;) {
        assert_int_equal(stmt_step(s, &row), FAULT_NONE);
        if (row)
            text_format(&out, "%s %s %d %lld\n", stmt_text(s, 0), stmt_text(s, 1), (int)stmt_int(s, 2), (long long)stmt_int(s, 3));
    }
    return arena_keep(&arena, &out);
}

static int lines(const char *text) {
    int n = 0;
    for (; *text; text++) n += *text == '\n';
    return n;
}

static void jumps_of_the_clock_are_harmless(void **state) {
    (void)state;
    char me[ID_TEXT];
    struct id clock = id_make(2);
    id_format(&person, me);
    const struct change_value who[] = {{"name", "演示·测试", NULL}, {"kind", "staff", NULL}, {"since", "2020-01-01", NULL}};
    const struct change_value term[] = {{"subject", "闰日", NULL},
                                        {"rule", "rectification", NULL},
                                        {"started", "2028-02-19", NULL},
                                        {"length", "10d", NULL},
                                        {"owner", me, NULL}};
    add("person", &person, who, COUNT_OF(who), morning(2028, 2, 1));
    add("clock", &clock, term, COUNT_OF(term), morning(2028, 2, 19));
    const char *first = warnings(morning(2028, 2, 28));
    assert_true(lines(first) >= 1);
    assert_non_null(strstr(first, " 2028-02-29 "));             /* it ends on the leap day, a Tuesday */
    assert_string_equal(warnings(morning(2028, 2, 9)), first);  /* back by weeks */
    assert_string_equal(warnings(morning(1970, 1, 2)), first);  /* a machine that lost its clock */
    assert_string_equal(warnings(morning(2028, 2, 28)), first); /* and again where it was */
    const char *second = warnings(morning(2028, 2, 29));
    assert_true(!strncmp(second, first, strlen(first)) || lines(second) > lines(first));
    const char *late = warnings(morning(2028, 3, 20)); /* forward: what fell meanwhile is planned once */
    assert_true(lines(late) > lines(second));
    assert_string_equal(warnings(morning(2028, 2, 28)), late);
    assert_string_equal(warnings(morning(2028, 3, 20)), late);
    assert_string_equal(warnings(morning(2100, 1, 1)), late);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {cmocka_unit_test(jumps_of_the_clock_are_harmless)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
