/* cmpp.c - CMPP 2.0: connect with a digest each way, submit part by part, take reports, terminate; heartbeats and deliveries that come between are answered. */
#include "net/cmpp.h"

#include "base/civil.h"
#include "base/digest.h"
#include "base/printer.h"
#include "base/utf8.h"
#include "net/dial.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum {
    CMPP_CONNECT = 1,
    CMPP_TERMINATE = 2,
    CMPP_SUBMIT = 4,
    CMPP_DELIVER = 5,
    CMPP_ACTIVE_TEST = 8,
    CMPP_VERSION = 0x20,
    HEADER = 12,
    PACKET_MAX = 4096,
    USER_BYTES = 6,
    NUMBER_BYTES = 21,
    SERVICE_BYTES = 10,
    UNITS_MAX = CMPP_PARTS_MAX * CMPP_LONG_UNITS,
    FORMAT_UCS2 = 8,
    MSG_ID_BYTES = 8,
    BETWEEN_MAX = 32,   /* packets that a gateway may send before the answer that is waited for */
    PENDING_MAX = 16,   /* reports that came before the answer that says what they are about */
    COLLECT_MAX = 2000, /* packets of one visit */
    POLL_MS = 200
};
#define CMPP_ANSWER 0x80000000U

/* A packet while it is put together; fields are of fixed length, filled with zeros. */
struct packet {
    uint8_t bytes[PACKET_MAX];
    size_t length;
};

/* A delivery that is not answered yet. */
struct delivery {
    uint32_t sequence;
    uint8_t id[MSG_ID_BYTES]; /* its own, which its answer repeats */
    struct cmpp_report report;
};

struct link {
    int fd;
    uint32_t sequence;
    struct packet in;
    const struct cmpp_keeper *keeper; /* NULL: reports are not asked for */
    struct delivery pending[PENDING_MAX];
    size_t pending_count;
};

static void put(struct packet *p, const void *bytes, size_t length) {
    memcpy(p->bytes + p->length, bytes, length);
    p->length += length;
}

static void put_byte(struct packet *p, unsigned byte) { p->bytes[p->length++] = (uint8_t)byte; }

static void put_word(struct packet *p, uint32_t word) {
    uint32_t wire = htonl(word);
    put(p, &wire, sizeof wire);
}

/* A text in a field of `room` bytes. */
static void put_text(struct packet *p, const char *text, size_t room) {
    size_t n = strnlen(text, room);
    put(p, text, n);
    memset(p->bytes + p->length, 0, room - n);
    p->length += room - n;
}

static uint32_t word_at(const struct packet *p, size_t at) {
    uint32_t wire;
    memcpy(&wire, p->bytes + at, sizeof wire);
    return ntohl(wire);
}

static void begin(struct packet *p, uint32_t command, uint32_t sequence) {
    p->length = 0;
    put_word(p, 0); /* its length, when it is known */
    put_word(p, command);
    put_word(p, sequence);
}

static enum fault send_packet(struct link *l, struct packet *p) {
    uint32_t wire = htonl((uint32_t)p->length);
    memcpy(p->bytes, &wire, sizeof wire);
    return dial_send(l->fd, p->bytes, p->length);
}

/* The next packet, whole. FAULT_BUSY when none comes or it is none. */
static enum fault read_packet(struct link *l) {
    struct packet *p = &l->in;
    enum fault f = dial_read(l->fd, p->bytes, HEADER);
    if (f) return f;
    p->length = word_at(p, 0);
    if (p->length < HEADER || p->length > sizeof p->bytes) return FAULT_BUSY;
    return dial_read(l->fd, p->bytes + HEADER, p->length - HEADER);
}

/* ---- what the gateway sends of its own accord ---- */

static enum fault answer_delivery(struct link *l, const struct delivery *d) {
    struct packet out;
    begin(&out, CMPP_DELIVER | CMPP_ANSWER, d->sequence);
    put(&out, d->id, sizeof d->id);
    put_byte(&out, 0);
    return send_packet(l, &out);
}

