/* html.c - the document tree as HTML: the fragment for the web pages, and a page that stands alone. */
#include "document/html.h"

#include "base/printer.h"
#include "document/layout.h"

#include <string.h>

struct html {
    const struct doc *doc;
    doc_href_rule rule;
    void *context;
    struct text *out;
    struct doc_numbers numbers;
};

/* Only what cannot run code or leave for a place that looks like ours: no "javascript:", no "//host". */
static bool address_allowed(const char *href) {
    static const char *const begins[] = {"http://", "https://", "mailto:"};
    if (!href) return false;
    if (href[0] == '/') return href[1] != '/' && href[1] != '\\';
    if (href[0] == '#' || href[0] == '?') return true;
    for (size_t i = 0; i < COUNT_OF(begins); i++)
        if (!strncmp(href, begins[i], strlen(begins[i]))) return true;
    return false;
}

static void run_print(struct html *h, const struct doc_run *r) {
    const char *href = r->href, *class = r->key ? " class=\"figure\"" : "";
    if (r->key && h->rule) href = h->rule(h->context, r->key);
    bool link = address_allowed(href);
    const char *tag = link ? "a" : r->key ? "span" : NULL;
    if (r->strong) text_add(h->out, "<strong>");
    if (tag) text_format(h->out, "<%s%s", tag, class);
    if (link) {
        text_add(h->out, " href=\"");
        html_attr(h->out, href);
        text_addc(h->out, '"');
    }
    if (tag) text_addc(h->out, '>');
    html_text(h->out, r->text);
    if (tag) text_format(h->out, "</%s>", tag);
    if (r->strong) text_add(h->out, "</strong>");
}

static void runs_print(struct html *h, const struct doc_runs *runs) {
    for (const struct doc_run *r = runs->first; r; r = r->next) run_print(h, r);
}

static void element_print(struct html *h, const char *open, const char *text, const char *close) {
    if (!text) return;
    text_add(h->out, open);
    html_text(h->out, text);
    text_add(h->out, close);
}

static void title_print(struct html *h) {
    const char *s = h->doc->title;
    if (!s) return;
    text_add(h->out, "<h1>");
    for (const char *p = s;;) {
        size_t length = strcspn(p, "\n");
        html_text(h->out, arena_copyn(h->doc->arena, p, length));
        if (!p[length]) break;
        text_add(h->out, "<br>");
        p += length + 1;
    }
    text_add(h->out, "</h1>\n");
}

static void heading_print(struct html *h, const struct doc_block *b) {
    _cleanup_(text_release) struct text number = {.max = 64};
    number_next(&h->numbers, h->doc->lang, b->level, &number);
    text_format(h->out, "<h%d><span class=\"number\">", b->level + 1);
    html_text(h->out, number.at);
    text_add(h->out, "</span>");
    runs_print(h, &b->runs);
    text_format(h->out, "</h%d>\n", b->level + 1);
}

static void cell_print(struct html *h, const struct doc_table *t, unsigned column, const struct doc_runs *runs, bool head) {
    static const char *const classes[] = {[DOC_LEFT] = "", [DOC_CENTRE] = " class=\"centre\"", [DOC_RIGHT] = " class=\"right\""};
    text_format(h->out, head ? "<th scope=\"col\"%s>" : "<td%s>", classes[t->align[column]]);
    runs_print(h, runs);
    text_add(h->out, head ? "</th>" : "</td>");
}

static void table_print(struct html *h, const struct doc_table *t) {
    text_add(h->out, "<div class=\"table\"><table>\n<thead><tr>");
    for (unsigned i = 0; i < t->columns; i++) cell_print(h, t, i, &t->head[i], true);
    text_add(h->out, "</tr></thead>\n<tbody>\n");
    for (const struct doc_row *row = t->first; row; row = row->next) {
        text_add(h->out, "<tr>");
        for (unsigned i = 0; i < t->columns; i++) cell_print(h, t, i, &row->cells[i], false);
        text_add(h->out, "</tr>\n");
    }
    text_add(h->out, "</tbody></table></div>\n");
}

/* Prints the items that follow one another as one list; returns the last of them. */
static const struct doc_block *list_print(struct html *h, const struct doc_block *b) {
    const char *tag = b->number ? "ol" : "ul";
    bool ordered = b->number;
    if (b->number > 1) text_format(h->out, "<ol start=\"%u\">\n", b->number);
    else text_format(h->out, "<%s>\n", tag);
    for (;; b = b->next) {
        text_add(h->out, "<li>");
        runs_print(h, &b->runs);
        text_add(h->out, "</li>\n");
        const struct doc_block *next = b->next;
        if (!next || next->kind != DOC_ITEM || (ordered ? next->number != b->number + 1 : next->number != 0)) break;
    }
    text_format(h->out, "</%s>\n", tag);
    return b;
}

static void blocks_print(struct html *h) {
    for (const struct doc_block *b = h->doc->first; b; b = b->next) {
        switch (b->kind) {
        case DOC_HEADING: heading_print(h, b); break;
        case DOC_PARAGRAPH:
            text_add(h->out, "<p>");
            runs_print(h, &b->runs);
            text_add(h->out, "</p>\n");
            break;
        case DOC_ITEM: b = list_print(h, b); break;
        case DOC_TABLE: table_print(h, &b->table); break;
        case DOC_PAGE_BREAK: text_add(h->out, "<hr class=\"page-break\">\n"); break;
        }
    }
}

