/* api.c - what all handlers of the interface share: tokens, scopes, problem documents, JSON read into what the registers take. */
#include "web/api.h"

#include "base/printer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECRET_BYTES = 32 };
static const char token_head[] = "tz_";

/* ---- tokens: tz_ID_SECRET, of which the register keeps SHA-256(SECRET) ---- */

void api_token_make(const struct id *id, char token[TOKEN_TEXT], char hash[2 * DIGEST_BYTES + 1]) {
    uint8_t random[SECRET_BYTES];
    char text[ID_TEXT], secret[2 * SECRET_BYTES + 1];
    random_bytes(random, sizeof random);
    hex_format(random, sizeof random, secret);
    id_format(id, text);
    snprintf(token, TOKEN_TEXT, "%s%s_%s", token_head, text, secret);
    struct digest d = digest_of(secret, strlen(secret));
    hex_format(d.bytes, DIGEST_BYTES, hash);
}

static bool same_hex(const char *a, const char *b) {
    unsigned differs = strlen(a) != strlen(b);
    for (size_t i = 0; !differs && a[i]; i++) differs |= (unsigned)(a[i] ^ b[i]); /* the first difference tells only of a hash */
    return !differs;
}

static bool token_parts(const char *token, struct id *id, const char **secret) {
    char text[ID_TEXT];
    size_t head = sizeof token_head - 1;
    if (strncmp(token, token_head, head) || strlen(token) != head + ID_TEXT + 2 * SECRET_BYTES || token[head + ID_TEXT - 1] != '_')
        return false;
    memcpy(text, token + head, ID_TEXT - 1);
    text[ID_TEXT - 1] = 0;
    *secret = token + head + ID_TEXT;
    return id_parse(text, id);
}

static const char *text_of(const struct reg *reg, const struct record *r, const char *key) {
    const struct reg_field *f = reg_field_named(reg, key);
    const char *text = f ? r->values[f - reg->fields].text : NULL;
    return text ? text : "";
}

/* The token's record, if the token is good today. */
static enum fault find_token(struct page *p, const struct id *id, const char *secret, struct remembered_token *out) {
    const struct reg *reg = register_named(p->site->config.registers, "token");
    struct actor system = actor_system();
    struct record r;
    char hash[2 * DIGEST_BYTES + 1];
    if (!reg) return FAULT_SIGNIN;
    enum fault f = record_read(p->site->config.registers, p->conn, &system, reg, id, NULL, p->arena, &r);
    if (f) return f == FAULT_ABSENT ? FAULT_SIGNIN : f;
    struct digest d = digest_of(secret, strlen(secret));
    hex_format(d.bytes, DIGEST_BYTES, hash);
    civil_day since, until;
    bool good = same_hex(hash, text_of(reg, &r, "hash")) && !r.withdrawn && r.state && !strcmp(r.state, "active") &&
                civil_parse(text_of(reg, &r, "since"), &since) && civil_parse(text_of(reg, &r, "until"), &until) &&
                since <= p->today && p->today <= until && id_parse(text_of(reg, &r, "owner"), &out->owner);
    if (!good) return FAULT_SIGNIN;
    out->scope = text_of(reg, &r, "scope");
    out->registers = text_of(reg, &r, "registers");
    return FAULT_NONE;
}

enum fault api_bearer(struct page *p, const char *token) {
    struct remembered_token known = {.code = digest_of(token, strlen(token))};
    struct id id;
    const char *secret;
    int64_t access;
    if (!token_parts(token, &id, &secret)) return FAULT_SIGNIN;
    enum fault f = page_reader(p);
    if (!f) f = registers_access_position(p->conn, &access);
    if (f) return f;
    if (!remember_token(p->site->remembered, access, p->today, &known.code, p->arena, &known)) {
        f = find_token(p, &id, secret, &known);
        if (f) return f;
        remember_keep_token(p->site->remembered, access, p->today, &known);
    }
    f = page_actor(p, &known.owner);
    if (f) return f == FAULT_ABSENT ? FAULT_SIGNIN : f;
    p->actor.lang = p->lang;
    p->signed_in = true;
    p->token_scope = known.scope;
    p->token_registers = known.registers;
    return FAULT_NONE;
}

static bool has_word(const char *list, const char *word) {
    size_t n = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at++)
        if ((at == list || at[-1] == ' ') && (!at[n] || at[n] == ' ')) return true;
    return false;
}

