/* api_records.c - registers and records for programs: lists, records, history, and every kind of change. */
#include "web/api.h"

#include "base/printer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILTER_MAX = 8000 };

/* ---- who and what there is ---- */

enum fault api_index(struct page *p) {
    text_add(api_answer(p), "{\"openapi\":\"/api/v1/openapi.json\",\"registers\":\"/api/v1/registers\",\"search\":\"/api/v1/"
                            "search\",\"reports\":\"/api/v1/reports\",\"forms\":\"/api/v1/forms\","
                            "\"me\":\"/api/v1/me\"}\n");
    return FAULT_NONE;
}

/* Words set off by blanks as an array; null if there are none. */
static void add_words(struct text *out, const char *words) {
    bool any = false;
    text_add(out, words[strspn(words, " ")] ? "[" : "null");
    for (const char *at = words + strspn(words, " "); *at; at += strspn(at, " ")) {
        char word[80];
        size_t n = strcspn(at, " ");
        snprintf(word, sizeof word, "%.*s", n < sizeof word ? (int)n : 0, at);
        if (any) text_addc(out, ',');
        json_text(out, word);
        any = true;
        at += n;
    }
    if (any) text_addc(out, ']');
}

enum fault api_me(struct page *p) {
    struct text *out = api_answer(p);
    char id[ID_TEXT];
    id_format(&p->actor.person, id);
    text_format(out, "{\"id\":\"%s\",\"name\":", id);
    json_text(out, p->actor.name ? p->actor.name : "");
    text_add(out, ",\"login\":");
    json_text(out, p->actor.login ? p->actor.login : "");
    text_format(out, ",\"scope\":{\"read\":%s,\"write\":%s,\"registers\":", api_scope(p, "read", NULL) ? "true" : "false",
                api_scope(p, "write", NULL) ? "true" : "false");
    add_words(out, p->token_scope ? p->token_registers : "");
    text_add(out, "}}\n");
    return FAULT_NONE;
}

enum fault api_registers(struct page *p) {
    struct text *out = api_answer(p);
    const struct registers *rs = p->site->config.registers;
    bool any = false;
    text_add(out, "{\"registers\":[");
    for (size_t i = 0; i < register_count(rs); i++) {
        const struct reg *reg = register_at(rs, i);
        if (!access_may(&p->actor, reg->read) || !api_scope(p, "read", reg)) continue;
        text_format(out, "%s{\"key\":\"%s\",\"label\":", any ? "," : "", reg->key);
        json_text(out, lang_tr(p->lang, reg->label));
        text_format(out, ",\"url\":\"/api/v1/r/%s\",\"may_record\":%s}", reg->key,
                    !reg->internal && access_may(&p->actor, reg->record) && api_scope(p, "write", reg) ? "true" : "false");
        any = true;
    }
    text_add(out, "]}\n");
    return FAULT_NONE;
}

enum fault api_asked_scope(struct page *p, const char *scope, const struct reg *reg) {
    if (api_scope(p, scope, reg)) return FAULT_NONE;
    note_add(&p->notes, "Authorization", "这个令牌不能做这件事");
    return FAULT_RIGHT;
}

enum fault api_asked_register(struct page *p, const char *scope, const struct reg **reg) {
    enum fault f = page_register(p, 0, reg);
    return f ? f : api_asked_scope(p, scope, *reg);
}

enum fault api_register(struct page *p) {
    const struct reg *reg;
    enum fault f = api_asked_register(p, "read", &reg);
    if (f) return f;
    struct text *out = api_answer(p);
    reg_definition(reg, out);
    text_addc(out, '\n');
    return FAULT_NONE;
}

/* ---- lists ---- */

struct listing {
    const struct reg *reg;
    struct text *out;
    int count;
};

static enum fault put_record(void *context, const struct record *r) {
    struct listing *l = context;
    if (l->count++) text_add(l->out, ",\n");
    api_record(l->out, l->reg, r);
    return l->out->over ? FAULT_LARGE : FAULT_NONE;
}

enum fault api_limit(struct page *p, int *out) {
    const char *limit = page_param(p, "limit");
    char *end = NULL;
    long number = limit ? strtol(limit, &end, 10) : PAGE_ROWS;
    if ((limit && (!limit[0] || *end)) || number < 1 || number > API_LIMIT) {
        note_add(&p->notes, "limit", "应在 {0} 到 {1} 之间，现为 {2}", "1", arena_int(p->arena, API_LIMIT), limit ? limit : "");
        return FAULT_INPUT;
    }
    *out = (int)number;
    return FAULT_NONE;
}

