/* site.c - the route table, and the way of a request from the server to its handler: sign-in, forgery check, snapshot, refusal page. */
#include "web/api.h"
#include "web/hooks.h"
#include "web/jobs.h"
#include "web/keeper.h"
#include "web/mailer.h"
#include "web/rate.h"

#include "access/second.h"
#include "base/log.h"
#include "base/printer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { BODY_MAX = 1 << 20, UPLOAD_MAX = 40 << 20, FORM_MAX = UPLOAD_FILE_MAX + (14 << 20), ANSWER_MAX = 64 << 20 };

static const char *const no_params[] = {NULL};
static const char *const list_params[] = {"q",         "sort",  "count",  "all", "state",  "as_of",  "known_at", "filter",
                                          "withdrawn", "after", "before", "w-*", "format", "groups", NULL};
static const char *const ask_params[] = {"csrf",     "q",      "sort",      "all", "state", "as_of",
                                         "known_at", "filter", "withdrawn", "w-*", "group", NULL};
static const char *const api_list_params[] = {"q", "sort", "as_of", "known_at", "filter", "withdrawn", "after", "limit", NULL};
static const char *const api_search_params[] = {"q", "register", "unit", "limit", "after", NULL};
static const char *const api_export_params[] = {"q", "sort", "as_of", "known_at", "filter", "withdrawn", "format", NULL};
static const char *const api_import_params[] = {"name", "dry_run", "update", "reason", "effect", NULL};
static const char *const api_file_params[] = {"name", NULL};
static const char *const api_evidence_params[] = {"period", "limit", "after", NULL};
static const char *const api_term_params[] = {"from", "length", "extend", "custody", NULL};
static const char *const record_params[] = {"as_of", "known_at", NULL};
static const char *const form_params[] = {"csrf", "record", "expected", "f-*", "effective", "reason", NULL};
static const char *const move_params[] = {"csrf", "expected", "m-*", NULL};
static const char *const withdraw_params[] = {"csrf", "expected", "reason", NULL};
static const char *const import_params[] = {"csrf",   "file",  "kept",  "effect", "rows", "reason",
                                            "update", "match", "given", "m-*",    NULL};
static const char *const given_params[] = {"given", NULL};
static const char *const refusals_params[] = {"before", NULL};
static const char *const today_params[] = {"all", NULL};
static const char *const seen_params[] = {"csrf", "clock", NULL};
static const char *const arrange_params[] = {"csrf", "anew", "stop", NULL};
static const char *const notice_params[] = {"csrf", "file", NULL};
static const char *const term_params[] = {"rule", "from", "time", "length", "custody", "x-*", NULL};
static const char *const new_params[] = {"f-*", NULL};
static const char *const view_params[] = {"csrf", "name", "query", "shared", NULL};
static const char *const definition_params[] = {"csrf", "f-*", "r-*", "preview", NULL};
static const char *const imports_params[] = {"after", NULL};
static const char *const log_params[] = {"before", NULL};
static const char *const proof_params[] = {"position", NULL};
static const char *const compare_params[] = {"from", "to", NULL};
static const char *const search_params[] = {"q", "unit", "register", NULL};
static const char *const file_params[] = {"of", "large", "page", NULL};
static const char *const draft_params[] = {"period", NULL};
static const char *const issue_params[] = {"csrf", "period", "expected", "text", NULL};
static const char *const grid_params[] = {"csrf", "sheet", "cell", "register", "kind", "what", "fact", "where", "c-*", NULL};
static const char *const api_page_params[] = {"limit", "after", NULL};
static const char *const box_params[] = {"lack", "office", "from", NULL};
static const char *const assemble_params[] = {"csrf", "known_at", NULL};
static const char *const box_copy_params[] = {"csrf", "name", "from", "to", "due", NULL};
static const char *const fill_params[] = {"csrf", "period", NULL};
static const char *const figure_params[] = {"after", NULL};
static const char *const signin_params[] = {"back", "login", "password", NULL};
static const char *const code_params[] = {"back", "code", NULL};
static const char *const session_params[] = {"csrf", "session", NULL};
static const char *const second_params[] = {"csrf", "act", "password", "code", NULL};
static const char *const people_params[] = {"after", NULL};
static const char *const reset_params[] = {"csrf", "reason", NULL};
static const char *const csrf_params[] = {"csrf", NULL};
static const char *const again_params[] = {"csrf", "message", NULL};
static const char *const lang_params[] = {"to", "back", NULL};
static const char *const password_params[] = {"csrf", "old", "new", "again", NULL};

