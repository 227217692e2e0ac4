/* qr.c - QR codes by libqrencode, one rectangle a run of modules. */
#include "document/qr.h"

#include <errno.h>
#include <qrencode.h>

enum { QUIET = 4 };

static void draw_row(struct text *out, const unsigned char *row, int width, int y) {
    for (int x = 0, end; x < width; x = end) {
        end = x + 1;
        if (!(row[x] & 1)) continue;
        while (end < width && row[end] & 1) end++;
        text_format(out, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, end - x, end - x);
    }
}

enum fault qr_svg(const char *text, struct text *out) {
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (!code) return errno == ENOMEM ? FAULT_SYSTEM : FAULT_LARGE;
    int side = code->width + 2 * QUIET;
    text_format(out,
                "<svg class=\"qr\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\" "
                "aria-hidden=\"true\"><path fill=\"#fff\" d=\"M0 0h%dv%dh-%dz\"/><path fill=\"#000\" d=\"",
                side, side, side, side, side);
    for (int y = 0; y < code->width; y++) draw_row(out, code->data + (size_t)y * (size_t)code->width, code->width, y);
    text_add(out, "\"/></svg>");
    QRcode_free(code);
    return out->over ? FAULT_LARGE : FAULT_NONE;
}
