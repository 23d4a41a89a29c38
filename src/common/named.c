/* SPDX-License-Identifier: MIT */
#include "named.h"

#include <string.h>

static const char *name_of(const void *row)
{
    return *(const char *const *)row;
}

const void *find_named(const void *rows, size_t count, size_t size, const char *name)
{
    for (const char *row = rows; count > 0; row += size, --count)
        if (strcmp(name_of(row), name) == 0)
            return row;
    return NULL;
}

const void *find_named_pointer(const void *const *rows, size_t count, const char *name)
{
    for (size_t i = 0; i < count; ++i)
        if (strcmp(name_of(rows[i]), name) == 0)
            return rows[i];
    return NULL;
}
