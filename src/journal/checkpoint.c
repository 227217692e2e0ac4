/* checkpoint.c - the text of signed heads and keys, after the C2SP documents signed-note and tlog-checkpoint. */
#include "journal/checkpoint.h"

#include "base/utf8.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DASH "\xe2\x80\x94" /* U+2014 */
#define SECRET_WORD "PRIVATE+KEY+"
enum { ED25519_TYPE = 1, LINE_MAX_BYTES = 2 * KEY_NAME_ROOM, BASE64 = sodium_base64_VARIANT_ORIGINAL };

/* U+0020 and below, U+0085, U+00A0, U+1680, U+2000–200A, U+2028, U+2029, U+202F, U+205F, U+3000. */
static bool unicode_space(uint32_t c) {
    return c <= 0x20 || c == 0x7f || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
           c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool key_name_valid(const char *name) {
    size_t length = strnlen(name, KEY_NAME_ROOM), at = 0;
    if (length == 0 || length >= KEY_NAME_ROOM) return false;
    while (at < length) {
        uint32_t c;
        size_t n = utf8_decode(name + at, length - at, &c);
        if (n == 0 || unicode_space(c) || c == '+') return false;
        at += n;
    }
    return true;
}

static void key_identify(struct verifier_key *key) {
    uint8_t type = ED25519_TYPE;
    struct digest d = digest_of_pieces(
        (struct digest_piece[]){{key->name, strlen(key->name)}, {"\n", 1}, {&type, 1}, {key->public_key, sizeof key->public_key}},
        4);
    memcpy(key->id, d.bytes, sizeof key->id);
}

struct verifier_key verifier_key_of(const struct verifier_key *key, int64_t tenant) {
    struct verifier_key named = *key;
    if (tenant == 1) return named;
    /* key files hold names of at most KEY_NAME_MAX bytes, which leaves room for this */
    int length = snprintf(named.name, sizeof named.name, "%.*s/%lld", KEY_NAME_MAX, key->name, (long long)tenant);
    assert(length > 0 && length < KEY_NAME_ROOM);
    key_identify(&named);
    return named;
}

/* "name+id+base64(type ‖ 32 bytes)" */
static void key_line(const char *name, const uint8_t id[4], const uint8_t bytes[32], char out[LINE_MAX_BYTES]) {
    uint8_t typed[33] = {ED25519_TYPE};
    char hex[9], base64[48];
    memcpy(typed + 1, bytes, 32);
    sodium_bin2hex(hex, sizeof hex, id, 4);
    sodium_bin2base64(base64, sizeof base64, typed, sizeof typed, BASE64);
    snprintf(out, LINE_MAX_BYTES, "%s+%s+%s", name, hex, base64);
    sodium_memzero(typed, sizeof typed);
    sodium_memzero(base64, sizeof base64);
}

/* Base64 of exactly `length` bytes, in its one canonical form. */
static bool base64_read(const char *text, size_t text_length, uint8_t *out, size_t length) {
    size_t got = 0;
    const char *end = NULL;
    return sodium_base642bin(out, length, text, text_length, NULL, &got, &end, BASE64) == 0 && got == length &&
           end == text + text_length;
}

static bool key_line_read(const char *line, char name[KEY_NAME_ROOM], uint8_t id[4], uint8_t bytes[32]) {
    const char *plus = strchr(line, '+'), *second = plus ? strchr(plus + 1, '+') : NULL;
    if (!second || plus - line > KEY_NAME_MAX || second - plus != 9) return false;
    memcpy(name, line, (size_t)(plus - line));
    name[plus - line] = 0;
    uint8_t typed[33];
    size_t got = 0;
    const char *end = NULL;
    if (!key_name_valid(name) || sodium_hex2bin(id, 4, plus + 1, 8, NULL, &got, &end) != 0 || got != 4 || end != second)
        return false;
    if (!base64_read(second + 1, strlen(second + 1), typed, sizeof typed) || typed[0] != ED25519_TYPE) return false;
    memcpy(bytes, typed + 1, 32);
    sodium_memzero(typed, sizeof typed);
    return true;
}

void verifier_key_format(const struct verifier_key *key, char out[2 * KEY_NAME_ROOM]) {
    key_line(key->name, key->id, key->public_key, out);
}

bool verifier_key_parse(const char *text, struct verifier_key *out) {
    struct verifier_key key = {.name = ""};
    uint8_t id[4];
    if (!key_line_read(text, key.name, id, key.public_key)) return false;
    key_identify(&key);
    if (memcmp(id, key.id, sizeof id) != 0) return false;
    *out = key;
    return true;
}

static enum fault file_write(const char *path, const char *line, mode_t mode, struct notes *notes) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0) {
        note_add(notes, path, errno == EEXIST ? "文件已存在，未覆盖" : "无法写入：{0}", strerror(errno));
        return errno == EEXIST ? FAULT_CONFLICT : FAULT_FILE;
    }
    size_t length = strlen(line);
    bool good = write(fd, line, length) == (ssize_t)length && write(fd, "\n", 1) == 1 && fsync(fd) == 0;
    int saved = errno;
    if (close(fd) == 0 && good) return FAULT_NONE;
    unlink(path);
    note_add(notes, path, "无法写入：{0}", strerror(saved));
    return FAULT_FILE;
}

