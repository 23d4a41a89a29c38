/* SPDX-License-Identifier: MIT
 *
 * Lines that a process has written: each is taken for whatever may come. */
#include "engine/protocol/protocol.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT = 2 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

/* A hello that was read is written and read to the same. */
static void check_hello(const struct protocol_hello *hello)
{
    struct message message = {0};
    struct protocol_hello again;
    char text[PROTOCOL_TEXT_SIZE];
    protocol_write_hello(&message, hello);
    if (message.is_short || !protocol_read_hello(message.bytes, message.used - 1, &again, text) ||
        protocol_hello_hash(&again) != protocol_hello_hash(hello))
        abort();
    protocol_hello_free(&again);
    message_free(&message);
}

/* A line of text has its end, and nothing that moves a cursor. */
static void check_text(const char *text)
{
    for (size_t i = 0; i < strlen(text); ++i)
        if ((unsigned char)text[i] < 0x20 || i == PROTOCOL_TEXT_SIZE - 1)
            abort();
}

static void read_hello(const char *line, size_t size)
{
    struct protocol_hello hello;
    char text[PROTOCOL_TEXT_SIZE];
    if (protocol_read_hello(line, size, &hello, text))
        check_hello(&hello);
    else
        check_text(text);
    protocol_hello_free(&hello);
}

static void read_answers(const char *line, size_t size)
{
    double values[COUNT];
    int class;
    char text[PROTOCOL_TEXT_SIZE];
    for (int question = PROTOCOL_EVALUATE; question <= PROTOCOL_PREDICT; ++question) {
        const enum protocol_answer answer = protocol_read_answer(
            line, size, (enum protocol_question)question, COUNT, values, &class, text);
        if (answer == PROTOCOL_FAILED || answer == PROTOCOL_NONSENSE)
            check_text(text);
        if (answer == (question == PROTOCOL_EVALUATE ? PROTOCOL_CLASS : PROTOCOL_VALUES))
            abort();
    }
    if (!protocol_read_ready(line, size, text))
        check_text(text);
}

static void read_of_dtrain(const char *line, size_t size)
{
    struct protocol_place place;
    enum protocol_question question;
    struct dtrain_call call;
    size_t bytes;
    void *memory;
    protocol_read_place(line, size, &place, &memory);
    free(memory);
    protocol_read_call(line, size, &question, &call, &bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* In memory that ends with the line. */
    char *line = malloc(size > 0 ? size : 1);
    if (!line)
        abort();
    memcpy(line, data, size);
    read_hello(line, size);
    read_answers(line, size);
    read_of_dtrain(line, size);
    free(line);
    return 0;
}
