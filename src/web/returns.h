/* returns.h - what comes back of messages that were sent: bounces in a mailbox, and a carrier's reports. */
#ifndef WEB_RETURNS_H
#define WEB_RETURNS_H

#include "register/sending.h"
#include "web/channels.h"

struct returns {
    struct registers *registers;
    const struct channels *channels;
    const atomic_bool *stop;
    int64_t mailbox_ms, carrier_ms, sweep_ms; /* of CLOCK_MONOTONIC: when each is due; 0: at once */
};

/* Looks for what is due and makes what came back the next channel's turn. May wait for servers, each for a bounded time; faults are logged. */
void returns_look(struct returns *returns);
/* A message was just handed to the carrier: its report is looked for soon. */
void returns_expect(struct returns *returns);
/* Keeps one report of the carrier. FAULT_ABSENT if it is about nothing that was sent. */
CHECKED enum fault returns_reported(struct registers *registers, const struct cmpp_report *report);

#endif
