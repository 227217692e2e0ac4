/* command_init.c - a new installation: directory, key, first administrator, and the demonstration data if asked for. */
#include "main/command.h"

#include "packs/demo.h"
#include "packs/packs.h"
#include "register/filter.h"
#include "register/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Adds one record as the installation itself and tells its id. */
static enum fault add_record(struct invocation *in, struct instance *i, const char *reg, const struct change_value *values,
                             size_t count, struct id *id) {
    struct actor system = actor_system();
    *id = id_make(in->now_ms);
    struct change c = {.kind = CHANGE_ADD,
                       .reg = register_named(i->registers, reg),
                       .record = *id,
                       .values = values,
                       .value_count = count,
                       .expected = -1};
    return change_apply(i->registers, &system, in->now_ms, &c, in->notes, NULL);
}

/* Twelve letters and digits without the ones that are easily mixed up, in groups of four. */
static void make_password(char out[15]) {
    static const char alphabet[] = "abcdefghjkmnpqrstuvwxyz23456789";
    uint8_t random[64];
    size_t at = 0, used = 0;
    random_bytes(random, sizeof random);
    while (at < 14 && used < sizeof random) {
        uint8_t r = random[used++];
        if (at == 4 || at == 9) out[at++] = '-';
        if (r < 248) out[at++] = alphabet[r % 31]; /* 248 = 8 × 31: no letter is likelier than another */
    }
    out[at] = 0;
}

static enum fault make_administrator(struct invocation *in, struct instance *i, char password[15]) {
    char today[CIVIL_TEXT], person_text[ID_TEXT], role_text[ID_TEXT];
    civil_format(civil_at(in->now_ms), today);
    struct id person, role, grant;
    struct change_value p[] = {
        {"name", "系统管理员", NULL}, {"login", "admin", NULL}, {"kind", "other", NULL}, {"since", today, NULL}};
    enum fault f = add_record(in, i, "person", p, COUNT_OF(p), &person);
    struct change_value r[] = {{"name", "系统管理员", NULL}, {"rights", "*", NULL}};
    if (!f) f = add_record(in, i, "role", r, COUNT_OF(r), &role);
    id_format(&person, person_text);
    id_format(&role, role_text);
    struct change_value g[] = {{"person", person_text, NULL}, {"role", role_text, NULL}, {"since", today, NULL}};
    if (!f) f = add_record(in, i, "grant", g, COUNT_OF(g), &grant);
    make_password(password);
    return f ? f : credential_set(i->store, &person, password, i->settings.institution, in->now_ms, in->notes);
}

static enum fault import_demo(struct invocation *in, struct instance *i, const struct demo_file *d) {
    struct actor actor = actor_system();
    if (d->as[0]) {
        in->options[0].name = "--as";
        in->options[0].value = d->as;
        int kept = in->option_count;
        in->option_count = 1;
        enum fault f = invocation_actor(in, i, &actor);
        in->option_count = kept;
        if (f) return f;
    }
    struct digest digest = digest_of(d->bytes, d->length);
    struct sheet_source source = {.bytes = d->bytes, .length = d->length, .name = d->name};
    struct import_options options = {.update = d->update != 0, .reason = d->reason};
    struct import_result result;
    enum fault f = import_file(i->registers, &actor, in->now_ms, register_named(i->registers, d->register_key), &source, &digest,
                               &options, in->arena, in->notes, &result);
    if (f) note_add(in->notes, d->name, "演示数据没有导入");
    return f;
}

/* Every demonstration person with a sign-in name gets a password of their own. */
static enum fault demo_passwords(struct invocation *in, struct instance *i, FILE *list) {
    _cleanup_(store_read_end) struct conn *c = NULL;
    enum fault f = store_read_begin(i->store, &c);
    _cleanup_(stmt_done) struct stmt *s = NULL;
    if (!f)
        f = stmt_open(c,
                      "SELECT id, f_login, f_name, coalesce(f_post, '') FROM r_person WHERE tenant = ?1 AND f_login IS NOT NULL "
                      "AND f_login <> 'admin' ORDER BY made",
                      &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    for (bool row = true; !f && row;) {
        f = stmt_step(s, &row);
        if (f || !row) break;
        struct id id;
        char password[15];
        (void)stmt_id(s, 0, &id);
        make_password(password);
        f = credential_set(i->store, &id, password, i->settings.institution, in->now_ms, in->notes);
        fprintf(list, "%-12s %-16s %s %s\n", stmt_text(s, 1), password, stmt_text(s, 2), stmt_text(s, 3));
    }
    return f;
}

static enum fault load_demo(struct invocation *in, struct instance *i) {
    enum fault f = FAULT_NONE;
    for (const struct demo_file *d = demo_files; d->pack && !f; d++)
        if (strstr(i->settings.packs, d->pack)) f = import_demo(in, i, d);
    return f;
}

/* Prints to the terminal and keeps a copy that `run` shows again; only its owner may read it. */
static enum fault tell_signins(struct invocation *in, struct instance *i, const char *admin_password, bool demo) {
    char path[3700];
    snprintf(path, sizeof path, "%s/%s", i->data, demo ? "demo-signin.txt" : "first-signin.txt");
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *list = fd < 0 ? NULL : fdopen(fd, "w");
    if (!list) {
        if (fd >= 0) close(fd);
        note_add(in->notes, path, "文件无法写入：{0}", strerror(errno));
        return FAULT_FILE;
    }
    fprintf(list, "%-12s %-16s %s\n", "admin", admin_password, lang_tr(in->lang, "系统管理员"));
    enum fault f = demo ? demo_passwords(in, i, list) : FAULT_NONE;
    if (fclose(list)) f = FAULT_FILE;
    if (f) return f;
    FILE *back = fopen(path, "re");
    char line[400];
    printf("%s (%s)\n", lang_tr(in->lang, "登录名、初始密码："), path);
    while (back && fgets(line, sizeof line, back)) printf("  %s", line);
    if (back) fclose(back);
    return FAULT_NONE;
}

enum fault command_init(struct invocation *in) {
    char data[3600];
    const char *packs_given[OPTIONS_MAX];
    size_t count = 0;
    for (const char *p; count < OPTIONS_MAX && (p = option_nth(in, "--pack", (int)count));) packs_given[count++] = p;
    bool demo = option(in, "--demo") != NULL;
    if (demo && !count) packs_given[count++] = "college";
    const char *institution = option(in, "--institution");
    if (!institution) institution = !demo ? "本单位" : !strcmp(packs_given[0], "school") ? "示范学校（演示）" : "示范学院（演示）";
    enum fault f = data_directory(in->data, data, in->notes);
    if (!f) f = instance_make(data, institution, option(in, "--store"), packs_given, count, in->notes);
    if (f) return f;
    struct instance i;
    char password[15];
    f = instance_open(data, in->now_ms, in->notes, &i);
    if (f) return f;
    f = make_administrator(in, &i, password);
    if (!f && demo) f = load_demo(in, &i);
    if (!f) f = tell_signins(in, &i, password, demo);
    if (!f) printf("%s: %s\n", lang_tr(in->lang, "安装已建立"), data);
    instance_close(&i);
    return f;
}
