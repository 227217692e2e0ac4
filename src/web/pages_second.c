/* pages_second.c - the second step of signing in: one's own set up, renewed and switched off, and other people's reset. */
#include "web/page.h"

#include "access/second.h"
#include "base/printer.h"
#include "document/qr.h"

#include <stdio.h>
#include <string.h>

enum { PEOPLE_SHOWN = 100, ISSUER_CHARACTERS = 20, OTPAUTH_MAX = 2000, QR_MAX = 1 << 18 };
static const int64_t told_ms = 14 * (int64_t)24 * 60 * 60 * 1000;

enum fault second_key_of(struct page *p, bool make, struct second_key *out) {
    const char *path = arena_format(p->arena, "%s/keys/signin.key", p->site->config.data);
    enum fault f = make ? second_key_make(path, out) : second_key_read(path, out);
    if (f) note_add(&p->notes, NULL, "密钥文件 keys/signin.key 读不到；请管理员从备份取回");
    return f;
}

enum fault second_warn(struct page *p) {
    struct second_reset reset;
    struct second second = {0};
    enum fault f = second_reset_told(p->conn, &p->actor.person, p->now_ms - told_ms, p->arena, &reset);
    if (!f && reset.at_ms) f = second_find(p->conn, &p->actor.person, &second);
    if (f || !reset.at_ms || second.on) return f;
    char moment[MOMENT_TEXT];
    moment_format(reset.at_ms, moment);
    view_sentence(p->view, K(warning), "您的两步验证在 {0} 被管理员重置，原因：{1}。请重新设置；如果不是您要求的，请立即报告。",
                  moment, reset.reason ? reset.reason : "");
    return FAULT_NONE;
}

/* ---- one's own ---- */

/* The first characters of the institution's name: authenticators show them above the code. */
static void add_issuer(struct text *out, const char *institution) {
    char issuer[4 * ISSUER_CHARACTERS + 1];
    size_t n = 0, characters = 0;
    for (const char *c = institution; *c && n < sizeof issuer - 1; c++) {
        if ((*c & 0xc0) != 0x80 && characters++ == ISSUER_CHARACTERS) break;
        issuer[n++] = *c == ':' ? ' ' : *c; /* a colon ends the issuer */
    }
    issuer[n] = 0;
    url_arg(out, issuer);
}

static enum fault show_setup(struct page *p, const char *secret) {
    _cleanup_(text_release) struct text uri, picture;
    text_init(&uri, OTPAUTH_MAX);
    text_init(&picture, QR_MAX);
    text_add(&uri, "otpauth://totp/");
    add_issuer(&uri, p->site->config.institution);
    text_addc(&uri, ':');
    url_arg(&uri, p->actor.login);
    text_format(&uri, "?secret=%s&issuer=", secret);
    add_issuer(&uri, p->site->config.institution);
    text_add(&uri, "&algorithm=SHA1&digits=6&period=30");
    enum fault f = uri.over ? FAULT_LARGE : qr_svg(uri.at, &picture);
    if (f) return f;
    view_html(p->view, K(qr_html), arena_keep(p->arena, &picture));
    char groups[64] = "";
    size_t n = 0;
    for (size_t i = 0; secret[i] && n + 2 < sizeof groups; i++) {
        if (i && i % 4 == 0) groups[n++] = ' ';
        groups[n++] = secret[i];
    }
    groups[n] = 0;
    view_copy(p->view, K(secret), groups);
    return FAULT_NONE;
}

static void add_input(struct page *p, struct view_list *list, const char *name, const char *label, const char *mode,
                      const char *help) {
    struct view *f = view_item(list);
    bool password = !strcmp(name, "password");
    view_format(f, K(id), "f-%s", name);
    view_text(f, K(name), name);
    view_tr(f, K(label), label);
    view_bool(f, K(required), true);
    view_bool(f, password ? K(is_password) : K(is_text), true);
    view_text(f, K(value), "");
    view_text(f, K(autocomplete), password ? "current-password" : "one-time-code");
    view_tr(f, K(help), help);
    view_text(f, K(mode), mode);
    const struct note *error = page_note_for(p, name);
    if (error) view_note(f, K(error), error);
}

/* The set-up that is under way, if one is. A key that cannot be read is told when it is asked for; the page is shown all the same. */
static enum fault add_setup(struct page *p, bool *under_way) {
    struct second_key key;
    char secret[SECOND_SECRET];
    if (second_key_read(arena_format(p->arena, "%s/keys/signin.key", p->site->config.data), &key)) return FAULT_NONE;
    enum fault f = second_setup_secret(p->conn, &key, &p->actor.person, p->now_ms, secret);
    *under_way = !f;
    if (!f) f = show_setup(p, secret);
    explicit_bzero(secret, sizeof secret);
    explicit_bzero(&key, sizeof key);
    return f == FAULT_ABSENT ? FAULT_NONE : f;
}

