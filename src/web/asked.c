/* asked.c - the form of a list: its conditions joined to one expression, a typed expression taken back into it, and its groups added and dropped. */
#include "web/asked.h"

#include "base/printer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILTER_MAX = 8000, ADDRESS_MAX = 5900 /* of what the server takes */, SUMMARY_MAX = 400 };

/* A value that a typed condition puts into the form. */
struct put {
    const char *name, *value;
    const struct put *next;
};

/* One condition of the form. */
struct condition {
    size_t group;                    /* from 1; 0: for all groups */
    const char *label, *told, *text; /* whose it is; in words for the group's summary; in the filter language */
};

struct form {
    struct page *p;
    const struct reg *reg;
    struct asked *asked;
    const struct put *puts;
    struct condition *conditions;
    size_t count, groups;
};

/* A text as a literal of the filter language. */
static const char *literal(struct page *p, const char *text) {
    _cleanup_(text_release) struct text out;
    text_init(&out, FILTER_MAX);
    json_text(&out, text);
    return arena_copy(p->arena, out.at);
}

static const char *value_of(const struct form *form, const char *name) {
    for (const struct put *put = form->puts; put; put = put->next)
        if (!strcmp(put->name, name)) return put->value;
    return page_param(form->p, name);
}

/* The name of a group's input. */
static const char *input_name(const struct form *form, size_t group, const char *key, const char *end) {
    struct arena *a = form->p->arena;
    return group == 1 ? arena_format(a, "w-%s%s", key, end) : arena_format(a, "w-%zu-%s%s", group, key, end);
}

/* The group that an input is of, 0: of none. *rest is what stands behind it. */
static size_t group_of(const char *name, const char **rest) {
    if (strncmp(name, "w-", 2)) return 0;
    *rest = name + 2;
    if (name[2] < '2' || name[2] > '0' + FILTER_GROUPS || name[3] != '-') return 1;
    *rest = name + 4;
    return (size_t)(name[2] - '0');
}

static void add_condition(struct form *form, size_t group, const char *label, const char *told, const char *text) {
    form->conditions[form->count++] = (struct condition){group, label, told, text};
    form->asked->filtered = true;
    form->asked->more |= group > 0;
}

/* --- one field --- */

/* How a field is asked for in the form. */
enum asking { ASK_NOT, ASK_TEXT, ASK_RANGE, ASK_DATES, ASK_CHOICE, ASK_NAMED, ASK_CODE };

static enum asking asking_of(const struct reg_field *f) {
    if (f->flags & PRIVATE) return ASK_NOT;
    switch (value_type(f->type)->sort) {
    case SORT_TEXT: return ASK_TEXT;
    case SORT_NUMBER: return ASK_RANGE;
    case SORT_DATE:
    case SORT_MOMENT: return ASK_DATES;
    case SORT_WORD:
    case SORT_SET:
    case SORT_YESNO: return ASK_CHOICE;
    case SORT_RECORD:
    case SORT_RECORDS: return ASK_NAMED;
    case SORT_CODE:
    case SORT_NETWORK: return ASK_CODE;
    case SORT_PRESENCE: break;
    }
    return ASK_NOT;
}

/* The sign with which the form asks for a field that is no range. */
static const char *asking_sign(const struct reg_field *f) {
    enum sort sort = value_type(f->type)->sort;
    bool has = sort == SORT_TEXT || sort == SORT_SET || sort == SORT_RECORDS || sort == SORT_NETWORK;
    return has ? ":" : "=";
}

static void add_bound(struct form *form, size_t group, const struct reg_field *f, const char *value, bool dates, bool upper) {
    struct page *p = form->p;
    civil_day day;
    if (!value || !value[0]) return;
    form->asked->more = true;
    if (dates && !civil_parse(value, &day)) return;
    add_condition(form, group, f->label, arena_format(p->arena, "%s %s %s", lang_tr(p->lang, f->label), upper ? "≤" : "≥", value),
                  arena_format(p->arena, "%s %s %s", f->key, upper ? "<=" : ">=", dates ? value : literal(p, value)));
}

