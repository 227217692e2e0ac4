/* value.c - reading one value as people type it, telling what was expected where it cannot be read, and showing it. */
#include "register/value_inside.h"

#include "access/access.h"
#include "base/civil.h"
#include "base/printer.h"
#include "base/utf8.h"
#include "register/change.h"
#include "register/files.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <utf8proc.h>

enum {
    LINE_MAX_CHARACTERS = 500,
    LONG_MAX_CHARACTERS = 20000,
    FILE_NAME_MAX = 255,
    QUOTED_CHARACTERS = 40, /* of what was typed, in a note */
    MATCHES_MAX = 1000,     /* records of one name that are counted */
};

bool value_same(const struct value *a, const struct value *b) {
    if (a->kind != b->kind) return false;
    if (a->kind == VALUE_INT) return a->integer == b->integer;
    return a->kind == VALUE_NONE || !strcmp(a->text, b->text);
}

/* --- characters --- */

/* Length in bytes of the blank that s begins with, 0 if it begins with none. */
static size_t blank_at(const char *s) {
    static const char *const blanks[] = {" ", "\t", "\n", "\r", "\u00a0", "\u3000", "\ufeff", "\u200b"};
    for (size_t i = 0; i < COUNT_OF(blanks); i++) {
        size_t n = strlen(blanks[i]);
        if (!strncmp(s, blanks[i], n)) return n;
    }
    return 0;
}

char *value_trim(char *s) {
    for (size_t n; (n = blank_at(s));) s += n;
    char *end = s;
    for (char *p = s; *p;) {
        size_t n = blank_at(p);
        p += n ? n : 1;
        if (!n) end = p;
    }
    *end = 0;
    return s;
}

const char *quoted(const struct reading *r, const char *typed) {
    size_t bytes = 0, characters = 0, length = strlen(typed);
    uint32_t c;
    for (size_t n; characters < QUOTED_CHARACTERS && (n = utf8_decode(typed + bytes, length - bytes, &c)); characters++) bytes += n;
    const char *cut = arena_copyn(r->arena, typed, bytes);
    return bytes == length ? cut : arena_format(r->arena, "%s…", cut);
}

typedef utf8proc_uint8_t *normal_form(const utf8proc_uint8_t *s);

/* A normalised and trimmed copy, NULL if it cannot be made. */
static char *normalised(const struct reading *r, normal_form *form, const char *typed) {
    char *made = (char *)form((const utf8proc_uint8_t *)typed);
    char *copy = made ? arena_copy(r->arena, made) : NULL;
    free(made); /* the library's own allocation */
    return copy ? value_trim(copy) : NULL;
}

char *composed(const struct reading *r, const char *typed) { return normalised(r, utf8proc_NFC, typed); }

char *folded(const struct reading *r, const char *typed) {
    char *s = normalised(r, utf8proc_NFKC, typed);
    if (!s) return NULL;
    char *to = s;
    for (const char *p = s; *p;) {
        uint32_t c;
        size_t n = utf8_decode(p, strlen(p), &c);
        if (c == 0x2212 || (c >= 0x2010 && c <= 0x2014)) *to++ = '-', p += n;
        else
            for (; n; n--) *to++ = *p++;
    }
    *to = 0;
    return s;
}

