/* mailbox_talk.c - the few commands of IMAP that only look, and what a server answers to them; told apart from the connection, so that hostile answers can be tried. */
#include "net/mailbox_talk.h"

#include "base/printer.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { NEWEST = 500, AT_ONCE = 20, LINE_MAX_BYTES = 8192, INPUT_BYTES = 16384, COMMAND_MAX = MAILBOX_FOLDER + 100 };

struct session {
    const struct mailbox_wire *wire;
    int tag;
    char input[INPUT_BYTES];
    size_t at, length;
    struct text line;    /* a response without its literals */
    struct text literal; /* the last one in it */
    char *why;
};

enum fault mailbox_broken(char why_out[MAIL_WHY], const char *what, const char *words) {
    _cleanup_(text_release) struct text why;
    text_init(&why, MAIL_WHY - 1);
    text_add(&why, what);
    if (words && words[0]) {
        text_add(&why, ": ");
        plain_text(&why, words, strlen(words));
    }
    snprintf(why_out, MAIL_WHY, "%s", why.at);
    return FAULT_BUSY;
}

static enum fault broken(struct session *s, const char *what, const char *words) { return mailbox_broken(s->why, what, words); }

/* ---- bytes ---- */

static enum fault fill(struct session *s) {
    s->at = s->length = 0;
    return s->wire->receive(s->wire->context, s->input, sizeof s->input, &s->length, s->why);
}

/* One line, added to `line` without its end. */
static enum fault read_line(struct session *s) {
    for (;;) {
        enum fault f = s->at == s->length ? fill(s) : FAULT_NONE;
        if (f) return f;
        const char *from = s->input + s->at, *feed = memchr(from, '\n', s->length - s->at);
        size_t n = feed ? (size_t)(feed - from) : s->length - s->at;
        text_addn(&s->line, from, n);
        s->at += n + (feed != NULL);
        if (s->line.over) return broken(s, "the mailbox's server sends a line that is too long", NULL);
        if (!feed) continue;
        if (s->line.length && s->line.at[s->line.length - 1] == '\r') s->line.at[--s->line.length] = 0;
        return FAULT_NONE;
    }
}

static enum fault read_literal(struct session *s, size_t n) {
    text_clear(&s->literal);
    if (n > s->literal.max) return broken(s, "the mailbox's server sends more than was asked for", NULL);
    while (s->literal.length < n) {
        enum fault f = s->at == s->length ? fill(s) : FAULT_NONE;
        if (f) return f;
        size_t left = n - s->literal.length, here = s->length - s->at, take = left < here ? left : here;
        text_addn(&s->literal, s->input + s->at, take);
        s->at += take;
    }
    return FAULT_NONE;
}

/* The length that a line announces at its end, "{123}"; -1 if none. */
static long announced(const struct text *line) {
    const char *brace = line->length > 2 && line->at[line->length - 1] == '}' ? strrchr(line->at, '{') : NULL;
    if (!brace) return -1;
    size_t digits = strspn(brace + 1, "0123456789");
    return digits && digits <= 8 && brace[1 + digits] == '}' ? strtol(brace + 1, NULL, 10) : -1;
}

/* One response, with all its lines and literals. */
static enum fault read_response(struct session *s) {
    text_clear(&s->line);
    text_clear(&s->literal);
    for (;;) {
        enum fault f = read_line(s);
        long n = f ? -1 : announced(&s->line);
        if (f || n < 0) return f;
        text_addc(&s->line, ' ');
        f = read_literal(s, (size_t)n);
        if (f) return f;
    }
}

/* ---- commands ---- */

static enum fault send_line(struct session *s, const char *command) {
    char line[COMMAND_MAX];
    int length = snprintf(line, sizeof line, "L%d %s\r\n", ++s->tag, command);
    return s->wire->send(s->wire->context, line, (size_t)length, s->why);
}

typedef enum fault (*response_visit)(struct session *s, void *context);

