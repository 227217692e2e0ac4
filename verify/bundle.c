/* bundle.c - reads an evidence bundle (docs/why/0025) and proves what is in it, step by step, from hashes and one signature. */
#include "verify/bundle.h"

#include "base/printer.h"
#include "journal/merkle.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_HEX = 32 };

struct bundle_entry {
    struct entry_header header;
    const json_t *fields;
};

struct proving {
    const json_t *json;
    struct arena *arena;
    struct bundle_verdict *verdict;
    struct verifier_key key;
    struct checkpoint head;
    struct digest at_root;
    struct bundle_entry *entries; /* by position */
    size_t count;
    struct entry_header *log; /* all headers; NULL: not in the bundle */
    struct id report;
};

static void json_release(json_t **json) { json_decref(*json); }

static enum fault fail(struct proving *p, enum fault f, const char *place, const char *zh, const char *en) {
    snprintf(p->verdict->place, sizeof p->verdict->place, "%s", place);
    p->verdict->zh = zh;
    p->verdict->en = en;
    return f;
}

static enum fault malformed(struct proving *p, const char *place) {
    return fail(p, FAULT_INPUT, place, "证据包的这一处读不出来：不是证据包，或文件不完整",
                "this part of the bundle cannot be read: not a bundle, or not all of it");
}

static const char *words(const json_t *object, const char *key) { return json_string_value(json_object_get(object, key)); }

/* A copy for people's eyes: control characters of a hostile bundle must not reach a terminal. */
static const char *plain_copy(struct arena *arena, const char *text) {
    char *copy = arena_copy(arena, text);
    for (char *c = copy; c && *c; c++) {
        bool c1 = (unsigned char)c[0] == 0xc2 && (unsigned char)c[1] >= 0x80 && (unsigned char)c[1] < 0xa0;
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = ' ';
        else if (c1) c[0] = c[1] = ' ';
    }
    return copy;
}

/* ---- hexadecimal ---- */

static int nibble(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/* Reads lower-case hexadecimal of at most `room` bytes. */
static bool hex_read(const char *text, uint8_t *out, size_t room, size_t *length) {
    size_t n = text ? strlen(text) : 1;
    if (n % 2 || n / 2 > room) return false;
    for (size_t i = 0; i < n / 2; i++) {
        int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    *length = n / 2;
    return true;
}

static bool digest_read(const json_t *text, struct digest *out) {
    size_t length;
    return hex_read(json_string_value(text), out->bytes, DIGEST_BYTES, &length) && length == DIGEST_BYTES;
}

static bool proof_read(const json_t *list, struct proof *out) {
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count > COUNT_OF(out->path)) return false;
    out->length = (int)count;
    for (size_t i = 0; i < count; i++)
        if (!digest_read(json_array_get(list, i), &out->path[i])) return false;
    return true;
}

/* The header's bytes, parsed, and the leaf hash over them. */
static bool header_read(const json_t *text, struct entry_header *out, struct digest *leaf) {
    uint8_t bytes[1024];
    size_t length;
    if (!hex_read(json_string_value(text), bytes, sizeof bytes, &length) || !commitment_header_parse(bytes, length, out))
        return false;
    *leaf = merkle_leaf(bytes, length);
    return true;
}

/* ---- the head, and the tree that the report knows ---- */

static enum fault head_prove(struct proving *p) {
    const char *key = words(p->json, "key"), *note = words(p->json, "checkpoint"), *format = words(p->json, "format");
    const json_t *at = json_object_get(p->json, "at");
    struct proof proof;
    if (!format || strcmp(format, "taizhang-bundle-1") != 0) return malformed(p, "format");
    if (!key || !verifier_key_parse(key, &p->key)) return malformed(p, "key");
    if (!note) return malformed(p, "checkpoint");
    if (!checkpoint_verify(note, strlen(note), &p->key, &p->head))
        return fail(p, FAULT_TAMPERED, "checkpoint", "检查点的签名不成立", "the checkpoint's signature does not hold");
    p->verdict->position = json_integer_value(json_object_get(at, "size"));
    if (!digest_read(json_object_get(at, "root"), &p->at_root) || !proof_read(json_object_get(at, "consistency"), &proof))
        return malformed(p, "at");
    if (p->verdict->position <= 0 || !consistency_verify(p->verdict->position, p->head.size, &p->at_root, &p->head.root, &proof))
        return fail(p, FAULT_TAMPERED, "at", "报告所依据的日志不是检查点之下日志的开头部分",
                    "the log that the report rests on is not the beginning of the log under the checkpoint");
    snprintf(p->verdict->origin, sizeof p->verdict->origin, "%s", p->head.origin);
    p->verdict->size = p->head.size;
    return FAULT_NONE;
}

/* ---- entries ---- */

/* [key, type, value, salt]: one field shown. */
static bool field_leaf(const json_t *shown, const char **key, struct digest *out) {
    const json_t *value = json_array_get(shown, 2);
    const char *type = json_string_value(json_array_get(shown, 1));
    struct field field = {.key = json_string_value(json_array_get(shown, 0))};
    struct salt salt;
    size_t length;
    if (json_array_size(shown) != 4 || !field.key || !type || strlen(field.key) > ENTRY_WORD_MAX || !field.key[0]) return false;
    if (!hex_read(json_string_value(json_array_get(shown, 3)), salt.bytes, SALT_BYTES, &length) || length != SALT_BYTES)
        return false;
    if (!strcmp(type, "n") && json_is_null(value)) field.type = FIELD_NULL;
    else if (!strcmp(type, "i") && json_is_integer(value)) field.type = FIELD_INT;
    else if (!strcmp(type, "t") && json_is_string(value)) field.type = FIELD_TEXT;
    else return false;
    field.integer = json_integer_value(value);
    field.text = json_string_value(value);
    *key = field.key;
    *out = commitment_field(&salt, &field);
    return true;
}

static bool fields_hold(struct proving *p, const struct bundle_entry *e) {
    struct digest leaves[ENTRY_FIELDS_MAX];
    const char *before = "";
    size_t count = json_array_size(e->fields);
    if (!json_is_array(e->fields) || count != e->header.field_count) return false;
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(e->fields, i);
        const char *key;
        bool shown = json_is_array(one);
        if (shown ? !field_leaf(one, &key, &leaves[i]) : !digest_read(one, &leaves[i])) return false;
        if (shown && strcmp(before, key) >= 0) return false;
        if (shown) before = key;
        *(shown ? &p->verdict->shown : &p->verdict->withheld) += 1;
    }
    if (!count) return true;
    struct digest root = merkle_root(leaves, count);
    return !memcmp(root.bytes, e->header.fields_root.bytes, DIGEST_BYTES);
}