/* All but a delivery, and what may still become one, is a loss: to be told twice is better than never. */
static enum cmpp_fate fate_of(const char *stat) {
    static const char *const pending[] = {"ACCEPTD", "ENROUTE"};
    if (!strcmp(stat, "DELIVRD")) return CMPP_DELIVERED;
    for (size_t i = 0; i < sizeof pending / sizeof *pending; i++)
        if (!strcmp(stat, pending[i])) return CMPP_PENDING;
    return CMPP_LOST;
}

/* A field of printable characters; what is behind a NUL or blank is not part of it. */
static void take_text(const uint8_t *from, size_t room, char *out) {
    size_t n = 0;
    while (n < room && from[n] > ' ') {
        out[n] = (char)(from[n] < 0x7f ? from[n] : '?');
        n++;
    }
    out[n] = 0;
}

/* Whether the packet read last is a report, and of what. Anything else that is delivered is an answer of a person, which nobody here reads. */
static bool take_report(const struct packet *in, struct cmpp_report *out) {
    enum { REGISTERED = 63, LENGTH = 64, CONTENT = 65, REPORT = 60, STAT = 8, STAT_BYTES = 7, PHONE = 35 };
    const uint8_t *body = in->bytes + HEADER, *report = body + CONTENT;
    size_t length = in->length - HEADER;
    if (length < CONTENT + REPORT || body[REGISTERED] != 1 || body[LENGTH] < REPORT) return false;
    hex_format(report, MSG_ID_BYTES, out->id);
    take_text(report + STAT, STAT_BYTES, out->stat);
    take_text(report + PHONE, NUMBER_BYTES, out->phone);
    out->fate = fate_of(out->stat);
    return true;
}

/* A report is answered when it is kept. One about a part that is not known may be about the part whose answer is still to come: it waits for that. */
static enum fault take_delivery(struct link *l) {
    struct delivery d = {.sequence = word_at(&l->in, 8)};
    if (l->in.length >= HEADER + sizeof d.id) memcpy(d.id, l->in.bytes + HEADER, sizeof d.id);
    if (!l->keeper || !take_report(&l->in, &d.report)) return answer_delivery(l, &d);
    enum fault f = l->keeper->reported(l->keeper->context, &d.report);
    if (!f) return answer_delivery(l, &d);
    if (f == FAULT_ABSENT && l->pending_count < PENDING_MAX) l->pending[l->pending_count++] = d;
    return FAULT_NONE;
}

/* Held against what is known by now, and answered even if it is still nothing: telling again would not make it known. */
static enum fault settle_pending(struct link *l) {
    enum fault f = FAULT_NONE;
    for (size_t i = 0; i < l->pending_count && !f; i++) {
        enum fault known = l->keeper->reported(l->keeper->context, &l->pending[i].report);
        if (!known || known == FAULT_ABSENT) f = answer_delivery(l, &l->pending[i]);
    }
    l->pending_count = 0;
    return f;
}

static enum fault answer_between(struct link *l) {
    struct packet out;
    uint32_t command = word_at(&l->in, 4);
    if (command == CMPP_DELIVER) return take_delivery(l);
    if (command != CMPP_ACTIVE_TEST) return FAULT_NONE;
    begin(&out, command | CMPP_ANSWER, word_at(&l->in, 8));
    put_byte(&out, 0);
    return send_packet(l, &out);
}

/* Reads on to the answer of the command sent last. */
static enum fault await(struct link *l, uint32_t command, size_t at_least) {
    for (int i = 0; i < BETWEEN_MAX; i++) {
        enum fault f = read_packet(l);
        if (f) return f;
        if (word_at(&l->in, 4) == (command | CMPP_ANSWER) && word_at(&l->in, 8) == l->sequence)
            return l->in.length >= HEADER + at_least ? FAULT_NONE : FAULT_BUSY;
        f = answer_between(l);
        if (f) return f;
    }
    return FAULT_BUSY;
}

/* MMDDhhmmss in China, as a number and as text. */
static uint32_t stamp(int64_t now_ms, char text[11]) {
    char moment[MOMENT_TEXT];
    uint32_t number = 0;
    moment_format(now_ms, moment);
    snprintf(text, 11, "%.2s%.2s%.2s%.2s%.2s", moment + 5, moment + 8, moment + 11, moment + 14, moment + 17);
    for (const char *c = text; *c; c++) number = number * 10 + (uint32_t)(*c - '0');
    return number;
}

