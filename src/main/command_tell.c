/* command_tell.c - the channels that the settings set up, and one message by one of them to see whether they are right. */
#include "main/command.h"

#include "base/printer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { TELL_WAIT_MS = 20000 };

static enum fault refuse(struct notes *notes, const char *sentence) {
    note_add(notes, "taizhang.conf", sentence);
    return FAULT_INPUT;
}

enum fault secret_read(const char *setting, const char *path, char *out, size_t room, struct notes *notes) {
    char most[16];
    FILE *f = fopen(path, "re");
    if (!f) {
        note_add(notes, path, "文件无法读取：{0}", strerror(errno));
        return FAULT_FILE;
    }
    bool good = fgets(out, (int)room, f) != NULL, whole = good && (strpbrk(out, "\r\n") || feof(f));
    (void)fclose(f);
    if (good) out[strcspn(out, "\r\n")] = 0;
    if (good && whole && out[0]) return FAULT_NONE;
    snprintf(most, sizeof most, "%zu", room - 2);
    note_add(notes, path, "{0} 的第一行不能为空，不超过 {1} 字节", setting, most);
    return FAULT_INPUT;
}

static enum fault read_sms(const struct settings *s, struct channels_room *room, struct notes *notes) {
    room->sms = (struct sms_settings){
        .url = s->sms_url, .body = s->sms_body, .header = s->sms_header, .good = s->sms_good, .networks = s->webhook_networks};
    const char *wrong = sms_settings_wrong(&room->sms);
    if (wrong) return refuse(notes, wrong);
    if (!s->sms_secret_file[0]) return FAULT_NONE;
    room->sms.secret = room->sms_secret;
    return secret_read("sms_secret_file", s->sms_secret_file, room->sms_secret, sizeof room->sms_secret, notes);
}

static enum fault read_cmpp(const struct settings *s, struct channels_room *room, struct notes *notes) {
    room->cmpp = (struct cmpp_settings){.server = s->cmpp_server,
                                        .user = s->cmpp_user,
                                        .password = room->cmpp_password,
                                        .source = s->cmpp_source,
                                        .service = s->cmpp_service,
                                        .unproven = !strcmp(s->cmpp_proof, "no")};
    const char *wrong = cmpp_settings_wrong(&room->cmpp);
    if (wrong) return refuse(notes, wrong);
    if (s->cmpp_proof[0] && !room->cmpp.unproven && strcmp(s->cmpp_proof, "yes") != 0)
        return refuse(notes, "cmpp_proof 应为 yes 或 no");
    if (!s->cmpp_password_file[0]) return refuse(notes, "cmpp_password_file 应为存放密码的文件");
    return secret_read("cmpp_password_file", s->cmpp_password_file, room->cmpp_password, sizeof room->cmpp_password, notes);
}

/* A day ends at 24:00. */
static bool quiet_end(const char *text, int *out) {
    if (!strcmp(text, "24:00")) return *out = 24 * 60, true;
    return minute_parse(text, out);
}

/* "22:00-07:00". */
static enum fault read_quiet(const char *text, struct channels *c, struct notes *notes) {
    char copy[16], *to = copy;
    if (!text[0]) return FAULT_NONE;
    snprintf(copy, sizeof copy, "%s", text);
    const char *from = strsep(&to, "-");
    if (to && minute_parse(from, &c->quiet_from) && quiet_end(to, &c->quiet_to)) return FAULT_NONE;
    return refuse(notes, "quiet_hours 应为 22:00-07:00 这样的起止时刻");
}

/* "08:30". */
static enum fault read_digest(const char *text, struct channels *c, struct notes *notes) {
    c->digest_at = -1;
    if (!text[0] || minute_parse(text, &c->digest_at)) return FAULT_NONE;
    return refuse(notes, "digest_at 应为 08:30 这样的时刻");
}

/* As the settings order them; without an order all that are set up, mail first. */
static enum fault read_order(const char *order, const bool is_set[CHANNEL_COUNT], struct channels *c, struct notes *notes) {
    if (!order[0]) order = "mail sms cmpp robot";
    char copy[80], *rest = copy, *word;
    snprintf(copy, sizeof copy, "%s", order);
    while ((word = strsep(&rest, " "))) {
        enum channel k;
        if (!word[0]) continue;
        if (!channel_named(word, &k)) return refuse(notes, "channels 里只能写 mail、sms、cmpp、robot");
        for (size_t i = 0; i < c->count; i++)
            if (c->order[i] == k) return refuse(notes, "channels 里同一个渠道写了两次");
        if (is_set[k]) c->order[c->count++] = k;
    }
    return FAULT_NONE;
}

