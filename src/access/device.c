/* device.c - what a person recognises a browser by: its name and its system, out of what it says of itself. Nothing of that is kept as it came. */
#include "access/inside.h"

#include <stdio.h>
#include <string.h>

struct known {
    const char *mark, *name;
};

/* The first that occurs: those that claim to be others, too, stand before these. */
static const struct known browsers[] = {
    {"wxwork/", "WeCom"},
    {"MicroMessenger/", "WeChat"},
    {"DingTalk/", "DingTalk"},
    {"Lark/", "Feishu"},
    {"Feishu/", "Feishu"},
    {"Edg", "Edge"},
    {"OPR/", "Opera"},
    {"QQBrowser/", "QQ Browser"},
    {"UCBrowser/", "UC"},
    {"HuaweiBrowser/", "Huawei"},
    {"MiuiBrowser/", "Xiaomi"},
    {"SamsungBrowser/", "Samsung"},
    {"Firefox/", "Firefox"},
    {"FxiOS/", "Firefox"},
    {"CriOS/", "Chrome"},
    {"Chrome/", "Chrome"},
    {"Chromium/", "Chromium"},
    {"Safari/", "Safari"},
    {"Trident/", "Internet Explorer"},
    {"curl/", "curl"},
};
static const struct known systems[] = {
    {"OpenHarmony", "HarmonyOS"}, {"HarmonyOS", "HarmonyOS"}, {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"},
    {"Windows", "Windows"},       {"Mac OS X", "macOS"},      {"UOS", "UOS"},         {"Kylin", "Kylin"},   {"Linux", "Linux"},
};

static const char *name_in(const char *agent, const struct known *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strstr(agent, list[i].mark)) return list[i].name;
    return NULL;
}

void device_words(const char *agent, char out[DEVICE_WORDS]) {
    const char *browser = agent ? name_in(agent, browsers, COUNT_OF(browsers)) : NULL;
    const char *system = agent ? name_in(agent, systems, COUNT_OF(systems)) : NULL;
    snprintf(out, DEVICE_WORDS, "%s%s%s", browser ? browser : "", browser && system ? ", " : "", system ? system : "");
}
