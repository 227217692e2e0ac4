/* xlsx_part.h - the zip and XML sides of reading a workbook: parts unpacked under limits, and walked without DTD or entities. */
#ifndef DOCUMENT_XLSX_PART_H
#define DOCUMENT_XLSX_PART_H

#include "document/sheet_inside.h"

#include <libxml/parser.h>
#include <zip.h>

enum { PART_PIECE = 32768 };

struct package {
    zip_t *zip;
    uint64_t unpacked; /* bytes of all parts read so far */
    uint64_t last;     /* bytes of the part read last */
};

/* Opens the reader's bytes as a zip archive; refuses too many entries. */
CHECKED enum fault package_open(struct sheet_reader *reader, struct package *package);
void package_close(struct package *package);

/* What the workbook part says; paths are the reader's arena's. Fills reader->sheets and reader->sheet too. */
struct workbook {
    const char *sheet, *strings, *styles; /* part names; the last two may be NULL */
    bool from_1904;
};
/* The path of the document that the package is about (its officeDocument relation), in the reader's arena; "" if it names none. */
CHECKED enum fault package_main(struct sheet_reader *reader, struct package *package, const char **path);
CHECKED enum fault package_workbook(struct sheet_reader *reader, struct package *package, const char *wanted, struct workbook *out);

/* One part being unpacked. */
struct part {
    struct sheet_reader *reader;
    struct package *package;
    zip_file_t *file;
    uint64_t packed, unpacked;
};
/* FAULT_INPUT with a note if it is missing, encrypted or packed in a way that workbooks are not. */
CHECKED enum fault part_open(struct sheet_reader *reader, struct package *package, const char *path, struct part *part);
/* Up to `room` bytes; *got 0 at the end, where the checksum has been compared. */
CHECKED enum fault part_read(struct part *part, char *to, size_t room, size_t *got);
void part_close(struct part *part);

/* Attributes of an element as libxml2 gives them: five pointers each. */
struct attributes {
    const xmlChar **list;
    int count;
};
/* Value (not NUL-terminated) of the attribute with that local name, or NULL. */
const char *attributes_find(const struct attributes *attributes, const char *name, size_t *length);
bool attributes_have(const struct attributes *attributes, const char *name);

struct walk;
struct walk_ways {
    void (*start)(struct walk *walk, const char *name, const struct attributes *attributes);
    void (*end)(struct walk *walk, const char *name);                    /* may be NULL */
    void (*characters)(struct walk *walk, const char *s, size_t length); /* may be NULL */
};
/* A push parser over one part. */
struct walk {
    struct sheet_reader *reader;
    xmlParserCtxtPtr parser;
    struct walk_ways ways;
    enum fault fault; /* set by walk_stop */
    void *state;
};
CHECKED enum fault walk_begin(struct walk *walk, struct sheet_reader *reader, const struct walk_ways *ways);
/* The next bytes; length 0: the end. */
CHECKED enum fault walk_push(struct walk *walk, const char *bytes, size_t length);
void walk_end(struct walk *walk); /* safe on a zeroed one, and twice */
/* Called from a way: parsing ends with this fault. */
void walk_stop(struct walk *walk, enum fault fault);
/* A whole part at once. */
CHECKED enum fault walk_part(struct sheet_reader *reader, struct package *package, const char *path, const struct walk_ways *ways,
                             void *state);
/* How each cell format of the styles part shows numbers. */
struct style_forms {
    enum value_form *list;
    size_t count, room;
};
/* FAULT_INPUT or FAULT_LARGE with a note; *out is to be released in any case. */
CHECKED enum fault package_styles(struct sheet_reader *reader, struct package *package, const char *path, struct style_forms *out);
enum value_form style_form(const struct style_forms *forms, unsigned style);
void style_forms_release(struct style_forms *forms);
/* Copy of an attribute with a NUL, "" if missing; freed with memory_release. */
char *attributes_copy(const struct attributes *attributes, const char *name);
/* Unsigned decimal attribute; 0 if missing, malformed or past 2^31. */
unsigned attributes_number(const struct attributes *attributes, const char *name);

#endif
