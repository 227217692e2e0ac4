/* http.c - our HTTP server with nothing behind it: what strictness and the interface cost beside the bare library (bare_mhd - BYTES).
 *
 * http BYTES PORT [THREADS 2]    each GET prints a page of BYTES; ends at end of standard input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/http.h"

static size_t page_length;
static char *page;

static void answer(void *context, struct http_request *request, struct http_answer *a) {
    (void)context, (void)request;
    http_answer_header(a, "Content-Type", "text/html; charset=utf-8");
    text_addn(http_answer_text(a), page, page_length);
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    page_length = strtoul(argv[1], NULL, 10);
    page = memory_new(page_length + 1);
    memset(page, 'x', page_length);
    char at[32];
    snprintf(at, sizeof at, "127.0.0.1:%s", argv[2]);
    struct http_server *server;
    struct http_config config = {.listen = at, .threads = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 2};
    if (http_server_start(&config, answer, NULL, &server)) return 1;
    printf("listening %u\n", http_server_port(server));
    fflush(stdout);
    char c;
    while (read(STDIN_FILENO, &c, 1) > 0) {}
    http_server_stop(server);
    memory_release(&page);
    return 0;
}
