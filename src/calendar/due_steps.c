/* due_steps.c - the explanation: every day counted or skipped, with the sentence and the text it stands on. */
#include "calendar/due_inside.h"

static const char *const words[] = {
    [STEP_START] = "start",         [STEP_COUNTED] = "counted", [STEP_SKIPPED] = "skipped",
    [STEP_SUSPENDED] = "suspended", [STEP_ADDED] = "added",     [STEP_CUSTODY] = "custody",
    [STEP_ROLLED] = "rolled",       [STEP_STOPPED] = "stopped", [STEP_REMARK] = "remark",
};

const char *step_word(enum step_kind kind) { return words[kind]; }

/* What is said of a length, by its unit. */
enum saying { SAY_LENGTH, SAY_LONGER, SAY_INSTEAD };
static const char *const sayings[][TERM_HOUR + 1] = {
    [SAY_LENGTH] = {"期限为 {0} 日", "期限为 {0} 个工作日", "期限为 {0} 个月", "期限为 {0} 年", "期限为 {0} 小时"},
    [SAY_LONGER] = {"{1}：延长 {0} 日", "{1}：延长 {0} 个工作日", "{1}：延长 {0} 个月", "{1}：延长 {0} 年", "{1}：延长 {0} 小时"},
    [SAY_INSTEAD] = {"{1}：期限改为 {0} 日", "{1}：期限改为 {0} 个工作日", "{1}：期限改为 {0} 个月", "{1}：期限改为 {0} 年",
                     "{1}：期限改为 {0} 小时"},
};

/* A step to be filled in; past the maximum, one that nobody sees. */
static struct due_step *add(struct due_run *r, enum step_kind kind, civil_day day, civil_day to, const char *sentence) {
    struct due_step *s = r->step_count < DUE_STEPS_MAX ? &r->steps[r->step_count++] : arena_new(r->arena, struct due_step);
    *s = (struct due_step){.kind = kind, .day = day, .to = to, .sentence = sentence};
    return s;
}

static const char *text_of_day(struct due_run *r, civil_day d) { return instant_text((struct instant){d, MINUTE_NONE}, r->arena); }

void steps_begin(struct due_run *r) {
    r->steps = arena_array(r->arena, struct due_step, DUE_STEPS_MAX);
    const struct term_rule *rule = r->q->rule;
    struct due_step *s;
    if (rule->backwards) s = add(r, STEP_START, r->start.day, r->start.day, "自 {0} 往前算");
    else
        s = add(r, STEP_START, r->start.day, r->start.day, rule->length.unit == TERM_HOUR ? "自 {0} 起算" : "{0} 起算，当日不计入");
    s->args[0] = instant_text(r->start, r->arena);
    s->citation = rule->citation;
    if (rule->remark) add(r, STEP_REMARK, DAY_NONE, DAY_NONE, rule->remark);
    if (rule->status == TERM_UNVERIFIED) add(r, STEP_REMARK, DAY_NONE, DAY_NONE, "这一期限的依据尚未核对原文");
}

void step_restarted(struct due_run *r, const struct term_event *e) {
    struct due_step *s = add(r, STEP_START, e->at.day, e->at.day, "{0} 重新起算，第 {1} 次");
    s->args[0] = instant_text(e->at, r->arena);
    s->args[1] = arena_int(r->arena, r->round);
    s->citation = r->q->rule->citation;
}

void step_corrected(struct due_run *r, const struct term_event *e) {
    struct due_step *s = add(r, STEP_START, e->from.day, e->from.day, "起算日更正为 {0}：{1}");
    s->args[0] = instant_text(e->from, r->arena);
    s->args[1] = e->reason ? e->reason : "";
}

void step_no_effect(struct due_run *r, const struct term_event *e) {
    struct due_step *s = add(r, STEP_REMARK, e->at.day, e->at.day, "{0} 的中止在期限届满之后，不影响期限");
    s->args[0] = instant_text(e->at, r->arena);
}