bool character_is_control(uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

/* --- texts --- */

/* CR LF and lone CR become LF. */
static void one_line_end(char *s) {
    char *to = s;
    for (const char *p = s; *p; p++) {
        if (*p != '\r') *to++ = *p;
        else if (p[1] != '\n') *to++ = '\n';
    }
    *to = 0;
}

enum fault read_text(const struct reading *r, const char *typed, struct value *out) {
    bool lines = r->field->type == REG_LONG;
    char *s = composed(r, typed);
    if (!s) return REFUSE(r, "不是有效的文字编码，请以 UTF-8 保存后再试");
    one_line_end(s);
    if (!*s) return *out = (struct value){0}, FAULT_NONE;
    if (!lines && strchr(s, '\n')) return REFUSE(r, "这里只能填一行，如 {0}；请去掉换行", r->field->label);
    size_t count = 0, length = strlen(s);
    for (size_t at = 0; at < length; count++) {
        uint32_t c = 0;
        at += utf8_decode(s + at, length - at, &c);
        if (character_is_control(c) && c != '\n')
            return REFUSE(r, "第 {0} 个字是看不见的控制字符，请删去后重新输入", arena_format(r->arena, "%zu", count + 1));
    }
    size_t most = lines ? LONG_MAX_CHARACTERS : LINE_MAX_CHARACTERS;
    if (count > most)
        return REFUSE(r, "最多 {0} 个字，现有 {1} 个，请缩短", arena_format(r->arena, "%zu", most),
                      arena_format(r->arena, "%zu", count));
    *out = value_of_text(s);
    return FAULT_NONE;
}

/* "sha256:size:name", as the upload hands it over. */
static bool is_file(const char *s) {
    const char *name = NULL;
    size_t digits = strspn(s, "0123456789abcdef");
    if (digits == 64 && s[64] == ':') {
        const char *size = s + 65;
        size_t n = strspn(size, "0123456789");
        if (n && n <= 15 && size[n] == ':' && (size[0] != '0' || n == 1)) name = size + n + 1;
    }
    bool good = name && *name && utf8_count(name) <= FILE_NAME_MAX && !strpbrk(name, "/\\") && strcmp(name, ".") &&
                strcmp(name, "..");
    for (size_t at = 0, length = good ? strlen(name) : 0; at < length;) {
        uint32_t c = 0;
        at += utf8_decode(name + at, length - at, &c);
        if (character_is_control(c)) good = false;
    }
    return good;
}

/* One file or, where the field takes several, one a line. */
enum fault read_file(const struct reading *r, const char *typed, struct value *out) {
    static const char example[] = "sha256:大小:文件名";
    char *s = composed(r, typed);
    if (!s) return REFUSE(r, "不是有效的文字编码，请以 UTF-8 保存后再试");
    if (!*s) return *out = (struct value){0}, FAULT_NONE;
    size_t count;
    const char *const *files = file_values(r->arena, s, &count);
    if (count > REG_FILES && r->field->flags & SEVERAL) return REFUSE(r, "最多 {0} 个文件", arena_int(r->arena, REG_FILES));
    bool good = count == 1 || r->field->flags & SEVERAL;
    for (size_t i = 0; good && i < count; i++) good = is_file(files[i]);
    if (!good) return REFUSE(r, "应为已上传的文件，形如 {0}；现为“{1}”", example, quoted(r, typed));
    *out = value_of_text(s);
    return FAULT_NONE;
}

/* --- numbers --- */

/* Reads digits, perhaps in groups of three set off by commas, from *at on; false if there are none or the commas stand wrong.
 * *over is set when the number does not fit. */
static bool read_digits(const char **at, int64_t *number, bool *over) {
    const char *p = *at;
    int64_t n = 0;
    size_t group = 0, groups = 0;
    for (;; p++) {
        if (*p >= '0' && *p <= '9') {
            if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *p - '0', &n)) *over = true, n = 0;
            group++;
        } else if (*p == ',') {
            if (!group || group > 3 || (groups && group != 3)) return false;
            groups++;
            group = 0;
        } else {
            break;
        }
    }
    if (!group || (groups && group != 3)) return false;
    *at = p;
    *number = n;
    return true;
}

/* Skips a sign; tells whether it was minus. */
static bool skip_sign(const char **at) {
    bool minus = **at == '-';
    if (minus || **at == '+') ++*at;
    return minus;
}

static const char *skip_blanks(const char *s) { return s + strspn(s, " "); }

/* Is s empty but for blanks, or the word? */
static bool ends_with_word(const char *s, const char *word) {
    s = skip_blanks(s);
    return !*s || (word && !strcmp(s, word));
}

/* A whole number of the last decimal place, with its point. */
static const char *decimal_text(struct arena *arena, int64_t n, int decimals) {
    uint64_t size = n < 0 ? 0 - (uint64_t)n : (uint64_t)n, unit = 1;
    for (int i = 0; i < decimals; i++) unit *= 10;
    if (!decimals) return arena_int(arena, n);
    return arena_format(arena, "%s%llu.%0*llu", n < 0 ? "-" : "", (unsigned long long)(size / unit), decimals,
                        (unsigned long long)(size % unit));
}

