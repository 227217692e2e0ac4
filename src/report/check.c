/* check.c - holds the figures of a draft against its words: quantifiers, shares, unit words, identities and zeros. */
#include "report/inside.h"

#include <string.h>

struct report_check *check_add(struct drafting *d, int line, bool passed, const char *sentence, const char *a, const char *b,
                               const char *c, const char *e) {
    struct draft *draft = d->draft;
    if (draft->check_count == d->check_room) {
        d->check_room = d->check_room ? d->check_room * 2 : 64;
        struct report_check *more = arena_array(d->arena, struct report_check, d->check_room);
        if (draft->check_count) memcpy(more, draft->checks, draft->check_count * sizeof *more);
        draft->checks = more;
    }
    struct report_check *check = &draft->checks[draft->check_count++];
    *check = (struct report_check){
        .place = line_place(d->arena, line), .sentence = sentence, .args = {a, b, c, e}, .passed = passed};
    if (!passed) draft->issuable = false;
    return check;
}

static const char *number(const struct drafting *d, const struct figure *f) { return figure_show(f, f->value, d->arena); }
static const char *place_of(const struct drafting *d, const struct figure *f, const char *word) {
    return word ? arena_format(d->arena, "{{%s %s}}", f->key, word) : arena_format(d->arena, "{{%s}}", f->key);
}

/* ---- quantifiers ---- */

static void check_round(struct drafting *d, const struct piece *p, const struct figure *f) {
    const char *said = piece_say(d, p);
    if (!p->claimed) return; /* the engine chose the words itself */
    bool holds = p->say == SAY_NEAR ? number_near(f->value, p->claim)
               : p->say == SAY_OVER ? number_over(f->value, p->claim)
                                    : number_break(f->value, p->claim);
    if (holds) check_add(d, p->line, true, "“{0}”与记录数 {1} 相符", said, number(d, f), NULL, NULL);
    else
        check_add(d, p->line, false, "写的是“{0}”，记录数是 {1}，不符；请改为 {2} 或 {3}", said, number(d, f), place_of(d, f, NULL),
                  place_of(d, f, p->word));
}

static void check_share(struct drafting *d, const struct piece *p, const struct figure *f, const struct figure *whole) {
    const char *said = p->word;
    if (!f->measure->unit || !whole->measure->unit || strcmp(f->measure->unit, whole->measure->unit))
        check_add(d, p->line, false, "“{0}”比较的两个数字单位不同（{1}、{2}），不能这样写", said,
                  f->measure->unit ? f->measure->unit : "", whole->measure->unit ? whole->measure->unit : "", NULL);
    else if (number_share(p->say, f->value, whole->value))
        check_add(d, p->line, true, "“{0}”与 {1}（共 {2}）相符", said, number(d, f), number(d, whole), NULL);
    else
        check_add(d, p->line, false, "写的是“{0}”，记录数是 {1}（共 {2}），不符；请改为 {3}", said, number(d, f), number(d, whole),
                  place_of(d, f, NULL));
}

/* ---- words beside a figure ---- */

static const char *const count_words[] = {"人次", "场次", "条次", "块次", "班次", "车次", "万元", "人", "次", "项",
                                          "件",   "条",   "场",   "页",   "册",   "块",   "份",   "张", "名", "位",
                                          "个",   "台",   "处",   "起",   "天",   "元",   "本",   "篇", "期", "例",
                                          "户",   "间",   "辆",   "批",   "届",   "节",   "堂",   "套", "幅"};

/* Words that count the same thing as the unit. */
static const struct {
    const char *unit, *word;
} same_words[] = {{"人", "名"}, {"人", "位"}, {"场次", "场"}, {"项", "个"},          {"件", "个"},
                  {"起", "次"}, {"起", "例"}, {"册", "本"},   {"块（次）", "块(次)"}};

static bool starts(const char *text, const char *word) { return !strncmp(text, word, strlen(word)); }

static const char *word_after(const char *text, const char *unit) {
    const char *found = unit && starts(text, unit) ? unit : NULL;
    for (size_t i = 0; i < COUNT_OF(count_words); i++)
        if (starts(text, count_words[i]) && (!found || strlen(count_words[i]) > strlen(found))) found = count_words[i];
    for (size_t i = 0; i < COUNT_OF(same_words); i++)
        if (starts(text, same_words[i].word) && (!found || strlen(same_words[i].word) > strlen(found))) found = same_words[i].word;
    return found;
}

static bool word_fits(const char *unit, const char *word) {
    if (!strcmp(unit, word)) return true;
    for (size_t i = 0; i < COUNT_OF(same_words); i++)
        if (!strcmp(same_words[i].unit, unit) && !strcmp(same_words[i].word, word)) return true;
    return false;
}

static void check_unit(struct drafting *d, const struct piece *p, const struct figure *f) {
    const char *unit = f->measure->unit, *after = p->end + strspn(p->end, "* ");
    const char *word = unit ? word_after(after, unit) : NULL;
    if (!word) return;
    if (word_fits(unit, word)) check_add(d, p->line, true, "“{0}”的单位“{1}”相符", f->measure->label, word, NULL, NULL);
    else check_add(d, p->line, false, "“{0}”的单位是“{1}”，后面却写了“{2}”；请改为“{1}”", f->measure->label, unit, word, NULL);
}

