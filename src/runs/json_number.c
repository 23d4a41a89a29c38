/* SPDX-License-Identifier: MIT */
#include "json_number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct json_number format_number(const char *format, double x)
{
    struct json_number number;
    snprintf(number.text, sizeof number.text, isfinite(x) ? format : "null", x);
    return number;
}

/* JSON has a digit after each point; of a number with 17 digits before it, C prints none. */
struct json_number json_number(double x)
{
    struct json_number number = format_number("%#.17g", x);
    const size_t length = strlen(number.text);
    if (number.text[length - 1] == '.')
        memcpy(number.text + length, "0", sizeof "0");
    return number;
}

struct json_number json_number_of_seconds(double x)
{
    return format_number("%.6f", x);
}

struct json_number json_number_rounded(double x)
{
    return format_number("%.4g", x);
}

json_t *json_number_new(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}
