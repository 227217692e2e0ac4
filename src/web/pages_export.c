/* pages_export.c - a list as a table file: small ones at once, large ones made by a job that goes on when the page is closed. */
#include "web/asked.h"
#include "web/jobs.h"

#include "base/digest.h"
#include "base/printer.h"
#include "register/export.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DIRECT_ROWS = 20000, WORK_ARENA = 16 << 20, REQUEST_MAX = 8192 };

static const char *content_type(bool csv) {
    return csv ? "text/csv; charset=utf-8" : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
}

/* --- at once --- */

static enum fault export_now(struct page *p, const struct asked *a, bool csv) {
    char *path = arena_join(p->arena, p->site->config.files, "/.export.XXXXXX"); /* not /tmp, which may be memory */
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0) return FAULT_FILE;
    close(fd);
    int64_t rows;
    enum fault f = export_file(p->site->config.registers, p->conn, &p->actor, &a->query, csv ? SHEET_CSV : SHEET_XLSX, path,
                               p->now_ms, NULL, NULL, &p->notes, &rows);
    const char *plain = arena_format(p->arena, "%s.%s", a->query.reg->key, csv ? "csv" : "xlsx");
    if (!f) f = page_send_file(p, path, content_type(csv), plain, NULL);
    unlink(path);
    return f == FAULT_ABSENT ? FAULT_FILE : f;
}

/* --- by a job --- */

struct export_work {
    struct registers *registers;
    struct arena arena;
    struct actor actor;
    struct list_query query;
    enum sheet_format format;
    int64_t now_ms;
};

static void work_release(void *context) {
    struct export_work *w = context;
    arena_release(&w->arena);
    memory_release(&w);
}

static bool tell_job(void *context, int64_t rows) { return job_tell(context, rows); }

static enum fault work_run(void *context, struct job *job, char *outcome, size_t room) {
    struct export_work *w = context;
    struct notes notes;
    struct conn *conn = NULL;
    int64_t rows = 0;
    notes_init(&notes, &w->arena);
    enum fault f = store_read_begin(registers_store(w->registers), &conn);
    if (!f) f = record_count(w->registers, conn, &w->actor, &w->query, 0, &rows);
    if (!f) job_total(job, rows);
    if (!f)
        f = export_file(w->registers, conn, &w->actor, &w->query, w->format, job_file(job), w->now_ms, tell_job, job, &notes,
                        &rows);
    store_read_end(&conn);
    if (f) unlink(job_file(job));
    else if (!job_tell(job, rows)) return FAULT_NONE; /* asked too late: the file is there */
    if (!f || !notes.first) return f;
    _cleanup_(text_release) struct text why;
    text_init(&why, room - 1);
    note_fill(&why, lang_tr(w->actor.lang, notes.first->sentence), notes.first->args);
    memcpy(outcome, why.at, why.length + 1);
    return f;
}

static void add_rights(struct page *p, struct digest_run *run, const struct reg *reg) {
    const char *const rights[] = {reg->read, reg->private_};
    digest_add(run, reg->key, strlen(reg->key) + 1);
    for (size_t i = 0; i < COUNT_OF(rights) && rights[i]; i++) {
        bool all;
        const struct id *units;
        size_t count;
        access_units(&p->actor, rights[i], p->arena, &all, &units, &count);
        digest_add(run, all ? "all" : "some", 4);
        for (size_t k = 0; !all && k < count; k++) digest_add(run, units[k].bytes, ID_BYTES);
    }
}

const char *reading_seal(struct page *p, const struct reg *reg) {
    const struct registers *registers = p->site->config.registers;
    struct digest_run *run = digest_begin();
    if (reg) add_rights(p, run, reg);
    for (size_t i = 0; !reg && i < register_count(registers); i++) add_rights(p, run, register_at(registers, i));
    struct digest seal = digest_end(run);
    char hex[2 * DIGEST_BYTES + 1];
    hex_format(seal.bytes, DIGEST_BYTES, hex);
    return arena_copy(p->arena, hex);
}

