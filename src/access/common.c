/* common.c - which passwords are guessed first: words, names and patterns that people here and abroad put together, as data and five rules. */
#include "access/inside.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* clang-format off */
/* Words that passwords are made of: a password that is one or two of them with digits and signs around is common. */
static const char *const words[] = {
    "password", "passwort", "passwd", "pass", "passphrase", "passcode", "admin", "administrator", "root", "superuser",
    "sysadmin", "webadmin", "guest", "user", "username", "login", "signin", "test", "tester", "testing", "temp", "temporary",
    "default", "changeme", "change", "letmein", "welcome", "hello", "hellohello", "helloworld", "secret", "private", "public",
    "master", "manager", "system", "service", "server", "support", "office", "operator", "oracle", "mysql", "postgres",
    "database", "backup", "qwerty", "qwertyui", "qwertyuiop", "qwert", "qwer", "asdf", "asdfg", "asdfgh", "asdfghjkl", "zxcv",
    "zxcvb", "zxcvbn", "zxcvbnm", "qaz", "qazwsx", "qazwsxedc", "wsx", "edc", "rfv", "qwe", "asd", "zxc", "poiuy", "poiuytrewq",
    "lkjhgfdsa", "mnbvcxz", "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh", "abcabc", "aaa", "aaaa", "aaaaaa",
    "aaaaaaaa", "qqq", "qqqq", "qqqqqq", "www", "xxx", "xxxx", "xxxxxx", "zzz", "zzzzzz", "asdasd", "asdasdasd", "qweqwe",
    "qweqweqwe", "zxczxc", "iloveyou", "ilove", "iloveu", "loveyou", "love", "lover", "lovely", "loveme", "forever", "myself",
    "mylove", "darling", "honey", "sweet", "sweetheart", "baby", "babygirl", "babyboy", "angel", "princess", "prince", "queen",
    "king", "kingdom", "sunshine", "summer", "winter", "spring", "autumn", "january", "february", "march", "april", "may",
    "june", "july", "august", "september", "october", "november", "december", "monday", "friday", "sunday", "football", "soccer",
    "baseball", "basketball", "hockey", "tennis", "golf", "champion", "winner", "victory", "superman", "batman", "spiderman",
    "pokemon", "starwars", "matrix", "dragon", "tiger", "lion", "eagle", "phoenix", "wolf", "panther", "monkey", "shadow",
    "ninja", "hunter", "killer", "warrior", "soldier", "ranger", "trustno", "trustnoone", "whatever", "nothing", "everything",
    "computer", "internet", "network", "windows", "android", "iphone", "samsung", "huawei", "xiaomi", "lenovo", "apple",
    "google", "facebook", "twitter", "youtube", "yahoo", "hotmail", "gmail", "amazon", "netflix", "microsoft", "linux", "ubuntu",
    "debian", "redhat", "cisco", "michael", "michelle", "jennifer", "jessica", "daniel", "david", "george", "thomas", "charlie",
    "andrew", "robert", "william", "joseph", "matthew", "anthony", "joshua", "jordan", "taylor", "ashley", "amanda", "nicole",
    "hannah", "sophie", "maggie", "buster", "ginger", "pepper", "cookie", "cheese", "chocolate", "banana", "orange", "cherry",
    "coffee", "flower", "rose", "lily", "money", "dollar", "lucky", "happy", "freedom", "liberty", "america", "england",
    "london", "paris", "berlin", "tokyo", "china", "beijing", "shanghai", "guangzhou", "shenzhen", "hongkong", "taiwan",
    "nanjing", "hangzhou", "chengdu", "chongqing", "wuhan", "tianjin", "xian", "suzhou", "hefei", "jinan", "qingdao", "dalian",
    "shenyang", "harbin", "changsha", "zhengzhou", "kunming", "fuzhou", "xiamen", "nanchang", "guiyang", "lanzhou", "taiyuan",
    "urumqi", "hainan", "anhui", "jiangsu", "zhejiang", "shandong", "henan", "hebei", "hubei", "hunan", "guangdong", "guangxi",
    "sichuan", "yunnan", "guizhou", "shanxi", "shaanxi", "fujian", "jiangxi", "liaoning", "jilin", "heilongjiang", "neimenggu",
    "xinjiang", "xizang", "ningxia", "qinghai", "gansu", "woaini", "woaiwo", "woaita", "woaiziji", "woaijia", "woaizhongguo",
    "woaibaobao", "woaimama", "woaibaba", "woaiwojia", "woaiwoziji", "woxiangni", "woshishei", "woshiwo", "woshini",
    "wobuzhidao", "aini", "ainiyiwannian", "aiwo", "aizhongguo", "zhongguo", "zhonghua", "zhongguoren", "dazhonghua", "renmin",
    "gongchandang", "wansui", "jiayou", "fengshui", "mima", "mimamima", "wodemima", "denglu", "yonghu", "guanliyuan", "guanli",
    "ceshi", "xitong", "wangluo", "bangong", "bangongshi", "xuexiao", "xueyuan", "daxue", "xuesheng", "laoshi", "jiaoshi",
    "xiaozhang", "zhuren", "chuzhang", "juzhang", "keyuan", "yisheng", "yiyuan", "gongan", "jingcha", "xiaofang", "jiancha",
    "caiwu", "renshi", "dangan", "taizhang", "zhiban", "anquan", "baowei", "mama", "baba", "laopo", "laogong", "baobei",
    "baobao", "qinaide", "meinv", "shuaige", "pengyou", "tongxue", "gege", "jiejie", "didi", "meimei", "xiaobao", "dabao",
    "jintian", "mingtian", "zuotian", "nihao", "nihaoma", "xiexie", "zaijian", "kuaile", "kuaileshenghuo", "xingfu", "pingan",
    "jiankang", "facai", "gongxi", "gongxifacai", "fuxing", "jixiang", "ruyi", "chenggong", "shengli", "weixiao", "tiankong",
    "yangguang", "xingxing", "yueliang", "taiyang", "dahai", "zhang", "wang", "li", "zhao", "liu", "chen", "yang", "huang",
    "zhou", "wu", "xu", "sun", "zhu", "ma", "hu", "guo", "lin", "he", "gao", "liang", "zheng", "luo", "song", "xie", "tang",
    "han", "cao", "deng", "feng", "zeng", "peng", "xiao", "tian", "dong", "pan", "yuan", "cai", "jiang", "wangwei", "wangfang",
    "wangjing", "wangli", "wangyan", "wanglei", "wangyang", "zhangwei", "zhangli", "zhangmin", "zhangjing", "zhangjie",
    "zhangyang", "zhangsan", "lisi", "wangwu", "zhaoliu", "liwei", "lina", "liming", "lijun", "liqiang", "liyang", "liuwei",
    "liuyang", "liuyan", "liufang", "chenjie", "chenwei", "yangyang", "huangwei", "zhaowei", "xiaoming", "xiaohong", "xiaoli",
    "xiaogang", "daming", "qweasd", "qweasdzxc", "qazxsw", "zaqwsx", "zaqxsw", "wodeshijie", "wangyi", "sina", "sohu", "tencent",
    "weixin", "wechat", "weibo", "taobao", "alipay", "baidu", "jingdong", "qqqun", "lol", "dota", "cf", "dnf", "chuanqi",
    "wangzhe", "wangzherongyao", "yingxionglianmeng",
};

