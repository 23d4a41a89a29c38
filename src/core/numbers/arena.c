/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>

void *arena_take(struct arena *arena, size_t count, size_t size)
{
    enum { LINE = 64 };
    const size_t lines = (count * size + LINE - 1) / LINE;
    void **block = calloc(lines + 1, LINE);
    if (!block) {
        arena->is_short = true;
        return NULL;
    }
    *block = arena->last;
    arena->last = block;
    return (char *)block + LINE - (uintptr_t)block % LINE;
}

double *arena_numbers(struct arena *arena, size_t count)
{
    return arena_take(arena, count, sizeof(double));
}

void arena_free(struct arena *arena)
{
    for (void **block = arena->last, **before; block; block = before) {
        before = *block;
        free(block);
    }
    *arena = (struct arena){0};
}
