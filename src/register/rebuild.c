/* rebuild.c - all projections made again from the journal, in one transaction: until it commits, readers see the old ones. */
#include "register/inside.h"

#include <stdio.h>

enum { TOLD_EVERY = 1000 };

struct rebuilding {
    struct registers *registers;
    struct conn *conn;
    rebuild_progress tell;
    void *context;
    int64_t size;
};

static enum fault project_again(void *context, const struct entry_row *row) {
    struct rebuilding *r = context;
    if (r->tell && row->position % TOLD_EVERY == 0) r->tell(r->context, row->position, r->size);
    return project_entry(r->registers, r->conn, r->conn, &row->entry, row->position);
}

static enum fault empty_table(struct conn *c, const char *name) {
    char sql[100];
    snprintf(sql, sizeof sql, "DELETE FROM %s", name);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(c, sql, &s);
    return f ? f : stmt_run(s);
}

static enum fault rebuild(struct conn *c, void *argument) {
    struct rebuilding *r = argument;
    r->conn = c;
    enum fault f = empty_table(c, definition_table.name);
    if (!f) f = empty_table(c, once_table.name);
    if (!f) f = empty_table(c, tally_table.name);
    if (!f) f = empty_table(c, access_table.name);
    for (size_t i = 0; !f && i < r->registers->count; i++)
        for (int k = 0; !f && k < 2; k++) f = empty_table(c, r->registers->layouts[i].tables[k].name);
    if (!f) f = search_clear(c);
    if (!f) f = journal_size(c, TENANT, &r->size);
    if (!f) f = journal_scan(c, TENANT, 0, r->size, project_again, r);
    if (!f && r->tell) r->tell(r->context, r->size, r->size);
    return f;
}

enum fault registers_rebuild(struct registers *registers, rebuild_progress tell, void *context) {
    struct rebuilding r = {.registers = registers, .tell = tell, .context = context};
    return store_change_many(registers->store, rebuild, &r);
}
