/* list.c - a page of records by key, its neighbours' cursors, and the count of the whole list. */
#include "register/filter.h"
#include "register/inside.h"

#include <string.h>

enum { ROW_ARENA = 16 << 20, FIRST_FREE = 8 };

const struct list_bounds list_bounds_usual = {
    .large = 50000, .many_rows = 2000, .few_hits = 5000, .many_hits = 150000, .limit_ms = 5000};

/* The statement of one query while it is put together. */
struct listing {
    const struct registers *registers;
    const struct store *store;
    const struct layout *layout;
    const struct list_query *query;
    struct order order;
    struct cursor cursor;
    bool has_cursor, units_all;
    struct filter_walk walk;
    bool walks;  /* so many satisfy the filter that its rows are found by walking in order */
    bool probed; /* so many have the words that each row walked is asked for them, instead of gathering all that have */
    bool joined; /* the index of words leads: it knows the order of entry, a count needs none, and few hits are soon sorted */
    const struct id *units;
    size_t unit_count;
    const char *words;
    bool barred; /* some records are kept from this reader by name */
    char pattern[BARRED_PATTERN];
};

static void list_conditions(struct listing *li, struct text *sql, int *next) {
    const struct list_query *q = li->query;
    if (li->joined) {
        text_format(sql, " FROM search s CROSS JOIN r_%s t WHERE ", q->reg->key);
        search_match(li->store, sql, (*next)++);
        text_add(sql, " AND t.tenant = ?1 AND t.made = s.rowid - 1");
    } else {
        look_sql(li->layout, &q->look, sql);
    }
    if (!q->withdrawn) text_add(sql, " AND t.withdrawn = 0");
    if (!li->units_all) {
        text_add(sql, " AND t.unit IN (");
        for (size_t i = 0; i < li->unit_count; i++) text_format(sql, i ? ", ?%d" : "?%d", (*next)++);
        text_add(sql, ")");
    }
    if (li->barred) barred_sql(li->registers, q->reg, (*next)++, sql);
    if (li->probed) {
        text_add(sql, " AND EXISTS (SELECT 1 FROM search s WHERE s.rowid = t.made + 1 AND ");
        search_match(li->store, sql, (*next)++);
        text_addc(sql, ')');
    } else if (li->words && !li->joined) {
        text_add(sql, " AND (t.made + 1) ");
        search_condition(li->store, sql, (*next)++);
    }
    if (q->filter) {
        text_add(sql, " AND (");
        filter_sql(q->filter, q->reg, *next, li->walks ? &li->walk : NULL, sql);
        text_addc(sql, ')');
        *next += filter_parameter_count(q->filter);
    }
}

static void list_bind(struct listing *li, struct stmt *s, char as_of[CIVIL_TEXT], int *next) {
    look_bind(s, &li->query->look, as_of);
    if (li->joined) stmt_bind_text(s, (*next)++, li->words);
    if (!li->units_all)
        for (size_t i = 0; i < li->unit_count; i++) stmt_bind_id(s, (*next)++, &li->units[i]);
    if (li->barred) stmt_bind_text(s, (*next)++, li->pattern);
    if (li->words && !li->joined) stmt_bind_text(s, (*next)++, li->words);
    if (li->query->filter) {
        filter_bind(li->query->filter, s, *next);
        *next += filter_parameter_count(li->query->filter);
    }
}

static enum fault listing_init(const struct registers *rs, const struct actor *actor, const struct list_query *q,
                               struct arena *arena, struct listing *li) {
    *li = (struct listing){
        .registers = rs, .store = rs->store, .layout = layout_of(rs, q->reg->key), .query = q, .units_all = actor->system};
    if (!actor->system) access_units(actor, q->reg->read, arena, &li->units_all, &li->units, &li->unit_count);
    if (!li->units_all && !li->unit_count) return FAULT_RIGHT;
    li->barred = !actor->system && barred_any(rs, q->reg);
    if (li->barred) barred_pattern(actor, li->pattern);
    if (q->search && q->search[0]) li->words = search_query(arena, q->reg->key, q->search);
    if (li->words && !li->words[0]) li->words = NULL;
    if (!order_read(li->layout, q->sort, &li->order)) return FAULT_INPUT;
    li->joined = li->words && li->order.by_made && li->order.field < 0 && !q->look.has_as_of && !q->look.has_known_at &&
                 !q->withdrawn;
    if (li->joined) li->order.made = "s.rowid", li->order.made_ahead = 1; /* the order in which the index of words is walked */
    if (q->cursor && q->cursor[0]) {
        if (!cursor_parse(&li->order, q->cursor, arena, &li->cursor)) return FAULT_INPUT;
        li->has_cursor = true;
    }
    return FAULT_NONE;
}

