/* command_care.c - looking after an installation: verify, doctor, password, second step, export. */
#include "main/outside.h"

#include "access/second.h"
#include "base/printer.h"
#include "net/mail.h"
#include "register/export.h"
#include "register/files.h"
#include "register/filter.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { STORED_FILE_MAX = 512 << 20 };

/* The files of one value; false if one of them is gone or changed. */
static bool verify_value(struct invocation *in, struct instance *i, const struct reg *reg, const char *value, int64_t *checked) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 65536);
    size_t count;
    const char *const *files = file_values(&arena, value, &count);
    bool whole = true;
    for (size_t k = 0; k < count; k++, ++*checked) {
        _cleanup_(text_release) struct text bytes = {0};
        enum fault f = file_load(i->files, files[k], STORED_FILE_MAX, &bytes);
        if (!f) continue;
        note_add(in->notes, reg->key, f == FAULT_ABSENT ? "文件不见了：{0}" : "文件内容被改动：{0}", files[k]);
        whole = false;
    }
    return whole;
}

/* Reads back every file that any record names, and checks its hash. */
static enum fault verify_files(struct invocation *in, struct instance *i, int64_t *checked) {
    enum fault result = FAULT_NONE;
    for (size_t r = 0; r < register_count(i->registers); r++) {
        const struct reg *reg = register_at(i->registers, r);
        for (size_t k = 0; k < reg->field_count; k++) {
            if (reg->fields[k].type != REG_FILE) continue;
            char sql[300];
            snprintf(sql, sizeof sql, "SELECT DISTINCT f_%s FROM h_%s WHERE tenant = ?1 AND f_%s IS NOT NULL", reg->fields[k].key,
                     reg->key, reg->fields[k].key);
            _cleanup_(store_read_end) struct conn *c = NULL;
            enum fault f = store_read_begin(i->store, &c);
            _cleanup_(stmt_done) struct stmt *s = NULL;
            if (!f) f = stmt_open(c, sql, &s);
            if (f) return f;
            stmt_bind_int(s, 1, TENANT);
            for (bool row = true; row;) {
                f = stmt_step(s, &row);
                if (f) return f;
                if (!row) break;
                if (!verify_value(in, i, reg, stmt_text(s, 0), checked)) result = FAULT_TAMPERED;
            }
        }
    }
    return result;
}

static void print_deep(struct invocation *in, const struct journal_verdict *j, const struct projection_verdict *p, int64_t files,
                       enum fault f) {
    bool journal_bad = j->differences > 0;
    int64_t entry = journal_bad ? j->first_bad_position : p->differences ? p->entry : -1;
    const char *table = journal_bad ? j->table : p->table, *row = journal_bad ? j->row : p->row,
               *column = journal_bad ? j->column : p->column;
    if (in->json) {
        _cleanup_(text_release) struct text out;
        text_init(&out, 65536);
        text_format(
            &out,
            "{\"verified\":%s,\"entries\":%lld,\"heads\":%lld,\"tables\":%lld,\"rows\":%lld,\"files\":%lld,\"differences\":%lld",
            f ? "false" : "true", (long long)j->entries, (long long)j->heads, (long long)p->tables, (long long)p->rows,
            (long long)files, (long long)(j->differences + p->differences));
        if (f) {
            text_add(&out, ",\"table\":");
            json_text(&out, table);
            text_add(&out, ",\"row\":");
            json_text(&out, row);
            text_add(&out, ",\"column\":");
            json_text(&out, column);
            text_format(&out, ",\"entry\":%lld", (long long)entry);
        }
        text_add(&out, "}");
        puts(out.at);
        return;
    }
    printf("%s: %lld, %s: %lld\n", lang_tr(in->lang, "日志条目"), (long long)j->entries, lang_tr(in->lang, "签名"),
           (long long)j->heads);
    if (p->tables)
        printf("%s: %lld, %s: %lld, %s: %lld\n", lang_tr(in->lang, "表"), (long long)p->tables, lang_tr(in->lang, "行"),
               (long long)p->rows, lang_tr(in->lang, "文件"), (long long)files);
    if (f == FAULT_TAMPERED && (journal_bad || p->differences))
        printf("%s %s, %s %s, %s %s, %s %lld\n", lang_tr(in->lang, "第一处不符：表"), table, lang_tr(in->lang, "行"), row,
               lang_tr(in->lang, "栏"), column, lang_tr(in->lang, "日志位置"), (long long)entry);
    else if (!f) puts(lang_tr(in->lang, "核验通过"));
}

