/* value_code.c - values that are codes: networks, MAC, telephone, mail, addresses of pages, identity and credit numbers, plates, places. */
#include "register/value_inside.h"

#include "base/printer.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"

enum { MAIL_MAX = 254, URL_MAX = 2000, IDENTITY_LENGTH = 18, CREDIT_LENGTH = 18 };

/* A copy without these characters, ASCII letters in one case. */
static char *without(const struct reading *r, const char *s, const char *dropped, bool upper) {
    char *out = arena_copy(r->arena, s), *to = out;
    for (const char *p = s; *p; p++)
        if (!strchr(dropped, *p)) *to++ = (char)(upper ? toupper((unsigned char)*p) : tolower((unsigned char)*p));
    *to = 0;
    return out;
}

static bool all_digits(const char *s) { return *s && !s[strspn(s, "0123456789")]; }

/* ---- networks: "4c0a80100/24", "620010db8…/064": version, address in hexadecimal, length of the prefix, so that texts sort as numbers do ---- */

struct network {
    int family, bytes, prefix;
    unsigned char address[16];
};

static bool network_of(const char *s, struct network *out) {
    char text[INET6_ADDRSTRLEN + 1];
    const char *slash = strchr(s, '/');
    size_t n = slash ? (size_t)(slash - s) : strlen(s);
    if (!n || n >= sizeof text) return false;
    memcpy(text, s, n);
    text[n] = 0;
    *out = (struct network){0};
    out->family = strchr(text, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(out->family, text, out->address) != 1) return false;
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (out->family == AF_INET6 && !slash &&
        !memcmp(out->address, mapped, sizeof mapped)) { /* ::ffff:192.0.2.1 is a version 4 address */
        memmove(out->address, out->address + 12, 4);
        out->family = AF_INET;
    }
    out->bytes = out->family == AF_INET ? 4 : 16;
    out->prefix = 8 * out->bytes;
    if (!slash) return true;
    size_t digits = strspn(slash + 1, "0123456789");
    if (!digits || digits > 3 || slash[1 + digits]) return false;
    int prefix = (int)strtol(slash + 1, NULL, 10);
    if (prefix > out->prefix) return false;
    out->prefix = prefix;
    return true;
}

static void network_mask(struct network *n, bool ones) {
    for (int bit = n->prefix; bit < 8 * n->bytes; bit++) {
        unsigned char mask = (unsigned char)(0x80 >> bit % 8);
        if (ones) n->address[bit / 8] |= mask;
        else n->address[bit / 8] &= (unsigned char)~mask;
    }
}

static char *network_text(const struct network *n, struct arena *arena) {
    char text[INET6_ADDRSTRLEN];
    inet_ntop(n->family, n->address, text, sizeof text);
    return n->prefix == 8 * n->bytes ? arena_copy(arena, text) : arena_format(arena, "%s/%d", text, n->prefix);
}

static const char *network_kept(const struct network *n, int prefix, struct arena *arena) {
    char hex[33];
    hex_format(n->address, (size_t)n->bytes, hex);
    return arena_format(arena, n->bytes == 4 ? "4%s/%02d" : "6%s/%03d", hex, prefix);
}

enum fault read_network(const struct reading *r, const char *s, struct value *out) {
    struct network n, plain;
    if (!network_of(s, &n)) return REFUSE(r, "应为 IP 地址或网段，如 {0}；现为“{1}”", "192.168.1.10、192.168.1.0/24", quoted(r, s));
    plain = n;
    network_mask(&plain, false);
    if (memcmp(plain.address, n.address, sizeof n.address)) {
        n.prefix = 8 * n.bytes;
        return REFUSE(r, "“{0}”既像地址又像网段：单个地址请写 {1}，网段请写 {2}", quoted(r, s), network_text(&n, r->arena),
                      network_text(&plain, r->arena));
    }
    *out = value_of_text(network_kept(&n, n.prefix, r->arena));
    return FAULT_NONE;
}

/* The kept form back into what people write; false if it is not one. */
static bool network_back(const char *kept, struct network *out) {
    *out = (struct network){.family = kept[0] == '4' ? AF_INET : AF_INET6, .bytes = kept[0] == '4' ? 4 : 16};
    if (strlen(kept) < (size_t)(2 + 2 * out->bytes)) return false;
    for (int i = 0; i < out->bytes; i++) {
        char two[3] = {kept[1 + 2 * i], kept[2 + 2 * i], 0};
        out->address[i] = (unsigned char)strtol(two, NULL, 16);
    }
    out->prefix = (int)strtol(kept + 2 + 2 * out->bytes, NULL, 10);
    return true;
}

