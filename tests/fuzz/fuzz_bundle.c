/* fuzz_bundle.c - any bytes as an evidence bundle: refused with a sentence in both languages, or proven; headers are read back as they are written. */
#include "verify/bundle.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct arena arena;
    struct bundle_verdict verdict;
    struct entry_header h;
    arena_init(&arena, 8 << 20);
    const struct bundle_outside outside = {.code = "12-00112233445566778899aabbccddeeff"};
    enum fault f = bundle_verify((const char *)bytes, length, &outside, &arena, &verdict);
    assert(!f == !verdict.zh && !f == !verdict.en);
    assert(!f || f == FAULT_INPUT || f == FAULT_TAMPERED);
    arena_release(&arena);
    if (commitment_header_parse(bytes, length, &h)) {
        struct entry e = {.tenant = h.tenant,
                          .op = h.op,
                          .register_key = h.register_key,
                          .record = h.record,
                          .definition = h.definition,
                          .actor = h.has_actor ? &h.actor : NULL,
                          .unit = h.has_unit ? &h.unit : NULL,
                          .has_effective = h.has_effective,
                          .effective = h.effective,
                          .entered_ms = h.entered_ms,
                          .field_count = h.field_count};
        struct text again;
        text_init(&again, 4096);
        commitment_header(&e, h.position, &h.fields_root, &again);
        assert(again.length == length && !memcmp(again.at, bytes, length));
        text_release(&again);
    }
    return 0;
}
