/* outside.c - the log held against a head that was kept elsewhere. */
#include "main/outside.h"

#include "base/printer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_HEX = 32 };

/* Size and beginning of the root, as given. */
struct outside {
    int64_t size;
    char root_hex[2 * DIGEST_BYTES + 1]; /* all of it, or the code's part */
};

static enum fault compare(struct invocation *in, struct store *store, const char *place, const struct outside *known,
                          enum fault shorter) {
    _cleanup_(store_read_end) struct conn *c = NULL;
    _cleanup_(text_release) struct text hex;
    char have[24], wanted[24];
    struct digest root;
    int64_t size;
    text_init(&hex, 100);
    enum fault f = store_read_begin(store, &c);
    if (!f) f = journal_size(c, TENANT, &size);
    if (f) return f;
    if (known->size > size) {
        snprintf(have, sizeof have, "%lld", (long long)size);
        snprintf(wanted, sizeof wanted, "%lld", (long long)known->size);
        note_add(in->notes, place, "日志只有 {0} 条，另处保存的有 {1} 条：其后的登记丢失或被删去了", have, wanted);
        return shorter;
    }
    f = journal_root(c, TENANT, known->size, &root);
    if (f) return f;
    hex_text(&hex, root.bytes, DIGEST_BYTES);
    if (!strncmp(hex.at, known->root_hex, strlen(known->root_hex))) return FAULT_NONE;
    note_add(in->notes, place, "日志与另处保存的不符：不是同一份日志，或被改写过");
    return FAULT_TAMPERED;
}

static enum fault hold_checkpoint(struct invocation *in, struct store *store, const char *path, const struct verifier_key *key,
                                  enum fault shorter) {
    char note[CHECKPOINT_NOTE_MAX * 4];
    struct checkpoint head;
    FILE *file = fopen(path, "re");
    if (!file) {
        note_add(in->notes, path, "文件打不开：{0}", strerror(errno));
        return FAULT_FILE;
    }
    size_t length = fread(note, 1, sizeof note, file);
    fclose(file);
    if (!checkpoint_verify(note, length, key, &head)) {
        note_add(in->notes, path, "检查点不是由这个安装的钥匙签的");
        return FAULT_TAMPERED;
    }
    _cleanup_(text_release) struct text hex;
    text_init(&hex, 100);
    hex_text(&hex, head.root.bytes, DIGEST_BYTES);
    struct outside known = {.size = head.size};
    memcpy(known.root_hex, hex.at, hex.length);
    return compare(in, store, path, &known, shorter);
}

static bool code_read(const char *code, struct outside *out) {
    char *end;
    if (code[0] < '1' || code[0] > '9') return false;
    errno = 0;
    out->size = strtoll(code, &end, 10);
    if (errno || *end != '-' || strlen(end + 1) != CODE_HEX || strspn(end + 1, "0123456789abcdef") != CODE_HEX) return false;
    memcpy(out->root_hex, end + 1, CODE_HEX);
    return true;
}

enum fault outside_hold(struct invocation *in, struct store *store, const struct verifier_key *key, enum fault shorter) {
    const char *path = option(in, "--head"), *code = option(in, "--code");
    struct outside known = {0};
    enum fault f = path ? hold_checkpoint(in, store, path, key, shorter) : FAULT_NONE;
    if (f || !code) return f;
    if (code_read(code, &known)) return compare(in, store, code, &known, shorter);
    note_add(in->notes, code, "核验码应是一个数、一个“-”和 32 位十六进制数字，如报告末尾所印");
    return FAULT_INPUT;
}