/* A page on its way to whoever asked for it. */
struct walk {
    struct listing *listing;
    const struct actor *actor;
    record_visit each;
    void *context;
    const struct registers *registers;
    struct conn *conn;
    struct arena *arena;
    int limit, shown;
    bool more;           /* there is a row beyond the limit */
    struct record *rows; /* of a page before a cursor, last first */
    int kept;
    struct cursor first, last;
};

static enum fault hand_on(struct walk *w, struct record *r) {
    const struct listing *li = w->listing;
    if (!w->shown) cursor_of(&li->order, r, &w->first);
    if (++w->shown == w->limit || li->query->backwards)
        cursor_of(&li->order, r, &w->last); /* a page that is not full is the last */
    hide_private(w->actor, li->query->reg, r);
    if (!li->layout->has_several) return w->each(w->context, r);
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, ROW_ARENA);
    enum fault f = names_find(w->registers, w->conn, li->layout, &arena, r);
    return f ? f : w->each(w->context, r);
}

/* Rows come in the order shown: each is handed on as it is read, and none is kept. */
static enum fault walk_on(struct walk *w, struct stmt *s) {
    struct row row;
    row_init(&row, w->listing->layout, w->arena);
    for (bool there = true; there;) {
        enum fault f = stmt_step(s, &there);
        if (f) return f;
        w->more = there && w->shown == w->limit;
        if (w->more || !there) return FAULT_NONE;
        struct record r;
        record_borrow(&row, s, &r);
        f = hand_on(w, &r);
        if (f) return f;
    }
    return FAULT_NONE;
}

/* The page before a cursor comes last row first: it is kept, to be handed on turned round. */
static enum fault keep_back(struct walk *w, struct stmt *s) {
    if (!w->rows) w->rows = arena_array(w->arena, struct record, (size_t)w->limit + 1);
    for (bool there = true; there && w->kept <= w->limit;) {
        enum fault f = stmt_step(s, &there);
        if (f) return f;
        if (there) record_from_row(w->listing->layout, s, w->arena, &w->rows[w->kept++]);
        if (arena_over(w->arena)) return FAULT_LARGE;
    }
    w->more = w->kept > w->limit;
    return FAULT_NONE;
}

static enum fault hand_on_kept(struct walk *w) {
    for (int i = w->more ? w->limit : w->kept; i > 0; i--) {
        enum fault f = hand_on(w, &w->rows[i - 1]);
        if (f) return f;
    }
    return FAULT_NONE;
}

static enum fault walk_segment(struct walk *w, const struct segment *segment) {
    struct listing *li = w->listing;
    _cleanup_(text_release) struct text sql;
    text_init(&sql, SQL_MAX);
    int next = FIRST_FREE;
    text_format(&sql, "SELECT %s", look_select(li->layout, &li->query->look));
    list_conditions(li, &sql, &next);
    order_sql(&li->order, segment, &next, &sql);
    if (sql.over) return FAULT_LARGE;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(w->conn, sql.at, &s);
    if (f) return f;
    char as_of[CIVIL_TEXT];
    next = FIRST_FREE;
    list_bind(li, s, as_of, &next);
    order_bind(&li->order, segment, w->limit + 1 - (segment->backwards ? w->kept : w->shown), s, &next);
    return segment->backwards ? keep_back(w, s) : walk_on(w, s);
}

/* Sorted by a field, the records that have a value in it come first and the others behind them, each in a statement that an index serves. */
static enum fault walk_page(struct walk *w) {
    const struct listing *li = w->listing;
    struct segment segment = {.without = li->order.field >= 0 && li->has_cursor && !li->cursor.valued,
                              .backwards = li->query->backwards,
                              .from = li->has_cursor ? &li->cursor : NULL};
    enum fault f = walk_segment(w, &segment);
    if (!f && !w->more && li->order.field >= 0 && segment.without == segment.backwards) {
        segment.without = !segment.without;
        segment.from = NULL;
        f = walk_segment(w, &segment);
    }
    return f || !segment.backwards ? f : hand_on_kept(w);
}

