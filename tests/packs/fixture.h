/* fixture.h - an installation of all packs in a folder of its own, for the tests of this room. */
#ifndef TESTS_PACKS_FIXTURE_H
#define TESTS_PACKS_FIXTURE_H

#include "access/access.h"
#include "packs/packs.h"
#include "register/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { REGS_MAX = 128, MEMORY = 64 << 20 };

static char folder[] = "/tmp/taizhang-packs-XXXXXX";
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

/* Opened at a moment; false with the reason printed. */
static bool installation_open(int64_t now_ms) {
    arena_init(&arena, MEMORY);
    notes_init(&notes, &arena);
    if (!mkdtemp(folder)) return false;
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
    if (!f) f = registers_open(store, journal, regs, count, now_ms, &notes, &registers);
    show_notes();
    return !f;
}

static bool installation_close(void) {
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
    return !rmdir(folder);
}

#endif
