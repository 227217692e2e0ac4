/* pages_box.c - an inspection box: what is there and what is missing, by item and by unit; assembled in the background, downloaded, copied to the next period. */
#include "report/box.h"

#include "base/log.h"
#include "base/printer.h"
#include "register/files.h"
#include "web/jobs.h"
#include "web/page.h"
#include "web/reports.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ITEMS_SHOWN = 500,
    OFFICES_MAX = 200,
    WORK_ARENA = 256 << 20,
    PATH_ROOM = 4200,
    FOLDER_ROOM = 4000,
    STALE_S = 86400,
    BOXES_TODAY = 3,
    LACKING_TODAY = 20
};

static const char *const kinds[] = {"zip", "pdf"};

/* ---- where results lie ---- */

/* Results lie under a name that begins with the box and the person who assembled it: nobody else is ever given them, since he may see more or less. */
enum { RESULT_BEGIN = 2 * ID_TEXT };
static void result_begin(const struct id *box, const struct id *person, char out[RESULT_BEGIN]) {
    char b[ID_TEXT], who[ID_TEXT];
    id_format(box, b);
    id_format(person, who);
    snprintf(out, RESULT_BEGIN, "%s-%s", b, who);
}

/* Behind it stands the seal of what he might read then: once his rights are others he is not given them either. */
static void result_path(const char *files, const struct id *box, const struct id *person, const char *seal, const char *kind,
                        char out[PATH_ROOM]) {
    char begin[RESULT_BEGIN];
    result_begin(box, person, begin);
    snprintf(out, PATH_ROOM, "%s/.box/%s-%s.%s", files, begin, seal, kind);
}

/* Whether there are results of this person under whatever seal; they may be removed. */
static bool any_result(const char *files, const struct id *box, const struct id *person, bool drop) {
    char path[PATH_ROOM], one[PATH_ROOM + 400], begin[RESULT_BEGIN];
    bool any = false;
    result_begin(box, person, begin);
    snprintf(path, sizeof path, "%s/.box", files);
    DIR *open = opendir(path);
    for (struct dirent *e; open && (e = readdir(open));) {
        if (strncmp(e->d_name, begin, strlen(begin)) != 0) continue;
        any = true;
        snprintf(one, sizeof one, "%s/%s", path, e->d_name);
        if (drop) unlink(one);
    }
    if (open) closedir(open);
    return any;
}

/* ---- the page ---- */

static enum fault read_box(struct page *p, struct id *id, struct box *box) {
    enum fault f = page_id(p, 0, id);
    if (!f) f = page_reader(p);
    struct box_reader reader = {p->site->config.registers, p->conn, &p->actor, p->site->config.files, p->arena, false};
    return f ? f : box_read(&reader, id, -1, &p->notes, box);
}

static void show_state(struct page *p, struct view *v, enum box_state state) {
    static const char *const words[BOX_STATES] = {
        [BOX_EMPTY] = "缺", [BOX_FEW] = "不够", [BOX_GOOD] = "齐", [BOX_WITHHELD] = "看不到"};
    static const char *const tones[BOX_STATES] = {
        [BOX_EMPTY] = "bad", [BOX_FEW] = "warn", [BOX_GOOD] = "good", [BOX_WITHHELD] = ""};
    (void)p;
    if (state == BOX_HEADING) return;
    view_tr(v, K(state), words[state]);
    view_text(v, K(tone), tones[state]);
}

static void show_notes(struct view *v, unsigned key, const struct notes *notes) {
    struct view_list *list = view_list(v, key);
    for (const struct note *n = notes->first; n; n = n->next) view_note(view_item(list), K(text), n);
}

/* The list that the item counts, as the register's own page; not where the condition speaks of the box's period. */
static const char *list_url(struct page *p, const struct box_item *item) {
    if (!item->reg || strstr(item->asked, "period.")) return NULL;
    _cleanup_(text_release) struct text url;
    text_init(&url, 40000);
    text_format(&url, "/r/%s?filter=", item->reg->key);
    url_arg(&url, item->asked);
    return arena_copy(p->arena, url.at);
}

