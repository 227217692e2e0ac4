/* xlsx_part.c - unpacking the parts of a workbook under limits, walking their XML safely, and finding the worksheet. */
#include "document/xlsx_part.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    ENTRIES_MAX = 4096,
    RELATIONS_MAX = 2048,
    NAME_MAX_BYTES = 1020,
    RATIO_FROM = 16 << 20,
    ATTRIBUTES_MAX = 64,
    BACKLOG_MAX = 65536
};

static enum fault refuse_zip(struct sheet_reader *reader) {
    return sheet_refuse(reader, FAULT_INPUT, 0, SHEET_NO_COLUMN, "文件损坏或没有传完整；请用表格程序打开确认，另存为 .xlsx 再导入");
}

static enum fault refuse_kind(struct sheet_reader *reader) {
    return sheet_refuse(reader, FAULT_INPUT, 0, SHEET_NO_COLUMN, "这不是 XLSX 表格；请用表格程序另存为 .xlsx 或 CSV 再导入");
}

/* --- the archive --- */

/* libzip makes room for as many entries as the end record claims, so the claim is looked at first. */
static bool too_many_entries(const char *bytes, size_t length) {
    size_t tail = length < 65557 ? length : 65557;
    for (size_t back = 22; back <= tail; back++) {
        const unsigned char *p = (const unsigned char *)bytes + length - back;
        if (p[0] == 'P' && p[1] == 'K' && p[2] == 5 && p[3] == 6) return (p[10] | p[11] << 8) > ENTRIES_MAX;
    }
    return false;
}

enum fault package_open(struct sheet_reader *reader, struct package *package) {
    if (too_many_entries(reader->bytes, reader->length))
        return sheet_refuse(reader, FAULT_LARGE, 0, SHEET_NO_COLUMN, "文件里的部件太多；请用表格程序另存为 .xlsx 再导入");
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(reader->bytes, reader->length, 0, &error);
    package->zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (source && !package->zip) zip_source_free(source);
    zip_error_fini(&error);
    return package->zip ? FAULT_NONE : refuse_zip(reader);
}

void package_close(struct package *package) {
    if (package->zip) zip_discard(package->zip);
    package->zip = NULL;
}

enum fault part_open(struct sheet_reader *reader, struct package *package, const char *path, struct part *part) {
    zip_int64_t index = zip_name_locate(package->zip, path, ZIP_FL_NOCASE);
    zip_stat_t stat;
    if (index < 0 || zip_stat_index(package->zip, (zip_uint64_t)index, 0, &stat) != 0 || !(stat.valid & ZIP_STAT_COMP_SIZE))
        return refuse_zip(reader);
    if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) && stat.encryption_method != ZIP_EM_NONE)
        return sheet_refuse(reader, FAULT_INPUT, 0, SHEET_NO_COLUMN, "文件加了密码；请去掉密码再导入");
    if (!(stat.valid & ZIP_STAT_COMP_METHOD) || (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE))
        return refuse_zip(reader);
    zip_file_t *file = zip_fopen_index(package->zip, (zip_uint64_t)index, 0);
    if (!file) return refuse_zip(reader);
    *part = (struct part){.reader = reader, .package = package, .file = file};
    part->packed = stat.comp_size < reader->length ? stat.comp_size : reader->length; /* the header may lie */
    package->last = 0;
    return FAULT_NONE;
}

enum fault part_read(struct part *part, char *to, size_t room, size_t *got) {
    struct sheet_reader *reader = part->reader;
    zip_int64_t n = zip_fread(part->file, to, room);
    if (n < 0) return refuse_zip(reader);
    part->unpacked += (uint64_t)n;
    part->package->last = part->unpacked;
    part->package->unpacked += (uint64_t)n;
    bool swollen = part->unpacked > RATIO_FROM && part->unpacked / reader->limits.ratio > part->packed;
    if (swollen || part->package->unpacked > reader->limits.unpacked_bytes)
        return sheet_refuse(reader, FAULT_LARGE, 0, SHEET_NO_COLUMN,
                            "文件解开后太大（超过 {0} MB，或压缩得异常）；请删去空行和多余的工作表，或分成几个文件",
                            sheet_figure(reader, reader->limits.unpacked_bytes >> 20));
    *got = (size_t)n;
    return FAULT_NONE;
}

