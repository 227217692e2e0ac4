/* commitment.c - salts, field hashes, header bytes, and the canonical JSON of an entry's fields. */
#include "journal/commitment.h"

#include "base/utf8.h"
#include "journal/merkle.h"

#include <assert.h>
#include <string.h>

enum {
    HEADER_VERSION = 1,
    HEADER_MAX = 1 + 8 + 8 + 2 * (1 + ENTRY_WORD_MAX) + ID_BYTES + DIGEST_BYTES + 2 * (1 + ID_BYTES) + 5 + 8 + 2 + DIGEST_BYTES
};

static uint8_t *put_int(uint8_t *at, uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; i--) *at++ = (uint8_t)(value >> (8 * i));
    return at;
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t length) {
    if (length) memcpy(at, bytes, length);
    return at + length;
}

static uint8_t *put_word(uint8_t *at, const char *word) {
    size_t length = strlen(word);
    assert(length <= ENTRY_WORD_MAX);
    *at++ = (uint8_t)length;
    return put_bytes(at, word, length);
}

static uint8_t *put_id(uint8_t *at, const struct id *id) {
    *at++ = id != NULL;
    return id ? put_bytes(at, id->bytes, ID_BYTES) : at;
}

struct salt commitment_salt(const struct seed *seed, const char *key) {
    uint8_t bytes[SEED_BYTES + ENTRY_WORD_MAX];
    size_t length = strlen(key);
    assert(length <= ENTRY_WORD_MAX);
    memcpy(bytes, seed->bytes, SEED_BYTES);
    memcpy(bytes + SEED_BYTES, key, length);
    struct digest d = digest_of(bytes, SEED_BYTES + length);
    struct salt salt;
    memcpy(salt.bytes, d.bytes, SALT_BYTES); /* half a digest: what is shown cannot be extended */
    return salt;
}

struct digest commitment_field(const struct salt *salt, const struct field *field) {
    uint8_t bytes[1 + SALT_BYTES + ENTRY_WORD_MAX + 2 + 8], *at = bytes;
    *at++ = 0; /* RFC 6962 leaf */
    at = put_bytes(at, salt->bytes, SALT_BYTES);
    size_t length = strlen(field->key);
    assert(length <= ENTRY_WORD_MAX);
    at = put_bytes(at, field->key, length);
    *at++ = 0;
    *at++ = (uint8_t)field->type;
    if (field->type == FIELD_INT) at = put_int(at, (uint64_t)field->integer, 8);
    if (field->type != FIELD_TEXT) return digest_of(bytes, (size_t)(at - bytes));
    return digest_of_pieces((struct digest_piece[]){{bytes, (size_t)(at - bytes)}, {field->text, strlen(field->text)}}, 2);
}

static bool key_valid(const char *key) {
    size_t i = 0;
    for (; key[i]; i++)
        if (i == ENTRY_WORD_MAX || !((key[i] >= 'a' && key[i] <= 'z') || (key[i] >= '0' && key[i] <= '9') || key[i] == '_'))
            return false;
    return i > 0;
}

bool fields_sort(const struct field **order, size_t count) {
    for (size_t i = 0; i < count; i++) { /* by insertion: declarations give mostly sorted short lists */
        const struct field *f = order[i];
        if (!key_valid(f->key)) return false;
        size_t at = i;
        int differs = 1;
        while (at > 0 && (differs = strcmp(order[at - 1]->key, f->key)) > 0) order[at] = order[at - 1], at--;
        if (at > 0 && differs == 0) return false;
        order[at] = f;
    }
    return true;
}

struct digest commitment_fields_root(const struct seed *seed, const struct field *const *sorted, size_t count,
                                     struct digest *leaves) {
    if (count == 0) { /* nothing to hide, but the seed's column must not be free to change */
        struct salt salt = commitment_salt(seed, "");
        return merkle_leaf(salt.bytes, SALT_BYTES);
    }
    for (size_t i = 0; i < count; i++) {
        struct salt salt = commitment_salt(seed, sorted[i]->key);
        leaves[i] = commitment_field(&salt, sorted[i]);
    }
    return merkle_root(leaves, count);
}

