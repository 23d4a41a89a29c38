/* SPDX-License-Identifier: MIT
 *
 * The search through all parameters for one that is not finite. A run makes it before it evaluates
 * or saves (training/divergence.c). */
#include "finite.h"

#include <math.h>

size_t finite_count(const double *x, size_t n)
{
    size_t i = 0;
    while (i < n && isfinite(x[i]))
        ++i;
    return i;
}