static void show_item(struct page *p, struct view_list *list, const struct box_item *item) {
    const struct reg *reg = register_named(p->site->config.registers, "inspection_item");
    struct view *v = view_item(list);
    view_text(v, K(number), item->number);
    view_text(v, K(title), item->title);
    view_text(v, K(url), record_url(p, reg, &item->id));
    view_int(v, K(level), item->level > 3 ? 3 : item->level);
    view_bool(v, K(heading), item->state == BOX_HEADING);
    view_int(v, K(count), item->count);
    if (item->minimum > 1) view_int(v, K(least), item->minimum);
    view_text(v, K(list_url), item->listed ? list_url(p, item) : NULL);
    view_text(v, K(score), item->score);
    view_text(v, K(office), item->office);
    view_text(v, K(who), item->person);
    show_state(p, v, item->state);
    show_notes(v, K(problems), &item->problems);
    show_notes(v, K(remarks), &item->remarks);
}

static bool is_lacking(const struct box_item *item) { return item->state == BOX_EMPTY || item->state == BOX_FEW; }

/* The items asked for: all, those that lack evidence or have something wrong, those of a unit; from one on, as many as a page takes. */
static void show_items(struct page *p, const struct box *box) {
    struct view_list *list = view_list(p->view, K(items));
    const char *lack = page_param(p, "lack"), *office = page_param(p, "office"), *from = page_param(p, "from");
    struct id unit = {0};
    bool one_office = office && id_parse(office, &unit);
    size_t shown = 0, i = from ? strtoul(from, NULL, 10) : 0;
    for (; i < box->count && shown < ITEMS_SHOWN; i++) {
        const struct box_item *item = &box->items[i];
        if (lack && !is_lacking(item) && !item->problems.count) continue;
        if (one_office && !id_same(&item->office_id, &unit)) continue;
        show_item(p, list, item);
        shown++;
    }
    view_bool(p->view, K(lack), lack != NULL);
    view_bool(p->view, K(narrowed), lack || one_office);
    if (i < box->count)
        view_format(p->view, K(next_url), "/box/%s?from=%zu%s%s%s", p->args[0], i, lack ? "&lack=1" : "",
                    one_office ? "&office=" : "", one_office ? office : "");
}

struct office {
    struct id id;
    const char *name;
    int64_t items, good, few, empty;
};

static struct office *office_of(struct office *all, size_t *count, const struct box_item *item) {
    size_t i = 0;
    while (i < *count && !id_same(&all[i].id, &item->office_id)) i++;
    if (i == OFFICES_MAX) return NULL;
    if (i == *count) all[(*count)++] = (struct office){.id = item->office_id, .name = item->office};
    return &all[i];
}

static void show_offices(struct page *p, const struct box *box) {
    struct office *all = arena_array(p->arena, struct office, OFFICES_MAX);
    size_t count = 0;
    int64_t good = 0, few = 0, empty = 0;
    for (size_t i = 0; i < box->count; i++) {
        const struct box_item *item = &box->items[i];
        struct office *office = item->state == BOX_HEADING ? NULL : office_of(all, &count, item);
        good += item->state == BOX_GOOD;
        few += item->state == BOX_FEW;
        empty += item->state == BOX_EMPTY;
        if (!office) continue;
        office->items++;
        office->good += item->state == BOX_GOOD;
        office->few += item->state == BOX_FEW;
        office->empty += item->state == BOX_EMPTY;
    }
    view_int(p->view, K(good), good);
    view_int(p->view, K(few), few);
    view_int(p->view, K(empty), empty);
    struct view_list *list = view_list(p->view, K(offices));
    for (size_t i = 0; i < count; i++) {
        char id[ID_TEXT];
        struct view *v = view_item(list);
        id_format(&all[i].id, id);
        view_text(v, K(label), all[i].name[0] ? all[i].name : lang_tr(p->lang, "没有写责任单位"));
        view_format(v, K(url), "/box/%s?office=%s", p->args[0], id);
        view_int(v, K(count), all[i].items);
        view_int(v, K(good), all[i].good);
        view_int(v, K(few), all[i].few);
        view_int(v, K(empty), all[i].empty);
    }
}

struct results {
    struct page *p;
    const struct id *box;
    struct view_list *list, *jobs;
    bool running, seen; /* seen: a job of this box, the last that was started */
};

static bool show_file(struct page *p, const struct id *box, struct view *v, const char *kind, unsigned url, unsigned size) {
    char path[PATH_ROOM];
    struct stat about;
    result_path(p->site->config.files, box, &p->actor.person, reading_seal(p, NULL), kind, path);
    if (stat(path, &about)) return false;
    view_format(v, url, "/box/%s/file/%s", p->args[0], kind);
    view_format(v, size, "%.1f MB", (double)about.st_size / 1e6);
    return true;
}

