/* channels.h - the ways by which people are told, in the order that the installation names. */
#ifndef WEB_CHANNELS_H
#define WEB_CHANNELS_H

#include "net/cmpp.h"
#include "net/mail.h"
#include "net/sms.h"

enum channel { CHANNEL_MAIL, CHANNEL_SMS, CHANNEL_CMPP, CHANNEL_ROBOT, CHANNEL_COUNT };

/* What is set up. Everything pointed to must outlive the site. */
struct channels {
    enum channel order[CHANNEL_COUNT]; /* which is tried first, and which next when it has failed */
    size_t count;
    const struct mail_settings *mail;
    const struct sms_settings *sms;
    const struct cmpp_settings *cmpp;
    const char *robot;        /* the address of the group's robot */
    const char *networks;     /* not public, but may be reached (net/client.h) */
    int quiet_from, quiet_to; /* minutes of the day in China between which nobody is told; the same: never quiet */
};

/* "mail", "sms", "cmpp", "robot". */
const char *channel_word(enum channel channel);
bool channel_named(const char *word, enum channel *out);
/* Whether people are left alone at this moment. */
bool channels_quiet(const struct channels *channels, int64_t now_ms);

/* What is to be said. A short message and the group's robot say only how many and until when: their screens are not private. */
struct notice_text {
    const char *subject, *body; /* of a mail */
    const char *brief;          /* of the others */
    const char *id;             /* the same however often it is sent */
};
/* Sends by one channel to whichever of the two addresses it uses. FAULT_ABSENT if the person has none that it can use. Waits up to timeout_ms. */
CHECKED enum fault channel_send(const struct channels *channels, enum channel channel, const char *address, const char *phone,
                                const struct notice_text *text, int64_t now_ms, unsigned timeout_ms, const atomic_bool *stop,
                                struct mail_result *out);

#endif
