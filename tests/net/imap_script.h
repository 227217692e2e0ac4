/* imap_script.h - a mailbox's server that says what was written down for it, in pieces, and keeps what it was told. */
#ifndef TESTS_IMAP_SCRIPT_H
#define TESTS_IMAP_SCRIPT_H

#include "net/mailbox_talk.h"

#include <string.h>

struct script {
    const char *bytes;
    size_t length, at, piece; /* piece: at most so many bytes at once */
    char told[4096];
    size_t told_length;
};

static enum fault script_receive(void *context, char *bytes, size_t room, size_t *length, char why[MAIL_WHY]) {
    struct script *s = context;
    size_t left = s->length - s->at, n = left < room ? left : room;
    if (!left) return mailbox_broken(why, "the mailbox's server hung up", NULL);
    if (n > s->piece) n = s->piece;
    memcpy(bytes, s->bytes + s->at, n);
    s->at += n;
    *length = n;
    return FAULT_NONE;
}

static enum fault script_send(void *context, const char *bytes, size_t length, char why[MAIL_WHY]) {
    struct script *s = context;
    (void)why;
    if (s->told_length + length < sizeof s->told) {
        memcpy(s->told + s->told_length, bytes, length);
        s->told_length += length;
        s->told[s->told_length] = 0;
    }
    return FAULT_NONE;
}

#endif
