/* SPDX-License-Identifier: MIT */
#include "comparison.h"

#include "core/numbers/elementary.h"

#include <inttypes.h>
#include <stdio.h>

/* Numbers the doubles in their order: -0 comes just before 0. */
static uint64_t place_of(double x)
{
    const uint64_t bits = elementary_bits(x), sign = UINT64_C(1) << 63;
    return bits & sign ? ~bits : bits | sign;
}

uint64_t comparison_units(double a, double b)
{
    const uint64_t first = place_of(a), second = place_of(b);
    return first > second ? first - second : second - first;
}

struct comparison comparison_make(const double *a, const double *b, size_t parameters)
{
    struct comparison comparison = {0};
    uint64_t most = 0;
    for (size_t p = 0; p < parameters; ++p) {
        const uint64_t units = comparison_units(a[p], b[p]);
        if (units > 0 && comparison.different++ == 0)
            comparison.first = p;
        if (units > most) {
            most = units;
            comparison.farthest = p;
        }
    }
    return comparison;
}

void comparison_describe(const struct comparison *comparison, const struct tensors *tensors,
                         const double *a, const double *b, char *text, size_t size)
{
    char first[64], farthest[64];
    const size_t p = comparison->first, q = comparison->farthest;
    const uint64_t units = comparison_units(a[p], b[p]);
    tensors_name_parameter(tensors, p, first, sizeof first);
    tensors_name_parameter(tensors, q, farthest, sizeof farthest);
    const int used =
        snprintf(text, size, "%s is %.17g and %.17g, %" PRIu64 " unit%s in the last place apart; ",
                 first, a[p], b[p], units, units == 1 ? "" : "s");
    char *const rest = text + used;
    const size_t left = size - (size_t)used;
    if (comparison->different == 1)
        snprintf(rest, left, "all others are the same");
    else
        snprintf(rest, left, "%zu of %zu parameters differ, %s the most: %.17g and %.17g",
                 comparison->different, tensors->parameters, farthest, a[q], b[q]);
}
