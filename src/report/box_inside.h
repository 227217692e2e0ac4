/* box_inside.h - what assembling and printing a box share. */
#ifndef REPORT_BOX_INSIDE_H
#define REPORT_BOX_INSIDE_H

#include "report/box.h"

/* A part of the box under one first number, which gets a tab sheet. */
struct box_tab {
    size_t first, count; /* items */
    bool own;            /* the first of them is the tab's own item */
    unsigned page;
};

/* A box on its way to paper. */
struct box_print {
    struct box_reader reader; /* its connection is taken anew for each item, so that long work holds no old snapshot */
    struct conn *conn;
    struct store *store;
    struct box *box;
    const char *institution, *code;
    struct doc_fonts *fonts;
    enum lang lang;
    struct arena *arena;
    struct box_tab *tabs;
    size_t tab_count;
    unsigned *pages; /* of each item, once pages were counted */
    int *pdf_pages;  /* of the attached PDF files, in the order met */
    size_t pdf_count, pdf_room, pdf_at;
    bool counting;
    int64_t done, all; /* steps, for whoever waits */
    bool (*tell)(void *context, int percent);
    void *context;
    unsigned missing;
};

/* Sets up tabs and pages; the box has been read. */
void box_print_init(struct box_print *p);
void box_print_release(struct box_print *p); /* for _cleanup_ */
/* A fresh connection, for what reads next. */
CHECKED enum fault box_print_fresh(struct box_print *p);
/* Tells that a step is done; FAULT_BUSY if the work is to end. */
CHECKED enum fault box_print_step(struct box_print *p, int64_t steps);
/* A catalogue sentence in the print's language with up to three arguments. Arena. */
const char *box_said(const struct box_print *p, struct arena *arena, const char *sentence, const char *a, const char *b,
                     const char *c);
/* "1.1 安全责任分工". Arena. */
const char *box_item_name(const struct box_item *item, struct arena *arena);

/* Counts the pages of the whole book, then writes it. */
CHECKED enum fault box_count_pages(struct box_print *p, unsigned *pages);
CHECKED enum fault box_write_book(struct box_print *p, const char *path);
/* Cover and contents alone; one item's lists and records alone. */
CHECKED enum fault box_write_contents(struct box_print *p, const char *path);
CHECKED enum fault box_write_item(struct box_print *p, size_t item, const char *path);

#endif
