/* fuzz_value.c - any text as a value of each type: refused with one note, or kept in a form that reads back as the same value. */
#include "base/utf8.h"
#include "register/value.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const struct reg_field columns[] = {
    {"name", "名称", REG_TEXT, REQUIRED}, {"count", "数量", REG_INT}, {"price", "单价", REG_MONEY}, {"day", "日期", REG_DATE}};
static const struct reg_field fields[] = {
    {"text", "文本", REG_TEXT},
    {"long", "长文本", REG_LONG},
    {"int", "整数", REG_INT, .unit = "人"},
    {"share", "比例", REG_INT, .min = 0, .max = 100},
    {"money", "金额", REG_MONEY},
    {"date", "日期", REG_DATE},
    {"choice", "选择", REG_CHOICE, .choices = {{"fire", "消防"}, {"water", "给 水"}}},
    {"yesno", "是否", REG_YESNO},
    {"ref", "引用", REG_REF, .to = "person"},
    {"file", "文件", REG_FILE},
    {"number", "长度", REG_NUMBER, .decimals = 2, .unit = "米"},
    {"moment", "时刻", REG_MOMENT},
    {"duration", "时长", REG_DURATION},
    {"set", "多选", REG_SET, .choices = {{"fire", "消防"}, {"water", "给 水"}}},
    {"refs", "多人", REG_REFS, .to = "person"},
    {"network", "网段", REG_NETWORK},
    {"mac", "MAC", REG_MAC},
    {"phone", "电话", REG_PHONE},
    {"mail", "邮箱", REG_MAIL},
    {"url", "网址", REG_URL},
    {"identity", "身份证号", REG_IDENTITY},
    {"credit", "信用代码", REG_CREDIT},
    {"plate", "车牌", REG_PLATE},
    {"place", "位置", REG_PLACE},
    {"table", "明细", REG_TABLE, .columns = columns, .column_count = 4},
};

static void read_one(const struct reg_field *field, const char *typed, struct arena *arena) {
    struct notes notes;
    notes_init(&notes, arena);
    struct value v = {.kind = VALUE_INT, .integer = 77}, again;
    enum fault f = value_read(NULL, NULL, field, typed, NULL, arena, &notes, &v);
    if (f) {
        assert(f == FAULT_INPUT && notes.count == 1 && v.integer == 77);
        assert(!strcmp(notes.first->place, field->key));
        return;
    }
    assert(!notes.count);
    if (v.kind == VALUE_NONE) return;
    bool number = value_is_number(field->type),
         own_form = field->type == REG_FILE || field->type == REG_REF || field->type == REG_REFS;
    assert(v.kind == (number ? VALUE_INT : VALUE_TEXT));
    if (field->max > field->min) assert(v.integer >= field->min && v.integer <= field->max);
    if (!number) assert(v.text[0] && utf8_valid(v.text, strlen(v.text)));
    const char *shown = own_form ? v.text : value_show(field, &v, LANG_ZH, arena);
    f = value_read(NULL, NULL, field, shown, NULL, arena, &notes, &again);
    if (f || !value_same(&v, &again)) {
        fprintf(stderr, "%s: “%s” is kept as “%s” and shown as “%s”, which reads otherwise\n", field->key, typed,
                v.text ? v.text : "(number)", shown);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        _cleanup_(arena_release) struct arena arena;
        arena_init(&arena, 2 << 20);
        read_one(&fields[i], arena_copyn(&arena, bytes, length), &arena);
        assert(!arena_over(&arena));
    }
    return 0;
}
