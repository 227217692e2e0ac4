/* child.c - a limited child process fed and read through two pipes. */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 65536, ABSENT_STATUS = 127 };

struct child {
    pid_t pid;
    int to, from; /* our ends of its standard input and output; -1 once closed */
    int64_t until_ms;
};

static int64_t monotonic_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void shut(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static void child_end(struct child *c) {
    shut(&c->to);
    shut(&c->from);
    if (c->pid <= 0) return;
    kill(c->pid, SIGKILL);
    while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR) {}
    c->pid = 0;
}

static void limit(int what, size_t most) {
    struct rlimit r = {most, most};
    setrlimit(what, &r);
}

/* After fork() in a process of many threads: only calls that are safe there. */
static _Noreturn void become(const char *const argv[], int in, int out, const struct child_limits *l) {
    static char path[] = "PATH=/usr/bin:/bin", lang[] = "LANG=C.UTF-8";
    char *const environment[] = {path, lang, NULL};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0) _exit(ABSENT_STATUS);
    int nothing = open("/dev/null", O_WRONLY);
    if (nothing >= 0) dup2(nothing, 2);
    close_range(3, ~0U, 0);
    limit(RLIMIT_CPU, l->processor_s);
#ifndef __SANITIZE_ADDRESS__ /* a program with the sanitizer reserves terabytes of addresses, and here it may be ourselves */
    limit(RLIMIT_AS, l->memory_bytes);
#endif
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_CORE, 0);
    sigset_t none; /* what our threads block or ignore is not its business */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    execve(argv[0], (char *const *)argv, environment);
    _exit(ABSENT_STATUS);
}

static enum fault child_start(const char *const argv[], const struct child_limits *l, struct child *out) {
    int in[2], from[2];
    if (pipe2(in, O_CLOEXEC)) return FAULT_SYSTEM;
    if (pipe2(from, O_CLOEXEC)) {
        close(in[0]);
        close(in[1]);
        return FAULT_SYSTEM;
    }
    pid_t pid = fork();
    if (!pid) become(argv, in[0], from[1], l);
    close(in[0]);
    close(from[1]);
    *out = (struct child){pid, in[1], from[0], monotonic_ms() + l->deadline_ms};
    fcntl(out->to, F_SETFL, O_NONBLOCK);
    fcntl(out->from, F_SETFL, O_NONBLOCK);
    return pid < 0 ? FAULT_SYSTEM : FAULT_NONE;
}

/* Gives it more of the input; a child that no longer reads has enough. */
static void feed(struct child *c, const char **at, size_t *left) {
    ssize_t n = write(c->to, *at, *left);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n > 0) *at += n, *left -= (size_t)n;
    if (n < 0 || !*left) shut(&c->to);
}

static enum fault listen_to(struct child *c, size_t before, size_t max, struct text *out) {
    char *room = text_reserve(out, PIECE);
    if (!room) return FAULT_LARGE;
    ssize_t n = read(c->from, room, PIECE);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) n = 0;
    else if (n <= 0) shut(&c->from);
    if (n > 0) out->length += (size_t)n;
    out->at[out->length] = 0;
    return out->length - before > max ? FAULT_LARGE : FAULT_NONE;
}

static enum fault converse(struct child *c, const char *input, size_t length, size_t max, struct text *out) {
    size_t before = out->length;
    if (!length) shut(&c->to);
    while (c->from >= 0) {
        int64_t left_ms = c->until_ms - monotonic_ms();
        struct pollfd ends[2] = {{.fd = c->from, .events = POLLIN}, {.fd = c->to, .events = POLLOUT}};
        if (left_ms <= 0) return FAULT_BUSY;
        if (poll(ends, 2, (int)left_ms) < 0 && errno != EINTR) return FAULT_SYSTEM;
        if (ends[1].revents) feed(c, &input, &length);
        enum fault f = ends[0].revents ? listen_to(c, before, max, out) : FAULT_NONE;
        if (f) return f;
    }
    return FAULT_NONE;
}

/* It has closed its output and ends any moment; one that does not is killed at the deadline. */
static enum fault child_wait(struct child *c) {
    int status;
    for (;;) {
        pid_t done = waitpid(c->pid, &status, WNOHANG);
        if (done < 0 && errno != EINTR) return FAULT_SYSTEM;
        if (done > 0) break;
        if (monotonic_ms() > c->until_ms) return FAULT_BUSY;
        poll(NULL, 0, 1);
    }
    c->pid = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == ABSENT_STATUS) return FAULT_ABSENT;
    return WIFEXITED(status) && !WEXITSTATUS(status) ? FAULT_NONE : FAULT_INPUT;
}

enum fault child_run(const char *const argv[], const void *input, size_t length, const struct child_limits *l, struct text *out) {
    _cleanup_(child_end) struct child c = {0, -1, -1, 0};
    sigset_t pipes, old; /* a child that does not read to the end must not end us */
    sigemptyset(&pipes);
    sigaddset(&pipes, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipes, &old);
    enum fault f = child_start(argv, l, &c);
    if (!f) f = converse(&c, input, length, l->output_max_bytes, out);
    if (!f) f = child_wait(&c);
    sigtimedwait(&pipes, NULL, &(struct timespec){0});
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return f;
}
