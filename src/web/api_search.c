/* api_search.c - one search over all that the reader may see, for programs: hits with snippets, counts by register and unit, pages. */
#include "web/api.h"

#include "base/printer.h"
#include "web/facets.h"
#include "web/snippet.h"

#include <stdlib.h>
#include <string.h>

enum { COUNTED_MAX = 10000, HIT_MAX = 16000 };

/* A hit that is among the first so far, as it will be said. */
struct hit {
    int64_t made;
    const char *said;
};

struct search {
    struct page *p;
    const char *typed, *after;
    const struct reg *only; /* NULL: all */
    bool has_unit;
    struct id unit;
    int limit;
    struct hit *hits; /* newest first; one beyond the limit tells that there are more */
    int count;
    const struct reg *reg;       /* that is looked through */
    const struct filter *filter; /* of the unit, typed for that register */
    struct facets units;
    bool at_least;
    struct text registers; /* counts as they will be said */
};

static void search_release(struct search *s) { text_release(&s->registers); }

/* ---- what is asked ---- */

static bool is_searched(struct page *p, const struct reg *reg) {
    return !reg->internal && access_may(&p->actor, reg->read) && api_scope(p, "read", reg);
}

static enum fault asked_narrowing(struct search *s) {
    struct page *p = s->p;
    const char *key = page_param(p, "register"), *unit = page_param(p, "unit");
    if (key && key[0]) {
        s->only = register_named(p->site->config.registers, key);
        if (s->only && !access_may(&p->actor, s->only->read)) p->hidden = true, s->only = NULL;
        if (!s->only || s->only->internal) return FAULT_ABSENT;
        enum fault f = api_asked_scope(p, "read", s->only);
        if (f) return f;
    }
    s->has_unit = unit && unit[0];
    if (!s->has_unit || id_parse(unit, &s->unit)) return FAULT_NONE;
    note_add(&p->notes, "unit", "应为单位的编号（26 个字符）");
    return FAULT_INPUT;
}

/* A cursor is the position at which the last hit was entered, as in lists in order of entry. */
static enum fault asked_cursor(struct search *s) {
    char *end = NULL;
    s->after = page_param(s->p, "after");
    if (!s->after || !s->after[0]) return s->after = NULL, FAULT_NONE;
    size_t digits = strspn(s->after, "0123456789");
    if (!s->after[digits] && digits < 19 && strtoll(s->after, &end, 10) >= 0) return FAULT_NONE;
    note_add(&s->p->notes, "after", "应为上一页给出的 next");
    return FAULT_INPUT;
}

static enum fault asked_search(struct search *s) {
    struct page *p = s->p;
    s->typed = page_param(p, "q");
    enum fault f = api_asked_scope(p, "read", NULL);
    if (!f && (!s->typed || !search_query(p->arena, "", s->typed)[0])) {
        note_add(&p->notes, "q", "请写要查找的字词");
        f = FAULT_INPUT;
    }
    if (!f) f = api_limit(p, &s->limit);
    if (!f) f = asked_cursor(s);
    if (!f) f = asked_narrowing(s);
    return f ? f : page_reader(p);
}

/* ---- hits ---- */

static void add_text(struct text *out, const char *text) {
    if (text && text[0]) json_text(out, text);
    else text_add(out, "null");
}

static void add_snippet(struct search *s, const struct record *r, struct text *out) {
    struct snippet found = snippet_of(s->reg, r, s->typed, s->p->arena);
    if (!found.field) {
        text_add(out, "null");
        return;
    }
    text_format(out, "{\"field\":\"%s\",\"label\":", found.field->key);
    json_text(out, lang_tr(s->p->lang, found.field->label));
    text_add(out, ",\"parts\":[");
    for (size_t i = 0; i < found.count; i++) {
        text_add(out, i ? ",{\"text\":" : "{\"text\":");
        json_text(out, found.parts[i].text);
        text_format(out, ",\"marked\":%s}", found.parts[i].marked ? "true" : "false");
    }
    text_add(out, "]}");
}

static enum fault say_hit(struct search *s, const struct record *r, const char **said) {
    _cleanup_(text_release) struct text out;
    text_init(&out, HIT_MAX);
    char id[ID_TEXT], unit[ID_TEXT], day[CIVIL_TEXT];
    const struct reg_field *name = reg_name_field(s->reg);
    id_format(&r->id, id);
    id_format(&r->unit, unit);
    civil_format(r->effective, day);
    text_format(&out, "{\"register\":\"%s\",\"id\":\"%s\",\"position\":%lld,\"url\":\"/api/v1/r/%s/%s\",\"name\":", s->reg->key, id,
                (long long)r->position, s->reg->key, id);
    add_text(&out, value_show(name, &r->values[name - s->reg->fields], s->p->lang, s->p->arena));
    text_add(&out, ",\"unit\":");
    add_text(&out, id_is_zero(&r->unit) ? NULL : unit);
    text_format(&out, ",\"effective\":\"%s\",\"state\":", day);
    add_text(&out, r->state);
    text_add(&out, ",\"snippet\":");
    add_snippet(s, r, &out);
    text_addc(&out, '}');
    *said = arena_copy(s->p->arena, out.at);
    return out.over ? FAULT_LARGE : FAULT_NONE;
}

