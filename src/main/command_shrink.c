/* command_shrink.c - the child that the server starts for strangers' pictures: one in, a small one out. */
#include "document/picture.h"
#include "main/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SIDE_LEAST = 16, SIDE_MOST = 4096, INPUT_MAX = 64 << 20, OUTPUT_MAX = 16 << 20, PIECE = 1 << 20 };

static enum fault read_input(struct text *in) {
    for (;;) {
        char *room = text_reserve(in, PIECE);
        if (!room) return FAULT_LARGE;
        ssize_t n = read(STDIN_FILENO, room, PIECE);
        if (n < 0) return FAULT_FILE;
        if (!n) return FAULT_NONE;
        in->length += (size_t)n;
    }
}

enum fault command_shrink(struct invocation *in) {
    long side = in->word_count == 1 ? strtol(in->words[0], NULL, 10) : 0;
    if (side < SIDE_LEAST || side > SIDE_MOST) {
        note_add(in->notes, "shrink", "用法：taizhang {0}", in->command->usage);
        return FAULT_USAGE;
    }
    _cleanup_(text_release) struct text picture, small;
    text_init(&picture, INPUT_MAX + PIECE);
    text_init(&small, OUTPUT_MAX);
    enum fault f = read_input(&picture);
    if (!f) f = picture_shrink(picture.at, picture.length, (int)side, &small);
    if (!f && fwrite(small.at, 1, small.length, stdout) != small.length) f = FAULT_FILE;
    return f;
}
