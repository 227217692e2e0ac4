/* form.h - strict parsers of complete, bounded form data: percent encoding, queries, urlencoded and multipart bodies. */
#ifndef NET_FORM_H
#define NET_FORM_H

#include "base/notes.h"
#include "net/http.h"

enum { FORM_PAIRS_MAX = 256, FORM_FIELDS_MAX = 4000, FORM_NAME_MAX = 200, FORM_FILENAME_MAX = 1000, FORM_PART_HEADER_MAX = 4096 };

/* Decodes %XX (and '+' as a space if `plus`) within at[0…length), in place. False if a % is not followed by two hexadecimal
 * digits, or the result holds a NUL or is not valid UTF-8. *decoded is the new length; no NUL is added. */
CHECKED bool form_decode(char *at, size_t length, bool plus, size_t *decoded);
/* The decoded path of a request target "/…", cut before '?'; NULL if it is malformed, holds an encoded '/', a control character, a
 * backslash, or a segment "." or "..", or does not begin with '/'. */
char *form_path(struct arena *arena, const char *target);
/* Decodes "a=b&c=d" into pairs in the arena. FAULT_INPUT: malformed; FAULT_LARGE: more than FORM_PAIRS_MAX. */
CHECKED enum fault form_query(struct arena *arena, const char *query, struct http_pair **pairs, size_t *count);
/* Reads a Cookie header. Malformed pieces are left out, since other sites of the domain may have set them. */
size_t form_cookies(struct arena *arena, const char *header, struct http_pair **pairs);
/* Parses a body by its content type, in place: fields point into `body`, which has a byte to spare after `length`.
 * FAULT_INPUT or FAULT_LARGE as http_form() says. `notes` may be NULL. */
CHECKED enum fault form_parse(struct arena *arena, const char *content_type, char *body, size_t length, struct notes *notes,
                              struct http_field **fields, size_t *count);

#endif
