/* pages_jobs.c - one's own long work: how far it is, what came of it, cancelled, started again. */
#include "web/page.h"

#include "web/jobs.h"

#include <string.h>

struct running {
    struct page *p;
    struct view_list *list;
    bool imports, any; /* imports: only these */
};

static const char *job_register_label(struct page *p, const char *key) {
    const struct reg *reg = register_named(p->site->config.registers, key);
    return reg ? lang_tr(p->lang, reg->label) : key;
}

static void add_end(struct page *p, struct view *v, const struct job_state *s) {
    bool good = !s->fault && !s->lost, cancelled = s->cancelled && s->fault;
    view_bool(v, K(good), good);
    view_bool(v, K(lost), s->lost);
    view_bool(v, K(cancelled), cancelled);
    if (s->fault && !cancelled) view_copy(v, K(why), s->outcome[0] ? s->outcome : lang_tr(p->lang, fault_sentence(s->fault)));
    if (!good) view_bool(v, K(may_again), true);
    if (!good || s->kind != JOB_EXPORT) return;
    char id[ID_TEXT];
    id_format(&s->id, id);
    view_format(v, K(file_url), "/jobs/%s/file", id);
    view_date(v, K(until), civil_at(s->begun_ms) + JOB_DAYS);
}

static void add_job(void *context, const struct job_state *s) {
    struct running *r = context;
    if (r->imports && s->kind != JOB_IMPORT) return;
    struct view *v = view_item(r->list);
    char id[ID_TEXT];
    id_format(&s->id, id);
    view_moment(v, K(moment), s->begun_ms);
    view_copy(v, K(file), s->name);
    view_bool(v, K(is_export), s->kind == JOB_EXPORT);
    view_bool(v, K(is_box), s->kind == JOB_BOX);
    view_bool(v, K(running), s->running);
    view_int(v, K(rows), s->done);
    view_int(v, K(rows_all), s->total);
    view_copy(v, K(register_label), job_register_label(r->p, s->register_key));
    if (s->kind == JOB_BOX) view_format(v, K(url), "/box/%.*s", (int)strcspn(s->request, " "), s->request);
    else view_format(v, K(url), "/r/%s%s", s->register_key, s->kind == JOB_EXPORT ? "" : "/imports");
    view_format(v, K(cancel_action), "/jobs/%s/cancel", id);
    view_format(v, K(again_action), "/jobs/%s/again", id);
    view_bool(v, K(ending), s->running && s->cancelled);
    if (!s->running) add_end(r->p, v, s);
    r->any |= s->running;
}

enum fault page_start_job(struct page *p, const struct job_order *order, const char *then) {
    store_read_end(&p->conn);
    enum fault f = job_start(p->site->jobs, p->now_ms, order);
    if (f == FAULT_BUSY) note_add(&p->notes, NULL, "同时进行的任务太多，请等前面的结束再试");
    return f ? f : page_go(p, then, NULL);
}

enum fault jobs_show(struct page *p, const char *register_key) {
    struct running running = {.p = p, .list = view_list(p->view, K(jobs)), .imports = register_key != NULL};
    enum fault f = page_reader(p);
    if (!f) f = jobs_list(p->site->jobs, p->conn, &p->actor.person, register_key, add_job, &running);
    if (running.any) http_answer_header(p->answer, "Refresh", "2"); /* the page asks again by itself */
    return f;
}

enum fault page_jobs(struct page *p) {
    (void)page_view(p, "我的任务");
    enum fault f = jobs_show(p, NULL);
    return f ? f : page_render(p, TEMPLATE_jobs);
}

enum fault page_job_cancel(struct page *p) {
    struct id id;
    enum fault f = page_id(p, 0, &id);
    if (f) return f;
    f = job_cancel(p->site->jobs, &p->actor.person, &id);
    if (f == FAULT_ABSENT) return page_go(p, "/jobs", "这项任务已经结束。");
    return f ? f : page_go(p, "/jobs", "已要求取消。");
}

/* What did not come to its end is done anew, with the rights of now; its own line goes. */
enum fault page_job_again(struct page *p) {
    struct job_state job;
    struct id id;
    enum fault f = page_id(p, 0, &id);
    if (!f) f = page_reader(p);
    if (!f) f = job_find(p->site->jobs, p->conn, &p->actor.person, &id, p->arena, &job);
    if (f) return f;
    if (job.running || (!job.lost && !job.fault)) return page_go(p, "/jobs", NULL);
    store_read_end(&p->conn);
    f = job_forget(p->site->jobs, &p->actor.person, &id);
    if (f) return f;
    if (job.kind == JOB_BOX) return box_again(p, job.request);
    if (job.kind == JOB_IMPORT) return import_again(p, job.register_key, job.request);
    return page_go(p, arena_format(p->arena, "/r/%s/export?%s", job.register_key, job.request), NULL);
}