/* Every page and form. What is not here does not exist; what names no access does not start (see route_check). */
static const struct route routes[] = {
    {HTTP_GET, "/healthz", ROUTE_PUBLIC, page_health, no_params},
    {HTTP_GET, "/static/{}", ROUTE_PUBLIC, page_static, no_params},
    {HTTP_GET, "/lang", ROUTE_PUBLIC, page_language, lang_params},
    {HTTP_GET, "/signin", ROUTE_PUBLIC, page_signin, signin_params},
    {HTTP_POST, "/signin", ROUTE_PUBLIC, page_signin_post, signin_params},
    {HTTP_GET, "/signin/code", ROUTE_PUBLIC, page_signin_code, code_params},
    {HTTP_POST, "/signin/code", ROUTE_PUBLIC, page_signin_code_post, code_params},
    {HTTP_POST, "/signout", ROUTE_SETTING_UP, page_signout, csrf_params},
    {HTTP_GET, "/account", ROUTE_SIGNED, page_account, no_params},
    {HTTP_POST, "/account/end", ROUTE_SIGNED, page_account_end, session_params},
    {HTTP_GET, "/password", ROUTE_SIGNED, page_password, no_params},
    {HTTP_POST, "/password", ROUTE_SIGNED, page_password_post, password_params},
    {HTTP_GET, "/second", ROUTE_SETTING_UP, page_second, no_params},
    {HTTP_POST, "/second", ROUTE_SETTING_UP, page_second_post, second_params},
    {HTTP_GET, "/second/people", ROUTE_SIGNED, page_second_people, people_params},
    {HTTP_POST, "/second/people/{}", ROUTE_SIGNED, page_second_reset, reset_params},
    {HTTP_GET, "/signins", ROUTE_SIGNED, page_signins, refusals_params},
    {HTTP_GET, "/", ROUTE_SIGNED, page_home, no_params},
    {HTTP_GET, "/today", ROUTE_SIGNED, page_today, today_params},
    {HTTP_POST, "/today/seen", ROUTE_SIGNED, page_today_seen, seen_params},
    {HTTP_POST, "/today/finish", ROUTE_SIGNED, page_today_finish, seen_params},
    {HTTP_GET, "/roster/{}", ROUTE_SIGNED, page_roster, no_params},
    {HTTP_POST, "/roster/{}/arrange", ROUTE_SIGNED, page_roster_arrange, arrange_params},
    {HTTP_GET, "/roster/{}/sheet", ROUTE_SIGNED, page_roster_sheet, no_params},
    {HTTP_GET, "/calendar", ROUTE_SIGNED, page_feed, no_params},
    {HTTP_POST, "/calendar", ROUTE_SIGNED, page_feed_post, arrange_params},
    {HTTP_GET, "/calendar/{}", ROUTE_PUBLIC, page_feed_file, no_params},
    {HTTP_GET, "/wall", ROUTE_SIGNED, page_wall, no_params},
    {HTTP_GET, "/terms", ROUTE_SIGNED, page_terms, term_params},
    {HTTP_POST, "/terms/notice", ROUTE_SIGNED, page_notice_post, notice_params},
    {HTTP_GET, "/help", ROUTE_SIGNED, page_help, no_params},
    {HTTP_GET, "/doctor", ROUTE_SIGNED, page_doctor, no_params},
    {HTTP_GET, "/refusals", ROUTE_SIGNED, page_refusals, refusals_params},
    {HTTP_GET, "/search", ROUTE_SIGNED, page_search, search_params},
    {HTTP_GET, "/r", ROUTE_SIGNED, page_registers, no_params},
    {HTTP_GET, "/r/{}", ROUTE_SIGNED, page_list, list_params},
    {HTTP_POST, "/r/{}", ROUTE_SIGNED, page_list_ask, ask_params},
    {HTTP_GET, "/r/{}/export", ROUTE_SIGNED, page_export, list_params},
    {HTTP_GET, "/r/{}/new", ROUTE_SIGNED, page_new, new_params},
    {HTTP_POST, "/r/{}/new", ROUTE_SIGNED, page_new_post, form_params},
    {HTTP_GET, "/r/{}/log", ROUTE_SIGNED, page_log, log_params},
    {HTTP_GET, "/r/{}/import", ROUTE_SIGNED, page_import, given_params},
    {HTTP_POST, "/r/{}/import", ROUTE_SIGNED, page_import_post, import_params},
    {HTTP_POST, "/r/{}/import/marked", ROUTE_SIGNED, page_import_marked, import_params},
    {HTTP_POST, "/r/{}/import/changes", ROUTE_SIGNED, page_import_changes, import_params},
    {HTTP_GET, "/r/{}/sheet.xlsx", ROUTE_SIGNED, page_import_sheet, no_params},
    {HTTP_POST, "/r/{}/views", ROUTE_SIGNED, page_view_keep, view_params},
    {HTTP_POST, "/r/{}/views/{}/drop", ROUTE_SIGNED, page_view_drop, csrf_params},
    {HTTP_GET, "/r/{}/imports", ROUTE_SIGNED, page_imports, imports_params},
    {HTTP_POST, "/r/{}/imports/{}", ROUTE_SIGNED, page_import_undo, withdraw_params},
    {HTTP_GET, "/r/{}/{}", ROUTE_SIGNED, page_record, record_params},
    {HTTP_GET, "/r/{}/{}/edit", ROUTE_SIGNED, page_edit, no_params},
    {HTTP_POST, "/r/{}/{}/edit", ROUTE_SIGNED, page_edit_post, form_params},
    {HTTP_POST, "/r/{}/{}/move/{}", ROUTE_SIGNED, page_move_post, move_params},
    {HTTP_POST, "/r/{}/{}/withdraw", ROUTE_SIGNED, page_withdraw_post, withdraw_params},
    {HTTP_GET, "/r/{}/{}/proof", ROUTE_SIGNED, page_proof, proof_params},
    {HTTP_GET, "/r/{}/{}/compare", ROUTE_SIGNED, page_compare, compare_params},
    {HTTP_GET, "/r/{}/{}/file/{}", ROUTE_SIGNED, page_file, file_params},
    {HTTP_GET, "/r/{}/{}/small/{}", ROUTE_SIGNED, page_file_small, file_params},
    {HTTP_GET, "/r/{}/{}/view/{}", ROUTE_SIGNED, page_file_view, file_params},
    {HTTP_GET, "/jobs", ROUTE_SIGNED, page_jobs, no_params},
    {HTTP_POST, "/jobs/{}/cancel", ROUTE_SIGNED, page_job_cancel, csrf_params},
    {HTTP_POST, "/jobs/{}/again", ROUTE_SIGNED, page_job_again, csrf_params},
    {HTTP_GET, "/jobs/{}/file", ROUTE_SIGNED, page_job_file, no_params},
    {HTTP_GET, "/tokens", ROUTE_SIGNED, page_tokens, no_params},
    {HTTP_POST, "/tokens", ROUTE_SIGNED, page_tokens_post, form_params},
    {HTTP_POST, "/tokens/{}/revoke", ROUTE_SIGNED, page_token_revoke, csrf_params},
    {HTTP_GET, "/definitions", ROUTE_SIGNED, page_definitions, no_params},
    {HTTP_POST, "/definitions", ROUTE_SIGNED, page_definitions_post, import_params},
    {HTTP_GET, "/definitions/{}", ROUTE_SIGNED, page_definition, no_params},
    {HTTP_POST, "/definitions/{}", ROUTE_SIGNED, page_definition_post, definition_params},
    {HTTP_GET, "/definitions/{}/file", ROUTE_SIGNED, page_definition_file, no_params},
    {HTTP_GET, "/webhooks", ROUTE_SIGNED, page_webhooks, no_params},
    {HTTP_POST, "/webhooks", ROUTE_SIGNED, page_webhooks_post, form_params},
    {HTTP_GET, "/webhooks/{}", ROUTE_SIGNED, page_webhook, log_params},
    {HTTP_POST, "/webhooks/{}/stop", ROUTE_SIGNED, page_webhook_stop, csrf_params},
    {HTTP_POST, "/webhooks/{}/again", ROUTE_SIGNED, page_webhook_again, again_params},
    {HTTP_GET, "/help/api", ROUTE_SIGNED, page_help_api, no_params},
    {HTTP_GET, "/api/v1/", ROUTE_API, api_index, no_params},
    {HTTP_GET, "/api/v1/openapi.json", ROUTE_API, api_open, no_params},
    {HTTP_GET, "/api/v1/me", ROUTE_API, api_me, no_params},
    {HTTP_POST, "/api/v1/files", ROUTE_API, api_store_file, api_file_params},
    {HTTP_GET, "/api/v1/terms", ROUTE_API, api_terms, no_params},
    {HTTP_GET, "/api/v1/terms/{}", ROUTE_API, api_term, api_term_params},
    {HTTP_GET, "/api/v1/due/{}", ROUTE_API, api_clock_due, no_params},
    {HTTP_GET, "/api/v1/rosters/{}", ROUTE_API, api_roster, no_params},
    {HTTP_POST, "/api/v1/rosters/{}/arrange", ROUTE_API, api_roster_arrange, no_params},
    {HTTP_GET, "/api/v1/search", ROUTE_API, api_search, api_search_params},
    {HTTP_GET, "/api/v1/registers", ROUTE_API, api_registers, no_params},
    {HTTP_GET, "/api/v1/registers/{}", ROUTE_API, api_register, no_params},
    {HTTP_GET, "/api/v1/r/{}", ROUTE_API, api_list, api_list_params},
    {HTTP_POST, "/api/v1/r/{}", ROUTE_API, api_add, no_params},
    {HTTP_GET, "/api/v1/r/{}/export", ROUTE_API, api_export, api_export_params},
    {HTTP_POST, "/api/v1/r/{}/import", ROUTE_API, api_import, api_import_params},
    {HTTP_GET, "/api/v1/r/{}/{}", ROUTE_API, api_read, record_params},
    {HTTP_PATCH, "/api/v1/r/{}/{}", ROUTE_API, api_edit, no_params},
    {HTTP_GET, "/api/v1/r/{}/{}/history", ROUTE_API, api_history, no_params},
    {HTTP_GET, "/api/v1/r/{}/{}/proof", ROUTE_API, api_proof, proof_params},
    {HTTP_GET, "/api/v1/r/{}/{}/files/{}", ROUTE_API, api_file, file_params},
    {HTTP_POST, "/api/v1/r/{}/{}/moves/{}", ROUTE_API, api_move, no_params},
    {HTTP_POST, "/api/v1/r/{}/{}/withdraw", ROUTE_API, api_withdraw, no_params},
    {HTTP_GET, "/api/v1/reports", ROUTE_API, api_reports, no_params},
    {HTTP_GET, "/api/v1/reports/{}", ROUTE_API, api_draft, draft_params},
    {HTTP_POST, "/api/v1/reports/{}", ROUTE_API, api_issue, no_params},
    {HTTP_GET, "/api/v1/reports/{}/figures/{}", ROUTE_API, api_draft_evidence, api_evidence_params},
    {HTTP_GET, "/api/v1/forms", ROUTE_API, api_forms, api_page_params},
    {HTTP_GET, "/api/v1/forms/{}", ROUTE_API, api_form, no_params},
    {HTTP_GET, "/api/v1/forms/{}/filled", ROUTE_API, api_form_filled, fill_params},
    {HTTP_POST, "/api/v1/forms/{}/filled", ROUTE_API, api_form_keep, no_params},
    {HTTP_GET, "/api/v1/forms/{}/file", ROUTE_API, api_form_file, fill_params},
    {HTTP_GET, "/api/v1/issued/{}", ROUTE_API, api_issued, no_params},
    {HTTP_GET, "/api/v1/issued/{}/figures/{}", ROUTE_API, api_issued_evidence, api_evidence_params},
    {HTTP_GET, "/api/v1/issued/{}/files/{}", ROUTE_API, api_issued_file, no_params},
    {HTTP_GET, "/forms", ROUTE_SIGNED, page_forms, no_params},
    {HTTP_GET, "/forms/{}", ROUTE_SIGNED, page_form, grid_params},
    {HTTP_POST, "/forms/{}", ROUTE_SIGNED, page_form_post, grid_params},
    {HTTP_GET, "/forms/{}/fill", ROUTE_SIGNED, page_form_fill, fill_params},
    {HTTP_GET, "/forms/{}/file", ROUTE_SIGNED, page_form_file, fill_params},
    {HTTP_POST, "/forms/{}/keep", ROUTE_SIGNED, page_form_keep, fill_params},
    {HTTP_GET, "/box/{}", ROUTE_SIGNED, page_box, box_params},
    {HTTP_POST, "/box/{}/assemble", ROUTE_SIGNED, page_box_assemble, assemble_params},
    {HTTP_GET, "/box/{}/file/{}", ROUTE_SIGNED, page_box_file, no_params},
    {HTTP_GET, "/box/{}/spine", ROUTE_SIGNED, page_box_spine, no_params},
    {HTTP_POST, "/box/{}/copy", ROUTE_SIGNED, page_box_copy, box_copy_params},
    {HTTP_GET, "/reports", ROUTE_SIGNED, page_reports, no_params},
    {HTTP_GET, "/reports/{}", ROUTE_SIGNED, page_report_draft, draft_params},
    {HTTP_POST, "/reports/{}", ROUTE_SIGNED, page_report_issue, issue_params},
    {HTTP_POST, "/reports/{}/preview", ROUTE_SIGNED, page_report_preview, issue_params},
    {HTTP_GET, "/issued/{}", ROUTE_SIGNED, page_report_issued, no_params},
    {HTTP_GET, "/issued/{}/bundle", ROUTE_SIGNED, page_report_bundle, no_params},
    {HTTP_GET, "/issued/{}/{}", ROUTE_SIGNED, page_report_file, no_params},
    {HTTP_GET, "/issued/{}/figure/{}", ROUTE_SIGNED, page_figure, figure_params},
};

