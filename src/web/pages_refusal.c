/* pages_refusal.c - what was refused: kept as it happens, and shown to whoever keeps watch over the system. */
#include "web/page.h"
#include "web/rate.h"

#include <stdio.h>
#include <string.h>

enum { REFUSALS_SHOWN = 100 };

/* A record that is there but not for this reader is answered as absent; for the audit it is told apart. */
static bool is_there(struct page *p) {
    const struct reg *reg = p->args[0] && p->args[1] ? register_named(p->site->config.registers, p->args[0]) : NULL;
    struct actor system = actor_system();
    struct id id;
    struct record r;
    if (!reg || !id_parse(p->args[1], &id) || page_reader(p)) return false;
    return record_read(p->site->config.registers, p->conn, &system, reg, &id, NULL, p->arena, &r) == FAULT_NONE;
}

static const char *method_word(enum http_method method) {
    return method == HTTP_GET || method == HTTP_HEAD ? "GET" : method == HTTP_POST ? "POST" : method == HTTP_PATCH ? "PATCH" : "-";
}

void refusal_keep(struct page *p, enum fault f) {
    const char *what = f == FAULT_RIGHT ? "right" : NULL;
    bool token = http_header(p->request, "Authorization") != NULL;
    if (f == FAULT_SIGNIN && token) what = "signin";
    if (f == FAULT_ABSENT && p->signed_in && (p->hidden || is_there(p))) what = "hidden";
    if (!what) return;
    char who[ID_TEXT + 16];
    id_format(&p->actor.person, who);
    int wait;
    /* Of one person or address only as many as the interface's rate, so that nobody fills the disk or pushes the others out at once. */
    if (!rate_take(p->site->rate, arena_join(p->arena, "refused ", p->signed_in ? who : p->request->peer), p->now_ms, &wait))
        return;
    struct refusal r = {.at_ms = p->now_ms, .address = p->request->peer, .method = method_word(p->request->method), .what = what};
    if (p->signed_in) r.person = p->actor.person;
    r.path = arena_copyn(p->arena, p->request->path, strnlen(p->request->path, REFUSAL_PATH_MAX));
    store_read_end(&p->conn);
    if (refusal_note(registers_store(p->site->config.registers), &r)) {} /* the answer is the same */
}

struct shown {
    struct page *p;
    struct view_list *list;
    struct id last;
    int count;
};

static enum fault add_refusal(void *context, const struct refusal *r) {
    struct shown *s = context;
    struct page *p = s->p;
    const char *name;
    s->last = r->id;
    if (++s->count > REFUSALS_SHOWN) return FAULT_NONE;
    struct view *v = view_item(s->list);
    view_moment(v, K(moment), r->at_ms);
    enum fault f = page_person_name(p, &r->person, &name);
    if (f) return f;
    view_text(v, K(who), name);
    view_copy(v, K(address), r->address);
    view_copy(v, K(method), r->method);
    view_copy(v, K(path), r->path);
    view_tr(v, K(what), !strcmp(r->what, "right") ? "没有权限" : !strcmp(r->what, "hidden") ? "不对其显示" : "令牌无效");
    return FAULT_NONE;
}

enum fault page_refusals(struct page *p) {
    struct id before;
    const struct id *from;
    enum fault f = page_watch(p, &before, &from);
    if (f) return f;
    struct view *v = page_view(p, "被拒绝的访问");
    struct shown s = {.p = p, .list = view_list(v, K(refusals))};
    f = refusals_list(p->conn, from, REFUSALS_SHOWN, add_refusal, &s);
    if (f) return f;
    if (s.count == REFUSALS_SHOWN) page_older(p, &s.last);
    return page_render(p, TEMPLATE_refusals);
}
