/* order.c - in which order a list comes, and the cursor that says where one of its pages ends. */
#include "register/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool order_possible(enum reg_type type) {
    static const enum sort ordered[] = {SORT_TEXT, SORT_NUMBER, SORT_WORD, SORT_YESNO, SORT_CODE, SORT_DATE, SORT_MOMENT};
    for (size_t i = 0; i < COUNT_OF(ordered); i++)
        if (value_type(type)->sort == ordered[i]) return type != REG_LONG;
    return false;
}

bool order_offers(const struct reg *reg, const struct reg_field *field) {
    return field->flags & INDEXED || (reg->date && !strcmp(reg->date, field->key));
}

bool order_read(const struct layout *l, const char *asked, struct order *out) {
    *out = (struct order){.layout = l, .field = -1, .by_made = l->date_field < 0, .made = "t.made"};
    if (!asked || !asked[0]) return true;
    out->ascending = asked[0] != '-';
    const char *key = asked + !out->ascending;
    if (!strcmp(key, "entered")) return out->by_made = true;
    const struct reg_field *field = reg_field_named(l->reg, key);
    if (!field || !order_offers(l->reg, field)) return false;
    int at = (int)(field - l->reg->fields);
    if (at != l->date_field) out->field = at;
    return true;
}

/* --- the cursor: what the last row is sorted by, as "2019-03-01.ID" or the position of entry, and "~value" of the field asked --- */

static bool parse_value(const struct order *o, const char *text, struct arena *arena, struct cursor *out) {
    char *end = NULL;
    out->valued = true;
    if (!value_is_number(o->layout->reg->fields[o->field].type)) return out->text = arena_copy(arena, text), true;
    out->number = strtoll(text, &end, 10);
    return text[0] && !*end;
}

bool cursor_parse(const struct order *o, const char *text, struct arena *arena, struct cursor *out) {
    *out = (struct cursor){0};
    char *tie = arena_copy(arena, text), *value = strchr(tie, '~');
    if (value) *value++ = 0;
    if (value && (o->field < 0 || !parse_value(o, value, arena, out))) return false;
    if (o->by_made) {
        char *end;
        out->made = strtoll(tie, &end, 10);
        return tie[0] && !*end && out->made >= 0;
    }
    civil_day day;
    if (strlen(tie) != CIVIL_TEXT - 1 + ID_TEXT || tie[CIVIL_TEXT - 1] != '.') return false;
    memcpy(out->date, tie, CIVIL_TEXT - 1);
    return civil_parse(out->date, &day) && id_parse(tie + CIVIL_TEXT, &out->id);
}

void cursor_of(const struct order *o, const struct record *r, struct cursor *out) {
    out->id = r->id;
    out->made = r->made;
    const char *date = o->by_made ? NULL : r->values[o->layout->date_field].text;
    size_t length = date ? strnlen(date, sizeof out->date - 1) : 0;
    if (length) memcpy(out->date, date, length);
    out->date[length] = 0;
    if (o->field < 0) return;
    const struct value *v = &r->values[o->field];
    out->valued = v->kind != VALUE_NONE;
    out->number = v->integer;
    snprintf(out->kept, sizeof out->kept, "%s", v->kind == VALUE_TEXT ? v->text : "");
    out->text = out->kept;
}

void cursor_format(const struct order *o, const struct cursor *c, char out[CURSOR_TEXT]) {
    char id[ID_TEXT];
    id_format(&c->id, id);
    int n = o->by_made ? snprintf(out, CURSOR_TEXT, "%lld", (long long)c->made) : snprintf(out, CURSOR_TEXT, "%s.%s", c->date, id);
    if (o->field < 0 || !c->valued) return;
    if (value_is_number(o->layout->reg->fields[o->field].type))
        snprintf(out + n, CURSOR_TEXT - (size_t)n, "~%lld", (long long)c->number);
    else snprintf(out + n, CURSOR_TEXT - (size_t)n, "~%s", c->text);
}

/* --- the statement --- */

/* Appends "t.f_x, t.f_date, t.id" with something behind each. */
static void add_columns(const struct order *o, bool valued, const char *behind, struct text *sql) {
    if (valued) text_format(sql, "t.f_%s%s, ", o->layout->reg->fields[o->field].key, behind);
    if (o->by_made) text_format(sql, "%s%s", o->made, behind);
    else text_format(sql, "t.f_%s%s, t.id%s", o->layout->reg->date, behind, behind);
}

void order_sql(const struct order *o, const struct segment *segment, int *next, struct text *sql) {
    bool valued = o->field >= 0 && !segment->without, rising = o->ascending != segment->backwards;
    if (o->field >= 0)
        text_format(sql, " AND t.f_%s IS %s", o->layout->reg->fields[o->field].key, segment->without ? "NULL" : "NOT NULL");
    if (segment->from) {
        text_add(sql, " AND (");
        add_columns(o, valued, "", sql);
        text_format(sql, ") %s (", rising ? ">" : "<");
        int parameters = valued + (o->by_made ? 1 : 2);
        for (int i = 0; i < parameters; i++) text_format(sql, i ? ", ?%d" : "?%d", (*next)++);
        text_addc(sql, ')');
    }
    text_add(sql, " ORDER BY ");
    add_columns(o, valued, rising ? " ASC" : " DESC", sql);
    text_format(sql, " LIMIT ?%d", (*next)++);
}

void order_bind(const struct order *o, const struct segment *segment, int64_t limit, struct stmt *s, int *next) {
    const struct cursor *c = segment->from;
    if (c && o->field >= 0 && !segment->without) {
        if (value_is_number(o->layout->reg->fields[o->field].type)) stmt_bind_int(s, (*next)++, c->number);
        else stmt_bind_text(s, (*next)++, c->text);
    }
    if (c && o->by_made) {
        stmt_bind_int(s, (*next)++, c->made + o->made_ahead);
    } else if (c) {
        stmt_bind_text(s, (*next)++, c->date);
        stmt_bind_id(s, (*next)++, &c->id);
    }
    stmt_bind_int(s, (*next)++, limit);
}
