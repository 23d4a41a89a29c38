/* SPDX-License-Identifier: MIT */
#include "printable.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* How many bytes follow the first one of a UTF-8 character; -1 where none begins with it. */
static int bytes_after(unsigned char first)
{
    if (first < 0x80)
        return 0;
    if (first < 0xc2 || first > 0xf4)
        return -1;
    return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

/* Whether the second byte is out of the first one's range: the character would be written longer
 * than needed, be half of a surrogate pair, or lie beyond U+10FFFF. */
static bool is_out_of_range(unsigned char first, unsigned char second)
{
    return (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
           (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
}

/* The bytes of the printable character that text begins with; 0 where it begins with none. */
static size_t printable_length(const unsigned char *text)
{
    const int after = bytes_after(text[0]);
    if (after < 0 || text[0] < 0x20 || text[0] == 0x7f)
        return 0;
    /* The end of the text is no continuation byte, so nothing beyond it is read. */
    for (int i = 1; i <= after; ++i)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    /* U+0080 to U+009F are control characters, too: U+009B does what ESC [ does. */
    if (after > 0 && (is_out_of_range(text[0], text[1]) || (text[0] == 0xc2 && text[1] < 0xa0)))
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
