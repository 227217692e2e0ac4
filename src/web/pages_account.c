/* pages_account.c - signing in and out, one's sessions and password, language, and what needs no register: static files, health, help, self-check. */
#include "web/channels.h"
#include "web/page.h"

#include "access/second.h"
#include "base/printer.h"
#include "web/static.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

enum { DOCTOR_LIMIT_MS = 5000, COOKIE_MAX = 200, ATTEMPTS_OWN = 20, ATTEMPTS_SHOWN = 100 };

/* Where to go afterwards: only a path of ours, so that nobody is led elsewhere by a link to the sign-in page. */
static const char *safe_path(const char *path) {
    if (!path || path[0] != '/' || path[1] == '/') return "/";
    for (const char *c = path; *c; c++)
        if (*c <= ' ' || *c > '~' || *c == '\\') return "/";
    return path;
}

static void set_session(struct page *p, const char *token) {
    char cookie[COOKIE_MAX];
    snprintf(cookie, sizeof cookie, "session=%s; Path=/; HttpOnly; SameSite=Lax%s%s", token, token[0] ? "" : "; Max-Age=0",
             p->request->secure ? "; Secure" : "");
    http_answer_header(p->answer, "Set-Cookie", cookie);
}

/* Half a sign-in goes to no other page, and not along with a link from elsewhere. */
static void set_half(struct page *p, const char *token) {
    char cookie[COOKIE_MAX];
    snprintf(cookie, sizeof cookie, "half=%s; Path=/signin; HttpOnly; SameSite=Strict; Max-Age=%d%s", token, token[0] ? 300 : 0,
             p->request->secure ? "; Secure" : "");
    http_answer_header(p->answer, "Set-Cookie", cookie);
}

struct signin_from page_from(struct page *p) {
    return (struct signin_from){.address = p->request->peer, .agent = http_header(p->request, "User-Agent")};
}

/* The demonstration's accounts stand on its sign-in page; the administrator's only for the machine itself. */
static void add_demo_accounts(struct page *p) {
    bool local = (!strcmp(p->request->peer, "127.0.0.1") || !strcmp(p->request->peer, "::1")) && !p->request->from_proxy &&
                 !http_header(p->request, "X-Forwarded-For");
    struct view_list *list = view_list(p->view, K(demo_accounts));
    FILE *f = p->site->demo ? fopen(arena_format(p->arena, "%s/demo-signin.txt", p->site->config.data), "re") : NULL;
    char line[400], login[100], password[100], about[200];
    while (f && fgets(line, sizeof line, f)) {
        about[0] = 0;
        if (sscanf(line, "%99s %99s %199[^\n]", login, password, about) < 2 || (!strcmp(login, "admin") && !local)) continue;
        struct view *a = view_item(list);
        view_copy(a, K(login), login);
        view_copy(a, K(password), password);
        view_tr(a, K(about), arena_copy(p->arena, about));
    }
    if (f) fclose(f);
}

static enum fault show_signin(struct page *p, const char *login, const char *back, enum fault f) {
    struct view *v = page_view(p, "登录");
    view_text(v, K(login), login);
    view_text(v, K(back), back);
    if (f) {
        const struct note *first = p->notes.first;
        if (first) view_note(v, K(fault), first);
        else view_tr(v, K(fault), fault_sentence(f));
        http_answer_status(p->answer, f == FAULT_SIGNIN ? 403 : fault_http_status(f));
    }
    add_demo_accounts(p);
    return page_render(p, TEMPLATE_signin);
}

enum fault page_signin(struct page *p) {
    const char *back = safe_path(page_param(p, "back"));
    return p->signed_in ? page_go(p, back, NULL) : show_signin(p, "", back, FAULT_NONE);
}

/* A token is never carried over a sign-in. */
static enum fault go_on_signed_in(struct page *p, const struct session *session, const char *back) {
    if (p->signed_in && session_end(registers_store(p->site->config.registers), &p->session)) return FAULT_STORE;
    set_session(p, session->token);
    return page_go(p, back, NULL);
}

