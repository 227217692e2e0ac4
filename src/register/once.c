/* once.c - changes that a client may send again: each is remembered by its key, in the change's own entry, and answered as done. */
#include "register/inside.h"

#include <string.h>

static const struct store_column once_columns[] = {
    {"tenant", STORE_INT, true}, {"key", STORE_BLOB, true}, {"body", STORE_BLOB, true}, {"position", STORE_INT, true}};
const struct store_table once_table = {"once", TABLE_PROJECTION, once_columns, COUNT_OF(once_columns), "tenant, key", NULL, true};

static int hex_digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

static bool digest_back(const char *hex, struct digest *out) {
    for (int i = 0; i < DIGEST_BYTES; i++) {
        int high = hex_digit(hex[2 * i]), low = high < 0 ? -1 : hex_digit(hex[2 * i + 1]);
        if (low < 0) return false;
        out->bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static void add_hex(char *out, const struct digest *d) {
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < DIGEST_BYTES; i++) {
        out[2 * i] = digits[d->bytes[i] >> 4];
        out[2 * i + 1] = digits[d->bytes[i] & 15];
    }
}

const char *once_text(const struct once *once, struct arena *arena) {
    char *out = arena_alloc(arena, 4 * DIGEST_BYTES + 1);
    add_hex(out, &once->key);
    add_hex(out + 2 * DIGEST_BYTES, &once->body);
    return out;
}

struct once once_next(const struct once *once) {
    return (struct once){digest_of(once->key.bytes, DIGEST_BYTES), once->body};
}

enum fault once_find(struct conn *conn, const struct once *once, bool *there, bool *same, int64_t *position) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, "SELECT body, position FROM once WHERE tenant = ?1 AND key = ?2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_blob(s, 2, once->key.bytes, DIGEST_BYTES);
    f = stmt_step(s, there);
    if (f || !*there) return f;
    size_t length;
    const void *body = stmt_blob(s, 0, &length);
    *same = length == DIGEST_BYTES && !memcmp(body, once->body.bytes, DIGEST_BYTES);
    *position = stmt_int(s, 1);
    return FAULT_NONE;
}

enum fault once_project(struct conn *into, const struct entry *e, int64_t position) {
    for (size_t i = 0; i < e->field_count; i++) {
        const struct field *field = &e->fields[i];
        struct once once;
        if (strcmp(field->key, "_once")) continue;
        if (!field->text || strlen(field->text) != 4 * DIGEST_BYTES || !digest_back(field->text, &once.key) ||
            !digest_back(field->text + 2 * DIGEST_BYTES, &once.body))
            return FAULT_TAMPERED;
        _cleanup_(stmt_done) struct stmt *s = NULL;
        enum fault f = stmt_open(into, "INSERT INTO once VALUES (?1, ?2, ?3, ?4)", &s);
        if (f) return f;
        stmt_bind_int(s, 1, TENANT);
        stmt_bind_blob(s, 2, once.key.bytes, DIGEST_BYTES);
        stmt_bind_blob(s, 3, once.body.bytes, DIGEST_BYTES);
        stmt_bind_int(s, 4, position);
        return stmt_run(s);
    }
    return FAULT_NONE;
}
