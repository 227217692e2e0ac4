/* api_open.c - the OpenAPI 3.1 description of the interface, made from the declarations that the reader may see. */
#include "web/api.h"

#include "base/printer.h"

#include <string.h>

static const char fixed_schemas[] =
    "\"Problem\":{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\",\"fault\",\"errors\"],\"properties\":{"
    "\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},\"fault\":{\"type\":"
    "\"string\"},"
    "\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"detail\"],\"properties\":{\"detail\":{\"type\":"
    "\"string\"},"
    "\"pointer\":{\"type\":\"string\"},\"place\":{\"type\":\"string\"}}}}}},"
    "\"Me\":{\"type\":\"object\",\"required\":[\"id\",\"name\",\"login\",\"scope\"],\"properties\":{\"id\":{\"type\":\"string\"},"
    "\"name\":{\"type\":\"string\"},"
    "\"login\":{\"type\":\"string\"},\"scope\":{\"type\":\"object\"}}},"
    "\"Registers\":{\"type\":\"object\",\"required\":[\"registers\"],\"properties\":{\"registers\":{\"type\":\"array\",\"items\":{"
    "\"type\":\"object\","
    "\"required\":[\"key\",\"label\",\"url\",\"may_record\"],\"properties\":{\"key\":{\"type\":\"string\"},\"label\":{\"type\":"
    "\"string\"},\"url\":{\"type\":\"string\"},"
    "\"may_record\":{\"type\":\"boolean\"}}}}}},"
    "\"Definition\":{\"type\":\"object\",\"required\":[\"key\",\"fields\",\"states\",\"moves\",\"measures\"]},"
    "\"History\":{\"type\":\"object\",\"required\":[\"steps\"],\"properties\":{\"steps\":{\"type\":\"array\",\"items\":{\"type\":"
    "\"object\",\"required\":[\"position\","
    "\"op\",\"effective\",\"entered\",\"late\",\"by\",\"reason\",\"values\"],\"properties\":{\"position\":{\"type\":\"integer\"},"
    "\"op\":{\"type\":\"string\"}}}}}}";

static const char parameters[] =
    "\"id\":{\"name\":\"id\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\",\"pattern\":\"^[0-9a-z]{26}$\"}},"
    "\"filter\":{\"name\":\"filter\",\"in\":\"query\",\"description\":\"condition in the filter "
    "language\",\"schema\":{\"type\":\"string\"}},"
    "\"q\":{\"name\":\"q\",\"in\":\"query\",\"description\":\"words that must occur\",\"schema\":{\"type\":\"string\"}},"
    "\"as_of\":{\"name\":\"as_of\",\"in\":\"query\",\"description\":\"effective date looked "
    "at\",\"schema\":{\"type\":\"string\",\"format\":\"date\"}},"
    "\"known_at\":{\"name\":\"known_at\",\"in\":\"query\",\"description\":\"journal position, date or moment of "
    "knowledge\",\"schema\":{\"type\":\"string\"}},"
    "\"limit\":{\"name\":\"limit\",\"in\":\"query\",\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":200,\"default\":50}}"
    ","
    "\"after\":{\"name\":\"after\",\"in\":\"query\",\"description\":\"the former page's next\",\"schema\":{\"type\":\"string\"}},"
    "\"withdrawn\":{\"name\":\"withdrawn\",\"in\":\"query\",\"description\":\"1: also withdrawn "
    "records\",\"schema\":{\"type\":\"string\"}},"
    "\"If-Match\":{\"name\":\"If-Match\",\"in\":\"header\",\"required\":true,\"description\":\"the ETag of the record as it was "
    "read\",\"schema\":{\"type\":\"string\"}},"
    "\"Idempotency-Key\":{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"schema\":{\"type\":\"string\",\"minLength\":1,"
    "\"maxLength\":200}}";

static void add_references(struct text *out, const char *const names[]) {
    text_add(out, "\"parameters\":[");
    for (size_t i = 0; names[i]; i++) text_format(out, "%s{\"$ref\":\"#/components/parameters/%s\"}", i ? "," : "", names[i]);
    text_add(out, "],");
}

