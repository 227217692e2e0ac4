/* docx_pack.c - zip files with fixed times, order and compression. */
#include "document/docx_pack.h"

#include "base/civil.h"

#include <zip.h>

enum { COMPRESSION_LEVEL = 6 };

static void zip_drop(zip_t **zip) {
    if (*zip) zip_discard(*zip);
}

static void source_drop(zip_source_t **source) {
    if (*source) zip_source_free(*source);
}

void dos_time(int64_t utc_ms, uint16_t *time, uint16_t *date) {
    int year, month, day;
    civil_to_ymd(civil_at(utc_ms), &year, &month, &day);
    int64_t local = utc_ms + (int64_t)CHINA_OFFSET_MINUTES * 60000, ms = local % 86400000;
    int seconds = (int)((ms < 0 ? ms + 86400000 : ms) / 1000);
    if (year < 1980 || year > 2107) year = 1980, month = day = 1, seconds = 0;
    *time = (zip_uint16_t)((seconds / 3600) << 11 | (seconds / 60 % 60) << 5 | seconds % 60 / 2);
    *date = (zip_uint16_t)((year - 1980) << 9 | month << 5 | day);
}

static bool part_add(zip_t *zip, const struct pack_part *part, zip_uint16_t time, zip_uint16_t date) {
    zip_source_t *source = zip_source_buffer(zip, part->bytes, part->length, 0);
    if (!source) return false;
    zip_int64_t index = zip_file_add(zip, part->name, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return false;
    }
    return !zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_DEFLATE, COMPRESSION_LEVEL) &&
           !zip_file_set_dostime(zip, (zip_uint64_t)index, time, date, 0);
}

static enum fault source_copy(zip_source_t *source, struct text *out) {
    zip_stat_t stat;
    if (zip_source_stat(source, &stat) || zip_source_open(source)) return FAULT_SYSTEM;
    char *to = text_reserve(out, stat.size);
    zip_int64_t got = to ? zip_source_read(source, to, stat.size) : 0;
    zip_source_close(source);
    if (!to) return FAULT_LARGE;
    if (got < 0 || (zip_uint64_t)got != stat.size) return FAULT_SYSTEM;
    out->length += stat.size;
    out->at[out->length] = 0;
    return FAULT_NONE;
}

enum fault pack_parts(const struct pack_part *parts, size_t count, int64_t as_of_ms, struct text *out) {
    zip_uint16_t time, date;
    dos_time(as_of_ms, &time, &date);
    _cleanup_(source_drop) zip_source_t *file = zip_source_buffer_create(NULL, 0, 0, NULL);
    if (!file) return FAULT_SYSTEM;
    _cleanup_(zip_drop) zip_t *zip = zip_open_from_source(file, ZIP_TRUNCATE, NULL);
    if (!zip) return FAULT_SYSTEM;
    zip_source_keep(file); /* ours as well as the archive's: read after it is closed */
    for (size_t i = 0; i < count; i++)
        if (!part_add(zip, &parts[i], time, date)) return FAULT_SYSTEM;
    if (zip_close(zip)) return FAULT_SYSTEM;
    zip = NULL;
    return source_copy(file, out);
}
