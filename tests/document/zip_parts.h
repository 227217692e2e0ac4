/* zip_parts.h - zip files built from texts, and single parts read back, for the tests and fuzzers of forms. */
#ifndef TESTS_DOCUMENT_ZIP_PARTS_H
#define TESTS_DOCUMENT_ZIP_PARTS_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

struct zip_bytes {
    char *at;
    size_t length;
};

struct zip_part {
    const char *name, *text;
    size_t length; /* 0: all of the text */
};

/* The parts in order; the memory is the caller's to free. */
static inline struct zip_bytes zip_of(const struct zip_part *parts, size_t count) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *out = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *zip = zip_open_from_source(out, ZIP_TRUNCATE, &error);
    assert(zip);
    zip_source_keep(out);
    for (size_t i = 0; i < count; i++) {
        size_t length = parts[i].length ? parts[i].length : strlen(parts[i].text);
        zip_int64_t index = zip_file_add(zip, parts[i].name, zip_source_buffer(zip, parts[i].text, length, 0), 0);
        assert(index >= 0 && !zip_file_set_mtime(zip, (zip_uint64_t)index, 1577836800, 0));
    }
    int closed = zip_close(zip);
    zip_stat_t stat;
    int told = zip_source_stat(out, &stat) || zip_source_open(out);
    assert(!closed && !told);
    struct zip_bytes bytes = {.at = malloc((size_t)stat.size + 1), .length = (size_t)stat.size};
    zip_int64_t got = zip_source_read(out, bytes.at, stat.size);
    assert(got == (zip_int64_t)stat.size);
    zip_source_close(out);
    zip_source_free(out);
    return bytes;
}

/* One part of a zip file as text, to be freed; NULL if it is not there. */
static inline char *zip_part_read(const char *bytes, size_t length, const char *name) {
    zip_source_t *source = zip_source_buffer_create(bytes, length, 0, NULL);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, NULL) : NULL;
    zip_stat_t stat;
    char *text = NULL;
    if (zip && !zip_stat(zip, name, 0, &stat)) {
        zip_file_t *file = zip_fopen(zip, name, 0);
        text = malloc((size_t)stat.size + 1);
        zip_int64_t got = file ? zip_fread(file, text, stat.size) : -1;
        assert(got == (zip_int64_t)stat.size);
        text[stat.size] = 0;
        zip_fclose(file);
    }
    if (zip) zip_discard(zip);
    return text;
}

#endif