enum fault page_signin_post(struct page *p) {
    const char *login = page_field(p, "login"), *password = page_field(p, "password"), *back = safe_path(page_field(p, "back"));
    struct signin_from from = page_from(p);
    struct signin in;
    enum fault f = session_begin(registers_store(p->site->config.registers), login ? login : "", password ? password : "", &from,
                                 p->now_ms, &p->notes, &in);
    if (f) return show_signin(p, login ? login : "", back, f);
    if (!in.half) return go_on_signed_in(p, &in.session, back);
    _cleanup_(text_release) struct text to;
    text_init(&to, 8192);
    text_add(&to, "/signin/code?back=");
    url_arg(&to, back);
    set_half(p, in.half_token);
    return page_go(p, to.over ? "/signin/code" : to.at, NULL);
}

static enum fault show_code(struct page *p, const char *back, enum fault f) {
    struct view *v = page_view(p, "输入验证码");
    view_text(v, K(back), back);
    if (f) {
        view_note(v, K(fault), p->notes.first);
        http_answer_status(p->answer, fault_http_status(f));
    }
    return page_render(p, TEMPLATE_signin_code);
}

enum fault page_signin_code(struct page *p) {
    enum fault f = page_reader(p);
    if (!f) f = half_stands(p->conn, http_cookie(p->request, "half"), p->now_ms);
    if (f == FAULT_SIGNIN) return page_go(p, "/signin", NULL);
    return f ? f : show_code(p, safe_path(page_param(p, "back")), FAULT_NONE);
}

enum fault page_signin_code_post(struct page *p) {
    const char *code = page_field(p, "code"), *back = safe_path(page_field(p, "back"));
    struct signin_from from = page_from(p);
    struct second_key key;
    struct session session;
    enum fault f = second_key_of(p, false, &key);
    if (!f)
        f = session_complete(registers_store(p->site->config.registers), &key, http_cookie(p->request, "half"), code ? code : "",
                             &from, p->now_ms, &p->notes, &session);
    explicit_bzero(&key, sizeof key);
    if (f == FAULT_SIGNIN) {
        set_half(p, "");
        return show_signin(p, "", back, f);
    }
    if (f == FAULT_INPUT || f == FAULT_BUSY) return show_code(p, back, f);
    if (f) return f;
    set_half(p, "");
    return go_on_signed_in(p, &session, back);
}

enum fault page_signout(struct page *p) {
    enum fault f = session_end(registers_store(p->site->config.registers), &p->session);
    if (f) return f;
    set_session(p, "");
    return page_go(p, "/signin", "已退出。");
}

enum fault page_language(struct page *p) {
    const char *to = page_param(p, "to");
    for (enum lang l = LANG_ZH; to && l < LANG_COUNT; l++) {
        if (strcmp(to, lang_tag(l)) != 0) continue;
        char cookie[COOKIE_MAX];
        snprintf(cookie, sizeof cookie, "lang=%s; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax%s", lang_tag(l),
                 p->request->secure ? "; Secure" : "");
        http_answer_header(p->answer, "Set-Cookie", cookie);
    }
    return page_go(p, safe_path(page_param(p, "back")), NULL);
}

static void add_password(struct page *p, struct view_list *list, const char *name, const char *label, const char *autocomplete) {
    struct view *f = view_item(list);
    bool fresh = !strcmp(name, "new");
    view_tr(f, K(help), fresh ? "至少 10 个字符；几个不相干的词连在一起，好记又难猜" : "");
    view_format(f, K(id), "f-%s", name);
    view_text(f, K(name), name);
    view_tr(f, K(label), label);
    view_bool(f, K(required), true);
    view_bool(f, K(is_password), true);
    view_text(f, K(autocomplete), autocomplete);
    const struct note *error = page_note_for(p, name);
    if (error) view_note(f, K(error), error);
}