/* The journal of an installation that does not open because its last head and its tables disagree: says where. */
static enum fault verify_unopened(struct invocation *in) {
    char data[3600], path[3700];
    struct verifier_key key;
    struct journal_verdict j = {.first_bad_position = -1};
    struct projection_verdict p = {.entry = -1};
    struct store *store = NULL;
    struct notes ours;
    notes_init(&ours, in->arena);
    enum fault f = data_directory(in->data, data, &ours);
    snprintf(path, sizeof path, "%s/keys/journal.pub", data);
    if (!f) f = verifier_key_load(path, &ours, &key);
    if (!f) f = instance_store(data, path, &ours);
    if (!f) f = store_open(path, false, &ours, &store);
    size_t count;
    const struct store_table *tables = journal_tables(&count);
    if (!f) f = store_declare(store, tables, count, &ours);
    {
        _cleanup_(store_read_end) struct conn *c = NULL;
        if (!f) f = store_read_begin(store, &c);
        if (!f) f = journal_verify(c, &key, &ours, &j);
    }
    if (f == FAULT_TAMPERED) {
        *in->notes = ours;
        print_deep(in, &j, &p, 0, f);
    }
    store_close(store);
    return FAULT_TAMPERED;
}

enum fault command_verify(struct invocation *in) {
    struct instance i;
    char path[3700];
    struct verifier_key key;
    struct journal_verdict j = {.first_bad_position = -1};
    struct projection_verdict p = {.entry = -1};
    int64_t files = 0;
    bool outside = false; /* it does not agree with a head from elsewhere: no table of ours is to blame */
    in->now_ms = -1;      /* a verification writes nothing */
    enum fault f = invocation_open(in, &i);
    if (f == FAULT_TAMPERED) return verify_unopened(in);
    if (f) return f;
    snprintf(path, sizeof path, "%s/keys/journal.pub", i.data);
    f = verifier_key_load(path, in->notes, &key);
    {
        _cleanup_(store_read_end) struct conn *c = NULL;
        if (!f) f = store_read_begin(i.store, &c);
        if (!f) f = journal_verify(c, &key, in->notes, &j);
    }
    if (!f) {
        f = outside_hold(in, i.store, &key, FAULT_TAMPERED);
        outside = f != FAULT_NONE;
    }
    /* Projections are held against the journal only if the journal itself can be relied on. */
    if (!f && option(in, "--deep")) {
        f = registers_verify(i.registers, in->notes, &p);
        enum fault of_files = verify_files(in, &i, &files);
        if (!f) f = of_files;
    }
    if (!outside && (!f || f == FAULT_TAMPERED)) print_deep(in, &j, &p, files, f);
    instance_close(&i);
    return f;
}

static void print_tables(struct invocation *in, const struct instance *i) {
    if (in->json) printf("[");
    for (size_t t = 0; t < store_table_count(i->store); t++) {
        const struct store_table *table = store_table_at(i->store, t);
        if (in->json) printf("%s{\"table\":\"%s\",\"kind\":\"%s\"}", t ? ",\n" : "", table->name, table_kind_word(table->kind));
        else printf("%-12s %s\n", table_kind_word(table->kind), table->name);
    }
    if (in->json) printf(",\n{\"table\":\"search\",\"kind\":\"work\"}]\n");
    else printf("%-12s %s\n", "work", "search");
}

struct finding {
    const char *what, *state, *mend;
    bool good;
};

static const char *note_words(struct invocation *in, const struct notes *notes) {
    _cleanup_(text_release) struct text words;
    text_init(&words, 2000);
    if (notes->first) {
        text_format(&words, "%s: ", notes->first->place);
        note_fill(&words, lang_tr(in->lang, notes->first->sentence), notes->first->args);
    }
    return arena_copy(in->arena, words.at);
}

/* Whether mail is set and its settings can be used; nothing is connected to, mail-test does that. */
static struct finding examine_mail(struct invocation *in, const struct instance *i) {
    struct finding d = {"发信设置", "没有设置；期限提醒只在“今日”页显示", "请改 taizhang.conf，再运行 taizhang mail-test 邮件地址",
                        true};
    if (!i->settings.mail_server[0]) return d;
    struct mail_settings mail;
    char password[MAIL_PASSWORD_MAX];
    struct notes ours;
    notes_init(&ours, in->arena);
    d.good = !mail_settings_read(&i->settings, password, &ours, &mail);
    explicit_bzero(password, sizeof password);
    d.state = d.good ? arena_format(in->arena, "%s, %s", mail.server, mail.from) : note_words(in, &ours);
    return d;
}

/* Each channel that is set up: how it went last. Mail's own settings were looked at before. */
static size_t examine_channels(struct invocation *in, const struct instance *i, struct conn *conn, struct finding *out) {
    struct channels channels;
    struct channel_finding found[CHANNEL_FINDINGS];
    struct notes ours;
    size_t count = 0;
    _cleanup_(memory_release) struct channels_room *room = memory_new(sizeof *room);
    notes_init(&ours, in->arena);
    enum fault f = channels_read(&i->settings, room, &ours, &channels);
    if (f) {
        out[0] = (struct finding){"提醒渠道", note_words(in, &ours), "请改 taizhang.conf，再运行 taizhang tell-test", false};
        return 1;
    }
    f = conn ? channels_examine(&channels, conn, in->lang, in->arena, found, &count) : FAULT_STORE;
    for (size_t k = 0; !f && k < count; k++) out[k] = (struct finding){found[k].what, found[k].state, found[k].mend, found[k].good};
    explicit_bzero(room, sizeof *room);
    return f ? 0 : count;
}

