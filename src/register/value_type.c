/* value_type.c - the one table of types: how a value of each is read, shown, compared, offered in a form and described to programs. */
#include "register/value_inside.h"

#include "base/printer.h"
#include "base/utf8.h"
#include "register/files.h"

#include <string.h>

enum {
    TYPED_MAX_BYTES = 160000, /* more is refused before it is looked at */
    SHORT_MAX_BYTES = 4000,   /* the same for all but texts */
    FILES_MAX_BYTES = REG_FILES * FILE_VALUE_MAX,
};

/* How what was typed is made plain before it is read. */
enum plain {
    PLAIN_NOT,    /* the reader does it */
    PLAIN_NFC,    /* composed */
    PLAIN_FOLDED, /* full-width and other forms of the same signs made one */
};

#define STRING "\"type\":\"string\""
#define ID_PATTERN STRING ",\"pattern\":\"^[0-9a-z]{26}$\""

static const struct type {
    struct value_type open; /* what others may know of it */
    enum plain plain;
    size_t typed_max;
    value_reader *read;
    value_shower *show;
    const char *schema; /* JSON Schema of the API's form, less what depends on the field */
} types[REG_TYPE_COUNT] = {
    [REG_TEXT] = {{"text", VALUE_TEXT, SORT_TEXT, CONTROL_TEXT, SHAPE_KEPT, .expects = "文字，一行", .unique = true,
                   .column = true},
                  PLAIN_NOT,
                  TYPED_MAX_BYTES,
                  read_text,
                  show_text,
                  STRING ",\"maxLength\":500"},
    [REG_LONG] = {{"long", VALUE_TEXT, SORT_TEXT, CONTROL_LONG, SHAPE_KEPT, .expects = "文字，可以多行"},
                  PLAIN_NOT,
                  TYPED_MAX_BYTES,
                  read_text,
                  show_text,
                  STRING ",\"maxLength\":20000"},
    [REG_INT] = {{"int", VALUE_INT, SORT_NUMBER, CONTROL_INT, SHAPE_INTEGER, .expects = "整数，如 12", .figure = true,
                  .reckons = true, .unique = true, .column = true},
                 PLAIN_FOLDED,
                 SHORT_MAX_BYTES,
                 read_int,
                 show_decimal,
                 "\"type\":\"integer\""},
    [REG_MONEY] = {{"money", VALUE_INT, SORT_NUMBER, CONTROL_MONEY, SHAPE_SHOWN,
                    .expects = "金额，单位为元，如 1234.50；也可写 1.5万元", .figure = true, .reckons = true, .column = true},
                   PLAIN_FOLDED,
                   SHORT_MAX_BYTES,
                   read_money,
                   show_decimal,
                   STRING},
    [REG_DATE] = {{"date", VALUE_TEXT, SORT_DATE, CONTROL_DATE, SHAPE_SHOWN, .expects = "日期，如 2019-03-01", .unique = true,
                   .column = true},
                  PLAIN_FOLDED,
                  SHORT_MAX_BYTES,
                  read_date,
                  show_text,
                  STRING ",\"format\":\"date\""},
    [REG_CHOICE] = {{"choice", VALUE_TEXT, SORT_WORD, CONTROL_CHOICE, SHAPE_KEPT, .choices = true, .column = true},
                    PLAIN_FOLDED,
                    SHORT_MAX_BYTES,
                    read_choice,
                    show_choice,
                    STRING},
    [REG_YESNO] = {{"yesno", VALUE_INT, SORT_YESNO, CONTROL_CHOICE, SHAPE_BOOLEAN, .expects = "“是”或“否”", .column = true},
                   PLAIN_FOLDED,
                   SHORT_MAX_BYTES,
                   read_yesno,
                   show_yesno,
                   "\"type\":\"boolean\""},
    [REG_REF] = {{"ref", VALUE_TEXT, SORT_RECORD, CONTROL_REF, SHAPE_KEPT, .refers = true},
                 PLAIN_NFC,
                 SHORT_MAX_BYTES,
                 read_reference,
                 show_text,
                 ID_PATTERN},
    [REG_FILE] = {{"file", VALUE_TEXT, SORT_PRESENCE, CONTROL_FILE, SHAPE_KEPT, .expects = "文件"},
                  PLAIN_NOT,
                  FILES_MAX_BYTES,
                  read_file,
                  show_file,
                  STRING},
    [REG_NUMBER] = {{"number", VALUE_INT, SORT_NUMBER, CONTROL_NUMBER, SHAPE_SHOWN, .expects = "数，如 12.5", .told = true,
                     .figure = true, .reckons = true, .column = true},
                    PLAIN_FOLDED,
                    SHORT_MAX_BYTES,
                    read_number,
                    show_decimal,
                    STRING},
    [REG_MOMENT] = {{"moment", VALUE_INT, SORT_MOMENT, CONTROL_MOMENT, SHAPE_SHOWN, .expects = "日期和时间，如 2019-03-01 14:30"},
                    PLAIN_FOLDED,
                    SHORT_MAX_BYTES,
                    read_moment,
                    show_moment,
                    STRING ",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}$\""},
    [REG_DURATION] = {{"duration", VALUE_INT, SORT_NUMBER, CONTROL_TEXT, SHAPE_INTEGER, .expects = "时长，如 2小时30分",
                       .told = true, .reckons = true, .integer_suffix = "min"},
                      PLAIN_FOLDED,
                      SHORT_MAX_BYTES,
                      read_bounded_duration,
                      show_duration,
                      "\"type\":\"integer\",\"description\":\"minutes\""},
    [REG_SET] = {{"set", VALUE_TEXT, SORT_SET, CONTROL_SET, SHAPE_LINES, .choices = true},
                 PLAIN_FOLDED,
                 SHORT_MAX_BYTES,
                 read_set,
                 show_set,
                 "\"type\":\"array\",\"uniqueItems\":true"},
    [REG_REFS] = {{"refs", VALUE_TEXT, SORT_RECORDS, CONTROL_LONG, SHAPE_LINES, .refers = true},
                  PLAIN_NFC,
                  TYPED_MAX_BYTES,
                  read_references,
                  show_text,
                  "\"type\":\"array\",\"items\":{" ID_PATTERN "},\"maxItems\":100"},
    [REG_NETWORK] = {{"network", VALUE_TEXT, SORT_NETWORK, CONTROL_TEXT, SHAPE_SHOWN,
                      .expects = "IP 地址或网段，如 192.168.1.10、192.168.1.0/24", .told = true, .unique = true},
                     PLAIN_FOLDED,
                     SHORT_MAX_BYTES,
                     read_network,
                     show_network,
                     STRING ",\"anyOf\":[{\"format\":\"ipv4\"},{\"format\":\"ipv6\"},{\"pattern\":\"^[0-9a-f.:]+/[0-9]{1,3}$\"}]"},
    [REG_MAC] = {{"mac", VALUE_TEXT, SORT_CODE, CONTROL_TEXT, SHAPE_KEPT, .expects = "MAC 地址，如 3c:52:82:4a:0b:1f", .told = true,
                  .unique = true},
                 PLAIN_FOLDED,
                 SHORT_MAX_BYTES,
                 read_mac,
                 show_text,
                 STRING ",\"pattern\":\"^([0-9a-f]{2}:){5}[0-9a-f]{2}$\""},
    [REG_PHONE] = {{"phone", VALUE_TEXT, SORT_CODE, CONTROL_TEXT, SHAPE_KEPT, .expects = "电话号码，如 13800138000、0551-62901234",
                    .told = true, .keys = "tel", .unique = true},
                   PLAIN_FOLDED,
                   SHORT_MAX_BYTES,
                   read_phone,
                   show_text,
                   STRING ",\"pattern\":\"^(\\\\+[0-9]{6,15}|[0-9]{3,11}|0[0-9]{2,3}-[0-9]{7,8})(\\u8f6c[0-9]{1,6})?$\""},
    [REG_MAIL] = {{"mail", VALUE_TEXT, SORT_CODE, CONTROL_TEXT, SHAPE_KEPT, .expects = "电子邮箱，如 zhang@example.cn",
                   .told = true, .keys = "email", .unique = true},
                  PLAIN_FOLDED,
                  SHORT_MAX_BYTES,
                  read_mail,
                  show_text,
                  STRING ",\"format\":\"email\""},
    [REG_URL] = {{"url", VALUE_TEXT, SORT_CODE, CONTROL_TEXT, SHAPE_KEPT, .expects = "网址，如 https://www.example.cn/",
                  .told = true, .keys = "url", .unique = true},
                 PLAIN_NFC,
                 SHORT_MAX_BYTES,
                 read_url,
                 show_text,
                 STRING ",\"pattern\":\"^https?://\""},
    [REG_IDENTITY] = {{"identity", VALUE_TEXT, SORT_CODE, CONTROL_TEXT, SHAPE_KEPT,
                       .expects = "18 位身份证号码，如 11010519491231002X", .told = true, .unique = true},
                      PLAIN_FOLDED,
                      SHORT_MAX_BYTES,
                      read_identity,
                      show_text,
                      STRING ",\"pattern\":\"^[1-9][0-9]{16}[0-9X]$\""},
    [REG_CREDIT] = {{"credit", VALUE_TEXT, SORT_CODE, CONTROL_TEXT, SHAPE_KEPT,
                     .expects = "18 位统一社会信用代码，如 91350100M000100Y43", .told = true, .unique = true},
                    PLAIN_FOLDED,
                    SHORT_MAX_BYTES,
                    read_credit,
                    show_text,
                    STRING ",\"pattern\":\"^[0-9A-HJ-NPQRTUWXY]{18}$\""},
    [REG_PLATE] = {{"plate", VALUE_TEXT, SORT_CODE, CONTROL_TEXT, SHAPE_KEPT, .expects = "车牌号，如 皖A12345、皖AD12345",
                    .told = true, .unique = true},
                   PLAIN_FOLDED,
                   SHORT_MAX_BYTES,
                   read_plate,
                   show_text,
                   STRING ",\"minLength\":7,\"maxLength\":9"},
    [REG_PLACE] = {{"place", VALUE_TEXT, SORT_PRESENCE, CONTROL_TEXT, SHAPE_SHOWN,
                    .expects = "纬度和经度（WGS-84），如 31.8206, 117.2272", .told = true},
                   PLAIN_FOLDED,
                   SHORT_MAX_BYTES,
                   read_place,
                   show_place,
                   STRING ",\"pattern\":\"^-?[0-9]{1,2}\\\\.[0-9]{6}, -?[0-9]{1,3}\\\\.[0-9]{6}$\""},
    [REG_TABLE] = {{"table", VALUE_TEXT, SORT_PRESENCE, CONTROL_LONG, SHAPE_ROWS},
                   PLAIN_NFC,
                   TYPED_MAX_BYTES,
                   read_table,
                   show_table,
                   "\"type\":\"array\""},
};