static void extensions(struct due_run *r) {
    for (size_t i = 0; i < r->extension_count; i++) {
        const struct term_extension *x = &r->extensions[i];
        const char *saying = sayings[x->total ? SAY_INSTEAD : SAY_LONGER][x->by.unit];
        struct due_step *s = add(r, STEP_ADDED, DAY_NONE, DAY_NONE, x->half ? "{1}：期限改为 {0} 个半月" : saying);
        s->args[0] = arena_int(r->arena, x->by.n);
        s->args[1] = x->name;
        s->citation = x->citation;
    }
}

static const struct suspension *suspended_on(const struct due_run *r, civil_day d) {
    for (size_t i = 0; i < r->suspension_count; i++)
        if (d > r->suspensions[i].from.day && d <= r->suspensions[i].to.day) return &r->suspensions[i];
    return NULL;
}

static void skipped(struct due_run *r, civil_day d) {
    const struct notice_day *named;
    const struct notice *n = calendar_notice_of(r->q->calendar, d, &named);
    struct due_step *s = add(r, STEP_SKIPPED, d, d, n ? "{0}：{1}，不计入" : "{0}，不计入");
    s->args[0] = day_kind_name(calendar_kind(r->q->calendar, d));
    s->args[1] = n ? named->name : NULL;
    s->citation = n ? n->source : NULL;
}

static void counted(struct due_run *r, civil_day d, int count) {
    bool makeup = calendar_kind(r->q->calendar, d) == DAY_MAKEUP;
    struct due_step *s = add(r, STEP_COUNTED, d, d, makeup ? "第 {0} 个工作日（调休上班）" : "第 {0} 个工作日");
    const struct notice_day *named;
    const struct notice *n = makeup ? calendar_notice_of(r->q->calendar, d, &named) : NULL;
    s->count = count;
    s->args[0] = arena_int(r->arena, count);
    s->citation = n ? n->source : NULL;
}

static void by_workdays(struct due_run *r, civil_day end) {
    int count = 0;
    for (civil_day d = r->start.day + 1; d <= end && r->step_count < DUE_STEPS_MAX; d++) {
        const struct suspension *s = suspended_on(r, d);
        if (s) add(r, STEP_SUSPENDED, d, d, "中止（{0}），不计入")->args[0] = reason_name(s->reason);
        else if (calendar_works(r->q->calendar, d)) counted(r, d, ++count);
        else skipped(r, d);
    }
    if (!calendar_known(r->q->calendar, end)) {
        struct due_step *s = add(r, STEP_REMARK, end, end, "放假安排只公布到 {0}，其后按周末和固定的法定节假日推算，日期暂定");
        s->args[0] = text_of_day(r, r->q->calendar->known_through);
    }
}

static void suspensions(struct due_run *r, civil_day end) {
    for (size_t i = 0; i < r->suspension_count; i++) {
        const struct suspension *s = &r->suspensions[i];
        if (s->from.day >= end) continue;
        struct due_step *step = add(r, STEP_SUSPENDED, s->from.day + 1, s->to.day, "{0} 之后至 {1} 中止（{2}），不计入");
        step->args[0] = instant_text(s->from, r->arena);
        step->args[1] = instant_text(s->to, r->arena);
        step->args[2] = reason_name(s->reason);
    }
}

/* Natural days are told as the stretches between suspensions. */
static void by_days(struct due_run *r, civil_day end) {
    civil_day at = r->start.day + 1;
    int count = 0;
    for (civil_day d = at; d <= end + 1; d++) {
        bool out = d > end || suspended_on(r, d);
        if (!out) continue;
        if (d > at) {
            count += d - at;
            struct due_step *s = add(r, STEP_COUNTED, at, d - 1, "{0} 至 {1}，数到第 {2} 日");
            s->args[0] = text_of_day(r, at);
            s->args[1] = text_of_day(r, d - 1);
            s->args[2] = arena_int(r->arena, count);
            s->count = count;
        }
        at = d + 1;
    }
}

