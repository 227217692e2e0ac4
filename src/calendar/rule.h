/* rule.h - statutory and local terms as dated data: how long, how counted, what prolongs them, and where that is written. */
#ifndef CALENDAR_RULE_H
#define CALENDAR_RULE_H

#include "base/civil.h"
#include "base/fault.h"
#include "base/notes.h"

enum term_unit { TERM_DAY, TERM_WORKDAY, TERM_MONTH, TERM_YEAR, TERM_HOUR };
/* Civil Code 202: the same-numbered day, else the month's last. Criminal (SPC Interpretation 2021, 202): from the last day of a month to
 * the last day of the other. */
enum month_rule { MONTH_CIVIL, MONTH_CRIMINAL };
/* NEXT: a last day that is not worked moves to the next that is. */
enum term_roll { ROLL_NONE, ROLL_NEXT };
/* Whether the term is one of custody, which no holiday prolongs: never, as the person's state is, always. */
enum term_custody { CUSTODY_NO, CUSTODY_FOLLOWS, CUSTODY_ALWAYS };
/* READ: read in a published text. UNVERIFIED: shown as such wherever a date is. LOCAL: an institution's own rule. */
enum term_status { TERM_READ, TERM_UNVERIFIED, TERM_LOCAL };

/* The name of a law, which is not translated. */
#define LAW(text) text

enum { TERM_REASONS_MAX = 4, TERM_EXTENSIONS_MAX = 4, TERM_RUNGS_MAX = 8, TERM_LENGTH_MAX = 3660 };

/* A length. n = 0: none. */
struct span {
    int16_t n;
    enum term_unit unit;
};

/* What may prolong a term. `by` is added to the original length, or stands in its place if `total`; with `most`, a length may be chosen
 * up to `by`. */
struct term_extension {
    const char *code, *name;
    struct span by;
    bool total, most, half; /* half: half a month more, which always is fifteen days */
    const char *approver, *citation;
    struct span apply_before; /* the request must be made this long before the end */
};

/* A warning: `days` from the due date (negative: before) to the role that is told. */
struct term_rung {
    int16_t days;
    const char *role;
};

struct term_rule {
    const char *code, *name;
    struct span length; /* n = 0 with `given`: said case by case */
    enum month_rule month_rule;
    enum term_roll roll;
    enum term_custody custody;
    enum term_status status;
    bool given, inside, backwards; /* given: length said each time; inside: runs within another term; backwards: before a day */
    int8_t month, day;             /* a day of every year instead of a length */
    int8_t rounds_most;            /* how often it may start; 0: no limit; 1: never again */
    const char *starts_on;
    const char *suspend[TERM_REASONS_MAX]; /* codes of reasons that stop it; see reason_name() */
    struct term_extension extensions[TERM_EXTENSIONS_MAX];
    const char *restart_on;         /* NULL: nothing restarts it */
    const struct term_rung *ladder; /* ended by a NULL role; NULL: the plain one */
    const char *on_expiry, *citation, *remark;
    civil_day valid_from, valid_to; /* the days on which a term may start under it; 0: open */
};

extern const struct term_rule rules_shipped[];
extern const size_t rules_shipped_count;

/* The shipped rule of a code; NULL if there is none. */
const struct term_rule *rule_find(const char *code);

/* The rules that an institution keeps itself. Several may have one code, each for its own days; one with the code of a shipped rule stands before it. */
struct rule_book {
    const struct term_rule *own;
    size_t count;
};
/* The rule of a code for terms that start on a day: an own one in force then, else the shipped one, else the own one that was the last to come into force
 * (the arithmetic tells that it is not in force). NULL if there is none. */
const struct term_rule *rule_in(const struct rule_book *book, const char *code, civil_day start);
/* Whether an institution may put a rule of its own in the place of the shipped one: not where a statute was read. */
bool rule_may_replace(const struct term_rule *shipped);
/* Whether a rule can be computed with; FAULT_INPUT with notes naming its field. A rule without citation is refused. */
CHECKED enum fault rule_check(const struct term_rule *r, struct notes *notes);
/* An extension by its code, its place (1, 2, …), its length as in span_parse(), or NULL text for the only one or the one at `next`.
 * "code:N" chooses a length where the rule lets one be chosen. FAULT_INPUT with a note that lists those there are. */
CHECKED enum fault rule_extension(const struct term_rule *r, const char *text, size_t next, struct arena *arena,
                                  struct notes *notes, struct term_extension *out);
/* The reason in the rule's list that a text means (its code, Chinese name or number), NULL if none. */
const char *rule_reason(const struct term_rule *r, const char *text);
/* The Chinese name of a reason code; the code itself if it has none. */
const char *reason_name(const char *code);
/* The code of a reason as rules name it, by its choice in a record ("third_party"); NULL if there is none. */
const char *reason_code(const char *choice);
/* Warnings of a rule, ended by a NULL role. */
const struct term_rung *rule_ladder(const struct term_rule *r);

/* "15d", "20wd", "2mo", "1y", "24h". */
bool span_parse(const char *text, struct span *out);
/* The sentence with {0} for the number, such as "{0} 个工作日". Static storage. */
const char *span_sentence(enum term_unit unit);
/* In the form of span_parse(), in the arena. */
const char *span_text(struct span s, struct arena *arena);
const char *term_unit_word(enum term_unit unit); /* "workday" */
const char *term_status_word(enum term_status status);
const char *term_status_name(enum term_status status);

#endif
