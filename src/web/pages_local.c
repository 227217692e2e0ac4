/* pages_local.c - registers and fields that the institution adds itself: listed, edited as a form, looked at beforehand, taken out and in as JSON. */
#include "web/page.h"

#include "base/printer.h"
#include "register/define.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPARE_ROWS = 3, FRESH_ROWS = 6, ROWS_MAX = DEFINED_FIELDS_MAX + SPARE_ROWS, LINES_MAX = REG_CHOICES };

/* What a field can be, in words; a reference names its register, a file may be a picture. */
static const struct kind {
    const char *key;
    enum reg_type type;
    const char *to;
    unsigned flags;
    const char *label;
} kinds[] = {
    {"text", REG_TEXT, NULL, 0, "文字（一行）"},
    {"long", REG_LONG, NULL, 0, "文字（可以多行）"},
    {"int", REG_INT, NULL, 0, "整数"},
    {"number", REG_NUMBER, NULL, 0, "小数（两位）"},
    {"money", REG_MONEY, NULL, 0, "金额（元）"},
    {"date", REG_DATE, NULL, 0, "日期"},
    {"moment", REG_MOMENT, NULL, 0, "日期和时间"},
    {"duration", REG_DURATION, NULL, 0, "时长"},
    {"choice", REG_CHOICE, NULL, 0, "选一项"},
    {"set", REG_SET, NULL, 0, "可选几项"},
    {"yesno", REG_YESNO, NULL, 0, "是或否"},
    {"person", REG_REF, "person", 0, "人员"},
    {"unit", REG_REF, "unit", 0, "单位"},
    {"phone", REG_PHONE, NULL, 0, "电话"},
    {"mail", REG_MAIL, NULL, 0, "电子邮箱"},
    {"url", REG_URL, NULL, 0, "网址"},
    {"identity", REG_IDENTITY, NULL, 0, "身份证号码"},
    {"credit", REG_CREDIT, NULL, 0, "统一社会信用代码"},
    {"plate", REG_PLATE, NULL, 0, "车牌号"},
    {"network", REG_NETWORK, NULL, 0, "IP 地址"},
    {"place", REG_PLACE, NULL, 0, "位置（经纬度）"},
    {"picture", REG_FILE, NULL, PICTURE | SEVERAL, "照片"},
    {"file", REG_FILE, NULL, SEVERAL, "文件"},
};

/* One definition in hand. */
struct editing {
    struct page *p;
    const char *key;           /* of the register; "new" until it has one */
    const struct reg *shipped; /* whose fields are added to; NULL: a register of the institution's own */
    struct reg *old;           /* as it stands, with retired fields; NULL: nothing yet */
    struct reg made;           /* as the form has it */
};

static enum fault may_define(struct page *p) {
    if (access_may_everywhere(&p->actor, "system.admin") && register_named(p->site->config.registers, "local")) return FAULT_NONE;
    note_add(&p->notes, NULL, "您没有此项权限：{0}", "system.admin");
    return FAULT_RIGHT;
}

static const struct reg *shipped_named(struct page *p, const char *key) {
    for (const struct reg *const *r = p->site->config.shipped; r && *r; r++)
        if (!strcmp((*r)->key, key) && !(*r)->internal) return *r;
    return NULL;
}

/* The stored definition of a register, with its retired fields; FAULT_ABSENT if there is none. */
static enum fault read_stored(struct page *p, const char *key, const char **json, struct reg **out) {
    const char *all[LOCAL_MAX];
    size_t count;
    enum fault f = local_definitions(registers_store(p->site->config.registers), p->arena, all, &count);
    for (size_t i = 0; i < count && !f; i++) {
        f = define_read(all[i], strlen(all[i]), true, p->arena, &p->notes, out);
        if (!f && !strcmp((*out)->key, key)) return *json = all[i], FAULT_NONE;
    }
    return f ? f : FAULT_ABSENT;
}

