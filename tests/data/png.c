/* SPDX-License-Identifier: MIT
 *
 * PNG files, which libpng writes here: every kind of grey image becomes the same pixels; images in
 * colour, transparent ones and damaged files are refused. */
#include "data/png.h"
#include "testing.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 3, HEIGHT = 2, VALUES = WIDTH * HEIGHT, FILE_MAX = 1024, BYTES_MAX = 8 };

/* An image to write. */
struct image {
    int depth, type, interlace;
    const uint8_t *rows; /* (HEIGHT, bytes of a row), as PNG stores them */
    size_t row_bytes;
    const png_color *palette; /* of four colours, or NULL */
    const uint8_t *opacity;   /* of the palette's first colour, or NULL */
};

static void write_image(FILE *file, const struct image *image)
{
    uint8_t row[WIDTH * BYTES_MAX];
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_init_io(png, file);
    png_set_IHDR(png, info, WIDTH, HEIGHT, image->depth, image->type, image->interlace, 0, 0);
    if (image->palette)
        png_set_PLTE(png, info, image->palette, 4);
    if (image->opacity)
        png_set_tRNS(png, info, image->opacity, 1, NULL);
    /* It must not be applied. */
    png_set_gAMA(png, info, 1);
    png_write_info(png, info);
    for (int pass = png_set_interlace_handling(png); pass > 0; --pass)
        for (size_t i = 0; i < HEIGHT; ++i) {
            memcpy(row, image->rows + i * image->row_bytes, image->row_bytes);
            png_write_row(png, row);
        }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    fflush(file);
}

static enum status read_image(const struct image *image, int64_t values, struct png *png,
                              struct error *error)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    write_image(file, image);
    const enum status status = png_read(file, "image", values, png, error);
    fclose(file);
    return status;
}

static void expect_read(const struct image *image, const uint8_t pixels[VALUES])
{
    struct png png;
    struct error error;
    if (read_image(image, VALUES, &png, &error))
        fail_msg("%s", error.text);
    assert_int_equal(png.width, WIDTH);
    assert_int_equal(png.height, HEIGHT);
    assert_memory_equal(png.pixels, pixels, VALUES);
    free(png.pixels);
}

static void expect_refused(const struct image *image, int64_t values, const char *line)
{
    struct png png;
    struct error error = {0};
    assert_int_equal(read_image(image, values, &png, &error), STATUS_FAILED);
    assert_null(png.pixels);
    assert_string_equal(error.text, line);
}

static const uint8_t grey[VALUES] = {0, 1, 127, 128, 254, 255};
static const struct image plain = {
    .depth = 8, .type = PNG_COLOR_TYPE_GRAY, .rows = grey, .row_bytes = 3};

static void test_grey_of_any_depth(void **state)
{
    (void)state;
    static const uint8_t one[] = {0xa0, 0x40}, ones[] = {255, 0, 255, 0, 255, 0};
    static const uint8_t two[] = {0x18, 0xd8}, twos[] = {0, 85, 170, 255, 85, 170};
    static const uint8_t four[] = {0x01, 0x70, 0x8e, 0xf0}, fours[] = {0, 17, 119, 136, 238, 255};
    /* A value of 8 bits is 257 of 16 bits: 128 is the last that is nearer to 0. */
    static const uint8_t sixteen[] = {0, 128, 0, 129, 1, 1, 0x80, 0, 0xff, 0x7e, 0xff, 0x7f};
    static const uint8_t sixteens[] = {0, 1, 1, 128, 254, 255};
    expect_read(&plain, grey);
    expect_read(&(struct image){.depth = 1, .rows = one, .row_bytes = 1}, ones);
    expect_read(&(struct image){.depth = 2, .rows = two, .row_bytes = 1}, twos);
    expect_read(&(struct image){.depth = 4, .rows = four, .row_bytes = 2}, fours);
    expect_read(&(struct image){.depth = 16, .rows = sixteen, .row_bytes = 6}, sixteens);
}

static void test_interlaced(void **state)
{
    (void)state;
    struct image image = plain;
    image.interlace = PNG_INTERLACE_ADAM7;
    expect_read(&image, grey);
}

/* Makes rows of `channels` bytes a pixel: the grey value in each, and `alpha` in the last if there
 * is an alpha channel, which there is for 2 and 4. */
static struct image spread(uint8_t rows[VALUES * 4], int channels, uint8_t alpha)
{
    static const int types[] = {
        [2] = PNG_COLOR_TYPE_GRAY_ALPHA, [3] = PNG_COLOR_TYPE_RGB, [4] = PNG_COLOR_TYPE_RGB_ALPHA};
    for (int i = 0; i < VALUES * channels; ++i)
        rows[i] = channels % 2 == 0 && i % channels == channels - 1 ? alpha : grey[i / channels];
    return (struct image){
        .depth = 8, .type = types[channels], .rows = rows, .row_bytes = (size_t)(WIDTH * channels)};
}

