/* SPDX-License-Identifier: MIT */
#include "error.h"

#include "printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A line that is longer is shortened. What remains of error.text is for the rank and host that
 * world_agree appends. */
enum { LINE_LENGTH_MAX = 768, WORD_LENGTH_MAX = 180 };
_Static_assert(LINE_LENGTH_MAX < sizeof((struct error *)NULL)->text, "a line fits into its text");

/* Cuts the middle out of text[length] where it is longer than `most`: its beginning names the
 * object, its end the reason. Returns the new length. */
static size_t cut_middle(char *text, size_t length, size_t most)
{
    static const char mark[] = "...";
    const size_t mark_length = sizeof mark - 1;
    if (length <= most)
        return length;
    size_t head = most / 3, tail = length - (most - head - mark_length);
    /* A UTF-8 character is left out as a whole. */
    while (head > 0 && (text[head] & 0xc0) == 0x80)
        --head;
    while (tail < length && (text[tail] & 0xc0) == 0x80)
        ++tail;
    memcpy(text + head, mark, mark_length);
    memmove(text + head + mark_length, text + tail, length - tail);
    return head + mark_length + length - tail;
}

/* Shortens the long words of a line, which are paths; and the line, if that is not enough. */
static void shorten(char *line)
{
    size_t used = 0;
    for (const char *word = line; *word;) {
        const size_t length = strcspn(word, " ");
        const char *const next = word + length;
        memmove(line + used, word, length);
        used += cut_middle(line + used, length, WORD_LENGTH_MAX);
        if (*next)
            line[used++] = ' ';
        word = *next ? next + 1 : next;
    }
    line[cut_middle(line, used, LINE_LENGTH_MAX)] = '\0';
}

enum status error_set(struct error *error, enum status status, const char *format, ...)
{
    /* Room for three of the longest paths, and the words between them. */
    char line[4 * PATH_MAX], shown[4 * sizeof line];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    printable_copy(shown, sizeof shown, line);
    if (strlen(shown) > LINE_LENGTH_MAX)
        shorten(shown);
    memcpy(error->text, shown, strlen(shown) + 1);
    error->status = status;
    return status;
}
