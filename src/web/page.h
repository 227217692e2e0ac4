/* page.h - one request on its way to an answer: who asks, what was sent, and the view that becomes the page. */
#ifndef WEB_PAGE_H
#define WEB_PAGE_H

#include "net/http.h"
#include "register/filter.h"
#include "report/report.h"
#include "web/remember.h"
#include "web/site.h"
#include "web/template.h"
#include "web/template_keys.h"
#include "web/view.h"

#include <pthread.h>

#define K(name) VIEW_KEY_##name

struct job_order;

enum { ROUTE_ARGS = 4, FORM_FIELDS_MAX = 128 };

struct site {
    struct site_config config;
    struct http_server *server;
    char address[100];
    bool demo;
    unsigned char secret[32]; /* of this process */
    struct remembered *remembered;
    struct rate *rate;     /* of the interface */
    struct hooks *hooks;   /* messages about changes */
    struct mailer *mailer; /* NULL: nobody is told */
    struct keeper *keeper; /* due dates */
    struct jobs *jobs;     /* long work */
    pthread_mutex_t lock;  /* guards what follows */
    struct doc_fonts *fonts;
    bool fonts_open;
};

struct route;

struct page {
    struct site *site;
    const struct route *route;
    struct http_request *request;
    struct http_answer *answer;
    struct arena *arena;
    struct conn *conn; /* a snapshot reader; NULL until page_reader() */
    int64_t journal;   /* its journal's size in that snapshot */
    struct session session;
    struct actor actor;
    bool signed_in;
    bool second_missing;         /* a role asks for a second step of signing in, and there is none yet: only what sets it up */
    bool hidden;                 /* told that there is no such thing, because he may not see it */
    const char *token_scope;     /* of the token that the request came with; NULL: a session */
    const char *token_registers; /* keys set off by blanks; "": all */
    int retry_s;                 /* seconds to wait after too many requests */
    int api_status;              /* where a problem's status is not its fault's; 0 */
    bool api_json;               /* a JSON body was read: notes about fields point into it */
    const char *api_current;     /* the version that a problem tells of; NULL */
    enum lang lang;
    int64_t now_ms;
    civil_day today;
    const char *args[ROUTE_ARGS]; /* what stood in the path at {…} */
    struct notes notes;
    const char *fresh[REG_NEEDS]; /* files that a move's form brought, by its needs */
    struct view *view;            /* with the frame's keys set by page_view() */
};

/* Who may use a route: everyone, or the signed-in (handlers then ask for the register's own rights). There is no default. */
enum route_access {
    ROUTE_NONE,
    ROUTE_PUBLIC,
    ROUTE_SIGNED,
    ROUTE_SETTING_UP, /* signed in, even while a second step that a role asks for is not set up */
    ROUTE_API         /* signed in by session or token; problems are JSON */
};

typedef enum fault (*page_handler)(struct page *p);

struct route {
    enum http_method method;
    const char *path; /* pieces in {} are arguments */
    enum route_access access;
    page_handler run;
    const char *const *
        params; /* names of query parameters and form fields that arrive; NULL-ended; NULL: none. "*" at the end of a name: any with that beginning */
};

/* The page's connection for reading, opened at first use. */
CHECKED enum fault page_reader(struct page *p);
/* After a list, count or search: if it was stopped at the limit, says so and ends the connection, which can read no more. Returns f. */
enum fault page_stopped(struct page *p, enum fault f);
/* The view of a page with its frame (title is a catalogue sentence, or NULL if the caller sets it). */
struct view *page_view(struct page *p, const char *title);
/* Renders a template as the answer. */
enum fault page_render(struct page *p, unsigned template_id);
/* A declared query parameter; NULL if it was not sent or not declared by the route. */
const char *page_param(struct page *p, const char *name);
/* A declared form field as text; NULL likewise. */
const char *page_field(struct page *p, const char *name);
/* All fields of that name that are not blank, one a line (boxes that are ticked); NULL if none was sent. */
const char *page_field_all(struct page *p, const char *name);
/* The register named by argument `at`, if the actor may read it: FAULT_ABSENT otherwise. */
CHECKED enum fault page_register(struct page *p, int at, const struct reg **out);
CHECKED enum fault page_id(struct page *p, int at, struct id *out);
/* The actor with rights of an own kind beside those granted: what everybody, or whoever the handler has let in, may do with records of their own. */
struct actor page_actor_with(struct page *p, const char *rights);
/* Redirects (303) to a path of ours, with a notice shown once on the page reached (catalogue sentence; NULL: none). */
enum fault page_go(struct page *p, const char *path, const char *notice);
/* Who the person is and what he may do, as of this page's snapshot: p->actor. FAULT_ABSENT for a person who is no longer there. */
CHECKED enum fault page_actor(struct page *p, const struct id *person);
/* Puts the notes into the view as errors; places that are field keys link to inputs with the prefix. */
void page_errors(struct page *p, enum fault f, const struct reg *reg, const char *id_prefix);
/* Adds an input for a field to a list; `value` is what stands in it, `error` NULL or a note. */
struct view *page_input(struct page *p, struct view_list *list, const struct reg_field *field, const char *id_prefix,
                        const char *value, bool required, const struct note *error);
