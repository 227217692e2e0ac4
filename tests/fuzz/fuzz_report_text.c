/* fuzz_report_text.c - foreign bytes as a report's text: read, filled with numbers, and searched for stray ones. */
#include "report/inside.h"

#include "base/utf8.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const struct reg_field fields[] = {{"date", "日期", REG_DATE}, {"count", "数", REG_INT}};
static const struct reg_measure measures[] = {{"count", "场次", MEASURE_COUNT, .unit = "场次"},
                                              {"sum", "人次", MEASURE_SUM, .of = "count", .unit = "人次"}};
static const struct reg reg = {"any", "台账", "any.read", "any.record", REG_FIELDS, REG_MEASURES, .date = "date"};

static void fill(struct arena *arena, const struct report_text *t, uint8_t seed) {
    struct draft draft = {.organ = "某[校]*", .period = {17897, 18261}};
    bool known[TEXT_FIGURES_MAX] = {0};
    struct figure figures[TEXT_FIGURES_MAX] = {0};
    struct drafting d = {.arena = arena, .draft = &draft, .text = *t, .previous_known = known};
    for (size_t i = 0; i < t->figure_count; i++) {
        figures[i] = (struct figure){.key = t->figures[i].key,
                                     .reg = &reg,
                                     .measure = &measures[i % 2],
                                     .value = (int64_t)seed * (int64_t)(i + 1),
                                     .previous = seed};
        known[i] = i % 2;
    }
    draft.figures = figures;
    draft.figure_count = t->figure_count;
    for (int mode = 0; mode < 4; mode++) {
        _cleanup_(text_release) struct text out;
        text_init(&out, 1 << 20);
        text_fill(&d, t->pieces, t->count, mode & 1, mode & 2, &out);
        if (!out.over && out.length) assert(utf8_valid(out.at, out.length));
    }
    checks_prose(&d);
    for (size_t i = 0; i < draft.check_count; i++) assert(!draft.checks[i].passed && draft.checks[i].place);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 64 << 20);
    struct notes notes;
    struct report_text t;
    notes_init(&notes, &arena);
    enum fault f = report_text_parse((const char *)bytes, length, &arena, &notes, &t);
    if (f == FAULT_INPUT) assert(notes.count);
    if (!f) fill(&arena, &t, length ? bytes[length / 2] : 0);
    char words[4096] = "";
    if (length < sizeof words) memcpy(words, bytes, length);
    struct period period;
    if (!period_parse(words, NULL, &period)) {
        char back[PERIOD_TEXT];
        struct period again;
        period_format(period, back);
        assert(!period_parse(back, NULL, &again) && again.start == period.start && again.end == period.end);
        period = period_before(period);
        assert(period.start <= period.end);
    }
    return 0;
}
