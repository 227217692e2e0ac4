/* notes.h - what is told to the person about a failure: places and sentences, collected while work goes on. */
#ifndef BASE_NOTES_H
#define BASE_NOTES_H

#include "base/memory.h"

enum { NOTE_ARGS = 4, NOTES_MAX = 200 };

/* One remark. `place` says where (a field key, "Sheet1!C7", a line number); `sentence` is a catalogue sentence in the source
 * language with {0}…{3} for the arguments, so that it can be shown in any language. All memory is the arena's. */
struct note {
    const char *place;
    const char *sentence;
    const char *args[NOTE_ARGS];
    struct note *next;
};

/* A list in the order told; past NOTES_MAX only the count goes on. */
struct notes {
    struct arena *arena;
    struct note *first, *last;
    unsigned count;
};

void notes_init(struct notes *n, struct arena *arena);
/* Adds a remark; place and up to four args (NULL-terminated variadic list of const char *) are copied, sentence is not
 * (it must be a literal). Use the macro: note_add(n, place, "应为日期，如 {0}", "2019-03-01"). n may be NULL: nothing is told. */
void note_add_list(struct notes *n, const char *place, const char *sentence, ...) __attribute__((sentinel));
#define note_add(n, place, ...) note_add_list((n), (place), __VA_ARGS__, (const char *)NULL)
/* Fills {0}… of a (translated) sentence with the note's arguments. */
void note_fill(struct text *out, const char *sentence, const char *const args[NOTE_ARGS]);

#endif
