/* formfile_prose.c - a Word form's paragraphs: their text taken apart into what the form says and the blanks that it leaves. */
#include "document/formfile_docx.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
    MARKS_MAX = 20000,
    SPACES_MAX = 400,
    PIECES_MAX = FORMGRID_COLUMNS - 1,
    SOMETHING = 0x25a3 /* stands for what is no text */
};

/* One character with its place in the markup. */
struct mark {
    uint32_t character; /* 0: hidden */
    const char *begin, *end;
    struct run_text *in; /* NULL: it cannot be replaced */
    struct control *control;
    const char *style, *style_end;
    bool underlined;
};

/* ---- characters ---- */

struct run {
    bool underlined, hidden;
    const char *style, *style_end;
};

static void add_mark(struct docx_form *d, const struct mark *mark) {
    if (d->mark_count > MARKS_MAX) return; /* one more than the most tells that there were more */
    if (d->mark_count == d->mark_room)
        d->marks = memory_resize(d->marks, (d->mark_room = d->mark_room ? d->mark_room * 2 : 256) * sizeof *d->marks);
    d->marks[d->mark_count++] = *mark;
}

static void add_fixed(struct docx_form *d, uint32_t character) { add_mark(d, &(struct mark){.character = character}); }

static bool may_change(const struct docx_form *d, const struct run *run) {
    return !d->fields && !run->hidden && !(d->control && d->control->fixed);
}

static struct run_text *add_text(struct docx_form *d, const struct tag *tag, bool tab) {
    struct run_text *t = arena_new(d->form->own->arena, struct run_text);
    *t = (struct run_text){.tag = *tag, .tab = tab, .preserved = docx_preserves(tag), .next = d->texts};
    return d->texts = t;
}

static bool is_xml_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* The character that a reference ("&#20013;") stands for; *length is the reference's. */
static uint32_t referred(const char *at, const char *end, size_t *length) {
    const char *stop = memchr(at, ';', (size_t)(end - at));
    uint32_t character = 0;
    struct text one;
    *length = stop ? (size_t)(stop + 1 - at) : 1;
    text_init(&one, 16);
    markup_text(at, at + *length, &one);
    if (!one.length || !utf8_decode(one.at, one.length, &character)) character = SOMETHING;
    text_release(&one);
    return character;
}

/* Characters one by one, so that each is known by its bytes. */
static void add_characters(struct docx_form *d, const struct run *run, struct run_text *in, const char *at, const char *end) {
    while (at < end && d->mark_count <= MARKS_MAX) {
        struct mark mark = {.begin = at, .in = may_change(d, run) ? in : NULL, .control = d->control};
        size_t n = 0;
        if (*at == '&') mark.character = referred(at, end, &n);
        else if (!(n = utf8_decode(at, (size_t)(end - at), &mark.character))) n = 1, mark.character = SOMETHING;
        if (run->hidden) mark.character = 0;
        mark.end = at + n;
        mark.underlined = run->underlined;
        mark.style = run->style;
        mark.style_end = run->style_end;
        add_mark(d, &mark);
        at = mark.end;
    }
}

static void read_text(struct docx_form *d, const struct run *run, const struct tag *tag, const struct tag *close) {
    const char *begin = tag->end, *end = close->begin;
    if (tag->kind == TAG_EMPTY || d->mark_count > MARKS_MAX) return;
    if (memchr(begin, '<', (size_t)(end - begin))) { /* comments or CDATA, which no word processor writes */
        add_fixed(d, SOMETHING);
        return;
    }
    struct run_text *in = add_text(d, tag, false);
    while (!in->preserved && begin < end && is_xml_space(*begin)) begin++; /* it does not show */
    while (!in->preserved && end > begin && is_xml_space(end[-1])) end--;
    add_characters(d, run, in, begin, end);
}

static void read_look(const struct docx_form *d, const char *begin, const char *end, struct run *run) {
    struct markup m = {begin, end};
    struct tag tag, close;
    while (markup_next(&m, &tag) && tag.kind != TAG_CLOSE && markup_pass(&m, &tag, &close)) {
        bool off = docx_says(d, &tag, "val", "none") || docx_says(d, &tag, "val", "0") || docx_says(d, &tag, "val", "false");
        if (tag_is(&tag, "u")) run->underlined = !off;
        if (tag_is(&tag, "vanish")) run->hidden = !off;
        if (tag_is(&tag, "rStyle")) run->style = tag.begin, run->style_end = close.end;
    }
}

