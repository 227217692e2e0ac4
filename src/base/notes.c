/* notes.c - collecting and printing remarks. */
#include "base/notes.h"

#include <string.h>

void notes_init(struct notes *n, struct arena *arena) { *n = (struct notes){.arena = arena}; }

void note_add_list(struct notes *n, const char *place, const char *sentence, ...) {
    if (!n || n->count++ >= NOTES_MAX) return;
    struct note *note = arena_new(n->arena, struct note);
    note->place = arena_copy(n->arena, place ? place : "");
    note->sentence = sentence;
    va_list args;
    va_start(args, sentence);
    for (int i = 0; i < NOTE_ARGS; i++) {
        const char *arg = va_arg(args, const char *);
        if (!arg) break;
        note->args[i] = arena_copy(n->arena, arg);
    }
    va_end(args);
    if (n->last) n->last->next = note;
    else n->first = note;
    n->last = note;
}

void note_fill(struct text *out, const char *sentence, const char *const args[NOTE_ARGS]) {
    for (const char *p = sentence; *p; p++) {
        if (p[0] == '{' && p[1] >= '0' && p[1] < '0' + NOTE_ARGS && p[2] == '}') {
            const char *arg = args[p[1] - '0'];
            if (arg) text_add(out, arg);
            p += 2;
        } else {
            text_addc(out, *p);
        }
    }
}
