/* pages_feed.c - one's calendar for other programs: the address made and stopped, and the file behind it. */
#include "web/page.h"

#include "calendar/ics.h"
#include "register/clock.h"
#include "register/shifts.h"

#include <stdio.h>
#include <string.h>

enum { FEED_TURNS = 400, FEED_DUES = 400, FEED_BACK_DAYS = 31 };

static const char *site_host(struct page *p) {
    const char *host = http_header(p->request, "Host");
    return host ? host : "";
}

static enum fault show_feed(struct page *p, enum fault failed, const char *key) {
    struct view *v = page_view(p, "日历订阅");
    int64_t made_ms = 0;
    if (failed) {
        page_errors(p, failed, NULL, "f-");
        http_answer_status(p->answer, fault_http_status(failed));
    }
    enum fault f = page_proof_inputs(p, view_list(v, K(form_fields)));
    if (!f) f = feed_made(p->conn, &p->actor.person, &made_ms);
    if (f) return f;
    if (key) view_format(v, K(made), "%s://%s/calendar/%s.ics", p->request->secure ? "https" : "http", site_host(p), key);
    if (made_ms) view_moment(v, K(moment), made_ms);
    return page_render(p, TEMPLATE_feed);
}

enum fault page_feed(struct page *p) { return show_feed(p, FAULT_NONE, NULL); }

enum fault page_feed_post(struct page *p) {
    struct store *store = registers_store(p->site->config.registers);
    char key[FEED_KEY];
    bool stop = page_field(p, "stop") != NULL;
    enum fault f = stop ? FAULT_NONE : page_prove(p); /* whoever finds a session open may end the address, not take it along */
    if (f) return show_feed(p, f, NULL);
    f = stop ? feed_drop(store, &p->actor.person) : feed_make(store, &p->actor.person, p->now_ms, key);
    if (f) return f;
    store_read_end(&p->conn); /* its snapshot is older than the address */
    return stop ? page_go(p, "/calendar", "已停用。") : show_feed(p, FAULT_NONE, arena_copy(p->arena, key));
}

/* ---- the file ---- */

struct feed {
    struct page *p;
    struct text *out;
};

static const char *uid_of(struct page *p, const struct id *id, const char *what) {
    char text[ID_TEXT];
    id_format(id, text);
    return arena_format(p->arena, "%s%s@taizhang", text, what);
}

static enum fault feed_turn(void *context, const struct turn_row *turn) {
    struct feed *feed = context;
    struct page *p = feed->p;
    const char *seat = lang_tr(p->lang, seat_name(turn->seat, turn->third_name));
    struct ics_event e = {.uid = uid_of(p, &turn->shift, ""),
                          .summary = arena_format(p->arena, "%s：%s", turn->roster_name, seat),
                          .description = turn->others,
                          .day = turn->day,
                          .timed = true};
    shift_hours(turn->part, turn->day_from, turn->night_from, &e.from, &e.to);
    ics_add(feed->out, &e, p->now_ms);
    return FAULT_NONE;
}

static enum fault feed_due(void *context, const struct clock_due *due) {
    struct feed *feed = context;
    struct page *p = feed->p;
    const struct reg *reg = register_named(p->site->config.registers, "clock");
    struct instant at;
    struct record r;
    if (due->state != CLOCK_RUNNING || !due->due[0] || !instant_parse(due->due, &at) || at.day < p->today - FEED_BACK_DAYS)
        return FAULT_NONE;
    enum fault f = record_read(p->site->config.registers, p->conn, &p->actor, reg, &due->clock, NULL, p->arena, &r);
    if (f) return f == FAULT_ABSENT || f == FAULT_RIGHT ? FAULT_NONE : f;
    const struct reg_field *name = reg_name_field(reg);
    struct ics_event e = {.uid = uid_of(p, &due->clock, "-due"),
                          .summary = arena_format(p->arena, "%s：%s", lang_tr(p->lang, "届满"),
                                                  value_show(name, &r.values[name - reg->fields], p->lang, p->arena)),
                          .day = at.day,
                          .timed = at.minute != MINUTE_NONE,
                          .from = at.minute,
                          .to = at.minute};
    ics_add(feed->out, &e, p->now_ms);
    return FAULT_NONE;
}

enum fault page_feed_file(struct page *p) {
    struct id person;
    char key[FEED_KEY];
    size_t length = strlen(p->args[0]);
    p->hidden = true; /* an address that is wrong tells nothing of what there is */
    if (length != FEED_KEY - 1 + 4 || strcmp(p->args[0] + FEED_KEY - 1, ".ics") != 0) return FAULT_ABSENT;
    snprintf(key, sizeof key, "%.*s", FEED_KEY - 1, p->args[0]);
    enum fault f = page_reader(p);
    if (!f) f = feed_find(p->conn, key, &person);
    if (!f) f = page_actor(p, &person);
    if (f) return f;
    struct text *out = http_answer_text(p->answer);
    struct feed feed = {p, out};
    const struct reg *shifts = register_named(p->site->config.registers, "shift"),
                     *clocks = register_named(p->site->config.registers, "clock");
    http_answer_header(p->answer, "Content-Type", "text/calendar; charset=utf-8");
    http_answer_header(p->answer, "Cache-Control", "private, max-age=300");
    http_answer_header(p->answer, "Content-Disposition", "attachment; filename=taizhang.ics");
    ics_begin(out, arena_format(p->arena, "%s %s", p->site->config.institution, p->actor.name));
    if (shifts && access_may(&p->actor, shifts->read))
        f = turns_of_person(p->conn, &person, p->today - FEED_BACK_DAYS, FEED_TURNS, feed_turn, &feed);
    if (!f && clocks && access_may(&p->actor, clocks->read)) f = clocks_list(p->conn, &person, FEED_DUES, feed_due, &feed);
    ics_end(out);
    return f;
}