static size_t header_put(const struct entry *entry, int64_t position, const struct digest *fields_root, uint8_t bytes[HEADER_MAX]) {
    uint8_t *at = bytes;
    *at++ = HEADER_VERSION;
    at = put_int(at, (uint64_t)entry->tenant, 8);
    at = put_int(at, (uint64_t)position, 8);
    at = put_word(at, entry->op);
    at = put_word(at, entry->register_key);
    at = put_bytes(at, entry->record.bytes, ID_BYTES);
    at = put_bytes(at, entry->definition.bytes, DIGEST_BYTES);
    at = put_id(at, entry->actor);
    at = put_id(at, entry->unit);
    *at++ = entry->has_effective;
    if (entry->has_effective) at = put_int(at, (uint32_t)entry->effective, 4);
    at = put_int(at, (uint64_t)entry->entered_ms, 8);
    at = put_int(at, entry->field_count, 2);
    at = put_bytes(at, fields_root->bytes, DIGEST_BYTES);
    return (size_t)(at - bytes);
}

struct digest commitment_leaf(const struct entry *entry, int64_t position, const struct digest *fields_root) {
    uint8_t bytes[1 + HEADER_MAX];
    bytes[0] = 0; /* RFC 6962 leaf */
    return digest_of(bytes, 1 + header_put(entry, position, fields_root, bytes + 1));
}

void commitment_header(const struct entry *entry, int64_t position, const struct digest *fields_root, struct text *out) {
    uint8_t bytes[HEADER_MAX];
    text_addn(out, bytes, header_put(entry, position, fields_root, bytes));
}

/* ---- a header read back ---- */

/* What is left of the bytes; `bad` is raised when more was asked than is there. */
struct header_bytes {
    const uint8_t *at, *end;
    bool bad;
};

static const uint8_t *take(struct header_bytes *in, size_t length) {
    static const uint8_t nothing[ENTRY_WORD_MAX + 1];
    if ((size_t)(in->end - in->at) < length) in->bad = true;
    if (in->bad) return nothing;
    in->at += length;
    return in->at - length;
}

static uint64_t take_int(struct header_bytes *in, size_t length) {
    const uint8_t *bytes = take(in, length);
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) value = value << 8 | bytes[i];
    return value;
}

static void take_word(struct header_bytes *in, char out[ENTRY_WORD_MAX + 1]) {
    size_t length = take_int(in, 1);
    memcpy(out, take(in, length), length);
    out[length] = 0;
    in->bad |= length == 0 || strlen(out) != length;
}

/* The byte that says whether something follows. */
static bool take_flag(struct header_bytes *in) {
    uint64_t flag = take_int(in, 1);
    in->bad |= flag > 1;
    return flag == 1;
}

bool commitment_header_parse(const void *bytes, size_t length, struct entry_header *out) {
    struct header_bytes in = {bytes, (const uint8_t *)bytes + length, false};
    struct entry_header h = {0};
    in.bad |= take_int(&in, 1) != HEADER_VERSION;
    h.tenant = (int64_t)take_int(&in, 8);
    h.position = (int64_t)take_int(&in, 8);
    take_word(&in, h.op);
    take_word(&in, h.register_key);
    memcpy(h.record.bytes, take(&in, ID_BYTES), ID_BYTES);
    memcpy(h.definition.bytes, take(&in, DIGEST_BYTES), DIGEST_BYTES);
    if ((h.has_actor = take_flag(&in))) memcpy(h.actor.bytes, take(&in, ID_BYTES), ID_BYTES);
    if ((h.has_unit = take_flag(&in))) memcpy(h.unit.bytes, take(&in, ID_BYTES), ID_BYTES);
    if ((h.has_effective = take_flag(&in))) h.effective = (civil_day)(int32_t)take_int(&in, 4);
    h.entered_ms = (int64_t)take_int(&in, 8);
    h.field_count = take_int(&in, 2);
    memcpy(h.fields_root.bytes, take(&in, DIGEST_BYTES), DIGEST_BYTES);
    if (in.bad || in.at != in.end || h.tenant <= 0 || h.position < 0 || h.entered_ms < 0 || h.field_count > ENTRY_FIELDS_MAX)
        return false;
    *out = h;
    return true;
}

/* The second character of an escape, 'u' for the long form, 0 for none. */
static char escape_of(unsigned char c) {
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\t': return 't';
    case '\n': return 'n';
    case '\f': return 'f';
    case '\r': return 'r';
    default: return c < 0x20 ? 'u' : 0;
    }
}

static enum fault value_write(const char *value, struct text *out) {
    static const char hex[] = "0123456789abcdef";
    const char *run = value, *p = value;
    bool ascii = true;
    text_addc(out, '"');
    for (; *p; p++) {
        char escape = escape_of((unsigned char)*p);
        ascii &= (unsigned char)*p < 0x80;
        if (!escape) continue;
        text_addn(out, run, (size_t)(p - run));
        run = p + 1;
        text_addc(out, '\\');
        text_addc(out, escape);
        if (escape == 'u') text_addn(out, (char[]){'0', '0', hex[*p >> 4], hex[*p & 15]}, 4);
    }
    if (p - value > ENTRY_VALUE_MAX) return FAULT_LARGE;
    if (!ascii && !utf8_valid(value, (size_t)(p - value))) return FAULT_INPUT;
    text_addn(out, run, (size_t)(p - run));
    text_addc(out, '"');
    return FAULT_NONE;
}

