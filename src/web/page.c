/* page.c - what all pages share: the frame, parameters, errors beside their inputs, tables of records, counts. */
#include "web/page.h"

#include "base/printer.h"
#include "register/files.h"
#include "web/static.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPTIONS_SHOWN = 200, TABLE_MAX = 4 << 20, TABLE_USUAL = 24000, FILES_LISTED = 4, MOMENT_INPUT = 16 };

enum fault page_reader(struct page *p) {
    if (p->conn) return FAULT_NONE;
    enum fault f = store_read_begin(registers_store(p->site->config.registers), &p->conn);
    return f ? f : journal_size(p->conn, TENANT, &p->journal);
}

enum fault page_actor(struct page *p, const struct id *person) {
    struct remembered *r = p->site->remembered;
    int64_t access;
    if (remember_actor(r, p->journal, ACCESS_UNASKED, p->today, person, p->arena, &p->actor)) return FAULT_NONE;
    enum fault f = registers_access_position(p->conn, &access);
    if (f || remember_actor(r, p->journal, access, p->today, person, p->arena, &p->actor)) return f;
    f = actor_read(p->conn, person, p->today, p->arena, &p->actor);
    if (!f) remember_keep_actor(r, p->journal, access, p->today, &p->actor);
    return f;
}

/* Notices travel in the cookie `notice` as a number, so that nothing a stranger writes is ever shown as ours. */
static const char *const notices[] = {"已保存。",
                                      "已办理。",
                                      "已撤回。",
                                      "已导入。",
                                      "报告已签发。",
                                      "密码已修改。",
                                      "已退出。",
                                      "这条记录先前已经保存，没有重复登记。",
                                      "已停用。",
                                      "已排队再送。",
                                      "已排班。",
                                      "没有勾选任何事项。",
                                      "这项任务已经结束。",
                                      "已要求取消。",
                                      "已退出那里的登录。",
                                      "两步验证已停用。",
                                      "已重置此人的两步验证。",
                                      "已报告，正在按调度表呼叫。",
                                      "已并入这一事件。",
                                      "已确认。"};

