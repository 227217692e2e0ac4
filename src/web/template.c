/* template.c - walking a compiled template over a view; each value is escaped as the compiler decided. */
#include "web/template.h"

#include "base/printer.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64, CALLS_MAX = 64 };

/* One level of the context stack: a section's value, and the list item at hand. */
struct frame {
    const struct view *object; /* NULL for a text or number */
    const struct view_value *self;
    const struct view *item;
};

struct walk {
    const struct template_set *set;
    struct text *out;
    char *next, *end; /* room in out */
    enum lang lang;
    struct frame *top; /* the innermost of frames */
    struct frame frames[DEPTH_MAX];
};

/* ---- output: as text_add, but the cursor stays at hand ---- */

static void out_sync(struct walk *w) {
    if (!w->out->at) return;
    w->out->length = (size_t)(w->next - w->out->at);
    *w->next = 0;
}

/* Takes the cursor from out: one byte stays for the NUL, and nothing beyond the maximum is used. */
static void out_take(struct walk *w) {
    size_t room = w->out->room - 1 < w->out->max ? w->out->room - 1 : w->out->max;
    w->next = w->out->at + w->out->length;
    w->end = w->out->at + room;
}

/* Room for `length` more bytes; false past the maximum. */
static __attribute__((noinline)) bool out_room(struct walk *w, size_t length) {
    if (length <= (size_t)(w->end - w->next) && w->next) return true;
    if (w->out->over) return false;
    if (w->next) out_sync(w);
    if (!text_reserve(w->out, length)) return false;
    out_take(w);
    return true;
}

/* memcpy for the short pieces that pages are made of: two overlapping moves instead of a call. */
static inline void bytes_copy(char *to, const char *from, size_t n) {
    if (n > 32) {
        memcpy(to, from, n);
    } else if (n >= 16) {
        memcpy(to, from, 16);
        memcpy(to + n - 16, from + n - 16, 16);
    } else if (n >= 8) {
        uint64_t first, last;
        memcpy(&first, from, 8);
        memcpy(&last, from + n - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + n - 8, &last, 8);
    } else if (n) {
        for (size_t i = 0; i < n; i++) to[i] = from[i];
    }
}

static inline void out_bytes(struct walk *w, const char *bytes, size_t length) {
    if (length > (size_t)(w->end - w->next) && !out_room(w, length)) return;
    bytes_copy(w->next, bytes, length);
    w->next += length;
}

/* Through a printer of base, for the rare contexts. */
static void out_printed(struct walk *w, void (*print)(struct text *, const char *), const char *s) {
    if (!out_room(w, 1)) return;
    out_sync(w);
    print(w->out, s);
    out_take(w);
}

static void out_html(struct walk *w, const char *text) {
    const char *end = text + strlen(text), *special = html_special(text, end);
    if (special > text) out_bytes(w, text, (size_t)(special - text));
    if (special < end) out_printed(w, html_text, special);
}

/* Browsers drop tabs and line ends from addresses, but "/" and then a plain character
 * is a path of this site whatever follows. */
static bool address_safe(const char *s) {
    if (s[0] == '/') return !s[1] || ((unsigned char)s[1] > ' ' && s[1] != '/' && s[1] != '\\');
    return s[0] == '#' || s[0] == '?' || !strncmp(s, "https://", 8) || !strncmp(s, "http://", 7);
}

static void out_value(struct walk *w, enum template_context context, const char *s) {
    switch (context) {
    case TEMPLATE_URL: out_html(w, address_safe(s) ? s : "#"); break;
    case TEMPLATE_ARG: out_printed(w, url_arg, s); break;
    default: out_html(w, s); break;
    }
}

/* ---- names ---- */

/* view_find(), here so that it is inlined into the walk. */
static inline const struct view_value *object_find(const struct view *v, unsigned key) {
    if (!(v->mask >> (key & 63) & 1)) return NULL;
    const struct view_value *value = v->values;
    while (value && value->key != key) value = value->next;
    return value;
}

static const struct view_value *path_follow(const struct walk *w, const struct template_op *op, const struct view_value *value) {
    for (const uint16_t *path = w->set->paths + op->path; *path && value; path++)
        value = value->kind == VIEW_OBJECT ? view_find(value->object, *path) : NULL;
    return value;
}

static inline const struct view_value *name_find(const struct walk *w, const struct template_op *op) {
    const struct view_value *value = NULL;
    if (!op->key) return w->top->self;
    for (const struct frame *f = w->top; f >= w->frames; f--) {
        if (!f->object) continue;
        if ((value = object_find(f->object, op->key)) || op->flags & TEMPLATE_HERE) break;
    }
    return op->more ? path_follow(w, op, value) : value;
}

static inline bool value_true(const struct view_value *v) {
    if (!v) return false;
    switch (v->kind) {
    case VIEW_TEXT:
    case VIEW_HTML: return v->text[0] != 0;
    case VIEW_INT:
    case VIEW_BOOL: return v->number != 0;
    case VIEW_OBJECT: return true;
    case VIEW_LIST: return v->list->first != NULL;
    default: return false;
    }
}

static const char *number_text(int64_t number, char room[24]) {
    char *p = room + 23;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    *p = 0;
    do *--p = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0) *--p = '-';
    return p;
}