/* The note told for a place, or NULL. */
const struct note *page_note_for(struct page *p, const char *place);
/* The tone of a state: "bad" for the first, "good" for final ones, "work" between. */
const char *state_tone(const struct reg *reg, const struct reg_state *state);
/* Count of a register's records, and of those not in a final state; remembered while the journal stands still. */
CHECKED enum fault page_count(struct page *p, const struct reg *reg, int64_t *count, int64_t *open);
/* "/r/KEY/ID" in the arena. */
const char *record_url(struct page *p, const struct reg *reg, const struct id *id);
/* A table of records (template `table`) while its rows are printed, straight into markup: a page has hundreds of cells. */
struct page_table {
    const struct reg *reg;
    const char **opens;  /* for each field what stands before its value, NULL if it is not listed; last the state's */
    struct view **heads; /* the listed fields' columns in the view, NULL if not listed */
    const char *then;    /* the query that the links to records carry on, such as "?as_of=2019-12-31"; "" for now */
    struct text rows;
};
/* Gives the view the columns; then a call for each row; the end gives the view the rows (FAULT_LARGE past the maximum). */
void page_table_begin(struct page *p, const struct reg *reg, struct page_table *out);
void page_table_row(struct page *p, struct page_table *table, const struct record *r);
CHECKED enum fault page_table_end(struct page *p, struct page_table *table);
static inline void page_table_release(struct page_table *table) { text_release(&table->rows); } /* for _cleanup_ */

/* What a form brought for a field of type file. */
enum { UPLOAD_FILE_MAX = 50 << 20 };
struct upload {
    const char *value; /* the field's new value; "" empties it; NULL: nothing changes */
    const char *fresh; /* what was stored now or by an earlier sending of this form; goes back into it through upload_show() */
};
/* Takes the form's files of input `name` (beside it, NAME-kept and NAME-drop); `now` is the value the record has, or NULL. Each is told by its
 * content, scanned and stored. FAULT_INPUT, FAULT_LARGE and FAULT_BUSY come with notes under the field's key; `fresh` is set all the same. */
CHECKED enum fault upload_take(struct page *p, const struct reg_field *field, const char *name, const char *now,
                               struct upload *out);
/* Makes an input one for files; `url` is the record's, NULL if there is none yet. */
void upload_show(struct page *p, struct view *input, const struct reg_field *field, const char *url, const char *now,
                 const char *fresh);
/* Gives a view the list `files` [file_name, file_url, view_url, small_url] of a value. */
void files_show(struct page *p, struct view *v, const struct reg_field *field, const char *url, const char *value);

/* Looks at, scans and stores one file that came by itself; `field` names it in notes. *kept proves later that this person brought it. */
CHECKED enum fault upload_store(struct page *p, const struct reg_field *field, const char *name, const void *bytes, size_t length,
                                const char **kept);
/* Proof, until the process ends, that this server stored the value for the person who asks: what a form hands on to its next sending. Lives in the request's arena. */
const char *upload_proof(struct page *p, const char *value);

/* What a proof of upload_store() or upload_proof() stands for; NULL if it is none of this person. */
const char *upload_kept(struct page *p, const char *kept);

/* Content-Disposition of a download: a plain ASCII name, and the name as people read it (RFC 5987). */
void page_disposition(struct page *p, const char *plain, const char *name);
/* Answers with a file on disk, for downloading under these names (`name` NULL: the plain one alone); it may be unlinked afterwards. FAULT_ABSENT if it cannot be
 * opened. */
CHECKED enum fault page_send_file(struct page *p, const char *path, const char *type, const char *plain, const char *name);
/* Starts long work (web/jobs.h) and goes on to `then`; FAULT_BUSY with a note when too much runs. */
CHECKED enum fault page_start_job(struct page *p, const struct job_order *order, const char *then);
/* The name of a person's record (arena); NULL for nobody, and where there is no such record. */
CHECKED enum fault page_person_name(struct page *p, const struct id *person, const char **out);
/* For pages of who keeps watch over the whole installation: FAULT_ABSENT for everybody else, as if they were not there. Reads from which row back is asked:
 * *from is `before`, or NULL for the newest. */
