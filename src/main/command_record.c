/* command_record.c - registers from the shell: list, show, add, move. */
#include "main/command.h"

#include "base/printer.h"
#include "register/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct printing {
    struct invocation *in;
    const struct reg *reg;
    int64_t shown;
};

static void print_json_record(const struct reg *reg, const struct record *r, struct text *out) {
    char id[ID_TEXT], day[CIVIL_TEXT], moment[MOMENT_TEXT];
    id_format(&r->id, id);
    civil_format(r->effective, day);
    moment_format(r->entered_ms, moment);
    text_format(out, "{\"id\":\"%s\",\"state\":", id);
    if (r->state) json_text(out, r->state);
    else text_add(out, "null");
    text_format(out, ",\"effective\":\"%s\",\"entered\":\"%s\",\"position\":%lld,\"late\":%s,\"withdrawn\":%s", day, moment,
                (long long)r->position, r->late ? "true" : "false", r->withdrawn ? "true" : "false");
    for (size_t i = 0; i < reg->field_count; i++) {
        text_format(out, ",\"%s\":", reg->fields[i].key);
        value_json(&reg->fields[i], &r->values[i], out);
        if (!r->names[i]) continue;
        text_format(out, ",\"%s_name\":", reg->fields[i].key);
        json_text(out, r->names[i]);
    }
    text_addc(out, '}');
}

static const char *shown_value(const struct invocation *in, const struct reg *reg, const struct record *r, size_t i) {
    if (r->names[i]) return r->names[i];
    return value_show(&reg->fields[i], &r->values[i], in->lang, in->arena);
}

static enum fault print_row(void *context, const struct record *r) {
    struct printing *p = context;
    if (p->in->json) {
        _cleanup_(text_release) struct text line;
        text_init(&line, 4 << 20);
        print_json_record(p->reg, r, &line);
        printf("%s%s", p->shown ? ",\n" : "", line.at);
        p->shown++;
        return FAULT_NONE;
    }
    char id[ID_TEXT], day[CIVIL_TEXT];
    id_format(&r->id, id);
    civil_format(r->effective, day);
    const struct reg_state *state = r->state ? reg_state_named(p->reg, r->state) : NULL;
    printf("%s  %s%s%s", id, day, state ? "  " : "", state ? lang_tr(p->in->lang, state->label) : "");
    for (size_t i = 0; i < p->reg->field_count; i++)
        if (p->reg->fields[i].flags & LISTED) printf("  %s", shown_value(p->in, p->reg, r, i));
    printf("%s\n", r->late ? lang_tr(p->in->lang, "  [补录]") : "");
    p->shown++;
    return FAULT_NONE;
}

static enum fault read_look(struct invocation *in, struct instance *i, struct look *look) {
    _cleanup_(store_read_end) struct conn *c = NULL;
    enum fault f = store_read_begin(i->store, &c);
    if (!f) f = look_ask(c, option(in, "--as-of"), option(in, "--known-at"), in->notes, look);
    return f == FAULT_INPUT ? FAULT_USAGE : f;
}

static enum fault list_records(struct invocation *in, struct instance *i, const struct actor *actor, const struct reg *reg) {
    struct list_query q = {.reg = reg, .search = option(in, "--search"), .sort = option(in, "--sort")};
    struct filter *filter = NULL;
    const char *text = option(in, "--filter"), *limit = option(in, "--limit");
    _cleanup_(store_read_end) struct conn *c = NULL;
    enum fault f = read_look(in, i, &q.look);
    if (!f) f = store_read_begin(i->store, &c);
    struct filter_context context = {
        .actor = actor, .registers = i->registers, .conn = c, .has_today = true, .today = civil_at(in->now_ms)};
    if (!f && text) f = filter_parse(reg, text, &context, in->arena, in->notes, &filter);
    if (f) return f;
    q.filter = filter;
    int64_t most = limit ? strtoll(limit, NULL, 10) : 1000, left = most;
    struct printing p = {in, reg, 0};
    char next[CURSOR_TEXT] = "", before[CURSOR_TEXT], cursor[CURSOR_TEXT];
    if (in->json) printf("[");
    do {
        snprintf(cursor, sizeof cursor, "%s", next);
        q.cursor = cursor;
        q.limit = left < 500 ? (int)left : 500;
        if (!f && left > 0) f = record_list(i->registers, c, actor, &q, print_row, &p, next, before);
        left = most - p.shown;
    } while (!f && next[0] && left > 0);
    if (in->json) printf("]\n");
    else if (!p.shown && !f) fprintf(stderr, "%s\n", lang_tr(in->lang, "没有记录"));
    return f;
}

static enum fault read_id(struct invocation *in, int word, struct id *out) {
    const char *text = in->words[word];
    if (text && id_parse(text, out)) return FAULT_NONE;
    note_add(in->notes, text ? text : "", "应为记录编号（26 位），可用 record list 查到");
    return FAULT_USAGE;
}