static enum fault show_password(struct page *p, enum fault f) {
    struct view *v = page_view(p, "修改密码");
    struct view_list *list = view_list(v, K(password_fields));
    enum fault unread = page_proof_inputs(p, list);
    if (unread) return unread;
    add_password(p, list, "new", "新密码", "new-password");
    add_password(p, list, "again", "再输入一次", "new-password");
    if (f) {
        view_tr(v, K(fault), fault_sentence(f));
        http_answer_status(p->answer, fault_http_status(f));
    }
    return page_render(p, TEMPLATE_password);
}

/* What the access room says of a password, beside the input that it was typed into. */
static void note_as(struct page *p, const struct notes *said, const char *place) {
    for (const struct note *n = said->first; n; n = n->next) note_add(&p->notes, place, n->sentence, n->args[0] ? n->args[0] : "");
}

enum fault page_password(struct page *p) { return show_password(p, FAULT_NONE); }

enum fault page_password_post(struct page *p) {
    const char *new = page_field(p, "new"), *again = page_field(p, "again");
    struct store *store = registers_store(p->site->config.registers);
    if (!new || !again || strcmp(new, again) != 0) {
        note_add(&p->notes, "again", "两次输入的新密码不一样");
        return show_password(p, FAULT_INPUT);
    }
    struct session session;
    struct notes said;
    struct signin_from from = page_from(p);
    notes_init(&said, p->arena);
    enum fault f = password_judge(new, p->actor.login, p->site->config.institution, &said); /* before a code is spent */
    note_as(p, &said, "new");
    if (!f) f = page_prove(p);
    if (f) return show_password(p, f);
    notes_init(&said, p->arena);
    f = credential_change(store, &p->actor.person, new, p->site->config.institution, &from, p->now_ms, &said, &session);
    note_as(p, &said, "new");
    if (f) return show_password(p, f);
    set_session(p, session.token);
    return page_go(p, "/account", "密码已修改。");
}

/* ---- one's own sign-ins ---- */

struct shown {
    struct page *p;
    struct view_list *list;
    struct id last;
    int count;
};

static enum fault add_session(void *context, const struct session_row *r) {
    struct shown *s = context;
    struct view *v = view_item(s->list);
    if (r->device && r->device[0]) view_copy(v, K(device), r->device);
    else view_tr(v, K(device), "认不出的设备");
    view_copy(v, K(address), r->address ? r->address : "");
    view_moment(v, K(moment), r->begun_ms);
    view_moment(v, K(seen), r->seen_ms);
    view_bool(v, K(mine), r->mine);
    view_copy(v, K(key), r->key);
    s->count++;
    return FAULT_NONE;
}

static const char *attempt_label(enum attempt_what what) {
    static const char *const labels[ATTEMPT_WHATS] = {
        [ATTEMPT_SIGNED_IN] = "登录成功",
        [ATTEMPT_SIGNED_IN_SECOND] = "登录，用了验证码",
        [ATTEMPT_RECOVERY] = "登录，用了恢复码",
        [ATTEMPT_WRONG_PASSWORD] = "密码不对",
        [ATTEMPT_WRONG_CODE] = "密码对，验证码不对",
        [ATTEMPT_PASSWORD_CHANGED] = "修改密码",
        [ATTEMPT_SECOND_ON] = "设置两步验证",
        [ATTEMPT_SECOND_OFF] = "停用两步验证",
        [ATTEMPT_SECOND_CODES] = "换新恢复码",
        [ATTEMPT_SECOND_RESET] = "两步验证被重置",
    };
    return labels[what];
}

static enum fault add_attempt(void *context, const struct signin_attempt *a) {
    struct shown *s = context;
    struct page *p = s->p;
    const char *name;
    bool bad = a->what == ATTEMPT_WRONG_PASSWORD || a->what == ATTEMPT_WRONG_CODE;
    s->last = a->id;
    s->count++;
    struct view *v = view_item(s->list);
    view_moment(v, K(moment), a->at_ms);
    view_tr(v, K(what), attempt_label(a->what));
    view_text(v, K(tone), bad ? "bad" : "");
    view_copy(v, K(device), a->device);
    view_copy(v, K(address), a->address);
    enum fault f = page_person_name(p, &a->person, &name);
    view_text(v, K(who), name);
    return f;
}