int value_decimals(const struct reg_field *f) { return f->type == REG_MONEY ? 2 : f->type == REG_NUMBER ? f->decimals : 0; }

static const char *number_text(const struct reading *r, int64_t n) {
    if (r->field->type == REG_DURATION) return show_duration(r->field, &(struct value){VALUE_INT, n, NULL}, LANG_ZH, r->arena);
    return decimal_text(r->arena, n, value_decimals(r->field));
}

static enum fault within_bounds(const struct reading *r, int64_t n, struct value *out) {
    const struct reg_field *f = r->field;
    if (f->max > f->min && (n < f->min || n > f->max))
        return REFUSE(r, "应在 {0} 到 {1} 之间，现为 {2}", number_text(r, f->min), number_text(r, f->max), number_text(r, n));
    *out = value_of_int(n);
    return FAULT_NONE;
}

enum fault read_int(const struct reading *r, const char *s, struct value *out) {
    const char *at = s, *unit = r->field->unit ? normalised(r, utf8proc_NFKC, r->field->unit) : NULL;
    bool minus = skip_sign(&at), over = false;
    int64_t n = 0;
    bool good = read_digits(&at, &n, &over);
    if (good && at[0] == '.' && at[1] == '0') at += 1 + strspn(at + 1, "0"); /* spreadsheets write 12.0 */
    if (!good || !ends_with_word(at, unit)) return REFUSE(r, "应为整数，如 {0}；现为“{1}”", "12", quoted(r, s));
    if (over) return REFUSE(r, "应为不超过十八位的整数，如 {0}；现为“{1}”", "12", quoted(r, s));
    return within_bounds(r, minus ? -n : n, out);
}

/* Digits with at most so many decimals, as a whole number of the last place; `good` is false if that is not what stands there. */
static const char *read_decimal(const char *at, int decimals, int64_t *number, bool *good, bool *over, bool *fine) {
    int64_t whole = 0;
    *good = read_digits(&at, &whole, over);
    size_t found = 0;
    if (*good && *at == '.') {
        found = strspn(++at, "0123456789");
        *good = found > 0;
    }
    for (int i = 0; i < decimals; i++) {
        int digit = (size_t)i < found ? at[i] - '0' : 0;
        *over |= __builtin_mul_overflow(whole, 10, &whole) || __builtin_add_overflow(whole, digit, &whole);
    }
    *fine = found <= (size_t)decimals;
    *number = whole;
    return at + found;
}

enum fault read_number(const struct reading *r, const char *s, struct value *out) {
    const char *at = s, *unit = r->field->unit ? folded(r, r->field->unit) : NULL;
    bool minus = skip_sign(&at), good, over = false, fine;
    int64_t n;
    at = read_decimal(at, r->field->decimals, &n, &good, &over, &fine);
    if (!good || !ends_with_word(at, unit)) return REFUSE(r, "应为数，如 {0}；现为“{1}”", "12.5", quoted(r, s));
    if (!fine) return REFUSE(r, "最多 {0} 位小数；现为“{1}”", arena_int(r->arena, r->field->decimals), quoted(r, s));
    if (over) return REFUSE(r, "“{0}”太大，记不下；应形如 {1}", quoted(r, s), "12.5");
    return within_bounds(r, minus ? -n : n, out);
}

/* Yuan; 万元 is ten thousand of them, with up to six decimals. */
enum fault read_money(const struct reading *r, const char *s, struct value *out) {
    const char *at = s;
    bool minus = skip_sign(&at), over = false, good, fine;
    if (!strncmp(at, "¥", strlen("¥"))) at = skip_blanks(at + strlen("¥"));
    if (!minus) minus = skip_sign(&at);
    int64_t n;
    const char *from = at;
    at = read_decimal(from, 2, &n, &good, &over, &fine);
    size_t thousands = good ? word_at(skip_blanks(at), words_ten_thousand) : 0;
    if (thousands) {
        over = false;
        at = skip_blanks(read_decimal(from, 6, &n, &good, &over, &fine)) + thousands;
    }
    if (!good || !ends_with_word(at, "元")) return REFUSE(r, "应为以元为单位的金额，如 {0}；现为“{1}”", "1234.50", quoted(r, s));
    if (!fine) return REFUSE(r, "金额最多两位小数，如 {0}；现为“{1}”", "1234.50", quoted(r, s));
    if (over) return REFUSE(r, "金额“{0}”太大，记不下；应形如 {1}", quoted(r, s), "1234.50");
    return within_bounds(r, minus ? -n : n, out);
}

