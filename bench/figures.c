/* figures.c - how long a report's figures take: drafts the college's yearly report several times and prints milliseconds as JSON.
 *
 * figures DATA PERIOD RUNS */
#include "main/instance.h"
#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { DRAFT_ARENA = 1 << 30 };

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static enum fault draft_once(const struct instance *i, struct period period, double *took, size_t *figures, size_t *records) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, DRAFT_ARENA);
    struct notes notes;
    notes_init(&notes, &arena);
    struct draft draft;
    _cleanup_(store_read_end) struct conn *c = NULL;
    enum fault f = store_read_begin(i->store, &c);
    double begin = now_ms();
    if (!f)
        f = report_draft(i->registers, c, report_kind_named("college-year"), NULL, period, "示范学院", LANG_ZH, 1577836800000,
                         &arena, &notes, &draft);
    *took = now_ms() - begin;
    if (f) return f;
    *figures = draft.figure_count;
    *records = 0;
    for (size_t k = 0; k < draft.figure_count; k++) *records += draft.figures[k].record_count;
    return FAULT_NONE;
}

int main(int argc, char **argv) {
    struct period period;
    struct instance i;
    if (argc != 4 || period_parse(argv[2], NULL, &period)) return 2;
    if (instance_open(argv[1], 1577836800000, NULL, &i)) return 1;
    enum fault f = FAULT_NONE;
    long runs = strtol(argv[3], NULL, 10);
    printf("{\"ms\":[");
    size_t figures = 0, records = 0;
    for (long r = 0; r < runs && !f; r++) {
        double took = 0;
        f = draft_once(&i, period, &took, &figures, &records);
        printf("%s%.2f", r ? "," : "", took);
    }
    printf("],\"figures\":%zu,\"evidence\":%zu}\n", figures, records);
    if (f) fprintf(stderr, "figures: %s\n", fault_word(f));
    instance_close(&i);
    return f != FAULT_NONE;
}