enum fault page_account(struct page *p) {
    struct view *v = page_view(p, "我的账号");
    struct second second;
    struct shown sessions = {.p = p, .list = view_list(v, K(sessions))}, attempts = {.p = p, .list = view_list(v, K(attempts))};
    enum fault f = page_reader(p);
    if (!f) f = second_find(p->conn, &p->actor.person, &second);
    if (!f) f = sessions_list(p->conn, &p->session, p->now_ms, add_session, &sessions);
    if (!f) f = attempts_list(p->conn, &p->actor.person, NULL, ATTEMPTS_OWN, add_attempt, &attempts);
    if (!f) f = second_warn(p);
    if (f) return f;
    view_copy(v, K(login), p->actor.login);
    view_bool(v, K(several), sessions.count > 1);
    view_bool(v, K(second_on), second.on);
    view_bool(v, K(may_define), access_may_everywhere(&p->actor, "system.admin"));
    view_bool(v, K(may_hooks), access_may_everywhere(&p->actor, "system.admin") || access_may(&p->actor, "webhook.own"));
    return page_render(p, TEMPLATE_account);
}

enum fault page_account_end(struct page *p) {
    const char *key = page_field(p, "session");
    struct store *store = registers_store(p->site->config.registers);
    enum fault f = key ? session_end_named(store, &p->actor.person, key) : sessions_end(store, &p->actor.person, &p->session);
    return f ? f : page_go(p, "/account", "已退出那里的登录。");
}

enum fault page_signins(struct page *p) {
    struct id before;
    const struct id *from;
    enum fault f = page_watch(p, &before, &from);
    if (f) return f;
    struct view *v = page_view(p, "登录记录");
    struct shown s = {.p = p, .list = view_list(v, K(attempts))};
    f = attempts_list(p->conn, NULL, from, ATTEMPTS_SHOWN, add_attempt, &s);
    if (f) return f;
    if (s.count == ATTEMPTS_SHOWN) page_older(p, &s.last);
    return page_render(p, TEMPLATE_signins);
}

enum fault page_static(struct page *p) {
    const struct static_file *file = static_find(p->request->path);
    if (!file) return FAULT_ABSENT;
    http_answer_header(p->answer, "Content-Type", file->type);
    http_answer_header(p->answer, "Cache-Control", "public, max-age=31536000, immutable");
    http_answer_static(p->answer, file->bytes, file->length);
    return FAULT_NONE;
}

enum fault page_health(struct page *p) {
    int64_t size;
    enum fault f = page_reader(p);
    if (!f) f = journal_size(p->conn, TENANT, &size);
    http_answer_header(p->answer, "Content-Type", "text/plain; charset=utf-8");
    http_answer_header(p->answer, "Cache-Control", "no-store");
    http_answer_status(p->answer, f ? 503 : 200);
    text_add(http_answer_text(p->answer), f ? "store\n" : "ok\n");
    return FAULT_NONE;
}

enum fault page_help(struct page *p) {
    view_bool(page_view(p, "帮助"), K(nav_help), true);
    view_bool(p->view, K(may_report), register_named(p->site->config.registers, "incident") != NULL);
    return page_render(p, TEMPLATE_help);
}

/* One line of the self-check; `mend` is shown only where it is needed. */
static void add_check(struct view_list *list, int64_t *failed, bool good, const char *title, const char *text, const char *mend) {
    struct view *c = view_item(list);
    view_tr(c, K(title), title);
    view_tr(c, K(text), text);
    if (good) return;
    view_bool(c, K(bad), true);
    view_tr(c, K(mend), mend);
    ++*failed;
}

/* By which channels people are told of warnings, and how each went last. */
static void add_channels(struct page *p, struct view_list *list, int64_t *failed) {
    const struct channels *channels = p->site->config.channels;
    struct channel_finding found[CHANNEL_FINDINGS];
    size_t count = 0;
    if (!channels || !channels->count) add_check(list, failed, true, "提醒渠道", "没有设置；期限提醒只在“今日”页显示", NULL);
    else if (channels_examine(channels, p->conn, p->lang, p->arena, found, &count)) return;
    for (size_t i = 0; i < count; i++) add_check(list, failed, found[i].good, found[i].what, found[i].state, found[i].mend);
}

