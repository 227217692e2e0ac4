/* scan.h - a strict, incremental, pure scanner of the bytes that one HTTP/1.x client sends: bytes in, verdict out. */
#ifndef NET_SCAN_H
#define NET_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why a client's bytes are refused. SCAN_FINE is zero. */
enum scan_verdict {
    SCAN_FINE = 0,
    SCAN_METHOD,         /* no method, one too long, or CONNECT or TRACE */
    SCAN_TARGET,         /* target of no allowed form, or with a control character, a space or '#' */
    SCAN_VERSION,        /* not exactly HTTP/1.0 or HTTP/1.1 */
    SCAN_LINE_END,       /* bare LF, bare CR */
    SCAN_NAME,           /* header name empty, with a character that is no token, or a space before the colon */
    SCAN_FOLD,           /* a header line that begins with a space or tab */
    SCAN_VALUE,          /* NUL or another control character in a header value */
    SCAN_DUPLICATE,      /* Host, Content-Length, Transfer-Encoding, Content-Type or Expect twice */
    SCAN_HOST,           /* Host missing in HTTP/1.1, malformed, or other than the target's authority */
    SCAN_CONTENT_LENGTH, /* not a plain decimal number, or absurd */
    SCAN_TRANSFER,       /* Transfer-Encoding other than exactly "chunked", or in HTTP/1.0 */
    SCAN_BOTH_LENGTHS,   /* Content-Length beside Transfer-Encoding */
    SCAN_EXPECT,         /* Expect other than 100-continue */
    SCAN_CHUNK,          /* malformed chunk size or end, chunk extension, trailer field */
    SCAN_LONG_TARGET,    /* target over SCAN_TARGET_MAX */
    SCAN_LONG_HEADER,    /* header over SCAN_HEADER_MAX bytes or SCAN_FIELDS_MAX fields */
    SCAN_VERDICT_COUNT
};

enum { SCAN_HEADER_MAX = 8192, SCAN_TARGET_MAX = 6000, SCAN_FIELDS_MAX = 64, SCAN_HOST_MAX = 255, SCAN_VALUE_MAX = 260 };

/* Where the scanner stands, for deadlines. */
enum scan_phase { SCAN_IDLE, SCAN_HEADER, SCAN_BODY, SCAN_REFUSED };

/* State of one connection; zeroed by scan_init(). Read it freely, write it never. */
struct scan {
    uint8_t state, verdict;
    uint64_t position;      /* bytes taken since the connection began; stops at the refused byte */
    uint64_t message_start; /* position at which the current (or refused) message began */
    uint64_t headers;       /* messages whose header is complete and fine */
    uint64_t messages;      /* messages that are complete */
    uint64_t body_left;     /* of the message or the chunk */
    /* What follows is about the current header. */
    uint64_t content_length;
    uint32_t header_length, target_length;
    uint16_t name_length, value_length, authority_length, host_length;
    uint8_t method_length, fields, minor, form, step, chunk_digits;
    bool options, has_host, has_length, has_transfer, has_type, has_expect;
    char method[8], name[20], value[SCAN_VALUE_MAX], authority[SCAN_HOST_MAX + 1], host[SCAN_HOST_MAX + 1];
};

void scan_init(struct scan *s);
/* Takes the next bytes of the connection. Returns how many it took: all of them, or those before the first refused byte
 * (s->verdict then says why, and stays). The outcome does not depend on how the bytes are split between calls. */
size_t scan_feed(struct scan *s, const char *bytes, size_t length);
enum scan_phase scan_phase(const struct scan *s);
/* HTTP status of a refusal: 400, 414, 417 or 431; and a short English word for the log and the answer. Static storage. */
int scan_status(enum scan_verdict verdict);
const char *scan_word(enum scan_verdict verdict);

#endif