/* `codes`: recovery codes just made; NULL: none. */
static enum fault show_second(struct page *p, enum fault failed, char (*codes)[RECOVERY_TEXT]) {
    struct view *v = page_view(p, "两步验证");
    struct second second;
    enum fault f = page_reader(p);
    if (!f) f = second_find(p->conn, &p->actor.person, &second);
    if (!f) f = second_warn(p);
    if (f) return f;
    if (failed) {
        const struct note *first = p->notes.first;
        if (first && !first->place[0]) view_note(v, K(fault), first);
        else view_tr(v, K(fault), fault_sentence(failed));
        http_answer_status(p->answer, fault_http_status(failed));
    }
    view_bool(v, K(second_on), second.on);
    view_bool(v, K(must), p->actor.second_required);
    view_bool(v, K(may_reset), access_may(&p->actor, "second_reset.record"));
    if (second.on) view_moment(v, K(moment), second.since_ms), view_int(v, K(count), second.codes_left);
    struct view_list *list = codes ? view_list(v, K(codes)) : NULL;
    for (int i = 0; codes && i < RECOVERY_CODES; i++) view_item_text(list, arena_copy(p->arena, codes[i]));
    bool setting_up = false;
    f = codes ? FAULT_NONE : add_setup(p, &setting_up);
    if (f) return f;
    struct view_list *fields = view_list(v, K(form_fields));
    if (!setting_up) add_input(p, fields, "password", "现在的密码", NULL, "");
    if (setting_up) add_input(p, fields, "code", "验证码", "numeric", "手机上显示的 6 位数字");
    else if (second.on) add_input(p, fields, "code", "验证码", NULL, "手机上显示的 6 位数字，或一个恢复码");
    return page_render(p, TEMPLATE_second);
}

enum fault page_second(struct page *p) { return show_second(p, FAULT_NONE, NULL); }

static enum fault confirm(struct page *p) {
    const char *code = page_field(p, "code");
    struct signin_from from = page_from(p);
    struct second_key key;
    char codes[RECOVERY_CODES][RECOVERY_TEXT];
    enum fault f = page_reader(p);
    if (!f) f = second_key_of(p, false, &key);
    int64_t journal = p->journal;
    store_read_end(&p->conn);
    if (!f)
        f = second_confirm(registers_store(p->site->config.registers), &key, &p->session, code ? code : "", journal, &from,
                           p->now_ms, &p->notes, codes);
    explicit_bzero(&key, sizeof key);
    if (f == FAULT_ABSENT) note_add(&p->notes, NULL, "这次设置已经过期，请重新开始");
    if (!f) f = show_second(p, FAULT_NONE, codes);
    else f = show_second(p, f == FAULT_ABSENT ? FAULT_STATE : f, NULL);
    explicit_bzero(codes, sizeof codes);
    return f;
}

static enum fault give_up(struct page *p) {
    enum fault f = second_give_up(registers_store(p->site->config.registers), &p->actor.person);
    return f ? f : page_go(p, "/second", NULL);
}

/* Present password and, once there is a second step, a code: a session left open changes nothing here. */
static enum fault prove(struct page *p, const struct second *second, const struct second_key *key, const struct signin_from *from) {
    const char *password = page_field(p, "password"), *code = page_field(p, "code");
    struct store *store = registers_store(p->site->config.registers);
    enum fault f = credential_check(store, &p->actor, password ? password : "", from, p->now_ms, &p->notes);
    if (!f && second->on) f = second_prove(store, key, &p->actor.person, code ? code : "", from, p->now_ms, &p->notes);
    return f;
}

enum fault page_proof_inputs(struct page *p, struct view_list *inputs) {
    struct second second;
    enum fault f = page_reader(p);
    if (!f) f = second_find(p->conn, &p->actor.person, &second);
    if (f) return f;
    add_input(p, inputs, "password", "现在的密码", NULL, "");
    if (second.on) add_input(p, inputs, "code", "验证码", NULL, "手机上显示的 6 位数字，或一个恢复码");
    return FAULT_NONE;
}

enum fault page_prove(struct page *p) {
    struct signin_from from = page_from(p);
    struct second second;
    struct second_key key = {0};
    enum fault f = page_reader(p);
    if (!f) f = second_find(p->conn, &p->actor.person, &second);
    store_read_end(&p->conn);
    if (!f && second.on) f = second_key_of(p, false, &key);
    if (!f) f = prove(p, &second, &key, &from);
    explicit_bzero(&key, sizeof key);
    return f;
}

