/* small.c - small pictures of stored files: made by a limited child, kept beside the files, made again when they are gone. */
#include "register/files.h"

#include "base/child.h"
#include "base/id.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOURCE_MAX = 64 << 20, SMALL_MAX = 12 << 20, PATH_ROOM = 4300, PIECE = 65536, PAGES_MAX = 2000 };

static const struct child_limits decoder_limits = {20000, 10, (size_t)768 << 20, SMALL_MAX - 2 * PIECE};

/* One decoder at a time: it may take three quarters of a GiB, and pages are made small once only. */
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;

static void descriptor_close(int *fd) {
    if (*fd >= 0) close(*fd);
}

static bool read_kept(const char *path, struct text *out) {
    _cleanup_(descriptor_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    for (;;) {
        char *room = text_reserve(out, PIECE);
        ssize_t n = room ? read(fd, room, PIECE) : -1;
        if (n < 0) return false;
        out->length += (size_t)n;
        if (!n) return out->length > 0;
    }
}

/* A cache: what cannot be kept is only made again. */
static void keep(const char *dir, const char *path, const struct text *bytes) {
    char folder[PATH_ROOM], beside[PATH_ROOM + 40];
    uint64_t random;
    random_bytes(&random, sizeof random);
    snprintf(folder, sizeof folder, "%s/.small", dir);
    snprintf(beside, sizeof beside, "%s.%016llx", path, (unsigned long long)random);
    if (mkdir(folder, 0750) && errno != EEXIST) return;
    _cleanup_(descriptor_close) int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0) return;
    bool whole = write(fd, bytes->at, bytes->length) == (ssize_t)bytes->length;
    if (!whole || rename(beside, path)) unlink(beside);
}

static enum fault make_small(const char *dir, const char *value, enum file_small size, int page, struct text *out) {
    char side[16], number[16];
    snprintf(side, sizeof side, "%d", (int)size);
    snprintf(number, sizeof number, "%d", page);
    const char *const picture[] = {"/proc/self/exe", "shrink", side, NULL};
    const char *const pdf[] = {"/usr/bin/pdftocairo",
                               size == SMALL_PRINT ? "-jpeg" : "-png",
                               "-singlefile",
                               "-f",
                               number,
                               "-l",
                               number,
                               "-scale-to",
                               side,
                               "-",
                               "-",
                               NULL};
    _cleanup_(text_release) struct text source = {0};
    enum fault f = file_load(dir, value, SOURCE_MAX, &source);
    if (f) return f;
    pthread_mutex_lock(&one);
    f = child_run(page ? pdf : picture, source.at, source.length, &decoder_limits, out);
    pthread_mutex_unlock(&one);
    if (f) log_line(LOG_WARN_, "file.small", "value", value, "fault", fault_word(f));
    return f == FAULT_NONE && !out->length ? FAULT_INPUT : f;
}

enum fault file_small(const char *dir, const char *value, enum file_small size, int page, struct text *out) {
    char hex[65], path[PATH_ROOM];
    const char *name;
    if (!file_value_parse(value, hex, &name) || page < 0 || page > PAGES_MAX) return FAULT_ABSENT;
    snprintf(path, sizeof path, "%s/.small/%s-%d-%d", dir, hex, (int)size, page);
    text_init(out, SMALL_MAX);
    if (read_kept(path, out)) return FAULT_NONE;
    text_clear(out);
    enum fault f = make_small(dir, value, size, page, out);
    if (!f) keep(dir, path, out);
    return f;
}

int file_pages(const char *dir, const char *value) {
    static const char label[] = "\nPages:";
    const char *const argv[] = {"/usr/bin/pdfinfo", "-", NULL};
    _cleanup_(text_release) struct text source = {0}, said;
    text_init(&said, SMALL_MAX);
    if (file_load(dir, value, SOURCE_MAX, &source)) return 0;
    if (child_run(argv, source.at, source.length, &decoder_limits, &said)) return 0;
    const char *at = strstr(said.at, label);
    long pages = at ? strtol(at + sizeof label - 1, NULL, 10) : 0;
    return pages < 0 ? 0 : pages > PAGES_MAX ? PAGES_MAX : (int)pages;
}
