/* rule.c - looking a term up, and refusing one that cannot be relied on. */
#include "calendar/rule.h"

#include <ctype.h>
#include <stdlib.h>

static const struct {
    const char *code, *name;
} reasons[] = {
    {"psychiatric", "精神病鉴定"}, {"third-party", "征求第三方意见"}, {"other-organ", "征求其他机关意见"},
    {"hearing", "听证"},           {"more-facts", "等待来信人补充"},  {"other-unit", "须由其他单位先行处理"},
};

static const struct {
    const char *suffix, *word, *sentence;
} units[] = {
    [TERM_HOUR] = {"h", "hour", "{0} 小时"},
    [TERM_DAY] = {"d", "day", "{0} 日"},
    [TERM_WORKDAY] = {"wd", "workday", "{0} 个工作日"},
    [TERM_MONTH] = {"mo", "month", "{0} 个月"},
    [TERM_YEAR] = {"y", "year", "{0} 年"},
};

static const struct {
    const char *word, *name;
} statuses[] = {
    [TERM_READ] = {"read", "已核对原文"}, [TERM_UNVERIFIED] = {"unverified", "未核对"}, [TERM_LOCAL] = {"local", "本单位规定"}};

static const struct term_rung plain_ladder[] = {{-7, "handler"},        {-3, "handler"}, {-1, "department-head"},
                                                {0, "department-head"}, {1, "leader"},   {0, NULL}};

const char *span_sentence(enum term_unit unit) { return units[unit].sentence; }
const char *term_unit_word(enum term_unit unit) { return units[unit].word; }
const char *span_text(struct span s, struct arena *arena) { return arena_format(arena, "%d%s", s.n, units[s.unit].suffix); }
const char *term_status_word(enum term_status status) { return statuses[status].word; }
const char *term_status_name(enum term_status status) { return statuses[status].name; }
const struct term_rung *rule_ladder(const struct term_rule *r) { return r->ladder ? r->ladder : plain_ladder; }

const struct term_rule *rule_find(const char *code) {
    static _Thread_local const struct term_rule *last; /* a million clocks ask for the same few */
    if (last && !strcmp(last->code, code)) return last;
    for (size_t i = 0; i < rules_shipped_count; i++)
        if (!strcmp(rules_shipped[i].code, code)) return last = &rules_shipped[i];
    return NULL;
}

static bool in_force(const struct term_rule *r, civil_day day) {
    return day >= r->valid_from && (!r->valid_to || day <= r->valid_to);
}

const struct term_rule *rule_in(const struct rule_book *book, const char *code, civil_day start) {
    const struct term_rule *late = NULL;
    for (size_t i = 0; i < book->count; i++) {
        const struct term_rule *r = &book->own[i];
        if (strcmp(r->code, code) != 0) continue;
        if (in_force(r, start)) return r;
        if (!late || r->valid_from > late->valid_from) late = r;
    }
    const struct term_rule *shipped = rule_find(code);
    return shipped ? shipped : late;
}

bool rule_may_replace(const struct term_rule *shipped) { return shipped->status != TERM_READ; }

bool span_parse(const char *text, struct span *out) {
    char *end;
    if (!isdigit((unsigned char)text[0])) return false;
    long n = strtol(text, &end, 10);
    if (n < 1 || n > TERM_LENGTH_MAX) return false;
    for (enum term_unit u = TERM_DAY; u <= TERM_HOUR; u++)
        if (!strcmp(units[u].suffix, end) || !strcmp(units[u].word, end)) {
            *out = (struct span){(int16_t)n, u};
            return true;
        }
    return false;
}

const char *reason_name(const char *code) {
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (!strcmp(reasons[i].code, code)) return reasons[i].name;
    return code;
}

/* Choices of records are written with an underscore. */
static bool same_code(const char *code, const char *given) {
    for (; *code && *given; code++, given++)
        if (*code != *given && !(*code == '-' && *given == '_')) return false;
    return *code == *given;
}

const char *reason_code(const char *choice) {
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (same_code(reasons[i].code, choice)) return reasons[i].code;
    return NULL;
}

const char *rule_reason(const struct term_rule *r, const char *text) {
    if (!text || !text[0]) return r->suspend[0] && !r->suspend[1] ? r->suspend[0] : NULL;
    for (size_t i = 0; i < TERM_REASONS_MAX && r->suspend[i]; i++)
        if (same_code(r->suspend[i], text) || !strcmp(reason_name(r->suspend[i]), text)) return r->suspend[i];
    return NULL;
}

static size_t extension_count(const struct term_rule *r) {
    size_t n = 0;
    while (n < TERM_EXTENSIONS_MAX && r->extensions[n].code) n++;
    return n;
}

/* "code", or the part of "code:N" before the colon. */
static bool names(const struct term_extension *e, const char *text, size_t length) {
    return (strlen(e->code) == length && !strncmp(e->code, text, length)) ||
           (strlen(e->name) == length && !strncmp(e->name, text, length));
}

