/* zero.c - what shows that nothing happened: a signed zero declaration, or a daily log without a gap that says 0 each day. */
#include "report/inside.h"

#include <string.h>

/* The head unit, if there is exactly one active unit without a parent: what covers it covers all. */
static enum fault head_unit(const struct registers *rs, struct conn *conn, struct id *out) {
    *out = (struct id){0};
    if (!register_named(rs, "unit")) return FAULT_NONE;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(
        conn, "SELECT id FROM r_unit WHERE tenant = ?1 AND withdrawn = 0 AND state = 'active' AND f_parent IS NULL LIMIT 2", &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    bool row;
    struct id id = {0};
    f = stmt_step(s, &row);
    if (f || !row || !stmt_id(s, 0, &id)) return f;
    f = stmt_step(s, &row);
    if (!f && !row) *out = id;
    return f;
}

/* Signed declarations are walked in order of their first day; what is covered grows from the period's start without a gap. */
static enum fault declared(const struct registers *rs, struct conn *conn, const struct figure *figure, civil_day *covered,
                           struct arena *arena) {
    *covered = figure->period.start - 1;
    if (!register_named(rs, "zero_declaration")) return FAULT_NONE;
    struct id head;
    enum fault f = head_unit(rs, conn, &head);
    if (f) return f;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    f = stmt_open(
        conn,
        "SELECT t.f_from, t.f_to FROM h_zero_declaration t WHERE t.tenant = ?1 AND t.known_from < ?2 AND t.known_to >= ?2"
        " AND t.valid_to = '9999-12-31' AND t.withdrawn = 0 AND t.state = 'signed' AND (t.f_register = ?3 OR t.f_register = ?4)"
        " AND (t.f_unit IS NULL OR t.f_unit = ?5) ORDER BY t.f_from, t.f_to",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, figure->position);
    stmt_bind_text(s, 3, figure->reg->key);
    stmt_bind_text(s, 4, arena_format(arena, "%s.%s", figure->reg->key, figure->measure->key));
    stmt_bind_id(s, 5, &head);
    bool row;
    for (f = stmt_step(s, &row); !f && row; f = stmt_step(s, &row)) {
        civil_day from, to;
        const char *first = stmt_text(s, 0);
        if (!first || !civil_parse(first, &from) || from > *covered + 1) continue;
        const char *last = stmt_text(s, 1);
        if (last && civil_parse(last, &to) && to > *covered) *covered = to;
    }
    return f;
}

/* A daily log is a register whose date is its key: one record a day, with a number that the measure adds up. */
static bool is_daily(const struct figure *f) {
    const struct reg_field *date = f->reg->date ? reg_field_named(f->reg, f->reg->date) : NULL;
    return f->measure->kind == MEASURE_SUM && !f->measure->at_end && !f->filter && date && date->flags & KEY;
}

static enum fault logged(struct conn *conn, const struct figure *f, struct arena *arena, civil_day *gap) {
    const char *date = f->measure->date ? f->measure->date : f->reg->date;
    const char *sql = arena_format(
        arena,
        "SELECT DISTINCT t.f_%s FROM h_%s t WHERE t.tenant = ?1 AND t.known_from < ?2 AND t.known_to >= ?2 AND t.valid_from <= ?3"
        " AND t.valid_to > ?3 AND t.withdrawn = 0 AND t.f_%s >= ?4 AND t.f_%s <= ?3 AND t.f_%s = 0 ORDER BY 1",
        date, f->reg->key, date, date, f->measure->of);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault fault = stmt_open(conn, sql, &s);
    if (fault) return fault;
    char start[CIVIL_TEXT], end[CIVIL_TEXT];
    civil_format(f->period.start, start);
    civil_format(f->period.end, end);
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, f->position);
    stmt_bind_text(s, 3, end);
    stmt_bind_text(s, 4, start);
    civil_day next = f->period.start;
    bool row;
    for (fault = stmt_step(s, &row); !fault && row; fault = stmt_step(s, &row)) {
        civil_day day;
        const char *text = stmt_text(s, 0);
        if (!text || !civil_parse(text, &day) || day != next) break;
        next++;
    }
    *gap = next;
    return fault;
}

enum fault zero_show(const struct registers *rs, struct conn *conn, struct arena *arena, struct figure *figure,
                     const char **lacking) {
    char day[CIVIL_TEXT];
    civil_day covered, gap = figure->period.start;
    *lacking = NULL;
    if (figure->value) return FAULT_NONE;
    if (is_daily(figure)) {
        enum fault f = logged(conn, figure, arena, &gap);
        if (f) return f;
        if (gap > figure->period.end) {
            figure->zero_shown = true;
            figure->zero_by = arena_format(arena, "%s每日均有记录，均为零", figure->reg->label);
            return FAULT_NONE;
        }
    }
    enum fault f = declared(rs, conn, figure, &covered, arena);
    if (f) return f;
    if (covered >= figure->period.end) {
        figure->zero_shown = true;
        figure->zero_by = "已签署的零报告";
        return FAULT_NONE;
    }
    civil_format(is_daily(figure) ? gap : covered + 1, day);
    if (is_daily(figure)) *lacking = arena_format(arena, "%s %s没有记为零的记录，也没有签署的零报告", figure->reg->label, day);
    else *lacking = arena_format(arena, "自 %s 起没有签署的零报告", day);
    return FAULT_NONE;
}
