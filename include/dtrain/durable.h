/* SPDX-License-Identifier: MIT
 *
 * Files that are complete or not there: written under a temporary name, made durable, renamed. */
#ifndef DTRAIN_DURABLE_H
#define DTRAIN_DURABLE_H

#include "dtrain/error.h"

/* Makes the file `temporary` durable and gives it the name `path`, in the same folder. On failure
 * `temporary` is removed and `path` is what it was before. Not collective. */
enum status durable_rename(const char *temporary, const char *path, struct error *error);

#endif
