/* view.c - building the tree of values that a page shows. */
#include "web/view.h"

#include <assert.h>
#include <stdio.h>

struct view *view_new(struct arena *arena, enum lang lang) {
    struct view *v = arena_new(arena, struct view);
    v->arena = arena;
    v->lang = lang;
    v->self.kind = VIEW_OBJECT;
    v->self.object = v;
    return v;
}

static struct view_value *value_add(struct view *v, unsigned key, enum view_kind kind) {
    assert(key > 0 && key <= UINT16_MAX);
    struct view_value *value = arena_new(v->arena, struct view_value);
    value->key = (uint16_t)key;
    value->kind = (uint8_t)kind;
    value->next = v->values;
    v->values = value;
    v->mask |= UINT64_C(1) << (key & 63);
    return value;
}

void view_text(struct view *v, unsigned key, const char *text) { value_add(v, key, text ? VIEW_TEXT : VIEW_NULL)->text = text; }

void view_copy(struct view *v, unsigned key, const char *text) { view_text(v, key, arena_copy(v->arena, text)); }

void view_format(struct view *v, unsigned key, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    assert(length >= 0);
    char *out = arena_alloc(v->arena, (size_t)length + 1);
    vsnprintf(out, (size_t)length + 1, format, again);
    va_end(again);
    va_end(args);
    view_text(v, key, out);
}

void view_tr(struct view *v, unsigned key, const char *sentence) { view_text(v, key, lang_tr(v->lang, sentence)); }

static void sentence_fill(struct view *v, unsigned key, const char *sentence, const char *const args[NOTE_ARGS]) {
    _cleanup_(text_release) struct text line;
    text_init(&line, 1 << 16);
    note_fill(&line, lang_tr(v->lang, sentence), args);
    view_text(v, key, arena_copyn(v->arena, line.at, line.length));
}

void view_sentence_list(struct view *v, unsigned key, const char *sentence, ...) {
    const char *args[NOTE_ARGS] = {NULL};
    va_list list;
    va_start(list, sentence);
    for (int i = 0; i < NOTE_ARGS; i++)
        if (!(args[i] = va_arg(list, const char *))) break;
    va_end(list);
    sentence_fill(v, key, sentence, args);
}

void view_note(struct view *v, unsigned key, const struct note *note) { sentence_fill(v, key, note->sentence, note->args); }

void view_html(struct view *v, unsigned key, const char *html) { value_add(v, key, html ? VIEW_HTML : VIEW_NULL)->text = html; }

void view_int(struct view *v, unsigned key, int64_t number) { value_add(v, key, VIEW_INT)->number = number; }

void view_bool(struct view *v, unsigned key, bool value) { value_add(v, key, VIEW_BOOL)->number = value; }

void view_date(struct view *v, unsigned key, civil_day day) {
    char *text = arena_alloc(v->arena, CIVIL_TEXT);
    civil_format(day, text);
    view_text(v, key, text);
}

void view_moment(struct view *v, unsigned key, int64_t utc_ms) {
    char *text = arena_alloc(v->arena, MOMENT_TEXT);
    moment_format(utc_ms, text);
    view_text(v, key, text);
}

struct view *view_object(struct view *v, unsigned key) {
    struct view *object = view_new(v->arena, v->lang);
    value_add(v, key, VIEW_OBJECT)->object = object;
    return object;
}

struct view_list *view_list(struct view *v, unsigned key) {
    struct view_list *list = arena_new(v->arena, struct view_list);
    list->owner = v;
    value_add(v, key, VIEW_LIST)->list = list;
    return list;
}

struct view *view_item(struct view_list *list) {
    struct view *item = view_new(list->owner->arena, list->owner->lang);
    if (list->last) list->last->next = item;
    else list->first = item;
    list->last = item;
    list->count++;
    return item;
}

void view_item_text(struct view_list *list, const char *text) {
    struct view *item = view_item(list);
    item->self = (struct view_value){.kind = text ? VIEW_TEXT : VIEW_NULL, .text = text};
}

const struct view_value *view_find(const struct view *v, unsigned key) {
    if (!(v->mask >> (key & 63) & 1)) return NULL;
    for (const struct view_value *value = v->values; value; value = value->next)
        if (value->key == key) return value;
    return NULL;
}
