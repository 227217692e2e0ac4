/* fuzz_mailbox.c - foreign bytes as all that a mailbox's server says: the conversation ends, its words come out clean, and the place only goes on. */
#include "base/utf8.h"
#include "../net/imap_script.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static enum fault see(void *context, const char *bytes, size_t length) {
    size_t *seen = context;
    assert(length <= MAILBOX_PIECE);
    for (size_t i = 0; i < length; i++) *seen += (unsigned char)bytes[i]; /* all of it is ours to read */
    return *seen % 97 == 13 ? FAULT_STORE : FAULT_NONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (!length) return 0;
    struct script script = {.bytes = (const char *)bytes + 1, .length = length - 1, .piece = 1 + bytes[0] * 8};
    struct mailbox_place place = {.validity = bytes[0] & 1 ? 7 : 0, .uid = bytes[0] & 2 ? 41 : 0}, before = place;
    char why[MAIL_WHY];
    size_t seen = 0;
    enum fault f = mailbox_talk(&(struct mailbox_wire){&script, script_receive, script_send}, "INBOX", &place, see, &seen, why);
    assert(memchr(why, 0, sizeof why) && utf8_valid(why, strlen(why)));
    for (const unsigned char *c = (const unsigned char *)why; *c; c++) assert(*c >= ' ');
    assert(f || place.validity > 0);
    if (place.validity == before.validity) assert(place.uid >= before.uid);
    return 0;
}
