/* SPDX-License-Identifier: MIT */
#include "finite.h"

#include <math.h>

size_t finite_count(const double *x, size_t n)
{
    size_t i = 0;
    while (i < n && isfinite(x[i]))
        ++i;
    return i;
}
