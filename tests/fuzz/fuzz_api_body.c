/* fuzz_api_body.c - any JSON body sent to the interface for programs: from the bytes through the one door for change to the answer. */
#include "whole_site.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const char *const places[] = {"POST /api/v1/r/finding",
                                     "POST /api/v1/r/activity",
                                     "POST /api/v1/r/duty",
                                     "POST /api/v1/r/headcount",
                                     "POST /api/v1/r/clock",
                                     "POST /api/v1/r/shift",
                                     "POST /api/v1/r/inspection",
                                     "PATCH /api/v1/r/finding/",
                                     "POST /api/v1/r/finding/",
                                     "POST /api/v1/r/roster",
                                     "POST /api/v1/reports/college-year",
                                     "GET /api/v1/r/finding?"};

/* The first byte chooses where to; what ends in a slash goes on with the first line, what ends in a question mark is the address's query. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    char target[6100];
    whole_begin();
    if (!length) return 0;
    const char *place = places[bytes[0] % COUNT_OF(places)], *path = strchr(place, ' ') + 1, *text = (const char *)bytes + 1;
    char end = path[strlen(path) - 1], method[8];
    size_t rest = length - 1, n = 0;
    if (end == '/' || end == '?') {
        const char *line = memchr(text, '\n', rest);
        n = line ? (size_t)(line - text) : rest;
        if (n > 6000 || memchr(text, 0, n)) return 0;
    }
    snprintf(target, sizeof target, "%s%.*s", path, (int)n, text);
    snprintf(method, sizeof method, "%.*s", (int)(path - 1 - place), place);
    if (n) text += n, rest -= n;
    char *json = memory_new(rest + 1);
    memcpy(json, text, rest);
    int status = whole_ask(method, target, NULL, 0, method[0] == 'G' ? NULL : json, rest);
    assert(method[0] == 'G' || status != 403); /* the administrator may */
    memory_release(&json);
    return 0;
}
