/* SPDX-License-Identifier: MIT
 *
 * Tables whose rows have names: each row is a struct whose first member is `const char *name`. */
#ifndef DTRAIN_NAMED_H
#define DTRAIN_NAMED_H

#include <stddef.h>

/* The row of that name among `count` rows of `size` bytes each; NULL where there is none. */
const void *find_named(const void *rows, size_t count, size_t size, const char *name);

/* The same for a table of pointers to its rows. */
const void *find_named_pointer(const void *const *rows, size_t count, const char *name);

/* find_named for an array, from whose type the number of rows and their size are taken. */
#define FIND_NAMED(rows, name) find_named(rows, sizeof(rows) / sizeof *(rows), sizeof *(rows), name)

#endif
