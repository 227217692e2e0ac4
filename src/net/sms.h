/* sms.h - a short message by the HTTP gateway of a provider, and a line in a group of WeChat Work by its robot. */
#ifndef NET_SMS_H
#define NET_SMS_H

#include <stdatomic.h>

#include "base/fault.h"
#include "net/mail.h"

/* Providers differ, so the body is a pattern: {phone}, {text}, {id} and {secret} are filled in, escaped for JSON if it begins with "{" or "[", for a form otherwise. */
struct sms_settings {
    const char *url; /* https; plain http only into `networks` */
    const char *body;
    const char *header;   /* "Name: value" with {secret}; NULL or "" none */
    const char *secret;   /* NULL: none */
    const char *good;     /* what stands in the answer of a message that was taken; "": any answer of 2xx */
    const char *networks; /* as net/client.h */
};

/* NULL if these can be used, else a catalogue sentence. */
const char *sms_settings_wrong(const struct sms_settings *settings);
/* Outcomes as of mail: 400, 404, 410 and 422 are REFUSED, all else that is not taken is LATER, an answer lost after sending UNCERTAIN. */
CHECKED enum fault sms_send(const struct sms_settings *settings, const char *phone, const char *text, const char *id,
                            unsigned timeout_ms, const atomic_bool *stop, struct mail_result *out);
/* Posts to the address that WeChat Work gave for the group (it holds the robot's key), and calls the person by his telephone number. */
CHECKED enum fault robot_send(const char *url, const char *networks, const char *phone, const char *text, unsigned timeout_ms,
                              const atomic_bool *stop, struct mail_result *out);

#endif
