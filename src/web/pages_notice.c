/* pages_notice.c - a year's notice of days off taken from a file: read, shown to be well formed, and recorded through the one door. */
#include "web/page.h"

#include "register/clock.h"

#include <string.h>

enum { NOTICE_TABLE_MAX = 64 << 10 };

/* The file of the form, or NULL. */
static const struct http_field *sent_file(struct page *p) {
    const struct http_field *fields;
    size_t count;
    if (http_form(p->request, &p->notes, &fields, &count)) return NULL;
    for (size_t i = 0; i < count; i++)
        if (!strcmp(fields[i].name, "file") && fields[i].filename && fields[i].length) return &fields[i];
    return NULL;
}

/* The days as the register's table is typed: cells set off by tabs. */
static const char *days_typed(struct page *p, const struct notice *n) {
    _cleanup_(text_release) struct text out;
    text_init(&out, NOTICE_TABLE_MAX);
    for (size_t i = 0; i < n->day_count; i++) {
        char day[CIVIL_TEXT];
        civil_format(n->days[i].day, day);
        text_format(&out, "%s\t%s\t%s\n", day, holiday_choice(n->days[i].kind), n->days[i].name ? n->days[i].name : "");
    }
    return arena_copy(p->arena, out.at ? out.at : "");
}

static enum fault record_notice(struct page *p, const struct reg *reg, const struct notice *n, struct id *id) {
    char published[CIVIL_TEXT];
    civil_format(n->published, published);
    const char *year = arena_int(p->arena, n->year);
    const struct change_value values[] = {{"name", arena_format(p->arena, "%s年放假安排", year), NULL},
                                          {"layer", "national", NULL},
                                          {"year", year, NULL},
                                          {"published", published, NULL},
                                          {"source", n->source && n->source[0] ? n->source : "—", NULL},
                                          {"days", days_typed(p, n), NULL}};
    *id = id_make(p->now_ms);
    struct change c = {.kind = CHANGE_ADD,
                       .reg = reg,
                       .record = *id,
                       .values = values,
                       .value_count = COUNT_OF(values),
                       .expected = -1,
                       .reason = "放假安排文件"};
    return change_apply(p->site->config.registers, &p->actor, p->now_ms, &c, &p->notes, NULL);
}

enum fault page_notice_post(struct page *p) {
    const struct reg *reg = register_named(p->site->config.registers, "holiday");
    const struct http_field *file = sent_file(p);
    struct notice n;
    struct id id;
    if (!reg || !access_may(&p->actor, reg->record)) return FAULT_RIGHT;
    enum fault f = FAULT_INPUT;
    if (file) f = notice_read((const char *)file->bytes, file->length, "", p->arena, &p->notes, &n);
    else note_add(&p->notes, NULL, "请选择一个放假安排文件（JSON）");
    if (!f) f = record_notice(p, reg, &n, &id);
    return f ? f : page_go(p, record_url(p, reg, &id), "已保存。");
}
