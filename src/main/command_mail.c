/* command_mail.c - one message, and one look into the mailbox of bounces, to see whether the mail settings are right. */
#include "main/command.h"

#include "base/printer.h"
#include "net/bounce.h"
#include "net/mail.h"
#include "register/sending.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MAIL_WAIT_MS = 20000 };

/* Looked at now, since libcurl would tell only when the first message is sent. */
static enum fault look_at_ca(const char *path, struct notes *notes) {
    char line[200];
    bool found = false;
    FILE *f = fopen(path, "re");
    if (!f) {
        note_add(notes, path, "文件无法读取：{0}", strerror(errno));
        return FAULT_FILE;
    }
    while (!found && fgets(line, sizeof line, f)) found = !strncmp(line, "-----BEGIN CERTIFICATE-----", 27);
    (void)fclose(f);
    if (found) return FAULT_NONE;
    note_add(notes, path, "mail_ca 应为 PEM 格式的证书文件");
    return FAULT_INPUT;
}

enum fault mail_settings_read(const struct settings *s, char password[MAIL_PASSWORD_MAX], struct notes *notes,
                              struct mail_settings *out) {
    *out = (struct mail_settings){.server = s->mail_server,
                                  .from = s->mail_from,
                                  .user = s->mail_user[0] ? s->mail_user : NULL,
                                  .ca = s->mail_ca[0] ? s->mail_ca : NULL,
                                  .plain = !strcmp(s->mail_plain, "yes")};
    if (!s->mail_server[0]) {
        note_add(notes, "mail_server", "没有设置发信服务器；请在 taizhang.conf 写明 {0}", "mail_server、mail_from");
        return FAULT_ABSENT;
    }
    if (s->mail_plain[0] && !out->plain && strcmp(s->mail_plain, "no") != 0) {
        note_add(notes, "taizhang.conf", "mail_plain 应为 yes 或 no");
        return FAULT_INPUT;
    }
    enum fault f = s->mail_password_file[0]
                     ? secret_read("mail_password_file", s->mail_password_file, password, MAIL_PASSWORD_MAX, notes)
                     : FAULT_NONE;
    if (!f && out->ca) f = look_at_ca(out->ca, notes);
    if (f) return f;
    out->password = s->mail_password_file[0] ? password : NULL;
    const char *wrong = mail_settings_wrong(out);
    if (wrong) note_add(notes, "taizhang.conf", wrong);
    return wrong ? FAULT_INPUT : FAULT_NONE;
}

enum fault mailbox_settings_read(const struct settings *s, char password[MAIL_PASSWORD_MAX], struct notes *notes,
                                 struct mailbox_settings *out) {
    *out = (struct mailbox_settings){.url = s->bounce_mailbox, .user = s->bounce_user, .ca = s->mail_ca[0] ? s->mail_ca : NULL};
    if (!s->bounce_mailbox[0]) {
        note_add(notes, "bounce_mailbox", "没有设置退信信箱；请在 taizhang.conf 写明 {0}",
                 "bounce_mailbox、bounce_user、bounce_password_file");
        return FAULT_ABSENT;
    }
    enum fault f = s->bounce_password_file[0]
                     ? secret_read("bounce_password_file", s->bounce_password_file, password, MAIL_PASSWORD_MAX, notes)
                     : FAULT_NONE;
    if (!f && out->ca) f = look_at_ca(out->ca, notes);
    if (f) return f;
    out->password = s->bounce_password_file[0] ? password : NULL;
    const char *wrong = mailbox_settings_wrong(out);
    if (wrong) note_add(notes, "taizhang.conf", wrong);
    return wrong ? FAULT_INPUT : FAULT_NONE;
}

static enum fault send(struct invocation *in, const struct mail_settings *settings, const char *institution, const char *to) {
    const struct mail mail = {.to = to,
                              .subject = arena_format(in->arena, "%s: %s", institution, lang_tr(in->lang, "台账的发信测试")),
                              .body = lang_tr(in->lang, "这是台账发出的测试邮件。收到它，说明发信设置是对的。\n"),
                              .id = test_message_id(in->arena),
                              .at_ms = in->now_ms};
    struct mail_result result;
    enum fault f = mail_send(settings, &mail, MAIL_WAIT_MS, NULL, &result);
    if (f == FAULT_INPUT) note_add(in->notes, to, "不是邮件地址");
    if (f) return f;
    return test_message_tell(in, "发信服务器已收下", "发信服务器不收", settings->server, &result);
}

enum fault command_mail_test(struct invocation *in) {
    if (in->word_count != 1) {
        note_add(in->notes, "mail-test", "用法：taizhang {0}", in->command->usage);
        return FAULT_USAGE;
    }
    char data[3600], password[MAIL_PASSWORD_MAX];
    struct settings settings;
    struct mail_settings mail;
    enum fault f = data_directory(in->data, data, in->notes);
    if (!f) f = settings_read(data, &settings, in->notes);
    if (!f) f = mail_settings_read(&settings, password, in->notes, &mail);
    return f ? f : send(in, &mail, settings.institution, in->words[0]);
}

struct counting {
    int64_t all, ours;
};

static enum fault count_letter(void *context, const char *bytes, size_t length) {
    struct counting *c = context;
    struct bounce b;
    bounce_read(bytes, length, SENDING_PREFIX, &b);
    c->all++;
    c->ours += b.verdict != BOUNCE_NONE;
    return FAULT_NONE;
}

enum fault command_bounce_test(struct invocation *in) {
    char data[3600], password[MAIL_PASSWORD_MAX], why[MAIL_WHY];
    struct settings settings;
    struct mailbox_settings mailbox;
    struct mailbox_place place = {0, 0};
    struct counting counts = {0, 0};
    if (in->word_count) {
        note_add(in->notes, "bounce-test", "用法：taizhang {0}", in->command->usage);
        return FAULT_USAGE;
    }
    enum fault f = data_directory(in->data, data, in->notes);
    if (!f) f = settings_read(data, &settings, in->notes);
    if (!f) f = mailbox_settings_read(&settings, password, in->notes, &mailbox);
    if (f) return f;
    f = mailbox_read(&mailbox, &place, MAIL_WAIT_MS, NULL, count_letter, &counts, why);
    if (f) {
        note_add(in->notes, mailbox.url, "{0}", why);
        return f;
    }
    const char *const args[NOTE_ARGS] = {arena_int(in->arena, counts.all), arena_int(in->arena, counts.ours)};
    _cleanup_(text_release) struct text said;
    text_init(&said, 1000);
    note_fill(&said, lang_tr(in->lang, "信箱可以读取：看了最近的 {0} 封信，其中 {1} 封说台账的邮件没有送到或还在投递"), args);
    puts(said.at);
    return FAULT_NONE;
}
