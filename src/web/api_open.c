/* api_open.c - the OpenAPI 3.1 description of the interface, made from the route table and the declarations that the reader may see. */
#include "web/api.h"

#include "base/printer.h"

#include <stdio.h>
#include <string.h>

/* What an operation is said for: once, for each register, or for each move of each register. */
enum said { ONCE, EACH_REGISTER, EACH_MOVE };

/* The right that whoever is shown it must have in the register. */
enum needs { TO_READ, TO_RECORD, TO_WITHDRAW, TO_MOVE };

/* A route as it is described. The path is the route's with {} named; REGISTER and MOVE stand for keys. Schemas are names of
 * components; a name that begins with "_" follows the register's key. Operations on one path stand together. */
struct operation {
    enum http_method method;
    const char *path, *id, *title;
    const char *parameters; /* set off by blanks */
    const char *body;       /* schema; "file": bytes of any kind; NULL: none */
    int status;
    const char *answer; /* schema; "file": bytes of any kind */
    enum said said;
    enum needs needs;
};

#define LIST "filter q sort as_of known_at withdrawn "
#define CHANGE "If-Match Idempotency-Key Prefer"

static const struct operation operations[] = {
    {HTTP_GET, "/", "index", "目录", "", NULL, 200, "Index", ONCE, TO_READ},
    {HTTP_GET, "/openapi.json", "openapi", "接口说明", "", NULL, 200, "file", ONCE, TO_READ},
    {HTTP_GET, "/me", "me", "当前用户", "", NULL, 200, "Me", ONCE, TO_READ},
    {HTTP_GET, "/terms", "terms", "期限种类", "", NULL, 200, "Terms", ONCE, TO_READ},
    {HTTP_GET, "/terms/{code}", "term", "计算期限", "from length extend custody", NULL, 200, "Due", ONCE, TO_READ},
    {HTTP_GET, "/due/{id}", "clock_due", "期限的届满日", "", NULL, 200, "Due", ONCE, TO_READ},
    {HTTP_GET, "/rosters/{id}", "roster", "值班表的班次和公平表", "", NULL, 200, "Roster", ONCE, TO_READ},
    {HTTP_POST, "/rosters/{id}/arrange", "roster_arrange", "排班", "", "Arrange", 200, "Roster", ONCE, TO_READ},
    {HTTP_GET, "/search", "search", "查找", "words register unit limit after", NULL, 200, "Found", ONCE, TO_READ},
    {HTTP_GET, "/registers", "registers", "台账", "", NULL, 200, "Registers", ONCE, TO_READ},
    {HTTP_POST, "/files", "store_file", "上传文件", "name", "file", 201, "Stored", ONCE, TO_READ},
    {HTTP_GET, "/reports", "reports", "报告", "", NULL, 200, "Reports", ONCE, TO_READ},
    {HTTP_GET, "/reports/{kind}", "draft", "报告草稿", "period", NULL, 200, "Draft", ONCE, TO_READ},
    {HTTP_POST, "/reports/{kind}", "issue", "签发报告", "Idempotency-Key", "Issue", 201, "Issued", ONCE, TO_READ},
    {HTTP_GET, "/reports/{kind}/figures/{figure}", "draft_evidence", "数字的依据", "period limit after", NULL, 200, "Evidence",
     ONCE, TO_READ},
    {HTTP_GET, "/forms", "forms", "来文表格", "limit after", NULL, 200, "Forms", ONCE, TO_READ},
    {HTTP_GET, "/forms/{id}", "form", "来文表格和它的对应", "", NULL, 200, "Form", ONCE, TO_READ},
    {HTTP_GET, "/forms/{id}/filled", "fill_form", "填表", "period", NULL, 200, "Filled", ONCE, TO_READ},
    {HTTP_POST, "/forms/{id}/filled", "keep_form", "填表并留存", "Idempotency-Key", "Keep", 201, "Kept", ONCE, TO_READ},
    {HTTP_GET, "/forms/{id}/file", "filled_file", "填好的表", "period", NULL, 200, "file", ONCE, TO_READ},
    {HTTP_GET, "/issued/{id}", "issued", "已签发的报告", "", NULL, 200, "Issued", ONCE, TO_READ},
    {HTTP_GET, "/issued/{id}/figures/{figure}", "issued_evidence", "数字的依据", "limit after", NULL, 200, "Evidence", ONCE,
     TO_READ},
    {HTTP_GET, "/issued/{id}/files/{ending}", "issued_file", "报告文件", "", NULL, 200, "file", ONCE, TO_READ},
    {HTTP_GET, "/registers/REGISTER", "definition", "定义", "", NULL, 200, "Definition", EACH_REGISTER, TO_READ},
    {HTTP_GET, "/r/REGISTER", "list", "列表", LIST "limit after", NULL, 200, "_list", EACH_REGISTER, TO_READ},
    {HTTP_POST, "/r/REGISTER", "add", "新增", "Idempotency-Key Prefer", "_change", 201, "_record", EACH_REGISTER, TO_RECORD},
    {HTTP_GET, "/r/REGISTER/export", "export", "导出", LIST "format", NULL, 200, "file", EACH_REGISTER, TO_READ},
    {HTTP_POST, "/r/REGISTER/import", "import", "导入", "name dry_run update reason effect", "file", 200, "Imported", EACH_REGISTER,
     TO_RECORD},
    {HTTP_GET, "/r/REGISTER/{id}", "read", "查看", "as_of known_at", NULL, 200, "_record", EACH_REGISTER, TO_READ},
    {HTTP_PATCH, "/r/REGISTER/{id}", "edit", "修改", CHANGE, "_change", 200, "_record", EACH_REGISTER, TO_RECORD},
    {HTTP_GET, "/r/REGISTER/{id}/history", "history", "经过", "", NULL, 200, "History", EACH_REGISTER, TO_READ},
    {HTTP_GET, "/r/REGISTER/{id}/proof", "proof", "日志证明", "position", NULL, 200, "Proof", EACH_REGISTER, TO_READ},
    {HTTP_GET, "/r/REGISTER/{id}/files/{field}", "file", "文件", "of", NULL, 200, "file", EACH_REGISTER, TO_READ},
    {HTTP_POST, "/r/REGISTER/{id}/withdraw", "withdraw", "撤回", CHANGE, "_change", 200, "_record", EACH_REGISTER, TO_WITHDRAW},
    {HTTP_POST, "/r/REGISTER/{id}/moves/MOVE", "move", "", CHANGE, "_change", 200, "_record", EACH_MOVE, TO_MOVE},
};