/* People who set up the second step cannot sign in without its key. */
static struct finding examine_second(const struct instance *i, struct conn *c) {
    char path[3700];
    struct stat key;
    int64_t people = 0;
    snprintf(path, sizeof path, "%s/keys/signin.key", i->data);
    bool asked = c && !conn_ask_int(c, "SELECT count(*) FROM second WHERE tenant = ?1", TENANT, &people);
    bool there = !stat(path, &key), safe = there && !(key.st_mode & 077);
    const char *state = !people ? "没有人设置"
                      : !there  ? "密钥文件 keys/signin.key 不见了"
                      : safe    ? "仅本账号可读"
                                : "其他账号可读";
    return (struct finding){"两步验证", state,
                            there ? "请运行 chmod 600 keys/signin.key" : "请从备份取回；取不回的，逐人 taizhang second-off",
                            asked && (!people || safe)};
}

static size_t examine(struct invocation *in, struct instance *i, struct finding *out) {
    size_t n = 0;
    struct statvfs disk;
    struct stat key;
    char path[3700];
    bool room = !statvfs(i->data, &disk) && (uint64_t)disk.f_bavail * disk.f_frsize > (uint64_t)500 << 20;
    out[n++] = (struct finding){"磁盘空间", room ? "充足" : "不足 500 MB", "请清理磁盘或扩容；写满后不能再登记", room};
    snprintf(path, sizeof path, "%s/keys/journal.key", i->data);
    bool safe = !stat(path, &key) && !(key.st_mode & 077);
    out[n++] = (struct finding){"日志签名密钥", safe ? "仅本账号可读" : "其他账号可读", "请运行 chmod 600 keys/journal.key", safe};
    bool named = strcmp(i->settings.institution, "本单位") != 0;
    out[n++] = (struct finding){"单位名称", named ? i->settings.institution : "尚未填写",
                                "请在 taizhang.conf 中填写 institution，印在报告上", named};
    _cleanup_(store_read_end) struct conn *c = NULL;
    int64_t people = 0;
    if (!store_read_begin(i->store, &c) && !conn_ask_int(c, "SELECT count(*) FROM credential WHERE ?1 = 1", 1, &people)) {}
    out[n++] = (struct finding){"可登录的人员", people ? "有" : "没有", "请用 taizhang password 登录名 设置密码", people > 0};
    out[n++] = examine_second(i, c);
    out[n++] = examine_mail(in, i);
    if (out[n - 1].good) n += examine_channels(in, i, c, out + n);
    return n;
}

enum fault command_doctor(struct invocation *in) {
    struct instance i;
    enum fault f = invocation_open(in, &i);
    if (f) return f;
    if (option(in, "--tables")) {
        print_tables(in, &i);
        instance_close(&i);
        return FAULT_NONE;
    }
    struct finding findings[8 + CHANNEL_FINDINGS];
    size_t count = examine(in, &i, findings);
    if (in->json) printf("[");
    for (size_t k = 0; k < count; k++) {
        const struct finding *d = &findings[k];
        _cleanup_(text_release) struct text line;
        text_init(&line, 8000);
        if (in->json) {
            text_format(&line, "%s{\"good\":%s,\"what\":", k ? ",\n" : "", d->good ? "true" : "false");
            json_text(&line, lang_tr(in->lang, d->what));
            text_add(&line, ",\"state\":");
            json_text(&line, lang_tr(in->lang, d->state));
            text_add(&line, ",\"mend\":");
            json_text(&line, d->good ? "" : lang_tr(in->lang, d->mend));
            text_add(&line, "}");
            fputs(line.at, stdout);
        } else {
            printf("%s %s: %s%s%s\n", d->good ? "✓" : "✗", lang_tr(in->lang, d->what), lang_tr(in->lang, d->state),
                   d->good ? "" : " — ", d->good ? "" : lang_tr(in->lang, d->mend));
        }
    }
    if (in->json) printf("]\n");
    instance_close(&i);
    return FAULT_NONE;
}

static void tell_rebuilt(void *context, int64_t done, int64_t all) {
    (void)context;
    if (isatty(STDERR_FILENO)) fprintf(stderr, "\r%lld / %lld%s", (long long)done, (long long)all, done == all ? "\n" : "");
}