static int entry_order(const void *a, const void *b) {
    const struct bundle_entry *x = a, *y = b;
    return (x->header.position > y->header.position) - (x->header.position < y->header.position);
}

static enum fault entry_prove(struct proving *p, size_t index, const json_t *object) {
    struct bundle_entry *e = &p->entries[index];
    struct digest leaf;
    struct proof path;
    char place[60];
    snprintf(place, sizeof place, "entries[%zu]", index);
    e->fields = json_object_get(object, "fields");
    if (!header_read(json_object_get(object, "header"), &e->header, &leaf) || !proof_read(json_object_get(object, "path"), &path))
        return malformed(p, place);
    snprintf(place, sizeof place, "position %lld", (long long)e->header.position);
    if (!inclusion_verify(&leaf, e->header.position, p->head.size, &path, &p->head.root))
        return fail(p, FAULT_TAMPERED, place, "这一条不在检查点之下的日志里：改动过",
                    "this entry is not in the log under the checkpoint: it was altered");
    if (!fields_hold(p, e))
        return fail(p, FAULT_TAMPERED, place, "这一条的栏目与日志里的承诺不符：改动过",
                    "this entry's fields are not those that the log commits to: they were altered");
    return FAULT_NONE;
}

static enum fault entries_prove(struct proving *p) {
    const json_t *list = json_object_get(p->json, "entries");
    size_t count = json_array_size(list);
    if (!count || p->arena->used + count * sizeof *p->entries > p->arena->cap) return malformed(p, "entries");
    p->entries = arena_array(p->arena, struct bundle_entry, count);
    p->count = count;
    for (size_t i = 0; i < count; i++) {
        enum fault f = entry_prove(p, i, json_array_get(list, i));
        if (f) return f;
    }
    qsort(p->entries, count, sizeof *p->entries, entry_order);
    for (size_t i = 1; i < count; i++)
        if (p->entries[i - 1].header.position == p->entries[i].header.position) return malformed(p, "entries");
    p->verdict->entries = (int64_t)count;
    return FAULT_NONE;
}