enum fault fields_write(const struct field *const *sorted, size_t count, struct text *out) {
    text_addc(out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i) text_addc(out, ',');
        text_addc(out, '"');
        text_add(out, sorted[i]->key);
        text_addn(out, "\":", 2);
        if (sorted[i]->type == FIELD_INT) text_add_int(out, sorted[i]->integer);
        else if (sorted[i]->type == FIELD_NULL) text_addn(out, "null", 4);
        else {
            enum fault f = value_write(sorted[i]->text, out);
            if (f) return f;
        }
    }
    text_addc(out, '}');
    return out->over ? FAULT_LARGE : FAULT_NONE;
}

/* What is still to be read, and where texts go. */
struct json {
    const char *at, *end;
    char *memory;
};

static bool json_take(struct json *j, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(j->end - j->at) < length || memcmp(j->at, word, length) != 0) return false;
    j->at += length;
    return true;
}

static int hex_value(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/* One escape after the backslash; only the form that value_write uses for the character. */
static bool escape_read(struct json *j) {
    static const char shorts[] = "\"\"\\\\b\bt\tn\nf\fr\r";
    if (j->at == j->end) return false;
    char c = *j->at++;
    if (c == 'u') {
        if (j->end - j->at < 4 || j->at[0] != '0' || j->at[1] != '0') return false;
        int high = hex_value(j->at[2]), low = hex_value(j->at[3]);
        if (high < 0 || low < 0) return false;
        int code = high * 16 + low;
        if (code == 0 || escape_of((unsigned char)code) != 'u') return false;
        *j->memory++ = (char)code;
        j->at += 4;
        return true;
    }
    for (const char *s = shorts; *s; s += 2)
        if (*s == c) {
            *j->memory++ = s[1];
            return true;
        }
    return false;
}

static bool string_read(struct json *j, const char **out) {
    if (!json_take(j, "\"")) return false;
    char *start = j->memory;
    bool ascii = true;
    for (;;) {
        const char *run = j->at;
        while (j->at < j->end && !escape_of((unsigned char)*j->at)) ascii &= (unsigned char)*j->at++ < 0x80;
        memcpy(j->memory, run, (size_t)(j->at - run));
        j->memory += j->at - run;
        if (j->at == j->end) return false;
        char c = *j->at++;
        if (c == '"') break;
        if (c != '\\' || !escape_read(j)) return false;
    }
    if (!ascii && !utf8_valid(start, (size_t)(j->memory - start))) return false;
    *j->memory++ = 0;
    *out = start;
    return true;
}

static bool integer_read(struct json *j, int64_t *out) {
    bool minus = json_take(j, "-");
    const char *start = j->at;
    uint64_t value = 0, most = (uint64_t)INT64_MAX + minus;
    for (; j->at < j->end && *j->at >= '0' && *j->at <= '9'; j->at++) {
        uint64_t digit = (uint64_t)(*j->at - '0');
        if (value > (most - digit) / 10) return false;
        value = value * 10 + digit;
    }
    if (j->at == start || (*start == '0' && (j->at - start > 1 || minus))) return false;
    *out = minus ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

static bool field_read(struct json *j, struct field *field) {
    *field = (struct field){.type = FIELD_NULL};
    if (!string_read(j, &field->key) || !key_valid(field->key) || !json_take(j, ":") || j->at == j->end) return false;
    if (*j->at == 'n') return json_take(j, "null");
    field->type = *j->at == '"' ? FIELD_TEXT : FIELD_INT;
    return field->type == FIELD_TEXT ? string_read(j, &field->text) : integer_read(j, &field->integer);
}

bool fields_parse(const char *json, size_t length, char *memory, struct field *fields, size_t *count) {
    struct json j = {json, json + length, memory};
    size_t n = 0;
    if (!json_take(&j, "{")) return false;
    while (j.at < j.end && *j.at != '}') {
        if (n == ENTRY_FIELDS_MAX || (n > 0 && !json_take(&j, ","))) return false;
        if (!field_read(&j, &fields[n])) return false;
        if (n > 0 && strcmp(fields[n - 1].key, fields[n].key) >= 0) return false;
        n++;
    }
    if (!json_take(&j, "}") || j.at != j.end) return false;
    *count = n;
    return true;
}
