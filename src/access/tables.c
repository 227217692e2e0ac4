/* tables.c - the work tables of the access room: sessions, passwords, the second step, tries at signing in, addresses of calendars, what was refused. */
#include "access/inside.h"

static const struct store_column session_columns[] = {
    {"tenant", STORE_INT, true},  {"token_hash", STORE_BLOB, true}, {"person", STORE_BLOB, true},  {"begun_ms", STORE_INT, true},
    {"seen_ms", STORE_INT, true}, {"address", STORE_TEXT, false},   {"device", STORE_TEXT, false},
};
static const char *const session_indexes[] = {"tenant, person", NULL};

static const struct store_column credential_columns[] = {
    {"tenant", STORE_INT, true},
    {"person", STORE_BLOB, true},
    {"hash", STORE_TEXT, true},
    {"set_ms", STORE_INT, true},
};

/* Between password and code; nothing of it is a session. */
static const struct store_column half_columns[] = {
    {"tenant", STORE_INT, true},   {"token_hash", STORE_BLOB, true}, {"person", STORE_BLOB, true},
    {"begun_ms", STORE_INT, true}, {"tries_left", STORE_INT, true},
};

/* `last_step`: of the newest code that was used; `journal`: its size at the set-up, resets from there on take it away. */
static const struct store_column second_columns[] = {
    {"tenant", STORE_INT, true},    {"person", STORE_BLOB, true},  {"salt", STORE_BLOB, true},   {"mark", STORE_BLOB, true},
    {"last_step", STORE_INT, true}, {"since_ms", STORE_INT, true}, {"journal", STORE_INT, true},
};
static const struct store_column setup_columns[] = {
    {"tenant", STORE_INT, true}, {"person", STORE_BLOB, true}, {"salt", STORE_BLOB, true}, {"made_ms", STORE_INT, true}};
static const struct store_column code_columns[] = {
    {"tenant", STORE_INT, true}, {"person", STORE_BLOB, true}, {"hash", STORE_BLOB, true}};

static const struct store_column attempt_columns[] = {
    {"tenant", STORE_INT, true}, {"id", STORE_BLOB, true},      {"at_ms", STORE_INT, true},   {"person", STORE_BLOB, false},
    {"what", STORE_TEXT, true},  {"address", STORE_TEXT, true}, {"device", STORE_TEXT, true},
};
static const char *const attempt_indexes[] = {"tenant, person, id", NULL};

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
    {"half_signin", TABLE_WORK, half_columns, COUNT_OF(half_columns), "tenant, token_hash", session_indexes, true},
    {"second", TABLE_WORK, second_columns, COUNT_OF(second_columns), "tenant, person", NULL, true},
    {"second_setup", TABLE_WORK, setup_columns, COUNT_OF(setup_columns), "tenant, person", NULL, true},
    {"second_code", TABLE_WORK, code_columns, COUNT_OF(code_columns), "tenant, person, hash", NULL, true},
    {"attempt", TABLE_WORK, attempt_columns, COUNT_OF(attempt_columns), "tenant, id", attempt_indexes, true},
    {"signin_failure", TABLE_WORK, failure_columns, COUNT_OF(failure_columns), "tenant, subject", NULL, true},
    {"feed", TABLE_WORK, feed_columns, COUNT_OF(feed_columns), "tenant, person", feed_indexes, true},
    {"refusal", TABLE_WORK, refusal_columns, COUNT_OF(refusal_columns), "tenant, id", NULL, true},
};

const struct store_table *access_tables(size_t *count) {
    *count = COUNT_OF(tables);
    return tables;
}