static const struct bundle_entry *entry_at(const struct proving *p, int64_t position) {
    struct bundle_entry wanted = {.header = {.position = position}};
    return bsearch(&wanted, p->entries, p->count, sizeof wanted, entry_order);
}

/* ---- the whole log ---- */

/* An outside checkpoint of any size up to the bundle's can be held against the headers. */
static bool log_root_at(const struct proving *p, int64_t size, struct digest *out) {
    const json_t *list = json_object_get(p->json, "log");
    struct frontier tree = {0};
    for (int64_t i = 0; i < size; i++) {
        struct entry_header header;
        struct digest leaf;
        if (!header_read(json_array_get(list, (size_t)i), &header, &leaf)) return false;
        frontier_append(&tree, &leaf, NULL);
    }
    *out = frontier_root(&tree);
    return true;
}

static enum fault log_prove(struct proving *p) {
    const json_t *list = json_object_get(p->json, "log");
    if (!list) return FAULT_NONE;
    size_t count = json_array_size(list);
    struct digest root;
    if ((int64_t)count != p->head.size || p->arena->used + count * sizeof *p->log > p->arena->cap ||
        !log_root_at(p, p->head.size, &root))
        return malformed(p, "log");
    if (memcmp(root.bytes, p->head.root.bytes, DIGEST_BYTES) != 0)
        return fail(p, FAULT_TAMPERED, "log", "各条的头合起来不是检查点所签的日志",
                    "the headers together are not the log that the checkpoint signs");
    p->log = arena_array(p->arena, struct entry_header, count + 1);
    for (size_t i = 0; i < count; i++) {
        struct digest leaf;
        if (!header_read(json_array_get(list, i), &p->log[i], &leaf) || p->log[i].position != (int64_t)i)
            return malformed(p, "log");
    }
    p->verdict->log = true;
    return FAULT_NONE;
}

/* ---- the report ---- */

static const char *shown_text(const struct bundle_entry *e, const char *key) {
    for (size_t i = 0; i < json_array_size(e->fields); i++) {
        const json_t *one = json_array_get(e->fields, i);
        const char *name = json_string_value(json_array_get(one, 0));
        if (name && !strcmp(name, key)) return json_string_value(json_array_get(one, 2));
    }
    return NULL;
}

/* The hash with which a stored file's value begins ("HEX:SIZE:NAME"), copied; NULL if it is not of the form. */
static const char *file_hash(const struct proving *p, const struct bundle_entry *e, const char *key) {
    const char *value = shown_text(e, key);
    return value && strcspn(value, ":") == 2 * DIGEST_BYTES ? arena_copyn(p->arena, value, 2 * DIGEST_BYTES) : NULL;
}

static bool file_holds(const struct proving *p, const struct bundle_entry *e, const char *key) {
    const char *bytes = words(p->json, key), *hash = file_hash(p, e, key);
    if (!bytes || !hash) return false;
    struct digest d = digest_of(bytes, strlen(bytes)), wanted;
    size_t length;
    return hex_read(hash, wanted.bytes, DIGEST_BYTES, &length) && !memcmp(d.bytes, wanted.bytes, DIGEST_BYTES);
}

static bool code_same(const struct proving *p, const char *code) {
    _cleanup_(text_release) struct text own;
    text_init(&own, 100);
    text_add_int(&own, p->verdict->position);
    text_addc(&own, '-');
    hex_text(&own, p->at_root.bytes, CODE_HEX / 2);
    return code && !strcmp(code, own.at);
}

