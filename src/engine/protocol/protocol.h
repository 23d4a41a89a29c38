/* SPDX-License-Identifier: MIT
 *
 * What dtrain and a model in a process of its own say to each other (scripts/README.md, "A program
 * of your own"): from structs to messages, and back. Both sides are here. Pure: no reading, no
 * writing, no waiting.
 *
 *     model   {"dtrain_model":1,"name":"pond","residuals":0,"numbers":"binary","parameters":[...]}
 *     dtrain  {"rank":3,"ranks":64,"inputs":0,"targets":0,"classes":0,"scratch":"/tmp/...",...}
 *     model   {"ready":true}
 *     dtrain  {"evaluate":17,"iteration":3,"row":5,"label":null,"seed":12,"attempt":0,"bytes":24}
 *     model   {"values":[0.0123]}, or {"bytes":8} and doubles, or {"failed":"no convergence"}
 *
 * dtrain sends its first message at once, so a model whose parameters depend on the data may read
 * it before it says hello. Each side leaves out of consideration what it does not know. */
#ifndef DTRAIN_PROTOCOL_H
#define DTRAIN_PROTOCOL_H

#include "dtrain/dtrain.h"
#include "message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The version of the protocol. A model of a later one is refused. */
enum { PROTOCOL_VERSION = 1 };

/* The longest lines, in bytes without the newline: a hello, which lists parameters, and any other.
 * A line with values may be longer by PROTOCOL_VALUE_MAX for each. */
enum { PROTOCOL_HELLO_MAX = 256 << 20, PROTOCOL_LINE_MAX = 1 << 20, PROTOCOL_VALUE_MAX = 32 };

/* The most parameters: a hello with as many is a quarter of the longest. And the most residuals, as
 * in core/model/user_model. */
enum { PROTOCOL_PARAMETERS_MAX = 1 << 20, PROTOCOL_RESIDUALS_MAX = 1000000 };

/* Room for one line of text about what is wrong, printable and cut where it is longer. */
enum { PROTOCOL_TEXT_SIZE = 512 };

/* Who the model is. */
struct protocol_hello {
    char *name;
    int residuals;                 /* as in struct dtrain_model */
    bool text;                     /* whether numbers are to be sent to it as text */
    bool predicts;                 /* whether it answers which class a row has */
    size_t count;                  /* P */
    struct dtrain_parameter *list; /* (P) */
    void *memory;                  /* holds names and list */
};

/* Where the process is, and what data there are. */
struct protocol_place {
    int rank, ranks;
    int inputs, targets, classes; /* D, M, K: all 0 without data */
    const char *scratch;          /* a folder of this process's own */
    uint64_t seed;                /* of --seed, and the deviation of --init-std: for a model that */
    double deviation;             /* draws its initial parameters */
};

/* What is asked about a row. */
enum protocol_question { PROTOCOL_EVALUATE, PROTOCOL_PREDICT };

enum protocol_answer {
    PROTOCOL_VALUES,   /* the values are there */
    PROTOCOL_BYTES,    /* the line has none: 8 bytes for each value follow it */
    PROTOCOL_CLASS,    /* the class is there */
    PROTOCOL_FAILED,   /* the model reports a failure; the text is its reason */
    PROTOCOL_NONSENSE, /* it is no answer; the text says what is wrong with it */
};

/* The side of dtrain. Lines end before their newline, and need no 0 behind them.
 *
 * Reads a hello. False if it is none: text[PROTOCOL_TEXT_SIZE] then says why, as the end of a line
 * about the model, and nothing is left behind. Numbers that are null or left out are 0, but bounds:
 * with one of them, the other is infinite. The parameters' values are checked later
 * (core/model/parameters). Free with protocol_hello_free. */
bool protocol_read_hello(const char *line, size_t length, struct protocol_hello *hello, char *text);
void protocol_hello_free(struct protocol_hello *hello);

/* A hash of all that a hello says: a process that takes the place of another must say the same. */
uint64_t protocol_hello_hash(const struct protocol_hello *hello);

void protocol_write_place(struct message *message, const struct protocol_place *place);

/* Reads that a model is ready. False, and why, if it is not. */
bool protocol_read_ready(const char *line, size_t length, char *text);

/* Writes a question about a row: theta (P) with the inputs and targets of the call, if it has any,
 * as numbers behind the line or, with `text`, in it. `number` is the evaluation's in its table. */
void protocol_write_call(struct message *message, enum protocol_question question, size_t number,
                         const struct dtrain_shape *shape, const struct dtrain_call *call,
                         bool text);

/* Reads an answer: values[count], which need not be finite, to PROTOCOL_EVALUATE, or *class to
 * PROTOCOL_PREDICT. text[PROTOCOL_TEXT_SIZE] is written for the last two kinds of answers. In
 * JSON, null and the words NaN, Infinity and -Infinity in a list of values are such numbers. */
enum protocol_answer protocol_read_answer(const char *line, size_t length,
                                          enum protocol_question question, size_t count,
                                          double *values, int *class, char *text);

/* Numbers that came as bytes. */
void protocol_take_doubles(const char *bytes, size_t count, double *numbers);

/* The side of the model. */
void protocol_write_hello(struct message *message, const struct protocol_hello *hello);
/* *place is valid as long as *memory, which free() frees. False if the line is no such message. */
bool protocol_read_place(const char *line, size_t length, struct protocol_place *place,
                         void **memory);
void protocol_write_ready(struct message *message);
void protocol_write_failed(struct message *message, const char *reason);
void protocol_write_values(struct message *message, const double *values, size_t count);
void protocol_write_class(struct message *message, int class);
/* Reads a question: what it asks, the call without its pointers, and how many bytes of numbers
 * follow. False if the line is none. */
bool protocol_read_call(const char *line, size_t length, enum protocol_question *question,
                        struct dtrain_call *call, size_t *bytes);

#endif
