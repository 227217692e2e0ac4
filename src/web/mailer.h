/* mailer.h - the thread that mails people the warnings that were planned for them. */
#ifndef WEB_MAILER_H
#define WEB_MAILER_H

#include "web/site.h"

struct mailer;

/* Starts the thread if config names a mail server; else *out is NULL. FAULT_SYSTEM if there is no thread to be had. */
CHECKED enum fault mailer_start(const struct site_config *config, struct mailer **out);
void mailer_stop(struct mailer *mailer); /* NULL is allowed */

#endif