static enum fault count_rows(struct listing *li, struct conn *conn, int64_t most, int64_t *out) {
    _cleanup_(text_release) struct text sql;
    text_init(&sql, SQL_MAX);
    int next = FIRST_FREE;
    text_add(&sql, most ? "SELECT count(*) FROM (SELECT 1" : "SELECT count(*)");
    list_conditions(li, &sql, &next);
    if (most) text_format(&sql, " LIMIT ?%d) counted", next);
    if (sql.over) return FAULT_LARGE;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, sql.at, &s);
    if (f) return f;
    char as_of[CIVIL_TEXT];
    next = FIRST_FREE;
    list_bind(li, s, as_of, &next);
    if (most) stmt_bind_int(s, next, most);
    bool row;
    f = stmt_step(s, &row);
    if (!f) *out = stmt_int(s, 0);
    return f;
}

/* Of the words' hits, up to `most`. */
static enum fault count_hits(const struct listing *li, struct conn *conn, int64_t most, int64_t *out) {
    _cleanup_(text_release) struct text sql;
    text_init(&sql, SQL_MAX);
    text_add(&sql, "SELECT count(*) FROM (SELECT 1 FROM search s WHERE ");
    search_match(li->store, &sql, 1);
    text_add(&sql, " LIMIT ?2) counted");
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, sql.at, &s);
    if (f) return f;
    stmt_bind_text(s, 1, li->words);
    stmt_bind_int(s, 2, most);
    bool row;
    f = stmt_step(s, &row);
    if (!f) *out = stmt_int(s, 0);
    return f;
}

/* In a large register, whether the list is found by walking in its order (when many rows satisfy what is asked, so that the page is full soon) or by
 * gathering and sorting all that do (when few). SQLite cannot know which, so a bounded count says it. */
static enum fault choose_way(struct listing *li, const struct list_bounds *bounds, struct conn *conn) {
    const struct list_query *q = li->query;
    const char *sorted = li->order.field >= 0 ? q->reg->fields[li->order.field].key : li->order.by_made ? "" : q->reg->date;
    bool ranges = q->filter && store_veil(li->store) && filter_has_range(q->filter, q->reg, sorted);
    bool words = li->words && !li->joined;
    int64_t records = 0, found = 0;
    if ((!ranges && !words) || q->look.has_as_of || q->look.has_known_at) return FAULT_NONE;
    enum fault f = tally_count(conn, q->reg, NULL, 0, false, &records);
    if (f || records < bounds->large) return f;
    if (words && !(f = count_hits(li, conn, bounds->many_hits, &found))) {
        li->probed = found == bounds->many_hits;
        li->joined = found < bounds->few_hits && !q->withdrawn;
    }
    if (f || !ranges) return f;
    f = count_rows(li, conn, bounds->many_rows, &found);
    if (f == FAULT_BUSY) return f;
    li->walks = found == bounds->many_rows;
    li->walk = (struct filter_walk){sorted, store_veil(li->store)};
    return f;
}

enum fault record_list(const struct registers *rs, struct conn *conn, const struct actor *actor, const struct list_query *q,
                       record_visit each, void *context, char next[CURSOR_TEXT], char before[CURSOR_TEXT]) {
    _cleanup_(arena_release) struct arena arena;
    int limit = q->limit ? q->limit : PAGE_ROWS;
    arena_init(&arena, limit > PAGE_ROWS * 20 ? (size_t)1 << 32 : ROW_ARENA);
    struct listing li;
    enum fault f = listing_init(rs, actor, q, &arena, &li);
    if (f) return f;
    struct walk w = {.listing = &li,
                     .actor = actor,
                     .each = each,
                     .context = context,
                     .registers = rs,
                     .conn = conn,
                     .arena = &arena,
                     .limit = limit};
    conn_limit_ms(conn, rs->bounds.limit_ms);
    f = choose_way(&li, &rs->bounds, conn);
    if (!f) f = walk_page(&w);
    conn_limit_ms(conn, 0);
    if (f) return f;
    next[0] = before[0] = 0;
    bool has_next = q->backwards ? li.has_cursor : w.more, has_before = q->backwards ? w.more : li.has_cursor;
    if (w.shown && has_next) cursor_format(&li.order, &w.last, next);
    if (w.shown && has_before) cursor_format(&li.order, &w.first, before);
    return FAULT_NONE;
}