/* ---- the list ---- */

static void add_listed(struct view_list *list, const struct reg *reg, size_t own, bool local) {
    struct view *v = view_item(list);
    view_format(v, K(url), "/definitions/%s", reg->key);
    view_tr(v, K(label), reg->label);
    view_bool(v, K(local), local);
    view_int(v, K(count), (int64_t)own);
    if (local || own) view_format(v, K(file_url), "/definitions/%s/file", reg->key);
}

static enum fault show_list(struct page *p, enum fault failed) {
    const char *all[LOCAL_MAX];
    size_t count;
    struct view *v = page_view(p, "自建台账和栏目");
    if (failed) page_errors(p, failed, NULL, ""), http_answer_status(p->answer, fault_http_status(failed));
    enum fault f = local_definitions(registers_store(p->site->config.registers), p->arena, all, &count);
    if (f) return f;
    struct view_list *list = view_list(v, K(definitions));
    for (size_t i = 0; i < count && !f; i++) {
        struct reg *local;
        f = define_read(all[i], strlen(all[i]), false, p->arena, &p->notes, &local);
        if (!f && !shipped_named(p, local->key)) add_listed(list, local, local->field_count, true);
    }
    for (const struct reg *const *r = p->site->config.shipped; !f && r && *r; r++) {
        struct reg *local = NULL;
        const char *json;
        if ((*r)->internal) continue;
        enum fault there = read_stored(p, (*r)->key, &json, &local);
        add_listed(list, *r, there ? 0 : local->field_count, false);
    }
    return f ? f : page_render(p, TEMPLATE_definitions);
}

enum fault page_definitions(struct page *p) {
    enum fault f = may_define(p);
    return f ? f : show_list(p, FAULT_NONE);
}

/* ---- the form ---- */

static const struct kind *kind_of(const struct reg_field *f) {
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        const struct kind *k = &kinds[i];
        bool to = k->to ? f->to && !strcmp(f->to, k->to) : !f->to;
        if (k->type == f->type && to && (f->type != REG_FILE || (k->flags & PICTURE) == (f->flags & PICTURE))) return k;
    }
    return &kinds[0];
}

static const char *lines_of(struct page *p, const struct reg_choice *choices) {
    const char *out = "";
    for (size_t i = 0; i < REG_CHOICES && choices[i].key; i++)
        out = arena_format(p->arena, "%s%s%s", out, i ? "\n" : "", choices[i].label);
    return out;
}

/* One row of the form, filled from a field (NULL: empty). */
static void add_row(struct editing *e, struct view_list *rows, size_t at, const struct reg_field *f) {
    struct page *p = e->p;
    struct view *v = view_item(rows);
    view_int(v, K(number), (int64_t)at + 1);
    view_format(v, K(prefix), "r-%zu", at);
    view_text(v, K(key), f && f->key ? f->key : "");
    view_text(v, K(label), f && f->label ? f->label : "");
    view_text(v, K(help), f && f->help ? f->help : "");
    view_copy(v, K(choices), f ? lines_of(p, f->choices) : "");
    view_bool(v, K(required), f && f->flags & REQUIRED);
    view_bool(v, K(listed), !f || f->flags & LISTED);
    view_bool(v, K(unique), f && f->flags & KEY);
    view_bool(v, K(retired), f && f->flags & RETIRED);
    view_bool(v, K(there), f && f->key);
    struct view_list *options = view_list(v, K(options));
    const struct kind *chosen = f ? kind_of(f) : &kinds[0];
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct view *o = view_item(options);
        view_text(o, K(value), kinds[i].key);
        view_tr(o, K(label), kinds[i].label);
        view_bool(o, K(selected), &kinds[i] == chosen);
    }
}

