/* form.c - form data, parsed strictly and in place: every field points into the request's own body. */
#include "net/form.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool form_decode(char *at, size_t length, bool plus, size_t *decoded) {
    size_t to = 0;
    for (size_t i = 0; i < length; i++) {
        char c = at[i];
        if (c == '%') {
            if (length - i < 3 || hex_digit(at[i + 1]) < 0 || hex_digit(at[i + 2]) < 0) return false;
            c = (char)(hex_digit(at[i + 1]) * 16 + hex_digit(at[i + 2]));
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (!c) return false;
        at[to++] = c;
    }
    if (!utf8_valid(at, to)) return false;
    *decoded = to;
    return true;
}

static bool path_fine(const char *path) {
    for (const char *p = path; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f || *p == '\\') return false;
    for (const char *p = path; p; p = strchr(p + 1, '/'))
        if (p[1] == '.' && (p[2] == '/' || !p[2] || (p[2] == '.' && (p[3] == '/' || !p[3])))) return false;
    return true;
}

char *form_path(struct arena *arena, const char *target) {
    size_t length = strcspn(target, "?");
    if (target[0] != '/') return NULL;
    char *path = arena_copyn(arena, target, length);
    if (strcasestr(path, "%2f") || !form_decode(path, length, false, &length)) return NULL;
    path[length] = 0;
    return path_fine(path) ? path : NULL;
}

/* Cuts the next "name=value" off at *rest, decodes both and ends them with NULs. False if malformed. */
static bool pair_next(char **rest, char *end, char **name, char **value, size_t *value_length) {
    char *piece = *rest, *stop = memchr(piece, '&', (size_t)(end - piece));
    if (!stop) stop = end;
    char *equals = memchr(piece, '=', (size_t)(stop - piece));
    char *at = equals ? equals + 1 : stop;
    size_t name_length = 0;
    if (!form_decode(piece, (size_t)((equals ? equals : stop) - piece), true, &name_length)) return false;
    if (!form_decode(at, (size_t)(stop - at), true, value_length)) return false;
    piece[name_length] = 0;
    at[*value_length] = 0;
    *name = piece;
    *value = at;
    *rest = stop < end ? stop + 1 : end;
    return true;
}

static size_t pieces_count(const char *at, size_t length, char separator) {
    size_t n = 1;
    for (const char *p = at; (p = memchr(p, separator, length - (size_t)(p - at))); p++) n++;
    return n;
}

enum fault form_query(struct arena *arena, const char *query, struct http_pair **pairs, size_t *count) {
    size_t length = strlen(query), room = length ? pieces_count(query, length, '&') : 0, n = 0;
    if (room > FORM_PAIRS_MAX) return FAULT_LARGE;
    struct http_pair *out = arena_array(arena, struct http_pair, room + 1);
    char *rest = arena_copyn(arena, query, length), *end = rest + length;
    while (rest < end) {
        char *name, *value;
        size_t value_length;
        if (*rest == '&') {
            rest++;
            continue;
        }
        if (!pair_next(&rest, end, &name, &value, &value_length)) return FAULT_INPUT;
        out[n++] = (struct http_pair){name, value};
    }
    *pairs = out;
    *count = n;
    return FAULT_NONE;
}

size_t form_cookies(struct arena *arena, const char *header, struct http_pair **pairs) {
    size_t length = strlen(header), room = pieces_count(header, length, ';'), n = 0;
    struct http_pair *out = arena_array(arena, struct http_pair, room);
    char *rest = arena_copyn(arena, header, length);
    for (char *piece; (piece = strsep(&rest, ";"));) {
        piece += strspn(piece, " \t");
        char *equals = strchr(piece, '='), *end = piece + strlen(piece);
        if (!equals || equals == piece || !utf8_valid(piece, (size_t)(end - piece))) continue;
        while (end > equals + 1 && (end[-1] == ' ' || end[-1] == '\t')) *--end = 0;
        *equals = 0;
        if (equals[1] == '"' && end - equals > 2 && end[-1] == '"') {
            end[-1] = 0;
            equals++;
        }
        out[n++] = (struct http_pair){piece, equals + 1};
    }
    *pairs = out;
    return n;
}

/* ---- bodies ---- */

static enum fault malformed(struct notes *notes, const char *place) {
    note_add(notes, place, "提交的表单格式有误，请重新打开页面再提交");
    return FAULT_INPUT;
}

static enum fault too_large(struct notes *notes, const char *place) {
    note_add(notes, place, "提交的表单项目过多或文件名过长；请分几次提交，或缩短文件名");
    return FAULT_LARGE;
}

static bool name_fine(const char *name) {
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f) return false;
    return *name != 0;
}

