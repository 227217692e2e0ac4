/* fixture.h - an installation in a scratch folder with all packs' registers, and short ways to enter records. */
#ifndef TESTS_REPORT_FIXTURE_H
#define TESTS_REPORT_FIXTURE_H

#include "tests/postgres/scratch.h"
#include "../base/testing.h"

#include "journal/journal.h"
#include "packs/packs.h"
#include "report/inside.h"

#include <sys/stat.h>

struct installation {
    char folder[64], files[80];
    struct store *store;
    struct journal *journal;
    struct registers *registers;
    struct actor system;
    struct arena arena;
    struct id person;
};

static const int64_t TEST_NOW = 1577934000000; /* 2020-01-02 11:00 in China */

static inline const struct reg **all_registers(size_t *count) {
    static const struct reg *list[128];
    *count = 0;
    for (size_t i = 0; packs[i]; i++)
        for (const struct reg *const *r = packs[i]->registers; *r; r++) {
            assert_true(*count < COUNT_OF(list));
            list[(*count)++] = *r;
        }
    return list;
}

static inline void told(const struct notes *notes) {
    for (const struct note *n = notes->first; n; n = n->next) {
        _cleanup_(text_release) struct text line;
        text_init(&line, 4000);
        note_fill(&line, n->sentence, n->args);
        print_message("# %s: %s\n", n->place ? n->place : "", line.at);
    }
}

struct cell {
    const char *key, *typed;
};

/* Changes one record; the cells end with a NULL key. */
static inline enum fault change(struct installation *in, enum change_kind kind, const char *reg, struct id *id, const char *move,
                                const char *effective, const struct cell *cells) {
    struct change_value values[20];
    size_t n = 0;
    for (; cells && cells[n].key; n++) values[n] = (struct change_value){.key = cells[n].key, .typed = cells[n].typed};
    struct change c = {.kind = kind,
                       .reg = register_named(in->registers, reg),
                       .move = move,
                       .values = values,
                       .value_count = n,
                       .reason = "测试",
                       .expected = -1};
    if (kind == CHANGE_ADD) *id = id_make(TEST_NOW);
    c.record = *id;
    if (effective) c.has_effective = civil_parse(effective, &c.effective);
    struct notes notes;
    notes_init(&notes, &in->arena);
    enum fault f = change_apply(in->registers, &in->system, TEST_NOW, &c, &notes, NULL);
    if (f) told(&notes);
    return f;
}

#define CELLS(...) ((const struct cell[]){__VA_ARGS__, {NULL, NULL}})
static inline struct id add(struct installation *in, const char *reg, const struct cell *cells) {
    struct id id;
    assert_int_equal(change(in, CHANGE_ADD, reg, &id, NULL, NULL, cells), FAULT_NONE);
    return id;
}

static inline void installation_open(struct installation *in) {
    *in = (struct installation){.system = actor_system()};
    arena_init(&in->arena, 64 << 20);
    snprintf(in->folder, sizeof in->folder, "/tmp/taizhang-report-XXXXXX");
    assert_non_null(mkdtemp(in->folder));
    char path[400], public_path[100];
    snprintf(in->files, sizeof in->files, "%s/files", in->folder);
    mkdir(in->files, 0700);
    snprintf(path, sizeof path, "%s/t.db", in->folder);
    struct notes notes;
    notes_init(&notes, &in->arena);
    scratch_path(path, sizeof path);
    assert_int_equal(store_open(path, true, &notes, &in->store), FAULT_NONE);
    size_t count;
    const struct store_table *tables = journal_tables(&count);
    assert_int_equal(store_declare(in->store, tables, count, &notes), FAULT_NONE);
    snprintf(path, sizeof path, "%s/key", in->folder);
    snprintf(public_path, sizeof public_path, "%s/key.pub", in->folder);
    assert_int_equal(key_make(path, public_path, "test.example/report", &notes), FAULT_NONE);
    assert_int_equal(journal_open(in->store, path, &notes, &in->journal), FAULT_NONE);
    const struct reg **regs = all_registers(&count);
    enum fault f = registers_open(in->store, in->journal, regs, count, TEST_NOW, &notes, &in->registers);
    if (f) told(&notes);
    assert_int_equal(f, FAULT_NONE);
    in->person = add(in, "person", CELLS({"name", "测试甲"}, {"login", "jia"}, {"kind", "staff"}, {"since", "2010-01-01"}));
}

static inline void installation_close(struct installation *in) {
    registers_close(in->registers);
    store_close(in->store);
    journal_close(in->journal);
    arena_release(&in->arena);
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", in->folder);
    if (system(command)) print_message("# left: %s\n", in->folder);
}

#endif