/* Mixtures that no rule below finds. */
static const char *const mixtures[] = {
    "1qaz2wsx3edc", "1qaz2wsx", "1q2w3e4r5t", "1q2w3e4r5t6y", "q1w2e3r4t5", "q1w2e3r4t5y6", "a1b2c3d4e5", "1a2b3c4d5e",
    "a1s2d3f4g5", "z1x2c3v4b5", "zaq12wsxcde3", "zaq1xsw2cde3", "1qazxsw23edc", "qwe123asd456", "qweasd123456", "qwer1234asdf",
    "qwerty123456", "asd123asd123", "abc123abc123", "123qweasdzxc", "123qwe456asd", "147258369147", "1472583690", "7894561230",
    "3692581470", "0147258369", "1593572486", "159753456852", "123654789000", "1314520520", "5201314520", "13145201314",
    "5201314000", "1351351351", "1233211234", "1234554321", "9638527410", "9876543211", "1212121212", "1122334455", "5544332211",
    "1357924680", "2468013579", "0864213579", "1223334444", "woaini5201314", "a123456789a", "aa123456aa", "qq123456qq",
    "q123456789", "w123456789", "z123456789", "asd123456789", "abc1234567890", "123456789abc", "123456abcdef", "111222333444",
    "112233445566", "passw0rd1234", "p@ssw0rd1234", "admin@123456", "root@123456", "test@123456", "1234qwerasdf", "1234asdfzxcv",
};
/* clang-format on */

