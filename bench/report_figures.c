/* report_figures.c - how long the figures of the college's yearly report take over 100,000 records. Prints a table. */
#include "../tests/report/fixture.h"

#include <time.h>

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Rows straight into the versions: made as the projection would make them, two years of days in turn. */
struct fill {
    const char *table, *columns, *values;
    int count;
};

static enum fault fill_job(struct conn *conn, void *argument) {
    const struct fill *f = argument;
    _cleanup_(text_release) struct text sql;
    text_init(&sql, 4000);
    text_format(&sql,
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %d), d(i, day) AS (SELECT i, "
                "date('2018-01-01', "
                "(i * 37 %% 730) || ' days') FROM n) INSERT INTO h_%s (tenant, id, effective, position, made, entered, late, "
                "withdrawn, known_from, "
                "known_to, valid_from, valid_to, state, %s) SELECT 1, randomblob(16), day, i, i, 0, 0, 0, 0, 9223372036854775807, "
                "day, '9999-12-31', %s FROM d",
                f->count, f->table, f->columns, f->values);
    return conn_run(conn, sql.at);
}

int main(void) {
    static const struct fill fills[] = {
        {"activity", "f_date, f_kind, f_topic, f_audience, f_attendances",
         "NULL, day, CASE i % 3 WHEN 0 THEN 'lecture' ELSE 'class_meeting' END, '消防', 'both', 20", 25000},
        {"message", "f_date, f_channel, f_title, f_audience, f_count", "NULL, day, 'sms', '提醒', 'both', 10", 25000},
        {"finding", "f_number, f_found, f_summary, f_grade",
         "CASE i % 4 WHEN 0 THEN 'open' ELSE 'closed' END, 'WT' || i, day, '问题', 'ordinary'", 25000},
        {"talk", "f_date, f_kind, f_attendances, f_topic", "NULL, day, 'student', 1, '学习'", 10000},
        {"material", "f_date, f_kind, f_title, f_quantity, f_pages",
         "NULL, day, CASE i % 3 WHEN 0 THEN 'sign' ELSE 'notice' END, '材料', 3, 4", 8000},
        {"inspection", "f_number, f_date, f_kind, f_place, f_inspectors", "NULL, 'JC' || i, day, 'dormitory', '宿舍', 3", 6270},
        {"duty", "f_date, f_events, f_incidents, f_network", "NULL, date('2018-01-01', i || ' days'), '正常', 0, 0", 730}};
    struct installation in;
    installation_open(&in);
    in.arena.cap = (size_t)1 << 30;
    int total = 0;
    for (size_t i = 0; i < COUNT_OF(fills); i++) {
        struct fill fill = fills[i];
        if (store_change(in.store, fill_job, &fill)) return 1;
        total += fill.count;
    }
    const struct report_kind *kind = report_kind_named("college-year");
    struct report_text text;
    struct notes notes;
    notes_init(&notes, &in.arena);
    if (report_text_parse(kind->text, strlen(kind->text), &in.arena, &notes, &text)) return 1;
    _cleanup_(store_read_end) struct conn *c = NULL;
    if (store_read_begin(in.store, &c)) return 1;
    struct period year;
    int64_t size;
    if (period_parse("2019", &notes, &year) || journal_size(c, TENANT, &size)) return 1;
    struct figure figures[TEXT_FIGURES_MAX] = {0};
    size_t records = 0;
    double least = 1e9;
    for (int run = 0; run < 8; run++) {
        records = 0;
        for (size_t i = 0; i < text.figure_count; i++) {
            const struct reg *reg = register_named(in.registers, text.figures[i].register_key);
            const struct reg_measure *measure = reg_measure_named(reg, text.figures[i].measure_key);
            figures[i] = (struct figure){.key = text.figures[i].key,
                                         .reg = reg,
                                         .measure = measure,
                                         .filter = measure->filter,
                                         .period = year,
                                         .position = size};
        }
        double begin = now_ms();
        if (figures_ask(c, &in.arena, &notes, figures, text.figure_count)) return 1;
        double took = now_ms() - begin;
        for (size_t i = 0; i < text.figure_count; i++) records += figures[i].record_count;
        if (took < least) least = took;
    }
    printf("%d records, %zu figures with the year before, %zu records as evidence\n", total, text.figure_count, records);
    printf("  figures, least of 8 runs   %8.1f ms (at most 200 ms asked)\n", least);
    struct draft d;
    double begin = now_ms();
    if (report_draft(in.registers, c, kind, NULL, year, "学院", LANG_ZH, TEST_NOW, &in.arena, &notes, &d)) return 1;
    printf("  the whole draft            %8.1f ms\n", now_ms() - begin);
    store_read_end(&c);
    c = NULL;
    installation_close(&in);
    return 0;
}
