/* notice.c - holiday notices from JSON. */
#include "calendar/notice.h"

#include <jansson.h>

static const struct {
    const char *word, *name;
} kinds[NOTICE_KIND_COUNT] = {
    [NOTICE_WORK] = {"work", "上班"},
    [NOTICE_STATUTORY] = {"statutory", "法定节假日"},
    [NOTICE_BRIDGE] = {"bridge", "调休放假"},
    [NOTICE_CLOSURE] = {"closure", "停办"},
    [NOTICE_TERM_BREAK] = {"term-break", "假期"},
};

const char *notice_kind_word(enum notice_kind kind) { return kinds[kind].word; }
const char *notice_kind_name(enum notice_kind kind) { return kinds[kind].name; }

static void json_release(json_t **root) { json_decref(*root); }

static const char *text_of(const json_t *object, const char *key) { return json_string_value(json_object_get(object, key)); }

static bool read_kind(const json_t *item, enum notice_kind *out) {
    const json_t *off = json_object_get(item, "isOffDay");
    if (json_is_boolean(off)) {
        *out = json_is_true(off) ? NOTICE_BRIDGE : NOTICE_WORK;
        return true;
    }
    const char *word = text_of(item, "kind");
    for (enum notice_kind k = 0; word && k < NOTICE_KIND_COUNT; k++)
        if (!strcmp(kinds[k].word, word)) {
            *out = k;
            return true;
        }
    return false;
}

/* A notice of a year speaks of its days and of the weeks next to it. */
static bool belongs(civil_day day, int year) {
    enum { NEIGHBOUR_DAYS = 31 };
    return day >= civil_from_ymd(year, 1, 1) - NEIGHBOUR_DAYS && day <= civil_from_ymd(year, 12, 31) + NEIGHBOUR_DAYS;
}

static enum fault read_day(const json_t *item, int year, const char *place, struct arena *arena, struct notes *notes,
                           struct notice_day *out) {
    const char *date = text_of(item, "date"), *name = text_of(item, "name");
    if (!date || !civil_parse(date, &out->day)) note_add(notes, place, "date 应为日期，如 {0}", "2026-10-01");
    else if (!belongs(out->day, year)) note_add(notes, place, "{0} 不在通知的年份之内", date);
    else if (!read_kind(item, &out->kind)) note_add(notes, place, "kind 应为 statutory、bridge、work、closure 或 term-break");
    else {
        out->name = arena_copy(arena, name ? name : "");
        return FAULT_NONE;
    }
    return FAULT_INPUT;
}

static enum fault read_days(const json_t *list, struct arena *arena, struct notes *notes, struct notice *out) {
    size_t count = json_array_size(list);
    if (!count || count > NOTICE_DAYS_MAX) {
        note_add(notes, "days", "days 应列出 1 至 366 天");
        return FAULT_INPUT;
    }
    struct notice_day *days = arena_array(arena, struct notice_day, count);
    for (size_t i = 0; i < count; i++) {
        const char *place = arena_format(arena, "days[%zu]", i);
        enum fault f = read_day(json_array_get(list, i), out->year, place, arena, notes, &days[i]);
        if (f) return f;
        if (i && days[i].day <= days[i - 1].day) {
            note_add(notes, place, "各日须按先后排列，不得重复");
            return FAULT_INPUT;
        }
    }
    out->days = days;
    out->day_count = count;
    return FAULT_NONE;
}

/* Without a day of publication, the public files' address of the notice carries it; else it must be given. */
static bool read_published(const json_t *root, civil_day *out) {
    const char *given = text_of(root, "published");
    if (given) return civil_parse(given, out);
    const json_t *papers = json_object_get(root, "papers");
    const char *address = json_string_value(json_array_get(papers, json_array_size(papers) ? json_array_size(papers) - 1 : 0));
    for (const char *at = address; at && *at; at++) {
        char date[CIVIL_TEXT];
        if (strlen(at) < 10) break;
        memcpy(date, at, 10);
        date[10] = 0;
        if (date[7] == '/') date[7] = '-';
        if (civil_parse(date, out)) return true;
    }
    return false;
}

enum fault notice_read(const char *json, size_t length, const char *key, struct arena *arena, struct notes *notes,
                       struct notice *out) {
    if (length > NOTICE_BYTES_MAX) return FAULT_LARGE;
    json_error_t error;
    _cleanup_(json_release) json_t *root = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(root)) {
        note_add(notes, key, "第 {0} 行不是合法的 JSON", arena_int(arena, root ? 1 : error.line));
        return FAULT_INPUT;
    }
    json_int_t year = json_integer_value(json_object_get(root, "year"));
    struct notice n = {.key = arena_copy(arena, key), .year = (int)year};
    if (year < NOTICE_YEAR_FIRST || year > NOTICE_YEAR_LAST) {
        note_add(notes, "year", "year 应为通知的年份，如 {0}", "2027");
        return FAULT_INPUT;
    }
    if (!read_published(root, &n.published)) {
        note_add(notes, "published", "published 应为通知发布的日期，如 {0}", "2026-11-04");
        return FAULT_INPUT;
    }
    const char *source = text_of(root, "source");
    if (!source) source = json_string_value(json_array_get(json_object_get(root, "papers"), 0));
    if (!source || !source[0]) {
        note_add(notes, "source", "source 应为通知的文号或网址；没有依据的通知不能装入");
        return FAULT_INPUT;
    }
    n.source = arena_copy(arena, source);
    enum fault f = read_days(json_object_get(root, "days"), arena, notes, &n);
    if (!f) *out = n;
    return f;
}
