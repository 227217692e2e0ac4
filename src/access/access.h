/* access.h - who is asking and whether they may: sign-in, sessions, and rights read from the people, units, roles and grants registers. */
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include "base/civil.h"
#include "base/lang.h"
#include "store/store.h"

enum { TENANT = 1 /* the installation itself; one log */, RIGHT_MAX = 64 };

/* One grant in force: the role's right patterns, and the units it reaches ("finding.read", "finding.*", "*"). */
struct actor_grant {
    const char *rights;     /* words separated by blanks or line ends */
    const struct id *units; /* the unit of the grant and all units below it; NULL: every unit */
    size_t unit_count;
};

/* The one who asks. Made by access; in the arena given there. `system` is set only for what the installation does itself
 * (init, demonstration import by the command line): it may everything, and entries name no actor. */
struct actor {
    struct id person;
    const char *name, *login;
    struct id unit; /* where the person works; zero if none */
    const struct actor_grant *grants;
    size_t grant_count;
    enum lang lang;
    bool second_required; /* a role asks for the second step of signing in */
    bool system;
};

/* The same actor, all of it in the arena. */
struct actor actor_copy(const struct actor *from, struct arena *arena);
/* The same actor with further rights in every unit, for what the program itself does beside his change (arena). */
struct actor actor_with(const struct actor *actor, const char *rights, struct arena *arena);

/* The unit that a person belongs to; zero if none, or if there is no such person. */
CHECKED enum fault person_unit(struct conn *conn, const struct id *person, struct id *out);

/* A right whose name ends in ".inside" reaches only the unit that the actor works in, in all three: no grant, and no pattern, carries it further. */
/* May the actor use this right at all, in any unit? */
bool access_may(const struct actor *actor, const char *right);
/* May the actor use this right in every unit? What concerns the whole installation asks this. */
bool access_may_everywhere(const struct actor *actor, const char *right);
/* May the actor use this right on a record of this unit (NULL or zero: a record of no unit, which only grants without a unit reach)? */
bool access_may_in(const struct actor *actor, const char *right, const struct id *unit);
/* Units in which the actor has the right: *all is set if every unit; otherwise the list (arena). */
void access_units(const struct actor *actor, const char *right, struct arena *arena, bool *all, const struct id **units,
                  size_t *count);

/* A unit and all below it, closed ones among them; none for an unknown unit (arena). */
CHECKED enum fault access_units_below(struct conn *conn, const struct id *unit, struct arena *arena, const struct id **units,
                                      size_t *count);

/* The room's work tables; give them to store_declare. */
const struct store_table *access_tables(size_t *count);

/* Reads the person's grants in force on `today` from r_person, r_unit, r_role, r_grant (see packs/common). FAULT_ABSENT if there
 * is no such person or they are not active. */
CHECKED enum fault actor_read(struct conn *conn, const struct id *person, civil_day today, struct arena *arena, struct actor *out);
/* The actor for what the installation does itself. */
struct actor actor_system(void);

/* Where somebody signs in from. */
struct signin_from {
    const char *address; /* the client's, as text without port; not NULL */
    const char *agent;   /* what the browser says of itself; NULL: nothing */
};
/* Name of browser and system out of that, for people to recognise ("Chrome, Windows"); "" if neither is known. */
enum { DEVICE_WORDS = 48 };
void device_words(const char *agent, char out[DEVICE_WORDS]);

enum { SESSION_TOKEN = 44, CSRF_TOKEN = 44 };
struct session {
    char token[SESSION_TOKEN]; /* goes into the cookie; the database keeps its hash */
    char csrf[CSRF_TOKEN];     /* goes into each form; derived from the token, so it is never stored */
    struct id person;
    int64_t begun_ms, seen_ms;
};

/* FAULT_INPUT with a note (place "password") unless it may be chosen by someone who signs in as `login` (NULL: nobody does) at `institution` (NULL: unnamed). */
CHECKED enum fault password_judge(const char *password, const char *login, const char *institution, struct notes *notes);
/* Stores a new password (Argon2id; at least 10 characters, not a common one, not made of the login name or the institution's: FAULT_INPUT
 * with a note at "password") and ends all sessions of the person. FAULT_ABSENT if there is no such person, FAULT_BUSY if too many passwords
 * are being worked on. Takes 100–300 ms. `institution`: its name; NULL: unnamed. */
CHECKED enum fault credential_set(struct store *store, const struct id *person, const char *password, const char *institution,
                                  int64_t now_ms, struct notes *notes);
/* The same for the person himself, who gets a new session in place of all others. */
CHECKED enum fault credential_change(struct store *store, const struct id *person, const char *password, const char *institution,
                                     const struct signin_from *from, int64_t now_ms, struct notes *notes, struct session *out);
/* Whether this is the actor's present password, counted as a sign-in is. FAULT_INPUT with a note at "password" if not, FAULT_BUSY with one to
 * wait. Takes 100–300 ms. */
CHECKED enum fault credential_check(struct store *store, const struct actor *actor, const char *password,
                                    const struct signin_from *from, int64_t now_ms, struct notes *notes);

/* What came of login name and password: a session, or half of a sign-in, which is none. */
struct signin {
    bool half;                      /* a code is asked for: session_complete() */
    char half_token[SESSION_TOKEN]; /* goes into a cookie of its own; five minutes, five tries */
    struct session session;
};
/* Checks login name and password (the same work and the same answer for an unknown name). FAULT_SIGNIN if
 * they do not fit; FAULT_BUSY when this login or address has failed too often of late (the wait is told in the note) or too many sign in
 * at once. Takes 100–300 ms, so call it where waiting is allowed. */
