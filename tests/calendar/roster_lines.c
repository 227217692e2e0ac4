/* roster_lines.c - for the oracle: rosters to fill on standard input, one a block of lines, and their shifts on standard output. */
#include "base/memory.h"
#include "calendar/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct block {
    struct roster_question q;
    struct roster_person people[ROSTER_PEOPLE_MAX];
    struct roster_absence absences[400];
};

static int number(char **rest) {
    char *word = strsep(rest, " ");
    return word ? (int)strtol(word, NULL, 10) : 0;
}

static civil_day day(char **rest) {
    civil_day d = DAY_NONE;
    char *word = strsep(rest, " ");
    if (word && word[0] != '-' && !civil_parse(word, &d)) abort();
    return d;
}

/* Q FIRST LAST WORKDAYS RESTDAYS GAP BY_WEEK | P POOLS LAST TWELVE-COUNTS | A PERSON FROM TO | F SHIFT SEAT PERSON */
static void read_line(struct block *b, char *line, const struct calendar *calendar, struct arena *arena) {
    char *rest = line, *kind = strsep(&rest, " ");
    if (kind[0] == 'Q') {
        civil_day first = day(&rest), last = day(&rest);
        int workdays = number(&rest), restdays = number(&rest);
        b->q.gap = number(&rest);
        b->q.by_week = number(&rest) != 0;
        b->q.shift_count = roster_shifts(calendar, first, last, (enum shift_plan)workdays, (enum shift_plan)restdays, arena,
                                         &b->q.shifts);
    } else if (kind[0] == 'P') {
        struct roster_person *p = &b->people[b->q.people_count++];
        int pools = number(&rest);
        p->last = day(&rest);
        for (int s = 0; s < ROSTER_SEATS; s++) {
            p->pool[s] = (pools >> s) & 1;
            for (int c = 0; c < SHIFT_CLASSES; c++) p->before[s][c] = number(&rest);
        }
    } else if (kind[0] == 'A') {
        struct roster_absence *a = &b->absences[b->q.absence_count++];
        a->person = number(&rest);
        a->from = day(&rest);
        a->to = day(&rest);
    } else if (kind[0] == 'F') {
        int shift = number(&rest), seat = number(&rest);
        b->q.shifts[shift].seats[seat] = number(&rest);
        b->q.shifts[shift].fixed[seat] = true;
    }
}

static void answer(struct block *b, struct arena *arena) {
    int open;
    b->q.people = b->people;
    b->q.absences = b->absences;
    roster_fill(&b->q, arena, &open);
    for (size_t i = 0; i < b->q.shift_count; i++) {
        const struct roster_shift *s = &b->q.shifts[i];
        char text[CIVIL_TEXT];
        civil_format(s->day, text);
        printf("%s %s %d %d %d %d %d %d %d\n", text, shift_part_word(s->part), s->class, s->seats[0], s->seats[1], s->seats[2],
               s->open[0], s->open[1], s->open[2]);
    }
    printf("open %d\n", open);
    fflush(stdout);
}

int main(void) {
    const struct calendar *calendar;
    struct arena kept;
    arena_init(&kept, 16 << 20);
    if (calendar_national(CALENDAR_LAST, &kept, &calendar)) return 1;
    struct arena arena;
    arena_init(&arena, 64 << 20);
    struct block *b = arena_new(&arena, struct block);
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        line[strcspn(line, "\n")] = 0;
        if (line[0] != '.') {
            read_line(b, line, calendar, &arena);
            continue;
        }
        answer(b, &arena);
        arena_release(&arena);
        arena_init(&arena, 64 << 20);
        b = arena_new(&arena, struct block);
    }
    free(line);
    arena_release(&arena);
    arena_release(&kept);
    return 0;
}
