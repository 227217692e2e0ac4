/* tables.c - the work tables of the access room: sessions, passwords, failed tries at signing in, addresses of calendars, and what was refused. */
#include "access/inside.h"

static const struct store_column session_columns[] = {
    {"tenant", STORE_INT, true},   {"token_hash", STORE_BLOB, true}, {"person", STORE_BLOB, true},
    {"begun_ms", STORE_INT, true}, {"seen_ms", STORE_INT, true},
};
static const char *const session_indexes[] = {"tenant, person", NULL};

static const struct store_column credential_columns[] = {
    {"tenant", STORE_INT, true},
    {"person", STORE_BLOB, true},
    {"hash", STORE_TEXT, true},
    {"set_ms", STORE_INT, true},
};

/* `subject` is a digest: what people type as a login name may be their password, and addresses are personal. */
static const struct store_column failure_columns[] = {
    {"tenant", STORE_INT, true},   {"subject", STORE_BLOB, true}, {"failures", STORE_INT, true},
    {"since_ms", STORE_INT, true}, {"last_ms", STORE_INT, true},  {"success_ms", STORE_INT, true},
};

static const struct store_column refusal_columns[] = {
    {"tenant", STORE_INT, true},   {"id", STORE_BLOB, true},     {"at_ms", STORE_INT, true}, {"person", STORE_BLOB, false},
    {"address", STORE_TEXT, true}, {"method", STORE_TEXT, true}, {"path", STORE_TEXT, true}, {"what", STORE_TEXT, true},
};

static const struct store_column feed_columns[] = {
    {"tenant", STORE_INT, true}, {"person", STORE_BLOB, true}, {"key_hash", STORE_BLOB, true}, {"made_ms", STORE_INT, true}};
static const char *const feed_indexes[] = {"tenant, key_hash", NULL};

static const struct store_table tables[] = {
    {"session", TABLE_WORK, session_columns, COUNT_OF(session_columns), "tenant, token_hash", session_indexes, true},
    {"credential", TABLE_WORK, credential_columns, COUNT_OF(credential_columns), "tenant, person", NULL, true},
    {"signin_failure", TABLE_WORK, failure_columns, COUNT_OF(failure_columns), "tenant, subject", NULL, true},
    {"feed", TABLE_WORK, feed_columns, COUNT_OF(feed_columns), "tenant, person", feed_indexes, true},
    {"refusal", TABLE_WORK, refusal_columns, COUNT_OF(refusal_columns), "tenant, id", NULL, true},
};

const struct store_table *access_tables(size_t *count) {
    *count = COUNT_OF(tables);
    return tables;
}
