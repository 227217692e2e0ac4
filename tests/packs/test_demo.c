/* test_demo.c - the demonstration data goes through the import without a remark, and its years come to the figures that the reports state. */
#include "access/access.h"
#include "packs/demo.h"
#include "packs/packs.h"
#include "register/import.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { REGS_MAX = 128, MEMORY = 64 << 20 };
#define NOW_MS INT64_C(1771200000000) /* 2026-02-16 */

static char folder[] = "/tmp/taizhang-demo-XXXXXX";
static struct store *store;
static struct journal *journal;
static struct registers *registers;
static const struct reg *regs[REGS_MAX];
static struct arena arena;
static struct notes notes;

static void show_notes(void) {
    for (const struct note *n = notes.first; n; n = n->next)
        print_message("# %s: %s | %s | %s\n", n->place, n->sentence, n->args[0] ? n->args[0] : "", n->args[1] ? n->args[1] : "");
}

static enum fault find_actor(const char *login, struct actor *out) {
    *out = actor_system();
    if (!login[0]) return FAULT_NONE;
    _cleanup_(store_read_end) struct conn *c = NULL;
    enum fault f = store_read_begin(store, &c);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    if (!f) f = stmt_open(c, "SELECT id FROM r_person WHERE tenant = ?1 AND f_login = ?2 AND withdrawn = 0", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, login);
    bool row;
    struct id person;
    f = stmt_step(s, &row);
    if (!f && (!row || !stmt_id(s, 0, &person))) f = FAULT_ABSENT;
    return f ? f : actor_read(c, &person, civil_at(NOW_MS), &arena, out);
}

static enum fault import_one(const struct demo_file *d, struct import_result *result) {
    struct actor actor;
    enum fault f = find_actor(d->as, &actor);
    if (f) return f;
    struct digest digest = digest_of(d->bytes, d->length);
    struct sheet_source source = {.bytes = d->bytes, .length = d->length, .name = d->name};
    struct import_options options = {.update = d->update != 0, .reason = d->reason};
    return import_file(registers, &actor, NOW_MS, register_named(registers, d->register_key), &source, &digest, &options, &arena, &notes, result);
}