static bool ends(const char *begin, const char *end, const char *word) {
    size_t n = strlen(word);
    return (size_t)(end - begin) >= n && !memcmp(end - n, word, n);
}

/* A quantifier outside the braces would not be checked, so it may not stand there. */
static void check_beside(struct drafting *d, const struct piece *p, const struct figure *f) {
    static const char *const before[] = {"将近", "近", "约", "超过", "突破", "逾", "超", "不足", "不到", "上下", "至少", "至多"};
    static const char *const before_fine[] = {"最近", "附近", "临近", "邻近", "远近", "靠近", "大约束"};
    static const char *const after[] = {"余", "多", "左右", "上下", "以上"};
    const char *begin = d->text.source, *end = p->begin;
    while (end > begin && (end[-1] == ' ' || end[-1] == '*')) end--;
    const char *found = NULL, *mend = "突破";
    for (size_t i = 0; !found && i < COUNT_OF(before); i++)
        if (ends(begin, end, before[i])) found = before[i];
    for (size_t i = 0; found && i < COUNT_OF(before_fine); i++)
        if (ends(begin, end, before_fine[i])) found = NULL;
    if (found && strstr(found, "近")) mend = "近";
    const char *next = p->end + strspn(p->end, "* ");
    for (size_t i = 0; !found && i < COUNT_OF(after); i++)
        if (starts(next, after[i])) {
            found = after[i];
            mend = "余";
        }
    if (found)
        check_add(d, p->line, false, "数字旁边的“{0}”没有核对；请删去，或写进花括号：{1}", found, place_of(d, f, mend), NULL, NULL);
}

/* ---- zeros ---- */

static void check_zero(struct drafting *d, int line, int at, const char *word) {
    const struct figure *f = &d->draft->figures[at];
    if (f->zero_shown) {
        check_add(d, line, true, "“{0}”为零：{1}", f->measure->label, f->zero_by, NULL, NULL);
    } else if (word) {
        check_add(d, line, false, "不能写“{0}”：{1}。空的台账不能证明没有发生；请补记，或填写零报告并由另一人签署", word,
                  d->zero_lacking[at], NULL, NULL);
    } else {
        bool any = true;
        if (figure_any(d->conn, f, f->period, &any)) any = false;
        if (!any)
            check_add(d, line, false, "“{0}”为 0，而“{1}”在报告期内没有任何记录；请补记，或填写零报告并由另一人签署",
                      f->measure->label, f->reg->label, NULL, NULL);
    }
}

/* ---- all of them ---- */

static void check_piece(struct drafting *d, const struct piece *p) {
    if (p->kind == PIECE_TABLE)
        for (size_t i = 0; i < p->list_count; i++)
            if (!d->draft->figures[p->list[i]].value) check_zero(d, p->line, p->list[i], NULL);
    if (p->kind != PIECE_FIGURE) return;
    const struct figure *f = &d->draft->figures[p->figure];
    switch (p->say) {
    case SAY_EXACT:
    case SAY_NEAR:
    case SAY_OVER:
    case SAY_BREAK:
        if (p->say != SAY_EXACT) check_round(d, p, f);
        check_unit(d, p, f);
        check_beside(d, p, f);
        if (!f->value) check_zero(d, p->line, p->figure, NULL);
        break;
    case SAY_ALL:
    case SAY_EACH:
    case SAY_MAIN:
    case SAY_FEW: check_share(d, p, f, &d->draft->figures[p->other]); break;
    case SAY_NONE:
        if (!f->value) check_zero(d, p->line, p->figure, p->word);
        break;
    case SAY_COMPARE: break;
    }
}

static void check_identity(struct drafting *d, const struct text_identity *i) {
    const struct figure *figures = d->draft->figures;
    _cleanup_(text_release) struct text words;
    text_init(&words, 4000);
    int64_t sum = 0;
    bool large = false;
    for (size_t k = 0; k < i->count; k++) {
        const struct figure *f = &figures[i->terms[k]];
        large |= i->minus[k] ? __builtin_sub_overflow(sum, f->value, &sum) : __builtin_add_overflow(sum, f->value, &sum);
        text_format(&words, "%s%s %s", k ? i->minus[k] ? " − " : " + " : "", f->measure->label, number(d, f));
    }
    const struct figure *left = &figures[i->left];
    const char *terms = arena_copy(d->arena, words.at);
    if (!large && sum == left->value)
        check_add(d, i->line, true, "{0} {1} = {2}", left->measure->label, number(d, left), terms, NULL);
    else
        check_add(d, i->line, false, "{0} {1} 不等于 {2}；请核对记录的状态，再起草", left->measure->label, number(d, left), terms,
                  NULL);
}

void checks_make(struct drafting *d) {
    d->draft->issuable = true;
    for (size_t i = 0; i < d->text.identity_count; i++) check_identity(d, &d->text.identities[i]);
    for (size_t i = 0; i < d->text.count; i++) check_piece(d, &d->text.pieces[i]);
    checks_prose(d);
}