/* From … to …: dates, and numbers with their unit's suffix as the filter reads them. */
static void ask_range(struct form *form, size_t group, struct view *v, const struct reg_field *f, bool dates) {
    const char *from_name = input_name(form, group, f->key, "-from"), *to_name = input_name(form, group, f->key, "-to");
    const char *from = value_of(form, from_name), *to = value_of(form, to_name);
    view_bool(v, dates ? K(is_dates) : K(is_range), true);
    view_text(v, K(from_name), from_name);
    view_text(v, K(to_name), to_name);
    view_text(v, K(from), from);
    view_text(v, K(to), to);
    add_bound(form, group, f, from, dates, false);
    add_bound(form, group, f, to, dates, true);
}

/* Adds a choice; what the value is called is told if it is this one. */
static const char *add_choice(struct view_list *options, const char *value, const char *key, const char *label, const char *told) {
    struct view *o = view_item(options);
    bool chosen = value && !strcmp(value, key);
    view_text(o, K(value), key);
    view_tr(o, K(label), label);
    view_bool(o, K(selected), chosen);
    return chosen ? label : told;
}

/* The choices of a field; the chosen one's label, NULL if there is none. */
static const char *add_choices(struct view_list *options, const struct reg_field *f, const char *value) {
    const char *told = NULL;
    for (size_t i = 0; i < REG_CHOICES && f->choices[i].key; i++)
        told = add_choice(options, value, f->choices[i].key, f->choices[i].label, told);
    if (f->type != REG_YESNO) return told;
    told = add_choice(options, value, "true", "是", told);
    return add_choice(options, value, "false", "否", told);
}

static void ask_field(struct form *form, size_t group, struct view_list *list, const struct reg_field *f) {
    struct page *p = form->p;
    enum asking how = asking_of(f);
    const char *name = input_name(form, group, f->key, ""), *value = value_of(form, name);
    struct view *v = view_item(list);
    view_text(v, K(id), name);
    view_text(v, K(name), name);
    view_tr(v, K(label), f->label);
    if (how == ASK_RANGE || how == ASK_DATES) {
        ask_range(form, group, v, f, how == ASK_DATES);
        return;
    }
    view_bool(v, how == ASK_CHOICE ? K(is_choice) : K(is_text), true);
    view_text(v, K(value), value);
    const char *told = how == ASK_CHOICE ? add_choices(view_list(v, K(options)), f, value) : NULL;
    if (!value || !value[0] || (f->type == REG_YESNO && !told)) return;
    const char *shown = told ? lang_tr(p->lang, told) : value;
    add_condition(form, group, f->label, arena_format(p->arena, "%s %s", lang_tr(p->lang, f->label), shown),
                  arena_format(p->arena, "%s %s %s", f->key, asking_sign(f), f->type == REG_YESNO ? value : literal(p, value)));
}

/* --- groups --- */

static bool has_value(const struct form *form, size_t group, const char *key, const char *end) {
    const char *value = value_of(form, input_name(form, group, key, end));
    return value && value[0];
}

/* The form asks for the listed texts, dates and choices at once, for all fields when that is wanted, and for those that already have a condition. */
static bool is_asked(const struct form *form, const struct reg_field *f) {
    bool first = f->flags & LISTED && (f->type == REG_DATE || f->type == REG_CHOICE || f->type == REG_TEXT);
    if (asking_of(f) == ASK_NOT) return false;
    bool any = first || page_param(form->p, "all");
    for (size_t g = 1; !any && g <= form->groups; g++)
        any = has_value(form, g, f->key, "") || has_value(form, g, f->key, "-from") || has_value(form, g, f->key, "-to");
    return any;
}