enum fault channels_read(const struct settings *s, struct channels_room *room, struct notes *notes, struct channels *out) {
    bool is_set[CHANNEL_COUNT] = {s->mail_server[0] != 0, s->sms_url[0] != 0, s->cmpp_server[0] != 0, s->robot_url_file[0] != 0};
    *out = (struct channels){
        .mail = &room->mail, .sms = &room->sms, .cmpp = &room->cmpp, .robot = room->robot, .networks = s->webhook_networks};
    enum fault f = is_set[CHANNEL_MAIL] ? mail_settings_read(s, room->mail_password, notes, &room->mail) : FAULT_NONE;
    if (!f && is_set[CHANNEL_SMS]) f = read_sms(s, room, notes);
    if (!f && is_set[CHANNEL_CMPP]) f = read_cmpp(s, room, notes);
    if (!f && is_set[CHANNEL_ROBOT]) f = secret_read("robot_url_file", s->robot_url_file, room->robot, sizeof room->robot, notes);
    if (!f && s->bounce_mailbox[0]) f = mailbox_settings_read(s, room->bounce_password, notes, &room->mailbox);
    if (!f) out->mailbox = s->bounce_mailbox[0] ? &room->mailbox : NULL;
    if (!f) f = read_quiet(s->quiet_hours, out, notes);
    if (!f) f = read_digest(s->digest_at, out, notes);
    return f ? f : read_order(s->channels, is_set, out, notes);
}

const char *test_message_id(struct arena *arena) {
    char random[16], hex[33];
    random_bytes(random, sizeof random);
    hex_format(random, sizeof random, hex);
    return arena_join(arena, "test.", hex);
}

enum fault test_message_tell(struct invocation *in, const char *taken, const char *refused, const char *place,
                             const struct mail_result *result) {
    const char *const outcomes[] = {[MAIL_SENT] = taken,
                                    [MAIL_REFUSED] = refused,
                                    [MAIL_LATER] = "没有送出，以后可以再试",
                                    [MAIL_UNCERTAIN] = "不知道是否送出：交出以后没有得到回答"};
    printf("%s\n", lang_tr(in->lang, outcomes[result->outcome]));
    if (result->outcome == MAIL_SENT) return FAULT_NONE;
    note_add(in->notes, place, "{0}", result->why);
    return result->outcome == MAIL_REFUSED ? FAULT_INPUT : FAULT_BUSY;
}

static enum fault send(struct invocation *in, const struct channels *channels, enum channel channel, const char *institution,
                       const char *to) {
    const struct notice_text text = {.subject = arena_format(in->arena, "%s: %s", institution, lang_tr(in->lang, "台账的发信测试")),
                                     .body = lang_tr(in->lang, "这是台账发出的测试邮件。收到它，说明发信设置是对的。\n"),
                                     .brief = arena_format(in->arena, "【%s】%s", institution,
                                                           in->word_count > 2 ? in->words[2] : lang_tr(in->lang, "台账的发信测试")),
                                     .id = test_message_id(in->arena)};
    struct mail_result result;
    enum fault f = channel_send(channels, channel, channel_address(channel, to, to), &text, in->now_ms, TELL_WAIT_MS, NULL, NULL,
                                &result);
    if (f == FAULT_ABSENT || f == FAULT_INPUT)
        note_add(in->notes, to, channel == CHANNEL_MAIL ? "不是邮件地址" : "不是手机号码，或者文字太长");
    if (f) return f;
    return test_message_tell(in, "对方已收下", "对方不收", channel_word(channel), &result);
}

enum fault command_tell_test(struct invocation *in) {
    enum channel channel;
    if (in->word_count < 2 || in->word_count > 3 || !channel_named(in->words[0], &channel)) {
        note_add(in->notes, "tell-test", "用法：taizhang {0}", in->command->usage);
        return FAULT_USAGE;
    }
    char data[3600];
    struct settings settings;
    struct channels_room room;
    struct channels channels;
    enum fault f = data_directory(in->data, data, in->notes);
    if (!f) f = settings_read(data, &settings, in->notes);
    if (!f) f = channels_read(&settings, &room, in->notes, &channels);
    if (f) return f;
    for (size_t i = 0; i < channels.count; i++)
        if (channels.order[i] == channel) return send(in, &channels, channel, settings.institution, in->words[1]);
    note_add(in->notes, "taizhang.conf", "没有设置这个渠道：{0}", in->words[0]);
    return FAULT_ABSENT;
}