static void take_notice(struct page *p, struct view *v) {
    const char *number = http_cookie(p->request, "notice");
    if (!number || !number[0]) return;
    char *end;
    size_t n = (size_t)strtoul(number, &end, 10);
    if (number[0] >= '0' && number[0] <= '9' && !*end && n < COUNT_OF(notices)) view_tr(v, K(notice), notices[n]);
    http_answer_header(p->answer, "Set-Cookie", "notice=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
}

/* Journal size and the beginning of its head's root: a short code that the officer can write down. */
enum fault page_stopped(struct page *p, enum fault f) {
    if (f != FAULT_BUSY) return f;
    note_add(&p->notes, NULL, "查得太久，已停止；请加上日期、状态或更多的字词，缩小范围");
    store_read_end(&p->conn);
    return f;
}

static void add_foot(struct page *p, struct view *v) {
    char code[HEAD_CODE], note[CHECKPOINT_NOTE_MAX];
    struct checkpoint head;
    int64_t size;
    if (page_reader(p)) return;
    if (!remember_head(p->site->remembered, p->journal, code)) {
        if (journal_head_latest(p->conn, TENANT, note, &size) || !checkpoint_parse(note, strlen(note), &head)) return;
        _cleanup_(text_release) struct text made;
        text_init(&made, HEAD_CODE - 1);
        text_format(&made, "%lld-", (long long)size);
        hex_text(&made, head.root.bytes, 6);
        snprintf(code, sizeof code, "%s", made.at);
        remember_keep_head(p->site->remembered, p->journal, code);
    }
    view_int(v, K(journal_size), p->journal);
    view_copy(v, K(head_code), code);
}

struct view *page_view(struct page *p, const char *title) {
    struct view *v = view_new(p->arena, p->lang);
    p->view = v;
    if (title) view_tr(v, K(title), title);
    view_text(v, K(institution), p->site->config.institution);
    view_text(v, K(style_url), static_path("taizhang.css"));
    view_text(v, K(icon_url), static_path("icon.svg"));
    view_text(v, K(lang_tag), lang_tag(p->lang));
    enum lang other = p->lang == LANG_ZH ? LANG_EN : LANG_ZH;
    _cleanup_(text_release) struct text back;
    text_init(&back, 16384);
    text_format(&back, "/lang?to=%s&back=", lang_tag(other));
    url_arg(&back, p->request->path);
    if (p->request->query[0] && p->request->method == HTTP_GET) text_add(&back, "%3F"), url_arg(&back, p->request->query);
    view_copy(v, K(lang_url), back.at);
    view_text(v, K(lang_other), other == LANG_EN ? "English" : "中文");
    view_text(v, K(lang_other_tag), lang_tag(other));
    view_text(v, K(program_version), "0.1.0");
    view_bool(v, K(demo), p->site->demo);
    take_notice(p, v);
    if (!p->signed_in) return v;
    view_text(v, K(user), p->actor.name);
    view_text(v, K(csrf), p->session.csrf);
    view_bool(v, K(may_doctor), access_may_everywhere(&p->actor, "system.admin"));
    add_foot(p, v);
    return v;
}

enum fault page_render(struct page *p, unsigned id) {
    struct text *out = http_answer_text(p->answer);
    template_render(id, p->view, out);
    http_answer_header(p->answer, "Content-Type", "text/html; charset=utf-8");
    http_answer_header(p->answer, "Cache-Control", "no-store");
    return out->over ? FAULT_LARGE : FAULT_NONE;
}

static bool declared(const struct route *route, const char *name) {
    for (const char *const *known = route->params; *known; known++) {
        size_t n = strlen(*known);
        if (!strcmp(*known, name) || ((*known)[n - 1] == '*' && !strncmp(*known, name, n - 1))) return true;
    }
    return false;
}

const char *page_param(struct page *p, const char *name) { return declared(p->route, name) ? http_param(p->request, name) : NULL; }

const char *page_field_all(struct page *p, const char *name) {
    const struct http_field *fields;
    size_t count;
    if (!page_field(p, name) || http_form(p->request, NULL, &fields, &count)) return NULL;
    _cleanup_(text_release) struct text all;
    text_init(&all, 65536);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].name, name) || fields[i].filename || !fields[i].bytes[0]) continue;
        if (all.length) text_addc(&all, '\n');
        text_add(&all, fields[i].bytes);
    }
    return arena_copy(p->arena, all.at);
}

const char *page_field(struct page *p, const char *name) {
    return declared(p->route, name) ? http_form_value(p->request, name) : NULL;
}

enum fault page_register(struct page *p, int at, const struct reg **out) {
    const struct reg *reg = register_named(p->site->config.registers, p->args[at]);
    p->hidden = reg && !access_may(&p->actor, reg->read);
    if (!reg || p->hidden) return FAULT_ABSENT;
    *out = reg;
    return FAULT_NONE;
}

struct actor page_actor_with(struct page *p, const char *rights) {
    return actor_with(&p->actor, rights, p->arena);
}

enum fault page_id(struct page *p, int at, struct id *out) { return id_parse(p->args[at], out) ? FAULT_NONE : FAULT_ABSENT; }

enum fault page_go(struct page *p, const char *path, const char *notice) {
    for (size_t i = 0; notice && i < COUNT_OF(notices); i++)
        if (!strcmp(notices[i], notice)) {
            char cookie[80];
            snprintf(cookie, sizeof cookie, "notice=%zu; Path=/; Max-Age=60; HttpOnly; SameSite=Lax", i);
            http_answer_header(p->answer, "Set-Cookie", cookie);
        }
    http_answer_see(p->answer, path);
    return FAULT_NONE;
}

const struct note *page_note_for(struct page *p, const char *place) {
    for (const struct note *n = p->notes.first; n; n = n->next)
        if (!strcmp(n->place, place)) return n;
    return NULL;
}

