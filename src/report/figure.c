/* figure.c - asks a measure of the database: one query gives the value and the records that prove it. */
#include "report/inside.h"

#include "register/filter.h"

#include <stdlib.h>
#include <string.h>

enum { FIGURE_SQL_MAX = 1 << 16, FIRST_FILTER_PARAMETER = 6 };

/* What a query gathers before it is copied into the arena. */
struct gathered {
    struct evidence *records;
    size_t count, room;
    int64_t value;
    char **seen; /* DISTINCT: the values met */
    size_t seen_count, seen_room;
};

static void gathered_release(struct gathered *g) {
    free(g->records);
    for (size_t i = 0; i < g->seen_count; i++) free(g->seen[i]);
    free(g->seen);
}

/* The field that the period applies to; NULL: the state at the period's end is asked. */
static const char *date_of(const struct figure *f) {
    if (f->measure->at_end) return NULL;
    return f->measure->date ? f->measure->date : f->reg->date;
}

static enum fault filter_of(const struct figure *f, struct period period, struct arena *arena, struct notes *notes,
                            struct filter **out) {
    *out = NULL;
    if (!f->filter) return FAULT_NONE;
    struct filter_context context = {.has_period = true, .period_start = period.start, .period_end = period.end};
    return filter_parse(f->reg, f->filter, &context, arena, notes, out);
}

/* The time looked at: the state at the period's end, as the entries before `position` tell it. */
static void sql_look(const struct figure *f, const char *date, struct text *sql) {
    text_format(
        sql,
        " FROM h_%s t WHERE t.tenant = ?1 AND t.known_from < ?2 AND t.known_to >= ?2 AND t.valid_from <= ?3 AND t.valid_to > ?3"
        " AND t.withdrawn = 0",
        f->reg->key);
    if (date) text_format(sql, " AND t.f_%s >= ?4 AND t.f_%s <= ?5", date, date);
}

struct bounds {
    char start[CIVIL_TEXT], end[CIVIL_TEXT];
};

static void look_bind_at(struct stmt *s, struct period period, int64_t position, const char *date, struct bounds *b) {
    civil_format(period.start, b->start);
    civil_format(period.end, b->end);
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, position);
    stmt_bind_text(s, 3, b->end);
    if (!date) return;
    stmt_bind_text(s, 4, b->start);
    stmt_bind_text(s, 5, b->end);
}

static enum fault gather_number(struct gathered *g, const struct figure *f, struct stmt *s) {
    if (f->measure->kind == MEASURE_COUNT) {
        g->value++;
    } else if (f->measure->kind == MEASURE_SUM) {
        if (__builtin_add_overflow(g->value, stmt_int(s, 2), &g->value)) return FAULT_LARGE;
    } else if (!stmt_null(s, 2)) {
        size_t length;
        const void *blob = reg_field_named(f->reg, f->measure->of)->type == REG_REF ? stmt_blob(s, 2, &length) : NULL;
        const char *text = blob ? NULL : stmt_text(s, 2);
        if (!blob) length = text ? strlen(text) : 0;
        if (g->seen_count == g->seen_room)
            g->seen = memory_resize(g->seen, (g->seen_room = g->seen_room * 2 + 64) * sizeof *g->seen);
        char *copy = memory_new(2 * length + 1);
        static const char hex[] = "0123456789abcdef";
        const unsigned char *bytes = blob ? blob : (const void *)text;
        for (size_t i = 0; i < length; i++) {
            copy[2 * i] = hex[bytes[i] >> 4];
            copy[2 * i + 1] = hex[bytes[i] & 15];
        }
        g->seen[g->seen_count++] = copy;
    }
    return FAULT_NONE;
}

static int compare_words(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }
static int compare_records(const void *a, const void *b) {
    const struct evidence *x = a, *y = b;
    return memcmp(&x->record, &y->record, sizeof x->record);
}

static void gather_end(struct gathered *g, const struct figure *f) {
    if (g->count) qsort(g->records, g->count, sizeof *g->records, compare_records);
    if (f->measure->kind != MEASURE_DISTINCT || !g->seen_count) return;
    qsort(g->seen, g->seen_count, sizeof *g->seen, compare_words);
    g->value = 1;
    for (size_t i = 1; i < g->seen_count; i++) g->value += strcmp(g->seen[i], g->seen[i - 1]) != 0;
}