static void add_same(struct editing *e, const struct reg *now) {
    struct page *p = e->p;
    struct view_list *list = view_list(p->view, K(same));
    for (const struct reg *const *r = p->site->config.shipped; r && *r; r++) {
        if ((*r)->internal || (*r)->access) continue;
        struct view *o = view_item(list);
        view_text(o, K(value), (*r)->key);
        view_tr(o, K(label), (*r)->label);
        view_bool(o, K(selected), now && now->read && !strcmp(now->read, (*r)->read));
    }
}

static const char *state_lines(struct page *p, const struct reg *reg) {
    const char *out = "";
    for (size_t i = 0; reg && i < reg->state_count; i++)
        out = arena_format(p->arena, "%s%s%s", out, i ? "\n" : "", reg->states[i].label);
    return out;
}

static enum fault show_form(struct editing *e, const struct reg *now, enum fault failed, bool preview) {
    struct page *p = e->p;
    struct view *v = page_view(p, NULL);
    const struct reg *named = e->shipped ? e->shipped : now;
    if (named && named->label) view_sentence(v, K(title), "定义：{0}", lang_tr(p->lang, named->label));
    else view_tr(v, K(title), "新建台账");
    view_format(v, K(action), "/definitions/%s", e->key);
    view_bool(v, K(own), !e->shipped);
    view_bool(v, K(fresh), !e->old && !e->shipped);
    view_text(v, K(key), !e->shipped && now && now->key && !e->old ? now->key : "");
    view_text(v, K(name), now && now->label ? now->label : "");
    view_text(v, K(group), now && now->group ? now->group : "");
    view_text(v, K(purpose), now && now->purpose ? now->purpose : "");
    view_copy(v, K(states), state_lines(p, now));
    if (e->old) view_format(v, K(file_url), "/definitions/%s/file", e->key);
    if (e->old || e->shipped) view_format(v, K(register_url), "/r/%s", e->key);
    add_same(e, now);
    struct view_list *rows = view_list(v, K(rows));
    size_t count = now ? now->field_count : 0;
    for (size_t i = 0; i < count; i++) add_row(e, rows, i, &now->fields[i]);
    size_t spare = count ? SPARE_ROWS : FRESH_ROWS;
    for (size_t i = 0; i < spare && count + i < ROWS_MAX; i++) add_row(e, rows, count + i, NULL);
    if (failed) page_errors(p, failed, NULL, ""), http_answer_status(p->answer, fault_http_status(failed));
    view_bool(v, K(preview), preview && !failed);
    struct view_list *inputs = view_list(v, K(form_fields));
    for (size_t i = 0; preview && !failed && i < count; i++) {
        const struct reg_field *f = &now->fields[i];
        if (f->flags & RETIRED) continue;
        page_input(p, inputs, f, "p-", "", (f->flags & REQUIRED) != 0, NULL);
    }
    return page_render(p, TEMPLATE_definition);
}

/* What is in the path: a shipped register, one of the institution's own, or "new". */
static enum fault asked(struct page *p, struct editing *e) {
    const char *json;
    *e = (struct editing){.p = p, .key = p->args[0]};
    enum fault f = may_define(p);
    if (f) return f;
    e->shipped = shipped_named(p, e->key);
    f = strcmp(e->key, "new") ? read_stored(p, e->key, &json, &e->old) : FAULT_ABSENT;
    if (f == FAULT_ABSENT && (e->shipped || !strcmp(e->key, "new"))) f = FAULT_NONE, e->old = NULL;
    return f;
}

enum fault page_definition(struct page *p) {
    struct editing e;
    enum fault f = asked(p, &e);
    return f ? f : show_form(&e, e.old, FAULT_NONE, false);
}

/* ---- from the form to a definition ---- */

static const char *typed(struct page *p, size_t row, const char *what) {
    const char *text = page_field(p, arena_format(p->arena, "r-%zu-%s", row, what));
    return text ? arena_copy(p->arena, text + strspn(text, " \t")) : "";
}

