/* SPDX-License-Identifier: MIT */
#include "data/png.h" /* <png.h> is libpng's */

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { RGBA = 4, OPAQUE = UINT8_MAX };

/* A file that is being read. libpng leaves its functions by longjmp when they fail, so everything
 * that must be freed is here. */
struct reader {
    FILE *file;
    const char *source;
    struct error *error;
    png_structp png;
    png_infop info;
    uint8_t *rgba;  /* (height, width, RGBA) */
    bool no_memory; /* libpng asked for memory in vain */
    jmp_buf failed;
};

static void *take_memory(png_structp png, png_alloc_size_t size)
{
    struct reader *reader = png_get_mem_ptr(png);
    void *memory = malloc(size);
    if (!memory)
        reader->no_memory = true;
    return memory;
}

static _Noreturn void fail(png_structp png, const char *message)
{
    struct reader *reader = png_get_error_ptr(png);
    if (reader->no_memory)
        error_memory(reader->error, reader->source, "the image");
    else
        error_set(reader->error, STATUS_FAILED,
                  "%s: is not an intact PNG image (%s): was it copied completely?", reader->source,
                  message);
    longjmp(reader->failed, 1);
}

/* Warnings are about what does not change the pixels, such as comments; libpng would print them. */
static void ignore_warning(png_structp png, const char *message)
{
    (void)png;
    (void)message;
}

static void read_bytes(png_structp png, png_bytep bytes, size_t count)
{
    const struct reader *reader = png_get_io_ptr(png);
    if (fread(bytes, 1, count, reader->file) != count)
        png_error(png, ferror(reader->file) ? strerror(errno) : "the file ends too early");
}

static bool open_reader(struct reader *reader)
{
    reader->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, reader, fail, ignore_warning,
                                           reader, take_memory, NULL);
    if (!reader->png)
        return false;
    reader->info = png_create_info_struct(reader->png);
    png_set_read_fn(reader->png, reader, read_bytes);
    /* By default a damaged chunk is ignored if it is optional, and so might transparency be. */
    png_set_crc_action(reader->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    /* The caller knows which size is right. libpng would call a large image damaged. */
    png_set_user_limits(reader->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    return reader->info;
}

static void close_reader(struct reader *reader)
{
    png_destroy_read_struct(&reader->png, &reader->info, NULL);
    free(reader->rgba);
}

/* Makes libpng turn every kind of image into 8-bit RGBA. Returns the number of passes over the
 * image, of which an interlaced one takes several. */
static int set_conversions(png_structp png, png_infop info)
{
    png_set_expand(png); /* palettes, pixels of fewer than 8 bits, and a transparent colour */
    png_set_gray_to_rgb(png);
    png_set_scale_16(png);
    png_set_add_alpha(png, OPAQUE, PNG_FILLER_AFTER);
    const int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    return passes;
}

/* Reads to the end of the file. Leaves by longjmp if it fails. */
static void decode(const struct reader *reader, const struct png *image)
{
    const int passes = set_conversions(reader->png, reader->info);
    for (int pass = 0; pass < passes; ++pass)
        for (int64_t row = 0; row < image->height; ++row)
            png_read_row(reader->png, reader->rgba + row * image->width * RGBA, NULL);
    png_read_end(reader->png, NULL);
}

static enum status read_image(struct reader *reader, int64_t values, struct png *image)
{
    if (setjmp(reader->failed) != 0)
        return STATUS_FAILED;
    png_read_info(reader->png, reader->info);
    image->width = png_get_image_width(reader->png, reader->info);
    image->height = png_get_image_height(reader->png, reader->info);
    if (image->width * image->height != values)
        return error_set(reader->error, STATUS_FAILED,
                         "%s: an image has %lld values, the network takes %lld", reader->source,
                         (long long)(image->width * image->height), (long long)values);
    reader->rgba = calloc((size_t)values, RGBA);
    if (!reader->rgba)
        return error_memory(reader->error, reader->source, "the image");
    decode(reader, image);
    return STATUS_DONE;
}

static enum status refuse_pixel(const struct reader *reader, const struct png *image, int64_t pixel,
                                const char *what, const char *cure)
{
    return error_set(reader->error, STATUS_FAILED, "%s: is %s (row %lld, column %lld): %s",
                     reader->source, what, (long long)(pixel / image->width),
                     (long long)(pixel % image->width), cure);
}

/* Makes the pixels of *image, one byte each. */
static enum status take_grey(const struct reader *reader, struct png *image)
{
    const int64_t count = image->width * image->height;
    image->pixels = malloc((size_t)count);
    if (!image->pixels)
        return error_memory(reader->error, reader->source, "the image");
    for (int64_t i = 0; i < count; ++i) {
        const uint8_t *rgba = reader->rgba + i * RGBA;
        if (rgba[3] != OPAQUE)
            return refuse_pixel(reader, image, i, "transparent",
                                "save it with an opaque background");
        if (rgba[0] != rgba[1] || rgba[0] != rgba[2])
            return refuse_pixel(reader, image, i, "in colour", "make it grey");
        image->pixels[i] = rgba[0];
    }
    return STATUS_DONE;
}

enum status png_read(FILE *file, const char *source, int64_t values, struct png *png,
                     struct error *error)
{
    struct reader reader = {.file = file, .source = source, .error = error};
    *png = (struct png){0};
    rewind(file);
    enum status status = open_reader(&reader) ? read_image(&reader, values, png)
                                              : error_memory(error, source, "the image");
    if (!status)
        status = take_grey(&reader, png);
    close_reader(&reader);
    if (status) {
        free(png->pixels);
        png->pixels = NULL;
    }
    return status;
}
