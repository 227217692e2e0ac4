/* fuzz_calendar.c - foreign bytes as a notice and as events: refused with a note, or a calendar and a date that hold together. */
#include "calendar/due.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void try_notice(const uint8_t *bytes, size_t length, struct arena *arena, struct notes *notes) {
    struct notice n;
    const struct notice *list[1] = {&n};
    enum fault f = notice_read((const char *)bytes, length, "f", arena, notes, &n);
    assert((f != FAULT_NONE) == (notes->count > 0));
    if (f) return;
    struct calendar_layer layer = {.name = "f", .notices = list, .count = 1, .national = true};
    const struct calendar *c;
    assert(calendar_build(&layer, 1, n.published, arena, &c) == FAULT_NONE);
    for (size_t i = 0; i < n.day_count; i++) {
        civil_day d = n.days[i].day;
        assert(calendar_works(c, d) == (n.days[i].kind == NOTICE_WORK));
        civil_day next = calendar_add(c, d, 1);
        assert(next > d && calendar_between(c, d, next) == 1 && calendar_on_or_before(c, next) == next);
    }
}

static void try_events(const uint8_t *bytes, size_t length, const struct calendar *c, struct arena *arena) {
    for (size_t i = 0; i < rules_shipped_count; i++) {
        struct notes notes;
        notes_init(&notes, arena);
        struct due_question q = {.rule = &rules_shipped[i], .calendar = c, .from = {DAY_NONE, MINUTE_NONE}, .explain = i % 16 == 0};
        struct term_event *events;
        if (events_read((const char *)bytes, length, arena, &notes, &events, &q.event_count, &q.from)) {
            assert(notes.count > 0);
            return;
        }
        if (q.from.day == DAY_NONE) q.from = (struct instant){19000, 600};
        if (q.rule->given) q.given = (struct span){15, q.rule->length.unit};
        q.events = events;
        struct due_answer a;
        enum fault f = due_compute(&q, arena, &notes, &a);
        assert(f == FAULT_NONE || (f == FAULT_INPUT && notes.count > 0));
        if (f || !a.has_due) continue;
        assert(calendar_covers(a.due.day) && (a.rolled == (a.due.day != a.base)));
        assert(!a.rolled || calendar_works(c, a.due.day));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static struct arena kept;
    static const struct calendar *national;
    if (!national) {
        arena_init(&kept, 16 << 20);
        if (calendar_national(CALENDAR_LAST, &kept, &national)) return 0;
    }
    if (length > 4096) return 0;
    _cleanup_(arena_release) struct arena arena;
    struct notes notes;
    arena_init(&arena, 64 << 20);
    notes_init(&notes, &arena);
    if (length && bytes[0] == '{') try_notice(bytes, length, &arena, &notes);
    try_events(bytes, length, national, &arena);
    return 0;
}
