/* SPDX-License-Identifier: MIT
 *
 * Whether this thread computes by the rules of IEEE 754, on which every bit of a result depends:
 * rounding to nearest, and subnormal numbers. A library that was linked with -ffast-math turns
 * subnormal numbers off for the whole process when it is loaded. */
#ifndef DTRAIN_ARITHMETIC_H
#define DTRAIN_ARITHMETIC_H

#include "error.h"

/* STATUS_FAILED, and a line that says what is wrong and that `cause` has changed it ("--model
 * FILE.so", "the program or a library that it loads"), unless all is well. Takes nanoseconds. */
enum status arithmetic_check(const char *cause, struct error *error);

#endif