static void add_answers(struct text *out, const char *status, const char *schema) {
    text_format(out,
                "\"responses\":{\"%s\":{\"description\":\"done\",\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/"
                "components/schemas/%s\"}}}},"
                "\"default\":{\"description\":\"problem\",\"content\":{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/"
                "components/schemas/Problem\"}}}}}",
                status, schema);
}

static void add_title(struct page *p, struct text *out, const char *operation, const char *key, const char *title) {
    text_format(out, "\"operationId\":\"%s%s%s\",\"summary\":", operation, key[0] ? "_" : "", key);
    json_text(out, lang_tr(p->lang, title));
    text_addc(out, ',');
}

static void add_body(struct text *out, const char *schema) {
    text_format(out,
                "\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/"
                "%s\"}}}},",
                schema);
}

static void add_get(struct page *p, struct text *out, const char *operation, const char *title, const char *schema) {
    text_add(out, "{\"get\":{");
    add_title(p, out, operation, "", title);
    add_answers(out, "200", schema);
    text_add(out, "}}");
}

/* One change: its parameters, body and answers. */
static void add_change(struct page *p, struct text *out, const char *method, const char *operation, const struct reg *reg,
                       const char *title) {
    static const char *const of_record[] = {"If-Match", "Idempotency-Key", NULL}, *const of_list[] = {"Idempotency-Key", NULL};
    bool adds = !strcmp(operation, "add");
    text_format(out, "\"%s\":{", method);
    add_title(p, out, operation, reg->key, title);
    add_references(out, adds ? of_list : of_record);
    add_body(out, arena_format(p->arena, "%s_change", reg->key));
    add_answers(out, adds ? "201" : "200", arena_format(p->arena, "%s_record", reg->key));
    text_addc(out, '}');
}

static void add_paths(struct page *p, struct text *out, const struct reg *reg) {
    static const char *const list[] = {"filter", "q", "as_of", "known_at", "limit", "after", "withdrawn", NULL},
                             *const one[] = {"id", NULL}, *const look[] = {"as_of", "known_at", NULL};
    bool writes = !reg->internal && access_may(&p->actor, reg->record) && api_scope(p, "write", reg);
    text_format(out, ",\n\"/r/%s\":{\"get\":{", reg->key);
    add_title(p, out, "list", reg->key, reg->label);
    add_references(out, list);
    add_answers(out, "200", arena_format(p->arena, "%s_list", reg->key));
    text_addc(out, '}');
    if (writes) text_addc(out, ','), add_change(p, out, "post", "add", reg, "新增");
    text_format(out, "},\n\"/r/%s/{id}\":{", reg->key);
    add_references(out, one);
    text_add(out, "\"get\":{");
    add_title(p, out, "read", reg->key, reg->label);
    add_references(out, look);
    add_answers(out, "200", arena_format(p->arena, "%s_record", reg->key));
    text_addc(out, '}');
    if (writes) text_addc(out, ','), add_change(p, out, "patch", "edit", reg, "修改");
    text_format(out, "},\n\"/r/%s/{id}/history\":{", reg->key);
    add_references(out, one);
    text_add(out, "\"get\":{");
    add_title(p, out, "history", reg->key, "经过");
    add_answers(out, "200", "History");
    text_add(out, "}}");
    if (!writes) return;
    text_format(out, ",\n\"/r/%s/{id}/withdraw\":{", reg->key);
    add_references(out, one);
    add_change(p, out, "post", "withdraw", reg, "撤回");
    text_addc(out, '}');
    for (size_t i = 0; i < reg->move_count; i++) {
        text_format(out, ",\n\"/r/%s/{id}/moves/%s\":{", reg->key, reg->moves[i].key);
        add_references(out, one);
        add_change(p, out, "post", arena_format(p->arena, "move_%s", reg->moves[i].key), reg, reg->moves[i].label);
        text_addc(out, '}');
    }
}

