/* barred.c - records that a person named in them never sees, whatever rights he holds. */
#include "register/inside.h"

#include <stdio.h>

/* The register that names the people, and whether `reg` only refers to it. */
static const struct reg *naming(const struct registers *rs, const struct reg *reg, bool *refers) {
    const struct reg_field *field = reg->barred ? reg_field_named(reg, reg->barred) : NULL;
    *refers = field && field->type == REG_REF;
    if (!field) return NULL;
    const struct reg *of = *refers ? register_named(rs, field->to) : reg;
    return of && of->barred ? of : NULL;
}

bool barred_any(const struct registers *rs, const struct reg *reg) {
    bool refers;
    return naming(rs, reg, &refers) != NULL;
}

/* Asked of the record as it is now, so that it holds for every past version, too. */
void barred_sql(const struct registers *rs, const struct reg *reg, int parameter, struct text *sql) {
    bool refers;
    const struct reg *of = naming(rs, reg, &refers);
    text_format(sql, " AND NOT EXISTS (SELECT 1 FROM r_%s b WHERE b.tenant = t.tenant AND b.id = t.%s%s AND b.f_%s LIKE ?%d)",
                of->key, refers ? "f_" : "id", refers ? reg->barred : "", of->barred, parameter);
}

void barred_pattern(const struct actor *actor, char out[BARRED_PATTERN]) {
    char id[ID_TEXT];
    id_format(&actor->person, id);
    snprintf(out, BARRED_PATTERN, "%%%s%%", id);
}

enum fault record_barred(const struct registers *rs, struct conn *conn, const struct actor *actor, const struct reg *reg,
                         const struct id *id, bool *out) {
    *out = false;
    if (actor->system || !barred_any(rs, reg)) return FAULT_NONE;
    char pattern[BARRED_PATTERN];
    _cleanup_(text_release) struct text sql;
    text_init(&sql, SQL_MAX);
    text_format(&sql, "SELECT 1 FROM r_%s t WHERE t.tenant = ?1 AND t.id = ?2", reg->key);
    barred_sql(rs, reg, 3, &sql);
    barred_pattern(actor, pattern);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, sql.at, &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, id);
    stmt_bind_text(s, 3, pattern);
    bool row;
    f = stmt_step(s, &row);
    if (!f) *out = !row;
    return f;
}
