/* fuzz_http_form.c - foreign bytes through the parsers of paths, queries, cookies and form bodies. */
#include "base/utf8.h"
#include "net/form.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void body_read(struct arena *arena, const char *type, const char *bytes, size_t length) {
    char *body = malloc(length + 1);
    if (!body) abort();
    memcpy(body, bytes, length);
    struct http_field *fields;
    size_t count;
    if (form_parse(arena, type, body, length, NULL, &fields, &count) == FAULT_NONE) {
        for (size_t i = 0; i < count; i++) {
            assert(fields[i].bytes >= body && fields[i].bytes + fields[i].length <= body + length &&
                   !fields[i].bytes[fields[i].length]);
            assert(fields[i].name && *fields[i].name && utf8_valid(fields[i].name, strlen(fields[i].name)));
            if (!fields[i].filename)
                assert(strlen(fields[i].bytes) == fields[i].length && utf8_valid(fields[i].bytes, fields[i].length));
            else assert(!strpbrk(fields[i].filename, "/\\"));
        }
    }
    free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length > 1 << 16) return 0;
    struct arena arena;
    arena_init(&arena, 64 << 20);
    char *text = arena_copyn(&arena, bytes, length);
    struct http_pair *pairs;
    size_t count;
    const char *path = form_path(&arena, text);
    if (path) assert(path[0] == '/' && utf8_valid(path, strlen(path)) && !strstr(path, "/../"));
    if (form_query(&arena, text, &pairs, &count) == FAULT_NONE)
        for (size_t i = 0; i < count; i++) assert(utf8_valid(pairs[i].value, strlen(pairs[i].value)));
    form_cookies(&arena, text, &pairs);
    body_read(&arena, "application/x-www-form-urlencoded", text, length);
    body_read(&arena, "multipart/form-data; boundary=b", text, length);
    const char *line = memchr(text, '\n', length); /* the first line as the content type */
    if (line) {
        char *type = arena_copyn(&arena, text, (size_t)(line - text));
        body_read(&arena, type, line + 1, length - (size_t)(line + 1 - text));
    }
    arena_release(&arena);
    return 0;
}
