/* bench/pdf.c - measures the PDF of a 22-page report against LibreOffice converting our DOCX of the same report, in one run
 * (with --alone: without LibreOffice). */
#include "document/docx.h"
#include "document/pdf.h"

#include <iconv.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PDF_RUNS = 21, OFFICE_RUNS = 5, PARAGRAPHS = 66 };
extern char **environ;

static double clock_ms(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_print(const char *what, double *ms, size_t count, unsigned pages) {
    qsort(ms, count, sizeof *ms, by_value);
    printf("%-34s %9.1f ms  (%.1f-%.1f, %zu runs)  %7.2f ms a page\n", what, ms[count / 2], ms[0], ms[count - 1], count,
           ms[count / 2] / pages);
    return ms[count / 2];
}

/* One of the 3,755 common characters (rows 16–55 of GB 2312). */
static void common_character(unsigned number, char out[5]) {
    char code[2] = {(char)(0xb0 + number / 94 % 39), (char)(0xa1 + number % 94)}, *in = code;
    size_t in_left = 2, out_left = 4;
    memset(out, 0, 5);
    iconv_t convert = iconv_open("UTF-8", "GB2312");
    iconv(convert, &in, &in_left, &out, &out_left);
    iconv_close(convert);
}

/* About 10,000 characters out of about 800 different ones, so that the embedded typefaces have the size of a real report's. */
static struct doc *report(struct arena *arena) {
    static const char *const pieces[] = {
        "学院认真落实上级关于校园安全工作的部署，坚持“安全第一、预防为主、综合治理”的方针，",
        "健全责任体系，签订责任书31份，做到横向到边、纵向到底、全员覆盖、责任到人；",
        "累计开展消防演练、交通安全、防范电信网络诈骗等主题教育活动13场次，参加师生985人次，",
        "对实训楼、学生宿舍、食堂、配电室等重点部位进行拉网式排查，发现问题9项，已整改9项，整改率100%；",
        "同师生谈话交流48人次，了解思想动态，化解矛盾纠纷，协调解决实际困难6件。",
    };
    struct doc *d = doc_new(arena, LANG_ZH, 1577750400000);
    doc_set_title(d, "示范职业学院关于2019年度校园安全工作情况的报告");
    doc_set_addressee(d, "学校安全管理委员会");
    unsigned next = 0;
    for (int i = 0; i < PARAGRAPHS; i++) {
        if (i % 6 == 0) doc_text(d, doc_heading(d, 1 + i / 6 % 2), "扎实开展排查，认真落实整改");
        struct doc_runs *p = doc_paragraph(d);
        for (int k = 0; k < 4; k++) doc_text(d, p, pieces[(i + k) % 5]);
        for (int k = 0; k < 9; k++, next += 6) {
            char common[5];
            common_character(next, common);
            doc_text(d, p, common);
        }
        doc_text(d, p, "。");
    }
    doc_set_signature(d, "示范职业学院", civil_from_ymd(2019, 12, 31));
    return d;
}

static unsigned page_count(const struct text *pdf) {
    unsigned pages = 0;
    for (const char *p = pdf->at; (p = memmem(p, pdf->length - (size_t)(p - pdf->at), "/Type /Page %", 13)); p += 13) pages++;
    return pages ? pages : 1;
}

static double office_ms(const char *directory) {
    char profile[300], input[300];
    snprintf(profile, sizeof profile, "-env:UserInstallation=file://%s/profile", directory);
    snprintf(input, sizeof input, "%s/report.docx", directory);
    char *argv[] = {"soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", (char *)(size_t)directory, input, NULL};
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", 1, 0);
    pid_t pid;
    int status = -1;
    double begin = clock_ms(CLOCK_MONOTONIC);
    if (!posix_spawnp(&pid, "soffice", &quiet, NULL, argv, environ)) waitpid(pid, &status, 0);
    double took = clock_ms(CLOCK_MONOTONIC) - begin;
    posix_spawn_file_actions_destroy(&quiet);
    return status ? -1 : took;
}

/* One PDF; its wall-clock and processor milliseconds. */
static bool pdf_ms(const struct doc *d, struct doc_fonts *fonts, double *wall, double *cpu, unsigned *pages, size_t *size) {
    _cleanup_(text_release) struct text pdf = {.max = 64 << 20};
    double wall_begin = clock_ms(CLOCK_MONOTONIC), cpu_begin = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
    if (doc_to_pdf(d, fonts, NULL, &pdf)) return false;
    *wall = clock_ms(CLOCK_MONOTONIC) - wall_begin;
    *cpu = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin;
    *pages = page_count(&pdf);
    *size = pdf.length;
    return true;
}

/* Writes the DOCX that LibreOffice is to convert; its first run makes its profile and is not counted. */
static bool office_ready(const struct doc *d, char *directory) {
    char path[300];
    _cleanup_(text_release) struct text docx = {.max = 64 << 20};
    if (!mkdtemp(directory) || doc_to_docx(d, &docx)) return false;
    snprintf(path, sizeof path, "%s/report.docx", directory);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(docx.at, 1, docx.length, f) != docx.length || fclose(f)) return false;
    return office_ms(directory) >= 0;
}

int main(int argc, char **argv) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 16 << 20);
    struct doc *d = report(&arena);
    double wall[PDF_RUNS], cpu[PDF_RUNS], office[OFFICE_RUNS], begin = clock_ms(CLOCK_MONOTONIC);
    struct doc_fonts *fonts;
    if (doc_fonts_open(getenv("TAIZHANG_FONTS"), NULL, &fonts)) return 1;
    printf("fonts opened in %.1f ms\n", clock_ms(CLOCK_MONOTONIC) - begin);
    char directory[] = "/tmp/bench-pdf-XXXXXX";
    bool alone = argc > 1 && !strcmp(argv[1], "--alone"), with_office = !alone && office_ready(d, directory);
    unsigned pages = 1;
    size_t size = 0, offices = 0;
    for (int i = 0; i < PDF_RUNS; i++) { /* turn and turn about, so that both meet the same load */
        if (!pdf_ms(d, fonts, &wall[i], &cpu[i], &pages, &size)) return 1;
        if (with_office && i % (PDF_RUNS / OFFICE_RUNS) == 0 && offices < OFFICE_RUNS) office[offices++] = office_ms(directory);
    }
    printf("%u pages, %zu bytes of PDF; first PDF %.1f ms\n", pages, size, wall[0]);
    double ours = median_print("our PDF, wall clock", wall, PDF_RUNS, pages);
    double page = median_print("our PDF, processor", cpu, PDF_RUNS, pages) / pages;
    printf("%s the limit of 5 ms a page\n", page <= 5 ? "within" : "over");
    doc_fonts_close(fonts);
    if (!with_office) return page > 5;
    double ratio = median_print("LibreOffice, DOCX to PDF, wall", office, offices, pages) / ours;
    printf("ratio, wall clock %.1f (must be at least 20)\nfiles left in %s\n", ratio, directory);
    return page > 5 || ratio < 20;
}
