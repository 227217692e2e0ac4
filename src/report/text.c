/* text.c - reads a report's text: the head with its figures and identities, and the body with its {{…}} places. */
#include "report/inside.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { TAG_WORDS = 64, TAG_MAX = 2000 };

struct reading {
    struct arena *arena;
    struct notes *notes;
    struct report_text *out;
    size_t room; /* for pieces */
    bool in_title;
    unsigned faults;
};

const char *line_place(struct arena *arena, int line) { return arena_format(arena, "第 %d 行", line); }

static void refuse(struct reading *r, int line, const char *sentence, const char *a, const char *b) {
    r->faults++;
    if (b) note_add(r->notes, line_place(r->arena, line), sentence, a, b);
    else if (a) note_add(r->notes, line_place(r->arena, line), sentence, a);
    else note_add(r->notes, line_place(r->arena, line), sentence);
}

static const char *trimmed(struct arena *arena, const char *from, const char *to) {
    while (from < to && strchr(" \t\r", *from)) from++;
    while (to > from && strchr(" \t\r", to[-1])) to--;
    return arena_copyn(arena, from, (size_t)(to - from));
}

static bool name_fits(const char *name) {
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return n && n <= 40 && !name[n] && name[0] >= 'a' && name[0] <= 'z';
}

static bool name_reserved(const char *name) {
    static const char *const words[] = {"year", "last_year", "period", "institution", "table", "figure", "identity"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (!strcmp(words[i], name)) return true;
    return false;
}

static int figure_named(const struct report_text *t, const char *name) {
    for (size_t i = 0; i < t->figure_count; i++)
        if (!strcmp(t->figures[i].key, name)) return (int)i;
    return -1;
}

static int figure_wanted(struct reading *r, int line, const char *name) {
    int at = figure_named(r->out, name);
    if (at < 0) refuse(r, line, "没有名为“{0}”的数字；请先在文首写明：figure {0} = 台账.统计项", name, NULL);
    return at;
}

/* Cuts into words at blanks; answers the number of words, at most TAG_WORDS. */
static size_t words_cut(char *text, const char *words[TAG_WORDS]) {
    size_t n = 0;
    for (char *at = text + strspn(text, " \t"); *at && n < TAG_WORDS; at += strspn(at, " \t")) {
        words[n++] = at;
        at += strcspn(at, " \t");
        if (*at) *at++ = 0;
    }
    return n;
}

/* ---- places in the text ---- */

static const struct {
    const char *word;
    enum say say;
    bool takes_other;
} says[] = {{"近", SAY_NEAR, false},     {"余", SAY_OVER, false},     {"突破", SAY_BREAK, false}, {"全部", SAY_ALL, true},
            {"均", SAY_EACH, true},      {"主要", SAY_MAIN, true},    {"个别", SAY_FEW, true},    {"较上年", SAY_COMPARE, false},
            {"未发生", SAY_NONE, false}, {"未出现", SAY_NONE, false}, {"未发现", SAY_NONE, false}};

static bool claim_read(const char *word, int64_t *out) {
    size_t n = strspn(word, "0123456789");
    if (!n || word[n] || n > 15) return false;
    *out = strtoll(word, NULL, 10);
    return true;
}

static void figure_words(struct reading *r, struct piece *p, const char *const *words, size_t count) {
    size_t at = 1;
    for (size_t i = 0; at < count && i < COUNT_OF(says); i++) {
        if (strcmp(says[i].word, words[at])) continue;
        p->say = says[i].say;
        p->word = says[i].word;
        at++;
        if (says[i].takes_other) {
            p->other = at < count ? figure_wanted(r, p->line, words[at]) : -1;
            if (at >= count) refuse(r, p->line, "“{0}”后面要写与哪个数字相比，如 {{solved {0} found}}", words[at - 1], NULL);
            at++;
        }
        break;
    }
    bool rounds = p->say == SAY_NEAR || p->say == SAY_OVER || p->say == SAY_BREAK;
    if (rounds && at < count && claim_read(words[at], &p->claim)) {
        p->claimed = true;
        at++;
    }
    if (at < count && (rounds || p->say == SAY_EXACT) && !strcmp(words[at], "汉字")) {
        p->han = true;
        at++;
    }
    if (at < count)
        refuse(r, p->line, "看不懂“{0}”；数字后面可写：近、余、突破、汉字、全部、均、主要、个别、较上年、未发生", words[at], NULL);
}

static void table_words(struct reading *r, struct piece *p, const char *const *words, size_t count) {
    int *list = arena_array(r->arena, int, count);
    p->kind = PIECE_TABLE;
    for (size_t i = 1; i < count; i++) {
        list[p->list_count] = figure_wanted(r, p->line, words[i]);
        if (list[p->list_count] >= 0) p->list_count++;
    }
    p->list = list;
    if (count < 2) refuse(r, p->line, "对照表要写明数字，如 {{table found solved}}", NULL, NULL);
    if (r->in_title) return; /* told by title_check */
    const char *before = p->begin, *after = p->end;
    while (before > r->out->source && before[-1] == ' ') before--;
    while (*after == ' ' || *after == '\r') after++;
    if ((before > r->out->source && before[-1] != '\n') || (*after && *after != '\n'))
        refuse(r, p->line, "对照表要单独占一行", NULL, NULL);
}

static void tag_read(struct reading *r, struct piece *p) {
    static const struct {
        const char *word;
        enum piece_kind kind;
    } plain[] = {
        {"year", PIECE_YEAR}, {"last_year", PIECE_LAST_YEAR}, {"period", PIECE_PERIOD}, {"institution", PIECE_INSTITUTION}};
    const char *from = p->begin + 2, *to = p->end - 2;
    const char *inside = trimmed(r->arena, from, to);
    if (!strncmp(inside, "原文 ", strlen("原文 "))) {
        p->kind = PIECE_FIXED;
        p->text = trimmed(r->arena, inside + strlen("原文 "), inside + strlen(inside));
        p->length = strlen(p->text);
        return;
    }
    char *cut = arena_copy(r->arena, inside);
    const char *words[TAG_WORDS];
    size_t count = words_cut(cut, words);
    if (!count) {
        refuse(r, p->line, "花括号里是空的；请写数字的名字", NULL, NULL);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(plain); i++)
        if (!strcmp(plain[i].word, words[0])) {
            p->kind = plain[i].kind;
            if (count > 1) refuse(r, p->line, "“{0}”后面不能再写别的", words[0], NULL);
            return;
        }
    if (!strcmp(words[0], "table")) {
        table_words(r, p, words, count);
        return;
    }
    p->kind = PIECE_FIGURE;
    p->figure = figure_wanted(r, p->line, words[0]);
    figure_words(r, p, words, count);
}

static struct piece *piece_add(struct reading *r, struct piece **list, size_t *count, size_t *room) {
    if (*count == TEXT_PIECES_MAX) return NULL;
    if (*count == *room) {
        *room = *room ? *room * 2 : 64;
        struct piece *more = arena_array(r->arena, struct piece, *room);
        if (*count) memcpy(more, *list, *count * sizeof *more);
        *list = more;
    }
    struct piece *p = &(*list)[(*count)++];
    *p = (struct piece){.figure = -1, .other = -1};
    return p;
}

static int lines_in(const char *from, const char *to) {
    int n = 0;
    for (; from < to; from++) n += *from == '\n';
    return n;
}

/* Cuts text into plain pieces and places. */
static void pieces_read(struct reading *r, const char *from, const char *to, int line, struct piece **list, size_t *count) {
    size_t room = 0;
    const char *at = from;
    while (at < to) {
        const char *open = memmem(at, (size_t)(to - at), "{{", 2);
        const char *plain_end = open ? open : to;
        struct piece *p = plain_end > at || open ? piece_add(r, list, count, &room) : NULL;
        if (!p) {
            refuse(r, line, "文中的数字太多；请分成几份报告", NULL, NULL);
            return;
        }
        *p = (struct piece){.kind = PIECE_PLAIN,
                            .line = line,
                            .text = at,
                            .length = (size_t)(plain_end - at),
                            .begin = at,
                            .end = plain_end,
                            .figure = -1,
                            .other = -1};
        const char *stray = memmem(at, p->length, "}}", 2);
        if (stray) refuse(r, line + lines_in(at, stray), "多出来的“}}”；前面没有“{{”", NULL, NULL);
        line += lines_in(at, plain_end);
        if (!open) return;
        const char *line_end = memchr(open, '\n', (size_t)(to - open));
        const char *close = memmem(open, (size_t)((line_end ? line_end : to) - open), "}}", 2);
        if (!close || close - open > TAG_MAX) {
            refuse(r, line, "“{{”没有在同一行用“}}”收尾", NULL, NULL);
            at = open + 2;
            continue;
        }
        p = piece_add(r, list, count, &room);
        if (!p) return;
        *p = (struct piece){
            .kind = PIECE_FIXED, .line = line, .text = "", .begin = open, .end = close + 2, .figure = -1, .other = -1};
        tag_read(r, p);
        at = close + 2;
    }
}

/* ---- head ---- */

/* After the keyword; NULL if the line does not begin with it. */
static const char *after_word(const char *line, const char *word) {
    size_t n = strlen(word);
    return strncmp(line, word, n) || (line[n] != ' ' && line[n] != '\t') ? NULL : line + n;
}

static const char *after_label(const char *line, const char *word) {
    size_t n = strlen(word);
    if (strncmp(line, word, n)) return NULL;
    line += n + strspn(line + n, " \t");
    if (*line == ':') return line + 1;
    return strncmp(line, "：", 3) ? NULL : line + 3;
}

/* NAME = REGISTER.MEASURE [where FILTER] */
static void head_figure(struct reading *r, int line, const char *rest) {
    struct report_text *t = r->out;
    const char *equals = strchr(rest, '='), *where = strstr(rest, " where "), *end = where ? where : rest + strlen(rest);
    const char *dot = equals ? memchr(equals, '.', (size_t)(end > equals ? end - equals : 0)) : NULL;
    if (!equals || !dot || equals > end) {
        refuse(r, line, "应写作：figure 名字 = 台账.统计项", NULL, NULL);
        return;
    }
    struct text_figure f = {trimmed(r->arena, rest, equals), trimmed(r->arena, equals + 1, dot), trimmed(r->arena, dot + 1, end),
                            NULL, line};
    if (where) f.where = trimmed(r->arena, where + strlen(" where "), where + strlen(where));
    if (!name_fits(f.key) || name_reserved(f.key))
        refuse(r, line, "名字“{0}”不能用；请用小写字母、数字和下划线，以字母开头", f.key, NULL);
    else if (!name_fits(f.register_key) || !name_fits(f.measure_key))
        refuse(r, line, "应写作：figure 名字 = 台账.统计项", NULL, NULL);
    else if (figure_named(t, f.key) >= 0) refuse(r, line, "名字“{0}”用了两次", f.key, NULL);
    else if (t->figure_count == TEXT_FIGURES_MAX)
        refuse(r, line, "数字太多，最多 {0} 个", arena_format(r->arena, "%d", TEXT_FIGURES_MAX), NULL);
    else t->figures[t->figure_count++] = f;
}

/* a = b + c - d */
static void head_identity(struct reading *r, int line, const char *rest) {
    struct report_text *t = r->out;
    char *copy = arena_copy(r->arena, rest);
    const char *words[TAG_WORDS];
    size_t count = words_cut(copy, words);
    if (t->identity_count == TEXT_IDENTITIES_MAX || count < 3 || count % 2 == 0 || strcmp(words[1], "=") ||
        count / 2 > TEXT_TERMS_MAX) {
        refuse(r, line, "应写作：identity 名字 = 名字 + 名字（符号前后空格）", NULL, NULL);
        return;
    }
    struct text_identity i = {.line = line, .left = figure_wanted(r, line, words[0])};
    for (size_t k = 2; k < count; k += 2) {
        const char *sign = words[k - 1];
        if (k > 2 && strcmp(sign, "+") && strcmp(sign, "-")) {
            refuse(r, line, "应写作：identity 名字 = 名字 + 名字（符号前后空格）", NULL, NULL);
            return;
        }
        i.minus[i.count] = sign[0] == '-';
        i.terms[i.count++] = figure_wanted(r, line, words[k]);
    }
    t->identities[t->identity_count++] = i;
}

static void head_line(struct reading *r, int line, const char *from, const char *to, const char **title, int *title_line) {
    const char *text = trimmed(r->arena, from, to), *rest;
    if (!*text || *text == '#') return;
    if ((rest = after_word(text, "figure"))) {
        head_figure(r, line, rest);
    } else if ((rest = after_word(text, "identity"))) {
        head_identity(r, line, rest);
    } else if ((rest = after_label(text, "title"))) {
        *title = trimmed(r->arena, rest, rest + strlen(rest));
        *title_line = line;
    } else if ((rest = after_label(text, "addressee"))) {
        r->out->addressee = trimmed(r->arena, rest, rest + strlen(rest));
    } else if ((rest = after_label(text, "label"))) {
        r->out->label = trimmed(r->arena, rest, rest + strlen(rest));
    } else {
        refuse(r, line, "文首只能写 title、addressee、label、figure 和 identity；看不懂“{0}”", text, NULL);
    }
}

/* Answers where the body begins, or NULL. */
static const char *head_read(struct reading *r, const char *at, const char **title, int *title_line) {
    if (strncmp(at, "---\n", 4) && strncmp(at, "---\r\n", 5)) {
        refuse(r, 1, "第一行应为“---”，下面写 title 和 figure，再以“---”结束", NULL, NULL);
        return NULL;
    }
    for (int line = 1; *at; line++) {
        const char *end = strchrnul(at, '\n');
        const char *text = trimmed(r->arena, at, end);
        if (line > 1 && !strcmp(text, "---")) {
            r->out->body_line = line + 1;
            return *end ? end + 1 : end;
        }
        if (line > 1) head_line(r, line, at, end, title, title_line);
        if (arena_over(r->arena)) break;
        at = *end ? end + 1 : end;
    }
    refuse(r, 1, "文首没有用“---”结束", NULL, NULL);
    return NULL;
}

static void title_check(struct reading *r, int line) {
    for (size_t i = 0; i < r->out->title_count; i++) {
        enum piece_kind kind = r->out->title[i].kind;
        if (kind == PIECE_TABLE || kind == PIECE_FIGURE)
            refuse(r, line, "标题里只能用 {{year}}、{{period}} 和 {{institution}}", NULL, NULL);
    }
}

enum fault report_text_parse(const char *text, size_t length, struct arena *arena, struct notes *notes, struct report_text *out) {
    struct report_text t = {0};
    struct reading r = {.arena = arena, .notes = notes, .out = &t};
    if (length > TEXT_CHARACTERS_MAX * 4) return FAULT_LARGE;
    if (!utf8_valid(text, length) || memchr(text, 0, length)) {
        refuse(&r, 1, "报告文字应为 UTF-8 编码", NULL, NULL);
        return FAULT_INPUT;
    }
    t.source = arena_copyn(arena, text, length);
    if (utf8_count(t.source) > TEXT_CHARACTERS_MAX) {
        refuse(&r, 1, "报告文字太长，最多 {0} 字", arena_format(arena, "%d", TEXT_CHARACTERS_MAX), NULL);
        return FAULT_LARGE;
    }
    t.figures = arena_array(arena, struct text_figure, TEXT_FIGURES_MAX);
    t.identities = arena_array(arena, struct text_identity, TEXT_IDENTITIES_MAX);
    const char *title = NULL, *body;
    int title_line = 1;
    body = head_read(&r, t.source, &title, &title_line);
    if (body && (!title || !*title)) refuse(&r, 1, "文首要有 title（标题）", NULL, NULL);
    if (body) {
        r.in_title = true;
        if (title) pieces_read(&r, title, title + strlen(title), title_line, &t.title, &t.title_count);
        title_check(&r, title_line);
        r.in_title = false;
        pieces_read(&r, body, t.source + length, t.body_line, &t.pieces, &t.count);
    }
    if (arena_over(arena)) return FAULT_LARGE;
    if (r.faults) return FAULT_INPUT;
    *out = t;
    return FAULT_NONE;
}
