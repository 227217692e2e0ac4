/* cmpp.c - CMPP 2.0: connect with a digest, submit part by part, terminate; heartbeats and deliveries that come between are answered. */
#include "net/cmpp.h"

#include "base/civil.h"
#include "base/digest.h"
#include "base/utf8.h"
#include "net/dial.h"

#include <arpa/inet.h>
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
    BETWEEN_MAX = 32 /* packets that a gateway may send before the answer that is waited for */
};
#define CMPP_ANSWER 0x80000000U

/* A packet while it is put together; fields are of fixed length, filled with zeros. */
struct packet {
    uint8_t bytes[PACKET_MAX];
    size_t length;
};

struct link {
    int fd;
    uint32_t sequence;
    struct packet in;
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

/* What the gateway sends of its own accord is answered, so that it does not hang up. */
static enum fault answer_between(struct link *l) {
    struct packet out;
    uint32_t command = word_at(&l->in, 4), sequence = word_at(&l->in, 8);
    if (command != CMPP_ACTIVE_TEST && command != CMPP_DELIVER) return FAULT_NONE;
    begin(&out, command | CMPP_ANSWER, sequence);
    if (command == CMPP_DELIVER) put(&out, l->in.bytes + HEADER, l->in.length >= HEADER + 8 ? 8 : 0);
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

static enum fault sign_in(struct link *l, const struct cmpp_settings *s, int64_t now_ms, struct mail_result *out) {
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
    if (f) return f;
    out->status = l->in.bytes[HEADER];
    if (!out->status) return FAULT_NONE;
    snprintf(out->why, sizeof out->why, "the gateway refuses the sign-in: status %d", out->status);
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

static void put_submit(struct packet *p, const struct cmpp_settings *s, const char *phone, unsigned total, unsigned number) {
    static const uint8_t no_id[8] = {0};
    put(p, no_id, sizeof no_id);
    put_byte(p, total);
    put_byte(p, number);
    put_byte(p, 0); /* no report is asked for */
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

/* One part. FAULT_BUSY with UNCERTAIN when its answer is lost. */
static enum fault submit(struct link *l, const struct cmpp_settings *s, const char *phone, const uint16_t *units, size_t count,
                         unsigned total, unsigned number, uint8_t reference, struct mail_result *out) {
    const uint8_t header[] = {5, 0, 3, reference, (uint8_t)total, (uint8_t)number};
    size_t before = total > 1 ? sizeof header : 0;
    struct packet p;
    begin(&p, CMPP_SUBMIT, ++l->sequence);
    put_submit(&p, s, phone, total, number);
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
    if (outcome == MAIL_SENT) return FAULT_NONE;
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
                     const atomic_bool *stop, struct mail_result *out) {
    uint16_t units[UNITS_MAX];
    *out = (struct mail_result){.outcome = MAIL_LATER};
    size_t count = to_units(text, units);
    if (!cmpp_phone_valid(phone) || !count || cmpp_settings_wrong(s)) return FAULT_INPUT;
    struct link l = {.fd = fd};
    enum fault f = sign_in(&l, s, now_ms, out);
    if (f && !out->why[0]) snprintf(out->why, sizeof out->why, "the gateway does not answer");
    if (!f) f = submit_all(&l, s, phone, units, count, (uint8_t)(now_ms / 1000), stop, out);
    if (!f) sign_off(&l);
    return FAULT_NONE;
}

enum fault cmpp_send(const struct cmpp_settings *s, const char *phone, const char *text, int64_t now_ms, unsigned timeout_ms,
                     const atomic_bool *stop, struct mail_result *out) {
    _cleanup_(dial_close) int fd = -1;
    *out = (struct mail_result){.outcome = MAIL_LATER};
    if (!cmpp_phone_valid(phone) || cmpp_settings_wrong(s)) return FAULT_INPUT;
    enum fault f = dial_host(s->server, timeout_ms, &fd);
    if (!f) return cmpp_talk(fd, s, phone, text, now_ms, stop, out);
    snprintf(out->why, sizeof out->why, "the gateway cannot be reached");
    return f == FAULT_INPUT ? f : FAULT_NONE;
}
