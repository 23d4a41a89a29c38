/* SPDX-License-Identifier: MIT */
#include "arithmetic.h"

#include <fenv.h>
#include <float.h>
#include <stddef.h>

/* What is wrong, or NULL. The numbers are volatile, so that the processor computes with them, and
 * not the compiler. */
static const char *find_fault(void)
{
    volatile double least = DBL_MIN, subnormal = DBL_TRUE_MIN;
    if (fegetround() != FE_TONEAREST)
        return "numbers are not rounded to nearest";
    if (subnormal * 0x1p60 == 0)
        return "subnormal numbers are taken for 0";
    if (least / 2 == 0)
        return "subnormal results become 0";
    return NULL;
}

enum status arithmetic_check(const char *cause, struct error *error)
{
    const char *fault = find_fault();
    if (!fault)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "%s has changed this process's arithmetic: %s; build it without -ffast-math, "
                     "and let it put back what it sets by fesetround",
                     cause, fault);
}