const char *show_network(const struct reg_field *field, const struct value *value, enum lang lang, struct arena *arena) {
    (void)field, (void)lang;
    struct network n;
    return network_back(value->text, &n) ? network_text(&n, arena) : value->text;
}

const char *value_network_last(const char *kept, struct arena *arena) {
    struct network n;
    if (!network_back(kept, &n)) return kept;
    network_mask(&n, true);
    return network_kept(&n, 8 * n.bytes, arena);
}

enum fault read_mac(const struct reading *r, const char *s, struct value *out) {
    char *plain = without(r, s, ":-. ", false);
    if (strlen(plain) != 12 || plain[strspn(plain, "0123456789abcdef")])
        return REFUSE(r, "应为 MAC 地址，如 {0}；现为“{1}”", "3c:52:82:4a:0b:1f", quoted(r, s));
    *out = value_of_text(
        arena_format(r->arena, "%.2s:%.2s:%.2s:%.2s:%.2s:%.2s", plain, plain + 2, plain + 4, plain + 6, plain + 8, plain + 10));
    return FAULT_NONE;
}

/* ---- telephone, mail, addresses of pages ---- */

/* Mobile and service numbers as digits; a fixed line's area code (010, 02x: three digits, else four) set off by a dash. */
static const char *phone_number(const struct reading *r, const char *digits) {
    size_t n = strlen(digits);
    if (digits[0] == '1' && n == 11 && digits[1] >= '3') return digits;
    if (digits[0] == '0' && n >= 10 && n <= 12) {
        size_t area = digits[1] == '1' || digits[1] == '2' ? 3 : 4;
        size_t local = n - area;
        if (local == 7 || local == 8) return arena_format(r->arena, "%.*s-%s", (int)area, digits, digits + area);
        return NULL;
    }
    if ((!strncmp(digits, "400", 3) || !strncmp(digits, "800", 3)) && n == 10) return digits;
    if (digits[0] != '0' && (n == 7 || n == 8)) return digits; /* a local number */
    return n >= 3 && n <= 6 && digits[0] != '0' ? digits : NULL;
}

enum fault read_phone(const struct reading *r, const char *s, struct value *out) {
    static const char example[] = "13800138000、0551-62901234";
    char *copy = arena_copy(r->arena, s), *turn = strstr(copy, words_extension[0]);
    const char *extension = NULL;
    if (turn) {
        *turn = 0;
        extension = without(r, turn + strlen(words_extension[0]), " -", false);
    }
    char *plain = without(r, copy, " ()", false);
    char *last = strrchr(plain, '-');
    if (!extension && plain[0] == '0' && last && strchr(plain, '-') != last && strlen(last + 1) <= 6) { /* 0551-62901234-801 */
        extension = last + 1;
        *last = 0;
    }
    plain = without(r, plain, "-", false);
    if (!strncmp(plain, "+86", 3)) plain += 3;
    else if (!strncmp(plain, "0086", 4)) plain += 4;
    const char *number = NULL;
    if (plain[0] == '+' && all_digits(plain + 1) && strlen(plain) >= 7 && strlen(plain) <= 16) number = plain;
    else if (all_digits(plain)) number = phone_number(r, plain);
    if (!number || (extension && (!all_digits(extension) || strlen(extension) > 6)))
        return REFUSE(r, "应为电话号码，如 {0}；现为“{1}”", example, quoted(r, s));
    *out = value_of_text(extension ? arena_format(r->arena, "%s%s%s", number, words_extension[0], extension) : number);
    return FAULT_NONE;
}

/* Labels of letters, digits and dashes, at least two, none empty; the last begins with a letter. */
static bool is_host(const char *s) {
    size_t labels = 0;
    for (;;) {
        size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");
        if (!n || n > 63 || s[0] == '-' || s[n - 1] == '-') return false;
        labels++;
        if (!s[n]) return labels > 1 && isalpha((unsigned char)s[0]);
        if (s[n] != '.') return false;
        s += n + 1;
    }
}

enum fault read_mail(const struct reading *r, const char *s, struct value *out) {
    char *copy = arena_copy(r->arena, s), *at = strrchr(copy, '@');
    for (char *p = at; p && *p; p++) *p = (char)tolower((unsigned char)*p);
    size_t local = at ? (size_t)(at - copy) : 0;
    bool good = at && local && local <= 64 && strlen(copy) <= MAIL_MAX && copy[0] != '.' && copy[local - 1] != '.' &&
                !strstr(copy, "..") && is_host(at + 1);
    for (size_t i = 0; good && i < local; i++) good = isalnum((unsigned char)copy[i]) || strchr("!#$%&'*+/=?^_`{|}~.-", copy[i]);
    if (!good) return REFUSE(r, "应为电子邮箱，如 {0}；现为“{1}”", "zhang@example.cn", quoted(r, s));
    *out = value_of_text(copy);
    return FAULT_NONE;
}

