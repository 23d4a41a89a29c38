/* SPDX-License-Identifier: MIT */
#include "printable.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* How many bytes follow the first byte of a UTF-8 character; -1 if no character begins with it. */
static int bytes_after(unsigned char first)
{
    if (first < 0x80)
        return 0;
    if (first < 0xc2 || first > 0xf4)
        return -1;
    return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

/* Whether no character begins with these two bytes: an encoding longer than necessary, half of a
 * surrogate pair, or a number beyond U+10FFFF. */
static bool is_invalid_pair(unsigned char first, unsigned char second)
{
    return (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
           (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
}

/* The length in bytes of the printable character at the beginning of text; 0 if there is none. */
static size_t printable_length(const unsigned char *text)
{
    const int after = bytes_after(text[0]);
    if (after < 0 || text[0] < 0x20 || text[0] == 0x7f)
        return 0;
    /* The end of the text is not a continuation byte, so nothing beyond it is read. */
    for (int i = 1; i <= after; ++i)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    /* U+0080 to U+009F are control characters, too: U+009B is the same as ESC [. */
    if (after > 0 && (is_invalid_pair(text[0], text[1]) || (text[0] == 0xc2 && text[1] < 0xa0)))
        return 0;
    return (size_t)after + 1;
}

void printable_copy(char *to, size_t size, const char *text)
{
    enum { ESCAPE_LENGTH = 4 };
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        const size_t length = printable_length(at);
        const size_t needed = length > 0 ? length : ESCAPE_LENGTH;
        if (needed >= size)
            break;
        if (length > 0)
            memcpy(to, at, length);
        else
            snprintf(to, size, "\\x%02x", *at);
        at += length > 0 ? length : 1;
        to += needed;
        size -= needed;
    }
    *to = '\0';
}

int printable_columns(const char *text)
{
    int columns = 0;
    for (; *text; ++text)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}

/* Where the character number `columns` of a printable text begins; its end, if it is shorter. */
static char *character_at(char *text, int columns)
{
    for (; *text; ++text)
        if (((unsigned char)*text & 0xc0) != 0x80 && columns-- == 0)
            break;
    return text;
}

void printable_cell(char *to, size_t size, const char *text, int columns)
{
    static const char dots[] = "...";
    printable_copy(to, size, text);
    if (printable_columns(to) > columns)
        memcpy(character_at(to, columns - (int)strlen(dots)), dots, sizeof dots);
}

/* Whether a shell takes the path as it stands: letters, digits and these signs, of ASCII. */
static bool is_plain(const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "_@%+:,./-";
    return *path && path[strspn(path, plain)] == '\0';
}

static bool is_printable(const char *text)
{
    size_t length = 1;
    for (; *text && length > 0; text += length)
        length = printable_length((const unsigned char *)text);
    return length > 0;
}

/* Writes the path in quotes, '...' or, with escapes, $'...'. */
static void write_quoted(char *to, size_t size, const char *path)
{
    const bool escapes = !is_printable(path);
    size_t used = (size_t)snprintf(to, size, "%s", escapes ? "$'" : "'");
    while (*path && used < size) {
        const size_t length = printable_length((const unsigned char *)path);
        const char *const before = escapes && strchr("'\\", *path) ? "\\" : "";
        if (length == 0)
            used += (size_t)snprintf(to + used, size - used, "\\x%02x", (unsigned char)*path);
        else if (*path == '\'' && !escapes)
            used += (size_t)snprintf(to + used, size - used, "'\\''");
        else
            used += (size_t)snprintf(to + used, size - used, "%s%.*s", before, (int)length, path);
        path += length > 0 ? length : 1;
    }
    if (used < size)
        snprintf(to + used, size - used, "'");
}

void printable_word(char to[PRINTABLE_WORD_SIZE], const char *path)
{
    const char *const before = path[0] == '-' ? "./" : "";
    snprintf(to, PRINTABLE_WORD_SIZE, "%s", before);
    if (is_plain(path))
        snprintf(to + strlen(before), PRINTABLE_WORD_SIZE - strlen(before), "%s", path);
    else
        write_quoted(to + strlen(before), PRINTABLE_WORD_SIZE - strlen(before), path);
}
