/* incident.h - an emergency plan, incidents, and the calls that follow from them (docs/why/0030). Registers: packs/school. */
#ifndef INCIDENT_INCIDENT_H
#define INCIDENT_INCIDENT_H

#include "document/tree.h"
#include "register/record.h"

/* ---- level ---- */

enum incident_grading { GRADING_NONE, GRADING_PRODUCTION, GRADING_NETWORK };
enum incident_level { LEVEL_NONE, LEVEL_ORDINARY, LEVEL_LARGER, LEVEL_MAJOR, LEVEL_GRAVEST };
#define FACT_UNKNOWN INT64_C(-1)

/* What a level is proposed from; FACT_UNKNOWN where nobody has said it yet. */
struct incident_facts {
    int64_t dead, heavy, loss_fen, leaked;
};
struct level_proposal {
    enum incident_level level; /* LEVEL_NONE: the rules do not say */
    const char *fact;          /* the sentence for which of the facts decides; NULL with LEVEL_NONE */
    const char *citation;      /* document and clause */
    bool unverified;           /* the threshold was not read in a published text */
    bool open;                 /* some fact is unknown: the level may be higher */
};
/* By "production" or "network"; GRADING_NONE for all else and NULL. */
enum incident_grading grading_named(const char *key);
/* Any one fact raises the level; the number itself belongs to the upper level. Pure. */
void level_propose(enum incident_grading grading, const struct incident_facts *facts, struct level_proposal *out);
/* The choice of field `level` and its name as a sentence; NULL for LEVEL_NONE. */
const char *level_key(enum incident_level level);
const char *level_name(enum incident_level level);

/* ---- the plan ---- */

/* Whether a person can be reached on a day. */
enum reach { REACH_OK, REACH_NO_PHONE, REACH_ABSENT, REACH_LEFT };

enum { PLAN_NONE = -1 }; /* for the indexes below */
struct plan_person {
    struct id id;
    const char *name, *phone; /* phone: NULL if there is none */
    enum reach reach;
};
struct plan_unit {
    struct id id;
    const char *name;
    int head;
};
struct plan_team {
    struct id id;
    const char *name, *kind, *duty;
};
struct plan_post {
    struct id id;
    const char *name, *role;
    int team, holder, substitute;
};
struct plan_category {
    struct id id;
    const char *name, *terms, *report_to;
    bool confidential;
    int handling;
    int *cooperating, *teams;
    size_t cooperating_count, team_count;
    int minutes; /* until a substitute is called */
    enum incident_grading grading;
};
/* All of it, by name. People are those who hold a post, stand in for one, or head a unit. Memory is the arena's. */
struct plan {
    struct plan_person *people;
    struct plan_unit *units;
    struct plan_team *teams;
    struct plan_post *posts;
    struct plan_category *categories;
    size_t people_count, unit_count, team_count, post_count, category_count;
};
/* As it is on a day. FAULT_ABSENT where there is no such register, FAULT_LARGE for a plan that is beyond all measure. */
CHECKED enum fault plan_read(struct registers *registers, struct conn *conn, civil_day day, struct arena *arena, struct plan *out);
const struct plan_category *plan_category_of(const struct plan *plan, const struct id *id); /* NULL if absent */

/* Who is called for a post on that day: the holder, else the substitute, whoever can be reached; if neither can, who is still in office. PLAN_NONE if nobody is.
 * People of `barred` (ids one a line; NULL) are never called. */
int post_called(const struct plan *plan, const struct plan_post *post, const char *barred);

struct callee {
    int person;         /* index into plan->people */
    const char *reason; /* for what he is called, several with 、 between */
    int instead;        /* stands in for the call of this person; PLAN_NONE */
};
/* Exactly whom the category calls: heads of the handling and the cooperating units, posts of its teams; each person once. Pure. */
size_t plan_callees(const struct plan *plan, const struct plan_category *category, const char *barred, struct arena *arena,
                    struct callee **out);
/* Who is called because this person has not answered: the substitutes of those of the category's posts that he was called for. Pure. */
size_t plan_substitutes(const struct plan *plan, const struct plan_category *category, int person, const char *barred,
                        struct arena *arena, struct callee **out);

/* ---- calls ---- */

enum { CALL_MINUTES = 5, CALL_HOURS = 24 };
/* The id of an incident's call of a person, or of its clock of a rule (`what`): the same whoever makes it, however often. */
struct id incident_made_id(const struct id *incident, const void *what, size_t length);

/* Plans what open incidents need, each thing once: terms, calls, and substitutes of those who have not answered. *planned tells how many records were made. Any
 * thread, any server; does nothing where there is no register of incidents. */
CHECKED enum fault incidents_follow(struct registers *registers, int64_t now_ms, int64_t *planned);

/* A call that is to be sent to its person's address. */
struct call_message {
    struct id call;
    const char *address, *phone;  /* arena; NULL: he has none on record */
    const char *category, *place; /* NULL of a confidential one */
    bool drill, confidential;
    int channel, tries; /* of the order that the settings name, from 0; this try among them */
    char id[40];        /* stable: the same call tried again has the same */
};
/* Lends the next call that nobody has answered and that is due to be sent, until now_ms + lease_ms; *any is false if there is none. Of two servers one gets it. */
CHECKED enum fault call_claim(struct registers *registers, int64_t now_ms, int64_t lease_ms, struct arena *arena,
                              struct call_message *out, bool *any);
enum call_told { CALL_SENT, CALL_LATER, CALL_NEVER };
/* What became of it. LATER: again after a wait, ten times. When a channel has failed for good and there is `another`, that one tries next. */
CHECKED enum fault call_settle(struct registers *registers, const struct call_message *message, enum call_told how, const char *why,
                               bool another, int64_t now_ms);
/* How a call was sent: *sent_ms 0 while it was not, *why the last reason (arena; "" none). */
CHECKED enum fault call_sending(struct conn *conn, const struct id *call, struct arena *arena, int64_t *sent_ms, const char **why);
/* The room's work tables; give them to store_declare. */
const struct store_table *incident_tables(size_t *count);

/* ---- the first report ---- */

enum { REPORT_GAPS = 16 };
struct first_report {
    struct doc *doc;
    const char *gaps[REPORT_GAPS]; /* labels of what is missing, in the order of the five points */
    size_t gap_count;
};
/* Prints the five points of an incident on record; what is missing is said at its point. `notes`: its supplements, in order. Memory is the arena's. */
struct report_supplement {
    int64_t at_ms;
    const char *text;
};
void first_report_make(const struct reg *reg, const struct record *incident, const struct plan_category *category,
                       const char *institution, const struct report_supplement *supplements, size_t count, int64_t now_ms,
                       struct arena *arena, struct first_report *out);
/* The facts and the decided or proposed level of an incident on record. */
struct incident_facts incident_facts_of(const struct reg *reg, const struct record *incident);

#endif
