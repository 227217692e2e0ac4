/* rows.c - the table that the import bench enters: education activities of 2019 as XLSX; and what reading and hashing such a file costs.
 *
 * rows FILE.xlsx ROWS [FIRST [prose]]  writes it, numbered from FIRST (0); the speakers are 演示人员01 to 40, who must be in register `person`
 * rows --read FILE.xlsx    prints the milliseconds of reading all its cells and of its SHA-256, as JSON */
#include "base/civil.h"
#include "base/digest.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "document/sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COLUMNS = 8, PEOPLE = 40, DAYS = 365 };

static const struct sheet_column columns[COLUMNS] = {
    {"开展日期", SHEET_DATE, 0}, {"形式", SHEET_TEXT, 0},       {"主题", SHEET_TEXT, 0},         {"地点", SHEET_TEXT, 0},
    {"对象", SHEET_TEXT, 0},     {"参加人次", SHEET_NUMBER, 0}, {"主讲或组织人", SHEET_TEXT, 0}, {"主要内容", SHEET_TEXT, 0}};

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* A paragraph of 15 to 30 words of a made-up vocabulary, the k-th word with a frequency of 1/k; large.py spells the words the same way. */
static void write_prose(unsigned seed, char *out, size_t room) {
    enum { WORDS = 20000 };
    uint64_t dice = (seed + 1) * 0x9e3779b97f4a7c15ull;
    size_t n = 0;
    for (unsigned left = 15 + seed % 16; left; left--) {
        dice ^= dice << 13, dice ^= dice >> 7, dice ^= dice << 17;
        unsigned k = (unsigned)pow(WORDS, (double)(dice >> 11) / (double)(1ull << 53)) - 1;
        const uint32_t characters[] = {0x4e00 + k * 7919 % 5000, 0x4e00 + (k * 4241 + 977) % 5000};
        for (size_t i = 0; i < COUNT_OF(characters) && n + 8 < room; i++) n += utf8_encode(characters[i], out + n);
        if (left % 6 == 1 && n + 8 < room) n += (size_t)snprintf(out + n, room - n, left == 1 ? "。" : "，");
    }
    out[n] = 0;
}

static bool prose;

static enum fault put_row(struct sheet_writer *writer, unsigned i) {
    static const char *const kinds[] = {"安全知识讲座", "座谈会", "演练", "专题班团会", "教育大会", "主题日", "操作培训"};
    static const char *const themes[] = {"消防安全", "交通安全", "防范电信网络诈骗", "实验室安全", "防溺水", "食品安全"};
    static const char *const audiences[] = {"学生", "教职工", "师生"};
    char day[16], topic[96], place[64], attendances[16], person[48], content[512];
    civil_format(civil_from_ymd(2019, 1, 1) + (civil_day)(i % DAYS), day);
    snprintf(topic, sizeof topic, "%s教育第 %u 讲", themes[i % 6], i + 1);
    snprintf(place, sizeof place, "第%u教学楼 %u 室", i % 9 + 1, 100 + i % 500);
    snprintf(attendances, sizeof attendances, "%u", 20 + i % 180);
    snprintf(person, sizeof person, "演示人员%02u", i % PEOPLE + 1);
    snprintf(content, sizeof content, "讲解%s常识和应急处置办法，发放材料%u份，组织现场提问和疏散练习。", themes[i % 6],
             20 + i % 180);
    if (prose) write_prose(i, content, sizeof content);
    struct sheet_cell cells[COLUMNS] = {{.text = day, .kind = SHEET_DATE},
                                        {.text = kinds[i % 7], .kind = SHEET_TEXT},
                                        {.text = topic, .kind = SHEET_TEXT},
                                        {.text = place, .kind = SHEET_TEXT},
                                        {.text = audiences[i % 3], .kind = SHEET_TEXT},
                                        {.text = attendances, .kind = SHEET_NUMBER},
                                        {.text = person, .kind = SHEET_TEXT},
                                        {.text = content, .kind = SHEET_TEXT}};
    return sheet_put(writer, cells, COLUMNS);
}

static int rows_write(const char *path, unsigned rows, unsigned first) {
    struct sheet_plan plan = {
        .format = SHEET_XLSX, .sheet = "安全教育", .columns = columns, .column_count = COLUMNS, .created_ms = 1};
    struct sheet_writer *writer = NULL;
    enum fault f = sheet_create(path, &plan, NULL, &writer);
    for (unsigned i = 0; i < rows && !f; i++) f = put_row(writer, first + i);
    if (!f) f = sheet_finish(&writer);
    if (f) fprintf(stderr, "rows: %s\n", fault_word(f));
    return f != FAULT_NONE;
}

static int rows_read(const char *path) {
    double begin = now_ms();
    FILE *file = fopen(path, "rb");
    if (!file) return 1;
    static char buffer[65536];
    struct digest_run *run = digest_begin();
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, file));) digest_add(run, buffer, n);
    (void)digest_end(run);
    fclose(file);
    double hashed = now_ms();
    struct sheet_reader *reader = NULL;
    struct sheet_row row;
    size_t cells = 0;
    enum fault f = sheet_open(&(struct sheet_source){.path = path}, NULL, NULL, &reader);
    while (!f && (f = sheet_next(reader, &row)) == FAULT_NONE && row.number) cells += row.count;
    sheet_close(&reader);
    if (f) return 1;
    printf("{\"file_hash_ms\":%.1f,\"parse_ms\":%.1f,\"cells\":%zu}\n", hashed - begin, now_ms() - hashed, cells);
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 3 || argc > 5) {
        fprintf(stderr, "rows FILE.xlsx ROWS [FIRST [prose]]   or   rows --read FILE.xlsx\n");
        return 2;
    }
    if (!strcmp(argv[1], "--read")) return rows_read(argv[2]);
    prose = argc > 4 && !strcmp(argv[4], "prose");
    return rows_write(argv[1], (unsigned)strtoul(argv[2], NULL, 10), argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0);
}
