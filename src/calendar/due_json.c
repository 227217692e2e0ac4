/* due_json.c - answers and rules as JSON. */
#include "calendar/due_json.h"

#include "base/printer.h"

const char *due_sentence(const char *sentence, const char *const args[NOTE_ARGS], enum lang lang, struct arena *arena) {
    const char *translated[NOTE_ARGS];
    for (size_t i = 0; i < NOTE_ARGS; i++) translated[i] = args[i] ? lang_tr(lang, args[i]) : NULL;
    _cleanup_(text_release) struct text line;
    text_init(&line, 4096);
    note_fill(&line, lang_tr(lang, sentence), translated);
    return arena_copy(arena, line.at ? line.at : "");
}

const char *span_words(struct span s, enum lang lang, struct arena *arena) {
    return due_sentence(span_sentence(s.unit), (const char *const[NOTE_ARGS]){arena_int(arena, s.n)}, lang, arena);
}

const char *extension_words(const struct term_extension *x, enum lang lang, struct arena *arena) {
    if (!x->half) return span_words(x->by, lang, arena);
    return due_sentence("{0} 个半月", (const char *const[NOTE_ARGS]){arena_int(arena, x->by.n)}, lang, arena);
}

static void key(struct text *out, const char *name) {
    char last = out->length ? out->at[out->length - 1] : '{';
    if (last != '{' && last != '[') text_add(out, ", ");
    json_text(out, name);
    text_add(out, ": ");
}

static void member(struct text *out, const char *name, const char *value) {
    key(out, name);
    if (value) json_text(out, value);
    else text_add(out, "null");
}

static void truth(struct text *out, const char *name, bool value) {
    key(out, name);
    text_add(out, value ? "true" : "false");
}

static void number(struct text *out, const char *name, int64_t value) {
    key(out, name);
    text_add_int(out, value);
}

static const char *day_text(civil_day d, struct arena *arena) {
    return d == DAY_NONE ? NULL : instant_text((struct instant){d, MINUTE_NONE}, arena);
}

static void steps_json(const struct due_answer *a, enum lang lang, struct arena *arena, struct text *out) {
    key(out, "steps");
    text_addc(out, '[');
    for (size_t i = 0; i < a->step_count; i++) {
        const struct due_step *s = &a->steps[i];
        text_add(out, i ? ", {" : "{");
        member(out, "kind", step_word(s->kind));
        member(out, "day", day_text(s->day, arena));
        member(out, "to", day_text(s->to, arena));
        if (s->count) number(out, "count", s->count);
        member(out, "text", due_sentence(s->sentence, s->args, lang, arena));
        member(out, "citation", s->citation);
        text_addc(out, '}');
    }
    text_addc(out, ']');
}

void due_json(const struct due_question *q, const struct due_answer *a, bool steps, enum lang lang, struct arena *arena,
              struct text *out) {
    const struct term_rule *rule = q->rule;
    bool suspended = !a->has_due && !rule->inside;
    member(out, "rule", rule->code);
    member(out, "name", lang_tr(lang, rule->name));
    member(out, "status", term_status_word(rule->status));
    member(out, "citation", rule->citation);
    member(out, "from", instant_text(q->from, arena));
    member(out, "due", a->has_due ? instant_text(a->due, arena) : NULL);
    member(out, "literal", a->has_due ? instant_text(a->literal, arena) : NULL);
    member(out, "base", day_text(a->base, arena));
    truth(out, "rolled", a->rolled);
    truth(out, "provisional", a->provisional);
    member(out, "safe_by", day_text(a->safe_by, arena));
    number(out, "round", a->round);
    truth(out, "running", a->running);
    truth(out, "custody", a->custody);
    truth(out, "in_force", a->in_force);
    if (suspended) number(out, "consumed", a->consumed), number(out, "remaining", a->remaining);
    else member(out, "consumed", NULL), member(out, "remaining", NULL);
    member(out, "calendar_known_through", day_text(q->calendar->known_through, arena));
    if (steps) steps_json(a, lang, arena, out);
}

void rule_json(const struct term_rule *r, enum lang lang, struct arena *arena, struct text *out) {
    text_addc(out, '{');
    member(out, "code", r->code);
    member(out, "name", lang_tr(lang, r->name));
    member(out, "length", r->length.n ? span_text(r->length, arena) : NULL);
    member(out, "starts_on", lang_tr(lang, r->starts_on));
    member(out, "status", term_status_word(r->status));
    member(out, "citation", r->citation);
    if (r->valid_from) member(out, "valid_from", instant_text((struct instant){r->valid_from, MINUTE_NONE}, arena));
    if (r->valid_to) member(out, "valid_to", instant_text((struct instant){r->valid_to, MINUTE_NONE}, arena));
    key(out, "extensions");
    text_addc(out, '[');
    for (size_t i = 0; i < TERM_EXTENSIONS_MAX && r->extensions[i].code; i++) {
        text_add(out, i ? ", {" : "{");
        member(out, "code", r->extensions[i].code);
        member(out, "name", lang_tr(lang, r->extensions[i].name));
        member(out, "length", arena_join(arena, span_text(r->extensions[i].by, arena), r->extensions[i].half ? "15d" : ""));
        truth(out, "total", r->extensions[i].total);
        member(out, "approver", r->extensions[i].approver ? lang_tr(lang, r->extensions[i].approver) : NULL);
        member(out, "apply_before", r->extensions[i].apply_before.n ? span_text(r->extensions[i].apply_before, arena) : NULL);
        text_addc(out, '}');
    }
    text_addc(out, ']');
    key(out, "suspend");
    text_addc(out, '[');
    for (size_t i = 0; i < TERM_REASONS_MAX && r->suspend[i]; i++) {
        text_add(out, i ? ", " : "");
        json_text(out, r->suspend[i]);
    }
    text_add(out, "]}");
}
