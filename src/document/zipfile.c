/* zipfile.c - libzip with fixed times, reading each file when its turn comes. */
#include "document/zipfile.h"

#include "base/memory.h"
#include "document/docx_pack.h"

#include <zip.h>

enum { COMPRESSION_LEVEL = 6 };

struct zipfile {
    zip_t *zip;
    uint16_t time, date;
    bool (*tell)(void *context, double done);
    void *context;
    bool ended;
};

enum fault zipfile_begin(const char *path, int64_t as_of_ms, struct zipfile **out) {
    int error;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &error);
    if (!zip) return FAULT_FILE;
    struct zipfile *z = memory_new(sizeof *z);
    z->zip = zip;
    dos_time(as_of_ms, &z->time, &z->date);
    *out = z;
    return FAULT_NONE;
}

enum fault zipfile_add(struct zipfile *z, const char *name, const char *from, bool packed) {
    zip_source_t *source = zip_source_file(z->zip, from, 0, 0);
    if (!source) return FAULT_FILE;
    zip_int64_t index = zip_file_add(z->zip, name, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return FAULT_INPUT;
    }
    bool bad = zip_set_file_compression(z->zip, (zip_uint64_t)index, packed ? ZIP_CM_STORE : ZIP_CM_DEFLATE,
                                        packed ? 0 : COMPRESSION_LEVEL) ||
               zip_file_set_dostime(z->zip, (zip_uint64_t)index, z->time, z->date, 0);
    return bad ? FAULT_SYSTEM : FAULT_NONE;
}

static void hear(zip_t *zip, double done, void *context) {
    struct zipfile *z = context;
    (void)zip;
    if (z->tell && !z->tell(z->context, done)) z->ended = true;
}

static int is_ended(zip_t *zip, void *context) {
    (void)zip;
    return ((struct zipfile *)context)->ended;
}

enum fault zipfile_finish(struct zipfile **out, bool (*tell)(void *context, double done), void *context) {
    struct zipfile *z = *out;
    z->tell = tell;
    z->context = context;
    bool bad = zip_register_progress_callback_with_state(z->zip, 0.002, hear, NULL, z) ||
               zip_register_cancel_callback_with_state(z->zip, is_ended, NULL, z);
    bad = bad || zip_close(z->zip);
    if (!bad) z->zip = NULL;
    enum fault f = !bad ? FAULT_NONE : z->ended ? FAULT_BUSY : FAULT_FILE;
    zipfile_abandon(out);
    return f;
}

void zipfile_abandon(struct zipfile **z) {
    if (*z && (*z)->zip) zip_discard((*z)->zip);
    memory_release(z);
}