static enum fault asked_query(struct page *p, struct list_query *q) {
    const char *text = page_param(p, "filter");
    q->search = page_param(p, "q");
    q->sort = page_param(p, "sort");
    q->cursor = page_param(p, "after");
    q->withdrawn = page_param(p, "withdrawn") != NULL;
    enum fault f = api_limit(p, &q->limit);
    if (!f) f = page_reader(p);
    if (!f) f = look_ask(p->conn, page_param(p, "as_of"), page_param(p, "known_at"), &p->notes, &q->look);
    if (f || !text || !text[0]) return f;
    struct filter_context context = {
        .actor = &p->actor, .registers = p->site->config.registers, .conn = p->conn, .has_today = true, .today = p->today};
    struct filter *filter;
    f = filter_parse(q->reg, text, &context, p->arena, &p->notes, &filter);
    q->filter = f ? NULL : filter;
    return f;
}

enum fault api_list(struct page *p) {
    struct list_query q = {0};
    char next[CURSOR_TEXT] = "", before[CURSOR_TEXT] = "";
    enum fault f = api_asked_register(p, "read", &q.reg);
    if (!f) f = asked_query(p, &q);
    if (f) return f;
    struct listing l = {q.reg, http_answer_text(p->answer), 0};
    text_add(l.out, "{\"records\":[");
    f = record_list(p->site->config.registers, p->conn, &p->actor, &q, put_record, &l, next, before);
    f = page_stopped(p, f);
    if (f == FAULT_INPUT) note_add(&p->notes, "after", "sort 应为可排序的栏目；after 应为同一排序下上一页给出的 next");
    if (f) return f;
    (void)api_answer(p);
    text_add(l.out, "],\"next\":");
    if (next[0]) json_text(l.out, next);
    else text_add(l.out, "null");
    text_add(l.out, "}\n");
    return FAULT_NONE;
}

/* ---- one record ---- */

static enum fault asked_record(struct page *p, const char *scope, const struct reg **reg, struct id *id) {
    enum fault f = api_asked_register(p, scope, reg);
    return f ? f : page_id(p, 1, id);
}

/* Prefer: return=minimal (RFC 7240) asks for no record in the answer. */
static bool wants_minimal(struct page *p) {
    const char *prefer = http_header(p->request, "Prefer");
    for (const char *at = prefer; at && (at = strstr(at, "return=minimal")); at++)
        if (at == prefer || strchr(", ;", at[-1])) return true;
    return false;
}

/* The record with its ETag, which is its last position. */
static enum fault answer_record(struct page *p, const struct reg *reg, const struct id *id, const struct look *look) {
    struct record r;
    store_read_end(&p->conn);
    enum fault f = page_reader(p);
    if (!f) f = record_read(p->site->config.registers, p->conn, &p->actor, reg, id, look, p->arena, &r);
    if (f) return f;
    struct text *out = api_answer(p);
    const char *version = arena_int(p->arena, r.position);
    if (p->request->method == HTTP_GET || p->request->method == HTTP_HEAD) {
        if (http_answer_etag(p->answer, p->request, version)) return FAULT_NONE;
    } else {
        http_answer_header(p->answer, "ETag", arena_format(p->arena, "\"%s\"", version));
    }
    api_record(out, reg, &r);
    text_addc(out, '\n');
    return FAULT_NONE;
}

enum fault api_read(struct page *p) {
    const struct reg *reg;
    struct id id;
    struct look look;
    enum fault f = asked_record(p, "read", &reg, &id);
    if (!f) f = page_reader(p);
    if (!f) f = look_ask(p->conn, page_param(p, "as_of"), page_param(p, "known_at"), &p->notes, &look);
    return f ? f : answer_record(p, reg, &id, &look);
}

enum fault api_proof(struct page *p) {
    const struct reg *reg;
    enum fault f = api_asked_register(p, "read", &reg);
    return f ? f : page_proof(p);
}

enum fault api_history(struct page *p) {
    const struct reg *reg;
    struct id id;
    struct record_step *steps;
    size_t count;
    enum fault f = asked_record(p, "read", &reg, &id);
    if (!f) f = page_reader(p);
    if (!f) f = record_history(p->site->config.registers, p->conn, &p->actor, reg, &id, p->arena, &steps, &count);
    if (f) return f;
    struct text *out = api_answer(p);
    text_add(out, "{\"steps\":[");
    for (size_t i = 0; i < count; i++) {
        char day[CIVIL_TEXT], moment[MOMENT_TEXT];
        civil_format(steps[i].effective, day);
        moment_format(steps[i].entered_ms, moment);
        text_format(out, "%s{\"position\":%lld,\"op\":\"%s\",\"effective\":\"%s\",\"entered\":\"%s\",\"late\":%s,\"by\":",
                    i ? ",\n" : "", (long long)steps[i].position, steps[i].op, day, moment, steps[i].late ? "true" : "false");
        if (steps[i].actor_name) json_text(out, steps[i].actor_name);
        else text_add(out, "null");
        text_add(out, ",\"reason\":");
        if (steps[i].reason) json_text(out, steps[i].reason);
        else text_add(out, "null");
        text_add(out, ",\"values\":{");
        for (size_t k = 0; k < steps[i].count; k++) {
            text_format(out, "%s\"%s\":", k ? "," : "", steps[i].fields[k]->key);
            value_json(steps[i].fields[k], &steps[i].values[k], out);
        }
        text_add(out, "}}");
    }
    text_add(out, "]}\n");
    return FAULT_NONE;
}

