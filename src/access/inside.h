/* inside.h - what the files of the access room share; nobody else includes it, but for the room's own tests. */
#ifndef ACCESS_INSIDE_H
#define ACCESS_INSIDE_H

#include "access/second.h"
#include "base/digest.h"

#include <sodium.h>

enum {
    IDLE_MS = 2 * 60 * 60 * 1000,     /* a session unused for so long has ended */
    LONGEST_MS = 12 * 60 * 60 * 1000, /* a session never lasts longer */
    TOUCH_MS = 60 * 1000,             /* seen_ms is written no more often */
    PASSWORD_CHARACTERS_MIN = 10,
    PASSWORD_BYTES_MAX = 256,
    HALF_MS = 5 * 60 * 1000, /* from the password to the code */
    HALF_TRIES = 5,
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
/* Whether lists of stolen passwords have it, or it is one of their words with little around it (common.c). */
bool password_is_common(const char *password);
/* The person's login name, or NULL; FAULT_ABSENT if there is no such person. */
CHECKED enum fault person_login(struct conn *conn, const struct id *person, struct arena *arena, const char **out);

/* One try at signing in, counted before the password is looked at, so that tries made at once are all counted. */
enum try_subject { TRY_PAIR, TRY_LOGIN, TRY_ADDRESS, TRY_PERSON, TRY_SUBJECTS };
struct signin_try {
    struct digest subjects[TRY_SUBJECTS];
    int count; /* of them; a password counts for the first three, a code for the person, too */
    int64_t now_ms;
    int64_t wait_ms; /* set by try_count: how long until the next try is looked at; 0: now */
};
struct signin_try try_make(const char *login, size_t login_length, const char *address, int64_t now_ms);
/* Makes it a try at a person's code. */
void try_add_person(struct signin_try *try, const struct id *person);
/* FAULT_BUSY with a note at `place` if a wait is running. */
CHECKED enum fault try_note_wait(const struct signin_try *try, const char *place, struct notes *notes);
/* Jobs for store_work; the argument is the struct signin_try. try_count counts it as failed unless a wait is running;
 * try_succeeded takes that back and remembers that this login has signed in from this address; try_uncount only takes it back. */
enum fault try_count(struct conn *conn, void *signin_try);
enum fault try_succeeded(struct conn *conn, void *signin_try);
enum fault try_uncount(struct conn *conn, void *signin_try);
/* Forgets what no longer matters. */
CHECKED enum fault try_sweep(struct conn *conn, int64_t now_ms);

/* Tokens of sessions and half sign-ins: 256 random bits; what is kept is the hash. */
void token_make(char out[SESSION_TOKEN]);
struct digest token_hash(const char *token);
/* Inside the writer's jobs. session_put begins a session; sessions_drop ends a person's sessions but one (NULL: all) and half sign-ins. */
CHECKED enum fault session_put(struct conn *conn, const struct id *person, const struct signin_from *from, int64_t now_ms,
                               struct session *out);
CHECKED enum fault sessions_drop(struct conn *conn, const struct id *person, const struct digest *kept);
CHECKED enum fault credential_write(struct conn *conn, const struct id *person, const char *hash, int64_t now_ms);
CHECKED enum fault attempt_put(struct conn *conn, const struct id *person, enum attempt_what what, const struct signin_from *from,
                               int64_t now_ms);
CHECKED enum fault attempts_sweep(struct conn *conn);
/* A note when too many passwords are being worked on. */
void note_busy(enum fault f, struct notes *notes);

/* A login name and password that were typed, counted and found right or not. */
struct typed {
    struct signin_try try;
    bool known; /* a person in office has this login name and a password */
    struct id person;
    char hash[PASSWORD_HASH];
    char hash_now[PASSWORD_HASH]; /* at the present cost, if `hash` was made at another; else "" */
};
/* FAULT_SIGNIN if they do not fit, FAULT_BUSY to wait. Right ones are still counted: try_succeeded or try_uncount takes that back. */
CHECKED enum fault typed_check(struct store *store, const char *login, const char *password, const struct signin_from *from,
                               int64_t now_ms, struct notes *notes, struct typed *out);
/* FAULT_SIGNIN, with the sentence that is the same for every reason. */
CHECKED enum fault typed_refuse(struct store *store, const struct typed *typed, const struct signin_from *from,
                                struct notes *notes);

/* One-time codes (totp.c). */
enum { SECOND_SECRET_BYTES = 20, CODE_DIGITS = 6, RECOVERY_LENGTH = 12 };
int64_t totp_step(int64_t now_ms);
int totp_code(const uint8_t secret[SECOND_SECRET_BYTES], int64_t step);
void totp_secret_text(const uint8_t secret[SECOND_SECRET_BYTES], char out[SECOND_SECRET]);

/* A code that was typed: six digits, or a recovery code. */
struct second_code {
    int number;                         /* -1: a recovery code */
    char recovery[RECOVERY_LENGTH + 1]; /* "": six digits */
};
/* Takes blanks, hyphens, capitals and full-width characters as people type them; false if it is neither. */
bool second_code_read(const char *typed, struct second_code *out);
/* Whether the code is the person's; it then counts no more. In the writer's jobs. FAULT_ABSENT if he has no second step, FAULT_FILE if the key is another one. */
CHECKED enum fault second_spend(struct conn *conn, const struct second_key *key, const struct id *person,
                                const struct second_code *code, int64_t now_ms, bool *fits);
/* A try at a person's code from an address. */
CHECKED enum fault second_try_make(struct conn *conn, const struct id *person, const char *address, int64_t now_ms,
                                   struct signin_try *out);
/* The sentence for FAULT_FILE of second_spend. */
void second_note_key(struct notes *notes);
/* Forgets half sign-ins and set-ups that are past their time, and the oldest attempts. */
CHECKED enum fault second_sweep(struct conn *conn, int64_t now_ms);

#endif
