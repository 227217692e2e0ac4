/* second.h - the second step of signing in: an authenticator's codes and recovery codes, from set-up to reset. */
#ifndef ACCESS_SECOND_H
#define ACCESS_SECOND_H

#include "access/access.h"

/* From which, with a salt of the database, each person's secret follows; keys/signin.key. */
struct second_key {
    unsigned char bytes[32];
};
/* FAULT_FILE if it cannot be read or is not there. */
CHECKED enum fault second_key_read(const char *path, struct second_key *out);
/* Makes it first where there is none; for setting up. FAULT_FILE. */
CHECKED enum fault second_key_make(const char *path, struct second_key *out);

struct second {
    bool on;
    int64_t since_ms;
    int codes_left; /* recovery codes not used yet */
};
CHECKED enum fault second_find(struct conn *conn, const struct id *person, struct second *out);

enum { SECOND_SECRET = 33, RECOVERY_CODES = 10, RECOVERY_TEXT = 15 };
/* Begins a set-up with a new secret; what is in force stays so until it is confirmed. */
CHECKED enum fault second_begin(struct store *store, const struct id *person, int64_t now_ms);
CHECKED enum fault second_give_up(struct store *store, const struct id *person);
/* The secret of a set-up that is under way, in base 32 as authenticators take it. FAULT_ABSENT if there is none, or none of the last half hour. */
CHECKED enum fault second_setup_secret(struct conn *conn, const struct second_key *key, const struct id *person, int64_t now_ms,
                                       char out[SECOND_SECRET]);
/* Puts the set-up into force if the code is right, ends the person's other sessions, and gives ten recovery codes, which are shown once.
 * `journal`: its size in a snapshot taken before. FAULT_INPUT with a note at "code", FAULT_ABSENT as above. */
CHECKED enum fault second_confirm(struct store *store, const struct second_key *key, const struct session *session,
                                  const char *typed, int64_t journal, const struct signin_from *from, int64_t now_ms,
                                  struct notes *notes, char out[RECOVERY_CODES][RECOVERY_TEXT]);
/* Takes a code of one who is signed in, counted as at signing in. FAULT_INPUT with a note at "code", FAULT_BUSY to wait, FAULT_ABSENT without second
 * step, FAULT_FILE if the key is not the one of the set-up. */
CHECKED enum fault second_prove(struct store *store, const struct second_key *key, const struct id *person, const char *typed,
                                const struct signin_from *from, int64_t now_ms, struct notes *notes);
/* For one who has just proved himself: none any more; ten other recovery codes. */
CHECKED enum fault second_off(struct store *store, const struct id *person, const struct signin_from *from, int64_t now_ms);
CHECKED enum fault second_codes(struct store *store, const struct second_key *key, const struct id *person,
                                const struct signin_from *from, int64_t now_ms, char out[RECOVERY_CODES][RECOVERY_TEXT]);

/* After a record of second_reset was entered, which by itself takes the second step away: ends the person's sessions and keeps it among the attempts. */
CHECKED enum fault second_was_reset(struct store *store, const struct id *person, const struct signin_from *from, int64_t now_ms);
/* The last reset of a person entered since then; at_ms 0: none. */
struct second_reset {
    int64_t at_ms;
    const char *reason; /* arena */
};
CHECKED enum fault second_reset_told(struct conn *conn, const struct id *person, int64_t since_ms, struct arena *arena,
                                     struct second_reset *out);

/* A person who can sign in. Texts live until `each` returns. */
struct second_person {
    struct id person, unit; /* unit: that he belongs to; zero: none */
    const char *name, *login;
    int64_t since_ms; /* 0: no second step */
    int codes_left;
    bool required; /* by a role held on that day */
};
typedef enum fault (*second_visit)(void *context, const struct second_person *person);
/* By login name, those after one ("": from the first), at most `limit`. */
CHECKED enum fault seconds_list(struct conn *conn, civil_day today, const char *after, int limit, second_visit each, void *context);

#endif
