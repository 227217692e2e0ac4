/* picture.c - decoding by libgd, turning by the Exif orientation, shrinking by halves and a last weighted step, JPEG out. */
#include "document/picture.h"

#include <gd.h>
#include <libexif/exif-data.h>
#include <string.h>

enum { POINTS_MAX = 64000000, QUALITY = 82 };

static void image_release(gdImagePtr *image) {
    if (*image) gdImageDestroy(*image);
    *image = NULL;
}

typedef gdImagePtr (*decoder)(int size, void *data);

static decoder decoder_of(const unsigned char *b, size_t length) {
    static const struct {
        size_t at, length;
        const char *bytes;
        decoder decode;
    } known[] = {{0, 3, "\xff\xd8\xff", gdImageCreateFromJpegPtr},
                 {0, 4, "\x89PNG", gdImageCreateFromPngPtr},
                 {0, 4, "GIF8", gdImageCreateFromGifPtr},
                 {8, 4, "WEBP", gdImageCreateFromWebpPtr},
                 {0, 2, "BM", gdImageCreateFromBmpPtr},
                 {0, 4, "II*\0", gdImageCreateFromTiffPtr},
                 {0, 4, "MM\0*", gdImageCreateFromTiffPtr},
                 {4, 4, "ftyp", gdImageCreateFromHeifPtr}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (length > known[i].at + known[i].length && !memcmp(b + known[i].at, known[i].bytes, known[i].length))
            return known[i].decode;
    return NULL;
}

/* 1 to 8 as Exif has it; 1 (upright) where nothing is said. libheif turns HEIC itself. */
static int orientation_of(const unsigned char *bytes, size_t length) {
    if (length < 4 || length > (1U << 30) || bytes[0] != 0xff) return 1;
    ExifData *data = exif_data_new_from_data(bytes, (unsigned)length);
    if (!data) return 1;
    ExifEntry *entry = exif_data_get_entry(data, EXIF_TAG_ORIENTATION);
    int found = entry && entry->format == EXIF_FORMAT_SHORT && entry->size >= 2
                  ? exif_get_short(entry->data, exif_data_get_byte_order(data))
                  : 1;
    exif_data_unref(data);
    return found >= 1 && found <= 8 ? found : 1;
}

static enum fault upright(gdImagePtr *image, int orientation) {
    /* Each Exif value as a quarter turn and, before it, a mirror. gd turns against the clock. */
    static const int turns[9] = {0, 0, 0, 180, 180, 90, 270, 270, 90};
    static const bool mirrored[9] = {false, false, true, false, true, true, false, true, false};
    if (mirrored[orientation]) gdImageFlipHorizontal(*image);
    if (!turns[orientation]) return FAULT_NONE;
    gdImagePtr turned = gdImageRotateInterpolated(*image, (float)turns[orientation], 0xffffff);
    if (!turned) return FAULT_INPUT;
    image_release(image);
    *image = turned;
    return FAULT_NONE;
}

/* On white, at the size wanted. */
static gdImagePtr resized(gdImagePtr image, int side) {
    int width = gdImageSX(image), height = gdImageSY(image), longer = width > height ? width : height;
    int to_width = longer <= side ? width : (int)((int64_t)width * side / longer);
    int to_height = longer <= side ? height : (int)((int64_t)height * side / longer);
    if (to_width < 1) to_width = 1;
    if (to_height < 1) to_height = 1;
    gdImagePtr out = gdImageCreateTrueColor(to_width, to_height);
    if (!out) return NULL;
    gdImageFilledRectangle(out, 0, 0, to_width - 1, to_height - 1, 0xffffff);
    gdImageCopyResampled(out, image, 0, 0, 0, 0, to_width, to_height, width, height);
    return out;
}

enum fault picture_shrink(const void *bytes, size_t length, int side, struct text *out) {
    decoder decode = decoder_of(bytes, length);
    if (!decode || length > 1U << 30 || side < 1) return FAULT_INPUT;
    _cleanup_(image_release) gdImagePtr image = decode((int)length, (void *)(uintptr_t)bytes), small = NULL;
    if (!image) return FAULT_INPUT;
    if ((int64_t)gdImageSX(image) * gdImageSY(image) > POINTS_MAX) return FAULT_LARGE;
    enum fault f = upright(&image, orientation_of(bytes, length));
    if (f) return f;
    small = resized(image, side);
    int size = 0;
    void *jpeg = small ? gdImageJpegPtr(small, &size, QUALITY) : NULL;
    if (!jpeg) return FAULT_INPUT;
    text_addn(out, jpeg, (size_t)size);
    gdFree(jpeg);
    return out->over ? FAULT_LARGE : FAULT_NONE;
}