static void length_told(struct due_run *r) {
    const struct term_rule *rule = r->q->rule;
    struct span s = rule->given ? r->q->given : rule->length;
    if (rule->month) return;
    struct due_step *step = add(r, STEP_ADDED, DAY_NONE, DAY_NONE, sayings[SAY_LENGTH][s.unit]);
    step->args[0] = arena_int(r->arena, s.n);
    step->citation = rule->citation;
    if (s.unit == TERM_MONTH || s.unit == TERM_YEAR)
        add(r, STEP_REMARK, DAY_NONE, DAY_NONE,
            rule->month_rule == MONTH_CRIMINAL ? "按月计算：至末月的同一日；起算日为月末的，至末月的月末；没有同一日的，至月末"
                                               : "按月计算：至末月的同一日；没有同一日的，至月末")
            ->citation = rule->month_rule == MONTH_CRIMINAL ? LAW("最高人民法院关于适用刑事诉讼法的解释（2021）第二百零二条")
                                                            : LAW("民法典第二百零二条");
}

void step_counting(struct due_run *r, struct instant end) {
    const struct term_rule *rule = r->q->rule;
    length_told(r);
    extensions(r);
    enum term_unit unit = rule->given ? r->q->given.unit : rule->length.unit;
    if (unit == TERM_WORKDAY) by_workdays(r, end.day);
    else {
        suspensions(r, end.day);
        if (unit == TERM_DAY && !rule->backwards && !rule->month) by_days(r, end.day);
    }
    struct due_step *s = add(r, STEP_COUNTED, end.day, end.day, "算至 {0}");
    s->args[0] = instant_text(end, r->arena);
}

void step_open(struct due_run *r, int consumed, int remaining) {
    struct due_step *s = add(r, STEP_SUSPENDED, r->open.from.day, DAY_NONE, "自 {0} 起中止（{1}），尚未恢复：已用 {2}，尚余 {3}");
    s->args[0] = instant_text(r->open.from, r->arena);
    s->args[1] = reason_name(r->open.reason);
    s->args[2] = arena_int(r->arena, consumed);
    s->args[3] = arena_int(r->arena, remaining);
}

void step_custody(struct due_run *r, civil_day last) {
    struct due_step *s = add(r, STEP_CUSTODY, last, last, "{0} 不是工作日；羁押期间不因节假日顺延");
    s->args[0] = text_of_day(r, last);
    s->citation = LAW("刑事诉讼法（2018）第一百零五条第四款");
}

/* Why a last day moves: the notice that made it a day off, the code's own article, or the rule that says so itself. */
static const char *why_moved(const struct term_rule *rule, const struct notice *n) {
    if (n) return n->source;
    bool code = rule->month_rule == MONTH_CRIMINAL && !rule->backwards;
    return code ? LAW("刑事诉讼法（2018）第一百零五条第四款") : rule->citation;
}

void step_rolled(struct due_run *r, civil_day from, civil_day to) {
    const struct notice_day *named;
    const struct notice *n = calendar_notice_of(r->q->calendar, from, &named);
    struct due_step *s = add(r, STEP_ROLLED, from, to,
                             to > from ? "{0} 是{1}，顺延至其后的第一个工作日 {2}" : "{0} 是{1}，提前到其前的最后一个工作日 {2}");
    s->args[0] = text_of_day(r, from);
    s->args[1] = n ? named->name : day_kind_name(calendar_kind(r->q->calendar, from));
    s->args[2] = text_of_day(r, to);
    s->citation = why_moved(r->q->rule, n);
}

void step_not_in_force(struct due_run *r) {
    struct due_step *s = add(r, STEP_REMARK, r->start.day, r->start.day, "起算日 {0} 时这一规定不在有效期内，请核对当时的规定");
    s->args[0] = text_of_day(r, r->start.day);
}

void step_inside(struct due_run *r) {
    add(r, STEP_REMARK, DAY_NONE, DAY_NONE, "没有单独的届满日：在另一期限之内")->citation = r->q->rule->citation;
}

void step_stopped(struct due_run *r) {
    struct due_step *s = add(r, STEP_STOPPED, r->stopped_at.day, r->stopped_at.day, "{0} 终止");
    s->args[0] = instant_text(r->stopped_at, r->arena);
}
