/* instance.c - making and opening an installation. */
#include "main/instance.h"

#include "base/log.h"
#include "incident/incident.h"
#include "packs/packs.h"
#include "register/define.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCAL_ARENA = 16 << 20 };

enum fault data_directory(const char *given, char out[3600], struct notes *notes) {
    const char *env = getenv("TAIZHANG_DATA"), *xdg = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    int n;
    if (given && given[0]) n = snprintf(out, 3600, "%s", given);
    else if (env && env[0]) n = snprintf(out, 3600, "%s", env);
    else if (xdg && xdg[0]) n = snprintf(out, 3600, "%s/taizhang", xdg);
    else if (home && home[0]) n = snprintf(out, 3600, "%s/.local/share/taizhang", home);
    else n = 3600;
    if (n > 0 && n < 3600) return FAULT_NONE;
    note_add(notes, "--data", "没有数据目录；请用 --data 指明");
    return FAULT_USAGE;
}

static enum fault make_folders(const char *path, struct notes *notes) {
    char part[3700];
    snprintf(part, sizeof part, "%s", path);
    for (char *p = part + 1;; p++) {
        if (*p && *p != '/') continue;
        char kept = *p;
        *p = 0;
        if (mkdir(part, 0700) && errno != EEXIST) {
            note_add(notes, part, "目录无法建立：{0}", strerror(errno));
            return FAULT_FILE;
        }
        *p = kept;
        if (!kept) return FAULT_NONE;
    }
}

static enum fault write_settings(const char *data, const char *institution, const char *store, const char *packs_text,
                                 struct notes *notes) {
    char path[3700];
    uint8_t random[4];
    random_bytes(random, sizeof random);
    snprintf(path, sizeof path, "%s/taizhang.conf", data);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f) {
        if (fd >= 0) close(fd);
        note_add(notes, path, "文件无法写入：{0}", strerror(errno));
        return errno == EEXIST ? FAULT_CONFLICT : FAULT_FILE;
    }
    fprintf(
        f,
        "# Settings of this installation. Lines are KEY = VALUE; restart the server after a change.\n"
        "institution = %s\norigin = taizhang.local/%02x%02x%02x%02x\npacks = %s\nlisten = 127.0.0.1:8620\n"
        "# Address of the reverse proxy whose X-Forwarded-For is believed:\n# trusted_proxy = 127.0.0.1\n"
        "# Directory with the institution's own fonts (FangSong, KaiTi, SimHei, XiaoBiaoSong):\n# fonts = /usr/local/share/fonts\n"
        "# Socket (or HOST:PORT) of the ClamAV daemon that scans uploaded files:\n# clamd = /run/clamav/clamd.ctl\n"
        "# Networks of the institution, set off by blanks, to which messages about changes may be sent:\n# webhook_networks = "
        "10.0.0.0/8\n"
        "# Mail server that takes messages (smtps://HOST, or smtp://HOST:587 with STARTTLS), and who sends; try it with taizhang "
        "mail-test:\n"
        "# mail_server = smtps://mail.example.cn\n# mail_from = taizhang@example.cn\n# mail_user = taizhang\n# mail_password_file "
        "= /etc/taizhang/mail\n"
        "# Certificates of an authority of your own that the mail server's is trusted by, instead of the system's:\n"
        "# mail_ca = /etc/taizhang/mail-ca.pem\n"
        "# Mailbox that mails which cannot be delivered come back to (that of mail_from); try it with taizhang bounce-test:\n"
        "# bounce_mailbox = imaps://mail.example.cn/INBOX\n# bounce_user = taizhang\n# bounce_password_file = "
        "/etc/taizhang/bounce\n"
        "# Short messages by a provider's HTTP gateway; {phone}, {text}, {id} and {secret} are filled in; try it with taizhang "
        "tell-test sms:\n"
        "# sms_url = https://sms.example.cn/send\n# sms_body = {\"mobile\":\"{phone}\",\"content\":\"{text}\",\"id\":\"{id}\"}\n"
        "# sms_header = Authorization: Bearer {secret}\n# sms_secret_file = /etc/taizhang/sms\n# sms_good = \"code\":0\n"
        "# The same by a carrier's CMPP 2.0 gateway, over a private line:\n"
        "# cmpp_server = 10.0.0.5:7890\n# cmpp_user = 901234\n# cmpp_password_file = /etc/taizhang/cmpp\n# cmpp_source = 10690000\n"
        "# cmpp_proof = no speaks to a gateway, too, that does not prove that it knows the password:\n# cmpp_proof = yes\n"
        "# File with the address of a WeChat Work group's robot:\n# robot_url_file = /etc/taizhang/robot\n"
        "# Which is tried first, which when it has failed, and when nobody is told:\n# channels = mail sms robot\n# quiet_hours = "
        "22:00-07:00\n"
        "# When warnings ahead of the due day are told, in one message a day; those of the day itself and later always at once:\n"
        "# digest_at = 08:30\n"
        "# Requests a second that one program may make of the interface; ten times as many at once:\n# api_rate = 20\n"
        "# Lists and searches that take longer than so many milliseconds are stopped:\n# list_ms = 5000\n"
        "# Exports of more rows are made in the background:\n# export_rows = 20000\n",
        institution, random[0], random[1], random[2], random[3], packs_text);
    fputs("# PostgreSQL database or schema that holds the records instead of taizhang.db:\n", f);
    fprintf(f, store && store[0] ? "store = %s\n" : "# store = postgresql://taizhang@/taizhang?host=/run/postgresql%s\n",
            store ? store : "");
    return fclose(f) ? FAULT_FILE : FAULT_NONE;
}