static void test_grey_stored_in_other_ways(void **state)
{
    (void)state;
    uint8_t rows[VALUES * 4];
    for (int channels = 2; channels <= 4; ++channels) {
        const struct image image = spread(rows, channels, 255);
        expect_read(&image, grey);
    }
}

static const png_color greys[] = {{0, 0, 0}, {7, 7, 7}, {200, 200, 200}, {255, 255, 255}};
static const uint8_t entries[] = {0x18, 0xd8}; /* 0 1 2, 3 1 2 in 2 bits each */
static const uint8_t looked_up[] = {0, 7, 200, 255, 7, 200};
static const struct image indexed = {
    .depth = 2, .type = PNG_COLOR_TYPE_PALETTE, .rows = entries, .row_bytes = 1, .palette = greys};

static void test_palette(void **state)
{
    (void)state;
    const uint8_t opaque = 255;
    struct image image = indexed;
    expect_read(&image, looked_up);
    image.opacity = &opaque;
    expect_read(&image, looked_up);
}

static void test_colour_is_refused(void **state)
{
    (void)state;
    uint8_t rows[VALUES * 4];
    const png_color coloured[] = {{0, 0, 0}, {7, 7, 8}, {9, 9, 9}, {3, 3, 3}};
    struct image image = indexed;
    image.palette = coloured;
    expect_refused(&image, VALUES, "image: is in colour (row 0, column 1): make it grey");
    image = spread(rows, 3, 0);
    rows[3 * 5 + 1] ^= 1;
    expect_refused(&image, VALUES, "image: is in colour (row 1, column 2): make it grey");
}

static void test_transparency_is_refused(void **state)
{
    (void)state;
    uint8_t rows[VALUES * 4];
    const uint8_t opacity = 254;
    const char *line = "image: is transparent (row 0, column 0): save it with an opaque background";
    struct image image = indexed;
    image.opacity = &opacity;
    expect_refused(&image, VALUES, line);
    for (int channels = 2; channels <= 4; channels += 2) {
        image = spread(rows, channels, 254);
        expect_refused(&image, VALUES, line);
    }
}

static void test_another_size_is_refused(void **state)
{
    (void)state;
    expect_refused(&plain, 7, "image: an image has 6 values, the network takes 7");
}

/* Reads a file of these bytes, which must be refused with a line that has `what` in it. */
static void expect_bytes_refused(const uint8_t *bytes, size_t count, const char *what)
{
    struct png png;
    struct error error = {0};
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(png_read(file, "image", VALUES, &png, &error), STATUS_FAILED);
    fclose(file);
    assert_null(png.pixels);
    if (strncmp(error.text, "image: ", 7) != 0 || !strstr(error.text, what))
        fail_msg("'%s' does not say '%s'", error.text, what);
}

/* The bytes of `plain` as a file; returns their number. */
static size_t take_bytes(uint8_t bytes[FILE_MAX])
{
    FILE *file = tmpfile();
    assert_non_null(file);
    write_image(file, &plain);
    rewind(file);
    const size_t count = fread(bytes, 1, FILE_MAX, file);
    fclose(file);
    assert_in_range(count, 1, FILE_MAX - 1);
    return count;
}

static void test_each_damage_is_noticed(void **state)
{
    (void)state;
    uint8_t bytes[FILE_MAX];
    const size_t count = take_bytes(bytes);
    for (size_t i = 0; i < count; ++i) {
        expect_bytes_refused(bytes, i, "is not an intact PNG image (");
        bytes[i] ^= 0x20;
        expect_bytes_refused(bytes, count, "is not an intact PNG image (");
        bytes[i] ^= 0x20;
    }
}

/* The header alone decides: there are no pixels in this file. */
static void test_a_huge_image_is_refused_by_its_header(void **state)
{
    (void)state;
    const uint8_t header[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0,    0,    0,    13,
                              'I',  'H', 'D', 'R', 0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff,
                              8,    0,   0,   0,   0,    0x31, 0xa2, 0x54, 0xba, 0,    0,    0,
                              0,    'I', 'D', 'A', 'T',  0x35, 0xaf, 0x06, 0x1e};
    expect_bytes_refused(header, sizeof header,
                         "an image has 4611686014132420609 values, the network takes 6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grey_of_any_depth),
        cmocka_unit_test(test_interlaced),
        cmocka_unit_test(test_grey_stored_in_other_ways),
        cmocka_unit_test(test_palette),
        cmocka_unit_test(test_colour_is_refused),
        cmocka_unit_test(test_transparency_is_refused),
        cmocka_unit_test(test_another_size_is_refused),
        cmocka_unit_test(test_each_damage_is_noticed),
        cmocka_unit_test(test_a_huge_image_is_refused_by_its_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
