/* inside.h - what only the report room's own files see: the parsed text, number words, and the steps of a draft. */
#ifndef REPORT_INSIDE_H
#define REPORT_INSIDE_H

#include "report/report.h"

enum {
    TEXT_CHARACTERS_MAX = 20000, /* what the register keeps of a report's text */
    TEXT_FIGURES_MAX = 60,
    TEXT_PIECES_MAX = 4000,
    TEXT_TERMS_MAX = 20,
    TEXT_IDENTITIES_MAX = 60,
    NUMBER_TEXT = 96,
    EVIDENCE_MAX = 200000 /* records one figure may count */
};

/* ---- number.c: round numbers and Chinese numerals; pure ---- */

/* How a figure is said. */
enum say { SAY_EXACT, SAY_NEAR, SAY_OVER, SAY_BREAK, SAY_ALL, SAY_EACH, SAY_MAIN, SAY_FEW, SAY_COMPARE, SAY_NONE };

/* Does "近 round", "round 余", "突破 round" hold of value? Round numbers are positive multiples of ten. */
bool number_near(int64_t value, int64_t round);
bool number_over(int64_t value, int64_t round);
bool number_break(int64_t value, int64_t round);
/* The round number the engine chooses (one digit and zeros); 0 if none fits and the exact number must be said. */
int64_t number_round(enum say say, int64_t value);
/* 全部/均, 主要, 个别 of a whole. */
bool number_share(enum say say, int64_t value, int64_t whole);
/* Chinese numerals as counts are spoken (两, 十二, 二百零三). `bare`: 千 instead of 一千. */
void number_han(int64_t value, bool bare, char out[NUMBER_TEXT]);

/* ---- text.c: the language ---- */

enum piece_kind {
    PIECE_PLAIN,
    PIECE_FIXED,
    PIECE_YEAR,
    PIECE_LAST_YEAR,
    PIECE_PERIOD,
    PIECE_INSTITUTION,
    PIECE_TABLE,
    PIECE_FIGURE
};

struct piece {
    enum piece_kind kind;
    int line;         /* counted from 1 in the whole text */
    const char *text; /* PLAIN, FIXED: what it says */
    size_t length;
    const char *begin, *end; /* where it stands in the text */
    enum say say;
    int figure, other; /* index into figures; -1: none */
    bool claimed, han;
    int64_t claim;    /* the round number the writer chose */
    const char *word; /* 未发生, 未出现, 未发现 */
    const int *list;  /* TABLE */
    size_t list_count;
};

struct text_figure {
    const char *key, *register_key, *measure_key, *where;
    int line;
};
struct text_identity {
    int line;
    int left;
    int terms[TEXT_TERMS_MAX];
    bool minus[TEXT_TERMS_MAX];
    size_t count;
};

struct report_text {
    const char *source; /* the whole, NUL-terminated copy */
    const char *label, *addressee;
    struct piece *title; /* pieces of the title */
    size_t title_count;
    struct piece *pieces; /* pieces of the body */
    size_t count;
    struct text_figure *figures;
    size_t figure_count;
    struct text_identity *identities;
    size_t identity_count;
    int body_line; /* line number of the body's first line */
};
/* Reads the language; all memory is the arena's. FAULT_INPUT with notes ("第 12 行"); FAULT_LARGE over the limits. */
CHECKED enum fault report_text_parse(const char *text, size_t length, struct arena *arena, struct notes *notes,
                                     struct report_text *out);
const char *line_place(struct arena *arena, int line); /* "第 12 行" */

/* ---- figure.c: measures asked of the database ---- */

/* Asks values, evidence and the values of the year before. The figures come with key, reg, measure, filter, period and position set,
 * the last two the same in all. Those of one register are asked together, so that its versions are walked once. */
CHECKED enum fault figures_ask(struct conn *conn, struct arena *arena, struct notes *notes, struct figure *figures, size_t count);
/* Whether a figure of an issued report can be asked of the records as they are declared now: its measure is there, and every field that its condition names. */
bool figure_still_asked(const struct figure *figure, struct arena *arena);
/* The same without the year before and without notes: what the figure would be at another journal position. */
CHECKED enum fault figure_ask_again(struct conn *conn, const struct figure *figure, int64_t position, struct arena *arena,
                                    struct figure *out);
/* Is there any record of the figure's register in the span, whatever its filter says? */
CHECKED enum fault figure_any(struct conn *conn, const struct figure *figure, struct period period, bool *any);
/* The number as it is printed: money as yuan, all else as it is. */
const char *figure_show(const struct figure *figure, int64_t value, struct arena *arena);

/* ---- zero.c ---- */

/* Sets zero_shown and zero_by of a figure of value 0; otherwise *lacking says what is missing (arena). */
CHECKED enum fault zero_show(const struct registers *registers, struct conn *conn, struct arena *arena, struct figure *figure,
                             const char **lacking);

/* ---- check.c and draft.c ---- */

/* A draft while it is made. */
struct drafting {
    const struct registers *registers;
    struct conn *conn;
    struct arena *arena;
    struct draft *draft;
    struct report_text text;
    bool *previous_known;      /* for each figure: whether the year before has any record */
    const char **zero_lacking; /* for each figure: what a zero still needs; NULL: not asked or shown */
    size_t check_room;
};
struct report_check *check_add(struct drafting *d, int line, bool passed, const char *sentence, const char *a, const char *b,
                               const char *c, const char *e);
/* All checks that the text and the figures give. */
void checks_make(struct drafting *d);
/* Those of them that concern plain words: stray numbers and denials. */
void checks_prose(struct drafting *d);
/* What a figure's piece says, as it stands in the text. */
const char *piece_say(const struct drafting *d, const struct piece *piece);
/* Appends the text with everything filled in. `links`: figures as links to "figure:KEY", and tables only if `tables`. */
void text_fill(const struct drafting *d, const struct piece *pieces, size_t count, bool links, bool tables, struct text *out);

#endif
