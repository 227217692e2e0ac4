/* report.h - a report is Markdown with figures: each figure is a query with its evidence; drafted, checked, frozen, issued, held against later changes. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "document/font.h"
#include "document/tree.h"
#include "register/change.h"
#include "register/record.h"

/* A kind of report that a pack ships: its text with figures. See docs/report-language.md for the language of the text. */
struct report_kind {
    const char *key, *label; /* "college-year" */
    const char *pack;
    const char *text; /* the Markdown text with its head */
};

/* All shipped kinds, NULL-key-ended; built from the packs' .md files. */
extern const struct report_kind report_kinds[];
const struct report_kind *report_kind_named(const char *key);

/* A year, or any span of days; both days included. */
struct period {
    civil_day start, end;
};
/* "2019", "2019-03", "2019-Q1", "2019-H1", "2019-01-01..2019-06-30". FAULT_INPUT with a note otherwise. */
CHECKED enum fault period_parse(const char *text, struct notes *notes, struct period *out);
/* The short form that period_parse reads back. */
enum { PERIOD_TEXT = 32 };
void period_format(struct period period, char out[PERIOD_TEXT]);
/* As people say it: 2019年, 2019年第一季度, 2019年1月1日至6月20日; arena. */
const char *period_label(struct period period, struct arena *arena);
/* The same span one year before. */
struct period period_before(struct period period);

/* A record that a figure counted, and the version of it: the journal position of its last change then. */
struct evidence {
    struct id record;
    int64_t position;
};

/* One executed query. */
struct figure {
    const char *key; /* name in the text */
    const struct reg *reg;
    const struct reg_measure *measure;
    const char *filter; /* as executed; NULL: all */
    struct period period;
    int64_t value, previous;        /* previous: of the same span one year before */
    int64_t position;               /* journal size it was asked at: entries before it are known */
    const struct evidence *records; /* in order of id */
    size_t record_count;
    bool zero_shown;     /* value 0 and a signed zero declaration or a complete duty log says so */
    const char *zero_by; /* what says so; NULL */
};

/* One thing that was checked: a quantifier, a unit word, an identity, a zero, a stray number. */
struct report_check {
    const char *place;    /* "第 12 行" of the text */
    const char *sentence; /* source language, {0}… */
    const char *args[NOTE_ARGS];
    bool passed;
};

/* A report drafted for a period. All memory is the arena's. */
struct draft {
    const struct report_kind *kind;
    const char *text; /* as given: the kind's own, or as edited */
    struct period period;
    int64_t position; /* journal size */
    int64_t as_of_ms; /* when the last entry before that was made: the only time that gets into the files */
    int64_t now_ms;
    const char *organ; /* institution */
    enum lang lang;
    const char *title;
    const char *code;     /* checkpoint: journal size, "-", the first 128 bits of its root in hexadecimal */
    const char *markdown; /* the text with everything filled in */
    struct doc *document; /* the rendered tree; figures carry their keys */
    struct figure *figures;
    size_t figure_count;
    struct report_check *checks;
    size_t check_count;
    bool issuable; /* every check passed */
};

/* Executes the figures with the report's scope (all units; counts are not narrowed by the reader's rights), checks, and lays out.
 * text NULL: the kind's own. FAULT_INPUT with notes (place "第 12 行") if the text cannot be read at all; failed checks do not fail. */
CHECKED enum fault report_draft(const struct registers *registers, struct conn *conn, const struct report_kind *kind,
                                const char *text, struct period period, const char *organ, enum lang lang, int64_t now_ms,
                                struct arena *arena, struct notes *notes, struct draft *out);

/* Freezes a draft: renders html, docx and pdf, stores them and the evidence, adds the record to register `report` and issues it,
 * all through the one door. `once` (may be NULL) is the key under which this may be sent again. FAULT_STATE with the failed checks as notes if not issuable; FAULT_RIGHT without report.record and report.issue. */
CHECKED enum fault report_issue(struct registers *registers, const struct actor *actor, int64_t now_ms, const struct draft *draft,
                                const char *files_dir, struct doc_fonts *fonts, const struct once *once, struct notes *notes,
                                struct id *report);

enum report_format { REPORT_MD, REPORT_HTML, REPORT_DOCX, REPORT_PDF };
/* Renders a draft without issuing it (the command line's `report`). MD: the text with figures filled in. */
CHECKED enum fault report_render(const struct draft *draft, enum report_format format, struct doc_fonts *fonts, struct text *out,
                                 struct notes *notes);

/* An issued report as it is read back, with what has changed since. */
struct figure_change {
    enum { SINCE_ADDED, SINCE_WITHDRAWN, SINCE_CHANGED } kind;
    struct id record;
    int64_t position; /* of the entry that made the difference */
};
struct issued_figure {
    struct figure figure; /* as frozen */
    bool known_now;       /* false: the register, the measure or a field of its condition is no longer declared */
    int64_t value_now;
    const struct figure_change *changes;
    size_t change_count;
};
struct issued {
    struct record record;        /* of register `report` */
    const char *kind_key, *html; /* html: the issued bytes, a whole page */
    const char *article;         /* the part of it to show inside another page; its figures lead to #figure-KEY */
    struct period period;
    struct issued_figure *figures;
    size_t figure_count;
    int64_t position;
    const char *code; /* checkpoint code printed on it */
};
/* FAULT_ABSENT, FAULT_RIGHT, FAULT_TAMPERED if an issued file is not what was journalled. */
CHECKED enum fault report_read_issued(const struct registers *registers, struct conn *conn, const struct actor *actor,
                                      const struct id *report, const char *files_dir, struct arena *arena, struct notes *notes,
                                      struct issued *out);

/* What an evidence bundle shows. */
struct bundle_choice {
    bool log; /* all leaf headers and all entries of the figures' registers: proves that nothing was left out */
    const char *const *
        show; /* "finding.summary": fields shown beside those that are shown anyway (dates, choices, numbers that are not private) */
    size_t show_count;
};
enum { BUNDLE_BYTES_MAX = 512 << 20 };
/* The evidence bundle of an issued report (docs/why/0025), for taizhang-verify; appended to out, which is best made with
 * BUNDLE_BYTES_MAX. FAULT_RIGHT without report.issue; otherwise as report_read_issued. */
CHECKED enum fault report_bundle(const struct registers *registers, struct conn *conn, const struct actor *actor,
                                 const struct id *report, const char *files_dir, const struct verifier_key *key,
                                 const struct bundle_choice *choice, struct arena *arena, struct notes *notes, struct text *out);

#endif