/* ---- routes and operations name each other ---- */

static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/* Does a path of the description ("/r/REGISTER/{id}") say the same as a route's ("/r/{}/{}")? */
static bool path_same(const char *said, const char *route) {
    while (*said && *route) {
        if (!strncmp(route, "{}", 2)) {
            if (*said == '{') said += strcspn(said, "}") + 1;
            else if (is_upper(*said))
                while (is_upper(*said)) said++;
            else return false;
            route += 2;
        } else if (*said++ != *route++) {
            return false;
        }
    }
    return !*said && !*route;
}

bool api_route_described(const struct route *route) {
    static const char base[] = "/api/v1";
    if (strncmp(route->path, base, sizeof base - 1)) return false;
    for (size_t i = 0; i < COUNT_OF(operations); i++)
        if (operations[i].method == route->method && path_same(operations[i].path, route->path + sizeof base - 1)) return true;
    return false;
}

/* ---- one operation ---- */

struct saying {
    struct page *p;
    struct text *out;
    const struct reg *reg;       /* NULL: said once */
    const struct reg_move *move; /* NULL likewise */
    const char *path;            /* of the operation said last; "" before the first */
};

static void add_reference(struct text *out, const char *part, const char *name) {
    text_format(out, "{\"$ref\":\"#/components/%s/%s\"}", part, name);
}

static void add_schema(struct saying *s, const char *name) {
    if (name[0] == '_') add_reference(s->out, "schemas", arena_join(s->p->arena, s->reg->key, name));
    else add_reference(s->out, "schemas", name);
}