const struct value_type *value_type(enum reg_type type) { return &types[type].open; }

bool value_type_named(const char *key, enum reg_type *out) {
    for (int i = 0; i < REG_TYPE_COUNT; i++)
        if (!strcmp(types[i].open.key, key)) return *out = (enum reg_type)i, true;
    return false;
}

bool value_is_number(enum reg_type type) { return types[type].open.kind == VALUE_INT; }

enum value_shape value_shape(const struct reg_field *field) {
    return field->type == REG_FILE && field->flags & SEVERAL ? SHAPE_LINES : types[field->type].open.shape;
}

/* --- reading and showing --- */

enum fault value_read(const struct registers *registers, struct conn *conn, const struct reg_field *field, const char *typed,
                      const char *place, struct arena *arena, struct notes *notes, struct value *out) {
    struct reading reading = {registers, conn, field, place ? place : field->key, arena, notes}, *r = &reading;
    const struct type *type = &types[field->type];
    size_t length = typed ? strlen(typed) : 0;
    if (!length) return *out = (struct value){0}, FAULT_NONE;
    if (length > type->typed_max)
        return REFUSE(r, "太长：最多 {0} 字节，现有 {1}；请缩短", arena_int(arena, (int64_t)type->typed_max),
                      arena_int(arena, (int64_t)length));
    if (!utf8_valid(typed, length)) return REFUSE(r, "不是有效的文字编码，请以 UTF-8 保存后再试");
    if (type->plain == PLAIN_NOT) return type->read(r, typed, out);
    char *s = type->plain == PLAIN_NFC ? composed(r, typed) : folded(r, typed);
    if (!s) return REFUSE(r, "不是有效的文字编码，请以 UTF-8 保存后再试");
    if (!*s) return *out = (struct value){0}, FAULT_NONE;
    return type->read(r, s, out);
}