static void ask_states(struct form *form, size_t group, const char *name, struct view *v) {
    struct page *p = form->p;
    const struct reg *reg = form->reg;
    const char *chosen = value_of(form, name);
    if (!reg->state_count) return;
    struct view_list *states = view_list(v, K(states));
    for (size_t i = 0; i < reg->state_count; i++) {
        const struct reg_state *state = &reg->states[i];
        if (!add_choice(states, chosen, state->key, state->label, NULL)) continue;
        add_condition(form, group, "状态",
                      arena_format(p->arena, "%s %s", lang_tr(p->lang, "状态"), lang_tr(p->lang, state->label)),
                      arena_format(p->arena, "state = \"%s\"", state->key));
    }
}

/* What a group asks for, in words. */
static const char *summary_of(const struct form *form, size_t group) {
    _cleanup_(text_release) struct text out;
    text_init(&out, SUMMARY_MAX);
    for (size_t i = 0; i < form->count; i++)
        if (form->conditions[i].group == group) text_format(&out, "%s%s", out.length ? " · " : "", form->conditions[i].told);
    return arena_format(form->p->arena, "%s%s", out.at, out.over ? " …" : "");
}

/* A group with its inputs; one that asks for something already shows what, and is opened by a touch, so that a phone is not filled with inputs. */
static void ask_group(struct form *form, size_t group, struct view_list *groups) {
    bool several = form->groups > 1;
    struct view *v = view_item(groups);
    view_int(v, K(number), (int64_t)group);
    view_bool(v, K(several), several);
    view_bool(v, K(alternative), group > 1);
    if (several || has_value(form, group, "state", "")) {
        const char *name = input_name(form, group, "state", "");
        view_text(v, K(state_name), name);
        ask_states(form, group, name, v);
    }
    struct view_list *fields = view_list(v, K(filter_fields));
    for (size_t i = 0; i < form->reg->field_count; i++)
        if (is_asked(form, &form->reg->fields[i])) ask_field(form, group, fields, &form->reg->fields[i]);
    const char *summary = several ? summary_of(form, group) : "";
    view_text(v, K(summary), summary);
    view_bool(v, K(open), !summary[0]);
}

static size_t count_groups(const struct form *form) {
    size_t most = 1, group;
    const char *rest, *asked = page_param(form->p, "groups");
    const struct http_request *r = form->p->request;
    for (size_t i = 0; i < r->params_count; i++)
        if (r->params[i].value[0] && (group = group_of(r->params[i].name, &rest)) > most) most = group;
    for (const struct put *put = form->puts; put; put = put->next)
        if ((group = group_of(put->name, &rest)) > most) most = group;
    if (asked && asked[0] >= '1' && asked[0] <= '0' + FILTER_GROUPS && !asked[1] && (size_t)(asked[0] - '0') > most)
        most = (size_t)(asked[0] - '0');
    return most;
}

static void ask_groups(struct form *form) {
    struct view *v = form->p->view;
    form->groups = count_groups(form);
    struct view_list *groups = view_list(v, K(groups));
    for (size_t g = 1; g <= form->groups; g++) ask_group(form, g, groups);
    form->asked->more |= form->groups > 1;
    view_bool(v, K(may_group), form->groups < FILTER_GROUPS);
    view_bool(v, K(groups_many), form->groups > 1);
}

/* --- a typed condition that the form can ask --- */

/* The name under which the form asks this; NULL if it cannot. */
static const char *asking_name(const struct form *form, size_t group, bool alone, const struct filter_ask *ask) {
    const struct reg_field *f = ask->field;
    for (const char *s = ask->value; *s; s++)
        if ((unsigned char)*s < 0x20) return NULL; /* an input of one line would drop it */
    if (!f) {
        const char *common = value_of(form, "state");
        if (strcmp(ask->sign, "=")) return NULL;
        return alone && !(common && common[0]) ? "state" : input_name(form, group, "state", "");
    }
    enum asking how = asking_of(f);
    if (how == ASK_NOT) return NULL;
    if (how != ASK_RANGE && how != ASK_DATES) return strcmp(ask->sign, asking_sign(f)) ? NULL : input_name(form, group, f->key, "");
    if (!strcmp(ask->sign, ">=")) return input_name(form, group, f->key, "-from");
    return strcmp(ask->sign, "<=") ? NULL : input_name(form, group, f->key, "-to");
}