void part_close(struct part *part) {
    if (part->file) zip_fclose(part->file);
    part->file = NULL;
}

/* --- XML --- */

const char *attributes_find(const struct attributes *attributes, const char *name, size_t *length) {
    const xmlChar **a = attributes->list;
    for (int i = 0; i < attributes->count; i++, a += 5) {
        if (strcmp((const char *)a[0], name) == 0) {
            *length = (size_t)(a[4] - a[3]);
            return (const char *)a[3];
        }
    }
    return NULL;
}

bool attributes_have(const struct attributes *attributes, const char *name) {
    size_t length;
    return attributes_find(attributes, name, &length) != NULL;
}

char *attributes_copy(const struct attributes *attributes, const char *name) {
    size_t length = 0;
    const char *value = attributes_find(attributes, name, &length);
    char *copy = memory_new(length + 1);
    if (value) memcpy(copy, value, length);
    return copy;
}

unsigned attributes_number(const struct attributes *attributes, const char *name) {
    size_t length = 0;
    const char *value = attributes_find(attributes, name, &length);
    unsigned number = 0;
    if (!value || length > 9) return 0;
    for (size_t i = 0; i < length; i++) {
        if (value[i] < '0' || value[i] > '9') return 0;
        number = number * 10 + (unsigned)(value[i] - '0');
    }
    return number;
}

void walk_stop(struct walk *walk, enum fault fault) {
    if (!walk->fault) walk->fault = fault;
    xmlStopParser(walk->parser);
}

static void sax_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces,
                      const xmlChar **namespace_list, int count, int defaulted, const xmlChar **list) {
    (void)prefix, (void)uri, (void)namespace_list, (void)defaulted;
    struct walk *walk = ((xmlParserCtxtPtr)context)->_private;
    if (walk->fault) return;
    if (count > ATTRIBUTES_MAX || namespaces > ATTRIBUTES_MAX) { /* comparing them all would take the square of their number */
        walk_stop(walk, refuse_zip(walk->reader));
        return;
    }
    walk->ways.start(walk, (const char *)name, &(struct attributes){.list = list, .count = count});
}

static void sax_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
    (void)prefix, (void)uri;
    struct walk *walk = ((xmlParserCtxtPtr)context)->_private;
    if (!walk->fault && walk->ways.end) walk->ways.end(walk, (const char *)name);
}

static void sax_characters(void *context, const xmlChar *s, int length) {
    struct walk *walk = ((xmlParserCtxtPtr)context)->_private;
    if (!walk->fault && walk->ways.characters && length > 0) walk->ways.characters(walk, (const char *)s, (size_t)length);
}

/* A workbook has no document type; one is only there to define entities, so it ends the reading. */
static void sax_doctype(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system) {
    (void)name, (void)external, (void)system;
    struct walk *walk = ((xmlParserCtxtPtr)context)->_private;
    if (walk->fault) return;
    walk_stop(walk, sheet_refuse(walk->reader, FAULT_INPUT, 0, SHEET_NO_COLUMN,
                                 "文件里有文档类型或实体声明（DOCTYPE），表格不该有；请用表格程序另存为 .xlsx"));
}

enum fault walk_begin(struct walk *walk, struct sheet_reader *reader, const struct walk_ways *ways) {
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
                         .startElementNs = sax_start,
                         .endElementNs = sax_end,
                         .characters = sax_characters,
                         .ignorableWhitespace = sax_characters,
                         .cdataBlock = sax_characters,
                         .internalSubset = sax_doctype};
    *walk = (struct walk){.reader = reader, .ways = *ways, .state = walk->state};
    walk->parser = xmlCreatePushParserCtxt(&sax, NULL, NULL, 0, NULL);
    if (!walk->parser) return FAULT_SYSTEM;
    walk->parser->_private = walk;
    xmlCtxtUseOptions(walk->parser, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    return FAULT_NONE;
}

enum fault walk_push(struct walk *walk, const char *bytes, size_t length) {
    assert(length <= INT32_MAX);
    int error = xmlParseChunk(walk->parser, bytes, (int)length, length == 0);
    if (walk->fault) return walk->fault;
    if (error != XML_ERR_OK && !walk->parser->wellFormed) return refuse_zip(walk->reader);
    /* What the parser keeps back is one unfinished tag; a tag of this length is an attack on its patience. */
    const xmlParserInput *input = walk->parser->input;
    if (input && input->end - input->cur > BACKLOG_MAX + PART_PIECE) return refuse_zip(walk->reader);
    return FAULT_NONE;
}

