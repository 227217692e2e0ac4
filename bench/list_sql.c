/* list_sql.c - prints the statement that the list page of a register runs, its parameters filled in, so that the peers can run the same.
 *
 * list_sql DATA REGISTER */
#include "base/civil.h"
#include "main/instance.h"
#include "register/record.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static bool heard;

static int hear(unsigned event, void *context, void *statement, void *text) {
    (void)event, (void)context, (void)text;
    char *sql = heard ? sqlite3_expanded_sql(statement) : NULL;
    if (sql && !strncmp(sql, "SELECT", 6)) puts(sql);
    sqlite3_free(sql);
    return 0;
}

/* SQLite calls this for every connection that is opened. */
static int listen(sqlite3 *db, char **error, const void *api) {
    (void)error, (void)api;
    return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, hear, NULL);
}

static enum fault ignore(void *context, const struct record *record) {
    (void)context, (void)record;
    return FAULT_NONE;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    sqlite3_auto_extension((void (*)(void))listen);
    struct instance i;
    if (instance_open(argv[1], 1577836800000, NULL, &i)) return 1;
    struct actor actor = actor_system();
    struct list_query query = {.reg = register_named(i.registers, argv[2])};
    struct conn *c;
    char next[CURSOR_TEXT], before[CURSOR_TEXT];
    enum fault f = query.reg ? store_read_begin(i.store, &c) : FAULT_USAGE;
    heard = true;
    if (!f) f = record_list(i.registers, c, &actor, &query, ignore, NULL, next, before);
    heard = false;
    if (!f) store_read_end(&c);
    instance_close(&i);
    return f != FAULT_NONE;
}
