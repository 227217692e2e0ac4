/* due_json.h - an answer of the arithmetic of terms as JSON and in words, the same for the shell, the pages and the interface for programs. */
#ifndef CALENDAR_DUE_JSON_H
#define CALENDAR_DUE_JSON_H

#include "base/lang.h"
#include "calendar/due.h"

/* A sentence filled, both it and what fills it in the reader's language (arena). */
const char *due_sentence(const char *sentence, const char *const args[NOTE_ARGS], enum lang lang, struct arena *arena);
/* A length in words: "15 个工作日" (arena). */
const char *span_words(struct span s, enum lang lang, struct arena *arena);
/* The length that an extension adds or puts in place, for people; as span_words(). */
const char *extension_words(const struct term_extension *x, enum lang lang, struct arena *arena);
/* The members of the answer without the braces: rule, name, status, citation, from, due, literal, base, rolled, provisional, safe_by, round, running, custody,
 * in_force, consumed and remaining (null unless it is suspended), calendar_known_through; with `steps` the explanation. */
void due_json(const struct due_question *q, const struct due_answer *a, bool steps, enum lang lang, struct arena *arena,
              struct text *out);
/* A rule: code, name, length (null: case by case or none), starts_on, status, citation, extensions [code, name, length, total, approver, apply_before], suspend [code]. */
void rule_json(const struct term_rule *r, enum lang lang, struct arena *arena, struct text *out);

#endif
