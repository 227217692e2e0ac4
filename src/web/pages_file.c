/* pages_file.c - stored files of a record: sent as they are, shown small, and a PDF page by page. */
#include "web/page.h"

#include "base/printer.h"
#include "document/filetype.h"
#include "register/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STORED_MAX = 64 << 20, PAGES_SHOWN = 30 };

/* The file asked for: of the record and field in the path, the one whose hash is the parameter `of`, or the first. */
struct wanted {
    const struct reg *reg;
    const struct reg_field *field;
    struct id id;
    const char *value, *name;
    char hash[65];
};

static enum fault wanted_find(struct page *p, struct wanted *w) {
    struct record r;
    enum fault f = page_register(p, 0, &w->reg);
    if (!f) f = page_id(p, 1, &w->id);
    if (!f) f = page_reader(p);
    if (!f) f = record_read(p->site->config.registers, p->conn, &p->actor, w->reg, &w->id, NULL, p->arena, &r);
    if (f) return f;
    w->field = reg_field_named(w->reg, p->args[2]);
    if (!w->field || w->field->type != REG_FILE) return FAULT_ABSENT;
    const struct value *v = &r.values[w->field - w->reg->fields];
    size_t count;
    if (v->kind != VALUE_TEXT) return FAULT_ABSENT;
    const char *of = page_param(p, "of");
    const char *const *files = file_values(p->arena, v->text, &count);
    for (size_t i = 0; i < count; i++)
        if (file_value_parse(files[i], w->hash, &w->name) && (!of || !strcmp(of, w->hash))) return w->value = files[i], FAULT_NONE;
    return FAULT_ABSENT;
}

enum fault page_file(struct page *p) {
    struct wanted w;
    _cleanup_(text_release) struct text bytes = {0};
    enum fault f = wanted_find(p, &w);
    if (!f) f = file_load(p->site->config.files, w.value, STORED_MAX, &bytes);
    if (f) return f;
    text_addn(http_answer_text(p->answer), bytes.at, bytes.length);
    _cleanup_(text_release) struct text disposition;
    text_init(&disposition, 4096);
    text_add(&disposition, "attachment; filename*=UTF-8''");
    url_arg(&disposition, w.name);
    http_answer_header(p->answer, "Content-Type",
                       "application/octet-stream"); /* whatever it is, it is never run as a page of ours */
    http_answer_header(p->answer, "Content-Disposition", disposition.at);
    return FAULT_NONE;
}

enum fault page_file_small(struct page *p) {
    struct wanted w;
    _cleanup_(text_release) struct text bytes = {0};
    const char *large = page_param(p, "large"), *number = page_param(p, "page");
    int page = number ? (int)strtol(number, NULL, 10) : 0;
    enum fault f = wanted_find(p, &w);
    if (!f && number && page < 1) f = FAULT_ABSENT;
    if (!f) f = file_small(p->site->config.files, w.value, large || page ? SMALL_PAGE : SMALL_LIST, page, &bytes);
    if (f) return f;
    text_addn(http_answer_text(p->answer), bytes.at, bytes.length);
    http_answer_header(p->answer, "Content-Type", page ? "image/png" : "image/jpeg");
    http_answer_header(p->answer, "Cache-Control", "private, max-age=86400"); /* named by its hash, it never changes */
    return FAULT_NONE;
}

enum fault page_file_view(struct page *p) {
    struct wanted w;
    enum fault f = wanted_find(p, &w);
    if (f) return f;
    enum filetype_show show = filetype_show_named(w.name);
    if (show == SHOW_NOT) return FAULT_ABSENT;
    const char *base = record_url(p, w.reg, &w.id);
    struct view *v = page_view(p, NULL);
    view_copy(v, K(title), w.name);
    view_bool(v, K(nav_registers), true);
    view_format(v, K(register_url), "/r/%s", w.reg->key);
    view_tr(v, K(register_label), w.reg->label);
    view_text(v, K(record_url), base);
    view_tr(v, K(field_label), w.field->label);
    view_format(v, K(file_url), "%s/file/%s?of=%s", base, w.field->key, w.hash);
    view_copy(v, K(hash), w.hash);
    struct view_list *pages = view_list(v, K(pages));
    int count = show == SHOW_PDF ? file_pages(p->site->config.files, w.value) : 1;
    for (int i = 1; i <= count && i <= PAGES_SHOWN; i++) {
        struct view *page = view_item(pages);
        view_int(page, K(number), i);
        if (show == SHOW_PDF) view_format(page, K(url), "%s/small/%s?of=%s&page=%d", base, w.field->key, w.hash, i);
        else view_format(page, K(url), "%s/small/%s?of=%s&large=1", base, w.field->key, w.hash);
    }
    view_int(v, K(more_pages), count > PAGES_SHOWN ? count - PAGES_SHOWN : 0);
    return page_render(p, TEMPLATE_file);
}

void files_show(struct page *p, struct view *v, const struct reg_field *field, const char *url, const char *value) {
    size_t count;
    const char *const *files = file_values(p->arena, value, &count);
    struct view_list *list = view_list(v, K(files));
    for (size_t i = 0; i < count; i++) {
        char hash[65];
        const char *name;
        if (!file_value_parse(files[i], hash, &name)) continue;
        enum filetype_show show = filetype_show_named(name);
        struct view *f = view_item(list);
        view_copy(f, K(file_name), name);
        view_format(f, K(file_url), "%s/file/%s?of=%s", url, field->key, hash);
        if (show != SHOW_NOT) view_format(f, K(view_url), "%s/view/%s?of=%s", url, field->key, hash);
        if (show == SHOW_PICTURE) view_format(f, K(small_url), "%s/small/%s?of=%s", url, field->key, hash);
    }
}
