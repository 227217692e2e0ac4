/* term_rules.c - an institution's own terms: read from the records of term_rule, and what such a record must obey. */
#include "register/clock.h"
#include "register/clock_inside.h"
#include "register/inside.h"

#include <ctype.h>
#include <stdlib.h>

enum { RULES_MAX = 400, CODE_MAX = 60, CELLS = 7 };

/* A column of the statement, or a value of a changed record: both have the same keys. */
enum column {
    C_CODE,
    C_NAME,
    C_LENGTH,
    C_GIVEN,
    C_MONTHS,
    C_ROLL,
    C_STARTS,
    C_SUSPEND,
    C_EXTENSIONS,
    C_RESTART,
    C_ROUNDS,
    C_WARNINGS,
    C_EXPIRY,
    C_CITATION,
    C_FROM,
    C_TO,
    COLUMNS
};
static const char *const keys[COLUMNS] = {"code",      "name",     "length",     "given",      "months", "roll",
                                          "starts_on", "suspend",  "extensions", "restart_on", "rounds", "warnings",
                                          "on_expiry", "citation", "valid_from", "valid_to"};

/* What a record says, before it is a rule. */
struct told {
    const char *texts[COLUMNS];
    int64_t numbers[COLUMNS];
};

/* ---- tables: lines of cells set off by tabs ---- */

/* The cells of the line at *rest, which moves on; false at the end. Missing cells are "". */
static bool next_line(const char **rest, struct arena *arena, const char *cells[CELLS]) {
    if (!*rest || !**rest) return false;
    size_t length = strcspn(*rest, "\n");
    char *line = arena_copyn(arena, *rest, length);
    for (size_t i = 0; i < CELLS; i++) {
        char *cell = strsep(&line, "\t");
        cells[i] = cell ? cell : "";
    }
    *rest += length + ((*rest)[length] == '\n');
    return true;
}

static const char *or_null(const char *text) { return text && text[0] ? text : NULL; }

static bool read_extension(const char *const cells[CELLS], struct notes *notes, struct term_extension *out) {
    *out = (struct term_extension){.code = cells[0], .name = cells[1], .approver = or_null(cells[4]), .citation = cells[5]};
    out->total = !strcmp(cells[3], "total");
    out->most = !strcmp(cells[3], "most");
    if (!span_parse(cells[2], &out->by)) note_add(notes, "extensions", "延长“{0}”的长度应为 {1}", cells[0], "15d、10wd、1mo");
    else if (cells[6][0] && !span_parse(cells[6], &out->apply_before))
        note_add(notes, "extensions", "延长“{0}”的提请提前量应为 {1}", cells[0], "7d、3wd");
    else return true;
    return false;
}

static bool read_extensions(const char *table, struct arena *arena, struct notes *notes, struct term_rule *r) {
    const char *cells[CELLS];
    for (size_t n = 0; next_line(&table, arena, cells); n++) {
        if (n == TERM_EXTENSIONS_MAX) {
            note_add(notes, "extensions", "最多 {0} 种延长", arena_int(arena, TERM_EXTENSIONS_MAX));
            return false;
        }
        if (!read_extension(cells, notes, &r->extensions[n])) return false;
        for (size_t i = 0; i < n; i++)
            if (!strcmp(r->extensions[i].code, cells[0])) {
                note_add(notes, "extensions", "延长“{0}”列了两次", cells[0]);
                return false;
            }
    }
    return true;
}

/* The roles as rungs name them; in records with an underscore. */
static const char *rung_role(const char *choice) {
    static const char *const roles[][2] = {{"handler", "handler"}, {"department_head", "department-head"}, {"leader", "leader"}};
    for (size_t i = 0; i < COUNT_OF(roles); i++)
        if (!strcmp(roles[i][0], choice)) return roles[i][1];
    return NULL;
}

/* Days before the end, in the records; a rung counts from the end. */
static bool read_ladder(const char *table, struct arena *arena, struct notes *notes, struct term_rule *r) {
    if (!table || !table[0]) return true;
    struct term_rung *ladder = arena_array(arena, struct term_rung, TERM_RUNGS_MAX + 1);
    const char *cells[CELLS];
    size_t n = 0;
    for (; next_line(&table, arena, cells); n++) {
        const char *role = rung_role(cells[1]);
        if (n == TERM_RUNGS_MAX || !role) {
            note_add(notes, "warnings", "最多 {0} 次提醒，每次写明提前天数和提醒谁", arena_int(arena, TERM_RUNGS_MAX));
            return false;
        }
        ladder[n] = (struct term_rung){(int16_t)-strtol(cells[0], NULL, 10), role};
    }
    ladder[n] = (struct term_rung){0, NULL};
    r->ladder = ladder;
    return true;
}

static void read_reasons(const char *lines, struct arena *arena, struct term_rule *r) {
    const char *cells[CELLS];
    for (size_t n = 0; n < TERM_REASONS_MAX && next_line(&lines, arena, cells);)
        if ((r->suspend[n] = reason_code(cells[0]))) n++;
}

