/* command_due.c - a term computed at the shell; without --data it needs no installation. */
#include "calendar/due_json.h"
#include "main/command.h"
#include "main/instance.h"
#include "register/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char *said(struct invocation *in, const char *sentence, const char *const args[NOTE_ARGS]) {
    return due_sentence(sentence, args, in->lang, in->arena);
}

static void list_rules(struct invocation *in) {
    for (size_t i = 0; i < rules_shipped_count; i++) {
        const struct term_rule *r = &rules_shipped[i];
        if (in->json) printf("%s\"%s\"", i ? ", " : "[", r->code);
        else
            printf("%-32s %-14s %s  [%s]\n", r->code, r->length.n ? span_words(r->length, in->lang, in->arena) : "-",
                   lang_tr(in->lang, r->name), lang_tr(in->lang, term_status_name(r->status)));
    }
    if (in->json) puts("]");
}

/* The file of events, or what stands on standard input for "-". */
static enum fault read_file(struct invocation *in, const char *path, struct text *out) {
    FILE *from = strcmp(path, "-") ? fopen(path, "re") : stdin;
    if (!from) {
        note_add(in->notes, path, "文件无法读取：{0}", strerror(errno));
        return FAULT_FILE;
    }
    for (size_t n = 1; n;) {
        char *room = text_reserve(out, 4096);
        if (!room) break;
        n = fread(room, 1, 4096, from);
        out->length += n;
        out->at[out->length] = 0;
    }
    if (from != stdin) (void)fclose(from);
    return out->over ? FAULT_LARGE : FAULT_NONE;
}

/* --extend takes effect when the term starts: the order of the options is that of the extensions. */
static enum fault add_extensions(struct invocation *in, struct due_question *q, struct term_event *events) {
    const char *code;
    for (int i = 0; (code = option_nth(in, "--extend", i)); i++) {
        if (q->event_count == DUE_EVENTS_MAX) return FAULT_LARGE;
        events[q->event_count++] = (struct term_event){
            .kind = EVENT_EXTEND, .at = q->from, .code = code, .applied = DAY_NONE, .from = {DAY_NONE, MINUTE_NONE}};
    }
    return FAULT_NONE;
}

static enum fault read_events(struct invocation *in, struct due_question *q) {
    const char *path = option(in, "--events");
    struct term_event *given = NULL, *all = arena_array(in->arena, struct term_event, DUE_EVENTS_MAX);
    size_t count = 0;
    enum fault f = FAULT_NONE;
    if (path) {
        _cleanup_(text_release) struct text json;
        text_init(&json, DUE_EVENTS_BYTES_MAX + 8192);
        f = read_file(in, path, &json);
        if (!f) f = events_read(json.at ? json.at : "", json.length, in->arena, in->notes, &given, &count, &q->from);
    }
    if (!f && q->from.day == DAY_NONE) {
        note_add(in->notes, "--from", "请写明起算日，如 --from {0}", "2024-10-08");
        f = FAULT_USAGE;
    }
    if (!f) f = add_extensions(in, q, all);
    for (size_t i = 0; !f && i < count; i++) {
        if (q->event_count == DUE_EVENTS_MAX) f = FAULT_LARGE;
        else all[q->event_count++] = given[i];
    }
    q->events = all;
    return f;
}

static enum fault read_length(struct invocation *in, struct due_question *q) {
    static const struct { const char *option, *suffix; } ways[] = {{"--length", ""}, {"--days", "d"}, {"--months", "mo"}};
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        const char *given = option(in, ways[i].option);
        if (!given || span_parse(arena_join(in->arena, given, ways[i].suffix), &q->given)) continue;
        note_add(in->notes, ways[i].option, "应为长度，如 {0}", i ? "15" : "15d、10wd、12mo");
        return FAULT_USAGE;
    }
    return FAULT_NONE;
}

/* The calendar and the rules that count: those of an installation where one is named, else the shipped ones. */
static enum fault read_basis(struct invocation *in, civil_day known, struct clock_basis *out) {
    *out = (struct clock_basis){0};
    if (!in->data) return calendar_national(known, in->arena, &out->calendar);
    _cleanup_(instance_close) struct instance instance = {0};
    _cleanup_(store_read_end) struct conn *conn = NULL;
    enum fault f = invocation_open(in, &instance);
    if (!f) f = store_read_begin(instance.store, &conn);
    return f ? f : clock_basis_read(conn, in->arena, out);
}

