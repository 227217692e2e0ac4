/* fuzz_filter.c - any text as a filter: refused with one place, or the same answer in memory and in a real table. */
#include "base/utf8.h"
#include "register/filter.h"
#include "register/value.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const struct reg_field fields[] = {
    {"title", "标题", REG_TEXT},
    {"people", "人数", REG_INT},
    {"cost", "金额", REG_MONEY},
    {"found", "发现日期", REG_DATE},
    {"kind", "类别", REG_CHOICE, .choices = {{"fire", "消防"}, {"water", "给水"}}},
    {"urgent", "紧急", REG_YESNO},
    {"owner", "责任人", REG_REF, .to = "person"},
    {"scan", "附件", REG_FILE},
    {"risks", "风险", REG_SET, .choices = {{"fire", "消防"}, {"water", "给水"}}},
    {"crew", "参加人", REG_REFS, .to = "person"},
    {"address", "地址", REG_NETWORK},
    {"began", "开始", REG_MOMENT},
    {"spent", "用时", REG_DURATION},
    {"length", "长度", REG_NUMBER, .decimals = 2},
    {"spot", "位置", REG_PLACE},
    {"card", "网卡", REG_MAC},
    {"phone", "电话", REG_PHONE},
};
enum { FIELDS = COUNT_OF(fields), ROWS = 4 };
static const struct reg_state states[] = {{"open", "待整改"}, {"closed", "已销号", .final = true}};
static const struct reg thing = {"thing", "问题", "thing.read", "thing.record", REG_FIELDS, REG_STATES};

#define ID_1 "00000000000000000000000001"
#define ID_2 "00000000000000000000000002"
/* What was typed into each row; the first has nothing at all. */
static const char *const typed[ROWS][FIELDS] = {
    {0},
    {"消防检查", "5", "1234.50", "2019-03-01", "fire", "true", ID_1, NULL, "fire、water", ID_1 "\n" ID_2, "10.0.0.0/8",
     "2019-03-01 00:00", "2小时30分", "12.5", "31.8206, 117.2272", "3c:52:82:4a:0b:1f", "0551-62901234转801"},
    {"a", NULL, NULL, "9999-12-31", "water", "false", NULL, NULL, "water", ID_2, "2001:db8::1", "2019-02-28 23:59", "0:01", "-0.01",
     "-90, 180", "00:00:00:00:00:00", "13800138000"},
    {"null", "0", NULL, "0001-01-01", NULL, "false", ID_1, NULL, NULL, ID_1, "10.1.2.3", "2018-12-31 00:00", "0:00", "0"},
};
static struct value values[ROWS][FIELDS];
static const struct record records[ROWS] = {
    {.state = "open", .values = values[0], .effective = 0, .entered_ms = 0},
    {.state = "closed", .values = values[1], .effective = 17956, .entered_ms = 1551369600000, .late = true, .unit = {{[15] = 1}}},
    {.state = NULL, .values = values[2], .effective = 2932896, .entered_ms = 1551369599999, .withdrawn = true},
    {.state = "open", .values = values[3], .effective = -719162, .entered_ms = 253402271999999},
};

/* The values as they are kept, and those that cannot be typed. */
static void make_values(void) {
    static struct arena arena;
    struct notes notes;
    arena_init(&arena, 1 << 20);
    notes_init(&notes, &arena);
    for (int n = 0; n < ROWS; n++)
        for (size_t i = 0; i < FIELDS; i++)
            if (typed[n][i] && value_read(NULL, NULL, &fields[i], typed[n][i], NULL, &arena, &notes, &values[n][i])) abort();
    values[1][7] = (struct value){VALUE_TEXT, 0, "a:1:b"};
    values[2][1] = (struct value){VALUE_INT, -INT64_MAX, NULL};
    values[2][2] = (struct value){VALUE_INT, INT64_MAX, NULL};
}

enum { SYSTEM_COLUMNS = 7 };
static struct store_column columns[SYSTEM_COLUMNS + FIELDS] = {
    {"n", STORE_INT, true},       {"unit", STORE_BLOB, false}, {"state", STORE_TEXT, false},   {"effective", STORE_TEXT, true},
    {"entered", STORE_INT, true}, {"late", STORE_INT, true},   {"withdrawn", STORE_INT, true},
};
static const struct store_table table = {"r_thing", TABLE_WORK, columns, COUNT_OF(columns), "n", NULL, false};

