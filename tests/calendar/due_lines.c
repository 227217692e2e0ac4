/* due_lines.c - for the oracle: questions by line on standard input, answers by line; --rules prints the rules as data. */
#include "calendar/due.h"

#include <stdio.h>
#include <stdlib.h>

static void print_rules(struct arena *arena) {
    for (size_t i = 0; i < rules_shipped_count; i++) {
        const struct term_rule *r = &rules_shipped[i];
        printf("%s %d %s %d %d %d %d %d %d %d %d %d %s", r->code, r->length.n, term_unit_word(r->length.unit), r->month_rule,
               r->roll, r->custody, r->given, r->inside, r->backwards, r->month, r->day, r->rounds_most,
               r->restart_on ? "restart" : "-");
        for (size_t n = 0; n < TERM_REASONS_MAX && r->suspend[n]; n++) printf(" s:%s", r->suspend[n]);
        for (size_t n = 0; n < TERM_EXTENSIONS_MAX && r->extensions[n].code; n++)
            printf(" e:%s:%d:%s:%d:%d:%s:%d", r->extensions[n].code, r->extensions[n].by.n,
                   term_unit_word(r->extensions[n].by.unit), r->extensions[n].total, r->extensions[n].most,
                   r->extensions[n].apply_before.n ? span_text(r->extensions[n].apply_before, arena) : "-", r->extensions[n].half);
        puts("");
    }
}

static civil_day day_of(const char *text) {
    struct instant at;
    if (!instant_parse(text, &at)) abort();
    return at.day;
}

/* CODE=LENGTH=TOTAL=MOST=APPLY_BEFORE|- */
static struct term_extension own_extension(char *text) {
    char *w[5];
    for (int i = 0; i < 5; i++) w[i] = strsep(&text, "=");
    struct term_extension x = {.code = w[0], .name = w[0], .total = w[2][0] == '1', .most = w[3][0] == '1', .citation = "x"};
    if (!span_parse(w[1], &x.by) || (w[4][0] != '-' && !span_parse(w[4], &x.apply_before))) abort();
    return x;
}

/* A rule as an institution records it: CODE/LENGTH/ROLL/CRIMINAL/FROM|-/TO|-/REASON|-/EXTENSION,…|- */
static void own_rule(char *text, struct term_rule *out) {
    char *w[8];
    for (int i = 0; i < 8; i++) w[i] = strsep(&text, "/");
    *out = (struct term_rule){.code = w[0], .name = w[0], .status = TERM_LOCAL, .citation = "x", .restart_on = "x"};
    if (!span_parse(w[1], &out->length)) abort();
    out->roll = w[2][0] == '1' ? ROLL_NEXT : ROLL_NONE;
    out->month_rule = w[3][0] == '1' ? MONTH_CRIMINAL : MONTH_CIVIL;
    if (w[4][0] != '-') out->valid_from = day_of(w[4]);
    if (w[5][0] != '-') out->valid_to = day_of(w[5]);
    if (w[6][0] != '-') out->suspend[0] = w[6];
    for (size_t n = 0; w[7] && w[7][0] != '-'; n++) out->extensions[n] = own_extension(strsep(&w[7], ","));
}

enum { OWN_NOTICES = 3 };

/* Notices of the institution in their order, set off by "|", each DAY=KIND,…; "-": none. */
static size_t own_notices(char *text, struct arena *arena, const struct notice *out[OWN_NOTICES]) {
    size_t count = 0;
    while (text && text[0] != '-' && count < OWN_NOTICES) {
        char *one = strsep(&text, "|");
        struct notice *n = arena_new(arena, struct notice);
        struct notice_day *days = arena_array(arena, struct notice_day, NOTICE_DAYS_MAX);
        *n = (struct notice){.key = "own", .source = "x", .days = days};
        while (one) {
            char *day = strsep(&one, ","), *kind = strchr(day, '=');
            *kind++ = 0;
            days[n->day_count++] = (struct notice_day){day_of(day), (enum notice_kind)(*kind - '0'), "x"};
        }
        out[count++] = n;
    }
    return count;
}

static enum fault build_days(civil_day as_of, char *own, struct arena *arena, const struct calendar **out) {
    const struct notice **national = arena_array(arena, const struct notice *, notices_shipped_count), *mine[OWN_NOTICES];
    for (size_t i = 0; i < notices_shipped_count; i++) national[i] = &notices_shipped[i];
    const struct calendar_layer layers[] = {{"nation", national, notices_shipped_count, true},
                                            {"own", mine, own_notices(own, arena, mine), false}};
    return calendar_build(layers, COUNT_OF(layers), as_of, arena, out);
}

/* RULE FROM CUSTODY LENGTH|- AS_OF|- OWN-NOTICES|- EVENTS-JSON */
static void answer(char *line, struct arena *arena) {
    char *words[6], *rest = line;
    for (int i = 0; i < 6; i++) words[i] = strsep(&rest, " ");
    struct notes notes;
    notes_init(&notes, arena);
    struct instant from, as_of = {CALENDAR_LAST, MINUTE_NONE};
    struct term_rule own;
    struct rule_book book = {&own, strchr(words[0], '/') != NULL};
    struct due_question q = {.custody = words[2][0] == '1'};
    if (book.count) own_rule(words[0], &own);
    if (!rest || !instant_parse(words[1], &q.from)) abort();
    q.rule = rule_in(&book, book.count ? own.code : words[0], q.from.day);
    if (!q.rule) abort();
    if (words[3][0] != '-' && !span_parse(words[3], &q.given)) abort();
    if (words[4][0] != '-' && !instant_parse(words[4], &as_of)) abort();
    from = q.from;
    enum fault f = build_days(as_of.day, words[5], arena, &q.calendar);
    struct term_event *events = NULL;
    if (!f) f = events_read(rest, strlen(rest), arena, &notes, &events, &q.event_count, &from);
    q.events = events;
    struct due_answer a, told;
    if (!f) f = due_compute(&q, arena, &notes, &a);
    q.explain = true;
    if (!f && (due_compute(&q, arena, &notes, &told) || told.due.day != a.due.day || !told.step_count)) abort();
    if (f) printf("refused\n");
    else if (!a.has_due) printf("none %d %d\n", a.consumed, a.remaining);
    else
        printf("%s %s %d %d %d %d\n", instant_text(a.due, arena), instant_text((struct instant){a.base, MINUTE_NONE}, arena),
               a.rolled, a.provisional, a.round, a.running);
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "--rules")) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        print_rules(&arena);
        arena_release(&arena);
        return 0;
    }
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        struct arena arena;
        arena_init(&arena, 16 << 20);
        line[strcspn(line, "\n")] = 0;
        answer(line, &arena);
        arena_release(&arena);
    }
    free(line);
    return 0;
}
