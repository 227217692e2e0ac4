/* figure.c - asks a measure of the database: one query gives the value and the records that prove it. */
#include "report/inside.h"

#include "register/filter.h"

#include <stdlib.h>
#include <string.h>

enum { FIGURE_SQL_MAX = 1 << 18, FIRST_FREE_PARAMETER = 7, FIRST_OWN_COLUMN = 4 };

/* What a query gathers for one figure and one span. */
struct gathered {
    size_t count;
    int64_t value;
    char **seen; /* DISTINCT: the values met, in hexadecimal */
    size_t seen_count, seen_room;
    struct filter *filter;
    int column; /* of the filter's answer; 0: every row counts */
};

/* A record met, and which figures counted it (one bit each). */
struct met {
    struct evidence evidence;
    uint64_t by;
};

/* Figures of one register and one date field are asked together: one walk over the versions answers them all, and the year before. */
struct group {
    struct figure **figures;
    size_t count;
    bool with_before;
    int of[TEXT_FIGURES_MAX]; /* column of the figure's field; 0: none is needed */
    struct gathered now[TEXT_FIGURES_MAX], before[TEXT_FIGURES_MAX];
    struct met *met;
    size_t met_count, met_room;
};

static void gathered_release(struct gathered *g) {
    for (size_t i = 0; i < g->seen_count; i++) free(g->seen[i]);
    free(g->seen);
}

static void group_release(struct group *g) {
    for (size_t i = 0; i < g->count; i++) {
        gathered_release(&g->now[i]);
        gathered_release(&g->before[i]);
    }
    free(g->met);
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

/* ---- the query ---- */

static void add_span(const char *date, int start, int end, struct text *sql) {
    text_format(sql, "(t.valid_from <= ?%d AND t.valid_to > ?%d", end, end);
    if (date) text_format(sql, " AND t.f_%s >= ?%d AND t.f_%s <= ?%d", date, start, date, end);
    text_addc(sql, ')');
}

static int add_filter(struct gathered *g, const struct figure *f, int parameter, int *column, struct text *sql) {
    if (!g->filter) return parameter;
    text_add(sql, ", ");
    filter_sql(g->filter, f->reg, parameter, NULL, sql);
    g->column = (*column)++;
    return parameter + filter_parameter_count(g->filter);
}

/* Columns: id, position, in the span, in the span before; then what each figure needs of its field, its filter, and its filter the
 * year before if that differs.
 * known_to is kept from the index by times, whose rows lie scattered: dates choose better. */
static void query_write(struct group *g, struct text *sql) {
    const struct figure *first = g->figures[0];
    const char *date = date_of(first);
    int parameter = FIRST_FREE_PARAMETER, column = FIRST_OWN_COLUMN;
    text_add(sql, "SELECT t.id, t.position, ");
    add_span(date, 3, 4, sql);
    text_add(sql, ", ");
    if (g->with_before) add_span(date, 5, 6, sql);
    else text_addc(sql, '0');
    for (size_t i = 0; i < g->count; i++) {
        const struct figure *f = g->figures[i];
        if (f->measure->of) {
            text_format(sql, ", t.f_%s", f->measure->of);
            g->of[i] = column++;
        }
        parameter = add_filter(&g->now[i], f, parameter, &column, sql);
        parameter = add_filter(&g->before[i], f, parameter, &column, sql);
        if (!g->before[i].filter) g->before[i].column = g->now[i].column;
    }
    text_format(sql, " FROM h_%s t WHERE t.tenant = ?1 AND t.known_from < ?2 AND +t.known_to >= ?2 AND t.withdrawn = 0",
                first->reg->key);
    if (date) text_format(sql, " AND t.f_%s >= ?%d AND t.f_%s <= ?4", date, g->with_before ? 5 : 3, date);
}

struct bounds {
    char at[4][CIVIL_TEXT];
};

static void query_bind(const struct group *g, struct stmt *s, int64_t position, struct bounds *b) {
    struct period now = g->figures[0]->period, before = period_before(now);
    const civil_day days[] = {now.start, now.end, before.start, before.end};
    int parameter = FIRST_FREE_PARAMETER;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, position);
    for (int i = 0; i < (g->with_before ? 4 : 2); i++) {
        civil_format(days[i], b->at[i]);
        if (i || date_of(g->figures[0])) stmt_bind_text(s, 3 + i, b->at[i]);
    }
    for (size_t i = 0; i < g->count; i++) {
        const struct gathered *both[] = {&g->now[i], &g->before[i]};
        for (size_t k = 0; k < 2; k++) {
            if (!both[k]->filter) continue;
            filter_bind(both[k]->filter, s, parameter);
            parameter += filter_parameter_count(both[k]->filter);
        }
    }
}

