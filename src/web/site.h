/* site.h - the whole web side of an installation: routes, pages and forms behind one HTTP server. */
#ifndef WEB_SITE_H
#define WEB_SITE_H

#include "register/change.h"

struct site_config {
    struct registers *registers;
    const char *data, *files; /* data directory, stored files */
    const char *institution;
    const char *fonts; /* directory of own fonts; "" none */
    const char *listen;
    int listener;         /* the listening socket, which stays the caller's (http_listen()); 0: opened and closed here */
    void (*reload)(void); /* asks for a new start with the definitions as they are then; NULL: cannot */
    const struct reg *const
        *shipped;              /* the registers before the institution added its own, NULL-ended; NULL: as `registers` has them */
    const char *trusted_proxy; /* NULL: none */
    int64_t export_rows;       /* exports of more rows are made by a job; 0: 20,000 */
    int api_rate;              /* requests a second of one program; 0: as rate.h */
    const char *clamd;         /* address of the ClamAV daemon that scans uploaded files; NULL or "": none */
    const struct channels *channels; /* by which people are told of warnings; NULL: they stand on the page only */
    const char *webhook_networks; /* networks that are not public and may be told of changes, set off by blanks; NULL or "": none */
};

struct site;

/* Starts serving in threads of its own. What the config points to must outlive the site. */
CHECKED enum fault site_start(const struct site_config *config, struct notes *notes, struct site **out);
/* "127.0.0.1:8620", with the port that was really taken. */
const char *site_address(const struct site *site);
void site_stop(struct site *site);
/* Answers one request, as the server's threads have it done; for whoever brings requests without a socket. */
struct http_request;
struct http_answer;
void site_answer(struct site *site, struct http_request *request, struct http_answer *answer);

#endif