void page_errors(struct page *p, enum fault f, const struct reg *reg, const char *prefix) {
    view_tr(p->view, K(fault), fault_sentence(f));
    struct view_list *errors = view_list(p->view, K(errors));
    for (const struct note *n = p->notes.first; n; n = n->next) {
        struct view *e = view_item(errors);
        const struct reg_field *field = reg ? reg_field_named(reg, n->place) : NULL;
        bool system = !strcmp(n->place, "effective") || !strcmp(n->place, "reason");
        bool proof = !field && prefix[0] == 'f' && (!strcmp(n->place, "password") || !strcmp(n->place, "code"));
        if (field || system || proof) view_format(e, K(href), "#%s%s", system && prefix[0] == 'f' ? "" : prefix, n->place);
        if (field) view_tr(e, K(place), field->label);
        else if (system) view_tr(e, K(place), n->place[0] == 'e' ? "生效日期" : "原因");
        else if (proof) view_tr(e, K(place), n->place[0] == 'p' ? "现在的密码" : "验证码");
        else view_text(e, K(place), n->place);
        view_note(e, K(text), n);
    }
    if (p->notes.count > NOTES_MAX) view_int(p->view, K(errors_more), p->notes.count - NOTES_MAX);
}

static unsigned input_kind(enum reg_type type) {
    static const unsigned kinds[CONTROL_COUNT] = {
        [CONTROL_TEXT] = K(is_text),     [CONTROL_LONG] = K(is_long),     [CONTROL_INT] = K(is_int),
        [CONTROL_MONEY] = K(is_money),   [CONTROL_NUMBER] = K(is_number), [CONTROL_DATE] = K(is_date),
        [CONTROL_MOMENT] = K(is_moment), [CONTROL_CHOICE] = K(is_choice), [CONTROL_SET] = K(is_set),
        [CONTROL_REF] = K(is_ref),       [CONTROL_FILE] = K(is_file)};
    return kinds[value_type(type)->control];
}

/* What the field takes, for the types whose form is not plain from the input. */
static void add_expects(struct page *p, struct view *v, const struct reg_field *field) {
    const struct value_type *type = value_type(field->type);
    view_text(v, K(expects), type->told ? lang_tr(p->lang, type->expects) : NULL);
    view_bool(v, K(is_refs), field->type == REG_REFS);
    if (field->type != REG_TABLE) return;
    const char *list = "";
    for (size_t i = 0; i < field->column_count; i++)
        list = arena_format(p->arena, "%s%s%s", list, i ? " | " : "", lang_tr(p->lang, field->columns[i].label));
    view_sentence(v, K(expects), "每行一条，各格用 | 隔开，也可从表格中整块复制过来：{0}", list);
}

static void add_option(struct view_list *list, const char *value, const char *label, const char *chosen) {
    struct view *o = view_item(list);
    view_text(o, K(value), value);
    view_text(o, K(label), label);
    view_bool(o, K(selected), chosen && !strcmp(chosen, value));
}

struct names {
    struct page *p;
    struct view_list *list;
    const struct reg *to;
    size_t value, label; /* fields: what is typed, and what is shown beside it */
};

static enum fault add_name(void *context, const struct record *r) {
    struct names *n = context;
    struct arena *a = n->p->arena;
    const char *name = r->values[n->label].text, *key = r->values[n->value].text;
    if (name && key) add_option(n->list, arena_copy(a, key), arena_copy(a, name), NULL);
    else if (name) add_option(n->list, arena_copy(a, name), arena_copy(a, name), NULL);
    return FAULT_NONE;
}

/* Names that a reference may be chosen from: of records that the reader may see, newest first. */
static void add_names(struct page *p, struct view_list *list, const struct reg *to) {
    struct names n = {.p = p, .list = list, .to = to, .label = (size_t)(reg_name_field(to) - to->fields)};
    char next[CURSOR_TEXT], before[CURSOR_TEXT];
    n.value = n.label;
    for (size_t i = 0; i < to->field_count; i++)
        if (to->fields[i].flags & KEY && to->fields[i].type == REG_TEXT) n.value = i;
    if (page_reader(p)) return;
    struct list_query q = {.reg = to, .sort = "-entered", .limit = OPTIONS_SHOWN};
    if (record_list(p->site->config.registers, p->conn, &p->actor, &q, add_name, &n, next, before))
        return; /* without suggestions it can be typed all the same */
}