/* The gateway, too, must know the password: what answers in its place would get the messages. When it refuses us the protocol has it send no proof. */
static bool proven(const struct link *l, const struct cmpp_settings *s, const uint8_t source[DIGEST_MD5_BYTES]) {
    uint8_t wanted[DIGEST_MD5_BYTES];
    const uint8_t *answer = l->in.bytes + HEADER;
    const struct digest_piece pieces[] = {{answer, 1}, {source, DIGEST_MD5_BYTES}, {s->password, strlen(s->password)}};
    digest_md5(pieces, 3, wanted);
    return l->in.length >= HEADER + 1 + sizeof wanted && !memcmp(answer + 1, wanted, sizeof wanted);
}

static enum fault sign_in(struct link *l, const struct cmpp_settings *s, int64_t now_ms, int *status, char why[MAIL_WHY]) {
    static const char zeros[9] = {0};
    char text[11];
    uint32_t number = stamp(now_ms, text);
    uint8_t digest[DIGEST_MD5_BYTES];
    const struct digest_piece pieces[] = {
        {s->user, strlen(s->user)}, {zeros, sizeof zeros}, {s->password, strlen(s->password)}, {text, 10}};
    digest_md5(pieces, 4, digest);
    struct packet p;
    begin(&p, CMPP_CONNECT, ++l->sequence);
    put_text(&p, s->user, USER_BYTES);
    put(&p, digest, sizeof digest);
    put_byte(&p, CMPP_VERSION);
    put_word(&p, number);
    enum fault f = send_packet(l, &p);
    if (!f) f = await(l, CMPP_CONNECT, 1);
    if (f) {
        snprintf(why, MAIL_WHY, "the gateway does not answer");
        return f;
    }
    *status = l->in.bytes[HEADER];
    if (!*status && (s->unproven || proven(l, s, digest))) return FAULT_NONE;
    if (*status) snprintf(why, MAIL_WHY, "the gateway refuses the sign-in: status %d", *status);
    else
        snprintf(why, MAIL_WHY,
                 "the gateway does not prove that it knows the password (AuthenticatorISMG); nothing was sent to it");
    return FAULT_RIGHT;
}

/* ---- the text ---- */

/* UTF-16 big-endian without surrogates, which the gateways' UCS-2 does not know; the count, or 0 if there is no room. */
static size_t to_units(const char *text, uint16_t units[UNITS_MAX]) {
    size_t n = 0;
    for (const char *at = text; *at;) {
        uint32_t c = '?';
        size_t length = utf8_decode(at, strlen(at), &c);
        if (!length) length = 1, c = '?';
        if (n == UNITS_MAX) return 0;
        units[n++] = htons((uint16_t)(c < 0x10000 ? c : '?'));
        at += length;
    }
    return n;
}

static void put_submit(struct packet *p, const struct cmpp_settings *s, const char *phone, unsigned total, unsigned number,
                       bool report) {
    static const uint8_t no_id[8] = {0};
    put(p, no_id, sizeof no_id);
    put_byte(p, total);
    put_byte(p, number);
    put_byte(p, report);
    put_byte(p, 1); /* level */
    put_text(p, s->service, SERVICE_BYTES);
    put_byte(p, 2); /* the enterprise pays */
    put_text(p, "", NUMBER_BYTES);
    put_byte(p, 0);
    put_byte(p, total > 1); /* a header of user data stands before the text */
    put_byte(p, FORMAT_UCS2);
    put_text(p, s->user, USER_BYTES);
    put_text(p, "01", 2); /* free of charge for whoever gets it */
    put_text(p, "000000", 6);
    put_text(p, "", 17); /* valid as long as the gateway keeps it */
    put_text(p, "", 17); /* at once */
    put_text(p, s->source, NUMBER_BYTES);
    put_byte(p, 1);
    put_text(p, phone, NUMBER_BYTES);
}