/* The room of the setting if the value does not fit; 0 if all is well. */
static size_t take_setting(struct settings *s, const char *key, const char *value) {
    const struct {
        const char *key;
        char *to;
        size_t room;
    } known[] = {{"institution", s->institution, sizeof s->institution},
                 {"origin", s->origin, sizeof s->origin},
                 {"packs", s->packs, sizeof s->packs},
                 {"listen", s->listen, sizeof s->listen},
                 {"trusted_proxy", s->trusted_proxy, sizeof s->trusted_proxy},
                 {"clamd", s->clamd, sizeof s->clamd},
                 {"webhook_networks", s->webhook_networks, sizeof s->webhook_networks},
                 {"list_ms", s->list_ms, sizeof s->list_ms},
                 {"export_rows", s->export_rows, sizeof s->export_rows},
                 {"api_rate", s->api_rate, sizeof s->api_rate},
                 {"store", s->store, sizeof s->store},
                 {"fonts", s->fonts, sizeof s->fonts},
                 {"channels", s->channels, sizeof s->channels},
                 {"quiet_hours", s->quiet_hours, sizeof s->quiet_hours},
                 {"digest_at", s->digest_at, sizeof s->digest_at},
                 {"sms_url", s->sms_url, sizeof s->sms_url},
                 {"sms_body", s->sms_body, sizeof s->sms_body},
                 {"sms_header", s->sms_header, sizeof s->sms_header},
                 {"sms_secret_file", s->sms_secret_file, sizeof s->sms_secret_file},
                 {"sms_good", s->sms_good, sizeof s->sms_good},
                 {"cmpp_server", s->cmpp_server, sizeof s->cmpp_server},
                 {"cmpp_user", s->cmpp_user, sizeof s->cmpp_user},
                 {"cmpp_password_file", s->cmpp_password_file, sizeof s->cmpp_password_file},
                 {"cmpp_source", s->cmpp_source, sizeof s->cmpp_source},
                 {"cmpp_service", s->cmpp_service, sizeof s->cmpp_service},
                 {"cmpp_proof", s->cmpp_proof, sizeof s->cmpp_proof},
                 {"robot_url_file", s->robot_url_file, sizeof s->robot_url_file},
                 {"mail_server", s->mail_server, sizeof s->mail_server},
                 {"mail_from", s->mail_from, sizeof s->mail_from},
                 {"mail_user", s->mail_user, sizeof s->mail_user},
                 {"mail_password_file", s->mail_password_file, sizeof s->mail_password_file},
                 {"mail_ca", s->mail_ca, sizeof s->mail_ca},
                 {"mail_plain", s->mail_plain, sizeof s->mail_plain},
                 {"bounce_mailbox", s->bounce_mailbox, sizeof s->bounce_mailbox},
                 {"bounce_user", s->bounce_user, sizeof s->bounce_user},
                 {"bounce_password_file", s->bounce_password_file, sizeof s->bounce_password_file}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (!strcmp(key, known[i].key)) {
            if (strlen(value) >= known[i].room) return known[i].room;
            snprintf(known[i].to, known[i].room, "%s", value);
            return 0;
        }
    log_line(LOG_WARN_, "settings.unknown", "key", key);
    return 0;
}

static char *trim(char *s) {
    while (*s == ' ' || *s == '\t') s++;
    size_t n = strlen(s);
    while (n && strchr(" \t\r\n", s[n - 1])) s[--n] = 0;
    return s;
}

/* Cut, a value would be another: a password's file, an address. */
static enum fault refuse_length(struct notes *notes, int line, const char *key, size_t room) {
    char place[40], most[24];
    snprintf(place, sizeof place, "taizhang.conf:%d", line);
    snprintf(most, sizeof most, "%zu", room - 1);
    if (key) note_add(notes, place, "{0} 太长，最多 {1} 字节", key, most);
    else note_add(notes, place, "这一行太长，最多 {0} 字节", most);
    return FAULT_INPUT;
}

/* One line of KEY = VALUE; empty lines and remarks are passed over. */
static enum fault read_setting(struct settings *out, char *line, int number, struct notes *notes) {
    char *text = trim(line), *equals = strchr(text, '=');
    if (!text[0] || text[0] == '#' || !equals) return FAULT_NONE;
    *equals = 0;
    const char *key = trim(text);
    size_t room = take_setting(out, key, trim(equals + 1));
    return room ? refuse_length(notes, number, key, room) : FAULT_NONE;
}

enum fault settings_read(const char *data, struct settings *out, struct notes *notes) {
    char path[3700], line[1200];
    snprintf(path, sizeof path, "%s/taizhang.conf", data);
    FILE *f = fopen(path, "re");
    if (!f) {
        note_add(notes, path, "这里还没有安装；请先运行 taizhang init --data {0}", data);
        return FAULT_ABSENT;
    }
    *out = (struct settings){.packs = "common", .listen = "127.0.0.1:8620"};
    enum fault result = FAULT_NONE;
    for (int number = 1; !result && fgets(line, sizeof line, f); number++) {
        if (!strchr(line, '\n') && !feof(f)) result = refuse_length(notes, number, NULL, sizeof line - 1);
        else result = read_setting(out, line, number, notes);
    }
    fclose(f);
    return result;
}

static void store_path(const char *data, const struct settings *settings, char out[3700]) {
    if (settings->store[0]) snprintf(out, 3700, "%s", settings->store);
    else snprintf(out, 3700, "%s/taizhang.db", data);
}

enum fault instance_store(const char *data, char out[3700], struct notes *notes) {
    struct settings settings;
    enum fault f = settings_read(data, &settings, notes);
    if (!f) store_path(data, &settings, out);
    return f;
}

enum fault instance_make(const char *data, const char *institution, const char *store_given, const char *const *packs_given,
                         size_t pack_count, struct notes *notes) {
    char list[400] = "common", path[3700], public_path[3700];
    for (size_t i = 0; i < pack_count; i++) {
        if (!pack_named(packs_given[i])) {
            note_add(notes, "--pack", "没有名为“{0}”的业务包", packs_given[i]);
            return FAULT_USAGE;
        }
        if (!strcmp(packs_given[i], "common")) continue;
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, " %s", packs_given[i]);
    }
    snprintf(path, sizeof path, "%s/taizhang.db", data);
    if (!access(path, F_OK)) {
        note_add(notes, data, "这里已经有一个安装；要另建一个，请换一个数据目录");
        return FAULT_CONFLICT;
    }
    enum fault f = make_folders(data, notes);
    snprintf(path, sizeof path, "%s/files", data);
    if (!f) f = make_folders(path, notes);
    snprintf(path, sizeof path, "%s/keys", data);
    if (!f) f = make_folders(path, notes);
    if (!f) f = write_settings(data, institution, store_given, list, notes);
    if (f) return f;
    struct settings settings;
    f = settings_read(data, &settings, notes);
    snprintf(path, sizeof path, "%s/keys/journal.key", data);
    snprintf(public_path, sizeof public_path, "%s/keys/journal.pub", data);
    if (!f) f = key_make(path, public_path, settings.origin, notes);
    struct store *store = NULL;
    if (!f) store_path(data, &settings, path);
    if (!f) f = store_open(path, true, notes, &store);
    store_close(store);
    return f;
}

