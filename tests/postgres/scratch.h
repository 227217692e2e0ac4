/* scratch.h - where a test keeps its store: a file of its own or, under tests/postgres/server.sh, a schema of its own. */
#ifndef TESTS_POSTGRES_SCRATCH_H
#define TESTS_POSTGRES_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Replaces a database's path by the address of an empty schema, named for it, when the tests run on PostgreSQL. */
static inline void scratch_path(char *path, size_t room) {
    const char *server = getenv("TAIZHANG_TEST_POSTGRES");
    static int made;
    char command[600];
    if (!server || !strncmp(path, "postgresql:", 11)) return;
    int number = ++made;
    snprintf(command, sizeof command, "psql -q '%s' -c 'CREATE SCHEMA t%d_%d'", server, (int)getpid(), number);
    if (system(command)) abort();
    snprintf(path, room, "%s&options=-csearch_path%%3Dt%d_%d", server, (int)getpid(), number);
}

static inline int on_postgres(void) { return getenv("TAIZHANG_TEST_POSTGRES") != NULL; }

#endif
