/* hooks.h - messages to programs about changes: threads that collect and deliver them, signed after the Standard Webhooks. */
#ifndef WEB_HOOKS_H
#define WEB_HOOKS_H

#include "register/outbox.h"
#include "web/site.h"

struct hooks;

enum { HOOK_SECRET = 64 };

/* Starts the threads; reads, or makes, keys/webhook.key. FAULT_INPUT if the configured networks cannot be read, FAULT_FILE. */
CHECKED enum fault hooks_start(const struct site_config *config, struct notes *notes, struct hooks **out);
void hooks_stop(struct hooks *hooks); /* NULL is allowed */
/* "whsec_…", which follows from the key file and the subscription's id; the database holds no secret. */
void hooks_secret(const struct hooks *hooks, const struct id *hook, char out[HOOK_SECRET]);
/* The body of a message: what was changed, and the record as it then was, with its owner's rights. FAULT_ABSENT, FAULT_RIGHT if the owner may
 * not read it (any more). */
CHECKED enum fault hooks_body(struct registers *registers, struct conn *conn, const struct hook *hook,
                              const struct outbox_message *message, int64_t now_ms, struct arena *arena, struct text *out);
/* Headers of a message as lines: "webhook-id: …", "webhook-timestamp: …", "webhook-signature: v1,…"; NULL-ended, arena. */
const char *const *hooks_headers(const struct hooks *hooks, const struct outbox_message *message, int64_t now_ms,
                                 const struct text *body, struct arena *arena);

#endif
