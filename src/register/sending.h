/* sending.h - messages to people about their warnings: whose turn it is, by which channel each was handed over, and what came back of it.
 *
 * A person has one message at a time (table warning_mail), which goes from channel to channel with the same id until one has taken it. Each channel that it was handed to leaves a row
 * (table sending): what is told of it later, a bounce or a carrier's report, finds it there by the id that we or the carrier gave. All are work tables. */
#ifndef REGISTER_SENDING_H
#define REGISTER_SENDING_H

#include "register/clock.h"

#define SENDING_PREFIX "warn." /* with which the ids of all messages begin */

/* One message to one person with all warnings that were planned for him since the last. */
struct warning_message {
    struct id person;
    const char *address, *phone; /* arena; NULL: he has none on record, or has left */
    int channel;                 /* of the order that the settings name, from 0 */
    char id[40];                 /* stable: the same message tried again has the same */
    int64_t told_ms, upto_ms;    /* the message that was settled last, and this one: when each was first claimed */
    int tries;                   /* this one among them */
};
/* Lends the next message that is due until now_ms + lease_ms; *any is false if there is none. Of two servers one gets it. Warnings that fall before the due day wait for the digest: only those
 * planned by digest_ms go into a message (now_ms: all); those of the day itself and later never wait. */
CHECKED enum fault warning_mail_claim(struct registers *registers, int64_t now_ms, int64_t digest_ms, int64_t lease_ms,
                                      struct arena *arena, struct warning_message *out, bool *any);
/* Adds a line for each of its due dates that the person may read, as they are now: the day and what it is about. *count says how many lines, at most 50, and *more how
 * many more there are that have none. */
CHECKED enum fault warning_mail_lines(struct registers *registers, const struct warning_message *message, civil_day today,
                                      struct arena *arena, struct text *out, int *count, int *more);
/* What became of a try by a channel (NULL: there was none to try by). LATER: again after a wait, ten times. UNCERTAIN: as LATER, but it may have arrived. NEVER: nobody can take it. When a channel has failed for good and there is
 * `another`, that one tries next. */
enum warning_told_how { TOLD_SENT, TOLD_LATER, TOLD_NEVER, TOLD_UNCERTAIN };
CHECKED enum fault warning_mail_settle(struct registers *registers, const struct warning_message *message, const char *channel,
                                       enum warning_told_how how, const char *why, bool another, int64_t now_ms);
/* Why a channel failed to reach a person with the last message; NULL if none did. *instead: a later one reached him. */
CHECKED enum fault warning_mail_failed(struct conn *conn, const struct id *person, struct arena *arena, const char **why,
                                       bool *instead);

/* OPEN: being handed over, or no answer came. TAKEN: by the channel. DELAYED: it has said that it still tries. DELIVERED: it says so. RETURNED: it came back, and the next channel is still to
 * be tried. FAILED: it came back, or was refused. SILENT: a report was asked for and none came. PUT_OFF: the channel did not take it, and it is tried again. */
enum sending_state {
    SENDING_OPEN,
    SENDING_TAKEN,
    SENDING_DELAYED,
    SENDING_DELIVERED,
    SENDING_RETURNED,
    SENDING_FAILED,
    SENDING_SILENT,
    SENDING_PUT_OFF
};

enum { SENDING_BOUNCE_DAYS = 10, SENDING_REPORT_HOURS = 72, SENDING_KEPT_DAYS = 30 };

/* Writes down that a message is handed to a channel, before it is. A try before this one by the same channel counts no more. */
CHECKED enum fault sending_begin(struct registers *registers, const struct warning_message *message, const char *channel,
                                 const char *address, int64_t now_ms);
/* Part `part` (from 1) was taken, and the channel's own id of it is `given`. */
CHECKED enum fault sending_part(struct registers *registers, const struct warning_message *message, const char *channel, int part,
                                const char *address, const char *given, int64_t now_ms);

/* What came back of a message: FAILED, DELAYED, or DELIVERED, and why in the server's words. */
struct sending_news {
    enum sending_state state;
    const char *why;
};
/* A bounce that names message `id` and these receivers (small letters). Counts only if it was mailed to one of them in the last SENDING_BOUNCE_DAYS; FAULT_ABSENT if not. What is there already
 * is not changed: a failure is not taken back, and one told twice counts once. */
CHECKED enum fault sending_bounced(struct registers *registers, const char *id, const char *const *addresses, size_t count,
                                   const struct sending_news *news, int64_t now_ms);
/* A report about the part that a channel gave this id to, handed in for this number within SENDING_REPORT_HOURS. FAULT_ABSENT if there is none. */
CHECKED enum fault sending_reported(struct registers *registers, const char *channel, const char *given, const char *address,
                                    const struct sending_news *news, int64_t now_ms);
/* When the newest part was handed in by a channel for which a report may still come; 0 if none may. */
CHECKED enum fault sending_outstanding(struct conn *conn, const char *channel, int64_t now_ms, int64_t *newest_ms);
/* Makes what came back due again by the channel that follows in `order`, as the same message; if none follows, or its reader has acknowledged all, it only says why it failed. */
CHECKED enum fault sending_pass_on(struct registers *registers, const char *const *order, size_t count, int64_t now_ms);
/* Gives up waiting for reports, and forgets what is older than SENDING_KEPT_DAYS. */
CHECKED enum fault sending_sweep(struct registers *registers, int64_t now_ms);

/* One channel's part in a message. Texts live until `each` returns. */
struct sending {
    const char *channel, *why;
    enum sending_state state;
};
typedef enum fault (*sending_visit)(void *context, const struct sending *sending);
/* How the message that a person got at upto_ms fared, channel by channel; of several parts the worst. */
CHECKED enum fault sending_of(struct conn *conn, const struct id *person, int64_t upto_ms, sending_visit each, void *context);

/* How a channel, or the reading of bounces, went last: moments (0: never) and why it failed. */
struct sending_record {
    int64_t good_ms, bad_ms;
    char why[400];
};
CHECKED enum fault sending_record_read(struct conn *conn, const char *channel, struct sending_record *out);
CHECKED enum fault sending_record_put(struct registers *registers, const char *channel, bool good, const char *why, int64_t now_ms);

/* How far a mailbox was read; zeros if never. */
CHECKED enum fault mailbox_place_read(struct conn *conn, const char *mailbox, int64_t *validity, int64_t *uid);
CHECKED enum fault mailbox_place_put(struct registers *registers, const char *mailbox, int64_t validity, int64_t uid);

enum { SENDING_TABLES = 3 };
extern const struct store_table sending_tables[SENDING_TABLES];
/* For warn_mail.c, within its own job: a try by a channel has ended. */
CHECKED enum fault sending_settle(struct conn *conn, const char *id, const char *channel, enum warning_told_how how,
                                  const char *why, int64_t now_ms);

#endif