const char *value_show(const struct reg_field *field, const struct value *value, enum lang lang, struct arena *arena) {
    return value->kind == VALUE_NONE ? "" : types[field->type].show(field, value, lang, arena);
}

/* --- the form that programs see --- */

static void schema_choices(const struct reg_field *field, struct text *out) {
    text_add(out, "\"enum\":[");
    for (size_t i = 0; i < REG_CHOICES && field->choices[i].key; i++) {
        if (i) text_addc(out, ',');
        json_text(out, field->choices[i].key);
    }
    text_addc(out, ']');
}

/* The rows of a small table; a cell that need not be there may be null. */
static void schema_rows(const struct reg_field *field, struct text *out) {
    text_format(out, ",\"maxItems\":%d,\"items\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{", REG_ROWS);
    for (size_t i = 0; i < field->column_count; i++) {
        const struct reg_field *column = &field->columns[i];
        bool needed = column->flags & REQUIRED;
        if (i) text_addc(out, ',');
        json_text(out, column->key);
        text_add(out, needed ? ":" : ":{\"anyOf\":[");
        value_schema(column, out);
        if (!needed) text_add(out, ",{\"type\":\"null\"}]}");
    }
    text_add(out, "},\"required\":[");
    const char *comma = "";
    for (size_t i = 0; i < field->column_count; i++) {
        if (!(field->columns[i].flags & REQUIRED)) continue;
        text_add(out, comma);
        json_text(out, field->columns[i].key);
        comma = ",";
    }
    text_add(out, "]}");
}

