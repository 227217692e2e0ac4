/* command_serve.c - running the server until it is told to stop. */
#include "main/command.h"

#include "base/log.h"
#include "web/site.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SWEEP_SECONDS = 300 };

/* Waits for a stop signal and meanwhile sweeps ended sessions away. */
static void wait_for_stop(struct store *store, const sigset_t *stop) {
    struct timespec pause = {SWEEP_SECONDS, 0};
    while (sigtimedwait(stop, NULL, &pause) < 0) {
        int64_t swept;
        enum fault f = session_sweep(store, clock_now_ms(), &swept);
        if (f) log_line(LOG_WARN_, "session.sweep", "fault", fault_word(f));
    }
}

enum fault command_serve(struct invocation *in) {
    struct instance i;
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &stop, NULL); /* before any thread starts, so that only the wait below takes them */
    enum fault f = invocation_open(in, &i);
    if (f) return f;
    const char *listen = option(in, "--listen");
    struct site_config config = {.registers = i.registers,
                                 .data = i.data,
                                 .files = i.files,
                                 .institution = i.settings.institution,
                                 .fonts = i.settings.fonts,
                                 .clamd = i.settings.clamd,
                                 .api_rate = (int)strtol(i.settings.api_rate, NULL, 10),
                                 .webhook_networks = i.settings.webhook_networks,
                                 .listen = listen ? listen : i.settings.listen,
                                 .trusted_proxy = i.settings.trusted_proxy[0] ? i.settings.trusted_proxy : NULL};
    struct site *site = NULL;
    f = site_start(&config, in->notes, &site);
    if (!f) {
        printf("%s http://%s/\n", lang_tr(in->lang, "服务已启动："), site_address(site));
        fflush(stdout);
        wait_for_stop(i.store, &stop);
        log_line(LOG_INFO_, "stopping");
        site_stop(site);
    }
    instance_close(&i);
    return f;
}