/* The scheme and host of an address in small letters; false if it is not one. */
static bool url_lower(char *s) {
    char *host = strstr(s, "://");
    if (!host) return false;
    for (char *p = s; p < host; p++) *p = (char)tolower((unsigned char)*p);
    if (strncmp(s, "http://", 7) && strncmp(s, "https://", 8)) return false;
    host += 3;
    size_t n = strcspn(host, "/?#");
    if (!n || memchr(host, '@', n)) return false; /* a name and password in an address deceive */
    for (size_t i = 0; i < n; i++) {
        host[i] = (char)tolower((unsigned char)host[i]);
        if (!isalnum((unsigned char)host[i]) && !strchr(".-:[]", host[i]) && (unsigned char)host[i] < 0x80) return false;
    }
    return true;
}

enum fault read_url(const struct reading *r, const char *s, struct value *out) {
    char *copy = arena_copy(r->arena, s);
    bool good = strlen(copy) <= URL_MAX && !strpbrk(copy, " \t\n<>\"\\^`{|}") && url_lower(copy);
    for (const char *p = copy; good && *p; p++) good = (unsigned char)*p > 0x20 && *p != 0x7f;
    if (!good)
        return REFUSE(r, "应为网址，以 http:// 或 https:// 开头，如 {0}；现为“{1}”", "https://www.example.cn/", quoted(r, s));
    *out = value_of_text(copy);
    return FAULT_NONE;
}

/* ---- numbers with check digits ---- */

/* GB 11643 (ISO 7064 MOD 11-2): the last of eighteen characters from the seventeen before it. */
static char identity_check(const char *s) {
    static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < 17; i++) sum += (s[i] - '0') * weights[i];
    return "10X98765432"[sum % 11];
}

static bool identity_born(const char *eight) {
    char text[9];
    memcpy(text, eight, 8);
    text[8] = 0;
    int n = (int)strtol(text, NULL, 10);
    return n / 10000 >= 1800 && civil_valid(n / 10000, n / 100 % 100, n % 100);
}

enum fault read_identity(const struct reading *r, const char *s, struct value *out) {
    char *n = without(r, s, " ", true);
    size_t length = strlen(n), digits = strspn(n, "0123456789");
    if (length == 15 && digits == 15) {
        char full[IDENTITY_LENGTH + 1];
        snprintf(full, sizeof full, "%.6s19%s", n, n + 6);
        full[17] = identity_check(full);
        full[18] = 0;
        return REFUSE(r, "“{0}”是 15 位的旧号码；请核对证件后填 18 位号码（若出生于 19 世纪以后，应为 {1}）", n,
                      arena_copy(r->arena, full));
    }
    if (length != IDENTITY_LENGTH || digits < 17 || (digits == 17 && n[17] != 'X') || n[0] == '0')
        return REFUSE(r, "应为 18 位身份证号码，如 {0}；现为“{1}”", "11010519491231002X", quoted(r, s));
    if (!identity_born(n + 6)) return REFUSE(r, "身份证号码“{0}”第 7 至 14 位不是一个日期；请核对证件", n);
    if (identity_check(n) != n[17]) return REFUSE(r, "身份证号码“{0}”的末位与前面不符，有一位填错了；请核对证件", n);
    *out = value_of_text(n);
    return FAULT_NONE;
}

