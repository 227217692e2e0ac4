/* test_password.c - which passwords may be chosen, and that checking one takes the same work whether or not there is one. */
#include "fixture.h"

#include <time.h>

static enum fault judge(const char *password, const char *login, const char **sentence) {
    _cleanup_(arena_release) struct arena arena = {0};
    struct notes notes;
    arena_init(&arena, 4096);
    notes_init(&notes, &arena);
    enum fault f = password_judge(password, login, "示范学院（演示）", &notes);
    assert_int_equal(notes.count, f ? 1 : 0);
    if (f) assert_string_equal(notes.first->place, "password");
    *sentence = f ? notes.first->sentence : "";
    return f;
}

static void good_ones_are_taken(void **state) {
    (void)state;
    const char *sentence;
    assert_int_equal(judge("kestrel993", NULL, &sentence), FAULT_NONE);
    assert_int_equal(judge("春江潮水连海平海上月", NULL, &sentence), FAULT_NONE); /* ten characters */
    assert_int_equal(judge("correct horse battery staple", "zhangsan", &sentence), FAULT_NONE);
    assert_int_equal(judge("我的password有点长", "lisi", &sentence), FAULT_NONE);
    assert_int_equal(judge("abc-lantern-42", "abc", &sentence), FAULT_NONE); /* a short name may occur */
    assert_int_equal(judge("k7fm-x2ph-9wqe", NULL, &sentence), FAULT_NONE);
    assert_int_equal(judge("20190301-lantern", NULL, &sentence), FAULT_NONE);
}

static void weak_ones_are_refused_with_the_reason(void **state) {
    (void)state;
    const char *sentence;
    char longest[PASSWORD_BYTES_MAX + 2];
    for (size_t i = 0; i < sizeof longest - 1; i++) longest[i] = (char)('a' + i * i % 23);
    longest[sizeof longest - 1] = 0;
    assert_int_equal(judge("kestrel", NULL, &sentence), FAULT_INPUT);
    assert_non_null(strstr(sentence, "太短"));
    assert_int_equal(judge("春江潮水连海平海上", NULL, &sentence), FAULT_INPUT); /* nine characters, though 27 bytes */
    assert_non_null(strstr(sentence, "太短"));
    assert_int_equal(judge("", NULL, &sentence), FAULT_INPUT);
    assert_int_equal(judge("1234567890", NULL, &sentence), FAULT_INPUT);
    assert_non_null(strstr(sentence, "太常见"));
    assert_int_equal(judge("PassWord12", NULL, &sentence), FAULT_INPUT);
    assert_int_equal(judge("            ", NULL, &sentence), FAULT_INPUT);
    assert_int_equal(judge("aaaaaaaaaaaa", NULL, &sentence), FAULT_INPUT);
    assert_int_equal(judge("示范学院（演示）-lantern", NULL, &sentence), FAULT_INPUT);
    assert_non_null(strstr(sentence, "单位名称"));
    assert_int_equal(judge("lantern-LIXIAO-7", "lixiao", &sentence), FAULT_INPUT);
    assert_non_null(strstr(sentence, "登录名"));
    assert_int_equal(judge("kestrel-sparrow", "kestrel-sparrow", &sentence), FAULT_INPUT);
    assert_non_null(strstr(sentence, "登录名"));
    assert_non_null(strstr(sentence, "登录名"));
    assert_int_equal(judge(longest, NULL, &sentence), FAULT_INPUT);
    assert_non_null(strstr(sentence, "太长"));
    longest[sizeof longest - 2] = 0;
    assert_int_equal(judge(longest, NULL, &sentence), FAULT_NONE);
    assert_int_equal(judge("\xff\xfe kestrel", NULL, &sentence), FAULT_INPUT);
}

