/* SPDX-License-Identifier: MIT
 *
 * dtrain whose clock runs a thousand times as fast, so that a minute goes by soon. */
#include "common/clock.h"

/* The names that the linker gives to the function and to this one (--wrap). */
double __real_clock_seconds(void);
double __wrap_clock_seconds(void);

double __wrap_clock_seconds(void)
{
    return 1000 * __real_clock_seconds();
}
