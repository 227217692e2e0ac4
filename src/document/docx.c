/* docx.c - the document tree as WordprocessingML: the body, its styles and the page's settings. */
#include "document/docx.h"

#include "base/printer.h"
#include "document/docx_pack.h"
#include "document/layout.h"

#include <stdio.h>
#include <string.h>

#define NS_W "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\""
#define NS_R "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\""
#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define FONT(name) "<w:rFonts w:ascii=\"" name "\" w:hAnsi=\"" name "\" w:eastAsia=\"" name "\" w:cs=\"" name "\"/>"
#define FANGSONG FONT("仿宋_GB2312")
#define KAI FONT("楷体_GB2312")
#define HEI FONT("黑体")
#define SONG FONT("宋体")
#define NO_AUTO_SPACE "<w:autoSpaceDE w:val=\"0\"/><w:autoSpaceDN w:val=\"0\"/>"
#define TITLE FONT("方正小标宋简体")

enum { CELL_TWIPS = AREA_WIDTH_TWIPS / GRID_CHARS, PARTS = 9 };

struct docx {
    const struct doc *doc;
    struct arena *arena;
    struct text *out;
    struct doc_numbers numbers;
    bool page_break;   /* before the next paragraph */
    const char *frame; /* around the next paragraph */
};

/* Properties stand in the order of the schema: Word refuses files where they do not. */
static void paragraph_begin(struct docx *x, const char *style, bool keep_next, const char *properties) {
    text_format(x->out, "<w:p><w:pPr><w:pStyle w:val=\"%s\"/>%s", style, keep_next ? "<w:keepNext/>" : "");
    if (x->page_break) text_add(x->out, "<w:pageBreakBefore/>");
    x->page_break = false;
    text_add(x->out, x->frame);
    x->frame = "";
    text_add(x->out, NO_AUTO_SPACE);
    text_add(x->out, properties);
    text_add(x->out, "</w:pPr>");
}

static void run_print(struct docx *x, const char *properties, const char *text) {
    text_add(x->out, "<w:r>");
    if (*properties) text_format(x->out, "<w:rPr>%s</w:rPr>", properties);
    text_add(x->out, "<w:t xml:space=\"preserve\">");
    xml_text(x->out, text);
    text_add(x->out, "</w:t></w:r>");
}

static void runs_print(struct docx *x, const struct doc_runs *runs) {
    for (const struct doc_run *r = runs->first; r; r = r->next) run_print(x, r->strong ? HEI : "", r->text);
}

static void plain_print(struct docx *x, const char *style, const char *indent, const char *text) {
    paragraph_begin(x, style, false, indent);
    if (text) run_print(x, "", text);
    text_add(x->out, "</w:p>");
}

static void title_print(struct docx *x) {
    const char *lines[TITLE_LINES_MAX];
    size_t count = title_lines(x->doc->title, x->arena, lines);
    if (!count) return;
    for (int i = 0; i < TITLE_BLANK_LINES; i++) plain_print(x, "Plain", "", NULL);
    paragraph_begin(x, "Title", false, "");
    for (size_t i = 0; i < count; i++) {
        if (i) text_add(x->out, "<w:r><w:br/></w:r>");
        run_print(x, "", lines[i]);
    }
    text_add(x->out, "</w:p>");
    plain_print(x, "Plain", "", NULL);
}

static void addressee_print(struct docx *x) {
    if (!x->doc->addressee) return;
    _cleanup_(text_release) struct text text = {.max = 1 << 20};
    addressee_text(&text, x->doc);
    plain_print(x, "Plain", "", text.at);
}

static void heading_print(struct docx *x, const struct doc_block *b) {
    _cleanup_(text_release) struct text number = {.max = 64};
    number_next(&x->numbers, x->doc->lang, b->level, &number);
    paragraph_begin(x, arena_format(x->arena, "Heading%d", b->level), false, "");
    run_print(x, "", number.at);
    runs_print(x, &b->runs);
    text_add(x->out, "</w:p>");
}

