/* register.h - what a register (台账) is: one const table of fields, states, moves, measures and rights, from which all else is read. */
#ifndef REGISTER_REGISTER_H
#define REGISTER_REGISTER_H

#include <stddef.h>
#include <stdint.h>

#include "base/notes.h"
#include "base/fault.h"

/* How a value is typed, shown, read from people, and kept. Values are kept as integers or texts only. */
enum reg_type {
    REG_TEXT,     /* one line */
    REG_LONG,     /* several lines */
    REG_INT,      /* whole number; .unit is shown behind it */
    REG_MONEY,    /* fen, shown as yuan with two decimals */
    REG_DATE,     /* civil date, kept as YYYY-MM-DD */
    REG_CHOICE,   /* one of .choices, kept by its key */
    REG_YESNO,    /* kept as 1 or 0 */
    REG_REF,      /* a record of register .to, kept by its id; typed by its name or key */
    REG_FILE,     /* a stored file: kept as "sha256:size:name" */
    REG_NUMBER,   /* decimal number of .decimals places, kept as a whole number of the last place; .unit is shown behind it */
    REG_MOMENT,   /* date and time in China to the minute, kept as UTC milliseconds */
    REG_DURATION, /* kept in minutes */
    REG_SET,      /* several of .choices, kept by their keys one a line, in the order of the declaration */
    REG_REFS,     /* several records of register .to, kept by their ids one a line */
    REG_NETWORK,  /* IP address or network, version 4 or 6; kept so that addresses sort by number (see value_code.c) */
    REG_MAC,      /* kept as aa:bb:cc:dd:ee:ff */
    REG_PHONE,    /* kept as 13800138000, 0551-62901234转801, +85221234567 or a short number */
    REG_MAIL,
    REG_URL,      /* http or https */
    REG_IDENTITY, /* citizen identity number (GB 11643), 18 characters with a right check digit */
    REG_CREDIT,   /* unified social credit code (GB 32100), 18 characters with a right check digit */
    REG_PLATE,    /* vehicle plate */
    REG_PLACE,    /* latitude and longitude in WGS-84, kept as "31.820600,117.227200" */
    REG_TABLE,    /* rows of .columns, kept as lines of cells set off by tabs */
    REG_TYPE_COUNT
};

enum reg_flags {
    REQUIRED = 1,  /* must have a value */
    LISTED = 2,    /* a column of the list */
    KEY = 4,       /* no two records of the register have the same value; records can be named by it */
    NAME = 8,      /* the record is called by it (exactly one field; else the first text field) */
    PRIVATE = 16,  /* shown only to those with the register's `private` right; counts are not touched */
    PICTURE = 32,  /* REG_FILE: pictures only, shown small in lists */
    SEVERAL = 64,  /* REG_FILE: up to REG_FILES of them, kept one a line */
    RETIRED = 256, /* of a local definition: kept, but not shown and not asked for; never in a declaration in force */
    INDEXED = 128, /* has an index of its own: long lists are sorted and narrowed by it at once */
};

enum {
    REG_CHOICES = 16,
    REG_FROM = 4,
    REG_NEEDS = 6,
    REG_FILES = 20,
    REG_COLUMNS = 12,
    REG_ROWS = 200,
    REG_REFS_MAX = 100,
    REG_DECIMALS = 6
};

struct reg_choice {
    const char *key, *label;
};

struct reg_field {
    const char *key, *label;
    enum reg_type type;
    unsigned flags;
    struct reg_choice choices[REG_CHOICES];
    const char *to;                  /* REG_REF: key of the register */
    const char *unit;                /* REG_INT: 人, 页 … */
    const char *help;                /* one sentence under the input */
    int64_t min, max;                /* REG_INT and REG_MONEY: bounds, when max > min */
    const char *not_before;          /* REG_DATE: key of a date field that it must not precede */
    int decimals;                    /* REG_NUMBER: 1 to 6 */
    const struct reg_field *columns; /* REG_TABLE: of types text, int, number, money, date, choice and yes/no */
    size_t column_count;
    const char
        *compute; /* REG_INT, REG_NUMBER, REG_MONEY, REG_DURATION: worked out from other fields and never typed; see compute.h */
};

struct reg_state {
    const char *key, *label;
    bool final;
};

