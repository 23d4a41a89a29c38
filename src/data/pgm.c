/* SPDX-License-Identifier: MIT */
#include "pgm.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>

/* Far more than the inputs of any network; the number of pixels still fits int64_t. */
enum { EXTENT_MAX = 1 << 24, PIXEL_MAX = 255 };

static enum status bad(const char *source, struct error *error, const char *what)
{
    return error_set(error, STATUS_FAILED, "%s: %s", source, what);
}

/* Reads a character of the header; a comment reads as the end of its line. */
static int read_character(FILE *file)
{
    int c = fgetc(file);
    if (c == '#')
        while (c != '\n' && c != EOF)
            c = fgetc(file);
    return c;
}

/* Reads a number of the header, from 1 to maximum, but not the character after it. Returns 0 if
 * there is no such number. */
static int read_number(FILE *file, int maximum)
{
    int number = 0, c = read_character(file);
    while (isspace(c))
        c = read_character(file);
    for (; isdigit(c) && number <= maximum; c = fgetc(file))
        number = 10 * number + (c - '0');
    ungetc(c, file);
    return number <= maximum ? number : 0;
}

/* Moves to the first of the `count` pixels. One space or line end separates them from the header;
 * CR LF is a line end if the length of the file says so. */
static bool find_pixels(FILE *file, int64_t count)
{
    const long header = ftell(file);
    if (header < 0 || fseek(file, 0, SEEK_END) != 0)
        return false;
    const int64_t rest = (int64_t)ftell(file) - header;
    if (fseek(file, header, SEEK_SET) != 0)
        return false;
    const int separator = fgetc(file);
    return isspace(separator) &&
           (rest == count + 1 || (rest == count + 2 && separator == '\r' && fgetc(file) == '\n'));
}

static enum status read_pixels(FILE *file, const char *source, int maximum, struct pgm *pgm,
                               struct error *error)
{
    const size_t count = (size_t)pgm->width * (size_t)pgm->height;
    pgm->pixels = malloc(count);
    if (!pgm->pixels)
        return error_memory(error, source, "the image");
    if (fread(pgm->pixels, 1, count, file) != count)
        return bad(source, error, "cannot be read");
    for (size_t i = 0; i < count; ++i) {
        if (pgm->pixels[i] > maximum)
            return error_set(error, STATUS_FAILED,
                             "%s: a pixel is %d, more than the maximum %d of its header", source,
                             pgm->pixels[i], maximum);
        pgm->pixels[i] = (uint8_t)(pgm->pixels[i] * PIXEL_MAX / maximum);
    }
    return STATUS_DONE;
}

enum status pgm_read(FILE *file, const char *source, struct pgm *pgm, struct error *error)
{
    *pgm = (struct pgm){0};
    rewind(file);
    if (fgetc(file) != 'P' || fgetc(file) != '5' || !isspace(fgetc(file)))
        return bad(source, error, "is not a binary PGM");
    pgm->width = read_number(file, EXTENT_MAX);
    pgm->height = read_number(file, EXTENT_MAX);
    const int maximum = read_number(file, PIXEL_MAX);
    if (!pgm->width || !pgm->height || !maximum)
        return bad(source, error, "is not a binary PGM of 8-bit pixels");
    if (!find_pixels(file, (int64_t)pgm->width * pgm->height))
        return error_set(error, STATUS_FAILED,
                         "%s: must hold its header, one line end and %d x %d bytes of pixels, and "
                         "nothing else: no comment before the pixels, and no second image",
                         source, pgm->width, pgm->height);
    const enum status status = read_pixels(file, source, maximum, pgm, error);
    if (status) {
        free(pgm->pixels);
        pgm->pixels = NULL;
    }
    return status;
}