struct view *page_input(struct page *p, struct view_list *list, const struct reg_field *field, const char *prefix,
                        const char *value, bool required, const struct note *error) {
    struct view *f = view_item(list);
    view_format(f, K(id), "%s%s", prefix, field->key);
    view_format(f, K(name), "%s%s", prefix, field->key);
    view_tr(f, K(label), field->label);
    view_text(f, K(value), value ? value : "");
    view_bool(f, K(required), required);
    if (field->help) view_tr(f, K(help), field->help);
    else view_text(f, K(help), NULL);
    if (field->unit) view_tr(f, K(unit), field->unit);
    else view_text(f, K(unit), NULL);
    if (error) view_note(f, K(error), error);
    else view_text(f, K(error), NULL);
    view_text(f, K(autocomplete), NULL);
    view_text(f, K(mode), value_type(field->type)->keys);
    add_expects(p, f, field);
    civil_day day;
    bool odd_date = field->type == REG_DATE && value && value[0] && !civil_parse(value, &day);
    if (field->type == REG_MOMENT && value && value[0]) { /* what the input takes is its own form; typed wrongly it stays as text */
        odd_date = strlen(value) != MOMENT_INPUT || (value[10] != ' ' && value[10] != 'T');
        if (!odd_date) view_format(f, K(value), "%.10sT%s", value, value + 11);
    }
    view_bool(f, odd_date ? K(is_text) : input_kind(field->type), true); /* a date input would drop what was typed wrongly */
    if (field->type == REG_CHOICE || field->type == REG_YESNO || field->type == REG_REF || field->type == REG_SET) {
        struct view_list *options = view_list(f, K(options));
        for (size_t i = 0; field->type == REG_SET && i < REG_CHOICES && field->choices[i].key; i++) {
            const char *key = field->choices[i].key;
            add_option(options, key, lang_tr(p->lang, field->choices[i].label), value && value_has_line(value, key) ? key : NULL);
        }
        for (size_t i = 0; field->type == REG_CHOICE && i < REG_CHOICES && field->choices[i].key; i++)
            add_option(options, field->choices[i].key, lang_tr(p->lang, field->choices[i].label), value);
        if (field->type == REG_YESNO) {
            add_option(options, "1", lang_tr(p->lang, "是"), value);
            add_option(options, "0", lang_tr(p->lang, "否"), value);
        }
        const struct reg *to = field->type == REG_REF ? register_named(p->site->config.registers, field->to) : NULL;
        if (to && access_may(&p->actor, to->read)) add_names(p, options, to);
    }
    return f;
}

const char *state_tone(const struct reg *reg, const struct reg_state *state) {
    return state->final ? "good" : state == reg->states ? "bad" : "work";
}

const char *record_url(struct page *p, const struct reg *reg, const struct id *id) {
    char text[ID_TEXT];
    id_format(id, text);
    return arena_format(p->arena, "/r/%s/%s", reg->key, text);
}

static bool is_shown(const struct reg *reg, const struct reg_field *f) { return f->flags & LISTED || f == reg_name_field(reg); }

/* What stands before a column's values, the same in every row. */
static const char *cell_open(struct page *p, const struct reg *reg, const struct reg_field *f) {
    _cleanup_(text_release) struct text out;
    text_init(&out, 4000);
    bool name = f && f == reg_name_field(reg);
    text_add(&out, name ? "<th scope=\"row\" data-label=\"" : "<td data-label=\"");
    html_attr(&out, lang_tr(p->lang, f ? f->label : "状态"));
    text_add(&out, name ? "\"><a href=\"/r/" : f && value_type(f->type)->figure ? "\" class=\"num\">" : "\">");
    if (name) text_format(&out, "%s/", reg->key);
    if (!f) text_add(&out, "<span class=\"badge ");
    return arena_copyn(p->arena, out.at, out.length);
}