static enum fault report_prove(struct proving *p) {
    const struct bundle_entry *added = NULL, *issued = NULL;
    const char *id = words(p->json, "report");
    if (!id || !id_parse(id, &p->report)) return malformed(p, "report");
    snprintf(p->verdict->report, sizeof p->verdict->report, "%s", id);
    for (size_t i = 0; i < p->count; i++) {
        const struct entry_header *h = &p->entries[i].header;
        if (strcmp(h->register_key, "report") != 0 || !id_same(&h->record, &p->report)) continue;
        if (!strcmp(h->op, "add") && !added) added = &p->entries[i];
        if (!strcmp(h->op, "issue") && added) issued = &p->entries[i];
    }
    if (!added || !issued)
        return fail(p, FAULT_TAMPERED, "report", "证据包里没有这份报告的登记和签发",
                    "the bundle has no entries that enter and issue this report");
    for (int64_t i = issued->header.position + 1; p->log && i < p->head.size; i++)
        p->verdict->later |= id_same(&p->log[i].record, &p->report);
    p->verdict->title = shown_text(added, "title");
    p->verdict->pdf = file_hash(p, added, "pdf");
    p->verdict->docx = file_hash(p, added, "docx");
    p->verdict->html = file_hash(p, added, "html");
    if (!code_same(p, shown_text(added, "code")))
        return fail(p, FAULT_TAMPERED, "code", "报告上的核验码与日志不符", "the code on the report is not the log's");
    if (!file_holds(p, added, "html"))
        return fail(p, FAULT_TAMPERED, "html", "报告正文不是签发的那一份", "the report's text is not the one that was issued");
    if (!file_holds(p, added, "evidence"))
        return fail(p, FAULT_TAMPERED, "evidence", "数字的依据不是签发时的那一份", "the figures' evidence is not what was issued");
    return FAULT_NONE;
}

/* ---- figures ---- */

static int id_order(const void *a, const void *b) { return memcmp(a, b, ID_BYTES); }

static bool figure_read(struct proving *p, const json_t *object, struct bundle_figure *f) {
    const char *start = words(object, "start"), *end = words(object, "end");
    f->key = plain_copy(p->arena, words(object, "key"));
    f->register_key = plain_copy(p->arena, words(object, "register"));
    f->zero_by = plain_copy(p->arena, words(object, "zero_by"));
    f->value = json_integer_value(json_object_get(object, "value"));
    return f->key && f->register_key && start && end && civil_parse(start, &f->start) && civil_parse(end, &f->end) &&
           json_integer_value(json_object_get(object, "position")) == p->verdict->position &&
           json_is_array(json_object_get(object, "records"));
}

/* Every counted record must be among the proven entries, in the version that was counted. */
static enum fault counted_prove(struct proving *p, const json_t *list, struct bundle_figure *f, struct id *counted) {
    size_t count = json_array_size(list);
    for (size_t i = 0; i < count; i++) {
        const json_t *pair = json_array_get(list, i);
        const char *id = json_string_value(json_array_get(pair, 0));
        int64_t position = json_integer_value(json_array_get(pair, 1));
        if (!id || !id_parse(id, &counted[i])) return malformed(p, f->key);
        const struct bundle_entry *e = entry_at(p, position);
        if (!e || position >= p->verdict->position || strcmp(e->header.register_key, f->register_key) != 0 ||
            !id_same(&e->header.record, &counted[i]))
            return fail(p, FAULT_TAMPERED, f->key, "这个数字所依据的一条记录不在证据包里",
                        "a record that this figure rests on is not in the bundle");
    }
    qsort(counted, count, sizeof *counted, id_order);
    for (size_t i = 1; i < count; i++)
        if (id_same(&counted[i - 1], &counted[i]))
            return fail(p, FAULT_TAMPERED, f->key, "这个数字把一条记录数了两遍", "this figure counts a record twice");
    f->counted = (int64_t)count;
    return FAULT_NONE;
}

/* With all headers: each entry of the register that was known must be shown, so that the reader sees why a record was not counted. */
static enum fault nothing_left_out(struct proving *p, struct bundle_figure *f, const struct id *counted) {
    size_t room = 0, count = 0;
    for (int64_t i = 0; i < p->verdict->position; i++) room += !strcmp(p->log[i].register_key, f->register_key);
    if (p->arena->used + room * sizeof(struct id) * 2 > p->arena->cap) return malformed(p, "log");
    struct id *others = arena_array(p->arena, struct id, room + 1), *within = arena_array(p->arena, struct id, room + 1);
    size_t within_count = 0;
    for (int64_t i = 0; i < p->verdict->position; i++) {
        const struct entry_header *h = &p->log[i];
        if (strcmp(h->register_key, f->register_key) != 0) continue;
        if (!entry_at(p, i))
            return fail(p, FAULT_TAMPERED, f->key, "这个台账有一条登记没有放进证据包：有遗漏",
                        "an entry of this register was left out of the bundle");
        if (bsearch(&h->record, counted, (size_t)f->counted, sizeof *counted, id_order)) continue;
        others[count++] = h->record;
        if (h->has_effective && h->effective >= f->start && h->effective <= f->end) within[within_count++] = h->record;
    }
    qsort(others, count, sizeof *others, id_order);
    qsort(within, within_count, sizeof *within, id_order);
    for (size_t i = 0; i < count; i++) f->others += i == 0 || !id_same(&others[i - 1], &others[i]);
    for (size_t i = 0; i < within_count; i++) f->within += i == 0 || !id_same(&within[i - 1], &within[i]);
    return FAULT_NONE;
}

