/* mime.h - a message of mail taken apart: headers, parts, and what a part's bytes stand for. Hostile bytes give less, never more than there is. */
#ifndef NET_MIME_H
#define NET_MIME_H

#include "base/memory.h"

enum { MIME_DEPTH = 6, MIME_PARTS = 64, MIME_VALUE = 1000 };

/* Headers and body of a message or of a part; they point into the bytes that were given. */
struct mime_entity {
    const char *head, *body;
    size_t head_length, body_length;
};
/* Parts them at the first empty line; without one all is headers. */
void mime_split(const char *bytes, size_t length, struct mime_entity *out);
/* The first header of that name, unfolded and without blanks around it, cut at `room`; "" and false if there is none. */
bool mime_header(const struct mime_entity *entity, const char *name, char *out, size_t room);
/* A parameter (charset, boundary) of a header's value, without quotes; "" and false if there is none. */
bool mime_parameter(const char *value, const char *name, char *out, size_t room);

/* A part that has no parts itself; `type` is in small letters, without parameters ("text/plain" if none is said). */
typedef void (*mime_visit)(void *context, const struct mime_entity *part, const char *type);
/* Visits them in order: the first MIME_PARTS of them, down to MIME_DEPTH. */
void mime_walk(const char *bytes, size_t length, mime_visit each, void *context);

/* The bytes that the body stands for (base64, quoted-printable), as many as there is room for. */
void mime_bytes(const struct mime_entity *entity, struct text *out);
/* The same as UTF-8, from the character sets that are met in China and Europe; what cannot be converted is "?". */
void mime_text(const struct mime_entity *entity, struct text *out);

#endif