static enum fault urlencoded_parse(struct arena *arena, char *body, size_t length, struct notes *notes, struct http_field **fields,
                                   size_t *count) {
    size_t room = length ? pieces_count(body, length, '&') : 0, n = 0;
    if (room > FORM_FIELDS_MAX) return too_large(notes, "");
    struct http_field *out = arena_array(arena, struct http_field, room + 1);
    char *rest = body, *end = body + length;
    while (rest < end) {
        char *name, *value;
        size_t value_length;
        if (*rest == '&') {
            rest++;
            continue;
        }
        if (!pair_next(&rest, end, &name, &value, &value_length) || !name_fine(name)) return malformed(notes, "");
        if (strlen(name) > FORM_NAME_MAX) return too_large(notes, "");
        out[n++] = (struct http_field){.name = name, .bytes = value, .length = value_length};
    }
    *fields = out;
    *count = n;
    return FAULT_NONE;
}

/* One parameter ("; key=value" or "; key=\"value\"") of a header line; *at moves on. False at the end or if malformed (*bad). */
static bool parameter_next(struct arena *arena, const char **at, char **key, char **value, bool *bad) {
    const char *p = *at + strspn(*at, " \t");
    if (!*p) return false;
    *bad = true;
    if (*p++ != ';') return false;
    p += strspn(p, " \t");
    size_t key_length = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_*");
    if (!key_length || p[key_length] != '=') return false;
    *key = arena_copyn(arena, p, key_length);
    p += key_length + 1;
    size_t n = 0;
    if (*p == '"') {
        char *out = arena_copy(arena, p);
        for (p++; *p && *p != '"'; p++) {
            if (*p == '\\' && p[1] == '"') p++; /* only the quote is escaped: a bare backslash may belong to a Windows path */
            out[n++] = *p;
        }
        if (*p++ != '"') return false;
        out[n] = 0;
        *value = out;
    } else {
        n = strcspn(p, " \t;\"");
        *value = arena_copyn(arena, p, n);
        p += n;
    }
    *at = p;
    *bad = false;
    return true;
}

/* The boundary of a multipart/form-data content type, or NULL. */
static char *boundary_of(struct arena *arena, const char *content_type) {
    const char *at = content_type + strcspn(content_type, ";");
    char *key, *value, *boundary = NULL;
    bool bad = false;
    while (parameter_next(arena, &at, &key, &value, &bad)) {
        if (strcasecmp(key, "boundary")) continue;
        size_t n = strlen(value);
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'()+_,-./:=? ";
        if (boundary || !n || n > 70 || value[n - 1] == ' ' || strspn(value, allowed) != n) return NULL;
        boundary = value;
    }
    return bad ? NULL : boundary;
}

static const char *base_name(const char *filename) {
    for (const char *p = filename; *p; p++)
        if (*p == '/' || *p == '\\') filename = p + 1;
    return filename;
}

/* RFC 8187 form: UTF-8''percent-encoded. */
static char *extended_value(char *value) {
    size_t n = strlen(value);
    if (strncasecmp(value, "utf-8'", 6)) return NULL;
    char *at = strchr(value + 6, '\'');
    if (!at || !form_decode(at + 1, n - (size_t)(at + 1 - value), false, &n)) return NULL;
    at[1 + n] = 0;
    return at + 1;
}

static enum fault disposition_read(struct arena *arena, const char *value, struct http_field *field) {
    char *key, *text;
    const char *extended = NULL;
    bool bad = false;
    if (strncasecmp(value, "form-data", 9)) return FAULT_INPUT;
    value += 9;
    while (parameter_next(arena, &value, &key, &text, &bad)) {
        if (!strcasecmp(key, "name") && !field->name) field->name = text;
        else if (!strcasecmp(key, "filename") && !field->filename) field->filename = text;
        else if (!strcasecmp(key, "filename*") && !extended) {
            if (!(extended = extended_value(text))) return FAULT_INPUT;
        } else return FAULT_INPUT;
    }
    if (bad || !field->name || !name_fine(field->name)) return FAULT_INPUT;
    if (extended) field->filename = extended;
    if (field->filename) field->filename = base_name(field->filename);
    if (field->filename && *field->filename && !name_fine(field->filename)) return FAULT_INPUT;
    bool large = strlen(field->name) > FORM_NAME_MAX || (field->filename && strlen(field->filename) > FORM_FILENAME_MAX);
    return large ? FAULT_LARGE : FAULT_NONE;
}

