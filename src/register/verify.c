/* verify.c - making the projections again from the journal, and comparing them with the live ones column by column. */
#include "base/printer.h"
#include "register/inside.h"

#include <stdio.h>
#include <string.h>

enum { DIFFERENCES_TOLD = 20 };

struct projecting {
    struct registers *registers;
    struct conn *from, *into;
};

static enum fault project_row(void *context, const struct entry_row *row) {
    struct projecting *p = context;
    return project_entry(p->registers, p->from, p->into, &row->entry, row->position);
}

static enum fault project_all(struct conn *conn, void *argument) {
    struct projecting *p = argument;
    p->into = conn;
    int64_t size;
    enum fault f = journal_size(p->from, TENANT, &size);
    return f ? f : journal_scan(p->from, TENANT, 0, size, project_row, p);
}

enum fault registers_project(struct registers *rs, struct conn *from, struct store *into, struct notes *notes) {
    enum fault f = registers_declare(rs, into, notes);
    struct projecting p = {rs, from, NULL};
    if (!f) f = store_change_many(into, project_all, &p);
    if (f) note_add(notes, "entry", "无法从日志重建各表：{0}", fault_sentence(f));
    return f;
}

/* Two tables walked side by side in key order. */
struct pair {
    const struct store_table *table;
    struct stmt *live, *made;
    bool live_row, made_row;
    struct notes *notes;
    struct projection_verdict *verdict;
};

/* Any column as text that shows its type, so that 1 and '1' differ. */
static void cell_text(struct stmt *s, int at, const struct store_column *column, struct text *out) {
    text_clear(out);
    if (stmt_null(s, at)) {
        text_add(out, "null");
    } else if (column->type == STORE_BLOB) {
        size_t length;
        const void *bytes = stmt_blob(s, at, &length);
        hex_text(out, bytes, length);
    } else {
        text_addc(out, column->type == STORE_INT ? '#' : '\'');
        text_add(out, stmt_text(s, at));
    }
}

static bool is_in_key(const struct store_table *t, const char *column) {
    char key[200];
    snprintf(key, sizeof key, ", %s,", t->key);
    char wanted[80];
    snprintf(wanted, sizeof wanted, ", %s,", column);
    return strstr(key, wanted) != NULL;
}

static void name_row(const struct store_table *t, struct stmt *s, char *out, size_t room) {
    _cleanup_(text_release) struct text name, cell;
    text_init(&name, 1000);
    text_init(&cell, 200);
    for (size_t i = 0; i < t->column_count; i++) {
        if (!is_in_key(t, t->columns[i].name)) continue;
        struct id id;
        char readable[ID_TEXT];
        cell_text(s, (int)i, &t->columns[i], &cell);
        const char *shown = cell.at[0] == '#' || cell.at[0] == '\'' ? cell.at + 1 : cell.at;
        if (t->columns[i].type == STORE_BLOB && stmt_id(s, (int)i, &id)) {
            id_format(&id, readable);
            shown = readable;
        }
        text_format(&name, "%s%s %s", name.length ? ", " : "", t->columns[i].name, shown);
    }
    snprintf(out, room, "%s", name.at ? name.at : "");
}

static int64_t entry_of(const struct store_table *t, struct stmt *s) {
    for (size_t i = 0; i < t->column_count; i++)
        if (!strcmp(t->columns[i].name, "position")) return stmt_int(s, (int)i);
    return -1;
}

static void tell_difference(struct pair *p, struct stmt *named, const char *column, const char *sentence) {
    struct projection_verdict *v = p->verdict;
    char row[128], entry[24];
    name_row(p->table, named, row, sizeof row);
    int64_t position = p->made_row ? entry_of(p->table, p->made) : -1;
    snprintf(entry, sizeof entry, "%lld", (long long)position);
    if (v->differences++ == 0) {
        snprintf(v->table, sizeof v->table, "%s", p->table->name);
        snprintf(v->row, sizeof v->row, "%s", row);
        snprintf(v->column, sizeof v->column, "%s", column);
        v->entry = position;
    }
    if (v->differences <= DIFFERENCES_TOLD) note_add(p->notes, p->table->name, sentence, row, column, entry);
}