static void end_print(struct html *h) {
    const struct doc *d = h->doc;
    if (d->attachments) {
        element_print(h, "<div class=\"attachments\"><p>", d->lang == LANG_EN ? "Attachments:" : "附件：", "</p><ol>\n");
        for (const struct doc_attachment *a = d->attachments; a; a = a->next) element_print(h, "<li>", a->name, "</li>\n");
        text_add(h->out, "</ol></div>\n");
    }
    if (d->organ || d->dated) {
        text_add(h->out, "<div class=\"signature\">");
        element_print(h, "<p class=\"organ\">", d->organ, "</p>");
        if (d->dated) {
            char iso[CIVIL_TEXT];
            _cleanup_(text_release) struct text date = {.max = 64};
            civil_format(d->date, iso);
            date_text(&date, d->lang, d->date);
            text_format(h->out, "<p class=\"date\"><time datetime=\"%s\">", iso);
            element_print(h, "", date.at, "</time></p>");
        }
        text_add(h->out, "</div>\n");
    }
    element_print(h, "<p class=\"checkpoint\">", d->footer, "</p>\n");
}

enum fault doc_to_html(const struct doc *d, doc_href_rule rule, void *context, struct text *out) {
    if (d->over) return FAULT_LARGE;
    struct html h = {.doc = d, .rule = rule, .context = context, .out = out};
    text_format(out, "<article class=\"official\" lang=\"%s\">\n", lang_tag(d->lang));
    title_print(&h);
    if (d->addressee) {
        _cleanup_(text_release) struct text addressee = {.max = 1 << 20};
        addressee_text(&addressee, d);
        element_print(&h, "<p class=\"addressee\">", addressee.at, "</p>\n");
    }
    blocks_print(&h);
    end_print(&h);
    text_add(out, "</article>\n");
    return out->over ? FAULT_LARGE : FAULT_NONE;
}

static const char page_style[] =
    "body{margin:0;background:#f3f3f1;color:#111}\n"
    ".official{box-sizing:border-box;max-width:210mm;margin:1rem auto;padding:2.2rem 1.5rem;background:#fff;"
    "font:1.0625rem/1.8 FangSong,FangSong_GB2312,STFangsong,\"Noto Serif CJK SC\",serif}\n"
    "@media(min-width:48rem){.official{padding:3rem 4rem}}\n"
    ".official h1{margin:1rem 0 2rem;text-align:center;font:bold 1.5rem/1.5 FZXiaoBiaoSong-B05S,\"Noto Serif CJK "
    "SC\",serif;text-wrap:balance}\n"
    ".official h2,.official h3,.official h4,.official h5{margin:.6em 0;text-indent:2em;font-size:inherit;font-weight:normal}\n"
    ".official h2{font-family:SimHei,STHeiti,\"Noto Sans CJK SC\",sans-serif}\n"
    ".official h3{font-family:KaiTi,STKaiti,serif}\n"
    ".official p{margin:.3em 0;text-indent:2em;text-align:justify}\n"
    ".official p.addressee,.official p.checkpoint{text-indent:0}\n"
    ".official ul,.official ol{margin:.3em 0;padding-left:3.5em}\n"
    ".official .table{margin:.8em 0;overflow-x:auto}\n"
    ".official table{width:100%;border-collapse:collapse;font-size:.875rem;line-height:1.5}\n"
    ".official th,.official td{padding:.25em .6em;border:1px solid #444;text-align:left}\n"
    ".official th{font-family:SimHei,STHeiti,\"Noto Sans CJK SC\",sans-serif;font-weight:normal;text-align:center}\n"
    ".official td.right{text-align:right}\n.official td.centre{text-align:center}\n"
    ".official a.figure{color:inherit;text-decoration:underline;text-decoration-color:#888;text-underline-offset:.2em}\n"
    ".official .attachments,.official .signature{margin-top:1.8em}\n"
    ".official .signature{width:max-content;max-width:100%;margin-left:auto;margin-right:2em}\n"
    ".official .signature .organ{text-indent:0}\n"
    ".official .checkpoint{margin-top:2em;border-top:1px solid #888;font-size:.8125rem;overflow-wrap:anywhere}\n"
    "@media print{body{background:none}.official{max-width:none;margin:0;padding:0}.page-break{break-after:page;border:0}}\n";

enum fault doc_to_html_page(const struct doc *d, doc_href_rule rule, void *context, struct text *out) {
    text_format(out, "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n", lang_tag(d->lang));
    text_add(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    if (d->title) html_text(out, d->title);
    text_add(out, "</title>\n<style>\n");
    text_add(out, page_style);
    text_add(out, "</style>\n</head>\n<body>\n");
    enum fault fault = doc_to_html(d, rule, context, out);
    if (fault) return fault;
    text_add(out, "</body>\n</html>\n");
    return out->over ? FAULT_LARGE : FAULT_NONE;
}