/* Puts it into the form, unless an input that it needs already asks for something. */
static bool put_ask(struct form *form, size_t group, bool alone, const struct filter_ask *ask) {
    const char *name = asking_name(form, group, alone, ask), *there = name ? value_of(form, name) : NULL;
    if (!name || (there && there[0])) return false;
    struct put *put = arena_new(form->p->arena, struct put);
    *put = (struct put){name, ask->value, form->puts};
    form->puts = put;
    return true;
}

/* Takes a typed condition into the form; false if it cannot ask it, or not beside what it asks already. */
static bool take_typed(struct form *form, const struct filter *typed) {
    struct filter_group groups[FILTER_GROUPS];
    size_t count, asked = count_groups(form), group;
    const char *rest;
    const struct http_request *r = form->p->request;
    bool any = asked > 1;
    for (size_t i = 0; i < r->params_count; i++) any |= r->params[i].value[0] && (group = group_of(r->params[i].name, &rest)) > 0;
    if (!filter_groups(typed, form->reg, form->p->arena, groups, &count)) return false;
    if (any && (count > 1 || asked > 1)) return false; /* each of these with each of those would be wanted */
    bool fits = true;
    for (size_t i = 0; i < count && fits; i++)
        for (const struct filter_ask *ask = groups[i].asks; ask && fits; ask = ask->next)
            fits = put_ask(form, i + 1, count == 1, ask);
    if (!fits) form->puts = NULL;
    return fits;
}

/* --- all of it --- */

struct filter_context asked_context(struct page *p) {
    return (struct filter_context){
        .actor = &p->actor, .registers = p->site->config.registers, .conn = p->conn, .has_today = true, .today = p->today};
}

/* Parsed by itself first, so that an error points into what was typed. */
static enum fault read_typed(struct form *form, const char *typed) {
    struct page *p = form->p;
    struct filter_context context = asked_context(p);
    struct filter *filter;
    enum fault f = filter_parse(form->reg, typed, &context, p->arena, &p->notes, &filter);
    bool shown = !f && take_typed(form, filter);
    view_text(p->view, K(filter), shown ? "" : typed);
    view_bool(p->view, K(typed_shown), shown);
    view_bool(p->view, K(typed_stays), !f && !shown);
    form->asked->more = true;
    if (!f && !shown) add_condition(form, 0, "条件式", typed, arena_format(p->arena, "(%s)", typed));
    return f;
}

static void join_groups(const struct form *form, struct text *out) {
    size_t written = 0;
    bool several = false;
    size_t first = 0;
    for (size_t i = 0; i < form->count; i++) {
        size_t group = form->conditions[i].group;
        several |= group && first && group != first;
        if (group && !first) first = group;
    }
    for (size_t g = 1; g <= form->groups; g++) {
        bool any = false;
        for (size_t i = 0; i < form->count; i++) {
            if (form->conditions[i].group != g) continue;
            if (!any && written) text_add(out, several ? ") OR (" : " AND ");
            else if (!any) text_format(out, "%s%s", out->length ? " AND " : "", several ? "((" : "");
            else text_add(out, " AND ");
            text_add(out, form->conditions[i].text);
            any = true;
        }
        written += any;
    }
    if (several) text_add(out, "))");
}

/* Finds whose condition it is that cannot be read, and tells it by its label. */
static void blame(struct form *form, struct filter_context *context) {
    struct page *p = form->p;
    for (size_t i = 0; i < form->count; i++) {
        const struct condition *c = &form->conditions[i];
        struct notes alone;
        struct filter *filter;
        notes_init(&alone, p->arena);
        if (!filter_parse(form->reg, c->text, context, p->arena, &alone, &filter) || !alone.first) continue;
        const char *label = lang_tr(p->lang, c->label);
        _cleanup_(text_release) struct text place;
        text_init(&place, SUMMARY_MAX);
        const char *number[NOTE_ARGS] = {arena_int(p->arena, (int64_t)c->group), label};
        note_fill(&place, lang_tr(p->lang, "第 {0} 组 {1}"), number);
        alone.first->place = form->groups > 1 && c->group ? arena_copy(p->arena, place.at) : label;
        p->notes = alone;
        return;
    }
}

