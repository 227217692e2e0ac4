/* files.c - content-addressed files: written beside, synced, renamed; read back only if the hash still fits. */
#include "register/files.h"

#include "base/id.h"
#include "base/log.h"
#include "base/printer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_descriptor(int *fd) {
    if (*fd >= 0) close(*fd);
}

static void hash_of(const void *bytes, size_t length, char hex[65]) {
    struct digest d = digest_of(bytes, length);
    hex_format(d.bytes, DIGEST_BYTES, hex);
}

static enum fault fail(const char *what, const char *path) {
    log_line(LOG_ERROR_, "file", "what", what, "path", path, "error", strerror(errno));
    return FAULT_FILE;
}

static enum fault write_whole(const char *path, const void *bytes, size_t length) {
    _cleanup_(close_descriptor) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0) return fail("open", path);
    const char *at = bytes;
    while (length) {
        ssize_t n = write(fd, at, length);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return fail("write", path);
        at += n;
        length -= (size_t)n;
    }
    return fsync(fd) ? fail("sync", path) : FAULT_NONE;
}

static enum fault sync_folder(const char *path) {
    _cleanup_(close_descriptor) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || fsync(fd) ? fail("sync folder", path) : FAULT_NONE;
}

enum fault file_store(const char *dir, const void *bytes, size_t length, const char *name, char value[FILE_VALUE_MAX]) {
    char hex[65], folder[4096], path[4200], beside[4300];
    hash_of(bytes, length, hex);
    const char *slash = strrchr(name, '/');
    int n = snprintf(value, FILE_VALUE_MAX, "%s:%zu:%s", hex, length, slash ? slash + 1 : name);
    if (n < 0 || n >= FILE_VALUE_MAX) return FAULT_LARGE;
    snprintf(folder, sizeof folder, "%s/%.2s", dir, hex);
    if (mkdir(folder, 0750) && errno != EEXIST) return fail("make folder", folder);
    snprintf(path, sizeof path, "%s/%s", folder, hex);
    if (!access(path, R_OK)) return FAULT_NONE;
    uint64_t random;
    random_bytes(&random, sizeof random);
    snprintf(beside, sizeof beside, "%s.%016llx", path, (unsigned long long)random);
    enum fault f = write_whole(beside, bytes, length);
    if (!f && rename(beside, path)) f = fail("rename", path);
    if (!f) f = sync_folder(folder);
    if (!f) f = sync_folder(dir);
    if (f) unlink(beside);
    return f;
}

bool file_value_parse(const char *value, char hash[65], const char **name) {
    if (!value || strspn(value, "0123456789abcdef") != 64 || value[64] != ':') return false;
    const char *second = strchr(value + 65, ':');
    if (!second) return false;
    memcpy(hash, value, 64);
    hash[64] = 0;
    *name = second + 1;
    return true;
}

const char *const *file_values(struct arena *arena, const char *value, size_t *count) {
    char *lines = arena_copy(arena, value), *rest = lines;
    size_t most = 1;
    for (const char *p = value; *p; p++) most += *p == '\n';
    const char **out = arena_array(arena, const char *, most);
    *count = 0;
    for (char *line; (line = strsep(&rest, "\n"));)
        if (*line) out[(*count)++] = line;
    return out;
}

enum fault file_load(const char *dir, const char *value, size_t max, struct text *out) {
    char hex[65], found[65], path[4200];
    const char *name;
    if (!file_value_parse(value, hex, &name)) return FAULT_INPUT;
    snprintf(path, sizeof path, "%s/%.2s/%s", dir, hex, hex);
    _cleanup_(close_descriptor) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? FAULT_ABSENT : fail("open", path);
    text_init(out, max);
    for (;;) {
        char *room = text_reserve(out, 65536);
        if (!room) return FAULT_LARGE;
        ssize_t n = read(fd, room, 65536);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail("read", path);
        if (n == 0) break;
        out->length += (size_t)n;
    }
    out->at[out->length] = 0;
    hash_of(out->at, out->length, found);
    return strcmp(hex, found) ? FAULT_TAMPERED : FAULT_NONE;
}

enum fault file_digest(const char *path, struct digest *out, uint64_t *size) {
    _cleanup_(close_descriptor) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? FAULT_ABSENT : fail("open", path);
    struct digest_run *run = digest_begin();
    char piece[65536];
    ssize_t n;
    for (*size = 0; (n = read(fd, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR);) {
        if (n < 0) continue;
        digest_add(run, piece, (size_t)n);
        *size += (uint64_t)n;
    }
    *out = digest_end(run);
    return n < 0 ? fail("read", path) : FAULT_NONE;
}

static bool path_of(const char *dir, const char *value, char hex[65], char path[FILE_PATH_MAX]) {
    const char *name;
    if (!file_value_parse(value, hex, &name)) return false;
    snprintf(path, FILE_PATH_MAX, "%s/%.2s/%s", dir, hex, hex);
    return true;
}

enum fault file_hold(const char *dir, const char *value, char path[FILE_PATH_MAX]) {
    char hex[65], found[65];
    struct digest digest;
    uint64_t size;
    if (!path_of(dir, value, hex, path)) return FAULT_INPUT;
    enum fault f = file_digest(path, &digest, &size);
    if (f) return f;
    hex_format(digest.bytes, DIGEST_BYTES, found);
    return strcmp(hex, found) ? FAULT_TAMPERED : FAULT_NONE;
}

bool file_there(const char *dir, const char *value) {
    char hex[65], path[FILE_PATH_MAX];
    struct stat about;
    return path_of(dir, value, hex, path) && !stat(path, &about) && about.st_size == strtoll(value + 65, NULL, 10);
}
