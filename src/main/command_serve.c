/* command_serve.c - running the server until it is told to stop. */
#include "main/command.h"

#include "base/log.h"
#include "net/http.h"
#include "web/site.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SWEEP_SECONDS = 300 };

/* Waits for a signal and meanwhile sweeps ended sessions away. */
static int wait_for_signal(struct store *store, const sigset_t *awaited) {
    struct timespec pause = {SWEEP_SECONDS, 0};
    int signal;
    while ((signal = sigtimedwait(awaited, NULL, &pause)) < 0) {
        int64_t swept;
        enum fault f = session_sweep(store, clock_now_ms(), &swept);
        if (f) log_line(LOG_WARN_, "session.sweep", "fault", fault_word(f));
    }
    return signal;
}

/* Asked by a page after a definition changed: the server starts anew with it. */
static void ask_reload(void) { kill(getpid(), SIGHUP); }

/* Serves until a signal comes; says in *again whether it asked to start anew. */
static enum fault serve(struct invocation *in, struct instance *i, const char *listen, int listener, const sigset_t *awaited,
                        bool *again) {
    struct site_config config = {.registers = i->registers,
                                 .data = i->data,
                                 .files = i->files,
                                 .institution = i->settings.institution,
                                 .fonts = i->settings.fonts,
                                 .clamd = i->settings.clamd,
                                 .export_rows = strtoll(i->settings.export_rows, NULL, 10),
                                 .api_rate = (int)strtol(i->settings.api_rate, NULL, 10),
                                 .webhook_networks = i->settings.webhook_networks,
                                 .listen = listen,
                                 .listener = listener,
                                 .reload = ask_reload,
                                 .shipped = i->regs,
                                 .trusted_proxy = i->settings.trusted_proxy[0] ? i->settings.trusted_proxy : NULL};
    struct site *site = NULL;
    struct channels_room room;
    struct channels channels;
    enum fault f = channels_read(&i->settings, &room, in->notes, &channels);
    if (f) return f;
    config.channels = &channels;
    int64_t list_ms = strtoll(i->settings.list_ms, NULL, 10);
    if (list_ms > 0) registers_limit(i->registers, list_ms);
    f = site_start(&config, in->notes, &site);
    if (f) return f;
    if (!*again) {
        printf("%s http://%s/\n", lang_tr(in->lang, "服务已启动："), site_address(site));
        fflush(stdout);
    }
    *again = wait_for_signal(i->store, awaited) == SIGHUP;
    log_line(LOG_INFO_, *again ? "starting anew" : "stopping");
    site_stop(site);
    return FAULT_NONE;
}

static void listener_close(int *listener) {
    if (*listener > 0) close(*listener);
}

enum fault command_serve(struct invocation *in) {
    struct instance i;
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGINT);
    sigaddset(&awaited, SIGTERM);
    sigaddset(&awaited, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &awaited, NULL); /* before any thread starts, so that only the wait takes them */
    enum fault f = invocation_open(in, &i);
    if (f) return f;
    const char *given = option(in, "--listen");
    char listen[sizeof i.settings.listen];
    snprintf(listen, sizeof listen, "%s", given ? given : i.settings.listen);
    _cleanup_(listener_close) int listener = 0;
    f = http_listen(listen, &listener);
    if (f) note_add(in->notes, listen, f == FAULT_BUSY ? "这个地址已被占用；请换一个端口（--listen）" : "无法在这个地址上监听");
    for (bool again = false; !f;) { /* whoever comes meanwhile waits in the listening socket's line */
        f = serve(in, &i, listen, listener, &awaited, &again);
        instance_close(&i);
        if (f || !again) return f;
        in->now_ms = clock_now_ms();
        f = invocation_open(in, &i);
    }
    instance_close(&i);
    return f;
}
