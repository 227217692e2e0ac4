/* list.c - a page of records by key, its neighbours' cursors, and the count of the whole list. */
#include "register/filter.h"
#include "register/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_LIMIT_MS = 5000, ROW_ARENA = 16 << 20, FIRST_FREE = 8 };

/* Where a page ends: the sort value and, where that may repeat, the id. Text form "2019-03-01.ID" or "1234". */
struct cursor {
    char date[CIVIL_TEXT];
    struct id id;
    int64_t made;
};

static bool cursor_parse(const struct layout *l, const char *text, struct cursor *out) {
    if (l->date_field < 0) {
        char *end;
        out->made = strtoll(text, &end, 10);
        return text[0] && !*end && out->made >= 0;
    }
    civil_day day;
    if (strlen(text) != CIVIL_TEXT - 1 + ID_TEXT || text[CIVIL_TEXT - 1] != '.') return false;
    memcpy(out->date, text, CIVIL_TEXT - 1);
    out->date[CIVIL_TEXT - 1] = 0;
    return civil_parse(out->date, &day) && id_parse(text + CIVIL_TEXT, &out->id);
}

static void cursor_of(const struct layout *l, const struct record *r, struct cursor *out) {
    out->id = r->id;
    out->made = r->made;
    const char *date = l->date_field < 0 ? NULL : r->values[l->date_field].text;
    size_t length = date ? strnlen(date, sizeof out->date - 1) : 0;
    if (length) memcpy(out->date, date, length);
    out->date[length] = 0;
}

static void cursor_format(const struct layout *l, const struct cursor *c, char out[CURSOR_TEXT]) {
    if (l->date_field < 0) {
        snprintf(out, CURSOR_TEXT, "%lld", (long long)c->made);
        return;
    }
    char id[ID_TEXT];
    id_format(&c->id, id);
    snprintf(out, CURSOR_TEXT, "%s.%s", c->date, id);
}

/* The statement of one query while it is put together. */
struct listing {
    const struct store *store;
    const struct layout *layout;
    const struct list_query *query;
    struct cursor cursor;
    bool has_cursor, units_all;
    const struct id *units;
    size_t unit_count;
    const char *words;
};

static void list_conditions(struct listing *li, struct text *sql, int *next) {
    const struct list_query *q = li->query;
    look_sql(li->layout, &q->look, sql);
    if (!q->withdrawn) text_add(sql, " AND t.withdrawn = 0");
    if (!li->units_all) {
        text_add(sql, " AND t.unit IN (");
        for (size_t i = 0; i < li->unit_count; i++) text_format(sql, i ? ", ?%d" : "?%d", (*next)++);
        text_add(sql, ")");
    }
    if (li->words) {
        text_add(sql, " AND (t.made + 1) ");
        search_condition(li->store, sql, (*next)++);
    }
    if (q->filter) {
        text_add(sql, " AND (");
        filter_sql(q->filter, q->reg, *next, sql);
        text_addc(sql, ')');
        *next += filter_parameter_count(q->filter);
    }
}

static void list_bind(struct listing *li, struct stmt *s, char as_of[CIVIL_TEXT], int *next) {
    look_bind(s, &li->query->look, as_of);
    if (!li->units_all)
        for (size_t i = 0; i < li->unit_count; i++) stmt_bind_id(s, (*next)++, &li->units[i]);
    if (li->words) stmt_bind_text(s, (*next)++, li->words);
    if (li->query->filter) {
        filter_bind(li->query->filter, s, *next);
        *next += filter_parameter_count(li->query->filter);
    }
}

static enum fault listing_init(const struct registers *rs, const struct actor *actor, const struct list_query *q,
                               struct arena *arena, struct listing *li) {
    *li = (struct listing){.store = rs->store, .layout = layout_of(rs, q->reg->key), .query = q, .units_all = actor->system};
    if (!actor->system) access_units(actor, q->reg->read, arena, &li->units_all, &li->units, &li->unit_count);
    if (!li->units_all && !li->unit_count) return FAULT_RIGHT;
    if (q->search && q->search[0]) li->words = search_query(arena, q->search);
    if (li->words && !li->words[0]) li->words = NULL;
    if (q->cursor && q->cursor[0]) {
        if (!cursor_parse(li->layout, q->cursor, &li->cursor)) return FAULT_INPUT;
        li->has_cursor = true;
    }
    return FAULT_NONE;
}

static void list_order(const struct listing *li, struct text *sql, int cursor_at, int limit_at) {
    bool back = li->query->backwards;
    const char *direction = back ? "ASC" : "DESC", *compare = back ? ">" : "<";
    if (li->layout->date_field >= 0) {
        const char *date = li->query->reg->date;
        if (li->has_cursor) text_format(sql, " AND (t.f_%s, t.id) %s (?%d, ?%d)", date, compare, cursor_at, cursor_at + 1);
        text_format(sql, " ORDER BY t.f_%s %s, t.id %s", date, direction, direction);
    } else {
        if (li->has_cursor) text_format(sql, " AND t.made %s ?%d", compare, cursor_at);
        text_format(sql, " ORDER BY t.made %s", direction);
    }
    text_format(sql, " LIMIT ?%d", limit_at);
}