static bool has_word(const char *list, const char *word) {
    size_t n = strlen(word);
    for (const char *p = list; (p = strstr(p, word)); p += n)
        if ((p == list || p[-1] == ' ') && (p[n] == 0 || p[n] == ' ')) return true;
    return false;
}

static const struct reg **collect_registers(const char *chosen) {
    size_t count = 0;
    for (const struct pack *const *p = packs; *p; p++)
        for (size_t i = 0; (*p)->registers[i]; i++) count++;
    const struct reg **list = memory_new((count + 1) * sizeof *list);
    count = 0;
    for (const struct pack *const *p = packs; *p; p++)
        for (size_t i = 0; has_word(chosen, (*p)->key) && (*p)->registers[i]; i++) list[count++] = (*p)->registers[i];
    return list;
}

/* All registers: those of the packs, and what the institution added, which are records themselves. */
static enum fault open_registers(struct instance *i, int64_t now_ms, struct notes *notes) {
    const char *definitions[LOCAL_MAX];
    const struct reg **all = i->regs;
    size_t count = 0, n = 0;
    enum fault f = local_definitions(i->store, &i->local, definitions, &count);
    if (!f && count) f = define_all(i->regs, definitions, count, &i->local, notes, &all);
    if (f) return f;
    while (all[n]) n++;
    return registers_open(i->store, i->journal, all, n, now_ms, notes, &i->registers);
}