struct reg_move {
    const char *key, *label;
    const char *from[REG_FROM]; /* states it starts from */
    const char *to;
    const char *needs[REG_NEEDS]; /* fields that must have a value; the form asks for them */
    const char *may;              /* right */
    const char *not_by;           /* key of a move (or "add"): nobody who ever did that, or edited what it needs, may do this */
    bool undo; /* takes back a step taken by mistake: the only kind that may start from a final state; needs its grounds */
};

enum reg_measure_kind { MEASURE_COUNT, MEASURE_SUM, MEASURE_DISTINCT };

/* A number that can be asked of the register for a period: records whose date field lies in the period, narrowed by a filter. */
struct reg_measure {
    const char *key, *label;
    enum reg_measure_kind kind;
    const char *of;     /* SUM, DISTINCT: field */
    const char *filter; /* filter language; NULL: all */
    const char *unit;   /* 次, 人次, 项 … */
    const char *date;   /* date field the period applies to; NULL: the register's `date` */
    bool at_end;        /* not of the period but as of its last day (staff and students: the state at the end) */
};

/* What a register's records must obey beyond their own declaration (clock.h, shifts.h, findings.h); REG_NOT_SELF: their field `person` is not who
 * records, and is of a unit in which he may. */
enum reg_obeys {
    REG_FREE,
    REG_CLOCK,
    REG_CLOCK_EVENT,
    REG_HOLIDAY,
    REG_TERM_RULE,
    REG_ROSTER,
    REG_SHIFT,
    REG_SWAP,
    REG_ABSENCE,
    REG_FINDING,
    REG_EXTENSION,
    REG_TRANSFER,
    REG_SELF_CHECK,
    REG_NOT_SELF
};

struct reg {
    const char *key, *label, *read, *record; /* record: the right to add and change */
    const struct reg_field *fields;
    size_t field_count;
    const struct reg_state *states; /* the first is where records begin; none: no states */
    size_t state_count;
    const struct reg_move *moves;
    size_t move_count;
    const struct reg_measure *measures;
    size_t measure_count;
    const char *group;    /* heading that it stands under on the first page */
    const char *purpose;  /* one sentence for its page */
    const char *date;     /* key of the date field that is the record's effective date; NULL: asked for separately */
    const char *withdraw; /* right to withdraw a record; NULL: the record right */
    const char *private_; /* right to read PRIVATE fields */
    int late_days;        /* entries later than this after the effective date need a reason; 0: 7 */
    bool
        access; /* who may do what follows from its records: who may enter them in some units only gives nothing beyond those (field `unit`) */
    bool internal; /* not offered on the first page (written by the program itself) */
    enum reg_obeys obeys;
    const char *
        barred; /* REG_REFS to `person`: who never sees the record, whatever rights he holds; or REG_REF to a register that names such a field */
};

/* The three local tables fields, states and moves of the declaring file, by their names. */
#define REG_FIELDS .fields = fields, .field_count = sizeof fields / sizeof *fields
#define REG_STATES .states = states, .state_count = sizeof states / sizeof *states
#define REG_MOVES .moves = moves, .move_count = sizeof moves / sizeof *moves
#define REG_MEASURES .measures = measures, .measure_count = sizeof measures / sizeof *measures

/* A pack: registers that belong to one kind of institution. */
struct pack {
    const char *key, *label;
    const struct reg *const *registers; /* NULL-ended */
};

/* Looks up by key; NULL if absent. */
const struct reg_field *reg_field_named(const struct reg *reg, const char *key);
const struct reg_state *reg_state_named(const struct reg *reg, const char *key);
const struct reg_move *reg_move_named(const struct reg *reg, const char *key);
const struct reg_measure *reg_measure_named(const struct reg *reg, const char *key);
const char *reg_choice_label(const struct reg_field *field, const char *key); /* the key itself if unknown */
/* The field a record is called by. */
const struct reg_field *reg_name_field(const struct reg *reg);
int reg_late_days(const struct reg *reg);

/* Holds declarations against each other: keys well formed and unique, references, states, moves, needs, dates, measures and
 * filters resolve, required things are there. FAULT_INPUT with one note per mistake (place "register.part.key"). */
CHECKED enum fault reg_lint(const struct reg *const *regs, size_t count, struct notes *notes);
/* The declaration as canonical JSON: keys in fixed order, only what is set. Its SHA-256 names the definition in entries. */
void reg_definition(const struct reg *reg, struct text *out);

#endif
