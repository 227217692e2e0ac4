/* upload.c - files that a form brings: looked at, scanned, stored, and not lost when another field of the form is wrong. */
#include "web/page.h"

#include "base/printer.h"
#include "document/filetype.h"
#include "net/clamd.h"
#include "register/files.h"

#include <string.h>

enum { SCAN_MS = 30000, VALUES_MAX = REG_FILES * FILE_VALUE_MAX, KEPT_TEXT = FILE_VALUE_MAX + 2 * DIGEST_BYTES + 8 };

/* Proof that this server stored the value for a form, so that a form cannot name files it never brought. Ends with the process. */
static void kept_code(struct page *p, const char *value, char hex[2 * DIGEST_BYTES + 1]) {
    const struct digest_piece inner[] = {{p->site->secret, sizeof p->site->secret}, {value, strlen(value)}};
    struct digest once = digest_of_pieces(inner, 2);
    const struct digest_piece outer[] = {{p->site->secret, sizeof p->site->secret}, {once.bytes, DIGEST_BYTES}};
    struct digest code = digest_of_pieces(outer, 2);
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < DIGEST_BYTES; i++) {
        hex[2 * i] = digits[code.bytes[i] >> 4];
        hex[2 * i + 1] = digits[code.bytes[i] & 15];
    }
    hex[2 * DIGEST_BYTES] = 0;
}

static enum fault scan(struct page *p, const struct reg_field *field, const struct http_field *file) {
    const char *address = p->site->config.clamd;
    char found[CLAMD_NAME_MAX];
    if (!address || !address[0]) return FAULT_NONE;
    enum fault f = clamd_scan(address, file->bytes, file->length, SCAN_MS, found);
    if (f) {
        note_add(&p->notes, field->key, "病毒扫描没有应答，文件没有保存；请稍后再传，或告诉系统管理员");
        return FAULT_BUSY;
    }
    if (!found[0]) return FAULT_NONE;
    note_add(&p->notes, field->key, "文件“{0}”带有病毒（{1}），没有保存", file->filename, found);
    return FAULT_INPUT;
}

static enum fault store_one(struct page *p, const struct reg_field *field, const struct http_field *file, struct text *into) {
    const struct filetype *kind;
    char stored[FILE_VALUE_MAX];
    if (file->length > UPLOAD_FILE_MAX) {
        note_add(&p->notes, field->key, "文件“{0}”太大；一个文件最多 {1} MB", file->filename,
                 arena_int(p->arena, UPLOAD_FILE_MAX >> 20));
        return FAULT_LARGE;
    }
    enum fault f = filetype_of(file->bytes, file->length, file->filename, &p->notes, field->key, &kind);
    if (!f && field->flags & PICTURE && kind->show != SHOW_PICTURE) {
        note_add(&p->notes, field->key, "“{0}”不是图片；这一栏只收图片", file->filename);
        f = FAULT_INPUT;
    }
    if (!f) f = scan(p, field, file);
    if (!f) f = file_store(p->site->config.files, file->bytes, file->length, file->filename, stored);
    if (f) return f;
    if (into->length) text_addc(into, '\n');
    text_add(into, stored);
    return into->over ? FAULT_LARGE : FAULT_NONE;
}

/* One that an earlier sending of this form stored, if the code is ours. */
static void take_kept(struct page *p, const struct http_field *f, struct text *into) {
    const char *space = strchr(f->bytes, ' ');
    char code[2 * DIGEST_BYTES + 1];
    if (!space || f->length >= KEPT_TEXT || (size_t)(space - f->bytes) != sizeof code - 1) return;
    kept_code(p, space + 1, code);
    if (strncmp(code, f->bytes, sizeof code - 1)) return;
    if (into->length) text_addc(into, '\n');
    text_add(into, space + 1);
}

static bool is_dropped(struct page *p, const char *drop, const char *hash) {
    const struct http_field *fields;
    size_t count;
    if (http_form(p->request, NULL, &fields, &count)) return false;
    for (size_t i = 0; i < count; i++)
        if (!strcmp(fields[i].name, drop) && !fields[i].filename && !strcmp(fields[i].bytes, hash)) return true;
    return false;
}

/* What stays of the value that the record has now. */
static void take_present(struct page *p, const char *now, const char *drop, struct text *into, bool *dropped) {
    size_t count;
    const char *const *files = file_values(p->arena, now, &count);
    for (size_t i = 0; i < count; i++) {
        char hash[65];
        const char *name;
        if (file_value_parse(files[i], hash, &name) && is_dropped(p, drop, hash)) {
            *dropped = true;
            continue;
        }
        if (into->length) text_addc(into, '\n');
        text_add(into, files[i]);
    }
}