static void add_content(struct saying *s, const char *name) {
    if (!strcmp(name, "file")) {
        text_add(s->out, "\"content\":{\"*/*\":{}}");
        return;
    }
    text_add(s->out, "\"content\":{\"application/json\":{\"schema\":");
    add_schema(s, name);
    text_add(s->out, "}}");
}

/* The parameters that stand in the path, by their names there, and those named beside it. */
static void add_parameters(struct saying *s, const struct operation *o) {
    bool any = false;
    text_add(s->out, "\"parameters\":[");
    for (const char *at = o->path; (at = strchr(at, '{')); any = true) {
        size_t n = strcspn(++at, "}");
        if (any) text_addc(s->out, ',');
        add_reference(s->out, "parameters", arena_copyn(s->p->arena, at, n));
    }
    for (const char *at = o->parameters; *at; any = true) {
        size_t n = strcspn(at, " ");
        if (any) text_addc(s->out, ',');
        add_reference(s->out, "parameters", arena_copyn(s->p->arena, at, n));
        at += n + (at[n] == ' ');
    }
    text_add(s->out, "],");
}

static void add_answers(struct saying *s, const struct operation *o) {
    text_format(s->out, "\"responses\":{\"%d\":{\"description\":\"done\",", o->status);
    if (o->answer[0] == '_' && strcmp(o->answer, "_list"))
        text_add(s->out, "\"headers\":{\"ETag\":{\"description\":\"version, for If-Match\",\"schema\":{\"type\":\"string\"}}},");
    add_content(s, o->answer);
    text_addc(s->out, '}');
    if (strstr(o->parameters, "Prefer")) text_add(s->out, ",\"204\":{\"description\":\"done, with Prefer: return=minimal\"}");
    text_add(s->out, ",\"default\":{\"description\":\"problem\",\"content\":{\"application/problem+json\":{\"schema\":");
    add_reference(s->out, "schemas", "Problem");
    text_add(s->out, "}}}}");
}

/* "/r/REGISTER/{id}/moves/MOVE" with the keys put in. */
static const char *path_said(struct saying *s, const char *path) {
    _cleanup_(text_release) struct text out;
    text_init(&out, 400);
    for (; *path; path++) {
        bool of_register = s->reg && !strncmp(path, "REGISTER", 8), of_move = s->move && !strncmp(path, "MOVE", 4);
        if (of_register) text_add(&out, s->reg->key), path += 7;
        else if (of_move) text_add(&out, s->move->key), path += 3;
        else text_addc(&out, *path);
    }
    return arena_copy(s->p->arena, out.at);
}

static void say(struct saying *s, const struct operation *o) {
    static const char *const verbs[] = {[HTTP_GET] = "get", [HTTP_POST] = "post", [HTTP_PATCH] = "patch"};
    const char *path = path_said(s, o->path);
    if (!strcmp(path, s->path)) text_add(s->out, ",\n");
    else text_format(s->out, "%s\n\"%s\":{", s->path[0] ? "}," : "", path);
    s->path = path;
    text_format(s->out, "\"%s\":{\"operationId\":\"%s", verbs[o->method], o->id);
    if (s->move) text_format(s->out, "_%s", s->move->key);
    if (s->reg) text_format(s->out, "_%s", s->reg->key);
    text_add(s->out, "\",\"summary\":");
    json_text(s->out, lang_tr(s->p->lang, s->move ? s->move->label : o->title));
    if (s->reg) {
        text_add(s->out, ",\"tags\":[");
        json_text(s->out, lang_tr(s->p->lang, s->reg->label));
        text_addc(s->out, ']');
    }
    text_addc(s->out, ',');
    add_parameters(s, o);
    if (o->body) {
        text_add(s->out, "\"requestBody\":{\"required\":true,");
        add_content(s, o->body);
        text_add(s->out, "},");
    }
    add_answers(s, o);
    text_addc(s->out, '}');
}

static bool is_shown(struct page *p, const struct reg *reg) {
    return access_may(&p->actor, reg->read) && api_scope(p, "read", reg);
}

