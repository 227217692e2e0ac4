/* terms.c - what the arithmetic of terms costs: a working-day query beside a search in a sorted list of days off, and a million clocks.
 *
 * terms query           nanoseconds a query of ours and of the peer, over the same random questions, as JSON
 * terms follow DATA     milliseconds to bring the index of due dates up to the journal, and how many dates moved
 * terms warn DATA       milliseconds to plan the warnings whose day has come, and how many */
#include "main/instance.h"

#include "register/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { QUESTIONS = 1 << 20, ROUNDS = 8 };

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The peer: days off in order, found by bisection; the n-th working day by stepping over weeks, as calendars without rank do. */
struct days_off {
    civil_day *days;
    size_t count;
};

static bool is_off(const struct days_off *off, civil_day d) {
    size_t low = 0, high = off->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (off->days[middle] < d) low = middle + 1;
        else high = middle;
    }
    return low < off->count && off->days[low] == d;
}

static civil_day peer_add(const struct days_off *off, civil_day from, int n) {
    while (n) n -= !is_off(off, ++from);
    return from;
}

static int query(void) {
    struct arena arena;
    const struct calendar *c;
    arena_init(&arena, 64 << 20);
    if (calendar_national(CALENDAR_LAST, &arena, &c)) return 1;
    struct days_off off = {arena_array(&arena, civil_day, CALENDAR_DAYS), 0};
    for (civil_day d = CALENDAR_FIRST; d <= CALENDAR_LAST; d++)
        if (!calendar_works(c, d)) off.days[off.count++] = d;
    civil_day *from = arena_array(&arena, civil_day, QUESTIONS);
    uint64_t seed = 20241008;
    for (int i = 0; i < QUESTIONS; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        from[i] = 13149 + (civil_day)((seed >> 33) % 7000); /* 2006 to 2025 */
    }
    double ours = 1e9, theirs = 1e9;
    int64_t sum = 0, peer_sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double begin = now_s();
        sum = 0;
        for (int i = 0; i < QUESTIONS; i++) sum += calendar_add(c, from[i], 1 + (i & 31));
        double middle = now_s();
        peer_sum = 0;
        for (int i = 0; i < QUESTIONS / 16; i++) peer_sum += peer_add(&off, from[i], 1 + (i & 31));
        double end = now_s();
        if (middle - begin < ours) ours = middle - begin;
        if (end - middle < theirs) theirs = end - middle;
    }
    for (int i = QUESTIONS / 16; i < QUESTIONS; i++) peer_sum += peer_add(&off, from[i], 1 + (i & 31));
    printf("{\"ours_ns\": %.2f, \"peer_ns\": %.2f, \"agree\": %s}\n", ours * 1e9 / QUESTIONS, theirs * 1e9 / (QUESTIONS / 16),
           sum == peer_sum ? "true" : "false");
    arena_release(&arena);
    return sum != peer_sum;
}

static int work(const char *what, const char *data) {
    struct arena arena;
    struct notes notes;
    struct instance i;
    int64_t count = 0;
    arena_init(&arena, 16 << 20);
    notes_init(&notes, &arena);
    if (instance_open(data, clock_now_ms(), &notes, &i)) return 1;
    double begin = now_s();
    enum fault f = !strcmp(what, "follow") ? clocks_follow(i.registers, &count) : clocks_warn(i.registers, clock_now_ms(), &count);
    printf("{\"ms\": %.0f, \"count\": %lld}\n", (now_s() - begin) * 1e3, (long long)count);
    instance_close(&i);
    arena_release(&arena);
    return f != FAULT_NONE;
}

int main(int argc, char **argv) {
    if (argc == 2 && !strcmp(argv[1], "query")) return query();
    if (argc == 3) return work(argv[1], argv[2]);
    fprintf(stderr, "terms query | follow DATA | warn DATA\n");
    return 64;
}