enum fault upload_take(struct page *p, const struct reg_field *field, const char *name, const char *now, struct upload *out) {
    const struct http_field *fields;
    size_t count;
    bool dropped = false;
    const char *kept = arena_join(p->arena, name, "-kept"), *drop = arena_join(p->arena, name, "-drop");
    _cleanup_(text_release) struct text fresh, all;
    text_init(&fresh, VALUES_MAX);
    text_init(&all, VALUES_MAX);
    *out = (struct upload){0};
    enum fault f = http_form(p->request, NULL, &fields, &count), bad = FAULT_NONE;
    for (size_t i = 0; !f && i < count; i++) {
        if (!strcmp(fields[i].name, kept) && !fields[i].filename) take_kept(p, &fields[i], &fresh);
        if (strcmp(fields[i].name, name) || !fields[i].filename || !fields[i].filename[0]) continue;
        enum fault one = store_one(p, field, &fields[i], &fresh); /* the good ones are kept although one is bad */
        if (one) bad = one;
    }
    if (f) return f;
    if (now) take_present(p, now, drop, &all, &dropped);
    out->fresh = fresh.length ? arena_copy(p->arena, fresh.at) : NULL;
    if (bad) return bad;
    if (!fresh.length && !dropped) return FAULT_NONE;
    if (fresh.length && !(field->flags & SEVERAL)) text_clear(&all);
    if (fresh.length && all.length) text_addc(&all, '\n');
    if (fresh.length) text_add(&all, fresh.at);
    out->value = arena_copy(p->arena, all.at);
    return all.over ? FAULT_LARGE : FAULT_NONE;
}

const char *upload_proof(struct page *p, const char *value) {
    char code[2 * DIGEST_BYTES + 1], person[ID_TEXT];
    id_format(&p->actor.person, person);
    kept_code(p, arena_format(p->arena, "%s %s", person, value), code);
    return arena_format(p->arena, "%s %s", code, value);
}

enum fault upload_store(struct page *p, const struct reg_field *field, const char *name, const void *bytes, size_t length,
                        const char **kept) {
    struct http_field file = {.filename = name, .bytes = bytes, .length = length};
    _cleanup_(text_release) struct text value;
    text_init(&value, FILE_VALUE_MAX);
    enum fault f = store_one(p, field, &file, &value);
    if (!f) *kept = upload_proof(p, value.at);
    return f;
}

const char *upload_kept(struct page *p, const char *kept) {
    char code[2 * DIGEST_BYTES + 1], person[ID_TEXT];
    const char *space = strchr(kept, ' ');
    if (!space || (size_t)(space - kept) != sizeof code - 1) return NULL;
    id_format(&p->actor.person, person);
    kept_code(p, arena_format(p->arena, "%s %s", person, space + 1), code);
    return strncmp(code, kept, sizeof code - 1) ? NULL : space + 1;
}

void upload_show(struct page *p, struct view *input, const struct reg_field *field, const char *url, const char *now,
                 const char *fresh) {
    view_bool(input, K(several), (field->flags & SEVERAL) != 0);
    view_bool(input, K(pictures), (field->flags & PICTURE) != 0);
    struct view_list *present = view_list(input, K(present)), *list = view_list(input, K(fresh));
    size_t count = 0;
    char hash[65], code[2 * DIGEST_BYTES + 1];
    const char *name;
    const char *const *files = now ? file_values(p->arena, now, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        if (!file_value_parse(files[i], hash, &name)) continue;
        struct view *v = view_item(present);
        view_copy(v, K(file_name), name);
        view_copy(v, K(hash), hash);
        if (url && field->flags & PICTURE)
            view_copy(v, K(small_url), arena_format(p->arena, "%s/small/%s?of=%s", url, field->key, hash));
    }
    files = fresh ? file_values(p->arena, fresh, &count) : NULL;
    for (size_t i = 0; fresh && i < count; i++) {
        if (!file_value_parse(files[i], hash, &name)) continue;
        kept_code(p, files[i], code);
        struct view *v = view_item(list);
        view_copy(v, K(file_name), name);
        view_copy(v, K(kept), arena_format(p->arena, "%s %s", code, files[i]));
    }
}