static enum fault figures_prove(struct proving *p) {
    const char *text = words(p->json, "evidence");
    _cleanup_(json_release) json_t *evidence = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const json_t *list = json_object_get(evidence, "figures");
    size_t count = json_array_size(list);
    if (!json_is_array(list) || p->arena->used + count * sizeof *p->verdict->figures > p->arena->cap)
        return malformed(p, "evidence");
    p->verdict->figures = arena_array(p->arena, struct bundle_figure, count + 1);
    for (size_t i = 0; i < count; i++) {
        const json_t *object = json_array_get(list, i), *records = json_object_get(object, "records");
        struct bundle_figure *f = &p->verdict->figures[i];
        if (!figure_read(p, object, f)) return malformed(p, "evidence");
        if (p->arena->used + json_array_size(records) * sizeof(struct id) > p->arena->cap) return malformed(p, f->key);
        struct id *counted = arena_array(p->arena, struct id, json_array_size(records) + 1);
        enum fault fault = counted_prove(p, records, f, counted);
        if (!fault && p->log) fault = nothing_left_out(p, f, counted);
        if (fault) return fault;
    }
    p->verdict->figure_count = count;
    return FAULT_NONE;
}

/* ---- what was brought from elsewhere ---- */

static enum fault note_compare(struct proving *p, const struct bundle_outside *outside) {
    struct checkpoint other;
    struct digest root;
    if (!checkpoint_verify(outside->note, outside->note_length, &p->key, &other))
        return fail(p, FAULT_TAMPERED, "--checkpoint", "带来的检查点不是由同一把钥匙签的",
                    "the checkpoint brought is not signed by the same key");
    if (other.size == p->head.size) root = p->head.root;
    else if (other.size == p->verdict->position) root = p->at_root;
    else if (!p->log || other.size > p->head.size || !log_root_at(p, other.size, &root))
        return fail(p, FAULT_INPUT, "--checkpoint", "带来的检查点与证据包的长度不同，比不了；请在其后用 --log 另做一份证据包",
                    "the checkpoint brought is of another size and cannot be compared; have a bundle made after it, with --log");
    if (memcmp(root.bytes, other.root.bytes, DIGEST_BYTES) != 0)
        return fail(p, FAULT_TAMPERED, "--checkpoint", "日志与带来的检查点不符：日志被改写过",
                    "the log is not that of the checkpoint brought: it was rewritten");
    p->verdict->note_held = true;
    return FAULT_NONE;
}

static enum fault outside_compare(struct proving *p, const struct bundle_outside *outside) {
    if (outside->key) {
        if (memcmp(outside->key->public_key, p->key.public_key, sizeof p->key.public_key) != 0)
            return fail(p, FAULT_TAMPERED, "--key", "证据包由另一把钥匙所签", "the bundle is signed by another key");
        p->verdict->key_held = true;
    }
    if (outside->code) {
        if (!code_same(p, outside->code))
            return fail(p, FAULT_TAMPERED, "--code", "日志与印在报告上的核验码不符：日志被改写过，或不是这份报告",
                        "the log is not that of the printed code: it was rewritten, or it is another report");
        p->verdict->code_held = true;
    }
    return outside->note ? note_compare(p, outside) : FAULT_NONE;
}

enum fault bundle_verify(const char *bytes, size_t length, const struct bundle_outside *outside, struct arena *arena,
                         struct bundle_verdict *out) {
    *out = (struct bundle_verdict){0};
    _cleanup_(json_release) json_t *json = length > BUNDLE_MAX ? NULL : json_loadb(bytes, length, JSON_REJECT_DUPLICATES, NULL);
    struct proving p = {.json = json, .arena = arena, .verdict = out};
    enum fault f = json_is_object(json) ? head_prove(&p) : malformed(&p, "");
    if (!f) f = entries_prove(&p);
    if (!f) f = log_prove(&p);
    if (!f) f = report_prove(&p);
    if (!f) f = figures_prove(&p);
    if (!f) f = outside_compare(&p, outside);
    out->title = plain_copy(arena, out->title); /* it lay in the JSON */
    return f;
}
