/* SPDX-License-Identifier: MIT
 *
 * Files that are complete or not there: written under a temporary name in the same folder, made
 * durable, renamed. Not collective. */
#ifndef DTRAIN_DURABLE_H
#define DTRAIN_DURABLE_H

#include "dtrain/error.h"

#include <stddef.h>

/* Makes the file `temporary` durable and gives it the name `path`, in the same folder. On failure
 * `temporary` is removed and `path` is what it was before. */
enum status durable_rename(const char *temporary, const char *path, struct error *error);

/* Gives the file `path` that content, by way of path.partial. On failure it is what it was. */
enum status durable_write(const char *path, const void *bytes, size_t size, struct error *error);

#endif