/* Runs one figure's query for a span; `evidence` false: only the value is wanted. */
static enum fault gather(struct conn *conn, const struct figure *f, struct period period, int64_t position, bool evidence,
                         struct arena *arena, struct notes *notes, struct gathered *g) {
    struct filter *filter;
    enum fault fault = filter_of(f, period, arena, notes, &filter);
    if (fault) return fault;
    const char *date = date_of(f);
    _cleanup_(text_release) struct text sql;
    text_init(&sql, FIGURE_SQL_MAX);
    if (f->measure->of) text_format(&sql, "SELECT t.id, t.position, t.f_%s", f->measure->of);
    else text_add(&sql, "SELECT t.id, t.position");
    sql_look(f, date, &sql);
    if (filter) {
        text_add(&sql, " AND (");
        filter_sql(filter, f->reg, FIRST_FILTER_PARAMETER, &sql);
        text_addc(&sql, ')');
    }
    if (sql.over) return FAULT_LARGE;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    fault = stmt_open(conn, sql.at, &s);
    if (fault) return fault;
    struct bounds bounds;
    look_bind_at(s, period, position, date, &bounds);
    if (filter) filter_bind(filter, s, FIRST_FILTER_PARAMETER);
    bool row;
    for (fault = stmt_step(s, &row); !fault && row; fault = stmt_step(s, &row)) {
        fault = gather_number(g, f, s);
        if (fault) return fault;
        if (!evidence) continue;
        if (g->count == EVIDENCE_MAX) return FAULT_LARGE;
        if (g->count == g->room) g->records = memory_resize(g->records, (g->room = g->room * 2 + 256) * sizeof *g->records);
        struct evidence *e = &g->records[g->count++];
        e->position = stmt_int(s, 1);
        if (!stmt_id(s, 0, &e->record)) return FAULT_TAMPERED;
    }
    gather_end(g, f);
    return fault;
}

static enum fault take(struct arena *arena, const struct gathered *g, struct figure *f) {
    if (arena->used + g->count * sizeof *g->records > arena->cap) return FAULT_LARGE;
    struct evidence *records = arena_array(arena, struct evidence, g->count + 1);
    if (g->count) memcpy(records, g->records, g->count * sizeof *records);
    f->records = records;
    f->record_count = g->count;
    f->value = g->value;
    return FAULT_NONE;
}

enum fault figure_ask(struct conn *conn, struct arena *arena, struct notes *notes, struct figure *f) {
    _cleanup_(gathered_release) struct gathered now = {0}, before = {0};
    struct figure asked = *f;
    enum fault fault = gather(conn, f, f->period, f->position, true, arena, notes, &now);
    if (!fault) fault = gather(conn, f, period_before(f->period), f->position, false, arena, notes, &before);
    if (!fault) fault = take(arena, &now, &asked);
    if (fault == FAULT_LARGE)
        note_add(notes, f->key, "数字“{0}”依据的记录太多；请缩短报告期，或在文首用 where 缩小范围", f->measure->label);
    if (fault) return fault;
    asked.previous = before.value;
    *f = asked;
    return FAULT_NONE;
}

enum fault figure_ask_again(struct conn *conn, const struct figure *f, int64_t position, struct arena *arena, struct figure *out) {
    _cleanup_(gathered_release) struct gathered now = {0};
    struct figure asked = *f;
    asked.position = position;
    enum fault fault = gather(conn, f, f->period, position, true, arena, NULL, &now);
    if (!fault) fault = take(arena, &now, &asked);
    if (!fault) *out = asked;
    return fault;
}

enum fault figure_any(struct conn *conn, const struct figure *f, struct period period, bool *any) {
    const char *date = date_of(f);
    _cleanup_(text_release) struct text sql;
    text_init(&sql, FIGURE_SQL_MAX);
    text_add(&sql, "SELECT 1");
    sql_look(f, date, &sql);
    text_add(&sql, " LIMIT 1");
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault fault = stmt_open(conn, sql.at, &s);
    if (fault) return fault;
    struct bounds bounds;
    look_bind_at(s, period, f->position, date, &bounds);
    return stmt_step(s, any);
}

const char *figure_show(const struct figure *f, int64_t value, struct arena *arena) {
    const struct reg_field *of = f->measure->of ? reg_field_named(f->reg, f->measure->of) : NULL;
    if (f->measure->kind != MEASURE_SUM || !of || of->type != REG_MONEY) return arena_format(arena, "%lld", (long long)value);
    uint64_t fen = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    return arena_format(arena, "%s%llu.%02llu", value < 0 ? "-" : "", (unsigned long long)(fen / 100),
                        (unsigned long long)(fen % 100));
}