static enum fault join(struct form *form) {
    struct page *p = form->p;
    struct asked *a = form->asked;
    _cleanup_(text_release) struct text out;
    text_init(&out, FILTER_MAX);
    for (size_t i = 0; i < form->count; i++)
        if (!form->conditions[i].group) text_format(&out, "%s%s", out.length ? " AND " : "", form->conditions[i].text);
    join_groups(form, &out);
    a->filter = arena_copy(p->arena, out.at);
    if (out.over) return FAULT_LARGE;
    if (!out.length) return FAULT_NONE;
    struct filter_context context = asked_context(p);
    struct filter *filter;
    enum fault f = filter_parse(form->reg, a->filter, &context, p->arena, &p->notes, &filter);
    if (f == FAULT_INPUT) blame(form, &context);
    a->query.filter = f ? NULL : filter;
    return f;
}

static void add_sort(struct page *p, struct view_list *list, const char *key, const char *label, const char *chosen) {
    for (int falling = 0; falling < 2; falling++) {
        struct view *o = view_item(list);
        const char *value = arena_join(p->arena, falling ? "-" : "", key);
        view_text(o, K(value), value);
        view_text(o, K(label), arena_join(p->arena, lang_tr(p->lang, label), falling ? " ↓" : " ↑"));
        if (chosen && !strcmp(chosen, value)) view_bool(o, K(selected), true);
    }
}

/* The orders that the form offers; a phone shows no headings to click. */
static void add_sorts(struct page *p, const struct reg *reg, const char *chosen) {
    struct view_list *list = view_list(p->view, K(sorts));
    for (size_t i = 0; i < reg->field_count; i++)
        if (order_offers(reg, &reg->fields[i])) add_sort(p, list, reg->fields[i].key, reg->fields[i].label, chosen);
    add_sort(p, list, "entered", "录入时间", chosen);
}

/* What stands beside the conditions: words, order, times, and the page of the list. */
static enum fault read_frame(struct page *p, const struct reg *reg, struct asked *a) {
    const char *as_of = page_param(p, "as_of"), *known_at = page_param(p, "known_at"), *after = page_param(p, "after");
    const char *before = page_param(p, "before");
    a->query = (struct list_query){.reg = reg,
                                   .search = page_param(p, "q"),
                                   .sort = page_param(p, "sort"),
                                   .withdrawn = page_param(p, "withdrawn") != NULL,
                                   .cursor = before ? before : after,
                                   .backwards = before != NULL};
    add_sorts(p, reg, a->query.sort);
    a->filtered = a->query.search && a->query.search[0];
    a->more = a->query.withdrawn || page_param(p, "all");
    view_bool(p->view, K(all), page_param(p, "all") != NULL);
    view_text(p->view, K(query), a->query.search);
    view_bool(p->view, K(show_withdrawn), a->query.withdrawn);
    view_text(p->view, K(as_of), as_of);
    view_text(p->view, K(known_at), known_at);
    enum fault f = page_reader(p);
    if (!f) f = look_ask(p->conn, as_of, known_at, &p->notes, &a->query.look);
    a->more |= a->query.look.has_known_at;
    return f;
}

enum fault asked_read(struct page *p, const struct reg *reg, struct asked *a) {
    *a = (struct asked){.filter = ""};
    struct form form = {.p = p, .reg = reg, .asked = a};
    form.conditions = arena_array(p->arena, struct condition, FILTER_GROUPS * (2 * reg->field_count + 1) + 2);
    const char *typed = page_param(p, "filter");
    enum fault frame = read_frame(p, reg, a), f = FAULT_NONE;
    if (frame && frame != FAULT_INPUT) return frame;
    if (typed && typed[0]) f = read_typed(&form, typed);
    ask_states(&form, 0, "state", p->view);
    ask_groups(&form);
    if (frame || f) return frame ? frame : f;
    return join(&form);
}