/* GB 32100: eighteen characters of a set without I, O, S, V and Z, the last a check modulo 31. */
enum fault read_credit(const struct reading *r, const char *s, struct value *out) {
    static const char set[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    char *n = without(r, s, " -", true);
    int sum = 0, weight = 1;
    if (strlen(n) != CREDIT_LENGTH || n[strspn(n, set)])
        return REFUSE(r, "应为 18 位统一社会信用代码，如 {0}；现为“{1}”", "91350100M000100Y43", quoted(r, s));
    for (int i = 0; i < CREDIT_LENGTH - 1; i++, weight = weight * 3 % 31) sum += (int)(strchr(set, n[i]) - set) * weight;
    if (set[(31 - sum % 31) % 31] != n[CREDIT_LENGTH - 1])
        return REFUSE(r, "统一社会信用代码“{0}”的末位与前面不符，有一位填错了；请核对证照", n);
    *out = value_of_text(n);
    return FAULT_NONE;
}

/* ---- vehicle plates ---- */

/* A province's character, a letter, then five characters, or six for new-energy vehicles; some kinds end with a character of their own. */
enum fault read_plate(const struct reading *r, const char *s, struct value *out) {
    char *n = without(r, s, " .-", true), *dot = strstr(n, "·");
    if (dot) memmove(dot, dot + strlen("·"), strlen(dot + strlen("·")) + 1);
    size_t at = word_at(n, words_province), count = 0;
    bool good = at && isalpha((unsigned char)n[at]) && !strchr("IO", n[at]);
    if (good) at++;
    for (; good && isalnum((unsigned char)n[at]) && !strchr("IO", n[at]); at++) count++;
    size_t end = good ? word_at(n + at, words_plate_end) : 0;
    if (end) at += end, count++;
    if (!good || n[at] || (count != 5 && (count != 6 || end)))
        return REFUSE(r, "应为车牌号，如 {0}；现为“{1}”", "皖A12345、皖AD12345", quoted(r, s));
    *out = value_of_text(n);
    return FAULT_NONE;
}

/* ---- places ---- */

#define DEGREE INT64_C(100000000) /* angles are reckoned in hundred-millionths of a degree and kept in millionths */

/* A decimal number in hundred-millionths; more decimals are cut. */
static bool decimal(const char **at, int64_t *out) {
    const char *p = *at + strspn(*at, " ");
    size_t whole = strspn(p, "0123456789");
    if (!whole || whole > 3) return false;
    int64_t n = strtoll(p, NULL, 10) * DEGREE, unit = DEGREE / 10;
    p += whole;
    if (*p == '.')
        for (p++; isdigit((unsigned char)*p); p++, unit /= 10) n += (*p - '0') * unit;
    *at = p;
    *out = n;
    return true;
}

static bool mark(const char **at, const char *const list[]) {
    const char *p = *at + strspn(*at, " ");
    size_t n = word_at(p, list);
    if (n) *at = p + n;
    return n > 0;
}

/* One angle with its direction before or behind it: 'n', 's', 'e', 'w', or 0 where none is said. */
static bool angle(const char **at, int64_t *out, char *direction) {
    int64_t part, sum;
    *direction = 0;
    for (int i = 0; i < 4; i++)
        if (mark(at, words_direction[i])) *direction = "nsew"[i];
    const char *p = *at + strspn(*at, " ");
    bool minus = *p == '-';
    if (minus) *at = p + 1;
    if (!decimal(at, &sum)) return false;
    if (mark(at, words_degree)) {
        const char *before = *at;
        if (decimal(at, &part) && mark(at, words_arc_minute)) {
            if (part >= 60 * DEGREE) return false;
            sum += part / 60;
            before = *at;
            if (decimal(at, &part) && mark(at, words_arc_second)) {
                if (part >= 60 * DEGREE) return false;
                sum += part / 3600;
            } else {
                *at = before;
            }
        } else {
            *at = before;
        }
    }
    for (int i = 0; i < 4 && !*direction; i++)
        if (mark(at, words_direction[i])) *direction = "nsew"[i];
    if (*direction == 's' || *direction == 'w') minus = !minus;
    *out = minus ? -sum : sum;
    return true;
}

static const char *degrees_text(struct arena *arena, int64_t value) {
    int64_t n = value < 0 ? -value : value, micro = (n + 50) / 100;
    return arena_format(arena, "%s%lld.%06lld", value < 0 && micro ? "-" : "", (long long)(micro / 1000000),
                        (long long)(micro % 1000000));
}

enum fault read_place(const struct reading *r, const char *s, struct value *out) {
    const char *at = s;
    int64_t one, two;
    char first, second;
    bool good = angle(&at, &one, &first);
    if (good) (void)mark(&at, words_separator);
    good = good && angle(&at, &two, &second) && !at[strspn(at, " ")];
    bool turned = good && (first == 'e' || first == 'w' || second == 'n' || second == 's');
    if (good && ((first == 'n' || first == 's') == turned) && first) good = false;
    if (good && ((second == 'e' || second == 'w') == turned) && second) good = false;
    int64_t latitude = turned ? two : one, longitude = turned ? one : two;
    if (!good || latitude > 90 * DEGREE || latitude < -90 * DEGREE || longitude > 180 * DEGREE || longitude < -180 * DEGREE)
        return REFUSE(r, "应为纬度和经度（WGS-84），如 {0}；现为“{1}”", "31.8206, 117.2272、北纬31°49′14″ 东经117°13′38″",
                      quoted(r, s));
    *out = value_of_text(arena_format(r->arena, "%s,%s", degrees_text(r->arena, latitude), degrees_text(r->arena, longitude)));
    return FAULT_NONE;
}

const char *show_place(const struct reg_field *field, const struct value *value, enum lang lang, struct arena *arena) {
    (void)field, (void)lang;
    const char *comma = strchr(value->text, ',');
    return comma ? arena_format(arena, "%.*s, %s", (int)(comma - value->text), value->text, comma + 1) : value->text;
}