/* ---- changes ---- */

const char *api_text(const json_t *body, const char *key) {
    const json_t *v = json_object_get(body, key);
    return json_is_string(v) ? json_string_value(v) : NULL;
}

enum fault api_known(struct page *p, const json_t *body, const char *known) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)body, key, value) {
        size_t n = strlen(key);
        bool found = false;
        for (const char *at = known; n && !found && (at = strstr(at, key)); at += n)
            found = (at == known || at[-1] == ' ') && (!at[n] || at[n] == ',');
        if (found) continue;
        note_add(&p->notes, arena_join(p->arena, "#/", key), "不认识这一项；可用：{0}", known);
        return FAULT_INPUT;
    }
    return FAULT_NONE;
}

/* The files that the record has now in a field, one a line; NULL if none that the actor may see. */
static enum fault files_now(struct page *p, const struct change *c, const struct reg_field *field, const char **out) {
    struct record r;
    *out = NULL;
    if (c->kind == CHANGE_ADD) return FAULT_NONE;
    enum fault f = page_reader(p);
    if (!f) f = record_read(p->site->config.registers, p->conn, &p->actor, c->reg, &c->record, NULL, p->arena, &r);
    if (!f) *out = r.values[field - c->reg->fields].text;
    return f;
}

static enum fault take_values(struct page *p, const json_t *body, struct change *c) {
    const json_t *values = json_object_get(body, "values");
    const char *key;
    json_t *value;
    if (values && !json_is_object(values)) {
        note_add(&p->notes, "#/values", "应为一个 JSON 对象");
        return FAULT_INPUT;
    }
    struct change_value *taken = arena_array(p->arena, struct change_value, json_object_size(values) + 1);
    c->values = taken;
    json_object_foreach((json_t *)(uintptr_t)values, key, value) {
        const struct reg_field *field = reg_field_named(c->reg, key);
        const char *typed = "";
        enum fault f = field ? api_typed(p, field, value, &typed) : FAULT_NONE; /* the door names what is no field */
        const char *now = NULL;
        bool files = field && field->type == REG_FILE;
        if (!f && files) f = files_now(p, c, field, &now);
        if (!f && files) f = api_files_known(p, field, typed, now, &typed);
        if (f) return f;
        taken[c->value_count++] = (struct change_value){arena_copy(p->arena, key), typed, NULL};
    }
    return FAULT_NONE;
}

static enum fault take_times(struct page *p, const json_t *body, struct change *c) {
    const char *effective = api_text(body, "effective"), *reason = api_text(body, "reason"), *unit = api_text(body, "unit");
    c->reason = arena_copy(p->arena, reason);
    c->has_effective = effective != NULL;
    if (effective && !civil_parse(effective, &c->effective)) {
        note_add(&p->notes, "effective", "应为日期，如 2019-03-01");
        return FAULT_INPUT;
    }
    if (unit && !id_parse(unit, &c->unit)) {
        note_add(&p->notes, "#/unit", "应为 26 位编号，如 {0}；现为“{1}”", "01h2xcejqtf2nbrexx3vqjhp41", unit);
        return FAULT_INPUT;
    }
    return FAULT_NONE;
}

/* The key that the client gives, hashed with who it is; the body with where it was sent. */
enum fault api_once(struct page *p, struct once *once, bool *given) {
    const char *key = http_header(p->request, "Idempotency-Key");
    *given = key != NULL;
    if (!key) return FAULT_NONE;
    if (!key[0] || strlen(key) > 200) {
        note_add(&p->notes, "Idempotency-Key", "应为 1 到 200 个字符");
        return FAULT_INPUT;
    }
    const struct digest_piece who[] = {{p->actor.person.bytes, ID_BYTES}, {key, strlen(key)}};
    const struct digest_piece what[] = {{p->request->path, strlen(p->request->path) + 1},
                                        {p->request->body, p->request->body_length}};
    once->key = digest_of_pieces(who, 2);
    once->body = digest_of_pieces(what, 2);
    return FAULT_NONE;
}

