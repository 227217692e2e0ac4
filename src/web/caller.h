/* caller.h - sends the calls of incidents to people's addresses, by the first channel that takes each. */
#ifndef WEB_CALLER_H
#define WEB_CALLER_H

#include "web/channels.h"
#include "web/site.h"

/* Sends what is due, one after the other, until nothing is or `stop`. Waits up to 15 s for a channel; quiet hours do not hold for calls. */
CHECKED enum fault calls_send(struct registers *registers, const struct channels *channels, const char *institution,
                              const atomic_bool *stop);

#endif
