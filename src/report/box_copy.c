/* box_copy.c - last period's box for the next one: the index and where its evidence comes from, without the evidence itself. */
#include "report/box.h"

#include <string.h>

enum { PAGE = 200, COPY_ARENA = 96 << 20 };

/* What stays behind: evidence that was chosen or uploaded for one period, and what the copy is asked for. */
static const char *const left_behind[] = {"box", "records", "reports", "forms", "files"};

struct copying {
    const struct reg *boxes, *items;
    struct arena *arena, *told; /* told: of the remarks */
    struct id made;
    const char *made_text;
    int64_t now_ms;
    struct record *records;
    size_t count, room, at;
    struct change_value *values;
    const struct box_copying *how;
    const struct record *box;
    bool began;
};

static bool is_left(const char *key) {
    for (size_t i = 0; i < COUNT_OF(left_behind); i++)
        if (!strcmp(key, left_behind[i])) return true;
    return false;
}

/* A value as value_read() takes it back. */
static const char *typed(struct copying *c, const struct reg_field *field, const struct value *v) {
    return v->kind == VALUE_NONE ? NULL : v->kind == VALUE_TEXT ? v->text : value_show(field, v, LANG_ZH, c->arena);
}

static enum fault keep_item(void *context, const struct record *r) {
    struct copying *c = context;
    if (c->count == BOX_ITEMS_MAX || arena_over(c->arena)) return FAULT_LARGE;
    if (c->count == c->room) {
        c->room = c->room ? 2 * c->room : 64;
        struct record *more = arena_array(c->arena, struct record, c->room);
        if (c->count) memcpy(more, c->records, c->count * sizeof *more);
        c->records = more;
    }
    struct record *kept = &c->records[c->count++];
    *kept = *r;
    kept->values = arena_array(c->arena, struct value, c->items->field_count);
    for (size_t i = 0; i < c->items->field_count; i++) {
        kept->values[i] = r->values[i];
        if (r->values[i].kind == VALUE_TEXT) kept->values[i].text = arena_copy(c->arena, r->values[i].text);
    }
    return FAULT_NONE;
}

static size_t box_values(struct copying *c) {
    static const char *const kept[] = {"inspector", "paper", "office", "person", "cases", "note"};
    size_t n = 0;
    c->values[n++] = (struct change_value){"name", c->how->name, NULL};
    c->values[n++] = (struct change_value){"from", c->how->from, NULL};
    c->values[n++] = (struct change_value){"to", c->how->to, NULL};
    c->values[n++] = (struct change_value){"due", c->how->due, NULL};
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        const struct reg_field *field = reg_field_named(c->boxes, kept[i]);
        c->values[n++] = (struct change_value){kept[i], typed(c, field, &c->box->values[field - c->boxes->fields]), NULL};
    }
    return n;
}

static bool next_change(void *context, struct change *out) {
    struct copying *c = context;
    size_t n = 0;
    if (c->began && c->at == c->count) return false;
    *out = (struct change){.kind = CHANGE_ADD, .values = c->values, .expected = -1};
    if (!c->began) {
        c->began = true;
        out->reg = c->boxes;
        out->record = c->made;
        out->unit = c->box->unit;
        out->value_count = box_values(c);
        return true;
    }
    const struct record *r = &c->records[c->at++];
    out->reg = c->items;
    out->record = id_make(c->now_ms);
    out->unit = r->unit;
    c->values[n++] = (struct change_value){"box", c->made_text, NULL};
    for (size_t i = 0; i < c->items->field_count; i++) {
        const struct reg_field *field = &c->items->fields[i];
        if (!field->compute && !is_left(field->key))
            c->values[n++] = (struct change_value){field->key, typed(c, field, &r->values[i]), NULL};
    }
    out->value_count = n;
    return true;
}

/* Remarks about the box keep its fields' keys; an item is named by its number and title. */
static const char *place_of(void *context, const char *key) {
    struct copying *c = context;
    if (!c->at) return arena_copy(c->told, key); /* remarks outlive the copying */
    const struct record *r = &c->records[c->at - 1];
    const struct value *title = &r->values[reg_field_named(c->items, "title") - c->items->fields];
    return arena_format(c->told, "%s %s", title->kind == VALUE_TEXT ? title->text : "", key);
}

static enum fault read_all(struct copying *c, struct registers *rs, const struct actor *actor, const struct id *box,
                           struct record *record) {
    _cleanup_(store_read_end) struct conn *conn = NULL;
    char id[ID_TEXT], next[CURSOR_TEXT] = "", before[CURSOR_TEXT], cursor[CURSOR_TEXT];
    struct filter *filter;
    id_format(box, id);
    enum fault f = store_read_begin(registers_store(rs), &conn);
    if (!f) f = record_read(rs, conn, actor, c->boxes, box, NULL, c->arena, record);
    if (!f) f = filter_parse(c->items, arena_format(c->arena, "box = \"%s\"", id), NULL, c->arena, NULL, &filter);
    while (!f) {
        memcpy(cursor, next, sizeof cursor);
        struct list_query q = {.reg = c->items, .filter = filter, .sort = "entered", .limit = PAGE, .cursor = cursor};
        f = record_list(rs, conn, actor, &q, keep_item, c, next, before);
        if (!next[0]) break;
    }
    return f;
}

enum fault box_copy(struct registers *rs, const struct actor *actor, int64_t now_ms, const struct id *box,
                    const struct box_copying *how, struct notes *notes, struct id *made) {
    _cleanup_(arena_release) struct arena own;
    arena_init(&own, COPY_ARENA);
    char text[ID_TEXT];
    struct record record;
    struct batch_result result;
    struct copying c = {.boxes = register_named(rs, "inspection_box"),
                        .items = register_named(rs, "inspection_item"),
                        .arena = &own,
                        .made = id_make(now_ms),
                        .now_ms = now_ms,
                        .how = how,
                        .box = &record};
    if (!c.boxes || !c.items) return FAULT_ABSENT;
    id_format(&c.made, text);
    c.made_text = text;
    c.told = notes->arena;
    c.values = arena_array(&own, struct change_value, c.boxes->field_count + c.items->field_count);
    enum fault f = read_all(&c, rs, actor, box, &record);
    if (!f && !actor->system && !access_may_in(actor, c.boxes->record, &record.unit)) f = FAULT_RIGHT;
    if (f) return f;
    struct change_source source = {&c, next_change, place_of, NULL};
    f = change_batch(rs, actor, now_ms, &source, false, notes, &result);
    if (!f) *made = c.made;
    return f;
}
