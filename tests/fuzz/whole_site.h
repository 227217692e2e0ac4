/* whole_site.h - a site over all packs for fuzzers: requests go in as the server's threads would bring them, from the request target on, without a socket. */
#ifndef TESTS_FUZZ_WHOLE_SITE_H
#define TESTS_FUZZ_WHOLE_SITE_H

#include "access/access.h"
#include "journal/journal.h"
#include "net/form.h"
#include "net/inside.h"
#include "packs/packs.h"
#include "register/change.h"
#include "web/site.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WHOLE_REGS = 128, WHOLE_REQUEST = 64 << 20, WHOLE_ANSWER = 64 << 20 };

static char whole_folder[] = "/dev/shm/taizhang-fuzz-XXXXXX";
static struct site *whole;
static struct session whole_session;
/* The headers of the request at hand, which the library is asked for. */
static struct http_pair whole_headers[4];

const char *MHD_lookup_connection_value(struct MHD_Connection *connection, enum MHD_ValueKind kind, const char *key) {
    (void)connection, (void)kind;
    for (size_t i = 0; i < COUNT_OF(whole_headers); i++)
        if (whole_headers[i].name && !strcasecmp(whole_headers[i].name, key)) return whole_headers[i].value;
    return NULL;
}

static void whole_add(struct registers *registers, const char *key, const struct change_value *values, size_t count,
                      char id[ID_TEXT]) {
    struct actor system = actor_system();
    struct id made = id_make(clock_now_ms());
    struct change c = {.kind = CHANGE_ADD,
                       .reg = register_named(registers, key),
                       .record = made,
                       .values = values,
                       .value_count = count,
                       .expected = -1};
    enum fault f = change_apply(registers, &system, clock_now_ms(), &c, NULL, NULL);
    assert(!f);
    id_format(&made, id);
}

static void whole_people(struct store *store, struct registers *registers) {
    char person[ID_TEXT], role[ID_TEXT], grant[ID_TEXT], other[ID_TEXT], today[CIVIL_TEXT];
    civil_format(civil_at(clock_now_ms()), today);
    const struct change_value p[] = {
        {"name", "管理员", NULL}, {"login", "admin", NULL}, {"kind", "other", NULL}, {"since", today, NULL}};
    whole_add(registers, "person", p, COUNT_OF(p), person);
    const struct change_value r[] = {{"name", "全部", NULL}, {"rights", "*", NULL}};
    whole_add(registers, "role", r, COUNT_OF(r), role);
    const struct change_value g[] = {{"person", person, NULL}, {"role", role, NULL}, {"since", today, NULL}};
    whole_add(registers, "grant", g, COUNT_OF(g), grant);
    const struct change_value w[] = {{"number", "WT-1", NULL},
                                     {"found", today, NULL},
                                     {"summary", "灯不亮", NULL},
                                     {"grade", "slight", NULL},
                                     {"owner", person, NULL}};
    whole_add(registers, "finding", w, COUNT_OF(w), other);
    struct id id;
    enum fault f = id_parse(person, &id) ? credential_set(store, &id, "Wenjian-2019-lu", NULL, clock_now_ms(), NULL) : FAULT_SYSTEM;
    struct signin_from from = {.address = "127.0.0.1"};
    struct signin in = {0};
    if (!f) f = session_begin(store, "admin", "Wenjian-2019-lu", &from, clock_now_ms(), NULL, &in);
    assert(!f && !in.half);
    whole_session = in.session;
}

/* What the folder holds goes when the fuzzer ends; it lies in memory. */
static void whole_end(void) {
    char line[200];
    snprintf(line, sizeof line, "rm -rf %s", whole_folder);
    if (system(line)) {}
}

/* Once: the installation lies in memory, and nothing of it is ever closed. */
static void whole_begin(void) {
    static const struct reg *regs[WHOLE_REGS];
    static char path[4][200];
    struct store *store = NULL;
    struct journal *journal = NULL;
    struct registers *registers = NULL;
    size_t count = 0, tables;
    if (whole) return;
    char *folder = mkdtemp(whole_folder);
    assert(folder);
    atexit(whole_end);
    for (size_t i = 0; packs[i]; i++)
        for (const struct reg *const *reg = packs[i]->registers; *reg; reg++) regs[count++] = *reg;
    static const char *const names[] = {"t.db", "keys/journal.key", "keys/journal.pub", "files"};
    for (size_t i = 0; i < COUNT_OF(names); i++) snprintf(path[i], sizeof path[i], "%s/%s", whole_folder, names[i]);
    char keys[200];
    snprintf(keys, sizeof keys, "%s/keys", whole_folder);
    assert(!mkdir(keys, 0700) && !mkdir(path[3], 0700));
    enum fault f = key_make(path[1], path[2], "fuzz.test/log", NULL);
    if (!f) f = store_open(path[0], true, NULL, &store);
    if (!f) f = store_declare(store, journal_tables(&tables), tables, NULL);
    const struct store_table *table = access_tables(&tables);
    if (!f) f = store_declare(store, table, tables, NULL);
    if (!f) f = journal_open(store, path[1], NULL, &journal);
    if (!f) f = registers_open(store, journal, regs, count, clock_now_ms(), NULL, &registers);
    assert(!f);
    whole_people(store, registers);
    struct site_config config = {.registers = registers,
                                 .data = whole_folder,
                                 .files = path[3],
                                 .institution = "试验",
                                 .fonts = "",
                                 .listen = "127.0.0.1:0",
                                 .api_rate = 1000000000};
    f = site_start(&config, NULL, &whole);
    assert(!f);
}

/* One request of the signed-in administrator, from its target on; the status it is answered with, 0 if the target is refused before. `fields` is a form's
 * body, `json` the interface's; NULL: none. The answer must not be a fault of ours. */
static int whole_ask(const char *method, const char *target, char *fields, size_t fields_length, const char *json,
                     size_t json_length) {
    static struct guard guard = {.peer = "127.0.0.1"};
    struct exchange x = {.guard = &guard, .target = target};
    struct http_pair cookies[] = {{"session", whole_session.token}, {"lang", "zh"}};
    arena_init(&x.arena, WHOLE_REQUEST);
    memset(whole_headers, 0, sizeof whole_headers);
    whole_headers[0] = (struct http_pair){"Content-Type", json ? "application/json" : "application/x-www-form-urlencoded"};
    whole_headers[1] = (struct http_pair){"X-CSRF-Token", whole_session.csrf};
    whole_headers[2] = (struct http_pair){"If-Match", "*"};
    int status = request_begin(&x, method);
    x.cookies = cookies;
    x.cookies_count = COUNT_OF(cookies);
    x.cookies_read = true;
    if (!status && fields) {
        x.body.at = fields;
        x.request.body = fields;
        x.request.body_length = fields_length;
        x.form_read = !form_parse(&x.arena, whole_headers[0].value, fields, fields_length, NULL, &x.fields, &x.fields_count);
    }
    if (!status && json) {
        x.request.body = json;
        x.request.body_length = json_length;
    }
    if (!status && (!fields || x.form_read)) {
        answer_init(&x.answer, &x.arena, WHOLE_ANSWER);
        site_answer(whole, &x.request, &x.answer);
        status = x.answer.status;
        assert(!x.answer.failed);
        assert(status < 500 || status == 503);
        answer_clear(&x.answer);
    } else {
        status = 0;
    }
    arena_release(&x.arena);
    return status;
}

#endif
