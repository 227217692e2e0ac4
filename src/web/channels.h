/* channels.h - the ways by which people are told, in the order that the installation names. */
#ifndef WEB_CHANNELS_H
#define WEB_CHANNELS_H

#include "base/lang.h"
#include "net/cmpp.h"
#include "net/mailbox.h"
#include "net/sms.h"
#include "store/store.h"

#define CHANNEL_BOUNCES "bounces" /* under which the reading of the mailbox is recorded, beside the channels */

enum channel { CHANNEL_MAIL, CHANNEL_SMS, CHANNEL_CMPP, CHANNEL_ROBOT, CHANNEL_COUNT };

/* What is set up. Everything pointed to must outlive the site. */
struct channels {
    enum channel order[CHANNEL_COUNT]; /* which is tried first, and which next when it has failed */
    size_t count;
    const struct mail_settings *mail;
    const struct mailbox_settings *mailbox; /* where mails come back to; NULL: it is not read */
    const struct sms_settings *sms;
    const struct cmpp_settings *cmpp;
    const char *robot;        /* the address of the group's robot */
    const char *networks;     /* not public, but may be reached (net/client.h) */
    int quiet_from, quiet_to; /* minutes of the day in China between which nobody is told; the same: never quiet */
    int digest_at;            /* minute of the day from which on what is not urgent is told, in one message; -1: at once */
};

/* "mail", "sms", "cmpp", "robot". */
const char *channel_word(enum channel channel);
/* As people call the one with this word; the word itself if there is none. */
const char *channel_name(const char *word, enum lang lang);
bool channel_named(const char *word, enum channel *out);
/* Whether people are left alone at this moment. */
bool channels_quiet(const struct channels *channels, int64_t now_ms);

/* Up to which moment the warnings that are not urgent were planned that may be told now: the last time that it was digest_at, or now. */
int64_t channels_digest_ms(const struct channels *channels, int64_t now_ms);

/* What is to be said. A short message and the group's robot say only how many and until when: their screens are not private. */
struct notice_text {
    const char *subject, *body; /* of a mail */
    const char *brief;          /* of the others */
    const char *id;             /* the same however often it is sent */
};
/* Whichever of a person's mail address and telephone number the channel uses; NULL if it is none that can be used. */
const char *channel_address(enum channel channel, const char *address, const char *phone);
/* Sends by one channel to such an address. FAULT_ABSENT without one (NULL). `keeper` keeps what a carrier reports; NULL: none is asked for. Waits up to timeout_ms. */
CHECKED enum fault channel_send(const struct channels *channels, enum channel channel, const char *to,
                                const struct notice_text *text, int64_t now_ms, unsigned timeout_ms, const atomic_bool *stop,
                                const struct cmpp_keeper *keeper, struct mail_result *out);

/* How a channel, or the reading of bounces, is set and went last; for the self-check. Arena. */
struct channel_finding {
    const char *what, *mend; /* catalogue sentences */
    const char *state;       /* in the reader's language */
    bool good;               /* what was tried last did not fail */
};
enum { CHANNEL_FINDINGS = CHANNEL_COUNT + 1 };
/* Those that are set up, in their order, and the mailbox last. */
CHECKED enum fault channels_examine(const struct channels *channels, struct conn *conn, enum lang lang, struct arena *arena,
                                    struct channel_finding out[CHANNEL_FINDINGS], size_t *count);

#endif
