/* box.h - an inspection box (迎检资料盒): its items in order, what evidence the registers hold for each, and the box as ZIP and as a printed book. */
#ifndef REPORT_BOX_H
#define REPORT_BOX_H

#include "document/font.h"
#include "register/filter.h"

enum { BOX_ITEMS_MAX = 10000, BOX_COLUMNS_MAX = 12, BOX_RECORDS_MAX = 200, BOX_PARTS = 8, BOX_NAME_BYTES = 180 };

/* ---- box_number.c: numbers of items, and names of files; pure ---- */

/* A number such as 1.2.3, 一、（二） or A-3, part by part; none: there was none to read. */
struct box_number {
    int count;
    uint32_t part[BOX_PARTS];
    uint8_t kind[BOX_PARTS]; /* digits, Chinese numerals, letters: 1 and 一 are different numbers of the same rank */
};
struct box_number box_number_read(const char *text);
/* As strcmp: part by part, so that 1.2 comes before 1.10, and what a number stands above before what is below it; no number at all comes last. */
int box_number_order(const struct box_number *a, const struct box_number *b);
/* Does `number` stand below `above`, as 1.2.3 below 1.2? */
bool box_number_below(const struct box_number *number, const struct box_number *above);
/* A name that any system can have for a file or folder: no separators, nothing that Windows forbids or takes for a device, not too long; the ending stays. Arena. */
const char *box_file_name(struct arena *arena, const char *name);

/* ---- box.c: reading ---- */

enum box_state {
    BOX_HEADING, /* nothing is asked for */
    BOX_EMPTY,
    BOX_FEW, /* less than the minimum */
    BOX_GOOD,
    BOX_WITHHELD, /* too few of what this reader may see; whether there is more is not told */
    BOX_STATES
};

/* A single record that was chosen as evidence. */
struct box_record {
    const struct reg *reg;
    struct id id;
};

struct box_item {
    struct id id, office_id, person_id;
    const char *number, *title, *requirement, *score, *office, *person; /* texts, "" if there is none */
    struct box_number order;
    int64_t made, minimum; /* minimum -1: not said */
    unsigned level;        /* 0: begins a tab */
    bool has_below, withheld;
    const struct reg *reg; /* of the list; NULL: there is no list, or it cannot be read */
    struct filter *filter; /* with the period in it; NULL: all */
    const char *asked;     /* the same as text; "": all */
    const struct reg_field **columns;
    size_t column_count;
    struct box_record *records;
    size_t record_count;
    const char *files; /* REG_FILE value, "" if none */
    int64_t listed, count;
    enum box_state state;
    struct notes problems; /* to be mended: a condition that cannot be read, a file that is gone */
    struct notes remarks;  /* to be known by readers: what was withheld */
};

/* A file that is not there or is not what was stored. */
struct box_gone {
    char hash[65];
    struct box_gone *next;
};

struct box {
    struct id id, unit;
    const char *name, *inspector, *paper, *office, *person, *state, *note;
    civil_day from, to, due;
    bool has_due;
    int64_t cases;
    int64_t position; /* the journal's first so many entries tell everything in it */
    int64_t as_of_ms; /* when the last of them was entered; conditions take its day for today */
    struct look look;
    struct box_item *items; /* in the order of their numbers */
    size_t count, lacking;  /* lacking: items that are empty or have too few */
    struct box_gone *gone;
};

/* What reading a box goes by. */
struct box_reader {
    const struct registers *registers;
    struct conn *conn;
    const struct actor *actor; /* evidence is read with his rights */
    const char *files;         /* directory of stored files */
    struct arena *arena;       /* of what is read */
    bool hold;                 /* files are held against their hashes; else only looked for */
};

/* The box as the journal's first `position` entries tell it (-1: all of them), each item with the evidence counted. What is wrong with an item is told at the item.
 * FAULT_ABSENT if it is not there or not for this reader, FAULT_LARGE over BOX_ITEMS_MAX, FAULT_INPUT with a note at known_at for a position there is none of. */
CHECKED enum fault box_read(const struct box_reader *reader, const struct id *box, int64_t position, struct notes *notes,
                            struct box *out);
/* The records of an item's list, in the order of their date. */
CHECKED enum fault box_rows(const struct box_reader *reader, const struct box *box, const struct box_item *item, record_visit each,
                            void *context);
/* A chosen record; FAULT_ABSENT if it is not there or not for this reader. */
CHECKED enum fault box_record(const struct box_reader *reader, const struct box *box, const struct box_record *chosen,
                              struct record *out);
/* Whether a field of a chosen record is shown: of what the program itself wrote, only what its list shows. */
bool box_shows(const struct reg *reg, const struct reg_field *field);
/* A value as people read it: names of references, names of files. Arena. */
const char *box_words(const struct record *record, const struct reg_field *field, size_t at, enum lang lang, struct arena *arena);

/* A file that belongs to an item: of a row of its list whose columns show it, of a chosen record, or uploaded. */
struct box_file {
    const char *value, *hash, *name; /* as stored; its hash in hexadecimal; its own name */
    const char *of;                  /* what the record is called; "": uploaded */
};
typedef enum fault (*box_file_visit)(void *context, const struct box_file *file);
/* Every file, also those that are gone; a reader that does not hold files leaves out those of lists. */
CHECKED enum fault box_files(const struct box_reader *reader, const struct box *box, const struct box_item *item,
                             box_file_visit each, void *context);

/* Was the file found gone or changed when the box was read? */
bool box_is_gone(const struct box *box, const char *hash);

/* ---- box_copy.c ---- */

struct box_copying {
    const char *name, *from, *to, *due; /* as typed */
};
/* The same box for another period, in one change: its items with their conditions; what was chosen or uploaded stays behind. *made is the new box.
 * FAULT_INPUT with notes (place: name, from, to, due). */
CHECKED enum fault box_copy(struct registers *registers, const struct actor *actor, int64_t now_ms, const struct id *box,
                            const struct box_copying *how, struct notes *notes, struct id *made);

/* ---- box_pack.c: the box as files ---- */

struct box_order {
    struct registers *registers;
    const struct actor *actor;
    struct id box;
    int64_t position; /* -1: now */
    const char *files, *institution;
    const char *folder;    /* for what is made on the way; there already, removed by the caller */
    const char *zip, *pdf; /* where the results go */
    struct doc_fonts *fonts;
    bool (*tell)(void *context, int percent); /* false: to be ended (FAULT_BUSY) */
    void *context;
};
struct box_made {
    int64_t position, items, lacking;
    unsigned pages, missing_characters, problems;
    char code[48]; /* position and the beginning of the journal's root there */
    char zip_hash[65], pdf_hash[65], manifest_hash[65];
};
/* Assembles the box. Lists, attachments and the book have the same contents in the same order, and the same bytes whenever they are made at the same position
 * with the same rights. Memory does not grow with the evidence. Text on faults in notes. */
CHECKED enum fault box_assemble(const struct box_order *order, struct arena *arena, struct notes *notes, struct box_made *out);
/* The labels for the spines of its boxes, as a PDF at `path`. */
CHECKED enum fault box_spines(const struct box *box, const char *institution, enum lang lang, struct doc_fonts *fonts,
                              const char *path);

#endif
