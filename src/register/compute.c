/* compute.c - computed fields: a recursive descent over the expression, which checks it and, given values, reckons it. */
#include "register/compute.h"

#include "base/civil.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 16, DIVIDED_DECIMALS = 9, SCALE_MAX = 15, NAME_MAX_BYTES = 41 };

__extension__ typedef __int128 wide; /* products of two kept numbers fit */

/* A decimal number: `n` of the `scale`-th decimal place. `none`: there is no value. */
struct amount {
    wide n;
    int scale;
    bool none;
};

struct parse {
    const struct reg *reg;
    const struct value *values; /* NULL: only checked */
    const char *text, *at;
    int depth;
    const char *wrong; /* the sentence, once something is */
    const char *about; /* what it is about: {0} */
    bool secret;       /* it reckons with a private field */
    char name[NAME_MAX_BYTES];
};

#define LARGEST ((wide)1 << 100)
static const struct amount nothing = {0, 0, true};

static struct amount sum_of(struct parse *p);

static struct amount fail(struct parse *p, const char *sentence) {
    if (!p->wrong) p->wrong = sentence;
    return nothing;
}

static void blanks(struct parse *p) { p->at += strspn(p->at, " "); }

static bool sign(struct parse *p, char c) {
    blanks(p);
    if (*p->at != c) return false;
    p->at++;
    return true;
}

static struct amount fitting(wide n, int scale) {
    return n > LARGEST || n < -LARGEST || scale > SCALE_MAX ? nothing : (struct amount){n, scale, false};
}

static wide ten_to(int power) {
    wide n = 1;
    while (power-- > 0) n *= 10;
    return n;
}

/* Rounded half away from zero. */
static wide divided(wide n, wide by) {
    wide half = by < 0 ? -by / 2 : by / 2;
    return (n + ((n < 0) == (by < 0) ? half : -half) * (by < 0 ? -1 : 1)) / by;
}

static struct amount rescaled(struct amount a, int scale) {
    if (a.none || a.scale == scale) return a;
    if (a.scale < scale) return fitting(a.n * ten_to(scale - a.scale), scale);
    return (struct amount){divided(a.n, ten_to(a.scale - scale)), scale, false};
}

static struct amount added(struct amount a, struct amount b, int way) {
    if (a.none || b.none) return nothing;
    int scale = a.scale > b.scale ? a.scale : b.scale;
    a = rescaled(a, scale);
    b = rescaled(b, scale);
    return a.none || b.none ? nothing : fitting(a.n + way * b.n, scale);
}

static struct amount multiplied(struct amount a, struct amount b) {
    wide n;
    if (a.none || b.none || __builtin_mul_overflow(a.n, b.n, &n)) return nothing;
    struct amount out = {n, a.scale + b.scale, false};
    return out.scale > DIVIDED_DECIMALS ? rescaled(out, DIVIDED_DECIMALS) : fitting(n, out.scale);
}

static struct amount quotient(struct amount a, struct amount b) {
    wide n;
    if (a.none || b.none || !b.n) return nothing;
    if (__builtin_mul_overflow(a.n, ten_to(DIVIDED_DECIMALS - a.scale + b.scale), &n)) return nothing;
    return fitting(divided(n, b.n), DIVIDED_DECIMALS);
}

