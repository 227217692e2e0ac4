/* view.h - the data of one page: a tree of small values under integer keys, in the request's arena, read by a template. */
#ifndef WEB_VIEW_H
#define WEB_VIEW_H

#include "base/civil.h"
#include "base/lang.h"
#include "base/memory.h"
#include "base/notes.h"

/* Keys are the names that stand in the templates: tools/mustache.c numbers them at build time and writes
 * "web/template_keys.h" with VIEW_KEY_title and so on (0 is no key). A key that no template uses does not compile.
 *
 * A template looks a name up in the innermost object first and then outwards (Mustache's context stack); `{{.name}}` looks in
 * the innermost only. `{{#name?}}` only asks: it goes in once and stays in the context outside, so that a list's heading needs
 * no value of its own. False for {{#name}}: not set, NULL, "", 0, false, an empty list. All else is true.
 * Setting a key twice in one object: the later value holds. */
enum view_kind { VIEW_NULL, VIEW_TEXT, VIEW_HTML, VIEW_INT, VIEW_BOOL, VIEW_OBJECT, VIEW_LIST };

struct view;
struct view_list;

struct view_value {
    const struct view_value *next;
    uint16_t key;
    uint8_t kind;
    union {
        const char *text;
        int64_t number;
        struct view *object;
        struct view_list *list;
    };
};

/* An object. Of its members only `arena` and `lang` concern callers. */
struct view {
    struct arena *arena;
    const struct view_value *values; /* newest first */
    uint64_t mask;                   /* bit key % 64 is set if such a key may be in `values` */
    enum lang lang;
    struct view_value self; /* what this is as an item of a list: an object, or a text for {{.}} */
    struct view *next;      /* the next item of the list */
};

struct view_list {
    struct view *owner, *first, *last;
    unsigned count;
};

/* An empty object for a page in `lang`; nothing of it needs freeing but the arena. */
struct view *view_new(struct arena *arena, enum lang lang);

/* A text, escaped where it is shown. The pointer is kept: the text must live until the page is rendered (arena or literal).
 * NULL is kept too: it hides a value of the same name further out. */
void view_text(struct view *v, unsigned key, const char *text);
/* The same, copied into the arena. */
void view_copy(struct view *v, unsigned key, const char *text);
void view_format(struct view *v, unsigned key, const char *format, ...) PRINTF_LIKE(3, 4);
/* A catalogue sentence in the source language, shown in the page's language. Kept, not copied. */
void view_tr(struct view *v, unsigned key, const char *sentence);
/* A catalogue sentence with {0}…{3} filled from up to four const char * arguments (copied). */
#define view_sentence(v, key, ...) view_sentence_list((v), (key), __VA_ARGS__, (const char *)NULL)
void view_sentence_list(struct view *v, unsigned key, const char *sentence, ...) __attribute__((sentinel));
/* A note's sentence, translated and filled. */
void view_note(struct view *v, unsigned key, const struct note *note);
/* Markup that printers have made already, for keys that end in _html and stand as {{{key_html}}}. Kept, not copied. */
void view_html(struct view *v, unsigned key, const char *html);
void view_int(struct view *v, unsigned key, int64_t value);
void view_bool(struct view *v, unsigned key, bool value);
/* YYYY-MM-DD. */
void view_date(struct view *v, unsigned key, civil_day day);
/* YYYY-MM-DD HH:MM:SS in China, of UTC milliseconds. */
void view_moment(struct view *v, unsigned key, int64_t utc_ms);

/* A nested object, entered by {{#key}} or {{key.name}}. */
struct view *view_object(struct view *v, unsigned key);
/* A list, gone through by {{#key}}…{{/key}}; empty until items are added. */
struct view_list *view_list(struct view *v, unsigned key);
/* Adds an object at the list's end. */
struct view *view_item(struct view_list *list);
/* Adds a text at the list's end, shown by {{.}}; kept, not copied. */
void view_item_text(struct view_list *list, const char *text);

/* The value of a key in this object alone, or NULL; for the template engine and tests. */
const struct view_value *view_find(const struct view *v, unsigned key);

#endif