static void make_columns(void) {
    static char names[FIELDS][32];
    for (size_t i = 0; i < FIELDS; i++) {
        bool number = value_type(fields[i].type)->kind == VALUE_INT;
        snprintf(names[i], sizeof names[i], "f_%s", fields[i].key);
        columns[SYSTEM_COLUMNS + i] = (struct store_column){names[i],
                                                            number                      ? STORE_INT
                                                            : fields[i].type == REG_REF ? STORE_BLOB
                                                                                        : STORE_TEXT,
                                                            false};
    }
}

static enum fault insert_row(struct conn *conn, int n) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    _cleanup_(text_release) struct text sql;
    text_init(&sql, 1000);
    text_add(&sql, "INSERT INTO r_thing VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7");
    for (int i = 0; i < (int)FIELDS; i++) text_format(&sql, ", ?%d", 8 + i);
    text_addc(&sql, ')');
    enum fault f = stmt_open(conn, sql.at, &s);
    if (f) return f;
    const struct record *r = &records[n];
    char effective[CIVIL_TEXT];
    struct id owner;
    civil_format(r->effective, effective);
    stmt_bind_int(s, 1, n);
    stmt_bind_id(s, 2, id_is_zero(&r->unit) ? NULL : &r->unit);
    stmt_bind_text(s, 3, r->state);
    stmt_bind_text(s, 4, effective);
    stmt_bind_int(s, 5, r->entered_ms);
    stmt_bind_int(s, 6, r->late);
    stmt_bind_int(s, 7, r->withdrawn);
    for (int i = 0; i < (int)FIELDS; i++) {
        const struct value *v = &r->values[i];
        if (v->kind == VALUE_INT) stmt_bind_int(s, 8 + i, v->integer);
        else if (v->kind == VALUE_TEXT && fields[i].type == REG_REF && id_parse(v->text, &owner)) stmt_bind_id(s, 8 + i, &owner);
        else stmt_bind_text(s, 8 + i, v->text);
    }
    return stmt_run(s);
}

static enum fault insert_rows(struct conn *conn, void *argument) {
    (void)argument;
    for (int n = 0; n < ROWS; n++) {
        enum fault f = insert_row(conn, n);
        if (f) return f;
    }
    return FAULT_NONE;
}

/* The database is made once and lives as long as the process. */
static struct conn *database(void) {
    static struct store *store;
    static struct conn *conn;
    if (conn) return conn;
    make_values();
    make_columns();
    if (store_open_scratch(&store) || store_declare(store, &table, 1, NULL) || store_work(store, insert_rows, NULL) ||
        store_read_begin(store, &conn))
        abort();
    return conn;
}

static void engines_agree(const struct filter *filter) {
    _cleanup_(text_release) struct text sql;
    text_init(&sql, 1 << 16);
    text_add(&sql, "SELECT (");
    filter_sql(filter, &thing, 1, NULL, &sql);
    text_add(&sql, ") FROM r_thing t ORDER BY n");
    assert(!sql.over);
    const char *last = strrchr(sql.at, '?'); /* parameters are numbered in the order of the text, none left out */
    assert((last ? strtol(last + 1, NULL, 10) : 0) == filter_parameter_count(filter));
    _cleanup_(stmt_done) struct stmt *s = NULL;
    if (stmt_open(database(), sql.at, &s)) abort();
    filter_bind(filter, s, 1);
    for (int n = 0; n < ROWS; n++) {
        bool row = false;
        if (stmt_step(s, &row) || !row || stmt_null(s, 0)) abort();
        assert(stmt_int(s, 0) == filter_matches(filter, &thing, &records[n]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 2 << 20);
    const char *text = arena_copyn(&arena, bytes, length);
    static const struct actor actor = {.person = {{[15] = 1}}, .system = true};
    struct filter_context context = {.actor = &actor,
                                     .has_period = length % 2,
                                     .period_start = 17897,
                                     .period_end = 18261,
                                     .has_today = length % 3,
                                     .today = 17956};
    struct notes notes;
    notes_init(&notes, &arena);
    struct filter *filter = NULL;
    enum fault f = filter_parse(&thing, text, &context, &arena, &notes, &filter);
    if (!f) {
        assert(filter && !notes.count);
        engines_agree(filter);
    } else {
        assert(f == FAULT_INPUT && !filter && notes.count == 1);
        long place = strtol(notes.first->place, NULL, 10);
        assert(place >= 1 && place <= (long)utf8_count(text) + 1);
    }
    assert(!arena_over(&arena));
    return 0;
}
