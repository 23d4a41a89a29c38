/* SPDX-License-Identifier: MIT
 *
 * The bytes of a message between dtrain and a model in a process of its own: a line of JSON; where
 * that has "bytes": n, n bytes of little-endian doubles follow it. Whoever prints numbers is in the
 * C locale, as all of dtrain is. */
#ifndef DTRAIN_MESSAGE_H
#define DTRAIN_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

/* All zeros: empty. It grows as it is written, and keeps its memory for the next message. */
struct message {
    char *bytes;
    size_t used, room;
    bool is_short; /* whether memory was: what was written last is not all there */
};

void message_free(struct message *message);

/* Empties it. */
void message_clear(struct message *message);

/* Appends bytes, text by a format, a JSON text with its quotes and escapes, and numbers as
 * little-endian doubles or, in JSON, with 17 digits: "[1,2.5]"; a number that is not finite is
 * null there. In a text, a byte that is not UTF-8 becomes \xff. */
void message_add(struct message *message, const void *bytes, size_t size);
void message_print(struct message *message, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void message_add_string(struct message *message, const char *text);
void message_add_doubles(struct message *message, const double *numbers, size_t count);
void message_add_list(struct message *message, const double *numbers, size_t count);

/* Writes 8 bytes for each number to `to`, little-endian on any machine. */
void message_encode_doubles(char *to, const double *numbers, size_t count);

#endif
