/* inside.h - what the files of the access room share; nobody else includes it, but for the room's own tests. */
#ifndef ACCESS_INSIDE_H
#define ACCESS_INSIDE_H

#include "access/access.h"
#include "base/digest.h"

#include <sodium.h>

enum {
    IDLE_MS = 2 * 60 * 60 * 1000,     /* a session unused for so long has ended */
    LONGEST_MS = 12 * 60 * 60 * 1000, /* a session never lasts longer */
    TOUCH_MS = 60 * 1000,             /* seen_ms is written no more often */
    PASSWORD_CHARACTERS_MIN = 8,
    PASSWORD_BYTES_MAX = 256,
    PASSWORD_HASH = crypto_pwhash_STRBYTES,
    HASHING_MAX = 2,  /* Argon2id runs at once, each with its own memory */
    WAITING_MAX = 22, /* more than these are told to come again, so that other writers find a thread */
};

/* What one hash costs. The default takes 100–300 ms on a small server; the room's tests lower it, before any thread runs. */
struct password_cost {
    unsigned long long passes;
    size_t memory_bytes;
};
void password_set_cost(struct password_cost cost);
/* Argon2id of a password, in the usual text form with its parameters. FAULT_BUSY if too many wait, FAULT_SYSTEM without memory. */
CHECKED enum fault password_hash(const char *password, char out[PASSWORD_HASH]);
/* Whether the password fits; `hash` NULL: does the same work and finds that it does not. */
CHECKED enum fault password_check(const char *password, const char *hash, bool *fits);
/* Whether the hash was made at another cost than the present one. */
bool password_outdated(const char *hash);
/* FAULT_INPUT with a note (place "password") unless it may be chosen by someone who signs in as `login` (NULL: nobody does). */
CHECKED enum fault password_judge(const char *password, const char *login, struct notes *notes);
/* The person's login name, or NULL; FAULT_ABSENT if there is no such person. */
CHECKED enum fault person_login(struct conn *conn, const struct id *person, struct arena *arena, const char **out);

/* One try at signing in, counted before the password is looked at, so that tries made at once are all counted. */
enum try_subject { TRY_PAIR, TRY_LOGIN, TRY_ADDRESS, TRY_SUBJECTS };
struct signin_try {
    struct digest subjects[TRY_SUBJECTS];
    int64_t now_ms;
    int64_t wait_ms; /* set by try_count: how long until the next try is looked at; 0: now */
};
struct signin_try try_make(const char *login, size_t login_length, const char *address, int64_t now_ms);
/* Jobs for store_work; the argument is the struct signin_try. try_count counts it as failed unless a wait is running;
 * try_succeeded takes that back and remembers that this login has signed in from this address; try_uncount only takes it back. */
enum fault try_count(struct conn *conn, void *signin_try);
enum fault try_succeeded(struct conn *conn, void *signin_try);
enum fault try_uncount(struct conn *conn, void *signin_try);
/* Forgets what no longer matters. */
CHECKED enum fault try_sweep(struct conn *conn, int64_t now_ms);

#endif
