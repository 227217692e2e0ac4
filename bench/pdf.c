/* bench/pdf.c - measures the PDF of a 22-page report against LibreOffice converting our DOCX of the same report, in one run. */
#include "document/docx.h"
#include "document/pdf.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PDF_RUNS = 21, OFFICE_RUNS = 5, PARAGRAPHS = 66 };
extern char **environ;

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
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

/* About 10,000 characters out of 1,200 different ones, so that the embedded typefaces have the size of a real report's. */
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
    uint32_t next = 0x4e00;
    for (int i = 0; i < PARAGRAPHS; i++) {
        if (i % 6 == 0) doc_text(d, doc_heading(d, 1 + i / 6 % 2), "扎实开展排查，认真落实整改");
        struct doc_runs *p = doc_paragraph(d);
        for (int k = 0; k < 4; k++) doc_text(d, p, pieces[(i + k) % 5]);
        for (int k = 0; k < 15; k++, next += 17) {
            char bytes[4] = {(char)(0xe0 | next >> 12), (char)(0x80 | (next >> 6 & 63)), (char)(0x80 | (next & 63)), 0};
            doc_text(d, p, bytes);
        }
        doc_text(d, p, "。");
    }
    doc_set_signature(d, "示范职业学院", civil_from_ymd(2019, 12, 31));
    return d;
}

static unsigned page_count(const struct text *pdf) {
    unsigned pages = 0;
    for (const char *p = pdf->at; (p = memmem(p, pdf->length - (size_t)(p - pdf->at), "/Type /Page\n", 12)); p += 12) pages++;
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
    double begin = now_ms();
    if (!posix_spawnp(&pid, "soffice", &quiet, NULL, argv, environ)) waitpid(pid, &status, 0);
    double took = now_ms() - begin;
    posix_spawn_file_actions_destroy(&quiet);
    return status ? -1 : took;
}

static int office_compare(const struct doc *d, double ours_ms, unsigned pages) {
    char directory[] = "/tmp/bench-pdf-XXXXXX", path[300];
    double ms[OFFICE_RUNS];
    _cleanup_(text_release) struct text docx = {.max = 64 << 20};
    if (!mkdtemp(directory) || doc_to_docx(d, &docx)) return 1;
    snprintf(path, sizeof path, "%s/report.docx", directory);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(docx.at, 1, docx.length, f) != docx.length || fclose(f)) return 1;
    if (office_ms(directory) < 0) { /* also makes its profile: not counted */
        printf("LibreOffice is not installed or failed: no ratio\n");
        return 0;
    }
    for (int i = 0; i < OFFICE_RUNS; i++) ms[i] = office_ms(directory);
    double office = median_print("LibreOffice, DOCX to PDF", ms, OFFICE_RUNS, pages);
    printf("ratio                              %9.1f  (must be at least 20)\n", office / ours_ms);
    printf("left in %s\n", directory);
    return office / ours_ms < 20;
}

int main(void) {
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, 16 << 20);
    struct doc *d = report(&arena);
    double ms[PDF_RUNS], docx_ms[PDF_RUNS], begin = now_ms();
    struct doc_fonts *fonts;
    struct notes notes;
    notes_init(&notes, &arena);
    if (doc_fonts_open(getenv("TAIZHANG_FONTS"), &notes, &fonts)) return 1;
    double opened = now_ms() - begin;
    unsigned pages = 1;
    size_t size = 0;
    for (int i = 0; i < PDF_RUNS; i++) {
        _cleanup_(text_release) struct text pdf = {.max = 64 << 20}, docx = {.max = 64 << 20};
        begin = now_ms();
        if (doc_to_pdf(d, fonts, &notes, &pdf)) return 1;
        ms[i] = now_ms() - begin;
        if (!i) printf("fonts opened in %.1f ms, first PDF in %.1f ms\n", opened, ms[i]);
        pages = page_count(&pdf);
        size = pdf.length;
        begin = now_ms();
        if (doc_to_docx(d, &docx)) return 1;
        docx_ms[i] = now_ms() - begin;
    }
    printf("%u pages, %zu bytes of PDF\n", pages, size);
    double ours = median_print("our PDF", ms, PDF_RUNS, pages);
    median_print("our DOCX", docx_ms, PDF_RUNS, pages);
    int failed = ours / pages > 5;
    printf("%s\n", failed ? "over the limit of 5 ms a page" : "within the limit of 5 ms a page");
    failed |= office_compare(d, ours, pages);
    doc_fonts_close(fonts);
    return failed;
}
