/* instance.h - one installation: its data directory, settings, database, journal and registers, opened together. */
#ifndef MAIN_INSTANCE_H
#define MAIN_INSTANCE_H

#include "register/change.h"

/* What taizhang.conf says; KEY = VALUE lines. */
struct settings {
    char institution[200]; /* the name that stands on pages and reports */
    char origin[160];      /* name of the journal, such as "taizhang.local/ab12cd34" */
    char packs[400];       /* keys separated by blanks; "common" is always there */
    char listen[80];
    char trusted_proxy[64];
    char store[600];            /* "postgresql://…"; "": taizhang.db in the data directory */
    char clamd[200];            /* socket or HOST:PORT of the ClamAV daemon; "" none */
    char webhook_networks[400]; /* not public, but may be told of changes: "10.0.0.0/8 fd00::/8"; "" none */
    char list_ms[16];           /* lists and searches that take longer are stopped; "": 5000 */
    char export_rows[16];       /* exports of more rows are made in the background; "": 20000 */
    char api_rate[16];          /* requests a second that one program may make; "": 20 */
    char fonts[400];            /* directory of the institution's own fonts; "" none */
    char channels[80], quiet_hours[16],
        digest_at[8]; /* web/channels.h: "mail sms", "22:00-07:00", "08:30"; "" all that are set up, at any hour, at once */
    char sms_url[600], sms_body[900], sms_header[400], sms_secret_file[400], sms_good[200]; /* net/sms.h; "" none */
    char cmpp_server[200], cmpp_user[16], cmpp_password_file[400], cmpp_source[32], cmpp_service[16],
        cmpp_proof[8];        /* net/cmpp.h; "" none */
    char robot_url_file[400]; /* holds the address of the WeChat Work robot; "" none */
    char mail_server[200], mail_from[260], mail_user[200], mail_password_file[400], mail_ca[400],
        mail_plain[8];                                                     /* net/mail.h; "" none */
    char bounce_mailbox[400], bounce_user[200], bounce_password_file[400]; /* net/mailbox.h; "" none */
};

struct instance {
    char data[3600];
    char files[3700];
    struct settings settings;
    struct store *store;
    struct journal *journal;
    const struct reg **regs; /* of all packs, NULL-ended */
    struct arena local;      /* registers and fields of the institution's own */
    struct registers *registers;
};

/* Writes the path of the data directory: `given`, else $TAIZHANG_DATA, else $XDG_DATA_HOME/taizhang or ~/.local/share/taizhang. */
CHECKED enum fault data_directory(const char *given, char out[3600], struct notes *notes);
/* Makes the directory, settings, key and an empty database (`store` names a PostgreSQL one; NULL or "": a file). FAULT_CONFLICT if there is an installation already. */
CHECKED enum fault instance_make(const char *data, const char *institution, const char *store, const char *const *packs,
                                 size_t pack_count, struct notes *notes);
/* Where an installation's records are: a path or a PostgreSQL address. Reads its settings. */
CHECKED enum fault instance_store(const char *data, char out[3700], struct notes *notes);
/* Reads the settings alone. FAULT_ABSENT if there is no installation; FAULT_INPUT with a note that names the line for a value or a line that is too long. */
CHECKED enum fault settings_read(const char *data, struct settings *out, struct notes *notes);
/* Opens everything. FAULT_ABSENT if there is no installation; the note says how to make one. */
CHECKED enum fault instance_open(const char *data, int64_t now_ms, struct notes *notes, struct instance *out);
void instance_close(struct instance *instance); /* for _cleanup_; safe on a zeroed one */

#endif
