/* bounce.c - delivery status notifications of RFC 3464, and letters of postmasters that send none. */
#include "net/bounce.h"

#include "base/printer.h"
#include "net/mime.h"

#include <stdio.h>
#include <strings.h>

enum { WORDS_MAX = 64 << 10, PART_MAX = 128 << 10, WHY_WORDS = 240 };

struct reading {
    const char *prefix;
    struct bounce *out;
    bool report;          /* there is a part made for programs */
    bool failed, delayed; /* as it says of any receiver */
    char status[20], diagnostic[MIME_VALUE];
    struct text words; /* what people would read */
};

static bool id_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.'; }

/* The first id of ours in a text: PREFIX…@ with nothing before it that belongs to it. */
static void find_id(struct reading *r, const char *text) {
    size_t n = strlen(r->prefix), length;
    if (r->out->id[0]) return;
    for (const char *at = text; (at = strstr(at, r->prefix)); at += n) {
        for (length = 0; id_letter(at[length]) && length <= MAIL_ID_MAX;) length++;
        if (at[length] != '@' || length <= n || length > MAIL_ID_MAX || (at > text && (id_letter(at[-1]) || at[-1] == '-')))
            continue;
        memcpy(r->out->id, at, length);
        r->out->id[length] = 0;
        return;
    }
}

static void add_address(struct reading *r, const char *at, size_t length) {
    char address[MAIL_ADDRESS_MAX + 1];
    struct bounce *b = r->out;
    if (!length || length >= sizeof address || b->address_count == BOUNCE_ADDRESSES) return;
    for (size_t i = 0; i < length; i++) address[i] = (char)(at[i] >= 'A' && at[i] <= 'Z' ? at[i] + 32 : at[i]);
    address[length] = 0;
    if (!mail_address_valid(address) || !strncmp(address, r->prefix, strlen(r->prefix))) return;
    for (size_t i = 0; i < b->address_count; i++)
        if (!strcmp(b->addresses[i], address)) return;
    memcpy(b->addresses[b->address_count++], address, length + 1);
}