void value_schema(const struct reg_field *field, struct text *out) {
    enum value_shape shape = value_shape(field);
    text_add(out, "{\"title\":");
    json_text(out, field->label ? field->label : field->key);
    if (field->type == REG_FILE && shape == SHAPE_LINES)
        text_format(out, ",\"type\":\"array\",\"items\":{%s},\"maxItems\":%d", types[REG_FILE].schema, REG_FILES);
    else text_format(out, ",%s", types[field->type].schema);
    if (field->type == REG_CHOICE) text_addc(out, ','), schema_choices(field, out);
    if (field->type == REG_SET) text_add(out, ",\"items\":{" STRING ","), schema_choices(field, out), text_addc(out, '}');
    if (shape == SHAPE_INTEGER && field->max > field->min)
        text_format(out, ",\"minimum\":%lld,\"maximum\":%lld", (long long)field->min, (long long)field->max);
    if (value_decimals(field)) text_format(out, ",\"pattern\":\"^-?[0-9]+(\\\\.[0-9]{1,%d})?$\"", value_decimals(field));
    if (shape == SHAPE_ROWS) schema_rows(field, out);
    if (field->compute) text_add(out, ",\"readOnly\":true");
    text_addc(out, '}');
}

static void json_lines(const char *lines, struct text *out) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, TYPED_MAX_BYTES + 1000);
    char *rest = arena_copy(&arena, lines), *line;
    text_addc(out, '[');
    for (const char *comma = ""; (line = strsep(&rest, "\n")); comma = ",") {
        text_add(out, comma);
        json_text(out, line);
    }
    text_addc(out, ']');
}

static void json_rows(const struct reg_field *field, const char *kept, struct text *out) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, TYPED_MAX_BYTES + 1000);
    char *rows = arena_copy(&arena, kept), *row;
    text_addc(out, '[');
    for (const char *comma = ""; (row = strsep(&rows, "\n")); comma = ",") {
        text_format(out, "%s{", comma);
        for (size_t i = 0; i < field->column_count; i++) {
            char *cell = row ? strsep(&row, "\t") : NULL;
            struct value v = value_cell(&field->columns[i], cell ? cell : "");
            if (i) text_addc(out, ',');
            json_text(out, field->columns[i].key);
            text_addc(out, ':');
            value_json(&field->columns[i], &v, out);
        }
        text_addc(out, '}');
    }
    text_addc(out, ']');
}

void value_json(const struct reg_field *field, const struct value *v, struct text *out) {
    if (v->kind == VALUE_NONE) {
        text_add(out, "null");
        return;
    }
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 10000);
    switch (value_shape(field)) {
    case SHAPE_KEPT: json_text(out, v->text); break;
    case SHAPE_SHOWN: json_text(out, value_show(field, v, LANG_ZH, &arena)); break;
    case SHAPE_INTEGER: text_add_int(out, v->integer); break;
    case SHAPE_BOOLEAN: text_add(out, v->integer ? "true" : "false"); break;
    case SHAPE_LINES: json_lines(v->text, out); break;
    case SHAPE_ROWS: json_rows(field, v->text, out); break;
    }
}
