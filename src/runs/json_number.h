/* SPDX-License-Identifier: MIT
 *
 * The real numbers in all JSON that dtrain writes. JSON knows neither infinity nor NaN: they become
 * null. A text lives to the end of the expression that asks for it, such as a call of fprintf. */
#ifndef DTRAIN_JSON_NUMBER_H
#define DTRAIN_JSON_NUMBER_H

#include <float.h>
#include <jansson.h>

/* The largest double has 309 digits before the point. */
struct json_number {
    char text[DBL_MAX_10_EXP + 16];
};

/* With 17 significant digits, which determine a double exactly; trailing zeros are kept. */
struct json_number json_number(double x);

/* With six digits after the point, for times in seconds. */
struct json_number json_number_of_seconds(double x);

/* With four significant digits, for seconds that may be millionths or days, and for shares. */
struct json_number json_number_rounded(double x);

/* The number as a value of jansson's; NULL if memory is short. */
json_t *json_number_new(double x);

#endif
