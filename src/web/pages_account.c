/* pages_account.c - signing in and out, password, language, and what needs no register: static files, health, help, self-check. */
#include "web/channels.h"
#include "web/page.h"

#include "web/static.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

enum { DOCTOR_LIMIT_MS = 5000, COOKIE_MAX = 200 };

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

enum fault page_signin_post(struct page *p) {
    const char *login = page_field(p, "login"), *password = page_field(p, "password"), *back = safe_path(page_field(p, "back"));
    struct store *store = registers_store(p->site->config.registers);
    struct session session;
    enum fault f = session_begin(store, login ? login : "", password ? password : "", p->request->peer, p->now_ms, &p->notes,
                                 &session);
    if (f) return show_signin(p, login ? login : "", back, f);
    if (p->signed_in && session_end(store, &p->session)) return FAULT_STORE; /* a token is never carried over a sign-in */
    set_session(p, session.token);
    return page_go(p, back, NULL);
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
    add_password(p, list, "old", "现在的密码", "current-password");
    add_password(p, list, "new", "新密码", "new-password");
    add_password(p, list, "again", "再输入一次", "new-password");
    view_bool(v, K(may_define), access_may(&p->actor, "system.admin"));
    view_bool(v, K(may_hooks), access_may(&p->actor, "system.admin") || access_may(&p->actor, "webhook.own"));
    if (f) {
        view_tr(v, K(fault), fault_sentence(f == FAULT_SIGNIN ? FAULT_INPUT : f));
        http_answer_status(p->answer, f == FAULT_SIGNIN ? 422 : fault_http_status(f));
    }
    return page_render(p, TEMPLATE_password);
}

enum fault page_password(struct page *p) { return show_password(p, FAULT_NONE); }

enum fault page_password_post(struct page *p) {
    const char *old = page_field(p, "old"), *new = page_field(p, "new"), *again = page_field(p, "again");
    struct store *store = registers_store(p->site->config.registers);
    if (!new || !again || strcmp(new, again) != 0) {
        note_add(&p->notes, "again", "两次输入的新密码不一样");
        return show_password(p, FAULT_INPUT);
    }
    struct session session;
    struct notes said;
    notes_init(&said, p->arena);
    enum fault f = session_begin(store, p->actor.login, old ? old : "", p->request->peer, p->now_ms, &said, &session);
    if (f == FAULT_SIGNIN) note_add(&p->notes, "old", "现在的密码不对");
    else if (f && said.first) note_add(&p->notes, "old", said.first->sentence, said.first->args[0] ? said.first->args[0] : "");
    if (f) return show_password(p, f);
    notes_init(&said, p->arena);
    f = credential_set(store, &p->actor.person, new, p->now_ms, &said);
    for (const struct note *n = said.first; n; n = n->next) note_add(&p->notes, "new", n->sentence, n->args[0] ? n->args[0] : "");
    if (f) {
        if (session_end(store, &session)) return FAULT_STORE;
        return show_password(p, f);
    }
    f = session_begin(store, p->actor.login, new, p->request->peer, p->now_ms, &p->notes,
                      &session); /* all sessions have just ended, this one too */
    set_session(p, f ? "" : session.token);
    return page_go(p, f ? "/signin" : "/", "密码已修改。");
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
    p->hidden = !access_may(&p->actor, "system.admin");
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