/* A page on its way to whoever asked for it. */
struct walk {
    const struct listing *listing;
    const struct actor *actor;
    record_visit each;
    void *context;
    const struct registers *registers;
    struct conn *conn;
    int limit, shown;
    bool more; /* there is a row beyond the limit */
    struct cursor first, last;
};

static enum fault hand_on(struct walk *w, struct record *r) {
    const struct listing *li = w->listing;
    cursor_of(li->layout, r, &w->last);
    if (!w->shown++) w->first = w->last;
    hide_private(w->actor, li->query->reg, r);
    if (!li->layout->has_several) return w->each(w->context, r);
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, ROW_ARENA);
    enum fault f = names_find(w->registers, w->conn, li->layout, &arena, r);
    return f ? f : w->each(w->context, r);
}

/* Rows come in the order shown: each is handed on as it is read, and none is kept. */
static enum fault walk_on(struct walk *w, struct stmt *s, struct arena *arena) {
    struct row row;
    row_init(&row, w->listing->layout, arena);
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

/* The page before a cursor comes oldest first: it is kept and handed on turned round. */
static enum fault walk_back(struct walk *w, struct stmt *s, struct arena *arena) {
    struct record *rows = arena_array(arena, struct record, (size_t)w->limit + 1);
    int count = 0;
    for (bool there = true; there && count <= w->limit;) {
        enum fault f = stmt_step(s, &there);
        if (f) return f;
        if (there) record_from_row(w->listing->layout, s, arena, &rows[count++]);
        if (arena_over(arena)) return FAULT_LARGE;
    }
    w->more = count > w->limit;
    for (int i = w->more ? w->limit : count; i > 0; i--) {
        enum fault f = hand_on(w, &rows[i - 1]);
        if (f) return f;
    }
    return FAULT_NONE;
}

static enum fault walk_page(struct listing *li, struct conn *conn, struct arena *arena, struct walk *w) {
    _cleanup_(text_release) struct text sql;
    text_init(&sql, SQL_MAX);
    int next = FIRST_FREE;
    text_format(&sql, "SELECT %s", look_select(li->layout, &li->query->look));
    list_conditions(li, &sql, &next);
    list_order(li, &sql, next, next + 2);
    if (sql.over) return FAULT_LARGE;
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(conn, sql.at, &s);
    if (f) return f;
    char as_of[CIVIL_TEXT];
    next = FIRST_FREE;
    list_bind(li, s, as_of, &next);
    if (li->has_cursor && li->layout->date_field >= 0) {
        stmt_bind_text(s, next, li->cursor.date);
        stmt_bind_id(s, next + 1, &li->cursor.id);
    } else if (li->has_cursor) {
        stmt_bind_int(s, next, li->cursor.made);
    }
    stmt_bind_int(s, next + 2, w->limit + 1);
    return li->query->backwards ? walk_back(w, s, arena) : walk_on(w, s, arena);
}

enum fault record_list(const struct registers *rs, struct conn *conn, const struct actor *actor, const struct list_query *q,
                       record_visit each, void *context, char next[CURSOR_TEXT], char before[CURSOR_TEXT]) {
    _cleanup_(arena_release) struct arena arena;
    int limit = q->limit ? q->limit : PAGE_ROWS;
    arena_init(&arena, limit > PAGE_ROWS * 20 ? (size_t)1 << 32 : ROW_ARENA);
    struct listing li;
    enum fault f = listing_init(rs, actor, q, &arena, &li);
    if (f) return f;
    struct walk w = {
        .listing = &li, .actor = actor, .each = each, .context = context, .registers = rs, .conn = conn, .limit = limit};
    conn_limit_ms(conn, LIST_LIMIT_MS);
    f = walk_page(&li, conn, &arena, &w);
    conn_limit_ms(conn, 0);
    if (f) return f;
    next[0] = before[0] = 0;
    bool has_next = q->backwards ? li.has_cursor : w.more, has_before = q->backwards ? w.more : li.has_cursor;
    if (w.shown && has_next) cursor_format(li.layout, &w.last, next);
    if (w.shown && has_before) cursor_format(li.layout, &w.first, before);
    return FAULT_NONE;
}

enum fault record_count(const struct registers *rs, struct conn *conn, const struct actor *actor, const struct list_query *q,
                        int64_t *out) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, ROW_ARENA);
    struct listing li;
    enum fault f = listing_init(rs, actor, q, &arena, &li);
    if (f) return f;
    _cleanup_(text_release) struct text sql;
    text_init(&sql, SQL_MAX);
    int next = FIRST_FREE;
    text_add(&sql, "SELECT count(*)");
    list_conditions(&li, &sql, &next);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    f = stmt_open(conn, sql.at, &s);
    if (f) return f;
    char as_of[CIVIL_TEXT];
    next = FIRST_FREE;
    list_bind(&li, s, as_of, &next);
    conn_limit_ms(conn, LIST_LIMIT_MS);
    bool row;
    f = stmt_step(s, &row);
    conn_limit_ms(conn, 0);
    if (!f) *out = stmt_int(s, 0);
    return f;
}
