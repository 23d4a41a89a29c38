/* SPDX-License-Identifier: MIT */
#include "output_lines.h"

#include "common/printable.h"

#include <stdio.h>
#include <string.h>

static void print_line(const struct output_lines *lines, const char *text)
{
    /* One call, and so one write: lines of several ranks do not mix. */
    fprintf(stderr, "rank %d: %s\n", lines->rank, text);
}

static void end_line(struct output_lines *lines, enum output_stream stream)
{
    char text[OUTPUT_LINE_MAX + 1];
    char *const begun = lines->begun[stream];
    size_t length = lines->length[stream];
    if (length > OUTPUT_LINE_MAX)
        length = OUTPUT_LINE_MAX;
    /* Some programs end lines by "\r\n". */
    if (length > 0 && begun[length - 1] == '\r')
        --length;
    begun[length] = '\0';
    printable_copy(text, sizeof text, begun);
    lines->length[stream] = 0;
    if (text[strspn(text, " ")])
        memcpy(lines->last, text, sizeof text);
    if (stream == OUTPUT_OF_STDOUT && lines->drops_stdout)
        memcpy(lines->kept[lines->kept_count++ % OUTPUT_LINES_KEPT], text, sizeof text);
    else
        print_line(lines, text);
}

static void append(struct output_lines *lines, enum output_stream stream, char byte)
{
    if (lines->length[stream] < OUTPUT_LINE_MAX)
        lines->begun[stream][lines->length[stream]] = byte;
    ++lines->length[stream];
}

/* Whether the cursor of a terminal would be back at the beginning of the line, where the next
 * character replaces it: so do bars of progress. */
static bool is_returned(const struct output_lines *lines, enum output_stream stream)
{
    const size_t length = lines->length[stream];
    return length > 0 && length <= OUTPUT_LINE_MAX && lines->begun[stream][length - 1] == '\r';
}

static void add_byte(struct output_lines *lines, enum output_stream stream, char byte)
{
    enum { TAB_COLUMNS = 8 };
    if (byte == '\n') {
        end_line(lines, stream);
        return;
    }
    if (is_returned(lines, stream))
        lines->length[stream] = 0;
    if (byte == '\t') {
        do
            append(lines, stream, ' ');
        while (lines->length[stream] % TAB_COLUMNS != 0);
    } else if (byte == '\0') {
        for (const char *at = "\\x00"; *at; ++at)
            append(lines, stream, *at);
    } else {
        append(lines, stream, byte);
    }
}

void output_lines_add(struct output_lines *lines, enum output_stream stream, const char *bytes,
                      size_t size)
{
    for (size_t i = 0; i < size; ++i)
        add_byte(lines, stream, bytes[i]);
}

void output_lines_end(struct output_lines *lines)
{
    for (enum output_stream stream = 0; stream < OUTPUT_STREAMS; ++stream)
        if (lines->length[stream] > 0)
            end_line(lines, stream);
}

void output_lines_show_kept(struct output_lines *lines)
{
    const size_t count = lines->kept_count;
    for (size_t i = count > OUTPUT_LINES_KEPT ? count - OUTPUT_LINES_KEPT : 0; i < count; ++i)
        print_line(lines, lines->kept[i % OUTPUT_LINES_KEPT]);
    lines->kept_count = 0;
}

void output_lines_clear(struct output_lines *lines)
{
    memset(lines->length, 0, sizeof lines->length);
    lines->kept_count = 0;
    lines->last[0] = '\0';
}