static void read_field_mark(struct docx_form *d, const struct tag *tag) {
    if (docx_says(d, tag, "fldCharType", "begin")) d->fields++;
    if (docx_says(d, tag, "fldCharType", "end") && d->fields) d->fields--;
}

static bool is_silent(const struct tag *tag) {
    static const char *const names[] = {"instrText",  "delText",      "delInstrText", "lastRenderedPageBreak",
                                        "softHyphen", "annotationRef"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (tag_is(tag, names[i])) return true;
    return tag->name_length > 2 && !memcmp(tag->name + tag->name_length - 2, "Pr", 2);
}

static void read_run(struct docx_form *d, struct markup *m) {
    struct run run = {0};
    struct tag tag, close;
    while (markup_next(m, &tag) && tag.kind != TAG_CLOSE && markup_pass(m, &tag, &close)) {
        bool own = docx_owns(d, &tag);
        if (own && tag_is(&tag, "rPr")) read_look(d, tag.end, close.begin, &run);
        else if (own && tag_is(&tag, "t")) read_text(d, &run, &tag, &close);
        else if (own && tag_is(&tag, "tab"))
            add_mark(d, &(struct mark){'\t', tag.begin, tag.begin, may_change(d, &run) ? add_text(d, &tag, true) : NULL, d->control,
                                       run.style, run.style_end, run.underlined});
        else if (own && (tag_is(&tag, "br") || tag_is(&tag, "cr"))) add_fixed(d, '\n');
        else if (own && tag_is(&tag, "noBreakHyphen")) add_fixed(d, '-');
        else if (own && tag_is(&tag, "fldChar")) read_field_mark(d, &tag);
        else if (tag.kind == TAG_OPEN ? !own || !is_silent(&tag) : own && tag_is(&tag, "sym")) add_fixed(d, SOMETHING);
    }
}

static bool is_wrapper(const struct tag *tag) {
    static const char *const names[] = {"hyperlink", "smartTag", "customXml", "dir", "bdo"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (tag_is(tag, names[i])) return true;
    return false;
}

/* What the paragraph says of a text that is typed at its end, but for a change of it that is still to be accepted. */
static void read_paragraph_look(const struct docx_form *d, const char *begin, const char *end, struct blank *typed) {
    struct markup m = {begin, end};
    struct tag tag, close;
    while (markup_next(&m, &tag) && tag.kind != TAG_CLOSE && markup_pass(&m, &tag, &close))
        if (docx_owns(d, &tag) && tag_is(&tag, "rPr") && tag.kind == TAG_OPEN &&
            !memmem(tag.end, (size_t)(close.begin - tag.end), "rPrChange", 9))
            typed->look = tag.end, typed->look_end = close.begin;
}

static enum fault read_line(struct docx_form *d, struct markup *m, void *context) {
    struct blank *typed = context;
    struct tag tag, close;
    enum fault f = FAULT_NONE;
    while (!f && markup_next(m, &tag) && tag.kind != TAG_CLOSE) {
        bool own = docx_owns(d, &tag);
        if (arena_over(d->form->own->arena)) return docx_refuse_size(d);
        if (tag.kind == TAG_EMPTY) continue;
        if (own && tag_is(&tag, "r")) {
            read_run(d, m);
        } else if (own && tag_is(&tag, "sdt")) {
            f = docx_control(d, m, read_line, typed, true);
        } else if (own && is_wrapper(&tag)) {
            f = read_line(d, m, typed);
        } else if (own && tag_is(&tag, "fldSimple")) {
            d->fields++;
            f = read_line(d, m, typed);
            d->fields--;
        } else if (markup_pass(m, &tag, &close)) {
            if (own && tag_is(&tag, "pPr")) read_paragraph_look(d, tag.end, close.begin, typed);
            else if (!own || !is_silent(&tag)) add_fixed(d, SOMETHING);
        }
    }
    typed->close = tag.begin;
    return f;
}

/* ---- blanks ---- */

static bool is_space(uint32_t c) { return c == ' ' || c == '\t' || c == 0xa0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200a); }

static bool is_wide_space(uint32_t c) { return c == 0x3000 || c == '\t'; }

static size_t width_of(uint32_t c) { return c == '\t' ? 0 : c >= 0x1100 && !is_space(c) ? 2 : c == 0x3000 ? 2 : 1; }

static bool is_line(uint32_t c) { return c == '_' || c == 0xff3f; }

struct marks {
    const struct mark *at;
    size_t count;
};

static uint32_t character_at(const struct marks *m, size_t i) { return i < m->count ? m->at[i].character : 0; }

/* How many from i on are blanks that can be replaced, and whether they are enough for people to see a gap. More than a line of them is looked at in
 * parts, so that a page of blanks does not cost the square of its length. */
static size_t spaces_at(const struct marks *m, size_t i, bool underlined, bool *wide) {
    size_t n = 0;
    *wide = false;
    for (; i + n < m->count && n < SPACES_MAX; n++) {
        const struct mark *k = &m->at[i + n];
        if (!k->in || !is_space(k->character) || (underlined && !k->underlined)) break;
        if (is_wide_space(k->character)) *wide = true;
    }
    if (n > 1) *wide = true;
    return n;
}

/* A control that asks for something, or one within the line that holds nothing. */
static size_t control_at(const struct marks *m, size_t i) {
    const struct control *c = m->at[i].control;
    size_t n = 0;
    bool empty = true;
    if (!c || !m->at[i].in || (!c->shows && (!c->in_line || (i && m->at[i - 1].control == c)))) return 0;
    for (; i + n < m->count && m->at[i + n].control == c && m->at[i + n].in; n++)
        if (!is_space(m->at[i + n].character)) empty = false;
    bool all = i + n == m->count || m->at[i + n].control != c;
    return c->shows || (empty && all) ? n : 0;
}

/* "    年  月  日": is there a month to be filled behind this year? */
static bool month_follows(const struct marks *m, size_t i) {
    bool wide;
    size_t n = spaces_at(m, i, false, &wide);
    return n && character_at(m, i + n) == 0x6708;
}

/* Blanks before 年, 月 and 日, and between brackets. */
static size_t gap_at(const struct marks *m, size_t i) {
    enum { YEAR = 0x5e74, MONTH = 0x6708, DAY = 0x65e5 };
    bool wide;
    size_t n = spaces_at(m, i, false, &wide);
    uint32_t before = i ? character_at(m, i - 1) : 0, behind = character_at(m, i + n);
    if (!n) return 0;
    if ((behind == MONTH && before == YEAR) || (behind == DAY && before == MONTH)) return n;
    if (behind == YEAR && wide && month_follows(m, i + n + 1)) return n;
    bool brackets = (before == '(' || before == 0xff08) && (behind == ')' || behind == 0xff09);
    return brackets && wide ? n : 0;
}

/* The length of the blank that begins there; 0: none does. */
static size_t blank_at(const struct marks *m, size_t i) {
    bool wide;
    size_t n = control_at(m, i);
    if (n) return n;
    while (i + n < m->count && m->at[i + n].in && is_line(m->at[i + n].character)) n++;
    if (n) return n > 1 ? n : 0;
    n = spaces_at(m, i, true, &wide);
    return n && wide ? n : gap_at(m, i);
}

/* How many from i on, where no blank begins, can begin none: all of a stretch of plain spaces, or what stands there. */
static size_t plain_at(const struct marks *m, size_t i) {
    size_t n = 0;
    while (i + n < m->count && is_space(m->at[i + n].character) && !m->at[i + n].underlined && !m->at[i + n].control) n++;
    return n ? n : 1;
}

static struct blank *make_blank(struct docx_form *d, const struct blank *typed, const struct mark *marks, size_t count, bool pad) {
    struct arena *arena = d->form->own->arena;
    struct blank *b = arena_new(arena, struct blank);
    size_t room = 0;
    *b = *typed;
    for (size_t i = 0; i < count; i++) room += !i || marks[i].in != marks[i - 1].in;
    b->spots = arena_array(arena, struct spot, room + 1);
    for (size_t i = 0; i < count; i++) {
        const struct mark *k = &marks[i];
        b->width += width_of(k->character);
        if (pad && !b->pad && k->character != '\t') b->pad = k->character, b->pad_width = width_of(k->character);
        if (b->count && b->spots[b->count - 1].in == k->in) b->spots[b->count - 1].end = k->end;
        else b->spots[b->count++] = (struct spot){k->in, k->begin, k->end};
    }
    if (!count) return b;
    b->control = marks[0].control;
    b->style = marks[0].style;
    b->style_end = marks[0].style_end;
    return b;
}

static const char *text_between(struct docx_form *d, const struct marks *m, size_t from, size_t to) {
    _cleanup_(text_release) struct text out;
    text_init(&out, MARKS_MAX * 4 + 4);
    for (size_t i = from; i < to; i++) {
        char encoded[4];
        if (m->at[i].character) text_addn(&out, encoded, utf8_encode(m->at[i].character, encoded));
    }
    return arena_copy(d->form->own->arena, out.at ? out.at : "");
}

static bool is_number(const struct marks *m) {
    size_t from = 0, to = m->count, digits = 0, points = 0;
    while (from < to && is_space(m->at[from].character)) from++;
    while (to > from && is_space(m->at[to - 1].character)) to--;
    for (size_t i = from; i < to; i++) {
        uint32_t c = m->at[i].character;
        if (c >= '0' && c <= '9') digits++;
        else if (c == '.' && digits && i + 1 < to) points++;
        else return false;
    }
    return digits && points < 2;
}

static void add_piece(struct paragraph *out, const char *text, struct blank *blank) {
    out->pieces[out->count++] = (struct prose_piece){text, blank};
}

static void take_apart(struct docx_form *d, const struct marks *m, const struct blank *typed, struct paragraph *out) {
    size_t from = 0, n;
    bool over = m->count > MARKS_MAX;
    for (size_t i = 0; i < m->count; i += n) {
        n = over || out->count + 3 > PIECES_MAX ? 0 : blank_at(m, i);
        if (!n) {
            n = plain_at(m, i);
            for (size_t k = i; k < i + n; k++) out->says |= !m->at[k].in || !is_space(m->at[k].character);
            continue;
        }
        if (i > from) add_piece(out, text_between(d, m, from, i), NULL);
        bool asks = m->at[i].control && m->at[i].control->shows;
        add_piece(out, text_between(d, m, i, i + n), make_blank(d, typed, m->at + i, n, !asks));
        from = i + n;
    }
    if (m->count > from) add_piece(out, text_between(d, m, from, m->count), NULL);
}

enum fault docx_paragraph(struct docx_form *d, struct markup *m, const struct tag *open, struct paragraph *out) {
    struct blank typed = {.paragraph = *open};
    bool field = d->fields > 0, fixed = d->control && d->control->fixed;
    d->mark_count = 0;
    enum fault f = open->kind == TAG_OPEN ? read_line(d, m, &typed) : FAULT_NONE;
    if (f) return f;
    const struct marks marks = {d->marks, d->mark_count};
    size_t blanks = 0, replaceable = 0;
    struct prose_piece pieces[PIECES_MAX + 1];
    *out = (struct paragraph){.pieces = pieces};
    take_apart(d, &marks, &typed, out);
    out->pieces = arena_array(d->form->own->arena, struct prose_piece, out->count + 1);
    memcpy(out->pieces, pieces, out->count * sizeof *pieces);
    for (size_t i = 0; i < out->count; i++) blanks += out->pieces[i].blank != NULL;
    for (size_t i = 0; i < marks.count; i++) replaceable += marks.at[i].in != NULL;
    out->number = !blanks && is_number(&marks);
    bool free = replaceable == marks.count && marks.count <= MARKS_MAX && !(marks.count ? 0 : field || d->fields || fixed);
    if (!blanks && free && (!out->says || out->number)) out->whole = make_blank(d, &typed, marks.at, marks.count, false);
    return FAULT_NONE;
}
