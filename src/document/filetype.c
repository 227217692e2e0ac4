/* filetype.c - libmagic says what a content is; our table says whether it may be stored and how it is shown. */
#include "document/filetype.h"

#include <ctype.h>
#include <magic.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>

enum { LOOKED_AT = 1 << 20, ENDING_MAX = 12 };

/* In the order in which they are told to people. OLE and ZIP containers whose kind libmagic does not tell stand under their container. */
static const struct filetype kinds[] = {
    {"image/jpeg", " jpg jpeg ", SHOW_PICTURE},
    {"image/png", " png ", SHOW_PICTURE},
    {"image/gif", " gif ", SHOW_PICTURE},
    {"image/webp", " webp ", SHOW_PICTURE},
    {"image/bmp", " bmp ", SHOW_PICTURE},
    {"image/x-ms-bmp", " bmp ", SHOW_PICTURE},
    {"image/tiff", " tif tiff ", SHOW_PICTURE},
    {"image/heic", " heic heif ", SHOW_PICTURE},
    {"image/heif", " heic heif ", SHOW_PICTURE},
    {"application/pdf", " pdf ", SHOW_PDF},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", " docx ", SHOW_NOT},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", " xlsx ", SHOW_NOT},
    {"application/vnd.openxmlformats-officedocument.presentationml.presentation", " pptx ", SHOW_NOT},
    {"application/msword", " doc wps ", SHOW_NOT},
    {"application/vnd.ms-excel", " xls et ", SHOW_NOT},
    {"application/vnd.ms-powerpoint", " ppt dps ", SHOW_NOT},
    {"application/CDFV2", " doc xls ppt wps et dps ", SHOW_NOT},
    {"application/x-ole-storage", " doc xls ppt wps et dps ", SHOW_NOT},
    {"application/vnd.oasis.opendocument.text", " odt ", SHOW_NOT},
    {"application/vnd.oasis.opendocument.spreadsheet", " ods ", SHOW_NOT},
    {"application/vnd.oasis.opendocument.presentation", " odp ", SHOW_NOT},
    {"application/zip", " zip ofd docx xlsx pptx ", SHOW_NOT},
    {"application/x-rar", " rar ", SHOW_NOT},
    {"application/x-7z-compressed", " 7z ", SHOW_NOT},
    {"message/rfc822", " eml ", SHOW_NOT},
    {"text/plain", " txt csv log md json xml htm html eml ics ", SHOW_NOT},
    {"text/csv", " csv txt ", SHOW_NOT},
    {"application/csv", " csv txt ", SHOW_NOT},
    {"application/json", " json txt ", SHOW_NOT},
    {"text/xml", " xml txt ", SHOW_NOT},
    {"text/html", " htm html txt ", SHOW_NOT},
    {"audio/mpeg", " mp3 ", SHOW_NOT},
    {"audio/x-wav", " wav ", SHOW_NOT},
    {"audio/x-m4a", " m4a ", SHOW_NOT},
    {"audio/amr", " amr ", SHOW_NOT},
    {"video/mp4", " mp4 m4v ", SHOW_NOT},
    {"video/quicktime", " mov ", SHOW_NOT},
    {"video/x-msvideo", " avi ", SHOW_NOT},
};

static const struct filetype *filetype_named(const char *mime) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].mime, mime)) return &kinds[i];
    return NULL;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* a libmagic handle is for one thread at a time */
static magic_t library;

/* The MIME type in a room of 128 bytes; "" if libmagic failed on this content. */
static enum fault mime_of(const void *bytes, size_t length, char out[128]) {
    pthread_mutex_lock(&lock);
    if (!library) {
        library = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_ELF | MAGIC_NO_CHECK_TAR);
        if (library && magic_load(library, NULL)) {
            magic_close(library);
            library = NULL;
        }
    }
    bool open = library != NULL;
    const char *mime = open ? magic_buffer(library, bytes, length < LOOKED_AT ? length : LOOKED_AT) : NULL;
    size_t n = mime ? strnlen(mime, 127) : 0;
    if (n) memcpy(out, mime, n);
    out[n] = 0;
    pthread_mutex_unlock(&lock);
    return open ? FAULT_NONE : FAULT_SYSTEM;
}

/* The name's ending in lower case between blanks, as the table has it; " " if it has none of a sensible length. */
static void ending_of(const char *name, char out[ENDING_MAX + 3]) {
    const char *dot = strrchr(name, '.');
    size_t n = dot ? strlen(dot + 1) : 0;
    if (n > ENDING_MAX) n = 0;
    out[0] = ' ';
    for (size_t i = 0; i < n; i++) out[i + 1] = (char)tolower((unsigned char)dot[1 + i]);
    out[n + 1] = n ? ' ' : 0;
    out[n ? n + 2 : 1] = 0;
}

enum fault filetype_of(const void *bytes, size_t length, const char *name, struct notes *notes, const char *key,
                       const struct filetype **out) {
    char mime[128], ending[ENDING_MAX + 3];
    if (!length) {
        note_add(notes, key, "文件是空的；请重新选择文件");
        return FAULT_INPUT;
    }
    enum fault f = mime_of(bytes, length, mime);
    if (f) return f;
    const struct filetype *kind = filetype_named(mime);
    if (!kind) {
        note_add(notes, key, "不能存这类文件（{0}）。可以存图片、PDF、Office 文档、文本、压缩包、录音和录像", mime[0] ? mime : "?");
        return FAULT_INPUT;
    }
    ending_of(name, ending);
    if (!strstr(kind->endings, ending) || !ending[1]) {
        note_add(notes, key, "文件名“{0}”的后缀与内容不符；按内容应为：{1}。请核对文件，或改正后缀再传", name, kind->endings);
        return FAULT_INPUT;
    }
    *out = kind;
    return FAULT_NONE;
}

enum filetype_show filetype_show_named(const char *name) {
    static const struct {
        const char *ending;
        enum filetype_show show;
    } known[] = {{".pdf", SHOW_PDF},      {".jpg", SHOW_PICTURE},  {".jpeg", SHOW_PICTURE}, {".png", SHOW_PICTURE},
                 {".gif", SHOW_PICTURE},  {".webp", SHOW_PICTURE}, {".bmp", SHOW_PICTURE},  {".tif", SHOW_PICTURE},
                 {".tiff", SHOW_PICTURE}, {".heic", SHOW_PICTURE}, {".heif", SHOW_PICTURE}};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < COUNT_OF(known); i++)
        if (!strcasecmp(dot, known[i].ending)) return known[i].show;
    return SHOW_NOT;
}