/* The value as text; "" for what has none. */
static const char *value_text(const struct view_value *v, char room[24]) {
    if (!v) return "";
    switch (v->kind) {
    case VIEW_TEXT:
    case VIEW_HTML: return v->text;
    case VIEW_INT: return number_text(v->number, room);
    case VIEW_BOOL: return v->number ? "true" : "false";
    default: return "";
    }
}

/* ---- operations ---- */

static __attribute__((noinline)) void rare_render(struct walk *w, const struct template_op *op, const struct view_value *v) {
    char room[24];
    if (op->context == TEMPLATE_MARKUP && v->kind == VIEW_HTML) out_bytes(w, v->text, strlen(v->text));
    else out_value(w, op->context, value_text(v, room));
}

static inline void value_render(struct walk *w, const struct template_op *op) {
    const struct view_value *v = name_find(w, op);
    if (v && v->kind == VIEW_TEXT && op->context <= TEMPLATE_ATTR) out_html(w, v->text);
    else if (v) rare_render(w, op, v);
}

static void sentence_render(struct walk *w, const struct template_op *op) {
    size_t slot = (size_t)w->lang * w->set->sentence_count + op->at;
    const char *s = w->set->prepared ? w->set->prepared[slot] : NULL;
    if (!s) s = lang_tr(w->lang, w->set->sentences[op->at]);
    if (!op->length) {
        out_value(w, op->context, s);
        return;
    }
    char rooms[NOTE_ARGS][24];
    const char *args[NOTE_ARGS] = {NULL};
    for (uint32_t i = 0; i < op->length && i < NOTE_ARGS; i++) args[i] = value_text(name_find(w, op + 1 + i), rooms[i]);
    _cleanup_(text_release) struct text line;
    text_init(&line, w->out->max);
    note_fill(&line, s, args);
    if (line.over) w->out->over = true;
    out_value(w, op->context, line.at ? line.at : "");
}

static void frame_set(struct frame *f, const struct view_value *self) {
    f->self = self;
    f->object = self->kind == VIEW_OBJECT ? self->object : NULL;
}

/* Enters a true section; false if it is too deep to be (partials that call themselves). */
static inline bool section_enter(struct walk *w, const struct view_value *v, bool once) {
    if (w->top + 1 >= w->frames + DEPTH_MAX) return false;
    struct frame *f = ++w->top;
    if (once) {
        *f = (struct frame){NULL, f[-1].self, NULL};
        return true;
    }
    f->item = v->kind == VIEW_LIST ? v->list->first : NULL;
    frame_set(f, f->item ? &f->item->self : v);
    return true;
}

/* At a section's end: true if there is another item. */
static inline bool section_again(struct walk *w) {
    struct frame *f = w->top;
    if (f->item && (f->item = f->item->next)) {
        frame_set(f, &f->item->self);
        return true;
    }
    w->top--;
    return false;
}

static void walk_run(struct walk *w, uint32_t start) {
    const struct template_op *ops = w->set->ops, *op = ops + start, *calls[CALLS_MAX];
    const char *literals = w->set->literals;
    int call_depth = 0;
    for (;;) {
        const struct template_op *at = op++;
        out_bytes(w, literals + at->literal, at->literal_length);
        switch ((enum template_code)at->code) {
        case TEMPLATE_LITERAL: break;
        case TEMPLATE_VALUE: value_render(w, at); break;
        case TEMPLATE_SENTENCE:
            sentence_render(w, at);
            op += at->length;
            break;
        case TEMPLATE_SECTION: {
            const struct view_value *v = name_find(w, at);
            if (!value_true(v) || !section_enter(w, v, at->flags & TEMPLATE_ONCE)) op = ops + at->at;
            break;
        }
        case TEMPLATE_INVERTED:
            if (value_true(name_find(w, at))) op = ops + at->at;
            break;
        case TEMPLATE_CLOSE:
            if (w->out->over) return;
            if (section_again(w)) op = ops + at->at;
            else if (at->length) op = ops + at->length;
            break;
        case TEMPLATE_CALL:
            if (w->out->over) return;
            if (call_depth >= CALLS_MAX) break;
            calls[call_depth++] = op;
            op = ops + at->at;
            break;
        case TEMPLATE_END:
            if (!call_depth) return;
            op = calls[--call_depth];
            break;
        }
    }
}

void template_render_set(const struct template_set *set, unsigned id, const struct view *page, struct text *out) {
    if (id >= set->template_count) return;
    struct walk w;
    w.set = set;
    w.out = out;
    w.lang = page->lang;
    w.next = w.end = NULL;
    w.top = w.frames;
    w.frames[0] = (struct frame){page, &page->self, NULL};
    if (!out_room(&w, 1)) return;
    walk_run(&w, set->starts[id]);
    out_sync(&w);
}

void template_render(unsigned id, const struct view *page, struct text *out) {
    template_render_set(&template_table, id, page, out);
}

void template_prepare(void) {
    const struct template_set *set = &template_table;
    for (unsigned lang = 0; lang < LANG_COUNT; lang++)
        for (unsigned i = 0; i < set->sentence_count; i++)
            set->prepared[lang * set->sentence_count + i] = lang_tr((enum lang)lang, set->sentences[i]);
}