/* "rfc822; lin@example.cn", "Lin <lin@example.cn>", or addresses anywhere in a text. */
static void find_addresses(struct reading *r, const char *text) {
    static const char within[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+/=?^_`{|}~-";
    for (const char *at = text; (at = strchr(at, '@')); at++) {
        const char *from = at, *to = at + 1;
        while (from > text && strchr(within, from[-1])) from--;
        while (*to && strchr(within, *to)) to++;
        while (to > at && to[-1] == '.') to--; /* the sentence's */
        add_address(r, from, (size_t)(to - from));
    }
}

static void find_header_addresses(struct reading *r, const struct mime_entity *e, const char *name) {
    char value[MIME_VALUE];
    if (mime_header(e, name, value, sizeof value)) find_addresses(r, value);
}

/* ---- the part made for programs ---- */

/* One receiver. What failed is said rather than what is delayed: of two receivers of one message one is not ours, and to be told twice is better than never. */
static void read_receiver(struct reading *r, const struct mime_entity *block) {
    char action[40], status[sizeof r->status];
    bool said = mime_header(block, "Action", action, sizeof action);
    mime_header(block, "Status", status, sizeof status);
    bool failed = said ? !strncasecmp(action, "failed", 6) : status[0] == '5';
    bool delayed = said ? !strncasecmp(action, "delayed", 7) : status[0] == '4';
    if ((!failed && !delayed) || (r->failed && !failed)) return;
    find_header_addresses(r, block, "Original-Recipient");
    find_header_addresses(r, block, "Final-Recipient");
    if (r->failed) return;
    r->failed = failed;
    r->delayed = delayed;
    snprintf(r->status, sizeof r->status, "%.*s", (int)strspn(status, "0123456789."), status);
    mime_header(block, "Diagnostic-Code", r->diagnostic, sizeof r->diagnostic);
}

static void read_report(struct reading *r, const struct text *bytes) {
    const char *at = bytes->at;
    size_t left = bytes->length;
    r->report = true;
    while (left) {
        struct mime_entity block;
        mime_split(at, left, &block);
        read_receiver(r, &block);
        left = block.body_length;
        at = block.body;
    }
}

/* ---- the message that came back, or its headers ---- */

static void read_returned(struct reading *r, const struct text *bytes) {
    struct mime_entity e;
    char id[MIME_VALUE];
    mime_split(bytes->at, bytes->length, &e);
    if (mime_header(&e, "Message-ID", id, sizeof id)) find_id(r, id);
    if (r->out->id[0]) find_header_addresses(r, &e, "To");
}

/* ---- what people read ---- */

/* Without tags, styles and the few entities that addresses and ids are written with. */
static void add_html(struct text *out, const char *s) {
    static const char *const entities[][2] = {{"&lt;", "<"},   {"&gt;", ">"},    {"&amp;", "&"},
                                              {"&nbsp;", " "}, {"&quot;", "\""}, {"&#64;", "@"}};
    while (*s && !out->over) {
        size_t i = 0;
        if (*s == '<') {
            const char *over = !strncasecmp(s, "<style", 6) ? "</style" : !strncasecmp(s, "<script", 7) ? "</script" : NULL;
            const char *end = over ? strcasestr(s, over) : s;
            end = end ? strchr(end, '>') : NULL;
            text_addc(out, ' ');
            s = end ? end + 1 : s + strlen(s);
            continue;
        }
        while (i < COUNT_OF(entities) && strncmp(s, entities[i][0], strlen(entities[i][0])) != 0) i++;
        text_add(out, i < COUNT_OF(entities) ? entities[i][1] : (const char[]){*s, 0});
        s += i < COUNT_OF(entities) ? strlen(entities[i][0]) : 1;
    }
}

static void read_words(struct reading *r, const struct mime_entity *part, const char *type) {
    _cleanup_(text_release) struct text text;
    text_init(&text, r->words.max - r->words.length);
    mime_text(part, &text);
    for (char *c = text.at; (c = memchr(c, 0, (size_t)(text.at + text.length - c)));) *c = ' '; /* texts end at NUL */
    find_id(r, text.at); /* before tags go: <id@host> looks like one */
    if (!strcmp(type, "text/html")) add_html(&r->words, text.at);
    else text_add(&r->words, text.at);
    text_addc(&r->words, '\n'); /* what has no room any more is left out */
}

static void see_part(void *context, const struct mime_entity *part, const char *type) {
    static const char *const returned[] = {"message/rfc822",         "message/global",         "text/rfc822-headers",
                                           "message/rfc822-headers", "message/global-headers", "text/rfc822"};
    struct reading *r = context;
    _cleanup_(text_release) struct text bytes;
    text_init(&bytes, PART_MAX);
    if (!strcmp(type, "message/delivery-status") || !strcmp(type, "message/global-delivery-status")) {
        mime_bytes(part, &bytes);
        read_report(r, &bytes);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(returned); i++)
        if (!strcmp(type, returned[i])) {
            mime_bytes(part, &bytes);
            read_returned(r, &bytes);
            return;
        }
    if (!strncmp(type, "text/", 5)) read_words(r, part, type);
}

/* Where the words name a status, "550" or "5.1.1", with nothing of a longer number around it; NULL if nowhere. */
static const char *find_status(const char *words) {
    for (const char *at = words; (at = strpbrk(at, "0123456789."));) {
        size_t digits = strspn(at, "0123456789"), whole = strspn(at, "0123456789.");
        bool plain = digits == 3 && whole == 3, enhanced = digits == 1 && whole >= 5 && whole <= 9;
        if ((*at == '4' || *at == '5') && (plain || enhanced)) return at;
        at += whole;
    }
    return NULL;
}

/* A letter without a report counts if a postmaster wrote it: an answer of somebody who is on leave names our id, too. */
static void judge_letter(struct reading *r, const struct mime_entity *e) {
    static const char *const senders[] = {"mailer-daemon@", "postmaster@", "mailerdaemon@", "mail-daemon@"};
    static const char *const lost[] = {"退信",    "退回", "失败", "无法", "undeliver", "failure", "returned", "not be delivered",
                                       "rejected"};
    char from[MIME_VALUE];
    bool sender = false, named = false;
    mime_header(e, "From", from, sizeof from);
    for (size_t i = 0; i < COUNT_OF(senders); i++) sender |= strcasestr(from, senders[i]) != NULL;
    if (!sender) return;
    const char *status = find_status(r->words.at);
    for (size_t i = 0; i < COUNT_OF(lost); i++) named |= strcasestr(r->words.at, lost[i]) != NULL;
    r->failed = status ? *status == '5' : named;
    r->delayed = !r->failed && status;
    if (status) snprintf(r->diagnostic, sizeof r->diagnostic, "%.*s", (int)strcspn(status, "\r\n"), status);
}

/* The receiver's server in its own words, else the letter's beginning. */
static void say_why(struct reading *r) {
    _cleanup_(text_release) struct text why;
    const char *words = r->diagnostic;
    text_init(&why, MAIL_WHY - 1);
    if (!strncasecmp(words, "smtp;", 5)) words += 5;
    words += strspn(words, " ");
    if (r->status[0] && !strstr(words, r->status)) text_format(&why, "%s ", r->status);
    if (words[0]) plain_text(&why, words, strlen(words));
    else if (r->words.length) plain_text(&why, r->words.at, r->words.length < WHY_WORDS ? r->words.length : WHY_WORDS);
    if (!why.length) text_add(&why, "no reason given");
    snprintf(r->out->why, sizeof r->out->why, "%s", why.at);
}

void bounce_read(const char *bytes, size_t length, const char *prefix, struct bounce *out) {
    struct reading r = {.prefix = prefix, .out = out};
    struct mime_entity e;
    char value[MIME_VALUE];
    *out = (struct bounce){.verdict = BOUNCE_NONE};
    text_init(&r.words, WORDS_MAX);
    mime_split(bytes, length, &e);
    mime_walk(bytes, length, see_part, &r);
    static const char *const named[] = {"In-Reply-To", "References"};
    for (size_t i = 0; i < COUNT_OF(named); i++)
        if (mime_header(&e, named[i], value, sizeof value)) find_id(&r, value);
    if (!r.report) judge_letter(&r, &e);
    find_header_addresses(&r, &e, "X-Failed-Recipients");
    if (!out->address_count) find_addresses(&r, r.words.at);
    if (out->id[0] && out->address_count && (r.failed || r.delayed)) {
        out->verdict = r.failed ? BOUNCE_FAILED : BOUNCE_DELAYED;
        say_why(&r);
    }
    text_release(&r.words);
}