/* The query once more, in memory of its own. */
static enum fault copy_query(struct page *p, const struct asked *a, struct export_work *w) {
    struct filter_context context = asked_context(p);
    struct filter *filter = NULL;
    context.actor = &w->actor;
    w->query = a->query;
    w->query.cursor = NULL;
    w->query.search = arena_copy(&w->arena, a->query.search);
    w->query.sort = arena_copy(&w->arena, a->query.sort);
    enum fault f = a->filter[0]
                     ? filter_parse(a->query.reg, arena_copy(&w->arena, a->filter), &context, &w->arena, &p->notes, &filter)
                     : FAULT_NONE;
    w->query.filter = filter;
    return f;
}

static enum fault start_work(struct page *p, const struct asked *a, bool csv) {
    const struct reg *reg = a->query.reg;
    struct export_work *w = memory_new(sizeof *w);
    arena_init(&w->arena, WORK_ARENA);
    w->registers = p->site->config.registers;
    w->actor = actor_copy(&p->actor, &w->arena);
    w->format = csv ? SHEET_CSV : SHEET_XLSX;
    w->now_ms = p->now_ms;
    enum fault f = copy_query(p, a, w);
    if (f) {
        work_release(w);
        return f;
    }
    struct job_order order = {.kind = JOB_EXPORT,
                              .owner = p->actor.person,
                              .register_key = reg->key,
                              .name = arena_format(p->arena, "%s.%s", lang_tr(p->lang, reg->label), csv ? "csv" : "xlsx"),
                              .request = p->request->query,
                              .seal = reading_seal(p, reg),
                              .work = work_run,
                              .context = w,
                              .release = work_release};
    return page_start_job(p, &order, "/jobs");
}

enum fault page_export(struct page *p) {
    const struct reg *reg;
    struct asked a;
    int64_t rows = 0, direct = p->site->config.export_rows ? p->site->config.export_rows : DIRECT_ROWS;
    enum fault f = page_register(p, 0, &reg);
    if (f) return f;
    (void)page_view(p, NULL);
    f = asked_read(p, reg, &a);
    a.query.cursor = NULL;
    bool csv = page_param(p, "format") && !strcmp(page_param(p, "format"), "csv"), waits = p->route->access == ROUTE_API;
    if (!f && !waits) f = record_count(p->site->config.registers, p->conn, &p->actor, &a.query, direct + 1, &rows);
    if (f) return page_stopped(p, f);
    return rows > direct ? start_work(p, &a, csv) : page_stopped(p, export_now(p, &a, csv));
}

enum fault page_job_file(struct page *p) {
    struct job_state job;
    struct id id;
    enum fault f = page_id(p, 0, &id);
    if (!f) f = page_reader(p);
    if (!f) f = job_find(p->site->jobs, p->conn, &p->actor.person, &id, p->arena, &job);
    if (!f && (job.kind != JOB_EXPORT || job.running || job.lost || job.fault)) f = FAULT_ABSENT;
    if (f) return f;
    const struct reg *reg = register_named(p->site->config.registers, job.register_key);
    if (!reg || !access_may(&p->actor, reg->read) || !job.seal || strcmp(job.seal, reading_seal(p, reg))) {
        note_add(&p->notes, NULL, "导出之后您的权限变过，这个文件不再提供；请重新导出");
        return FAULT_RIGHT;
    }
    const char *dot = strrchr(job.name, '.');
    bool csv = dot && !strcmp(dot, ".csv");
    f = page_send_file(p, job_file_of(p->site->jobs, &id, p->arena), content_type(csv),
                       arena_format(p->arena, "%s.%s", reg->key, csv ? "csv" : "xlsx"), job.name);
    if (f == FAULT_ABSENT) note_add(&p->notes, NULL, "这个文件已经删除；请重新导出");
    return f;
}