/* Flow control, and what only the settings can be blamed for, may be otherwise later. */
static enum mail_outcome outcome_of(unsigned result) {
    enum { BAD_STRUCTURE = 1, BAD_LENGTH = 4, TOO_LONG = 6 };
    if (!result) return MAIL_SENT;
    return result == BAD_STRUCTURE || result == BAD_LENGTH || result == TOO_LONG ? MAIL_REFUSED : MAIL_LATER;
}

/* Writes down by which id a part that was taken will be reported. That it cannot be written down does not undo that it was taken. */
static void keep_taken(const struct link *l, unsigned number) {
    static const uint8_t none[MSG_ID_BYTES] = {0};
    char id[CMPP_ID_TEXT];
    if (!l->keeper || !memcmp(l->in.bytes + HEADER, none, sizeof none)) return;
    hex_format(l->in.bytes + HEADER, MSG_ID_BYTES, id);
    if (l->keeper->taken(l->keeper->context, number, id)) {}
}

/* One part. FAULT_BUSY with UNCERTAIN when its answer is lost. */
static enum fault submit(struct link *l, const struct cmpp_settings *s, const char *phone, const uint16_t *units, size_t count,
                         unsigned total, unsigned number, uint8_t reference, struct mail_result *out) {
    const uint8_t header[] = {5, 0, 3, reference, (uint8_t)total, (uint8_t)number};
    size_t before = total > 1 ? sizeof header : 0;
    struct packet p;
    begin(&p, CMPP_SUBMIT, ++l->sequence);
    put_submit(&p, s, phone, total, number, l->keeper != NULL);
    put_byte(&p, (unsigned)(before + 2 * count));
    put(&p, header, before);
    put(&p, units, 2 * count);
    put_text(&p, "", 8);
    enum fault f = send_packet(l, &p);
    bool sent = !f;
    if (!f) f = await(l, CMPP_SUBMIT, 9);
    if (f) {
        if (sent) out->outcome = MAIL_UNCERTAIN;
        snprintf(out->why, sizeof out->why, "no answer to part %u of %u", number, total);
        return f;
    }
    out->status = l->in.bytes[HEADER + 8];
    enum mail_outcome outcome = outcome_of((unsigned)out->status);
    if (outcome == MAIL_SENT) {
        keep_taken(l, number);
        return FAULT_NONE;
    }
    out->outcome = number > 1 ? MAIL_UNCERTAIN : outcome; /* tried again, the parts before would be sent twice */
    snprintf(out->why, sizeof out->why, "the gateway does not take part %u of %u: result %d", number, total, out->status);
    return FAULT_STATE;
}

/* All parts; the message is sent when the last was taken, and uncertain from the first on until then. */
static enum fault submit_all(struct link *l, const struct cmpp_settings *s, const char *phone, const uint16_t *units, size_t count,
                             uint8_t reference, const atomic_bool *stop, struct mail_result *out) {
    unsigned per = count <= CMPP_PART_UNITS ? CMPP_PART_UNITS : CMPP_LONG_UNITS, total = (unsigned)((count + per - 1) / per);
    for (unsigned i = 0; i < total; i++) {
        size_t from = (size_t)i * per, n = count - from < per ? count - from : per;
        if (stop && atomic_load(stop)) {
            snprintf(out->why, sizeof out->why, "stopped before part %u of %u", i + 1, total);
            return FAULT_BUSY;
        }
        enum fault f = submit(l, s, phone, units + from, n, total, i + 1, reference, out);
        if (f) return f;
        out->outcome = MAIL_UNCERTAIN;
    }
    out->outcome = MAIL_SENT;
    return FAULT_NONE;
}

static void sign_off(struct link *l) {
    struct packet p;
    if (l->keeper && settle_pending(l)) return;
    begin(&p, CMPP_TERMINATE, ++l->sequence);
    if (!send_packet(l, &p) && await(l, CMPP_TERMINATE, 0)) {} /* it has what it should have; a bad farewell changes nothing */
}

const char *cmpp_settings_wrong(const struct cmpp_settings *s) {
    if (!s->server || !strrchr(s->server, ':')) return "cmpp_server 应为 主机:端口";
    if (!s->user || !s->user[0] || strlen(s->user) > USER_BYTES) return "cmpp_user 应为运营商给的企业代码，最长 6 位";
    if (!s->source || !s->source[0] || strlen(s->source) > NUMBER_BYTES) return "cmpp_source 应为运营商给的接入号";
    if (strlen(s->service) > SERVICE_BYTES) return "cmpp_service 最长 10 位";
    return NULL;
}

