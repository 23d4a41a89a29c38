/* SPDX-License-Identifier: MIT
 *
 * Arrays that are freed together. Whoever needs many of them takes all from one arena, and then
 * asks once whether memory was short. */
#ifndef DTRAIN_ARENA_H
#define DTRAIN_ARENA_H

#include <stdbool.h>
#include <stddef.h>

/* All zero at first. */
struct arena {
    void *last;    /* what was allocated last; it begins with a pointer to what was before */
    bool is_short; /* whether memory has been short */
};

/* An array of `count` elements, all bytes of which are 0, in whole cache lines of its own; NULL
 * where memory is short. */
void *arena_take(struct arena *arena, size_t count, size_t size);

/* An array of `count` numbers. */
double *arena_numbers(struct arena *arena, size_t count);

void arena_free(struct arena *arena);

#endif