/* A length alone means the extension that has it, else the first that lets a length up to there be chosen. */
static bool by_length(const struct term_rule *r, struct span given, struct term_extension *out) {
    for (size_t i = 0; i < extension_count(r); i++)
        if (r->extensions[i].by.n == given.n && r->extensions[i].by.unit == given.unit) {
            *out = r->extensions[i];
            return true;
        }
    for (size_t i = 0; i < extension_count(r); i++) {
        const struct term_extension *e = &r->extensions[i];
        if (!e->most || e->by.unit != given.unit || given.n > e->by.n) continue;
        *out = *e;
        out->by = given;
        return true;
    }
    return false;
}

static bool chosen_length(struct term_extension *e, const char *number, struct notes *notes) {
    char *end;
    long n = strtol(number, &end, 10);
    if (e->most && n >= 1 && n <= e->by.n && (!*end || !strcmp(end, units[e->by.unit].suffix))) {
        e->by.n = (int16_t)n;
        return true;
    }
    note_add(notes, "extend", e->most ? "“{0}”可以延长 1 至 {1}" : "“{0}”的长度是定的，不能另选", e->code,
             span_text(e->by, notes->arena));
    return false;
}

static void list_extensions(const struct term_rule *r, const char *text, struct arena *arena, struct notes *notes) {
    _cleanup_(text_release) struct text list;
    text_init(&list, 2000);
    for (size_t i = 0; i < extension_count(r); i++)
        text_format(&list, "%s%s (%s%s)", i ? ", " : "", r->extensions[i].code, r->extensions[i].total ? "=" : "+",
                    span_text(r->extensions[i].by, arena));
    if (extension_count(r) && (!text || !text[0])) note_add(notes, r->code, "可以用的延长都已经用过：{0}", list.at);
    else if (!extension_count(r)) note_add(notes, r->code, "这一期限不能延长");
    else note_add(notes, r->code, "没有延长“{0}”；可用的有：{1}", text ? text : "", list.at);
}

enum fault rule_extension(const struct term_rule *r, const char *text, size_t next, struct arena *arena, struct notes *notes,
                          struct term_extension *out) {
    size_t count = extension_count(r);
    if ((!text || !text[0]) && next < count && r->extensions[next].by.n < TERM_LENGTH_MAX) {
        *out = r->extensions[next];
        return FAULT_NONE;
    }
    const char *colon = text ? strchr(text, ':') : NULL;
    size_t length = colon ? (size_t)(colon - text) : text ? strlen(text) : 0;
    for (size_t i = 0; length && i < count; i++) {
        if (!names(&r->extensions[i], text, length) && !(length == 1 && text[0] == (char)('1' + i))) continue;
        *out = r->extensions[i];
        if (colon) return chosen_length(out, colon + 1, notes) ? FAULT_NONE : FAULT_INPUT;
        if (out->by.n < TERM_LENGTH_MAX) return FAULT_NONE;
        note_add(notes, "extend", "请写明延长多少，如 {0}:10", out->code);
        return FAULT_INPUT;
    }
    struct span given;
    if (length && span_parse(text + (text[0] == '+'), &given) && by_length(r, given, out)) return FAULT_NONE;
    list_extensions(r, text, arena, notes);
    return FAULT_INPUT;
}

static bool check_extensions(const struct term_rule *r, struct notes *notes) {
    for (size_t i = 0; i < extension_count(r); i++) {
        const struct term_extension *e = &r->extensions[i];
        if (e->by.n < 1 || !e->citation || !e->citation[0]) note_add(notes, "extensions", "延长“{0}”须有长度和依据", e->code);
        else if ((e->by.unit == TERM_WORKDAY) != (r->length.unit == TERM_WORKDAY) ||
                 (e->by.unit == TERM_HOUR) != (r->length.unit == TERM_HOUR))
            note_add(notes, "extensions", "延长“{0}”的单位须与期限一致", e->code);
        else continue;
        return false;
    }
    return true;
}

enum fault rule_check(const struct term_rule *r, struct notes *notes) {
    bool length = r->length.n > 0 || r->given || r->inside || r->month;
    if (!r->code || !r->code[0] || !r->name || !r->name[0]) note_add(notes, "code", "期限须有代码和名称");
    else if (!r->citation || !r->citation[0]) note_add(notes, "citation", "没有依据的期限不能采用：请填写条文或文号");
    else if (!length || r->length.n < 0 || r->length.n > TERM_LENGTH_MAX)
        note_add(notes, "length", "期限须有长度，1 至 {0}", "3660");
    else if (r->month && (r->month < 1 || r->month > 12 || !civil_valid(2023, r->month, r->day)))
        note_add(notes, "day", "没有这一天");
    else if (r->valid_to && r->valid_to < r->valid_from) note_add(notes, "valid_to", "失效日期早于生效日期");
    else if (r->rounds_most < 0) note_add(notes, "rounds_most", "次数不能为负");
    else if (check_extensions(r, notes)) return FAULT_NONE;
    return FAULT_INPUT;
}