static enum fault show_export(void *context, const struct record *r) {
    struct results *s = context;
    struct page *p = s->p;
    const struct reg *log = register_named(p->site->config.registers, "inspection_export");
    struct view *v = view_item(s->list);
    view_moment(v, K(moment), r->entered_ms);
    view_text(v, K(url), record_url(p, log, &r->id));
    view_text(v, K(code), page_value(p, log, r, "code"));
    view_text(v, K(known_at), page_value(p, log, r, "known_at"));
    bool there = show_file(p, s->box, v, "zip", K(zip_url), K(zip_size));
    there |= show_file(p, s->box, v, "pdf", K(pdf_url), K(pdf_size));
    view_bool(v, K(changed_since), !there && any_result(p->site->config.files, s->box, &p->actor.person, false));
    return FAULT_NONE;
}

/* The request of a job is the box's id, and the position if one was asked for. */
static bool of_box(const struct page *p, const struct job_state *job) {
    size_t n = strlen(p->args[0]);
    return job->kind == JOB_BOX && !strncmp(job->request, p->args[0], n) && (job->request[n] == ' ' || !job->request[n]);
}

static void show_job(void *context, const struct job_state *job) {
    struct results *s = context;
    if (!of_box(s->p, job)) return;
    bool failed = !job->running && (job->fault || job->lost), first = !s->seen;
    s->seen = true;
    if (!job->running && (!failed || !first)) return; /* what was made stands below */
    struct view *v = view_item(s->jobs);
    view_bool(v, K(running), job->running);
    view_bool(v, K(ending), job->running && job->cancelled);
    view_int(v, K(percent), job->done);
    char id[ID_TEXT];
    id_format(&job->id, id);
    view_format(v, K(cancel_action), "/jobs/%s/cancel", id);
    if (!job->running)
        view_copy(v, K(why),
                  job->lost         ? lang_tr(s->p->lang, "服务器重新启动，没有组完。")
                  : job->cancelled  ? lang_tr(s->p->lang, "已取消。")
                  : job->outcome[0] ? job->outcome
                                    : lang_tr(s->p->lang, fault_sentence(job->fault)));
    s->running |= job->running;
}

static enum fault show_results(struct page *p, const struct id *id) {
    char text[ID_TEXT];
    id_format(id, text);
    struct results s = {p, id, view_list(p->view, K(exports)), view_list(p->view, K(jobs)), false, false};
    enum fault f = jobs_list(p->site->jobs, p->conn, &p->actor.person, "inspection_box", show_job, &s);
    if (f) return f;
    if (s.running) http_answer_header(p->answer, "Refresh", "2");
    const struct reg *log = register_named(p->site->config.registers, "inspection_export");
    return log ? page_records(p, log, arena_format(p->arena, "box = \"%s\" AND person = me", text), "-entered", 1, show_export, &s)
               : FAULT_NONE;
}

/* The year after for a whole year, so that copying is a click. */
static void offer_copy(struct page *p, const struct box *box) {
    struct view *v = p->view;
    int y, m, d, y2, m2, d2;
    const char *name = page_field(p, "name"), *from = page_field(p, "from"), *to = page_field(p, "to");
    civil_to_ymd(box->from, &y, &m, &d);
    civil_to_ymd(box->to, &y2, &m2, &d2);
    view_bool(v, K(copying), name != NULL);
    view_text(v, K(copy_name), name ? name : box->name);
    view_text(v, K(copy_due), page_field(p, "due"));
    if (from) view_text(v, K(copy_from), from);
    else if (civil_valid(y + 1, m, d)) view_date(v, K(copy_from), civil_from_ymd(y + 1, m, d));
    if (to) view_text(v, K(copy_to), to);
    else
        view_date(v, K(copy_to), civil_valid(y2 + 1, m2, d2) ? civil_from_ymd(y2 + 1, m2, d2) : civil_from_ymd(y2 + 1, m2, d2 - 1));
}

