/* api_tables.c - whole tables and stored files for programs: export, import with a dry run, files sent and fetched. */
#include "web/api.h"

#include "base/printer.h"
#include "register/files.h"
#include "register/import.h"

#include <string.h>

/* ---- tables ---- */

enum fault api_export(struct page *p) {
    const struct reg *reg;
    const char *format = page_param(p, "format");
    enum fault f = api_asked_register(p, "read", &reg);
    if (!f && format && strcmp(format, "csv") != 0 && strcmp(format, "xlsx") != 0) {
        note_add(&p->notes, "format", "应为 {0} 之一", "csv, xlsx");
        f = FAULT_INPUT;
    }
    return f ? f : page_export(p);
}

/* A parameter that is "1", "0" or not there. */
static enum fault asked_switch(struct page *p, const char *name, bool *out) {
    const char *value = page_param(p, name);
    *out = value && !strcmp(value, "1");
    if (!value || *out || !strcmp(value, "0")) return FAULT_NONE;
    note_add(&p->notes, name, "应为 {0} 之一", "0, 1");
    return FAULT_INPUT;
}

static enum fault asked_name(struct page *p, const char **out) {
    enum { NAME_BYTES = 200 };
    *out = page_param(p, "name");
    if (*out && (*out)[0] && strlen(*out) <= NAME_BYTES && !strpbrk(*out, "/\\\n\r")) return FAULT_NONE;
    note_add(&p->notes, "name", "请写明文件名（连同扩展名，最多 {0} 字节）", "200");
    return FAULT_INPUT;
}

static void add_text_or_null(struct text *out, const char *text) {
    if (text && text[0]) json_text(out, text);
    else text_add(out, "null");
}

static void add_position(struct text *out, const char *name, int64_t position) {
    if (position < 0) text_format(out, ",\"%s\":null", name);
    else text_format(out, ",\"%s\":%lld", name, (long long)position);
}

static void answer_import(struct page *p, const struct import_result *r, bool dry_run) {
    struct text *out = api_answer(p);
    text_format(out, "{\"dry_run\":%s,\"rows\":%lld,\"repeated\":%lld", dry_run ? "true" : "false", (long long)r->rows,
                (long long)r->repeated);
    text_format(out, ",\"added\":%lld,\"changed\":%lld,\"unchanged\":%lld", (long long)r->added, (long long)r->changed,
                (long long)r->unchanged);
    text_add(out, ",\"effect\":");
    json_text(out, r->effect);
    add_position(out, "first_position", dry_run ? -1 : r->first_position);
    add_position(out, "last_position", dry_run ? -1 : r->last_position);
    text_add(out, ",\"sheet\":");
    add_text_or_null(out, r->sheet);
    text_add(out, ",\"encoding\":");
    add_text_or_null(out, r->encoding);
    text_add(out, ",\"columns\":[");
    for (size_t i = 0; i < r->column_count; i++) {
        text_add(out, i ? ",{\"head\":" : "{\"head\":");
        json_text(out, r->columns[i].head ? r->columns[i].head : "");
        text_add(out, ",\"label\":");
        add_text_or_null(out, r->columns[i].label ? lang_tr(p->lang, r->columns[i].label) : NULL);
        text_addc(out, '}');
    }
    text_add(out, "]}\n");
}

/* The body is the file. Its rows get ids from its content, so that the same file sent again adds nothing. */
enum fault api_import(struct page *p) {
    const struct reg *reg;
    const char *name;
    struct import_options options = {.reason = page_param(p, "reason"), .expected = page_param(p, "effect")};
    enum fault f = api_asked_register(p, "write", &reg);
    if (!f && (reg->internal || !access_may(&p->actor, reg->record))) f = FAULT_RIGHT;
    if (!f) f = asked_name(p, &name);
    if (!f) f = asked_switch(p, "dry_run", &options.dry_run);
    if (!f) f = asked_switch(p, "update", &options.update);
    if (!f && !p->request->body_length) {
        note_add(&p->notes, NULL, "请求里没有文件：把文件内容作为正文发送");
        f = FAULT_INPUT;
    }
    if (f) return f;
    struct digest digest = digest_of(p->request->body, p->request->body_length);
    struct sheet_source source = {.bytes = p->request->body, .length = p->request->body_length, .name = name};
    struct import_result result = {0};
    store_read_end(&p->conn);
    f = import_file(p->site->config.registers, &p->actor, p->now_ms, reg, &source, &digest, &options, p->arena, &p->notes, &result);
    if (f && result.refused) p->api_status = 409;
    if (!f) answer_import(p, &result, options.dry_run);
    return f;
}

/* ---- files ---- */

enum fault api_store_file(struct page *p) {
    static const struct reg_field place = {.key = "name", .label = "文件", .type = REG_FILE};
    const char *name, *kept, *stored_name;
    char hash[65];
    enum fault f = api_asked_scope(p, "write", NULL);
    if (!f) f = asked_name(p, &name);
    if (!f && !p->request->body_length) {
        note_add(&p->notes, NULL, "请求里没有文件：把文件内容作为正文发送");
        f = FAULT_INPUT;
    }
    if (!f) f = upload_store(p, &place, name, p->request->body, p->request->body_length, &kept);
    if (f) return f;
    if (!file_value_parse(upload_kept(p, kept), hash, &stored_name)) return FAULT_SYSTEM;
    struct text *out = api_answer(p);
    http_answer_status(p->answer, 201);
    text_add(out, "{\"file\":");
    json_text(out, kept);
    text_add(out, ",\"name\":");
    json_text(out, stored_name);
    text_format(out, ",\"size\":%zu,\"sha256\":\"%s\"}\n", p->request->body_length, hash);
    return FAULT_NONE;
}

enum fault api_files_known(struct page *p, const struct reg_field *field, const char *typed, const char *now, const char **out) {
    size_t count, now_count = 0;
    const char *const *files = file_values(p->arena, typed, &count);
    const char *const *present = now ? file_values(p->arena, now, &now_count) : NULL;
    _cleanup_(text_release) struct text all;
    text_init(&all, REG_FILES * FILE_VALUE_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *value = upload_kept(p, files[i]);
        for (size_t k = 0; !value && k < now_count; k++)
            if (!strcmp(present[k], files[i])) value = present[k];
        if (!value) {
            note_add(&p->notes, field->key, "先把文件发到 {0}，再填它返回的 file", "POST /api/v1/files");
            return FAULT_INPUT;
        }
        if (all.length) text_addc(&all, '\n');
        text_add(&all, value);
    }
    *out = arena_copy(p->arena, all.at);
    return all.over ? FAULT_LARGE : FAULT_NONE;
}

enum fault api_file(struct page *p) {
    const struct reg *reg;
    enum fault f = api_asked_register(p, "read", &reg);
    return f ? f : page_file(p);
}