static void common_ones_are_known_in_disguise(void **state) {
    (void)state;
    static const char *const common[] = {
        "woaini1314",           "WoAiNi5201314",  "P@ssw0rd2024!", "admin123456",   "Admin@123456",
        "a123456123456",        "1qaz2wsx3edc",   "qwertyuiop",    "qwertyuiop123", "1234567890",
        "0987654321",           "abcdefghij",     "abcdef123456",  "123123123123",  "abcabcabcabc",
        "春天春天春天春天春天", "13912345678",    "iloveyou1314",  "woaizhongguo",  "zhangwei1990",
        "xiaofangxuexiao",      "helloworld2024", "taizhang2026",  "!!!!!!!!!!!!",  "mima123456789"};
    static const char *const good[] = {"lantern-42-kestrel", "correct horse battery", "他乡遇故知真是太好了", "xk4fm2p9qw",
                                       "19491001-lantern",   "zebra.kettle.9",        "1390 1234 lamp",       "admin.kestrel.7"};
    for (size_t i = 0; i < COUNT_OF(common); i++)
        if (!password_is_common(common[i])) fail_msg("%s was taken", common[i]);
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (password_is_common(good[i])) fail_msg("%s was refused", good[i]);
}

static void setting_one_asks_the_same(void **state) {
    put_person(*state, 20, 0, "zhangsan2019");
    struct id zhang = id_of(20), nobody = id_of(21);
    assert_int_equal(credential_set(*state, &zhang, "short", NULL, 0, NULL), FAULT_INPUT);
    assert_int_equal(credential_set(*state, &zhang, "zhangsan2019", NULL, 0, NULL), FAULT_INPUT);
    assert_int_equal(credential_set(*state, &nobody, "long enough", NULL, 0, NULL), FAULT_ABSENT);
    assert_int_equal(count_rows(*state, "SELECT count(*) FROM credential WHERE tenant = ?1"), 0);
    assert_int_equal(credential_set(*state, &zhang, "long enough", NULL, 0, NULL), FAULT_NONE);
    assert_int_equal(count_rows(*state, "SELECT count(*) FROM credential WHERE tenant = ?1 AND hash LIKE '$argon2id$%'"), 1);
}

static void only_the_right_one_fits(void **state) {
    (void)state;
    password_set_cost((struct password_cost){crypto_pwhash_OPSLIMIT_MIN, 64 << 10});
    char hash[PASSWORD_HASH], again[PASSWORD_HASH];
    bool fits;
    assert_int_equal(password_hash("kestrel9", hash), FAULT_NONE);
    assert_int_equal(password_hash("kestrel9", again), FAULT_NONE);
    assert_string_not_equal(hash, again);
    assert_int_equal(password_check("kestrel9", hash, &fits), FAULT_NONE);
    assert_true(fits);
    assert_int_equal(password_check("kestrel8", hash, &fits), FAULT_NONE);
    assert_false(fits);
    assert_int_equal(password_check("kestrel9", NULL, &fits), FAULT_NONE);
    assert_false(fits);
}

static int64_t cpu_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t check_us(const char *hash) {
    int64_t least = INT64_MAX;
    for (int i = 0; i < 3; i++) {
        bool fits;
        int64_t from = cpu_us();
        assert_int_equal(password_check("kestrel8", hash, &fits), FAULT_NONE);
        int64_t took = cpu_us() - from;
        least = took < least ? took : least;
    }
    return least;
}

static void nobody_takes_as_long_as_somebody(void **state) {
    (void)state;
    password_set_cost((struct password_cost){3, 8 << 20});
    char hash[PASSWORD_HASH];
    assert_int_equal(password_hash("kestrel9", hash), FAULT_NONE);
    assert_false(password_outdated(hash));
    int64_t somebody = check_us(hash), nobody = check_us(NULL);
    assert_true(nobody > somebody / 2 && nobody < somebody * 2);
    assert_true(nobody > 1000);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_are_taken),
        cmocka_unit_test(common_ones_are_known_in_disguise),
        cmocka_unit_test(weak_ones_are_refused_with_the_reason),
        cmocka_unit_test_setup_teardown(setting_one_asks_the_same, make_store, close_store),
        cmocka_unit_test(only_the_right_one_fits),
        cmocka_unit_test(nobody_takes_as_long_as_somebody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