/* Minutes; what reads durations does not know the field's bounds. */
enum fault read_bounded_duration(const struct reading *r, const char *s, struct value *out) {
    enum fault f = read_duration(r, s, out);
    return f ? f : within_bounds(r, out->integer, out);
}

/* --- dates --- */

/* Up to `most` digits from *at on; 0 if there are none. */
static int read_part(const char **at, int most) {
    const char *p = skip_blanks(*at);
    int n = 0, digits = 0;
    for (; *p >= '0' && *p <= '9' && digits <= most; p++, digits++) n = n * 10 + (*p - '0');
    *at = p;
    return digits > most ? 0 : n;
}

static bool skip_word(const char **at, const char *word) {
    const char *p = skip_blanks(*at);
    if (strncmp(p, word, strlen(word))) return false;
    *at = p + strlen(word);
    return true;
}

/* What may stand behind a date: nothing, or midnight as spreadsheets write it. */
static bool ends_at_midnight(const char *s) {
    s = skip_blanks(s);
    if (*s == 'T') s++;
    if (!*s) return true;
    bool colon = false;
    for (; *s == '0' || *s == ':' || *s == '.'; s++) colon = colon || *s == ':';
    return colon && (!*s || !strcmp(s, "Z"));
}

bool date_parts(const char *s, int part[3], const char **rest) {
    if (strspn(s, "0123456789") == 8) {
        char digits[9] = {0};
        memcpy(digits, s, 8);
        int n = (int)strtol(digits, NULL, 10);
        part[0] = n / 10000, part[1] = n / 100 % 100, part[2] = n % 100;
        *rest = s + 8;
        return true;
    }
    static const char *const marks[][3] = {{"-", "-", ""}, {"/", "/", ""}, {".", ".", ""}, {"年", "月", "日"}, {"年", "月", "号"}};
    if (strspn(s, "0123456789") != 4) return false;
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        const char *at = s;
        part[0] = read_part(&at, 4);
        if (!skip_word(&at, marks[i][0])) continue;
        part[1] = read_part(&at, 2);
        if (!part[1] || !skip_word(&at, marks[i][1])) continue;
        part[2] = read_part(&at, 2);
        bool word = marks[i][2][0] && skip_word(&at, marks[i][2]); /* 2019年3月1 is read, too */
        *rest = at;
        if (part[2] && (word || blank_at(at) || !*at || *at == 'T')) return true;
    }
    return false;
}

enum fault read_date(const struct reading *r, const char *s, struct value *out) {
    int part[3];
    const char *rest;
    if (!date_parts(s, part, &rest) || !ends_at_midnight(rest))
        return REFUSE(r, "应为日期，如 {0}；现为“{1}”", "2019-03-01", quoted(r, s));
    if (!civil_valid(part[0], part[1], part[2])) return REFUSE(r, "没有“{0}”这一天；应为日期，如 {1}", quoted(r, s), "2019-03-01");
    char text[CIVIL_TEXT];
    civil_format(civil_from_ymd(part[0], part[1], part[2]), text);
    *out = value_of_text(arena_copy(r->arena, text));
    return FAULT_NONE;
}

/* --- words of a list --- */

enum fault read_yesno(const struct reading *r, const char *s, struct value *out) {
    static const char *const words[2][8] = {{"否", "无", "no", "n", "false", "0", "×"}, {"是", "有", "yes", "y", "true", "1", "√"}};
    for (int answer = 0; answer < 2; answer++)
        for (size_t i = 0; words[answer][i]; i++)
            if (!strcasecmp(s, words[answer][i])) return *out = value_of_int(answer), FAULT_NONE;
    return REFUSE(r, "应为“是”或“否”，如 {0}；现为“{1}”", "是", quoted(r, s));
}

