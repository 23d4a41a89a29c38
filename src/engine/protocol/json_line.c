/* SPDX-License-Identifier: MIT */
#include "json_line.h"

#include "common/printable.h"
#include "protocol.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many values the line has, at the most: each but the first of a container follows a comma. */
static size_t count_values(const char *line, size_t length)
{
    size_t count = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; ++i) {
        if (quoted && line[i] == '\\')
            ++i;
        else if (line[i] == '"')
            quoted = !quoted;
        else if (!quoted && (line[i] == ',' || line[i] == '{' || line[i] == '['))
            ++count;
    }
    return count;
}

/* The numbers that programs write although JSON does not have them. */
static const struct {
    const char *word;
    size_t length;
    double number;
} words[] = {{"NaN", 3, (double)NAN},
             {"Infinity", 8, (double)INFINITY},
             {"-Infinity", 9, -(double)INFINITY}};
enum { WORDS = sizeof words / sizeof *words };

/* The length of the word that the text begins with; 0 if it is none of these. */
static size_t word_length(const char *text, size_t length)
{
    for (int i = 0; i < WORDS; ++i)
        if (length >= words[i].length && memcmp(text, words[i].word, words[i].length) == 0)
            return words[i].length;
    return 0;
}

/* Writes the line to `to` with those words in quotes, and returns its length: less than twice that
 * of the line. */
static size_t put_words_in_quotes(const char *line, size_t length, char *to)
{
    const char *const start = to;
    bool quoted = false;
    for (size_t i = 0; i < length; ++i) {
        const size_t word = quoted ? 0 : word_length(line + i, length - i);
        if (word > 0) {
            *to++ = '"';
            memcpy(to, line + i, word);
            to += word;
            *to++ = '"';
            i += word - 1;
            continue;
        }
        if (line[i] == '"')
            quoted = !quoted;
        *to++ = line[i];
        if (quoted && line[i] == '\\' && i + 1 < length)
            *to++ = line[++i];
    }
    return (size_t)(to - start);
}

static json_t *parse(const char *line, size_t length, json_error_t *error)
{
    return json_loadb(line, length,
                      JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, error);
}

/* The same for a line that may have those words. NULL where memory is short. */
static json_t *parse_with_words(const char *line, size_t length, json_error_t *error)
{
    json_t *root = NULL;
    char *copy = malloc(2 * length);
    if (copy)
        root = parse(copy, put_words_in_quotes(line, length, copy), error);
    free(copy);
    return root;
}

json_t *json_line_read(const char *line, size_t length, size_t values, char *text)
{
    json_error_t error;
    if (length == 0) {
        json_line_fault(text, "is empty");
        return NULL;
    }
    if (count_values(line, length) > values) {
        json_line_fault(text, "has more than %zu values", values);
        return NULL;
    }
    json_t *root = parse(line, length, &error);
    if (!root)
        root = parse_with_words(line, length, &error);
    if (json_is_object(root))
        return root;
    json_line_fault(text, "is not an object of JSON%s%s", root ? "" : ", ", root ? "" : error.text);
    json_decref(root);
    return NULL;
}

json_t *json_line_member(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return json_is_null(value) ? NULL : value;
}

bool json_line_integer(const json_t *value, int64_t minimum, int64_t maximum, int64_t *integer)
{
    const double number = json_number_value(value);
    if (!json_is_number(value) || number != rint(number) || number < (double)minimum ||
        number > (double)maximum)
        return false;
    *integer = (int64_t)number;
    return true;
}

bool json_line_number(const json_t *value, double *number)
{
    *number = json_number_value(value);
    if (json_is_number(value))
        return true;
    for (int i = 0; json_is_string(value) && i < WORDS; ++i) {
        if (strcmp(json_string_value(value), words[i].word) == 0) {
            *number = words[i].number;
            return true;
        }
    }
    return false;
}

bool json_line_string(const json_t *value, const char **string)
{
    *string = json_string_value(value);
    return *string && strlen(*string) == json_string_length(value);
}

bool json_line_fault(char *text, const char *format, ...)
{
    char line[PROTOCOL_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    printable_copy(text, PROTOCOL_TEXT_SIZE, line);
    return false;
}

/* Appends bytes, any of which may be zero, to a text of that size. */
static void append(char *text, size_t size, const char *bytes, size_t length)
{
    char part[PROTOCOL_TEXT_SIZE];
    size_t used = strlen(text);
    while (length > 0 && used + 1 < size) {
        const size_t take = strnlen(bytes, length < sizeof part - 1 ? length : sizeof part - 1);
        memcpy(part, bytes, take);
        part[take] = '\0';
        printable_copy(text + used, size - used, part);
        used += strlen(text + used);
        bytes += take;
        length -= take;
        if (take == 0) {
            used += (size_t)snprintf(text + used, size - used, "\\x00");
            ++bytes;
            --length;
        }
    }
}

/* The beginning of a text of at most `shown` bytes, without a part of a character at its end. */
static size_t cut(const char *bytes, size_t length, size_t shown)
{
    if (length <= shown)
        return length;
    while (shown > 0 && ((unsigned char)bytes[shown] & 0xc0) == 0x80)
        --shown;
    return shown;
}

bool json_line_quote(char *text, const char *line, size_t length)
{
    enum { SHOWN = 100 }; /* as much as one looks at */
    const size_t shown = cut(line, length, SHOWN);
    if (length == 0)
        return false;
    append(text, PROTOCOL_TEXT_SIZE, ": ", 2);
    append(text, PROTOCOL_TEXT_SIZE, line, shown);
    if (shown < length)
        append(text, PROTOCOL_TEXT_SIZE, "...", 3);
    return false;
}

void json_line_copy(char *text, const json_t *string)
{
    const char *const bytes = json_string_value(string);
    text[0] = '\0';
    append(text, PROTOCOL_TEXT_SIZE, bytes,
           cut(bytes, json_string_length(string), PROTOCOL_TEXT_SIZE - 1));
}

bool json_line_reason(const json_t *failed, char *text)
{
    if (!json_is_string(failed))
        return json_line_fault(text, "says that it has failed, and gives no text as the reason");
    if (json_string_length(failed) == 0)
        return json_line_fault(text, "has failed, and does not say why");
    json_line_copy(text, failed);
    return false;
}