/* Puts a hit among those of the registers before, by when it was entered; those of one register come newest first. */
static enum fault take_hit(void *context, const struct record *r) {
    struct search *s = context;
    int at = s->count, most = s->limit + 1;
    while (at && s->hits[at - 1].made < r->made) at--;
    if (at == most) return FAULT_NONE;
    struct hit hit = {.made = r->made};
    enum fault f = say_hit(s, r, &hit.said);
    if (f) return f;
    if (s->count < most) s->count++;
    memmove(s->hits + at + 1, s->hits + at, (size_t)(s->count - 1 - at) * sizeof *s->hits);
    s->hits[at] = hit;
    return FAULT_NONE;
}

/* ---- counts ---- */

static enum fault skip_unit(void *context, const struct id *unit, int64_t count) {
    (void)context, (void)unit, (void)count;
    return FAULT_NONE;
}

/* A register is counted with the unit asked for, units with the register asked for: each tells what choosing it would give. */
static enum fault count_register(struct search *s) {
    struct page *p = s->p;
    struct list_query q = {.reg = s->reg, .search = s->typed, .sort = "-entered"};
    bool counts_units = !s->only || s->only == s->reg;
    int64_t all = 0;
    enum fault f = record_count_units(p->site->config.registers, p->conn, &p->actor, &q, COUNTED_MAX,
                                      counts_units ? facets_take : skip_unit, &s->units, &all);
    s->at_least |= all == COUNTED_MAX;
    if (!f && s->filter) { /* which has no more than all together */
        q.filter = s->filter;
        f = record_count(p->site->config.registers, p->conn, &p->actor, &q, COUNTED_MAX, &all);
    }
    if (f || !all) return f;
    text_format(&s->registers, "%s{\"register\":\"%s\",\"label\":", s->registers.length ? "," : "", s->reg->key);
    json_text(&s->registers, lang_tr(p->lang, s->reg->label));
    text_format(&s->registers, ",\"count\":%lld}", (long long)all);
    return FAULT_NONE;
}

/* What a unit is called, to those who may read it by this token. */
static enum fault unit_name(struct page *p, const struct id *unit, const char **name) {
    const struct reg *reg = register_named(p->site->config.registers, "unit");
    *name = NULL;
    return reg && api_scope(p, "read", reg) ? facet_name(p, unit, name) : FAULT_NONE;
}

static enum fault add_facets(struct search *s, struct text *out) {
    facets_sort(&s->units);
    text_format(out, "{\"at_least\":%s,\"registers\":[%s],\"units\":[", s->at_least || s->units.at_least ? "true" : "false",
                s->registers.length ? s->registers.at : "");
    for (size_t i = 0; i < s->units.count; i++) {
        char id[ID_TEXT];
        const char *name;
        enum fault f = unit_name(s->p, &s->units.units[i].unit, &name);
        if (f) return f;
        id_format(&s->units.units[i].unit, id);
        text_add(out, i ? ",{\"unit\":" : "{\"unit\":");
        add_text(out, id_is_zero(&s->units.units[i].unit) ? NULL : id);
        text_add(out, ",\"name\":");
        add_text(out, name);
        text_format(out, ",\"count\":%lld}", (long long)s->units.units[i].count);
    }
    text_add(out, "]}");
    return FAULT_NONE;
}

/* ---- all registers ---- */

static enum fault search_register(struct search *s, const struct reg *reg) {
    struct page *p = s->p;
    struct filter_context context = {.actor = &p->actor};
    struct filter *filter = NULL;
    char next[CURSOR_TEXT], before[CURSOR_TEXT], unit[ID_TEXT];
    enum fault f = FAULT_NONE;
    id_format(&s->unit, unit);
    if (s->has_unit) f = filter_parse(reg, arena_join(p->arena, "unit = ", unit), &context, p->arena, &p->notes, &filter);
    s->reg = reg;
    s->filter = filter;
    struct list_query q = {
        .reg = reg, .search = s->typed, .filter = filter, .sort = "-entered", .cursor = s->after, .limit = s->limit + 1};
    if (!f && (!s->only || s->only == reg))
        f = record_list(p->site->config.registers, p->conn, &p->actor, &q, take_hit, s, next, before);
    if (!f && !s->after) f = count_register(s);
    return f == FAULT_RIGHT ? FAULT_NONE : f; /* the right holds in no unit */
}

enum fault api_search(struct page *p) {
    _cleanup_(search_release) struct search s = {.p = p};
    const struct registers *rs = p->site->config.registers;
    text_init(&s.registers, 64 << 10);
    enum fault f = asked_search(&s);
    if (f) return f;
    s.hits = arena_array(p->arena, struct hit, (size_t)s.limit + 2);
    facets_init(&s.units, p->arena);
    for (size_t i = 0; !f && i < register_count(rs); i++)
        if (is_searched(p, register_at(rs, i))) f = search_register(&s, register_at(rs, i));
    if (f) return page_stopped(p, f);
    struct text *out = api_answer(p);
    bool more = s.count > s.limit;
    text_add(out, "{\"hits\":[");
    for (int i = 0; i < s.count - more; i++) text_format(out, "%s%s", i ? ",\n" : "", s.hits[i].said);
    text_add(out, "],\"facets\":");
    if (s.after) text_add(out, "null");
    else f = add_facets(&s, out);
    if (more) text_format(out, ",\"next\":\"%lld\"}\n", (long long)s.hits[s.limit - 1].made);
    else text_add(out, ",\"next\":null}\n");
    return f ? f : out->over ? FAULT_LARGE : FAULT_NONE;
}