static int setup(void **state) {
    (void)state;
    arena_init(&arena, MEMORY);
    notes_init(&notes, &arena);
    if (!mkdtemp(folder)) return -1;
    size_t count = 0;
    for (size_t i = 0; packs[i]; i++)
        for (const struct reg *const *reg = packs[i]->registers; *reg; reg++) regs[count++] = *reg;
    char database[200], key[200], public_key[200];
    snprintf(database, sizeof database, "%s/t.db", folder);
    snprintf(key, sizeof key, "%s/journal.key", folder);
    snprintf(public_key, sizeof public_key, "%s/journal.pub", folder);
    enum fault f = key_make(key, public_key, "demo.test/log", &notes);
    if (!f) f = store_open(database, true, &notes, &store);
    size_t tables;
    const struct store_table *table = journal_tables(&tables);
    if (!f) f = store_declare(store, table, tables, &notes);
    table = access_tables(&tables);
    if (!f) f = store_declare(store, table, tables, &notes);
    if (!f) f = journal_open(store, key, &notes, &journal);
    if (!f) f = registers_open(store, journal, regs, count, NOW_MS, &notes, &registers);
    show_notes();
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

static int64_t lines_of(const struct demo_file *d) {
    int64_t n = 0;
    for (size_t i = 0; i < d->length; i++) n += d->bytes[i] == '\n';
    return n;
}

static void every_row_is_imported(void **state) {
    (void)state;
    for (const struct demo_file *d = demo_files; d->pack; d++) {
        struct import_result result;
        enum fault f = import_one(d, &result);
        if (f || notes.count) print_message("# %s: %s\n", d->name, fault_sentence(f));
        show_notes();
        assert_int_equal(f, FAULT_NONE);
        assert_int_equal(notes.count, 0);
        assert_int_equal(result.failed, 0);
        assert_int_equal(result.repeated, 0);
        assert_int_equal(result.rows, lines_of(d) - 1);
    }
}

/* One number of a year; ?1 and ?2 are its first and last day, ?3 what is known without end. */
struct total { const char *what, *sql; int64_t in_2018, in_2019; };

#define OF(table, date) " FROM r_" table " WHERE f_" date " BETWEEN ?1 AND ?2 AND withdrawn = 0 AND ?3 > 0"
#define AT_END(table) " FROM h_" table " WHERE known_to = ?3 AND valid_from <= ?2 AND valid_to > ?2 AND withdrawn = 0 AND ?1 < ?2"

static const struct total totals[] = {
    {"activities", "SELECT count(*)" OF("activity", "date"), 9, 14},
    {"attendances", "SELECT sum(f_attendances)" OF("activity", "date"), 612, 968},
    {"lectures, seminars", "SELECT count(*)" OF("activity", "date") " AND f_kind IN ('lecture', 'seminar')", 2, 4},
    {"class meetings, assemblies", "SELECT count(*)" OF("activity", "date") " AND f_kind IN ('class_meeting', 'assembly')", 4, 6},
    {"inspections", "SELECT count(*)" OF("inspection", "date"), 4, 5},
    {"inspectors", "SELECT sum(f_inspectors)" OF("inspection", "date"), 18, 28},
    {"laboratories, joint", "SELECT count(*)" OF("inspection", "date") " AND f_kind = 'laboratory' AND f_joint = '安全保卫处'", 1, 2},
    {"dormitory inspectors", "SELECT sum(f_inspectors)" OF("inspection", "date") " AND f_kind = 'dormitory'", 5, 13},
    {"findings", "SELECT count(*)" AT_END("finding") " AND f_found BETWEEN ?1 AND ?2", 7, 9},
    {"solved", "SELECT count(*)" AT_END("finding") " AND f_found BETWEEN ?1 AND ?2 AND state = 'closed'", 4, 9},
    {"open", "SELECT count(*)" AT_END("finding") " AND f_found BETWEEN ?1 AND ?2 AND state IN ('open', 'review')", 1, 0},
    {"transferred", "SELECT count(*)" AT_END("finding") " AND f_found BETWEEN ?1 AND ?2 AND state = 'transferred'", 1, 0},
    {"dropped", "SELECT count(*)" AT_END("finding") " AND f_found BETWEEN ?1 AND ?2 AND state = 'dropped'", 1, 0},
    {"open of any year", "SELECT count(*)" AT_END("finding") " AND state IN ('open', 'review')", 1, 0},
    {"closed without proof", "SELECT count(*)" OF("finding", "found") " AND state = 'closed' AND (f_remedy IS NULL OR f_evidence IS NULL)", 0, 0},
    {"talks", "SELECT count(*)" OF("talk", "date"), 17, 28},
    {"talk attendances", "SELECT sum(f_attendances)" OF("talk", "date"), 31, 48},
    {"concerns", "SELECT count(*)" AT_END("concern") " AND f_date BETWEEN ?1 AND ?2", 4, 6},
    {"concerns solved", "SELECT count(*)" AT_END("concern") " AND f_date BETWEEN ?1 AND ?2 AND state = 'solved'", 3, 6},
    {"signs, slogans, banners", "SELECT sum(f_quantity)" OF("material", "date") " AND f_kind IN ('sign', 'slogan', 'banner')", 12, 20},
    {"pages", "SELECT sum(f_pages)" OF("material", "date") " AND f_kind IN ('questionnaire', 'checklist', 'notice')", 1386, 2140},
    {"manuals", "SELECT sum(f_quantity)" OF("material", "date") " AND f_kind = 'manual'", 416, 443},
    {"letters", "SELECT count(*)" OF("material", "date") " AND f_kind = 'letter'", 1, 1},
    {"messages", "SELECT sum(f_count)" OF("message", "date"), 540, 976},
    {"times of sending", "SELECT count(*)" OF("message", "date"), 14, 24},
    {"duty days", "SELECT count(DISTINCT f_date)" OF("duty", "date"), 365, 365},
    {"incidents", "SELECT sum(f_incidents)" OF("duty", "date"), 1, 0},
    {"network incidents", "SELECT sum(f_network)" OF("duty", "date"), 1, 0},
    {"staff", "SELECT sum(f_count)" AT_END("headcount") " AND f_kind = 'staff'", 30, 31},
    {"students", "SELECT sum(f_count)" AT_END("headcount") " AND f_kind = 'student'", 386, 412},
    {"responsibilities", "SELECT count(*)" AT_END("responsibility"), 10, 16},
    {"persons with responsibilities", "SELECT count(DISTINCT f_person)" AT_END("responsibility"), 10, 14},
    {"persons that are not marked as demonstration", "SELECT count(*) FROM r_person WHERE f_demo IS NOT 1 AND ?1 < ?2 AND ?3 > 0", 0, 0},
    {"leaders without responsibility",
     "SELECT count(*) FROM r_grant g JOIN r_role r ON r.id = g.f_role WHERE r.f_name = '院领导' AND g.f_person NOT IN "
     "(SELECT f_person FROM r_responsibility WHERE f_since <= ?2) AND ?1 < ?2 AND ?3 > 0", 0, 0},
};

static int64_t total_of(struct conn *c, const char *sql, int year) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    assert_int_equal(stmt_open(c, sql, &s), FAULT_NONE);
    char first[16], last[16];
    snprintf(first, sizeof first, "%d-01-01", year);
    snprintf(last, sizeof last, "%d-12-31", year);
    stmt_bind_text(s, 1, first);
    stmt_bind_text(s, 2, last);
    stmt_bind_int(s, 3, INT64_MAX);
    bool row;
    assert_int_equal(stmt_step(s, &row), FAULT_NONE);
    assert_true(row);
    return stmt_int(s, 0);
}

static void years_come_to_their_totals(void **state) {
    (void)state;
    _cleanup_(store_read_end) struct conn *c = NULL;
    assert_int_equal(store_read_begin(store, &c), FAULT_NONE);
    int wrong = 0;
    for (size_t i = 0; i < COUNT_OF(totals); i++) {
        int64_t a = total_of(c, totals[i].sql, 2018), b = total_of(c, totals[i].sql, 2019);
        if (a == totals[i].in_2018 && b == totals[i].in_2019) continue;
        print_message("# %s: %lld, %lld; expected %lld, %lld\n", totals[i].what, (long long)a, (long long)b, (long long)totals[i].in_2018,
                      (long long)totals[i].in_2019);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

/* What passed was passed by another person than who submitted it. */
static void four_eyes_saw_each_closing(void **state) {
    (void)state;
    _cleanup_(store_read_end) struct conn *c = NULL;
    assert_int_equal(store_read_begin(store, &c), FAULT_NONE);
    static const char closed[] = "SELECT count(*) FROM entry WHERE op = 'pass' AND ?1 < ?2 AND ?3 > 0";
    static const char alone[] = "SELECT count(*) FROM entry p JOIN entry s ON s.record = p.record AND s.op = 'submit' AND s.actor = p.actor "
                                "WHERE p.op = 'pass' AND ?1 < ?2 AND ?3 > 0";
    assert_int_equal(total_of(c, closed, 2019), 14);
    assert_int_equal(total_of(c, alone, 2019), 0);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_imported),
        cmocka_unit_test(years_come_to_their_totals),
        cmocka_unit_test(four_eyes_saw_each_closing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
