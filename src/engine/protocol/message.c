/* SPDX-License-Identifier: MIT */
#include "message.h"

#include "common/printable.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void message_free(struct message *message)
{
    free(message->bytes);
    *message = (struct message){0};
}

void message_clear(struct message *message)
{
    message->used = 0;
    message->is_short = false;
}

/* Makes room for `size` more bytes. */
static bool reserve(struct message *message, size_t size)
{
    enum { ROOM_AT_FIRST = 1024 };
    size_t room = message->room ? message->room : ROOM_AT_FIRST;
    if (message->is_short || size > SIZE_MAX / 4 - message->used) {
        message->is_short = true;
        return false;
    }
    if (size <= message->room - message->used)
        return true;
    while (room < message->used + size)
        room *= 2;
    char *bytes = realloc(message->bytes, room);
    if (!bytes) {
        message->is_short = true;
        return false;
    }
    message->bytes = bytes;
    message->room = room;
    return true;
}

void message_add(struct message *message, const void *bytes, size_t size)
{
    if (size == 0 || !reserve(message, size))
        return;
    memcpy(message->bytes + message->used, bytes, size);
    message->used += size;
}

void message_print(struct message *message, const char *format, ...)
{
    /* Most of what is printed fits into this; what does not is printed once more. */
    enum { ROOM_FOR_A_LINE = 256 };
    size_t room = ROOM_FOR_A_LINE;
    for (int i = 0; i < 2 && reserve(message, room); ++i) {
        va_list arguments;
        va_start(arguments, format);
        const int length = vsnprintf(message->bytes + message->used, room, format, arguments);
        va_end(arguments);
        if (length >= 0 && (size_t)length < room) {
            message->used += (size_t)length;
            return;
        }
        room = (size_t)length + 1;
    }
    message->is_short = true;
}

/* JSON is UTF-8: bytes that are not become escapes such as \xff. NULL where memory is short. */
static json_t *make_string(const char *text)
{
    json_t *string = json_string(text);
    if (string)
        return string;
    const size_t size = 4 * strlen(text) + 1; /* each byte may become four */
    char *shown = malloc(size);
    if (shown) {
        printable_copy(shown, size, text);
        string = json_string(shown);
    }
    free(shown);
    return string;
}

void message_add_string(struct message *message, const char *text)
{
    json_t *string = make_string(text);
    char *json = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
    if (json)
        message_add(message, json, strlen(json));
    else
        message->is_short = true;
    free(json);
    json_decref(string);
}

void message_encode_doubles(char *to, const double *numbers, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        uint64_t word;
        memcpy(&word, &numbers[i], sizeof word);
        for (size_t byte = 0; byte < sizeof word; ++byte)
            *to++ = (char)(uint8_t)(word >> (8 * byte));
    }
}

void message_add_doubles(struct message *message, const double *numbers, size_t count)
{
    const size_t size = count * sizeof *numbers;
    if (!reserve(message, size))
        return;
    message_encode_doubles(message->bytes + message->used, numbers, count);
    message->used += size;
}

/* Whoever reads "-0" may take it for the integer 0, and lose its sign. */
static void add_number(struct message *message, double number)
{
    if (!isfinite(number))
        message_print(message, "null");
    else if (number == 0 && signbit(number))
        message_print(message, "-0.0");
    else
        message_print(message, "%.17g", number);
}

void message_add_list(struct message *message, const double *numbers, size_t count)
{
    message_add(message, "[", 1);
    for (size_t i = 0; i < count; ++i) {
        if (i > 0)
            message_add(message, ",", 1);
        add_number(message, numbers[i]);
    }
    message_add(message, "]", 1);
}
