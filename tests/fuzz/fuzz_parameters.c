/* fuzz_parameters.c - any target and form body through the whole site, from the bytes to the page: route, allowed parameters, values, rights, conditions, template. */
#include "whole_site.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* These take long by their nature (a password is meant to cost, a report is typeset), or end the session of all that follow. */
static bool passed_over(const char *method, const char *target) {
    static const char *const slow[] = {"/signin", "/signout", "/password", "/reports/", "/issued/", "/webhooks"};
    for (size_t i = 0; i < COUNT_OF(slow); i++)
        if (!strncmp(target, slow[i], strlen(slow[i])) && (method[0] == 'P' || slow[i][1] == 'r' || slow[i][1] == 'i')) return true;
    return !strncmp(target, "/api/", 5); /* fuzz_api_body */
}

/* "G" or "P", the target up to the line's end, the form's body. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    whole_begin();
    if (length < 2 || (bytes[0] != 'G' && bytes[0] != 'P')) return 0;
    const char *text = (const char *)bytes + 1, *line = memchr(text, '\n', length - 1);
    size_t n = line ? (size_t)(line - text) : length - 1, rest = line ? length - n - 2 : 0;
    if (n > 6000 || memchr(text, 0, n)) return 0;
    char *target = memory_new(n + 1), *body = NULL;
    memcpy(target, text, n);
    const char *method = bytes[0] == 'G' ? "GET" : "POST";
    size_t room = strlen(whole_session.csrf) + rest + 10;
    if (bytes[0] == 'P') {
        body = memory_new(room);
        int head = snprintf(body, room, "csrf=%s%s", whole_session.csrf, rest ? "&" : "");
        if (rest) memcpy(body + head, line + 1, rest);
        rest += (size_t)head;
    }
    if (!passed_over(method, target)) whole_ask(method, target, body, rest, NULL, 0);
    memory_release(&target);
    memory_release(&body);
    return 0;
}