void page_table_begin(struct page *p, const struct reg *reg, struct page_table *t) {
    view_tr(p->view, K(caption), reg->label);
    struct view_list *columns = view_list(p->view, K(columns));
    *t = (struct page_table){.reg = reg,
                             .then = "",
                             .opens = arena_array(p->arena, const char *, reg->field_count + 1),
                             .heads = arena_array(p->arena, struct view *, reg->field_count)};
    text_init(&t->rows, TABLE_MAX);
    (void)text_reserve(&t->rows, TABLE_USUAL);
    for (size_t i = 0; i < reg->field_count; i++) {
        const struct reg_field *f = &reg->fields[i];
        if (!is_shown(reg, f)) continue;
        struct view *c = view_item(columns);
        t->heads[i] = c;
        view_tr(c, K(label), f->label);
        if (value_type(f->type)->figure) view_bool(c, K(num), true);
        t->opens[i] = cell_open(p, reg, f);
    }
    if (!reg->state_count) return;
    view_tr(view_item(columns), K(label), "状态");
    t->opens[reg->field_count] = cell_open(p, reg, NULL);
}

/* The cell of a field of type file: small pictures, or the names. */
static void print_files(struct page *p, struct text *out, const struct reg *reg, const struct reg_field *f, const struct record *r,
                        const char *value) {
    size_t count;
    char id[ID_TEXT];
    id_format(&r->id, id);
    const char *const *files = file_values(p->arena, value, &count);
    text_add(out, f->flags & PICTURE ? "<span class=\"files\">" : "<span>");
    for (size_t i = 0; i < count && i < FILES_LISTED; i++) {
        char hash[65];
        const char *name;
        if (!file_value_parse(files[i], hash, &name)) continue;
        if (!(f->flags & PICTURE)) {
            if (i) text_add(out, "、");
            html_text(out, name);
            continue;
        }
        text_format(out, "<a href=\"/r/%s/%s/view/%s?of=%s\"><img src=\"/r/%s/%s/small/%s?of=%s\" loading=\"lazy\" alt=\"",
                    reg->key, id, f->key, hash, reg->key, id, f->key, hash);
        html_attr(out, name);
        text_add(out, "\"></a>");
    }
    if (count > FILES_LISTED) text_format(out, " +%zu", count - FILES_LISTED);
    text_add(out, "</span></td>");
}

/* The cell that names the record: a link to it, and what is to be known of it at once. */
static void print_name(struct page *p, struct text *out, const struct record *r, const char *then, const char *shown) {
    char id[ID_TEXT];
    id_format(&r->id, id);
    text_add(out, id);
    text_add(out, then);
    text_add(out, "\">");
    html_text(out, shown[0] ? shown : "…");
    text_add(out, "</a>");
    if (r->late) {
        text_add(out, " <span class=\"badge late\">");
        html_text(out, lang_tr(p->lang, "补录"));
        text_add(out, "</span>");
    }
    if (r->withdrawn) {
        text_add(out, " <span class=\"badge\">");
        html_text(out, lang_tr(p->lang, "已撤回"));
        text_add(out, "</span>");
    }
    text_add(out, "</th>");
}

void page_table_row(struct page *p, struct page_table *t, const struct record *r) {
    const struct reg *reg = t->reg;
    const struct reg_field *name = reg_name_field(reg);
    struct text *out = &t->rows;
    text_add(out, r->withdrawn ? "<tr class=\"gone\">" : "<tr>");
    for (size_t i = 0; i < reg->field_count; i++) {
        const struct reg_field *f = &reg->fields[i];
        if (!t->opens[i]) continue;
        text_add(out, t->opens[i]);
        if (f->type == REG_FILE && r->values[i].text) {
            print_files(p, out, reg, f, r, r->values[i].text);
            continue;
        }
        const char *shown = r->names[i] ? r->names[i] : value_show(f, &r->values[i], p->lang, p->arena);
        if (f == name) {
            print_name(p, out, r, t->then, shown);
            continue;
        }
        html_text(out, shown);
        text_add(out, "</td>");
    }
    const struct reg_state *state = r->state ? reg_state_named(reg, r->state) : NULL;
    if (state) {
        text_add(out, t->opens[reg->field_count]);
        text_add(out, state_tone(reg, state));
        text_add(out, "\">");
        html_text(out, lang_tr(p->lang, state->label));
        text_add(out, "</span></td>");
    }
    text_add(out, "</tr>\n");
}

enum fault page_table_end(struct page *p, struct page_table *t) {
    if (t->rows.over) return FAULT_LARGE;
    view_html(p->view, K(rows_html), arena_keep(p->arena, &t->rows));
    return FAULT_NONE;
}