static void show_history(struct invocation *in, const struct reg *reg, const struct record_step *steps, size_t count) {
    for (size_t k = 0; k < count; k++) {
        char day[CIVIL_TEXT], moment[MOMENT_TEXT];
        civil_format(steps[k].effective, day);
        moment_format(steps[k].entered_ms, moment);
        const struct reg_move *move = reg_move_named(reg, steps[k].op);
        printf("  #%lld  %s  %s %s  %s %s  %s%s%s\n", (long long)steps[k].position,
               move ? lang_tr(in->lang, move->label) : steps[k].op, lang_tr(in->lang, "生效"), day, lang_tr(in->lang, "录入"),
               moment, steps[k].actor_name ? steps[k].actor_name : lang_tr(in->lang, "系统"), steps[k].reason ? "  " : "",
               steps[k].reason ? steps[k].reason : "");
    }
}

static enum fault show_record(struct invocation *in, struct instance *i, const struct actor *actor, const struct reg *reg) {
    struct id id;
    struct look look;
    struct record r;
    struct record_step *steps;
    size_t count;
    enum fault f = read_id(in, 2, &id);
    if (!f) f = read_look(in, i, &look);
    _cleanup_(store_read_end) struct conn *c = NULL;
    if (!f) f = store_read_begin(i->store, &c);
    if (!f) f = record_read(i->registers, c, actor, reg, &id, &look, in->arena, &r);
    if (!f) f = record_history(i->registers, c, actor, reg, &id, in->arena, &steps, &count);
    if (f) return f;
    if (in->json) {
        _cleanup_(text_release) struct text line;
        text_init(&line, 4 << 20);
        print_json_record(reg, &r, &line);
        puts(line.at);
        return FAULT_NONE;
    }
    const struct reg_state *state = r.state ? reg_state_named(reg, r.state) : NULL;
    if (state) printf("%s\n", lang_tr(in->lang, state->label));
    for (size_t k = 0; k < reg->field_count; k++)
        printf("%s: %s\n", lang_tr(in->lang, reg->fields[k].label), shown_value(in, reg, &r, k));
    show_history(in, reg, steps, count);
    return FAULT_NONE;
}

static enum fault change_record(struct invocation *in, struct instance *i, const struct actor *actor, const struct reg *reg,
                                bool move) {
    struct change c = {.kind = move ? CHANGE_MOVE : CHANGE_ADD,
                       .reg = reg,
                       .record = id_make(in->now_ms),
                       .reason = option(in, "--reason"),
                       .expected = -1};
    struct change_value *values = arena_array(in->arena, struct change_value, 64);
    for (const char *set; c.value_count < 64 && (set = option_nth(in, "--set", (int)c.value_count));) {
        const char *equals = strchr(set, '=');
        if (!equals) {
            note_add(in->notes, "--set", "应为 栏目=值，例如 --set place=实验楼");
            return FAULT_USAGE;
        }
        values[c.value_count++] = (struct change_value){arena_copyn(in->arena, set, (size_t)(equals - set)), equals + 1, NULL};
    }
    c.values = values;
    const char *effective = option(in, "--effective");
    c.has_effective = effective != NULL;
    if (effective && !civil_parse(effective, &c.effective)) {
        note_add(in->notes, "--effective", "应为日期，如 2019-12-31");
        return FAULT_USAGE;
    }
    enum fault f = move ? read_id(in, 2, &c.record) : FAULT_NONE;
    if (move && !f) {
        c.move = in->words[3];
        if (!c.move) return FAULT_USAGE;
    }
    struct change_done done;
    if (!f) f = change_apply(i->registers, actor, in->now_ms, &c, in->notes, &done);
    char id[ID_TEXT];
    id_format(&c.record, id);
    if (!f && in->json) printf("{\"id\":\"%s\",\"position\":%lld}\n", id, (long long)done.position);
    else if (!f) printf("%s  #%lld\n", id, (long long)done.position);
    return f;
}

enum fault command_record(struct invocation *in) {
    const char *verb = in->words[0];
    if (!verb || !in->words[1]) {
        note_add(in->notes, "record", "用法：taizhang {0}", in->command->usage);
        return FAULT_USAGE;
    }
    struct instance i;
    struct actor actor;
    const struct reg *reg;
    enum fault f = invocation_open(in, &i);
    if (f) return f;
    f = invocation_actor(in, &i, &actor);
    if (!f) f = invocation_register(in, &i, in->words[1], &reg);
    if (!f && !strcmp(verb, "list")) f = list_records(in, &i, &actor, reg);
    else if (!f && !strcmp(verb, "show")) f = show_record(in, &i, &actor, reg);
    else if (!f && !strcmp(verb, "add")) f = change_record(in, &i, &actor, reg, false);
    else if (!f && !strcmp(verb, "move")) f = change_record(in, &i, &actor, reg, true);
    else if (!f) f = FAULT_USAGE;
    instance_close(&i);
    return f;
}