/* The lines of a text, without blank ones; at most `most`. */
static size_t split_lines(struct page *p, const char *text, const char *out[], size_t most) {
    char *rest = arena_copy(p->arena, text), *line;
    size_t n = 0;
    while (n < most && (line = strsep(&rest, "\n"))) {
        size_t end = strlen(line);
        while (end && strchr(" \r\t", line[end - 1])) line[--end] = 0;
        if (*line) out[n++] = line;
    }
    return n;
}

static bool has_label(const char *const *lines, size_t count, const char *label) {
    for (size_t i = 0; i < count; i++)
        if (!strcmp(lines[i], label)) return true;
    return false;
}

/* Keys stay with their labels; a new label in the place of one that is gone is its new name; labels left out come back at the end, since records may have
 * them. */
static size_t keep_choices(struct page *p, const struct reg_choice *old, const char *text, struct reg_choice *out) {
    const char *lines[LINES_MAX];
    size_t count = split_lines(p, text, lines, LINES_MAX), before = 0, next = 1;
    bool used[REG_CHOICES] = {false};
    while (before < REG_CHOICES && old[before].key) before++;
    next = before + 1;
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < before && strcmp(old[k].label, lines[i])) k++;
        if (k == before && i < before && !has_label(lines, count, old[i].label)) k = i;
        out[i] = (struct reg_choice){k < before ? old[k].key : arena_format(p->arena, "c%zu", next++), lines[i]};
        if (k < before) used[k] = true;
    }
    for (size_t k = 0; k < before && count < REG_CHOICES; k++)
        if (!used[k]) out[count++] = old[k];
    return count;
}

static const struct kind *kind_named(const char *key) {
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (!strcmp(kinds[i].key, key)) return &kinds[i];
    return &kinds[0];
}

static const struct reg_field *old_field(const struct editing *e, const char *key) {
    return e->old && key[0] ? reg_field_named(e->old, key) : NULL;
}

/* A key that no field of the register has had yet. */
static const char *fresh_key(struct editing *e, size_t *last) {
    for (;;) {
        const char *key = arena_format(e->p->arena, "x%zu", ++*last);
        if (!old_field(e, key) && !(e->shipped && reg_field_named(e->shipped, key))) return key;
    }
}

static void take_row(struct editing *e, size_t row, size_t *last, struct reg_field *out) {
    struct page *p = e->p;
    const char *key = typed(p, row, "key");
    const struct reg_field *old = old_field(e, key);
    const struct kind *kind = old ? kind_of(old) : kind_named(typed(p, row, "type")); /* what is stored keeps its type */
    static const struct reg_choice none[REG_CHOICES];
    *out = old ? *old : (struct reg_field){.key = fresh_key(e, last), .type = kind->type, .to = kind->to};
    out->label = typed(p, row, "label");
    out->help = typed(p, row, "help")[0] ? typed(p, row, "help") : NULL;
    out->decimals = kind->type == REG_NUMBER ? (old ? old->decimals : 2) : 0;
    out->flags = kind->flags | (typed(p, row, "required")[0] ? REQUIRED : 0) | (typed(p, row, "listed")[0] ? LISTED : 0) |
                 (typed(p, row, "unique")[0] ? KEY : 0) | (typed(p, row, "retired")[0] ? RETIRED : 0) |
                 (old ? old->flags & INDEXED : 0);
    if (!value_type(kind->type)->choices) return;
    memset(out->choices, 0, sizeof out->choices);
    (void)keep_choices(p, old ? old->choices : none, typed(p, row, "choices"), out->choices);
}

