/* SPDX-License-Identifier: MIT
 *
 * The hash XXH3, compiled into each file that includes it: dtrain needs the header of xxHash to be
 * built, and no library to run. */
#ifndef DTRAIN_XXH3_H
#define DTRAIN_XXH3_H

#define XXH_INLINE_ALL
#include <xxhash.h>

#endif
