/* SPDX-License-Identifier: MIT
 *
 * What the unit tests share: cmocka, and a comparison of doubles. cmocka's own comparison narrows
 * doubles to float and accepts NaN. */
#ifndef DTRAIN_TESTING_H
#define DTRAIN_TESTING_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Fails unless |actual - expected| <= tolerance. */
#define assert_near(actual, expected, tolerance)                                                   \
    check_near((actual), (expected), (tolerance), #actual, __FILE__, __LINE__)

static inline void check_near(double actual, double expected, double tolerance, const char *what,
                              const char *file, int line)
{
    if (fabs(actual - expected) <= tolerance)
        return;
    print_error("%s is %.17g, not %.17g: off by %.3g, more than %.3g\n", what, actual, expected,
                fabs(actual - expected), tolerance);
    _fail(file, line);
}

#endif