enum fault command_rebuild(struct invocation *in) {
    struct instance i;
    enum fault f = invocation_open(in, &i);
    if (f) return f;
    f = registers_rebuild(i.registers, tell_rebuilt, NULL);
    if (!f) puts(lang_tr(in->lang, "已由日志重新得出各表"));
    instance_close(&i);
    return f;
}

enum fault command_password(struct invocation *in) {
    if (in->word_count != 1) return FAULT_USAGE;
    struct instance i;
    struct actor person;
    enum fault f = invocation_open(in, &i);
    if (f) return f;
    f = invocation_person(in, &i, in->words[0], &person);
    char line[1024] = "";
    if (!f && isatty(STDIN_FILENO)) fprintf(stderr, "%s: ", lang_tr(in->lang, "新密码"));
    if (!f && !fgets(line, sizeof line, stdin)) f = FAULT_INPUT;
    line[strcspn(line, "\r\n")] = 0;
    if (!f) f = credential_set(i.store, &person.person, line, i.settings.institution, in->now_ms, in->notes);
    explicit_bzero(line, sizeof line);
    instance_close(&i);
    return f;
}

/* The record is the reset (packs/common/second_reset.c). */
static enum fault record_reset(struct invocation *in, struct instance *i, const struct id *person, const char *reason) {
    char today[CIVIL_TEXT], id[ID_TEXT];
    struct actor system = actor_system();
    civil_format(civil_at(in->now_ms), today);
    id_format(person, id);
    const struct change_value values[] = {{"person", id, NULL}, {"reason", reason, "--reason"}, {"date", today, NULL}};
    struct change c = {.kind = CHANGE_ADD,
                       .reg = register_named(i->registers, "second_reset"),
                       .record = id_make(in->now_ms),
                       .values = values,
                       .value_count = COUNT_OF(values),
                       .expected = -1};
    enum fault f = change_apply(i->registers, &system, in->now_ms, &c, in->notes, NULL);
    if (f == FAULT_BUSY)
        note_add(in->notes, in->words[0], "正在运行的服务器占用着这个 PostgreSQL 数据库的写入；请先停下服务器，办完再启动");
    return f;
}

enum fault command_second_off(struct invocation *in) {
    struct instance i;
    struct actor person;
    struct second second = {0};
    if (in->word_count != 1) return FAULT_USAGE;
    enum fault f = invocation_open(in, &i);
    if (f) return f;
    f = invocation_person(in, &i, in->words[0], &person);
    {
        _cleanup_(store_read_end) struct conn *c = NULL;
        if (!f) f = store_read_begin(i.store, &c);
        if (!f) f = second_find(c, &person.person, &second);
    }
    if (!f && !second.on) {
        note_add(in->notes, in->words[0], "此人没有设置两步验证");
        f = FAULT_STATE;
    }
    static const struct signin_from here = {.address = ""}; /* this machine, by no network */
    if (!f) f = record_reset(in, &i, &person.person, option(in, "--reason"));
    if (!f) f = second_was_reset(i.store, &person.person, &here, in->now_ms);
    if (!f) puts(lang_tr(in->lang, "已重置此人的两步验证。"));
    instance_close(&i);
    return f;
}

enum fault command_export(struct invocation *in) {
    const char *path = option(in, "-o"), *word = option(in, "--format"), *text = option(in, "--filter"),
               *as_of = option(in, "--as-of"), *known_at = option(in, "--known-at");
    if (in->word_count != 1 || !path) {
        note_add(in->notes, "export", "用法：taizhang {0}", in->command->usage);
        return FAULT_USAGE;
    }
    bool xlsx = word ? !strcmp(word, "xlsx") : strlen(path) > 5 && !strcmp(path + strlen(path) - 5, ".xlsx");
    struct instance i;
    struct actor actor;
    struct list_query q = {0};
    struct filter *filter = NULL;
    enum fault f = invocation_open(in, &i);
    if (f) return f;
    f = invocation_actor(in, &i, &actor);
    if (!f) f = invocation_register(in, &i, in->words[0], &q.reg);
    _cleanup_(store_read_end) struct conn *c = NULL;
    if (!f) f = store_read_begin(i.store, &c);
    struct filter_context context = {
        .actor = &actor, .registers = i.registers, .conn = c, .has_today = true, .today = civil_at(in->now_ms)};
    if (!f && text) f = filter_parse(q.reg, text, &context, in->arena, in->notes, &filter);
    q.filter = filter;
    if (!f) f = look_ask(c, as_of, known_at, in->notes, &q.look);
    int64_t rows;
    if (!f)
        f = export_file(i.registers, c, &actor, &q, xlsx ? SHEET_XLSX : SHEET_CSV, path, in->now_ms, NULL, NULL, in->notes, &rows);
    if (!f) printf("%lld\n", (long long)rows);
    store_read_end(&c);
    instance_close(&i);
    return f;
}