static void add_fields(struct text *out, const struct reg *reg, bool change) {
    text_add(out, "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
    bool any = false;
    for (size_t i = 0; i < reg->field_count; i++) {
        if (change && reg->fields[i].compute) continue;
        text_format(out, "%s\"%s\":{\"anyOf\":[", any ? "," : "", reg->fields[i].key);
        value_schema(&reg->fields[i], out);
        text_add(out, ",{\"type\":\"null\"}]}");
        any = true;
    }
    text_add(out, "}}");
}

static void add_schemas(struct text *out, const struct reg *reg) {
    text_format(
        out,
        ",\n\"%s_record\":{\"type\":\"object\",\"required\":[\"id\",\"position\",\"effective\",\"entered\",\"late\",\"withdrawn\","
        "\"unit\",\"state\","
        "\"values\",\"names\"],\"properties\":{\"id\":{\"type\":\"string\",\"pattern\":\"^[0-9a-z]{26}$\"},\"position\":{\"type\":"
        "\"integer\"},"
        "\"effective\":{\"type\":\"string\",\"format\":\"date\"},\"entered\":{\"type\":\"string\"},\"late\":{\"type\":\"boolean\"},"
        "\"withdrawn\":{\"type\":\"boolean\"},\"unit\":{\"type\":[\"string\",\"null\"]},\"state\":{\"enum\":[null",
        reg->key);
    for (size_t i = 0; i < reg->state_count; i++) text_format(out, ",\"%s\"", reg->states[i].key);
    text_add(out, "]},\"names\":{\"type\":\"object\"},\"values\":");
    add_fields(out, reg, false);
    text_format(out,
                "}},\n\"%s_list\":{\"type\":\"object\",\"required\":[\"records\",\"next\"],\"properties\":{\"next\":{\"type\":["
                "\"string\",\"null\"]},\"records\":"
                "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/%s_record\"}}}},\n"
                "\"%s_change\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"id\":{\"type\":\"string\","
                "\"pattern\":\"^[0-9a-z]{26}$\"},"
                "\"unit\":{\"type\":\"string\"},\"effective\":{\"type\":\"string\",\"format\":\"date\"},\"reason\":{\"type\":"
                "\"string\"},\"values\":",
                reg->key, reg->key, reg->key);
    add_fields(out, reg, true);
    text_add(out, "}}");
}

enum fault api_open(struct page *p) {
    const struct registers *rs = p->site->config.registers;
    struct text *out = api_answer(p);
    text_add(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Taizhang\",\"version\":\"1\"},\"servers\":[{\"url\":\"/api/v1\"}],"
                  "\"security\":[{\"token\":[]},{\"session\":[]}],\"paths\":{\n\"/me\":");
    add_get(p, out, "me", "当前用户", "Me");
    text_add(out, ",\n\"/registers\":");
    add_get(p, out, "registers", "台账", "Registers");
    for (size_t i = 0; i < register_count(rs); i++) {
        const struct reg *reg = register_at(rs, i);
        if (!access_may(&p->actor, reg->read) || !api_scope(p, "read", reg)) continue;
        text_format(out, ",\n\"/registers/%s\":{\"get\":{", reg->key);
        add_title(p, out, "definition", reg->key, reg->label);
        add_answers(out, "200", "Definition");
        text_add(out, "}}");
        add_paths(p, out, reg);
    }
    text_format(out,
                "},\n\"components\":{\"securitySchemes\":{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"},\"session\":{"
                "\"type\":\"apiKey\",\"in\":\"cookie\","
                "\"name\":\"session\"}},\n\"parameters\":{%s},\n\"schemas\":{%s",
                parameters, fixed_schemas);
    for (size_t i = 0; i < register_count(rs); i++) {
        const struct reg *reg = register_at(rs, i);
        if (access_may(&p->actor, reg->read) && api_scope(p, "read", reg)) add_schemas(out, reg);
    }
    text_add(out, "}}}\n");
    return out->over ? FAULT_LARGE : FAULT_NONE;
}
