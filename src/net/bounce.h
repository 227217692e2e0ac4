/* bounce.h - reads a message that may say that one of ours could not be delivered: which, to whom, for good or for now, and why. */
#ifndef NET_BOUNCE_H
#define NET_BOUNCE_H

#include "net/mail.h"

enum { BOUNCE_ADDRESSES = 6 };

/* DELAYED: a server still tries. FAILED: it has given up. NONE: neither is said of a message of ours. */
enum bounce_verdict { BOUNCE_NONE, BOUNCE_DELAYED, BOUNCE_FAILED };
struct bounce {
    enum bounce_verdict verdict;
    char id[MAIL_ID_MAX + 1];                               /* of struct mail, as our Message-ID had it */
    char addresses[BOUNCE_ADDRESSES][MAIL_ADDRESS_MAX + 1]; /* small letters: whom it names as the receiver */
    size_t address_count;
    char why[MAIL_WHY]; /* the server's own words; valid UTF-8 without control characters */
};

/* Reads reports after RFC 3464, and such letters without a report as a postmaster writes. Only ids that begin with `prefix` are ours. Whoever knows an id can write such a
 * message: the caller must hold id and address against what was sent. Pure; never fails: what cannot be read is no bounce. */
void bounce_read(const char *bytes, size_t length, const char *prefix, struct bounce *out);

#endif