/* ---- walking the rows ---- */

static void gather_seen(struct gathered *g, const struct figure *f, struct stmt *s, int column) {
    static const char hex[] = "0123456789abcdef";
    size_t length = 0;
    const void *blob = reg_field_named(f->reg, f->measure->of)->type == REG_REF ? stmt_blob(s, column, &length) : NULL;
    const char *text = blob ? NULL : stmt_text(s, column);
    if (text) length = strlen(text);
    if (g->seen_count == g->seen_room) g->seen = memory_resize(g->seen, (g->seen_room = g->seen_room * 2 + 64) * sizeof *g->seen);
    char *copy = memory_new(2 * length + 1);
    const unsigned char *bytes = blob ? blob : (const void *)text;
    for (size_t i = 0; i < length; i++) {
        copy[2 * i] = hex[bytes[i] >> 4];
        copy[2 * i + 1] = hex[bytes[i] & 15];
    }
    g->seen[g->seen_count++] = copy;
}

static enum fault gather_row(struct gathered *g, const struct figure *f, struct stmt *s, int column) {
    g->count++;
    if (f->measure->kind == MEASURE_COUNT) g->value++;
    else if (f->measure->kind == MEASURE_SUM && __builtin_add_overflow(g->value, stmt_int(s, column), &g->value))
        return FAULT_LARGE;
    else if (f->measure->kind == MEASURE_DISTINCT && !stmt_null(s, column)) gather_seen(g, f, s, column);
    return FAULT_NONE;
}

static bool row_counts(const struct gathered *g, struct stmt *s) { return !g->column || stmt_int(s, g->column); }

static enum fault group_row(struct group *g, struct stmt *s) {
    bool now = stmt_int(s, 2) != 0, before = stmt_int(s, 3) != 0;
    uint64_t by = 0;
    for (size_t i = 0; i < g->count; i++) {
        enum fault f = FAULT_NONE;
        if (now && row_counts(&g->now[i], s)) {
            by |= UINT64_C(1) << i;
            f = gather_row(&g->now[i], g->figures[i], s, g->of[i]);
        }
        if (!f && before && row_counts(&g->before[i], s)) f = gather_row(&g->before[i], g->figures[i], s, g->of[i]);
        if (f) return f;
    }
    if (!by) return FAULT_NONE;
    if (g->met_count == EVIDENCE_MAX) return FAULT_LARGE;
    if (g->met_count == g->met_room) g->met = memory_resize(g->met, (g->met_room = g->met_room * 2 + 256) * sizeof *g->met);
    struct met *m = &g->met[g->met_count++];
    *m = (struct met){.evidence.position = stmt_int(s, 1), .by = by};
    return stmt_id(s, 0, &m->evidence.record) ? FAULT_NONE : FAULT_TAMPERED;
}

static int compare_words(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }
static int compare_met(const void *a, const void *b) {
    const struct met *x = a, *y = b;
    return memcmp(&x->evidence.record, &y->evidence.record, sizeof x->evidence.record);
}

static void count_distinct(struct gathered *g, const struct figure *f) {
    if (f->measure->kind != MEASURE_DISTINCT || !g->seen_count) return;
    qsort(g->seen, g->seen_count, sizeof *g->seen, compare_words);
    g->value = 1;
    for (size_t i = 1; i < g->seen_count; i++) g->value += strcmp(g->seen[i], g->seen[i - 1]) != 0;
}

static enum fault group_gather(struct conn *conn, struct group *g, int64_t position, struct arena *arena, struct notes *notes) {
    enum fault f = FAULT_NONE;
    for (size_t i = 0; i < g->count && !f; i++) {
        f = filter_of(g->figures[i], g->figures[i]->period, arena, notes, &g->now[i].filter);
        bool differs = g->figures[i]->filter && strstr(g->figures[i]->filter, "period");
        if (!f && g->with_before && differs)
            f = filter_of(g->figures[i], period_before(g->figures[i]->period), arena, notes, &g->before[i].filter);
    }
    if (f) return f;
    _cleanup_(text_release) struct text sql;
    text_init(&sql, FIGURE_SQL_MAX);
    query_write(g, &sql);
    if (sql.over) return FAULT_LARGE;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    f = stmt_open(conn, sql.at, &s);
    if (f) return f;
    struct bounds bounds;
    query_bind(g, s, position, &bounds);
    bool row;
    for (f = stmt_step(s, &row); !f && row; f = stmt_step(s, &row)) {
        f = group_row(g, s);
        if (f) return f;
    }
    if (f) return f;
    if (g->met_count) qsort(g->met, g->met_count, sizeof *g->met, compare_met);
    for (size_t i = 0; i < g->count; i++) {
        count_distinct(&g->now[i], g->figures[i]);
        count_distinct(&g->before[i], g->figures[i]);
    }
    return FAULT_NONE;
}