static void show_head(struct page *p, const struct id *id, const struct box *box) {
    struct view *v = p->view;
    const struct reg *reg = register_named(p->site->config.registers, "inspection_box");
    const struct reg_state *state = reg_state_named(reg, box->state);
    char from[CIVIL_TEXT], to[CIVIL_TEXT], text[ID_TEXT];
    id_format(id, text);
    civil_format(box->from, from);
    civil_format(box->to, to);
    view_text(v, K(title), box->name);
    view_bool(v, K(nav_registers), true);
    view_text(v, K(record_url), record_url(p, reg, id));
    view_tr(v, K(state), state->label);
    view_text(v, K(tone), state->final ? "good" : !strcmp(state->key, "ready") ? "good" : "work");
    view_text(v, K(inspector), box->inspector);
    view_text(v, K(paper), box->paper);
    view_text(v, K(office), box->office);
    view_text(v, K(who), box->person);
    view_format(v, K(period), "%s — %s", from, to);
    if (box->has_due) view_date(v, K(due), box->due);
    if (box->has_due && !state->final && box->lacking && box->due < p->today) view_int(v, K(overdue), p->today - box->due);
    else if (box->has_due && !state->final) view_int(v, K(days_left), box->due - p->today);
    view_format(v, K(box_url), "/box/%s", text);
    _cleanup_(text_release) struct text add;
    text_init(&add, 8000);
    text_add(&add, "/r/inspection_item/new?f-box=");
    url_arg(&add, box->name);
    view_copy(v, K(add_url), add.at);
    view_format(v, K(import_url), "/r/inspection_item/import?given=box:%s", text);
    view_format(v, K(spine_url), "/box/%s/spine", text);
    view_format(v, K(assemble_action), "/box/%s/assemble", text);
    view_format(v, K(copy_action), "/box/%s/copy", text);
    view_bool(v, K(may_record), access_may_in(&p->actor, reg->record, &box->unit));
}

static enum fault show_box(struct page *p, enum fault failed) {
    struct id id;
    struct box box;
    struct notes told = p->notes; /* of what failed before; reading has its own */
    notes_init(&p->notes, p->arena);
    page_view(p, NULL);
    enum fault f = read_box(p, &id, &box);
    if (f) return f;
    show_head(p, &id, &box);
    view_int(p->view, K(total), (int64_t)box.count);
    view_int(p->view, K(lacking), (int64_t)box.lacking);
    show_items(p, &box);
    show_offices(p, &box);
    offer_copy(p, &box);
    view_text(p->view, K(known_at), page_field(p, "known_at"));
    p->notes = told;
    if (failed) {
        page_errors(p, failed, register_named(p->site->config.registers, "inspection_box"), "");
        http_answer_status(p->answer, fault_http_status(failed));
    }
    f = show_results(p, &id);
    return f ? f : page_render(p, TEMPLATE_box);
}

enum fault page_box(struct page *p) { return show_box(p, FAULT_NONE); }

/* ---- assembling ---- */

struct box_work {
    struct registers *registers;
    struct arena arena;
    struct actor actor;
    struct id box;
    int64_t now_ms, position;
    const char *files, *institution, *name, *seal;
    struct doc_fonts *fonts;
    char folder[FOLDER_ROOM];
};

static void work_release(void *context) {
    struct box_work *w = context;
    arena_release(&w->arena);
    memory_release(&w);
}

static bool tell_job(void *context, int percent) { return job_tell(context, percent); }

static void folder_remove(const char *folder) {
    char path[PATH_ROOM + 700];
    DIR *open = opendir(folder);
    for (struct dirent *e; open && (e = readdir(open));) {
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.') unlink(path);
    }
    if (open) closedir(open);
    rmdir(folder);
}

void box_sweep(const char *files, int64_t now_ms) {
    char path[PATH_ROOM], one[PATH_ROOM + 400];
    struct stat about;
    snprintf(path, sizeof path, "%s/.box", files);
    DIR *open = opendir(path);
    for (struct dirent *e; open && (e = readdir(open));) {
        snprintf(one, sizeof one, "%s/%s", path, e->d_name);
        if (e->d_name[0] == '.' || stat(one, &about)) continue;
        int64_t age = now_ms / 1000 - about.st_mtime;
        if (S_ISDIR(about.st_mode) && age > STALE_S) folder_remove(one);
        else if (S_ISREG(about.st_mode) && age > (int64_t)JOB_DAYS * STALE_S) unlink(one);
    }
    if (open) closedir(open);
}