enum fault key_make(const char *key_path, const char *public_path, const char *name, struct notes *notes) {
    if (!key_name_valid(name) || strlen(name) > KEY_NAME_MAX) {
        note_add(notes, "name", "密钥名称不得为空，不得含空格或加号，至多 {0} 字节", "120");
        return FAULT_INPUT;
    }
    if (sodium_init() < 0) return FAULT_SYSTEM;
    struct signer_key key = {.verifier = {.name = ""}};
    uint8_t seed[32];
    char line[LINE_MAX_BYTES], secret_line[LINE_MAX_BYTES + sizeof SECRET_WORD];
    random_bytes(seed, sizeof seed);
    snprintf(key.verifier.name, sizeof key.verifier.name, "%s", name);
    crypto_sign_seed_keypair(key.verifier.public_key, key.secret, seed);
    key_identify(&key.verifier);
    key_line(name, key.verifier.id, seed, line);
    snprintf(secret_line, sizeof secret_line, "%s%s", SECRET_WORD, line);
    enum fault f = file_write(key_path, secret_line, 0600, notes);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(line, sizeof line);
    sodium_memzero(secret_line, sizeof secret_line);
    signer_key_wipe(&key);
    if (f) return f;
    verifier_key_format(&key.verifier, line);
    unlink(public_path); /* without its secret an old public file says nothing */
    f = file_write(public_path, line, 0644, notes);
    if (f) unlink(key_path);
    return f;
}

/* One line without its newline. Secret files must belong to their owner alone. */
static enum fault file_read(const char *path, bool secret, struct notes *notes, char line[LINE_MAX_BYTES + 16]) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        enum fault f = errno == ENOENT ? FAULT_ABSENT : FAULT_FILE;
        note_add(notes, path, "无法读取密钥文件：{0}", strerror(errno));
        return f;
    }
    struct stat s;
    ssize_t got = read(fd, line, LINE_MAX_BYTES + 15);
    bool open_to_others = fstat(fd, &s) != 0 || (s.st_mode & 077);
    close(fd);
    if (secret && open_to_others) {
        note_add(notes, path, "密钥文件可被他人读取，请执行 chmod 600");
        return FAULT_FILE;
    }
    if (got <= 0 || memchr(line, '\n', (size_t)got) != line + got - 1 || memchr(line, 0, (size_t)got)) {
        note_add(notes, path, "不是密钥文件，请从备份恢复");
        return FAULT_FILE;
    }
    line[got - 1] = 0;
    return FAULT_NONE;
}

enum fault signer_key_load(const char *key_path, struct notes *notes, struct signer_key *out) {
    if (sodium_init() < 0) return FAULT_SYSTEM;
    char line[LINE_MAX_BYTES + 16] = "";
    struct signer_key key = {.verifier = {.name = ""}};
    uint8_t id[4], seed[32];
    enum fault f = file_read(key_path, true, notes, line);
    if (f) return f;
    bool good = strncmp(line, SECRET_WORD, strlen(SECRET_WORD)) == 0 &&
                key_line_read(line + strlen(SECRET_WORD), key.verifier.name, id, seed);
    sodium_memzero(line, sizeof line);
    if (good) {
        crypto_sign_seed_keypair(key.verifier.public_key, key.secret, seed);
        key_identify(&key.verifier);
        good = memcmp(id, key.verifier.id, sizeof id) == 0;
    }
    sodium_memzero(seed, sizeof seed);
    if (good) *out = key;
    else note_add(notes, key_path, "不是密钥文件，请从备份恢复");
    signer_key_wipe(&key);
    return good ? FAULT_NONE : FAULT_FILE;
}

void signer_key_wipe(struct signer_key *key) { sodium_memzero(key->secret, sizeof key->secret); }

enum fault verifier_key_load(const char *public_path, struct notes *notes, struct verifier_key *out) {
    char line[LINE_MAX_BYTES + 16] = "";
    enum fault f = file_read(public_path, false, notes, line);
    if (f) return f;
    if (verifier_key_parse(line, out)) return FAULT_NONE;
    note_add(notes, public_path, "不是密钥文件，请从备份恢复");
    return FAULT_FILE;
}