static enum fault group_take(const struct group *g, struct arena *arena) {
    for (size_t i = 0; i < g->count; i++) {
        struct figure *f = g->figures[i];
        size_t n = 0, count = g->now[i].count;
        if (arena->used + count * sizeof *f->records > arena->cap) return FAULT_LARGE;
        struct evidence *records = arena_array(arena, struct evidence, count + 1);
        for (size_t k = 0; k < g->met_count; k++)
            if (g->met[k].by >> i & 1) records[n++] = g->met[k].evidence;
        f->records = records;
        f->record_count = n;
        f->value = g->now[i].value;
        f->previous = g->before[i].value;
    }
    return FAULT_NONE;
}

static bool asked_together(const struct figure *a, const struct figure *b) {
    const char *x = date_of(a), *y = date_of(b);
    return a->reg == b->reg && (x && y ? !strcmp(x, y) : x == y);
}

static enum fault figures_ask_from(struct conn *conn, struct arena *arena, struct notes *notes, struct figure *figures,
                                   size_t count, size_t first) {
    struct figure *together[TEXT_FIGURES_MAX];
    _cleanup_(group_release) struct group g = {.figures = together, .with_before = true};
    for (size_t i = 0; i < count; i++) {
        if (!asked_together(&figures[i], &figures[first])) continue;
        if (i < first) return FAULT_NONE; /* was asked with that one */
        together[g.count++] = &figures[i];
    }
    enum fault f = group_gather(conn, &g, figures[first].position, arena, notes);
    if (!f) f = group_take(&g, arena);
    if (f == FAULT_LARGE)
        note_add(notes, figures[first].key, "数字“{0}”依据的记录太多；请缩短报告期，或在文首用 where 缩小范围",
                 figures[first].measure->label);
    return f;
}

enum fault figures_ask(struct conn *conn, struct arena *arena, struct notes *notes, struct figure *figures, size_t count) {
    if (count > TEXT_FIGURES_MAX) return FAULT_LARGE;
    for (size_t i = 0; i < count; i++) {
        enum fault f = figures_ask_from(conn, arena, notes, figures, count, i);
        if (f) return f;
    }
    return FAULT_NONE;
}

bool figure_still_asked(const struct figure *figure, struct arena *arena) {
    struct notes unsaid;
    struct filter *filter;
    notes_init(&unsaid, arena);
    return figure->measure && filter_of(figure, figure->period, arena, &unsaid, &filter) == FAULT_NONE;
}

enum fault figure_ask_again(struct conn *conn, const struct figure *figure, int64_t position, struct arena *arena,
                            struct figure *out) {
    struct figure asked = *figure, *only = &asked;
    _cleanup_(group_release) struct group g = {.figures = &only, .count = 1};
    asked.position = position;
    enum fault f = group_gather(conn, &g, position, arena, NULL);
    if (!f) f = group_take(&g, arena);
    if (f) return f;
    asked.previous = figure->previous;
    *out = asked;
    return FAULT_NONE;
}

enum fault figure_any(struct conn *conn, const struct figure *f, struct period period, bool *any) {
    const char *date = date_of(f);
    _cleanup_(text_release) struct text sql;
    text_init(&sql, FIGURE_SQL_MAX);
    text_format(&sql,
                "SELECT 1 FROM h_%s t WHERE t.tenant = ?1 AND t.known_from < ?2 AND +t.known_to >= ?2 AND t.withdrawn = 0 AND ",
                f->reg->key);
    add_span(date, 3, 4, &sql);
    text_add(&sql, " LIMIT 1");
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault fault = stmt_open(conn, sql.at, &s);
    if (fault) return fault;
    char start[CIVIL_TEXT], end[CIVIL_TEXT];
    civil_format(period.start, start);
    civil_format(period.end, end);
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_int(s, 2, f->position);
    if (date) stmt_bind_text(s, 3, start);
    stmt_bind_text(s, 4, end);
    return stmt_step(s, any);
}

const char *figure_show(const struct figure *f, int64_t value, struct arena *arena) {
    const struct reg_field *of = f->measure->of ? reg_field_named(f->reg, f->measure->of) : NULL;
    if (f->measure->kind != MEASURE_SUM || !of || of->type != REG_MONEY) return arena_format(arena, "%lld", (long long)value);
    uint64_t fen = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    return arena_format(arena, "%s%llu.%02llu", value < 0 ? "-" : "", (unsigned long long)(fen / 100),
                        (unsigned long long)(fen % 100));
}
