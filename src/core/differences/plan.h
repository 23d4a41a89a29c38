/* SPDX-License-Identifier: MIT
 *
 * In which order evaluations are done, and on which node: the longest first, by how long they took
 * before. Every rank makes the same plan from the same seconds. A plan decides how long an
 * iteration takes, and nothing else. Pure. */
#ifndef DTRAIN_PLAN_H
#define DTRAIN_PLAN_H

#include "table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long the evaluations of the last table took. */
struct plan_memory {
    size_t parameters;
    int64_t rows;   /* room for B */
    int64_t *row;   /* (B): which row each position was, -1: none */
    float *of_row;  /* (B, P, 2): seconds by position, parameter and side; NaN: unknown */
    float *own;     /* (B, 2): of the row's loss after the update, and of its own */
    float *of_side; /* (P, 2): means over the positions; NaN: unknown */
    float mean;     /* over all; NaN: nothing is known */
};

/* For batches of B rows. False where memory is short; nothing is left behind then. Free with
 * plan_memory_destroy. */
bool plan_memory_create(struct plan_memory *memory, size_t parameters, int64_t rows);
void plan_memory_destroy(struct plan_memory *memory);

/* Remembers the seconds (table->count) of a table; NaN where an evaluation was not done. `row` (B)
 * are the rows of its batch. */
void plan_remember(struct plan_memory *memory, const struct table *table, const int64_t *row,
                   const float *seconds);

/* The seconds to expect of an evaluation: what the same row, parameter and side took; otherwise the
 * mean of that parameter and side; otherwise the mean of all, NaN at first. */
float plan_expect(const struct plan_memory *memory, const struct table *table, const int64_t *row,
                  size_t number);

/* How much a node has to do: the seconds of its evaluations, divided by its ranks. */
struct plan_load {
    double seconds;
    int node;
};

/* The nodes of a job, and which of them this is. */
struct plan_nodes {
    int count, own;
    const int *ranks;        /* (count) */
    struct plan_load *loads; /* (count): room for plan_make */
};

/* Puts those of numbers[count] that this node has to do into list[count], in the order in which
 * they are to begin, and returns how many. `seconds` (count) are what to expect of each. The
 * longest come first, to within a sixteenth, and each goes to the node that has the least to do so
 * far. Where all are NaN, as nothing is known, they stay in their order, and each node gets a part
 * by the number of its ranks. `scratch` (count). Takes time in proportion to count, and to the
 * logarithm of the number of nodes. */
size_t plan_make(const struct plan_nodes *nodes, const uint32_t *numbers, const float *seconds,
                 size_t count, uint32_t *scratch, uint32_t *list);

#endif