/* A rule as a record says it. Texts are the record's own. */
static bool rule_of(const struct told *t, struct arena *arena, struct notes *notes, struct term_rule *r) {
    const char *const *x = t->texts;
    *r = (struct term_rule){.code = x[C_CODE],
                            .name = x[C_NAME],
                            .given = t->numbers[C_GIVEN] == 1,
                            .month_rule = x[C_MONTHS] && !strcmp(x[C_MONTHS], "criminal") ? MONTH_CRIMINAL : MONTH_CIVIL,
                            .roll = t->numbers[C_ROLL] == 1 ? ROLL_NEXT : ROLL_NONE,
                            .status = TERM_LOCAL,
                            .rounds_most = (int8_t)t->numbers[C_ROUNDS],
                            .starts_on = or_null(x[C_STARTS]),
                            .restart_on = or_null(x[C_RESTART]),
                            .on_expiry = or_null(x[C_EXPIRY]),
                            .citation = x[C_CITATION]};
    if (!x[C_FROM] || !civil_parse(x[C_FROM], &r->valid_from)) r->valid_from = 0;
    if (!x[C_TO] || !civil_parse(x[C_TO], &r->valid_to)) r->valid_to = 0;
    if (x[C_LENGTH] && x[C_LENGTH][0] && !span_parse(x[C_LENGTH], &r->length)) {
        note_add(notes, "length", "长度应为 {0}", "15d、10wd、12mo");
        return false;
    }
    read_reasons(x[C_SUSPEND], arena, r);
    return read_extensions(x[C_EXTENSIONS], arena, notes, r) && read_ladder(x[C_WARNINGS], arena, notes, r) &&
           rule_check(r, notes) == FAULT_NONE;
}

/* ---- those on record ---- */

#define RULE_COLUMNS                                                                                                               \
    "f_code, f_name, f_length, f_given, f_months, f_roll, f_starts_on, f_suspend, f_extensions, f_restart_on, f_rounds, "          \
    "f_warnings, f_on_expiry, f_citation, f_valid_from, f_valid_to, id"

enum fault clock_rules(struct conn *conn, struct arena *arena, struct rule_book *out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    struct notes unsaid;
    struct term_rule *rules = NULL;
    notes_init(&unsaid, arena);
    *out = (struct rule_book){0};
    enum fault f = stmt_open(
        conn, "SELECT " RULE_COLUMNS " FROM r_term_rule WHERE tenant = ?1 AND withdrawn = 0 ORDER BY f_code, f_valid_from DESC, id",
        &s);
    if (f) return f;
    stmt_bind_int(s, 1, TENANT);
    for (bool row = true; row && out->count < RULES_MAX;) {
        struct told t = {0};
        f = stmt_step(s, &row);
        if (f || !row) return f;
        if (!rules) out->own = rules = arena_array(arena, struct term_rule, RULES_MAX);
        for (int c = 0; c < COLUMNS; c++) {
            if (c == C_GIVEN || c == C_ROLL || c == C_ROUNDS) t.numbers[c] = stmt_int(s, c);
            else t.texts[c] = arena_copy(arena, stmt_text(s, c));
        }
        if (rule_of(&t, arena, &unsaid, &rules[out->count])) out->count++; /* one that no longer holds computes nothing */
    }
    return FAULT_NONE;
}

/* ---- what a record must obey ---- */

static bool good_code(const char *code) {
    size_t length = strlen(code);
    if (length < 2 || length > CODE_MAX || !islower((unsigned char)code[0])) return false;
    for (const char *c = code; *c; c++)
        if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && !strchr("._-", *c)) return false;
    return true;
}

/* Whether another rule of the code is in force on a day of this one's. */
static enum fault overlaps(struct conn *conn, const struct id *record, const struct term_rule *r, bool *out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    char from[CIVIL_TEXT], to[CIVIL_TEXT];
    enum fault f = stmt_open(conn,
                             "SELECT 1 FROM r_term_rule WHERE tenant = ?1 AND withdrawn = 0 AND f_code = ?2 AND id <> ?3 AND "
                             "f_valid_from <= ?5 AND (f_valid_to IS NULL OR f_valid_to = '' OR f_valid_to >= ?4) LIMIT 1",
                             &s);
    if (f) return f;
    civil_format(r->valid_from, from);
    civil_format(r->valid_to ? r->valid_to : CALENDAR_LAST, to);
    stmt_bind_int(s, 1, TENANT);
    stmt_bind_text(s, 2, r->code);
    stmt_bind_id(s, 3, record);
    stmt_bind_text(s, 4, from);
    stmt_bind_text(s, 5, to);
    return stmt_step(s, out);
}

enum fault term_rule_check(struct conn *conn, const struct reg *reg, const struct id *record, const struct value *values,
                           struct arena *arena, struct notes *notes) {
    struct told t = {0};
    struct term_rule r;
    bool other = false;
    for (int c = 0; c < COLUMNS; c++) {
        const struct value *v = clock_value(reg, values, keys[c]);
        t.texts[c] = clock_text(reg, values, keys[c]);
        if (v && v->kind == VALUE_INT) t.numbers[c] = v->integer;
    }
    if (!t.texts[C_CODE] || !t.texts[C_FROM] || !t.texts[C_CITATION]) return FAULT_NONE; /* their absence is told already */
    const struct term_rule *shipped = rule_find(t.texts[C_CODE]);
    if (!good_code(t.texts[C_CODE])) note_add(notes, "code", "代码用小写字母、数字、点和横线，字母开头，如 {0}", "own.reply");
    else if (shipped && !rule_may_replace(shipped))
        note_add(notes, "code", "“{0}”是随附的法定期限，不能改写；本单位另有规定的，请另取代码，如 {1}", shipped->code,
                 arena_join(arena, "own.", shipped->code));
    else if (!rule_of(&t, arena, notes, &r)) return FAULT_INPUT;
    else {
        enum fault f = overlaps(conn, record, &r, &other);
        if (f || !other) return f;
        note_add(notes, "valid_from", "这个代码的另一条规定在同一时间有效；请先写明它的失效日期");
    }
    return FAULT_INPUT;
}