static enum fault make_folder(struct box_work *w) {
    char path[PATH_ROOM];
    uint64_t random;
    random_bytes(&random, sizeof random);
    snprintf(path, sizeof path, "%s/.box", w->files);
    mkdir(path, 0750); /* there already, as a rule */
    box_sweep(w->files, w->now_ms);
    if (snprintf(w->folder, sizeof w->folder, "%s/work.%016llx", path, (unsigned long long)random) >= FOLDER_ROOM)
        return FAULT_LARGE;
    return mkdir(w->folder, 0750) ? FAULT_FILE : FAULT_NONE;
}

/* That it was made, and the hashes of what was made, are a record. */
static enum fault keep_export(struct box_work *w, const struct box_made *made, struct notes *notes) {
    const struct reg *log = register_named(w->registers, "inspection_export");
    char box[ID_TEXT], person[ID_TEXT], today[CIVIL_TEXT];
    struct arena *a = &w->arena;
    id_format(&w->box, box);
    id_format(&w->actor.person, person);
    civil_format(civil_at(w->now_ms), today);
    const struct change_value values[] = {
        {"name", arena_format(a, "%s %s", w->name, today), NULL},
        {"box", box, NULL},
        {"person", person, NULL},
        {"assembled", today, NULL},
        {"known_at", arena_int(a, made->position), NULL},
        {"code", made->code, NULL},
        {"items", arena_int(a, made->items), NULL},
        {"lacking", arena_int(a, made->lacking), NULL},
        {"zip_hash", made->zip_hash, NULL},
        {"pdf_hash", made->pdf_hash, NULL},
        {"manifest_hash", made->manifest_hash, NULL},
    };
    struct actor noting = actor_with(&w->actor, "box.record", a);
    struct change c = {.kind = CHANGE_ADD,
                       .reg = log,
                       .record = id_make(w->now_ms),
                       .values = values,
                       .value_count = COUNT_OF(values),
                       .expected = -1};
    return log ? change_apply(w->registers, &noting, w->now_ms, &c, notes, NULL) : FAULT_ABSENT;
}

/* The record first: a result that lies there without one would not be known, a record without its result only says that it is to be made again. */
static enum fault publish(struct box_work *w, const char *const made[2], const struct box_made *result, struct notes *notes) {
    enum fault f = keep_export(w, result, notes);
    if (!f) (void)any_result(w->files, &w->box, &w->actor.person, true); /* those of before */
    for (size_t i = 0; !f && i < COUNT_OF(kinds); i++) {
        char path[PATH_ROOM];
        result_path(w->files, &w->box, &w->actor.person, w->seal, kinds[i], path);
        if (rename(made[i], path)) f = FAULT_FILE;
    }
    return f;
}

static enum fault work_run(void *context, struct job *job, char *outcome, size_t room) {
    struct box_work *w = context;
    struct notes notes;
    struct box_made made;
    notes_init(&notes, &w->arena);
    enum fault f = make_folder(w);
    if (f) return f;
    const char *zip = arena_format(&w->arena, "%s/box.zip", w->folder), *pdf = arena_format(&w->arena, "%s/box.pdf", w->folder);
    struct box_order order = {.registers = w->registers,
                              .actor = &w->actor,
                              .box = w->box,
                              .position = w->position,
                              .files = w->files,
                              .institution = w->institution,
                              .folder = w->folder,
                              .zip = zip,
                              .pdf = pdf,
                              .fonts = w->fonts,
                              .tell = tell_job,
                              .context = job};
    f = box_assemble(&order, &w->arena, &notes, &made);
    if (!f) f = publish(w, (const char *const[]){zip, pdf}, &made, &notes);
    folder_remove(w->folder);
    if (f) log_line(LOG_WARN_, "box.assemble", "fault", fault_word(f));
    if (!f || !notes.first) return f;
    _cleanup_(text_release) struct text why;
    text_init(&why, 4000);
    note_fill(&why, lang_tr(w->actor.lang, notes.first->sentence), notes.first->args);
    snprintf(outcome, room, "%s", why.at);
    return f;
}

/* A position, a date or a moment as typed; -1: now. */
static enum fault asked_position(struct page *p, int64_t *position) {
    const char *typed = page_field(p, "known_at");
    struct look look;
    *position = -1;
    if (!typed || !typed[strspn(typed, " ")]) return FAULT_NONE;
    size_t digits = strspn(typed, "0123456789");
    if (!typed[digits] && digits < 16 && digits != 8) return *position = strtoll(typed, NULL, 10), FAULT_NONE;
    enum fault f = look_ask(p->conn, NULL, typed, &p->notes, &look);
    if (!f) *position = look.known_at + 1;
    return f;
}