static enum fault compare_row(struct pair *p, bool *same_key) {
    _cleanup_(text_release) struct text a, b;
    text_init(&a, 64 << 20);
    text_init(&b, 64 << 20);
    *same_key = true;
    int order = 0;
    for (size_t i = 0; i < p->table->column_count && !order; i++) {
        if (!is_in_key(p->table, p->table->columns[i].name)) continue;
        cell_text(p->live, (int)i, &p->table->columns[i], &a);
        cell_text(p->made, (int)i, &p->table->columns[i], &b);
        if (p->table->columns[i].type == STORE_INT) {
            int64_t x = stmt_int(p->live, (int)i), y = stmt_int(p->made, (int)i);
            order = (x > y) - (x < y);
        } else {
            order = strcmp(a.at, b.at);
        }
    }
    if (order) { /* one of the two has a row that the other lacks: advance only the one that is behind */
        *same_key = false;
        bool too_many = order < 0;
        tell_difference(p, too_many ? p->live : p->made, "",
                        too_many ? "多出一行（{0}），日志里没有对应的记录" : "缺少一行（{0}），应由日志第 {2} 条得出");
        return too_many ? stmt_step(p->live, &p->live_row) : stmt_step(p->made, &p->made_row);
    }
    for (size_t i = 0; i < p->table->column_count; i++) {
        cell_text(p->live, (int)i, &p->table->columns[i], &a);
        cell_text(p->made, (int)i, &p->table->columns[i], &b);
        if (strcmp(a.at, b.at)) tell_difference(p, p->made, p->table->columns[i].name, "一行（{0}）的“{1}”与日志第 {2} 条不符");
    }
    return FAULT_NONE;
}

static enum fault open_sorted(struct conn *c, const struct store_table *t, struct stmt **out) {
    _cleanup_(text_release) struct text sql;
    text_init(&sql, SQL_MAX);
    text_add(&sql, "SELECT ");
    for (size_t i = 0; i < t->column_count; i++) text_format(&sql, "%s%s", i ? ", " : "", t->columns[i].name);
    text_format(&sql, " FROM %s ORDER BY %s", t->name, t->key);
    return stmt_open(c, sql.at, out);
}

static enum fault compare_table(struct pair *p, struct conn *live, struct conn *made) {
    _cleanup_(stmt_done) struct stmt *a = NULL, *b = NULL;
    enum fault f = open_sorted(live, p->table, &a);
    if (!f) f = open_sorted(made, p->table, &b);
    p->live = a;
    p->made = b;
    if (!f) f = stmt_step(a, &p->live_row);
    if (!f) f = stmt_step(b, &p->made_row);
    while (!f && (p->live_row || p->made_row)) {
        bool same_key = false;
        p->verdict->rows++;
        if (p->live_row && p->made_row) {
            f = compare_row(p, &same_key);
            if (!f && same_key) f = stmt_step(a, &p->live_row);
            if (!f && same_key) f = stmt_step(b, &p->made_row);
        } else if (p->live_row) {
            tell_difference(p, a, "", "多出一行（{0}），日志里没有对应的记录");
            f = stmt_step(a, &p->live_row);
        } else {
            tell_difference(p, b, "", "缺少一行（{0}），应由日志第 {2} 条得出");
            f = stmt_step(b, &p->made_row);
        }
    }
    p->verdict->tables++;
    return f;
}

enum fault registers_verify(struct registers *rs, struct notes *notes, struct projection_verdict *out) {
    struct projection_verdict v = {.entry = -1};
    struct store *scratch = NULL;
    _cleanup_(store_read_end) struct conn *live = NULL, *made = NULL;
    enum fault f = store_open_scratch(&scratch);
    if (!f) f = store_read_begin(rs->store, &live);
    if (!f) f = registers_project(rs, live, scratch, notes);
    if (!f) f = store_read_begin(scratch, &made);
    for (size_t i = 0; !f && i < store_table_count(scratch); i++) {
        if (store_table_at(scratch, i)->kind != TABLE_PROJECTION) continue;
        struct pair pair = {.table = store_table_at(scratch, i), .notes = notes, .verdict = &v};
        f = compare_table(&pair, live, made);
    }
    store_read_end(&made);
    store_close(scratch);
    if (f && f != FAULT_TAMPERED) return f;
    *out = v;
    return f || v.differences ? FAULT_TAMPERED : FAULT_NONE;
}