static void paragraph_print(struct docx *x, const struct doc_block *b, bool last) {
    paragraph_begin(x, "Body", last, "");
    if (b->kind == DOC_ITEM) run_print(x, "", b->number ? arena_format(x->arena, "%u.", b->number) : "—");
    runs_print(x, &b->runs);
    text_add(x->out, "</w:p>");
}

static void cell_print(struct docx *x, const struct doc_table *t, unsigned column, unsigned twips, const struct doc_runs *runs,
                       bool head) {
    static const char *const jc[] = {[DOC_LEFT] = "left", [DOC_CENTRE] = "center", [DOC_RIGHT] = "right"};
    text_format(x->out, "<w:tc><w:tcPr><w:tcW w:w=\"%u\" w:type=\"dxa\"/><w:vAlign w:val=\"center\"/></w:tcPr>", twips);
    paragraph_begin(x, head ? "TableHead" : "TableText", false,
                    head ? "" : arena_format(x->arena, "<w:jc w:val=\"%s\"/>", jc[t->align[column]]));
    runs_print(x, runs);
    text_add(x->out, "</w:p></w:tc>");
}

static void row_print(struct docx *x, const struct doc_table *t, const unsigned *twips, const struct doc_runs *cells, bool head) {
    text_format(x->out, "<w:tr><w:trPr><w:cantSplit/>%s</w:trPr>", head ? "<w:tblHeader/>" : "");
    for (unsigned i = 0; i < t->columns; i++) cell_print(x, t, i, twips[i], &cells[i], head);
    text_add(x->out, "</w:tr>");
}

static void table_print(struct docx *x, const struct doc_block *b) {
    const struct doc_table *t = &b->table;
    unsigned twips[DOC_COLUMNS_MAX];
    column_widths(t, twips);
    if (x->page_break) plain_print(x, "Plain", "", NULL);
    text_format(x->out, "<w:tbl><w:tblPr><w:tblW w:w=\"%d\" w:type=\"dxa\"/><w:tblInd w:w=\"0\" w:type=\"dxa\"/><w:tblBorders>",
                AREA_WIDTH_TWIPS);
    static const char *const sides[] = {"top", "left", "bottom", "right", "insideH", "insideV"};
    for (size_t i = 0; i < COUNT_OF(sides); i++)
        text_format(x->out, "<w:%s w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"000000\"/>", sides[i]);
    text_format(x->out,
                "</w:tblBorders><w:tblLayout w:type=\"fixed\"/><w:tblCellMar><w:top w:w=\"%d\" w:type=\"dxa\"/>"
                "<w:left w:w=\"%d\" w:type=\"dxa\"/><w:bottom w:w=\"%d\" w:type=\"dxa\"/><w:right w:w=\"%d\" w:type=\"dxa\"/>"
                "</w:tblCellMar></w:tblPr><w:tblGrid>",
                TABLE_PAD_TWIPS, TABLE_SIDE_TWIPS, TABLE_PAD_TWIPS, TABLE_SIDE_TWIPS);
    for (unsigned i = 0; i < t->columns; i++) text_format(x->out, "<w:gridCol w:w=\"%u\"/>", twips[i]);
    text_add(x->out, "</w:tblGrid>");
    row_print(x, t, twips, t->head, true);
    for (const struct doc_row *row = t->first; row; row = row->next) row_print(x, t, twips, row->cells, false);
    text_add(x->out, "</w:tbl>");
    if (b->next && b->next->kind == DOC_TABLE) plain_print(x, "Plain", "", NULL); /* neighbouring tables would grow together */
}

static void attachments_print(struct docx *x) {
    const struct doc_attachment *a = x->doc->attachments;
    if (!a) return;
    bool several = a->next;
    unsigned number = 0;
    plain_print(x, "Plain", "", NULL);
    for (; a; a = a->next) {
        number++;
        int left = (several ? 6 : 5) * CELL_TWIPS, first = number > 1 ? 5 * CELL_TWIPS : 2 * CELL_TWIPS;
        const char *head = number > 1 ? "" : x->doc->lang == LANG_EN ? "Att.：" : "附件：";
        const char *digits = several ? arena_format(x->arena, "%u.", number) : "";
        plain_print(x, "Plain", arena_format(x->arena, "<w:ind w:left=\"%d\" w:hanging=\"%d\"/>", left, left - first),
                    arena_format(x->arena, "%s%s%s", head, digits, a->name));
    }
}