static enum fault start_work(struct page *p, const struct id *id, const struct box *box, int64_t position) {
    struct doc_fonts *fonts;
    enum fault f = site_fonts(p, &fonts);
    if (f) return f;
    struct box_work *w = memory_new(sizeof *w);
    arena_init(&w->arena, WORK_ARENA);
    w->registers = p->site->config.registers;
    w->actor = actor_copy(&p->actor, &w->arena);
    w->box = *id;
    w->now_ms = p->now_ms;
    w->position = position;
    w->files = p->site->config.files;
    w->institution = p->site->config.institution;
    w->name = arena_copy(&w->arena, box->name);
    w->seal = arena_copy(&w->arena, reading_seal(p, NULL));
    w->fonts = fonts;
    char text[ID_TEXT];
    id_format(id, text);
    struct job_order order = {.kind = JOB_BOX,
                              .owner = p->actor.person,
                              .register_key = "inspection_box",
                              .name = w->name,
                              .request = position < 0 ? arena_copy(p->arena, text)
                                                      : arena_format(p->arena, "%s %lld", text, (long long)position),
                              .work = work_run,
                              .context = w,
                              .release = work_release};
    return page_start_job(p, &order, arena_format(p->arena, "/box/%s", text));
}

enum fault page_box_assemble(struct page *p) {
    struct id id;
    struct box box;
    int64_t position;
    enum fault f = page_id(p, 0, &id);
    if (!f) f = page_reader(p);
    if (!f) f = asked_position(p, &position);
    if (f == FAULT_INPUT) return show_box(p, f);
    struct box_reader reader = {p->site->config.registers, p->conn, &p->actor, p->site->config.files, p->arena, false};
    if (!f) f = box_read(&reader, &id, position, &p->notes, &box);
    if (f == FAULT_ABSENT && position > 0) {
        note_add(&p->notes, "known_at", "日志的这个位置还没有这个资料盒");
        return show_box(p, FAULT_INPUT);
    }
    if (f == FAULT_INPUT) return show_box(p, f);
    return f ? f : start_work(p, &id, &box, position);
}

enum fault box_again(struct page *p, const char *request) {
    struct id id;
    struct box box;
    size_t n = strcspn(request, " ");
    int64_t position = request[n] ? strtoll(request + n, NULL, 10) : -1;
    if (!id_parse(arena_copyn(p->arena, request, n), &id)) return FAULT_INPUT;
    enum fault f = page_reader(p);
    struct box_reader reader = {p->site->config.registers, p->conn, &p->actor, p->site->config.files, p->arena, false};
    if (!f) f = box_read(&reader, &id, position, &p->notes, &box);
    return f ? f : start_work(p, &id, &box, position);
}

/* ---- downloads ---- */

static enum fault box_name(struct page *p, struct id *id, const char **name) {
    const struct reg *reg = register_named(p->site->config.registers, "inspection_box");
    struct record r;
    enum fault f = reg && access_may(&p->actor, reg->read) ? page_id(p, 0, id) : FAULT_ABSENT;
    if (!f) f = page_reader(p);
    if (!f) f = record_read(p->site->config.registers, p->conn, &p->actor, reg, id, NULL, p->arena, &r);
    if (!f) *name = box_file_name(p->arena, page_value(p, reg, &r, "name"));
    return f;
}

enum fault page_box_file(struct page *p) {
    static const char *const types[] = {"application/zip", "application/pdf"};
    struct id id;
    const char *name;
    size_t kind = 0;
    char path[PATH_ROOM];
    while (kind < COUNT_OF(kinds) && strcmp(kinds[kind], p->args[1]) != 0) kind++;
    enum fault f = kind < COUNT_OF(kinds) ? box_name(p, &id, &name) : FAULT_ABSENT;
    if (f) return f;
    const char *files = p->site->config.files;
    result_path(files, &id, &p->actor.person, reading_seal(p, NULL), kinds[kind], path);
    if (access(path, R_OK) && any_result(files, &id, &p->actor.person, false)) {
        note_add(&p->notes, NULL, "组卷之后您的权限变过，原来的文件不再提供；请重新组卷");
        return FAULT_RIGHT;
    }
    return page_send_file(p, path, types[kind], arena_format(p->arena, "box.%s", kinds[kind]),
                          arena_format(p->arena, "%s.%s", name, kinds[kind]));
}