bool cmpp_phone_valid(const char *phone) {
    return phone && strlen(phone) == 11 && phone[0] == '1' && strspn(phone, "0123456789") == 11;
}

enum fault cmpp_talk(int fd, const struct cmpp_settings *s, const char *phone, const char *text, int64_t now_ms,
                     const atomic_bool *stop, const struct cmpp_keeper *keeper, struct mail_result *out) {
    uint16_t units[UNITS_MAX];
    *out = (struct mail_result){.outcome = MAIL_LATER};
    size_t count = to_units(text, units);
    if (!cmpp_phone_valid(phone) || !count || cmpp_settings_wrong(s)) return FAULT_INPUT;
    struct link l = {.fd = fd, .keeper = keeper};
    enum fault f = sign_in(&l, s, now_ms, &out->status, out->why);
    if (!f) f = submit_all(&l, s, phone, units, count, (uint8_t)(now_ms / 1000), stop, out);
    if (!f) sign_off(&l);
    return FAULT_NONE;
}

/* Whether another packet begins within quiet_ms. */
static bool comes(int fd, unsigned quiet_ms, const atomic_bool *stop) {
    for (unsigned waited = 0; waited <= quiet_ms && !(stop && atomic_load(stop)); waited += POLL_MS) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, POLL_MS) > 0) return true;
    }
    return false;
}

enum fault cmpp_listen(int fd, const struct cmpp_settings *s, int64_t now_ms, unsigned quiet_ms, const atomic_bool *stop,
                       const struct cmpp_keeper *keeper, char why[MAIL_WHY]) {
    struct link l = {.fd = fd, .keeper = keeper};
    int status = 0;
    why[0] = 0;
    if (cmpp_settings_wrong(s)) return FAULT_INPUT;
    if (sign_in(&l, s, now_ms, &status, why)) return FAULT_BUSY;
    for (int i = 0; i < COLLECT_MAX && comes(fd, quiet_ms, stop); i++) {
        enum fault f = read_packet(&l);
        if (!f) f = answer_between(&l);
        if (!f && l.pending_count) f = settle_pending(&l); /* nothing is submitted here that it could wait for */
        if (!f) continue;
        snprintf(why, MAIL_WHY, "the gateway hung up or does not keep to the protocol");
        return FAULT_BUSY;
    }
    sign_off(&l);
    return FAULT_NONE;
}

enum fault cmpp_send(const struct cmpp_settings *s, const char *phone, const char *text, int64_t now_ms, unsigned timeout_ms,
                     const atomic_bool *stop, const struct cmpp_keeper *keeper, struct mail_result *out) {
    _cleanup_(dial_close) int fd = -1;
    *out = (struct mail_result){.outcome = MAIL_LATER};
    if (!cmpp_phone_valid(phone) || cmpp_settings_wrong(s)) return FAULT_INPUT;
    enum fault f = dial_host(s->server, timeout_ms, &fd);
    if (!f) return cmpp_talk(fd, s, phone, text, now_ms, stop, keeper, out);
    snprintf(out->why, sizeof out->why, "the gateway cannot be reached");
    return f == FAULT_INPUT ? f : FAULT_NONE;
}

enum fault cmpp_collect(const struct cmpp_settings *s, int64_t now_ms, unsigned timeout_ms, unsigned quiet_ms,
                        const atomic_bool *stop, const struct cmpp_keeper *keeper, char why[MAIL_WHY]) {
    _cleanup_(dial_close) int fd = -1;
    if (cmpp_settings_wrong(s)) return FAULT_INPUT;
    enum fault f = dial_host(s->server, timeout_ms, &fd);
    if (!f) return cmpp_listen(fd, s, now_ms, quiet_ms, stop, keeper, why);
    snprintf(why, MAIL_WHY, "the gateway cannot be reached");
    return f == FAULT_INPUT ? f : FAULT_BUSY;
}