static void take_states(struct editing *e) {
    struct page *p = e->p;
    struct reg_choice old[REG_CHOICES] = {{0}}, now[REG_CHOICES] = {{0}};
    for (size_t i = 0; e->old && i < e->old->state_count && i < REG_CHOICES; i++)
        old[i] = (struct reg_choice){e->old->states[i].key, e->old->states[i].label};
    const char *lines = page_field(p, "f-states");
    size_t count = keep_choices(p, old, lines ? lines : "", now);
    struct reg_state *states = arena_array(p->arena, struct reg_state, count + 1);
    struct reg_move *moves = arena_array(p->arena, struct reg_move, count + 1);
    for (size_t i = 0; i < count; i++) states[i] = (struct reg_state){now[i].key, now[i].label, i + 1 == count};
    for (size_t i = 0; i + 1 < count; i++)
        moves[i] = (struct reg_move){.key = arena_join(p->arena, "to_", now[i + 1].key),
                                     .label = now[i + 1].label,
                                     .from = {now[i].key},
                                     .to = now[i + 1].key,
                                     .may = e->made.record};
    e->made.states = states;
    e->made.state_count = count;
    e->made.moves = moves;
    e->made.move_count = count ? count - 1 : 0;
}

/* What a register of one's own needs beside its fields: rights of another, the field it is called by, the date it is sorted by. */
static void take_register(struct editing *e, struct reg_field *fields, size_t count) {
    struct page *p = e->p;
    const char *same = page_field(p, "f-same"), *key = page_field(p, "f-key");
    const struct reg *like = same ? shipped_named(p, same) : NULL;
    e->made.key = e->old ? e->old->key : key && key[0] ? key : "own";
    e->made.label = page_field(p, "f-label");
    e->made.group = page_field(p, "f-group");
    e->made.purpose = page_field(p, "f-purpose");
    if (like) e->made.read = like->read, e->made.record = like->record;
    bool named = false;
    for (size_t i = 0; i < count; i++) {
        bool shown = !(fields[i].flags & RETIRED);
        if (shown && !named && fields[i].type == REG_TEXT) fields[i].flags |= NAME | LISTED | REQUIRED, named = true;
        if (shown && !e->made.date && fields[i].type == REG_DATE && fields[i].flags & REQUIRED) e->made.date = fields[i].key;
    }
    if (!named) note_add(&p->notes, "fields", "至少要有一栏“文字（一行）”，记录用它来称呼");
    if (!like) note_add(&p->notes, "same", "请选择权限与哪个台账相同");
    take_states(e);
}

static enum fault take_form(struct editing *e) {
    struct page *p = e->p;
    struct reg_field *fields = arena_array(p->arena, struct reg_field, ROWS_MAX);
    size_t count = 0, last = 0;
    for (size_t row = 0; row < ROWS_MAX && count < DEFINED_FIELDS_MAX; row++)
        if (typed(p, row, "label")[0]) take_row(e, row, &last, &fields[count++]);
    e->made = (struct reg){.fields = fields, .field_count = count};
    if (e->shipped) e->made.key = e->shipped->key, e->made.label = e->shipped->label;
    else take_register(e, fields, count);
    return p->notes.first ? FAULT_INPUT : FAULT_NONE;
}

/* Holds the definition against all others, as the next start will. */
static enum fault check(struct page *p, const char *key, const char *json) {
    const char *all[LOCAL_MAX + 1];
    const struct reg **out;
    size_t count;
    enum fault f = local_definitions(registers_store(p->site->config.registers), p->arena, all, &count);
    bool there = false;
    for (size_t i = 0; i < count && !f; i++) {
        struct reg *reg;
        f = define_read(all[i], strlen(all[i]), true, p->arena, &p->notes, &reg);
        if (!f && !strcmp(reg->key, key)) all[i] = json, there = true;
    }
    if (!f && !there && count == LOCAL_MAX) {
        note_add(&p->notes, NULL, "自建的台账已有 {0} 个，不能再多", "100");
        return FAULT_INPUT;
    }
    if (!there) all[count++] = json;
    return f ? f : define_all(p->site->config.shipped, all, count, p->arena, &p->notes, &out);
}

