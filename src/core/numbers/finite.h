/* SPDX-License-Identifier: MIT */
#ifndef DTRAIN_FINITE_H
#define DTRAIN_FINITE_H

#include <stddef.h>

/* How many of x[n] come before the first that is infinite or not a number: n where all are finite.
 */
size_t finite_count(const double *x, size_t n);

#endif
