/* password.c - Argon2id with a bound on how many run at once, and which passwords may be chosen. */
#include "access/inside.h"
#include "base/utf8.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* 32 MiB and eight passes took 105 ms on the machine this was measured on (2 cores); two at once stay within 64 MiB. The
 * memory goes back to the system after each. */
static struct password_cost password_cost = {8, 32u << 20};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t came_free = PTHREAD_COND_INITIALIZER;
static int running, waiting;

static enum fault hashing_begin(void) {
    pthread_mutex_lock(&lock);
    bool full = running >= HASHING_MAX && waiting >= WAITING_MAX;
    if (!full) {
        waiting++;
        while (running >= HASHING_MAX) pthread_cond_wait(&came_free, &lock);
        waiting--;
        running++;
    }
    pthread_mutex_unlock(&lock);
    return full ? FAULT_BUSY : FAULT_NONE;
}

static void hashing_end(void) {
    pthread_mutex_lock(&lock);
    running--;
    pthread_cond_signal(&came_free);
    pthread_mutex_unlock(&lock);
}

void password_set_cost(struct password_cost cost) { password_cost = cost; }

enum fault password_hash(const char *password, char out[PASSWORD_HASH]) {
    if (sodium_init() < 0) return FAULT_SYSTEM;
    enum fault f = hashing_begin();
    if (f) return f;
    char hash[PASSWORD_HASH];
    if (crypto_pwhash_str(hash, password, strlen(password), password_cost.passes, password_cost.memory_bytes)) f = FAULT_SYSTEM;
    else memcpy(out, hash, PASSWORD_HASH);
    hashing_end();
    return f;
}

bool password_outdated(const char *hash) {
    return crypto_pwhash_str_needs_rehash(hash, password_cost.passes, password_cost.memory_bytes) != 0;
}

/* A hash of nothing, at the present cost: holding a password against it takes as long as against a real one. */
static void nobody_hash(char out[PASSWORD_HASH]) {
    uint8_t salt[16], digest[DIGEST_BYTES];
    char salt_text[23], digest_text[44]; /* base 64 of 16 and 32 bytes */
    random_bytes(salt, sizeof salt);
    random_bytes(digest, sizeof digest);
    sodium_bin2base64(salt_text, sizeof salt_text, salt, sizeof salt, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    sodium_bin2base64(digest_text, sizeof digest_text, digest, sizeof digest, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    memset(out, 0, PASSWORD_HASH);
    snprintf(out, PASSWORD_HASH, "$argon2id$v=19$m=%zu,t=%llu,p=1$%s$%s", password_cost.memory_bytes >> 10, password_cost.passes,
             salt_text, digest_text);
}

enum fault password_check(const char *password, const char *hash, bool *fits) {
    char nobody[PASSWORD_HASH];
    if (sodium_init() < 0) return FAULT_SYSTEM;
    if (!hash) nobody_hash(nobody);
    enum fault f = hashing_begin();
    if (f) return f;
    bool right = !crypto_pwhash_str_verify(hash ? hash : nobody, password, strlen(password));
    hashing_end();
    *fits = hash && right;
    return FAULT_NONE;
}

/* Whether it contains a name of at least that many characters, whatever the case. */
static bool holds_name(const char *password, const char *name, size_t characters) {
    return name && utf8_count(name) >= characters && strcasestr(password, name);
}

enum { NAME_LEAST = 4, INSTITUTION_LEAST = 2 };

enum fault password_judge(const char *password, const char *login, const char *institution, struct notes *notes) {
    size_t length = strlen(password);
    if (!utf8_valid(password, length)) {
        note_add(notes, "password", "密码含有无法识别的字符，请重新输入");
    } else if (utf8_count(password) < PASSWORD_CHARACTERS_MIN) {
        note_add(notes, "password", "密码太短，至少需要 {0} 个字符；几个不相干的词连在一起就好记", "10");
    } else if (length > PASSWORD_BYTES_MAX) {
        note_add(notes, "password", "密码太长，请缩短到 {0} 个字符以内", "80");
    } else if (password_is_common(password)) {
        note_add(notes, "password", "这个密码太常见，容易被猜中；请换成几个不相干的词连在一起");
    } else if ((login && *login && !strcasecmp(login, password)) || holds_name(password, login, NAME_LEAST)) {
        note_add(notes, "password", "密码不能含有登录名，请换一个");
    } else if (holds_name(password, institution, INSTITUTION_LEAST)) {
        note_add(notes, "password", "密码不能含有单位名称，请换一个");
    } else {
        return FAULT_NONE;
    }
    return FAULT_INPUT;
}
