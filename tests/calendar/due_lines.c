/* due_lines.c - for the oracle: questions by line on standard input, answers by line; --rules prints the rules as data. */
#include "calendar/due.h"

#include <stdio.h>
#include <stdlib.h>

static void print_rules(void) {
    for (size_t i = 0; i < rules_shipped_count; i++) {
        const struct term_rule *r = &rules_shipped[i];
        printf("%s %d %s %d %d %d %d %d %d %d %d %d %s", r->code, r->length.n, term_unit_word(r->length.unit), r->month_rule,
               r->roll, r->custody, r->given, r->inside, r->backwards, r->month, r->day, r->rounds_most,
               r->restart_on ? "restart" : "-");
        for (size_t n = 0; n < TERM_REASONS_MAX && r->suspend[n]; n++) printf(" s:%s", r->suspend[n]);
        for (size_t n = 0; n < TERM_EXTENSIONS_MAX && r->extensions[n].code; n++)
            printf(" e:%s:%d:%s:%d:%d", r->extensions[n].code, r->extensions[n].by.n, term_unit_word(r->extensions[n].by.unit),
                   r->extensions[n].total, r->extensions[n].half);
        puts("");
    }
}

/* RULE FROM CUSTODY LENGTH|- AS_OF|- EVENTS-JSON */
static void answer(char *line, struct arena *arena) {
    char *words[5], *rest = line;
    for (int i = 0; i < 5; i++) words[i] = strsep(&rest, " ");
    struct notes notes;
    notes_init(&notes, arena);
    struct instant from, as_of = {CALENDAR_LAST, MINUTE_NONE};
    struct term_event *events = NULL;
    struct due_question q = {.rule = rule_find(words[0]), .custody = words[2][0] == '1'};
    if (!q.rule || !rest || !instant_parse(words[1], &q.from)) abort();
    if (words[3][0] != '-' && !span_parse(words[3], &q.given)) abort();
    if (words[4][0] != '-' && !instant_parse(words[4], &as_of)) abort();
    from = q.from;
    enum fault f = calendar_national(as_of.day, arena, &q.calendar);
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
        print_rules();
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
