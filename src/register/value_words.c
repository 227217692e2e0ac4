/* value_words.c - the words and signs by which values are read: not sentences, so they have no translation. */
#include "register/value_inside.h"

#include <string.h>

const char *const words_province[] = {"京", "津", "冀", "晋", "蒙", "辽", "吉", "黑", "沪", "苏", "浙",
                                      "皖", "闽", "赣", "鲁", "豫", "鄂", "湘", "粤", "桂", "琼", "渝",
                                      "川", "贵", "云", "藏", "陕", "甘", "青", "宁", "新", NULL};
const char *const words_plate_end[] = {"挂", "学", "警", "港", "澳", "领", "使", NULL};
const char *const words_direction[4][5] = {
    {"北纬", "N", "n", NULL}, {"南纬", "S", "s", NULL}, {"东经", "E", "e", NULL}, {"西经", "W", "w", NULL}};
const char *const words_degree[] = {"°", "度", NULL};
const char *const words_arc_minute[] = {"′", "'", "’", "分", NULL};
const char *const words_arc_second[] = {"″", "′′", "\"", "''", "”", "秒", NULL};
const char *const words_day[] = {"天", "日", "days", "day", "d", NULL};
const char *const words_hour[] = {"小时", "时", "hours", "hour", "h", NULL};
const char *const words_minute[] = {"分钟", "分", "minutes", "minute", "min", "m", NULL};
const char *const words_afternoon[] = {"下午", "晚上", NULL};
const char *const words_morning[] = {"上午", "早上", NULL};
const char *const words_o_clock[] = {":", "时", "点", NULL};
const char *const words_half[] = {"半", NULL};
const char *const words_clock_minute[] = {"分", NULL};
const char *const words_extension[] = {"转", NULL};
const char *const words_ten_thousand[] = {"万", NULL};
const char *const words_separator[] = {"\n", "、", ",", "，", ";", "；", "\t", NULL};
const char *const words_duration_shown[3] = {"天", "小时", "分"};

size_t word_at(const char *s, const char *const words[]) {
    for (size_t i = 0; words[i]; i++)
        if (!strncmp(s, words[i], strlen(words[i]))) return strlen(words[i]);
    return 0;
}