static const struct reg_field *name_of(struct parse *p) {
    blanks(p);
    size_t n = strspn(p->at, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (n >= sizeof p->name) n = sizeof p->name - 1;
    memcpy(p->name, p->at, n);
    p->name[n] = 0;
    p->at += n;
    return reg_field_named(p->reg, p->name);
}

static const struct value *value_at(const struct parse *p, const struct reg_field *f) { return &p->values[f - p->reg->fields]; }

/* days(A, B) and minutes(A, B): from the first to the second. */
static struct amount between(struct parse *p, enum reg_type type) {
    const struct reg_field *a = sign(p, '(') ? name_of(p) : NULL, *b = a && sign(p, ',') ? name_of(p) : NULL;
    if (!a || !b || !sign(p, ')')) return fail(p, "这里应为两个栏目，如 days(began, ended)");
    if (a->type != type || b->type != type || a->compute || b->compute)
        return fail(p, type == REG_DATE ? "days 的两栏都须是日期" : "minutes 的两栏都须是日期和时间");
    p->secret |= ((a->flags | b->flags) & PRIVATE) != 0;
    if (!p->values) return nothing;
    const struct value *from = value_at(p, a), *to = value_at(p, b);
    civil_day first, second;
    if (from->kind == VALUE_NONE || to->kind == VALUE_NONE) return nothing;
    if (type == REG_MOMENT) return fitting((to->integer - from->integer) / 60000, 0);
    if (!civil_parse(from->text, &first) || !civil_parse(to->text, &second)) return nothing;
    return fitting((int64_t)second - first, 0);
}

static struct amount field_amount(struct parse *p) {
    const char *begin = p->at;
    const struct reg_field *f = name_of(p);
    if (!strcmp(p->name, "days")) return between(p, REG_DATE);
    if (!strcmp(p->name, "minutes")) return between(p, REG_MOMENT);
    p->about = p->name;
    if (!f || f->compute || !value_type(f->type)->reckons) {
        p->at = begin;
        return fail(p, f ? "“{0}”不是可以计算的数" : "没有栏目“{0}”");
    }
    p->secret |= (f->flags & PRIVATE) != 0;
    if (!p->values || value_at(p, f)->kind == VALUE_NONE) return nothing;
    return fitting(value_at(p, f)->integer, value_decimals(f));
}

static struct amount literal(struct parse *p) {
    struct amount out = {0};
    size_t digits = 0;
    for (bool point = false; (*p->at >= '0' && *p->at <= '9') || (*p->at == '.' && !point); p->at++) {
        if (*p->at == '.') {
            point = true;
            continue;
        }
        if (++digits > 15) return fail(p, "数太长");
        out.n = out.n * 10 + (*p->at - '0');
        out.scale += point;
    }
    return out.scale > DIVIDED_DECIMALS ? fail(p, "数太长") : out;
}

static struct amount factor(struct parse *p) {
    blanks(p);
    if (++p->depth > DEPTH_MAX) return fail(p, "括号太深");
    struct amount out;
    if (sign(p, '-')) {
        out = factor(p);
        out.n = -out.n;
    } else if (sign(p, '(')) {
        out = sum_of(p);
        if (!sign(p, ')')) out = fail(p, "缺右括号");
    } else if (*p->at >= '0' && *p->at <= '9') {
        out = literal(p);
    } else if (*p->at >= 'a' && *p->at <= 'z') {
        out = field_amount(p);
    } else {
        out = fail(p, "这里应为数或栏目");
    }
    p->depth--;
    return out;
}

static struct amount product(struct parse *p) {
    struct amount out = factor(p);
    while (!p->wrong) {
        if (sign(p, '*')) out = multiplied(out, factor(p));
        else if (sign(p, '/')) out = quotient(out, factor(p));
        else break;
    }
    return out;
}

static struct amount sum_of(struct parse *p) {
    struct amount out = product(p);
    while (!p->wrong) {
        if (sign(p, '+')) out = added(out, product(p), 1);
        else if (sign(p, '-')) out = added(out, product(p), -1);
        else break;
    }
    return out;
}

static struct amount expression(struct parse *p) {
    struct amount out = sum_of(p);
    blanks(p);
    if (*p->at && !p->wrong) (void)fail(p, "这里应为 + - * / 或结尾");
    return out;
}

enum fault compute_check(const struct reg *reg, const struct reg_field *field, const char *place, struct notes *notes) {
    struct parse p = {.reg = reg, .text = field->compute, .at = field->compute};
    (void)expression(&p);
    if (!p.wrong && p.secret && !(field->flags & PRIVATE)) p.wrong = "用到了保密栏，本栏也须保密";
    if (!p.wrong) return FAULT_NONE;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 10000);
    note_add(notes, place, p.wrong, p.about ? p.about : "", arena_int(&arena, p.at - p.text + 1));
    return FAULT_INPUT;
}

void compute_fields(const struct reg *reg, struct value *values) {
    for (size_t i = 0; i < reg->field_count; i++) {
        const struct reg_field *f = &reg->fields[i];
        if (!f->compute) continue;
        struct parse p = {.reg = reg, .values = values, .text = f->compute, .at = f->compute};
        struct amount out = rescaled(expression(&p), value_decimals(f));
        bool fits = !out.none && !p.wrong && out.n <= INT64_MAX && out.n >= -INT64_MAX;
        values[i] = fits ? (struct value){VALUE_INT, (int64_t)out.n, NULL} : (struct value){VALUE_NONE, 0, NULL};
    }
}