void checkpoint_sign(const struct checkpoint *head, const struct signer_key *key, int64_t tenant, char out[CHECKPOINT_NOTE_MAX]) {
    struct verifier_key name = verifier_key_of(&key->verifier, tenant);
    char base64[128];
    uint8_t signature[4 + crypto_sign_BYTES];
    sodium_bin2base64(base64, sizeof base64, head->root.bytes, DIGEST_BYTES, BASE64);
    int n = snprintf(out, CHECKPOINT_NOTE_MAX, "%s\n%lld\n%s\n", name.name, (long long)head->size, base64);
    if (head->entered_ms >= 0)
        n += snprintf(out + n, CHECKPOINT_NOTE_MAX - (size_t)n, "entered %lld\n", (long long)head->entered_ms);
    if (head->previous >= 0) n += snprintf(out + n, CHECKPOINT_NOTE_MAX - (size_t)n, "previous %lld\n", (long long)head->previous);
    memcpy(signature, name.id, 4);
    crypto_sign_detached(signature + 4, NULL, (const uint8_t *)out, (unsigned long long)n, key->secret);
    sodium_bin2base64(base64, sizeof base64, signature, sizeof signature, BASE64);
    n += snprintf(out + n, CHECKPOINT_NOTE_MAX - (size_t)n, "\n" DASH " %s %s\n", name.name, base64);
    assert(n < CHECKPOINT_NOTE_MAX);
}

/* The next line of the text: [*at, *at + *length), without its newline; false at the end. */
static bool line_next(const char **next, const char *end, const char **at, size_t *length) {
    const char *newline = *next < end ? memchr(*next, '\n', (size_t)(end - *next)) : NULL;
    if (!newline) return false;
    *at = *next;
    *length = (size_t)(newline - *next);
    *next = newline + 1;
    return true;
}

static bool decimal_read(const char *at, size_t length, int64_t *out) {
    int64_t value = 0;
    if (length == 0 || length > 18 || (at[0] == '0' && length > 1)) return false;
    for (size_t i = 0; i < length; i++) {
        if (at[i] < '0' || at[i] > '9') return false;
        value = value * 10 + (at[i] - '0');
    }
    *out = value;
    return true;
}

static bool named_read(const char *at, size_t length, const char *word, int64_t *out) {
    size_t n = strlen(word);
    return length > n && memcmp(at, word, n) == 0 && *out == -1 && decimal_read(at + n, length - n, out);
}

/* Where the text ends (just after its last newline): before the last empty line. NULL if there is none. */
static const char *text_end(const char *note, size_t length) {
    for (size_t i = length; i >= 2; i--)
        if (note[i - 1] == '\n' && note[i - 2] == '\n') return note + i - 1;
    return NULL;
}

bool checkpoint_parse(const char *note, size_t length, struct checkpoint *out) {
    const char *end = text_end(note, length), *next = note, *at;
    size_t n;
    struct checkpoint head = {.entered_ms = -1, .previous = -1};
    if (!end || length >= CHECKPOINT_NOTE_MAX || note[length - 1] != '\n' || !utf8_valid(note, length)) return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)note[i] < 0x20 && note[i] != '\n') return false;
    if (!line_next(&next, end, &at, &n) || n == 0 || n >= KEY_NAME_ROOM) return false;
    memcpy(head.origin, at, n);
    if (!line_next(&next, end, &at, &n) || !decimal_read(at, n, &head.size)) return false;
    if (!line_next(&next, end, &at, &n) || !base64_read(at, n, head.root.bytes, DIGEST_BYTES)) return false;
    while (line_next(&next, end, &at, &n)) {
        if (n == 0) return false;
        if (!named_read(at, n, "entered ", &head.entered_ms))
            named_read(at, n, "previous ", &head.previous); /* others are not ours */
    }
    *out = head;
    return true;
}

/* One signature line: 1 it is this key's and holds, 0 it is another key's, -1 it is malformed or does not hold. */
static int signature_check(const char *line, size_t length, const char *text, size_t text_length, const struct verifier_key *key) {
    static const char dash[] = DASH " ";
    size_t prefix = sizeof dash - 1, name = strlen(key->name);
    uint8_t bytes[4 + crypto_sign_BYTES];
    if (length <= prefix || memcmp(line, dash, prefix) != 0) return -1;
    line += prefix, length -= prefix;
    if (!memchr(line, ' ', length)) return -1;
    if (length <= name + 1 || memcmp(line, key->name, name) != 0 || line[name] != ' ') return 0;
    if (!base64_read(line + name + 1, length - name - 1, bytes, sizeof bytes)) return 0; /* some other algorithm's length */
    if (memcmp(bytes, key->id, 4) != 0) return 0;
    return crypto_sign_verify_detached(bytes + 4, (const uint8_t *)text, text_length, key->public_key) == 0 ? 1 : -1;
}

bool checkpoint_verify(const char *note, size_t length, const struct verifier_key *key, struct checkpoint *out) {
    struct checkpoint head;
    if (!checkpoint_parse(note, length, &head) || strcmp(head.origin, key->name) != 0) return false;
    const char *end = text_end(note, length), *next = end + 1, *line;
    size_t n;
    bool signed_here = false;
    while (line_next(&next, note + length, &line, &n)) {
        int checked = signature_check(line, n, note, (size_t)(end - note), key);
        if (checked < 0) return false;
        signed_here |= checked > 0;
    }
    if (!signed_here) return false;
    *out = head;
    return true;
}