static void signature_line(struct docx *x, const char *text, unsigned right_halves, bool keep) {
    paragraph_begin(x, "Plain", keep,
                    arena_format(x->arena, "<w:ind w:right=\"%u\"/><w:jc w:val=\"right\"/>", right_halves * CELL_TWIPS / 2));
    run_print(x, "", text);
    text_add(x->out, "</w:p>");
}

static void signature_print(struct docx *x) {
    const struct doc *d = x->doc;
    if (!d->organ && !d->dated) return;
    _cleanup_(text_release) struct text date = {.max = 64};
    if (d->dated) date_text(&date, d->lang, d->date);
    unsigned organ_right, date_right;
    signature_place(d->organ ? width_halves(d->organ) : 0, d->dated ? width_halves(date.at) : 0, &organ_right, &date_right);
    paragraph_begin(x, "Plain", true, "");
    text_add(x->out, "</w:p>");
    if (d->organ) signature_line(x, d->organ, organ_right, d->dated);
    if (d->dated) signature_line(x, date.at, date_right, false);
}

/* A frame at the bottom of the type area of the page where the text ends. */
static void footer_print(struct docx *x) {
    if (!x->doc->footer) return;
    x->frame = arena_format(
        x->arena,
        "<w:framePr w:w=\"%d\" w:wrap=\"notBeside\" w:vAnchor=\"margin\" w:hAnchor=\"margin\" w:xAlign=\"center\" "
        "w:yAlign=\"bottom\"/>",
        AREA_WIDTH_TWIPS);
    paragraph_begin(x, "Checkpoint", false, "");
    run_print(x, "", x->doc->footer);
    text_add(x->out, "</w:p>");
}

static void body_print(struct docx *x) {
    const struct doc *d = x->doc;
    text_add(x->out, XML_HEAD "<w:document " NS_W " " NS_R "><w:body>");
    title_print(x);
    addressee_print(x);
    for (const struct doc_block *b = d->first; b; b = b->next) {
        switch (b->kind) {
        case DOC_HEADING: heading_print(x, b); break;
        case DOC_PARAGRAPH:
        case DOC_ITEM: paragraph_print(x, b, !b->next && d->organ && !d->attachments); break;
        case DOC_TABLE: table_print(x, b); break;
        case DOC_PAGE_BREAK: x->page_break = true; break;
        }
    }
    attachments_print(x);
    signature_print(x);
    footer_print(x);
    if (d->last && d->last->kind == DOC_TABLE && !d->organ && !d->dated && !d->footer && !d->attachments)
        plain_print(x, "Plain", "", NULL);
    text_format(
        x->out,
        "<w:sectPr><w:footerReference w:type=\"default\" r:id=\"rId3\"/><w:footerReference w:type=\"even\" r:id=\"rId4\"/>"
        "<w:pgSz w:w=\"%d\" w:h=\"%d\"/><w:pgMar w:top=\"%d\" w:right=\"%d\" w:bottom=\"%d\" w:left=\"%d\" w:header=\"851\" "
        "w:footer=\"1304\" w:gutter=\"0\"/><w:docGrid w:type=\"lines\" w:linePitch=\"%d\"/></w:sectPr></w:body></w:document>",
        PAGE_WIDTH_TWIPS, PAGE_HEIGHT_TWIPS, MARGIN_TOP_TWIPS, MARGIN_RIGHT_TWIPS, MARGIN_BOTTOM_TWIPS, MARGIN_LEFT_TWIPS,
        LINE_PITCH_TWIPS);
}

/* ---- the other parts ---- */

static void style_print(struct text *out, const char *id, const char *name, const char *paragraph, const char *run) {
    text_format(out,
                "<w:style w:type=\"paragraph\"%s w:styleId=\"%s\"><w:name "
                "w:val=\"%s\"/>%s<w:qFormat/><w:pPr>%s</w:pPr><w:rPr>%s</w:rPr></w:style>",
                strcmp(id, "Plain") ? "" : " w:default=\"1\"", id, name, strcmp(id, "Plain") ? "<w:basedOn w:val=\"Plain\"/>" : "",
                paragraph, run);
}