/* --- addresses --- */

static bool is_among(const char *name, const char *const *names) {
    for (; *names; names++)
        if (!strcmp(name, *names)) return true;
    return false;
}

static void add_pair(struct text *url, const char *name, const char *value) {
    url_arg(url, name);
    text_addc(url, '=');
    url_arg(url, value);
    text_addc(url, '&');
}

const char *asked_url(struct page *p, const struct reg *reg, const char *beside, const char *less, const char *name,
                      const char *value) {
    const char *const left_out[] = {"after", "before", "groups", less, NULL};
    _cleanup_(text_release) struct text url;
    text_init(&url, 32768);
    text_format(&url, "/r/%s%s%s?", reg->key, beside[0] ? "/" : "", beside);
    for (size_t i = 0; i < p->request->params_count; i++) {
        const struct http_pair *pair = &p->request->params[i];
        if (pair->value[0] && !is_among(pair->name, left_out)) add_pair(&url, pair->name, pair->value);
    }
    if (name) add_pair(&url, name, value);
    url.at[--url.length] = 0; /* the last & or the ? */
    return arena_copy(p->arena, url.at);
}

/* --- the form as it was sent --- */

/* Groups that have a condition, and what their new numbers are. */
struct numbering {
    size_t number[FILTER_GROUPS + 1], count;
};

static struct numbering number_groups(const struct http_field *fields, size_t count, size_t dropped) {
    struct numbering n = {0};
    const char *rest;
    bool any[FILTER_GROUPS + 1] = {false};
    for (size_t i = 0; i < count; i++)
        if (!fields[i].filename && fields[i].bytes[0]) any[group_of(fields[i].name, &rest)] = true;
    for (size_t g = 1; g <= FILTER_GROUPS; g++)
        if (any[g] && g != dropped) n.number[g] = ++n.count;
    return n;
}

static void add_sent(struct text *url, struct page *p, const struct http_field *field, const struct numbering *n) {
    static const char *const left_out[] = {"csrf", "group", "groups", "after", "before", "count", NULL};
    const char *rest;
    if (field->filename || !field->bytes[0] || is_among(field->name, left_out) || !page_field(p, field->name)) return;
    size_t group = group_of(field->name, &rest);
    if (group && !n->number[group]) return;
    const char *name = field->name;
    if (group)
        name = n->number[group] == 1 ? arena_join(p->arena, "w-", rest)
                                     : arena_format(p->arena, "w-%zu-%s", n->number[group], rest);
    add_pair(url, name, field->bytes);
}

/* The form comes as a POST, because its empty inputs would not fit into an address, and goes on to the address that asks what it asks. */
enum fault page_list_ask(struct page *p) {
    const struct reg *reg;
    const struct http_field *fields;
    size_t count;
    enum fault f = page_register(p, 0, &reg);
    if (!f) f = http_form(p->request, &p->notes, &fields, &count);
    if (f) return f;
    const char *group = page_field(p, "group");
    bool more = group && !strcmp(group, "add");
    size_t dropped = group && !strncmp(group, "drop-", 5) ? strtoul(group + 5, NULL, 10) : 0;
    struct numbering n = number_groups(fields, count, dropped);
    _cleanup_(text_release) struct text url;
    text_init(&url, ADDRESS_MAX);
    text_format(&url, "/r/%s?", reg->key);
    for (size_t i = 0; i < count; i++) add_sent(&url, p, &fields[i], &n);
    size_t shown = n.count ? n.count + 1 : 2;
    if (more && shown <= FILTER_GROUPS) text_format(&url, "groups=%zu#g%zu&", shown, shown);
    if (url.over) {
        note_add(&p->notes, NULL, "条件太多，放不进一个网址；请减少几项");
        return FAULT_LARGE;
    }
    url.at[--url.length] = 0; /* the last & or the ? */
    return page_go(p, url.at, NULL);
}