/* Is s the word, or the word in another language? */
static bool word_named(const struct reading *r, const char *s, const char *word) {
    if (!word) return false;
    for (int lang = 0; lang < LANG_COUNT; lang++) {
        const char *shown = normalised(r, utf8proc_NFKC, lang_tr((enum lang)lang, word));
        if (shown && !strcasecmp(s, shown)) return true;
    }
    return false;
}

enum fault read_choice(const struct reading *r, const char *s, struct value *out) {
    const struct reg_choice *choices = r->field->choices;
    size_t count = 0;
    while (count < REG_CHOICES && choices[count].key) count++;
    for (size_t i = 0; i < count; i++)
        if (!strcmp(s, choices[i].key)) return *out = value_of_text(choices[i].key), FAULT_NONE;
    for (size_t i = 0; i < count; i++)
        if (!strcasecmp(s, choices[i].key) || word_named(r, s, choices[i].label))
            return *out = value_of_text(choices[i].key), FAULT_NONE;
    const char *list = "";
    for (size_t i = 0; i < count; i++)
        list = arena_format(r->arena, "%s%s%s", list, i ? "、" : "", choices[i].label ? choices[i].label : choices[i].key);
    return REFUSE(r, "应为以下之一：{0}；现为“{1}”", list, quoted(r, s));
}

/* --- references --- */

struct found {
    struct id id;
    int64_t count;
};

