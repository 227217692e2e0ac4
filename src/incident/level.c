/* level.c - the level of an incident as the rules have it, proposed from facts; never more than a proposal. */
#include "incident/incident.h"

#include "calendar/rule.h"

#include <string.h>

#define YUAN INT64_C(100)
#define WAN (10000 * YUAN)
#define PRODUCTION LAW("生产安全事故报告和调查处理条例（2007）第三条")
#define NETWORK LAW("网络安全事件分级指南（国家网络安全事件报告管理办法附件，2025）")

/* From `least` on a fact makes at least this level. */
struct threshold {
    enum incident_grading grading;
    enum incident_level level;
    size_t fact; /* offset in struct incident_facts */
    int64_t least;
    const char *name, *citation;
    bool unverified;
};

#define FACT(name) offsetof(struct incident_facts, name)
/* Gravest first, so that the first that is reached decides. */
static const struct threshold thresholds[] = {
    {GRADING_PRODUCTION, LEVEL_GRAVEST, FACT(dead), 30, "死亡 30 人以上", PRODUCTION, false},
    {GRADING_PRODUCTION, LEVEL_GRAVEST, FACT(heavy), 100, "重伤 100 人以上", PRODUCTION, false},
    {GRADING_PRODUCTION, LEVEL_GRAVEST, FACT(loss_fen), 10000 * WAN, "直接经济损失 1 亿元以上", PRODUCTION, false},
    {GRADING_PRODUCTION, LEVEL_MAJOR, FACT(dead), 10, "死亡 10 人以上", PRODUCTION, false},
    {GRADING_PRODUCTION, LEVEL_MAJOR, FACT(heavy), 50, "重伤 50 人以上", PRODUCTION, false},
    {GRADING_PRODUCTION, LEVEL_MAJOR, FACT(loss_fen), 5000 * WAN, "直接经济损失 5000 万元以上", PRODUCTION, false},
    {GRADING_PRODUCTION, LEVEL_LARGER, FACT(dead), 3, "死亡 3 人以上", PRODUCTION, false},
    {GRADING_PRODUCTION, LEVEL_LARGER, FACT(heavy), 10, "重伤 10 人以上", PRODUCTION, false},
    {GRADING_PRODUCTION, LEVEL_LARGER, FACT(loss_fen), 1000 * WAN, "直接经济损失 1000 万元以上", PRODUCTION, false},
    {GRADING_PRODUCTION, LEVEL_ORDINARY, FACT(dead), 1, "有人死亡，不足 3 人", PRODUCTION, false},
    {GRADING_PRODUCTION, LEVEL_ORDINARY, FACT(heavy), 1, "有人重伤，不足 10 人", PRODUCTION, false},
    {GRADING_PRODUCTION, LEVEL_ORDINARY, FACT(loss_fen), 1, "有直接经济损失，不足 1000 万元", PRODUCTION, false},
    {GRADING_NETWORK, LEVEL_GRAVEST, FACT(leaked), 100000000, "泄露 1 亿人以上的个人信息", NETWORK, false},
    {GRADING_NETWORK, LEVEL_GRAVEST, FACT(loss_fen), 10000 * WAN, "直接经济损失 1 亿元以上", NETWORK, false},
    {GRADING_NETWORK, LEVEL_MAJOR, FACT(leaked), 10000000, "泄露 1000 万人以上的个人信息", NETWORK, true},
    {GRADING_NETWORK, LEVEL_MAJOR, FACT(loss_fen), 2000 * WAN, "直接经济损失 2000 万元以上", NETWORK, true},
    {GRADING_NETWORK, LEVEL_LARGER, FACT(leaked), 1000000, "泄露 100 万人以上的个人信息", NETWORK, true},
    {GRADING_NETWORK, LEVEL_LARGER, FACT(loss_fen), 500 * WAN, "直接经济损失 500 万元以上", NETWORK, true},
};

static int64_t fact_of(const struct incident_facts *facts, size_t offset) {
    int64_t value;
    memcpy(&value, (const char *)facts + offset, sizeof value);
    return value;
}

enum incident_grading grading_named(const char *key) {
    if (key && !strcmp(key, "production")) return GRADING_PRODUCTION;
    return key && !strcmp(key, "network") ? GRADING_NETWORK : GRADING_NONE;
}

void level_propose(enum incident_grading grading, const struct incident_facts *facts, struct level_proposal *out) {
    *out = (struct level_proposal){.level = LEVEL_NONE};
    for (size_t i = 0; i < COUNT_OF(thresholds); i++) {
        const struct threshold *t = &thresholds[i];
        if (t->grading != grading) continue;
        int64_t fact = fact_of(facts, t->fact);
        out->open |= fact == FACT_UNKNOWN;
        if (fact < t->least || out->level != LEVEL_NONE) continue;
        out->level = t->level;
        out->fact = t->name;
        out->citation = t->citation;
        out->unverified = t->unverified;
    }
    if (out->level == LEVEL_GRAVEST) out->open = false;
}

static const struct {
    const char *key, *name;
} levels[] = {[LEVEL_ORDINARY] = {"ordinary", "一般"},
              [LEVEL_LARGER] = {"larger", "较大"},
              [LEVEL_MAJOR] = {"major", "重大"},
              [LEVEL_GRAVEST] = {"gravest", "特别重大"}};

const char *level_key(enum incident_level level) { return levels[level].key; }

const char *level_name(enum incident_level level) { return levels[level].name; }