CHECKED enum fault page_watch(struct page *p, struct id *before, const struct id **from);
/* Gives the page the way to the rows before this one. */
void page_older(struct page *p, const struct id *last);

/* Label of an entry's operation: 新增, 修改, 撤回, or the move's. */
const char *op_label(const struct reg *reg, const char *op);
/* A value of a record as value_show() has it (a reference as its id), by its field's key; arena. */
const char *page_value(struct page *p, const struct reg *reg, const struct record *r, const char *key);
/* The records that fit a filter ("owner = me") and that the actor may read, newest first or by `sort` (NULL), at most `limit`; none if he may read none. */
CHECKED enum fault page_records(struct page *p, const struct reg *reg, const char *filter, const char *sort, int limit,
                                record_visit each, void *context);
/* A value of a record as people read it; references by their names. */
const char *field_words(struct page *p, const struct reg_field *field, const struct record *r, size_t at);
/* Two edits of one record: what both began with, what stands now, and what this one typed (by field; NULL: not sent). */
struct conflict {
    const struct reg *reg;
    struct record base, now;
    const char **typed;
};
enum fault page_conflict(struct page *p, const struct conflict *c);

/* Handlers, by file. */
enum fault page_home(struct page *p);
enum fault page_registers(struct page *p);
enum fault page_today(struct page *p);
enum fault page_today_seen(struct page *p);
enum fault page_today_finish(struct page *p);
enum fault page_terms(struct page *p);
enum fault page_notice_post(struct page *p);
enum fault page_wall(struct page *p);
enum fault page_plan(struct page *p);
enum fault page_plan_sheet(struct page *p);
enum fault page_incident_new(struct page *p);
enum fault page_incident_new_post(struct page *p);
enum fault page_incident(struct page *p);
enum fault page_incident_report(struct page *p);
enum fault page_incident_seen(struct page *p);
enum fault page_incident_note(struct page *p);
enum fault page_incident_note_post(struct page *p);
/* Gives the page of an incident's record the way to its board. */
void incident_show(struct page *p, const struct reg *reg, const struct record *r);
/* Gives the page of today the calls that wait for one. */
enum fault incident_show_today(struct page *p);
enum fault page_roster(struct page *p);
enum fault page_roster_arrange(struct page *p);
enum fault page_roster_sheet(struct page *p);
/* Gives the page of a roster's or a shift's record what can be done with it. */
void roster_show(struct page *p, const struct reg *reg, const struct record *r);
/* Gives the page of today one's turns of the next days and what waits for one's hand in exchanges. */
enum fault roster_show_today(struct page *p);
enum fault page_inspections(struct page *p);
enum fault page_inspect(struct page *p);
enum fault page_inspect_post(struct page *p);
enum fault page_inspect_sheet(struct page *p);
enum fault page_finding_notice(struct page *p);
enum fault page_hazards(struct page *p);
/* Gives the page of a place's, a plan's, a finding's or a hazard's record what can be done with it. */
enum fault inspect_show(struct page *p, const struct reg *reg, const struct record *r);
/* Gives the page of today the inspections of the next days that one answers for. */
enum fault inspect_show_today(struct page *p);
enum fault page_feed(struct page *p);
enum fault page_feed_post(struct page *p);
enum fault page_feed_file(struct page *p);
/* Gives the page of a clock's record its due date and why. */
enum fault term_show_clock(struct page *p, const struct id *id);
enum fault page_help(struct page *p);
enum fault page_search(struct page *p);
enum fault page_help_api(struct page *p);
enum fault page_doctor(struct page *p);
enum fault page_refusals(struct page *p);
/* Keeps for the audit what the page refused, if it did. */
void refusal_keep(struct page *p, enum fault f);
enum fault page_health(struct page *p);
enum fault page_static(struct page *p);
enum fault page_language(struct page *p);
enum fault page_signin(struct page *p);
enum fault page_signin_post(struct page *p);
enum fault page_signin_code(struct page *p);
enum fault page_signin_code_post(struct page *p);
enum fault page_signout(struct page *p);
enum fault page_account(struct page *p);
enum fault page_account_end(struct page *p);
enum fault page_signins(struct page *p);
enum fault page_second(struct page *p);
enum fault page_second_post(struct page *p);
enum fault page_second_people(struct page *p);
enum fault page_second_reset(struct page *p);
/* Inputs for page_prove(): "password" and, once a second step is set up, "code". */
CHECKED enum fault page_proof_inputs(struct page *p, struct view_list *inputs);
/* That it is the person himself and not whoever found his session open: the fields "password" and "code", counted as sign-ins are. FAULT_INPUT and
 * FAULT_BUSY with notes at them. Ends the reading. Takes 100–300 ms. */
