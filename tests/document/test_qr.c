/* test_qr.c - a QR code has its quiet zone, holds no markup of what it says, and another program reads it. */
#include "document/qr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { SIDE_MAX = 200, POINTS = 6 };

struct modules {
    int side;
    bool black[SIDE_MAX][SIDE_MAX];
};

/* Reads the drawing back: "Mx yhNv1h-Nz" for each run. */
static void read_back(const char *svg, struct modules *out) {
    memset(out, 0, sizeof *out);
    assert_int_equal(sscanf(strstr(svg, "viewBox=\"0 0 ") + 13, "%d", &out->side), 1);
    assert_in_range(out->side, 29, SIDE_MAX);
    const char *at = strstr(svg, "fill=\"#000\" d=\"");
    assert_non_null(at);
    at += 15;
    int x, y, n, back, used;
    for (; *at == 'M'; at += used) {
        assert_int_equal(sscanf(at, "M%d %dh%dv1h-%dz%n", &x, &y, &n, &back, &used), 4);
        assert_int_equal(n, back);
        assert_true(n > 0 && x >= 0 && y >= 0 && x + n <= out->side && y < out->side);
        for (int i = 0; i < n; i++) out->black[y][x + i] = true;
    }
    assert_string_equal(at, "\"/></svg>");
}

static void keeps_quiet_around(void **state) {
    (void)state;
    _cleanup_(text_release) struct text svg;
    struct modules m;
    text_init(&svg, 1 << 18);
    assert_int_equal(qr_svg("<script>&\"", &svg), FAULT_NONE);
    assert_null(strstr(svg.at, "script"));
    read_back(svg.at, &m);
    int black = 0;
    for (int y = 0; y < m.side; y++)
        for (int x = 0; x < m.side; x++) {
            black += m.black[y][x];
            if (x < 4 || y < 4 || x >= m.side - 4 || y >= m.side - 4) assert_false(m.black[y][x]);
        }
    assert_true(black > 100);
    assert_true(m.black[4][4] && m.black[4][m.side - 5] && m.black[m.side - 5][4] && !m.black[5][5]); /* the three corners */
}

static void too_much_is_refused(void **state) {
    (void)state;
    static char text[4000];
    _cleanup_(text_release) struct text svg, small;
    text_init(&svg, 1 << 20);
    text_init(&small, 100);
    memset(text, 'a', 3000);
    assert_int_equal(qr_svg(text, &svg), FAULT_LARGE);
    text[2300] = 0;
    assert_int_equal(qr_svg(text, &svg), FAULT_NONE);
    assert_int_equal(qr_svg("abc", &small), FAULT_LARGE);
}

static void another_program_reads_it(void **state) {
    (void)state;
    static const char said[] = "otpauth://totp/%E7%A4%BA%E8%8C%83:bailu?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E7%A4%BA";
    char path[] = "/tmp/taizhang-qr-XXXXXX", command[200], line[400] = "";
    _cleanup_(text_release) struct text svg;
    struct modules m;
    if (system("command -v zbarimg >/dev/null")) skip();
    text_init(&svg, 1 << 18);
    assert_int_equal(qr_svg(said, &svg), FAULT_NONE);
    read_back(svg.at, &m);
    int fd = mkstemp(path);
    FILE *f = fdopen(fd, "wb");
    assert_non_null(f);
    fprintf(f, "P5 %d %d 255\n", m.side * POINTS, m.side * POINTS);
    for (int y = 0; y < m.side * POINTS; y++)
        for (int x = 0; x < m.side * POINTS; x++) fputc(m.black[y / POINTS][x / POINTS] ? 0 : 255, f);
    fclose(f);
    snprintf(command, sizeof command, "zbarimg -q --raw %s 2>/dev/null", path);
    FILE *answer = popen(command, "r");
    assert_non_null(answer);
    if (!fgets(line, sizeof line, answer)) line[0] = 0;
    pclose(answer);
    unlink(path);
    line[strcspn(line, "\n")] = 0;
    assert_string_equal(line, said);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {cmocka_unit_test(keeps_quiet_around), cmocka_unit_test(too_much_is_refused),
                                       cmocka_unit_test(another_program_reads_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