static bool route_fits(const char *pattern, const char *path, struct arena *arena, const char *args[ROUTE_ARGS]) {
    int count = 0;
    while (*pattern && *path) {
        if (pattern[0] == '{') {
            size_t n = strcspn(path, "/");
            if (!n || count == ROUTE_ARGS) return false;
            args[count++] = arena_copyn(arena, path, n);
            path += n;
            pattern += 2;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return !*pattern && !*path;
}

/* Of two patterns that fit ("/r/{}/new", "/r/{}/{}") the one with a literal where the other has an argument comes first. */
static const struct route *route_find(enum http_method method, const char *path, struct arena *arena, const char *args[ROUTE_ARGS],
                                      bool *other_method) {
    const struct route *best = NULL;
    *other_method = false;
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        const char *found[ROUTE_ARGS] = {0};
        if (!route_fits(routes[i].path, path, arena, found)) continue;
        if (routes[i].method != (method == HTTP_HEAD ? HTTP_GET : method)) {
            *other_method = true;
            continue;
        }
        if (best && strcmp(routes[i].path, best->path) > 0) continue; /* '{' sorts after every letter */
        best = &routes[i];
        memcpy(args, found, sizeof found);
    }
    return best;
}

static void answer_headers(struct page *p) {
    http_answer_header(
        p->answer, "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
    http_answer_header(p->answer, "X-Content-Type-Options", "nosniff");
    http_answer_header(p->answer, "Referrer-Policy", "same-origin");
    http_answer_header(p->answer, "Cross-Origin-Opener-Policy", "same-origin");
    http_answer_header(p->answer, "Cross-Origin-Resource-Policy", "same-origin");
    http_answer_header(p->answer, "Permissions-Policy", "camera=(), microphone=(), geolocation=()");
}

static enum fault find_session(struct page *p) {
    const char *token = http_cookie(p->request, "session");
    if (!token || strlen(token) != SESSION_TOKEN - 1) return FAULT_NONE;
    enum fault f = page_reader(p);
    if (!f) f = session_find(p->conn, token, p->now_ms, &p->session);
    if (!f) f = page_actor(p, &p->session.person);
    if (f == FAULT_SIGNIN || f == FAULT_ABSENT) return FAULT_NONE;
    if (f) return f;
    struct second second = {.on = true};
    if (p->actor.second_required) f = second_find(p->conn, &p->actor.person, &second);
    if (f) return f;
    p->signed_in = true;
    p->second_missing = !second.on;
    p->actor.lang = p->lang;
    return session_touch(registers_store(p->site->config.registers), &p->session, p->now_ms);
}

/* A form must come from our own page: its token fits the session, and the browser does not say that another site sent it. */
static enum fault check_forgery(struct page *p) {
    if (p->request->method == HTTP_GET || p->request->method == HTTP_HEAD) return FAULT_NONE;
    const char *site = http_header(p->request, "Sec-Fetch-Site");
    bool foreign = site && strcmp(site, "same-origin") && strcmp(site, "none");
    const struct http_field *fields;
    size_t count;
    enum fault f = http_form(p->request, &p->notes, &fields, &count);
    if (f) return f;
    const char *token = page_field(p, "csrf");
    if (!foreign && (p->route->access == ROUTE_PUBLIC || (token && csrf_matches(&p->session, token)))) return FAULT_NONE;
    note_add(&p->notes, NULL, "这个表单已经失效，内容没有保存；请返回上一页重新打开再提交");
    return FAULT_RIGHT;
}

static enum fault go_to_signin(struct page *p) {
    if (p->request->method != HTTP_GET && p->request->method != HTTP_HEAD) {
        note_add(&p->notes, NULL, "登录已过期，内容没有保存；请在另一个窗口登录，再回到这里重新提交");
        return FAULT_SIGNIN;
    }
    _cleanup_(text_release) struct text to;
    text_init(&to, 8192);
    text_add(&to, "/signin?back=");
    url_arg(&to, p->request->path);
    if (p->request->query[0]) text_add(&to, "%3F"), url_arg(&to, p->request->query);
    return page_go(p, to.over ? "/signin" : to.at, NULL);
}

/* A role asks for a second step: nothing else is served before it is set up. */
static enum fault go_to_second(struct page *p) {
    if (p->route->access == ROUTE_SIGNED && (p->request->method == HTTP_GET || p->request->method == HTTP_HEAD))
        return page_go(p, "/second", NULL);
    note_add(&p->notes, NULL, "您的角色须两步验证，请先在“两步验证”页设置");
    return FAULT_RIGHT;
}

static bool is_api(const struct page *p) { return !strncmp(p->request->path, "/api/", 5); }

static enum fault refuse_rate(struct page *p) {
    note_add(&p->notes, "", "请求太频繁，请在 {0} 秒后再试", arena_int(p->arena, p->retry_s));
    http_answer_header(p->answer, "Retry-After", arena_int(p->arena, p->retry_s));
    p->api_status = 429;
    return FAULT_BUSY;
}

/* A token cannot be sent by another site; a session's changes must bring the form token in a header that other sites cannot set. */
static enum fault check_api_forgery(struct page *p, bool bearer) {
    if (bearer || p->request->method == HTTP_GET || p->request->method == HTTP_HEAD) return FAULT_NONE;
    const char *token = http_header(p->request, "X-CSRF-Token");
    if (token && csrf_matches(&p->session, token)) return FAULT_NONE;
    note_add(&p->notes, "X-CSRF-Token", "以登录身份写入须带 X-CSRF-Token；程序请用令牌");
    return FAULT_RIGHT;
}

static enum fault run_route(struct page *p) {
    bool other_method;
    p->route = route_find(p->request->method, p->request->path, p->arena, p->args, &other_method);
    const char *authorization = http_header(p->request, "Authorization");
    bool bearer = is_api(p) && authorization && !strncasecmp(authorization, "Bearer ", 7);
    if (is_api(p) && !rate_take(p->site->rate, bearer ? authorization : p->request->peer, p->now_ms, &p->retry_s))
        return refuse_rate(p);
    enum fault f = bearer ? api_bearer(p, authorization + 7) : find_session(p);
    /* Tokens that are none are counted together for the address that tries them, whatever each looks like; a good one from there is still served. */
    if (f && bearer && !rate_take(p->site->rate, arena_join(p->arena, "guess ", p->request->peer), p->now_ms, &p->retry_s))
        return refuse_rate(p);
    if (f) return f;
    if (!p->route) return other_method ? FAULT_USAGE : FAULT_ABSENT;
    if (p->route->access == ROUTE_API && !p->signed_in) return FAULT_SIGNIN;
    bool signed_only = p->route->access == ROUTE_SIGNED || p->route->access == ROUTE_SETTING_UP;
    if (signed_only && !p->signed_in) return go_to_signin(p);
    if (p->second_missing && p->route->access != ROUTE_PUBLIC && p->route->access != ROUTE_SETTING_UP) return go_to_second(p);
    f = p->route->access == ROUTE_API ? check_api_forgery(p, bearer) : check_forgery(p);
    return f ? f : p->route->run(p);
}

static void render_fault(struct page *p, enum fault f) {
    struct view *v = page_view(p, fault_sentence(f));
    view_tr(v, K(fault), fault_sentence(f));
    if (p->notes.first) view_note(v, K(detail), p->notes.first);
    view_int(v, K(status), fault_http_status(f));
    text_clear(http_answer_text(p->answer));
    if (page_render(p, TEMPLATE_error)) {}
    http_answer_status(p->answer, fault_http_status(f));
}

static struct page page_begin(struct site *site, struct http_request *request, struct http_answer *answer) {
    struct page p = {.site = site, .request = request, .answer = answer, .arena = request->arena, .now_ms = clock_now_ms()};
    const char *lang = http_cookie(request, "lang");
    p.lang = lang_choose(lang ? lang : http_header(request, "Accept-Language"));
    p.today = civil_at(p.now_ms);
    p.actor.lang = p.lang;
    return p;
}

void site_answer(struct site *site, struct http_request *request, struct http_answer *answer) {
    struct page p = page_begin(site, request, answer);
    notes_init(&p.notes, p.arena);
    answer_headers(&p);
    enum fault f = run_route(&p);
    if (f) {
        if (fault_http_status(f) >= 500) log_line(LOG_ERROR_, "request", "path", request->path, "fault", fault_word(f));
        refusal_keep(&p, f);
        if (is_api(&p)) api_problem(&p, f);
        else render_fault(&p, f);
    }
    store_read_end(&p.conn);
}

static void handle(void *context, struct http_request *request, struct http_answer *answer) {
    site_answer(context, request, answer);
}

static size_t body_cap(void *context, enum http_method method, const char *path) {
    (void)context;
    size_t n = strlen(path);
    bool api = !strncmp(path, "/api/v1/", 8);
    if (api && !strcmp(path, "/api/v1/files") && method == HTTP_POST) return UPLOAD_FILE_MAX;
    if (api) path += 7, n -= 7;
    if (method != HTTP_POST || strncmp(path, "/r/", 3)) return BODY_MAX;
    if (n > 7 && !strcmp(path + n - 7, "/import")) return UPLOAD_MAX;
    if (api) return BODY_MAX;
    bool form = !strcmp(path + n - 4, "/new") || !strcmp(path + n - 5, "/edit") || strstr(path, "/move/");
    return form ? FORM_MAX : BODY_MAX;
}

/* Requests that may wait or take long run in the writing threads, so that the quick ones never wait behind them. */
static bool is_slow(void *context, enum http_method method, const char *path) {
    (void)context;
    size_t n = strlen(path);
    if (!strncmp(path, "/api/v1/", 8)) path += 7, n -= 7;
    if (method != HTTP_GET && method != HTTP_HEAD && method != HTTP_OPTIONS) return true;
    return (n > 7 && !strcmp(path + n - 7, "/export")) || strstr(path, "/small/") || strstr(path, "/view/") ||
           !strncmp(path, "/reports/", 9) || !strncmp(path, "/forms/", 7) || !strncmp(path, "/box/", 5) ||
           !strncmp(path, "/issued/", 8);
}

static void site_release(struct site *site) {
    mailer_stop(site->mailer);
    keeper_stop(site->keeper);
    hooks_stop(site->hooks);
    jobs_release(site->jobs); /* before the fonts, which jobs print with */
    doc_fonts_close(site->fonts);
    remember_release(site->remembered);
    rate_release(site->rate);
    pthread_mutex_destroy(&site->lock);
    memory_release(&site);
}

enum fault site_start(const struct site_config *config, struct notes *notes, struct site **out) {
    for (size_t i = 0; i < COUNT_OF(routes); i++)
        if (routes[i].access == ROUTE_NONE || !routes[i].run || !routes[i].params) {
            note_add(notes, routes[i].path, "路由没有声明谁可以使用");
            return FAULT_SYSTEM;
        } else if (routes[i].access == ROUTE_API && !api_route_described(&routes[i])) {
            note_add(notes, routes[i].path, "接口说明里没有这条路由");
            return FAULT_SYSTEM;
        }
    struct site *site = memory_new(sizeof *site);
    site->config = *config;
    site->remembered = remember_new();
    site->rate = rate_new(config->api_rate);
    pthread_mutex_init(&site->lock, NULL);
    random_bytes(site->secret, sizeof site->secret);
    template_prepare();
    char path[4096];
    snprintf(path, sizeof path, "%s/demo-signin.txt", config->data);
    site->demo = !access(path, F_OK);
    struct http_config http = {.listen = config->listen,
                               .listener = config->listener,
                               .body_max_bytes = BODY_MAX,
                               .answer_max_bytes = ANSWER_MAX,
                               .arena_max_bytes = (size_t)64 << 20,
                               .trusted_proxy = config->trusted_proxy,
                               .body_max = body_cap,
                               .slow = is_slow};
    enum fault f = jobs_open(registers_store(config->registers), config->files, notes, &site->jobs);
    if (!f) f = hooks_start(config, notes, &site->hooks);
    if (!f) f = keeper_start(config->registers, site->jobs, &site->keeper);
    if (!f) f = mailer_start(config, &site->mailer);
    if (!f) f = http_server_start(&http, handle, site, &site->server);
    if (f && site->hooks)
        note_add(notes, config->listen, f == FAULT_BUSY ? "这个地址已被占用；请换一个端口（--listen）" : "无法在这个地址上监听");
    if (f) {
        site_release(site);
        return f;
    }
    const char *colon = strrchr(config->listen, ':');
    snprintf(site->address, sizeof site->address, "%.*s:%u", colon ? (int)(colon - config->listen) : 0, config->listen,
             http_server_port(site->server));
    *out = site;
    return FAULT_NONE;
}

const char *site_address(const struct site *site) { return site->address; }

void site_stop(struct site *site) {
    http_server_stop(site->server);
    site_release(site);
}