void walk_end(struct walk *walk) {
    if (!walk->parser) return;
    if (walk->parser->myDoc) xmlFreeDoc(walk->parser->myDoc);
    xmlFreeParserCtxt(walk->parser);
    walk->parser = NULL;
}

enum fault walk_part(struct sheet_reader *reader, struct package *package, const char *path, const struct walk_ways *ways,
                     void *state) {
    _cleanup_(part_close) struct part part = {0};
    _cleanup_(walk_end) struct walk walk = {.state = state};
    char piece[PART_PIECE];
    size_t got = 0;
    enum fault fault = part_open(reader, package, path, &part);
    if (!fault) fault = walk_begin(&walk, reader, ways);
    while (!fault) {
        fault = part_read(&part, piece, sizeof piece, &got);
        if (!fault) fault = walk_push(&walk, piece, got);
        if (got == 0) break;
    }
    return fault;
}

/* --- the workbook --- */

struct relation {
    const char *id, *kind, *target; /* kind: last piece of the type's address: "worksheet", "styles", … */
};

struct relations {
    struct relation *list;
    size_t count;
};

struct sheet_entry {
    const char *relation;
};

struct book {
    struct workbook *out;
    struct sheet_info *infos;
    struct sheet_entry *entries;
    size_t count;
};

/* A short attribute in the reader's arena; longer ones than any workbook has become "". */
static const char *arena_attribute(struct walk *walk, const struct attributes *attributes, const char *name) {
    size_t length = 0;
    const char *value = attributes_find(attributes, name, &length);
    return value && length <= NAME_MAX_BYTES ? arena_copyn(&walk->reader->arena, value, length) : "";
}

static void relations_start(struct walk *walk, const char *name, const struct attributes *attributes) {
    struct relations *r = walk->state;
    if (strcmp(name, "Relationship") != 0 || r->count == RELATIONS_MAX) return;
    const char *type = arena_attribute(walk, attributes, "Type"), *slash = strrchr(type, '/');
    r->list[r->count++] = (struct relation){.id = arena_attribute(walk, attributes, "Id"),
                                            .kind = slash ? slash + 1 : type,
                                            .target = arena_attribute(walk, attributes, "Target")};
}

static enum fault relations_read(struct sheet_reader *reader, struct package *package, const char *path, struct relations *out) {
    out->list = arena_array(&reader->arena, struct relation, RELATIONS_MAX);
    return walk_part(reader, package, path, &(struct walk_ways){.start = relations_start}, out);
}

/* "worksheets/sheet1.xml" beside "xl/workbook.xml" is "xl/worksheets/sheet1.xml"; a leading slash starts at the root. */
static const char *path_beside(struct arena *arena, const char *base, const char *target) {
    if (*target == '/') return arena_copy(arena, target + 1);
    const char *slash = strrchr(base, '/');
    size_t folder = slash ? (size_t)(slash - base) + 1 : 0;
    while (strncmp(target, "../", 3) == 0 && folder) {
        target += 3;
        for (folder--; folder && base[folder - 1] != '/';) folder--;
    }
    return arena_format(arena, "%.*s%s", (int)folder, base, target);
}

static const struct relation *relation_of_kind(const struct relations *r, const char *kind) {
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->list[i].kind, kind) == 0 && *r->list[i].target) return &r->list[i];
    }
    return NULL;
}

static void book_start(struct walk *walk, const char *name, const struct attributes *attributes) {
    struct book *book = walk->state;
    struct sheet_reader *reader = walk->reader;
    if (strcmp(name, "workbookPr") == 0) {
        const char *flag = arena_attribute(walk, attributes, "date1904");
        book->out->from_1904 = strcmp(flag, "1") == 0 || strcmp(flag, "true") == 0;
    } else if (strcmp(name, "sheet") == 0) {
        if (book->count == reader->limits.sheets) {
            walk_stop(walk, sheet_refuse(reader, FAULT_LARGE, 0, SHEET_NO_COLUMN, "工作表多于 {0} 张；请分成几个文件",
                                         sheet_figure(reader, reader->limits.sheets)));
            return;
        }
        const char *state = arena_attribute(walk, attributes, "state");
        book->infos[book->count] = (struct sheet_info){.name = arena_attribute(walk, attributes, "name"),
                                                       .hidden = *state && strcmp(state, "visible") != 0};
        book->entries[book->count++].relation = arena_attribute(walk, attributes, "id");
    }
}

