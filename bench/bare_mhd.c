/* bare_mhd.c - the peer of our list page: the bare library that we serve with, its own epoll threads, one prepared statement a thread.
 *
 * bare_mhd DATABASE SQL PORT [THREADS 2]    or    bare_mhd - BYTES PORT [THREADS]
 * Each GET runs SQL on a read-only SQLite connection and prints the rows as an HTML table. "-" answers a fixed page of BYTES.
 * Listens on 127.0.0.1; prints "listening PORT"; ends at end of standard input. */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *database, *sql;
static char *fixed;
static size_t fixed_length;
static _Thread_local sqlite3 *connection;
static _Thread_local sqlite3_stmt *statement;

struct page {
    char *at;
    size_t length, room;
};

static void add(struct page *p, const char *bytes, size_t length) {
    if (p->length + length > p->room) {
        while (p->length + length > p->room) p->room = p->room ? p->room * 2 : 32768;
        p->at = realloc(p->at, p->room);
        if (!p->at) abort();
    }
    memcpy(p->at + p->length, bytes, length);
    p->length += length;
}

static void add_text(struct page *p, const char *s) { add(p, s, strlen(s)); }

static void add_escaped(struct page *p, const char *s) {
    while (*s) {
        size_t n = strcspn(s, "&<>\"");
        add(p, s, n);
        s += n;
        if (!*s) break;
        add_text(p, *s == '&' ? "&amp;" : *s == '<' ? "&lt;" : *s == '>' ? "&gt;" : "&quot;");
        s++;
    }
}

static bool table_print(struct page *p) {
    if (!connection && sqlite3_open_v2(database, &connection, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL)) return false;
    if (!statement && sqlite3_prepare_v2(connection, sql, -1, &statement, NULL)) return false;
    int columns = sqlite3_column_count(statement), step;
    add_text(p, "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>list</title></head><body><table>\n<tr>");
    for (int c = 0; c < columns; c++) {
        add_text(p, "<th>");
        add_escaped(p, sqlite3_column_name(statement, c));
        add_text(p, "</th>");
    }
    add_text(p, "</tr>\n");
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        add_text(p, "<tr>");
        for (int c = 0; c < columns; c++) {
            const unsigned char *text = sqlite3_column_text(statement, c);
            add_text(p, "<td class=\"cell\">");
            add_escaped(p, text ? (const char *)text : "");
            add_text(p, "</td>");
        }
        add_text(p, "</tr>\n");
    }
    add_text(p, "</table></body></html>\n");
    sqlite3_reset(statement);
    return step == SQLITE_DONE;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *client, const char *url, const char *method,
                              const char *version, const char *bytes, size_t *length, void **state) {
    (void)context, (void)url, (void)version, (void)bytes;
    static int seen;
    if (strcmp(method, "GET") || *length) return MHD_NO;
    if (!*state) {
        *state = &seen;
        return MHD_YES;
    }
    struct page page = {0};
    struct MHD_Response *response;
    if (fixed) response = MHD_create_response_from_buffer(fixed_length, fixed, MHD_RESPMEM_PERSISTENT);
    else {
        if (!table_print(&page)) {
            fprintf(stderr, "bare_mhd: %s\n", sqlite3_errmsg(connection));
            free(page.at);
            return MHD_NO;
        }
        response = MHD_create_response_from_buffer(page.length, page.at, MHD_RESPMEM_MUST_FREE);
    }
    MHD_add_response_header(response, "Content-Type", "text/html; charset=utf-8");
    enum MHD_Result result = MHD_queue_response(client, 200, response);
    MHD_destroy_response(response);
    return result;
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "bare_mhd DATABASE SQL PORT [THREADS 2]  or  bare_mhd - BYTES PORT [THREADS 2]\n");
        return 2;
    }
    database = argv[1];
    sql = argv[2];
    unsigned threads = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 2;
    if (!strcmp(database, "-")) {
        fixed_length = strtoul(sql, NULL, 10);
        fixed = malloc(fixed_length + 1);
        if (!fixed) return 1;
        memset(fixed, 'x', fixed_length);
    }
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, NULL, MHD_OPTION_SOCK_ADDR,
                                                 &at, MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_CONNECTION_LIMIT, 4096u,
                                                 MHD_OPTION_END);
    if (!daemon) return 1;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    printf("listening %u\n", info ? info->port : 0u);
    fflush(stdout);
    char c;
    while (read(STDIN_FILENO, &c, 1) > 0) {}
    MHD_stop_daemon(daemon);
    return 0;
}