/* Sends a command and visits the responses before the one that ends it. FAULT_ABSENT if the server says no. */
static enum fault run(struct session *s, const char *command, response_visit each, void *context) {
    char tag[24];
    enum fault f = send_line(s, command);
    size_t n = (size_t)snprintf(tag, sizeof tag, "L%d ", s->tag);
    while (!f) {
        f = read_response(s);
        if (f) return f;
        if (!strncmp(s->line.at, tag, n)) {
            if (!strncasecmp(s->line.at + n, "OK", 2)) return FAULT_NONE;
            broken(s, command, s->line.at + n);
            return FAULT_ABSENT;
        }
        if (!strncmp(s->line.at, "* BYE", 5)) return broken(s, "the mailbox's server", s->line.at + 2);
        if (each && !strncmp(s->line.at, "* ", 2)) f = each(s, context);
    }
    return f;
}

static int64_t number_behind(const char *text, const char *name) {
    const char *at = strcasestr(text, name);
    return at ? strtoll(at + strlen(name), NULL, 10) : 0;
}

struct opened {
    int64_t validity, next;
};

static enum fault see_opened(struct session *s, void *context) {
    struct opened *o = context;
    if (!o->validity) o->validity = number_behind(s->line.at, "[UIDVALIDITY ");
    if (!o->next) o->next = number_behind(s->line.at, "[UIDNEXT ");
    return FAULT_NONE;
}

struct visiting {
    mailbox_visit each;
    void *context;
};

static enum fault see_message(struct session *s, void *context) {
    const struct visiting *v = context;
    bool message = strcasestr(s->line.at, " FETCH ") && strcasestr(s->line.at, "BODY[") && s->literal.length;
    return message ? v->each(v->context, s->literal.at, s->literal.length) : FAULT_NONE;
}

static enum fault read_new(struct session *s, const char *folder, struct mailbox_place *place, struct visiting *v) {
    char command[MAILBOX_FOLDER + 60];
    struct opened o = {0, 0};
    /* Some houses (NetEase) open no mailbox for a program that has not said what it is; others do not know the command. */
    enum fault f = run(s, "ID (\"name\" \"taizhang\")", NULL, NULL);
    if (f && f != FAULT_ABSENT) return f;
    snprintf(command, sizeof command, "EXAMINE \"%s\"", folder);
    f = run(s, command, see_opened, &o);
    if (f) return FAULT_BUSY;
    if (o.validity <= 0 || o.next <= 0)
        return broken(s, "the mailbox's server does not number its messages (UIDVALIDITY, UIDNEXT)", NULL);
    if (place->validity != o.validity) *place = (struct mailbox_place){.validity = o.validity};
    if (place->uid < o.next - 1 - NEWEST) place->uid = o.next - 1 - NEWEST;
    while (place->uid < o.next - 1) {
        int64_t from = place->uid + 1, to = o.next - 1 - place->uid > AT_ONCE ? place->uid + AT_ONCE : o.next - 1;
        snprintf(command, sizeof command, "UID FETCH %lld:%lld (UID BODY.PEEK[]<0.%d>)", (long long)from, (long long)to,
                 MAILBOX_PIECE);
        f = run(s, command, see_message, v);
        if (f) return f == FAULT_ABSENT ? FAULT_BUSY : f;
        place->uid = to;
    }
    return FAULT_NONE;
}

enum fault mailbox_talk(const struct mailbox_wire *wire, const char *folder, struct mailbox_place *place, mailbox_visit each,
                        void *context, char why[MAIL_WHY]) {
    _cleanup_(memory_release) struct session *s = memory_new(sizeof *s);
    s->wire = wire;
    s->why = why;
    why[0] = 0;
    text_init(&s->line, LINE_MAX_BYTES);
    text_init(&s->literal, MAILBOX_PIECE);
    enum fault f = read_new(s, folder, place, &(struct visiting){each, context});
    if (!f && send_line(s, "LOGOUT")) {} /* it has told all; a bad farewell changes nothing */
    text_release(&s->line);
    text_release(&s->literal);
    if (!f) why[0] = 0;
    return f;
}
