/* fixture.h - a scratch installation with a few registers of its own, for the tests of the register room. */
#ifndef TESTS_REGISTER_FIXTURE_H
#define TESTS_REGISTER_FIXTURE_H

#include "register/change.h"
#include "tests/postgres/scratch.h"
#include "register/filter.h"
#include "register/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* 2026-03-02 10:00 in China: the "now" of all tests. */
#define NOW 1772416800000LL

static const struct reg_field person_fields[] = {{"name", "姓名", REG_TEXT, REQUIRED | LISTED | NAME},
                                                 {"login", "登录名", REG_TEXT, KEY}};
static const struct reg person_reg = {
    .key = "person", .label = "人员", .read = "person.read", .record = "person.record", .fields = person_fields, .field_count = 2};

static const struct reg_field fault_fields[] = {
    {"number", "编号", REG_TEXT, REQUIRED | LISTED | KEY},
    {"found", "发现日期", REG_DATE, REQUIRED | LISTED},
    {"summary", "问题", REG_TEXT, REQUIRED | LISTED | NAME},
    {"grade", "等级", REG_CHOICE, LISTED | INDEXED, .choices = {{"grave", "重大"}, {"slight", "轻微"}}},
    {"people", "人数", REG_INT, LISTED | INDEXED, .unit = "人", .min = 0, .max = 1000},
    {"owner", "责任人", REG_REF, LISTED, .to = "person"},
    {"due", "期限", REG_DATE, 0, .not_before = "found"},
    {"remedy", "措施", REG_LONG},
    {"secret", "保密内容", REG_LONG, PRIVATE},
};
static const struct reg_state fault_states[] = {{"open", "整改中", false}, {"review", "待复核", false}, {"closed", "已销号", true}};
static const struct reg_move fault_moves[] = {
    {"submit", "提交", .from = {"open"}, .to = "review", .needs = {"remedy"}, .may = "fault.work"},
    {"pass", "通过", .from = {"review"}, .to = "closed", .may = "fault.review", .not_by = "submit"},
};
static const struct reg fault_reg = {.key = "fault",
                                     .label = "问题",
                                     .read = "fault.read",
                                     .record = "fault.record",
                                     .fields = fault_fields,
                                     .field_count = COUNT_OF(fault_fields),
                                     .states = fault_states,
                                     .state_count = 3,
                                     .moves = fault_moves,
                                     .move_count = 2,
                                     .date = "found",
                                     .private_ = "fault.private"};
static const struct reg *const test_regs[] = {&person_reg, &fault_reg};

struct fixture {
    char folder[64], database[400], key[100], pub[100];
    struct store *store;
    struct journal *journal;
    struct registers *registers;
    struct arena arena;
    struct notes notes;
    struct id person;
};

static inline void fixture_reopen_at(struct fixture *f, const struct reg *const *regs, size_t count, int64_t now_ms) {
    size_t n;
    const struct store_table *tables = journal_tables(&n);
    assert_int_equal(store_open(f->database, true, NULL, &f->store), FAULT_NONE);
    assert_int_equal(store_declare(f->store, tables, n, NULL), FAULT_NONE);
    assert_int_equal(journal_open(f->store, f->key, &f->notes, &f->journal), FAULT_NONE);
    assert_int_equal(registers_open(f->store, f->journal, regs, count, now_ms, &f->notes, &f->registers), FAULT_NONE);
}

static inline void fixture_reopen(struct fixture *f, const struct reg *const *regs, size_t count) {
    fixture_reopen_at(f, regs, count, NOW);
}

static inline void fixture_shut(struct fixture *f) {
    store_close(f->store);
    registers_close(f->registers);
    journal_close(f->journal);
}

static inline int fixture_open(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->folder, sizeof f->folder, "/tmp/taizhang-test-XXXXXX");
    if (!mkdtemp(f->folder)) return -1;
    snprintf(f->database, sizeof f->database, "%s/t.db", f->folder);
    scratch_path(f->database, sizeof f->database);
    snprintf(f->key, sizeof f->key, "%s/k", f->folder);
    snprintf(f->pub, sizeof f->pub, "%s/p", f->folder);
    arena_init(&f->arena, 64 << 20);
    notes_init(&f->notes, &f->arena);
    assert_int_equal(key_make(f->key, f->pub, "test.local/x", &f->notes), FAULT_NONE);
    fixture_reopen(f, test_regs, 2);
    *state = f;
    return 0;
}

static inline int fixture_close(void **state) {
    struct fixture *f = *state;
    fixture_shut(f);
    char command[200];
    snprintf(command, sizeof command, "rm -r %s", f->folder);
    int done = system(command);
    arena_release(&f->arena);
    free(f);
    return done;
}

/* Someone with these rights in all units. */
static inline struct actor somebody(const struct id *person, const char *rights) {
    static struct actor_grant grants[8];
    static int next;
    struct actor_grant *g = &grants[next++ % 8];
    *g = (struct actor_grant){rights, NULL, 0};
    struct actor a = {.name = "某人", .login = "x", .grants = g, .grant_count = 1};
    if (person) a.person = *person;
    return a;
}

/* "key=value|key=value" as change values; NULL-safe; lives in the fixture's arena. */
static inline void set_values(struct fixture *f, struct change *c, const char *pairs) {
    struct change_value *values = arena_array(&f->arena, struct change_value, 32);
    char *copy = arena_copy(&f->arena, pairs ? pairs : "");
    c->values = values;
    for (char *pair = copy, *end; pair && *pair; pair = end) {
        end = strchr(pair, '|');
        if (end) *end++ = 0;
        char *equals = strchr(pair, '=');
        assert_non_null(equals);
        *equals = 0;
        values[c->value_count++] = (struct change_value){pair, equals + 1, NULL};
    }
}

static inline enum fault apply(struct fixture *f, const struct actor *actor, struct change c, const char *pairs,
                               struct change_done *done) {
    set_values(f, &c, pairs);
    notes_init(&f->notes, &f->arena);
    return change_apply(f->registers, actor, NOW, &c, &f->notes, done);
}

static inline enum fault add(struct fixture *f, const struct reg *reg, struct id id, const char *pairs, const char *reason) {
    struct actor system = actor_system();
    return apply(f, &system, (struct change){.kind = CHANGE_ADD, .reg = reg, .record = id, .reason = reason, .expected = -1}, pairs,
                 NULL);
}

#endif
