/* random_value.h - what an officer might type for a field of each type: right, in one of the forms that are read. */
#ifndef TESTS_RANDOM_VALUE_H
#define TESTS_RANDOM_VALUE_H

#include "register/value.h"

#include <stdlib.h>
#include <string.h>

static inline unsigned random_pick(uint64_t *seed, unsigned n) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (unsigned)(*seed % n);
}

static inline const char *random_identity(struct arena *a, uint64_t *seed) {
    static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    char *n = arena_format(a, "%u%04u%u%02u%02u%03u?", 11 + random_pick(seed, 55), random_pick(seed, 10000),
                           1920 + random_pick(seed, 100), 1 + random_pick(seed, 12), 1 + random_pick(seed, 28),
                           random_pick(seed, 1000));
    int sum = 0;
    for (int i = 0; i < 17; i++) sum += (n[i] - '0') * weights[i];
    n[17] = "10X98765432"[sum % 11];
    if (random_pick(seed, 2) && n[17] == 'X') n[17] = 'x';
    return n;
}

static inline const char *random_credit(struct arena *a, uint64_t *seed) {
    static const char set[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    static const int weights[17] = {1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};
    char *n = arena_copy(a, "??????????????????");
    int sum = 0;
    for (int i = 0; i < 17; i++) {
        int at = (int)random_pick(seed, 31);
        n[i] = set[at];
        sum += at * weights[i];
    }
    n[17] = set[(31 - sum % 31) % 31];
    return n;
}

static inline const char *random_network(struct arena *a, uint64_t *seed) {
    unsigned p = random_pick(seed, 4), x = random_pick(seed, 4), y = random_pick(seed, 3);
    if (p == 0) return arena_format(a, "10.%u.%u.0/24", x, y);
    if (p == 1) return arena_format(a, "10.%u.0.0/16", x);
    if (p == 2) return arena_format(a, "2001:DB8:%x::%x", x, y + 1);
    return arena_format(a, "10.%u.%u.%u", x, y, random_pick(seed, 256));
}

static inline const char *random_typed(const struct reg_field *f, struct arena *a, uint64_t *seed);

/* Two or three of what one is, set off as people do. */
static inline const char *random_several(const struct reg_field *f, enum reg_type one, struct arena *a, uint64_t *seed) {
    static const char *const marks[] = {"、", "\n", "，", ";"};
    struct reg_field single = *f;
    single.type = one;
    const char *out = random_typed(&single, a, seed);
    for (unsigned i = random_pick(seed, 3); i; i--)
        out = arena_format(a, "%s%s%s", out, marks[random_pick(seed, 4)], random_typed(&single, a, seed));
    return out;
}

static inline const char *random_rows(const struct reg_field *f, struct arena *a, uint64_t *seed) {
    const char *out = "";
    for (unsigned row = random_pick(seed, 4) + 1; row; row--) {
        for (size_t i = 0; i < f->column_count; i++)
            out = arena_format(a, "%s%s%s", out, i ? (random_pick(seed, 2) ? "\t" : " | ") : "",
                               random_typed(&f->columns[i], a, seed));
        out = arena_format(a, "%s\n", out);
    }
    return out;
}

static inline const char *random_typed(const struct reg_field *f, struct arena *a, uint64_t *seed) {
    static const char *const texts[] = {"消防检查", "a", "x\"y", "50%", "caf\xc3\xa9", "A \\ b", "实验楼205"};
    unsigned n = random_pick(seed, 100000), m = random_pick(seed, 3);
    switch (f->type) {
    case REG_TEXT:
    case REG_LONG: return texts[random_pick(seed, COUNT_OF(texts))];
    case REG_INT: return arena_format(a, m ? "%u" : "-%u", n);
    case REG_MONEY: return arena_format(a, m == 0 ? "%u.%02u元" : m == 1 ? "¥%u.%02u" : "%u.%02u万元", n, random_pick(seed, 100));
    case REG_NUMBER: return arena_format(a, m ? "%u.%u" : "-%u.%u", n, random_pick(seed, 10));
    case REG_DATE: return arena_format(a, m ? "%u-%02u-%02u" : "%u年%u月%u日", 1950 + n % 100, 1 + n % 12, 1 + n % 28);
    case REG_MOMENT:
        return arena_format(a, m ? "%u-%02u-%02u %02u:%02u" : "%u年%u月%u日%u时%u分", 1950 + n % 100, 1 + n % 12, 1 + n % 28,
                            n % 24, n % 60);
    case REG_DURATION: return arena_format(a, m == 0 ? "%u天%u小时" : m == 1 ? "%u:%02u" : "%u小时%u分钟", n % 100, n % 60);
    case REG_CHOICE: return f->choices[random_pick(seed, 2)].key;
    case REG_YESNO: return m ? "是" : "no";
    case REG_REF: return arena_format(a, "0000000000000000000000000%u", m + 1);
    case REG_SET: return random_several(f, REG_CHOICE, a, seed);
    case REG_REFS: return random_several(f, REG_REF, a, seed);
    case REG_FILE: return arena_format(a, "%064x:%u:照片%u.jpg", n, n, m);
    case REG_NETWORK: return random_network(a, seed);
    case REG_MAC: return arena_format(a, m ? "3C-52-82-4A-%02X-%02X" : "3c52.824a.%02x%02x", n % 256, n / 256 % 256);
    case REG_PHONE:
        return arena_format(a, m == 0 ? "138 0013 %04u" : m == 1 ? "（0551）6290%04u转801" : "+86 010-8888%04u", n % 10000);
    case REG_MAIL: return arena_format(a, "zhang.%u@Mail.Example.CN", n);
    case REG_URL: return arena_format(a, "HTTPS://www.Example.cn/a/%u?q=中", n);
    case REG_IDENTITY: return random_identity(a, seed);
    case REG_CREDIT: return random_credit(a, seed);
    case REG_PLATE: return arena_format(a, m ? "皖a·%05u" : "皖AD%05u", n);
    case REG_PLACE: return arena_format(a, m ? "31.%05u, 117.%06u" : "东经117°%u′%u″ 北纬31°%u′", n % 60, n % 59, n % 31);
    case REG_TABLE: return random_rows(f, a, seed);
    case REG_TYPE_COUNT: break;
    }
    abort();
}

#endif