enum { PERIOD_MAX = 6, RUNS_MAX = 3, SPELLED_MAX = 80, MOBILE_DIGITS = 11 };

static bool is_listed(const char *text, size_t length, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i]) == length && !strncasecmp(list[i], text, length)) return true;
    return false;
}

static bool is_word(const char *text, size_t length) { return is_listed(text, length, words, COUNT_OF(words)); }

/* The same few characters over and over. */
static bool repeats(const char *p, size_t length) {
    for (size_t period = 1; period <= PERIOD_MAX && period * 2 <= length; period++) {
        size_t i = period;
        while (i < length && p[i] == p[i - period]) i++;
        if (i == length) return true;
    }
    return false;
}

static bool are_neighbours(char a, char b) {
    static const char *const rows[] = {"01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm"};
    if (a == b) return true;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (const char *c = rows[i]; c[1]; c++)
            if ((c[0] == a && c[1] == b) || (c[0] == b && c[1] == a)) return true;
    return false;
}

/* A few runs along the alphabet, the digits or a row of keys: 1234567890, qwertyuiop, abcdef123456. */
static bool runs(const char *p, size_t length) {
    int count = 1;
    for (size_t i = 1; i < length; i++)
        if (!are_neighbours((char)tolower((unsigned char)p[i - 1]), (char)tolower((unsigned char)p[i]))) count++;
    return count <= RUNS_MAX;
}

static bool is_mobile(const char *p, size_t length) {
    return length == MOBILE_DIGITS && strspn(p, "0123456789") == length && p[0] == '1' && p[1] >= '3';
}

static bool is_letter(char c) { return isalpha((unsigned char)c) || (c & 0x80); }

static char plain_letter(char c) {
    static const char signs[] = "@0$3!", letters[] = "aosei";
    const char *at = c ? strchr(signs, c) : NULL;
    return at ? letters[at - signs] : c;
}

/* One word or two, when what stands around is left off and signs are read as the letters they stand for: P@ssw0rd2024!, woaini1314. */
static bool is_made_of_words(const char *p, size_t length) {
    char spelled[SPELLED_MAX];
    while (length && !is_letter(p[length - 1])) length--;
    while (length && !is_letter(p[0])) p++, length--;
    if (!length || length > sizeof spelled) return false;
    for (size_t i = 0; i < length; i++) spelled[i] = plain_letter(p[i]);
    for (size_t cut = 1; cut < length; cut++)
        if (is_word(spelled, cut) && is_word(spelled + cut, length - cut)) return true;
    return is_word(spelled, length);
}

bool password_is_common(const char *password) {
    size_t length = strlen(password);
    return is_listed(password, length, mixtures, COUNT_OF(mixtures)) || repeats(password, length) || runs(password, length) ||
           is_mobile(password, length) || is_made_of_words(password, length);
}
