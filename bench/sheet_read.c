/* sheet_read.c - how long reading a table takes: writes 100,000 rows of ten columns as CSV and XLSX, reads each several times. */
#include "document/sheet.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROWS = 100000, COLUMNS = 10, RUNS = 7 };

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int double_order(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static const struct sheet_column columns[COLUMNS] = {{"编号", SHEET_TEXT, 0},   {"日期", SHEET_DATE, 0}, {"单位", SHEET_TEXT, 0},
                                                     {"地点", SHEET_TEXT, 0},   {"问题", SHEET_TEXT, 0}, {"金额", SHEET_NUMBER, 0},
                                                     {"人数", SHEET_NUMBER, 0}, {"状态", SHEET_TEXT, 0}, {"责任人", SHEET_TEXT, 0},
                                                     {"电话", SHEET_TEXT, 0}};

static double bench_write(const char *path, enum sheet_format format) {
    struct sheet_plan plan = {.format = format, .sheet = "检查", .columns = columns, .column_count = COLUMNS, .created_ms = 1};
    struct sheet_writer *writer = NULL;
    double start = seconds_now();
    enum fault fault = sheet_create(path, &plan, NULL, &writer);
    for (unsigned i = 0; i < ROWS && !fault; i++) {
        char key[32], day[32], place[64], money[32], people[16];
        snprintf(key, sizeof key, "JC-2019-%06u", i);
        snprintf(day, sizeof day, "2019-%02u-%02u", i % 12 + 1, i % 28 + 1);
        snprintf(place, sizeof place, "实验楼 %u 层 %u 室", i % 9 + 1, i % 40 + 1);
        snprintf(money, sizeof money, "%u.%02u", i % 5000, i % 89 + 10);
        snprintf(people, sizeof people, "%u", i % 60);
        struct sheet_cell cells[COLUMNS] = {{.text = key, .kind = SHEET_TEXT},
                                            {.text = day, .kind = SHEET_DATE},
                                            {.text = "化学与材料学院", .kind = SHEET_TEXT},
                                            {.text = place, .kind = SHEET_TEXT},
                                            {.text = "灭火器压力不足，通道堆放杂物", .kind = SHEET_TEXT},
                                            {.text = money, .kind = SHEET_NUMBER},
                                            {.text = people, .kind = SHEET_NUMBER},
                                            {.text = i % 3 ? "已整改" : "整改中", .kind = SHEET_TEXT},
                                            {.text = "演示人员", .kind = SHEET_TEXT},
                                            {.text = "010-00000000", .kind = SHEET_TEXT}};
        fault = sheet_put(writer, cells, COLUMNS);
    }
    if (!fault) fault = sheet_finish(&writer);
    assert(!fault);
    return seconds_now() - start;
}

/* Median seconds of several readings; *cells counts what was seen, so that the work cannot be left out. */
static double bench_read(const char *path, size_t *cells) {
    double times[RUNS];
    for (int run = 0; run < RUNS; run++) {
        struct sheet_reader *reader = NULL;
        struct sheet_row row;
        double start = seconds_now();
        enum fault fault = sheet_open(&(struct sheet_source){.path = path}, NULL, NULL, &reader);
        *cells = 0;
        while (!fault && (fault = sheet_next(reader, &row)) == FAULT_NONE && row.number) *cells += row.count;
        sheet_close(&reader);
        assert(!fault);
        times[run] = seconds_now() - start;
    }
    qsort(times, RUNS, sizeof *times, double_order);
    return times[RUNS / 2];
}

int main(int argc, char **argv) {
    char csv[] = "/tmp/sheet-XXXXXX.csv", xlsx[] = "/tmp/sheet-XXXXXX.xlsx";
    size_t cells = 0;
    if (argc > 1) { /* files of one's own */
        for (int i = 1; i < argc; i++) {
            double median = bench_read(argv[i], &cells);
            printf("%-28s %8zu cells  read %.3f s\n", argv[i], cells, median);
        }
        return 0;
    }
    close(mkstemps(csv, 4));
    close(mkstemps(xlsx, 5));
    double csv_written = bench_write(csv, SHEET_CSV), xlsx_written = bench_write(xlsx, SHEET_XLSX);
    double csv_read = bench_read(csv, &cells);
    printf("CSV   %zu cells  write %.3f s  read %.3f s (median of %d)\n", cells, csv_written, csv_read, RUNS);
    double xlsx_read = bench_read(xlsx, &cells);
    printf("XLSX  %zu cells  write %.3f s  read %.3f s (median of %d)\n", cells, xlsx_written, xlsx_read, RUNS);
    unlink(csv);
    unlink(xlsx);
    return 0;
}
