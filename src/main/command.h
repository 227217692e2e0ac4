/* command.h - the command line: each command is one row of a table with its help, its options and its function. */
#ifndef MAIN_COMMAND_H
#define MAIN_COMMAND_H

#include "main/instance.h"
#include "web/channels.h"

enum { OPTIONS_MAX = 16, WORDS_MAX = 16 };

/* An option a command knows. `value` names its value in the help; NULL: a switch. */
struct option_spec {
    const char *name, *value, *help;
};

/* What was given. */
struct invocation {
    const struct command *command;
    enum lang lang;
    bool json;
    const char *data;
    const char *words[WORDS_MAX]; /* positional */
    int word_count;
    struct {
        const char *name, *value;
    } options[64];
    int option_count;
    int64_t now_ms;
    struct arena *arena;
    struct notes *notes; /* printed at the end if the command fails */
};

struct command {
    const char *name, *usage, *help;
    struct option_spec options[OPTIONS_MAX];
    enum fault (*run)(struct invocation *in);
};

/* Ended by a NULL name. */
extern const struct command commands[];

/* The value of an option, "" for a switch that was given, NULL if it was not. */
const char *option(const struct invocation *in, const char *name);
/* The n-th of an option that may be repeated. */
const char *option_nth(const struct invocation *in, const char *name, int n);
/* Opens the instance of the data directory. */
CHECKED enum fault invocation_open(struct invocation *in, struct instance *out);
/* Who acts: --as LOGIN, else the installation itself. */
CHECKED enum fault invocation_actor(struct invocation *in, struct instance *instance, struct actor *out);
/* The person who signs in by that name, with his rights of today; FAULT_ABSENT with a note if there is none in office. */
CHECKED enum fault invocation_person(struct invocation *in, struct instance *instance, const char *login, struct actor *out);
/* Register named by a word; FAULT_USAGE with a note that lists those there are. */
CHECKED enum fault invocation_register(struct invocation *in, struct instance *instance, const char *key, const struct reg **out);

enum fault command_init(struct invocation *in);
enum fault command_serve(struct invocation *in);
enum fault command_record(struct invocation *in);
enum fault command_import(struct invocation *in);
enum fault command_export(struct invocation *in);
enum fault command_report(struct invocation *in);
enum fault command_bundle(struct invocation *in);
enum fault command_due(struct invocation *in);
enum fault command_backup(struct invocation *in);
enum fault command_restore(struct invocation *in);
enum fault command_verify(struct invocation *in);
enum fault command_doctor(struct invocation *in);
enum fault command_rebuild(struct invocation *in);
enum fault command_shrink(struct invocation *in);
enum fault command_password(struct invocation *in);
enum fault command_second_off(struct invocation *in);
enum fault command_mail_test(struct invocation *in);

enum fault command_tell_test(struct invocation *in);
enum fault command_bounce_test(struct invocation *in);

enum { MAIL_PASSWORD_MAX = 256 };
/* The id of a message that only tries a channel; arena. */
const char *test_message_id(struct arena *arena);
/* Prints what came of it (`taken`, `refused`: catalogue sentences for these two) and says why at `place` unless it was taken. FAULT_INPUT if it was refused, FAULT_BUSY else. */
CHECKED enum fault test_message_tell(struct invocation *in, const char *taken, const char *refused, const char *place,
                                     const struct mail_result *result);
/* The first line of the file that a setting names, without its end; `room` counts the NUL. FAULT_FILE, or FAULT_INPUT if it is empty or too long, with a note. */
CHECKED enum fault secret_read(const char *setting, const char *path, char *out, size_t room, struct notes *notes);
/* Where what the settings say of channels is kept. */
struct channels_room {
    struct mail_settings mail;
    struct mailbox_settings mailbox;
    struct sms_settings sms;
    struct cmpp_settings cmpp;
    char mail_password[MAIL_PASSWORD_MAX], bounce_password[MAIL_PASSWORD_MAX], sms_secret[256], cmpp_password[256], robot[600];
};
/* The channels of an installation; they point into `s` and `room`. FAULT_INPUT or FAULT_FILE with a note for what cannot be. */
CHECKED enum fault channels_read(const struct settings *s, struct channels_room *room, struct notes *notes, struct channels *out);
/* The settings of the mailbox that mails come back to; they point into `s` and `password`. FAULT_ABSENT if none is named. */
CHECKED enum fault mailbox_settings_read(const struct settings *s, char password[MAIL_PASSWORD_MAX], struct notes *notes,
                                         struct mailbox_settings *out);
/* The mail settings of an installation; they point into `s` and `password`. FAULT_ABSENT if no server is named. */
CHECKED enum fault mail_settings_read(const struct settings *s, char password[MAIL_PASSWORD_MAX], struct notes *notes,
                                      struct mail_settings *out);

#endif