static const struct relation *entry_relation(const struct relations *r, const struct sheet_entry *entry) {
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->list[i].id, entry->relation) == 0)
            return strcmp(r->list[i].kind, "worksheet") == 0 && *r->list[i].target ? &r->list[i] : NULL;
    }
    return NULL;
}

static enum fault refuse_choice(struct sheet_reader *reader, const char *wanted) {
    _cleanup_(text_release) struct text names;
    text_init(&names, 2000);
    for (size_t i = 0; i < reader->sheet_count; i++) text_format(&names, "%s%s", i ? "、" : "", reader->sheets[i].name);
    if (wanted && *wanted)
        return sheet_refuse(reader, FAULT_INPUT, 0, SHEET_NO_COLUMN, "没有名为“{0}”的工作表；文件里有：{1}", wanted,
                            names.at ? names.at : "");
    return sheet_refuse(reader, FAULT_INPUT, 0, SHEET_NO_COLUMN, "没有可读的工作表（全部隐藏或不是数据表）；文件里有：{0}",
                        names.at ? names.at : "");
}

static enum fault book_choose(struct sheet_reader *reader, const struct book *book, const struct relations *r, const char *wanted,
                              const struct relation **out) {
    bool named = wanted && *wanted;
    for (size_t i = 0; i < book->count; i++) {
        const struct relation *relation = entry_relation(r, &book->entries[i]);
        bool chosen = named ? strcmp(book->infos[i].name, wanted) == 0 : !book->infos[i].hidden;
        if (!chosen || !relation) continue;
        reader->sheet = book->infos[i].name;
        *out = relation;
        return FAULT_NONE;
    }
    return refuse_choice(reader, wanted);
}

enum fault package_main(struct sheet_reader *reader, struct package *package, const char **path) {
    struct relations root = {0};
    if (zip_name_locate(package->zip, "_rels/.rels", ZIP_FL_NOCASE) < 0) return refuse_kind(reader);
    enum fault fault = relations_read(reader, package, "_rels/.rels", &root);
    if (fault) return fault;
    const struct relation *document = relation_of_kind(&root, "officeDocument");
    *path = document ? path_beside(&reader->arena, "", document->target) : "";
    return FAULT_NONE;
}

enum fault package_workbook(struct sheet_reader *reader, struct package *package, const char *wanted, struct workbook *out) {
    struct arena *arena = &reader->arena;
    struct relations relations = {0};
    struct book book = {.out = out};
    const char *path;
    enum fault fault = package_main(reader, package, &path);
    if (fault) return fault;
    if (!*path || strstr(path, "word/") || strstr(path, "ppt/")) return refuse_kind(reader);
    const char *slash = strrchr(path, '/');
    size_t length = strlen(path);
    if (length > 4 && strcmp(path + length - 4, ".bin") == 0)
        return sheet_refuse(reader, FAULT_INPUT, 0, SHEET_NO_COLUMN, "这是二进制的 .xlsb 表格；请另存为 .xlsx 再导入");
    book.infos = arena_array(arena, struct sheet_info, reader->limits.sheets);
    book.entries = arena_array(arena, struct sheet_entry, reader->limits.sheets);
    fault = walk_part(reader, package, path, &(struct walk_ways){.start = book_start}, &book);
    if (fault) return fault;
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    fault = relations_read(reader, package, arena_format(arena, "%.*s_rels/%s.rels", (int)folder, path, path + folder), &relations);
    if (fault) return fault;
    reader->sheets = book.infos;
    reader->sheet_count = book.count;
    const struct relation *sheet = NULL, *strings = relation_of_kind(&relations, "sharedStrings"),
                          *styles = relation_of_kind(&relations, "styles");
    fault = book_choose(reader, &book, &relations, wanted, &sheet);
    if (fault) return fault;
    out->sheet = path_beside(arena, path, sheet->target);
    out->strings = strings ? path_beside(arena, path, strings->target) : NULL;
    out->styles = styles ? path_beside(arena, path, styles->target) : NULL;
    return FAULT_NONE;
}