CHECKED enum fault page_prove(struct page *p);
/* Where the request comes from, for whoever signs in or changes how he does. */
struct signin_from page_from(struct page *p);
struct second_key;
/* The key of second steps, made first if asked. FAULT_FILE with a note. */
CHECKED enum fault second_key_of(struct page *p, bool make, struct second_key *out);
/* Tells a person whose second step was taken away of late, and who has none since, on the page that is being made. */
CHECKED enum fault second_warn(struct page *p);
enum fault page_password(struct page *p);
enum fault page_password_post(struct page *p);
enum fault page_list(struct page *p);
/* The form of a list, sent: goes on to the address that asks the same. */
enum fault page_list_ask(struct page *p);
enum fault page_export(struct page *p);
enum fault page_record(struct page *p);
enum fault page_proof(struct page *p);
enum fault page_log(struct page *p);
enum fault page_compare(struct page *p);
enum fault page_file(struct page *p);
enum fault page_file_small(struct page *p);
enum fault page_file_view(struct page *p);
enum fault page_new(struct page *p);
enum fault page_new_post(struct page *p);
enum fault page_edit(struct page *p);
enum fault page_edit_post(struct page *p);
enum fault page_move_post(struct page *p);
enum fault page_withdraw_post(struct page *p);
enum fault page_import(struct page *p);
enum fault page_import_post(struct page *p);
enum fault page_import_sheet(struct page *p);
/* The lists kept under a name, and what is needed to keep this one (`query` is what stands behind its question mark; "": nothing to keep). */
CHECKED enum fault views_show(struct page *p, const struct reg *reg, const char *query);
enum fault page_view_keep(struct page *p);
enum fault page_view_drop(struct page *p);
enum fault page_definitions(struct page *p);
enum fault page_definitions_post(struct page *p);
enum fault page_definition(struct page *p);
enum fault page_definition_post(struct page *p);
enum fault page_definition_file(struct page *p);
enum fault page_import_marked(struct page *p);
enum fault page_import_changes(struct page *p);
enum fault page_imports(struct page *p);
enum fault page_jobs(struct page *p);
/* Gives the view the list `jobs` of the person's long work (imports into one register, or NULL: all), and lets the page ask again by itself while some runs. */
CHECKED enum fault jobs_show(struct page *p, const char *register_key);
enum fault page_job_again(struct page *p);
enum fault page_job_file(struct page *p);
/* Starts a confirmed import again as `request` of its job tells it, and goes to the page of imported tables. */
enum fault import_again(struct page *p, const char *register_key, const char *request);
enum fault page_job_cancel(struct page *p);
enum fault page_import_undo(struct page *p);
enum fault page_reports(struct page *p);
enum fault page_report_draft(struct page *p);
enum fault page_report_preview(struct page *p);
enum fault page_report_issue(struct page *p);
enum fault page_report_issued(struct page *p);
enum fault page_report_file(struct page *p);
enum fault page_report_bundle(struct page *p);
enum fault page_figure(struct page *p);
enum fault page_forms(struct page *p);
enum fault page_form(struct page *p);
enum fault page_form_post(struct page *p);
enum fault page_form_fill(struct page *p);
enum fault page_form_file(struct page *p);
enum fault page_form_keep(struct page *p);
enum fault page_box(struct page *p);
/* A digest of whose records, and which of their values, the actor may read in a register (NULL: in all): as long as it stays, a file that he was given is
 * still his to have. Lives in the request's arena. */
const char *reading_seal(struct page *p, const struct reg *reg);
/* Removes what was assembled more than JOB_DAYS ago, and what a machine that failed left behind. `files`: the folder of stored files. */
void box_sweep(const char *files, int64_t now_ms);
enum fault page_box_assemble(struct page *p);
/* Starts the assembling of a box again as `request` of its job tells it, and goes to the box's page. */
enum fault box_again(struct page *p, const char *request);
enum fault page_box_file(struct page *p);
enum fault page_box_spine(struct page *p);
enum fault page_box_copy(struct page *p);
/* Gives the page of a box's or an item's record the way to the box. */
void box_show(struct page *p, const struct reg *reg, const struct record *r);
/* Gives the page of today one's own items that lack evidence, of boxes in preparation. */
enum fault box_show_today(struct page *p);
enum fault page_webhooks(struct page *p);
enum fault page_webhooks_post(struct page *p);
enum fault page_webhook(struct page *p);
enum fault page_webhook_stop(struct page *p);
enum fault page_webhook_again(struct page *p);

#endif