enum fault page_box_spine(struct page *p) {
    struct id id;
    struct box box;
    struct doc_fonts *fonts;
    char path[PATH_ROOM];
    uint64_t random;
    enum fault f = read_box(p, &id, &box);
    if (!f) f = site_fonts(p, &fonts);
    if (f) return f;
    random_bytes(&random, sizeof random);
    snprintf(path, sizeof path, "%s/spine.%016llx", p->site->config.files, (unsigned long long)random);
    f = box_spines(&box, p->site->config.institution, p->lang, fonts, path);
    if (!f)
        f = page_send_file(p, path, "application/pdf", "spine.pdf",
                           arena_format(p->arena, "%s %s.pdf", lang_tr(p->lang, "盒脊签"), box_file_name(p->arena, box.name)));
    unlink(path);
    return f;
}

/* ---- copying ---- */

enum fault page_box_copy(struct page *p) {
    struct id id, made;
    char text[ID_TEXT];
    const struct box_copying how = {page_field(p, "name"), page_field(p, "from"), page_field(p, "to"), page_field(p, "due")};
    enum fault f = page_id(p, 0, &id);
    if (f) return f;
    store_read_end(&p->conn);
    f = box_copy(p->site->config.registers, &p->actor, p->now_ms, &id, &how, &p->notes, &made);
    if (f == FAULT_INPUT || f == FAULT_CONFLICT) return show_box(p, f);
    if (f) return f;
    id_format(&made, text);
    return page_go(p, arena_format(p->arena, "/box/%s", text), "已保存。");
}

/* ---- on other pages ---- */

void box_show(struct page *p, const struct reg *reg, const struct record *r) {
    char id[ID_TEXT];
    id_format(&r->id, id);
    if (!strcmp(reg->key, "inspection_box")) view_format(p->view, K(box_url), "/box/%s", id);
    if (!strcmp(reg->key, "inspection_item") || !strcmp(reg->key, "inspection_export"))
        view_format(p->view, K(box_url), "/box/%s", page_value(p, reg, r, "box"));
}

struct mine {
    struct page *p;
    struct view_list *list;
    struct id boxes[BOXES_TODAY];
    size_t count, shown;
};

static enum fault keep_box(void *context, const struct record *r) {
    struct mine *m = context;
    m->boxes[m->count++] = r->id;
    return FAULT_NONE;
}

static enum fault add_lacking(struct mine *m, const struct id *id) {
    struct page *p = m->p;
    struct box box;
    char text[ID_TEXT];
    struct box_reader reader = {p->site->config.registers, p->conn, &p->actor, p->site->config.files, p->arena, false};
    enum fault f = box_read(&reader, id, -1, &p->notes, &box);
    if (f) return f == FAULT_ABSENT ? FAULT_NONE : f;
    id_format(id, text);
    for (size_t i = 0; i < box.count && m->shown < LACKING_TODAY; i++) {
        const struct box_item *item = &box.items[i];
        if (!is_lacking(item) || !id_same(&item->person_id, &p->actor.person)) continue;
        m->shown++;
        struct view *v = view_item(m->list);
        view_format(v, K(url), "/box/%s?lack=1", text);
        view_format(v, K(label), "%s %s", item->number, item->title);
        view_text(v, K(kind), box.name);
        if (box.has_due) view_date(v, K(due), box.due);
        show_state(p, v, item->state);
    }
    return FAULT_NONE;
}

static enum fault count_one(void *context, const struct record *r) {
    (void)r;
    ++*(size_t *)context;
    return FAULT_NONE;
}

enum fault box_show_today(struct page *p) {
    const struct reg *reg = register_named(p->site->config.registers, "inspection_box"),
                     *items = register_named(p->site->config.registers, "inspection_item");
    struct mine m = {.p = p};
    size_t own = 0;
    if (!reg || !items || !access_may(&p->actor, reg->read)) return FAULT_NONE;
    enum fault f = page_records(p, items, "person = me", NULL, 1, count_one, &own);
    if (!f && own) f = page_records(p, reg, "state = draft", "due", BOXES_TODAY, keep_box, &m);
    m.list = view_list(p->view, K(box_items));
    for (size_t i = 0; !f && i < m.count; i++) f = add_lacking(&m, &m.boxes[i]);
    return f;
}
