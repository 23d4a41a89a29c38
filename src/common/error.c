/* SPDX-License-Identifier: MIT */
#include "error.h"

#include "printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Longer words of a line that is too long are shortened. */
enum { WORD_LENGTH_MAX = 180 };
_Static_assert(ERROR_LINE_MAX < sizeof((struct error *)NULL)->text, "error.text holds a line");

/* Shortens text[length] to length_max, if it is longer, by cutting out its middle: the beginning
 * names the object, the end the reason. Returns the new length. */
static size_t cut_middle(char *text, size_t length, size_t length_max)
{
    static const char mark[] = "...";
    const size_t mark_length = sizeof mark - 1;
    if (length <= length_max)
        return length;
    size_t head = length_max / 3, tail = length - (length_max - head - mark_length);
    /* No UTF-8 character is cut in two. */
    while (head > 0 && (text[head] & 0xc0) == 0x80)
        --head;
    while (tail < length && (text[tail] & 0xc0) == 0x80)
        ++tail;
    memcpy(text + head, mark, mark_length);
    memmove(text + head + mark_length, text + tail, length - tail);
    return head + mark_length + length - tail;
}

/* Shortens the long words of a line, which are paths, and then the line if it is still too long. */
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
    line[cut_middle(line, used, ERROR_LINE_MAX)] = '\0';
}

enum status error_set(struct error *error, enum status status, const char *format, ...)
{
    /* Enough for three of the longest paths and the words between them. */
    char line[4 * PATH_MAX], shown[4 * sizeof line];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    printable_copy(shown, sizeof shown, line);
    if (strlen(shown) > ERROR_LINE_MAX)
        shorten(shown);
    memcpy(error->text, shown, strlen(shown) + 1);
    error->status = status;
    return status;
}

enum status error_memory(struct error *error, const char *object, const char *what)
{
    return error_set(error, STATUS_FAILED, "%s%snot enough memory for %s", object ? object : "",
                     object ? ": " : "", what);
}
