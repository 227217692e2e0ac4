/* pages_plan.c - the emergency plan: teams, posts, the dispatch matrix, what is wrong with it today, and its sheets to be printed. */
#include "web/page.h"

#include "incident/incident.h"
#include "register/clock.h"

#include <string.h>

static const char *reach_words(enum reach reach) {
    static const char *const words[] = {
        [REACH_OK] = "可联系", [REACH_NO_PHONE] = "没有电话", [REACH_ABSENT] = "今天不在", [REACH_LEFT] = "已离任"};
    return words[reach];
}

/* ---- what is wrong ---- */

struct problems {
    struct page *p;
    const struct plan *plan;
    struct view_list *list;
};

static void tell(struct problems *t, const char *tone, const char *sentence, const char *what, const char *who, const char *why) {
    struct view *v = view_item(t->list);
    view_text(v, K(tone), tone);
    view_tr(v, K(state), !strcmp(tone, "bad") ? "须解决" : "留意");
    view_sentence(v, K(text), sentence, what, who ? who : "", why ? lang_tr(t->p->lang, why) : "");
}

static void look_at_post(struct problems *t, const struct plan_post *post) {
    const struct plan_person *people = t->plan->people;
    int called = post_called(t->plan, post, NULL);
    const char *why = post->holder == PLAN_NONE ? "没有担任人" : reach_words(people[post->holder].reach);
    if (called == PLAN_NONE || people[called].reach != REACH_OK)
        tell(t, "bad", "岗位“{0}”今天没有可以联系到的人：{2}，也没有可用的替补", post->name, NULL, why);
    else if (called != post->holder) tell(t, "warn", "岗位“{0}”今天由替补 {1} 担任：{2}", post->name, people[called].name, why);
    else if (post->substitute == PLAN_NONE) tell(t, "warn", "岗位“{0}”没有替补", post->name, NULL, NULL);
}

/* Whoever holds posts of two teams can be in one place only. */
static void look_at_person(struct problems *t, int person) {
    const struct plan *plan = t->plan;
    const char *teams = NULL;
    int count = 0, last = PLAN_NONE;
    for (size_t i = 0; i < plan->post_count; i++) {
        const struct plan_post *post = &plan->posts[i];
        if (post->holder != person || post->team == PLAN_NONE || post->team == last) continue;
        last = post->team;
        teams = teams ? arena_format(t->p->arena, "%s、%s", teams, plan->teams[last].name) : plan->teams[last].name;
        count++;
    }
    if (count > 1) tell(t, "warn", "{0} 在两个以上的小组任职：{1}", plan->people[person].name, teams, NULL);
}

static void look_at_head(struct problems *t, const struct plan_category *c, int unit) {
    const struct plan_unit *u = &t->plan->units[unit];
    if (u->head == PLAN_NONE) tell(t, "bad", "类别“{0}”要呼叫 {1}，它没有登记负责人", c->name, u->name, NULL);
    else if (t->plan->people[u->head].reach != REACH_OK)
        tell(t, "warn", "类别“{0}”要呼叫 {1} 的负责人：{2}", c->name, u->name, reach_words(t->plan->people[u->head].reach));
}

static void look_at_category(struct problems *t, const struct plan_category *c, const struct rule_book *rules) {
    if (c->handling == PLAN_NONE) tell(t, "bad", "类别“{0}”没有处置单位", c->name, NULL, NULL);
    else look_at_head(t, c, c->handling);
    for (size_t i = 0; i < c->cooperating_count; i++) look_at_head(t, c, c->cooperating[i]);
    char *rest = c->terms ? arena_copy(t->p->arena, c->terms) : NULL, *word;
    if (rest && c->confidential) tell(t, "bad", "类别“{0}”须保密，不能有报告期限：能看期限的人会从中看到", c->name, NULL, NULL);
    while (rest && (word = strsep(&rest, " ")))
        if (word[0] && !rule_in(rules, word, t->p->today))
            tell(t, "bad", "类别“{0}”的报告期限“{1}”没有这种期限", c->name, word, NULL);
}

static void look_at_teams(struct problems *t) {
    for (size_t i = 0; i < t->plan->team_count; i++) {
        bool any = false;
        for (size_t k = 0; k < t->plan->post_count; k++) any |= t->plan->posts[k].team == (int)i;
        if (!any) tell(t, "bad", "小组“{0}”没有岗位", t->plan->teams[i].name, NULL, NULL);
    }
}

static void look_at_all(struct page *p, const struct plan *plan, const struct rule_book *rules) {
    struct problems t = {p, plan, view_list(p->view, K(problems))};
    for (size_t i = 0; i < plan->post_count; i++) look_at_post(&t, &plan->posts[i]);
    look_at_teams(&t);
    for (size_t i = 0; i < plan->category_count; i++) look_at_category(&t, &plan->categories[i], rules);
    for (size_t i = 0; i < plan->people_count; i++) look_at_person(&t, (int)i);
}

/* ---- the plan ---- */