/* Records of `to` (not withdrawn) whose field has the value. */
static enum fault find_by_value(struct conn *conn, const struct reading *r, const struct reg *to, const struct reg_field *by,
                                const struct value *value, struct found *out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    const char *sql = arena_format(r->arena, "SELECT id FROM r_%s WHERE tenant = ?1 AND withdrawn = 0 AND f_%s = ?2 LIMIT ?3",
                                   to->key, by->key);
    enum fault f = stmt_open(conn, sql, &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    if (value->kind == VALUE_INT) stmt_bind_int(s, 2, value->integer);
    else stmt_bind_text(s, 2, value->text);
    stmt_bind_int(s, 3, MATCHES_MAX);
    struct found found = {0};
    for (bool row; !(f = stmt_step(s, &row)) && row;)
        if (stmt_id(s, 0, &found.id)) found.count++;
    if (!f) *out = found;
    return f;
}

static enum fault find_by_id(const struct reading *r, const struct reg *to, const struct id *id, bool *there) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    enum fault f = stmt_open(r->conn, arena_format(r->arena, "SELECT 1 FROM r_%s WHERE tenant = ?1 AND id = ?2", to->key), &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_id(s, 2, id);
    return stmt_step(s, there);
}

/* Records that `typed` names by this field: as typed, else with full-width forms folded. */
static enum fault find_by_field(const struct reading *r, const struct reg *to, const struct reg_field *by, const char *typed,
                                struct found *out) {
    *out = (struct found){0};
    if (by->type != REG_TEXT && by->type != REG_INT && by->type != REG_DATE) return FAULT_NONE;
    struct reading quiet = {
        .field = by, .arena = r->arena, .place = ""}; /* what cannot be read as this field does not name by it */
    const char *plain = folded(r, typed);
    for (int round = 0; round < 2 && !out->count; round++) {
        const char *s = round ? plain : typed;
        if (!s || (round && !strcmp(s, typed))) break;
        struct value value = {0};
        enum fault f = by->type == REG_TEXT ? read_text(&quiet, s, &value)
                     : by->type == REG_DATE ? read_date(&quiet, plain ? plain : s, &value)
                                            : read_int(&quiet, plain ? plain : s, &value);
        if (f || value.kind == VALUE_NONE) continue;
        f = find_by_value(r->conn, r, to, by, &value, out);
        if (f) return f;
    }
    return FAULT_NONE;
}

static enum fault read_named_reference(const struct reading *r, const struct reg *to, const char *typed, struct value *out) {
    struct found found = {0};
    const struct reg_field *name = reg_name_field(to), *key = NULL;
    for (size_t i = 0; i < to->field_count && !found.count; i++) {
        if (!(to->fields[i].flags & KEY)) continue;
        if (!key) key = &to->fields[i];
        enum fault f = find_by_field(r, to, &to->fields[i], typed, &found);
        if (f) return f;
    }
    if (!found.count && name) {
        enum fault f = find_by_field(r, to, name, typed, &found);
        if (f) return f;
    }
    if (!found.count) return REFUSE(r, "没有叫“{0}”的{1}", quoted(r, typed), to->label);
    if (found.count > 1) {
        const char *count = arena_format(r->arena, found.count == MATCHES_MAX ? "%lld+" : "%lld", (long long)found.count);
        if (key && key != name)
            return REFUSE(r, "有 {0} 条{1}叫“{2}”，分不清是哪一条；请改填它的“{3}”", count, to->label, quoted(r, typed),
                          key->label);
        return REFUSE(r, "有 {0} 条{1}叫“{2}”，分不清是哪一条；请从列表中选，或填 26 位编号", count, to->label, quoted(r, typed));
    }
    char text[ID_TEXT];
    id_format(&found.id, text);
    *out = value_of_text(arena_copy(r->arena, text));
    return FAULT_NONE;
}

/* A record by its id (also one withdrawn since: the reference may be older), by a key field, or by its name. */
enum fault read_reference(const struct reading *r, const char *s, struct value *out) {
    const struct reg *to = r->registers && r->field->to ? register_named(r->registers, r->field->to) : NULL;
    bool ask = r->conn && to;
    struct id id;
    char *lower = arena_copy(r->arena, s);
    for (char *p = lower; *p; p++)
        if (*p >= 'A' && *p <= 'Z') *p = (char)(*p - 'A' + 'a');
    bool is_id = id_parse(lower, &id), there = !ask;
    if (is_id && ask) {
        enum fault f = find_by_id(r, to, &id, &there);
        if (f) return f;
    }
    if (is_id && there) return *out = value_of_text(lower), FAULT_NONE;
    if (!ask) return REFUSE(r, "应为 26 位编号，如 {0}；现为“{1}”", "01h2xcejqtf2nbrexx3vqjhp41", quoted(r, s));
    return read_named_reference(r, to, s, out);
}

/* --- showing --- */

const char *show_text(const struct reg_field *field, const struct value *value, enum lang lang, struct arena *arena) {
    (void)field, (void)lang, (void)arena;
    return value->text;
}

const char *show_decimal(const struct reg_field *field, const struct value *value, enum lang lang, struct arena *arena) {
    (void)lang;
    return decimal_text(arena, value->integer, value_decimals(field));
}

const char *show_yesno(const struct reg_field *field, const struct value *value, enum lang lang, struct arena *arena) {
    (void)field, (void)arena;
    return lang_tr(lang, value->integer ? "是" : "否");
}

const char *show_choice(const struct reg_field *field, const struct value *value, enum lang lang, struct arena *arena) {
    (void)arena;
    return lang_tr(lang, reg_choice_label(field, value->text));
}

/* The names behind "sha256:size:". */
const char *show_file(const struct reg_field *field, const struct value *value, enum lang lang, struct arena *arena) {
    (void)field, (void)lang;
    size_t count;
    const char *const *files = file_values(arena, value->text, &count);
    _cleanup_(text_release) struct text names;
    text_init(&names, REG_FILES * FILE_VALUE_MAX);
    for (size_t i = 0; i < count; i++) {
        char hash[65];
        const char *name = files[i];
        (void)file_value_parse(files[i], hash, &name);
        if (i) text_add(&names, "、");
        text_add(&names, name);
    }
    return arena_copy(arena, names.at);
}

bool value_has_line(const char *lines, const char *one) {
    size_t n = strlen(one);
    for (const char *p = lines; (p = strstr(p, one)); p++)
        if ((p == lines || p[-1] == '\n') && (p[n] == '\n' || !p[n])) return true;
    return false;
}

const char *record_words(const struct reg *reg, const struct value *values, struct arena *arena) {
    _cleanup_(text_release) struct text words;
    text_init(&words, 1 << 20);
    for (size_t i = 0; i < reg->field_count; i++) {
        const struct reg_field *f = &reg->fields[i];
        if (values[i].kind != VALUE_TEXT || f->flags & PRIVATE || f->type == REG_REF || f->type == REG_REFS || f->type == REG_FILE)
            continue;
        text_add(&words, value_show(f, &values[i], LANG_ZH, arena));
        text_addc(&words, '\n');
    }
    return arena_copyn(arena, words.length ? words.at : "", words.length);
}