/* Headers of a proxy that is not believed: cookies then lack Secure, and whoever fails makes everybody wait. */
static void add_proxy(struct page *p, struct view_list *list, int64_t *failed) {
    bool forwarded = http_header(p->request, "X-Forwarded-For") || http_header(p->request, "X-Forwarded-Proto");
    bool believed = p->request->from_proxy;
    add_check(list, failed, believed || !forwarded, "反向代理",
              believed    ? "已受信任"
              : forwarded ? "没有设为受信任"
                          : "没有经过反向代理",
              "请在 taizhang.conf 中把 trusted_proxy 写为反向代理的地址，再重新启动；否则登录的 Cookie 不限于 "
              "https，登录失败也都记在代理一个地址上");
}

static void add_checks(struct page *p) {
    const char *data = p->site->config.data, *institution = p->site->config.institution;
    struct view_list *list = view_list(p->view, K(checks));
    int64_t failed = 0, people = 0;
    struct statvfs disk;
    struct stat key;
    bool room = !statvfs(data, &disk) && (uint64_t)disk.f_bavail * disk.f_frsize > (uint64_t)500 << 20;
    add_check(list, &failed, room, "磁盘空间", room ? "充足" : "不足 500 MB", "请清理磁盘或扩容；写满后不能再登记");
    bool safe = !stat(arena_format(p->arena, "%s/keys/journal.key", data), &key) && !(key.st_mode & 077);
    add_check(list, &failed, safe, "日志签名密钥", safe ? "仅本账号可读" : "其他账号可读", "请运行 chmod 600 keys/journal.key");
    bool named = strcmp(institution, "本单位") != 0;
    add_check(list, &failed, named, "单位名称", named ? institution : "尚未填写",
              "请在 taizhang.conf 中填写 institution，印在报告上");
    bool asked = !conn_ask_int(p->conn, "SELECT count(*) FROM credential WHERE tenant = ?1", TENANT, &people);
    add_check(list, &failed, asked && people > 0, "可登录的人员", people ? "有" : "没有", "请用 taizhang password 登录名 设置密码");
    struct notes said;
    notes_init(&said, p->arena);
    struct doc_fonts *fonts = NULL;
    bool font = !doc_fonts_open(p->site->config.fonts, &said, &fonts);
    add_check(list, &failed, font, "公文字体", font ? "已找到" : "没有找到中文字体",
              "请安装中文字体，或在 taizhang.conf 的 fonts 一项写明字体目录");
    doc_fonts_close(fonts);
    add_channels(p, list, &failed);
    add_proxy(p, list, &failed);
    view_int(p->view, K(failed), failed);
}

static const char *kind_label(enum table_kind kind) {
    switch (kind) {
    case TABLE_JOURNAL: return "日志：只增不改";
    case TABLE_PROJECTION: return "由日志得出";
    default: return "工作数据：报告不依据它";
    }
}

enum fault page_doctor(struct page *p) {
    p->hidden = !access_may_everywhere(&p->actor, "system.admin");
    if (p->hidden) return FAULT_ABSENT;
    enum fault f = page_reader(p);
    if (f) return f;
    struct view *v = page_view(p, "系统自检");
    conn_limit_ms(p->conn, DOCTOR_LIMIT_MS);
    add_checks(p);
    struct store *store = registers_store(p->site->config.registers);
    struct view_list *list = view_list(v, K(tables));
    for (size_t i = 0; i < store_table_count(store); i++) {
        const struct store_table *t = store_table_at(store, i);
        struct view *row = view_item(list);
        view_text(row, K(name), t->name);
        view_tr(row, K(kind), kind_label(t->kind));
        char sql[200];
        int64_t count = 0;
        snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE ?1 = ?1", t->name);
        if (conn_ask_int(p->conn, sql, 1, &count)) view_text(row, K(count), "?");
        else view_int(row, K(count), count);
    }
    return page_render(p, TEMPLATE_doctor);
}
