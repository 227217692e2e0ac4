/* filter_tree.h - a parsed filter, as only the filter's own files see it. */
#ifndef REGISTER_FILTER_TREE_H
#define REGISTER_FILTER_TREE_H

#include "register/filter.h"

/* What is compared. */
enum subject { SUBJECT_FIELD, SUBJECT_STATE, SUBJECT_UNIT, SUBJECT_EFFECTIVE, SUBJECT_ENTERED, SUBJECT_LATE, SUBJECT_WITHDRAWN };
enum operation { OP_EQUAL, OP_UNEQUAL, OP_LESS, OP_LESS_EQUAL, OP_MORE, OP_MORE_EQUAL, OP_HAS, OP_COUNT };

struct comparison {
    enum subject subject;
    size_t field; /* SUBJECT_FIELD: index into the declaration */
    enum sort sort;
    enum operation op;
    bool null;         /* the literal is null */
    bool moving;       /* the literal is me, today or a period's end: what it stands for depends on who asks and when */
    const char *typed; /* the literal as it was written, without its quotes */
    int64_t integer;   /* SORT_NUMBER, SORT_YESNO; SORT_DATE and SORT_MOMENT: the civil day */
    const char *text;  /* SORT_TEXT, SORT_WORD, SORT_DATE, SORT_CODE, SORT_SET, SORT_NETWORK; SORT_RECORD, SORT_RECORDS: the id */
    const char *last;  /* SORT_NETWORK with OP_HAS: the last address within */
    struct id id;      /* SORT_RECORD */
    int parameter;     /* its first one, counted from 0 */
};

enum node_kind { NODE_COMPARE, NODE_AND, NODE_OR, NODE_NOT, NODE_WITHIN, NODE_WORDS };
struct node {
    enum node_kind kind;
    struct comparison compare; /* NODE_COMPARE */
    const struct id *units;    /* NODE_WITHIN: the unit and all below it */
    size_t unit_count;
    const char *words;  /* NODE_WORDS: as typed */
    const char *query;  /* NODE_WORDS: its terms, as the index is asked */
    int parameter;      /* NODE_WITHIN and NODE_WORDS: the first one */
    struct node *first; /* the others: operands, linked by next */
    struct node *next;
};

struct filter {
    struct node *root; /* NULL: true */
    int parameters;
    const struct store *store; /* whose words for searching it is compiled to; NULL if it does not search */
};

/* How many SQL parameters the comparison takes. */
int comparison_parameters(const struct comparison *c);

#endif