enum fault page_second_post(struct page *p) {
    const char *act = page_field(p, "act");
    struct store *store = registers_store(p->site->config.registers);
    struct signin_from from = page_from(p);
    struct second second;
    struct second_key key;
    char codes[RECOVERY_CODES][RECOVERY_TEXT];
    if (act && !strcmp(act, "confirm")) return confirm(p);
    if (act && !strcmp(act, "stop")) return give_up(p);
    bool begin = act && !strcmp(act, "begin"), renew = act && !strcmp(act, "codes"), off = act && !strcmp(act, "off");
    if (!begin && !renew && !off) return FAULT_INPUT;
    enum fault f = page_reader(p);
    if (!f) f = second_find(p->conn, &p->actor.person, &second);
    store_read_end(&p->conn);
    if (!f && !begin && !second.on) f = FAULT_STATE;
    if (!f) f = second_key_of(p, begin && !second.on, &key);
    if (!f) f = prove(p, &second, &key, &from);
    if (!f && begin) f = second_begin(store, &p->actor.person, p->now_ms);
    if (!f && off) f = second_off(store, &p->actor.person, &from, p->now_ms);
    if (!f && renew) f = second_codes(store, &key, &p->actor.person, &from, p->now_ms, codes);
    explicit_bzero(&key, sizeof key);
    if (!f && !renew) return page_go(p, "/second", off ? "两步验证已停用。" : NULL);
    f = show_second(p, f, f ? NULL : codes);
    explicit_bzero(codes, sizeof codes);
    return f;
}

/* ---- other people's ---- */

static const char reset_right[] = "second_reset.record";

struct people {
    struct page *p;
    struct view_list *list;
    const char *last;
    int count;
};

static enum fault add_person(void *context, const struct second_person *s) {
    struct people *people = context;
    struct page *p = people->p;
    char id[ID_TEXT];
    id_format(&s->person, id);
    people->last = arena_copy(p->arena, s->login);
    people->count++;
    if (!access_may_in(&p->actor, reset_right, &s->unit)) return FAULT_NONE; /* not his to see to */
    struct view *v = view_item(people->list);
    view_copy(v, K(name), s->name);
    view_copy(v, K(login), s->login);
    view_bool(v, K(must), s->required);
    if (!s->since_ms) return FAULT_NONE;
    view_moment(v, K(moment), s->since_ms);
    view_int(v, K(count), s->codes_left);
    if (!id_same(&s->person, &p->actor.person)) view_format(v, K(action), "/second/people/%s", id);
    return FAULT_NONE;
}

static enum fault show_people(struct page *p, enum fault failed) {
    const char *after = failed ? NULL : page_param(p, "after");
    struct view *v = page_view(p, "各人的两步验证");
    struct people people = {.p = p, .list = view_list(v, K(people))};
    enum fault f = page_reader(p);
    if (!f) f = seconds_list(p->conn, p->today, after ? after : "", PEOPLE_SHOWN, add_person, &people);
    if (f) return f;
    if (failed) {
        if (page_note_for(p, "reason")) view_tr(v, K(fault), "请写明重置的原因");
        else if (p->notes.first) view_note(v, K(fault), p->notes.first);
        http_answer_status(p->answer, fault_http_status(failed));
    }
    if (people.count == PEOPLE_SHOWN) {
        _cleanup_(text_release) struct text to;
        text_init(&to, 1000);
        text_add(&to, "/second/people?after=");
        url_arg(&to, people.last);
        view_copy(v, K(next_url), to.at);
    }
    return page_render(p, TEMPLATE_second_people);
}

static bool may_reset(struct page *p) {
    p->hidden = !access_may(&p->actor, reset_right);
    return !p->hidden;
}

enum fault page_second_people(struct page *p) { return may_reset(p) ? show_people(p, FAULT_NONE) : FAULT_ABSENT; }

/* The record is the reset; what follows it only makes it felt at once. */
enum fault page_second_reset(struct page *p) {
    const struct reg *reg = register_named(p->site->config.registers, "second_reset");
    struct signin_from from = page_from(p);
    struct id person;
    char today[CIVIL_TEXT], id[ID_TEXT];
    if (!may_reset(p) || !reg) return FAULT_ABSENT;
    enum fault f = page_id(p, 0, &person);
    if (f) return f;
    civil_format(p->today, today);
    id_format(&person, id);
    const struct change_value values[] = {{"person", id, NULL}, {"reason", page_field(p, "reason"), NULL}, {"date", today, NULL}};
    struct change c = {.kind = CHANGE_ADD,
                       .reg = reg,
                       .record = id_make(p->now_ms),
                       .values = values,
                       .value_count = COUNT_OF(values),
                       .expected = -1};
    store_read_end(&p->conn);
    f = change_apply(p->site->config.registers, &p->actor, p->now_ms, &c, &p->notes, NULL);
    if (f) return f == FAULT_INPUT ? show_people(p, f) : f;
    f = second_was_reset(registers_store(p->site->config.registers), &person, &from, p->now_ms);
    return f ? f : page_go(p, "/second/people", "已重置此人的两步验证。");
}