enum fault instance_open(const char *data, int64_t now_ms, struct notes *notes, struct instance *out) {
    *out = (struct instance){0};
    char path[3700];
    snprintf(out->data, sizeof out->data, "%s", data);
    snprintf(out->files, sizeof out->files, "%s/files", data);
    enum fault f = settings_read(data, &out->settings, notes);
    if (f) return f;
    store_path(data, &out->settings, path);
    f = store_open(path, false, notes, &out->store);
    size_t count = 0;
    const struct store_table *tables = journal_tables(&count);
    if (!f) f = store_declare(out->store, tables, count, notes);
    tables = access_tables(&count);
    if (!f) f = store_declare(out->store, tables, count, notes);
    tables = incident_tables(&count);
    if (!f) f = store_declare(out->store, tables, count, notes);
    snprintf(path, sizeof path, "%s/keys/journal.key", data);
    if (!f) f = journal_open(out->store, path, notes, &out->journal);
    out->regs = collect_registers(out->settings.packs);
    arena_init(&out->local, LOCAL_ARENA);
    if (!f) f = open_registers(out, now_ms, notes);
    if (f) instance_close(out);
    return f;
}

void instance_close(struct instance *i) {
    store_close(i->store);
    i->store = NULL;
    registers_close(i->registers);
    i->registers = NULL;
    journal_close(i->journal);
    i->journal = NULL;
    memory_release(&i->regs);
    arena_release(&i->local);
}
