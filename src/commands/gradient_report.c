/* SPDX-License-Identifier: MIT */
#include "gradient_report.h"

#include "common/printable.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int widest_name(const struct parameters *parameters)
{
    int widest = (int)strlen("parameter");
    for (size_t p = 0; p < parameters->count; ++p) {
        const int columns = printable_columns(parameters->names[p]);
        widest = columns > widest ? columns : widest;
    }
    return widest;
}

static void print_row(const struct gradient_result *result, size_t p, int widest)
{
    const char *const name = result->parameters->names[p];
    char derivative[32] = "none";
    if (!isnan(result->gradient[p]))
        snprintf(derivative, sizeof derivative, "%.10g", result->gradient[p]);
    printf("%s%*s  %18.10g  %18s  %8lld\n", name, widest - printable_columns(name), "",
           result->theta[p], derivative, (long long)result->differences[p]);
}

void gradient_report_print(const struct gradient_result *result)
{
    const int widest = widest_name(result->parameters);
    if (isnan(result->value))
        puts("no loss");
    else
        printf("loss %.10g\n", result->value);
    printf("%-*s  %18s  %18s  %8s\n", widest, "parameter", "value", "derivative", "rows");
    for (size_t p = 0; p < result->parameters->count; ++p)
        print_row(result, p, widest);
}