/* Nothing narrows it but the reader's units: the tally knows. */
static bool is_whole(const struct listing *li) {
    const struct list_query *q = li->query;
    return !li->barred && !li->words && !q->filter && !q->withdrawn && !q->look.has_as_of && !q->look.has_known_at;
}

static enum fault counting_init(const struct registers *rs, const struct actor *actor, const struct list_query *q,
                                struct arena *arena, struct listing *li) {
    enum fault f = listing_init(rs, actor, q, arena, li);
    if (!f) li->joined = li->words && !q->look.has_as_of && !q->look.has_known_at && !q->withdrawn; /* a count needs no order */
    return f;
}

enum fault record_count(const struct registers *rs, struct conn *conn, const struct actor *actor, const struct list_query *q,
                        int64_t most, int64_t *out) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, ROW_ARENA);
    struct listing li;
    enum fault f = counting_init(rs, actor, q, &arena, &li);
    if (f) return f;
    if (is_whole(&li)) return tally_count(conn, q->reg, li.units_all ? NULL : li.units, li.unit_count, false, out);
    conn_limit_ms(conn, rs->bounds.limit_ms);
    f = count_rows(&li, conn, most, out);
    conn_limit_ms(conn, 0);
    return f;
}

static enum fault count_units(struct listing *li, struct conn *conn, int64_t most, unit_visit each, void *context, int64_t *all) {
    _cleanup_(text_release) struct text sql;
    text_init(&sql, SQL_MAX);
    int next = FIRST_FREE;
    text_add(&sql, "SELECT unit, count(*) FROM (SELECT t.unit AS unit");
    list_conditions(li, &sql, &next);
    text_format(&sql, " LIMIT ?%d) counted GROUP BY unit", next);
    if (sql.over) return FAULT_LARGE;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, sql.at, &s);
    if (f) return f;
    char as_of[CIVIL_TEXT];
    next = FIRST_FREE;
    list_bind(li, s, as_of, &next);
    stmt_bind_int(s, next, most);
    for (bool row = true; row;) {
        f = stmt_step(s, &row);
        if (f || !row) return f;
        struct id unit = {0};
        (void)stmt_id(s, 0, &unit);
        *all += stmt_int(s, 1);
        f = each(context, &unit, stmt_int(s, 1));
        if (f) return f;
    }
    return FAULT_NONE;
}

enum fault record_count_units(const struct registers *rs, struct conn *conn, const struct actor *actor, const struct list_query *q,
                              int64_t most, unit_visit each, void *context, int64_t *all) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, ROW_ARENA);
    struct listing li;
    *all = 0;
    enum fault f = counting_init(rs, actor, q, &arena, &li);
    if (f) return f;
    conn_limit_ms(conn, rs->bounds.limit_ms);
    f = count_units(&li, conn, most, each, context, all);
    conn_limit_ms(conn, 0);
    return f;
}

/* By the states themselves, which are words of the declaration: the tally does not know who is kept from what. */
static enum fault count_unfinished(struct listing *li, struct conn *conn, int64_t *out) {
    _cleanup_(text_release) struct text sql;
    const struct reg *reg = li->query->reg;
    text_init(&sql, SQL_MAX);
    int next = FIRST_FREE;
    text_add(&sql, "SELECT count(*)");
    list_conditions(li, &sql, &next);
    text_add(&sql, " AND t.state NOT IN (''");
    for (size_t i = 0; i < reg->state_count; i++)
        if (reg->states[i].final) text_format(&sql, ", '%s'", reg->states[i].key);
    text_addc(&sql, ')');
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, sql.at, &s);
    if (f) return f;
    char as_of[CIVIL_TEXT];
    bool row;
    next = FIRST_FREE;
    list_bind(li, s, as_of, &next);
    f = stmt_step(s, &row);
    if (!f) *out = stmt_int(s, 0);
    return f;
}

enum fault record_unfinished(const struct registers *rs, struct conn *conn, const struct actor *actor, const struct reg *reg,
                             int64_t *out) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, ROW_ARENA);
    struct listing li;
    struct list_query q = {.reg = reg};
    bool ends = false; /* people and units have states, too, but nothing that is to be finished */
    for (size_t i = 0; i < reg->state_count; i++) ends |= reg->states[i].final;
    *out = 0;
    enum fault f = listing_init(rs, actor, &q, &arena, &li);
    if (f || !ends) return f;
    if (li.barred) return count_unfinished(&li, conn, out);
    return tally_count(conn, reg, li.units_all ? NULL : li.units, li.unit_count, true, out);
}