bool api_scope(const struct page *p, const char *scope, const struct reg *reg) {
    if (!p->token_scope) return true; /* a session */
    return value_has_line(p->token_scope, scope) && (!reg || !p->token_registers[0] || has_word(p->token_registers, reg->key));
}

/* ---- answers ---- */

struct text *api_answer(struct page *p) {
    http_answer_header(p->answer, "Content-Type", "application/json");
    http_answer_header(p->answer, "Cache-Control", "no-store");
    return http_answer_text(p->answer);
}

/* A JSON pointer (RFC 6901) as a fragment: to a member of the body, or of its "values". */
static const char *pointer_to(struct page *p, const char *member, bool top) {
    _cleanup_(text_release) struct text escaped, out;
    text_init(&escaped, 4000);
    text_init(&out, 12000);
    for (; *member; member++) {
        if (*member == '~') text_add(&escaped, "~0");
        else if (*member == '/') text_add(&escaped, "~1");
        else text_addc(&escaped, *member);
    }
    text_add(&out, top ? "#/" : "#/values/");
    url_arg(&out, escaped.at);
    return arena_copy(p->arena, out.at);
}

/* A note's place as a pointer into the body where it is a field of the register. */
static void add_error(struct page *p, struct text *out, const struct note *n) {
    _cleanup_(text_release) struct text sentence;
    text_init(&sentence, 8000);
    note_fill(&sentence, lang_tr(p->lang, n->sentence), n->args);
    bool word = n->place[0] >= 'a' && n->place[0] <= 'z' && !strchr(n->place, ' '), pointer = !strncmp(n->place, "#/", 2);
    bool top = !strcmp(n->place, "reason") || !strcmp(n->place, "effective");
    text_add(out, "{\"detail\":");
    json_text(out, sentence.at);
    if (pointer || (word && p->api_json)) {
        text_add(out, ",\"pointer\":");
        json_text(out, pointer_to(p, pointer ? n->place + 2 : n->place, pointer || top));
    } else if (word) {
        text_add(out, ",\"parameter\":");
        json_text(out, n->place);
    } else if (n->place[0]) {
        text_add(out, ",\"place\":");
        json_text(out, n->place);
    }
    text_addc(out, '}');
}

void api_problem(struct page *p, enum fault f) {
    struct text *out = http_answer_text(p->answer);
    text_clear(out);
    http_answer_status(p->answer, p->api_status ? p->api_status : fault_http_status(f));
    if (f == FAULT_SIGNIN) http_answer_header(p->answer, "WWW-Authenticate", "Bearer");
    http_answer_header(p->answer, "Content-Type", "application/problem+json");
    http_answer_header(p->answer, "Cache-Control", "no-store");
    text_add(out, "{\"type\":\"about:blank\",\"title\":");
    json_text(out, lang_tr(p->lang, fault_sentence(f)));
    text_format(out, ",\"status\":%d,\"fault\":\"%s\",\"errors\":[", p->api_status ? p->api_status : fault_http_status(f),
                fault_word(f));
    for (const struct note *n = p->notes.first; n; n = n->next) {
        if (n != p->notes.first) text_addc(out, ',');
        add_error(p, out, n);
    }
    text_addc(out, ']');
    if (p->api_current) text_add(out, ",\"current\":"), json_text(out, p->api_current);
    text_add(out, "}\n");
}

void api_record(struct text *out, const struct reg *reg, const struct record *r) {
    char id[ID_TEXT], unit[ID_TEXT], day[CIVIL_TEXT], moment[MOMENT_TEXT];
    id_format(&r->id, id);
    id_format(&r->unit, unit);
    civil_format(r->effective, day);
    moment_format(r->entered_ms, moment);
    text_format(
        out, "{\"id\":\"%s\",\"position\":%lld,\"effective\":\"%s\",\"entered\":\"%s\",\"late\":%s,\"withdrawn\":%s,\"unit\":", id,
        (long long)r->position, day, moment, r->late ? "true" : "false", r->withdrawn ? "true" : "false");
    if (id_is_zero(&r->unit)) text_add(out, "null");
    else json_text(out, unit);
    text_add(out, ",\"state\":");
    if (r->state) json_text(out, r->state);
    else text_add(out, "null");
    text_add(out, ",\"values\":{");
    for (size_t i = 0; i < reg->field_count; i++) {
        text_format(out, "%s\"%s\":", i ? "," : "", reg->fields[i].key);
        value_json(&reg->fields[i], &r->values[i], out);
    }
    text_add(out, "},\"names\":{");
    bool any = false;
    for (size_t i = 0; i < reg->field_count; i++) {
        if (!r->names[i]) continue;
        text_format(out, "%s\"%s\":", any ? "," : "", reg->fields[i].key);
        json_text(out, r->names[i]);
        any = true;
    }
    text_add(out, "}}");
}