static enum fault find_rule(struct invocation *in, const struct rule_book *rules, struct due_question *q) {
    q->rule = in->word_count == 1 ? rule_in(rules, in->words[0], q->from.day) : NULL;
    if (q->rule) return FAULT_NONE;
    note_add(in->notes, in->words[0], "没有这个期限；taizhang due 列出所有期限");
    return FAULT_USAGE;
}

static enum fault read_question(struct invocation *in, struct due_question *q) {
    const char *from = option(in, "--from"), *as_of = option(in, "--calendar-as-of");
    struct instant known = {CALENDAR_LAST, MINUTE_NONE};
    q->from = (struct instant){DAY_NONE, MINUTE_NONE};
    if (from && !instant_parse(from, &q->from)) {
        note_add(in->notes, "--from", "应为日期或时刻，如 {0}", "2024-10-08T14:20");
        return FAULT_USAGE;
    }
    if (as_of && !instant_parse(as_of, &known)) {
        note_add(in->notes, "--calendar-as-of", "应为日期，如 {0}", "2019-03-01");
        return FAULT_USAGE;
    }
    q->custody = option(in, "--custody") != NULL;
    q->explain = option(in, "--explain") != NULL;
    if (as_of && in->data) {
        note_add(in->notes, "--calendar-as-of", "与 --data 不能同时使用");
        return FAULT_USAGE;
    }
    struct clock_basis basis;
    enum fault f = read_length(in, q);
    if (!f) f = read_basis(in, known.day, &basis);
    if (!f) f = read_events(in, q);
    q->calendar = basis.calendar;
    return f ? f : find_rule(in, &basis.rules, q);
}

static const char *day_text(struct invocation *in, civil_day d) {
    return d == DAY_NONE ? NULL : instant_text((struct instant){d, MINUTE_NONE}, in->arena);
}

static void print_json(struct invocation *in, const struct due_question *q, const struct due_answer *a) {
    _cleanup_(text_release) struct text out;
    text_init(&out, 4 << 20);
    text_addc(&out, '{');
    due_json(q, a, q->explain, in->lang, in->arena, &out);
    printf("%s}\n", out.at);
}

static void print_steps(struct invocation *in, const struct due_answer *a) {
    static const char *const days[] = {"周一", "周二", "周三", "周四", "周五", "周六", "周日"};
    for (size_t i = 0; i < a->step_count; i++) {
        const struct due_step *s = &a->steps[i];
        bool one = s->day != DAY_NONE && s->day == s->to;
        printf("  %-10s %s  %s", one ? day_text(in, s->day) : "", one ? lang_tr(in->lang, days[civil_weekday(s->day)]) : "    ",
               said(in, s->sentence, s->args));
        printf(s->citation ? "  （%s）\n" : "\n", s->citation ? s->citation : "");
    }
}

/* The date alone is the first line; whatever qualifies it stands on lines of its own. */
static void print_text(struct invocation *in, const struct due_question *q, const struct due_answer *a) {
    printf("%s\n", a->has_due ? instant_text(a->due, in->arena)
                              : lang_tr(in->lang, q->rule->inside ? "没有单独的届满日" : "已中止，没有届满日"));
    if (a->rolled) printf("%s\n", said(in, "未因节假日移动之前：{0}", (const char *const[NOTE_ARGS]){day_text(in, a->base)}));
    if (a->safe_by != DAY_NONE) printf("%s\n", said(in, "稳妥之日：{0}", (const char *const[NOTE_ARGS]){day_text(in, a->safe_by)}));
    if (a->has_due && (a->literal.day != a->due.day || a->literal.minute != a->due.minute))
        printf("%s\n",
               said(in, "按法条字面（开始之时不计）：{0}", (const char *const[NOTE_ARGS]){instant_text(a->literal, in->arena)}));
    if (a->provisional) puts(lang_tr(in->lang, "暂定：有的年份尚未公布放假安排"));
    if (!a->in_force) puts(lang_tr(in->lang, "起算日不在这一规定的有效期内"));
    printf("%s  %s  [%s]\n", lang_tr(in->lang, q->rule->name), q->rule->citation,
           lang_tr(in->lang, term_status_name(q->rule->status)));
    if (option(in, "--explain")) print_steps(in, a);
}

enum fault command_due(struct invocation *in) {
    if (!in->word_count) {
        list_rules(in);
        return FAULT_NONE;
    }
    struct due_question q = {0};
    struct due_answer a;
    enum fault f = read_question(in, &q);
    if (!f) f = due_compute(&q, in->arena, in->notes, &a);
    if (f) return f;
    if (in->json) print_json(in, &q, &a);
    else print_text(in, &q, &a);
    return FAULT_NONE;
}