static enum fault store_definition(struct page *p, const struct reg *reg, const char *json) {
    struct actor actor = page_actor_with(p, "local.record");
    const struct change_value values[] = {{"register", reg->key, NULL}, {"label", reg->label, NULL}, {"definition", json, NULL}};
    struct change c = {.kind = CHANGE_ADD,
                       .reg = register_named(p->site->config.registers, "local"),
                       .record = id_make(p->now_ms),
                       .values = values,
                       .value_count = COUNT_OF(values),
                       .expected = -1,
                       .by_key = true};
    store_read_end(&p->conn);
    enum fault f = change_apply(p->site->config.registers, &actor, p->now_ms, &c, &p->notes, NULL);
    if (f || !p->site->config.reload) return f;
    http_server_leave(p->site->server); /* who comes from now on waits for the new start, this reader too */
    http_answer_close(p->answer);
    p->site->config.reload();
    return FAULT_NONE;
}

enum fault page_definition_post(struct page *p) {
    struct editing e;
    enum fault f = asked(p, &e);
    if (f) return f;
    bool preview = page_field(p, "preview") != NULL;
    _cleanup_(text_release) struct text json;
    text_init(&json, DEFINITION_MAX_BYTES);
    f = take_form(&e);
    if (!f) reg_definition(&e.made, &json);
    if (!f && json.over) f = FAULT_LARGE;
    if (!f && !e.old && !e.shipped && register_named(p->site->config.registers, e.made.key)) {
        note_add(&p->notes, "key", "已有键为 {0} 的台账，请换一个", e.made.key);
        f = FAULT_INPUT;
    }
    if (!f) f = check(p, e.made.key, json.at);
    if (!f && !preview) f = store_definition(p, &e.made, json.at);
    if (f && f != FAULT_INPUT) return f;
    if (f || preview) return show_form(&e, &e.made, f, preview);
    return page_go(p, arena_join(p->arena, "/definitions/", e.made.key), "已保存。");
}

/* ---- as a file ---- */

enum fault page_definition_file(struct page *p) {
    const char *json;
    struct reg *reg;
    enum fault f = may_define(p);
    if (!f) f = read_stored(p, p->args[0], &json, &reg);
    if (f) return f;
    http_answer_header(p->answer, "Content-Type", "application/json");
    http_answer_header(p->answer, "Cache-Control", "no-store");
    page_disposition(p, arena_join(p->arena, reg->key, ".json"), arena_join(p->arena, reg->label, ".json"));
    text_add(http_answer_text(p->answer), json);
    return FAULT_NONE;
}

enum fault page_definitions_post(struct page *p) {
    const struct http_field *fields;
    size_t count;
    struct reg *reg = NULL;
    enum fault f = may_define(p);
    if (!f) f = http_form(p->request, &p->notes, &fields, &count);
    if (f) return f;
    const char *json = NULL;
    for (size_t i = 0; i < count; i++)
        if (!strcmp(fields[i].name, "file") && fields[i].filename && fields[i].length <= DEFINITION_MAX_BYTES && fields[i].length)
            json = arena_copyn(p->arena, (const char *)fields[i].bytes, fields[i].length);
    if (!json) {
        note_add(&p->notes, NULL, "请选择一个定义文件（JSON，不超过 20 KB）");
        return show_list(p, FAULT_INPUT);
    }
    f = define_read(json, strlen(json), true, p->arena, &p->notes, &reg);
    if (!f && (reg->internal || reg->access)) note_add(&p->notes, "internal", "自建台账不能是程序内部的台账"), f = FAULT_INPUT;
    if (!f && !reg->label) note_add(&p->notes, "label", "必须填写"), f = FAULT_INPUT;
    if (!f) f = check(p, reg->key, json);
    if (!f) f = store_definition(p, reg, json);
    if (f == FAULT_INPUT || f == FAULT_LARGE) return show_list(p, f);
    return f ? f : page_go(p, arena_join(p->arena, "/definitions/", reg->key), "已保存。");
}