CHECKED enum fault session_begin(struct store *store, const char *login, const char *password, const struct signin_from *from,
                                 int64_t now_ms, struct notes *notes, struct signin *out);
struct second_key;
/* The other half: a code of the authenticator or a recovery code, as typed. FAULT_INPUT with a note at "code" if it is wrong, FAULT_BUSY to wait,
 * FAULT_SIGNIN if the half is none any more, FAULT_FILE if the key is not the one of the set-up. */
CHECKED enum fault session_complete(struct store *store, const struct second_key *key, const char *half_token, const char *typed,
                                    const struct signin_from *from, int64_t now_ms, struct notes *notes, struct session *out);
/* FAULT_SIGNIN unless a code is still taken for this half. */
CHECKED enum fault half_stands(struct conn *conn, const char *half_token, int64_t now_ms);

/* Finds a running session by its token: idle end 2 h, absolute end 12 h. FAULT_SIGNIN otherwise. */
CHECKED enum fault session_find(struct conn *conn, const char *token, int64_t now_ms, struct session *out);
/* Moves seen_ms forward, at most once a minute of its own accord; cheap to call each request. */
CHECKED enum fault session_touch(struct store *store, const struct session *session, int64_t now_ms);
CHECKED enum fault session_end(struct store *store, const struct session *session);
/* Compares in constant time. */
bool csrf_matches(const struct session *session, const char *token);
/* Removes sessions past their end, half sign-ins and the oldest attempts; returns how many sessions through *count. */
CHECKED enum fault session_sweep(struct store *store, int64_t now_ms, int64_t *count);

/* A running session as its person sees it. Texts live until `each` returns; NULL for one that began before they were kept. */
enum { SESSION_KEY = 65 };
struct session_row {
    char key[SESSION_KEY]; /* names it for session_end_named(); the hash of its token, which opens nothing */
    int64_t begun_ms, seen_ms;
    const char *address, *device;
    bool mine; /* the one that asks */
};
typedef enum fault (*session_visit)(void *context, const struct session_row *row);
/* Those of the person of `mine`, the one last seen first. */
CHECKED enum fault sessions_list(struct conn *conn, const struct session *mine, int64_t now_ms, session_visit each, void *context);
/* Ends one of the person's own; a key that is none does nothing. */
CHECKED enum fault session_end_named(struct store *store, const struct id *person, const char *key);
/* Ends all but one (NULL: all). */
CHECKED enum fault sessions_end(struct store *store, const struct id *person, const struct session *kept);

/* What came of tries to sign in, and of changes to how one signs in. */
enum attempt_what {
    ATTEMPT_SIGNED_IN,
    ATTEMPT_SIGNED_IN_SECOND, /* with a code */
    ATTEMPT_RECOVERY,         /* with a recovery code */
    ATTEMPT_WRONG_PASSWORD,
    ATTEMPT_WRONG_CODE,
    ATTEMPT_PASSWORD_CHANGED,
    ATTEMPT_SECOND_ON,
    ATTEMPT_SECOND_OFF,
    ATTEMPT_SECOND_CODES,
    ATTEMPT_SECOND_RESET,
    ATTEMPT_WHATS
};
enum { ATTEMPTS_KEPT = 100000 };
struct signin_attempt {
    struct id id, person; /* person zero: no such login name */
    int64_t at_ms;
    enum attempt_what what;
    const char *address, *device;
};
typedef enum fault (*attempt_visit)(void *context, const struct signin_attempt *attempt);
/* Of one person (NULL: of all), those before one (NULL: from the newest), newest first, at most `limit`. Texts live until `each` returns. */
CHECKED enum fault attempts_list(struct conn *conn, const struct id *person, const struct id *before, int limit, attempt_visit each,
                                 void *context);

enum { REFUSALS_KEPT = 100000, REFUSAL_PATH_MAX = 200 };
/* Something that was refused, for the audit. */
struct refusal {
    struct id id;
    int64_t at_ms;
    struct id person; /* zero: nobody was signed in */
    const char *address, *method, *path;
    const char *what; /* "right": may not; "hidden": was told that there is no such thing; "signin": the token is none */
};
/* Keeps one durably; the caller bounds how often (id is made here). */
CHECKED enum fault refusal_note(struct store *store, const struct refusal *refusal);
typedef enum fault (*refusal_visit)(void *context, const struct refusal *refusal);
/* Those before one (NULL: from the newest), newest first, at most `limit`. Texts live until `each` returns. */
CHECKED enum fault refusals_list(struct conn *conn, const struct id *before, int limit, refusal_visit each, void *context);
/* Forgets all but the newest REFUSALS_KEPT. */
CHECKED enum fault refusals_sweep(struct store *store);

/* The secret part of the address under which a calendar program fetches what is a person's own: 144 random bits, kept as a hash, one a person. */
enum { FEED_KEY = 25 };
/* Makes one; a former one is no longer good. */
CHECKED enum fault feed_make(struct store *store, const struct id *person, int64_t now_ms, char out[FEED_KEY]);
CHECKED enum fault feed_drop(struct store *store, const struct id *person);
/* Whose it is; FAULT_ABSENT for a key that is none. */
CHECKED enum fault feed_find(struct conn *conn, const char *key, struct id *person);
/* When the person's was made; 0 if there is none. */
CHECKED enum fault feed_made(struct conn *conn, const struct id *person, int64_t *made_ms);

#endif