static bool may(struct page *p, const struct reg *reg, enum needs needs, const struct reg_move *move) {
    if (needs == TO_READ) return true;
    if (reg->internal || !api_scope(p, "write", reg)) return false;
    if (needs == TO_MOVE) return access_may(&p->actor, move->may);
    return access_may(&p->actor, needs == TO_WITHDRAW && reg->withdraw ? reg->withdraw : reg->record);
}

static void say_register(struct saying *s) {
    for (size_t i = 0; i < COUNT_OF(operations); i++) {
        const struct operation *o = &operations[i];
        s->move = NULL;
        if (o->said == EACH_REGISTER && may(s->p, s->reg, o->needs, NULL)) say(s, o);
        for (size_t m = 0; o->said == EACH_MOVE && m < s->reg->move_count; m++) {
            s->move = &s->reg->moves[m];
            if (may(s->p, s->reg, o->needs, s->move)) say(s, o);
        }
    }
    s->move = NULL;
}

/* ---- schemas of a register ---- */

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
        ",\n\"%s_record\":{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"id\",\"position\",\"effective\","
        "\"entered\",\"late\",\"withdrawn\",\"unit\",\"state\",\"values\",\"names\"],\"properties\":{"
        "\"id\":{\"$ref\":\"#/components/schemas/Id\"},\"position\":{\"type\":\"integer\"},"
        "\"effective\":{\"type\":\"string\",\"format\":\"date\"},\"entered\":{\"type\":\"string\"},\"late\":{\"type\":\"boolean\"},"
        "\"withdrawn\":{\"type\":\"boolean\"},\"unit\":{\"type\":[\"string\",\"null\"]},\"state\":{\"enum\":[null",
        reg->key);
    for (size_t i = 0; i < reg->state_count; i++) text_format(out, ",\"%s\"", reg->states[i].key);
    text_add(out, "]},\"names\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}},\"values\":");
    add_fields(out, reg, false);
    text_format(out,
                "}},\n\"%s_list\":{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"records\",\"next\"],"
                "\"properties\":{\"next\":{\"type\":[\"string\",\"null\"]},\"records\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/"
                "components/schemas/%s_record\"}}}},\n"
                "\"%s_change\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"id\":{\"$ref\":\"#/components/"
                "schemas/Id\"},\"unit\":{\"$ref\":\"#/components/schemas/Id\"},\"effective\":{\"type\":\"string\",\"format\":"
                "\"date\"},\"reason\":{\"type\":\"string\"},\"values\":",
                reg->key, reg->key, reg->key);
    add_fields(out, reg, true);
    text_add(out, "}}");
}

static void say_all(struct page *p, struct text *out) {
    const struct registers *rs = p->site->config.registers;
    struct saying s = {.p = p, .out = out, .path = ""};
    text_add(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Taizhang\",\"version\":\"1\"},\"servers\":[{\"url\":\"/api/v1\"}],"
                  "\"security\":[{\"token\":[]},{\"session\":[]}],\"paths\":{");
    for (size_t i = 0; i < COUNT_OF(operations); i++)
        if (operations[i].said == ONCE) say(&s, &operations[i]);
    for (size_t i = 0; i < register_count(rs); i++) {
        s.reg = register_at(rs, i);
        if (is_shown(p, s.reg)) say_register(&s);
    }
    text_format(out,
                "}},\n\"components\":{\"securitySchemes\":{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"},\"session\":{"
                "\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"session\"}},\n\"parameters\":{%s},\n\"schemas\":{%s",
                api_components_parameters, api_components_schemas);
    for (size_t i = 0; i < register_count(rs); i++)
        if (is_shown(p, register_at(rs, i))) add_schemas(out, register_at(rs, i));
    text_add(out, "}}}\n");
}

/* The description is the reader's own; its ETag lets a program ask again cheaply whether anything has changed. */
enum fault api_open(struct page *p) {
    struct text *out = api_answer(p);
    say_all(p, out);
    if (out->over) return FAULT_LARGE;
    struct digest d = digest_of(out->at, out->length);
    _cleanup_(text_release) struct text tag;
    text_init(&tag, 100);
    hex_text(&tag, d.bytes, 16);
    (void)http_answer_etag(p->answer, p->request, tag.at);
    return FAULT_NONE;
}
