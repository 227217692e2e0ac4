/* keyfile.c - a key of the installation's own: read whole, or put under its name whole. */
#include "base/keyfile.h"

#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { KEYFILE_MAX = 64, PATH_ROOM = 4200 };

enum fault keyfile_read(const char *path, void *out, size_t length) {
    unsigned char bytes[KEYFILE_MAX + 1];
    if (length > KEYFILE_MAX) return FAULT_FILE;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? FAULT_ABSENT : FAULT_FILE;
    ssize_t n = read(fd, bytes, length + 1);
    close(fd);
    bool whole = n == (ssize_t)length;
    if (whole) memcpy(out, bytes, length);
    explicit_bzero(bytes, sizeof bytes);
    return whole ? FAULT_NONE : FAULT_FILE;
}

/* Under a name of its own first: a file that lies under its name is whole. */
static enum fault make(const char *path, size_t length) {
    char fresh[PATH_ROOM];
    unsigned char bytes[KEYFILE_MAX];
    if (length > sizeof bytes || snprintf(fresh, sizeof fresh, "%s.%ld", path, (long)getpid()) >= (int)sizeof fresh)
        return FAULT_FILE;
    random_bytes(bytes, length);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write(fd, bytes, length) == (ssize_t)length && !fsync(fd);
    explicit_bzero(bytes, sizeof bytes);
    if (fd >= 0) close(fd);
    good = good && (!link(fresh, path) || errno == EEXIST);
    unlink(fresh);
    return good ? FAULT_NONE : FAULT_FILE;
}

enum fault keyfile_make(const char *path, void *out, size_t length) {
    enum fault f = keyfile_read(path, out, length);
    if (f != FAULT_ABSENT) return f;
    f = make(path, length);
    return f ? f : keyfile_read(path, out, length);
}