#define INDENT_2 "<w:ind w:firstLineChars=\"200\" w:firstLine=\"632\"/>"
#define LINE(twips) "<w:spacing w:before=\"0\" w:after=\"0\" w:line=\"" twips "\" w:lineRule=\"exact\"/>"
#define TIGHT "<w:spacing w:val=\"-5\"/>" /* 16 pt less a quarter: 28 characters fit in 156 mm */
#define LOOSE "<w:spacing w:val=\"0\"/>"
#define SIZE(half_points) "<w:sz w:val=\"" half_points "\"/><w:szCs w:val=\"" half_points "\"/>"

static void styles_print(struct text *out) {
    text_add(out, XML_HEAD "<w:styles " NS_W "><w:docDefaults><w:rPrDefault><w:rPr>" FANGSONG SIZE(
                      "32") "<w:lang w:val=\"en-US\" w:eastAsia=\"zh-CN\" "
                            "w:bidi=\"ar-SA\"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>");
    style_print(out, "Plain", "Normal", "<w:widowControl w:val=\"0\"/>" NO_AUTO_SPACE LINE("579") "<w:jc w:val=\"both\"/>", TIGHT);
    style_print(out, "Body", "Body Text", INDENT_2, "");
    style_print(out, "Title", "Title", "<w:snapToGrid w:val=\"0\"/><w:jc w:val=\"center\"/>", TITLE LOOSE SIZE("44"));
    style_print(out, "Heading1", "heading 1", "<w:keepNext/>" INDENT_2 "<w:outlineLvl w:val=\"0\"/>", HEI);
    style_print(out, "Heading2", "heading 2", "<w:keepNext/>" INDENT_2 "<w:outlineLvl w:val=\"1\"/>", KAI);
    style_print(out, "Heading3", "heading 3", "<w:keepNext/>" INDENT_2 "<w:outlineLvl w:val=\"2\"/>", FANGSONG);
    style_print(out, "Heading4", "heading 4", "<w:keepNext/>" INDENT_2 "<w:outlineLvl w:val=\"3\"/>", FANGSONG);
    style_print(out, "TableText", "Table Text", "<w:snapToGrid w:val=\"0\"/>" LINE("360") "<w:jc w:val=\"left\"/>",
                LOOSE SIZE("24"));
    style_print(out, "TableHead", "Table Head", "<w:snapToGrid w:val=\"0\"/>" LINE("360") "<w:jc w:val=\"center\"/>",
                HEI LOOSE SIZE("24"));
    style_print(
        out, "Checkpoint", "Checkpoint",
        "<w:pBdr><w:top w:val=\"single\" w:sz=\"6\" w:space=\"3\" w:color=\"000000\"/></w:pBdr><w:snapToGrid w:val=\"0\"/>" LINE(
            "300") "<w:jc w:val=\"left\"/>",
        LOOSE SIZE("21"));
    style_print(out, "Footer", "footer", "<w:snapToGrid w:val=\"0\"/>" LINE("320"), SONG LOOSE SIZE("28"));
    text_add(out, "</w:styles>");
}

static void page_number_print(struct text *out, const char *indent) {
    text_format(out,
                XML_HEAD "<w:ftr " NS_W
                         "><w:p><w:pPr><w:pStyle w:val=\"Footer\"/>%s</w:pPr><w:r><w:t xml:space=\"preserve\">— </w:t></w:r>",
                indent);
    text_add(
        out,
        "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText xml:space=\"preserve\"> PAGE </w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType=\"separate\"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r>"
        "<w:r><w:t xml:space=\"preserve\"> —</w:t></w:r></w:p></w:ftr>");
}