enum fault page_count(struct page *p, const struct reg *reg, int64_t *count, int64_t *open) {
    bool all = false;
    const struct id *units;
    size_t unit_count, at = 0;
    enum fault f = page_reader(p);
    if (f) return f;
    access_units(&p->actor, reg->read, p->arena, &all, &units, &unit_count);
    while (register_at(p->site->config.registers, at) != reg) at++;
    all &= !reg->barred; /* what is kept from one reader counts for another */
    if (all && remember_count(p->site->remembered, p->journal, at, count, open)) return FAULT_NONE;
    struct list_query q = {.reg = reg};
    *count = *open = 0;
    f = record_count(p->site->config.registers, p->conn, &p->actor, &q, 0, count);
    if (f == FAULT_RIGHT) return FAULT_NONE; /* has the right, but in no unit yet */
    if (!f) f = record_unfinished(p->site->config.registers, p->conn, &p->actor, reg, open);
    if (!f && all) remember_keep_count(p->site->remembered, p->journal, at, *count, *open);
    return f;
}

const char *page_value(struct page *p, const struct reg *reg, const struct record *r, const char *key) {
    const struct reg_field *f = reg_field_named(reg, key);
    return arena_copy(p->arena, value_show(f, &r->values[f - reg->fields], p->lang, p->arena));
}

enum fault page_records(struct page *p, const struct reg *reg, const char *filter, const char *sort, int limit, record_visit each,
                        void *context) {
    struct filter_context mine = {.actor = &p->actor};
    struct list_query q = {.reg = reg, .sort = sort, .limit = limit};
    struct filter *parsed;
    char next[CURSOR_TEXT], before[CURSOR_TEXT];
    enum fault f = filter_parse(reg, filter, &mine, p->arena, NULL, &parsed);
    if (f) return f;
    q.filter = parsed;
    f = record_list(p->site->config.registers, p->conn, &p->actor, &q, each, context, next, before);
    return f == FAULT_RIGHT ? FAULT_NONE : f;
}

/* ---- downloads ---- */

void page_disposition(struct page *p, const char *plain, const char *name) {
    _cleanup_(text_release) struct text header;
    text_init(&header, 4000);
    text_format(&header, "attachment; filename=\"%s\"; filename*=UTF-8''", plain);
    url_arg(&header, name);
    http_answer_header(p->answer, "Content-Disposition", header.at);
}

enum fault page_send_file(struct page *p, const char *path, const char *type, const char *plain, const char *name) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (descriptor < 0) return FAULT_ABSENT;
    if (fstat(descriptor, &about)) {
        close(descriptor);
        return FAULT_FILE;
    }
    http_answer_header(p->answer, "Content-Type", type);
    if (name) page_disposition(p, plain, name);
    else http_answer_header(p->answer, "Content-Disposition", arena_format(p->arena, "attachment; filename=\"%s\"", plain));
    http_answer_file(p->answer, descriptor, (uint64_t)about.st_size);
    return FAULT_NONE;
}

/* ---- people, and what only some of them see ---- */

enum fault page_person_name(struct page *p, const struct id *person, const char **out) {
    const struct registers *rs = p->site->config.registers;
    const struct reg *people = register_named(rs, "person");
    *out = NULL;
    enum fault f = people && !id_is_zero(person) ? record_name(rs, p->conn, people, person, p->arena, out) : FAULT_NONE;
    return f == FAULT_ABSENT ? FAULT_NONE : f;
}

enum fault page_watch(struct page *p, struct id *before, const struct id **from) {
    p->hidden = !access_may_everywhere(&p->actor, "system.audit") && !access_may_everywhere(&p->actor, "system.admin");
    if (p->hidden) return FAULT_ABSENT;
    const char *given = page_param(p, "before");
    if (given && !id_parse(given, before)) return FAULT_INPUT;
    *from = given ? before : NULL;
    return page_reader(p);
}

void page_older(struct page *p, const struct id *last) {
    char id[ID_TEXT];
    id_format(last, id);
    view_format(p->view, K(next_url), "%s?before=%s", p->request->path, id);
}
