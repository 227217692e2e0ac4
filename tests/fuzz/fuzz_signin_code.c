/* fuzz_signin_code.c - foreign bytes as what is typed for a code, as a password, and as what a browser says of itself. */
#include "access/inside.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    char *text = malloc(length + 1), device[DEVICE_WORDS];
    struct second_code code;
    if (!text) return 0;
    memcpy(text, bytes, length);
    text[length] = 0;
    if (second_code_read(text, &code)) {
        bool recovery = code.recovery[0] != 0;
        assert(recovery ? code.number == -1 && strlen(code.recovery) == RECOVERY_LENGTH
                        : code.number >= 0 && code.number < 1000000);
        assert(strspn(code.recovery, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(code.recovery));
    }
    device_words(text, device);
    assert(memchr(device, 0, sizeof device));
    for (const char *c = device; *c; c++) assert(*c >= ' ' && *c <= '~');
    if (!password_judge(text, "zhangsan", "示范学院", NULL))
        assert(length >= PASSWORD_CHARACTERS_MIN && strlen(text) <= PASSWORD_BYTES_MAX);
    free(text);
    return 0;
}