/* ---- what is sent ---- */

enum fault api_body(struct page *p, json_t **out) {
    json_error_t error;
    const char *type = http_header(p->request, "Content-Type");
    if (!type || strncasecmp(type, "application/json", strlen("application/json"))) {
        note_add(&p->notes, "Content-Type", "应为 application/json");
        p->api_status = 415;
        return FAULT_INPUT;
    }
    p->api_json = true;
    json_t *json = json_loadb(p->request->body, p->request->body_length, JSON_REJECT_DUPLICATES, &error);
    if (json && json_is_object(json)) return *out = json, FAULT_NONE;
    json_decref(json);
    note_add(&p->notes, NULL, json ? "应为一个 JSON 对象" : "不是有效的 JSON：第 {0} 行第 {1} 列，{2}",
             arena_int(p->arena, error.line), arena_int(p->arena, error.column), error.text);
    return FAULT_INPUT;
}

static void add_cell(struct text *out, const char *typed) {
    for (; *typed; typed++) {
        if (*typed == '|' || *typed == '\\') text_addc(out, '\\');
        text_addc(out, *typed == '\n' || *typed == '\t' ? ' ' : *typed);
    }
}

static enum fault add_rows(struct page *p, const struct reg_field *field, const json_t *rows, struct text *out) {
    size_t at;
    json_t *row;
    json_array_foreach(rows, at, row) {
        if (!json_is_object(row)) return FAULT_INPUT;
        for (size_t i = 0; i < field->column_count; i++) {
            const char *typed;
            const json_t *cell = json_object_get(row, field->columns[i].key);
            enum fault f = api_typed(p, &field->columns[i], cell ? cell : json_null(), &typed);
            if (f) return f;
            if (i) text_addc(out, '|');
            add_cell(out, typed);
        }
        text_addc(out, '\n');
    }
    return FAULT_NONE;
}

static enum fault add_items(const json_t *items, struct text *out) {
    size_t at;
    json_t *item;
    json_array_foreach(items, at, item) {
        if (!json_is_string(item)) return FAULT_INPUT;
        text_add(out, json_string_value(item));
        text_addc(out, '\n');
    }
    return FAULT_NONE;
}

enum fault api_typed(struct page *p, const struct reg_field *field, const json_t *value, const char **typed) {
    enum value_shape shape = value_shape(field);
    const char *suffix = value_type(field->type)->integer_suffix;
    _cleanup_(text_release) struct text out;
    text_init(&out, 256 << 10);
    enum fault f = FAULT_NONE;
    if (json_is_null(value)) return *typed = "", FAULT_NONE;
    if (json_is_boolean(value) && shape == SHAPE_BOOLEAN) return *typed = json_is_true(value) ? "1" : "0", FAULT_NONE;
    if (json_is_integer(value) && shape == SHAPE_INTEGER)
        return *typed = arena_format(p->arena, "%lld%s", (long long)json_integer_value(value), suffix ? suffix : ""), FAULT_NONE;
    if (json_is_string(value) && (shape == SHAPE_KEPT || shape == SHAPE_SHOWN))
        return *typed = arena_copy(p->arena, json_string_value(value)), FAULT_NONE;
    if (json_is_array(value) && shape == SHAPE_ROWS) f = add_rows(p, field, value, &out);
    else if (json_is_array(value) && shape == SHAPE_LINES) f = add_items(value, &out);
    else f = FAULT_INPUT;
    if (f && !p->notes.first) {
        _cleanup_(text_release) struct text schema;
        text_init(&schema, 16000);
        value_schema(field, &schema);
        note_add(&p->notes, field->key, "JSON 的类型不对；应符合 {0}", schema.at);
    }
    *typed = arena_copy(p->arena, out.at);
    return f ? f : out.over ? FAULT_LARGE : FAULT_NONE;
}