/* Telephone numbers are private: shown to whoever may read them, and of those who are in the plan. */
static void show_person(struct page *p, struct view *v, const struct plan *plan, int person, unsigned key, unsigned phone,
                        bool phones) {
    if (person == PLAN_NONE) return;
    const struct plan_person *who = &plan->people[person];
    view_text(v, key, who->name);
    if (phones) view_text(v, phone, who->phone);
    (void)p;
}

static void show_post(struct page *p, struct view_list *list, const struct plan *plan, const struct plan_post *post, bool phones) {
    static const char *const roles[] = {"head", "组长", "deputy", "副组长", "member", "组员"};
    const struct reg *reg = register_named(p->site->config.registers, "emergency_post");
    struct view *v = view_item(list);
    int called = post_called(plan, post, NULL);
    view_text(v, K(label), post->name);
    view_text(v, K(url), record_url(p, reg, &post->id));
    for (size_t i = 0; i < COUNT_OF(roles); i += 2)
        if (post->role && !strcmp(post->role, roles[i])) view_tr(v, K(kind), roles[i + 1]);
    show_person(p, v, plan, post->holder, K(who), K(phone), phones);
    show_person(p, v, plan, post->substitute, K(other), K(other_phone), phones);
    if (post->holder != PLAN_NONE) {
        enum reach reach = plan->people[post->holder].reach;
        view_tr(v, K(state), reach_words(reach));
        view_text(v, K(tone), reach == REACH_OK ? "good" : called != PLAN_NONE && called != post->holder ? "warn" : "bad");
    }
}

static void show_teams(struct page *p, const struct plan *plan) {
    const struct reg *reg = register_named(p->site->config.registers, "emergency_team");
    bool phones = access_may(&p->actor, "person.private");
    struct view_list *teams = view_list(p->view, K(teams));
    for (size_t i = 0; i < plan->team_count; i++) {
        struct view *v = view_item(teams);
        view_text(v, K(title), plan->teams[i].name);
        view_text(v, K(url), record_url(p, reg, &plan->teams[i].id));
        view_text(v, K(text), plan->teams[i].duty);
        struct view_list *posts = view_list(v, K(posts));
        for (size_t k = 0; k < plan->post_count; k++)
            if (plan->posts[k].team == (int)i) show_post(p, posts, plan, &plan->posts[k], phones);
    }
}

static const char *joined(struct page *p, const char *before, const char *name) {
    return before ? arena_format(p->arena, "%s、%s", before, name) : name;
}

static void show_matrix(struct page *p, const struct plan *plan) {
    const struct reg *reg = register_named(p->site->config.registers, "incident_category");
    struct view_list *rows = view_list(p->view, K(categories));
    for (size_t i = 0; i < plan->category_count; i++) {
        const struct plan_category *c = &plan->categories[i];
        struct view *v = view_item(rows);
        const char *cooperating = NULL, *teams = NULL;
        for (size_t k = 0; k < c->cooperating_count; k++) cooperating = joined(p, cooperating, plan->units[c->cooperating[k]].name);
        for (size_t k = 0; k < c->team_count; k++) teams = joined(p, teams, plan->teams[c->teams[k]].name);
        view_text(v, K(label), c->name);
        view_text(v, K(url), record_url(p, reg, &c->id));
        view_bool(v, K(confidential), c->confidential);
        view_text(v, K(who), c->handling == PLAN_NONE ? NULL : plan->units[c->handling].name);
        view_text(v, K(other), cooperating);
        view_text(v, K(text), teams);
        view_int(v, K(value), c->minutes);
    }
}

/* The plan as whoever may read it sees it today. */
static enum fault read_plan(struct page *p, struct plan *plan) {
    const struct reg *reg = register_named(p->site->config.registers, "incident_category");
    p->hidden = reg && !access_may(&p->actor, reg->read);
    if (!reg || p->hidden) return FAULT_ABSENT;
    enum fault f = page_reader(p);
    return f ? f : plan_read(p->site->config.registers, p->conn, p->today, p->arena, plan);
}

enum fault page_plan(struct page *p) {
    struct plan plan;
    struct rule_book rules;
    enum fault f = read_plan(p, &plan);
    if (!f) f = clock_rules(p->conn, p->arena, &rules);
    if (f) return f;
    struct view *v = page_view(p, "应急预案");
    view_bool(v, K(nav_registers), true);
    view_date(v, K(day), p->today);
    view_bool(v, K(may_report), access_may(&p->actor, "incident.record"));
    view_bool(v, K(may_edit), access_may(&p->actor, "plan.record"));
    look_at_all(p, &plan, &rules);
    show_teams(p, &plan);
    show_matrix(p, &plan);
    return page_render(p, TEMPLATE_plan);
}

enum fault page_plan_sheet(struct page *p) {
    struct plan plan;
    enum fault f = read_plan(p, &plan);
    if (f) return f;
    struct view *v = page_view(p, "应急呼叫表和岗位卡");
    view_bool(v, K(plain), true);
    view_date(v, K(day), p->today);
    show_teams(p, &plan);
    show_matrix(p, &plan);
    return page_render(p, TEMPLATE_plan_sheet);
}