static void core_print(struct text *out, const struct doc *d) {
    char moment[MOMENT_TEXT];
    moment_format(d->as_of_ms, moment);
    text_add(out,
             XML_HEAD "<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" "
                      "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" "
                      "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>");
    if (d->title) xml_text(out, d->title);
    text_add(out, "</dc:title><dc:creator>");
    if (d->organ) xml_text(out, d->organ);
    text_format(out,
                "</dc:creator><dcterms:created xsi:type=\"dcterms:W3CDTF\">%.10sT%.8s+08:00</dcterms:created></cp:coreProperties>",
                moment, moment + 11);
}

static const char content_types[] = XML_HEAD
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
    "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
    "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
#define PART(name, type) "<Override PartName=\"" name "\" ContentType=\"application/vnd.openxmlformats-" type "+xml\"/>"
    PART("/word/document.xml", "officedocument.wordprocessingml.document.main")
        PART("/word/styles.xml", "officedocument.wordprocessingml.styles")
            PART("/word/settings.xml", "officedocument.wordprocessingml.settings")
                PART("/word/footer1.xml", "officedocument.wordprocessingml.footer")
                    PART("/word/footer2.xml", "officedocument.wordprocessingml.footer")
                        PART("/docProps/core.xml", "package.core-properties") "</Types>";

#define RELATION(id, type, target)                                                                                                 \
    "<Relationship Id=\"" id "\" Type=\"http://schemas.openxmlformats.org/" type "\" Target=\"" target "\"/>"
#define RELATIONS(list)                                                                                                            \
    XML_HEAD "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">" list "</Relationships>"

static const char package_relations[] = RELATIONS(
    RELATION("rId1", "officeDocument/2006/relationships/officeDocument", "word/document.xml")
        RELATION("rId2", "package/2006/relationships/metadata/core-properties", "docProps/core.xml"));
static const char document_relations[] = RELATIONS(
    RELATION("rId1", "officeDocument/2006/relationships/styles", "styles.xml")
        RELATION("rId2", "officeDocument/2006/relationships/settings", "settings.xml")
            RELATION("rId3", "officeDocument/2006/relationships/footer", "footer1.xml")
                RELATION("rId4", "officeDocument/2006/relationships/footer", "footer2.xml"));
static const char settings[] = XML_HEAD
    "<w:settings " NS_W "><w:evenAndOddHeaders/><w:characterSpacingControl w:val=\"doNotCompress\"/><w:compat>"
    "<w:compatSetting w:name=\"compatibilityMode\" w:uri=\"http://schemas.microsoft.com/office/word\" w:val=\"15\"/></w:compat>"
    "<w:themeFontLang w:val=\"en-US\" w:eastAsia=\"zh-CN\"/></w:settings>";

enum fault doc_to_docx(const struct doc *d, struct text *out) {
    if (d->over) return FAULT_LARGE;
    _cleanup_(arena_release) struct arena arena;
    arena_init(&arena, (size_t)64 << 20);
    _cleanup_(text_release) struct text body = {.max = (size_t)256 << 20}, styles = {.max = 1 << 16}, odd = {.max = 1 << 12};
    _cleanup_(text_release) struct text even = {.max = 1 << 12}, core = {.max = 1 << 20};
    struct docx x = {.doc = d, .arena = &arena, .out = &body, .frame = ""};
    body_print(&x);
    styles_print(&styles);
    page_number_print(&odd, "<w:ind w:right=\"316\"/><w:jc w:val=\"right\"/>");
    page_number_print(&even, "<w:ind w:left=\"316\"/><w:jc w:val=\"left\"/>");
    core_print(&core, d);
    if (body.over || styles.over || odd.over || even.over || core.over) return FAULT_LARGE;
    const struct pack_part parts[PARTS] = {
        {"[Content_Types].xml", content_types, strlen(content_types)},
        {"_rels/.rels", package_relations, strlen(package_relations)},
        {"docProps/core.xml", core.at, core.length},
        {"word/_rels/document.xml.rels", document_relations, strlen(document_relations)},
        {"word/document.xml", body.at, body.length},
        {"word/footer1.xml", odd.at, odd.length},
        {"word/footer2.xml", even.at, even.length},
        {"word/settings.xml", settings, strlen(settings)},
        {"word/styles.xml", styles.at, styles.length},
    };
    return pack_parts(parts, PARTS, d->as_of_ms, out);
}
