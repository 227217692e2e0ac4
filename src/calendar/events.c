/* events.c - the events of a clock from JSON, and moments as text. */
#include "calendar/due.h"

#include <jansson.h>
#include <stdio.h>

static const char *const words[EVENT_KIND_COUNT] = {
    [EVENT_SUSPEND] = "suspend", [EVENT_RESUME] = "resume",   [EVENT_EXTEND] = "extend",
    [EVENT_RESTART] = "restart", [EVENT_STOP] = "stop",       [EVENT_CORRECT] = "correct",
    [EVENT_DETAIN] = "detain",   [EVENT_RELEASE] = "release", [EVENT_CALENDAR] = "calendar",
};

const char *event_word(enum event_kind kind) { return words[kind]; }

static bool digits(const char *text, int *out) {
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') return false;
    *out = (text[0] - '0') * 10 + text[1] - '0';
    return true;
}

bool instant_parse(const char *text, struct instant *out) {
    char date[CIVIL_TEXT];
    struct instant at = {0, MINUTE_NONE};
    size_t length = strlen(text);
    if (length != 10 && length != 16) return false;
    memcpy(date, text, 10);
    date[10] = 0;
    if (!civil_parse(date, &at.day)) return false;
    if (length == 16) {
        int hour, minute;
        if ((text[10] != 'T' && text[10] != ' ') || text[13] != ':' || !digits(text + 11, &hour) || !digits(text + 14, &minute))
            return false;
        if (hour > 23 || minute > 59) return false;
        at.minute = hour * 60 + minute;
    }
    *out = at;
    return true;
}

const char *instant_text(struct instant at, struct arena *arena) {
    char date[CIVIL_TEXT];
    civil_format(at.day, date);
    if (at.minute == MINUTE_NONE) return arena_copy(arena, date);
    return arena_format(arena, "%sT%02d:%02d", date, at.minute / 60, at.minute % 60);
}

static void json_release(json_t **root) { json_decref(*root); }

static const char *text_of(const json_t *object, const char *key) { return json_string_value(json_object_get(object, key)); }

/* An optional member that holds a moment; false if it is there and is none. */
static bool read_instant(const json_t *item, const char *key, struct instant *out) {
    const json_t *given = json_object_get(item, key);
    *out = (struct instant){DAY_NONE, MINUTE_NONE};
    if (!given) return true;
    return json_is_string(given) && instant_parse(json_string_value(given), out);
}

static bool read_event_kind(const char *word, enum event_kind *out) {
    for (enum event_kind k = 0; word && k < EVENT_KIND_COUNT; k++)
        if (!strcmp(words[k], word)) {
            *out = k;
            return true;
        }
    return false;
}

/* A code may be given as text or as its number in the rule's list; "length" is another name for it. */
static const char *read_code(const json_t *item, struct arena *arena) {
    const char *keys[] = {"code", "extension", "length", "by"};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const json_t *given = json_object_get(item, keys[i]);
        if (json_is_string(given)) return arena_copy(arena, json_string_value(given));
        if (json_is_integer(given)) return arena_int(arena, json_integer_value(given));
    }
    return NULL;
}

static enum fault read_event(const json_t *item, const char *place, struct arena *arena, struct notes *notes,
                             struct term_event *out) {
    struct instant applied;
    if (!read_instant(item, "at", &out->at) || out->at.day == DAY_NONE)
        note_add(notes, place, "at 应为日期或时刻，如 {0}", "2024-10-08");
    else if (!read_event_kind(text_of(item, "kind"), &out->kind))
        note_add(notes, place, "kind 应为 suspend、resume、extend、restart、stop、correct、detain 或 release");
    else if (!read_instant(item, "applied", &applied)) note_add(notes, place, "applied 应为日期，如 {0}", "2024-10-08");
    else if (!read_instant(item, "from", &out->from)) note_add(notes, place, "from 应为日期或时刻，如 {0}", "2024-10-08");
    else {
        out->applied = applied.day;
        out->reason = arena_copy(arena, text_of(item, "reason"));
        out->code = read_code(item, arena);
        if (out->kind == EVENT_EXTEND && !out->code && out->reason) out->code = out->reason;
        return FAULT_NONE;
    }
    return FAULT_INPUT;
}

static enum fault read_start(const json_t *item, const char *place, struct notes *notes, struct instant *from) {
    struct instant at;
    if (!read_instant(item, "at", &at) || at.day == DAY_NONE) note_add(notes, place, "at 应为日期或时刻，如 {0}", "2024-10-08");
    else if (from->day != DAY_NONE && (at.day != from->day || (at.minute != MINUTE_NONE && at.minute != from->minute)))
        note_add(notes, place, "起算日已经给出，又有不同的 start");
    else {
        if (from->day == DAY_NONE) *from = at;
        return FAULT_NONE;
    }
    return FAULT_INPUT;
}

static enum fault read_list(const json_t *list, struct arena *arena, struct notes *notes, struct term_event **events, size_t *count,
                            struct instant *from) {
    size_t given = json_array_size(list), used = 0;
    if (!json_is_array(list) || given > DUE_EVENTS_MAX) {
        note_add(notes, "events", "应为事件的数组，最多 {0} 个", "200");
        return FAULT_INPUT;
    }
    struct term_event *out = arena_array(arena, struct term_event, given + 1);
    for (size_t i = 0; i < given; i++) {
        const json_t *item = json_array_get(list, i);
        const char *place = arena_format(arena, "events[%zu]", i), *kind = text_of(item, "kind");
        bool start = kind && !strcmp(kind, "start");
        enum fault f = start ? read_start(item, place, notes, from) : read_event(item, place, arena, notes, &out[used++]);
        if (f) return f;
    }
    *events = out;
    *count = used;
    return FAULT_NONE;
}

enum fault events_read(const char *json, size_t length, struct arena *arena, struct notes *notes, struct term_event **events,
                       size_t *count, struct instant *from) {
    if (length > DUE_EVENTS_BYTES_MAX) return FAULT_LARGE;
    json_error_t error;
    _cleanup_(json_release) json_t *root = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        note_add(notes, "events", "第 {0} 行不是合法的 JSON", arena_int(arena, error.line));
        return FAULT_INPUT;
    }
    const json_t *list = json_is_object(root) ? json_object_get(root, "events") : root;
    return read_list(list, arena, notes, events, count, from);
}