enum fault api_done_before(struct page *p, const struct once *once, bool *again, struct id *out) {
    bool same;
    int64_t position;
    enum fault f = page_reader(p);
    if (!f) f = once_find(p->conn, once, again, &same, &position);
    if (f || !*again) return f;
    if (!same) {
        note_add(&p->notes, "Idempotency-Key", "这个 Idempotency-Key 已用于另一项内容；请换一个");
        return FAULT_INPUT;
    }
    memcpy(out->bytes, once->key.bytes, ID_BYTES);
    http_answer_header(p->answer, "Idempotency-Replayed", "true");
    return FAULT_NONE;
}

/* If-Match: "POSITION"; asked of every change of a record that is there. */
static enum fault take_match(struct page *p, struct change *c) {
    const char *match = http_header(p->request, "If-Match");
    char *end;
    if (!match) {
        note_add(&p->notes, "If-Match", "请写明您看到的版本：If-Match 取自记录的 ETag");
        p->api_status = 428;
        return FAULT_INPUT;
    }
    if (match[0] == '*' && !match[1]) return c->expected = -1, FAULT_NONE;
    c->expected = match[0] == '"' ? strtoll(match + 1, &end, 10) : -1;
    if (match[0] == '"' && end > match + 1 && !strcmp(end, "\"")) return FAULT_NONE;
    note_add(&p->notes, "If-Match", "应为带引号的版本，如 {0}", "\"120\"");
    return FAULT_INPUT;
}

/* 412 says which version there is now. */
static enum fault refuse_version(struct page *p, const struct change *c) {
    struct record r;
    enum fault f = page_reader(p);
    if (!f) f = record_read(p->site->config.registers, p->conn, &p->actor, c->reg, &c->record, NULL, p->arena, &r);
    p->api_status = 412;
    if (!f) p->api_current = arena_format(p->arena, "\"%lld\"", (long long)r.position);
    return FAULT_CONFLICT;
}

/* Reads the body, makes the change, and answers with the record as it is then. */
static enum fault make_change(struct page *p, struct change *c) {
    _cleanup_(api_body_release) json_t *body = NULL;
    struct once once;
    bool given = false;
    struct change_done done = {0};
    const struct reg *reg;
    enum fault f = api_asked_register(p, "write", &reg);
    if (!f && reg->internal) f = FAULT_RIGHT;
    if (f) return f;
    c->reg = reg;
    if (c->kind != CHANGE_ADD) f = page_id(p, 1, &c->record);
    if (!f && c->kind != CHANGE_ADD) f = take_match(p, c);
    if (!f) f = api_body(p, &body);
    if (!f) f = api_known(p, body, "id, values, unit, effective, reason");
    if (!f) f = take_times(p, body, c);
    if (!f) f = take_values(p, body, c);
    if (!f) f = api_once(p, &once, &given);
    if (given) c->once = &once;
    const char *id = f ? NULL : api_text(body, "id");
    if (!f && c->kind == CHANGE_ADD && id && !id_parse(id, &c->record)) {
        note_add(&p->notes, "#/id", "应为 26 位编号，如 {0}；现为“{1}”", "01h2xcejqtf2nbrexx3vqjhp41", id);
        f = FAULT_INPUT;
    }
    /* A record's id made of the key is the same when the request comes again. */
    if (!f && c->kind == CHANGE_ADD && !id && c->once) memcpy(c->record.bytes, once.key.bytes, ID_BYTES);
    else if (!f && c->kind == CHANGE_ADD && !id) c->record = id_make(p->now_ms);
    if (f) return f;
    store_read_end(&p->conn);
    f = change_apply(p->site->config.registers, &p->actor, p->now_ms, c, &p->notes, &done);
    if (f == FAULT_CONFLICT && c->kind != CHANGE_ADD) return refuse_version(p, c);
    if (f) return f;
    if (done.repeated) http_answer_header(p->answer, "Idempotency-Replayed", "true");
    if (c->kind == CHANGE_ADD) {
        http_answer_status(p->answer, 201);
        http_answer_header(p->answer, "Location", arena_join(p->arena, "/api/v1", record_url(p, reg, &c->record)));
    }
    if (!wants_minimal(p)) return answer_record(p, reg, &c->record, NULL);
    http_answer_header(p->answer, "ETag", arena_format(p->arena, "\"%lld\"", (long long)done.position));
    http_answer_header(p->answer, "Preference-Applied", "return=minimal");
    http_answer_status(p->answer, 204);
    return FAULT_NONE;
}

enum fault api_add(struct page *p) {
    struct change c = {.kind = CHANGE_ADD, .expected = -1};
    return make_change(p, &c);
}

enum fault api_edit(struct page *p) {
    struct change c = {.kind = CHANGE_EDIT};
    return make_change(p, &c);
}

enum fault api_move(struct page *p) {
    struct change c = {.kind = CHANGE_MOVE, .move = p->args[2]};
    return make_change(p, &c);
}

enum fault api_withdraw(struct page *p) {
    struct change c = {.kind = CHANGE_WITHDRAW};
    return make_change(p, &c);
}