/* The header lines of one part, from `at` up to the empty line; *body is behind it. */
static enum fault part_header(struct arena *arena, char *at, char *end, struct http_field *field, char **body) {
    char *stop = (size_t)(end - at) > FORM_PART_HEADER_MAX ? at + FORM_PART_HEADER_MAX : end;
    for (;;) {
        char *line_end = memmem(at, (size_t)(stop - at), "\r\n", 2);
        if (!line_end) return stop < end ? FAULT_LARGE : FAULT_INPUT;
        if (line_end == at) break;
        char *line = arena_copyn(arena, at, (size_t)(line_end - at));
        size_t length = (size_t)(line_end - at);
        char *colon = strchr(line, ':');
        if (strlen(line) != length || !utf8_valid(line, length) || !colon || *line == ' ' || *line == '\t') return FAULT_INPUT;
        *colon = 0;
        const char *value = colon + 1 + strspn(colon + 1, " \t");
        if (!strcasecmp(line, "Content-Disposition")) {
            if (field->name) return FAULT_INPUT;
            enum fault f = disposition_read(arena, value, field);
            if (f) return f;
        } else if (!strcasecmp(line, "Content-Type")) {
            if (field->type) return FAULT_INPUT;
            field->type = value;
        } else if (!strcasecmp(line, "Content-Transfer-Encoding")) {
            if (strcasecmp(value, "binary") && strcasecmp(value, "8bit") && strcasecmp(value, "7bit")) return FAULT_INPUT;
        }
        at = line_end + 2;
    }
    *body = at + 2;
    return field->name ? FAULT_NONE : FAULT_INPUT;
}

static enum fault part_end(struct http_field *field, char *body, char *stop) {
    field->bytes = body;
    field->length = (size_t)(stop - body);
    *stop = 0; /* over the CR that belongs to the boundary */
    if (!field->filename) {
        field->type = NULL;
        if (memchr(body, 0, field->length) || !utf8_valid(body, field->length)) return FAULT_INPUT;
    } else if (!field->type) field->type = "application/octet-stream";
    return FAULT_NONE;
}

struct multipart {
    char *at, *end;
    const char *mark;
    size_t mark_length;
}; /* mark: CRLF "--" boundary */

/* Parses one part at m->at, which is behind a boundary's CRLF; moves behind the next boundary. */
static enum fault part_parse(struct arena *arena, struct multipart *m, struct http_field *field) {
    char *body = NULL;
    enum fault f = part_header(arena, m->at, m->end, field, &body);
    if (f) return f;

    char *stop = memmem(body, (size_t)(m->end - body), m->mark, m->mark_length);
    if (!stop) return FAULT_INPUT;
    m->at = stop + m->mark_length;
    return part_end(field, body, stop);
}

static enum fault multipart_parse(struct arena *arena, const char *boundary, char *body, size_t length, struct notes *notes,
                                  struct http_field **fields, size_t *count) {
    const char *mark = arena_format(arena, "\r\n--%s", boundary);
    struct multipart m = {body, body + length, mark, strlen(mark)};
    size_t first = m.mark_length - 2, room = 16, n = 0;
    struct http_field *out = arena_array(arena, struct http_field, room);
    if (length < first || memcmp(body, mark + 2, first)) return malformed(notes, "");
    m.at += first;
    for (;;) {
        size_t left = (size_t)(m.end - m.at);
        if (left >= 2 && !memcmp(m.at, "--", 2)) {
            if (left != 2 && !(left == 4 && !memcmp(m.at + 2, "\r\n", 2))) return malformed(notes, "");
            break;
        }
        if (left < 2 || memcmp(m.at, "\r\n", 2)) return malformed(notes, "");
        if (n == FORM_FIELDS_MAX || arena_over(arena)) return too_large(notes, "");
        if (n == room) {
            struct http_field *more = arena_array(arena, struct http_field, room * 2);
            memcpy(more, out, room * sizeof *out);
            out = more;
            room *= 2;
        }
        m.at += 2;
        out[n] = (struct http_field){0};
        enum fault f = part_parse(arena, &m, &out[n]);
        const char *place = out[n].name ? out[n].name : "";
        if (f) return f == FAULT_LARGE ? too_large(notes, place) : malformed(notes, place);
        n++;
    }
    *fields = out;
    *count = n;
    return FAULT_NONE;
}

static bool type_is(const char *content_type, const char *wanted) {
    size_t n = strlen(wanted);
    return !strncasecmp(content_type, wanted, n) && (!content_type[n] || content_type[n] == ';' || content_type[n] == ' ');
}

enum fault form_parse(struct arena *arena, const char *content_type, char *body, size_t length, struct notes *notes,
                      struct http_field **fields, size_t *count) {
    if (content_type && type_is(content_type, "application/x-www-form-urlencoded"))
        return urlencoded_parse(arena, body, length, notes, fields, count);
    if (content_type && type_is(content_type, "multipart/form-data")) {
        const char *boundary = boundary_of(arena, content_type);
        return boundary ? multipart_parse(arena, boundary, body, length, notes, fields, count) : malformed(notes, "");
    }
    if (length) return malformed(notes, "");
    *fields = NULL;
    *count = 0;
    return FAULT_NONE;
}
